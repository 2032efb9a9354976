//! Scenario 2, second half: chain, root, name, usage, dates, revocation, weak algorithms.
mod chain;
mod in_file;
mod inspectors;
mod words;

pub mod clients_refuse;
pub mod clock;
pub mod constraints;
pub mod cross_root;
pub mod damaged_file;
pub mod dates;
pub mod expired_issuer;
pub mod intercepted;
pub mod issuer;
pub mod malformed;
pub mod names;
pub mod no_trusted_path;
pub mod order;
pub mod revocation;
pub mod root;
pub mod staple;
pub mod store;
pub mod transparency;
pub mod usage;
pub mod validity;
pub mod weak;
