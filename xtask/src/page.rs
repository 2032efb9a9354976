//! A rule's page: a section per code with its four headings, and the cases that are its test.
//!
//! ```text
//! # Title
//! ## TD2501 certificate-expired
//! ### What is wrong … ### How tlsdiag knows … ### How to mend it … ### When it is not this
//! ## Cases
//! ### TD2501 fires: a sentence        (a fenced block with [expect] that names the code)
//! ### TD2501 near miss: a sentence    (a fenced block whose [expect] does not)
//! ```
use crate::codes;
use crate::rule_source::RuleSource;
use crate::tidy::Violation;
use crate::tree::Tree;
use std::collections::BTreeMap;

/// Headings of a section, in English.
pub(crate) const HEADINGS_EN: [&str; 4] =
    ["What is wrong", "How tlsdiag knows", "How to mend it", "When it is not this"];
/// Headings of a section, in Korean.
pub(crate) const HEADINGS_KO: [&str; 4] =
    ["무엇이 잘못되었나", "tlsdiag가 아는 방법", "고치는 방법", "이것이 아닌 경우"];
const CASES: &str = "Cases";

/// Are all pages complete in both languages, for exactly the rules that name them?
pub(crate) fn check(tree: &Tree, rules: &[RuleSource]) -> Vec<Violation> {
    let mut wrong = vec![];
    let mut pages: BTreeMap<&str, Vec<&RuleSource>> = BTreeMap::new();
    for rule in rules {
        pages.entry(&rule.page).or_default().push(rule);
    }
    for (page, of) in &pages {
        for (file, headings, korean) in
            [(format!("{page}.md"), HEADINGS_EN, false), (format!("{page}.ko.md"), HEADINGS_KO, true)]
        {
            match tree.text(&file) {
                Some(text) => one(&file, text, of, headings, korean, &mut wrong),
                None => wrong.extend(of.iter().map(|r| Violation::at(&r.file, r.line, format!("no page {file}")))),
            }
        }
    }
    for path in tree.paths().filter(|p| p.starts_with(crate::folder::RULES) && p.ends_with(".md")) {
        let page = path.trim_end_matches(".md").trim_end_matches(".ko");
        if !pages.contains_key(page) && crate::folder::of_path(path).is_some() && !path.contains("/cases/") {
            wrong.push(Violation::at(path, 1, "a page that no rule names"));
        }
        for (line, text) in (1..).zip(tree.text(path).unwrap_or_default().lines()) {
            for code in mentioned(text).filter(|c| !rules.iter().any(|r| r.code == *c)) {
                wrong.push(Violation::at(path, line, format!("{} is sent to, and no rule has it", codes::shown(code))));
            }
        }
    }
    wrong
}

fn one(file: &str, text: &str, rules: &[&RuleSource], headings: [&str; 4], korean: bool, wrong: &mut Vec<Violation>) {
    let sections = split(text);
    let mut say = |line, reason: String| wrong.push(Violation::at(file, line, reason));
    match sections.first() {
        Some(s) if s.level == 1 && (!korean || hangul(&s.title) > 0) => {}
        _ => say(1, "the page must begin with its title, `# …`, in its language".to_owned()),
    }
    for rule in rules {
        let title = format!("{} {}", codes::shown(rule.code), rule.slug);
        let Some(at) = sections.iter().position(|s| s.level == 2 && s.title == title) else {
            say(1, format!("no section `## {title}`"));
            continue;
        };
        let line = sections.get(at).map_or(1, |s| s.line);
        let own: Vec<&Section> = sections.iter().skip(at + 1).take_while(|s| s.level > 2).collect();
        let found: Vec<&str> = own.iter().filter(|s| s.level == 3).map(|s| s.title.as_str()).collect();
        if found != headings {
            say(line, format!("the headings must be {}; found {}", headings.join(" · "), found.join(" · ")));
        }
        for section in own.iter().filter(|s| headings.contains(&s.title.as_str())) {
            if section.body.trim().is_empty() {
                say(section.line, format!("nothing stands under {:?}", section.title));
            } else if korean && hangul(&section.body) < 5 {
                say(section.line, format!("{:?} is not written in Korean", section.title));
            }
        }
    }
    for section in sections.iter().filter(|s| s.level == 2 && (korean || s.title != CASES)) {
        if !rules.iter().any(|r| section.title == format!("{} {}", codes::shown(r.code), r.slug)) {
            say(section.line, format!("`## {}` is neither a rule of this page nor its cases", section.title));
        }
    }
    if !korean {
        cases(&sections, rules, &mut say);
    }
}

fn cases(sections: &[Section], rules: &[&RuleSource], say: &mut dyn FnMut(usize, String)) {
    let begin = sections.iter().position(|s| s.level == 2 && s.title == CASES);
    let line = begin.and_then(|b| sections.get(b)).map_or(1, |s| s.line);
    let (mut fires, mut misses) = (vec![], vec![]);
    for case in sections.iter().skip(begin.map_or(sections.len(), |b| b + 1)).filter(|s| s.level == 3) {
        let (code, rest) = case.title.split_once(' ').unwrap_or_default();
        let (Some(code), Some((kind, told))) = (codes::parse(code), rest.split_once(':')) else {
            say(case.line, "a case is called `TDnnnn fires: …` or `TDnnnn near miss: …`".to_owned());
            continue;
        };
        if told.trim().is_empty() {
            say(case.line, "the case does not say what it shows".to_owned());
        }
        if !rules.iter().any(|r| r.code == code) {
            say(case.line, format!("{} is no rule of this page", codes::shown(code)));
        }
        let named = format!("\"{}", codes::shown(code));
        let expected = expectation(case.body.as_str());
        match (kind, expected) {
            (_, None) => say(case.line, "the case has no fenced block with [expect]".to_owned()),
            ("fires", Some(e)) if e.contains(&named) => fires.push(code),
            ("near miss", Some(e)) if !e.contains(&named) => misses.push(code),
            ("fires", _) => say(case.line, format!("[expect] does not name {}", codes::shown(code))),
            ("near miss", _) => say(case.line, format!("[expect] of a near miss names {}", codes::shown(code))),
            _ => say(case.line, format!("a case fires or is a near miss, not {kind:?}")),
        }
    }
    for rule in rules {
        for (what, list) in [("case that fires", &fires), ("near miss", &misses)] {
            if !list.contains(&rule.code) {
                say(line, format!("{} has no {what} under `## Cases`", codes::shown(rule.code)));
            }
        }
    }
}

