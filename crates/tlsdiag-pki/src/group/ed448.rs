//! Ed448 (RFC 8032 5.2): verification, and the public key of a private one.

use super::field::{Element, Field, assign, bits};
use num_bigint::BigUint;
use sha3::Shake256;
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use zeroize::Zeroizing;

/// Octets of a key, public or private, and half of a signature.
pub(crate) const LEN: usize = 57;

/// 2^448 - 2^224 - 1
pub(crate) fn modulus() -> Vec<u8> {
    let mut p = vec![0xff; 56];
    p[27] = 0xfe;
    p
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The public key is no point of the curve.
    Point,
    /// The signature does not fit.
    Signature,
}

/// Verifies a pure Ed448 signature with an empty context, without the cofactor: [S]B = R + [k]A.
pub(crate) fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Fault> {
    let curve = Curve::new().ok_or(Fault::Point)?;
    let key = curve.decode(public).ok_or(Fault::Point)?;
    let Some((r, s)) = signature.split_at_checked(LEN).filter(|(_, s)| s.len() == LEN) else {
        return Err(Fault::Signature);
    };
    let s = BigUint::from_bytes_le(s);
    if s >= order() {
        return Err(Fault::Signature);
    }
    let k = BigUint::from_bytes_le(&hash(&[b"SigEd448\x00\x00", r, public, message])) % order();
    let minus = Point { x: -key.x, y: key.y, z: key.z };
    let sum = curve.combine(&s, &curve.base, &k, &minus);
    if curve.encode(&sum).as_deref() == Some(r) { Ok(()) } else { Err(Fault::Signature) }
}

/// The public key of a private one (RFC 8032 5.2.5); `None` where the length is wrong.
pub(crate) fn public(private: &[u8]) -> Option<Vec<u8>> {
    if private.len() != LEN {
        return None;
    }
    let hashed = Zeroizing::new(hash(&[private]));
    let mut scalar = Zeroizing::new(hashed.get(..56)?.to_vec());
    *scalar.first_mut()? &= 0xfc;
    *scalar.last_mut()? |= 0x80;
    scalar.reverse();
    let curve = Curve::new()?;
    let mut sum = curve.neutral();
    for bit in bits(&scalar) {
        sum = curve.add(&sum, &sum);
        let other = curve.add(&sum, &curve.base);
        assign(&mut sum.x, &other.x, bit);
        assign(&mut sum.y, &other.y, bit);
        assign(&mut sum.z, &other.z, bit);
    }
    curve.encode(&sum)
}

/// SHAKE256 to 114 octets.
fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut shake = Shake256::default();
    for part in parts {
        shake.update(part);
    }
    let mut out = vec![0; 2 * LEN];
    shake.finalize_xof().read(&mut out);
    out
}

/// 2^446 - 13818066809895115352007386748515426880336692474882178609894547503885
fn order() -> BigUint {
    let subtrahend = [
        0x83, 0x35, 0xdc, 0x16, 0x3b, 0xb1, 0x24, 0xb6, 0x51, 0x29, 0xc9, 0x6f, 0xde, 0x93, 0x3d, 0x8d, 0x72, 0x3a,
        0x70, 0xaa, 0xdc, 0x87, 0x3d, 0x6d, 0x54, 0xa7, 0xbb, 0x0d,
    ];
    (BigUint::from(1u8) << 446u32) - BigUint::from_bytes_be(&subtrahend)
}

/// Projective coordinates on x² + y² = 1 + d·x²·y².
#[derive(Clone, Debug)]
struct Point {
    x: Element,
    y: Element,
    z: Element,
}

struct Curve {
    field: Field,
    d: Element,
    base: Point,
}

