//! What `reg query` prints, in any language: the type words (`REG_…`) and the root names (`HKEY_…`) are never translated,
//! everything else is taken by its place.
use super::export::{is_secret, shown};
use super::lines::{Line, Lines, add_line};
use super::model::{Extent, Fault, FaultKind, KeyPath, Kind, Place, Sink, Soundness, Value, utf16_bytes};
use encoding_rs::{Encoding, UTF_8};
use std::io::{self, Read};
use std::ops::Range;

/// Columns from which a line may have been broken by the console.
const CONSOLE: usize = 79;
/// Most bytes of an item put together from several lines.
const MAX_ITEM: usize = 16 << 20;

/// What the output was like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// How it is encoded, the WHATWG name.
    pub encoding: &'static str,
    /// Lines read.
    pub lines: u32,
    /// Lines that name a key.
    pub keys: u64,
    /// Values read.
    pub values: u64,
    /// Lines that are neither: messages, prompts, the output of other programs.
    pub not_understood: u64,
    /// The lines that were understood.
    pub understood: Vec<Range<u32>>,
}

/// Whether a text has the path of a key at the beginning of a line.
pub fn is_query(text: &str) -> bool {
    text.lines().any(is_key)
}

/// Reads the output that was decoded before.
pub fn read_text(text: &str, sink: &mut impl Sink) -> Query {
    // Reading from memory does not fail.
    read(text.as_bytes(), UTF_8, sink).unwrap_or_default()
}

/// Reads the output. `oem` is the code page of lines that are neither UTF-16 nor UTF-8.
///
/// # Errors
/// Only when reading fails.
pub fn read(reader: impl Read, oem: &'static Encoding, sink: &mut impl Sink) -> io::Result<Query> {
    let lines = Lines::new(reader, oem)?;
    let parser = Parser { report: Query::default(), pending: None, block: None, command: None, sink };
    parser.run(lines)
}

/// `reg query KEY …` as it stands before its output.
#[derive(Debug, Clone, Copy, Default)]
struct Command {
    recursive: bool,
    /// Only some of the values are shown.
    filtered: bool,
    /// The 32-bit view was asked for.
    view32: bool,
}

struct Pending {
    number: u32,
    text: String,
    /// Columns of the last line of it.
    columns: usize,
}

struct Block {
    root: KeyPath,
    now: KeyPath,
    keys: u64,
    values_below: bool,
    /// Two keys stood on lines next to each other: the list of subkeys of a query without `/s`.
    adjacent: bool,
    last_was_key: bool,
    /// A value after the first of the present key was read.
    any_value: bool,
    foreign: bool,
    command: Option<Command>,
}

struct Parser<'s, S> {
    report: Query,
    pending: Option<Pending>,
    block: Option<Block>,
    command: Option<Command>,
    sink: &'s mut S,
}

