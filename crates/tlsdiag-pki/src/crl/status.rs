//! Is a certificate revoked, by every list there is (RFC 5280 6.3.3): lists of distribution points, indirect, delta and
//! partial ones, signed by the issuer or by whom it certified for that.

use super::{Crl, CrlAnswer, CrlProblem};
use crate::anchors::AnchorSet;
use crate::certificate::{CertId, Certificate};
use crate::dn::DistinguishedName;
use crate::extensions::{DistributionPoint, GeneralName, KeyUsage, PointName};
use crate::key::PublicKey;
use crate::path::{Limits, Path, Purpose, Question, paths};
use crate::revocation::RevocationReason;
use crate::verify::Verifier;
use crate::writer;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// What there is to judge by.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Every list at hand; those of others are passed over.
    pub lists: &'a [Crl<'a>],
    /// Certificates of those who may have signed lists, beyond the path itself.
    pub issuers: &'a [Arc<Certificate>],
    /// Whom to trust.
    pub anchors: &'a [&'a AnchorSet],
    /// When, in unix seconds.
    pub time: i64,
    /// Who checks signatures.
    pub verifier: &'a dyn Verifier,
    /// Whether a list without a number, or with a critical one, is of no use (RFC 5280 5.2.3).
    pub strict: bool,
}

/// What the lists say of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevocationState {
    /// Lists that cover every reason are there and name it not.
    Good,
    /// It is revoked.
    Revoked {
        /// When, unix seconds.
        at: i64,
        /// Why, if told.
        reason: Option<RevocationReason>,
    },
    /// The lists say too little: which of them were of no use, and why. Empty where none is about it.
    Undetermined(Vec<ListProblem>),
}

/// A list that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProblem {
    /// Its position in [`Sources::lists`].
    pub list: usize,
    /// Why.
    pub why: Unusable,
}

/// Why a list is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// As for a single list.
    Problem(CrlProblem),
    /// It has no number (RFC 5280 5.2.3 demands one).
    NoNumber,
    /// Its number is critical (RFC 5280 5.2.3 forbids that).
    NumberCritical,
    /// Nobody who may sign it and leads to the same trust anchor made its signature.
    NoSigner,
    /// Its signer is revoked, or that is not known.
    SignerRevoked,
}

/// Every reason but the unused bit 0 (RFC 5280 4.2.1.13).
const ALL_REASONS: u16 = 0x1fe;
/// How deep signers of lists are followed whose own lists have other signers.
const MAX_DEPTH: u8 = 4;
/// Most pairs of distribution point and list that are looked at for one certificate.
const MAX_PAIRS: usize = 4_096;

/// Judges the certificate at position `at` of a path. An anchor, or a certificate whose issuer is not on the path, is
/// undetermined.
pub fn status(path: &Path, at: usize, sources: &Sources<'_>) -> RevocationState {
    let nothing = RevocationState::Undetermined(Vec::new());
    let (Some(step), Some(_)) = (path.steps.get(at), path.steps.get(at + 1)) else { return nothing };
    let Some(certificate) = &step.certificate else { return nothing };
    Judge { path, sources, depth: 0, asked: vec![certificate.id] }.status(certificate)
}

struct Judge<'a> {
    path: &'a Path,
    sources: &'a Sources<'a>,
    depth: u8,
    /// Certificates whose status is being asked for: a list that one of them signed cannot acquit it.
    asked: Vec<CertId>,
}

