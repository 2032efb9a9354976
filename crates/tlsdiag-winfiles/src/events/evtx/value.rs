//! Values of BinXML substitutions as text, in the writing of Windows' own XML.

use std::fmt::Write as _;

use super::super::time::When;
use super::super::{u16_at, u32_at, u64_at};

/// Substitution types of BinXML ([MS-EVEN6] 2.2.12, BinXml).
pub(crate) const NULL: u8 = 0x00;
pub(crate) const STRING: u8 = 0x01;
pub(crate) const BINARY: u8 = 0x0e;
pub(crate) const BINXML: u8 = 0x21;
pub(crate) const ARRAY: u8 = 0x80;

/// The value as text. Lengths that a type does not have are read as far as they go: a short integer is a small one, and
/// what cannot be read at all is given as hex digits, so that nothing is lost.
pub(crate) fn render(kind: u8, octets: &[u8], out: &mut String) {
    let start = out.len();
    if write_value(kind, octets, out).is_none() {
        out.truncate(start);
        hex_digits(octets, out);
    }
}

fn write_value(kind: u8, octets: &[u8], out: &mut String) -> Option<()> {
    match kind {
        NULL => {}
        0x01 => utf16(octets, out),
        0x02 => out.push_str(encoding_rs::WINDOWS_1252.decode(trim_nul(octets)).0.as_ref()),
        0x03 => put(out, i8::from_le_bytes(*octets.first_chunk()?)),
        0x04 => put(out, *octets.first()?),
        0x05 => put(out, i16::from_le_bytes(*octets.first_chunk()?)),
        0x06 => put(out, u16_at(octets, 0)?),
        0x07 => put(out, i32::from_le_bytes(*octets.first_chunk()?)),
        0x08 => put(out, u32_at(octets, 0)?),
        0x09 => put(out, i64::from_le_bytes(*octets.first_chunk()?)),
        0x0a => put(out, u64_at(octets, 0)?),
        0x0b => put(out, f32::from_le_bytes(*octets.first_chunk()?)),
        0x0c => put(out, f64::from_le_bytes(*octets.first_chunk()?)),
        // Some providers write other numbers than 0 and 1; these are kept.
        0x0d => match u32_at(octets, 0).or_else(|| octets.first().map(|b| u32::from(*b)))? {
            0 => out.push_str("false"),
            1 => out.push_str("true"),
            other => put(out, other),
        },
        0x0e => hex_digits(octets, out),
        0x0f => guid(octets, out)?,
        0x10 => match octets.len() {
            8 => write!(out, "0x{:x}", u64_at(octets, 0)?).ok()?,
            _ => write!(out, "0x{:x}", u32_at(octets, 0)?).ok()?,
        },
        0x11 => match When::from_filetime(u64_at(octets, 0)?) {
            Some(when) => put(out, when),
            None => out.push_str("1601-01-01T00:00:00.0000000Z"),
        },
        0x12 => system_time(octets, out)?,
        0x13 => sid(octets, out)?,
        0x14 => write!(out, "0x{:x}", u32_at(octets, 0)?).ok()?,
        0x15 => write!(out, "0x{:x}", u64_at(octets, 0)?).ok()?,
        _ => return None,
    }
    Some(())
}

