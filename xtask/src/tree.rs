//! The files of the project as text, so that every check also runs on a small tree made in a test.
use crate::shell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Paths, relative to the root and with `/`, and their text; a file that is no UTF-8 has none.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// The files that git tracks or would track.
    pub(crate) fn of_project() -> Result<Tree, String> {
        let root = root();
        let mut git = shell::command("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = shell::text_of(git.current_dir(&root))?;
        let mut files = BTreeMap::new();
        for path in listed.split('\0').filter(|p| !p.is_empty()) {
            let full = root.join(path);
            // a file that was deleted and not yet committed is still listed
            if !full.is_file() {
                continue;
            }
            let bytes = std::fs::read(&full).map_err(|e| format!("{path}: {e}"))?;
            files.insert(path.to_owned(), String::from_utf8(bytes).ok());
        }
        Ok(Tree { files })
    }

    /// A tree from texts.
    #[cfg(test)]
    pub(crate) fn from_texts(files: &[(&str, &str)]) -> Tree {
        Tree { files: files.iter().map(|(p, t)| ((*p).to_owned(), Some((*t).to_owned()))).collect() }
    }

    /// All paths in order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// All files that are text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(p, t)| Some((p.as_str(), t.as_deref()?)))
    }

    /// One file's text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Is there such a file, or a folder that holds one?
    pub(crate) fn holds(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        path.is_empty() || self.files.contains_key(path) || self.files.keys().any(|p| p.starts_with(&folder))
    }
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    // Cargo sets it for `cargo run`; a binary started by hand works from the folder it stands in.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    here.as_deref().and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Writes a file of the project if its text differs, and says so.
pub(crate) fn write(path: &str, text: &str) -> Result<(), String> {
    let full = root().join(path);
    if std::fs::read_to_string(&full).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = full.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    std::fs::write(&full, text).map_err(|e| format!("{path}: {e}"))?;
    println!("wrote {path}");
    Ok(())
}
