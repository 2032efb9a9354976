//! Signature algorithms: hash, kind and parameters, from certificates and from TLS code points.

use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::oid::{self, Oid};

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hash {
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
    /// MD5 and SHA-1 concatenated, without DigestInfo: RSA in TLS 1.1 and earlier (RFC 4346 4.7).
    Md5Sha1,
}

impl Hash {
    /// The usual spelling.
    pub fn name(self) -> &'static str {
        match self {
            Hash::Md5 => "MD5",
            Hash::Sha1 => "SHA-1",
            Hash::Sha224 => "SHA-224",
            Hash::Sha256 => "SHA-256",
            Hash::Sha384 => "SHA-384",
            Hash::Sha512 => "SHA-512",
            Hash::Md5Sha1 => "MD5+SHA-1",
        }
    }

    /// Whether collisions are practical, so that public clients refuse certificates signed with it.
    pub fn is_weak(self) -> bool {
        matches!(self, Hash::Md5 | Hash::Sha1 | Hash::Md5Sha1)
    }

    /// Digest of the message.
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        use sha2::Digest as _;
        match self {
            Hash::Md5 => md5::Md5::digest(message).to_vec(),
            Hash::Sha1 => sha1::Sha1::digest(message).to_vec(),
            Hash::Sha224 => sha2::Sha224::digest(message).to_vec(),
            Hash::Sha256 => sha2::Sha256::digest(message).to_vec(),
            Hash::Sha384 => sha2::Sha384::digest(message).to_vec(),
            Hash::Sha512 => sha2::Sha512::digest(message).to_vec(),
            Hash::Md5Sha1 => [Hash::Md5.digest(message), Hash::Sha1.digest(message)].concat(),
        }
    }

    /// Octets of the digest.
    pub fn digest_len(self) -> usize {
        match self {
            Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha224 => 28,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
            Hash::Md5Sha1 => 36,
        }
    }

    /// Content octets of its object identifier; none for the TLS-only MD5+SHA-1.
    pub fn oid(self) -> Option<&'static [u8]> {
        Some(match self {
            Hash::Md5 => oid::MD5,
            Hash::Sha1 => oid::SHA1,
            Hash::Sha224 => oid::SHA224,
            Hash::Sha256 => oid::SHA256,
            Hash::Sha384 => oid::SHA384,
            Hash::Sha512 => oid::SHA512,
            Hash::Md5Sha1 => return None,
        })
    }

    /// By object identifier content octets.
    pub fn from_oid(content: &[u8]) -> Option<Hash> {
        [Hash::Md5, Hash::Sha1, Hash::Sha224, Hash::Sha256, Hash::Sha384, Hash::Sha512]
            .into_iter()
            .find(|h| h.oid() == Some(content))
    }
}

/// How a signature is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 8.2)
    RsaPkcs1(Hash),
    /// RSASSA-PSS (RFC 8017 8.1, RFC 4055)
    RsaPss(PssParameters),
    /// ECDSA with any curve (RFC 5480, RFC 5758)
    Ecdsa(Hash),
    /// Ed25519 (RFC 8410)
    Ed25519,
    /// Ed448 (RFC 8410)
    Ed448,
    /// DSA
    Dsa(Hash),
    /// Something else, kept by its identifier.
    Unknown(Oid),
}

/// RSASSA-PSS parameters (RFC 4055 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PssParameters {
    /// Hash of the message.
    pub hash: Hash,
    /// Hash of the mask generation function MGF1.
    pub mgf_hash: Hash,
    /// Salt length in octets.
    pub salt_len: usize,
}

impl SignatureAlgorithm {
    /// Reads an AlgorithmIdentifier.
    pub fn parse(tlv: &Tlv<'_>) -> Result<SignatureAlgorithm> {
        let mut r = tlv.reader();
        let id = r.expect(Tag::OID, "algorithm identifier")?.content;
        use Hash::{Md5, Sha1, Sha224, Sha256, Sha384, Sha512};
        Ok(match id {
            x if x == oid::MD5_RSA => Self::RsaPkcs1(Md5),
            x if x == oid::SHA1_RSA || x == oid::SHA1_RSA_OIW => Self::RsaPkcs1(Sha1),
            x if x == oid::SHA224_RSA => Self::RsaPkcs1(Sha224),
            x if x == oid::SHA256_RSA => Self::RsaPkcs1(Sha256),
            x if x == oid::SHA384_RSA => Self::RsaPkcs1(Sha384),
            x if x == oid::SHA512_RSA => Self::RsaPkcs1(Sha512),
            x if x == oid::RSA_PSS => Self::RsaPss(parse_pss(&mut r)?),
            x if x == oid::SHA1_ECDSA => Self::Ecdsa(Sha1),
            x if x == oid::SHA224_ECDSA => Self::Ecdsa(Sha224),
            x if x == oid::SHA256_ECDSA => Self::Ecdsa(Sha256),
            x if x == oid::SHA384_ECDSA => Self::Ecdsa(Sha384),
            x if x == oid::SHA512_ECDSA => Self::Ecdsa(Sha512),
            x if x == oid::ED25519 => Self::Ed25519,
            x if x == oid::ED448 => Self::Ed448,
            x if x == oid::DSA_SHA1 => Self::Dsa(Sha1),
            x if x == oid::DSA_SHA256 => Self::Dsa(Sha256),
            x => Self::Unknown(Oid::from_der(x)),
        })
    }

