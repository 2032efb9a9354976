//! Private keys in DER or PEM, in the clear or locked with the password `a`. Seeds:
//! `cargo run -p tlsdiag-pki --example key_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_pki::secret::{Limits, Password};
use tlsdiag_pki::{PrivateKey, pem, request::Request};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { iterations: 100, work: 1_000, memory: 1 << 20, ..Limits::default() };
    let mut passwords = vec![Password::new("a")];
    let mut keys: Vec<PrivateKey> = PrivateKey::from_der(data, &mut passwords, &limits).into_iter().collect();
    for block in pem::blocks(data).iter().take(4) {
        keys.extend(PrivateKey::from_pem(block, &mut passwords, &limits));
    }
    for key in &keys {
        // What was read is written and read again as the same key with the same public part.
        let again = PrivateKey::from_der(&key.to_pkcs8_der(), &mut passwords, &limits).expect("a key that was read");
        assert_eq!(again.kind, key.kind);
        assert_eq!(again.public(), key.public());
        let _ = (format!("{key} {key:?}"), key.public().map(|p| (p.weaknesses(), p.strength(), p.weak_bits())));
    }
    let _ = Request::from_der(data);
});
