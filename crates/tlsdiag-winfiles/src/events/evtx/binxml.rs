//! BinXML: a template's tokens as a tree of pieces, and where its substitutions stand. [MS-EVEN6] 2.2.12.

use std::rc::Rc;

use super::super::{u16_at, u32_at};
use super::value;

/// How deep elements may lie in each other.
const DEPTH: usize = 64;
/// So many tokens are read and elements are made per chunk at most; sound chunks have some ten thousand.
pub(super) const WORK: u32 = 500_000;

/// What could not be read, with its offset in the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) at: usize,
    pub(super) expected: &'static str,
    pub(super) found: Option<u64>,
    pub(super) cut: bool,
    pub(super) limit: bool,
}

impl Bad {
    pub(super) fn found(at: usize, expected: &'static str, found: u64) -> Bad {
        Bad { at, expected, found: Some(found), cut: false, limit: false }
    }

    pub(super) fn cut(at: usize, expected: &'static str) -> Bad {
        Bad { at, expected, found: None, cut: true, limit: false }
    }

    pub(super) fn limit(at: usize, expected: &'static str) -> Bad {
        Bad { at, expected, found: None, cut: false, limit: true }
    }
}

/// One thing in an element or attribute.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(String),
    Sub { index: u16, optional: bool },
    Element(Element),
    Instance(Instance),
}

/// An element of a template.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) name: Rc<str>,
    pub(super) attributes: Vec<(Rc<str>, Vec<Piece>)>,
    pub(super) content: Vec<Piece>,
}

/// A template with the values to be put in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance {
    /// Offset of the definition in the chunk.
    pub(super) definition: usize,
    /// Offset of the count of values.
    pub(super) values: usize,
}

/// A value to be put in: its type and its octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value<'a> {
    pub(super) kind: u8,
    pub(super) octets: &'a [u8],
    /// Offset in the chunk, for BinXML inside the value.
    pub(super) at: usize,
}

/// Where a template keeps something that decides whether an event is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    Absent,
    Fixed(String),
    Sub(u16),
}

/// A template of the chunk, read once.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
    pub(super) provider: Slot,
    pub(super) id: Slot,
    pub(super) computer: Slot,
    pub(super) channel: Slot,
}

/// Reads tokens of one chunk.
pub(super) struct Tokens<'a> {
    pub(super) chunk: &'a [u8],
    pub(super) at: usize,
    pub(super) end: usize,
    /// Elements carry a dependency identifier: they do in templates, and do not in fragments of their own.
    pub(super) dependency: bool,
    pub(super) work: &'a mut u32,
}

