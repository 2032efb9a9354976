//! The first bytes of anything: a guess, a short quotation, and an end to asking for more.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_wire::sniff;

fuzz_target!(|bytes: &[u8]| {
    let sniffed = sniff(bytes);
    assert!(sniffed.matched.len() <= 80 * 4);
    assert!(sniffed.matched.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '));
    assert!(bytes.len() < 1024 || !sniffed.needs_more);
    for cut in 0..bytes.len().min(16) {
        let _ = sniff(&bytes[..cut]);
    }
});
