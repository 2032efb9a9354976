//! Commands of certutil as people type and paste them, with what pasting did to them.

use super::super::lines::{Line, is_blank};

/// A command line of certutil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The verb without its hyphen, in small letters: `store`, `repairstore`.
    pub verb: String,
    /// Options before and after the verb, without hyphens: `v`, `user`, `f`.
    pub options: Vec<String>,
    /// What follows the verb: store, thumbprint or file, without quotes and without marks.
    pub arguments: Vec<String>,
    /// What makes the command fail as it stands.
    pub faults: Vec<PasteFault>,
    /// Line of the file.
    pub line: u32,
}

/// What a page or a word processor puts in place of what a console needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasteFault {
    /// A dash in place of the hyphen of an option.
    Dash(char),
    /// An invisible mark, such as U+200E before a thumbprint.
    Mark(char),
    /// A typographic quotation mark.
    Quote(char),
}

/// Reads a command, with or without a prompt before it.
pub(super) fn read(line: &Line<'_>) -> Option<Command> {
    // A script writes the command as a heading: `### certutil -store my ###`.
    let typed = line
        .command()
        .unwrap_or_else(|| line.trimmed().trim_matches(|c| is_blank(c) || matches!(c, '#' | '=' | '*' | '>')));
    let echoed = typed.strip_prefix("echo ").or_else(|| typed.strip_prefix("rem "));
    let typed = echoed.unwrap_or(typed);
    let mut words = Words { rest: typed, faults: Vec::new() };
    let program = words.next()?;
    let program = program.rsplit(['\\', '/']).next().unwrap_or(&program).to_ascii_lowercase();
    if program != "certutil" && program != "certutil.exe" {
        return None;
    }
    let mut command = Command {
        verb: String::new(),
        options: Vec::new(),
        arguments: Vec::new(),
        faults: Vec::new(),
        line: line.number,
    };
    while let Some(word) = words.next() {
        let mut chars = word.chars();
        match chars.next() {
            Some(dash @ ('-' | '/' | '–' | '—' | '−' | '‐' | '‑')) if command.arguments.is_empty() || dash != '/' =>
            {
                if !matches!(dash, '-' | '/') {
                    words.faults.push(PasteFault::Dash(dash));
                }
                let name = chars.as_str().trim_start_matches(is_blank).to_ascii_lowercase();
                if command.verb.is_empty() && !is_option(&name) {
                    command.verb = name;
                } else {
                    if matches!(name.as_str(), "csp" | "p" | "config" | "restrict" | "out") {
                        // The value of the option; a password is not kept.
                        let value = words.next();
                        if name == "csp" {
                            command.options.push(format!("csp {}", value.unwrap_or_default()));
                            continue;
                        }
                    }
                    command.options.push(name);
                }
            }
            Some(_) if !command.verb.is_empty() && command.arguments.len() < 16 => command.arguments.push(word),
            _ => {}
        }
    }
    command.faults = words.faults;
    Some(command)
}

fn is_option(name: &str) -> bool {
    matches!(
        name,
        "v" | "user"
            | "f"
            | "gmt"
            | "seconds"
            | "silent"
            | "split"
            | "privatekey"
            | "enterprise"
            | "grouppolicy"
            | "service"
            | "unicode"
            | "gmtseconds"
            | "p"
            | "csp"
            | "config"
            | "pin"
            | "t"
            | "mt"
            | "sid"
            | "restrict"
            | "out"
    )
}

/// Words of a command line; quotes of any kind hold words together.
struct Words<'a> {
    rest: &'a str,
    faults: Vec<PasteFault>,
}

impl Words<'_> {
    fn next(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start_matches(is_blank);
        let mut chars = self.rest.char_indices().peekable();
        chars.peek()?;
        let (mut word, mut quoted, mut end) = (String::new(), false, self.rest.len());
        for (at, c) in chars {
            match c {
                '"' => quoted = !quoted,
                '“' | '”' | '„' | '«' | '»' => {
                    quoted = !quoted;
                    self.fault(PasteFault::Quote(c));
                }
                '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}' => {
                    self.fault(PasteFault::Mark(c));
                }
                _ if is_blank(c) && !quoted => {
                    end = at;
                    break;
                }
                _ => word.push(c),
            }
        }
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some(word)
    }

    fn fault(&mut self, fault: PasteFault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> Option<Command> {
        read(&Line { number: 1, text })
    }

    #[test]
    fn the_traps_of_a_page_are_named() {
        let found = command("C:\\>certutil –repairstore my \"\u{200e}1a 1f 94\"").unwrap();
        assert_eq!(
            (found.verb.as_str(), found.arguments.as_slice()),
            ("repairstore", ["my".to_owned(), "1a 1f 94".to_owned()].as_slice())
        );
        assert_eq!(found.faults, [PasteFault::Dash('–'), PasteFault::Mark('\u{200e}')]);
    }

    #[test]
    fn options_stand_on_both_sides() {
        let found = command("PS C:\\> certutil.exe -v -user -store REQUEST").unwrap();
        assert_eq!((found.verb.as_str(), found.options), ("store", vec!["v".to_owned(), "user".to_owned()]));
        let found = command("certutil -csp \"Microsoft Software Key Storage Provider\" -key").unwrap();
        assert_eq!(
            (found.verb.as_str(), found.options[0].as_str()),
            ("key", "csp Microsoft Software Key Storage Provider")
        );
        assert_eq!(command("==== certutil -store my ====").unwrap().arguments, ["my"]);
        assert_eq!(command("CertUtil: -store command completed successfully."), None);
        assert!(!format!("{:?}", command("certutil -f -p hunter2 -importpfx a.pfx")).contains("hunter2"));
    }
}
