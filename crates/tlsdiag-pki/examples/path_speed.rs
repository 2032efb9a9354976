//! What reading certificates and building their path costs beside signatures: a thousand chains of leaf, intermediate
//! and root, made here, with a verifier that takes every signature. Prints microseconds per certificate.
//!
//! `cargo run --release -p tlsdiag-pki --features make --example path_speed`
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use tlsdiag_pki::make::{CertificateMaker, Extension, Signer, ec_spki};
use tlsdiag_pki::{
    AnchorSet, Certificate, Hash, Host, Limits, Purpose, Question, SignatureAlgorithm, Verifier, VerifyError, oid,
    paths,
};

/// 2026-11-24T00:00:00Z
const NOW: i64 = 1_795_478_400;
const CHAINS: usize = 1_000;
const ROUNDS: usize = 20;

/// A key that is none: a point made of a hash, and signatures of nothing.
struct Dummy(String);

impl Signer for Dummy {
    fn spki(&self) -> Vec<u8> {
        let digest = Hash::Sha512.digest(self.0.as_bytes());
        ec_spki(oid::P256, &[&[4], digest.as_slice()].concat())
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }
    fn sign(&self, _: &SignatureAlgorithm, _: &[u8]) -> Vec<u8> {
        vec![0x30; 71]
    }
}

struct TakesAll;

impl Verifier for TakesAll {
    fn verify(&self, _: &SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
        Ok(())
    }
}

fn main() {
    let chains: Vec<[Vec<u8>; 3]> = (0..CHAINS).map(make).collect();
    let octets: usize = chains.iter().flatten().map(Vec::len).sum();
    println!("{} octets a certificate", octets / (3 * CHAINS));
    let host = Host::parse("shop.example.kr").unwrap();
    let (mut reading, mut building) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let (mut read_seconds, mut build_seconds) = (0.0, 0.0);
        for [leaf, int, root] in &chains {
            let start = Instant::now();
            let read = |der: &[u8]| Arc::new(Certificate::from_der(der).unwrap());
            let (leaf, sent_int, root) = (read(leaf), read(int), read(root));
            read_seconds += start.elapsed().as_secs_f64();
            let mut set = AnchorSet::new("one");
            set.add(&root);
            let start = Instant::now();
            let sent = [leaf.clone(), sent_int];
            let found = paths(&Question {
                leaf: &leaf,
                sent: &sent,
                extra: &[],
                anchors: &[&set],
                time: NOW,
                purpose: Purpose::ServerAuth,
                host: Some(&host),
                verifier: &TakesAll,
                limits: Limits::default(),
            });
            assert!(found.paths.first().is_some_and(|p| p.is_valid()), "{found:#?}");
            black_box(found);
            build_seconds += start.elapsed().as_secs_f64();
        }
        reading = reading.min(read_seconds);
        building = building.min(build_seconds);
    }
    let each = |seconds: f64| seconds * 1e6 / (3 * CHAINS) as f64;
    println!("reading  {:6.2} us a certificate", each(reading));
    println!("building {:6.2} us a certificate", each(building));
}

fn make(i: usize) -> [Vec<u8>; 3] {
    let key = |what: &str| Dummy(format!("{what} {i}"));
    let (root_key, int_key, leaf_key) = (key("root"), key("int"), key("leaf"));
    let read = |der: &[u8]| Certificate::from_der(der).unwrap();
    let root = CertificateMaker::root(&format!("Speed Root {i}"), &root_key, NOW).sign(&root_key);
    let int = CertificateMaker::intermediate(&format!("Speed CA {i}"), &int_key, &read(&root), NOW)
        .set(Extension::crl_distribution_points(&["http://crl.example.kr/root.crl"]))
        .set(Extension::authority_info_access(&["http://ca.example.kr/root.der"], &["http://ocsp.example.kr"]))
        .sign(&root_key);
    let names = ["shop.example.kr", "www.shop.example.kr", "api.shop.example.kr", "static.shop.example.kr"];
    let leaf = CertificateMaker::leaf(&names, &leaf_key, &read(&int), NOW)
        .set(Extension::policies(&[&[0x67, 0x81, 0x0c, 1, 2, 1]]))
        .set(Extension::crl_distribution_points(&["http://crl.example.kr/ca.crl"]))
        .set(Extension::authority_info_access(&["http://ca.example.kr/ca.der"], &["http://ocsp.example.kr"]))
        .sign(&int_key);
    [leaf, int, root]
}
