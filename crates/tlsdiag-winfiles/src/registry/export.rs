//! Exports of the registry (.reg): `Windows Registry Editor Version 5.00` and `REGEDIT4`, in any encoding, also as people
//! edit, join and damage them.
//!
//! Syntax: Microsoft, "How to add, modify, or delete registry subkeys and values by using a .reg file" (KB 310516).
use super::lines::{Line, Lines, add_line};
use super::model::{Extent, Fault, FaultKind, KeyPath, Kind, Place, Sink, Soundness, Value, fold, utf16_bytes};
use encoding_rs::{Encoding, WINDOWS_1252};
use std::io::{self, Read};
use std::ops::Range;

/// Most bytes of one value.
pub const MAX_DATA: usize = 16 << 20;
/// Most lines that a text of several lines goes on for.
const MAX_TEXT_LINES: u32 = 10_000;
/// Characters of what was found that a fault shows.
const SHOWN: usize = 80;

/// The first line of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `Windows Registry Editor Version 5.00`: text in `hex(…)` is UTF-16.
    Five,
    /// `REGEDIT4`: text in `hex(…)` is in the ANSI code page.
    Four,
}

/// What an export was like.
#[derive(Debug, Clone)]
pub struct Export {
    /// Its first line; `None` if there was none: part of an export.
    pub version: Option<Version>,
    /// How it is encoded, the WHATWG name.
    pub encoding: &'static str,
    /// Lines read.
    pub lines: u32,
    /// Keys named.
    pub keys: u64,
    /// Values read.
    pub values: u64,
    /// Numbers written with all eight digits.
    pub dwords: u64,
    /// Lines that are comments.
    pub comments: u32,
    /// Lines that were not understood.
    pub not_understood: u64,
    /// The line in which it ends too early.
    pub cut_off: Option<u32>,
    /// The lines that were understood, damaged ones among them.
    pub understood: Vec<Range<u32>>,
}

/// Whether a text begins as an export: its first line, comments and empty lines before it passed over, or a key of a part.
pub fn is_export(head: &str) -> bool {
    let mut lines = head.lines().map(str::trim).map(|line| line.trim_start_matches('\u{feff}'));
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(';'));
    first.is_some_and(|line| {
        version(line).is_some()
            || line.strip_prefix('[').is_some_and(|key| {
                let key = key.strip_prefix('-').unwrap_or(key);
                key.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("HKEY_")) && line.ends_with(']')
            })
    })
}

fn version(line: &str) -> Option<Version> {
    let line = line.trim();
    if line.get(..31).is_some_and(|start| start.eq_ignore_ascii_case("Windows Registry Editor Version")) {
        return Some(Version::Five);
    }
    line.eq_ignore_ascii_case("REGEDIT4").then_some(Version::Four)
}

/// Reads an export. `ansi` is the code page of lines that are neither UTF-16 nor UTF-8.
///
/// # Errors
/// Only when reading fails; everything else goes to the sink as a fault with its line.
pub fn read(reader: impl Read, ansi: &'static Encoding, sink: &mut impl Sink) -> io::Result<Export> {
    let lines = Lines::new(reader, ansi)?;
    let wide = lines.marked && lines.encoding().name().starts_with("UTF-16");
    parse(lines, ansi, wide, sink)
}

/// Reads an export that was decoded before: `wide` if it was UTF-16, as the registry editor writes it; `page` is the code
/// page in which REGEDIT4 has its `hex(2)` and `hex(7)`, 1252 where it is not known.
pub fn read_text(text: &str, wide: bool, page: Option<u16>, sink: &mut impl Sink) -> Export {
    let ansi = page.map_or(WINDOWS_1252, encoding_of);
    let report = Lines::new(text.as_bytes(), ansi).and_then(|lines| parse(lines, ansi, wide, sink));
    // Reading from memory does not fail.
    report.unwrap_or_else(|_| Export::new())
}

