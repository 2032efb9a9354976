//! Files as they are handed over to `fix` and `trial`: read with bounds, folders opened one level deep, passwords asked
//! for where something is locked.
use crate::{output, password::Source};
use std::{
    collections::HashSet,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tlsdiag_fix::Held;
use tlsdiag_model::{Arg, Lang, Say, say};
use tlsdiag_pki::{AnchorSet, Certificate, file::FaultKind, mozilla, secret::Limits};

/// Octets of one file that are read.
const LARGEST: u64 = 16 << 20;
/// Files of one folder that are read.
const MOST: usize = 200;
/// Octets of a file beside that are read.
const SMALL: u64 = 1 << 20;

/// Reads all files; `None` after saying which could not be read.
pub(crate) fn read(paths: &[PathBuf], passwords: &mut Source, lang: Lang) -> Option<Held> {
    let mut held = Held::default();
    let mut fine = true;
    for path in paths {
        let (files, folder) = match entries(path) {
            Ok(files) => (files, true),
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => (vec![path.clone()], false),
            Err(e) => {
                output::complain(&unreadable(path, &e).render(lang));
                fine = false;
                continue;
            }
        };
        for file in files {
            match octets(&file, LARGEST) {
                Ok(octets) => {
                    let name = file.display().to_string();
                    held.add(&name, &octets, passwords.at(&name), &Limits::default());
                }
                Err(e) => {
                    output::complain(&unreadable(&file, &e).render(lang));
                    fine = false;
                }
            }
        }
        if folder {
            // a README in the folder is nobody's fault
            held.closed.retain(|c| !matches!(c.why, FaultKind::Unrecognised { .. }));
        }
    }
    fine.then_some(held)
}

/// Adds what lies in the folders of these files.
pub(crate) fn read_beside(held: &mut Held, paths: &[PathBuf]) {
    let known: HashSet<PathBuf> = paths.iter().filter_map(|p| fs::canonicalize(p).ok()).collect();
    let mut folders = HashSet::new();
    for path in paths.iter().filter(|p| p.is_file()) {
        let folder = match path.parent() {
            Some(p) if p.as_os_str().is_empty() => PathBuf::from("."),
            Some(p) => p.to_path_buf(),
            None => continue,
        };
        if !folders.insert(folder.clone()) {
            continue;
        }
        for file in entries(&folder).unwrap_or_default() {
            let shown = if folder == Path::new(".") { file.file_name().map(PathBuf::from) } else { Some(file.clone()) };
            let named = fs::canonicalize(&file).is_ok_and(|f| known.contains(&f));
            if named || !speaks_of_certificates(&file) {
                continue;
            }
            if let (Ok(octets), Some(shown)) = (octets(&file, SMALL), shown) {
                held.add_beside(&shown.display().to_string(), &octets, &Limits::default());
            }
        }
    }
}

/// This machine's trusted certificates.
pub(crate) fn machine() -> Vec<Arc<Certificate>> {
    let loaded = rustls_native_certs::load_native_certs();
    loaded.certs.iter().filter_map(|der| Certificate::from_der(der).ok()).map(Arc::new).collect()
}

/// Whose word ends a chain here: this machine's store and the public list.
pub(crate) fn anchors(machine: &[Arc<Certificate>]) -> [Arc<AnchorSet>; 2] {
    let mut own = AnchorSet::new("machine");
    machine.iter().filter(|c| c.self_issued()).for_each(|c| own.add(c));
    let mut public = AnchorSet::new("Mozilla");
    mozilla().iter().filter_map(|a| a.certificate()).for_each(|c| public.add(c));
    [Arc::new(own), Arc::new(public)]
}

/// Unix seconds.
pub(crate) fn now() -> i64 {
    let seconds = |d: std::time::Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
    SystemTime::now().duration_since(UNIX_EPOCH).map_or_else(|e| -seconds(e.duration()), seconds)
}

/// The files of a folder by name; links are followed.
fn entries(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let mut all: Vec<PathBuf> =
        fs::read_dir(path)?.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_file()).collect();
    all.sort();
    all.truncate(MOST);
    Ok(all)
}

fn octets(path: &Path, most: u64) -> io::Result<zeroize::Zeroizing<Vec<u8>>> {
    let file = fs::File::open(path)?;
    let size = file.metadata()?.len();
    if size > most {
        return Err(io::Error::other(format!("{size} octets; at most {most} are read")));
    }
    let mut out = zeroize::Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1)));
    file.take(most).read_to_end(&mut out)?;
    Ok(out)
}

fn speaks_of_certificates(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    ["pem", "crt", "cer", "der", "p7b", "p7c", "key", "ca-bundle", "chain"].contains(&extension.as_str())
}

fn unreadable(path: &Path, e: &io::Error) -> Say {
    say!(
        "{file} cannot be read: {why}",
        "{file:을} 읽을 수 없습니다: {why}",
        file = Arg::quote(path.display()),
        why = Arg::quote(e)
    )
}
