//! Public keys: what a SubjectPublicKeyInfo holds.

mod weak;

use crate::algorithm::{MlDsa, PssParameters, parse_pss};
use crate::curve::{Explicit, FieldKind, NamedCurve, bit_len};
use crate::der::{Reader, Result, Tag, Tlv, strip_zeros};
use crate::oid::{self, Oid};
use crate::writer;
use std::sync::Arc;

pub use weak::Weakness;

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

/// Kind and size of a key, public or private.
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
    /// X25519 (RFC 8410): key agreement only, it signs nothing
    X25519,
    /// X448 (RFC 8410): key agreement only, it signs nothing
    X448,
    /// DSA
    Dsa {
        /// Bits of the prime p; 0 where parameters are inherited.
        bits: usize,
    },
    /// Diffie-Hellman, PKCS#3 or X9.42: key agreement only, it signs nothing
    Dh {
        /// Bits of the prime p; 0 where it cannot be read.
        bits: usize,
    },
    /// ML-DSA (RFC 9881)
    MlDsa(MlDsa),
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
    /// Parameters written out instead of a name, which RFC 5480 2.1.1 forbids; [`PublicKey::explicit_curve`] says
    /// which curve they mean.
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
            x if x == oid::RSA || x == oid::RSA_PSS || x == oid::RSA_X500 => match rsa_numbers(bits) {
                Ok((modulus, exponent)) => KeyKind::Rsa {
                    bits: bit_len(modulus),
                    exponent: strip_zeros(exponent).into(),
                    pss_only: x == oid::RSA_PSS,
                },
                Err(_) => KeyKind::Unknown(Oid::from_der(x)),
            },
            x => KeyKind::of_algorithm(x, a),
        };
        Ok(PublicKey { spki: tlv.raw.into(), bits: bits.into(), kind })
    }

    /// From the DER of a SubjectPublicKeyInfo.
    pub fn from_der(spki: &[u8]) -> Result<PublicKey> {
        PublicKey::parse(&Reader::new(spki).expect(Tag::SEQUENCE, "SubjectPublicKeyInfo")?)
    }

    /// From the DER of a bare RSAPublicKey (RFC 8017 A.1.1), as `RSA PUBLIC KEY` blocks hold it.
    pub fn from_pkcs1(der: &[u8]) -> Result<PublicKey> {
        rsa_numbers(der)?;
        let algorithm = writer::sequence(&[writer::oid(oid::RSA), writer::tlv(Tag::NULL, &[])]);
        PublicKey::from_der(&writer::sequence(&[algorithm, writer::bit_string(der)]))
    }

    /// SHA-1 of the key bits: the usual subject key identifier (RFC 5280 4.2.1.2 method 1) and OCSP's issuerKeyHash.
    pub fn sha1(&self) -> [u8; 20] {
        use sha2::Digest as _;
        sha1::Sha1::digest(&self.bits).into()
    }

    /// SHA-256 of the SubjectPublicKeyInfo: what HPKP and DANE's selector 1 call the pin (RFC 7469 2.4, RFC 6698).
    pub fn spki_sha256(&self) -> [u8; 32] {
        use sha2::Digest as _;
        sha2::Sha256::digest(&self.spki).into()
    }

    /// Whether both are the same key, however they are written: RSA numbers with `rsaEncryption` or RSASSA-PSS, a
    /// point compressed or not, a curve named or written out.
    pub fn same_key(&self, other: &PublicKey) -> bool {
        if self.spki == other.spki {
            return true;
        }
        match (&self.kind, &other.kind) {
            (KeyKind::Rsa { .. }, KeyKind::Rsa { .. }) => match (rsa_numbers(&self.bits), rsa_numbers(&other.bits)) {
                (Ok(a), Ok(b)) => strip_zeros(a.0) == strip_zeros(b.0) && strip_zeros(a.1) == strip_zeros(b.1),
                _ => false,
            },
            (KeyKind::Ec(_), KeyKind::Ec(_)) => match (self.curve(), other.curve()) {
                (Some(a), Some(b)) => a == b && same_point(a, &self.bits, &other.bits),
                _ => false,
            },
            (KeyKind::Dsa { bits: a }, KeyKind::Dsa { bits: b }) => {
                self.bits == other.bits && (a == b || *a == 0 || *b == 0)
            }
            (a, b) => a == b && self.bits == other.bits,
        }
    }

    /// The curve, named or recognised in written-out parameters, that an elliptic curve key is on.
    pub fn curve(&self) -> Option<&'static NamedCurve> {
        match &self.kind {
            KeyKind::Ec(Curve::Explicit) => match self.explicit_curve()? {
                Explicit::Named(curve) => Some(curve),
                _ => None,
            },
            KeyKind::Ec(curve) => curve.named(),
            _ => None,
        }
    }

    /// What written-out curve parameters amount to; `None` where the key names its curve or is none of a curve.
    pub fn explicit_curve(&self) -> Option<Explicit> {
        if self.kind != KeyKind::Ec(Curve::Explicit) {
            return None;
        }
        let parameters = self.parameters()?;
        Some(NamedCurve::explicit(&parameters))
    }

    /// What an RSASSA-PSS key with parameters restricts its signatures to: these hashes and at least this salt
    /// (RFC 4055 3.3). `None`: any.
    pub fn pss_restriction(&self) -> Option<PssParameters> {
        if !matches!(self.kind, KeyKind::Rsa { pss_only: true, .. }) {
            return None;
        }
        let mut r = self.algorithm()?;
        r.peek()?;
        parse_pss(&mut r).ok()
    }

    /// Too small for clients of today: RSA or DSA below 2048 bits, curves below 256 bits. Gives the size in bits.
    pub fn weak_bits(&self) -> Option<usize> {
        match &self.kind {
            // 2047-bit moduli come from sloppy generators and are taken by nearly everybody; the measured refusals
            // start well below.
            KeyKind::Rsa { bits, .. } if *bits < 2047 => Some(*bits),
            KeyKind::Dsa { bits } | KeyKind::Dh { bits } if *bits != 0 && *bits < 2048 => Some(*bits),
            KeyKind::Ec(Curve::Other(_) | Curve::Explicit) => {
                self.curve().map(NamedCurve::order_bits).filter(|bits| *bits < 250)
            }
            _ => None,
        }
    }

    /// Work to break it, in bits: NIST SP 800-57 part 1 table 2, for ML-DSA its category's cipher. `None` where that
    /// cannot be said.
    pub fn strength(&self) -> Option<usize> {
        match &self.kind {
            KeyKind::Rsa { bits, .. } | KeyKind::Dsa { bits } | KeyKind::Dh { bits } => match bits {
                0 => None,
                ..1024 => Some(bits / 16),
                1024..2047 => Some(80),
                2047..3072 => Some(112),
                3072..7680 => Some(128),
                7680..15_360 => Some(192),
                _ => Some(256),
            },
            KeyKind::Ec(_) => self.curve().map(|c| c.order_bits() / 2),
            KeyKind::Ed25519 | KeyKind::X25519 => Some(128),
            KeyKind::Ed448 | KeyKind::X448 => Some(224),
            KeyKind::MlDsa(MlDsa::MlDsa44) => Some(128),
            KeyKind::MlDsa(MlDsa::MlDsa65) => Some(192),
            KeyKind::MlDsa(MlDsa::MlDsa87) => Some(256),
            KeyKind::Unknown(_) => None,
        }
    }

    /// What makes this key of a sound kind and size worthless, as far as its public part shows.
    pub fn weaknesses(&self) -> Vec<Weakness> {
        match (&self.kind, rsa_numbers(&self.bits)) {
            (KeyKind::Rsa { .. }, Ok((n, e))) => weak::rsa(n, e),
            _ => Vec::new(),
        }
    }

    /// What stands after the algorithm's identifier.
    pub(crate) fn parameters(&self) -> Option<Tlv<'_>> {
        self.algorithm()?.read("parameters").ok()
    }

    fn algorithm(&self) -> Option<Reader<'_>> {
        let spki = Reader::new(&self.spki).read("SubjectPublicKeyInfo").ok()?;
        let mut r = spki.reader().read("AlgorithmIdentifier").ok()?.reader();
        r.read("public key algorithm").ok()?;
        Some(r)
    }
}

