//! Certificates and trust: reading them whatever their state, names, path building with the reason of every failure,
//! signatures, OCSP and CRL. Pure Rust, no I/O, no clock; anchors, time and signature checks are handed in.

#![forbid(unsafe_code)]

pub mod algorithm;
pub mod anchors;
mod base64;
pub mod certificate;
pub mod constraints;
pub mod crl;
pub mod der;
pub mod dn;
pub mod extensions;
pub mod key;
pub mod lint;
#[cfg(feature = "make")]
pub mod make;
pub mod names;
pub mod ocsp;
pub mod oid;
pub mod path;
pub mod pem;
mod profile;
pub mod read;
pub mod revocation;
pub mod time;
pub mod verify;
pub mod writer;

pub use algorithm::{Hash, PssParameters, SignatureAlgorithm};
pub use anchors::{AnchorSet, is_public_root, mozilla};
pub use certificate::{CertError, CertId, Certificate, Thumbprint};
pub use lint::Lint;
pub use names::{Host, Match, Mismatch, MismatchReason};
pub use path::{Best, Limits, Path, Purpose, Question, Reason, Search, fullchain_pem, paths};
pub use read::{ReadError, read_certificates};
pub use verify::{RustVerifier, Verifier, VerifyError, verify_raw};
