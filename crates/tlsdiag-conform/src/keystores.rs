//! Key files and containers, whatever lies under a path: opened and refused, beside OpenSSL, keytool and p12-keystore.
//! Opened means that every key and certificate inside came out. All tools get the same passwords.
use crate::floor::Figure;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tlsdiag_pki::file::{self, Contents, FaultKind, Form, Item};
use tlsdiag_pki::secret::{Limits, Locked, Password, Passwords};
use tools::{Class, Tool};

mod tools;

/// What test suites of key stores are locked with; more with `--passwords FILE`, one a line.
const PASSWORDS: &[&str] = &[
    "password",
    "changeit",
    "1234",
    "12345",
    "123456",
    "a123456",
    "12345678",
    "test",
    "secret",
    "foobar",
    "hunter2",
    "hunter42",
    "testcertificate",
    "cryptography",
    "mypassword",
    "tomcat",
    "tomcatpass",
    "foo",
    "bar",
    "baz",
    "booo",
    "asdf",
    "PLACEHOLDER",
    "PolarSSLTest",
    "Red Hat Enterprise Linux 7.4",
    "CaudFocwijRupogDoicsApfiHadManUgNa",
    "ένα-δύο",
    "ένα_δύο_τρία_τέσσερα",
    "Пароль для PFX",
];

struct Outcome {
    path: PathBuf,
    class: Class,
    opened: bool,
    reasons: Vec<String>,
    took: Duration,
    /// by [`Tool::ALL`]
    others: [Option<bool>; 4],
}

pub(crate) fn run(path: &Path, options: &[String]) -> anyhow::Result<Vec<Figure>> {
    let mut passwords: Vec<String> = PASSWORDS.iter().map(|p| (*p).to_owned()).collect();
    let mut alone = false;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.as_str() {
            "--passwords" => {
                let file = options.next().context("--passwords FILE")?;
                let text = std::fs::read_to_string(file).with_context(|| file.clone())?;
                passwords.splice(0..0, text.lines().map(str::to_owned));
            }
            "--alone" => alone = true,
            "--floor" => {}
            other => anyhow::bail!("unknown option {other}: --passwords FILE, --alone"),
        }
    }
    let files = files(path)?;
    let present: Vec<bool> = Tool::ALL.iter().map(|t| !alone && t.found()).collect();
    let outcomes = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = one(file, path, &passwords, &present);
                    if let Ok(mut all) = outcomes.lock() {
                        all.push(outcome);
                    }
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(report(&outcomes, &present))
}

fn one(file: &Path, root: &Path, passwords: &[String], present: &[bool]) -> Outcome {
    let octets = std::fs::read(file).unwrap_or_default();
    let mut ring = Ring { passwords, last: None };
    let start = Instant::now();
    let contents = file::read(&octets, &mut ring, &Limits::default());
    let took = start.elapsed();
    let class = class(&contents, &octets);
    let opened = contents.complete() && !contents.parts.is_empty();
    let reasons = contents.faults.iter().map(|f| {
        let place = f.place.to_string();
        if place.is_empty() { f.why.to_string() } else { format!("{place}: {}", f.why) }
    });
    let reasons = reasons.collect();
    // The one that was handed out last is the likeliest for the others too; then all of them, in order.
    let first = ring.last.and_then(|i| passwords.get(i)).map(String::as_str);
    let silent = if class == Class::Java { None } else { Some("") };
    let order: Vec<&str> = first
        .into_iter()
        .chain(silent)
        .chain(passwords.iter().map(String::as_str).filter(|p| Some(*p) != first))
        .collect();
    let encrypted = octets.windows(9).any(|w| w == b"ENCRYPTED")
        || contents.faults.iter().any(|f| matches!(f.why, FaultKind::Locked(_)));
    let locked = first.is_some() || encrypted || matches!(class, Class::Pkcs12 | Class::Java);
    let mut others = [None; 4];
    for ((other, tool), present) in others.iter_mut().zip(Tool::ALL).zip(present) {
        if *present && tool.is_for(class) {
            // Where nothing is locked, one password is as good as all of them; and a Java machine for each of the others
            // is worth it only where the right one is not known.
            let enough = match (locked, tool) {
                (false, _) => 1,
                (true, Tool::Keytool) if opened => 2,
                (true, _) => order.len(),
            };
            let order = order.get(..enough).unwrap_or(&order);
            *other = Some(tool.opens(file, &octets, class, order));
        }
    }
    let path = file.strip_prefix(root).unwrap_or(file).to_owned();
    Outcome { path, class, opened, reasons, took, others }
}

/// Hands out the list and remembers which was the last.
struct Ring<'a> {
    passwords: &'a [String],
    last: Option<usize>,
}

impl Passwords for Ring<'_> {
    fn next(&mut self, what: &Locked) -> Option<Password> {
        let password = self.passwords.get(what.attempt)?;
        self.last = Some(what.attempt);
        Some(Password::new(password.as_str()))
    }
}

