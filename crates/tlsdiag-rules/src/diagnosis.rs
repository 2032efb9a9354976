//! The answer as data: what renderers print and other programs read. Everything is decided here; printing decides nothing.
use tlsdiag_model::{
    Ask, Cause, Code, Command, Cure, Endpoint, FactRef, Finding, Host, Impact, Layer, Say, Span, Standing, Subject,
    Who, Why,
};

/// How a target fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Health {
    /// Works.
    Works,
    /// Works for some.
    Partial,
    /// Works for nobody.
    Broken,
    /// Could not be told.
    Unknown,
}

impl Health {
    /// The word in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Health::Works => "works",
            Health::Partial => "partial",
            Health::Broken => "broken",
            Health::Unknown => "unknown",
        }
    }
}

/// How a rung stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RungState {
    /// Held.
    Ok,
    /// Gave way.
    Fail,
    /// Holds for some.
    Warn,
    /// Cannot be seen from here.
    Unseen,
    /// The connection did not come so far.
    NotReached,
}

impl RungState {
    /// The word in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            RungState::Ok => "ok",
            RungState::Fail => "fail",
            RungState::Warn => "warn",
            RungState::Unseen => "unseen",
            RungState::NotReached => "not_reached",
        }
    }
}

/// A rung of a target's ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// Which.
    pub layer: Layer,
    /// How it stands.
    pub state: RungState,
    /// The rule that says so, where one does.
    pub code: Option<Code>,
    /// A few words beside it.
    pub say: Option<Say>,
}

/// What was asked for, and how it fares.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Stable id.
    pub id: String,
    /// As typed.
    pub typed: String,
    /// The site.
    pub subject: Subject,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
    /// How it fares.
    pub health: Health,
    /// The eight rungs in order.
    pub ladder: Vec<Rung>,
    /// Its causes, by position in [`Diagnosis::causes`].
    pub causes: Vec<usize>,
    /// What was agreed and how long the certificate lasts, where it works.
    pub summary: Option<Say>,
    /// What each known client says of its certificates; empty where none were seen.
    pub clients: Vec<crate::ClientVerdict>,
    /// Which lists of roots trust its root; empty where none ever had it.
    pub stores: Vec<crate::StoreTrust>,
}

/// A cause or a symptom.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Stable id: code and subject.
    pub id: String,
    /// The rule; `None` for a cause that only a message points to.
    pub code: Option<Code>,
    /// The rule's name.
    pub slug: &'static str,
    /// Cause labels, best first.
    pub labels: Vec<Cause>,
    /// How sure.
    pub standing: Standing,
    /// What it does.
    pub impact: Impact,
    /// The rung.
    pub layer: Layer,
    /// What it is about.
    pub subject: Subject,
    /// The endpoints that it touches.
    pub endpoints: Vec<Endpoint>,
    /// Who is affected.
    pub who: Who,
    /// When it held.
    pub held: Span,
    /// How often it was seen.
    pub count: u64,
    /// The fault in one line.
    pub say: Say,
    /// Why we say so.
    pub because: Vec<Say>,
    /// What mends it.
    pub cures: Vec<Cure>,
    /// Rows and surveys.
    pub evidence: Vec<FactRef>,
    /// Ids of the symptoms that it explains.
    pub explains: Vec<String>,
}

/// Something that would decide and that nobody here could get.
#[derive(Clone, Debug, PartialEq)]
pub struct AskFor {
    /// What.
    pub ask: Ask,
    /// The machine.
    pub host: Host,
    /// In words.
    pub say: Say,
    /// Why an earlier look was not whole.
    pub why: Option<Why>,
    /// What to type, by platform.
    pub commands: Vec<Command>,
    /// The causes that it would decide.
    pub decides: Vec<Cause>,
}

/// A check that was not made, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct NotChecked {
    /// What.
    pub what: Say,
    /// On which machine.
    pub host: Host,
    /// Why not.
    pub why: Option<Why>,
}

/// An ask that the engine may have granted.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What.
    pub ask: Ask,
    /// How many open questions it would help.
    pub use_for: u32,
    /// Needed for a verdict; else it would only make one surer.
    pub needed: bool,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnosis {
    /// What was asked for.
    pub targets: Vec<Target>,
    /// Causes, ordered; candidates too.
    pub causes: Vec<Candidate>,
    /// What the causes explain, and what nobody explains.
    pub symptoms: Vec<Candidate>,
    /// Statements that contradict each other.
    pub disputes: Vec<Vec<FactRef>>,
    /// For the person.
    pub ask_for: Vec<AskFor>,
    /// What was not checked.
    pub not_checked: Vec<NotChecked>,
    /// Rules that looked and found nothing.
    pub passed: Vec<(Code, Subject)>,
    /// For the engine: asks, most useful first.
    pub wanted: Vec<Wanted>,
}

impl Diagnosis {
    /// The health of all targets together; without targets, of all that was found.
    pub fn health(&self) -> Health {
        if let Some(worst) = self.targets.iter().map(|t| t.health).max_by_key(|h| match h {
            Health::Works => 0,
            Health::Unknown => 1,
            Health::Partial => 2,
            Health::Broken => 3,
        }) {
            return worst;
        }
        let sure = || self.causes.iter().filter(|c| c.standing < Standing::Possible);
        match sure().map(|c| c.impact).min() {
            Some(Impact::Broken) => Health::Broken,
            Some(Impact::Partial) => Health::Partial,
            _ => Health::Unknown,
        }
    }

    /// The exit code (see the README): 1 found at or above `fail_on`, 3 nothing found but not all could be looked at, else 0.
    pub fn exit(&self, fail_on: Impact) -> u8 {
        let found =
            self.causes.iter().chain(&self.symptoms).any(|c| c.standing < Standing::Possible && c.impact <= fail_on);
        match self.health() {
            _ if found => 1,
            Health::Unknown => 3,
            _ => 0,
        }
    }
}

/// The stable id of a finding: rule and subject by their names, never a row number.
pub(crate) fn identity(code: Option<Code>, label: &str, what: &str) -> String {
    let text = match code {
        Some(c) => format!("{c}|{what}"),
        None => format!("{label}|{what}"),
    };
    tlsdiag_model::Fingerprint::of(text.as_bytes()).to_string().chars().take(12).collect()
}

impl Candidate {
    pub(crate) fn of(rule: &crate::Rule, f: &Finding, id: String, endpoints: Vec<Endpoint>) -> Candidate {
        Candidate {
            id,
            code: Some(f.code),
            slug: rule.slug,
            labels: if f.labels.is_empty() { rule.causes.to_vec() } else { f.labels.clone() },
            standing: f.standing,
            impact: f.impact,
            layer: rule.layer,
            subject: f.subject.clone(),
            endpoints,
            who: f.who.clone(),
            held: f.held,
            count: f.count,
            say: f.say.clone(),
            because: f.because.clone(),
            cures: f.cures.clone(),
            evidence: f.evidence().collect(),
            explains: vec![],
        }
    }
}
