//! Key stores of other people: whatever they hold, the program ends in good time with an exit code of its own.
use crate::run::{command, inert, wait};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

#[test]
fn every_key_store_of_the_corpus_is_told_in_good_time() {
    let Some(root) = std::env::var_os("TLSDIAG_CORPUS").map(PathBuf::from) else {
        println!("skipped: TLSDIAG_CORPUS does not say where the corpus is");
        return;
    };
    let mut files = vec![];
    walk(&root.join("keystores"), &mut files);
    assert!(files.len() > 100, "{} files", files.len());
    crate::run::each(&files, 2, |file| {
        let mut c = command();
        c.arg(file).args(["--offline", "--json"]).env("TLSDIAG_PASSWORD", "password");
        let r = wait(c);
        assert!((0..=3).contains(&r.exit) && !r.err.contains("panicked"), "{}: {r:?}", file.display());
        assert!(r.took < Duration::from_secs(10), "{}: {:?}", file.display(), r.took);
        if r.exit != 2 {
            inert(&r.out);
            r.json();
        }
    });
}

fn walk(at: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(at) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    for e in entries {
        if e.is_dir() { walk(&e, files) } else { files.push(e) }
    }
}
