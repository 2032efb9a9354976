//! Commands that stand in a log: at a prompt, echoed by a batch file, or as the heading that a script wrote.
use super::damaged::{Damaged, clip};
use super::lines::{Line, is_blank};
use super::shape::{Guid, Hash, is_direction_mark, unquoted};

/// A command line of one of the tools that are read here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Without folder and `.exe`, in small letters: `netsh`.
    pub program: String,
    /// What follows, without quotes.
    pub words: Vec<String>,
    /// What pasting did to it: invisible marks, dashes that are no hyphens, a thumbprint of the wrong length, an id without
    /// braces.
    pub pasted: Vec<Damaged>,
    /// As it stands.
    pub text: String,
    /// Line of the file.
    pub line: u32,
}

impl Command {
    /// Reads a prompt with a command, or a line that is nothing but a command of a known tool.
    #[must_use]
    pub fn of(line: Line<'_>) -> Option<Self> {
        let text = match line.command() {
            Some(command) => command,
            None => bare(line)?,
        };
        let mut words = words(text);
        // the call operator of PowerShell
        if matches!(words.first(), Some(&"&" | &".")) {
            words.remove(0);
        }
        let first = words.first()?;
        let program = first.rsplit(['\\', '/']).next()?.to_ascii_lowercase();
        let program = program.strip_suffix(".exe").unwrap_or(&program).to_owned();
        (!program.is_empty()).then(|| Self {
            pasted: pasted(text, &words, line.number),
            program,
            words: words.get(1..).unwrap_or_default().iter().map(|word| (*word).to_owned()).collect(),
            text: clip(text),
            line: line.number,
        })
    }

    /// The value of `name=value`.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.words.iter().find_map(|word| {
            let (key, value) = word.split_once('=')?;
            key.eq_ignore_ascii_case(name).then(|| unquoted(value))
        })
    }

    /// Whether it runs `program` with these words before any other; netsh takes them shortened.
    #[must_use]
    pub fn runs(&self, program: &str, words: &[&str]) -> bool {
        self.program == program
            && self.words.len() >= words.len()
            && words.iter().zip(&self.words).all(|(wanted, word)| {
                let word = word.to_ascii_lowercase();
                *wanted == word || (program == "netsh" && !word.is_empty() && wanted.starts_with(&word))
            })
    }
}

/// Tools whose name at the beginning of a line makes it a command, with a word that must follow.
const TOOLS: &[&str] = &[
    "netsh",
    "httpcfg",
    "certutil",
    "netstat",
    "tasklist",
    "icacls",
    "cacls",
    "appcmd",
    "systeminfo",
    "ipconfig",
    "hostname",
    "sc",
    "ver",
    "dir",
    "net",
    "get-childitem",
    "get-tlsciphersuite",
    "get-nettcpconnection",
    "get-acl",
    "reg",
];

fn bare(line: Line<'_>) -> Option<&str> {
    let text = line
        .trimmed()
        .trim_matches(|c: char| matches!(c, '=' | '#' | '*' | '-' | '>' | '[' | ']' | '+') || is_blank(c));
    let first = text.split(is_blank).next()?;
    let name = first.rsplit(['\\', '/']).next()?.to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let rest = text.get(first.len()..)?.trim_matches(is_blank);
    let known = TOOLS.contains(&name);
    // words that are also words of a language, or rows of a list, need an argument that looks like one
    let shape = match name {
        "dir" | "sc" | "net" | "reg" | "ver" | "hostname" | "certutil" | "systeminfo" => {
            rest.starts_with(['/', '-', '–', '"'])
                || rest.get(1..3) == Some(":\\")
                || ["query", "queryex", "qc", "start"].contains(&rest.split(is_blank).next().unwrap_or(""))
                || (rest.is_empty() && text.len() == line.text.len() && line.number == 1)
                || (rest.is_empty() && line.trimmed().len() > text.len())
        }
        "netsh" => rest.starts_with(|c: char| c.is_ascii_alphabetic()),
        "netstat" | "tasklist" => rest.is_empty() || rest.starts_with(['/', '-']),
        _ => !rest.starts_with([':', '=']) && !rest.contains(" : "),
    };
    (known && shape && !text.contains(" : ") && line.indent() == 0).then_some(text)
}

/// Words of a command line; quotes hold blanks together.
fn words(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut quoted) = (None, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => {
                quoted = !quoted;
                start = start.or(Some(at));
            }
            c if is_blank(c) && !quoted => out.extend(start.take().and_then(|start| text.get(start..at))),
            _ => start = start.or(Some(at)),
        }
    }
    out.extend(start.and_then(|start| text.get(start..)));
    out.truncate(256);
    out.iter().map(|word| unquoted(word)).collect()
}

fn pasted(text: &str, words: &[&str], line: u32) -> Vec<Damaged> {
    let mut out = Vec::new();
    if let Some(mark) = text.chars().find(|c| is_direction_mark(*c)) {
        let word = words.iter().find(|w| w.contains(mark)).unwrap_or(&"");
        out.push(Damaged::new(word, "no invisible marks", format!("U+{:04X}", u32::from(mark)), line));
    }
    for word in words {
        if let Some(dash) = word.chars().next().filter(|c| matches!(c, '\u{2013}' | '\u{2014}' | '\u{2212}')) {
            out.push(Damaged::new(word, "a hyphen", format!("U+{:04X}", u32::from(dash)), line));
        }
        let Some((key, value)) = word.split_once('=') else { continue };
        let value = unquoted(value);
        if key.eq_ignore_ascii_case("certhash") && !value.chars().any(is_direction_mark) {
            if let Hash::Damaged { value, .. } = Hash::parse(value, line) {
                out.push(value);
            }
        } else if key.eq_ignore_ascii_case("appid") && (Guid::parse(value).is_none() || !value.starts_with('{')) {
            out.push(Damaged::new(value, "a GUID in braces", "something else", line));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Command> {
        Command::of(Line { number: 3, text })
    }

    #[test]
    fn prompts_headings_and_echoes() {
        let add = of("C:\\>netsh http add sslcert ipport=0.0.0.0:443 certhash=\u{200e}ab appid={1}").unwrap();
        assert!(add.runs("netsh", &["http", "add", "sslcert"]));
        assert_eq!((add.argument("ipport"), add.pasted.len(), add.line), (Some("0.0.0.0:443"), 2, 3));
        assert_eq!(add.pasted[0].found, "U+200E");
        assert!(of("netsh http show ssl").unwrap().runs("netsh", &["http", "show", "sslcert"]));
        assert!(of("===== netstat -ano =====").unwrap().runs("netstat", &["-ano"]));
        assert!(of("PS C:\\> & \"C:\\Windows\\System32\\certutil.exe\" -store my").is_some());
        let dash = of("C:\\>certutil \u{2013} repairstore my \"\u{200e}1a 1f\"").unwrap();
        assert_eq!(dash.pasted.iter().map(|d| d.found.as_str()).collect::<Vec<_>>(), ["U+200E", "U+2013"]);
        for text in ["    IP:port : 0.0.0.0:443", "SC : x", "dir.exe  123 Console  0", "net profit", "hostname.example"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
