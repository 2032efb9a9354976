//! Measured verdicts of real clients beside what the profiles predict: chains and anchors in PEM, the facts in TOML.

use crate::floor::Figure;
use crate::kinds::kind;
use anyhow::{Context, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use tlsdiag_pki::client::{self, Prediction, Question, Tls, Verdict};
use tlsdiag_pki::{AnchorSet, RustVerifier, pem, time};

/// The facts: which client said what of which case.
#[derive(Debug, Deserialize)]
pub(crate) struct Facts {
    meta: Meta,
    case: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Meta {
    verification_time: String,
}

/// One case and what came of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) what: String,
    host: String,
    #[serde(default)]
    set: String,
    #[serde(default)]
    chain: Option<String>,
    #[serde(default)]
    roots: Option<String>,
    accepted_by: Vec<String>,
    #[serde(default)]
    refused: Vec<Refused>,
    #[serde(default)]
    not_counted: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Refused {
    by: Vec<String>,
    error: String,
}

/// A case with its certificates, as DER.
pub(crate) struct Loaded {
    pub(crate) case: Case,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) roots: Vec<Vec<u8>>,
}

/// Everything that is to be compared.
pub(crate) struct Suite {
    pub(crate) time: i64,
    pub(crate) cases: Vec<Loaded>,
}

/// Counts of one client.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    pairs: usize,
    verdicts: usize,
    refused: usize,
    kinds: usize,
    texts: usize,
}

pub(crate) fn run(path: &Path, options: &[String]) -> anyhow::Result<Vec<Figure>> {
    compare(&load(path, options)?, options)
}

/// Reads facts and certificates. `--facts FILE` names the TOML where it is not in the folder.
pub(crate) fn load(path: &Path, options: &[String]) -> anyhow::Result<Suite> {
    let facts = match value(options, "--facts") {
        Some(file) => PathBuf::from(file),
        None => ["verifiers.toml", "facts.toml"]
            .iter()
            .map(|n| path.join(n))
            .find(|p| p.is_file())
            .context("no verifiers.toml in the folder: name it with --facts FILE")?,
    };
    let text = std::fs::read_to_string(&facts).with_context(|| facts.display().to_string())?;
    let facts: Facts = toml::from_str(&text).with_context(|| facts.display().to_string())?;
    let mut cases = Vec::new();
    for case in facts.case {
        let chain = file(path, &case, "chain", case.chain.as_deref());
        let roots = file(path, &case, "roots", case.roots.as_deref());
        match (chain, roots) {
            (Some(c), Some(r)) => cases.push(Loaded { chain: certificates(&c)?, roots: certificates(&r)?, case }),
            _ => eprintln!("{}: its certificates are not there", case.id),
        }
    }
    if cases.is_empty() {
        bail!("{}: no case has its certificates there", path.display());
    }
    Ok(Suite { time: moment(&facts.meta.verification_time)?, cases })
}

/// Predicts and compares; prints a table, then every difference.
pub(crate) fn compare(suite: &Suite, options: &[String]) -> anyhow::Result<Vec<Figure>> {
    let only = value(options, "--client");
    let families: HashMap<&str, &str> = client::ALL.iter().map(|p| (p.key, p.family)).collect();
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut differences = Vec::new();
    for loaded in &suite.cases {
        let said = measured(&loaded.case);
        for (key, prediction) in predicted(loaded, suite.time) {
            let Some(measured) = said.get(key) else { continue };
            if only.is_some_and(|o| o != key) || loaded.case.not_counted.iter().any(|n| n == key) {
                continue;
            }
            let family = families.get(key).copied().unwrap_or_default();
            let score = scores.entry(key).or_default();
            score.pairs += 1;
            let refuses = prediction.verdict == Verdict::Refuses;
            let same = prediction.verdict != Verdict::Unknown && refuses == measured.is_some();
            score.verdicts += usize::from(same);
            let (Some(error), true) = (measured, refuses) else {
                if !same {
                    differences.push(difference(key, &loaded.case, *measured, &prediction, "verdict"));
                }
                continue;
            };
            score.refused += 1;
            let (theirs, ours) = (kind(family, error), kind(family, as_long(error, &prediction.text)));
            let same_kind = theirs == ours && theirs != "other";
            score.kinds += usize::from(same_kind);
            let same_text = words_agree(error, &prediction.text);
            score.texts += usize::from(same_text);
            if !same_kind {
                let what = format!("kind {theirs:?}, predicted {ours:?}");
                differences.push(difference(key, &loaded.case, *measured, &prediction, &what));
            } else if !same_text && options.iter().any(|o| o == "--texts") {
                differences.push(difference(key, &loaded.case, *measured, &prediction, "text"));
            }
        }
    }
    Ok(report(&scores, &differences))
}

fn report(scores: &BTreeMap<&str, Score>, differences: &[String]) -> Vec<Figure> {
    println!("{:<20} {:>6} {:>9} {:>9} {:>9} {:>9}", "client", "pairs", "verdict", "refused", "kind", "wording");
    let mut figures = Vec::new();
    for key in client::ALL.iter().map(|p| p.key) {
        let Some(s) = scores.get(key) else { continue };
        println!(
            "{key:<20} {:>6} {:>9} {:>9} {:>9} {:>9}",
            s.pairs,
            share(s.verdicts, s.pairs),
            s.refused,
            share(s.kinds, s.refused),
            share(s.texts, s.refused)
        );
        figures.push(Figure { name: format!("{key} verdict"), right: s.verdicts, of: s.pairs });
        figures.push(Figure { name: format!("{key} kind"), right: s.kinds, of: s.refused });
    }
    println!();
    for d in differences {
        println!("{d}");
    }
    figures
}

