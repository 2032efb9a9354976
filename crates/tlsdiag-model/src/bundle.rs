//! A case as files: `manifest.json`, `facts/<kind>.<version>.jsonl`, `certs/<sha256>.der`. Kinds that this build does not
//! know are kept as they are and count as a partial look.
use crate::facts::{EachKind, each_kind};
use crate::{Case, Cover, Fact, Fingerprint, Host, HostInfo, Kind, Opaque, Origin, Row, Span, Survey, Time, Why};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// What the bundle says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format: `tlsdiag-bundle/1`.
    pub format: String,
    /// Program and version that wrote it.
    pub tool: String,
    /// When it was written.
    pub taken: Time,
    /// Milliseconds by which the writing machine's clock was ahead of true time, where that is known.
    pub clock_ahead_ms: Option<i64>,
    /// Machines; their position is the number in the rows.
    pub hosts: Vec<HostInfo>,
    /// Machines that are one.
    pub aliases: Vec<(Host, Host)>,
    /// SHA-256 of every other file.
    pub files: BTreeMap<String, Fingerprint>,
}

/// The format that this build writes.
pub const FORMAT: &str = "tlsdiag-bundle/1";
/// Name of the file that lists a bundle's files.
pub const MANIFEST: &str = "manifest.json";
const SURVEYS: &str = "facts/surveys.1.jsonl";

/// Why a bundle could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BundleError {
    /// No manifest.json.
    NoManifest,
    /// The manifest cannot be read.
    Manifest(String),
    /// Another format.
    Format(String),
    /// A file is not as the manifest says it was written.
    Hash { file: String },
    /// A file that the manifest names is missing.
    Missing { file: String },
    /// A line cannot be read.
    Line { file: String, line: usize, reason: String },
    /// A value cannot be written.
    Write(String),
}
impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::NoManifest => write!(f, "no {MANIFEST} in the bundle"),
            BundleError::Manifest(e) => write!(f, "{MANIFEST}: {e}"),
            BundleError::Format(v) => write!(f, "{MANIFEST}: format {v:?}, this program reads {FORMAT:?}"),
            BundleError::Hash { file } => write!(f, "{file}: changed since the bundle was written"),
            BundleError::Missing { file } => write!(f, "{file}: named by the manifest, but missing"),
            BundleError::Line { file, line, reason } => write!(f, "{file}:{line}: {reason}"),
            BundleError::Write(e) => write!(f, "cannot be written: {e}"),
        }
    }
}
impl std::error::Error for BundleError {}

/// The files of a bundle, by name, the manifest among them.
pub fn write(
    case: &Case,
    tool: &str,
    taken: Time,
    clock_ahead_ms: Option<i64>,
) -> Result<BTreeMap<String, Vec<u8>>, BundleError> {
    struct Lines<'a>(&'a Case, BTreeMap<String, Vec<u8>>, Option<BundleError>);
    impl EachKind for Lines<'_> {
        fn visit<T: Fact>(&mut self) {
            let rows = T::rows(self.0);
            if rows.is_empty() || self.2.is_some() {
                return;
            }
            match lines(rows) {
                Ok(l) => {
                    self.1.insert(format!("facts/{}.{}.jsonl", T::KIND.slug(), T::VERSION), l);
                }
                Err(e) => self.2 = Some(e),
            }
        }
    }
    let mut v = Lines(case, BTreeMap::new(), None);
    each_kind(&mut v);
    if let Some(e) = v.2 {
        return Err(e);
    }
    let mut files = v.1;
    if !case.surveys.is_empty() {
        files.insert(SURVEYS.to_owned(), lines(&case.surveys)?);
    }
    for o in &case.opaque {
        let mut text = o.lines.join("\n");
        text.push('\n');
        files.insert(format!("facts/{}.jsonl", o.kind), text.into_bytes());
    }
    for (id, der) in &case.certs {
        files.insert(format!("certs/{id}.der"), der.to_vec());
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        tool: tool.to_owned(),
        taken,
        clock_ahead_ms,
        hosts: case.hosts.clone(),
        aliases: case.aliases.clone(),
        files: files.iter().map(|(n, b)| (n.clone(), Fingerprint::of(b))).collect(),
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| BundleError::Write(e.to_string()))?;
    files.insert(MANIFEST.to_owned(), text);
    Ok(files)
}

