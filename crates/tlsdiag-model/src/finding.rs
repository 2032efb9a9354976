//! What a rule found: code, subject, impact, standing, evidence, text and cure.
use crate::{Cause, FactRef, Say, Span, Subject};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr};

/// A rule's number, printed as `TD` and four digits. The thousands digit is the scenario. A number is never used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TD{:04}", self.0)
    }
}
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TD{:04}", self.0)
    }
}

/// What a fault does to visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// Nobody gets in.
    Broken,
    /// Some do not: see [`Who`].
    Partial,
    /// Works today.
    Risk,
    /// Worth knowing.
    Note,
}

/// How sure: computed from how the evidence came to us, never written by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Read, or shown by an experiment with its control repeated.
    Proven,
    /// A behaviour was seen.
    Likely,
    /// Only told of, or not decided yet.
    Possible,
}

/// Who is affected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// Every visitor.
    #[default]
    Everyone,
    /// Some clients, in words.
    Clients(Say),
    /// Those who come to these addresses.
    Addresses(Vec<IpAddr>),
    /// A share of the attempts.
    Some {
        /// Failed.
        n: u32,
        /// Of so many.
        of: u32,
    },
}

/// How careful one must be with a cure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Reversible, touches no running connection.
    Safe,
    /// Reversible, but interrupts service or touches trust.
    Confirm,
    /// Irreversible, outside this machine, or a human's decision.
    Manual,
}

/// Where a command is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Windows command prompt.
    Windows,
    /// A POSIX shell on Linux.
    Linux,
    /// Either: a tlsdiag command, a line of a configuration file.
    Any,
}

/// One line to type. Values from outside stand in it only after [`crate::escape`] and shell quoting by the maker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// Where.
    pub on: Platform,
    /// The line.
    pub line: String,
}

/// What mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cure {
    /// What to do, one line.
    pub say: Say,
    /// The commands or configuration lines, in order.
    pub commands: Vec<Command>,
    /// How careful to be.
    pub safety: Safety,
}

impl Cure {
    /// A cure in words.
    pub fn new(safety: Safety, say: Say) -> Cure {
        Cure { say, commands: vec![], safety }
    }
    /// Adds a line to type.
    #[must_use]
    pub fn run(mut self, on: Platform, line: impl Into<String>) -> Cure {
        self.commands.push(Command { on, line: line.into() });
        self
    }
}

/// What a rule found about one subject. It cannot be built without evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule.
    pub code: Code,
    /// What it is about.
    pub subject: Subject,
    /// What it does to visitors.
    pub impact: Impact,
    /// How sure.
    pub standing: Standing,
    /// When it held.
    pub held: Span,
    /// How often it was seen.
    pub count: u64,
    /// Who is affected.
    pub who: Who,
    /// Cause labels, best first; empty: those of the rule.
    pub labels: Vec<Cause>,
    /// The fault in one line, lower case, no full stop.
    pub say: Say,
    /// Why we say so, a line each.
    pub because: Vec<Say>,
    /// What mends it, best first.
    pub cures: Vec<Cure>,
    /// Readings that contradict.
    pub disputed_by: Vec<FactRef>,
    first: FactRef,
    rest: Vec<FactRef>,
}

impl Finding {
    /// A finding with its first piece of evidence.
    pub fn new(
        code: Code,
        subject: Subject,
        impact: Impact,
        standing: Standing,
        held: Span,
        first: FactRef,
        say: Say,
    ) -> Finding {
        Finding {
            code,
            subject,
            impact,
            standing,
            held,
            count: 1,
            who: Who::Everyone,
            labels: vec![],
            say,
            because: vec![],
            cures: vec![],
            disputed_by: vec![],
            first,
            rest: vec![],
        }
    }
    /// One more piece of evidence.
    #[must_use]
    pub fn and(mut self, more: FactRef) -> Finding {
        if more != self.first && !self.rest.contains(&more) {
            self.rest.push(more);
        }
        self
    }
    /// One more reason, in words.
    #[must_use]
    pub fn because(mut self, say: Say) -> Finding {
        self.because.push(say);
        self
    }
    /// One more cure, after those named before.
    #[must_use]
    pub fn cure(mut self, cure: Cure) -> Finding {
        self.cures.push(cure);
        self
    }
    /// Labels other than the rule's own, best first.
    #[must_use]
    pub fn labels(mut self, labels: &[Cause]) -> Finding {
        self.labels = labels.to_vec();
        self
    }
    /// Who is affected.
    #[must_use]
    pub fn who(mut self, who: Who) -> Finding {
        self.who = who;
        self
    }
    /// How often it was seen.
    #[must_use]
    pub fn count(mut self, n: u64) -> Finding {
        self.count = n;
        self
    }
    /// Never surer than this: for what the evidence suggests but does not settle.
    #[must_use]
    pub fn at_most(mut self, standing: Standing) -> Finding {
        self.standing = self.standing.max(standing);
        self
    }
    /// All evidence, the first piece first.
    pub fn evidence(&self) -> impl Iterator<Item = FactRef> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }
}
