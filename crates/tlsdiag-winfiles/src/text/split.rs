//! One file often holds what several commands printed: a log of a batch file, a console that somebody copied. A command
//! begins a section.
use super::command::Command;
use super::lines::{Line, Text};

/// What one command printed, or what stands before the first command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section<'a> {
    /// The command, if one stands above.
    pub command: Option<Command>,
    /// The lines below it.
    pub text: Text<'a>,
}

/// Sections that are kept; further commands stay inside of the last one.
pub const MAX_SECTIONS: usize = 10_000;

/// Splits a text at its commands. A prompt without a command ends a section too.
#[must_use]
pub fn sections<'a>(text: &Text<'a>) -> Vec<Section<'a>> {
    let mut out: Vec<Section<'a>> = Vec::new();
    let mut command = None;
    let mut lines: Vec<Line<'a>> = Vec::new();
    for line in &text.lines {
        let typed = line.command();
        let found = Command::of(*line);
        if (found.is_none() && typed.is_none()) || out.len() >= MAX_SECTIONS {
            lines.push(*line);
            continue;
        }
        if lines.iter().any(|line| !line.text.is_empty()) || command.is_some() {
            let text = Text { lines: std::mem::take(&mut lines), ..Text::default() };
            out.push(Section { command: command.take(), text });
        }
        lines.clear();
        command = found;
    }
    if lines.iter().any(|line| !line.text.is_empty()) || command.is_some() {
        out.push(Section { command, text: Text { lines, open_end: text.open_end, ..Text::default() } });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_several_commands() {
        let text = Text::new(
            "before\nC:\\>netstat -ano\n\n  TCP\nC:\\>\nC:\\>netsh http show sslcert\nx\n=== systeminfo ===\ny\n",
        );
        let shown: Vec<(Option<String>, Vec<&str>)> = sections(&text)
            .into_iter()
            .map(|s| {
                (s.command.map(|c| c.text), s.text.lines.iter().map(|l| l.text).filter(|t| !t.is_empty()).collect())
            })
            .collect();
        assert_eq!(
            shown,
            [
                (None, vec!["before"]),
                (Some("netstat -ano".to_owned()), vec!["  TCP"]),
                (Some("netsh http show sslcert".to_owned()), vec!["x"]),
                (Some("systeminfo".to_owned()), vec!["y"]),
            ]
        );
    }
}
