//! What a folder of trust stores holds: lists of fingerprints, certificates, limits.
use super::limits::{self, Limit};
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use tlsdiag_pki::{Certificate, Hash};

/// SHA-256 of a certificate.
pub(super) type Fingerprint = [u8; 32];

/// One edition of one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List {
    /// Variant of `Store`.
    pub(super) store: &'static str,
    /// Version as its maker calls it, or empty.
    pub(super) version: String,
    /// `YYYY-MM-DD`
    pub(super) date: String,
    /// Where it comes from.
    pub(super) source: String,
    /// What it trusts.
    pub(super) roots: BTreeSet<Fingerprint>,
    /// What it lists as blocked.
    pub(super) blocked: BTreeSet<Fingerprint>,
}

/// Everything that was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) lists: Vec<List>,
    pub(super) certificates: BTreeMap<Fingerprint, Certificate>,
    /// Store, root, limit.
    pub(super) limits: BTreeMap<(&'static str, Fingerprint), Limit>,
    /// Names by which lists call roots.
    pub(super) names: BTreeMap<Fingerprint, String>,
}

/// Files of the observatory: platform and `Store`.
const PLATFORMS: [(&str, &str); 6] = [
    ("APPLE", "Apple"),
    ("GOOGLE_AOSP", "Android"),
    ("MICROSOFT_WINDOWS", "Microsoft"),
    ("MOZILLA_NSS", "Mozilla"),
    ("OPENJDK", "OpenJdk"),
    ("ORACLE_JAVA", "OracleJava"),
];

/// Folders whose name starts so hold one edition of a store in one file: prefix, `Store`, version, date (both from the
/// folder's name where they are empty), source.
const BUNDLES: [(&str, &str, &str, &str, &str); 3] = [
    ("certifi-", "Certifi", "", "", "PyPI package certifi"),
    ("debian-12", "Debian", "20230311+deb12u1", "2023-03-11", "Debian package ca-certificates"),
    ("openjdk-17", "DebianJava", "20230710~deb12u1", "2023-07-10", "Debian package ca-certificates-java"),
];

