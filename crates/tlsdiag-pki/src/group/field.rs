//! A prime field of any size, in Montgomery form.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Choice, CtAssign as _, Odd};

/// An element.
pub(crate) type Element = BoxedMontyForm;

/// Integers modulo an odd prime.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    params: BoxedMontyParams,
    len: usize,
}

impl Field {
    /// From the modulus, big endian without leading zeros. `None` where it is even or zero.
    pub(crate) fn new(modulus: &[u8]) -> Option<Field> {
        let odd: Option<Odd<BoxedUint>> = number(modulus, modulus.len())?.to_odd().into();
        Some(Field { params: BoxedMontyParams::new_vartime(odd?), len: modulus.len() })
    }

    /// Octets of an element.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// From big-endian octets; `None` where they are not below the modulus.
    pub(crate) fn element(&self, octets: &[u8]) -> Option<Element> {
        let number = number(octets, self.len)?;
        (number < *self.params.modulus().as_ref()).then(|| Element::new(number, &self.params))
    }

    /// A small number.
    pub(crate) fn small(&self, n: u8) -> Element {
        self.element(&[n]).unwrap_or_else(|| Element::zero(&self.params))
    }

    /// 0
    pub(crate) fn zero(&self) -> Element {
        Element::zero(&self.params)
    }

    /// 1
    pub(crate) fn one(&self) -> Element {
        Element::one(&self.params)
    }

    /// Big-endian octets of the field's length.
    pub(crate) fn octets(&self, e: &Element) -> Vec<u8> {
        let all = e.retrieve().to_be_bytes();
        all.get(all.len().saturating_sub(self.len)..).unwrap_or_default().to_vec()
    }

    /// 1/e; `None` for 0.
    pub(crate) fn invert(&self, e: &Element) -> Option<Element> {
        e.invert().into()
    }

    /// e to the power of a public exponent, big endian.
    pub(crate) fn power(&self, e: &Element, exponent: &[u8]) -> Option<Element> {
        Some(e.pow(&number(exponent, exponent.len().max(1))?))
    }

    /// A square root (Tonelli and Shanks), of public values; `None` where there is none.
    pub(crate) fn sqrt(&self, e: &Element) -> Option<Element> {
        if bool::from(e.is_zero()) {
            return Some(self.zero());
        }
        // p - 1 = q · 2^s with odd q
        let p = num_bigint::BigUint::from_bytes_be(&self.params.modulus().as_ref().to_be_bytes());
        let one = num_bigint::BigUint::from(1u8);
        let minus = &p - &one;
        let s = minus.trailing_zeros().unwrap_or(0);
        let q = &minus >> s;
        let half = (&minus >> 1u8).to_bytes_be();
        let minus_one = -self.one();
        let non_residue = (2..=255).map(|n| self.small(n)).find(|z| self.power(z, &half) == Some(minus_one.clone()))?;
        let mut c = self.power(&non_residue, &q.to_bytes_be())?;
        let mut t = self.power(e, &q.to_bytes_be())?;
        let mut root = self.power(e, &((&q + &one) >> 1u8).to_bytes_be())?;
        let mut m = s;
        while t != self.one() {
            let mut squared = t.clone();
            let mut i = 0;
            while squared != self.one() {
                squared = squared.square();
                i += 1;
                if i >= m {
                    return None;
                }
            }
            let mut b = c.clone();
            for _ in 0..m.saturating_sub(i + 1) {
                b = b.square();
            }
            root = &root * &b;
            c = b.square();
            t = &t * &c;
            m = i;
        }
        (root.square() == *e).then_some(root)
    }
}

/// Puts `other` into `target` where the choice is set, without a branch.
pub(crate) fn assign(target: &mut Element, other: &Element, choice: Choice) {
    target.as_montgomery_mut().ct_assign(other.as_montgomery(), choice);
}

/// The bits of a big-endian scalar from the highest octet's top bit on, as choices.
pub(crate) fn bits(scalar: &[u8]) -> impl Iterator<Item = Choice> + '_ {
    scalar.iter().flat_map(|octet| (0..8).rev().map(move |i| Choice::from_u8_lsb((octet >> i) & 1)))
}

/// A number of `len` octets precision; leading zeros beyond it are dropped.
fn number(octets: &[u8], len: usize) -> Option<BoxedUint> {
    let digits = crate::der::strip_zeros(octets);
    let bits = u32::try_from(len.checked_mul(8)?).ok()?;
    BoxedUint::from_be_slice(digits, bits).ok()
}
