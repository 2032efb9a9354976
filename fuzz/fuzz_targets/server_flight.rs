//! Whatever a server sends, in whatever chunks: one account of it, rising stages, bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use tlsdiag_wire::{ClientHello, HelloRandomness, HelloTarget, ServerFlight, Stage, flight::HEAD, profile};

fn hello() -> ClientHello {
    static HELLO: OnceLock<ClientHello> = OnceLock::new();
    HELLO
        .get_or_init(|| {
            let randomness = HelloRandomness::generate(|bytes| bytes.fill(7));
            profile::modern(&HelloTarget::web(Some("shop.example")), &randomness).unwrap()
        })
        .clone()
}

fn read(stream: &[u8], chunk: usize) -> ServerFlight {
    let mut flight = ServerFlight::new(hello());
    let mut stage = Stage::Nothing;
    for bytes in stream.chunks(chunk) {
        flight.feed(bytes);
        assert!(flight.stage() >= stage, "{:?} after {stage:?}", flight.stage());
        stage = flight.stage();
        if flight.said().hello_retry.is_some() && flight.is_complete() && flight.said().server_hello.is_none() {
            flight.answer_retry(hello());
        }
    }
    flight
}

fuzz_target!(|input: &[u8]| {
    let Some((chunk, stream)) = input.split_first() else { return };
    let whole = read(stream, stream.len().max(1));
    let parts = read(stream, usize::from(*chunk).max(1));
    assert_eq!(whole.said(), parts.said());
    assert_eq!(whole.error(), parts.error());
    assert_eq!(whole.head(), parts.head());
    assert_eq!(whole.sslv2(), parts.sslv2());
    assert_eq!((whole.stage(), whole.cut_off()), (parts.stage(), parts.cut_off()));
    assert!(whole.head().len() <= HEAD);
    assert!(whole.said().violations.len() <= 64 && whole.said().messages.len() <= 64);
    assert!(!(whole.need_more() && (whole.is_complete() || whole.error().is_some())));
    let _ = (whole.salvaged_certificates(), whole.pending_message(), whole.other_protocol());
    whole.said().violations.iter().for_each(|violation| assert!(!violation.to_string().is_empty()));
});
