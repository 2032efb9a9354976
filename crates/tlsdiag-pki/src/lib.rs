//! Certificates and trust: reading them whatever their state, names, path building with the reason of every failure,
//! signatures, OCSP and CRL. Pure Rust, no I/O, no clock; anchors, time and signature checks are handed in.

#![forbid(unsafe_code)]

pub mod algorithm;
pub mod anchors;
mod base64;
pub mod certificate;
pub mod client;
pub mod constraints;
pub mod container;
pub mod crl;
pub mod curve;
mod curve_table;
pub mod der;
pub mod dn;
pub mod extensions;
pub mod file;
mod group;
pub mod key;
pub mod lint;
#[cfg(feature = "make")]
pub mod make;
pub mod names;
pub mod ocsp;
pub mod oid;
pub mod path;
pub mod pem;
pub mod policy;
pub mod private;
mod profile;
pub mod read;
pub mod request;
pub mod revocation;
pub mod sct;
pub mod secret;
pub mod stores;
mod stores_table;
pub mod thumb;
pub mod time;
pub mod validity;
pub mod verify;
pub mod writer;

pub use algorithm::{Hash, MlDsa, PssParameters, SignatureAlgorithm};
pub use anchors::{AnchorSet, is_public_root, mozilla};
pub use certificate::{CertError, CertId, Certificate, Thumbprint};
pub use lint::Lint;
pub use names::{Host, Match, Mismatch, MismatchReason};
pub use path::{Best, Limits, Path, Purpose, Question, Reason, Search, fullchain_pem, paths};
pub use private::PrivateKey;
pub use read::{ReadError, read_certificates};
pub use verify::{RustVerifier, Verifier, VerifyError, verify_raw};
