//! RSA keys that anybody can break whatever their size, recognised by cheap tests of the public numbers.

use crate::der::strip_zeros;
use num_bigint::BigUint;
use std::fmt;

/// Why a key protects nothing, or less than its size says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Weakness {
    /// The public exponent is below 65537: no break by itself, but refused by policies and with sloppy padding checks
    /// open to forgeries.
    SmallExponent(u32),
    /// The public exponent is even, 0 or 1: the key cannot work.
    ImpossibleExponent,
    /// A small prime divides the modulus.
    SmallFactor(u32),
    /// The modulus bears the mark of the Infineon generator (ROCA, CVE-2017-15361): it can be factored.
    Roca,
    /// Both primes lie so close together that Fermat's method finds them (CVE-2022-26320).
    ClosePrimes,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Weakness::SmallExponent(e) => write!(f, "the public exponent is {e}"),
            Weakness::ImpossibleExponent => f.write_str("the public exponent is even, 0 or 1"),
            Weakness::SmallFactor(p) => write!(f, "the modulus can be divided by {p}"),
            Weakness::Roca => f.write_str("the modulus was made by the generator of ROCA (CVE-2017-15361)"),
            Weakness::ClosePrimes => f.write_str("the primes are close together, Fermat's method finds them"),
        }
    }
}

/// Odd primes whose residues ROCA's test looks at (Nemec et al. 2017).
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
/// Steps of Fermat's method; generators that failed are found within a few.
const FERMAT_STEPS: u32 = 100;
/// Bit n is set if n is a square modulo 64.
const SQUARES_MOD_64: u64 = 0x0202_0212_0203_0213;
/// Moduli beyond this are not looked at: the tests would cost more than they tell.
const MAX_BITS: u64 = 16_384;

/// Looks at a modulus and an exponent, big endian.
pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<Weakness> {
    let mut out = Vec::new();
    match strip_zeros(exponent) {
        [] | [1] => out.push(Weakness::ImpossibleExponent),
        e if e.last().is_some_and(|d| d % 2 == 0) => out.push(Weakness::ImpossibleExponent),
        e if e.len() <= 2 => {
            out.push(Weakness::SmallExponent(e.iter().fold(0, |n, d| (n << 8) | u32::from(*d))));
        }
        _ => {}
    }
    let n = BigUint::from_bytes_be(modulus);
    if n.bits() < 64 || n.bits() > MAX_BITS {
        return out;
    }
    let residue = |p: u32| (&n % p).to_u32_digits().first().copied().unwrap_or(0);
    if let Some(p) = std::iter::once(2).chain(PRIMES).find(|p| residue(*p) == 0) {
        out.push(Weakness::SmallFactor(p));
    } else if PRIMES.iter().all(|p| generated_by_65537(residue(*p), *p)) {
        out.push(Weakness::Roca);
    } else if fermat(&n) {
        out.push(Weakness::ClosePrimes);
    }
    out
}

/// Whether a residue lies in the subgroup that 65537 generates.
fn generated_by_65537(residue: u32, prime: u32) -> bool {
    let mut power = 1u32;
    for _ in 0..prime {
        if power == residue {
            return true;
        }
        power = power * (65_537 % prime) % prime;
    }
    false
}

fn fermat(n: &BigUint) -> bool {
    let mut a = n.sqrt();
    if &(&a * &a) == n {
        return true;
    }
    for _ in 0..FERMAT_STEPS {
        a += 1u32;
        let b2 = &a * &a - n;
        // Only 12 of 64 residues are squares: most roots need not be drawn.
        let low = b2.iter_u32_digits().next().unwrap_or(0) % 64;
        if SQUARES_MOD_64 >> low & 1 == 0 {
            continue;
        }
        let b = b2.sqrt();
        if &b * &b == b2 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &[u8]) -> BigUint {
        BigUint::parse_bytes(text, 10).unwrap()
    }

    #[test]
    fn close_primes_and_small_factors() {
        // 2^127 - 1 is prime; so is the 39-digit prime below it.
        let p = number(b"170141183460469231731687303715884105727");
        let q = number(b"170141183460469231731687303715884105703");
        let found = rsa(&(&p * &q).to_bytes_be(), &[1, 0, 1]);
        assert_eq!(found, [Weakness::ClosePrimes]);
        let far = &p * number(b"2305843009213693951");
        assert_eq!(rsa(&far.to_bytes_be(), &[3]), [Weakness::SmallExponent(3)]);
        assert_eq!(rsa(&(far * 13u32).to_bytes_be(), &[2]), [Weakness::ImpossibleExponent, Weakness::SmallFactor(13)]);
    }

    #[test]
    fn a_modulus_of_the_infineon_generator() {
        // Primes of that generator are k·M + 65537^a mod M, with M the product of the first primes.
        let m = PRIMES.iter().fold(BigUint::from(2u32), |m, p| m * *p);
        let like = |k: u64, a: u32| &m * k + BigUint::from(65_537u32).modpow(&a.into(), &m);
        let n = like(0x0123_4567_89ab, 7_777) * like(0x7654_3210_fedc, 123);
        assert_eq!(rsa(&n.to_bytes_be(), &[1, 0, 1]), [Weakness::Roca]);
    }
}
