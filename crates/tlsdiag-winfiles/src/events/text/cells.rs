//! An event from named values, as PowerShell's objects and tables of columns give them. Names are taken where they are
//! those of the object; otherwise a value's shape and its place among the others tell what it is.

use super::super::known::{Class, class_of, has};
use super::super::time::When;
use super::super::{Datum, Event, Place};
use super::dates::{Order, Stamp};
use super::shape::{prose, trim};

/// A value with the name of its column or property.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) value: String,
    /// The items, where the value is a list.
    pub(crate) list: Option<Vec<String>>,
    /// The point in time, where the form gives one that needs no reading.
    pub(crate) when: Option<When>,
}

impl Cell {
    pub(crate) fn new(name: &str, value: &str) -> Cell {
        Cell { name: name.to_owned(), value: value.to_owned(), list: None, when: None }
    }

    fn is(&self, names: &[&str]) -> bool {
        let name = trim(&self.name);
        names.iter().any(|n| n.eq_ignore_ascii_case(name))
    }
}

const PROVIDER: &[&str] = &["ProviderName", "Source", "Event Source"];
const ID: &[&str] = &["Id", "EventID", "Event ID"];
const TIME: &[&str] = &["TimeCreated", "TimeGenerated", "Date and Time", "TimeWritten"];
const COMPUTER: &[&str] = &["MachineName", "Computer", "PSComputerName"];
const STRINGS: &[&str] = &["Properties", "ReplacementStrings"];

/// The event that the cells tell; `None` where they name neither a provider nor an id of one that speaks of TLS.
pub(crate) fn event(cells: &[Cell], order: Option<Order>, place: Place) -> Option<Event> {
    let named = |names: &[&str]| cells.iter().position(|c| c.is(names) && !c.value.is_empty());
    let by_shape = || cells.iter().position(|c| class_of(&c.value) != Class::Other);
    let provider_at =
        match named(PROVIDER).filter(|k| cells.get(*k).is_some_and(|c| class_of(&c.value) != Class::Other)) {
            Some(k) => Some(k),
            None => by_shape().or_else(|| named(PROVIDER)),
        };
    let provider = provider_at.and_then(|k| cells.get(k)).map(|c| trim(&c.value).to_owned()).unwrap_or_default();
    let class = class_of(&provider);
    let id_at = id_place(cells, class);
    let id = id_at.and_then(|k| cells.get(k)).and_then(|c| id_of(&c.value, class)).unwrap_or(0);
    let mut event = Event { provider, id, place, ..Event::default() };
    if event.provider.is_empty() {
        if !has(Class::Schannel, id) {
            return None;
        }
        event.provider = "Schannel".to_owned();
        event.inferred = true;
    }
    let dated = |c: &Cell| c.when.is_some() || stamp(c).is_some_and(|s| s.date.is_some());
    let time_at = cells.iter().position(|c| c.is(TIME) && dated(c)).or_else(|| cells.iter().position(dated));
    if let Some(cell) = time_at.and_then(|k| cells.get(k)) {
        let clock = cells.iter().filter_map(stamp).find(|s| s.date.is_none()).and_then(|s| s.clock);
        event.time = cell.when.or_else(|| stamp(cell).and_then(|s| s.when(order, clock)));
        if event.time.is_none() {
            event.time_raw = Some(trim(&cell.value).to_owned());
        }
    }
    event.message = message(cells);
    event.computer = computer(cells, id_at, time_at).map(str::to_owned);
    event.data = strings(cells);
    for cell in cells {
        let value = trim(&cell.value);
        if cell.is(&["RecordId", "Index"]) {
            event.record = event.record.or(value.parse().ok());
        } else if cell.is(&["ProcessId"]) {
            event.process = value.parse().ok();
        } else if cell.is(&["Level"]) {
            event.level = value.parse().ok();
        } else if cell.is(&["LogName"]) && !value.is_empty() {
            event.channel = Some(value.to_owned());
        } else if cell.is(&["Qualifiers"]) {
            event.qualifiers = value.parse().ok();
        } else if cell.is(&["Data"]) {
            let octets: Option<Vec<u8>> = cell.list.as_ref().map(|l| l.iter().map_while(|n| n.parse().ok()).collect());
            event.binary = octets.filter(|o| !o.is_empty());
        }
        if event.user.is_none() && sid_shape(value) {
            event.user = Some(value.to_owned());
        }
    }
    Some(event)
}

