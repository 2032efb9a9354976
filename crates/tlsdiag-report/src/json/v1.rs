//! The types of `tlsdiag/1`. Within version 1 members are only added; readers take unknown strings in every enumeration.
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The schema's name.
pub const SCHEMA: &str = "tlsdiag/1";

/// A document, whatever the command.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Name and version of the program.
    pub tool: String,
    /// When the diagnosis was made, RFC 3339.
    pub taken: Option<String>,
    /// `works`, `partial`, `broken` or `unknown`.
    pub verdict: &'static str,
    /// The exit code of the run.
    pub exit: u8,
    /// What was asked for.
    pub targets: Vec<Target>,
    /// What each known client says of the certificates of the first target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Client>,
    /// Causes in order, candidates among them.
    pub causes: Vec<Candidate>,
    /// What the causes explain, and what nobody explains.
    pub symptoms: Vec<Candidate>,
    /// Groups of facts that contradict each other.
    pub disputes: Vec<Vec<String>>,
    /// What a person could collect, first what decides most.
    pub ask_for: Vec<AskFor>,
    /// Checks that were not made.
    pub not_checked: Vec<NotChecked>,
    /// What every rule said; rules that had no question there are left out.
    pub verdicts: Vec<Verdict>,
    /// The facts that are cited, by reference.
    pub facts: BTreeMap<String, Fact>,
    /// The certificates that those facts name, by SHA-256.
    pub certificates: BTreeMap<String, Certificate>,
}

/// Text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Korean.
    pub ko: String,
}

/// A target.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Stable id.
    pub id: String,
    /// As typed.
    pub typed: String,
    /// Name and port.
    pub endpoint: String,
    /// The endpoints that serve it.
    pub endpoints: Vec<Endpoint>,
    /// How it fares.
    pub verdict: &'static str,
    /// Eight rungs in order.
    pub ladder: Vec<Rung>,
    /// Ids of its causes, in order.
    pub causes: Vec<String>,
    /// What was agreed, where it works.
    pub summary: Option<Text>,
    /// What each known client says of its certificates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Client>,
    /// Which lists of roots trust its root.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stores: Vec<Store>,
}

/// What a list of roots says of a root.
#[derive(Clone, Debug, Serialize)]
pub struct Store {
    /// Its name.
    pub store: &'static str,
    /// The edition that was looked in: version and day.
    pub edition: String,
    /// The root, as the list calls it.
    pub root: &'static str,
    /// Whether it trusts the root for this certificate.
    pub trusts: bool,
}

/// What a client says of a chain.
#[derive(Clone, Debug, Serialize)]
pub struct Client {
    /// Stable key: `openssl-3.5`, `firefox-153`.
    pub client: &'static str,
    /// Its name as people know it.
    pub name: &'static str,
    /// `accepts`, `refuses`, `unknown`.
    pub verdict: &'static str,
    /// Its message, where it refuses and its words are known.
    pub error: Option<String>,
    /// `proven` where the client itself was run, `likely` where its documents were read.
    pub confidence: &'static str,
    /// Position, from 0, of the certificate that it refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<usize>,
    /// The rule that decided.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub because: String,
}

/// A rung.
#[derive(Clone, Debug, Serialize)]
pub struct Rung {
    /// `name`, `reach`, `listener`, `binding`, `key`, `handshake`, `trust`, `http`.
    pub layer: &'static str,
    /// `ok`, `fail`, `warn`, `unseen`, `not_reached`.
    pub state: &'static str,
    /// The rule that says so.
    pub code: Option<String>,
    /// A few words.
    pub text: Option<Text>,
}

/// An endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct Endpoint {
    /// Label of the machine.
    pub host: String,
    /// Address, or `*`.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// Server name.
    pub name: Option<String>,
}

/// What something is about.
#[derive(Clone, Debug, Serialize)]
pub struct Subject {
    /// `host`, `site`, `endpoint`, `path`, `certificate`, `identity`, `stored`.
    pub kind: &'static str,
    /// Label of the machine.
    pub host: String,
    /// The machine from which it is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Address, or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// TCP port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// SHA-256 of a certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Thumbprint of a certificate in a store, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbprint: Option<String>,
}

/// A cause or a symptom.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// Stable id.
    pub id: String,
    /// `TDnnnn`.
    pub code: Option<String>,
    /// The rule's name.
    pub slug: String,
    /// Cause labels, best first.
    pub labels: Vec<&'static str>,
    /// `proven`, `likely`, `possible`.
    pub confidence: &'static str,
    /// `broken`, `partial`, `risk`, `note`.
    pub impact: Option<&'static str>,
    /// The rung.
    pub layer: Option<&'static str>,
    /// What it is about.
    pub subject: Option<Subject>,
    /// The endpoints that it touches.
    pub endpoints: Vec<Endpoint>,
    /// Who is affected.
    pub who: Option<Who>,
    /// Start, RFC 3339; null where nobody saw it begin.
    pub since: Option<String>,
    /// End, RFC 3339; null where it still holds.
    pub until: Option<String>,
    /// How often it was seen.
    pub count: u64,
    /// The fault in one line.
    pub text: Text,
    /// The typed arguments of the text.
    pub args: BTreeMap<&'static str, Value>,
    /// Why, a line each.
    pub because: Vec<Text>,
    /// References into `facts`.
    pub evidence: Vec<String>,
    /// Ids of the symptoms that it explains.
    pub explains: Vec<String>,
    /// What mends it, best first.
    pub fixes: Vec<Fix>,
    /// The page of `tlsdiag explain` (Markdown).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Text>,
}

