//! CLIXML (Export-Clixml, and what powershell.exe writes to another process): objects with named properties.
use super::super::lines::Text;
use super::{Joined, MAX_RECORDS, Record};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, escape};

/// Levels of elements that are followed; what nests deeper is passed over.
const DEPTH: usize = 64;

pub(super) fn read(text: &Text<'_>) -> Vec<Record> {
    let joined = Joined::of(text);
    let start =
        joined.text.find('<').map_or(0, |at| if joined.text.get(at..at + 2) == Some("< ") { at + 1 } else { at });
    let body = joined.text.get(start..).and_then(|t| t.find("<Objs").map(|at| start + at)).unwrap_or(start);
    let Some(xml) = joined.text.get(body..) else { return Vec::new() };
    let mut reader = Reader::from_str(xml);
    let mut out = Vec::new();
    // names of the elements that are open: `Some` if they have a property name
    let mut open: Vec<(bool, Option<String>)> = Vec::new();
    let mut record: Option<Record> = None;
    let mut value = String::new();
    while let Ok(event) = reader.read_event() {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(0);
        match event {
            Event::Start(element) => {
                let object = element.name().as_ref() == b"Obj";
                if object && record.is_none() {
                    record = Some(Record { line: joined.line(body.saturating_add(at)), ..Record::default() });
                }
                value.clear();
                if open.len() >= DEPTH {
                    break;
                }
                open.push((object, name(&element)));
            }
            Event::Empty(element) => {
                if let (Some(record), Some(name)) = (&mut record, name(&element)) {
                    let line = record.line;
                    record.push(&path(&open, &name), "", line);
                }
            }
            Event::Text(text) => {
                let text = String::from_utf8_lossy(&text);
                value.push_str(&escape::unescape(&text).unwrap_or(text.as_ref().into()));
            }
            Event::GeneralRef(entity) => {
                let raw = format!("&{};", String::from_utf8_lossy(&entity));
                value.push_str(&escape::unescape(&raw).unwrap_or_default());
            }
            Event::End(element) => {
                let (object, name) = open.pop().unwrap_or_default();
                if let (Some(record), false) = (&mut record, object) {
                    let line = joined.line(body.saturating_add(at));
                    let leaf = !matches!(
                        element.name().as_ref(),
                        b"Props" | b"MS" | b"TN" | b"T" | b"LST" | b"DCT" | b"IE" | b"TNRef"
                    );
                    let name = name.or_else(|| match element.name().as_ref() {
                        b"ToString" => Some("ToString".to_owned()),
                        // an element of a list belongs to the list's name
                        _ => leaf
                            .then(|| open.iter().rev().find_map(|(_, name)| name.clone()))
                            .flatten()
                            .map(|_| String::new()),
                    });
                    if let (true, Some(name)) = (leaf, name) {
                        record.push(&path(&open, &name), &unescape(&value), line);
                    }
                }
                value.clear();
                if object && !open.iter().any(|(object, _)| *object) {
                    out.extend(record.take());
                    if out.len() >= MAX_RECORDS {
                        break;
                    }
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    // the last object of a file that was cut
    out.extend(record.filter(|record| !record.fields.is_empty()));
    out
}

fn path(open: &[(bool, Option<String>)], name: &str) -> String {
    let parts = open.iter().filter_map(|(_, name)| name.as_deref()).chain((!name.is_empty()).then_some(name));
    parts.collect::<Vec<_>>().join(".")
}

fn name(element: &BytesStart<'_>) -> Option<String> {
    let attribute = element.attributes().flatten().find(|attribute| attribute.key.as_ref() == b"N")?;
    Some(unescape(&attribute.unescape_value().ok()?))
}

/// `_x000D_` and its like stand for characters that XML forbids.
fn unescape(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code =
            after.get(..4).filter(|_| after.get(4..5) == Some("_")).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = after.get(5..).unwrap_or("");
            }
            None => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
