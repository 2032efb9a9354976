//! What a rule sees. Absence, the state over time and experiments can only be had through `?`, so a rule cannot mistake
//! "not seen" for "not there": what is missing leaves the function by itself, and is the question to be asked.
use crate::{Derived, Rule, Shown, Stop, Subjects};
use std::{cell::RefCell, collections::BTreeSet, net::IpAddr, ops::Deref, sync::Arc};
use tlsdiag_model::facts::{
    Asked, Connect, ConnectEnd, Fact, Fetch, Filed, Handshake, Identity, Opening, Revocation, Talk, Trial, Vary,
};
use tlsdiag_model::{
    Addr, Ask, Case, CertId, Cover, Endpoint, FactRef, Finding, Host, How, Impact, Kind, Row, Say, Span, Standing,
    Subject, Survey, Vantage,
};

/// A row with the reference by which a finding cites it.
pub struct Cited<'a, T> {
    /// The row.
    pub row: &'a Row<T>,
    /// How it is cited.
    pub at: FactRef,
}
impl<T> Clone for Cited<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Cited<'_, T> {}
impl<T> Deref for Cited<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.row.what
    }
}

/// One state of a thing over time, with what speaks against it.
pub struct State<'a, T> {
    /// The row that says so.
    pub cited: Cited<'a, T>,
    /// From when to when it held.
    pub held: Span,
    /// Readings of the same age that say otherwise.
    pub against: Vec<FactRef>,
}

/// What a rule looks through at one subject.
pub struct Look<'a> {
    case: &'a Case,
    subjects: &'a Subjects,
    derived: &'a Derived,
    subject: &'a Subject,
    rule: &'a Rule,
    reads: RefCell<BTreeSet<Kind>>,
    wishes: RefCell<Vec<Ask>>,
}

impl<'a> Look<'a> {
    /// Looks at a subject for a rule.
    pub fn new(
        case: &'a Case,
        subjects: &'a Subjects,
        derived: &'a Derived,
        subject: &'a Subject,
        rule: &'a Rule,
    ) -> Self {
        Look { case, subjects, derived, subject, rule, reads: RefCell::default(), wishes: RefCell::default() }
    }

