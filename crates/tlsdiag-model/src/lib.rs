//! The vocabulary: who a statement is about, when it held, how we know it, how much could be seen, and what follows.
//!
//! Everything that a source reads becomes a [`Row`] of some [`Fact`] in a [`Case`]; rules judge a case per [`Subject`]
//! and give [`Finding`]s. Nothing here does I/O, reads a clock or knows a protocol.
#![forbid(unsafe_code)]

mod ask;
pub mod bundle;
mod case;
mod cause;
mod finding;
mod fold;
mod ko;
mod layer;
mod row;
mod say;
mod subject;
mod survey;
mod thumb;
mod time;

pub mod facts;

pub use ask::{Ask, Grant, Source};
pub use case::{Case, CertId, FactRef, Fingerprint, HostInfo, Opaque, Sink, Vantage};
pub use cause::{ALL_CAUSES, Cause};
pub use facts::{Fact, Kind};
pub use finding::{Code, Command, Cure, Finding, Impact, Platform, Safety, Standing, Who};
pub use fold::Folder;
pub use layer::Layer;
pub use row::{How, Origin, Reading, Row, Sight, Took, WireCount};
#[doc(hidden)]
pub use say::__holes_named;
pub use say::{Arg, Lang, Say, Tpl, escape, same_holes};
pub use subject::{Addr, Endpoint, Host, Name, Subject};
pub use survey::{Cover, Survey, Why};
pub use thumb::Thumb;
pub use time::{Span, Time};
