//! Writes the seeds of the fuzz target `certificates`: `cargo run --example certificate_seeds -- fuzz/corpus/certificates`.
//!
//! Keys are derived from labels and the time is fixed, so a second run writes the same octets.

use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner as _};
use std::path::PathBuf;
use tlsdiag_pki::extensions::{NameConstraints, Subtree};
use tlsdiag_pki::make::{
    CertificateMaker, CrlMaker, Extension, OcspMaker, RevokedEntry, San, Signer, ec_spki, ocsp_error,
};
use tlsdiag_pki::revocation::RevocationReason;
use tlsdiag_pki::{Certificate, Hash, SignatureAlgorithm, ocsp, oid, pem, writer};

/// 2026-11-24T00:00:00Z
const NOW: i64 = 1_795_478_400;

struct Key(SigningKey);

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        ec_spki(oid::P256, self.0.verifying_key().to_sec1_point(false).as_bytes())
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }
    fn sign(&self, _: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let signature: Option<Signature> = self.0.sign_prehash(&Hash::Sha256.digest(message)).ok();
        signature.map(|s| s.to_der().as_bytes().to_vec()).unwrap_or_default()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(std::env::args().nth(1).ok_or("usage: certificate_seeds FOLDER")?);
    std::fs::create_dir_all(&dir)?;
    let key = |label: &str| SigningKey::from_slice(&Hash::Sha256.digest(label.as_bytes())).map(Key);
    let (root_key, ca_key, leaf_key) = (key("root")?, key("ca")?, key("leaf")?);
    let root = Certificate::from_der(&CertificateMaker::root("Seed Root", &root_key, NOW).sign(&root_key))?;
    let constraints = NameConstraints {
        permitted: vec![
            Subtree::Dns("example.kr".into()),
            Subtree::Ip { network: vec![10, 0, 0, 0], mask: vec![255, 0, 0, 0] },
        ],
        excluded: vec![Subtree::Directory(root.subject.clone()), Subtree::Email(".example.com".into())],
        critical: true,
    };
    let ca =
        CertificateMaker::intermediate("Seed CA", &ca_key, &root, NOW).set(Extension::name_constraints(&constraints));
    let ca = Certificate::from_der(&ca.sign(&root_key))?;
    let full = CertificateMaker::leaf(&["shop.example.kr"], &leaf_key, &ca, NOW)
        .set(Extension::san(&[
            San::Dns("*.example.kr".into()),
            San::Ip("192.0.2.1".parse()?),
            San::Ip("2001:db8::1".parse()?),
            San::Email("a@example.kr".into()),
            San::Uri("https://example.kr/".into()),
        ]))
        .set(Extension::authority_info_access(&["http://ca.example/i.crt"], &["http://ocsp.example/"]))
        .set(Extension::crl_distribution_points(&["http://crl.example/c.crl"]))
        .set(Extension::policies(&[&[0x67, 0x81, 0x0c, 1, 2, 1]]))
        .set(Extension::must_staple());
    let leaf = Certificate::from_der(&full.sign(&ca_key))?;
    let mut odd = full.clone();
    (odd.serial, odd.version, odd.trailing) = (vec![], 0, vec![1, 2, 3]);
    odd.extensions.push(Extension::key_usage(0));
    let mut crl = CrlMaker::new(&ca, NOW);
    crl.revoked.push(RevokedEntry { serial: leaf.serial.to_vec(), at: NOW, reason: Some(RevocationReason(1)) });
    let signed_data = writer::sequence(&[
        writer::oid(oid::PKCS7_SIGNED_DATA),
        writer::explicit(
            0,
            &writer::sequence(&[
                writer::small(1),
                writer::set::<Vec<u8>>(&[]),
                writer::sequence(&[writer::oid(oid::PKCS7_DATA)]),
                writer::explicit(0, &[&leaf.der[..], &ca.der[..]].concat()),
                writer::set::<Vec<u8>>(&[]),
            ]),
        ),
    ]);
    let revoked = ocsp::OcspAnswer::Revoked { at: NOW, reason: Some(RevocationReason(4)) };
    let seeds: Vec<(&str, Vec<u8>)> = vec![
        ("root.der", root.der.to_vec()),
        ("ca-name-constraints.der", ca.der.to_vec()),
        ("leaf-all-extensions.der", leaf.der.to_vec()),
        ("leaf-odd.der", odd.sign(&ca_key)),
        ("chain.pem", (leaf.to_pem() + &ca.to_pem()).into_bytes()),
        ("chain.p7b", signed_data.clone()),
        ("chain-p7b.pem", pem::encode("PKCS7", &signed_data).into_bytes()),
        ("list.crl", crl.sign(&ca_key)),
        ("good.ocsp", OcspMaker::new(&leaf, &ca, ocsp::OcspAnswer::Good, NOW).sign(&ca_key)),
        ("revoked.ocsp", OcspMaker::new(&leaf, &ca, revoked, NOW).sign(&ca_key)),
        ("try-later.ocsp", ocsp_error(3)),
    ];
    for (name, octets) in seeds {
        std::fs::write(dir.join(name), octets)?;
    }
    Ok(())
}
