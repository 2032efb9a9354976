//! The RSA private operation for the signatures that libraries rightly refuse: keys of 1024 bits, SHA-1, MD5 with SHA-1.
//!
//! It takes no care of timing: these keys are made for a demonstration and protect nothing.

use super::Digest;
use crate::{
    error::Error,
    mint::der::{bits, number, sequence},
    seed::Chance,
};
use num_bigint::BigUint;

/// An RSA private key as numbers (RFC 8017 section 3.2).
pub(super) struct RsaNumbers {
    n: BigUint,
    e: BigUint,
    d: BigUint,
    p: BigUint,
    q: BigUint,
}

const SHA1_INFO: &[u8] = &[0x30, 0x21, 0x30, 0x09, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14];
const SHA256_INFO: &[u8] = &[0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
const SHA384_INFO: &[u8] = &[0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30];
const RSA_ENCRYPTION: &[u8] = &[0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

impl RsaNumbers {
    /// A key with two primes of `bits` bits and the exponent 65537.
    pub(super) fn generate(bits: u32, chance: &mut Chance) -> Self {
        let one = BigUint::from(1_u8);
        let e = BigUint::from(65_537_u32);
        loop {
            let (p, q) = (prime(bits, chance), prime(bits, chance));
            let order = (&p - &one) * (&q - &one);
            if p == q {
                continue;
            }
            if let Some(d) = e.modinv(&order) {
                return Self { n: &p * &q, e, d, p, q };
            }
        }
    }

    /// The numbers in a PrivateKeyInfo (RFC 5208 section 5) with an RSAPrivateKey (RFC 8017 A.1.2).
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let (info, _) = element(der, 0x30)?;
        let (_version, rest) = element(info, 2)?;
        let (_algorithm, rest) = element(rest, 0x30)?;
        let (octets, _) = element(rest, 4)?;
        let (mut numbers, _) = element(octets, 0x30)?;
        let mut next = || {
            let (content, rest) = element(numbers, 2)?;
            numbers = rest;
            Some(BigUint::from_bytes_be(content))
        };
        let _version = next()?;
        Some(Self { n: next()?, e: next()?, d: next()?, p: next()?, q: next()? })
    }

    /// SubjectPublicKeyInfo (RFC 3279 section 2.3.1).
    pub(super) fn spki(&self) -> Vec<u8> {
        let key = sequence(&[number(&self.n.to_bytes_be()), number(&self.e.to_bytes_be())]);
        sequence(&[RSA_ENCRYPTION.to_vec(), bits(&key)])
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017 sections 8.2.1 and 9.2).
    pub(super) fn sign_pkcs1(&self, digest: Digest, message: &[u8]) -> Result<Vec<u8>, Error> {
        let prefix = match digest {
            Digest::Md5Sha1 => &[],
            Digest::Sha1 => SHA1_INFO,
            Digest::Sha256 => SHA256_INFO,
            Digest::Sha384 => SHA384_INFO,
        };
        let info = [prefix, digest.of(message).as_slice()].concat();
        let room = self.octets().checked_sub(info.len() + 3).filter(|room| *room >= 8);
        let mut em = vec![0, 1];
        em.resize(2 + room.ok_or(Error::Key("the RSA key is too short for the hash"))?, 0xff);
        em.push(0);
        em.extend(info);
        Ok(self.private(&em))
    }

    /// RSASSA-PSS with SHA-256, MGF1 of it and a salt of 32 octets (RFC 8017 sections 8.1.1 and 9.1.1).
    pub(super) fn sign_pss(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let too_short = || Error::Key("the RSA key is too short for RSASSA-PSS");
        let bits = self.n.bits().checked_sub(1).ok_or_else(too_short)?;
        let length = usize::try_from(bits.div_ceil(8)).map_err(|_| too_short())?;
        let mut salt = [0; 32];
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| Error::Key("no randomness"))?;
        let hashed = Digest::Sha256.of(message);
        let h = Digest::Sha256.of(&[&[0; 8], hashed.as_slice(), &salt].concat());
        let mut db = vec![0; length.checked_sub(32 + 32 + 2).ok_or_else(too_short)?];
        db.push(1);
        db.extend_from_slice(&salt);
        for (byte, mask) in db.iter_mut().zip(mgf1(&h)) {
            *byte ^= mask;
        }
        let spare = (length as u64 * 8).saturating_sub(bits).min(7);
        if let Some(first) = db.first_mut() {
            *first &= 0xff >> spare;
        }
        Ok(self.private(&[db.as_slice(), &h, &[0xbc]].concat()))
    }

    /// RSAES-PKCS1-v1_5 (RFC 8017 section 7.2.2); `None` when the padding is wrong.
    pub(super) fn decrypt(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let em = self.private(secret);
        let rest = em.strip_prefix(&[0, 2])?;
        let end = rest.iter().position(|b| *b == 0)?;
        rest.get(end.checked_add(1)?..).map(<[u8]>::to_vec)
    }

    fn octets(&self) -> usize {
        usize::try_from(self.n.bits().div_ceil(8)).unwrap_or(0)
    }

    /// RSASP1 by the Chinese remainders (RFC 8017 section 5.2.1), in octets of the modulus' length.
    fn private(&self, em: &[u8]) -> Vec<u8> {
        let m = BigUint::from_bytes_be(em);
        let one = BigUint::from(1_u8);
        let residue = |prime: &BigUint| m.modpow(&(&self.d % (prime - &one)), prime);
        let (a, b) = (residue(&self.p), residue(&self.q));
        let s = match self.q.modinv(&self.p) {
            Some(inverse) => {
                let difference = (&a + &self.p - &b % &self.p) * inverse % &self.p;
                b + difference * &self.q
            }
            None => m.modpow(&self.d, &self.n),
        };
        let bytes = s.to_bytes_be();
        let mut out = vec![0; self.octets().saturating_sub(bytes.len())];
        out.extend(bytes);
        out
    }
}

