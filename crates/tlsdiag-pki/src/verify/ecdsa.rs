//! ECDSA with any hash (FIPS 186-5 6.4.2, RFC 5480): the curves that everybody uses by their crates, the others by our
//! own arithmetic.

use super::VerifyError;
use crate::curve::NamedCurve;
use crate::der::{Reader, Tag, strip_zeros};
use crate::group::{self, EcdsaFault};

/// Checks a signature on any named curve.
pub(super) fn any(
    curve: &'static NamedCurve,
    point: &[u8],
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let [r, s] = numbers(signature)?;
    group::ecdsa(curve, point, digest, r, s).map_err(|fault| match fault {
        EcdsaFault::Point => VerifyError::BadKey("no point of the curve"),
        EcdsaFault::Signature => VerifyError::BadSignature,
    })
}

/// r and s of a SEQUENCE of two INTEGERs (also DSA's, RFC 3279 2.2.2 and 2.2.3), without leading zeros.
pub(super) fn numbers(signature: &[u8]) -> Result<[&[u8]; 2], VerifyError> {
    let bad = |_| VerifyError::BadSignature;
    let outer = Reader::new(signature).expect(Tag::SEQUENCE, "Ecdsa-Sig-Value").map_err(bad)?;
    let mut r = outer.reader();
    let mut number = || r.expect(Tag::INTEGER, "r or s").map_err(bad).map(|t| strip_zeros(t.content));
    let both = [number()?, number()?];
    if r.is_empty() && outer.raw.len() == signature.len() { Ok(both) } else { Err(VerifyError::BadSignature) }
}

/// r and s, and the digest, as octet strings of the field's length.
struct Parts {
    rs: Vec<u8>,
    digest: Vec<u8>,
}

/// A digest shorter than the field is the same number with zeros before it; one that is longer is cut by the curve
/// code.
fn parts(digest: &[u8], signature: &[u8], field: usize) -> Result<Parts, VerifyError> {
    let mut rs = vec![0u8; field * 2];
    for (i, number) in numbers(signature)?.into_iter().enumerate() {
        let end = field * (i + 1);
        let slot = end.checked_sub(number.len()).filter(|start| *start >= field * i).and_then(|s| rs.get_mut(s..end));
        slot.ok_or(VerifyError::BadSignature)?.copy_from_slice(number);
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
