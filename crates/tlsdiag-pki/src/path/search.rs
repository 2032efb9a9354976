//! The bounded search from the leaf to trust anchors, along names and verified signatures.

use super::{Bounds, End, Origin, Path, Question, Reason, Role, Step};
use crate::algorithm::SignatureAlgorithm;
use crate::anchors::Anchor;
use crate::certificate::{CertId, Certificate, key_ids_fit};
use crate::dn::DistinguishedName;
use crate::key::{KeyKind, PublicKey};
use crate::verify::VerifyError;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the search found, before it is judged.
pub(super) struct Found {
    pub(super) paths: Vec<Path>,
    pub(super) bounds: Bounds,
    pub(super) signature_checks: usize,
    /// Pairs (child, certificate of the issuer's name) whose signature does not fit.
    pub(super) misfits: Vec<(CertId, CertId)>,
}

/// Runs the search.
pub(super) fn search(q: &Question<'_>) -> Found {
    let mut s = State {
        q,
        nodes: Vec::new(),
        pool: HashMap::new(),
        anchors: HashMap::new(),
        memo: HashMap::new(),
        distances: None,
        found: Found { paths: Vec::new(), bounds: Bounds::default(), signature_checks: 0, misfits: Vec::new() },
        steps: 0,
    };
    let position = q.sent.iter().position(|c| c.id == q.leaf.id);
    let leaf = s.add(Node::certificate(q.leaf, position.map_or(Origin::Asked, Origin::Sent)));
    let mut seen = HashSet::from([q.leaf.id]);
    let sent = q.sent.iter().enumerate().map(|(i, c)| (c, Origin::Sent(i)));
    let extra = q.extra.iter().enumerate().map(|(i, c)| (c, Origin::Extra(i)));
    for (c, origin) in sent.chain(extra) {
        if seen.contains(&c.id) {
            continue;
        }
        if seen.len() > q.limits.certificates {
            s.found.bounds.certificates = true;
            break;
        }
        if seen.insert(c.id) {
            let node = s.add(Node::certificate(c, origin));
            s.pool.entry(c.subject.folded().into()).or_default().push(node);
        }
    }
    s.extend(&mut vec![leaf], &mut Vec::new());
    s.found
}

struct Node {
    certificate: Option<Arc<Certificate>>,
    anchor: Option<Arc<Anchor>>,
    subject: DistinguishedName,
    key: PublicKey,
    origin: Origin,
    /// Anchor sets that hold it; empty for what is no anchor.
    sets: Vec<usize>,
}

impl Node {
    fn certificate(c: &Arc<Certificate>, origin: Origin) -> Node {
        Node {
            certificate: Some(c.clone()),
            anchor: None,
            subject: c.subject.clone(),
            key: c.public_key.clone(),
            origin,
            sets: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Signature {
    Good,
    Bad,
    /// The key is of another kind: cannot be the issuer.
    Impossible,
    Unsupported(String),
    /// The issuer's DSA key has its parameters from above, where the path has not come yet (RFC 5280 6.1.4 e).
    Deferred,
    NotChecked,
}

struct State<'a> {
    q: &'a Question<'a>,
    nodes: Vec<Arc<Node>>,
    /// Certificates sent or fetched, by folded subject.
    pool: HashMap<Box<[u8]>, Vec<usize>>,
    /// Anchor nodes by folded subject, filled on demand.
    anchors: HashMap<Box<[u8]>, Vec<usize>>,
    memo: HashMap<(usize, usize), Signature>,
    /// How many certificates lie between a name and the nearest anchor, going by names; computed where it is needed.
    distances: Option<HashMap<Box<[u8]>, usize>>,
    found: Found,
    steps: usize,
}

impl State<'_> {
    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(Arc::new(node));
        self.nodes.len() - 1
    }

    fn node(&self, i: usize) -> Option<Arc<Node>> {
        self.nodes.get(i).cloned()
    }

