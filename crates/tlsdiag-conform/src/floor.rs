//! Figures that may not sink: `floors.tsv` holds suite, figure and the least that was once reached.
use anyhow::{Context, bail};

/// A figure of a suite: how many of how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// Its name, such as `openssl-3.5 verdict`.
    pub(crate) name: String,
    /// Cases that came out right.
    pub(crate) right: usize,
    /// Cases that were judged.
    pub(crate) of: usize,
}

/// Fails if a figure lies below its floor, given in tenths of a percent so that a suite of another size can be held to it.
pub(crate) fn check(suite: &str, figures: &[Figure]) -> anyhow::Result<()> {
    let floors = read(include_str!("../floors.tsv"))?;
    let sunk: Vec<String> = figures
        .iter()
        .filter_map(|f| {
            let (_, _, floor) = floors.iter().find(|(s, n, _)| s == suite && *n == f.name)?;
            let have = f.right.saturating_mul(1000).checked_div(f.of)?;
            (have < *floor)
                .then(|| format!("{suite} {}: {} of {} lies below {} per mille", f.name, f.right, f.of, floor))
        })
        .collect();
    if sunk.is_empty() { Ok(()) } else { bail!("below the floor:\n{}", sunk.join("\n")) }
}

fn read(text: &str) -> anyhow::Result<Vec<(String, String, usize)>> {
    text.lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|l| match l.split('\t').collect::<Vec<_>>().as_slice() {
            [suite, name, floor] => {
                let floor = floor.parse().with_context(|| format!("floors.tsv: {l:?}"))?;
                Ok(((*suite).to_owned(), (*name).to_owned(), floor))
            }
            _ => bail!("floors.tsv: three columns expected: {l:?}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_floors_can_be_read() {
        read(include_str!("../floors.tsv")).unwrap();
        assert!(read("limbo\tstandards").is_err() && read("a\tb\tc").is_err());
    }
}
