//! Named curves, and recognising the one that written-out parameters mean.

use crate::curve_table::CURVES;
use crate::der::{DerError, Reader, Result, Tag, Tlv, strip_zeros};
use std::fmt;

/// A curve that has an object identifier, with its domain parameters (SEC 1 3.1).
#[derive(PartialEq, Eq)]
pub struct NamedCurve {
    /// The usual name, such as `P-256` or `brainpoolP384r1`.
    pub name: &'static str,
    /// Other names of the same curve, such as `secp256r1` and `prime256v1`.
    pub aliases: &'static [&'static str],
    /// Content octets of its object identifier.
    pub oid: &'static [u8],
    /// Over which kind of field it is.
    pub field: FieldKind,
    /// Bits of a field element.
    pub field_bits: u32,
    numbers: [&'static str; 7],
}

/// Kind of finite field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Integers modulo a prime.
    Prime,
    /// Polynomials over GF(2).
    Binary,
}

/// What parameters that are written out (RFC 3279 2.3.5; forbidden by RFC 5480 2.1.1) amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explicit {
    /// All of them equal those of a named curve.
    Named(&'static NamedCurve),
    /// Those of a named curve, but with another base point or order: the mark of the forgeries that CVE-2020-0601
    /// allowed.
    OtherGenerator(&'static NamedCurve),
    /// No named curve.
    Unknown {
        /// Bits of the field's modulus.
        field_bits: usize,
    },
    /// They cannot be read.
    Damaged(DerError),
}

/// An entry of the table: modulus (or reduction polynomial), a, b, x and y of the base point, order, cofactor.
pub(crate) const fn curve(
    name: &'static str,
    aliases: &'static [&'static str],
    oid: &'static [u8],
    field: FieldKind,
    field_bits: u32,
    numbers: [&'static str; 7],
) -> NamedCurve {
    NamedCurve { name, aliases, oid, field, field_bits, numbers }
}

impl NamedCurve {
    /// By object identifier content octets.
    pub fn by_oid(content: &[u8]) -> Option<&'static NamedCurve> {
        CURVES.iter().find(|c| c.oid == content)
    }

    /// By any of its names, upper or lower case.
    pub fn by_name(name: &str) -> Option<&'static NamedCurve> {
        CURVES.iter().find(|c| {
            c.name.eq_ignore_ascii_case(name) || c.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        })
    }

    /// Every curve of the table.
    pub fn all() -> impl Iterator<Item = &'static NamedCurve> {
        CURVES.iter()
    }

    /// Octets of a field element (SEC 1 2.3.5).
    pub fn field_len(&self) -> usize {
        (self.field_bits as usize).div_ceil(8)
    }

    /// Bits of the order of the base point: the size that counts for strength.
    pub fn order_bits(&self) -> usize {
        bit_len(&self.order())
    }

    /// Octets of a private scalar as SEC 1 writes it (C.4).
    pub fn order_len(&self) -> usize {
        self.order_bits().div_ceil(8)
    }

    pub(crate) fn modulus(&self) -> Vec<u8> {
        self.number(0)
    }

    pub(crate) fn a(&self) -> Vec<u8> {
        self.number(1)
    }

    pub(crate) fn b(&self) -> Vec<u8> {
        self.number(2)
    }

    pub(crate) fn base(&self) -> (Vec<u8>, Vec<u8>) {
        (self.number(3), self.number(4))
    }

    pub(crate) fn order(&self) -> Vec<u8> {
        self.number(5)
    }

    pub(crate) fn cofactor_is_one(&self) -> bool {
        self.numbers.get(6) == Some(&"1")
    }

    /// Big endian, without leading zeros.
    fn number(&self, at: usize) -> Vec<u8> {
        unhex(self.numbers.get(at).copied().unwrap_or_default())
    }

    /// Recognises an ECParameters SEQUENCE.
    pub fn explicit(parameters: &Tlv<'_>) -> Explicit {
        recognise(parameters).unwrap_or_else(Explicit::Damaged)
    }
}

impl fmt::Debug for NamedCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedCurve({})", self.name)
    }
}

impl fmt::Display for NamedCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn recognise(parameters: &Tlv<'_>) -> Result<Explicit> {
    let mut r = parameters.reader();
    r.expect(Tag::INTEGER, "version of ECParameters")?;
    let (modulus, field) = read_field(&r.expect(Tag::SEQUENCE, "fieldID")?)?;
    let mut ab = r.expect(Tag::SEQUENCE, "curve")?.reader();
    let a = strip_zeros(ab.expect(Tag::OCTET_STRING, "coefficient a")?.content);
    let b = strip_zeros(ab.expect(Tag::OCTET_STRING, "coefficient b")?.content);
    let base = r.expect(Tag::OCTET_STRING, "base point")?.content;
    let order = strip_zeros(r.expect(Tag::INTEGER, "order")?.content);
    let same_curve = |c: &&NamedCurve| c.field == field && c.modulus() == modulus && c.a() == a && c.b() == b;
    let Some(found) = CURVES.iter().find(same_curve) else {
        return Ok(Explicit::Unknown { field_bits: bit_len(&modulus) });
    };
    // Curves of one equation but another base point exist (WTLS 8 and 9 do not, X9.62 has none): look at all of them.
    let named = CURVES.iter().filter(same_curve).find(|c| c.order() == order && is_base(c, base));
    Ok(named.map_or(Explicit::OtherGenerator(found), Explicit::Named))
}

