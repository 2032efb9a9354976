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
    fs::write(dir.join("README.md"), readme())?;
    Ok(())
}

/// The list of all cases, each row a label: what it shows, who made it, how.
fn readme() -> String {
    let mut out = "# Whole cases\n\nWhat somebody sends of one Windows server, and what it must lead to: `expect.toml` has the causes, `screen.en.txt` and\n`screen.ko.txt` what people see. All of it is made up by `tlsdiag-casebook`; no file comes from a real machine.\n`cargo xtask cases` makes the folders anew, `cargo xtask bless` the screens.\n\n| files | shows | made by | how |\n| --- | --- | --- | --- |\n".to_owned();
    for c in cases::all() {
        out.push_str(&format!("| `{}/*` | {} | tlsdiag-casebook | `cargo xtask cases` |\n", c.slug, c.shows));
    }
    out
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
