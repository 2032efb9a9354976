//! From verdicts to a diagnosis: who explains whom, what would decide what is open, and in which order it is told.
use crate::asks::asked_of_person;
use crate::diagnosis::{Candidate, Diagnosis, NotChecked, Wanted, identity};
use crate::look::Look;
use crate::rule::Fit;
use crate::{Derived, Outcome, Rule, Subjects, Verdict, ladder};
use std::{cmp::Reverse, collections::BTreeMap};
use tlsdiag_model::{
    Arg, Ask, Case, Cause, FactRef, Finding, Impact, Kind, Layer, Say, Span, Standing, Subject, Who, say,
};

/// A finding with its rule and what it explains.
struct Found<'v> {
    rule: &'static Rule,
    finding: &'v Finding,
    id: String,
    /// Positions of what it explains.
    explains: Vec<usize>,
    explained: bool,
}

/// Draws the conclusion.
pub fn diagnose(case: &Case, subjects: &Subjects, derived: &Derived, verdicts: &[Verdict]) -> Diagnosis {
    let found = find(case, subjects, derived, verdicts);
    let mut d = Diagnosis { disputes: disputes(&found), ..Diagnosis::default() };
    for f in &found {
        let mut c = Candidate::of(f.rule, f.finding, f.id.clone(), subjects.endpoints_of(&f.finding.subject));
        c.explains = f.explains.iter().filter_map(|i| found.get(*i)).map(|s| s.id.clone()).collect();
        c.explains.sort();
        c.explains.dedup();
        if c.labels.is_empty() || f.explained {
            d.symptoms.push(c);
        } else {
            d.causes.push(c);
        }
    }
    undecided(case, subjects, verdicts, &found, &mut d);
    said(case, subjects, &mut d);
    merge(&mut d);
    d.causes.sort_by_cached_key(order);
    d.symptoms.sort_by_cached_key(order);
    d.passed =
        verdicts.iter().filter(|v| v.judged == Ok(Outcome::Pass)).map(|v| (v.rule.code, v.subject.clone())).collect();
    d.targets = ladder::targets(case, subjects, derived, verdicts, &d);
    d
}

fn find<'v>(case: &Case, subjects: &Subjects, derived: &Derived, verdicts: &'v [Verdict]) -> Vec<Found<'v>> {
    let mut found: Vec<Found<'v>> = verdicts
        .iter()
        .flat_map(|v| v.findings().iter().map(|f| (v.rule, f)))
        .map(|(rule, finding)| {
            let id = identity(Some(finding.code), "", &name_of(case, &finding.subject));
            Found { rule, finding, id, explains: vec![], explained: false }
        })
        .collect();
    let mut links = vec![];
    for (i, c) in found.iter().enumerate() {
        // what is only told of, or only possible, explains nothing away
        if c.finding.standing == Standing::Possible || c.rule.explains.is_empty() {
            continue;
        }
        let look = Look::new(case, subjects, derived, &c.finding.subject, c.rule);
        for (j, s) in found.iter().enumerate() {
            let edge = c.rule.explains.iter().find(|e| e.symptom == s.finding.code);
            let Some(edge) = edge.filter(|_| i != j) else { continue };
            if c.finding.held.meets(s.finding.held)
                && subjects.touches(&c.finding.subject, &s.finding.subject)
                && (edge.fits)(&Fit { look: &look, cause: c.finding, symptom: s.finding })
            {
                links.push((i, j));
            }
        }
    }
    for (i, j) in links {
        if let Some(c) = found.get_mut(i) {
            c.explains.push(j);
        }
        if let Some(s) = found.get_mut(j) {
            s.explained = true;
        }
    }
    found
}

