//! Revocation by every kind of list: of one distribution point, partial, delta, indirect, with a signer of its own.
use crate::support::*;
use std::sync::Arc;
use tlsdiag_pki::crl::{Crl, CrlProblem, RevocationState, Sources, Unusable, status};
use tlsdiag_pki::extensions::KeyUsage;
use tlsdiag_pki::make::{CertificateMaker, CrlMaker, Extension, RevokedEntry, name};
use tlsdiag_pki::revocation::RevocationReason;
use tlsdiag_pki::*;

struct Case {
    chain: Chain,
    leaf: Arc<Certificate>,
    issuers: Vec<Arc<Certificate>>,
}

impl Case {
    fn new(leaf: &dyn Fn(CertificateMaker) -> CertificateMaker) -> Case {
        let chain = Chain::new();
        let leaf = chain.with_leaf(&leaf(chain.leaf_maker()));
        Case { chain, leaf, issuers: Vec::new() }
    }

    /// A list of the intermediate.
    fn list(&self, edit: &dyn Fn(&mut CrlMaker)) -> Vec<u8> {
        let mut m = CrlMaker::new(&self.chain.int, NOW);
        edit(&mut m);
        m.sign(&self.chain.int_key)
    }

    fn revoked(&self) -> RevokedEntry {
        RevokedEntry { serial: self.leaf.serial.to_vec(), at: NOW - DAY, reason: None }
    }

    fn status(&self, lists: &[&[u8]]) -> RevocationState {
        self.with(lists, false)
    }

    fn with(&self, lists: &[&[u8]], strict: bool) -> RevocationState {
        let c = &self.chain;
        let set = anchors(&[&c.root]);
        let s = ask(&[&self.leaf, &c.int], &[], &set);
        let lists: Vec<Crl<'_>> = lists.iter().map(|l| Crl::read(l).unwrap()).collect();
        let issuers: Vec<_> = self.issuers.iter().chain([&c.int]).cloned().collect();
        let sources =
            Sources { lists: &lists, issuers: &issuers, anchors: &[&set], time: NOW, verifier: &RustVerifier, strict };
        status(s.best().unwrap().path, 0, &sources)
    }
}

fn point(items: &[Vec<u8>]) -> Extension {
    Extension::raw(oid::ISSUING_DISTRIBUTION_POINT, true, writer::sequence(items))
}

fn url(place: &str) -> Vec<u8> {
    writer::explicit(0, &writer::explicit(0, &writer::tlv(der::Tag::context(6), place.as_bytes())))
}

/// onlySomeReasons; bits from the left.
fn reasons(octet: u8) -> Vec<u8> {
    writer::tlv(der::Tag::context(3), &[0, octet])
}

fn revoked() -> RevocationState {
    RevocationState::Revoked { at: NOW - DAY, reason: None }
}

fn why(state: RevocationState) -> Vec<Unusable> {
    let RevocationState::Undetermined(problems) = state else { panic!("{state:?}") };
    problems.into_iter().map(|p| p.why).collect()
}

#[test]
fn plain_lists() {
    let c = Case::new(&|m| m);
    let clean = c.list(&|_| {});
    assert_eq!(c.status(&[&clean]), RevocationState::Good);
    assert_eq!(c.status(&[&clean, &c.list(&|m| m.revoked.push(c.revoked()))]), RevocationState::Good);
    assert_eq!(c.status(&[&c.list(&|m| m.revoked.push(c.revoked()))]), revoked());
    assert_eq!(why(c.status(&[])), []);
    let old = c.list(&|m| m.next_update = Some(NOW - 1));
    assert_eq!(why(c.status(&[&old])), [Unusable::Problem(CrlProblem::Expired { next_update: NOW - 1 })]);
    // an entry of somebody else with an extension that nobody knows spoils the list, unless the leaf is listed
    let odd = Extension::raw(&[0x2a, 3, 9], true, vec![5, 0]);
    let other = RevokedEntry { serial: vec![0x55], at: NOW, reason: None }.with(&[odd]);
    let spoiled = c.list(&|m| m.more.push(other.clone()));
    let unknown = CrlProblem::UnknownCriticalExtension(oid::Oid::from_der(&[0x2a, 3, 9]));
    assert_eq!(why(c.status(&[&spoiled])), [Unusable::Problem(unknown)]);
    assert_eq!(c.status(&[&c.list(&|m| (m.more, m.revoked) = (vec![other.clone()], vec![c.revoked()]))]), revoked());
    // numbers, for those who are strict about them
    let numberless = c.list(&|m| m.extensions.retain(|x| x.oid != oid::CRL_NUMBER));
    assert_eq!(
        (c.with(&[&numberless], false), why(c.with(&[&numberless], true))),
        (RevocationState::Good, vec![Unusable::NoNumber])
    );
}