impl<S: Sink> Parser<'_, S> {
    fn run(mut self, mut lines: Lines<impl Read>) -> io::Result<Query> {
        while let Some(line) = lines.next()? {
            self.report.lines = line.number;
            self.line(&line);
        }
        self.flush();
        self.close();
        self.report.encoding = lines.encoding().name();
        Ok(self.report)
    }

    fn line(&mut self, line: &Line) {
        let text = line.text.trim_end();
        if line.too_long {
            self.fault(line.number, FaultKind::TooMuch, "a line of at most 8 MiB", text);
        }
        if text.is_empty() {
            self.flush();
            if self.block.is_some() {
                add_line(&mut self.report.understood, line.number);
            }
            if let Some(block) = &mut self.block {
                block.last_was_key = false;
            }
            return;
        }
        if is_key(text) || value_parts(text).is_some() {
            self.flush();
            self.pending = Some(Pending { number: line.number, text: text.to_owned(), columns: columns(text) });
            add_line(&mut self.report.understood, line.number);
        } else if let Some(command) = command(text) {
            self.flush();
            self.close();
            self.command = Some(command);
            add_line(&mut self.report.understood, line.number);
        } else if text.starts_with("! REG.EXE") {
            self.flush();
            add_line(&mut self.report.understood, line.number);
        } else if let Some(pending) = self.pending.as_mut().filter(|pending| goes_on(pending, text)) {
            if pending.columns < CONSOLE {
                pending.text.push_str("\r\n");
            }
            if pending.text.len() < MAX_ITEM {
                pending.text.push_str(text);
            }
            pending.columns = columns(text);
            add_line(&mut self.report.understood, line.number);
        } else {
            self.flush();
            self.report.not_understood = self.report.not_understood.saturating_add(1);
            if let Some(block) = &mut self.block {
                // The last line of a search, or a message that a key was refused; a prompt or a heading is neither.
                block.foreign = !prompt(text) && !text.starts_with(['=', '-', '#', '*', '[', '>', '+']);
            }
            self.close();
            self.fault(line.number, FaultKind::NotUnderstood, "a key or a value", text.trim());
        }
    }

    /// Ends the item that lines were gathered for.
    fn flush(&mut self) {
        let Some(item) = self.pending.take() else { return };
        if is_key(&item.text) {
            match KeyPath::parse(&item.text) {
                Some(path) => self.key(path.at_home(), item.number),
                None => self.fault(item.number, FaultKind::Malformed, "the path of a key", &item.text),
            }
            return;
        }
        let Some((name, kind, shown_data)) = value_parts(&item.text) else { return };
        let Some(block) = &mut self.block else {
            self.fault(item.number, FaultKind::NotUnderstood, "a key before its values", &item.text);
            return;
        };
        let first = !block.any_value;
        block.any_value = true;
        block.last_was_key = false;
        block.values_below |= block.now != block.root;
        let path = block.now.clone();
        // The default value comes first, its name is translated and stands in brackets of some sort.
        let default = first && bracketed(name);
        let name = if default { String::new() } else { name.to_owned() };
        let (data, sound) = data_of(kind, shown_data);
        if let Soundness::Damaged { expected, found } = &sound {
            let found = if is_secret(&name) { "(not shown)".to_owned() } else { found.clone() };
            self.fault(item.number, FaultKind::Malformed, expected, &found);
        }
        self.report.values = self.report.values.saturating_add(1);
        self.sink.take_value(&path, Value { name, kind: Some(kind), data, place: Place::Line(item.number), sound });
    }

    fn key(&mut self, path: KeyPath, number: u32) {
        self.report.keys = self.report.keys.saturating_add(1);
        let path = if self.command.is_some_and(|command| command.view32) { in_view32(path) } else { path };
        self.sink.take_key(&path, None, Place::Line(number));
        match &mut self.block {
            Some(block) if path != block.root && path.is_within(&block.root) => {
                block.adjacent |= block.last_was_key;
                block.keys = block.keys.saturating_add(1);
                block.now = path;
                block.any_value = false;
                block.last_was_key = true;
            }
            _ => {
                let command = self.command;
                self.close();
                self.command = command;
                self.block = Some(Block {
                    root: path.clone(),
                    now: path,
                    keys: 1,
                    values_below: false,
                    adjacent: false,
                    last_was_key: true,
                    any_value: false,
                    foreign: false,
                    command,
                });
            }
        }
    }

    /// Tells what the block showed whole.
    fn close(&mut self) {
        self.command = None;
        let Some(block) = self.block.take() else { return };
        let extent = match block.command {
            Some(command) if command.filtered => None,
            Some(command) if command.recursive => Some(Extent::Tree),
            Some(_) => Some(Extent::Key),
            // A search, and `/v`, print a last line with a number; it counts as a foreign line.
            None if block.foreign || block.keys < 2 => None,
            None if block.values_below && !block.adjacent => Some(Extent::Tree),
            None if block.adjacent && !block.values_below => Some(Extent::Key),
            None => None,
        };
        if let Some(extent) = extent {
            self.sink.seen(&block.root, extent);
        }
    }

    fn fault(&mut self, number: u32, what: FaultKind, expected: &'static str, found: &str) {
        let key = self.block.as_ref().map(|block| block.now.clone());
        self.sink.fault(Fault { place: Place::Line(number), key, what, expected, found: shown(found) });
    }
}

fn is_key(line: &str) -> bool {
    line.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("HKEY_")) && KeyPath::parse(line).is_some()
}

