//! A password-based encryption scheme, read from its AlgorithmIdentifier: PBES1, PBES2 (RFC 8018) and PKCS#12's own
//! (RFC 7292 C), what it costs, and which Windows reads it.

use super::derive::{self, purpose};
use super::digest::nist;
use super::{Cipher, Coding, Digest, Limits, Password, SecretError};
use crate::der::{DerError, Reader, Tag, Tlv};
use crate::oid::Oid;
use crate::writer;
use std::fmt;
use zeroize::Zeroizing;

/// A scheme with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// How the key is made of the password.
    pub derivation: Derivation,
    /// Salt.
    pub salt: Vec<u8>,
    /// Iterations of the derivation; 1 for scrypt.
    pub iterations: u64,
    /// What encrypts.
    pub cipher: Cipher,
    /// Initialisation vector, where the parameters hold it rather than the derivation giving it.
    pub iv: Option<Vec<u8>>,
}

/// How a key is made of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Derivation {
    /// PBKDF1 in PBES1
    Pbkdf1(Digest),
    /// The derivation of RFC 7292 B
    Pkcs12(Digest),
    /// PBKDF2 with the HMAC of this hash, in PBES2
    Pbkdf2(Digest),
    /// scrypt, in PBES2
    Scrypt {
        /// cost
        n: u64,
        /// block size
        r: u32,
        /// parallelism
        p: u32,
    },
}

/// Which Windows imports a PFX that is encrypted so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowsImport {
    /// Every Windows: `TripleDES-SHA1` of its export wizard, and the RC2 of older ones.
    Any,
    /// Windows 10 version 1709, Windows Server 2019 and later: `AES256-SHA256` of its export wizard
    /// (`PKCS12_PBES2_EXPORT_PARAMS` in wincrypt.h, its table of requirements). Earlier ones say that the password is
    /// wrong.
    Since2019,
    /// No document of Microsoft's promises it.
    NotDocumented,
}

const PKCS5: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5];
const PKCS12_PBE: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1];
const RSADSI_CIPHER: [u8; 7] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3];
const SCRYPT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
const DES_CBC: &[u8] = &[0x2b, 14, 3, 2, 7];
const CAMELLIA_CBC: [u8; 10] = [0x2a, 0x83, 0x08, 0x8c, 0x9a, 0x4b, 0x3d, 1, 1, 1];
const ARIA: [u8; 8] = [0x2a, 0x83, 0x1a, 0x8c, 0x9a, 0x6e, 1, 1];
/// PBES2
pub(crate) const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
/// PBKDF2
pub(crate) const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const TRIPLE_DES_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 3];

/// Algorithms that occur and are not decrypted, by name.
const KNOWN: &[(&[u8], &str)] = &[
    (&[0x2a, 0x83, 0x1a, 0x8c, 0x9a, 0x44, 1, 4], "SEED-CBC"),
    (&[0x2a, 0x83, 0x1a, 0x8c, 0x9a, 0x44, 1, 15], "PBE with SHA-1 and SEED-CBC"),
    (&[0x2a, 0x85, 0x03, 2, 2, 21], "GOST 28147-89"),
    (&[0x2a, 0x85, 0x03, 2, 2, 9], "GOST R 34.11-94"),
    (&[0x2a, 0x85, 0x03, 2, 2, 10], "HMAC with GOST R 34.11-94"),
    (&[0x2a, 0x85, 0x03, 7, 1, 1, 2, 2], "GOST R 34.11-2012 (256)"),
    (&[0x2a, 0x85, 0x03, 7, 1, 1, 2, 3], "GOST R 34.11-2012 (512)"),
    (&[0x2a, 0x85, 0x03, 7, 1, 1, 4, 1], "HMAC with GOST R 34.11-2012 (256)"),
    (&[0x2a, 0x85, 0x03, 7, 1, 1, 4, 2], "HMAC with GOST R 34.11-2012 (512)"),
    (&[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11], "scrypt"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 3, 9], "PWRI-KEK"),
    (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 17, 3, 0], "protection to an Active Directory principal"),
];

