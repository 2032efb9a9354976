//! What stands between BEGIN and END: headers, base64, and the wrappings of the place it was copied from.

use super::marker::Marker;
use super::oddity::{line_before, note, of_lead};
use super::text::{Ending, Line, LineCount, lines};
use super::{Block, Kind, Oddity, PemError, PemFault};
use crate::base64::Decoder;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// A pair of texts.
type Pair<'t> = (Cow<'t, str>, Cow<'t, str>);

/// What a body holds.
pub(super) struct Body<'t> {
    pub(super) headers: Vec<Pair<'t>>,
    pub(super) content: Result<Zeroizing<Vec<u8>>, (usize, PemFault)>,
}

/// Most headers that are kept.
const MAX_HEADERS: usize = 64;

/// Reads what stands between a BEGIN and `stop`.
pub(super) fn read<'t>(text: &'t [u8], begin: &Marker<'t>, stop: usize, oddities: &mut Vec<Oddity>) -> Body<'t> {
    let prefix = prefix(text, begin);
    let mut headers: Vec<Pair<'t>> = Vec::new();
    let mut decoder = Decoder::default();
    let mut fault = None;
    let mut state = State::Start;
    let mut blank_pending = false;
    let all: Vec<Line<'t>> = lines(text, begin.end, stop).collect();
    let count = all.len();
    if count == 1 {
        note(oddities, Oddity::OneLine);
    }
    for (i, line) in all.into_iter().enumerate() {
        note_ending(line.ending, oddities);
        let last = i + 1 == count;
        let (piece, offset) = unwrapped(&line, prefix, last, oddities);
        if last && state != State::Start {
            // What is before END on its line is either base64 or the indentation of END.
            if piece.is_empty() {
                if !oddities.contains(&Oddity::Quoted) {
                    of_lead(line.text, oddities);
                }
                break;
            }
        }
        if piece.is_empty() {
            match state {
                State::Headers => state = State::Divided,
                State::Base64 if !last && line.text.trim_ascii().is_empty() => blank_pending = true,
                _ => {}
            }
            continue;
        }
        if matches!(state, State::Start | State::Headers) {
            if let Some(rest) = header(piece, &mut headers) {
                state = State::Headers;
                if rest.is_empty() {
                    continue;
                }
                note(oddities, Oddity::NoLineAfterHeaders);
                state = State::Base64;
                decode(rest, offset + (piece.len() - rest.len()), &mut decoder, &mut fault, oddities);
                continue;
            }
            // RFC 1421 4.4: a line that starts with a blank goes on with the header before.
            if state == State::Headers
                && line.text.first().is_some_and(|b| matches!(b, b' ' | b'\t'))
                && !oddities.contains(&Oddity::Indented)
            {
                if let Some((_, value)) = headers.last_mut() {
                    value.to_mut().push_str(&String::from_utf8_lossy(piece));
                }
                continue;
            }
            if state == State::Headers {
                note(oddities, Oddity::NoLineAfterHeaders);
            }
        }
        if blank_pending {
            note(oddities, Oddity::BlankLines);
            blank_pending = false;
        }
        // Text behind BEGIN that is not the base64 of a lost line end; it has been noted.
        if i == 0
            && !last
            && (piece.len() < 16 || piece.iter().any(|b| !b.is_ascii_alphanumeric() && !b"+/= ".contains(b)))
        {
            continue;
        }
        let wrapped = oddities.iter().any(|o| matches!(o, Oddity::Indented | Oddity::Quoted));
        if !wrapped && line.text.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            note(oddities, Oddity::Blanks);
        }
        state = State::Base64;
        decode(piece, offset, &mut decoder, &mut fault, oddities);
    }
    if blank_pending {
        note(oddities, Oddity::BlankLines);
    }
    let content = match fault {
        Some(at) => Err((at, PemFault::Base64)),
        None if state != State::Base64 => Err((begin.start, PemFault::Empty)),
        None => decoder.finish().ok_or((stop, PemFault::Base64Cut)).map(|d| {
            if d.padding_missing {
                note(oddities, Oddity::NoPadding);
            }
            d.octets
        }),
    };
    Body { headers, content }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Headers,
    /// Behind the empty line after the headers.
    Divided,
    Base64,
}

