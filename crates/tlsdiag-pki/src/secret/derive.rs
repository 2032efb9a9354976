//! Keys out of passwords: PBKDF1, PBKDF2, PKCS#12's own derivation, scrypt. All bounded before any work is done.

use super::{Digest, SecretError};
use zeroize::Zeroizing;

/// Purpose octets of the PKCS#12 derivation (RFC 7292 B.3).
pub(crate) mod purpose {
    pub(crate) const KEY: u8 = 1;
    pub(crate) const IV: u8 = 2;
    pub(crate) const MAC: u8 = 3;
}

/// The derivation of RFC 7292 B.2. `password` is already coded, its closing zero included.
pub(crate) fn pkcs12(
    digest: Digest,
    purpose: u8,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let v = digest.block();
    let diversifier = vec![purpose; v];
    let mut blocks = Zeroizing::new(fill(salt, v));
    blocks.extend_from_slice(&Zeroizing::new(fill(password, v)));
    let mut out = Zeroizing::new(Vec::with_capacity(length.saturating_add(digest.size())));
    loop {
        let mut a = digest.of(&[&diversifier, &blocks]);
        for _ in 1..iterations.max(1) {
            a = digest.of(&[&a]);
        }
        out.extend_from_slice(&a);
        if out.len() >= length {
            out.truncate(length);
            return out;
        }
        // I_j = I_j + B + 1 mod 2^(8v), B being A repeated to v octets
        for block in blocks.chunks_mut(v) {
            let mut carry = 1u16;
            for (i, octet) in block.iter_mut().enumerate().rev() {
                let b = a.get(i % a.len().max(1)).copied().unwrap_or(0);
                let sum = u16::from(*octet) + u16::from(b) + carry;
                *octet = sum as u8;
                carry = sum >> 8;
            }
        }
    }
}

/// PBKDF1 (RFC 8018 5.1); at most one hash long.
pub(crate) fn pbkdf1(
    digest: Digest,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let mut a = digest.of(&[password, salt]);
    for _ in 1..iterations.max(1) {
        a = digest.of(&[&a]);
    }
    a.truncate(length);
    a
}

/// PBKDF2 (RFC 8018 5.2). Iterations beyond 2^32 are refused.
pub(crate) fn pbkdf2(
    digest: Digest,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let rounds = u32::try_from(iterations.max(1))
        .map_err(|_| SecretError::TooManyIterations { found: iterations, limit: u64::from(u32::MAX) })?;
    let mut out = Zeroizing::new(vec![0; length]);
    digest.pbkdf2(password, salt, rounds, &mut out);
    Ok(out)
}

/// scrypt (RFC 7914). The caller has checked the memory that it takes.
pub(crate) fn scrypt(
    password: &[u8],
    salt: &[u8],
    (n, r, p): (u64, u32, u32),
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let bad = || SecretError::Malformed(crate::der::DerError::value(0, "scrypt parameters of RFC 7914", "others"));
    if !n.is_power_of_two() || n < 2 {
        return Err(bad());
    }
    let params = scrypt::Params::new(n.trailing_zeros() as u8, r, p).map_err(|_| bad())?;
    let mut out = Zeroizing::new(vec![0; length]);
    scrypt::scrypt(password, salt, &params, &mut out).map_err(|_| bad())?;
    Ok(out)
}

/// The octets repeated to a multiple of `v`; nothing stays nothing.
fn fill(octets: &[u8], v: usize) -> Vec<u8> {
    let length = octets.len().div_ceil(v).saturating_mul(v);
    octets.iter().copied().cycle().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::hex;

    #[test]
    fn pbkdf2_known_answers() {
        // RFC 6070 and RFC 7914 11
        assert_eq!(
            hex(&pbkdf2(Digest::Sha1, b"password", b"salt", 4096, 20).unwrap()),
            "4b007901b765489abead49d926f721d065a429c1"
        );
        assert_eq!(
            hex(&pbkdf2(Digest::Sha256, b"passwd", b"salt", 1, 16).unwrap()),
            "55ac046e56e3089fec1691c22544b605"
        );
        assert!(matches!(
            pbkdf2(Digest::Sha1, b"", b"", 1 << 40, 8),
            Err(SecretError::TooManyIterations { found, .. }) if found == 1 << 40
        ));
    }

    #[test]
    fn scrypt_known_answer() {
        // RFC 7914 12
        assert_eq!(hex(&scrypt(b"password", b"NaCl", (1024, 8, 16), 16).unwrap()), "fdbabe1c9d3472007856e7190d01e9fe");
        assert!(scrypt(b"", b"", (1000, 8, 1), 16).is_err());
    }

    #[test]
    fn pkcs12_fills_and_carries() {
        assert_eq!(fill(b"ab", 5), b"ababa");
        assert_eq!(fill(b"", 5), b"");
        // A longer output starts with a shorter one, also beyond one hash.
        let long = pkcs12(Digest::Sha1, purpose::KEY, &[0, b'a', 0, 0], b"saltsalt", 3, 64);
        let short = pkcs12(Digest::Sha1, purpose::KEY, &[0, b'a', 0, 0], b"saltsalt", 3, 10);
        assert_eq!(long.get(..10), Some(&short[..]));
        assert_eq!(long.len(), 64);
    }
}
