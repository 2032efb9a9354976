//! Arithmetic of elliptic curves, for the curves that no crate of the trade serves: points, their encodings, ECDSA.
//!
//! Verification works on public numbers. Where a scalar is private the prime field code takes the same steps whatever
//! its bits are; the curves over binary fields, which nobody serves any more, do not go so far.

pub(crate) mod binary;
pub(crate) mod ed448;
pub(crate) mod field;
pub(crate) mod montgomery;
pub(crate) mod prime;

use crate::curve::{FieldKind, NamedCurve};
use num_bigint::BigUint;

/// The point `scalar · G`, uncompressed (SEC 1 2.3.3). `None` where the scalar is 0 or not below the order.
pub(crate) fn public_point(curve: &NamedCurve, scalar: &[u8]) -> Option<Vec<u8>> {
    if !scalar_in_range(curve, scalar) {
        return None;
    }
    let xy = match curve.field {
        FieldKind::Prime => {
            let g = prime::Group::new(curve)?;
            g.affine(&g.multiply_private(scalar, g.base()))?
        }
        FieldKind::Binary => {
            let g = binary::Group::new(curve);
            g.affine(&g.multiply(&BigUint::from_bytes_be(scalar), g.base()))?
        }
    };
    let mut out = vec![4];
    out.extend(xy.0);
    out.extend(xy.1);
    Some(out)
}

/// Whether octets encode a point of the curve (SEC 1 2.3.4), other than the one at infinity.
pub(crate) fn is_point(curve: &NamedCurve, point: &[u8]) -> bool {
    match curve.field {
        FieldKind::Prime => prime::Group::new(curve).is_some_and(|g| g.decode(point).is_some()),
        FieldKind::Binary => binary::Group::new(curve).decode(point).is_some(),
    }
}

/// Whether 0 < scalar < order.
pub(crate) fn scalar_in_range(curve: &NamedCurve, scalar: &[u8]) -> bool {
    let digits = crate::der::strip_zeros(scalar);
    let order = curve.order();
    !digits.is_empty() && (digits.len(), digits) < (order.len(), order.as_slice())
}

/// Why an ECDSA signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EcdsaFault {
    /// The public key is no point of the curve.
    Point,
    /// The numbers do not fit.
    Signature,
}

/// x of u1·G + u2·Q, as octets; `None` for infinity.
type Combine = Box<dyn Fn(&BigUint, &BigUint) -> Option<Vec<u8>>>;

/// ECDSA verification (FIPS 186-5 6.4.2, SEC 1 4.1.4) of a digest.
pub(crate) fn ecdsa(curve: &NamedCurve, point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> Result<(), EcdsaFault> {
    let n = BigUint::from_bytes_be(&curve.order());
    let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
    let zero = BigUint::ZERO;
    let in_range = |v: &BigUint| *v > zero && *v < n;
    let combine: Combine = match curve.field {
        FieldKind::Prime => {
            let g = prime::Group::new(curve).ok_or(EcdsaFault::Point)?;
            let q = g.decode(point).ok_or(EcdsaFault::Point)?;
            Box::new(move |u1, u2| Some(g.affine(&g.combine(u1, g.base(), u2, &q))?.0))
        }
        FieldKind::Binary => {
            let g = binary::Group::new(curve);
            let q = g.decode(point).ok_or(EcdsaFault::Point)?;
            Box::new(move |u1, u2| {
                let sum = g.add(&g.multiply(u1, g.base()), &g.multiply(u2, &q));
                Some(g.affine(&sum)?.0)
            })
        }
    };
    if !in_range(&r) || !in_range(&s) {
        return Err(EcdsaFault::Signature);
    }
    let bits = curve.order_bits();
    let excess = (digest.len().saturating_mul(8)).saturating_sub(bits);
    let e = BigUint::from_bytes_be(digest) >> excess;
    let w = s.modinv(&n).ok_or(EcdsaFault::Signature)?;
    let (u1, u2) = (e * &w % &n, &r * w % &n);
    let x = combine(&u1, &u2).ok_or(EcdsaFault::Signature)?;
    if BigUint::from_bytes_be(&x) % n == r { Ok(()) } else { Err(EcdsaFault::Signature) }
}
