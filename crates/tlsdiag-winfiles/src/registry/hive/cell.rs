//! Cells of a hive: key nodes, values, lists of both, and data of every size.
use super::Hive;
use super::base::{BASE, u16_at, u32_at, u64_at};
use crate::registry::model::{Fault, FaultKind, FileTime, Kind, Place, Soundness, Value};
use std::collections::HashSet;
use std::io::{Read, Seek};

/// No cell.
pub const NIL: u32 = u32::MAX;
/// Most bytes read of one value; Windows takes 1 MiB by default, the largest met are lists of trusted roots.
pub const MAX_DATA: u32 = 16 << 20;
/// Most keys below one key.
pub const MAX_SUBKEYS: usize = 1 << 20;
/// Most values of one key.
pub const MAX_VALUES: u32 = 1 << 16;
/// Most bytes in a segment of big data.
const SEGMENT: usize = 16_344;
/// Most bytes of a cell that is a list.
const MAX_LIST: usize = 1 << 20;

/// A key node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its cell, from the first bin.
    pub cell: u32,
    /// `KEY_…` flags.
    pub flags: u16,
    /// When the key was last changed.
    pub written: FileTime,
    /// The key above.
    pub parent: u32,
    /// How many keys are below as it claims.
    pub subkeys: u32,
    /// How many values it has as it claims.
    pub values: u32,
    /// Its name.
    pub name: String,
    subkey_list: u32,
    value_list: u32,
}

impl Node {
    /// Where the cell is in the file.
    pub fn place(&self) -> Place {
        place(self.cell)
    }
}

/// Where a cell is in the file.
pub(super) fn place(cell: u32) -> Place {
    Place::Offset(BASE.saturating_add(u64::from(cell)))
}

/// A list entry: the cell of a key and what the list says of its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) cell: u32,
    pub(super) hint: Hint,
}

/// What a list says of a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hint {
    /// `li`: nothing.
    None,
    /// `lf`: the first four characters.
    First([u8; 4]),
    /// `lh`: a hash of the upper case.
    Hash(u32),
}

/// The hash in `lh` lists.
pub(crate) fn name_hash(name: &str) -> u32 {
    let mut units = [0; 2];
    name.chars()
        .map(crate::registry::model::upcase)
        .flat_map(|c| c.encode_utf16(&mut units).to_vec())
        .fold(0_u32, |hash, unit| hash.wrapping_mul(37).wrapping_add(u32::from(unit)))
}

impl Hint {
    /// Whether a name can be the one that the list speaks of.
    pub(super) fn may_be(self, name: &str) -> bool {
        match self {
            Self::None => true,
            Self::Hash(hash) => hash == name_hash(name),
            Self::First(four) => name.chars().zip(four).all(|(letter, byte)| {
                byte == 0 || !letter.is_ascii() || !byte.is_ascii() || letter.eq_ignore_ascii_case(&char::from(byte))
            }),
        }
    }
}

impl<R: Read + Seek> Hive<R> {
    /// The first bytes of a cell (at most `most`) and its claimed size without the four bytes of the size.
    pub(super) fn cell(&mut self, cell: u32, most: usize, expected: &'static str) -> Result<(Vec<u8>, u32), Fault> {
        let at = BASE.saturating_add(u64::from(cell));
        let fault = |what, found: String| Fault { place: Place::Offset(at), key: None, what, expected, found };
        let end = self.end();
        if cell == NIL {
            return Err(fault(FaultKind::Malformed, "no cell (0xffffffff)".to_owned()));
        }
        if at.saturating_add(4) > end {
            let what =
                if u64::from(cell) < u64::from(self.base.bins) { FaultKind::CutOff } else { FaultKind::Malformed };
            return Err(fault(what, format!("the end of the hive at 0x{end:x}")));
        }
        if !cell.is_multiple_of(8) {
            return Err(fault(FaultKind::Malformed, format!("a cell at 0x{cell:x}, which is not a multiple of 8")));
        }
        let mut head = [0; 4];
        let read = self.pages.read(at, &mut head).map_err(|error| fault(FaultKind::Unreadable, error.to_string()))?;
        let raw = i32::from_le_bytes(head);
        let size = raw.unsigned_abs();
        if read < 4 || size < 8 {
            return Err(fault(FaultKind::Malformed, format!("a cell of {raw} bytes")));
        }
        if raw > 0 {
            return Err(fault(FaultKind::Malformed, format!("a free cell of {raw} bytes")));
        }
        let length = size.saturating_sub(4);
        let room = usize::try_from(end.saturating_sub(at).saturating_sub(4)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; (length as usize).min(most).min(room)];
        let read = self
            .pages
            .read(at.saturating_add(4), &mut bytes)
            .map_err(|error| fault(FaultKind::Unreadable, error.to_string()))?;
        bytes.truncate(read);
        Ok((bytes, length))
    }

