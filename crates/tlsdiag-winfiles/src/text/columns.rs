//! Columns of a console: wide characters take two cells, and some programs count characters instead.

/// How the writer of a table counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// One column a character.
    Characters,
    /// Two columns for a wide character, as consoles show it.
    Cells,
}

impl Measure {
    /// Columns that `c` takes.
    #[must_use]
    pub fn of(self, c: char) -> usize {
        match self {
            Self::Characters => 1,
            Self::Cells => usize::from(is_wide(c)) + 1,
        }
    }

    /// Columns that `text` takes.
    #[must_use]
    pub fn width(self, text: &str) -> usize {
        text.chars().map(|c| self.of(c)).sum()
    }

    /// The octet of `text` at which `column` begins, or its length.
    #[must_use]
    pub fn offset(self, text: &str, column: usize) -> usize {
        let mut seen = 0;
        for (at, c) in text.char_indices() {
            if seen >= column {
                return at;
            }
            seen += self.of(c);
        }
        text.len()
    }
}

/// East Asian wide and full-width characters (Unicode Standard Annex 11), as far as consoles of Windows know them.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{303e}' | '\u{3041}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
}