impl Scheme {
    /// Reads an AlgorithmIdentifier.
    pub fn parse(algorithm: &Tlv<'_>) -> Result<Scheme, SecretError> {
        let mut r = algorithm.reader();
        let id = r.expect(Tag::OID, "encryption algorithm")?.content;
        if let Some((derivation, cipher)) = by_oid(id) {
            let mut p = r.expect(Tag::SEQUENCE, "PBEParameter")?.reader();
            let salt = p.expect(Tag::OCTET_STRING, "salt")?.content.to_vec();
            let iterations = iterations(&p.expect(Tag::INTEGER, "iterationCount")?)?;
            return Ok(Scheme { derivation, salt, iterations, cipher, iv: None });
        }
        if id != PBES2 {
            return Err(unsupported(id));
        }
        let mut p = r.expect(Tag::SEQUENCE, "PBES2-params")?.reader();
        let kdf = p.expect(Tag::SEQUENCE, "keyDerivationFunc")?;
        let encryption = p.expect(Tag::SEQUENCE, "encryptionScheme")?;
        let Kdf { derivation, salt, iterations, key_length } = Kdf::parse(&kdf)?;
        let (cipher, iv) = cipher(&encryption, key_length)?;
        Ok(Scheme { derivation, salt, iterations, cipher, iv: Some(iv) })
    }

    /// PBES2 with PBKDF2 HMAC-SHA-256 and AES-256-CBC: what Windows calls AES256-SHA256 and OpenSSL 3 writes.
    pub fn aes256_sha256(salt: [u8; 16], iv: [u8; 16], iterations: u64) -> Scheme {
        Scheme {
            derivation: Derivation::Pbkdf2(Digest::Sha256),
            salt: salt.to_vec(),
            iterations,
            cipher: Cipher::Aes { bits: 256 },
            iv: Some(iv.to_vec()),
        }
    }

    /// PKCS#12's SHA-1 with three-key triple DES: what Windows calls TripleDES-SHA1 and every Windows imports.
    pub fn triple_des_sha1(salt: [u8; 8], iterations: u64) -> Scheme {
        Scheme {
            derivation: Derivation::Pkcs12(Digest::Sha1),
            salt: salt.to_vec(),
            iterations,
            cipher: Cipher::TripleDes { keys: 3 },
            iv: None,
        }
    }

    /// The AlgorithmIdentifier of the two schemes that are written; others cannot be.
    pub fn to_der(&self) -> Result<Vec<u8>, SecretError> {
        match (self.derivation, self.cipher, &self.iv) {
            (Derivation::Pkcs12(Digest::Sha1), Cipher::TripleDes { keys: 3 }, _) => Ok(writer::sequence(&[
                writer::oid(TRIPLE_DES_PBE),
                writer::sequence(&[writer::octets(&self.salt), writer::small(self.iterations)]),
            ])),
            (Derivation::Pbkdf2(digest), Cipher::Aes { bits }, Some(iv)) => {
                let Some(prf) = digest.hmac_oid() else {
                    return Err(SecretError::Unsupported { algorithm: format!("writing with {self}") });
                };
                let kdf = writer::sequence(&[
                    writer::oid(PBKDF2),
                    writer::sequence(&[
                        writer::octets(&self.salt),
                        writer::small(self.iterations),
                        writer::sequence(&[writer::oid(prf), writer::tlv(Tag::NULL, &[])]),
                    ]),
                ]);
                let n = match bits {
                    128 => 2,
                    192 => 22,
                    _ => 42,
                };
                let encryption = writer::sequence(&[writer::oid(&nist(1, n)), writer::octets(iv)]);
                Ok(writer::sequence(&[writer::oid(PBES2), writer::sequence(&[kdf, encryption])]))
            }
            _ => Err(SecretError::Unsupported { algorithm: format!("writing with {self}") }),
        }
    }

