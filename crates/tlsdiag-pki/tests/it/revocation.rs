//! OCSP and CRL: answers, and why some are worth nothing.
use crate::support::*;
use std::process::Command;
use tlsdiag_pki::crl::{self, CrlAnswer, CrlProblem};
use tlsdiag_pki::make::{CertificateMaker, CrlMaker, Extension, OcspMaker, RevokedEntry, SignatureFault, ocsp_error};
use tlsdiag_pki::ocsp::{self, NotAuthorized, OcspAnswer, OcspProblem, ResponderError};
use tlsdiag_pki::revocation::RevocationReason;
use tlsdiag_pki::*;

const COMPROMISED: OcspAnswer = OcspAnswer::Revoked { at: NOW - DAY, reason: Some(RevocationReason(1)) };

#[test]
fn ocsp_answers() {
    let c = Chain::new();
    for answer in [OcspAnswer::Good, COMPROMISED, OcspAnswer::Unknown] {
        let r = OcspMaker::new(&c.leaf, &c.int, answer, NOW).sign(&c.int_key);
        let s = ocsp::check(&r, &c.leaf, &c.int, NOW, &RustVerifier).unwrap();
        assert_eq!((s.answer, s.delegate, s.next_update), (answer, None, Some(NOW + 3 * DAY)));
    }
    // A delegated responder, with and without the right to it.
    let key = P256::new("responder");
    for (purpose, want) in [(oid::OCSP_SIGNING, None), (oid::SERVER_AUTH, Some(NotAuthorized::NoOcspSigning))] {
        let m = CertificateMaker::leaf(&["ocsp"], &key, &c.int, NOW).set(Extension::extended_key_usage(&[purpose]));
        let responder = cert(&m, &c.int_key);
        let mut m = OcspMaker::new(&c.leaf, &c.int, OcspAnswer::Good, NOW);
        m.certificates.push(responder.der.to_vec());
        let got = ocsp::check(&m.sign(&key), &c.leaf, &c.int, NOW, &RustVerifier);
        match want {
            None => assert_eq!(got.unwrap().delegate, Some(responder.id)),
            Some(why) => assert_eq!(got, Err(OcspProblem::NotAuthorized { signer: responder.id, why })),
        }
    }
}

#[test]
fn ocsp_of_no_use() {
    let c = Chain::new();
    let check = |r: &[u8]| ocsp::check(r, &c.leaf, &c.int, NOW, &RustVerifier).unwrap_err();
    let made = |edit: &dyn Fn(&mut OcspMaker), key: &P256| {
        let mut m = OcspMaker::new(&c.leaf, &c.int, OcspAnswer::Good, NOW);
        edit(&mut m);
        check(&m.sign(key))
    };
    assert_eq!(
        made(&|m| m.singles[0].next_update = Some(NOW - 1), &c.int_key),
        OcspProblem::Expired { next_update: NOW - 1 }
    );
    let early = made(&|m| m.singles[0].this_update = NOW + DAY, &c.int_key);
    assert_eq!(early, OcspProblem::NotYetValid { this_update: NOW + DAY });
    assert_eq!(made(&|m| m.fault = SignatureFault::FlipLastBit, &c.int_key), OcspProblem::BadSignature);
    assert_eq!(made(&|_| {}, &P256::new("stranger")), OcspProblem::BadSignature);
    assert_eq!(check(&ocsp_error(3)), OcspProblem::ResponderError(ResponderError::TRY_LATER));
    assert!(matches!(check(b"<html>"), OcspProblem::NotAnOcspResponse(_)));
    assert!(matches!(check(b""), OcspProblem::NotAnOcspResponse(e) if e.truncated()));
    let other = OcspMaker::new(&c.int, &c.root, OcspAnswer::Good, NOW).sign(&c.int_key);
    assert_eq!(check(&other), OcspProblem::WrongCert { serials: vec![c.int.serial_hex()] });
}

