//! What can be wrong with bytes: cut off, malformed or beyond a limit, always with the place and the expectation.

use std::fmt;

/// Why bytes could not be read as what they should be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParseError {
    /// Offset of the offending byte, counted from the start of the input that was given to the parser. Readers of
    /// streams count from the first byte of the stream.
    pub offset: u64,
    /// The field that was being read, as the RFCs name it.
    pub what: &'static str,
    /// What is wrong there.
    pub kind: ErrorKind,
}

/// The kinds of faults a parser tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input ends inside the field: more bytes could make it whole.
    Truncated {
        /// Bytes the field needs from `offset` on.
        needed: u64,
        /// Bytes that were there.
        had: u64,
    },
    /// The field has a value it must not have.
    Malformed {
        /// What would have been right.
        expected: &'static str,
        /// The value that was found.
        found: u64,
    },
    /// Bytes are left after the end of the structure.
    Trailing {
        /// How many.
        left: u64,
    },
    /// The peer claims or sends more than the reader is willing to hold.
    OverLimit {
        /// The size or count the peer claims.
        claimed: u64,
        /// The limit it goes beyond.
        limit: u64,
    },
}

impl ParseError {
    pub(crate) fn malformed(offset: u64, what: &'static str, expected: &'static str, found: u64) -> Self {
        Self { offset, what, kind: ErrorKind::Malformed { expected, found } }
    }

    pub(crate) fn over_limit(offset: u64, what: &'static str, claimed: u64, limit: u64) -> Self {
        Self { offset, what, kind: ErrorKind::OverLimit { claimed, limit } }
    }

    pub(crate) fn truncated(offset: u64, what: &'static str, needed: u64, had: u64) -> Self {
        Self { offset, what, kind: ErrorKind::Truncated { needed, had } }
    }

    /// True if the input merely ends too early.
    pub fn is_truncated(&self) -> bool {
        matches!(self.kind, ErrorKind::Truncated { .. })
    }

    /// True if the peer went beyond a limit of the reader.
    pub fn is_over_limit(&self) -> bool {
        matches!(self.kind, ErrorKind::OverLimit { .. })
    }

    /// The same error, its offset counted from `base` bytes earlier.
    pub fn at_base(mut self, base: u64) -> Self {
        self.offset = self.offset.saturating_add(base);
        self
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, what, kind } = self;
        match kind {
            ErrorKind::Truncated { needed, had } => {
                write!(f, "{what} at offset {offset} is cut off: needs {needed} bytes, has {had}")
            }
            ErrorKind::Malformed { expected, found } => {
                write!(f, "{what} at offset {offset} is malformed: expected {expected}, found {found} (0x{found:x})")
            }
            ErrorKind::Trailing { left } => write!(f, "{left} bytes left over after {what} at offset {offset}"),
            ErrorKind::OverLimit { claimed, limit } => {
                write!(f, "{what} at offset {offset} claims {claimed}, more than the limit of {limit}")
            }
        }
    }
}

impl std::error::Error for ParseError {}

/// A field is too long for the length that TLS gives it on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EncodeError {
    /// The field, as the RFCs name it.
    pub what: &'static str,
    /// Its length in bytes.
    pub len: usize,
    /// The greatest length the wire format can carry.
    pub max: usize,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {} bytes long, at most {} fit on the wire", self.what, self.len, self.max)
    }
}

impl std::error::Error for EncodeError {}
