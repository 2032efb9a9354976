//! Containers that we write ourselves, right and wrong: what comes out, what is refused, and why. Needs no other tool.
use crate::support::*;
use proptest::prelude::*;
use std::sync::OnceLock;
use tlsdiag_pki::container::pkcs12::{MacState, Profile, Salts, Writing, write};
use tlsdiag_pki::der::{Reader, Tag};
use tlsdiag_pki::file::{self, Contents, FaultKind, Form, Item};
use tlsdiag_pki::make::CrlMaker;
use tlsdiag_pki::secret::{Coding, Limits, NoPasswords, Password, Passwords, SecretError};
use tlsdiag_pki::{Hash, pem, writer};

pub(crate) const SALTS: Salts = Salts { certificates: ([1; 16], [2; 16]), key: ([3; 16], [4; 16]), mac: [5; 16] };

pub(crate) struct Material {
    pub(crate) chain: Chain,
    /// PKCS#8 of the leaf's key
    pub(crate) key: Vec<u8>,
}

/// The usual chain and its key.
pub(crate) fn material() -> &'static Material {
    static MADE: OnceLock<Material> = OnceLock::new();
    MADE.get_or_init(|| {
        let chain = Chain::new();
        let ec = writer::sequence(&[writer::small(1), writer::octets(&scalar())]);
        let algorithm = writer::sequence(&[writer::oid(tlsdiag_pki::oid::EC), writer::oid(tlsdiag_pki::oid::P256)]);
        let key = writer::sequence(&[writer::small(0), algorithm, writer::octets(&ec)]);
        Material { chain, key }
    })
}

/// The leaf's private number: how `support` makes it of its label.
fn scalar() -> Vec<u8> {
    Hash::Sha512.digest(b"leaf").into_iter().take(32).collect()
}

pub(crate) fn pfx(password: &Password, profile: Profile) -> Vec<u8> {
    let m = material();
    let chain: Vec<&[u8]> = vec![&m.chain.leaf.der, &m.chain.int.der];
    let what = Writing {
        key: &m.key,
        chain: &chain,
        friendly_name: Some("웹 서버 2026"),
        provider: Some("Microsoft Software Key Storage Provider"),
        machine_key: true,
    };
    write(&what, password, profile, &SALTS).unwrap()
}

pub(crate) fn read(octets: &[u8], passwords: &[&str]) -> Contents {
    let mut list: Vec<Password> = passwords.iter().map(|p| Password::new(*p)).collect();
    file::read(octets, &mut list, &Limits::default())
}

fn whys(contents: &Contents) -> Vec<&FaultKind> {
    contents.faults.iter().map(|f| &f.why).collect()
}

/// The key, both certificates, names and identifiers.
fn assert_whole(contents: &Contents) {
    let m = material();
    assert!(contents.complete(), "{:?}", contents.faults);
    let certificates: Vec<_> = contents.certificates().map(|c| c.id).collect();
    assert_eq!(certificates, [m.chain.leaf.id, m.chain.int.id]);
    let key = contents.private_keys().next().unwrap();
    assert!(key.matches(&m.chain.leaf));
}

#[test]
fn what_is_written_is_read_under_both_profiles() {
    for (profile, since_2019) in [(Profile::Windows2012, false), (Profile::Modern, true)] {
        for password in ["", "secret", "비밀번호 😀"] {
            let octets = pfx(&Password::new(password), profile);
            let contents = read(&octets, &["another", password]);
            assert_whole(&contents);
            assert!(contents.faults.is_empty());
            let Form::Pkcs12(facts) = &contents.form else { panic!("{:?}", contents.form) };
            assert!(facts.der && matches!(facts.mac, MacState::Holds(_)) && facts.odd_coding.is_none());
            assert_eq!((facts.needs_windows_2019(), facts.silent_password), (since_2019, password.is_empty()));
            let key = contents.parts.iter().find(|p| matches!(p.what, Item::PrivateKey(_))).unwrap();
            assert_eq!(key.name.as_deref(), Some("웹 서버 2026"));
            assert_eq!(key.provider.as_deref(), Some("Microsoft Software Key Storage Provider"));
            assert!(key.machine_key);
            let leaf = contents.parts.iter().find(|p| matches!(p.what, Item::Certificate(_))).unwrap();
            assert!(leaf.local_key_id.is_some() && leaf.local_key_id == key.local_key_id);
            let expected = match profile {
                Profile::Windows2012 => "PKCS#12 PBE: SHA-1, 2000 iterations, 3-key 3DES-CBC",
                Profile::Modern => "PBES2: PBKDF2 HMAC-SHA-256, 100000 iterations, AES-256-CBC",
            };
            assert_eq!(key.protection.as_deref(), Some(expected));
        }
    }
}

