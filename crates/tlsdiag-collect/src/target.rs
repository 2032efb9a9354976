//! What a person types becomes a target: URL, host, host:port, address with or without brackets; nonsense is refused
//! with the place and the reason.
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
};
use tlsdiag_model::{
    Arg, Lang, Name, Say,
    facts::{Asked, Scheme},
    say,
};

/// A target with what was done to the text on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The question.
    pub asked: Asked,
    /// What was changed or left out, worth telling: user name and password dropped, `http://` asked as `https://`, a
    /// name written in another script turned into its A-label.
    pub notes: Vec<Say>,
}

/// Why a text is no target, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError {
    /// The text as it stood, with stars for what may be a user name and password.
    pub typed: String,
    /// Which bytes of it are at fault; always on character boundaries.
    pub at: Range<usize>,
    /// What is the matter.
    pub fault: Fault,
}

/// What is the matter with a text that is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing there.
    Empty,
    /// Longer than 8 KiB.
    TooLong,
    /// A space or a control character.
    Space,
    /// Another scheme than `https` and `http`.
    Scheme,
    /// No host before the port, the path or the end.
    NoHost,
    /// `[` without `]`, or something other than `:port` behind `]`.
    Brackets,
    /// Not an IPv6 address.
    Ipv6,
    /// An IPv6 zone (`%eth0`), which has no meaning in a URL that others can use.
    Zone,
    /// Four numbers that are no IPv4 address, or a number where a name or address should be.
    Ipv4,
    /// A label is empty, longer than 63 octets, or begins or ends with a hyphen (RFC 1123 section 2.1).
    Label,
    /// A character that no host name has.
    Character,
    /// The whole name is longer than 253 octets (RFC 1035 section 2.3.4).
    NameTooLong,
    /// Not an internationalised name (RFC 5891, UTS 46).
    Idn,
    /// The port is not a number from 1 to 65535 (RFC 9110 section 4.2).
    Port,
}

impl Target {
    /// Reads a target. The scheme may be left out; the port is 443 then.
    pub fn parse(text: &str) -> Result<Target, TargetError> {
        parse(text)
    }
}

impl TargetError {
    /// The reason, in two languages.
    pub fn say(&self) -> Say {
        let part = || Arg::quote(self.typed.get(self.at.clone()).unwrap_or_default());
        let at = || Arg::num(self.typed.get(..self.at.start).map_or(0, |s| s.chars().count()) + 1);
        match self.fault {
            Fault::Empty => say!("no target was given", "대상이 없습니다"),
            Fault::TooLong => say!("a target has at most 8192 bytes", "대상은 8192바이트를 넘을 수 없습니다"),
            Fault::Space => say!(
                "a space or control character at character {at}",
                "{at}번째 글자가 공백이나 제어 문자입니다",
                at = at()
            ),
            Fault::Scheme => say!(
                "{part}: only https:// and http:// can be asked",
                "{part}: https://와 http://만 쓸 수 있습니다",
                part = part()
            ),
            Fault::NoHost => {
                say!("no host name at character {at}", "{at}번째 글자에 호스트 이름이 없습니다", at = at())
            }
            Fault::Brackets => say!(
                "{part} at character {at}: an IPv6 address is written as [address]:port",
                "{at}번째 글자의 {part}: IPv6 주소는 [주소]:포트로 씁니다",
                part = part(),
                at = at()
            ),
            Fault::Ipv6 => say!("{part} is not an IPv6 address", "{part:은} IPv6 주소가 아닙니다", part = part()),
            Fault::Zone => say!(
                "{part}: an address with a zone cannot be asked",
                "{part}: 영역(zone)이 붙은 주소는 쓸 수 없습니다",
                part = part()
            ),
            Fault::Ipv4 => say!("{part} is not an IPv4 address", "{part:은} IPv4 주소가 아닙니다", part = part()),
            Fault::Label => say!(
                "{part} at character {at}: a label has 1 to 63 characters and no hyphen at its ends",
                "{at}번째 글자의 {part}: 레이블은 1~63자이고 하이픈으로 시작하거나 끝날 수 없습니다",
                part = part(),
                at = at()
            ),
            Fault::Character => say!(
                "{part} at character {at} cannot stand in a host name",
                "{at}번째 글자의 {part:은} 호스트 이름에 쓸 수 없습니다",
                part = part(),
                at = at()
            ),
            Fault::NameTooLong => {
                say!("a host name has at most 253 characters", "호스트 이름은 253자를 넘을 수 없습니다")
            }
            Fault::Idn => say!(
                "{part} is not an internationalised name",
                "{part:은} 국제화 도메인 이름이 아닙니다",
                part = part()
            ),
            Fault::Port => say!(
                "{part} is not a port from 1 to 65535",
                "{part:은} 1부터 65535까지의 포트가 아닙니다",
                part = part()
            ),
        }
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say().render(Lang::En))
    }
}
impl std::error::Error for TargetError {}

