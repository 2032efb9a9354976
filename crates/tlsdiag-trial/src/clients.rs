//! A current TLS library (rustls) as three clients. Whether the handshake works and whether the certificate is accepted
//! are two answers: the first is about the key, the second about issuer, name and dates.
use crate::{End, Outcome, Visit, connection::Bounded};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, ProtocolVersion, RootCertStore, SignatureScheme,
    StreamOwned, SupportedProtocolVersion,
    client::{
        Resumption, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    version::{TLS12, TLS13},
};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The longest that one visit may take.
const LONGEST: Duration = Duration::from_secs(8);
/// Octets of an answer that are read.
const OCTETS: usize = 256 << 10;

/// A way to visit.
struct Way {
    client: &'static str,
    versions: &'static [&'static SupportedProtocolVersion],
    sni: bool,
}

const WAYS: [Way; 3] = [
    Way { client: "rustls", versions: &[&TLS13, &TLS12], sni: true },
    Way { client: "rustls, TLS 1.2 only", versions: &[&TLS12], sni: true },
    Way { client: "rustls, without SNI", versions: &[&TLS13, &TLS12], sni: false },
];

/// Visits in all ways, one after the other.
pub fn visit(visit: &Visit) -> Vec<Outcome> {
    WAYS.iter()
        .map(|way| {
            let (end, words) = match once(visit, way) {
                Ok((shown, Ok(()))) => (End::Good, shown),
                Ok((shown, Err(why))) => (End::Refused, format!("{why} ({shown})")),
                Err(e) => (End::Failed, e.to_string()),
            };
            Outcome { client: way.client.to_owned(), end, words }
        })
        .collect()
}

type Judged = Result<(), String>;

fn once(visit: &Visit, way: &Way) -> io::Result<(String, Judged)> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let judge = Arc::new(Judge {
        by: verifier(visit, &provider),
        said: Mutex::new(Err("the certificate was not looked at".to_owned())),
        provider: Arc::clone(&provider),
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(way.versions)
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::<Judge>::clone(&judge))
        .with_no_client_auth();
    config.enable_sni = way.sni;
    config.resumption = Resumption::disabled();
    let name = ServerName::try_from(visit.name.clone()).map_err(io::Error::other)?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let tcp = TcpStream::connect_timeout(&visit.address, Duration::from_secs(3))?;
    let mut tls = StreamOwned::new(connection, Bounded::new(tcp, Instant::now() + LONGEST, OCTETS));
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", visit.name);
    tls.write_all(request.as_bytes())?;
    tls.flush()?;
    let mut answer = Vec::new();
    // the end without close_notify is no fault once the page is there
    match tls.read_to_end(&mut answer) {
        Err(e) if answer.is_empty() => return Err(e),
        _ => {}
    }
    let status = answer.split(|b| *b == b'\r').next().unwrap_or_default();
    if !status.starts_with(b"HTTP/1.1 200") {
        return Err(io::Error::other(format!("no page but {:?}", String::from_utf8_lossy(status))));
    }
    let version = match tls.conn.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let suite = tls.conn.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite())).unwrap_or_default();
    let said = judge.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((format!("{version}, {}", suite.replacen("TLS13_", "TLS_", 1)), said))
}

fn verifier(visit: &Visit, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for der in visit.roots.iter().chain(&visit.trusted) {
        // roots of an odd form are nothing that this library can use; the others count
        let _ = roots.add(CertificateDer::from(der.clone()));
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|e| e.to_string())
}

/// Judges the certificate, remembers the judgement and goes on.
#[derive(Debug)]
struct Judge {
    by: Result<Arc<WebPkiServerVerifier>, String>,
    said: Mutex<Judged>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        staple: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let said = match &self.by {
            Ok(v) => v.verify_server_cert(leaf, others, name, staple, now).map(drop).map_err(|e| e.to_string()),
            Err(why) => Err(why.clone()),
        };
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = said;
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