/// What stands under `[expect]` in the fenced blocks of a case.
fn expectation(body: &str) -> Option<&str> {
    let mut inside = false;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside && line.trim().starts_with("[expect") {
            let rest = body.get(at..)?;
            return Some(rest.split_once("\n```").map_or(rest, |(e, _)| e));
        }
        at += line.len();
    }
    None
}

/// A heading with what stands under it, up to the next heading.
struct Section {
    level: usize,
    title: String,
    line: usize,
    body: String,
}

fn split(text: &str) -> Vec<Section> {
    let mut out: Vec<Section> = vec![];
    let mut fenced = false;
    for (line, content) in (1..).zip(text.lines()) {
        if content.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let level = content.bytes().take_while(|&b| b == b'#').count();
        match content.get(level..).and_then(|t| t.strip_prefix(' ')) {
            Some(title) if !fenced && (1..=6).contains(&level) => {
                out.push(Section { level, title: title.trim().to_owned(), line, body: String::new() })
            }
            _ => {
                if let Some(s) = out.last_mut() {
                    s.body.push_str(content);
                    s.body.push('\n');
                }
            }
        }
    }
    out
}

/// The codes that a line names.
fn mentioned(line: &str) -> impl Iterator<Item = u16> {
    line.match_indices("TD").filter_map(|(at, _)| codes::parse(line.get(at..at + 6)?))
}

/// How many Hangul syllables a text has.
pub(crate) fn hangul(text: &str) -> usize {
    text.chars().filter(|c| ('가'..='힣').contains(c)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RS: &str = r#"//! A.
pub static RULE: Rule = Rule { code: Code(4001), slug: "a-b", title: Tpl { en: "a", ko: "가" }, causes: &[],
    explains: &[], sources: &["RFC"], page: page!("a") };"#;
    const EN: &str = "# A\n\n## TD4001 a-b\n\n### What is wrong\n\nx\n\n### How tlsdiag knows\n\nx\n\n### How to mend it\n\nx\n\n### When it is not this\n\nx\n\n## Cases\n\n### TD4001 fires: so\n\n```toml\n# no heading\n[expect]\ncauses = [\"TD4001 x\"]\n```\n\n### TD4001 near miss: not so\n\n```toml\n[expect]\ncauses = []\n```\n";
    const KO: &str = "# 가\n\n## TD4001 a-b\n\n### 무엇이 잘못되었나\n\n가나다라마\n\n### tlsdiag가 아는 방법\n\n가나다라마\n\n### 고치는 방법\n\n가나다라마\n\n### 이것이 아닌 경우\n\n가나다라마\n";

    fn judged(en: &str, ko: &str) -> Vec<(usize, String)> {
        let dir = "crates/tlsdiag-rules/src/s4_binding";
        let (rs, en_at, ko_at) = (format!("{dir}/a.rs"), format!("{dir}/a.md"), format!("{dir}/a.ko.md"));
        let tree = Tree::from_texts(&[(&rs, RS), (&en_at, en), (&ko_at, ko)]);
        let (rules, _) = crate::rule_source::read(&tree);
        check(&tree, &rules).into_iter().map(|v| (v.line, v.reason)).collect()
    }

    #[test]
    fn a_complete_page_passes() {
        assert_eq!(judged(EN, KO), []);
    }

    #[test]
    fn each_gap_is_named() {
        let cases = [
            (
                EN.replace("### When it is not this\n\nx", "### When it is not this\n\nsee TD9999."),
                KO.to_owned(),
                "TD9999 is sent to",
            ),
            (EN.replace("### How to mend it\n\nx", "### How to mend it\n"), KO.to_owned(), "nothing stands under"),
            (EN.replace("### How to mend it", "### Cure"), KO.to_owned(), "the headings must be"),
            (EN.replace("[\"TD4001 x\"]", "[]"), KO.to_owned(), "does not name TD4001"),
            (EN.replace("near miss: not so", "near miss:"), KO.to_owned(), "does not say what it shows"),
            (EN.replace("TD4001 near miss", "TD4002 near miss"), KO.to_owned(), "no rule of this page"),
            (EN.replace("## TD4001 a-b", "## TD4001 a-c"), KO.to_owned(), "no section"),
            (
                EN.to_owned(),
                KO.replace("### 고치는 방법\n\n가나다라마", "### 고치는 방법\n\nin English"),
                "not written in Korean",
            ),
        ];
        for (en, ko, reason) in &cases {
            let found = judged(en, ko);
            assert!(found.iter().any(|(_, r)| r.contains(reason)), "{reason}: {found:?}");
        }
        let cut = EN.split_once("### TD4001 near miss").unwrap().0;
        assert!(judged(cut, KO).iter().any(|(_, r)| r.contains("has no near miss")));
        assert!(judged(EN.split_once("## Cases").unwrap().0, KO).len() >= 2);
    }
}
