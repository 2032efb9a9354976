//! Who may do what with a file: `icacls`, `cacls`, and `Get-Acl` of PowerShell, in any language.
//!
//! An entry is an account, a colon and rights in constants that are not translated; the entries of one file stand below
//! each other, and their column tells where the path of the first line ends.
use super::accounts;
use super::binding::Span;
use super::columns::Measure;
use super::command::Command;
use super::damaged::clip;
use super::lines::{Line, Text, is_blank};
use super::powershell_table::Record;
use super::sddl;

/// One entry of an access list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As it is written.
    pub account: String,
    /// Its SID, if it is written or the account is a well-known one.
    pub sid: Option<String>,
    /// Denies; else allows.
    pub deny: bool,
    /// Came from the folder above.
    pub inherited: bool,
    /// Does not hold for this file, only for what is made inside.
    pub inherit_only: bool,
    /// What it gives or denies.
    pub rights: Rights,
    /// Line of the file.
    pub line: u32,
}

/// What an entry gives or denies, as far as reading a key asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Reading the content.
    pub read: bool,
    /// Writing the content.
    pub write: bool,
    /// Full control.
    pub full: bool,
}

impl Rights {
    /// Of an access mask (`ACCESS_MASK`, winnt.h): generic, standard and file rights.
    #[must_use]
    pub fn of_mask(mask: u32) -> Self {
        let full = mask & 0x001f_01ff == 0x001f_01ff || mask & 0x1000_0000 != 0;
        Self { full, read: full || mask & 0x8000_0001 != 0, write: full || mask & 0x4000_0002 != 0 }
    }
}

/// A file or folder and who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Its path as it is printed.
    pub path: String,
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// Whether the path could not be told from the first account without doubt.
    pub unsure: bool,
    /// Lines of the file.
    pub lines: Span,
}

/// How sure it is that the text has access lists, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    if read(text, None).is_empty() { 0 } else { 90 }
}

/// Every access list of a text.
#[must_use]
pub fn read(text: &Text<'_>, command: Option<&Command>) -> Vec<Access> {
    let mut out = Vec::new();
    let mut block: Vec<(Line<'_>, Parsed<'_>)> = Vec::new();
    let mut named = command.filter(|c| matches!(c.program.as_str(), "icacls" | "cacls")).cloned();
    for line in &text.lines {
        if line.text.is_empty() {
            continue;
        }
        // `Everyone:(special access:)` of cacls is followed by the names of the rights
        if let (true, Some((_, before))) = (is_constant(line.trimmed()), block.last_mut()) {
            before.more.push(line.trimmed());
            continue;
        }
        let parsed = parse(*line);
        // an entry flush left or with a path begins the next file
        let goes_on = parsed.as_ref().is_some_and(|_| line.indent() >= 3 && !begins_with_path(line.trimmed()));
        if !goes_on {
            out.extend(close(&mut block, named.as_ref()));
            if let Some(command) = line.command().and(Command::of(*line)) {
                named = Some(command);
            }
        }
        // the end of a listing whose head was cut off tells of no file
        block.extend(parsed.filter(|_| !goes_on || !block.is_empty()).map(|parsed| (*line, parsed)));
    }
    out.extend(close(&mut block, named.as_ref()));
    out
}

#[derive(Debug, Clone)]
struct Parsed<'a> {
    /// Account, with the path before it in the first line of a file.
    left: &'a str,
    rights: &'a str,
    more: Vec<&'a str>,
}

