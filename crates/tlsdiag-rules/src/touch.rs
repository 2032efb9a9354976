//! Which subjects touch: machine ⊇ listener ⊇ endpoint, a site its endpoints, a certificate the endpoints that use it.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tlsdiag_model::{Addr, Case, CertId, Endpoint, Host, Name, Reading, Sight, Subject, Thumb, Vantage};
use tlsdiag_pki::Thumbprint;

/// All subjects of a case, and an index of who touches whom.
#[derive(Default)]
pub struct Subjects {
    hosts: BTreeSet<Host>,
    sites: BTreeSet<(Host, Name, u16)>,
    endpoints: BTreeSet<Endpoint>,
    paths: BTreeSet<(Host, Endpoint)>,
    certs: BTreeSet<(Host, CertId)>,
    /// Identities in files, with the certificates that they hold.
    identities: BTreeMap<(Host, Arc<str>), BTreeSet<CertId>>,
    /// Identities that a machine's own records name, with the place of the record.
    placed: BTreeMap<(Host, Arc<str>), String>,
    /// Which machine every machine stands for: aliases, closed under transitivity.
    canonical: BTreeMap<Host, Host>,
    /// Endpoints that serve or are bound to a certificate.
    used_by: BTreeMap<CertId, BTreeSet<Endpoint>>,
    /// The same by thumbprint.
    bound_to: BTreeMap<Thumb, BTreeSet<Endpoint>>,
    /// Certificates in stores.
    stored: BTreeSet<(Host, Thumb)>,
    /// Certificates by thumbprint, of those whose octets are known.
    by_thumb: BTreeMap<Thumb, CertId>,
}

impl Subjects {
    /// Reads a case once.
    pub fn of(case: &Case) -> Subjects {
        let mut s = Subjects { canonical: canonical(case), ..Subjects::default() };
        for a in &case.asked {
            s.sites.insert((a.host, a.what.name.clone(), a.what.port));
            s.hosts.insert(a.host);
        }
        for h in &case.handshakes {
            let e = endpoint(h.host, Addr::Is(h.what.addr), h.what.port, h.what.name.clone());
            for cert in h.what.chain.saw().into_iter().flatten().take(1) {
                s.used_by.entry(*cert).or_default().insert(e.clone());
            }
            s.paths.insert((h.what.from, e.clone()));
            s.endpoints.insert(e);
            s.hosts.insert(h.host);
        }
        for c in &case.connects {
            for name in names_at(case, c.what.from, Addr::Is(c.what.addr), c.what.port) {
                let e = endpoint(c.host, Addr::Is(c.what.addr), c.what.port, Some(name));
                s.paths.insert((c.what.from, e.clone()));
                s.endpoints.insert(e);
            }
            s.hosts.insert(c.host);
        }
        s.by_thumb = by_thumb(case);
        for b in &case.bindings {
            let e = endpoint(b.host, b.what.addr, b.what.port, b.what.name.clone());
            s.bind(&b.what.hash, &e);
            s.endpoints.insert(e);
            s.hosts.insert(b.host);
        }
        for b in case.site_bindings.iter().filter(|b| b.what.protocol == "https") {
            let e = endpoint(b.host, b.what.addr, b.what.port, b.what.name.clone());
            if let Some(hash) = &b.what.hash {
                s.bind(hash, &e);
            }
            s.endpoints.insert(e);
            s.hosts.insert(b.host);
        }
        for e in &case.events {
            if let Some(at) = &e.what.endpoint {
                s.endpoints.insert(endpoint(e.host, at.addr, at.port, at.name.clone()));
            }
        }
        for c in &case.stored {
            if let Reading::Good(t) = &c.what.thumb {
                s.stored.insert((c.host, t.clone()));
            }
            s.hosts.insert(c.host);
        }
        for h in &case.holdings {
            s.certs.insert((h.host, h.what.cert));
            s.hosts.insert(h.host);
        }
        for i in &case.identities {
            let held = s.identities.entry((i.host, i.what.label.clone())).or_default();
            held.extend(i.what.chain.iter().copied());
            if case.hosts.get(i.host.0 as usize).is_some_and(|h| h.vantage == Vantage::Evidence) {
                s.placed.insert((i.host, i.what.label.clone()), i.what.path.to_string());
            }
            s.hosts.insert(i.host);
        }
        s.hosts.extend(case.files.iter().map(|r| r.host));
        s.hosts.extend(case.filed.iter().map(|r| r.host));
        s.hosts.extend(case.pasted.iter().map(|r| r.host));
        s.hosts.extend(case.events.iter().map(|r| r.host));
        s.hosts.extend(case.protocols.iter().map(|r| r.host));
        s.hosts.extend(case.listen_lists.iter().map(|r| r.host));
        s.hosts.extend(case.urls.iter().map(|r| r.host));
        s.hosts.extend(case.listeners.iter().map(|r| r.host));
        s.hosts.extend(case.processes.iter().map(|r| r.host));
        s.hosts.extend(case.services.iter().map(|r| r.host));
        s.hosts.extend(case.site_bindings.iter().map(|r| r.host));
        s.hosts.extend(case.site_accesses.iter().map(|r| r.host));
        s.hosts.extend(case.pools.iter().map(|r| r.host));
        s.hosts.extend(case.old_bindings.iter().map(|r| r.host));
        s.hosts.extend(case.key_files.iter().map(|r| r.host));
        s.hosts.extend(case.systems.iter().map(|r| r.host));
        s.hosts.extend(case.settings.iter().map(|r| r.host));
        s.hosts.extend(case.wholes.iter().map(|r| r.host));
        s.hosts.extend(case.suites.iter().map(|r| r.host));
        s.hosts.extend(case.said.iter().map(|r| r.host));
        s.hosts.extend(case.surveys.iter().map(|r| r.host));
        s
    }

