//! Public keys: what a SubjectPublicKeyInfo holds.

use crate::der::{Reader, Result, Tag, Tlv, strip_zeros};
use crate::oid::{self, Oid};
use std::sync::Arc;

/// A public key as it stands in a certificate (RFC 5280 4.1.2.7); cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey {
    /// The whole SubjectPublicKeyInfo.
    pub spki: Arc<[u8]>,
    /// What the BIT STRING holds.
    pub bits: Arc<[u8]>,
    /// What kind of key.
    pub kind: KeyKind,
}

/// Kind and size of a public key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA (RFC 3279 2.3.1), or RSASSA-PSS-only (RFC 4055 1.2)
    Rsa {
        /// Bits of the modulus.
        bits: usize,
        /// Public exponent, big endian, without leading zeros.
        exponent: Arc<[u8]>,
        /// Whether the key may be used for RSASSA-PSS only.
        pss_only: bool,
    },
    /// An elliptic curve key (RFC 5480)
    Ec(Curve),
    /// Ed25519 (RFC 8410)
    Ed25519,
    /// Ed448 (RFC 8410)
    Ed448,
    /// DSA
    Dsa {
        /// Bits of the prime p; 0 where parameters are inherited.
        bits: usize,
    },
    /// Something else, or an RSA key whose numbers cannot be read.
    Unknown(Oid),
}

/// The curve of an elliptic curve key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// P-256 (secp256r1)
    P256,
    /// P-384 (secp384r1)
    P384,
    /// P-521 (secp521r1)
    P521,
    /// Another named curve.
    Other(Oid),
    /// Parameters written out instead of a name, which RFC 5480 2.1.1 forbids.
    Explicit,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo element.
    pub fn parse(tlv: &Tlv<'_>) -> Result<PublicKey> {
        let mut r = tlv.reader();
        let algorithm = r.expect(Tag::SEQUENCE, "AlgorithmIdentifier of the public key")?;
        let bits = r.expect(Tag::BIT_STRING, "subjectPublicKey")?.bits()?.1;
        let mut a = algorithm.reader();
        let id = a.expect(Tag::OID, "public key algorithm")?.content;
        let kind = match id {
            x if x == oid::RSA || x == oid::RSA_PSS => match rsa_numbers(bits) {
                Ok((modulus, exponent)) => KeyKind::Rsa {
                    bits: bit_len(modulus),
                    exponent: strip_zeros(exponent).into(),
                    pss_only: x == oid::RSA_PSS,
                },
                Err(_) => KeyKind::Unknown(Oid::from_der(x)),
            },
            x if x == oid::EC => KeyKind::Ec(match a.read("namedCurve") {
                Ok(t) if t.tag == Tag::OID => Curve::from_oid(t.content),
                Ok(t) if t.tag == Tag::SEQUENCE => Curve::Explicit,
                _ => Curve::Other(Oid::from_der(&[])),
            }),
            x if x == oid::ED25519 => KeyKind::Ed25519,
            x if x == oid::ED448 => KeyKind::Ed448,
            x if x == oid::DSA => {
                let p = a.optional(Tag::SEQUENCE, "Dss-Parms").ok().flatten();
                let p = p.and_then(|p| p.reader().expect(Tag::INTEGER, "p").ok());
                KeyKind::Dsa { bits: p.map_or(0, |p| bit_len(p.content)) }
            }
            x => KeyKind::Unknown(Oid::from_der(x)),
        };
        Ok(PublicKey { spki: tlv.raw.into(), bits: bits.into(), kind })
    }

    /// From the DER of a SubjectPublicKeyInfo.
    pub fn from_der(spki: &[u8]) -> Result<PublicKey> {
        PublicKey::parse(&Reader::new(spki).expect(Tag::SEQUENCE, "SubjectPublicKeyInfo")?)
    }

    /// SHA-1 of the key bits: the usual subject key identifier (RFC 5280 4.2.1.2 method 1) and OCSP's issuerKeyHash.
    pub fn sha1(&self) -> [u8; 20] {
        use sha2::Digest as _;
        sha1::Sha1::digest(&self.bits).into()
    }

    /// Too small for clients of today: RSA or DSA below 2048 bits, curves below 256 bits. Gives the size in bits.
    pub fn weak_bits(&self) -> Option<usize> {
        match &self.kind {
            // 2047-bit moduli come from sloppy generators and are taken by nearly everybody; the measured refusals
            // start well below.
            KeyKind::Rsa { bits, .. } if *bits < 2047 => Some(*bits),
            KeyKind::Dsa { bits } if *bits != 0 && *bits < 2048 => Some(*bits),
            KeyKind::Ec(Curve::Other(o)) if *o == *oid::P192 => Some(192),
            KeyKind::Ec(Curve::Other(o)) if *o == *oid::P224 => Some(224),
            _ => None,
        }
    }
}

impl Curve {
    /// By object identifier content octets.
    pub fn from_oid(content: &[u8]) -> Curve {
        match content {
            x if x == oid::P256 => Curve::P256,
            x if x == oid::P384 => Curve::P384,
            x if x == oid::P521 => Curve::P521,
            x => Curve::Other(Oid::from_der(x)),
        }
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyKind::Rsa { bits, pss_only: false, .. } => write!(f, "RSA {bits}"),
            KeyKind::Rsa { bits, pss_only: true, .. } => write!(f, "RSA-PSS {bits}"),
            KeyKind::Ec(Curve::P256) => f.write_str("P-256"),
            KeyKind::Ec(Curve::P384) => f.write_str("P-384"),
            KeyKind::Ec(Curve::P521) => f.write_str("P-521"),
            KeyKind::Ec(Curve::Explicit) => f.write_str("EC with explicit parameters"),
            KeyKind::Ec(Curve::Other(o)) | KeyKind::Unknown(o) => match o.short_name() {
                Some(n) => f.write_str(n),
                None => write!(f, "{o}"),
            },
            KeyKind::Ed25519 => f.write_str("Ed25519"),
            KeyKind::Ed448 => f.write_str("Ed448"),
            KeyKind::Dsa { bits } => write!(f, "DSA {bits}"),
        }
    }
}

/// Modulus and exponent of an RSAPublicKey (RFC 8017 A.1.1).
pub(crate) fn rsa_numbers(key_bits: &[u8]) -> Result<(&[u8], &[u8])> {
    let mut r = Reader::new(key_bits).expect(Tag::SEQUENCE, "RSAPublicKey")?.reader();
    let n = r.expect(Tag::INTEGER, "modulus")?.content;
    let e = r.expect(Tag::INTEGER, "publicExponent")?.content;
    Ok((n, e))
}

fn bit_len(number: &[u8]) -> usize {
    let digits = strip_zeros(number);
    digits.first().map_or(0, |top| digits.len() * 8 - top.leading_zeros() as usize)
}