/// `left:rights`, where rights are groups in parentheses, or one letter (cacls), perhaps after groups.
fn parse(line: Line<'_>) -> Option<Parsed<'_>> {
    let text = line.trimmed();
    let colon = text.rmatch_indices(':').map(|(at, _)| at).find(|at| text.get(at + 1..).is_some_and(is_rights))?;
    let left = text.get(..colon)?;
    (!left.is_empty() && !left.ends_with(is_blank)).then(|| Parsed {
        left,
        rights: text.get(colon + 1..).unwrap_or(""),
        more: Vec::new(),
    })
}

fn is_rights(text: &str) -> bool {
    let mut rest = text;
    let mut groups = 0;
    while let Some(inner) = rest.strip_prefix('(') {
        let Some((group, after)) = inner.split_once(')') else { return false };
        // `(special access:)` is a phrase in the language of that machine
        let sound =
            group.split(',').all(|word| (1..=5).contains(&word.len()) && word.bytes().all(|o| o.is_ascii_alphabetic()));
        if !(sound || (group.ends_with(':') && group.len() < 64)) {
            return false;
        }
        groups += 1;
        rest = after;
    }
    match rest {
        "" => groups > 0,
        "F" | "C" | "R" | "W" | "N" => true,
        _ => false,
    }
}

fn is_constant(text: &str) -> bool {
    text.contains('_') && text.len() <= 32 && text.bytes().all(|o| o.is_ascii_uppercase() || o == b'_')
}

fn begins_with_path(text: &str) -> bool {
    let drive = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.get(1..3) == Some(":\\");
    drive || text.starts_with("\\\\")
}

fn close(block: &mut Vec<(Line<'_>, Parsed<'_>)>, command: Option<&Command>) -> Option<Access> {
    let block = std::mem::take(block);
    let (first, head) = block.first()?;
    let last = block.last()?.0.number;
    let column = block.get(1).map(|(line, _)| line.indent());
    let (path, account, unsure) = take_path(*first, head.left, column, command)?;
    let entries = block
        .iter()
        .enumerate()
        .map(|(at, (line, parsed))| entry(if at == 0 { account } else { parsed.left }, parsed, line.number))
        .collect();
    Some(Access { path: clip(path), entries, unsure, lines: Span { first: first.number, last } })
}

/// Tells the path of a first line from the account behind it.
fn take_path<'a>(
    line: Line<'a>,
    left: &'a str,
    column: Option<usize>,
    command: Option<&Command>,
) -> Option<(&'a str, &'a str, bool)> {
    let text = line.text;
    let end = text.find(left)?.checked_add(left.len())?;
    let left = text.get(..end)?;
    // the accounts of the lines below stand in the same column
    for measure in [Measure::Characters, Measure::Cells] {
        let split = column.map(|column| measure.offset(left, column)).filter(|at| *at > 0);
        let parts = split.and_then(|at| Some((left.get(..at)?, left.get(at..)?)));
        if let Some((path, account)) = parts
            .filter(|(path, account)| path.ends_with(is_blank) && !account.is_empty() && !account.starts_with(is_blank))
        {
            return Some((path.trim_matches(is_blank), account, false));
        }
    }
    // what the command was asked for
    let asked = command
        .and_then(|c| c.words.iter().find(|word| !word.starts_with('/')))
        .map(|word| word.trim_end_matches(['\\', '*']));
    if let Some(account) = asked
        .filter(|a| !a.is_empty())
        .and_then(|asked| left.strip_prefix(asked))
        .and_then(|rest| rest.strip_prefix(' '))
    {
        return Some((left.get(..left.len() - account.len())?.trim_end(), account, false));
    }
    // the name of a key file has no blank
    let words: Vec<(usize, &str)> =
        left.match_indices(is_blank).map(|(at, _)| (at, left.get(at + 1..).unwrap_or(""))).collect();
    let known = words.iter().find(|(at, account)| {
        let path = left.get(..*at).unwrap_or("");
        let domain = account.rsplit_once('\\').map(|(domain, _)| domain);
        super::dir::KeyFileName::parse(path.rsplit('\\').next().unwrap_or("")).is_some()
            || domain.is_some_and(accounts::is_built_in_domain)
            || accounts::is_sid(account)
    });
    if let Some((at, account)) = known {
        return Some((left.get(..*at)?.trim_matches(is_blank), account, false));
    }
    // otherwise the account begins behind the last blank before its domain
    let before = left.rfind('\\').unwrap_or(left.len());
    let at = left.get(..before)?.rfind(is_blank).or_else(|| left.rfind(is_blank))?;
    Some((left.get(..at)?.trim_matches(is_blank), left.get(at + 1..)?, true)).filter(|(path, _, _)| !path.is_empty())
}

