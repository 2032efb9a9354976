//! Broken servers in a process of their own; and what `tlsdiag lab` prints by itself.
use crate::run::{PROGRAM, Ran, command, finish, tlsdiag, wait};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tlsdiag_lab::lab::Served;
use tlsdiag_lab::serve::{Options, Spawned, spawn};

/// A lab and the file with its root.
pub(crate) struct Lab {
    spawned: Spawned,
    dir: tempfile::TempDir,
}

impl Lab {
    /// Serves these, by their words.
    pub(crate) fn of(seed: u64, words: &[&str]) -> Lab {
        let dir = tempfile::tempdir().unwrap();
        let mut c = Command::new(PROGRAM);
        c.args(["lab", "serve"]);
        let words = words.iter().map(|w| (*w).to_owned()).collect();
        let spawned = spawn(c, &Options { seed: Some(seed), words, ..Options::default() }).unwrap();
        std::fs::write(dir.path().join("root.pem"), spawned.root_pem()).unwrap();
        Lab { spawned, dir }
    }

    pub(crate) fn list(&self) -> &[Served] {
        self.spawned.list()
    }

    /// The arguments that look at a server.
    pub(crate) fn args(&self, s: &Served) -> Vec<String> {
        let mut args = vec![s.url.clone(), "--ca-file".into(), self.dir.path().join("root.pem").display().to_string()];
        for r in &s.resolve {
            args.extend(["--resolve".into(), r.clone()]);
        }
        args
    }

    /// Looks at a server.
    pub(crate) fn ask(&self, s: &Served, more: &[&str]) -> Ran {
        tlsdiag(self.args(s).into_iter().chain(more.iter().map(|m| (*m).to_owned())))
    }
}

#[test]
fn the_list_names_every_fault_once_with_its_code() {
    let (en, ko) = (tlsdiag(["lab", "list"]), tlsdiag(["lab", "list", "--lang", "ko"]));
    for r in [&en, &ko] {
        assert_eq!((r.exit, r.err.as_str()), (0, ""));
    }
    let slugs: Vec<&str> = en.out.lines().map(|l| l.split_whitespace().nth(1).unwrap()).collect();
    for (slug, code) in [("expired", "TD2501"), ("accepts-and-stays-silent", "TD3103"), ("new-group", "TD6003")] {
        assert_eq!(slugs.iter().filter(|s| **s == slug).count(), 1, "{slug}");
        for r in [&en, &ko] {
            let line = r.out.lines().find(|l| l.split_whitespace().nth(1) == Some(slug)).unwrap();
            assert!(line.starts_with("fault") && line.contains(code), "{line}");
        }
    }
    assert!(en.out.contains("the certificate has expired") && ko.out.contains("인증서"));
    assert_eq!(en.out.lines().count(), ko.out.lines().count());
}

#[test]
fn serve_prints_a_command_that_works_and_ends_with_its_input() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root.pem");
    let mut c = command();
    c.args(["lab", "serve", "--seed", "11", "plain", "expired", "--root"]).arg(&root).stdin(Stdio::piped());
    let mut child = c.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said: Vec<String> = lines.by_ref().take_while(|l| !l.starts_with("ends with")).collect();
    assert!(said[0] == "seed 11" && said[1].starts_with("root "), "{said:?}");
    let typed: Vec<&str> = said.iter().filter_map(|l| l.strip_prefix("  tlsdiag ")).collect();
    let exits: Vec<i32> = typed.iter().map(|t| tlsdiag(t.split(' ').chain(["-q"])).exit).collect();
    assert_eq!(exits, [0, 1], "{said:?}");
    assert!(said.iter().any(|l| l.contains("ERR_CERT_DATE_INVALID")), "what a visitor sees: {said:?}");
    input.write_all(b"a word ends nothing\n").unwrap();
    assert!(child.try_wait().unwrap().is_none());
    drop(input);
    let ended = finish(child, Instant::now());
    assert!(ended.exit == 0 && ended.took < Duration::from_secs(5), "{ended:?}");
}

#[test]
fn a_fault_that_there_is_not_is_said_so() {
    let r = tlsdiag(["lab", "serve", "no-such-fault"]);
    assert_eq!((r.exit, r.out.as_str()), (2, ""));
    assert!(r.err.contains("no-such-fault"), "{}", r.err);
}

#[test]
fn a_reader_of_the_list_who_leaves_is_no_error() {
    let mut c = command();
    c.args(["lab", "list"]);
    crate::answers::gone(&mut c);
    let r = wait(c);
    assert_eq!((r.exit, r.err.as_str()), (0, ""));
}