impl Curve {
    fn new() -> Option<Curve> {
        let field = Field::new(&modulus())?;
        let d = -field.element(&[0x98, 0xa9])?; // 39081
        let x = [
            0x4f, 0x19, 0x70, 0xc6, 0x6b, 0xed, 0x0d, 0xed, 0x22, 0x1d, 0x15, 0xa6, 0x22, 0xbf, 0x36, 0xda, 0x9e, 0x14,
            0x65, 0x70, 0x47, 0x0f, 0x17, 0x67, 0xea, 0x6d, 0xe3, 0x24, 0xa3, 0xd3, 0xa4, 0x64, 0x12, 0xae, 0x1a, 0xf7,
            0x2a, 0xb6, 0x65, 0x11, 0x43, 0x3b, 0x80, 0xe1, 0x8b, 0x00, 0x93, 0x8e, 0x26, 0x26, 0xa8, 0x2b, 0xc7, 0x0c,
            0xc0, 0x5e,
        ];
        let y = [
            0x69, 0x3f, 0x46, 0x71, 0x6e, 0xb6, 0xbc, 0x24, 0x88, 0x76, 0x20, 0x37, 0x56, 0xc9, 0xc7, 0x62, 0x4b, 0xea,
            0x73, 0x73, 0x6c, 0xa3, 0x98, 0x40, 0x87, 0x78, 0x9c, 0x1e, 0x05, 0xa0, 0xc2, 0xd7, 0x3a, 0xd3, 0xff, 0x1c,
            0xe6, 0x7c, 0x39, 0xc4, 0xfd, 0xbd, 0x13, 0x2c, 0x4e, 0xd7, 0xc8, 0xad, 0x98, 0x08, 0x79, 0x5b, 0xf2, 0x30,
            0xfa, 0x14,
        ];
        let base = Point { x: field.element(&x)?, y: field.element(&y)?, z: field.one() };
        Some(Curve { field, d, base })
    }

    fn neutral(&self) -> Point {
        Point { x: self.field.zero(), y: self.field.one(), z: self.field.one() }
    }

    /// RFC 8032 5.2.4; complete, so doubling is the same.
    fn add(&self, p: &Point, q: &Point) -> Point {
        let a = &p.z * &q.z;
        let b = a.square();
        let (c, d) = (&p.x * &q.x, &p.y * &q.y);
        let e = &(&self.d * &c) * &d;
        let (f, g) = (&b - &e, &b + &e);
        let h = &(&p.x + &p.y) * &(&q.x + &q.y);
        Point { x: &(&a * &f) * &(&(&h - &c) - &d), y: &(&a * &g) * &(&d - &c), z: &f * &g }
    }

    fn combine(&self, u: &BigUint, p: &Point, v: &BigUint, q: &Point) -> Point {
        let both = self.add(p, q);
        let mut sum = self.neutral();
        for i in (0..u.bits().max(v.bits())).rev() {
            sum = self.add(&sum, &sum);
            match (u.bit(i), v.bit(i)) {
                (true, true) => sum = self.add(&sum, &both),
                (true, false) => sum = self.add(&sum, p),
                (false, true) => sum = self.add(&sum, q),
                (false, false) => {}
            }
        }
        sum
    }

    /// RFC 8032 5.2.2
    fn encode(&self, p: &Point) -> Option<Vec<u8>> {
        let z = self.field.invert(&p.z)?;
        let x = self.field.octets(&(&p.x * &z));
        let mut out = self.field.octets(&(&p.y * &z));
        out.reverse();
        out.push((x.last()? & 1) << 7);
        Some(out)
    }

    /// RFC 8032 5.2.3
    fn decode(&self, octets: &[u8]) -> Option<Point> {
        let (sign, y) = octets.split_last()?;
        if y.len() != 56 || sign & 0x7f != 0 {
            return None;
        }
        let mut y = y.to_vec();
        y.reverse();
        let y = self.field.element(&y)?;
        let yy = y.square();
        let (u, v) = (&yy - &self.field.one(), &(&self.d * &yy) - &self.field.one());
        let x = self.field.sqrt(&(&u * &self.field.invert(&v)?))?;
        let odd = self.field.octets(&x).last()? & 1;
        if bool::from(x.is_zero()) && *sign != 0 {
            return None;
        }
        let x = if odd == sign >> 7 { x } else { -x };
        Some(Point { x, y, z: self.field.one() })
    }
}
