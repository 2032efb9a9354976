//! The faults, one file per family, in the order of the ladder.
mod alerts;
mod bind;
mod chain;
mod dates;
mod hello_shape;
mod http;
mod key;
mod listen;
mod names;
mod path;
mod reach;
mod revocation;
mod suites;
mod usage;
mod versions;

use crate::catalogue::Fault;
use tlsdiag_model::Tpl;

/// All families.
pub(crate) static ALL: &[&[Fault]] = &[
    reach::ALL,
    path::ALL,
    listen::ALL,
    bind::ALL,
    key::ALL,
    alerts::ALL,
    versions::ALL,
    suites::ALL,
    hello_shape::ALL,
    dates::ALL,
    chain::ALL,
    names::ALL,
    usage::ALL,
    revocation::ALL,
    http::ALL,
];

/// A text in both languages.
const fn t(en: &'static str, ko: &'static str) -> Tpl {
    Tpl { en, ko }
}
