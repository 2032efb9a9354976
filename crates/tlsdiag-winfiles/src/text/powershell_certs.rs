//! Certificates of PowerShell's `Cert:` drive, and sites and bindings of its IIS modules: names of properties are the same
//! in every language.

mod json;
#[cfg(any(test, feature = "make"))]
pub mod make;
mod sites;
#[cfg(test)]
mod tests;

pub use sites::{IisSite, PowershellBinding, SslBinding};

use std::ops::Range;

use super::certutil::{Hash, LocalTime, local_time};
use super::lines::Text;
use super::powershell_table::{Record, records};

/// Octets of a certificate that are kept.
const MAX_DER: usize = 64 << 10;
/// Values kept of a list.
const MAX_LIST: usize = 1000;

/// What a text of PowerShell says about certificates and sites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PowershellCerts {
    /// Certificates of the drive, in order.
    pub certificates: Vec<DriveCertificate>,
    /// Bindings of sites.
    pub bindings: Vec<PowershellBinding>,
    /// Sites.
    pub sites: Vec<IisSite>,
    /// Records of HTTP.sys as `IIS:\SslBindings` shows them.
    pub ssl_bindings: Vec<SslBinding>,
    /// Lines that were understood.
    pub lines: Vec<Range<u32>>,
}

impl PowershellCerts {
    /// Nothing of it was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
            && self.bindings.is_empty()
            && self.sites.is_empty()
            && self.ssl_bindings.is_empty()
    }
}

/// A certificate as `Get-ChildItem Cert:\…` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveCertificate {
    /// `LocalMachine` or `CurrentUser`, where a path is shown.
    pub location: Option<String>,
    /// `My`, `WebHosting`, …
    pub store: Option<String>,
    /// The thumbprint.
    pub thumbprint: Hash<20>,
    /// The subject; nothing where the window cut it.
    pub subject: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// The serial number in hex.
    pub serial: Option<String>,
    /// Start of validity.
    pub not_before: Option<When>,
    /// End of validity.
    pub not_after: Option<When>,
    /// `HasPrivateKey`.
    pub has_private_key: Option<bool>,
    /// `FriendlyName`, where it is not empty.
    pub friendly_name: Option<String>,
    /// `Archived`.
    pub archived: Option<bool>,
    /// Object identifiers of `EnhancedKeyUsageList`.
    pub usages: Option<Vec<String>>,
    /// `DnsNameList`.
    pub dns_names: Vec<String>,
    /// `RawData`, where it is whole.
    pub der: Option<Vec<u8>>,
    /// Line of its record.
    pub line: u32,
}

/// A time as PowerShell writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// As it stands.
    pub raw: String,
    /// Milliseconds since 1970 UTC, where the form has a zone.
    pub unix_ms: Option<i64>,
    /// In the machine's zone, where only one reading is possible.
    pub local: Option<LocalTime>,
}

/// Whether a text is of these commands.
#[must_use]
pub fn recognise(text: &Text<'_>) -> bool {
    !read(text).is_empty()
}

/// Reads a text in any of PowerShell's forms.
#[must_use]
pub fn read(text: &Text<'_>) -> PowershellCerts {
    let mut out = PowershellCerts::default();
    if let Some(certificates) = json::certificates(text) {
        out.certificates = certificates;
    }
    let whole_file = !out.certificates.is_empty();
    for record in records(text) {
        let taken =
            if whole_file { false } else { certificate(&record).map(|found| out.certificates.push(found)).is_some() };
        if taken || sites::take(&record, &mut out) {
            claim(text, record.line, &mut out.lines);
        }
    }
    if let (true, Some(first), Some(last)) = (whole_file, text.lines.first(), text.lines.last()) {
        out.lines.clear();
        out.lines.push(first.number..last.number.saturating_add(1));
    }
    out
}

/// A record is a certificate if it has a thumbprint and something that records of HTTP.sys have not.
fn certificate(record: &Record) -> Option<DriveCertificate> {
    let raw =
        record.raw("Thumbprint").or_else(|| record.raw("PSChildName").filter(|_| record.has(&["HasPrivateKey"])))?;
    if !["Subject", "HasPrivateKey", "NotAfter", "FriendlyName", "EnhancedKeyUsageList", "SerialNumber", "Issuer"]
        .iter()
        .any(|name| record.raw(name).is_some())
    {
        return None;
    }
    let (location, store) = place(record);
    let text = |name: &str| record.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let time = |name: &str| record.get(name).and_then(when);
    Some(DriveCertificate {
        location,
        store,
        thumbprint: Hash::read(raw, record.line),
        subject: text("Subject").or_else(|| text("SubjectName.Name")),
        issuer: text("Issuer").or_else(|| text("IssuerName.Name")),
        serial: text("SerialNumber"),
        not_before: time("NotBefore"),
        not_after: time("NotAfter"),
        has_private_key: record.get("HasPrivateKey").and_then(boolean),
        friendly_name: text("FriendlyName"),
        archived: record.get("Archived").and_then(boolean),
        usages: usages(record),
        dns_names: names(record),
        der: record.get("RawData").and_then(|raw| der(base64(raw)?)),
        line: record.line,
    })
}

