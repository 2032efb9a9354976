//! Secret numbers: read from DER, computed with, wiped.

use super::KeyFault;
use crate::curve::bit_len;
use crate::der::{Reader, Result, Tag, strip_zeros};
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero, Odd};
use std::cmp::Ordering;
use zeroize::Zeroizing;

/// Bits of the largest number that is computed with.
pub(super) const MAX_BITS: usize = 16_384;

/// A non-negative number that is wiped when dropped.
#[derive(Clone)]
pub(super) struct Number(Zeroizing<BoxedUint>);

impl Number {
    /// From big-endian octets.
    pub(super) fn new(octets: &[u8]) -> Number {
        Number(Zeroizing::new(BoxedUint::from_be_slice_vartime(strip_zeros(octets))))
    }

    pub(super) fn is_zero(&self) -> bool {
        bool::from(self.0.is_zero())
    }

    pub(super) fn is_one(&self) -> bool {
        bool::from(self.0.is_one())
    }

    pub(super) fn times(&self, other: &Number) -> Number {
        Number(Zeroizing::new(self.0.concatenating_mul(&*other.0)))
    }

    /// self - 1, of a number that is not 0.
    pub(super) fn less_one(&self) -> Number {
        Number(Zeroizing::new(self.0.wrapping_sub(BoxedUint::one())))
    }

    /// self mod m; 0 where m is 0.
    pub(super) fn modulo(&self, m: &Number) -> Number {
        let modulus: Option<NonZero<BoxedUint>> = m.0.to_nz().into();
        Number(Zeroizing::new(modulus.map_or_else(BoxedUint::zero, |m| self.0.rem(&m))))
    }

    pub(super) fn equals(&self, other: &Number) -> bool {
        self.0.cmp_vartime(&*other.0) == Ordering::Equal
    }

    /// g^self mod p, in octets of p's length; `None` where p is even or 0.
    pub(super) fn power_of(&self, g: &[u8], p: &[u8]) -> Option<Vec<u8>> {
        use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
        let modulus = Number::new(p).0;
        let bits = modulus.bits_precision();
        let odd: Option<Odd<BoxedUint>> = modulus.to_odd().into();
        let params = BoxedMontyParams::new_vartime(odd?);
        let g = Number::new(g).modulo(&Number::new(p)).0;
        let g = BoxedUint::from_be_slice(strip_zeros(&g.to_be_bytes()), bits).ok()?;
        let power = BoxedMontyForm::new(g, &params).pow(&self.0).retrieve();
        Some(power.to_be_bytes_trimmed_vartime().into_vec())
    }
}

/// Reads an INTEGER that must not be negative; a set sign bit becomes a fault and the octets count as they are.
pub(super) fn unsigned<'a>(r: &mut Reader<'a>, what: &'static str, faults: &mut Vec<KeyFault>) -> Result<&'a [u8]> {
    let content = r.expect(Tag::INTEGER, what)?.content;
    if content.first().is_some_and(|b| b & 0x80 != 0) {
        faults.push(KeyFault::Negative(what));
    }
    if bit_len(content) == 0 {
        faults.push(KeyFault::PartMissing(what));
    }
    Ok(strip_zeros(content))
}
