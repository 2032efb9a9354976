//! What a server's flight says, turned into the fact: stage, end, what was chosen, the chain, the proof of the key.
use super::{revocation, run::Run, talk, tls};
use tlsdiag_model::{
    CertId, Host, How, Name, Origin, Row, Sight, Span,
    facts::{self, Answered, End, Handshake, Holding, KeyProof, Role, Staple, Violation},
};
use tlsdiag_pki::{Certificate, SignatureAlgorithm};
use tlsdiag_wire::{
    ServerFlight, Stage,
    flight::Said,
    key_exchange::SignatureKind,
    record::Opening,
    registry::{AlertLevel, KeyExchange},
    sslv2::Sslv2Answer,
    violation::Violation as Breach,
};

/// How the bytes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// There is nothing more to wait for.
    Enough,
    /// FIN.
    Closed,
    /// RST.
    Reset,
    /// Nothing in this many milliseconds.
    Silent(u32),
}

/// How far the server came.
pub(crate) fn stage(f: &ServerFlight) -> facts::Stage {
    if f.sslv2().is_some() {
        return facts::Stage::ServerHello;
    }
    match f.stage() {
        Stage::Nothing => facts::Stage::Nothing,
        // An alert alone is a whole record and no part of the handshake: the end says what it was.
        Stage::Records if f.said().fatal_alert().is_some() => facts::Stage::Nothing,
        Stage::PartialRecord | Stage::Records | Stage::PartialServerHello => facts::Stage::Partial,
        Stage::HelloRetryRequest | Stage::ServerHello => facts::Stage::ServerHello,
        Stage::PartialCertificate => facts::Stage::InCertificate,
        Stage::Done => facts::Stage::Flight,
        Stage::Certificate
        | Stage::CertificateStatus
        | Stage::PartialServerKeyExchange
        | Stage::ServerKeyExchange
        | Stage::CertificateRequest => facts::Stage::Certificate,
    }
}

/// How the conversation ended.
pub(crate) fn end(f: &ServerFlight, stop: Stop) -> End {
    match f.sslv2() {
        Some(Sslv2Answer::Hello(_)) => return End::Done,
        Some(Sslv2Answer::Error(code)) => return End::NotTls(format!("SSLv2 error {code}")),
        None => {}
    }
    if let Some(alert) = f.said().fatal_alert() {
        return End::Alert(alert.description.0);
    }
    if let Some(e) = f.error() {
        return if e.is_over_limit() { End::TooMuch(e.to_string()) } else { End::Garbled(e.to_string()) };
    }
    if f.is_complete() {
        return End::Done;
    }
    if f.opening() == Opening::NotTls {
        let protocol = f.other_protocol().map_or("unknown", |s| talk::name(&s.protocol));
        return End::NotTls(protocol.to_owned());
    }
    match stop {
        Stop::Closed => End::Closed,
        Stop::Reset => End::Reset,
        Stop::Silent(after_ms) => End::Silent { after_ms },
        Stop::Enough => End::Garbled("the answer is neither whole nor damaged".to_owned()),
    }
}

/// Fills in what the flight shows of the server's choice, its certificates and its key.
pub(crate) fn fill(run: &Run, f: &ServerFlight, h: &mut Handshake) {
    let said = f.said();
    if let Some(Sslv2Answer::Hello(hello)) = f.sslv2() {
        h.answered = Sight::Saw(Answered { version: hello.version.0, ..Answered::default() });
        if !hello.certificate.is_empty() {
            let (ids, unreadable) = intern(run, std::slice::from_ref(&hello.certificate));
            (h.chain, h.unreadable) = (Sight::Saw(ids), unreadable);
        }
        return;
    }
    if let Some(a) = answered(said) {
        h.answered = Sight::Saw(a);
    }
    let Some(version) = said.version() else { return };
    if version.is_tls1_3() {
        // Everything behind ServerHello is encrypted.
        h.chain = Sight::Hidden;
        h.staple = Sight::Hidden;
        h.proof = Sight::Hidden;
        h.request = Sight::Hidden;
        return;
    }
    let salvaged = f.salvaged_certificates();
    let chain = said.certificates.as_deref().or(Some(salvaged.as_slice()).filter(|s| !s.is_empty()));
    if let Some(chain) = chain {
        let (ids, unreadable) = intern(run, chain);
        (h.chain, h.unreadable) = (Sight::Saw(ids), unreadable);
    }
    let whole = f.stage() == Stage::Done;
    if let Some(status) = &said.certificate_status {
        h.staple = Sight::Saw(Staple::Sent);
        if let (Some(chain), Some(first)) = (chain, status.responses.first()) {
            revocation::staple(run, std::net::SocketAddr::new(h.addr, h.port), chain, first);
        }
    } else if whole {
        h.staple = Sight::Saw(Staple::Absent);
    }
    if let Some(r) = &said.certificate_request {
        h.request = Sight::Saw(Some(tls::request(r.authorities.iter().map(Vec::as_slice))));
    } else if whole {
        h.request = Sight::Saw(None);
    }
    if let Some(p) = proof(f, said, whole) {
        h.proof = Sight::Saw(p);
    }
}

