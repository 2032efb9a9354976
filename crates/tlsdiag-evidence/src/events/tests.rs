//! Tests of the events of one file.
use super::*;
use std::io::Cursor;
use std::path::PathBuf;
use tlsdiag_winfiles::events::When;
use tlsdiag_winfiles::events::make::text::{Labels, Shape, Tongue, encode, write};
use tlsdiag_winfiles::events::make::{self, Scene};
use tlsdiag_winfiles::text::decode::decode;

const TAKEN: i64 = 1_800_000_000_000;

fn scene(k: u64, computer: &str) -> Scene<'_> {
    let start = When::from_civil(2026, 11, 24, 9, 12, 33).unwrap();
    let time = When { unix_ms: start.unix_ms + i64::try_from(k).unwrap() * 20_000, ticks: 0, local: false };
    Scene { computer, time, record: k + 1 }
}

fn from_evtx(log: Vec<u8>) -> Fragment {
    let mut out = Fragment::new("case/System.evtx", TAKEN);
    let size = log.len() as u64;
    let mut octets = Cursor::new(log);
    let mut input = Input { path: "case/System.evtx", size, taken: TAKEN, octets: &mut octets, beside: &|_| None };
    read_evtx(&mut input, &mut out).unwrap();
    out
}

#[test]
fn alike_entries_are_one_row() {
    let events: Vec<_> = (0..3000u64)
        .map(|k| {
            if k % 2 == 0 {
                make::schannel(&scene(k, "WEB01.contoso.example"), 36874, &["TLS 1.2"])
            } else {
                make::schannel(&scene(k, "WEB01.contoso.example"), 36888, &["40", "1205"])
            }
        })
        .collect();
    let out = from_evtx(make::evtx::write(&events, make::evtx::Options::default()));
    let rows = &out.case.events;
    assert_eq!(
        rows.iter().map(|r| (r.what.id, r.count, r.examples.len())).collect::<Vec<_>>(),
        [(36874, 1500, 3), (36888, 1500, 3)]
    );
    assert_eq!((rows[1].what.alert, rows[1].what.state), (Some(40), Some(1205)));
    assert_eq!(rows[0].span.last - rows[0].span.first, 2998 * 20_000);
    assert_eq!(out.marks, [Mark::Computer("WEB01".to_owned())]);
    assert_eq!(out.case.surveys.len(), 1);
    assert_eq!(out.case.surveys[0].cover, Cover::Complete);
    assert_eq!(out.case.surveys[0].span.first, scene(0, "").time.unix_ms);
    assert_eq!(out.newest, Some(scene(2999, "").time.unix_ms));
    assert_eq!(out.faults, []);
}

#[test]
fn an_entry_keeps_what_it_names() {
    let thumb = "a909502dd82ae41433e6f83886b00d4277a32a7b";
    let tree = make::acquire_key_tree(thumb, "www.contoso.example", "C:\\Windows\\System32\\lsass.exe", 0x8009_0016);
    let events = vec![
        make::schannel(&scene(0, "A"), 36870, &["server", "0x8009030d", "10001"]),
        make::http_event(&scene(1, "A"), 15021, "[::]:443", Some(0xc000_0225)),
        make::http_event(&scene(2, "A"), 15300, "www.contoso.example:443", None),
        make::capi2(&scene(3, "A"), 70, tree),
        make::schannel(&scene(4, "A"), 36871, &["client", "10013", "1234", "C:\\app\\agent.exe"]),
    ];
    let out = from_evtx(make::evtx::write(&events, make::evtx::Options::default()));
    let facts: Vec<Event> = out.case.events.iter().map(|r| r.what.clone()).collect();
    let base = |source: &str, id: u32| Event { source: source.to_owned(), id, ..Event::default() };
    let at = |addr, name: Option<&str>| Some(Spot { addr, port: 443, name: name.map(Name::new) });
    let expected = [
        Event { code: Some(0x8009_030d), state: Some(10001), side: Some(Side::Server), ..base("Schannel", 36870) },
        Event {
            code: Some(0xc000_0225),
            side: Some(Side::Server),
            endpoint: at(Addr::AnyV6, None),
            ..base("HttpEvent", 15021)
        },
        Event {
            side: Some(Side::Server),
            endpoint: at(Addr::Any, Some("www.contoso.example")),
            ..base("HttpEvent", 15300)
        },
        Event {
            code: Some(0x8009_0016),
            process: Some("lsass.exe".to_owned()),
            thumb: Thumb::from_hex(thumb),
            ..base("CAPI2", 70)
        },
        Event {
            state: Some(10013),
            side: Some(Side::Client),
            process: Some("agent.exe".to_owned()),
            ..base("Schannel", 36871)
        },
    ];
    assert_eq!(facts, expected);
}

