//! `cargo deny`: licences, banned crates and sources always; known vulnerabilities where the database can be had.
use crate::shell;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The version that is built where none is installed.
const VERSION: &str = "0.20.2";
/// Older ones do not know the edition or the form of the lock file.
const OLDEST: (u32, u32) = (0, 18);

/// Checks the workspace's dependencies.
pub(crate) fn check() -> Result<(), String> {
    let deny = program()?;
    let run = |args: &[&str]| {
        let mut c = Command::new(&deny);
        c.arg("--workspace").args(args).current_dir(crate::tree::root());
        c
    };
    shell::run(&mut run(&["check", "bans", "licenses", "sources"]))?;
    let fetched = shell::within(Duration::from_secs(120), &mut run(&["fetch", "db"]));
    match fetched {
        Ok(()) => shell::run(&mut run(&["--offline", "check", "advisories"])),
        Err(_) if database_at_hand() => {
            println!("the advisory database cannot be fetched here; checking against the copy of this machine");
            shell::run(&mut run(&["--offline", "check", "advisories"]))
        }
        Err(why) => {
            println!("advisories NOT CHECKED: the database cannot be fetched here and no copy is at hand ({why})");
            Ok(())
        }
    }
}

/// An installed `cargo-deny` that is new enough, or one built from its published source.
fn program() -> Result<PathBuf, String> {
    if let Some(found) =
        shell::found("cargo-deny").or_else(|| home().map(|h| h.join("bin/cargo-deny")).filter(|p| p.is_file()))
    {
        let said = shell::text_of(Command::new(&found).arg("--version"))?;
        if version(&said).is_some_and(|v| v >= OLDEST) {
            return Ok(found);
        }
        println!("{} is too old: {}", found.display(), said.trim());
    }
    println!("cargo install cargo-deny --version {VERSION} (under a minute, once per machine)");
    // it reads files for a second: optimising it would take longer than all its runs
    let args = [
        "install",
        "cargo-deny",
        "--version",
        VERSION,
        "--locked",
        "--no-default-features",
        "--debug",
        "--force",
        "--quiet",
    ];
    shell::run(shell::cargo(&args).env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    let built = home().map(|h| h.join("bin/cargo-deny")).filter(|p| p.is_file());
    built.or_else(|| shell::found("cargo-deny")).ok_or_else(|| "cargo-deny was installed but is not found".to_owned())
}

/// `cargo-deny 0.20.2` → (0, 20).
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cargo")))
}

fn database_at_hand() -> bool {
    let folder = home().map(|h| h.join("advisory-dbs"));
    folder
        .and_then(|f| std::fs::read_dir(f).ok())
        .is_some_and(|mut d| d.any(|e| e.is_ok_and(|e| e.path().join("crates").is_dir())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_it_says() {
        assert_eq!(version("cargo-deny 0.20.2\n"), Some((0, 20)));
        assert!(version("cargo-deny 0.14.2").is_some_and(|v| v < OLDEST));
        assert_eq!(version("cargo-deny"), None);
    }
}
