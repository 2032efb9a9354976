//! Lines of a decoded text with their numbers, and what consoles and shells put round them.
//!
//! A [`Line`] is a slice of the text: nothing is copied. Lines end with CRLF, LF, a lone CR, NEL or U+2028. Runs of blank
//! lines are kept as one blank line, so that a file of line ends costs nothing. Prefixes that PowerShell writes before every
//! line of a stream (`VERBOSE: `, in any language) are taken off.

/// Lines that are held of one text. What is beyond is told by [`Text::unread`].
pub const MAX_LINES: usize = 2_000_000;

/// Octets of a line that readers look at. A longer one is no output of a tool that is read here.
pub const MAX_LINE: usize = 32 * 1024;

/// One line of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1 in the whole file.
    pub number: u32,
    /// Without its end, with its indentation, without padding at the right. Empty if blank, and cut at [`MAX_LINE`] octets.
    pub text: &'a str,
}

/// The lines of a text, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text<'a> {
    /// In order; never two blank lines in a row.
    pub lines: Vec<Line<'a>>,
    /// Lines beyond [`MAX_LINES`] that were not taken.
    pub unread: u64,
    /// Lines that were cut because they exceed [`MAX_LINE`].
    pub too_long: Vec<u32>,
    /// Whether the last line has no end: more of it may be missing.
    pub open_end: bool,
}

impl<'a> Text<'a> {
    /// Splits a decoded text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut out = Self {
            open_end: !text.is_empty() && !text.ends_with(['\n', '\r', '\u{85}', '\u{2028}']),
            ..Self::default()
        };
        let (mut number, mut blank) = (0_u32, true);
        for raw in split(text) {
            number = number.saturating_add(1);
            let (line, cut) = bounded(raw);
            let line = line.trim_end_matches(is_blank);
            if line.is_empty() {
                if !blank {
                    out.push(Line { number, text: "" });
                }
                blank = true;
                continue;
            }
            blank = false;
            out.push(Line { number, text: line });
            if cut && out.too_long.len() < 1000 {
                out.too_long.push(number);
            }
        }
        strip_stream_prefix(&mut out.lines);
        out
    }

    /// A part of a text.
    #[must_use]
    pub fn of(lines: &[Line<'a>]) -> Self {
        Self { lines: lines.to_vec(), ..Self::default() }
    }

    /// Lines that are not blank.
    pub fn filled(&self) -> impl Iterator<Item = Line<'a>> + '_ {
        self.lines.iter().copied().filter(|line| !line.text.is_empty())
    }

    fn push(&mut self, line: Line<'a>) {
        if self.lines.len() < MAX_LINES {
            self.lines.push(line);
        } else {
            self.unread = self.unread.saturating_add(1);
        }
    }
}

impl<'a> Line<'a> {
    /// Without its indentation.
    #[must_use]
    pub fn trimmed(&self) -> &'a str {
        self.text.trim_matches(is_blank)
    }

    /// Columns of its indentation; a tabulator counts 8.
    #[must_use]
    pub fn indent(&self) -> usize {
        self.text.chars().take_while(|c| is_blank(*c)).map(|c| if c == '\t' { 8 } else { 1 }).sum()
    }

    /// The command that somebody typed, if this is a console prompt: what follows `C:\…>` or `PS C:\…>`.
    /// Empty for a prompt without a command.
    #[must_use]
    pub fn command(&self) -> Option<&'a str> {
        let text = self.trimmed();
        let text = text
            .strip_prefix("PS")
            .map_or(text, |rest| if rest.starts_with(is_blank) { rest.trim_start() } else { text });
        let text = text.strip_prefix("Administrator:").map_or(text, str::trim_start);
        let (place, command) = text.split_once('>')?;
        let drive = place.starts_with(|c: char| c.is_ascii_alphabetic()) && place.get(1..3) == Some(":\\");
        let provider = matches!(place, "Cert:\\" | "HKLM:\\" | "IIS:\\")
            || place.starts_with("\\\\")
            || place == "netsh http"
            || place == "netsh";
        // a path has no character that Windows forbids in names
        ((drive || provider) && !place.contains(['<', '"', '|', '*', '?'])).then(|| command.trim_matches(is_blank))
    }

    /// Where a label may end and its value begin: `(label, value)` for every `:`, `：`, `=` or `＝` of the line that is
    /// followed by a blank or by the end, from the left to the right. A label may hold colons itself.
    pub fn splits(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        let text = self.trimmed();
        text.char_indices().filter(|(_, c)| matches!(c, ':' | '：' | '=' | '＝')).filter_map(move |(at, c)| {
            let label = text.get(..at)?;
            let value = text.get(at.checked_add(c.len_utf8())?..)?;
            let wide = matches!(c, '：' | '＝');
            (wide || value.is_empty() || value.starts_with(is_blank))
                .then(|| (label.trim_end_matches(is_blank), value.trim_matches(is_blank)))
        })
    }

    /// The value behind the last separator of [`Line::splits`]. Values of the tools that are read here hold no separator
    /// that is followed by a blank, but labels do.
    #[must_use]
    pub fn last_value(&self) -> Option<&'a str> {
        self.splits().last().map(|(_, value)| value)
    }

    /// Whether it is only a rule of signs below a heading, such as `-----`.
    #[must_use]
    pub fn is_rule(&self) -> bool {
        let text = self.trimmed();
        text.chars().count() >= 3
            && text.chars().all(|c| matches!(c, '-' | '=' | '─' | '—' | '–' | '_' | '*') || is_blank(c))
    }
}

