//! Archives: zip, tar, gzip, cab, unpacked into one nameless temporary file, with bounds on what they may unpack to.
mod cabinet;

use crate::input::Octets;
use std::{
    cell::RefCell,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    rc::Rc,
};
use tlsdiag_model::{Arg, Say, Time, Why, say};
use tlsdiag_winfiles::text::decode::decode;

/// What an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packed {
    Zip,
    Gzip,
    Tar,
    Cab,
}

/// What all archives of one run may unpack to.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Octets left.
    pub octets: u64,
    /// Members left.
    pub members: usize,
    /// Archives within archives that are opened.
    pub depth: u32,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { octets: 8 << 30, members: 20_000, depth: 4 }
    }
}

/// A member may unpack to so many times its packed size, once it is larger than [`HARMLESS`]: logs and hives stay far
/// below, nothing but padding comes near.
const RATIO: u64 = 400;
/// Octets up to which no ratio is looked at.
const HARMLESS: u64 = 64 << 20;
/// Everything in an archive, archives within it among that, may unpack to so many times its size, once it is larger than
/// [`HARMLESS_ALL`].
const RATIO_ALL: u64 = 100;
/// Octets of all members up to which no ratio is looked at.
const HARMLESS_ALL: u64 = 512 << 20;

/// What an archive that lies in no other may unpack to, with all that lies in it.
pub(crate) fn most(octets: &mut dyn Octets) -> u64 {
    let size = octets.seek(SeekFrom::End(0)).and_then(|size| octets.rewind().map(|()| size));
    size.unwrap_or(0).saturating_mul(RATIO_ALL).max(HARMLESS_ALL)
}

/// Octets of an archive's members, one after the other.
#[derive(Clone)]
pub(crate) struct Pool(Rc<RefCell<File>>);

/// A member.
pub(crate) struct Member {
    /// Its path in the archive, with slashes.
    pub(crate) name: String,
    /// Its time, where the archive has one; local, as zip has no other.
    pub(crate) taken: Option<Time>,
    pub(crate) size: u64,
    /// Why its octets are not all, or not those that were packed.
    pub(crate) fault: Option<(Why, Say)>,
    start: u64,
    pool: Pool,
}

/// A member's octets.
pub(crate) struct Slice {
    pool: Pool,
    start: u64,
    size: u64,
    at: u64,
}

impl Member {
    /// Its octets, from the start.
    pub(crate) fn open(&self) -> Slice {
        Slice { pool: self.pool.clone(), start: self.start, size: self.size, at: 0 }
    }
}

impl Read for Slice {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.size.saturating_sub(self.at);
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let Some(buf) = buf.get_mut(..want).filter(|b| !b.is_empty()) else { return Ok(0) };
        let mut file = self.pool.0.borrow_mut();
        file.seek(SeekFrom::Start(self.start.saturating_add(self.at)))?;
        let n = file.read(buf)?;
        self.at = self.at.saturating_add(u64::try_from(n).unwrap_or(0));
        Ok(n)
    }
}

impl Seek for Slice {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.size.checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Is this the beginning of an archive? `head` holds the first 512 octets at least, where there are so many.
pub(crate) fn sniff(head: &[u8]) -> Option<Packed> {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Packed::Zip),
        [0x1f, 0x8b, 8, ..] => Some(Packed::Gzip),
        [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => Some(Packed::Cab),
        _ if head.get(257..262) == Some(b"ustar") => Some(Packed::Tar),
        _ => None,
    }
}

/// What came of unpacking.
#[derive(Default)]
pub(crate) struct Unpacked {
    pub(crate) members: Vec<Member>,
    /// What was left out, and why.
    pub(crate) notes: Vec<Say>,
}

/// Unpacks an archive. `path` is how it is called.
pub(crate) fn unpack(packed: Packed, path: &str, octets: impl Read + Seek, budget: &mut Budget) -> Unpacked {
    let mut out = Unpacked::default();
    let pool = match tempfile::tempfile() {
        Ok(file) => Pool(Rc::new(RefCell::new(file))),
        Err(e) => {
            out.notes.push(broken(path, &e.to_string()));
            return out;
        }
    };
    let mut store = Store { pool, end: 0, budget, path, out: &mut out };
    let went = match packed {
        Packed::Zip => zip(octets, &mut store),
        Packed::Tar => tar(octets, &mut store),
        Packed::Gzip => gzip(octets, &mut store),
        Packed::Cab => cabinet::unpack(octets, &mut store),
    };
    if let Err(e) = went {
        out.notes.push(broken(path, &e));
    }
    out
}

fn broken(path: &str, why: &str) -> Say {
    say!(
        "{path}: the archive is damaged or cannot be unpacked further: {why}",
        "{path}: 압축 파일이 손상되었거나 더 풀 수 없습니다: {why}",
        path = Arg::quote(path),
        why = Arg::quote(why)
    )
}

struct Store<'a> {
    pool: Pool,
    end: u64,
    budget: &'a mut Budget,
    path: &'a str,
    out: &'a mut Unpacked,
}

