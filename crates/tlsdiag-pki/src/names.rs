//! Does a certificate cover a host? RFC 9525 (and RFC 6125 before it), with the reason when it does not.

use crate::certificate::Certificate;
use crate::extensions::GeneralName;
use std::fmt;
use std::net::IpAddr;

/// The name a client meant to reach: the reference identity of RFC 9525.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name in A-labels, lower case, without trailing dot.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Why a text is no host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAHost(pub String);

impl fmt::Display for NotAHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither a DNS name nor an address", self.0)
    }
}

impl std::error::Error for NotAHost {}

impl Host {
    /// Reads what a user or a URL gives: U-labels, upper case, a trailing dot, `[::1]`.
    pub fn parse(text: &str) -> Result<Host, NotAHost> {
        let refuse = || NotAHost(text.to_owned());
        let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
        // A zone identifier is local to the machine and stands in no certificate (RFC 6874).
        if let Ok(ip) = bare.split('%').next().unwrap_or_default().parse::<IpAddr>() {
            return Ok(Host::Ip(ip));
        }
        let ascii = to_ascii(text).ok_or_else(refuse)?;
        let name = ascii.strip_suffix('.').unwrap_or(&ascii);
        let sound = !name.is_empty()
            && name.len() <= 253
            && name.split('.').all(|l| {
                !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            });
        if sound { Ok(Host::Dns(name.to_owned())) } else { Err(refuse()) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Dns(d) => f.write_str(d),
            Host::Ip(i) => write!(f, "{i}"),
        }
    }
}

/// What in the certificate covers the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// A subject alternative name says exactly this.
    San(String),
    /// A wildcard covers it; the pattern as written.
    Wildcard(String),
}

/// The certificate does not cover the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The nearest miss.
    pub reason: MismatchReason,
    /// All names in the certificate that could have covered a host: subject alternative names, then common names.
    pub names: Vec<String>,
}

/// How the names miss the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchReason {
    /// Nothing in the certificate comes near.
    NotNamed,
    /// A wildcard stands for exactly one label: this pattern is for another depth (`*.a.kr` and `a.kr` or `x.y.a.kr`).
    WildcardDepth {
        /// The pattern as written.
        pattern: String,
    },
    /// The pattern is one that clients do not accept: `*`, `*.com`, `w*.a.kr`, `a.*.kr`.
    WildcardForm {
        /// The pattern as written.
        pattern: String,
    },
    /// The common name fits, but there is no dNSName. Some clients still look at the common name (OpenSSL, Java,
    /// GnuTLS), browsers and Go do not (RFC 9525 2).
    CnOnly {
        /// The common name as written.
        cn: String,
    },
    /// The common name fits, and there are dNSNames which do not: nobody looks at the common name then.
    CnIgnored {
        /// The common name as written.
        cn: String,
    },
    /// The address is there as a dNSName, where it does not count; it must be an iPAddress.
    IpOnlyAsDns,
    /// An address was asked for, and the certificate names no address at all.
    NoIpSan,
    /// A dNSName fits but for a trailing dot, which certificates must not carry.
    TrailingDot {
        /// The name as written.
        name: String,
    },
    /// A dNSName is written in U-labels instead of A-labels (`한국.kr` for `xn--3e0b707e.kr`).
    NotInALabels {
        /// The name as written.
        name: String,
    },
}

/// Checks the names of a certificate against a host.
pub fn covers(certificate: &Certificate, host: &Host) -> Result<Match, Mismatch> {
    let reason = match host {
        Host::Ip(ip) => match ip_covered(certificate, *ip) {
            Ok(found) => return Ok(found),
            Err(reason) => reason,
        },
        Host::Dns(name) => match dns_covered(certificate, name) {
            Ok(found) => return Ok(found),
            Err(reason) => reason,
        },
    };
    Err(Mismatch { reason, names: presented(certificate) })
}

/// Every name that a certificate presents for hosts: dNSName, iPAddress, URI, then common names not among them.
pub fn presented(certificate: &Certificate) -> Vec<String> {
    let mut names: Vec<String> = certificate
        .sans()
        .filter(|n| matches!(n, GeneralName::Dns(_) | GeneralName::Ip(_) | GeneralName::Uri(_)))
        .map(ToString::to_string)
        .collect();
    for cn in certificate.subject.common_names() {
        if !names.iter().any(|n| n.eq_ignore_ascii_case(cn)) {
            names.push(cn.to_owned());
        }
    }
    names
}

/// How one dNSName pattern relates to a host name in A-labels and lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Exact,
    Wildcard,
    WrongDepth,
    WrongForm,
    Dot,
    ULabels,
    None,
}