/// Name, type and data of `    name    REG_TYPE    data`.
fn value_parts(line: &str) -> Option<(&str, Kind, &str)> {
    if !line.starts_with([' ', '\t']) {
        return None;
    }
    let mut from = 0;
    while let Some(at) = line.get(from..)?.find("REG_").and_then(|at| at.checked_add(from)) {
        let (before, rest) = line.split_at_checked(at)?;
        let end = rest.find([' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        let (word, data) = rest.split_at_checked(end)?;
        if before.ends_with([' ', '\t'])
            && let Some(kind) = Kind::named(word)
            && !before.trim().is_empty()
        {
            let data =
                data.strip_prefix("    ").or_else(|| data.strip_prefix('\t')).unwrap_or(data.trim_start_matches(' '));
            return Some((before.trim(), kind, data));
        }
        from = at.checked_add(4)?;
    }
    None
}

/// Whether a line that is no key and no value goes on with the item before it.
fn goes_on(pending: &Pending, text: &str) -> bool {
    if text.starts_with([' ', '\t']) && pending.columns < CONSOLE {
        return false;
    }
    if pending.columns >= CONSOLE {
        return true;
    }
    // A text with line ends in it.
    value_parts(&pending.text).is_some_and(|(_, kind, _)| kind.is_text()) && !prompt(text)
}

fn prompt(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.starts_with("PS ") || (bytes.get(1) == Some(&b':') && bytes.get(2) == Some(&b'\\') && text.contains('>'))
}

/// The command before an output: `C:\>reg query KEY /s`.
fn command(text: &str) -> Option<Command> {
    let lower = text.to_ascii_lowercase();
    let at = ["reg query ", "reg.exe query "].iter().find_map(|word| {
        let at = lower.find(word)?;
        let before = lower.get(..at)?;
        let starts = before.is_empty() || before.ends_with(['>', ' ', '\\', '"', '&']);
        starts.then(|| at.checked_add(word.len())).flatten()
    })?;
    let mut command = Command::default();
    for word in lower.get(at..)?.split_whitespace() {
        match word {
            "/s" => command.recursive = true,
            "/v" | "/ve" | "/f" | "/k" | "/d" | "/t" => command.filtered = true,
            "/reg:32" => command.view32 = true,
            _ => {}
        }
    }
    Some(command)
}

/// The path of what the 32-bit view of `HKLM\SOFTWARE` shows.
fn in_view32(path: KeyPath) -> KeyPath {
    let moved = (|| {
        let software = KeyPath::parse("HKLM\\SOFTWARE")?;
        let already = software.join("Wow6432Node");
        (!path.is_within(&already)).then(|| path.moved(&software, &already)).flatten()
    })();
    moved.unwrap_or(path)
}

fn bracketed(name: &str) -> bool {
    let pairs = [('(', ')'), ('<', '>'), ('（', '）'), ('〈', '〉'), ('＜', '＞')];
    pairs.iter().any(|(open, close)| name.starts_with(*open) && name.ends_with(*close))
}

fn data_of(kind: Kind, text: &str) -> (Vec<u8>, Soundness) {
    let damaged = |expected| Soundness::Damaged { expected, found: shown(text) };
    match kind {
        Kind::DWORD | Kind::DWORD_BIG_ENDIAN | Kind::QWORD => {
            let digits = text.trim();
            let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
            let number = match hex {
                Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u64::from_str_radix(hex, 16).ok(),
                Some(_) => None,
                None => digits.parse::<u64>().ok(),
            };
            match (kind, number, number.and_then(|number| u32::try_from(number).ok())) {
                (Kind::QWORD, Some(number), _) => (number.to_le_bytes().to_vec(), Soundness::Sound),
                (Kind::DWORD, _, Some(number)) => (number.to_le_bytes().to_vec(), Soundness::Sound),
                (Kind::DWORD_BIG_ENDIAN, _, Some(number)) => (number.to_be_bytes().to_vec(), Soundness::Sound),
                _ => (Vec::new(), damaged("a number, 0x…")),
            }
        }
        Kind::SZ | Kind::EXPAND_SZ | Kind::LINK => {
            let mut data = utf16_bytes(text);
            data.extend([0, 0]);
            (data, Soundness::Sound)
        }
        Kind::MULTI_SZ => {
            let mut data = Vec::new();
            for part in text.split("\\0").filter(|part| !part.is_empty()) {
                data.extend(utf16_bytes(part));
                data.extend([0, 0]);
            }
            data.extend([0, 0]);
            (data, Soundness::Sound)
        }
        _ => {
            let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
            let mut data = Vec::with_capacity(digits.len() / 2);
            let (pairs, rest) = digits.as_chunks::<2>();
            for pair in pairs {
                let byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
                match byte.filter(|_| pair.iter().all(u8::is_ascii_hexdigit)) {
                    Some(byte) => data.push(byte),
                    None => return (data, damaged("pairs of hexadecimal digits")),
                }
            }
            if rest.is_empty() {
                (data, Soundness::Sound)
            } else {
                (data, damaged("pairs of hexadecimal digits, not an odd number"))
            }
        }
    }
}

/// Columns that a text takes in a console; East Asian letters take two.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|letter| match letter {
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
            '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' => 2,
            _ => 1,
        })
        .sum()
}
