//! `FILE.tlsdiag`: one zip with the facts (`manifest.json`, `facts/`, `certs/`) and under `raw/` what was handed over,
//! without private keys. The manifest holds the SHA-256 of everything.
use super::keep::{self, Keep};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use tlsdiag_model::{Arg, Case, Fingerprint, Say, Time, bundle, say};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

const MANIFEST: &str = "manifest.json";
const RAW: &str = "raw/";
const LEFT_OUT: &str = "left-out.txt";

/// Octets of facts that are read of one bundle, unpacked.
const FACTS_MOST: u64 = 1 << 30;
/// Octets under `raw/` whose hashes are checked, unpacked.
const RAW_MOST: u64 = 64 << 30;
/// Entries of a bundle.
const ENTRIES: usize = 100_000;
/// Folders within folders that are entered.
const DEPTH: usize = 24;
/// Zips within zips that are entered.
const ZIPS: usize = 3;
/// Octets of a member of a zip that are kept in memory while it is looked through.
const MEMBER_MOST: u64 = 256 << 20;

/// Why a bundle was not written or cannot be read.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It could not be read or written.
    Io(io::Error),
    /// It is no zip, or a damaged one.
    Zip(zip::result::ZipError),
    /// Its facts are not as they were written.
    Facts(bundle::BundleError),
    /// A file under `raw/` is not as it was written.
    Changed(String),
    /// It unpacks to more than is read.
    TooMuch,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Io(e) => write!(f, "{e}"),
            Refused::Zip(e) => write!(f, "{e}"),
            Refused::Facts(e) => write!(f, "{e}"),
            Refused::Changed(name) => write!(f, "{name}: changed since the bundle was written"),
            Refused::TooMuch => write!(f, "it unpacks to more than is read"),
        }
    }
}
impl std::error::Error for Refused {}
impl From<io::Error> for Refused {
    fn from(e: io::Error) -> Refused {
        Refused::Io(e)
    }
}
impl From<zip::result::ZipError> for Refused {
    fn from(e: zip::result::ZipError) -> Refused {
        Refused::Zip(e)
    }
}
impl From<bundle::BundleError> for Refused {
    fn from(e: bundle::BundleError) -> Refused {
        Refused::Facts(e)
    }
}

/// What went into a bundle.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Names under `raw/`, in order.
    pub(crate) raw: Vec<String>,
    /// What was left out, and why.
    pub(crate) left_out: Vec<Say>,
}

/// Writes a bundle of facts and of what was handed over.
///
/// # Errors
/// A file cannot be read, or the bundle cannot be written; what is there then is no bundle.
pub(crate) fn write<W: Write + Seek>(
    to: W,
    case: &Case,
    handed: &[PathBuf],
    tool: &str,
    taken: Time,
) -> Result<Written, Refused> {
    let mut files = bundle::write(case, tool, taken, None)?;
    let manifest = files.remove(MANIFEST).unwrap_or_default();
    let mut writer =
        Writer { zip: ZipWriter::new(to), hashes: BTreeMap::new(), names: BTreeSet::new(), done: Written::default() };
    for (name, octets) in &files {
        writer.zip.start_file(name.as_str(), options(false))?;
        writer.zip.write_all(octets)?;
    }
    for path in handed {
        let name = path.file_name().map_or_else(|| "files".to_owned(), |n| n.to_string_lossy().into_owned());
        writer.path(path, &name, 0)?;
    }
    if !writer.done.left_out.is_empty() {
        let text: String = writer.done.left_out.iter().map(|s| s.render(tlsdiag_model::Lang::En) + "\n").collect();
        writer.hashes.insert(LEFT_OUT.to_owned(), Fingerprint::of(text.as_bytes()));
        writer.zip.start_file(LEFT_OUT, options(false))?;
        writer.zip.write_all(text.as_bytes())?;
    }
    let mut manifest: bundle::Manifest =
        serde_json::from_slice(&manifest).map_err(|e| bundle::BundleError::Manifest(e.to_string()))?;
    manifest.files.append(&mut writer.hashes);
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| bundle::BundleError::Write(e.to_string()))?;
    writer.zip.start_file(MANIFEST, options(false))?;
    writer.zip.write_all(&text)?;
    writer.zip.finish()?.flush()?;
    Ok(writer.done)
}

/// The same input gives the same octets: no times, no rights.
fn options(large: bool) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644)
        .large_file(large)
}

