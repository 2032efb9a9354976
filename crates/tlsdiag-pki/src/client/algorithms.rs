//! Keys and signature algorithms by what clients tell apart: family, curve, hash, parameters.

use crate::algorithm::Hash;
use crate::der::{Reader, Tag};
use crate::key::{KeyKind, PublicKey};
use crate::oid;

/// What a key is, as far as clients differ on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Rsa { bits: usize, pss: bool },
    Ec { curve: CurveName, compressed: bool },
    Ed25519,
    Ed448,
    Dsa { bits: usize },
    MlDsa,
    Other,
}

/// A curve by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CurveName {
    P192,
    P224,
    P256,
    P384,
    P521,
    K256,
    Brainpool,
    Explicit,
    Other,
}

impl CurveName {
    /// Half the bits of the group order: OpenSSL's measure of strength.
    pub(crate) fn security_bits(self) -> u32 {
        match self {
            CurveName::P192 => 96,
            CurveName::P224 => 112,
            CurveName::P384 => 192,
            CurveName::P521 => 260,
            _ => 128,
        }
    }

    /// Bits of the field.
    pub(crate) fn bits(self) -> usize {
        match self {
            CurveName::P192 => 192,
            CurveName::P224 => 224,
            CurveName::P384 => 384,
            CurveName::P521 => 521,
            _ => 256,
        }
    }

    /// One of the three curves that every TLS client of today offers or could offer.
    pub(crate) fn is_nist(self) -> bool {
        matches!(self, CurveName::P256 | CurveName::P384 | CurveName::P521)
    }
}

impl Key {
    pub(crate) fn of(key: &PublicKey) -> Key {
        let Some((id, parameters)) = algorithm(&key.spki) else { return Key::Other };
        match id {
            x if x == oid::RSA || x == oid::RSA_PSS => match &key.kind {
                KeyKind::Rsa { bits, .. } => Key::Rsa { bits: *bits, pss: x == oid::RSA_PSS },
                _ => Key::Other,
            },
            x if x == oid::EC => {
                let curve = match parameters.and_then(|p| Reader::new(p).read("parameters").ok()) {
                    Some(t) if t.tag == Tag::SEQUENCE => CurveName::Explicit,
                    Some(t) if t.tag == Tag::OID => match t.content {
                        c if c == oid::P192 => CurveName::P192,
                        c if c == oid::P224 => CurveName::P224,
                        c if c == oid::P256 => CurveName::P256,
                        c if c == oid::P384 => CurveName::P384,
                        c if c == oid::P521 => CurveName::P521,
                        c if c == oid::SECP256K1 => CurveName::K256,
                        [0x2b, 0x24, 3, 3, 2, 8, 1, 1, ..] => CurveName::Brainpool,
                        _ => CurveName::Other,
                    },
                    _ => CurveName::Other,
                };
                Key::Ec { curve, compressed: matches!(key.bits.first(), Some(2 | 3)) }
            }
            x if x == oid::ED25519 => Key::Ed25519,
            x if x == oid::ED448 => Key::Ed448,
            x if x == oid::DSA => match key.kind {
                KeyKind::Dsa { bits } => Key::Dsa { bits },
                _ => Key::Dsa { bits: 0 },
            },
            x if is_ml_dsa(x) => Key::MlDsa,
            _ => Key::Other,
        }
    }

    /// OpenSSL's strength in bits; `graded` is the smooth curve of 3.0 and later, else the steps of 1.1.1.
    pub(crate) fn security_bits(self, graded: bool) -> u32 {
        match self {
            Key::Rsa { bits, .. } if graded => graded_bits(bits),
            Key::Rsa { bits, .. } | Key::Dsa { bits } => match bits {
                15_360.. => 256,
                7_680.. => 192,
                3_072.. => 128,
                2_048.. => 112,
                1_024.. => 80,
                _ => 0,
            },
            Key::Ec { curve, .. } => curve.security_bits(),
            Key::Ed25519 => 128,
            Key::Ed448 => 224,
            Key::MlDsa => 192,
            Key::Other => 0,
        }
    }
}

/// How a certificate is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sig {
    pub(crate) family: SigFamily,
    pub(crate) hash: Option<Hash>,
    pub(crate) parameters: Parameters,
}

/// The family of a signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SigFamily {
    RsaPkcs1,
    RsaPss { mgf: Hash, salt: usize },
    Ecdsa,
    Ed25519,
    Ed448,
    Dsa,
    MlDsa,
    Unknown,
}

/// Parameters of an AlgorithmIdentifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameters {
    Absent,
    Null,
    Other,
}

