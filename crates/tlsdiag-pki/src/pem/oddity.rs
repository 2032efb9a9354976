//! What is odd about how a block is written, and who minds.

use super::marker::Marker;
use std::fmt;

/// A deviation from the form that every program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Oddity {
    /// The text is UTF-16, as Windows PowerShell's `>` and Notepad's "Unicode" write it.
    Utf16,
    /// A UTF-8 byte order mark stands right before BEGIN. OpenSSL before 3.0 passes over the block.
    ByteOrderMark,
    /// Lines end in CR LF; every program reads that.
    CrLf,
    /// Lines end in a lone CR.
    LoneCr,
    /// Line ends are written out as `\n`, as in JSON or an environment variable.
    EscapedLineEnds,
    /// BEGIN, base64 and END stand in one line.
    OneLine,
    /// A line of base64 has more than 64 characters; up to 76 every program reads.
    LongLines,
    /// BEGIN or END is indented.
    Indented,
    /// The marker lines have not exactly five dashes on each side, or others than `-`.
    Dashes,
    /// Something else stands before BEGIN or END on its line.
    TextBeforeMarker,
    /// Something else than blanks stands behind BEGIN or END on its line.
    TextAfterMarker,
    /// BEGIN follows on the line of the END before it: a file without a last newline was joined to another.
    BeginAfterEnd,
    /// Lines carry a prefix, such as `> ` or `# `.
    Prefixed,
    /// Quotes, commas or backslashes of some programming language stand around the lines.
    Quoted,
    /// Characters that cannot be seen stand among the base64: no-break spaces, zero-width spaces, marks of direction.
    Invisible,
    /// Empty lines stand among the base64 (one between BEGIN and the base64 is none of them).
    BlankLines,
    /// Blanks stand inside of a line of base64 or around it.
    Blanks,
    /// The padding `=` at the end was left out.
    NoPadding,
    /// No empty line divides headers and base64.
    NoLineAfterHeaders,
}

impl Oddity {
    /// Whether OpenSSL 3, and so nginx, Apache and most of the rest, refuses such a block or passes over it.
    pub fn refused_by_openssl(self) -> bool {
        match self {
            Oddity::Utf16
            | Oddity::LoneCr
            | Oddity::EscapedLineEnds
            | Oddity::OneLine
            | Oddity::Indented
            | Oddity::Dashes
            | Oddity::TextBeforeMarker
            | Oddity::TextAfterMarker
            | Oddity::BeginAfterEnd
            | Oddity::Prefixed
            | Oddity::Quoted
            | Oddity::Invisible
            | Oddity::BlankLines
            | Oddity::NoPadding
            | Oddity::NoLineAfterHeaders => true,
            Oddity::ByteOrderMark | Oddity::CrLf | Oddity::LongLines | Oddity::Blanks => false,
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Oddity::Utf16 => "the text is UTF-16",
            Oddity::ByteOrderMark => "a byte order mark stands before BEGIN",
            Oddity::CrLf => "lines end in CR LF",
            Oddity::LoneCr => "lines end in a lone CR",
            Oddity::EscapedLineEnds => "line ends are written out as \\n",
            Oddity::OneLine => "BEGIN, base64 and END stand in one line",
            Oddity::LongLines => "a line of base64 has more than 64 characters",
            Oddity::Indented => "BEGIN or END is indented",
            Oddity::Dashes => "the marker lines have not exactly five dashes on each side",
            Oddity::TextBeforeMarker => "something stands before BEGIN or END on its line",
            Oddity::TextAfterMarker => "something stands behind BEGIN or END on its line",
            Oddity::BeginAfterEnd => "BEGIN follows on the line of another block's END",
            Oddity::Prefixed => "its lines carry a prefix",
            Oddity::Quoted => "quotes or backslashes stand around its lines",
            Oddity::Invisible => "invisible characters stand among the base64",
            Oddity::BlankLines => "empty lines stand among the base64",
            Oddity::Blanks => "blanks stand among the base64",
            Oddity::NoPadding => "the padding at the end is missing",
            Oddity::NoLineAfterHeaders => "no empty line divides headers and base64",
        })
    }
}

/// Octets behind a marker that are looked at; longer than a line of base64.
const MAX_LOOK: usize = 256;

/// Adds one that is not there yet.
pub(super) fn note(oddities: &mut Vec<Oddity>, oddity: Oddity) {
    if !oddities.contains(&oddity) {
        oddities.push(oddity);
    }
}

/// What is odd about a BEGIN and what stands before it on its line; `floor` is where the block before it ended.
pub(super) fn of_begin(text: &[u8], floor: usize, begin: &Marker<'_>, oddities: &mut Vec<Oddity>) {
    let before = line_before(text.get(floor..begin.start).unwrap_or_default());
    let starts_line = before.len() < begin.start - floor || floor == 0;
    if !starts_line && before.iter().all(u8::is_ascii_whitespace) {
        note(oddities, Oddity::BeginAfterEnd);
    } else if before.ends_with(b"\xef\xbb\xbf") {
        note(oddities, Oddity::ByteOrderMark);
    } else {
        of_lead(before, oddities);
    }
    of_marker(text, begin, oddities);
}

/// What is odd about an END.
pub(super) fn of_end(text: &[u8], end: &Marker<'_>, oddities: &mut Vec<Oddity>) {
    of_marker(text, end, oddities);
}

/// What stands before a marker on its line.
pub(super) fn of_lead(before: &[u8], oddities: &mut Vec<Oddity>) {
    if before.is_empty() {
    } else if before.iter().all(u8::is_ascii_whitespace) {
        note(oddities, Oddity::Indented);
    } else {
        note(oddities, Oddity::TextBeforeMarker);
    }
}

fn of_marker(text: &[u8], marker: &Marker<'_>, oddities: &mut Vec<Oddity>) {
    if !marker.exact {
        note(oddities, Oddity::Dashes);
    }
    let after = text.get(marker.end..).unwrap_or_default();
    // A file may be one long line.
    let after = after.get(..MAX_LOOK).unwrap_or(after);
    let line = after.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
    let whole_line = line.len() < after.len() || after.len() < MAX_LOOK;
    let escaped = line.starts_with(b"\\n") || line.starts_with(b"\\r") || line.starts_with(b"\\\\n");
    // What a following block or base64 in the same line is, is said elsewhere.
    let another = line.windows(5).any(|w| w == b"-----");
    if whole_line && !escaped && !another && !line.trim_ascii().is_empty() {
        note(oddities, Oddity::TextAfterMarker);
    }
}

/// The part behind the last line end.
pub(super) fn line_before(text: &[u8]) -> &[u8] {
    let start = text.iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |i| i + 1);
    text.get(start..).unwrap_or_default()
}
