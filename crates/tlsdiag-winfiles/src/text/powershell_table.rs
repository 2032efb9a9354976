//! Records that PowerShell prints: Format-Table, Format-List, Export-Csv, ConvertTo-Json and CLIXML. Names of properties
//! are not translated, so they are what records are read by.
mod clixml;
mod csv;
mod json;
mod list;
mod table;

use super::damaged::Damaged;
use super::lines::Text;

/// Records of one text that are kept.
pub const MAX_RECORDS: usize = 200_000;

/// Properties of one record that are kept.
pub const MAX_FIELDS: usize = 512;

/// One object that PowerShell printed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Names and values in the order of the file (of JSON, by name). Names of nested objects are joined with a dot; elements of a list that is
    /// not flat text have the same name.
    pub fields: Vec<(String, String)>,
    /// Line where it begins.
    pub line: u32,
    /// Values that PowerShell cut with `…` or `...` because the window was too narrow. `expected` is not known here;
    /// `found` names the property.
    pub cut: Vec<Damaged>,
    /// What a table was grouped by: the value of the line above its heading, such as the folder of `Get-ChildItem`.
    pub group: Option<String>,
}

impl Record {
    /// The value of a property, whatever the case of its name. A value that PowerShell cut is no value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        if self.is_cut(name) {
            return None;
        }
        self.raw(name)
    }

    /// The value as it stands, cut or not.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether PowerShell cut the value.
    #[must_use]
    pub fn is_cut(&self, name: &str) -> bool {
        self.cut.iter().any(|cut| cut.found.eq_ignore_ascii_case(name))
    }

    /// Every value of a property that is a list.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether every one of these properties is there.
    #[must_use]
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.raw(name).is_some())
    }

    fn push(&mut self, name: &str, value: &str, line: u32) {
        if self.fields.len() >= MAX_FIELDS {
            return;
        }
        let value = value.trim();
        if value.ends_with('…') || value.ends_with("...") {
            self.cut.push(Damaged::new(value, "a whole value", name, line));
        }
        self.fields.push((name.trim().to_owned(), value.to_owned()));
    }
}

/// Every record of a text, in whichever form. Empty if it is none of these forms.
#[must_use]
pub fn records(text: &Text<'_>) -> Vec<Record> {
    let Some(first) = text.filled().find(|line| line.command().is_none()) else { return Vec::new() };
    let first = first.trimmed();
    let mut out = if first.starts_with("#< CLIXML") || first.starts_with("<Objs") || first.starts_with("<?xml") {
        clixml::read(text)
    } else if first.starts_with(['[', '{']) {
        json::read(text)
    } else {
        let csv = csv::read(text);
        if csv.is_empty() { [table::read(text), list::read(text)].concat() } else { csv }
    };
    out.sort_by_key(|record| record.line);
    out
}

/// A text put together again, and the line of the file at each offset.
struct Joined {
    text: String,
    starts: Vec<(usize, u32)>,
}

impl Joined {
    fn of(text: &Text<'_>) -> Self {
        let mut out = Self { text: String::new(), starts: Vec::new() };
        for line in text.lines.iter().filter(|line| line.command().is_none()) {
            out.starts.push((out.text.len(), line.number));
            out.text.push_str(line.text);
            out.text.push('\n');
        }
        out
    }

    fn line(&self, offset: usize) -> u32 {
        let after = self.starts.partition_point(|(start, _)| *start <= offset);
        after.checked_sub(1).and_then(|at| self.starts.get(at)).map_or(1, |(_, line)| *line)
    }
}

#[cfg(test)]
mod tests;
