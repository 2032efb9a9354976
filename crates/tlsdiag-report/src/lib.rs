//! What people and programs read of a diagnosis: the terminal screen and JSON. Printing decides nothing.
//!
//! [`text::render`] writes the screen: the answer first, then the ladder, one cause with its evidence, the cure as
//! commands, and the rest. [`json::document`], [`json::lines`] and [`json::explain`] write `tlsdiag/1`, the shape that
//! `docs/schema/v1.json` describes. Text from outside is escaped in both.
#![forbid(unsafe_code)]

mod certificate;
mod evidence;
mod page;
mod style;
mod words;

pub mod json;
pub mod text;

pub use certificate::CertNote;
pub use style::{GlyphSet, Style, Verbosity};

use std::collections::BTreeMap;
use tlsdiag_model::{Case, CertId, Time};
use tlsdiag_rules::{Diagnosis, Verdict};

/// All that a renderer prints.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// The answer.
    pub diagnosis: &'a Diagnosis,
    /// The case whose rows the answer cites.
    pub case: &'a Case,
    /// Readable facts of certificates; a certificate that is missing here is shown by its fingerprint.
    pub certs: &'a BTreeMap<CertId, CertNote>,
    /// What every rule said, for `-v` and JSON; may be empty.
    pub verdicts: &'a [Verdict],
    /// Name and version of the program, as in `tlsdiag 0.1.0`.
    pub tool: &'a str,
    /// When the diagnosis was made.
    pub taken: Time,
    /// The exit code, computed before.
    pub exit: u8,
}
