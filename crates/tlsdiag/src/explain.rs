//! `tlsdiag explain`: the page of a rule, by code, name or cause label.
use crate::args::{Explain, Format};
use crate::check::{TOOL, format};
use crate::{COULD_NOT, output, terminal};
use tlsdiag_model::{Arg, Cause, Lang, Tpl, say};
use tlsdiag_report::{json, text};
use tlsdiag_rules::{ALL, Rule};

/// Nothing of that name.
const NOT_FOUND: u8 = 1;

pub(crate) fn run(e: &Explain) -> anyhow::Result<u8> {
    let lang = terminal::lang(e.show.lang);
    let words = e.words.join(" ");
    let rules = find(&words);
    let exit = if rules.is_empty() { NOT_FOUND } else { 0 };
    if format(&e.show) != Format::Text && !words.trim().is_empty() {
        let all: Vec<json::Explained<'_>> = rules.iter().map(|r| explained(r)).collect();
        let now = (tlsdiag_collect::Settings::default().now)();
        output::result(&json::explain(&all, TOOL, now, exit))?;
        return Ok(exit);
    }
    if words.trim().is_empty() {
        let none =
            say!("name a TD code, a rule's name or a cause label", "TD 코드, 규칙 이름 또는 원인 레이블을 지정하세요");
        output::complain(&none.render(lang));
        return Ok(COULD_NOT);
    }
    if rules.is_empty() {
        let near: Vec<Arg> = nearest(&words).iter().map(|r| Arg::term(format!("{} {}", r.code, r.slug))).collect();
        let none = say!(
            "nothing is known of {words}; near it: {near}",
            "{words:은} 알려진 것이 없습니다. 비슷한 것: {near}",
            words = Arg::quote(&words),
            near = Arg::List(near)
        );
        output::complain(&none.render(lang));
        return Ok(exit);
    }
    let width = terminal::style(&e.show).width;
    let pages: Vec<String> = rules.iter().map(|r| page(r, lang, width)).collect();
    output::result(&pages.join("\n"))?;
    Ok(exit)
}

/// By code (`TD5001`, `5001`), by name, or all rules that stand for a cause label.
fn find(words: &str) -> Vec<&'static Rule> {
    let w = words.trim().to_ascii_lowercase();
    let number = w.strip_prefix("td").unwrap_or(&w);
    let by = |f: &dyn Fn(&Rule) -> bool| ALL.iter().copied().filter(|r| f(r)).collect::<Vec<_>>();
    let exact = by(&|r| format!("{:04}", r.code.0) == number || r.slug == w);
    if !exact.is_empty() {
        return exact;
    }
    match Cause::from_label(&w) {
        Some(c) => by(&|r| r.causes.contains(&c)),
        None => vec![],
    }
}

/// The section of a rule's page, wrapped.
fn page(rule: &Rule, lang: Lang, width: usize) -> String {
    let title = format!("{} {}: {}", rule.code, rule.slug, rule.title.text(lang));
    let mut out = text::hang("", 0, &title, width);
    for line in section(rule, lang) {
        // an item goes on under its text, not under its dash
        let (head, indent) = if line.starts_with("- ") { ("- ", 2) } else { ("", 0) };
        let text = line.strip_prefix("### ").or(line.strip_prefix(head)).unwrap_or(line);
        out.push_str(&text::hang(head, indent, text, width));
    }
    let labels: Vec<&str> = rule.causes.iter().map(|c| c.label()).collect();
    if !labels.is_empty() {
        let word = Tpl { en: "cause labels  ", ko: "원인 레이블  " }.text(lang);
        out.push_str(&text::hang(word, 14, &labels.join(", "), width));
    }
    for (i, s) in rule.sources.iter().enumerate() {
        let word = if i == 0 { Tpl { en: "sources       ", ko: "근거         " }.text(lang) } else { "" };
        out.push_str(&text::hang(word, 14, s, width));
    }
    out
}

/// The lines of the page that are about this rule, its cases left out.
fn section(rule: &Rule, lang: Lang) -> impl Iterator<Item = &'static str> {
    let page = match lang {
        Lang::En => rule.page.en,
        Lang::Ko => rule.page.ko,
    };
    let head = format!("## {} ", rule.code);
    let mut inside = false;
    page.lines().filter(move |line| {
        if line.starts_with("## ") {
            inside = line.starts_with(&head);
            return false;
        }
        inside
    })
}

fn explained(rule: &'static Rule) -> json::Explained<'static> {
    json::Explained {
        code: Some(rule.code),
        slug: rule.slug,
        title: say!("{what}", "{what}", what = Arg::Word(rule.title)),
        labels: rule.causes,
        page: Some(Tpl { en: rule.page.en, ko: rule.page.ko }),
    }
}

/// The three rules that are nearest: those whose page speaks of the words, then those whose name shares most with them.
fn nearest(words: &str) -> Vec<&'static Rule> {
    let w = words.trim().to_lowercase();
    // shorter words stand in every page
    let spoken = |r: &Rule| {
        w.chars().count() >= 4
            && [Lang::En, Lang::Ko].iter().any(|l| section(r, *l).any(|line| line.to_lowercase().contains(&w)))
    };
    let pairs = |s: &str| -> Vec<(char, char)> { s.chars().zip(s.chars().skip(1)).collect() };
    let asked = pairs(&w);
    // twice what is shared by what there is (Dice), so that a long name is not near to everything
    let like = |text: &str| {
        let own = pairs(&text.to_ascii_lowercase());
        let shared = asked.iter().filter(|p| own.contains(p)).count();
        2000 * shared / (asked.len() + own.len()).max(1)
    };
    let mut all: Vec<(bool, usize, &'static Rule)> = ALL
        .iter()
        .map(|r| {
            let names = r.causes.iter().map(|c| like(c.label())).chain([like(&r.code.to_string()), like(r.slug)]);
            (spoken(r), names.max().unwrap_or(0), *r)
        })
        .collect();
    all.sort_by_key(|(spoken, like, r)| (std::cmp::Reverse((*spoken, *like)), r.code));
    all.into_iter().take(3).map(|(.., r)| r).collect()
}