struct Writer<W: Write + Seek> {
    zip: ZipWriter<W>,
    hashes: BTreeMap<String, Fingerprint>,
    names: BTreeSet<String>,
    done: Written,
}

impl<W: Write + Seek> Writer<W> {
    fn path(&mut self, path: &Path, name: &str, depth: usize) -> Result<(), Refused> {
        if path.is_dir() {
            if depth >= DEPTH {
                self.leave(name, say!("folders lie too deep in each other", "폴더가 너무 깊이 중첩되어 있습니다"));
                return Ok(());
            }
            let mut entries: Vec<PathBuf> = std::fs::read_dir(path)?.filter_map(|e| Some(e.ok()?.path())).collect();
            entries.sort();
            for entry in entries {
                // a link to a folder may lead in circles or elsewhere
                if entry.is_symlink() && !entry.is_file() {
                    continue;
                }
                let own = entry.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                self.path(&entry, &format!("{name}/{own}"), depth.saturating_add(1))?;
            }
            return Ok(());
        }
        let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
        self.file(&mut file, name, 0)
    }

    fn file(&mut self, octets: &mut (impl Read + Seek), name: &str, zips: usize) -> Result<(), Refused> {
        let size = octets.seek(SeekFrom::End(0))?;
        octets.rewind()?;
        match keep::look(octets, size, name)? {
            Keep::Yes => {}
            Keep::No(why) => {
                self.leave(name, why);
                return Ok(());
            }
            Keep::Zip if zips < ZIPS => {
                octets.rewind()?;
                return self.members(octets, name, zips);
            }
            Keep::Zip => {
                self.leave(
                    name,
                    say!("archives lie too deep in each other", "압축 파일이 너무 깊이 중첩되어 있습니다"),
                );
                return Ok(());
            }
        }
        octets.rewind()?;
        let inside = self.free(name);
        self.zip.start_file(inside.as_str(), options(size >= u64::from(u32::MAX)))?;
        let mut hashing = Hashing { to: &mut self.zip, hash: Sha256::new() };
        io::copy(octets, &mut hashing)?;
        let hash = hashing.done();
        self.hashes.insert(inside.clone(), hash);
        self.done.raw.push(inside);
        Ok(())
    }

    /// What a zip holds, looked through one by one, as a folder of its name.
    fn members(&mut self, octets: &mut (impl Read + Seek), name: &str, zips: usize) -> Result<(), Refused> {
        let mut archive = match ZipArchive::new(octets) {
            Ok(a) => a,
            Err(e) => {
                self.leave(
                    name,
                    say!("it cannot be unpacked: {why}", "압축을 풀 수 없습니다: {why}", why = Arg::quote(e)),
                );
                return Ok(());
            }
        };
        // what an older bundle says of its files is said anew
        let bundle = is_one(&mut archive);
        for i in 0..archive.len().min(ENTRIES) {
            let (own, held) = match archive.by_index(i) {
                Ok(member) if member.is_dir() || (bundle && !member.name_raw().starts_with(RAW.as_bytes())) => continue,
                Ok(member) => {
                    let own = String::from_utf8_lossy(member.name_raw()).into_owned();
                    let mut held = zeroize::Zeroizing::new(vec![]);
                    let read = member.take(MEMBER_MOST.saturating_add(1)).read_to_end(&mut held);
                    let over = u64::try_from(held.len()).is_ok_and(|n| n > MEMBER_MOST);
                    (
                        own,
                        read.map_err(|e| e.to_string())
                            .and_then(|_| if over { Err("over 256 MiB".to_owned()) } else { Ok(held) }),
                    )
                }
                Err(e) => (format!("member {i}"), Err(e.to_string())),
            };
            let shown = format!("{name}/{own}");
            match held {
                Ok(held) => self.file(&mut io::Cursor::new(held.as_slice()), &shown, zips.saturating_add(1))?,
                Err(why) => {
                    self.leave(
                        &shown,
                        say!("it cannot be unpacked: {why}", "압축을 풀 수 없습니다: {why}", why = Arg::quote(why)),
                    );
                }
            }
        }
        Ok(())
    }

    fn leave(&mut self, name: &str, why: Say) {
        let why = Arg::Say(Box::new(why));
        self.done.left_out.push(say!(
            "{file}: left out: {why}",
            "{file}: 제외함: {why}",
            file = Arg::quote(name),
            why = why
        ));
    }

