//! Which protocol the first bytes from a server belong to, when they should have been TLS.

use crate::record::{Opening, opening};
use crate::sniff_http;

pub use crate::sniff_http::{HttpAnswer, HttpPage};

/// A protocol that can be told by its first bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// TLS or SSL 3.0 records.
    Tls,
    /// SSLv2.
    Sslv2,
    /// An HTTP/1.x (or older) response.
    Http(HttpAnswer),
    /// An HTTP/1.x request: the peer is a client, or echoes.
    HttpRequest,
    /// HTTP/2 in clear text: a SETTINGS or GOAWAY frame of a server, or the preface of a client.
    Http2,
    /// Simple Mail Transfer Protocol.
    Smtp,
    /// File Transfer Protocol.
    Ftp,
    /// A greeting with code 220 that SMTP and FTP share, and nothing that tells which.
    SmtpOrFtp,
    /// Post Office Protocol.
    Pop3,
    /// Internet Message Access Protocol.
    Imap,
    /// Network News Transfer Protocol.
    Nntp,
    /// ManageSieve.
    ManageSieve,
    /// Secure Shell.
    Ssh,
    /// MySQL or MariaDB.
    MySql,
    /// PostgreSQL.
    PostgreSql,
    /// Microsoft SQL Server (TDS).
    Tds,
    /// Remote Desktop (X.224 over TPKT).
    Rdp,
    /// Lightweight Directory Access Protocol.
    Ldap,
    /// XMPP.
    Xmpp,
    /// Redis.
    Redis,
    /// Memcached, text protocol.
    Memcached,
    /// MQTT.
    Mqtt,
    /// AMQP.
    Amqp,
    /// A SOCKS proxy.
    Socks,
    /// VNC (RFB).
    Vnc,
    /// Telnet option negotiation.
    Telnet,
    /// Internet Relay Chat.
    Irc,
    /// A PROXY protocol header: it should have gone to the server, not come from it.
    ProxyHeader,
    /// Text in no protocol known here.
    Text,
    /// Nothing known.
    Unknown,
}

/// The result of sniffing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sniffed {
    /// The best guess so far.
    pub protocol: Protocol,
    /// The bytes it was told by, at most 80 of them, non-ASCII and control bytes escaped.
    pub matched: String,
    /// True if more bytes may change or sharpen the guess.
    pub needs_more: bool,
}

/// Tells the protocol of the first bytes from a server. An empty input is unknown and needs more. Only the
/// first 1024 bytes are looked at; once they are there, the guess is final.
pub fn sniff(bytes: &[u8]) -> Sniffed {
    let bytes = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let mut sniffed = guess(bytes);
    sniffed.needs_more &= bytes.len() < LOOKED_AT;
    sniffed
}

/// More bytes than this are not looked at and change nothing.
const LOOKED_AT: usize = 1024;

fn guess(bytes: &[u8]) -> Sniffed {
    binary(bytes).or_else(|| text(bytes)).unwrap_or_else(|| {
        let ascii = bytes.iter().filter(|byte| byte.is_ascii()).count();
        let printable = ascii > bytes.len() / 2 && bytes.iter().all(|byte| is_text(*byte));
        let protocol = if printable { Protocol::Text } else { Protocol::Unknown };
        // Other words may follow a banner in free text, as before the identification of SSH.
        let needs_more = bytes.len() < if printable { 256 } else { 8 };
        Sniffed { protocol, matched: shown(bytes), needs_more }
    })
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\r' | b'\n' | 0x20..=0x7e | 0x80..)
}

pub(crate) fn shown(bytes: &[u8]) -> String {
    bytes.iter().take(80).copied().flat_map(std::ascii::escape_default).map(char::from).collect()
}

fn found(protocol: Protocol, bytes: &[u8]) -> Option<Sniffed> {
    Some(Sniffed { protocol, matched: shown(bytes), needs_more: false })
}

fn waiting(protocol: Protocol, bytes: &[u8]) -> Option<Sniffed> {
    Some(Sniffed { protocol, matched: shown(bytes), needs_more: true })
}

