//! Flights recorded from OpenSSL (see fixtures/make.py): what a person reads in them is what the reader says.

#![allow(clippy::unwrap_used, clippy::panic)]

use tlsdiag_wire::extension::Extensions;
use tlsdiag_wire::key_exchange::SignatureKind;
use tlsdiag_wire::registry::{AlertDescription, ClientCertificateType};
use tlsdiag_wire::server_hello::Downgrade;
use tlsdiag_wire::*;

struct Recording {
    turns: Vec<(String, Vec<u8>)>,
}

impl Recording {
    fn load(name: &str) -> Self {
        let path = format!("{}/tests/fixtures/{name}.hex", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let turns = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let (who, hex) = line.split_once(' ').unwrap();
                (who.to_owned(), unhex(hex))
            })
            .collect();
        Self { turns }
    }

    fn hello(&self, turn: usize) -> ClientHello {
        let (who, bytes) = &self.turns[turn];
        assert_eq!(who, "client");
        // A second hello comes after a ChangeCipherSpec record of six bytes.
        let start = if bytes[0] == 20 { 6 } else { 0 };
        let (hello, used) = ClientHello::parse_records(&bytes[start..]).unwrap();
        assert_eq!(used, bytes.len() - start);
        assert_eq!(hello.to_records().unwrap(), bytes[start..], "the hello is written as it was read");
        hello
    }

    fn server(&self, turn: usize) -> &[u8] {
        let (who, bytes) = &self.turns[turn];
        assert_eq!(who, "server");
        bytes
    }

    fn flight(&self) -> ServerFlight {
        let mut flight = ServerFlight::new(self.hello(0));
        flight.feed(self.server(1));
        flight
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

const ALL: [&str; 17] = [
    "tls10-dhe-rsa",
    "tls10-rsa",
    "tls11-ecdhe-ecdsa",
    "tls12-ecdhe-rsa",
    "tls12-dhe-rsa",
    "tls12-staple",
    "tls12-client-certificate",
    "tls12-anonymous",
    "tls12-downgrade",
    "tls13-x25519",
    "tls13-retry",
    "tls13-alert-no-group",
    "alert-no-suite",
    "alert-version",
    "alert-name",
    "alert-name-warning",
    "alert-alpn",
];

#[test]
fn every_recording_is_complete_without_error_or_violation() {
    for name in ALL {
        let flight = Recording::load(name).flight();
        assert_eq!(flight.error(), None, "{name}");
        assert!(flight.is_complete() && !flight.need_more(), "{name}");
        assert_eq!(flight.cut_off(), None, "{name}");
        assert_eq!(flight.said().violations, [], "{name}");
    }
}

#[test]
fn the_result_does_not_depend_on_the_chunking() {
    for name in ALL {
        let recording = Recording::load(name);
        let whole = recording.flight();
        for size in [1, 2, 3, 7, 100, 1460] {
            let mut flight = ServerFlight::new(recording.hello(0));
            for chunk in recording.server(1).chunks(size) {
                flight.feed(chunk);
            }
            assert_eq!(flight.said(), whole.said(), "{name} by {size}");
            assert_eq!((flight.stage(), flight.head()), (whole.stage(), whole.head()), "{name} by {size}");
        }
    }
}

#[test]
fn every_prefix_is_cut_off_and_stages_only_rise() {
    for name in ALL {
        let recording = Recording::load(name);
        let mut flight = ServerFlight::new(recording.hello(0));
        let mut stage = flight.stage();
        assert_eq!(stage, Stage::Nothing);
        for byte in recording.server(1) {
            flight.feed(&[*byte]);
            assert!(flight.stage() >= stage, "{name}: {stage:?} then {:?}", flight.stage());
            stage = flight.stage();
            assert_eq!(flight.error(), None, "{name}");
            if !flight.is_complete() {
                assert!(flight.need_more(), "{name}");
            }
        }
    }
}

#[test]
fn tls10_with_ephemeral_diffie_hellman() {
    let flight = Recording::load("tls10-dhe-rsa").flight();
    let said = flight.said();
    assert_eq!(flight.stage(), Stage::Done);
    assert_eq!(said.version(), Some(Version::TLS1_0));
    assert_eq!(said.suite().unwrap().to_string(), "TLS_DHE_RSA_WITH_AES_128_CBC_SHA");
    assert_eq!(said.certificates.as_ref().unwrap().len(), 1);
    let exchange = said.key_exchange.as_ref().unwrap();
    assert_eq!(exchange.params.bits(), Some(2048));
    let signature = exchange.signature.as_ref().unwrap();
    assert_eq!((signature.algorithm, signature.bytes.len()), (SignatureKind::RsaMd5Sha1, 256));
    let hello = said.server_hello.as_ref().unwrap();
    assert_eq!(hello.downgrade(), None, "the server was held to TLS 1.0");
    let content = exchange.signed_content(&flight.offered().random, &hello.random);
    assert_eq!(content.len(), 64 + exchange.params_raw.len());
}

#[test]
fn static_rsa_has_no_key_exchange() {
    let flight = Recording::load("tls10-rsa").flight();
    assert_eq!(flight.said().key_exchange, None);
    assert_eq!(
        flight.said().messages,
        [HandshakeType::SERVER_HELLO, HandshakeType::CERTIFICATE, HandshakeType::SERVER_HELLO_DONE]
    );
}

#[test]
fn tls11_with_ecdsa_signs_sha1() {
    let said = Recording::load("tls11-ecdhe-ecdsa").flight().said().clone();
    assert_eq!(said.version(), Some(Version::TLS1_1));
    assert_eq!(said.key_exchange.as_ref().unwrap().signature.as_ref().unwrap().algorithm, SignatureKind::EcdsaSha1);
    assert_eq!(said.group(), Some(Group::X25519));
}

#[test]
fn tls12_with_alpn() {
    let said = Recording::load("tls12-ecdhe-rsa").flight().said().clone();
    let hello = said.server_hello.as_ref().unwrap();
    assert_eq!(hello.alpn().as_deref(), Some(b"h2".as_slice()));
    assert!(hello.secure_renegotiation() && hello.extended_master_secret());
    assert!(!said.suite().unwrap().forbidden_in_h2());
    let signature = said.key_exchange.as_ref().unwrap().signature.clone().unwrap();
    assert_eq!(signature.algorithm, SignatureKind::Scheme(SignatureScheme::RSA_PSS_RSAE_SHA256));
}

#[test]
fn stapled_response_is_kept() {
    let said = Recording::load("tls12-staple").flight().said().clone();
    let status = said.certificate_status.unwrap();
    assert_eq!(status.responses.len(), 1);
    assert_eq!(status.responses[0][0], 0x30, "a DER sequence");
    assert!(said.server_hello.unwrap().will_staple());
}

#[test]
fn client_certificate_is_asked_for_with_a_ca() {
    let said = Recording::load("tls12-client-certificate").flight().said().clone();
    let request = said.certificate_request.unwrap();
    assert!(request.certificate_types.contains(&ClientCertificateType::RSA_SIGN));
    assert_eq!(request.authorities.len(), 1);
    assert!(request.authorities[0].ends_with(b"tlsdiag test CA"));
    assert!(request.signature_schemes.unwrap().contains(&SignatureScheme::ED25519));
}

#[test]
fn anonymous_server_signs_nothing() {
    let said = Recording::load("tls12-anonymous").flight().said().clone();
    assert_eq!(said.certificates, None);
    assert_eq!(said.key_exchange.unwrap().signature, None);
}

#[test]
fn the_sentinel_is_seen_but_no_violation_for_a_client_that_offered_no_more() {
    let flight = Recording::load("tls12-downgrade").flight();
    assert_eq!(flight.said().server_hello.as_ref().unwrap().downgrade(), Some(Downgrade::ToTls12));
    assert_eq!(flight.said().violations, []);
}

#[test]
fn the_sentinel_is_a_violation_for_a_client_that_offered_tls13() {
    let recording = Recording::load("tls12-downgrade");
    let mut hello = recording.hello(0);
    hello = hello.with_replaced(Extension::supported_versions(&[Version::TLS1_3, Version::TLS1_2]).unwrap());
    let mut flight = ServerFlight::new(hello);
    flight.feed(recording.server(1));
    assert_eq!(flight.said().violations, [Violation::Downgraded(Downgrade::ToTls12)]);
}

#[test]
fn tls13_is_done_with_the_first_encrypted_record() {
    let flight = Recording::load("tls13-x25519").flight();
    assert_eq!(flight.stage(), Stage::Done);
    assert_eq!(flight.said().version(), Some(Version::TLS1_3));
    assert_eq!(flight.said().group(), Some(Group::X25519));
    assert!(flight.said().first_encrypted_len.unwrap() > 19);
    assert_eq!(flight.said().alerts, []);
}

#[test]
fn retry_is_answered_and_goes_on() {
    let recording = Recording::load("tls13-retry");
    let mut flight = recording.flight();
    assert_eq!(flight.stage(), Stage::HelloRetryRequest);
    assert!(flight.is_complete());
    assert_eq!(flight.said().group(), Some(Group::SECP384R1));
    let second = recording.hello(2);
    assert_eq!(second.key_shares()[0].group, Group::SECP384R1);
    flight.answer_retry(second);
    assert!(flight.need_more());
    flight.feed(recording.server(3));
    assert_eq!(flight.error(), None);
    assert_eq!(flight.stage(), Stage::Done);
    assert_eq!(flight.said().version(), Some(Version::TLS1_3));
    assert_eq!(flight.said().violations, []);
}

/// What stands behind a HelloRetryRequest (a ChangeCipherSpec, as a rule) is kept until the second hello, wherever the
/// network cut it.
#[test]
fn what_stands_behind_a_retry_survives_every_cut() {
    let recording = Recording::load("tls13-retry");
    let first = recording.server(1);
    let read = |cut: usize| {
        let mut flight = ServerFlight::new(recording.hello(0));
        let (head, tail) = first.split_at(cut);
        flight.feed(head);
        flight.feed(tail);
        assert_eq!(flight.stage(), Stage::HelloRetryRequest, "cut at {cut}");
        flight.answer_retry(recording.hello(2));
        flight.feed(recording.server(3));
        flight
    };
    let whole = read(first.len());
    assert!(whole.is_complete() && whole.error().is_none());
    for cut in 0..first.len() {
        let parts = read(cut);
        assert_eq!((parts.error(), parts.stage()), (None, whole.stage()), "cut at {cut}");
        assert_eq!(parts.said(), whole.said(), "cut at {cut}");
    }
}

#[test]
fn alerts_are_read() {
    for (name, description) in [
        ("tls13-alert-no-group", AlertDescription::HANDSHAKE_FAILURE),
        ("alert-no-suite", AlertDescription::HANDSHAKE_FAILURE),
        ("alert-version", AlertDescription::PROTOCOL_VERSION),
        ("alert-name", AlertDescription::UNRECOGNIZED_NAME),
        ("alert-alpn", AlertDescription::NO_APPLICATION_PROTOCOL),
    ] {
        let flight = Recording::load(name).flight();
        assert_eq!(flight.said().fatal_alert(), Some(Alert::fatal(description)), "{name}");
        assert_eq!(flight.stage(), Stage::Records, "{name}");
    }
}

#[test]
fn a_cut_certificate_tells_what_is_missing_and_keeps_what_came() {
    let recording = Recording::load("tls12-ecdhe-rsa");
    let bytes = recording.server(1);
    let mut flight = ServerFlight::new(recording.hello(0));
    flight.feed(&bytes[..500]);
    assert_eq!(flight.stage(), Stage::PartialCertificate);
    let pending = flight.pending_message().unwrap();
    assert_eq!(pending.kind, HandshakeType::CERTIFICATE);
    let cut = flight.cut_off().unwrap();
    assert!(cut.is_truncated());
    assert_eq!(cut.kind, ErrorKind::Truncated { needed: pending.claimed as u64, had: pending.had as u64 });
    assert!(flight.salvaged_certificates().is_empty(), "the only certificate is cut");
    assert_eq!(flight.error(), None);
}

#[test]
fn a_suite_that_was_not_offered_is_a_violation() {
    let recording = Recording::load("tls12-ecdhe-rsa");
    let suite = recording.flight().said().suite().unwrap();
    let mut hello = recording.hello(0);
    hello.cipher_suites.retain(|offered| *offered != suite);
    hello.extensions =
        hello.extensions.map(|list| Extensions(list.0.into_iter().filter(|e| e.kind != ExtensionType::ALPN).collect()));
    let mut flight = ServerFlight::new(hello);
    flight.feed(recording.server(1));
    assert_eq!(
        flight.said().violations,
        [Violation::SuiteNotOffered(suite), Violation::ExtensionNotOffered(ExtensionType::ALPN)]
    );
}
