//! The first flight of a server of TLS 1.0 to 1.2, put together message by message.
use super::{hello, legacy, site::Site, wire::Wire};
use crate::{
    error::Error,
    key::{DhSecret, Digest, Key},
    plan::{FlightEnd, FlightPlan},
};
use aws_lc_rs::agreement;
use std::{
    io::{Read, Write},
    time::Duration,
};
use tlsdiag_wire::{
    AlertDescription, CertificateMessage, CipherSuite, ClientHello, ContentType, EncodeError, Extension, ExtensionType,
    Extensions, Group, HandshakeType, KeyParams, ServerHello, ServerKeyExchange, SignatureScheme, Version, handshake,
    key_exchange::{KeySignature, SignatureKind},
    record,
    registry::{CompressionMethod, KeyExchange},
};

/// What the server keeps for the rest of the handshake.
pub(super) struct Begun {
    pub(super) version: Version,
    pub(super) suite: CipherSuite,
    pub(super) client_random: [u8; 32],
    pub(super) server_random: [u8; 32],
    pub(super) secret: Secret,
    /// All handshake messages so far.
    pub(super) transcript: Vec<u8>,
    /// Whether `h2` was chosen.
    pub(super) h2: bool,
}

/// The server's half of the key exchange.
pub(super) enum Secret {
    Curve(agreement::PrivateKey),
    FiniteField(DhSecret),
    /// The certificate's own key decrypts.
    Rsa,
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error.to_string())
    }
}

/// Answers a hello that stands at the front of the connection.
pub(super) fn serve(mut wire: Wire, plan: &FlightPlan, hello: &ClientHello, length: usize, site: &Site) {
    let mut taken = vec![0; length];
    if wire.read_exact(&mut taken).is_err() {
        return;
    }
    let refuse = |wire: Wire, description| {
        hello::react(wire, crate::plan::Reaction::Alert(description), Some(hello));
    };
    // Servers of that time knew no supported_versions: legacy_version is the highest that the client offers.
    if hello.legacy_version < plan.version {
        return refuse(wire, AlertDescription::PROTOCOL_VERSION);
    }
    let Some(suite) = plan.suites.iter().copied().find(|suite| hello.cipher_suites.contains(suite)) else {
        return refuse(wire, AlertDescription::HANDSHAKE_FAILURE);
    };
    let Ok((messages, begun)) = compose(plan, hello, suite, site) else {
        return refuse(wire, AlertDescription::INTERNAL_ERROR);
    };
    match plan.end {
        FlightEnd::Whole => {
            let bytes = record::encode(ContentType::HANDSHAKE, plan.version, &messages.concat(), record::MAX_PLAINTEXT);
            if wire.write_all(&bytes).is_ok() {
                legacy::finish(wire, begun, site);
            }
        }
        FlightEnd::HalfCertificate(reaction) => {
            let [server_hello, certificate, ..] = messages.as_slice() else { return wire.close() };
            let half = certificate.get(..certificate.len() / 2).unwrap_or_default();
            let bytes = [server_hello.as_slice(), half]
                .map(|payload| record::encode(ContentType::HANDSHAKE, plan.version, payload, record::MAX_PLAINTEXT));
            let _ = wire.write_all(&bytes.concat());
            wire.pause(Duration::from_millis(60));
            hello::react(wire, reaction, Some(hello));
        }
    }
}

