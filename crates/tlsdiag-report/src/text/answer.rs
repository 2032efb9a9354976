//! The first line: a sentence that a manager understands.
use super::{Scope, files};
use crate::page::Page;
use crate::style::Role;
use crate::{Report, words};
use tlsdiag_model::{Arg, Impact, Say, Standing, Subject, Who, say};
use tlsdiag_rules::{Health, RungState};

/// What was typed, as the URL that was looked at.
pub(crate) fn url(typed: &str) -> String {
    let typed = typed.trim();
    let after = |scheme: &str| {
        let rest =
            typed.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme)).and(typed.get(scheme.len()..))?;
        let slash = |s: &'_ str| s.starts_with(['/', '\\']);
        // one slash too few, or backslashes, are read as two slashes
        slash(rest).then(|| rest.get(1 + usize::from(rest.get(1..).is_some_and(slash))..)).flatten()
    };
    if let Some(rest) = after("https:") {
        format!("https://{rest}")
    } else if let Some(rest) = after("http:") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        format!("https://{}{path}", host.strip_suffix(":80").unwrap_or(host))
    } else if typed.parse::<std::net::Ipv6Addr>().is_ok() {
        format!("https://[{typed}]")
    } else {
        format!("https://{typed}")
    }
}

/// The line alone, not wrapped.
pub(crate) fn line(s: &Scope<'_>, page: &mut Page<'_>) {
    let text = sentence(s).render(page.style().lang);
    page.line(&[(role(s.health), &text)]);
}

pub(crate) fn write(s: &Scope<'_>, page: &mut Page<'_>) {
    let text = sentence(s).render(page.style().lang);
    page.para(&[], 0, (role(s.health), &text));
}

fn role(h: Health) -> Role {
    match h {
        Health::Works => Role::Good,
        Health::Partial => Role::Warn,
        Health::Broken => Role::Bad,
        Health::Unknown => Role::Warn,
    }
}

/// The answer.
pub(crate) fn sentence(s: &Scope<'_>) -> Say {
    let reason = headline(s);
    let nested = |s: Say| Arg::Say(Box::new(s));
    let Some(url) = &s.url else {
        return without_target(s, reason);
    };
    if s.files {
        return files::sentence(s, url, reason);
    }
    if s.machine {
        return machine(s, url, reason);
    }
    let url = Arg::quote(url);
    match (s.health, reason) {
        (Health::Works, _) => say!("{url} works", "{url} 사이트는 정상입니다", url = url),
        (Health::Broken, Some(r)) => {
            say!("{url} does not work: {what}", "{url} 사이트가 작동하지 않습니다: {what}", url = url, what = nested(r))
        }
        (Health::Broken, None) => say!("{url} does not work", "{url} 사이트가 작동하지 않습니다", url = url),
        (Health::Partial, Some(r)) => match s.shown().and_then(affected) {
            Some(who) => say!(
                "{url} works only for some: {what} ({who})",
                "{url} 사이트가 일부에게만 작동합니다: {what} ({who})",
                url = url,
                what = nested(r),
                who = nested(who)
            ),
            None => say!(
                "{url} works only for some: {what}",
                "{url} 사이트가 일부에게만 작동합니다: {what}",
                url = url,
                what = nested(r)
            ),
        },
        (Health::Partial, None) => say!("{url} works only for some", "{url} 사이트가 일부에게만 작동합니다", url = url),
        (Health::Unknown, reason) => match s.why.clone().or(reason) {
            Some(w) => {
                say!(
                    "{url} could not be checked: {why}",
                    "{url} 사이트를 확인할 수 없습니다: {why}",
                    url = url,
                    why = nested(w)
                )
            }
            None => say!("{url} could not be checked", "{url} 사이트를 확인할 수 없습니다", url = url),
        },
    }
}

