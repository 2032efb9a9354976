//! Distinguished names: raw, readable (RFC 4514), and folded for comparison (RFC 5280 7.1).

use crate::der::{Reader, Result, Tag, Tlv};
use crate::oid::{self, Oid};
use std::fmt;
use std::sync::Arc;

/// A distinguished name as it stands in a certificate; cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Arc<[u8]>,
    attributes: Arc<[Attribute]>,
    folded: Arc<[u8]>,
}

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attribute {
    /// Type, such as `CN`.
    pub oid: Oid,
    /// The string type it is written in.
    pub tag: Tag,
    /// Text; octets that do not fit the string type are replaced by U+FFFD.
    pub value: String,
    /// Whether it shares its relative name with the attribute before it (`+` in RFC 4514).
    pub joined: bool,
    /// Whether the value's octets fit its string type.
    pub sound: bool,
}

impl DistinguishedName {
    /// Reads a Name element.
    pub fn parse(tlv: &Tlv<'_>) -> Result<DistinguishedName> {
        let mut attributes = Vec::with_capacity(4);
        let mut folded = Vec::with_capacity(tlv.raw.len().saturating_add(16));
        for set in tlv.reader().elements("RelativeDistinguishedName") {
            let set = set?.expect(Tag::SET, "RelativeDistinguishedName")?;
            folded.push(0x31);
            let start = folded.len();
            let mut count = 0usize;
            for atv in set.reader().elements("AttributeTypeAndValue") {
                let mut r = atv?.expect(Tag::SEQUENCE, "AttributeTypeAndValue")?.reader();
                let oid = Oid::from_der(r.expect(Tag::OID, "attribute type")?.content);
                let value = r.read("attribute value")?;
                let (text, sound) = string(&value);
                fold_attribute(&oid, &text, &mut folded);
                attributes.push(Attribute { oid, tag: value.tag, value: text, joined: count > 0, sound });
                count += 1;
            }
            if count > 1 {
                sort_keys(&mut folded, start);
            }
        }
        Ok(DistinguishedName { der: tlv.raw.into(), attributes: attributes.into(), folded: folded.into() })
    }

    /// From the DER of a Name.
    pub fn from_der(der: &[u8]) -> Result<DistinguishedName> {
        DistinguishedName::parse(&Reader::new(der).expect(Tag::SEQUENCE, "Name")?)
    }

    /// The DER of the whole Name.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Attributes in the order in which they are encoded.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// A key that is equal for names which RFC 5280 7.1 calls equal: string type, case and runs of spaces are ignored.
    pub fn folded(&self) -> &[u8] {
        &self.folded
    }

    /// Whether the names are equal by RFC 5280 7.1. Octet for octet, as some clients compare, is `a.der() == b.der()`.
    pub fn matches(&self, other: &DistinguishedName) -> bool {
        self.folded == other.folded
    }

    /// Whether this name lies in the subtree below `base`: its first relative names are those of `base`.
    pub fn within(&self, base: &DistinguishedName) -> bool {
        self.folded.starts_with(&base.folded)
    }

    /// Whether it has no attributes at all.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// All common names, in encoded order.
    pub fn common_names(&self) -> impl Iterator<Item = &str> {
        self.of(oid::CN)
    }

    /// All values of one attribute type, in encoded order.
    pub fn of<'s>(&'s self, kind: &'s [u8]) -> impl Iterator<Item = &'s str> {
        self.attributes.iter().filter(move |a| a.oid == *kind).map(|a| a.value.as_str())
    }
}

