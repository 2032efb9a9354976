//! Reader of .evtx logs: one chunk of 64 KiB at a time, and of a record only its provider and id until it is wanted.
//!
//! Format: [MS-EVEN6] for BinXML; file, chunk and record headers as public descriptions of the format give them. A log that
//! was not closed, is cut off, has bad chunks, or chunks that begin anywhere, is read as far as it goes.

mod binxml;
mod expand;
mod value;

use std::io::{self, Read};

use self::binxml::{Bad, Instance, Slot, Tokens};
use self::expand::{Expansion, Templates, slot_text};
use super::time::When;
use super::tree::event_from_tree;
use super::{Fault, FaultKind, Head, Item, Place, Summary, u16_at, u32_at, u64_at};

pub(crate) use self::value::{hex_digits, sid};

/// Octets of a chunk.
pub const CHUNK: usize = 65_536;
/// Octets of the file header.
const FILE_HEADER: usize = 4096;
/// Octets before a chunk's first record.
const CHUNK_HEADER: usize = 512;
const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8] = b"**\0\0";
/// A record's header, the smallest body, and the size at its end.
const RECORD_LEAST: usize = 28;

/// Whether these octets begin an .evtx file, or one of its chunks.
pub fn is_evtx(start: &[u8]) -> bool {
    start.starts_with(FILE_MAGIC) || start.starts_with(CHUNK_MAGIC)
}

