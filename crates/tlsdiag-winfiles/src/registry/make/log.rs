//! A hive that was not closed, and the log with what it lacks, in the old form or the new.
use super::hive::{put, seal, size};
use crate::registry::hive::marvin32;

/// A dirty hive and its log.
#[derive(Debug, Clone)]
pub struct Dirty {
    /// The older state, its sequence numbers unequal.
    pub hive: Vec<u8>,
    /// The log that brings it to the newer one.
    pub log: Vec<u8>,
}

/// From two states of one hive to the older one, dirty, and the log (`HvLE` entries, Windows 8.1 and later; else `DIRT`).
/// Both must have the same root cell, as hives have that were made from trees that only grew at their end.
pub fn dirty(older: &[u8], newer: &[u8], new_format: bool) -> Dirty {
    let mut hive = older.to_vec();
    let sequence = older.get(4..8).and_then(|four| four.first_chunk::<4>()).map_or(1, |four| u32::from_le_bytes(*four));
    put(&mut hive, 4, &sequence.saturating_add(1).to_le_bytes());
    put(&mut hive, 144, &u32::from(new_format).to_le_bytes());
    seal(&mut hive);
    let bins = newer.get(4096..).unwrap_or_default();
    let before = older.get(4096..).unwrap_or_default();
    let changed: Vec<(usize, &[u8])> =
        bins.chunks(512).enumerate().filter(|(index, page)| before.chunks(512).nth(*index) != Some(*page)).collect();
    let mut log: Vec<u8> = newer.iter().copied().take(512).collect();
    put(&mut log, 4, &sequence.saturating_add(1).to_le_bytes());
    put(&mut log, 8, &sequence.saturating_add(1).to_le_bytes());
    put(&mut log, 28, &if new_format { 6_u32 } else { 1 }.to_le_bytes());
    seal(&mut log);
    if new_format {
        log.extend(entry(&changed, sequence, bins.len()));
    } else {
        log.extend(vector(&changed, bins.len()));
    }
    Dirty { hive, log }
}

fn entry(changed: &[(usize, &[u8])], sequence: u32, bins: usize) -> Vec<u8> {
    let mut data = b"HvLE".to_vec();
    let whole = 40_usize.saturating_add(changed.len().saturating_mul(520)).next_multiple_of(512);
    for word in [size(whole), 0, sequence, size(bins), size(changed.len())] {
        data.extend(word.to_le_bytes());
    }
    data.extend([0; 16]);
    for (index, page) in changed {
        data.extend(size(index.saturating_mul(512)).to_le_bytes());
        data.extend(size(page.len()).to_le_bytes());
    }
    changed.iter().for_each(|(_, page)| data.extend(*page));
    data.resize(whole, 0);
    let body = marvin32(data.get(40..).unwrap_or_default());
    put(&mut data, 24, &body.to_le_bytes());
    let head = marvin32(data.get(..32).unwrap_or_default());
    put(&mut data, 32, &head.to_le_bytes());
    data
}

fn vector(changed: &[(usize, &[u8])], bins: usize) -> Vec<u8> {
    let mut bits = vec![0_u8; bins / 4096];
    for (index, _) in changed {
        if let Some(byte) = bits.get_mut(index / 8) {
            *byte |= 1 << (index % 8);
        }
    }
    let mut data = b"DIRT".to_vec();
    data.extend(bits);
    data.resize(data.len().next_multiple_of(512), 0);
    changed.iter().for_each(|(_, page)| data.extend(*page));
    data
}
