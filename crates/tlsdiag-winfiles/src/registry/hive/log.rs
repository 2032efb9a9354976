//! Transaction logs: the dirty pages of a hive that was not closed, in the old form (`DIRT`) and the new (`HvLE`).
//!
//! Source: the published description of the registry file format (msuhanov/regf); both forms were checked against hives
//! that Windows 7 and Windows 10 recovered themselves.
use super::base::{BASE, BaseBlock, u32_at, u64_at};
use super::pages::PAGE;

/// Most bytes of logs that are looked at.
pub const MAX_LOG: usize = 64 << 20;
/// The seed of the checksum in `HvLE` entries.
const SEED: u64 = 0x82EF_4D88_7A4E_55C5;

/// What was done about logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// The hive was closed properly; logs, if any, were not needed.
    Clean,
    /// Pages of a log were laid over the hive.
    Applied {
        /// Whether they were of the new form.
        new_format: bool,
        /// How many entries of the log were applied.
        entries: u32,
        /// How many pages of 512 bytes.
        pages: u32,
        /// Why reading the logs ended before their end, if it did.
        stopped: Option<String>,
    },
    /// The hive is dirty and no log was given: it shows an older state, in parts.
    Missing,
    /// The hive is dirty and no log given fits it; the reasons.
    Unusable(Vec<String>),
}

/// What a log gives: pages by their number in the hive's file, and the size and base block after them.
#[derive(Debug, Default)]
pub(super) struct Replay<'a> {
    pub(super) pages: Vec<(u64, &'a [u8])>,
    pub(super) entries: u32,
    pub(super) bins: Option<u32>,
    pub(super) new_format: bool,
    pub(super) stopped: Option<String>,
    pub(super) base: Option<BaseBlock>,
    pub(super) refused: Vec<String>,
}

/// Reads logs for a hive whose second sequence number is given (`None`: its base block is lost, take every entry).
pub(super) fn replay<'a>(logs: &[&'a [u8]], secondary: Option<u32>) -> Replay<'a> {
    let mut out = Replay::default();
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for (index, log) in logs.iter().copied().enumerate() {
        let name = index.saturating_add(1);
        if log.is_empty() {
            continue;
        }
        if log.len() > MAX_LOG {
            out.refused.push(format!("log {name}: longer than {MAX_LOG} bytes"));
            continue;
        }
        let Some(base) = BaseBlock::parse(log) else {
            out.refused.push(format!("log {name}: does not begin with a base block"));
            continue;
        };
        if !base.is_intact() {
            out.refused.push(format!(
                "log {name}: checksum of its base block is {:#x}, {:#x} expected",
                base.checksum, base.computed
            ));
            continue;
        }
        match base.file_type {
            6 => {
                out.new_format = true;
                match new_entries(log) {
                    (found, stopped) if found.is_empty() => {
                        out.refused
                            .push(format!("log {name}: {}", stopped.unwrap_or_else(|| "no entry in it".to_owned())));
                    }
                    (found, _) => entries.extend(found),
                }
                if out.base.is_none() {
                    out.base = Some(base);
                }
            }
            1 | 2 => match old_pages(log, &base) {
                Ok(pages) => {
                    out.entries = 1;
                    out.bins = Some(base.bins);
                    out.pages = pages;
                    out.base = Some(base);
                    return out;
                }
                Err(reason) => out.refused.push(format!("log {name}: {reason}")),
            },
            other => out.refused.push(format!("log {name}: file type {other}")),
        }
    }
    apply_entries(entries, secondary, &mut out);
    out
}

fn apply_entries<'a>(mut entries: Vec<Entry<'a>>, secondary: Option<u32>, out: &mut Replay<'a>) {
    entries.sort_by_key(|entry| entry.sequence);
    let mut expected: Option<u32> = None;
    for entry in entries.iter().filter(|entry| secondary.is_none_or(|least| entry.sequence >= least)) {
        match expected {
            Some(next) if entry.sequence < next => continue,
            Some(next) if entry.sequence != next => {
                out.stopped = Some(format!("entry {next} is missing, the next one is {}", entry.sequence));
                break;
            }
            _ => {}
        }
        for (offset, bytes) in &entry.pages {
            let first = BASE.saturating_add(u64::from(*offset)) / PAGE as u64;
            for (index, page) in bytes.chunks(PAGE).enumerate() {
                out.pages.push((first.saturating_add(index as u64), page));
            }
        }
        out.bins = Some(entry.bins);
        out.entries = out.entries.saturating_add(1);
        expected = Some(entry.sequence.wrapping_add(1));
    }
    if out.entries == 0 && !entries.is_empty() {
        out.refused.push("every entry is older than the hive".to_owned());
    }
}

struct Entry<'a> {
    sequence: u32,
    bins: u32,
    pages: Vec<(u32, &'a [u8])>,
}

