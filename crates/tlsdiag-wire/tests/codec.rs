//! Round trips, hellos as they should look, and properties over any bytes and any chunking.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::collection::vec;
use proptest::prelude::*;
use tlsdiag_wire::certificate::{CertificateEntry, CertificateMessage, CertificateStatus};
use tlsdiag_wire::extension::KeyShare;
use tlsdiag_wire::key_exchange::{KeySignature, SignatureKind};
use tlsdiag_wire::message::TicketDetails;
use tlsdiag_wire::registry::{Authentication, ClientCertificateType, CompressionMethod, KeyExchange};
use tlsdiag_wire::sslv2::{CipherKind, Sslv2Answer, Sslv2ClientHello};
use tlsdiag_wire::*;

fn randomness() -> HelloRandomness {
    let mut next = 1u8;
    HelloRandomness::generate(|bytes| {
        bytes.fill_with(|| {
            next = next.wrapping_mul(37).wrapping_add(11);
            next
        });
    })
}

#[test]
fn the_modern_hello_is_what_chrome_offers() {
    let hello = profile::modern(&HelloTarget::web(Some("shop.example")), &randomness()).unwrap();
    assert_eq!(hello.server_name().as_deref(), Some("shop.example"));
    assert_eq!(hello.alpn(), [b"h2".to_vec(), b"http/1.1".to_vec()]);
    assert_eq!(hello.offered_versions(), [Version::TLS1_3, Version::TLS1_2]);
    assert!(hello.cipher_suites[0].is_grease());
    assert_eq!(hello.cipher_suites.last(), Some(&CipherSuite::EMPTY_RENEGOTIATION_INFO_SCSV));
    let shares = hello.key_shares();
    assert!(shares[0].group.is_grease());
    assert_eq!((shares[1].group, shares[1].public.len()), (Group::X25519MLKEM768, 1216));
    assert_eq!((shares[2].group, shares[2].public.len()), (Group::X25519, 32));
    assert_eq!(hello.extensions.as_ref().unwrap().duplicate(), None);
    let bytes = hello.to_handshake().unwrap();
    assert_eq!(bytes.len(), hello.encoded_len());
    assert!((1700..1900).contains(&bytes.len()), "{}", bytes.len());
    let records = hello.to_records().unwrap();
    assert_eq!(&records[..3], [22, 3, 1]);
    assert_eq!(ClientHello::parse_records(&records).unwrap(), (hello, records.len()));
}

#[test]
fn shuffling_keeps_the_extensions_and_grease_at_both_ends() {
    let target = HelloTarget::web(Some("shop.example"));
    let fixed = profile::modern(&target, &randomness()).unwrap();
    let shuffled = profile::modern(&target, &HelloRandomness { order: Some(9), ..randomness() }).unwrap();
    let kinds = |hello: &ClientHello| hello.extensions.as_ref().unwrap().kinds().collect::<Vec<_>>();
    assert_ne!(kinds(&fixed), kinds(&shuffled));
    let sorted = |mut kinds: Vec<ExtensionType>| {
        kinds.sort();
        kinds
    };
    assert_eq!(sorted(kinds(&fixed)), sorted(kinds(&shuffled)));
    assert!(kinds(&shuffled)[0].is_grease() && kinds(&shuffled).last().unwrap().is_grease());
}

#[test]
fn plausible_keys_pass_the_modulus_check() {
    let key = profile::plausible_mlkem768(&[0xff; profile::MLKEM768_KEY]);
    assert_eq!(key.len(), profile::MLKEM768_KEY);
    for triple in key[..1152].chunks(3) {
        let first = u16::from(triple[0]) | (u16::from(triple[1]) & 15) << 8;
        let second = u16::from(triple[1]) >> 4 | u16::from(triple[2]) << 4;
        assert_eq!((first, second), (4095 % 3329, 4095 % 3329));
    }
    assert_eq!(profile::plausible_mlkem768(&[0x11; profile::MLKEM768_KEY])[..3], [0x11; 3], "below the modulus: kept");
}

#[test]
fn old_hellos_hold_only_what_their_version_can_carry() {
    let target = HelloTarget { server_name: Some("shop.example".into()), alpn: vec![] };
    let tls10 = profile::legacy(Version::TLS1_0, &target, [1; 32]).unwrap();
    assert!(tls10.cipher_suites.iter().all(|suite| !suite.is_aead()));
    assert!(!tls10.has(ExtensionType::SIGNATURE_ALGORITHMS));
    assert_eq!(tls10.offered_versions(), [Version::SSL3, Version::TLS1_0]);
    let tls12 = profile::legacy(Version::TLS1_2, &target, [1; 32]).unwrap();
    assert!(tls12.cipher_suites.len() > 100);
    assert!(tls12.cipher_suites.iter().all(|suite| suite.name().is_some()));
    let mut once = tls12.cipher_suites.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), tls12.cipher_suites.len());
    let ssl3 = profile::ssl3([1; 32]);
    assert_eq!((ssl3.extensions.clone(), ssl3.record_version), (None, Version::SSL3));
    assert_eq!(ssl3.offered_versions(), [Version::SSL3]);
    assert!(ssl3.cipher_suites.contains(&CipherSuite(0x000a)));
    assert_eq!(ssl3.to_body().unwrap().len() + 4, ssl3.encoded_len());
}

