//! Sources of facts: what a person typed becomes a target, and the probe looks at it over the network. Nothing judges.
//!
//! [`target::parse`] turns an argument into [`tlsdiag_model::facts::Asked`]; a [`Probe`] makes the first look at it and
//! then answers whatever [`tlsdiag_model::Ask`] the rules have. Async stays inside [`probe`].
#![forbid(unsafe_code)]

pub mod files;
pub mod probe;
pub mod target;
mod verifier;

pub use probe::{Error, Probe, Settings};
pub use target::{Target, TargetError};
pub use verifier::AwsLcVerifier;
