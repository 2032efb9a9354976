//! The ladder of a target: eight rungs, each held up by what was seen, or marked where it gave way.
use crate::diagnose::name_of;
use crate::diagnosis::{Candidate, Diagnosis, Health, Rung, RungState, Target, identity};
use crate::{ClientVerdict, Derived, Look, Outcome, StoreTrust, Subjects, Verdict};
use crate::{files, machine};
use tlsdiag_model::facts::{
    Answer, Asked, ConnectEnd, End, Handshake, HttpEnd, Identity, KeyProof, Opening, Over, Spoke, Stage, Trial,
    Unreachable,
};
use tlsdiag_model::{
    Addr, Arg, Case, Code, Endpoint, Host, Impact, Layer, Row, Say, Sight, Standing, Subject, Time, Vantage, Who, say,
};
use tlsdiag_pki::Certificate;
use tlsdiag_wire::registry::{CipherSuite, Group, Version};

/// The symptom "no path to an anchor": its pass is what holds up the trust rung.
pub(crate) const TRUST: Code = Code(2500);

/// One target per thing that was asked for.
pub(crate) fn targets(
    case: &Case,
    subjects: &Subjects,
    derived: &Derived,
    verdicts: &[Verdict],
    d: &Diagnosis,
) -> Vec<Target> {
    let mut out: Vec<Target> = vec![];
    for a in &case.asked {
        let subject = Subject::Site { from: a.host, name: a.what.name.clone(), port: a.what.port };
        if out.iter().any(|t| t.subject == subject) {
            continue;
        }
        let endpoints = subjects.endpoints_of(&subject);
        out.push(
            View { case, subjects, derived, verdicts, d, what: What::Asked(&a.what), endpoints, subject }.target(),
        );
    }
    for host in machine::machines(case, subjects) {
        let subject = Subject::Host(host);
        // a site that was asked for tells of its machine
        if out.iter().any(|t| t.endpoints.iter().any(|e| subjects.same(e.host, host))) {
            continue;
        }
        let endpoints = machine::endpoints(subjects, host);
        out.push(View { case, subjects, derived, verdicts, d, what: What::Machine(host), endpoints, subject }.target());
    }
    let sent = |h: Host| case.hosts.get(h.0 as usize).is_some_and(|i| i.vantage == Vantage::Evidence);
    for i in case.identities.iter().filter(|i| !sent(i.host)) {
        let subject = Subject::Identity { host: i.host, label: i.what.label.clone() };
        if out.iter().all(|t| t.subject != subject) {
            let what = What::Files(i);
            out.push(View { case, subjects, derived, verdicts, d, what, endpoints: vec![], subject }.target());
        }
    }
    // a file that could not be opened, a thumbprint: no certificate, but somebody asked about it
    for c in d.causes.iter().chain(&d.symptoms).filter(|c| c.standing < Standing::Possible && !sent(c.subject.host())) {
        let Subject::Identity { label, .. } = &c.subject else { continue };
        if out.iter().all(|t| t.subject != c.subject) {
            let (what, subject) = (What::Alone(label), c.subject.clone());
            out.push(View { case, subjects, derived, verdicts, d, what, endpoints: vec![], subject }.target());
        }
    }
    out
}

