//! Path building: what each broken chain is said to be broken by.
use crate::support::*;
use std::sync::Arc;
use tlsdiag_pki::extensions::{KeyUsage, NameConstraints, Subtree};
use tlsdiag_pki::make::{CertificateMaker, Extension, SignatureFault};
use tlsdiag_pki::path::{Bounds, End, Role};
use tlsdiag_pki::*;

/// The fault to name first: position on the path and reason.
fn leading(s: &Search) -> (usize, Reason) {
    let (at, reason) = s.best().unwrap().leading.expect("a fault");
    (at, reason.clone())
}

/// All faults of the best path.
fn faults(s: &Search) -> Vec<(usize, Reason)> {
    s.best().unwrap().path.faults().map(|(i, r)| (i, r.clone())).collect()
}

#[test]
fn complete() {
    let c = Chain::new();
    let s = ask(&[&c.leaf, &c.int], &[], &anchors(&[&c.root]));
    let best = s.best().unwrap();
    assert!(best.leading.is_none() && best.path.is_valid());
    assert_eq!(best.path.ids(), [c.leaf.id, c.int.id, c.root.id]);
    assert!(best.path.reasons().next().is_none(), "{:?}", best.path.reasons().collect::<Vec<_>>());
    assert!(s.sent.complete && s.sent.missing.is_none() && s.sent.out_of_order.is_empty());
    assert_eq!((s.paths.len(), s.signature_checks, s.bounds), (1, 2, Bounds::default()));
    assert_eq!(fullchain_pem(best.path), c.leaf.to_pem() + &c.int.to_pem());
}

#[test]
fn missing_intermediate() {
    let c = Chain::new();
    let m = c.leaf_maker().set(Extension::authority_info_access(&["http://ca.example/int.crt"], &[]));
    let leaf = c.with_leaf(&m);
    let set = anchors(&[&c.root]);
    let s = ask(&[&leaf], &[], &set);
    let key_id = c.int.extensions.subject_key_id.clone();
    assert_eq!(
        leading(&s),
        (
            0,
            Reason::IssuerNotFound {
                issuer: "CN=Test CA".into(),
                key_id: key_id.clone(),
                urls: vec!["http://ca.example/int.crt".into()],
                same_name: vec![],
            }
        )
    );
    assert!(!s.sent.complete);
    let missing = s.sent.missing.clone().unwrap();
    assert_eq!((missing.child, missing.issuer, missing.key_id), (leaf.id, "CN=Test CA".to_owned(), key_id));
    assert_eq!(s.sent.mended_by, None);
    // Fetched by AIA it completes the chain.
    let s = ask(&[&leaf], &[&c.int], &set);
    assert!(s.best().unwrap().path.is_valid() && !s.sent.complete);
    assert_eq!(s.sent.mended_by, Some((0, vec![0])));
    assert_eq!(fullchain_pem(&s.paths[0]), leaf.to_pem() + &c.int.to_pem());
}

#[test]
fn wrong_intermediate() {
    let c = Chain::new();
    let other_key = P256::new("other");
    let other = cert(&CertificateMaker::intermediate("Test CA", &other_key, &c.root, NOW), &c.root_key);
    let s = ask(&[&c.leaf, &other], &[], &anchors(&[&c.root]));
    let (at, Reason::IssuerNotFound { same_name, .. }) = leading(&s) else { panic!("{:?}", leading(&s)) };
    assert_eq!((at, same_name), (0, vec![other.id]));
    let w = &s.sent.wrong_issuers[0];
    assert_eq!((w.child, w.candidate, w.position, w.harmless), (c.leaf.id, other.id, Some(1), false));
    assert_eq!(s.sent.unused, [1]);
    // Both sent: the right one is found whatever the order.
    let s = ask(&[&c.leaf, &other, &c.int], &[], &anchors(&[&c.root]));
    assert!(s.best().unwrap().path.is_valid());
    assert_eq!((&s.sent.unused, &s.sent.out_of_order), (&vec![1], &vec![2]));
}

