//! A clock is wrong: the site's answers carry another time than this machine's, and the certificate is out of date only
//! by the one.
use super::chain::Chain;
use super::words::{date, span};
use crate::look::Cited;
use crate::rule::Fit;
use crate::{Edge, Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::Skew;
use tlsdiag_model::{Cause, Code, Cure, Impact, Layer, Platform, Safety, Say, Standing, Tpl, say};
use tlsdiag_pki::Reason;
use tlsdiag_pki::path::Role;

/// Seconds within which two clocks are called equal: what clients and CAs allow each other.
const TOLERATED: u64 = 300;

/// A wrong clock.
pub static RULE: Rule = Rule {
    code: Code(2503),
    slug: "clock-is-wrong",
    title: Tpl { en: "a clock is wrong", ko: "시계가 맞지 않음" },
    layer: Layer::Trust,
    over: Over::Endpoints,
    causes: &[Cause::OsClockSkew],
    explains: &[
        Edge { symptom: Code(2501), fits: |f| mends(f, 2501) },
        Edge { symptom: Code(2502), fits: |f| mends(f, 2502) },
        Edge { symptom: Code(2522), fits: |f| mends(f, 2522) },
        Edge { symptom: Code(2500), fits: |f| mends(f, 2500) },
    ],
    routine: false,
    check,
    sources: &["RFC 9110 section 6.6.1 (Date)", "RFC 5280 section 6.1 (the time of validation is the client's)"],
    page: page!("clock"),
};

/// What several sites say about this machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// Nobody else was asked.
    None,
    /// Another site's time is as far from ours.
    Agree,
    /// Another site's time is ours.
    Contradict,
}

fn check(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let Some(skew) = own(&chain) else { return Ok(Outcome::NotApplicable) };
    if skew.ahead_s.unsigned_abs() <= TOLERATED {
        return Ok(Outcome::Pass);
    }
    let others = others(&chain, &skew);
    let matters = others != Others::Contradict && !mended(&chain, skew.ahead_s).is_empty();
    let impact = if matters { Impact::Broken } else { Impact::Risk };
    let site_time = chain.trust.time.saturating_sub(skew.ahead_s);
    let mut f = chain.says(impact, headline(&skew, others)).and(skew.at).because(say!(
        "this machine says {here}, the site's Date header {there}",
        "이 컴퓨터의 날짜는 {here}, 사이트의 Date 헤더는 {there}입니다",
        here = date(chain.trust.time),
        there = date(site_time)
    ));
    if matters {
        f = f.because(say!("at the site's time the certificate is valid", "사이트의 시각으로는 인증서가 유효합니다"));
    }
    match others {
        Others::Agree => {}
        _ => f = f.at_most(Standing::Likely),
    }
    if others == Others::Contradict {
        return Ok(f
            .cure(
                Cure::new(Safety::Manual, say!("set the server's clock by NTP", "서버의 시계를 NTP로 맞춥니다"))
                    .run(Platform::Linux, "timedatectl status"),
            )
            .into());
    }
    Ok(f.cure(
        Cure::new(Safety::Confirm, say!("set this machine's clock by NTP", "이 컴퓨터의 시계를 NTP로 맞춥니다"))
            .run(Platform::Linux, "timedatectl set-ntp true")
            .run(Platform::Windows, "w32tm /resync"),
    )
    .into())
}

fn headline(skew: &Skew, others: Others) -> Say {
    let by = span(skew.ahead_s);
    let here_is_wrong = others != Others::Contradict;
    match (here_is_wrong, skew.ahead_s > 0) {
        (true, true) => say!("this machine's clock is {by} ahead", "이 컴퓨터의 시계가 {by} 빠릅니다", by = by),
        (true, false) => say!("this machine's clock is {by} behind", "이 컴퓨터의 시계가 {by} 느립니다", by = by),
        (false, true) => say!("the site's clock is {by} behind", "사이트의 시계가 {by} 느립니다", by = by),
        (false, false) => say!("the site's clock is {by} ahead", "사이트의 시계가 {by} 빠릅니다", by = by),
    }
}

/// The clock of the machine that made the handshake, against the site's.
fn own<'a>(chain: &Chain<'a>) -> Option<Cited<'a, Skew>> {
    let h = chain.shown.handshake()?;
    let at = (h.addr, h.port);
    chain.look.seen_on::<Skew>(h.from).find(|s| (s.addr, s.port) == at)
}

fn others(chain: &Chain<'_>, own: &Skew) -> Others {
    let mut out = Others::None;
    for s in chain.look.seen_on::<Skew>(chain.shown.from()).filter(|s| s.addr != own.addr) {
        if s.ahead_s.unsigned_abs() <= TOLERATED {
            return Others::Contradict;
        }
        if s.ahead_s.abs_diff(own.ahead_s) <= TOLERATED {
            out = Others::Agree;
        }
    }
    out
}

/// The findings on dates that would not be made at the site's time.
fn mended(chain: &Chain<'_>, ahead: i64) -> Vec<u16> {
    let there = chain.trust.time.saturating_sub(ahead);
    let mut out = vec![];
    let mut others_remain = false;
    for (step, reason) in chain.faults() {
        let own = step.role == Role::Leaf;
        match reason {
            Reason::Expired { not_after } if there <= *not_after => out.push(if own { 2501 } else { 2522 }),
            Reason::NotYetValid { not_before } if *not_before <= there => out.push(if own { 2502 } else { 2522 }),
            _ => others_remain = true,
        }
    }
    if !out.is_empty() && !others_remain {
        out.push(2500);
    }
    out
}

fn mends(fit: &Fit<'_>, code: u16) -> bool {
    if fit.cause.impact != Impact::Broken {
        return false;
    }
    let Ok(chain) = Chain::of(fit.look) else { return false };
    own(&chain).is_some_and(|s| mended(&chain, s.ahead_s).contains(&code))
}
