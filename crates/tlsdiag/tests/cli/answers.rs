//! Answers of one kind in all their forms: streams, formats, languages, colours, exit codes, several targets.
use crate::lab::Lab;
use crate::run::{command, document, inert, tlsdiag, wait};
use crate::targets::closed_port;
use std::process::{Command, Stdio};

/// Standard output is a pipe that nobody reads any more.
pub(crate) fn gone(c: &mut Command) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    c.stdout(writer);
}

#[test]
fn help_tells_the_options_and_the_exit_codes_in_eighty_columns() {
    for args in [&["--help"][..], &["-h"], &["check", "--help"], &["explain", "--help"], &["lab", "--help"]] {
        let r = tlsdiag(args);
        assert_eq!((r.exit, r.err.as_str()), (0, ""), "{args:?}");
        assert!(r.out.contains("Usage: tlsdiag"), "{}", r.out);
        assert!(r.out.lines().all(|l| l.chars().count() <= 100), "{}", r.out);
    }
    let r = tlsdiag(["--help"]);
    for word in ["--resolve", "--ca-file", "--lang", "--fail-on", "--offline", "explain", "lab", "130 interrupted"] {
        assert!(r.out.contains(word), "{word}: {}", r.out);
    }
    let none = tlsdiag::<&str>([]);
    assert!(none.exit == 2 && none.out.is_empty() && none.err.contains("Usage: tlsdiag"));
    assert!(tlsdiag(["--version"]).out.starts_with("tlsdiag "));
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    for args in [
        &["--timeout", "0", "a.example"][..],
        &["--timeout", "x", "a.example"],
        &["--resolve", "a", "a.example"],
        &["--resolve", "a.example:443:nowhere", "a.example"],
        &["-q", "-v", "a.example"],
        &["--lang", "fr", "a.example"],
        &["--format", "xml", "a.example"],
    ] {
        let r = tlsdiag(args);
        assert!(r.exit == 2 && r.out.is_empty() && r.err.starts_with("error: "), "{args:?}: {r:?}");
    }
}

#[test]
fn results_go_to_stdout_and_nothing_else_does() {
    let target = format!("127.0.0.1:{}", closed_port());
    let text = tlsdiag([&target]);
    assert_eq!((text.exit, text.err.as_str()), (1, ""));
    assert!(text.out.contains("TD0101") && text.out.ends_with('\n'));
    let quiet = tlsdiag([&target, "-q"]);
    assert_eq!((quiet.exit, quiet.err.as_str(), quiet.out.lines().count()), (1, "", 1));
    let json = tlsdiag([&target, "--json"]);
    let doc = json.json();
    assert_eq!((json.exit, doc["exit"].as_i64(), doc["schema"].as_str()), (1, Some(1), Some("tlsdiag/1")));
    assert_eq!(doc["causes"][0]["labels"][0], "bind.no_listener");
    assert_eq!(tlsdiag([&target, "--format", "json"]).json()["targets"], doc["targets"]);
}

#[test]
fn several_targets_get_a_line_a_block_and_a_json_line_each() {
    let all = [format!("127.0.0.1:{}", closed_port()), format!("[::1]:{}", closed_port())];
    let with = |more: &[&str]| tlsdiag(all.iter().map(String::as_str).chain(more.iter().copied()));
    let quiet = with(&["-q"]);
    assert_eq!((quiet.exit, quiet.out.lines().count()), (1, 2), "{}", quiet.out);
    let text = with(&[]);
    let heads: Vec<&str> = text.out.lines().filter(|l| l.starts_with("https://")).collect();
    assert_eq!(heads.len(), 2, "{}", text.out);
    for (head, target) in heads.iter().zip(&all) {
        assert!(head.starts_with(&format!("https://{target} does not work")), "{head}");
    }
    let lines = with(&["--format", "jsonl"]);
    let docs: Vec<_> = lines.out.lines().map(document).collect();
    let typed: Vec<&str> = docs.iter().map(|d| d["targets"][0]["typed"].as_str().unwrap()).collect();
    assert_eq!(typed, all);
    assert_eq!(with(&["--json"]).json()["targets"].as_array().unwrap().len(), 2);
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let target = format!("127.0.0.1:{}", closed_port());
    for (args, exit) in [
        (vec![target.as_str()], 1),
        (vec![&target, "--json"], 1),
        (vec!["explain", "TD5001"], 0),
        (vec!["explain", "TD5001", "--json"], 0),
    ] {
        let mut c = command();
        c.args(&args);
        gone(&mut c);
        let r = wait(c);
        assert_eq!((r.exit, r.err.as_str()), (exit, ""), "{args:?}");
    }
    // nobody to complain to either
    let mut c = command();
    c.arg("a.example:0");
    gone(&mut c);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    c.stderr(writer);
    assert_eq!(c.stdin(Stdio::null()).status().unwrap().code(), Some(2));
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let target = format!("127.0.0.1:{}", closed_port());
    let coloured = |args: &[&str], no_color: Option<&str>| {
        let mut c = command();
        c.arg(&target).args(args);
        no_color.map(|v| c.env("NO_COLOR", v));
        wait(c)
    };
    let plain = coloured(&[], None).out;
    inert(&plain);
    assert_eq!(coloured(&["--color", "never"], None).out, plain);
    assert_eq!(coloured(&[], Some("1")).out, plain);
    // what is asked for on the command line is nearer than the environment
    for no_color in [None, Some("1")] {
        let bright = coloured(&["--color", "always"], no_color).out;
        assert!(bright.contains("\u{1b}["), "{bright}");
        let mut bare = bright;
        for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"] {
            bare = bare.replace(code, "");
        }
        assert_eq!(bare, plain);
    }
    let json = coloured(&["--color", "always", "--json"], None);
    assert!(json.json()["causes"].is_array());
}

#[test]
fn the_language_is_that_of_the_system_unless_one_is_named() {
    let target = format!("127.0.0.1:{}", closed_port());
    let first = |env: &[(&str, &str)], args: &[&str]| {
        let mut c = command();
        c.args([&target, "-q"]).args(args).envs(env.iter().copied());
        wait(c).out
    };
    let korean = |s: String| s.contains("사이트가 작동하지 않습니다");
    assert!(korean(first(&[("LANG", "ko_KR.UTF-8")], &[])));
    assert!(korean(first(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "ko_KR")], &[])));
    assert!(!korean(first(&[("LANG", "ko_KR.UTF-8"), ("LC_MESSAGES", "C")], &[])));
    assert!(!korean(first(&[("LANG", "ko_KR.UTF-8")], &["--lang", "en"])));
    assert!(korean(first(&[], &["--lang", "ko"])));
    assert!(!korean(first(&[], &[])));
}

/// What is found at which impact decides between 0 and 1; the health of the target does not change.
#[test]
fn the_exit_code_follows_fail_on() {
    let lab = Lab::of(21, &["plain", "status-404", "weak-key", "expired", "refuses-without-name"]);
    for s in lab.list() {
        let exits: Vec<i32> = ["broken", "partial", "risk", "note"]
            .iter()
            .map(|f| {
                let r = lab.ask(s, &["--json", "--fail-on", f]);
                assert_eq!(r.json()["exit"], r.exit);
                r.exit
            })
            .collect();
        let expected: &[i32] = match s.slug.as_str() {
            "plain" => &[0, 0, 0, 0],
            "status-404" | "refuses-without-name" => &[0, 0, 0, 1],
            "weak-key" | "expired" => &[1, 1, 1, 1],
            other => panic!("{other}"),
        };
        assert_eq!(exits, expected, "{}", s.slug);
    }
}