#[test]
fn bad_signature() {
    let c = Chain::new();
    let mut m = c.leaf_maker();
    m.fault = SignatureFault::FlipLastBit;
    let leaf = c.with_leaf(&m);
    let s = ask(&[&leaf, &c.int], &[], &anchors(&[&c.root]));
    assert_eq!(leading(&s), (0, Reason::BadSignature { issuer: Some(c.int.id) }));
    assert_eq!(s.best().unwrap().path.steps.len(), 3);
    assert!(!s.sent.complete);
}

#[test]
fn expired_cross_certificate_with_a_valid_way() {
    let c = Chain::new();
    let old_key = P256::new("old root");
    let old = cert(&CertificateMaker::root("Old Root", &old_key, NOW), &old_key);
    let mut cross = CertificateMaker::intermediate("Test Root", &c.root_key, &old, NOW);
    cross.not_after = NOW - DAY;
    let cross = cert(&cross, &old_key);
    let set = anchors(&[&c.root, &old]);
    let s = ask(&[&c.leaf, &c.int, &cross], &[], &set);
    assert!(s.best().unwrap().path.is_valid());
    assert_eq!(s.paths.len(), 2);
    assert_eq!(s.sent.expired_alternatives.len(), 1);
    assert_eq!(s.sent.expired_alternatives[0].expired, cross.id);
    // Where only the old root is trusted, the expired one is the reason.
    let s = ask(&[&c.leaf, &c.int, &cross], &[], &anchors(&[&old]));
    assert_eq!(leading(&s), (2, Reason::Expired { not_after: NOW - DAY }));
}

#[test]
fn expired_copy_of_the_intermediate() {
    let c = Chain::new();
    let mut m = c.int_maker();
    (m.not_after, m.serial) = (NOW - 3 * DAY, vec![0x55]);
    let stale = cert(&m, &c.root_key);
    let s = ask(&[&c.leaf, &stale, &c.int], &[], &anchors(&[&c.root]));
    assert!(s.best().unwrap().path.is_valid());
    assert_eq!(s.paths.iter().filter(|p| !p.is_valid()).count(), 1);
    assert_eq!(s.sent.expired_alternatives[0].expired, stale.id);
}

#[test]
fn order_duplicates_and_roots() {
    let c = Chain::new();
    let key2 = P256::new("int2");
    let int2 = cert(&CertificateMaker::intermediate("Second CA", &key2, &c.int, NOW), &c.int_key);
    let leaf = cert(&CertificateMaker::leaf(&["shop.example.kr"], &c.leaf_key, &int2, NOW), &key2);
    let set = anchors(&[&c.root]);
    let s = ask(&[&leaf, &c.int, &int2], &[], &set);
    assert!(s.best().unwrap().path.is_valid() && s.sent.complete);
    assert_eq!(s.sent.out_of_order, [1, 2]);
    let s = ask(&[&leaf, &int2, &int2, &c.int, &c.root], &[], &set);
    assert!(s.best().unwrap().path.is_valid());
    assert_eq!((&s.sent.out_of_order, &s.sent.duplicates, &s.sent.roots), (&vec![], &vec![(2, 1)], &vec![4]));
    assert!(s.sent.unused.is_empty());
}

#[test]
fn untrusted_root_and_self_signed() {
    let c = Chain::new();
    let s = ask(&[&c.leaf, &c.int, &c.root], &[], &AnchorSet::new("empty"));
    assert_eq!(leading(&s), (2, Reason::UntrustedRoot));
    assert_eq!(s.best().unwrap().path.steps[2].role, Role::UntrustedRoot);
    assert!(s.sent.complete);
    let s = ask(&[&c.leaf, &c.int], &[], &AnchorSet::new("empty"));
    let (1, Reason::IssuerNotFound { issuer, .. }) = leading(&s) else { panic!("{:?}", leading(&s)) };
    assert_eq!(issuer, "CN=Test Root");

    let mut m = c.leaf_maker();
    m.issuer = m.subject.clone();
    let own = cert(&m, &c.leaf_key);
    let s = ask(&[&own], &[], &anchors(&[&c.root]));
    assert_eq!(leading(&s), (0, Reason::SelfSignedLeaf));
    let s = ask(&[&own], &[], &anchors(&[&own]));
    assert!(s.best().unwrap().path.is_valid());
    assert!(matches!(s.paths[0].end, End::Trusted(_)));
}

