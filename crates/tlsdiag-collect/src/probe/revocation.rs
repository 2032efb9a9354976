//! Whether a certificate is revoked: the staple of a handshake, OCSP, and where that says nothing, the revocation list.
use super::{
    clock::ms,
    fetch::{self, LIST, SMALL},
    run::Run,
};
use std::{net::SocketAddr, time::Instant};
use tlsdiag_model::{
    CertId, Host, How, Kind, Origin, Row, Why,
    facts::{Revocation, RevocationAnswer as A, Via},
};
use tlsdiag_pki::{
    Certificate, RustVerifier,
    crl::{self, CrlAnswer, CrlProblem},
    ocsp::{self, OcspAnswer, OcspProblem},
};

/// Adds what the staple of a handshake says of the first certificate of its chain.
pub(crate) fn staple(run: &Run, by: SocketAddr, chain: &[Vec<u8>], response: &[u8]) {
    let Some(leaf) = chain.first().filter(|_| !response.is_empty()) else { return };
    let Ok(leaf) = Certificate::from_der(leaf) else { return };
    let others = chain.iter().skip(1).filter_map(|d| Certificate::from_der(d).ok());
    let mut issuers = others.filter(|c| c.subject.matches(&leaf.issuer));
    let now = run.clock.now().div_euclid(1000);
    let answer = match issuers.next() {
        Some(issuer) => of_ocsp(ocsp::check(response, &leaf, &issuer, now, &RustVerifier)),
        None => A::Unavailable(Why::Said("the issuer's certificate was not sent".to_owned())),
    };
    let what = Revocation {
        cert: run.sink.with(|case| case.certificate(&leaf.der)),
        via: Via::Staple,
        url: None,
        stapled_by: Some((by.ip(), by.port())),
        answer,
    };
    let known = run.sink.with(|case| case.revocations.iter().any(|r| r.what == what));
    if !known {
        let origin = Origin::Api("CertificateStatus".into());
        run.sink.add(Row::once(what, Host::HERE, How::Read, run.clock.now(), origin));
    }
}

/// Asks the services that a certificate names, and adds a row for each way that was gone.
pub(crate) async fn ask(run: &Run, inside: bool, cert: CertId, issuer: CertId) {
    let read = |id: CertId| {
        run.sink.with(|case| case.certs.get(&id).cloned()).and_then(|der| Certificate::from_der(&der).ok())
    };
    let (Some(subject), Some(issuer)) = (read(cert), read(issuer)) else {
        add(
            run,
            cert,
            Via::Ocsp,
            None,
            A::Unavailable(Why::Said("the certificates are not at hand".to_owned())),
            Instant::now(),
        );
        return;
    };
    let ocsp = by_ocsp(run, inside, &subject, &issuer, cert).await;
    if matches!(ocsp, A::Good | A::Revoked { .. }) {
        return;
    }
    by_crl(run, inside, &subject, &issuer, cert).await;
}

async fn by_ocsp(run: &Run, inside: bool, subject: &Certificate, issuer: &Certificate, cert: CertId) -> A {
    let started = Instant::now();
    let Some(url) = http_first(&subject.extensions.ocsp) else {
        add(run, cert, Via::Ocsp, None, A::NotOffered, started);
        return A::NotOffered;
    };
    let body = ocsp::request(subject, issuer, None);
    let answer = match fetch::get(run, inside, &url, Some(("application/ocsp-request", &body)), SMALL).await {
        Err(why) => A::Unavailable(why),
        Ok(got) if got.status != 200 => A::Unavailable(Why::Said(format!("HTTP status {}", got.status))),
        Ok(got) => {
            let now = run.clock.now().div_euclid(1000);
            of_ocsp(ocsp::check(&got.body, subject, issuer, now, &RustVerifier))
        }
    };
    add(run, cert, Via::Ocsp, Some(url), answer.clone(), started);
    answer
}

