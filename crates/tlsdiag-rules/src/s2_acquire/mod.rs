//! Scenario 2: the private key can be opened.
pub mod key_not_opened;
