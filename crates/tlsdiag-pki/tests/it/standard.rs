//! Verdicts by the standards, twins, and webs of CAs that certify each other.
use crate::support::*;
use std::sync::Arc;
use tlsdiag_pki::extensions::{NameConstraints, Subtree};
use tlsdiag_pki::make::{CertificateMaker, Extension, San, name};
use tlsdiag_pki::path::{Breach, Demand, Standard, twins};
use tlsdiag_pki::*;

/// What the standards break on a chain whose leaf is edited: RFC 5280 and the web.
fn leaf(edit: &dyn Fn(CertificateMaker) -> CertificateMaker) -> [Vec<(usize, Breach)>; 2] {
    let c = Chain::new();
    let leaf = c.with_leaf(&edit(c.leaf_maker()));
    judge(&[&leaf, &c.int], &c.root)
}

fn judge(sent: &[&Arc<Certificate>], root: &Arc<Certificate>) -> [Vec<(usize, Breach)>; 2] {
    let s = ask(sent, &[], &anchors(&[root]));
    [Standard::Rfc5280, Standard::Web].map(|standard| {
        let ruling = standard.judge(&s, &Demand::default());
        assert_eq!(ruling.accepted, ruling.breaches.is_empty());
        ruling.breaches
    })
}

#[test]
fn a_sound_chain_is_accepted() {
    assert_eq!(leaf(&|m| m), [vec![], vec![]]);
}

