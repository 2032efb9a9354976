//! Starting other programs: what they print, how they ended, how long they may take.
use crate::tree::root;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program in the workspace's root, without standard input.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut c = Command::new(program);
    c.args(args).current_dir(root()).stdin(Stdio::null());
    c
}

/// The cargo that runs us.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut c = command(&cargo, args);
    // set by `cargo run` for us, wrong for others
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        c.env_remove(name);
    }
    c
}

/// The same with rustup's nightly toolchain. `None` where there is none.
pub(crate) fn nightly_cargo(args: &[&str]) -> Option<Command> {
    let mut probe = command("rustup", &["run", "nightly", "cargo", "--version"]);
    without_toolchain(&mut probe);
    text_of(&mut probe).ok()?;
    let mut c = command("rustup", &["run", "nightly", "cargo"]);
    c.args(args);
    without_toolchain(&mut c);
    Some(c)
}

fn without_toolchain(c: &mut Command) {
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"] {
        c.env_remove(name);
    }
}

/// Runs a program that prints to our own output.
pub(crate) fn run(c: &mut Command) -> Result<(), String> {
    let status = c.status().map_err(|e| format!("{}: {e}", shown(c)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(c))) }
}

/// What a program prints, if it ends well.
pub(crate) fn text_of(c: &mut Command) -> Result<String, String> {
    let out = c.output().map_err(|e| format!("{}: {e}", shown(c)))?;
    if !out.status.success() {
        return Err(format!("{} ended with {}: {}", shown(c), out.status, String::from_utf8_lossy(&out.stderr).trim()));
    }
    String::from_utf8(out.stdout).map_err(|e| format!("{}: {e}", shown(c)))
}

/// Runs a program, passes its output on line by line, and gives every line to `see` as well.
pub(crate) fn watch(c: &mut Command, see: &mut (dyn FnMut(&str) + Send)) -> Result<(), String> {
    let name = shown(c);
    let mut child = c.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| format!("{name}: {e}"))?;
    let (send, lines) = std::sync::mpsc::channel::<String>();
    let streams: Vec<Box<dyn Read + Send>> = [
        child.stdout.take().map(|s| Box::new(s) as Box<dyn Read + Send>),
        child.stderr.take().map(|s| Box::new(s) as Box<dyn Read + Send>),
    ]
    .into_iter()
    .flatten()
    .collect();
    let readers: Vec<_> = streams
        .into_iter()
        .map(|stream| {
            let send = send.clone();
            std::thread::spawn(move || pass(stream, &send))
        })
        .collect();
    drop(send);
    for line in lines {
        // one write per line: the two streams do not mix within a line
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}");
        see(&line);
    }
    for reader in readers {
        let _ = reader.join();
    }
    let status = child.wait().map_err(|e| format!("{name}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} ended with {status}")) }
}

fn pass(stream: Box<dyn Read + Send>, to: &std::sync::mpsc::Sender<String>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let text = String::from_utf8_lossy(&line);
        if to.send(text.trim_end_matches(['\n', '\r']).to_owned()).is_err() {
            return;
        }
        line.clear();
    }
}

/// Runs a program for at most this long; at the end of the time it is ended. Its output is dropped.
pub(crate) fn within(limit: Duration, c: &mut Command) -> Result<(), String> {
    let name = shown(c);
    let mut child = c.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|e| format!("{name}: {e}"))?;
    let begun = Instant::now();
    loop {
        match child.try_wait().map_err(|e| format!("{name}: {e}"))? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{name} ended with {status}")),
            None if begun.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{name} gave no answer within {} s", limit.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Where a program lies, in PATH or where administrators' programs lie.
pub(crate) fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(more).map(|dir| dir.join(program)).find(|p| p.is_file())
}

/// Formats Rust source with the project's settings.
pub(crate) fn rustfmt(text: &str) -> Result<String, String> {
    let mut c = command("rustfmt", &["--edition", "2024", "--emit", "stdout", "--config-path"]);
    c.arg(root()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = c.spawn().map_err(|e| format!("rustfmt: {e}"))?;
    let mut input = child.stdin.take().ok_or("rustfmt has no standard input")?;
    let text = text.to_owned();
    // from a thread of its own: rustfmt may answer before it has read everything
    let feed = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let out = child.wait_with_output().map_err(|e| format!("rustfmt: {e}"))?;
    let _ = feed.join();
    if !out.status.success() {
        return Err(format!("rustfmt: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    String::from_utf8(out.stdout).map_err(|e| format!("rustfmt: {e}"))
}

fn shown(c: &Command) -> String {
    let words = std::iter::once(c.get_program()).chain(c.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_past_its_time_is_ended() {
        let begun = Instant::now();
        let end = within(Duration::from_millis(100), &mut command("sleep", &["30"]));
        assert!(end.is_err_and(|why| why.contains("gave no answer")));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn watching_sees_both_streams_and_the_end() {
        let mut seen = Vec::new();
        let end =
            watch(&mut command("sh", &["-c", "echo one; echo two >&2; exit 3"]), &mut |l| seen.push(l.to_owned()));
        seen.sort();
        assert_eq!(seen, ["one", "two"]);
        assert!(end.is_err_and(|why| why.contains("exit status: 3")));
    }
}
