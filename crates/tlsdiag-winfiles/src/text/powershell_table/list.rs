//! Format-List: `Name   : value`, all colons in one column, values that are too long go on below the value.
use super::super::lines::{Line, Text};
use super::{MAX_RECORDS, Record};

pub(super) fn read(text: &Text<'_>) -> Vec<Record> {
    let mut out = Vec::new();
    let mut open: Option<Open> = None;
    for line in &text.lines {
        if out.len() >= MAX_RECORDS {
            break;
        }
        if let Some(block) = &mut open {
            match item(*line) {
                Some((name, column, value)) if column == block.column && !block.names(name) => {
                    block.flush();
                    block.last = Some((name.to_owned(), value.to_owned(), line.number));
                    continue;
                }
                None if !line.text.is_empty() && line.indent() == block.column + 2 && block.last.is_some() => {
                    block.go_on(line.trimmed());
                    continue;
                }
                _ => {
                    block.flush();
                    out.extend(open.take().map(|block| block.record));
                }
            }
        }
        if let Some((name, column, value)) = item(*line) {
            let record = Record { line: line.number, ..Record::default() };
            open = Some(Open { record, column, last: Some((name.to_owned(), value.to_owned(), line.number)) });
        }
    }
    if let Some(mut block) = open {
        block.flush();
        out.push(block.record);
    }
    out
}

struct Open {
    record: Record,
    column: usize,
    last: Option<(String, String, u32)>,
}

impl Open {
    fn flush(&mut self) {
        if let Some((name, value, line)) = self.last.take() {
            self.record.push(&name, &value, line);
        }
    }

    /// Two objects without a blank line between them repeat a name.
    fn names(&self, name: &str) -> bool {
        self.record.fields.iter().any(|(n, _)| n == name) || self.last.as_ref().is_some_and(|(n, _, _)| n == name)
    }

    /// A value without a blank was broken at the edge of the window; in others the line end may mean something.
    fn go_on(&mut self, more: &str) {
        if let Some((_, value, _)) = &mut self.last
            && value.len().saturating_add(more.len()) <= super::super::lines::MAX_LINE
        {
            if value.contains(' ') {
                value.push('\n');
            }
            value.push_str(more);
        }
    }
}

fn item<'a>(line: Line<'a>) -> Option<(&'a str, usize, &'a str)> {
    let text = line.text;
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '@') {
        return None;
    }
    let at = text.find(" : ").or_else(|| text.ends_with(" :").then(|| text.len().saturating_sub(2)))?;
    let (name, value) = (text.get(..at)?.trim_end(), text.get(at..)?.trim_start().strip_prefix(':')?);
    let column = text.get(..at)?.chars().count() + 1;
    let shape = name.len() <= 128 && !name.contains("  ") && !name.contains([':', '"', '<', '>', '=']);
    shape.then_some((name, column, value.trim()))
}
