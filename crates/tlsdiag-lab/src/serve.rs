//! The lab as a process of its own, so that what is examined and what examines share nothing but ports.
//!
//! Line protocol on standard output: one JSON line about the lab (`{"seed":…,"root_pem":…}`), one for each endpoint
//! ([`Served`]), then `ready`. The process ends when its standard input does.
use crate::{
    catalogue::{self, Item},
    error::Error,
    lab::{Conditions, Lab, Served},
};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Read, Write},
    net::IpAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};
use tlsdiag_model::Lang;

/// How long a lab may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a lab may take to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// What is to be served and how it is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed; `None`: one of the clock's making.
    pub seed: Option<u64>,
    /// The address at which it is served; `None`: loopback.
    pub address: Option<IpAddr>,
    /// What to serve, in the words of [`catalogue::select`]; empty: all faults and twins and healthy servers.
    pub words: Vec<String>,
    /// Speak the line protocol instead of printing a table.
    pub lines: bool,
    /// Where the root is written.
    pub root: Option<PathBuf>,
    /// The language of the table.
    pub lang: Lang,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: None, address: None, words: Vec::new(), lines: false, root: None, lang: Lang::En }
    }
}

impl Options {
    /// Reads `[--seed N] [--address IP] [--lines] [--root FILE] [--lang en|ko] [WORD…]`.
    ///
    /// # Errors
    /// [`Error::Argument`] with what cannot be understood.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut rest = arguments.into_iter();
        while let Some(word) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| Error::Argument(format!("{word} without its value")));
            match word.as_str() {
                "--seed" => options.seed = Some(understand(&word, &value()?)?),
                "--address" => options.address = Some(understand(&word, &value()?)?),
                "--root" => options.root = Some(value()?.into()),
                "--lines" => options.lines = true,
                "--lang" => {
                    options.lang = match value()?.as_str() {
                        "ko" => Lang::Ko,
                        "en" => Lang::En,
                        other => return Err(Error::Argument(format!("--lang {other}"))),
                    }
                }
                flag if flag.starts_with("--") => return Err(Error::Argument(word)),
                _ => options.words.push(word),
            }
        }
        Ok(options)
    }

    /// The arguments that [`Options::parse`] reads as this.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut out: Vec<OsString> = Vec::new();
        let mut pair = |name: &str, value: OsString| out.extend([name.into(), value]);
        if let Some(seed) = self.seed {
            pair("--seed", seed.to_string().into());
        }
        if let Some(address) = self.address {
            pair("--address", address.to_string().into());
        }
        if let Some(root) = &self.root {
            pair("--root", root.clone().into());
        }
        pair("--lang", if self.lang == Lang::Ko { "ko" } else { "en" }.into());
        if self.lines {
            out.push("--lines".into());
        }
        out.extend(self.words.iter().map(Into::into));
        out
    }

    fn items(&self) -> Result<Vec<Item>, Error> {
        if self.words.is_empty() {
            return catalogue::select(&["faults", "twins", "healthy"]);
        }
        catalogue::select(&self.words)
    }
}

/// Serves until `input` ends.
///
/// # Errors
/// When the lab cannot be made or told of.
pub fn run(options: &Options, mut input: impl Read, mut output: impl Write) -> Result<(), Error> {
    let items = options.items()?;
    let seed = options.seed.unwrap_or_else(|| u64::try_from(Conditions::here(0).now).unwrap_or(0) % 1_000_000);
    let mut conditions = Conditions::here(seed);
    conditions.address = options.address.unwrap_or(conditions.address);
    let lab = Lab::start_in(&conditions, &items)?;
    if let Some(root) = &options.root {
        std::fs::write(root, lab.root_pem()).map_err(Error::io("write the root"))?;
    }
    let told = if options.lines { lines(&lab, &mut output) } else { table(&lab, options, &mut output) };
    told.and_then(|()| output.flush()).map_err(Error::io("write"))?;
    let mut sink = [0; 256];
    while !matches!(input.read(&mut sink), Ok(0) | Err(_)) {}
    Ok(())
}

