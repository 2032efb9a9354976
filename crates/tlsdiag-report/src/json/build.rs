//! From a report to the types of [`super::v1`].
use super::time::rfc3339;
use super::{Explained, reference, v1, value};
use crate::evidence::{Piece, by_thumb, hex, piece, trial_slug, vary_slug};
use crate::{Report, words};
use std::collections::{BTreeMap, BTreeSet};
use tlsdiag_model as m;
use tlsdiag_model::{Ask, FactRef, Impact, Lang, Platform, Safety, Say, Standing, Time, Who, Why};
use tlsdiag_rules::{Candidate, Health, Outcome, Target};

pub(super) fn whole(r: &Report<'_>) -> v1::Document {
    let d = r.diagnosis;
    document(
        r,
        d.health(),
        &d.targets.iter().collect::<Vec<_>>(),
        &d.causes.iter().collect::<Vec<_>>(),
        &d.symptoms.iter().collect::<Vec<_>>(),
    )
}

/// One target with its own causes and symptoms; what concerns the whole run stands in each.
pub(super) fn target(r: &Report<'_>, t: &Target) -> v1::Document {
    let causes: Vec<&Candidate> = t.causes.iter().filter_map(|i| r.diagnosis.causes.get(*i)).collect();
    let symptoms = crate::text::symptoms_of(r, t, &causes);
    document(r, t.health, &[t], &causes, &symptoms)
}

