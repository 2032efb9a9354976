//! The terminal screen: the answer, the ladder, one cause with its evidence, the cure as commands, then the rest.
mod answer;
mod cause;
mod clients;
mod files;
mod ladder;
mod rest;

use crate::page::Page;
use crate::style::Role;
use crate::{Report, Style, Verbosity};
use tlsdiag_model::{Impact, Say, Standing, Subject};
use tlsdiag_rules::{Candidate, ClientVerdict, Health, Rung, StoreTrust, Target};

/// Answer, ladder and cause fit in so many lines.
const LINES: usize = 24;

/// The screen: a block for each target, and what concerns all of them once. No control characters but line feeds, and
/// colour where the style says so. Only commands may be wider than the style's width, as a break would spoil them.
pub fn render(report: &Report<'_>, style: &Style) -> String {
    let mut page = Page::new(style);
    let scopes: Vec<Scope<'_>> = if report.diagnosis.targets.is_empty() {
        vec![Scope::whole(report)]
    } else {
        let targets = report.diagnosis.targets.iter().map(|t| Scope::of(report, t));
        targets.chain(Scope::apart(report)).collect()
    };
    if style.verbosity == Verbosity::Quiet {
        for s in &scopes {
            answer::line(s, &mut page);
        }
        return page.finish();
    }
    for s in &scopes {
        page.blank();
        block(report, s, &mut page);
    }
    rest::disputes(report, &mut page);
    rest::next(report, &mut page);
    rest::not_checked(report, &scopes, &mut page);
    rest::more(&scopes, &mut page);
    if style.verbosity >= Verbosity::Verbose {
        rest::verdicts(report, &mut page);
    }
    page.finish()
}

/// A head and a text that is wrapped beside it, at column `column`; with a line feed at its end.
pub fn hang(head: &str, column: usize, text: &str, width: usize) -> String {
    let style = Style { width, ..Style::default() };
    let mut page = Page::new(&style);
    let head = (Role::Plain, head);
    let head = if head.1.is_empty() { &[][..] } else { std::slice::from_ref(&head) };
    page.para(head, column, (Role::Plain, text));
    let told = page.finish();
    if told.is_empty() { "\n".to_owned() } else { told }
}

fn block(report: &Report<'_>, s: &Scope<'_>, page: &mut Page<'_>) {
    let style = page.style();
    let mut head = Page::new(style);
    answer::write(s, &mut head);
    if !s.ladder.is_empty() {
        head.blank();
        ladder::write(s, &mut head);
    }
    if let Some(c) = s.shown() {
        head.blank();
        let mut told = Page::new(style);
        cause::write(report, c, &mut told);
        if style.verbosity == Verbosity::Normal {
            told.cut(LINES.saturating_sub(head.len()).max(3), cause::cut_note(style.lang));
        }
        head.append(told);
    }
    page.append(head);
    if let Some(c) = s.lead() {
        cause::mend(c, page);
    }
    clients::write(s, page);
    rest::also(report, s, page);
    rest::possible(report, s, page);
}

/// What a block is about: a target with what belongs to it, or all that was found.
pub(crate) struct Scope<'a> {
    /// The URL or the files, where there is a target.
    pub(crate) url: Option<String>,
    /// The host that files are for, where it was said.
    pub(crate) host: Option<String>,
    pub(crate) health: Health,
    pub(crate) ladder: &'a [Rung],
    pub(crate) causes: Vec<&'a Candidate>,
    pub(crate) symptoms: Vec<&'a Candidate>,
    pub(crate) summary: Option<&'a Say>,
    /// What clients say of the certificates.
    pub(crate) clients: &'a [ClientVerdict],
    /// What lists of roots say of the root.
    pub(crate) stores: &'a [StoreTrust],
    /// It is about files.
    pub(crate) files: bool,
    /// It is about a machine whose files were sent.
    pub(crate) machine: bool,
    /// It belongs to no target, though there are some.
    pub(crate) apart: bool,
    /// Why nothing could be told, where that is so.
    pub(crate) why: Option<Say>,
}

impl<'a> Scope<'a> {
    fn of(report: &Report<'a>, t: &'a Target) -> Scope<'a> {
        let d = report.diagnosis;
        let causes: Vec<&Candidate> = t.causes.iter().filter_map(|i| d.causes.get(*i)).collect();
        let symptoms = symptoms_of(report, t, &causes);
        Scope {
            url: Some(match t.subject {
                Subject::Identity { .. } | Subject::Host(_) => t.typed.clone(),
                _ => answer::url(&t.typed),
            }),
            host: answer::meant(report, t),
            health: t.health,
            ladder: &t.ladder,
            causes,
            symptoms,
            summary: t.summary.as_ref(),
            clients: &t.clients,
            stores: &t.stores,
            files: matches!(t.subject, Subject::Identity { .. }),
            machine: matches!(t.subject, Subject::Host(_)),
            apart: false,
            why: answer::why(report),
        }
    }

    fn whole(report: &Report<'a>) -> Scope<'a> {
        let d = report.diagnosis;
        Scope {
            url: None,
            host: None,
            health: d.health(),
            ladder: &[],
            causes: d.causes.iter().collect(),
            symptoms: d.symptoms.iter().collect(),
            summary: None,
            clients: &[],
            stores: &[],
            files: !report.case.files.is_empty() || !report.case.pasted.is_empty(),
            machine: false,
            apart: false,
            why: files::alone(report).or_else(|| answer::why(report)),
        }
    }

    /// What was found and belongs to no target: a file that makes nothing with the others, a thumbprint.
    fn apart(report: &Report<'a>) -> Option<Scope<'a>> {
        let d = report.diagnosis;
        let of_target = |i: &usize| d.targets.iter().any(|t| t.causes.contains(i));
        let left = d.causes.iter().enumerate().filter(|(i, c)| !of_target(i) && c.standing < Standing::Possible);
        let causes: Vec<&Candidate> = left.map(|(_, c)| c).collect();
        (!causes.is_empty()).then(|| Scope { causes, symptoms: vec![], apart: true, why: None, ..Scope::whole(report) })
    }

    /// The leading cause: the first that is more than possible and keeps somebody out.
    pub(crate) fn lead(&self) -> Option<&'a Candidate> {
        self.sure().find(|c| c.impact <= Impact::Partial)
    }

    /// The causes that are more than possible.
    pub(crate) fn sure(&self) -> impl Iterator<Item = &'a Candidate> + '_ {
        self.causes.iter().copied().filter(|c| c.standing < Standing::Possible)
    }

    /// What is told in full: the leading cause, else the symptom that nobody explains.
    pub(crate) fn shown(&self) -> Option<&'a Candidate> {
        self.lead().or_else(|| {
            self.symptoms.iter().copied().find(|c| c.standing < Standing::Possible && c.impact <= Impact::Partial)
        })
    }
}

/// The symptoms of a target: those on its endpoints, on its ladder, or explained by its causes.
pub(crate) fn symptoms_of<'a>(report: &Report<'a>, t: &Target, causes: &[&Candidate]) -> Vec<&'a Candidate> {
    let mine = |s: &&Candidate| {
        s.subject == t.subject
            || s.endpoints.iter().any(|e| t.endpoints.contains(e))
            || (s.code.is_some() && s.endpoints.is_empty() && t.ladder.iter().any(|r| r.code == s.code))
            || causes.iter().any(|c| c.explains.contains(&s.id))
    };
    report.diagnosis.symptoms.iter().filter(mine).collect()
}
