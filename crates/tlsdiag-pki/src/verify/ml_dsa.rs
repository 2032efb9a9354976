//! ML-DSA, pure and with an empty context (FIPS 204 algorithm 3, RFC 9881 3).

use super::VerifyError;
use crate::algorithm::MlDsa;
use ::ml_dsa::signature::Verifier as _;
use ::ml_dsa::{EncodedVerifyingKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, VerifyingKey};

/// Checks a signature with a key of the set.
pub(super) fn verify(set: MlDsa, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    match set {
        MlDsa::MlDsa44 => check::<MlDsa44>(key, message, signature),
        MlDsa::MlDsa65 => check::<MlDsa65>(key, message, signature),
        MlDsa::MlDsa87 => check::<MlDsa87>(key, message, signature),
    }
}

fn check<P: MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    let key = EncodedVerifyingKey::<P>::try_from(key).map_err(|_| VerifyError::BadKey("of another length"))?;
    let signature = Signature::<P>::try_from(signature).map_err(|_| VerifyError::BadSignature)?;
    VerifyingKey::<P>::decode(&key).verify(message, &signature).map_err(|_| VerifyError::BadSignature)
}
