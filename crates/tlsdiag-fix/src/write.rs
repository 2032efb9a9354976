//! Writing that never overwrites and leaves nothing half-written: a new file beside the place, then a link to it under
//! its name, which the system refuses where the name is taken.
use crate::{Outgoing, Plan};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use tlsdiag_model::{Arg, Say, say};

/// A file that was written.
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// What was read again from there.
    pub octets: zeroize::Zeroizing<Vec<u8>>,
}

/// Never shows the octets.
impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Written({}, {} octets)", self.path.display(), self.octets.len())
    }
}

/// Why a file was not written; of several files none is then there.
#[derive(Debug)]
pub enum WriteError {
    /// There is a file of this name, and it is left as it is.
    Exists(PathBuf),
    /// The system refused.
    System(PathBuf, io::Error),
    /// What was read again is not what was written.
    Differs(PathBuf),
}

impl WriteError {
    /// The sentence.
    pub fn say(&self) -> Say {
        match self {
            WriteError::Exists(path) => say!(
                "{path} exists and is not overwritten; nothing was written",
                "{path:이} 이미 있어 덮어쓰지 않습니다. 아무것도 쓰지 않았습니다",
                path = Arg::quote(path.display())
            ),
            WriteError::System(path, e) => say!(
                "{path} cannot be written: {why}; nothing was written",
                "{path:을} 쓸 수 없습니다: {why}. 아무것도 쓰지 않았습니다",
                path = Arg::quote(path.display()),
                why = Arg::quote(e)
            ),
            WriteError::Differs(path) => say!(
                "{path} did not read back as it was written, and was removed",
                "{path:을} 다시 읽은 내용이 쓴 것과 달라 지웠습니다",
                path = Arg::quote(path.display())
            ),
        }
    }
}

/// Writes all files of a plan, or none: what was written before an error is removed again. Files with a private key are
/// readable for their owner only from the moment they exist (Unix; Windows: the access list of the folder is inherited).
///
/// # Errors
/// See [`WriteError`].
pub fn apply(plan: &Plan) -> Result<Vec<Written>, WriteError> {
    let mut made = Undo::default();
    // every name is looked at before the first is taken
    for file in &plan.files {
        if fs::symlink_metadata(&file.path).is_ok() {
            return Err(WriteError::Exists(file.path.clone()));
        }
    }
    if let Some(folder) = plan.new_folder.as_ref().filter(|f| !f.exists()) {
        create_folder(folder).map_err(|e| WriteError::System(folder.clone(), e))?;
        made.folder = Some(folder.clone());
    }
    let mut all = vec![];
    for file in &plan.files {
        one(file).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => WriteError::Exists(file.path.clone()),
            _ => WriteError::System(file.path.clone(), e),
        })?;
        made.files.push(file.path.clone());
        let octets = fs::read(&file.path).map_err(|e| WriteError::System(file.path.clone(), e))?;
        let octets = zeroize::Zeroizing::new(octets);
        if *octets != *file.octets {
            return Err(WriteError::Differs(file.path.clone()));
        }
        all.push(Written { path: file.path.clone(), octets });
    }
    made.keep();
    Ok(all)
}

/// Removes what was made when it is dropped before [`keep`](Undo::keep).
#[derive(Default)]
struct Undo {
    files: Vec<PathBuf>,
    folder: Option<PathBuf>,
}

impl Undo {
    fn keep(mut self) {
        self.files.clear();
        self.folder = None;
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        for f in &self.files {
            let _ = fs::remove_file(f);
        }
        if let Some(f) = &self.folder {
            let _ = fs::remove_dir(f);
        }
    }
}

fn one(file: &Outgoing) -> io::Result<()> {
    let (mut out, temporary) = temporary(&file.path, file.secret)?;
    let gone = Undo { files: vec![temporary.clone()], folder: None };
    out.write_all(&file.octets)?;
    out.sync_all()?;
    drop(out);
    let linked = fs::hard_link(&temporary, &file.path);
    match linked {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
            // FAT and some network file systems have no links
            drop(gone);
            directly(file)
        }
        other => other,
    }
}

/// A new file under its own name; removed again where it cannot be written in full.
fn directly(file: &Outgoing) -> io::Result<()> {
    let mut out = options(file.secret).open(&file.path)?;
    let half = Undo { files: vec![file.path.clone()], folder: None };
    out.write_all(&file.octets)?;
    out.sync_all()?;
    half.keep();
    Ok(())
}

/// A new file beside the place, under a name that nobody uses.
fn temporary(path: &Path, secret: bool) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for n in 0..100_u32 {
        let temporary = path.with_file_name(format!(".{name}.{}.{n}.new", std::process::id()));
        match options(secret).open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => last = e,
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other(last))
}

#[cfg(unix)]
fn options(secret: bool) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(if secret { 0o600 } else { 0o644 });
    options
}

#[cfg(not(unix))]
fn options(_: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

#[cfg(unix)]
fn create_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;
    use tlsdiag_model::say;
    use zeroize::Zeroizing;

    fn outgoing(path: PathBuf, octets: &[u8], shape: Shape) -> Outgoing {
        let why = say!("test", "시험");
        Outgoing { path, shape, secret: shape.secret(), octets: Zeroizing::new(octets.to_vec()), why }
    }

    fn plan(files: Vec<Outgoing>, new_folder: Option<PathBuf>) -> Plan {
        Plan { files, new_folder, ..Plan::default() }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut all: Vec<_> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        all
    }

    #[test]
    fn all_files_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let at = |n: &str| dir.path().join(n);
        fs::write(at("b"), "old").unwrap();
        let two = plan(vec![outgoing(at("a"), b"1", Shape::Chain), outgoing(at("b"), b"2", Shape::Key)], None);
        assert!(matches!(apply(&two), Err(WriteError::Exists(p)) if p == at("b")));
        assert_eq!((names(dir.path()), fs::read(at("b")).unwrap()), (vec!["b".to_owned()], b"old".to_vec()));
        // the second cannot be written at all: the first goes again
        let two = plan(vec![outgoing(at("a"), b"1", Shape::Chain), outgoing(at("no/b"), b"2", Shape::Key)], None);
        assert!(matches!(apply(&two), Err(WriteError::System(..))));
        assert_eq!(names(dir.path()), ["b"]);
    }

    #[test]
    fn a_dangling_link_of_the_name_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("x");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path().join("elsewhere"), &link).unwrap();
            assert!(matches!(apply(&plan(vec![outgoing(link, b"1", Shape::Key)], None)), Err(WriteError::Exists(_))));
            assert_eq!(names(dir.path()), ["x"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new");
        let files =
            vec![outgoing(folder.join("key"), b"1", Shape::Key), outgoing(folder.join("chain"), b"2", Shape::Chain)];
        let written = apply(&plan(files, Some(folder.clone()))).unwrap();
        assert_eq!((written.len(), names(&folder)), (2, vec!["chain".to_owned(), "key".to_owned()]));
        let mode = |n: &str| fs::metadata(folder.join(n)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("key"), 0o600);
        assert_eq!(mode("chain") & 0o133, 0);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