#[test]
fn no_password_and_a_wrong_one_are_two_findings() {
    let octets = pfx(&Password::new("secret"), Profile::Windows2012);
    let none = file::read(&octets, &mut NoPasswords, &Limits::default());
    assert_eq!(whys(&none), [&FaultKind::Locked(SecretError::NoPassword)]);
    let wrong = read(&octets, &["guess", "Secret"]);
    assert_eq!(whys(&wrong), [&FaultKind::Locked(SecretError::WrongPassword)]);
    assert!(wrong.parts.is_empty());
}

#[test]
fn passwords_of_old_programs_are_tried_and_reported() {
    // An OpenSSL of before 1.1.0 widened each octet of UTF-8: the same as a password of those code points.
    let widened: String = "pâß".bytes().map(char::from).collect();
    let octets = pfx(&Password::new(widened), Profile::Windows2012);
    let contents = read(&octets, &["pâß"]);
    assert_whole(&contents);
    let Form::Pkcs12(facts) = &contents.form else { panic!() };
    assert_eq!(facts.odd_coding, Some(Coding::WidenedUtf8));
}

#[test]
fn damage_is_told_from_a_wrong_password() {
    let octets = pfx(&Password::new("secret"), Profile::Modern);
    // The last octets are macSalt and iterations; before them the digest. Flip a bit in the middle of the contents.
    let place = octets.len() / 2;
    let mut damaged = octets.clone();
    damaged[place] ^= 1;
    let contents = read(&damaged, &["secret"]);
    assert!(whys(&contents).contains(&&FaultKind::Integrity), "{:?}", contents.faults);
    let cut = read(&octets[..octets.len() - 9], &["secret"]);
    assert!(
        matches!(whys(&cut)[..], [FaultKind::Damaged(e)] if e.truncated() && e.expected == "a PKCS#12 file"),
        "{:?}",
        cut.faults
    );
}

/// The same file with indefinite lengths and strings in pieces, as NSS and Java once wrote.
fn to_ber(octets: &[u8]) -> Vec<u8> {
    let outer = Reader::new(octets).read("PFX").unwrap();
    let items: Vec<_> = outer.reader().elements("x").map(Result::unwrap).collect();
    let info: Vec<_> = items[1].reader().elements("x").map(Result::unwrap).collect();
    let content = info[1].reader().read("x").unwrap().content;
    let pieces: Vec<u8> = content.chunks(100).flat_map(writer::octets).collect();
    let open = |tag: u8, inner: &[u8]| [&[tag, 0x80], inner, &[0, 0]].concat();
    let string = open(0x24, &pieces);
    let info = open(0x30, &[info[0].raw, &open(0xa0, &string)].concat());
    open(0x30, &[items[0].raw, &info, items[2].raw].concat())
}

#[test]
fn indefinite_lengths_and_strings_in_pieces() {
    let ber = to_ber(&pfx(&Password::new("secret"), Profile::Windows2012));
    let contents = read(&ber, &["secret"]);
    assert_whole(&contents);
    let Form::Pkcs12(facts) = &contents.form else { panic!() };
    assert!(!facts.der && matches!(facts.mac, MacState::Holds(_)));
}

/// Puts another number in place of each iteration count of 2000.
fn with_iterations(octets: &[u8], count: &[u8]) -> Vec<u8> {
    fn walk(octets: &[u8], count: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for tlv in Reader::new(octets).elements("x") {
            let tlv = tlv.unwrap();
            match tlv.tag {
                Tag::INTEGER if tlv.content == [0x07, 0xd0] => out.extend(writer::integer(count)),
                t if t.constructed() => out.extend(writer::tlv(t, &walk(tlv.content, count))),
                Tag::OCTET_STRING if tlv.content.len() > 200 && tlv.content.starts_with(&[0x30]) => {
                    out.extend(writer::octets(&walk(tlv.content, count)));
                }
                _ => out.extend(tlv.raw),
            }
        }
        out
    }
    walk(octets, count)
}

