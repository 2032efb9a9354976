//! What stands below the cause: other faults, possible causes, disputes, what to collect, what was not checked.
use super::{Scope, cause};
use crate::evidence::piece;
use crate::page::Page;
use crate::style::Role;
use crate::{Report, Verbosity, words};
use tlsdiag_model::{Arg, Code, Impact, Lang, Standing, Tpl, escape, say};
use tlsdiag_rules::{Candidate, Health, Outcome, RungState};

/// The other faults that are sure: what keeps somebody out first, then what does not.
pub(crate) fn also(report: &Report<'_>, s: &Scope<'_>, page: &mut Page<'_>) {
    let lead = s.lead().map(|c| &c.id);
    let others: Vec<&Candidate> = s.sure().filter(|c| Some(&c.id) != lead).collect();
    let (bad, mild): (Vec<&Candidate>, Vec<&Candidate>) = others.into_iter().partition(|c| c.impact <= Impact::Partial);
    list(report, Tpl { en: "also wrong", ko: "다른 문제" }, &bad, page);
    let title = if s.machine && lead.is_none() {
        Tpl { en: "noted", ko: "참고" }
    } else if s.health == Health::Works || lead.is_none() {
        Tpl { en: "works today, but", ko: "지금은 작동하지만" }
    } else {
        Tpl { en: "also wrong, not the reason", ko: "다른 문제(원인은 아님)" }
    };
    list(report, title, &mild, page);
}

fn list(report: &Report<'_>, title: Tpl, all: &[&Candidate], page: &mut Page<'_>) {
    if all.is_empty() {
        return;
    }
    let style = page.style();
    let lang = style.lang;
    page.blank();
    page.line(&[(Role::Plain, title.text(lang))]);
    for c in all {
        let state = if c.impact == Impact::Broken { RungState::Fail } else { RungState::Warn };
        let name = c.code.map_or_else(|| c.slug.to_owned(), |k| k.to_string());
        let text = format!("{} ({})", c.say.render(lang), words::impact(c.impact).text(lang));
        page.para(
            &[
                (Role::Plain, "  "),
                (Role::of(state), style.glyphs.rung(state)),
                (Role::Plain, " "),
                (Role::Plain, &name),
            ],
            12,
            (Role::Plain, &text),
        );
        if style.verbosity >= Verbosity::Verbose {
            cause::write(report, c, page);
            cause::mend(c, page);
        } else if let Some(cure) = c.cures.first() {
            let mend = Tpl { en: "mend", ko: "조치" }.text(lang);
            page.para(&[(Role::Plain, "    "), (Role::Dim, mend)], 12, (Role::Plain, &cure.say.render(lang)));
        }
    }
}