impl Sig {
    /// From the DER of an AlgorithmIdentifier.
    pub(crate) fn of(der: &[u8]) -> Sig {
        let unknown = Sig { family: SigFamily::Unknown, hash: None, parameters: Parameters::Absent };
        let Ok(seq) = Reader::new(der).expect(Tag::SEQUENCE, "AlgorithmIdentifier") else { return unknown };
        let mut r = seq.reader();
        let Ok(id) = r.expect(Tag::OID, "algorithm") else { return unknown };
        let parameters = match r.peek() {
            None => Parameters::Absent,
            Some(Tag::NULL) => Parameters::Null,
            Some(_) => Parameters::Other,
        };
        use Hash::{Md5, Sha1, Sha224, Sha256, Sha384, Sha512};
        use SigFamily::{Dsa, Ecdsa, RsaPkcs1};
        let (family, hash) = match id.content {
            x if x == oid::MD5_RSA => (RsaPkcs1, Some(Md5)),
            x if x == oid::SHA1_RSA || x == oid::SHA1_RSA_OIW => (RsaPkcs1, Some(Sha1)),
            x if x == oid::SHA224_RSA => (RsaPkcs1, Some(Sha224)),
            x if x == oid::SHA256_RSA => (RsaPkcs1, Some(Sha256)),
            x if x == oid::SHA384_RSA => (RsaPkcs1, Some(Sha384)),
            x if x == oid::SHA512_RSA => (RsaPkcs1, Some(Sha512)),
            x if x == oid::SHA1_ECDSA => (Ecdsa, Some(Sha1)),
            x if x == oid::SHA224_ECDSA => (Ecdsa, Some(Sha224)),
            x if x == oid::SHA256_ECDSA => (Ecdsa, Some(Sha256)),
            x if x == oid::SHA384_ECDSA => (Ecdsa, Some(Sha384)),
            x if x == oid::SHA512_ECDSA => (Ecdsa, Some(Sha512)),
            x if x == oid::DSA_SHA1 => (Dsa, Some(Sha1)),
            x if x == oid::DSA_SHA256 => (Dsa, Some(Sha256)),
            x if x == oid::ED25519 => (SigFamily::Ed25519, None),
            x if x == oid::ED448 => (SigFamily::Ed448, None),
            x if x == oid::RSA_PSS => {
                return match crate::algorithm::SignatureAlgorithm::parse(&seq) {
                    Ok(crate::algorithm::SignatureAlgorithm::RsaPss(p)) => Sig {
                        family: SigFamily::RsaPss { mgf: p.mgf_hash, salt: p.salt_len },
                        hash: Some(p.hash),
                        parameters,
                    },
                    _ => Sig { parameters, ..unknown },
                };
            }
            x if is_ml_dsa(x) => (SigFamily::MlDsa, None),
            _ => (SigFamily::Unknown, None),
        };
        Sig { family, hash, parameters }
    }

    /// Whether a key of this kind can have made such a signature.
    pub(crate) fn fits(self, key: Key) -> bool {
        match self.family {
            SigFamily::RsaPkcs1 => matches!(key, Key::Rsa { pss: false, .. }),
            SigFamily::RsaPss { .. } => matches!(key, Key::Rsa { .. }),
            SigFamily::Ecdsa => matches!(key, Key::Ec { .. }),
            SigFamily::Ed25519 => key == Key::Ed25519,
            SigFamily::Ed448 => key == Key::Ed448,
            SigFamily::Dsa => matches!(key, Key::Dsa { .. }),
            SigFamily::MlDsa => key == Key::MlDsa,
            SigFamily::Unknown => false,
        }
    }

    /// RSASSA-PSS with the salt and mask of TLS 1.3: SHA-2 of 256 bits or more, MGF1 of the same hash, salt as long.
    pub(crate) fn tls_pss(self) -> bool {
        match (self.family, self.hash) {
            (SigFamily::RsaPss { mgf, salt }, Some(h)) => {
                mgf == h && salt == h.digest_len() && matches!(h, Hash::Sha256 | Hash::Sha384 | Hash::Sha512)
            }
            _ => false,
        }
    }
}

fn is_ml_dsa(id: &[u8]) -> bool {
    id == oid::ML_DSA_44 || id == oid::ML_DSA_65 || id == oid::ML_DSA_87
}

/// Algorithm identifier content and the encoded parameters of a SubjectPublicKeyInfo.
fn algorithm(spki: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let outer = Reader::new(spki).expect(Tag::SEQUENCE, "SubjectPublicKeyInfo").ok()?;
    let mut a = outer.reader().expect(Tag::SEQUENCE, "AlgorithmIdentifier").ok()?.reader();
    let id = a.expect(Tag::OID, "algorithm").ok()?.content;
    Some((id, (!a.is_empty()).then(|| a.rest())))
}

/// Strength of an RSA modulus as OpenSSL 3.0 and later reckon it: the number field sieve estimate of NIST SP 800-56B
/// appendix D, to the nearest multiple of 8, with the usual sizes at their usual values.
fn graded_bits(bits: usize) -> u32 {
    match bits {
        2_048 => return 112,
        3_072 => return 128,
        4_096 => return 152,
        6_144 => return 176,
        7_680 => return 192,
        8_192 => return 200,
        15_360 => return 256,
        0..8 => return 0,
        _ => {}
    }
    let x = bits.min(687_737) as f64 * std::f64::consts::LN_2;
    let log = x.ln();
    let strength = ((1.923 * (x * log * log).cbrt()) - 4.69) / std::f64::consts::LN_2;
    let rounded = (strength as u32).saturating_add(4) & !7;
    let cap = if bits <= 7_680 {
        192
    } else if bits <= 15_360 {
        256
    } else {
        1_200
    };
    rounded.min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_of_rsa_is_graded_since_3_0_and_stepped_before() {
        let key = |bits| Key::Rsa { bits, pss: false };
        assert_eq!(
            [768, 1016, 1024, 2040, 2048, 4096].map(|b| key(b).security_bits(true)),
            [72, 80, 80, 112, 112, 152]
        );
        assert_eq!([768, 1016, 1024, 2040, 2048, 4096].map(|b| key(b).security_bits(false)), [0, 0, 80, 80, 112, 128]);
    }
}
