//! Accepted or refused *by the standards*: what RFC 5280 and the web's own profile (CA/Browser Forum Baseline
//! Requirements) demand of a chain, where clients are more lenient.
//!
//! [`check`](super) tells what is wrong by what clients do. Here notes become faults, and rules are added which bind
//! CAs and strict parsers; the tables [`Standard::takes`] and [`Standard::demands`] say which hold in which standard.

use super::breach::{self, Breach};
use super::{End, Path, Reason, Role, Search, Step};
use crate::algorithm::SignatureAlgorithm;
use crate::certificate::{Certificate, eku_allows};
use crate::crl::{self, RevocationState, Sources};
use crate::extensions::GeneralName;
use crate::lint::Lint;
use crate::names::{self, Host, Match};
use crate::oid::{self, Oid};
use crate::policy::{self, Policies, PolicyFailure, PolicySettings};

/// A standard by which chains are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standard {
    /// Path validation of RFC 5280 6 and nothing else: no rules for those who issue, no judgement of sizes and hashes.
    Paths,
    /// RFC 5280, with the name checks of RFC 9525.
    Rfc5280,
    /// The public web: RFC 5280 and what the Baseline Requirements add for TLS servers.
    Web,
}

/// What is asked beyond a [`Question`](super::Question).
#[derive(Clone, Copy, Default)]
pub struct Demand<'a> {
    /// Policies; the default takes any.
    pub policy: Option<&'a PolicySettings>,
    /// Most intermediates, self-issued ones not counted.
    pub max_intermediates: Option<usize>,
    /// Purposes that the leaf must allow beyond the question's own.
    pub usages: &'a [Oid],
    /// keyUsage bits that the leaf must have.
    pub key_usage: u16,
    /// Mailboxes that the leaf must name, each of them.
    pub emails: &'a [String],
    /// Hosts that the leaf must cover beyond the question's own, each of them.
    pub hosts: &'a [Host],
    /// Which signature algorithms may be met below the anchor; `None` is any.
    pub signatures: Option<&'a dyn Fn(&SignatureAlgorithm) -> bool>,
    /// Revocation lists to go by.
    pub revocation: Option<Revocation<'a>>,
}

/// How revocation is asked for.
#[derive(Clone, Copy)]
pub struct Revocation<'a> {
    /// The lists.
    pub sources: Sources<'a>,
    /// Whether a certificate without any list about it is refused, as NIST wants. Where it is not, a list that is
    /// there and of no use still is.
    pub hard: bool,
}

/// What the standard says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Whether some path is as the standard wants it.
    pub accepted: bool,
    /// Position in [`Search::paths`] of that path, or of the one nearest to it.
    pub path: Option<usize>,
    /// Everything that path breaks, with the position of the certificate; empty where accepted.
    pub breaches: Vec<(usize, Breach)>,
    /// The policies of that path.
    pub policies: Policies,
}

impl Standard {
    /// Judges every path of a search and tells the best.
    pub fn judge(self, search: &Search, demand: &Demand<'_>) -> Ruling {
        let mut best: Option<(u8, usize, Ruling)> = None;
        for (index, path) in search.paths.iter().enumerate() {
            let (breaches, policies) = self.path(path, demand);
            let accepted = breaches.is_empty() && matches!(path.end, End::Trusted(_));
            let worst = breaches.iter().map(|(_, b)| rank(b)).max().unwrap_or(0);
            let count = breaches.len();
            if best.as_ref().is_none_or(|(w, n, b)| !b.accepted && (accepted || (worst, count) < (*w, *n))) {
                best = Some((worst, count, Ruling { accepted, path: Some(index), breaches, policies }));
            }
            if accepted {
                break;
            }
        }
        let none = Ruling { accepted: false, path: None, breaches: Vec::new(), policies: Policies::default() };
        best.map_or(none, |(_, _, r)| r)
    }

