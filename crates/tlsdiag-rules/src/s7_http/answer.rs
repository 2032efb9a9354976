//! TLS stands, and then: no answer to the request, an answer that is an error, or redirects that lead in a circle.
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::{After, Handshake, HttpAnswer, HttpEnd, Over as Carried};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Sight, Tpl, say};

/// No answer to the request.
pub static SILENT: Rule = Rule {
    code: Code(7001),
    slug: "http-silent",
    title: Tpl { en: "no http answer comes over TLS", ko: "TLS 위에서 http 응답이 없음" },
    layer: Layer::Http,
    over: Over::Endpoints,
    causes: &[Cause::HttpNoAnswer],
    explains: &[],
    routine: false,
    check: silent,
    sources: &["RFC 9110 section 15 (every request gets a status)", "RFC 9112 section 9.5 (failures and time-outs)"],
    page: page!("answer"),
};

/// A status of 400 or more.
pub static STATUS: Rule = Rule {
    code: Code(7002),
    slug: "http-status",
    title: Tpl { en: "the site answers with an error status", ko: "사이트가 오류 상태로 응답함" },
    layer: Layer::Http,
    over: Over::Endpoints,
    causes: &[Cause::HttpStatus],
    explains: &[],
    routine: false,
    check: status,
    sources: &["RFC 9110 sections 15.5 and 15.6", "Microsoft: HTTP status code in IIS (403.7, 403.16)"],
    page: page!("answer"),
};

/// Redirects in a circle.
pub static LOOP: Rule = Rule {
    code: Code(7003),
    slug: "redirect-loop",
    title: Tpl { en: "redirects lead in a circle", ko: "끝없이 반복되는 리디렉션" },
    layer: Layer::Http,
    over: Over::Endpoints,
    causes: &[Cause::HttpRedirectLoop],
    explains: &[],
    routine: false,
    check: redirect_loop,
    sources: &["RFC 9110 section 15.4 (redirection and loops)"],
    page: page!("answer"),
};

/// The answers that came over TLS from the endpoint under its name, the newest last.
pub(crate) fn answers<'a>(look: &Look<'a>) -> Result<Vec<Cited<'a, HttpAnswer>>, Stop> {
    let (addr, port) = look.address()?;
    let name = &look.endpoint()?.name;
    let mut all: Vec<_> = look
        .seen::<HttpAnswer>()
        .filter(|h| (h.addr, h.port, h.over) == (addr, port, Carried::Tls))
        .filter(|h| name.is_none() || h.name.is_none() || h.name == *name)
        .collect();
    all.sort_by_key(|h| (h.row.span, h.path.clone(), format!("{:?}", h.end)));
    if all.is_empty() { Err(Stop::NotApplicable) } else { Ok(all) }
}

fn silent(look: &Look<'_>) -> Judged {
    let all = answers(look)?;
    let bad =
        |e: &HttpEnd| matches!(e, HttpEnd::Silent { .. } | HttpEnd::Closed | HttpEnd::Reset | HttpEnd::Garbled(_));
    let Some(h) = all.iter().find(|h| bad(&h.end)) else { return Ok(Outcome::Pass) };
    // asked for a certificate and given none, a server may hang up here: TD5020 is about that
    let refuses = |h: &Handshake| match h.after {
        Sight::Saw(After::Renegotiation) => true,
        Sight::Saw(After::Alert(_) | After::Closed | After::Reset) => matches!(h.request, Sight::Saw(Some(_))),
        _ => false,
    };
    if look.handshakes()?.iter().any(|h| refuses(h)) {
        return Ok(Outcome::NotApplicable);
    }
    let how: Say = match &h.end {
        HttpEnd::Silent { after_ms } => {
            say!("nothing came within {wait}", "{wait} 동안 아무것도 오지 않았습니다", wait = Arg::wait(*after_ms))
        }
        HttpEnd::Closed => {
            say!("the connection was closed before a status line", "상태 줄이 오기 전에 연결이 닫혔습니다")
        }
        HttpEnd::Reset => {
            say!("the connection was reset before a status line", "상태 줄이 오기 전에 연결이 재설정되었습니다")
        }
        HttpEnd::Garbled(what) => {
            say!("what came is not http: {what}", "받은 내용이 http가 아닙니다: {what}", what = Arg::quote(what))
        }
        HttpEnd::Status { .. } | HttpEnd::Alert(_) => return Ok(Outcome::Pass),
    };
    let headline = say!("TLS works, but no http answer comes", "TLS는 되지만 http 응답이 오지 않습니다");
    Ok(look
        .behaves(Impact::Broken, h, headline)
        .because(say!("the handshake was completed and the request for {path} sent", "핸드셰이크를 마치고 {path} 요청을 보냈습니다", path = Arg::quote(&h.path)))
        .because(how)
        .cure(Cure::new(
            Safety::Safe,
            say!(
                "the fault lies behind TLS: look at the application and, on a proxy, at its upstream; ask the upstream directly from the proxy",
                "문제는 TLS 뒤에 있습니다. 애플리케이션을, 프록시라면 상위 서버를 확인합니다. 프록시에서 상위 서버에 직접 요청해 봅니다"
            ),
        ))
        .into())
}

