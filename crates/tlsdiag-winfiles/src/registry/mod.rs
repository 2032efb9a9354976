//! The registry: hives with their logs, exports, what `reg query` prints, and the blobs that TLS has in it.
//!
//! Every source ([`hive`], [`export`], [`query`], [`powershell`], [`policy`], [`template`]) reports keys and values through one
//! [`model::Sink`]; [`tree::Tree`] is the sink that keeps what [`paths`] asks for. [`store`] and [`httpsys`] decode what
//! such a tree holds. Nothing here is a private key: the registry has none, only the names of their containers.
pub mod export;
pub mod hive;
pub mod httpsys;
mod lines;
#[cfg(feature = "make")]
pub mod make;
pub mod model;
pub mod paths;
pub mod policy;
pub mod powershell;
pub mod query;
pub mod store;
pub mod template;
pub mod tree;

pub use hive::{Hive, HiveError, HiveKind};
pub use model::{Extent, Fault, FaultKind, FileTime, KeyPath, Kind, Place, Root, Sink, Soundness, Value};
pub use tree::{Key, Tree};

#[cfg(test)]
mod tests;
