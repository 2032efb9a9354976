//! What people have on disk, as the program judges it: folders, pairs, containers, thumbprints; and that no secret is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[path = "../cli/run.rs"]
#[allow(dead_code)]
mod run;

mod containers;
mod corpus;
mod made;
mod pairs;
mod texts;
mod thumbprints;

use run::Ran;
use serde_json::Value;

/// Codes of causes and symptoms that are more than possible.
pub(crate) fn codes(doc: &Value) -> Vec<String> {
    let all = doc["causes"].as_array().unwrap().iter().chain(doc["symptoms"].as_array().unwrap());
    let sure = all.filter(|c| c["confidence"] != "possible");
    let mut codes: Vec<String> = sure.filter_map(|c| c["code"].as_str().map(str::to_owned)).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// What was typed, verdict, and the states of the rungs that files can show.
pub(crate) fn target(doc: &Value, i: usize) -> (String, String, String, String) {
    let t = &doc["targets"][i];
    let rung = |layer: &str| {
        let rungs = t["ladder"].as_array().unwrap();
        let r = rungs.iter().find(|r| r["layer"] == layer).unwrap();
        r["state"].as_str().unwrap().to_owned()
    };
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    (text(&t["typed"]), text(&t["verdict"]), rung("key"), rung("trust"))
}

/// A document with one target.
pub(crate) fn only(r: &Ran) -> Value {
    let doc = r.json();
    assert_eq!(doc["targets"].as_array().unwrap().len(), 1, "{}", r.out);
    doc
}

pub(crate) fn is(t: (String, String, String, String), typed: &str, verdict: &str, key: &str, trust: &str) {
    let want = (typed.to_owned(), verdict.to_owned(), key.to_owned(), trust.to_owned());
    assert_eq!(t, want);
}