    /// A name under `raw/` that is not taken, whatever system made the path.
    fn free(&mut self, name: &str) -> String {
        let plain: Vec<String> =
            name.split(['/', '\\']).filter(|p| !matches!(*p, "" | "." | "..")).map(printable).collect();
        let base = format!("{RAW}{}", if plain.is_empty() { "file".to_owned() } else { plain.join("/") });
        let mut at = base.clone();
        let mut n = 1u32;
        while !self.names.insert(at.clone()) {
            n = n.saturating_add(1);
            at = format!("{base}-{n}");
        }
        at
    }
}

fn printable(s: &str) -> String {
    s.chars().map(|c| if c.is_control() || c == ':' { '_' } else { c }).collect()
}

struct Hashing<'a, W: Write> {
    to: &'a mut W,
    hash: Sha256,
}

impl<W: Write> Hashing<'_, W> {
    fn done(self) -> Fingerprint {
        Fingerprint(self.hash.finalize().into())
    }
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let n = self.to.write(octets)?;
        self.hash.update(octets.get(..n).unwrap_or_default());
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A bundle as it was read.
#[derive(Debug)]
pub(crate) struct Opened {
    /// What it says of itself.
    pub(crate) manifest: bundle::Manifest,
    /// Its facts.
    pub(crate) case: Case,
    /// Names under `raw/`, whose hashes fit.
    pub(crate) raw: Vec<String>,
}

/// Is this zip a bundle? Said by its manifest, not by its name.
pub(crate) fn is_one<R: Read + Seek>(archive: &mut ZipArchive<R>) -> bool {
    let Ok(member) = archive.by_name(MANIFEST) else { return false };
    let mut head = vec![];
    let read = member.take(4096).read_to_end(&mut head).is_ok();
    read && String::from_utf8_lossy(&head).contains("tlsdiag-bundle/")
}

/// Reads the facts of a bundle and checks the hash of everything in it; `raw/` is not kept in memory.
///
/// # Errors
/// It is no bundle, was changed after it was written, or unpacks to more than is read.
pub(crate) fn read<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Result<Opened, Refused> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut hashes: BTreeMap<String, Fingerprint> = BTreeMap::new();
    let (mut facts, mut other) = (0u64, 0u64);
    if archive.len() > ENTRIES {
        return Err(Refused::TooMuch);
    }
    for i in 0..archive.len() {
        let member = archive.by_index(i)?;
        if member.is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let fact = name == MANIFEST || name.starts_with("facts/") || name.starts_with("certs/");
        let left = if fact { FACTS_MOST.saturating_sub(facts) } else { RAW_MOST.saturating_sub(other) };
        let mut bounded = member.take(left.saturating_add(1));
        let n = if fact {
            let mut octets = vec![];
            let n = bounded.read_to_end(&mut octets)?;
            files.insert(name, octets);
            u64::try_from(n).unwrap_or(u64::MAX)
        } else {
            let mut nowhere = io::sink();
            let mut hashing = Hashing { to: &mut nowhere, hash: Sha256::new() };
            let n = io::copy(&mut bounded, &mut hashing)?;
            let hash = hashing.done();
            hashes.insert(name, hash);
            n
        };
        if n > left {
            return Err(Refused::TooMuch);
        }
        if fact { facts = facts.saturating_add(n) } else { other = other.saturating_add(n) }
    }
    let text = files.get(MANIFEST).ok_or(bundle::BundleError::NoManifest)?;
    let mut manifest: bundle::Manifest =
        serde_json::from_slice(text).map_err(|e| bundle::BundleError::Manifest(e.to_string()))?;
    let whole = manifest.files.clone();
    // what is only looked at here is no fact
    manifest.files.retain(|name, _| !name.starts_with(RAW) && name != LEFT_OUT);
    for (name, hash) in whole.iter().filter(|(n, _)| !manifest.files.contains_key(*n)) {
        match hashes.get(name) {
            Some(found) if found == hash => {}
            Some(_) => return Err(Refused::Changed(name.clone())),
            None => return Err(bundle::BundleError::Missing { file: name.clone() }.into()),
        }
    }
    let slim = serde_json::to_vec(&manifest).map_err(|e| bundle::BundleError::Manifest(e.to_string()))?;
    files.insert(MANIFEST.to_owned(), slim);
    let (mut manifest, case) = bundle::read(&files)?;
    manifest.files = whole;
    let raw = manifest.files.keys().filter(|n| n.starts_with(RAW)).cloned().collect();
    Ok(Opened { manifest, case, raw })
}
