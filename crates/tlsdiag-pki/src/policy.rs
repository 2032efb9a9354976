//! Certificate policies along a path (RFC 5280 6.1, in the bounded form of RFC 9618): which policies hold at its end,
//! and whether one is demanded that does not.
//!
//! The valid policies are kept as a graph of one node per policy and certificate, not as RFC 5280's tree, which a
//! hostile chain of mappings makes exponential.

use crate::certificate::Certificate;
use crate::oid::{self, Oid};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the user demands of policies before a path is looked at (RFC 5280 6.1.1 c, e, f, g).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySettings {
    /// The policies that are acceptable; `None` is anyPolicy.
    pub initial: Option<BTreeSet<Oid>>,
    /// A valid policy is demanded from the start (initial-explicit-policy).
    pub explicit: bool,
    /// Mappings do not count (initial-policy-mapping-inhibit).
    pub inhibit_mapping: bool,
    /// anyPolicy in certificates does not count (initial-any-policy-inhibit).
    pub inhibit_any: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Policies for which the path is valid, in the terms of the CA nearest to the anchor
    /// (authority-constrained-policy-set); anyPolicy stands for all.
    pub authority: BTreeSet<Oid>,
    /// Those of them that the user takes (user-constrained-policy-set).
    pub user: BTreeSet<Oid>,
    /// A certificate or the settings demand that one be valid.
    pub explicit: bool,
    /// Why the path fails, and the position of the certificate at which it does, the leaf being 0.
    pub failure: Option<(usize, PolicyFailure)>,
}

/// Why a path fails by its policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyFailure {
    /// A policy is demanded and none is left that is valid and acceptable.
    NoneValid,
    /// A mapping from or to anyPolicy (RFC 5280 6.1.4 a).
    MapsAny,
}

/// Follows the policies of a path: its certificates from the leaf upwards, the trust anchor left out.
pub fn process(path: &[&Certificate], settings: &PolicySettings) -> Policies {
    let n = path.len() as u64;
    let start = |at_once: bool| if at_once { 0 } else { n.saturating_add(1) };
    let mut run = Run {
        graph: Some(vec![Level::root()]),
        explicit: start(settings.explicit),
        mapping: start(settings.inhibit_mapping),
        any: start(settings.inhibit_any),
    };
    for (at, c) in path.iter().enumerate().rev() {
        let last = at == 0;
        run.enter(c, last);
        if run.explicit == 0 && run.graph.is_none() {
            return run.failed(at, PolicyFailure::NoneValid);
        }
        if !last && let Err(why) = run.leave(c) {
            return run.failed(at, why);
        }
    }
    // Wrap-up (RFC 5280 6.1.5 a, b).
    run.explicit = run.explicit.saturating_sub(1);
    if path.first().is_some_and(|leaf| leaf.extensions.require_explicit_policy == Some(0)) {
        run.explicit = 0;
    }
    let authority = run.authority();
    let user = match &settings.initial {
        None => authority.clone(),
        Some(wanted) if authority.iter().any(is_any) => wanted.clone(),
        Some(wanted) => authority.intersection(wanted).cloned().collect(),
    };
    let explicit = run.explicit == 0;
    let failure = (explicit && user.is_empty()).then_some((0, PolicyFailure::NoneValid));
    Policies { authority, user, explicit, failure }
}

/// Policies valid after one certificate.
struct Level<'a> {
    nodes: Vec<Node<'a>>,
}

struct Node<'a> {
    policy: &'a [u8],
    /// What the next certificate must say for this policy to go on.
    expected: Vec<&'a [u8]>,
    /// Positions in the level above.
    parents: Vec<usize>,
    deleted: bool,
}

impl<'a> Level<'a> {
    fn root() -> Level<'a> {
        Level { nodes: vec![Node::new(oid::ANY_POLICY, Vec::new())] }
    }

    fn live(&self) -> impl Iterator<Item = (usize, &Node<'a>)> {
        self.nodes.iter().enumerate().filter(|(_, n)| !n.deleted)
    }

    fn any(&self) -> Option<usize> {
        self.live().find(|(_, n)| n.policy == oid::ANY_POLICY).map(|(i, _)| i)
    }
}

impl<'a> Node<'a> {
    fn new(policy: &'a [u8], parents: Vec<usize>) -> Node<'a> {
        Node { policy, expected: vec![policy], parents, deleted: false }
    }
}

struct Run<'a> {
    /// `None` once nothing is valid any more.
    graph: Option<Vec<Level<'a>>>,
    explicit: u64,
    mapping: u64,
    any: u64,
}

