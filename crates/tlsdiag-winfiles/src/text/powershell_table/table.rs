//! Format-Table: a heading, a rule of dashes under each name, rows in columns. Numbers stand at the right of their column.
use super::super::columns::Measure;
use super::super::lines::{Line, Text, is_blank};
use super::{MAX_RECORDS, Record};

/// Rows from which the borders of columns are told.
const SAMPLE: usize = 4096;

pub(super) fn read(text: &Text<'_>) -> Vec<Record> {
    let mut out = Vec::new();
    let lines = &text.lines;
    let mut at = 1;
    while at < lines.len() && out.len() < MAX_RECORDS {
        let (Some(head), Some(rule)) = (lines.get(at - 1), lines.get(at)) else { break };
        let Some(table) = Table::of(*head, *rule) else {
            at += 1;
            continue;
        };
        let rest = lines.get(at + 1..).unwrap_or_default();
        let end = rest.iter().position(|line| line.text.is_empty() || line.command().is_some()).unwrap_or(rest.len());
        let rows = rest.get(..end).unwrap_or_default();
        let above = lines.get(..at - 1).unwrap_or_default();
        table.rows(rows, group(above), &mut out);
        at += end + 2;
    }
    out
}

/// `    Directory: C:\…` or `   PSParentPath: …` above a heading, the label in any language.
fn group(above: &[Line<'_>]) -> Option<String> {
    let line = above.iter().rev().take(3).find(|line| !line.text.is_empty())?;
    let (label, value) = line.splits().next()?;
    (line.indent() >= 2 && !label.is_empty() && !value.is_empty()).then(|| value.to_owned())
}

struct Table<'a> {
    measure: Measure,
    /// Name, first and last column of its dashes.
    columns: Vec<(&'a str, usize, usize)>,
}

impl<'a> Table<'a> {
    fn of(head: Line<'a>, rule: Line<'a>) -> Option<Self> {
        if !rule.text.chars().all(|c| c == '-' || is_blank(c)) || rule.text.is_empty() || head.text.is_empty() {
            return None;
        }
        let mut dashes: Vec<(usize, usize)> = Vec::new();
        for (at, c) in rule.text.chars().enumerate() {
            if c != '-' {
                continue;
            }
            let room = dashes.len() < super::MAX_FIELDS;
            match dashes.last_mut() {
                Some((_, end)) if *end == at => *end = at + 1,
                _ if room => dashes.push((at, at + 1)),
                _ => {}
            }
        }
        [Measure::Characters, Measure::Cells].into_iter().find_map(|measure| {
            let columns: Option<Vec<_>> = dashes
                .iter()
                .map(|(start, end)| {
                    let name = cell(head.text, measure, *start, *end).trim();
                    // PowerShell draws exactly one dash for every column of a name
                    let whole = measure.width(name) == end - start || (name.len() >= 3 && name.ends_with('…'));
                    (whole && !name.is_empty()).then_some((name, *start, *end))
                })
                .collect();
            let columns = columns?;
            // nothing of the heading stands between the columns
            let named: usize = columns.iter().map(|(name, _, _)| name.chars().filter(|c| !is_blank(*c)).count()).sum();
            (named == head.text.chars().filter(|c| !is_blank(*c)).count()).then_some(Self { measure, columns })
        })
    }

    fn rows(&self, rows: &[Line<'_>], group: Option<String>, out: &mut Vec<Record>) {
        let borders = self.borders(rows.get(..rows.len().min(SAMPLE)).unwrap_or_default());
        let mut last: Option<Record> = None;
        for row in rows {
            let mut record = Record { line: row.number, group: group.clone(), ..Record::default() };
            let mut start = 0;
            for (at, (name, _, _)) in self.columns.iter().enumerate() {
                let end = borders.get(at).copied().unwrap_or(usize::MAX);
                record.push(name, cell(row.text, self.measure, start, end), row.number);
                start = end;
            }
            // a row that only goes on below the one before has nothing in its first column
            let goes_on = record.fields.first().is_some_and(|(_, value)| value.is_empty())
                && last.as_ref().is_some_and(|l| l.fields.first().is_some_and(|(_, value)| !value.is_empty()))
                && self.columns.len() > 1
                && record.fields.iter().filter(|(_, value)| !value.is_empty()).count() == 1;
            match &mut last {
                Some(before) if goes_on => {
                    for ((_, value), (_, more)) in before.fields.iter_mut().zip(&record.fields) {
                        if !more.is_empty() && value.len() < super::super::lines::MAX_LINE {
                            value.push(' ');
                            value.push_str(more);
                        }
                    }
                }
                _ => {
                    out.extend(last.replace(record));
                    if out.len() >= MAX_RECORDS {
                        break;
                    }
                }
            }
        }
        out.extend(last);
    }

    /// Columns at which one cell ends and the next begins: between two rules, where every row has a blank.
    fn borders(&self, rows: &[Line<'_>]) -> Vec<usize> {
        let pairs = self.columns.iter().zip(self.columns.iter().skip(1));
        let mut free: Vec<Vec<bool>> =
            pairs.clone().map(|((_, _, end), (_, start, _))| vec![true; start.saturating_sub(*end)]).collect();
        for row in rows {
            let mut column = 0;
            let mut gap = 0;
            let ends: Vec<usize> = pairs.clone().map(|((_, _, end), _)| *end).collect();
            for c in row.text.chars() {
                let width = self.measure.of(c);
                for cell in column..column + width {
                    while free.get(gap).is_some_and(|f| ends.get(gap).is_some_and(|end| cell >= end + f.len())) {
                        gap += 1;
                    }
                    let inside = ends.get(gap).and_then(|end| cell.checked_sub(*end));
                    if let (false, Some(slot)) = (is_blank(c), inside.and_then(|at| free.get_mut(gap)?.get_mut(at))) {
                        *slot = false;
                    }
                }
                column += width;
            }
        }
        pairs
            .zip(&free)
            .map(|(((_, _, end), (_, start, _)), free)| {
                free.iter().rposition(|free| *free).map_or(*start, |at| end + at + 1)
            })
            .collect()
    }
}

fn cell(text: &str, measure: Measure, start: usize, end: usize) -> &str {
    let (from, to) = (measure.offset(text, start), measure.offset(text, end));
    text.get(from..to).unwrap_or("")
}
