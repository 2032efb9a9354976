//! Event logs that the project writes are read with the values that went in, by its own readers and by others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::Command;

use proptest::prelude::*;
use tlsdiag_winfiles::events::make::{self, Scene};
use tlsdiag_winfiles::events::{Datum, Event, FaultKind, Item, Summary, When, evt, evtx};

fn scene(k: u64) -> Scene<'static> {
    let time = When::from_civil(2026, 11, 24, 9, 12, 33).unwrap();
    let time = When { unix_ms: time.unix_ms + i64::try_from(k).unwrap() * 1700, ticks: 1234, local: false };
    Scene { computer: "WEB01.contoso.example", time, record: k + 1 }
}

/// One event of every kind that matters.
fn gallery() -> Vec<Event> {
    let mut out = Vec::new();
    let add = |make: &dyn Fn(&Scene<'_>) -> Event, out: &mut Vec<Event>| out.push(make(&scene(out.len() as u64)));
    let thumb = "a909502dd82ae41433e6f83886b00d4277a32a7b";
    let certificate = format!("30820122{}", "00".repeat(0x122));
    add(&|s| make::schannel(s, 36870, &["server", "0x8009030d", "10001"]), &mut out);
    add(&|s| make::schannel(s, 36871, &["client", "10013", "1234", "C:\\Windows\\System32\\svchost.exe"]), &mut out);
    add(&|s| make::schannel(s, 36874, &["TLS 1.2"]), &mut out);
    add(&|s| make::schannel(s, 36888, &["40", "1205"]), &mut out);
    add(&|s| make::schannel(s, 36888, &["70", "105", "서버.example"]), &mut out);
    add(&|s| make::schannel(s, 36887, &["46"]), &mut out);
    add(&|s| make::schannel(s, 36884, &["api.partner.example", &certificate]), &mut out);
    let key = [
        "server",
        "Microsoft RSA SChannel Cryptographic Provider",
        "12",
        "4e6f-key",
        "key exchange",
        "0x20",
        &certificate,
    ];
    add(&|s| make::schannel(s, 36868, &key), &mut out);
    add(&|s| make::schannel(s, 36886, &[]), &mut out);
    let done = ["server", "TLS 1.2", "0xc030", "384", "0x1f2e", "", "CN=www.contoso.example", ""];
    add(&|s| make::schannel(s, 36880, &done), &mut out);
    add(&|s| make::http_event(s, 15021, "0.0.0.0:443", Some(0xc000_0225)), &mut out);
    add(&|s| make::http_event(s, 15300, "[::]:443", None), &mut out);
    add(
        &|s| make::capi2(s, 70, make::acquire_key_tree(thumb, "www.contoso.example", "lsass.exe", 0x8009_0016)),
        &mut out,
    );
    out
}

fn read_evtx(log: &[u8]) -> (Vec<Event>, Vec<FaultKind>, Summary) {
    let (mut events, mut faults) = (Vec::new(), Vec::new());
    let mut source = log;
    let summary = evtx::read(&mut source, &mut |_| true, &mut |item| match item {
        Item::Event(event) => events.push(*event),
        Item::Fault(fault) => faults.push(fault.kind),
    })
    .unwrap();
    (events, faults, summary)
}

fn read_evt(log: &[u8]) -> (Vec<Event>, Vec<FaultKind>, Summary) {
    let (mut events, mut faults) = (Vec::new(), Vec::new());
    let mut source = log;
    let summary = evt::read(&mut source, &mut |_| true, &mut |item| match item {
        Item::Event(event) => events.push(*event),
        Item::Fault(fault) => faults.push(fault.kind),
    })
    .unwrap();
    (events, faults, summary)
}

/// An event without its place, which the writer does not choose.
fn placeless(mut event: Event) -> Event {
    event.place = tlsdiag_winfiles::events::Place::default();
    event
}

#[test]
fn evtx_goes_round_with_and_without_templates() {
    let events = gallery();
    for (inline, per_chunk) in [(false, 0), (true, 0), (false, 3), (true, 5)] {
        let options = make::evtx::Options { inline, per_chunk, dirty: false };
        let (read, faults, summary) = read_evtx(&make::evtx::write(&events, options));
        assert_eq!(faults, []);
        assert_eq!(summary.records, events.len() as u64);
        assert_eq!(summary.computers, ["WEB01.contoso.example"]);
        for (ours, theirs) in events.iter().zip(read) {
            let mut ours = ours.clone();
            // Inside a log without templates an empty string and none look alike.
            ours.data.retain(|d| !d.value.is_empty() || !inline);
            assert_eq!(ours, placeless(theirs));
        }
    }
}

#[test]
fn evtx_of_many_chunks_and_unwanted_events() {
    let events: Vec<Event> = (0..5000).map(|k| make::schannel(&scene(k), 36888, &["40", "1205"])).collect();
    let log = make::evtx::write(&events, make::evtx::Options::default());
    assert!(log.len() > 10 * evtx::CHUNK);
    let (read, faults, summary) = read_evtx(&log);
    assert_eq!((read.len(), faults.len(), summary.records), (5000, 0, 5000));
    assert_eq!((summary.first, summary.last), (events[0].time, events[4999].time));
    let mut source = log.as_slice();
    let summary = evtx::read(&mut source, &mut |head| head.id == 36870, &mut |item| panic!("{item:?}")).unwrap();
    assert_eq!((summary.records, summary.wanted), (5000, 0));
}

#[test]
fn damage_costs_what_it_hit_and_is_told() {
    use make::evtx::Damage;
    let events: Vec<Event> =
        (0..60).map(|k| make::schannel(&scene(k), 36870, &["server", "0x80090016", "10001"])).collect();
    let log = make::evtx::write(&events, make::evtx::Options { per_chunk: 20, ..Default::default() });
    let numbers = |events: &[Event]| events.iter().map(|e| e.record.unwrap()).collect::<Vec<_>>();
    let cases = [
        (Damage::Records(1), 59, vec![FaultKind::Checksum, FaultKind::Malformed]),
        (Damage::Magic(1), 60, vec![FaultKind::Malformed]),
        (Damage::Shifted(1, 777), 60, vec![FaultKind::Skipped]),
        (Damage::Truncated(4096 + 2 * evtx::CHUNK), 40, vec![]),
        (Damage::Truncated(4096 + evtx::CHUNK + 2000), 21, vec![FaultKind::CutOff, FaultKind::CutOff]),
    ];
    for (damage, left, expected) in cases {
        let (read, faults, _) = read_evtx(&make::evtx::damaged(log.clone(), damage));
        println!("{damage:?} {:?} {faults:?}", numbers(&read));
        assert_eq!(faults, expected, "{damage:?}");
        if !matches!(damage, Damage::Truncated(_)) {
            assert_eq!(read.len(), left, "{damage:?}");
        } else {
            assert!(read.len().abs_diff(left) < 5, "{damage:?}: {}", read.len());
        }
        assert!(numbers(&read).is_sorted());
    }
    // A carved chunk without its file header.
    let (read, faults, _) = read_evtx(&log[4096 + evtx::CHUNK..]);
    assert_eq!((read.len(), faults.len()), (40, 0));
}

/// What an .evt keeps of an event: strings, not names; whole seconds.
fn legacy(event: &Event) -> Event {
    let mut out = event.clone();
    out.provider_guid = None;
    out.source_name = None;
    out.channel = None;
    out.process = None;
    out.tree = None;
    out.data.iter_mut().for_each(|d| d.name = None);
    out.time = out.time.map(|t| When { unix_ms: t.unix_ms / 1000 * 1000, ticks: 0, local: false });
    out.qualifiers = out.qualifiers.or(Some(0));
    out
}

#[test]
fn evt_goes_round_straight_wrapped_and_dirty() {
    let events: Vec<Event> = gallery().iter().map(legacy).collect();
    for (wrapped, dirty) in [(0, false), (0, true), (4, false), (4, true), (1, false)] {
        let log = make::evt::write(&events, make::evt::Options { wrapped, dirty });
        assert!(evt::is_evt(&log));
        let (mut read, faults, summary) = read_evt(&log);
        assert_eq!(faults, [], "wrapped {wrapped} dirty {dirty}");
        assert_eq!(summary.dirty, dirty);
        read.sort_by_key(|e| e.record);
        let read: Vec<Event> = read.into_iter().map(placeless).collect();
        assert_eq!(read, events, "wrapped {wrapped} dirty {dirty}");
    }
}

#[test]
fn a_cut_evt_gives_what_is_left() {
    let events: Vec<Event> = gallery().iter().map(legacy).collect();
    let log = make::evt::write(&events, make::evt::Options::default());
    let (read, faults, _) = read_evt(&log[..log.len() - 0x28 - 10]);
    assert_eq!((read.len(), faults), (events.len() - 1, vec![FaultKind::CutOff]));
}

#[test]
fn truncation_anywhere_is_no_panic() {
    let log = make::evtx::write(&gallery(), make::evtx::Options::default());
    for end in (0..12_000).step_by(97) {
        read_evtx(&log[..end]);
    }
    let log = make::evt::write(&gallery(), make::evt::Options { wrapped: 3, dirty: false });
    for end in 0..log.len() {
        read_evt(&log[..end]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Octets changed anywhere in the first chunk cost at most that chunk's events, and never panic.
    #[test]
    fn changed_octets_are_no_panic(changes in prop::collection::vec((0usize..16_000, any::<u8>()), 1..40), inline: bool) {
        let mut log = make::evtx::write(&gallery(), make::evtx::Options { inline, ..Default::default() });
        for (at, octet) in &changes {
            if let Some(place) = log.get_mut(*at) {
                *place = *octet;
            }
        }
        let (read, _, _) = read_evtx(&log);
        prop_assert!(read.len() <= 64);
        let mut log = make::evt::write(&gallery(), make::evt::Options { wrapped: 2, dirty: false });
        for (at, octet) in changes {
            let length = log.len();
            log[at % length] = octet;
        }
        read_evt(&log);
    }

    #[test]
    fn any_octets_are_no_panic(octets in prop::collection::vec(any::<u8>(), 0..3000), start in 0usize..5) {
        let starts: [&[u8]; 5] = [b"", b"ElfFile\0", b"ElfChnk\0", b"\x30\0\0\0LfLe", b"**\0\0"];
        let log = [starts[start], &octets].concat();
        read_evtx(&log);
        read_evt(&log);
    }
}

fn scratch(name: &str, octets: &[u8]) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("tlsdiag-events-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join(name);
    std::fs::write(&path, octets).unwrap();
    path
}

/// What a program prints, or `None` with a loud word when the machine does not have it.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output() {
        Ok(done) => {
            assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
            Some(String::from_utf8_lossy(&done.stdout).into_owned())
        }
        Err(error) => {
            eprintln!("SKIPPED: {program}: {error}");
            None
        }
    }
}

/// Every value of an event that another program must print.
fn values(event: &Event) -> Vec<String> {
    let mut out: Vec<String> = event.data.iter().map(|d| d.value.clone()).filter(|v| !v.is_empty()).collect();
    if let Some(tree) = &event.tree {
        out.extend(tree.paths().into_iter().map(|(_, v)| v));
    }
    out
}

#[test]
fn another_crate_reads_our_evtx() {
    for inline in [false, true] {
        let events = gallery();
        let log = make::evtx::write(&events, make::evtx::Options { per_chunk: 5, inline, dirty: false });
        let mut parser = ::evtx::EvtxParser::from_buffer(log).unwrap();
        let records: Vec<_> = parser.records().map(|r| r.unwrap()).collect();
        assert_eq!(records.len(), events.len());
        for (event, record) in events.iter().zip(records) {
            assert_eq!(record.event_record_id, event.record.unwrap());
            let mut found = None;
            tlsdiag_winfiles::events::text::read(&record.data, &mut |item| match item {
                Item::Event(e) => found = Some(*e),
                Item::Fault(f) => panic!("{f:?}"),
            });
            let mut found = found.unwrap();
            found.place = event.place;
            // That crate writes times to the microsecond.
            assert_eq!(found.time.map(|t| t.unix_ms), event.time.map(|t| t.unix_ms));
            found.time = event.time;
            assert_eq!(&found, event, "{}", record.data);
        }
    }
}

#[test]
fn evtxexport_reads_our_evtx() {
    // Elements outside of templates, as Windows itself writes for CAPI2, are beyond that program.
    let events = gallery();
    let path =
        scratch("ours.evtx", &make::evtx::write(&events, make::evtx::Options { per_chunk: 5, ..Default::default() }));
    let Some(text) = output("evtxexport", &["-f", "xml", path.to_str().unwrap()]) else { return };
    assert_eq!(text.matches("<Event ").count(), events.len());
    for event in &events {
        for value in values(event) {
            assert!(text.contains(&value), "{value:?} is missing of event {}\n{text}", event.id);
        }
        assert!(text.contains(&format!(">{}</EventID>", event.id)));
    }
}

#[test]
fn evtexport_reads_our_evt() {
    let events: Vec<Event> = gallery().iter().map(legacy).collect();
    for (name, wrapped) in [("straight.evt", 0), ("wrapped.evt", 4)] {
        let path = scratch(name, &make::evt::write(&events, make::evt::Options { wrapped, dirty: false }));
        let Some(text) = output("evtexport", &[path.to_str().unwrap()]) else { return };
        for event in &events {
            let id = u32::from(event.qualifiers.unwrap_or(0)) << 16 | event.id;
            assert!(text.contains(&format!("({id})")), "{id}\n{text}");
            for value in values(event) {
                assert!(text.contains(&value), "{value:?} is missing of event {}\n{text}", event.id);
            }
        }
    }
}

#[test]
fn python_evtx_reads_our_evtx() {
    let events = gallery();
    let path =
        scratch("python.evtx", &make::evtx::write(&events, make::evtx::Options { per_chunk: 5, ..Default::default() }));
    let python = std::env::var("TLSDIAG_PYTHON_EVTX").unwrap_or_else(|_| "python3".to_owned());
    let program = "import sys, html\nsys.stdout.reconfigure(encoding='utf-8')\ntry:\n import Evtx.Evtx as e\nexcept ImportError:\n print('NO'); sys.exit(0)\nwith e.Evtx(sys.argv[1]) as log:\n for r in log.records(): print(html.unescape(r.xml()))\n";
    let Some(text) = output(&python, &["-c", program, path.to_str().unwrap()]) else { return };
    if text.trim() == "NO" {
        eprintln!("SKIPPED: {python} has no python-evtx");
        return;
    }
    assert_eq!(text.matches("<Event ").count(), events.len());
    for event in &events {
        assert!(text.contains(&format!(">{}</EventID>", event.id)));
        for value in values(event) {
            assert!(text.contains(&value), "{value:?} is missing of event {}\n{text}", event.id);
        }
    }
}

#[test]
fn unnamed_strings_keep_their_places() {
    let event = make::http_event(&scene(0), 15021, "0.0.0.0:443", Some(0x8009_030d));
    let (read, _, _) = read_evtx(&make::evtx::write(&[event], make::evtx::Options::default()));
    let expected = Datum { name: None, value: "0.0.0.0:443".to_owned() };
    assert_eq!(read[0].data[1], expected);
}
