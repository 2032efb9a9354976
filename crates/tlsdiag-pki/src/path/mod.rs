//! Path building that keeps every way it tried, and for every certificate on it every reason why it fails.
//!
//! The search follows names and verified signatures from the leaf to trust anchors, backtracks, and is bounded. What
//! each path holds is judged afterwards ([`check`](self)), so a path with five faults shows five. Reasons carry the
//! certificate's role, so that a client which judges anchors less strictly can be modelled on top.

mod best;
mod breach;
mod check;
mod facts;
mod reason;
mod search;
mod standard;
mod twins;

pub use best::Best;
pub use breach::Breach;
pub use facts::{ExpiredAlternative, MissingIssuer, SentFacts, WrongIssuer};
pub use reason::Reason;
pub use standard::{Demand, Revocation, Ruling, Standard};
pub use twins::{Twin, Twins, twins};

use crate::anchors::AnchorSet;
use crate::certificate::{CertId, Certificate};
use crate::der::{Reader, Tag};
use crate::dn::DistinguishedName;
use crate::extensions::NameConstraints;
use crate::key::{KeyKind, PublicKey};
use crate::names::Host;
use crate::verify::Verifier;
use crate::writer;
use std::borrow::Cow;
use std::sync::Arc;

/// What to find paths for.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The certificate of the server itself.
    pub leaf: &'a Arc<Certificate>,
    /// What the server sent, in order, the leaf included where it came.
    pub sent: &'a [Arc<Certificate>],
    /// What was had otherwise: by AIA, from a store, from a file.
    pub extra: &'a [Arc<Certificate>],
    /// Whom to trust.
    pub anchors: &'a [&'a AnchorSet],
    /// When, in unix seconds.
    pub time: i64,
    /// What for.
    pub purpose: Purpose,
    /// The name that was meant; `None` leaves names out.
    pub host: Option<&'a Host>,
    /// Who checks signatures.
    pub verifier: &'a dyn Verifier,
    /// How far to go.
    pub limits: Limits,
}

/// What the leaf is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A TLS server.
    ServerAuth,
    /// A TLS client.
    ClientAuth,
    /// Nothing in particular: extended and leaf key usage are left out (RFC 5280 6.1 alone).
    Any,
}

/// Bounds of the search; that one was hit is in [`Search::bounds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Certificates on a path, leaf and anchor included.
    pub depth: usize,
    /// Paths that are kept.
    pub paths: usize,
    /// Signature checks.
    pub signatures: usize,
    /// Steps of the search.
    pub steps: usize,
    /// Certificates that are looked at, of those sent and extra together.
    pub certificates: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { depth: 10, paths: 64, signatures: 200, steps: 2_000, certificates: 400 }
    }
}

/// Which bounds ended the search early; the answer may then be incomplete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// A path was cut at the depth limit.
    pub depth: bool,
    /// There are more paths.
    pub paths: bool,
    /// Signatures were left unchecked.
    pub signatures: bool,
    /// The search was longer than its steps.
    pub steps: bool,
    /// More certificates came than were looked at.
    pub certificates: bool,
}

impl Bounds {
    /// Whether any was hit.
    pub fn any(self) -> bool {
        self.depth || self.paths || self.signatures || self.steps || self.certificates
    }
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Search {
    /// Every path, in the order in which they were found: anchors first, then what was sent.
    pub paths: Vec<Path>,
    /// Which bounds were hit.
    pub bounds: Bounds,
    /// How many signatures were checked.
    pub signature_checks: usize,
    /// What can be said about the certificates that the server sent.
    pub sent: SentFacts,
}

/// One way from the leaf upwards.
#[derive(Clone, Debug)]
pub struct Path {
    /// From the leaf to where it ends.
    pub steps: Vec<Step>,
    /// Where it ends.
    pub end: End,
}

/// One certificate (or bare anchor) on a path.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its part in this path.
    pub role: Role,
    /// Where it came from.
    pub origin: Origin,
    /// The certificate; `None` only for an anchor that is but a name and a key.
    pub certificate: Option<Arc<Certificate>>,
    /// Its name.
    pub subject: DistinguishedName,
    /// Its key.
    pub public_key: PublicKey,
    /// Constraints of an anchor without certificate.
    pub anchor_constraints: Option<NameConstraints>,
    /// Everything that is wrong with it here.
    pub reasons: Vec<Reason>,
}

