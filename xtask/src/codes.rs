//! Every code that was ever used, in `codes.tsv`: a code of a rule that is gone stays there and is never used again.
use crate::folder::Folder;
use crate::rule_source::RuleSource;
use crate::tidy::Violation;
use crate::tree::Tree;
use std::collections::BTreeMap;

/// Where the codes stand.
pub(crate) const CODES: &str = "crates/tlsdiag-rules/codes.tsv";
const HEADER: &str = "code\tslug\tstate";
const RETIRED: &str = "retired";

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    /// The name it stands for.
    pub(crate) slug: String,
    /// Its rule is gone.
    pub(crate) retired: bool,
    /// Line in the list.
    pub(crate) line: usize,
}

/// The list as it stands, and what is wrong with its form.
pub(crate) fn read(tree: &Tree) -> (BTreeMap<u16, Used>, Vec<Violation>) {
    let mut used = BTreeMap::new();
    let mut wrong = vec![];
    let mut last = None;
    for (line, text) in (1..).zip(tree.text(CODES).unwrap_or(HEADER).lines()) {
        if line == 1 {
            if text != HEADER {
                wrong.push(Violation::at(CODES, 1, format!("the first line must be {HEADER:?}")));
            }
            continue;
        }
        let mut cells = text.split('\t');
        let code = cells.next().and_then(parse);
        let (Some(code), Some(slug), Some(state @ ("" | RETIRED)), None) =
            (code, cells.next(), cells.next(), cells.next())
        else {
            wrong.push(Violation::at(CODES, line, "not TDnnnn, slug and an empty or `retired` state, split by tabs"));
            continue;
        };
        if last.is_some_and(|l| code <= l) {
            wrong.push(Violation::at(CODES, line, format!("{} is out of order or stands twice", shown(code))));
        }
        last = Some(code);
        used.insert(code, Used { slug: slug.to_owned(), retired: state == RETIRED, line });
    }
    (used, wrong)
}

/// Does the list agree with the rules?
pub(crate) fn check(tree: &Tree, rules: &[RuleSource]) -> Vec<Violation> {
    let (used, mut wrong) = read(tree);
    for rule in rules {
        let reason = match used.get(&rule.code) {
            None => format!("{} is not in {CODES}; `cargo xtask bless` adds it", shown(rule.code)),
            Some(u) if u.retired => format!("{} was retired and is never used again", shown(rule.code)),
            Some(u) if u.slug != rule.slug => {
                format!("{} stands for {:?} in {CODES}:{}", shown(rule.code), u.slug, u.line)
            }
            Some(_) => continue,
        };
        wrong.push(Violation::at(&rule.file, rule.line, reason));
    }
    for (code, u) in used.iter().filter(|(_, u)| !u.retired) {
        if !rules.iter().any(|r| r.code == *code) {
            let reason =
                format!("no rule has {} ({}); where it is gone for good, write `{RETIRED}`", shown(*code), u.slug);
            wrong.push(Violation::at(CODES, u.line, reason));
        }
    }
    wrong
}

/// The list with the codes of all rules in it; nothing is ever taken out or changed.
pub(crate) fn completed(tree: &Tree, rules: &[RuleSource]) -> String {
    let (mut used, _) = read(tree);
    for rule in rules {
        used.entry(rule.code).or_insert_with(|| Used { slug: rule.slug.clone(), retired: false, line: 0 });
    }
    print(&used)
}

/// The list with one more code.
pub(crate) fn with(tree: &Tree, code: u16, slug: &str) -> String {
    let (mut used, _) = read(tree);
    used.insert(code, Used { slug: slug.to_owned(), retired: false, line: 0 });
    print(&used)
}

fn print(used: &BTreeMap<u16, Used>) -> String {
    let lines =
        used.iter().map(|(c, u)| format!("{}\t{}\t{}\n", shown(*c), u.slug, if u.retired { RETIRED } else { "" }));
    std::iter::once(format!("{HEADER}\n")).chain(lines).collect()
}

/// The next code of a folder that was never used, by list or rule.
pub(crate) fn next(folder: &Folder, tree: &Tree, rules: &[RuleSource]) -> Option<u16> {
    let (used, _) = read(tree);
    let all = used.keys().copied().chain(rules.iter().map(|r| r.code));
    let highest = all.filter(|c| folder.takes(*c)).max().unwrap_or(folder.first);
    highest.checked_add(1).filter(|c| folder.takes(*c))
}

/// `TD2501` → 2501.
pub(crate) fn parse(word: &str) -> Option<u16> {
    let digits = word.strip_prefix("TD").filter(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok()
}

/// 2501 → `TD2501`.
pub(crate) fn shown(code: u16) -> String {
    format!("TD{code:04}")
}
