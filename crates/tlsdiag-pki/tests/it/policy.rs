//! Policies along a path, and that hostile mappings cost no more than they are long.
use crate::support::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use tlsdiag_pki::make::{CertificateMaker, Extension};
use tlsdiag_pki::oid::Oid;
use tlsdiag_pki::path::Standard;
use tlsdiag_pki::policy::{PolicyFailure, PolicySettings, process};
use tlsdiag_pki::*;

const ONE: &[u8] = &[0x2a, 3, 1];
const TWO: &[u8] = &[0x2a, 3, 2];

fn constraints(explicit: Option<u8>, mapping: Option<u8>) -> Extension {
    let mut items = Vec::new();
    items.extend(explicit.map(|n| writer::tlv(der::Tag::context(0), &[n])));
    items.extend(mapping.map(|n| writer::tlv(der::Tag::context(1), &[n])));
    Extension::raw(oid::POLICY_CONSTRAINTS, true, writer::sequence(&items))
}

fn mapping(pairs: &[(&[u8], &[u8])]) -> Extension {
    let items: Vec<_> = pairs.iter().map(|(a, b)| writer::sequence(&[writer::oid(a), writer::oid(b)])).collect();
    Extension::raw(oid::POLICY_MAPPINGS, false, writer::sequence(&items))
}

/// Leaf and intermediate with these extensions.
fn chain(int: &[Extension], leaf: &[Extension]) -> Vec<Arc<Certificate>> {
    let c = Chain::new();
    let with = |m: CertificateMaker, list: &[Extension]| list.iter().cloned().fold(m, CertificateMaker::set);
    let int = cert(&with(c.int_maker(), int), &c.root_key);
    vec![c.with_leaf(&with(c.leaf_maker(), leaf)), int]
}

fn outcome(path: &[Arc<Certificate>], settings: &PolicySettings) -> policy::Policies {
    process(&path.iter().map(|c| &**c).collect::<Vec<_>>(), settings)
}

fn set(list: &[&[u8]]) -> BTreeSet<Oid> {
    list.iter().map(|p| Oid::from_der(p)).collect()
}

#[test]
fn required_and_inhibited() {
    let none = PolicySettings::default();
    let failure = |int: &[Extension], leaf: &[Extension]| outcome(&chain(int, leaf), &none).failure;
    let (one, any) = (Extension::policies(&[ONE]), Extension::policies(&[oid::ANY_POLICY]));
    // nobody asks for a policy
    assert_eq!(failure(&[], &[]), None);
    // the intermediate asks: in the leaf it must be there
    let asks = constraints(Some(0), None);
    assert_eq!(failure(&[asks.clone(), one.clone()], &[]), Some((0, PolicyFailure::NoneValid)));
    assert_eq!(failure(&[asks.clone(), one.clone()], std::slice::from_ref(&one)), None);
    assert_eq!(failure(&[asks.clone(), any.clone()], std::slice::from_ref(&one)), None);
    assert_eq!(failure(&[asks.clone(), one.clone()], std::slice::from_ref(&any)), None);
    // anyPolicy in the leaf no longer counts
    let no_any = Extension::raw(oid::INHIBIT_ANY_POLICY, true, writer::small(0));
    let failed = failure(&[asks.clone(), one.clone(), no_any.clone()], std::slice::from_ref(&any));
    assert_eq!(failed, Some((0, PolicyFailure::NoneValid)));
    assert_eq!(
        failure(&[asks.clone(), one.clone(), mapping(&[(ONE, oid::ANY_POLICY)])], std::slice::from_ref(&one)),
        Some((1, PolicyFailure::MapsAny))
    );

    // the path says so too, as a note
    let path = chain(&[asks, one], &[]);
    let c = Chain::new();
    let s = ask(&[&path[0], &path[1]], &[], &anchors(&[&c.root]));
    let best = s.best().unwrap();
    assert!(best.path.is_valid() && best.path.reasons().any(|(i, r)| i == 0 && *r == Reason::PolicyNotValid));
    assert!(!Standard::Paths.judge(&s, &path::Demand::default()).accepted);
}

#[test]
fn mapped_and_chosen_by_the_user() {
    let path = chain(&[Extension::policies(&[ONE]), mapping(&[(ONE, TWO)])], &[Extension::policies(&[TWO])]);
    // in the terms of the anchor's domain it is policy one
    let wants = |p: &[u8]| PolicySettings { initial: Some(set(&[p])), explicit: true, ..PolicySettings::default() };
    let got = outcome(&path, &wants(ONE));
    assert_eq!((got.user, got.failure), (set(&[ONE]), None));
    assert_eq!(outcome(&path, &wants(TWO)).failure, Some((0, PolicyFailure::NoneValid)));
    let inhibited = PolicySettings { inhibit_mapping: true, ..PolicySettings::default() };
    assert_eq!(outcome(&path, &inhibited).authority, set(&[]));
    // anyPolicy all along: whatever the user takes
    let any = Extension::policies(&[oid::ANY_POLICY]);
    let open = chain(std::slice::from_ref(&any), std::slice::from_ref(&any));
    assert_eq!(outcome(&open, &wants(TWO)).user, set(&[TWO]));
    assert_eq!(outcome(&open, &PolicySettings::default()).authority, set(&[oid::ANY_POLICY]));
}

/// Every certificate maps each of many policies to all of them: a tree would have 40 to the power of 8 leaves.
#[test]
fn hostile_mappings_stay_cheap() {
    let policies: Vec<Vec<u8>> = (0..40).map(|i| vec![0x2a, 3, i]).collect();
    let list: Vec<&[u8]> = policies.iter().map(Vec::as_slice).collect();
    let all: Vec<(&[u8], &[u8])> = list.iter().flat_map(|a| list.iter().map(move |b| (*a, *b))).collect();
    let path = chain(&[Extension::policies(&list), mapping(&all)], &[Extension::policies(&list)]);
    let mut long: Vec<&Certificate> = vec![&path[0]];
    long.extend(std::iter::repeat_n(&*path[1], 8));
    let started = std::time::Instant::now();
    let got = process(&long, &PolicySettings { explicit: true, ..PolicySettings::default() });
    assert_eq!((got.failure, got.authority.len()), (None, 40));
    assert!(started.elapsed().as_millis() < 1_000, "{:?}", started.elapsed());
}
