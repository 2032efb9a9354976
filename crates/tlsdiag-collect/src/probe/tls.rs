//! A current TLS library (rustls, aws-lc-rs) that records instead of judging: it takes any chain, notes what was sent,
//! and checks the handshake's signature so that a server without its key is told from one that has it.
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName as RawName, SignatureScheme, SupportedCipherSuite,
    client::{
        ResolvesClientCert, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
};
use std::sync::{Arc, Mutex, PoisonError};
use tlsdiag_model::facts::{CertificateRequest, KeyProof};
use tlsdiag_pki::{Certificate, RustVerifier, SignatureAlgorithm, Verifier, VerifyError, dn::DistinguishedName};

/// The library, set up once.
pub(crate) struct Library {
    config: ClientConfig,
    provider: Arc<CryptoProvider>,
}

/// What one handshake showed beside the bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Certificates as sent, DER.
    pub chain: Vec<Vec<u8>>,
    /// The staple; empty: none.
    pub staple: Vec<u8>,
    /// Proof of the key.
    pub proof: Option<KeyProof>,
    /// Client certificate asked for.
    pub request: Option<CertificateRequest>,
}

impl Library {
    /// Sets the library up: TLS 1.3 and 1.2, X25519MLKEM768 first as in current browsers, HTTP/2 and HTTP/1.1.
    pub(crate) fn new() -> Result<Library, rustls::Error> {
        use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
        let provider = Arc::new(CryptoProvider {
            kx_groups: vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1],
            ..aws_lc_rs::default_provider()
        });
        let schemes = provider.signature_verification_algorithms.supported_schemes();
        let recorder = Arc::new(Recorder { schemes, seen: Mutex::default() });
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .dangerous()
            .with_custom_certificate_verifier(recorder)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Library { config, provider })
    }

    /// A configuration for one connection, and what will be recorded of it.
    pub(crate) fn recording(&self) -> (Arc<ClientConfig>, Arc<Recorder>) {
        let schemes = self.provider.signature_verification_algorithms.supported_schemes();
        let recorder = Arc::new(Recorder { schemes, seen: Mutex::default() });
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(recorder.clone());
        config.client_auth_cert_resolver = recorder.clone();
        (Arc::new(config), recorder)
    }

    /// Can the library go on with what a server chose?
    pub(crate) fn can(&self, version: u16, suite: u16) -> bool {
        matches!(version, 0x0303 | 0x0304)
            && self.provider.cipher_suites.iter().any(|s| {
                u16::from(s.suite()) == suite
                    && match s {
                        SupportedCipherSuite::Tls12(_) => version == 0x0303,
                        SupportedCipherSuite::Tls13(_) => version == 0x0304,
                    }
            })
    }

    /// Random bytes of the operating system.
    pub(crate) fn random(&self, out: &mut [u8]) {
        // Failing is not something that the system call does on a running system; the bytes stay as they were then,
        // and a hello does not have to be unpredictable.
        let _ = self.provider.secure_random.fill(out);
    }

    /// A key share of a group that the library knows.
    pub(crate) fn share(&self, group: u16) -> Option<Vec<u8>> {
        let g = self.provider.kx_groups.iter().find(|g| u16::from(g.name()) == group)?;
        Some(g.start().ok()?.pub_key().to_vec())
    }
}

/// Records one handshake.
#[derive(Debug)]
pub(crate) struct Recorder {
    schemes: Vec<SignatureScheme>,
    seen: Mutex<Seen>,
}

impl Recorder {
    /// What was seen.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    fn note(&self, f: impl FnOnce(&mut Seen)) {
        f(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
    fn check(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        tls13: bool,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let proof = prove(leaf, u16::from(signed.scheme), message, signed.signature(), tls13);
        self.note(|s| s.proof = Some(proof.clone()));
        match proof {
            // The library ends here with decrypt_error (RFC 8446 section 4.4.3), as every client does.
            KeyProof::Bad => Err(rustls::Error::InvalidCertificate(rustls::CertificateError::BadSignature)),
            _ => Ok(HandshakeSignatureValid::assertion()),
        }
    }
}

/// Does a signature of the handshake fit the certificate's key?
pub(crate) fn prove(leaf: &[u8], scheme: u16, message: &[u8], signature: &[u8], tls13: bool) -> KeyProof {
    let Some(algorithm) = SignatureAlgorithm::from_tls_scheme(scheme) else {
        return KeyProof::Unsupported(format!("signature scheme 0x{scheme:04x}"));
    };
    let certificate = match Certificate::from_der(leaf) {
        Ok(c) => c,
        Err(e) => return KeyProof::Unsupported(format!("the certificate cannot be read: {e}")),
    };
    // In TLS 1.3 an ECDSA scheme names the curve, too.
    if tls13
        && let Some(curve) = SignatureAlgorithm::tls13_curve(scheme)
        && !matches!(&certificate.public_key.kind, tlsdiag_pki::key::KeyKind::Ec(c) if *c == tlsdiag_pki::key::Curve::from_oid(curve))
    {
        return KeyProof::Bad;
    }
    verdict(RustVerifier.verify(&algorithm, &certificate.public_key.spki, message, signature))
}

/// The same for an algorithm that no code point names (TLS 1.1 and before).
pub(crate) fn prove_by(algorithm: &SignatureAlgorithm, leaf: &[u8], message: &[u8], signature: &[u8]) -> KeyProof {
    match Certificate::from_der(leaf) {
        Ok(c) => verdict(RustVerifier.verify(algorithm, &c.public_key.spki, message, signature)),
        Err(e) => KeyProof::Unsupported(format!("the certificate cannot be read: {e}")),
    }
}

fn verdict(r: Result<(), VerifyError>) -> KeyProof {
    match r {
        Ok(()) => KeyProof::Good,
        Err(VerifyError::BadSignature | VerifyError::KeyMismatch) => KeyProof::Bad,
        Err(e @ (VerifyError::UnsupportedAlgorithm(_) | VerifyError::BadKey(_))) => {
            KeyProof::Unsupported(e.to_string())
        }
    }
}

/// Names of authorities that are kept readable.
const NAMES: usize = 10;

/// A request for a client certificate, from the DER of the names in it.
pub(crate) fn request<'a>(names: impl ExactSizeIterator<Item = &'a [u8]>) -> CertificateRequest {
    let authorities = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let names = names.take(NAMES).map(|n| match DistinguishedName::from_der(n) {
        Ok(dn) => dn.to_string(),
        Err(_) => format!("({} bytes that are no name)", n.len()),
    });
    CertificateRequest { authorities, names: names.collect() }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        staple: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.note(|s| {
            s.chain = std::iter::once(leaf).chain(others).map(|c| c.to_vec()).collect();
            s.staple = staple.to_vec();
        });
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check(message, leaf, signed, false)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check(message, leaf, signed, true)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
    fn root_hint_subjects(&self) -> Option<&[RawName]> {
        None
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(&self, authorities: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.note(|s| s.request = Some(request(authorities.iter().copied())));
        None
    }
    fn has_certs(&self) -> bool {
        false
    }
}
