//! The lab as a whole: it follows from its seed, gives nothing away, ends when it should, and its menaces are real.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests and their tables")]
mod common;

use common::{Client, End, Seen, address, exchange, flight, legacy, open};
use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use tlsdiag_lab::{
    Lab, Served, catalogue,
    serve::{self, Options},
};
use tlsdiag_pki::Certificate;

const SOON: Duration = Duration::from_millis(1500);

fn lab(seed: u64, words: &[&str]) -> Lab {
    Lab::start(seed, &catalogue::select(words).unwrap()).unwrap()
}

#[test]
fn a_lab_follows_from_its_seed() {
    let faces = |seed| {
        let lab = lab(seed, &["faults", "twins", "healthy"]);
        let faces: Vec<_> =
            lab.list().iter().map(|s| (s.slug.clone(), s.twin, s.name.clone(), s.host.clone())).collect();
        let ports: Vec<_> = lab.list().iter().map(|s| s.port).collect();
        (faces, ports)
    };
    let (one, again, other) = (faces(401), faces(401), faces(402));
    assert_eq!(one.0, again.0);
    // A port may have been taken meanwhile by something else.
    let kept = one.1.iter().zip(&again.1).filter(|(a, b)| a == b).count();
    assert!(kept * 10 >= one.1.len() * 9, "{kept} of {}", one.1.len());
    let same_name = one.0.iter().zip(&other.0).filter(|(a, b)| a.2 == b.2).count();
    assert!(same_name * 10 < one.0.len(), "{same_name}");
    assert_ne!(one.1, other.1);
    assert_eq!(one.1.iter().collect::<HashSet<_>>().len(), one.1.len());
}

#[test]
fn nothing_gives_the_answer_away() {
    let lab = lab(403, &["faults", "twins", "healthy"]);
    let telling: HashSet<String> = catalogue::faults()
        .flat_map(|fault| fault.slug.split('-'))
        .chain(["broken", "fault", "twin", "tlsdiag"])
        .filter(|word| word.len() > 4)
        .map(str::to_owned)
        .collect();
    // Words of TLS and of ordinary certificates that may well be there.
    let innocent = ["server", "certificate", "other", "first", "short", "authority", "secure", "error", "internal"];
    let telling: Vec<_> = telling.iter().filter(|word| !innocent.contains(&word.as_str())).collect();
    let (next, certificates) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let look = |served: &Served| {
        let (flight, _) = flight(served, &legacy(served), Duration::from_millis(120));
        let chain = flight.said().certificates.clone().unwrap_or_default();
        certificates.fetch_add(chain.len(), Ordering::Relaxed);
        let mut shown = vec![served.name.clone().into_bytes(), served.url.clone().into_bytes(), flight.head().to_vec()];
        shown.extend(chain);
        if let Seen::Page(_, text) = open(served, lab.root_pem(), &patient()) {
            shown.push(text.into_bytes());
        }
        for bytes in shown {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            for word in &telling {
                assert!(!text.contains(word.as_str()), "{} shows {word}", served.slug);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(served) = lab.list().get(next.fetch_add(1, Ordering::Relaxed)) {
                    look(served);
                }
            });
        }
    });
    assert!(certificates.into_inner() > 100);
}

#[test]
fn a_lab_in_its_own_process_ends_with_its_input() {
    let options = Options { seed: Some(404), words: vec!["plain".into(), "expired".into()], ..Options::default() };
    let spawned = serve::spawn(Command::new(env!("CARGO_BIN_EXE_lab-serve")), &options).unwrap();
    assert_eq!((spawned.seed(), spawned.list().len()), (404, 2));
    let plain = spawned.list()[0].clone();
    assert!(plain.works && plain.expect.is_none() && plain.resolve[0].ends_with(":127.0.0.1"), "{plain:?}");
    let seen = open(&plain, spawned.root_pem(), &Client::default());
    assert!(matches!(seen, Seen::Page(200, _)), "{seen:?}");
    let expired = &spawned.list()[1];
    assert_eq!(expired.expect.as_ref().map(|e| (e.labels[0].as_str(), e.codes[0])), Some(("cert.expired", 2501)));
    drop(spawned);
    assert_eq!(exchange(address(&plain), &[b"x"], SOON).1, End::Refused);
}

