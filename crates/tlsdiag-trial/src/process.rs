//! A program of this machine, started without a shell and ended in time.
use std::{
    env,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// Octets of an output that are kept.
const KEPT: u64 = 64 << 10;

/// Looks a program up in the folders of PATH; only in whole paths, never in the folder where we are.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&path).filter(|d| d.is_absolute()).map(|d| d.join(&file)).find(|p| runs(p))
}

#[cfg(unix)]
fn runs(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(path: &Path) -> bool {
    path.is_file()
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; `None`: by a signal.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// Runs it with an empty standard input and without the settings for proxies.
///
/// # Errors
/// In the system's words, or that it did not end in time; it is ended then.
pub(crate) fn run(program: &Path, args: &[String], limit: Duration) -> Result<Ended, String> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "SSLKEYLOGFILE"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let begun = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < limit => thread::sleep(Duration::from_millis(10)),
            other => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(match other {
                    Err(e) => e.to_string(),
                    _ => format!("no end after {} s", limit.as_secs()),
                });
            }
        }
    };
    // A child of the child may still hold the pipe: nobody waits for it.
    let text = |from: mpsc::Receiver<Vec<u8>>| {
        let octets = from.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        String::from_utf8_lossy(&octets).into_owned()
    };
    Ok(Ended { code: status.code(), out: text(out), err: text(err) })
}

fn read(from: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut octets = vec![];
        if let Some(mut from) = from {
            let _ = from.by_ref().take(KEPT).read_to_end(&mut octets);
            let _ = send.send(octets);
            // the rest is taken and dropped, so that the program does not wait for us
            let _ = std::io::copy(&mut from, &mut std::io::sink());
        }
    });
    receive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_does_not_end_is_ended() {
        let sleep = find("sleep").unwrap();
        let begun = Instant::now();
        let r = run(&sleep, &["30".to_owned()], Duration::from_millis(200));
        assert!(r.is_err() && begun.elapsed() < Duration::from_secs(5));
        let echo = find("echo").unwrap();
        let r = run(&echo, &["$HOME; x".to_owned()], Duration::from_secs(5)).unwrap();
        assert_eq!((r.code, r.out.as_str()), (Some(0), "$HOME; x\n"));
        assert!(find("../sleep-that-is-not-there").is_none());
    }
}
