//! The chain in order: from the certificate to just below its root, completed from what lies around.
use crate::{Around, Held, HeldCertificate, Whence};
use std::{cmp::Reverse, collections::HashSet, sync::Arc};
use tlsdiag_model::{Say, say};
use tlsdiag_pki::{
    AnchorSet, CertId, Certificate, Limits, Path, Purpose, Question, Reason, RustVerifier, Search,
    path::{End, Origin, Role},
    paths, read_certificates,
};

/// Most addresses that are asked for issuers.
const FETCHES: usize = 4;
/// Most certificates of the surroundings that are looked at.
const AROUND: usize = 2000;

/// A certificate of the chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// The file or address that it comes from.
    pub path: Arc<str>,
    /// How it was had.
    pub whence: Whence,
}

/// The chain as it will be written.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The certificate first, then each one's issuer; without the root.
    pub links: Vec<Link>,
    /// The root at its end, where it is at hand.
    pub root: Option<Arc<Certificate>>,
    /// Whether the root is one of the anchors.
    pub trusted: bool,
    /// What is missing above its last link.
    pub gap: Option<Gap>,
    /// What counts against certificates of the chain, with their position.
    pub faults: Vec<(usize, Reason)>,
}

/// An issuer that could not be had.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Its name (RFC 4514).
    pub issuer: String,
    /// Where it can be fetched, by the word of the certificate below.
    pub urls: Vec<String>,
    /// What came of asking there: address and reason.
    pub tried: Vec<(String, Say)>,
    /// Whether asking was allowed.
    pub asked: bool,
}

struct Pool {
    links: Vec<Link>,
    certificates: Vec<Arc<Certificate>>,
    seen: HashSet<CertId>,
}

impl Pool {
    fn add(&mut self, certificate: Arc<Certificate>, path: Arc<str>, whence: Whence) {
        if self.links.len() < AROUND && self.seen.insert(certificate.id) {
            self.certificates.push(Arc::clone(&certificate));
            self.links.push(Link { certificate, path, whence });
        }
    }
    /// Only what could be an issuer above `leaf`, in any number of steps: stores hold hundreds that have nothing to do
    /// with it.
    fn add_related(&mut self, leaf: &Arc<Certificate>, all: Vec<(Arc<str>, Arc<Certificate>)>, whence: Whence) {
        let mut wanted: Vec<Arc<Certificate>> = self.certificates.clone();
        wanted.push(Arc::clone(leaf));
        while let Some(child) = wanted.pop() {
            for (path, c) in &all {
                if c.subject.matches(&child.issuer) && !self.seen.contains(&c.id) {
                    wanted.push(Arc::clone(c));
                    self.add(Arc::clone(c), Arc::clone(path), whence);
                }
            }
        }
    }
}

/// Finds the chain of a certificate. The surroundings are asked in the order of how near they are, each only while the
/// chain is not whole and sound.
pub(crate) fn complete(
    held: &Held,
    leaf: &HeldCertificate,
    anchors: &[&AnchorSet],
    time: i64,
    ours: bool,
    around: &mut Around<'_>,
) -> Chain {
    let mut pool = Pool { links: vec![], certificates: vec![], seen: HashSet::from([leaf.certificate.id]) };
    for c in held.given() {
        pool.add(Arc::clone(&c.certificate), Arc::clone(&c.path), c.whence);
    }
    let search = |pool: &Pool| {
        paths(&Question {
            leaf: &leaf.certificate,
            sent: &[],
            extra: &pool.certificates,
            anchors,
            time,
            purpose: Purpose::ServerAuth,
            host: None,
            verifier: &RustVerifier,
            limits: Limits::default(),
        })
    };
    let mut found = search(&pool);
    if !sound(best(&found, &pool)) {
        let beside: Vec<_> = held
            .certificates
            .iter()
            .filter(|c| c.whence == Whence::Beside)
            .map(|c| (Arc::clone(&c.path), Arc::clone(&c.certificate)))
            .collect();
        pool.add_related(&leaf.certificate, beside, Whence::Beside);
        found = search(&pool);
    }
    if !sound(best(&found, &pool)) {
        let stores = (around.stores)();
        pool.add_related(&leaf.certificate, stores, Whence::Store);
        found = search(&pool);
    }
    let (mut tried, mut asked) = (vec![], HashSet::new());
    while !sound(best(&found, &pool)) {
        let Some(fetch) = around.fetch.as_mut() else { break };
        let Some(url) = next_url(best(&found, &pool), &asked) else { break };
        if asked.len() >= FETCHES {
            break;
        }
        asked.insert(url.clone());
        match fetch(&url, ours) {
            Ok(octets) => {
                let all: Vec<_> = read_certificates(&octets).into_iter().flatten().collect();
                if all.is_empty() {
                    tried.push((url, say!("no certificate in the answer", "응답에 인증서가 없습니다")));
                    continue;
                }
                let path: Arc<str> = url.as_str().into();
                let all = all.into_iter().map(|c| (Arc::clone(&path), c)).collect();
                pool.add_related(&leaf.certificate, all, Whence::Fetched);
                found = search(&pool);
            }
            Err(why) => tried.push((url, why)),
        }
    }
    chain(leaf, best(&found, &pool), &pool, tried, around.fetch.is_some())
}

