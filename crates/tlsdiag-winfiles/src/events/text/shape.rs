//! Shapes of values in text: what follows a label, numbers, codes, endpoints, thumbprints, processes.

use super::super::known::{Class, class_of};

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn of_text(text: &str) -> Lines {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(k, _)| k + 1));
        Lines { starts }
    }

    /// The line in which an octet of the text lies, from 1.
    pub(crate) fn of(&self, at: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|s| *s <= at)).unwrap_or(u32::MAX)
    }
}

/// A line without what mail programs, wikis and consoles put around it.
pub(crate) fn clean(line: &str) -> String {
    let mut out = line.replace("**", "").replace("\u{feff}", "").replace(['\u{200e}', '\u{200f}'], "");
    for tag in ["<br />", "<br/>", "<br>"] {
        if out.contains(tag) {
            out = out.replace(tag, "");
        }
    }
    out.trim_end().to_owned()
}

/// Colons of one line that are looked at.
const COLONS: usize = 32;

/// Every value that a line may have: what follows each of its colons, the longest first. A label may contain colons
/// itself, so that only the shape of the value tells which colon ends it. A colon between digits ends no label.
pub(crate) fn tails(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    let digit = |c: char| c.is_ascii_digit();
    let values: Vec<&str> = line
        .char_indices()
        .filter(|(_, c)| is_colon(*c))
        .filter_map(|(k, c)| Some((line.get(..k)?, line.get(k + c.len_utf8()..)?)))
        .filter(|(before, after)| !(before.ends_with(digit) && after.starts_with(digit)))
        .map(|(_, after)| trim(after))
        .take(COLONS)
        .collect();
    values.into_iter()
}

/// The value behind the last colon.
pub(crate) fn last_tail(line: &str) -> Option<&str> {
    tails(line).next_back()
}

pub(crate) fn is_colon(c: char) -> bool {
    matches!(c, ':' | '\u{ff1a}' | '\u{fe55}')
}

pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}' || c == '\u{200b}')
}

/// The provider that a line names as its value.
pub(crate) fn provider_value(line: &str) -> Option<&str> {
    tails(line).find(|t| class_of(t) != Class::Other)
}

/// Whether words are sentences rather than a value: at least four words, or as much in a script without blanks.
pub(crate) fn prose(text: &str) -> bool {
    let words = text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count();
    let wide = text.chars().filter(|c| is_wide(*c) && c.is_alphabetic()).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (words >= 4 && (letters >= 18 || wide >= 10)) || wide >= 14
}

pub(crate) fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60)
}

/// A code of 32 bits as people and programs write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) value: u32,
    /// Octets of the text that it takes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Hexadecimal codes in a text, `0x8009030D`, `8009030D` or glued to a word of another script, and those decimal numbers
/// that can only be codes (`-2146893802`, `2148073494`).
pub(crate) fn codes(text: &str) -> Vec<Code> {
    let octets = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&octet) = octets.get(at) {
        let before = at.checked_sub(1).and_then(|k| octets.get(k)).copied();
        let free = !before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !free || !octet.is_ascii_alphanumeric() && octet != b'-' {
            at += 1;
            continue;
        }
        let end = at + 1 + run(octets, at + 1, |b| b.is_ascii_alphanumeric());
        let word = text.get(at..end).unwrap_or_default();
        if let Some(value) = code_word(word) {
            out.push(Code { value, start: at, end });
        }
        at = end;
    }
    out
}

fn run(octets: &[u8], from: usize, what: impl Fn(u8) -> bool) -> usize {
    octets.get(from..).unwrap_or_default().iter().take_while(|b| what(**b)).count()
}

fn code_word(word: &str) -> Option<u32> {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return if (1..=8).contains(&digits.len()) { u32::from_str_radix(digits, 16).ok() } else { None };
    }
    if word.len() == 8 && word.bytes().all(|b| b.is_ascii_hexdigit()) {
        let letters = word.bytes().any(|b| b.is_ascii_alphabetic());
        let family =
            word.get(..4).is_some_and(|p| matches!(p, "8009" | "0009" | "8007") || p.eq_ignore_ascii_case("800b"));
        return if letters || family { u32::from_str_radix(word, 16).ok() } else { None };
    }
    if let Some(digits) = word.strip_prefix('-') {
        return if digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()) {
            word.parse::<i32>().ok().map(i32::cast_unsigned)
        } else {
            None
        };
    }
    if word.len() == 10 && word.bytes().all(|b| b.is_ascii_digit()) {
        return word.parse::<u32>().ok().filter(|v| *v >= 0x8000_0000);
    }
    None
}

/// A code that was begun but not written out: `0x8009XXXX`, `0x8009…`.
pub(crate) fn masked_code(text: &str) -> Option<&str> {
    let mut at = 0;
    while let Some(k) = text.get(at..).and_then(|t| t.find("0x")) {
        let start = at + k;
        let word: &str = text.get(start..).unwrap_or_default();
        let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || "*#?_…".contains(c))).unwrap_or(word.len());
        let word = word.get(..end).unwrap_or_default();
        let body = word.get(2..).unwrap_or_default();
        let hex = body.bytes().take_while(u8::is_ascii_hexdigit).count();
        if hex < body.len() && body.get(hex..).is_some_and(|r| r.starts_with(['x', 'X', '*', '#', '?', '_', '…'])) {
            return Some(word);
        }
        at = start + 2;
    }
    None
}

