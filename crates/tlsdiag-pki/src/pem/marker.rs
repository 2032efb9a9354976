//! BEGIN and END lines, with the right number of dashes or not.

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Begin,
    End,
}

/// A BEGIN or END with its label and dashes.
#[derive(Clone, Debug)]
pub(super) struct Marker<'t> {
    pub(super) side: Side,
    pub(super) label: &'t str,
    /// Offset of its first dash.
    pub(super) start: usize,
    /// Offset behind its last dash.
    pub(super) end: usize,
    /// Exactly five ASCII dashes on both sides, and nothing but one blank between word and label.
    pub(super) exact: bool,
}

/// Longest label that is believed.
const MAX_LABEL: usize = 80;

/// The first marker at or behind `at`; dashes before `floor` belong to something else.
pub(super) fn next<'t>(text: &'t [u8], at: usize, floor: usize) -> Option<Marker<'t>> {
    let mut from = at;
    loop {
        let (side, word) = next_word(text, from)?;
        if let Some(marker) = marker(text, side, word, floor) {
            return Some(marker);
        }
        from = word + 1;
    }
}

/// Offset of the next `BEGIN ` or `END ` that has a dash, or a blank and a dash, before it.
fn next_word(text: &[u8], from: usize) -> Option<(Side, usize)> {
    let rest = text.get(from..)?;
    rest.windows(4).enumerate().find_map(|(i, w)| {
        let at = from + i;
        match w {
            b"END " => Some((Side::End, at)),
            b"BEGI" if text.get(at..)?.starts_with(b"BEGIN ") => Some((Side::Begin, at)),
            _ => None,
        }
    })
}

fn marker<'t>(text: &'t [u8], side: Side, word: usize, floor: usize) -> Option<Marker<'t>> {
    let mut start = word;
    let spaced = text.get(..start)?.last() == Some(&b' ');
    if spaced {
        start -= 1;
    }
    let (left, left_octets, left_plain) = dashes_before(text.get(floor..start)?);
    start -= left_octets;
    let label_start = word + if side == Side::Begin { 6 } else { 4 };
    let rest = text.get(label_start..)?;
    let label_len =
        rest.iter().take(MAX_LABEL).position(|b| !is_label(*b)).or((rest.len() < MAX_LABEL).then_some(rest.len()))?;
    let label = std::str::from_utf8(rest.get(..label_len)?).ok()?;
    let after = rest.get(label_len..)?;
    let (mut right, mut right_octets, right_plain) = dashes_after(after);
    let beyond = after.get(right_octets..).unwrap_or_default();
    // `-----END X----------BEGIN Y-----`: the dashes are shared out.
    if right > 5 && right_plain && (beyond.starts_with(b"BEGIN ") || beyond.starts_with(b"END ")) {
        (right, right_octets) = (5, 5);
    }
    let dashes_enough = left >= 2 && (right >= 2 || (left >= 5 && at_line_end(beyond)));
    if !dashes_enough || label.trim().is_empty() {
        return None;
    }
    let exact = left == 5 && right == 5 && left_plain && right_plain && !spaced && label.trim() == label;
    Some(Marker { side, label: label.trim(), start, end: label_start + label_len + right_octets, exact })
}

fn at_line_end(rest: &[u8]) -> bool {
    rest.first().is_none_or(|b| matches!(b, b'\n' | b'\r' | b'\\' | b'"'))
}

fn is_label(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b' ' | b'.' | b'#' | b'/' | b'_' | b'(' | b')')
}

/// Weight and octets of the dashes at the end, and whether all are ASCII. A typographic one stands for two.
fn dashes_before(text: &[u8]) -> (usize, usize, bool) {
    let (mut weight, mut octets, mut plain) = (0, 0, true);
    loop {
        let rest = text.get(..text.len() - octets).unwrap_or_default();
        if rest.last() == Some(&b'-') {
            (weight, octets) = (weight + 1, octets + 1);
        } else if rest.len() >= 3 && is_typographic(rest.get(rest.len() - 3..).unwrap_or_default()) {
            (weight, octets, plain) = (weight + 2, octets + 3, false);
        } else {
            return (weight, octets, plain);
        }
    }
}

/// The same at the start.
fn dashes_after(text: &[u8]) -> (usize, usize, bool) {
    let (mut weight, mut octets, mut plain) = (0, 0, true);
    loop {
        let rest = text.get(octets..).unwrap_or_default();
        if rest.first() == Some(&b'-') {
            (weight, octets) = (weight + 1, octets + 1);
        } else if is_typographic(rest.get(..3).unwrap_or_default()) {
            (weight, octets, plain) = (weight + 2, octets + 3, false);
        } else {
            return (weight, octets, plain);
        }
    }
}

/// U+2010 to U+2015 and U+2212, which word processors and web pages put in the place of dashes.
fn is_typographic(octets: &[u8]) -> bool {
    matches!(octets, [0xe2, 0x80, 0x90..=0x95] | [0xe2, 0x88, 0x92])
}