/// The answer for a machine whose files were sent: nobody connected to it.
fn machine(s: &Scope<'_>, label: &str, reason: Option<Say>) -> Say {
    let (label, nested) = (Arg::quote(label), |s: Say| Arg::Say(Box::new(s)));
    let noted = || s.sure().next().map(|c| c.say.clone());
    let maybe = || s.causes.iter().find(|c| c.standing == Standing::Possible).map(|c| c.say.clone());
    match (s.health, reason) {
        (Health::Broken, Some(r)) => {
            say!(
                "{host}: https does not work: {what}",
                "{host}: https가 작동하지 않습니다: {what}",
                host = label,
                what = nested(r)
            )
        }
        (Health::Partial, Some(r)) => say!(
            "{host}: https works only for some: {what}",
            "{host}: https가 일부에게만 작동합니다: {what}",
            host = label,
            what = nested(r)
        ),
        (_, Some(r)) => say!("{host}: found: {what}", "{host}: 찾은 문제: {what}", host = label, what = nested(r)),
        (_, None) => match (noted(), maybe()) {
            (Some(n), _) => say!(
                "{host}: no sign in the files that https is down; noted: {what}",
                "{host}: https가 멈췄다는 흔적이 파일에 없습니다. 참고: {what}",
                host = label,
                what = nested(n)
            ),
            (None, Some(p)) => {
                say!("{host}: a possible cause: {what}", "{host}: 가능한 원인: {what}", host = label, what = nested(p))
            }
            (None, None) => say!(
                "{host}: nothing wrong was found in the files; nobody connected to it",
                "{host}: 파일에서 잘못된 점을 찾지 못했습니다. 접속해 보지는 않았습니다",
                host = label
            ),
        },
    }
}

/// The answer where only evidence was given.
fn without_target(s: &Scope<'_>, reason: Option<Say>) -> Say {
    let nested = |s: Say| Arg::Say(Box::new(s));
    let mild = || s.sure().next().filter(|_| s.apart).map(|c| c.say.clone());
    if let Some(r) = reason.or_else(mild) {
        return say!("found: {what}", "찾은 문제: {what}", what = nested(r));
    }
    if let Some(c) = s.causes.iter().find(|c| c.standing == Standing::Possible) {
        return say!("a possible cause: {what}", "가능한 원인: {what}", what = nested(c.say.clone()));
    }
    match (&s.why, s.health) {
        // what the files hold is the answer where they make nothing together
        (Some(w), Health::Unknown) if s.files => w.clone(),
        (Some(w), Health::Unknown) => {
            say!("nothing could be told: {why}", "판단할 수 없습니다: {why}", why = nested(w.clone()))
        }
        _ => say!("nothing wrong was found in what was given", "주어진 자료에서 잘못된 점을 찾지 못했습니다"),
    }
}

/// The host that files are for.
pub(crate) fn meant(report: &Report<'_>, t: &tlsdiag_rules::Target) -> Option<String> {
    let Subject::Identity { label, .. } = &t.subject else { return None };
    let row = report.case.identities.iter().find(|i| i.what.label == *label)?;
    row.what.name.as_ref().map(ToString::to_string)
}

/// Who is affected; what breaks some addresses of several breaks them for those who come there.
pub(crate) fn affected(c: &tlsdiag_rules::Candidate) -> Option<Say> {
    words::who(&c.who).or_else(|| {
        let addrs: Vec<_> = c
            .endpoints
            .iter()
            .filter_map(|e| match e.addr {
                tlsdiag_model::Addr::Is(a) => Some(a),
                _ => None,
            })
            .collect();
        (c.impact == Impact::Broken && !addrs.is_empty()).then(|| words::who(&Who::Addresses(addrs))).flatten()
    })
}

/// The fault in one line: that of the leading cause, else of the symptom, else what stands on the first bad rung.
fn headline(s: &Scope<'_>) -> Option<Say> {
    s.shown().map(|c| c.say.clone()).or_else(|| {
        let first = |state: RungState| s.ladder.iter().find(|r| r.state == state).and_then(|r| r.say.clone());
        first(RungState::Fail).or_else(|| first(RungState::Warn))
    })
}

/// Why a look was not whole: the first check that was not made, else the first thing that a person is asked for.
pub(crate) fn why(report: &Report<'_>) -> Option<Say> {
    let d = report.diagnosis;
    let from_checks = d.not_checked.iter().find_map(|n| n.why.as_ref());
    let from_asks = || d.ask_for.iter().find_map(|a| a.why.as_ref());
    let from_looks = || report.case.surveys.iter().find_map(|s| s.cover.why());
    from_checks.or_else(from_asks).or_else(from_looks).map(tlsdiag_model::Why::say)
}