/// The edges run backwards: who could explain what is open, and what would decide it?
fn undecided(case: &Case, subjects: &Subjects, verdicts: &[Verdict], found: &[Found<'_>], d: &mut Diagnosis) {
    // of a machine whose files were sent, what a log tells is a reason to ask although it may be nobody's fault
    let sent = |f: &Found<'_>| {
        let host = f.finding.subject.host();
        !f.rule.causes.is_empty()
            && case.hosts.get(host.0 as usize).is_some_and(|h| h.vantage == tlsdiag_model::Vantage::Evidence)
    };
    let worth = |f: &&Found<'_>| !f.explained && (f.finding.impact <= Impact::Partial || sent(f));
    let open: Vec<&Found<'_>> = found.iter().filter(worth).collect();
    let mut wanted: BTreeMap<Ask, Wanted> = BTreeMap::new();
    let mut want = |ask: &Ask, needed: bool| {
        let w = wanted.entry(ask.clone()).or_insert_with(|| Wanted { ask: ask.clone(), use_for: 0, needed: false });
        w.use_for = w.use_for.saturating_add(1);
        w.needed |= needed;
    };
    let mut for_person: BTreeMap<Ask, Vec<Cause>> = BTreeMap::new();
    for v in verdicts {
        let leads_to = open.iter().find(|f| {
            v.rule.explains.iter().any(|e| e.symptom == f.finding.code)
                && subjects.touches(&v.subject, &f.finding.subject)
        });
        if let Err(ask) = &v.judged {
            match leads_to {
                Some(f) => {
                    want(ask, true);
                    for_person.entry(ask.clone()).or_default().extend(v.rule.causes);
                    possible(case, subjects, v.rule, f, d);
                }
                None if v.rule.routine => {
                    want(ask, true);
                    d.not_checked.push(not_checked(v.rule, ask));
                }
                None => {}
            }
        }
        let unexplained = open.iter().any(|f| f.finding.code == v.rule.code && f.finding.subject == v.subject);
        for ask in v.wishes.iter().filter(|_| unexplained) {
            want(ask, false);
        }
    }
    d.wanted = wanted.into_values().collect();
    d.wanted.sort_by_key(|w| (!w.needed, Reverse(w.use_for)));
    d.not_checked.dedup();
    d.ask_for = for_person
        .into_iter()
        .filter_map(|(ask, mut decides)| {
            decides.sort();
            decides.dedup();
            asked_of_person(case, &ask, decides)
        })
        .collect();
    d.ask_for.sort_by_key(|a| Reverse(a.decides.len()));
}

/// A cause that nobody could decide stands in the list as possible.
fn possible(case: &Case, subjects: &Subjects, rule: &'static Rule, f: &Found<'_>, d: &mut Diagnosis) {
    let Some(&first) = rule.causes.first() else { return };
    let subject = &f.finding.subject;
    // named already, proven or as a candidate: not twice
    if d.causes.iter().any(|c| c.labels.first() == Some(&first) && subjects.touches(&c.subject, subject)) {
        return;
    }
    d.causes.push(Candidate {
        id: identity(Some(rule.code), "", &name_of(case, subject)),
        code: Some(rule.code),
        slug: rule.slug,
        labels: rule.causes.to_vec(),
        standing: Standing::Possible,
        impact: f.finding.impact,
        layer: rule.layer,
        subject: subject.clone(),
        endpoints: subjects.endpoints_of(subject),
        who: f.finding.who.clone(),
        held: f.finding.held,
        count: 1,
        say: title(rule),
        because: vec![],
        cures: vec![],
        evidence: f.finding.evidence().collect(),
        explains: vec![f.id.clone()],
    });
}

/// Messages join the same list: they support a cause that stands, or propose one.
fn said(case: &Case, subjects: &Subjects, d: &mut Diagnosis) {
    for (i, s) in case.said.iter().enumerate() {
        let at = FactRef::Row(Kind::Said, u32::try_from(i).unwrap_or(u32::MAX));
        let host = Subject::Host(s.host);
        let mut supported = false;
        for c in d.causes.iter_mut().filter(|c| c.labels.iter().any(|l| s.what.points_to.contains(l))) {
            if subjects.touches(&host, &c.subject) || subjects.same(s.host, c.subject.host()) {
                c.evidence.push(at);
                supported = true;
            }
        }
        if supported {
            continue;
        }
        for &cause in &s.what.points_to {
            d.causes.push(Candidate {
                id: identity(None, cause.label(), &name_of(case, &host)),
                code: None,
                slug: cause.label(),
                labels: vec![cause],
                standing: Standing::Possible,
                impact: Impact::Broken,
                layer: Layer::Http,
                subject: host.clone(),
                endpoints: vec![],
                who: Who::Everyone,
                held: Span::always(),
                count: 1,
                say: say!("{what}", "{what}", what = Arg::Word(cause.meaning())),
                because: vec![],
                cures: vec![],
                evidence: vec![at],
                explains: vec![],
            });
        }
    }
}

