//! Real listings of certutil and real configurations of IIS as facts, file by file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::path::{Path, PathBuf};
use tlsdiag_evidence::Fragment;
use tlsdiag_model::facts::{Fact, KeyLink, SiteBinding, Stored};
use tlsdiag_model::{Reading, Sight};

fn corpus(folder: &str) -> Option<Vec<PathBuf>> {
    let Some(root) = std::env::var_os("TLSDIAG_CORPUS") else {
        println!("skipped: TLSDIAG_CORPUS is not set");
        return None;
    };
    let mut folders = vec![Path::new(&root).join(folder)];
    let mut out = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { out.push(path) }
        }
    }
    out.sort();
    Some(out)
}

fn fragment(path: &Path) -> Fragment {
    let mut read = tlsdiag_evidence::read(&[path.to_owned()], 1_800_000_000_000, &|| false);
    assert_eq!(read.fragments.len(), 1, "{}: not recognised", path.display());
    read.fragments.remove(0)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn listings_of_certutil() {
    let Some(files) = corpus("windows-text") else { return };
    let mut seen = 0;
    for path in files.iter().filter(|path| name(path).starts_with("certutil")) {
        let found = fragment(path);
        let name = name(path);
        assert!(found.kinds.iter().any(|kind| kind.starts_with("certutil-")), "{name}: {:?}", found.kinds);
        assert_eq!(found.not_understood, [], "{name}");
        let rows = Stored::rows(&found.case);
        if name.starts_with("certutil-store.en") {
            assert_eq!(rows.len(), 2, "{name}");
            assert_eq!(rows[1].what.key, Sight::Saw(KeyLink::None), "{name}");
            assert_eq!(rows[0].what.store, "MY", "{name}");
        }
        assert!(rows.iter().all(|row| matches!(row.what.thumb, Reading::Good(_))), "{name}");
        seen += 1;
    }
    assert!(seen >= 18, "{seen}");
}

#[test]
fn configurations_of_iis() {
    let Some(files) = corpus("iis") else { return };
    let mut bindings = 0;
    for path in &files {
        let found = fragment(path);
        assert!(found.kinds.iter().any(|kind| matches!(*kind, "iis-config" | "web-config")), "{}", path.display());
        let broken = path.to_string_lossy().contains("missing_closing");
        assert!(broken || found.faults.is_empty(), "{}: {:?}", path.display(), found.faults);
        bindings += SiteBinding::rows(&found.case).len();
    }
    assert!(files.len() >= 18 && bindings >= 60, "{} files, {bindings} bindings", files.len());
}
