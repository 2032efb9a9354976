//! Servers and network paths that are broken on purpose, so that a diagnosis can be shown, tested and measured.
//!
//! [`catalogue`] lists what can be served, each fault with a near miss that works. [`Lab`] serves a choice of it from
//! threads of this process, [`serve`] from a process of its own; what a probe is told of an endpoint is its URL, how its
//! name resolves and which root to trust. [`path`] is the network between two hosts, for the faults that no server makes.
#![forbid(unsafe_code)]

pub mod bench;
pub mod catalogue;
pub mod cli;
pub mod diagnose;
pub mod key;
pub mod lab;
pub mod maker;
pub mod names;
pub mod path;
pub mod plan;
pub mod seed;
pub mod serve;

mod credential;
mod error;
mod faults;
mod healthy;
mod hostile;
mod mint;
mod pairs;
mod pem;
mod serving;

pub use error::Error;
pub use lab::{Conditions, Lab, Served};
