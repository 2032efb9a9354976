//! What comes looks like TLS and cannot be: records that hold what no specification allows, or more than anybody may send.
use super::experiment::repeated;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{End, Handshake, Trial, Violation};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Safety, Say, Tpl, say};
use tlsdiag_wire::registry::{CipherSuite, Group, Version};

/// Damaged messages.
pub static RULE: Rule = Rule {
    code: Code(5030),
    slug: "garbled",
    title: Tpl { en: "the server's messages are damaged", ko: "서버의 메시지가 손상됨" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::AppLibBug],
    explains: &[],
    routine: false,
    check,
    sources: &["RFC 8446 section 5.1 (limits of records)", "RFC 8446 section 4.1.3 (what ServerHello may choose)"],
    page: page!("garbled"),
};

fn check(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    let because = match &base.end {
        End::Garbled(what) => say!(
            "read so far: {stage}; then {what}",
            "읽은 곳까지: {stage}, 그 뒤: {what}",
            stage = super::words::stage(base.stage),
            what = Arg::quote(what)
        ),
        End::TooMuch(what) => say!(
            "it sends more than any server may: {what}",
            "어떤 서버도 보내지 않을 만큼 많이 보냅니다: {what}",
            what = Arg::quote(what)
        ),
        End::Done => match strange(look, &base)? {
            Some(say) => say,
            None => return Ok(Outcome::Pass),
        },
        _ => return Ok(Outcome::Pass),
    };
    let headline = match base.end {
        End::Done => say!("the server chooses what was not offered", "서버가 제안하지 않은 것을 고릅니다"),
        End::TooMuch(_) => say!(
            "the server sends more than any client accepts",
            "서버가 어떤 클라이언트도 받아들이지 않을 만큼 많은 데이터를 보냅니다"
        ),
        _ => say!("the server's answer is damaged", "서버의 응답이 손상되어 있습니다"),
    };
    let f = repeated(look, Impact::Broken, &base, headline).because(because);
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "update the program or the firmware that speaks TLS here; no setting makes a sound library send this",
            "여기서 TLS를 처리하는 프로그램이나 펌웨어를 업데이트합니다. 정상적인 라이브러리는 어떤 설정으로도 이렇게 보내지 않습니다"
        ),
    ))
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "try from the server's own network: a box that rewrites or injects packets damages the stream, too",
            "서버와 같은 네트워크에서 시도해 봅니다. 패킷을 고치거나 끼워 넣는 중간 장비도 내용을 손상시킵니다"
        ),
    ))
    .into())
}

/// A choice that every client must refuse. An old version is TD5010; where a library got through, nothing is said.
fn strange<'a>(look: &Look<'a>, base: &Cited<'a, Handshake>) -> Result<Option<Say>, crate::Stop> {
    if look.handshakes()?.iter().any(|h| h.trial == Trial::Full && h.done()) {
        return Ok(None);
    }
    let all = base.answered.saw().map(|a| a.violations.as_slice()).unwrap_or_default();
    let what = all.iter().find_map(|v| match v {
        Violation::Suite(s) => Some(Arg::term(CipherSuite(*s))),
        Violation::Group(g) => Some(Arg::term(Group(*g))),
        Violation::Alpn(p) => Some(Arg::quote(p)),
        Violation::Version(v) if *v > Version::TLS1_1.0 => Some(Arg::term(Version(*v))),
        _ => None,
    });
    Ok(what.map(|what| {
        say!(
            "it chose {what}, which the hello had not offered; every client refuses that (illegal_parameter)",
            "ClientHello가 제안하지 않은 {what:을} 골랐습니다. 모든 클라이언트가 거부합니다(illegal_parameter)",
            what = what
        )
    }))
}
