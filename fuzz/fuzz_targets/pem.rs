//! PEM texts of any shape, and pasted thumbprints. Seeds: `cargo run -p tlsdiag-pki --example key_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_pki::{pem, thumb};

fuzz_target!(|data: &[u8]| {
    for block in pem::blocks(data) {
        assert!(block.offset < data.len() && block.line >= 1 && block.end_line >= block.line);
        match &block.content {
            Err(e) => assert!(e.offset <= data.len() + 1 && e.line >= 1),
            // What was read is written in the plain form and read again, without anything odd.
            Ok(octets) => {
                let plain = pem::encode("A", octets);
                let again = pem::blocks(plain.as_bytes());
                let [again] = again.as_slice() else { panic!("one block") };
                assert!(again.oddities.is_empty());
                assert!(octets.is_empty() || again.content.as_ref() == Ok(octets));
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let pasted = thumb::parse(text);
        assert!(pasted.digits.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(pasted.oddities.iter().all(|o| text.is_char_boundary(o.at)));
        // The digits alone are read as themselves.
        assert_eq!(thumb::parse(&pasted.digits).digits, pasted.digits);
    }
});