#[test]
fn notes_become_faults() {
    let lint = |l: Lint| vec![(0, Breach::Reason(Reason::Lint(l)))];
    assert_eq!(leaf(&|m| m.without(oid::AUTHORITY_KEY_IDENTIFIER)), [lint(Lint::AkiMissing), lint(Lint::AkiMissing)]);
    let zero = leaf(&|mut m| {
        m.serial = vec![0];
        m
    });
    assert_eq!(zero, [lint(Lint::SerialZero), lint(Lint::SerialZero)]);
    // What only the web's profile forbids.
    let web = |edit: &dyn Fn(CertificateMaker) -> CertificateMaker| {
        let [rfc, web] = leaf(edit);
        assert_eq!(rfc, []);
        web.into_iter().map(|(at, b)| (at == 0).then_some(b).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(web(&|m| m.without(oid::EXTENDED_KEY_USAGE)), [Breach::EkuMissing]);
    assert_eq!(
        web(&|m| m.set(Extension::extended_key_usage(&[oid::SERVER_AUTH]).critical(true))),
        [Breach::EkuCritical]
    );
    let any: &[&[u8]] = &[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE];
    assert_eq!(web(&|m| m.set(Extension::extended_key_usage(any))), [Breach::EkuAny]);
    assert_eq!(web(&|m| m.set(Extension::dns(&["shop.example.kr"]).critical(true))), [Breach::SanCritical]);
    let other = web(&|mut m| {
        m.subject = name(&[(oid::CN, "Shop.example.kr")]);
        m
    });
    assert_eq!(other, [Breach::CommonNameNotInSan("Shop.example.kr".into())]);
    let registry = web(&|m| m.set(Extension::dns(&["shop.example.kr", "*.co.kr"])));
    assert_eq!(registry, [Breach::PublicSuffixWildcard("*.co.kr".into())]);
    // A mark of the RFC: no underscore in a host name.
    let both = leaf(&|m| m.set(Extension::dns(&["shop.example.kr", "a_b.example.kr"])));
    assert!(both.iter().all(|b| *b == [(0, Breach::SanForm("a_b.example.kr".into()))]), "{both:?}");
}

#[test]
fn constraints_and_roots() {
    let c = Chain::new();
    let with = |n: NameConstraints| {
        let int = cert(&c.int_maker().set(Extension::name_constraints(&n)), &c.root_key);
        judge(&[&c.leaf, &int], &c.root)
    };
    let dns =
        |d: &str, critical| NameConstraints { permitted: vec![Subtree::Dns(d.into())], critical, ..Default::default() };
    assert_eq!(with(dns("example.kr", true)), [vec![], vec![]]);
    let [rfc, web] = with(dns("example.kr", false));
    assert_eq!((rfc.len(), web), (1, vec![]));
    for form in [".example.kr", "*.example.kr"] {
        let [rfc, _] = with(dns(form, true));
        assert!(rfc.contains(&(1, Breach::ConstraintsForm(form.into()))), "{rfc:?}");
    }
    let holes = Subtree::Ip { network: vec![192, 0, 2, 0], mask: vec![255, 0, 255, 0] };
    let [rfc, _] = with(NameConstraints { excluded: vec![holes], critical: true, ..Default::default() });
    assert_eq!(rfc, [(1, Breach::ConstraintsForm("255.0.255.0".into()))]);

    let root = cert(
        &CertificateMaker::root("Test Root", &c.root_key, NOW).set(Extension::authority_key_id(&[7; 20])),
        &c.root_key,
    );
    assert_eq!(judge(&[&c.leaf, &c.int], &root)[1], [(2, Breach::AuthorityKeyIdOfAnother)]);
}

#[test]
fn what_is_asked_of_the_leaf() {
    let c = Chain::new();
    let leaf = c.with_leaf(
        &c.leaf_maker().set(Extension::san(&[San::Dns("shop.example.kr".into()), San::Email("Kim@Example.kr".into())])),
    );
    let s = ask(&[&leaf, &c.int], &[], &anchors(&[&c.root]));
    let accepted = |d: Demand<'_>| Standard::Rfc5280.judge(&s, &d).accepted;
    let mail = |m: &str| accepted(Demand { emails: &[m.to_owned()], ..Demand::default() });
    assert_eq!((mail("Kim@example.KR"), mail("kim@example.kr")), (true, false));
    let usage = |u: &[u8]| accepted(Demand { usages: &[oid::Oid::from_der(u)], ..Demand::default() });
    assert_eq!((usage(oid::SERVER_AUTH), usage(oid::CLIENT_AUTH)), (true, false));
    let few = |n| accepted(Demand { max_intermediates: Some(n), ..Demand::default() });
    assert_eq!((few(1), few(0)), (true, false));
    let rsa = |a: &SignatureAlgorithm| matches!(a, SignatureAlgorithm::RsaPkcs1(_));
    assert!(!accepted(Demand { signatures: Some(&rsa), ..Demand::default() }));
    let host = [Host::parse("other.example.kr").unwrap()];
    assert!(!accepted(Demand { hosts: &host, ..Demand::default() }));
}

#[test]
fn twins_by_several_issuers() {
    let c = Chain::new();
    let other_key = P256::new("other root");
    let other = cert(&CertificateMaker::root("Other Root", &other_key, NOW), &other_key);
    let mut m = CertificateMaker::intermediate("Test CA", &c.int_key, &other, NOW);
    m.not_after = NOW + DAY;
    let cross = cert(&m, &other_key);
    let renewed = cert(
        &{
            let mut m = c.int_maker();
            m.serial = vec![9];
            m
        },
        &c.root_key,
    );
    let found = twins(&[c.leaf.clone(), c.int.clone(), cross]);
    let [pair] = &found[..] else { panic!("{found:?}") };
    let members: Vec<(usize, i64)> = pair.members.iter().map(|t| (t.position, t.not_after)).collect();
    assert_eq!(members, [(1, c.int.not_after), (2, NOW + DAY)]);
    assert_eq!(twins(&[c.int.clone(), renewed]), []);
}

/// Thirty CAs, each certified by every other: the paths are without number, the answer comes at once and says that it
/// is not the whole one.
#[test]
fn thirty_cas_that_certify_each_other() {
    let keys: Vec<P256> = (0..30).map(|i| P256::new(&format!("web {i}"))).collect();
    let roots: Vec<_> =
        (0..30).map(|i| cert(&CertificateMaker::root(&format!("CA {i}"), &keys[i], NOW), &keys[i])).collect();
    let mut web = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        for (j, signer) in keys.iter().enumerate().filter(|(j, _)| *j != i) {
            web.push(cert(&CertificateMaker::intermediate(&format!("CA {i}"), key, &roots[j], NOW), signer));
        }
    }
    let leaf_key = P256::new("leaf");
    let leaf = cert(&CertificateMaker::leaf(&["shop.example.kr"], &leaf_key, &roots[0], NOW), &keys[0]);
    let sent: Vec<_> = std::iter::once(&leaf).chain(&web).collect();
    let stranger = P256::new("stranger");
    let set = anchors(&[&cert(&CertificateMaker::root("Stranger", &stranger, NOW), &stranger)]);
    let started = std::time::Instant::now();
    let s = ask(&sent, &[], &set);
    assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
    assert!(s.bounds.any() && s.valid().next().is_none(), "{:?}", s.bounds);
    assert!(s.signature_checks <= Limits::default().signatures);
    // with an anchor among them a path is found all the same
    let started = std::time::Instant::now();
    let s = ask(&sent, &[], &anchors(&[&roots[17]]));
    assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
    assert!(s.valid().next().is_some(), "{:?} {:?}", s.bounds, s.best().map(|b| b.leading));
}
