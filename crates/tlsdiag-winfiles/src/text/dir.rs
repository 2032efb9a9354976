//! Listings of folders: `dir` in any language and form of date, `dir /b`, and `Get-ChildItem`.
//!
//! What counts are the folder's path, the names and the sizes. The line with the path has words before or behind it.
use super::binding::Span;
use super::damaged::clip;
use super::lines::{Line, Text, is_blank};
use super::powershell_table::Record;
use super::shape::{self, Guid};

/// The name of a file in a folder of keys: the hash of the container's name and the machine's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyFileName {
    /// Hash of the container's name.
    pub container: [u8; 16],
    /// The id of the machine on which the file was made.
    pub machine: Guid,
}

impl KeyFileName {
    /// Reads 32 hex digits, `_` and a GUID.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (container, machine) = name.split_once('_')?;
        let machine = Guid::parse(machine).filter(|_| !machine.starts_with('{'))?;
        Some(Self { container: shape::hex(container)?.try_into().ok()?, machine })
    }
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its name.
    pub name: String,
    /// Octets in it, if they are printed; `None` for a folder.
    pub size: Option<u64>,
    /// Whether it is a folder or a link to one.
    pub is_folder: bool,
    /// Line of the file.
    pub line: u32,
}

/// A folder and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// Its path without the words around it; `None` if no line names it.
    pub path: Option<String>,
    /// In the order of the file.
    pub entries: Vec<FolderEntry>,
    /// Whether the lines with the sums stand below it, so that nothing is missing.
    pub whole: bool,
    /// Lines of the file.
    pub lines: Span,
}

/// How sure it is that the text lists a folder, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    let folders = read(text);
    let keys = folders.iter().flat_map(|f| &f.entries).any(|entry| KeyFileName::parse(&entry.name).is_some());
    match (keys, folders.is_empty()) {
        (true, _) => 90,
        (false, false) => 75,
        (false, true) => 0,
    }
}

/// Every folder of a text.
#[must_use]
pub fn read(text: &Text<'_>) -> Vec<Folder> {
    let mut out: Vec<Folder> = Vec::new();
    let mut open: Option<Folder> = None;
    for line in &text.lines {
        if line.text.is_empty() {
            continue;
        }
        if let Some(entry) = row(*line) {
            let folder = open.get_or_insert_with(|| Folder { lines: Span::line(line.number), ..Folder::default() });
            folder.lines.last = line.number;
            if entry.name != "." && entry.name != ".." {
                folder.entries.push(entry);
            }
        } else if let Some(path) = path(*line) {
            out.extend(open.take());
            open = Some(Folder { path: Some(path), lines: Span::line(line.number), ..Folder::default() });
        } else if let (Some(folder), true) = (&mut open, is_sum(*line)) {
            folder.whole = true;
            folder.lines.last = line.number;
        } else if line.command().is_some()
            || open.as_ref().is_some_and(|folder| folder.entries.is_empty() && !folder.whole)
        {
            // a path that nothing follows was no head of a listing
            out.extend(open.take());
        }
    }
    out.extend(open);
    out.retain(|folder| !folder.entries.is_empty() || (folder.whole && folder.path.is_some()));
    out
}

/// Folders among records that PowerShell printed (`Get-ChildItem`).
#[must_use]
pub fn from_records(records: &[Record]) -> Vec<Folder> {
    let mut out: Vec<Folder> = Vec::new();
    for record in records {
        let Some(name) = record.get("Name").filter(|name| !name.is_empty()) else { continue };
        if !(record.has(&["LastWriteTime"]) && (record.raw("Length").is_some() || record.raw("Mode").is_some())) {
            continue;
        }
        let parent = record
            .get("DirectoryName")
            .or_else(|| record.get("FullName").and_then(|full| full.rsplit_once('\\').map(|(p, _)| p)));
        let path = parent.or(record.group.as_deref()).filter(|path| path.contains('\\')).map(clip);
        let mode = record.get("Mode").unwrap_or("");
        let entry = FolderEntry {
            name: clip(name),
            size: record.get("Length").and_then(|size| size.trim().parse().ok()),
            is_folder: mode.starts_with(['d', 'l']) || record.get("PSIsContainer") == Some("True"),
            line: record.line,
        };
        match out.last_mut() {
            Some(folder) if folder.path == path => {
                folder.lines.last = record.line;
                folder.entries.push(entry);
            }
            _ => out.push(Folder { path, entries: vec![entry], whole: false, lines: Span::line(record.line) }),
        }
    }
    out
}