/// The encoding of an ANSI code page of Windows.
fn encoding_of(page: u16) -> &'static Encoding {
    let label = match page {
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        866 => "ibm866".to_owned(),
        page => format!("windows-{page}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}

fn parse(lines: Lines<impl Read>, ansi: &'static Encoding, wide: bool, sink: &mut impl Sink) -> io::Result<Export> {
    let report = Export { encoding: lines.encoding().name(), ..Export::new() };
    let mut parser = Parser { lines, ansi, report, key: None, order: Order::default(), sink };
    parser.run()?;
    let whole = parser.report.version.is_some() && parser.report.comments == 0 && parser.report.not_understood == 0;
    let cut = parser.report.cut_off.is_some();
    parser.order.tell(whole, wide, cut, parser.sink);
    parser.report.encoding = parser.lines.encoding().name();
    Ok(parser.report)
}

impl Export {
    fn new() -> Self {
        Self {
            version: None,
            encoding: "UTF-8",
            lines: 0,
            keys: 0,
            values: 0,
            dwords: 0,
            comments: 0,
            not_understood: 0,
            cut_off: None,
            understood: Vec::new(),
        }
    }
}

struct Parser<'s, R, S> {
    lines: Lines<R>,
    ansi: &'static Encoding,
    report: Export,
    key: Option<KeyPath>,
    order: Order,
    sink: &'s mut S,
}

impl<R: Read, S: Sink> Parser<'_, R, S> {
    fn run(&mut self) -> io::Result<()> {
        let mut missed_last = false;
        while let Some(line) = self.lines.next()? {
            self.report.lines = line.number;
            let text = line.text.trim();
            if line.too_long {
                self.fault(line.number, FaultKind::TooMuch, "a line of at most 8 MiB", text);
            }
            let missed = self.report.not_understood;
            missed_last = false;
            if text.is_empty() {
                add_line(&mut self.report.understood, line.number);
                continue;
            }
            if text.starts_with(';') {
                self.report.comments = self.report.comments.saturating_add(1);
            } else if let Some(found) = version(text) {
                self.report.version = self.report.version.or(Some(found));
            } else if let Some(rest) = text.strip_prefix('[') {
                self.key(line.number, rest);
            } else if text.starts_with(['"', '@']) {
                self.value(&line)?;
            } else {
                self.not_understood(line.number, "a key, a value or a comment", text);
            }
            if missed == self.report.not_understood {
                let last = self.report.lines.max(line.number);
                (line.number..=last).for_each(|number| add_line(&mut self.report.understood, number));
            } else {
                missed_last = true;
            }
        }
        if !self.lines.ended && self.report.cut_off.is_none() {
            // Every export ends with an empty line; one that ends within a line may lack more.
            self.order.unended = true;
            // the beginning of a key or a value, and then the end of the file
            self.report.cut_off = missed_last.then_some(self.report.lines);
        }
        Ok(())
    }

    fn key(&mut self, number: u32, rest: &str) {
        self.key = None;
        let Some((inner, _)) = rest.rsplit_once(']') else {
            return self.not_understood(number, "a key ended by ]", rest);
        };
        let (remove, inner) = inner.strip_prefix('-').map_or((false, inner), |inner| (true, inner));
        let Some(path) = KeyPath::parse(inner).map(KeyPath::at_home) else {
            return self.not_understood(number, "a key below a root (HKEY_…)", inner);
        };
        if remove {
            self.order.edited = true;
            self.sink.removed(&path, None, Place::Line(number));
            return;
        }
        self.report.keys = self.report.keys.saturating_add(1);
        self.order.key(&path);
        self.sink.take_key(&path, None, Place::Line(number));
        self.key = Some(path);
    }

    fn value(&mut self, line: &Line) -> io::Result<()> {
        let number = line.number;
        let text = line.text.trim_start();
        let Some((name, rest)) = name(text) else {
            self.not_understood(number, "a value's name in quotes and =", text);
            return Ok(());
        };
        let rest = rest.trim_start();
        let Some(path) = self.key.clone() else {
            self.not_understood(number, "a key before its values", text);
            return Ok(());
        };
        if rest.split(';').next().is_some_and(|rest| rest.trim() == "-") {
            self.order.edited = true;
            self.sink.removed(&path, Some(&name), Place::Line(number));
            return Ok(());
        }
        let (kind, data, sound) = self.data(line, rest)?;
        if sound != Soundness::Sound {
            self.order.edited = true;
            let found = match &sound {
                Soundness::Damaged { .. } if is_secret(&name) => "(not shown)".to_owned(),
                Soundness::Damaged { found, .. } => found.clone(),
                _ => "the end of the file".to_owned(),
            };
            let what = if matches!(sound, Soundness::CutOff(_)) { FaultKind::CutOff } else { FaultKind::Malformed };
            if what == FaultKind::CutOff {
                self.report.cut_off = Some(self.report.lines.max(number));
            }
            self.fault(number, what, "a whole value", &found);
        }
        self.report.values = self.report.values.saturating_add(1);
        self.sink.take_value(&path, Value { name, kind, data, place: Place::Line(number), sound });
        Ok(())
    }

    fn data(&mut self, line: &Line, rest: &str) -> io::Result<(Option<Kind>, Vec<u8>, Soundness)> {
        let lower = rest.get(..rest.len().min(16)).map_or_else(String::new, str::to_ascii_lowercase);
        if rest.starts_with('"') {
            return self.text(rest).map(|(text, sound)| (Some(Kind::SZ), terminated(&text), sound));
        }
        if lower.starts_with("dword:") {
            let digits = rest.get(6..).unwrap_or_default().split(';').next().unwrap_or_default().trim();
            let plain = !digits.is_empty() && digits.len() <= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            // the registry editor writes eight digits; people leave leading zeros out, but do not write some of them
            let begun = digits.len() > 1 || self.report.dwords > 0;
            let cut = !line.ended && digits.len() < 8 && digits.starts_with('0') && begun;
            self.report.dwords = self.report.dwords.saturating_add(u64::from(digits.len() == 8));
            return Ok(match u32::from_str_radix(digits, 16) {
                Ok(_) if plain && cut => (Some(Kind::DWORD), Vec::new(), Soundness::CutOff(4)),
                Ok(number) if plain => (Some(Kind::DWORD), number.to_le_bytes().to_vec(), Soundness::Sound),
                _ if digits.is_empty() && !line.ended => (Some(Kind::DWORD), Vec::new(), Soundness::CutOff(4)),
                _ => (Some(Kind::DWORD), Vec::new(), damaged("dword: with at most 8 hexadecimal digits", digits)),
            });
        }
        if lower.starts_with("hex") || lower.starts_with("str(") {
            let head = rest.split_once(':').map(|(head, body)| (head.trim().to_ascii_lowercase(), body));
            if let Some((head, body)) = head {
                let number = head.get(3..).unwrap_or_default().trim_matches(['(', ')']);
                let kind =
                    if number.is_empty() { Some(Kind::BINARY) } else { u32::from_str_radix(number, 16).ok().map(Kind) };
                match kind {
                    Some(kind) if head.starts_with("str") && body.starts_with('"') => {
                        let (text, sound) = self.text(body)?;
                        return Ok((Some(kind), terminated(&text), sound));
                    }
                    Some(kind) => {
                        let (data, sound) = self.hex(body)?;
                        let ansi = self.report.version == Some(Version::Four) && kind.is_text();
                        return Ok((Some(kind), if ansi { self.widened(&data) } else { data }, sound));
                    }
                    None => {}
                }
            }
        }
        let found = shown(rest);
        let sound = if rest.is_empty() && !line.ended {
            Soundness::CutOff(1)
        } else {
            damaged("a text in quotes, dword: or hex:", &found)
        };
        Ok((None, utf16_bytes(rest), sound))
    }

    /// Text of a REGEDIT4 export, from the code page to UTF-16.
    fn widened(&self, data: &[u8]) -> Vec<u8> {
        utf16_bytes(&self.ansi.decode_without_bom_handling(data).0)
    }

    /// A text in quotes, over several lines if it has line ends in it.
    fn text(&mut self, rest: &str) -> io::Result<(String, Soundness)> {
        let mut out = String::new();
        let mut piece = rest.get(1..).unwrap_or_default().to_owned();
        let mut lines = 0_u32;
        loop {
            let end = unescape(&piece, &mut out);
            if let Some(end) = end {
                let after = piece.get(end..).unwrap_or_default().trim();
                if after.is_empty() || after.starts_with(';') {
                    return Ok((out, Soundness::Sound));
                }
                return Ok((out, damaged("the end of the line after the text", after)));
            }
            if out.len() > MAX_DATA || lines > MAX_TEXT_LINES {
                return Ok((out, damaged("a text of at most 16 MiB", "more")));
            }
            match self.lines.next()? {
                None => {
                    return Ok((
                        out.clone(),
                        Soundness::CutOff((out.len() as u64).saturating_mul(2).saturating_add(2)),
                    ));
                }
                Some(line) => {
                    self.report.lines = line.number;
                    let start = line.text.trim_start();
                    let other = begins_key(start) || name(start).is_some_and(|(_, rest)| begins_data(rest));
                    if other {
                        self.lines.again(line);
                        return Ok((out, damaged("a quote at the end of a text", "another key or value")));
                    }
                    out.push_str("\r\n");
                    lines = lines.saturating_add(1);
                    piece = line.text;
                }
            }
        }
    }

    /// Bytes in hexadecimal, commas between, going on after `\` at the end of a line.
    fn hex(&mut self, body: &str) -> io::Result<(Vec<u8>, Soundness)> {
        let mut out = Vec::new();
        let mut text = body.to_owned();
        loop {
            let part = text.split(';').next().unwrap_or_default().trim_end();
            let (part, goes_on) = part.strip_suffix('\\').map_or((part, false), |part| (part, true));
            let mut open = false;
            for token in part.split(',') {
                let token = token.trim();
                open = token.is_empty();
                if open {
                    continue;
                }
                let digits = token.len() <= 2 && token.bytes().all(|b| b.is_ascii_hexdigit());
                match u8::from_str_radix(token, 16) {
                    Ok(byte) if digits => out.push(byte),
                    _ => {
                        let expected = "two hexadecimal digits";
                        let sound = damaged(expected, token);
                        return Ok((out, sound));
                    }
                }
            }
            if out.len() > MAX_DATA {
                return Ok((out, damaged("at most 16 MiB of data", "more")));
            }
            if !goes_on {
                // `hex:` alone is an empty value; a comma at the end of the file is not.
                let cut = !self.lines.ended && open && !out.is_empty();
                let claimed = (out.len() as u64).saturating_add(1);
                return Ok((out, if cut { Soundness::CutOff(claimed) } else { Soundness::Sound }));
            }
            match self.lines.next()? {
                None => {
                    let claimed = (out.len() as u64).saturating_add(1);
                    return Ok((out, Soundness::CutOff(claimed)));
                }
                Some(next) => {
                    let start = next.text.trim_start();
                    if start.is_empty() || start.starts_with(['[', '"', '@']) {
                        self.lines.again(next);
                        return Ok((out, damaged("more bytes after \\", "another line")));
                    }
                    self.report.lines = next.number;
                    text = next.text;
                }
            }
        }
    }

    fn not_understood(&mut self, number: u32, expected: &'static str, found: &str) {
        self.report.not_understood = self.report.not_understood.saturating_add(1);
        self.fault(number, FaultKind::NotUnderstood, expected, found);
    }

    fn fault(&mut self, number: u32, what: FaultKind, expected: &'static str, found: &str) {
        let key = self.key.clone();
        self.sink.fault(Fault { place: Place::Line(number), key, what, expected, found: shown(found) });
    }
}

