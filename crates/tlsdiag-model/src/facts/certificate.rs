//! Roles that certificates play, anchors, what was fetched, and what revocation services said. The certificate itself is
//! interned once in [`crate::Case::certs`].
use crate::{CertId, Time, Why};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What part a certificate plays on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// In a certificate store.
    Store,
    /// In a file.
    File,
    /// Sent in a handshake.
    Sent,
}

/// A certificate in a role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holding {
    /// Which.
    pub cert: CertId,
    /// In what role.
    pub role: Role,
    /// Whether its private key lies beside it.
    pub has_key: crate::Sight<bool>,
}

/// A set of trust anchors.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Set {
    /// Mozilla's list, as shipped with this program.
    Mozilla,
    /// What this machine trusts.
    Machine,
    /// `--ca-file`.
    File,
}

/// The anchors of a set. Host of the row: the machine that holds them. Mozilla's list is part of the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Anchors {
    /// Which set.
    pub set: Set,
    /// Its certificates, interned.
    pub certs: Vec<CertId>,
}

/// How a fetch ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchEnd {
    /// These certificates.
    Certs(Vec<CertId>),
    /// Something that holds no certificate.
    NotCertificates,
    /// An HTTP status other than 200.
    Status(u16),
    /// It could not be had.
    Failed(Why),
}

/// An issuer fetched from the URL that a certificate names (AIA caIssuers, RFC 5280 section 4.2.2.1). Host: here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fetch {
    /// The URL.
    pub url: String,
    /// How it ended.
    pub end: FetchEnd,
}

/// By what way revocation was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The response stapled to the handshake (RFC 6066 section 8).
    Staple,
    /// OCSP (RFC 6960).
    Ocsp,
    /// A revocation list (RFC 5280 section 5).
    Crl,
}

/// What was said. Only answers whose signature and dates hold are `Good` or `Revoked`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationAnswer {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// When.
        at: Time,
        /// CRLReason (RFC 5280 section 5.3.1), where it was given.
        reason: Option<u8>,
    },
    /// The responder does not know the certificate.
    Unknown,
    /// An answer that does not hold; why, in words of the format (`expired`, `bad signature`, `another certificate`).
    Unusable(String),
    /// None to be had.
    Unavailable(Why),
    /// The certificate names no such service.
    NotOffered,
}

/// What a revocation service said of a certificate. Host: here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Revocation {
    /// Of which certificate.
    pub cert: CertId,
    /// By what way.
    pub via: Via,
    /// From which URL, where it was fetched.
    pub url: Option<String>,
    /// The endpoint whose handshake carried the staple.
    #[serde(default)]
    pub stapled_by: Option<(IpAddr, u16)>,
    /// What was said.
    pub answer: RevocationAnswer,
}