fn mgf1(seed: &[u8]) -> impl Iterator<Item = u8> {
    (0_u32..).flat_map(move |n| Digest::Sha256.of(&[seed, &n.to_be_bytes()].concat()))
}

/// A prime of `bits` bits whose two highest bits are set, so that a product of two has the full length.
fn prime(bits: u32, chance: &mut Chance) -> BigUint {
    let bits = u64::from(bits);
    loop {
        let mut bytes = vec![0; usize::try_from(bits.div_ceil(8)).unwrap_or(0)];
        chance.fill(&mut bytes);
        let mut n = BigUint::from_bytes_be(&bytes);
        for bit in [0, bits.saturating_sub(1), bits.saturating_sub(2)] {
            n.set_bit(bit, true);
        }
        if is_prime(&n) {
            return n;
        }
    }
}

/// Trial division, then Miller and Rabin with the first twelve primes as bases.
pub(super) fn is_prime(n: &BigUint) -> bool {
    const SMALL: [u16; 30] = [
        2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109, 113,
    ];
    let (zero, one) = (BigUint::ZERO, BigUint::from(1_u8));
    if *n < BigUint::from(2_u8) {
        return false;
    }
    for small in SMALL.map(BigUint::from) {
        if n % &small == zero {
            return *n == small;
        }
    }
    let last = n - &one;
    let twos = last.trailing_zeros().unwrap_or(0);
    let odd = &last >> twos;
    SMALL.iter().take(12).all(|base| {
        let mut x = BigUint::from(*base).modpow(&odd, n);
        if x == one || x == last {
            return true;
        }
        for _ in 1..twos {
            x = &x * &x % n;
            if x == last {
                return true;
            }
        }
        false
    })
}

/// Content of the DER element with `tag` at the start, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (octets.iter().fold(0_usize, |n, b| n << 8 | usize::from(*b)), rest)
        }
        _ => return None,
    };
    if found == tag { rest.split_at_checked(length) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes_are_told() {
        for (n, prime) in [(2_u32, true), (3, true), (9, false), (113, true), (127, true), (7919, true), (7917, false)]
        {
            assert_eq!(is_prime(&BigUint::from(n)), prime, "{n}");
        }
        // A Carmichael number and a strong pseudoprime to base 2.
        assert!(!is_prime(&BigUint::from(825_265_u32)));
        assert!(!is_prime(&BigUint::from(3_215_031_751_u64)));
        assert!(is_prime(&((BigUint::from(1_u8) << 127) - 1_u8)));
    }

    #[test]
    fn the_public_operation_undoes_the_private_one() {
        let key = RsaNumbers::generate(512, &mut Chance::new(3, "rsa"));
        assert_eq!(key.n.bits(), 1024);
        for digest in [Digest::Md5Sha1, Digest::Sha1, Digest::Sha256, Digest::Sha384] {
            let signature = key.sign_pkcs1(digest, b"words").unwrap();
            let em = BigUint::from_bytes_be(&signature).modpow(&key.e, &key.n).to_bytes_be();
            assert_eq!((em[0], em.len()), (1, 127));
            assert!(em.ends_with(&digest.of(b"words")));
        }
        let pss = BigUint::from_bytes_be(&key.sign_pss(b"words").unwrap()).modpow(&key.e, &key.n).to_bytes_be();
        assert_eq!(pss.last(), Some(&0xbc));
    }
}
