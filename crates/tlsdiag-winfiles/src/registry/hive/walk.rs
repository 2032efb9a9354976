//! Going through a hive: one path by its lists, the wanted paths, or everything once.
use super::Hive;
use super::cell::{Entry, Hint, Node, looped};
use super::kind::HiveKind;
use crate::registry::model::{Extent, Fault, FaultKind, KeyPath, Sink, same_name};
use crate::registry::paths::{Reach, Segment, Want, Wants};
use std::collections::HashMap;
use std::io::{Read, Seek};

/// Deepest level of keys; Windows stops at 512.
const MAX_DEPTH: usize = 512;

impl<R: Read + Seek> Hive<R> {
    /// The key at a path below the root, parts between backslashes; `None` when there is none.
    pub fn find(&mut self, path: &str, faults: &mut Vec<Fault>) -> Option<Node> {
        let mut node = match self.root() {
            Ok(node) => node,
            Err(fault) => {
                faults.push(fault);
                return None;
            }
        };
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            node = self.child(&node, name, faults)?;
        }
        Some(node)
    }

    /// The key of this name below a node: the entries whose hint fits first, then, as hints may be damaged, the others.
    pub fn child(&mut self, node: &Node, name: &str, faults: &mut Vec<Fault>) -> Option<Node> {
        let entries = self.entries(node, faults);
        let (fit, rest): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.hint.may_be(name));
        let mut other = None;
        for entry in fit {
            match self.node(entry.cell) {
                Ok((child, _)) if same_name(&child.name, name) => return Some(child),
                Ok((child, _)) if matches!(entry.hint, Hint::Hash(_)) => other = Some(child),
                Ok(_) => {}
                Err(fault) => faults.push(fault),
            }
        }
        for entry in rest {
            // A fault here is of a key that nobody asked for.
            if let Ok((child, _)) = self.node(entry.cell)
                && same_name(&child.name, name)
            {
                return Some(child);
            }
        }
        // the hash in the list is that of the name asked for: the name in the key is damaged
        if let Some(child) = other {
            faults.push(Fault {
                place: child.place(),
                key: None,
                what: FaultKind::Malformed,
                expected: "the name whose hash the list of keys has",
                found: child.name.chars().take(80).collect(),
            });
        }
        None
    }

    /// The keys right below a node.
    pub fn children(&mut self, node: &Node, faults: &mut Vec<Fault>) -> Vec<Node> {
        let mut out = Vec::new();
        for entry in self.entries(node, faults) {
            match self.node(entry.cell) {
                Ok((child, fault)) => {
                    faults.extend(fault);
                    out.push(child);
                }
                Err(fault) => faults.push(fault),
            }
        }
        out
    }

    /// Everything in the hive, once, under the path where Windows mounts it.
    pub fn walk(&mut self, kind: &HiveKind, sink: &mut impl Sink) {
        let mount = kind.mount();
        let mut count = self.hand_over_opening(sink);
        match self.root() {
            Ok(root) => count = count.saturating_add(self.subtree(root, mount.clone(), sink)),
            Err(fault) => {
                sink.fault(fault);
                return;
            }
        }
        if count == 0 {
            sink.seen(&mount, Extent::Tree);
        }
    }

    /// The wanted keys, found by path. What a whole hive lacks is reported by [`Sink::seen`].
    pub fn gather(&mut self, kind: &HiveKind, wants: &Wants, sink: &mut impl Sink) {
        let mount = kind.mount();
        let mut total = self.hand_over_opening(sink);
        let root = match self.root() {
            Ok(root) => root,
            Err(fault) => return sink.fault(fault),
        };
        let mut clean: Vec<(KeyPath, Extent)> = Vec::new();
        for want in wants.of_mount(&kind.as_wanted()) {
            let Want { segments, reach, path } = want;
            let before = total;
            total = total.saturating_add(self.descend(&root, mount.clone(), segments, reach, sink));
            if before == total
                && let Some(path) = path
                && let Some(path) = path.moved(&kind.as_wanted(), &mount)
            {
                clean.push((path, if reach == Reach::Tree { Extent::Tree } else { Extent::Key }));
            }
        }
        if total == 0 {
            sink.seen(&mount, Extent::Tree);
        } else {
            clean.iter().for_each(|(path, extent)| sink.seen(path, *extent));
        }
    }

    fn hand_over_opening(&mut self, sink: &mut impl Sink) -> u64 {
        self.opening.iter().for_each(|fault| sink.fault(fault.clone()));
        self.opening.len() as u64
    }

    /// Follows a pattern from a node; how many faults there were.
    fn descend(&mut self, node: &Node, path: KeyPath, pattern: &[Segment], reach: Reach, sink: &mut impl Sink) -> u64 {
        let Some((first, rest)) = pattern.split_first() else {
            return match reach {
                Reach::Tree => self.subtree(node.clone(), path, sink),
                Reach::Key => self.emit(node, &path, sink),
            };
        };
        let mut faults = Vec::new();
        let found: Vec<Node> = match first.exact() {
            Some(name) => self.child(node, name, &mut faults).into_iter().collect(),
            None => self.children(node, &mut faults).into_iter().filter(|child| first.matches(&child.name)).collect(),
        };
        let mut count = faults.len() as u64;
        for fault in faults {
            sink.fault(Fault { key: Some(path.clone()), ..fault });
        }
        for child in found {
            let below = path.join(&child.name);
            count = count.saturating_add(self.descend(&child, below, rest, reach, sink));
        }
        count
    }

    /// One key with its values.
    fn emit(&mut self, node: &Node, path: &KeyPath, sink: &mut impl Sink) -> u64 {
        sink.take_key(path, Some(node.written), node.place());
        if !sink.wants(path) {
            return 0;
        }
        let mut faults = Vec::new();
        self.values_of(node, &mut faults, |value| sink.take_value(path, value));
        let count = faults.len() as u64;
        for fault in faults {
            sink.fault(Fault { key: Some(path.clone()), ..fault });
        }
        count
    }

    /// A node with everything below it; each cell once.
    fn subtree(&mut self, node: Node, path: KeyPath, sink: &mut impl Sink) -> u64 {
        let mut met = Met::default();
        met.first(node.cell);
        let mut count = self.emit(&node, &path, sink);
        let mut faults = Vec::new();
        let mut open = vec![(path.clone(), node.cell, self.entries(&node, &mut faults).into_iter())];
        count = count.saturating_add(hand_over(&mut faults, &path, sink));
        while let Some((above, parent, entries)) = open.last_mut() {
            let Some(entry) = entries.next() else {
                open.pop();
                continue;
            };
            let (above, parent) = (above.clone(), *parent);
            if !met.first(entry.cell) {
                faults.push(looped(entry.cell, "a key met once"));
                count = count.saturating_add(hand_over(&mut faults, &above, sink));
                continue;
            }
            let child = match self.node(entry.cell) {
                Ok((child, fault)) => {
                    faults.extend(fault);
                    child
                }
                Err(fault) => {
                    faults.push(fault);
                    count = count.saturating_add(hand_over(&mut faults, &above, sink));
                    continue;
                }
            };
            if child.parent != parent {
                faults.push(Fault {
                    place: child.place(),
                    key: None,
                    what: FaultKind::Malformed,
                    expected: "a key that names the key above it",
                    found: format!("cell 0x{:x} where 0x{parent:x} is above", child.parent),
                });
            }
            let path = above.join(&child.name);
            count = count.saturating_add(self.emit(&child, &path, sink));
            if open.len() >= MAX_DEPTH {
                faults.push(Fault {
                    place: child.place(),
                    key: None,
                    what: FaultKind::TooMuch,
                    expected: "at most 512 levels of keys",
                    found: "one more".to_owned(),
                });
            } else {
                let entries = self.entries(&child, &mut faults);
                if !entries.is_empty() {
                    open.push((path.clone(), child.cell, entries.into_iter()));
                }
            }
            count = count.saturating_add(hand_over(&mut faults, &path, sink));
        }
        count
    }
}

fn hand_over(faults: &mut Vec<Fault>, path: &KeyPath, sink: &mut impl Sink) -> u64 {
    let count = faults.len() as u64;
    for fault in faults.drain(..) {
        sink.fault(Fault { key: Some(path.clone()), ..fault });
    }
    count
}

/// Which cells were met, a bit for each 8 bytes, in pieces of 256 KiB of hive.
#[derive(Default)]
struct Met(HashMap<u32, Box<[u64]>>);

impl Met {
    /// Marks a cell; whether it was not marked before.
    fn first(&mut self, cell: u32) -> bool {
        let number = cell / 8;
        let piece = self.0.entry(number >> 15).or_insert_with(|| vec![0; 512].into());
        let Some(word) = piece.get_mut((number >> 6 & 511) as usize) else { return false };
        let bit = 1_u64 << (number & 63);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}