impl Judge<'_> {
    fn status(&self, certificate: &Certificate) -> RevocationState {
        let mut problems: Vec<ListProblem> = Vec::new();
        let mut covered = 0u16;
        // However many points name a list, it is judged once.
        let mut answers: HashMap<usize, Result<CrlAnswer, Unusable>> = HashMap::new();
        // Lists that no distribution point names count too, if the issuer made them.
        let implicit = DistributionPoint {
            name: PointName::Full(vec![GeneralName::Directory(certificate.issuer.clone())]),
            ..DistributionPoint::default()
        };
        let points = certificate.extensions.distribution_points.iter().chain([&implicit]);
        let pairs = points.flat_map(|p| self.sources.lists.iter().enumerate().map(move |(i, l)| (p, i, l)));
        for (point, index, list) in pairs.take(MAX_PAIRS) {
            if covered == ALL_REASONS {
                break;
            }
            if list.delta_base.is_some() || !about(point, list, certificate) {
                continue;
            }
            let reasons = point.reasons.unwrap_or(ALL_REASONS) & list.scope.some_reasons.unwrap_or(ALL_REASONS);
            if reasons & ALL_REASONS & !covered == 0 {
                continue;
            }
            match answers.entry(index).or_insert_with(|| self.answer(list, certificate)) {
                Ok(CrlAnswer::NotListed) => covered |= reasons & ALL_REASONS,
                Ok(CrlAnswer::Revoked { at, reason }) => return RevocationState::Revoked { at: *at, reason: *reason },
                Err(why) => {
                    if !problems.iter().any(|p| p.list == index) {
                        problems.push(ListProblem { list: index, why: why.clone() });
                    }
                }
            }
        }
        if covered == ALL_REASONS { RevocationState::Good } else { RevocationState::Undetermined(problems) }
    }

    /// What one complete list says, with the delta lists that go with it.
    fn answer(&self, list: &Crl<'_>, certificate: &Certificate) -> Result<CrlAnswer, Unusable> {
        let key = self.usable(list)?;
        let deltas = self.sources.lists.iter().filter(|d| {
            goes_with(d, list) && self.usable(d).is_ok_and(|k| k == key) && d.this_update >= list.this_update
        });
        // Of several delta lists the newest counts (RFC 5280 5.2.4).
        let newest = deltas.max_by(|a, b| compare(a.number.map(|n| n.0), b.number.map(|n| n.0)));
        if let Some(delta) = newest
            && let CrlAnswer::Revoked { at, reason } = delta.find(certificate).map_err(Unusable::Problem)?.0
        {
            return Ok(match reason {
                Some(RevocationReason(8)) => CrlAnswer::NotListed,
                _ => CrlAnswer::Revoked { at, reason },
            });
        }
        Ok(list.find(certificate).map_err(Unusable::Problem)?.0)
    }

    /// Whether a list is in force and well signed; the key that signed it.
    fn usable(&self, list: &Crl<'_>) -> Result<PublicKey, Unusable> {
        list.in_time(self.sources.time).map_err(Unusable::Problem)?;
        if let Some(unknown) = list.unknown_critical.first() {
            return Err(Unusable::Problem(CrlProblem::UnknownCriticalExtension(unknown.clone())));
        }
        if self.sources.strict {
            match list.number {
                None => return Err(Unusable::NoNumber),
                Some((_, true)) => return Err(Unusable::NumberCritical),
                Some(_) => {}
            }
        }
        self.signer(list)
    }

    /// Who signed: somebody of the list's issuer name who may, and who leads to the path's own anchor.
    fn signer(&self, list: &Crl<'_>) -> Result<PublicKey, Unusable> {
        let mut why = Unusable::NoSigner;
        let above = self.path.steps.iter().enumerate().skip(1);
        for (at, step) in above.filter(|(_, s)| s.subject.matches(&list.issuer)) {
            let Some(key) = self.path.working_key(at) else { continue };
            match self.signed(list, &key, step.certificate.as_deref()) {
                Ok(()) => return Ok(step.public_key.clone()),
                Err(problem) => why = Unusable::Problem(problem),
            }
        }
        for c in self.sources.issuers.iter().filter(|c| c.subject.matches(&list.issuer)) {
            if self.path.steps.iter().skip(1).any(|s| s.public_key == c.public_key) {
                continue;
            }
            // A list cannot acquit its own signer, unless the CA itself made that list the place to look.
            let asked = self.asked.contains(&c.id);
            if asked && !leaves_it_to(c, &list.issuer) {
                continue;
            }
            if let Err(problem) = self.signed(list, &c.public_key, Some(c)) {
                if !matches!(problem, CrlProblem::BadSignature) {
                    why = Unusable::Problem(problem);
                }
                continue;
            }
            if asked || self.signer_stands(c) {
                return Ok(c.public_key.clone());
            }
            why = Unusable::SignerRevoked;
        }
        Err(why)
    }

    fn signed(&self, list: &Crl<'_>, key: &PublicKey, certificate: Option<&Certificate>) -> Result<(), CrlProblem> {
        if certificate.and_then(|c| c.extensions.key_usage).is_some_and(|u| !u.any(KeyUsage::CRL_SIGN)) {
            return Err(CrlProblem::IssuerMayNotSign);
        }
        list.signed_by(key, self.sources.verifier)
    }

    /// Whether a signer's certificate leads to the path's own anchor (RFC 5280 6.3.3 f) and is not revoked.
    fn signer_stands(&self, signer: &Arc<Certificate>) -> bool {
        if self.depth >= MAX_DEPTH {
            return false;
        }
        let Some(anchor) = self.path.steps.last() else { return false };
        let s = self.sources;
        let search = paths(&Question {
            leaf: signer,
            sent: &[],
            extra: s.issuers,
            anchors: s.anchors,
            time: s.time,
            purpose: Purpose::Any,
            host: None,
            verifier: s.verifier,
            limits: Limits { certificates: s.issuers.len(), ..Limits::default() },
        });
        let mut asked = self.asked.clone();
        asked.push(signer.id);
        let same_anchor = |p: &&Path| {
            p.steps.last().is_some_and(|e| e.public_key == anchor.public_key && e.subject.matches(&anchor.subject))
        };
        search.valid().filter(same_anchor).any(|path| {
            let judge = Judge { path, sources: s, depth: self.depth + 1, asked: asked.clone() };
            let below_anchor = path.steps.len().saturating_sub(1);
            let mut steps = path.steps.iter().take(below_anchor).filter_map(|s| s.certificate.as_deref());
            steps.all(|c| judge.status(c) == RevocationState::Good)
        })
    }
}

