//! Octets to text: UTF-8, UTF-16 in either order, ANSI and OEM code pages, and files that hold several of them one after
//! the other because somebody appended with `>>`.
use super::code_page::CodePage;
use encoding_rs::{UTF_16BE, UTF_16LE};
use std::fmt;
use std::ops::Range;

/// How the octets of a file were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Only octets below 0x80.
    Ascii,
    /// With or without a byte order mark.
    Utf8,
    /// Little endian, with or without a byte order mark.
    Utf16Le,
    /// Big endian, with or without a byte order mark.
    Utf16Be,
    /// A code page of Windows, told by what its text looks like.
    CodePage(CodePage),
    /// More than one of the above: parts or lines of one file.
    Mixed,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ascii => f.write_str("ASCII"),
            Self::Utf8 => f.write_str("UTF-8"),
            Self::Utf16Le => f.write_str("UTF-16LE"),
            Self::Utf16Be => f.write_str("UTF-16BE"),
            Self::CodePage(page) => write!(f, "cp{}", page.number()),
            Self::Mixed => f.write_str("mixed"),
        }
    }
}

/// A text and how it was had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Without byte order marks.
    pub text: String,
    /// What the octets were taken for.
    pub encoding: Encoding,
    /// Characters that were ruined before (U+FFFD in the file) or that could not be decoded.
    pub replaced: usize,
}

/// Decodes a file. Never fails: what no encoding explains becomes U+FFFD and is counted. Takes at most four times the size
/// of the input.
#[must_use]
pub fn decode(octets: &[u8]) -> Decoded {
    let mut text = String::new();
    let mut seen: Option<Encoding> = None;
    let parts = parts(octets);
    let eight: Vec<&[u8]> =
        parts.iter().filter(|p| p.width == Width::Eight).filter_map(|p| octets.get(p.at.clone())).collect();
    let reading = Reading::of(&eight);
    for part in &parts {
        let Some(raw) = octets.get(part.at.clone()) else { continue };
        let encoding = match part.width {
            Width::Le => {
                text.push_str(&UTF_16LE.decode_without_bom_handling(raw).0);
                Encoding::Utf16Le
            }
            Width::Be => {
                text.push_str(&UTF_16BE.decode_without_bom_handling(raw).0);
                Encoding::Utf16Be
            }
            Width::Eight => reading.decode(raw, &mut text),
        };
        seen = Some(match seen {
            None => encoding,
            Some(before) if before == encoding || raw.is_empty() => before,
            // ASCII is a part of every encoding of octets, but not of UTF-16
            Some(Encoding::Ascii) if part.width == Width::Eight => encoding,
            Some(before @ (Encoding::Utf8 | Encoding::CodePage(_))) if encoding == Encoding::Ascii => before,
            Some(_) => Encoding::Mixed,
        });
    }
    let replaced = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    Decoded { text, encoding: seen.unwrap_or(Encoding::Ascii), replaced }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Eight,
    Le,
    Be,
}

#[derive(Debug)]
struct Part {
    width: Width,
    at: Range<usize>,
}

/// Wrong guesses about where UTF-16 begins that are made before the rest is taken as octets.
const GUESSES: usize = 1000;

/// Parts of a file that differ in the width of their characters. Linear in the size of the file.
fn parts(octets: &[u8]) -> Vec<Part> {
    let mut out = Vec::new();
    let (mut at, mut guesses) = (0, 0);
    while at < octets.len() {
        let (width, skip) = width_at(octets, at);
        let start = at + skip;
        let end = match width {
            Width::Le | Width::Be => end_of_wide(octets, start, width),
            Width::Eight => end_of_eight(octets, start, &mut guesses),
        };
        out.push(Part { width, at: start..end });
        // every part takes at least one octet
        at = end.max(at + 1);
    }
    out
}

