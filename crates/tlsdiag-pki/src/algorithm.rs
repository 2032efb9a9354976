//! Signature algorithms: hash, kind and parameters, from certificates and from TLS code points.

use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::oid::{self, Oid};

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hash {
    /// MD2 (RFC 1319)
    Md2,
    /// MD4 (RFC 1320)
    Md4,
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
    /// SHA-512/224
    Sha512_224,
    /// SHA-512/256
    Sha512_256,
    /// SHA3-224
    Sha3_224,
    /// SHA3-256
    Sha3_256,
    /// SHA3-384
    Sha3_384,
    /// SHA3-512
    Sha3_512,
    /// MD5 and SHA-1 concatenated, without DigestInfo: RSA in TLS 1.1 and earlier (RFC 4346 4.7).
    Md5Sha1,
}

impl Hash {
    /// The usual spelling.
    pub fn name(self) -> &'static str {
        match self {
            Hash::Md2 => "MD2",
            Hash::Md4 => "MD4",
            Hash::Md5 => "MD5",
            Hash::Sha1 => "SHA-1",
            Hash::Sha224 => "SHA-224",
            Hash::Sha256 => "SHA-256",
            Hash::Sha384 => "SHA-384",
            Hash::Sha512 => "SHA-512",
            Hash::Sha512_224 => "SHA-512/224",
            Hash::Sha512_256 => "SHA-512/256",
            Hash::Sha3_224 => "SHA3-224",
            Hash::Sha3_256 => "SHA3-256",
            Hash::Sha3_384 => "SHA3-384",
            Hash::Sha3_512 => "SHA3-512",
            Hash::Md5Sha1 => "MD5+SHA-1",
        }
    }

    /// Whether collisions are practical, so that public clients refuse certificates signed with it.
    pub fn is_weak(self) -> bool {
        matches!(self, Hash::Md2 | Hash::Md4 | Hash::Md5 | Hash::Sha1 | Hash::Md5Sha1)
    }

    /// Digest of the message.
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        use sha2::Digest as _;
        match self {
            Hash::Md2 => md2::Md2::digest(message).to_vec(),
            Hash::Md4 => md4::Md4::digest(message).to_vec(),
            Hash::Md5 => md5::Md5::digest(message).to_vec(),
            Hash::Sha1 => sha1::Sha1::digest(message).to_vec(),
            Hash::Sha224 => sha2::Sha224::digest(message).to_vec(),
            Hash::Sha256 => sha2::Sha256::digest(message).to_vec(),
            Hash::Sha384 => sha2::Sha384::digest(message).to_vec(),
            Hash::Sha512 => sha2::Sha512::digest(message).to_vec(),
            Hash::Sha512_224 => sha2::Sha512_224::digest(message).to_vec(),
            Hash::Sha512_256 => sha2::Sha512_256::digest(message).to_vec(),
            Hash::Sha3_224 => sha3::Sha3_224::digest(message).to_vec(),
            Hash::Sha3_256 => sha3::Sha3_256::digest(message).to_vec(),
            Hash::Sha3_384 => sha3::Sha3_384::digest(message).to_vec(),
            Hash::Sha3_512 => sha3::Sha3_512::digest(message).to_vec(),
            Hash::Md5Sha1 => [Hash::Md5.digest(message), Hash::Sha1.digest(message)].concat(),
        }
    }

    /// Octets of the digest.
    pub fn digest_len(self) -> usize {
        match self {
            Hash::Md2 | Hash::Md4 | Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha224 | Hash::Sha512_224 | Hash::Sha3_224 => 28,
            Hash::Sha256 | Hash::Sha512_256 | Hash::Sha3_256 => 32,
            Hash::Sha384 | Hash::Sha3_384 => 48,
            Hash::Sha512 | Hash::Sha3_512 => 64,
            Hash::Md5Sha1 => 36,
        }
    }

    /// Content octets of its object identifier; none for the TLS-only MD5+SHA-1.
    pub fn oid(self) -> Option<&'static [u8]> {
        Some(match self {
            Hash::Md2 => oid::MD2,
            Hash::Md4 => oid::MD4,
            Hash::Md5 => oid::MD5,
            Hash::Sha1 => oid::SHA1,
            Hash::Sha224 => oid::SHA224,
            Hash::Sha256 => oid::SHA256,
            Hash::Sha384 => oid::SHA384,
            Hash::Sha512 => oid::SHA512,
            Hash::Sha512_224 => oid::SHA512_224,
            Hash::Sha512_256 => oid::SHA512_256,
            Hash::Sha3_224 => oid::SHA3_224,
            Hash::Sha3_256 => oid::SHA3_256,
            Hash::Sha3_384 => oid::SHA3_384,
            Hash::Sha3_512 => oid::SHA3_512,
            Hash::Md5Sha1 => return None,
        })
    }

    /// By object identifier content octets.
    pub fn from_oid(content: &[u8]) -> Option<Hash> {
        Hash::NAMED.iter().copied().find(|h| h.oid() == Some(content))
    }

    const NAMED: &'static [Hash] = &[
        Hash::Sha256,
        Hash::Sha384,
        Hash::Sha512,
        Hash::Sha1,
        Hash::Sha224,
        Hash::Md5,
        Hash::Md4,
        Hash::Md2,
        Hash::Sha512_224,
        Hash::Sha512_256,
        Hash::Sha3_224,
        Hash::Sha3_256,
        Hash::Sha3_384,
        Hash::Sha3_512,
    ];
}