const PROXY_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn binary(bytes: &[u8]) -> Option<Sniffed> {
    if bytes.starts_with(PROXY_V2) {
        return found(Protocol::ProxyHeader, PROXY_V2);
    }
    if bytes.len() >= 4 && PROXY_V2.starts_with(bytes) {
        return waiting(Protocol::ProxyHeader, bytes);
    }
    let head = bytes.get(..bytes.len().min(16)).unwrap_or_default();
    match opening(bytes) {
        Opening::Tls => return found(Protocol::Tls, head),
        Opening::Sslv2 => return found(Protocol::Sslv2, head),
        Opening::Undecided => return waiting(Protocol::Unknown, head),
        Opening::NotTls => {}
    }
    match *bytes {
        // Telnet: IAC WILL, WONT, DO, DONT
        [0xff, 0xfb..=0xfe, ..] => found(Protocol::Telnet, head),
        [0xff] => waiting(Protocol::Unknown, head),
        // MySQL: length (3, little-endian), sequence 0, protocol 10 and a version string, or an error packet
        [_, _, 0, 0, 10, b'0'..=b'9', ..] => found(Protocol::MySql, bytes),
        [_, _, 0, 0, 0xff, ..] => found(Protocol::MySql, bytes),
        // HTTP/2: SETTINGS on stream 0 with entries of six bytes; GOAWAY
        [0, _, len, 4, 0 | 1, 0, 0, 0, 0, ..] if len % 6 == 0 => found(Protocol::Http2, head),
        [0, _, _, 7, 0, 0, 0, 0, 0, ..] => found(Protocol::Http2, head),
        // TPKT version 3 and an X.224 confirm, disconnect or data
        [3, 0, _, _, _, 0xd0 | 0x80 | 0xf0, ..] => found(Protocol::Rdp, head),
        // LDAPMessage with a message id and an operation that a server sends
        [0x30, len, 2, 1, _, op, ..] if len < 0x80 && is_ldap_answer(op) => found(Protocol::Ldap, head),
        [0x30, 0x81, _, 2, 1, _, op, ..] | [0x30, 0x82, _, _, 2, 1, _, op, ..] if is_ldap_answer(op) => {
            found(Protocol::Ldap, head)
        }
        [0x30, 0x84, _, _, _, _, 2, 1, _, op, ..] if is_ldap_answer(op) => found(Protocol::Ldap, head),
        // TDS: tabular result, end of message
        [4, 1, high, low, _, _, _, 0, ..] if u16::from_be_bytes([high, low]) >= 8 => found(Protocol::Tds, head),
        // MQTT: CONNACK with two (v5: a few more) bytes; DISCONNECT of v5
        [0x20, 2..=30, 0 | 1, 0..=5 | 0x80..=0x9f, ..] => found(Protocol::Mqtt, head),
        [0xe0, 0..=2, ..] => found(Protocol::Mqtt, head),
        // SOCKS 5 method selection, SOCKS 4 reply
        [5, 0 | 1 | 2 | 0xff] => found(Protocol::Socks, head),
        [0, 0x5a..=0x5d, _, _, _, _, _, _] => found(Protocol::Socks, head),
        [b'A', b'M', b'Q', b'P', ..] => found(Protocol::Amqp, head),
        // PostgreSQL ErrorResponse: 'E', length, fields that begin with the severity; or the text of protocol 2
        [b'E', 0, 0, _, _, b'S', ..] => found(Protocol::PostgreSql, bytes),
        [b'E', ref rest @ ..] if [b"FATAL:".as_slice(), b"ERROR:"].iter().any(|word| rest.starts_with(word)) => {
            found(Protocol::PostgreSql, bytes)
        }
        [0 | 3 | 4 | 5 | 0x20 | 0x30 | 0xe0, ..] if bytes.len() < 10 => waiting(Protocol::Unknown, head),
        _ => None,
    }
}

fn is_ldap_answer(operation: u8) -> bool {
    matches!(operation, 0x61 | 0x64 | 0x65 | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f | 0x73 | 0x78 | 0x79)
}

const METHODS: [&[u8]; 9] =
    [b"GET ", b"POST ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ", b"CONNECT ", b"TRACE ", b"PATCH "];

fn text(bytes: &[u8]) -> Option<Sniffed> {
    let starts = |prefix: &[u8]| bytes.starts_with(prefix);
    if starts(H2_PREFACE) {
        return found(Protocol::Http2, H2_PREFACE);
    }
    if let Some(http) = sniff_http::answer(bytes) {
        return Some(http);
    }
    if METHODS.iter().any(|method| starts(method)) {
        return found(Protocol::HttpRequest, first_line(bytes));
    }
    if starts(b"PROXY TCP4 ") || starts(b"PROXY TCP6 ") || starts(b"PROXY UNKNOWN") {
        return found(Protocol::ProxyHeader, first_line(bytes));
    }
    if starts(b"RFB 0") {
        return found(Protocol::Vnc, first_line(bytes));
    }
    if starts(b"AMQP\0") {
        return found(Protocol::Amqp, bytes);
    }
    if let Some(line) = lines(bytes).take(20).find(|line| line.starts_with(b"SSH-")) {
        return found(Protocol::Ssh, line);
    }
    if starts(b"<?xml") || starts(b"<stream:") {
        let is_stream = contains(bytes, b"<stream:") || contains(bytes, b"jabber:");
        return if is_stream {
            found(Protocol::Xmpp, bytes)
        } else {
            Some(Sniffed { protocol: Protocol::Text, matched: shown(bytes), needs_more: bytes.len() < 256 })
        };
    }
    if starts(b"* OK") || starts(b"* BYE") || starts(b"* PREAUTH") || starts(b"* BAD") {
        return found(Protocol::Imap, first_line(bytes));
    }
    if starts(b"\"IMPLEMENTATION\"") || starts(b"\"SIEVE\"") || contains(first_line(bytes), b"timsieved") {
        return found(Protocol::ManageSieve, first_line(bytes));
    }
    redis(bytes).or_else(|| coded(bytes)).or_else(|| rest(bytes))
}

