//! Scenario 1: the certificate has its private key.
pub mod key_does_not_match;
