//! A value that cannot be what it should be: kept as it stands, never guessed.
use std::fmt;

/// A value whose shape is wrong: masked, cut, or ruined by pasting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// As it stands in the file, at most [`Damaged::LONGEST`] octets of it.
    pub raw: String,
    /// What stands there in sound output, such as `40 or 64 hex digits`.
    pub expected: &'static str,
    /// What is there instead, such as `39 hex digits`.
    pub found: String,
    /// Line of the file.
    pub line: u32,
}

impl Damaged {
    /// Octets of a damaged value that are kept.
    pub const LONGEST: usize = 512;

    /// Keeps a bounded piece of `raw`.
    #[must_use]
    pub fn new(raw: &str, expected: &'static str, found: impl Into<String>, line: u32) -> Self {
        Self { raw: clip(raw), expected, found: found.into(), line }
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}, found {}: {}", self.line, self.expected, self.found, self.raw)
    }
}

pub(crate) fn clip(raw: &str) -> String {
    let end = (0..=raw.len().min(Damaged::LONGEST)).rev().find(|at| raw.is_char_boundary(*at)).unwrap_or(0);
    raw.get(..end).unwrap_or("").to_owned()
}