    fn path(self, path: &Path, demand: &Demand<'_>) -> (Vec<(usize, Breach)>, Policies) {
        let mut out: Vec<(usize, Breach)> = Vec::new();
        for (at, step) in path.steps.iter().enumerate() {
            let reasons = step.reasons.iter().filter(|r| !self.takes(r, step.role));
            out.extend(reasons.map(|r| (at, Breach::Reason(r.clone()))));
            if let Some(c) = step.certificate.as_deref() {
                let own = breach::breaches(c, step.role).into_iter().filter(|b| self.demands(b));
                out.extend(own.map(|b| (at, b)));
            }
        }
        if let Some(leaf) = path.steps.first().and_then(|s| s.certificate.as_deref()) {
            asked_of_leaf(leaf, demand, self == Standard::Web, &mut out);
        }
        if let Some(allowed) = demand.signatures {
            let below = path.steps.iter().enumerate().filter(|(_, s)| s.role != Role::Anchor);
            let used = below.filter_map(|(i, s)| Some((i, &s.certificate.as_ref()?.signature_algorithm)));
            out.extend(used.filter(|(_, a)| !allowed(a)).map(|(i, a)| (i, Breach::SignatureNotAllowed(a.clone()))));
        }
        if let Some(limit) = demand.max_intermediates {
            let counted = |s: &&Step| s.role == Role::Intermediate;
            let own = |s: &&Step| s.certificate.as_ref().is_none_or(|c| !c.self_issued());
            let found = path.steps.iter().filter(counted).filter(own).count();
            if found > limit {
                out.push((0, Breach::TooManyIntermediates { limit, found }));
            }
        }
        let policies = self.policies(path, demand, &mut out);
        if let Some(r) = &demand.revocation
            && matches!(path.end, End::Trusted(_))
            && out.is_empty()
        {
            revocation(path, r, &mut out);
        }
        (out, policies)
    }

    fn policies(self, path: &Path, demand: &Demand<'_>, out: &mut Vec<(usize, Breach)>) -> Policies {
        let default = PolicySettings::default();
        let below = path.steps.iter().filter(|s| s.role != Role::Anchor || path.steps.len() == 1);
        let list: Vec<&Certificate> = below.filter_map(|s| s.certificate.as_deref()).collect();
        let policies = policy::process(&list, demand.policy.unwrap_or(&default));
        if let Some((at, failure)) = policies.failure {
            out.push((at, Breach::Policy(failure)));
        }
        policies
    }

    /// Whether a reason counts for nothing in this standard.
    ///
    /// [`Standard::Paths`] takes every note, weak keys and weak signatures. The others:
    ///
    /// | reason or note | RFC 5280 | web |
    /// | --- | --- | --- |
    /// | any fault | refused | refused |
    /// | the policy notes | judged apart | judged apart |
    /// | leaf is a CA | taken | refused |
    /// | nameConstraints not critical | refused | taken (Baseline Requirements 7.1.2.10.8 allow it) |
    /// | anyExtendedKeyUsage only | taken | refused |
    /// | key identifiers that do not fit, other encoding of a name | taken | taken |
    /// | keyUsage for TLS of a leaf | judged apart | refused |
    /// | keyUsage missing, or an odd serial number, in an anchor | taken | taken |
    /// | authorityKeyIdentifier missing in an anchor | refused if not self-issued | taken (7.1.2.1.2 recommends it) |
    /// | a place in authorityInfoAccess that is no URI | taken | refused (7.1.2.7.7) |
    /// | every other lint | refused | refused |
    pub fn takes(self, reason: &Reason, role: Role) -> bool {
        let web = self == Standard::Web;
        let anchor = role == Role::Anchor;
        if self == Standard::Paths {
            let validation = !matches!(
                reason,
                Reason::WeakKey { .. } | Reason::WeakSignature { .. } | Reason::LeafKeyUsageUnfit { .. }
            );
            return reason.is_note() || !validation;
        }
        match reason {
            Reason::PolicyNotValid | Reason::PolicyMapsAny => true,
            Reason::LeafIsCa | Reason::AnyEkuOnly | Reason::LeafKeyUsageUnfit { .. } => !web,
            Reason::LeafIsAnchor
            | Reason::AnchorNotSelfSigned
            | Reason::KeyEnciphermentOnly
            | Reason::NameEncodingDiffers
            | Reason::AkiMismatch
            | Reason::AkiSerialMismatch => true,
            Reason::OldVersionAnchor => false,
            // Anchors are taken as they are: what they say is for them (RFC 5280 6.1.1 d).
            Reason::Lint(Lint::KeyUsageMissing | Lint::SerialZero | Lint::SerialNegative | Lint::SerialLong(_)) => {
                anchor
            }
            Reason::Lint(Lint::AkiMissing) => anchor && web,
            Reason::Lint(Lint::AiaLocation) => !web,
            Reason::Lint(Lint::NameConstraintsNotCritical) => web,
            _ => false,
        }
    }

