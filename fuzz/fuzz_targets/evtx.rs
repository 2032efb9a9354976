//! Event logs in both formats, handed over in pieces as long as the first octet tells. Logs are filled up with zeros to
//! whole chunks. Seeds: `cargo run -p tlsdiag-winfiles --example file_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{self, Read};
use tlsdiag_winfiles::events::fields::fields;
use tlsdiag_winfiles::events::{FAULTS_TOLD, Head, Item, Place, Summary, evt, evtx};

/// Gives at most so many octets at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let most = to.len().min(self.1);
        self.0.read(&mut to[..most])
    }
}

type Reader = fn(&mut dyn Read, &mut dyn FnMut(Head<'_>) -> bool, &mut dyn FnMut(Item)) -> io::Result<Summary>;

fn account(read: Reader, log: &[u8], piece: usize) -> (Summary, Vec<Item>) {
    let mut items = Vec::new();
    let summary = read(&mut Pieces(log, piece), &mut |_| true, &mut |item| items.push(item));
    (summary.expect("reading from memory"), items)
}

fuzz_target!(|data: &[u8]| {
    let Some((piece, log)) = data.split_first() else { return };
    let mut log = log.to_vec();
    if evtx::is_evtx(&log) && log.len() > 4096 {
        log.resize(4096 + (log.len() - 4096).next_multiple_of(evtx::CHUNK), 0);
    }
    for read in [evtx::read as Reader, evt::read] {
        let (summary, items) = account(read, &log, usize::MAX);
        let told = items.iter().filter(|item| matches!(item, Item::Fault(_))).count() as u64;
        assert_eq!(told, summary.faults.min(FAULTS_TOLD));
        assert_eq!(items.len() as u64 - told, summary.wanted);
        assert!(summary.wanted <= summary.records);
        for item in &items {
            let place = match item {
                Item::Event(event) => {
                    assert_eq!(fields(event).id, event.id);
                    event.place
                }
                Item::Fault(fault) => fault.place,
            };
            assert!(matches!(place, Place::Offset(at) if at <= log.len() as u64), "{place:?} of {}", log.len());
        }
        // However it comes, it says the same.
        assert_eq!(account(read, &log, usize::from(*piece) * 64 + 1), (summary, items));
    }
});
