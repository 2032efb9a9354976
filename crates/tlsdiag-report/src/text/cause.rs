//! One cause: what it is, how sure, the evidence in the words of its tools, the reasons, and the cure as commands.
use crate::evidence::{Piece, certificate, origin, piece};
use crate::page::Page;
use crate::style::Role;
use crate::{Report, Verbosity, json, words};
use tlsdiag_model::{Arg, CertId, Cure, FactRef, Kind, Lang, Layer, Origin, Platform, Span, Standing, Subject, Tpl, say};
use tlsdiag_rules::Candidate;

/// Lines of evidence on a normal screen, before the rest is only counted.
const SHOWN: usize = 4;
const COLUMN: usize = 16;

pub(crate) fn cut_note(lang: Lang) -> &'static str {
    Tpl { en: "  ... more with -v", ko: "  ... 나머지는 -v" }.text(lang)
}

/// Head, evidence, reasons.
pub(crate) fn write(report: &Report<'_>, c: &Candidate, page: &mut Page<'_>) {
    let style = page.style();
    let lang = style.lang;
    let word = if c.labels.is_empty() { Tpl { en: "seen", ko: "관찰" } } else { Tpl { en: "cause", ko: "원인" } };
    let name = match c.code {
        Some(code) => format!("{code} {}", c.slug),
        None => c.slug.to_owned(),
    };
    page.para(
        &[(Role::Bad, word.text(lang)), (Role::Plain, "  "), (Role::Plain, &name)],
        COLUMN,
        (Role::Dim, words::standing(c.standing).text(lang)),
    );
    if let Some(who) = words::who(&c.who) {
        fact(page, Tpl { en: "affects", ko: "대상" }.text(lang), &who.render(lang));
    }
    evidence(report, c, page);
    certificates(report, c, page);
    for (i, b) in c.because.iter().enumerate() {
        fact(page, if i == 0 { Tpl { en: "because", ko: "이유" }.text(lang) } else { "" }, &b.render(lang));
    }
    if style.verbosity == Verbosity::Normal {
        sources(report, c, page);
    } else {
        held(c, page);
    }
}

fn fact(page: &mut Page<'_>, label: &str, text: &str) {
    page.para(&[(Role::Plain, "  "), (Role::Dim, label)], COLUMN, (Role::Plain, text));
}

/// Alike statements are told once with their number; every statement stands alone from `-v` on.
fn evidence(report: &Report<'_>, c: &Candidate, page: &mut Page<'_>) {
    let style = page.style();
    let lang = style.lang;
    let verbose = style.verbosity >= Verbosity::Verbose;
    let mut told: Vec<(String, String, u64, Vec<FactRef>)> = vec![];
    for &at in &c.evidence {
        let Some(p) = piece(report, at) else { continue };
        let (place, text) = (p.place(report, lang), p.says(report).render(lang));
        match told.iter_mut().find(|t| !verbose && t.0 == place && t.1 == text) {
            Some(t) => {
                t.2 = t.2.saturating_add(p.head().count);
                t.3.push(at);
            }
            None => told.push((place, text, p.head().count, vec![at])),
        }
    }
    let most = if verbose { usize::MAX } else { SHOWN };
    let mut before = String::new();
    for (place, text, n, refs) in told.iter().take(most) {
        let text = times(text, *n, lang);
        fact(page, if *place == before && !verbose { "" } else { place }, &text);
        before.clone_from(place);
        if verbose {
            for at in refs {
                lookup(report, *at, page);
            }
        }
    }
    let left = told.len().saturating_sub(most);
    if left > 0 {
        let more = say!("and {n} more, see -v", "그 밖에 {n}개, -v로 표시", n = Arg::num(left));
        fact(page, "", &more.render(lang));
    }
}

/// A text with how often it was seen.
pub(crate) fn times(text: &str, n: u64, lang: Lang) -> String {
    if n < 2 {
        return text.to_owned();
    }
    let n = Arg::term(words::grouped(n));
    format!("{text}{}", say!(", {n} times", ", {n}번", n = n).render(lang))
}

/// Where a statement can be looked up; from `-vv` on what it holds.
pub(crate) fn lookup(report: &Report<'_>, at: FactRef, page: &mut Page<'_>) {
    let style = page.style();
    let Some(p) = piece(report, at) else { return };
    let from = Tpl { en: "from", ko: "출처" }.text(style.lang);
    for o in p.head().origins {
        page.para(&[(Role::Plain, "    "), (Role::Dim, from)], COLUMN, (Role::Dim, &origin(o).render(style.lang)));
    }
    if style.verbosity >= Verbosity::Raw {
        let raw = json::fact(report, at);
        page.para(&[(Role::Plain, "    "), (Role::Dim, &json::reference(at))], COLUMN, (Role::Dim, &raw));
    }
}

