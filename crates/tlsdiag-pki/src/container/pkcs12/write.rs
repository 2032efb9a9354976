//! Writing a PFX: one key, its certificate and chain, under one of two profiles. Salts are handed in.

use super::super::super::writer::{explicit, integer, octets, oid, sequence, set, small, tlv};
use crate::der::Tag;
use crate::oid as ids;
use crate::secret::derive::{self, purpose};
use crate::secret::{Coding, Digest, Password, Scheme, SecretError};
use sha2::Digest as _;
use zeroize::Zeroizing;

/// Who shall be able to import the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Every Windows, also Server 2008 to 2016: certificates and key under SHA-1 with three-key triple DES, integrity
    /// by HMAC-SHA-1. What the export wizard of Windows calls `TripleDES-SHA1`.
    Windows2012,
    /// Windows Server 2019 and Windows 10 version 1709 and later, OpenSSL, Java 8u301 and later: PBES2 with PBKDF2
    /// HMAC-SHA-256 and AES-256-CBC, integrity by HMAC-SHA-256. The wizard's `AES256-SHA256`.
    Modern,
}

impl Profile {
    /// Iterations to write: 2000 as Windows does, 100 000 where PBKDF2 is used. Windows limits an import without a
    /// password to 600 000 of all parts together, which both stay below.
    pub fn iterations(self) -> u64 {
        match self {
            Profile::Windows2012 => 2_000,
            Profile::Modern => 100_000,
        }
    }
}

/// Random octets that a file needs; each file needs its own.
#[derive(Clone, Copy)]
pub struct Salts {
    /// for the certificates: salt, initialisation vector
    pub certificates: ([u8; 16], [u8; 16]),
    /// for the key: salt, initialisation vector
    pub key: ([u8; 16], [u8; 16]),
    /// for the integrity check
    pub mac: [u8; 16],
}

impl std::fmt::Debug for Salts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salts(..)")
    }
}

/// What is written.
#[derive(Clone, Copy)]
pub struct Writing<'a> {
    /// The private key in PKCS#8.
    pub key: &'a [u8],
    /// Certificates in DER, that of the key first.
    pub chain: &'a [&'a [u8]],
    /// Name shown by Windows, alias in Java.
    pub friendly_name: Option<&'a str>,
    /// The provider into which Windows shall import the key, such as `Microsoft Software Key Storage Provider`.
    pub provider: Option<&'a str>,
    /// Mark the key as the machine's.
    pub machine_key: bool,
}

impl std::fmt::Debug for Writing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing").field("certificates", &self.chain.len()).field("name", &self.friendly_name).finish()
    }
}

const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
const SHROUDED_KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
const CERT_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 3];
const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 21];
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
const PROVIDER: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 17, 1];
const MACHINE_KEY: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 17, 2];

/// Writes a PFX in DER. The order is that of Windows: the key first, then the certificates.
///
/// # Errors
/// Only what a scheme that cannot be written would give; both profiles can.
pub fn write(what: &Writing<'_>, password: &Password, profile: Profile, salts: &Salts) -> Result<Vec<u8>, SecretError> {
    let scheme = |(salt, iv): ([u8; 16], [u8; 16])| {
        let [a, b, c, d, e, f, g, h, ..] = salt;
        match profile {
            Profile::Windows2012 => Scheme::triple_des_sha1([a, b, c, d, e, f, g, h], profile.iterations()),
            Profile::Modern => Scheme::aes256_sha256(salt, iv, profile.iterations()),
        }
    };
    let local_key_id = what.chain.first().map(|leaf| sha1::Sha1::digest(leaf).to_vec()).unwrap_or_default();

    let key_scheme = scheme(salts.key);
    let sealed = key_scheme.encrypt(what.key, password)?;
    let shrouded = sequence(&[key_scheme.to_der()?, octets(&sealed)]);
    let mut attributes = name_and_id(what.friendly_name, Some(&local_key_id));
    if let Some(provider) = what.provider {
        attributes.push(attribute(PROVIDER, &bmp(provider)));
    }
    if what.machine_key {
        attributes.push(sequence(&[oid(MACHINE_KEY), set::<&[u8]>(&[])]));
    }
    let keys = sequence(&[bag(SHROUDED_KEY_BAG, &shrouded, attributes)]);

    let bags: Vec<Vec<u8>> = what
        .chain
        .iter()
        .enumerate()
        .map(|(i, der)| {
            let certificate = sequence(&[oid(X509_CERTIFICATE), explicit(0, &octets(der))]);
            let attributes = match i {
                0 => name_and_id(what.friendly_name, Some(&local_key_id)),
                _ => Vec::new(),
            };
            bag(CERT_BAG, &certificate, attributes)
        })
        .collect();
    let certificate_scheme = scheme(salts.certificates);
    let sealed = certificate_scheme.encrypt(&sequence(&bags), password)?;
    let encrypted = sequence(&[
        small(0),
        sequence(&[oid(ids::PKCS7_DATA), certificate_scheme.to_der()?, tlv(Tag::context(0), &sealed)]),
    ]);

    let safe = sequence(&[data(&keys), sequence(&[oid(ENCRYPTED_DATA), explicit(0, &encrypted)])]);
    Ok(sequence(&[integer(&[3]), data(&safe), mac_data(&safe, password, profile, &salts.mac)]))
}

