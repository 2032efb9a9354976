//! Repeated measurements in short: the median, the least and the greatest.
use std::fmt;

/// Of numbers: the middle one, or the mean of both in the middle, and the outermost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) greatest: f64,
}

impl Spread {
    /// `None` of nothing.
    pub(super) fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut sorted: Vec<f64> = numbers.into_iter().filter(|n| n.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        let upper = *sorted.get(sorted.len() / 2)?;
        let lower = *sorted.get((sorted.len() - 1) / 2)?;
        Some(Spread { least, median: f64::midpoint(lower, upper), greatest })
    }
}

impl fmt::Display for Spread {
    /// `median (least-greatest)`, with the precision asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = f.precision().unwrap_or(0);
        write!(f, "{:.p$} ({:.p$}-{:.p$})", self.median, self.least, self.greatest)
    }
}

/// A spread in a cell of a table, or `-`.
pub(super) fn cell(spread: Option<Spread>, precision: usize) -> String {
    spread.map_or_else(|| "-".to_owned(), |s| format!("{s:.precision$}"))
}

/// How many times `other` a thing is, by the medians, in a cell of a table.
pub(super) fn ratio(thing: Option<Spread>, other: Option<Spread>) -> String {
    match (thing, other) {
        (Some(thing), Some(other)) if other.median > 0.0 => format!("{:.1}", thing.median / other.median),
        _ => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ends() {
        let of = |n: &[f64]| Spread::of(n.iter().copied());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[5.0]), Some(Spread { least: 5.0, median: 5.0, greatest: 5.0 }));
        assert_eq!(of(&[9.0, 1.0, 4.0]), Some(Spread { least: 1.0, median: 4.0, greatest: 9.0 }));
        assert_eq!(of(&[1.0, 2.0, 4.0, 100.0, f64::NAN]).map(|s| s.median), Some(3.0));
        assert_eq!(cell(of(&[0.12, 0.5, 0.31]), 1), "0.3 (0.1-0.5)");
        assert_eq!(ratio(of(&[5.0]), of(&[2.0])), "2.5");
        assert_eq!(ratio(of(&[5.0]), of(&[])), "-");
    }
}