/// Reads a log to its end. `wanted` decides by provider and id; `sink` takes what is wanted and what could not be read.
///
/// # Errors
/// Only what `source` itself gives; faults of the log are items.
pub fn read(
    source: &mut dyn Read,
    wanted: &mut dyn FnMut(Head<'_>) -> bool,
    sink: &mut dyn FnMut(Item),
) -> io::Result<Summary> {
    let mut log = Log {
        wanted,
        sink,
        summary: Summary::default(),
        templates: Templates::default(),
        provider: String::new(),
        no_checksums: false,
        started: false,
        blank: None,
    };
    let mut window = Window { octets: vec![0; CHUNK], filled: 0, offset: 0 };
    let ended = window.fill(source)?;
    if window.get().starts_with(FILE_MAGIC) {
        log.file_header(window.get());
        let skip = u16_at(window.get(), 40).map_or(FILE_HEADER, usize::from);
        window.drop(if (128..=CHUNK).contains(&skip) { skip } else { FILE_HEADER });
    } else if !window.get().starts_with(CHUNK_MAGIC) {
        let found = quoted(window.get());
        log.fault(0, FaultKind::Malformed, "ElfFile, the start of an evtx log", found);
    }
    let mut ended = ended && window.filled < CHUNK;
    loop {
        if !ended {
            ended = window.fill(source)?;
        }
        if window.filled == 0 {
            break;
        }
        let used = log.slot(window.get(), window.offset, ended);
        window.drop(used.max(1));
    }
    Ok(log.summary)
}

/// Nothing but zeros; compared in pieces, as a log may end in gigabytes of them.
fn blank(octets: &[u8]) -> bool {
    const ZEROS: [u8; 4096] = [0; 4096];
    octets.chunks(ZEROS.len()).all(|piece| ZEROS.get(..piece.len()) == Some(piece))
}

/// The octets being read, and where they stand in the file.
struct Window {
    octets: Vec<u8>,
    filled: usize,
    offset: u64,
}

impl Window {
    fn get(&self) -> &[u8] {
        self.octets.get(..self.filled).unwrap_or_default()
    }

    /// Fills up to a whole chunk; true at the end of the file.
    fn fill(&mut self, source: &mut dyn Read) -> io::Result<bool> {
        while self.filled < CHUNK {
            let Some(room) = self.octets.get_mut(self.filled..) else { break };
            match source.read(room) {
                Ok(0) => return Ok(true),
                Ok(n) => self.filled += n.min(CHUNK - self.filled),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(false)
    }

    fn drop(&mut self, count: usize) {
        let count = count.min(self.filled);
        self.octets.copy_within(count..self.filled, 0);
        self.filled -= count;
        self.offset += count as u64;
    }
}

struct Log<'s> {
    wanted: &'s mut dyn FnMut(Head<'_>) -> bool,
    sink: &'s mut dyn FnMut(Item),
    summary: Summary,
    templates: Templates,
    provider: String,
    no_checksums: bool,
    started: bool,
    /// Where zeros began that nothing has followed yet: the end of a log that is not full, or chunks that are lost.
    blank: Option<u64>,
}

impl Log<'_> {
    fn fault(&mut self, offset: u64, kind: FaultKind, expected: &'static str, found: String) {
        self.summary.fault(self.sink, Fault { place: Place::Offset(offset), kind, expected, found });
    }

    fn file_header(&mut self, octets: &[u8]) {
        self.started = true;
        if octets.len() < FILE_HEADER {
            self.fault(0, FaultKind::CutOff, "a file header of 4096 octets", format!("{} octets", octets.len()));
            return;
        }
        let flags = u32_at(octets, 120).unwrap_or(0);
        self.summary.dirty = flags & 1 != 0;
        self.no_checksums = flags & 4 != 0;
        let stored = u32_at(octets, 124).unwrap_or(0);
        let computed = crc32fast::hash(octets.get(..120).unwrap_or_default());
        if stored != computed && !self.no_checksums {
            self.fault(
                124,
                FaultKind::Checksum,
                "the checksum of the file header",
                format!("{stored:#010x} for {computed:#010x}"),
            );
        }
    }

    /// Reads what lies in the window and tells how many octets of it are done with.
    fn slot(&mut self, octets: &[u8], offset: u64, ended: bool) -> usize {
        if octets.starts_with(CHUNK_MAGIC) {
            if let Some(from) = self.blank.take() {
                let what = format!("{} zeros before another chunk", offset.saturating_sub(from));
                self.fault(from, FaultKind::Skipped, "a chunk", what);
            }
            self.started = true;
            // A chunk that another chunk's start interrupts ends there.
            if !sound(octets)
                && let Some(end) =
                    find(octets.get(CHUNK_HEADER..).unwrap_or_default(), CHUNK_MAGIC).map(|k| k + CHUNK_HEADER)
            {
                let part = octets.get(..end).unwrap_or_default();
                self.fault(
                    offset,
                    FaultKind::CutOff,
                    "a chunk of 65536 octets",
                    format!("{end} octets before the next"),
                );
                self.chunk(part, offset, true);
                return end;
            }
            if octets.len() < CHUNK {
                self.fault(offset, FaultKind::CutOff, "a chunk of 65536 octets", format!("{} octets", octets.len()));
            }
            self.chunk(octets, offset, octets.len() < CHUNK);
            return octets.len();
        }
        if blank(octets) {
            self.blank = self.blank.or(Some(offset));
            return octets.len();
        }
        if octets.get(CHUNK_HEADER..).is_some_and(|r| r.starts_with(RECORD_MAGIC)) {
            self.fault(offset, FaultKind::Malformed, "ElfChnk, the start of a chunk", quoted(octets));
            self.chunk(octets, offset, true);
            return octets.len();
        }
        if let Some(next) = find(octets, CHUNK_MAGIC) {
            let what = format!("{next} octets");
            self.fault(offset, FaultKind::Skipped, "a chunk", what);
            return next;
        }
        // The magic may lie across the border of two windows.
        let keep = if ended || octets.len() < CHUNK { 0 } else { CHUNK_MAGIC.len() - 1 };
        let mut used = octets.len() - keep;
        if self.started && octets.windows(4).any(|w| w == RECORD_MAGIC) {
            self.fault(offset, FaultKind::Malformed, "ElfChnk, the start of a chunk", quoted(octets));
            self.chunk(octets, offset, true);
            used = octets.len();
        } else if self.started {
            self.fault(offset, FaultKind::Skipped, "a chunk", format!("{used} octets"));
        }
        used
    }

    /// The records of one chunk. A damaged chunk is searched to its end, a sound one as far as its header says.
    fn chunk(&mut self, octets: &[u8], offset: u64, damaged: bool) {
        self.templates.clear();
        let mut work = binxml::WORK;
        let mut damaged = damaged;
        let mut free = u32_at(octets, 48).unwrap_or(0) as usize;
        if !damaged && !self.no_checksums {
            let stored = u32_at(octets, 124).unwrap_or(0);
            let computed = header_sum(octets).unwrap_or(0);
            if stored != computed {
                self.fault(
                    offset + 124,
                    FaultKind::Checksum,
                    "the checksum of a chunk's header",
                    format!("{stored:#010x} for {computed:#010x}"),
                );
                damaged = true;
            }
        }
        if free < CHUNK_HEADER || free > octets.len() {
            if !damaged {
                self.fault(offset + 48, FaultKind::Malformed, "the offset of free space in a chunk", format!("{free}"));
            }
            damaged = true;
            free = octets.len();
        }
        if !damaged && !self.no_checksums {
            let stored = u32_at(octets, 52).unwrap_or(0);
            let computed = crc32fast::hash(octets.get(CHUNK_HEADER..free).unwrap_or_default());
            // The header of a chunk that was being written lags behind its records.
            if stored != computed && !self.summary.dirty {
                self.fault(
                    offset + 52,
                    FaultKind::Checksum,
                    "the checksum of a chunk's records",
                    format!("{stored:#010x} for {computed:#010x}"),
                );
            }
        }
        let limit = if damaged { octets.len() } else { free };
        let (mut at, mut last, mut any) = (CHUNK_HEADER, None::<u64>, false);
        loop {
            let Some((length, number)) = record_at(octets, at) else {
                if at >= limit || octets.get(at..limit).is_none_or(|rest| rest.iter().all(|b| *b == 0)) {
                    break;
                }
                let cut = octets.get(at..at + 4).is_some_and(|m| m == RECORD_MAGIC)
                    && u32_at(octets, at + 4).is_some_and(|n| at.saturating_add(n as usize) > octets.len());
                let next = self.next_record(octets, at + 1, limit);
                let kind = if cut { FaultKind::CutOff } else { FaultKind::Malformed };
                let found = match next {
                    Some(next) => {
                        format!("{}; {} octets passed over", quoted(octets.get(at..).unwrap_or_default()), next - at)
                    }
                    None => quoted(octets.get(at..).unwrap_or_default()),
                };
                self.fault(offset + at as u64, kind, "a record", found);
                // Its end is damaged; its start may say what it says all the same.
                if let Some((length, number)) = loose_record_at(octets, at) {
                    self.record(octets, offset, at, length, number, false, &mut work);
                    last = Some(number);
                }
                match next {
                    Some(next) => at = next,
                    None => break,
                }
                continue;
            };
            // Beyond the free-space mark lie old records, unless the log was not closed and the numbers go on.
            if at >= limit && last.is_none_or(|l| Some(number) != l.checked_add(1)) {
                break;
            }
            if !any {
                any = true;
                self.summary.chunks = self.summary.chunks.saturating_add(1);
            }
            self.record(octets, offset, at, length, number, last.is_none(), &mut work);
            last = Some(number);
            at += length;
        }
    }

    fn next_record(&self, octets: &[u8], from: usize, limit: usize) -> Option<usize> {
        (from..limit.min(octets.len())).find(|k| record_at(octets, *k).is_some())
    }

    #[allow(clippy::too_many_arguments)]
    fn record(
        &mut self,
        chunk: &[u8],
        offset: u64,
        at: usize,
        length: usize,
        number: u64,
        first: bool,
        work: &mut u32,
    ) {
        self.summary.records = self.summary.records.saturating_add(1);
        let written = u64_at(chunk, at + 16).and_then(When::from_filetime);
        if let Some(when) = written {
            self.summary.note_time(when);
        }
        let (start, end) = (at + 24, at + length - 4);
        let place = offset + at as u64;
        let outcome = self.wanted(chunk, start, end, first, work);
        let tree = match outcome {
            Ok(Some(false)) => return,
            Ok(_) => Expansion::new(chunk, &mut self.templates, work).fragment(start, end),
            Err(bad) => Err(bad),
        };
        let tree = match tree {
            Ok(tree) => tree,
            Err(bad) => {
                self.summary.unread = self.summary.unread.saturating_add(1);
                self.bad(offset, place, number, bad);
                return;
            }
        };
        let root = tree.children.into_iter().next();
        let Some(mut event) = root.and_then(event_from_tree) else {
            self.summary.unread = self.summary.unread.saturating_add(1);
            self.fault(place, FaultKind::Malformed, "an Event element with System", format!("record {number}"));
            return;
        };
        if outcome == Ok(None) && !(self.wanted)(Head { provider: &event.provider, id: event.id }) {
            return;
        }
        event.time = event.time.or(written);
        event.record = event.record.or(Some(number));
        event.place = Place::Offset(place);
        if let Some(computer) = &event.computer {
            self.summary.note_computer(computer);
        }
        if let Some(channel) = &event.channel {
            self.summary.note_channel(channel);
        }
        self.summary.wanted = self.summary.wanted.saturating_add(1);
        (self.sink)(Item::Event(Box::new(event)));
    }

    /// Whether the record is wanted, told from its template and two of its values; `None` where these do not tell it.
    fn wanted(
        &mut self,
        chunk: &[u8],
        start: usize,
        end: usize,
        first: bool,
        work: &mut u32,
    ) -> Result<Option<bool>, Bad> {
        if chunk.get(start) != Some(&0x0f) || chunk.get(start + 4) != Some(&0x0c) {
            return Ok(None);
        }
        let instance: Instance = Tokens { chunk, at: start + 4, end, dependency: false, work }.instance()?;
        let template = self.templates.at(chunk, instance.definition, work)?;
        if first {
            if let Some(computer) = slot_text(chunk, instance, &template.computer, &mut self.provider) {
                self.summary.note_computer(computer);
            }
            if let Some(channel) = slot_text(chunk, instance, &template.channel, &mut self.provider) {
                self.summary.note_channel(channel);
            }
        }
        let id = match &template.id {
            Slot::Absent => return Ok(None),
            Slot::Fixed(text) => text.trim().parse().ok(),
            Slot::Sub(index) => binxml::value_at(chunk, instance, *index).and_then(|v| number(v.octets)),
        };
        let (Some(id), Some(provider)) = (id, slot_text(chunk, instance, &template.provider, &mut self.provider))
        else {
            return Ok(None);
        };
        if provider.is_empty() {
            return Ok(None);
        }
        Ok(Some((self.wanted)(Head { provider, id })))
    }

    fn bad(&mut self, offset: u64, place: u64, number: u64, bad: Bad) {
        let kind = match (bad.limit, bad.cut) {
            (true, _) => FaultKind::Limit,
            (_, true) => FaultKind::CutOff,
            _ => FaultKind::Malformed,
        };
        let found = match bad.found {
            Some(value) => format!("{value:#x} in record {number}"),
            None => format!("record {number}"),
        };
        let at = if bad.limit { place } else { offset + bad.at as u64 };
        self.fault(at, kind, bad.expected, found);
    }
}

