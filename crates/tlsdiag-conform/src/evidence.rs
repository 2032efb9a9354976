//! Every file below a folder read alone, each in a process of its own: what it was recognised as, what it gave, how long it
//! took and how much memory. A panic, a hang, or a file that its name or first octets call a known kind and that was not
//! recognised, is a failure.
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tlsdiag_evidence::{Evidence, join, read};
use tlsdiag_model::{Case, Kind, Lang};

/// Longest that one file may take.
const HANG: Duration = Duration::from_secs(120);
/// The argument by which the program calls itself for one file.
pub(crate) const ONE: &str = "evidence-of-one-file";
/// Time by which files are judged: 2026-11-24T12:00:00Z, in milliseconds; nothing here reads a clock.
const AT: i64 = 1_795_521_600_000;

/// What became of one file.
struct Told {
    kinds: Vec<String>,
    state: String,
    facts: BTreeMap<String, u64>,
    mib: u64,
    seconds: f64,
}

/// Reads every file below `dir`.
pub(crate) fn run(dir: &Path, _options: &[String]) -> anyhow::Result<Vec<crate::floor::Figure>> {
    let mut files = vec![];
    below(dir, &mut files)?;
    files.sort();
    let (mut kinds, mut failures) = (BTreeMap::<String, (u32, u32)>::new(), vec![]);
    for file in &files {
        let shown = file.strip_prefix(dir).unwrap_or(file).display().to_string();
        let told = one_apart(file);
        let (kind, line) = match &told {
            Ok(t) => {
                let kind = if t.kinds.is_empty() { "-".to_owned() } else { t.kinds.join("+") };
                let facts: Vec<String> = t.facts.iter().map(|(k, n)| format!("{k} {n}")).collect();
                let line = format!("{:5.2} s {:4} MiB  {}  {}", t.seconds, t.mib, t.state, facts.join(", "));
                (kind, line)
            }
            Err(e) => ("-".to_owned(), format!("FAILED: {e:#}")),
        };
        println!("{shown}\n    {kind}  {line}");
        match told {
            Ok(t) if t.kinds.is_empty() => {
                if let Some(expected) = known(file) {
                    failures.push(format!("{shown}: not recognised, though it is {expected}"));
                }
            }
            Ok(_) => {}
            Err(e) => failures.push(format!("{shown}: {e:#}")),
        }
        let n = kinds.entry(kind).or_default();
        n.0 += 1;
        n.1 += u32::from(line.contains("faults"));
    }
    println!("\n{:>6} {:>12}  kind", "files", "with faults");
    for (kind, (n, faulty)) in &kinds {
        println!("{n:>6} {faulty:>12}  {kind}");
    }
    println!("{:>6}               all", files.len());
    if failures.is_empty() { Ok(vec![]) } else { anyhow::bail!("{}", failures.join("\n")) }
}

fn below(dir: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if dir.is_file() {
        out.push(dir.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() { below(&path, out)? } else { out.push(path) }
    }
    Ok(())
}

/// What a file must be recognised as, by its name or its first octets.
fn known(path: &Path) -> Option<&'static str> {
    let mut head = vec![];
    let _ = fs::File::open(path).ok()?.take(8).read_to_end(&mut head);
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    if head.starts_with(b"ElfFile") {
        return Some("evtx");
    }
    if head.starts_with(b"regf") {
        return Some("a hive");
    }
    if head.get(4..8) == Some(b"LfLe") {
        return Some("evt");
    }
    let named = |ends: &[&str]| ends.iter().any(|e| name.ends_with(e));
    if named(&[".reg"]) {
        return Some("a registry export");
    }
    if named(&["applicationhost.config", "web.config"]) {
        return Some("a configuration of IIS");
    }
    let tools = ["netsh-http", "httpcfg-", "netstat-", "certutil-", "event-", "appcmd-"];
    tools.iter().any(|t| name.starts_with(t)).then_some("the output of a Windows tool")
}

/// One file in a process of its own.
fn one_apart(file: &Path) -> anyhow::Result<Told> {
    let begun = Instant::now();
    let mut child = Command::new(std::env::current_exe()?)
        .arg(ONE)
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()?;
    let ended = wait(&mut child, begun)?;
    let seconds = begun.elapsed().as_secs_f64();
    let (mut out, mut err) = (String::new(), String::new());
    if let Some(mut o) = child.stdout.take() {
        o.read_to_string(&mut out)?;
    }
    if let Some(mut e) = child.stderr.take() {
        e.read_to_string(&mut err)?;
    }
    if !ended.success() {
        anyhow::bail!("{ended}: {}", err.lines().take(3).collect::<Vec<_>>().join(" "));
    }
    let v: serde_json::Value = serde_json::from_str(&out).context("what the reading process wrote")?;
    let list = |k: &str| v[k].as_array().into_iter().flatten().filter_map(|x| x.as_str()).map(str::to_owned).collect();
    Ok(Told {
        kinds: list("kinds"),
        state: v["state"].as_str().unwrap_or_default().to_owned(),
        facts: v["facts"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(k, n)| Some((k.clone(), n.as_u64()?)))
            .collect(),
        mib: v["mib"].as_u64().unwrap_or(0),
        seconds,
    })
}

/// Waits for a process, ends it by its id when it hangs. It writes one line, which no pipe holds up.
fn wait(child: &mut Child, begun: Instant) -> anyhow::Result<std::process::ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if begun.elapsed() > HANG {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("hangs: no end after {} s", HANG.as_secs());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The process of one file: a line of JSON.
pub(crate) fn one(file: &Path) -> anyhow::Result<()> {
    let mut evidence = read(&[file.to_owned()], AT, &|| false);
    let mut kinds: Vec<String> = vec![];
    let (mut faults, mut lines, mut first) = (0, 0, None);
    for f in &evidence.fragments {
        for k in &f.kinds {
            if !kinds.iter().any(|x| x == k) {
                kinds.push((*k).to_owned());
            }
        }
        faults += u64::try_from(f.faults.len())? + f.more_faults;
        lines += f.not_understood.iter().map(|r| r.end.saturating_sub(r.start)).sum::<u32>();
        if first.is_none() {
            first = f.faults.first().map(|x| x.say.render(Lang::En));
        }
    }
    let state = state(&evidence, faults, lines, first);
    let mut case = Case::here("here");
    let machines = join(&mut evidence, None, &mut case).len();
    let mut facts: BTreeMap<String, u64> = BTreeMap::new();
    for k in Kind::ALL.iter().filter(|k| case.count(**k) > 0) {
        facts.insert(k.slug().to_owned(), u64::try_from(case.count(*k))?);
    }
    if machines > 1 {
        facts.insert("machines".to_owned(), u64::try_from(machines)?);
    }
    let logged: u64 = case.events.iter().map(|e| e.count).sum();
    if logged > 0 {
        facts.insert("entries".to_owned(), logged);
    }
    println!("{}", serde_json::json!({ "kinds": kinds, "state": state, "facts": facts, "mib": peak() }));
    Ok(())
}

fn state(e: &Evidence, faults: u64, lines: u32, first: Option<String>) -> String {
    let mut parts = vec![];
    match (e.fragments.is_empty(), faults) {
        (true, _) => parts.push("not understood".to_owned()),
        (false, 0) => parts.push("read".to_owned()),
        (false, n) => parts.push(format!("read with {n} faults ({})", first.unwrap_or_default())),
    }
    if lines > 0 {
        parts.push(format!("{lines} lines not understood"));
    }
    parts.extend(e.notes.iter().map(|n| n.render(Lang::En)));
    parts.join("; ")
}

/// Most memory that this process had, MiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib =
        status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
