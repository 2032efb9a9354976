//! Scenario 1: the certificate has its private key.
pub(crate) mod at_hand;
pub(crate) mod in_store;

pub mod form;
pub mod key_does_not_match;
pub mod no_key;
pub mod pair;