    fn anchors_named(&mut self, name: &DistinguishedName) -> Vec<usize> {
        if let Some(known) = self.anchors.get(name.folded()) {
            return known.clone();
        }
        let mut list: Vec<Node> = Vec::new();
        for (set, anchors) in self.q.anchors.iter().enumerate() {
            for a in anchors.by_subject(name) {
                let same =
                    |n: &&mut Node| n.anchor.as_ref().is_some_and(|o| o.id == a.id && o.public_key == a.public_key);
                match list.iter_mut().find(same) {
                    Some(n) => n.sets.push(set),
                    None => list.push(Node {
                        certificate: a.certificate().cloned(),
                        anchor: Some(a.clone()),
                        subject: a.subject.clone(),
                        key: a.public_key.clone(),
                        origin: Origin::Anchor(set),
                        sets: vec![set],
                    }),
                }
            }
        }
        let ids: Vec<usize> = list.into_iter().map(|n| self.add(n)).collect();
        self.anchors.insert(name.folded().into(), ids.clone());
        ids
    }

    /// Goes on from the last certificate of `path`. `broken` holds what is wrong with the links so far.
    fn extend(&mut self, path: &mut Vec<usize>, broken: &mut Vec<(usize, Reason)>) {
        self.steps += 1;
        if self.steps > self.q.limits.steps {
            self.found.bounds.steps = true;
            return;
        }
        let at = path.len().saturating_sub(1);
        let Some(child_id) = path.last().copied() else { return };
        let Some(child) = self.node(child_id) else { return };
        let Some(certificate) = child.certificate.clone() else { return };

        // The leaf may be an anchor itself; other certificates that are anchors were met as such.
        if at == 0 {
            let own = self.anchors_named(&certificate.subject);
            let own = own.into_iter().filter_map(|i| self.node(i));
            let sets: Vec<usize> = own
                .filter(|n| n.certificate.as_ref().is_some_and(|c| c.id == certificate.id))
                .flat_map(|n| n.sets.clone())
                .collect();
            if !sets.is_empty() {
                self.finish(path, broken, End::Trusted(sets));
                if certificate.self_issued() {
                    return;
                }
            }
        }

        let candidates = self.candidates(&certificate, path);
        if path.len() >= self.q.limits.depth {
            if candidates.is_empty() {
                self.dead_end(path, broken, &certificate, child_id, &[]);
            } else {
                self.found.bounds.depth = true;
                let mut broken = broken.clone();
                broken.push((at, Reason::SearchEnded));
                self.finish(path, &broken, End::Bound);
            }
            return;
        }

        let mut extended = false;
        let mut bad = Vec::new();
        let mut unchecked = false;
        for candidate in candidates {
            match self.signature(child_id, candidate) {
                Signature::Good | Signature::Deferred => {
                    self.step(path, broken, candidate, None);
                    extended = true;
                }
                Signature::Unsupported(algorithm) => {
                    self.step(path, broken, candidate, Some(Reason::SignatureUnchecked { algorithm }));
                    extended = true;
                }
                Signature::Bad => bad.push((candidate, true)),
                Signature::Impossible => bad.push((candidate, false)),
                Signature::NotChecked => unchecked = true,
            }
            if self.stopped() {
                return;
            }
        }
        if extended {
            return;
        }
        if unchecked {
            let mut broken = broken.clone();
            broken.push((at, Reason::SearchEnded));
            self.finish(path, &broken, End::Bound);
            return;
        }
        self.dead_end(path, broken, &certificate, child_id, &bad);
    }

    fn stopped(&mut self) -> bool {
        self.found.bounds.steps || self.found.bounds.paths
    }

    fn step(&mut self, path: &mut Vec<usize>, broken: &mut Vec<(usize, Reason)>, to: usize, why: Option<Reason>) {
        let at = path.len().saturating_sub(1);
        let pushed = why.is_some();
        broken.extend(why.map(|r| (at, r)));
        path.push(to);
        match self.node(to) {
            Some(n) if !n.sets.is_empty() => self.finish(path, broken, End::Trusted(n.sets.clone())),
            _ => self.extend(path, broken),
        }
        path.pop();
        if pushed {
            broken.pop();
        }
    }

