//! The suites that the server is configured for need another type of certificate than the one it has.
use super::experiment::{alike, anything_works, conclude, failed_at_hello, version, works};
use super::words;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{End, Handshake, Trial, Vary};
use tlsdiag_model::{
    Arg, Cause, CertId, Code, Cure, Finding, Impact, Layer, Platform, Safety, Standing, Tpl, Who, say,
};
use tlsdiag_pki::key::KeyKind;
use tlsdiag_wire::registry::{AlertDescription as Alert, Authentication, CipherSuite, Version};

/// Suites for another type of key.
pub static RULE: Rule = Rule {
    code: Code(5013),
    slug: "suites-do-not-fit-certificate",
    title: Tpl { en: "suites for another type of certificate", ko: "인증서 종류와 맞지 않는 암호 그룹" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::CipherCertType],
    explains: &[explains(5005)],
    // where TLS 1.3 works nothing is wrong for browsers, and only this sees that TLS 1.2 does not
    routine: true,
    check,
    sources: &["RFC 5246 section 7.4.2 (the key of the certificate must fit the suite)", "RFC 8422 section 2"],
    page: page!("certificate_type"),
};

fn check(look: &Look<'_>) -> Judged {
    let mut answered = look.handshakes()?.into_iter().filter(|h| h.answered.saw().is_some());
    if let Some(h) = answered.find(|h| h.trial != Trial::Vary(Vary::Wide) && misfit(look, h).is_some()) {
        return Ok(chosen(look, &h).into());
    }
    let base = look.base()?;
    if base.done() {
        return only_tls12(look, &base);
    }
    every_hello(look)
}

/// The server chose a suite that its certificate cannot serve: read from its own messages.
fn chosen(look: &Look<'_>, h: &Cited<'_, Handshake>) -> Finding {
    let (suite, key) = misfit(look, h).unwrap_or((CipherSuite(0), Arg::term("")));
    // where TLS 1.3 works, an experiment shows what clients of TLS 1.2 get
    let works_otherwise = look.base().is_ok_and(|b| b.done() && b.at != h.at);
    let broken = !(works_otherwise && matches!(h.trial, Trial::Vary(_)));
    let headline = say!(
        "the server chooses a suite that its certificate cannot serve",
        "서버가 인증서로 쓸 수 없는 암호 그룹을 고릅니다"
    );
    let because = say!(
        "it chose {suite}, but the key of its certificate is {key}",
        "{suite:을} 골랐지만 인증서의 키는 {key}입니다",
        suite = Arg::term(suite),
        key = key
    );
    let f = look.reads_as(if broken { Impact::Broken } else { Impact::Partial }, h, headline).because(because);
    cures(if broken { f } else { f.who(tls12_clients()) })
}

/// TLS 1.3 works and shows the certificate; every hello of TLS 1.2 is refused for its parameters, not for its version.
fn only_tls12(look: &Look<'_>, base: &Cited<'_, Handshake>) -> Judged {
    if version(base) != Some(Version::TLS1_3.0) {
        return Ok(Outcome::NotApplicable);
    }
    let old = look.trial(Vary::Tls12)?;
    if works(&old) {
        return Ok(Outcome::Pass);
    }
    if !no_parameters(&old) {
        return Ok(Outcome::NotApplicable);
    }
    let Ok(served) = look.served() else { return Ok(Outcome::NotApplicable) };
    let Some(key) = served.leaf().and_then(|id| kind(look, id)) else { return Ok(Outcome::NotApplicable) };
    let all = look.trial(Vary::Only(Version::TLS1_2.0))?;
    if !no_parameters(&all) {
        return Ok(Outcome::NotApplicable);
    }
    let headline = say!(
        "clients of TLS 1.2 are refused: the server's suites do not fit its certificate",
        "TLS 1.2 클라이언트가 거부됩니다. 서버의 암호 그룹이 인증서와 맞지 않습니다"
    );
    let because = say!(
        "TLS 1.3 works with a certificate whose key is {key}; TLS 1.2 with every suite there is gets {alert}, which is about suites and not about the version",
        "TLS 1.3에서는 {key} 키의 인증서로 연결되지만, TLS 1.2로는 모든 암호 그룹을 제안해도 버전이 아닌 암호 그룹을 가리키는 {alert:이} 돌아옵니다",
        key = name(&key),
        alert = words::end(&all)
    );
    let f = conclude(look, Impact::Partial, base, &[old, all], headline)?.and(served.at);
    let f = f.at_most(Standing::Likely).labels(&[Cause::CipherCertType, Cause::ProtoTls13Only, Cause::CipherNoOverlap]);
    Ok(cures(f.who(tls12_clients()).because(because).because(words::line(&old)).because(words::line(&all))).into())
}