    /// How this scheme wants the password's octets.
    pub fn coding(&self) -> Coding {
        match self.derivation {
            Derivation::Pkcs12(_) => Coding::Bmp,
            _ => Coding::Utf8,
        }
    }

    /// What one derivation costs, in iterations of a hash or of an HMAC.
    pub fn cost(&self) -> u64 {
        let octets = self.cipher.key_len() as u64;
        match self.derivation {
            Derivation::Pbkdf1(_) => self.iterations,
            Derivation::Pkcs12(d) => {
                let rounds =
                    octets.div_ceil(d.size().max(1) as u64).saturating_add(u64::from(self.cipher.iv_len() > 0));
                self.iterations.saturating_mul(rounds)
            }
            Derivation::Pbkdf2(d) => self.iterations.saturating_mul(octets.div_ceil(d.size().max(1) as u64).max(1)),
            // one Salsa20/8 of 64 octets is somewhat cheaper than one HMAC
            Derivation::Scrypt { n, r, p } => {
                n.saturating_mul(u64::from(r)).saturating_mul(u64::from(p)).saturating_mul(4)
            }
        }
    }

    /// Refuses what costs more than the limits allow, before any work.
    pub fn check(&self, limits: &Limits) -> Result<(), SecretError> {
        if self.iterations > limits.iterations {
            return Err(SecretError::TooManyIterations { found: self.iterations, limit: limits.iterations });
        }
        if let Derivation::Scrypt { n, r, p } = self.derivation {
            let memory = n.saturating_add(u64::from(p)).saturating_mul(u64::from(r)).saturating_mul(128);
            if memory > limits.memory {
                return Err(SecretError::TooMuchMemory { found: memory, limit: limits.memory });
            }
        }
        if self.cost() > limits.iterations.saturating_mul(4) {
            return Err(SecretError::TooManyIterations {
                found: self.cost(),
                limit: limits.iterations.saturating_mul(4),
            });
        }
        Ok(())
    }

