//! Renewal on suites made here: names, keys and signatures change, relations and faults stay.
use super::words::Words;
use super::*;
use std::process::Command;
use tlsdiag_pki::der::Tag;
use tlsdiag_pki::make::{CertificateMaker, Extension, San, SignatureFault, Signer, name};
use tlsdiag_pki::{Certificate, Hash, RustVerifier, writer};

#[test]
fn names_keep_their_relations() {
    let mut w = Words::new(3, "case");
    w.keep_suffix_of("shop.example.co.uk");
    let text = |s: &str| String::from_utf8(w.text(s.as_bytes())).unwrap();
    let (name, upper, wild) = (text("shop.example.co.uk"), text("SHOP.Example.co.uk"), text("*.example.co.uk"));
    assert!(name.ends_with(".co.uk") && name.len() == "shop.example.co.uk".len() && !name.contains("shop"));
    assert!(name != upper && name.eq_ignore_ascii_case(&upper));
    assert!(
        name.ends_with(wild.strip_prefix('*').unwrap()) && text("not-example.co.uk").ends_with(&text("example.co.uk"))
    );
    assert_eq!(text("xn--bcher-kva.co.uk"), "xn--bcher-kva.co.uk", "an A-label stays one");
    assert!(text("http://a.co.uk/x").starts_with("http://"));
    let wide = w.wide_text(&[0, b'A', 0, b'b', 7], 2);
    assert_eq!((wide.len(), wide[0], wide[4]), (5, 0, 7));
    assert_eq!([wide[1], wide[3]].as_slice(), text("Ab").as_bytes());
}

#[test]
fn addresses_stay_in_their_networks_and_forms() {
    let w = Words::new(9, "case");
    let (mut inside, mut outside, mut net) = ([10, 1, 2, 3], [10, 2, 2, 3], [10, 1, 0, 0]);
    let mask = [255, 255, 0, 0];
    w.address(&mut inside, None);
    w.address(&mut outside, None);
    w.address(&mut net, Some(&mask));
    assert_eq!((inside[..2] == net[..2], outside[..2] == net[..2]), (true, false));
    assert_eq!(net[2..], [0, 0]);
    assert_eq!(w.host("10.1.2.3"), std::net::Ipv4Addr::from(inside).to_string());
    assert!(w.host("010.001.002.003").split('.').all(|p| p.len() == 3));
    let plain = w.host("2001:db8::1");
    let parsed: std::net::Ipv6Addr = plain.parse().unwrap();
    assert!(parsed.to_string() == plain && plain != "2001:db8::1");
    assert!(w.host("2001:DB8::1").parse() == Ok(parsed) && w.host("2001:DB8::1") != plain);
    let mut octets = "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap().octets();
    w.address(&mut octets, None);
    assert_eq!(octets, parsed.octets());
}

#[test]
fn serial_numbers_keep_their_form() {
    for seed in 0..40 {
        let w = Words::new(seed, "case");
        assert_eq!(w.serial(&[]), [] as [u8; 0]);
        assert_eq!(w.serial(&[0]), [0]);
        let one: std::collections::HashSet<Vec<u8>> = (0..=255).map(|n| w.serial(&[n])).collect();
        assert_eq!(one.len(), 256, "no two become one");
        assert!((1..128).all(|n| (1..128).contains(&w.serial(&[n])[0])) && w.serial(&[0x90])[0] >= 0x80);
        let padded = w.serial(&[0, 0x80, 7]);
        assert!(padded[0] == 0 && padded[1] >= 0x80 && padded != [0, 0x80, 7]);
    }
}

/// A P-256 key of the pool, to make cases with.
struct Key(KeyPool, Pair, Vec<u8>);

impl Key {
    fn new(n: usize) -> Key {
        let mut pool = KeyPool::new().unwrap();
        let pair = pool.pair(&KeySpec::Ec("prime256v1"), n).unwrap();
        let spki = tlsdiag_pki::make::ec_spki(oid::P256, &pair.bits_like(&[]));
        Key(pool, pair, spki)
    }
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        self.2.clone()
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        self.0.sign(&self.1, algorithm, message).unwrap()
    }
}

fn openssl_is_here() -> bool {
    let here = Command::new("openssl").arg("version").output().is_ok_and(|o| o.status.success());
    if !here {
        println!("skipped: openssl is not on this machine");
    }
    here
}