/// Whether a list is one that a distribution point means, and is about certificates like this (RFC 5280 6.3.3 b).
fn about(point: &DistributionPoint, list: &Crl<'_>, certificate: &Certificate) -> bool {
    let by_issuer = list.issuer.matches(&certificate.issuer);
    let issued = if point.crl_issuer.is_empty() {
        by_issuer
    } else {
        list.scope.indirect && point.crl_issuer.iter().any(|n| is_name(n, &list.issuer))
    };
    issued && list.scope.covers(certificate) && same_point(point, list, certificate)
}

/// The names of the point and of the list have one in common, where the list has any.
fn same_point(point: &DistributionPoint, list: &Crl<'_>, certificate: &Certificate) -> bool {
    let own = names_of(&list.scope.point, &list.issuer);
    if own.is_empty() {
        return true;
    }
    let owner = point.crl_issuer.iter().find_map(|n| match n {
        GeneralName::Directory(d) => Some(d),
        _ => None,
    });
    let mut wanted = names_of(&point.name, owner.unwrap_or(&certificate.issuer));
    if wanted.is_empty() {
        wanted.clone_from(&point.crl_issuer);
    }
    own.iter().any(|a| wanted.iter().any(|b| same_name(a, b)))
}

fn names_of(point: &PointName, issuer: &DistinguishedName) -> Vec<GeneralName> {
    match point {
        PointName::Absent => Vec::new(),
        PointName::Full(names) => names.clone(),
        PointName::Relative(rdn) => {
            let content = crate::der::Reader::new(issuer.der()).read("Name").map(|n| n.content).unwrap_or_default();
            let set = writer::tlv(crate::der::Tag::SET, rdn);
            let whole = writer::sequence(&[content, &set]);
            DistinguishedName::from_der(&whole).map(|d| vec![GeneralName::Directory(d)]).unwrap_or_default()
        }
    }
}

fn same_name(a: &GeneralName, b: &GeneralName) -> bool {
    match (a, b) {
        (GeneralName::Directory(a), GeneralName::Directory(b)) => a.matches(b),
        _ => a == b,
    }
}

/// A distribution point of the certificate names this issuer of lists.
fn leaves_it_to(certificate: &Certificate, issuer: &DistinguishedName) -> bool {
    let points = &certificate.extensions.distribution_points;
    points.iter().flat_map(|p| &p.crl_issuer).any(|n| is_name(n, issuer))
}

fn is_name(name: &GeneralName, of: &DistinguishedName) -> bool {
    matches!(name, GeneralName::Directory(d) if d.matches(of))
}

/// A delta list belongs to a complete one: same issuer and scope, made from it or an older one, and newer than it
/// (RFC 5280 5.2.4, 6.3.3 c).
fn goes_with(delta: &Crl<'_>, list: &Crl<'_>) -> bool {
    let (Some(base), Some((number, _))) = (delta.delta_base, list.number) else { return false };
    delta.issuer.matches(&list.issuer)
        && delta.scope == list.scope
        && delta.key_id == list.key_id
        && compare(Some(base), Some(number)) != Ordering::Greater
        && compare(delta.number.map(|n| n.0), Some(number)) != Ordering::Less
}

/// Numbers without leading zeros, as octets.
fn compare(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let key = |n: Option<&[u8]>| n.map(|n| (n.len(), n.to_vec()));
    key(a).cmp(&key(b))
}
