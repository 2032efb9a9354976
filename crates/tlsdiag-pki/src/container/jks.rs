//! Java key stores: JKS and JCEKS as Sun's provider writes them. The frame is not encrypted, so certificates come out
//! without a password; each private key has its own.

use super::{Fault, FaultKind, Place, Step};
use crate::der::{DerError, Found, Reader, Tag};
use crate::secret::{Cipher, Coding, Digest, Password, SecretError, Unlocker};
use std::fmt;
use zeroize::Zeroizing;

mod java;

/// A Java key store as read.
#[derive(Debug)]
pub struct KeyStore {
    /// JKS or JCEKS.
    pub format: Format,
    /// Entries in order.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub faults: Vec<Fault>,
    /// Whether the digest at the end holds with a password that was tried; `None` where it was not reached.
    pub intact: Option<bool>,
}

/// Which of the two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Keys hidden with SHA-1 as a key stream.
    Jks,
    /// Keys under MD5 and triple DES; also secret keys.
    Jceks,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Jks => "JKS",
            Format::Jceks => "JCEKS",
        })
    }
}

/// One entry.
#[derive(Debug)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// Its alias.
    pub alias: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// What it holds.
    pub content: Content,
}

/// What an entry holds.
pub enum Content {
    /// A private key, `None` if it stayed closed (a fault says why), and its chain, each with its type and place.
    Key {
        /// PrivateKeyInfo
        pkcs8: Option<Zeroizing<Vec<u8>>>,
        /// how it is protected
        protection: String,
        /// certificates in DER, that of the key first
        chain: Vec<(Place, Vec<u8>)>,
    },
    /// A trusted certificate.
    Trusted(Vec<u8>),
    /// A secret key, sealed (JCEKS).
    Secret,
}

/// Never shows the key.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Key { pkcs8, chain, .. } => write!(f, "Key(opened {}, chain {})", pkcs8.is_some(), chain.len()),
            Content::Trusted(der) => write!(f, "Trusted({} octets)", der.len()),
            Content::Secret => f.write_str("Secret"),
        }
    }
}

/// What the digest at the end is salted with.
const WHITENER: &[u8] = b"Mighty Aphrodite";
const DIGEST: usize = 20;
const JKS_PROTECTOR: &[u8] = &[0x2b, 6, 1, 4, 1, 0x2a, 2, 17, 1, 1];
const JCEKS_PROTECTOR: &[u8] = &[0x2b, 6, 1, 4, 1, 0x2a, 2, 19, 1];

/// The format that the first octets name.
pub(crate) fn format(input: &[u8]) -> Option<Format> {
    match input.get(..4)? {
        [0xfe, 0xed, 0xfe, 0xed] => Some(Format::Jks),
        [0xce, 0xce, 0xce, 0xce] => Some(Format::Jceks),
        _ => None,
    }
}

/// Reads a key store.
///
/// # Errors
/// Where the header cannot be read.
pub fn read(input: &[u8], place: &Place, unlocker: &mut Unlocker<'_>) -> Result<KeyStore, DerError> {
    let mut r = Octets { input, at: 0 };
    let magic = r.take(4, "magic of a Java key store")?;
    let format = format(magic).ok_or_else(|| DerError::value(0, "magic of a Java key store", "other octets"))?;
    let version = r.number(4, "version")?;
    if !(1..=2).contains(&version) {
        return Err(DerError::value(4, "version 1 or 2 of a Java key store", "another version"));
    }
    let count = r.number(4, "number of entries")?;
    let mut store = KeyStore { format, entries: Vec::new(), faults: Vec::new(), intact: None };

    // The password of the store is mostly that of its keys, and its digest is quick to check.
    let mut password_error = None;
    if let Some(body) = input.len().checked_sub(DIGEST).and_then(|n| input.split_at_checked(n)) {
        let (body, digest) = body;
        let opened = unlocker.unlock(&place.to_string(), "Java key store", 1, |password| {
            let found = Digest::Sha1.of(&[&password.octets(Coding::Utf16), WHITENER, body]);
            if found.as_slice() == digest { Ok(()) } else { Err(SecretError::WrongPassword) }
        });
        store.intact = Some(opened.is_ok());
        password_error = opened.err();
    }

    let mut whole = true;
    for n in 0..count {
        if store.entries.len() >= unlocker.limits.parts {
            let limit = unlocker.limits.parts;
            store.faults.push(Fault { place: place.at(r.at), why: FaultKind::TooMuch { what: "entries", limit } });
            whole = false;
            break;
        }
        let start = r.at;
        match entry(&mut r, version, place, unlocker, &mut store.faults) {
            Ok(entry) => store.entries.push(entry),
            Err(e) => {
                let left = count.saturating_sub(n);
                let why =
                    FaultKind::Unsound(format!("entry {} of {count} cannot be read, {left} are lost: {e}", n + 1));
                store.faults.push(Fault { place: place.at(start), why });
                whole = false;
                break;
            }
        }
    }
    let left = input.len().saturating_sub(r.at);
    if whole && left > DIGEST {
        store.faults.push(Fault { place: place.at(r.at + DIGEST), why: FaultKind::Trailing(left - DIGEST) });
    } else if whole && left < DIGEST {
        store.intact = Some(false);
        let found = Found::End { needed: DIGEST as u64, had: left };
        let why = FaultKind::Damaged(DerError { offset: r.at, expected: "the digest at the end", found });
        store.faults.push(Fault { place: place.at(r.at), why });
    } else if let Some(e) = password_error {
        let key_opened = store.entries.iter().any(|e| matches!(&e.content, Content::Key { pkcs8: Some(_), .. }));
        let why = if key_opened { FaultKind::Integrity } else { FaultKind::Unchecked(e) };
        store.faults.push(Fault { place: place.clone(), why });
    }
    Ok(store)
}

