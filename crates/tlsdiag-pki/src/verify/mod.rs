//! Signature checks: the seam through which any cryptography can be put, and the pure Rust one built in.

mod dsa;
mod ecdsa;
mod ml_dsa;
mod rsa;

use crate::algorithm::SignatureAlgorithm;
use crate::key::{Curve, KeyKind, PublicKey};
use std::fmt;

/// Checks signatures. Weakness of an algorithm is no error here: that a signature is made with MD5 is for
/// [`SignatureAlgorithm::is_weak`] to say, whether it is right is said here.
pub trait Verifier: Send + Sync {
    /// Checks `signature` over `message`.
    ///
    /// `spki` is the DER of the signer's SubjectPublicKeyInfo. Errors tell a signature that does not fit from one that
    /// cannot be checked.
    fn verify(
        &self,
        algorithm: &SignatureAlgorithm,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError>;
}

/// Why a signature could not be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// The signature is not that key's over that message.
    BadSignature,
    /// The algorithm, curve or its parameters cannot be checked here.
    UnsupportedAlgorithm(String),
    /// The key is of another kind than the algorithm needs: an issuer with that key cannot have made the signature.
    KeyMismatch,
    /// The key itself cannot be used: damaged, or of a form that nobody should compute with.
    BadKey(&'static str),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::BadSignature => f.write_str("the signature does not fit"),
            VerifyError::UnsupportedAlgorithm(a) => write!(f, "{a} cannot be checked"),
            VerifyError::KeyMismatch => f.write_str("the key is of another kind than the signature"),
            VerifyError::BadKey(why) => write!(f, "the key cannot be used: {why}"),
        }
    }
}

impl std::error::Error for VerifyError {}

/// The built-in verifier: RSA PKCS#1 v1.5 and PSS with MD2 to SHA-3 and keys of any size, ECDSA on every named curve
/// (written out or not) with any hash, DSA, Ed25519, Ed448, ML-DSA.
#[derive(Clone, Copy, Debug, Default)]
pub struct RustVerifier;

impl Verifier for RustVerifier {
    fn verify(
        &self,
        algorithm: &SignatureAlgorithm,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        verify_raw(algorithm, spki, message, signature)
    }
}

/// Checks one signature with the built-in verifier; for ServerKeyExchange and CertificateVerify take the algorithm from
/// [`SignatureAlgorithm::from_tls_scheme`].
pub fn verify_raw(
    algorithm: &SignatureAlgorithm,
    spki: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let key = PublicKey::from_der(spki).map_err(|_| VerifyError::BadKey("its encoding is damaged"))?;
    let unsupported = || Err(VerifyError::UnsupportedAlgorithm(algorithm.to_string()));
    match (algorithm, &key.kind) {
        (SignatureAlgorithm::RsaPkcs1(hash), KeyKind::Rsa { pss_only: false, .. }) => {
            rsa::verify_pkcs1(&key.bits, *hash, message, signature)
        }
        (SignatureAlgorithm::RsaPss(p), KeyKind::Rsa { .. }) => {
            // RFC 4055 3.3: what the key's own parameters restrict it to.
            let allowed = key
                .pss_restriction()
                .is_none_or(|only| only.hash == p.hash && only.mgf_hash == p.mgf_hash && only.salt_len <= p.salt_len);
            if !allowed {
                return Err(VerifyError::KeyMismatch);
            }
            rsa::verify_pss(&key.bits, p, message, signature)
        }
        (SignatureAlgorithm::Ecdsa(hash), KeyKind::Ec(curve)) => {
            let digest = hash.digest(message);
            match curve {
                Curve::P256 => ecdsa::p256(&key.bits, &digest, signature),
                Curve::P384 => ecdsa::p384(&key.bits, &digest, signature),
                Curve::P521 => ecdsa::p521(&key.bits, &digest, signature),
                Curve::Other(_) | Curve::Explicit => match key.curve() {
                    Some(named) => ecdsa::any(named, &key.bits, &digest, signature),
                    None => Err(VerifyError::UnsupportedAlgorithm(format!("{algorithm} on {}", key.kind))),
                },
            }
        }
        (SignatureAlgorithm::Ed25519, KeyKind::Ed25519) => ed25519(&key.bits, message, signature),
        (SignatureAlgorithm::Ed448, KeyKind::Ed448) => ed448(&key.bits, message, signature),
        (SignatureAlgorithm::Dsa(hash), KeyKind::Dsa { .. }) => dsa::verify(&key, &hash.digest(message), signature),
        (SignatureAlgorithm::MlDsa(set), KeyKind::MlDsa(of)) if set == of => {
            ml_dsa::verify(*set, &key.bits, message, signature)
        }
        (SignatureAlgorithm::Unknown(_), _) | (_, KeyKind::Unknown(_)) => unsupported(),
        _ => Err(VerifyError::KeyMismatch),
    }
}

fn ed448(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    use crate::group::ed448::{Fault, LEN, verify};
    if key.len() != LEN {
        return Err(VerifyError::BadKey("an Ed448 key has 57 octets"));
    }
    verify(key, message, signature).map_err(|fault| match fault {
        Fault::Point => VerifyError::BadKey("no point of the curve"),
        Fault::Signature => VerifyError::BadSignature,
    })
}

fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
    let key = <&[u8; 32]>::try_from(key).map_err(|_| VerifyError::BadKey("an Ed25519 key has 32 octets"))?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| VerifyError::BadKey("no point of the curve"))?;
    let signature = Signature::from_slice(signature).map_err(|_| VerifyError::BadSignature)?;
    key.verify(message, &signature).map_err(|_| VerifyError::BadSignature)
}
