//! Every rule, by code. Kept in order by `cargo xtask new-rule` and `cargo xtask tidy`.
use crate::Rule;
use crate::{s2_chain, s5_handshake};

/// All rules.
#[rustfmt::skip]
pub static ALL: &[&Rule] = &[
    &s2_chain::no_trusted_path::RULE,
    &s5_handshake::ended_after_hello::RESET,
    &s5_handshake::ended_after_hello::CLOSED,
];
