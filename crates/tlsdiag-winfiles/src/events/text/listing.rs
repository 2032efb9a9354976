//! Events as lines of a label and a value: Event Viewer's copies of 2003 and of 2008 and later, `wevtutil qe /f:text`,
//! and PowerShell's Format-List. A line's value is known by its shape and by its place among the others; labels may be in
//! any language.

use std::ops::Range;

use super::super::known::{Class, class_of, has};
use super::super::{Datum, Event, Item, Place};
use super::cells::{braces, host_shape, id_of, sid_shape};
use super::dates::{Order, Orders, Stamp};
use super::shape::{clean, last_tail, prose, provider_value, tails, trim};

/// Octets kept of a line; messages of one line are far shorter.
const LONGEST: usize = 8192;
/// Lines kept of one event.
const BLOCK: usize = 600;

#[derive(Debug, Clone)]
struct Line {
    number: u32,
    text: String,
    indented: bool,
    stamp: Option<Stamp>,
}

impl Line {
    fn of(number: u32, raw: &str) -> Line {
        let end = (0..=raw.len().min(LONGEST)).rev().find(|k| raw.is_char_boundary(*k)).unwrap_or(0);
        let text = clean(raw.get(..end).unwrap_or_default());
        let indented = text.starts_with("    ") || text.starts_with("\t\t");
        let stamp = stamp_value(&text);
        Line { number, text, indented, stamp }
    }

    fn dated(&self) -> bool {
        self.stamp.is_some_and(|s| s.date.is_some())
    }

    fn clock_only(&self) -> bool {
        self.stamp.is_some_and(|s| s.date.is_none())
    }

    fn id(&self, class: Class) -> Option<u32> {
        tails(&self.text).rev().find_map(|t| if t.bytes().all(|b| b.is_ascii_digit()) { id_of(t, class) } else { None })
    }

    /// A label with a value that is no sentence.
    fn header(&self) -> bool {
        match tails(&self.text).next() {
            Some(value) => !prose(value) || self.stamp.is_some(),
            None => false,
        }
    }
}

/// The date, time or both that a line has as its value.
fn stamp_value(line: &str) -> Option<Stamp> {
    if !line.bytes().any(|b| b.is_ascii_digit()) || line.len() > 400 {
        return None;
    }
    tails(line).rev().find_map(Stamp::of)
}

/// What the lines of a text held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Events of providers that speak of TLS.
    pub(crate) events: u64,
    /// Events of other providers, known by a date beside a number.
    pub(crate) others: u64,
}

/// Gives the events of a text to the sink; `first` is the number of its first line. `taken` gets the lines of the events.
pub(crate) fn read(text: &str, first: u32, taken: &mut Vec<Range<u32>>, sink: &mut dyn FnMut(Item)) -> Held {
    let mut orders = Orders::default();
    for line in text.lines() {
        if let Some(stamp) = stamp_value(line) {
            orders.note(&stamp);
        }
    }
    let mut held = Held::default();
    let mut pending: Vec<Line> = Vec::new();
    let mut paragraph: Vec<Line> = Vec::new();
    let mut flush = |block: &mut Vec<Line>, held: &mut Held, sink: &mut dyn FnMut(Item)| {
        let lines = block.first().map_or(0, |l| l.number)..block.last().map_or(0, |l| l.number + 1);
        match event(block, orders.settled()) {
            Some(event) => {
                held.events += 1;
                taken.push(lines);
                sink(Item::Event(Box::new(event)));
            }
            None if looks_like_event(block) => {
                held.others += 1;
                taken.push(lines);
            }
            None => {}
        }
        block.clear();
    };
    for (k, raw) in text.lines().chain([""]).enumerate() {
        let number = first.saturating_add(u32::try_from(k).unwrap_or(u32::MAX));
        if !trim(raw).is_empty() && paragraph.len() < BLOCK {
            paragraph.push(Line::of(number, raw));
            continue;
        }
        if paragraph.is_empty() {
            continue;
        }
        let groups = anchors(&paragraph);
        if groups.is_empty() {
            if !pending.is_empty() {
                if pending.len() < BLOCK && continues(&pending, &paragraph) {
                    pending.append(&mut paragraph);
                } else {
                    flush(&mut pending, &mut held, sink);
                }
            }
            paragraph.clear();
            continue;
        }
        let mut starts = Vec::new();
        for (j, (from, _)) in groups.iter().enumerate() {
            let floor = j.checked_sub(1).and_then(|p| groups.get(p)).map_or(0, |(_, last)| last + 2);
            starts.push(if j == 0 { 0 } else { walk_up(&paragraph, *from, floor) });
        }
        let mut rest = std::mem::take(&mut paragraph);
        let mut parts = Vec::new();
        for start in starts.iter().rev() {
            parts.push(rest.split_off((*start).min(rest.len())));
        }
        for part in parts.into_iter().rev() {
            if !pending.is_empty() {
                flush(&mut pending, &mut held, sink);
            }
            pending = part;
        }
    }
    if !pending.is_empty() {
        flush(&mut pending, &mut held, sink);
    }
    held
}