/// What begins at `at`, and the octets of a byte order mark there.
fn width_at(octets: &[u8], at: usize) -> (Width, usize) {
    let rest = octets.get(at..).unwrap_or_default();
    match rest {
        [0xff, 0xfe, ..] => return (Width::Le, 2),
        [0xfe, 0xff, ..] => return (Width::Be, 2),
        [0xef, 0xbb, 0xbf, ..] => return (Width::Eight, 3),
        _ => {}
    }
    let window = rest.get(..rest.len().min(256)).unwrap_or_default();
    // the end of the first line tells it, if there is one
    let zeros = window.contains(&0);
    for (at, _) in window.iter().enumerate().filter(|(_, o)| **o == b'\n') {
        let line = window.get(..at).unwrap_or_default();
        let (before, after) = (line.last().copied(), window.get(at + 1).copied());
        if !line.is_empty()
            && !line.contains(&0)
            && (before == Some(b'\r') || (is_ascii_text(line) && (at >= 6 || !zeros)))
        {
            return (Width::Eight, 0);
        }
        match (before, after, at % 2) {
            (_, Some(0), 0) => return (Width::Le, 0),
            (Some(0), _, 1) => return (Width::Be, 0),
            _ => {}
        }
    }
    let (mut even, mut odd, mut pairs) = (0_usize, 0_usize, 0_usize);
    for pair in window.chunks_exact(2) {
        pairs += 1;
        match pair {
            [0, 0] => {}
            [_, 0] => odd += 1,
            [0, _] => even += 1,
            _ => {}
        }
    }
    if odd > even.saturating_mul(8) && odd.saturating_mul(4) >= pairs {
        (Width::Le, 0)
    } else if even > odd.saturating_mul(8) && even.saturating_mul(4) >= pairs {
        (Width::Be, 0)
    } else {
        (Width::Eight, 0)
    }
}

/// Whether it is ASCII one octet a character. Two octets of a character can both look like ASCII, such as all of kana; then
/// every second one is the same.
fn is_ascii_text(octets: &[u8]) -> bool {
    let ascii = octets.iter().all(|o| (0x20..0x7f).contains(o) || matches!(o, b'\t' | b'\r'));
    let seconds = |from: usize| {
        let mut all = octets.iter().skip(from).step_by(2);
        let first = all.next();
        octets.len() >= 6
            && all.clone().filter(|o| Some(*o) == first).count().saturating_mul(4) >= all.count().saturating_mul(3)
    };
    let blank = octets.iter().all(|o| matches!(o, b' ' | b'-' | b'=' | b'\r'));
    ascii && (blank || !(seconds(0) || seconds(1)))
}

/// Where text of octets ends because UTF-16 begins: at the line that holds the first zero octets which are no accident.
fn end_of_eight(octets: &[u8], start: usize, guesses: &mut usize) -> usize {
    let mut at = start;
    while let Some(zero) = position(octets, at, |octet| octet == 0) {
        if *guesses >= GUESSES {
            break;
        }
        *guesses += 1;
        let line = octets.get(start..zero.saturating_sub(1)).unwrap_or_default();
        let line = line.iter().rposition(|o| *o == b'\n').map_or(start, |p| start + p + 1);
        // the first line of big endian text begins with a zero octet
        for from in [line, zero.saturating_sub(1), zero] {
            if from > start && width_at(octets, from).0 != Width::Eight {
                return from;
            }
        }
        at = position(octets, zero, |octet| octet != 0).unwrap_or(octets.len());
    }
    octets.len()
}

fn end_of_wide(octets: &[u8], start: usize, width: Width) -> usize {
    let mut at = start;
    while let Some(&[first, second]) = octets.get(at..at + 2) {
        let (high, low) = if width == Width::Le { (second, first) } else { (first, second) };
        at += 2;
        match (high, low) {
            (0, b'\n') if eight_follows(octets, at) => return at,
            // no such character: the order is one octet off from somewhere before
            (b'\n' | b'\r', 0) => return shifted_from(octets, at, start, width),
            _ => {}
        }
    }
    octets.len()
}