/// The name at the beginning of a line and what follows its `=`.
fn name(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('@') {
        return rest.trim_start().strip_prefix('=').map(|rest| (String::new(), rest));
    }
    let inner = text.strip_prefix('"')?;
    let mut name = String::new();
    let end = unescape(inner, &mut name)?;
    inner.get(end..)?.trim_start().strip_prefix('=').map(|rest| (name, rest))
}

/// Adds a quoted text without its escapes to `out`; the offset after its closing quote, `None` if it has none.
fn unescape(text: &str, out: &mut String) -> Option<usize> {
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return at.checked_add(1),
            '\\' => match letters.next() {
                Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
                Some((_, other)) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    None
}

fn begins_key(text: &str) -> bool {
    text.starts_with("[HKEY_") || text.starts_with("[-HKEY_")
}

fn begins_data(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.starts_with('"') || rest.starts_with("dword:") || rest.starts_with("hex") || rest == "-"
}

fn terminated(text: &str) -> Vec<u8> {
    let mut data = utf16_bytes(text);
    data.extend([0, 0]);
    data
}

fn damaged(expected: &'static str, found: &str) -> Soundness {
    Soundness::Damaged { expected, found: shown(found) }
}

/// Whether a value of this name may be a password, so that a fault must not show it.
pub(super) fn is_secret(name: &str) -> bool {
    let name = fold(name);
    ["PASSWORD", "PASSWD", "PWD", "SECRET", "PASSPHRASE"].iter().any(|word| name.contains(word))
}

/// The beginning of what was found, for a fault.
pub(super) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

/// Whether keys come in the order in which an export writes them: each after the key above it, siblings ascending.
#[derive(Debug, Default)]
struct Order {
    blocks: Vec<Block>,
    edited: bool,
    unended: bool,
}

#[derive(Debug)]
struct Block {
    root: KeyPath,
    keys: u64,
    sound: bool,
    /// The key last named and those above it up to the root, each with the last child named below it.
    chain: Vec<(KeyPath, Option<String>)>,
}

impl Order {
    fn key(&mut self, path: &KeyPath) {
        let blocks = self.blocks.len();
        match self.blocks.last_mut() {
            Some(block) if path.is_within(&block.root) => block.key(path),
            _ if blocks < 10_000 => {
                self.blocks.push(Block { root: path.clone(), keys: 1, sound: true, chain: vec![(path.clone(), None)] })
            }
            _ => {}
        }
    }

    /// Tells which blocks an export wrote as a whole. A single key in a text that is not as `reg export` writes it may be
    /// someone's handiwork.
    fn tell(&self, whole: bool, utf16: bool, cut: bool, sink: &mut impl Sink) {
        if !whole || self.edited || cut {
            return;
        }
        let last = self.blocks.len().saturating_sub(1);
        for (index, block) in self.blocks.iter().enumerate() {
            if block.sound && (utf16 || block.keys > 1) && !(index == last && self.unended) {
                sink.seen(&block.root, Extent::Tree);
            }
        }
    }
}

impl Block {
    fn key(&mut self, path: &KeyPath) {
        self.keys = self.keys.saturating_add(1);
        while self.chain.last().is_some_and(|(above, _)| !path.is_within(above)) {
            self.chain.pop();
        }
        let Some((above, last)) = self.chain.last_mut() else {
            self.sound = false;
            return;
        };
        let rest = path.below(above).unwrap_or_default();
        if rest.is_empty() || rest.contains('\\') {
            self.sound = false;
            return;
        }
        let name = fold(rest);
        if last.as_ref().is_some_and(|last| *last >= name) {
            self.sound = false;
        }
        *last = Some(name);
        self.chain.push((path.clone(), None));
    }
}
