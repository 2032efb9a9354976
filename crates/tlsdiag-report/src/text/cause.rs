//! One cause: what it is, how sure, the evidence in the words of its tools, the reasons, and the cure as commands.
use crate::evidence::{by_thumb, certificate, origin, piece};
use crate::page::Page;
use crate::style::Role;
use crate::{Report, Verbosity, json, words};
use tlsdiag_model::{
    Arg, CertId, Command, Cure, FactRef, Kind, Lang, Layer, Origin, Span, Standing, Subject, Tpl, say,
};
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
    // reasons before certificates: where a screen is cut, a reason is worth more
    for (i, b) in c.because.iter().enumerate() {
        fact(page, if i == 0 { Tpl { en: "because", ko: "이유" }.text(lang) } else { "" }, &b.render(lang));
    }
    certificates(report, c, page);
    if style.verbosity == Verbosity::Normal {
        sources(report, c, page);
    } else {
        held(c, page);
    }
}

fn fact(page: &mut Page<'_>, label: &str, text: &str) {
    fact_at(page, COLUMN, label, text);
}

fn fact_at(page: &mut Page<'_>, column: usize, label: &str, text: &str) {
    page.para(&[(Role::Plain, "  "), (Role::Dim, label)], column, (Role::Plain, text));
}

/// Statements that are alike but for the hello, told as one.
struct Told {
    place: String,
    text: String,
    wire: Option<String>,
    plain: bool,
    trials: Vec<String>,
    count: u64,
}

/// Alike statements are told once with their number; every statement stands alone from `-v` on.
fn evidence(report: &Report<'_>, c: &Candidate, page: &mut Page<'_>) {
    if page.style().verbosity >= Verbosity::Verbose {
        each(report, c, page);
        return;
    }
    let lang = page.style().lang;
    let mut told: Vec<Told> = vec![];
    for p in c.evidence.iter().filter_map(|at| piece(report, *at)) {
        let place = p.place(report, lang);
        let (text, trial, wire) = p.parts(report);
        let text = text.render(lang);
        let at = told.iter().position(|t| t.place == place && t.text == text).unwrap_or_else(|| {
            let wire = wire.map(|w| w.render(lang));
            told.push(Told { place, text, wire, plain: false, trials: vec![], count: 0 });
            told.len().saturating_sub(1)
        });
        let Some(t) = told.get_mut(at) else { continue };
        t.count = t.count.saturating_add(p.head().count);
        match trial.map(|s| s.render(lang)) {
            None => t.plain = true,
            Some(name) if !t.trials.contains(&name) => t.trials.push(name),
            Some(_) => {}
        }
    }
    let column = column(page, told.iter().take(SHOWN).map(|t| t.place.as_str()));
    let mut before = "";
    for t in told.iter().take(SHOWN) {
        let label = if t.place == before { "" } else { &t.place };
        fact_at(page, column, label, &line(t, lang));
        before = &t.place;
    }
    let left = told.len().saturating_sub(SHOWN);
    if left > 0 {
        let more = say!("and {n} more, see -v", "그 밖에 {n}개, -v로 표시", n = Arg::num(left));
        fact_at(page, column, "", &more.render(lang));
    }
}

fn line(t: &Told, lang: Lang) -> String {
    let text = match &t.wire {
        Some(w) => format!("{} ({w})", t.text),
        None => t.text.clone(),
    };
    let text = times(&text, t.count, lang);
    if t.trials.is_empty() {
        return text;
    }
    let trials = t.trials.join("; ");
    if t.plain {
        let also = Tpl { en: "also", ko: "다음도 같음:" }.text(lang);
        format!("{text}; {also} {trials}")
    } else {
        format!("{trials}: {text}")
    }
}

/// Every statement with its origins.
fn each(report: &Report<'_>, c: &Candidate, page: &mut Page<'_>) {
    let lang = page.style().lang;
    let places: Vec<String> =
        c.evidence.iter().filter_map(|at| piece(report, *at)).map(|p| p.place(report, lang)).collect();
    let column = column(page, places.iter().map(String::as_str));
    for &at in &c.evidence {
        let Some(p) = piece(report, at) else { continue };
        let text = times(&p.says(report).render(lang), p.head().count, lang);
        fact_at(page, column, &p.place(report, lang), &text);
        lookup(report, at, page);
    }
}

/// Where the text begins: right of the widest place, within bounds.
fn column<'p>(page: &Page<'_>, places: impl Iterator<Item = &'p str>) -> usize {
    places.map(|p| page.cells(p).saturating_add(4)).max().unwrap_or(0).clamp(COLUMN, 26)
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
    let about = match &c.subject {
        Subject::Cert { id, .. } => Some(*id),
        Subject::Stored { thumb, .. } => by_thumb(report, thumb),
        _ => None,
    };
    let mut ids: Vec<CertId> = about.into_iter().collect();
    if matches!(c.layer, Layer::Bind | Layer::Key | Layer::Trust) {
        for id in c.evidence.iter().filter_map(|at| piece(report, *at)).flat_map(|p| p.certs(report)) {
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
    let text = format!("{} ({})", cure.say.render(lang), words::safety(cure.safety).text(lang));
    page.para(&[(Role::Good, word.text(lang))], 6, (Role::Plain, &text));
    commands(&cure.commands, page);
}

/// Lines to type; where they differ by platform, each says for which it is.
pub(crate) fn commands(all: &[Command], page: &mut Page<'_>) {
    let several = all.iter().any(|c| all.first().is_some_and(|f| f.on != c.on));
    for c in all {
        let on = if several { format!("{:9}", words::platform(c.on)) } else { String::new() };
        page.line(&[(Role::Plain, "      "), (Role::Dim, &on), (Role::Plain, &c.line)]);
    }
}
