//! What HTTP.sys keeps in the registry: certificates of endpoints, the IP listen list and reserved URLs.
//!
//! Names of values: Microsoft's AD FS and RD Gateway articles and KB 2025598; bits of the flags: http.h
//! (`HTTP_SERVICE_CONFIG_SSL_PARAM`). Entries of host names lie under a GUID with the name in `HostnamePort`, or under the
//! name itself; both are taken.
use super::model::{FileTime, KeyPath, Kind, Place, Soundness, Value, fold, same_name};
use super::tree::{Key, Tree};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a record is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    /// `SslBindingInfo`: an address and a port.
    Address,
    /// `SslSniBindingInfo`: a host name and a port.
    Host,
    /// `SslCcsBindingInfo`: a port, the certificate from the central store.
    Central,
    /// `SslScopedCcsBindingInfo`: a host name and a port, the certificate from the central store.
    ScopedCentral,
}

/// The keys below `HTTP\Parameters` and what they hold.
const TABLES: [(&str, RecordKind); 4] = [
    ("SslBindingInfo", RecordKind::Address),
    ("SslSniBindingInfo", RecordKind::Host),
    ("SslCcsBindingInfo", RecordKind::Central),
    ("SslScopedCcsBindingInfo", RecordKind::ScopedCentral),
];

/// A record of HTTP.sys. Numbers are as found; what is absent is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which table.
    pub kind: RecordKind,
    /// `0.0.0.0:443`, `[::]:443`, `www.example.com:443`, or a port, as written.
    pub endpoint: String,
    /// The key it lies in.
    pub path: KeyPath,
    /// When it was last changed.
    pub written: Option<FileTime>,
    /// Where it stands.
    pub place: Place,
    /// The hash as stored: none, empty, all zero, 20 bytes, or any other number of bytes.
    pub hash: Option<Vec<u8>>,
    /// The application, `{…}`; its bytes if they are no GUID.
    pub app_id: Option<String>,
    /// The name of the store; absent or empty means MY.
    pub store: Option<String>,
    /// `DefaultSslCertCheckMode`: 1 no revocation check, 2 cached only, 4 use the freshness time, 0x10000 no usage check.
    pub check_mode: Option<u64>,
    /// `DefaultSslRevocationFreshnessTime`, seconds.
    pub freshness: Option<u64>,
    /// `DefaultSslRevocationUrlRetrievalTimeout`, milliseconds.
    pub url_timeout: Option<u64>,
    /// `DefaultSslCtlIdentifier`.
    pub ctl_identifier: Option<String>,
    /// `DefaultSslCtlStoreName`.
    pub ctl_store: Option<String>,
    /// `DefaultFlags`: 1 DS mapper, 2 negotiate client certificate, 4 no raw filter, 8 reject, 0x10 no HTTP/2, 0x20 no QUIC,
    /// 0x40 no TLS 1.3, 0x80 no OCSP stapling, 0x400 no legacy TLS, 0x1000 no TLS 1.2.
    pub flags: Option<u64>,
    /// Values that are none of these, with their type: kept by name.
    pub others: Vec<(String, String)>,
    /// What is wrong with values: name, expected, found.
    pub faults: Vec<(String, &'static str, String)>,
}

/// The records in a control set: `set` is `CurrentControlSet` or `ControlSetNNN`.
pub fn records(tree: &Tree, set: &str) -> Vec<Record> {
    let mut out = Vec::new();
    for (table, kind) in TABLES {
        let path = format!("HKLM\\SYSTEM\\{set}\\Services\\HTTP\\Parameters\\{table}");
        out.extend(tree.children(&path).map(|key| record(key, kind)));
    }
    out
}

fn record(key: &Key, kind: RecordKind) -> Record {
    let mut record = Record {
        kind,
        endpoint: key.path.name().to_owned(),
        path: key.path.clone(),
        written: key.written,
        place: key.place,
        hash: None,
        app_id: None,
        store: None,
        check_mode: None,
        freshness: None,
        url_timeout: None,
        ctl_identifier: None,
        ctl_store: None,
        flags: None,
        others: Vec::new(),
        faults: Vec::new(),
    };
    for value in &key.values {
        take(&mut record, value);
    }
    record
}

