//! The openssl program as a second opinion on signatures and verdicts.
use crate::support::*;
use std::process::Command;
use std::sync::Arc;
use tlsdiag_pki::extensions::{KeyUsage, NameConstraints, Subtree};
use tlsdiag_pki::make::{CertificateMaker, Extension, SignatureFault, Signer};
use tlsdiag_pki::*;

/// What `openssl verify` says of a chain at the tests' time.
fn openssl_accepts(sent: &[&Arc<Certificate>], root: &Arc<Certificate>, level: &str) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, certs: &[&Arc<Certificate>]| {
        let path = dir.path().join(name);
        std::fs::write(&path, certs.iter().map(|c| c.to_pem()).collect::<String>()).unwrap();
        path
    };
    let mut c = Command::new("openssl");
    c.args(["verify", "-purpose", "sslserver", "-attime", &NOW.to_string(), "-auth_level", level]);
    c.args(["-verify_hostname", "shop.example.kr", "-no-CApath", "-no-CAstore", "-CAfile"]).arg(write("root", &[root]));
    if sent.len() > 1 {
        c.arg("-untrusted").arg(write("untrusted", &sent[1..]));
    }
    c.arg(write("leaf", &sent[..1])).output().unwrap().status.success()
}

/// Every algorithm: certificates that we write and verify are verified by openssl too.
#[test]
fn signatures() {
    let pss = SignatureAlgorithm::from_tls_scheme(0x0804).unwrap();
    let rsa = |algorithm: SignatureAlgorithm| {
        let mut key = Rsa::new(2048);
        key.default = algorithm;
        key
    };
    let keys: Vec<Box<dyn Signer>> = vec![
        Box::new(P256::new("a")),
        Box::new(P384::new("b")),
        Box::new(P521::new("c")),
        Box::new(Ed::new("d")),
        Box::new(rsa(SignatureAlgorithm::RsaPkcs1(Hash::Sha256))),
        Box::new(rsa(SignatureAlgorithm::RsaPkcs1(Hash::Sha512))),
        Box::new(rsa(SignatureAlgorithm::RsaPkcs1(Hash::Sha1))),
        Box::new(rsa(pss)),
    ];
    for key in &keys {
        let root = cert(&CertificateMaker::root("Any Root", &**key, NOW), &**key);
        assert!(root.self_signed(&RustVerifier), "{}", root.signature_algorithm);
        let leaf_key = P256::new("leaf");
        let mut m = CertificateMaker::leaf(&["shop.example.kr"], &leaf_key, &root, NOW);
        let leaf = cert(&m, &**key);
        assert!(openssl_accepts(&[&leaf], &root, "0"), "{}", root.signature_algorithm);
        assert_eq!(leaf.signed_by(&root.public_key, &RustVerifier), Ok(()));
        m.fault = SignatureFault::FlipLastBit;
        let bad = cert(&m, &**key);
        assert_eq!(bad.signed_by(&root.public_key, &RustVerifier), Err(VerifyError::BadSignature));
        assert!(!openssl_accepts(&[&bad], &root, "0"));
        let foreign = leaf.signed_by(&leaf.public_key, &RustVerifier);
        assert!(matches!(foreign, Err(VerifyError::BadSignature | VerifyError::KeyMismatch)));
    }
}

/// ECDSA with hashes shorter and longer than the field, and RSA of odd sizes.
#[test]
fn odd_sizes() {
    for hash in [Hash::Sha1, Hash::Sha224, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        let algorithm = SignatureAlgorithm::Ecdsa(hash);
        for key in [&P256::new("x") as &dyn Signer, &P384::new("y"), &P521::new("z")] {
            let mut m = CertificateMaker::root("Odd", key, NOW);
            m.algorithm = Some(algorithm.clone());
            let root = cert(&m, key);
            assert!(root.self_signed(&RustVerifier), "{} {}", hash.name(), root.public_key.kind);
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("c");
            std::fs::write(&file, root.to_pem()).unwrap();
            run(Command::new("openssl")
                .args(["verify", "-check_ss_sig", "-auth_level", "0", "-attime", &NOW.to_string(), "-CAfile"])
                .arg(&file)
                .arg(&file));
        }
    }
    for bits in [1025, 1031, 2047] {
        let key = Rsa::new(bits);
        for algorithm in
            [SignatureAlgorithm::RsaPkcs1(Hash::Sha384), SignatureAlgorithm::from_tls_scheme(0x0805).unwrap()]
        {
            let signature = key.sign(&algorithm, b"message");
            assert_eq!(verify_raw(&algorithm, &key.spki(), b"message", &signature), Ok(()), "{bits} {algorithm}");
            assert_eq!(verify_raw(&algorithm, &key.spki(), b"massage", &signature), Err(VerifyError::BadSignature));
        }
    }
}

