//! Lines of a text of unknown encoding, one at a time in bounded memory: UTF-16 of both orders, UTF-8, or an ANSI code page.
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, Read};
use std::ops::Range;

/// Most bytes kept of a line; the rest of it is passed over.
pub(super) const MAX_LINE: usize = 8 << 20;
/// Bytes read at once.
const CHUNK: usize = 64 << 10;

/// A line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The first is 1.
    pub(super) number: u32,
    pub(super) text: String,
    /// Whether it was longer than [`MAX_LINE`].
    pub(super) too_long: bool,
    /// Whether it was ended, so that it is no last line cut off.
    pub(super) ended: bool,
}

/// How the bytes make characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    /// One or more bytes; each line is UTF-8 or else in the code page.
    Narrow,
    Little,
    Big,
}

/// Adds a line to a list of ranges that grows at its end.
pub(super) fn add_line(ranges: &mut Vec<Range<u32>>, number: u32) {
    match ranges.last_mut() {
        Some(last) if number < last.end => {}
        Some(last) if number == last.end => last.end = number.saturating_add(1),
        _ => ranges.push(number..number.saturating_add(1)),
    }
}

/// Splits a text into lines.
pub(super) struct Lines<R> {
    reader: R,
    chunk: Vec<u8>,
    at: usize,
    width: Width,
    /// Whether a byte order mark came first.
    pub(super) marked: bool,
    ansi: &'static Encoding,
    /// Whether any line was not UTF-8 and the code page was used.
    pub(super) used_ansi: bool,
    number: u32,
    over: bool,
    /// Whether the last line read was ended.
    pub(super) ended: bool,
    /// A line handed back.
    again: Option<Line>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R, ansi: &'static Encoding) -> io::Result<Self> {
        let mut lines = Self {
            reader,
            chunk: Vec::new(),
            at: 0,
            width: Width::Narrow,
            marked: false,
            ansi,
            used_ansi: false,
            number: 0,
            over: false,
            ended: true,
            again: None,
        };
        lines.fill()?;
        let head = lines.chunk.as_slice();
        let (width, skip) = match head {
            [0xff, 0xfe, ..] => (Width::Little, 2),
            [0xfe, 0xff, ..] => (Width::Big, 2),
            [0xef, 0xbb, 0xbf, ..] => (Width::Narrow, 3),
            _ => (guess(head.get(..head.len().min(4096)).unwrap_or_default()), 0),
        };
        lines.width = width;
        lines.marked = skip > 0;
        lines.at = skip;
        Ok(lines)
    }

    /// The name of the encoding.
    pub(super) fn encoding(&self) -> &'static Encoding {
        match self.width {
            Width::Little => UTF_16LE,
            Width::Big => UTF_16BE,
            Width::Narrow if self.used_ansi => self.ansi,
            Width::Narrow => UTF_8,
        }
    }

    /// Reads the next chunk, at least two bytes unless the end comes.
    fn fill(&mut self) -> io::Result<()> {
        self.chunk.drain(..self.at.min(self.chunk.len()));
        self.at = 0;
        let mut buffer = vec![0; CHUNK];
        while self.chunk.len() < 4 && !self.over {
            match self.reader.read(&mut buffer) {
                Ok(0) => self.over = true,
                Ok(n) => self.chunk.extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Gives a line back, to be read again.
    pub(super) fn again(&mut self, line: Line) {
        self.again = Some(line);
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.again.take() {
            return Ok(Some(line));
        }
        let unit = if self.width == Width::Narrow { 1 } else { 2 };
        let mut bytes: Vec<u8> = Vec::new();
        let (mut too_long, mut any, mut ended) = (false, false, false);
        loop {
            if self.chunk.len().saturating_sub(self.at) < unit {
                self.fill()?;
            }
            let rest = self.chunk.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            any = true;
            let end = line_end(rest, self.width);
            let stop = end.unwrap_or(rest.len() / unit * unit);
            let stop = if stop == 0 && end.is_none() { rest.len() } else { stop };
            let room = MAX_LINE.saturating_sub(bytes.len());
            too_long |= stop > room;
            bytes.extend_from_slice(rest.get(..stop.min(room)).unwrap_or_default());
            self.at = self.at.saturating_add(stop);
            if end.is_some() {
                ended = true;
                self.pass_end(unit)?;
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.ended = ended;
        self.number = self.number.saturating_add(1);
        let text = self.decode(&bytes);
        Ok(Some(Line { number: self.number, text, too_long, ended }))
    }

    /// Passes over CR, LF, CR LF, and CR CR LF which some converters make.
    fn pass_end(&mut self, unit: usize) -> io::Result<()> {
        if self.peek(0, unit)? == Some('\n') {
            self.at = self.at.saturating_add(unit);
            return Ok(());
        }
        let ahead = [self.peek(1, unit)?, self.peek(2, unit)?];
        let units = match ahead {
            [Some('\n'), _] => 2,
            [Some('\r'), Some('\n')] => 3,
            _ => 1,
        };
        self.at = self.at.saturating_add(unit.saturating_mul(units));
        Ok(())
    }

    fn peek(&mut self, ahead: usize, unit: usize) -> io::Result<Option<char>> {
        let at = ahead.saturating_mul(unit);
        if self.chunk.len().saturating_sub(self.at) < at.saturating_add(unit) && !self.over {
            // Needs at most six bytes more than what is left.
            let mut buffer = vec![0; CHUNK];
            match self.reader.read(&mut buffer) {
                Ok(0) => self.over = true,
                Ok(n) => self.chunk.extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let rest = self.chunk.get(self.at.saturating_add(at)..).unwrap_or_default();
        let found = match (self.width, rest) {
            (Width::Narrow, [byte, ..]) => Some(u16::from(*byte)),
            (Width::Little, [a, b, ..]) => Some(u16::from_le_bytes([*a, *b])),
            (Width::Big, [a, b, ..]) => Some(u16::from_be_bytes([*a, *b])),
            _ => None,
        };
        Ok(found.and_then(|unit| char::from_u32(u32::from(unit))))
    }

    fn decode(&mut self, bytes: &[u8]) -> String {
        let text = match self.width {
            Width::Little => UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(),
            Width::Big => UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
            Width::Narrow => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => {
                    self.used_ansi = true;
                    self.ansi.decode_without_bom_handling(bytes).0.into_owned()
                }
            },
        };
        match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }
    }
}

/// Where the line ends in these bytes, always at a whole unit.
fn line_end(bytes: &[u8], width: Width) -> Option<usize> {
    let units = bytes.as_chunks::<2>().0;
    match width {
        Width::Narrow => bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')),
        Width::Little => units.iter().position(|u| matches!(u, [b'\n' | b'\r', 0])).map(|at| at.saturating_mul(2)),
        Width::Big => units.iter().position(|u| matches!(u, [0, b'\n' | b'\r'])).map(|at| at.saturating_mul(2)),
    }
}

/// UTF-16 without a mark shows by NUL in every second place.
fn guess(head: &[u8]) -> Width {
    let pairs = head.as_chunks::<2>().0;
    let nul = |index: usize| pairs.iter().filter(|pair| pair.get(index) == Some(&0)).count();
    let (even, odd) = (nul(0), nul(1));
    let many = pairs.len() / 3;
    match (even > many, odd > many) {
        (false, true) => Width::Little,
        (true, false) => Width::Big,
        _ => Width::Narrow,
    }
}