fn status(look: &Look<'_>) -> Judged {
    let all = answers(look)?;
    let Some(h) = all.last() else { return Ok(Outcome::NotApplicable) };
    let HttpEnd::Status { status, detail, .. } = &h.end else { return Ok(Outcome::NotApplicable) };
    if *status < 400 {
        return Ok(Outcome::Pass);
    }
    let headline = say!(
        "the site answers with status {status}",
        "사이트가 상태 {status:로} 응답합니다",
        status = Arg::num(*status)
    );
    let mut f = look
        .reads_as(Impact::Note, h, headline)
        .because(say!("that is an answer of the application; TLS is well", "애플리케이션의 응답이며 TLS는 정상입니다"));
    if let Some(d) = detail {
        f = f.because(say!("the page says: {detail}", "페이지의 내용: {detail}", detail = Arg::quote(d)));
    }
    Ok(meant(f, *status, detail.as_deref().unwrap_or_default()).into())
}

/// What a status or the words of its page mean for TLS.
fn meant(f: Finding, status: u16, detail: &str) -> Finding {
    let low = detail.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| low.contains(w));
    if says(&["403.7", "403.16", "403.17", "no required ssl certificate", "the ssl certificate error"]) {
        return f.labels(&[Cause::HsClientCertRequired, Cause::HttpStatus]).cure(Cure::new(
            Safety::Manual,
            say!(
                "the site wants a client certificate: give visitors one that its authorities issued, or ask for none (IIS: SSL Settings, Ignore; nginx: ssl_verify_client off)",
                "사이트가 클라이언트 인증서를 요구합니다. 서버가 신뢰하는 기관이 발급한 인증서를 방문자에게 주거나 요구하지 않게 합니다(IIS: SSL 설정, 무시; nginx: ssl_verify_client off)"
            ),
        ));
    }
    if says(&[
        "plain http request was sent to https port",
        "http request to an https server",
        "plain http to an ssl-enabled",
        "requires tls",
    ]) {
        return f.labels(&[Cause::ProxyUpstreamScheme, Cause::HttpStatus]).cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "the proxy speaks plain http to an upstream that wants TLS: give the upstream's address with https",
                    "프록시가 TLS를 요구하는 상위 서버에 http로 말하고 있습니다. 상위 서버 주소를 https로 지정합니다"
                ),
            )
            .run(Platform::Any, "proxy_pass https://BACKEND;  # nginx")
            .run(Platform::Any, "SSLProxyEngine on  # Apache, with ProxyPass / https://BACKEND/")
            .run(Platform::Any, "server app BACKEND:443 ssl verify required ca-file /etc/haproxy/ca.pem  # HAProxy"),
        );
    }
    match status {
        421 => f.cure(Cure::new(
            Safety::Manual,
            say!(
                "the server does not serve this name on a connection with this certificate: check its virtual hosts and the name that the proxy passes on",
                "서버가 이 인증서의 연결에서 이 이름을 제공하지 않습니다. 가상 호스트와 프록시가 전달하는 이름을 확인합니다"
            ),
        )),
        502..=504 => f.cure(Cure::new(
            Safety::Manual,
            say!(
                "the proxy gets no good answer from its upstream: check that it runs, and on a TLS upstream its certificate and name; the proxy's error log says which",
                "프록시가 상위 서버에서 올바른 응답을 받지 못합니다. 상위 서버가 동작하는지, TLS라면 인증서와 이름이 맞는지 확인합니다. 프록시의 오류 로그에 나옵니다"
            ),
        )),
        _ => f,
    }
}

fn redirect_loop(look: &Look<'_>) -> Judged {
    let all = answers(look)?;
    let Some(h) = all.iter().find(|h| h.loops) else { return Ok(Outcome::Pass) };
    let steps = h.followed.iter().take(6).map(Arg::quote).collect();
    Ok(look
        .reads_as(
            Impact::Broken,
            h,
            say!("the site's redirects lead in a circle", "사이트의 리디렉션이 끝없이 반복됩니다"),
        )
        .because(say!("redirected to: {steps}", "리디렉션 순서: {steps}", steps = Arg::List(steps)))
        .cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "where TLS ends at a proxy, tell the application that the visitor came by https, and let it trust that header; at a CDN, do not fetch from the origin by http",
                    "TLS를 프록시에서 끝낸다면 방문자가 https로 왔다는 것을 애플리케이션에 알리고 그 헤더를 신뢰하게 합니다. CDN이라면 원본 서버에서 http로 가져오지 않게 합니다"
                ),
            )
            .run(Platform::Any, "proxy_set_header X-Forwarded-Proto $scheme;  # nginx")
            .run(Platform::Any, "RequestHeader set X-Forwarded-Proto https  # Apache")
            .run(Platform::Any, "http-request set-header X-Forwarded-Proto https if { ssl_fc }  # HAProxy"),
        )
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "otherwise two rules contradict each other (with and without www, with and without a slash): leave one of them",
                "아니라면 두 규칙이 서로 모순됩니다(www 유무, 끝의 슬래시 유무). 하나만 남깁니다"
            ),
        ))
        .into())
}