    /// The key node in a cell. A name that is cut off is given as far as it goes, with the fault.
    pub(super) fn node(&mut self, cell: u32) -> Result<(Node, Option<Fault>), Fault> {
        let (bytes, length) = self.cell(cell, 76 + 1024, "a key node")?;
        let fault = |what, expected, found: String| Fault { place: place(cell), key: None, what, expected, found };
        if bytes.get(..2) != Some(b"nk") {
            return Err(fault(FaultKind::Malformed, "a key node (nk)", shown(&bytes)));
        }
        let node = (|| {
            Some(Node {
                cell,
                flags: u16_at(&bytes, 2)?,
                written: FileTime(u64_at(&bytes, 4)?),
                parent: u32_at(&bytes, 16)?,
                subkeys: u32_at(&bytes, 20)?,
                subkey_list: u32_at(&bytes, 28)?,
                values: u32_at(&bytes, 36)?,
                value_list: u32_at(&bytes, 40)?,
                name: String::new(),
            })
        })();
        let (Some(mut node), Some(name_len)) = (node, u16_at(&bytes, 72)) else {
            return Err(fault(FaultKind::CutOff, "a key node of 76 bytes", format!("{length} bytes")));
        };
        let name_len = usize::from(name_len);
        let raw = bytes.get(76..).unwrap_or_default();
        let taken = raw.get(..name_len.min(raw.len())).unwrap_or_default();
        node.name = name_of(taken, node.flags & 0x20 != 0);
        let short = (taken.len() < name_len).then(|| {
            let what =
                if taken.len() < length.saturating_sub(76) as usize { FaultKind::CutOff } else { FaultKind::Malformed };
            fault(what, "the whole name of a key", format!("{} of {name_len} bytes", taken.len()))
        });
        Ok((node, short))
    }

