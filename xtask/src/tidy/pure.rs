//! No clock, file, network, environment or process in the vocabulary, the rules and the parsers.
use super::Violation;
use crate::rust_text::{self, Keep};
use crate::tree::Tree;

const PURE: [&str; 5] = [
    "crates/tlsdiag-model/src/",
    "crates/tlsdiag-wire/src/",
    "crates/tlsdiag-pki/src/",
    "crates/tlsdiag-rules/src/",
    "crates/tlsdiag-report/src/",
];

/// Words that may not stand in code outside of tests.
const WORDS: [&str; 10] = [
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::env",
    "std::process",
    "std::net::Tcp",
    "std::net::Udp",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
];

/// Modules that may not stand in a `use std::{…}` either.
const MODULES: [&str; 3] = ["fs", "env", "process"];

/// Looks through the code of the pure crates.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut wrong = vec![];
    for (file, text) in tree.texts() {
        if !file.ends_with(".rs") || file.ends_with("/tests.rs") || !PURE.iter().any(|p| file.starts_with(p)) {
            continue;
        }
        let code = rust_text::without_tests(&rust_text::only(text, Keep::Code));
        let mut say = |at: usize, word: &str| {
            let reason = format!("{word} in a crate without clock, files, network, environment and processes");
            wrong.push(Violation::at(file, rust_text::line_at(&code, at), reason));
        };
        for word in WORDS {
            for (at, _) in code.match_indices(word) {
                let after = code.get(at + word.len()..).and_then(|t| t.chars().next());
                // `std::env` but not `std::envelope`; `std::net::Tcp…` is a beginning
                if word.ends_with("Tcp")
                    || word.ends_with("Udp")
                    || !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
                {
                    say(at, word);
                }
            }
        }
        for (at, head) in code.match_indices("use std::{") {
            let open = at + head.len() - 1;
            let close = rust_text::closing(&code, open).unwrap_or(code.len());
            for name in top_level(code.get(open + 1..close).unwrap_or_default()) {
                if let Some(module) = MODULES.iter().find(|m| name == **m) {
                    say(at, &format!("std::{module}"));
                }
            }
        }
    }
    wrong
}

/// The first segments of what a brace of a `use` lists.
fn top_level(inside: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let mut begin = 0;
    let mut out = vec![];
    for (i, b) in inside.bytes().chain([b',']).enumerate() {
        match b {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                let item = inside.get(begin..i).unwrap_or_default().trim();
                out.push(item.split([':', ' ']).next().unwrap_or_default());
                begin = i + 1;
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<(usize, String)> {
        let tree = Tree::from_texts(&[(file, text)]);
        check(&tree).into_iter().map(|v| (v.line, v.reason.split(' ').next().unwrap().to_owned())).collect()
    }

    #[test]
    fn reading_the_world_is_found_in_every_spelling() {
        let file = "crates/tlsdiag-rules/src/a.rs";
        let text = "use std::{\n    collections::BTreeMap,\n    fs,\n};\nfn a() { std::env::var(\"X\"); }\nfn b() { std::time::SystemTime::now(); }\n";
        assert_eq!(
            found(file, text),
            [(6, "SystemTime".to_owned()), (5, "std::env".to_owned()), (1, "std::fs".to_owned())]
        );
    }

    #[test]
    fn comments_strings_tests_and_other_crates_do_not_count() {
        let file = "crates/tlsdiag-wire/src/a.rs";
        let text = "//! No std::fs.\nconst A: &str = \"std::env\";\nuse std::net::IpAddr;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert_eq!(found(file, text), []);
        assert_eq!(found("crates/tlsdiag-collect/src/a.rs", "use std::fs;"), []);
    }
}