fn predicted(loaded: &Loaded, time: i64) -> Vec<(&'static str, Prediction)> {
    let chain: Vec<&[u8]> = loaded.chain.iter().map(Vec::as_slice).collect();
    let mut anchors = AnchorSet::new("case");
    for der in &loaded.roots {
        if let Ok(a) = tlsdiag_pki::anchors::Anchor::from_der(der) {
            anchors.push(a);
        }
    }
    client::predict_all(&Question {
        chain: &chain,
        anchors: &anchors,
        host: Some(&loaded.case.host),
        time,
        verifier: &RustVerifier,
        tls: Tls::default(),
    })
}

/// By client: `None` where it accepted, its error where it refused.
fn measured(case: &Case) -> HashMap<&str, Option<&str>> {
    let accepted = case.accepted_by.iter().map(|k| (k.as_str(), None));
    let refused = case.refused.iter().flat_map(|r| r.by.iter().map(|k| (k.as_str(), Some(r.error.as_str()))));
    accepted.chain(refused).collect()
}

fn difference(key: &str, case: &Case, measured: Option<&str>, p: &Prediction, what: &str) -> String {
    let theirs = measured.map_or_else(|| "accepts".to_owned(), |e| format!("refuses: {e}"));
    let ours = match p.verdict {
        Verdict::Accepts => "accepts".to_owned(),
        Verdict::Unknown => format!("unknown: {}", p.because),
        Verdict::Refuses => format!("refuses: {} ({})", p.text, p.because),
    };
    format!("{key} {} ({}) {what}\n    measured  {theirs}\n    predicted {ours}", case.id, case.what)
}

/// What is cut off of the measured text does not count in the predicted one either.
fn as_long<'t>(measured: &str, predicted: &'t str) -> &'t str {
    let shorter = predicted.starts_with(measured).then(|| predicted.get(..measured.len())).flatten();
    shorter.unwrap_or(predicted)
}

/// Measured texts are cut off at some length and stripped of what changes from run to run.
fn words_agree(measured: &str, predicted: &str) -> bool {
    let measured = measured.trim_end();
    if measured.chars().count() >= 120 { predicted.starts_with(measured) } else { predicted.trim_end() == measured }
}

fn share(part: usize, whole: usize) -> String {
    match (part * 1000).checked_div(whole) {
        Some(p) => format!("{}.{} %", p / 10, p % 10),
        None => "-".to_owned(),
    }
}

fn value<'o>(options: &'o [String], name: &str) -> Option<&'o str> {
    options.iter().position(|o| o == name).and_then(|i| options.get(i + 1)).map(String::as_str)
}

fn file(root: &Path, case: &Case, what: &str, named: Option<&str>) -> Option<PathBuf> {
    let name = named.map_or_else(|| format!("{}.{what}.pem", case.id), str::to_owned);
    [
        root.join(&case.set).join(&name),
        root.join(&name),
        root.join("cases").join(&name),
        root.join("cases2").join(&name),
    ]
    .into_iter()
    .find(|p| p.is_file())
}

fn certificates(file: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let blocks = pem::blocks(&bytes);
    Ok(blocks
        .into_iter()
        .filter(|b| b.kind == pem::Kind::Certificate)
        .filter_map(|b| b.content.ok().map(|c| c.to_vec()))
        .collect())
}

/// The first moment of a text such as `2026-11-22T13:15Z to 13:31Z`.
fn moment(text: &str) -> anyhow::Result<i64> {
    let digits: Vec<i64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|p| !p.is_empty())
        .take(5)
        .map(|p| p.parse::<i64>().context("verification_time"))
        .collect::<anyhow::Result<_>>()?;
    match digits.as_slice() {
        [y, m, d, h, min] => Ok(time::unix_from_civil(*y, *m, *d, *h, *min, 0)),
        _ => bail!("verification_time: {text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_texts_that_were_cut_off_are_compared_as_far_as_they_go() {
        let long = "x".repeat(130);
        assert!(words_agree(&long, &format!("{long} and more")) && !words_agree("short", "short and more"));
        assert_eq!(as_long(&long, &format!("{long} and more")), long);
        assert_eq!(moment("2026-11-22T13:15Z to 13:31Z").unwrap(), 1_795_353_300);
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn the_corpus_is_met_client_by_client() {
        let Some(corpus) = std::env::var_os("TLSDIAG_CORPUS") else {
            println!("skipped: TLSDIAG_CORPUS names no corpus");
            return;
        };
        let folder = PathBuf::from(corpus).join("verifiers");
        let facts = std::env::var("TLSDIAG_VERIFIERS").unwrap_or_default();
        let options = if facts.is_empty() { Vec::new() } else { vec!["--facts".to_owned(), facts] };
        let Ok(suite) = load(&folder, &options) else {
            println!("skipped: no facts in the folder, and TLSDIAG_VERIFIERS names none");
            return;
        };
        for f in compare(&suite, &options).unwrap() {
            let least = if f.name.ends_with("verdict") { 97 } else { 90 };
            assert!(f.right * 100 >= f.of * least, "{}: {} of {}", f.name, f.right, f.of);
        }
    }
}