/// Candidates that nobody could decide, each with what would show it.
pub(crate) fn possible(report: &Report<'_>, s: &Scope<'_>, page: &mut Page<'_>) {
    // where the cause stands, candidates are noise; where it is but what was seen from outside, they are what is behind it
    let lead = s.lead().filter(|_| page.style().verbosity < Verbosity::Verbose);
    let behind = |c: &&Candidate| lead.is_none_or(|l| c.explains.contains(&l.id));
    let possible = s.causes.iter().copied().filter(|c| c.standing == Standing::Possible);
    let all: Vec<&Candidate> = possible.filter(behind).collect();
    if all.is_empty() {
        return;
    }
    let style = page.style();
    let lang = style.lang;
    let most = if style.verbosity >= Verbosity::Verbose { usize::MAX } else { 6 };
    page.blank();
    let (title, shows) = (
        Tpl { en: "possible causes", ko: "가능한 원인" }.text(lang),
        Tpl { en: "what would show it", ko: "확인 방법" }.text(lang),
    );
    let rows: Vec<Open> = all.iter().take(most).map(|c| Open::of(report, c, lang)).collect();
    let names = rows.iter().map(|r| page.cells(&escape(&r.name))).max().unwrap_or(0);
    let codes = rows.iter().map(|r| page.cells(&r.code)).max().unwrap_or(0);
    let commands = rows.iter().flat_map(|r| &r.command).map(|c| page.cells(&escape(c))).max().unwrap_or(0);
    let glyph = style.glyphs.rung(RungState::Unseen);
    let mark = page.cells(glyph).saturating_add(3);
    let last = mark.saturating_add(names).saturating_add(codes).saturating_add(4);
    if last.saturating_add(commands.max(page.cells(shows))) <= page.width() {
        let fill = " ".repeat(last.saturating_sub(page.cells(title)));
        let shows = if commands > 0 { shows } else { "" };
        page.line(&[(Role::Plain, title), (Role::Plain, &fill), (Role::Dim, shows)]);
        for Open { name, code, command } in &rows {
            let fill = |n: usize, s: &str| " ".repeat(n.saturating_sub(page.cells(&escape(s))).saturating_add(2));
            let (a, b) = (fill(names, name), fill(codes, code));
            page.line(&[
                (Role::Plain, "  "),
                (Role::Dim, glyph),
                (Role::Plain, " "),
                (Role::Plain, name),
                (Role::Plain, &a),
                (Role::Dim, code),
                (Role::Plain, &b),
                (Role::Plain, command.as_deref().unwrap_or("")),
            ]);
        }
    } else {
        page.line(&[(Role::Plain, title)]);
        for Open { name, code, command } in &rows {
            let text = format!("{name}  {code}");
            page.para(&[(Role::Plain, "  "), (Role::Dim, glyph), (Role::Plain, " ")], mark, (Role::Plain, &text));
            if let Some(c) = command {
                page.line(&[(Role::Plain, "      "), (Role::Plain, c)]);
            }
        }
    }
    let left = all.len().saturating_sub(most);
    if left > 0 {
        let text = say!("and {n} more, see -v", "그 밖에 {n}개, -v로 표시", n = Arg::num(left)).render(lang);
        page.line(&[(Role::Plain, "    "), (Role::Dim, &text)]);
    }
}

/// A candidate as it stands in the list.
struct Open {
    name: String,
    code: String,
    /// The first command that would decide it.
    command: Option<String>,
}

impl Open {
    fn of(report: &Report<'_>, c: &Candidate, lang: Lang) -> Open {
        let ask = report.diagnosis.ask_for.iter().find(|a| a.decides.iter().any(|d| c.labels.contains(d)));
        Open {
            name: c.say.render(lang),
            code: c.code.map_or_else(|| c.slug.to_owned(), |k| k.to_string()),
            command: ask.and_then(|a| a.commands.first()).map(|c| c.line.clone()),
        }
    }
}

/// Statements that contradict each other, and where each was read.
pub(crate) fn disputes(report: &Report<'_>, page: &mut Page<'_>) {
    let lang = page.style().lang;
    for group in &report.diagnosis.disputes {
        page.blank();
        page.line(&[(Role::Warn, Tpl { en: "disputed", ko: "서로 다른 내용" }.text(lang))]);
        for &at in group {
            let Some(p) = piece(report, at) else { continue };
            page.para(
                &[(Role::Plain, "  "), (Role::Dim, &p.place(report, lang))],
                16,
                (Role::Plain, &p.says(report).render(lang)),
            );
            if page.style().verbosity >= Verbosity::Verbose {
                cause::lookup(report, at, page);
            } else if let Some(o) = p.head().origins.first() {
                let origin = crate::evidence::origin(o).render(lang);
                page.para(&[], 16, (Role::Dim, &origin));
            }
        }
    }
}

/// What to collect, first what decides most.
pub(crate) fn next(report: &Report<'_>, page: &mut Page<'_>) {
    let all = &report.diagnosis.ask_for;
    if all.is_empty() {
        return;
    }
    let lang = page.style().lang;
    let most = if page.style().verbosity >= Verbosity::Verbose { usize::MAX } else { 3 };
    page.blank();
    for (i, a) in all.iter().take(most).enumerate() {
        let word = if i == 0 { Tpl { en: "next", ko: "다음" }.text(lang) } else { "" };
        let what = say!(
            "{what}, on {host}",
            "{host}에서 {what}",
            what = Arg::Say(Box::new(a.say.clone())),
            host = Arg::quote(report.case.label(a.host))
        );
        let text = match &a.why {
            Some(w) => format!("{} ({})", what.render(lang), w.say().render(lang)),
            None => what.render(lang),
        };
        page.para(&[(Role::Good, word)], 6, (Role::Plain, &text));
        cause::commands(&a.commands, page);
    }
    let left = all.len().saturating_sub(most);
    if left > 0 {
        let text = say!("and {n} more, see -v", "그 밖에 {n}개, -v로 표시", n = Arg::num(left)).render(lang);
        page.line(&[(Role::Plain, "      "), (Role::Dim, &text)]);
    }
}