impl<'a> Tokens<'a> {
    fn token(&mut self) -> Result<u8, Bad> {
        if *self.work == 0 {
            return Err(Bad::limit(self.at, "at most 500,000 tokens in a chunk"));
        }
        *self.work -= 1;
        self.u8("a token")
    }

    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.chunk.get(self.at).copied() } else { None }
    }

    fn u8(&mut self, what: &'static str) -> Result<u8, Bad> {
        let value = self.peek().ok_or(Bad::cut(self.at, what))?;
        self.at += 1;
        Ok(value)
    }

    fn u16(&mut self, what: &'static str) -> Result<u16, Bad> {
        let value = u16_at(self.chunk, self.at).filter(|_| self.at + 2 <= self.end).ok_or(Bad::cut(self.at, what))?;
        self.at += 2;
        Ok(value)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, Bad> {
        let value = u32_at(self.chunk, self.at).filter(|_| self.at + 4 <= self.end).ok_or(Bad::cut(self.at, what))?;
        self.at += 4;
        Ok(value)
    }

    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], Bad> {
        let stop = self.at + length;
        if stop > self.end {
            return Err(Bad::cut(self.at, what));
        }
        let octets = self.chunk.get(self.at..stop).ok_or(Bad::cut(self.at, what))?;
        self.at = stop;
        Ok(octets)
    }

    fn text(&mut self, what: &'static str) -> Result<String, Bad> {
        let units = usize::from(self.u16(what)?);
        let mut out = String::new();
        value::utf16(self.take(units * 2, what)?, &mut out);
        Ok(out)
    }

    /// A name by its offset in the chunk; its text follows at once where it is used first.
    fn name(&mut self) -> Result<Rc<str>, Bad> {
        let here = self.at;
        let offset = self.u32("the offset of a name")? as usize;
        let units = u16_at(self.chunk, offset.saturating_add(6)).ok_or(Bad::found(
            here,
            "a name in the chunk",
            offset as u64,
        ))?;
        let start = offset + 8;
        let stop = start + usize::from(units) * 2;
        let octets = self.chunk.get(start..stop).ok_or(Bad::found(here, "a name in the chunk", offset as u64))?;
        if offset == self.at {
            self.take(8 + usize::from(units) * 2 + 2, "a name")?;
        }
        let mut out = String::new();
        value::utf16(octets, &mut out);
        Ok(out.into())
    }

    /// The pieces of a fragment, up to its end-of-fragment token or the end of the octets.
    pub(super) fn fragment(&mut self) -> Result<Vec<Piece>, Bad> {
        let mut pieces = Vec::new();
        while let Some(next) = self.peek() {
            match next {
                0x0f => {
                    self.token()?;
                    self.take(3, "a fragment header")?;
                }
                0x00 => {
                    self.token()?;
                    break;
                }
                0x0c => pieces.push(Piece::Instance(self.instance()?)),
                _ => pieces.push(self.piece(0)?),
            }
        }
        Ok(pieces)
    }

    /// A template instance up to its values, which are left unread.
    pub(super) fn instance(&mut self) -> Result<Instance, Bad> {
        let here = self.at;
        let token = self.token()?;
        if token != 0x0c {
            return Err(Bad::found(here, "a template instance", u64::from(token)));
        }
        self.u8("a template instance")?;
        self.u32("a template's number")?;
        let definition = self.u32("the offset of a template")? as usize;
        if definition == self.at {
            let length = u32_at(self.chunk, self.at + 20).ok_or(Bad::cut(self.at, "a template"))? as usize;
            self.take(length.saturating_add(24).min(1 << 24), "a template")?;
        }
        let values = self.at;
        let count = self.u32("the count of values")? as usize;
        // The values are stepped over, so that what follows an instance is found.
        let mut total = 0usize;
        let descriptors = self.take(count.min(1 << 20) * 4, "descriptors of values")?;
        for descriptor in descriptors.chunks(4) {
            total += usize::from(u16_at(descriptor, 0).unwrap_or(0));
        }
        self.take(total, "values")?;
        Ok(Instance { definition, values })
    }

    fn piece(&mut self, depth: usize) -> Result<Piece, Bad> {
        let here = self.at;
        let token = self.token()?;
        match token & !0x40 {
            0x01 => self.element(token & 0x40 != 0, depth).map(Piece::Element),
            0x05 => {
                let kind = self.u8("the type of a text")?;
                match (kind, value::fixed(kind)) {
                    (value::STRING, _) => self.text("a text").map(Piece::Text),
                    (_, Some(width)) => {
                        let mut out = String::new();
                        value::render(kind, self.take(width, "a value")?, &mut out);
                        Ok(Piece::Text(out))
                    }
                    _ => Err(Bad::found(here, "a text", u64::from(kind))),
                }
            }
            0x07 => self.text("a CDATA section").map(Piece::Text),
            0x08 => {
                let unit = self.u16("a character")?;
                Ok(Piece::Text(String::from_utf16_lossy(&[unit])))
            }
            0x09 => {
                let name = self.name()?;
                let text = match &*name {
                    "amp" => "&".to_owned(),
                    "lt" => "<".to_owned(),
                    "gt" => ">".to_owned(),
                    "quot" => "\"".to_owned(),
                    "apos" => "'".to_owned(),
                    other => format!("&{other};"),
                };
                Ok(Piece::Text(text))
            }
            0x0a => {
                self.name()?;
                Ok(Piece::Text(String::new()))
            }
            0x0b => {
                self.text("a processing instruction")?;
                Ok(Piece::Text(String::new()))
            }
            0x0d | 0x0e => {
                let index = self.u16("the index of a value")?;
                self.u8("the type of a value")?;
                Ok(Piece::Sub { index, optional: token & !0x40 == 0x0e })
            }
            _ => Err(Bad::found(here, "a token", u64::from(token))),
        }
    }

    fn element(&mut self, with_attributes: bool, depth: usize) -> Result<Element, Bad> {
        if depth >= DEPTH {
            return Err(Bad::limit(self.at, "at most 64 elements in each other"));
        }
        if self.dependency {
            self.u16("a dependency")?;
        }
        self.u32("the size of an element")?;
        let name = self.name()?;
        let mut attributes = Vec::new();
        if with_attributes {
            self.u32("the size of attributes")?;
            while matches!(self.peek(), Some(0x06 | 0x46)) {
                self.token()?;
                let name = self.name()?;
                let mut pieces = Vec::new();
                while let Some(0x05 | 0x45 | 0x07 | 0x47 | 0x08 | 0x48 | 0x09 | 0x49 | 0x0d | 0x0e) = self.peek() {
                    pieces.push(self.piece(depth + 1)?);
                }
                attributes.push((name, pieces));
            }
        }
        let mut content = Vec::new();
        let here = self.at;
        match self.token()? {
            0x03 => {}
            0x02 => loop {
                match self.peek() {
                    Some(0x04) => {
                        self.token()?;
                        break;
                    }
                    Some(0x0c) => content.push(Piece::Instance(self.instance()?)),
                    Some(0x0f) => {
                        self.token()?;
                        self.take(3, "a fragment header")?;
                    }
                    Some(_) => content.push(self.piece(depth + 1)?),
                    None => return Err(Bad::cut(self.at, "the end of an element")),
                }
            },
            other => return Err(Bad::found(here, "the end of a start tag", u64::from(other))),
        }
        Ok(Element { name, attributes, content })
    }
}

