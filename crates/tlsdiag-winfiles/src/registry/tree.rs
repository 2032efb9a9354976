//! What one source of the registry holds, kept by path: the sink that evidence is read from.
use super::model::{Extent, Fault, FileTime, KeyPath, Place, Sink, Value, fold, same_name};
use super::paths::Wants;
use std::collections::BTreeMap;

/// Most keys kept; further ones are counted.
pub const MAX_KEYS: usize = 400_000;
/// Most bytes of values kept; further ones are counted.
pub const MAX_BYTES: usize = 256 << 20;
/// Most faults kept; further ones are counted.
pub const MAX_FAULTS: usize = 500;

/// A key with its values.
#[derive(Debug, Clone)]
pub struct Key {
    /// Where it is.
    pub path: KeyPath,
    /// When it was last changed; sources of text do not tell.
    pub written: Option<FileTime>,
    /// Where it stands in the source.
    pub place: Place,
    /// Its values, in the order of the source.
    pub values: Vec<Value>,
}

impl Key {
    /// The value of this name (empty: the default value), compared without case.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| same_name(&value.name, name))
    }
}

/// Something that the source takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The key.
    pub path: KeyPath,
    /// The value, `None` for the key with all below it.
    pub name: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// The wanted keys of one source.
#[derive(Debug, Default)]
pub struct Tree {
    wants: Option<Wants>,
    keys: BTreeMap<String, Key>,
    bytes: usize,
    /// What the source takes away when it is imported.
    pub removed: Vec<Removed>,
    /// What is wrong with the source, at most [`MAX_FAULTS`].
    pub faults: Vec<Fault>,
    /// How many faults there were.
    pub fault_count: u64,
    /// What the source shows whole.
    pub seen: Vec<(KeyPath, Extent)>,
    /// Keys that the source has, wanted or not.
    pub keys_met: u64,
    /// Values that were handed over.
    pub values_met: u64,
    /// Keys or values left out because a bound was reached.
    pub left_out: u64,
    /// The control set that is in use, `Select\Current`.
    pub current: Option<u32>,
    /// There are control sets, and which of them is in use is not told.
    pub ambiguous: bool,
}

impl Tree {
    /// A tree that keeps everything, within its bounds.
    pub fn everything() -> Self {
        Self::default()
    }

    /// A tree that keeps the keys that are wanted.
    pub fn wanting(wants: Wants) -> Self {
        Self { wants: Some(wants), ..Self::default() }
    }

    /// The key at this path (`HKLM\SYSTEM\CurrentControlSet\…`, any case).
    pub fn key(&self, path: &str) -> Option<&Key> {
        self.keys.get(&fold(path))
    }

    /// A value of a key; an empty name is the default value.
    pub fn value(&self, path: &str, name: &str) -> Option<&Value> {
        self.key(path)?.value(name)
    }

    /// The keys right below this path.
    pub fn children(&self, path: &str) -> impl Iterator<Item = &Key> {
        let prefix = format!("{}\\", fold(path));
        let length = prefix.len();
        self.range(prefix).filter(move |key| key.path.folded().get(length..).is_some_and(|rest| !rest.contains('\\')))
    }

