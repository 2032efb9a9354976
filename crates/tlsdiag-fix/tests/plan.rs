//! Which chain is chosen, where missing issuers are looked for, and what a second reading finds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by a panic what is wrong")]
use std::sync::Arc;
use tlsdiag_fix::{Around, Held, Order, Plan, Refusal, Shape, Target, plan, recheck};
use tlsdiag_model::{Lang, Say};
use tlsdiag_pki::{
    AnchorSet, Certificate, Hash, SignatureAlgorithm,
    make::{CertificateMaker, Extension, Signer},
    oid, pem,
    secret::{Limits, NoPasswords},
    writer,
};

/// 2026-11-24T00:00:00Z
const NOW: i64 = 1_795_478_400;
const DAY: i64 = 86_400;

struct Key(ed25519_dalek::SigningKey);

impl Key {
    fn new(label: &str) -> Key {
        Key(ed25519_dalek::SigningKey::from_bytes(&Hash::Sha256.digest(label.as_bytes()).try_into().unwrap()))
    }
    fn pem(&self) -> String {
        let algorithm = writer::sequence(&[writer::oid(oid::ED25519)]);
        let key = writer::octets(&writer::octets(self.0.as_bytes()));
        pem::encode("PRIVATE KEY", &writer::sequence(&[writer::small(0), algorithm, key]))
    }
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        let algorithm = writer::sequence(&[writer::oid(oid::ED25519)]);
        writer::sequence(&[algorithm, writer::bit_string(self.0.verifying_key().as_bytes())])
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ed25519
    }
    fn sign(&self, _: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        use ed25519_dalek::Signer as _;
        self.0.sign(message).to_bytes().to_vec()
    }
}

fn read(der: Vec<u8>) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(&der).unwrap())
}

fn root(name: &str, key: &Key) -> Arc<Certificate> {
    read(CertificateMaker::root(name, key, NOW).sign(key))
}

fn held(files: &[(&str, &[&str])]) -> Held {
    let mut held = Held::default();
    for (name, parts) in files {
        held.add(name, parts.concat().as_bytes(), &mut NoPasswords, &Limits::default());
    }
    held
}

type Asked = Vec<(String, bool)>;

/// What answers a URL.
type Network<'a> = &'a dyn Fn(&str) -> Vec<u8>;

/// A chain of these, with these anchors and this network.
fn chain(held: &Held, anchors: &[&Arc<Certificate>], network: Option<Network<'_>>) -> (Result<Plan, Refusal>, Asked) {
    let mut set = AnchorSet::new("test");
    anchors.iter().for_each(|a| set.add(a));
    let targets = [Target { path: "out.pem".into(), shape: Shape::Chain }];
    let order = Order {
        targets: &targets,
        new_folder: None,
        server: None,
        host: None,
        password: None,
        time: NOW,
        anchors: &[&set],
    };
    let mut asked = vec![];
    let mut fetch = |url: &str, ours: bool| -> Result<Vec<u8>, Say> {
        asked.push((url.to_owned(), ours));
        Ok(network.unwrap()(url))
    };
    let mut around = Around {
        stores: &mut Vec::new,
        fetch: if network.is_some() { Some(&mut fetch) } else { None },
        random: &mut |_| Ok(()),
    };
    let plan = plan(held, &order, &mut around);
    (plan, asked)
}

fn names(plan: &Plan) -> Vec<String> {
    plan.chain.iter().map(|c| tlsdiag_fix::called(c)).collect()
}

#[test]
fn a_cross_signed_certificate_that_was_given_stays() {
    let (old, new, leaf) = (Key::new("old"), Key::new("new"), Key::new("leaf"));
    let (old_root, new_root) = (root("Old Root", &old), root("New Root", &new));
    let cross = read(CertificateMaker::intermediate("New Root", &new, &old_root, NOW).sign(&old));
    let leaf = read(CertificateMaker::leaf(&["a.example"], &leaf, &new_root, NOW).sign(&new));
    let both = [&old_root, &new_root];
    let given = held(&[("a.pem", &[&cross.to_pem(), &leaf.to_pem()])]);
    assert_eq!(names(&chain(&given, &both, None).0.unwrap()), ["a.example", "New Root"]);
    // it is not fetched in where the authority did not give it
    let given = held(&[("a.pem", &[&leaf.to_pem()])]);
    assert_eq!(names(&chain(&given, &both, None).0.unwrap()), ["a.example"]);
    // and it goes where its own root is trusted no more
    let given = held(&[("a.pem", &[&cross.to_pem(), &leaf.to_pem()])]);
    assert_eq!(names(&chain(&given, &[&new_root], None).0.unwrap()), ["a.example"]);
}