#[test]
fn people_get_a_table_in_their_language() {
    for (lang, words) in [("en", ["seed 405", "an old certificate"]), ("ko", ["시드 405", "오래된 인증서"])] {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("root.pem");
        let arguments = ["--seed", "405", "--lang", lang, "--root", root.to_str().unwrap(), "expired~"];
        let options = Options::parse(arguments.map(str::to_owned)).unwrap();
        let mut table = Vec::new();
        serve::run(&options, std::io::empty(), &mut table).unwrap();
        let table = String::from_utf8(table).unwrap();
        let line = table.lines().find(|line| line.contains("tlsdiag https://")).unwrap();
        assert!(line.contains("--resolve ") && line.contains("--ca-file "), "{line}");
        assert!(words.iter().all(|word| table.contains(word)), "{table}");
        assert!(std::fs::read_to_string(root).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    }
    assert!(Options::parse(["--sed".to_owned()]).is_err());
    assert!(Options::parse(["--seed".to_owned(), "x".to_owned()]).is_err());
    assert!(Options::parse(["--seed".to_owned()]).is_err());
}

#[test]
fn a_lab_ends_at_once_although_clients_wait() {
    let lab = lab(406, &["plain", "accepts-and-stays-silent", "http-silent", "garbage"]);
    let silent = address(&lab.list()[1]);
    let mut waiting: Vec<_> = lab.list().iter().map(|s| TcpStream::connect(address(s)).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(50));
    let begun = Instant::now();
    drop(lab);
    assert!(begun.elapsed() < Duration::from_secs(1));
    for client in &mut waiting {
        client.set_read_timeout(Some(SOON)).unwrap();
        assert!(!matches!(client.read(&mut [0; 1]), Ok(1)));
    }
    assert_eq!(exchange(silent, &[b"x"], SOON).1, End::Refused);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn menaces_do_what_they_say() {
    let lab = lab(407, &["menaces"]);
    assert_eq!(lab.list().len(), catalogue::menaces().count());
    for served in lab.list() {
        menace(served, lab.root_pem());
    }
}

fn menace(served: &Served, root: &str) {
    let escape = |bytes: &[u8]| bytes.contains(&0x1b);
    if served.slug == "trickle" {
        return trickle(served);
    }
    let (flight, _) = flight(served, &legacy(served), SOON);
    match served.slug.as_str() {
        "garbage" => assert!(flight.opening() == tlsdiag_wire::Opening::NotTls),
        "huge-certificate" => {
            let error = flight.error().unwrap();
            assert!(error.is_over_limit() && error.to_string().contains("16777215"), "{error}");
            assert!(flight.said().server_hello.is_some());
        }
        "empty-records" => assert!(flight.error().is_some() && flight.said().empty_records > 16),
        "endless-warnings" => assert!(flight.error().is_some() && flight.said().alerts.len() > 4),
        "oversized-record" => assert!(flight.error().is_some()),
        "hostile-der" => {
            let sent = flight.said().certificates.clone().unwrap();
            assert_eq!(sent.len(), 6);
            assert!(sent.iter().filter(|der| Certificate::from_der(der).is_err()).count() >= 5);
        }
        "control-greeting" => assert!(escape(flight.head())),
        "control-subject" => assert!(escape(&flight.said().certificates.clone().unwrap()[0])),
        "control-fields" => {
            let seen = open(served, root, &Client::default());
            assert!(matches!(&seen, Seen::Page(302, text) if text.matches('\u{1b}').count() >= 4), "{seen:?}");
        }
        other => panic!("no check is written for {other}"),
    }
}

/// One byte at the beginning and one each second.
fn trickle(served: &Served) {
    let mut client = TcpStream::connect(address(served)).unwrap();
    client.write_all(&legacy(served).to_records().unwrap()).unwrap();
    std::thread::sleep(Duration::from_millis(1200));
    let n = client.read(&mut [0; 4096]).unwrap();
    assert!((1..=2).contains(&n), "{n}");
}

fn patient() -> Client {
    Client { patience: Some(Duration::from_millis(150)), ..Client::default() }
}
