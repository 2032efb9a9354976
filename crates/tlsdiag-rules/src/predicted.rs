//! What the verifiers of real clients say of a chain: a derived table, made from the profiles of `tlsdiag_pki::client`.
use crate::look::Look;
use crate::{Shown, Stop};
use std::{collections::BTreeMap, rc::Rc, sync::Arc};
use tlsdiag_model::facts::{Anchors, Fetch, FetchEnd, Set, Staple};
use tlsdiag_model::{CertId, Fingerprint, Standing};
use tlsdiag_pki::client::{self, Basis, ErrorKind, Tls, Verdict};
use tlsdiag_pki::{AnchorSet, Certificate, anchors::Anchor, mozilla};

/// What one client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientVerdict {
    /// Stable key, such as `openssl-3.5`.
    pub client: &'static str,
    /// Its name as people know it.
    pub name: &'static str,
    /// Clients that share a verifier.
    pub family: &'static str,
    /// Whether it goes on.
    pub says: Says,
    /// Its message, where it refuses and its words are known.
    pub error: Option<String>,
    /// What kind of fault it reports.
    pub kind: Option<ErrorKind>,
    /// The certificate that it refuses: its position as sent.
    pub at: Option<usize>,
    /// The rule that decided, in plain words.
    pub because: String,
    /// How sure: proven where the client itself was run, likely where its documents were read.
    pub standing: Standing,
}

/// Whether a client goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Says {
    /// It accepts.
    Accepts,
    /// It refuses.
    Refuses,
    /// What is known of it does not decide.
    Unknown,
}

impl Says {
    /// The word in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Says::Accepts => "accepts",
            Says::Refuses => "refuses",
            Says::Unknown => "unknown",
        }
    }
}

/// Everything that the verdicts follow from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    chain: Vec<CertId>,
    sets: Vec<(Set, Vec<CertId>)>,
    fetched: Option<Vec<CertId>>,
    stapled: bool,
    host: Option<String>,
    time: i64,
}

pub(crate) type Table = BTreeMap<Key, Rc<Vec<ClientVerdict>>>;

impl<'a> Look<'a> {
    /// What every known client says of the subject's chain, for the name that was meant.
    pub fn predicted(&self) -> Result<(Shown<'a>, Rc<Vec<ClientVerdict>>), Stop> {
        let shown = self.shown()?;
        let said = self.predicted_of(&shown).ok_or(Stop::NotApplicable)?;
        Ok((shown, said))
    }

    fn predicted_of(&self, shown: &Shown<'a>) -> Option<Rc<Vec<ClientVerdict>>> {
        let mut sets: Vec<(Set, Vec<CertId>)> =
            self.seen_on::<Anchors>(shown.from()).map(|a| (a.set.clone(), a.certs.clone())).collect();
        sets.sort();
        sets.dedup();
        let fetches = || self.all::<Fetch>();
        let fetched = fetches().next().is_some().then(|| {
            let mut all: Vec<CertId> = fetches()
                .filter_map(|f| match &f.row.what.end {
                    FetchEnd::Certs(ids) => Some(ids.clone()),
                    _ => None,
                })
                .flatten()
                .collect();
            all.sort();
            all.dedup();
            all
        });
        let stapled = shown.handshake().is_some_and(|h| h.row.what.staple.saw() == Some(&Staple::Sent));
        let host = shown.name().map(|n| n.to_string());
        let chain = shown.chain()?.to_vec();
        let key = Key { chain, sets, fetched, stapled, host, time: shown.time().div_euclid(1000) };
        let d = self.derived();
        if let Some(known) = d.derived.predicted.borrow().get(&key) {
            return Some(known.clone());
        }
        let said = Rc::new(d.ask_clients(&key));
        d.derived.predicted.borrow_mut().insert(key, said.clone());
        Some(said)
    }
}

impl crate::Derivation<'_> {
    fn ask_clients(&self, key: &Key) -> Vec<ClientVerdict> {
        let der = |ids: &[CertId]| -> Vec<Arc<[u8]>> {
            ids.iter().filter_map(|id| self.case.certs.get(id).cloned()).collect()
        };
        let sent = der(&key.chain);
        let sent: Vec<&[u8]> = sent.iter().map(|d| &**d).collect();
        let fetched = key.fetched.as_deref().map(der);
        let fetched: Option<Vec<&[u8]>> = fetched.as_ref().map(|f| f.iter().map(|d| &**d).collect());
        let anchors = self.every_anchor(&key.sets);
        let question = client::Question {
            chain: &sent,
            anchors: &anchors,
            host: key.host.as_deref(),
            time: key.time,
            verifier: &*self.derived.verifier,
            tls: Tls {
                stapled: key.stapled,
                fetched: fetched.as_deref(),
                public_root: self.ends_in_public(&key.chain),
                ..Tls::default()
            },
        };
        let all = client::predict_all(&question);
        all.into_iter().filter_map(|(key, p)| Some(told(client::by_key(key)?, p))).collect()
    }

    /// The anchors of all sets together with Mozilla's list.
    fn every_anchor(&self, sets: &[(Set, Vec<CertId>)]) -> AnchorSet {
        let mut all = AnchorSet::new("all");
        let own = sets.iter().flat_map(|(_, ids)| ids).filter_map(|id| self.case.certs.get(id));
        own.filter_map(|der| Anchor::from_der(der).ok()).for_each(|a| all.push(a));
        for a in mozilla().iter() {
            all.share(a.clone());
        }
        all
    }

    /// Does the last certificate hang from a public root, or is it one?
    fn ends_in_public(&self, chain: &[CertId]) -> bool {
        let read = |id: &CertId| Certificate::from_der(self.case.certs.get(id)?).ok();
        chain.iter().filter_map(read).any(|c| {
            mozilla().contains(tlsdiag_pki::CertId(Fingerprint(c.id.0).0))
                || mozilla().by_subject(&c.issuer).any(|a| c.signed_by(&a.public_key, &*self.derived.verifier).is_ok())
        })
    }
}

fn told(profile: &'static client::Profile, p: client::Prediction) -> ClientVerdict {
    ClientVerdict {
        client: profile.key,
        name: profile.name,
        family: profile.family,
        says: match p.verdict {
            Verdict::Accepts => Says::Accepts,
            Verdict::Refuses => Says::Refuses,
            Verdict::Unknown => Says::Unknown,
        },
        error: Some(p.text).filter(|t| !t.is_empty()),
        kind: p.error,
        at: p.at,
        because: p.because,
        standing: match p.basis {
            Basis::Measured => Standing::Proven,
            Basis::Documented => Standing::Likely,
        },
    }
}