fn entry(
    r: &mut Octets<'_>,
    version: u64,
    place: &Place,
    unlocker: &mut Unlocker<'_>,
    faults: &mut Vec<Fault>,
) -> Result<Entry, DerError> {
    let start = r.at;
    let tag = r.number(4, "tag of an entry")?;
    let alias = r.text("alias")?;
    let place = Place { offset: Some(start), ..place.within(Step::Entry(alias.clone())) };
    let created = r.number(8, "creation date")? as i64;
    let content = match tag {
        1 => {
            let sealed = r.sized("protected key")?;
            let count = r.number(4, "length of the chain")?;
            let mut chain = Vec::new();
            for i in 0..count {
                if chain.len() >= unlocker.limits.parts {
                    return Err(DerError::value(r.at, "a chain that is no longer than what is read", "a longer one"));
                }
                if let Some(der) = certificate(r, version)? {
                    let n = usize::try_from(i).unwrap_or(usize::MAX).saturating_add(1);
                    chain.push((place.within(Step::Certificate(n)), der));
                }
            }
            let (protection, opened) = open_key(sealed, &place, unlocker);
            let pkcs8 = opened.map_err(|why| faults.push(Fault { place: place.clone(), why })).ok();
            Content::Key { pkcs8, protection, chain }
        }
        2 => match certificate(r, version)? {
            Some(der) => Content::Trusted(der),
            None => return Err(DerError::value(start, "an X.509 certificate", "a certificate of another type")),
        },
        3 => {
            let rest = r.input.get(r.at..).unwrap_or_default();
            let length = java::object_length(rest).map_err(|mut e| {
                e.offset = e.offset.saturating_add(r.at);
                e
            })?;
            r.take(length, "sealed object")?;
            Content::Secret
        }
        _ => return Err(DerError::value(start, "an entry of type 1, 2 or 3", "another type")),
    };
    Ok(Entry { place, alias, created, content })
}

/// The octets of an X.509 certificate; `None` for another type, which is skipped.
fn certificate(r: &mut Octets<'_>, version: u64) -> Result<Option<Vec<u8>>, DerError> {
    let kind = if version == 2 { r.text("type of certificate")? } else { "X.509".to_owned() };
    let der = r.sized("certificate")?;
    Ok((kind == "X.509" || kind == "X509").then(|| der.to_vec()))
}

type Opened = Result<Zeroizing<Vec<u8>>, FaultKind>;