    /// Whether a rule of [`Breach`] belongs to this standard.
    pub fn demands(self, breach: &Breach) -> bool {
        let web = self == Standard::Web;
        match breach {
            _ if self == Standard::Paths => false,
            // RFC 5280 itself.
            Breach::ConstraintsForm(_) | Breach::SanForm(_) | Breach::PolicyExtensionNotCritical(_) => true,
            // The web's own profile.
            _ => web,
        }
    }
}

fn asked_of_leaf(leaf: &Certificate, demand: &Demand<'_>, web: bool, out: &mut Vec<(usize, Breach)>) {
    for usage in demand.usages {
        if !eku_allows(leaf, usage.as_bytes()) {
            out.push((0, Breach::UsageMissing(usage.clone())));
        }
    }
    if let Some(usage) = leaf.extensions.key_usage
        && usage.0 & demand.key_usage != demand.key_usage
    {
        out.push((0, Breach::KeyUsageBitsMissing(demand.key_usage & !usage.0)));
    }
    let mailboxes: Vec<&str> =
        leaf.sans().filter_map(|n| if let GeneralName::Email(e) = n { Some(e.as_str()) } else { None }).collect();
    for host in demand.hosts {
        match names::covers(leaf, host) {
            Ok(Match::Wildcard(w)) if web && w.strip_prefix("*.").and_then(breach::public_suffix).is_some() => {
                let known = out.iter().any(|(_, b)| matches!(b, Breach::PublicSuffixWildcard(x) if *x == w));
                out.extend((!known).then_some((0, Breach::PublicSuffixWildcard(w))));
            }
            Ok(_) => {}
            Err(mismatch) => out.push((0, Breach::Reason(Reason::NameMismatch(mismatch)))),
        }
    }
    for wanted in demand.emails {
        if !mailboxes.iter().any(|m| same_mailbox(m, wanted)) {
            out.push((0, Breach::MailboxMissing(wanted.clone())));
        }
    }
}

/// The part before the `@` as it is, the host without regard to case (RFC 5280 7.5).
fn same_mailbox(a: &str, b: &str) -> bool {
    match (a.rsplit_once('@'), b.rsplit_once('@')) {
        (Some((la, ha)), Some((lb, hb))) => la == lb && ha.eq_ignore_ascii_case(hb),
        _ => a == b,
    }
}

fn revocation(path: &Path, r: &Revocation<'_>, out: &mut Vec<(usize, Breach)>) {
    for at in 0..path.steps.len().saturating_sub(1) {
        match crl::status(path, at, &r.sources) {
            RevocationState::Good => {}
            RevocationState::Undetermined(problems) if !r.hard && problems.is_empty() => {}
            state => out.push((at, Breach::Revocation(state))),
        }
    }
}

/// How far from acceptable, in the terms of [`Reason::rank`].
fn rank(breach: &Breach) -> u8 {
    match breach {
        Breach::Reason(r) => r.rank().max(5),
        Breach::Policy(PolicyFailure::NoneValid | PolicyFailure::MapsAny) => 57,
        Breach::Revocation(_) => 40,
        Breach::TooManyIntermediates { .. } => 59,
        _ => 8,
    }
}

/// Whether a certificate policies extension is worth following on this path.
pub(super) fn policies_matter(path: &Path) -> bool {
    path.steps.iter().filter_map(|s| s.certificate.as_deref()).any(|c| {
        c.extensions.require_explicit_policy.is_some() || c.extensions.critical(oid::POLICY_MAPPINGS).is_some()
    })
}
