//! Columns with separators: Export-Csv, and what Event Viewer exports with commas, semicolons or tabs.

use super::super::{Fault, FaultKind, Item, Place};
use super::cells::{Cell, event};
use super::dates::{Orders, Stamp};
use super::known_row;
use super::shape::Lines;

/// Columns that a row may have.
const COLUMNS: usize = 512;

/// A row, and the octet at which it begins.
struct Row {
    fields: Vec<String>,
    start: usize,
    quoted: bool,
    cut: bool,
}

/// The separator of a text, when its first rows have one and it is a table of events.
pub(crate) fn separator(text: &str) -> Option<char> {
    let sample: String = text.chars().take(65_536).collect();
    ['\t', ';', ','].into_iter().find(|separator| {
        let mut at = skip_type(&sample);
        for _ in 0..12 {
            let Some(row) = row(&sample, &mut at, *separator) else { break };
            if row.fields.len() >= 4 && known_row(&row.fields) {
                return true;
            }
        }
        false
    })
}

/// Gives the events of a table to the sink.
pub(crate) fn read(text: &str, separator: char, lines: &Lines, sink: &mut dyn FnMut(Item)) {
    let mut at = skip_type(text);
    let mut header: Option<Vec<String>> = None;
    let mut orders = Orders::default();
    let mut scan = at;
    while let Some(row) = row(text, &mut scan, separator) {
        row.fields.iter().filter_map(|f| Stamp::of(f)).for_each(|s| orders.note(&s));
    }
    while let Some(row) = row(text, &mut at, separator) {
        let place = Place::Line(lines.of(row.start));
        if row.cut {
            let found = "the end of the text".to_owned();
            sink(Item::Fault(Fault { place, kind: FaultKind::CutOff, expected: "a closing quotation mark", found }));
        }
        let dated = row.fields.iter().any(|f| Stamp::of(f).is_some());
        if header.is_none() && !dated && !known_row(&row.fields) {
            header = Some(row.fields);
            continue;
        }
        let names = header.as_deref().unwrap_or_default();
        let cells: Vec<Cell> = row
            .fields
            .iter()
            .enumerate()
            .map(|(k, value)| Cell::new(names.get(k).map_or("", String::as_str), value))
            .collect();
        if cells.len() < 4 {
            if row.quoted || cells.iter().any(|c| !c.value.trim().is_empty()) && header.is_some() && cells.len() > 1 {
                let found = format!("{} columns", cells.len());
                sink(Item::Fault(Fault { place, kind: FaultKind::Malformed, expected: "a row of events", found }));
            }
            continue;
        }
        if let Some(event) = event(&cells, orders.settled(), place) {
            sink(Item::Event(Box::new(event)));
        }
    }
}

fn skip_type(text: &str) -> usize {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let rest = text.get(start..).unwrap_or_default();
    if rest.starts_with("#TYPE") { start + rest.find('\n').map_or(rest.len(), |k| k + 1) } else { start }
}

fn row(text: &str, at: &mut usize, separator: char) -> Option<Row> {
    let start = *at;
    let rest = text.get(start..).filter(|r| !r.is_empty())?;
    let mut row = Row { fields: Vec::new(), start, quoted: false, cut: false };
    let mut field = String::new();
    let mut inside = false;
    let mut chars = rest.char_indices().peekable();
    let mut fresh = true;
    while let Some((k, c)) = chars.next() {
        if inside {
            if c != '"' {
                field.push(c);
            } else if chars.next_if(|(_, n)| *n == '"').is_some() {
                field.push('"');
            } else {
                inside = false;
            }
            continue;
        }
        match c {
            '"' if fresh => {
                inside = true;
                row.quoted = true;
                fresh = false;
            }
            '\n' => {
                *at = start + k + 1;
                row.fields.push(field);
                return Some(row);
            }
            '\r' if chars.peek().is_some_and(|(_, n)| *n == '\n') => {}
            c if c == separator => {
                if row.fields.len() < COLUMNS {
                    row.fields.push(std::mem::take(&mut field));
                }
                fresh = true;
            }
            c => {
                fresh = fresh && c == ' ';
                field.push(c);
            }
        }
    }
    *at = text.len();
    row.cut = inside;
    row.fields.push(field);
    Some(row)
}
