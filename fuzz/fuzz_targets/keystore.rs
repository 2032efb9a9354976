//! Any file of certificates or keys, recognised by its content, locked with `a` or not. Seeds:
//! `cargo run -p tlsdiag-pki --example container_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_pki::Certificate;
use tlsdiag_pki::file::{self, Item};
use tlsdiag_pki::secret::{Limits, Password};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { iterations: 100, work: 2_000, memory: 1 << 20, octets: 1 << 20, parts: 100 };
    let contents = file::read(data, &mut vec![Password::new("a")], &limits);
    // Nothing is passed over in silence.
    assert!(!contents.parts.is_empty() || !contents.faults.is_empty());
    let lines = data.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() + data.len() / 2 + 1;
    for part in &contents.parts {
        assert!(part.place.line.is_none_or(|l| (1..=lines).contains(&l)));
        match &part.what {
            Item::Certificate(c) => {
                let again = Certificate::from_der(&c.der).expect("a certificate that was read reads again");
                assert_eq!(again.id, c.id);
            }
            Item::PrivateKey(key) => assert!(!key.to_pkcs8_der().is_empty()),
            _ => {}
        }
    }
    for fault in &contents.faults {
        assert!(!fault.why.to_string().is_empty());
        let _ = fault.place.to_string();
    }
    let _ = format!("{contents:?}");
});