#[test]
fn distribution_points_and_reasons() {
    let at = "http://crl.example.kr/a.crl";
    let c = Case::new(&|m| m.set(Extension::crl_distribution_points(&[at])));
    let scoped = |items: &[Vec<u8>]| c.list(&|m| m.extensions.push(point(items)));
    assert_eq!(c.status(&[&scoped(&[url(at)])]), RevocationState::Good);
    assert_eq!(why(c.status(&[&scoped(&[url("http://crl.example.kr/b.crl")])])), []);
    let only = |n: u8| writer::tlv(der::Tag::context(n), &[0xff]);
    assert_eq!(c.status(&[&scoped(&[only(1)])]), RevocationState::Good);
    assert_eq!(why(c.status(&[&scoped(&[only(2)])])), []);
    assert_eq!(why(c.status(&[&scoped(&[only(5)])])), []);
    // two lists that share the reasons between them: keyCompromise and cACompromise, and the rest
    let (some, rest) = (
        scoped(&[reasons(0x60)]),
        c.list(&|m| {
            let bits = writer::tlv(der::Tag::context(3), &[7, 0x1f, 0x80]);
            m.extensions.push(point(&[bits]));
        }),
    );
    assert_eq!(why(c.status(&[&some])), []);
    assert_eq!(c.status(&[&some, &rest]), RevocationState::Good);
}

#[test]
fn delta_lists() {
    let c = Case::new(&|m| m);
    let delta = |base: u8, number: u8, entry: Option<RevokedEntry>| {
        c.list(&|m| {
            m.extensions.retain(|x| x.oid != oid::CRL_NUMBER);
            m.extensions.push(Extension::raw(oid::CRL_NUMBER, false, vec![2, 1, number]));
            m.extensions.push(Extension::raw(oid::DELTA_CRL, true, vec![2, 1, base]));
            m.revoked.extend(entry.clone());
        })
    };
    let (clean, listed) = (c.list(&|_| {}), c.list(&|m| m.revoked.push(c.revoked())));
    assert_eq!(c.status(&[&clean, &delta(1, 2, Some(c.revoked()))]), revoked());
    // by itself it says nothing, and one that builds on a later list does not fit
    assert_eq!(why(c.status(&[&delta(1, 2, Some(c.revoked()))])), []);
    assert_eq!(c.status(&[&clean, &delta(5, 6, Some(c.revoked()))]), RevocationState::Good);
    let lifted = RevokedEntry { reason: Some(RevocationReason(8)), ..c.revoked() };
    assert_eq!(c.status(&[&listed, &delta(1, 2, Some(lifted))]), RevocationState::Good);
    // of two the newer counts
    let newer = RevokedEntry { reason: Some(RevocationReason(8)), ..c.revoked() };
    let both = [clean, delta(1, 2, Some(c.revoked())), delta(1, 3, Some(newer))];
    assert_eq!(c.status(&both.each_ref().map(Vec::as_slice)), RevocationState::Good);
}

/// A certificate for signing lists, issued by the root below another name.
fn list_signer(c: &Chain, key: &P256, common_name: &str) -> Arc<Certificate> {
    let m = CertificateMaker::intermediate(common_name, key, &c.root, NOW)
        .set(Extension::basic_constraints(false, None))
        .set(Extension::key_usage(KeyUsage::CRL_SIGN));
    cert(&m, &c.root_key)
}

#[test]
fn indirect_lists_and_signers_of_their_own() {
    let key = P256::new("lists");
    let owner = name(&[(oid::CN, "Lists")]);
    let names = writer::explicit(4, &owner);
    let full = writer::explicit(0, &writer::explicit(0, &names));
    let leaves = writer::sequence(&[writer::sequence(&[full.clone(), writer::explicit(2, &names)])]);
    let mut c = Case::new(&|m| m.set(Extension::raw(oid::CRL_DISTRIBUTION_POINTS, false, leaves.clone())));
    let signer = list_signer(&c.chain, &key, "Lists");
    let indirect = |entries: &[Vec<u8>], indirect: bool| {
        let mut m = CrlMaker::new(&signer, NOW);
        m.more = entries.to_vec();
        let mut items = vec![full.clone()];
        items.extend(indirect.then(|| writer::tlv(der::Tag::context(4), &[0xff])));
        m.extensions.push(point(&items));
        m.sign(&key)
    };
    // Nobody knows the signer, then the root's list says nothing of it, then all is well.
    let root_list = CrlMaker::new(&c.chain.root, NOW).sign(&c.chain.root_key);
    let clean = indirect(&[], true);
    assert_eq!(why(c.status(&[&clean, &root_list])), [Unusable::NoSigner]);
    c.issuers.push(signer.clone());
    assert_eq!(why(c.status(&[&clean])), [Unusable::SignerRevoked]);
    assert_eq!(c.status(&[&clean, &root_list]), RevocationState::Good);
    let mut gone = CrlMaker::new(&c.chain.root, NOW);
    gone.revoked.push(RevokedEntry { serial: signer.serial.to_vec(), at: NOW, reason: None });
    assert_eq!(why(c.status(&[&clean, &gone.sign(&c.chain.root_key)])), [Unusable::SignerRevoked]);
    // The serial number alone is the list owner's own; with the issuer named it is the leaf's.
    let own = c.revoked().with(&[]);
    assert_eq!(c.status(&[&indirect(std::slice::from_ref(&own), true), &root_list]), RevocationState::Good);
    let whose = writer::sequence(&[writer::explicit(4, c.leaf.issuer.der())]);
    let named = c.revoked().with(&[Extension::raw(oid::CERTIFICATE_ISSUER, true, whose)]);
    assert_eq!(c.status(&[&indirect(&[own, named.clone()], true), &root_list]), revoked());
    // A list that does not say that it is indirect is not one.
    assert_eq!(why(c.status(&[&indirect(&[named], false), &root_list])), []);
}
