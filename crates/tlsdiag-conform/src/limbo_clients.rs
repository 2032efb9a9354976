//! x509-limbo's cases as four implementations judged them, beside what the profiles predict: the harness of each sets
//! its library up in its own way, and that is what the [`Settings`] here say.

use crate::floor::Figure;
use crate::kinds::kind;
use anyhow::Context;
use serde_json::Value;
use std::path::Path;
use tlsdiag_pki::anchors::Anchor;
use tlsdiag_pki::client::{self, Prediction, Question, Settings, Tls, Verdict};
use tlsdiag_pki::{AnchorSet, RustVerifier, pem, time};

/// A harness: its results' file, the profile it runs, and how it sets it up for a case.
struct Harness {
    file: &'static str,
    profile: &'static str,
    settings: fn(&Value) -> Settings,
    /// The harness ends before anything is verified, and counts that as a failure.
    ends: fn(&Value) -> bool,
}

const HARNESSES: &[Harness] = &[
    // main.cpp: X509_STRICT and PARTIAL_CHAIN, authentication level 2, a purpose only where the case names one.
    Harness { file: "openssl.json", profile: "openssl-3.0-level2", settings: openssl, ends: |_| false },
    // test-gnutls: certtool --verify with the high profile and the serverAuth purpose. This certtool cannot read the
    // time as the harness gives it (--attime with a zone of digits) and ends.
    Harness {
        file: "gnutls.json",
        profile: "gnutls-3.7",
        settings: gnutls,
        ends: |c| c["validation_time"].is_string(),
    },
    // main.py: PolicyBuilder with the case's depth.
    Harness { file: "pyca.json", profile: "pyca-48", settings: pyca, ends: |_| false },
    // main.rs: ring, with a list of algorithms of its own.
    Harness { file: "rust-rustls-harness.json", profile: "rustls-ring", settings: rustls, ends: |_| false },
];

/// When cases that name no time were run.
const RUN: i64 = 1_795_353_600;

/// Compares every measured result that lies beside the suite.
pub(crate) fn compare(suite: &Path, cases: &[Value]) -> anyhow::Result<Vec<Figure>> {
    let folder = suite.with_file_name("measured-results");
    let mut figures = Vec::new();
    for harness in HARNESSES {
        let file = folder.join(harness.file);
        if !file.is_file() {
            continue;
        }
        let text = std::fs::read(&file).with_context(|| file.display().to_string())?;
        let measured: Value = serde_json::from_slice(&text).with_context(|| file.display().to_string())?;
        figures.extend(one(harness, &measured, cases)?);
    }
    Ok(figures)
}

fn one(harness: &Harness, measured: &Value, cases: &[Value]) -> anyhow::Result<Vec<Figure>> {
    let profile = client::by_key(harness.profile).context(harness.profile)?;
    let (mut of, mut right, mut refused, mut kinds) = (0, 0, 0, 0);
    let mut differences = Vec::new();
    for result in measured["results"].as_array().into_iter().flatten() {
        let id = result["id"].as_str().unwrap_or_default();
        let said = result["actual_result"].as_str().unwrap_or_default();
        let Some(case) = cases.iter().find(|c| c["id"] == result["id"]).filter(|_| said != "SKIPPED") else { continue };
        of += 1;
        let prediction = predict(profile, case, &(harness.settings)(case));
        let ends = (harness.ends)(case);
        let refuses = ends || prediction.verdict == Verdict::Refuses;
        let context = result["context"].as_str().unwrap_or_default();
        if refuses == (said == "FAILURE") && prediction.verdict != Verdict::Unknown {
            right += 1;
            if refuses && !ends {
                refused += 1;
                kinds += usize::from(kind(profile.family, context) == kind(profile.family, &prediction.text));
            }
        } else {
            let text = context.lines().next().unwrap_or_default();
            differences.push(format!("  {id}: {said} {text}; predicted {:?} {}", prediction.verdict, prediction.text));
        }
    }
    println!("{:<44} {of:>6} {right:>6} as measured, {kinds} of {refused} for the same kind of reason", harness.file);
    differences.iter().for_each(|d| println!("{d}"));
    Ok(vec![Figure { name: format!("{} as measured", harness.profile), right, of }])
}

fn predict(profile: &client::Profile, case: &Value, settings: &Settings) -> Prediction {
    let peer = certificates(&case["peer_certificate"]);
    let rest: Vec<Vec<u8>> =
        case["untrusted_intermediates"].as_array().into_iter().flatten().flat_map(certificates).collect();
    let chain: Vec<&[u8]> = peer.iter().chain(&rest).map(Vec::as_slice).collect();
    let mut anchors = AnchorSet::new("case");
    for der in case["trusted_certs"].as_array().into_iter().flatten().flat_map(certificates) {
        if let Ok(a) = Anchor::from_der(&der) {
            anchors.push(a);
        }
    }
    let crls: Vec<Vec<u8>> = case["crls"].as_array().into_iter().flatten().flat_map(blocks).collect();
    let crls: Vec<&[u8]> = crls.iter().map(Vec::as_slice).collect();
    let question = Question {
        chain: &chain,
        anchors: &anchors,
        host: case["expected_peer_name"]["value"].as_str(),
        time: case["validation_time"].as_str().and_then(moment).unwrap_or(RUN),
        verifier: &RustVerifier,
        tls: Tls { crls: &crls, ..Tls::default() },
    };
    client::predict_with(profile, &question, settings)
}

fn openssl(case: &Value) -> Settings {
    Settings {
        strict: Some(true),
        partial_chain: Some(true),
        without_tls: true,
        without_purpose: case["extended_key_usage"].as_array().is_none_or(Vec::is_empty),
        max_depth: depth(case),
        ..Settings::default()
    }
}

fn gnutls(_: &Value) -> Settings {
    Settings { without_tls: true, certtool: true, ..Settings::default() }
}

fn pyca(case: &Value) -> Settings {
    Settings { without_tls: true, max_depth: depth(case), ..Settings::default() }
}

fn rustls(_: &Value) -> Settings {
    Settings { without_tls: true, few_algorithms: true, ..Settings::default() }
}

fn depth(case: &Value) -> Option<usize> {
    case["max_chain_depth"].as_u64().and_then(|d| usize::try_from(d).ok())
}

fn certificates(text: &Value) -> Vec<Vec<u8>> {
    blocks(text)
}

fn blocks(text: &Value) -> Vec<Vec<u8>> {
    let text = text.as_str().unwrap_or_default();
    pem::blocks(text.as_bytes()).into_iter().filter_map(|b| b.content.ok().map(|c| c.to_vec())).collect()
}

/// `2024-01-01T00:00:00+00:00`; the harnesses' times are all in UTC.
fn moment(text: &str) -> Option<i64> {
    let numbers: Vec<i64> =
        text.split(|c: char| !c.is_ascii_digit()).take(6).map(str::parse).collect::<Result<_, _>>().ok()?;
    match numbers.as_slice() {
        [y, m, d, h, min, s] => Some(time::unix_from_civil(*y, *m, *d, *h, *min, *s)),
        _ => None,
    }
}