/// Reads a target.
pub fn parse(text: &str) -> Result<Target, TargetError> {
    Parser { text, notes: vec![] }.target()
}

/// Most octets of a host name (RFC 1035 section 2.3.4, without the root's).
const NAME_OCTETS: usize = 253;
const LABEL_OCTETS: usize = 63;
const TEXT_OCTETS: usize = 8192;

struct Parser<'a> {
    text: &'a str,
    notes: Vec<Say>,
}

/// A part of the text and where it begins.
#[derive(Clone, Copy)]
struct Part<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Part<'a> {
    fn split(self, n: usize) -> (Part<'a>, Part<'a>) {
        let (a, b) = self.text.split_at_checked(n).unwrap_or((self.text, ""));
        (Part { text: a, at: self.at }, Part { text: b, at: self.at + a.len() })
    }
    fn range(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }
}

impl<'a> Parser<'a> {
    fn target(mut self) -> Result<Target, TargetError> {
        let lead = self.text.len() - self.text.trim_start().len();
        let rest = Part { text: self.text.trim(), at: lead };
        if rest.text.is_empty() {
            return self.fail(0..self.text.len(), Fault::Empty);
        }
        if rest.text.len() > TEXT_OCTETS {
            return self.fail(rest.range(), Fault::TooLong);
        }
        if let Some((i, c)) = rest.text.char_indices().find(|(_, c)| c.is_whitespace() || c.is_control()) {
            return self.fail(rest.at + i..rest.at + i + c.len_utf8(), Fault::Space);
        }
        let (rest, plain) = self.scheme(rest)?;
        let end = rest.text.find(['/', '?', '#', '\\']).unwrap_or(rest.text.len());
        let (authority, tail) = rest.split(end);
        let shown = self.shown(authority);
        let authority = self.drop_user(authority);
        let (host, port) = self.host_and_port(authority)?;
        let (name, literal) = self.host(host)?;
        let port = match port {
            Some(p) => self.port(p)?,
            None => 443,
        };
        let port = if plain && port == 80 { 443 } else { port };
        if plain {
            let shown = if port == 443 { String::new() } else { format!(":{port}") };
            self.notes.push(say!(
                "an http:// address was given; {url} is looked at",
                "http:// 주소가 주어져 {url:을} 살펴봅니다",
                url = Arg::Quote(format!("https://{}{shown}", bracketed(&name, literal)))
            ));
        }
        let asked = Asked {
            typed: shown,
            scheme: Scheme::Https,
            name,
            literal,
            port,
            path: path(tail.text),
            pinned: vec![],
            client: None,
        };
        Ok(Target { asked, notes: self.notes })
    }

    fn fail<T>(&self, at: Range<usize>, fault: Fault) -> Result<T, TargetError> {
        Err(TargetError { typed: masked(self.text), at, fault })
    }