/// The path to write: sound before unsound, then the one that uses most of what the authority gave (a cross-signed
/// certificate is there for old clients), then the shortest.
fn best<'s>(found: &'s Search, pool: &Pool) -> Option<&'s Path> {
    found
        .paths
        .iter()
        .enumerate()
        .min_by_key(|(i, p)| {
            let worst = p.faults().map(|(_, r)| r.rank()).max().unwrap_or(0);
            let whence = |s: &tlsdiag_pki::path::Step| match s.origin {
                Origin::Extra(n) => pool.links.get(n).map(|l| l.whence),
                _ => None,
            };
            let between = || p.steps.iter().filter(|s| s.role == Role::Intermediate);
            let given = between().filter(|s| whence(s) == Some(Whence::Given)).count();
            let others = between().count().saturating_sub(given);
            (worst, p.faults().count(), others, Reverse(given), p.steps.len(), *i)
        })
        .map(|(_, p)| p)
}

/// Nothing above the certificate itself is missing or wrong. An own root that is at hand is as good as a public one.
fn sound(path: Option<&Path>) -> bool {
    path.is_some_and(|p| {
        matches!(p.end, End::Trusted(_) | End::UntrustedRoot)
            && p.faults().all(|(i, r)| {
                matches!(r, Reason::UntrustedRoot | Reason::SelfSignedLeaf)
                    || i == 0 && !matches!(r, Reason::BadSignature { .. })
            })
    })
}

/// The first address, from the certificate upwards, that was not asked yet.
fn next_url(path: Option<&Path>, asked: &HashSet<String>) -> Option<String> {
    let certificates =
        path?.steps.iter().rev().filter(|s| s.role != Role::Anchor).filter_map(|s| s.certificate.as_ref());
    certificates.flat_map(|c| c.extensions.ca_issuers.iter()).find(|u| !asked.contains(*u)).cloned()
}

fn chain(leaf: &HeldCertificate, path: Option<&Path>, pool: &Pool, tried: Vec<(String, Say)>, asked: bool) -> Chain {
    let own = Link { certificate: Arc::clone(&leaf.certificate), path: Arc::clone(&leaf.path), whence: leaf.whence };
    let Some(path) = path else {
        let gap = Gap {
            issuer: leaf.certificate.issuer.to_string(),
            urls: leaf.certificate.extensions.ca_issuers.clone(),
            tried,
            asked,
        };
        return Chain { links: vec![own], root: None, trusted: false, gap: Some(gap), faults: vec![] };
    };
    let mut links = vec![own];
    let mut root = None;
    for step in path.steps.iter().skip(1) {
        let (Some(certificate), true) = (&step.certificate, step.role == Role::Intermediate) else {
            root = step.certificate.clone();
            continue;
        };
        let known = pool.links.iter().find(|l| l.certificate.id == certificate.id);
        links.extend(known.cloned());
    }
    let last = links.last().map_or(&leaf.certificate, |l| &l.certificate);
    let gap = matches!(path.end, End::IssuerMissing | End::Bound).then(|| Gap {
        issuer: last.issuer.to_string(),
        urls: last.extensions.ca_issuers.clone(),
        tried,
        asked,
    });
    let faults = path
        .faults()
        .filter(|(_, r)| {
            !matches!(
                r,
                Reason::UntrustedRoot | Reason::SelfSignedLeaf | Reason::IssuerNotFound { .. } | Reason::SearchEnded
            )
        })
        .map(|(i, r)| (i, r.clone()))
        .collect();
    Chain { links, root, trusted: matches!(path.end, End::Trusted(_)), gap, faults }
}
