//! Curves y² + xy = x³ + ax² + b over binary fields, affine: slow and plain, for keys of museums and smart meters.

use crate::curve::NamedCurve;
use num_bigint::BigUint;

/// A point; `None` is infinity.
pub(crate) type Point = Option<(BigUint, BigUint)>;

/// A curve with its base point.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    modulus: BigUint,
    degree: u64,
    len: usize,
    a: BigUint,
    b: BigUint,
    base: Point,
    order: BigUint,
}

impl Group {
    /// From the table.
    pub(crate) fn new(curve: &NamedCurve) -> Group {
        let number = |octets: Vec<u8>| BigUint::from_bytes_be(&octets);
        let (x, y) = curve.base();
        Group {
            modulus: number(curve.modulus()),
            degree: u64::from(curve.field_bits),
            len: curve.field_len(),
            a: number(curve.a()),
            b: number(curve.b()),
            base: Some((number(x), number(y))),
            order: number(curve.order()),
        }
    }

    /// The base point.
    pub(crate) fn base(&self) -> &Point {
        &self.base
    }

    /// Coordinates as octets; `None` for infinity.
    pub(crate) fn affine(&self, p: &Point) -> Option<(Vec<u8>, Vec<u8>)> {
        let (x, y) = p.as_ref()?;
        let octets = |n: &BigUint| {
            let digits = n.to_bytes_be();
            let mut out = vec![0; self.len.saturating_sub(digits.len())];
            out.extend(digits);
            out
        };
        Some((octets(x), octets(y)))
    }

    /// Reads a point, uncompressed or hybrid or compressed, that must lie on the curve and in the group of the base.
    pub(crate) fn decode(&self, point: &[u8]) -> Option<Point> {
        let (form, rest) = point.split_first()?;
        let (x, y) = rest.split_at_checked(self.len)?;
        let x = BigUint::from_bytes_be(x);
        let y = match form {
            4 | 6 | 7 if y.len() == self.len => BigUint::from_bytes_be(y),
            2 | 3 if y.is_empty() => self.decompress(&x, form & 1 == 1)?,
            _ => return None,
        };
        if x.bits() > self.degree || y.bits() > self.degree {
            return None;
        }
        let left = self.square(&y) ^ self.multiply_elements(&x, &y);
        let xx = self.square(&x);
        let right = self.multiply_elements(&xx, &x) ^ self.multiply_elements(&self.a, &xx) ^ &self.b;
        let p = Some((x, y));
        (left == right && self.multiply(&self.order, &p).is_none()).then_some(p)
    }

    /// scalar · P by doubling and adding.
    pub(crate) fn multiply(&self, scalar: &BigUint, p: &Point) -> Point {
        let mut sum = None;
        for i in (0..scalar.bits()).rev() {
            sum = self.add(&sum, &sum);
            if scalar.bit(i) {
                sum = self.add(&sum, p);
            }
        }
        sum
    }

    /// P + Q
    pub(crate) fn add(&self, p: &Point, q: &Point) -> Point {
        let (Some((x1, y1)), Some((x2, y2))) = (p, q) else { return p.clone().or_else(|| q.clone()) };
        if x1 != x2 {
            let slope = self.multiply_elements(&(y1 ^ y2), &self.invert(&(x1 ^ x2))?);
            let x = self.square(&slope) ^ &slope ^ x1 ^ x2 ^ &self.a;
            let y = self.multiply_elements(&slope, &(x1 ^ &x)) ^ &x ^ y1;
            return Some((x, y));
        }
        if y1 != y2 || *x1 == BigUint::ZERO {
            return None;
        }
        let slope = self.multiply_elements(y1, &self.invert(x1)?) ^ x1;
        let x = self.square(&slope) ^ &slope ^ &self.a;
        let y = self.square(x1) ^ self.multiply_elements(&slope, &x) ^ &x;
        Some((x, y))
    }

    /// y of a compressed point (SEC 1 2.3.4): with z = y/x, z² + z = x + a + b/x².
    fn decompress(&self, x: &BigUint, bit: bool) -> Option<BigUint> {
        if *x == BigUint::ZERO || x.bits() > self.degree {
            return None;
        }
        let inverse = self.invert(x)?;
        let beta = x ^ &self.a ^ self.multiply_elements(&self.b, &self.square(&inverse));
        // The half trace solves it where the degree is odd; the few even degrees (X9.62) have no compressed keys here.
        if self.degree.is_multiple_of(2) {
            return None;
        }
        let mut z = beta.clone();
        for _ in 0..(self.degree - 1) / 2 {
            z = self.square(&self.square(&z)) ^ &beta;
        }
        if self.square(&z) ^ &z != beta {
            return None;
        }
        if z.bit(0) != bit {
            z ^= BigUint::from(1u8);
        }
        Some(self.multiply_elements(x, &z))
    }

    fn multiply_elements(&self, a: &BigUint, b: &BigUint) -> BigUint {
        let mut product = vec![0u64; a.iter_u64_digits().len() + b.iter_u64_digits().len() + 1];
        for (i, digit) in a.iter_u64_digits().enumerate() {
            for bit in (0..64).filter(|bit| digit >> bit & 1 == 1) {
                let mut carry = 0u64;
                for (j, other) in b.iter_u64_digits().chain([0]).enumerate() {
                    let shifted = (other << bit) | carry;
                    carry = if bit == 0 { 0 } else { other >> (64 - bit) };
                    if let Some(slot) = product.get_mut(i + j) {
                        *slot ^= shifted;
                    }
                }
            }
        }
        self.reduce(from_digits(&product))
    }

    fn square(&self, a: &BigUint) -> BigUint {
        let spread = |half: u32| {
            let mut n = u64::from(half);
            for (shift, mask) in [
                (16, 0x0000_ffff_0000_ffff),
                (8, 0x00ff_00ff_00ff_00ff),
                (4, 0x0f0f_0f0f_0f0f_0f0f),
                (2, 0x3333_3333_3333_3333),
                (1, 0x5555_5555_5555_5555u64),
            ] {
                n = (n | n << shift) & mask;
            }
            n
        };
        self.reduce(from_digits(&a.iter_u32_digits().map(spread).collect::<Vec<u64>>()))
    }

    /// Takes the terms of the modulus away from the top down; it has three or five of them.
    fn reduce(&self, mut n: BigUint) -> BigUint {
        let low = &self.modulus ^ (BigUint::from(1u8) << self.degree);
        while n.bits() > self.degree {
            let high = &n >> self.degree;
            let mut rest = n ^ (&high << self.degree);
            for term in (0..low.bits()).filter(|t| low.bit(*t)) {
                rest ^= &high << term;
            }
            n = rest;
        }
        n
    }

    /// The extended algorithm of Euclid on polynomials.
    fn invert(&self, a: &BigUint) -> Option<BigUint> {
        let one = BigUint::from(1u8);
        let (mut u, mut v) = (a.clone(), self.modulus.clone());
        let (mut g, mut h) = (one.clone(), BigUint::ZERO);
        while u != one {
            if u == BigUint::ZERO {
                return None;
            }
            if u.bits() < v.bits() {
                std::mem::swap(&mut u, &mut v);
                std::mem::swap(&mut g, &mut h);
            }
            let shift = u.bits() - v.bits();
            u ^= &v << shift;
            g ^= &h << shift;
        }
        Some(self.reduce(g))
    }
}

fn from_digits(digits: &[u64]) -> BigUint {
    BigUint::new(digits.iter().flat_map(|d| [*d as u32, (d >> 32) as u32]).collect())
}
