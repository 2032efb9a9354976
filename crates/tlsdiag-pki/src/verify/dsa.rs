//! DSA (FIPS 186-4 4.7), for certificates of another time.

use super::VerifyError;
use super::ecdsa::numbers;
use crate::der::{Reader, Tag, Tlv};
use crate::key::PublicKey;
use num_bigint::BigUint;

/// Bits of the largest p that is computed with.
const MAX_BITS: u64 = 8_192;

/// Checks a signature over a digest.
pub(super) fn verify(key: &PublicKey, digest: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    let damaged = |_| VerifyError::BadKey("its DSA numbers are damaged");
    let number = |t: Tlv<'_>| BigUint::from_bytes_be(t.content);
    let Some(parameters) = key.parameters().filter(|t| t.tag == Tag::SEQUENCE) else {
        return Err(VerifyError::UnsupportedAlgorithm("DSA with inherited parameters".to_owned()));
    };
    let mut r = parameters.reader();
    let mut next = |what: &'static str| r.expect(Tag::INTEGER, what).map(number).map_err(damaged);
    let (p, q, g) = (next("p")?, next("q")?, next("g")?);
    let y = Reader::new(&key.bits).expect(Tag::INTEGER, "public key y").map(number).map_err(damaged)?;
    if p.bits() > MAX_BITS || q.bits() > p.bits() {
        return Err(VerifyError::UnsupportedAlgorithm(format!("DSA with {} bits", p.bits())));
    }
    let one = BigUint::from(1u8);
    if q <= one || p <= one || g <= one || g >= p || y <= one || y >= p {
        return Err(VerifyError::BadKey("its DSA numbers are out of range"));
    }
    let [r, s] = numbers(signature)?.map(BigUint::from_bytes_be);
    if r == BigUint::ZERO || s == BigUint::ZERO || r >= q || s >= q {
        return Err(VerifyError::BadSignature);
    }
    let excess = (digest.len() as u64).saturating_mul(8).saturating_sub(q.bits());
    let z = BigUint::from_bytes_be(digest) >> excess;
    let w = s.modinv(&q).ok_or(VerifyError::BadSignature)?;
    let (u1, u2) = (z * &w % &q, &r * w % &q);
    let v = g.modpow(&u1, &p) * y.modpow(&u2, &p) % p % q;
    if v == r { Ok(()) } else { Err(VerifyError::BadSignature) }
}