async fn by_crl(run: &Run, inside: bool, subject: &Certificate, issuer: &Certificate, cert: CertId) {
    let started = Instant::now();
    let Some(url) = http_first(&subject.extensions.crl_distribution_points) else {
        add(run, cert, Via::Crl, None, A::NotOffered, started);
        return;
    };
    let answer = match fetch::get(run, inside, &url, None, LIST).await {
        Err(why) => A::Unavailable(why),
        Ok(got) if got.status != 200 => A::Unavailable(Why::Said(format!("HTTP status {}", got.status))),
        Ok(got) => {
            let now = run.clock.now().div_euclid(1000);
            match crl::check(&got.body, subject, issuer, now, &RustVerifier) {
                Ok(status) => match status.answer {
                    CrlAnswer::NotListed => A::Good,
                    CrlAnswer::Revoked { at, reason } => revoked(at, reason.map(|r| r.0)),
                },
                Err(p) => A::Unusable(crl_words(&p)),
            }
        }
    };
    add(run, cert, Via::Crl, Some(url), answer, started);
}

/// The first URL that is plain http; others cannot be asked.
fn http_first(urls: &[String]) -> Option<String> {
    urls.iter()
        .find(|u| u.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("http://")))
        .or_else(|| urls.first())
        .cloned()
}

fn add(run: &Run, cert: CertId, via: Via, url: Option<String>, answer: A, started: Instant) {
    if let A::Unavailable(why) = &answer {
        run.missed(Kind::Revocations, Host::HERE, why.clone());
    }
    let origin = Origin::Api(url.as_deref().unwrap_or("certificate").into());
    let what = Revocation { cert, via, url, stapled_by: None, answer };
    let row = Row::during(what, Host::HERE, How::Read, run.clock.since(started), origin);
    run.sink.add(row.took(ms(started.elapsed())));
}

fn of_ocsp(r: Result<ocsp::OcspStatus, OcspProblem>) -> A {
    match r {
        Ok(status) => match status.answer {
            OcspAnswer::Good => A::Good,
            OcspAnswer::Revoked { at, reason } => revoked(at, reason.map(|r| r.0)),
            OcspAnswer::Unknown => A::Unknown,
        },
        Err(OcspProblem::ResponderError(e)) => {
            A::Unavailable(Why::Said(e.name().map_or_else(|| format!("responder error {}", e.0), str::to_owned)))
        }
        Err(p) => A::Unusable(ocsp_words(&p)),
    }
}

fn revoked(at: i64, reason: Option<u64>) -> A {
    A::Revoked { at: at.saturating_mul(1000), reason: reason.and_then(|r| u8::try_from(r).ok()) }
}

fn ocsp_words(p: &OcspProblem) -> String {
    match p {
        OcspProblem::NotAnOcspResponse(e) => format!("not an OCSP response: {e}"),
        OcspProblem::ResponderError(e) => format!("responder error {}", e.0),
        OcspProblem::OtherType(o) => format!("response type {o}"),
        OcspProblem::BadSignature => "bad signature".to_owned(),
        OcspProblem::SignatureUnchecked(a) => format!("signature unchecked: {a}"),
        OcspProblem::NotAuthorized { .. } => "signer is not authorised".to_owned(),
        OcspProblem::WrongCert { .. } => "another certificate".to_owned(),
        OcspProblem::Expired { .. } => "expired".to_owned(),
        OcspProblem::NotYetValid { .. } => "not yet valid".to_owned(),
    }
}

fn crl_words(p: &CrlProblem) -> String {
    match p {
        CrlProblem::NotACrl(e) => format!("not a revocation list: {e}"),
        CrlProblem::WrongIssuer { issuer } => format!("another issuer: {issuer}"),
        CrlProblem::IssuerMayNotSign => "the issuer may not sign lists".to_owned(),
        CrlProblem::BadSignature => "bad signature".to_owned(),
        CrlProblem::SignatureUnchecked(a) => format!("signature unchecked: {a}"),
        CrlProblem::Expired { .. } => "expired".to_owned(),
        CrlProblem::NotYetValid { .. } => "not yet valid".to_owned(),
        CrlProblem::Delta => "a delta list".to_owned(),
        CrlProblem::OutOfScope => "out of scope".to_owned(),
        CrlProblem::UnknownCriticalExtension(o) => format!("unknown critical extension {o}"),
    }
}
