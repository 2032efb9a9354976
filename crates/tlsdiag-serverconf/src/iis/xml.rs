//! A walk through XML that goes on after faults: missing and stray close tags, lost quotes, a file that is cut off.

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use super::fault::{Fault, Trouble};

/// Elements deeper than this are passed over.
const MAX_DEPTH: usize = 128;
/// Troubles kept of one file.
const MAX_TROUBLES: usize = 200;
/// Attributes kept of one element.
const MAX_ATTRIBUTES: usize = 200;
/// How often the walk starts again after broken markup before it gives up, which bounds the time.
const MAX_RESTARTS: usize = 64;

/// An element as its tag says it. Values of attributes with passwords are gone before anybody sees them.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    secrets: Vec<String>,
    pub(super) line: u32,
}

impl Element {
    /// The value of an attribute; names of IIS are compared without case, as people edit by hand.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A password of this name that is not empty stood there.
    pub(super) fn has_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|have| have.eq_ignore_ascii_case(name))
    }

    /// All names and values that are no secret.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What takes the elements. Every `open` is followed by one `close`, which says whether the close tag was found.
pub(super) trait Sink {
    fn open(&mut self, element: Element);
    fn close(&mut self, found: bool);
}

/// Walks the whole text and returns what was wrong with it.
pub(super) fn walk(text: &str, sink: &mut dyn Sink) -> Vec<Trouble> {
    let mut walk = Walk {
        text,
        sink,
        place: Place { offset: 0, line: 1, line_start: 0 },
        open: Vec::new(),
        deep: 0,
        troubles: Vec::new(),
    };
    walk.run();
    walk.troubles
}

struct Place {
    offset: usize,
    line: u32,
    line_start: usize,
}

impl Place {
    /// Moves on to a byte offset, never back.
    fn to(&mut self, text: &str, offset: usize) {
        let Some(passed) = text.as_bytes().get(self.offset..offset) else { return };
        for (at, _) in passed.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            self.line = self.line.saturating_add(1);
            self.line_start = self.offset.saturating_add(at).saturating_add(1);
        }
        self.offset = offset;
    }

    fn column(&self, text: &str) -> u32 {
        let count = text.get(self.line_start..self.offset).map_or(0, |line| line.chars().count());
        u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
    }
}