    /// All keys below this path, not itself.
    pub fn below(&self, path: &str) -> impl Iterator<Item = &Key> {
        self.range(format!("{}\\", fold(path)))
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    fn range(&self, prefix: String) -> impl Iterator<Item = &Key> {
        self.keys.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix)).map(|(_, key)| key)
    }

    /// Whether the source shows everything at and below this path, so that what is absent is absent on the machine.
    pub fn shows(&self, path: &str) -> bool {
        self.shows_to(path, Extent::Tree)
    }

    /// Whether the source shows all values of this key, so that a value that is absent is absent on the machine.
    pub fn shows_values(&self, path: &str) -> bool {
        self.shows_to(path, Extent::Key)
    }

    fn shows_to(&self, path: &str, least: Extent) -> bool {
        let Some(path) = KeyPath::parse(path) else { return false };
        if self.ambiguous && path.folded().starts_with("HKLM\\SYSTEM\\CURRENTCONTROLSET") {
            return false;
        }
        self.seen.iter().any(|(seen, extent)| match extent {
            Extent::Tree => path.is_within(seen),
            Extent::Key => least == Extent::Key && path == *seen,
        })
    }

    /// Settles the control sets after the last key: `Select\Current` is read, and `ControlSetNNN` that is in use is moved
    /// to `CurrentControlSet` if the source (a hive, an export of one loaded elsewhere) has none. With a single control set and no
    /// `Select`, that one is taken.
    pub fn settle(&mut self) {
        if let Some(number) = self.value("HKLM\\SYSTEM\\Select", "Current").and_then(Value::number) {
            self.current = u32::try_from(number).ok();
        }
        if self.key("HKLM\\SYSTEM\\CurrentControlSet").is_some()
            || self.below("HKLM\\SYSTEM\\CurrentControlSet").next().is_some()
        {
            return;
        }
        let mut sets: Vec<u32> = self.below("HKLM\\SYSTEM").filter_map(|key| control_set(&key.path)).collect();
        sets.dedup();
        sets.sort_unstable();
        sets.dedup();
        let chosen = match (self.current, sets.as_slice()) {
            (Some(current), sets) if sets.contains(&current) => current,
            (None, [only]) => *only,
            (_, []) => return,
            _ => {
                self.ambiguous = true;
                return;
            }
        };
        let Some(to) = KeyPath::parse("HKLM\\SYSTEM\\CurrentControlSet") else { return };
        let Some(from) = KeyPath::parse(&format!("HKLM\\SYSTEM\\ControlSet{chosen:03}")) else { return };
        let names: Vec<String> =
            self.keys.values().filter(|k| k.path.is_within(&from)).map(|k| k.path.folded().to_owned()).collect();
        for name in names {
            let Some(mut key) = self.keys.remove(&name) else { continue };
            let Some(path) = key.path.moved(&from, &to) else { continue };
            key.path = path;
            self.keys.insert(key.path.folded().to_owned(), key);
        }
        for (path, _) in &mut self.seen {
            if let Some(moved) = path.moved(&from, &to) {
                *path = moved;
            }
        }
    }

    /// Adds to the number of every line, for a source that is a part of a text.
    pub fn move_lines(&mut self, by: u32) {
        let moved = |place: &mut Place| {
            if let Place::Line(line) = place {
                *line = line.saturating_add(by);
            }
        };
        for key in self.keys.values_mut() {
            moved(&mut key.place);
            key.values.iter_mut().for_each(|value| moved(&mut value.place));
        }
        self.removed.iter_mut().for_each(|removed| moved(&mut removed.place));
        self.faults.iter_mut().for_each(|fault| moved(&mut fault.place));
    }

    fn room(&mut self, bytes: usize) -> bool {
        let fits = self.keys.len() < MAX_KEYS && self.bytes.saturating_add(bytes) <= MAX_BYTES;
        if fits {
            self.bytes = self.bytes.saturating_add(bytes);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
        fits
    }
}

/// The number in `HKLM\SYSTEM\ControlSetNNN\…`.
pub(super) fn control_set(path: &KeyPath) -> Option<u32> {
    let digits = path.folded().strip_prefix("HKLM\\SYSTEM\\CONTROLSET")?;
    let digits = digits.split_once('\\').map_or(digits, |(digits, _)| digits);
    (digits.len() == 3).then(|| digits.parse().ok()).flatten()
}

impl Sink for Tree {
    fn wants(&mut self, path: &KeyPath) -> bool {
        self.wants.as_ref().is_none_or(|wants| wants.key(path))
    }

    fn take_key(&mut self, path: &KeyPath, written: Option<FileTime>, place: Place) {
        self.keys_met = self.keys_met.saturating_add(1);
        if !self.wants(path)
            || self.keys.contains_key(path.folded())
            || !self.room(path.as_str().len().saturating_mul(2))
        {
            return;
        }
        self.keys.insert(path.folded().to_owned(), Key { path: path.clone(), written, place, values: Vec::new() });
    }

    fn take_value(&mut self, path: &KeyPath, value: Value) {
        self.values_met = self.values_met.saturating_add(1);
        if self.wants.as_ref().is_some_and(|wants| !wants.value(path, &value.name)) {
            return;
        }
        if !self.room(value.data.len().saturating_add(64)) {
            return;
        }
        if !self.keys.contains_key(path.folded()) {
            let key = Key { path: path.clone(), written: None, place: value.place, values: Vec::new() };
            self.keys.insert(path.folded().to_owned(), key);
        }
        let Some(key) = self.keys.get_mut(path.folded()) else { return };
        match key.values.iter_mut().find(|known| same_name(&known.name, &value.name)) {
            // The last one is what an import leaves behind.
            Some(known) => *known = value,
            None => key.values.push(value),
        }
    }

    fn removed(&mut self, path: &KeyPath, name: Option<&str>, place: Place) {
        if self.removed.len() < MAX_KEYS {
            self.removed.push(Removed { path: path.clone(), name: name.map(str::to_owned), place });
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.fault_count = self.fault_count.saturating_add(1);
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    fn seen(&mut self, path: &KeyPath, extent: Extent) {
        if self.seen.len() < MAX_KEYS {
            self.seen.push((path.clone(), extent));
        }
    }
}
