//! Cabinets: each folder is unpacked once, from its start, and its files are places in what came out.
//!
//! Layout: Microsoft Cabinet Format (MS-CAB), section 2. The head is read here; the library then sees a cabinet of one
//! folder with one file at a time, so that no offset of a file is ever sought in it: however often files overlap or come
//! again, the work is that of the folders, and two files of one name are two files.
use super::{HARMLESS, RATIO, Store, broken, time};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use tlsdiag_model::{Arg, Say, Time, Why, say};
use tlsdiag_winfiles::text::decode::decode;

/// Longest name, its zero included.
const NAME: u64 = 257;
/// CFHEADER.flags: it goes on from another cabinet, in another cabinet, has reserved fields.
const PREVIOUS: u16 = 1;
const NEXT: u16 = 2;
const RESERVED: u16 = 4;
/// CFFILE.attribs: the name is UTF-8.
const NAME_IS_UTF: u16 = 0x80;

struct Head {
    /// Octets reserved in each block of data.
    block_reserve: u8,
    folders: Vec<Folder>,
    files: Vec<File>,
}

/// Eight octets of CFFOLDER: where its data begin, how many blocks there are, how they are packed.
type Folder = [u8; 8];

struct File {
    name: String,
    taken: Option<Time>,
    /// Place in what the folder unpacks to.
    start: u64,
    size: u64,
    /// Number of the folder, or one of three that tell of another cabinet.
    folder: u16,
}

pub(super) fn unpack(mut octets: impl Read + Seek, store: &mut Store<'_>) -> Result<(), String> {
    let packed = octets.seek(SeekFrom::End(0)).map_err(|e| e.to_string())?;
    octets.rewind().map_err(|e| e.to_string())?;
    let head = head(BufReader::new(&mut octets)).map_err(|e| e.to_string())?;
    for (n, folder) in head.folders.iter().enumerate() {
        let own = |f: &&File| usize::from(f.folder) == n;
        let needed = head.files.iter().filter(own).map(|f| f.start.saturating_add(f.size)).max();
        let Some(needed) = needed else { continue };
        let most = packed.saturating_mul(RATIO).max(HARMLESS).min(store.budget.octets).min(needed);
        let from = store.end;
        let cabinet = Overlaid { head: one_folder(folder, head.block_reserve), below: &mut octets, at: 0 };
        let (came, why) = match cab::Cabinet::new(cabinet).and_then(|mut c| {
            let mut file = c.read_file("f")?;
            Ok(store.copy(most, &mut file))
        }) {
            Ok(Ok((came, _))) => (came, None),
            Ok(Err((came, why))) => (came, Some(why)),
            Err(e) => (0, Some(e.to_string())),
        };
        store.end = from.saturating_add(came);
        store.budget.octets = store.budget.octets.saturating_sub(came);
        let mut told = 0u64;
        for f in head.files.iter().filter(own) {
            if !store.another() {
                return Ok(());
            }
            let there = came.saturating_sub(f.start).min(f.size);
            // files that share octets are read as often as they are named
            let again = told.saturating_add(there).saturating_sub(came.max(told));
            store.budget.octets = store.budget.octets.saturating_sub(again);
            told = told.saturating_add(there);
            let why = (there < f.size).then(|| missing(why.as_deref(), there, most < needed));
            store.member(&f.name, f.taken, from.saturating_add(f.start), there, why);
        }
    }
    for f in head.files.iter().filter(|f| usize::from(f.folder) >= head.folders.len()) {
        let at = format!("{}/{}", store.path, f.name);
        let words = if f.folder >= 0xfffd { "a part of it lies in another cabinet" } else { "its folder is not there" };
        store.out.notes.push(broken(&at, words));
    }
    Ok(())
}

fn missing(why: Option<&str>, there: u64, capped: bool) -> (Why, Say) {
    let say = match why {
        Some(why) => say!("{why}", "{why}", why = Arg::quote(why)),
        None if capped => {
            say!("it unpacks to more than {n} bytes", "풀면 {n}바이트가 넘습니다", n = Arg::num(there))
        }
        None => say!("the cabinet ends before it", "파일이 끝나기 전에 캐비닛이 끝납니다"),
    };
    (Why::CutOff { at: there }, say)
}