struct Walk<'a> {
    text: &'a str,
    sink: &'a mut dyn Sink,
    place: Place,
    /// Open elements with the lines of their tags.
    open: Vec<(String, u32)>,
    /// Elements open beyond [`MAX_DEPTH`].
    deep: usize,
    troubles: Vec<Trouble>,
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut from = 0;
        for _ in 0..=MAX_RESTARTS {
            match self.stretch(from) {
                Some(next) => from = next,
                None => return self.finish(),
            }
        }
        self.trouble(Fault::TooMany { what: "places with broken markup", limit: MAX_RESTARTS });
        self.finish();
    }

    /// Reads from an offset to the end, or to where reading must start again.
    fn stretch(&mut self, from: usize) -> Option<usize> {
        let text = self.text.get(from..)?;
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        config.check_comments = false;
        loop {
            let start = from.saturating_add(position(reader.buffer_position()));
            match reader.read_event() {
                Ok(Event::Start(tag)) => {
                    if let Some(next) = self.tag(&tag, start, false) {
                        return Some(next);
                    }
                }
                Ok(Event::Empty(tag)) => {
                    if let Some(next) = self.tag(&tag, start, true) {
                        return Some(next);
                    }
                }
                Ok(Event::End(tag)) => {
                    self.place.to(self.text, start);
                    self.end(&String::from_utf8_lossy(tag.name().as_ref()));
                }
                Ok(Event::Eof) => return None,
                Ok(_) => {}
                Err(error) => return self.after(&error, start),
            }
        }
    }

    /// What follows an error: the place to go on, or nothing when the text ends in it.
    fn after(&mut self, error: &Error, start: usize) -> Option<usize> {
        // The text before a broken tag is an event of its own, so the fault begins at the next `<` from here.
        let at = self.text.get(start..).and_then(|rest| rest.find('<')).map_or(start, |to| start.saturating_add(to));
        self.place.to(self.text, at);
        let next = self
            .text
            .get(at.saturating_add(1)..)
            .and_then(|rest| rest.find('<'))
            .map(|to| at.saturating_add(1).saturating_add(to));
        let name = name_at(self.text, at);
        match error {
            Error::Syntax(SyntaxError::UnclosedTag) if next.is_some() => {
                self.broken(name, next.unwrap_or(at));
                next
            }
            Error::Syntax(
                SyntaxError::UnclosedTag
                | SyntaxError::UnclosedComment
                | SyntaxError::UnclosedCData
                | SyntaxError::UnclosedDoctype
                | SyntaxError::UnclosedPIOrXmlDecl,
            ) => {
                self.cut(name);
                None
            }
            _ => {
                self.trouble(Fault::Syntax { expected: "a tag, a comment or text" });
                next
            }
        }
    }

    /// Takes a start tag; returns where to go on if a `<` stands within it.
    fn tag(&mut self, tag: &BytesStart<'_>, start: usize, empty: bool) -> Option<usize> {
        self.place.to(self.text, start);
        let inner: &[u8] = tag;
        let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
        if let Some(at) = inner.iter().position(|byte| *byte == b'<') {
            let name = name.split('<').next().unwrap_or_default().to_owned();
            let next = start.checked_add(1)?.checked_add(at)?;
            self.broken(name, next);
            return Some(next);
        }
        let element = self.element(tag, name);
        self.push(element);
        if empty {
            self.pop(true);
        }
        None
    }

    /// An element whose attributes are lost. It stays open if its close tag follows before another of its name.
    fn broken(&mut self, name: String, next: usize) {
        self.trouble(Fault::BrokenTag { element: name.clone() });
        let rest = self.text.get(next..).unwrap_or_default();
        let close = tag_at(rest, &format!("</{name}"));
        let open = tag_at(rest, &format!("<{name}"));
        self.push(Element { name, line: self.place.line, ..Element::default() });
        if close.is_none_or(|close| open.is_some_and(|open| open < close)) {
            self.pop(false);
        }
    }

    fn element(&mut self, tag: &BytesStart<'_>, name: String) -> Element {
        let mut element = Element { name, line: self.place.line, ..Element::default() };
        for attribute in tag.attributes().with_checks(false) {
            let Ok(attribute) = attribute else {
                self.bad_attribute(&element.name, None, "name=\"value\"");
                // The reader of attributes cannot be trusted past the first that is none.
                break;
            };
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let raw = String::from_utf8_lossy(&attribute.value);
            let value = match quick_xml::escape::unescape(&raw) {
                Ok(value) => value.into_owned(),
                Err(_) => {
                    self.bad_attribute(&element.name, Some(&key), "references such as &amp;");
                    raw.into_owned()
                }
            };
            if element.get(&key).is_some() {
                self.bad_attribute(&element.name, Some(&key), "the attribute once");
                continue;
            }
            if element.attributes.len() >= MAX_ATTRIBUTES {
                self.trouble(Fault::TooMany { what: "attributes", limit: MAX_ATTRIBUTES });
                break;
            }
            if is_secret(&key) {
                if !value.is_empty() {
                    element.secrets.push(key);
                }
            } else {
                element.attributes.push((key, value));
            }
        }
        element
    }

    fn push(&mut self, element: Element) {
        if self.open.len() >= MAX_DEPTH {
            self.deep = self.deep.saturating_add(1);
            if self.deep == 1 {
                self.trouble(Fault::TooMany { what: "elements within each other", limit: MAX_DEPTH });
            }
            return;
        }
        self.open.push((element.name.clone(), element.line));
        self.sink.open(element);
    }

    fn pop(&mut self, found: bool) {
        if self.deep > 0 {
            self.deep = self.deep.saturating_sub(1);
        } else if self.open.pop().is_some() {
            self.sink.close(found);
        }
    }

    fn end(&mut self, name: &str) {
        if self.deep > 0 {
            return self.pop(true);
        }
        let Some(at) = self.open.iter().rposition(|(open, _)| open == name) else {
            return self.trouble(Fault::StrayClose { element: short(name) });
        };
        while self.open.len() > at.saturating_add(1) {
            if let Some((element, opened)) = self.open.last().cloned() {
                self.trouble(Fault::Unclosed { element, opened, found: name.to_owned() });
            }
            self.pop(false);
        }
        self.pop(true);
    }

    fn finish(&mut self) {
        if !self.open.is_empty() {
            let already = self.troubles.iter().any(|trouble| trouble.fault.is_cut_off());
            if !already {
                self.place.to(self.text, self.text.len());
                let open = self.open.iter().map(|(name, _)| name.clone()).collect();
                self.force(Fault::CutOff { open });
            }
        }
        self.deep = 0;
        while !self.open.is_empty() {
            self.pop(false);
        }
    }

    fn cut(&mut self, unfinished: String) {
        let mut open: Vec<String> = self.open.iter().map(|(name, _)| name.clone()).collect();
        if !unfinished.is_empty() {
            open.push(unfinished);
        }
        self.force(Fault::CutOff { open });
    }

    fn bad_attribute(&mut self, element: &str, attribute: Option<&str>, expected: &'static str) {
        self.trouble(Fault::BadAttribute { element: short(element), attribute: attribute.map(short), expected });
    }

    fn trouble(&mut self, fault: Fault) {
        if self.troubles.len() + 1 < MAX_TROUBLES {
            self.force(fault);
        } else if self.troubles.len() + 1 == MAX_TROUBLES {
            self.force(Fault::TooMany { what: "faults", limit: MAX_TROUBLES });
        }
    }

    fn force(&mut self, fault: Fault) {
        self.troubles.push(Trouble { line: self.place.line, column: self.place.column(self.text), fault });
    }
}