fn dns_covered(certificate: &Certificate, host: &str) -> Result<Match, MismatchReason> {
    let mut near = MismatchReason::NotNamed;
    let mut nearness = 0;
    let mut has_dns = false;
    for name in certificate.dns_names() {
        has_dns = true;
        let written = || name.to_owned();
        let (weight, reason) = match relate(name, host) {
            Relation::Exact => return Ok(Match::San(written())),
            Relation::Wildcard => return Ok(Match::Wildcard(written())),
            Relation::Dot => (4, MismatchReason::TrailingDot { name: written() }),
            Relation::ULabels => (3, MismatchReason::NotInALabels { name: written() }),
            Relation::WrongForm => (2, MismatchReason::WildcardForm { pattern: written() }),
            Relation::WrongDepth => (1, MismatchReason::WildcardDepth { pattern: written() }),
            Relation::None => continue,
        };
        if weight > nearness {
            (nearness, near) = (weight, reason);
        }
    }
    if nearness == 0 {
        let fits = |cn: &&str| matches!(relate(cn, host), Relation::Exact | Relation::Wildcard);
        if let Some(cn) = certificate.subject.common_names().find(fits).map(str::to_owned) {
            return Err(if has_dns { MismatchReason::CnIgnored { cn } } else { MismatchReason::CnOnly { cn } });
        }
    }
    Err(near)
}

fn ip_covered(certificate: &Certificate, ip: IpAddr) -> Result<Match, MismatchReason> {
    let mut any = false;
    for a in certificate.ip_addresses() {
        any = true;
        if a == ip {
            return Ok(Match::San(a.to_string()));
        }
    }
    let is_ip = |text: &str| text.parse::<IpAddr>().is_ok_and(|a| a == ip);
    if certificate.dns_names().any(is_ip) {
        return Err(MismatchReason::IpOnlyAsDns);
    }
    if certificate.extensions.subject_alt_names.is_none()
        && let Some(cn) = certificate.subject.common_names().find(|cn| is_ip(cn))
    {
        return Err(MismatchReason::CnOnly { cn: cn.to_owned() });
    }
    Err(if any { MismatchReason::NotNamed } else { MismatchReason::NoIpSan })
}

fn relate(pattern: &str, host: &str) -> Relation {
    if !pattern.is_ascii() {
        let fits = to_ascii(pattern).is_some_and(|p| matches!(relate(&p, host), Relation::Exact | Relation::Wildcard));
        return if fits { Relation::ULabels } else { Relation::None };
    }
    if let Some(undotted) = pattern.strip_suffix('.') {
        let fits = matches!(relate(undotted, host), Relation::Exact | Relation::Wildcard);
        return if fits { Relation::Dot } else { Relation::None };
    }
    let pattern = pattern.to_ascii_lowercase();
    if pattern == host {
        return Relation::Exact;
    }
    if !pattern.contains('*') {
        return Relation::None;
    }
    match pattern.strip_prefix("*.") {
        Some(rest) if !rest.contains('*') => relate_wildcard(rest, host),
        // Other places for the asterisk (RFC 9525 6.3 forbids them): tell only when the pattern would have fitted.
        _ if glob(&pattern, host) => Relation::WrongForm,
        _ => Relation::None,
    }
}

fn relate_wildcard(rest: &str, host: &str) -> Relation {
    let below = host.strip_suffix(rest).and_then(|h| h.strip_suffix('.'));
    match below {
        // `*.com` would cover a registry's whole zone; clients refuse it.
        Some(_) if !rest.contains('.') => Relation::WrongForm,
        Some(label) if !label.is_empty() && !label.contains('.') => Relation::Wildcard,
        Some(_) => Relation::WrongDepth,
        None if host == rest => Relation::WrongDepth,
        None => Relation::None,
    }
}

/// Whether a pattern with asterisks anywhere fits, each asterisk standing for any run without dots.
fn glob(pattern: &str, host: &str) -> bool {
    let (mut patterns, mut labels) = (pattern.split('.'), host.split('.'));
    loop {
        match (patterns.next(), labels.next()) {
            (None, None) => return true,
            (Some(p), Some(l)) if label_fits(p, l) => {}
            _ => return false,
        }
    }
}

fn label_fits(pattern: &str, label: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == label };
    let Some(rest) = label.strip_prefix(head) else { return false };
    // One asterisk per label is enough to recognise the intention.
    rest.len() >= tail.len() && rest.ends_with(tail) && !tail.contains('*')
}

fn to_ascii(text: &str) -> Option<String> {
    if text.is_ascii() {
        return Some(text.to_ascii_lowercase());
    }
    let (star, rest) = match text.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", text),
    };
    idna::domain_to_ascii(rest).ok().map(|a| format!("{star}{a}"))
}
