//! Events as text, in any encoding and form.
//! Seeds: `cargo run -p tlsdiag-winfiles --example text_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_winfiles::events::fields::fields;
use tlsdiag_winfiles::events::text::{Reading, SAMPLE, read, read_message, recognise};
use tlsdiag_winfiles::events::{FAULTS_TOLD, Item};
use tlsdiag_winfiles::text::decode;

fn check(text: &str, read: fn(&str, &mut dyn FnMut(Item)) -> Option<Reading>) -> Option<Reading> {
    let (mut events, mut faults) = (0, 0);
    let reading = read(text, &mut |item| match item {
        Item::Event(event) => {
            events += 1;
            assert_eq!(fields(&event).id, event.id);
        }
        Item::Fault(fault) => {
            faults += 1;
            assert!(!fault.expected.is_empty());
        }
    });
    if let Some(reading) = &reading {
        assert_eq!(events, reading.summary.wanted);
        assert_eq!(faults, reading.summary.faults.min(FAULTS_TOLD));
        assert!(reading.summary.wanted <= reading.summary.records);
        let end = text.lines().count() as u32 + 1;
        assert!(reading.lines.iter().all(|lines| lines.start >= 1 && lines.end <= end), "{:?}", reading.lines);
    }
    reading
}

fuzz_target!(|data: &[u8]| {
    let decoded = decode(data);
    assert!(decoded.text.len() < SAMPLE);
    let found = check(&decoded.text, read);
    let alone = check(&decoded.text, read_message);
    // Recognising and reading agree.
    assert_eq!(recognise(&decoded.text), found.or(alone).map(|reading| reading.form));
});
