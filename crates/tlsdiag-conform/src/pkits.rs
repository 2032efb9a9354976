//! NIST PKITS: path validation with policies, name constraints and every kind of revocation list, as NIST documents it.
//!
//! What is expected of which certificate stands in `pkits.tsv`, made from the suite's public documentation. A leaf that
//! the table does not have is taken by its name, `Valid…` or `Invalid…`, with default settings. Every certificate and
//! list of the folder is at hand in every test; where the status of a certificate cannot be found out, it is refused.
use crate::floor::Figure;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tlsdiag_pki::crl::{Crl, Sources};
use tlsdiag_pki::oid::{self, Oid};
use tlsdiag_pki::path::{Demand, Revocation, Ruling, Standard};
use tlsdiag_pki::policy::PolicySettings;
use tlsdiag_pki::{AnchorSet, Certificate, Limits, Purpose, Question, RustVerifier, paths, read_certificates, time};

/// 2.16.840.1.101.3.2.1.48, below which the test policies are.
const POLICY_ARC: [u8; 9] = [0x60, 0x86, 0x48, 1, 0x65, 3, 2, 1, 0x30];
/// The anchor's file.
const ANCHOR: &str = "TrustAnchorRootCertificate";

pub(crate) fn run(path: &Path, _: &[String]) -> anyhow::Result<Vec<Figure>> {
    let folder = find(path, 6).with_context(|| format!("{}: no folder with certs and crls", path.display()))?;
    let suite = Suite::read(&folder)?;
    let tests = suite.tests()?;
    let mut sections: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let (mut policies, mut policies_of) = (0, 0);
    let mut differences = Vec::new();
    for t in &tests {
        let Some(leaf) = suite.certs.get(&t.leaf) else {
            differences.push(format!("{} {}: no such certificate", t.number, t.leaf));
            sections.entry(t.section()).or_default().1 += 1;
            continue;
        };
        let ruling = suite.judge(leaf, &t.settings);
        let count = sections.entry(t.section()).or_default();
        count.1 += 1;
        if ruling.accepted == t.valid {
            count.0 += 1;
        } else {
            let how = if ruling.accepted { "accepted" } else { "refused" };
            differences.push(format!("{} {}: {how} {:?}", t.number, t.leaf, ruling.breaches));
        }
        if let Some(wanted) = t.policies.as_ref().filter(|_| ruling.accepted && t.valid) {
            policies_of += 1;
            if ruling.policies.user == *wanted {
                policies += 1;
            } else {
                differences.push(format!("{} {}: policies {:?}", t.number, t.leaf, ruling.policies.user));
            }
        }
    }
    println!("{:<12} {:>6} {:>6}", "section", "tests", "right");
    sections.iter().for_each(|(s, (right, of))| println!("4.{s:<10} {of:>6} {right:>6}"));
    let right = sections.values().map(|s| s.0).sum();
    println!("\nresult as NIST documents it: {right} of {}; policies: {policies} of {policies_of}", tests.len());
    differences.iter().for_each(|d| println!("  {d}"));
    Ok(vec![
        Figure { name: "result".to_owned(), right, of: tests.len() },
        Figure { name: "policies".to_owned(), right: policies, of: policies_of },
    ])
}

/// The folder that holds `certs` and `crls`.
fn find(path: &Path, depth: u8) -> Option<PathBuf> {
    if path.join("certs").is_dir() && path.join("crls").is_dir() {
        return Some(path.to_owned());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path).ok()?.flatten().map(|e| e.path()).collect();
    inside.sort();
    inside.iter().filter(|p| depth > 0 && p.is_dir()).find_map(|p| find(p, depth - 1))
}

struct Test {
    number: String,
    leaf: String,
    valid: bool,
    settings: PolicySettings,
    /// The user-constrained policies that must come out.
    policies: Option<BTreeSet<Oid>>,
}

impl Test {
    /// The section within 4.
    fn section(&self) -> usize {
        self.number.split('.').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
    }
}

struct Suite {
    certs: BTreeMap<String, Arc<Certificate>>,
    pool: Vec<Arc<Certificate>>,
    lists: Vec<Vec<u8>>,
    anchors: AnchorSet,
}

impl Suite {
    fn read(folder: &Path) -> anyhow::Result<Suite> {
        let mut certs = BTreeMap::new();
        for file in files(&folder.join("certs"))? {
            let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match read_certificates(&bytes).into_iter().next() {
                Some(Ok(c)) => drop(certs.insert(name, c)),
                other => println!("{}: {other:?}", file.display()),
            }
        }
        let lists: Vec<Vec<u8>> = files(&folder.join("crls"))?
            .iter()
            .map(|f| std::fs::read(f).with_context(|| f.display().to_string()))
            .collect::<anyhow::Result<_>>()?;
        let mut anchors = AnchorSet::new("NIST");
        anchors.add(certs.get(ANCHOR).with_context(|| format!("{ANCHOR} is not there"))?);
        let pool = certs.values().cloned().collect();
        Ok(Suite { certs, pool, lists, anchors })
    }

