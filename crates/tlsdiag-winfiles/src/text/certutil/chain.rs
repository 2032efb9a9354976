//! Chain verdicts of `certutil -verify` and `-verifystore`: the masks and codes, which no language translates.

use super::super::lines::{Line, is_blank};
use super::date::{self, Stamp};
use super::shapes::{Hash, is_hash_line, is_name, is_solid_hex};

/// Elements kept of one chain.
const MAX_ELEMENTS: usize = 64;

/// What Windows found when it built the chain of a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// `ChainContext.dwErrorStatus`: the `CERT_TRUST_…` bits of the whole chain.
    pub error: Option<u32>,
    /// `ChainContext.dwInfoStatus`.
    pub info: Option<u32>,
    /// Names of bits as printed, such as `CERT_TRUST_IS_UNTRUSTED_ROOT`.
    pub names: Vec<String>,
    /// From the leaf on.
    pub elements: Vec<Element>,
    /// Line of its first statement.
    pub line: u32,
}

/// One certificate of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The numbers in `CertContext[0][1]`.
    pub place: (u32, u32),
    /// `dwErrorStatus`.
    pub error: u32,
    /// `dwInfoStatus`.
    pub info: u32,
    /// The first name below it.
    pub issuer: Option<String>,
    /// The second name below it.
    pub subject: Option<String>,
    /// The first date below it.
    pub not_before: Option<Stamp>,
    /// The second date below it.
    pub not_after: Option<Stamp>,
    /// The serial number.
    pub serial: Option<String>,
    /// The hash, which stands alone on a line.
    pub sha1: Option<Hash<20>>,
    /// Line of `CertContext`.
    pub line: u32,
}

/// Whether a chain begins in a line.
pub(super) fn begins(text: &str) -> bool {
    text.contains("CERT_CHAIN_CONTEXT")
        || text.contains("ChainContext.dw")
        || text.starts_with("ChainFlags")
        || text.starts_with("CertContext[")
        || text.starts_with("HCCE_")
        || (text.starts_with("dwFlags") && text.contains("CA_VERIFY_FLAGS"))
}

/// Reads the lines of a chain up to the end of its certificate's block.
pub(super) fn read(lines: &[Line<'_>]) -> Chain {
    let mut out = Chain { line: lines.first().map_or(0, |line| line.number), ..Chain::default() };
    // After the elements come hashes of the chain without its leaf; they are not the last element's.
    let mut within = false;
    for line in lines {
        let text = line.trimmed();
        if let Some(element) = element(text, line.number) {
            within = out.elements.len() < MAX_ELEMENTS;
            if within {
                out.elements.push(element);
            }
            continue;
        }
        if let Some(status) = status(text, "ChainContext.dwErrorStatus") {
            out.error = status;
            names(text, &mut out.names);
        } else if let Some(status) = status(text, "ChainContext.dwInfoStatus") {
            out.info = status;
        } else if text.starts_with("Element.dw") {
            if text.starts_with("Element.dwErrorStatus") {
                names(text, &mut out.names);
            }
            within = false;
        } else if line.is_rule() {
            within = false;
        } else if within && let Some(element) = out.elements.last_mut() {
            below(element, line);
        }
    }
    out
}

fn below(element: &mut Element, line: &Line<'_>) {
    let text = line.trimmed();
    if is_hash_line(text) {
        element.sha1.get_or_insert_with(|| Hash::read(text, line.number));
        return;
    }
    let Some((_, value)) = line
        .splits()
        .find(|(_, value)| is_name(value) || date::find(value) == Some(0))
        .or_else(|| line.splits().last())
    else {
        return;
    };
    let slot_of = |first: &mut Option<Stamp>, second: &mut Option<Stamp>| {
        let stamp = Stamp { raw: value.to_owned(), local: date::read(value, None), line: line.number };
        if first.is_none() {
            *first = Some(stamp)
        } else if second.is_none() {
            *second = Some(stamp)
        }
    };
    if is_name(value) {
        let name = value.chars().take(1024).collect();
        if element.issuer.is_none() && element.not_before.is_none() {
            element.issuer = Some(name);
        } else if element.subject.is_none() {
            element.subject = Some(name);
        }
    } else if date::find(value) == Some(0) {
        slot_of(&mut element.not_before, &mut element.not_after);
    } else if is_solid_hex(value) && element.serial.is_none() {
        element.serial = Some(value.chars().take(80).collect());
    }
}

/// `CertContext[0][0]: dwInfoStatus=104 dwErrorStatus=0`.
fn element(text: &str, line: u32) -> Option<Element> {
    let rest = text.strip_prefix("CertContext[")?;
    let (first, rest) = rest.split_once("][")?;
    let (second, rest) = rest.split_once(']')?;
    let mask = |name: &str| -> Option<u32> {
        let (_, value) = rest.split_once(name)?;
        let value = value.trim_start_matches(['=', ' ']);
        let end = value.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(value.len());
        u32::from_str_radix(value.get(..end)?, 16).ok()
    };
    Some(Element {
        place: (first.parse().ok()?, second.parse().ok()?),
        error: mask("dwErrorStatus")?,
        info: mask("dwInfoStatus")?,
        issuer: None,
        subject: None,
        not_before: None,
        not_after: None,
        serial: None,
        sha1: None,
        line,
    })
}

/// `X = CERT_TRUST_IS_UNTRUSTED_ROOT (0x20)` and `X = 0`. The outer option says whether the line is `X`'s.
fn status(text: &str, name: &str) -> Option<Option<u32>> {
    let value = text.strip_prefix(name)?.trim_start_matches(|c| is_blank(c) || c == '=');
    let hex = value.rsplit_once("(0x").and_then(|(_, rest)| rest.split_once(')')).map(|(hex, _)| hex);
    Some(match hex {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => u32::from_str_radix(value.split(is_blank).next().unwrap_or_default(), 16).ok(),
    })
}

fn names(text: &str, out: &mut Vec<String>) {
    for word in text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')) {
        if word.starts_with("CERT_TRUST_") && out.len() < 64 && !out.iter().any(|have| have == word) {
            out.push(word.to_owned());
        }
    }
}
