//! Files and folders of this machine, opened with bounds: sizes, numbers, and no waiting on pipes or devices.
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use tlsdiag_model::{Arg, Say, Sight, say};
use zeroize::Zeroizing;

/// Largest file that is read when it is named.
pub(crate) const NAMED: u64 = 64 << 20;
/// Largest file of a folder.
pub(crate) const IN_FOLDER: u64 = 16 << 20;
/// Most files of a folder.
pub(crate) const FOLDER_FILES: usize = 256;
/// Largest file that is looked at beside those that were named.
pub(crate) const SIBLING: u64 = 1 << 20;
/// Most files that are looked at beside those that were named.
pub(crate) const SIBLINGS: usize = 64;

/// What was read of a file.
pub(crate) struct Opened {
    /// All of it; wiped when dropped, as it may be a key.
    pub(crate) octets: Zeroizing<Vec<u8>>,
    /// Permission bits, where the system has them.
    pub(crate) mode: Sight<u32>,
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// Larger than is read.
    TooBig {
        /// Octets.
        size: u64,
        /// Octets that are read.
        limit: u64,
    },
    /// No regular file: what it is instead.
    Kind(&'static str),
    /// The system's words, and whether more rights would help.
    System {
        /// Its words.
        words: String,
        /// Permission was denied.
        denied: bool,
    },
}

impl NotRead {
    /// In words.
    pub(crate) fn say(&self) -> Say {
        match self {
            NotRead::TooBig { size, limit } => say!(
                "{size} bytes; files up to {limit} bytes are read",
                "{size}바이트. {limit}바이트까지만 읽습니다",
                size = Arg::num(*size),
                limit = Arg::num(*limit)
            ),
            NotRead::Kind(what) => {
                say!("it is {what}, not a file", "파일이 아닙니다({what})", what = Arg::quote(what))
            }
            NotRead::System { words, .. } => say!("{why}", "{why}", why = Arg::quote(words)),
        }
    }

    fn system(e: &io::Error) -> NotRead {
        NotRead::System { words: e.to_string(), denied: e.kind() == io::ErrorKind::PermissionDenied }
    }
}

/// Reads a regular file; links are followed.
pub(crate) fn open(path: &Path, limit: u64) -> Result<Opened, NotRead> {
    // what blocks on opening (a pipe) must not be opened
    let before = fs::metadata(path).map_err(|e| NotRead::system(&e))?;
    regular(&before)?;
    let mut file = File::open(path).map_err(|e| NotRead::system(&e))?;
    let meta = file.metadata().map_err(|e| NotRead::system(&e))?;
    regular(&meta)?;
    if meta.len() > limit {
        return Err(NotRead::TooBig { size: meta.len(), limit });
    }
    let octets = bounded(&mut file, limit)?;
    Ok(Opened { octets, mode: mode(&meta) })
}

/// Reads a stream to its end.
pub(crate) fn bounded(from: &mut dyn Read, limit: u64) -> Result<Zeroizing<Vec<u8>>, NotRead> {
    let mut octets = Zeroizing::new(vec![]);
    from.take(limit.saturating_add(1)).read_to_end(&mut octets).map_err(|e| NotRead::system(&e))?;
    let size = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    if size > limit { Err(NotRead::TooBig { size, limit }) } else { Ok(octets) }
}

/// The files of a folder, by name.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Regular files, links followed once.
    pub(crate) files: Vec<PathBuf>,
    /// Folders in it, which are not entered.
    pub(crate) folders: usize,
    /// Files beyond the bound, or too large.
    pub(crate) left: usize,
}

/// Lists a folder without entering others.
pub(crate) fn list(folder: &Path, files: usize, size: u64) -> Result<Listing, NotRead> {
    let mut entries: Vec<PathBuf> = vec![];
    for entry in fs::read_dir(folder).map_err(|e| NotRead::system(&e))? {
        entries.push(entry.map_err(|e| NotRead::system(&e))?.path());
    }
    entries.sort();
    let mut out = Listing::default();
    for path in entries {
        // a link that leads nowhere, or to where we may not look, is no file of this folder
        let Ok(meta) = fs::metadata(&path) else {
            out.left += 1;
            continue;
        };
        if meta.is_dir() {
            out.folders += 1;
        } else if !meta.is_file() || meta.len() > size || out.files.len() >= files {
            out.left += 1;
        } else {
            out.files.push(path);
        }
    }
    Ok(out)
}

fn regular(meta: &fs::Metadata) -> Result<(), NotRead> {
    if meta.is_file() {
        return Ok(());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let t = meta.file_type();
        for (is, what) in [
            (t.is_fifo(), "a pipe"),
            (t.is_socket(), "a socket"),
            (t.is_block_device() || t.is_char_device(), "a device"),
        ] {
            if is {
                return Err(NotRead::Kind(what));
            }
        }
    }
    Err(NotRead::Kind(if meta.is_dir() { "a folder" } else { "a special file" }))
}

#[cfg(unix)]
fn mode(meta: &fs::Metadata) -> Sight<u32> {
    use std::os::unix::fs::PermissionsExt;
    Sight::Saw(meta.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Sight<u32> {
    Sight::Hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        fs::write(&file, [0; 100]).unwrap();
        assert_eq!(open(&file, 100).ok().map(|o| o.octets.len()), Some(100));
        assert_eq!(open(&file, 99).err(), Some(NotRead::TooBig { size: 100, limit: 99 }));
        assert_eq!(open(dir.path(), 99).err(), Some(NotRead::Kind("a folder")));
        assert!(bounded(&mut io::repeat(0), 1000).is_err());
        for i in 0..20 {
            fs::write(dir.path().join(format!("b{i:02}")), "x").unwrap();
        }
        fs::create_dir(dir.path().join("c")).unwrap();
        let l = list(dir.path(), 10, 50).unwrap();
        assert_eq!((l.files.len(), l.folders, l.left), (10, 1, 11));
        assert!(l.files[0].ends_with("b00"));
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_refused_and_modes_are_read() {
        assert_eq!(open(Path::new("/dev/zero"), 99).err(), Some(NotRead::Kind("a device")));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        fs::write(&file, "x").unwrap();
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(open(&file, 9).ok().map(|o| o.mode), Some(Sight::Saw(0o640)));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(list(dir.path(), 9, 9).unwrap().files, [file, link]);
    }
}
