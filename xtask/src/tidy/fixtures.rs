//! Every fixture has a label: what it shows, who made it, how.
//!
//! Beside the files, or in a folder above them up to the one called `fixtures` or `cases`, stands `README.md` or
//! `LABELS.md` with a table, or `LABELS.tsv`: one row per file (`*` stands for any letters), then the three answers.
use super::Violation;
use crate::tree::Tree;

/// What makes fixtures, and says so itself.
const MAKERS: [&str; 3] = [".py", ".sh", ".rs"];

const LABELS: [&str; 3] = ["README.md", "LABELS.md", "LABELS.tsv"];

/// Looks for a label for every fixture.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut wrong = vec![];
    for path in tree.paths() {
        let Some((folder, name)) = path.rsplit_once('/') else { continue };
        let parts: Vec<&str> = folder.split('/').collect();
        let Some(top) = parts.iter().position(|p| matches!(*p, "fixtures" | "cases")) else { continue };
        if LABELS.contains(&name) || MAKERS.iter().any(|m| name.ends_with(m)) {
            continue;
        }
        let mut reason = format!("no label: {} beside it must have a row that names it", LABELS.join(" or "));
        let mut labelled = false;
        for depth in (top + 1..=parts.len()).rev() {
            let place = parts.get(..depth).unwrap_or_default().join("/");
            let inside = path.get(place.len() + 1..).unwrap_or(name);
            for label in LABELS {
                for row in tree.text(&format!("{place}/{label}")).unwrap_or_default().lines() {
                    match answers(row, inside) {
                        Some(n) if n >= 3 => labelled = true,
                        Some(_) => {
                            reason = format!("its row in {place}/{label} must say what it shows, who made it, how")
                        }
                        None => {}
                    }
                }
            }
        }
        if !labelled {
            wrong.push(Violation::at(path, 1, reason));
        }
    }
    wrong
}

/// How many answers a row gives, if it is about this file.
fn answers(row: &str, file: &str) -> Option<usize> {
    let cells: Vec<&str> = if row.starts_with('|') {
        row.trim().trim_matches('|').split('|').map(str::trim).collect()
    } else {
        row.split('\t').map(str::trim).collect()
    };
    let (first, rest) = cells.split_first()?;
    let names = first.split(", ").map(|n| n.trim_matches('`'));
    names.into_iter().any(|n| fits(n, file)).then(|| rest.iter().filter(|c| !c.is_empty()).count())
}

/// Does a name with at most a few `*` fit?
fn fits(pattern: &str, file: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == file,
        Some((head, tail)) => file.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices()
                .map(|(i, _)| i)
                .chain([rest.len()])
                .any(|i| fits(tail, rest.get(i..).unwrap_or_default()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(label: &str) -> Vec<String> {
        let files = [("a/fixtures/x/one.pcap", ""), ("a/fixtures/x/two.pcap", ""), ("a/fixtures/README.md", label)];
        check(&Tree::from_texts(&files)).into_iter().map(|v| v.reason).collect()
    }

    #[test]
    fn a_row_with_three_answers_is_a_label() {
        assert!(
            reasons("| x/one.pcap | reset | maker.py | make all |\n| `x/two.pcap` | alert | maker.py | make all |")
                .is_empty()
        );
        assert!(reasons("x/*.pcap\treset\tmaker.py\tmake all").is_empty());
        assert_eq!(reasons("").len(), 2);
        let thin = reasons("| x/one.pcap, x/two.pcap | reset | | |");
        assert!(thin.len() == 2 && thin.iter().all(|r| r.contains("who made it")), "{thin:?}");
    }

    #[test]
    fn other_folders_need_none() {
        assert!(check(&Tree::from_texts(&[("a/src/b.rs", ""), ("a/fixtures/make.py", "")])).is_empty());
    }
}
