//! Signature checks by aws-lc for the algorithms of today's certificates; the pure Rust verifier does the rest.
use aws_lc_rs::signature as aws;
use tlsdiag_pki::der::{Reader, Tag};
use tlsdiag_pki::{Hash, RustVerifier, SignatureAlgorithm, Verifier, VerifyError, oid};

/// Checks RSA from 2048 to 8192 bits, ECDSA on P-256, P-384 and P-521, and Ed25519 with aws-lc, all else in Rust.
///
/// A signature that aws-lc refuses is looked at once more by the Rust verifier, which tells a signature that does not fit
/// from a key of a form that aws-lc does not take (compressed points, odd exponents): both agree on what is right.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLcVerifier;

impl Verifier for AwsLcVerifier {
    fn verify(
        &self,
        algorithm: &SignatureAlgorithm,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let fast = key(spki).and_then(|key| Some((method(algorithm, &key)?, key.bits)));
        if let Some((method, bits)) = fast
            && aws::UnparsedPublicKey::new(method, bits).verify(message, signature).is_ok()
        {
            return Ok(());
        }
        RustVerifier.verify(algorithm, spki, message, signature)
    }
}

/// A SubjectPublicKeyInfo without its frame.
struct Key<'a> {
    algorithm: &'a [u8],
    curve: &'a [u8],
    bits: &'a [u8],
}

fn key(spki: &[u8]) -> Option<Key<'_>> {
    let mut r = Reader::new(spki).expect(Tag::SEQUENCE, "SubjectPublicKeyInfo").ok()?.reader();
    let mut a = r.expect(Tag::SEQUENCE, "algorithm").ok()?.reader();
    let algorithm = a.expect(Tag::OID, "algorithm").ok()?.content;
    let curve = a.expect(Tag::OID, "curve").map_or(&[][..], |t| t.content);
    let (unused, bits) = r.expect(Tag::BIT_STRING, "subjectPublicKey").ok()?.bits().ok()?;
    (unused == 0).then_some(Key { algorithm, curve, bits })
}

fn method(algorithm: &SignatureAlgorithm, key: &Key<'_>) -> Option<&'static dyn aws::VerificationAlgorithm> {
    use SignatureAlgorithm as S;
    Some(match (algorithm, key.algorithm, key.curve) {
        (S::RsaPkcs1(Hash::Sha256), oid::RSA, _) => &aws::RSA_PKCS1_2048_8192_SHA256,
        (S::RsaPkcs1(Hash::Sha384), oid::RSA, _) => &aws::RSA_PKCS1_2048_8192_SHA384,
        (S::RsaPkcs1(Hash::Sha512), oid::RSA, _) => &aws::RSA_PKCS1_2048_8192_SHA512,
        (S::Ecdsa(Hash::Sha256), oid::EC, oid::P256) => &aws::ECDSA_P256_SHA256_ASN1,
        (S::Ecdsa(Hash::Sha384), oid::EC, oid::P256) => &aws::ECDSA_P256_SHA384_ASN1,
        (S::Ecdsa(Hash::Sha256), oid::EC, oid::P384) => &aws::ECDSA_P384_SHA256_ASN1,
        (S::Ecdsa(Hash::Sha384), oid::EC, oid::P384) => &aws::ECDSA_P384_SHA384_ASN1,
        (S::Ecdsa(Hash::Sha256), oid::EC, oid::P521) => &aws::ECDSA_P521_SHA256_ASN1,
        (S::Ecdsa(Hash::Sha384), oid::EC, oid::P521) => &aws::ECDSA_P521_SHA384_ASN1,
        (S::Ecdsa(Hash::Sha512), oid::EC, oid::P521) => &aws::ECDSA_P521_SHA512_ASN1,
        (S::Ed25519, oid::ED25519, _) => &aws::ED25519,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_pki::Certificate;

    /// A self-signed certificate of each kind that aws-lc makes.
    fn made() -> Vec<Certificate> {
        use rcgen::{CertificateParams, KeyPair};
        let kinds = [
            &rcgen::PKCS_ECDSA_P256_SHA256,
            &rcgen::PKCS_ECDSA_P384_SHA384,
            &rcgen::PKCS_ECDSA_P521_SHA512,
            &rcgen::PKCS_ED25519,
            &rcgen::PKCS_RSA_SHA256,
            &rcgen::PKCS_RSA_SHA512,
        ];
        let make = |kind| {
            let key = KeyPair::generate_for(kind).unwrap();
            let cert = CertificateParams::new(vec!["one.example".to_owned()]).unwrap().self_signed(&key).unwrap();
            Certificate::from_der(cert.der()).unwrap()
        };
        kinds.into_iter().map(make).collect()
    }

    #[test]
    fn right_signatures_pass_and_altered_ones_do_not() {
        for c in made() {
            let fast = key(&c.public_key.spki).and_then(|k| method(&c.signature_algorithm, &k));
            assert!(fast.is_some(), "{c:?}: aws-lc is to check it");
            assert_eq!(c.signed_by(&c.public_key, &AwsLcVerifier), Ok(()), "{c:?}");
            let mut altered = c.signature().to_vec();
            *altered.last_mut().unwrap() ^= 1;
            let told = AwsLcVerifier.verify(&c.signature_algorithm, &c.public_key.spki, c.tbs(), &altered);
            assert_eq!(told, Err(VerifyError::BadSignature), "{c:?}");
            let mut other = c.tbs().to_vec();
            *other.last_mut().unwrap() ^= 1;
            let told = AwsLcVerifier.verify(&c.signature_algorithm, &c.public_key.spki, &other, c.signature());
            assert_eq!(told, Err(VerifyError::BadSignature), "{c:?}");
        }
    }

    #[test]
    fn a_key_of_another_kind_is_told_from_a_bad_signature() {
        let all = made();
        let (ec, rsa) = (&all[0], &all[4]);
        let told = AwsLcVerifier.verify(&ec.signature_algorithm, &rsa.public_key.spki, ec.tbs(), ec.signature());
        assert_eq!(told, Err(VerifyError::KeyMismatch));
    }
}
