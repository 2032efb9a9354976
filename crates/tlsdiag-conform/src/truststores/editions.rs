//! Lists put in order of time: for every root since which and until which edition a store had it.
use super::limits::Limit;
use super::sources::{Fingerprint, Found, List};
use std::collections::BTreeMap;

/// A store with its editions, oldest first.
pub(super) struct StoreEditions {
    pub(super) name: &'static str,
    pub(super) editions: Vec<List>,
    /// First edition with the root and first one after it without; a root may come back.
    pub(super) spans: BTreeMap<Fingerprint, Vec<(usize, Option<usize>)>>,
}

/// In this order stores are numbered in the table.
pub(super) const STORES: [&str; 9] =
    ["Mozilla", "Microsoft", "Apple", "Android", "OracleJava", "OpenJdk", "Debian", "DebianJava", "Certifi"];

/// Sorts the lists; of a day's lists and of equal ones in a row the first is kept.
pub(super) fn ordered(found: &mut Found) -> Vec<StoreEditions> {
    let mut out = Vec::new();
    for name in STORES {
        let mut lists: Vec<List> = found.lists.iter().filter(|l| l.store == name).cloned().collect();
        lists.sort_by(|a, b| a.date.cmp(&b.date));
        lists.dedup_by(|later, earlier| {
            later.date == earlier.date || (later.roots == earlier.roots && later.version == earlier.version)
        });
        // what a list blocks today without more being known of it
        if let Some(last) = lists.last() {
            for id in &last.blocked {
                found.limits.entry((name, *id)).or_insert(Limit::Blocked);
            }
        }
        let mut spans: BTreeMap<Fingerprint, Vec<(usize, Option<usize>)>> = BTreeMap::new();
        for (i, list) in lists.iter().enumerate() {
            for id in &list.roots {
                let all = spans.entry(*id).or_default();
                if all.last().is_none_or(|(_, until)| until.is_some()) {
                    all.push((i, None));
                }
            }
            for (id, all) in &mut spans {
                if let Some((_, until @ None)) = all.last_mut()
                    && !list.roots.contains(id)
                {
                    *until = Some(i);
                }
            }
        }
        out.push(StoreEditions { name, editions: lists, spans });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(date: &str, roots: &[u8]) -> List {
        List {
            store: "Mozilla",
            version: String::new(),
            date: date.into(),
            source: String::new(),
            roots: roots.iter().map(|n| [*n; 32]).collect(),
            blocked: [[9; 32]].into(),
        }
    }

    #[test]
    fn roots_come_and_go() {
        let lists = vec![
            list("2020-01-01", &[1, 2]),
            list("2019-01-01", &[1]),
            list("2021-01-01", &[2, 1]),
            list("2022-01-01", &[2, 3]),
        ];
        let mut found = Found { lists, ..Found::default() };
        let stores = ordered(&mut found);
        let mozilla = &stores[0];
        assert_eq!(mozilla.editions.len(), 3, "two equal ones in a row are one");
        assert_eq!(mozilla.spans[&[1; 32]], [(0, Some(2))]);
        assert_eq!(mozilla.spans[&[2; 32]], [(1, None)]);
        assert_eq!(mozilla.spans[&[3; 32]], [(2, None)]);
        assert_eq!(found.limits[&("Mozilla", [9; 32])], Limit::Blocked);
    }
}
