//! One statement: what, about whom, how we know, when, how often, and up to three places to look it up.
use crate::{Host, Span, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a statement came to us. The engine, not the rule, turns the weakest link of a finding into its standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// A state was read: a file, a record, a certificate, a DNS answer.
    Read,
    /// A behaviour was seen: a reset, an alert, silence.
    Watched,
    /// A program or a person said so: a log, a pasted message.
    Told,
}

/// Bytes of one connection as the operating system counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WireCount {
    /// Bytes written by us.
    pub sent: u32,
    /// Bytes that the peer's TCP acknowledged (`TCP_INFO`), where the system tells.
    pub acked: Option<u32>,
    /// Bytes read from the peer.
    pub got: u32,
}

/// Where a statement can be looked up again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A call of the operating system or of a service, by its documented name.
    Api(Arc<str>),
    /// A line of a file.
    File {
        /// Path as given.
        path: Arc<str>,
        /// Line, from 1.
        line: u32,
    },
    /// A place in a file that has no lines: a registry key, a record of a log.
    Inside {
        /// Path as given.
        path: Arc<str>,
        /// The place, as its format names it.
        place: Arc<str>,
    },
    /// A frame of a capture.
    Frame {
        /// The capture file.
        capture: Arc<str>,
        /// Frame number, from 1.
        number: u64,
    },
    /// One of our own connections.
    Probe {
        /// Number of the connection within this run, from 1.
        number: u32,
        /// What went over the wire.
        wire: WireCount,
        /// First bytes of the answer, at most 64.
        first: Arc<[u8]>,
    },
}

/// How long something took, in milliseconds, over all that was folded into the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// Fastest, milliseconds.
    pub min: u32,
    /// Slowest, milliseconds.
    pub max: u32,
}

/// One statement, possibly seen many times: a flood is a row with a count, not a million rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row<T> {
    /// The statement.
    pub what: T,
    /// The machine that it is about.
    pub host: Host,
    /// How we know.
    pub how: How,
    /// First and last time.
    pub span: Span,
    /// How many observations were folded into this row.
    pub count: u64,
    /// At most three places to look it up.
    pub examples: Vec<Origin>,
    /// Time until the answer, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<Took>,
}

impl<T> Row<T> {
    /// A statement seen once.
    pub fn once(what: T, host: Host, how: How, at: Time, origin: Origin) -> Row<T> {
        Row { what, host, how, span: Span::at(at), count: 1, examples: vec![origin], took: None }
    }
    /// The same with a start and an end.
    pub fn during(what: T, host: Host, how: How, span: Span, origin: Origin) -> Row<T> {
        Row { what, host, how, span, count: 1, examples: vec![origin], took: None }
    }
    /// Sets how long it took, in milliseconds.
    #[must_use]
    pub fn took(mut self, ms: u32) -> Row<T> {
        self.took = Some(Took { min: ms, max: ms });
        self
    }
}

/// A field that a vantage may not be able to see: "sent none" and "was encrypted" are not the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight<T> {
    /// It was there to see.
    Saw(T),
    /// It passed, but this vantage cannot read it.
    Hidden,
    /// The conversation ended before it.
    #[default]
    NotReached,
}

impl<T> Sight<T> {
    /// The value, if it was seen.
    pub fn saw(&self) -> Option<&T> {
        match self {
            Sight::Saw(t) => Some(t),
            _ => None,
        }
    }
}

/// A value read from a text that may be damaged: kept as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading<T> {
    /// Well formed.
    Good(T),
    /// Not what it should be; `raw` is what stood there.
    Damaged {
        /// The text as it stood.
        raw: Arc<str>,
        /// How many digits or bytes there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Present and empty (a null hash).
    Empty,
}