    /// The keys below a node, as its lists have them. What is wrong goes to `faults`.
    pub(super) fn entries(&mut self, node: &Node, faults: &mut Vec<Fault>) -> Vec<Entry> {
        let mut out = Vec::new();
        if node.subkeys == 0 {
            return out;
        }
        let mut lists = vec![node.subkey_list];
        let mut met: HashSet<u32> = HashSet::new();
        let mut nested = false;
        while let Some(list) = lists.pop() {
            if !met.insert(list) {
                faults.push(looped(list, "a list of keys met once"));
                continue;
            }
            let (bytes, length) = match self.cell(list, MAX_LIST, "a list of keys") {
                Ok(found) => found,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            let fault = |what, expected, found: String| Fault { place: place(list), key: None, what, expected, found };
            let count = usize::from(u16_at(&bytes, 2).unwrap_or(0));
            let body = bytes.get(4..).unwrap_or_default();
            let step = match bytes.get(..2) {
                Some(b"lf" | b"lh") => 8,
                Some(b"li" | b"ri") => 4,
                _ => {
                    faults.push(fault(FaultKind::Malformed, "a list of keys (lf, lh, li, ri)", shown(&bytes)));
                    continue;
                }
            };
            if body.len() < count.saturating_mul(step) {
                let what = if bytes.len() < length as usize { FaultKind::CutOff } else { FaultKind::Malformed };
                faults.push(fault(what, "a whole list of keys", format!("{} bytes for {count} keys", body.len())));
            }
            let items = body.chunks_exact(step).take(count);
            match bytes.get(..2) {
                Some(b"ri") if nested => {
                    faults.push(fault(
                        FaultKind::Malformed,
                        "a list of keys in a list of lists",
                        "another list of lists".to_owned(),
                    ));
                }
                Some(b"ri") => {
                    nested = true;
                    lists.extend(items.rev().filter_map(|item| u32_at(item, 0)));
                }
                kind => {
                    let hash = kind == Some(b"lh".as_slice());
                    for item in items {
                        let Some(cell) = u32_at(item, 0) else { continue };
                        let hint = match (step, u32_at(item, 4)) {
                            (8, Some(word)) if hash => Hint::Hash(word),
                            (8, Some(word)) => Hint::First(word.to_le_bytes()),
                            _ => Hint::None,
                        };
                        out.push(Entry { cell, hint });
                    }
                }
            }
            if out.len() > MAX_SUBKEYS {
                faults.push(fault(
                    FaultKind::TooMuch,
                    "at most 1048576 keys below one key",
                    format!("{} so far", out.len()),
                ));
                out.truncate(MAX_SUBKEYS);
                break;
            }
        }
        if out.len() != node.subkeys as usize {
            faults.push(Fault {
                place: node.place(),
                key: None,
                what: FaultKind::Malformed,
                expected: "as many keys in the lists as the key claims",
                found: format!("{} of {}", out.len(), node.subkeys),
            });
        }
        out
    }

    /// The values of a node, one after the other to `take`.
    pub(super) fn values_of(&mut self, node: &Node, faults: &mut Vec<Fault>, mut take: impl FnMut(Value)) {
        if node.values == 0 {
            return;
        }
        let (list, _) = match self.cell(node.value_list, MAX_LIST, "a list of values") {
            Ok(found) => found,
            Err(fault) => return faults.push(fault),
        };
        let claimed = node.values.min(MAX_VALUES) as usize;
        let (words, _) = list.as_chunks::<4>();
        if words.len() < node.values as usize {
            faults.push(Fault {
                place: place(node.value_list),
                key: None,
                what: if node.values > MAX_VALUES { FaultKind::TooMuch } else { FaultKind::CutOff },
                expected: "a whole list of values",
                found: format!("{} of {}", words.len(), node.values),
            });
        }
        for word in words.iter().take(claimed) {
            match self.value_at(u32::from_le_bytes(*word)) {
                Ok((value, fault)) => {
                    faults.extend(fault);
                    take(value);
                }
                Err(fault) => faults.push(fault),
            }
        }
    }

    fn value_at(&mut self, cell: u32) -> Result<(Value, Option<Fault>), Fault> {
        let (bytes, length) = self.cell(cell, 20 + 65_536, "a value")?;
        let fault = |what, expected, found: String| Fault { place: place(cell), key: None, what, expected, found };
        if bytes.get(..2) != Some(b"vk") {
            return Err(fault(FaultKind::Malformed, "a value (vk)", shown(&bytes)));
        }
        let fields = (|| {
            Some((u16_at(&bytes, 2)?, u32_at(&bytes, 4)?, u32_at(&bytes, 8)?, u32_at(&bytes, 12)?, u16_at(&bytes, 16)?))
        })();
        let Some((name_len, size, data, kind, flags)) = fields else {
            return Err(fault(FaultKind::CutOff, "a value of 20 bytes", format!("{length} bytes")));
        };
        let raw = bytes.get(20..).unwrap_or_default();
        let taken = raw.get(..usize::from(name_len).min(raw.len())).unwrap_or_default();
        let short = (taken.len() < usize::from(name_len)).then(|| {
            fault(FaultKind::CutOff, "the whole name of a value", format!("{} of {name_len} bytes", taken.len()))
        });
        let (data, sound) = self.data(size, data);
        let value =
            Value { name: name_of(taken, flags & 1 != 0), kind: Some(Kind(kind)), data, place: place(cell), sound };
        Ok((value, short))
    }

    fn data(&mut self, size: u32, at: u32) -> (Vec<u8>, Soundness) {
        let claimed = size & 0x7fff_ffff;
        if size & 0x8000_0000 != 0 {
            let bytes = at.to_le_bytes();
            return match bytes.get(..claimed as usize) {
                Some(bytes) => (bytes.to_vec(), Soundness::Sound),
                None => (bytes.to_vec(), damaged("at most 4 bytes of resident data", format!("{claimed}"))),
            };
        }
        if claimed == 0 {
            return (Vec::new(), Soundness::Sound);
        }
        if claimed > MAX_DATA {
            return (Vec::new(), damaged("at most 16 MiB of data", format!("{claimed} bytes")));
        }
        let (bytes, _) = match self.cell(at, claimed as usize, "data of a value") {
            Ok(found) => found,
            Err(fault) if fault.what == FaultKind::CutOff => {
                return (Vec::new(), Soundness::CutOff(u64::from(claimed)));
            }
            Err(fault) => return (Vec::new(), damaged(fault.expected, fault.found)),
        };
        if bytes.len() == claimed as usize
            && !(claimed as usize > SEGMENT && self.base.version.1 > 3 && bytes.starts_with(b"db"))
        {
            return (bytes, Soundness::Sound);
        }
        if claimed as usize > SEGMENT && bytes.starts_with(b"db") {
            return self.big_data(claimed, &bytes);
        }
        (bytes, Soundness::CutOff(u64::from(claimed)))
    }

    fn big_data(&mut self, claimed: u32, head: &[u8]) -> (Vec<u8>, Soundness) {
        let (Some(count), Some(list)) = (u16_at(head, 2), u32_at(head, 4)) else {
            return (Vec::new(), damaged("a head of big data", format!("{} bytes", head.len())));
        };
        let (words, _) = match self.cell(list, usize::from(count).saturating_mul(4), "a list of segments") {
            Ok(found) => found,
            Err(fault) => return (Vec::new(), damaged(fault.expected, fault.found)),
        };
        let mut out: Vec<u8> = Vec::new();
        for word in words.as_chunks::<4>().0 {
            let left = (claimed as usize).saturating_sub(out.len());
            if left == 0 {
                break;
            }
            match self.cell(u32::from_le_bytes(*word), left.min(SEGMENT), "a segment of data") {
                Ok((bytes, _)) => out.extend(bytes),
                Err(fault) if fault.what == FaultKind::CutOff => return (out, Soundness::CutOff(u64::from(claimed))),
                Err(fault) => return (out, damaged(fault.expected, fault.found)),
            }
        }
        let sound =
            if out.len() == claimed as usize { Soundness::Sound } else { Soundness::CutOff(u64::from(claimed)) };
        (out, sound)
    }
}

fn damaged(expected: &'static str, found: String) -> Soundness {
    Soundness::Damaged { expected, found }
}

/// A cell that was met before.
pub(super) fn looped(cell: u32, expected: &'static str) -> Fault {
    Fault { place: place(cell), key: None, what: FaultKind::Loop, expected, found: "the same cell again".to_owned() }
}

/// A name: one byte a character (the first 256 of Unicode) or UTF-16.
fn name_of(raw: &[u8], one_byte: bool) -> String {
    if one_byte {
        return raw.iter().copied().map(char::from).collect();
    }
    let (pairs, _) = raw.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| u16::from_le_bytes(*pair)))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn shown(bytes: &[u8]) -> String {
    match bytes.first_chunk::<2>() {
        Some(two) => format!("signature {:02x} {:02x}", two[0], two[1]),
        None => "an empty cell".to_owned(),
    }
}
