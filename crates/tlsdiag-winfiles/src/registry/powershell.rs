//! What PowerShell shows of the registry: lists of `Get-ItemProperty` with their `PSPath`, and the tables of `Get-ChildItem`
//! and `Get-Item`. Types are not shown, so values are text without a type; long values end in an ellipsis.
use super::export::shown;
use super::lines::{Lines, add_line};
use super::model::{Fault, FaultKind, KeyPath, Place, Sink, Soundness, Value, utf16_bytes};
use encoding_rs::{Encoding, UTF_8};
use std::io::{self, Read};
use std::ops::Range;

/// Most lines of one list.
const MAX_LIST: usize = 10_000;

/// What the output was like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// How it is encoded, the WHATWG name.
    pub encoding: &'static str,
    /// Lines read.
    pub lines: u32,
    /// Keys shown.
    pub keys: u64,
    /// Values shown.
    pub values: u64,
    /// Lines left.
    pub not_understood: u64,
    /// The lines that were understood.
    pub understood: Vec<Range<u32>>,
}

/// Whether a text holds such a list or table: the provider's name is never translated, nor is a root in a title line.
pub fn is_powershell(head: &str) -> bool {
    let mut title = false;
    head.lines().any(|line| {
        let list = line.starts_with("PSPath") && line.contains("Registry::HKEY_");
        let table = title && rule(line).is_some();
        title |= title_path(line).is_some();
        list || table
    })
}

/// Reads the output that was decoded before.
pub fn read_text(text: &str, sink: &mut impl Sink) -> Shown {
    // Reading from memory does not fail.
    read(text.as_bytes(), UTF_8, sink).unwrap_or_default()
}

/// Reads the output. `oem` is the code page of lines that are neither UTF-16 nor UTF-8.
///
/// # Errors
/// Only when reading fails.
pub fn read(reader: impl Read, oem: &'static Encoding, sink: &mut impl Sink) -> io::Result<Shown> {
    let mut lines = Lines::new(reader, oem)?;
    let mut parser =
        Parser { report: Shown::default(), list: Vec::new(), title: None, table: None, key: None, rows: false, sink };
    while let Some(line) = lines.next()? {
        parser.report.lines = line.number;
        parser.line(line.number, line.text.trim_end());
    }
    parser.end_list();
    parser.report.understood.sort_by_key(|range| range.start);
    parser.report.encoding = lines.encoding().name();
    Ok(parser.report)
}

struct Parser<'s, S> {
    report: Shown,
    list: Vec<(u32, String)>,
    title: Option<KeyPath>,
    /// Where the second column begins.
    table: Option<usize>,
    key: Option<KeyPath>,
    /// Whether the table had a row.
    rows: bool,
    sink: &'s mut S,
}