#[test]
fn a_thousand_million_iterations_are_refused_at_once_with_the_number() {
    let octets = pfx(&Password::new("secret"), Profile::Windows2012);
    assert_eq!(with_iterations(&octets, &[0x07, 0xd0]), octets);
    let start = std::time::Instant::now();
    let contents = read(&with_iterations(&octets, &[0x3b, 0x9a, 0xca, 0x00]), &["secret"]);
    assert!(start.elapsed() < std::time::Duration::from_secs(2));
    let locked = FaultKind::Locked(SecretError::TooManyIterations { found: 1_000_000_000, limit: 10_000_000 });
    assert!(whys(&contents).contains(&&locked), "{:?}", contents.faults);
    let endless = read(&with_iterations(&octets, &[0x7f; 20]), &["secret"]);
    assert!(endless.faults.iter().any(|f| f.why.to_string().contains("more than 2^63")), "{:?}", endless.faults);
    let none = read(&with_iterations(&octets, &[0]), &["secret"]);
    assert!(none.faults.iter().any(|f| f.why.to_string().contains("at least 1")), "{:?}", none.faults);
}

/// Asks for work in many small bags: together they meet the budget of the file.
#[test]
fn many_bags_meet_the_budget_of_the_file() {
    let octets = pfx(&Password::new("secret"), Profile::Modern);
    let limits = Limits { work: 250_000, ..Limits::default() };
    let contents = file::read(&octets, &mut vec![Password::new("guess"), Password::new("secret")], &limits);
    assert!(
        contents.faults.iter().any(|f| f.why == FaultKind::Locked(SecretError::TooMuchWork { limit: 250_000 })
            || f.why == FaultKind::Unchecked(SecretError::TooMuchWork { limit: 250_000 })),
        "{:?}",
        contents.faults
    );
}

#[test]
fn nested_contents_end_at_a_depth() {
    let bag = |inner: &[u8]| {
        let id = writer::oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 6]);
        writer::sequence(&[writer::sequence(&[id, writer::explicit(0, inner)])])
    };
    let mut safe = writer::sequence::<&[u8]>(&[]);
    for _ in 0..40 {
        safe = bag(&safe);
    }
    let data = |content: &[u8]| {
        writer::sequence(&[writer::oid(tlsdiag_pki::oid::PKCS7_DATA), writer::explicit(0, &writer::octets(content))])
    };
    let octets = writer::sequence(&[writer::small(3), data(&writer::sequence(&[data(&safe)]))]);
    let contents = read(&octets, &[]);
    let why = &contents.faults[0];
    assert!(matches!(why.why, FaultKind::TooMuch { what: "levels of contents", .. }));
    assert!(why.place.to_string().starts_with("contents 1, bag 1, bag 1"), "{}", why.place);
}

#[test]
fn text_in_every_dress() {
    let m = material();
    let text = format!("{}{}", m.chain.leaf.to_pem(), m.chain.int.to_pem());
    let bare: String = m.chain.leaf.to_pem().lines().filter(|l| !l.starts_with('-')).collect();
    let utf16 = |big: bool| -> Vec<u8> {
        let mark = [0xfeffu16].into_iter().chain(text.encode_utf16());
        mark.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    };
    let kubernetes = {
        let block = pem::encode("X", text.as_bytes());
        block.lines().filter(|l| !l.starts_with('-')).collect::<String>()
    };
    let dressed: Vec<(Vec<u8>, Form, usize)> = vec![
        (text.clone().into_bytes(), Form::Pem, 2),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Form::Pem, 2),
        (text.replace('\n', "\r\n").into_bytes(), Form::Pem, 2),
        (utf16(true), Form::Pem, 2),
        (utf16(false), Form::Pem, 2),
        (text.replace('\n', "\\n").into_bytes(), Form::Pem, 2),
        (bare.into_bytes(), Form::Base64(Box::new(Form::Der)), 1),
        (kubernetes.into_bytes(), Form::Base64(Box::new(Form::Pem)), 2),
        ([&m.chain.leaf.der[..], &m.chain.int.der].concat(), Form::Der, 2),
    ];
    for (octets, form, count) in dressed {
        let contents = read(&octets, &[]);
        assert_eq!((&contents.form, contents.certificates().count()), (&form, count), "{:?}", contents.faults);
        assert!(contents.faults.is_empty(), "{form:?} {:?}", contents.faults);
    }
}

