//! Reports of SSLDiag, and of the dialog of Jexus Manager that keeps its layout: sites, their certificates, and the codes that
//! the calls of Windows returned. Keys, names of calls and codes count; sentences are kept as they stand.

#[cfg(any(test, feature = "make"))]
pub mod make;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::certutil::shape::{find_date, is_name, is_solid_hex, oids_in};
use super::certutil::{Code, Hash, LocalTime, local_time};
use super::lines::{Line, Text, is_blank};

/// Sites kept of one report.
const MAX_SITES: usize = 10_000;
/// Certificates and sentences kept of one site.
const MAX_LIST: usize = 1000;

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SslDiag {
    /// The line with the time of the report.
    pub time: Option<(String, u32)>,
    /// The line that names Windows.
    pub system: Option<(String, u32)>,
    /// Protocols of the server role with what the report says of them: name, on or off where told in a known form, line.
    pub protocols: Vec<(String, Option<bool>, u32)>,
    /// Schannel's `EventLogging`.
    pub event_logging: Option<(u32, u32)>,
    /// Sites.
    pub sites: Vec<DiagSite>,
    /// Sites beyond [`MAX_SITES`].
    pub over_cap: u32,
    /// Lines of the report.
    pub lines: Range<u32>,
}

/// `[W3SVC/n]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiagSite {
    /// The number.
    pub id: u32,
    /// `ServerComment`: its name.
    pub name: Option<String>,
    /// `ServerAutoStart`.
    pub auto_start: Option<bool>,
    /// `ServerState` as it stands.
    pub state: Option<String>,
    /// `https *:443:`: protocol, information, line.
    pub bindings: Vec<(String, String, u32)>,
    /// Certificates, one for each `SSLCertHash` or binding that tells of one.
    pub certificates: Vec<DiagCertificate>,
    /// Line of its heading.
    pub line: u32,
}

/// What a report says of the certificate of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiagCertificate {
    /// `SSLCertHash`; empty digits mean that none is bound.
    pub hash: Option<Hash<20>>,
    /// `SSLCertHash` stands there without a value.
    pub empty_hash: bool,
    /// The binding above it: protocol and information.
    pub binding: Option<String>,
    /// The first name.
    pub subject: Option<String>,
    /// The second name.
    pub issuer: Option<String>,
    /// Hex.
    pub serial: Option<String>,
    /// Dates of the validity.
    pub validity: [Option<LocalTime>; 2],
    /// The line of the validity as it stands.
    pub validity_raw: Option<String>,
    /// Object identifiers of usages.
    pub usages: Vec<String>,
    /// What `CryptAcquireCertificatePrivateKey` returned.
    pub key: Option<Code>,
    /// What `CertVerifyCertificateChainPolicy` returned.
    pub chain: Option<Code>,
    /// Other codes.
    pub codes: Vec<Code>,
    /// Sentences, such as the one that a private key is there.
    pub sentences: Vec<(String, u32)>,
    /// Its first line.
    pub line: u32,
}

impl DiagCertificate {
    fn says(&self) -> bool {
        self.hash.is_some() || self.empty_hash || self.subject.is_some() || self.key.is_some() || self.chain.is_some()
    }
}

/// Whether a text is such a report.
#[must_use]
pub fn recognise(text: &Text<'_>) -> bool {
    let (mut site, mut key) = (false, false);
    for line in text.filled().take(50_000) {
        site |= heading(line.trimmed()).is_some();
        key |= ["ServerComment", "SSLCertHash", "ServerState", "CryptAcquireCertificatePrivateKey"]
            .iter()
            .any(|word| bare(line.trimmed()).starts_with(word));
        if site && key {
            return true;
        }
    }
    false
}