fn new_entries(log: &[u8]) -> (Vec<Entry<'_>>, Option<String>) {
    let mut out: Vec<Entry<'_>> = Vec::new();
    let mut at = 512_usize;
    loop {
        let Some(rest) = log.get(at..).filter(|rest| rest.len() >= 40) else { return (out, None) };
        match entry(rest) {
            Ok((entry, size)) => {
                // Entries after the end of the present round are left over from an earlier one.
                if out.last().is_some_and(|last| last.sequence.wrapping_add(1) != entry.sequence) {
                    return (out, None);
                }
                out.push(entry);
                at = at.saturating_add(size);
            }
            Err(reason) => return (out, Some(format!("at 0x{at:x} {reason}"))),
        }
    }
}

fn entry(rest: &[u8]) -> Result<(Entry<'_>, usize), String> {
    let field = |at| u32_at(rest, at).ok_or_else(|| "ends early".to_owned());
    if rest.get(..4) != Some(b"HvLE") {
        return Err("no HvLE entry".to_owned());
    }
    let size = field(4)? as usize;
    if size < 512 || !size.is_multiple_of(512) {
        return Err(format!("entry of {size} bytes"));
    }
    let Some(all) = rest.get(..size) else {
        return Err(format!("entry of {size} bytes is cut off after {}", rest.len()));
    };
    let (head, body) = (all.get(..32).unwrap_or_default(), all.get(40..).unwrap_or_default());
    if u64_at(all, 32) != Some(marvin32(head)) {
        return Err("second checksum is wrong".to_owned());
    }
    if u64_at(all, 24) != Some(marvin32(body)) {
        return Err("first checksum is wrong".to_owned());
    }
    let (sequence, bins, count) = (field(12)?, field(16)?, field(20)? as usize);
    let mut data = 40_usize.saturating_add(count.saturating_mul(8));
    let mut pages = Vec::new();
    for index in 0..count {
        let at = 40_usize.saturating_add(index.saturating_mul(8));
        let (Some(offset), Some(length)) = (u32_at(all, at), u32_at(all, at.saturating_add(4))) else {
            return Err("list of pages is cut off".to_owned());
        };
        let end = data.saturating_add(length as usize);
        let Some(bytes) = all.get(data..end) else { return Err("pages are cut off".to_owned()) };
        if !(offset as usize).is_multiple_of(PAGE) || !bytes.len().is_multiple_of(PAGE) {
            return Err(format!("page at {offset:#x} of {length} bytes is not aligned"));
        }
        pages.push((offset, bytes));
        data = end;
    }
    Ok((Entry { sequence, bins, pages }, size))
}

fn old_pages<'a>(log: &'a [u8], base: &BaseBlock) -> Result<Vec<(u64, &'a [u8])>, String> {
    if base.primary != base.secondary {
        return Err(format!(
            "its sequence numbers {} and {} differ: it was not written to its end",
            base.primary, base.secondary
        ));
    }
    if log.get(512..516) != Some(b"DIRT") {
        return Err("no DIRT vector at 0x200".to_owned());
    }
    let length = (base.bins / 4096) as usize;
    let end = 516_usize.saturating_add(length);
    let Some(vector) = log.get(516..end) else { return Err(format!("vector of {length} bytes is cut off")) };
    let mut data = end.next_multiple_of(PAGE);
    let mut pages = Vec::new();
    for (index, bits) in vector.iter().enumerate() {
        for bit in (0..8).filter(|bit| bits >> bit & 1 == 1) {
            let next = data.saturating_add(PAGE);
            let Some(bytes) = log.get(data..next) else {
                return Err(format!("page at 0x{data:x} is cut off"));
            };
            let page = BASE / PAGE as u64 + (index as u64).saturating_mul(8).saturating_add(bit);
            pages.push((page, bytes));
            data = next;
        }
    }
    Ok(pages)
}

/// Marvin32 with the seed that logs use.
pub(crate) fn marvin32(data: &[u8]) -> u64 {
    let mut state = (SEED as u32, (SEED >> 32) as u32);
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        mix(&mut state, u32::from_le_bytes(*word));
    }
    let mut last = [0_u8; 4];
    for (to, from) in last.iter_mut().zip(rest.iter().chain(std::iter::once(&0x80))) {
        *to = *from;
    }
    mix(&mut state, u32::from_le_bytes(last));
    mix(&mut state, 0);
    u64::from(state.1) << 32 | u64::from(state.0)
}

fn mix((low, high): &mut (u32, u32), word: u32) {
    *low = low.wrapping_add(word);
    *high ^= *low;
    *low = low.rotate_left(20).wrapping_add(*high);
    *high = high.rotate_left(9) ^ *low;
    *low = low.rotate_left(27).wrapping_add(*high);
    *high = high.rotate_left(19);
}