#[test]
fn two_machines_in_one_log_stay_apart() {
    let events: Vec<_> = (0..10u64)
        .map(|k| make::schannel(&scene(k, if k < 5 { "A.example" } else { "B.example" }), 36887, &["46"]))
        .collect();
    let out = from_evtx(make::evtx::write(&events, make::evtx::Options { per_chunk: 5, ..Default::default() }));
    let hosts: Vec<_> = out.case.events.iter().map(|r| (out.case.label(r.host), r.count)).collect();
    assert_eq!(hosts, [("A", 5), ("B", 5)]);
    assert_eq!(out.marks, []);
}

#[test]
fn a_damaged_log_is_partial_and_says_where() {
    let events: Vec<_> = (0..40u64).map(|k| make::schannel(&scene(k, "A"), 36887, &["46"])).collect();
    let log = make::evtx::write(&events, make::evtx::Options { per_chunk: 20, ..Default::default() });
    let out = from_evtx(make::evtx::damaged(log.clone(), make::evtx::Damage::Records(1)));
    assert_eq!(out.case.events[0].count, 39);
    assert!(matches!(out.case.surveys[0].cover, Cover::Partial(Why::DamagedAt { .. })));
    assert_eq!(out.faults.len(), 2);
    let out = from_evtx(make::evtx::damaged(log, make::evtx::Damage::Truncated(4096 + 65_536 + 3000)));
    assert!(matches!(out.case.surveys[0].cover, Cover::Partial(Why::CutOff { .. })));
}

#[test]
fn a_legacy_log_gives_the_same_entry() {
    let events = vec![make::schannel(&scene(0, "OLD2003"), 36870, &["server", "0x80090016"])];
    let log = make::evt::write(&events, make::evt::Options::default());
    let mut out = Fragment::new("SysEvent.Evt", TAKEN);
    let size = log.len() as u64;
    assert!(sniff_evt(&log));
    let mut octets = Cursor::new(log);
    read_evt(&mut Input { path: "SysEvent.Evt", size, taken: TAKEN, octets: &mut octets, beside: &|_| None }, &mut out)
        .unwrap();
    let fact = &out.case.events[0].what;
    assert_eq!((fact.id, fact.code, fact.side), (36870, Some(0x8009_0016), Some(Side::Server)));
    assert_eq!(out.marks, [Mark::Computer("OLD2003".to_owned())]);
    assert_eq!(out.case.surveys.len(), 1);
}