#[test]
fn an_expired_issuer_gives_way_to_its_renewal_beside() {
    let (top, middle, leaf) = (Key::new("top"), Key::new("middle"), Key::new("leaf"));
    let top_root = root("Top", &top);
    let mut maker = CertificateMaker::intermediate("Middle", &middle, &top_root, NOW);
    let renewed = read(maker.sign(&top));
    (maker.not_before, maker.not_after) = (NOW - 900 * DAY, NOW - DAY);
    let expired = read(maker.sign(&top));
    let leaf = read(CertificateMaker::leaf(&["a.example"], &leaf, &renewed, NOW).sign(&middle));
    let mut given = held(&[("a.pem", &[&leaf.to_pem(), &expired.to_pem()])]);
    let plan = chain(&given, &[&top_root], None).0.unwrap();
    assert_eq!(plan.chain[1].id, expired.id);
    assert!(plan.warnings.iter().any(|w| w.render(Lang::En).starts_with("Middle has expired")), "{:?}", plan.warnings);
    given.add_beside("b.pem", renewed.to_pem().as_bytes(), &Limits::default());
    let plan = chain(&given, &[&top_root], None).0.unwrap();
    assert_eq!(plan.chain[1].id, renewed.id);
    assert!(plan.missing.is_none() && plan.warnings.is_empty(), "{:?}", plan.warnings);
}

#[test]
fn addresses_are_asked_only_while_something_is_missing_and_a_few_times_at_most() {
    let (top, middle, key) = (Key::new("top"), Key::new("middle"), Key::new("leaf"));
    let top_root = root("Top", &top);
    let issuer = read(CertificateMaker::intermediate("Middle", &middle, &top_root, NOW).sign(&top));
    let urls = [
        "http://ca.example/1",
        "http://ca.example/2",
        "http://ca.example/3",
        "http://ca.example/4",
        "http://ca.example/5",
    ];
    let aia = Extension::authority_info_access(&urls, &[]);
    let leaf = read(CertificateMaker::leaf(&["a.example"], &key, &issuer, NOW).set(aia).sign(&middle));
    let second = |url: &str| if url.ends_with('2') { issuer.der.to_vec() } else { b"nothing".to_vec() };

    let alone = held(&[("a.pem", &[&leaf.to_pem()])]);
    let (plan, asked) = chain(&alone, &[&top_root], Some(&second));
    assert_eq!(names(&plan.unwrap()), ["a.example", "Middle"]);
    assert_eq!(asked, [(urls[0].to_owned(), false), (urls[1].to_owned(), false)], "no key: it may be anybody's");

    let with_key = held(&[("a.pem", &[&leaf.to_pem(), &key.pem()])]);
    let (plan, asked) = chain(&with_key, &[&top_root], Some(&|_| vec![]));
    let missing = plan.unwrap().missing.unwrap().render(Lang::En);
    assert!(missing.contains("CN=Middle") && missing.contains("no certificate in the answer"), "{missing}");
    assert!(asked.len() == 4 && asked.iter().all(|(_, ours)| *ours), "{asked:?}");

    let whole = held(&[("a.pem", &[&leaf.to_pem(), &issuer.to_pem()])]);
    assert_eq!(chain(&whole, &[&top_root], Some(&second)).1, []);
}

#[test]
fn of_renewals_with_one_key_the_valid_one_is_taken() {
    let (top, key) = (Key::new("top"), Key::new("leaf"));
    let top_root = root("Top", &top);
    let mut maker = CertificateMaker::leaf(&["a.example"], &key, &top_root, NOW);
    let now = read(maker.sign(&top));
    (maker.not_before, maker.not_after) = (NOW + 300 * DAY, NOW + 600 * DAY);
    let later = read(maker.sign(&top));
    (maker.not_before, maker.not_after) = (NOW - 300 * DAY, NOW - DAY);
    let before = read(maker.sign(&top));
    let all = held(&[("a.pem", &[&before.to_pem(), &later.to_pem(), &now.to_pem(), &key.pem()])]);
    let plan = chain(&all, &[&top_root], None).0.unwrap();
    assert_eq!(plan.chain[0].id, now.id);
    assert_eq!(plan.left_out.len(), 2);
}

#[test]
fn a_private_key_never_shows() {
    let (top, key) = (Key::new("top"), Key::new("leaf"));
    let top_root = root("Top", &top);
    let leaf = read(CertificateMaker::leaf(&["a.example"], &key, &top_root, NOW).sign(&top));
    let all = held(&[("a.pem", &[&leaf.to_pem(), &key.pem()])]);
    let bytes = key.0.as_bytes();
    let shown = format!("{all:?}");
    assert!(!shown.contains(&format!("{}, {}, {}, {}", bytes[0], bytes[1], bytes[2], bytes[3])), "{shown}");
}

#[test]
fn a_second_reading_finds_what_is_not_as_meant() {
    let (top, middle, key) = (Key::new("top"), Key::new("middle"), Key::new("leaf"));
    let top_root = root("Top", &top);
    let issuer = read(CertificateMaker::intermediate("Middle", &middle, &top_root, NOW).sign(&top));
    let leaf = read(CertificateMaker::leaf(&["a.example"], &key, &issuer, NOW).sign(&middle));
    let all = held(&[("a.pem", &[&leaf.to_pem(), &issuer.to_pem()])]);
    let plan = chain(&all, &[&top_root], None).0.unwrap();
    let file = &plan.files[0];
    assert!(recheck(file, &file.octets, &plan, None).is_ok());
    let turned = format!("{}{}", issuer.to_pem(), leaf.to_pem());
    let with_key = format!("{}{}{}", leaf.to_pem(), issuer.to_pem(), key.pem());
    for wrong in [turned.as_str(), &leaf.to_pem(), "", &with_key] {
        assert!(recheck(file, wrong.as_bytes(), &plan, None).is_err(), "{wrong}");
    }
}