/// A parameter set of ML-DSA (FIPS 204, RFC 9881).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MlDsa {
    /// ML-DSA-44, category 2
    MlDsa44,
    /// ML-DSA-65, category 3
    MlDsa65,
    /// ML-DSA-87, category 5
    MlDsa87,
}

impl MlDsa {
    /// The name of FIPS 204.
    pub fn name(self) -> &'static str {
        match self {
            MlDsa::MlDsa44 => "ML-DSA-44",
            MlDsa::MlDsa65 => "ML-DSA-65",
            MlDsa::MlDsa87 => "ML-DSA-87",
        }
    }

    /// Content octets of its object identifier, which names keys and signatures alike.
    pub fn oid(self) -> &'static [u8] {
        match self {
            MlDsa::MlDsa44 => oid::ML_DSA_44,
            MlDsa::MlDsa65 => oid::ML_DSA_65,
            MlDsa::MlDsa87 => oid::ML_DSA_87,
        }
    }

    /// By object identifier content octets.
    pub fn from_oid(content: &[u8]) -> Option<MlDsa> {
        [MlDsa::MlDsa44, MlDsa::MlDsa65, MlDsa::MlDsa87].into_iter().find(|m| m.oid() == content)
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
    /// ML-DSA, pure (RFC 9881 2)
    MlDsa(MlDsa),
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
        if id == oid::RSA_PSS {
            return Ok(Self::RsaPss(parse_pss(&mut r)?));
        }
        let known = NAMED.iter().find(|(named, _)| *named == id).map(|(_, algorithm)| algorithm.clone());
        Ok(known.unwrap_or_else(|| Self::Unknown(Oid::from_der(id))))
    }

    /// Content octets of the object identifier that certificates use for it; none for the TLS-only MD5+SHA-1 and for
    /// hashes that have no identifier with that kind of key.
    pub fn oid(&self) -> Option<&[u8]> {
        match self {
            Self::RsaPss(_) => Some(oid::RSA_PSS),
            Self::Unknown(id) => Some(id.as_bytes()),
            other => NAMED.iter().find(|(_, algorithm)| algorithm == other).map(|(id, _)| *id),
        }
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
            // mldsa44, mldsa65, mldsa87 (draft-ietf-tls-mldsa)
            0x0904 => Self::MlDsa(MlDsa::MlDsa44),
            0x0905 => Self::MlDsa(MlDsa::MlDsa65),
            0x0906 => Self::MlDsa(MlDsa::MlDsa87),
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
            Self::Ed25519 | Self::Ed448 | Self::MlDsa(_) | Self::Unknown(_) => None,
        }
    }

    /// Whether public clients refuse a certificate signed so (SHA-1, MD5, MD4, MD2).
    pub fn is_weak(&self) -> bool {
        self.hash().is_some_and(Hash::is_weak)
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
            Self::MlDsa(m) => f.write_str(m.name()),
            Self::Unknown(o) => match o.short_name() {
                Some(n) => f.write_str(n),
                None => write!(f, "{o}"),
            },
        }
    }
}