    /// The subject.
    pub fn subject(&self) -> &'a Subject {
        self.subject
    }
    /// Which tables were read so far: what a rule needs is recorded, not declared.
    pub fn reads(&self) -> BTreeSet<Kind> {
        self.reads.borrow().clone()
    }
    /// What would make a finding surer, without being needed for it.
    pub fn wishes(&self) -> Vec<Ask> {
        self.wishes.borrow().clone()
    }
    /// Wishes for something that would make a finding surer.
    pub fn wish(&self, ask: Ask) {
        let mut w = self.wishes.borrow_mut();
        if !w.contains(&ask) {
            w.push(ask);
        }
    }
    /// How people call a machine.
    pub fn label(&self, host: Host) -> &'a str {
        self.case.label(host)
    }
    /// The machines of the case.
    pub(crate) fn case_hosts(&self) -> &'a [tlsdiag_model::HostInfo] {
        &self.case.hosts
    }
    /// The certificate of a thumbprint, where its octets are known.
    pub fn certificate_of(&self, thumb: &tlsdiag_model::Thumb) -> Option<CertId> {
        self.subjects.by_thumb(thumb)
    }
    /// Does any endpoint name or serve the certificate of this thumbprint?
    pub fn in_use(&self, thumb: &tlsdiag_model::Thumb) -> bool {
        self.subjects.in_use(thumb)
    }
    /// Do two subjects touch?
    pub fn touches(&self, a: &Subject, b: &Subject) -> bool {
        self.subjects.touches(a, b)
    }

    // ---- rows ----

    /// Rows of the subject's machine that stand for themselves: good enough to accuse, never to acquit.
    pub fn seen<T: Fact>(&self) -> impl Iterator<Item = Cited<'a, T>> + use<'a, T> {
        self.seen_on(self.subject.host())
    }
    /// Rows of another machine, by reference: the vantage's clock, anchors, resolver.
    pub fn seen_on<T: Fact>(&self, host: Host) -> impl Iterator<Item = Cited<'a, T>> + use<'a, T> {
        let subjects = self.subjects;
        self.all::<T>().filter(move |c| subjects.same(c.row.host, host))
    }
    /// Rows of every machine: for what joins them by itself (a site and its endpoints, a certificate and its issuer).
    pub fn all<T: Fact>(&self) -> impl Iterator<Item = Cited<'a, T>> + use<'a, T> {
        self.reads.borrow_mut().insert(T::KIND);
        T::rows(self.case).iter().enumerate().map(|(i, row)| Cited { row, at: FactRef::Row(T::KIND, small(i)) })
    }
    /// The row behind a reference.
    pub fn cited<T: Fact>(&self, at: FactRef) -> Option<Cited<'a, T>> {
        match at {
            FactRef::Row(kind, i) if kind == T::KIND => T::rows(self.case).get(i as usize).map(|row| Cited { row, at }),
            _ => None,
        }
    }

    /// Proof that everything of this kind was seen on the subject's machine; cite it for what is absent.
    pub fn whole<T: Fact>(&self) -> Result<FactRef, Stop> {
        self.whole_on::<T>(self.subject.host())
    }
    /// The same for another machine.
    pub fn whole_on<T: Fact>(&self, host: Host) -> Result<FactRef, Stop> {
        self.reads.borrow_mut().insert(T::KIND);
        let mut why = None;
        for (i, s) in self.surveys(T::KIND, host) {
            match &s.cover {
                Cover::Complete => return Ok(FactRef::Survey(i)),
                other => why = other.why().cloned(),
            }
        }
        Err(Stop::Missing(Ask::Table { kind: T::KIND, host, why }))
    }
    fn surveys(&self, kind: Kind, host: Host) -> impl Iterator<Item = (u32, &'a Survey)> + use<'a> {
        let subjects = self.subjects;
        let all = &self.case.surveys;
        all.iter()
            .enumerate()
            .filter(move |(_, s)| s.kind == kind && subjects.same(s.host, host))
            .map(|(i, s)| (small(i), s))
    }

    /// How a thing stood over time: older readings end where newer ones begin; equal ages that differ are a dispute. What
    /// was read first is taken to have stood for a day before: people read settings after the failure, not before it. Where
    /// evidence was handed over that is later still, three days, unless the row itself says since when.
    pub fn states<T: Fact>(&self, key: &T::Key) -> Vec<State<'a, T>> {
        let mut rows: Vec<_> = self.seen::<T>().filter(|c| c.row.what.key() == *key).collect();
        rows.sort_by_key(|c| (c.row.span, c.row.how, c.at));
        let mut out: Vec<State<'a, T>> = vec![];
        for c in rows {
            match out.last_mut() {
                Some(p) if p.cited.row.what.agrees(&c.row.what) => p.held.last = Span::FOREVER,
                Some(p) if p.cited.row.span.meets(c.row.span) => p.against.push(c.at),
                p => {
                    if let Some(p) = p {
                        p.held.last = c.row.span.first.saturating_sub(1);
                    }
                    let handed =
                        self.case.hosts.get(c.row.host.0 as usize).is_some_and(|h| h.vantage == Vantage::Evidence);
                    let since_known = c.row.span.first != c.row.span.last;
                    let back = match (out.is_empty(), handed) {
                        (true, true) if !since_known => 3 * REACH_BACK,
                        (true, false) => REACH_BACK,
                        _ => 0,
                    };
                    let first = c.row.span.first.saturating_sub(back);
                    let held = Span { first, last: Span::FOREVER };
                    out.push(State { cited: c, held, against: vec![] });
                }
            }
        }
        out
    }

    // ---- the question, the endpoint, its handshakes ----

    /// The endpoint that the subject is.
    pub fn endpoint(&self) -> Result<&'a Endpoint, Stop> {
        self.subject.endpoint().ok_or(Stop::NotApplicable)
    }
    /// The endpoint's address; a wildcard is nothing that one can speak to.
    pub fn address(&self) -> Result<(IpAddr, u16), Stop> {
        match self.endpoint()? {
            Endpoint { addr: Addr::Is(a), port, .. } => Ok((*a, *port)),
            _ => Err(Stop::NotApplicable),
        }
    }
    /// What a person asked for that this subject serves.
    pub fn asked(&self) -> Option<Cited<'a, Asked>> {
        let subject = self.subject;
        self.all::<Asked>().find(|a| {
            let site = Subject::Site { from: a.row.host, name: a.name.clone(), port: a.port };
            self.subjects.touches(&site, subject)
        })
    }
    /// Attempts to connect to the endpoint, the latest last.
    pub fn connects(&self) -> Result<Vec<Cited<'a, Connect>>, Stop> {
        let (addr, port) = self.address()?;
        let mut c: Vec<_> = self.seen::<Connect>().filter(|c| (c.addr, c.port) == (addr, port)).collect();
        c.sort_by_key(|c| c.row.span);
        Ok(c)
    }
    /// All handshakes with the endpoint.
    pub fn handshakes(&self) -> Result<Vec<Cited<'a, Handshake>>, Stop> {
        let (addr, port) = self.address()?;
        let name = &self.endpoint()?.name;
        let mut h: Vec<_> =
            self.seen::<Handshake>().filter(|h| (h.addr, h.port) == (addr, port) && h.name == *name).collect();
        h.sort_by_key(|h| (h.row.span, h.at));
        Ok(h)
    }
    /// The handshake that everything is compared with: a client's own, the failing ones first. Where TCP does not open
    /// there is none, and the question does not arise.
    pub fn base(&self) -> Result<Cited<'a, Handshake>, Stop> {
        let all = self.handshakes()?;
        let bases =
            || all.iter().filter(|h| h.trial == Trial::Base && h.end != tlsdiag_model::facts::End::NotConnected);
        if let Some(h) = bases().find(|h| !h.done()).or_else(|| bases().next()) {
            return Ok(*h);
        }
        match self.connects()?.last() {
            Some(c) if c.end != ConnectEnd::Open => Err(Stop::NotApplicable),
            Some(_) => Err(Stop::Missing(Ask::Handshake(self.endpoint()?.clone()))),
            None => Err(Stop::NotApplicable),
        }
    }
    /// The base handshake, once its end is known.
    pub fn settled_base(&self) -> Result<Cited<'a, Handshake>, Stop> {
        self.settled(self.base()?)
    }
    fn settled(&self, h: Cited<'a, Handshake>) -> Result<Cited<'a, Handshake>, Stop> {
        if h.pending() { Err(Stop::Missing(Ask::Wait(self.endpoint()?.clone()))) } else { Ok(h) }
    }
    /// A handshake that a current library completed or tried to.
    pub fn full(&self) -> Result<Cited<'a, Handshake>, Stop> {
        let found = self.handshakes()?.into_iter().find(|h| h.trial == Trial::Full);
        match found {
            Some(h) => self.settled(h),
            None if self.base()?.done() => Err(Stop::Missing(Ask::Full(self.endpoint()?.clone()))),
            None => Err(Stop::NotApplicable),
        }
    }
    /// The outcome of an experiment, or the wish that it be made.
    pub fn trial(&self, vary: Vary) -> Result<Cited<'a, Handshake>, Stop> {
        let want = Trial::Vary(vary);
        let found = self.handshakes()?.into_iter().find(|h| h.trial == want);
        match (found, want) {
            (Some(h), _) => self.settled(h),
            (None, Trial::Vary(vary)) => Err(Stop::Missing(Ask::Trial { to: self.endpoint()?.clone(), vary })),
            _ => Err(Stop::NotApplicable),
        }
    }
    /// The outcome of an experiment, if it happens to have been made.
    pub fn trial_if_made(&self, vary: Vary) -> Option<Cited<'a, Handshake>> {
        let want = Trial::Vary(vary);
        self.handshakes().ok()?.into_iter().find(|h| h.trial == want && !h.pending())
    }
    /// A conversation without TLS on the endpoint's port.
    pub fn talk(&self, opening: Opening) -> Result<Cited<'a, Talk>, Stop> {
        let (addr, port) = self.address()?;
        self.seen::<Talk>()
            .find(|t| (t.addr, t.port, t.opening) == (addr, port, opening))
            .ok_or(Stop::Missing(Ask::Talk { to: self.endpoint()?.clone(), opening }))
    }
    /// The base hello repeated after everything in `after`: the control.
    fn control(&self, base: &Cited<'a, Handshake>, after: i64) -> Result<Cited<'a, Handshake>, Stop> {
        let (kind, ask) = match base.trial {
            Trial::Full | Trial::FullAgain => {
                (Trial::FullAgain, Ask::FullAgain { to: self.endpoint()?.clone(), after })
            }
            _ => (Trial::Again, Ask::Again { to: self.endpoint()?.clone(), after }),
        };
        let found = self
            .handshakes()?
            .into_iter()
            .find(|h| h.trial == kind && h.from == base.from && h.row.span.first >= after);
        found.ok_or(Stop::Missing(ask))
    }
    /// Every repetition of a handshake that ended otherwise than it did: the answers change while we look.
    pub fn contradictions(&self, base: &Cited<'a, Handshake>) -> Result<Vec<Cited<'a, Handshake>>, Stop> {
        let kinds = match base.trial {
            Trial::Full | Trial::FullAgain => [Trial::Full, Trial::FullAgain],
            _ => [Trial::Base, Trial::Again],
        };
        Ok(self
            .handshakes()?
            .into_iter()
            .filter(|h| kinds.contains(&h.trial) && h.from == base.from && !h.pending())
            .filter(|h| h.outcome() != base.outcome())
            .collect())
    }
    /// What was fetched from a URL in a certificate, or the wish to fetch it.
    pub fn fetched(&self, url: &str, cert: CertId) -> Result<Cited<'a, Fetch>, Stop> {
        let to = self.endpoint().ok().cloned();
        self.all::<Fetch>().find(|f| f.url == url).ok_or(Stop::Missing(Ask::Fetch { url: url.to_owned(), cert, to }))
    }
    /// What revocation services say of a certificate, or the wish to ask them.
    pub fn revocation(&self, cert: CertId, issuer: CertId) -> Result<Vec<Cited<'a, Revocation>>, Stop> {
        let found: Vec<_> = self.all::<Revocation>().filter(|r| r.cert == cert).collect();
        // a staple is volunteered; whether the services were asked shows by their own rows
        if found.iter().any(|r| r.via != tlsdiag_model::facts::Via::Staple) {
            return Ok(found);
        }
        Err(Stop::Missing(Ask::Revocation { cert, issuer, to: self.endpoint().ok().cloned() }))
    }
    /// Derived tables: certificates read, paths per chain and anchors.
    pub fn derived(&self) -> Derivation<'a> {
        Derivation { case: self.case, derived: self.derived }
    }

    /// The identity that the subject is: files as a server would be given them.
    pub fn identity(&self) -> Result<Cited<'a, Identity>, Stop> {
        let Subject::Identity { label, .. } = self.subject else { return Err(Stop::NotApplicable) };
        self.seen::<Identity>().find(|i| i.label == *label).ok_or(Stop::NotApplicable)
    }
    /// What lies in a file.
    pub fn filed_in(&self, path: &str) -> impl Iterator<Item = Cited<'a, Filed>> + use<'a> {
        let path: Arc<str> = path.into();
        self.seen::<Filed>().filter(move |f| f.row.what.path == path)
    }

    // ---- findings: the standing is computed ----

    /// A finding on the content of a row: a state that was read (a record, a certificate, a chosen suite).
    pub fn reads_as<T>(&self, impact: Impact, c: &Cited<'_, T>, say: Say) -> Finding {
        let how = if c.row.how == How::Told { How::Told } else { How::Read };
        self.finding(impact, how, c.row.span, c.at, say).count(c.row.count)
    }
    /// The same for a chain, wherever it is shown.
    pub fn reads_shown(&self, impact: Impact, shown: &Shown<'a>, say: Say) -> Finding {
        match shown {
            Shown::Sent(h) => self.reads_as(impact, h, say),
            Shown::Filed(i) => self.reads_as(impact, i, say),
        }
    }
    /// A finding on the behaviour that a row saw (a reset, silence).
    pub fn behaves<T>(&self, impact: Impact, c: &Cited<'_, T>, say: Say) -> Finding {
        self.finding(impact, c.row.how.max(How::Watched), c.row.span, c.at, say).count(c.row.count)
    }
    /// A finding on a state over time; a dispute makes it at most likely.
    pub fn state<T>(&self, impact: Impact, s: &State<'_, T>, say: Say) -> Finding {
        let mut f = self.finding(impact, s.cited.row.how, s.held, s.cited.at, say).count(s.cited.row.count);
        if !s.against.is_empty() {
            f = f.at_most(Standing::Likely);
            f.disputed_by = s.against.clone();
        }
        f
    }
    /// A finding on what is absent: the look itself is the evidence.
    pub fn absent(&self, impact: Impact, looked: FactRef, say: Say) -> Finding {
        self.finding(impact, How::Read, Span::always(), looked, say)
    }
    /// A finding on how a handshake ended. Seen once it is likely, and a repetition is wished for; repeated alike it is proven.
    pub fn ends(&self, impact: Impact, base: &Cited<'a, Handshake>, say: Say) -> Result<Finding, Stop> {
        let mut f = self.behaves(impact, base, say);
        if base.pending() || base.offer.client == tlsdiag_model::facts::Client::Foreign {
            return Ok(f);
        }
        // silence is waited for only once: a repetition that was begun beside it counts
        let silent = matches!(base.end, tlsdiag_model::facts::End::Silent { .. });
        let after = if silent { base.row.span.first.saturating_add(1) } else { base.row.span.last };
        match self.control(base, after) {
            Ok(again) => {
                f = f.and(again.at);
                if !again.pending() && again.outcome() == base.outcome() {
                    f.standing = Standing::Proven;
                }
            }
            Err(Stop::Missing(ask)) => self.wish(ask),
            Err(other) => return Err(other),
        }
        Ok(f)
    }
    /// A finding on how an attempt to connect ended; a second attempt that ends alike proves it, and is wished for.
    pub fn connect_ends(&self, impact: Impact, c: &Cited<'a, Connect>, say: Say) -> Result<Finding, Stop> {
        let mut f = self.behaves(impact, c, say);
        let alike = |a: &ConnectEnd, b: &ConnectEnd| std::mem::discriminant(a) == std::mem::discriminant(b);
        let again = self.connects()?.into_iter().find(|d| d.from == c.from && d.row.span.first > c.row.span.first);
        match again {
            Some(d) => {
                f = f.and(d.at);
                if alike(&c.end, &d.end) {
                    f.standing = Standing::Proven;
                }
            }
            None => self.wish(Ask::Connect { host: self.endpoint()?.host, addr: c.addr, port: c.port }),
        }
        Ok(f)
    }
    /// A finding on an experiment, A/B/A: base, trials, and the base once more after them. `None`: the control ended
    /// otherwise than the base, so nothing finer can be said.
    pub fn concludes(
        &self,
        impact: Impact,
        base: &Cited<'a, Handshake>,
        trials: &[Cited<'a, Handshake>],
        say: Say,
    ) -> Result<Option<Finding>, Stop> {
        // only a trial that ended otherwise must be followed by a control; one that ended alike is a repetition itself
        let after = trials
            .iter()
            .filter(|t| t.outcome() != base.outcome())
            .map(|t| t.row.span.last)
            .max()
            .unwrap_or(base.row.span.first.saturating_add(1));
        // the control is asked for while a silent base is still open: silence is waited for only once
        let again = self.control(base, after)?;
        let base = self.settled(*base)?;
        let again = self.settled(again)?;
        if again.outcome() != base.outcome() {
            return Ok(None);
        }
        let span = trials.iter().fold(base.row.span, |s, t| s.join(t.row.span)).join(again.row.span);
        let mut f = self.finding(impact, How::Read, span, base.at, say).count(base.row.count);
        for t in trials {
            f = f.and(t.at);
        }
        Ok(Some(f.and(again.at)))
    }

    fn finding(&self, impact: Impact, how: How, held: Span, first: FactRef, say: Say) -> Finding {
        let standing = match how {
            How::Read => Standing::Proven,
            How::Watched => Standing::Likely,
            How::Told => Standing::Possible,
        };
        Finding::new(self.rule.code, self.subject.clone(), impact, standing, held, first, say)
    }
}

/// The case together with its derived tables.
#[derive(Clone, Copy)]
pub struct Derivation<'a> {
    /// The case.
    pub case: &'a Case,
    /// The tables.
    pub derived: &'a Derived,
}

/// How far back the first reading of a state holds, milliseconds.
const REACH_BACK: i64 = 86_400_000;

fn small(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}
