//! Behaviours that tell clients apart, on chains made here.

use super::{ALL, Basis, Prediction, Question, Settings, Tls, Verdict, by_key, predict_all, predict_with};
use crate::algorithm::{Hash, SignatureAlgorithm};
use crate::anchors::AnchorSet;
use crate::certificate::Certificate;
use crate::extensions::KeyUsage;
use crate::make::{CertificateMaker, Extension, Signer, ec_spki};
use crate::oid;
use crate::verify::RustVerifier;
use p256::ecdsa::signature::Signer as _;
use std::collections::HashMap;
use std::sync::Arc;

const TIME: i64 = 1_795_000_000;

struct Key(p256::ecdsa::SigningKey);

fn key(n: u8) -> Key {
    Key(p256::ecdsa::SigningKey::from_slice(&[n; 32]).unwrap())
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        ec_spki(oid::P256, self.0.verifying_key().to_sec1_point(false).as_bytes())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }

    fn sign(&self, _: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let signature: p256::ecdsa::Signature = self.0.sign(message);
        signature.to_der().as_bytes().to_vec()
    }
}

fn read(der: &[u8]) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(der).unwrap())
}

struct Pki {
    root: Arc<Certificate>,
    int: Arc<Certificate>,
    leaf: Vec<u8>,
}

fn pki(
    change_int: impl Fn(CertificateMaker) -> CertificateMaker,
    change_leaf: impl Fn(CertificateMaker) -> CertificateMaker,
) -> Pki {
    let root = read(&CertificateMaker::root("Root", &key(1), TIME).sign(&key(1)));
    let int = change_int(CertificateMaker::intermediate("Int", &key(2), &root, TIME)).sign(&key(1));
    let int = read(&int);
    let leaf = change_leaf(CertificateMaker::leaf(&["www.a.test"], &key(3), &int, TIME)).sign(&key(2));
    Pki { root, int, leaf }
}

fn ask(chain: &[&[u8]], anchors: &[&Arc<Certificate>], host: &str) -> HashMap<&'static str, Prediction> {
    let mut set = AnchorSet::new("test");
    anchors.iter().for_each(|a| set.add(a));
    predict_all(&Question {
        chain,
        anchors: &set,
        host: Some(host),
        time: TIME,
        verifier: &RustVerifier,
        tls: Tls::default(),
    })
    .into_iter()
    .collect()
}