    /// From a TLS SignatureScheme code point (RFC 8446 4.2.3), or a SignatureAndHashAlgorithm pair of TLS 1.2 read as
    /// one number (RFC 5246 7.4.1.4.1). In TLS 1.3 an ECDSA code point also fixes the curve; see
    /// [`tls13_curve`](Self::tls13_curve).
    pub fn from_tls_scheme(code: u16) -> Option<SignatureAlgorithm> {
        let pss = |hash: Hash| Self::RsaPss(PssParameters { hash, mgf_hash: hash, salt_len: hash.digest_len() });
        Some(match code {
            0x0804 | 0x0809 => pss(Hash::Sha256),
            0x0805 | 0x080a => pss(Hash::Sha384),
            0x0806 | 0x080b => pss(Hash::Sha512),
            0x0807 => Self::Ed25519,
            0x0808 => Self::Ed448,
            // ecdsa_brainpoolP*r1tls13_sha* (RFC 8734)
            0x081a => Self::Ecdsa(Hash::Sha256),
            0x081b => Self::Ecdsa(Hash::Sha384),
            0x081c => Self::Ecdsa(Hash::Sha512),
            _ => {
                let hash = match code >> 8 {
                    1 => Hash::Md5,
                    2 => Hash::Sha1,
                    3 => Hash::Sha224,
                    4 => Hash::Sha256,
                    5 => Hash::Sha384,
                    6 => Hash::Sha512,
                    _ => return None,
                };
                match code & 0xff {
                    1 => Self::RsaPkcs1(hash),
                    2 => Self::Dsa(hash),
                    3 => Self::Ecdsa(hash),
                    _ => return None,
                }
            }
        })
    }

    /// The curve (object identifier content) that a TLS 1.3 ECDSA SignatureScheme demands of the key.
    pub fn tls13_curve(code: u16) -> Option<&'static [u8]> {
        match code {
            0x0403 => Some(oid::P256),
            0x0503 => Some(oid::P384),
            0x0603 => Some(oid::P521),
            0x081a => Some(oid::BRAINPOOL_P256),
            0x081b => Some(oid::BRAINPOOL_P384),
            0x081c => Some(oid::BRAINPOOL_P512),
            _ => None,
        }
    }

    /// The signature of a ServerKeyExchange in TLS 1.1 and earlier (RFC 4346 7.4.3): fixed by the key's type.
    pub fn tls11_for(rsa: bool) -> SignatureAlgorithm {
        if rsa { Self::RsaPkcs1(Hash::Md5Sha1) } else { Self::Ecdsa(Hash::Sha1) }
    }

    /// Hash of the message, where the algorithm names one.
    pub fn hash(&self) -> Option<Hash> {
        match self {
            Self::RsaPkcs1(h) | Self::Ecdsa(h) | Self::Dsa(h) => Some(*h),
            Self::RsaPss(p) => Some(p.hash),
            Self::Ed25519 | Self::Ed448 | Self::Unknown(_) => None,
        }
    }

    /// Whether public clients refuse a certificate signed so (MD5, SHA-1, MD2).
    pub fn is_weak(&self) -> bool {
        match self {
            Self::Unknown(o) => *o == *oid::MD2_RSA,
            other => other.hash().is_some_and(Hash::is_weak),
        }
    }
}

impl std::fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RsaPkcs1(h) => write!(f, "RSA with {}", h.name()),
            Self::RsaPss(p) => write!(f, "RSA-PSS with {}", p.hash.name()),
            Self::Ecdsa(h) => write!(f, "ECDSA with {}", h.name()),
            Self::Dsa(h) => write!(f, "DSA with {}", h.name()),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::Unknown(o) => match o.short_name() {
                Some(n) => f.write_str(n),
                None => write!(f, "{o}"),
            },
        }
    }
}

fn parse_pss(r: &mut Reader<'_>) -> Result<PssParameters> {
    let mut p = PssParameters { hash: Hash::Sha1, mgf_hash: Hash::Sha1, salt_len: 20 };
    let Some(params) = r.optional(Tag::SEQUENCE, "RSASSA-PSS-params")? else { return Ok(p) };
    let mut r = params.reader();
    if let Some(h) = r.optional(Tag::context_constructed(0), "hashAlgorithm")? {
        p.hash = hash_of(&h.inner(Tag::SEQUENCE, "hashAlgorithm")?)?;
    }
    if let Some(m) = r.optional(Tag::context_constructed(1), "maskGenAlgorithm")? {
        let mut m = m.inner(Tag::SEQUENCE, "maskGenAlgorithm")?.reader();
        let id = m.expect(Tag::OID, "mask generation function")?;
        if id.content != oid::MGF1 {
            return Err(DerError::value(id.offset, "id-mgf1", "another mask generation function"));
        }
        p.mgf_hash = hash_of(&m.expect(Tag::SEQUENCE, "hash of MGF1")?)?;
    }
    if let Some(s) = r.optional(Tag::context_constructed(2), "saltLength")? {
        let n = s.inner(Tag::INTEGER, "saltLength")?.small_uint()?;
        p.salt_len =
            usize::try_from(n).map_err(|_| DerError::value(s.offset, "a salt length", "a number beyond memory"))?;
    }
    Ok(p)
}

fn hash_of(tlv: &Tlv<'_>) -> Result<Hash> {
    let id = tlv.reader().expect(Tag::OID, "hash algorithm")?;
    Hash::from_oid(id.content).ok_or_else(|| DerError::value(id.offset, "a known hash algorithm", "an unknown one"))
}