#[test]
fn sslv2_hello_has_the_layout_of_the_specification() {
    let hello = profile::sslv2([5; 16]);
    let record = hello.to_record().unwrap();
    assert_eq!(record[..11], [0x80, 9 + 21 + 16, 1, 0, 2, 0, 21, 0, 0, 0, 16]);
    assert_eq!(record[11..14], [1, 0, 0x80]);
    assert_eq!(Sslv2ClientHello::parse_record(&record), Ok(hello));
    assert_eq!(CipherKind(0x07_00c0).to_string(), "SSL_CK_DES_192_EDE3_CBC_WITH_MD5");
}

#[test]
fn padding_reaches_the_size_asked_for() {
    let hello = profile::modern(&HelloTarget::web(Some("shop.example")), &randomness()).unwrap();
    let bare = hello.encoded_len();
    for total in [bare + 4, bare + 5, bare + 100, 4096, 16384 + 500] {
        let padded = hello.clone().padded_to(total);
        assert_eq!(padded.to_handshake().unwrap().len(), total);
        assert_eq!(padded.padded_to(total).encoded_len(), total, "padding again does not add up");
    }
    assert_eq!(hello.clone().padded_to(bare).encoded_len(), bare);
    assert_eq!(hello.clone().padded_to(bare + 1).encoded_len(), bare + 4);
}

#[test]
fn fields_that_do_not_fit_are_refused() {
    let long = ClientHello::new(Version::TLS1_2, [0; 32]).with_session_id(vec![0; 256]);
    assert_eq!(long.to_records(), Err(EncodeError { what: "session_id", len: 256, max: 255 }));
    let name = "a".repeat(70_000);
    assert_eq!(Extension::server_name(&name).map_err(|error| error.what), Err("HostName"));
}

#[test]
fn parse_records_tells_cut_off_from_wrong() {
    let records = profile::ssl3([1; 32]).to_records_of(20).unwrap();
    for cut in 0..records.len() {
        let error = ClientHello::parse_records(&records[..cut]).unwrap_err();
        assert!(error.is_truncated(), "{cut}: {error}");
    }
    let odd = ClientHello::new(Version(0x0100), [1; 32]);
    assert_eq!(odd.record_version, Version::SSL3, "records of another major version would not be read as TLS");
    let error = ClientHello::parse_records(&[22, 1, 0, 0, 1, 1]).unwrap_err();
    assert_eq!((error.offset, error.what), (1, "record version"));
    assert!(!ClientHello::parse_records(b"GET / HTTP/1.1\r\n\r\n").unwrap_err().is_truncated());
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max)
}

fn extensions() -> impl Strategy<Value = Extensions> {
    vec((any::<u16>(), bytes(40)), 0..6).prop_map(|list| {
        Extensions(list.into_iter().map(|(kind, body)| Extension::raw(ExtensionType(kind), body)).collect())
    })
}

