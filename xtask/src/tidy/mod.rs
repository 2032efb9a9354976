//! `cargo xtask tidy`: the house rules that no compiler checks. Each violation is one line, `file:line: reason`.
mod crates;
mod edges;
mod fixtures;
mod links;
mod pure;
mod sources;
mod words;

use crate::tree::Tree;
use crate::{causes, codes, docs, page, registry, rule_source, shell};
use std::fmt;

/// A house rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// File, from the root.
    pub(crate) file: String,
    /// Line, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) reason: String,
}

impl Violation {
    /// At a line of a file.
    pub(crate) fn at(file: &str, line: usize, reason: impl Into<String>) -> Violation {
        Violation { file: file.to_owned(), line, reason: reason.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// Checks the project.
pub(crate) fn run() -> Result<(), String> {
    let tree = Tree::of_project()?;
    let mut wrong = text(&tree);
    wrong.extend(rules(&tree));
    wrong.extend(causes::check(&tree)?);
    let metadata = shell::text_of(&mut shell::cargo(&["metadata", "--format-version", "1", "--quiet"]))?;
    wrong.extend(crates::check(&metadata)?);
    wrong.sort();
    wrong.dedup();
    for v in &wrong {
        println!("{v}");
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("tidy: {} violations", wrong.len())) }
}

/// What needs the files' text only.
fn text(tree: &Tree) -> Vec<Violation> {
    let mut wrong = sources::check(tree);
    wrong.extend(pure::check(tree));
    wrong.extend(words::check(tree));
    wrong.extend(fixtures::check(tree));
    wrong.extend(links::check(tree));
    wrong
}

/// What concerns the rules and their pages.
pub(crate) fn rules(tree: &Tree) -> Vec<Violation> {
    let (rules, mut wrong) = rule_source::read(tree);
    for rule in &rules {
        let mut say = |reason: String| wrong.push(Violation::at(&rule.file, rule.line, reason));
        let code = codes::shown(rule.code);
        if !rule_source::in_range(rule) {
            say(format!("{code} is outside of the range of its folder"));
        }
        if rules.iter().any(|r| r.path != rule.path && r.code == rule.code) {
            say(format!("{code} is used by two rules"));
        }
        if rules.iter().any(|r| r.path != rule.path && r.slug == rule.slug) {
            say(format!("the slug {:?} is used by two rules", rule.slug));
        }
        if rule.sources == 0 {
            say(format!("{code} cites no source"));
        }
        let (en, ko) = &rule.title;
        if en.is_empty() || en.ends_with('.') {
            say(format!("{code} needs an English title without a full stop"));
        }
        if page::hangul(ko) == 0 {
            say(format!("{code} has no Korean title"));
        }
    }
    wrong.extend(edges::check(&rules));
    wrong.extend(codes::check(tree, &rules));
    wrong.extend(registry::check(tree, &rules));
    wrong.extend(page::check(tree, &rules));
    wrong.extend(docs::check(tree, &rules));
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "crates/tlsdiag-rules/src/s4_binding/a.rs";
    fn rule(code: u16, slug: &str, sources: &str) -> String {
        format!(
            "pub static RULE: Rule = Rule {{ code: Code({code}), slug: \"{slug}\", title: Tpl {{ en: \"a\", ko: \"가\" }},
             causes: &[], explains: &[], sources: &[{sources}], page: page!(\"a\") }};"
        )
    }
    fn reasons(files: &[(&str, &str)]) -> Vec<String> {
        rules(&Tree::from_texts(files)).into_iter().map(|v| v.reason).collect()
    }

    #[test]
    fn a_code_outside_of_its_range_twice_or_without_source_is_named() {
        let (a, b) = (rule(5001, "a", ""), rule(5001, "b", "\"RFC\""));
        let found = reasons(&[(A, &a), ("crates/tlsdiag-rules/src/s5_handshake/b.rs", &b)]);
        for reason in ["TD5001 is outside of the range", "TD5001 is used by two rules", "TD5001 cites no source"] {
            assert!(found.iter().any(|f| f.contains(reason)), "{reason}: {found:?}");
        }
    }

    #[test]
    fn registry_and_codes_must_agree_with_the_rules() {
        let a = rule(4001, "a", "\"RFC\"");
        let listed = "pub static ALL: &[&Rule] = &[&s4_binding::b::RULE];";
        let found = reasons(&[
            (A, &a),
            (registry::REGISTRY, listed),
            (codes::CODES, "code\tslug\tstate\nTD4001\told\t\nTD4002\tgone\t\n"),
        ]);
        for reason in ["not registered", "is no rule that can be found", "stands for \"old\"", "no rule has TD4002"] {
            assert!(found.iter().any(|f| f.contains(reason)), "{reason}: {found:?}");
        }
    }
}
