//! Writer of .evtx logs: templates, chunks with their tables, checksums; and damage on purpose.

use std::collections::HashMap;

use super::super::evtx::CHUNK;
use super::super::{Event, Node};

/// How a log is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Records per chunk at most; 0 for as many as fit.
    pub per_chunk: usize,
    /// EventData and UserData as elements of the record instead of a template with values.
    pub inline: bool,
    /// The log was not closed: the file header says so.
    pub dirty: bool,
}

/// Damage to a log that was written sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Octets of the records of that chunk are changed, so that its checksum fails and one record is unreadable.
    Records(usize),
    /// The magic of that chunk is lost.
    Magic(usize),
    /// The file ends after so many octets.
    Truncated(usize),
    /// So many octets stand before that chunk which belong to nothing.
    Shifted(usize, usize),
}

/// Writes a log with these events, in their order. Records without a number get the next one.
pub fn write(events: &[Event], options: Options) -> Vec<u8> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut number = 0u64;
    for event in events {
        number = event.record.unwrap_or(number + 1);
        let full = chunks.last().is_none_or(|c| options.per_chunk > 0 && c.records >= options.per_chunk);
        if full {
            chunks.push(Chunk::new());
        }
        let before = chunks.last().cloned();
        let fits = chunks.last_mut().is_some_and(|c| c.record(event, number, options.inline));
        if !fits {
            if let (Some(last), Some(before)) = (chunks.last_mut(), before) {
                *last = before;
            }
            let mut fresh = Chunk::new();
            fresh.record(event, number, options.inline);
            chunks.push(fresh);
        }
    }
    if chunks.is_empty() {
        chunks.push(Chunk::new());
    }
    let mut out = file_header(chunks.len(), number + 1, options.dirty);
    let mut first = 1u64;
    for chunk in chunks {
        let count = chunk.records as u64;
        out.extend_from_slice(&chunk.finish(first));
        first += count;
    }
    out
}

/// The log with damage done to it.
pub fn damaged(mut log: Vec<u8>, damage: Damage) -> Vec<u8> {
    let chunk = |k: usize| 4096 + k * CHUNK;
    match damage {
        Damage::Records(k) => {
            let at = chunk(k) + 512;
            // The second record loses its magic and more.
            let length = u32::from_le_bytes([log[at + 4], log[at + 5], log[at + 6], log[at + 7]]) as usize;
            log[at + length..at + length + 40].fill(0xa5);
        }
        Damage::Magic(k) => log[chunk(k)..chunk(k) + 8].fill(0x58),
        Damage::Truncated(length) => log.truncate(length),
        Damage::Shifted(k, count) => {
            let tail = log.split_off(chunk(k));
            log.extend(std::iter::repeat_n(0x5a, count));
            log.extend_from_slice(&tail);
        }
    }
    log
}

fn file_header(chunks: usize, next_record: u64, dirty: bool) -> Vec<u8> {
    let mut out = vec![0u8; 4096];
    out[..8].copy_from_slice(b"ElfFile\0");
    out[16..24].copy_from_slice(&(chunks as u64 - 1).to_le_bytes());
    out[24..32].copy_from_slice(&next_record.to_le_bytes());
    out[32..36].copy_from_slice(&128u32.to_le_bytes());
    out[36..38].copy_from_slice(&1u16.to_le_bytes());
    out[38..40].copy_from_slice(&3u16.to_le_bytes());
    out[40..42].copy_from_slice(&4096u16.to_le_bytes());
    out[42..44].copy_from_slice(&u16::try_from(chunks).unwrap_or(u16::MAX).to_le_bytes());
    out[120..124].copy_from_slice(&u32::from(dirty).to_le_bytes());
    let sum = crc32fast::hash(&out[..120]);
    out[124..128].copy_from_slice(&sum.to_le_bytes());
    out
}

