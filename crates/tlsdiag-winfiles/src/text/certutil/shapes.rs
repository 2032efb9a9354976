//! Shapes of values in what certificate tools print: hashes, names, codes, containers, object identifiers.

use super::super::Damaged;
use super::super::lines::is_blank;

/// A hash of a certificate: whole, or as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hash<const N: usize> {
    /// Every byte was there.
    Whole([u8; N]),
    /// Bytes are missing, too many or masked.
    Damaged(Damaged),
}

impl<const N: usize> Hash<N> {
    /// The bytes, if all are there.
    #[must_use]
    pub const fn whole(&self) -> Option<&[u8; N]> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Damaged(_) => None,
        }
    }

    /// Reads hex digits, solid or in pairs, with blanks of any width, colons or hyphens between, and marks of direction.
    #[must_use]
    pub fn read(raw: &str, line: u32) -> Self {
        const DIGITS: &str = "whole bytes in hex digits";
        let mut bytes = [0_u8; N];
        let digits: String = raw.chars().filter(|c| !is_gap(*c)).collect();
        let fault = |found: String| Self::Damaged(Damaged::new(raw.trim_matches(is_blank), DIGITS, found, line));
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return fault("other signs among the digits".into());
        }
        if digits.len() != N.saturating_mul(2) {
            return fault(format!("{} hex digits instead of {}", digits.len(), N.saturating_mul(2)));
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
            let Some(pair) = pair else { return fault("other signs among the digits".into()) };
            *byte = pair;
        }
        Self::Whole(bytes)
    }
}

/// A status code where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The number.
    pub value: u32,
    /// The symbol printed with it, such as `NTE_NOT_FOUND`.
    pub symbol: Option<String>,
    /// Line of the file.
    pub line: u32,
}

