//! Reports of SSLDiag: fields, codes in every form, any words around them.

use proptest::prelude::*;

use super::make::{self, MadeSite};
use super::*;

const ENGLISH: [&str; 14] = [
    "System Time",
    "OS",
    "SERVER SSL PROTOCOLS",
    "Started",
    "You have a private key that corresponds to this certificate.",
    "You have a private key but",
    "failed with",
    "Subject",
    "Issuer",
    "Validity",
    "Serial Number",
    "Enhanced Key Usage",
    "Server Authentication",
    "returned error",
];

fn sites() -> Vec<MadeSite> {
    let good = MadeSite {
        id: 1,
        name: "Default Web Site".into(),
        hash: "a1 ".repeat(20),
        subject: "CN=www.example.kr".into(),
        issuer: "CN=CA".into(),
        serial: "0102030405".into(),
        key_code: None,
        chain_code: Some("-2146762480(0x800b0110)".into()),
    };
    let broken = MadeSite {
        id: 72,
        hash: "b2".repeat(19),
        key_code: Some("0x80090016".into()),
        chain_code: Some("-2146762487".into()),
        ..good.clone()
    };
    let unbound = MadeSite { id: 73, hash: String::new(), chain_code: None, ..good.clone() };
    vec![good, broken, unbound]
}

fn english(at: usize) -> String {
    ENGLISH[at].to_owned()
}

fn read_str(text: &str) -> SslDiag {
    read(&Text::new(text))
}

#[test]
fn a_report_with_codes_in_every_form() {
    let text = make::report(&english, "Microsoft Windows NT 5.2.3790", &sites());
    assert!(recognise(&Text::new(&text)));
    let read = read_str(&text);
    assert_eq!(
        read.protocols.iter().map(|(name, on, _)| (name.as_str(), *on)).collect::<Vec<_>>(),
        [("PCT 1.0", Some(false)), ("SSL 2.0", Some(true)), ("SSL 3.0", Some(true)), ("TLS 1.0", Some(true))]
    );
    assert_eq!(read.event_logging.map(|(bits, _)| bits), Some(1));
    assert!(read.system.as_ref().unwrap().0.contains("5.2.3790"));
    assert_eq!(read.sites.iter().map(|site| site.id).collect::<Vec<_>>(), [1, 72, 73]);
    let good = &read.sites[0].certificates[0];
    assert_eq!((good.hash.as_ref().unwrap().whole(), good.key.as_ref()), (Some(&[0xa1; 20]), None));
    assert_eq!(good.chain.as_ref().map(|code| code.value), Some(0x800b_0110));
    assert_eq!(
        (good.subject.as_deref(), good.issuer.as_deref(), good.serial.as_deref()),
        (Some("CN=www.example.kr"), Some("CN=CA"), Some("0102030405"))
    );
    assert_eq!(good.usages, ["1.3.6.1.5.5.7.3.1"]);
    assert_eq!(good.validity.map(|time| time.map(|time| time.year)), [Some(2011), Some(2013)]);
    assert_eq!(good.sentences.len(), 1);
    let broken = &read.sites[1].certificates[0];
    assert!(matches!(&broken.hash, Some(Hash::Damaged(_))));
    assert_eq!(
        (broken.key.as_ref().map(|code| code.value), broken.chain.as_ref().map(|code| code.value)),
        (Some(0x8009_0016), Some(0x800b_0109))
    );
    assert!(read.sites[2].certificates[0].empty_hash);
}

#[test]
fn bindings_of_the_newer_layout() {
    let text = "[W3SVC/1]\nServerComment  : A\n\nBINDING: http *:80:\nBINDING: https *:443:a.example\n#Subject: CN=a.example\nBINDING: https *:444:\n#Subject: CN=b.example\n";
    let read = read_str(text);
    let site = &read.sites[0];
    assert_eq!(site.bindings.len(), 3);
    let told: Vec<_> =
        site.certificates.iter().map(|found| (found.binding.as_deref(), found.subject.as_deref())).collect();
    assert_eq!(
        told,
        [(Some("https *:443:a.example"), Some("CN=a.example")), (Some("https *:444:"), Some("CN=b.example"))]
    );
}

#[test]
fn other_texts_are_not_taken() {
    assert!(!recognise(&Text::new("[section]\nServerComment=x\n")));
    assert!(!recognise(&Text::new("[W3SVC/1]\n")));
}

fn facts(read: &SslDiag) -> Vec<String> {
    let certificate = |found: &DiagCertificate| {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            found.hash,
            found.subject,
            found.issuer,
            found.serial,
            found.validity,
            found.usages,
            found.key,
            found.chain,
            found.line
        )
    };
    let site = |site: &DiagSite| {
        format!(
            "{} {:?} {:?} {:?}",
            site.id,
            site.name,
            site.auto_start,
            site.certificates.iter().map(certificate).collect::<Vec<_>>()
        )
    };
    let mut out: Vec<String> = read.sites.iter().map(site).collect();
    out.push(format!("{:?} {:?}", read.protocols, read.event_logging));
    out
}

proptest! {
    #[test]
    fn random_words_change_nothing(words in proptest::collection::vec("[가-힣а-яa-zあ-ん]{1,6}( [가-힣а-яa-z]{1,6}){0,3}", 14)) {
        let expected = facts(&read_str(&make::report(&english, "Windows", &sites())));
        let text = make::report(&|at| words[at].clone(), "Windows", &sites());
        prop_assert_eq!(facts(&read_str(&text)), expected);
    }

    #[test]
    fn a_cut_anywhere_keeps_what_stands_before(at in any::<prop::sample::Index>()) {
        let text = make::report(&english, "Windows", &sites());
        let at = at.index(text.len());
        let whole = read_str(&text);
        for (found, whole) in read_str(&text[..at]).sites.iter().zip(&whole.sites) {
            prop_assert!(found.certificates.len() <= whole.certificates.len());
            prop_assert_eq!(found.line, whole.line);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,300}") {
        let _ = read_str(&format!("[W3SVC/1]\n{text}\nSSLCertHash: {text}\n#{text}: CN={text}\nhttps {text}"));
        let _ = recognise(&Text::new(&text));
    }
}
