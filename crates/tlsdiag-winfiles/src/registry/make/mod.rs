//! Writers of registry files, sound or damaged on purpose, for cases and tests.
pub mod blob;
pub mod export;
pub mod hive;
pub mod log;
pub mod query;

use super::model::{Kind, fold, utf16_bytes};

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeValue {
    /// Its name, empty for the default value.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Its bytes as a hive holds them.
    pub data: Vec<u8>,
}

/// A key to be written, with all below.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MadeKey {
    /// Its name.
    pub name: String,
    /// Its last change, a FILETIME.
    pub written: u64,
    /// Its values.
    pub values: Vec<MadeValue>,
    /// The keys below it.
    pub keys: Vec<MadeKey>,
}

impl MadeKey {
    /// A key without anything in it, last changed 2020-01-01.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), written: 132_223_104_000_000_000, ..Self::default() }
    }

    /// The key at a path below this one, made if it is not there.
    pub fn at(&mut self, path: &str) -> &mut Self {
        let Some((name, rest)) = path.split_once('\\').or((!path.is_empty()).then_some((path, ""))) else {
            return self;
        };
        if name.is_empty() {
            return self.at(rest);
        }
        let known = self.keys.iter().position(|child| fold(&child.name) == fold(name));
        let index = known.unwrap_or(self.keys.len());
        if known.is_none() {
            self.keys.push(Self { written: self.written, ..Self::new(name) });
        }
        let (_, tail) = self.keys.split_at_mut(index);
        match tail {
            [child, ..] => child.at(rest),
            [] => unreachable!("the key was found or added above"),
        }
    }

    /// Sets a value of any type.
    pub fn set(&mut self, name: &str, kind: Kind, data: &[u8]) -> &mut Self {
        let value = MadeValue { name: name.to_owned(), kind, data: data.to_vec() };
        match self.values.iter_mut().find(|known| fold(&known.name) == fold(name)) {
            Some(known) => *known = value,
            None => self.values.push(value),
        }
        self
    }

    /// Sets a REG_DWORD.
    pub fn dword(&mut self, name: &str, number: u32) -> &mut Self {
        self.set(name, Kind::DWORD, &number.to_le_bytes())
    }

    /// Sets a REG_SZ.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        let mut data = utf16_bytes(text);
        data.extend([0, 0]);
        self.set(name, Kind::SZ, &data)
    }

    /// Sets a REG_MULTI_SZ.
    pub fn texts(&mut self, name: &str, texts: &[&str]) -> &mut Self {
        let mut data = Vec::new();
        for text in texts {
            data.extend(utf16_bytes(text));
            data.extend([0, 0]);
        }
        data.extend([0, 0]);
        self.set(name, Kind::MULTI_SZ, &data)
    }

    /// Sets a REG_BINARY.
    pub fn binary(&mut self, name: &str, data: &[u8]) -> &mut Self {
        self.set(name, Kind::BINARY, data)
    }

    /// Calls `each` with this key and every one below it, with its path from here (empty for this one), in the order in
    /// which the registry lists them.
    pub fn visit<'a>(&'a self, each: &mut impl FnMut(&str, &'a Self)) {
        self.visit_at("", each);
    }

    fn visit_at<'a>(&'a self, path: &str, each: &mut impl FnMut(&str, &'a Self)) {
        each(path, self);
        for child in self.sorted() {
            let below = if path.is_empty() { child.name.clone() } else { format!("{path}\\{}", child.name) };
            child.visit_at(&below, each);
        }
    }

    /// The keys below, in the order of a hive.
    pub(super) fn sorted(&self) -> Vec<&Self> {
        let mut keys: Vec<&Self> = self.keys.iter().collect();
        keys.sort_by_key(|key| fold(&key.name));
        keys
    }
}
