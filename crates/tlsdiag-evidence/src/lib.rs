//! Files that people send become facts: logs, hives, exports, what tools print, configurations, alone, in folders or in
//! archives.
//!
//! Every file becomes a [`Fragment`] that does not know its machine yet ([`read`]); fragments of one machine are then joined
//! to one set of facts ([`join`]). Nothing is judged, no network is used, and no private key is kept.
#![forbid(unsafe_code)]

mod alias;
mod archive;
mod cert_drive;
mod cert_reading;
mod certutil;
mod collected;
mod events;
mod fragment;
mod iis;
mod input;
mod join;
mod machines;
mod readers;
mod registry;
mod ssldiag;
mod tools;
mod walk;

pub use alias::alias;
pub use archive::Budget;
pub use fragment::{Fault, Fragment, MOST_FAULTS, Mark};
pub use input::{Input, Octets, Refused};
pub use join::join;
pub use walk::{Evidence, not_understood, read, read_octets};
