//! `conform truststores DIR`: which root certificates which store trusts, and since and until when, written to
//! `crates/tlsdiag-pki/src/stores_table.rs`. Facts only: fingerprints, key hashes, short names, dates.
//!
//! `DIR` is searched for what it holds: `*.yaml` of the trust stores observatory, bundles of certificates (`*.pem`,
//! `*.crt`, `*.tar.gz` of them, `*.jks`), `authroot.stl` of Microsoft and `certdata.txt` of Mozilla. With
//! `--history REPO` earlier editions come from the history of a clone of the observatory.

mod editions;
mod limits;
mod sources;
mod table;

use anyhow::Context as _;
use std::path::{Path, PathBuf};

const TARGET: &str = "crates/tlsdiag-pki/src/stores_table.rs";

/// Reads the folder and writes the table; prints what was found.
pub(crate) fn run(path: &Path, options: &[String]) -> anyhow::Result<()> {
    let mut history = None;
    let mut target = PathBuf::from(TARGET);
    let mut words = options.iter();
    while let Some(word) = words.next() {
        match (word.as_str(), words.next()) {
            ("--history", Some(repo)) => history = Some(PathBuf::from(repo)),
            ("--out", Some(file)) => target = PathBuf::from(file),
            _ => anyhow::bail!("usage: conform truststores DIR [--history REPO] [--out FILE]"),
        }
    }
    let mut found = sources::Found::default();
    found.folder(path)?;
    if let Some(repo) = &history {
        found.history(repo)?;
    }
    let editions = editions::ordered(&mut found);
    let text = table::text(&found, &editions);
    std::fs::write(&target, &text).with_context(|| target.display().to_string())?;
    println!("{}: {} octets", target.display(), text.len());
    for store in &editions {
        let (first, last) = (store.editions.first(), store.editions.last());
        println!(
            "{:14} {:3} editions, {} to {}, {} roots in the last, {} ever",
            store.name,
            store.editions.len(),
            first.map_or("", |e| e.date.as_str()),
            last.map_or("", |e| e.date.as_str()),
            last.map_or(0, |e| e.roots.len()),
            store.spans.len(),
        );
    }
    Ok(())
}