fn document(
    r: &Report<'_>,
    health: Health,
    targets: &[&Target],
    causes: &[&Candidate],
    symptoms: &[&Candidate],
) -> v1::Document {
    let d = r.diagnosis;
    let mut cited: BTreeSet<FactRef> = d.disputes.iter().flatten().copied().collect();
    cited.extend(causes.iter().chain(symptoms).flat_map(|c| c.evidence.iter().copied()));
    let pieces: Vec<(FactRef, Piece<'_>)> = cited.into_iter().filter_map(|at| Some((at, piece(r, at)?))).collect();
    let mut ids: BTreeSet<m::CertId> = pieces.iter().flat_map(|(_, p)| p.certs(r)).collect();
    ids.extend(causes.iter().chain(symptoms).filter_map(|c| match &c.subject {
        m::Subject::Cert { id, .. } => Some(*id),
        m::Subject::Stored { thumb, .. } => by_thumb(r, thumb),
        _ => None,
    }));
    v1::Document {
        schema: v1::SCHEMA,
        tool: r.tool.to_owned(),
        taken: rfc3339(r.taken),
        verdict: health.slug(),
        exit: r.exit,
        targets: targets.iter().map(|t| target_of(r, t)).collect(),
        clients: targets.first().map(|t| clients(t)).unwrap_or_default(),
        causes: causes.iter().map(|c| candidate(r, c)).collect(),
        symptoms: symptoms.iter().map(|c| candidate(r, c)).collect(),
        disputes: d.disputes.iter().map(|g| g.iter().copied().map(reference).collect()).collect(),
        ask_for: d.ask_for.iter().map(|a| ask_for(r, a)).collect(),
        not_checked: d
            .not_checked
            .iter()
            .map(|n| v1::NotChecked { what: text(&n.what), host: label(r, n.host), why: n.why.as_ref().map(why) })
            .collect(),
        verdicts: verdicts(r),
        facts: pieces.iter().map(|(at, p)| (reference(*at), fact(r, *p))).collect(),
        certificates: ids.into_iter().map(|id| (id.to_string(), certificate(r, id))).collect(),
    }
}

pub(super) fn explained(all: &[Explained<'_>], tool: &str, taken: Time, exit: u8) -> v1::Document {
    let causes = all
        .iter()
        .map(|e| v1::Candidate {
            id: e.code.map_or_else(|| e.slug.to_owned(), |c| c.to_string()),
            code: e.code.map(|c| c.to_string()),
            slug: e.slug.to_owned(),
            labels: e.labels.iter().map(|l| l.label()).collect(),
            confidence: confidence(Standing::Possible),
            impact: None,
            layer: None,
            subject: None,
            endpoints: vec![],
            who: None,
            since: None,
            until: None,
            count: 0,
            text: text(&e.title),
            args: value::args(&e.title),
            because: vec![],
            evidence: vec![],
            explains: vec![],
            fixes: vec![],
            page: e.page.map(|p| v1::Text { en: p.en.to_owned(), ko: p.ko.to_owned() }),
        })
        .collect();
    v1::Document {
        schema: v1::SCHEMA,
        tool: tool.to_owned(),
        taken: rfc3339(taken),
        verdict: Health::Unknown.slug(),
        exit,
        targets: vec![],
        clients: vec![],
        causes,
        symptoms: vec![],
        disputes: vec![],
        ask_for: vec![],
        not_checked: vec![],
        verdicts: vec![],
        facts: BTreeMap::new(),
        certificates: BTreeMap::new(),
    }
}

pub(super) fn text(s: &Say) -> v1::Text {
    v1::Text { en: s.render(Lang::En), ko: s.render(Lang::Ko) }
}

fn label(r: &Report<'_>, h: m::Host) -> String {
    r.case.label(h).to_owned()
}

fn target_of(r: &Report<'_>, t: &Target) -> v1::Target {
    let endpoint = match &t.subject {
        m::Subject::Site { name, port, .. } if name.as_str().contains(':') => format!("[{name}]:{port}"),
        m::Subject::Site { name, port, .. } => format!("{name}:{port}"),
        m::Subject::Endpoint(e) | m::Subject::Path { to: e, .. } => e.to_string(),
        m::Subject::Host(h) | m::Subject::Cert { host: h, .. } | m::Subject::Stored { host: h, .. } => label(r, *h),
        m::Subject::Identity { label, .. } => label.to_string(),
    };
    v1::Target {
        id: t.id.clone(),
        typed: t.typed.clone(),
        endpoint,
        endpoints: t.endpoints.iter().map(|e| end(r, e)).collect(),
        verdict: t.health.slug(),
        ladder: t
            .ladder
            .iter()
            .map(|g| v1::Rung {
                layer: g.layer.slug(),
                state: g.state.slug(),
                code: g.code.map(|c| c.to_string()),
                text: g.say.as_ref().map(text),
            })
            .collect(),
        causes: t.causes.iter().filter_map(|i| r.diagnosis.causes.get(*i)).map(|c| c.id.clone()).collect(),
        summary: t.summary.as_ref().map(text),
        clients: clients(t),
        stores: t
            .stores
            .iter()
            .map(|s| v1::Store { store: s.store, edition: s.edition.clone(), root: s.root, trusts: s.trusts })
            .collect(),
    }
}

fn clients(t: &Target) -> Vec<v1::Client> {
    let client = |c: &tlsdiag_rules::ClientVerdict| v1::Client {
        client: c.client,
        name: c.name,
        verdict: c.says.slug(),
        error: c.error.clone(),
        confidence: confidence(c.standing),
        certificate: c.at,
        because: c.because.clone(),
    };
    t.clients.iter().map(client).collect()
}

fn candidate(r: &Report<'_>, c: &Candidate) -> v1::Candidate {
    v1::Candidate {
        id: c.id.clone(),
        code: c.code.map(|c| c.to_string()),
        slug: c.slug.to_owned(),
        labels: c.labels.iter().map(|l| l.label()).collect(),
        confidence: confidence(c.standing),
        impact: Some(match c.impact {
            Impact::Broken => "broken",
            Impact::Partial => "partial",
            Impact::Risk => "risk",
            Impact::Note => "note",
        }),
        layer: Some(c.layer.slug()),
        subject: Some(subject(r, &c.subject)),
        endpoints: c.endpoints.iter().map(|e| end(r, e)).collect(),
        who: Some(who(&c.who)),
        since: rfc3339(c.held.first),
        until: rfc3339(c.held.last),
        count: c.count,
        text: text(&c.say),
        args: value::args(&c.say),
        because: c.because.iter().map(text).collect(),
        evidence: c.evidence.iter().copied().map(reference).collect(),
        explains: c.explains.clone(),
        fixes: c.cures.iter().map(fix).collect(),
        page: None,
    }
}

fn confidence(s: Standing) -> &'static str {
    match s {
        Standing::Proven => "proven",
        Standing::Likely => "likely",
        Standing::Possible => "possible",
    }
}

fn fix(c: &m::Cure) -> v1::Fix {
    v1::Fix {
        text: text(&c.say),
        safety: match c.safety {
            Safety::Safe => "safe",
            Safety::Confirm => "confirm",
            Safety::Manual => "manual",
        },
        commands: c.commands.iter().map(|c| v1::Line { on: platform(c.on), line: c.line.clone() }).collect(),
    }
}

fn platform(p: Platform) -> &'static str {
    match p {
        Platform::Windows => "windows",
        Platform::Linux => "linux",
        Platform::Any => "any",
    }
}

