//! Export-Csv and ConvertTo-Csv: an optional `#TYPE` line, a heading, values in quotes or without, `,`, `;` or a tabulator.
use super::super::lines::Text;
use super::{Joined, MAX_FIELDS, MAX_RECORDS, Record};

pub(super) fn read(text: &Text<'_>) -> Vec<Record> {
    let joined = Joined::of(text);
    let mut rest = joined.text.trim_start_matches('\n');
    if rest.starts_with("#TYPE ") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    let head = rest.split('\n').next().unwrap_or("");
    let Some(separator) = separator(head, rest) else { return Vec::new() };
    let base = joined.text.len().saturating_sub(rest.len());
    let mut rows = Rows { text: rest, at: 0, separator };
    let Some((_, names)) = rows.next() else { return Vec::new() };
    rows.take(MAX_RECORDS)
        .filter(|(_, values)| values.iter().any(|value| !value.is_empty()))
        .map(|(at, values)| {
            let line = joined.line(base.saturating_add(at));
            let mut record = Record { line, ..Record::default() };
            for (name, value) in names.iter().zip(&values) {
                record.push(name, value, line);
            }
            record
        })
        .collect()
}

/// The separator, if the first line is a heading: at least two names, and as many values in the line after it.
fn separator(head: &str, text: &str) -> Option<char> {
    [',', ';', '\t'].into_iter().find(|separator| {
        let mut rows = Rows { text, at: 0, separator: *separator };
        let Some((_, names)) = rows.next() else { return false };
        let quoted = head.starts_with('"') && head.ends_with('"');
        let plain = names.iter().all(|n| {
            !n.is_empty()
                && n.len() <= 64
                && n.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '-' | '#' | '%' | '(' | ')'))
        });
        let same = rows.next().is_none_or(|(_, values)| values.len() == names.len());
        names.len() >= if quoted { 1 } else { 2 }
            && names.len() <= MAX_FIELDS
            && (quoted || plain)
            && same
            && names.iter().all(|n| !n.is_empty())
    })
}

struct Rows<'a> {
    text: &'a str,
    at: usize,
    separator: char,
}

impl Iterator for Rows<'_> {
    type Item = (usize, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let (mut out, mut value, mut quoted) = (Vec::new(), String::new(), false);
        let mut chars = rest.char_indices().peekable();
        self.at = self.text.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if quoted && chars.peek().is_some_and(|(_, next)| *next == '"') => {
                    chars.next();
                    value.push('"');
                }
                '"' if quoted => quoted = false,
                '"' if value.is_empty() => quoted = true,
                // a quote that is never closed must not swallow the file
                _ if quoted && value.len() > super::super::lines::MAX_LINE => quoted = false,
                '\n' if !quoted => {
                    self.at = start + at + 1;
                    break;
                }
                c if c == self.separator && !quoted && out.len() < MAX_FIELDS => out.push(std::mem::take(&mut value)),
                c => value.push(c),
            }
        }
        out.push(value);
        Some((start, out))
    }
}