/// Identifiers that fix the whole algorithm; the one in use today stands before older ones of the same meaning.
#[rustfmt::skip]
const NAMED: &[(&[u8], SignatureAlgorithm)] = &[
    (oid::SHA256_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha256)),
    (oid::SHA384_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha384)),
    (oid::SHA512_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha512)),
    (oid::SHA1_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha1)),
    (oid::SHA1_RSA_OIW, SignatureAlgorithm::RsaPkcs1(Hash::Sha1)),
    (oid::SHA224_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha224)),
    (oid::MD5_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Md5)),
    (oid::MD5_RSA_OIW, SignatureAlgorithm::RsaPkcs1(Hash::Md5)),
    (oid::MD4_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Md4)),
    (oid::MD2_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Md2)),
    (oid::SHA512_224_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha512_224)),
    (oid::SHA512_256_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha512_256)),
    (oid::SHA3_224_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha3_224)),
    (oid::SHA3_256_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha3_256)),
    (oid::SHA3_384_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha3_384)),
    (oid::SHA3_512_RSA, SignatureAlgorithm::RsaPkcs1(Hash::Sha3_512)),
    (oid::SHA256_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha256)),
    (oid::SHA384_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha384)),
    (oid::SHA512_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha512)),
    (oid::SHA1_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha1)),
    (oid::SHA224_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha224)),
    (oid::SHA3_224_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha3_224)),
    (oid::SHA3_256_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha3_256)),
    (oid::SHA3_384_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha3_384)),
    (oid::SHA3_512_ECDSA, SignatureAlgorithm::Ecdsa(Hash::Sha3_512)),
    (oid::ED25519, SignatureAlgorithm::Ed25519),
    (oid::ED448, SignatureAlgorithm::Ed448),
    (oid::DSA_SHA256, SignatureAlgorithm::Dsa(Hash::Sha256)),
    (oid::DSA_SHA1, SignatureAlgorithm::Dsa(Hash::Sha1)),
    (oid::DSA_SHA1_OIW, SignatureAlgorithm::Dsa(Hash::Sha1)),
    (oid::DSA_SHA224, SignatureAlgorithm::Dsa(Hash::Sha224)),
    (oid::DSA_SHA384, SignatureAlgorithm::Dsa(Hash::Sha384)),
    (oid::DSA_SHA512, SignatureAlgorithm::Dsa(Hash::Sha512)),
    (oid::DSA_SHA3_224, SignatureAlgorithm::Dsa(Hash::Sha3_224)),
    (oid::DSA_SHA3_256, SignatureAlgorithm::Dsa(Hash::Sha3_256)),
    (oid::DSA_SHA3_384, SignatureAlgorithm::Dsa(Hash::Sha3_384)),
    (oid::DSA_SHA3_512, SignatureAlgorithm::Dsa(Hash::Sha3_512)),
    (oid::ML_DSA_44, SignatureAlgorithm::MlDsa(MlDsa::MlDsa44)),
    (oid::ML_DSA_65, SignatureAlgorithm::MlDsa(MlDsa::MlDsa65)),
    (oid::ML_DSA_87, SignatureAlgorithm::MlDsa(MlDsa::MlDsa87)),
];

pub(crate) fn parse_pss(r: &mut Reader<'_>) -> Result<PssParameters> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writer;

    #[test]
    fn every_identifier_is_read_and_written_again() {
        for (id, algorithm) in NAMED {
            let der = writer::sequence(&[writer::oid(id)]);
            let read = SignatureAlgorithm::parse(&Reader::new(&der).read("x").unwrap()).unwrap();
            assert_eq!(read, *algorithm);
            let first = NAMED.iter().find(|(_, a)| a == algorithm).map(|(id, _)| *id);
            assert_eq!(algorithm.oid(), first);
            assert!(Oid::from_der(id).short_name().is_some(), "{algorithm}");
        }
        let der = writer::sequence(&[writer::oid(oid::MLDSA65_ED25519_SHA512)]);
        let hybrid = SignatureAlgorithm::parse(&Reader::new(&der).read("x").unwrap()).unwrap();
        assert_eq!(hybrid.to_string(), "MLDSA65-Ed25519-SHA512");
    }

    #[test]
    fn digests_have_the_length_they_say() {
        for hash in Hash::NAMED {
            assert_eq!(hash.digest(b"").len(), hash.digest_len(), "{}", hash.name());
            assert_eq!(hash.oid().and_then(Hash::from_oid), Some(*hash));
        }
    }
}
