//! Keys and values as every source gives them: a canonical path, a name, a kind, bytes, a place and what is wrong with them.
use std::cmp::Ordering;
use std::fmt;

/// Longest key path taken, in characters; Windows itself allows 512 levels of 255.
pub const MAX_PATH: usize = 16_384;

/// A root of the registry, as its tools name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// `HKEY_LOCAL_MACHINE`.
    LocalMachine,
    /// `HKEY_CURRENT_USER`.
    CurrentUser,
    /// `HKEY_USERS`.
    Users,
    /// `HKEY_CLASSES_ROOT`.
    ClassesRoot,
    /// `HKEY_CURRENT_CONFIG`.
    CurrentConfig,
    /// A hive of which nothing says where Windows would mount it; written `HIVE`.
    Unmounted,
}

impl Root {
    /// The short name that canonical paths begin with.
    pub fn short(self) -> &'static str {
        match self {
            Self::LocalMachine => "HKLM",
            Self::CurrentUser => "HKCU",
            Self::Users => "HKU",
            Self::ClassesRoot => "HKCR",
            Self::CurrentConfig => "HKCC",
            Self::Unmounted => "HIVE",
        }
    }

    fn named(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        match upper.as_str() {
            "HKEY_LOCAL_MACHINE" | "HKLM" => Some(Self::LocalMachine),
            "HKEY_CURRENT_USER" | "HKCU" => Some(Self::CurrentUser),
            "HKEY_USERS" | "HKU" => Some(Self::Users),
            "HKEY_CLASSES_ROOT" | "HKCR" => Some(Self::ClassesRoot),
            "HKEY_CURRENT_CONFIG" | "HKCC" => Some(Self::CurrentConfig),
            "HIVE" => Some(Self::Unmounted),
            _ => None,
        }
    }
}

/// Where a key is: `HKLM\…`, its case as the source has it, compared without case as Windows does.
#[derive(Debug, Clone)]
pub struct KeyPath {
    text: String,
    folded: String,
}

