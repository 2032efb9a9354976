//! Servers that flood, claim too much, damage or speak something else: always bounded, always with a reason.

#![allow(clippy::unwrap_used, clippy::panic)]

use tlsdiag_wire::registry::AlertDescription;
use tlsdiag_wire::sslv2::{CipherKind, Sslv2Answer, Sslv2ServerHello};
use tlsdiag_wire::*;

fn hello() -> ClientHello {
    let mut next = 0u8;
    let randomness = HelloRandomness::generate(|bytes| {
        bytes.fill_with(|| {
            next = next.wrapping_mul(5).wrapping_add(3);
            next
        });
    });
    profile::modern(&HelloTarget::web(Some("shop.example")), &randomness).unwrap()
}

fn tls12_server_hello(suite: u16) -> ServerHello {
    ServerHello {
        legacy_version: Version::TLS1_2,
        random: [7; 32],
        session_id: vec![],
        cipher_suite: CipherSuite(suite),
        compression_method: registry::CompressionMethod::NULL,
        extensions: None,
    }
}

fn message(kind: HandshakeType, body: &[u8]) -> Vec<u8> {
    record::encode(ContentType::HANDSHAKE, Version::TLS1_2, &handshake::encode(kind, body).unwrap(), 1 << 14)
}

fn fed(bytes: &[u8]) -> ServerFlight {
    let mut flight = ServerFlight::new(hello());
    flight.feed(bytes);
    flight
}

#[test]
fn a_certificate_of_16_megabytes_is_refused_with_its_claim() {
    let mut bytes = message(HandshakeType::SERVER_HELLO, &tls12_server_hello(0xc02f).to_body().unwrap());
    bytes.extend_from_slice(&[22, 3, 3, 0, 4, 11, 0xff, 0xff, 0xff]);
    let flight = fed(&bytes);
    let error = flight.error().unwrap();
    assert_eq!(error.kind, ErrorKind::OverLimit { claimed: 0xff_ffff, limit: 512 * 1024 });
    assert_eq!(error.what, "certificate");
    assert!(error.to_string().contains("claims 16777215"), "{error}");
    assert!(!flight.need_more());
    assert_eq!(flight.stage(), Stage::PartialCertificate);
}

#[test]
fn floods_are_counted_and_stopped() {
    let empty = fed(&[22, 3, 3, 0, 0].repeat(100));
    assert_eq!(empty.error().map(|error| error.what), Some("empty records"));
    assert_eq!(empty.said().violations, [Violation::EmptyRecord]);

    let warnings = fed(&[21, 3, 3, 0, 2, 1, 112].repeat(100));
    assert_eq!(warnings.error().map(|error| error.what), Some("warning alerts"));
    assert_eq!(warnings.said().alerts.len(), 17);

    let requests = fed(&message(HandshakeType::HELLO_REQUEST, &[]).repeat(100));
    assert_eq!(requests.error().map(|error| error.what), Some("handshake messages"));

    let records = fed(&[24, 3, 3, 0, 1, 0].repeat(10_000));
    assert_eq!(records.error().map(|error| error.what), Some("records"));

    let limits = FlightLimits { max_total: 1000, ..FlightLimits::default() };
    let mut total = ServerFlight::with_limits(hello(), limits);
    for _ in 0..1000 {
        total.feed(&[24, 3, 3, 0, 1, 0]);
    }
    assert_eq!(total.error().map(|error| (error.what, error.is_over_limit())), Some(("stream", true)));
}

#[test]
fn a_record_over_the_limit_is_refused() {
    let flight = fed(&[22, 3, 3, 0x48, 0x01]);
    assert_eq!(flight.error().unwrap().kind, ErrorKind::OverLimit { claimed: 0x4801, limit: 0x4800 });
    assert!(fed(&[22, 3, 3, 0x48, 0x00]).error().is_none());
}

#[test]
fn damage_after_a_record_is_malformed_with_its_offset() {
    let mut bytes = message(HandshakeType::SERVER_HELLO, &tls12_server_hello(0xc02f).to_body().unwrap());
    let at = bytes.len() as u64;
    bytes.extend_from_slice(b"HTTP/1.1 400 Bad Request");
    let error = fed(&bytes).error().cloned().unwrap();
    assert_eq!((error.offset, error.what), (at, "ContentType"));
    assert_eq!(error.kind, ErrorKind::Malformed { expected: "20 to 24", found: u64::from(b'H') });
}

#[test]
fn a_malformed_message_tells_the_offset_in_the_stream() {
    let mut body = tls12_server_hello(0xc02f).to_body().unwrap();
    body[34] = 200; // a session id longer than the message
    let error = fed(&message(HandshakeType::SERVER_HELLO, &body)).error().cloned().unwrap();
    assert_eq!((error.offset, error.what), (5 + 4 + 35, "session_id"));
    assert_eq!(error.kind, ErrorKind::Truncated { needed: 200, had: 3 });
}

#[test]
fn alerts_in_odd_records_are_read() {
    for version in [[0, 0], [0, 2], [2, 0], [3, 0], [3, 1], [3, 4]] {
        let flight = fed(&[21, version[0], version[1], 0, 2, 2, 40]);
        assert_eq!(flight.said().fatal_alert(), Some(Alert::fatal(AlertDescription::HANDSHAKE_FAILURE)));
        assert!(flight.is_complete());
    }
}