/// Reads a report.
#[must_use]
pub fn read(text: &Text<'_>) -> SslDiag {
    let mut out = SslDiag::default();
    let mut in_sites = false;
    // A call whose code stands on the next line.
    let mut waiting: Option<Call> = None;
    for line in text.filled() {
        let trimmed = line.trimmed();
        if let Some(id) = heading(trimmed) {
            in_sites = true;
            if out.sites.len() < MAX_SITES {
                out.sites.push(DiagSite { id, line: line.number, ..DiagSite::default() });
            } else {
                out.over_cap = out.over_cap.saturating_add(1);
            }
            waiting = None;
        } else if !in_sites {
            header(&mut out, line);
        } else if out.over_cap == 0
            && let Some(site) = out.sites.last_mut()
        {
            site_line(site, line, &mut waiting);
        }
    }
    for site in &mut out.sites {
        site.certificates.retain(DiagCertificate::says);
    }
    let first =
        out.protocols.first().map(|(_, _, line)| *line).or(out.sites.first().map(|site| site.line)).unwrap_or(1);
    let first =
        [out.time.as_ref(), out.system.as_ref()].into_iter().flatten().map(|(_, line)| *line).chain([first]).min();
    let last = text.filled().last().map_or(0, |line| line.number);
    out.lines = first.unwrap_or(1)..last.saturating_add(1);
    out
}

/// `[W3SVC/1]`.
fn heading(text: &str) -> Option<u32> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim_matches(is_blank);
    let number = inner.strip_prefix("W3SVC/").or_else(|| inner.strip_prefix("w3svc/"))?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

/// Without the `#` that marks a line of a certificate.
fn bare(text: &str) -> &str {
    text.trim_start_matches(['#', ' ', '\t'])
}

const PROTOCOLS: &[&str] = &["PCT 1.0", "SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"];

fn header(out: &mut SslDiag, line: Line<'_>) {
    let text = bare(line.trimmed());
    let kept = || text.chars().take(300).collect::<String>();
    if let Some(name) = PROTOCOLS.iter().find(|name| text.starts_with(**name)) {
        let rest = text.strip_prefix(name).unwrap_or_default();
        if rest.trim_start().starts_with([':', '=', '：', '＝']) {
            out.protocols.push(((*name).to_owned(), switch(rest), line.number));
        }
    } else if let Some((_, rest)) = text.split_once("EventLogging") {
        let digits =
            rest.split(|c: char| !c.is_ascii_hexdigit()).find(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        if let Some(bits) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            out.event_logging = Some((bits, line.number));
        }
    } else if text.contains("Windows") && out.system.is_none() {
        out.system = Some((kept(), line.number));
    } else if out.time.is_none() && (find_date(text).is_some() || text.contains(" GMT")) {
        out.time = Some((kept(), line.number));
    }
}

