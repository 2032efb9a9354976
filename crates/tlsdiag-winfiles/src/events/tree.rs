//! The XML tree of an event, as BinXML or text gives it, and the event that it tells.

use super::time::{When, iso};
use super::{Datum, Event};

/// An element of an event's XML. Namespaces are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Name without prefix.
    pub name: String,
    /// Attributes in their order.
    pub attributes: Vec<(String, String)>,
    /// All text directly in this element.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Node>,
}

impl Node {
    /// The first child element of that name.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first element of that name in this one or below it, in document order.
    pub fn find(&self, name: &str) -> Option<&Node> {
        let mut stack = vec![self];
        while let Some(node) = stack.pop() {
            if node.name == name {
                return Some(node);
            }
            stack.extend(node.children.iter().rev());
        }
        None
    }

    /// All elements of that name in this one or below it, in document order.
    pub fn find_all<'a>(&'a self, name: &str) -> Vec<&'a Node> {
        let mut found = Vec::new();
        let mut stack = vec![self];
        while let Some(node) = stack.pop() {
            if node.name == name {
                found.push(node);
            }
            stack.extend(node.children.iter().rev());
        }
        found
    }

    /// Every text and attribute as a path, `A/B/@attribute`.
    pub fn paths(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let mut stack = vec![(self, self.name.clone())];
        while let Some((node, path)) = stack.pop() {
            for (name, value) in &node.attributes {
                out.push((format!("{path}/@{name}"), value.clone()));
            }
            if !node.text.trim().is_empty() {
                out.push((path.clone(), node.text.trim().to_owned()));
            }
            for child in node.children.iter().rev() {
                stack.push((child, format!("{path}/{}", child.name)));
            }
        }
        out
    }
}

/// The event that an `Event` element tells. `None` when the tree has no System element.
pub fn event_from_tree(root: Node) -> Option<Event> {
    let mut event = Event::default();
    let mut seen_system = false;
    for part in root.children {
        match part.name.as_str() {
            "System" => {
                seen_system = true;
                system(&mut event, &part);
            }
            "EventData" => event_data(&mut event, part),
            "UserData" | "EventXML" => event.tree = part.children.into_iter().next(),
            "BinaryEventData" => event.binary = hex(&part.text),
            "RenderingInfo" => event.message = part.child("Message").map(|m| m.text.trim().to_owned()),
            _ => {}
        }
    }
    seen_system.then_some(event)
}

fn system(event: &mut Event, system: &Node) {
    for node in &system.children {
        let text = node.text.trim();
        match node.name.as_str() {
            "Provider" => {
                event.provider = node.attribute("Name").unwrap_or_default().to_owned();
                event.source_name = node.attribute("EventSourceName").filter(|s| !s.is_empty()).map(str::to_owned);
                event.provider_guid = node.attribute("Guid").filter(|s| !s.is_empty()).map(braced);
                if event.provider.is_empty() {
                    event.provider = event.source_name.clone().unwrap_or_default();
                }
            }
            "EventID" => {
                event.id = text.parse().unwrap_or(0);
                event.qualifiers = node.attribute("Qualifiers").and_then(|q| q.parse().ok());
            }
            "Level" => event.level = text.parse().ok(),
            "TimeCreated" => {
                event.time = node.attribute("SystemTime").and_then(iso).map(|w| When { local: false, ..w })
            }
            "EventRecordID" => event.record = text.parse().ok(),
            "Execution" => event.process = node.attribute("ProcessID").and_then(|p| p.parse().ok()),
            "Channel" => event.channel = some(text),
            "Computer" => event.computer = some(text),
            "Security" => event.user = node.attribute("UserID").and_then(some),
            _ => {}
        }
    }
}

fn event_data(event: &mut Event, part: Node) {
    for mut node in part.children {
        match node.name.as_str() {
            "Binary" => event.binary = hex(&node.text),
            _ => {
                let name = match node.attribute("Name") {
                    Some(name) if !name.is_empty() => Some(name.to_owned()),
                    _ if node.name == "Data" => None,
                    _ => Some(node.name.clone()),
                };
                event.data.push(Datum { name, value: std::mem::take(&mut node.text) });
            }
        }
    }
}

fn some(text: &str) -> Option<String> {
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

/// A GUID in braces and small letters.
pub(crate) fn braced(guid: &str) -> String {
    let bare = guid.trim().trim_matches(['{', '}']).to_ascii_lowercase();
    format!("{{{bare}}}")
}

/// Octets from hex digits; blanks between them do not matter. `None` for anything else.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut high: Option<u8> = None;
    for c in text.chars() {
        if c.is_whitespace() || c == '-' {
            continue;
        }
        let digit = u8::try_from(c.to_digit(16)?).ok()?;
        match high.take() {
            None => high = Some(digit),
            Some(h) => out.push(h << 4 | digit),
        }
    }
    if high.is_some() || out.is_empty() { None } else { Some(out) }
}
