//! Hives: bins, cells, lists of every sort, big data; readable by other programs too.
use super::MadeKey;
use crate::registry::hive::{NIL, checksum, name_hash};
use crate::registry::model::{fold, utf16_bytes};
use std::collections::BTreeMap;

/// Bytes of a segment of big data.
const SEGMENT: usize = 16_344;
/// Keys in one list before a list of lists is made.
const LIST: usize = 500;

/// How lists of keys are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// `lf`: the first four letters.
    First,
    /// `lh`: hashes.
    Hash,
    /// `li`: nothing but places.
    Plain,
}

/// A hive to be written.
#[derive(Debug, Clone)]
pub struct MadeHive {
    /// Its root with everything below.
    pub root: MadeKey,
    /// Minor version: 3 (no big data) to 6.
    pub minor: u32,
    /// The name in the base block.
    pub file_name: String,
    /// Lists of keys.
    pub lists: Lists,
    /// Both sequence numbers.
    pub sequence: u32,
}

/// A hive as bytes, and where its cells are.
#[derive(Debug, Clone)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// The cells of keys by their path in upper case, offsets in the file of the cell's size field.
    pub keys: BTreeMap<String, usize>,
    /// The cells of values by path of the key, `\\`, `=`, and their name in upper case.
    pub values: BTreeMap<String, usize>,
}

impl MadeHive {
    /// A hive of version 1.5 with hashed lists.
    pub fn new(root: MadeKey) -> Self {
        Self { root, minor: 5, file_name: String::new(), lists: Lists::Hash, sequence: 7 }
    }

    /// Writes it.
    pub fn write(&self) -> Written {
        let mut writer =
            Writer { hive: self, bytes: Vec::new(), bin_end: 0, at: 0, keys: BTreeMap::new(), values: BTreeMap::new() };
        let mut count = 0_u32;
        self.root.visit(&mut |_, _| count = count.saturating_add(1));
        // Windows has the root in the first cell, and some readers look for it there only.
        let root = writer.cell(76_usize.saturating_add(name_bytes(&self.root.name).0.len()));
        let security = writer.security(count);
        let root = writer.key(&self.root, "", NIL, security, Some(root));
        writer.close_bin();
        let mut bytes = base_block(self, root, writer.bytes.len());
        bytes.append(&mut writer.bytes);
        Written { bytes, keys: writer.keys, values: writer.values }
    }
}

fn base_block(hive: &MadeHive, root: u32, bins: usize) -> Vec<u8> {
    let mut base = vec![0_u8; 4096];
    put(&mut base, 0, b"regf");
    put(&mut base, 4, &hive.sequence.to_le_bytes());
    put(&mut base, 8, &hive.sequence.to_le_bytes());
    put(&mut base, 12, &hive.root.written.to_le_bytes());
    put(&mut base, 20, &1_u32.to_le_bytes());
    put(&mut base, 24, &hive.minor.to_le_bytes());
    put(&mut base, 32, &1_u32.to_le_bytes());
    put(&mut base, 36, &root.to_le_bytes());
    put(&mut base, 40, &size(bins).to_le_bytes());
    put(&mut base, 44, &1_u32.to_le_bytes());
    let name: Vec<u8> = utf16_bytes(&hive.file_name).into_iter().take(62).collect();
    put(&mut base, 48, &name);
    seal(&mut base);
    base
}

/// Writes the checksum of a base block.
pub fn seal(bytes: &mut [u8]) {
    let sum = checksum(bytes.get(..508).unwrap_or_default());
    put(bytes, 508, &sum.to_le_bytes());
}

/// Puts bytes over others.
pub(super) fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    if let Some(to) = bytes.get_mut(at..at.saturating_add(what.len())) {
        to.copy_from_slice(what);
    }
}

pub(super) fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

struct Writer<'a> {
    hive: &'a MadeHive,
    bytes: Vec<u8>,
    bin_end: usize,
    at: usize,
    keys: BTreeMap<String, usize>,
    values: BTreeMap<String, usize>,
}