impl Found {
    /// Reads a folder and all below.
    pub(super) fn folder(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut entries: Vec<_> =
            std::fs::read_dir(path).with_context(|| path.display().to_string())?.collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let at = entry.path();
            if entry.file_type()?.is_dir() {
                self.folder(&at)?;
                continue;
            }
            let bytes = std::fs::read(&at).with_context(|| at.display().to_string())?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let parent = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            self.file(&parent, &name, &bytes).with_context(|| at.display().to_string())?;
        }
        Ok(())
    }

    /// Earlier editions and certificates out of the history of a repository.
    pub(super) fn history(&mut self, repo: &Path) -> anyhow::Result<()> {
        let archive = git(repo, &["archive", "--format=tar", "HEAD", "certificates"])?;
        self.archive(archive.as_slice())?;
        let log = git(repo, &["log", "--format=%H", "--name-only", "--diff-filter=AM", "--", "trust_stores/*.yaml"])?;
        let mut commit = String::new();
        for line in String::from_utf8_lossy(&log).lines() {
            if line.ends_with(".yaml") {
                let text = git(repo, &["show", &format!("{commit}:{line}")])?;
                self.list(&String::from_utf8_lossy(&text))?;
            } else if !line.is_empty() {
                line.clone_into(&mut commit);
            }
        }
        Ok(())
    }

    fn file(&mut self, parent: &str, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        if name.ends_with(".yaml") {
            return self.list(&String::from_utf8_lossy(bytes));
        }
        if name == "authroot.stl" {
            return limits::authroot(bytes, self);
        }
        if name == "certdata.txt" {
            return limits::certdata(&String::from_utf8_lossy(bytes), self);
        }
        let ids = if name.ends_with(".tar.gz") {
            self.archive(flate2::read::GzDecoder::new(bytes))?;
            return Ok(());
        } else if name.ends_with(".jks") {
            self.scan(bytes)
        } else if [".pem", ".crt", ".cer", ".der"].iter().any(|e| name.ends_with(e)) {
            self.bundle(bytes)
        } else {
            return Ok(());
        };
        let known = BUNDLES.iter().find(|(prefix, ..)| parent.starts_with(prefix));
        if let Some((prefix, store, version, date, source)) = known {
            let named = parent.strip_prefix(*prefix).unwrap_or_default();
            let version = if version.is_empty() { named } else { version };
            self.lists.push(List {
                store,
                version: version.to_owned(),
                date: if date.is_empty() { version.replace('.', "-") } else { (*date).to_owned() },
                source: (*source).to_owned(),
                roots: ids,
                blocked: BTreeSet::new(),
            });
        }
        Ok(())
    }

    /// A list of the observatory.
    fn list(&mut self, text: &str) -> anyhow::Result<()> {
        let value = |key: &str| {
            let found = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(": "));
            found.filter(|v| *v != "null").map(|v| v.trim().trim_matches('\'').to_owned()).unwrap_or_default()
        };
        let platform = value("platform");
        let Some((_, store)) = PLATFORMS.iter().find(|(p, _)| *p == platform) else { return Ok(()) };
        let mut list = List {
            store,
            version: value("version"),
            date: value("date_fetched"),
            source: value("url"),
            roots: BTreeSet::new(),
            blocked: BTreeSet::new(),
        };
        let mut blocked = false;
        let mut name = String::new();
        for line in text.lines() {
            if line.starts_with("blocked_certificates") {
                blocked = true;
            } else if line.starts_with("trusted_certificates") {
                blocked = false;
            } else if let Some(n) = line.trim_start().trim_start_matches("- ").strip_prefix("subject_name: ") {
                name = n.trim().trim_matches('\'').to_owned();
            } else if let Some(hex) = line.trim_start().trim_start_matches("- ").strip_prefix("fingerprint: ") {
                let id = unhex(hex.trim()).with_context(|| format!("fingerprint {hex:?}"))?;
                if blocked { &mut list.blocked } else { &mut list.roots }.insert(id);
                // the observatory's words for a certificate that it does not have
                if !name.contains("CERTIFICATE NOT IN REPO") {
                    self.names.insert(id, std::mem::take(&mut name));
                }
            }
        }
        anyhow::ensure!(!list.roots.is_empty() && list.date.len() == 10, "a list without roots or without a date");
        self.lists.push(list);
        Ok(())
    }

    fn archive(&mut self, bytes: impl std::io::Read) -> anyhow::Result<()> {
        for entry in tar::Archive::new(bytes).entries()? {
            let mut entry = entry?;
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            self.bundle(&text);
        }
        Ok(())
    }

    fn bundle(&mut self, bytes: &[u8]) -> BTreeSet<Fingerprint> {
        let read = tlsdiag_pki::read_certificates(bytes);
        read.into_iter().flatten().map(|c| self.keep(Certificate::clone(&c))).collect()
    }

    /// Certificates wherever they start in the octets, as the entries of a JKS file lie.
    fn scan(&mut self, bytes: &[u8]) -> BTreeSet<Fingerprint> {
        let mut ids = BTreeSet::new();
        let mut rest = bytes;
        while let Some(at) = rest.windows(2).position(|w| w == [0x30, 0x82]) {
            rest = rest.get(at..).unwrap_or_default();
            let element = tlsdiag_pki::der::Reader::new(rest).read("Certificate");
            let read = element.ok().and_then(|e| Some((e.raw.len(), Certificate::from_der(e.raw).ok()?)));
            let step = match read {
                Some((length, c)) => {
                    ids.insert(self.keep(c));
                    length
                }
                None => 1,
            };
            rest = rest.get(step..).unwrap_or_default();
        }
        ids
    }

    fn keep(&mut self, c: Certificate) -> Fingerprint {
        let id = c.id.0;
        self.certificates.entry(id).or_insert(c);
        id
    }
}

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> Fingerprint {
    Hash::Sha256.digest(bytes).try_into().unwrap_or([0; 32])
}

fn unhex(text: &str) -> Option<Fingerprint> {
    let digits: Vec<u8> =
        (0..32).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect::<Option<_>>()?;
    digits.try_into().ok().filter(|_| text.len() == 64)
}

fn git(repo: &Path, args: &[&str]) -> anyhow::Result<Vec<u8>> {
    let out = Command::new("git").arg("-C").arg(repo).args(args).stdin(Stdio::null()).output().context("git")?;
    anyhow::ensure!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    Ok(out.stdout)
}