fn refusers(said: &HashMap<&'static str, Prediction>) -> Vec<&'static str> {
    ALL.iter().map(|p| p.key).filter(|k| said[k].verdict == Verdict::Refuses).collect()
}

#[test]
fn keys_are_those_of_37_clients_and_unique() {
    let keys: std::collections::HashSet<_> = ALL.iter().map(|p| p.key).collect();
    assert_eq!((ALL.len(), keys.len()), (37, 37));
    assert!(ALL.iter().all(|p| !p.sources.is_empty()));
    assert_eq!(by_key("schannel").unwrap().basis, Basis::Documented);
}

#[test]
fn everybody_measured_accepts_a_good_chain_and_misses_a_missing_intermediate() {
    let p = pki(|m| m, |m| m);
    let good = ask(&[&p.leaf, &p.int.der], &[&p.root], "www.a.test");
    assert_eq!(refusers(&good), Vec::<&str>::new());
    let alone = ask(&[&p.leaf], &[&p.root], "www.a.test");
    assert_eq!(alone["openssl-3.0-level2"].text, "V20 unable to get local issuer certificate");
    assert_eq!(alone["firefox-153"].text, "SEC_ERROR_UNKNOWN_ISSUER overridable_category=1");
    assert_eq!(alone["schannel"].verdict, Verdict::Unknown);
    assert!(ALL.iter().filter(|p| p.basis == Basis::Measured).all(|p| alone[p.key].verdict == Verdict::Refuses));
}

#[test]
fn an_intermediate_in_the_list_is_an_anchor_except_for_plain_openssl() {
    let p = pki(|m| m, |m| m);
    let said = ask(&[&p.leaf, &p.int.der], &[&p.int], "www.a.test");
    for key in ["openssl-3.0-level2", "node-20", "urllib3", "openssl-1.0.2", "schannel"] {
        assert_ne!(said[key].verdict, Verdict::Accepts, "{key}");
    }
    for key in
        ["curl-openssl", "python-3.13-flags", "go-1.27", "java-17.0.15", "rustls-ring", "firefox-153", "gnutls-3.8"]
    {
        assert_eq!(said[key].verdict, Verdict::Accepts, "{key}");
    }
    let mut set = AnchorSet::new("test");
    set.add(&p.int);
    let chain: &[&[u8]] = &[&p.leaf, &p.int.der];
    let q = Question { chain, anchors: &set, host: None, time: TIME, verifier: &RustVerifier, tls: Tls::default() };
    let partial = Settings { partial_chain: Some(true), ..Settings::default() };
    assert_eq!(predict_with(by_key("openssl-3.0-level2").unwrap(), &q, &partial).verdict, Verdict::Accepts);
}

#[test]
fn key_usage_without_digital_signature_splits_browsers() {
    let p = pki(|m| m, |m| m.set(Extension::key_usage(KeyUsage::KEY_ENCIPHERMENT)));
    let said = ask(&[&p.leaf, &p.int.der], &[&p.root], "www.a.test");
    assert_eq!(said["chrome-156"].text, "net::ERR_SSL_KEY_USAGE_INCOMPATIBLE");
    assert_eq!(said["firefox-153"].verdict, Verdict::Accepts);
    assert_eq!(said["go-1.27"].verdict, Verdict::Accepts);
    assert_eq!(said["java-21.0.8"].text, "ValidatorException: KeyUsage does not allow digital signatures");
}

#[test]
fn a_misfitting_key_identifier_stops_those_who_take_it_seriously() {
    let p = pki(|m| m, |m| m.set(Extension::authority_key_id(&[9; 20])));
    let said = ask(&[&p.leaf, &p.int.der], &[&p.root], "www.a.test");
    for key in ["openssl-3.5", "gnutls-3.7", "wolfssl-5.5", "curl-openssl"] {
        assert_eq!(said[key].verdict, Verdict::Refuses, "{key}");
    }
    for key in ["go-1.24", "java-11.0.13", "rustls-aws-lc", "firefox-153", "chrome-156", "mbedtls-2.28", "pyca-48"] {
        assert_eq!(said[key].verdict, Verdict::Accepts, "{key}");
    }
}

#[test]
fn a_common_name_alone_counts_for_some() {
    let p = pki(
        |m| m,
        |m| {
            let mut m = m.without(oid::SUBJECT_ALT_NAME);
            m.subject = crate::make::name(&[(oid::CN, "www.a.test")]);
            m
        },
    );
    let said = ask(&[&p.leaf, &p.int.der], &[&p.root], "www.a.test");
    for key in ["node-20", "openssl-3.0-level2", "curl-gnutls", "java-25.0.2", "mbedtls-2.28", "wolfssl-5.5"] {
        assert_eq!(said[key].verdict, Verdict::Accepts, "{key}");
    }
    for key in ["urllib3", "go-1.27", "rustls-ring", "firefox-153", "chrome-156", "apple"] {
        assert_eq!(said[key].verdict, Verdict::Refuses, "{key}");
    }
}

#[test]
fn dates_of_an_anchor_count_for_most() {
    let mut m = CertificateMaker::root("Old", &key(1), TIME);
    m.not_after = TIME - 1;
    let root = read(&m.sign(&key(1)));
    let leaf = CertificateMaker::leaf(&["www.a.test"], &key(3), &root, TIME).sign(&key(1));
    let said = ask(&[&leaf], &[&root], "www.a.test");
    let accepting: Vec<_> = ALL.iter().map(|p| p.key).filter(|k| said[k].verdict == Verdict::Accepts).collect();
    for key in ["java-17.0.15", "rustls-ring", "wolfssl-5.5"] {
        assert!(accepting.contains(&key), "{key}");
    }
    assert!(!accepting.contains(&"openssl-3.5") && !accepting.contains(&"chrome-156"));
}

#[test]
fn hostile_input_ends() {
    let p = pki(|m| m, |m| m);
    // Forty CAs of one name that all certify each other.
    let ring: Vec<Vec<u8>> =
        (10..50u8).map(|n| CertificateMaker::intermediate("Int", &key(n), &p.int, TIME).sign(&key(n + 1))).collect();
    let mut chain: Vec<&[u8]> = vec![&p.leaf];
    chain.extend(ring.iter().map(Vec::as_slice));
    let said = ask(&chain, &[&p.root], "www.a.test");
    assert!(said.values().all(|p| p.verdict != Verdict::Accepts));
    for junk in [&[][..], &[0x30][..], &[0x30, 0x80, 0, 0][..], &[0xff; 64][..]] {
        assert!(ask(&[junk], &[&p.root], "www.a.test").values().all(|p| p.verdict != Verdict::Accepts));
    }
    assert!(ask(&[], &[&p.root], "").values().all(|p| p.verdict != Verdict::Accepts));
}
