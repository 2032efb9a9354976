//! Hives: the files that the registry lies in (`regf`), read by path without walking the whole, also when dirty, cut off or
//! damaged.
//!
//! Format after the published description of msuhanov/regf, checked against the hives of several collections.
mod base;
mod cell;
mod kind;
mod log;
mod pages;
mod walk;

#[cfg(feature = "make")]
pub(crate) use base::checksum;
pub use base::{BASE, BaseBlock};
#[cfg(feature = "make")]
pub(crate) use cell::name_hash;
pub use cell::{MAX_DATA, MAX_SUBKEYS, MAX_VALUES, NIL, Node};
pub use kind::HiveKind;
#[cfg(feature = "make")]
pub(crate) use log::marvin32;
pub use log::{MAX_LOG, Recovery};

use super::model::{Fault, FaultKind, Place};
use pages::Pages;
use std::fmt;
use std::io::{Read, Seek};

/// Why a file is not read as a hive at all.
#[derive(Debug)]
pub enum HiveError {
    /// It does not begin with `regf`, and no log gives a base block; the first four bytes.
    NotAHive([u8; 4]),
    /// It is a transaction log, not a hive; its file type.
    IsALog(u32),
    /// It ends within the base block.
    CutOff {
        /// Bytes that are there.
        have: u64,
    },
    /// Reading failed.
    Io(std::io::Error),
}

impl fmt::Display for HiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAHive(found) => {
                write!(f, "offset 0x0: expected `regf`, found ")?;
                found.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::IsALog(kind) => write!(f, "offset 0x1c: expected a hive (0), found a transaction log ({kind})"),
            Self::CutOff { have } => write!(f, "cut off: expected a base block of 4096 bytes, found {have}"),
            Self::Io(error) => write!(f, "not readable: {error}"),
        }
    }
}

impl std::error::Error for HiveError {}

/// A hive that ends before its claimed end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutOff {
    /// Bytes that the base block claims, itself included.
    pub claimed: u64,
    /// Bytes that are there.
    pub have: u64,
}

/// A hive.
pub struct Hive<R> {
    pages: Pages<R>,
    base: BaseBlock,
    recovery: Recovery,
    opening: Vec<Fault>,
}

/// Whether a file begins as a hive or a log of one.
pub fn is_hive(head: &[u8]) -> bool {
    head.starts_with(b"regf")
}

impl<R: Read + Seek> Hive<R> {
    /// Opens a hive with its logs (`.LOG1` and `.LOG2`, or `.LOG`; any order, empty ones are fine). The logs are applied
    /// when the hive is dirty or its base block is damaged.
    ///
    /// # Errors
    /// When it is no hive, ends in the base block, or cannot be read. Everything else is a [`Fault`] later.
    pub fn open(reader: R, logs: &[&[u8]]) -> Result<Self, HiveError> {
        let mut pages = Pages::new(reader).map_err(HiveError::Io)?;
        let mut head = [0; BASE as usize];
        let read = pages.read(0, &mut head).map_err(HiveError::Io)?;
        let mut opening = Vec::new();
        let own = head.get(..read).and_then(BaseBlock::parse);
        if let Some(found) = own.as_ref().filter(|base| matches!(base.file_type, 1 | 2 | 6)) {
            return Err(HiveError::IsALog(found.file_type));
        }
        let intact = own.as_ref().is_some_and(BaseBlock::is_intact);
        let dirty = own.as_ref().is_none_or(|base| base.primary != base.secondary);
        let given = logs.iter().any(|log| !log.is_empty());
        let (base, recovery) = if intact && !dirty {
            (own, Recovery::Clean)
        } else if !given {
            (own, if dirty { Recovery::Missing } else { Recovery::Clean })
        } else {
            let replay = log::replay(logs, own.as_ref().filter(|_| intact).map(|base| base.secondary));
            let mut base = if intact { own } else { own.or(replay.base.clone()) };
            if !intact && let (Some(base), Some(from_log)) = (&mut base, &replay.base) {
                *base = BaseBlock { checksum: base.checksum, computed: base.computed, ..from_log.clone() };
            }
            if replay.entries > 0 {
                pages.lay(&replay.pages);
                if let (Some(base), Some(bins)) = (&mut base, replay.bins) {
                    base.bins = bins;
                }
                let pages = u32::try_from(replay.pages.len()).unwrap_or(u32::MAX);
                let (new_format, entries, stopped) = (replay.new_format, replay.entries, replay.stopped);
                (base, Recovery::Applied { new_format, entries, pages, stopped })
            } else if dirty || !intact {
                (base, Recovery::Unusable(replay.refused))
            } else {
                (base, Recovery::Clean)
            }
        };
        let Some(base) = base else {
            return Err(match head.first_chunk::<4>() {
                Some(four) if read >= 4 && four != b"regf" => HiveError::NotAHive(*four),
                _ => HiveError::CutOff { have: pages.file_len },
            });
        };
        if !intact {
            opening.push(Fault {
                place: Place::Offset(508),
                key: None,
                what: FaultKind::Malformed,
                expected: "the checksum of the base block",
                found: format!("0x{:08x} where 0x{:08x} is computed", base.checksum, base.computed),
            });
        }
        let mut hive = Self { pages, base, recovery, opening };
        if let Some(cut) = hive.cut_off() {
            hive.opening.push(Fault {
                place: Place::Offset(cut.have),
                key: None,
                what: FaultKind::CutOff,
                expected: "as many bytes as the base block claims",
                found: format!("{} of {}", cut.have, cut.claimed),
            });
        }
        Ok(hive)
    }

    /// What the base block tells, after logs were applied.
    pub fn base(&self) -> &BaseBlock {
        &self.base
    }

    /// What was done about logs.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Whether the file ends before its claimed end.
    pub fn cut_off(&self) -> Option<CutOff> {
        let claimed = BASE.saturating_add(u64::from(self.base.bins));
        let have = self.pages.end();
        (have < claimed).then_some(CutOff { claimed, have })
    }

    /// What was wrong with the file as such; [`Hive::walk`] and [`Hive::gather`] hand these over too.
    pub fn opening_faults(&self) -> &[Fault] {
        &self.opening
    }

    /// Bytes in the file, without what logs add.
    pub fn file_len(&self) -> u64 {
        self.pages.file_len
    }

    /// The root key.
    ///
    /// # Errors
    /// When its cell is cut off or damaged.
    pub fn root(&mut self) -> Result<Node, Fault> {
        let cell = self.base.root;
        self.node(cell).map(|(node, _)| node)
    }

    /// Where cells end.
    fn end(&self) -> u64 {
        self.pages.end()
    }
}
