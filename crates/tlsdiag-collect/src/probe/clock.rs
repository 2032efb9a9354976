//! One monotonic clock, tied to the wall clock once: what was first stays first, whatever happens to the wall clock.
use std::time::{Duration, Instant};
use tlsdiag_model::{Span, Time};

/// The clock of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    wall: Time,
    start: Instant,
}

impl Clock {
    pub(crate) fn new(wall: Time) -> Clock {
        Clock { wall, start: Instant::now() }
    }
    pub(crate) fn now(&self) -> Time {
        self.at(Instant::now())
    }
    /// The wall time of an instant.
    pub(crate) fn at(&self, i: Instant) -> Time {
        self.wall.saturating_add(i64::from(ms(i.saturating_duration_since(self.start))))
    }
    /// From an instant until now.
    pub(crate) fn since(&self, i: Instant) -> Span {
        Span { first: self.at(i), last: self.now() }
    }
    /// How long until a point in time.
    pub(crate) fn until(&self, t: Time) -> Duration {
        Duration::from_millis(u64::try_from(t.saturating_sub(self.now())).unwrap_or(0))
    }
}

/// Whole milliseconds.
pub(crate) fn ms(d: Duration) -> u32 {
    u32::try_from(d.as_millis()).unwrap_or(u32::MAX)
}
