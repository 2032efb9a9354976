//! A template with its values put in, as a tree.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::tree::Node;
use super::binxml::{Bad, Element, Instance, Piece, Template, Tokens, Value, template, value_at, values};
use super::value::{self, ARRAY, BINXML, NULL};

/// Elements that one record may grow to, and octets of text.
const ELEMENTS: u32 = 50_000;
const TEXT: usize = 4 << 20;
/// Templates in values of templates, so deep at most.
const NESTED: usize = 16;

/// The templates of one chunk, read when first used.
#[derive(Default)]
pub(super) struct Templates {
    known: HashMap<usize, Result<Rc<Template>, Bad>>,
}

impl Templates {
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    pub(super) fn at(&mut self, chunk: &[u8], offset: usize, work: &mut u32) -> Result<Rc<Template>, Bad> {
        self.known.entry(offset).or_insert_with(|| template(chunk, offset, work).map(Rc::new)).clone()
    }
}

/// Builds the tree of one record.
pub(super) struct Expansion<'a> {
    pub(super) chunk: &'a [u8],
    pub(super) templates: &'a mut Templates,
    pub(super) work: &'a mut u32,
    elements: u32,
    text: usize,
}

impl<'a> Expansion<'a> {
    pub(super) fn new(chunk: &'a [u8], templates: &'a mut Templates, work: &'a mut u32) -> Expansion<'a> {
        Expansion { chunk, templates, work, elements: 0, text: 0 }
    }

    /// The fragment between two offsets, as the children of a nameless node.
    pub(super) fn fragment(&mut self, at: usize, end: usize) -> Result<Node, Bad> {
        let mut node = Node::default();
        self.fragment_into(at, end, &mut node, 0)?;
        Ok(node)
    }

    fn fragment_into(&mut self, at: usize, end: usize, parent: &mut Node, depth: usize) -> Result<(), Bad> {
        if depth >= NESTED {
            return Err(Bad::limit(at, "at most 16 templates in each other"));
        }
        let read =
            |dependency: bool, work: &mut u32| Tokens { chunk: self.chunk, at, end, dependency, work }.fragment();
        let pieces = match read(false, self.work) {
            Ok(pieces) => pieces,
            Err(first) => read(true, self.work).map_err(|_| first)?,
        };
        self.pieces(&pieces, &[], parent, depth)
    }

    fn instance(&mut self, instance: Instance, parent: &mut Node, depth: usize) -> Result<(), Bad> {
        if depth >= NESTED {
            return Err(Bad::limit(instance.values, "at most 16 templates in each other"));
        }
        let template = self.templates.at(self.chunk, instance.definition, self.work)?;
        let values = values(self.chunk, instance).ok_or(Bad::cut(instance.values, "values"))?;
        self.pieces(&template.pieces, &values, parent, depth + 1)
    }

    fn pieces(&mut self, pieces: &[Piece], values: &[Value<'a>], parent: &mut Node, depth: usize) -> Result<(), Bad> {
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.grow(text.len())?;
                    parent.text.push_str(text);
                }
                Piece::Sub { index, .. } => {
                    if let Some(value) = values.get(usize::from(*index)) {
                        self.value(*value, parent, depth)?;
                    }
                }
                Piece::Element(element) => self.element(element, values, parent, depth)?,
                Piece::Instance(instance) => self.instance(*instance, parent, depth)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, value: Value<'a>, node: &mut Node, depth: usize) -> Result<(), Bad> {
        if value.kind == BINXML {
            return self.fragment_into(value.at, value.at + value.octets.len(), node, depth + 1);
        }
        let before = node.text.len();
        if value.kind & ARRAY != 0 {
            node.text.push_str(&value::items(value.kind, value.octets).join(", "));
        } else {
            value::render(value.kind, value.octets, &mut node.text);
        }
        self.grow(node.text.len().saturating_sub(before))
    }

    /// An element whose only content is an array stands once for each item.
    fn element(&mut self, element: &Element, values: &[Value<'a>], parent: &mut Node, depth: usize) -> Result<(), Bad> {
        if let [Piece::Sub { index, optional: true }] = element.content.as_slice()
            && element.attributes.is_empty()
            && values.get(usize::from(*index)).is_none_or(|v| v.kind == NULL)
        {
            return Ok(());
        }
        let array = match element.content.as_slice() {
            [Piece::Sub { index, .. }] => values.get(usize::from(*index)).filter(|v| v.kind & ARRAY != 0),
            _ => None,
        };
        let Some(array) = array else {
            let mut node = self.open(element, values, depth)?;
            self.pieces(&element.content, values, &mut node, depth)?;
            parent.children.push(node);
            return Ok(());
        };
        for item in value::items(array.kind, array.octets) {
            let mut node = self.open(element, values, depth)?;
            self.grow(item.len())?;
            node.text = item;
            parent.children.push(node);
        }
        Ok(())
    }

    fn open(&mut self, element: &Element, values: &[Value<'a>], depth: usize) -> Result<Node, Bad> {
        self.elements += 1;
        if *self.work == 0 {
            return Err(Bad::limit(0, "at most 500,000 elements in a chunk"));
        }
        *self.work -= 1;
        if self.elements > ELEMENTS {
            return Err(Bad::limit(0, "at most 50,000 elements in a record"));
        }
        let mut node = Node { name: element.name.to_string(), ..Node::default() };
        for (name, pieces) in &element.attributes {
            if name.starts_with("xmlns") {
                continue;
            }
            if let [Piece::Sub { index, optional: true }] = pieces.as_slice()
                && values.get(usize::from(*index)).is_none_or(|v| v.kind == NULL)
            {
                continue;
            }
            let mut holder = Node::default();
            self.pieces(pieces, values, &mut holder, depth)?;
            node.attributes.push((name.to_string(), holder.text));
        }
        Ok(node)
    }

    fn grow(&mut self, by: usize) -> Result<(), Bad> {
        self.text += by;
        *self.work = self.work.saturating_sub(u32::try_from(by / 256).unwrap_or(u32::MAX));
        if self.text > TEXT { Err(Bad::limit(0, "at most 4 MiB of text in a record")) } else { Ok(()) }
    }
}

/// A template's slot as text, in a buffer that is used again.
pub(super) fn slot_text<'s>(
    chunk: &[u8],
    instance: Instance,
    slot: &'s super::binxml::Slot,
    buffer: &'s mut String,
) -> Option<&'s str> {
    match slot {
        super::binxml::Slot::Absent => None,
        super::binxml::Slot::Fixed(text) => Some(text),
        super::binxml::Slot::Sub(index) => {
            let value = value_at(chunk, instance, *index)?;
            buffer.clear();
            value::render(value.kind, value.octets, buffer);
            Some(buffer)
        }
    }
}
