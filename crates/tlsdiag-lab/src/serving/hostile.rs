//! The bytes of servers that mean harm. Every loop ends with the connection's time or with the client.
use super::wire::Wire;
use crate::{credential::Ready, hostile::CONTROL, plan::Hostile, seed::Chance};
use std::{
    io::{Read, Write},
    time::Duration,
};
use tlsdiag_wire::{
    Alert, AlertDescription, CertificateMessage, CipherSuite, ContentType, Extension, Extensions, HandshakeType,
    ServerHello, Version, handshake, record, registry::CompressionMethod,
};

const VERSION: Version = Version::TLS1_2;

pub(super) fn serve(mut wire: Wire, menace: Hostile, ready: &Ready, chance: &mut Chance) {
    if menace != Hostile::ControlGreeting {
        // The hello, whatever it is.
        let mut hello = [0; 16 * 1024];
        if !matches!(wire.read(&mut hello), Ok(n) if n > 0) {
            return;
        }
    }
    let handshakes =
        |messages: &[Vec<u8>]| record::encode(ContentType::HANDSHAKE, VERSION, &messages.concat(), 1 << 14);
    match menace {
        Hostile::Garbage => repeat(wire, || {
            let mut bytes = vec![0; 4096];
            chance.fill(&mut bytes);
            // No record begins like that.
            bytes[0] |= 0x80;
            bytes
        }),
        Hostile::HugeCertificate => {
            let mut certificate =
                vec![HandshakeType::CERTIFICATE.0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0xff, 0xff, 0xf9];
            certificate.resize(1 << 14, 0x30);
            if wire.write_all(&handshakes(&[server_hello(chance), certificate])).is_ok() {
                repeat(wire, || record::encode(ContentType::HANDSHAKE, VERSION, &[0x30; 1 << 14], 1 << 14));
            }
        }
        Hostile::Trickle => {
            let chain = CertificateMessage::of(ready.chain.iter().cloned()).to_body().unwrap_or_default();
            let chain = handshake::encode(HandshakeType::CERTIFICATE, &chain).unwrap_or_default();
            for byte in handshakes(&[server_hello(chance), chain]) {
                if wire.write_all(&[byte]).is_err() || wire.is_over() {
                    return;
                }
                wire.pause(Duration::from_secs(1));
            }
        }
        Hostile::EmptyRecords => {
            let empty = [ContentType::HANDSHAKE.0, 3, 3, 0, 0].repeat(512);
            repeat(wire, || empty.clone());
        }
        Hostile::EndlessWarnings => {
            let warning = Alert::warning(AlertDescription::USER_CANCELED).to_payload();
            let many = record::encode(ContentType::ALERT, VERSION, &warning, 2).repeat(256);
            repeat(wire, || many.clone());
        }
        Hostile::OversizedRecord => {
            let mut bytes = vec![ContentType::HANDSHAKE.0, 3, 3, 0xff, 0xff];
            bytes.extend(server_hello(chance));
            bytes.resize(5 + 0xffff, 0);
            let _ = wire.write_all(&bytes);
            wire.close();
        }
        Hostile::HostileDer => {
            let chain = CertificateMessage::of(traps(ready)).to_body().unwrap_or_default();
            let chain = handshake::encode(HandshakeType::CERTIFICATE, &chain).unwrap_or_default();
            let done = handshake::encode(HandshakeType::SERVER_HELLO_DONE, &[]).unwrap_or_default();
            let _ = wire.write_all(&handshakes(&[server_hello(chance), chain, done]));
            wire.close();
        }
        Hostile::ControlGreeting => {
            let _ = wire.write_all(format!("220 {CONTROL} ESMTP {CONTROL}\r\n").as_bytes());
            let _ = wire.read(&mut [0; 4096]);
            wire.close();
        }
    }
}

/// Writes until the client has enough or the time is up.
fn repeat(mut wire: Wire, mut next: impl FnMut() -> Vec<u8>) {
    while !wire.is_over() && wire.write_all(&next()).is_ok() {}
}

/// A sound ServerHello of TLS 1.2 with a static RSA suite, so that no key exchange message is due.
fn server_hello(chance: &mut Chance) -> Vec<u8> {
    let hello = ServerHello {
        legacy_version: VERSION,
        random: chance.bytes(),
        session_id: Vec::new(),
        cipher_suite: CipherSuite(0x002f),
        compression_method: CompressionMethod::NULL,
        // Without it clients of today stop before the certificate.
        extensions: Extension::renegotiation_info(&[]).ok().map(|extension| Extensions(vec![extension])),
    };
    let body = hello.to_body().unwrap_or_default();
    handshake::encode(HandshakeType::SERVER_HELLO, &body).unwrap_or_default()
}

/// Certificates that are none: indefinite lengths a thousand deep, a length beyond the end, the longest length there
/// is, a sound one that is cut off, one with a bit flipped, and nothing.
fn traps(ready: &Ready) -> Vec<Vec<u8>> {
    let sound = ready.chain.first().cloned().unwrap_or_default();
    let cut = sound.get(..sound.len() / 2).unwrap_or_default().to_vec();
    let mut flipped = sound;
    if let Some(byte) = flipped.get_mut(20) {
        *byte ^= 0x40;
    }
    vec![
        [0x30, 0x80].repeat(1000),
        vec![0x30, 0x82, 0xff, 0xff, 0x30, 0x82, 0xff, 0xff],
        vec![0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        cut,
        flipped,
        Vec::new(),
    ]
}