/// Part of a certificate in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The first.
    Leaf,
    /// A CA between.
    Intermediate,
    /// The trust anchor at the end.
    Anchor,
    /// A self-signed certificate at the end that is no anchor.
    UntrustedRoot,
}

/// Where a certificate came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Sent by the server, at this position.
    Sent(usize),
    /// From [`Question::extra`], at this position.
    Extra(usize),
    /// From this anchor set ([`Question::anchors`]).
    Anchor(usize),
    /// It is the leaf that was asked about, and was not among what was sent.
    Asked,
}

/// Where a path ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// At a trust anchor; the sets (positions in [`Question::anchors`]) that hold it.
    Trusted(Vec<usize>),
    /// At a self-signed certificate that is no anchor.
    UntrustedRoot,
    /// The issuer of the last certificate is not there.
    IssuerMissing,
    /// A bound was hit.
    Bound,
}

impl Path {
    /// Whether nothing counts against it.
    pub fn is_valid(&self) -> bool {
        matches!(self.end, End::Trusted(_)) && self.faults().next().is_none()
    }

    /// Every reason that counts against it, with the position of the certificate, leaf first.
    pub fn faults(&self) -> impl Iterator<Item = (usize, &Reason)> {
        self.reasons().filter(|(_, r)| !r.is_note())
    }

    /// Every reason and note, with the position of the certificate, leaf first.
    pub fn reasons(&self) -> impl Iterator<Item = (usize, &Reason)> {
        self.steps.iter().enumerate().flat_map(|(i, s)| s.reasons.iter().map(move |r| (i, r)))
    }

    /// The fault to name first; see [`Reason::rank`].
    pub fn leading(&self) -> Option<(usize, &Reason)> {
        // Of equal ranks the one nearest to the leaf.
        self.faults().min_by_key(|(i, r)| (std::cmp::Reverse(r.rank()), *i))
    }

    /// Whether it needs a certificate that the server did not send (the anchor aside).
    pub fn needs_extra(&self) -> bool {
        self.steps.iter().any(|s| matches!(s.origin, Origin::Extra(_)) && s.role != Role::Anchor)
    }

    /// The key of the certificate at a position as signatures are checked with it: a DSA key without parameters has
    /// those of the nearest key above (RFC 5280 6.1.4 e). `None` where there are none.
    pub fn working_key(&self, at: usize) -> Option<Cow<'_, PublicKey>> {
        let own = &self.steps.get(at)?.public_key;
        let bare = |k: &PublicKey| k.kind == (KeyKind::Dsa { bits: 0 });
        if !bare(own) {
            return Some(Cow::Borrowed(own));
        }
        let other = self.steps.iter().skip(at + 1).map(|s| &s.public_key).find(|k| !bare(k))?;
        matches!(other.kind, KeyKind::Dsa { .. }).then_some(())?;
        let mut spki = Reader::new(&other.spki).expect(Tag::SEQUENCE, "SubjectPublicKeyInfo").ok()?.reader();
        let algorithm = spki.expect(Tag::SEQUENCE, "AlgorithmIdentifier").ok()?.raw;
        let whole = writer::sequence(&[algorithm, &writer::bit_string(&own.bits)]);
        PublicKey::from_der(&whole).ok().map(Cow::Owned)
    }

    /// Identities of its certificates, leaf first.
    pub fn ids(&self) -> Vec<CertId> {
        self.steps.iter().filter_map(|s| s.certificate.as_ref().map(|c| c.id)).collect()
    }
}

/// Finds every path and judges it.
pub fn paths(question: &Question<'_>) -> Search {
    let mut found = search::search(question);
    for path in &mut found.paths {
        check::judge(path, question);
    }
    let sent = facts::sent_facts(question, &found);
    Search { paths: found.paths, bounds: found.bounds, signature_checks: found.signature_checks, sent }
}

/// What a server should send for this path: leaf, then intermediates in order, without the root (RFC 8446 4.4.2).
pub fn fullchain_pem(path: &Path) -> String {
    path.steps
        .iter()
        .filter(|s| matches!(s.role, Role::Leaf | Role::Intermediate))
        .filter_map(|s| s.certificate.as_ref().map(|c| c.to_pem()))
        .collect()
}
