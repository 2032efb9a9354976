//! x509-limbo: chains with the verdict that RFC 5280 or the web's profile gives them, judged by
//! [`Standard`](tlsdiag_pki::Standard).
//!
//! A case is judged by the standard that its namespace speaks of: those about the web's profile and real sites by
//! [`Standard::Web`], those about path validation as such by [`Standard::Rfc5280`].
use crate::floor::Figure;
use anyhow::{Context, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tlsdiag_pki::crl::{self, Crl, Sources};
use tlsdiag_pki::extensions::KeyUsage;
use tlsdiag_pki::oid::{self, Oid};
use tlsdiag_pki::path::{Demand, Revocation, Ruling, Standard};
use tlsdiag_pki::{
    AnchorSet, Certificate, Hash, Host, Limits, Purpose, Question, RustVerifier, SignatureAlgorithm, paths,
    read_certificates, time,
};

pub(crate) fn run(path: &Path, _: &[String]) -> anyhow::Result<Vec<Figure>> {
    let mut files = Vec::new();
    suites(path, &mut files)?;
    if files.is_empty() {
        bail!("{}: no file with test cases", path.display());
    }
    let (mut right, mut refused, mut wrongly_accepted, mut of) = (0, 0, 0, 0);
    let (mut differences, mut measured) = (Vec::new(), Vec::new());
    println!("{:<44} {:>6} {:>6}", "suite", "cases", "right");
    for (file, cases) in &files {
        let mut here = 0;
        for case in cases {
            let verdict = judge(case)?;
            of += 1;
            refused += usize::from(!verdict.expected);
            if verdict.accepted == verdict.expected {
                here += 1;
            } else {
                wrongly_accepted += usize::from(verdict.accepted);
                differences.push(format!(
                    "{}: {} {}",
                    verdict.id,
                    if verdict.accepted { "accepted" } else { "refused" },
                    verdict.why
                ));
            }
        }
        right += here;
        println!("{:<44} {:>6} {here:>6}", file.file_name().unwrap_or_default().to_string_lossy(), cases.len());
        clients(file, cases)?;
        measured.extend(crate::limbo_clients::compare(file, cases)?);
    }
    println!("\nverdict as expected: {right} of {of}; wrongly accepted: {wrongly_accepted}");
    differences.iter().for_each(|d| println!("  {d}"));
    let mut figures = vec![
        Figure { name: "verdict".to_owned(), right, of },
        Figure { name: "refused what must be refused".to_owned(), right: refused - wrongly_accepted, of: refused },
    ];
    figures.append(&mut measured);
    Ok(figures)
}

/// Every JSON file with test cases, in the order of their names.
fn suites(path: &Path, out: &mut Vec<(PathBuf, Vec<Value>)>) -> anyhow::Result<()> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
        let mut inside: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        inside.sort();
        let wanted = |p: &PathBuf| p.is_dir() || p.extension().is_some_and(|e| e == "json");
        return inside.iter().filter(|p| wanted(p)).try_for_each(|p| suites(p, out));
    }
    let text = std::fs::read(path).with_context(|| path.display().to_string())?;
    let json: Value = serde_json::from_slice(&text).with_context(|| path.display().to_string())?;
    if let Some(cases) = json.get("testcases").and_then(Value::as_array) {
        out.push((path.to_owned(), cases.clone()));
    } else if json.get("expected_result").is_some() {
        out.push((path.to_owned(), vec![json]));
    }
    Ok(())
}

/// What measured clients said of the same cases, where a folder `measured-results` lies beside the suite.
fn clients(file: &Path, cases: &[Value]) -> anyhow::Result<()> {
    let folder = file.with_file_name("measured-results");
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(()) };
    let mut inside: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    inside.sort();
    for path in inside {
        let json: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
        let Some(results) = json.get("results").and_then(Value::as_array) else { continue };
        let expected =
            |id: &Value| cases.iter().find(|c| c.get("id") == Some(id)).and_then(|c| c.get("expected_result"));
        let judged = results.iter().filter(|r| r.get("actual_result").is_some_and(|a| a != "SKIPPED"));
        let pairs: Vec<_> = judged.filter_map(|r| Some((r.get("actual_result")?, expected(r.get("id")?)?))).collect();
        let right = pairs.iter().filter(|(a, b)| a == b).count();
        let name = json.get("harness").and_then(Value::as_str).unwrap_or_default().to_owned();
        println!("  for comparison, {name:<26} {:>6} {right:>6}", pairs.len());
    }
    Ok(())
}

struct Verdict {
    id: String,
    expected: bool,
    accepted: bool,
    why: String,
}

fn judge(case: &Value) -> anyhow::Result<Verdict> {
    let text = |key: &str| case.get(key).and_then(Value::as_str);
    let id = text("id").unwrap_or("(without id)").to_owned();
    let expected = match text("expected_result") {
        Some("SUCCESS") => true,
        Some("FAILURE") => false,
        other => bail!("{id}: expected_result is {other:?}"),
    };
    let ruling = ruling(case).with_context(|| id.clone())?;
    let (accepted, why) = match ruling {
        Ok(r) => (r.accepted, format!("{:?}", r.breaches)),
        Err(why) => (false, why),
    };
    Ok(Verdict { id, expected, accepted, why })
}

