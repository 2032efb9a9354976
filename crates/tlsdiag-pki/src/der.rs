//! A reader of BER/DER that knows where it is: every element carries its offset, every error says what stood there.
//!
//! It reads what damaged certificates hold as well as what good ones hold: long-form lengths that are not minimal and
//! indefinite lengths are accepted and can be asked for. Nothing here recurses without a limit or allocates by a
//! length that the input merely claims.

use std::fmt;

/// The first identifier octet of an element (X.690 8.1.2): class, constructed bit and low tag number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u8);

impl Tag {
    /// BOOLEAN
    pub const BOOLEAN: Tag = Tag(0x01);
    /// INTEGER
    pub const INTEGER: Tag = Tag(0x02);
    /// BIT STRING
    pub const BIT_STRING: Tag = Tag(0x03);
    /// OCTET STRING
    pub const OCTET_STRING: Tag = Tag(0x04);
    /// NULL
    pub const NULL: Tag = Tag(0x05);
    /// OBJECT IDENTIFIER
    pub const OID: Tag = Tag(0x06);
    /// ENUMERATED
    pub const ENUMERATED: Tag = Tag(0x0a);
    /// UTF8String
    pub const UTF8: Tag = Tag(0x0c);
    /// PrintableString
    pub const PRINTABLE: Tag = Tag(0x13);
    /// TeletexString (T61String)
    pub const TELETEX: Tag = Tag(0x14);
    /// IA5String
    pub const IA5: Tag = Tag(0x16);
    /// UTCTime
    pub const UTC_TIME: Tag = Tag(0x17);
    /// GeneralizedTime
    pub const GENERALIZED_TIME: Tag = Tag(0x18);
    /// UniversalString (UTF-32, big endian)
    pub const UNIVERSAL: Tag = Tag(0x1c);
    /// BMPString (UCS-2, big endian)
    pub const BMP: Tag = Tag(0x1e);
    /// SEQUENCE, SEQUENCE OF
    pub const SEQUENCE: Tag = Tag(0x30);
    /// SET, SET OF
    pub const SET: Tag = Tag(0x31);

    /// Context-specific tag, primitive: `[n] IMPLICIT` of a primitive type.
    pub const fn context(n: u8) -> Tag {
        Tag(0x80 | (n & 0x1f))
    }

    /// Context-specific tag, constructed: `[n] EXPLICIT`, or `[n] IMPLICIT` of a constructed type.
    pub const fn context_constructed(n: u8) -> Tag {
        Tag(0xa0 | (n & 0x1f))
    }

    /// Whether the constructed bit is set.
    pub const fn constructed(self) -> bool {
        self.0 & 0x20 != 0
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag(0x{:02x})", self.0)
    }
}

/// What stood where something else was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An element of another type.
    Tag(Tag),
    /// The input ends: it is cut off. `needed` octets were to come, `had` are there.
    End {
        /// octets that were to come
        needed: u64,
        /// octets that are there
        had: usize,
    },
    /// A value that cannot be right, described.
    Value(&'static str),
}

/// Why an encoding could not be read: where, what was expected, what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerError {
    /// Octets from the start of the input that was handed in.
    pub offset: usize,
    /// What was expected there, in the words of the specification.
    pub expected: &'static str,
    /// What was there.
    pub found: Found,
}

impl DerError {
    pub(crate) fn value(offset: usize, expected: &'static str, found: &'static str) -> DerError {
        DerError { offset, expected, found: Found::Value(found) }
    }

    /// Whether the input was cut off, as opposed to malformed.
    pub fn truncated(&self) -> bool {
        matches!(self.found, Found::End { .. })
    }
}

impl fmt::Display for DerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at offset {}: expected {}, found ", self.offset, self.expected)?;
        match &self.found {
            Found::Tag(t) => write!(f, "tag 0x{:02x}", t.0),
            Found::End { needed, had } => write!(f, "the end of the input ({had} of {needed} octets)"),
            Found::Value(v) => f.write_str(v),
        }
    }
}

impl std::error::Error for DerError {}

/// Result of reading.
pub type Result<T, E = DerError> = std::result::Result<T, E>;

/// How many levels of indefinite lengths are followed.
const MAX_INDEFINITE_DEPTH: u8 = 16;

/// One element: identifier, length, content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Identifier octet.
    pub tag: Tag,
    /// Offset of the identifier octet in the whole input.
    pub offset: usize,
    /// Content octets, without the end-of-contents octets of an indefinite length.
    pub content: &'a [u8],
    /// The whole element.
    pub raw: &'a [u8],
    /// Offset of the content in the whole input.
    pub content_offset: usize,
    /// Whether the length is definite and in its shortest form, as DER demands (X.690 10.1).
    pub minimal_length: bool,
}

