//! When a statement held: milliseconds since 1970-01-01T00:00:00Z, shifted to one clock before they become facts.
use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
pub type Time = i64;

/// From the first to the last observation, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First observation.
    pub first: Time,
    /// Last observation; [`Span::FOREVER`] for a state that nothing newer contradicts.
    pub last: Time,
}

impl Span {
    /// The end of a state that still holds.
    pub const FOREVER: Time = i64::MAX;
    /// The start of a state whose beginning nobody saw.
    pub const EVER: Time = i64::MIN;

    /// One moment.
    pub fn at(t: Time) -> Span {
        Span { first: t, last: t }
    }
    /// Always: a statement without a time, such as "this certificate names no host".
    pub fn always() -> Span {
        Span { first: Span::EVER, last: Span::FOREVER }
    }
    /// Do the two have a moment in common?
    pub fn meets(self, other: Span) -> bool {
        self.first <= other.last && other.first <= self.last
    }
    /// The smallest span that holds both.
    pub fn join(self, other: Span) -> Span {
        Span { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}