/// Interns certificates; positions and reasons of those that cannot be read come apart.
pub(crate) fn intern(run: &Run, chain: &[Vec<u8>]) -> (Vec<CertId>, Vec<(u32, String)>) {
    let (mut ids, mut unreadable) = (vec![], vec![]);
    for (position, der) in (0u32..).zip(chain) {
        match Certificate::from_der(der) {
            Ok(_) => ids.push(run.sink.with(|case| case.certificate(der))),
            Err(e) => unreadable.push((position, e.to_string())),
        }
    }
    (ids, unreadable)
}

/// A row for each certificate that was sent, once per machine.
pub(crate) fn hold(run: &Run, host: Host, h: &Handshake, span: Span, origin: &Origin) {
    let proven = h.proof.saw() == Some(&KeyProof::Good);
    for (i, cert) in h.chain.saw().into_iter().flatten().enumerate() {
        let has_key = if i == 0 && proven { Sight::Saw(true) } else { Sight::Hidden };
        let what = Holding { cert: *cert, role: Role::Sent, has_key };
        run.sink.with(|case| {
            if let Some(known) = case
                .holdings
                .iter_mut()
                .find(|r| r.host == host && r.what.cert == what.cert && r.what.role == what.role)
            {
                known.span = known.span.join(span);
                known.count = known.count.saturating_add(1);
                if known.what.has_key == Sight::Hidden {
                    known.what.has_key = what.has_key;
                }
            } else {
                case.add(Row::during(what, host, How::Read, span, origin.clone()));
            }
        });
    }
}

/// An empty fact for a conversation.
pub(crate) fn blank(
    addr: std::net::SocketAddr,
    name: Option<Name>,
    trial: facts::Trial,
    offer: facts::Offer,
) -> Handshake {
    Handshake {
        from: Host::HERE,
        addr: addr.ip(),
        port: addr.port(),
        name,
        trial,
        offer,
        stage: facts::Stage::Nothing,
        end: End::Done,
        delivered: Sight::NotReached,
        answered: Sight::NotReached,
        chain: Sight::NotReached,
        unreadable: vec![],
        staple: Sight::NotReached,
        proof: Sight::NotReached,
        request: Sight::NotReached,
        after: Sight::NotReached,
    }
}

/// What the server chose; after a HelloRetryRequest that was not answered, what that says.
fn answered(said: &Said) -> Option<Answered> {
    let hello = said.server_hello.as_ref().or(said.hello_retry.as_ref())?;
    let warnings = said.alerts.iter().filter_map(|a| a.alert).filter(|a| a.level == AlertLevel::WARNING);
    Some(Answered {
        version: hello.version().0,
        suite: hello.cipher_suite.0,
        group: said.group().map(|g| g.0),
        dh_bits: said.key_exchange.as_ref().and_then(|k| k.params.bits()).and_then(|b| u32::try_from(b).ok()),
        alpn: hello.alpn().map(|p| String::from_utf8_lossy(&p).into_owned()),
        retried: said.hello_retry.is_some(),
        secure_renegotiation: hello.secure_renegotiation(),
        extended_master_secret: hello.extended_master_secret(),
        name_acknowledged: hello.acknowledged_server_name(),
        warnings: warnings.map(|a| a.description.0).collect(),
        violations: said.violations.iter().map(violation).collect(),
    })
}

fn violation(v: &Breach) -> Violation {
    match v {
        Breach::VersionNotOffered(v) => Violation::Version(v.0),
        Breach::SuiteNotOffered(s) => Violation::Suite(s.0),
        Breach::GroupNotOffered(g) | Breach::ShareNotSent(g) => Violation::Group(g.0),
        Breach::AlpnNotOffered(p) => Violation::Alpn(String::from_utf8_lossy(p).into_owned()),
        other => Violation::Other(other.to_string()),
    }
}

/// The signature of ServerKeyExchange against the leaf (RFC 5246 section 7.4.3, RFC 4346 section 7.4.3).
fn proof(f: &ServerFlight, said: &Said, whole: bool) -> Option<KeyProof> {
    let hello = said.server_hello.as_ref()?;
    let exchange = match &said.key_exchange {
        Some(k) => k,
        None if !whole => return None,
        None => {
            let kind = hello.cipher_suite.info().map(|i| i.key_exchange);
            return matches!(kind, Some(KeyExchange::Rsa | KeyExchange::Dh | KeyExchange::Ecdh))
                .then_some(KeyProof::Unsigned);
        }
    };
    let Some(signature) = &exchange.signature else { return Some(KeyProof::Unsigned) };
    let leaf = said.certificates.as_ref()?.first()?;
    let signed = exchange.signed_content(&f.offered().random, &hello.random);
    Some(match signature.algorithm {
        SignatureKind::Scheme(s) => tls::prove(leaf, s.0, &signed, &signature.bytes, false),
        SignatureKind::RsaMd5Sha1 => {
            tls::prove_by(&SignatureAlgorithm::tls11_for(true), leaf, &signed, &signature.bytes)
        }
        SignatureKind::EcdsaSha1 => {
            tls::prove_by(&SignatureAlgorithm::tls11_for(false), leaf, &signed, &signature.bytes)
        }
        SignatureKind::DsaSha1 => KeyProof::Unsupported("DSA with SHA-1".to_owned()),
        SignatureKind::Unknown => KeyProof::Unsupported("an unknown algorithm".to_owned()),
    })
}
