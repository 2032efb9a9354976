//! What Windows tools print, in any code page: every reader takes every text.
//! Seeds: `cargo run -p tlsdiag-winfiles --example text_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::ops::Range;
use tlsdiag_winfiles::text::{Text, certutil, decode, powershell_certs, powershell_table, read, sddl, ssldiag, tool};

fn inside(ranges: &[Range<u32>], end: u32) {
    assert!(ranges.iter().all(|lines| lines.start >= 1 && lines.end <= end), "{ranges:?} of {end}");
}

fuzz_target!(|data: &[u8]| {
    let decoded = decode(data);
    let text = Text::new(&decoded.text);
    let end = text.lines.last().map_or(0, |line| line.number) + 1;
    let contents = read(&decoded);
    inside(&contents.understood, end);
    inside(&contents.not_understood, end);
    // No line is both; those of each kind are in order and apart.
    assert!(contents.understood.is_sorted_by(|one, next| one.end <= next.start), "{:?}", contents.understood);
    assert!(contents.not_understood.is_sorted_by(|one, next| one.end <= next.start), "{:?}", contents.not_understood);
    let both = |line: &u32| contents.understood.iter().any(|lines| lines.contains(line));
    assert!(!contents.not_understood.iter().cloned().flatten().any(|line| both(&line)));
    for listing in &contents.listings {
        assert!(listing.lines.first >= 1 && listing.lines.first <= listing.lines.last && listing.lines.last < end);
    }
    assert!(tool::recognise(&text).iter().all(|(_, sure)| (1..=100).contains(sure)));

    if certutil::recognise(&text) {
        certutil::read(&text).runs.iter().for_each(|run| inside(&run.lines, end));
    }
    let _ = certutil::read(&text);
    let report = ssldiag::read(&text);
    assert!(report.sites.iter().all(|site| site.line >= 1 && site.line < end));
    let listed = powershell_certs::read(&text);
    inside(&listed.lines, end);
    assert!(listed.is_empty() || powershell_certs::recognise(&text) || !listed.lines.is_empty());
    let records = powershell_table::records(&text);
    assert!(records.len() <= powershell_table::MAX_RECORDS);
    assert!(records.iter().all(|record| record.line < end && record.fields.len() <= powershell_table::MAX_FIELDS));
    assert!(sddl::entries(&decoded.text, 1).len() <= decoded.text.len() / 2);
});
