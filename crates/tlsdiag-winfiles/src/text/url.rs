//! URLs as HTTP.sys writes them: `HTTPS://+:443/PATH/`, `HTTP://*:80/`, `HTTPS://WWW.EXAMPLE.COM:443:192.0.2.1/`.
use super::shape::Endpoint;
use std::net::IpAddr;

/// A URL prefix that a program registered or for which a right is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UrlPrefix {
    /// Whether the scheme is https.
    pub secure: bool,
    /// `+` (every name), `*` (what nobody else took), a name or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The address to which IIS binds it, behind a second colon.
    pub address: Option<IpAddr>,
    /// From the first slash.
    pub path: String,
}

impl UrlPrefix {
    /// Reads one URL prefix and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (place, path) = rest.split_once('/').map_or((rest, ""), |(place, path)| (place, path));
        let (place, address) = bound(place);
        let (host, port) = match place.strip_prefix("+:").and_then(|port| port.parse().ok()) {
            Some(port) => ("+".to_owned(), port),
            None => Endpoint::parse(place).map(|endpoint| (endpoint.host, endpoint.port))?,
        };
        Some(Self { secure, host, port, address, path: format!("/{path}") })
    }
}

/// Takes `:192.0.2.1` or `:[2001:db8::1]` off the end.
fn bound(place: &str) -> (&str, Option<IpAddr>) {
    let split = if place.ends_with(']') { place.rfind(":[") } else { place.rfind(':') };
    let Some((before, after)) = split.and_then(|at| Some((place.get(..at)?, place.get(at + 1..)?))) else {
        return (place, None);
    };
    match after.trim_matches(['[', ']']).parse() {
        Ok(address) if before.contains(':') => (before, Some(address)),
        _ => (place, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let url = UrlPrefix::parse("HTTPS://WWW.EXAMPLE.COM:443:192.0.2.1/A/B/").unwrap();
        assert_eq!(
            (url.secure, url.host.as_str(), url.port, url.address, url.path.as_str()),
            (true, "WWW.EXAMPLE.COM", 443, "192.0.2.1".parse().ok(), "/A/B/")
        );
        for (text, host, port) in [
            ("http://+:80/x/", "+", 80),
            ("HTTP://*:80/", "*", 80),
            ("https://[::1]:8443/", "::1", 8443),
            ("HTTP://127.0.0.1:8000:127.0.0.1/", "127.0.0.1", 8000),
        ] {
            let url = UrlPrefix::parse(text).unwrap();
            assert_eq!((url.host.as_str(), url.port), (host, port), "{text}");
        }
        for text in ["http/*:80:", "https://www.example.com/", "ftp://+:21/"] {
            assert_eq!(UrlPrefix::parse(text), None, "{text}");
        }
    }
}