/// Blanks in every width, and marks without width that pasting leaves: NBSP, full-width blank, thin blanks, U+FEFF, U+200B.
/// Direction marks are not among them: they are a fault that must be seen.
#[must_use]
pub fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{a0}' | '\u{3000}' | '\u{202f}' | '\u{2000}'..='\u{200b}' | '\u{feff}' | '\u{c}' | '\u{b}'
    )
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(['\n', '\r', '\u{85}', '\u{2028}']) else {
            rest = None;
            return (!text.is_empty()).then_some(text);
        };
        let (line, end) = text.split_at_checked(at)?;
        let end = end.strip_prefix("\r\n").unwrap_or_else(|| {
            let mut rest = end.chars();
            rest.next();
            rest.as_str()
        });
        rest = Some(end);
        Some(line)
    })
}

fn bounded(line: &str) -> (&str, bool) {
    if line.len() <= MAX_LINE {
        return (line, false);
    }
    let at = (0..=MAX_LINE).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    (line.get(..at).unwrap_or(""), true)
}

/// The prefix of a PowerShell stream is a word in capitals or in a script without them, a colon and one blank, and it is
/// the same on most lines of a block. Known words are taken off wherever they stand.
fn strip_stream_prefix(lines: &mut [Line<'_>]) {
    let mut start = 0;
    while start < lines.len() {
        let prefix = lines.get(start).and_then(|line| prefix(line.text));
        let Some(prefix) = prefix else {
            start += 1;
            continue;
        };
        let bare = prefix.trim_end();
        let same =
            lines.get(start..).unwrap_or_default().iter().take_while(|l| l.text.starts_with(bare) || l.text.is_empty());
        let end = start + same.count().max(1);
        let filled = lines.get(start..end).unwrap_or_default().iter().filter(|l| !l.text.is_empty()).count();
        if filled >= 3 || KNOWN.contains(&bare) {
            for line in lines.get_mut(start..end).unwrap_or_default() {
                if let Some(rest) = line.text.strip_prefix(bare) {
                    line.text = rest.strip_prefix(' ').unwrap_or(rest);
                }
            }
        }
        start = end;
    }
}

const KNOWN: &[&str] = &[
    "VERBOSE:",
    "AUSFÜHRLICH:",
    "COMMENTAIRES:",
    "DETALLADO:",
    "DETTAGLIATO:",
    "DETALHADO:",
    "ПОДРОБНО:",
    "자세한 정보 표시:",
    "자세한 정보:",
    "詳細:",
    "详细信息:",
    "詳細資訊:",
    "DEBUG:",
    "INFO:",
];

fn prefix(text: &str) -> Option<&str> {
    let colon = text.char_indices().take(32).find(|(_, c)| *c == ':')?.0;
    let label = text.get(..colon)?;
    let rest = text.get(colon..)?;
    let shape = label.chars().count() >= 2
        && !label.contains(char::is_lowercase)
        && label.chars().all(|c| c.is_alphabetic() || c == ' ')
        && !label.starts_with(' ')
        && !label.ends_with(' ')
        && (rest.starts_with(": ") || rest == ":");
    shape.then(|| text.get(..=colon)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_every_kind_keep_the_count() {
        let text = Text::new("a\r\nb\nc\rd\u{85}e\n\n\n\nf");
        let seen: Vec<(u32, &str)> = text.lines.iter().map(|l| (l.number, l.text)).collect();
        assert_eq!(seen, [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, ""), (9, "f")]);
    }

    #[test]
    fn the_prefix_of_a_stream_goes_in_any_language() {
        for word in ["VERBOSE:", "РАЗНОЕ СЛОВО:", "說明:"] {
            let raw = format!("{word}     IP:port : 0.0.0.0:443\n{word} \n{word}     Hash : x\n{word} y");
            let text = Text::new(&raw);
            assert_eq!(text.lines[0].text, "    IP:port : 0.0.0.0:443", "{word}");
            assert_eq!(text.lines.last().unwrap().text, "y");
        }
        // labels of one record are not a prefix
        let text = Text::new("SERVICE_NAME: w3svc\nTYPE: 20\nSTATE: 4");
        assert_eq!(text.lines[1].text, "TYPE: 20");
    }

    #[test]
    fn a_prompt_gives_its_command() {
        let command = |text: &'static str| Line { number: 1, text }.command();
        assert_eq!(command("PS C:\\Users\\noatn> netstat -ano"), Some("netstat -ano"));
        assert_eq!(command("C:\\>certutil -store my"), Some("certutil -store my"));
        assert_eq!(command("C:\\Windows\\system32>"), Some(""));
        assert_eq!(command("    Hash : a>b"), None);
    }

    #[test]
    fn a_label_may_hold_colons() {
        let line = Line { number: 1, text: "    Nom du magasin de certificats :       : MY" };
        assert_eq!(line.last_value(), Some("MY"));
        let line = Line { number: 1, text: "  存储名称：MY" };
        assert_eq!(line.last_value(), Some("MY"));
        let line = Line { number: 1, text: "  IP:port   : [::1]:443" };
        assert_eq!(line.last_value(), Some("[::1]:443"));
    }

    #[test]
    fn fifty_megabytes_of_line_ends_or_of_zeros_cost_one_line() {
        let ends = "\n".repeat(50 << 20);
        assert!(Text::new(&ends).lines.is_empty());
        let zeros = "\0".repeat(50 << 20);
        let text = Text::new(&zeros);
        assert_eq!((text.lines.len(), text.lines[0].text.len(), text.too_long), (1, MAX_LINE, vec![1]));
    }
}
