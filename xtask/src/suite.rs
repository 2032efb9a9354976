//! `cargo xtask test`: everything that CI runs, step by step, with the seconds of each.
use crate::{deny, fuzz, packages, shell, tidy};
use std::time::{Duration, Instant};

/// A step: its name and what it does. Tests that it runs are counted.
type Step = (&'static str, fn(&mut Count) -> Result<(), String>);

const STEPS: [Step; 9] = [
    ("packages", |_| packages::install()),
    ("fmt", |_| shell::run(&mut shell::cargo(&["fmt", "--all", "--check"]))),
    ("tidy", |_| tidy::run()),
    ("clippy", |_| {
        // the release profile: build scripts and macros are the same as the tests'
        let args = ["clippy", "--workspace", "--all-targets", "--release", "--", "-D", "warnings"];
        shell::run(&mut shell::cargo(&args))
    }),
    ("tests", tests),
    ("doctests", |count| {
        let mut cargo = shell::cargo(&["test", "--release", "--workspace", "--doc"]);
        shell::watch(&mut cargo, &mut |line| count.see(line))
    }),
    ("deny", |_| deny::check()),
    ("fuzz", |_| fuzz::briefly(Duration::from_secs(10))),
    ("dist", |_| shell::run(&mut shell::cargo(&["build", "--profile", "dist", "-p", "tlsdiag"]))),
];

/// Takes `[--only STEP] [--keep-going]`.
pub(crate) fn test(args: &[&str]) -> Result<(), String> {
    let (only, keep_going) = parsed(args)?;
    let mut count = Count::default();
    let mut rows: Vec<(&str, Duration, bool)> = vec![];
    for (name, step) in STEPS.iter().filter(|(name, _)| only.is_none_or(|o| o == *name)) {
        println!("\n=== {name}");
        let begun = Instant::now();
        let before = count.failed;
        let ended = step(&mut count);
        rows.push((name, begun.elapsed(), ended.is_ok()));
        if let Err(why) = ended {
            println!("{name} FAILED: {why}");
            // a step that counted no failed test is a failure itself
            if count.failed == before {
                count.failed += 1;
            }
            if !keep_going {
                break;
            }
        }
    }
    println!("\n{}", table(&rows));
    println!("{} passed, {} failed", count.passed, count.failed);
    if count.failed == 0 { Ok(()) } else { Err("the suite failed".to_owned()) }
}

fn parsed<'a>(args: &[&'a str]) -> Result<(Option<&'a str>, bool), String> {
    let known = |step: &str| STEPS.iter().any(|(name, _)| *name == step);
    match *args {
        [] => Ok((None, false)),
        ["--keep-going"] => Ok((None, true)),
        ["--only", step] if known(step) => Ok((Some(step), false)),
        ["--only", step, "--keep-going"] | ["--keep-going", "--only", step] if known(step) => Ok((Some(step), true)),
        _ => {
            let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
            Err(format!("usage: cargo xtask test [--only STEP] [--keep-going]; steps: {}", names.join(" ")))
        }
    }
}

/// All tests but those in documentation.
fn tests(count: &mut Count) -> Result<(), String> {
    let mut cargo = if shell::found("cargo-nextest").is_some() {
        shell::cargo(&["nextest", "run", "--release", "--workspace", "--no-fail-fast"])
    } else {
        println!("cargo-nextest is not installed: cargo test does it, more slowly");
        shell::cargo(&["test", "--release", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"])
    };
    let ended = shell::watch(&mut cargo, &mut |line| count.see(line));
    match ended {
        Ok(()) if count.passed == 0 => Err("not one test was run".to_owned()),
        other => other,
    }
}

/// Tests that the runners say they ran.
#[derive(Default, Debug, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
}

impl Count {
    /// Reads a line of `cargo test` or nextest; others are passed over.
    fn see(&mut self, line: &str) {
        let line = plain(line);
        if !(line.starts_with("test result:") || line.trim_start().starts_with("Summary [")) {
            return;
        }
        let words: Vec<&str> = line.split([' ', ',', ';']).filter(|w| !w.is_empty()).collect();
        for pair in words.windows(2) {
            let [number, what] = pair else { continue };
            let Ok(number) = number.parse::<usize>() else { continue };
            match *what {
                "passed" => self.passed += number,
                "failed" | "timed" | "exec" => self.failed += number,
                _ => {}
            }
        }
    }
}

/// A line without the escapes that colour it.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest = rest.get(1..).unwrap_or_default();
    }
    out + rest
}

fn table(rows: &[(&str, Duration, bool)]) -> String {
    let line = |name: &str, time: Duration, end: &str| format!("{name:<10} {:>8.1} s  {end}\n", time.as_secs_f64());
    let total: Duration = rows.iter().map(|(_, t, _)| *t).sum();
    let steps: String = rows.iter().map(|(n, t, ok)| line(n, *t, if *ok { "ok" } else { "FAILED" })).collect();
    steps + &line("total", total, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_sums_are_added() {
        let mut count = Count::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "\u{1b}[32;1m     Summary\u{1b}[0m [   1.234s] 20 tests run: 17 passed (1 slow), 2 failed, 1 timed out, 3 skipped",
            "the text says 5 passed, 5 failed",
        ] {
            count.see(line);
        }
        assert_eq!(count, Count { passed: 29, failed: 3 });
    }

    #[test]
    fn arguments_are_read_and_a_wrong_step_is_refused() {
        assert_eq!(parsed(&[]), Ok((None, false)));
        assert_eq!(parsed(&["--keep-going", "--only", "fmt"]), Ok((Some("fmt"), true)));
        assert!(parsed(&["--only", "nothing"]).is_err_and(|e| e.contains("packages fmt tidy")));
        assert!(parsed(&["--only"]).is_err() && parsed(&["all"]).is_err());
    }

    #[test]
    fn the_table_sums_up() {
        let text = table(&[("fmt", Duration::from_millis(1500), true), ("tidy", Duration::from_secs(2), false)]);
        assert_eq!(text, "fmt             1.5 s  ok\ntidy            2.0 s  FAILED\ntotal           3.5 s  \n");
    }
}
