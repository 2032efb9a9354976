//! Events as XML: what `wevtutil /f:xml` prints without a root, what Event Viewer saves, and a single event's copy.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event as Token};

use super::super::tree::Node;
use super::super::{Event, Fault, FaultKind, Place, event_from_tree};

/// How deep elements may lie in each other, and how many one event may have.
const DEPTH: usize = 128;
const ELEMENTS: usize = 50_000;

/// What a tree could not be read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
    pub(crate) found: String,
    pub(crate) cut: bool,
    pub(crate) limit: bool,
}

/// The tree of the first element in the text.
pub(crate) fn tree(text: &str) -> Result<Node, Broken> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut stack: Vec<Node> = Vec::new();
    let mut count = 0usize;
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let broken = |expected, found: String, cut, limit| Broken { at, expected, found, cut, limit };
        let token = reader.read_event().map_err(|e| {
            let end = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            let cut = matches!(e, quick_xml::Error::Syntax(_)) || end >= text.len();
            Broken { at: end, expected: "well-formed XML", found: e.to_string(), cut, limit: false }
        })?;
        match token {
            Token::Start(start) => {
                count += 1;
                if stack.len() >= DEPTH || count > ELEMENTS {
                    return Err(broken("at most 50,000 elements, 128 in each other", String::new(), false, true));
                }
                stack.push(open(&start));
            }
            Token::Empty(start) => {
                count += 1;
                if count > ELEMENTS {
                    return Err(broken("at most 50,000 elements, 128 in each other", String::new(), false, true));
                }
                let node = open(&start);
                match stack.last_mut() {
                    Some(parent) => parent.children.push(node),
                    None => return Ok(node),
                }
            }
            Token::End(_) => {
                let Some(mut node) = stack.pop() else {
                    return Err(broken("an element", "an end tag".to_owned(), false, false));
                };
                // Blanks between elements are the writer's, not the event's.
                if !node.children.is_empty() && node.text.trim().is_empty() {
                    node.text.clear();
                }
                match stack.last_mut() {
                    Some(parent) => parent.children.push(node),
                    None => return Ok(node),
                }
            }
            Token::Text(piece) => {
                if let Some(node) = stack.last_mut() {
                    node.text.push_str(&String::from_utf8_lossy(&piece));
                }
            }
            Token::CData(piece) => {
                if let Some(node) = stack.last_mut() {
                    node.text.push_str(&String::from_utf8_lossy(&piece));
                }
            }
            Token::GeneralRef(reference) => {
                if let Some(node) = stack.last_mut() {
                    entity(&String::from_utf8_lossy(&reference), &mut node.text);
                }
            }
            Token::Eof => {
                return Err(broken("the end of an element", "the end of the text".to_owned(), true, false));
            }
            Token::Decl(_) | Token::PI(_) | Token::Comment(_) | Token::DocType(_) => {}
        }
    }
}

fn open(start: &BytesStart<'_>) -> Node {
    let mut node = Node { name: local(start.local_name().as_ref()), ..Node::default() };
    for attribute in start.attributes().with_checks(false).flatten() {
        if attribute.key.as_ref().starts_with(b"xmlns") {
            continue;
        }
        let mut value = String::new();
        unescape(&String::from_utf8_lossy(&attribute.value), &mut value);
        node.attributes.push((local(attribute.key.local_name().as_ref()), value));
    }
    node
}

fn local(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Text with its references resolved; one that is unknown stays as it stands.
pub(crate) fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match after.split_once(';').filter(|(name, _)| name.len() <= 12) {
            Some((name, tail)) => {
                entity(name, out);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

fn entity(name: &str, out: &mut String) {
    if let Some(text) = resolve_predefined_entity(name) {
        out.push_str(text);
        return;
    }
    let code = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        },
        None => None,
    };
    match code.and_then(char::from_u32) {
        Some(c) => out.push(c),
        None => {
            out.push('&');
            out.push_str(name);
            out.push(';');
        }
    }
}

/// One `Event` element in a text: where it begins, where it ends, and whether its end tag is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) closed: bool,
}

/// The next `Event` element from that octet on. The text is gone through once, however many elements lack their end.
pub(crate) fn next_event(text: &str, from: usize) -> Option<Span> {
    let mut start = None;
    let mut at = from;
    while let Some(k) = text.get(at..).and_then(|t| t.find("Event")) {
        let name = at + k;
        at = name + 5;
        let before = text.get(..name).unwrap_or_default();
        let after = text.get(at..).unwrap_or_default();
        let opens = before.ends_with('<') && after.starts_with([' ', '>', '\t', '\r', '\n']);
        match start {
            None if opens => start = Some(name - 1),
            // An element whose end is missing ends where the next one begins.
            Some(start) if opens => return Some(Span { start, end: name - 1, closed: false }),
            Some(start) if before.ends_with("</") && after.starts_with('>') => {
                return Some(Span { start, end: at + 1, closed: true });
            }
            _ => {}
        }
    }
    start.map(|start| Span { start, end: text.len(), closed: false })
}

/// The event of one element.
pub(crate) fn event(text: &str, span: Span, lines: &super::shape::Lines) -> Result<Event, Fault> {
    let slice = text.get(span.start..span.end).unwrap_or_default();
    let place = Place::Line(lines.of(span.start));
    match tree(slice) {
        Ok(root) => match event_from_tree(root) {
            Some(mut event) => {
                event.place = place;
                Ok(event)
            }
            None => Err(Fault {
                place,
                kind: FaultKind::Malformed,
                expected: "an Event element with System",
                found: "none".to_owned(),
            }),
        },
        Err(broken) => {
            let kind = match (broken.limit, broken.cut || !span.closed) {
                (true, _) => FaultKind::Limit,
                (_, true) => FaultKind::CutOff,
                _ => FaultKind::Malformed,
            };
            let place = Place::Line(lines.of(span.start.saturating_add(broken.at).min(span.end)));
            Err(Fault { place, kind, expected: broken.expected, found: broken.found })
        }
    }
}