impl Store<'_> {
    /// Whether another member may come.
    fn another(&mut self) -> bool {
        if self.budget.members == 0 || self.budget.octets == 0 {
            self.out.notes.push(say!(
                "{path}: only a part was unpacked: it holds more files or octets than are read",
                "{path}: 일부만 풀었습니다. 읽을 수 있는 것보다 파일이나 바이트가 많습니다",
                path = Arg::quote(self.path)
            ));
            return false;
        }
        self.budget.members = self.budget.members.saturating_sub(1);
        true
    }

    /// Keeps a member; `packed` are its octets in the archive, where they are known.
    fn keep(&mut self, name: String, taken: Option<Time>, packed: Option<u64>, from: &mut dyn Read) {
        let most = match packed {
            Some(p) => p.saturating_mul(RATIO).max(HARMLESS).min(self.budget.octets),
            None => self.budget.octets,
        };
        let start = self.end;
        let copied = self.copy(most, from);
        let (size, why) = match copied {
            Ok((n, false)) => (n, None),
            Ok((n, true)) => {
                (n, Some(say!("it unpacks to more than {n} bytes", "풀면 {n}바이트가 넘습니다", n = Arg::num(n))))
            }
            Err((n, e)) => (n, Some(say!("{why}", "{why}", why = Arg::quote(e)))),
        };
        self.budget.octets = self.budget.octets.saturating_sub(size);
        self.end = start.saturating_add(size);
        self.member(&name, taken, start, size, why.map(|why| (Why::CutOff { at: size }, why)));
    }

    /// A member whose octets are in the pool.
    fn member(&mut self, name: &str, taken: Option<Time>, start: u64, size: u64, fault: Option<(Why, Say)>) {
        let fault = fault.map(|(why, words)| {
            let say = say!(
                "{path}/{name}: read up to byte {size} only: {why}",
                "{path}/{name}: {size}바이트까지만 읽었습니다: {why}",
                path = Arg::quote(self.path),
                name = Arg::quote(name),
                size = Arg::num(size),
                why = Arg::Say(Box::new(words))
            );
            (why, say)
        });
        self.out.notes.extend(fault.iter().map(|(_, say)| say.clone()));
        let pool = self.pool.clone();
        self.out.members.push(Member { name: plain(name), taken, size, fault, start, pool });
    }

    /// Octets copied, and whether there were more than `most`.
    fn copy(&mut self, most: u64, from: &mut dyn Read) -> Result<(u64, bool), (u64, String)> {
        let mut file = self.pool.0.borrow_mut();
        file.seek(SeekFrom::Start(self.end)).map_err(|e| (0, e.to_string()))?;
        let mut n = 0u64;
        let mut buf = vec![0u8; 1 << 16];
        loop {
            let got = from.read(&mut buf).map_err(|e| (n, e.to_string()))?;
            if got == 0 {
                return Ok((n, false));
            }
            let left = usize::try_from(most.saturating_sub(n)).unwrap_or(usize::MAX);
            let part = buf.get(..got.min(left)).unwrap_or_default();
            file.write_all(part).map_err(|e| (n, e.to_string()))?;
            n = n.saturating_add(u64::try_from(part.len()).unwrap_or(0));
            if part.len() < got {
                return Ok((n, true));
            }
        }
    }
}

/// Slashes only, no drive, no way out of the archive: the name is only shown, never opened.
fn plain(name: &str) -> String {
    let parts = name.split(['/', '\\']).filter(|p| !matches!(*p, "" | "." | ".."));
    parts.collect::<Vec<_>>().join("/")
}

fn zip(octets: impl Read + Seek, store: &mut Store<'_>) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(octets).map_err(|e| e.to_string())?;
    for i in 0..archive.len() {
        if !store.another() {
            break;
        }
        let name = archive.name_for_index(i).and_then(Result::ok).map_or_else(|| format!("member {i}"), String::from);
        let mut file = match archive.by_index(i) {
            Ok(f) => f,
            Err(e) => {
                let at = format!("{}/{name}", store.path);
                store.out.notes.push(broken(&at, &e.to_string()));
                continue;
            }
        };
        if file.is_dir() {
            continue;
        }
        // names before UTF-8 are of the code page of whoever packed it
        let raw = file.name_raw().to_vec();
        let name = String::from_utf8(raw).unwrap_or_else(|e| decode(e.as_bytes()).text);
        let taken = file.last_modified().and_then(|t| {
            time(i64::from(t.year()), [t.month(), t.day(), t.hour(), t.minute(), t.second()].map(i64::from))
        });
        let packed = file.compressed_size();
        store.keep(name, taken, Some(packed), &mut file);
    }
    Ok(())
}