#[test]
fn root_by_name_only_is_not_trusted() {
    let c = Chain::new();
    let other_key = P256::new("impostor");
    let real = cert(&CertificateMaker::root("Test Root", &other_key, NOW), &other_key);
    let s = ask(&[&c.leaf, &c.int, &c.root], &[], &anchors(&[&real]));
    assert_eq!(leading(&s), (2, Reason::UntrustedRoot));
    assert!(s.valid().next().is_none());
}

/// Leaves and intermediates with one fault each, and the reason that must be the only one.
#[test]
fn one_fault_each() {
    let c = Chain::new();
    let set = anchors(&[&c.root]);
    let leaf = |edit: &dyn Fn(CertificateMaker) -> CertificateMaker| {
        faults(&ask(&[&c.with_leaf(&edit(c.leaf_maker())), &c.int], &[], &set))
    };
    let ca = |edit: &dyn Fn(CertificateMaker) -> CertificateMaker| {
        faults(&ask(&[&c.leaf, &cert(&edit(c.int_maker()), &c.root_key)], &[], &set))
    };
    let client_only = || Extension::extended_key_usage(&[oid::CLIENT_AUTH]);
    let allowed = || vec![oid::Oid::from_der(oid::CLIENT_AUTH)];
    let critical = Extension::raw(&[0x2a, 3, 4], true, vec![5, 0]);
    let unknown = || Reason::UnknownCriticalExtension(oid::Oid::from_der(&[0x2a, 3, 4]));
    let dates = |from, to| {
        move |mut m: CertificateMaker| {
            (m.not_before, m.not_after) = (from, to);
            m
        }
    };

    assert_eq!(leaf(&dates(NOW - 9 * DAY, NOW - 1)), [(0, Reason::Expired { not_after: NOW - 1 })]);
    assert_eq!(leaf(&dates(NOW - 9 * DAY, NOW)), []);
    assert_eq!(leaf(&dates(NOW + 1, NOW + DAY)), [(0, Reason::NotYetValid { not_before: NOW + 1 })]);
    assert_eq!(ca(&dates(NOW - 9 * DAY, NOW - DAY)), [(1, Reason::Expired { not_after: NOW - DAY })]);
    assert_eq!(leaf(&|m| m.set(client_only())), [(0, Reason::EkuExcludes { allowed: allowed() })]);
    assert_eq!(ca(&|m| m.set(client_only())), [(1, Reason::EkuExcludes { allowed: allowed() })]);
    assert_eq!(leaf(&|m| m.set(Extension::extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]))), []);
    assert_eq!(leaf(&|m| m.set(critical.clone())), [(0, unknown())]);
    assert_eq!(ca(&|m| m.set(critical.clone())), [(1, unknown())]);
    assert_eq!(ca(&|m| m.set(Extension::basic_constraints(false, None))), [(1, Reason::NotACa)]);
    assert_eq!(ca(&|m| m.without(oid::BASIC_CONSTRAINTS)), [(1, Reason::NotACa)]);
    assert_eq!(ca(&|m| m.set(Extension::key_usage(KeyUsage::CRL_SIGN))), [(1, Reason::KeyUsageNoCertSign)]);
    assert_eq!(ca(&|m| m.without(oid::KEY_USAGE)), []);
    assert_eq!(
        leaf(&|m| m.set(Extension::key_usage(KeyUsage::CRL_SIGN))),
        [(0, Reason::LeafKeyUsageUnfit { usage: vec!["cRLSign"] })]
    );
    let double = leaf(&|mut m| {
        m.extensions.push(Extension::extended_key_usage(&[oid::SERVER_AUTH]));
        m
    });
    let id = oid::Oid::from_der(oid::EXTENDED_KEY_USAGE);
    assert_eq!(double, [(0, Reason::Lint(Lint::DuplicateExtension(id)))]);
    let sha1 = leaf(&|mut m| {
        m.algorithm = Some(SignatureAlgorithm::Ecdsa(Hash::Sha1));
        m
    });
    assert_eq!(sha1, [(0, Reason::WeakSignature { algorithm: SignatureAlgorithm::Ecdsa(Hash::Sha1) })]);
    let elsewhere = faults(&ask_host(&[&c.leaf, &c.int], &[], &set, "example.kr"));
    assert!(matches!(&elsewhere[..], [(0, Reason::NameMismatch(m))] if m.names == ["shop.example.kr"]));
}

