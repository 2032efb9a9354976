//! Reading: every form certificates come in, and what is said of damaged ones.
use crate::support::*;
use tlsdiag_pki::extensions::{GeneralName, KeyUsage};
use tlsdiag_pki::make::{CertificateMaker, Extension, San, name};
use tlsdiag_pki::*;

#[test]
fn all_fields() {
    let c = Chain::new();
    let mut m = c.leaf_maker();
    m.subject = name(&[(oid::COUNTRY, "KR"), (oid::ORGANIZATION, "Ex, Inc."), (oid::CN, "shop.example.kr")]);
    m.serial = vec![0x01, 0xff];
    m = m
        .set(Extension::san(&[
            San::Dns("shop.example.kr".into()),
            San::Ip("192.0.2.1".parse().unwrap()),
            San::Email("a@example.kr".into()),
            San::Uri("https://example.kr/".into()),
        ]))
        .set(Extension::authority_info_access(&["http://ca/i.crt"], &["http://ocsp/"]))
        .set(Extension::crl_distribution_points(&["http://crl/c.crl"]))
        .set(Extension::policies(&[&[0x67, 0x81, 0x0c, 1, 2, 1]]))
        .set(Extension::must_staple());
    let leaf = c.with_leaf(&m);
    let x = &leaf.extensions;
    assert_eq!(leaf.subject.to_string(), "CN=shop.example.kr,O=Ex\\, Inc.,C=KR");
    assert_eq!((leaf.version, leaf.serial_hex().as_str()), (3, "01ff"));
    assert_eq!((leaf.not_before, leaf.not_after), (NOW - 30 * DAY, NOW + 60 * DAY));
    assert_eq!(leaf.public_key.kind.to_string(), "P-256");
    assert_eq!(leaf.signature_algorithm, SignatureAlgorithm::Ecdsa(Hash::Sha256));
    assert_eq!(leaf.dns_names().collect::<Vec<_>>(), ["shop.example.kr"]);
    assert!(leaf.sans().any(|n| *n == GeneralName::Email("a@example.kr".into())));
    assert_eq!(x.key_usage.unwrap().names(), ["digitalSignature"]);
    assert_eq!((x.ca_issuers.join(""), x.ocsp.join("")), ("http://ca/i.crt".into(), "http://ocsp/".into()));
    assert_eq!(x.crl_distribution_points, ["http://crl/c.crl"]);
    assert_eq!(x.policies[0].to_string(), "2.23.140.1.2.1");
    assert!(x.must_staple && !x.has_scts && !leaf.self_issued());
    assert_eq!(x.authority_key_id.as_ref().unwrap().key_id, c.int.extensions.subject_key_id);
    assert_eq!(leaf.lints, []);
    assert!(c.root.self_signed(&RustVerifier) && !c.int.self_signed(&RustVerifier));
}

/// Another reader agrees on what both read.
#[test]
fn agrees_with_x509_parser() {
    use x509_parser::prelude::{FromDer as _, X509Certificate};
    for a in mozilla().iter() {
        let ours = a.certificate().unwrap();
        let (_, theirs) = X509Certificate::from_der(&ours.der).unwrap();
        assert_eq!(&*ours.serial, theirs.raw_serial());
        assert_eq!(ours.subject.der(), theirs.subject().as_raw());
        assert_eq!(&*ours.public_key.spki, theirs.public_key().raw);
        assert_eq!(ours.not_before, theirs.validity().not_before.timestamp());
        assert_eq!(ours.not_after, theirs.validity().not_after.timestamp());
        assert_eq!(ours.is_ca(), theirs.is_ca());
        let ku = theirs.key_usage().unwrap().map(|k| k.value.flags);
        assert_eq!(ours.extensions.key_usage.map(|k| k.0), ku);
    }
}