impl KeyPath {
    /// A path as a tool writes it: `HKEY_LOCAL_MACHINE\…`, `HKLM\…`, `HKLM:\…`, `Registry::HKEY_…`, `Computer\HKEY_…` with
    /// the first word in any language, `\Registry\Machine\…`. `None` when no root is recognised or it is over-long.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches('"');
        if text.len() > MAX_PATH.saturating_mul(4) {
            return None;
        }
        // PowerShell writes its provider first; `::` in a key is an address
        let text = match text.split_once("::") {
            Some((provider, rest)) if provider.to_ascii_lowercase().ends_with("registry") => rest,
            _ => text,
        };
        let lower = text.get(..18).map(str::to_ascii_lowercase);
        let (root, rest) = if lower.as_deref() == Some("\\registry\\machine\\") {
            (Root::LocalMachine, text.get(18..)?)
        } else if text.get(..15).is_some_and(|head| head.eq_ignore_ascii_case("\\registry\\user\\")) {
            (Root::Users, text.get(15..)?)
        } else {
            let (first, rest) = text.split_once('\\').unwrap_or((text, ""));
            match Root::named(first.trim_end_matches(':')) {
                Some(root) => (root, rest),
                None => {
                    let (second, rest) = rest.split_once('\\').unwrap_or((rest, ""));
                    let full = second.len() > 5
                        && second.as_bytes().get(..5).is_some_and(|h| h.eq_ignore_ascii_case(b"HKEY_"));
                    (full.then(|| Root::named(second)).flatten()?, rest)
                }
            }
        };
        let mut path = Self::root(root);
        for segment in rest.split('\\').filter(|segment| !segment.is_empty()) {
            path.push(segment);
        }
        (path.text.len() <= MAX_PATH).then_some(path)
    }

    /// The path of a root itself.
    pub fn root(root: Root) -> Self {
        Self { text: root.short().to_owned(), folded: root.short().to_owned() }
    }

    /// This path with one more key below it. The name is taken whole, a backslash in it (a damaged hive) becomes U+2216.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut path = self.clone();
        path.push(name);
        path
    }

    fn push(&mut self, name: &str) {
        self.text.push('\\');
        self.folded.push('\\');
        for letter in name.chars().map(|c| if c == '\\' { '\u{2216}' } else { c }) {
            self.text.push(letter);
            self.folded.push(upcase(letter));
        }
    }

    /// The canonical text, `HKLM\SOFTWARE\…`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same in the upper case that paths are compared by.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The keys from the root on, the root first.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split('\\')
    }

    /// The last key of the path.
    pub fn name(&self) -> &str {
        self.text.rsplit_once('\\').map_or(self.text.as_str(), |(_, name)| name)
    }

    /// The key above; `None` at a root.
    pub fn parent(&self) -> Option<Self> {
        let (text, _) = self.text.rsplit_once('\\')?;
        let (folded, _) = self.folded.rsplit_once('\\')?;
        Some(Self { text: text.to_owned(), folded: folded.to_owned() })
    }

    /// Whether this is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.folded.strip_prefix(other.folded.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
    }

    /// What follows `above` in this path, without the leading backslash; empty when both are the same.
    pub fn below(&self, above: &Self) -> Option<&str> {
        if !self.is_within(above) {
            return None;
        }
        let depth = above.segments().count();
        let mut rest = self.text.as_str();
        for _ in 0..depth {
            rest = rest.split_once('\\').map_or("", |(_, rest)| rest);
        }
        Some(rest)
    }

    /// The path that this one has on its own machine, where a hive of it was loaded under another name (`reg load
    /// HKLM\\OFFLINE SYSTEM`): told by the keys that only one hive has.
    #[must_use]
    pub fn at_home(self) -> Self {
        const OWN: [&str; 8] = ["SYSTEM", "SOFTWARE", "SAM", "SECURITY", "HARDWARE", "COMPONENTS", "DRIVERS", "SCHEMA"];
        let mut names = self.folded.split('\\');
        let (Some(root @ ("HKLM" | "HKU")), Some(hive), Some(first)) = (names.next(), names.next(), names.next())
        else {
            return self;
        };
        if root == "HKLM" && OWN.contains(&hive) {
            return self;
        }
        let control_set =
            first.strip_prefix("CONTROLSET").is_some_and(|n| n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit()));
        let home = match (first, names.next()) {
            ("SELECT" | "MOUNTEDDEVICES", None) => "SYSTEM",
            _ if control_set => "SYSTEM",
            (
                "MICROSOFT",
                Some("SYSTEMCERTIFICATES" | "CRYPTOGRAPHY" | "WINDOWS NT" | ".NETFRAMEWORK" | "INETSTP" | "IIS"),
            ) => "SOFTWARE",
            ("MICROSOFT", Some("WINDOWS" | "ENTERPRISECERTIFICATES")) | ("POLICIES", Some("MICROSOFT")) => "SOFTWARE",
            _ => return self,
        };
        let mut path = Self::root(Root::LocalMachine).join(home);
        for name in self.text.split('\\').skip(2) {
            path.push(name);
        }
        path
    }

    /// This path with `from` (which it lies within) replaced by `to`.
    pub fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let rest = self.below(from)?;
        let mut path = to.clone();
        for segment in rest.split('\\').filter(|s| !s.is_empty()) {
            path.push(segment);
        }
        Some(path)
    }
}

impl PartialEq for KeyPath {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for KeyPath {}

impl PartialOrd for KeyPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeyPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The upper case of one character where it is one character, as the registry compares names.
pub fn upcase(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

/// A name in the case that names are compared by.
pub fn fold(name: &str) -> String {
    name.chars().map(upcase).collect()
}

/// Whether two key or value names are the same to the registry.
pub fn same_name(a: &str, b: &str) -> bool {
    a.chars().map(upcase).eq(b.chars().map(upcase))
}

/// The type of a value, `REG_…` of winnt.h; unknown numbers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(pub u32);

/// Numbers and names of the types, winnt.h.
const KINDS: [(u32, &str); 12] = [
    (0, "REG_NONE"),
    (1, "REG_SZ"),
    (2, "REG_EXPAND_SZ"),
    (3, "REG_BINARY"),
    (4, "REG_DWORD"),
    (5, "REG_DWORD_BIG_ENDIAN"),
    (6, "REG_LINK"),
    (7, "REG_MULTI_SZ"),
    (8, "REG_RESOURCE_LIST"),
    (9, "REG_FULL_RESOURCE_DESCRIPTOR"),
    (10, "REG_RESOURCE_REQUIREMENTS_LIST"),
    (11, "REG_QWORD"),
];

impl Kind {
    /// No type.
    pub const NONE: Self = Self(0);
    /// A string.
    pub const SZ: Self = Self(1);
    /// A string with `%NAME%` in it.
    pub const EXPAND_SZ: Self = Self(2);
    /// Bytes.
    pub const BINARY: Self = Self(3);
    /// 32 bits, little-endian.
    pub const DWORD: Self = Self(4);
    /// 32 bits, big-endian.
    pub const DWORD_BIG_ENDIAN: Self = Self(5);
    /// The target of a symbolic link.
    pub const LINK: Self = Self(6);
    /// Strings, each ended by NUL, and one NUL more.
    pub const MULTI_SZ: Self = Self(7);
    /// 64 bits, little-endian.
    pub const QWORD: Self = Self(11);

    /// The name of winnt.h.
    pub fn name(self) -> Option<&'static str> {
        KINDS.iter().find(|(number, _)| *number == self.0).map(|(_, name)| *name)
    }

    /// The type that a tool names; `REG_DWORD_LITTLE_ENDIAN` and `REG_QWORD_LITTLE_ENDIAN` are the plain ones.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "REG_DWORD_LITTLE_ENDIAN" => Some(Self::DWORD),
            "REG_QWORD_LITTLE_ENDIAN" => Some(Self::QWORD),
            _ => KINDS.iter().find(|(_, known)| *known == name).map(|(number, _)| Self(*number)),
        }
    }

    /// Whether data of this type are UTF-16 text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::SZ | Self::EXPAND_SZ | Self::LINK | Self::MULTI_SZ)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "REG_0x{:x}", self.0),
        }
    }
}