/// Checks that were not made, and why.
pub(crate) fn not_checked(report: &Report<'_>, scopes: &[Scope<'_>], page: &mut Page<'_>) {
    let lang = page.style().lang;
    let mut said: Vec<String> = vec![];
    for n in &report.diagnosis.not_checked {
        let text = match &n.why {
            Some(w) => format!("{} ({})", n.what.render(lang), w.say().render(lang)),
            None => n.what.render(lang),
        };
        if !said.contains(&text) {
            said.push(text);
        }
    }
    if said.is_empty() {
        return;
    }
    let quiet = |s: &Scope<'_>| s.health == Health::Works && s.causes.is_empty();
    let alone = scopes.len() == 1 && scopes.first().is_some_and(quiet);
    if !alone {
        page.blank();
    }
    let label = Tpl { en: "not checked:", ko: "확인하지 않음:" }.text(lang);
    let text = format!("{label} {}", said.join("; "));
    if alone {
        page.para(&[], 2, (Role::Dim, &text));
    } else {
        page.para(&[], 0, (Role::Dim, &text));
    }
}

/// Where to read on.
pub(crate) fn more(scopes: &[Scope<'_>], page: &mut Page<'_>) {
    let lang = page.style().lang;
    let mut codes: Vec<Code> = vec![];
    for c in scopes.iter().filter_map(Scope::shown).filter_map(|c| c.code) {
        if !codes.contains(&c) {
            codes.push(c);
        }
    }
    if codes.is_empty() {
        return;
    }
    page.blank();
    for (i, c) in codes.iter().take(3).enumerate() {
        let word = if i == 0 { Tpl { en: "more", ko: "더 보기" }.text(lang) } else { "" };
        page.para(&[(Role::Plain, word)], 6, (Role::Plain, &format!("tlsdiag explain {c}")));
    }
}

/// A line per rule and subject; rules that had no question there are left out.
pub(crate) fn verdicts(report: &Report<'_>, page: &mut Page<'_>) {
    let style = page.style();
    let lang = style.lang;
    if report.verdicts.is_empty() {
        return;
    }
    page.blank();
    page.line(&[(Role::Plain, Tpl { en: "rules", ko: "규칙" }.text(lang))]);
    for v in report.verdicts {
        let (state, word) = match &v.judged {
            Ok(Outcome::NotApplicable) => continue,
            Ok(Outcome::Pass) => (RungState::Ok, Tpl { en: "good", ko: "정상" }),
            Ok(Outcome::Fail(_)) => (RungState::Fail, Tpl { en: "found", ko: "찾음" }),
            Err(_) => (RungState::Unseen, Tpl { en: "unknown", ko: "알 수 없음" }),
        };
        let name = format!("{} {}", v.rule.code, v.rule.slug);
        let text = format!("{}: {}", word.text(lang), about(report, &v.subject, lang));
        page.para(
            &[
                (Role::Plain, "  "),
                (Role::of(state), style.glyphs.rung(state)),
                (Role::Plain, " "),
                (Role::Plain, &name),
            ],
            40,
            (Role::Dim, &text),
        );
    }
}

/// A subject in words.
fn about(report: &Report<'_>, s: &tlsdiag_model::Subject, lang: Lang) -> String {
    use tlsdiag_model::Subject;
    match s {
        Subject::Host(h) => report.case.label(*h).to_owned(),
        Subject::Site { name, port, .. } => format!("{name}:{port}"),
        Subject::Endpoint(e) => e.to_string(),
        Subject::Path { from, to } => say!(
            "{to} from {from}",
            "{from}에서 {to}까지",
            to = Arg::quote(to),
            from = Arg::quote(report.case.label(*from))
        )
        .render(lang),
        Subject::Cert { id, .. } => crate::evidence::short_name(report, *id),
        Subject::Stored { host, thumb } => match crate::evidence::by_thumb(report, thumb) {
            Some(id) => crate::evidence::short_name(report, id),
            None => format!("{} sha1 {}...", report.case.label(*host), thumb.short()),
        },
        Subject::Identity { label, .. } => label.to_string(),
    }
}