/// Reads the files of a bundle.
pub fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<(Manifest, Case), BundleError> {
    let text = files.get(MANIFEST).ok_or(BundleError::NoManifest)?;
    let m: Manifest = serde_json::from_slice(text).map_err(|e| BundleError::Manifest(e.to_string()))?;
    if m.format != FORMAT {
        return Err(BundleError::Format(m.format));
    }
    for (name, hash) in &m.files {
        let bytes = files.get(name).ok_or_else(|| BundleError::Missing { file: name.clone() })?;
        if Fingerprint::of(bytes) != *hash {
            return Err(BundleError::Hash { file: name.clone() });
        }
    }
    struct Read<'a>(&'a BTreeMap<String, Vec<u8>>, Case, Option<BundleError>, Vec<String>);
    impl EachKind for Read<'_> {
        fn visit<T: Fact>(&mut self) {
            let name = format!("facts/{}.{}.jsonl", T::KIND.slug(), T::VERSION);
            let Some(bytes) = self.0.get(&name) else { return };
            match parse::<Row<T>>(&name, bytes) {
                Ok(rows) => T::rows_mut(&mut self.1).extend(rows),
                Err(e) => self.2 = Some(e),
            }
            self.3.push(name);
        }
    }
    let start = Case { hosts: m.hosts.clone(), aliases: m.aliases.clone(), ..Case::default() };
    let mut v = Read(files, start, None, vec![MANIFEST.to_owned(), SURVEYS.to_owned()]);
    each_kind(&mut v);
    if let Some(e) = v.2 {
        return Err(e);
    }
    let (mut case, known) = (v.1, v.3);
    if let Some(bytes) = files.get(SURVEYS) {
        case.surveys = parse(SURVEYS, bytes)?;
    }
    for (name, bytes) in files {
        if name.starts_with("certs/") {
            case.certificate(bytes);
        } else if let Some(kind) =
            name.strip_prefix("facts/").and_then(|n| n.strip_suffix(".jsonl")).filter(|_| !known.contains(name))
        {
            let text = String::from_utf8_lossy(bytes);
            case.opaque.push(Opaque { kind: kind.to_owned(), lines: text.lines().map(str::to_owned).collect() });
            unknown_kind(&mut case, kind, m.taken);
        }
    }
    Ok((m, case))
}

/// A kind of which this build knows the name but not the version: every machine's look at it is partial.
fn unknown_kind(case: &mut Case, kind: &str, taken: Time) {
    let base = kind.split('.').next().unwrap_or(kind);
    let Some(known) = Kind::ALL.iter().copied().find(|k| k.slug() == base) else { return };
    for host in 0..case.hosts.len() {
        let host = Host(u32::try_from(host).unwrap_or(u32::MAX));
        case.surveys.push(Survey {
            kind: known,
            host,
            cover: Cover::Partial(Why::NewerThanWe { kind: kind.to_owned() }),
            span: Span::at(taken),
            origin: Origin::Api("bundle".into()),
        });
    }
}

fn lines<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, BundleError> {
    let mut out = vec![];
    for r in rows {
        serde_json::to_writer(&mut out, r).map_err(|e| BundleError::Write(e.to_string()))?;
        out.push(b'\n');
    }
    Ok(out)
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<Vec<T>, BundleError> {
    bytes
        .split(|b| *b == b'\n')
        .enumerate()
        .filter(|(_, l)| !l.is_empty())
        .map(|(i, l)| {
            serde_json::from_slice(l).map_err(|e| BundleError::Line {
                file: file.to_owned(),
                line: i + 1,
                reason: e.to_string(),
            })
        })
        .collect()
}
