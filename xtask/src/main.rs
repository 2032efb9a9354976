//! The project's own commands, run as `cargo xtask COMMAND`.
#![forbid(unsafe_code)]

mod bench;
mod bless;
mod causes;
mod clients;
mod codes;
mod deny;
mod docs;
mod folder;
mod fuzz;
mod new_rule;
mod packages;
mod page;
mod registry;
mod rule_source;
mod rust_text;
mod shell;
mod suite;
mod tidy;
mod tree;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--only STEP] [--keep-going]   everything that CI runs: packages, fmt, tidy, clippy, tests, doctests, deny,
                                      fuzz, dist
  tidy                                the house rules that no compiler checks; prints file:line and the reason
  bless                               regenerate causes, codes, registry and docs; rewrite what tests expect
  new-rule FOLDER SLUG [--code N]     a new rule with its pages, for example: new-rule s4 stale-certificate-hash
  causes                              crates/tlsdiag-model/src/cause.rs from causes.tsv
  clients FILE                        what clients speak, for --client, from a list of facts
  docs                                docs/rules.md from the rules and their pages
  conform SUITE PATH [OPTIONS]        suites of others: limbo, pkits, verifiers, keystores, evidence
  cases [SLUG]                        cases/ from their makers: folders of evidence with the diagnosis expected
  truststores DIR [--history REPO]    crates/tlsdiag-pki/src/stores_table.rs from published lists of trusted roots
  fuzz [TARGET] [--minutes N]         fuzz one target or all; what is newly reached is merged into the saved corpus
  bench chains                        parse, build and verify 1,000 chains, beside rustls-webpki and OpenSSL
  bench probe [OPTIONS]               connections, time, memory and rightness of the probe on the lab, beside other tools";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.split_first() {
        Some((&"test", rest)) => suite::test(rest),
        Some((&"tidy", [])) => tidy::run(),
        Some((&"bless", [])) => bless::run(),
        Some((&"new-rule", rest)) => new_rule::run(rest),
        Some((&"causes", [])) => causes::run(),
        Some((&"clients", [file])) => clients::run(file),
        Some((&"docs", [])) => docs::run(),
        Some((&"conform", rest)) => conform(rest),
        Some((&"cases", rest)) => cases(rest),
        Some((&"truststores", rest)) => conform(&[&["truststores"], rest].concat()),
        Some((&"fuzz", rest)) => fuzz::run(rest),
        Some((&"bench", rest)) => bench::run(rest),
        Some((&"help" | &"--help" | &"-h", _)) => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Builds and runs the maker of whole cases.
fn cases(args: &[&str]) -> Result<(), String> {
    let run = ["run", "--release", "--quiet", "-p", "tlsdiag-casebook", "--", "cases"];
    shell::run(shell::cargo(&run).args(args))
}

/// Builds and runs the suites' own program; its exit code becomes ours.
fn conform(args: &[&str]) -> Result<(), String> {
    let run = ["run", "--release", "--quiet", "-p", "tlsdiag-conform", "--"];
    shell::run(shell::cargo(&run).args(args))
}
