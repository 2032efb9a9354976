//! An HTTP answer where TLS was expected: status, server, and the error pages by which products are known.

use crate::sniff::{Protocol, Sniffed, contains, first_line, lines, shown};

/// What can be read from the beginning of an HTTP response.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpAnswer {
    /// `HTTP/1.1` and the like; `None` for a bare page without a status line (HTTP/0.9).
    pub version: Option<String>,
    /// The status code.
    pub status: Option<u16>,
    /// The reason phrase, possibly empty.
    pub reason: String,
    /// The `Server` header.
    pub server: Option<String>,
    /// The product's page, by its words.
    pub page: HttpPage,
}

/// Error pages that say who answered and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpPage {
    /// HTTP.sys (IIS, WCF, Kestrel on HTTP.sys) answers bytes that are not HTTP: `Bad Request`, invalid verb or header.
    HttpSysBadRequest,
    /// nginx: a plain request came to a TLS port.
    NginxPlainToTls,
    /// nginx: any other 400.
    NginxBadRequest,
    /// Apache httpd: a plain request came to a TLS port.
    ApachePlainToTls,
    /// Apache httpd: any other 400.
    ApacheBadRequest,
    /// A Go program: a plain request came to a TLS port.
    GoPlainToTls,
    /// A Go program: malformed request.
    GoBadRequest,
    /// Tomcat: this combination of host and port requires TLS.
    TomcatPlainToTls,
    /// HAProxy's own 400 page.
    HaproxyBadRequest,
    /// Node.js: a bare 400.
    NodeBadRequest,
    /// Python's http.server: bad request syntax or version.
    PythonBadRequest,
    /// IIS: the page must be viewed over a secure channel (403.4).
    IisTlsRequired,
    /// None of these.
    Other,
}

impl HttpPage {
    /// True if the page itself says that the port expects TLS.
    pub fn says_tls_expected(self) -> bool {
        matches!(
            self,
            Self::NginxPlainToTls
                | Self::ApachePlainToTls
                | Self::GoPlainToTls
                | Self::TomcatPlainToTls
                | Self::IisTlsRequired
        )
    }
}

pub(crate) fn answer(bytes: &[u8]) -> Option<Sniffed> {
    if let Some(rest) = bytes.strip_prefix(b"HTTP/") {
        if !rest.first().is_none_or(u8::is_ascii_digit) {
            return None;
        }
        return Some(status_line(bytes));
    }
    let html: [&[u8]; 4] = [b"<html", b"<!doctype html", b"<head", b"<center>"];
    let page = html.iter().any(|tag| bytes.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag)));
    page.then(|| {
        let answer = HttpAnswer {
            version: None,
            status: None,
            reason: String::new(),
            server: None,
            page: page_of(bytes, None, None),
        };
        Sniffed { protocol: Protocol::Http(answer), matched: shown(first_line(bytes)), needs_more: bytes.len() < 256 }
    })
}

fn status_line(bytes: &[u8]) -> Sniffed {
    let line = first_line(bytes);
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let version = words.next().map(lossy);
    let status = words.next().and_then(|word| std::str::from_utf8(word).ok()).and_then(|word| word.parse().ok());
    let reason = words.next().map(lossy).unwrap_or_default();
    let header_end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = match header_end {
        Some(at) => bytes.split_at(at),
        None => (bytes, &[] as &[u8]),
    };
    let server = lines(head).skip(1).find_map(|header| {
        let (name, value) = header.split_at_checked(7)?;
        name.eq_ignore_ascii_case(b"server:").then(|| lossy(value.trim_ascii()))
    });
    let page = page_of(bytes, status, server.as_deref());
    let answer = HttpAnswer { version, status, reason, server, page };
    let bodyless = contains(head, b"content-length: 0") && header_end.is_some();
    let settled = page.says_tls_expected() || page == HttpPage::HttpSysBadRequest || contains(body, b"</html>");
    let needs_more = !bodyless && !settled && body.len() < 400;
    Sniffed { protocol: Protocol::Http(answer), matched: shown(line), needs_more }
}

fn page_of(bytes: &[u8], status: Option<u16>, server: Option<&str>) -> HttpPage {
    let says = |words: &str| contains(bytes, words.as_bytes());
    let by = |product: &str| server.is_some_and(|name| name.to_ascii_lowercase().contains(product));
    let bad = status.is_none_or(|status| status == 400);
    if says("plain http request was sent to https port") {
        HttpPage::NginxPlainToTls
    } else if says("speaking plain http to an ssl-enabled server port") {
        HttpPage::ApachePlainToTls
    } else if says("sent an http request to an https server") {
        HttpPage::GoPlainToTls
    } else if says("combination of host and port requires tls") {
        HttpPage::TomcatPlainToTls
    } else if says("must be viewed over a secure") || says("403.4") {
        HttpPage::IisTlsRequired
    } else if bad && (by("microsoft-httpapi") || says("bad request - invalid") || says("request verb is invalid")) {
        HttpPage::HttpSysBadRequest
    } else if bad && (by("nginx") || says("<hr><center>nginx")) {
        HttpPage::NginxBadRequest
    } else if bad && (by("apache") && !by("coyote") || says("browser sent a request that this server could not")) {
        HttpPage::ApacheBadRequest
    } else if bad && says("your browser sent an invalid request") {
        HttpPage::HaproxyBadRequest
    } else if says("bad request version") || says("bad request syntax") || says("bad http/0.9 request type") {
        HttpPage::PythonBadRequest
    } else if bad && says("\r\n\r\n400 bad request") {
        HttpPage::GoBadRequest
    } else if status == Some(400) && server.is_none() && bytes.ends_with(b"Connection: close\r\n\r\n") {
        HttpPage::NodeBadRequest
    } else {
        HttpPage::Other
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
