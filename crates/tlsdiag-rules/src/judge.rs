//! Running every rule over every subject.
use crate::look::Look;
use crate::{Derived, Outcome, Rule, Stop, Subjects};
use std::collections::BTreeSet;
use tlsdiag_model::{Ask, Case, Finding, Kind, Subject};

/// What a rule said about a subject.
pub struct Verdict {
    /// The rule.
    pub rule: &'static Rule,
    /// The subject.
    pub subject: Subject,
    /// `Ok`: outcome. `Err`: unknown, and what would decide.
    pub judged: Result<Outcome, Ask>,
    /// What would make it surer.
    pub wishes: Vec<Ask>,
    /// The tables that it read.
    pub reads: BTreeSet<Kind>,
}

impl Verdict {
    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        match &self.judged {
            Ok(Outcome::Fail(f)) => f,
            _ => &[],
        }
    }
}

/// Judges a case.
pub fn judge(case: &Case, subjects: &Subjects, derived: &Derived, rules: &[&'static Rule]) -> Vec<Verdict> {
    let mut out = vec![];
    for rule in rules {
        for subject in subjects.over(rule.over) {
            let look = Look::new(case, subjects, derived, &subject, rule);
            let judged = match (rule.check)(&look) {
                Ok(o) => Ok(o),
                Err(Stop::NotApplicable) => Ok(Outcome::NotApplicable),
                Err(Stop::Missing(ask)) => Err(ask),
            };
            let (reads, wishes) = (look.reads(), look.wishes());
            out.push(Verdict { rule, subject, judged, wishes, reads });
        }
    }
    out
}
