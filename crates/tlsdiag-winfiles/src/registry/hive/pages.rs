//! Bytes of a hive by offset: what a log replaced first, then the file, through a small cache.
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes of a cached block.
const BLOCK: usize = 16 << 10;
/// Cached blocks: 8 MiB in all.
const BLOCKS: usize = 512;
/// Bytes of a page that a log replaces.
pub(super) const PAGE: usize = 512;

/// The file and what lies over it.
pub(super) struct Pages<R> {
    reader: R,
    /// Bytes in the file.
    pub(super) file_len: u64,
    /// Pages from logs, by number.
    over: BTreeMap<u64, Box<[u8]>>,
    cache: Vec<Option<(u64, Box<[u8]>)>>,
}

impl<R: Read + Seek> Pages<R> {
    pub(super) fn new(mut reader: R) -> io::Result<Self> {
        let file_len = reader.seek(SeekFrom::End(0))?;
        Ok(Self {
            reader,
            file_len,
            over: BTreeMap::new(),
            cache: std::iter::repeat_with(|| None).take(BLOCKS).collect(),
        })
    }

    /// Lays pages over the file; their numbers count from the beginning of the file, a later one wins.
    pub(super) fn lay(&mut self, pages: &[(u64, &[u8])]) {
        for (number, bytes) in pages {
            self.over.insert(*number, (*bytes).into());
        }
        self.cache.iter_mut().for_each(|slot| *slot = None);
    }

    /// Where the bytes end: the file or the last page laid over it.
    pub(super) fn end(&self) -> u64 {
        let laid =
            self.over.last_key_value().map_or(0, |(number, _)| number.saturating_add(1).saturating_mul(PAGE as u64));
        self.file_len.max(laid)
    }

    /// Fills `out` from `offset`; how many bytes there were.
    pub(super) fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < out.len() {
            let at = offset.saturating_add(done as u64);
            let number = at / BLOCK as u64;
            let within = usize::try_from(at % BLOCK as u64).unwrap_or(0);
            let block = self.block(number)?;
            let Some(found) = block.get(within..).filter(|found| !found.is_empty()) else { break };
            let Some(room) = out.get_mut(done..) else { break };
            let n = found.len().min(room.len());
            if let (Some(to), Some(from)) = (room.get_mut(..n), found.get(..n)) {
                to.copy_from_slice(from);
            }
            done = done.saturating_add(n);
        }
        Ok(done)
    }

    fn block(&mut self, number: u64) -> io::Result<&[u8]> {
        let slot = usize::try_from(number % BLOCKS as u64).unwrap_or(0);
        let known = self.cache.get(slot).and_then(Option::as_ref).is_some_and(|(at, _)| *at == number);
        if !known {
            let bytes = self.load(number)?;
            if let Some(place) = self.cache.get_mut(slot) {
                *place = Some((number, bytes));
            }
        }
        Ok(self.cache.get(slot).and_then(Option::as_ref).map_or(&[], |(_, bytes)| bytes))
    }

    fn load(&mut self, number: u64) -> io::Result<Box<[u8]>> {
        let start = number.saturating_mul(BLOCK as u64);
        let mut bytes = vec![0; BLOCK];
        let mut have = 0;
        if start < self.file_len {
            self.reader.seek(SeekFrom::Start(start))?;
            while let Some(room) = bytes.get_mut(have..).filter(|room| !room.is_empty()) {
                match self.reader.read(room) {
                    Ok(0) => break,
                    Ok(n) => have = have.saturating_add(n),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let first = start / PAGE as u64;
        let pages = (BLOCK / PAGE) as u64;
        for (page, over) in self.over.range(first..first.saturating_add(pages)) {
            let at = usize::try_from(page.saturating_sub(first)).unwrap_or(0).saturating_mul(PAGE);
            let end = at.saturating_add(over.len());
            if let Some(to) = bytes.get_mut(at..end) {
                to.copy_from_slice(over);
            }
            have = have.max(end);
        }
        bytes.truncate(have);
        Ok(bytes.into())
    }
}