fn note_ending(ending: Ending, oddities: &mut Vec<Oddity>) {
    match ending {
        Ending::CrLf => note(oddities, Oddity::CrLf),
        Ending::Cr => note(oddities, Oddity::LoneCr),
        Ending::Escape => note(oddities, Oddity::EscapedLineEnds),
        Ending::Lf | Ending::None => {}
    }
}

/// What stands before BEGIN on its line, if it can be a prefix of every line: short, and more than blanks.
fn prefix<'t>(text: &'t [u8], begin: &Marker<'_>) -> &'t [u8] {
    let near = begin.start.saturating_sub(32);
    let before = line_before(text.get(near..begin.start).unwrap_or_default());
    let mut seen = before.iter().filter(|b| !b.is_ascii_whitespace());
    let fits = before.len() <= 16 && seen.next().is_some() && before.iter().all(|b| !b"\"'-=".contains(b));
    if fits { before } else { &[] }
}

/// The line without prefix, blanks around, quotes and what follows them; with its offset.
fn unwrapped<'t>(line: &Line<'t>, prefix: &[u8], last: bool, oddities: &mut Vec<Oddity>) -> (&'t [u8], usize) {
    let mut text = line.text;
    let mut offset = line.offset;
    if !prefix.is_empty() {
        let bare = prefix.trim_ascii_end();
        let stripped = text.strip_prefix(prefix).or_else(|| text.strip_prefix(bare));
        if let Some(rest) = stripped {
            note(oddities, Oddity::Prefixed);
            offset += text.len() - rest.len();
            text = rest;
        }
    }
    let trimmed = text.trim_ascii_start();
    offset += text.len() - trimmed.len();
    text = trimmed.trim_ascii_end();
    // What a programming language needs between two strings.
    if text.iter().any(|b| matches!(b, b'"' | b'\'')) && text.iter().all(|b| b" \t\"'+,;\\.&(){}[]".contains(b)) {
        note(oddities, Oddity::Quoted);
        return (&[], offset);
    }
    if let [quote @ (b'"' | b'\''), inner @ ..] = text {
        note(oddities, Oddity::Quoted);
        let close = inner.iter().position(|b| b == quote);
        let inner_text = close.map_or(inner, |at| inner.get(..at).unwrap_or_default());
        let behind = close.and_then(|at| inner.get(at + 1..)).unwrap_or_default();
        if !inner_text.is_empty() || !last {
            let harmless = |b: &u8| {
                b.is_ascii_whitespace() || matches!(b, b'+' | b',' | b';' | b'\\' | b'.' | b'&' | b'"' | b'\'')
            };
            if behind.iter().all(harmless) {
                return (inner_text, offset + 1);
            }
        } else {
            return (inner_text, offset + 1);
        }
    }
    for tail in [b"\\", b"\"", b"'", b","] {
        if let Some(rest) = text.strip_suffix(tail) {
            note(oddities, Oddity::Quoted);
            text = rest.trim_ascii_end();
        }
    }
    (text, offset)
}

/// Reads a header line; what is left of it is base64 that a lost line end brought there.
fn header<'t>(piece: &'t [u8], headers: &mut Vec<Pair<'t>>) -> Option<&'t [u8]> {
    let text = std::str::from_utf8(piece).ok()?;
    let (name, value) = text.split_once(':')?;
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' ' | b'_'));
    if !named || headers.len() >= MAX_HEADERS {
        return None;
    }
    // All of it in one line: `Proc-Type: 4,ENCRYPTED DEK-Info: AES-128-CBC,00… MII…`
    if let Some((first, second)) = value.split_once(" DEK-Info:") {
        headers.push((name.trim().into(), first.trim().into()));
        let second = second.trim_start();
        let (info, rest) = second.split_once(' ').unwrap_or((second, ""));
        headers.push(("DEK-Info".into(), info.into()));
        return Some(rest.trim_start().as_bytes());
    }
    headers.push((name.trim().into(), value.trim().into()));
    Some(&[])
}