/// RFC 4514: the last relative name first, `CN=www.example.kr,O=Example\, Inc.,C=KR`.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<&[Attribute]> = self.attributes.chunk_by(|_, next| next.joined).collect();
        groups.reverse();
        for (i, group) in groups.iter().enumerate() {
            for (j, a) in group.iter().enumerate() {
                f.write_str(match (i, j) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                })?;
                match a.oid.short_name() {
                    Some(name) => f.write_str(name)?,
                    None => write!(f, "{}", a.oid)?,
                }
                f.write_str("=")?;
                escape(&a.value, f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Text of a character string element and whether its octets fit its type.
pub(crate) fn string(tlv: &Tlv<'_>) -> (String, bool) {
    let bytes = tlv.content;
    match tlv.tag {
        Tag::BMP => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|c| c.iter().fold(0, |n, b| (n << 8) | u16::from(*b))).collect();
            let whole = bytes.len().is_multiple_of(2);
            match String::from_utf16(&units) {
                Ok(s) => (s, whole),
                Err(_) => (String::from_utf16_lossy(&units), false),
            }
        }
        Tag::UNIVERSAL => {
            let mut sound = bytes.len().is_multiple_of(4);
            let text = bytes
                .chunks_exact(4)
                .map(|c| {
                    let n = c.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b));
                    char::from_u32(n).unwrap_or_else(|| {
                        sound = false;
                        char::REPLACEMENT_CHARACTER
                    })
                })
                .collect();
            (text, sound)
        }
        // In practice Latin-1, or UTF-8 by makers that did not care.
        Tag::TELETEX => match std::str::from_utf8(bytes) {
            Ok(s) => (s.to_owned(), true),
            Err(_) => (bytes.iter().map(|b| char::from(*b)).collect(), true),
        },
        tag => match std::str::from_utf8(bytes) {
            Ok(s) => {
                let sound = match tag {
                    Tag::PRINTABLE => s.bytes().all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&b)),
                    Tag::IA5 => s.is_ascii(),
                    _ => true,
                };
                (s.to_owned(), sound)
            }
            Err(_) => (String::from_utf8_lossy(bytes).into_owned(), false),
        },
    }
}

/// Appends a key of an attribute: its length, then type and folded text.
fn fold_attribute(oid: &Oid, value: &str, out: &mut Vec<u8>) {
    let length_at = out.len();
    out.extend_from_slice(&[0; LENGTH]);
    out.extend_from_slice(oid.as_bytes());
    out.push(0);
    let (mut gap, mut started) = (false, false);
    for c in value.chars() {
        if c.is_whitespace() {
            gap = started;
            continue;
        }
        if gap {
            out.push(b' ');
            gap = false;
        }
        started = true;
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase() as u8);
            continue;
        }
        let mut buffer = [0; 4];
        for lower in c.to_lowercase() {
            out.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes());
        }
    }
    let length = out.len().saturating_sub(length_at + LENGTH) as u64;
    if let Some(slot) = out.get_mut(length_at..length_at + LENGTH) {
        slot.copy_from_slice(&length.to_be_bytes());
    }
}

/// Octets of the length before each key.
const LENGTH: usize = 8;

/// Attributes of one relative name are a set: their order in the encoding says nothing.
fn sort_keys(folded: &mut Vec<u8>, start: usize) {
    let unsorted = folded.split_off(start);
    let mut rest = unsorted.as_slice();
    let mut keys = Vec::new();
    while let Some((length, tail)) = rest.split_at_checked(LENGTH) {
        let length = length.iter().fold(0u64, |n, b| (n << 8) | u64::from(*b)) as usize;
        let (key, tail) = tail.split_at(length.min(tail.len()));
        keys.push(key);
        rest = tail;
    }
    keys.sort_unstable();
    for key in keys {
        folded.extend_from_slice(&(key.len() as u64).to_be_bytes());
        folded.extend_from_slice(key);
    }
}

fn escape(value: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let last = value.chars().count().saturating_sub(1);
    for (i, c) in value.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
            '#' if i == 0 => f.write_str("\\#")?,
            ' ' if i == 0 || i == last => f.write_str("\\ ")?,
            c if c.is_control() => {
                let mut buffer = [0; 4];
                for b in c.encode_utf8(&mut buffer).bytes() {
                    write!(f, "\\{b:02X}")?;
                }
            }
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}