/// The standard's ruling; `Err` inside where the leaf cannot be read or the peer's name is none.
fn ruling(case: &Value) -> anyhow::Result<Result<Ruling, String>> {
    let text = |key: &str| case.get(key).and_then(Value::as_str);
    let texts = |key: &str| strings(case.get(key));
    let read = |key: &str| -> Vec<Arc<Certificate>> {
        let pem = texts(key).into_iter().flat_map(|p| read_certificates(p.as_bytes()));
        pem.filter_map(Result::ok).collect()
    };
    let leaf = match read_certificates(text("peer_certificate").unwrap_or_default().as_bytes()).into_iter().next() {
        Some(Ok(leaf)) => leaf,
        Some(Err(e)) => return Ok(Err(format!("the leaf cannot be read: {e}"))),
        None => return Ok(Err("no leaf".to_owned())),
    };
    let mut anchors = AnchorSet::new("trusted");
    read("trusted_certs").iter().for_each(|c| anchors.add(c));
    let sent = read("untrusted_intermediates");
    let time = match text("validation_time") {
        Some(t) => rfc3339(t).with_context(|| format!("validation_time {t:?}"))?,
        None => std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs().cast_signed(),
    };

    let (mut hosts, mut emails) = (Vec::new(), Vec::new());
    let list = case.get("expected_peer_names").and_then(Value::as_array).into_iter().flatten();
    for name in list.chain(case.get("expected_peer_name")).filter(|n| !n.is_null()) {
        let value = name.get("value").and_then(Value::as_str).unwrap_or_default();
        if name.get("kind").is_some_and(|k| k == "RFC822") {
            emails.push(value.to_owned());
        } else {
            match Host::parse(value) {
                Ok(h) => hosts.push(h),
                Err(e) => return Ok(Err(e.to_string())),
            }
        }
    }
    let usages = texts("extended_key_usage").iter().map(|n| usage(n)).collect::<Result<Vec<Oid>, _>>()?;
    let key_usage = texts("key_usage").iter().try_fold(0, |bits, n| key_usage_bit(n).map(|b| bits | b))?;
    let algorithms = texts("signature_algorithms");
    let allowed = |a: &SignatureAlgorithm| algorithms.iter().any(|n| is_algorithm(n, a));
    let intermediates = case.get("max_chain_depth").and_then(Value::as_u64).and_then(|d| usize::try_from(d).ok());

    let limits = Limits { depth: 16, ..Limits::default() };
    let question = Question {
        leaf: &leaf,
        sent: &sent,
        extra: &[],
        anchors: &[&anchors],
        time,
        purpose: if text("validation_kind") == Some("CLIENT") { Purpose::ClientAuth } else { Purpose::ServerAuth },
        host: None,
        verifier: &RustVerifier,
        limits,
    };
    let search = paths(&question);

    let pem = texts("crls");
    let der: Vec<_> = pem.iter().map(|p| crl::der_of(p.as_bytes())).collect();
    let mut lists = Vec::new();
    for list in &der {
        match list.as_ref().map(|d| Crl::read(d)) {
            Some(Ok(l)) => lists.push(l),
            Some(Err(e)) => return Ok(Err(format!("a revocation list cannot be read: {e}"))),
            None => return Ok(Err("a revocation list cannot be read".to_owned())),
        }
    }
    let known: Vec<Arc<Certificate>> =
        sent.iter().chain(anchors.iter().filter_map(|a| a.certificate())).cloned().collect();
    let sources =
        Sources { lists: &lists, issuers: &known, anchors: &[&anchors], time, verifier: &RustVerifier, strict: true };
    let demand = Demand {
        max_intermediates: intermediates,
        usages: &usages,
        key_usage,
        emails: &emails,
        hosts: &hosts,
        signatures: if algorithms.is_empty() { None } else { Some(&allowed) },
        revocation: (!lists.is_empty()).then_some(Revocation { sources, hard: false }),
        ..Demand::default()
    };
    Ok(Ok(standard_of(case).judge(&search, &demand)))
}

/// Namespaces whose cases are about path validation as such.
const OF_RFC5280: [&str; 7] = ["rfc5280", "pathlen", "pathological", "invalid", "crl", "name-constraints", "bettertls"];

fn standard_of(case: &Value) -> Standard {
    let id = case.get("id").and_then(Value::as_str).unwrap_or_default();
    let namespace = id.split("::").next().unwrap_or_default();
    let incompatible = strings(case.get("features")).iter().any(|f| f == "rfc5280-incompatible-with-webpki");
    if incompatible || OF_RFC5280.contains(&namespace) { Standard::Rfc5280 } else { Standard::Web }
}