    /// Decrypts with a password in this scheme's own coding. "No password" is another one than the empty password only
    /// where PKCS#12's derivation is used; elsewhere it opens nothing.
    pub fn decrypt(
        &self,
        ciphertext: &[u8],
        password: &Password,
        limits: &Limits,
    ) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        if password.is_absent() && self.coding() != Coding::Bmp {
            self.check(limits)?;
            return Err(SecretError::WrongPassword);
        }
        self.decrypt_coded(ciphertext, &password.octets(self.coding()), limits)
    }

    /// Decrypts with the octets of a password. What comes out is not looked at.
    pub(crate) fn decrypt_coded(
        &self,
        ciphertext: &[u8],
        password: &[u8],
        limits: &Limits,
    ) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        self.check(limits)?;
        let (key, iv) = self.key_and_iv(password)?;
        self.cipher.decrypt(&key, &iv, ciphertext)
    }

    /// Encrypts with a password in this scheme's own coding.
    pub fn encrypt(&self, plaintext: &[u8], password: &Password) -> Result<Vec<u8>, SecretError> {
        let (key, iv) = self.key_and_iv(&password.octets(self.coding()))?;
        self.cipher.encrypt(&key, &iv, plaintext)
    }

    /// Which Windows imports a PFX whose parts are encrypted so.
    pub fn windows_import(&self) -> WindowsImport {
        match (self.derivation, self.cipher) {
            (Derivation::Pkcs12(Digest::Sha1), Cipher::TripleDes { .. } | Cipher::Rc2 { .. }) => WindowsImport::Any,
            (Derivation::Pbkdf2(Digest::Sha256), Cipher::Aes { bits: 256 }) => WindowsImport::Since2019,
            _ => WindowsImport::NotDocumented,
        }
    }

    /// Whether Windows before Server 2019 and Windows 10 version 1709 refuses a PFX encrypted so (with "the password
    /// is not correct"): all of PBES2.
    pub fn needs_windows_2019(&self) -> bool {
        matches!(self.derivation, Derivation::Pbkdf2(_) | Derivation::Scrypt { .. })
    }

    fn key_and_iv(&self, password: &[u8]) -> Result<KeyAndIv, SecretError> {
        let (key_len, iv_len) = (self.cipher.key_len(), self.cipher.iv_len());
        let (salt, n) = (self.salt.as_slice(), self.iterations);
        let given = || Zeroizing::new(self.iv.clone().unwrap_or_default());
        Ok(match self.derivation {
            Derivation::Pbkdf1(d) => {
                let both = derive::pbkdf1(d, password, salt, n, key_len.saturating_add(iv_len));
                let at = key_len.min(both.len());
                let (key, iv) = both.split_at(at);
                (Zeroizing::new(key.to_vec()), Zeroizing::new(iv.to_vec()))
            }
            Derivation::Pkcs12(d) => {
                let key = derive::pkcs12(d, purpose::KEY, password, salt, n, key_len);
                let iv = match iv_len {
                    0 => Zeroizing::default(),
                    _ => derive::pkcs12(d, purpose::IV, password, salt, n, iv_len),
                };
                (key, iv)
            }
            Derivation::Pbkdf2(d) => (derive::pbkdf2(d, password, salt, n, key_len)?, given()),
            Derivation::Scrypt { n, r, p } => (derive::scrypt(password, salt, (n, r, p), key_len)?, given()),
        })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.iterations;
        match self.derivation {
            Derivation::Pbkdf1(d) => write!(f, "PBES1: {d}, {n} iterations, {}", self.cipher),
            Derivation::Pkcs12(d) => write!(f, "PKCS#12 PBE: {d}, {n} iterations, {}", self.cipher),
            Derivation::Pbkdf2(d) => write!(f, "PBES2: PBKDF2 HMAC-{d}, {n} iterations, {}", self.cipher),
            Derivation::Scrypt { n, r, p } => write!(f, "PBES2: scrypt N={n} r={r} p={p}, {}", self.cipher),
        }
    }
}

type KeyAndIv = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

/// A key derivation of PBES2 or PBMAC1.
pub(crate) struct Kdf {
    pub(crate) derivation: Derivation,
    pub(crate) salt: Vec<u8>,
    pub(crate) iterations: u64,
    pub(crate) key_length: Option<usize>,
}

impl Kdf {
    /// Reads the AlgorithmIdentifier of a key derivation (RFC 8018 A.2, RFC 7914 7).
    pub(crate) fn parse(tlv: &Tlv<'_>) -> Result<Kdf, SecretError> {
        let mut r = tlv.reader();
        let id = r.expect(Tag::OID, "key derivation function")?.content;
        let length = |t: Option<Tlv<'_>>| -> Result<Option<usize>, SecretError> {
            t.map(|t| count(&t)).transpose().map(|n| n.and_then(|n| usize::try_from(n).ok()))
        };
        if id == PBKDF2 {
            let mut p = r.expect(Tag::SEQUENCE, "PBKDF2-params")?.reader();
            let salt = p.read("salt")?;
            if salt.tag == Tag::SEQUENCE {
                return Err(SecretError::Unsupported { algorithm: "PBKDF2 with a salt from elsewhere".to_owned() });
            }
            let salt = salt.expect(Tag::OCTET_STRING, "salt")?.content.to_vec();
            let iterations = iterations(&p.expect(Tag::INTEGER, "iterationCount")?)?;
            let key_length = length(p.optional(Tag::INTEGER, "keyLength")?)?;
            let digest = match p.optional(Tag::SEQUENCE, "prf")? {
                Some(prf) => {
                    let id = prf.reader().expect(Tag::OID, "prf")?.content;
                    Digest::from_hmac_oid(id).ok_or_else(|| unsupported(id))?
                }
                None => Digest::Sha1,
            };
            return Ok(Kdf { derivation: Derivation::Pbkdf2(digest), salt, iterations, key_length });
        }
        if id == SCRYPT {
            let mut p = r.expect(Tag::SEQUENCE, "scrypt-params")?.reader();
            let salt = p.expect(Tag::OCTET_STRING, "salt")?.content.to_vec();
            let n = count(&p.expect(Tag::INTEGER, "costParameter")?)?;
            let mut small = |what| -> Result<u32, SecretError> {
                let t = p.expect(Tag::INTEGER, what)?;
                let found = count(&t)?;
                u32::try_from(found).map_err(|_| SecretError::TooManyIterations { found, limit: u64::from(u32::MAX) })
            };
            let (r, q) = (small("blockSize")?, small("parallelizationParameter")?);
            let key_length = length(p.optional(Tag::INTEGER, "keyLength")?)?;
            return Ok(Kdf { derivation: Derivation::Scrypt { n, r, p: q }, salt, iterations: 1, key_length });
        }
        Err(unsupported(id))
    }
}

