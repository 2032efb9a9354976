//! Group policy files (`registry.pol`): keys and values that a policy sets below one root.
//!
//! Format: Microsoft, "Registry Policy File Format" (win32/desktop-src/policy), and MS-GPREG 2.2.1.
use super::export::shown;
use super::model::{Fault, FaultKind, KeyPath, Kind, Place, Root, Sink, Soundness, Value};

/// What the file was like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its version, 1.
    pub version: u32,
    /// Entries read.
    pub entries: u64,
    /// Where it ends too early or is damaged, so that the rest is not read.
    pub stopped: Option<u64>,
}

/// Whether a file begins as one.
pub fn is_policy(head: &[u8]) -> bool {
    head.starts_with(b"PReg")
}

/// Reads a policy. `root` is [`Root::LocalMachine`] for the file under `Machine`, [`Root::CurrentUser`] for that under `User`.
/// `None` if it does not begin as one.
pub fn read(bytes: &[u8], root: Root, sink: &mut impl Sink) -> Option<Policy> {
    let (magic, rest) = bytes.split_at_checked(4)?;
    let version = u32::from_le_bytes(*rest.first_chunk::<4>()?);
    if magic != b"PReg" {
        return None;
    }
    let mut policy = Policy { version, entries: 0, stopped: None };
    let mut cursor = Cursor { bytes, at: 8 };
    let mut last: Option<KeyPath> = None;
    while cursor.at < bytes.len() {
        let start = cursor.at;
        match cursor.entry() {
            Ok(entry) => {
                policy.entries = policy.entries.saturating_add(1);
                let mut path = KeyPath::root(root);
                for name in entry.key.split('\\').filter(|name| !name.is_empty()) {
                    path = path.join(name);
                }
                take(entry, path.clone(), start, last.as_ref() != Some(&path), sink);
                last = Some(path);
            }
            Err((at, expected, found)) => {
                let what = if at >= bytes.len() { FaultKind::CutOff } else { FaultKind::Malformed };
                sink.fault(Fault { place: Place::Offset(at as u64), key: last, what, expected, found });
                policy.stopped = Some(at as u64);
                break;
            }
        }
    }
    Some(policy)
}

struct Entry {
    key: String,
    name: String,
    kind: u32,
    data: Vec<u8>,
}

/// Names that begin with `**` are orders to take something away.
fn take(entry: Entry, path: KeyPath, start: usize, new: bool, sink: &mut impl Sink) {
    let place = Place::Offset(start as u64);
    let lower = entry.name.to_ascii_lowercase();
    if lower.starts_with("**delvals") || lower.starts_with("**deletekeys") {
        sink.removed(&path, None, place);
        return;
    }
    if lower.starts_with("**del.") {
        sink.removed(&path, entry.name.get(6..), place);
        return;
    }
    if lower.starts_with("**deletevalues") {
        let value =
            Value { name: String::new(), kind: Some(Kind::SZ), data: entry.data, place, sound: Soundness::Sound };
        for name in value.text().unwrap_or_default().split(';') {
            sink.removed(&path, Some(name.trim()), place);
        }
        return;
    }
    if new {
        sink.take_key(&path, None, place);
    }
    let nothing = entry.name.is_empty() && entry.data.is_empty() && entry.kind == 0;
    if !lower.starts_with("**") && !nothing {
        let value =
            Value { name: entry.name, kind: Some(Kind(entry.kind)), data: entry.data, place, sound: Soundness::Sound };
        sink.take_value(&path, value);
    }
}

type Stop = (usize, &'static str, String);

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn entry(&mut self) -> Result<Entry, Stop> {
        self.letter('[', "[ before an entry")?;
        let key = self.text()?;
        self.letter(';', "; after the key")?;
        let name = self.text()?;
        self.letter(';', "; after the name")?;
        let kind = self.number()?;
        self.letter(';', "; after the type")?;
        let size = self.number()? as usize;
        self.letter(';', "; after the size")?;
        let end = self.at.saturating_add(size);
        let Some(data) = self.bytes.get(self.at..end) else {
            let have = self.bytes.len().saturating_sub(self.at);
            return Err((self.bytes.len(), "the data of an entry", format!("{have} of {size} bytes")));
        };
        let data = data.to_vec();
        self.at = end;
        self.letter(']', "] after an entry")?;
        Ok(Entry { key, name, kind, data })
    }

    fn unit(&mut self) -> Option<u16> {
        let unit = u16::from_le_bytes(*self.bytes.get(self.at..)?.first_chunk::<2>()?);
        self.at = self.at.saturating_add(2);
        Some(unit)
    }

    fn letter(&mut self, wanted: char, expected: &'static str) -> Result<(), Stop> {
        let at = self.at;
        match self.unit() {
            Some(unit) if u32::from(unit) == u32::from(wanted) => Ok(()),
            Some(unit) => Err((at, expected, format!("0x{unit:04x}"))),
            None => Err((self.bytes.len(), expected, "the end of the file".to_owned())),
        }
    }

    fn number(&mut self) -> Result<u32, Stop> {
        match self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<4>()) {
            Some(four) => {
                self.at = self.at.saturating_add(4);
                Ok(u32::from_le_bytes(*four))
            }
            None => Err((self.bytes.len(), "a number of four bytes", "the end of the file".to_owned())),
        }
    }

    /// Text up to its NUL.
    fn text(&mut self) -> Result<String, Stop> {
        let start = self.at;
        let mut units = Vec::new();
        loop {
            match self.unit() {
                Some(0) => return Ok(String::from_utf16_lossy(&units)),
                Some(unit) if units.len() < 32_768 => units.push(unit),
                Some(_) => {
                    return Err((
                        start,
                        "a text of at most 32768 characters",
                        shown(&String::from_utf16_lossy(&units)),
                    ));
                }
                None => return Err((self.bytes.len(), "NUL after a text", "the end of the file".to_owned())),
            }
        }
    }
}