/// Every hello that the server could take gets handshake_failure, an older version something else: it reads hellos and
/// negotiates versions, so it is its own suites that leave nothing.
fn every_hello(look: &Look<'_>) -> Judged {
    let base = failed_at_hello(look)?;
    if base.end != End::Alert(Alert::HANDSHAKE_FAILURE.0) || anything_works(look)? {
        return Ok(Outcome::Pass);
    }
    let mut same = vec![];
    for vary in [Vary::Tls12, Vary::Wide] {
        let h = look.trial(vary)?;
        if !alike(&h, &base) {
            return Ok(Outcome::Pass);
        }
        same.push(h);
    }
    let old = look.trial(Vary::Only(Version::TLS1_0.0))?;
    if old.end != End::Alert(Alert::PROTOCOL_VERSION.0) {
        return Ok(Outcome::Pass);
    }
    for vary in [Vary::NoName, Vary::OtherName] {
        let h = look.trial(vary)?;
        if !alike(&h, &base) {
            return Ok(Outcome::Pass);
        }
        same.push(h);
    }
    let headline = say!(
        "none of the server's suites can be used, as if they did not fit its certificate",
        "서버의 암호 그룹을 하나도 쓸 수 없습니다. 인증서와 맞지 않는 것으로 보입니다"
    );
    let because = say!(
        "TLS 1.0 is refused for its version, so the server reads hellos; every suite of TLS 1.2, for RSA and ECDSA, gets handshake_failure",
        "TLS 1.0은 버전을 이유로 거부하므로 서버는 ClientHello를 읽고 있습니다. 그런데 TLS 1.2의 모든 암호 그룹(RSA와 ECDSA용)에 handshake_failure로 답합니다"
    );
    let mut f = conclude(look, Impact::Broken, &base, &[old], headline)?
        .at_most(Standing::Likely)
        .labels(&[Cause::CipherCertType, Cause::HsHandshakeFailure, Cause::BindNoCertForName])
        .because(because)
        .because(words::line(&old));
    for h in same {
        f = f.and(h.at).because(words::line(&h));
    }
    Ok(cures(f).into())
}

/// The suite and the key, where they do not fit.
fn misfit(look: &Look<'_>, h: &Handshake) -> Option<(CipherSuite, Arg)> {
    let answered = h.answered.saw()?;
    let suite = CipherSuite(answered.suite);
    let key = kind(look, h.leaf()?)?;
    let fits = match suite.info()?.authentication {
        Authentication::Rsa => matches!(key, KeyKind::Rsa { .. }),
        Authentication::Ecdsa => matches!(key, KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::Ed448),
        Authentication::Dss => matches!(key, KeyKind::Dsa { .. }),
        _ => true,
    };
    (!fits).then(|| (suite, name(&key)))
}

fn kind(look: &Look<'_>, leaf: CertId) -> Option<KeyKind> {
    let key = look.derived().certificate(leaf)?.public_key.kind.clone();
    (!matches!(key, KeyKind::Unknown(_))).then_some(key)
}

fn name(key: &KeyKind) -> Arg {
    Arg::term(match key {
        KeyKind::Rsa { .. } => "RSA",
        KeyKind::Ec(_) => "ECDSA",
        KeyKind::Ed25519 => "Ed25519",
        KeyKind::Ed448 => "Ed448",
        KeyKind::Dsa { .. } => "DSA",
        KeyKind::MlDsa(_) => "ML-DSA",
        KeyKind::X25519 | KeyKind::X448 | KeyKind::Dh { .. } | KeyKind::Unknown(_) => "?",
    })
}

fn no_parameters(h: &Handshake) -> bool {
    matches!(h.end, End::Alert(a) if a == Alert::HANDSHAKE_FAILURE.0 || a == Alert::INSUFFICIENT_SECURITY.0)
}

fn tls12_clients() -> Who {
    Who::Clients(say!("clients that speak at most TLS 1.2", "TLS 1.2까지만 지원하는 클라이언트"))
}

fn cures(f: Finding) -> Finding {
    f.cure(
        Cure::new(
            Safety::Manual,
            say!("see the type of the certificate's key on the server", "서버에서 인증서의 키 종류를 확인합니다"),
        )
        .run(Platform::Linux, "openssl x509 -in fullchain.pem -noout -text | grep 'Public Key Algorithm'"),
    )
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "allow the suites of that type: both lists together serve either certificate (nginx, Apache, HAProxy in this order)",
                "그 종류에 맞는 암호 그룹을 허용합니다. 두 종류를 함께 적으면 어느 인증서든 쓸 수 있습니다(nginx, Apache, HAProxy 순)"
            ),
        )
        .run(Platform::Any, "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;")
        .run(Platform::Any, "SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")
        .run(Platform::Any, "ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "have a certificate issued for the type of key that the suites want (certbot: --key-type rsa or ecdsa)",
            "암호 그룹이 요구하는 키 종류로 인증서를 다시 발급받습니다(certbot: --key-type rsa 또는 ecdsa)"
        ),
    ))
}