#[test]
fn what_verified_verifies_and_what_did_not_does_not() {
    if !openssl_is_here() {
        return;
    }
    let (root_key, leaf_key) = (Key::new(900), Key::new(901));
    let root = CertificateMaker::root("Old Root", &root_key, 1_700_000_000).sign(&root_key);
    let issuer = Certificate::from_der(&root).unwrap();
    let leaf =
        CertificateMaker::leaf(&["shop.old.example.com", "*.old.example.com"], &leaf_key, &issuer, 1_700_000_000);
    let good = leaf.sign(&root_key);
    let broken = CertificateMaker { fault: SignatureFault::FlipLastBit, ..leaf.clone() }.sign(&root_key);
    let stranger = leaf.clone().set(Extension::authority_key_id(&[7; 20])).sign(&leaf_key);
    let case = Case {
        certificates: vec![root.clone(), good.clone(), broken, stranger, root],
        hosts: vec!["shop.old.example.com".into()],
        ..Case::default()
    };
    let mut renewer = Renewer::new(5).unwrap();
    let new = renewer.renew("case", &case).unwrap();
    assert!(renewer.left.is_empty());
    assert_eq!(new.certificates[0], new.certificates[4], "one certificate stays one");
    let read: Vec<Certificate> = new.certificates.iter().map(|c| Certificate::from_der(c).unwrap()).collect();
    let [root, good, broken, stranger, _] = read.as_slice() else { panic!() };
    let by = |c: &Certificate, i: &Certificate| c.signed_by(&i.public_key, &RustVerifier).is_ok();
    assert!(root.self_signed(&RustVerifier) && by(good, root) && !by(broken, root) && !by(stranger, root));
    assert!(by(stranger, stranger), "signed with its own key, as before");
    assert!(root.public_key != issuer.public_key && root.subject != issuer.subject);
    assert_eq!(root.subject.to_string().len(), issuer.subject.to_string().len());
    let old = Certificate::from_der(&case.certificates[1]).unwrap();
    assert!(good.serial != old.serial && good.serial.len() == old.serial.len());
    assert_eq!((good.not_before, good.not_after), (old.not_before, old.not_after));
    let names: Vec<&str> = good.dns_names().collect();
    assert_eq!(names[0], new.hosts[0]);
    assert!(names[0].ends_with(&names[1][1..]) && names[0].ends_with(".com") && !names[0].contains("example"));
    let key_id = |c: &Certificate| c.extensions.authority_key_id.as_ref().unwrap().key_id.clone();
    assert_eq!(key_id(good).as_deref(), Some(root.public_key.sha1().as_slice()));
    assert_ne!(key_id(stranger), key_id(good));
    // names by the seed alone
    let again = Renewer::new(5).unwrap().renew("case", &case).unwrap();
    assert_eq!((&again.hosts, &again.renamed), (&new.hosts, &new.renamed));
    assert_ne!(Renewer::new(6).unwrap().renew("case", &case).unwrap().hosts, new.hosts);
}

#[test]
fn damaged_encodings_stay_as_they_were() {
    if !openssl_is_here() {
        return;
    }
    let key = Key::new(900);
    let mut m = CertificateMaker::root("Odd Root", &key, 1_700_000_000);
    m.serial = vec![0xff, 0x01];
    m.trailing = b"after".to_vec();
    // a needless length octet in the subject, an IA5String that is no text, an address of five octets
    let plain = name(&[(oid::CN, "needless octet")]);
    let odd = [&[0x30, 0x81, plain[1]], &plain[2..]].concat();
    (m.issuer, m.subject) = (odd.clone(), odd);
    let five = San::Raw(writer::tlv(Tag::context(7), &[1, 2, 3, 4, 5]));
    m = m.set(Extension::san(&[five, San::Raw(writer::tlv(Tag::context(2), b"caf\xe9.example"))]));
    let old = m.sign(&key);
    let case = Case { certificates: vec![old.clone()], ..Case::default() };
    let new = Renewer::new(1).unwrap().renew("odd", &case).unwrap().certificates.remove(0);
    let (old, new) = (Certificate::from_der(&old).unwrap(), Certificate::from_der(&new).unwrap());
    let kinds = |c: &Certificate| c.lints.iter().map(std::mem::discriminant).collect::<Vec<_>>();
    assert!(kinds(&old) == kinds(&new) && old.lints.len() > 3, "{:?} {:?}", old.lints, new.lints);
    assert!(new.self_signed(&RustVerifier) && new.serial.len() == 2 && new.serial[0] == 0xff);
    assert_ne!(old.subject, new.subject);
    assert!(
        Renewer::new(1)
            .unwrap()
            .renew("x", &Case { certificates: vec![vec![1, 2, 3]], ..Case::default() })
            .unwrap()
            .certificates
            == [[1, 2, 3]]
    );
}