fn open_key(sealed: &[u8], place: &Place, unlocker: &mut Unlocker<'_>) -> (String, Opened) {
    let parsed = (|| {
        let mut r = Reader::new(sealed).expect(Tag::SEQUENCE, "EncryptedPrivateKeyInfo")?.reader();
        let algorithm = r.expect(Tag::SEQUENCE, "encryptionAlgorithm")?;
        let data = r.expect(Tag::OCTET_STRING, "encryptedData")?;
        Ok((algorithm, data.content))
    })();
    let (algorithm, data) = match parsed {
        Ok(p) => p,
        Err(e) => return ("damaged".to_owned(), Err(FaultKind::Damaged(e))),
    };
    let mut a = algorithm.reader();
    let id = a.expect(Tag::OID, "algorithm").map(|t| t.content).unwrap_or_default();
    let (name, cost, parameters) = match id {
        JKS_PROTECTOR => ("SHA-1 as a key stream".to_owned(), 1, None),
        JCEKS_PROTECTOR => match jceks_parameters(&mut a) {
            Ok((salt, n)) if n <= unlocker.limits.iterations => {
                (format!("PBE with MD5, {n} iterations, 3-key 3DES-CBC"), n.saturating_mul(2), Some((salt, n)))
            }
            Ok((_, found)) => {
                let e = SecretError::TooManyIterations { found, limit: unlocker.limits.iterations };
                return ("PBE with MD5 and 3-key 3DES-CBC".to_owned(), Err(FaultKind::Locked(e)));
            }
            Err(e) => return ("damaged".to_owned(), Err(e.into())),
        },
        _ => {
            let e = crate::secret::scheme::unsupported(id);
            return (e.to_string(), Err(FaultKind::Locked(e)));
        }
    };
    let opened = unlocker.unlock(&place.to_string(), "private key", cost, |password| match &parameters {
        Some((salt, n)) => unseal(salt, *n, data, password),
        None => unmask(data, password),
    });
    (name, opened.map(|o| o.value).map_err(FaultKind::from))
}

/// JKS: salt, key XOR a stream of SHA-1(password, last digest), SHA-1(password, key).
fn unmask(data: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let short = SecretError::Damaged("a protected key is shorter than its salt and digest");
    let (salt, rest) = data.split_at_checked(DIGEST).ok_or(short.clone())?;
    let at = rest.len().checked_sub(DIGEST).ok_or(short)?;
    let (masked, check) = rest.split_at(at);
    let password = password.octets(Coding::Utf16);
    let mut plain = Zeroizing::new(Vec::with_capacity(masked.len()));
    let mut last = Zeroizing::new(salt.to_vec());
    for block in masked.chunks(DIGEST) {
        last = Digest::Sha1.of(&[&password, &last]);
        plain.extend(block.iter().zip(last.iter()).map(|(a, b)| a ^ b));
    }
    let found = Digest::Sha1.of(&[&password, &plain]);
    if found.as_slice() == check { Ok(plain) } else { Err(SecretError::WrongPassword) }
}

/// JCEKS: each half of the salt hashed with the password again and again gives half of key and vector.
fn unseal(salt: &[u8; 8], n: u64, data: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let password = password.octets(Coding::Latin1);
    let mut salt = *salt;
    let [a, b, c, d, e, f, g, h] = salt;
    if [a, b, c, d] == [e, f, g, h] {
        // Sun's code means to reverse the first half, and misses: this is what it does.
        salt = [d, a, b, d, e, f, g, h];
    }
    let mut derived = Zeroizing::new(Vec::with_capacity(32));
    for half in salt.chunks(4) {
        let mut block = Zeroizing::new(half.to_vec());
        for _ in 0..n {
            block = Digest::Md5.of(&[&block, &password]);
        }
        derived.extend_from_slice(&block);
    }
    let (key, iv) = derived.split_at(derived.len().min(24));
    let plain = Cipher::TripleDes { keys: 3 }.decrypt(key, iv, data)?;
    if crate::secret::is_sequence(&plain) { Ok(plain) } else { Err(SecretError::WrongPassword) }
}

fn jceks_parameters(a: &mut Reader<'_>) -> Result<([u8; 8], u64), SecretError> {
    let mut p = a.expect(Tag::SEQUENCE, "PBEParameter")?.reader();
    let salt = p.expect(Tag::OCTET_STRING, "salt")?;
    let salt_octets: [u8; 8] =
        salt.content.try_into().map_err(|_| DerError::value(salt.offset, "a salt of 8 octets", "another length"))?;
    Ok((salt_octets, crate::secret::scheme::iterations(&p.expect(Tag::INTEGER, "iterationCount")?)?))
}

