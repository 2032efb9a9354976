//! Files that are far too large: what is read of them is bounded, and so are memory and time.
use crate::{NOW, folder, in_own_process, joined, named, notes, read, rows, server, tell_peak};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};
use tlsdiag_casebook::server::{utf8, utf16};
use tlsdiag_model::facts::Binding;
use tlsdiag_model::{Kind, Why};
use tlsdiag_winfiles::text::make::Words;

/// A file of 2 GB that holds nothing but a few octets at these places.
fn sparse(name: &str, parts: &[(u64, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut file = File::create(dir.path().join(name)).unwrap();
    for (at, octets) in parts {
        file.seek(SeekFrom::Start(*at)).unwrap();
        file.write_all(octets).unwrap();
    }
    file.set_len(2 << 30).unwrap();
    dir
}

fn within(limit: Duration, what: &str, f: impl FnOnce()) {
    let start = Instant::now();
    f();
    let took = start.elapsed();
    println!("{what:?}: {took:?}");
    assert!(took < limit, "{what}: {took:?}");
}

#[test]
fn two_gigabytes_of_zeros() {
    if !in_own_process("bounds::two_gigabytes_of_zeros", 40) {
        return;
    }
    for name in ["netsh.txt", "System.evtx", "SYSTEM", "case.zip"] {
        let dir = sparse(name, &[]);
        within(Duration::from_secs(2), name, || {
            let e = read(dir.path());
            assert_eq!((e.fragments.len(), e.rest.len()), (0, 1), "{name}");
        });
    }
    tell_peak();
}

#[test]
fn two_gigabytes_of_zeros_behind_a_listing() {
    if !in_own_process("bounds::two_gigabytes_of_zeros_behind_a_listing", 700) {
        return;
    }
    let text = server().netsh(&Words::english());
    let long = text.repeat((64 << 10) / text.len() + 2);
    for octets in [utf8(&long), utf16(&long)] {
        let dir = sparse("netsh.txt", &[(0, &octets)]);
        within(Duration::from_secs(8), "zeros behind text", || {
            let e = read(dir.path());
            let f = &e.fragments[0];
            assert!(f.faults.iter().any(|x| matches!(x.why, Why::OverCap { .. })), "{:?}", f.faults);
            let (case, _) = joined(e);
            assert!(!rows::<Binding>(&case).is_empty());
        });
    }
    tell_peak();
}

#[test]
fn heads_of_binary_files_before_two_gigabytes_of_zeros() {
    if !in_own_process("bounds::heads_of_binary_files_before_two_gigabytes_of_zeros", 120) {
        return;
    }
    let mut s = server();
    s.schannel(500, 36870, &["server", "0x8009030d", "10001"]);
    let config = s.config();
    let files: [(&str, Vec<u8>); 4] = [
        ("System.evtx", s.evtx()),
        ("SYSTEM", s.system_hive()),
        ("applicationHost.config", utf8(&config[..config.len() - 40])),
        ("x.cab", b"MSCF\0\0\0\0\0\0\0\x70\0\0\0\0\x2c\0\0\0\0\0\0\0\x03\x01\xff\xff\xff\xff\0\0\0\0\0\0".to_vec()),
    ];
    for (name, octets) in files {
        let dir = sparse(name, &[(0, &octets)]);
        within(Duration::from_secs(20), name, || {
            let e = read(dir.path());
            assert!(e.fragments.len() == 1 || !e.notes.is_empty(), "{name}");
            if let Some(f) = e.fragments.first() {
                // a configuration of that length is refused with words
                let found = f.case.count(Kind::Events) + f.case.count(Kind::Bindings);
                assert!(found > 0 || (name == "applicationHost.config" && !f.faults.is_empty()), "{name}");
            }
        });
    }
    tell_peak();
}

#[test]
fn one_line_of_a_hundred_megabytes() {
    if !in_own_process("bounds::one_line_of_a_hundred_megabytes", 1000) {
        return;
    }
    let s = server();
    let netsh = s.netsh(&Words::english());
    for filler in ["x", "가", "0.0.0.0:443 : ", "<a b=\"", "{\"a\":[", "\"a\",", "36870 Schannel "] {
        let line = filler.repeat((100 << 20) / filler.len());
        let dir = folder([("netsh.txt", format!("{netsh}\r\n{line}\r\n{netsh}"))]);
        within(Duration::from_secs(15), filler, || {
            let e = read(dir.path());
            let f = &e.fragments[0];
            // the listing behind it is read too, and the line is not lost without a word
            assert!(rows::<Binding>(&f.case).len() >= 4, "{filler}: {}", rows::<Binding>(&f.case).len());
            assert!(!f.not_understood.is_empty() || !f.faults.is_empty(), "{filler}");
        });
        let dir = folder([("x.txt", &line)]);
        within(Duration::from_secs(15), filler, || {
            let e = read(dir.path());
            assert_eq!(e.fragments.len() + e.rest.len() + e.notes.len(), 1, "{filler}: {}", notes(&e));
        });
    }
    tell_peak();
}

#[test]
fn a_flood_of_short_lines() {
    if !in_own_process("bounds::a_flood_of_short_lines", 700) {
        return;
    }
    let s = named("SRV-WEB1", "shop.example");
    let netsh = s.netsh(&Words::english());
    for line in ["\n", ":\n", "a : b\n", "[k]\n", "\"a\"=dword:1\n", "TCP 0.0.0.0:443 0.0.0.0:0 LISTENING 4\n"] {
        let text = format!("{netsh}\n{}", line.repeat((8 << 20) / line.len()));
        let dir = folder([("netsh.txt", text)]);
        within(Duration::from_secs(20), line, || {
            let e = read(dir.path());
            assert_eq!(e.fragments.len(), 1, "{line}");
            assert!(rows::<Binding>(&e.fragments[0].case).len() >= 2, "{line}");
        });
    }
    tell_peak();
}

#[test]
fn asked_to_stop_it_stops() {
    let s = server();
    let dir = folder([("a.txt", utf8(&s.netsh(&Words::english()))), ("b.txt", utf8(&s.netsh(&Words::english())))]);
    let e = tlsdiag_evidence::read(&[dir.path().to_owned()], NOW * 1000, &|| true);
    assert!(e.fragments.is_empty());
}
