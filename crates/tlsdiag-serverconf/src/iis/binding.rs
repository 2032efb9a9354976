//! Bindings of a site: `ip:port:host`, the flags of its TLS, the certificate where the file names it.

use std::net::IpAddr;

use super::value::{Value, kept};

/// `<binding>` of a site.
///
/// Source: Microsoft, system.applicationHost/sites/site/bindings/binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// `protocol`: `http`, `https`, `ftp`, `net.tcp`, …; nothing if the attribute is missing or unreadable.
    pub protocol: Option<String>,
    /// `bindingInformation`.
    pub information: Value<Information>,
    /// `sslFlags`; absent means 0.
    pub ssl_flags: Option<Value<u32>>,
    /// `certificateHash`, which IIS shows in its API and some tools write into the file.
    pub certificate_hash: Option<Value<Vec<u8>>>,
    /// `certificateStoreName`.
    pub certificate_store: Option<String>,
    /// Line of the tag.
    pub line: u32,
}

impl Binding {
    /// Bits of `sslFlags`. Those above 4 exist from version 1809 on.
    pub const SNI: u32 = 1;
    /// The certificate comes from the central store by the host's name.
    pub const CENTRAL_STORE: u32 = 2;
    /// HTTP/2 is off.
    pub const NO_HTTP2: u32 = 4;
    /// OCSP stapling is off.
    pub const NO_OCSP_STAPLING: u32 = 8;
    /// QUIC is off.
    pub const NO_QUIC: u32 = 16;
    /// TLS 1.3 over TCP is off.
    pub const NO_TLS13: u32 = 32;
    /// TLS 1.0 and 1.1 are off.
    pub const NO_LEGACY_TLS: u32 = 64;

    /// Whether the protocol is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.protocol.as_deref().is_some_and(|protocol| protocol.eq_ignore_ascii_case("https"))
    }
}

/// What `bindingInformation` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Information {
    /// `ip:port:host` of http, https and ftp.
    Listen {
        /// The address.
        address: Address,
        /// The port.
        port: u16,
        /// The host name; nothing if empty or `*`.
        host: Option<String>,
    },
    /// The form of another protocol, as it stands.
    Other(String),
}

/// The address in a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// `*`, or nothing before the first colon: every address.
    All,
    /// One address.
    Ip(IpAddr),
}

/// Reads `bindingInformation` of a protocol.
pub(super) fn information(protocol: Option<&str>, raw: &str) -> Value<Information> {
    let listens =
        protocol.is_none_or(|name| ["http", "https", "ftp"].iter().any(|known| name.eq_ignore_ascii_case(known)));
    match listen(raw.trim()) {
        Some(listen) if listens => Value::Is(listen),
        None if listens => Value::Damaged(kept(raw)),
        _ => Value::Is(Information::Other(kept(raw))),
    }
}

fn listen(raw: &str) -> Option<Information> {
    // The host has no colon, an IPv6 address has them within its brackets.
    let (rest, host) = raw.rsplit_once(':')?;
    let (address, port) = rest.rsplit_once(':')?;
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
    let address = match address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => Address::Ip(IpAddr::V6(inner.split('%').next()?.parse().ok()?)),
        None if address.is_empty() || address == "*" => Address::All,
        None => Address::Ip(IpAddr::V4(address.parse().ok()?)),
    };
    let host = host.trim();
    if host.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '[' | ']')) {
        return None;
    }
    let host = (!host.is_empty() && host != "*").then(|| host.to_owned());
    Some(Information::Listen { address, port, host })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn https(raw: &str) -> Option<(String, u16, Option<String>)> {
        match information(Some("https"), raw) {
            Value::Is(Information::Listen { address, port, host }) => {
                let address = match address {
                    Address::All => "*".to_owned(),
                    Address::Ip(ip) => ip.to_string(),
                };
                Some((address, port, host))
            }
            _ => None,
        }
    }

    #[test]
    fn every_form_of_an_address() {
        assert_eq!(https("*:443:"), Some(("*".into(), 443, None)));
        assert_eq!(https(":443:localhost"), Some(("*".into(), 443, Some("localhost".into()))));
        assert_eq!(https(":44300:*"), Some(("*".into(), 44300, None)));
        assert_eq!(https("10.0.0.5:8443:a.example"), Some(("10.0.0.5".into(), 8443, Some("a.example".into()))));
        assert_eq!(https("[::1]:443:"), Some(("::1".into(), 443, None)));
        assert_eq!(https("[fe80::1%3]:443:x"), Some(("fe80::1".into(), 443, Some("x".into()))));
    }

    #[test]
    fn wrong_shapes_are_kept_not_guessed() {
        for raw in [
            "*:443",
            "443",
            "",
            "*:99999:",
            "*:0:",
            "10.0.0:443:",
            "::1:443:",
            "*:+443:",
            "[10.0.0.1]:443:",
            "*:443:a b",
        ] {
            assert_eq!(information(Some("https"), raw), Value::Damaged(raw.into()), "{raw}");
        }
        assert_eq!(information(Some("net.tcp"), "808:*"), Value::Is(Information::Other("808:*".into())));
    }
}