fn put(out: &mut String, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

/// The items of an array value, each as text.
pub(crate) fn items(kind: u8, octets: &[u8]) -> Vec<String> {
    let base = kind & !ARRAY;
    let mut out = Vec::new();
    match base {
        0x01 => {
            let mut item = Vec::new();
            for pair in octets.chunks(2) {
                match pair {
                    [0, 0] => out.push(String::from_utf16_lossy(&std::mem::take(&mut item))),
                    [a, b] => item.push(u16::from_le_bytes([*a, *b])),
                    _ => {}
                }
            }
            if !item.is_empty() {
                out.push(String::from_utf16_lossy(&item));
            }
        }
        0x02 => {
            for item in octets.split(|b| *b == 0) {
                out.push(encoding_rs::WINDOWS_1252.decode(item).0.into_owned());
            }
            if out.last().is_some_and(String::is_empty) {
                out.pop();
            }
        }
        0x13 => {
            let mut rest = octets;
            while let Some(count) = rest.get(1) {
                let length = 8 + usize::from(*count) * 4;
                let Some((item, after)) = rest.split_at_checked(length) else { break };
                out.push(text_of(base, item));
                rest = after;
            }
        }
        _ => match fixed(base) {
            Some(width) => out.extend(octets.chunks(width).map(|item| text_of(base, item))),
            None => out.push(text_of(BINARY, octets)),
        },
    }
    out
}

fn text_of(kind: u8, octets: &[u8]) -> String {
    let mut out = String::new();
    render(kind, octets, &mut out);
    out
}

/// Octets of one value of that type, for the types that have one length.
pub(crate) fn fixed(kind: u8) -> Option<usize> {
    Some(match kind {
        0x03 | 0x04 => 1,
        0x05 | 0x06 => 2,
        0x07 | 0x08 | 0x0b | 0x0d | 0x14 => 4,
        0x09 | 0x0a | 0x0c | 0x11 | 0x15 => 8,
        0x0f | 0x12 => 16,
        0x10 => 8,
        _ => return None,
    })
}

fn trim_nul(octets: &[u8]) -> &[u8] {
    let end = octets.iter().rposition(|b| *b != 0).map_or(0, |k| k + 1);
    octets.get(..end).unwrap_or_default()
}

/// UTF-16LE text, NULs at its end left out, unpaired surrogates replaced.
pub(crate) fn utf16(octets: &[u8], out: &mut String) {
    let mut end = octets.len() & !1;
    while end >= 2 && octets.get(end - 2..end) == Some(&[0, 0]) {
        end -= 2;
    }
    let units = octets.get(..end).unwrap_or_default().as_chunks::<2>().0.iter().map(|p| u16::from_le_bytes(*p));
    out.reserve(end / 2);
    out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// Hex digits in capitals.
pub(crate) fn hex_digits(octets: &[u8], out: &mut String) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    out.reserve(octets.len() * 2);
    for octet in octets {
        for nibble in [octet >> 4, octet & 15] {
            if let Some(digit) = DIGITS.get(usize::from(nibble)) {
                out.push(*digit);
            }
        }
    }
}

fn guid(octets: &[u8], out: &mut String) -> Option<()> {
    let tail: [u8; 8] = *octets.get(8..)?.first_chunk()?;
    write!(out, "{{{:08X}-{:04X}-{:04X}-", u32_at(octets, 0)?, u16_at(octets, 4)?, u16_at(octets, 6)?).ok()?;
    for (k, octet) in tail.iter().enumerate() {
        if k == 2 {
            out.push('-');
        }
        write!(out, "{octet:02X}").ok()?;
    }
    out.push('}');
    Some(())
}

fn system_time(octets: &[u8], out: &mut String) -> Option<()> {
    let part = |k: usize| u16_at(octets, k * 2);
    write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        part(0)?,
        part(1)?,
        part(3)?,
        part(4)?,
        part(5)?,
        part(6)?,
        part(7)?
    )
    .ok()
}

/// A SID in its text form, `S-1-5-18`. [MS-DTYP] 2.4.2.
pub(crate) fn sid(octets: &[u8], out: &mut String) -> Option<()> {
    let (revision, count) = (*octets.first()?, usize::from(*octets.get(1)?));
    let mut authority: u64 = 0;
    for octet in octets.get(2..8)? {
        authority = authority << 8 | u64::from(*octet);
    }
    write!(out, "S-{revision}-{authority}").ok()?;
    for k in 0..count {
        write!(out, "-{}", u32_at(octets, 8 + k * 4)?).ok()?;
    }
    Some(())
}