fn number(octets: &[u8]) -> Option<u32> {
    match octets.len() {
        1 => octets.first().map(|b| u32::from(*b)),
        2 | 3 => u16_at(octets, 0).map(u32::from),
        0 => None,
        _ => u32_at(octets, 0),
    }
}

fn header_sum(octets: &[u8]) -> Option<u32> {
    let mut sum = crc32fast::Hasher::new();
    sum.update(octets.get(..120)?);
    sum.update(octets.get(128..CHUNK_HEADER)?);
    Some(sum.finalize())
}

/// Length and number of the record at that place, when a whole one stands there.
fn record_at(octets: &[u8], at: usize) -> Option<(usize, u64)> {
    if octets.get(at..at + 4)? != RECORD_MAGIC {
        return None;
    }
    let length = u32_at(octets, at + 4)? as usize;
    if length < RECORD_LEAST || u32_at(octets, at.checked_add(length)? - 4)? as usize != length {
        return None;
    }
    Some((length, u64_at(octets, at + 8)?))
}

/// The same of a record whose length is not repeated at its end.
fn loose_record_at(octets: &[u8], at: usize) -> Option<(usize, u64)> {
    let length = u32_at(octets, at + 4)? as usize;
    let whole = octets.get(at..at.checked_add(length)?)?;
    let fits = length >= RECORD_LEAST && whole.starts_with(RECORD_MAGIC) && whole.get(24) == Some(&0x0f);
    fits.then_some((length, u64_at(octets, at + 8)?))
}

fn sound(octets: &[u8]) -> bool {
    octets.len() == CHUNK && header_sum(octets) == u32_at(octets, 124)
}

fn find(octets: &[u8], magic: &[u8]) -> Option<usize> {
    octets.windows(magic.len()).position(|w| w == magic)
}

/// The first octets as they are shown in a fault.
fn quoted(octets: &[u8]) -> String {
    let mut out = String::new();
    hex_digits(octets.get(..8.min(octets.len())).unwrap_or_default(), &mut out);
    if out.is_empty() { "nothing".to_owned() } else { out }
}