    /// Nobody's signature fits.
    fn dead_end(
        &mut self,
        path: &mut Vec<usize>,
        broken: &mut Vec<(usize, Reason)>,
        certificate: &Arc<Certificate>,
        child_id: usize,
        bad: &[(usize, bool)],
    ) {
        let at = path.len().saturating_sub(1);
        if certificate.self_issued() && self.signature(child_id, child_id) == Signature::Good {
            let reason = if at == 0 { Reason::SelfSignedLeaf } else { Reason::UntrustedRoot };
            let mut broken = broken.clone();
            broken.push((at, reason));
            self.finish(path, &broken, End::UntrustedRoot);
            return;
        }
        // The identifier says that this very key signed, or nothing speaks against it: the signature is broken, and
        // the rest of the chain is worth seeing. Otherwise it is another CA key of the same name.
        let suspects: Vec<usize> = bad
            .iter()
            .filter(|(i, possible)| {
                let ski = self.node(*i).and_then(|n| {
                    let c = n.certificate.as_ref()?;
                    Some(c.extensions.subject_key_id.clone().unwrap_or_else(|| n.key.sha1().to_vec()))
                });
                *possible && key_ids_fit(certificate, ski.as_deref()) != Some(false)
            })
            .map(|(i, _)| *i)
            .take(2)
            .collect();
        for suspect in &suspects {
            let issuer = self.node(*suspect).and_then(|n| n.certificate.as_ref().map(|c| c.id));
            self.step(path, broken, *suspect, Some(Reason::BadSignature { issuer }));
        }
        if suspects.is_empty() {
            let same_name = bad.iter().filter_map(|(i, _)| self.node(*i)?.certificate.as_ref().map(|c| c.id)).collect();
            let x = &certificate.extensions;
            let reason = Reason::IssuerNotFound {
                issuer: certificate.issuer.to_string(),
                key_id: x.authority_key_id.as_ref().and_then(|a| a.key_id.clone()),
                urls: x.ca_issuers.clone(),
                same_name,
            };
            let mut broken = broken.clone();
            broken.push((at, reason));
            self.finish(path, &broken, End::IssuerMissing);
        }
    }

    /// Who could have issued it, likeliest first.
    fn candidates(&mut self, child: &Certificate, path: &[usize]) -> Vec<usize> {
        let anchors = self.anchors_named(&child.issuer);
        let pool = self.pool.get(child.issuer.folded()).cloned().unwrap_or_default();
        let on_path: Vec<Arc<Node>> = path.iter().filter_map(|i| self.node(*i)).collect();
        let known: Vec<Arc<Node>> = anchors.iter().filter_map(|i| self.node(*i)).collect();
        let mut out: Vec<usize> = anchors
            .into_iter()
            .chain(pool)
            .filter(|i| {
                let Some(n) = self.node(*i) else { return false };
                // A name and key that are on the path already make a loop.
                let again = on_path.iter().any(|p| p.key == n.key && p.subject.matches(&n.subject));
                // A self-issued copy of an anchor leads nowhere that the anchor does not.
                let copy = n.sets.is_empty()
                    && n.certificate.as_ref().is_some_and(|c| c.self_issued())
                    && known.iter().any(|a| a.key == n.key);
                let same = n.sets.is_empty()
                    && known.iter().any(|a| match (&a.certificate, &n.certificate) {
                        (Some(a), Some(n)) => a.id == n.id,
                        _ => false,
                    });
                // A self-signed leaf that is asked about may be followed by an anchor of its own key.
                (!again || (!n.sets.is_empty() && path.len() == 1)) && !copy && !same
            })
            .collect();
        if out.len() < 2 {
            return out;
        }
        if self.distances.is_none() {
            self.distances = Some(self.measure());
        }
        let time = self.q.time;
        let distance = |n: &Node| {
            let issuer = n.certificate.as_ref().map(|c| c.issuer.folded());
            issuer.and_then(|i| self.distances.as_ref()?.get(i).copied()).unwrap_or(usize::MAX)
        };
        out.sort_by_key(|i| {
            let Some(n) = self.node(*i) else { return (Reverse(false), Reverse(false), Reverse(false), usize::MAX) };
            let c = n.certificate.as_deref();
            let fits = c.and_then(|c| key_ids_fit(child, c.extensions.subject_key_id.as_deref()));
            let in_time = c.is_none_or(|c| c.not_before <= time && time <= c.not_after);
            let anchor = !n.sets.is_empty();
            // Where CAs certify each other in a web, the way that leads out comes first.
            (Reverse(anchor), Reverse(fits != Some(false)), Reverse(in_time), if anchor { 0 } else { distance(&n) })
        });
        out
    }