fn mac_data(safe: &[u8], password: &Password, profile: Profile, salt: &[u8; 16]) -> Vec<u8> {
    let digest = match profile {
        Profile::Windows2012 => Digest::Sha1,
        Profile::Modern => Digest::Sha256,
    };
    let iterations = profile.iterations();
    let password = password.octets(Coding::Bmp);
    let key: Zeroizing<Vec<u8>> = derive::pkcs12(digest, purpose::MAC, &password, salt, iterations, digest.size());
    let algorithm = sequence(&[oid(digest.oid()), tlv(Tag::NULL, &[])]);
    let info = sequence(&[algorithm, octets(&digest.hmac(&key, safe))]);
    sequence(&[info, octets(salt), small(iterations)])
}

/// ContentInfo of type data
fn data(content: &[u8]) -> Vec<u8> {
    sequence(&[oid(ids::PKCS7_DATA), explicit(0, &octets(content))])
}

fn bag(kind: &[u8], value: &[u8], attributes: Vec<Vec<u8>>) -> Vec<u8> {
    let mut parts = vec![oid(kind), explicit(0, value)];
    if !attributes.is_empty() {
        let mut attributes = attributes;
        attributes.sort();
        parts.push(set(&attributes));
    }
    sequence(&parts)
}

fn name_and_id(name: Option<&str>, id: Option<&[u8]>) -> Vec<Vec<u8>> {
    let name = name.map(|n| attribute(FRIENDLY_NAME, &bmp(n)));
    let id = id.map(|id| attribute(LOCAL_KEY_ID, &octets(id)));
    name.into_iter().chain(id).collect()
}

fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[oid(kind), set(&[value])])
}

fn bmp(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    tlv(Tag::BMP, &units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::pkcs12::{BagContent, MacState, read};
    use crate::container::{FaultKind, Place};
    use crate::secret::{Limits, Unlocker};

    /// A key under another password than that of the integrity check.
    fn two_passwords() -> Vec<u8> {
        let scheme = Scheme::triple_des_sha1([1; 8], 10);
        let sealed = scheme.encrypt(&sequence(&[small(0)]), &Password::new("of the key")).unwrap();
        let shrouded = sequence(&[scheme.to_der().unwrap(), octets(&sealed)]);
        let keys = sequence(&[bag(SHROUDED_KEY_BAG, &shrouded, Vec::new())]);
        let safe = sequence(&[data(&keys)]);
        let check = mac_data(&safe, &Password::new("of the file"), Profile::Windows2012, &[5; 16]);
        sequence(&[integer(&[3]), data(&safe), check])
    }

    #[test]
    fn another_password_for_the_key_is_told() {
        let octets = two_passwords();
        let limits = Limits::default();
        let mut one = vec![Password::new("of the file")];
        let file = read(&octets, &Place::default(), &mut Unlocker::new(&mut one, &limits)).unwrap();
        assert!(matches!(file.facts.mac, MacState::Holds(_)));
        assert_eq!(file.faults.len(), 1);
        assert_eq!(file.faults[0].why, FaultKind::OtherPassword);
        assert_eq!(file.faults[0].place.to_string(), "contents 1, bag 1");

        let mut both = vec![Password::new("of the file"), Password::new("of the key")];
        let file = read(&octets, &Place::default(), &mut Unlocker::new(&mut both, &limits)).unwrap();
        assert!(file.faults.is_empty());
        assert!(matches!(file.bags[0].content, BagContent::Key { shrouded: true, .. }));
    }
}
