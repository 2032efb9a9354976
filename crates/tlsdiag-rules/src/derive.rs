//! Derived tables: certificates read, anchor sets indexed, paths per chain, anchors and time. Costly and common, so they
//! are computed once, on first use, and kept while the engine goes round.
use crate::look::{Cited, Derivation, Look};
use crate::shown::Shown;
use crate::{Stop, touch::seen_chain};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};
use tlsdiag_model::facts::{Anchors, Fetch, FetchEnd, Filed, Handshake, Set, Thing, Trial, Vary};
use tlsdiag_model::{Ask, CertId, Name, Time};
use tlsdiag_pki::path::End;
use tlsdiag_pki::{
    AnchorSet, Certificate, Host, Limits, Path, Purpose, Question, RustVerifier, Search, Verifier, mozilla, paths,
};
use tlsdiag_wire::registry::Version;

type Read = Option<Arc<Certificate>>;
type SetKey = (Set, Vec<CertId>);
type TrustKey = (Vec<CertId>, Vec<CertId>, Vec<SetKey>, Option<Name>, i64);

/// The tables. One for a whole run: entries are keyed by content, so a growing case only adds to them.
pub struct Derived {
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) predicted: RefCell<crate::predicted::Table>,
    certs: RefCell<BTreeMap<CertId, Read>>,
    sets: RefCell<BTreeMap<SetKey, Rc<AnchorSet>>>,
    trust: RefCell<BTreeMap<TrustKey, Rc<Trust>>>,
}

impl Derived {
    /// Empty tables, with whoever checks signatures.
    pub fn new(verifier: Arc<dyn Verifier>) -> Derived {
        Derived {
            verifier,
            predicted: RefCell::default(),
            certs: RefCell::default(),
            sets: RefCell::default(),
            trust: RefCell::default(),
        }
    }
}

impl Default for Derived {
    /// With the verifier in pure Rust.
    fn default() -> Derived {
        Derived::new(Arc::new(RustVerifier))
    }
}

/// What can be said about the chain that an endpoint serves.
pub struct Trust {
    /// The name that was meant.
    pub host: Option<Host>,
    /// The server's own certificate.
    pub leaf: Arc<Certificate>,
    /// What it sent, in order, as far as it could be read.
    pub sent: Vec<Arc<Certificate>>,
    /// What was fetched.
    pub extra: Vec<Arc<Certificate>>,
    /// The sets of anchors, in the order in which the search counts them.
    pub sets: Vec<Set>,
    /// Every path.
    pub search: Search,
    /// When, unix seconds.
    pub time: i64,
}

impl Trust {
    /// The sets that trust a path's end.
    pub fn sets_of(&self, path: &Path) -> BTreeSet<Set> {
        match &path.end {
            End::Trusted(at) => at.iter().filter_map(|i| self.sets.get(*i)).cloned().collect(),
            _ => BTreeSet::new(),
        }
    }
    /// The sets by which the chain holds, with what the server sent alone.
    pub fn holds_for(&self) -> BTreeSet<Set> {
        self.search.valid().filter(|p| !p.needs_extra()).flat_map(|p| self.sets_of(p)).collect()
    }
    /// Did the user hand over anchors of their own?
    pub fn has_file(&self) -> bool {
        self.sets.contains(&Set::File)
    }
    /// Does the chain convince those for whom it is meant: the user's own anchors if given, else this machine or Mozilla?
    pub fn holds(&self) -> bool {
        !self.holds_for().is_empty()
    }
}

impl<'a> Derivation<'a> {
    /// A certificate, read; `None` where it cannot be.
    pub fn certificate(&self, id: CertId) -> Option<Arc<Certificate>> {
        if let Some(c) = self.derived.certs.borrow().get(&id) {
            return c.clone();
        }
        let read = self.case.certs.get(&id).and_then(|der| Certificate::from_der(der).ok()).map(Arc::new);
        self.derived.certs.borrow_mut().insert(id, read.clone());
        read
    }

    fn set(&self, set: &Set, ids: &[CertId]) -> Rc<AnchorSet> {
        let key = (set.clone(), ids.to_vec());
        if let Some(s) = self.derived.sets.borrow().get(&key) {
            return s.clone();
        }
        let mut built = AnchorSet::new(match set {
            Set::Mozilla => "Mozilla",
            Set::Machine => "machine",
            Set::File => "file",
        });
        for der in ids.iter().filter_map(|id| self.case.certs.get(id)) {
            if let Ok(a) = tlsdiag_pki::anchors::Anchor::from_der(der) {
                built.push(a);
            }
        }
        let built = Rc::new(built);
        self.derived.sets.borrow_mut().insert(key, built.clone());
        built
    }