fn take(record: &mut Record, value: &Value) {
    if let Soundness::Damaged { expected, found } = &value.sound {
        record.faults.push((value.name.clone(), expected, found.clone()));
    } else if let Soundness::CutOff(claimed) = value.sound {
        record.faults.push((value.name.clone(), "the whole value", format!("{} of {claimed} bytes", value.data.len())));
    }
    match fold(&value.name).as_str() {
        "SSLCERTHASH" => match value.kind {
            Some(Kind::BINARY | Kind::NONE) => record.hash = Some(value.data.clone()),
            _ => match value.text().as_deref().and_then(from_hex) {
                Some(hash) => record.hash = Some(hash),
                None => wrong(record, value, "REG_BINARY"),
            },
        },
        "APPID" => match (value.kind, <[u8; 16]>::try_from(value.data.as_slice())) {
            (Some(Kind::BINARY | Kind::NONE), Ok(bytes)) => record.app_id = Some(guid(bytes)),
            (Some(Kind::BINARY | Kind::NONE), Err(_)) => {
                record.app_id = Some(hex(&value.data));
                wrong(record, value, "a GUID of 16 bytes");
            }
            _ => record.app_id = value.text(),
        },
        "SSLCERTSTORENAME" => record.store = text(record, value),
        "DEFAULTSSLCTLIDENTIFIER" => record.ctl_identifier = text(record, value),
        "DEFAULTSSLCTLSTORENAME" => record.ctl_store = text(record, value),
        "DEFAULTSSLCERTCHECKMODE" => record.check_mode = number(record, value),
        "DEFAULTSSLREVOCATIONFRESHNESSTIME" => record.freshness = number(record, value),
        "DEFAULTSSLREVOCATIONURLRETRIEVALTIMEOUT" => record.url_timeout = number(record, value),
        "DEFAULTFLAGS" => record.flags = number(record, value),
        "HOSTNAMEPORT" => {
            if let Some(endpoint) = text(record, value) {
                record.endpoint = endpoint;
            }
        }
        "PORT" if record.kind == RecordKind::Central => {
            if let Some(port) = value.number() {
                record.endpoint = port.to_string();
            }
        }
        _ => {
            let kind = value.kind.map_or_else(String::new, |kind| kind.to_string());
            record.others.push((value.name.clone(), kind));
        }
    }
}

fn text(record: &mut Record, value: &Value) -> Option<String> {
    let found = value.text();
    if found.is_none() {
        wrong(record, value, "REG_SZ");
    }
    found
}

fn number(record: &mut Record, value: &Value) -> Option<u64> {
    let found = value.number();
    if found.is_none() {
        wrong(record, value, "REG_DWORD");
    }
    found
}

fn wrong(record: &mut Record, value: &Value, expected: &'static str) {
    let kind = value.kind.map_or_else(|| "no type".to_owned(), |kind| kind.to_string());
    record.faults.push((value.name.clone(), expected, format!("{kind} of {} bytes", value.data.len())));
}

/// The IP listen list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenList {
    /// The addresses in it; none with nothing in `not_understood` means all addresses.
    pub addresses: Vec<IpAddr>,
    /// What is in it and is no address.
    pub not_understood: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// The IP listen list of a control set; `None` when the value is absent: all addresses, if the source shows the key.
pub fn listen_list(tree: &Tree, set: &str) -> Option<ListenList> {
    let value = tree.value(&format!("HKLM\\SYSTEM\\{set}\\Services\\HTTP\\Parameters"), "ListenOnlyList")?;
    let mut list = ListenList { addresses: Vec::new(), not_understood: Vec::new(), place: value.place };
    match value.kind {
        Some(Kind::BINARY | Kind::NONE) => socket_addresses(&value.data, &mut list),
        _ => {
            let texts = value.strings();
            for text in
                texts.iter().flat_map(|text| text.split([' ', ',', ';', '{', '}'])).filter(|text| !text.is_empty())
            {
                match text.trim_matches(['[', ']']).parse() {
                    Ok(address) => list.addresses.push(address),
                    Err(_) => list.not_understood.push(text.to_owned()),
                }
            }
        }
    }
    Some(list)
}