/// Characters between or around hex digits that say nothing.
fn is_gap(c: char) -> bool {
    is_blank(c) || matches!(c, ':' | '-' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Hex digits in whole bytes and nothing else.
pub(in super::super::super) fn is_solid_hex(text: &str) -> bool {
    text.len() >= 2 && text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A line of hex digits that has as many as a SHA-1, with blanks between or without.
pub(super) fn is_hash_line(text: &str) -> bool {
    let digits = text.chars().filter(|c| !is_blank(*c)).count();
    digits == 40 && text.chars().all(|c| c.is_ascii_hexdigit() || is_blank(c))
}

/// Keys of name parts as Windows writes them; they are not translated.
const NAME_KEYS: &[&str] = &[
    "CN",
    "L",
    "O",
    "OU",
    "E",
    "C",
    "S",
    "ST",
    "STREET",
    "T",
    "G",
    "I",
    "SN",
    "DC",
    "SERIALNUMBER",
    "DESCRIPTION",
    "POSTALCODE",
    "POBOX",
    "PHONE",
    "X21ADDRESS",
    "DNQUALIFIER",
    "UID",
    "EMAIL",
    "EMAILADDRESS",
    "INITIALS",
    "TITLE",
    "GIVENNAME",
    "SURNAME",
];

/// Text that begins with a part of a distinguished name.
pub(in super::super::super) fn is_name(text: &str) -> bool {
    let Some((key, _)) = text.split_once('=') else { return false };
    let key = key.trim_matches(is_blank);
    let oid = key.strip_prefix("OID.").unwrap_or(key);
    NAME_KEYS.iter().any(|known| key.eq_ignore_ascii_case(known)) || is_oid(oid)
}

/// Digits and dots, with three dots or more.
pub(super) fn is_oid(text: &str) -> bool {
    let mut arcs = 0_usize;
    let sound = text.split('.').all(|arc| {
        arcs = arcs.saturating_add(1);
        !arc.is_empty() && arc.len() < 40 && arc.bytes().all(|byte| byte.is_ascii_digit())
    });
    sound && arcs >= 3
}

/// Object identifiers in brackets of any width: `Server Authentication (1.3.6.1.5.5.7.3.1)`.
pub(in super::super::super) fn oids_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(|part| is_oid(part) && part.matches('.').count() >= 3)
}

/// The name of a key file: 32 hex digits, `_`, a GUID.
pub(super) fn unique_container(text: &str) -> Option<&str> {
    const LENGTH: usize = 69;
    text.match_indices('_').find_map(|(at, _)| {
        let start = at.checked_sub(32)?;
        let found = text.get(start..start.checked_add(LENGTH)?)?;
        let (hash, guid) = (found.get(..32)?, found.get(33..)?);
        let sound = hash.bytes().all(|byte| byte.is_ascii_hexdigit()) && is_guid(guid);
        let alone = !text.get(..start)?.ends_with(|c: char| c.is_ascii_alphanumeric())
            && !text.get(start.checked_add(LENGTH)?..)?.starts_with(|c: char| c.is_ascii_alphanumeric());
        (sound && alone).then_some(found)
    })
}

/// 8-4-4-4-12 hex digits.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Names of providers hold one of these words in every language of Windows.
pub(super) fn is_provider(text: &str) -> bool {
    text.contains("Provider") || text.contains(" CSP") || text.contains("Cryptographic Services")
}

/// The first code of the form `0x80090016`, with its symbol if one follows in brackets.
pub(in super::super::super) fn code(text: &str, line: u32) -> Option<Code> {
    let (_, rest) = text.match_indices("0x").map(|(at, _)| text.split_at(at)).find(|(before, rest)| {
        let digits = hex_digits(rest.get(2..).unwrap_or_default());
        (5..=8).contains(&digits.len()) && !before.ends_with(|c: char| c.is_ascii_alphanumeric())
    })?;
    let digits = hex_digits(rest.get(2..)?);
    let value = u32::from_str_radix(digits, 16).ok()?;
    let after = rest.get(digits.len().checked_add(2)?..)?;
    let inside = after.split_once('(').and_then(|(_, inside)| inside.split_once(')')).map(|(inside, _)| inside);
    let symbol = inside.and_then(|inside| {
        let mut words = inside.split(|c: char| is_blank(c) || c == ':');
        words.rfind(|word| word.contains('_') && word.starts_with(|c: char| c.is_ascii_uppercase()))
    });
    Some(Code { value, symbol: symbol.map(|symbol| symbol.chars().take(80).collect()), line })
}

fn hex_digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// `(sha1)` in a label, with brackets of any width: what stands before it and what after it.
pub(super) fn algorithm_label<'a>(text: &'a str, algorithm: &str) -> Option<(&'a str, &'a str)> {
    for (open, close) in [('(', ')'), ('（', '）')] {
        if !text.contains(open) {
            continue;
        }
        let wanted = format!("{open}{algorithm}{close}");
        let Some(at) = find_ignoring_case(text, &wanted) else { continue };
        let (label, rest) = (text.get(..at)?, text.get(at.checked_add(wanted.len())?..)?);
        let rest = rest.trim_start_matches(is_blank);
        if let Some(value) = rest.strip_prefix([':', '：', '=']) {
            return Some((label.trim_end_matches(is_blank), value.trim_matches(is_blank)));
        }
    }
    None
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let wanted = wanted.as_bytes();
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}

/// Columns that a console gives to a text: wide characters take two.
pub(super) fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
            '\u{fe30}'..='\u{fe6f}' | '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_solid_and_in_pairs() {
        for raw in [
            "c09b416d6b08d615db2206407 9d156 38e96823dd",
            "c0 9b 41 6d 6b 08 d6 15 db 22 06 40 79 d1 56 38 e9 68 23 dd",
        ] {
            assert_eq!(
                Hash::<20>::read(raw, 1).whole().map(|bytes| (bytes[0], bytes[19])),
                Some((0xc0, 0xdd)),
                "{raw}"
            );
        }
        let Hash::Damaged(short) = Hash::<20>::read("1a 1f 94 8b 21 a2 99 36 77 a8e b2 3f 42 8c 7e 47 e3 d1 33", 7)
        else {
            panic!()
        };
        assert_eq!((short.found.as_str(), short.line), ("39 hex digits instead of 40", 7));
        assert!(Hash::<20>::read("xx 1f", 1).whole().is_none());
    }

    #[test]
    fn codes_with_their_symbols() {
        let found = code("CertUtil: -x command FAILED: 0x80090011 (-2146893807 NTE_NOT_FOUND)", 3).unwrap();
        assert_eq!((found.value, found.symbol.as_deref(), found.line), (0x8009_0011, Some("NTE_NOT_FOUND"), 3));
        assert_eq!(code("0x80092004입니다", 1).unwrap().value, 0x8009_2004);
        let win32 = code("실패: 0x80070490 (WIN32: 1168 ERROR_NOT_FOUND)", 1).unwrap();
        assert_eq!(win32.symbol.as_deref(), Some("ERROR_NOT_FOUND"));
        assert_eq!(code("dwFlags (0x20)", 1), None);
    }

    #[test]
    fn containers_and_names() {
        let name = "99247943bd018ca78ef945b82652598d_3ade29bb-f050-41f3-b0db-f2b69957a1d7";
        assert_eq!(unique_container(&format!(" x: {name} ")), Some(name));
        assert_eq!(unique_container(&format!("{name}0")), None);
        assert!(
            is_name("CN=a") && is_name("OID.2.5.4.97=x") && !is_name("DNS Name=a") && !is_name("Key Container = x")
        );
        assert_eq!(oids_in("서버 인증（1.3.6.1.5.5.7.3.1）").collect::<Vec<_>>(), ["1.3.6.1.5.5.7.3.1"]);
    }
}