impl<S: Sink> Parser<'_, S> {
    fn line(&mut self, number: u32, text: &str) {
        if let Some(path) = title_path(text) {
            self.end_list();
            self.title = Some(path);
            self.table = None;
            self.key = None;
            add_line(&mut self.report.understood, number);
            return;
        }
        if self.title.is_some()
            && let Some(column) = rule(text)
        {
            self.list.drain(..).for_each(|(heading, _)| add_line(&mut self.report.understood, heading));
            add_line(&mut self.report.understood, number);
            self.table = Some(column);
            return;
        }
        if text.is_empty() {
            self.end_list();
            if self.rows {
                // A table ends with an empty line after its rows.
                self.title = None;
                self.table = None;
                self.rows = false;
            }
            return;
        }
        match self.table {
            Some(column) => self.row(number, text, column),
            None if self.list.len() < MAX_LIST => self.list.push((number, text.to_owned())),
            None => self.report.not_understood = self.report.not_understood.saturating_add(1),
        }
    }

    /// A row: the name of a key in the first column, `value : data` in the second.
    fn row(&mut self, number: u32, text: &str, column: usize) {
        let name: String = text.chars().take(column).collect();
        let property: String = text.chars().skip(column).collect();
        let (name, property) = (name.trim(), property.trim());
        let Some(title) = self.title.clone() else { return };
        self.rows = true;
        add_line(&mut self.report.understood, number);
        if !name.is_empty() {
            let path = title.join(name);
            self.sink.take_key(&path, None, Place::Line(number));
            self.report.keys = self.report.keys.saturating_add(1);
            self.key = Some(path);
        }
        let Some(path) = self.key.clone() else { return self.left(number, text) };
        if property.is_empty() || property == "{}" {
            return;
        }
        match property.split_once(" : ").or_else(|| property.strip_suffix(" :").map(|name| (name, ""))) {
            Some((name, data)) => self.value(&path, number, name.trim(), data.trim()),
            None => self.left(number, text),
        }
    }

    /// A list: `name : data`, further lines of the data to the right of the colon.
    fn end_list(&mut self) {
        let list = std::mem::take(&mut self.list);
        let Some(column) = list.iter().find_map(|(_, line)| line.strip_prefix("PSPath").and(line.find(" : "))) else {
            for (number, line) in list {
                self.left(number, &line);
            }
            return;
        };
        let end = list.last().map_or(0, |(number, _)| *number);
        let mut items: Vec<(u32, String, String)> = Vec::new();
        for (number, line) in list {
            let letters: Vec<char> = line.chars().collect();
            let colon = letters.get(column.saturating_add(1)) == Some(&':');
            let name: String = letters.iter().take(column).collect();
            let rest: String = letters.iter().skip(column.saturating_add(3)).collect();
            if colon && !name.trim().is_empty() {
                items.push((number, name.trim().to_owned(), rest));
            } else if name.trim().is_empty()
                && let Some((_, _, data)) = items.last_mut()
            {
                data.push_str(&rest);
            } else {
                self.left(number, &line);
            }
        }
        let path = items.iter().find(|(_, name, _)| name == "PSPath").and_then(|(_, _, path)| KeyPath::parse(path));
        let Some(path) = path else { return };
        let place = items.first().map_or(0, |(number, _, _)| *number);
        (place..=end).for_each(|number| add_line(&mut self.report.understood, number));
        self.sink.take_key(&path, None, Place::Line(place));
        self.report.keys = self.report.keys.saturating_add(1);
        for (number, name, data) in items {
            if !matches!(name.as_str(), "PSPath" | "PSParentPath" | "PSChildName" | "PSDrive" | "PSProvider") {
                self.value(&path, number, &name, data.trim());
            }
        }
    }

    fn value(&mut self, path: &KeyPath, number: u32, name: &str, data: &str) {
        self.report.values = self.report.values.saturating_add(1);
        let name = if name.starts_with('(') && name.ends_with(')') { String::new() } else { name.to_owned() };
        let cut = data.ends_with('…') || data.ends_with("...");
        let sound = if cut { Soundness::CutOff((data.len() as u64).saturating_add(1)) } else { Soundness::Sound };
        self.sink
            .take_value(path, Value { name, kind: None, data: utf16_bytes(data), place: Place::Line(number), sound });
    }

    fn left(&mut self, number: u32, text: &str) {
        self.report.not_understood = self.report.not_understood.saturating_add(1);
        let fault = Fault {
            place: Place::Line(number),
            key: self.key.clone(),
            what: FaultKind::NotUnderstood,
            expected: "a value",
            found: shown(text),
        };
        self.sink.fault(fault);
    }
}

/// `    Hive: HKEY_LOCAL_MACHINE\…`, the word in any language.
fn title_path(line: &str) -> Option<KeyPath> {
    let text = line.trim();
    let at = text.find("HKEY_")?;
    let label = text.get(..at)?;
    (line.starts_with(' ') && label.trim_end().ends_with([':', '：']))
        .then(|| KeyPath::parse(text.get(at..)?))
        .flatten()
}

/// The column of the second rule in a line of dashes.
fn rule(line: &str) -> Option<usize> {
    let text = line.trim_end();
    if !text.starts_with("--") || !text.chars().all(|c| c == '-' || c == ' ') {
        return None;
    }
    let gap = text.find(' ')?;
    let second = text.get(gap..)?.find('-')?;
    gap.checked_add(second)
}