/// A list of texts: an array, nothing, one text, or a text that holds a list as Python prints it.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(s)) if s.trim_start().starts_with('[') => printed_list(s),
        Some(Value::String(s)) if !s.is_empty() => vec![s.clone()],
        _ => Vec::new(),
    }
}

/// The quoted texts of `['a\n', "b"]`.
fn printed_list(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(quote) = chars.by_ref().find(|c| matches!(c, '\'' | '"')) {
        let mut one = String::new();
        while let Some(c) = chars.next() {
            match c {
                c if c == quote => break,
                '\\' => one.extend(chars.next().map(|e| match e {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                })),
                c => one.push(c),
            }
        }
        out.push(one);
    }
    out
}

/// `2024-01-01T00:00:00.5+00:00`, fractions cut off: a second lasts until the next.
fn rfc3339(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let at = time::unix_from_civil(
        number(0..4)?,
        number(5..7)?,
        number(8..10)?,
        number(11..13)?,
        number(14..16)?,
        number(17..19)?,
    );
    let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let shift = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => 0,
        Some(sign) => {
            let (h, m) = (zone.get(1..3)?.parse::<i64>().ok()?, zone.get(4..6)?.parse::<i64>().ok()?);
            if *sign == b'-' { -(h * 3600 + m * 60) } else { h * 3600 + m * 60 }
        }
    };
    Some(at - shift)
}

fn usage(name: &str) -> anyhow::Result<Oid> {
    let known: &[u8] = match name {
        "anyExtendedKeyUsage" => oid::ANY_EXTENDED_KEY_USAGE,
        "serverAuth" => oid::SERVER_AUTH,
        "clientAuth" => oid::CLIENT_AUTH,
        "codeSigning" => oid::CODE_SIGNING,
        "emailProtection" => oid::EMAIL_PROTECTION,
        "timeStamping" => oid::TIME_STAMPING,
        "OCSPSigning" => oid::OCSP_SIGNING,
        other => bail!("unknown extended key usage {other:?}"),
    };
    Ok(Oid::from_der(known))
}

fn key_usage_bit(name: &str) -> anyhow::Result<u16> {
    Ok(match name {
        "digitalSignature" => KeyUsage::DIGITAL_SIGNATURE,
        "contentCommitment" | "nonRepudiation" => KeyUsage::NON_REPUDIATION,
        "keyEncipherment" => KeyUsage::KEY_ENCIPHERMENT,
        "dataEncipherment" => KeyUsage::DATA_ENCIPHERMENT,
        "keyAgreement" => KeyUsage::KEY_AGREEMENT,
        "keyCertSign" => KeyUsage::KEY_CERT_SIGN,
        "cRLSign" => KeyUsage::CRL_SIGN,
        "encipherOnly" => 1 << 7,
        "decipherOnly" => 1 << 8,
        other => bail!("unknown key usage {other:?}"),
    })
}

/// Whether an algorithm is the one of the suite's name, such as `ECDSA_WITH_SHA256`.
fn is_algorithm(name: &str, algorithm: &SignatureAlgorithm) -> bool {
    let hash = |h: &Hash| h.name().replace('-', "");
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(h) => name == format!("RSA_WITH_{}", hash(h)),
        SignatureAlgorithm::Ecdsa(h) => name == format!("ECDSA_WITH_{}", hash(h)),
        SignatureAlgorithm::Dsa(h) => name == format!("DSA_WITH_{}", hash(h)),
        SignatureAlgorithm::RsaPss(_) => name == "RSASSA_PSS",
        SignatureAlgorithm::Ed25519 => name == "ED25519",
        SignatureAlgorithm::Ed448 => name == "ED448",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_every_shape() {
        let shape = |json: &str| strings(Some(&serde_json::from_str::<Value>(json).unwrap()));
        assert_eq!(shape(r#"["a","b"]"#), ["a", "b"]);
        assert_eq!(shape(r#""['a\\nb', \"c\"]""#), ["a\nb", "c"]);
        assert_eq!(shape(r#""a""#), ["a"]);
        assert!(shape("null").is_empty() && shape("\"[]\"").is_empty());
    }

    #[test]
    fn the_corpus_comes_out_as_expected() {
        let Some(corpus) = std::env::var_os("TLSDIAG_CORPUS") else {
            println!("skipped: TLSDIAG_CORPUS is not set");
            return;
        };
        let figures = run(&Path::new(&corpus).join("limbo"), &[]).unwrap();
        assert!(figures.iter().any(|f| f.name == "verdict" && f.of > 100), "{figures:?}");
        crate::floor::check("limbo", &figures).unwrap();
    }

    #[test]
    fn times_with_fraction_and_zone() {
        assert_eq!(rfc3339("1970-01-01T00:00:03+00:00"), Some(3));
        assert_eq!(rfc3339("1970-01-01T09:00:00.999+09:00"), Some(0));
        assert_eq!(rfc3339("1970-01-01T00:00:01Z"), Some(1));
        assert_eq!(rfc3339("yesterday"), None);
    }
}