/// The messages of the flight, headers included: ServerHello, Certificate, ServerKeyExchange if any, ServerHelloDone.
pub(super) fn compose(
    plan: &FlightPlan,
    hello: &ClientHello,
    suite: CipherSuite,
    site: &Site,
) -> Result<(Vec<Vec<u8>>, Begun), Error> {
    let mut server_random = [0; 32];
    let mut session_id = vec![0; 32];
    let no_randomness = |_| Error::Key("no randomness");
    aws_lc_rs::rand::fill(&mut server_random).map_err(no_randomness)?;
    aws_lc_rs::rand::fill(&mut session_id).map_err(no_randomness)?;
    let mut extensions = Vec::new();
    let renegotiation = hello.has(ExtensionType::RENEGOTIATION_INFO)
        || hello.cipher_suites.contains(&CipherSuite::EMPTY_RENEGOTIATION_INFO_SCSV);
    if plan.secure_renegotiation && renegotiation {
        extensions.push(Extension::renegotiation_info(&[])?);
    }
    let offered = hello.alpn();
    let protocol = site.plan.tls.alpn.iter().copied().find(|ours| offered.iter().any(|o| o == ours.as_bytes()));
    if let Some(protocol) = protocol {
        extensions.push(Extension::alpn(&[protocol])?);
    }
    let exchange = suite.info().map(|info| info.key_exchange);
    if exchange == Some(KeyExchange::Ecdhe) && hello.has(ExtensionType::EC_POINT_FORMATS) {
        extensions.push(Extension::ec_point_formats(&[0])?);
    }
    let server_hello = ServerHello {
        legacy_version: plan.version,
        random: server_random,
        session_id,
        cipher_suite: suite,
        compression_method: CompressionMethod::NULL,
        extensions: (!extensions.is_empty()).then_some(Extensions(extensions)),
    };
    let chain = CertificateMessage::of(site.ready.chain.iter().cloned());
    let mut messages = vec![
        handshake::encode(HandshakeType::SERVER_HELLO, &server_hello.to_body()?)?,
        handshake::encode(HandshakeType::CERTIFICATE, &chain.to_body()?)?,
    ];
    let secret = secret(exchange, plan, hello)?;
    if let Some(params) = params(&secret)? {
        let mut exchange = ServerKeyExchange::unsigned(params)?;
        let content = exchange.signed_content(&hello.random, &server_random);
        exchange.signature = Some(sign(&site.ready.key, plan.version, hello, &content)?);
        messages.push(handshake::encode(HandshakeType::SERVER_KEY_EXCHANGE, &exchange.to_body()?)?);
    }
    messages.push(handshake::encode(HandshakeType::SERVER_HELLO_DONE, &[])?);
    let transcript = [hello.to_handshake()?, messages.concat()].concat();
    let begun = Begun {
        version: plan.version,
        suite,
        client_random: hello.random,
        server_random,
        secret,
        transcript,
        h2: protocol == Some("h2"),
    };
    Ok((messages, begun))
}

fn secret(exchange: Option<KeyExchange>, plan: &FlightPlan, hello: &ClientHello) -> Result<Secret, Error> {
    Ok(match exchange {
        Some(KeyExchange::Ecdhe) => {
            let groups = hello.groups();
            let algorithm = [
                (Group::X25519, &agreement::X25519),
                (Group::SECP256R1, &agreement::ECDH_P256),
                (Group::SECP384R1, &agreement::ECDH_P384),
            ]
            .into_iter()
            .find(|(group, _)| groups.contains(group))
            .map_or(&agreement::ECDH_P256, |(_, algorithm)| algorithm);
            let key = agreement::PrivateKey::generate(algorithm).map_err(|_| Error::Key("no ephemeral key"))?;
            Secret::Curve(key)
        }
        Some(KeyExchange::Dhe) => Secret::FiniteField(DhSecret::new(plan.dh_bits)?),
        _ => Secret::Rsa,
    })
}

fn params(secret: &Secret) -> Result<Option<KeyParams>, Error> {
    Ok(match secret {
        Secret::Curve(key) => {
            let public = key.compute_public_key().map_err(|_| Error::Key("no ephemeral key"))?.as_ref().to_vec();
            let group = match public.len() {
                32 => Group::X25519,
                65 => Group::SECP256R1,
                _ => Group::SECP384R1,
            };
            Some(KeyParams::Ecdhe { group, public })
        }
        Secret::FiniteField(dh) => {
            let (p, g, public) = dh.params();
            Some(KeyParams::Dhe { p, g, public })
        }
        Secret::Rsa => None,
    })
}

/// The signature over the parameters, with the scheme that the version and the client allow.
fn sign(key: &Key, version: Version, hello: &ClientHello, content: &[u8]) -> Result<KeySignature, Error> {
    let rsa = key.kind().is_rsa();
    if version < Version::TLS1_2 {
        if !rsa {
            return Err(Error::Key("no curve signs with SHA-1 here"));
        }
        return Ok(KeySignature { algorithm: SignatureKind::RsaMd5Sha1, bytes: key.sign(Digest::Md5Sha1, content)? });
    }
    let offered = hello.signature_schemes();
    let (scheme, digest) = match (rsa, key.usual_digest()) {
        // RFC 5246 section 7.4.1.4.1: without the extension the client takes SHA-1.
        (true, _) if !offered.contains(&SignatureScheme::RSA_PKCS1_SHA256) => {
            (SignatureScheme::RSA_PKCS1_SHA1, Digest::Sha1)
        }
        (true, _) => (SignatureScheme::RSA_PKCS1_SHA256, Digest::Sha256),
        (false, Digest::Sha384) => (SignatureScheme::ECDSA_SECP384R1_SHA384, Digest::Sha384),
        (false, _) => (SignatureScheme::ECDSA_SECP256R1_SHA256, Digest::Sha256),
    };
    Ok(KeySignature { algorithm: SignatureKind::Scheme(scheme), bytes: key.sign(digest, content)? })
}
