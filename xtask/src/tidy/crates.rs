//! Who may use whom among the crates, and which of them stay free of C.
use super::Violation;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The crates of the project and what each may use of the others: the table of ARCHITECTURE.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("tlsdiag-model", &[]),
    ("tlsdiag-wire", &[]),
    ("tlsdiag-pki", &[]),
    ("tlsdiag-rules", &["model", "pki", "wire"]),
    ("tlsdiag-winfiles", &[]),
    ("tlsdiag-serverconf", &[]),
    ("tlsdiag-casebook", &["pki", "winfiles", "serverconf"]),
    ("tlsdiag-evidence", &["model", "pki", "winfiles", "serverconf"]),
    ("tlsdiag-collect", &["model", "wire", "pki"]),
    ("tlsdiag-engine", &["model", "rules", "collect", "evidence"]),
    ("tlsdiag-report", &["model", "rules", "wire"]),
    ("tlsdiag-conform", &["model", "pki", "evidence"]),
    ("tlsdiag-fix", &["model", "pki"]),
    ("tlsdiag-trial", &["model", "pki"]),
    ("tlsdiag-lab", &["model", "wire", "collect", "engine"]),
    ("tlsdiag", &["model", "pki", "rules", "collect", "evidence", "engine", "report", "lab", "fix", "trial"]),
    ("xtask", &[]),
];

/// Crates that never depend on the lab, not even in their tests: the lab is judged by them.
const NEVER_THE_LAB: [&str; 2] = ["tlsdiag-collect", "tlsdiag-rules"];

/// Crates that build without a C compiler.
const PURE: [&str; 9] = [
    "tlsdiag-model",
    "tlsdiag-wire",
    "tlsdiag-pki",
    "tlsdiag-winfiles",
    "tlsdiag-serverconf",
    "tlsdiag-evidence",
    "tlsdiag-rules",
    "tlsdiag-report",
    "tlsdiag-fix",
];

/// Packages by which C comes in.
const C: [&str; 6] = ["cc", "cmake", "pkg-config", "aws-lc-sys", "ring", "openssl-sys"];

/// Checks what `cargo metadata` says.
pub(crate) fn check(metadata: &str) -> Result<Vec<Violation>, String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|e| format!("cargo metadata: {e}"))?;
    let mut wrong = vec![];
    let members: BTreeSet<&str> = list(&metadata, "workspace_members").filter_map(Value::as_str).collect();
    let names: BTreeMap<&str, &str> =
        list(&metadata, "packages").filter_map(|p| Some((p.get("id")?.as_str()?, p.get("name")?.as_str()?))).collect();
    for package in list(&metadata, "packages").filter(|p| members.contains(text(p, "id"))) {
        let name = text(package, "name");
        let file = if name == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") };
        let Some((_, may)) = MAY_USE.iter().find(|(n, _)| *n == name) else {
            wrong.push(Violation::at(
                &file,
                1,
                format!("{name} is not in the table of crates in xtask/src/tidy/crates.rs"),
            ));
            continue;
        };
        for dependency in list(package, "dependencies") {
            let used = text(dependency, "name");
            let ours = used == "tlsdiag" || used.starts_with("tlsdiag-");
            let only_tests = text(dependency, "kind") == "dev";
            let allowed = used.strip_prefix("tlsdiag-").is_some_and(|u| may.contains(&u));
            if ours && !only_tests && !allowed {
                wrong.push(Violation::at(&file, 1, format!("{name} may not depend on {used}")));
            }
            if used == "tlsdiag-lab" && only_tests && NEVER_THE_LAB.contains(&name) {
                wrong.push(Violation::at(&file, 1, format!("{name} may not depend on {used}, not even in its tests")));
            }
        }
        if PURE.contains(&name)
            && let Some(way) = way_to_c(&metadata, text(package, "id"), &names)
        {
            wrong.push(Violation::at(&file, 1, format!("{name} must build without C: {}", way.join(" → "))));
        }
    }
    Ok(wrong)
}

/// How a package comes to need C, other than for its tests.
fn way_to_c<'a>(metadata: &'a Value, id: &'a str, names: &BTreeMap<&'a str, &'a str>) -> Option<Vec<&'a str>> {
    let nodes: BTreeMap<&str, &Value> =
        metadata.get("resolve").map(|r| list(r, "nodes")).into_iter().flatten().map(|n| (text(n, "id"), n)).collect();
    let mut open = vec![vec![id]];
    let mut seen = BTreeSet::from([id]);
    while let Some(way) = open.pop() {
        let last = *way.last()?;
        for dependency in nodes.get(last).map(|n| list(n, "deps")).into_iter().flatten() {
            let next = text(dependency, "pkg");
            if list(dependency, "dep_kinds").all(|k| text(k, "kind") == "dev") || !seen.insert(next) {
                continue;
            }
            let longer: Vec<&str> = way.iter().copied().chain([next]).collect();
            if names.get(next).is_some_and(|n| C.contains(n)) {
                return Some(longer.iter().filter_map(|i| names.get(i).copied()).collect());
            }
            open.push(longer);
        }
    }
    None
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reasons(name: &str, dependencies: &Value) -> Vec<String> {
        let metadata = json!({
            "workspace_members": ["a"],
            "packages": [{"id": "a", "name": name, "dependencies": dependencies}, {"id": "b", "name": "sha2"}, {"id": "c", "name": "cc"}],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]}]},
                {"id": "b", "deps": [{"pkg": "c", "dep_kinds": [{"kind": "build"}]}]},
            ]},
        });
        check(&metadata.to_string()).unwrap().into_iter().map(|v| v.reason).collect()
    }

    #[test]
    fn a_crate_uses_only_what_the_table_allows() {
        let on = |n: &str, kind: Value| json!([{"name": n, "kind": kind}]);
        assert_eq!(
            reasons("tlsdiag-engine", &on("tlsdiag-wire", Value::Null)),
            ["tlsdiag-engine may not depend on tlsdiag-wire"]
        );
        assert!(reasons("tlsdiag-engine", &on("tlsdiag-rules", Value::Null)).is_empty());
        assert!(reasons("tlsdiag-engine", &on("tlsdiag-lab", json!("dev"))).is_empty());
        assert_eq!(reasons("tlsdiag-collect", &on("tlsdiag-lab", json!("dev"))).len(), 1);
        assert!(reasons("tlsdiag-new", &json!([])).iter().any(|r| r.contains("not in the table")));
    }

    #[test]
    fn c_is_found_behind_other_crates() {
        assert_eq!(
            reasons("tlsdiag-wire", &json!([])),
            ["tlsdiag-wire must build without C: tlsdiag-wire → sha2 → cc"]
        );
        assert!(reasons("tlsdiag-collect", &json!([])).is_empty());
    }
}
