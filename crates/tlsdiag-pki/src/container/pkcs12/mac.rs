//! The integrity check of a PFX: the HMAC of RFC 7292 4, or PBMAC1 (RFC 9579).

use crate::der::{Reader, Tag, Tlv};
use crate::secret::derive::{self, purpose};
use crate::secret::scheme::{self, Kdf};
use crate::secret::{Coding, Derivation, Digest, Limits, Password, SecretError, Unlocker};
use std::fmt;

/// How the integrity check is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mac {
    /// HMAC under a key of the PKCS#12 derivation.
    Pkcs12 {
        /// hash of derivation and HMAC
        digest: Digest,
        /// iterations
        iterations: u64,
        /// salt
        salt: Vec<u8>,
        /// what the file says the HMAC is
        tag: Vec<u8>,
    },
    /// PBMAC1: HMAC under a key of PBKDF2.
    Pbmac1 {
        /// hash of the PBKDF2
        prf: Digest,
        /// hash of the HMAC
        digest: Digest,
        /// iterations
        iterations: u64,
        /// salt
        salt: Vec<u8>,
        /// octets of the HMAC's key
        key_length: usize,
        /// what the file says the HMAC is
        tag: Vec<u8>,
    },
    /// Under an algorithm that is not read, by name.
    Unknown(String),
}

/// How the integrity check came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MacState {
    /// There is none: nobody would notice a change.
    Absent,
    /// A signature stands in its place, which is not checked.
    Signed,
    /// It holds with a password that was tried.
    Holds(Mac),
    /// It holds with none of them, or was not made.
    Fails(Mac),
}

const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 14];
/// A wrong object identifier for SHA-1 that some old program wrote: 1.3.14.3.18.26 for 1.3.14.3.2.26.
const SHA1_MISSPELT: &[u8] = &[0x2b, 14, 3, 18, 26];

impl MacState {
    /// The check, where there is one.
    pub fn mac(&self) -> Option<&Mac> {
        match self {
            MacState::Holds(m) | MacState::Fails(m) => Some(m),
            MacState::Absent | MacState::Signed => None,
        }
    }
}

impl Mac {
    /// Reads a MacData. An unknown algorithm is [`Mac::Unknown`].
    pub(super) fn parse(data: &Tlv<'_>) -> Result<Mac, SecretError> {
        let mut r = data.reader();
        let mut info = r.expect(Tag::SEQUENCE, "mac")?.reader();
        let algorithm = info.expect(Tag::SEQUENCE, "digestAlgorithm")?;
        let tag = super::super::read_octet_string(&mut info, "digest")?.1.into_owned();
        let salt = super::super::read_octet_string(&mut r, "macSalt")?.1.into_owned();
        let iterations = match r.optional(Tag::INTEGER, "iterations")? {
            Some(n) => scheme::iterations(&n)?,
            None => 1,
        };
        let mut a = algorithm.reader();
        let id = a.expect(Tag::OID, "digestAlgorithm")?.content;
        if id == PBMAC1 {
            return match pbmac1(&mut a, tag) {
                Err(SecretError::Unsupported { algorithm }) => Ok(Mac::Unknown(algorithm)),
                other => other,
            };
        }
        let digest = Digest::from_oid(id).or((id == SHA1_MISSPELT).then_some(Digest::Sha1));
        Ok(match (digest, scheme::unsupported(id)) {
            (Some(digest), _) => Mac::Pkcs12 { digest, iterations, salt, tag },
            (None, SecretError::Unsupported { algorithm }) => Mac::Unknown(algorithm),
            (None, e) => return Err(e),
        })
    }

    /// Whether it is the one that every Windows checks.
    pub fn is_sha1(&self) -> bool {
        matches!(self, Mac::Pkcs12 { digest: Digest::Sha1, .. })
    }

    /// Iterations, where they are known.
    pub fn iterations(&self) -> Option<u64> {
        match self {
            Mac::Pkcs12 { iterations, .. } | Mac::Pbmac1 { iterations, .. } => Some(*iterations),
            Mac::Unknown(_) => None,
        }
    }