/// The value of that index, found without reading the others.
pub(super) fn value_at<'a>(chunk: &'a [u8], instance: Instance, index: u16) -> Option<Value<'a>> {
    let count = u32_at(chunk, instance.values)? as usize;
    let index = usize::from(index);
    if index >= count {
        return None;
    }
    let descriptors = instance.values + 4;
    let mut at = descriptors.checked_add(count.checked_mul(4)?)?;
    for k in 0..index {
        at += usize::from(u16_at(chunk, descriptors + k * 4)?);
    }
    let length = usize::from(u16_at(chunk, descriptors + index * 4)?);
    let kind = *chunk.get(descriptors + index * 4 + 2)?;
    Some(Value { kind, octets: chunk.get(at..at + length)?, at })
}

/// All values of an instance.
pub(super) fn values<'a>(chunk: &'a [u8], instance: Instance) -> Option<Vec<Value<'a>>> {
    let count = u32_at(chunk, instance.values)? as usize;
    let descriptors = chunk.get(instance.values + 4..)?.get(..count.checked_mul(4)?)?;
    let mut at = instance.values + 4 + descriptors.len();
    let mut out = Vec::with_capacity(count);
    for descriptor in descriptors.chunks(4) {
        let length = usize::from(u16_at(descriptor, 0)?);
        out.push(Value { kind: *descriptor.get(2)?, octets: chunk.get(at..at + length)?, at });
        at += length;
    }
    Some(out)
}

/// The template at that offset of the chunk.
pub(super) fn template(chunk: &[u8], offset: usize, work: &mut u32) -> Result<Template, Bad> {
    let length = u32_at(chunk, offset.saturating_add(20)).ok_or(Bad::cut(offset, "a template"))? as usize;
    let start = offset + 24;
    let end = start.saturating_add(length);
    if end > chunk.len() {
        return Err(Bad::cut(offset, "a template"));
    }
    if length == 0 {
        return Err(Bad::found(offset, "a template", 0));
    }
    let pieces = Tokens { chunk, at: start, end, dependency: true, work }.fragment()?;
    let mut template =
        Template { pieces, provider: Slot::Absent, id: Slot::Absent, computer: Slot::Absent, channel: Slot::Absent };
    let root = template.pieces.iter().find_map(|p| if let Piece::Element(e) = p { Some(e) } else { None });
    let system = root.into_iter().flat_map(elements).find(|e| &*e.name == "System");
    for element in system.into_iter().flat_map(elements) {
        match &*element.name {
            "Provider" => {
                let attribute = |name: &str| {
                    element.attributes.iter().find(|(n, _)| &**n == name).map_or(Slot::Absent, |(_, p)| slot(p))
                };
                template.provider = match attribute("Name") {
                    Slot::Absent => attribute("EventSourceName"),
                    found => found,
                };
            }
            "EventID" => template.id = slot(&element.content),
            "Computer" => template.computer = slot(&element.content),
            "Channel" => template.channel = slot(&element.content),
            _ => {}
        }
    }
    Ok(template)
}

fn elements(element: &Element) -> impl Iterator<Item = &Element> {
    element.content.iter().filter_map(|p| if let Piece::Element(e) = p { Some(e) } else { None })
}

fn slot(pieces: &[Piece]) -> Slot {
    match pieces {
        [Piece::Sub { index, .. }] => Slot::Sub(*index),
        [] => Slot::Absent,
        many => {
            let mut fixed = String::new();
            for piece in many {
                match piece {
                    Piece::Text(text) => fixed.push_str(text),
                    _ => return Slot::Absent,
                }
            }
            Slot::Fixed(fixed)
        }
    }
}