    fn tests(&self) -> anyhow::Result<Vec<Test>> {
        let table = include_str!("../pkits.tsv").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        let mut tests = table.map(test).collect::<anyhow::Result<Vec<Test>>>()?;
        for name in self.certs.keys() {
            let valid = name.starts_with("Valid");
            let known = tests.iter().any(|t| t.leaf == *name);
            if !known && (valid || name.starts_with("Invalid")) {
                let (number, leaf) = ("4.0".to_owned(), name.clone());
                tests.push(Test { number, leaf, valid, settings: PolicySettings::default(), policies: None });
            }
        }
        Ok(tests)
    }

    fn judge(&self, leaf: &Arc<Certificate>, settings: &PolicySettings) -> Ruling {
        let time = time::unix_from_civil(2011, 4, 15, 0, 0, 0);
        let search = paths(&Question {
            leaf,
            sent: &[],
            extra: &self.pool,
            anchors: &[&self.anchors],
            time,
            purpose: Purpose::Any,
            host: None,
            verifier: &RustVerifier,
            limits: Limits { depth: 20, certificates: 4_000, ..Limits::default() },
        });
        let lists: Vec<Crl<'_>> = self.lists.iter().filter_map(|l| Crl::read(l).ok()).collect();
        let sources = Sources {
            lists: &lists,
            issuers: &self.pool,
            anchors: &[&self.anchors],
            time,
            verifier: &RustVerifier,
            strict: false,
        };
        let demand = Demand {
            policy: Some(settings),
            revocation: Some(Revocation { sources, hard: true }),
            ..Demand::default()
        };
        Standard::Paths.judge(&search, &demand)
    }
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.sort();
    Ok(files)
}

/// One line of the table.
fn test(line: &str) -> anyhow::Result<Test> {
    let [number, leaf, expected, initial, flags, policies] = line.split('\t').collect::<Vec<_>>()[..] else {
        bail!("pkits.tsv: six columns expected: {line:?}");
    };
    let valid = match expected {
        "valid" => true,
        "invalid" => false,
        other => bail!("pkits.tsv: {other:?} in {line:?}"),
    };
    let settings = PolicySettings {
        initial: if initial == "any" { None } else { Some(policy_set(initial)?) },
        explicit: flags.contains('e'),
        inhibit_mapping: flags.contains('m'),
        inhibit_any: flags.contains('a'),
    };
    let policies = if policies == "-" { None } else { Some(policy_set(policies)?) };
    Ok(Test { number: number.to_owned(), leaf: leaf.to_owned(), valid, settings, policies })
}

fn policy_set(text: &str) -> anyhow::Result<BTreeSet<Oid>> {
    match text {
        "none" => Ok(BTreeSet::new()),
        "any" => Ok(BTreeSet::from([Oid::from_der(oid::ANY_POLICY)])),
        list => list
            .split(',')
            .map(|n| {
                let arc: u8 = n.parse().with_context(|| format!("pkits.tsv: policy {n:?}"))?;
                Ok(Oid::from_der(&[POLICY_ARC.as_slice(), &[arc]].concat()))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_comes_out_as_documented() {
        let Some(corpus) = std::env::var_os("TLSDIAG_CORPUS") else {
            println!("skipped: TLSDIAG_CORPUS is not set");
            return;
        };
        let figures = run(&Path::new(&corpus).join("pkits"), &[]).unwrap();
        assert!(figures.iter().any(|f| f.of == 249), "{figures:?}");
        crate::floor::check("pkits", &figures).unwrap();
    }

    #[test]
    fn the_table_holds_every_test() {
        let lines: Vec<&str> =
            include_str!("../pkits.tsv").lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
        let tests: Vec<Test> = lines.iter().map(|l| test(l).unwrap()).collect();
        assert_eq!(tests.len(), 249);
        assert!(tests.iter().all(|t| (1..=16).contains(&t.section())));
        let mixed = tests.iter().find(|t| t.number == "4.8.13" && t.settings.initial.is_some()).unwrap();
        assert_eq!(mixed.policies.as_ref().unwrap().iter().next().unwrap().to_string(), "2.16.840.1.101.3.2.1.48.1");
        assert!(test("4.1.1\tx\tperhaps\tany\t-\t-").is_err());
    }
}