    /// Takes the scheme off; true for `http`.
    fn scheme(&self, rest: Part<'a>) -> Result<(Part<'a>, bool), TargetError> {
        // One slash too few, or backslashes, are read as browsers read them.
        for (scheme, plain) in [("https:", false), ("http:", true)] {
            if rest.text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)) {
                let (_, tail) = rest.split(scheme.len());
                let slashes = tail.text.bytes().take(2).take_while(|b| matches!(b, b'/' | b'\\')).count();
                if slashes > 0 {
                    return Ok((tail.split(slashes).1, plain));
                }
            }
        }
        let Some(n) = rest.text.find("://") else { return Ok((rest, false)) };
        // `host/path?next=http://…` has its first "://" behind the host.
        if rest.text.get(..n).is_some_and(|s| s.contains(['/', '?', '#', '@', '['])) {
            return Ok((rest, false));
        }
        let (scheme, _) = rest.split(n);
        self.fail(scheme.range(), Fault::Scheme)
    }

    /// The text as typed, without user name and password.
    fn shown(&self, authority: Part<'a>) -> String {
        match authority.text.rfind('@') {
            Some(i) => {
                let (before, after) = (self.text.get(..authority.at), self.text.get(authority.at + i + 1..));
                format!("{}{}", before.unwrap_or_default(), after.unwrap_or_default())
            }
            None => self.text.to_owned(),
        }
    }

    fn drop_user(&mut self, authority: Part<'a>) -> Part<'a> {
        let Some(i) = authority.text.rfind('@') else { return authority };
        self.notes.push(say!(
            "the user name and password of the URL are not used",
            "URL에 있는 사용자 이름과 암호는 쓰지 않습니다"
        ));
        authority.split(i + 1).1
    }

    fn host_and_port(&self, authority: Part<'a>) -> Result<(Part<'a>, Option<Part<'a>>), TargetError> {
        if authority.text.is_empty() {
            return self.fail(authority.range(), Fault::NoHost);
        }
        if authority.text.starts_with('[') {
            let Some(end) = authority.text.find(']') else { return self.fail(authority.range(), Fault::Brackets) };
            let (host, tail) = authority.split(end + 1);
            return match tail.text {
                "" => Ok((host, None)),
                t if t.starts_with(':') => Ok((host, Some(tail.split(1).1))),
                _ => self.fail(tail.range(), Fault::Brackets),
            };
        }
        // Two colons and no bracket: an IPv6 address by itself.
        if authority.text.matches(':').count() > 1 {
            return Ok((authority, None));
        }
        let Some(i) = authority.text.find(':') else { return Ok((authority, None)) };
        let (host, port) = authority.split(i);
        if host.text.is_empty() {
            return self.fail(host.at..host.at + 1, Fault::NoHost);
        }
        Ok((host, Some(port.split(1).1)))
    }

    fn port(&self, part: Part<'a>) -> Result<u16, TargetError> {
        // RFC 3986 section 3.2.3 allows an empty port: the default.
        if part.text.is_empty() {
            return Ok(443);
        }
        let digits = part.text.bytes().all(|b| b.is_ascii_digit());
        match part.text.parse::<u16>() {
            Ok(p) if digits && p != 0 => Ok(p),
            _ => self.fail(part.range(), Fault::Port),
        }
    }

    fn host(&mut self, part: Part<'a>) -> Result<(Name, Option<IpAddr>), TargetError> {
        if let Some(inner) = part.text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            return self.ipv6(inner, part);
        }
        if part.text.contains(':') {
            return self.ipv6(part.text, part);
        }
        if let Ok(a) = part.text.parse::<Ipv4Addr>() {
            return Ok(literal(a.into()));
        }
        // WHATWG URL: a last label of digits only means an IPv4 address; so does a form that browsers take and
        // programs read in different ways (`127.1`, `0x7f000001`).
        let last = part.text.strip_suffix('.').unwrap_or(part.text).rsplit('.').next().unwrap_or_default();
        let hex = last.strip_prefix("0x").is_some_and(|h| !h.is_empty() && h.bytes().all(|b| b.is_ascii_hexdigit()));
        if !last.is_empty() && (last.bytes().all(|b| b.is_ascii_digit()) || hex) {
            return self.fail(part.range(), Fault::Ipv4);
        }
        self.name(part).map(|n| (n, None))
    }

    fn ipv6(&self, text: &str, part: Part<'a>) -> Result<(Name, Option<IpAddr>), TargetError> {
        if text.contains('%') {
            return self.fail(part.range(), Fault::Zone);
        }
        match text.parse::<Ipv6Addr>() {
            // An IPv4 address in IPv6 clothes is spoken to by IPv4.
            Ok(a) => Ok(literal(a.to_ipv4_mapped().map_or(IpAddr::V6(a), IpAddr::V4))),
            Err(_) => self.fail(part.range(), Fault::Ipv6),
        }
    }

    fn name(&mut self, part: Part<'a>) -> Result<Name, TargetError> {
        if let Some((i, c)) = part.text.char_indices().find(|(_, c)| c.is_ascii() && !host_character(*c)) {
            return self.fail(part.at + i..part.at + i + c.len_utf8(), Fault::Character);
        }
        let ascii = if part.text.is_ascii() {
            part.text.to_ascii_lowercase()
        } else {
            // Compatibility forms of ASCII letters and signs come out as those.
            let a = match idna::domain_to_ascii_cow(part.text.as_bytes(), idna::AsciiDenyList::URL) {
                Ok(a) if a.chars().all(host_character) => a.into_owned(),
                _ => return self.fail(part.range(), Fault::Idn),
            };
            self.notes.push(say!(
                "{typed} is {ascii} on the network",
                "{typed:은} 네트워크에서 {ascii:이} 됩니다",
                typed = Arg::quote(part.text),
                ascii = Arg::quote(&a)
            ));
            a
        };
        let body = ascii.strip_suffix('.').unwrap_or(&ascii);
        if body.is_empty() {
            return self.fail(part.range(), Fault::NoHost);
        }
        if body.len() > NAME_OCTETS {
            return self.fail(part.range(), Fault::NameTooLong);
        }
        let mut at = part.at;
        for label in body.split('.') {
            let bad = label.is_empty() || label.len() > LABEL_OCTETS || label.starts_with('-') || label.ends_with('-');
            if bad {
                let range = if part.text.is_ascii() { at..at + label.len() } else { part.range() };
                return self.fail(range, Fault::Label);
            }
            at += label.len() + 1;
        }
        // An A-label that does not decode is refused by browsers; ask for it all the same only where it is one.
        if body.split('.').any(|l| l.starts_with("xn--")) && idna::domain_to_unicode(body).1.is_err() {
            return self.fail(part.range(), Fault::Idn);
        }
        if body.parse::<Ipv4Addr>().is_ok() {
            return self.fail(part.range(), Fault::Ipv4);
        }
        Ok(Name::new(body))
    }
}

