//! Grouping at birth: what differs only in random values, client ports or time is one row with a count.
use crate::{Cover, Host, How, Origin, Row, Span, Time, Took, Why};
use std::{collections::HashMap, hash::Hash};

/// Folds alike observations; past the cap it keeps counting what it drops.
pub struct Folder<T> {
    groups: HashMap<(Host, T), Group>,
    cap: usize,
    dropped: u64,
    /// Bursts are kept apart from what is scattered over days.
    bursts: bool,
}

/// Entries of a burst follow each other within so many milliseconds.
const CLOSE: Time = 2_000;
/// Entries from which on it is a burst.
const BURST: u64 = 100;
/// Bursts of one kind that are kept apart.
const MOST_BURSTS: usize = 20;

struct Group {
    /// All but bursts.
    row: Option<Row<()>>,
    /// What follows close on each other just now.
    run: Option<Row<()>>,
    bursts: Vec<Row<()>>,
}

impl Group {
    /// The run has ended: a burst, or no more than what else is there.
    fn close(&mut self) {
        let Some(run) = self.run.take() else { return };
        if run.count >= BURST && self.bursts.len() < MOST_BURSTS {
            self.bursts.push(run);
            return;
        }
        match &mut self.row {
            Some(row) => join(row, run),
            None => self.row = Some(run),
        }
    }
}

fn join(row: &mut Row<()>, more: Row<()>) {
    row.count = row.count.saturating_add(more.count);
    row.span = row.span.join(more.span);
    row.took = match (row.took, more.took) {
        (Some(a), Some(b)) => Some(Took { min: a.min.min(b.min), max: a.max.max(b.max) }),
        (a, b) => a.or(b),
    };
    for o in more.examples {
        if row.examples.len() < 3 {
            row.examples.push(o);
        }
    }
}

impl<T: Hash + Eq + Ord> Folder<T> {
    /// At most `cap` different rows.
    pub fn new(cap: usize) -> Self {
        Folder { groups: HashMap::new(), cap, dropped: 0, bursts: false }
    }

    /// The same for the entries of a log, which come in the order of time: a hundred and more that follow each other
    /// within two seconds are a row of their own beside what is scattered over days.
    pub fn of_log(cap: usize) -> Self {
        Folder { bursts: true, ..Folder::new(cap) }
    }

    /// One observation; `origin` is only asked for while fewer than three examples are kept.
    pub fn add(&mut self, what: T, host: Host, how: How, at: Time, origin: impl FnOnce() -> Origin) {
        self.add_timed(what, host, how, at, None, origin);
    }

    /// The same with the milliseconds that it took.
    pub fn add_timed(
        &mut self,
        what: T,
        host: Host,
        how: How,
        at: Time,
        ms: Option<u32>,
        origin: impl FnOnce() -> Origin,
    ) {
        let full = self.groups.len() >= self.cap;
        let key = (host, what);
        let took = ms.map(|ms| Took { min: ms, max: ms });
        let one = |examples| Row { what: (), host, how, span: Span::at(at), count: 1, examples, took };
        if let Some(group) = self.groups.get_mut(&key) {
            let near = |r: &Row<()>| !self.bursts || at.saturating_sub(r.span.last).abs() <= CLOSE;
            if !group.run.as_ref().is_some_and(near) {
                group.close();
            }
            match &mut group.run {
                Some(run) => {
                    run.count = run.count.saturating_add(1);
                    run.span = run.span.join(Span::at(at));
                    run.took = match (run.took, took) {
                        (Some(a), Some(b)) => Some(Took { min: a.min.min(b.min), max: a.max.max(b.max) }),
                        (a, b) => a.or(b),
                    };
                    if run.examples.len() < 3 {
                        run.examples.push(origin());
                    }
                }
                None => group.run = Some(one(vec![origin()])),
            }
        } else if full {
            self.dropped = self.dropped.saturating_add(1);
        } else {
            self.groups.insert(key, Group { row: None, run: Some(one(vec![origin()])), bursts: vec![] });
        }
    }

    /// The rows in a stable order, and what the survey may claim: past the cap it is partial, and says by how much.
    pub fn finish(self) -> (Vec<Row<T>>, Cover)
    where
        T: Clone,
    {
        let mut rows: Vec<Row<T>> = vec![];
        for ((host, what), mut group) in self.groups {
            group.close();
            for r in group.row.into_iter().chain(group.bursts) {
                let what = what.clone();
                rows.push(Row {
                    what,
                    host,
                    how: r.how,
                    span: r.span,
                    count: r.count,
                    examples: r.examples,
                    took: r.took,
                });
            }
        }
        let cover = if self.dropped == 0 {
            Cover::Complete
        } else {
            let kept = rows.iter().fold(0u64, |n, r| n.saturating_add(r.count));
            Cover::Partial(Why::OverCap { kept, dropped: self.dropped })
        };
        rows.sort_by(|a, b| (a.span, a.host, &a.what).cmp(&(b.span, b.host, &b.what)));
        (rows, cover)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_stands_beside_what_is_scattered() {
        let log = |of_log: bool| {
            let mut f: Folder<u32> = if of_log { Folder::of_log(10) } else { Folder::new(10) };
            for i in 0..50 {
                f.add(7, Host(1), How::Watched, i * 3_600_000, || Origin::Api("test".into()));
            }
            for i in 0..600 {
                f.add(7, Host(1), How::Watched, 200_000_000 + i * 100, || Origin::Api("test".into()));
            }
            f.add(7, Host(1), How::Watched, 300_000_000, || Origin::Api("test".into()));
            let counts: Vec<u64> = f.finish().0.iter().map(|r| r.count).collect();
            counts
        };
        assert_eq!(log(true), [51, 600]);
        assert_eq!(log(false), [651]);
    }
}
