//! `casebook DIR`: writes every case as a folder: `evidence/`, and `expect.toml` with what it must lead to. With a slug
//! behind it, that one alone.
#![forbid(unsafe_code)]

use anyhow::Context as _;
use std::{fs, path::Path};
use tlsdiag_casebook::{Case, Folder, NOW, cases};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(args.first().context("usage: casebook DIR [SLUG]")?);
    for case in cases::all().into_iter().filter(|c| args.get(1).is_none_or(|s| s == c.slug)) {
        write(case, &dir.join(case.slug)).with_context(|| case.slug.to_owned())?;
    }
    Ok(())
}

fn write(case: &Case, dir: &Path) -> anyhow::Result<()> {
    let mut folder = Folder::default();
    (case.make)(&mut folder);
    let evidence = dir.join("evidence");
    if evidence.exists() {
        fs::remove_dir_all(&evidence)?;
    }
    for (name, octets) in folder.files() {
        let path = evidence.join(name);
        fs::create_dir_all(path.parent().context("a folder")?)?;
        fs::write(path, octets)?;
    }
    let list = |all: &[&str]| all.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "# Made by tlsdiag-casebook; the evidence is synthetic throughout.\nshows = {:?}\nat = {NOW}\nargs = [{}]\nverdict = {:?}\ncauses = [{}]\n",
        case.shows,
        list(case.args),
        case.verdict,
        list(case.causes),
    );
    fs::write(dir.join("expect.toml"), text)?;
    Ok(())
}