fn head(mut octets: impl Read + Seek) -> io::Result<Head> {
    let start: [u8; 36] = array(&mut octets)?;
    let word = |at: usize| start.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b));
    let files_at = start.get(16..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
    let (folders, files, flags) = (word(26), word(28), word(30));
    let (mut folder_reserve, mut block_reserve) = (0, 0);
    if flags & RESERVED != 0 {
        let [low, high, folder, block] = array(&mut octets)?;
        (folder_reserve, block_reserve) = (folder, block);
        skip(&mut octets, u64::from(u16::from_le_bytes([low, high])))?;
    }
    for _ in [PREVIOUS, PREVIOUS, NEXT, NEXT].iter().filter(|f| flags & **f != 0) {
        text(&mut octets)?;
    }
    let mut out = Head { block_reserve, folders: vec![], files: vec![] };
    for _ in 0..folders {
        out.folders.push(array(&mut octets)?);
        skip(&mut octets, u64::from(folder_reserve))?;
    }
    octets.seek(SeekFrom::Start(u64::from(files_at)))?;
    for _ in 0..files {
        let [a, b, c, d, e, f, g, h, low, high, date, dates, clock, clocks, kind, kinds] = array(&mut octets)?;
        let raw = text(&mut octets)?;
        let utf = u16::from_le_bytes([kind, kinds]) & NAME_IS_UTF != 0;
        out.files.push(File {
            name: if utf { String::from_utf8_lossy(&raw).into_owned() } else { decode(&raw).text },
            taken: dos_time(u16::from_le_bytes([date, dates]), u16::from_le_bytes([clock, clocks])),
            start: u64::from(u32::from_le_bytes([e, f, g, h])),
            size: u64::from(u32::from_le_bytes([a, b, c, d])),
            folder: u16::from_le_bytes([low, high]),
        });
    }
    Ok(out)
}

fn array<const N: usize>(octets: &mut impl Read) -> io::Result<[u8; N]> {
    let mut out = [0; N];
    octets.read_exact(&mut out)?;
    Ok(out)
}

fn skip(octets: &mut impl Read, n: u64) -> io::Result<()> {
    io::copy(&mut octets.take(n), &mut io::sink()).map(drop)
}

/// Octets up to a zero.
fn text(octets: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut out = vec![];
    for _ in 0..NAME {
        match array::<1>(octets)? {
            [0] => return Ok(out),
            [other] => out.push(other),
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "a name without an end"))
}

fn dos_time(date: u16, clock: u16) -> Option<Time> {
    let year = i64::from(date >> 9).saturating_add(1980);
    let parts = [(date >> 5) & 15, date & 31, clock >> 11, (clock >> 5) & 63, (clock & 31).saturating_mul(2)];
    time(year, parts.map(i64::from))
}

/// The head of a cabinet with this folder alone, and in it one file `f` that is as long as the folder may be. It is never
/// longer than the head of a cabinet that has a file.
fn one_folder(folder: &Folder, block_reserve: u8) -> Vec<u8> {
    let reserve: &[u8] = if block_reserve == 0 { &[] } else { &[0, 0, 0, block_reserve] };
    let (flags, files_at) = if block_reserve == 0 { (0, 44u32) } else { (RESERVED, 48) };
    let mut out = b"MSCF\0\0\0\0\xff\xff\xff\x7f\0\0\0\0".to_vec();
    out.extend(files_at.to_le_bytes());
    out.extend([0, 0, 0, 0, 3, 1, 1, 0, 1, 0]);
    out.extend(flags.to_le_bytes());
    out.extend([0; 4]);
    out.extend(reserve);
    out.extend(folder);
    out.extend(u32::MAX.to_le_bytes());
    out.extend([0, 0, 0, 0, 0, 0, 0x21, 0, 0, 0, 0x20, 0]);
    out.extend(b"f\0");
    out
}

/// A file whose first octets are others.
struct Overlaid<'a, R> {
    head: Vec<u8>,
    below: &'a mut R,
    at: u64,
}

impl<R: Read + Seek> Read for Overlaid<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let n = match self.head.get(at..).filter(|left| !left.is_empty()) {
            Some(mut left) => left.read(buf)?,
            None => {
                self.below.seek(SeekFrom::Start(self.at))?;
                self.below.read(buf)?
            }
        };
        self.at = self.at.saturating_add(u64::try_from(n).unwrap_or(0));
        Ok(n)
    }
}

impl<R: Seek> Seek for Overlaid<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
            SeekFrom::End(n) => self.below.seek(SeekFrom::End(0))?.checked_add_signed(n),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
