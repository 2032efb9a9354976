//! Each varied hello differs from the base hello in what its name says, on the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod common;
use common::*;
use std::{
    io::Read,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Ask, Source,
    facts::{Trial, Vary},
};
use tlsdiag_wire::{ClientHello, ExtensionType as X, Group};

type Heard = Arc<Mutex<Vec<(Vec<u8>, Vec<Duration>)>>>;

/// Records whole hellos and when their pieces came, and closes.
fn recorder() -> (std::net::SocketAddr, Heard) {
    let heard: Heard = Arc::default();
    let to = Arc::clone(&heard);
    let at = serve(move |mut s, _| {
        let (mut all, mut at, mut b, started) = (vec![], vec![], [0; 65536], Instant::now());
        while let Ok(n) = s.read(&mut b) {
            if n == 0 {
                break;
            }
            at.push(started.elapsed());
            all.extend_from_slice(&b[..n]);
            if ClientHello::parse_records(&all).is_ok() || all[0] & 0x80 != 0 {
                break;
            }
        }
        // The list is complete before the client hears of the end.
        to.lock().unwrap().push((all, at));
    });
    (at, heard)
}

fn hello(bytes: &[u8]) -> ClientHello {
    ClientHello::parse_records(bytes).unwrap().0
}

fn numbers(h: &ClientHello) -> (Vec<u16>, Vec<u16>, Vec<u16>) {
    let grease = |v: &u16| v & 0x0f0f == 0x0a0a && v >> 8 == v & 0xff;
    let suites = h.cipher_suites.iter().map(|s| s.0).filter(|s| !grease(s)).collect();
    let groups = h.groups().iter().map(|s| s.0).filter(|s| !grease(s)).collect();
    let kinds = h.extensions.iter().flat_map(|e| e.kinds()).map(|s| s.0).filter(|s| !grease(s)).collect();
    (suites, groups, kinds)
}

