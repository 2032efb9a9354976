//! `cargo xtask conform SUITE PATH`: a suite of certificates that others made, read from where it lies, run against
//! `tlsdiag-pki`. Prints a table and every difference; exits 1 when a figure sinks below the floor in `floors.tsv`.
#![forbid(unsafe_code)]

mod floor;
mod keystores;
mod limbo;
mod pkits;
mod verifiers;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: conform SUITE PATH [OPTIONS]

  limbo PATH       x509-limbo: a JSON file, or a folder that holds one, with measured results beside it
  pkits PATH       NIST PKITS: a folder with certs/ and crls/
  verifiers PATH   chains and what real clients did with them: verifiers.toml and the folder of its cases
  keystores PATH   key files and containers: opened and refused, beside OpenSSL, keytool and p12-keystore
  --floor          exit 1 on any figure below floors.tsv (always on for the corpus's own layout)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (suite, path, rest) = match args.as_slice() {
        [suite, path, rest @ ..] => (suite.as_str(), Path::new(path), rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let done = match suite {
        "limbo" => limbo::run(path, rest),
        "pkits" => pkits::run(path, rest),
        "verifiers" => verifiers::run(path, rest),
        "keystores" => keystores::run(path, rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done.and_then(|figures| floor::check(suite, &figures)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why:#}");
            ExitCode::FAILURE
        }
    }
}