/// Stars for everything between the scheme and the last `@`: where a target is refused, a password may stand anywhere
/// there. No byte moves, so a range of the text stays one.
fn masked(text: &str) -> String {
    let start = text.find("://").map_or(0, |i| i + 3);
    let Some(end) = text.rfind('@').filter(|e| *e > start) else { return text.to_owned() };
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return text.to_owned() };
    format!("{before}{}{after}", "*".repeat(end - start))
}

/// Letters, digits, hyphen, dot; the underscore is no host name by RFC 1123 and is served all the same.
fn host_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}

fn literal(a: IpAddr) -> (Name, Option<IpAddr>) {
    (Name::new(&a.to_string()), Some(a))
}

fn bracketed(name: &Name, literal: Option<IpAddr>) -> String {
    match literal {
        Some(IpAddr::V6(a)) => format!("[{a}]"),
        _ => name.to_string(),
    }
}

/// Path and query without the fragment, with what no request line may hold percent-encoded.
fn path(tail: &str) -> String {
    let tail = tail.split('#').next().unwrap_or_default();
    let mut out = String::with_capacity(tail.len() + 1);
    if !tail.starts_with(['/', '\\']) {
        out.push('/');
    }
    let mut query = false;
    for b in tail.bytes() {
        query |= b == b'?';
        match b {
            // Browsers read a backslash in the path of an https URL as a slash.
            b'\\' if !query => out.push('/'),
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => out.push_str(&format!("%{b:02X}")),
            0x21..=0x7e => out.push(char::from(b)),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
