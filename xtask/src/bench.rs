//! `bench probe`: builds the program, sees to the other tools, and has the lab measure (`tlsdiag lab bench`).
//! `bench chains`: criterion, beside rustls-webpki and OpenSSL (`bench/`, which needs OpenSSL's headers: libssl-dev).
use crate::shell;
use crate::tree::root;
use std::path::{Path, PathBuf};

/// Where sslyze is installed for the comparison, below the workspace's root.
const VENV: &str = "target/bench-venv";

/// Takes `chains`, or `probe [--profile NAME] [OPTIONS OF lab bench]`.
pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    if args == ["chains"] {
        return shell::run(&mut shell::cargo(&["bench", "--manifest-path", "bench/Cargo.toml"]));
    }
    let (profile, rest) = parsed(args)?;
    let program = built(profile)?;
    let mut measure = shell::command(&program.to_string_lossy(), &["lab", "bench"]);
    measure.args(rest);
    match sslyze() {
        Ok(path) => {
            measure.arg("--sslyze").arg(path);
        }
        // the table says that it is missing
        Err(why) => eprintln!("sslyze cannot be had: {why}"),
    }
    println!("tlsdiag, profile {profile}\n");
    shell::run(&mut measure)
}

fn parsed<'a>(args: &'a [&'a str]) -> Result<(&'a str, &'a [&'a str]), String> {
    match args {
        ["probe", "--profile", profile, rest @ ..] => Ok((profile, rest)),
        ["probe", rest @ ..] => Ok(("release", rest)),
        _ => Err("usage: cargo xtask bench chains | bench probe [--profile NAME] [--only healthy|faults|lossy|peers] [--seed N] \
                  [--repeats N] [--runs N] [--jobs N] [--keep FOLDER]"
            .to_owned()),
    }
}

/// Builds the program and says where it lies.
fn built(profile: &str) -> Result<PathBuf, String> {
    let args = ["build", "--quiet", "-p", "tlsdiag", "--bin", "tlsdiag", "--profile", profile];
    let messages = shell::text_of(shell::cargo(&args).args(["--message-format", "json-render-diagnostics"]))?;
    executable(&messages).ok_or_else(|| "cargo did not say where the program lies".to_owned())
}

/// The file of the program `tlsdiag` among cargo's messages.
fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let ours = message.pointer("/target/name")?.as_str()? == "tlsdiag";
        ours.then(|| message.get("executable")?.as_str().map(PathBuf::from)).flatten()
    })
}

/// Installs sslyze if it is not there yet, or not in order.
fn sslyze() -> Result<PathBuf, String> {
    let venv = root().join(VENV);
    let program = venv.join("bin").join("sslyze");
    if works(&program) {
        return Ok(program);
    }
    let python = shell::found("python3").ok_or("there is no python3")?;
    let at = venv.to_string_lossy();
    shell::text_of(&mut shell::command(&python.to_string_lossy(), &["-m", "venv", &at]))?;
    let pip = venv.join("bin").join("pip");
    shell::text_of(&mut shell::command(&pip.to_string_lossy(), &["install", "--quiet", "sslyze"]))?;
    if works(&program) { Ok(program) } else { Err("it is installed and does not start".to_owned()) }
}

fn works(program: &Path) -> bool {
    program.is_file() && shell::text_of(&mut shell::command(&program.to_string_lossy(), &["--help"])).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_comes_first_and_the_rest_is_the_lab_s() {
        assert_eq!(parsed(&["probe"]), Ok(("release", &[][..])));
        assert_eq!(parsed(&["probe", "--profile", "dist", "--runs", "1"]), Ok(("dist", &["--runs", "1"][..])));
        assert!(parsed(&["everything"]).is_err() && parsed(&[]).is_err());
    }

    #[test]
    fn the_program_is_found_among_cargo_s_messages() {
        let messages = "{\"target\":{\"name\":\"tlsdiag\"},\"executable\":\"/x/tlsdiag\"}\n\
                        {\"target\":{\"name\":\"path-peer\"},\"executable\":\"/x/path-peer\"}\n{\"success\":true}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/x/tlsdiag")));
        assert_eq!(executable("{\"target\":{\"name\":\"tlsdiag\"},\"executable\":null}"), None);
    }
}