    /// The subjects over which a rule runs.
    pub fn over(&self, over: crate::Over) -> Vec<Subject> {
        match over {
            crate::Over::Hosts => self.hosts.iter().map(|h| Subject::Host(*h)).collect(),
            crate::Over::Sites => self
                .sites
                .iter()
                .map(|(from, name, port)| Subject::Site { from: *from, name: name.clone(), port: *port })
                .collect(),
            crate::Over::Endpoints => self.endpoints.iter().cloned().map(Subject::Endpoint).collect(),
            crate::Over::Identities => {
                let named = |(host, label): &(Host, Arc<str>)| Subject::Identity { host: *host, label: label.clone() };
                self.identities.keys().map(named).collect()
            }
            crate::Over::Chains => {
                let mut all = self.over(crate::Over::Endpoints);
                all.extend(self.over(crate::Over::Identities));
                all
            }
            crate::Over::Paths => {
                self.paths.iter().map(|(from, to)| Subject::Path { from: *from, to: to.clone() }).collect()
            }
            crate::Over::Stored => {
                self.stored.iter().map(|(h, t)| Subject::Stored { host: *h, thumb: t.clone() }).collect()
            }
            crate::Over::Certs => self.certs.iter().map(|(h, id)| Subject::Cert { host: *h, id: *id }).collect(),
        }
    }

    /// Are the two one machine?
    pub fn same(&self, a: Host, b: Host) -> bool {
        a == b || self.canonical.get(&a).unwrap_or(&a) == self.canonical.get(&b).unwrap_or(&b)
    }

