//! Faults of encoding and profile that strict parsers refuse, each made and told.
use crate::support::*;
use std::sync::Arc;
use tlsdiag_pki::extensions::{KeyUsage, PointName};
use tlsdiag_pki::make::{CertificateMaker, Extension, name};
use tlsdiag_pki::oid::Oid;
use tlsdiag_pki::*;

fn made(edit: &dyn Fn(CertificateMaker) -> CertificateMaker) -> Arc<Certificate> {
    let c = Chain::new();
    c.with_leaf(&edit(c.leaf_maker()))
}

fn lints(edit: &dyn Fn(CertificateMaker) -> CertificateMaker) -> Vec<Lint> {
    made(edit).lints.clone()
}

fn of(id: &[u8]) -> Oid {
    Oid::from_der(id)
}

#[test]
fn extensions_strict_parsers_refuse() {
    let usage = |octets: &[u8]| {
        let value = writer::tlv(der::Tag::BIT_STRING, octets);
        lints(&|m| m.set(Extension::raw(oid::KEY_USAGE, true, value.clone())))
    };
    assert_eq!(usage(&[7, 0x80]), []);
    // a zero bit too many, and a bit set where none is
    assert_eq!(usage(&[6, 0x80]), [Lint::BitPadding(of(oid::KEY_USAGE))]);
    assert_eq!(usage(&[7, 0x81]), [Lint::BitPadding(of(oid::KEY_USAGE))]);

    let twice = lints(&|m| m.set(Extension::policies(&[&[0x2a, 3], &[0x2a, 3]])));
    assert_eq!(twice, [Lint::PolicyTwice(of(&[0x2a, 3]))]);

    let after = lints(&|m| {
        let value = [writer::sequence::<Vec<u8>>(&[]), vec![5, 0]].concat();
        m.set(Extension::raw(oid::BASIC_CONSTRAINTS, true, value))
    });
    assert!(matches!(after[..], [Lint::TrailingInside(_)]), "{after:?}");

    let aia = lints(&|m| m.set(Extension::raw(oid::AUTHORITY_INFO_ACCESS, false, writer::sequence::<Vec<u8>>(&[]))));
    assert_eq!(aia, [Lint::AiaMalformed]);
    let place = writer::sequence(&[writer::oid(oid::AD_OCSP), writer::tlv(der::Tag::context(2), b"ocsp.example.kr")]);
    let elsewhere = Extension::raw(oid::AUTHORITY_INFO_ACCESS, false, writer::sequence(&[place]));
    assert_eq!(lints(&|m| m.set(elsewhere.clone())), [Lint::AiaLocation]);

    let half =
        writer::sequence(&[writer::tlv(der::Tag::context(0), &[1; 20]), writer::tlv(der::Tag::context(2), &[7])]);
    let aki = Extension::raw(oid::AUTHORITY_KEY_IDENTIFIER, false, half);
    assert_eq!(lints(&|m| m.set(aki.clone())), [Lint::AkiPair]);
}

#[test]
fn frames_strict_parsers_refuse() {
    let c = Chain::new();
    let null = writer::sequence(&[writer::oid(oid::SHA256_ECDSA), vec![5, 0]]);
    // the same octets beside the signature and inside
    let der = c.leaf_maker().sign(&c.int_key);
    let bare = writer::sequence(&[writer::oid(oid::SHA256_ECDSA)]);
    let outer = der::Reader::new(&der).read("Certificate").unwrap();
    let parts: Vec<Vec<u8>> = outer.reader().elements("part").map(|p| p.unwrap().raw.to_vec()).collect();
    let swapped = |part: &[u8]| if part == bare { null.clone() } else { part.to_vec() };
    let tbs = der::Reader::new(&parts[0]).read("TBS").unwrap();
    let inner: Vec<Vec<u8>> = tbs.reader().elements("field").map(|f| swapped(f.unwrap().raw)).collect();
    let whole = writer::sequence(&[writer::sequence(&inner), null.clone(), parts[2].clone()]);
    assert_eq!(Certificate::from_der(&whole).unwrap().lints, [Lint::AlgorithmParameters]);

    let explicit: Vec<Vec<u8>> = [
        vec![writer::explicit(0, &writer::small(0))],
        inner.iter().skip(1).map(|f| if *f == null { bare.clone() } else { f.clone() }).collect(),
    ]
    .concat();
    let v1 = writer::sequence(&[writer::sequence(&explicit), bare.clone(), parts[2].clone()]);
    assert_eq!(Certificate::from_der(&v1).unwrap().lints, [Lint::VersionEncoded, Lint::ExtensionsWithoutV3]);
}

