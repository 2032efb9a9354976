//! Chains, good and broken in one way each.
use super::authority::{Ca, Key};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use tlsdiag_pki::der::Tag;
use tlsdiag_pki::extensions::KeyUsage;
use tlsdiag_pki::make::{CertificateMaker, Extension, San, SignatureFault, name};
use tlsdiag_pki::{Hash, SignatureAlgorithm, oid, writer};

/// What a server sends, and to whom.
pub struct Case {
    pub id: &'static str,
    pub host: &'static str,
    pub chain: Vec<Vec<u8>>,
    pub roots: Vec<Vec<u8>>,
    pub key: Key,
}

const DAY: i64 = 86_400;
const HOST: &str = "peer.test";

/// Keys and authorities that the cases share.
struct World {
    now: i64,
    root: Ca,
    int: Ca,
    leaf: Key,
    spare: Key,
}

impl World {
    fn leaf(&self, names: &[&str]) -> CertificateMaker {
        CertificateMaker::leaf(names, &self.leaf, &self.int.cert, self.now)
    }
    /// The leaf below the usual intermediate, both sent.
    fn case(&self, id: &'static str, host: &'static str, leaf: &CertificateMaker) -> Case {
        self.sent(id, host, vec![leaf.sign(&self.int.key), self.int.der.clone()])
    }
    fn sent(&self, id: &'static str, host: &'static str, chain: Vec<Vec<u8>>) -> Case {
        Case { id, host, chain, roots: vec![self.root.der.clone()], key: self.leaf.clone() }
    }
    /// A leaf below an intermediate of its own.
    fn below(&self, id: &'static str, int: &CertificateMaker) -> Case {
        let int = Ca::new(int, &self.spare, &self.root.key);
        let leaf = CertificateMaker::leaf(&[HOST], &self.leaf, &int.cert, self.now);
        self.sent(id, HOST, vec![leaf.sign(&self.spare), int.der])
    }
    fn int(&self) -> CertificateMaker {
        CertificateMaker::intermediate("Peers Other CA", &self.spare, &self.root.cert, self.now)
    }
}

/// All of them, as of `now` (unix seconds); keys are kept in `dir`.
pub fn all(dir: &Path, now: i64) -> Vec<Case> {
    let root_key = Key::p256(dir, "root");
    let root = Ca::new(&CertificateMaker::root("Peers Root", &root_key, now), &root_key, &root_key);
    let int_key = Key::p256(dir, "int");
    let int = CertificateMaker::intermediate("Peers CA", &int_key, &root.cert, now);
    let int = Ca::new(&int, &int_key, &root_key);
    let w = World { now, root, int, leaf: Key::p256(dir, "leaf"), spare: Key::p256(dir, "spare") };
    [good(&w), dates(&w), paths(&w), names(&w), usages(&w), constraints(&w), keys(&w, dir)]
        .into_iter()
        .flatten()
        .collect()
}

fn good(w: &World) -> Vec<Case> {
    let leaf = w.leaf(&[HOST]).sign(&w.int.key);
    let address = San::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let by_root = CertificateMaker::leaf(&[HOST], &w.leaf, &w.root.cert, w.now);
    vec![
        w.case("good", HOST, &w.leaf(&[HOST])),
        w.sent("root-sent", HOST, vec![leaf, w.int.der.clone(), w.root.der.clone()]),
        w.sent("below-root", HOST, vec![by_root.sign(&w.root.key)]),
        w.case("wildcard", "a.wild.test", &w.leaf(&["*.wild.test"])),
        w.case("ip-san", "127.0.0.1", &w.leaf(&[HOST]).set(Extension::san(&[address]))),
    ]
}

