//! Names: a DNS server inside the test gives every answer that there is, and silence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod common;
use common::*;
use std::{
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tlsdiag_collect::{Probe, Settings, target};
use tlsdiag_model::{
    Case, Cover, Kind, Sink, Why,
    facts::{Answer, Family, Lookup, Resolver},
};

/// Answers a question about a name: response code and records, each type and data; `None`: silence.
type Zone = fn(name: &str, kind: u16) -> Option<(u8, Vec<(u16, Vec<u8>)>)>;

fn dns(zone: Zone) -> SocketAddr {
    let s = UdpSocket::bind((HERE, 0)).unwrap();
    let at = s.local_addr().unwrap();
    thread::spawn(move || {
        let mut b = [0; 1500];
        while let Ok((n, from)) = s.recv_from(&mut b) {
            let q = &b[..n];
            let (mut name, mut i) = (String::new(), 12);
            while q[i] != 0 {
                let end = i + 1 + usize::from(q[i]);
                name.push_str(std::str::from_utf8(&q[i + 1..end]).unwrap());
                name.push('.');
                i = end;
            }
            let kind = u16::from_be_bytes([q[i + 1], q[i + 2]]);
            let Some((code, records)) = zone(&name.to_ascii_lowercase(), kind) else { continue };
            let mut out = q[..2].to_vec();
            out.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(records.len()).unwrap(), 0, 0, 0, 0]);
            out.extend(&q[12..i + 5]);
            let mut owner = vec![0xc0, 12];
            for (kind, data) in records {
                out.extend(&owner);
                out.extend(kind.to_be_bytes());
                out.extend([0, 1, 0, 0, 0, 60]);
                out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
                out.extend(&data);
                if kind == 5 {
                    owner = data;
                }
            }
            let _ = s.send_to(&out, from);
        }
    });
    at
}

/// Both direct answers, A and AAAA, and how long it took; the system knows no such name.
fn asked(server: SocketAddr, name: &str) -> (Lookup, Lookup, Case, Duration) {
    let s = Settings { dns: Some(vec![server]), dns_time: Duration::from_millis(800), ..short() };
    let mut p = Probe::new(s).unwrap();
    let sink = Sink::new(Case::here("here"));
    let started = Instant::now();
    p.look(&target::parse(&format!("{name}:1")).unwrap().asked, &sink);
    let took = started.elapsed();
    let case = sink.snapshot();
    let of = |family| {
        let all: Vec<_> =
            case.lookups.iter().filter(|r| r.what.resolver == Resolver::Dns && r.what.family == family).collect();
        assert_eq!(all.len(), 1);
        all[0].what.clone()
    };
    (of(Family::V4), of(Family::V6), case.clone(), took)
}

#[test]
fn addresses_and_canonical_names() {
    let server = dns(|name, kind| match (name, kind) {
        ("www.tlsdiag.test.", 1) => {
            Some((0, vec![(5, b"\x04host\x07tlsdiag\x04test\0".to_vec()), (1, vec![127, 0, 0, 1])]))
        }
        ("www.tlsdiag.test.", 28) => Some((0, vec![])),
        _ => Some((3, vec![])),
    });
    let (a, aaaa, case, _) = asked(server, "www.tlsdiag.test");
    assert_eq!(a.answer, Answer::Addresses(vec![HERE]));
    assert_eq!(a.cnames.iter().map(|n| n.as_str()).collect::<Vec<_>>(), ["host.tlsdiag.test"]);
    assert_eq!(aaaa.answer, Answer::NoAddress);
    // The system knows no such name: what DNS says is looked at.
    assert_eq!(case.connects.len(), 1);
    assert_eq!((case.connects[0].what.addr, case.connects[0].what.port), (HERE, 1));
    let whole = case.surveys.iter().find(|s| s.kind == Kind::Lookups).unwrap();
    assert_eq!(whole.cover, Cover::Complete);
}

