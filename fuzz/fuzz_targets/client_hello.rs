//! A ClientHello that can be read is written back as it was, and every view of it survives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_wire::{ClientHello, Violation};

fuzz_target!(|body: &[u8]| {
    let _ = ClientHello::parse_records(body);
    let Ok(hello) = ClientHello::parse(body) else { return };
    assert_eq!(hello.to_body().as_deref(), Ok(body));
    assert_eq!(hello.encoded_len(), body.len() + 4);
    let records = hello.to_records_of(1000).unwrap();
    assert_eq!(ClientHello::parse_records(&records), Ok((hello.clone(), records.len())));
    let _ = (hello.server_name(), hello.alpn(), hello.groups(), hello.key_shares(), hello.signature_schemes());
    assert!(hello.offered_versions().iter().all(|version| !version.is_grease()));
    if let Some(extensions) = &hello.extensions {
        let _ = (extensions.cookie(), extensions.ec_point_formats(), extensions.stapled_ocsp());
        if let Some(kind) = extensions.duplicate() {
            assert!(!Violation::ExtensionTwice(kind).to_string().is_empty());
        }
    }
});
