//! CLIXML, what Export-Clixml writes: objects with their properties by name.

use super::super::tree::Node;
use super::super::{Fault, FaultKind, Item, Place};
use super::cells::{Cell, event};
use super::dates::Orders;
use super::shape::Lines;
use super::xml::tree;

/// Gives the events of a CLIXML text to the sink; one object is held at a time.
pub(crate) fn read(text: &str, lines: &Lines, sink: &mut dyn FnMut(Item)) {
    let mut at = text.find("<Objs").map_or(0, |k| k + 5);
    while let Some(k) = text.get(at..).and_then(|t| t.find("<Obj ")) {
        let start = at + k;
        let (end, closed) = end_of(text, start);
        at = end;
        let place = Place::Line(lines.of(start));
        match tree(text.get(start..end).unwrap_or_default()) {
            Ok(node) => {
                let cells = cells(&node);
                if let Some(event) = event(&cells, Orders::default().settled(), place) {
                    sink(Item::Event(Box::new(event)));
                }
            }
            Err(broken) => {
                let kind = if closed && !broken.cut { FaultKind::Malformed } else { FaultKind::CutOff };
                let place = Place::Line(lines.of(start.saturating_add(broken.at).min(end)));
                sink(Item::Fault(Fault { place, kind, expected: broken.expected, found: broken.found }));
            }
        }
    }
}

/// Where the object that begins there ends: objects lie in each other. One without an end takes the rest of the text.
fn end_of(text: &str, start: usize) -> (usize, bool) {
    let mut depth = 0usize;
    let mut at = start;
    while let Some(k) = text.get(at..).and_then(|t| t.find("Obj")) {
        let name = at + k;
        at = name + 3;
        let before = text.get(..name).unwrap_or_default();
        let after = text.get(at..).unwrap_or_default();
        if before.ends_with("</") && after.starts_with('>') {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return (at + 1, true);
            }
        } else if before.ends_with('<') && after.starts_with(' ') {
            let empty = after.find('>').is_some_and(|k| after.get(..k).is_some_and(|t| t.ends_with('/')));
            depth += usize::from(!empty);
        }
    }
    (text.len(), false)
}

fn cells(object: &Node) -> Vec<Cell> {
    let mut out = Vec::new();
    for group in object.children.iter().filter(|c| matches!(c.name.as_str(), "Props" | "MS")) {
        for property in &group.children {
            let mut cell = Cell::new(property.attribute("N").unwrap_or_default(), &unescaped(property.text.trim()));
            match property.name.as_str() {
                "Obj" => {
                    let list = property.children.iter().find(|c| matches!(c.name.as_str(), "LST" | "IE"));
                    cell.list = list.map(|l| l.children.iter().map(value_of).collect());
                    if cell.list.is_none() {
                        cell.value = value_of(property);
                    }
                }
                "BA" => cell.list = base64(&cell.value).map(|o| o.iter().map(u8::to_string).collect()),
                "Nil" => continue,
                _ => {}
            }
            out.push(cell);
        }
    }
    out
}

/// The value of an item: its own text, or of an object its first property or what it prints as.
fn value_of(node: &Node) -> String {
    let text = node.text.trim();
    if !text.is_empty() {
        return unescaped(text);
    }
    let inner = node.find("Props").and_then(|p| p.children.first()).or_else(|| node.child("ToString"));
    inner.map(|n| unescaped(n.text.trim())).unwrap_or_default()
}

/// `_x000A_` stands for a character.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(k) = rest.find("_x") {
        out.push_str(rest.get(..k).unwrap_or_default());
        let code = rest.get(k + 2..k + 6).and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32);
        match code {
            Some(c) if rest.get(k + 6..k + 7) == Some("_") => {
                out.push(c);
                rest = rest.get(k + 7..).unwrap_or_default();
            }
            _ => {
                out.push_str("_x");
                rest = rest.get(k + 2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// Octets of base64 text; `None` for anything else.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for octet in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let digit = match octet {
            b'A'..=b'Z' => octet - b'A',
            b'a'..=b'z' => octet - b'a' + 26,
            b'0'..=b'9' => octet - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(digit)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(out)
}