impl Writer<'_> {
    /// Room for a cell with this many bytes in it; its offset from the first bin.
    fn cell(&mut self, data: usize) -> usize {
        let length = data.saturating_add(4).next_multiple_of(8);
        if self.at.saturating_add(length) > self.bin_end {
            self.close_bin();
            let start = self.bin_end;
            let bin = length.saturating_add(32).next_multiple_of(4096);
            self.bytes.resize(start.saturating_add(bin), 0);
            put(&mut self.bytes, start, b"hbin");
            put(&mut self.bytes, start.saturating_add(4), &size(start).to_le_bytes());
            put(&mut self.bytes, start.saturating_add(8), &size(bin).to_le_bytes());
            put(&mut self.bytes, start.saturating_add(20), &self.hive.root.written.to_le_bytes());
            self.bin_end = start.saturating_add(bin);
            self.at = start.saturating_add(32);
        }
        let cell = self.at;
        let negative = i32::try_from(length).map_or(i32::MIN, |length| length.wrapping_neg());
        put(&mut self.bytes, cell, &negative.to_le_bytes());
        self.at = cell.saturating_add(length);
        cell
    }

    /// Makes the rest of the bin a free cell.
    fn close_bin(&mut self) {
        let left = self.bin_end.saturating_sub(self.at);
        if left > 0 {
            let at = self.at;
            put(&mut self.bytes, at, &size(left).to_le_bytes());
        }
        self.at = self.bin_end;
    }

    fn filled(&mut self, data: &[u8]) -> u32 {
        let cell = self.cell(data.len());
        put(&mut self.bytes, cell.saturating_add(4), data);
        size(cell)
    }

    /// One security cell for all keys: Everyone may read, SYSTEM may do all.
    fn security(&mut self, count: u32) -> u32 {
        let system = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
        let everyone = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let mut list = vec![2, 0, 48, 0, 2, 0, 0, 0];
        for (mask, sid) in [(0x000f_003f_u32, system), (0x0002_0019, everyone)] {
            list.extend([0, 2, 20, 0]);
            list.extend(mask.to_le_bytes());
            list.extend(sid);
        }
        let mut descriptor = vec![1, 0, 4, 0x80];
        for word in [20_u32, 32, 0, 44] {
            descriptor.extend(word.to_le_bytes());
        }
        descriptor.extend(system);
        descriptor.extend(system);
        descriptor.extend(list);
        let cell = self.cell(descriptor.len().saturating_add(20));
        let place = size(cell).to_le_bytes();
        let mut data = b"sk\0\0".to_vec();
        data.extend(place);
        data.extend(place);
        data.extend(count.to_le_bytes());
        data.extend(size(descriptor.len()).to_le_bytes());
        data.extend(descriptor);
        put(&mut self.bytes, cell.saturating_add(4), &data);
        size(cell)
    }

    fn key(&mut self, key: &MadeKey, path: &str, parent: u32, security: u32, kept: Option<usize>) -> u32 {
        let (name, one_byte) = name_bytes(&key.name);
        let cell = kept.unwrap_or_else(|| self.cell(76_usize.saturating_add(name.len())));
        self.keys.insert(path.to_owned(), cell.saturating_add(4096));
        let sorted = key.sorted();
        let children: Vec<(u32, &str)> = sorted
            .iter()
            .map(|child| {
                let below = if path.is_empty() { fold(&child.name) } else { format!("{path}\\{}", fold(&child.name)) };
                (self.key(child, &below, size(cell), security, None), child.name.as_str())
            })
            .collect();
        let list = self.key_list(&children);
        let values = self.value_list(key, path);
        let longest = |lengths: &mut dyn Iterator<Item = usize>| size(lengths.max().unwrap_or(0));
        let flags = u16::from(one_byte) << 5 | if parent == NIL { 0x0c } else { 0 };
        let mut data = b"nk".to_vec();
        data.extend(flags.to_le_bytes());
        data.extend(key.written.to_le_bytes());
        data.extend(0_u32.to_le_bytes());
        let parent = if parent == NIL { size(cell) } else { parent };
        let (count, held) = (size(children.len()), size(key.values.len()));
        for word in [parent, count, 0, list, NIL, held, values, security, NIL] {
            data.extend(word.to_le_bytes());
        }
        let units = |text: &str| utf16_bytes(text).len();
        data.extend(longest(&mut key.keys.iter().map(|child| units(&child.name))).to_le_bytes());
        data.extend(0_u32.to_le_bytes());
        data.extend(longest(&mut key.values.iter().map(|value| units(&value.name))).to_le_bytes());
        data.extend(longest(&mut key.values.iter().map(|value| value.data.len())).to_le_bytes());
        data.extend(0_u32.to_le_bytes());
        data.extend(size(name.len()).to_le_bytes());
        data.extend(name);
        put(&mut self.bytes, cell.saturating_add(4), &data);
        size(cell)
    }

    fn key_list(&mut self, children: &[(u32, &str)]) -> u32 {
        if children.is_empty() {
            return NIL;
        }
        let lists: Vec<u32> = children.chunks(LIST).map(|part| self.key_sublist(part)).collect();
        if let [only] = lists.as_slice() {
            return *only;
        }
        let mut data = b"ri".to_vec();
        data.extend(u16::try_from(lists.len()).unwrap_or(u16::MAX).to_le_bytes());
        lists.iter().for_each(|list| data.extend(list.to_le_bytes()));
        self.filled(&data)
    }

    fn key_sublist(&mut self, part: &[(u32, &str)]) -> u32 {
        let mut data = match self.hive.lists {
            Lists::First => b"lf".to_vec(),
            Lists::Hash => b"lh".to_vec(),
            Lists::Plain => b"li".to_vec(),
        };
        data.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_le_bytes());
        for (cell, name) in part {
            data.extend(cell.to_le_bytes());
            match self.hive.lists {
                Lists::First => {
                    let (bytes, _) = name_bytes(name);
                    let mut four: Vec<u8> = bytes.into_iter().take(4).collect();
                    four.resize(4, 0);
                    data.extend(four);
                }
                Lists::Hash => data.extend(name_hash(name).to_le_bytes()),
                Lists::Plain => {}
            }
        }
        self.filled(&data)
    }

    fn value_list(&mut self, key: &MadeKey, path: &str) -> u32 {
        if key.values.is_empty() {
            return NIL;
        }
        let mut data = Vec::new();
        for value in &key.values {
            let (length, place) = match value.data.len() {
                0..=4 => {
                    let mut four = value.data.clone();
                    four.resize(4, 0);
                    let word = four.first_chunk::<4>().map_or(0, |four| u32::from_le_bytes(*four));
                    (size(value.data.len()) | 0x8000_0000, word)
                }
                length if length > SEGMENT && self.hive.minor > 3 => (size(length), self.big_data(&value.data)),
                length => (size(length), self.filled(&value.data)),
            };
            let (name, one_byte) = name_bytes(&value.name);
            let mut cell = b"vk".to_vec();
            cell.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
            cell.extend(length.to_le_bytes());
            cell.extend(place.to_le_bytes());
            cell.extend(value.kind.0.to_le_bytes());
            cell.extend(u16::from(one_byte).to_le_bytes());
            cell.extend([0, 0]);
            cell.extend(name);
            let at = self.filled(&cell);
            self.values.insert(format!("{path}\\={}", fold(&value.name)), (at as usize).saturating_add(4096));
            data.extend(at.to_le_bytes());
        }
        self.filled(&data)
    }

    fn big_data(&mut self, data: &[u8]) -> u32 {
        let parts: Vec<u32> = data
            .chunks(SEGMENT)
            .map(|part| {
                // Windows leaves four bytes more in each segment.
                let cell = self.cell(part.len().saturating_add(4));
                put(&mut self.bytes, cell.saturating_add(4), part);
                size(cell)
            })
            .collect();
        let list: Vec<u8> = parts.iter().flat_map(|part| part.to_le_bytes()).collect();
        let list = self.filled(&list);
        let mut head = b"db".to_vec();
        head.extend(u16::try_from(parts.len()).unwrap_or(u16::MAX).to_le_bytes());
        head.extend(list.to_le_bytes());
        head.extend([0; 4]);
        self.filled(&head)
    }
}

/// A name in one byte a letter where that is possible, else in UTF-16.
fn name_bytes(name: &str) -> (Vec<u8>, bool) {
    let narrow: Option<Vec<u8>> = name.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    match narrow {
        Some(bytes) => (bytes, true),
        None => (utf16_bytes(name), false),
    }
}