#[test]
fn close_notify_ends_and_other_warnings_do_not() {
    assert!(fed(&[21, 3, 3, 0, 2, 1, 0]).is_complete());
    assert!(fed(&[21, 3, 3, 0, 2, 1, 112]).need_more());
}

#[test]
fn clear_http_is_kept_and_named() {
    let text =
        b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html><body>The plain HTTP request was sent to HTTPS port";
    let mut flight = ServerFlight::new(hello());
    for byte in text {
        assert!(flight.need_more());
        flight.feed(&[*byte]);
    }
    assert_eq!(flight.head(), text);
    assert_eq!(flight.opening(), Opening::NotTls);
    assert!(!flight.is_complete());
    let Protocol::Http(answer) = flight.other_protocol().unwrap().protocol else { panic!("not HTTP") };
    assert_eq!((answer.status, answer.page), (Some(400), sniff::HttpPage::NginxPlainToTls));
    assert!(!flight.need_more());
}

#[test]
fn the_head_is_bounded() {
    let flight = fed(&vec![0u8; 100_000]);
    assert_eq!(flight.head().len(), 512);
    assert!(!flight.need_more());
}

#[test]
fn sslv2_is_understood() {
    let answer = Sslv2Answer::Hello(Sslv2ServerHello {
        session_id_hit: false,
        certificate_type: 1,
        version: Version::SSL2,
        certificate: vec![0x30; 300],
        cipher_kinds: vec![CipherKind(0x01_0080), CipherKind(0x07_00c0)],
        connection_id: vec![9; 16],
    });
    let record = answer.to_record().unwrap();
    let mut flight = ServerFlight::new(hello());
    for byte in &record {
        assert!(flight.need_more());
        flight.feed(&[*byte]);
    }
    assert_eq!(flight.sslv2(), Some(&answer));
    assert!(flight.is_complete());
    assert_eq!(fed(&[0x80, 3, 0, 0, 1]).sslv2(), Some(&Sslv2Answer::Error(1)));
}

#[test]
fn breaches_are_named() {
    let mut answer = tls12_server_hello(0x1301);
    answer.compression_method = registry::CompressionMethod::DEFLATE;
    answer.random[24..].copy_from_slice(b"DOWNGRD\x01");
    let flight = fed(&message(HandshakeType::SERVER_HELLO, &answer.to_body().unwrap()));
    assert_eq!(
        flight.said().violations,
        [
            Violation::SuiteNotForVersion { suite: CipherSuite(0x1301), version: Version::TLS1_2 },
            Violation::CompressionNotOffered(registry::CompressionMethod::DEFLATE),
            Violation::Downgraded(server_hello::Downgrade::ToTls12),
        ]
    );
    let mut answer = tls12_server_hello(0x1301);
    answer.extensions = Some(Extensions(vec![Extension::selected_version(Version::TLS1_3)]));
    let flight = fed(&message(HandshakeType::SERVER_HELLO, &answer.to_body().unwrap()));
    assert_eq!(flight.said().violations, [Violation::SessionIdNotEchoed, Violation::KeyShareMissing]);

    let first = fed(&message(HandshakeType::CERTIFICATE, &[0, 0, 0]));
    assert_eq!(
        first.said().violations,
        [Violation::UnexpectedMessage { kind: HandshakeType::CERTIFICATE, after: None }]
    );
    let mut bytes = message(HandshakeType::SERVER_HELLO, &tls12_server_hello(0xc02f).to_body().unwrap());
    bytes.extend(message(HandshakeType::CERTIFICATE, &[0, 0, 0]));
    bytes.extend(message(HandshakeType::SERVER_HELLO_DONE, &[]));
    let empty = fed(&bytes);
    assert_eq!(
        empty.said().violations,
        [Violation::CertificateEmpty, Violation::KeyExchangeMissing(CipherSuite(0xc02f))]
    );
    assert_eq!(empty.stage(), Stage::Done);
}

#[test]
fn old_version_without_offer() {
    let mut answer = tls12_server_hello(0x002f);
    answer.legacy_version = Version::TLS1_0;
    let flight = fed(&message(HandshakeType::SERVER_HELLO, &answer.to_body().unwrap()));
    assert_eq!(flight.said().violations, [Violation::VersionNotOffered(Version::TLS1_0)]);
}

#[test]
fn an_encrypted_alert_in_tls13_is_known_by_its_length() {
    let offered = hello();
    let mut answer = tls12_server_hello(0x1301);
    answer.session_id = offered.session_id.clone();
    let share = extension::KeyShare { group: Group::X25519, public: vec![1; 32] };
    answer.extensions = Some(Extensions(vec![
        Extension::selected_version(Version::TLS1_3),
        Extension::server_key_share(&share).unwrap(),
    ]));
    let mut bytes = message(HandshakeType::SERVER_HELLO, &answer.to_body().unwrap());
    bytes.extend(record::encode(ContentType::APPLICATION_DATA, Version::TLS1_2, &[0xaa; 19], 1 << 14));
    let flight = fed(&bytes);
    assert_eq!(flight.said().violations, []);
    assert_eq!(flight.said().alerts.iter().map(|seen| seen.alert).collect::<Vec<_>>(), [None]);
    assert_eq!(flight.stage(), Stage::Done);
}
