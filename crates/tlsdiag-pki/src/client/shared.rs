//! What all profiles share for one question: certificates read once, anchors read when a path reaches them, and every
//! signature checked once.

use super::cert::Cert;
use super::prediction::ErrorKind;
use super::question::Question;
use crate::certificate::{CertError, CertId};
use crate::dn::DistinguishedName;
use crate::key::PublicKey;
use crate::verify::VerifyError;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

/// Most certificates of a chain that are looked at.
pub(crate) const MAX_SENT: usize = 128;
/// Most signatures that are checked for one question.
const MAX_SIGNATURES: usize = 2_000;

/// Results by certificate and the key it was checked with.
type Checked = HashMap<(CertId, Arc<[u8]>), Signed>;

/// One question, prepared.
pub(crate) struct Shared<'q> {
    pub(crate) q: &'q Question<'q>,
    /// What was sent, entry by entry.
    pub(crate) entries: Vec<Result<Rc<Cert>, CertError>>,
    /// What was sent and could be read, the leaf first.
    pub(crate) sent: Vec<Rc<Cert>>,
    /// What was had by caIssuers URLs.
    pub(crate) fetched: Vec<Rc<Cert>>,
    anchors: RefCell<HashMap<CertId, Option<Rc<Cert>>>>,
    signatures: RefCell<Checked>,
    checks: Cell<usize>,
}

/// What came of a signature check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    Right,
    Wrong,
    /// The key or the algorithm is none that can be checked.
    Uncheckable,
}

/// A client's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: ErrorKind,
    pub(crate) at: Option<usize>,
    pub(crate) text: String,
    pub(crate) because: String,
}

/// What an engine says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accept,
    Refuse(Refusal),
    Unknown(String),
}

impl Refusal {
    pub(crate) fn new(kind: ErrorKind, at: Option<usize>, text: impl Into<String>, because: &str) -> Refusal {
        Refusal { kind, at, text: text.into(), because: because.to_owned() }
    }
}

impl From<Result<(), Refusal>> for Outcome {
    fn from(result: Result<(), Refusal>) -> Outcome {
        match result {
            Ok(()) => Outcome::Accept,
            Err(r) => Outcome::Refuse(r),
        }
    }
}

impl<'q> Shared<'q> {
    pub(crate) fn new(q: &'q Question<'q>) -> Shared<'q> {
        let entries: Vec<_> =
            q.chain.iter().take(MAX_SENT).enumerate().map(|(i, der)| Cert::read(der, Some(i)).map(Rc::new)).collect();
        let sent = entries.iter().filter_map(|e| e.as_ref().ok().cloned()).collect();
        let fetched = q.tls.fetched.unwrap_or_default().iter().take(MAX_SENT);
        let fetched = fetched.filter_map(|der| Cert::read(der, None).ok().map(Rc::new)).collect();
        Shared {
            q,
            entries,
            sent,
            fetched,
            anchors: RefCell::default(),
            signatures: RefCell::default(),
            checks: Cell::new(0),
        }
    }

    /// The certificate sent first.
    pub(crate) fn leaf(&self) -> Result<&Rc<Cert>, Option<&CertError>> {
        match self.entries.first() {
            Some(Ok(c)) => Ok(c),
            Some(Err(e)) => Err(Some(e)),
            None => Err(None),
        }
    }

    /// Anchors of that name, compared as RFC 5280 7.1 does; every client compares the same or more strictly.
    pub(crate) fn anchors_named(&self, name: &DistinguishedName) -> Vec<Rc<Cert>> {
        let found = self.q.anchors.by_subject(name).take(32);
        found.filter_map(|a| self.anchor(a)).collect()
    }

    fn anchor(&self, a: &Arc<crate::anchors::Anchor>) -> Option<Rc<Cert>> {
        let id = a.id?;
        let mut read = self.anchors.borrow_mut();
        read.entry(id).or_insert_with(|| a.certificate().map(|c| Rc::new(Cert::new(c.clone(), None)))).clone()
    }

    /// Whether this very certificate is an anchor.
    pub(crate) fn listed(&self, c: &Cert) -> bool {
        self.q.anchors.contains(c.id())
    }

    /// Checks that the key signed the certificate.
    pub(crate) fn signed(&self, child: &Cert, key: &PublicKey) -> Signed {
        let at = (child.id(), key.spki.clone());
        if let Some(known) = self.signatures.borrow().get(&at) {
            return *known;
        }
        if self.checks.get() >= MAX_SIGNATURES {
            return Signed::Wrong;
        }
        self.checks.set(self.checks.get() + 1);
        let result = match child.c.signed_by(key, self.q.verifier) {
            Ok(()) => Signed::Right,
            Err(VerifyError::BadSignature) => Signed::Wrong,
            Err(_) => Signed::Uncheckable,
        };
        self.signatures.borrow_mut().insert(at, result);
        result
    }

    pub(crate) fn signed_by(&self, child: &Cert, issuer: &Cert) -> bool {
        self.signed(child, &issuer.c.public_key) == Signed::Right
    }

    /// The host as an address, if it is one.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        let host = self.q.host?;
        host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host).parse().ok()
    }

    pub(crate) fn time(&self) -> i64 {
        self.q.time
    }
}