/// A value to be put into a template.
enum Put<'a> {
    Null,
    Text(&'a str),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    Time(u64),
    Keywords(u64),
    Sid(Vec<u8>),
    Octets(&'a [u8]),
    Strings(Vec<&'a str>),
    Payload(&'a Event, bool),
}

#[derive(Clone)]
struct Chunk {
    octets: Vec<u8>,
    names: HashMap<String, u32>,
    name_heads: [u32; 64],
    templates: HashMap<String, u32>,
    template_heads: [u32; 32],
    first_number: u64,
    last_number: u64,
    last_offset: u32,
    records: usize,
}

impl Chunk {
    fn new() -> Chunk {
        Chunk {
            octets: vec![0; 512],
            names: HashMap::new(),
            name_heads: [0; 64],
            templates: HashMap::new(),
            template_heads: [0; 32],
            first_number: 0,
            last_number: 0,
            last_offset: 512,
            records: 0,
        }
    }

    fn here(&self) -> u32 {
        u32::try_from(self.octets.len()).unwrap_or(u32::MAX)
    }

    fn put(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    fn patch(&mut self, at: usize, octets: &[u8]) {
        self.octets[at..at + octets.len()].copy_from_slice(octets);
    }

    /// Writes one record; false when it does not fit into the chunk.
    fn record(&mut self, event: &Event, number: u64, inline: bool) -> bool {
        let start = self.octets.len();
        let time = event.time.map_or(0, super::super::When::to_filetime);
        self.put(b"**\0\0");
        self.put(&[0; 4]);
        self.put(&number.to_le_bytes());
        self.put(&time.to_le_bytes());
        self.put(&[0x0f, 1, 1, 0]);
        let values = [
            Put::U8(event.level.unwrap_or(4)),
            Put::U8(0),
            Put::U16(0),
            Put::U16(u16::try_from(event.id & 0xffff).unwrap_or(0)),
            event.qualifiers.map_or(Put::Null, Put::U16),
            Put::Keywords(0x8000_0000_0000_0000),
            Put::Time(time),
            Put::U32(event.process.unwrap_or(4)),
            Put::U32(1000),
            Put::U64(number),
            Put::U8(0),
            event.user.as_deref().and_then(sid_octets).map_or(Put::Null, Put::Sid),
            Put::Payload(event, inline),
        ];
        let key = format!("{}|{:?}|{:?}|{:?}", event.provider, event.provider_guid, event.channel, event.computer);
        self.instance(&key, &|chunk| chunk.event_template(event), &values);
        self.put(&[0]);
        while self.octets.len() % 8 != 4 {
            self.put(&[0]);
        }
        let length = u32::try_from(self.octets.len() - start + 4).unwrap_or(u32::MAX);
        self.put(&length.to_le_bytes());
        self.patch(start + 4, &length.to_le_bytes());
        self.last_offset = u32::try_from(start).unwrap_or(0);
        if self.records == 0 {
            self.first_number = number;
        }
        self.last_number = number;
        self.records += 1;
        self.octets.len() <= CHUNK
    }

    /// A template instance; the definition stands in the first one of the chunk.
    fn instance(&mut self, key: &str, define: &dyn Fn(&mut Chunk), values: &[Put<'_>]) {
        let guid = fingerprint(key);
        let id = [guid[0], guid[1], guid[2], guid[3]];
        self.put(&[0x0c, 1]);
        self.put(&id);
        match self.templates.get(key).copied() {
            Some(offset) => self.put(&offset.to_le_bytes()),
            None => {
                let offset = self.here() + 4;
                self.put(&offset.to_le_bytes());
                self.templates.insert(key.to_owned(), offset);
                let bucket = (u32::from_le_bytes(id) % 32) as usize;
                let next = std::mem::replace(&mut self.template_heads[bucket], offset);
                self.put(&next.to_le_bytes());
                self.put(&guid);
                let size_at = self.octets.len();
                self.put(&[0; 4]);
                self.put(&[0x0f, 1, 1, 0]);
                define(self);
                self.put(&[0]);
                let size = u32::try_from(self.octets.len() - size_at - 4).unwrap_or(0);
                self.patch(size_at, &size.to_le_bytes());
            }
        }
        self.put(&u32::try_from(values.len()).unwrap_or(0).to_le_bytes());
        let descriptors = self.octets.len();
        self.octets.resize(descriptors + values.len() * 4, 0);
        for (k, value) in values.iter().enumerate() {
            let before = self.octets.len();
            let kind = self.value(value);
            let length = u16::try_from(self.octets.len() - before).unwrap_or(u16::MAX);
            self.patch(descriptors + k * 4, &length.to_le_bytes());
            self.patch(descriptors + k * 4 + 2, &[kind]);
        }
    }

    fn value(&mut self, value: &Put<'_>) -> u8 {
        match value {
            Put::Null => 0x00,
            Put::Text(text) => {
                text.encode_utf16().for_each(|u| self.put(&u.to_le_bytes()));
                0x01
            }
            Put::U8(v) => {
                self.put(&[*v]);
                0x04
            }
            Put::U16(v) => {
                self.put(&v.to_le_bytes());
                0x06
            }
            Put::U32(v) => {
                self.put(&v.to_le_bytes());
                0x08
            }
            Put::U64(v) => {
                self.put(&v.to_le_bytes());
                0x0a
            }
            Put::Time(v) => {
                self.put(&v.to_le_bytes());
                0x11
            }
            Put::Keywords(v) => {
                self.put(&v.to_le_bytes());
                0x15
            }
            Put::Sid(octets) => {
                self.put(octets);
                0x13
            }
            Put::Octets(octets) => {
                self.put(octets);
                0x0e
            }
            Put::Strings(strings) => {
                for text in strings {
                    text.encode_utf16().for_each(|u| self.put(&u.to_le_bytes()));
                    self.put(&[0, 0]);
                }
                0x81
            }
            Put::Payload(event, inline) => {
                self.put(&[0x0f, 1, 1, 0]);
                self.payload(event, *inline);
                self.put(&[0]);
                0x21
            }
        }
    }

    /// EventData or UserData of an event.
    fn payload(&mut self, event: &Event, inline: bool) {
        if let Some(tree) = &event.tree {
            if inline {
                let wrapped = Node { name: "UserData".to_owned(), children: vec![tree.clone()], ..Node::default() };
                self.tree(&wrapped);
            } else {
                // The tree's shape is a template; its texts and attributes are the values.
                let (mut values, mut key) = (Vec::new(), "UserData".to_owned());
                shape_of(tree, &mut values, &mut key);
                let define = |chunk: &mut Chunk| {
                    chunk.open("UserData", &[], true, &|c| c.tree_template(tree, &std::cell::Cell::new(0)));
                };
                let values: Vec<Put<'_>> = values.into_iter().map(Put::Text).collect();
                self.instance(&key, &define, &values);
            }
            return;
        }
        if inline {
            let mut wrapped = Node { name: "EventData".to_owned(), ..Node::default() };
            for datum in &event.data {
                let attributes = datum.name.iter().map(|n| ("Name".to_owned(), n.clone())).collect();
                let node =
                    Node { name: "Data".to_owned(), attributes, text: datum.value.clone(), children: Vec::new() };
                wrapped.children.push(node);
            }
            if let Some(binary) = &event.binary {
                let text = binary.iter().map(|b| format!("{b:02X}")).collect();
                wrapped.children.push(Node { name: "Binary".to_owned(), text, ..Node::default() });
            }
            self.tree(&wrapped);
            return;
        }
        let named = event.data.iter().any(|d| d.name.is_some());
        let mut values: Vec<Put<'_>> = Vec::new();
        let mut key = format!("EventData|{}", event.binary.is_some());
        if named {
            for datum in &event.data {
                key.push('|');
                key.push_str(datum.name.as_deref().unwrap_or_default());
                values.push(Put::Text(&datum.value));
            }
        } else if !event.data.is_empty() {
            key.push_str("|strings");
            values.push(Put::Strings(event.data.iter().map(|d| d.value.as_str()).collect()));
        }
        if let Some(binary) = &event.binary {
            values.push(Put::Octets(binary));
        }
        let last = values.len() - usize::from(event.binary.is_some());
        let define = |chunk: &mut Chunk| {
            chunk.open("EventData", &[], true, &|c| {
                if named {
                    for (k, datum) in event.data.iter().enumerate() {
                        let name = datum.name.clone().unwrap_or_default();
                        let index = u16::try_from(k).unwrap_or(0);
                        c.open("Data", &[("Name", Attr::Text(&name))], true, &|c| c.sub(index, 0x01));
                    }
                } else if !event.data.is_empty() {
                    c.open("Data", &[], true, &|c| c.sub(0, 0x81));
                }
                if event.binary.is_some() {
                    let index = u16::try_from(last).unwrap_or(0);
                    c.open("Binary", &[], true, &|c| c.sub(index, 0x0e));
                }
            });
        };
        self.instance(&key, &define, &values);
    }

    /// A tree as elements of a fragment; these have no dependency identifiers.
    fn tree(&mut self, node: &Node) {
        let attributes: Vec<(&str, Attr<'_>)> =
            node.attributes.iter().map(|(n, v)| (n.as_str(), Attr::Text(v))).collect();
        let content = |c: &mut Chunk| {
            if !node.text.is_empty() {
                c.text(&node.text);
            }
            node.children.iter().for_each(|child| c.tree(child));
        };
        if node.text.is_empty() && node.children.is_empty() {
            self.element(&node.name, &attributes, false, None);
        } else {
            self.element(&node.name, &attributes, false, Some(&content));
        }
    }

    /// The elements of a tree with a value for each text and attribute, numbered in the order of [`shape_of`].
    fn tree_template(&mut self, node: &Node, next: &std::cell::Cell<u16>) {
        let take = || next.replace(next.get() + 1);
        let attributes: Vec<(&str, Attr<'_>)> =
            node.attributes.iter().map(|(n, _)| (n.as_str(), Attr::Sub(take(), 0x01))).collect();
        let text = if node.text.is_empty() { None } else { Some(take()) };
        let content = |c: &mut Chunk| {
            if let Some(index) = text {
                c.sub(index, 0x01);
            }
            node.children.iter().for_each(|child| c.tree_template(child, next));
        };
        if node.text.is_empty() && node.children.is_empty() {
            self.element(&node.name, &attributes, true, None);
        } else {
            self.element(&node.name, &attributes, true, Some(&content));
        }
    }

    fn event_template(&mut self, event: &Event) {
        const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";
        let guid = event.provider_guid.clone().unwrap_or_default();
        let source = event.source_name.clone().unwrap_or_default();
        self.open("Event", &[("xmlns", Attr::Text(NAMESPACE))], true, &|c| {
            c.open("System", &[], true, &|c| {
                let mut provider = vec![("Name", Attr::Text(&event.provider))];
                if !guid.is_empty() {
                    provider.push(("Guid", Attr::Text(&guid)));
                }
                if !source.is_empty() {
                    provider.push(("EventSourceName", Attr::Text(&source)));
                }
                c.element("Provider", &provider, true, None);
                c.open("EventID", &[("Qualifiers", Attr::Sub(4, 0x06))], true, &|c| c.sub(3, 0x06));
                c.open("Version", &[], true, &|c| c.sub(10, 0x04));
                c.open("Level", &[], true, &|c| c.sub(0, 0x04));
                c.open("Task", &[], true, &|c| c.sub(2, 0x06));
                c.open("Opcode", &[], true, &|c| c.sub(1, 0x04));
                c.open("Keywords", &[], true, &|c| c.sub(5, 0x15));
                c.element("TimeCreated", &[("SystemTime", Attr::Sub(6, 0x11))], true, None);
                c.open("EventRecordID", &[], true, &|c| c.sub(9, 0x0a));
                c.element("Correlation", &[], true, None);
                c.element(
                    "Execution",
                    &[("ProcessID", Attr::Sub(7, 0x08)), ("ThreadID", Attr::Sub(8, 0x08))],
                    true,
                    None,
                );
                c.open("Channel", &[], true, &|c| c.text(event.channel.as_deref().unwrap_or("System")));
                c.open("Computer", &[], true, &|c| c.text(event.computer.as_deref().unwrap_or_default()));
                c.element("Security", &[("UserID", Attr::Sub(11, 0x13))], true, None);
            });
            c.sub(12, 0x21);
        });
    }

    fn open(&mut self, name: &str, attributes: &[(&str, Attr<'_>)], template: bool, content: &dyn Fn(&mut Chunk)) {
        self.element(name, attributes, template, Some(content));
    }

    fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, Attr<'_>)],
        template: bool,
        content: Option<&dyn Fn(&mut Chunk)>,
    ) {
        self.put(&[if attributes.is_empty() { 0x01 } else { 0x41 }]);
        if template {
            self.put(&[0xff, 0xff]);
        }
        let size_at = self.octets.len();
        self.put(&[0; 4]);
        self.name(name);
        if !attributes.is_empty() {
            let list_at = self.octets.len();
            self.put(&[0; 4]);
            for (k, (name, value)) in attributes.iter().enumerate() {
                self.put(&[if k + 1 < attributes.len() { 0x46 } else { 0x06 }]);
                self.name(name);
                match value {
                    Attr::Text(text) => self.text(text),
                    Attr::Sub(index, kind) => self.sub(*index, *kind),
                }
            }
            let size = u32::try_from(self.octets.len() - list_at - 4).unwrap_or(0);
            self.patch(list_at, &size.to_le_bytes());
        }
        match content {
            None => self.put(&[0x03]),
            Some(content) => {
                self.put(&[0x02]);
                content(self);
                self.put(&[0x04]);
            }
        }
        let size = u32::try_from(self.octets.len() - size_at - 4).unwrap_or(0);
        self.patch(size_at, &size.to_le_bytes());
    }

    fn sub(&mut self, index: u16, kind: u8) {
        self.put(&[0x0e]);
        self.put(&index.to_le_bytes());
        self.put(&[kind]);
    }

    fn text(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().collect();
        self.put(&[0x05, 0x01]);
        self.put(&u16::try_from(units.len()).unwrap_or(u16::MAX).to_le_bytes());
        units.iter().for_each(|u| self.put(&u.to_le_bytes()));
    }

    fn name(&mut self, name: &str) {
        if let Some(offset) = self.names.get(name).copied() {
            self.put(&offset.to_le_bytes());
            return;
        }
        let offset = self.here() + 4;
        self.put(&offset.to_le_bytes());
        self.names.insert(name.to_owned(), offset);
        let units: Vec<u16> = name.encode_utf16().collect();
        let hash = units.iter().fold(0u32, |h, u| h.wrapping_mul(65_599).wrapping_add(u32::from(*u)));
        let bucket = (hash % 64) as usize;
        let next = std::mem::replace(&mut self.name_heads[bucket], offset);
        self.put(&next.to_le_bytes());
        self.put(&((hash & 0xffff) as u16).to_le_bytes());
        self.put(&u16::try_from(units.len()).unwrap_or(0).to_le_bytes());
        units.iter().for_each(|u| self.put(&u.to_le_bytes()));
        self.put(&[0, 0]);
    }

    fn finish(mut self, first: u64) -> Vec<u8> {
        let free = self.here();
        let count = self.records as u64;
        self.octets.resize(CHUNK, 0);
        self.patch(0, b"ElfChnk\0");
        self.patch(8, &first.to_le_bytes());
        self.patch(16, &(first + count).saturating_sub(1).to_le_bytes());
        let (a, b) = (self.first_number, self.last_number);
        self.patch(24, &a.to_le_bytes());
        self.patch(32, &b.to_le_bytes());
        self.patch(40, &128u32.to_le_bytes());
        let last = self.last_offset;
        self.patch(44, &last.to_le_bytes());
        self.patch(48, &free.to_le_bytes());
        let sum = crc32fast::hash(&self.octets[512..free as usize]);
        self.patch(52, &sum.to_le_bytes());
        for (k, head) in self.name_heads.into_iter().enumerate() {
            self.patch(128 + k * 4, &head.to_le_bytes());
        }
        for (k, head) in self.template_heads.into_iter().enumerate() {
            self.patch(384 + k * 4, &head.to_le_bytes());
        }
        let mut sum = crc32fast::Hasher::new();
        sum.update(&self.octets[..120]);
        sum.update(&self.octets[128..512]);
        self.patch(124, &sum.finalize().to_le_bytes());
        self.octets
    }
}

/// The texts and attributes of a tree in document order, and a key of its shape.
fn shape_of<'a>(node: &'a Node, values: &mut Vec<&'a str>, key: &mut String) {
    key.push('<');
    key.push_str(&node.name);
    for (name, value) in &node.attributes {
        key.push(' ');
        key.push_str(name);
        values.push(value);
    }
    if !node.text.is_empty() {
        key.push('=');
        values.push(&node.text);
    }
    node.children.iter().for_each(|child| shape_of(child, values, key));
    key.push('>');
}

enum Attr<'a> {
    Text(&'a str),
    Sub(u16, u8),
}

/// Sixteen octets that stand for a text, the same each time.
fn fingerprint(key: &str) -> [u8; 16] {
    let a = crc32fast::hash(key.as_bytes());
    let b = crc32fast::hash(format!("{key}#").as_bytes());
    let mut out = [0u8; 16];
    out[..4].copy_from_slice(&a.to_le_bytes());
    out[4..8].copy_from_slice(&b.to_le_bytes());
    out[8..12].copy_from_slice(&(a ^ b.rotate_left(7)).to_le_bytes());
    out[12..].copy_from_slice(&a.rotate_left(13).to_le_bytes());
    out
}

/// The octets of a SID, `S-1-5-18`.
pub(super) fn sid_octets(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.strip_prefix("S-")?.split('-');
    let revision: u8 = parts.next()?.parse().ok()?;
    let authority: u64 = parts.next()?.parse().ok()?;
    let rest: Option<Vec<u32>> = parts.map(|p| p.parse().ok()).collect();
    let rest = rest?;
    let mut out = vec![revision, u8::try_from(rest.len()).ok()?];
    out.extend_from_slice(&authority.to_be_bytes()[2..]);
    rest.iter().for_each(|r| out.extend_from_slice(&r.to_le_bytes()));
    Some(out)
}
