//! Which files are of one machine: by computer name, machine GUID and SID where a file tells one, else by lying together.
use crate::fragment::{Fragment, Mark};
use std::collections::{BTreeMap, BTreeSet};

/// Gives every fragment the number of its machine, from 0.
///
/// Files that lie together are of one machine as long as no two of them name different ones. Where they do, each folder is
/// looked at by itself, and a file that tells no machine and lies beside files of several is a machine of its own: it is
/// joined to none of them.
pub(crate) fn assign(fragments: &[Fragment]) -> Vec<usize> {
    let mut groups = Groups { of: vec![None; fragments.len()], next: 0 };
    let all: Vec<usize> = (0..fragments.len()).collect();
    groups.folder(fragments, &all, 0);
    groups.join_marked(fragments);
    groups.of.into_iter().map(Option::unwrap_or_default).collect()
}

struct Groups {
    of: Vec<Option<usize>>,
    next: usize,
}

impl Groups {
    /// The files of a folder, `depth` names deep in their paths, with all beneath it.
    fn folder(&mut self, fragments: &[Fragment], own: &[usize], depth: usize) {
        if own.is_empty() {
            return;
        }
        let marks = own.iter().filter_map(|i| fragments.get(*i)).flat_map(|f| &f.marks);
        if consistent(marks) {
            self.new_group(own);
            return;
        }
        let mut here = vec![];
        let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &i in own {
            let Some(f) = fragments.get(i) else { continue };
            let mut parts = f.path.split('/').skip(depth);
            match (parts.next(), parts.next()) {
                (Some(folder), Some(_)) => folders.entry(folder).or_default().push(i),
                _ => here.push(i),
            }
        }
        for files in folders.values() {
            self.folder(fragments, files, depth.saturating_add(1));
        }
        self.side_by_side(fragments, &here);
    }

    /// Files of one folder that name several machines.
    fn side_by_side(&mut self, fragments: &[Fragment], here: &[usize]) {
        let (marked, silent): (Vec<usize>, Vec<usize>) =
            here.iter().partition(|i| fragments.get(**i).is_some_and(|f| !f.marks.is_empty()));
        let mut groups: Vec<(BTreeSet<&Mark>, Vec<usize>)> = vec![];
        for i in marked {
            let marks: BTreeSet<&Mark> = fragments.get(i).into_iter().flat_map(|f| &f.marks).collect();
            let (mut same, rest): (Vec<_>, Vec<_>) =
                groups.drain(..).partition(|(m, _)| m.iter().any(|x| marks.contains(x)));
            let mut joined = (marks, vec![i]);
            for (m, files) in same.drain(..) {
                joined.0.extend(m);
                joined.1.extend(files);
            }
            groups = rest;
            groups.push(joined);
        }
        // one machine after all: what is silent is of it too
        if let [(_, files)] = groups.as_mut_slice() {
            files.extend(silent.iter().copied());
            let files = files.clone();
            self.new_group(&files);
            return;
        }
        for (_, files) in &groups {
            self.new_group(files);
        }
        self.new_group(&silent);
    }

    fn new_group(&mut self, files: &[usize]) {
        if files.is_empty() {
            return;
        }
        for &i in files {
            if let Some(of) = self.of.get_mut(i) {
                *of = Some(self.next);
            }
        }
        self.next = self.next.saturating_add(1);
    }

    /// Groups that share a mark are one machine, wherever their files lie.
    fn join_marked(&mut self, fragments: &[Fragment]) {
        let mut owner: BTreeMap<&Mark, usize> = BTreeMap::new();
        for (i, f) in fragments.iter().enumerate() {
            for m in &f.marks {
                let Some(mine) = self.of.get(i).copied().flatten() else { continue };
                match owner.get(m).copied() {
                    Some(first) if first != mine => {
                        for of in self.of.iter_mut().filter(|of| **of == Some(mine)) {
                            *of = Some(first);
                        }
                        owner.values_mut().filter(|o| **o == mine).for_each(|o| *o = first);
                    }
                    Some(_) => {}
                    None => drop(owner.insert(m, mine)),
                }
            }
        }
    }
}

/// At most one of each sort.
fn consistent<'a>(marks: impl Iterator<Item = &'a Mark>) -> bool {
    let (mut computer, mut guid, mut sid) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for m in marks {
        match m {
            Mark::Computer(c) => drop(computer.insert(c)),
            Mark::Guid(g) => drop(guid.insert(g)),
            Mark::Sid(s) => drop(sid.insert(s)),
        }
    }
    computer.len() <= 1 && guid.len() <= 1 && sid.len() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &[Mark])]) -> Vec<usize> {
        let fragments: Vec<Fragment> = files
            .iter()
            .map(|(path, marks)| {
                let mut f = Fragment::new(path, 0);
                f.marks = marks.to_vec();
                f
            })
            .collect();
        assign(&fragments)
    }
    fn pc(name: &str) -> Mark {
        Mark::computer(name).unwrap()
    }

    #[test]
    fn what_lies_together_is_one_machine() {
        assert_eq!(
            of(&[("z/netsh.txt", &[]), ("z/logs/system.evtx", &[pc("a.corp")]), ("z/reg/SOFTWARE", &[])]),
            [0, 0, 0]
        );
        let guid = Mark::Guid("g".into());
        assert_eq!(of(&[("system", &[pc("a")]), ("software", &[guid])]), [0, 0]);
    }

    #[test]
    fn two_machines_stay_apart() {
        let files: &[(&str, &[Mark])] = &[
            ("z/a/system.evtx", &[pc("A")]),
            ("z/a/netsh.txt", &[]),
            ("z/b/SYSTEM", &[pc("B")]),
            ("z/b/netsh.txt", &[]),
            ("z/readme-netstat.txt", &[]),
        ];
        let of = of(files);
        assert_eq!((of[0] == of[1], of[2] == of[3], of[0] == of[2]), (true, true, false));
        assert!(of[4] != of[0] && of[4] != of[2]);
    }

    #[test]
    fn side_by_side_they_are_told_by_their_marks() {
        let g = |s: &str| Mark::Guid(s.into());
        let files: &[(&str, &[Mark])] =
            &[("A.evtx", &[pc("A")]), ("B.evtx", &[pc("B")]), ("A.reg", &[pc("A"), g("1")]), ("netsh.txt", &[])];
        let of = of(files);
        assert_eq!(of[0], of[2]);
        assert!(of[1] != of[0] && of[3] != of[0] && of[3] != of[1]);
    }

    #[test]
    fn the_same_machine_in_two_folders() {
        let files: &[(&str, &[Mark])] =
            &[("m/x.evtx", &[pc("A")]), ("m/y.txt", &[]), ("t/x.evtx", &[pc("A")]), ("t/B.evtx", &[pc("B")])];
        let of = of(files);
        assert_eq!((of[0], of[0]), (of[1], of[2]));
        assert!(of[3] != of[0]);
    }
}