prop_compose! {
    fn any_hello()(
        version in any::<u16>(),
        random in any::<[u8; 32]>(),
        session_id in bytes(33),
        suites in vec(any::<u16>(), 0..50),
        methods in bytes(3),
        extensions in proptest::option::of(extensions()),
    ) -> ClientHello {
        ClientHello {
            session_id,
            cipher_suites: suites.into_iter().map(CipherSuite).collect(),
            compression_methods: methods.into_iter().map(CompressionMethod).collect(),
            extensions,
            ..ClientHello::new(Version(version), random)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn client_hello_round_trip(hello in any_hello(), fragment in 1usize..300, minor in 0u8..5) {
        let hello = hello.with_record_version(Version(0x0300 | u16::from(minor)));
        let records = hello.to_records_of(fragment).unwrap();
        prop_assert_eq!(ClientHello::parse_records(&records), Ok((hello.clone(), records.len())));
        prop_assert_eq!(hello.to_handshake().unwrap().len(), hello.encoded_len());
    }

    #[test]
    fn server_hello_round_trip(
        version in any::<u16>(), random in any::<[u8; 32]>(), session_id in bytes(33), suite in any::<u16>(),
        method in any::<u8>(), extensions in proptest::option::of(extensions()),
    ) {
        let hello = ServerHello {
            legacy_version: Version(version), random, session_id, cipher_suite: CipherSuite(suite),
            compression_method: CompressionMethod(method), extensions,
        };
        prop_assert_eq!(ServerHello::parse(&hello.to_body().unwrap()), Ok(hello));
    }

    #[test]
    fn typed_extensions_read_back(
        groups in vec(any::<u16>(), 0..20), schemes in vec(any::<u16>(), 0..20), versions in vec(any::<u16>(), 0..20),
        protocols in vec(bytes(20), 0..5), shares in vec((any::<u16>(), bytes(70)), 0..4), cookie in bytes(50),
        name in "[a-z0-9.-]{0,60}",
    ) {
        let groups: Vec<_> = groups.into_iter().map(Group).collect();
        let schemes: Vec<_> = schemes.into_iter().map(SignatureScheme).collect();
        let versions: Vec<_> = versions.into_iter().map(Version).collect();
        let shares: Vec<_> = shares.into_iter().map(|(group, public)| KeyShare { group: Group(group), public }).collect();
        let all = Extensions(vec![
            Extension::server_name(&name).unwrap(),
            Extension::supported_groups(&groups).unwrap(),
            Extension::signature_algorithms(&schemes).unwrap(),
            Extension::supported_versions(&versions).unwrap(),
            Extension::alpn(&protocols).unwrap(),
            Extension::key_share(&shares).unwrap(),
            Extension::cookie(&cookie).unwrap(),
            Extension::renegotiation_info(&cookie).unwrap(),
        ]);
        prop_assert_eq!(all.server_name(), Some(Ok(name)));
        prop_assert_eq!(all.supported_groups(), Some(Ok(groups)));
        prop_assert_eq!(all.signature_algorithms(), Some(Ok(schemes)));
        prop_assert_eq!(all.supported_versions(), Some(Ok(versions)));
        prop_assert_eq!(all.alpn(), Some(Ok(protocols)));
        prop_assert_eq!(all.key_shares(), Some(Ok(shares)));
        prop_assert_eq!(all.cookie(), Some(Ok(cookie.clone())));
        prop_assert_eq!(all.renegotiation_info(), Some(Ok(cookie)));
    }

    #[test]
    fn messages_round_trip(
        chain in vec((bytes(200), extensions()), 0..4), responses in vec(bytes(50), 0..4), context in bytes(20),
        names in vec(bytes(60), 0..5), schemes in vec(any::<u16>(), 0..9), types in bytes(5), lifetime in any::<u32>(),
    ) {
        let plain = CertificateMessage::of(chain.iter().map(|(der, _)| der.clone()));
        let body = plain.to_body().unwrap();
        prop_assert_eq!(CertificateMessage::salvage(&body).len(), chain.len());
        prop_assert_eq!(CertificateMessage::parse(&body, false), Ok(plain));
        let entries = chain.into_iter().map(|(der, extensions)| CertificateEntry { der, extensions }).collect();
        let modern = CertificateMessage { context: Some(context.clone()), entries };
        prop_assert_eq!(CertificateMessage::parse(&modern.to_body().unwrap(), true), Ok(modern));

        let status = CertificateStatus { responses };
        prop_assert_eq!(CertificateStatus::parse(&status.to_body().unwrap()), Ok(status));

        let schemes: Vec<_> = schemes.into_iter().map(SignatureScheme).collect();
        let authorities_len = names.iter().map(|name| 2 + name.len()).sum();
        let request = CertificateRequest {
            context: None,
            certificate_types: types.into_iter().map(ClientCertificateType).collect(),
            signature_schemes: Some(schemes.clone()),
            authorities: names.clone(),
            extensions: Extensions::default(),
            authorities_len,
        };
        prop_assert_eq!(CertificateRequest::parse(&request.to_body().unwrap(), Version::TLS1_2), Ok(request.clone()));
        let old = CertificateRequest { signature_schemes: None, ..request };
        prop_assert_eq!(CertificateRequest::parse(&old.to_body().unwrap(), Version::TLS1_1), Ok(old.clone()));
        let tls13 = CertificateRequest { context: Some(context.clone()), signature_schemes: Some(schemes.clone()), ..old };
        let read = CertificateRequest::parse(&tls13.to_body().unwrap(), Version::TLS1_3).unwrap();
        prop_assert_eq!((&read.signature_schemes, &read.authorities), (&Some(schemes), &names));
        prop_assert_eq!(read.to_body().unwrap(), tls13.to_body().unwrap());

        for details in [None, Some(TicketDetails { age_add: lifetime, nonce: context.clone(), extensions: Extensions::default() })] {
            let ticket = NewSessionTicket { lifetime, ticket: context.clone(), tls13: details };
            let tls13 = ticket.tls13.is_some();
            prop_assert_eq!(NewSessionTicket::parse(&ticket.to_body().unwrap(), tls13), Ok(ticket));
        }
    }

    #[test]
    fn key_exchange_round_trip(p in bytes(140), g in bytes(4), public in bytes(100), scheme in any::<u16>()) {
        let cases = [
            (KeyParams::Dhe { p: p.clone(), g, public: public.clone() }, KeyExchange::Dhe),
            (KeyParams::Ecdhe { group: Group(scheme), public: public.clone() }, KeyExchange::Ecdhe),
            (KeyParams::RsaExport { modulus: p.clone(), exponent: vec![3] }, KeyExchange::RsaExport),
        ];
        for (params, exchange) in cases {
            for (version, algorithm) in [
                (Version::TLS1_2, SignatureKind::Scheme(SignatureScheme(scheme))),
                (Version::TLS1_0, SignatureKind::RsaMd5Sha1),
            ] {
                let mut message = ServerKeyExchange::unsigned(params.clone()).unwrap();
                message.signature = Some(KeySignature { algorithm, bytes: public.clone() });
                let read = ServerKeyExchange::parse(&message.to_body().unwrap(), exchange, Authentication::Rsa, version);
                prop_assert_eq!(read, Ok(message));
            }
        }
        let hint = KeyParams::Psk { hint: p, ephemeral: Some(Box::new(KeyParams::Ecdhe { group: Group(1), public })) };
        let message = ServerKeyExchange::unsigned(hint).unwrap();
        let read = ServerKeyExchange::parse(&message.to_body().unwrap(), KeyExchange::EcdhePsk, Authentication::Psk, Version::TLS1_2);
        prop_assert_eq!(read, Ok(message));
    }

    #[test]
    fn any_bytes_are_survived(input in bytes(400), split in 1usize..50) {
        let _ = ClientHello::parse(&input);
        let _ = ClientHello::parse_records(&input);
        let _ = ServerHello::parse(&input);
        let _ = CertificateMessage::parse(&input, true);
        let _ = CertificateStatus::parse(&input);
        let _ = CertificateRequest::parse(&input, Version::TLS1_2);
        let _ = Sslv2Answer::parse_record(&input);
        let _ = sniff(&input);
        let mut whole = ServerFlight::new(profile::ssl3([0; 32]));
        whole.feed(&input);
        let mut parts = ServerFlight::new(profile::ssl3([0; 32]));
        input.chunks(split).for_each(|chunk| parts.feed(chunk));
        prop_assert_eq!(whole.said(), parts.said());
        prop_assert_eq!(whole.error(), parts.error());
        prop_assert_eq!(whole.head(), parts.head());
        prop_assert_eq!((whole.stage(), whole.cut_off()), (parts.stage(), parts.cut_off()));
    }

    /// Bytes that look like records reach further into the readers than random ones.
    #[test]
    fn any_records_are_survived(records in vec((20u8..25, bytes(60)), 0..8), split in 1usize..20) {
        let stream: Vec<u8> = records
            .iter()
            .flat_map(|(kind, payload)| record::encode(ContentType(*kind), Version::TLS1_2, payload, 1 << 14))
            .collect();
        let mut reader = RecordReader::new(1 << 20);
        let mut seen = Vec::new();
        for chunk in stream.chunks(split) {
            reader.feed(chunk);
            while let Some(record) = reader.next_record().unwrap() {
                seen.push((record.content_type.0, record.payload.to_vec()));
            }
        }
        prop_assert_eq!(seen, records);
        let mut whole = ServerFlight::new(profile::ssl3([0; 32]));
        whole.feed(&stream);
        let mut parts = ServerFlight::new(profile::ssl3([0; 32]));
        stream.chunks(split).for_each(|chunk| parts.feed(chunk));
        prop_assert_eq!(whole.said(), parts.said());
        prop_assert_eq!(whole.error(), parts.error());
    }

    #[test]
    fn handshake_messages_survive_any_fragmentation(messages in vec((any::<u8>(), bytes(100)), 0..8), size in 1usize..40) {
        let stream: Vec<u8> = messages
            .iter()
            .flat_map(|(kind, body)| handshake::encode(HandshakeType(*kind), body).unwrap())
            .collect();
        let mut reader = HandshakeReader::new(1000);
        let mut seen = Vec::new();
        for (index, chunk) in stream.chunks(size).enumerate() {
            reader.feed(chunk, (index * size) as u64);
            while let Some(message) = reader.next_message().unwrap() {
                prop_assert_eq!(message.raw(), &stream[message.offset as usize..][..4 + message.body.len()]);
                seen.push((message.kind.0, message.body));
            }
        }
        prop_assert_eq!(seen, messages);
    }
}
