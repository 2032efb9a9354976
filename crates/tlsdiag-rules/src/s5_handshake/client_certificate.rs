//! The server lets nobody in who shows no client certificate.
use super::words;
use crate::s7_http::answer::answers;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{After, CertificateRequest, End, Handshake, HttpAnswer, HttpEnd, Stage, Trial};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Who, say};

/// A client certificate is demanded.
pub static RULE: Rule = Rule {
    code: Code(5020),
    slug: "client-certificate-required",
    title: Tpl {
        en: "the server demands a client certificate", ko: "서버가 클라이언트 인증서를 요구함"
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsClientCertRequired, Cause::HsRenegoClientcert],
    explains: &[explains(5003), explains(5005), explains(5006), explains(7002)],
    routine: false,
    check,
    sources: &[
        "RFC 5246 section 7.4.6 (a server may refuse an empty certificate list)",
        "RFC 8446 section 4.4.2.4 and 6.2 (certificate_required), 4.6.2 (post-handshake authentication)",
        "RFC 5246 section 7.4.1.1 (HelloRequest), RFC 9113 section 9.2.1 (no renegotiation with HTTP/2)",
        "nginx: ssl_verify_client (error codes 495 and 496)",
        "Microsoft: HTTP status code in IIS (403.7, 403.16, 403.17)",
    ],
    page: page!("client_certificate"),
};

fn check(look: &Look<'_>) -> Judged {
    let all = look.handshakes()?;
    let tried = |h: &&Cited<'_, Handshake>| matches!(h.trial, Trial::Full | Trial::Base);
    let asked = |h: &&Cited<'_, Handshake>| matches!(h.request.saw(), Some(Some(_)));
    let Some(h) = all.iter().filter(tried).filter(asked).find(|h| turned_away(h)) else {
        if let Some(h) = all.iter().find(|h| h.after.saw() == Some(&After::Renegotiation)) {
            return Ok(by_renegotiation(look, h).into());
        }
        let pages = answers(look);
        let finished = all.iter().filter(tried).any(|h| h.stage == Stage::Finished);
        return match by_its_page(look, pages.as_deref().unwrap_or_default(), all.iter().filter(tried).find(asked)) {
            Some(f) => Ok(f.into()),
            // what was said to the request is not known
            None if finished && pages.is_err() => Ok(Outcome::NotApplicable),
            // without a handshake nothing is known
            None => look.base().map(|_| Outcome::Pass),
        };
    };
    let Some(Some(request)) = h.request.saw() else { return Ok(Outcome::Pass) };
    let without = say!(
        "it asked for a certificate, and when none was shown: {end}",
        "인증서를 요청했고, 제시하지 않자: {end}",
        end = refusal(h)
    );
    let mut f = look.ends(Impact::Broken, h, headline())?.because(without).because(authorities(request));
    // in TLS 1.3 the refusal comes after Finished, where a repetition must be looked at, too
    let again = all.iter().filter(|a| a.trial == Trial::FullAgain && h.trial == Trial::Full);
    if again.clone().any(|a| !turned_away(a)) {
        f = f.at_most(Standing::Likely);
    }
    Ok(cures(f).into())
}

/// The handshake is let pass, and an error page says what was missing: nginx and IIS do so.
fn by_its_page(
    look: &Look<'_>,
    pages: &[Cited<'_, HttpAnswer>],
    asked: Option<&Cited<'_, Handshake>>,
) -> Option<Finding> {
    let (page, status, words) = pages.iter().rev().find_map(|a| match &a.end {
        HttpEnd::Status { status, detail: Some(d), .. } => Some((a, *status, d.as_str())),
        _ => None,
    })?;
    let said = say!(
        "the request without a certificate got status {status}, and the page says: {words}",
        "인증서 없이 보낸 요청에 상태 {status:로} 응답했고, 페이지의 내용은 다음과 같습니다: {words}",
        status = Arg::num(status),
        words = Arg::quote(words)
    );
    if let Some(h) = asked.filter(|_| wants_certificate(words)) {
        let Some(Some(request)) = h.request.saw() else { return None };
        let f = look.reads_as(Impact::Broken, page, headline()).and(h.at).because(said).because(authorities(request));
        return Some(cures(f));
    }
    if asked.is_some() || !words.contains(POST_HANDSHAKE) {
        return None;
    }
    // a proxy passes the page of an upstream on, to which it is itself the client
    let f = look.reads_as(Impact::Broken, page, too_late()).at_most(Standing::Likely).because(said).because(say!(
        "post-handshake authentication (RFC 8446 section 4.6.2) is offered by no browser, unless it is switched on",
        "핸드셰이크 후 인증(RFC 8446 4.6.2절)은 따로 켜지 않는 한 어떤 브라우저도 제안하지 않습니다"
    ));
    Some(ask_earlier(f))
}

/// In TLS 1.2 the request for a page was answered by a request to shake hands once more: hardly for anything else than to
/// ask for a certificate.
fn by_renegotiation(look: &Look<'_>, h: &Cited<'_, Handshake>) -> Finding {
    let f = look.behaves(Impact::Broken, h, too_late()).because(say!(
        "to the request it sent HelloRequest instead of an answer: a part of the site is to be entered with a certificate, for which it wants to renegotiate; browsers with HTTP/2 and many programs decline that",
        "요청에 응답하는 대신 HelloRequest를 보냈습니다. 인증서가 있어야 들어갈 수 있는 부분이 있어 재협상하려는 것인데, HTTP/2를 쓰는 브라우저와 많은 프로그램이 이를 거절합니다"
    ));
    ask_earlier(f)
}

fn too_late() -> Say {
    say!(
        "the server asks for a client certificate only after the handshake",
        "서버가 핸드셰이크가 끝난 뒤에야 클라이언트 인증서를 요청합니다"
    )
}

fn ask_earlier(f: Finding) -> Finding {
    f.labels(&[Cause::HsRenegoClientcert, Cause::HsClientCertRequired])
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "ask in the handshake: Apache, move SSLVerifyClient from the Location or Directory up to the virtual host, and give that part of the site a name or port of its own",
                    "핸드셰이크에서 요청하게 합니다. Apache는 SSLVerifyClient를 Location이나 Directory에서 가상 호스트로 옮기고, 그 부분에 별도의 이름이나 포트를 줍니다"
                ),
            )
            .run(Platform::Any, "SSLVerifyClient require  # Apache, in the VirtualHost"),
        )
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "IIS and HTTP.sys: let the binding ask in the handshake (see the entry, then add it anew with clientcertnegotiation)",
                    "IIS와 HTTP.sys는 바인딩이 핸드셰이크에서 요청하게 합니다(항목을 확인한 뒤 clientcertnegotiation을 넣어 다시 추가)"
                ),
            )
            .run(Platform::Windows, "netsh http show sslcert")
            .run(Platform::Windows, "netsh http add sslcert ipport=0.0.0.0:443 certhash=HASH appid={GUID} clientcertnegotiation=enable"),
        )
}

