//! The server hangs up right after ClientHello, by RST or by FIN, and nothing finer could be found.
use super::alerts;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{End, Opening, Spoke, Stage, Talk, Trial};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Layer, Platform, Safety, Say, Tpl, say};

/// RST after ClientHello.
pub static RESET: Rule = Rule {
    code: Code(5001),
    slug: "reset-after-hello",
    title: Tpl {
        en: "the connection is reset right after ClientHello", ko: "ClientHello 직후 연결이 재설정됨"
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsResetAfterHello, Cause::ProxyProxyProtocolMismatch],
    explains: &[],
    routine: false,
    check: |look| {
        ended(
            look,
            &End::Reset,
            say!(
                "the server resets the connection right after ClientHello",
                "서버가 ClientHello 직후 연결을 재설정합니다"
            ),
        )
    },
    sources: &["RFC 9293 section 3.5.2 (reset)", "RFC 8446 section 6.2 (an error wants an alert)"],
    page: page!("ended_after_hello"),
};

/// FIN after ClientHello.
pub static CLOSED: Rule = Rule {
    code: Code(5002),
    slug: "closed-after-hello",
    title: Tpl { en: "the connection is closed right after ClientHello", ko: "ClientHello 직후 연결이 닫힘" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsClosedAfterHello, Cause::ProxyProxyProtocolMismatch],
    explains: &[],
    routine: false,
    check: |look| {
        ended(
            look,
            &End::Closed,
            say!(
                "the server closes the connection right after ClientHello, without an alert",
                "서버가 경고(alert) 없이 ClientHello 직후 연결을 닫습니다"
            ),
        )
    },
    sources: &["RFC 8446 section 6 (alert protocol)", "RFC 9293 section 3.6 (close)"],
    page: page!("ended_after_hello"),
};

fn ended(look: &Look<'_>, end: &End, headline: Say) -> Judged {
    let base = alerts::ended(look)?;
    let (impact, who) = alerts::reach(&base);
    if base.end != *end || base.stage != Stage::Nothing {
        return Ok(Outcome::Pass);
    }
    let sent = say!(
        "{bytes} bytes of ClientHello were sent, and not one byte came back",
        "ClientHello {bytes}바이트를 보냈으나 한 바이트도 돌아오지 않았습니다",
        bytes = Arg::num(base.offer.bytes)
    );
    let f = look.ends(impact, &base, headline)?.who(who).because(sent);
    let f = alerts::steadily(look, f, &base);
    Ok(match deaf_to_http(look) {
        Some(talk) if base.trial != Trial::Full => wants_proxy_header(f, &talk).into(),
        _ => f.into(),
    })
}

/// Plain http ended without a byte, too: most servers that lack a certificate or a key tell http from TLS and answer it.
fn deaf_to_http<'a>(look: &Look<'a>) -> Option<Cited<'a, Talk>> {
    let talk = look.talk(Opening::HttpGet).ok()?;
    matches!(talk.spoke, Spoke::Closed | Spoke::Reset).then_some(talk)
}

/// A listener that waits for a PROXY header hangs up on everything else.
fn wants_proxy_header(f: Finding, talk: &Cited<'_, Talk>) -> Finding {
    let labels: &[Cause] = match f.code {
        Code(5001) => &[Cause::HsResetAfterHello, Cause::ProxyProxyProtocolMismatch],
        _ => &[Cause::HsClosedAfterHello, Cause::ProxyProxyProtocolMismatch],
    };
    let because = say!(
        "plain http got no byte either, so nothing shows that TLS is spoken here at all",
        "일반 http에도 한 바이트도 답하지 않았으므로, 여기서 TLS를 쓰는지조차 알 수 없습니다"
    );
    let cure = Cure::new(
        Safety::Manual,
        say!(
            "if the listener stands behind a load balancer, see whether it waits for a PROXY header: then clients must come through the balancer, or the listener goes without it (nginx, HAProxy)",
            "부하 분산 장치 뒤의 수신기라면 PROXY 헤더를 기다리는지 확인합니다. 그렇다면 클라이언트가 부하 분산 장치를 거치거나, 수신기에서 이 설정을 빼야 합니다(nginx, HAProxy)"
        ),
    )
    .run(Platform::Linux, "nginx -T | grep proxy_protocol")
    .run(Platform::Linux, "grep -rn accept-proxy /etc/haproxy");
    f.labels(labels).and(talk.at).because(because).cure(cure)
}
