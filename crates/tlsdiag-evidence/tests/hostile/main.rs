//! Plausible but wrong inputs: what is cut, damaged, mixed up, far too large or made to deceive. Each is read as far as it
//! goes or refused with words; nothing is lost without a word, and neither memory nor time grows without bounds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod archives;
mod bounds;
mod damage;
mod folders;
mod secrets;

use std::path::{Path, PathBuf};
use std::process::Command;
use tlsdiag_casebook::server::Server;
use tlsdiag_casebook::{Folder, NOW};
use tlsdiag_evidence::{Evidence, join};
use tlsdiag_model::facts::Fact;
use tlsdiag_model::{Case, Cover, Kind, Lang, Row};

/// A sound server with one site.
fn server() -> Server {
    named("SRV-WEB1", "shop.example")
}

fn named(computer: &'static str, site: &str) -> Server {
    let mut folder = Folder::default();
    let leaf = folder.certs.usual(&[site]);
    Server::iis(computer, &leaf, &[("CA", folder.certs.get("ca")), ("Root", folder.certs.get("root"))])
}

/// A folder that is gone after the test, with these files in it.
fn folder<'a, T: AsRef<[u8]>>(files: impl IntoIterator<Item = (&'a str, T)>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, octets) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, octets).unwrap();
    }
    dir
}

fn read(path: &Path) -> Evidence {
    tlsdiag_evidence::read(&[path.to_owned()], NOW * 1000, &|| false)
}

/// One file alone.
fn alone(name: &str, octets: &[u8]) -> Evidence {
    let dir = folder([(name, octets)]);
    read(&dir.path().join(name))
}

fn joined(mut evidence: Evidence) -> (Case, usize) {
    let mut case = Case::default();
    let hosts = join(&mut evidence, None, &mut case).len();
    (case, hosts)
}

fn rows<T: Fact>(case: &Case) -> &[Row<T>] {
    T::rows(case)
}

/// How often a kind was read to its end.
fn complete(case: &Case, kind: Kind) -> usize {
    case.surveys.iter().filter(|s| s.kind == kind && s.cover == Cover::Complete).count()
}

fn partial(case: &Case, kind: Kind) -> usize {
    case.surveys.iter().filter(|s| s.kind == kind && matches!(s.cover, Cover::Partial(_))).count()
}

fn notes(evidence: &Evidence) -> String {
    evidence.notes.iter().map(|n| n.render(Lang::En)).collect::<Vec<_>>().join("\n")
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Runs the rest of a test of this name in a process of its own, whose peak of memory is then its own: `true` in that
/// process. In the outer one, `false` after it ended well having held no more than `most` MiB.
fn in_own_process(test: &str, most: u64) -> bool {
    const INNER: &str = "TLSDIAG_HOSTILE_INNER";
    if std::env::var_os(INNER).is_some() {
        return true;
    }
    let exe = std::env::current_exe().unwrap();
    let out = Command::new(exe).args(["--exact", test, "--nocapture"]).env(INNER, "1").output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let peak = text.lines().find_map(|l| l.split_once("peak KiB ")?.1.trim().parse::<u64>().ok()).expect(&text);
    println!("{test}: {} MiB\n{text}", peak / 1024);
    assert!(peak / 1024 <= most, "{test}: {} MiB held, {most} are allowed", peak / 1024);
    false
}

/// What this process held at most so far, for the outer process.
fn tell_peak() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    let kib: String = line.chars().filter(char::is_ascii_digit).collect();
    println!("\npeak KiB {kib}");
}
