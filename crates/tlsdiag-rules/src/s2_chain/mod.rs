//! Scenario 2, second half: chain, root, name, usage, dates, revocation, weak algorithms.
pub mod no_trusted_path;