/// Who is affected.
#[derive(Clone, Debug, Serialize)]
pub struct Who {
    /// `everyone`, `clients`, `addresses`, `some`.
    pub kind: &'static str,
    /// In words, where it is not everyone.
    pub text: Option<Text>,
    /// Addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Failed attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
}

/// A cure.
#[derive(Clone, Debug, Serialize)]
pub struct Fix {
    /// What to do.
    pub text: Text,
    /// `safe`, `confirm`, `manual`.
    pub safety: &'static str,
    /// Lines to type, in order.
    pub commands: Vec<Line>,
}

/// A line to type.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// `windows`, `linux`, `any`.
    pub on: &'static str,
    /// The line.
    pub line: String,
}

/// Something to collect.
#[derive(Clone, Debug, Serialize)]
pub struct AskFor {
    /// A stable word: `table/bindings`, `trial/classic`.
    pub ask: String,
    /// In words.
    pub what: Text,
    /// Label of the machine.
    pub host: String,
    /// Why an earlier look was not whole.
    pub why: Option<Why>,
    /// What to type.
    pub command: PerPlatform,
    /// The causes that it would decide.
    pub decides: Vec<&'static str>,
}

/// Commands by platform; several are joined by line feeds.
#[derive(Clone, Debug, Serialize)]
pub struct PerPlatform {
    /// Windows command prompt.
    pub windows: Option<String>,
    /// POSIX shell.
    pub linux: Option<String>,
}

/// A check that was not made.
#[derive(Clone, Debug, Serialize)]
pub struct NotChecked {
    /// In words.
    pub what: Text,
    /// Label of the machine.
    pub host: String,
    /// Why not.
    pub why: Option<Why>,
}

/// Why something was not seen whole.
#[derive(Clone, Debug, Serialize)]
pub struct Why {
    /// `needs_elevation`, `cut_off`, `over_cap`, `timed_out`, `damaged_at`, `newer_than_we`, `offline`, `over_budget`, …
    pub kind: &'static str,
    /// In words.
    pub text: Text,
}

/// What a rule said about a subject.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The rule.
    pub code: String,
    /// Its name, where it is known.
    pub slug: Option<&'static str>,
    /// The subject.
    pub subject: Subject,
    /// `pass`, `fail`, `unknown`.
    pub outcome: &'static str,
    /// What would decide, where it is unknown.
    pub ask: Option<String>,
}

/// A cited fact.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// `handshakes`, `lookups`, …, or `surveys`.
    pub kind: &'static str,
    /// Label of the machine.
    pub host: String,
    /// `read`, `watched`, `told`.
    pub how: &'static str,
    /// First and last observation.
    pub span: Span,
    /// How many observations it stands for.
    pub count: u64,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<Took>,
    /// Where it can be looked up, at most three.
    pub origin: Vec<Origin>,
    /// In words.
    pub text: Text,
    /// The statement; its members depend on the kind.
    pub value: Value,
}

/// From the first to the last observation; null: always.
#[derive(Clone, Debug, Serialize)]
pub struct Span {
    /// RFC 3339.
    pub first: Option<String>,
    /// RFC 3339.
    pub last: Option<String>,
}

/// Milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Took {
    /// Fastest.
    pub min: u32,
    /// Slowest.
    pub max: u32,
}

/// Where a fact can be looked up.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Origin {
    /// `api`, `file`, `inside`, `frame`, `probe`.
    pub kind: &'static str,
    /// Name of the call, path of the file or capture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The place in a file that has no lines: a registry key, a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Line, frame or connection, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Bytes sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<u32>,
    /// Bytes acknowledged by the peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acked: Option<u32>,
    /// Bytes received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<u32>,
    /// First bytes of the answer, hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// A certificate, readable.
#[derive(Clone, Debug, Serialize)]
pub struct Certificate {
    /// Distinguished name; null where the certificate could not be read.
    pub subject: Option<String>,
    /// Distinguished name.
    pub issuer: Option<String>,
    /// Serial number, hex.
    pub serial: Option<String>,
    /// SHA-1 thumbprint, hex.
    pub thumbprint: Option<String>,
    /// RFC 3339.
    pub not_before: Option<String>,
    /// RFC 3339.
    pub not_after: Option<String>,
    /// Names of subjectAltName.
    pub names: Vec<String>,
    /// Kind and size of the key.
    pub key: Option<String>,
    /// Signature algorithm.
    pub signature: Option<String>,
}