    /// All endpoints.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter()
    }

    /// The endpoints that a subject touches.
    pub fn endpoints_of(&self, s: &Subject) -> Vec<Endpoint> {
        self.endpoints.iter().filter(|e| self.touches(s, &Subject::Endpoint((*e).clone()))).cloned().collect()
    }

    /// Does a fault in `cause` touch `on`?
    pub fn touches(&self, cause: &Subject, on: &Subject) -> bool {
        use Subject as S;
        match (cause, on) {
            (S::Site { from, name, port }, S::Site { from: f, name: n, port: p }) => (from, name, port) == (f, n, p),
            // a site is what its endpoints are, seen from one machine
            (S::Site { name, port, .. }, S::Endpoint(e)) | (S::Endpoint(e), S::Site { name, port, .. }) => {
                serves(e, name, *port)
            }
            (S::Site { from, name, port }, S::Path { from: f, to })
            | (S::Path { from: f, to }, S::Site { from, name, port }) => from == f && serves(to, name, *port),
            (S::Site { name, port, .. }, S::Cert { id, .. }) | (S::Cert { id, .. }, S::Site { name, port, .. }) => {
                self.users(id).any(|e| serves(e, name, *port))
            }
            // this machine's own faults (clock, proxy, resolver) touch every site that it asks for
            (S::Host(h), S::Site { from, name, port }) => {
                self.same(*h, *from) || self.endpoints.iter().any(|e| self.same(*h, e.host) && serves(e, name, *port))
            }
            (S::Site { from, .. }, S::Host(h)) => self.same(*h, *from),
            (S::Path { from: f, to }, S::Path { from: g, to: u }) => f == g && self.covers(to, u),
            (S::Path { to, .. }, S::Endpoint(e)) | (S::Endpoint(to), S::Path { to: e, .. } | S::Endpoint(e)) => {
                self.covers(to, e)
            }
            (S::Cert { host, id }, S::Endpoint(e) | S::Path { to: e, .. }) => {
                self.users(id).any(|u| self.covers(u, e) && (self.same(*host, e.host) || u == e))
            }
            (S::Endpoint(e) | S::Path { to: e, .. }, S::Cert { id, .. }) => self.users(id).any(|u| self.covers(e, u)),
            (S::Cert { host, id }, S::Cert { host: h, id: i }) => id == i && self.same(*host, *h),
            (S::Stored { host, thumb }, S::Stored { host: h, thumb: t }) => thumb == t && self.same(*host, *h),
            (S::Stored { host, thumb }, S::Endpoint(e) | S::Path { to: e, .. }) => {
                self.bound(thumb).any(|u| self.meets(u, e) && (self.same(*host, e.host) || u == e))
            }
            (S::Endpoint(e) | S::Path { to: e, .. }, S::Stored { thumb, .. }) => {
                self.bound(thumb).any(|u| self.meets(e, u))
            }
            (S::Stored { thumb, .. }, S::Site { name, port, .. })
            | (S::Site { name, port, .. }, S::Stored { thumb, .. }) => {
                self.bound(thumb).any(|e| serves(e, name, *port))
            }
            (S::Stored { host, thumb }, S::Cert { host: h, id })
            | (S::Cert { host: h, id }, S::Stored { host, thumb }) => {
                self.by_thumb(thumb) == Some(*id) && self.same(*host, *h)
            }
            (S::Stored { host, thumb }, S::Identity { host: h, label })
            | (S::Identity { host: h, label }, S::Stored { host, thumb }) => {
                let held = self.identities.get(&(*h, label.clone()));
                self.same(*host, *h)
                    && self.by_thumb(thumb).is_some_and(|id| held.is_some_and(|held| held.contains(&id)))
            }
            (S::Identity { host, label }, S::Identity { host: h, label: l }) => label == l && self.same(*host, *h),
            (S::Identity { host, label }, S::Cert { id, .. }) | (S::Cert { id, .. }, S::Identity { host, label }) => {
                self.identities.get(&(*host, label.clone())).is_some_and(|held| held.contains(id))
            }
            // what a record of a machine names is what that endpoint would send
            (S::Identity { host, label }, S::Endpoint(e) | S::Path { to: e, .. })
            | (S::Endpoint(e) | S::Path { to: e, .. }, S::Identity { host, label })
                if self.placed.contains_key(&(*host, label.clone())) =>
            {
                let place = self.placed.get(&(*host, label.clone()));
                self.same(*host, e.host)
                    && place.is_some_and(|p| *p == crate::machine::place(e.addr, e.port, e.name.as_ref()))
            }
            (S::Identity { host, label }, S::Site { name, port, .. })
            | (S::Site { name, port, .. }, S::Identity { host, label })
                if self.placed.contains_key(&(*host, label.clone())) =>
            {
                let place = self.placed.get(&(*host, label.clone()));
                self.endpoints.iter().any(|e| {
                    self.same(*host, e.host)
                        && serves(e, name, *port)
                        && place.is_some_and(|p| *p == crate::machine::place(e.addr, e.port, e.name.as_ref()))
                })
            }
            // files are what a server may be given, not what it serves
            (S::Identity { .. }, S::Site { .. } | S::Endpoint(_) | S::Path { .. })
            | (S::Site { .. } | S::Endpoint(_) | S::Path { .. }, S::Identity { .. }) => false,
            (S::Host(h), _) => self.same(*h, on.host()),
            // a symptom of the whole machine (an event) may come from one endpoint of it
            (_, S::Host(h)) => self.same(cause.host(), *h),
        }
    }

    /// Does the listener or endpoint `a` contain `b`?
    fn covers(&self, a: &Endpoint, b: &Endpoint) -> bool {
        self.same(a.host, b.host) && a.port == b.port && a.addr.covers(b.addr) && (a.name.is_none() || a.name == b.name)
    }

    /// Could a connection be meant for both?
    fn meets(&self, a: &Endpoint, b: &Endpoint) -> bool {
        self.same(a.host, b.host)
            && a.port == b.port
            && a.addr.meets(b.addr)
            && (a.name.is_none() || b.name.is_none() || a.name == b.name)
    }

    fn bind(&mut self, hash: &Reading<Thumb>, e: &Endpoint) {
        if let Reading::Good(thumb) = hash {
            if let Some(id) = self.by_thumb(thumb) {
                self.used_by.entry(id).or_default().insert(e.clone());
            }
            self.bound_to.entry(thumb.clone()).or_default().insert(e.clone());
        }
    }

    /// Endpoints whose record names a certificate, and those that serve it.
    fn bound<'s>(&'s self, thumb: &Thumb) -> impl Iterator<Item = &'s Endpoint> + use<'s> {
        let serve = self.by_thumb(thumb).and_then(|id| self.used_by.get(&id));
        self.bound_to.get(thumb).into_iter().flatten().chain(serve.into_iter().flatten())
    }

    /// The certificate of a thumbprint, where its octets are known.
    pub fn by_thumb(&self, thumb: &Thumb) -> Option<CertId> {
        // the longer thumbprint is the identity itself
        self.by_thumb.get(thumb).copied().or_else(|| CertId::from_hex(thumb.as_str()))
    }

    /// Does any endpoint name or serve this certificate?
    pub fn in_use(&self, thumb: &Thumb) -> bool {
        self.bound(thumb).next().is_some()
    }

    fn users(&self, id: &CertId) -> impl Iterator<Item = &Endpoint> {
        self.used_by.get(id).into_iter().flatten()
    }
}

