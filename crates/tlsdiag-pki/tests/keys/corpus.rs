//! Private keys of other people's test suites: read, or refused with a reason.
use crate::support::*;
use std::collections::BTreeMap;
use tlsdiag_pki::PrivateKey;
use tlsdiag_pki::pem::Kind;
use tlsdiag_pki::private::PrivateKeyError;

#[test]
fn every_key_is_read_or_refused_with_reason() {
    let Some(root) = corpus() else { return };
    let passwords = [
        "password",
        "changeit",
        "1234",
        "12345",
        "123456",
        "a123456",
        "12345678",
        "test",
        "secret",
        "foobar",
        "hunter2",
        "hunter42",
        "foo",
        "bar",
        "baz",
        "asdf",
        "Red Hat Enterprise Linux 7.4",
        "cryptography",
        "rubberduck",
        "big",
        "passwordpassword",
        "capitalism",
        "PolarSSLTest",
    ];
    let mut figures: BTreeMap<String, usize> = BTreeMap::new();
    let (mut read, mut refused) = (0, Vec::new());
    for path in files(&root.join("keystores")) {
        let octets = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let mut note = |what: Result<PrivateKey, PrivateKeyError>| match what {
            Ok(key) => {
                read += 1;
                *figures.entry(key.kind.to_string()).or_default() += 1;
                if key.public().is_none() || !key.faults.is_empty() {
                    println!("{name}: {key} public {} {:?}", key.public().is_some(), key.faults);
                }
            }
            Err(PrivateKeyError::NotPrivate(_)) => {}
            Err(e) => refused.push((name.clone(), e)),
        };
        if tlsdiag_pki::pem::looks_like_pem(&octets) {
            for block in tlsdiag_pki::pem::blocks(&octets) {
                if matches!(block.kind, Kind::PrivateKey | Kind::EncryptedPrivateKey) {
                    note(PrivateKey::from_pem(&block, &mut words(&passwords), &limits()));
                }
            }
        } else if name.ends_with(".der") || name.ends_with(".key") || name.ends_with(".p8") {
            note(PrivateKey::from_der(&octets, &mut words(&passwords), &limits()));
        }
    }
    for (name, e) in &refused {
        println!("{name}: {e}");
    }
    println!("{read} read: {figures:?}; {} refused", refused.len());
    assert!(read > 150, "{read}");
}

/// Blocks of SSH are named as such, never taken for damaged keys.
#[test]
fn ssh_keys_are_named() {
    let Some(root) = corpus() else { return };
    let mut named = 0;
    for path in files(&root.join("keystores/pyca-vectors-50.0.2/asymmetric/OpenSSH")) {
        let octets = std::fs::read(&path).unwrap();
        for block in tlsdiag_pki::pem::blocks(&octets) {
            let error = PrivateKey::from_pem(&block, &mut words(&[]), &limits()).unwrap_err();
            assert!(matches!(error, PrivateKeyError::Other(_)), "{}: {error}", path.display());
            named += 1;
        }
    }
    assert!(named >= 20, "{named}");
}

/// Requests of another suite: read, and their signatures as that suite says they are.
#[test]
fn requests() {
    let Some(root) = corpus() else { return };
    let (mut right, mut wrong) = (0, Vec::new());
    for path in files(&root.join("keystores/pyca-vectors-50.0.2/x509/requests")) {
        let octets = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let blocks = tlsdiag_pki::pem::blocks(&octets);
        let ders: Vec<Vec<u8>> = if blocks.is_empty() {
            vec![octets.clone()]
        } else {
            blocks.iter().filter_map(|b| b.content.clone().ok()).map(|c| c.to_vec()).collect()
        };
        for der in ders {
            let verdict = match tlsdiag_pki::request::Request::from_der(&der) {
                Ok(r) => r.verify(&tlsdiag_pki::RustVerifier).map_err(|e| e.to_string()),
                Err(e) => Err(e.to_string()),
            };
            match verdict {
                Ok(()) => right += 1,
                Err(e) => wrong.push(format!("{name}: {e}")),
            }
        }
    }
    println!("{right} right, {wrong:#?}");
    assert!(right >= 16, "{right}");
    assert!(
        wrong.iter().all(|w| ["bad", "invalid", "basic", "challenge-", "unsupported", "long-form"]
            .iter()
            .any(|n| w.contains(n))),
        "{wrong:#?}"
    );
}

/// Every self-issued certificate of the suites: whether its signature can be checked at all, by algorithm.
#[test]
fn signatures_of_self_issued_certificates() {
    let Some(root) = corpus() else { return };
    let mut figures: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for path in files(&root.join("keystores")) {
        let octets = std::fs::read(&path).unwrap();
        for certificate in tlsdiag_pki::read_certificates(&octets).into_iter().flatten().filter(|c| c.self_issued()) {
            let verdict = certificate.signed_by(&certificate.public_key, &tlsdiag_pki::RustVerifier);
            let kind = format!("{} {}", certificate.signature_algorithm, certificate.public_key.kind);
            let slot = match verdict {
                Ok(()) => 0,
                Err(tlsdiag_pki::VerifyError::UnsupportedAlgorithm(_)) => 2,
                Err(_) => 1,
            };
            figures.entry(kind).or_default()[slot] += 1;
        }
    }
    println!("right, wrong, unsupported: {figures:#?}");
    let sum = |i: usize| figures.values().map(|f| f[i]).sum::<usize>();
    assert!(sum(0) > 200 && sum(0) > 10 * sum(1), "{} {}", sum(0), sum(1));
    for (kind, f) in &figures {
        let named_unsupported =
            ["GOST", "1.2.643", "SLH-DSA", "1.2.112", "1.2.3", "SM2"].iter().any(|n| kind.contains(n));
        assert!(f[2] == 0 || named_unsupported, "{kind}: {f:?}");
    }
}