fn entry(account: &str, parsed: &Parsed<'_>, line: u32) -> Entry {
    let mut out = Entry {
        account: clip(account),
        sid: accounts::sid(account),
        deny: false,
        inherited: false,
        inherit_only: false,
        rights: Rights::default(),
        line,
    };
    let words = parsed.rights.split(['(', ')', ',']).filter(|word| !word.is_empty());
    for word in words {
        match word {
            "I" => out.inherited = true,
            "IO" => out.inherit_only = true,
            "DENY" | "N" => out.deny = true,
            "F" | "GA" => out.rights = Rights { read: true, write: true, full: true },
            "M" | "C" => out.rights = Rights { read: true, write: true, ..out.rights },
            "RX" | "R" | "GR" | "RD" => out.rights.read = true,
            "W" | "GW" | "WD" => out.rights.write = true,
            _ => {}
        }
    }
    // no access at all is written as an entry that denies everything
    if parsed.rights.ends_with('N') || parsed.rights.ends_with("(N)") {
        out.rights = Rights { read: true, write: true, full: true };
    }
    for constant in &parsed.more {
        match *constant {
            "FILE_READ_DATA" | "GENERIC_READ" => out.rights.read = true,
            "FILE_WRITE_DATA" | "GENERIC_WRITE" => out.rights.write = true,
            "FILE_ALL_ACCESS" | "GENERIC_ALL" => out.rights = Rights { read: true, write: true, full: true },
            _ => {}
        }
    }
    out
}

/// Access lists among records that PowerShell printed (`Get-Acl | Format-List`): the security descriptor if it is there,
/// else the lines of `Access`.
#[must_use]
pub fn from_records(records: &[Record]) -> Vec<Access> {
    records.iter().filter_map(from_record).collect()
}

fn from_record(record: &Record) -> Option<Access> {
    let path = record.get("Path").or_else(|| record.get("PSPath"))?;
    let path = path.split_once("FileSystem::").map_or(path, |(_, path)| path);
    let entries = match record.get("Sddl").map(|sddl| sddl::entries(sddl, record.line)) {
        Some(entries) if !entries.is_empty() => entries,
        _ => record.get("Access")?.lines().filter_map(|line| shown(line, record.line)).collect(),
    };
    (!path.is_empty() && !entries.is_empty()).then(|| Access {
        path: clip(path),
        entries,
        unsure: false,
        lines: Span::line(record.line),
    })
}

/// `NT AUTHORITY\SYSTEM Allow  FullControl`; the words are names of enumerations and not translated.
fn shown(line: &str, number: u32) -> Option<Entry> {
    let (account, rest, deny) = match line.split_once(" Allow ") {
        Some((account, rest)) => (account, rest, false),
        None => line.split_once(" Deny ").map(|(account, rest)| (account, rest, true))?,
    };
    let mut rights = Rights::default();
    for word in rest.split([',', ' ']) {
        match word {
            "FullControl" => rights = Rights { read: true, write: true, full: true },
            "Modify" => rights = Rights { read: true, write: true, ..rights },
            "Read" | "ReadAndExecute" | "ReadData" => rights.read = true,
            "Write" | "WriteData" => rights.write = true,
            number => {
                if let Ok(mask) = number.parse::<i64>()
                    && let Ok(mask) = u32::try_from(mask & 0xffff_ffff)
                {
                    rights = Rights::of_mask(mask);
                }
            }
        }
    }
    let account = account.trim();
    Some(Entry {
        account: clip(account),
        sid: accounts::sid(account),
        deny,
        inherited: false,
        inherit_only: false,
        rights,
        line: number,
    })
}

#[cfg(test)]
mod tests;
