//! Files in the folders of keys, and who may read them.
use super::damaged;
use crate::fragment::Fragment;
use tlsdiag_model::facts::{Ace, KeyFile, KeyFolder};
use tlsdiag_model::{Arg, Sight, Why, say};
use tlsdiag_winfiles::text::Damaged;
use tlsdiag_winfiles::text::access::Entry;
use tlsdiag_winfiles::text::dir::{Folder, KeyFileName};
use tlsdiag_winfiles::text::read::{Item, Listing};

pub(super) fn folders(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        let Item::Folder(folder) = item else { continue };
        let kind = folder.path.as_deref().map_or(KeyFolder::Other, key_folder);
        for entry in folder.entries.iter().filter(|entry| !entry.is_folder) {
            // other folders are listed too; only what looks like a key is of interest there
            if kind == KeyFolder::Other && KeyFileName::parse(&entry.name).is_none() {
                continue;
            }
            out.state(
                KeyFile { folder: kind, name: entry.name.clone(), size: entry.size, acl: Sight::Hidden },
                entry.line,
            );
        }
        whole(listing, folder, kind, out);
    }
}

/// A listing with the lines that count at its end is whole; one that was cut says so.
fn whole(listing: &Listing, folder: &Folder, kind: KeyFolder, out: &mut Fragment) {
    let Some(name) = slug(kind) else { return };
    let filtered = listing.command.as_ref().is_some_and(|c| c.text.contains(['*', '?', '|']));
    // key files are system files: without `/a` dir leaves them out and counts nothing
    let hidden = listing
        .command
        .as_ref()
        .is_some_and(|c| c.program == "dir" && !c.words.iter().any(|word| word.to_ascii_lowercase().contains("/a")));
    if folder.whole && !filtered && !(hidden && folder.entries.is_empty()) {
        let origin = out.line(folder.lines.last);
        out.whole(&format!("folder:{name}"), origin);
    } else if !folder.whole
        && !filtered
        && listing.command.as_ref().is_none_or(|c| c.program == "dir")
        && folder.path.is_some()
    {
        let line = folder.lines.last;
        let origin = out.line(line);
        out.fault(
            origin,
            Why::CutOff { at: u64::from(line) },
            say!(
                "line {line}: the listing of {path} has no end: files after it are not known",
                "{line}번째 줄: {path} 목록의 끝이 없어 그 뒤의 파일은 알 수 없습니다",
                line = Arg::Num(u64::from(line)),
                path = Arg::quote(folder.path.as_deref().unwrap_or_default())
            ),
        );
    }
}

pub(super) fn access(listing: &Listing, out: &mut Fragment) {
    let mut folders: Vec<KeyFolder> = Vec::new();
    for item in &listing.items {
        let Item::Access(access) = item else { continue };
        if access.unsure {
            let first = access.entries.first().map_or("", |entry| entry.account.as_str());
            let value = Damaged::new(first, "an account behind a path", "blanks in both", access.lines.first);
            damaged(&value, out);
        }
        let (folder, name) = place(&access.path);
        let acl = access.entries.iter().filter(|entry| !entry.inherit_only).map(ace).collect();
        if !folders.contains(&folder) {
            folders.push(folder);
        }
        out.state(KeyFile { folder, name, size: None, acl: Sight::Saw(acl) }, access.lines.first);
    }
    // `/t` goes through every file of the folder, and the sentence at the end tells that it did
    let all =
        listing.command.as_ref().filter(|c| c.words.iter().any(|word| word.eq_ignore_ascii_case("/t")) && !listing.cut);
    if let (Some(command), [folder]) = (all, folders.as_slice())
        && let Some(name) = slug(*folder)
    {
        let origin = out.line(command.line);
        out.whole(&format!("acl:{name}"), origin);
    }
}

fn ace(entry: &Entry) -> Ace {
    Ace {
        account: entry.account.clone(),
        sid: entry.sid.clone(),
        allow: !entry.deny,
        read: entry.rights.read,
        full: entry.rights.full,
        inherited: entry.inherited,
    }
}

/// Folder and file name of a path; a folder of keys itself has no file name.
fn place(path: &str) -> (KeyFolder, String) {
    let path = path.trim_end_matches('\\');
    let itself = key_folder(path);
    let name = path.rsplit('\\').next().unwrap_or(path);
    if itself != KeyFolder::Other && KeyFileName::parse(name).is_none() && ends_with_folder(path) {
        return (itself, String::new());
    }
    let parent = path.rsplit_once('\\').map_or("", |(parent, _)| parent);
    (key_folder(parent), name.to_owned())
}

fn ends_with_folder(path: &str) -> bool {
    let name = path.rsplit('\\').next().unwrap_or("").to_ascii_lowercase();
    ["machinekeys", "keys", "systemkeys"].contains(&name.as_str()) || name.starts_with("s-1-")
}

/// Which folder of keys a path is.
fn key_folder(path: &str) -> KeyFolder {
    let path = path.to_ascii_lowercase();
    let path = path.trim_end_matches('\\');
    let profile =
        path.contains("\\users\\") || path.contains("\\documents and settings\\") && !path.contains("\\all users\\");
    if profile && !path.contains("\\users\\all users\\") {
        return if path.contains("\\crypto\\") { KeyFolder::Account } else { KeyFolder::Other };
    }
    if path.ends_with("\\dss\\machinekeys") {
        KeyFolder::DssMachineKeys
    } else if path.ends_with("\\machinekeys") {
        KeyFolder::MachineKeys
    } else if path.ends_with("\\crypto\\systemkeys") {
        KeyFolder::SystemKeys
    } else if path.ends_with("\\crypto\\keys") {
        KeyFolder::Keys
    } else if path.contains("\\crypto\\rsa\\s-1-")
        || path.contains("\\serviceprofiles\\") && path.contains("\\crypto\\")
    {
        KeyFolder::Account
    } else {
        KeyFolder::Other
    }
}

/// The word of a folder of keys in [`tlsdiag_model::facts::Whole`].
fn slug(folder: KeyFolder) -> Option<&'static str> {
    match folder {
        KeyFolder::MachineKeys => Some("machine_keys"),
        KeyFolder::DssMachineKeys => Some("dss_machine_keys"),
        KeyFolder::Keys => Some("keys"),
        KeyFolder::SystemKeys => Some("system_keys"),
        KeyFolder::Account | KeyFolder::Other => None,
    }
}
