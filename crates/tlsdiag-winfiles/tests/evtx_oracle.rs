//! Every public log of the corpus says the same to our reader and to another one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tlsdiag_winfiles::events::{Event, Item, evtx, text};

fn corpus() -> Option<PathBuf> {
    match std::env::var_os("TLSDIAG_CORPUS") {
        Some(dir) => Some(PathBuf::from(dir).join("evtx")),
        None => {
            eprintln!("SKIPPED: TLSDIAG_CORPUS is not set");
            None
        }
    }
}

fn logs(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            logs(&path, out);
        } else if path.extension().is_some_and(|e| e == "evtx") {
            out.push(path);
        }
    }
}

fn ours(path: &Path) -> (Vec<Event>, Vec<String>, tlsdiag_winfiles::events::Summary) {
    let mut file = std::fs::File::open(path).unwrap();
    let (mut events, mut faults) = (Vec::new(), Vec::new());
    let summary = evtx::read(&mut file, &mut |_| true, &mut |item| match item {
        Item::Event(event) => events.push(*event),
        Item::Fault(fault) => faults.push(format!("{fault:?}")),
    })
    .unwrap();
    (events, faults, summary)
}

/// What another reader says of the file, by record number, with how many records it could not read.
fn theirs(path: &Path) -> (BTreeMap<u64, Event>, usize) {
    let mut parser = ::evtx::EvtxParser::from_path(path).unwrap();
    let (mut events, mut failed) = (BTreeMap::new(), 0);
    for record in parser.records() {
        let Ok(record) = record else {
            failed += 1;
            continue;
        };
        let mut found = None;
        text::read(&record.data, &mut |item| match item {
            Item::Event(event) => found = Some(*event),
            Item::Fault(fault) => panic!("{fault:?} in {}", record.data),
        });
        match found {
            // A record whose template is lost is an empty event there.
            Some(Event { record: None, .. }) => failed += 1,
            Some(event) => {
                events.insert(event.record.unwrap(), event);
            }
            None => panic!("no event in {}", record.data),
        }
    }
    (events, failed)
}

/// Both readers' values without what is only a manner of writing.
fn plain(value: &str) -> String {
    value.trim().trim_matches(['{', '}']).to_ascii_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_corpus_reads_as_another_reader_reads_it() {
    let Some(dir) = corpus() else { return };
    let mut paths = Vec::new();
    logs(&dir, &mut paths);
    assert!(!paths.is_empty());
    let mut differences = Vec::new();
    let mut compared = 0;
    for path in &paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (events, faults, summary) = ours(path);
        let (other, failed) = theirs(path);
        println!(
            "{name}: {} records, {} unread, {} faults; the other reader {} and {failed} unread",
            summary.records,
            summary.unread,
            summary.faults,
            other.len()
        );
        for fault in faults.iter().take(5) {
            println!("    {fault}");
        }
        let mine: BTreeMap<u64, &Event> = events.iter().map(|e| (e.record.unwrap(), e)).collect();
        for (number, their) in &other {
            let Some(our) = mine.get(number) else {
                differences.push(format!("{name} {number}: not read by us"));
                continue;
            };
            compared += 1;
            let pairs = [
                ("id", our.id.to_string(), their.id.to_string()),
                ("provider", plain(&our.provider), plain(&their.provider)),
                (
                    "guid",
                    plain(our.provider_guid.as_deref().unwrap_or("")),
                    plain(their.provider_guid.as_deref().unwrap_or("")),
                ),
                ("qualifiers", format!("{:?}", our.qualifiers), format!("{:?}", their.qualifiers)),
                ("level", format!("{:?}", our.level), format!("{:?}", their.level)),
                ("computer", format!("{:?}", our.computer), format!("{:?}", their.computer)),
                ("channel", format!("{:?}", our.channel), format!("{:?}", their.channel)),
                ("time", format!("{:?}", our.time.map(|t| t.unix_ms)), format!("{:?}", their.time.map(|t| t.unix_ms))),
                ("process", format!("{:?}", our.process), format!("{:?}", their.process)),
                ("user", format!("{:?}", our.user), format!("{:?}", their.user)),
                ("binary", format!("{:?}", our.binary), format!("{:?}", their.binary)),
                ("data", data(our), data(their)),
                ("tree", tree(our), tree(their)),
            ];
            for (what, a, b) in pairs {
                if a != b {
                    differences.push(format!("{name} {number} {what}:\n  ours   {a:.400}\n  theirs {b:.400}"));
                }
            }
        }
    }
    for difference in differences.iter().take(20) {
        println!("{difference}");
    }
    println!("{compared} records compared, {} differences", differences.len());
    assert_eq!(differences.len(), 0);
}

fn data(event: &Event) -> String {
    let all: Vec<String> =
        event.data.iter().map(|d| format!("{}={}", d.name.as_deref().unwrap_or("-"), plain(&d.value))).collect();
    all.join("|")
}

fn tree(event: &Event) -> String {
    let Some(tree) = &event.tree else { return String::new() };
    tree.paths().iter().map(|(p, v)| format!("{p}={}", plain(v))).collect::<Vec<_>>().join("|")
}