/// What a target is.
#[derive(Clone, Copy)]
enum What<'a> {
    /// A site that was asked for.
    Asked(&'a Asked),
    /// Files as a server would be given them.
    Files(&'a Row<Identity>),
    /// A machine whose files were sent.
    Machine(Host),
    /// Something else that was handed over and that nothing but findings is known of.
    Alone(&'a str),
}

struct View<'a> {
    case: &'a Case,
    subjects: &'a Subjects,
    derived: &'a Derived,
    verdicts: &'a [Verdict],
    d: &'a Diagnosis,
    what: What<'a>,
    endpoints: Vec<Endpoint>,
    subject: Subject,
}

impl View<'_> {
    fn target(self) -> Target {
        let causes = (0..self.d.causes.len()).filter(|i| self.d.causes.get(*i).is_some_and(|c| self.mine(c))).collect();
        let ladder = self.ladder();
        let (clients, stores) = self.said();
        Target {
            id: identity(None, "target", &name_of(self.case, &self.subject)),
            typed: match self.what {
                What::Asked(a) => a.typed.clone(),
                What::Files(i) => i.what.label.to_string(),
                What::Machine(h) => self.case.label(h).to_owned(),
                What::Alone(label) => label.to_owned(),
            },
            health: self.health(&ladder),
            ladder,
            causes,
            summary: match self.what {
                What::Asked(_) => self.summary(),
                What::Files(i) => files::summary(self.case, i),
                What::Machine(h) => machine::summary(self.case, self.subjects, h),
                What::Alone(_) => None,
            },
            clients,
            stores,
            endpoints: self.endpoints,
            subject: self.subject,
        }
    }

    /// What clients and lists of roots say of the chain: that of the files, or of the first endpoint that showed one.
    fn said(&self) -> (Vec<ClientVerdict>, Vec<StoreTrust>) {
        let of = |s: &Subject| {
            let look = Look::new(self.case, self.subjects, self.derived, s, &crate::s2_chain::clients_refuse::RULE);
            look.predicted().ok().map(|(_, said)| (said.to_vec(), look.trusting()))
        };
        let endpoints = self.endpoints.iter().cloned().map(Subject::Endpoint);
        std::iter::once(self.subject.clone()).chain(endpoints).find_map(|s| of(&s)).unwrap_or_default()
    }

    fn mine(&self, c: &Candidate) -> bool {
        self.subjects.touches(&c.subject, &self.subject) || c.endpoints.iter().any(|e| self.endpoints.contains(e))
    }

    /// Faults and symptoms of this target that are more than possible.
    fn sure(&self) -> impl Iterator<Item = &Candidate> {
        self.d.causes.iter().chain(&self.d.symptoms).filter(|c| c.standing < Standing::Possible && self.mine(c))
    }

    /// What a symptom does, given what explains it: one attempt in two that fails is a partial fault, although each
    /// failing attempt is a broken one.
    fn impact(&self, c: &Candidate) -> Impact {
        let by = self.d.causes.iter().filter(|x| x.standing < Standing::Possible && x.explains.contains(&c.id));
        by.filter(|x| x.who != Who::Everyone).map(|x| x.impact).min().map_or(c.impact, |i| i.max(c.impact))
    }

    /// Addresses that this machine has no way to at all say nothing about the site, as long as there is another.
    fn tried(&self) -> Vec<&Endpoint> {
        let no_way = |e: &&Endpoint| {
            let mut ends = self
                .case
                .connects
                .iter()
                .filter(|c| e.addr == Addr::Is(c.what.addr) && e.port == c.what.port)
                .peekable();
            ends.peek().is_some() && ends.all(|c| c.what.end == ConnectEnd::Unreachable(Unreachable::Network))
        };
        let tried: Vec<&Endpoint> = self.endpoints.iter().filter(|e| !no_way(e)).collect();
        if tried.is_empty() { self.endpoints.iter().collect() } else { tried }
    }

    fn health(&self, ladder: &[Rung]) -> Health {
        let tried = self.tried();
        let own = matches!(self.what, What::Machine(_));
        let whole = |c: &&Candidate| match c.subject {
            Subject::Site { .. } | Subject::Host(_) => true,
            Subject::Identity { .. } if !own => true,
            _ => tried.iter().all(|e| c.endpoints.contains(e)),
        };
        let broken: Vec<&Candidate> = self.sure().filter(|c| self.impact(c) == Impact::Broken).collect();
        // several faults may each take one address: together they take all
        // a site on every address is taken by faults of its wildcards
        let takes = |c: &Candidate, e: &Endpoint| {
            c.endpoints.iter().any(|x| x == e || own && x.port == e.port && x.name.is_none() && x.addr.meets(e.addr))
        };
        let hit = |e: &&Endpoint| broken.iter().any(|c| takes(c, e));
        if broken.iter().any(whole) || (!tried.is_empty() && tried.iter().all(hit)) {
            return Health::Broken;
        }
        if broken.iter().any(|c| tried.iter().any(|e| c.endpoints.contains(e)))
            || self.sure().any(|c| self.impact(c) == Impact::Partial)
        {
            return Health::Partial;
        }
        let held = |l: Layer| ladder.iter().any(|r| r.layer == l && r.state == RungState::Ok);
        if let What::Files(i) = self.what {
            let key = i.what.key == Sight::Hidden || held(Layer::Key);
            return if key && held(Layer::Trust) { Health::Works } else { Health::Unknown };
        }
        // nobody connected: that nothing is wrong in what was sent does not mean that it works
        if let What::Machine(_) = self.what {
            return Health::Unknown;
        }
        if held(Layer::Trust) && held(Layer::Negotiate) && held(Layer::Key) { Health::Works } else { Health::Unknown }
    }

    fn ladder(&self) -> Vec<Rung> {
        let first_bad = Layer::ALL.into_iter().find(|l| self.bad(*l).is_some_and(|c| self.impact(c) == Impact::Broken));
        Layer::ALL
            .into_iter()
            .map(|layer| {
                if let Some(c) = self.bad(layer) {
                    let state = if self.impact(c) == Impact::Broken { RungState::Fail } else { RungState::Warn };
                    return Rung { layer, state, code: c.code, say: Some(c.say.clone()) };
                }
                match self.witness(layer) {
                    Some(say) => Rung { layer, state: RungState::Ok, code: None, say },
                    None => {
                        let state = match (first_bad, self.what) {
                            // a server's part, whatever the files are like
                            (_, What::Files(_) | What::Alone(_) | What::Machine(_)) => RungState::Unseen,
                            (Some(bad), _) if bad < layer => RungState::NotReached,
                            _ => RungState::Unseen,
                        };
                        Rung { layer, state, code: None, say: None }
                    }
                }
            })
            .collect()
    }

    /// The worst fault or symptom on a rung.
    fn bad(&self, layer: Layer) -> Option<&Candidate> {
        self.sure()
            .filter(|c| c.layer == layer && c.impact <= Impact::Partial)
            .min_by_key(|c| (c.impact, c.labels.is_empty()))
    }

    fn handshakes(&self) -> impl Iterator<Item = &Handshake> {
        self.case.handshakes.iter().filter(|h| self.at(h.what.addr, h.what.port)).map(|h| &h.what)
    }
    fn at(&self, addr: std::net::IpAddr, port: u16) -> bool {
        self.endpoints.iter().any(|e| e.addr == Addr::Is(addr) && e.port == port)
    }

    /// What holds a rung up, with a few words; `None`: nothing was seen of it.
    fn witness(&self, layer: Layer) -> Option<Option<Say>> {
        let asked = match self.what {
            What::Asked(a) => a,
            What::Files(i) => return files::witness(self.case, i, layer, || self.trusted().then_some(None)),
            What::Machine(h) => return machine::witness(self.case, self.subjects, h, layer, self.trusted()),
            What::Alone(_) => return None,
        };
        match layer {
            Layer::Name => self.name(asked),
            Layer::Reach => self.reach(asked),
            Layer::Listen => self
                .handshakes()
                .any(|h| h.stage >= Stage::ServerHello || matches!(h.end, End::Alert(_)))
                .then_some(None),
            Layer::Bind => self.handshakes().any(|h| h.leaf().is_some()).then(|| Some(by_handshake())),
            Layer::Key => {
                self.handshakes().any(|h| h.proof.saw() == Some(&KeyProof::Good)).then(|| Some(by_handshake()))
            }
            Layer::Negotiate => {
                let done = self.handshakes().find(|h| h.trial == Trial::Full && h.stage == Stage::Finished);
                done.or_else(|| {
                    self.handshakes().find(|h| h.trial == Trial::Base && h.done() && h.chain.saw().is_some())
                })
                .map(agreed)
            }
            Layer::Trust => self.trusted().then_some(None),
            Layer::Http => self
                .case
                .http_answers
                .iter()
                .find(|h| {
                    h.what.over == Over::Tls
                        && self.at(h.what.addr, h.what.port)
                        && matches!(h.what.end, HttpEnd::Status { .. })
                })
                .map(|h| match &h.what.end {
                    HttpEnd::Status { status, .. } => {
                        Some(say!("answers {status}", "응답 {status}", status = Arg::num(*status)))
                    }
                    _ => None,
                }),
        }
    }

    /// A path to an anchor holds.
    fn trusted(&self) -> bool {
        let held = |v: &Verdict| v.rule.code == TRUST && v.judged == Ok(Outcome::Pass);
        self.verdicts.iter().any(|v| held(v) && self.subjects.touches(&v.subject, &self.subject))
    }

    fn name(&self, a: &Asked) -> Option<Option<Say>> {
        if a.literal.is_some() {
            return Some(None);
        }
        let addrs: Vec<_> = if a.pinned.is_empty() {
            self.case
                .lookups
                .iter()
                .filter(|l| l.what.name == a.name)
                .filter_map(|l| match &l.what.answer {
                    Answer::Addresses(v) => Some(v.clone()),
                    _ => None,
                })
                .next()?
        } else {
            a.pinned.clone()
        };
        let list = addrs.iter().take(4).map(Arg::term).collect();
        Some(Some(say!("{name} -> {addrs}", "{name} -> {addrs}", name = Arg::quote(&a.name), addrs = Arg::List(list))))
    }

    fn reach(&self, asked: &Asked) -> Option<Option<Say>> {
        let open =
            self.case.connects.iter().any(|c| c.what.end == ConnectEnd::Open && self.at(c.what.addr, c.what.port));
        if !open {
            return None;
        }
        let port = Arg::num(asked.port);
        let plain = self.case.talks.iter().find(|t| {
            t.what.port == 80
                && t.what.opening == Opening::HttpGet
                && self.endpoints.iter().any(|e| e.addr == Addr::Is(t.what.addr))
        });
        Some(Some(match plain.map(|t| &t.what.spoke) {
            Some(Spoke::Http { status, .. }) => {
                say!(
                    "{port} open; http:// answers {status}",
                    "{port} 열림; http:// 응답 {status}",
                    port = port,
                    status = Arg::num(*status)
                )
            }
            _ => say!("{port} open", "{port} 열림", port = port),
        }))
    }

    /// What was agreed, with what key the server proved itself, and how long its certificate is good.
    fn summary(&self) -> Option<Say> {
        let row = self.case.handshakes.iter().find(|h| {
            self.at(h.what.addr, h.what.port) && h.what.trial == Trial::Full && h.what.stage == Stage::Finished
        })?;
        let der = row.what.leaf().and_then(|id| self.case.certs.get(&id));
        let Some(leaf) = der.and_then(|der| Certificate::from_der(der).ok()) else { return agreed(&row.what) };
        let a = row.what.answered.saw()?;
        let version = Arg::term(Version(a.version));
        let (key, good) = (Arg::term(&leaf.public_key.kind), good(&leaf, row.span.last));
        Some(match a.group {
            Some(g) => say!(
                "{version}, {group}, {key} certificate {good}",
                "{version}, {group}, {key} 인증서 {good}",
                version = version,
                group = Arg::term(Group(g)),
                key = key,
                good = good
            ),
            None => say!(
                "{version}, {suite}, {key} certificate {good}",
                "{version}, {suite}, {key} 인증서 {good}",
                version = version,
                suite = Arg::term(CipherSuite(a.suite)),
                key = key,
                good = good
            ),
        })
    }
}

