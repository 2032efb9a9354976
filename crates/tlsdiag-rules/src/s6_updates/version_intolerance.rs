//! The server breaks when TLS 1.3 is offered, instead of choosing TLS 1.2.
use crate::s5_handshake::experiment::{alike, conclude, failed_at_hello, peek, works};
use crate::s5_handshake::words;
use crate::{Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{End, Vary};
use tlsdiag_model::{Cause, Code, Cure, Impact, Layer, Safety, Tpl, say};
use tlsdiag_wire::registry::AlertDescription as Alert;

/// TLS 1.3 in the hello.
pub static RULE: Rule = Rule {
    code: Code(6010),
    slug: "tls13-intolerance",
    title: Tpl { en: "the server breaks when TLS 1.3 is offered", ko: "TLS 1.3을 제안하면 서버가 중단함" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsVersionIntolerance],
    explains: &[explains(5001), explains(5002), explains(5004), explains(5005), explains(5006), explains(5007)],
    routine: false,
    check,
    sources: &["RFC 8446 section 4.2.1 and appendix D (a server chooses a version that it has)"],
    page: page!("version_intolerance"),
};

fn check(look: &Look<'_>) -> Judged {
    let base = failed_at_hello(look)?;
    if works(&*peek(look, Vary::Classic)?) {
        return Ok(Outcome::Pass);
    }
    let tls12 = look.trial(Vary::Tls12)?;
    if !works(&tls12) {
        return Ok(Outcome::Pass);
    }
    // protocol_version says it all; anything else may be about an extension that only a hello of TLS 1.3 carries
    let doubted = if base.end == End::Alert(Alert::PROTOCOL_VERSION.0) {
        vec![]
    } else {
        let carried = |x: &u16| base.offer.extensions.contains(x);
        let suspects = super::extension_intolerance::TLS13_SUSPECTS.into_iter().filter(carried);
        suspects.map(Vary::Without).chain([Vary::NoGrease]).collect()
    };
    for vary in &doubted {
        if works(&*peek(look, vary.clone())?) {
            return Ok(Outcome::Pass);
        }
    }
    let headline = say!(
        "the server breaks when TLS 1.3 is offered, instead of choosing TLS 1.2",
        "TLS 1.3을 제안하면 서버가 TLS 1.2를 고르지 않고 핸드셰이크를 중단합니다"
    );
    let mut f = conclude(look, Impact::Broken, &base, &[tls12], headline)?
        .because(words::line(&base))
        .because(words::line(&tls12));
    for vary in [Vary::Classic].into_iter().chain(doubted) {
        let h = look.trial(vary)?;
        if !alike(&h, &base) {
            return Err(Stop::NotApplicable);
        }
        f = f.and(h.at).because(words::line(&h));
    }
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "update the TLS library or firmware that answers here; it need not learn TLS 1.3, only to choose TLS 1.2 when more is offered",
            "여기서 응답하는 TLS 라이브러리나 펌웨어를 업데이트합니다. TLS 1.3을 지원하지 않아도 되며, 더 높은 버전이 제안되면 TLS 1.2를 고르기만 하면 됩니다"
        ),
    ))
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "put a reverse proxy in front of it that speaks TLS 1.3 and offers the old server TLS 1.2 alone",
            "TLS 1.3을 지원하고 이전 서버에는 TLS 1.2만 제안하는 역방향 프록시를 앞에 둡니다"
        ),
    ))
    .into())
}