/// Every certificate by its two thumbprints. Only worth the work where something names certificates so.
fn by_thumb(case: &Case) -> BTreeMap<Thumb, CertId> {
    if case.bindings.is_empty() && case.stored.is_empty() && case.site_bindings.is_empty() && case.events.is_empty() {
        return BTreeMap::new();
    }
    let mut out = BTreeMap::new();
    for (id, der) in &case.certs {
        for octets in [&Thumbprint::of(der).0[..], &id.0[..]] {
            out.extend(Thumb::of_octets(octets).map(|t| (t, *id)));
        }
    }
    out
}

fn serves(e: &Endpoint, name: &Name, port: u16) -> bool {
    e.port == port && e.name.as_ref().is_none_or(|n| n == name)
}

fn endpoint(host: Host, addr: Addr, port: u16, name: Option<Name>) -> Endpoint {
    Endpoint { host, addr, port, name }
}

/// The names under which an address was asked for, from one machine.
pub(crate) fn names_at(case: &Case, from: Host, addr: Addr, port: u16) -> Vec<Name> {
    let Addr::Is(ip) = addr else { return vec![] };
    let mut out: Vec<Name> = case
        .asked
        .iter()
        .filter(|a| a.host == from && a.what.port == port)
        .filter(|a| {
            a.what.literal == Some(ip)
                || a.what.pinned.contains(&ip)
                || case.lookups.iter().any(|l| {
                    l.what.name == a.what.name
                        && matches!(&l.what.answer, tlsdiag_model::facts::Answer::Addresses(v) if v.contains(&ip))
                })
        })
        .map(|a| a.what.name.clone())
        .collect();
    out.sort();
    out.dedup();
    out
}

fn canonical(case: &Case) -> BTreeMap<Host, Host> {
    let mut of: BTreeMap<Host, Host> = BTreeMap::new();
    fn root(of: &BTreeMap<Host, Host>, mut h: Host) -> Host {
        while let Some(&up) = of.get(&h).filter(|up| **up != h) {
            h = up;
        }
        h
    }
    for &(a, b) in &case.aliases {
        let (a, b) = (root(&of, a), root(&of, b));
        if a != b {
            of.insert(a.max(b), a.min(b));
        }
    }
    let all: Vec<Host> = of.keys().copied().collect();
    for h in all {
        let r = root(&of, h);
        of.insert(h, r);
    }
    of
}

/// The DER of a chain that was seen, for the derived tables.
pub(crate) fn seen_chain(chain: &Sight<Vec<CertId>>) -> Option<&[CertId]> {
    chain.saw().map(Vec::as_slice).filter(|c| !c.is_empty())
}
