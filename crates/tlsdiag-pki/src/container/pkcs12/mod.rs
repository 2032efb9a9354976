//! PKCS#12 (RFC 7292): PFX files of Windows, OpenSSL, NSS, Java, macOS and of what came before them, read in full:
//! every bag with its attributes, what protects it, and whether the integrity check holds.

mod attributes;
mod contents;
mod mac;
mod write;

pub use attributes::Attributes;
pub use mac::{Mac, MacState};
pub use write::{Profile, Salts, Writing, write};

use super::{Fault, FaultKind, Place};
use crate::der::{Reader, Result, Tag, Tlv};
use crate::oid::{self, Oid};
use crate::secret::{Coding, Scheme, SecretError, Unlocker, WindowsImport};
use contents::Walk;
use std::fmt;
use zeroize::Zeroizing;

/// A PKCS#12 file as read.
#[derive(Debug)]
pub struct Pkcs12 {
    /// What is true of the file as a whole.
    pub facts: Facts,
    /// Everything that was read.
    pub bags: Vec<Bag>,
    /// Everything that was not, and what is odd.
    pub faults: Vec<Fault>,
}

/// What is true of a PKCS#12 file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The integrity check and how it came out.
    pub mac: MacState,
    /// The contents in order: what protects each.
    pub contents: Vec<Protection>,
    /// What protects keys by themselves, each scheme once.
    pub keys: Vec<Protection>,
    /// Whether all lengths are definite and minimal and no string is in pieces.
    pub der: bool,
    /// How the password that opened it was coded, where that is not the standard's way; some other programs will say
    /// that the password is wrong.
    pub odd_coding: Option<Coding>,
    /// Whether the empty password, or none, opened it.
    pub silent_password: bool,
}

/// What protects a part of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing.
    Open,
    /// A password.
    Password(Scheme),
    /// A password, under an algorithm that is not read, by name.
    UnknownPassword(String),
    /// A public key (enveloped data).
    PublicKey,
    /// Another content type, by identifier.
    Other(Oid),
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Protection::Open => f.write_str("not encrypted"),
            Protection::Password(s) => write!(f, "{s}"),
            Protection::UnknownPassword(name) => write!(f, "{name}"),
            Protection::PublicKey => f.write_str("encrypted to a public key"),
            Protection::Other(o) => write!(f, "content type {o}"),
        }
    }
}

/// One bag.
#[derive(Debug)]
pub struct Bag {
    /// Where it stands.
    pub place: Place,
    /// What it says about its content.
    pub attributes: Attributes,
    /// What protects it: its own scheme for a shrouded key, else that of the contents around it.
    pub protection: Protection,
    /// What it holds.
    pub content: BagContent,
}

/// What a bag holds.
pub enum BagContent {
    /// A private key in PKCS#8, decrypted.
    Key {
        /// PrivateKeyInfo
        pkcs8: Zeroizing<Vec<u8>>,
        /// whether it was encrypted by itself
        shrouded: bool,
    },
    /// An X.509 certificate.
    Certificate(Vec<u8>),
    /// A certificate revocation list.
    Crl(Vec<u8>),
    /// A secret of the type named, such as a symmetric key.
    Secret {
        /// its type
        kind: Oid,
        /// its octets
        value: Zeroizing<Vec<u8>>,
    },
    /// Another kind of bag or certificate, kept.
    Other {
        /// its type
        kind: Oid,
        /// its octets
        value: Zeroizing<Vec<u8>>,
    },
}

/// Never shows keys or secrets.
impl fmt::Debug for BagContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BagContent::Key { shrouded, .. } => write!(f, "Key(.., shrouded {shrouded})"),
            BagContent::Certificate(der) => write!(f, "Certificate({} octets)", der.len()),
            BagContent::Crl(der) => write!(f, "Crl({} octets)", der.len()),
            BagContent::Secret { kind, .. } => write!(f, "Secret({kind}, ..)"),
            BagContent::Other { kind, .. } => write!(f, "Other({kind}, ..)"),
        }
    }
}

impl Facts {
    /// Whether Windows before Server 2019 and Windows 10 version 1709 refuses it with "the password is not correct":
    /// a part is encrypted with PBES2, or the integrity check is not made with SHA-1. What their export wizard calls
    /// `AES256-SHA256` is both (`PKCS12_PBES2_EXPORT_PARAMS`, wincrypt.h).
    pub fn needs_windows_2019(&self) -> bool {
        self.schemes().any(Scheme::needs_windows_2019) || self.mac.mac().is_some_and(|m| !m.is_sha1())
    }