fn dates(w: &World) -> Vec<Case> {
    let shifted = |m: CertificateMaker, from: i64, to: i64| CertificateMaker {
        not_before: w.now + from * DAY,
        not_after: w.now + to * DAY,
        ..m
    };
    let old_root =
        Ca::new(&shifted(CertificateMaker::root("Peers Old Root", &w.spare, w.now), -900, -3), &w.spare, &w.spare);
    let leaf = CertificateMaker::leaf(&[HOST], &w.leaf, &old_root.cert, w.now).sign(&w.spare);
    // the root's own name and key, certified by an older root whose certificate for it has run out
    let cross = CertificateMaker {
        issuer: old_root.cert.subject.der().to_vec(),
        ..CertificateMaker::root("Peers Root", &w.root.key, w.now)
    };
    let cross = shifted(cross.with_aki(&old_root.cert), -900, -3).sign(&w.spare);
    let usual = w.leaf(&[HOST]).sign(&w.int.key);
    let root_expired = Case { roots: vec![old_root.der], ..w.sent("root-expired", HOST, vec![leaf]) };
    vec![
        w.case("leaf-expired", HOST, &shifted(w.leaf(&[HOST]), -60, -1)),
        w.case("leaf-not-yet", HOST, &shifted(w.leaf(&[HOST]), 2, 60)),
        w.below("int-expired", &shifted(w.int(), -60, -1)),
        root_expired,
        w.sent("cross-expired", HOST, vec![usual, w.int.der.clone(), cross]),
    ]
}

fn paths(w: &World) -> Vec<Case> {
    let leaf = w.leaf(&[HOST]).sign(&w.int.key);
    let second = CertificateMaker::intermediate("Peers CA Two", &w.spare, &w.int.cert, w.now);
    let second = Ca::new(&second, &w.spare, &w.int.key);
    let deep = CertificateMaker::leaf(&[HOST], &w.leaf, &second.cert, w.now).sign(&w.spare);
    let stranger = CertificateMaker::root("Peers Stranger", &w.spare, w.now).sign(&w.spare);
    let own = CertificateMaker { issuer: name(&[(oid::CN, HOST)]), ..w.leaf(&[HOST]) };
    let own = own.without(oid::AUTHORITY_KEY_IDENTIFIER).sign(&w.leaf);
    let broken = CertificateMaker { fault: SignatureFault::FlipLastBit, ..w.leaf(&[HOST]) };
    let wrong_aki = w.leaf(&[HOST]).set(Extension::authority_key_id(&[5; 20]));
    vec![
        w.sent("missing-int", HOST, vec![leaf.clone()]),
        w.sent("wrong-order", HOST, vec![deep, w.int.der.clone(), second.der]),
        w.sent("extra", HOST, vec![leaf.clone(), w.int.der.clone(), stranger.clone()]),
        Case { roots: vec![stranger.clone()], ..w.sent("untrusted", HOST, vec![leaf.clone(), w.int.der.clone()]) },
        Case {
            roots: vec![stranger],
            ..w.sent("untrusted-root-sent", HOST, vec![leaf, w.int.der.clone(), w.root.der.clone()])
        },
        w.sent("self-signed", HOST, vec![own]),
        w.case("bad-signature", HOST, &broken),
        w.case("aki-mismatch", HOST, &wrong_aki),
    ]
}

fn names(w: &World) -> Vec<Case> {
    let cn_only = w.leaf(&[HOST]).without(oid::SUBJECT_ALT_NAME);
    let address = w.leaf(&["127.0.0.1"]);
    let nobody = CertificateMaker { subject: name(&[]), ..w.leaf(&[HOST]) };
    let critical = nobody.clone().set(Extension::dns(&[HOST]).critical(true));
    vec![
        w.case("name-mismatch", "other.test", &w.leaf(&[HOST])),
        w.case("cn-only", HOST, &cn_only),
        w.case("wildcard-two-labels", "a.b.wild.test", &w.leaf(&["*.wild.test"])),
        w.case("wildcard-itself", "wild.test", &w.leaf(&["*.wild.test"])),
        w.case("wildcard-part", "web1.wild.test", &w.leaf(&["web*.wild.test"])),
        w.case("wildcard-top", HOST, &w.leaf(&["*.test"])),
        w.case("ip-as-dns", "127.0.0.1", &address),
        w.case("empty-subject", HOST, &nobody),
        w.case("empty-subject-critical", HOST, &critical),
    ]
}