/// Chains with one fault each: our verdict is openssl's.
#[test]
fn verdicts() {
    let c = Chain::new();
    let set = anchors(&[&c.root]);
    type Edit = fn(CertificateMaker) -> CertificateMaker;
    let expired: Edit = |mut m| {
        m.not_after = NOW - DAY;
        m
    };
    let early: Edit = |mut m| {
        m.not_before = NOW + DAY;
        m
    };
    let forged: Edit = |mut m| {
        m.fault = SignatureFault::FlipLastBit;
        m
    };
    let leaf_edits: Vec<(&str, Edit, bool)> = vec![
        ("fine", |m| m, true),
        ("expired", expired, false),
        ("not yet", early, false),
        ("forged", forged, false),
        ("client only", |m| m.set(Extension::extended_key_usage(&[oid::CLIENT_AUTH])), false),
        ("crlSign only", |m| m.set(Extension::key_usage(KeyUsage::CRL_SIGN)), false),
        ("other name", |m| m.set(Extension::dns(&["www.example.kr"])), false),
        ("wildcard", |m| m.set(Extension::dns(&["*.example.kr"])), true),
        ("critical", |m| m.set(Extension::raw(&[0x2a, 3, 4], true, vec![5, 0])), false),
        ("no EKU", |m| m.without(oid::EXTENDED_KEY_USAGE), true),
        ("no KU", |m| m.without(oid::KEY_USAGE), true),
    ];
    for (what, edit, want) in leaf_edits {
        let leaf = c.with_leaf(&edit(c.leaf_maker()));
        assert_eq!(openssl_accepts(&[&leaf, &c.int], &c.root, "1"), want, "openssl: leaf {what}");
        assert_eq!(ask(&[&leaf, &c.int], &[], &set).best().unwrap().path.is_valid(), want, "leaf {what}");
    }
    let constrained: Edit = |m| {
        let permitted = vec![Subtree::Dns("example.com".into())];
        m.set(Extension::name_constraints(&NameConstraints { permitted, excluded: vec![], critical: true }))
    };
    let ca_edits: Vec<(&str, Edit, bool)> = vec![
        ("fine", |m| m, true),
        ("expired", expired, false),
        ("forged", forged, false),
        ("no CA", |m| m.set(Extension::basic_constraints(false, None)), false),
        ("pathlen 0", |m| m.set(Extension::basic_constraints(true, Some(0))), true),
        ("crlSign only", |m| m.set(Extension::key_usage(KeyUsage::CRL_SIGN)), false),
        ("client only", |m| m.set(Extension::extended_key_usage(&[oid::CLIENT_AUTH])), false),
        ("constrained", constrained, false),
        ("critical", |m| m.set(Extension::raw(&[0x2a, 3, 4], true, vec![5, 0])), false),
    ];
    for (what, edit, want) in ca_edits {
        let int = cert(&edit(c.int_maker()), &c.root_key);
        assert_eq!(openssl_accepts(&[&c.leaf, &int], &c.root, "1"), want, "openssl: CA {what}");
        assert_eq!(ask(&[&c.leaf, &int], &[], &set).best().unwrap().path.is_valid(), want, "CA {what}");
    }
    assert!(!openssl_accepts(&[&c.leaf], &c.root, "1"));
    assert!(!ask(&[&c.leaf], &[], &set).best().unwrap().path.is_valid());
}
