//! All that is known: rows by kind, surveys, machines and aliases, certificates interned once.
use crate::facts::*;
use crate::{Host, Kind, Row, Survey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// SHA-256 of a certificate's DER.
pub type CertId = Fingerprint;

/// A SHA-256 hash, in lower-case hex when printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(bytes).into())
    }
    /// Reads 64 hex digits.
    pub fn from_hex(s: &str) -> Option<Fingerprint> {
        let mut out = [0u8; 32];
        if s.len() != 64 || !s.is_ascii() {
            return None;
        }
        for (o, pair) in out.iter_mut().zip(s.as_bytes().chunks(2)) {
            *o = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Fingerprint(out))
    }
    /// The first eight hex digits, enough to tell two apart on a screen.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.short())
    }
}
impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let s = String::deserialize(d)?;
        Fingerprint::from_hex(&s).ok_or_else(|| serde::de::Error::custom("64 hex digits expected"))
    }
}

/// From where a machine is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vantage {
    /// The machine on which tlsdiag runs.
    Here,
    /// Known only from outside, by an address.
    Outside,
    /// Known from evidence that was handed over.
    Evidence,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostInfo {
    /// How people call it.
    pub label: String,
    /// From where it is known.
    pub vantage: Vantage,
}

/// A piece of evidence: a row, or a survey for what is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactRef {
    /// Row of a kind, by position.
    Row(Kind, u32),
    /// Survey, by position.
    Survey(u32),
}

/// A kind that this build does not know, kept whole and passed on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opaque {
    /// Kind and version, as in the bundle's file name.
    pub kind: String,
    /// The lines as they stood.
    pub lines: Vec<String>,
}

/// All that is known.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Case {
    pub hosts: Vec<HostInfo>,
    /// Two machines that are one: we probed ourselves, or the user said so.
    pub aliases: Vec<(Host, Host)>,
    pub surveys: Vec<Survey>,
    /// DER by SHA-256.
    pub certs: BTreeMap<CertId, Arc<[u8]>>,
    pub opaque: Vec<Opaque>,
    pub asked: Vec<Row<Asked>>,
    pub lookups: Vec<Row<Lookup>>,
    pub hosts_lines: Vec<Row<HostsLine>>,
    pub proxies: Vec<Row<Proxy>>,
    pub skews: Vec<Row<Skew>>,
    pub connects: Vec<Row<Connect>>,
    pub talks: Vec<Row<Talk>>,
    pub handshakes: Vec<Row<Handshake>>,
    pub http_answers: Vec<Row<HttpAnswer>>,
    pub holdings: Vec<Row<Holding>>,
    pub anchors: Vec<Row<Anchors>>,
    pub fetches: Vec<Row<Fetch>>,
    pub revocations: Vec<Row<Revocation>>,
    pub bindings: Vec<Row<Binding>>,
    pub listen_lists: Vec<Row<ListenList>>,
    pub urls: Vec<Row<Url>>,
    pub listeners: Vec<Row<Listener>>,
    pub processes: Vec<Row<Process>>,
    pub services: Vec<Row<Service>>,
    pub site_bindings: Vec<Row<SiteBinding>>,
    pub site_accesses: Vec<Row<SiteAccess>>,
    pub pools: Vec<Row<Pool>>,
    pub old_bindings: Vec<Row<OldBinding>>,
    pub stored: Vec<Row<Stored>>,
    pub key_files: Vec<Row<KeyFile>>,
    pub systems: Vec<Row<System>>,
    pub settings: Vec<Row<Setting>>,
    pub wholes: Vec<Row<Whole>>,
    pub suites: Vec<Row<Suites>>,
    pub protocols: Vec<Row<Protocol>>,
    pub events: Vec<Row<Event>>,
    pub files: Vec<Row<File>>,
    pub filed: Vec<Row<Filed>>,
    pub identities: Vec<Row<Identity>>,
    pub pasted: Vec<Row<Pasted>>,
    pub said: Vec<Row<Said>>,
}

impl Case {
    /// An empty case; machine 0 is the one on which tlsdiag runs.
    pub fn here(label: &str) -> Case {
        Case { hosts: vec![HostInfo { label: label.to_owned(), vantage: Vantage::Here }], ..Case::default() }
    }
    /// Interns a machine by label and vantage.
    pub fn host(&mut self, label: &str, vantage: Vantage) -> Host {
        let at = self.hosts.iter().position(|h| h.label == label && h.vantage == vantage).unwrap_or_else(|| {
            self.hosts.push(HostInfo { label: label.to_owned(), vantage });
            self.hosts.len() - 1
        });
        Host(u32::try_from(at).unwrap_or(u32::MAX))
    }
    /// How people call a machine.
    pub fn label(&self, host: Host) -> &str {
        self.hosts.get(host.0 as usize).map_or("?", |h| &h.label)
    }
    /// Interns a certificate.
    pub fn certificate(&mut self, der: &[u8]) -> CertId {
        let id = Fingerprint::of(der);
        self.certs.entry(id).or_insert_with(|| der.into());
        id
    }
    /// Are the two one machine? Aliases are transitive.
    pub fn same(&self, a: Host, b: Host) -> bool {
        if a == b {
            return true;
        }
        let mut group = vec![a];
        let mut next = 0;
        while let Some(&h) = group.get(next) {
            for &(x, y) in &self.aliases {
                let other = if x == h {
                    y
                } else if y == h {
                    x
                } else {
                    continue;
                };
                if other == b {
                    return true;
                }
                if !group.contains(&other) {
                    group.push(other);
                }
            }
            next += 1;
        }
        false
    }
}

/// Where sources put what they find, as they find it: an interrupted run is diagnosed with what is there.
#[derive(Clone)]
pub struct Sink {
    case: Arc<Mutex<Case>>,
    stop: Arc<AtomicBool>,
}

impl Sink {
    /// A sink that begins with a case.
    pub fn new(case: Case) -> Sink {
        Sink { case: Arc::new(Mutex::new(case)), stop: Arc::new(AtomicBool::new(false)) }
    }
    /// Works on the case; short, as everybody waits.
    pub fn with<R>(&self, f: impl FnOnce(&mut Case) -> R) -> R {
        f(&mut self.lock())
    }
    /// Adds a row.
    pub fn add<T: Fact>(&self, row: Row<T>) {
        self.lock().add(row);
    }
    /// Adds a survey.
    pub fn survey(&self, survey: Survey) {
        self.lock().surveys.push(survey);
    }
    /// What is known so far.
    pub fn snapshot(&self) -> Case {
        self.lock().clone()
    }
    /// Asks everybody to stop soon.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }
    /// Has somebody asked to stop?
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
    fn lock(&self) -> MutexGuard<'_, Case> {
        self.case.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
