//! Hostile octets: whatever comes in, readers come back.
use crate::support::*;
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};
use tlsdiag_pki::make::{CrlMaker, OcspMaker, RevokedEntry};
use tlsdiag_pki::ocsp::OcspAnswer;
use tlsdiag_pki::*;

/// Everything that reads octets.
fn feed(bytes: &[u8]) {
    let c = chain();
    for read in read_certificates(bytes).into_iter().flatten() {
        let _ = (read.to_pem(), read.subject.to_string(), format!("{:?}", read.lints));
        for host in ["shop.example.kr", "192.0.2.1"] {
            let _ = names::covers(&read, &Host::parse(host).unwrap());
        }
        let _ = ask(&[&read, &c.int, &c.root], &[], roots());
        let _ = ask(&[&c.leaf, &read, &c.root], &[], roots());
    }
    let _ = pem::blocks(bytes);
    let _ = AnchorSet::from_bytes("x", bytes);
    let _ = ocsp::check(bytes, &c.leaf, &c.int, NOW, &RustVerifier);
    let _ = crl::check(bytes, &c.leaf, &c.int, NOW, &RustVerifier);
}

fn chain() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(Chain::new)
}

fn roots() -> &'static AnchorSet {
    static SET: OnceLock<AnchorSet> = OnceLock::new();
    SET.get_or_init(|| anchors(&[&chain().root]))
}

/// Real things to damage.
fn originals() -> &'static Vec<Vec<u8>> {
    static LIST: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    LIST.get_or_init(|| {
        let c = chain();
        let mut crl = CrlMaker::new(&c.int, NOW);
        crl.revoked.push(RevokedEntry { serial: vec![1], at: NOW, reason: Some(revocation::RevocationReason(1)) });
        let mut list: Vec<Vec<u8>> = vec![
            c.leaf.der.to_vec(),
            c.int.der.to_vec(),
            c.leaf.to_pem().into_bytes(),
            crl.sign(&c.int_key),
            OcspMaker::new(&c.leaf, &c.int, OcspAnswer::Good, NOW).sign(&c.int_key),
        ];
        list.extend(mozilla().iter().take(8).filter_map(|a| a.certificate().map(|c| c.der.to_vec())));
        list
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_octets(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        feed(&bytes);
    }

    #[test]
    fn damaged_originals(which in 0usize..13, edits in proptest::collection::vec((any::<usize>(), any::<u8>(), 0u8..4), 1..6)) {
        let mut bytes = originals()[which % originals().len()].clone();
        for (at, value, how) in edits {
            if bytes.is_empty() { break }
            let at = at % bytes.len();
            match how {
                0 => bytes[at] = value,
                1 => { bytes.truncate(at); }
                2 => { bytes.remove(at); }
                _ => bytes.insert(at, value),
            }
        }
        feed(&bytes);
    }
}

#[test]
fn nesting_lengths_and_keys() {
    for depth in [10usize, 1_000, 200_000] {
        feed(&[0x30, 0x80].repeat(depth));
        feed(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff].repeat(depth.min(2_000)));
    }
    // Definite lengths, each inside the other.
    let mut nested = Vec::new();
    for _ in 0..2_000 {
        nested = writer::tlv(der::Tag::SEQUENCE, &nested);
    }
    feed(&nested);
    // RSA numbers that nobody should compute with.
    let c = chain();
    let cases: [(Vec<u8>, Vec<u8>); 6] = [
        (vec![], vec![]),
        (vec![0], vec![3]),
        (vec![4; 256], vec![3]),
        (vec![0xff; 2048], vec![0xff; 2048]),
        (vec![0xff; 100_000], vec![3]),
        (vec![0xff; 256], vec![1]),
    ];
    for (n, e) in cases {
        let spki = make::rsa_spki(&n, &e);
        let started = std::time::Instant::now();
        for algorithm in [0x0401, 0x0804].map(|s| SignatureAlgorithm::from_tls_scheme(s).unwrap()) {
            let got = verify_raw(&algorithm, &spki, b"m", &vec![1; n.len().max(1)]);
            assert!(got.is_err());
        }
        assert!(started.elapsed().as_secs() < 2);
        let mut m = c.leaf_maker();
        m.spki = spki;
        feed(&m.sign(&c.int_key));
    }
    let many: Vec<make::San> = (0..20_000).map(|i| make::San::Dns(format!("h{i}.example.kr"))).collect();
    let big = cert(&c.leaf_maker().set(make::Extension::san(&many)), &c.int_key);
    assert_eq!(big.dns_names().count(), 20_000);
    let sent: Arc<Certificate> = big;
    assert!(!ask(&[&sent, &c.int], &[], roots()).best().unwrap().path.is_valid());
}
