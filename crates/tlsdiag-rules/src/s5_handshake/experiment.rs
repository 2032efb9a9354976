//! What the rules on differential hellos share: which failure is looked into, whether an experiment fared better or alike,
//! and the conclusion from it.
use crate::{Cited, Look, Stop};
use tlsdiag_model::facts::{End, Handshake, Stage, Trial, Vary};
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

/// The conclusion A/B/A from trials that fared better. Where any repetition of the base ended otherwise, the answers
/// change by themselves and nothing follows from a trial.
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
    let found = look.concludes(impact, base, trials, say)?;
    match found {
        Some(f) if steady()? => Ok(f),
        _ => Err(Stop::NotApplicable),
    }
}

/// No answer, or none so far.
pub(crate) fn quiet(h: &Handshake) -> bool {
    matches!(h.end, End::Silent { .. } | End::Pending { .. })
}