/// What cannot be decrypted, with its name where one is known.
pub(crate) fn unsupported(id: &[u8]) -> SecretError {
    let oid = Oid::from_der(id);
    let name = KNOWN.iter().find(|(o, _)| *o == id).map(|(_, n)| *n).or(oid.short_name());
    SecretError::Unsupported { algorithm: name.map_or_else(|| oid.to_string(), |n| format!("{n} ({oid})")) }
}

/// An iteration count, which is at least 1 (RFC 8018 A.2).
pub(crate) fn iterations(tlv: &Tlv<'_>) -> Result<u64, SecretError> {
    match count(tlv)? {
        0 => Err(DerError::value(tlv.offset, "an iteration count of at least 1", "0").into()),
        n => Ok(n),
    }
}

/// A count; one beyond 63 bits is as good as endless.
pub(crate) fn count(tlv: &Tlv<'_>) -> Result<u64, SecretError> {
    match tlv.small_uint() {
        Ok(n) => Ok(n),
        Err(_) if tlv.content.len() > 7 && tlv.content.first().is_some_and(|b| b & 0x80 == 0) => Ok(u64::MAX),
        Err(e) => Err(SecretError::Malformed(e)),
    }
}

fn by_oid(id: &[u8]) -> Option<(Derivation, Cipher)> {
    use Derivation::{Pbkdf1, Pkcs12};
    let rc2_64 = Cipher::Rc2 { key: 8, effective: 64 };
    if let Some([n]) = id.strip_prefix(&PKCS5) {
        return Some(match n {
            1 => (Pbkdf1(Digest::Md2), Cipher::Des),
            3 => (Pbkdf1(Digest::Md5), Cipher::Des),
            4 => (Pbkdf1(Digest::Md2), rc2_64),
            6 => (Pbkdf1(Digest::Md5), rc2_64),
            10 => (Pbkdf1(Digest::Sha1), Cipher::Des),
            11 => (Pbkdf1(Digest::Sha1), rc2_64),
            _ => return None,
        });
    }
    let [n] = id.strip_prefix(&PKCS12_PBE)? else { return None };
    let cipher = match n {
        1 => Cipher::Rc4 { key: 16 },
        2 => Cipher::Rc4 { key: 5 },
        3 => Cipher::TripleDes { keys: 3 },
        4 => Cipher::TripleDes { keys: 2 },
        5 => Cipher::Rc2 { key: 16, effective: 128 },
        6 => Cipher::Rc2 { key: 5, effective: 40 },
        _ => return None,
    };
    Some((Pkcs12(Digest::Sha1), cipher))
}

