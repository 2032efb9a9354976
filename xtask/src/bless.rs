//! `cargo xtask bless`: makes what is generated, and lets the tests rewrite what they expect, for the diff to be read.
use crate::tree::Tree;
use crate::{causes, codes, docs, registry, rule_source, shell, tree};

/// Packages whose tests rewrite their expectations where `TLSDIAG_BLESS` is set.
const BLESSED: [&str; 3] = ["tlsdiag-rules", "tlsdiag-report", "tlsdiag"];

/// Regenerates and rewrites.
pub(crate) fn run() -> Result<(), String> {
    causes::run()?;
    let project = Tree::of_project()?;
    let (rules, wrong) = rule_source::read(&project);
    if let Some(v) = wrong.first() {
        return Err(v.to_string());
    }
    tree::write(codes::CODES, &codes::completed(&project, &rules))?;
    tree::write(registry::REGISTRY, &registry::written(&project, &rules)?)?;
    docs::run()?;
    let members: Vec<&str> =
        BLESSED.into_iter().filter(|p| project.text(&format!("crates/{p}/Cargo.toml")).is_some()).collect();
    let mut test = shell::cargo(&["test", "--release", "--no-fail-fast"]);
    for member in members {
        test.args(["-p", member]);
    }
    let ended = shell::run(test.env("TLSDIAG_BLESS", "1"));
    println!("read the diff before it is committed:");
    shell::run(&mut shell::command("git", &["--no-pager", "diff", "--stat"]))?;
    ended
}
