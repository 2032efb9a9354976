//! Real samples of event texts and logs: what they say, whatever their language and code page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use tlsdiag_winfiles::events::fields::{Side, fields};
use tlsdiag_winfiles::events::{Class, Event, Item, When, class_of, evtx, text, wanted};
use tlsdiag_winfiles::text::decode::decode;

fn corpus(part: &str) -> Option<PathBuf> {
    let dir = std::env::var_os("TLSDIAG_CORPUS").map(|d| PathBuf::from(d).join(part)).filter(|d| d.is_dir());
    if dir.is_none() {
        eprintln!("SKIPPED: TLSDIAG_CORPUS is not set or has no {part}");
    }
    dir
}

fn read(octets: &[u8]) -> Vec<Event> {
    let text = decode(octets).text;
    let mut events = Vec::new();
    let mut sink = |item| {
        if let Item::Event(event) = item {
            events.push(*event);
        }
    };
    text::read(&text, &mut sink).or_else(|| text::read_message(&text, &mut sink));
    events
}

#[test]
fn samples_of_event_texts_in_every_encoding() {
    let Some(dir) = corpus("windows-text") else { return };
    let mut seen = 0;
    for folder in [dir.clone(), dir.join("encoded")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !path.is_file() || name == "INDEX.tsv" {
                continue;
            }
            let events = read(&std::fs::read(&path).unwrap());
            if !name.starts_with("event-") {
                assert_eq!(events, vec![], "{name} is no event");
                continue;
            }
            seen += 1;
            assert_eq!(events.len(), 1, "{name}");
            let f = fields(&events[0]);
            let stem: Vec<&str> = name.split('.').collect();
            let (id, language, number) = (stem[0], stem[1], stem[2]);
            match (id, language, number) {
                ("event-15021", ..) => {
                    assert_eq!(
                        (f.class, f.id, f.endpoint.as_deref()),
                        (Class::HttpEvent, 15021, Some("adfs.domain.tld:443"))
                    );
                }
                ("event-15300", ..) => {
                    assert_eq!((f.class, f.id), (Class::HttpEvent, 15300), "{name}");
                    assert_eq!(events[0].computer.as_deref(), Some("IISServer"));
                    assert_eq!(events[0].time.unwrap().to_string(), "2010-03-31T14:43:28.0000000");
                }
                ("event-36870", "en", _) => {
                    assert_eq!(
                        (f.id, f.code, f.state, f.side),
                        (36870, Some(0x8009_030d), Some(10001), Side::Server),
                        "{name}"
                    );
                    assert_eq!(events[0].computer.as_deref(), Some("nt0000000"));
                    assert_eq!(events[0].time.unwrap().to_string(), "2022-10-16T20:27:36.0000000");
                }
                ("event-36870", "ko", "1") => {
                    assert_eq!(
                        (f.id, f.code, f.state, f.side),
                        (36870, Some(0x8009_0016), None, Side::Server),
                        "{name}"
                    );
                    assert_eq!(events[0].time.unwrap().to_string(), "2012-02-11T00:44:55.0000000");
                }
                ("event-36870", "ko", "2") => {
                    assert_eq!(
                        (f.id, f.code, f.state, f.side),
                        (36870, Some(0x8009_030d), Some(10001), Side::Server),
                        "{name}"
                    );
                }
                ("event-36871", ..) => {
                    assert_eq!((f.id, f.state, f.side), (36871, Some(10013), Side::Client), "{name}")
                }
                ("event-36888", ..) => assert_eq!((f.id, f.alert, f.state), (36888, Some(40), Some(1205)), "{name}"),
                _ => panic!("a sample that this test does not know: {name}"),
            }
        }
    }
    assert!(seen >= 7, "{seen}");
}

#[test]
fn a_burst_of_refused_handshakes_in_a_real_log() {
    let Some(dir) = corpus("evtx") else { return };
    let path = dir.join("museum/Win2012R2-StolenSzechuan/System.evtx");
    let started = std::time::Instant::now();
    let (mut refused, mut alerts) = (Vec::new(), 0);
    let summary = evtx::read(&mut std::fs::File::open(path).unwrap(), &mut wanted, &mut |item| {
        let Item::Event(event) = item else { panic!("{item:?}") };
        let f = fields(&event);
        match f.id {
            36874 => {
                assert_eq!(f.protocol.as_deref(), Some("TLS 1.2"));
                refused.push(event.time.unwrap());
            }
            36888 => {
                assert_eq!((f.alert, f.state), (Some(40), Some(1205)));
                alerts += 1;
            }
            _ => assert_ne!(class_of(&event.provider), Class::Other),
        }
    })
    .unwrap();
    println!("{:?} for {} records", started.elapsed(), summary.records);
    assert_eq!((refused.len(), alerts), (29_205, 29_205));
    let (first, last) = (*refused.iter().min().unwrap(), *refused.iter().max().unwrap());
    assert!(first >= When::from_civil(2020, 9, 19, 3, 19, 26).unwrap());
    assert!(last.unix_ms - first.unix_ms <= 60_000);
    assert!(summary.channels.iter().any(|c| c == "System"));
}

#[test]
fn chains_and_keys_of_capi2_in_real_logs() {
    let Some(dir) = corpus("evtx") else { return };
    let mut all = Vec::new();
    for name in [
        "omerbenamram+evtx/samples/E_Windows_system32_winevt_logs_Microsoft-Windows-CAPI2%4Operational.evtx",
        "Velocidex+evtx/testdata/Microsoft-Windows-CAPI2_Operational_EventID70.evtx",
    ] {
        evtx::read(&mut std::fs::File::open(dir.join(name)).unwrap(), &mut wanted, &mut |item| match item {
            Item::Event(event) => all.push(*event),
            Item::Fault(fault) => panic!("{fault:?}"),
        })
        .unwrap();
    }
    let of = |id: u32| all.iter().filter(move |e| e.id == id).map(fields);
    assert!(of(70).count() > 0 && of(11).count() > 0 && of(30).count() > 0);
    for f in all.iter().map(fields) {
        let capi2 = f.capi2.expect("a tree");
        assert!(!capi2.operation.is_empty());
        if matches!(f.id, 11 | 30 | 70) {
            assert!(capi2.result.is_some(), "{capi2:?}");
        }
        if f.id == 70 {
            assert!(f.thumbprint.is_some(), "{capi2:?}");
        }
        if f.id == 11 {
            assert!(capi2.chain_errors.is_some() && !capi2.certificates.is_empty(), "{capi2:?}");
            assert!(capi2.certificates.iter().all(|c| c.thumbprint.is_some()));
        }
    }
    // 11 and 30 of one chain meet.
    let chains: Vec<String> = of(11).filter_map(|f| f.capi2?.chain).collect();
    assert!(of(30).filter_map(|f| f.capi2?.chain).any(|c| chains.contains(&c)));
}
