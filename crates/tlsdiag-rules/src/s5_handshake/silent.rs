//! Silence after ClientHello: the symptom. While the first hello waits for its answer, it already wishes for the hellos
//! that would tell why, so that silence is waited for only once.
use super::experiment::{repeated, works};
use crate::{Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{End, Handshake, Stage, Vary};
use tlsdiag_model::{Arg, Ask, Code, Impact, Layer, Say, Sight, Tpl, say};

/// No answer to ClientHello.
pub static RULE: Rule = Rule {
    code: Code(5007),
    slug: "silent-after-hello",
    title: Tpl { en: "no answer to ClientHello", ko: "ClientHello에 응답 없음" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[],
    explains: &[],
    routine: false,
    check,
    sources: &["RFC 8446 section 4.1.1 (a server answers or sends an alert)"],
    page: page!("silent"),
};

fn check(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    // a flight that stops on its way is TD5003 once its time is up; until then it is looked into as silence
    let silent = match base.end {
        End::Silent { .. } => base.stage == Stage::Nothing,
        End::Pending { .. } => base.stage < Stage::Flight,
        _ => false,
    };
    if !silent {
        return Ok(Outcome::Pass);
    }
    for vary in wishes(look) {
        if look.trial_if_made(vary.clone()).is_none() {
            look.wish(Ask::Trial { to: look.endpoint()?.clone(), vary });
        }
    }
    let headline = say!("the server does not answer ClientHello", "서버가 ClientHello에 응답하지 않습니다");
    Ok(repeated(look, Impact::Broken, &base, headline).because(waited(&base)).into())
}

/// The hellos whose answers tell one cause of silence from another; then, where an extension is to blame, each of them.
fn wishes(look: &Look<'_>) -> Vec<Vary> {
    use Vary::{Classic, ClassicPadded, ClassicSplit, FewExtensions, NoGrease, SmallSegments, Tls12};
    let mut all = vec![Classic, SmallSegments, Tls12, ClassicPadded, ClassicSplit, FewExtensions, NoGrease];
    let made = |v: Vary| look.trial_if_made(v);
    let fares = |v: Vary| made(v).is_some_and(|h| works(&h));
    if fares(Classic) || fares(SmallSegments) || fares(NoGrease) {
        return all;
    }
    if fares(Tls12) {
        all.extend(crate::s6_updates::extension_intolerance::TLS13_SUSPECTS.map(Vary::Without));
    } else if fares(FewExtensions) {
        all.extend(crate::s6_updates::extension_intolerance::SUSPECTS.map(Vary::Without));
    }
    all
}

fn waited(base: &Handshake) -> Say {
    let ms = match base.end {
        End::Silent { after_ms } | End::Pending { after_ms } => after_ms,
        _ => 0,
    };
    let (bytes, wait) = (Arg::num(base.offer.bytes), Arg::wait(ms));
    match base.delivered {
        Sight::Saw(true) => say!(
            "the server's TCP took all {bytes} bytes of ClientHello; no answer came within {wait}",
            "서버의 TCP는 ClientHello {bytes}바이트를 모두 받았지만 {wait} 안에 응답이 없었습니다",
            bytes = bytes,
            wait = wait
        ),
        Sight::Saw(false) => say!(
            "the server's TCP did not acknowledge all {bytes} bytes of ClientHello within {wait}",
            "서버의 TCP가 ClientHello {bytes}바이트를 {wait} 안에 모두 확인(ACK)하지 않았습니다",
            bytes = bytes,
            wait = wait
        ),
        _ => say!(
            "{bytes} bytes of ClientHello were sent; no answer came within {wait}",
            "ClientHello {bytes}바이트를 보냈지만 {wait} 안에 응답이 없었습니다",
            bytes = bytes,
            wait = wait
        ),
    }
}
