//! Servers that mean harm: each run ends soon and small, says what was wrong, and prints nothing that acts on a terminal.
use crate::lab::Lab;
use crate::run::{document, each, inert, tlsdiag};
use std::time::Duration;

/// Code and a piece of what is said, for each of the lab's menaces.
const SAID: &[(&str, &str, &str)] = &[
    ("garbage", "TD3102", "not TLS"),
    ("huge-certificate", "TD5030", "16777215"),
    ("trickle", "TD5003", "the rest had not come"),
    ("empty-records", "TD5030", "empty records"),
    ("endless-warnings", "TD5030", "warning alerts"),
    ("oversized-record", "TD5030", "65535"),
    ("hostile-der", "TD2546", "certificate number 1: at offset"),
    ("control-greeting", "TD3102", "\\u{1b}[2J"),
    // a name that Go and Chrome do not read
    ("control-subject", "TD2900", "Go 1.27"),
    ("control-fields", "", ""),
];

#[test]
fn every_menace_is_survived_and_named() {
    let lab = Lab::of(5, &["menaces"]);
    let slugs: Vec<&str> = lab.list().iter().map(|s| s.slug.as_str()).collect();
    assert_eq!(slugs, SAID.iter().map(|s| s.0).collect::<Vec<_>>(), "a menace without its answer");
    let runs: Vec<(usize, &[&str])> = (0..lab.list().len())
        .flat_map(|i| {
            [&["-v"][..], &["--lang", "ko"], &["-vv"], &["--json"], &["--format", "jsonl"]].map(|how| (i, how))
        })
        .collect();
    each(&runs, 20, |(i, how)| {
        let (slug, code, words) = SAID[*i];
        let r = lab.ask(&lab.list()[*i], how);
        assert!(r.took < Duration::from_secs(16), "{slug} {how:?}: {:?}", r.took);
        assert!((1..60_000).contains(&r.peak), "{slug} {how:?}: {} kB", r.peak);
        inert(&r.out);
        inert(&r.err);
        assert!(!format!("{}{}", r.out, r.err).contains("panicked"), "{slug}: {}", r.err);
        assert_eq!(r.exit, i32::from(!code.is_empty()), "{slug}: {}", r.out);
        assert!(
            r.out.contains(code) && (how.len() > 1 || how == &["--json"] || r.out.contains(words)),
            "{slug}: {}",
            r.out
        );
        if how.contains(&"--json") || how.contains(&"jsonl") {
            let doc = document(&r.out);
            assert!(code.is_empty() || doc["causes"][0]["code"] == code, "{slug}: {}", doc["causes"]);
        }
    });
}

/// What a certificate holds is there to be read, and stays text: here its root is not known, so it is shown.
#[test]
fn hostile_text_is_whole_and_escaped() {
    let lab = Lab::of(6, &["control-subject"]);
    let s = &lab.list()[0];
    let ask = |how: &[&str]| {
        tlsdiag([&s.url, "--offline", "--resolve", &s.resolve[0]].into_iter().chain(how.iter().copied()))
    };
    for how in [&["-v"][..], &["-v", "--lang", "ko"], &["-vv"]] {
        let r = ask(how);
        inert(&r.out);
        // a name is written as RFC 4514 says, and what that leaves is escaped by the screen, wherever it is wrapped
        let text: String = r.out.split_whitespace().collect();
        assert!(text.contains("CN=a\\1B[2J") && text.contains("\\u{202e}moc.live"), "{}", r.out);
        assert!(r.exit == 1 && r.out.contains("TD2511"), "{}", r.out);
    }
    for how in [&["--json"][..], &["--format", "jsonl"]] {
        let r = ask(how);
        assert!(r.out.contains("\\u001b[2J") && r.out.contains("\\u202emoc.live"), "{}", r.out);
        assert_eq!(document(&r.out)["causes"][0]["code"], "TD2511");
    }
}
