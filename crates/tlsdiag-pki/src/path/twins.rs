//! Twins: one CA, name and key, certified by several issuers (cross-signed). Which of them a server sends decides which
//! old clients can follow.

use crate::certificate::Certificate;
use std::sync::Arc;

/// Certificates of one subject and key by different issuers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twins {
    /// Its members, in the order in which they were given.
    pub members: Vec<Twin>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Its position in what was given.
    pub position: usize,
    /// It certifies itself: the root among them.
    pub self_issued: bool,
    /// When it begins, unix seconds.
    pub not_before: i64,
    /// When it ends, unix seconds.
    pub not_after: i64,
}

/// Most certificates that are compared.
const MAX: usize = 400;

/// Finds the twins among certificates. The same certificate twice is none, nor are renewals by one issuer.
pub fn twins(certificates: &[Arc<Certificate>]) -> Vec<Twins> {
    let mut out: Vec<(usize, Twins)> = Vec::new();
    for (position, c) in certificates.iter().enumerate().take(MAX) {
        let twin = Twin { position, self_issued: c.self_issued(), not_before: c.not_before, not_after: c.not_after };
        let same = |first: &usize| {
            certificates
                .get(*first)
                .is_some_and(|f| f.public_key.bits == c.public_key.bits && f.subject.matches(&c.subject))
        };
        match out.iter_mut().find(|(first, _)| same(first)) {
            Some((_, t)) => t.members.push(twin),
            None => out.push((position, Twins { members: vec![twin] })),
        }
    }
    let by_several = |t: &Twins| {
        let mut issuers = t.members.iter().filter_map(|m| certificates.get(m.position)).map(|c| &c.issuer);
        let first = issuers.next();
        issuers.any(|i| first.is_some_and(|f| !f.matches(i)))
    };
    out.into_iter().map(|(_, t)| t).filter(by_several).collect()
}
