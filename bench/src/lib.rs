//! Distinct chains for measuring: root, intermediate, leaf, all names, serials and leaf keys different.
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use std::sync::Arc;
use tlsdiag_pki::make::{CertificateMaker, Signer};
use tlsdiag_pki::{Certificate, Hash, SignatureAlgorithm};

/// When the chains are valid, unix seconds.
pub const TIME: i64 = 1_795_521_600;

/// What signs.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// RSA with 2048 bits and SHA-256.
    Rsa2048,
    /// ECDSA on P-256 with SHA-256.
    P256,
}

/// A chain and the name of its leaf.
pub struct Chain {
    /// The host that the leaf is for.
    pub host: String,
    /// DER of the leaf.
    pub leaf: Vec<u8>,
    /// DER of its issuer.
    pub intermediate: Vec<u8>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl Key {
    fn new(kind: Kind) -> Key {
        match kind {
            Kind::Rsa2048 => Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")),
            Kind::P256 => Key::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key")),
        }
    }
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        match self {
            Key::Rsa(k) => k.public_key().as_der().expect("DER").as_ref().to_vec(),
            Key::Ec(k) => k.public_key().as_der().expect("DER").as_ref().to_vec(),
        }
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Key::Rsa(_) => SignatureAlgorithm::RsaPkcs1(Hash::Sha256),
            Key::Ec(_) => SignatureAlgorithm::Ecdsa(Hash::Sha256),
        }
    }
    fn sign(&self, _: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Key::Rsa(k) => {
                let mut out = vec![0; k.public_modulus_len()];
                k.sign(&RSA_PKCS1_SHA256, &random, message, &mut out).expect("a signature");
                out
            }
            Key::Ec(k) => k.sign(&random, message).expect("a signature").as_ref().to_vec(),
        }
    }
}

/// Roots, and chains below them: eight roots, an intermediate of its own for each chain.
///
/// Making an RSA key takes long, so 64 keys serve the intermediates and the leaves in turn; every certificate has its own
/// name, serial number and signature.
pub fn chains(kind: Kind, count: usize) -> (Vec<Vec<u8>>, Vec<Chain>) {
    let roots: Vec<(Key, Arc<Certificate>)> = (0..8)
        .map(|i| {
            let key = Key::new(kind);
            let der = CertificateMaker::root(&format!("Bench Root {i}"), &key, TIME).sign(&key);
            (key, Arc::new(Certificate::from_der(&der).expect("a certificate")))
        })
        .collect();
    let keys: Vec<Key> = (0..64).map(|_| Key::new(kind)).collect();
    let made = (0..count).map(|i| {
        let (root_key, root) = &roots[i % roots.len()];
        let (own, issuing) = (&keys[(i * 7 + 3) % keys.len()], &keys[i % keys.len()]);
        let serial = |n: usize| [&[1u8][..], &(n as u64).to_be_bytes()].concat();
        let mut maker = CertificateMaker::intermediate(&format!("Bench CA {i}"), issuing, root, TIME);
        maker.serial = serial(2 * i);
        let intermediate = maker.sign(root_key);
        let read = Certificate::from_der(&intermediate).expect("a certificate");
        let host = format!("www{i}.bench.example");
        let mut maker = CertificateMaker::leaf(&[&host, &format!("bench{i}.example")], own, &read, TIME);
        maker.serial = serial(2 * i + 1);
        Chain { leaf: maker.sign(issuing), intermediate, host }
    });
    let made = made.collect();
    (roots.iter().map(|(_, c)| c.der.to_vec()).collect(), made)
}
