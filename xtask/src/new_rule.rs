//! `cargo xtask new-rule`: source and pages of a new rule, registered under the next free code.
//!
//! What it writes compiles, finds nothing, and fails `tidy` until page, cases, sources and function are written.
use crate::folder::{self, Folder, RULES};
use crate::page::{HEADINGS_EN, HEADINGS_KO};
use crate::rule_source;
use crate::tree::{self, Tree};
use crate::{codes, registry};

const LIB: &str = "crates/tlsdiag-rules/src/lib.rs";

/// Takes `FOLDER SLUG [--code N]`.
pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    let (folder, slug, wished) = match args {
        [folder, slug] => (folder, slug, None),
        [folder, slug, "--code", n] => {
            let n = n.trim_start_matches("TD").parse().map_err(|e| format!("--code {n}: {e}"))?;
            (folder, slug, Some(n))
        }
        _ => return Err("usage: cargo xtask new-rule FOLDER SLUG [--code N]".to_owned()),
    };
    let folder = folder::by_prefix(folder)?;
    let project = Tree::of_project()?;
    let files = files(&project, folder, slug, wished)?;
    for (path, text) in &files {
        tree::write(path, text)?;
    }
    // the registry is made from the sources, so it comes last
    let project = Tree::of_project()?;
    let (rules, _) = rule_source::read(&project);
    tree::write(registry::REGISTRY, &registry::written(&project, &rules)?)
}

/// Every file that is made or changed, with its new text.
fn files(project: &Tree, folder: &Folder, slug: &str, wished: Option<u16>) -> Result<Vec<(String, String)>, String> {
    let good =
        slug.split('-').all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    if !good || !slug.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(format!("{slug:?} is no slug: a few words of a-z and 0-9 with hyphens"));
    }
    let (rules, _) = rule_source::read(project);
    let code = match wished {
        Some(n) => n,
        None => codes::next(folder, project, &rules).ok_or_else(|| format!("{} has no free code", folder.name))?,
    };
    if !folder.takes(code) {
        return Err(format!("{} takes {} to {}", folder.name, codes::shown(folder.first), codes::shown(folder.last)));
    }
    let (used, _) = codes::read(project);
    if used.contains_key(&code) || rules.iter().any(|r| r.code == code) {
        return Err(format!("{} was used before, and a code is never used again", codes::shown(code)));
    }
    if used.values().any(|u| u.slug == slug) || rules.iter().any(|r| r.slug == slug) {
        return Err(format!("the slug {slug:?} was used before"));
    }
    let module = slug.replace('-', "_");
    let base = format!("{RULES}/{}", folder.name);
    if project.text(&format!("{base}/{module}.rs")).is_some() {
        return Err(format!("{base}/{module}.rs exists"));
    }
    let mut out = vec![
        (format!("{base}/{module}.rs"), source(folder, code, slug, &module)),
        (format!("{base}/{module}.md"), page(code, slug, &HEADINGS_EN, "\n## Cases\n")),
        (format!("{base}/{module}.ko.md"), page(code, slug, &HEADINGS_KO, "")),
        (codes::CODES.to_owned(), codes::with(project, code, slug)),
    ];
    let mods = format!("{base}/mod.rs");
    let head = format!("//! {}.\n", capital(folder.about));
    out.push((mods.clone(), with_module(project.text(&mods).unwrap_or(&head), "pub mod ", &module)));
    let lib = project.text(LIB).ok_or_else(|| format!("no {LIB}"))?;
    out.push((LIB.to_owned(), with_module(lib, "pub mod ", folder.name)));
    Ok(out)
}

fn source(folder: &Folder, code: u16, slug: &str, module: &str) -> String {
    let words = slug.replace('-', " ");
    format!(
        r#"//! {words}.
use crate::{{Outcome, Over, Rule, page}};
use tlsdiag_model::{{Code, Layer, Tpl}};

/// {words}.
pub static RULE: Rule = Rule {{
    code: Code({code}),
    slug: "{slug}",
    title: Tpl {{ en: "{words}", ko: "" }},
    layer: Layer::{layer},
    over: Over::Endpoints,
    causes: &[],
    explains: &[],
    routine: false,
    check: |_| Ok(Outcome::NotApplicable),
    sources: &[],
    page: page!("{module}"),
}};
"#,
        layer = folder.layer,
        words = capital(&words),
    )
    .replace(&format!("en: \"{}\"", capital(&words)), &format!("en: \"{words}\""))
}

