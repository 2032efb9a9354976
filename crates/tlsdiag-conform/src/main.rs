//! `cargo xtask conform SUITE PATH`: a suite of certificates that others made, read from where it lies, run against
//! `tlsdiag-pki`. Prints a table and every difference; exits 1 when a figure sinks below the floor in `floors.tsv`.
#![forbid(unsafe_code)]

mod evidence;
mod floor;
mod fresh;
mod keystores;
mod kinds;
mod limbo;
mod limbo_clients;
mod pkits;
mod truststores;
mod verifiers;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: conform SUITE PATH [OPTIONS]

  limbo PATH       x509-limbo: a JSON file, or a folder that holds one, with measured results beside it
  pkits PATH       NIST PKITS: a folder with certs/ and crls/
  verifiers PATH   chains and what real clients did with them: verifiers.toml and the folder of its cases
  keystores PATH   key files and containers: opened and refused, beside OpenSSL, keytool and p12-keystore;
                   --passwords FILE adds passwords, one a line, --alone runs no other tool
  evidence DIR     files that people send: every file below DIR is read alone, in a process of its own
  truststores DIR  no suite: writes the table of trusted roots of tlsdiag-pki from lists that stores published
  --fresh SEED     limbo, verifiers, pkits: on the same cases with other names, serial numbers and keys
  --keep DIR       where --fresh writes them, to be looked at afterwards

Exit codes: 0 no figure below its floor in floors.tsv, 1 below, or the suite could not be run, 2 wrong arguments";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (suite, path, rest) = match args.as_slice() {
        [suite, path, rest @ ..] => (suite.as_str(), Path::new(path), rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let (fresh, rest) = match renewed(suite, path, rest) {
        Ok(parts) => parts,
        Err(why) => {
            eprintln!("{why:#}");
            return ExitCode::from(2);
        }
    };
    let (path, rest) = (fresh.as_ref().map_or(path, |f| f.path.as_path()), rest.as_slice());
    let done = match suite {
        "limbo" => limbo::run(path, rest),
        "pkits" => pkits::run(path, rest),
        "verifiers" => verifiers::run(path, rest),
        "keystores" => keystores::run(path, rest),
        "evidence" => evidence::run(path, rest),
        evidence::ONE => evidence::one(path).map(|()| Vec::new()),
        "truststores" => truststores::run(path, rest).map(|()| Vec::new()),
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

/// A suite made anew; the folder goes with it unless it is to be kept.
struct Fresh {
    path: std::path::PathBuf,
    _folder: Option<tempfile::TempDir>,
}

/// Makes the suite anew where `--fresh SEED` stands, and gives the options that remain.
fn renewed(suite: &str, path: &Path, options: &[String]) -> anyhow::Result<(Option<Fresh>, Vec<String>)> {
    let mut rest = options.to_vec();
    let mut take = |name: &str| {
        let at = rest.iter().position(|o| o == name)?;
        rest.remove(at);
        Some(if at < rest.len() { rest.remove(at) } else { String::new() })
    };
    let (seed, keep) = (take("--fresh"), take("--keep"));
    let Some(seed) = seed else { return Ok((None, rest)) };
    if rest.iter().any(|o| o == "--facts") {
        anyhow::bail!("--fresh renames hosts, in the facts as well: they must lie in PATH, as verifiers.toml");
    }
    let seed = seed.parse().map_err(|_| anyhow::anyhow!("--fresh: a number is expected"))?;
    let folder = if keep.is_none() { Some(tempfile::tempdir()?) } else { None };
    let out = keep.map(Into::into).or_else(|| Some(folder.as_ref()?.path().to_owned())).unwrap_or_default();
    let left = fresh::write(suite, path, &out, seed)?;
    println!("made anew; left as they are: {}", left.len());
    left.iter().for_each(|l| println!("  {l}"));
    let path = if path.is_dir() { out } else { out.join(path.file_name().unwrap_or_default()) };
    Ok((Some(Fresh { path, _folder: folder }), rest))
}
