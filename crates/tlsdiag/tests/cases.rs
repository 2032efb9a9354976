//! Whole cases: a folder of evidence through the real program, against the diagnosis that it must lead to, in both
//! languages. The evidence is what its makers make; with TLSDIAG_BLESS set, the screens are written anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tlsdiag_casebook::{Folder, cases};

const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases");

/// One case as it lies in its folder.
struct Case {
    dir: PathBuf,
    expect: toml::Table,
}

fn all() -> Vec<Case> {
    let mut dirs: Vec<PathBuf> = fs::read_dir(DIR).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    dirs.sort();
    let read = |dir: PathBuf| {
        let expect = fs::read_to_string(dir.join("expect.toml")).unwrap().parse().unwrap();
        Case { dir, expect }
    };
    dirs.into_iter().map(read).collect()
}

fn tlsdiag(c: &Case, more: &[&str]) -> (i32, String, String) {
    let args = c.expect["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap());
    // from within, so that no path of a machine stands on the screen
    let out = Command::new(env!("CARGO_BIN_EXE_tlsdiag"))
        .current_dir(&c.dir)
        .arg("evidence")
        .args(["--at", &c.expect["at"].to_string(), "--offline"])
        .args(args)
        .args(more)
        .env_remove("LC_ALL")
        .output()
        .unwrap();
    let text = |b: Vec<u8>| String::from_utf8(b).unwrap();
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}

fn files(dir: &Path, under: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for p in entries {
        if p.is_dir() {
            files(&p, under, out);
        } else {
            out.push((p.strip_prefix(under).unwrap().to_str().unwrap().to_owned(), fs::read(&p).unwrap()));
        }
    }
}

#[test]
fn the_folders_are_what_their_makers_make() {
    let (made, lie) = (cases::all(), all());
    let slugs: Vec<&str> = lie.iter().map(|c| c.dir.file_name().unwrap().to_str().unwrap()).collect();
    let mut own: Vec<&str> = made.iter().map(|c| c.slug).collect();
    own.sort_unstable();
    assert_eq!(own, slugs, "cargo xtask cases");
    assert!(made.len() >= 40, "{}", made.len());
    for c in made {
        let mut folder = Folder::default();
        (c.make)(&mut folder);
        let mut want = folder.files().to_vec();
        want.sort();
        let mut have = vec![];
        let at = Path::new(DIR).join(c.slug).join("evidence");
        files(&at, &at, &mut have);
        have.sort();
        let names = |l: &[(String, Vec<u8>)]| l.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
        assert_eq!(names(&have), names(&want), "{}", c.slug);
        for (h, w) in have.iter().zip(&want) {
            assert!(h.1 == w.1, "{}: {} differs from what is made", c.slug, h.0);
        }
    }
}

#[test]
fn every_case_leads_to_its_diagnosis() {
    let bless = std::env::var_os("TLSDIAG_BLESS").is_some();
    let mut wrong = vec![];
    for c in all() {
        let name = c.dir.file_name().unwrap().to_string_lossy().into_owned();
        let (exit, out, err) = tlsdiag(&c, &["--json"]);
        let Ok(v) = serde_json::from_str::<Value>(&out) else {
            wrong.push(format!("{name}: exit {exit}: {err}"));
            continue;
        };
        let told: Vec<String> = v["causes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|x| x["confidence"] != "possible")
            .map(|x| {
                let text = |k: &str| x[k].as_str().unwrap_or("-");
                format!("{} {} {}", text("code"), x["labels"][0].as_str().unwrap_or("-"), text("confidence"))
            })
            .collect();
        let want: Vec<String> =
            c.expect["causes"].as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_owned()).collect();
        if told != want {
            wrong.push(format!("{name}: {told:#?}\n  instead of {want:#?}"));
        }
        let verdict = c.expect["verdict"].as_str().unwrap();
        if v["verdict"] != verdict {
            wrong.push(format!("{name}: {} instead of {verdict}", v["verdict"]));
        }
        for lang in ["en", "ko"] {
            let (_, screen, _) = tlsdiag(&c, &["--lang", lang, "--color", "never"]);
            let file = c.dir.join(format!("screen.{lang}.txt"));
            if bless {
                fs::write(&file, &screen).unwrap();
            } else if fs::read_to_string(&file).unwrap_or_default() != screen {
                wrong.push(format!(
                    "{name}: screen.{lang}.txt differs (cargo xtask bless, then read the diff):\n{screen}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