#[test]
fn every_refusal_is_its_own() {
    for (zone, expected) in [
        ((|_, _| Some((3, vec![]))) as Zone, Answer::NoSuchName),
        (|_, _| Some((0, vec![])), Answer::NoAddress),
        (|_, _| Some((2, vec![])), Answer::ServerFailure),
        (|_, _| Some((5, vec![])), Answer::Refused),
    ] {
        let (a, aaaa, case, _) = asked(dns(zone), "x.tlsdiag.test");
        assert_eq!((&a.answer, &aaaa.answer), (&expected, &expected));
        assert!(case.connects.is_empty() && case.handshakes.is_empty());
    }
    let (a, _, _, took) = asked(dns(|_, _| None), "x.tlsdiag.test");
    assert!(matches!(a.answer, Answer::Silent { after_ms } if after_ms >= 700), "{a:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn the_system_is_asked_too_and_the_hosts_file_and_proxies_are_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "127.0.0.1 localhost\n203.0.113.9 localhost alias\n10.0.0.1 other\n").unwrap();
    let s = Settings {
        hosts_file: Some(file.path().to_owned()),
        environment: Arc::new(|v| match v {
            "https_proxy" => Some("http://user:secret@proxy.test:3128/".into()),
            "no_proxy" => Some("localhost".into()),
            _ => None,
        }),
        dns: Some(vec![]),
        system_lookup: Settings::default().system_lookup,
        ..short()
    };
    let mut p = Probe::new(s).unwrap();
    let sink = Sink::new(Case::here("here"));
    p.look(&target::parse("localhost:1").unwrap().asked, &sink);
    let case = sink.snapshot();
    let system = case.lookups.iter().find(|r| r.what.resolver == Resolver::System).unwrap();
    assert!(matches!(&system.what.answer, Answer::Addresses(l) if l.contains(&HERE)), "{system:?}");
    assert_eq!(case.hosts_lines.len(), 2);
    assert!(matches!(&case.hosts_lines[1].examples[0], tlsdiag_model::Origin::File { line: 2, .. }));
    assert_eq!(case.proxies.len(), 1);
    let proxy = &case.proxies[0].what;
    assert_eq!(
        (proxy.setting.as_str(), proxy.at.as_str(), proxy.exempt),
        ("https_proxy", "http://proxy.test:3128", true)
    );
    // Nobody to ask directly: the look is partial and says why.
    let survey = case.surveys.iter().find(|s| s.kind == Kind::Lookups).unwrap();
    assert!(matches!(&survey.cover, Cover::Partial(Why::Said(_))), "{survey:?}");
    for kind in [Kind::HostsLines, Kind::Proxies] {
        assert!(case.surveys.iter().any(|s| s.kind == kind && s.cover == Cover::Complete));
    }
}

#[test]
fn given_addresses_are_used_instead_of_looking() {
    let s = Settings { resolve: vec![("site.test".into(), 1, vec![HERE])], ..short() };
    let mut p = Probe::new(s).unwrap();
    let sink = Sink::new(Case::here("here"));
    p.look(&target::parse("site.test:1").unwrap().asked, &sink);
    let case = sink.snapshot();
    assert!(case.lookups.is_empty() && case.surveys.iter().all(|s| s.kind != Kind::Lookups));
    assert_eq!(case.connects.len(), 1);
}

#[test]
fn many_addresses_are_cut_and_said() {
    let list: Vec<std::net::IpAddr> = (1..=12u8).map(|n| [127, 0, 0, n].into()).collect();
    let s = Settings { resolve: vec![("site.test".into(), 1, list)], ..short() };
    let mut p = Probe::new(s).unwrap();
    let sink = Sink::new(Case::here("here"));
    p.look(&target::parse("site.test:1").unwrap().asked, &sink);
    let case = sink.snapshot();
    assert_eq!(case.connects.len(), 8);
    assert!(case.surveys.iter().any(|s| s.cover.why() == Some(&Why::OverCap { kept: 8, dropped: 4 })));
    let mut hosts: Vec<_> = case.connects.iter().map(|c| c.host).collect();
    hosts.sort();
    hosts.dedup();
    assert_eq!(hosts.len(), 8, "each address is a machine until somebody says otherwise");
}

#[test]
fn a_silent_dns_server_does_not_hold_up_what_the_system_knows() {
    let at = serve(|_, _| {});
    let server = dns(|_, _| None);
    let s = Settings {
        dns: Some(vec![server]),
        dns_time: Duration::from_millis(900),
        system_lookup: Arc::new(|_| Answer::Addresses(vec![HERE])),
        ..short()
    };
    let mut p = Probe::new(s).unwrap();
    let sink = Sink::new(Case::here("here"));
    p.look(&target::parse(&format!("site.test:{}", at.port())).unwrap().asked, &sink);
    let case = sink.snapshot();
    let silent: Vec<_> = case.lookups.iter().filter(|r| matches!(r.what.answer, Answer::Silent { .. })).collect();
    assert_eq!(silent.len(), 2);
    assert!(case.handshakes[0].span.last < silent[0].span.last, "the handshake was over before");
}