fn position(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Where a tag of exactly this name begins.
fn tag_at(text: &str, tag: &str) -> Option<usize> {
    text.match_indices(tag).map(|(at, _)| at).find(|at| {
        let after = text.get(at.saturating_add(tag.len())..).and_then(|rest| rest.chars().next());
        after.is_none_or(|c| c.is_whitespace() || matches!(c, '>' | '/'))
    })
}

/// Attribute names whose values are never kept.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "pwd", "connectionstring", "secret", "decryptionkey", "validationkey"]
        .iter()
        .any(|word| name.contains(word))
}

/// The name of the tag that begins at an offset, if one does.
fn name_at(text: &str, at: usize) -> String {
    let rest = text.get(at..).and_then(|rest| rest.strip_prefix('<')).unwrap_or_default();
    let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '>' | '<' | '/' | '=' | '"' | '\'')).next();
    let name = name.unwrap_or_default();
    if name.starts_with(['!', '?']) { String::new() } else { short(name) }
}

/// A name as far as it can be a name, so that no long or secret text gets into a trouble.
fn short(name: &str) -> String {
    name.chars().take_while(|c| !c.is_whitespace()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Trace(String);

    impl Sink for Trace {
        fn open(&mut self, element: Element) {
            self.0.push_str(&format!("<{}@{}", element.name, element.line));
            for (name, value) in element.all() {
                self.0.push_str(&format!(" {name}={value}"));
            }
            self.0.push('>');
        }
        fn close(&mut self, _: bool) {
            self.0.push('/');
        }
    }

    fn trace(text: &str) -> (String, Vec<String>) {
        let mut sink = Trace::default();
        let troubles = walk(text, &mut sink);
        (sink.0, troubles.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn sound_text_has_no_trouble() {
        let (seen, troubles) =
            trace("<?xml version='1.0'?>\n<!-- x -->\n<a>\n  <b c='1&amp;2&#x41;'/>text &amp; more</a>\n");
        assert_eq!(seen, "<a@3><b@4 c=1&2A>//");
        assert!(troubles.is_empty(), "{troubles:?}");
    }

    #[test]
    fn a_missing_close_tag_ends_with_the_element_around_it() {
        let (seen, troubles) = trace("<a>\n<b>\n<c>\n</b>\n<d/></a>");
        assert_eq!(seen, "<a@1><b@2><c@3>//<d@5>//");
        assert_eq!(troubles, ["line 4, column 1: expected </c> (opened in line 3), found </b>"]);
    }

    #[test]
    fn stray_close_tags_are_told() {
        let (seen, troubles) = trace("<a></x><b/></a>");
        assert_eq!(seen, "<a@1><b@1>//");
        assert_eq!(troubles, ["line 1, column 4: found </x>, which nothing opened"]);
    }

    #[test]
    fn cut_off_in_a_tag_and_between_tags() {
        let (seen, troubles) = trace("<a>\n<b c='1'/>\n<d e='x");
        assert_eq!(seen, "<a@1><b@2 c=1>//");
        assert_eq!(troubles, ["line 3, column 1: cut off: expected </d>, found the end of the file"]);
        let (_, troubles) = trace("<a>\n<b>");
        assert_eq!(troubles, ["line 2, column 4: cut off: expected </b>, found the end of the file"]);
        let (_, troubles) = trace("<a>\n<!-- x");
        assert_eq!(troubles, ["line 2, column 1: cut off: expected </a>, found the end of the file"]);
    }

    #[test]
    fn a_lost_quote_costs_one_element() {
        let (seen, troubles) = trace("<a>\n<b p='https i='*:443:' f='1'/>\n<b p='http'/>\n</a>");
        assert_eq!(seen, "<a@1><b@2>/<b@3 p=http>//");
        assert_eq!(troubles, ["line 2, column 1: <b: expected >, found <"]);
    }

    #[test]
    fn a_broken_tag_with_children_keeps_them() {
        let (seen, troubles) = trace("<a>\n<s n='x i='1'>\n<b/></s><s n='2'/></a>");
        assert_eq!(seen, "<a@1><s@2><b@3>//<s@3 n=2>//");
        assert_eq!(troubles.len(), 1, "{troubles:?}");
    }

    #[test]
    fn passwords_are_not_seen() {
        let (seen, _) = trace("<a userName='u' password='hunter2' Pwd='hunter3'/>");
        assert_eq!(seen, "<a@1 userName=u>/");
    }

    #[test]
    fn hostile_markup_takes_linear_time() {
        let open = "<a \"".repeat(200_000);
        let (_, troubles) = trace(&open);
        assert!(!troubles.is_empty());
        let deep = "<a>".repeat(200_000);
        let (_, troubles) = trace(&deep);
        assert!(troubles.last().is_some_and(|last| last.contains("cut off")));
    }
}
