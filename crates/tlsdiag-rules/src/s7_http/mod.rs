//! Scenario 7: HTTP over TLS.
pub mod answer;
