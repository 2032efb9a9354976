//! PKCS #12 files, locked with `a` or not. Seeds: `cargo run -p tlsdiag-pki --example container_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_pki::container::{Place, pkcs12};
use tlsdiag_pki::secret::{Limits, Password, Unlocker};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { iterations: 100, work: 2_000, memory: 1 << 20, octets: 1 << 20, parts: 100 };
    let mut passwords = vec![Password::new("a")];
    let place = Place::line(7);
    let Ok(file) = pkcs12::read(data, &place, &mut Unlocker::new(&mut passwords, &limits)) else { return };
    // Each bag and each fault says where it stands, and there are no more than allowed.
    assert!(file.bags.len() <= limits.parts);
    for bag in &file.bags {
        assert_eq!(bag.place.line, Some(7));
        assert!(bag.place.path.len() >= 2);
    }
    assert!(file.faults.iter().all(|f| f.place.line == Some(7)));
    assert!(!format!("{file:?}").is_empty());
    let _ = (file.facts.needs_windows_2019(), file.facts.windows_import());
    for scheme in file.facts.schemes() {
        let _ = (scheme.to_string(), scheme.cost());
    }
    // The same octets give the same account.
    let again = pkcs12::read(data, &place, &mut Unlocker::new(&mut passwords, &limits)).expect("read before");
    assert_eq!((again.faults, again.bags.len()), (file.faults, file.bags.len()));
});
