//! Which of many paths to show: the explicit table of what is most useful.

use super::{Origin, Path, Reason, Role, Search};
use std::cmp::Reverse;

/// The path to show, and what to say of it first.
#[derive(Clone, Copy, Debug)]
pub struct Best<'a> {
    /// Position in [`Search::paths`].
    pub index: usize,
    /// The path.
    pub path: &'a Path,
    /// Position of the certificate and the fault to name first; `None` where the path is valid.
    pub leading: Option<(usize, &'a Reason)>,
}

impl Search {
    /// The most useful path, judged in this order:
    ///
    /// | first | because |
    /// | --- | --- |
    /// | a valid path before any other | it works |
    /// | the lower rank of the worst fault ([`Reason::rank`]) | nearer to working |
    /// | fewer faults | less to mend |
    /// | what was sent before what had to be fetched | every client has it |
    /// | the shorter path | easier to follow |
    /// | the one found first | stable answers |
    ///
    /// `None` only where the search kept no path at all (limits of zero).
    pub fn best(&self) -> Option<Best<'_>> {
        let key = |path: &Path| {
            let worst = path.faults().map(|(_, r)| r.rank()).max().unwrap_or(0);
            let extras =
                path.steps.iter().filter(|s| matches!(s.origin, Origin::Extra(_)) && s.role != Role::Anchor).count();
            (Reverse(path.is_valid()), worst, path.faults().count(), extras, path.steps.len())
        };
        let (index, path) = self.paths.iter().enumerate().min_by_key(|(i, p)| (key(p), *i))?;
        Some(Best { index, path, leading: path.leading() })
    }

    /// All valid paths.
    pub fn valid(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().filter(|p| p.is_valid())
    }
}