/// The certificates that the cause is about, where it is about certificates.
fn certificates(report: &Report<'_>, c: &Candidate, page: &mut Page<'_>) {
    let lang = page.style().lang;
    let about = match c.subject {
        Subject::Cert { id, .. } => Some(id),
        _ => None,
    };
    let mut ids: Vec<CertId> = about.into_iter().collect();
    if matches!(c.layer, Layer::Bind | Layer::Key | Layer::Trust) {
        for id in c.evidence.iter().filter_map(|at| piece(report, *at)).flat_map(Piece::certs) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let most = match (page.style().verbosity, c.layer) {
        (Verbosity::Verbose | Verbosity::Raw, _) => usize::MAX,
        (_, Layer::Trust) => 3,
        _ => 1,
    };
    let label = Tpl { en: "certificate", ko: "인증서" }.text(lang);
    for (i, id) in ids.iter().take(most).enumerate() {
        fact(page, if i == 0 { label } else { "" }, &certificate(report, *id).render(lang));
        if let Some(n) = report.certs.get(id)
            && i == 0
            && !n.names.is_empty()
        {
            let shown: Vec<Arg> = n.names.iter().take(4).map(Arg::quote).collect();
            let names = Arg::List(shown);
            let text = match n.names.len().saturating_sub(4) {
                0 => say!("for {names}", "이름 {names}", names = names),
                more => say!("for {names} and {n} more", "이름 {names} 외 {n}개", names = names, n = Arg::num(more)),
            };
            fact(page, "", &text.render(lang));
        }
    }
}

/// The calls, files and captures in which the evidence was read; our own connections go without saying.
fn sources(report: &Report<'_>, c: &Candidate, page: &mut Page<'_>) {
    let lang = page.style().lang;
    let mut seen: Vec<String> = vec![];
    for at in &c.evidence {
        // DNS and TCP are read by the same few calls every time
        if matches!(at, FactRef::Row(Kind::Lookups | Kind::Connects | Kind::Handshakes | Kind::Talks, _)) {
            continue;
        }
        let Some(p) = piece(report, *at) else { continue };
        for o in p.head().origins.iter().filter(|o| !matches!(o, Origin::Probe { .. })) {
            let text = origin(o).render(lang);
            if !seen.contains(&text) {
                seen.push(text);
            }
        }
    }
    for (i, s) in seen.iter().take(2).enumerate() {
        fact(page, if i == 0 { Tpl { en: "seen in", ko: "확인한 곳" }.text(lang) } else { "" }, s);
    }
}

/// When it held.
fn held(c: &Candidate, page: &mut Page<'_>) {
    let lang = page.style().lang;
    let Span { first, last } = c.held;
    let text = match (first == Span::EVER, last == Span::FOREVER) {
        (true, true) => return,
        (false, true) => say!("since {from}", "{from}부터", from = Arg::Moment(first)),
        (true, false) => say!("until {until}", "{until}까지", until = Arg::Moment(last)),
        (false, false) if first == last => say!("at {from}", "{from}", from = Arg::Moment(first)),
        (false, false) => {
            say!("from {from} to {until}", "{from} ~ {until}", from = Arg::Moment(first), until = Arg::Moment(last))
        }
    };
    fact(page, Tpl { en: "held", ko: "시각" }.text(lang), &times(&text.render(lang), c.count, lang));
}

/// The cures, best first, with their commands.
pub(crate) fn mend(c: &Candidate, page: &mut Page<'_>) {
    if c.cures.is_empty() || c.standing == Standing::Possible {
        return;
    }
    let most = if page.style().verbosity == Verbosity::Normal { 2 } else { usize::MAX };
    for (i, cure) in c.cures.iter().take(most).enumerate() {
        page.blank();
        let word = if i == 0 { Tpl { en: "mend", ko: "조치" } } else { Tpl { en: "or", ko: "또는" } };
        one(cure, word, page);
    }
}

fn one(cure: &Cure, word: Tpl, page: &mut Page<'_>) {
    let lang = page.style().lang;
    let text = format!("{}  ({})", cure.say.render(lang), words::safety(cure.safety).text(lang));
    page.para(&[(Role::Good, word.text(lang)), (Role::Plain, "  ")], 6, (Role::Plain, &text));
    commands(&cure.commands, page);
}

/// Lines to type; where they differ by platform, each says for which it is.
pub(crate) fn commands(all: &[tlsdiag_model::Command], page: &mut Page<'_>) {
    let several = all.iter().any(|c| all.first().is_some_and(|f| f.on != c.on));
    let mut before = Platform::Any;
    for c in all {
        if several && c.on != before && c.on != Platform::Any {
            page.line(&[(Role::Plain, "    "), (Role::Dim, words::platform(c.on))]);
        }
        before = c.on;
        page.line(&[(Role::Plain, if several { "      " } else { "    " }), (Role::Plain, &c.line)]);
    }
}