    fn holds(&self, password: &[u8], message: &[u8]) -> Result<bool, SecretError> {
        match self {
            Mac::Pkcs12 { digest, iterations, salt, tag } => {
                let key = derive::pkcs12(*digest, purpose::MAC, password, salt, *iterations, digest.size());
                Ok(digest.hmac_is(&key, message, tag))
            }
            Mac::Pbmac1 { prf, digest, iterations, salt, key_length, tag } => {
                let key = derive::pbkdf2(*prf, password, salt, *iterations, *key_length)?;
                Ok(digest.hmac_is(&key, message, tag))
            }
            Mac::Unknown(name) => Err(SecretError::Unsupported { algorithm: name.clone() }),
        }
    }

    fn cost(&self) -> u64 {
        match self {
            Mac::Pbmac1 { prf, iterations, key_length, .. } => {
                iterations.saturating_mul((*key_length as u64).div_ceil(prf.size().max(1) as u64).max(1))
            }
            other => other.iterations().unwrap_or(0),
        }
    }

    fn check_limits(&self, limits: &Limits) -> Result<(), SecretError> {
        let found = self.cost();
        if found > limits.iterations {
            return Err(SecretError::TooManyIterations { found, limit: limits.iterations });
        }
        Ok(())
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mac::Pkcs12 { digest, iterations, .. } => write!(f, "HMAC-{digest}, {iterations} iterations"),
            Mac::Pbmac1 { prf, digest, iterations, .. } => {
                write!(f, "PBMAC1: PBKDF2 HMAC-{prf}, {iterations} iterations, HMAC-{digest}")
            }
            Mac::Unknown(name) => f.write_str(name),
        }
    }
}

/// A password that makes the check hold.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) password: Password,
    pub(super) coding: Coding,
    /// The coding that the standard wants.
    pub(super) standard: Coding,
    pub(super) silent: bool,
}

/// Tries passwords, each in the standard's coding and in those of old programs.
pub(super) fn check(mac: &Mac, message: &[u8], place: &str, unlocker: &mut Unlocker<'_>) -> Result<Found, SecretError> {
    if let Mac::Unknown(name) = mac {
        return Err(SecretError::Unsupported { algorithm: name.clone() });
    }
    mac.check_limits(unlocker.limits)?;
    let standard = if matches!(mac, Mac::Pbmac1 { .. }) { Coding::Utf8 } else { Coding::Bmp };
    let opened = unlocker.unlock(place, "PKCS#12 file", mac.cost(), |password| {
        for coding in codings(standard, password) {
            if mac.holds(&password.octets(coding), message)? {
                return Ok(coding);
            }
        }
        Err(SecretError::WrongPassword)
    })?;
    Ok(Found { password: opened.password, coding: opened.value, standard, silent: opened.silent })
}

/// The codings to try for a password: the standard's first. Those of old programs differ from it only outside of ASCII.
pub(super) fn codings(standard: Coding, password: &Password) -> Vec<Coding> {
    if password.is_absent() && standard != Coding::Bmp {
        // the same octets as those of the empty password
        return Vec::new();
    }
    let text = password.text();
    let mut out = vec![standard];
    match standard {
        _ if text.is_ascii() => {}
        Coding::Bmp => out.push(Coding::WidenedUtf8),
        Coding::Utf8 if text.chars().all(|c| u32::from(c) < 256) => out.push(Coding::Latin1),
        _ => {}
    }
    out
}

fn pbmac1(a: &mut Reader<'_>, tag: Vec<u8>) -> Result<Mac, SecretError> {
    let mut p = a.expect(Tag::SEQUENCE, "PBMAC1-params")?.reader();
    let kdf = Kdf::parse(&p.expect(Tag::SEQUENCE, "keyDerivationFunc")?)?;
    let id = p.expect(Tag::SEQUENCE, "messageAuthScheme")?.reader().expect(Tag::OID, "messageAuthScheme")?.content;
    let digest = Digest::from_hmac_oid(id).ok_or_else(|| scheme::unsupported(id))?;
    let Derivation::Pbkdf2(prf) = kdf.derivation else {
        return Err(SecretError::Unsupported { algorithm: "PBMAC1 without PBKDF2".to_owned() });
    };
    // RFC 9579 4: keyLength must be there; without it the key is as long as the HMAC's own output
    let key_length = kdf.key_length.unwrap_or(digest.size());
    if key_length > 1024 {
        return Err(SecretError::Unsupported { algorithm: format!("PBMAC1 with a key of {key_length} octets") });
    }
    Ok(Mac::Pbmac1 { prf, digest, iterations: kdf.iterations, salt: kdf.salt, key_length, tag })
}