fn usages(w: &World) -> Vec<Case> {
    let eku = |purpose: &[u8]| w.leaf(&[HOST]).set(Extension::extended_key_usage(&[purpose]));
    let unknown = Extension::raw(&[0x2b, 6, 1, 4, 1, 0x82, 0xc8, 0x13, 1], true, writer::octets(&[1]));
    let ca_usage = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    vec![
        w.case("eku-client", HOST, &eku(oid::CLIENT_AUTH)),
        w.case("eku-any", HOST, &eku(oid::ANY_EXTENDED_KEY_USAGE)),
        w.case("ku-cert-sign", HOST, &w.leaf(&[HOST]).set(Extension::key_usage(ca_usage))),
        w.below("int-ku-signature", &w.int().set(Extension::key_usage(KeyUsage::DIGITAL_SIGNATURE))),
        w.below("int-eku-client", &w.int().set(Extension::extended_key_usage(&[oid::CLIENT_AUTH]))),
        w.case("critical-unknown", HOST, &w.leaf(&[HOST]).set(unknown)),
        w.case("must-staple", HOST, &w.leaf(&[HOST]).set(Extension::must_staple())),
    ]
}

fn constraints(w: &World) -> Vec<Case> {
    let tree = |n: u8, dns: &str| {
        let base = writer::sequence(&[writer::tlv(Tag::context(2), dns.as_bytes())]);
        Extension::raw(oid::NAME_CONSTRAINTS, true, writer::sequence(&[writer::explicit(n, &base)]))
    };
    let limited = Extension::basic_constraints(true, Some(0));
    let first = Ca::new(&w.int().set(limited), &w.spare, &w.root.key);
    let second = CertificateMaker::intermediate("Peers Too Deep", &w.int.key, &first.cert, w.now);
    let second = Ca::new(&second, &w.int.key, &w.spare);
    let leaf = CertificateMaker::leaf(&[HOST], &w.leaf, &second.cert, w.now).sign(&w.int.key);
    let explicit = writer::sequence(&[writer::tlv(Tag::context(0), &[0])]);
    vec![
        w.below("int-no-ca", &w.int().set(Extension::basic_constraints(false, None))),
        w.below("int-no-basic", &w.int().without(oid::BASIC_CONSTRAINTS)),
        w.sent("path-length", HOST, vec![leaf, second.der, first.der]),
        w.below("nc-permitted", &w.int().set(tree(0, HOST))),
        w.below("nc-elsewhere", &w.int().set(tree(0, "elsewhere.test"))),
        w.below("nc-excluded", &w.int().set(tree(1, "test"))),
        w.below("policy-required", &w.int().set(Extension::raw(oid::POLICY_CONSTRAINTS, true, explicit))),
    ]
}

fn keys(w: &World, dir: &Path) -> Vec<Case> {
    let rsa = |bits: &str| {
        Key::new(dir, &format!("rsa{bits}"), &["-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")])
    };
    let with = |id: &'static str, key: Key| {
        let leaf = CertificateMaker::leaf(&[HOST], &key, &w.int.cert, w.now);
        Case { key, ..w.case(id, HOST, &leaf) }
    };
    let sha1 = CertificateMaker { algorithm: Some(SignatureAlgorithm::Ecdsa(Hash::Sha1)), ..w.leaf(&[HOST]) };
    vec![
        w.case("sha1", HOST, &sha1),
        with("rsa-1024", rsa("1024")),
        with("rsa-2048", rsa("2048")),
        with("p521", Key::new(dir, "p521", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"])),
        with("ed25519", Key::new(dir, "ed25519", &["-algorithm", "ED25519"])),
    ]
}
