//! What the rules on differential hellos share: which failure is looked into, whether an experiment fared better or alike,
//! and the conclusion from it.
use crate::{Cited, Look, Stop};
use tlsdiag_model::facts::{Client, End, Handshake, Stage, Trial, Vary};
use tlsdiag_model::{Ask, Finding, Impact, Say};
use tlsdiag_wire::registry::Version;

/// The base handshake where the server ended it before its flight was whole, or is silent so far.
pub(crate) fn failed<'a>(look: &Look<'a>) -> Result<Cited<'a, Handshake>, Stop> {
    let base = look.base()?;
    let by_server =
        matches!(base.end, End::Alert(_) | End::Reset | End::Closed | End::Silent { .. } | End::Pending { .. });
    if by_server && base.stage < Stage::Flight { Ok(base) } else { Err(Stop::NotApplicable) }
}

/// The same where nothing of a handshake came back: what the hello itself can have caused.
pub(crate) fn failed_at_hello<'a>(look: &Look<'a>) -> Result<Cited<'a, Handshake>, Stop> {
    failed(look).and_then(|b| if b.stage == Stage::Nothing { Ok(b) } else { Err(Stop::NotApplicable) })
}

/// The same where the server said no, in whatever way: silence is another matter.
pub(crate) fn refused<'a>(look: &Look<'a>) -> Result<Cited<'a, Handshake>, Stop> {
    failed_at_hello(look).and_then(|b| if quiet(&b) { Err(Stop::NotApplicable) } else { Ok(b) })
}

/// The outcome of an experiment, even if it is still open, or the wish that it be made.
pub(crate) fn peek<'a>(look: &Look<'a>, vary: Vary) -> Result<Cited<'a, Handshake>, Stop> {
    let want = Trial::Vary(vary.clone());
    let found = look.handshakes()?.into_iter().find(|h| h.trial == want);
    match found {
        Some(h) => Ok(h),
        None => Err(Stop::Missing(Ask::Trial { to: look.endpoint()?.clone(), vary })),
    }
}

/// The version that the server chose, where it chose one.
pub(crate) fn version(h: &Handshake) -> Option<u16> {
    h.answered.saw().map(|a| a.version)
}

/// Did the server give a whole flight in a version that clients of today take?
pub(crate) fn works(h: &Handshake) -> bool {
    h.done() && version(h).is_none_or(|v| v >= Version::TLS1_2.0)
}

/// Did it choose TLS 1.1 or older although more was offered?
pub(crate) fn chose_old(h: &Handshake) -> bool {
    let offered = h.offer.versions.iter().copied().max();
    version(h).is_some_and(|v| v <= Version::TLS1_1.0) && offered >= Some(Version::TLS1_2.0)
}

/// Did two hellos fail in the same way? A box that hangs up may do so by RST or FIN as it comes.
pub(crate) fn alike(a: &Handshake, b: &Handshake) -> bool {
    let hung_up = |h: &Handshake| matches!(h.end, End::Reset | End::Closed);
    !a.done() && (a.end == b.end || hung_up(a) && hung_up(b) || quiet(a) && quiet(b))
}

/// Any experiment that worked, whatever it changed.
pub(crate) fn anything_works(look: &Look<'_>) -> Result<bool, Stop> {
    Ok(look.handshakes()?.iter().any(|h| matches!(h.trial, Trial::Vary(_)) && works(h)))
}

/// The conclusion A/B/A from trials that fared better. One control is not enough: behind a load balancer that deals to
/// two or three servers in turn, every second or third connection works whatever it says. Where any repetition of the base
/// ended otherwise, the answers change by themselves and nothing follows from a trial.
pub(crate) fn conclude<'a>(
    look: &Look<'a>,
    impact: Impact,
    base: &Cited<'a, Handshake>,
    trials: &[Cited<'a, Handshake>],
    say: Say,
) -> Result<Finding, Stop> {
    let steady = || Ok::<_, Stop>(look.contradictions(base)?.is_empty());
    if !base.pending() && !steady()? {
        return Err(Stop::NotApplicable);
    }
    let better = trials.iter().filter(|t| t.outcome() != base.outcome()).map(|t| t.row.span.last);
    let more = match better.max() {
        Some(after) => further_controls(look, base, after)?,
        None => vec![],
    };
    let found = look.concludes(impact, base, trials, say)?;
    match found {
        Some(f) if steady()? => Ok(more.into_iter().fold(f, |f, h| f.and(h.at))),
        _ => Err(Stop::NotApplicable),
    }
}

/// The repetitions of the base after the trials and after the first of them, or the wish for the next; none while the
/// first is not there yet. Those that may stay silent are all asked for before any is waited for.
fn further_controls<'a>(
    look: &Look<'a>,
    base: &Cited<'a, Handshake>,
    after: i64,
) -> Result<Vec<Cited<'a, Handshake>>, Stop> {
    let all = look.handshakes()?;
    let again =
        |from: i64| all.iter().find(|h| h.trial == Trial::Again && h.from == base.from && h.row.span.first >= from);
    let Some(first) = again(after) else { return Ok(vec![]) };
    let mut from = first.row.span.first.saturating_add(1);
    let mut more = vec![];
    // while a silent base is open one more costs nothing; later each would have to be waited for by itself
    let count = if base.pending() {
        1
    } else if quiet(base) {
        0
    } else {
        2
    };
    for _ in 0..count {
        let Some(h) = again(from) else {
            return Err(Stop::Missing(Ask::Again { to: look.endpoint()?.clone(), after: from }));
        };
        from = h.row.span.first.saturating_add(1);
        more.push(*h);
    }
    if more.iter().any(|h| h.pending()) {
        return Err(Stop::Missing(Ask::Wait(look.endpoint()?.clone())));
    }
    Ok(more)
}

/// A finding on how a handshake ended: likely, and proven once a repetition ended alike. The repetition is wished for
/// while a silent one is still open, and waited for.
pub(crate) fn repeated<'a>(look: &Look<'a>, impact: Impact, row: &Cited<'a, Handshake>, say: Say) -> Finding {
    let seen_once = look.behaves(impact, row, say.clone());
    if row.offer.client == Client::Foreign {
        return seen_once;
    }
    match look.concludes(impact, row, &[], say) {
        Ok(Some(f)) => f,
        Err(Stop::Missing(ask)) => {
            look.wish(ask);
            seen_once
        }
        _ => seen_once,
    }
}

/// A finding on what a server chose in an experiment, where the base failed: it holds for the base, too, as what a server
/// is configured for does not change from one connection to the next.
pub(crate) fn shown<'a>(
    look: &Look<'a>,
    shows: &Cited<'a, Handshake>,
    base: &Cited<'a, Handshake>,
    say: Say,
) -> Finding {
    let mut f = look.reads_as(Impact::Broken, shows, say).and(base.at);
    f.held = f.held.join(base.row.span);
    f
}

/// No answer, or none so far.
pub(crate) fn quiet(h: &Handshake) -> bool {
    matches!(h.end, End::Silent { .. } | End::Pending { .. })
}