/// A row of `sockaddr_in` (family 2) and `sockaddr_in6` (family 23).
fn socket_addresses(data: &[u8], list: &mut ListenList) {
    let mut rest = data;
    while !rest.is_empty() {
        let family = rest.first_chunk::<2>().map(|two| u16::from_le_bytes(*two));
        let v4 = rest.get(4..8).and_then(|four| four.first_chunk::<4>());
        let v6 = rest.get(8..24).and_then(|found| found.first_chunk::<16>());
        let (address, length) = match (family, v4, v6) {
            (Some(2), Some(four), _) => (IpAddr::V4(Ipv4Addr::from(*four)), 16),
            (Some(23), _, Some(sixteen)) => (IpAddr::V6(Ipv6Addr::from(*sixteen)), 28),
            _ => {
                list.not_understood.push(hex(rest.get(..rest.len().min(64)).unwrap_or_default()));
                return;
            }
        };
        list.addresses.push(address);
        rest = rest.get(length..).unwrap_or_default();
    }
}

/// A reserved URL and who may listen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// `https://+:443/…`.
    pub url: String,
    /// Access entries of the descriptor in their order.
    pub access: Vec<Access>,
    /// Where it stands.
    pub place: Place,
}

/// One access entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Whether it allows (type 0) or denies (type 1) or is another type.
    pub kind: u8,
    /// The rights.
    pub mask: u32,
    /// The SID, `S-1-5-…`.
    pub sid: String,
}

/// The reserved URLs of a control set.
pub fn reservations(tree: &Tree, set: &str) -> Vec<Reservation> {
    let path = format!("HKLM\\SYSTEM\\{set}\\Services\\HTTP\\Parameters\\UrlAclInfo");
    let Some(key) = tree.key(&path) else { return Vec::new() };
    let is_url = |value: &&Value| value.name.get(..4).is_some_and(|head| same_name(head, "http"));
    key.values
        .iter()
        .filter(is_url)
        .map(|value| Reservation { url: value.name.clone(), access: access(&value.data), place: value.place })
        .collect()
}

/// The entries of the access list in a self-relative security descriptor (MS-DTYP 2.4.6).
fn access(data: &[u8]) -> Vec<Access> {
    let word =
        |at: usize| data.get(at..).and_then(|rest| rest.first_chunk::<4>()).map(|four| u32::from_le_bytes(*four));
    let half = |at: usize| data.get(at..).and_then(|rest| rest.first_chunk::<2>()).map(|two| u16::from_le_bytes(*two));
    let mut out = Vec::new();
    let Some(list) = word(16).map(|at| at as usize).filter(|at| *at >= 20) else { return out };
    let count = half(list.saturating_add(4)).unwrap_or(0);
    let mut at = list.saturating_add(8);
    for _ in 0..count {
        let (Some(kind), Some(size), Some(mask)) =
            (data.get(at), half(at.saturating_add(2)), word(at.saturating_add(4)))
        else {
            break;
        };
        let end = at.saturating_add(usize::from(size));
        let Some(sid) = data.get(at.saturating_add(8)..end).and_then(sid) else { break };
        out.push(Access { kind: *kind, mask, sid });
        at = end;
    }
    out
}

/// A security identifier in its text form (MS-DTYP 2.4.2).
pub fn sid(data: &[u8]) -> Option<String> {
    let (head, rest) = data.split_at_checked(8)?;
    let authority = head.get(2..8)?.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut out = format!("S-{}-{authority}", head.first()?);
    for four in rest.as_chunks::<4>().0.iter().take(usize::from(*head.get(1)?)) {
        out.push_str(&format!("-{}", u32::from_le_bytes(*four)));
    }
    Some(out)
}

/// A GUID as Windows stores it, in its text form with braces.
pub fn guid(bytes: [u8; 16]) -> String {
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
    let (one, two, three) = (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]), u16::from_le_bytes([g, h]));
    let [i, j, last @ ..] = rest;
    format!("{{{one:08x}-{two:04x}-{three:04x}-{i:02x}{j:02x}-{}}}", hex(&last))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    pairs.iter().map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())).collect()
}
