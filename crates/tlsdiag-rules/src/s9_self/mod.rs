//! Scenario 9: what the tool could not read or do.
pub mod answers_change;
