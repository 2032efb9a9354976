//! ECDSA with any hash on the NIST curves (FIPS 186-5 6.4.2, RFC 5480).

use super::VerifyError;
use crate::der::{Reader, Tag, strip_zeros};

/// r and s, and the digest, as octet strings of the field's length.
struct Parts {
    rs: Vec<u8>,
    digest: Vec<u8>,
}

/// SEQUENCE of two INTEGERs. A digest shorter than the field is the same number with zeros before it; one that is
/// longer is cut by the curve code.
fn parts(digest: &[u8], signature: &[u8], field: usize) -> Result<Parts, VerifyError> {
    let bad = |_| VerifyError::BadSignature;
    let outer = Reader::new(signature).expect(Tag::SEQUENCE, "Ecdsa-Sig-Value").map_err(bad)?;
    let mut r = outer.reader();
    let mut rs = vec![0u8; field * 2];
    for i in 0..2 {
        let number = strip_zeros(r.expect(Tag::INTEGER, "r or s").map_err(bad)?.content);
        let end = field * (i + 1);
        let slot = end.checked_sub(number.len()).filter(|start| *start >= field * i).and_then(|s| rs.get_mut(s..end));
        slot.ok_or(VerifyError::BadSignature)?.copy_from_slice(number);
    }
    if !r.is_empty() || outer.raw.len() != signature.len() {
        return Err(VerifyError::BadSignature);
    }
    let mut padded = vec![0u8; field.saturating_sub(digest.len())];
    padded.extend_from_slice(digest);
    Ok(Parts { rs, digest: padded })
}

macro_rules! curve {
    ($name:ident, $krate:ident, $field:literal) => {
        /// Checks a signature with an uncompressed or compressed point.
        pub(super) fn $name(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
            use $krate::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};
            let key = VerifyingKey::from_sec1_bytes(point).map_err(|_| VerifyError::BadKey("no point of the curve"))?;
            let parts = parts(digest, signature, $field)?;
            let signature = Signature::from_slice(&parts.rs).map_err(|_| VerifyError::BadSignature)?;
            key.verify_prehash(&parts.digest, &signature).map_err(|_| VerifyError::BadSignature)
        }
    };
}

curve!(p256, p256, 32);
curve!(p384, p384, 48);
curve!(p521, p521, 66);