impl<'a> Run<'a> {
    /// RFC 5280 6.1.3 d to f.
    fn enter(&mut self, c: &'a Certificate, last: bool) {
        let has_policies = c.extensions.critical(oid::CERTIFICATE_POLICIES).is_some();
        if !has_policies {
            self.graph = None;
        }
        let Some(levels) = &mut self.graph else { return };
        let Some(above) = levels.last() else { return };
        // Which nodes expect a policy: every mapping gives one entry, so this is as long as the certificate.
        let mut expecting: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (i, node) in above.live() {
            for e in &node.expected {
                expecting.entry(e).or_default().push(i);
            }
        }
        let any_above = above.any();
        let mut nodes: Vec<Node<'a>> = Vec::new();
        let mut made: BTreeSet<&[u8]> = BTreeSet::new();
        for p in c.extensions.policies.iter().map(Oid::as_bytes).filter(|p| *p != oid::ANY_POLICY) {
            if !made.insert(p) {
                continue;
            }
            let parents = expecting.get(p).cloned().or_else(|| any_above.map(|i| vec![i]));
            nodes.extend(parents.map(|parents| Node::new(p, parents)));
        }
        let says_any = c.extensions.policies.iter().any(is_any);
        if says_any && (self.any > 0 || (!last && c.self_issued())) {
            // What the certificate names itself has its node already where it was expected.
            let rest = expecting.into_iter().filter(|(p, _)| !made.contains(p));
            nodes.extend(rest.map(|(p, parents)| Node::new(p, parents)));
        }
        if nodes.is_empty() {
            self.graph = None;
        } else {
            levels.push(Level { nodes });
        }
    }

    /// RFC 5280 6.1.4 a, b, h, i, j.
    fn leave(&mut self, c: &'a Certificate) -> Result<(), PolicyFailure> {
        let x = &c.extensions;
        if x.policy_mappings.iter().any(|(from, to)| is_any(from) || is_any(to)) {
            return Err(PolicyFailure::MapsAny);
        }
        self.map(c);
        if !c.self_issued() {
            for counter in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *counter = counter.saturating_sub(1);
            }
        }
        let limit = |counter: &mut u64, by: Option<u64>| *counter = by.map_or(*counter, |b| b.min(*counter));
        limit(&mut self.explicit, x.require_explicit_policy);
        limit(&mut self.mapping, x.inhibit_policy_mapping);
        limit(&mut self.any, x.inhibit_any_policy);
        Ok(())
    }

    fn map(&mut self, c: &'a Certificate) {
        let mut mappings: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
        for (from, to) in &c.extensions.policy_mappings {
            mappings.entry(from.as_bytes()).or_default().push(to.as_bytes());
        }
        let counts = self.mapping > 0;
        let Some(levels) = &mut self.graph else { return };
        let [.., above, here] = levels.as_mut_slice() else { return };
        let (any_above, any_here) = (above.any(), here.any());
        for node in &mut here.nodes {
            match mappings.remove(node.policy) {
                Some(to) if counts => node.expected = to,
                Some(_) => node.deleted = true,
                None => {}
            }
        }
        if counts
            && any_here.is_some()
            && let Some(parent) = any_above
        {
            // In a stable order, so that answers do not depend on hashing.
            let rest: BTreeMap<_, _> = mappings.into_iter().collect();
            for (policy, expected) in rest {
                here.nodes.push(Node { policy, expected, parents: vec![parent], deleted: false });
            }
        }
        if here.live().next().is_none() {
            self.graph = None;
        }
    }

    /// The policies in the first domain that lead to the end (RFC 9618 5.5).
    fn authority(&self) -> BTreeSet<Oid> {
        let mut out = BTreeSet::new();
        let Some(levels) = &self.graph else { return out };
        let Some(end) = levels.last() else { return out };
        let mut reached: BTreeSet<usize> = end.live().map(|(i, _)| i).collect();
        for pair in levels.windows(2).rev() {
            let [above, here] = pair else { continue };
            let mut up = BTreeSet::new();
            for node in reached.iter().filter_map(|i| here.nodes.get(*i)) {
                for parent in &node.parents {
                    let Some(p) = above.nodes.get(*parent) else { continue };
                    // The policy is in the anchor's own domain where nothing but anyPolicy stands above it.
                    if p.policy == oid::ANY_POLICY && (node.policy != oid::ANY_POLICY || std::ptr::eq(here, end)) {
                        out.insert(Oid::from_der(node.policy));
                    }
                    up.insert(*parent);
                }
            }
            reached = up;
        }
        out
    }

    fn failed(&self, at: usize, why: PolicyFailure) -> Policies {
        Policies { explicit: self.explicit == 0, failure: Some((at, why)), ..Policies::default() }
    }
}

fn is_any(policy: &Oid) -> bool {
    *policy == *oid::ANY_POLICY
}
