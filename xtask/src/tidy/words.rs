//! Words that mark unfinished work, paths of one machine, and talk about how the project came to be.
use super::Violation;
use crate::rust_text::{self, Keep};
use crate::tree::Tree;

// the words stand split, so that this file does not name itself

/// Marks of unfinished work, in sources and pages.
const UNFINISHED: &[(&str, Case)] = &[
    (concat!("to", "do!"), Case::Exact),
    (concat!("unimple", "mented!"), Case::Exact),
    (concat!("FIX", "ME"), Case::Exact),
    (concat!("XX", "X"), Case::Exact),
    (concat!("for ", "now"), Case::Any),
    // the cause label `cert.place…` is a term of the trade, and so are constants named after it
    (concat!("place", "holder"), Case::Exact),
    (concat!("Place", "holder"), Case::Exact),
];

/// The spellings of a cause label that has one of them in it.
const LABEL: [&str; 3] =
    [concat!("cert.place", "holder"), concat!("CertPlace", "holder"), concat!("cert_place", "holder")];

/// How the project came to be is no part of it.
const HISTORY: &[(&str, Case)] = &[
    (concat!("coding ", "agent"), Case::Any),
    (concat!("language ", "model"), Case::Any),
    (concat!("this ", "workplace"), Case::Any),
    (concat!("co-authored", "-by"), Case::Any),
    (concat!("as requested ", "by"), Case::Any),
];

/// Folders of a developer's machine, wherever they stand.
const MACHINE: &[&str] = &[concat!("/wo", "rk"), concat!("/fa", "rm"), concat!("/bash_", "jobs")];

/// Folders that an example or explanation should not name either.
const PERSONAL: &[&str] = &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/t", "mp/")];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Exact,
    Any,
}

/// Looks through all text.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut wrong = vec![];
    for (file, text) in tree.texts() {
        let source = file.ends_with(".rs");
        let page = file.ends_with(".md");
        // what a person reads: pages, and the comments of sources
        let prose = match (source, page) {
            (true, _) => rust_text::only(text, Keep::Comments),
            (_, true) => text.to_owned(),
            _ => String::new(),
        };
        for ((line, whole), prose) in (1..).zip(text.lines()).zip(prose.lines().chain(std::iter::repeat(""))) {
            let mut say = |reason: String| wrong.push(Violation::at(file, line, reason));
            if source || page {
                // a cause label has one of the words as its name
                let unlabelled = LABEL.iter().fold(whole.to_owned(), |line, label| line.replace(label, ""));
                for (word, _) in UNFINISHED.iter().filter(|(w, c)| has(&unlabelled, w, *c)) {
                    say(format!("{word:?} marks unfinished work"));
                }
                for (word, _) in HISTORY.iter().filter(|(w, c)| has(whole, w, *c)) {
                    say(format!("{word:?}: the project speaks only of itself"));
                }
                if let Some(number) = issue_number(whole) {
                    say(format!("{number:?} looks like the number of an issue; say what it is about"));
                }
            }
            for path in MACHINE.iter().filter(|p| has_path(whole, p)) {
                say(format!("{path} is a folder of one machine"));
            }
            for path in PERSONAL.iter().filter(|p| has_path(prose, p)) {
                say(format!("{path} is a folder of one machine; write a path that everybody has"));
            }
        }
    }
    wrong
}

/// Does the line have this word as a word?
fn has(line: &str, word: &str, case: Case) -> bool {
    let line = if case == Case::Any { line.to_ascii_lowercase() } else { line.to_owned() };
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|t| t.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|t| t.chars().next());
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        // a plural counts
        !letter(before) && (!letter(after) || after == Some('s'))
    })
}

/// Does an absolute path begin like this?
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|t| t.chars().next_back());
        let after = line.get(at + path.len()..).and_then(|t| t.chars().next());
        let part = |c: char| c.is_alphanumeric() || "_-.~/:".contains(c);
        !before.is_some_and(part)
            && (path.ends_with('/') || !after.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c)))
    })
}

/// What looks like the number of an issue or pull request, after a word or a parenthesis that leads to one.
fn issue_number(line: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    for lead in ["issue #", "issue ", "issues #", "pr #", "fixes #", "closes #", "see #", "(#"] {
        for (at, _) in lower.match_indices(lead) {
            let rest = lower.get(at + lead.len()..).unwrap_or_default();
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let after = rest.get(digits.len()..).and_then(|t| t.chars().next());
            if !digits.is_empty() && !after.is_some_and(|c| c.is_alphanumeric() || c == '-') {
                return Some(format!("{lead}{digits}"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<usize> {
        check(&Tree::from_texts(&[(file, text)])).into_iter().map(|v| v.line).collect()
    }
    fn said(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn marks_of_unfinished_work_are_found() {
        for text in [
            said(&["to", "do!()"]),
            said(&["// FIX", "ME later"]),
            said(&["// For ", "now, so"]),
            said(&["a place", "holder"]),
        ] {
            assert_eq!(found("crates/a/src/b.rs", &format!("fine\n{text}\n")), [2], "{text}");
        }
    }

    #[test]
    fn a_cause_label_and_longer_words_are_no_marks() {
        let fine =
            [said(&["Cause::CertPlace", "holder,"]), said(&["\"cert.place", "holder\""]), said(&["mktemp XX", "XXXX"])];
        for text in &fine {
            assert_eq!(found("crates/a/src/b.rs", text), [0; 0], "{text}");
        }
        let both = said(&["cert.place", "holder is a place", "holder"]);
        assert_eq!(found("a.md", &both), [1]);
    }

    #[test]
    fn folders_of_one_machine_are_found_in_code_and_prose() {
        assert_eq!(found("a.toml", &said(&["p = \"/wo", "rk/main\""])), [1]);
        assert_eq!(found("a.rs", &said(&["let p = \"/t", "mp/x\"; // see /t", "mp/x"])), [1]);
        assert_eq!(found("a.rs", &said(&["let p = \"/ro", "ot/.acme.sh\";"])), [0; 0]);
        assert_eq!(found("a.md", "a network/work or https://example.com/home/ or /workspace"), [0; 0]);
    }

    #[test]
    fn numbers_of_issues_are_found_and_standards_are_not() {
        assert_eq!(found("a.md", &said(&["so it is (", "#12)\nsee ", "#7\niss", "ue 3"])), [1, 2, 3]);
        assert_eq!(found("a.md", "PKCS#12, PKCS #7, a [link](#12-steps), # 1 heading, the issuer 3"), [0; 0]);
    }
}
