//! Lines of a screen: wrapped at word boundaries by cells, coloured by role, and free of control characters whatever
//! stands in the text.
use crate::style::{Role, Style};
use std::collections::BTreeSet;
use tlsdiag_model::escape;

/// The lines so far.
pub(crate) struct Page<'s> {
    style: &'s Style,
    lines: Vec<String>,
    /// The lines that go on with the one above.
    continued: BTreeSet<usize>,
}

/// A piece of a line.
pub(crate) type Bit<'a> = (Role, &'a str);

impl<'s> Page<'s> {
    pub(crate) fn new(style: &'s Style) -> Page<'s> {
        Page { style, lines: vec![], continued: BTreeSet::new() }
    }

    pub(crate) fn style(&self) -> &'s Style {
        self.style
    }

    pub(crate) fn width(&self) -> usize {
        self.style.width.max(40)
    }

    pub(crate) fn cells(&self, s: &str) -> usize {
        self.style.glyphs.cells(s)
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn blank(&mut self) {
        if self.lines.last().is_some_and(|l| !l.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// Cuts to a number of lines; the last one says how to see the rest. A paragraph that would be cut in the middle goes as
    /// a whole, unless half of what there is room for would go with it.
    pub(crate) fn cut(&mut self, most: usize, rest: &str) {
        if self.lines.len() > most {
            let last = most.saturating_sub(1);
            let whole = (most / 2..=last).rev().find(|i| !self.continued.contains(i)).unwrap_or(last);
            self.lines.truncate(whole);
            self.line(&[(Role::Dim, rest)]);
        }
    }

    /// One line, not wrapped: for pieces that are known to be short, and for commands, which a break would spoil.
    pub(crate) fn line(&mut self, bits: &[Bit<'_>]) {
        let line = bits.iter().map(|b| self.paint(*b)).collect::<String>();
        self.lines.push(line.trim_end().to_owned());
    }

    /// A head, then text that starts at column `column` (or two cells after a longer head) and is wrapped there.
    pub(crate) fn para(&mut self, head: &[Bit<'_>], column: usize, body: Bit<'_>) {
        self.para_tail(head, column, body, None, usize::MAX);
    }

    /// The same with a code flush right on the first line, and at most so many lines.
    pub(crate) fn para_tail(
        &mut self,
        head: &[Bit<'_>],
        column: usize,
        body: Bit<'_>,
        tail: Option<Bit<'_>>,
        most: usize,
    ) {
        let head_cells = head.iter().map(|(_, s)| self.cells(&escape(s))).fold(0, usize::saturating_add);
        let (tail_text, tail_cells) = match tail {
            Some((_, t)) => (escape(t), self.cells(&escape(t)).saturating_add(2)),
            None => (String::new(), 0),
        };
        if head_cells > self.width() {
            self.long_head(head, column, body);
            return;
        }
        let spaced = head.last().is_none_or(|(_, s)| s.ends_with(' '));
        let gap = if spaced { 0 } else { 2 };
        let start = if head_cells.saturating_add(gap) <= column { column } else { head_cells.saturating_add(gap) };
        let room = self.width().saturating_sub(tail_cells);
        let text = escape(body.1);
        // a head that fills the line leaves the text to the next
        let early = start.saturating_add(12) > room;
        let mut pieces = wrap(
            &text,
            if early { 0 } else { room.saturating_sub(start) },
            room.saturating_sub(column).max(12),
            &|s| self.cells(s),
        );
        if pieces.len() > most {
            pieces.truncate(most);
            if let Some(last) = pieces.last_mut() {
                *last = shortened(last, room.saturating_sub(column), &|s| self.cells(s));
            }
        }
        for (i, piece) in pieces.iter().enumerate() {
            let mut line = String::new();
            let mut used = 0;
            if i == 0 {
                line.extend(head.iter().map(|b| self.paint(*b)));
                used = head_cells;
                if !piece.is_empty() {
                    line.push_str(&" ".repeat(start.saturating_sub(used)));
                    used = start;
                }
            } else {
                line.push_str(&" ".repeat(column));
                used = used.saturating_add(column);
                self.continued.insert(self.lines.len());
            }
            line.push_str(&self.paint((body.0, piece)));
            used = used.saturating_add(self.cells(piece));
            if i == 0
                && let Some((role, _)) = tail
            {
                let fill = self.width().saturating_sub(used).saturating_sub(tail_cells.saturating_sub(2));
                line.push_str(&" ".repeat(fill));
                line.push_str(&self.paint((role, &tail_text)));
            }
            self.lines.push(line.trim_end().to_owned());
        }
    }

    /// A head that does not fit on a line (a long URL) is wrapped itself, and the text stands below.
    fn long_head(&mut self, head: &[Bit<'_>], column: usize, body: Bit<'_>) {
        let text: String = head.iter().map(|(_, s)| escape(s)).collect();
        let role = head.last().map_or(Role::Plain, |b| b.0);
        let indent = text.len() - text.trim_start().len();
        let room = self.width().saturating_sub(indent);
        for piece in wrap(&text, room, room, &|s| self.cells(s)).into_iter().filter(|p| !p.is_empty()) {
            self.line(&[(Role::Plain, &" ".repeat(indent)), (role, &piece)]);
        }
        self.para(&[], column, body);
    }

    /// Items side by side, as many as fit.
    pub(crate) fn row(&mut self, indent: usize, items: &[(Role, String, String)]) {
        let cells: Vec<usize> =
            items.iter().map(|(_, g, w)| self.cells(&format!("{} {}", escape(g), escape(w)))).collect();
        let total = |gap: usize| cells.iter().sum::<usize>() + gap * cells.len().saturating_sub(1) + indent;
        let gap = if total(2) <= self.width() { 2 } else { 1 };
        let mut line = " ".repeat(indent);
        let mut used = indent;
        for ((role, glyph, word), n) in items.iter().zip(cells) {
            if used > indent {
                if used + gap + n > self.width() {
                    self.lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
                    used = indent;
                } else {
                    line.push_str(&" ".repeat(gap));
                    used += gap;
                }
            }
            line.push_str(&self.paint((*role, glyph)));
            line.push(' ');
            line.push_str(&self.paint((Role::Plain, word)));
            used += n;
        }
        self.lines.push(line);
    }

    /// Takes the lines of another page.
    pub(crate) fn append(&mut self, other: Page<'_>) {
        let base = self.lines.len();
        self.continued.extend(other.continued.iter().map(|i| i.saturating_add(base)));
        self.lines.extend(other.lines);
    }

    pub(crate) fn finish(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        let mut out = self.lines.join("\n");
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    fn paint(&self, (role, text): Bit<'_>) -> String {
        let text = escape(text);
        if self.style.colour && role != Role::Plain && !text.trim().is_empty() {
            let s = role.style();
            format!("{s}{text}{s:#}")
        } else {
            text
        }
    }
}

/// Breaks a text into lines of at most `first` and then `rest` cells, at spaces where there are any.
fn wrap(text: &str, first: usize, rest: usize, cells: &impl Fn(&str) -> usize) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    let mut line = String::new();
    let mut used = 0usize;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let room = if out.is_empty() { first } else { rest };
        let n = cells(word);
        let gap = usize::from(used > 0);
        if used.saturating_add(gap).saturating_add(n) <= room {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            used = used.saturating_add(gap).saturating_add(n);
            continue;
        }
        if used > 0 || out.is_empty() {
            out.push(std::mem::take(&mut line));
            used = 0;
        }
        if n <= rest {
            line.push_str(word);
            used = n;
            continue;
        }
        // a word longer than a line: cut between characters
        for c in word.chars() {
            let w = cells(c.encode_utf8(&mut [0; 4]));
            if used.saturating_add(w) > rest && used > 0 {
                out.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used = used.saturating_add(w);
        }
    }
    if !line.is_empty() || out.is_empty() {
        out.push(line);
    }
    out
}

/// Makes room for the dots: takes words away, or characters where there is but one word.
fn shortened(line: &str, room: usize, cells: &impl Fn(&str) -> usize) -> String {
    let mut s = line.to_owned();
    while cells(&s).saturating_add(4) > room {
        match s.rfind(' ') {
            Some(at) => s.truncate(at),
            None => {
                if s.pop().is_none() {
                    break;
                }
            }
        }
    }
    format!("{} ...", s.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn wraps_by_cells_and_cuts_only_what_has_no_space() {
        let w = |s: &str| s.width();
        assert_eq!(wrap("aaa bbb ccc", 7, 7, &w), ["aaa bbb", "ccc"]);
        assert_eq!(wrap("인증서가 만료되었습니다", 8, 14, &w), ["인증서가", "만료되었습니다"]);
        assert_eq!(wrap("abcdefgh ij", 3, 3, &w), ["", "abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 3, 3, &w), [""]);
        assert!(wrap(&"한".repeat(50), 0, 13, &w).iter().all(|l| l.width() <= 13));
    }

    #[test]
    fn nothing_from_outside_moves_the_cursor() {
        let style = Style { colour: true, ..Style::default() };
        let mut p = Page::new(&style);
        p.para(&[(Role::Bad, "a\u{1b}[2J")], 4, (Role::Plain, "b\r\u{202e}c\td"));
        p.line(&[(Role::Dim, "\u{9b}31m\n")]);
        let out = p.finish();
        let plain =
            out.replace("\u{1b}[31m", "").replace("\u{1b}[1m", "").replace("\u{1b}[2m", "").replace("\u{1b}[0m", "");
        assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
        assert_eq!(out.lines().count(), 2);
        assert!(out.contains("\\u{1b}[2J") && out.contains("\\u{202e}"));
    }
}
