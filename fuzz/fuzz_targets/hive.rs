//! A registry hive with a log or without: two octets tell how many sectors of 512 octets the hive has, the rest is the log.
//! Seeds: `cargo run -p tlsdiag-winfiles --example file_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use tlsdiag_winfiles::registry::paths::Wants;
use tlsdiag_winfiles::registry::{Hive, Place, Tree, tree};

fuzz_target!(|data: &[u8]| {
    let Some((head, rest)) = data.split_first_chunk::<2>() else { return };
    let (hive, log) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes(*head)) * 512));
    let logs: &[&[u8]] = if log.is_empty() { &[] } else { &[log] };
    let mut hive = match Hive::open(Cursor::new(hive), logs) {
        Ok(hive) => hive,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let kind = hive.kind();
    let (mut all, mut some) = (Tree::everything(), Tree::wanting(Wants::tls()));
    hive.walk(&kind, &mut all);
    hive.gather(&kind, &Wants::tls(), &mut some);
    for tree in [&all, &some] {
        assert!(tree.faults.len() <= tree::MAX_FAULTS && tree.faults.len() as u64 <= tree.fault_count);
        for fault in &tree.faults {
            assert!(!fault.to_string().is_empty());
        }
        for key in tree.keys() {
            assert!(matches!(key.place, Place::Offset(_)) && key.path.is_within(&kind.mount()));
        }
    }
    // What is found by its path is found by going everywhere, unless that met damage.
    if all.fault_count == 0 {
        for key in some.keys() {
            assert!(all.key(key.path.as_str()).is_some(), "{} is not in the walk", key.path);
        }
    }
    some.settle();
});
