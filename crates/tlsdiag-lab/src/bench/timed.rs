//! Running another program for a bounded time, with what it spent and all that it wrote.
use crate::{diagnose::of_children, error::Error};
use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// The most output that is read back.
const MOST: u64 = 4 << 20;
/// How often a program is looked after.
const LOOK: Duration = Duration::from_millis(1);

/// A program that has ended, or was ended.
#[derive(Clone, Debug)]
pub(super) struct Spent {
    /// Seconds from its start to its end.
    pub(super) seconds: f64,
    /// Milliseconds of processor time; `None` where the system is not asked.
    pub(super) cpu_ms: Option<f64>,
    /// Exit code; `None`: it was ended at the end of its time, or by a signal.
    pub(super) code: Option<i32>,
    /// Whether its time was up.
    pub(super) cut: bool,
    /// Standard output and error, as they came.
    pub(super) output: String,
}

/// Runs a program; nothing else may be started and waited for meanwhile, or its processor time is counted too.
///
/// What it writes goes to a file and not to a pipe, which a grandchild could hold open.
pub(super) fn run(mut command: Command, input: &[u8], limit: Duration) -> Result<Spent, Error> {
    let written = Scratch::new("output", b"")?;
    let open = || File::options().append(true).open(written.path()).map_err(Error::io("open a scratch file"));
    command.stdin(Stdio::piped()).stdout(open()?).stderr(open()?);
    let before = of_children();
    let begun = Instant::now();
    let mut child = command.spawn().map_err(Error::io("start a tool"))?;
    let mut stdin = child.stdin.take();
    if let Some(pipe) = &mut stdin {
        // a few bytes, which fit any pipe; a program that has ended already reads none
        let _ = pipe.write_all(input);
    }
    drop(stdin);
    let (status, cut) = loop {
        match child.try_wait().map_err(Error::io("wait for a tool"))? {
            Some(status) => break (Some(status), false),
            None if begun.elapsed() >= limit => {
                let _ = child.kill();
                let _ = child.wait();
                break (None, true);
            }
            None => std::thread::sleep(LOOK),
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    let cpu_ms = of_children().zip(before).map(|(after, before)| after.cpu_ms - before.cpu_ms);
    let mut bytes = Vec::new();
    let file = File::open(written.path()).map_err(Error::io("open a scratch file"))?;
    file.take(MOST).read_to_end(&mut bytes).map_err(Error::io("read a scratch file"))?;
    let output = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Spent { seconds, cpu_ms, code: status.and_then(|s| s.code()), cut, output })
}

/// A file that goes when this does.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a file that was not there before.
    pub(super) fn new(name: &str, content: &[u8]) -> Result<Scratch, Error> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let (pid, n) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("tlsdiag-bench-{pid}-{n}-{name}"));
        let mut file =
            File::options().write(true).create_new(true).open(&path).map_err(Error::io("make a scratch file"))?;
        let made = Scratch(path);
        file.write_all(content).map_err(Error::io("write a scratch file"))?;
        Ok(made)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[allow(clippy::unwrap_used, reason = "a helper of tests")]
    fn shell(script: &str, limit: u64) -> Spent {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, b"fed\n", Duration::from_millis(limit)).unwrap()
    }

    #[test]
    fn both_streams_the_input_and_the_code_are_seen() {
        let spent = shell("cat; echo out; echo err >&2; exit 3", 20_000);
        assert_eq!((spent.code, spent.cut, spent.output.as_str()), (Some(3), false, "fed\nout\nerr\n"));
    }

    #[test]
    fn a_program_past_its_time_is_ended_and_what_it_said_before_is_kept() {
        let spent = shell("echo early; exec sleep 60", 500);
        assert!(spent.cut && spent.code.is_none() && spent.seconds < 30.0);
        assert_eq!(spent.output, "early\n");
    }
}
