//! What a rule is: data and one pure function for one subject.
use crate::look::Look;
use tlsdiag_model::{Ask, Cause, Code, Finding, Layer, Tpl};

/// What a rule says about one subject.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Looked at, and well.
    Pass,
    /// Not a question here.
    NotApplicable,
    /// Found.
    Fail(Vec<Finding>),
}

impl From<Finding> for Outcome {
    fn from(f: Finding) -> Outcome {
        Outcome::Fail(vec![f])
    }
}
impl From<Vec<Finding>> for Outcome {
    /// No finding is a pass.
    fn from(f: Vec<Finding>) -> Outcome {
        if f.is_empty() { Outcome::Pass } else { Outcome::Fail(f) }
    }
}

/// Why a rule's function ended early, by `?`.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// Unknown: this would decide.
    Missing(Ask),
    /// Not a question here.
    NotApplicable,
}

/// A rule's answer: an outcome, or what is missing.
pub type Judged = Result<Outcome, Stop>;

/// Over which subjects a rule is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Machines.
    Hosts,
    /// What was asked for: name and port.
    Sites,
    /// Address, port and name.
    Endpoints,
    /// From one machine to an endpoint.
    Paths,
    /// Certificates on a machine.
    Certs,
    /// Certificates in the stores of a machine, by thumbprint.
    Stored,
    /// Certificates and keys in files, as a server would be given them.
    Identities,
    /// Whatever shows a chain: endpoints and identities.
    Chains,
}

/// What an edge's condition may look at.
pub struct Fit<'a> {
    /// Looks at the case as the cause's rule did.
    pub look: &'a Look<'a>,
    /// The finding that would explain.
    pub cause: &'a Finding,
    /// The finding to be explained.
    pub symptom: &'a Finding,
}

/// A claim with a condition: this rule's finding can make that symptom.
pub struct Edge {
    /// Code of the symptom's rule.
    pub symptom: Code,
    /// Whether these two findings fit, beyond touching subjects and meeting spans.
    pub fits: fn(&Fit<'_>) -> bool,
}

/// An edge without a further condition.
pub const fn explains(symptom: u16) -> Edge {
    Edge { symptom: Code(symptom), fits: |_| true }
}

/// The page of a rule in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Markdown, English; its *Cases* are the rule's test.
    pub en: &'static str,
    /// Markdown, Korean.
    pub ko: &'static str,
}

/// `page!("name")`: the Markdown files of that name beside the rule.
#[macro_export]
macro_rules! page {
    ($name:literal) => {
        $crate::Page { en: include_str!(concat!($name, ".md")), ko: include_str!(concat!($name, ".ko.md")) }
    };
}

/// A rule.
pub struct Rule {
    /// Number.
    pub code: Code,
    /// Name, a few words with hyphens.
    pub slug: &'static str,
    /// The fault in a few words, for lists.
    pub title: Tpl,
    /// The rung that it belongs to.
    pub layer: Layer,
    /// The subjects that it is run over.
    pub over: Over,
    /// Its cause labels, best first; empty: a symptom, never "the cause".
    pub causes: &'static [Cause],
    /// What its findings explain.
    pub explains: &'static [Edge],
    /// What it lacks is asked for even where nothing is wrong.
    pub routine: bool,
    /// The function.
    pub check: fn(&Look<'_>) -> Judged,
    /// Where the facts behind it come from.
    pub sources: &'static [&'static str],
    /// Its page.
    pub page: Page,
}
