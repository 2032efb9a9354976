//! What can be said about the certificates that a server sent: what is missing, too much, wrong or in the wrong place.

use super::search::Found;
use super::{End, Origin, Path, Question, Reason, Role};
use crate::certificate::{CertId, Certificate};
use std::collections::{HashMap, HashSet};

/// Facts about the Certificate message. Positions count from 0 in [`Question::sent`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentFacts {
    /// From what was sent alone a chain of good signatures leads to an anchor, or to a self-signed certificate.
    pub complete: bool,
    /// Positions that no path through sent certificates uses.
    pub unused: Vec<usize>,
    /// A position and the earlier one that holds the same certificate.
    pub duplicates: Vec<(usize, usize)>,
    /// Positions of certificates that come before the one they issued, or not directly after it (RFC 5246 7.4.2).
    pub out_of_order: Vec<usize>,
    /// The leaf is not the first.
    pub leaf_not_first: bool,
    /// Positions of self-signed certificates other than the leaf; clients have or do not have them, sending helps none.
    pub roots: Vec<usize>,
    /// Certificates that have the right name for an issuer but not its key.
    pub wrong_issuers: Vec<WrongIssuer>,
    /// Expired certificates that were sent while another path is valid.
    pub expired_alternatives: Vec<ExpiredAlternative>,
    /// The issuer that is missing, following what was sent as far as it goes.
    pub missing: Option<MissingIssuer>,
    /// The path, and the positions in [`Question::extra`] on it, that would complete what was sent.
    pub mended_by: Option<(usize, Vec<usize>)>,
}

/// A certificate with the issuer's name whose key did not make the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongIssuer {
    /// Whose issuer it is not.
    pub child: CertId,
    /// The certificate.
    pub candidate: CertId,
    /// Where it was sent, if it was.
    pub position: Option<usize>,
    /// Another certificate did make the signature, so this one is merely not needed.
    pub harmless: bool,
}

/// An expired certificate of one path while another path is valid: old clients still fail (the AddTrust case).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredAlternative {
    /// The expired certificate.
    pub expired: CertId,
    /// Position in the search's paths of a valid one without it.
    pub valid_path: usize,
}

/// The certificate that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingIssuer {
    /// The certificate whose issuer is missing.
    pub child: CertId,
    /// The issuer's name (RFC 4514).
    pub issuer: String,
    /// The issuer's key identifier.
    pub key_id: Option<Vec<u8>>,
    /// Where to fetch it.
    pub urls: Vec<String>,
}

/// Derives the facts.
pub(super) fn sent_facts(q: &Question<'_>, found: &Found) -> SentFacts {
    let mut f = SentFacts::default();
    let mut first: HashMap<CertId, usize> = HashMap::new();
    for (i, c) in q.sent.iter().enumerate() {
        match first.get(&c.id) {
            Some(earlier) => f.duplicates.push((i, *earlier)),
            None => {
                first.insert(c.id, i);
            }
        }
    }
    f.leaf_not_first = first.get(&q.leaf.id).is_some_and(|i| *i != 0);

    let own: Vec<&Path> = found.paths.iter().filter(|p| !p.needs_extra()).collect();
    f.complete = own.iter().any(|p| matches!(p.end, End::Trusted(_) | End::UntrustedRoot) && unbroken(p));
    // Used: on a path of sent certificates that gets as far as any of them does.
    let arrived = own.iter().any(|p| matches!(p.end, End::Trusted(_)) && unbroken(p));
    let mut used: HashSet<CertId> = HashSet::from([q.leaf.id]);
    let telling = |p: &&&Path| if arrived { matches!(p.end, End::Trusted(_)) && unbroken(p) } else { true };
    for p in own.iter().filter(telling) {
        used.extend(p.ids());
    }
    let distinct = |i: &usize, id: CertId| first.get(&id) == Some(i);
    let roots = |c: &Certificate| c.id != q.leaf.id && c.self_issued() && c.self_signed(q.verifier);
    for (i, c) in q.sent.iter().enumerate().filter(|(i, c)| distinct(i, c.id)).take(64) {
        if roots(c) {
            f.roots.push(i);
        } else if !used.contains(&c.id) {
            f.unused.push(i);
        }
    }
    f.out_of_order = out_of_order(q, &own, &first);
    f.wrong_issuers = wrong_issuers(found, &first);
    f.expired_alternatives = expired_alternatives(q, found);
    missing(&mut f, found);
    f
}

/// Every link is a verified signature.
fn unbroken(p: &Path) -> bool {
    !p.reasons().any(|(_, r)| matches!(r, Reason::BadSignature { .. } | Reason::SearchEnded))
}

