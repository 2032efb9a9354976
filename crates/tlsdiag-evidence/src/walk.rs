//! From what was handed over to fragments: folders and archives are opened, every file is recognised by its content.
use crate::archive::{self, Budget, Member};
use crate::fragment::Fragment;
use crate::input::{Input, Octets};
use crate::readers::{BINARY, TEXT};
use std::{
    fs,
    io::{self, BufReader, Read, SeekFrom},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use tlsdiag_model::{Arg, How, Say, Time, Why, say};
use tlsdiag_winfiles::text::{decode::decode, lines::Text};
use zeroize::Zeroizing;

/// Octets of a text that are read.
const TEXT_MOST: u64 = 128 << 20;
/// Octets by which a file is recognised.
const HEAD: u64 = 64 << 10;
/// Largest file beside another that is read whole (the log of a hive).
const BESIDE: u64 = 64 << 20;
/// Files of folders that are looked at.
const FILES: usize = 50_000;
/// Folders within folders that are entered.
const DEPTH: usize = 24;
/// Octets up to which a file that is no evidence is handed on, as it may hold certificates.
const HANDED_ON: u64 = 16 << 20;

/// Where a bundle keeps the files that were handed over.
const RAW: &str = "raw/";

/// What came of the files.
#[derive(Default)]
pub struct Evidence {
    /// A fragment for each file that was recognised.
    pub fragments: Vec<Fragment>,
    /// Files on disk that are no evidence of this kind: they may hold certificates and keys.
    pub rest: Vec<PathBuf>,
    /// The same inside archives.
    pub unpacked: Vec<(String, Zeroizing<Vec<u8>>)>,
    /// What was left out or could not be opened.
    pub notes: Vec<Say>,
    budget: Budget,
    files: usize,
}

/// Reads files, folders and archives. `at` is the time that counts where a file has none; `stop` is asked between files.
pub fn read(paths: &[PathBuf], at: Time, stop: &dyn Fn() -> bool) -> Evidence {
    let mut all = Evidence::default();
    for path in paths {
        all.path(path, at, 0, stop);
    }
    all
}

/// Reads what stood on standard input or was pasted. What a log says there is only told.
pub fn read_octets(path: &str, octets: &[u8], at: Time) -> Evidence {
    let mut all = Evidence::default();
    let size = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    if !all.file(path, size, at, &mut io::Cursor::new(octets), &|_| None, &|| false) {
        all.unpacked.push((path.to_owned(), Zeroizing::new(octets.to_vec())));
    }
    for f in &mut all.fragments {
        f.case.events.iter_mut().for_each(|e| e.how = How::Told);
    }
    all
}

impl Evidence {
    fn path(&mut self, path: &Path, at: Time, depth: usize, stop: &dyn Fn() -> bool) {
        if stop() {
            return;
        }
        if path.is_dir() {
            self.folder(path, at, depth, stop);
            return;
        }
        self.files = self.files.saturating_add(1);
        let shown = path.display().to_string().replace('\\', "/");
        let opened = fs::metadata(path).and_then(|m| {
            if m.is_file() { Ok((fs::File::open(path)?, m)) } else { Err(io::ErrorKind::Unsupported.into()) }
        });
        let Ok((file, meta)) = opened else {
            // whoever reads certificates says why it cannot be opened
            self.rest.push(path.to_owned());
            return;
        };
        let taken = meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let taken = taken.and_then(|d| i64::try_from(d.as_millis()).ok()).map_or(at, |t| t.min(at));
        let beside = |name: &str| beside_on_disk(path, name);
        let mut octets = BufReader::with_capacity(1 << 20, file);
        let known = self.file(&shown, meta.len(), taken, &mut octets, &beside, stop);
        if !known {
            self.rest.push(path.to_owned());
        }
    }

    fn folder(&mut self, folder: &Path, at: Time, depth: usize, stop: &dyn Fn() -> bool) {
        let shown = Arg::quote(folder.display());
        if depth >= DEPTH || self.files >= FILES {
            self.notes.push(say!(
                "{path}: not entered: too many folders or files",
                "{path}: 폴더나 파일이 너무 많아 살펴보지 않았습니다",
                path = shown
            ));
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(e) => e,
            Err(e) => {
                self.notes.push(say!("{path}: {why}", "{path}: {why}", path = shown, why = Arg::quote(e)));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = vec![];
        for entry in entries {
            match entry {
                Ok(e) => paths.push(e.path()),
                Err(e) => {
                    let shown = Arg::quote(folder.display());
                    self.notes.push(say!("{path}: {why}", "{path}: {why}", path = shown, why = Arg::quote(e)));
                    break;
                }
            }
        }
        paths.sort();
        let count = paths.len();
        for (n, path) in paths.into_iter().enumerate() {
            if stop() {
                return;
            }
            if self.files >= FILES {
                self.notes.push(say!(
                    "{path}: {n} of its files and folders were not looked at: more than {most} are too many",
                    "{path}: 파일이 {most}개를 넘어 이 폴더의 파일과 폴더 {n}개를 살펴보지 않았습니다",
                    path = Arg::quote(folder.display()),
                    n = Arg::num(count.saturating_sub(n)),
                    most = Arg::num(FILES)
                ));
                return;
            }
            // a link to a folder may lead in circles
            if path.is_symlink() && path.is_dir() {
                self.notes.push(say!(
                    "{path}: a link to a folder, which is not followed: name that folder to have it read",
                    "{path}: 폴더를 가리키는 링크라 따라가지 않았습니다. 읽으려면 그 폴더를 직접 지정하세요",
                    path = Arg::quote(path.display())
                ));
                continue;
            }
            self.path(&path, at, depth.saturating_add(1), stop);
        }
    }

    /// One file of whatever kind; true if it was recognised.
    fn file(
        &mut self,
        path: &str,
        size: u64,
        taken: Time,
        octets: &mut dyn Octets,
        beside: &dyn Fn(&str) -> Option<Vec<u8>>,
        stop: &dyn Fn() -> bool,
    ) -> bool {
        let Ok(head) = head(octets) else { return false };
        if let Some(packed) = archive::sniff(&head) {
            return self.archive(packed, path, taken, octets, stop);
        }
        let mut input = Input { path, size, taken, octets, beside };
        if let Some(reader) = BINARY.iter().find(|r| (r.sniff)(&head)) {
            let mut fragment = Fragment::new(path, taken);
            fragment.is(reader.kind);
            if let Err(refused) = (reader.read)(&mut input, &mut fragment) {
                let origin = fragment.inside("file");
                fragment.fault(origin, Why::DamagedAt { at: 0 }, refused.0);
            }
            self.fragments.push(fragment);
            return true;
        }
        if !textual(&head) {
            return false;
        }
        let octets = match whole(input.octets, TEXT_MOST) {
            Ok(o) => o,
            Err(e) => {
                self.notes.push(say!("{path}: {why}", "{path}: {why}", path = Arg::quote(path), why = Arg::quote(e)));
                return false;
            }
        };
        self.text(path, size, taken, &octets)
    }

    fn text(&mut self, path: &str, size: u64, taken: Time, octets: &[u8]) -> bool {
        let text = decode(octets);
        let mut fragment = Fragment::new(path, taken);
        let mut understood: Vec<std::ops::Range<u32>> = vec![];
        let mut left = left_over(&text.text, &mut understood);
        for read in TEXT {
            let more = read(&text, &mut fragment);
            if !more.is_empty() {
                understood.extend(more);
                left = left_over(&text.text, &mut understood);
                if left.is_empty() {
                    break;
                }
            }
        }
        if fragment.kinds.is_empty() {
            return false;
        }
        if size > TEXT_MOST {
            let origin = fragment.inside("file");
            let why = Why::OverCap { kept: TEXT_MOST, dropped: size.saturating_sub(TEXT_MOST) };
            fragment.fault(
                origin,
                why,
                say!("only the first {n} bytes were read", "처음 {n}바이트만 읽었습니다", n = Arg::num(TEXT_MOST)),
            );
        }
        fragment.not_understood = left;
        self.fragments.push(fragment);
        true
    }

    fn archive(
        &mut self,
        packed: archive::Packed,
        path: &str,
        taken: Time,
        octets: &mut dyn Octets,
        stop: &dyn Fn() -> bool,
    ) -> bool {
        if self.budget.depth == 0 {
            self.notes.push(say!(
                "{path}: not opened: archives lie too deep in each other",
                "{path}: 압축 파일이 너무 깊이 중첩되어 열지 않았습니다",
                path = Arg::quote(path)
            ));
            return true;
        }
        let outermost = self.budget.depth == Budget::default().depth;
        let all = self.budget.octets;
        if outermost {
            self.budget.octets = all.min(archive::most(octets));
        }
        let allowed = self.budget.octets;
        let unpacked = archive::unpack(packed, path, octets, &mut self.budget);
        if unpacked.members.is_empty() && unpacked.notes.is_empty() {
            self.notes.push(say!(
                "{path}: an archive without files",
                "{path}: 파일이 없는 압축 파일입니다",
                path = Arg::quote(path)
            ));
        }
        self.notes.extend(unpacked.notes);
        self.budget.depth = self.budget.depth.saturating_sub(1);
        // a bundle of ours: the files as they were handed over are the truth, its facts are what an older program made of them
        let bundle = unpacked.members.iter().any(|m| m.name == tlsdiag_model::bundle::MANIFEST)
            && unpacked.members.iter().any(|m| m.name.starts_with(RAW));
        for m in unpacked.members.iter().filter(|m| !bundle || m.name.starts_with(RAW)) {
            if stop() {
                break;
            }
            let shown = format!("{path}/{}", m.name);
            let beside = |name: &str| beside_in_archive(&unpacked.members, m, name);
            let taken = m.taken.unwrap_or(taken);
            let before = self.fragments.len();
            if !self.file(&shown, m.size, taken, &mut m.open(), &beside, stop) {
                match whole(&mut m.open(), HANDED_ON) {
                    Ok(octets) if m.size <= HANDED_ON => self.unpacked.push((shown, Zeroizing::new(octets))),
                    _ => self.notes.push(not_understood(&shown)),
                }
            }
            if let Some((why, say)) = &m.fault {
                for f in self.fragments.iter_mut().skip(before) {
                    f.damaged(why, say);
                }
            }
        }
        self.budget.depth = self.budget.depth.saturating_add(1);
        if outermost {
            self.budget.octets = all.saturating_sub(allowed.saturating_sub(self.budget.octets));
        }
        true
    }
}

/// How a file is named that nobody understands.
pub fn not_understood(path: &str) -> Say {
    say!(
        "{path}: not understood: no kind of evidence that is known here",
        "{path}: 알 수 없는 형식의 파일입니다",
        path = Arg::quote(path)
    )
}

fn head(octets: &mut dyn Octets) -> io::Result<Vec<u8>> {
    octets.rewind()?;
    let mut head = vec![];
    octets.take(HEAD).read_to_end(&mut head)?;
    octets.rewind()?;
    Ok(head)
}

fn whole(octets: &mut dyn Octets, most: u64) -> io::Result<Vec<u8>> {
    octets.seek(SeekFrom::Start(0))?;
    let mut out = vec![];
    octets.take(most).read_to_end(&mut out)?;
    Ok(out)
}

/// Might it be text? Zeros stand only in every other place, as in UTF-16, or not at all.
fn textual(head: &[u8]) -> bool {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let half = head.len() / 2;
    let few = |n: usize| n.saturating_mul(50) <= head.len();
    let controls =
        head.iter().filter(|b| **b < 0x20 && !matches!(**b, 0 | b'\t' | b'\n' | b'\r' | 0x0c | 0x1a | 0x1b)).count();
    // two octets a character: any value may stand beside a zero
    let wide = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) || even.max(odd).saturating_mul(8) >= half.max(1);
    !head.is_empty() && even.min(odd).saturating_mul(4) <= even.max(odd) && (wide || few(controls))
}

/// Lines that nobody took and that are not blank.
fn left_over(text: &str, understood: &mut [std::ops::Range<u32>]) -> Vec<std::ops::Range<u32>> {
    understood.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<std::ops::Range<u32>> = vec![];
    let mut next = understood.iter().peekable();
    let mut covered = 0u32;
    for n in Text::new(text).filled().map(|l| l.number) {
        while let Some(r) = next.next_if(|r| r.start <= n) {
            covered = covered.max(r.end);
        }
        if n < covered {
            continue;
        }
        match out.last_mut() {
            Some(r) if r.end == n => r.end = n.saturating_add(1),
            _ => out.push(n..n.saturating_add(1)),
        }
    }
    out
}

fn beside_on_disk(path: &Path, name: &str) -> Option<Vec<u8>> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entry = fs::read_dir(folder).ok()?.filter_map(Result::ok).find(|e| {
        let other = e.file_name();
        other.to_str().is_some_and(|o| o.eq_ignore_ascii_case(name))
    })?;
    let mut out = vec![];
    let file = fs::File::open(entry.path()).ok()?;
    file.metadata().ok().filter(fs::Metadata::is_file)?;
    file.take(BESIDE).read_to_end(&mut out).ok()?;
    Some(out)
}

fn beside_in_archive(all: &[Member], of: &Member, name: &str) -> Option<Vec<u8>> {
    let folder = of.name.rsplit_once('/').map_or("", |(f, _)| f);
    let other = all.iter().find(|m| {
        let (f, own) = m.name.rsplit_once('/').unwrap_or(("", &m.name));
        f == folder && own.eq_ignore_ascii_case(name)
    })?;
    whole(&mut other.open(), BESIDE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_octets() {
        assert!(textual(b"IP:port : 0.0.0.0:443\r\n"));
        let utf16: Vec<u8> = "인증서 해시 : abc\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(textual(&utf16));
        let ascii: Vec<u8> = "IP:port \u{ac00}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(textual(&ascii));
        assert!(!textual(&[0; 4096]));
        assert!(!textual(&[]));
        assert!(!textual(&(0..=255u8).cycle().take(4096).collect::<Vec<_>>()));
    }

    #[test]
    fn lines_that_nobody_took() {
        let text = "a\nb\n\nc\nd\ne\n";
        assert_eq!(left_over(text, &mut [2..3, 5..6]), [1..2, 4..5, 6..7]);
        assert_eq!(left_over(text, std::slice::from_mut(&mut (1..7))), Vec::<std::ops::Range<u32>>::new());
    }
}
