//! Shapes of values that are the same in every language: endpoints, ids, thumbprints, numbers.
use super::damaged::Damaged;
use super::lines::is_blank;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A place where somebody listens or talks: address or name, and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// `0.0.0.0`, `::` (without brackets), `www.example.com`, `*`.
    pub host: String,
    /// What stands behind `%` of an IPv6 address.
    pub scope: Option<String>,
    /// The port; 0 in the foreign address of a listener.
    pub port: u16,
}

impl Endpoint {
    /// Reads `host:port`, `[v6]:port`, `[v6%scope]:port` and `*:port`. A well-known service name may stand for the port,
    /// `*` for no port (then 0).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port = port_number(port)?;
        let (host, scope) = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(inner) => {
                let (address, scope) = inner.split_once('%').map_or((inner, None), |(a, s)| (a, Some(s)));
                address.parse::<Ipv6Addr>().ok()?;
                (address, scope.map(str::to_owned))
            }
            None if is_host(host) => (host, None),
            None => return None,
        };
        Some(Self { host: host.to_owned(), scope, port })
    }

    /// Its address, if it is one and not a name.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.scope, self.host.contains(':')) {
            (Some(scope), _) => write!(f, "[{}%{scope}]:{}", self.host, self.port),
            (None, true) => write!(f, "[{}]:{}", self.host, self.port),
            (None, false) => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Names of ports that netstat prints without `-n`, from the services file of Windows.
const SERVICES: &[(&str, u16)] = &[
    ("*", 0),
    ("http", 80),
    ("https", 443),
    ("epmap", 135),
    ("microsoft-ds", 445),
    ("netbios-ssn", 139),
    ("ldap", 389),
    ("ldaps", 636),
    ("ms-sql-s", 1433),
    ("ms-wbt-server", 3389),
    ("smtp", 25),
    ("pop3", 110),
    ("pop3s", 995),
    ("imap", 143),
    ("imap4", 143),
    ("imaps", 993),
    ("ftp", 21),
    ("ftps", 990),
    ("ssh", 22),
    ("telnet", 23),
    ("domain", 53),
    ("kerberos", 88),
    ("nntps", 563),
    ("wsman", 5985),
    ("wsmans", 5986),
    ("winrm", 5985),
];

fn port_number(text: &str) -> Option<u16> {
    if !text.is_empty() && text.len() <= 5 && text.bytes().all(|o| o.is_ascii_digit()) {
        return text.parse().ok();
    }
    SERVICES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, port)| *port)
}

fn is_host(text: &str) -> bool {
    if text == "*" || text.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    // only digits and dots, but no address: a version or a damaged address, no name
    let named = text.chars().any(|c| c.is_alphabetic());
    let bare = text.strip_prefix("*.").unwrap_or(text);
    named
        && bare.len() <= 255
        && bare.split('.').all(|l| !l.is_empty())
        && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// A GUID in the order in which it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads `8-4-4-4-12` hex digits, with or without braces.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('{').map_or(Some(text), |t| t.strip_suffix('}'))?;
        let groups: Vec<&str> = bare.split('-').take(6).collect();
        if !groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12]) {
            return None;
        }
        Some(Self(hex(&groups.concat())?.try_into().ok()?))
    }

    /// `{00000000-0000-0000-0000-000000000000}`.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, octet) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

/// The octets of an even number of hex digits and nothing else.
#[must_use]
pub fn hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    digits?.chunks_exact(2).map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok()).collect()
}

/// The thumbprint in a record of HTTP.sys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hash {
    /// `(null)`, or nothing: sound in a record that takes its certificate from the central store only.
    Null,
    /// 20 octets (SHA-1) or 32 (SHA-256).
    Whole(Vec<u8>),
    /// Not readable as a whole.
    Damaged {
        /// What stands there.
        value: Damaged,
        /// The octets at its beginning that are beyond doubt.
        prefix: Option<Vec<u8>>,
    },
}

/// What a thumbprint in a listing must look like.
pub const EXPECTED_HASH: &str = "40 or 64 hex digits";

impl Hash {
    /// Reads a thumbprint as netsh prints it. Marks that pasting leaves, such as U+200E, are a damage and not passed over.
    #[must_use]
    pub fn parse(text: &str, line: u32) -> Self {
        let text = text.trim_matches(is_blank);
        if text.is_empty() || is_null(text) {
            return Self::Null;
        }
        match hex(text) {
            Some(octets) if matches!(octets.len(), 20 | 32) => Self::Whole(octets),
            _ => Self::Damaged { value: Damaged::new(text, EXPECTED_HASH, describe(text), line), prefix: None },
        }
    }

    /// The octets, if all are there.
    #[must_use]
    pub fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(octets) => Some(octets),
            Self::Null | Self::Damaged { .. } => None,
        }
    }
}

/// `(null)`, which programs in C print for an absent text in every language.
#[must_use]
pub fn is_null(text: &str) -> bool {
    text.eq_ignore_ascii_case("(null)")
}

/// What is wrong with a text that should be hex digits.
#[must_use]
pub fn describe(text: &str) -> String {
    if let Some(mark) = text.chars().find(|c| is_direction_mark(*c)) {
        return format!("the invisible mark U+{:04X}", u32::from(mark));
    }
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    match text.chars().find(|c| !c.is_ascii_hexdigit()) {
        None => format!("{digits} hex digits"),
        Some(c) if is_blank(c) => format!("{digits} hex digits with blanks between them"),
        Some(c) => format!("the character `{c}`"),
    }
}

/// Marks without width that come with a thumbprint copied from the certificate dialog.
#[must_use]
pub fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200d}' | '\u{feff}')
}

/// Whether the text is a whole number.
#[must_use]
pub fn number(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|o| o.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Text in quotes without them.
#[must_use]
pub fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        for (text, shown) in [
            ("0.0.0.0:443", "0.0.0.0:443"),
            ("[::]:443", "[::]:443"),
            ("[fe80::1%12]:139", "[fe80::1%12]:139"),
            ("*:443", "*:443"),
            ("sts.example.com:443", "sts.example.com:443"),
            ("LAPTOP-6LNI85PH:0", "LAPTOP-6LNI85PH:0"),
            ("서버:https", "서버:443"),
            ("*:*", "*:0"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|e| e.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in ["0.0.0:443", "IP:port", "::443", "a:70000", "[::1:443", "12:34:56", "C:\\x", "http://*:80"] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn guids_and_hashes() {
        let text = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";
        assert_eq!(Guid::parse(text).map(|g| format!("{{{g}}}")).as_deref(), Some(text));
        assert_eq!(Guid::parse("{4dc3e181-e14b-4a21-b022-59fc669b09}"), None);
        assert_eq!(Hash::parse("(null)", 1), Hash::Null);
        assert_eq!(Hash::parse(&"ab".repeat(32), 1), Hash::Whole(vec![0xab; 32]));
        let Hash::Damaged { value, .. } = Hash::parse(&format!("\u{200e}{}", "ab".repeat(20)), 7) else { panic!() };
        assert_eq!((value.found.as_str(), value.line), ("the invisible mark U+200E", 7));
        let Hash::Damaged { value, .. } = Hash::parse("xxxxxxxx", 7) else { panic!() };
        assert_eq!(value.found, "the character `x`");
    }
}