#[test]
fn each_changes_what_it_says_and_nothing_else() {
    let (at, heard) = recorder();
    let mut l = look(at, settings());
    let of = |l: &mut Looked, vary: Vary| {
        l.ask(Ask::Trial { to: l.endpoint(), vary: vary.clone() });
        let bytes = heard.lock().unwrap().last().unwrap().0.clone();
        let h = l.shake(Trial::Vary(vary));
        assert_eq!(h.offer.bytes as usize, bytes.len(), "the fact says what was on the wire");
        bytes
    };
    let base_bytes = heard.lock().unwrap()[0].0.clone();
    let base = hello(&base_bytes);
    let (suites, groups, kinds) = numbers(&base);
    assert_eq!(groups, [0x11ec, 0x1d, 0x17, 0x18]);
    assert!(suites.contains(&0x00ff), "renegotiation SCSV");

    let classic = of(&mut l, Vary::Classic);
    let h = hello(&classic);
    assert_eq!(numbers(&h), (suites.clone(), groups[1..].to_vec(), kinds.clone()));
    assert!(classic.len() < 1000 && h.key_shares().iter().all(|s| !s.group.is_post_quantum()));

    let padded = of(&mut l, Vary::ClassicPadded);
    assert_eq!(padded.len(), base_bytes.len());
    assert!(hello(&padded).has(X::PADDING) && !hello(&padded).groups().contains(&Group::X25519MLKEM768));

    let split = of(&mut l, Vary::ClassicSplit);
    assert_eq!(numbers(&hello(&split)), numbers(&h));
    let times = heard.lock().unwrap().last().unwrap().1.clone();
    assert!(times.len() == 2 && times[1] - times[0] > Duration::from_millis(60), "two segments: {times:?}");
    assert_eq!(l.shake(Trial::Vary(Vary::ClassicSplit)).offer.writes, 2);

    assert_eq!(hello(&of(&mut l, Vary::SmallSegments)).groups(), base.groups());
    assert_eq!(l.shake(Trial::Vary(Vary::SmallSegments)).offer.mss, Some(536));
    assert_eq!(of(&mut l, Vary::ClassicSmallSegments).len(), classic.len());

    let h = hello(&of(&mut l, Vary::Tls12));
    assert!(!h.has(X::SUPPORTED_VERSIONS) && !h.has(X::KEY_SHARE) && h.cipher_suites.iter().all(|s| !s.is_tls1_3()));
    assert_eq!(h.offered_versions().iter().map(|v| v.0).max(), Some(0x0303));
    assert!(h.has(X::SERVER_NAME) && h.has(X::ALPN));

    let h = hello(&of(&mut l, Vary::Tls13));
    assert_eq!(h.offered_versions().iter().map(|v| v.0).collect::<Vec<_>>(), [0x0304]);
    for (v, top) in [(0x0302, 0x0302), (0x0301, 0x0301), (0x0303, 0x0303)] {
        let h = hello(&of(&mut l, Vary::Only(v)));
        assert_eq!(h.offered_versions().iter().map(|v| v.0).max(), Some(top));
        assert_eq!(h.server_name().as_deref(), Some(SITE));
        assert_eq!(h.has(X::SUPPORTED_VERSIONS), v == 0x0303, "TLS 1.2 is listed, too");
    }
    let h = hello(&of(&mut l, Vary::Only(0x0300)));
    assert!(h.extensions.is_none() && h.legacy_version.0 == 0x0300);

    let h = hello(&of(&mut l, Vary::Wide));
    let (wide, wide_groups, _) = numbers(&h);
    assert!(suites.iter().all(|s| wide.contains(s)) && wide.contains(&0x0005) && wide.contains(&0x0033));
    assert!(wide_groups.contains(&0x19) && h.offered_versions().iter().any(|v| v.0 == 0x0300));

    let h = hello(&of(&mut l, Vary::NoGrease));
    assert_eq!(numbers(&h), (suites.clone(), groups.clone(), kinds.clone()));
    assert!(h.cipher_suites.len() < base.cipher_suites.len() && h.groups().len() == groups.len());

    let (_, _, few) = numbers(&hello(&of(&mut l, Vary::FewExtensions)));
    assert_eq!(few, [0, 10, 11, 13]);
    assert!(hello(&of(&mut l, Vary::NoExtensions)).extensions.is_none());
    let (_, _, without) = numbers(&hello(&of(&mut l, Vary::Without(0xfe0d))));
    assert_eq!(without, kinds.iter().copied().filter(|k| *k != 0xfe0d).collect::<Vec<_>>());

    assert_eq!(hello(&of(&mut l, Vary::NoName)).server_name(), None);
    let other = hello(&of(&mut l, Vary::OtherName)).server_name().unwrap();
    assert!(other.ends_with(".invalid"));
    assert!(hello(&of(&mut l, Vary::NoAlpn)).alpn().is_empty());
    assert_eq!(hello(&of(&mut l, Vary::Http1)).alpn(), [b"http/1.1".to_vec()]);

    for (vary, authentication) in [(Vary::RsaOnly, "Rsa"), (Vary::EcdsaOnly, "Ecdsa")] {
        let h = hello(&of(&mut l, vary));
        let real = h.cipher_suites.iter().filter(|s| !s.is_signalling());
        assert!(real.clone().count() > 2);
        assert!(real.map(|s| format!("{:?}", s.info().unwrap().authentication)).all(|a| a == authentication));
        let ecdsa = h.signature_schemes().iter().filter(|s| s.0 & 0xff == 3).count();
        assert_eq!(ecdsa == 0, authentication == "Rsa");
    }
    let h = hello(&of(&mut l, Vary::Group(0x17)));
    assert_eq!(h.groups(), [Group(0x17)]);
    assert_eq!(h.key_shares().iter().map(|s| (s.group.0, s.public.len())).collect::<Vec<_>>(), [(0x17, 65)]);
    let h = hello(&of(&mut l, Vary::Group(0x19)));
    assert!(h.groups() == [Group(0x19)] && h.key_shares().is_empty(), "asks for a retry");
    assert_eq!(of(&mut l, Vary::Length(900)).len(), 900);
    let ssl2 = of(&mut l, Vary::Ssl2);
    assert_eq!((ssl2[0] & 0x80, ssl2[2]), (0x80, 1), "SSLv2 record, CLIENT-HELLO");
    assert_eq!(l.shake(Trial::Vary(Vary::Ssl2)).offer.versions, [2]);
}

#[test]
fn a_seed_makes_hellos_repeatable_and_none_does_not() {
    let run = |seed| {
        let (at, heard) = recorder();
        let mut s = settings();
        s.seed = seed;
        let mut l = look(at, s);
        l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::Classic });
        let heard = heard.lock().unwrap();
        (heard[0].0.clone(), heard[1].0.clone())
    };
    assert_eq!(run(Some(1)), run(Some(1)));
    assert_ne!(run(Some(1)), run(Some(2)));
    assert_ne!(run(None), run(None));
    let (a, b) = run(None);
    assert_ne!(hello(&a).random, hello(&b).random, "every connection has its own random");
    assert_eq!(hello(&a).cipher_suites, hello(&b).cipher_suites, "GREASE stays the same within a run");
}

#[test]
fn the_order_of_offers() {
    let (at, _) = recorder();
    let l = look(at, settings());
    let weight = |ask: Ask| l.probe.offers(&ask).unwrap().weight;
    let to = l.endpoint();
    let trial = |vary| Ask::Trial { to: to.clone(), vary };
    let order = [
        Ask::Again { to: to.clone(), after: 0 },
        trial(Vary::Classic),
        trial(Vary::Tls12),
        trial(Vary::NoName),
        trial(Vary::Wide),
        trial(Vary::SmallSegments),
        trial(Vary::ClassicPadded),
    ]
    .map(weight);
    assert!(order.is_sorted(), "{order:?}");
    let table = Ask::Table { kind: tlsdiag_model::Kind::Events, host: to.host, why: None };
    assert_eq!(l.probe.offers(&table), None);
}
