//! Events as rows of a console table: Get-WinEvent below a line that names the provider, and Get-EventLog.

use std::ops::Range;

use super::super::known::{Class, class_of, has};
use super::super::{Event, Item, Place};
use super::cells::id_of;
use super::dates::{Orders, Stamp};
use super::shape::{provider_value, trim};

/// A row that was recognised.
struct Row<'a> {
    provider: &'a str,
    id: u32,
    record: Option<u64>,
    date: &'a str,
    message: &'a str,
}

/// Whether the text has at least one row of such a table.
pub(crate) fn is_table(text: &str) -> bool {
    let mut group = None;
    text.lines().take(20_000).any(|line| {
        let found = row(line, group).is_some();
        if let Some(provider) = group_line(line) {
            group = Some(provider);
        }
        found
    })
}

/// Gives the events of a table to the sink. `taken` gets the lines of the table.
pub(crate) fn read(text: &str, taken: &mut Vec<Range<u32>>, sink: &mut dyn FnMut(Item)) -> u64 {
    let mut orders = Orders::default();
    let mut group = None;
    for line in text.lines() {
        if let Some(found) = row(line, group) {
            if let Some(stamp) = Stamp::of(found.date) {
                orders.note(&stamp);
            }
        } else if let Some(provider) = group_line(line) {
            group = Some(provider);
        }
    }
    group = None;
    let mut count = 0;
    let mut open: Option<Event> = None;
    for (k, line) in text.lines().enumerate() {
        let number = u32::try_from(k + 1).unwrap_or(u32::MAX - 1);
        let Some(found) = row(line, group) else {
            match group_line(line) {
                Some(provider) => {
                    group = Some(provider);
                    taken.push(number..number + 1);
                }
                None if rule(line) => {
                    // The line of dashes, and the names of the columns above it.
                    taken.push(number.saturating_sub(1)..number + 1);
                }
                None => {
                    // A wrapped message goes on below its column.
                    if let Some(event) =
                        open.as_mut().filter(|_| line.starts_with("                ") && !trim(line).is_empty())
                        && let Some(message) = event.message.as_mut()
                    {
                        message.push('\n');
                        message.push_str(trim(line));
                        taken.push(number..number + 1);
                    }
                }
            }
            continue;
        };
        if let Some(event) = open.take() {
            sink(Item::Event(Box::new(event)));
        }
        count += 1;
        taken.push(number..number + 1);
        let time = Stamp::of(found.date).and_then(|s| s.when(orders.settled(), None));
        open = Some(Event {
            provider: found.provider.to_owned(),
            id: found.id,
            record: found.record,
            time,
            time_raw: if time.is_none() { Some(found.date.to_owned()).filter(|d| !d.is_empty()) } else { None },
            message: Some(found.message.to_owned()),
            place: Place::Line(number),
            ..Event::default()
        });
    }
    if let Some(event) = open {
        sink(Item::Event(Box::new(event)));
    }
    count
}

/// A line of dashes below the names of columns.
fn rule(line: &str) -> bool {
    let mut words = line.split_whitespace().peekable();
    words.peek().is_some() && words.all(|w| w.bytes().all(|b| b == b'-'))
}

/// A line that names the provider of the rows below it, and nothing else.
fn group_line(line: &str) -> Option<&str> {
    if line.starts_with(char::is_whitespace) { provider_value(line) } else { None }
}

fn row<'a>(line: &'a str, group: Option<&'a str>) -> Option<Row<'a>> {
    if !line.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let words: Vec<(usize, &str)> = words(line).take(24).collect();
    // Get-EventLog: number, time, type, source, message id, message
    let named = words.iter().position(|(_, w)| class_of(w) != Class::Other);
    if let Some(k) = named.filter(|k| *k > 0) {
        let (at, provider) = *words.get(k)?;
        let class = class_of(provider);
        if let Some((id_at, word)) = words.get(k + 1)
            && let Some(id) = id_of(word, class).filter(|id| has(class, *id))
        {
            let before = line.get(..at)?;
            let (record, rest) = match words.first() {
                Some((start, word)) if word.bytes().all(|b| b.is_ascii_digit()) => {
                    (word.parse().ok(), before.get(start + word.len()..)?)
                }
                _ => (None, before),
            };
            let message = trim(line.get(id_at + word.len()..)?);
            return Some(Row { provider, id, record, date: dated_prefix(rest)?, message });
        }
    }
    let provider = group?;
    let class = class_of(provider);
    let (at, word, id) = words.iter().find_map(|(at, word)| {
        let id = id_of(word, class).filter(|id| has(class, *id))?;
        let date = trim(line.get(..*at)?);
        Stamp::of(date).filter(|s| s.date.is_some())?;
        Some((*at, *word, id))
    })?;
    let message = trim(line.get(at + word.len()..)?);
    Some(Row { provider, id, record: None, date: trim(line.get(..at)?), message })
}

/// The longest start of the text that is a date with a time.
fn dated_prefix(text: &str) -> Option<&str> {
    let mut ends: Vec<usize> = words(text).map(|(k, w)| k + w.len()).collect();
    ends.reverse();
    let whole = |end: &usize| text.get(..*end).map(trim).filter(|t| Stamp::of(t).is_some_and(|s| s.date.is_some()));
    // A word behind the time that is no half of the day is the type of the event.
    let shortest = ends
        .iter()
        .rev()
        .find_map(|e| whole(e).filter(|t| Stamp::of(t).is_some_and(|s| s.clock.is_some() || s.is_exact())));
    let longer = shortest.and_then(|s| {
        let longer = ends.iter().rev().filter_map(whole).find(|t| t.len() > s.len())?;
        let (a, b) = (Stamp::of(s)?, Stamp::of(longer)?);
        if a.clock != b.clock && !b.doubtful() { Some(longer) } else { None }
    });
    longer.or(shortest)
}

fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split_whitespace().map(move |w| (w.as_ptr() as usize - line.as_ptr() as usize, w))
}