/// Decimal numbers that stand alone: not in codes, endpoints, versions, dates or names.
pub(crate) fn numbers(text: &str) -> Vec<u64> {
    let taken = codes(text);
    let octets = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&octet) = octets.get(at) {
        if let Some(code) = taken.iter().find(|c| c.start <= at && at < c.end) {
            at = code.end;
            continue;
        }
        if !octet.is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = at + run(octets, at, |b| b.is_ascii_digit());
        let before = at.checked_sub(1).and_then(|k| octets.get(k)).copied();
        let after = octets.get(end).copied();
        let then = octets.get(end + 1).copied();
        let joined_before = before.is_some_and(|b| b.is_ascii_alphanumeric() || b"._-/\\:[%".contains(&b));
        let joined_after = after.is_some_and(|a| {
            a.is_ascii_alphanumeric() || a == b'_' || b".:-/,".contains(&a) && then.is_some_and(|t| t.is_ascii_digit())
        });
        let colon = before == Some(b':')
            && !at.checked_sub(2).and_then(|k| octets.get(k)).is_some_and(u8::is_ascii_alphanumeric);
        if (!joined_before || colon)
            && !joined_after
            && !version(text, at)
            && let Some(value) = text.get(at..end).and_then(|d| d.parse().ok())
        {
            out.push(value);
        }
        at = end;
    }
    out
}

/// Whether the number there is the version of a protocol, `SSL 3` or `TLS 1.2`.
fn version(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end_matches([' ', '\u{a0}', 'v']);
    before.ends_with("SSL") || before.ends_with("TLS")
}

/// A protocol version named in a text, `TLS 1.2`.
pub(crate) fn protocol(text: &str) -> Option<String> {
    for name in ["DTLS", "TLS", "SSL", "PCT"] {
        let mut at = 0;
        while let Some(k) = text.get(at..).and_then(|t| t.find(name)) {
            let start = at + k;
            let rest = text.get(start + name.len()..).unwrap_or_default();
            let rest = rest.trim_start_matches([' ', '\u{a0}', 'v']);
            let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            let number = number.trim_matches('.');
            if matches!(number, "1.0" | "1.1" | "1.2" | "1.3" | "2.0" | "3.0") {
                return Some(format!("{name} {number}"));
            }
            at = start + name.len();
        }
    }
    None
}

/// The first endpoint in a text: `0.0.0.0:443`, `[::]:443`, `host.name:443`.
pub(crate) fn endpoint(text: &str) -> Option<&str> {
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '(' | ')' | '<' | '>' | '“' | '”' | '「' | '」')
    })
    .find_map(endpoint_word)
}

fn endpoint_word(word: &str) -> Option<&str> {
    let (host, rest) = match word.strip_prefix('[') {
        Some(inner) => {
            let close = inner.find(']')?;
            let host = inner.get(..close)?;
            if !host.contains(':') || !host.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '%')) {
                return None;
            }
            (word.get(..close + 2)?, inner.get(close + 1..)?)
        }
        None => {
            let colon = word.find(':')?;
            let host = word.get(..colon)?;
            let fine = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*'));
            if host.is_empty() || !fine || !host.contains(['.', '*']) && !host.bytes().any(|b| b.is_ascii_alphabetic())
            {
                return None;
            }
            (host, word.get(colon..)?)
        }
    };
    let digits = run(rest.as_bytes(), 1, |b| b.is_ascii_digit());
    let port: u32 = rest.strip_prefix(':')?.get(..digits)?.parse().ok()?;
    if port == 0 || port > 65_535 {
        return None;
    }
    let end = host.len() + 1 + digits;
    if word.get(end..).is_some_and(|after| after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':')) {
        return None;
    }
    word.get(..end)
}

/// A process as newer Schannel events name it: a name, and its number in brackets, `lsass (PID: 700)`.
pub(crate) fn process(text: &str) -> Option<(Option<String>, u32)> {
    for open in ['(', '\u{ff08}'] {
        for (k, _) in text.match_indices(open) {
            let inner = text.get(k + open.len_utf8()..)?;
            let Some(close) = inner.find([')', '\u{ff09}']) else { continue };
            let inner = inner.get(..close)?;
            let Some(number) = tails(inner).find_map(|t| t.parse::<u32>().ok()) else { continue };
            let name = text.get(..k)?.trim_end();
            let word = name.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
            let name: String = word.chars().filter(|c| c.is_ascii_graphic()).collect();
            return Some((Some(name).filter(|n| !n.is_empty()), number));
        }
    }
    None
}

/// A SHA-1 thumbprint that stands alone: 40 hex digits.
pub(crate) fn thumbprint(text: &str) -> Option<[u8; 20]> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).find_map(|word| {
        if word.len() != 40 {
            return None;
        }
        let octets = super::super::tree::hex(word)?;
        octets.try_into().ok()
    })
}