/// Feeds a line of base64; the first octet that cannot be is the fault.
fn decode(piece: &[u8], offset: usize, decoder: &mut Decoder, fault: &mut Option<usize>, oddities: &mut Vec<Oddity>) {
    let (mut at, mut characters) = (0, 0usize);
    while let Some(b) = piece.get(at) {
        if fault.is_some() {
            return;
        }
        let rest = piece.get(at..).unwrap_or_default();
        let step = match rest {
            [b' ' | b'\t' | 0x0b | 0x0c, ..] => {
                note(oddities, Oddity::Blanks);
                1
            }
            _ if invisible(rest) > 0 => {
                note(oddities, Oddity::Invisible);
                invisible(rest)
            }
            [b'\\', b'/', ..] => {
                note(oddities, Oddity::Quoted);
                1
            }
            _ => match json_escape(rest) {
                Some(character) => {
                    characters += 1;
                    note(oddities, Oddity::Quoted);
                    if !decoder.push(character) {
                        *fault = Some(offset + at);
                    }
                    6
                }
                None => {
                    characters += 1;
                    if !decoder.push(*b) {
                        *fault = Some(offset + at);
                    }
                    1
                }
            },
        };
        at += step;
    }
    if characters > 64 {
        note(oddities, Oddity::LongLines);
    }
}

/// `\u002B` and its like, as some JSON writers put `+`, `/` and `=`.
fn json_escape(text: &[u8]) -> Option<u8> {
    match text {
        [b'\\', b'u', b'0', b'0', digits @ ..] => match digits.get(..2)?.to_ascii_lowercase().as_slice() {
            b"2b" => Some(b'+'),
            b"2f" => Some(b'/'),
            b"3d" => Some(b'='),
            _ => None,
        },
        _ => None,
    }
}

/// Octets of an invisible character in UTF-8 at the start: U+00A0, U+00AD, U+200B to U+200F, U+202A to U+202E, U+2060,
/// U+FEFF; 0 where there is none.
fn invisible(text: &[u8]) -> usize {
    match text {
        [0xc2, 0xa0 | 0xad, ..] => 2,
        [0xe2, 0x80, 0x8b..=0x8f | 0xaa..=0xae, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => 3,
        _ => 0,
    }
}

/// Names that OpenSSL writes before blocks.
const ATTRIBUTES: [&str; 6] =
    ["friendlyName", "localKeyID", "Microsoft CSP Name", "subject", "issuer", "Key Attributes"];

/// The attributes in the text before a block.
pub(super) fn attributes(text: &[u8]) -> Vec<Pair<'_>> {
    lines(text, 0, text.len()).filter_map(attribute).take(MAX_HEADERS).collect()
}

fn attribute(line: Line<'_>) -> Option<Pair<'_>> {
    let line = std::str::from_utf8(line.text).ok()?.trim();
    let at = line.find([':', '='])?;
    let (name, value) = (line.get(..at)?.trim(), line.get(at + 1..)?.trim());
    ATTRIBUTES.contains(&name).then(|| (name.into(), value.into()))
}

/// Types of SSH public keys (RFC 4253, RFC 5656, RFC 8709, PROTOCOL.certkeys).
const SSH_TYPES: [&str; 7] = [
    "ssh-rsa",
    "ssh-dss",
    "ssh-ed25519",
    "ssh-ed448",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
];

/// Lines `ssh-rsa AAAA… comment` between `start` and `stop`, as blocks.
pub(super) fn ssh_lines<'t>(
    text: &'t [u8],
    start: usize,
    stop: usize,
    count: &mut LineCount,
    out: &mut Vec<Block<'t>>,
) {
    for line in lines(text, start, stop) {
        let words = line.text.trim_ascii().split(|b| *b == b' ');
        let mut words = words.filter_map(|w| std::str::from_utf8(w).ok()).skip_while(|w| !SSH_TYPES.contains(w));
        let (Some(label), Some(key)) = (words.next(), words.next()) else { continue };
        if !key.starts_with("AAAA") {
            continue;
        }
        let number = count.at(text, line.offset);
        let key_at = line.text.windows(4).position(|w| w == b"AAAA").unwrap_or(0);
        let fault = |at| PemError { offset: line.offset + key_at + at, line: number, fault: PemFault::Base64 };
        out.push(Block {
            label: label.into(),
            kind: Kind::Ssh,
            offset: line.offset,
            line: number,
            end_line: number,
            headers: Vec::new(),
            attributes: Vec::new(),
            oddities: Vec::new(),
            content: crate::base64::decode(key.as_bytes()).map(Zeroizing::new).map_err(fault),
        });
    }
}