#[test]
fn path_length() {
    let c = Chain::new();
    let limited = cert(&c.int_maker().set(Extension::basic_constraints(true, Some(0))), &c.root_key);
    let key2 = P256::new("int2");
    let int2 = cert(&CertificateMaker::intermediate("Second CA", &key2, &limited, NOW), &c.int_key);
    let leaf = cert(&CertificateMaker::leaf(&["shop.example.kr"], &c.leaf_key, &int2, NOW), &key2);
    let set = anchors(&[&c.root]);
    assert_eq!(faults(&ask(&[&leaf, &int2, &limited], &[], &set)), [(2, Reason::PathLen { limit: 0, found: 1 })]);
    assert_eq!(faults(&ask(&[&c.leaf, &limited], &[], &set)), []);
}

#[test]
fn name_constraints() {
    let c = Chain::new();
    let set = anchors(&[&c.root]);
    let judge = |permitted: Vec<Subtree>, excluded: Vec<Subtree>| {
        let n = NameConstraints { permitted, excluded, critical: true };
        let int = cert(&c.int_maker().set(Extension::name_constraints(&n)), &c.root_key);
        faults(&ask(&[&c.leaf, &int], &[], &set))
    };
    let dns = |s: &str| vec![Subtree::Dns(s.into())];
    let broken = |excluded| vec![(0, Reason::NameConstraints { by: 1, name: "shop.example.kr".into(), excluded })];
    assert_eq!(judge(dns("example.kr"), vec![]), []);
    assert_eq!(judge(dns("example.com"), vec![]), broken(false));
    assert_eq!(judge(dns("ample.kr"), vec![]), broken(false));
    assert_eq!(judge(vec![], dns("example.kr")), broken(true));
    assert_eq!(judge(vec![Subtree::Ip { network: vec![10, 0, 0, 0], mask: vec![255, 0, 0, 0] }], vec![]), []);
}

#[test]
fn weak_keys_and_hashes_with_rsa() {
    let c = Chain::new();
    let set = anchors(&[&c.root]);
    let small = Rsa::new(1024);
    let int = cert(&CertificateMaker::intermediate("Weak CA", &small, &c.root, NOW), &c.root_key);
    let mut m = CertificateMaker::leaf(&["shop.example.kr"], &c.leaf_key, &int, NOW);
    m.algorithm = Some(SignatureAlgorithm::RsaPkcs1(Hash::Md5));
    let leaf = cert(&m, &small);
    let s = ask(&[&leaf, &int], &[], &set);
    assert_eq!(
        faults(&s),
        [
            (0, Reason::WeakSignature { algorithm: SignatureAlgorithm::RsaPkcs1(Hash::Md5) }),
            (1, Reason::WeakKey { bits: 1024 }),
        ]
    );
    // Weakness of an anchor's own signature harms nobody.
    let mut root = CertificateMaker::root("SHA-1 Root", &c.root_key, NOW);
    root.algorithm = Some(SignatureAlgorithm::Ecdsa(Hash::Sha1));
    let root = cert(&root, &c.root_key);
    let int = cert(&CertificateMaker::intermediate("Test CA", &c.int_key, &root, NOW), &c.root_key);
    assert!(ask(&[&c.leaf, &int], &[], &anchors(&[&root])).best().unwrap().path.is_valid());
}