#[test]
fn lints() {
    let c = Chain::new();
    let made = |edit: &dyn Fn(&mut CertificateMaker)| {
        let mut m = c.leaf_maker();
        edit(&mut m);
        c.with_leaf(&m).lints.clone()
    };
    assert_eq!(made(&|m| m.serial = vec![]), [Lint::SerialEmpty]);
    assert_eq!(made(&|m| m.serial = vec![0xaf]), [Lint::SerialNegative]);
    assert_eq!(made(&|m| m.serial = vec![0, 1]), [Lint::SerialNotMinimal]);
    assert_eq!(made(&|m| m.serial = vec![0]), [Lint::SerialZero]);
    assert_eq!(made(&|m| m.serial = vec![1; 21]), [Lint::SerialLong(21)]);
    assert_eq!(made(&|m| m.trailing = vec![0; 3]), [Lint::TrailingOctets(3)]);
    assert_eq!(made(&|m| m.version = 0), [Lint::ExtensionsWithoutV3]);
    let mismatch = made(&|m| m.inner_algorithm = Some(make::algorithm_identifier(&SignatureAlgorithm::Ed25519)));
    assert_eq!(mismatch, [Lint::AlgorithmMismatch]);
    let reversed = made(&|m| (m.not_before, m.not_after) = (NOW, NOW - 1));
    assert_eq!(reversed, [Lint::ValidityReversed]);
    let junk = made(&|m| m.validity = Some(writer::sequence(&[writer::octets(b"soon"), writer::time(NOW)])));
    assert!(matches!(junk[..], [Lint::DamagedTime(_)]));
    let empty = made(&|m| *m = m.clone().set(Extension::key_usage(0)));
    assert_eq!(empty, [Lint::KeyUsageEmpty]);
    let damaged = made(&|m| *m = m.clone().set(Extension::raw(oid::SUBJECT_ALT_NAME, false, vec![0x30, 9, 0x82])));
    assert!(matches!(&damaged[..], [Lint::DamagedExtension(o, e)] if *o == *oid::SUBJECT_ALT_NAME && e.truncated()));
    let certsign = made(&|m| *m = m.clone().set(Extension::key_usage(KeyUsage::KEY_CERT_SIGN)));
    assert_eq!(certsign, [Lint::CaBitsContradict]);
}

#[test]
fn every_container() {
    let c = Chain::new();
    let ids = |bytes: &[u8]| read_certificates(bytes).into_iter().map(|r| r.unwrap().id).collect::<Vec<_>>();
    let (leaf, int) = (c.leaf.to_pem(), c.int.to_pem());
    assert_eq!(ids(&c.leaf.der), [c.leaf.id]);
    assert_eq!(ids(&[&c.leaf.der[..], &c.int.der[..]].concat()), [c.leaf.id, c.int.id]);
    let text = format!("\u{feff}subject=/CN=x\n{leaf}\n{}", int.replace('\n', "\r\n"));
    assert_eq!(ids(text.as_bytes()), [c.leaf.id, c.int.id]);
    let base64: String = leaf.lines().filter(|l| !l.starts_with('-')).collect();
    assert_eq!(ids(base64.as_bytes()), [c.leaf.id]);

    // PKCS#7 as the openssl program makes it, in DER and PEM.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("chain.pem");
    std::fs::write(&file, format!("{leaf}{int}")).unwrap();
    for form in ["DER", "PEM"] {
        let mut c7 = std::process::Command::new("openssl");
        let p7 = run(c7.args(["crl2pkcs7", "-nocrl", "-outform", form, "-certfile"]).arg(&file));
        let mut found = ids(&p7);
        found.sort();
        let mut want = [c.leaf.id, c.int.id];
        want.sort();
        assert_eq!(found, want);
    }
}

#[test]
fn damage_is_told() {
    let c = Chain::new();
    let cut = &c.leaf.der[..200];
    let [Err(ReadError::Der { block: None, error })] = &read_certificates(cut)[..] else { panic!() };
    assert!(error.truncated() && error.offset == 0);
    assert_eq!(read_certificates(b""), [Err(ReadError::NoCertificate)]);
    assert_eq!(
        read_certificates(b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"),
        [Err(ReadError::NoCertificate)]
    );
    let [Err(ReadError::Der { error, .. })] = &read_certificates(b"<html>404</html>")[..] else { panic!() };
    assert_eq!((error.offset, error.expected), (0, "Certificate"));
    let broken = c.leaf.to_pem().replacen('M', "!", 1) + &c.int.to_pem();
    let read = read_certificates(broken.as_bytes());
    assert!(matches!(&read[0], Err(ReadError::Pem(e)) if e.line == 2) && read[1].is_ok());
}