/// An issuer must stand directly after its subject; an anchor may be left out and does not count.
fn out_of_order(q: &Question<'_>, own: &[&Path], first: &HashMap<CertId, usize>) -> Vec<usize> {
    // In order along any one path is in order.
    let mut fewest: Option<Vec<usize>> = None;
    for p in own.iter().filter(|p| unbroken(p)) {
        let positions: Vec<usize> =
            p.steps.iter().filter_map(|s| first.get(&s.certificate.as_ref()?.id).copied()).collect();
        if positions.is_empty() || p.steps.len() < 2 {
            continue;
        }
        let mut wrong: Vec<usize> = positions
            .windows(2)
            .filter_map(|w| match w {
                [a, b] if *b != distinct_successor(q, *a, first) => Some(*b),
                _ => None,
            })
            .collect();
        wrong.sort_unstable();
        if fewest.as_ref().is_none_or(|f| wrong.len() < f.len()) {
            fewest = Some(wrong);
        }
    }
    fewest.unwrap_or_default()
}

/// The next position that is not a repetition.
fn distinct_successor(q: &Question<'_>, at: usize, first: &HashMap<CertId, usize>) -> usize {
    let after = q.sent.iter().enumerate().skip(at + 1);
    after.filter(|(i, c)| first.get(&c.id) == Some(i)).map(|(i, _)| i).next().unwrap_or(usize::MAX)
}

fn wrong_issuers(found: &Found, first: &HashMap<CertId, usize>) -> Vec<WrongIssuer> {
    let mut out: Vec<WrongIssuer> = Vec::new();
    for (child, candidate) in &found.misfits {
        if out.iter().any(|w| w.child == *child && w.candidate == *candidate) {
            continue;
        }
        let harmless = found.paths.iter().any(|p| {
            p.steps.iter().enumerate().any(|(i, s)| {
                let here = s.certificate.as_ref().is_some_and(|c| c.id == *child);
                here && i + 1 < p.steps.len() && !s.reasons.iter().any(|r| matches!(r, Reason::BadSignature { .. }))
            })
        });
        out.push(WrongIssuer {
            child: *child,
            candidate: *candidate,
            position: first.get(candidate).copied(),
            harmless,
        });
    }
    out
}

fn expired_alternatives(q: &Question<'_>, found: &Found) -> Vec<ExpiredAlternative> {
    let mut out: Vec<ExpiredAlternative> = Vec::new();
    for p in &found.paths {
        for s in p.steps.iter().skip(1) {
            let Some(c) = &s.certificate else { continue };
            if q.time <= c.not_after || out.iter().any(|e| e.expired == c.id) {
                continue;
            }
            let other = found.paths.iter().position(|o| o.is_valid() && !o.ids().contains(&c.id));
            out.extend(other.map(|valid_path| ExpiredAlternative { expired: c.id, valid_path }));
        }
    }
    out
}

fn missing(f: &mut SentFacts, found: &Found) {
    if f.complete {
        return;
    }
    // How far what was sent goes: along the longest path, up to the first certificate that was not sent.
    let sent_len =
        |p: &Path| p.steps.iter().take_while(|s| matches!(s.origin, Origin::Sent(_) | Origin::Asked)).count();
    let broken_first = |p: &Path| p.reasons().any(|(_, r)| matches!(r, Reason::BadSignature { .. }));
    let Some(path) = found.paths.iter().filter(|p| !broken_first(p)).max_by_key(|p| sent_len(p)) else { return };
    let last = sent_len(path).checked_sub(1).and_then(|i| path.steps.get(i)).and_then(|s| s.certificate.as_ref());
    if let Some(c) = last {
        f.missing = Some(MissingIssuer {
            child: c.id,
            issuer: c.issuer.to_string(),
            key_id: c.extensions.authority_key_id.as_ref().and_then(|a| a.key_id.clone()),
            urls: c.extensions.ca_issuers.clone(),
        });
    }
    let mending = |p: &&(usize, &Path)| matches!(p.1.end, End::Trusted(_)) && unbroken(p.1) && p.1.needs_extra();
    let all: Vec<(usize, &Path)> = found.paths.iter().enumerate().collect();
    let best = all.iter().filter(mending).min_by_key(|(i, p)| (!p.is_valid(), p.faults().count(), p.steps.len(), *i));
    f.mended_by = best.map(|(i, p)| {
        let fetched = p.steps.iter().filter(|s| s.role != Role::Anchor).filter_map(|s| match s.origin {
            Origin::Extra(e) => Some(e),
            _ => None,
        });
        (*i, fetched.collect())
    });
}
