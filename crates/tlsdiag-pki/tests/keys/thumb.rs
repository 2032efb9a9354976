//! Pasted thumbprints compared with certificates.
use crate::support::*;
use tlsdiag_pki::thumb::{Kind, Near, Verdict, compare, parse};

#[test]
fn same_and_nearly_the_same() {
    let f = Folder::new();
    for name in ["a", "b"] {
        f.openssl(&format!("req -x509 -newkey ed25519 -nodes -keyout k.pem -out {name}.crt -subj /CN={name} -days 30"));
    }
    let certs: Vec<_> =
        ["a.crt", "b.crt"].map(|n| tlsdiag_pki::read_certificates(&f.read(n)).remove(0).unwrap()).into();
    let printed =
        |kind: &str| String::from_utf8(f.openssl(&format!("x509 -in b.crt -noout -fingerprint {kind}"))).unwrap();
    assert_eq!(compare(&parse(&printed("-sha1")), &certs), Verdict::Same(1));
    assert_eq!(compare(&parse(&printed("-sha256")), &certs), Verdict::SameBySha256(1));
    assert_eq!(compare(&parse(&printed("-md5")), &certs), Verdict::SameBy(Kind::Md5, 1));
    let right = certs[1].thumbprint.to_string();
    assert_eq!(compare(&parse(&format!("\u{200e}{}", right.to_uppercase())), &certs), Verdict::Same(1));
    let near = |text: &str| match compare(&parse(text), &certs) {
        Verdict::NearMiss { index: 1, how } => how,
        other => panic!("{text}: {other:?}"),
    };
    let kind = Kind::Sha1;
    // A digit that differs from its neighbours, so that the place is certain.
    let at = (1..39).find(|i| right[i - 1..*i] != right[*i..i + 1] && right[*i..i + 1] != right[i + 1..i + 2]).unwrap();
    let (head, tail) = right.split_at(at);
    let digit = &right[at..=at];
    let other = if digit == "0" { "1" } else { "0" };
    assert_eq!(near(&format!("{head}{}", &tail[1..])), Near::Missing { kind, at, count: 1 });
    assert!(matches!(near(&format!("{head}{digit}{tail}")), Near::Extra { count: 1, .. }));
    assert_eq!(near(&format!("{head}{other}{}", &tail[1..])), Near::Other { kind, at, count: 1 });
    let next = &right[at + 1..at + 2];
    assert_eq!(near(&format!("{head}{next}{digit}{}", &tail[2..])), Near::Swapped { kind, at });
    assert_eq!(near(&right[..12]), Near::Beginning { kind });
    assert_eq!(near(&certs[1].serial_hex()), Near::SerialNumber);
    let id: String = certs[1].extensions.subject_key_id.as_ref().unwrap().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(near(&id), Near::SubjectKeyId);
    for text in ["", "00", "c09b416d6b08d615db220640790d156388e96823", "no hex", "beef"] {
        assert_eq!(compare(&parse(text), &certs), Verdict::None, "{text}");
    }
    assert_eq!(compare::<std::sync::Arc<tlsdiag_pki::Certificate>>(&parse(&right), &[]), Verdict::None);
}