/// Where in its source something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Line of a text, the first is 1.
    Line(u32),
    /// Offset in a file, in bytes.
    Offset(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Offset(offset) => write!(f, "offset 0x{offset:x}"),
        }
    }
}

/// A Windows FILETIME: 100 ns since 1601-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileTime(pub u64);

impl FileTime {
    /// Seconds since 1970-01-01 UTC, negative before.
    pub fn unix_seconds(self) -> i64 {
        let seconds = i64::try_from(self.0 / 10_000_000).unwrap_or(i64::MAX);
        seconds.saturating_sub(11_644_473_600)
    }

    /// Nanoseconds after [`FileTime::unix_seconds`].
    pub fn subsecond_nanos(self) -> u32 {
        u32::try_from((self.0 % 10_000_000).saturating_mul(100)).unwrap_or(0)
    }
}

/// Whether the data of a value are all there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Soundness {
    /// As written.
    Sound,
    /// The source ends before the data do; how many bytes it claimed.
    CutOff(u64),
    /// Something is wrong with it: what was expected and what was found. The data are what could be read.
    Damaged {
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its name, empty for the default value.
    pub name: String,
    /// Its type; `None` where the source does not tell (PowerShell's lists): then the data are the text shown, in UTF-16.
    pub kind: Option<Kind>,
    /// Its bytes as a hive holds them: text is UTF-16LE, numbers little-endian.
    pub data: Vec<u8>,
    /// Where it stands.
    pub place: Place,
    /// Whether the data are whole.
    pub sound: Soundness,
}

impl Value {
    /// The number of a DWORD (either order), a QWORD, or of a text that shows one when no type is told. `None` for every
    /// other type, so a REG_SZ "1" is no number, as Windows sees it too.
    pub fn number(&self) -> Option<u64> {
        if self.sound != Soundness::Sound {
            return None;
        }
        match self.kind {
            Some(Kind::DWORD) => self.data.first_chunk::<4>().map(|b| u64::from(u32::from_le_bytes(*b))),
            Some(Kind::DWORD_BIG_ENDIAN) => self.data.first_chunk::<4>().map(|b| u64::from(u32::from_be_bytes(*b))),
            Some(Kind::QWORD) => self.data.first_chunk::<8>().map(|b| u64::from_le_bytes(*b)),
            Some(_) => None,
            None => {
                let text = utf16_text(&self.data);
                text.trim().parse::<u64>().ok().or_else(|| {
                    // PowerShell shows a DWORD as a signed number.
                    text.trim().parse::<i32>().ok().map(|n| u64::from(n.cast_unsigned()))
                })
            }
        }
    }

    /// The text of a string value up to its NUL; `None` for types that hold no text.
    pub fn text(&self) -> Option<String> {
        match self.kind {
            Some(Kind::MULTI_SZ) => Some(self.strings().join("\n")),
            Some(kind) if !kind.is_text() => None,
            _ => Some(utf16_text(&self.data)),
        }
    }

