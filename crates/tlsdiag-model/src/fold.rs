//! Grouping at birth: what differs only in random values, client ports or time is one row with a count.
use crate::{Cover, Host, How, Origin, Row, Span, Time, Took, Why};
use std::{collections::HashMap, hash::Hash};

/// Folds alike observations; past the cap it keeps counting what it drops.
pub struct Folder<T> {
    groups: HashMap<(Host, T), Row<()>>,
    cap: usize,
    dropped: u64,
}

impl<T: Hash + Eq + Ord> Folder<T> {
    /// At most `cap` different rows.
    pub fn new(cap: usize) -> Self {
        Folder { groups: HashMap::new(), cap, dropped: 0 }
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
        if let Some(row) = self.groups.get_mut(&key) {
            row.count = row.count.saturating_add(1);
            row.span = row.span.join(Span::at(at));
            if let Some(ms) = ms {
                let t = row.took.unwrap_or(Took { min: ms, max: ms });
                row.took = Some(Took { min: t.min.min(ms), max: t.max.max(ms) });
            }
            if row.examples.len() < 3 {
                row.examples.push(origin());
            }
        } else if full {
            self.dropped = self.dropped.saturating_add(1);
        } else {
            let row = Row {
                what: (),
                host,
                how,
                span: Span::at(at),
                count: 1,
                examples: vec![origin()],
                took: ms.map(|ms| Took { min: ms, max: ms }),
            };
            self.groups.insert(key, row);
        }
    }

    /// The rows in a stable order, and what the survey may claim: past the cap it is partial, and says by how much.
    pub fn finish(self) -> (Vec<Row<T>>, Cover) {
        let cover = if self.dropped == 0 {
            Cover::Complete
        } else {
            let kept = self.groups.values().fold(0u64, |n, r| n.saturating_add(r.count));
            Cover::Partial(Why::OverCap { kept, dropped: self.dropped })
        };
        let mut rows: Vec<Row<T>> = self
            .groups
            .into_iter()
            .map(|((host, what), r)| Row {
                what,
                host,
                how: r.how,
                span: r.span,
                count: r.count,
                examples: r.examples,
                took: r.took,
            })
            .collect();
        rows.sort_by(|a, b| (a.span, a.host, &a.what).cmp(&(b.span, b.host, &b.what)));
        (rows, cover)
    }
}