fn page(code: u16, slug: &str, headings: &[&str; 4], tail: &str) -> String {
    let headings: String = headings.iter().map(|h| format!("\n### {h}\n")).collect();
    format!("# {}\n\n## {} {slug}\n{headings}{tail}", capital(&slug.replace('-', " ")), codes::shown(code))
}

/// The text with one more module line, in order among the lines of its kind.
fn with_module(text: &str, kind: &str, module: &str) -> String {
    let line = format!("{kind}{module};");
    if text.lines().any(|l| l.trim_start_matches("pub ") == line.trim_start_matches("pub ")) {
        return text.to_owned();
    }
    let mut lines: Vec<&str> = text.lines().collect();
    let is_kind = |l: &&str| l.starts_with(kind) && l.ends_with(';');
    let after = lines.iter().rposition(|l| is_kind(l) && *l < line.as_str());
    let at = after.map(|a| a + 1).or_else(|| lines.iter().position(is_kind)).unwrap_or(lines.len());
    lines.insert(at, &line);
    lines.join("\n") + "\n"
}

fn capital(text: &str) -> String {
    let mut c = text.chars();
    c.next().map(|f| f.to_uppercase().to_string()).unwrap_or_default() + c.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(codes: &str, slug: &str, wished: Option<u16>) -> Result<Vec<(String, String)>, String> {
        let tree = Tree::from_texts(&[
            (LIB, "//! Rules.\nmod rule;\nmod touch;\n\npub mod s1_key;\npub mod s7_http;\n\npub use rule::Rule;\n"),
            (codes::CODES, codes),
        ]);
        files(&tree, folder::by_prefix("s4").unwrap(), slug, wished)
    }

    #[test]
    fn the_next_code_is_past_every_code_ever_used() {
        let files = made("code\tslug\tstate\nTD4007\told\tretired\n", "stale-hash", None).unwrap();
        let text = |end: &str| files.iter().find(|(p, _)| p.ends_with(end)).map(|(_, t)| t.as_str()).unwrap();
        assert!(text("stale_hash.rs").contains("code: Code(4008)") && text("stale_hash.rs").contains("Layer::Bind"));
        assert!(text("stale_hash.md").contains("## TD4008 stale-hash\n\n### What is wrong\n"));
        assert!(text("stale_hash.ko.md").contains("### 고치는 방법"));
        assert_eq!(text("codes.tsv"), "code\tslug\tstate\nTD4007\told\tretired\nTD4008\tstale-hash\t\n");
        assert!(text("lib.rs").contains("pub mod s1_key;\npub mod s4_binding;\npub mod s7_http;"));
        assert!(text("mod.rs").ends_with("pub mod stale_hash;\n"));
    }

    #[test]
    fn what_it_writes_fails_tidy_until_it_is_written() {
        let files = made("code\tslug\tstate\n", "stale-hash", None).unwrap();
        let texts: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        let tree = Tree::from_texts(&texts);
        let (rules, wrong) = rule_source::read(&tree);
        assert!(wrong.is_empty() && rules.len() == 1, "{wrong:?}");
        let found: Vec<String> = crate::tidy::rules(&tree).iter().map(|v| v.reason.clone()).collect();
        for reason in
            ["nothing stands under", "has no case that fires", "has no near miss", "no source", "no Korean title"]
        {
            assert!(found.iter().any(|f| f.contains(reason)), "{reason}: {found:?}");
        }
    }

    #[test]
    fn a_module_that_is_declared_stays_as_it_is() {
        let lib = "mod a;\nmod s4_binding;\n";
        assert_eq!(with_module(lib, "pub mod ", "s4_binding"), lib);
        assert_eq!(with_module("//! None.\n", "pub mod ", "a"), "//! None.\npub mod a;\n");
    }

    #[test]
    fn a_code_or_slug_is_never_used_again() {
        let codes = "code\tslug\tstate\nTD4007\told\tretired\n";
        assert!(made(codes, "new", Some(4007)).is_err_and(|e| e.contains("used before")));
        assert!(made(codes, "old", None).is_err_and(|e| e.contains("used before")));
        assert!(made(codes, "new", Some(5001)).is_err_and(|e| e.contains("TD4000 to TD4999")));
        assert!(made(codes, "Not_A_Slug", None).is_err());
    }
}