    /// The strings of a REG_MULTI_SZ; one string for the other types of text; nothing else.
    pub fn strings(&self) -> Vec<String> {
        match self.kind {
            Some(Kind::MULTI_SZ) => {
                let (pairs, _) = self.data.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
                units.split(|unit| *unit == 0).filter(|part| !part.is_empty()).map(String::from_utf16_lossy).collect()
            }
            Some(kind) if !kind.is_text() => Vec::new(),
            _ => {
                let text = utf16_text(&self.data);
                if text.is_empty() { Vec::new() } else { vec![text] }
            }
        }
    }
}

/// UTF-16LE text up to the first NUL; what is no UTF-16 becomes U+FFFD.
pub fn utf16_text(data: &[u8]) -> String {
    let (pairs, _) = data.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Text as UTF-16LE bytes, without a NUL at the end.
pub fn utf16_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// What is wrong at a place; reading went on after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// The nearest key that was known then.
    pub key: Option<KeyPath>,
    /// What sort of fault.
    pub what: FaultKind,
    /// What should stand there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

/// Sorts of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The source ends too early: not damage, the rest was not sent.
    CutOff,
    /// Bytes or characters that cannot be.
    Malformed,
    /// A structure that leads back to itself, or twice to the same cell.
    Loop,
    /// More than a bound of this reader.
    TooMuch,
    /// A line or an item that is not understood and was left.
    NotUnderstood,
    /// The source could not be read.
    Unreadable,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.place, self.expected, self.found)?;
        match &self.key {
            Some(key) => write!(f, " (at {key})"),
            None => Ok(()),
        }
    }
}

/// Takes what a source holds, in its order.
pub trait Sink {
    /// Whether the values of this key are wanted; a reader may leave out what is not. Keys are reported all the same.
    fn wants(&mut self, path: &KeyPath) -> bool;
    /// A key, with the time of its last change where the source has it.
    fn take_key(&mut self, path: &KeyPath, written: Option<FileTime>, place: Place);
    /// A value of the key.
    fn take_value(&mut self, path: &KeyPath, value: Value);
    /// A key (no name) or value that the source takes away (`[-KEY]`, `"name"=-`).
    fn removed(&mut self, path: &KeyPath, name: Option<&str>, place: Place);
    /// Something wrong.
    fn fault(&mut self, fault: Fault);
    /// How much below `path` the source shows: what is absent there is absent on the machine.
    fn seen(&mut self, path: &KeyPath, extent: Extent);
}

/// How much of a key a source shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extent {
    /// The values of this one key and the names of the keys below.
    Key,
    /// Everything below.
    Tree,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_known_however_a_tool_writes_them() {
        let parse = |text: &str| KeyPath::parse(text).map(|path| path.to_string());
        let same = Some("HKLM\\SYSTEM\\A\\[::]:443".to_owned());
        assert_eq!(parse("HKEY_LOCAL_MACHINE\\SYSTEM\\A\\[::]:443"), same);
        assert_eq!(parse("hklm:\\SYSTEM\\A\\[::]:443\\"), same);
        assert_eq!(parse("Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\A\\[::]:443"), same);
        assert_eq!(parse("컴퓨터\\HKEY_LOCAL_MACHINE\\SYSTEM\\A\\[::]:443"), same);
        assert_eq!(parse("\\Registry\\Machine\\SYSTEM\\A\\[::]:443"), same);
        assert_eq!(parse("SYSTEM\\A"), None);
        let home = |text: &str| KeyPath::parse(text).unwrap().at_home().to_string();
        assert_eq!(home("HKLM\\OFFLINE\\ControlSet001\\Services"), "HKLM\\SYSTEM\\ControlSet001\\Services");
        assert_eq!(home("HKU\\x\\Microsoft\\SystemCertificates"), "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates");
        assert_eq!(home("HKLM\\SOFTWARE\\Microsoft"), "HKLM\\SOFTWARE\\Microsoft");
        assert_eq!(home("HKU\\S-1-5-18\\Software\\Microsoft"), "HKU\\S-1-5-18\\Software\\Microsoft");
        let path = KeyPath::parse("HKLM\\a\\B\\c").unwrap();
        let above = KeyPath::parse("HKLM\\A").unwrap();
        assert!(path.is_within(&above) && !above.is_within(&path));
        assert!(!KeyPath::parse("HKLM\\AB").unwrap().is_within(&above));
        assert_eq!(path.below(&above), Some("B\\c"));
    }
}
