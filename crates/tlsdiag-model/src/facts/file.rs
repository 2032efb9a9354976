//! What people hand over: files, what lies in each, the identities that they make together, thumbprints as pasted.
use crate::{CertId, Fingerprint, Name, Sight};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a part of a container is protected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Protection {
    /// What is protected: `keys`, `certificates`, `integrity`.
    pub of: String,
    /// How, in words of the trade: `PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, AES-256-CBC`.
    pub scheme: String,
    /// Windows before Server 2019 (version 1809) can read it.
    pub windows_2016: bool,
}

/// A file that was read. Host of the row: where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct File {
    /// Path as given.
    pub path: Arc<str>,
    /// What it is, by its content: `pem`, `der`, `pkcs12`, `pkcs7`, `jks`, `jceks`, `thumbprint`, … `unknown`.
    pub form: String,
    /// Octets.
    pub size: u64,
    /// SHA-256 of all octets.
    pub sha256: Fingerprint,
    /// Permission bits (POSIX).
    #[serde(default = "hidden")]
    pub mode: Sight<u32>,
    /// Handed over by name, as opposed to found beside what was.
    pub given: bool,
    /// Protections of a container.
    #[serde(default)]
    pub protections: Vec<Protection>,
    /// What strict readers stumble over, in words of the format: `UTF-16`, `byte order mark`, `blanks before BEGIN`.
    #[serde(default)]
    pub oddities: Vec<String>,
}

fn hidden<T>() -> Sight<T> {
    Sight::Hidden
}

/// One thing in a file. Host of the row: where the file lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Filed {
    /// Path of the file as given.
    pub path: Arc<str>,
    /// Where in it: `line 12`, `offset 0`, `bag 2.1`, an alias.
    pub place: String,
    /// Position among the things of this file, from 0.
    pub order: u32,
    /// Friendly name or alias.
    #[serde(default)]
    pub label: Option<String>,
    /// What it is.
    pub what: Thing,
}

/// What lies in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A certificate.
    Cert(CertId),
    /// A certificate that cannot be read; why, with the offset.
    BadCert(String),
    /// A private key.
    Key(Key),
    /// A certificate request (PKCS#10).
    Request {
        /// SHA-256 of its SubjectPublicKeyInfo.
        spki: Fingerprint,
        /// Its subject (RFC 4514).
        subject: String,
    },
    /// A public key alone.
    PublicKey {
        /// SHA-256 of its SubjectPublicKeyInfo.
        spki: Fingerprint,
    },
    /// A revocation list.
    Crl,
    /// Something else that was understood, in words of the trade (`DH parameters`, `OpenSSH private key`).
    Other(String),
    /// Something that could not be had.
    Refused {
        /// What it is, as far as it is known: `private key`, `PKCS#12`, `certificate`, `file`.
        of: String,
        /// Why, by kind.
        why: Refusal,
        /// Why, with place and numbers.
        detail: String,
    },
}

/// Why something in a file could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Encrypted, and no password was given.
    NoPassword,
    /// Encrypted, and no given password opens it.
    WrongPassword,
    /// By an algorithm that is not known here.
    Unsupported,
    /// Costlier to open than allowed.
    TooCostly,
    /// Damaged or malformed.
    Damaged,
    /// Not recognised as anything.
    Unknown,
    /// The operating system did not give it.
    Unreadable,
}

/// A private key that was read. The secret itself is no fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// `RSA 2048`, `EC P-256`, `Ed25519`.
    pub kind: String,
    /// Its form: `PKCS#8`, `PKCS#1`, `SEC1`, `PKCS#8, encrypted`, …
    pub form: String,
    /// SHA-256 of the SubjectPublicKeyInfo that belongs to it, where it can be derived.
    #[serde(default)]
    pub spki: Option<Fingerprint>,
    /// How it is encrypted on its own, beyond the container.
    #[serde(default)]
    pub encrypted: Option<String>,
    /// The Windows provider that it names (`Microsoft Software Key Storage Provider`).
    #[serde(default)]
    pub provider: Option<String>,
    /// What is wrong with it: `n is not p·q`, `the public point is another key's`.
    #[serde(default)]
    pub faults: Vec<String>,
}

/// What a server would be given: certificates in the order of their file, and a private key. Host of the row: where they lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// How people call it: the files.
    pub label: Arc<str>,
    /// The file whose certificates would be sent.
    pub path: Arc<str>,
    /// Its certificates in their order.
    pub chain: Vec<CertId>,
    /// Positions of certificates that cannot be read, with the reason.
    #[serde(default)]
    pub unreadable: Vec<(u32, String)>,
    /// The certificate that the server would prove itself with: the key's own, else the first that is no CA's.
    pub leaf: CertId,
    /// The file with its private key; `Hidden` where nobody handed one over and none was to be expected.
    #[serde(default = "hidden")]
    pub key: Sight<KeyAt>,
    /// The host that is meant (`--name`).
    #[serde(default)]
    pub name: Option<Name>,
}

/// Where a private key for an identity lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAt {
    /// This file holds its key.
    Is(Arc<str>),
    /// This file holds another key.
    Other(Arc<str>),
    /// This file holds a key that could not be opened.
    Locked(Arc<str>),
    /// The container that was handed over holds none.
    Missing,
}

/// A thumbprint as somebody pasted it, compared with the certificates at hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pasted {
    /// As pasted.
    pub text: String,
    /// `SHA-1`, `SHA-256`, `MD5`, or `N digits`.
    pub kind: String,
    /// What is odd about it, with its place: `U+200E at 0`.
    #[serde(default)]
    pub oddities: Vec<String>,
    /// Which certificate it is.
    pub is: PastedIs,
}

/// What a pasted thumbprint stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastedIs {
    /// This certificate, by SHA-1 as Windows wants it.
    Same(CertId),
    /// This certificate, but by another hash than Windows uses.
    OtherHash(CertId),
    /// Nearly this certificate's; how it differs (`one digit is missing after 7`).
    Near(CertId, String),
    /// None of those at hand.
    Nothing,
}