impl<'a> Tlv<'a> {
    /// A reader over the content.
    pub fn reader(&self) -> Reader<'a> {
        Reader { rest: self.content, offset: self.content_offset }
    }

    /// This element, if it has the tag.
    pub fn expect(self, tag: Tag, expected: &'static str) -> Result<Tlv<'a>> {
        if self.tag == tag {
            Ok(self)
        } else {
            Err(DerError { offset: self.offset, expected, found: Found::Tag(self.tag) })
        }
    }

    /// The single element inside an `[n] EXPLICIT` wrapper.
    pub fn inner(&self, tag: Tag, expected: &'static str) -> Result<Tlv<'a>> {
        self.reader().expect(tag, expected)
    }

    /// The octets of a BIT STRING and its count of unused bits (X.690 8.6).
    pub fn bits(&self) -> Result<(u8, &'a [u8])> {
        match self.content.split_first() {
            Some((&unused, bits)) if unused < 8 && (unused == 0 || !bits.is_empty()) => Ok((unused, bits)),
            Some(_) => Err(DerError::value(self.content_offset, "count of unused bits, 0 to 7", "another number")),
            None => Err(DerError::value(self.content_offset, "count of unused bits", "an empty BIT STRING")),
        }
    }

    /// A small non-negative INTEGER or ENUMERATED.
    pub fn small_uint(&self) -> Result<u64> {
        let bad = |found| DerError::value(self.offset, "a non-negative integer below 2^63", found);
        let first = *self.content.first().ok_or_else(|| bad("an empty integer"))?;
        if first & 0x80 != 0 {
            return Err(bad("a negative integer"));
        }
        let digits = strip_zeros(self.content);
        if digits.len() > 8 || (digits.len() == 8 && digits.first().is_some_and(|d| d & 0x80 != 0)) {
            return Err(bad("a larger integer"));
        }
        Ok(digits.iter().fold(0u64, |n, &d| (n << 8) | u64::from(d)))
    }

    /// A BOOLEAN; any octet but 0 counts as TRUE (BER), DER demands 0xff.
    pub fn boolean(&self) -> Result<bool> {
        match self.content {
            [b] => Ok(*b != 0),
            _ => Err(DerError::value(self.offset, "a BOOLEAN of one octet", "another length")),
        }
    }
}

/// Without leading zero octets.
pub fn strip_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `input`; offsets count from there.
    pub fn new(input: &'a [u8]) -> Reader<'a> {
        Reader { rest: input, offset: 0 }
    }

    /// Reads from `input`, which stands at `offset` of a larger whole.
    pub fn at(input: &'a [u8], offset: usize) -> Reader<'a> {
        Reader { rest: input, offset }
    }

    /// Offset of the next octet.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether all has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Tag of the next element, without reading it.
    pub fn peek(&self) -> Option<Tag> {
        self.rest.first().map(|b| Tag(*b))
    }

    /// The next element of any type.
    pub fn read(&mut self, expected: &'static str) -> Result<Tlv<'a>> {
        let tlv = read_element(self.rest, self.offset, expected, MAX_INDEFINITE_DEPTH)?;
        self.rest = self.rest.get(tlv.raw.len()..).unwrap_or_default();
        self.offset = self.offset.saturating_add(tlv.raw.len());
        Ok(tlv)
    }

    /// The next element, which must have this tag. On a mismatch nothing is consumed.
    pub fn expect(&mut self, tag: Tag, expected: &'static str) -> Result<Tlv<'a>> {
        match self.peek() {
            Some(t) if t != tag => Err(DerError { offset: self.offset, expected, found: Found::Tag(t) }),
            _ => self.read(expected),
        }
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: Tag, expected: &'static str) -> Result<Option<Tlv<'a>>> {
        if self.peek() == Some(tag) { self.read(expected).map(Some) } else { Ok(None) }
    }

    /// Every element to the end; stops after the first error.
    pub fn elements(self, expected: &'static str) -> Elements<'a> {
        Elements { reader: self, expected, failed: false }
    }
}

/// Iterator of [`Reader::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    expected: &'static str,
    failed: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Tlv<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.reader.is_empty() {
            return None;
        }
        let item = self.reader.read(self.expected);
        self.failed = item.is_err();
        Some(item)
    }
}

fn read_element<'a>(input: &'a [u8], offset: usize, expected: &'static str, depth: u8) -> Result<Tlv<'a>> {
    // Nearly every element: one identifier octet, one of length, all there.
    if let [tag, length @ 0..=0x7f, rest @ ..] = input
        && tag & 0x1f != 0x1f
        && let Some(content) = rest.get(..usize::from(*length))
    {
        let raw = input.get(..content.len() + 2).unwrap_or_default();
        let content_offset = offset.saturating_add(2);
        return Ok(Tlv { tag: Tag(*tag), offset, content, raw, content_offset, minimal_length: true });
    }
    let short =
        |needed: usize| DerError { offset, expected, found: Found::End { needed: needed as u64, had: input.len() } };
    let tag = Tag(*input.first().ok_or_else(|| short(2))?);
    let mut at = 1usize;
    if tag.0 & 0x1f == 0x1f {
        // High tag number: base 128, at most five octets here.
        loop {
            let b = *input.get(at).ok_or_else(|| short(at + 2))?;
            at += 1;
            if b & 0x80 == 0 {
                break;
            }
            if at > 5 {
                return Err(DerError::value(offset, expected, "a tag number beyond 2^28"));
            }
        }
    }
    let first = *input.get(at).ok_or_else(|| short(at + 1))?;
    at += 1;
    let (length, minimal) = match first {
        0..=0x7f => (u64::from(first), true),
        0x80 => return read_indefinite(input, tag, offset, at, expected, depth),
        _ => {
            let count = usize::from(first & 0x7f);
            let octets = input.get(at..at + count).ok_or_else(|| short(at + count))?;
            at += count;
            let digits = strip_zeros(octets);
            if digits.len() > 7 {
                return Err(DerError::value(offset, expected, "a length beyond 2^56"));
            }
            let n = digits.iter().fold(0u64, |n, &d| (n << 8) | u64::from(d));
            (n, digits.len() == count && n > 0x7f)
        }
    };
    let needed = length.saturating_add(at as u64);
    let end = usize::try_from(needed).ok().filter(|e| *e <= input.len());
    let (Some(end), Some(_)) = (end, input.get(at..)) else {
        return Err(DerError { offset, expected, found: Found::End { needed, had: input.len() } });
    };
    Ok(Tlv {
        tag,
        offset,
        content: input.get(at..end).unwrap_or_default(),
        raw: input.get(..end).unwrap_or_default(),
        content_offset: offset.saturating_add(at),
        minimal_length: minimal,
    })
}

fn read_indefinite<'a>(
    input: &'a [u8],
    tag: Tag,
    offset: usize,
    start: usize,
    expected: &'static str,
    depth: u8,
) -> Result<Tlv<'a>> {
    if !tag.constructed() || depth == 0 {
        return Err(DerError::value(offset, expected, "an indefinite length that cannot be followed"));
    }
    let mut at = start;
    loop {
        let rest = input.get(at..).unwrap_or_default();
        if rest.starts_with(&[0, 0]) {
            return Ok(Tlv {
                tag,
                offset,
                content: input.get(start..at).unwrap_or_default(),
                raw: input.get(..at + 2).unwrap_or_default(),
                content_offset: offset.saturating_add(start),
                minimal_length: false,
            });
        }
        let element = read_element(rest, offset.saturating_add(at), "end-of-contents octets", depth - 1)?;
        at += element.raw.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_and_malformation_are_told_apart() {
        let cut = Reader::new(&[0x30, 0x82, 0x01, 0x00, 0x02]).read("x").unwrap_err();
        assert!(cut.truncated());
        assert_eq!(cut.found, Found::End { needed: 260, had: 5 });
        let wrong = Reader::new(&[0x02, 0x01, 0x05]).expect(Tag::SEQUENCE, "Certificate").unwrap_err();
        assert!(!wrong.truncated());
        assert_eq!(wrong.to_string(), "at offset 0: expected Certificate, found tag 0x02");
        let huge = Reader::new(&[0x04, 0x88, 1, 2, 3, 4, 5, 6, 7, 8]).read("x").unwrap_err();
        assert!(!huge.truncated());
    }

    #[test]
    fn lengths() {
        let long = Reader::new(&[0x04, 0x81, 0x01, 0xaa]).read("x").unwrap();
        assert_eq!((long.content, long.minimal_length), (&[0xaa][..], false));
        let indefinite = Reader::new(&[0x30, 0x80, 0x02, 0x01, 0x07, 0, 0, 0xff]).read("x").unwrap();
        assert_eq!((indefinite.content, indefinite.raw.len()), (&[2, 1, 7][..], 7));
        // Indefinite inside indefinite, a thousand deep: refused, not followed.
        let deep = [0x30u8, 0x80].repeat(1000);
        assert!(Reader::new(&deep).read("x").is_err());
    }

    #[test]
    fn offsets_count_from_the_whole() {
        let input = [0x30, 0x06, 0x02, 0x01, 0x05, 0x04, 0x01, 0x09];
        let outer = Reader::new(&input).read("x").unwrap();
        let mut r = outer.reader();
        assert_eq!(r.read("a").unwrap().small_uint().unwrap(), 5);
        assert_eq!(r.read("b").unwrap().offset, 5);
        assert!(r.is_empty());
    }
}
