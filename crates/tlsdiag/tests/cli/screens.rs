//! Every fault of the lab on the screen: the answer first, and answer, ladder and cause on 24 lines of 80 cells.
use crate::lab::Lab;
use crate::run::{Ran, each, inert};
use tlsdiag_lab::lab::Served;
use unicode_width::UnicodeWidthStr;

/// Where the part of a screen begins that may be longer than a screen.
const BELOW: &[&str] = &[
    "mend  ",
    "or    ",
    "also wrong",
    "works today, but",
    "possible causes",
    "next  ",
    "not checked:",
    "more  ",
    "조치  ",
    "또는  ",
    "다른 문제",
    "지금은 작동하지만",
    "가능한 원인",
    "다음  ",
    "확인하지 않음:",
    "더 보기  ",
];

fn screen(s: &Served, lang: &str, r: &Ran) {
    let what = format!("{} {lang}:\n{}", s.slug, r.out);
    inert(&r.out);
    assert!(r.out.starts_with(&s.url), "{what}");
    let head: Vec<&str> = r.out.lines().take_while(|l| !BELOW.iter().any(|b| l.starts_with(b))).collect();
    let head: Vec<&str> = head.iter().rev().skip_while(|l| l.is_empty()).copied().collect();
    assert!(head.len() <= 24, "{} lines\n{what}", head.len());
    let wide = head.iter().find(|l| l.width() > 80);
    assert!(wide.is_none(), "{wide:?}\n{what}");
    // below, only a command may be wider
    let wide = r.out.lines().find(|l| l.width() > 80 && !l.starts_with("      "));
    assert!(wide.is_none(), "{wide:?}\n{what}");
    assert!(!r.out.contains("{") || !r.out.contains("}}"), "a hole was left: {what}");
    assert!(r.out.lines().zip(r.out.lines().skip(1)).all(|(a, b)| a != b || a.is_empty()), "twice the same: {what}");
}

fn answers(s: &Served, lang: &str, r: &Ran) {
    let first = r.out.split("\n\n").next().unwrap().replace('\n', " ");
    let (works, broken) = match lang {
        "ko" => ("사이트는 정상입니다", ["사이트가 작동하지 않습니다: ", "사이트가 일부에게만 작동합니다: "]),
        _ => (" works", [" does not work: ", " works only for some: "]),
    };
    // a fault that keeps nobody out today is told below
    let mild = s.expect.as_ref().is_none_or(|e| e.impact > tlsdiag_model::Impact::Partial);
    if mild {
        assert!(first.ends_with(works) && r.exit == 0, "{}: {first}", s.slug);
    } else {
        assert!(broken.iter().any(|b| first.contains(b)) && r.exit == 1, "{}: {first}", s.slug);
    }
    if let Some(e) = &s.expect {
        let codes: Vec<String> = e.codes.iter().map(|c| format!("TD{c:04}")).collect();
        assert!(codes.iter().any(|c| r.out.contains(c)), "{} {codes:?}: {}", s.slug, r.out);
        let reason = if lang == "ko" { "\n원인  TD" } else { "\ncause  TD" };
        assert!(mild || r.out.contains(reason), "{}: {}", s.slug, r.out);
        let more = if lang == "ko" { "\n더 보기  tlsdiag explain TD" } else { "\nmore  tlsdiag explain TD" };
        assert!(mild || r.out.contains(more), "{}: {}", s.slug, r.out);
    }
}

#[test]
fn every_fault_is_told_on_one_screen_in_both_languages() {
    let lab = Lab::of(31, &["faults"]);
    assert!(lab.list().len() > 50);
    let runs: Vec<(&Served, &str)> = lab.list().iter().flat_map(|s| [(s, "en"), (s, "ko")]).collect();
    each(&runs, 12, |(s, lang)| {
        let r = lab.ask(s, &["--lang", lang, "--timeout", "4"]);
        assert_eq!(r.err, "", "{}", s.slug);
        screen(s, lang, &r);
        answers(s, lang, &r);
    });
}

#[test]
fn every_fault_is_a_valid_document() {
    let lab = Lab::of(32, &["faults", "pairs"]);
    each(lab.list(), 12, |s| {
        let r = lab.ask(s, &["--json", "--timeout", "4"]);
        let doc = r.json();
        assert_eq!(doc["exit"], r.exit, "{}", s.slug);
        assert_eq!(doc["targets"][0]["ladder"].as_array().map(Vec::len), Some(8), "{}", s.slug);
        for cause in doc["causes"].as_array().unwrap() {
            let whole = ["en", "ko"].iter().all(|l| cause["text"][l].as_str().is_some_and(|t| !t.is_empty()));
            assert!(whole, "{}: {cause}", s.slug);
        }
    });
}

/// Answer, blank line, rungs, and what was agreed with how long the certificate is good; a remark only where there is one.
#[test]
fn a_healthy_server_takes_four_lines() {
    let lab = Lab::of(33, &["healthy"]);
    each(lab.list(), 8, |s| {
        for (lang, good, but) in
            [("en", "certificate good until 20", "works today, but"), ("ko", "인증서 20", "지금은 작동하지만")]
        {
            let r = lab.ask(s, &["--lang", lang]);
            assert_eq!(r.exit, 0, "{}: {}", s.slug, r.out);
            screen(s, lang, &r);
            answers(s, lang, &r);
            let lines: Vec<&str> = r.out.lines().collect();
            assert!(lines[1].is_empty() && lines[3].starts_with("  TLS 1."), "{}", r.out);
            assert!(
                lines[3].contains(good) && lines[3].ends_with(if lang == "ko" { "일)" } else { " days)" }),
                "{}",
                r.out
            );
            let remarks = ["status-401", "status-403", "status-404", "status-500", "tls13-only"];
            match lines.len() {
                4 => {}
                5 => assert!(lines[4].trim_start().starts_with(if lang == "ko" {
                    "확인하지 않음"
                } else {
                    "not checked"
                })),
                _ => assert!(remarks.contains(&s.slug.as_str()) && lines[5] == but, "{}: {}", s.slug, r.out),
            }
        }
    });
}
