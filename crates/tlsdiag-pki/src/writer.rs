//! Writing DER: just enough for OCSP requests and for the makers of test certificates.

use crate::der::Tag;
use crate::time::civil;

/// An element with a definite length in its shortest form.
pub fn tlv(tag: Tag, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag.0];
    let len = content.len();
    if len < 0x80 {
        out.push(len as u8);
    } else {
        let digits = len.to_be_bytes();
        let digits = crate::der::strip_zeros(&digits);
        out.push(0x80 | digits.len() as u8);
        out.extend_from_slice(digits);
    }
    out.extend_from_slice(content);
    out
}

/// SEQUENCE of elements.
pub fn sequence<T: AsRef<[u8]>>(items: &[T]) -> Vec<u8> {
    tlv(Tag::SEQUENCE, &concat(items))
}

/// SET of elements, in the given order.
pub fn set<T: AsRef<[u8]>>(items: &[T]) -> Vec<u8> {
    tlv(Tag::SET, &concat(items))
}

/// OBJECT IDENTIFIER from its content octets.
pub fn oid(content: &[u8]) -> Vec<u8> {
    tlv(Tag::OID, content)
}

/// OCTET STRING.
pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(Tag::OCTET_STRING, content)
}

/// BIT STRING of whole octets.
pub fn bit_string(content: &[u8]) -> Vec<u8> {
    tlv(Tag::BIT_STRING, &[&[0], content].concat())
}

/// INTEGER from content octets, as they are: negative, empty or padded ones too.
pub fn integer(content: &[u8]) -> Vec<u8> {
    tlv(Tag::INTEGER, content)
}

/// INTEGER of a small number.
pub fn small(number: u64) -> Vec<u8> {
    let digits = number.to_be_bytes();
    let digits = crate::der::strip_zeros(&digits);
    let positive = digits.first().is_none_or(|d| d & 0x80 != 0);
    integer(&if positive { [&[0], digits].concat() } else { digits.to_vec() })
}

/// `[n] EXPLICIT`
pub fn explicit(n: u8, content: &[u8]) -> Vec<u8> {
    tlv(Tag::context_constructed(n), content)
}

/// GeneralizedTime `YYYYMMDDHHMMSSZ`.
pub fn generalized_time(unix: i64) -> Vec<u8> {
    let (y, m, d, s) = civil(unix);
    let text = format!("{y:04}{m:02}{d:02}{:02}{:02}{:02}Z", s / 3_600, s / 60 % 60, s % 60);
    tlv(Tag::GENERALIZED_TIME, text.as_bytes())
}

/// UTCTime for the years 1950 to 2049, GeneralizedTime otherwise (RFC 5280 4.1.2.5).
pub fn time(unix: i64) -> Vec<u8> {
    let (y, m, d, s) = civil(unix);
    if !(1950..2050).contains(&y) {
        return generalized_time(unix);
    }
    let text = format!("{:02}{m:02}{d:02}{:02}{:02}{:02}Z", y % 100, s / 3_600, s / 60 % 60, s % 60);
    tlv(Tag::UTC_TIME, text.as_bytes())
}

fn concat<T: AsRef<[u8]>>(items: &[T]) -> Vec<u8> {
    items.iter().flat_map(|i| i.as_ref().iter().copied()).collect()
}