fn understand<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Error> {
    value.parse().map_err(|_| Error::Argument(format!("{name} {value}")))
}

/// The first line of the line protocol.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    seed: u64,
    root_pem: String,
}

fn lines(lab: &Lab, output: &mut impl Write) -> std::io::Result<()> {
    let head = Head { seed: lab.seed(), root_pem: lab.root_pem().to_owned() };
    writeln!(output, "{}", serde_json::to_string(&head)?)?;
    for served in lab.list() {
        writeln!(output, "{}", serde_json::to_string(served)?)?;
    }
    writeln!(output, "ready")
}

fn table(lab: &Lab, options: &Options, output: &mut impl Write) -> std::io::Result<()> {
    let ko = options.lang == Lang::Ko;
    let say = |en: &'static str, korean: &'static str| if ko { korean } else { en };
    let root = options.root.as_deref().map(Path::display);
    writeln!(output, "{} {}", say("seed", "시드"), lab.seed())?;
    match &root {
        Some(path) => writeln!(output, "{} {path}", say("root", "루트"))?,
        None => write!(output, "{}\n{}", say("root (or --root FILE)", "루트 (또는 --root 파일)"), lab.root_pem())?,
    }
    for served in lab.list() {
        let pick = |text: &crate::lab::Text| if ko { text.ko.clone() } else { text.en.clone() };
        let mark = match (served.twin, served.works) {
            (true, _) => "~",
            (false, true) => "+",
            (false, false) => "x",
        };
        writeln!(output, "\n{mark} {}  {}", served.slug, pick(&served.title))?;
        writeln!(output, "  {}  {}", served.url, pick(&served.visitor))?;
        let mut line = format!("  tlsdiag {}", served.url);
        for resolve in &served.resolve {
            line.push_str(&format!(" --resolve {resolve}"));
        }
        if let Some(path) = &root {
            line.push_str(&format!(" --ca-file {path}"));
        }
        writeln!(output, "{line}")?;
    }
    writeln!(
        output,
        "\n{}",
        say("ends with Ctrl-C or the end of standard input", "Ctrl-C 또는 표준 입력이 끝나면 멈춥니다")
    )
}

/// A lab in a process of its own. Dropping it ends the process.
#[derive(Debug)]
pub struct Spawned {
    child: Child,
    input: Option<ChildStdin>,
    seed: u64,
    served: Vec<Served>,
    root_pem: String,
}

/// Starts `command`, which must call [`run`] with `--lines` and the other `options` as its last arguments.
///
/// # Errors
/// When it does not start or says something else than the line protocol.
pub fn spawn(mut command: Command, options: &Options) -> Result<Spawned, Error> {
    let options = Options { lines: true, ..options.clone() };
    command.args(options.arguments()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(Error::io("start the lab"))?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let mut spawned = Spawned { child, input, seed: 0, served: Vec::new(), root_pem: String::new() };
    let Some(output) = output else { return Err(Error::Argument("a lab without pipes".to_owned())) };
    let begun = Instant::now();
    for line in BufReader::new(output).lines() {
        let line = line.map_err(Error::io("read from the lab"))?;
        if line == "ready" {
            return Ok(spawned);
        }
        if begun.elapsed() > PATIENCE {
            break;
        }
        if let Ok(head) = serde_json::from_str::<Head>(&line) {
            (spawned.seed, spawned.root_pem) = (head.seed, head.root_pem);
        } else {
            spawned.served.push(serde_json::from_str(&line).map_err(|_| Error::Argument(line))?);
        }
    }
    Err(Error::Argument("a lab that is never ready".to_owned()))
}

impl Spawned {
    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What is served.
    pub fn list(&self) -> &[Served] {
        &self.served
    }

    /// The root that clients should trust, as PEM.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        drop(self.input.take());
        let begun = Instant::now();
        while begun.elapsed() < FAREWELL {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
