//! JSON as ConvertTo-Json writes it: one object, a list of them, or one after the other; dates as `/Date(ms)/` too.

use super::super::time::When;
use super::super::{Fault, FaultKind, Item, Place};
use super::cells::{Cell, event};
use super::dates::{Orders, Stamp};
use super::shape::Lines;

/// How deep values may lie in each other.
const DEPTH: usize = 64;

/// A value; members stay in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Plain(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Broken = (usize, &'static str, bool);

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace())
            || self.text.get(self.at..).is_some_and(|t| t.starts_with('\u{feff}'))
        {
            self.at += if self.peek().is_some_and(|b| b.is_ascii_whitespace()) { 1 } else { 3 };
        }
    }

    fn broken<T>(&self, expected: &'static str) -> Result<T, Broken> {
        Err((self.at, expected, self.peek().is_none()))
    }

    fn value(&mut self, depth: usize) -> Result<Json, Broken> {
        if depth > DEPTH {
            return self.broken("at most 64 values in each other");
        }
        self.blank();
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                let mut members = Vec::new();
                loop {
                    self.blank();
                    match self.peek() {
                        Some(b'}') => {
                            self.at += 1;
                            return Ok(Json::Object(members));
                        }
                        Some(b',') => self.at += 1,
                        Some(b'"') => {
                            let name = self.string()?;
                            self.blank();
                            if self.peek() != Some(b':') {
                                return self.broken("a colon after a name");
                            }
                            self.at += 1;
                            members.push((name, self.value(depth + 1)?));
                        }
                        _ => return self.broken("a name or the end of an object"),
                    }
                }
            }
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.blank();
                    match self.peek() {
                        Some(b']') => {
                            self.at += 1;
                            return Ok(Json::List(items));
                        }
                        Some(b',') => self.at += 1,
                        Some(_) => items.push(self.value(depth + 1)?),
                        None => return self.broken("the end of a list"),
                    }
                }
            }
            Some(b'"') => self.string().map(Json::Text),
            Some(b) if b.is_ascii_alphanumeric() || b == b'-' => {
                let start = self.at;
                while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
                    self.at += 1;
                }
                let word = self.text.get(start..self.at).unwrap_or_default();
                Ok(if word == "null" { Json::Null } else { Json::Plain(word.to_owned()) })
            }
            _ => self.broken("a value"),
        }
    }

    fn string(&mut self) -> Result<String, Broken> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(k) = rest.find(['"', '\\']) else {
                self.at = self.text.len();
                return self.broken("the end of a string");
            };
            out.push_str(rest.get(..k).unwrap_or_default());
            self.at += k + 1;
            if rest.as_bytes().get(k) == Some(&b'"') {
                return Ok(out);
            }
            let escape = self.peek();
            self.at += 1;
            match escape {
                Some(b'n') => out.push('\n'),
                Some(b'r') => out.push('\r'),
                Some(b't') => out.push('\t'),
                Some(b'b') => out.push('\u{8}'),
                Some(b'f') => out.push('\u{c}'),
                Some(b'u') => {
                    let unit = self.unit()?;
                    let more = self.text.get(self.at..).is_some_and(|t| t.starts_with("\\u"));
                    if (0xd800..0xdc00).contains(&unit) && more {
                        self.at += 2;
                        let low = self.unit()?;
                        out.push_str(&String::from_utf16_lossy(&[unit, low]));
                    } else {
                        out.push_str(&String::from_utf16_lossy(&[unit]));
                    }
                }
                Some(b) if b.is_ascii() => out.push(char::from(b)),
                _ => {
                    self.at -= 1;
                    return self.broken("an escape");
                }
            }
        }
    }

    fn unit(&mut self) -> Result<u16, Broken> {
        match self.text.get(self.at..self.at + 4).and_then(|d| u16::from_str_radix(d, 16).ok()) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => self.broken("four hex digits"),
        }
    }
}

/// Gives the events of a JSON text to the sink, one object at a time; false when its start is no JSON of objects.
pub(crate) fn read(text: &str, lines: &Lines, sink: &mut dyn FnMut(Item)) -> bool {
    let mut parser = Parser { text, at: 0 };
    parser.blank();
    let listed = parser.peek() == Some(b'[');
    if listed {
        parser.at += 1;
    }
    let mut rows: Vec<(Vec<Cell>, Place)> = Vec::new();
    let mut orders = Orders::default();
    let mut any = false;
    loop {
        parser.blank();
        match parser.peek() {
            None => {
                if listed && any {
                    sink(Item::Fault(fault(lines, parser.at, "the end of a list", true)));
                }
                break;
            }
            Some(b']') if listed => break,
            Some(b',') => {
                parser.at += 1;
                continue;
            }
            _ => {}
        }
        let place = Place::Line(lines.of(parser.at));
        match parser.value(0) {
            Ok(Json::Object(members)) => {
                any = true;
                let cells: Vec<Cell> = members.into_iter().map(|(name, value)| cell(name, value)).collect();
                cells.iter().filter_map(|c| Stamp::of(&c.value)).for_each(|s| orders.note(&s));
                rows.push((cells, place));
            }
            Ok(_) => {}
            Err((at, expected, cut)) => {
                if any || cut {
                    sink(Item::Fault(fault(lines, at, expected, cut)));
                }
                break;
            }
        }
    }
    for (cells, place) in rows {
        if let Some(event) = event(&cells, orders.settled(), place) {
            sink(Item::Event(Box::new(event)));
        }
    }
    any
}

fn fault(lines: &Lines, at: usize, expected: &'static str, cut: bool) -> Fault {
    let kind = if cut { FaultKind::CutOff } else { FaultKind::Malformed };
    let found = if cut { "the end of the text" } else { "something else" };
    Fault { place: Place::Line(lines.of(at)), kind, expected, found: found.to_owned() }
}

fn cell(name: String, value: Json) -> Cell {
    let mut cell = Cell { name, ..Cell::default() };
    match value {
        Json::List(items) => cell.list = Some(items.into_iter().map(scalar).collect()),
        other => cell.value = scalar(other),
    }
    cell.when = date(&cell.value);
    cell
}

/// A value as text; of an object the member that holds its value, whatever it is called.
fn scalar(value: Json) -> String {
    match value {
        Json::Null | Json::List(_) => String::new(),
        Json::Plain(text) | Json::Text(text) => text,
        Json::Object(mut members) => {
            let k = members.iter().position(|(name, _)| name.eq_ignore_ascii_case("value"));
            let k = k.or(if members.len() == 1 { Some(0) } else { None });
            match k {
                Some(k) => scalar(members.swap_remove(k).1),
                None => String::new(),
            }
        }
    }
}

/// `/Date(1606209153000)/`, with or without an offset, which does not move the point in time.
fn date(text: &str) -> Option<When> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner.char_indices().skip(1).find(|(_, c)| !c.is_ascii_digit()).map_or(inner.len(), |(k, _)| k);
    Some(When { unix_ms: inner.get(..end)?.parse().ok()?, ticks: 0, local: false })
}