/// The encryptionScheme of PBES2 (RFC 8018 B.2): cipher and initialisation vector.
fn cipher(tlv: &Tlv<'_>, key_length: Option<usize>) -> Result<(Cipher, Vec<u8>), SecretError> {
    let mut r = tlv.reader();
    let id = r.expect(Tag::OID, "encryption scheme")?.content;
    let bits = |n: u8, first: u8| match n.checked_sub(first) {
        Some(0) => Some(128),
        Some(20) => Some(192),
        Some(40) => Some(256),
        _ => None,
    };
    let cipher = match id {
        x if x == DES_CBC => Some(Cipher::Des),
        x if x.strip_prefix(&RSADSI_CIPHER) == Some(&[7]) => Some(Cipher::TripleDes { keys: 3 }),
        x if x.strip_prefix(&RSADSI_CIPHER) == Some(&[2]) => return rc2(&mut r, key_length),
        x => {
            if let Some([n]) = x.strip_prefix(&nist(1, 0)[..8]) {
                match (bits(*n, 2), bits(*n, 6)) {
                    (Some(bits), _) => Some(Cipher::Aes { bits }),
                    (_, Some(bits)) => return gcm(&mut r, bits),
                    _ => None,
                }
            } else if let Some([n @ 2..=4]) = x.strip_prefix(&CAMELLIA_CBC) {
                Some(Cipher::Camellia { bits: u16::from(*n) * 64 })
            } else if let Some([n @ (2 | 7 | 12)]) = x.strip_prefix(&ARIA) {
                Some(Cipher::Aria { bits: 128 + u16::from(n / 5) * 64 })
            } else {
                None
            }
        }
    };
    let cipher = cipher.ok_or_else(|| unsupported(id))?;
    Ok((cipher, r.expect(Tag::OCTET_STRING, "initialisation vector")?.content.to_vec()))
}

/// RC2-CBC-Parameter (RFC 8018 B.2.3): the version codes the effective key bits.
fn rc2(r: &mut Reader<'_>, key_length: Option<usize>) -> Result<(Cipher, Vec<u8>), SecretError> {
    let mut p = r.expect(Tag::SEQUENCE, "RC2-CBC-Parameter")?.reader();
    let version = p.optional(Tag::INTEGER, "rc2ParameterVersion")?;
    let effective = match version.map(|v| v.small_uint()).transpose()? {
        None => 32,
        Some(160) => 40,
        Some(120) => 64,
        Some(58) => 128,
        Some(n @ 256..=1024) => n as usize,
        Some(n) => return Err(SecretError::Unsupported { algorithm: format!("RC2 with parameter version {n}") }),
    };
    let key = key_length.unwrap_or(16);
    if !(1..=128).contains(&key) {
        return Err(DerError::value(r.offset(), "an RC2 key of 1 to 128 octets", "another length").into());
    }
    Ok((Cipher::Rc2 { key, effective }, p.expect(Tag::OCTET_STRING, "initialisation vector")?.content.to_vec()))
}

/// GCMParameters (RFC 5084 3.2), or the nonce alone, as some libraries write it. Only the full tag is read, which is
/// all that is written.
fn gcm(r: &mut Reader<'_>, bits: u16) -> Result<(Cipher, Vec<u8>), SecretError> {
    if let Some(nonce) = r.optional(Tag::OCTET_STRING, "nonce")? {
        return Ok((Cipher::AesGcm { bits }, nonce.content.to_vec()));
    }
    let mut p = r.expect(Tag::SEQUENCE, "GCMParameters")?.reader();
    let nonce = p.expect(Tag::OCTET_STRING, "aes-nonce")?.content.to_vec();
    match p.optional(Tag::INTEGER, "aes-ICVlen")?.map(|t| t.small_uint()).transpose()? {
        Some(16) => Ok((Cipher::AesGcm { bits }, nonce)),
        other => Err(SecretError::Unsupported {
            algorithm: format!("AES-{bits}-GCM with a tag of {} octets", other.unwrap_or(12)),
        }),
    }
}
