//! Scenario 1: the certificate has its private key.
pub(crate) mod at_hand;

pub mod form;
pub mod key_does_not_match;
pub mod pair;
