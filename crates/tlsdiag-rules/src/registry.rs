//! Every rule, by code. Kept in order by `cargo xtask new-rule` and `cargo xtask tidy`.
use crate::Rule;
use crate::{s1_key, s2_chain, s5_handshake};

/// All rules.
#[rustfmt::skip]
pub static ALL: &[&Rule] = &[
    &s1_key::key_does_not_match::RULE,
    &s2_chain::no_trusted_path::RULE,
    &s2_chain::dates::EXPIRED,
    &s2_chain::dates::NOT_YET,
    &s2_chain::clock::RULE,
    &s2_chain::dates::SOON_OVER,
    &s2_chain::root::SELF_SIGNED,
    &s2_chain::root::UNTRUSTED,
    &s2_chain::intercepted::RULE,
    &s2_chain::store::HERE_ONLY,
    &s2_chain::store::NOT_HERE,
    &s2_chain::issuer::MISSING,
    &s2_chain::issuer::WRONG,
    &s2_chain::expired_issuer::RULE,
    &s2_chain::order::WRONG_ORDER,
    &s2_chain::order::ROOT_SENT,
    &s2_chain::order::DUPLICATE,
    &s2_chain::issuer::NOT_FETCHED,
    &s2_chain::names::MISMATCH,
    &s2_chain::names::DEPTH,
    &s2_chain::names::ADDRESS,
    &s2_chain::names::COMMON_NAME,
    &s2_chain::usage::PURPOSE,
    &s2_chain::usage::KEY_USAGE,
    &s2_chain::weak::KEY,
    &s2_chain::weak::SIGNATURE,
    &s2_chain::constraints::CONSTRAINTS,
    &s2_chain::constraints::NO_CA,
    &s2_chain::malformed::RULE,
    &s2_chain::revocation::REVOKED,
    &s2_chain::revocation::UNKNOWN,
    &s2_chain::staple::MUST_STAPLE,
    &s2_chain::staple::BAD,
    &s5_handshake::ended_after_hello::RESET,
    &s5_handshake::ended_after_hello::CLOSED,
];