fn disputes(found: &[Found<'_>]) -> Vec<Vec<FactRef>> {
    let mut out: Vec<Vec<FactRef>> = found
        .iter()
        .filter(|f| !f.finding.disputed_by.is_empty())
        .map(|f| f.finding.evidence().chain(f.finding.disputed_by.iter().copied()).collect())
        .collect();
    out.sort();
    out.dedup();
    out
}

/// One fault on many endpoints is told once, under the least of their ids, so that the id does not depend on any order.
/// Symptoms stay apart where different causes explain them.
fn merge(d: &mut Diagnosis) {
    let mut explainers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for c in d.causes.iter().chain(&d.symptoms) {
        for s in &c.explains {
            explainers.entry(s.clone()).or_default().push(format!("{:?}{:?}", c.code, c.say));
        }
    }
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for list in [&mut d.causes, &mut d.symptoms] {
        let mut all = std::mem::take(list);
        all.sort_by(|a, b| a.id.cmp(&b.id));
        for c in all {
            let twin = list.iter_mut().find(|o| {
                (o.code, &o.labels, o.standing, o.impact, &o.say) == (c.code, &c.labels, c.standing, c.impact, &c.say)
                    && at_endpoints(o)
                    && at_endpoints(&c)
                    && explainers.get(&o.id) == explainers.get(&c.id)
            });
            match twin {
                Some(o) => {
                    renamed.insert(c.id.clone(), o.id.clone());
                    o.count = o.count.saturating_add(c.count);
                    o.held = o.held.join(c.held);
                    extend_new(&mut o.endpoints, c.endpoints);
                    extend_new(&mut o.evidence, c.evidence);
                    extend_new(&mut o.explains, c.explains);
                }
                None => list.push(c),
            }
        }
    }
    for c in d.causes.iter_mut().chain(&mut d.symptoms) {
        for id in &mut c.explains {
            if let Some(to) = renamed.get(id) {
                id.clone_from(to);
            }
        }
        c.explains.sort();
        c.explains.dedup();
    }
}

/// Told by its endpoints: an endpoint, or a certificate that records of a machine name.
fn at_endpoints(c: &Candidate) -> bool {
    c.subject.endpoint().is_some() || matches!(c.subject, Subject::Identity { .. }) && !c.endpoints.is_empty()
}

fn extend_new<T: PartialEq>(to: &mut Vec<T>, from: Vec<T>) {
    for x in from {
        if !to.contains(&x) {
            to.push(x);
        }
    }
}

/// Breaks something before risk; then how sure; then how many endpoints it accounts for; then the earlier rung, since a
/// connection meets that first; then impact. The rest only makes the order total.
fn order(c: &Candidate) -> impl Ord + use<> {
    let affected = match &c.who {
        Who::Addresses(a) => a.len(),
        _ => c.endpoints.len(),
    };
    (
        c.impact > Impact::Partial,
        c.standing,
        Reverse(affected.max(1)),
        c.layer,
        c.impact,
        Reverse(c.explains.len()),
        c.code,
        c.labels.clone(),
        c.id.clone(),
    )
}

fn title(rule: &Rule) -> Say {
    say!("{what}", "{what}", what = Arg::Word(rule.title))
}

fn not_checked(rule: &Rule, ask: &Ask) -> NotChecked {
    let why = match ask {
        Ask::Table { why, .. } => why.clone(),
        _ => None,
    };
    NotChecked { what: title(rule), host: ask.host(), why }
}

/// A subject by the names of things, never by numbers of this run.
pub(crate) fn name_of(case: &Case, s: &Subject) -> String {
    match s {
        Subject::Host(h) => case.label(*h).to_owned(),
        Subject::Site { name, port, .. } => format!("{name}:{port}"),
        Subject::Endpoint(e) => format!("{} {e}", case.label(e.host)),
        Subject::Path { to, .. } => format!("to {} {to}", case.label(to.host)),
        Subject::Cert { id, .. } => id.to_string(),
        Subject::Stored { host, thumb } => format!("{} {thumb}", case.label(*host)),
        Subject::Identity { label, .. } => label.to_string(),
    }
}