impl KeyKind {
    /// Whether such a key can sign at all, and so prove a server's identity in a handshake with forward secrecy.
    pub fn can_sign(&self) -> bool {
        !matches!(self, KeyKind::X25519 | KeyKind::X448 | KeyKind::Dh { .. })
    }

    /// By an algorithm's identifier, with a reader at its parameters; RSA comes out as unknown since its size is not
    /// in the parameters.
    pub(crate) fn of_algorithm(id: &[u8], mut parameters: Reader<'_>) -> KeyKind {
        let mut first_integer = |nested: &'static str| {
            let p = parameters.optional(Tag::SEQUENCE, nested).ok().flatten();
            let p = p.and_then(|p| p.reader().expect(Tag::INTEGER, "p").ok());
            p.map_or(0, |p| bit_len(p.content))
        };
        match id {
            x if x == oid::EC || x == oid::EC_DH || x == oid::EC_MQV => {
                KeyKind::Ec(match parameters.read("namedCurve") {
                    Ok(t) if t.tag == Tag::OID => Curve::from_oid(t.content),
                    Ok(t) if t.tag == Tag::SEQUENCE => Curve::Explicit,
                    _ => Curve::Other(Oid::from_der(&[])),
                })
            }
            x if x == oid::ED25519 => KeyKind::Ed25519,
            x if x == oid::ED448 => KeyKind::Ed448,
            x if x == oid::X25519 => KeyKind::X25519,
            x if x == oid::X448 => KeyKind::X448,
            x if x == oid::DSA || x == oid::DSA_OIW => KeyKind::Dsa { bits: first_integer("Dss-Parms") },
            x if x == oid::DH || x == oid::DH_X942 => KeyKind::Dh { bits: first_integer("DH parameters") },
            x => MlDsa::from_oid(x).map_or_else(|| KeyKind::Unknown(Oid::from_der(x)), KeyKind::MlDsa),
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

    /// Its domain parameters, where its name is known.
    pub fn named(&self) -> Option<&'static NamedCurve> {
        match self {
            Curve::P256 => NamedCurve::by_oid(oid::P256),
            Curve::P384 => NamedCurve::by_oid(oid::P384),
            Curve::P521 => NamedCurve::by_oid(oid::P521),
            Curve::Other(id) => NamedCurve::by_oid(id.as_bytes()),
            Curve::Explicit => None,
        }
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyKind::Rsa { bits, pss_only: false, .. } => write!(f, "RSA {bits}"),
            KeyKind::Rsa { bits, pss_only: true, .. } => write!(f, "RSA-PSS {bits}"),
            KeyKind::Ec(Curve::Explicit) => f.write_str("EC with explicit parameters"),
            KeyKind::Ec(curve) => match (curve.named(), curve) {
                (Some(named), _) => f.write_str(named.name),
                (None, Curve::Other(o)) => write!(f, "EC on {o}"),
                (None, _) => f.write_str("EC"),
            },
            KeyKind::Unknown(o) => match o.short_name() {
                Some(n) => f.write_str(n),
                None => write!(f, "{o}"),
            },
            KeyKind::Ed25519 => f.write_str("Ed25519"),
            KeyKind::Ed448 => f.write_str("Ed448"),
            KeyKind::X25519 => f.write_str("X25519"),
            KeyKind::X448 => f.write_str("X448"),
            KeyKind::Dsa { bits } => write!(f, "DSA {bits}"),
            KeyKind::Dh { bits } => write!(f, "DH {bits}"),
            KeyKind::MlDsa(m) => f.write_str(m.name()),
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

/// Whether two encodings (SEC 1 2.3.3) mean one point. A compressed one is compared by x and the bit of y.
pub(crate) fn same_point(curve: &NamedCurve, a: &[u8], b: &[u8]) -> bool {
    let split = |point: &[u8]| -> Option<(u8, Vec<u8>, Option<Vec<u8>>)> {
        let (form, rest) = point.split_first()?;
        let (x, y) = rest.split_at_checked(curve.field_len())?;
        match form {
            4 | 6 | 7 if y.len() == curve.field_len() => Some((*form, x.to_vec(), Some(y.to_vec()))),
            2 | 3 if y.is_empty() => Some((*form, x.to_vec(), None)),
            _ => None,
        }
    };
    let (Some((form_a, xa, ya)), Some((form_b, xb, yb))) = (split(a), split(b)) else { return false };
    if xa != xb {
        return false;
    }
    let odd = |y: &[u8]| y.last().map(|b| b & 1);
    match (ya, yb) {
        (Some(ya), Some(yb)) => ya == yb,
        (None, None) => form_a == form_b,
        // Over a binary field the bit is one of y/x; equal x with the other sign is a point that nobody's key is.
        _ if curve.field == FieldKind::Binary => true,
        (Some(y), None) => odd(&y) == Some(form_b & 1),
        (None, Some(y)) => odd(&y) == Some(form_a & 1),
    }
}
