//! Cures as files: which certificates and key belong together, what a server wants them to be written as, and writing
//! that never overwrites.
//!
//! [`Held`] is what was handed over and read. [`plan()`] picks certificate and key, completes and orders the chain, and
//! makes the octets of every file, with the reason of each; nothing is touched before [`write::apply`]. [`recheck()`]
//! reads what was written as a server would.
#![forbid(unsafe_code)]

mod chain;
mod content;
mod held;
mod identity;
mod plan;
mod recheck;
mod refusal;
mod shape;
pub mod write;

pub use chain::{Chain, Gap, Link};
pub use held::{Closed, Held, HeldCertificate, HeldKey, Whence, called};
pub use identity::{Identity, identify};
pub use plan::{Around, Fetch, Order, Outgoing, Plan, Random, Stores, plan};
pub use recheck::recheck;
pub use refusal::Refusal;
pub use shape::{For, Shape, Target, targets};
