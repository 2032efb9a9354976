//! Events as text: copies from Event Viewer, what wevtutil and PowerShell print, tables, JSON, CLIXML and XML.
//!
//! Labels are in any language, so that a value is known by its shape and by its place, never by its label.

mod cells;
pub(crate) mod clixml;
mod csv;
pub(crate) mod dates;
mod json;
mod listing;
mod message;
pub(crate) mod shape;
mod table;
pub(crate) mod xml;

use std::collections::BTreeSet;
use std::ops::Range;

use self::shape::{Lines, clean};
use super::known::{Class, class_of, has};
use super::{Event, Fault, FaultKind, Item, Place, Summary};

/// The form in which a text holds events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `Event` elements, with or without a root.
    Xml,
    /// Export-Clixml.
    Clixml,
    /// ConvertTo-Json.
    Json,
    /// Columns with a separator.
    Columns,
    /// Rows of a console table.
    Table,
    /// Lines of label and value.
    Lines,
    /// One message text alone.
    Message,
}

/// Octets of a text that are looked at to recognise it.
pub const SAMPLE: usize = 1 << 19;

/// What a text held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The form of its events.
    pub form: Form,
    /// How many there were, and from when to when.
    pub summary: Summary,
    /// The lines that they take, from 1, the last not included.
    pub lines: Vec<Range<u32>>,
}

/// The form in which a text holds events; `None` when it holds none that is known.
pub fn recognise(text: &str) -> Option<Form> {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = text.get(..end).unwrap_or_default();
    read(sample, &mut |_| {}).or_else(|| read_message(sample, &mut |_| {})).map(|reading| reading.form)
}

/// Gives the events of a text to the sink, in the order of the text. `None` when it holds no events of a known form; the
/// rest of the text may be anything else.
pub fn read(text: &str, sink: &mut dyn FnMut(Item)) -> Option<Reading> {
    let mut lines = Vec::new();
    let mut summary = Summary::default();
    let (form, others) = dispatch(text, &mut lines, &mut counting(&mut summary, sink))?;
    summary.records = summary.records.saturating_add(others);
    Some(Reading { form, summary, lines })
}

/// Reads a text that is one message and nothing else, without source or id. An event is given only where the numbers, or
/// the words of Windows' own English, can mean no other one; a message that speaks of TLS and does not tell which event it
/// is gives a fault with the numbers seen. `None` for any other text.
pub fn read_message(text: &str, sink: &mut dyn FnMut(Item)) -> Option<Reading> {
    let body: Vec<String> = text.lines().map(clean).collect();
    let filled: Vec<&String> = body.iter().filter(|l| !l.trim().is_empty()).collect();
    let columns = filled.iter().any(|l| l.trim().contains("   ") || l.contains('\t'));
    if filled.is_empty() || filled.len() > 12 || columns {
        return None;
    }
    let mut summary = Summary::default();
    let mut sink = counting(&mut summary, sink);
    match message::read(&body.join("\n"), Place::Line(1)) {
        message::Told::Event(event) => sink(Item::Event(event)),
        message::Told::Unknown(found) if shape::prose(&body.join(" ")) => sink(Item::Fault(Fault {
            place: Place::Line(1),
            kind: FaultKind::Malformed,
            expected: "an event's id, or numbers that tell it",
            found,
        })),
        _ => return None,
    }
    drop(sink);
    Some(Reading { form: Form::Message, summary, lines: vec![all_lines(text)] })
}

fn all_lines(text: &str) -> Range<u32> {
    1..u32::try_from(text.lines().count()).unwrap_or(u32::MAX - 1) + 1
}

/// A sink that counts what passes, and tells what is damaged in a message.
fn counting<'a>(summary: &'a mut Summary, sink: &'a mut dyn FnMut(Item)) -> impl FnMut(Item) + 'a {
    move |item| match item {
        Item::Event(event) => {
            summary.records += 1;
            summary.wanted += 1;
            if let Some(when) = event.time {
                summary.note_time(when);
            }
            if let Some(computer) = &event.computer {
                summary.note_computer(computer);
            }
            if let Some(channel) = &event.channel {
                summary.note_channel(channel);
            }
            for fault in doubts(&event) {
                summary.fault(sink, fault);
            }
            sink(Item::Event(event));
        }
        Item::Fault(fault) => summary.fault(sink, fault),
    }
}

