//! The list of all rules in `registry.rs`: the folders it uses, and the rules by code.
use crate::rule_source::RuleSource;
use crate::rust_text::{self, Keep};
use crate::shell;
use crate::tidy::Violation;
use crate::tree::Tree;
use std::collections::BTreeSet;

/// Where the list stands.
pub(crate) const REGISTRY: &str = "crates/tlsdiag-rules/src/registry.rs";

/// Is every rule registered once, in the order of codes, and nothing else?
pub(crate) fn check(tree: &Tree, rules: &[RuleSource]) -> Vec<Violation> {
    let Some(text) = tree.text(REGISTRY) else { return vec![] };
    let code = rust_text::only(text, Keep::Code);
    let Some((from, to)) = list(&code) else {
        return vec![Violation::at(REGISTRY, 1, "no `pub static ALL: &[&Rule] = &[…];`")];
    };
    let inside = code.get(from..to).unwrap_or_default();
    let line = rust_text::line_at(&code, from);
    let named: Vec<&str> =
        inside.split(',').map(|e| e.trim().trim_start_matches('&')).filter(|e| !e.is_empty()).collect();
    let wanted: Vec<&str> = rules.iter().map(|r| r.path.as_str()).collect();
    let mut wrong = vec![];
    for path in &named {
        if !wanted.contains(path) {
            wrong.push(Violation::at(REGISTRY, line, format!("{path} is no rule that can be found")));
        }
    }
    for rule in rules.iter().filter(|r| !named.contains(&r.path.as_str())) {
        wrong.push(Violation::at(&rule.file, rule.line, "not registered; `cargo xtask bless` does it"));
    }
    if wrong.is_empty() && named != wanted {
        wrong.push(Violation::at(
            REGISTRY,
            line,
            "rules twice or out of the order of codes; `cargo xtask bless` mends it",
        ));
    }
    wrong
}

/// The file with the list made anew; everything else in it stays.
pub(crate) fn written(tree: &Tree, rules: &[RuleSource]) -> Result<String, String> {
    let paths: Vec<&str> = rules.iter().map(|r| r.path.as_str()).collect();
    shell::rustfmt(&spliced(tree.text(REGISTRY).unwrap_or_default(), &paths)?)
}

fn spliced(text: &str, paths: &[&str]) -> Result<String, String> {
    let code = rust_text::only(text, Keep::Code);
    let (from, to) = list(&code).ok_or_else(|| format!("{REGISTRY}: no `pub static ALL: &[&Rule] = &[…];`"))?;
    // one a line: two branches that each add a rule can be merged
    let entries: String = paths.iter().map(|p| format!("\n    &{p},")).chain(["\n".to_owned()]).collect();
    let folders: BTreeSet<&str> = paths.iter().filter_map(|p| p.split("::").next()).collect();
    let folders: Vec<&str> = folders.into_iter().collect();
    let uses = if folders.is_empty() { String::new() } else { format!("use crate::{{{}}};\n", folders.join(", ")) };
    let mut out = text.to_owned();
    out.replace_range(from..to, &entries);
    // the use of the folders, which stands above the list, is dropped and written anew after the use of `Rule`
    let head = text.get(..from).unwrap_or_default();
    let mut kept = String::new();
    let mut skipping = false;
    for line in head.split_inclusive('\n') {
        let begins = line.starts_with("use crate::{") || line.starts_with("use crate::s");
        if !begins && !skipping {
            kept.push_str(line);
        }
        if line.starts_with("use crate::Rule;") {
            kept.push_str(&uses);
        }
        skipping = (begins || skipping) && !line.trim_end().ends_with(';');
    }
    out.replace_range(..from, &kept);
    Ok(out)
}

/// Start and end of what stands between the brackets of `ALL`.
fn list(code: &str) -> Option<(usize, usize)> {
    let at = code.find("static ALL: &[&Rule]")?;
    let equals = at + code.get(at..)?.find('=')?;
    let open = equals + code.get(equals..)?.find('[')?;
    Some((open + 1, rust_text::closing(code, open)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_replaced_and_the_rest_stays() {
        let text = "//! All.\nuse crate::Rule;\nuse crate::{\n    s1_key,\n    s2_chain,\n};\n\n/// A.\npub static ALL: &[&Rule] =\n    &[&s1_key::a::RULE];\n\nfn other() {}\n";
        let new = spliced(text, &["s1_key::b::RULE", "s4_binding::c::RULE"]).unwrap();
        assert_eq!(
            new,
            "//! All.\nuse crate::Rule;\nuse crate::{s1_key, s4_binding};\n\n/// A.\npub static ALL: &[&Rule] =\n    &[\n    &s1_key::b::RULE,\n    &s4_binding::c::RULE,\n];\n\nfn other() {}\n"
        );
    }
}
