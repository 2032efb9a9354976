//! Lines of a label and a text that go on below each other within the width of the screen.
use crate::{
    args::{Colour, FailOn, Format, Language, Show},
    terminal,
};
use tlsdiag_report::Style;
use unicode_width::UnicodeWidthStr;

/// Cells of the label column.
pub(crate) const LABEL: usize = 10;

/// `label` and `text`, broken at blanks; lines after the first are indented to the text. What is longer than a line, such
/// as a path, is not broken.
pub(crate) fn entry(label: &str, text: &str, column: usize, width: usize) -> String {
    let mut out = format!("  {label}{}", " ".repeat(column.saturating_sub(label.width())));
    let indent = column.saturating_add(2);
    let mut at = indent.max(label.width().saturating_add(2));
    let mut first = true;
    for word in text.split(' ') {
        let cells = word.width();
        if !first && at.saturating_add(1).saturating_add(cells) > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            at = indent;
        } else if !first {
            out.push(' ');
            at = at.saturating_add(1);
        }
        out.push_str(word);
        at = at.saturating_add(cells);
        first = false;
    }
    out.push('\n');
    out
}

/// What the terminal can show, for commands with one way of showing.
pub(crate) fn style(lang: Option<Language>) -> Style {
    terminal::style(&Show {
        lang,
        json: false,
        format: Format::Text,
        quiet: false,
        verbose: 0,
        color: Colour::Never,
        fail_on: FailOn::Partial,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_by_cells() {
        assert_eq!(entry("of", "one two three", 4, 14), "  of  one two\n      three\n");
        assert_eq!(entry("of", "인증서 체인", 4, 14), "  of  인증서\n      체인\n");
        assert_eq!(entry("", "a/very/long/path/indeed x", 2, 10), "    a/very/long/path/indeed\n    x\n");
        assert_eq!(entry("longer", "x", 2, 40), "  longerx\n");
    }
}