/// `Microsoft.PowerShell.Security\Certificate::LocalMachine\My`.
fn place(record: &Record) -> (Option<String>, Option<String>) {
    let path = ["PSParentPath", "PSPath"].iter().find_map(|name| record.get(name).filter(|path| !path.is_empty()));
    path.or(record.group.as_deref()).map_or((None, None), place_of)
}

fn place_of(path: &str) -> (Option<String>, Option<String>) {
    let rest = path.rsplit("::").next().unwrap_or(path);
    let rest = rest.strip_prefix("Cert:\\").or_else(|| rest.strip_prefix("cert:\\")).unwrap_or(rest);
    let mut parts = rest.split('\\');
    let location = parts
        .next()
        .filter(|part| part.eq_ignore_ascii_case("LocalMachine") || part.eq_ignore_ascii_case("CurrentUser"));
    match location {
        Some(location) => (Some(location.to_owned()), parts.next().filter(|part| !part.is_empty()).map(str::to_owned)),
        None => (None, None),
    }
}

fn usages(record: &Record) -> Option<Vec<String>> {
    let told = ["EnhancedKeyUsageList", "EnhancedKeyUsageList.ObjectId", "EnhancedKeyUsageList.Value"];
    let found: Vec<&str> = told.iter().flat_map(|name| record.all(name)).collect();
    let cut = told.iter().any(|name| record.is_cut(name));
    if found.is_empty() || cut {
        return None;
    }
    // A table shows the names only; without identifiers nothing is told.
    let oids: Vec<String> = found.iter().flat_map(|text| oids(text)).take(MAX_LIST).collect();
    let empty = found.iter().all(|text| matches!(text.trim(), "{}" | ""));
    (empty && record.raw("EnhancedKeyUsageList") == Some("{}") || !oids.is_empty()).then_some(oids)
}

fn oids(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(|part| part.matches('.').count() >= 3 && part.split('.').all(|arc| !arc.is_empty()))
        .map(str::to_owned)
}

fn names(record: &Record) -> Vec<String> {
    let told = ["DnsNameList", "DnsNameList.Punycode"];
    let found = told.iter().filter(|name| !record.is_cut(name)).flat_map(|name| record.all(name));
    let mut out: Vec<String> = found
        .flat_map(|text| text.split(|c: char| c == ',' || c.is_whitespace() || matches!(c, '{' | '}')))
        .filter(|name| !name.is_empty() && name.len() <= 253)
        .take(MAX_LIST)
        .map(str::to_owned)
        .collect();
    out.dedup();
    out
}

fn boolean(raw: &str) -> Option<bool> {
    // JSON and tables: true, False, 1.
    match raw.trim().to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// `/Date(1767225600000)/`, ISO 8601 with a zone, or the region's format.
fn when(raw: &str) -> Option<When> {
    let raw = raw.trim();
    if raw.is_empty() {
        return None;
    }
    let unix_ms = raw
        .trim_start_matches('\\')
        .strip_prefix("/Date(")
        .and_then(|rest| rest.split([')', '+']).next())
        .and_then(|digits| digits.parse().ok())
        .or_else(|| iso(raw));
    let local = if unix_ms.is_none() { local_time(&raw.replace('T', " ")) } else { None };
    Some(When { raw: raw.chars().take(100).collect(), unix_ms, local })
}

/// `2027-01-01T09:00:00+09:00` and `…Z`.
fn iso(raw: &str) -> Option<i64> {
    let (date, rest) = raw.split_once('T')?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (time, zone) = rest.split_at_checked(zone_at)?;
    let number = |text: &str| -> Option<i64> {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    };
    let mut parts = date.split('-').map(number);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let mut parts = time.split('.').next()?.split(':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let shift = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, zone) => {
            let (hours, minutes) = zone.split_once(':')?;
            let minutes = number(hours)?.checked_mul(60)?.checked_add(number(minutes)?)?;
            if sign == "-" { -minutes } else { minutes }
        }
    };
    let sound = (1600..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61
        && shift.abs() < 24 * 60;
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute - shift) * 60 + second;
    sound.then_some(seconds * 1000)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Octets that could be a certificate: a sequence whose length fits.
fn der(octets: Vec<u8>) -> Option<Vec<u8>> {
    let length = match octets.as_slice() {
        [0x30, 0x82, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])).checked_add(4)?,
        [0x30, 0x81, one, ..] => usize::from(*one).checked_add(3)?,
        _ => return None,
    };
    (length == octets.len() && length <= MAX_DER).then_some(octets)
}

fn base64(raw: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in raw.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = ((bits << 6) | u32::from(digit)) & 0x00ff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

/// The lines of a record: down to the next blank line, with a heading above it.
fn claim(text: &Text<'_>, line: u32, lines: &mut Vec<Range<u32>>) {
    if lines.last().is_some_and(|last| last.contains(&line)) {
        return;
    }
    let at = text.lines.partition_point(|have| have.number < line);
    let blank = |line: &super::Line<'_>| line.text.is_empty();
    let above = text.lines.get(..at).unwrap_or_default();
    let first = above.iter().rev().take_while(|line| !blank(line)).take(2).last().map_or(line, |line| line.number);
    let below = text.lines.get(at..).unwrap_or_default();
    let last = below.iter().take_while(|line| !blank(line)).last().map_or(line, |line| line.number);
    lines.push(first..last.saturating_add(1));
}
