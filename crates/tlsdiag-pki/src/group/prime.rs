//! Short Weierstrass curves over prime fields, with the complete addition of Renes, Costello and Batina (2015).

use super::field::{Element, Field, assign, bits};
use crate::curve::NamedCurve;
use num_bigint::BigUint;
use zeroize::Zeroize as _;

/// A point in projective coordinates; infinity has z = 0.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    x: Element,
    y: Element,
    z: Element,
}

/// A curve with its base point.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    field: Field,
    a: Element,
    b: Element,
    b3: Element,
    base: Point,
    order: BigUint,
    whole: bool,
}

impl Group {
    /// From the table; `None` for a curve over a binary field.
    pub(crate) fn new(curve: &NamedCurve) -> Option<Group> {
        let field = Field::new(&curve.modulus())?;
        let (a, b) = (field.element(&curve.a())?, field.element(&curve.b())?);
        let (x, y) = curve.base();
        let base = Point { x: field.element(&x)?, y: field.element(&y)?, z: field.one() };
        let b3 = &(&b + &b) + &b;
        let order = BigUint::from_bytes_be(&curve.order());
        Some(Group { field, a, b, b3, base, order, whole: curve.cofactor_is_one() })
    }

    /// The base point.
    pub(crate) fn base(&self) -> &Point {
        &self.base
    }

    /// Affine coordinates as octets; `None` for infinity.
    pub(crate) fn affine(&self, p: &Point) -> Option<(Vec<u8>, Vec<u8>)> {
        let z = self.field.invert(&p.z)?;
        Some((self.field.octets(&(&p.x * &z)), self.field.octets(&(&p.y * &z))))
    }

    /// Reads a point, uncompressed, compressed or hybrid, that must lie on the curve and in the group of the base.
    pub(crate) fn decode(&self, point: &[u8]) -> Option<Point> {
        let (form, rest) = point.split_first()?;
        let (x, y) = rest.split_at_checked(self.field.len())?;
        let x = self.field.element(x)?;
        let right = &(&(&x.square() + &self.a) * &x) + &self.b;
        let y = match form {
            4 | 6 | 7 if y.len() == self.field.len() => self.field.element(y)?,
            2 | 3 if y.is_empty() => {
                let root = self.field.sqrt(&right)?;
                let odd = self.field.octets(&root).last()? & 1;
                if odd == form & 1 { root } else { -root }
            }
            _ => return None,
        };
        let hybrid_bit = self.field.octets(&y).last()? & 1;
        if y.square() != right || (matches!(form, 6 | 7) && hybrid_bit != form & 1) {
            return None;
        }
        let p = Point { x, y, z: self.field.one() };
        let inside = self.whole || bool::from(self.combine(&self.order, &p, &BigUint::ZERO, &p).z.is_zero());
        inside.then_some(p)
    }

    /// u·P + v·Q of public numbers.
    pub(crate) fn combine(&self, u: &BigUint, p: &Point, v: &BigUint, q: &Point) -> Point {
        let both = self.add(p, q);
        let mut sum = self.infinity();
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

    /// scalar · P of a private scalar: the same steps for every bit.
    pub(crate) fn multiply_private(&self, scalar: &[u8], p: &Point) -> Point {
        let mut sum = self.infinity();
        for bit in bits(scalar) {
            sum = self.add(&sum, &sum);
            let mut other = self.add(&sum, p);
            assign(&mut sum.x, &other.x, bit);
            assign(&mut sum.y, &other.y, bit);
            assign(&mut sum.z, &other.z, bit);
            other.x.zeroize();
            other.y.zeroize();
            other.z.zeroize();
        }
        sum
    }

    fn infinity(&self) -> Point {
        Point { x: self.field.zero(), y: self.field.one(), z: self.field.zero() }
    }

    /// Algorithm 1 of the paper, for any a: no exceptions in a group of odd order.
    fn add(&self, p: &Point, q: &Point) -> Point {
        let (xx, yy, zz) = (&p.x * &q.x, &p.y * &q.y, &p.z * &q.z);
        let xy = &(&(&p.x + &p.y) * &(&q.x + &q.y)) - &(&xx + &yy);
        let xz = &(&(&p.x + &p.z) * &(&q.x + &q.z)) - &(&xx + &zz);
        let yz = &(&(&p.y + &p.z) * &(&q.y + &q.z)) - &(&yy + &zz);
        let t = &(&self.a * &xz) + &(&self.b3 * &zz);
        let (low, high) = (&yy - &t, &yy + &t);
        let azz = &self.a * &zz;
        let m = &(&(&xx + &xx) + &xx) + &azz;
        let k = &(&self.b3 * &xz) + &(&self.a * &(&xx - &azz));
        Point { x: &(&xy * &low) - &(&yz * &k), y: &(&low * &high) + &(&m * &k), z: &(&yz * &high) + &(&xy * &m) }
    }
}
