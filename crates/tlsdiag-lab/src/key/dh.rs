//! Diffie-Hellman over the short primes that old servers were shipped with.
use crate::error::Error;
use num_bigint::BigUint;

/// First and second Oakley groups (RFC 2409 sections 6.1 and 6.2).
const OAKLEY: [(usize, &[u8]); 2] = [
    (
        768,
        b"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
          EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A3620FFFFFFFFFFFFFFFF",
    ),
    (
        1024,
        b"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
          EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
          EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    ),
];

/// The server's half of an exchange.
pub(crate) struct DhSecret {
    p: BigUint,
    x: BigUint,
}

impl DhSecret {
    /// A fresh secret in the group of `bits` bits.
    pub(crate) fn new(bits: usize) -> Result<Self, Error> {
        let p = prime(bits).ok_or(Error::Key("no Diffie-Hellman group of that size"))?;
        let mut x = [0; 32];
        aws_lc_rs::rand::fill(&mut x).map_err(|_| Error::Key("no randomness"))?;
        Ok(Self { p, x: BigUint::from_bytes_be(&x) })
    }

    /// Prime, generator and public value, big endian.
    pub(crate) fn params(&self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let public = BigUint::from(2_u8).modpow(&self.x, &self.p);
        (self.p.to_bytes_be(), vec![2], public.to_bytes_be())
    }

    /// The premaster secret: leading zeros are stripped (RFC 5246 section 8.1.2).
    pub(crate) fn agree(&self, theirs: &[u8]) -> Vec<u8> {
        BigUint::from_bytes_be(theirs).modpow(&self.x, &self.p).to_bytes_be()
    }
}

fn prime(bits: usize) -> Option<BigUint> {
    let (_, digits) = OAKLEY.iter().find(|(size, _)| *size == bits)?;
    BigUint::parse_bytes(digits, 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_are_safe_primes_of_their_size() {
        for (bits, _) in OAKLEY {
            let p = prime(bits).unwrap();
            assert_eq!(p.bits(), bits as u64);
            assert!(super::super::rsa::is_prime(&p) && super::super::rsa::is_prime(&(p >> 1)), "{bits}");
        }
    }

    #[test]
    fn both_sides_agree() {
        let (a, b) = (DhSecret::new(768).unwrap(), DhSecret::new(768).unwrap());
        assert_eq!(a.agree(&b.params().2), b.agree(&a.params().2));
    }
}