    /// The least of what Microsoft documents for the schemes in use; the empty file is for all.
    pub fn windows_import(&self) -> WindowsImport {
        let undocumented = self.schemes().any(|s| s.windows_import() == WindowsImport::NotDocumented)
            || matches!(self.mac.mac(), Some(Mac::Pbmac1 { .. } | Mac::Unknown(_)));
        if undocumented {
            WindowsImport::NotDocumented
        } else if self.needs_windows_2019() {
            WindowsImport::Since2019
        } else {
            WindowsImport::Any
        }
    }

    /// Every encryption scheme in use.
    pub fn schemes(&self) -> impl Iterator<Item = &Scheme> {
        self.contents.iter().chain(&self.keys).filter_map(|p| match p {
            Protection::Password(s) => Some(s),
            _ => None,
        })
    }
}

/// Whether the octets look like a PFX: a SEQUENCE of a version and a ContentInfo.
pub(crate) fn looks_like(outer: &Tlv<'_>) -> bool {
    let mut r = outer.reader();
    let version = r.expect(Tag::INTEGER, "version").is_ok_and(|v| v.content.len() == 1);
    let info = r.expect(Tag::SEQUENCE, "authSafe");
    let id = info.and_then(|i| i.reader().expect(Tag::OID, "contentType"));
    version && id.is_ok_and(|i| i.content == oid::PKCS7_DATA || i.content == oid::PKCS7_SIGNED_DATA)
}

/// Reads a PFX. `place` is where it stands in the file.
///
/// # Errors
/// Only where the frame cannot be read at all; everything within becomes a bag or a fault.
pub fn read(input: &[u8], place: &Place, unlocker: &mut Unlocker<'_>) -> Result<Pkcs12> {
    let outer = Reader::new(input).expect(Tag::SEQUENCE, "PFX")?;
    let mut r = outer.reader();
    r.expect(Tag::INTEGER, "version")?;
    let auth_safe = r.expect(Tag::SEQUENCE, "authSafe")?;
    let mut info = auth_safe.reader();
    let kind = info.expect(Tag::OID, "contentType")?;
    let content = info.expect(Tag::context_constructed(0), "content")?;
    let mut walk = Walk::new(unlocker);
    walk.see(&outer);
    walk.see(&content);

    let mut signed = false;
    let octets = if kind.content == oid::PKCS7_SIGNED_DATA {
        signed = true;
        walk.see(&content);
        signed_content(&content)?
    } else {
        let (tlv, octets) = super::read_octet_string(&mut content.reader(), "AuthenticatedSafe")?;
        walk.see(&tlv);
        octets
    };

    let mac = match r.peek() {
        Some(Tag::SEQUENCE) => {
            let data = r.expect(Tag::SEQUENCE, "macData")?;
            match Mac::parse(&data) {
                Ok(mac) => Some(mac),
                Err(e) => {
                    walk.fault(
                        place.clone(),
                        match e {
                            SecretError::Malformed(e) => FaultKind::Damaged(e),
                            e => FaultKind::Unchecked(e),
                        },
                    );
                    None
                }
            }
        }
        _ => None,
    };
    if outer.raw.len() < input.len() {
        walk.fault(place.at(outer.raw.len()), FaultKind::Trailing(input.len() - outer.raw.len()));
    }

    let checked = mac.as_ref().map(|m| mac::check(m, &octets, &place.to_string(), walk.unlocker));
    if let Some(Ok(found)) = &checked {
        walk.knows(found);
    }
    walk.authenticated_safe(&octets, place);

    let state = match (mac, checked) {
        (Some(mac), Some(Ok(_))) => MacState::Holds(mac),
        (Some(mac), Some(Err(e))) => {
            walk.unverified(place, e);
            MacState::Fails(mac)
        }
        _ if signed => MacState::Signed,
        _ => MacState::Absent,
    };
    Ok(walk.finish(state))
}

/// The eContent of a SignedData that protects the integrity with a key instead of a password.
fn signed_content<'a>(content: &Tlv<'a>) -> Result<std::borrow::Cow<'a, [u8]>> {
    let mut data = content.inner(Tag::SEQUENCE, "SignedData")?.reader();
    data.expect(Tag::INTEGER, "version")?;
    data.expect(Tag::SET, "digestAlgorithms")?;
    let mut info = data.expect(Tag::SEQUENCE, "encapContentInfo")?.reader();
    info.expect(Tag::OID, "contentType")?;
    let content = info.expect(Tag::context_constructed(0), "content")?;
    Ok(super::read_octet_string(&mut content.reader(), "AuthenticatedSafe")?.1)
}