/// The form, and how many events of other providers the text holds.
fn dispatch(text: &str, taken: &mut Vec<Range<u32>>, sink: &mut dyn FnMut(Item)) -> Option<(Form, u64)> {
    let lines = Lines::of_text(text);
    if text.contains("<Objs") {
        clixml::read(text, &lines, sink);
        taken.push(all_lines(text));
        return Some((Form::Clixml, 0));
    }
    if xml::next_event(text, 0).is_some_and(|s| text.get(s.start..s.end).is_some_and(|t| t.contains("<System"))) {
        mixed(text, &lines, taken, sink);
        return Some((Form::Xml, 0));
    }
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if start.starts_with(['[', '{']) {
        let mut events = 0u64;
        let read = json::read(text, &lines, &mut |item| {
            events += u64::from(matches!(item, Item::Event(_)));
            sink(item);
        });
        if read && events > 0 {
            taken.push(all_lines(text));
            return Some((Form::Json, 0));
        }
    }
    if let Some(separator) = csv::separator(text) {
        csv::read(text, separator, &lines, sink);
        taken.push(all_lines(text));
        return Some((Form::Columns, 0));
    }
    if table::is_table(text) {
        let mut rows = Vec::new();
        let count = table::read(text, &mut rows, sink);
        // What is no row may be events in lines.
        let of_rows: BTreeSet<u32> = rows.iter().cloned().flatten().collect();
        let others: Vec<&str> =
            text.lines().zip(1u32..).map(|(line, number)| if of_rows.contains(&number) { "" } else { line }).collect();
        taken.append(&mut rows);
        let held = listing::read(&others.join("\n"), 1, taken, sink);
        if count > 0 {
            return Some((Form::Table, held.others));
        }
    }
    let held = listing::read(text, 1, taken, sink);
    (held.events > 0 || held.others > 0).then_some((Form::Lines, held.others))
}

/// XML events, with the text that Event Viewer puts before each of them in a copy.
fn mixed(text: &str, lines: &Lines, taken: &mut Vec<Range<u32>>, sink: &mut dyn FnMut(Item)) {
    let mut at = 0;
    loop {
        let span = xml::next_event(text, at);
        let between = text.get(at..span.map_or(text.len(), |s| s.start)).unwrap_or_default();
        let mut copies: Vec<Event> = Vec::new();
        if between.lines().count() >= 5 {
            listing::read(between, lines.of(at), taken, &mut |item| {
                if let Item::Event(event) = item {
                    copies.push(*event);
                }
            });
        }
        let Some(span) = span else {
            copies.into_iter().for_each(|e| sink(Item::Event(Box::new(e))));
            return;
        };
        at = span.end;
        taken.push(lines.of(span.start)..lines.of(span.end.saturating_sub(1)) + 1);
        let read = xml::event(text, span, lines);
        // The last copy before the XML is the same event once more; it has the message, the XML has the values.
        let same = match (&read, copies.last()) {
            (Ok(event), Some(copy)) if copy.id == event.id && class_of(&copy.provider) == class_of(&event.provider) => {
                copies.pop()
            }
            _ => None,
        };
        copies.into_iter().for_each(|e| sink(Item::Event(Box::new(e))));
        match read {
            Ok(mut event) => {
                event.message = event.message.or(same.and_then(|c| c.message));
                sink(Item::Event(Box::new(event)));
            }
            Err(fault) => sink(Item::Fault(fault)),
        }
    }
}

/// A row whose cells name a provider that speaks of TLS and one of its ids, or the names of such cells.
fn known_row(fields: &[String]) -> bool {
    let named = |name: &str| fields.iter().any(|f| f.trim().eq_ignore_ascii_case(name));
    if named("ProviderName") && named("Id") || named("Source") && (named("EventID") || named("InstanceId")) {
        return true;
    }
    fields.iter().any(|f| {
        let class = class_of(f);
        class != Class::Other && fields.iter().any(|g| cells::id_of(g, class).is_some_and(|id| has(class, id)))
    })
}

/// What in an event's message is hidden or damaged.
fn doubts(event: &Event) -> Vec<Fault> {
    let masked = event.message.as_deref().and_then(shape::masked_code);
    masked
        .map(|found| Fault {
            place: event.place,
            kind: FaultKind::Malformed,
            expected: "a code of eight hex digits",
            found: found.to_owned(),
        })
        .into_iter()
        .collect()
}
