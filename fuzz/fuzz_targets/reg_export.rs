//! The registry as text or as a policy: every reader takes every input. The first octet chooses the code page.
//! Seeds: `cargo run -p tlsdiag-winfiles --example file_seeds -- fuzz/corpus`.
#![no_main]

use encoding_rs::{EUC_KR, IBM866, SHIFT_JIS, WINDOWS_1252};
use libfuzzer_sys::fuzz_target;
use std::ops::Range;
use tlsdiag_winfiles::registry::{Place, Root, Tree, export, policy, powershell, query, template};
use tlsdiag_winfiles::text;

/// Places lie in the source, ranges are in order and apart.
fn check(tree: &Tree, lines: u32, understood: &[Range<u32>]) {
    let inside = |place: Place| matches!(place, Place::Line(line) if (1..=lines).contains(&line));
    for key in tree.keys() {
        assert!(inside(key.place), "{} of {lines}", key.place);
        assert!(key.values.iter().all(|value| inside(value.place)));
    }
    assert!(tree.removed.iter().all(|removed| inside(removed.place)));
    assert!(understood.iter().all(|range| range.start >= 1 && range.start < range.end && range.end <= lines + 1));
    assert!(understood.is_sorted_by(|one, next| one.end <= next.start), "{understood:?}");
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, source)) = data.split_first() else { return };
    let page = [WINDOWS_1252, EUC_KR, SHIFT_JIS, IBM866][usize::from(choice % 4)];
    let mut tree = Tree::everything();
    let found = export::read(source, page, &mut tree).expect("reading from memory");
    check(&tree, found.lines, &found.understood);
    assert!(found.cut_off.is_none_or(|line| line <= found.lines));
    tree.settle();

    let mut tree = Tree::everything();
    let found = query::read(source, page, &mut tree).expect("reading from memory");
    check(&tree, found.lines, &found.understood);

    let mut tree = Tree::everything();
    let found = powershell::read(source, page, &mut tree).expect("reading from memory");
    check(&tree, found.lines, &found.understood);

    let mut tree = Tree::everything();
    let decoded = text::decode(source);
    let found = template::read_text(&decoded.text, &mut tree);
    check(&tree, found.lines, &[]);

    let mut tree = Tree::everything();
    if let Some(found) = policy::read(source, Root::LocalMachine, &mut tree) {
        // Reading stops only with a fault that tells where.
        assert_eq!(found.stopped.is_some(), !tree.faults.is_empty());
        assert!(found.stopped.is_none_or(|at| at <= source.len() as u64));
    }
});
