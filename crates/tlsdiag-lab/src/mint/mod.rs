//! Issuing: certificates, CRLs and OCSP responses exactly as a plan says, sound or not.
//!
//! The writer here is the lab's own and shares nothing with the readers of the project, so a misreading cannot hide
//! behind the same miswriting.

mod certificate;
pub(crate) mod der;
mod oids;
mod status;

pub(crate) use certificate::{
    Issued, Issuer, Subject, issue_authority, issue_leaf, issue_root, name as certificate_name,
};
pub(crate) use status::{crl, ocsp_response};