/// `+OK` and `-ERR` belong to POP3 and to Redis.
fn redis(bytes: &[u8]) -> Option<Sniffed> {
    let line = first_line(bytes);
    let whole = bytes.contains(&b'\n');
    let redis_words: [&[u8]; 6] = [
        b"unknown command",
        b"Protocol error",
        b"wrong number of arguments",
        b"DENIED",
        b"NOAUTH",
        b"operation not permitted",
    ];
    match *bytes {
        [b'-', ..] if redis_words.iter().any(|word| contains(line, word)) => found(Protocol::Redis, line),
        [b'+', b'P', b'O', b'N', b'G', ..] => found(Protocol::Redis, line),
        [b'-', b'E', b'R', b'R', ..] | [b'+', b'O', b'K', ..] => {
            Some(Sniffed { protocol: Protocol::Pop3, matched: shown(line), needs_more: !whole })
        }
        [b'-' | b'+'] | [b'-' | b'+', _] | [b'-', _, _] => waiting(Protocol::Unknown, bytes),
        _ => None,
    }
}

/// Greetings with a code of three digits: SMTP, FTP, NNTP. Several lines are read together.
fn coded(bytes: &[u8]) -> Option<Sniffed> {
    let code = bytes.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit))?;
    let separator = match bytes.get(3) {
        Some(separator @ (b' ' | b'-' | b'\r' | b'\n')) => *separator,
        Some(_) => return None,
        None => return waiting(Protocol::Unknown, bytes),
    };
    let last_line_came =
        bytes.ends_with(b"\n") && lines(bytes).any(|line| line.starts_with(code) && !matches!(line.get(3), Some(b'-')));
    let says = |words: &[&[u8]]| words.iter().any(|word| contains(bytes, word));
    let smtp = says(&[b"smtp", b"postfix", b"exim", b"sendmail", b"mail server", b"mailserver", b"microsoft esmtp"]);
    let ftp = says(&[b"ftp", b"proftpd", b"filezilla", b"serv-u"]);
    let nntp = says(&[b"nntp", b"inn ", b"news", b"posting", b"usenet"]);
    let protocol = match code {
        b"200" | b"201" | b"400" | b"502" if nntp => Protocol::Nntp,
        b"220" if smtp && !ftp => Protocol::Smtp,
        b"220" | b"421" | b"530" if ftp && !smtp => Protocol::Ftp,
        b"220" => Protocol::SmtpOrFtp,
        b"421" | b"450" | b"500" | b"501" | b"502" | b"503" | b"521" | b"550" | b"554" => {
            if ftp {
                Protocol::Ftp
            } else {
                Protocol::Smtp
            }
        }
        b"120" | b"425" | b"530" => Protocol::Ftp,
        _ if separator == b'-' || bytes.contains(&b'\n') => Protocol::Text,
        _ => return waiting(Protocol::Unknown, bytes),
    };
    let open = matches!(protocol, Protocol::SmtpOrFtp | Protocol::Text) && !last_line_came;
    Some(Sniffed { protocol, matched: shown(first_line(bytes)), needs_more: open })
}

fn rest(bytes: &[u8]) -> Option<Sniffed> {
    let line = first_line(bytes);
    let postgres: [&[u8]; 3] =
        [b"unsupported frontend protocol", b"invalid length of startup packet", b"no pg_hba.conf entry"];
    if postgres.iter().any(|word| contains(bytes, word)) {
        return found(Protocol::PostgreSql, line);
    }
    if line == b"ERROR" && bytes.contains(&b'\n') || bytes.starts_with(b"CLIENT_ERROR") {
        return found(Protocol::Memcached, line);
    }
    let irc = bytes.starts_with(b"NOTICE AUTH")
        || bytes.starts_with(b"ERROR :")
        || (bytes.starts_with(b":") && (contains(line, b" notice ") || contains(line, b" 451 ")));
    if irc {
        return found(Protocol::Irc, line);
    }
    // A handful of bytes that may still become one of the words above.
    let words: [&[u8]; 14] = [
        b"HTTP/",
        b"SSH-",
        b"RFB 0",
        b"PROXY ",
        b"* OK",
        b"* BYE",
        b"* PREAUTH",
        b"<?xml",
        b"<stream:",
        b"ERROR",
        b"AMQP",
        b"PRI * HTTP/2.0",
        b"NOTICE AUTH",
        b"EFATAL:",
    ];
    let growing = words.iter().any(|word| bytes.len() < word.len() && word.starts_with(bytes));
    growing.then(|| Sniffed { protocol: Protocol::Unknown, matched: shown(bytes), needs_more: true })
}

pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

pub(crate) fn first_line(bytes: &[u8]) -> &[u8] {
    lines(bytes).next().unwrap_or_default()
}

/// Looks for an ASCII word in any case.
pub(crate) fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}
