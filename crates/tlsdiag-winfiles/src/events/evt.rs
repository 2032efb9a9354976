//! Reader of legacy .evt logs (NT 4 to Server 2003): EVENTLOGRECORDs in a ring, found by their signature, so that a log that
//! was not closed, is cut off or has wrapped around is read as well.
//!
//! Format: ELF_LOGFILE_HEADER, EVENTLOGRECORD and ELF_EOF_RECORD of the Windows SDK.

use std::io::{self, Read};

use super::evtx::{hex_digits, sid};
use super::time::When;
use super::{Datum, Event, Fault, FaultKind, Head, Item, Place, Summary, u16_at, u32_at};

const SIGNATURE: &[u8] = b"LfLe";
const HEADER: usize = 0x30;
/// The fixed part of a record.
const FIXED: usize = 56;
const EOF_RECORD: usize = 0x28;
const EOF_MARK: [u8; 16] =
    [0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x33, 0x33, 0x33, 0x33, 0x44, 0x44, 0x44, 0x44];
/// Longest record taken; Windows itself writes at most 64 KiB.
pub const RECORD_MOST: usize = 0x4_0000;
/// Strings taken of one record.
const STRINGS_MOST: usize = 1024;
const BLOCK: usize = 0x1_0000;

/// Whether these octets begin an .evt file.
pub fn is_evt(start: &[u8]) -> bool {
    start.get(4..8) == Some(SIGNATURE) && u32_at(start, 0) == Some(HEADER as u32)
}