/// `2023-05-01  오전 10:12             2,048 name`, `05/01/2023  10:12 AM    <DIR>  name`, or the bare name of a key file.
fn row(line: Line<'_>) -> Option<FolderEntry> {
    let text = line.trimmed();
    if KeyFileName::parse(text).is_some() {
        return Some(FolderEntry { name: text.to_owned(), size: None, is_folder: false, line: line.number });
    }
    if line.indent() > 2 {
        return None;
    }
    let mut rest = text;
    let date = word(&mut rest)?;
    if !is_date(date) {
        return None;
    }
    // a time, with a word for the half of the day before or behind it
    let mut timed = false;
    let mut size = None;
    for _ in 0..6 {
        let next = word(&mut rest)?;
        if is_time(next) {
            timed = true;
        } else if timed && next.starts_with('<') && next.ends_with('>') && next.len() > 2 {
            size = Some(None);
            break;
        } else if timed && let Some(number) = grouped(next) {
            size = Some(Some(number));
            break;
        } else if next.chars().any(|c| c.is_ascii_digit()) && timed {
            // a name where a size should be
            return None;
        }
    }
    let size = size?;
    let name = rest.trim_matches(is_blank);
    // with `/q` the owner stands before the name
    let name = name.rsplit(is_blank).next().filter(|last| KeyFileName::parse(last).is_some()).unwrap_or(name);
    (!name.is_empty()).then(|| FolderEntry { name: clip(name), size, is_folder: size.is_none(), line: line.number })
}

fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_start_matches(is_separator);
    let end = text.find(is_separator).unwrap_or(text.len());
    let (word, after) = text.split_at_checked(end)?;
    *rest = after;
    (!word.is_empty()).then_some(word)
}

/// A no-break blank groups digits in some languages.
fn is_separator(c: char) -> bool {
    is_blank(c) && c != '\u{a0}' && c != '\u{202f}'
}

fn is_date(text: &str) -> bool {
    let text = text.trim_end_matches('.');
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    parts.len() == 3
        && parts.iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|o| o.is_ascii_digit()))
}

fn is_time(text: &str) -> bool {
    let bare = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '.');
    let parts: Vec<&str> = bare.split([':', '.']).collect();
    (2..=3).contains(&parts.len())
        && parts.iter().all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|o| o.is_ascii_digit()))
}

/// A number with signs between groups of three digits.
fn grouped(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let signs = text
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .all(|c| matches!(c, ',' | '.' | '\u{a0}' | '\u{202f}' | '\'' | '’' | '\u{fffd}' | 'ÿ'));
    (signs && !digits.is_empty() && digits.len() <= 19 && text.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// The path of the line above a listing, without the words that the language puts before or behind it.
fn path(line: Line<'_>) -> Option<String> {
    let text = line.text;
    if !(1..=8).contains(&line.indent()) || line.command().is_some() {
        return None;
    }
    let drive = text.match_indices(":\\").map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).unwrap_or("");
        let letter = before.chars().next_back().is_some_and(|c| c.is_ascii_alphabetic());
        let alone = before.chars().rev().nth(1).is_none_or(|c| is_blank(c) || !c.is_ascii_alphanumeric());
        letter && alone
    });
    let start = match drive {
        Some(at) => at.checked_sub(1)?,
        None => text.find("\\\\")?,
    };
    let path = text.get(start..)?.trim_matches(is_blank);
    // words behind the path that were ruined before
    let ruined = |word: &str| !word.is_empty() && word.chars().all(|c| matches!(c, '?' | '\u{fffd}'));
    let path = path
        .rsplit_once(is_blank)
        .filter(|(_, word)| ruined(word))
        .map_or(path, |(path, _)| path.trim_end_matches(is_blank));
    if path.contains(['<', '>', '"', '|', '*', '?']) || path.get(2..).is_some_and(|rest| rest.contains(':')) {
        return None;
    }
    const BEHIND: &[&str] = &[
        " 디렉터리",
        " 디렉토리",
        " のディレクトリ",
        "のディレクトリ",
        " 的目录",
        " 的目錄",
        " klasörü",
        " könyvtár tartalma",
        " dizini",
    ];
    let path = BEHIND.iter().find_map(|words| path.strip_suffix(words)).unwrap_or(path);
    // a folder of keys ends with a name that is known
    let known = ["\\MachineKeys", "\\Crypto\\Keys", "\\SystemKeys"].iter().find_map(|name| {
        let at = path.to_ascii_lowercase().find(&name.to_ascii_lowercase())?;
        let end = at.checked_add(name.len())?;
        path.get(end..).filter(|rest| rest.starts_with(is_blank)).and(path.get(..end))
    });
    Some(clip(known.unwrap_or(path)))
}