/// How Apache says that TLS 1.3 lets it not ask any more.
const POST_HANDSHAKE: &str = "Cannot perform Post-Handshake Authentication";

/// Words of an error page by which servers say that a client certificate is missing or unfit.
fn wants_certificate(words: &str) -> bool {
    const SAYS: [&str; 5] =
        ["403.7", "403.16", "403.17", "No required SSL certificate was sent", "The SSL certificate error"];
    SAYS.iter().any(|w| words.eq_ignore_ascii_case(w))
}

fn headline() -> Say {
    say!("the server demands a client certificate", "서버가 클라이언트 인증서를 요구합니다")
}

fn cures(f: Finding) -> Finding {
    let who =
        say!("clients without a certificate that the server accepts", "서버가 받아들이는 인증서가 없는 클라이언트");
    f.who(Who::Clients(who))
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "if only some may enter: install a client certificate of one of these authorities in the client and choose it when asked",
                "일부 사용자만 접속하는 사이트라면, 이 인증 기관 중 하나가 발급한 클라이언트 인증서를 클라이언트에 설치하고 선택 창에서 고릅니다"
            ),
        ))
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "if everybody may enter: make it optional or switch it off (nginx, Apache, HAProxy in this order), or only ask where it is needed",
                    "누구나 접속하는 사이트라면 선택 사항으로 바꾸거나 끕니다(nginx, Apache, HAProxy 순). 필요한 경로에서만 요청할 수도 있습니다"
                ),
            )
            .run(Platform::Any, "ssl_verify_client optional;")
            .run(Platform::Any, "SSLVerifyClient optional")
            .run(Platform::Any, "bind :443 ssl crt site.pem ca-file clients.pem verify optional")
            .run(Platform::Windows, "netsh http show sslcert"),
        )
}

/// Asked for a certificate, given none, and sent away.
fn turned_away(h: &Handshake) -> bool {
    if h.done() {
        return h.stage == Stage::Finished
            && matches!(h.after.saw(), Some(After::Alert(_) | After::Closed | After::Reset));
    }
    h.stage >= Stage::Flight && matches!(h.end, End::Alert(_) | End::Closed | End::Reset)
}

fn refusal(h: &Handshake) -> Arg {
    let said = match h.after.saw() {
        Some(After::Alert(n)) => {
            say!("alert {alert} after Finished", "Finished 뒤 경고(alert) {alert}", alert = words::alert(*n))
        }
        Some(After::Closed) => say!("closed after Finished", "Finished 뒤 연결 닫힘"),
        Some(After::Reset) => say!("reset after Finished", "Finished 뒤 연결 재설정"),
        _ => return words::end(h),
    };
    Arg::Say(Box::new(said))
}

fn authorities(r: &CertificateRequest) -> Say {
    if r.names.is_empty() {
        return say!(
            "it names no authority whose certificates it wants",
            "어느 인증 기관의 인증서를 원하는지는 알려 주지 않았습니다"
        );
    }
    say!(
        "it accepts certificates of {names} (authorities named: {count})",
        "받아들이는 인증 기관({count}곳): {names}",
        count = Arg::num(r.authorities),
        names = Arg::List(r.names.iter().map(Arg::quote).collect())
    )
}
