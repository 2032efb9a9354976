//! The text under the blocks: UTF-16 made narrow, lines counted.

use super::{Block, Oddity, PemError};
use std::borrow::Cow;

/// UTF-16 text with one octet for each unit; what is no ASCII is the octet 0x1a, which no PEM holds.
pub(super) struct Wide {
    pub(super) octets: Vec<u8>,
    /// Octets before the first unit.
    start: usize,
}

/// Makes UTF-16 narrow. `None`: it is none.
pub(super) fn wide(input: &[u8]) -> Option<Wide> {
    let (start, big) = match input {
        [0xff, 0xfe, ..] => (2, false),
        [0xfe, 0xff, ..] => (2, true),
        _ => without_mark(input)?,
    };
    let units = input.get(start..)?.chunks_exact(2);
    let octet = |unit: &[u8]| match unit {
        [low, 0] if !big && low.is_ascii() => *low,
        [0, low] if big && low.is_ascii() => *low,
        _ => 0x1a,
    };
    Some(Wide { octets: units.map(octet).collect(), start })
}

/// Start and order of UTF-16 without a byte order mark: every other octet around `--BEGIN` is 0. The text starts with the
/// input, so the dash stands at an even offset if the low octet comes first.
fn without_mark(input: &[u8]) -> Option<(usize, bool)> {
    const DASHES: &[u8] = b"-\0-\0B\0E\0G\0I\0N\0 ";
    // A text without zero octets is none, and nearly every text has none.
    if !input.iter().take(1 << 16).any(|b| *b == 0) {
        return None;
    }
    let at = input.windows(DASHES.len()).position(|w| w == DASHES)?;
    Some((0, !at.is_multiple_of(2)))
}

impl Wide {
    /// The block with texts of its own and offsets of the wide input.
    pub(super) fn give_back<'a>(&self, block: Block<'_>) -> Block<'a> {
        let own = |t: Cow<'_, str>| Cow::Owned(t.into_owned());
        let pairs = |list: Vec<(Cow<'_, str>, Cow<'_, str>)>| list.into_iter().map(|(k, v)| (own(k), own(v))).collect();
        let offset = |narrow: usize| narrow.saturating_mul(2).saturating_add(self.start);
        let mut oddities = block.oddities;
        oddities.retain(|o| *o != Oddity::ByteOrderMark);
        oddities.insert(0, Oddity::Utf16);
        Block {
            label: own(block.label),
            kind: block.kind,
            offset: offset(block.offset),
            line: block.line,
            end_line: block.end_line,
            headers: pairs(block.headers),
            attributes: pairs(block.attributes),
            oddities,
            content: block.content.map_err(|e| PemError { offset: offset(e.offset), ..e }),
        }
    }
}

/// Counts lines that end in LF, CR LF or a lone CR; remembers how far it has counted.
#[derive(Default)]
pub(super) struct LineCount {
    at: usize,
    ends: usize,
}

impl LineCount {
    /// The line of an offset, from 1.
    pub(super) fn at(&mut self, text: &[u8], offset: usize) -> usize {
        if offset < self.at {
            *self = LineCount::default();
        }
        let mut before = self.at.checked_sub(1).and_then(|i| text.get(i)).copied();
        for b in text.get(self.at..offset.min(text.len())).unwrap_or_default() {
            if *b == b'\r' || (*b == b'\n' && before != Some(b'\r')) {
                self.ends += 1;
            }
            before = Some(*b);
        }
        self.at = self.at.max(offset.min(text.len()));
        self.ends + 1
    }
}

/// A piece of text between line ends, written out (`\n` as two characters) or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'t> {
    pub(super) text: &'t [u8],
    pub(super) offset: usize,
    /// What ended it.
    pub(super) ending: Ending,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Lf,
    CrLf,
    Cr,
    /// `\n`, `\r\n` or `\\n` as characters, of JSON or an environment variable
    Escape,
    None,
}

/// The lines of a part of the text.
pub(super) fn lines(text: &[u8], start: usize, stop: usize) -> impl Iterator<Item = Line<'_>> {
    let mut at = start;
    let mut done = false;
    std::iter::from_fn(move || {
        let rest = text.get(at..stop).filter(|_| !done)?;
        let offset = at;
        let len = rest
            .iter()
            .enumerate()
            .position(|(i, b)| {
                matches!(b, b'\n' | b'\r') || (*b == b'\\' && escape_len(rest.get(i..).unwrap_or_default()) > 0)
            })
            .unwrap_or(rest.len());
        let tail = rest.get(len..).unwrap_or_default();
        let (ending, octets) = match tail {
            [b'\r', b'\n', ..] => (Ending::CrLf, 2),
            [b'\n', ..] => (Ending::Lf, 1),
            [b'\r', ..] => (Ending::Cr, 1),
            [] => (Ending::None, 0),
            escape => (Ending::Escape, escape_len(escape)),
        };
        done = ending == Ending::None;
        at += len + octets;
        Some(Line { text: rest.get(..len).unwrap_or_default(), offset, ending })
    })
}

/// Octets of a written-out line end at the start; 0 where there is none. `\n` twice is two.
fn escape_len(text: &[u8]) -> usize {
    // Four are as good as any number.
    let slashes = text.iter().take(4).take_while(|b| **b == b'\\').count();
    let one = |rest: &[u8]| {
        let slashes = rest.iter().take(4).take_while(|b| **b == b'\\').count();
        ((1..=3).contains(&slashes) && rest.get(slashes) == Some(&b'n')).then_some(slashes + 1)
    };
    match (slashes, text.get(slashes)) {
        (1..=3, Some(b'n')) => slashes + 1,
        (1..=3, Some(b'r')) => {
            let first = slashes + 1;
            first + text.get(first..).and_then(one).unwrap_or(0)
        }
        _ => 0,
    }
}