/// `               3 File(s)          6,144 bytes`, in any language: indented, a number first, another behind the first word.
fn is_sum(line: Line<'_>) -> bool {
    let words: Vec<&str> = line.trimmed().split(is_blank).filter(|word| !word.is_empty()).collect();
    let number = |word: &&&str| grouped(word.trim_end_matches(char::is_alphabetic)).is_some();
    let numbers = words.iter().filter(number).count();
    line.indent() >= 4 && words.len() >= 3 && numbers >= 2 && !words.iter().all(|word| grouped(word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "c2319c42033a5ca7f44e731bfd3fa2b5_4dc3e181-e14b-4a21-b022-59fc669b0914";

    #[test]
    fn listings_in_several_languages() {
        for (head, row, sum) in [
            (
                " Directory of C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys",
                "05/01/2023  10:12 AM             2,048 ",
                "               1 File(s)          2,048 bytes",
            ),
            (
                " C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys 디렉터리",
                "2023-05-01  오전 10:12             2,048 ",
                "               1개 파일               2,048 바이트",
            ),
            (
                " Verzeichnis von C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys",
                "01.05.2023  10:12             2.048 ",
                "               1 Datei(en),          2.048 Bytes",
            ),
            (
                " Répertoire de C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys",
                "01/05/2023  10:12             2\u{a0}048 ",
                "               1 fichier(s)            2\u{a0}048 octets",
            ),
            (
                " C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys のディレクトリ",
                "2023/05/01  10:12             2,048 ",
                "               1 個のファイル               2,048 バイト",
            ),
        ] {
            let text = format!(
                " Volume in drive C\n Volume Serial Number is 1234-ABCD\n\n{head}\n\n{} <DIR>          .\n{row}{KEY}\n{sum}\n               2 Dir(s)  10,000,000 bytes free\n",
                row.split("  ").next().unwrap().to_owned() + "  10:00   "
            );
            let all = read(&Text::new(&text));
            assert_eq!(all.len(), 1, "{text}\n{all:#?}");
            assert_eq!(all[0].path.as_deref(), Some("C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys"), "{text}");
            let shown: Vec<_> = all[0].entries.iter().map(|e| (e.name.as_str(), e.size)).collect();
            assert_eq!(shown, [(KEY, Some(2048))], "{text}");
            assert!(all[0].whole, "{text}");
        }
    }

    #[test]
    fn bare_names_and_powershell() {
        let all = read(&Text::new(&format!("{KEY}\n{}\n", KEY.replace('c', "d"))));
        assert_eq!((all.len(), all[0].entries.len(), all[0].path.as_deref()), (1, 2, None));
        let text = format!(
            "\n\n    Verzeichnis: C:\\ProgramData\\Microsoft\\Crypto\\Keys\n\n\nMode                 LastWriteTime         Length Name                                                                 \n----                 -------------         ------ ----                                                                 \n-a--s-        01.05.2023     10:12           2048 {KEY}\n-a--s-        01.05.2023     10:12             77 b c\n"
        );
        let all = from_records(&super::super::powershell_table::records(&Text::new(&text)));
        assert_eq!(all.len(), 1, "{all:#?}");
        assert_eq!(all[0].path.as_deref(), Some("C:\\ProgramData\\Microsoft\\Crypto\\Keys"));
        assert_eq!(
            (all[0].entries[0].name.as_str(), all[0].entries[0].size, all[0].entries[1].name.as_str()),
            (KEY, Some(2048), "b c")
        );
    }

    #[test]
    fn key_file_names() {
        let name = KeyFileName::parse(KEY).unwrap();
        assert_eq!(
            (name.container[0], name.machine.to_string().as_str()),
            (0xc2, "4dc3e181-e14b-4a21-b022-59fc669b0914")
        );
        assert_eq!(KeyFileName::parse("c2319c42033a5ca7f44e731bfd3fa2b5"), None);
    }
}
