//! A folder of evidence and the case that it belongs to.
use crate::Certs;

/// When all cases are looked at: 2026-11-01T12:00:00Z, unix seconds. `expect.toml` has it as `--at`.
pub const NOW: i64 = 1_793_534_400;

/// A whole case.
pub struct Case {
    /// Name of its folder.
    pub slug: &'static str,
    /// What it shows, one line.
    pub shows: &'static str,
    /// Puts the files in.
    pub make: fn(&mut Folder),
    /// The causes that are proven or likely, in order: `TD4002 bind.httpsys_stale proven`. The first is the answer.
    pub causes: &'static [&'static str],
    /// `broken`, `partial`, `unknown`.
    pub verdict: &'static str,
    /// Other arguments beside the folder, such as a URL or `--name`.
    pub args: &'static [&'static str],
}

/// Files as they are put in.
#[derive(Default)]
pub struct Folder {
    /// Certificates of this case.
    pub certs: Certs,
    files: Vec<(String, Vec<u8>)>,
}

impl Folder {
    /// Adds a file; `name` may have folders in it.
    pub fn file(&mut self, name: &str, octets: impl Into<Vec<u8>>) {
        self.files.push((name.to_owned(), octets.into()));
    }
    /// All files in order.
    pub fn files(&self) -> &[(String, Vec<u8>)] {
        &self.files
    }
}