#[test]
fn labels_that_lie_and_things_that_are_none() {
    let m = material();
    let lying = pem::encode("PRIVATE KEY", &m.chain.leaf.der);
    let contents = read(lying.as_bytes(), &[]);
    assert_eq!(contents.certificates().count(), 1);
    assert!(matches!(whys(&contents)[..], [FaultKind::Mislabelled { is: "a certificate", .. }]));
    let key_as_certificate = pem::encode("CERTIFICATE", &m.key);
    let contents = read(key_as_certificate.as_bytes(), &[]);
    assert_eq!(contents.private_keys().count(), 1);
    assert!(matches!(whys(&contents)[..], [FaultKind::Mislabelled { is: "a private key", .. }]));

    let crl = CrlMaker::new(&m.chain.int, NOW).sign(&m.chain.int_key);
    assert!(matches!(read(&crl, &[]).parts[0].what, Item::Crl(_)));
    for (octets, says) in [
        (&b""[..], "the file is empty"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"PK\x03\x04....", "a zip archive"),
        (&[0; 100], "nothing but zeros"),
        (b"\xde\xad\xbe\xef", "binary data"),
        (b"Certificate:\n    Data:\n", "a certificate printed as text"),
        (&[0, 0, 0, 2, 0, 0, 0, 20, 1], "not recognised"),
    ] {
        let contents = read(octets, &[]);
        assert!(contents.parts.is_empty());
        assert!(contents.faults[0].why.to_string().contains(says), "{:?}", contents.faults);
    }
}

#[test]
fn secrets_are_not_printed() {
    let octets = pfx(&Password::new("hunter-of-secrets"), Profile::Windows2012);
    let contents = read(&octets, &["hunter-of-secrets"]);
    let printed = format!("{contents:?} {:?} {:?}", Password::new("hunter-of-secrets"), SALTS);
    assert!(!printed.contains("hunter"), "{printed}");
    let scalar: String = scalar().iter().map(|b| format!("{b}, ")).collect();
    assert!(!printed.contains(scalar.trim_end_matches(", ")));
}

struct Counted(usize);

impl Passwords for Counted {
    fn next(&mut self, _: &tlsdiag_pki::secret::Locked) -> Option<Password> {
        self.0 += 1;
        None
    }
}

#[test]
fn nobody_is_asked_where_nothing_is_locked() {
    let m = material();
    let mut asked = Counted(0);
    for octets in [m.chain.leaf.der.to_vec(), m.key.clone(), pfx(&Password::new(""), Profile::Windows2012)] {
        assert!(file::read(&octets, &mut asked, &Limits::default()).complete());
    }
    assert_eq!(asked.0, 0);
}

/// Things to damage.
fn originals() -> &'static Vec<Vec<u8>> {
    static LIST: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    LIST.get_or_init(|| {
        let m = material();
        let pfx = pfx(&Password::new(""), Profile::Windows2012);
        let store = [
            &b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x02\0\x02ca\0\0\0\0\0\0\0\0\0\x05X.509"[..],
            &(m.chain.root.der.len() as u32).to_be_bytes(),
            &m.chain.root.der,
            &[0; 20],
        ]
        .concat();
        let sst = [
            &b"\0\0\0\0CERT\x20\0\0\0\x01\0\0\0"[..],
            &(m.chain.root.der.len() as u32).to_le_bytes(),
            &m.chain.root.der,
            &[0; 12],
        ]
        .concat();
        vec![to_ber(&pfx), pfx, store, sst, m.key.clone(), m.chain.leaf.to_pem().into_bytes()]
    })
}

fn assert_accounted(octets: &[u8]) {
    let limits = Limits { iterations: 5_000, work: 20_000, ..Limits::default() };
    let contents = file::read(octets, &mut vec![Password::new("x")], &limits);
    assert!(!contents.parts.is_empty() || !contents.faults.is_empty());
    let _ = format!("{contents:?}");
    for f in &contents.faults {
        let _ = format!("{} {}", f.place, f.why);
    }
}

#[test]
fn every_prefix_gives_a_part_or_a_fault() {
    for original in originals() {
        for end in (0..original.len()).step_by(7) {
            assert_accounted(&original[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_files_give_a_part_or_a_fault(
        which in 0usize..6, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut octets = originals()[which].clone();
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        assert_accounted(&octets);
    }

    #[test]
    fn any_octets_give_a_part_or_a_fault(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        assert_accounted(&octets);
    }
}
