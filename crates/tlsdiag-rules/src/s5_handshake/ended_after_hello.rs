//! The server hangs up right after ClientHello, by RST or by FIN, and nothing finer could be found.
use crate::{Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{End, Stage};
use tlsdiag_model::{Arg, Cause, Code, Impact, Layer, Say, Tpl, say};

/// RST after ClientHello.
pub static RESET: Rule = Rule {
    code: Code(5001),
    slug: "reset-after-hello",
    title: Tpl {
        en: "the connection is reset right after ClientHello", ko: "ClientHello 직후 연결이 재설정됨"
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsResetAfterHello],
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
    causes: &[Cause::HsClosedAfterHello],
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
    let base = look.base()?;
    if base.end != *end || base.stage != Stage::Nothing {
        return Ok(Outcome::Pass);
    }
    let sent = say!(
        "{bytes} bytes of ClientHello were sent, and not one byte came back",
        "ClientHello {bytes}바이트를 보냈으나 한 바이트도 돌아오지 않았습니다",
        bytes = Arg::num(base.offer.bytes)
    );
    Ok(look.ends(Impact::Broken, &base, headline)?.because(sent).into())
}