/// Whether a line of octets begins after a line end of UTF-16.
fn eight_follows(octets: &[u8], at: usize) -> bool {
    let rest = octets.get(at..).unwrap_or_default();
    if rest.starts_with(&[0xef, 0xbb, 0xbf]) {
        return true;
    }
    let window = rest.get(..rest.len().min(128)).unwrap_or_default();
    if window.len() < 2 || window.first() == Some(&0) || window.get(1) == Some(&0) || window.starts_with(&[0xff, 0xfe])
    {
        return false;
    }
    let line = window.iter().position(|o| *o == b'\n');
    let body = line.and_then(|end| window.get(..end)).unwrap_or(window);
    let zeros = body.contains(&0);
    match line.map(|end| (end.checked_sub(1).and_then(|b| window.get(b)), window.get(end + 1))) {
        Some((_, Some(0))) => false,
        Some((Some(b'\r'), _)) => !zeros,
        _ => !zeros && is_ascii_text(body),
    }
}

/// Where UTF-16 lost an octet or got one: goes back from a line end that stands one octet off.
fn shifted_from(octets: &[u8], end: usize, start: usize, width: Width) -> usize {
    let mut at = end.saturating_sub(2);
    let zero = usize::from(width == Width::Be);
    while at >= start + 2 && octets.get(at - 2 + zero) == Some(&0) && octets.get(at - 1 - zero).is_some_and(|o| *o != 0)
    {
        at -= 2;
    }
    // the octet before belongs to the first character that is in step again
    at.saturating_sub(1).max(start + 1)
}

fn position(octets: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    octets.get(from..)?.iter().position(|o| wanted(*o)).map(|p| from + p)
}

/// How the lines of octets of one file are read: one code page for all lines that are not UTF-8.
struct Reading {
    page: Option<CodePage>,
    /// Whether a line that is valid UTF-8 is UTF-8.
    utf8: bool,
}

/// Octets of lines beyond ASCII from which a code page is told.
const SAMPLE: usize = 64 * 1024;

impl Reading {
    fn of(parts: &[&[u8]]) -> Self {
        let (mut sample, mut valid, mut long, mut invalid) = (Vec::new(), 0_usize, 0_usize, 0_usize);
        let mut valid_sample = Vec::new();
        for line in parts.iter().flat_map(|part| part.split_inclusive(|o| *o == b'\n')).filter(|line| !line.is_ascii())
        {
            let high = line.iter().filter(|o| **o >= 0x80).count();
            let into = match std::str::from_utf8(line) {
                Ok(text) => {
                    valid = valid.saturating_add(high);
                    long = long.saturating_add(text.chars().filter(|c| c.len_utf8() > 2).count());
                    &mut valid_sample
                }
                // the last line of a file that was cut inside of a character
                Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 && valid > 0 => continue,
                Err(_) => {
                    invalid = invalid.saturating_add(high);
                    &mut sample
                }
            };
            let room = SAMPLE.saturating_sub(into.len());
            into.extend_from_slice(line.get(..line.len().min(room)).unwrap_or_default());
        }
        if invalid == 0 {
            return Self { page: None, utf8: true };
        }
        // short words of a double-byte page can pass for UTF-8; three octets a character, several times, cannot
        let utf8 = long >= 4 || valid >= invalid;
        if !utf8 {
            sample.extend_from_slice(&valid_sample);
        }
        Self { page: Some(CodePage::of(&sample)), utf8 }
    }

    fn decode(&self, raw: &[u8], into: &mut String) -> Encoding {
        let Some(page) = self.page else {
            into.push_str(&String::from_utf8_lossy(raw));
            return if raw.is_ascii() { Encoding::Ascii } else { Encoding::Utf8 };
        };
        if !self.utf8 {
            page.decode(raw, into);
            return if raw.is_ascii() { Encoding::Ascii } else { Encoding::CodePage(page) };
        }
        let (mut utf8, mut other) = (false, false);
        for line in raw.split_inclusive(|o| *o == b'\n') {
            match std::str::from_utf8(line) {
                Ok(text) => {
                    utf8 |= !line.is_ascii();
                    into.push_str(text);
                }
                Err(error) if error.error_len().is_none() && utf8 => into.push_str(&String::from_utf8_lossy(line)),
                Err(_) => {
                    other = true;
                    page.decode(line, into);
                }
            }
        }
        match (utf8, other) {
            (false, false) => Encoding::Ascii,
            (true, false) => Encoding::Utf8,
            (false, true) => Encoding::CodePage(page),
            (true, true) => Encoding::Mixed,
        }
    }
}

#[cfg(test)]
mod tests;