/// Big-endian numbers and counted octets, as Java's DataOutputStream writes them.
pub(super) struct Octets<'a> {
    pub(super) input: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Octets<'a> {
    pub(super) fn take(&mut self, n: usize, expected: &'static str) -> Result<&'a [u8], DerError> {
        let end = self.at.checked_add(n);
        match end.and_then(|end| self.input.get(self.at..end)) {
            Some(octets) => {
                self.at = self.at.saturating_add(n);
                Ok(octets)
            }
            None => {
                let had = self.input.len().saturating_sub(self.at);
                Err(DerError { offset: self.at, expected, found: Found::End { needed: n as u64, had } })
            }
        }
    }

    pub(super) fn number(&mut self, n: usize, expected: &'static str) -> Result<u64, DerError> {
        Ok(self.take(n, expected)?.iter().fold(0, |n, b| (n << 8) | u64::from(*b)))
    }

    fn sized(&mut self, expected: &'static str) -> Result<&'a [u8], DerError> {
        let n = self.number(4, expected)?;
        self.take(usize::try_from(n).unwrap_or(usize::MAX), expected)
    }

    /// Java's modified UTF-8: surrogates are coded one by one, a zero takes two octets.
    pub(super) fn text(&mut self, expected: &'static str) -> Result<String, DerError> {
        let n = self.number(2, expected)?;
        let octets = self.take(usize::try_from(n).unwrap_or(usize::MAX), expected)?;
        Ok(modified_utf8(octets))
    }
}

fn modified_utf8(octets: &[u8]) -> String {
    let mut units = Vec::with_capacity(octets.len());
    let mut rest = octets;
    loop {
        let part = |b: u8| u16::from(b & 0x3f);
        let (unit, tail) = match rest {
            [] => return String::from_utf16_lossy(&units),
            [a, tail @ ..] if *a < 0x80 => (u16::from(*a), tail),
            [a, b, tail @ ..] if a >> 5 == 6 => ((u16::from(a & 0x1f) << 6) | part(*b), tail),
            [a, b, c, tail @ ..] if a >> 4 == 14 => ((u16::from(a & 0x0f) << 12) | (part(*b) << 6) | part(*c), tail),
            [_, tail @ ..] => (0xfffd, tail),
        };
        units.push(unit);
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Limits, NoPasswords};

    fn text(t: &str) -> Vec<u8> {
        [&(t.len() as u16).to_be_bytes(), t.as_bytes()].concat()
    }

    fn store(entries: &[Vec<u8>], password: &str) -> Vec<u8> {
        let mut out = vec![0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2];
        out.extend((entries.len() as u32).to_be_bytes());
        out.extend(entries.concat());
        let digest = Digest::Sha1.of(&[&Password::new(password).octets(Coding::Utf16), WHITENER, &out]);
        out.extend_from_slice(&digest);
        out
    }

    fn trusted(alias: &str) -> Vec<u8> {
        [&[0, 0, 0, 2][..], &text(alias), &[0; 8], &text("X.509"), &[0, 0, 0, 1, 0x30]].concat()
    }

    #[test]
    fn certificates_come_out_without_the_password_and_the_digest_tells() {
        let bytes = store(&[trusted("ca"), trusted("둘")], "changeit");
        let limits = Limits::default();
        let mut none = NoPasswords;
        let open = read(&bytes, &Place::default(), &mut Unlocker::new(&mut none, &limits)).unwrap();
        assert_eq!(open.entries.iter().map(|e| e.alias.as_str()).collect::<Vec<_>>(), ["ca", "둘"]);
        assert_eq!(open.intact, Some(false));
        assert_eq!(open.faults[0].why, FaultKind::Unchecked(SecretError::NoPassword));

        let mut known = vec![Password::new("changeit")];
        let open = read(&bytes, &Place::default(), &mut Unlocker::new(&mut known, &limits)).unwrap();
        assert_eq!((open.intact, open.faults.len()), (Some(true), 0));
    }

    #[test]
    fn a_cut_names_the_entry_and_what_is_lost() {
        let bytes = store(&[trusted("ca"), trusted("second")], "");
        let limits = Limits::default();
        let mut none = NoPasswords;
        let cut = read(&bytes[..60], &Place::default(), &mut Unlocker::new(&mut none, &limits)).unwrap();
        assert_eq!(cut.entries.len(), 1);
        assert!(cut.faults[0].why.to_string().contains("entry 2 of 2"), "{}", cut.faults[0].why);
    }

    #[test]
    fn aliases_in_modified_utf8() {
        assert_eq!(modified_utf8(&[0x61, 0xc0, 0x80, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]), "a\0😀");
        assert_eq!(modified_utf8(&[0xff]), "\u{fffd}");
    }
}