    /// The paths of a chain at a time.
    fn trust(
        &self,
        chain: &[CertId],
        extra: &[CertId],
        sets: &[SetKey],
        name: Option<&Name>,
        at: Time,
    ) -> Option<Rc<Trust>> {
        let time = at.div_euclid(1000);
        let key: TrustKey = (chain.to_vec(), extra.to_vec(), sets.to_vec(), name.cloned(), time);
        if let Some(t) = self.derived.trust.borrow().get(&key) {
            return Some(t.clone());
        }
        let sent: Vec<_> = chain.iter().filter_map(|id| self.certificate(*id)).collect();
        let extra: Vec<_> = extra.iter().filter_map(|id| self.certificate(*id)).collect();
        // the first that can be read is the server's own: a damaged first one is another finding
        let leaf = sent.first()?.clone();
        let host = name.and_then(|n| Host::parse(n.as_str()).ok());
        let own: Vec<Rc<AnchorSet>> = sets.iter().map(|(s, ids)| self.set(s, ids)).collect();
        let mut anchors: Vec<&AnchorSet> = own.iter().map(|s| &**s).collect();
        anchors.push(mozilla());
        let search = paths(&Question {
            leaf: &leaf,
            sent: &sent,
            extra: &extra,
            anchors: &anchors,
            time,
            purpose: Purpose::ServerAuth,
            host: host.as_ref(),
            verifier: &*self.derived.verifier,
            limits: Limits::default(),
        });
        let sets = sets.iter().map(|(s, _)| s.clone()).chain([Set::Mozilla]).collect();
        let trust = Rc::new(Trust { host, leaf, sent, extra, sets, search, time });
        self.derived.trust.borrow_mut().insert(key, trust.clone());
        Some(trust)
    }
}

impl<'a> Look<'a> {
    /// The handshake that shows which certificates the endpoint serves: a completed one, else the base.
    pub fn served(&self) -> Result<Cited<'a, Handshake>, Stop> {
        let all = self.handshakes()?;
        let shows = |t: &Trial| all.iter().find(|h| h.trial == *t && seen_chain(&h.chain).is_some()).copied();
        if let Some(h) = shows(&Trial::Full).or_else(|| shows(&Trial::Base)) {
            return Ok(h);
        }
        if let Some(h) = all.iter().find(|h| seen_chain(&h.chain).is_some() && h.offer.sni == h.name) {
            return Ok(*h);
        }
        let full_made = all.iter().any(|h| h.trial == Trial::Full);
        match all.iter().find(|h| h.trial == Trial::Base) {
            Some(h) if h.done() && !full_made => Err(Stop::Missing(Ask::Full(self.endpoint()?.clone()))),
            Some(h) if !h.done() && !h.pending() => self.seen_otherwise(h, &all, full_made),
            _ => Err(Stop::NotApplicable),
        }
    }

    /// The hello of a browser fails and another one is answered in TLS 1.3, which hides certificates: an older hello shows
    /// them, and what is wrong with them is told too.
    fn seen_otherwise(
        &self,
        base: &Handshake,
        all: &[Cited<'a, Handshake>],
        full_made: bool,
    ) -> Result<Cited<'a, Handshake>, Stop> {
        let answered = |t: &&Cited<'_, Handshake>| t.done() && t.offer.sni == base.name;
        // an older version would have shown its certificates; that small segments pass says nothing of another long hello
        let hidden = |t: &&Cited<'_, Handshake>| {
            t.answered.saw().is_none_or(|a| Version(a.version).is_tls1_3())
                && t.trial != Trial::Vary(Vary::SmallSegments)
        };
        if !all.iter().filter(answered).any(|t| hidden(&t)) || self.trial(Vary::Tls12)?.done() {
            return Err(Stop::NotApplicable);
        }
        // the few extensions come with GREASE, which a server that lives without it would refuse again
        let greased = all.iter().filter(answered).any(|t| t.trial == Trial::Vary(Vary::NoGrease));
        if full_made || !greased && self.trial(Vary::FewExtensions)?.done() {
            return Err(Stop::NotApplicable);
        }
        // a library's hello lacks what browsers have beyond it, such as GREASE
        Err(Stop::Missing(Ask::Full(self.endpoint()?.clone())))
    }

    /// Where the subject shows its chain: the handshake of an endpoint, the files of an identity.
    pub fn shown(&self) -> Result<Shown<'a>, Stop> {
        match self.identity() {
            Ok(i) => Ok(Shown::Filed(i)),
            Err(_) => self.served().map(Shown::Sent),
        }
    }

    /// What can be said about the chain that an endpoint serves or that files hold, for the name that was meant.
    pub fn trust(&self) -> Result<(Shown<'a>, Rc<Trust>), Stop> {
        let shown = self.shown()?;
        self.trust_of(&shown).map(|t| (shown, t)).ok_or(Stop::NotApplicable)
    }

    /// The same for a given place.
    pub fn trust_of(&self, shown: &Shown<'a>) -> Option<Rc<Trust>> {
        let chain = shown.chain()?;
        let mut extra: Vec<CertId> = self
            .all::<Fetch>()
            .filter_map(|f| match &f.row.what.end {
                FetchEnd::Certs(ids) => Some(ids.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        // what else was handed over, or lies beside it
        extra.extend(self.seen_on::<Filed>(shown.from()).filter_map(|f| match f.row.what.what {
            Thing::Cert(id) => Some(id),
            _ => None,
        }));
        extra.sort();
        extra.dedup();
        let mut sets: Vec<SetKey> =
            self.seen_on::<Anchors>(shown.from()).map(|a| (a.set.clone(), a.certs.clone())).collect();
        sets.sort();
        sets.dedup();
        self.derived().trust(chain, &extra, &sets, shown.name().as_ref(), shown.time())
    }
}