#[test]
fn texts_of_every_form_give_the_same_rows() {
    let events = [
        make::schannel(&scene(0, "WEB01"), 36870, &["server", "0x8009030d", "10001"]),
        make::schannel(&scene(1, "WEB01"), 36888, &["40", "1205"]),
        make::http_event(&scene(2, "WEB01"), 15300, "0.0.0.0:443", None),
    ];
    for (name, encoding) in [
        ("en", "utf-8"),
        ("ko", "euc-kr"),
        ("ko", "utf-16"),
        ("ja", "shift_jis"),
        ("zh", "gbk"),
        ("de", "windows-1252"),
    ] {
        for shape in Shape::ALL {
            let octets = encode(&write(&events, shape, Tongue::of(name), &Labels::of(name)), encoding);
            let mut out = Fragment::new("events.txt", TAKEN);
            let text = decode(&octets);
            let lines = read_text(&text, &mut out);
            let mut rows: Vec<_> =
                out.case.events.iter().map(|r| (r.what.id, r.what.code, r.what.state, r.what.alert, r.count)).collect();
            rows.sort();
            let expected = [
                (15300, None, None, None, 1),
                (36870, Some(0x8009_030d), Some(10001), None, 1),
                (36888, None, Some(1205), Some(40), 1),
            ];
            assert_eq!(rows, expected, "{shape:?} {name} {encoding}\n{}", text.text);
            assert!(!lines.is_empty());
            assert_eq!(out.kinds.len(), 1);
            assert!(matches!(out.case.surveys[0].cover, Cover::Partial(Why::Said(_))));
        }
    }
}

#[test]
fn what_is_no_event_is_left_to_others() {
    let listen = "Active Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n  TCP    0.0.0.0:443            0.0.0.0:0              LISTENING       4\n";
    let events = [make::schannel(&scene(0, "WEB01"), 36870, &["server", "0x8009030d", "10001"])];
    let copy = write(&events, Shape::Viewer2008, Tongue::of("ko"), &Labels::of("ko"));
    let both = format!("{copy}\n{listen}");
    let mut out = Fragment::new("all.txt", TAKEN);
    let lines = read_text(&decode(both.as_bytes()), &mut out);
    assert_eq!(out.case.events.len(), 1);
    assert_eq!(lines, std::slice::from_ref(&(1..12)));
    let mut out = Fragment::new("netstat.txt", TAKEN);
    assert_eq!(read_text(&decode(listen.as_bytes()), &mut out), []);
    assert_eq!(read_message(&decode(listen.as_bytes()), &mut out), []);
    assert_eq!((out.kinds.len(), out.faults.len()), (0, 0));
}

#[test]
fn spots() {
    let of = |text: &str| spot(text).map(|s| (s.addr, s.port, s.name.map(|n| n.to_string())));
    assert_eq!(of("0.0.0.0:443"), Some((Addr::AnyV4, 443, None)));
    assert_eq!(of("[::]:443"), Some((Addr::AnyV6, 443, None)));
    assert_eq!(of("https://+:443/x"), Some((Addr::Any, 443, None)));
    assert_eq!(of("WWW.example:8443"), Some((Addr::Any, 8443, Some("www.example".to_owned()))));
    assert_eq!(of("http://ocsp.example/"), None);
}

#[test]
fn a_real_burst_is_a_handful_of_rows_in_no_time() {
    let Some(dir) = std::env::var_os("TLSDIAG_CORPUS") else {
        eprintln!("SKIPPED: TLSDIAG_CORPUS is not set");
        return;
    };
    let path = PathBuf::from(dir).join("evtx/museum/Win2012R2-StolenSzechuan/System.evtx");
    let started = std::time::Instant::now();
    let mut file = std::fs::File::open(&path).unwrap();
    let mut out = Fragment::new("System.evtx", TAKEN);
    let size = file.metadata().unwrap().len();
    read_evtx(&mut Input { path: "System.evtx", size, taken: TAKEN, octets: &mut file, beside: &|_| None }, &mut out)
        .unwrap();
    let took = started.elapsed();
    let counts: Vec<_> = out.case.events.iter().map(|r| (r.what.source.as_str(), r.what.id, r.count)).collect();
    println!("{took:?} {counts:?} {:?}", out.case.surveys);
    for id in [36874, 36888] {
        assert!(counts.contains(&("Schannel", id, 29_205)));
    }
    assert!(counts.len() < 20);
}