/// Whether a point, compressed or not, is the base point of the curve.
fn is_base(curve: &NamedCurve, point: &[u8]) -> bool {
    let len = curve.field_len();
    let (x, y) = curve.base();
    let (Some((form, rest)), Some(odd)) = (point.split_first(), y.last().map(|b| b & 1)) else { return false };
    let Some((px, py)) = rest.split_at_checked(len) else { return false };
    if strip_zeros(px) != x {
        return false;
    }
    match form {
        4 | 6 | 7 => py.len() == len && strip_zeros(py) == y,
        // The bit of a point over a binary field is one of y/x (SEC 1 2.3.3); x decides there but for the sign.
        2 | 3 => py.is_empty() && (curve.field == FieldKind::Binary || form & 1 == odd),
        _ => false,
    }
}

/// The modulus, or the reduction polynomial with its bits as coefficients.
fn read_field(field: &Tlv<'_>) -> Result<(Vec<u8>, FieldKind)> {
    const PRIME: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1];
    const BINARY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 2];
    let mut r = field.reader();
    let id = r.expect(Tag::OID, "fieldType")?;
    match id.content {
        x if x == PRIME => Ok((strip_zeros(r.expect(Tag::INTEGER, "prime p")?.content).to_vec(), FieldKind::Prime)),
        x if x == BINARY => {
            let mut r = r.expect(Tag::SEQUENCE, "Characteristic-two")?.reader();
            let degree = r.expect(Tag::INTEGER, "m")?;
            r.expect(Tag::OID, "basis")?;
            let mut exponents = vec![0, degree.small_uint()?];
            let basis = r.read("basis parameters")?;
            match basis.tag {
                Tag::INTEGER => exponents.push(basis.small_uint()?),
                Tag::SEQUENCE => read_terms(basis.reader(), &mut exponents)?,
                _ => {}
            }
            let top = exponents.iter().copied().max().unwrap_or(0);
            if top > 4_096 {
                return Err(DerError::value(degree.offset, "the degree of a binary field", "a number beyond 4096"));
            }
            let mut polynomial = vec![0u8; top as usize / 8 + 1];
            let last = polynomial.len() - 1;
            for k in exponents {
                if let Some(octet) = polynomial.get_mut(last - k as usize / 8) {
                    *octet |= 1 << (k % 8);
                }
            }
            Ok((polynomial, FieldKind::Binary))
        }
        _ => Err(DerError::value(id.offset, "prime-field or characteristic-two-field", "another kind of field")),
    }
}

fn read_terms(mut r: Reader<'_>, exponents: &mut Vec<u64>) -> Result<()> {
    for _ in 0..3 {
        exponents.push(r.expect(Tag::INTEGER, "k1, k2 or k3")?.small_uint()?);
    }
    Ok(())
}

/// Bits of a big-endian number.
pub(crate) fn bit_len(number: &[u8]) -> usize {
    let digits = strip_zeros(number);
    digits.first().map_or(0, |top| digits.len() * 8 - top.leading_zeros() as usize)
}

/// Hex digits, an odd count too, as a big-endian number without leading zeros.
fn unhex(digits: &str) -> Vec<u8> {
    let digits = digits.trim_start_matches('0').as_bytes();
    let value = |d: &u8| char::from(*d).to_digit(16).unwrap_or(0) as u8;
    let (head, pairs) = digits.split_at(digits.len() % 2);
    let head = head.iter().map(value);
    head.chain(pairs.chunks(2).map(|p| p.iter().fold(0u8, |n, d| (n << 4) | value(d)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(NamedCurve::all().count(), 80);
        for c in NamedCurve::all() {
            let degree = u32::from(c.field == FieldKind::Binary);
            assert_eq!(bit_len(&c.modulus()) as u32, c.field_bits + degree, "{c}");
            assert_eq!(NamedCurve::by_oid(c.oid).map(|c| c.name), Some(c.name));
            assert_eq!(NamedCurve::by_name(&c.name.to_uppercase()).map(|c| c.name), Some(c.name));
        }
        assert_eq!(NamedCurve::by_name("prime256v1").map(|c| c.order_bits()), Some(256));
    }

    #[test]
    fn a_base_point_in_every_form() {
        let p192 = NamedCurve::by_name("P-192").unwrap();
        let (x, y) = p192.base();
        let mut point = vec![4];
        point.extend([vec![0; 24 - x.len()], x.clone(), vec![0; 24 - y.len()], y.clone()].concat());
        assert!(is_base(p192, &point));
        let short = [&[2 | (y[y.len() - 1] & 1)], &point[1..25]].concat();
        assert!(is_base(p192, &short));
        point[48] ^= 1;
        assert!(!is_base(p192, &point) && !is_base(p192, &short[..24]) && !is_base(p192, &[]));
    }
}