#[test]
fn notes_do_not_fail() {
    let c = Chain::new();
    let set = anchors(&[&c.root]);
    let odd = c.with_leaf(&c.leaf_maker().set(Extension::authority_key_id(&[1, 2, 3])));
    let s = ask(&[&odd, &c.int], &[], &set);
    let best = s.best().unwrap().path;
    assert!(best.is_valid());
    assert_eq!(best.reasons().map(|(i, r)| (i, r.clone())).collect::<Vec<_>>(), [(0, Reason::AkiMismatch)]);
    // An intermediate as anchor.
    let s = ask(&[&c.leaf], &[], &anchors(&[&c.int]));
    let best = s.best().unwrap().path;
    assert!(best.is_valid() && s.sent.complete);
    assert!(best.reasons().any(|(i, r)| i == 1 && *r == Reason::AnchorNotSelfSigned));
}

#[test]
fn anchors_of_name_and_key() {
    let c = Chain::new();
    let mut set = AnchorSet::new("bare");
    let n = NameConstraints { permitted: vec![Subtree::Dns("example.com".into())], excluded: vec![], critical: true };
    set.push(anchors::Anchor::from_parts(c.root.subject.der(), &c.root_key_spki(), None).unwrap());
    assert!(ask(&[&c.leaf, &c.int], &[], &set).best().unwrap().path.is_valid());
    let mut set = AnchorSet::new("bare");
    set.push(anchors::Anchor::from_parts(c.root.subject.der(), &c.root_key_spki(), Some(n)).unwrap());
    let s = ask(&[&c.leaf, &c.int], &[], &set);
    assert_eq!(leading(&s), (0, Reason::NameConstraints { by: 2, name: "shop.example.kr".into(), excluded: false }));
}

impl Chain {
    fn root_key_spki(&self) -> Vec<u8> {
        self.root.public_key.spki.to_vec()
    }
}

#[test]
fn mozilla_list() {
    let set = mozilla();
    assert!((100..300).contains(&set.len()), "{}", set.len());
    assert!(set.iter().all(|a| a.certificate().is_some()));
    let first = set.iter().next().unwrap().certificate().unwrap();
    assert!(is_public_root(first.id));
    assert!(first.self_signed(&RustVerifier));
    let id = first.extensions.subject_key_id.as_deref().unwrap();
    assert!(set.by_key_id(id).any(|a| a.id == Some(first.id)));
    assert!(set.by_subject(&first.subject).any(|a| a.id == Some(first.id)));
    assert!(!is_public_root(Chain::new().root.id));
}

/// A thicket of CAs that all signed each other ends by the limits, and says so.
#[test]
fn bounded() {
    let c = Chain::new();
    let keys: Vec<P256> = (0..7).map(|i| P256::new(&format!("k{i}"))).collect();
    let mut all: Vec<Arc<Certificate>> = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        for (j, by) in keys.iter().enumerate() {
            let mut m = CertificateMaker::intermediate(&format!("CA {}", i % 2), key, &c.root, NOW);
            m.issuer = make::name(&[(oid::CN, &format!("CA {}", j % 2))]);
            m.serial = vec![0x40, i as u8, j as u8];
            all.push(cert(&m.without(oid::AUTHORITY_KEY_IDENTIFIER), by));
        }
    }
    let mut leaf = c.leaf_maker().without(oid::AUTHORITY_KEY_IDENTIFIER);
    leaf.issuer = make::name(&[(oid::CN, "CA 0")]);
    let leaf = cert(&leaf, &keys[0]);
    let mut sent = vec![&leaf];
    sent.extend(&all);
    let started = std::time::Instant::now();
    let s = ask(&sent, &[], &anchors(&[&c.root]));
    assert!(s.bounds.any());
    assert!(s.signature_checks <= Limits::default().signatures && s.paths.len() <= Limits::default().paths);
    assert!(started.elapsed().as_secs() < 10);
}

#[test]
fn quick_enough() {
    let c = Chain::new();
    let set = mozilla();
    let started = std::time::Instant::now();
    for _ in 0..20 {
        ask(&[&c.leaf, &c.int, &c.root], &[], set);
    }
    let each = started.elapsed().as_secs_f64() * 50.0;
    println!("{each:.2} ms for a path of three");
    assert!(each < 100.0, "{each} ms");
}