#[test]
fn names_and_numbers() {
    let long = "n".repeat(65);
    let subject = |attributes: &[(&[u8], &str)]| {
        let der = name(attributes);
        lints(&|mut m| {
            m.subject = der.clone();
            m
        })
    };
    assert_eq!(subject(&[(oid::CN, &long[1..])]), []);
    assert_eq!(subject(&[(oid::CN, &long)]), [Lint::NameLength(of(oid::CN))]);
    assert_eq!(subject(&[(oid::COUNTRY, "KOR"), (oid::CN, "x")]), [Lint::NameLength(of(oid::COUNTRY))]);

    let rsa = |n: &[u8]| {
        let numbers = writer::sequence(&[writer::integer(n), writer::integer(&[1, 0, 1])]);
        let algorithm = writer::sequence(&[writer::oid(oid::RSA), vec![5, 0]]);
        let spki = writer::sequence(&[algorithm, writer::bit_string(&numbers)]);
        lints(&|mut m| {
            m.spki = spki.clone();
            m
        })
    };
    let mut modulus = vec![0xc3; 257];
    modulus[0] = 0;
    assert_eq!(rsa(&modulus), []);
    assert_eq!(rsa(&modulus[1..]), [Lint::KeyNumbers]);
    assert_eq!(rsa(&[&[0][..], &modulus].concat()), [Lint::KeyNumbers]);
}

/// The key that identifies a name does not depend on the order of a set, on case, or on spaces.
#[test]
fn names_are_folded() {
    let one = |pairs: &[(&[u8], &str)]| {
        let set: Vec<Vec<u8>> = pairs
            .iter()
            .map(|(id, v)| writer::sequence(&[writer::oid(id), writer::tlv(der::Tag::UTF8, v.as_bytes())]))
            .collect();
        dn::DistinguishedName::from_der(&writer::sequence(&[writer::set(&set)])).unwrap()
    };
    let (a, b) = (one(&[(oid::CN, "Ärger"), (oid::UNIT, "x")]), one(&[(oid::UNIT, "X"), (oid::CN, " ÄRGER  ")]));
    assert!(a.matches(&b) && a.folded() == b.folded() && a.to_string() == "CN=Ärger+OU=x");
    assert!(!a.matches(&one(&[(oid::CN, "Ärger")])));
    assert!(!one(&[(oid::CN, "a b")]).matches(&one(&[(oid::CN, "ab")])));
    assert!(one(&[(oid::CN, "a \t b")]).matches(&one(&[(oid::CN, "A B")])));
}

#[test]
fn timestamps_and_points_are_read() {
    let sct = [&[0][..], &[9; 32], &1_700_000_000_000u64.to_be_bytes(), &[0, 0], &[4, 3], &[0, 2], &[1, 2]].concat();
    let list = |scts: &[Vec<u8>]| {
        let inner: Vec<u8> = scts.iter().flat_map(|s| [&(s.len() as u16).to_be_bytes()[..], s].concat()).collect();
        [&(inner.len() as u16).to_be_bytes()[..], &inner].concat()
    };
    let read =
        made(&|m| m.set(Extension::raw(oid::SCT_LIST, false, writer::octets(&list(&[sct.clone(), sct.clone()])))));
    let [first, _] = &read.extensions.scts[..] else { panic!("{:?}", read.extensions.scts) };
    assert_eq!((first.timestamp, first.log_id, first.algorithm), (1_700_000_000_000, [9; 32], 0x0403));
    assert!(read.lints.is_empty() && read.extensions.has_scts);
    let cut = sct::read_list(&list(std::slice::from_ref(&sct))[..20]).unwrap_err();
    assert!(cut.truncated());
    assert!(sct::read_list(&[0, 5, 0, 1, 7]).is_err());
    // a version to come is counted
    assert_eq!(sct::read_list(&list(&[vec![1, 2, 3]])).unwrap()[0].version, 1);

    let read = made(&|m| m.set(Extension::crl_distribution_points(&["http://crl.example.kr/a.crl"])));
    assert!(matches!(&read.extensions.distribution_points[0].name, PointName::Full(n) if n.len() == 1));
    assert_eq!(read.extensions.crl_distribution_points, ["http://crl.example.kr/a.crl"]);
    assert!(read.extensions.key_usage.unwrap().any(KeyUsage::DIGITAL_SIGNATURE));
}

#[test]
fn validity_in_days() {
    let days = |seconds: i64| {
        made(&|mut m| {
            (m.not_before, m.not_after) = (NOW, NOW + seconds);
            m
        })
    };
    // 200 days to the second, and a second more, in a time when 200 is the limit
    let just = days(200 * DAY - 1);
    assert_eq!((validity::validity_days(&just), validity::over_limit(&just)), (200, None));
    let over = days(200 * DAY);
    assert_eq!((validity::validity_days(&over), validity::over_limit(&over).unwrap().days), (201, 200));
}
