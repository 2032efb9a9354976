//! Writer of legacy .evt logs, straight, wrapped around, or not closed.

use super::super::Event;
use super::evtx::sid_octets;

/// How a log is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// So many of the last records stand at the start of the ring, the one before them broken across its end.
    pub wrapped: usize,
    /// The log was not closed: the header's offsets lag behind.
    pub dirty: bool,
}

const HEADER: usize = 0x30;

/// Writes a log with these events, in their order.
pub fn write(events: &[Event], options: Options) -> Vec<u8> {
    let records: Vec<Vec<u8>> = events.iter().enumerate().map(|(k, e)| record(e, k as u32 + 1)).collect();
    let next = records.len() as u32 + 1;
    let wrapped = options.wrapped.min(records.len().saturating_sub(2));
    if wrapped == 0 {
        let body: Vec<u8> = records.concat();
        let end = (HEADER + body.len()) as u32;
        let mut out = header(HEADER as u32, end, next, u32::from(options.dirty), end + 0x28);
        if options.dirty {
            out = header(HEADER as u32, HEADER as u32, 1, 1, end + 0x28);
        }
        out.extend_from_slice(&body);
        out.extend_from_slice(&end_record(HEADER as u32, end, next));
        return out;
    }
    // The record at the break: its first half ends the file, its second half begins the ring.
    let split = records.len() - wrapped - 1;
    let broken = &records[split];
    let half = (broken.len() / 2) & !3;
    let mut body = broken[half..].to_vec();
    records[split + 1..].iter().for_each(|r| body.extend_from_slice(r));
    let end = (HEADER + body.len()) as u32;
    // Between the end and the oldest record lies a part of one that was overwritten.
    let stale = [0x33u8; 0x14];
    let begin = end + 0x28 + stale.len() as u32;
    body.extend_from_slice(&end_record(begin, end, next));
    body.extend_from_slice(&stale);
    records[..split].iter().for_each(|r| body.extend_from_slice(r));
    body.extend_from_slice(&broken[..half]);
    let mut out = header(begin, end, next, 2 | u32::from(options.dirty), (HEADER + body.len()) as u32);
    out.extend_from_slice(&body);
    out
}

fn header(begin: u32, end: u32, next: u32, flags: u32, size: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER);
    let words = [HEADER as u32, u32::from_le_bytes(*b"LfLe"), 1, 1, begin, end, next, 1, size, flags, 0, HEADER as u32];
    words.iter().for_each(|w| out.extend_from_slice(&w.to_le_bytes()));
    out
}

fn end_record(begin: u32, end: u32, next: u32) -> Vec<u8> {
    let words = [0x28, 0x1111_1111, 0x2222_2222, 0x3333_3333, 0x4444_4444, begin, end, next, 1, 0x28];
    words.iter().flat_map(|w: &u32| w.to_le_bytes()).collect()
}

fn record(event: &Event, number: u32) -> Vec<u8> {
    let units = |text: &str| -> Vec<u8> { text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect() };
    let mut names = units(&event.provider);
    names.extend_from_slice(&units(event.computer.as_deref().unwrap_or_default()));
    while names.len() % 4 != 0 {
        names.push(0);
    }
    let sid = event.user.as_deref().and_then(sid_octets).unwrap_or_default();
    let strings: Vec<u8> = event.data.iter().flat_map(|d| units(&d.value)).collect();
    let binary = event.binary.clone().unwrap_or_default();
    let sid_at = 56 + names.len();
    let strings_at = sid_at + sid.len();
    let data_at = strings_at + strings.len();
    let mut length = data_at + binary.len() + 4;
    // One to four octets of padding, as Windows has it.
    let padding = 4 - length % 4;
    length += padding;
    let time = event.time.map_or(0, |t| t.unix_ms.div_euclid(1000)) as u32;
    let kind: u16 = match event.level {
        Some(2) => 1,
        Some(3) => 2,
        _ => 4,
    };
    let id = event.id & 0xffff | u32::from(event.qualifiers.unwrap_or(0)) << 16;
    let mut out = Vec::with_capacity(length);
    for word in [length as u32, u32::from_le_bytes(*b"LfLe"), event.record.map_or(number, |r| r as u32), time, time, id]
    {
        out.extend_from_slice(&word.to_le_bytes());
    }
    for half in [kind, event.data.len() as u16, 0, 0] {
        out.extend_from_slice(&half.to_le_bytes());
    }
    for word in [0, strings_at, sid.len(), sid_at, binary.len(), data_at] {
        out.extend_from_slice(&(word as u32).to_le_bytes());
    }
    out.extend_from_slice(&names);
    out.extend_from_slice(&sid);
    out.extend_from_slice(&strings);
    out.extend_from_slice(&binary);
    out.resize(out.len() + padding, 0);
    out.extend_from_slice(&(length as u32).to_le_bytes());
    out
}