/// `: Enabled`, `= 0`; words of other languages are not told.
fn switch(rest: &str) -> Option<bool> {
    let word = rest.trim_matches(|c| is_blank(c) || matches!(c, ':' | '=' | '：' | '＝')).split(is_blank).next()?;
    match word.to_ascii_lowercase().as_str() {
        "enabled" | "true" | "1" | "yes" | "0xffffffff" => Some(true),
        "disabled" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Call {
    Key,
    Chain,
}

fn site_line(site: &mut DiagSite, line: Line<'_>, waiting: &mut Option<Call>) {
    let text = bare(line.trimmed());
    let number = line.number;
    let field = |name: &str| {
        let rest = text.strip_prefix(name)?.trim_start_matches(is_blank).strip_prefix([':', '=', '：', '＝'])?;
        Some(rest.trim_matches(is_blank))
    };
    if let Some(value) = field("ServerComment") {
        site.name = Some(value.chars().take(300).collect());
    } else if let Some(value) = field("ServerAutoStart") {
        site.auto_start = switch(value);
    } else if let Some(value) = field("ServerState") {
        site.state = Some(value.chars().take(100).collect());
    } else if let Some(value) = field("SSLCertHash") {
        let fresh = |have: &DiagCertificate| have.hash.is_none() && !have.empty_hash && have.subject.is_none();
        let Some(certificate) = open(site, number, fresh) else { return };
        if value.chars().any(|c| c.is_ascii_hexdigit()) {
            certificate.hash = Some(Hash::read(value, number));
        } else {
            certificate.empty_hash = true;
        }
    } else if let Some((protocol, information)) = binding(text) {
        let told = format!("{protocol} {information}");
        if site.bindings.len() < MAX_LIST {
            site.bindings.push((protocol.to_owned(), information.to_owned(), number));
        }
        if protocol == "https" && site.certificates.len() < MAX_LIST {
            site.certificates.push(DiagCertificate { binding: Some(told), line: number, ..DiagCertificate::default() });
        }
        *waiting = None;
    } else {
        certificate_line(site, line, text, waiting);
    }
}

/// The certificate that a line belongs to: the last one, or a new one.
fn open(site: &mut DiagSite, line: u32, fits: impl Fn(&DiagCertificate) -> bool) -> Option<&mut DiagCertificate> {
    if site.certificates.last().is_none_or(|last| !fits(last)) && site.certificates.len() < MAX_LIST {
        site.certificates.push(DiagCertificate { line, ..DiagCertificate::default() });
    }
    site.certificates.last_mut()
}

fn certificate_line(site: &mut DiagSite, line: Line<'_>, text: &str, waiting: &mut Option<Call>) {
    let number = line.number;
    let Some(certificate) = open(site, number, |_| true) else { return };
    let call = [("CryptAcquireCertificatePrivateKey", Call::Key), ("CertVerifyCertificateChainPolicy", Call::Chain)]
        .into_iter()
        .find_map(|(name, call)| text.contains(name).then_some(call));
    let found = status(text, number);
    if let (Some(call), Some(code)) = (call.or(*waiting), &found) {
        let slot = match call {
            Call::Key => &mut certificate.key,
            Call::Chain => &mut certificate.chain,
        };
        slot.get_or_insert_with(|| code.clone());
        *waiting = None;
        return;
    }
    if call.is_some() {
        *waiting = call;
        return;
    }
    *waiting = None;
    if let Some(code) = found {
        if certificate.codes.len() < MAX_LIST {
            certificate.codes.push(code);
        }
        return;
    }
    let value = line.splits().map(|(_, value)| value).find(|value| is_name(value));
    if let Some(name) = value {
        let name = name.chars().take(1024).collect();
        if certificate.subject.is_none() {
            certificate.subject = Some(name);
        } else if certificate.issuer.is_none() {
            certificate.issuer = Some(name);
        }
    } else if let Some(at) = find_date(text) {
        let after = text.get(at..).unwrap_or_default();
        let second = after.get(1..).and_then(|rest| {
            let skip = rest.find(|c: char| is_blank(c)).unwrap_or(rest.len());
            rest.get(skip..)
        });
        if certificate.validity_raw.is_none() {
            let end = second.filter(|rest| find_date(rest).is_some());
            let first = end.and_then(|end| after.len().checked_sub(end.len())).and_then(|length| after.get(..length));
            certificate.validity = [local_time(first.unwrap_or(after)), end.and_then(local_time)];
            certificate.validity_raw = Some(text.chars().take(200).collect());
        }
    } else if oids_in(text).next().is_some() {
        let room = MAX_LIST.saturating_sub(certificate.usages.len());
        certificate.usages.extend(oids_in(text).take(room).map(str::to_owned));
    } else if let Some(hex) = line.last_value().filter(|value| is_solid_hex(value) && value.len() >= 4) {
        if certificate.subject.is_some() && certificate.serial.is_none() {
            certificate.serial = Some(hex.chars().take(80).collect());
        }
    } else if line.splits().next().is_none() && certificate.sentences.len() < MAX_LIST {
        certificate.sentences.push((text.chars().take(300).collect(), number));
    }
}

/// `https *:443:www.example.com`, wherever it stands in a line.
fn binding(text: &str) -> Option<(&str, &str)> {
    let mut words = text.split(is_blank).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let word = word.trim_end_matches(':');
        if word == "https" || word == "http" {
            let information = words.next()?;
            let (rest, _) = information.rsplit_once(':')?;
            let (_, port) = rest.rsplit_once(':')?;
            let sound = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            return sound.then_some((word, information));
        }
    }
    None
}

/// A code in hex or as a negative decimal.
fn status(text: &str, line: u32) -> Option<Code> {
    let hex = super::certutil::shape::code(text, line).filter(|code| code.value >= 0x8000_0000);
    hex.or_else(|| {
        text.match_indices('-').find_map(|(at, _)| {
            let rest = text.get(at.checked_add(1)?..)?;
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let digits = rest.get(..end).filter(|digits| digits.len() == 10)?;
            let value = digits.parse::<i64>().ok()?.checked_neg()?;
            let value = i32::try_from(value).ok()?;
            Some(Code { value: u32::from_ne_bytes(value.to_ne_bytes()), symbol: None, line })
        })
    })
}
