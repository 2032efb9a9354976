//! The first 4096 bytes of a hive: sequence numbers, size, name, checksum.
use crate::registry::model::{FileTime, utf16_text};

/// Bytes before the first bin.
pub const BASE: u64 = 4096;

/// Reads a little-endian `u16`; `None` when the bytes end before.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk::<2>().map(|b| u16::from_le_bytes(*b))
}

/// Reads a little-endian `u32`; `None` when the bytes end before.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|b| u32::from_le_bytes(*b))
}

/// Reads a little-endian `u64`; `None` when the bytes end before.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk::<8>().map(|b| u64::from_le_bytes(*b))
}

/// What the base block tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseBlock {
    /// Raised before a write.
    pub primary: u32,
    /// Raised after it; unequal to the first: the hive is dirty.
    pub secondary: u32,
    /// When it was last written.
    pub written: FileTime,
    /// Major and minor version; 1.3 to 1.6 are met.
    pub version: (u32, u32),
    /// 0 a hive, 1 and 2 logs of the old sort, 6 of the new.
    pub file_type: u32,
    /// The root cell, from the first bin.
    pub root: u32,
    /// Bytes of all bins as the hive claims.
    pub bins: u32,
    /// The last 31 characters of the path that it was loaded from.
    pub file_name: String,
    /// The checksum in it.
    pub checksum: u32,
    /// The checksum that it should have.
    pub computed: u32,
}

impl BaseBlock {
    /// Reads it from at least 512 bytes; `None` when they do not begin with `regf` or are fewer.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..4)? != b"regf" {
            return None;
        }
        Some(Self {
            primary: u32_at(bytes, 4)?,
            secondary: u32_at(bytes, 8)?,
            written: FileTime(u64_at(bytes, 12)?),
            version: (u32_at(bytes, 20)?, u32_at(bytes, 24)?),
            file_type: u32_at(bytes, 28)?,
            root: u32_at(bytes, 36)?,
            bins: u32_at(bytes, 40)?,
            file_name: utf16_text(bytes.get(48..112)?),
            checksum: u32_at(bytes, 508)?,
            computed: checksum(bytes.get(..508)?),
        })
    }

    /// Whether the checksum is right.
    pub fn is_intact(&self) -> bool {
        self.checksum == self.computed
    }
}

/// Exclusive or of the words before it; 0 and -1 are replaced by 1 and -2.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let (words, _) = bytes.as_chunks::<4>();
    match words.iter().fold(0, |sum, word| sum ^ u32::from_le_bytes(*word)) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}
