//! The program started, waited for and measured.
use serde_json::Value;
use std::{
    ffi::OsStr,
    io::Read,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

/// The program that is tested.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tlsdiag");
/// The exit code of an interrupted run.
pub(crate) const INTERRUPTED: i32 = 130;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) exit: i32,
    pub(crate) took: Duration,
    /// The most memory that it held, in kB.
    pub(crate) peak: u64,
}

/// Runs the program with these arguments.
pub(crate) fn tlsdiag<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    let mut c = command();
    c.args(args);
    wait(c)
}

/// The program, with an environment that is the same everywhere.
pub(crate) fn command() -> Command {
    settled(Command::new(PROGRAM))
}

/// A command with an environment that is the same everywhere.
pub(crate) fn settled(mut c: Command) -> Command {
    for name in ["LANG", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "NO_COLOR", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        c.env_remove(name);
    }
    c.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    c
}

/// Runs a command to its end.
pub(crate) fn wait(mut c: Command) -> Ran {
    let begun = Instant::now();
    finish(c.spawn().unwrap(), begun)
}

/// Reads what a process says and waits for its end, with an eye on its memory.
pub(crate) fn finish(mut child: Child, begun: Instant) -> Ran {
    let out = text(child.stdout.take());
    let err = text(child.stderr.take());
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let status = loop {
        peak = peak.max(high_water(&status_file));
        if let Some(s) = child.try_wait().unwrap() {
            break s;
        }
        assert!(begun.elapsed() < Duration::from_secs(70), "no end after {:?}", begun.elapsed());
        thread::sleep(Duration::from_millis(3));
    };
    let took = begun.elapsed();
    let exit = status.code().unwrap_or_else(|| panic!("ended by {status}"));
    Ran { out: out.join().unwrap(), err: err.join().unwrap(), exit, took, peak }
}

fn text(from: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = vec![];
        if let Some(mut f) = from {
            f.read_to_end(&mut bytes).unwrap();
        }
        String::from_utf8(bytes).expect("what is printed is UTF-8")
    })
}

/// The greatest resident size so far (proc(5), VmHWM).
fn high_water(status_file: &str) -> u64 {
    let text = std::fs::read_to_string(status_file).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

impl Ran {
    /// The first line of the result.
    pub(crate) fn first(&self) -> &str {
        self.out.lines().next().unwrap_or("")
    }

    /// The result as a document that the schema accepts, with nothing that moves a cursor.
    pub(crate) fn json(&self) -> Value {
        document(&self.out)
    }
}

/// A document, after it was held against the schema.
pub(crate) fn document(text: &str) -> Value {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/v1.json");
        let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    inert(text);
    let doc: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let wrong: Vec<String> = SCHEMA.iter_errors(&doc).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{}\n{text}", wrong.join("\n"));
    doc
}

/// Nothing in a text moves a cursor, turns the direction of writing or hides.
pub(crate) fn inert(text: &str) {
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if let Some(at) = text.find(bad) {
        let around: String = text.chars().skip(text[..at].chars().count().saturating_sub(40)).take(80).collect();
        panic!("{around:?}");
    }
}

/// Does a thing for each of many, several at a time; each is waited for.
pub(crate) fn each<T: Sync>(all: &[T], at_once: usize, f: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    thread::scope(|s| {
        for _ in 0..at_once {
            s.spawn(|| {
                while let Some(x) = all.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    f(x);
                }
            });
        }
    });
}