/// Whether a paragraph goes on with the message of the event before it: sentences, a dump of the event's data, or the
/// list of values that events 36868 and 36880 have.
fn continues(event: &[Line], paragraph: &[Line]) -> bool {
    let Some(first) = paragraph.first() else { return false };
    let listed = event.iter().any(|l| matches!(l.id(Class::Schannel), Some(36868 | 36880)));
    let all = |test: &dyn Fn(&Line) -> bool| paragraph.iter().all(test);
    let dump = |l: &Line| dumped(&l.text).is_some();
    let label_alone = last_tail(&first.text).is_some_and(str::is_empty);
    listed && all(&|l| tails(&l.text).next().is_some())
        || prose(&first.text) && !first.text.contains(" : ") && paragraph.len() <= 12
        || dump(first)
        || label_alone && paragraph.get(1).is_some_and(dump)
}

/// The octets of one line of a dump of the event's data: an offset of four digits, then octets, or words of four octets
/// with the highest first; what stands beside them as text is left out.
fn dumped(line: &str) -> Option<Vec<u8>> {
    let (offset, rest) = line.trim_start().split_once(':')?;
    if offset.len() != 4 || !offset.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let rest = rest.trim_start();
    let columns = rest.find("  ").map_or(rest, |k| rest.get(..k).unwrap_or_default());
    let mut out = Vec::new();
    for word in columns.split_whitespace().take(16) {
        match (word.len(), u32::from_str_radix(word, 16)) {
            (2, Ok(octet)) => out.push(u8::try_from(octet).ok()?),
            (8, Ok(word)) => out.extend_from_slice(&word.to_le_bytes()),
            _ => break,
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The lines around which events of a paragraph lie: dates, or else providers, or else ids of Schannel. Neighbours count
/// once, as an event may have two dates.
fn anchors(lines: &[Line]) -> Vec<(usize, usize)> {
    let dates = |l: &Line| l.dated();
    let providers = |l: &Line| provider_value(&l.text).is_some();
    let ids = |l: &Line| l.id(Class::Schannel).is_some_and(|id| has(Class::Schannel, id));
    let tests: [&dyn Fn(&Line) -> bool; 3] = [&dates, &providers, &ids];
    for test in tests {
        let mut groups: Vec<(usize, usize)> = Vec::new();
        for (k, _) in lines.iter().enumerate().filter(|(_, l)| test(l)) {
            match groups.last_mut() {
                Some((_, last)) if *last + 1 == k => *last = k,
                _ => groups.push((k, k)),
            }
        }
        if !groups.is_empty() {
            return groups;
        }
    }
    Vec::new()
}

/// Where the event around a line begins: at most five label lines above it.
fn walk_up(lines: &[Line], from: usize, floor: usize) -> usize {
    let mut start = from;
    while start > floor && from - start < 5 {
        match lines.get(start - 1) {
            Some(line) if line.header() && !line.indented => start -= 1,
            _ => break,
        }
    }
    start
}

fn looks_like_event(lines: &[Line]) -> bool {
    let Some(date) = lines.iter().position(Line::dated) else { return false };
    let number = |k: Option<usize>| {
        k.and_then(|k| lines.get(k)).and_then(|l| l.id(Class::Other)).is_some_and(|n| (1..=65_535).contains(&n))
    };
    lines.len() >= 6
        && (number(date.checked_add(1)) || number(date.checked_sub(1)))
        && lines.iter().filter(|l| l.header()).count() >= 5
}

fn event(lines: &[Line], order: Option<Order>) -> Option<Event> {
    let date = lines.iter().position(Line::dated);
    let clock = date.map(|d| d + 1).filter(|k| lines.get(*k).is_some_and(Line::clock_only));
    let provider = lines
        .iter()
        .enumerate()
        .filter_map(|(k, l)| provider_value(&l.text).map(|p| (k, p)))
        .min_by_key(|(k, _)| date.map_or(*k, |d| d.abs_diff(*k)));
    let class = provider.map_or(Class::Schannel, |(_, p)| class_of(p));
    let fits = |k: usize| lines.get(k).and_then(|l| l.id(class)).filter(|id| has(class, *id)).map(|id| (k, id));
    let beside = date.and_then(|d| fits(d + 1).or_else(|| d.checked_sub(1).and_then(fits)));
    let named = || {
        (0..lines.len()).find(|k| {
            let text = lines.get(*k).map_or("", |l| l.text.as_str());
            let label = trim(text.split(':').next().unwrap_or_default());
            ["Id", "EventID", "Event ID"].iter().any(|n| n.eq_ignore_ascii_case(label)) && fits(*k).is_some()
        })
    };
    let id = beside.or_else(|| named().and_then(fits)).or_else(|| (0..lines.len()).find_map(fits));
    let (id_at, id) = match (id, provider) {
        (Some((k, id)), _) => (Some(k), id),
        (None, Some(_)) => {
            let other = date.and_then(|d| lines.get(d + 1).or(d.checked_sub(1).and_then(|k| lines.get(k))));
            (None, other.and_then(|l| l.id(class)).unwrap_or(0))
        }
        (None, None) => return None,
    };
    let mut event = Event { id, place: Place::Line(lines.first()?.number), ..Event::default() };
    match provider {
        Some((_, name)) => event.provider = name.to_owned(),
        None => {
            event.provider = "Schannel".to_owned();
            event.inferred = true;
        }
    }
    if let Some(line) = date.and_then(|d| lines.get(d)) {
        let clock = clock.and_then(|k| lines.get(k)).and_then(|l| l.stamp).and_then(|s| s.clock);
        event.time = line.stamp.and_then(|s| s.when(order, clock));
        if event.time.is_none() {
            event.time_raw = tails(&line.text).rev().find(|t| Stamp::of(t).is_some()).map(str::to_owned);
        }
    }
    let described = description(lines, date, clock, id_at, provider.map(|(k, _)| k));
    let before =
        |k: Option<usize>| k.and_then(|k| lines.get(k)).and_then(|l| last_tail(&l.text)).filter(|t| host_shape(t));
    event.computer = match (described, id_at, clock) {
        (_, _, Some(clock)) => before(Some(clock + 2)).filter(|_| described == Some(clock + 3)),
        (Some(at), Some(id), None) if at == id + 6 || at == id + 8 => before(at.checked_sub(1)),
        _ => date.and_then(|d| machine_among_properties(lines, d)),
    }
    .map(str::to_owned);
    let head = lines.get(..described.unwrap_or(lines.len())).unwrap_or_default();
    event.user = lines.iter().filter_map(|l| last_tail(&l.text)).find(|t| sid_shape(t)).map(str::to_owned);
    if let (Some((src, _)), Some(date)) = (provider, date)
        && src + 1 == date
    {
        let channel = src.checked_sub(1).and_then(|k| head.get(k)).and_then(|l| last_tail(&l.text));
        event.channel = channel.filter(|c| !c.is_empty() && !c.contains(char::is_whitespace)).map(str::to_owned);
    }
    let dump: Vec<u8> = lines.iter().skip(described.unwrap_or(0)).filter_map(|l| dumped(&l.text)).flatten().collect();
    event.binary = Some(dump).filter(|d| !d.is_empty());
    event.message = described.map(|at| message(lines, at)).filter(|m| !m.is_empty());
    event.data = lines
        .iter()
        .enumerate()
        .find_map(|(k, line)| list_value(lines, k, line))
        .unwrap_or_default()
        .into_iter()
        .map(|value| Datum { name: None, value })
        .collect();
    Some(event)
}

/// Where PowerShell lists every property, process, thread, machine and account stand above the time in this order.
fn machine_among_properties(lines: &[Line], date: usize) -> Option<&str> {
    let number = |k: usize| {
        let value = date.checked_sub(k).and_then(|k| lines.get(k)).and_then(|l| last_tail(&l.text));
        value.is_some_and(|v| v.parse::<u32>().is_ok())
    };
    let machine = lines.get(date.checked_sub(2)?)?;
    last_tail(&machine.text).filter(|t| number(3) && number(4) && host_shape(t))
}

/// A list in braces, over several lines where the console broke it.
fn list_value(lines: &[Line], at: usize, line: &Line) -> Option<Vec<String>> {
    let value = tails(&line.text).find(|t| t.starts_with('{'))?;
    let mut whole = value.to_owned();
    for next in lines.get(at + 1..)?.iter().take(20).take_while(|l| l.indented) {
        if whole.ends_with('}') {
            break;
        }
        whole.push(' ');
        whole.push_str(trim(&next.text));
    }
    braces(&whole)
}

/// The line at which the message begins: by its place below id or time where the form is whole, else by the first words
/// that make a sentence.
fn description(
    lines: &[Line],
    date: Option<usize>,
    clock: Option<usize>,
    id: Option<usize>,
    provider: Option<usize>,
) -> Option<usize> {
    let empty = |k: &usize| lines.get(*k).is_some_and(|l| !l.indented && last_tail(&l.text).is_some_and(str::is_empty));
    let opens = |k: &usize| lines.get(*k).is_some_and(|l| !l.indented && tails(&l.text).any(prose));
    let places: &[usize] = match (clock, id, date) {
        (Some(clock), _, _) => &[clock + 3],
        (None, Some(id), Some(date)) if id == date + 1 => &[id + 6, id + 8],
        _ => &[],
    };
    if let Some(k) = places.iter().find(|k| empty(k)).or_else(|| places.iter().find(|k| opens(k))) {
        return Some(*k);
    }
    let after = [date, clock, id, provider].into_iter().flatten().max().map_or(0, |k| k + 1);
    let sentence = |k: &usize| {
        lines.get(*k).is_some_and(|l| {
            l.stamp.is_none() && (prose(&l.text) && tails(&l.text).next().is_none() || tails(&l.text).any(prose))
        })
    };
    let opening =
        |k: &usize| lines.get(*k).is_some_and(|l| last_tail(&l.text).is_some_and(str::is_empty)) && sentence(&(k + 1));
    (after..lines.len()).find(|k| opening(k) || sentence(k)).or_else(|| (0..lines.len()).find(sentence))
}

/// The message from that line on. In a list with ` : ` before its values the message ends at the next property.
fn message(lines: &[Line], at: usize) -> String {
    let mut out = String::new();
    let Some(first) = lines.get(at) else { return out };
    out.push_str(tails(&first.text).next().unwrap_or(trim(&first.text)));
    let listed = first.text.contains(" : ") && lines.get(at + 1).is_some_and(|l| l.indented || l.text.contains(" : "));
    for line in lines.get(at + 1..).unwrap_or_default() {
        if listed && !line.indented && line.header() {
            break;
        }
        if dumped(&line.text).is_some() {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(trim(&line.text));
    }
    out
}