fn tar(octets: impl Read, store: &mut Store<'_>) -> Result<(), String> {
    let mut archive = tar::Archive::new(octets);
    for entry in archive.entries().map_err(|e| e.to_string())? {
        let mut entry = entry.map_err(|e| e.to_string())?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        if !store.another() {
            break;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let taken = entry.header().mtime().ok().and_then(|s| i64::try_from(s).ok()).and_then(|s| s.checked_mul(1000));
        let size = entry.size();
        store.keep(name, taken, Some(size), &mut entry);
    }
    Ok(())
}

/// One packed file; where that is a tar, its members.
fn gzip(mut octets: impl Read + Seek, store: &mut Store<'_>) -> Result<(), String> {
    let size = octets.seek(SeekFrom::End(0)).map_err(|e| e.to_string())?;
    octets.rewind().map_err(|e| e.to_string())?;
    let mut plain = io::BufReader::new(flate2::read::MultiGzDecoder::new(&mut octets));
    let head = io::BufRead::fill_buf(&mut plain).map_err(|e| e.to_string())?;
    if sniff(head) == Some(Packed::Tar) {
        let most = size.saturating_mul(RATIO).max(HARMLESS).min(store.budget.octets);
        return tar(plain.take(most), store);
    }
    if store.another() {
        let own = store.path.rsplit('/').next().unwrap_or_default();
        let name = own.strip_suffix(".gz").unwrap_or("content").to_owned();
        store.keep(name, None, Some(size), &mut plain);
    }
    Ok(())
}

/// A time of an archive, milliseconds since 1970; nothing before 1980, where zip begins.
fn time(year: i64, [month, day, hour, minute, second]: [i64; 5]) -> Option<Time> {
    let fits = (1981..=2107).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    fits.then(|| tlsdiag_pki::time::unix_from_civil(year, month, day, hour, minute, second).saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut w = zip::ZipWriter::new(Cursor::new(vec![]));
        for (name, octets) in files {
            let how = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
            w.start_file(*name, how).unwrap();
            w.write_all(octets).unwrap();
        }
        w.finish().unwrap().into_inner()
    }

    fn read(m: &Member) -> Vec<u8> {
        let mut out = vec![];
        m.open().read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn members_are_read_from_any_place() {
        let z = zipped(&[("a/b.txt", b"hello"), ("..\\evil.txt", b"world")]);
        assert_eq!(sniff(&z), Some(Packed::Zip));
        let u = unpack(Packed::Zip, "case.zip", Cursor::new(z), &mut Budget::default());
        assert!(u.notes.is_empty());
        assert_eq!(u.members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["a/b.txt", "evil.txt"]);
        assert_eq!((read(&u.members[0]), read(&u.members[1])), (b"hello".to_vec(), b"world".to_vec()));
        let mut s = u.members[1].open();
        s.seek(SeekFrom::End(-2)).unwrap();
        let mut two = vec![];
        s.read_to_end(&mut two).unwrap();
        assert_eq!(two, b"ld");
    }

    #[test]
    fn a_bomb_is_cut_where_its_ratio_shows() {
        let zeros = vec![0u8; 200 << 20];
        let z = zipped(&[("bomb.txt", &zeros), ("good.txt", b"good")]);
        assert!(z.len() < 300_000);
        let u = unpack(Packed::Zip, "case.zip", Cursor::new(z), &mut Budget::default());
        assert_eq!(u.notes.len(), 1);
        assert!(u.members[0].size < zeros.len() as u64);
        assert_eq!(read(&u.members[1]), b"good");
        let z = zipped(&[("a", b"0123456789"), ("b", b"x")]);
        let u = unpack(Packed::Zip, "case.zip", Cursor::new(z), &mut Budget { octets: 4, members: 9, depth: 1 });
        assert_eq!((u.members.len(), u.members[0].size), (1, 4));
        assert_eq!(u.notes.len(), 2);
    }

    #[test]
    fn packed_tars_and_single_files() {
        let mut tar = tar::Builder::new(vec![]);
        let mut h = tar::Header::new_gnu();
        h.set_size(5);
        h.set_mtime(1_600_000_000);
        h.set_cksum();
        tar.append_data(&mut h, "d/e.txt", &b"hello"[..]).unwrap();
        let tar = tar.into_inner().unwrap();
        assert_eq!(sniff(&tar), Some(Packed::Tar));
        let gz = |octets: &[u8]| {
            let mut e = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
            e.write_all(octets).unwrap();
            e.finish().unwrap()
        };
        let u = unpack(Packed::Gzip, "x.tar.gz", Cursor::new(gz(&tar)), &mut Budget::default());
        assert_eq!((u.members[0].name.as_str(), u.members[0].taken), ("d/e.txt", Some(1_600_000_000_000)));
        let u = unpack(Packed::Gzip, "log.txt.gz", Cursor::new(gz(b"plain")), &mut Budget::default());
        assert_eq!((u.members[0].name.as_str(), read(&u.members[0])), ("log.txt", b"plain".to_vec()));
    }

    #[test]
    fn damage_is_told() {
        let z = zipped(&[("a.txt", &b"0123456789abcdef".repeat(100))]);
        for cut in [0, 4, 30, z.len() / 2, z.len() - 1] {
            let u = unpack(Packed::Zip, "case.zip", Cursor::new(z[..cut].to_vec()), &mut Budget::default());
            assert!(!u.notes.is_empty() && u.members.is_empty(), "{cut}");
        }
        let u = unpack(Packed::Cab, "x.cab", Cursor::new(b"MSCF\0\0\0\0junk".to_vec()), &mut Budget::default());
        assert_eq!(u.notes.len(), 1);
    }
}
