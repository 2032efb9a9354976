//! Scenario 5: version, cipher suite, group, extensions, alerts, resets.
pub mod ended_after_hello;
