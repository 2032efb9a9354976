//! `tlsdiag explain`: the page of a rule, by code, name or cause label.
use crate::args::{Explain, Format};
use crate::check::{TOOL, format};
use crate::{output, terminal};
use tlsdiag_model::{Arg, Cause, Lang, Tpl, say};
use tlsdiag_report::json;
use tlsdiag_rules::{ALL, Rule};

/// Nothing of that name.
const NOT_FOUND: u8 = 1;

pub(crate) fn run(e: &Explain) -> anyhow::Result<u8> {
    let lang = terminal::lang(e.show.lang);
    let words = e.words.join(" ");
    let rules = find(&words);
    let exit = if rules.is_empty() { NOT_FOUND } else { 0 };
    if format(&e.show) != Format::Text {
        let all: Vec<json::Explained<'_>> = rules.iter().map(|r| explained(r)).collect();
        let now = (tlsdiag_collect::Settings::default().now)();
        output::result(&json::explain(&all, TOOL, now, exit))?;
        return Ok(exit);
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
    let pages: Vec<String> = rules.iter().map(|r| page(r, lang)).collect();
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

/// The section of a rule's page, or the whole page where it has but one rule.
fn page(rule: &Rule, lang: Lang) -> String {
    let whole = match lang {
        Lang::En => rule.page.en,
        Lang::Ko => rule.page.ko,
    };
    let head = format!("## {} ", rule.code);
    let mut out = format!("{} {}\n\n{}\n", rule.code, rule.slug, rule.title.text(lang));
    let mut inside = false;
    for line in whole.lines() {
        if line.starts_with("## ") {
            inside = line.starts_with(&head);
            continue;
        }
        if inside {
            out.push_str(line.strip_prefix("### ").unwrap_or(line));
            out.push('\n');
        }
    }
    let labels: Vec<&str> = rule.causes.iter().map(|c| c.label()).collect();
    if !labels.is_empty() {
        out.push_str(&labels.join(", "));
        out.push('\n');
    }
    for s in rule.sources {
        out.push_str(s);
        out.push('\n');
    }
    out
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

/// The three rules whose names share most with the words.
fn nearest(words: &str) -> Vec<&'static Rule> {
    let w = words.to_ascii_lowercase();
    let pairs = |s: &str| -> Vec<(char, char)> { s.chars().zip(s.chars().skip(1)).collect() };
    let asked = pairs(&w);
    let mut all: Vec<(usize, &'static Rule)> = ALL
        .iter()
        .map(|r| {
            let own = pairs(&format!("{} {}", r.code, r.slug).to_ascii_lowercase());
            (asked.iter().filter(|p| own.contains(p)).count(), *r)
        })
        .collect();
    all.sort_by_key(|(n, r)| (std::cmp::Reverse(*n), r.code));
    all.into_iter().take(3).map(|(_, r)| r).collect()
}