/// Reads a log to its end, in the order of the file: after a wrap the newer records come first. `wanted` decides by source
/// and the lower half of the event id.
///
/// # Errors
/// Only what `source` itself gives; faults of the log are items.
pub fn read(
    source: &mut dyn Read,
    wanted: &mut dyn FnMut(Head<'_>) -> bool,
    sink: &mut dyn FnMut(Item),
) -> io::Result<Summary> {
    let mut log = Log { wanted, sink, summary: Summary::default() };
    let mut ring = Ring { octets: Vec::new(), at: 0, offset: 0, ended: false };
    let mut wrapped = log.header(ring.need(source, HEADER)?);
    if is_evt(ring.need(source, HEADER)?) {
        ring.step(HEADER);
    }
    // What stands before the first record may be the rest of the last one.
    let mut lead: Option<Vec<u8>> = None;
    let mut passed: Vec<u8> = Vec::new();
    let (mut skipped_from, mut skipped) = (ring.offset, 0u64);
    let mut past_end = false;
    loop {
        let window = ring.need(source, RECORD_MOST)?;
        if window.len() < 8 {
            break;
        }
        let offset = ring.offset;
        let window = ring.get();
        let step = match what(window) {
            Found::Record(length) => {
                let record = window.get(..length).unwrap_or_default();
                if lead.is_none() {
                    lead = Some(std::mem::take(&mut passed));
                } else if skipped > 0 && !past_end {
                    log.skipped(skipped_from, skipped);
                }
                skipped = 0;
                if past_end && !wrapped {
                    // Free space holds what was there before the log was cleared.
                    length
                } else {
                    log.record(record, offset);
                    past_end = false;
                    length
                }
            }
            Found::End => {
                let (begin, end) = (u32_at(window, 20).unwrap_or(0), u32_at(window, 24).unwrap_or(0));
                wrapped = wrapped || begin > end;
                if lead.is_none() {
                    lead = Some(std::mem::take(&mut passed));
                }
                past_end = true;
                skipped = 0;
                EOF_RECORD
            }
            Found::Cut(length) if ring.ended && window.len() <= length => {
                // The record goes on at the start of the ring.
                let mut whole = window.to_vec();
                let missing = length - window.len();
                let rest = lead.as_deref().filter(|l| l.len() >= missing).and_then(|l| l.get(..missing));
                if let Some(rest) = rest.filter(|_| wrapped) {
                    whole.extend_from_slice(rest);
                }
                if whole.len() == length && u32_at(&whole, length - 4) == Some(length as u32) {
                    log.record(&whole, offset);
                } else {
                    log.fault(offset, FaultKind::CutOff, "a record", format!("{} of {length} octets", window.len()));
                }
                skipped = 0;
                window.len()
            }
            _ => {
                if lead.is_none() && passed.len() < RECORD_MOST {
                    passed.extend_from_slice(window.get(..1).unwrap_or_default());
                }
                if skipped == 0 {
                    skipped_from = offset;
                }
                if !filler(window) {
                    skipped += 1;
                }
                1
            }
        };
        ring.step(step);
    }
    if skipped > 0 && !past_end && lead.is_some() {
        log.skipped(skipped_from, skipped);
    }
    if lead.is_none() && log.summary.records == 0 && !passed.is_empty() {
        log.skipped(HEADER as u64, passed.len() as u64);
    }
    Ok(log.summary)
}

/// Zeros, or the pattern with which the end of a ring is filled.
fn filler(window: &[u8]) -> bool {
    matches!(window.first(), Some(0 | 0x27))
}

enum Found {
    Record(usize),
    Cut(usize),
    End,
    Other,
}

fn what(window: &[u8]) -> Found {
    let Some(length) = u32_at(window, 0).map(|n| n as usize) else { return Found::Other };
    if length == EOF_RECORD && window.get(4..20) == Some(&EOF_MARK) {
        return Found::End;
    }
    if window.get(4..8) != Some(SIGNATURE) || !(FIXED + 4..=RECORD_MOST).contains(&length) {
        return Found::Other;
    }
    match u32_at(window, length - 4) {
        Some(again) if again as usize == length => Found::Record(length),
        Some(_) => Found::Other,
        None => Found::Cut(length),
    }
}

/// A window on the file that moves forward.
struct Ring {
    octets: Vec<u8>,
    at: usize,
    offset: u64,
    ended: bool,
}

impl Ring {
    fn get(&self) -> &[u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    /// At least so many octets where the file has them.
    fn need(&mut self, source: &mut dyn Read, count: usize) -> io::Result<&[u8]> {
        if !self.ended && self.octets.len() - self.at < count {
            self.octets.drain(..self.at);
            self.at = 0;
            let mut block = vec![0u8; BLOCK];
            while self.octets.len() < count + BLOCK {
                match source.read(&mut block) {
                    Ok(0) => {
                        self.ended = true;
                        break;
                    }
                    Ok(n) => self.octets.extend_from_slice(block.get(..n).unwrap_or_default()),
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(self.get())
    }

    fn step(&mut self, count: usize) {
        let count = count.min(self.octets.len() - self.at);
        self.at += count;
        self.offset += count as u64;
    }
}

struct Log<'s> {
    wanted: &'s mut dyn FnMut(Head<'_>) -> bool,
    sink: &'s mut dyn FnMut(Item),
    summary: Summary,
}

impl Log<'_> {
    fn fault(&mut self, offset: u64, kind: FaultKind, expected: &'static str, found: String) {
        self.summary.fault(self.sink, Fault { place: Place::Offset(offset), kind, expected, found });
    }

    fn skipped(&mut self, offset: u64, octets: u64) {
        self.fault(offset, FaultKind::Skipped, "a record", format!("{octets} octets"));
    }

    /// Whether the header says that the log has wrapped around.
    fn header(&mut self, octets: &[u8]) -> bool {
        if !is_evt(octets) {
            let mut found = String::new();
            hex_digits(octets.get(..8.min(octets.len())).unwrap_or_default(), &mut found);
            self.fault(0, FaultKind::Malformed, "LfLe, the start of an evt log", found);
            return true;
        }
        let flags = u32_at(octets, 36).unwrap_or(0);
        self.summary.dirty = flags & 1 != 0;
        flags & 2 != 0
    }

    fn record(&mut self, octets: &[u8], offset: u64) {
        self.summary.records = self.summary.records.saturating_add(1);
        let when = u32_at(octets, 12).filter(|t| *t != 0).map(|t| When::from_unix(i64::from(t)));
        if let Some(when) = when {
            self.summary.note_time(when);
        }
        let id = u32_at(octets, 20).unwrap_or(0);
        let mut at = FIXED;
        let provider = text(octets, &mut at);
        let computer = text(octets, &mut at);
        self.summary.note_computer(&computer);
        if !(self.wanted)(Head { provider: &provider, id: id & 0xffff }) {
            return;
        }
        let mut event = Event {
            provider,
            id: id & 0xffff,
            qualifiers: u16::try_from(id >> 16).ok(),
            level: match u16_at(octets, 24) {
                Some(1) => Some(2),
                Some(2) => Some(3),
                Some(4) => Some(4),
                Some(0 | 8 | 16) => Some(0),
                _ => None,
            },
            computer: Some(computer).filter(|c| !c.is_empty()),
            record: u32_at(octets, 8).map(u64::from),
            time: when,
            place: Place::Offset(offset),
            ..Event::default()
        };
        let part = |length: usize, start: usize| -> Option<&[u8]> {
            let (length, start) = (u32_at(octets, length)? as usize, u32_at(octets, start)? as usize);
            if length == 0 { None } else { octets.get(start..start.checked_add(length)?) }
        };
        if let Some(owner) = part(40, 44) {
            let mut name = String::new();
            event.user = sid(owner, &mut name).map(|()| name);
        }
        event.binary = part(48, 52).map(<[u8]>::to_vec);
        let strings = usize::from(u16_at(octets, 26).unwrap_or(0));
        let mut at = u32_at(octets, 36).unwrap_or(0) as usize;
        let mut missing = strings.saturating_sub(STRINGS_MOST);
        for _ in 0..strings.min(STRINGS_MOST) {
            if at < FIXED || at >= octets.len() - 4 {
                missing += 1;
                continue;
            }
            event.data.push(Datum { name: None, value: text(octets, &mut at) });
        }
        if missing > 0 {
            self.fault(
                offset,
                FaultKind::Malformed,
                "the strings of a record",
                format!("{missing} of {strings} missing"),
            );
        }
        self.summary.wanted = self.summary.wanted.saturating_add(1);
        (self.sink)(Item::Event(Box::new(event)));
    }
}

/// UTF-16LE text up to its NUL, which is stepped over.
fn text(octets: &[u8], at: &mut usize) -> String {
    let mut units = Vec::new();
    while let Some(unit) = u16_at(octets, *at) {
        *at += 2;
        if unit == 0 {
            break;
        }
        units.push(unit);
    }
    String::from_utf16_lossy(&units)
}
