//! The RSA public operation, RSASSA-PKCS1-v1_5 and RSASSA-PSS verification (RFC 8017 5.2.2, 8.1.2, 8.2.2).

use super::VerifyError;
use crate::algorithm::{Hash, PssParameters};
use crate::key::rsa_numbers;
use num_bigint::BigUint;

/// Largest modulus in bits.
const MAX_MODULUS_BITS: u64 = 16_384;
/// Bound on bits(n)² · bits(e): a full-size exponent up to 4096 bits, a small one up to the largest modulus.
const MAX_WORK: u64 = 1 << 36;

/// Verifies RSASSA-PKCS1-v1_5: the encoded message is made anew and compared whole.
pub(super) fn verify_pkcs1(key: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    let (em, _) = public_operation(key, signature)?;
    let digest = hash.digest(message);
    // RFC 8017 9.2 note 1 and appendix A.2.4: parameters may be NULL or absent in DigestInfo.
    let fits = digest_infos(hash, &digest).iter().any(|info| {
        let Some(padding) = em.len().checked_sub(info.len() + 3).filter(|p| *p >= 8) else { return false };
        let mut expected = vec![0x00, 0x01];
        expected.resize(2 + padding, 0xff);
        expected.push(0x00);
        expected.extend_from_slice(info);
        expected == em
    });
    if fits { Ok(()) } else { Err(VerifyError::BadSignature) }
}

/// Verifies RSASSA-PSS (EMSA-PSS-VERIFY, RFC 8017 9.1.2).
pub(super) fn verify_pss(key: &[u8], p: &PssParameters, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    let (em, modulus_bits) = public_operation(key, signature)?;
    let bad = || VerifyError::BadSignature;
    let em_bits = modulus_bits.checked_sub(1).ok_or_else(bad)?;
    let em_len = usize::try_from(em_bits.div_ceil(8)).map_err(|_| bad())?;
    // For a modulus of 8k+1 bits the encoded message is one octet shorter than the modulus.
    let skip = em.len().checked_sub(em_len).ok_or_else(bad)?;
    let (extra, em) = em.split_at(skip);
    if extra.iter().any(|b| *b != 0) {
        return Err(bad());
    }
    let h_len = p.hash.digest_len();
    let (em, trailer) = em.split_at(em.len().saturating_sub(1));
    if trailer != [0xbc] {
        return Err(bad());
    }
    let db_len = em.len().checked_sub(h_len).ok_or_else(bad)?;
    let (masked, h) = em.split_at(db_len);
    let mut db: Vec<u8> = masked.iter().zip(mgf1(p.mgf_hash, h, db_len)).map(|(a, b)| a ^ b).collect();
    let top_bits = (em_len as u64 * 8).saturating_sub(em_bits);
    let first = masked.first().ok_or_else(bad)?;
    let keep = 0xffu8 >> top_bits.min(7);
    if first & !keep != 0 {
        return Err(bad());
    }
    if let Some(b) = db.first_mut() {
        *b &= keep;
    }
    let salt_at = db_len.checked_sub(p.salt_len).filter(|at| *at >= 1).ok_or_else(bad)?;
    let (padding, salt) = db.split_at(salt_at);
    if !matches!(padding.split_last(), Some((1, zeros)) if zeros.iter().all(|b| *b == 0)) {
        return Err(bad());
    }
    let hashed = p.hash.digest(message);
    let again = p.hash.digest(&[&[0u8; 8], hashed.as_slice(), salt].concat());
    if again == h { Ok(()) } else { Err(bad()) }
}

/// s^e mod n as octets of the modulus' length, and the modulus' length in bits.
fn public_operation(key: &[u8], signature: &[u8]) -> Result<(Vec<u8>, u64), VerifyError> {
    let (n, e) = rsa_numbers(key).map_err(|_| VerifyError::BadKey("its RSA numbers are damaged"))?;
    if n.first().is_some_and(|b| b & 0x80 != 0) && n.len() > 2_049 {
        return Err(VerifyError::BadKey("the modulus is negative"));
    }
    let n = BigUint::from_bytes_be(n);
    let e = BigUint::from_bytes_be(e);
    let bits = n.bits();
    if bits > MAX_MODULUS_BITS {
        return Err(VerifyError::UnsupportedAlgorithm(format!("RSA with a modulus of {bits} bits")));
    }
    // An even or tiny modulus is no product of two odd primes.
    if bits < 16 || !n.bit(0) {
        return Err(VerifyError::BadKey("the modulus is no product of primes"));
    }
    if e.bits() < 2 || !e.bit(0) {
        return Err(VerifyError::BadKey("the public exponent is 1 or even"));
    }
    if bits.saturating_mul(bits).saturating_mul(e.bits()) > MAX_WORK {
        return Err(VerifyError::UnsupportedAlgorithm(format!("RSA with an exponent of {} bits", e.bits())));
    }
    let len = usize::try_from(bits.div_ceil(8)).map_err(|_| VerifyError::BadSignature)?;
    let s = BigUint::from_bytes_be(signature);
    if signature.len() != len || s >= n {
        return Err(VerifyError::BadSignature);
    }
    let m = s.modpow(&e, &n).to_bytes_be();
    let mut em = vec![0u8; len.saturating_sub(m.len())];
    em.extend_from_slice(&m);
    Ok((em, bits))
}

fn mgf1(hash: Hash, seed: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len + 64);
    let mut counter = 0u32;
    while out.len() < len {
        out.extend(hash.digest(&[seed, &counter.to_be_bytes()].concat()));
        counter = counter.wrapping_add(1);
    }
    out.truncate(len);
    out
}

/// The DER DigestInfo, with NULL parameters and without. MD5+SHA-1 has none: the bare digest is signed.
fn digest_infos(hash: Hash, digest: &[u8]) -> Vec<Vec<u8>> {
    let Some(id) = hash.oid() else { return vec![digest.to_vec()] };
    [true, false]
        .into_iter()
        .map(|null| {
            // Every length is below 128, so one octet each.
            let mut algorithm = vec![0x06, id.len() as u8];
            algorithm.extend_from_slice(id);
            if null {
                algorithm.extend_from_slice(&[0x05, 0x00]);
            }
            let mut body = vec![0x30, algorithm.len() as u8];
            body.extend(algorithm);
            body.extend_from_slice(&[0x04, digest.len() as u8]);
            body.extend_from_slice(digest);
            let mut info = vec![0x30, body.len() as u8];
            info.extend(body);
            info
        })
        .collect()
}