/// The openssl program reads our request and signs an answer that we read.
#[test]
fn ocsp_with_openssl() {
    let c = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let at = |n: &str| dir.path().join(n);
    let responder = Rsa::new(2048);
    let mut m = CertificateMaker::leaf(&["ocsp"], &responder, &c.int, NOW)
        .set(Extension::extended_key_usage(&[oid::OCSP_SIGNING]));
    (m.not_before, m.not_after) = (NOW - 50 * 365 * DAY, NOW + 100 * 365 * DAY);
    let responder_certificate = cert(&m, &c.int_key);
    let responder_id = responder_certificate.id;
    std::fs::write(at("responder.pem"), responder_certificate.to_pem()).unwrap();
    std::fs::write(at("ca.pem"), c.int.to_pem()).unwrap();
    let expiry = time::rfc3339(c.leaf.not_after).replace(['-', ':', 'T'], "");
    std::fs::write(
        at("index"),
        format!(
            "R\t{}\t261120000000Z,keyCompromise\t{}\tunknown\t/CN=x\n",
            &expiry[2..],
            c.leaf.serial_hex().to_uppercase()
        ),
    )
    .unwrap();
    std::fs::write(at("request"), ocsp::request(&c.leaf, &c.int, Some(b"0123456789abcdef"))).unwrap();
    run(Command::new("openssl")
        .arg("ocsp")
        .arg("-index")
        .arg(at("index"))
        .arg("-CA")
        .arg(at("ca.pem"))
        .arg("-rsigner")
        .arg(at("responder.pem"))
        .arg("-rkey")
        .arg(responder.path())
        .arg("-reqin")
        .arg(at("request"))
        .arg("-respout")
        .arg(at("response"))
        .args(["-ndays", "2"]));
    let response = std::fs::read(at("response")).unwrap();
    // The answer bears the time of this run, so it is judged at its own time.
    let check = |now| ocsp::check(&response, &c.leaf, &c.int, now, &RustVerifier);
    let Err(OcspProblem::NotYetValid { this_update }) = check(NOW - 40 * 365 * DAY) else { panic!() };
    let got = check(this_update).unwrap();
    let at = time::unix_from_civil(2026, 11, 20, 0, 0, 0);
    assert_eq!(got.answer, OcspAnswer::Revoked { at, reason: Some(RevocationReason(1)) });
    assert_eq!((got.nonce.as_deref(), got.delegate), (Some(&b"0123456789abcdef"[..]), Some(responder_id)));
    assert_eq!(check(this_update + 3 * DAY), Err(OcspProblem::Expired { next_update: this_update + 2 * DAY }));
}

#[test]
fn crl_answers_and_problems() {
    let c = Chain::new();
    let check = |der: &[u8]| crl::check(der, &c.leaf, &c.int, NOW, &RustVerifier);
    let made = |edit: &dyn Fn(&mut CrlMaker)| {
        let mut m = CrlMaker::new(&c.int, NOW);
        m.revoked = (1u8..50).map(|i| RevokedEntry { serial: vec![i, i], at: NOW - DAY, reason: None }).collect();
        edit(&mut m);
        m.sign(&c.int_key)
    };
    let clean = check(&made(&|_| {})).unwrap();
    assert_eq!((clean.answer, clean.entries), (CrlAnswer::NotListed, 49));
    let hit = |m: &mut CrlMaker| {
        let reason = Some(RevocationReason(4));
        m.revoked.push(RevokedEntry { serial: c.leaf.serial.to_vec(), at: NOW - 2 * DAY, reason });
    };
    let revoked = CrlAnswer::Revoked { at: NOW - 2 * DAY, reason: Some(RevocationReason(4)) };
    assert_eq!(check(&made(&hit)).unwrap().answer, revoked);
    let pem = pem::encode("X509 CRL", &made(&hit));
    assert_eq!(check(pem.as_bytes()).unwrap().answer, revoked);

    assert_eq!(check(&made(&|m| m.next_update = Some(NOW - 1))), Err(CrlProblem::Expired { next_update: NOW - 1 }));
    assert_eq!(check(&made(&|m| m.this_update = NOW + DAY)), Err(CrlProblem::NotYetValid { this_update: NOW + DAY }));
    assert_eq!(check(&made(&|m| m.fault = SignatureFault::FlipLastBit)), Err(CrlProblem::BadSignature));
    let foreign = CrlMaker::new(&c.root, NOW).sign(&c.root_key);
    assert_eq!(check(&foreign), Err(CrlProblem::WrongIssuer { issuer: "CN=Test Root".into() }));
    let delta = made(&|m| m.extensions.push(Extension::raw(oid::DELTA_CRL, true, vec![2, 1, 1])));
    assert_eq!(check(&delta), Err(CrlProblem::Delta));
    let cas = made(&|m| {
        m.extensions.push(Extension::raw(oid::ISSUING_DISTRIBUTION_POINT, true, vec![0x30, 3, 0x82, 1, 0xff]))
    });
    assert_eq!(check(&cas), Err(CrlProblem::OutOfScope));
    assert!(matches!(check(b"<html>"), Err(CrlProblem::NotACrl(_))));
    assert!(matches!(check(&made(&hit)[..300]), Err(CrlProblem::NotACrl(e)) if e.truncated()));
}

/// A list of half a million entries, about 20 MB, is walked in well under a second of an optimised build.
#[test]
fn large_crl() {
    let c = Chain::new();
    let mut m = CrlMaker::new(&c.int, NOW);
    m.revoked = (0u32..500_000)
        .map(|i| RevokedEntry { serial: [&[0x40; 12][..], &i.to_be_bytes()].concat(), at: NOW - DAY, reason: None })
        .collect();
    let der = m.sign(&c.int_key);
    assert!(der.len() > 15_000_000);
    let started = std::time::Instant::now();
    let s = crl::check(&der, &c.leaf, &c.int, NOW, &RustVerifier).unwrap();
    println!("{} entries in {:?}", s.entries, started.elapsed());
    assert_eq!(s.entries, 500_000);
}