    /// Distances of names to anchors, breadth first from the anchors down.
    fn measure(&mut self) -> HashMap<Box<[u8]>, usize> {
        let pool: Vec<Arc<Certificate>> =
            self.pool.values().flatten().filter_map(|i| self.node(*i)?.certificate.clone()).collect();
        let mut issued: HashMap<Box<[u8]>, Vec<&DistinguishedName>> = HashMap::new();
        let mut out: HashMap<Box<[u8]>, usize> = HashMap::new();
        let mut edge: Vec<Box<[u8]>> = Vec::new();
        for c in &pool {
            issued.entry(c.issuer.folded().into()).or_default().push(&c.subject);
            if !out.contains_key(c.issuer.folded()) && !self.anchors_named(&c.issuer).is_empty() {
                out.insert(c.issuer.folded().into(), 0);
                edge.push(c.issuer.folded().into());
            }
        }
        let mut away = 0usize;
        while !edge.is_empty() {
            away += 1;
            let mut next = Vec::new();
            for subject in edge.iter().filter_map(|issuer| issued.get(issuer)).flatten() {
                if !out.contains_key(subject.folded()) {
                    out.insert(subject.folded().into(), away);
                    next.push(subject.folded().into());
                }
            }
            edge = next;
        }
        out
    }

    fn signature(&mut self, child: usize, issuer: usize) -> Signature {
        if let Some(known) = self.memo.get(&(child, issuer)) {
            return known.clone();
        }
        let (Some(c), Some(i)) = (self.node(child), self.node(issuer)) else { return Signature::NotChecked };
        let Some(certificate) = c.certificate.as_ref() else { return Signature::NotChecked };
        if i.key.kind == (KeyKind::Dsa { bits: 0 }) {
            return if matches!(certificate.signature_algorithm, SignatureAlgorithm::Dsa(_)) {
                Signature::Deferred
            } else {
                Signature::Impossible
            };
        }
        if self.found.signature_checks >= self.q.limits.signatures {
            self.found.bounds.signatures = true;
            return Signature::NotChecked;
        }
        self.found.signature_checks += 1;
        let result = match certificate.signed_by(&i.key, self.q.verifier) {
            Ok(()) => Signature::Good,
            Err(VerifyError::BadSignature | VerifyError::BadKey(_)) => Signature::Bad,
            Err(VerifyError::KeyMismatch) => Signature::Impossible,
            Err(VerifyError::UnsupportedAlgorithm(a)) => Signature::Unsupported(a),
        };
        if matches!(result, Signature::Bad | Signature::Impossible)
            && child != issuer
            && let Some(other) = &i.certificate
        {
            self.found.misfits.push((certificate.id, other.id));
        }
        self.memo.insert((child, issuer), result.clone());
        result
    }

    fn finish(&mut self, path: &[usize], broken: &[(usize, Reason)], end: End) {
        if self.found.paths.len() >= self.q.limits.paths {
            self.found.bounds.paths = true;
            return;
        }
        let last = path.len().saturating_sub(1);
        let steps = path.iter().enumerate().filter_map(|(i, n)| {
            let n = self.node(*n)?;
            let role = match &end {
                _ if i == 0 => Role::Leaf,
                End::Trusted(_) if i == last => Role::Anchor,
                End::UntrustedRoot if i == last => Role::UntrustedRoot,
                _ => Role::Intermediate,
            };
            Some(Step {
                role,
                origin: n.origin,
                certificate: n.certificate.clone(),
                subject: n.subject.clone(),
                public_key: n.key.clone(),
                anchor_constraints: n.anchor.as_ref().and_then(|a| a.name_constraints.clone()),
                reasons: broken.iter().filter(|(at, _)| *at == i).map(|(_, r)| r.clone()).collect(),
            })
        });
        let steps = steps.collect();
        self.found.paths.push(Path { steps, end });
    }
}