pub(crate) fn stamp(cell: &Cell) -> Option<Stamp> {
    Stamp::of(&cell.value)
}

pub(crate) fn sid_shape(value: &str) -> bool {
    value.starts_with("S-1-") && value.len() < 200 && value.bytes().skip(4).all(|b| b.is_ascii_digit() || b == b'-')
}

/// Which cell holds the event id.
fn id_place(cells: &[Cell], class: Class) -> Option<usize> {
    let fits = |c: &Cell| id_of(&c.value, class).is_some_and(|id| has(class, id));
    cells
        .iter()
        .position(|c| c.is(ID) && (class == Class::Other || fits(c)))
        .or_else(|| cells.iter().position(|c| c.is(ID) && trim(&c.value).parse::<u32>().is_ok()))
        .or_else(|| cells.iter().position(|c| c.is(&["InstanceId"]) && fits(c)))
        .or_else(|| if class == Class::Other { None } else { cells.iter().position(fits) })
        .or_else(|| {
            cells.iter().position(|c| id_of(&c.value, Class::Schannel).is_some_and(|id| has(Class::Schannel, id)))
        })
}

/// An id, or a message id whose upper half holds severity and facility.
pub(crate) fn id_of(value: &str, class: Class) -> Option<u32> {
    let number: u64 = trim(value).parse().ok()?;
    let number = u32::try_from(number).ok()?;
    if number > 0xffff && class != Class::Other && number >> 16 & 0x3000 == 0 && has(class, number & 0xffff) {
        return Some(number & 0xffff);
    }
    Some(number)
}

fn message(cells: &[Cell]) -> Option<String> {
    let by_name = cells.iter().find(|c| c.is(&["Message", "Description"]) && !trim(&c.value).is_empty());
    let cell = by_name.or_else(|| cells.iter().filter(|c| prose(&c.value)).max_by_key(|c| c.value.len()))?;
    Some(trim(&cell.value).to_owned())
}

pub(crate) fn host_shape(value: &str) -> bool {
    let value = trim(value);
    (1..=255).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && value.bytes().any(|b| b.is_ascii_alphanumeric())
        && !value.eq_ignore_ascii_case("n/a")
}

/// The computer: by its name, or by its place beside the id, the account and the time.
fn computer(cells: &[Cell], id_at: Option<usize>, time_at: Option<usize>) -> Option<&str> {
    let value = |k: usize| cells.get(k).map(|c| trim(&c.value)).filter(|v| host_shape(v));
    if let Some(k) = cells.iter().position(|c| c.is(COMPUTER)) {
        return value(k);
    }
    let (id_at, time_at) = (id_at?, time_at?);
    let number = |k: usize| cells.get(k).is_some_and(|c| trim(&c.value).parse::<u64>().is_ok());
    // Get-WinEvent: …, process, thread, machine, account, time, …
    if time_at >= 4 && number(time_at - 4) && number(time_at - 3) {
        return value(time_at - 2);
    }
    // Get-EventLog: id, machine, …
    if id_at == 0 && cells.len() >= 12 {
        return value(1);
    }
    // Event Viewer of 2003: date, time, source, type, category, id, account, machine
    if time_at == 0 && id_at == 5 {
        return value(7);
    }
    None
}

fn strings(cells: &[Cell]) -> Vec<Datum> {
    let list = cells.iter().find(|c| c.is(STRINGS) && c.list.is_some()).and_then(|c| c.list.clone());
    let list = list.or_else(|| cells.iter().find_map(|c| braces(&c.value)));
    list.unwrap_or_default().into_iter().map(|value| Datum { name: None, value }).collect()
}

/// The strings of `{server, 0x8009030d, 10001}`, as PowerShell prints a list.
pub(crate) fn braces(value: &str) -> Option<Vec<String>> {
    let inner = trim(value).strip_prefix('{')?.strip_suffix('}')?;
    // Names of types, and a list that was cut short, tell nothing for sure.
    if inner.contains("System.") || inner.is_empty() || inner.ends_with("...") || inner.ends_with('…') {
        return None;
    }
    let guid = inner.len() == 36 && inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if guid { None } else { Some(inner.split(',').map(|s| trim(s).to_owned()).collect()) }
}
