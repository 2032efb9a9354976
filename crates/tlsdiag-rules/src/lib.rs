//! The rules, and how their verdicts become one diagnosis.
//!
//! A rule is data and one pure function for one subject ([`Rule`]); it sees the case through a [`Look`], through which
//! absence, states over time and experiments can only be had together with the evidence for them. [`judge`] runs every rule
//! over every subject; [`diagnose`] finds out who explains whom, orders the causes and says what would decide the rest.
#![forbid(unsafe_code)]

mod asks;
pub mod clients;
mod derive;
mod diagnose;
mod diagnosis;
mod files;
mod judge;
mod ladder;
mod look;
mod machine;
mod predicted;
mod registry;
mod rule;
mod shown;
mod touch;
mod trusting;
mod windows;

pub mod s0_reach;
pub mod s1_key;
pub mod s2_acquire;
pub mod s2_chain;
pub mod s3_listener;
pub mod s4_binding;
pub mod s5_handshake;
pub mod s6_updates;
pub mod s7_http;
pub mod s9_self;

pub use derive::{Derived, Trust};
pub use diagnose::diagnose;
pub use diagnosis::{AskFor, Candidate, Diagnosis, Health, NotChecked, Rung, RungState, Target, Wanted};
pub use judge::{Verdict, judge};
pub use look::{Cited, Derivation, Look, State};
pub use predicted::{ClientVerdict, Says};
pub use registry::ALL;
pub use rule::{Edge, Fit, Judged, Outcome, Over, Page, Rule, Stop, explains};
pub use shown::Shown;
pub use touch::Subjects;
pub use trusting::StoreTrust;

/// Judges and concludes in one go.
pub fn examine(case: &tlsdiag_model::Case, derived: &Derived, rules: &[&'static Rule]) -> Diagnosis {
    let subjects = Subjects::of(case);
    let verdicts = judge(case, &subjects, derived, rules);
    diagnose(case, &subjects, derived, &verdicts)
}