fn class(contents: &Contents, octets: &[u8]) -> Class {
    let of = |form: &Form| match form {
        Form::Pkcs12(_) => Some(Class::Pkcs12),
        Form::Java(..) => Some(Class::Java),
        Form::Pkcs7 => Some(Class::Pkcs7),
        _ => None,
    };
    let form = match &contents.form {
        Form::Base64(inner) => of(inner),
        form => of(form),
    };
    let named = |name: &str| octets.windows(name.len()).any(|w| w == name.as_bytes());
    form.unwrap_or_else(|| {
        if contents.parts.iter().any(|p| matches!(p.what, Item::PrivateKey(_))) || named("PRIVATE KEY-----") {
            Class::PrivateKey
        } else if contents.certificates().next().is_some() || named("BEGIN CERTIFICATE-----") {
            Class::Certificate
        } else {
            Class::Other
        }
    })
}

fn report(outcomes: &[Outcome], present: &[bool]) -> Vec<Figure> {
    print!("{:16} {:>6} {:>8}", "", "files", "tlsdiag");
    let shown: Vec<(usize, Tool)> =
        Tool::ALL.into_iter().enumerate().filter(|(i, _)| present.get(*i).copied().unwrap_or(false)).collect();
    for (_, tool) in &shown {
        print!(" {:>16}", tool.name());
    }
    println!();
    let mut rows: BTreeMap<Class, Vec<&Outcome>> = BTreeMap::new();
    for o in outcomes {
        rows.entry(o.class).or_default().push(o);
    }
    let row = |name: &str, of: &[&Outcome]| {
        print!("{name:16} {:>6} {:>8}", of.len(), of.iter().filter(|o| o.opened).count());
        for (i, _) in &shown {
            let tried = of.iter().filter(|o| o.others.get(*i).is_some_and(Option::is_some)).count();
            let opened = of.iter().filter(|o| o.others.get(*i) == Some(&Some(true))).count();
            if tried == 0 {
                print!(" {:>16}", "-");
            } else {
                print!(" {opened:>16}");
            }
        }
        println!();
    };
    for class in Class::ALL {
        if let Some(of) = rows.get(&class) {
            row(class.name(), of);
        }
    }
    row("all", &outcomes.iter().collect::<Vec<_>>());

    let others_open = |o: &Outcome| o.others.contains(&Some(true));
    let list = |title: &str, of: Vec<&Outcome>| {
        if of.is_empty() {
            return;
        }
        println!("\n{title} ({}):", of.len());
        for o in of {
            let who: Vec<&str> =
                Tool::ALL.iter().zip(o.others).filter(|(_, r)| *r == Some(true)).map(|(t, _)| t.name()).collect();
            let who = if who.is_empty() { String::new() } else { format!("  [{}]", who.join(", ")) };
            println!("  {}{who}", o.path.display());
            for reason in o.reasons.iter().take(3) {
                println!("      {reason}");
            }
            if o.reasons.len() > 3 {
                println!("      and {} more", o.reasons.len() - 3);
            }
        }
    };
    list("refused by tlsdiag, opened by another", outcomes.iter().filter(|o| !o.opened && others_open(o)).collect());
    list("refused by all", outcomes.iter().filter(|o| !o.opened && !others_open(o)).collect());
    let only: Vec<&Outcome> = outcomes
        .iter()
        .filter(|o| o.opened && !shown.is_empty() && o.others.contains(&Some(false)) && !others_open(o))
        .collect();
    println!("\nopened by tlsdiag alone ({}):", only.len());
    for o in only {
        println!("  {}", o.path.display());
    }
    let mut slowest: Vec<&Outcome> = outcomes.iter().collect();
    slowest.sort_by_key(|o| std::cmp::Reverse(o.took));
    println!("\nslowest:");
    for o in slowest.into_iter().take(5) {
        println!("  {:>7.1} ms  {}", o.took.as_secs_f64() * 1e3, o.path.display());
    }

    let figure = |name: &str, right: usize, of: usize| Figure { name: name.to_owned(), right, of };
    let mut out = vec![figure("opened", outcomes.iter().filter(|o| o.opened).count(), outcomes.len())];
    let refused: Vec<&Outcome> = outcomes.iter().filter(|o| !o.opened).collect();
    out.push(figure("refusals with a reason", refused.iter().filter(|o| !o.reasons.is_empty()).count(), refused.len()));
    if !shown.is_empty() {
        let theirs: Vec<&Outcome> = outcomes.iter().filter(|o| others_open(o)).collect();
        out.push(figure("opened of what another opens", theirs.iter().filter(|o| o.opened).count(), theirs.len()));
    }
    println!();
    for f in &out {
        println!("{:32} {} of {}", f.name, f.right, f.of);
    }
    out
}

/// Every file below a path, in order.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut out = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?.path();
            if entry.is_dir() {
                open.push(entry);
            } else if entry.is_file() {
                out.push(entry);
            }
        }
    }
    out.sort();
    Ok(out)
}