fn who(w: &Who) -> v1::Who {
    let text = words::who(w).as_ref().map(text);
    let mut out = v1::Who { kind: "everyone", text, addresses: vec![], n: None, of: None };
    match w {
        Who::Everyone => {}
        Who::Clients(_) => out.kind = "clients",
        Who::Addresses(a) => {
            out.kind = "addresses";
            out.addresses = a.iter().map(ToString::to_string).collect();
        }
        Who::Some { n, of } => {
            out.kind = "some";
            (out.n, out.of) = (Some(*n), Some(*of));
        }
    }
    out
}

fn ask_for(r: &Report<'_>, a: &tlsdiag_rules::AskFor) -> v1::AskFor {
    let on = |p: Platform| {
        let lines: Vec<&str> =
            a.commands.iter().filter(|c| c.on == p || c.on == Platform::Any).map(|c| c.line.as_str()).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    v1::AskFor {
        ask: ask(&a.ask),
        what: text(&a.say),
        host: label(r, a.host),
        why: a.why.as_ref().map(why),
        command: v1::PerPlatform { windows: on(Platform::Windows), linux: on(Platform::Linux) },
        decides: a.decides.iter().map(|l| l.label()).collect(),
    }
}

/// The stable word of an ask.
fn ask(a: &Ask) -> String {
    match a {
        Ask::Handshake(_) => "trial/base".to_owned(),
        Ask::Trial { vary, .. } => format!("trial/{}", vary_slug(vary)),
        Ask::Again { .. } => format!("trial/{}", trial_slug(&m::facts::Trial::Again)),
        Ask::Full(_) => format!("trial/{}", trial_slug(&m::facts::Trial::Full)),
        Ask::FullAgain { .. } => format!("trial/{}", trial_slug(&m::facts::Trial::FullAgain)),
        Ask::Wait(_) => "wait".to_owned(),
        Ask::Talk { opening: m::facts::Opening::Listened, .. } => "talk/listened".to_owned(),
        Ask::Talk { opening: m::facts::Opening::HttpGet, .. } => "talk/http_get".to_owned(),
        Ask::Connect { .. } => "connect".to_owned(),
        Ask::Fetch { .. } => "fetch".to_owned(),
        Ask::Revocation { .. } => "revocation".to_owned(),
        Ask::Under { of, .. } => format!("under/{of}"),
        Ask::Table { kind, .. } => format!("table/{}", kind.slug()),
    }
}

pub(super) fn why(w: &Why) -> v1::Why {
    let kind = match w {
        Why::NeedsElevation => "needs_elevation",
        Why::CutOff { .. } => "cut_off",
        Why::OverCap { .. } => "over_cap",
        Why::TimedOut { .. } => "timed_out",
        Why::DamagedAt { .. } => "damaged_at",
        Why::NewerThanWe { .. } => "newer_than_we",
        Why::Offline => "offline",
        Why::OverBudget => "over_budget",
        Why::AddressRefused => "address_refused",
        Why::ClientCannot => "client_cannot",
        Why::Interrupted => "interrupted",
        Why::Said(_) => "said",
    };
    v1::Why { kind, text: text(&w.say()) }
}

fn verdicts(r: &Report<'_>) -> Vec<v1::Verdict> {
    if r.verdicts.is_empty() {
        let passed = |(code, s): &(m::Code, m::Subject)| v1::Verdict {
            code: code.to_string(),
            slug: None,
            subject: subject(r, s),
            outcome: "pass",
            ask: None,
        };
        return r.diagnosis.passed.iter().map(passed).collect();
    }
    r.verdicts
        .iter()
        .filter_map(|v| {
            let (outcome, ask) = match &v.judged {
                Ok(Outcome::NotApplicable) => return None,
                Ok(Outcome::Pass) => ("pass", None),
                Ok(Outcome::Fail(_)) => ("fail", None),
                Err(a) => ("unknown", Some(ask(a))),
            };
            Some(v1::Verdict {
                code: v.rule.code.to_string(),
                slug: Some(v.rule.slug),
                subject: subject(r, &v.subject),
                outcome,
                ask,
            })
        })
        .collect()
}

fn subject(r: &Report<'_>, s: &m::Subject) -> v1::Subject {
    let mut out = v1::Subject {
        kind: "host",
        host: label(r, s.host()),
        from: None,
        address: None,
        port: None,
        name: None,
        certificate: None,
        thumbprint: None,
    };
    match s {
        m::Subject::Host(_) => {}
        m::Subject::Site { from, name, port } => {
            out.kind = "site";
            out.from = Some(label(r, *from));
            (out.name, out.port) = (Some(name.to_string()), Some(*port));
        }
        m::Subject::Endpoint(e) | m::Subject::Path { to: e, .. } => {
            out.kind = "endpoint";
            if let m::Subject::Path { from, .. } = s {
                out.kind = "path";
                out.from = Some(label(r, *from));
            }
            (out.address, out.port) = (Some(e.addr.to_string()), Some(e.port));
            out.name = e.name.as_ref().map(ToString::to_string);
        }
        m::Subject::Cert { id, .. } => {
            out.kind = "certificate";
            out.certificate = Some(id.to_string());
        }
        m::Subject::Stored { thumb, .. } => {
            out.kind = "stored";
            out.thumbprint = Some(thumb.to_string());
            out.certificate = by_thumb(r, thumb).map(|id| id.to_string());
        }
        m::Subject::Identity { label, .. } => {
            out.kind = "identity";
            out.name = Some(label.to_string());
        }
    }
    out
}

fn end(r: &Report<'_>, e: &m::Endpoint) -> v1::Endpoint {
    v1::Endpoint {
        host: label(r, e.host),
        address: e.addr.to_string(),
        port: e.port,
        name: e.name.as_ref().map(ToString::to_string),
    }
}

pub(super) fn fact(r: &Report<'_>, p: Piece<'_>) -> v1::Fact {
    let h = p.head();
    v1::Fact {
        kind: value::kind(p),
        host: label(r, h.host),
        how: match h.how {
            m::How::Read => "read",
            m::How::Watched => "watched",
            m::How::Told => "told",
        },
        span: v1::Span { first: rfc3339(h.span.first), last: rfc3339(h.span.last) },
        count: h.count,
        took_ms: h.took.map(|(min, max)| v1::Took { min, max }),
        origin: h.origins.iter().map(origin).collect(),
        text: text(&p.says(r)),
        value: value::value(r, p),
    }
}

fn origin(o: &m::Origin) -> v1::Origin {
    match o {
        m::Origin::Api(name) => v1::Origin { kind: "api", name: Some(name.to_string()), ..v1::Origin::default() },
        m::Origin::File { path, line } => v1::Origin {
            kind: "file",
            name: Some(path.to_string()),
            number: Some(u64::from(*line)),
            ..v1::Origin::default()
        },
        m::Origin::Inside { path, place } => v1::Origin {
            kind: "inside",
            name: Some(path.to_string()),
            place: Some(place.to_string()),
            ..v1::Origin::default()
        },
        m::Origin::Frame { capture, number } => v1::Origin {
            kind: "frame",
            name: Some(capture.to_string()),
            number: Some(*number),
            ..v1::Origin::default()
        },
        m::Origin::Probe { number, wire, first } => v1::Origin {
            kind: "probe",
            name: None,
            place: None,
            number: Some(u64::from(*number)),
            sent: Some(wire.sent),
            acked: wire.acked,
            received: Some(wire.got),
            first: (!first.is_empty()).then(|| hex(first)),
        },
    }
}

fn certificate(r: &Report<'_>, id: m::CertId) -> v1::Certificate {
    let n = r.certs.get(&id);
    let field = |f: fn(&crate::CertNote) -> &String| n.map(|n| f(n).clone());
    v1::Certificate {
        subject: field(|n| &n.subject),
        issuer: field(|n| &n.issuer),
        serial: field(|n| &n.serial),
        thumbprint: field(|n| &n.thumbprint),
        not_before: n.and_then(|n| rfc3339(n.not_before)),
        not_after: n.and_then(|n| rfc3339(n.not_after)),
        names: n.map(|n| n.names.clone()).unwrap_or_default(),
        key: field(|n| &n.key),
        signature: field(|n| &n.signature),
    }
}