/// How long a certificate is good, seen from a time; whole days, as people count them.
pub(crate) fn good(c: &Certificate, at: Time) -> Arg {
    const DAY: i64 = 86_400_000;
    let (from, to) = (c.not_before.saturating_mul(1000), c.not_after.saturating_mul(1000));
    let said = match to.saturating_sub(at) {
        _ if at < from => say!("not good before {from}", "{from}부터 유효", from = Arg::Date(from)),
        left if left < 0 => say!("expired on {to}", "{to}에 만료됨", to = Arg::Date(to)),
        left if left < DAY => {
            say!("good until {to} (less than a day)", "{to}까지 유효(24시간 미만)", to = Arg::Moment(to))
        }
        left if left < 2 * DAY => say!("good until {to} (1 day)", "{to}까지 유효(1일)", to = Arg::Date(to)),
        left => say!(
            "good until {to} ({days} days)",
            "{to}까지 유효({days}일)",
            to = Arg::Date(to),
            days = Arg::num(left / DAY)
        ),
    };
    Arg::Say(Box::new(said))
}

/// What a remote look may say of a binding and a key: it has not read them.
fn by_handshake() -> Say {
    say!("by the handshake", "핸드셰이크로 확인")
}

/// Version, group and suite of a handshake, in words of the trade.
pub(crate) fn agreed(h: &Handshake) -> Option<Say> {
    let a = h.answered.saw()?;
    let version = Arg::term(Version(a.version));
    let suite = Arg::term(CipherSuite(a.suite));
    Some(match a.group {
        Some(g) => say!(
            "{version}, {group}, {suite}",
            "{version}, {group}, {suite}",
            version = version,
            group = Arg::term(Group(g)),
            suite = suite
        ),
        None => say!("{version}, {suite}", "{version}, {suite}", version = version, suite = suite),
    })
}
