//! The little HTTP that a site answers with.
use crate::plan::{Answer, HttpPlan};
use std::io::{self, Read};

/// The longest head of a request that is read.
const MOST: usize = 64 * 1024;

/// A request, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Bytes of its body.
    pub(crate) length: usize,
    /// What was read of the body together with the head.
    pub(crate) begun: usize,
}

/// Where the site is, for redirects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// `https://host:port`
    pub(crate) here: String,
    /// `http://host:port` of the further port.
    pub(crate) plain: String,
    /// A word that stands on the page.
    pub(crate) word: String,
}

/// Reads the head of a request; `None` when the connection ends before its end.
///
/// # Errors
/// As the connection gives.
pub(crate) fn request(from: &mut impl Read) -> io::Result<Option<Request>> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(at) = head.windows(4).position(|w| w == b"\r\n\r\n") {
            break at.saturating_add(4);
        }
        let n = from.read(&mut buffer)?;
        if n == 0 || head.len() > MOST {
            return Ok(None);
        }
        head.extend_from_slice(buffer.get(..n).unwrap_or_default());
    };
    let begun = head.len().saturating_sub(end);
    head.truncate(end);
    let text = String::from_utf8_lossy(&head);
    let mut words = text.lines().next().unwrap_or_default().split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
    let length = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(field, _)| field.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    Ok(Some(Request { method: method.to_owned(), path: path.to_owned(), length, begun }))
}

/// What a site says to a request: status and fields by the plan, and a page. `None`: nothing at all.
pub(crate) fn answer(plan: &HttpPlan, place: &Place, request: &Request) -> Option<Vec<u8>> {
    let mut fields: Vec<(&str, Vec<u8>)> = Vec::new();
    if let Some(banner) = &plan.banner {
        fields.push(("Server", banner.clone().into_bytes()));
    }
    let redirect = |to: String| (301, Some(to.into_bytes()));
    let (status, location) = match &plan.answer {
        Answer::Page(status) => (*status, None),
        Answer::Silence => return None,
        Answer::ToItself => redirect(format!("{}{}", place.here, request.path)),
        Answer::ToPlainPort => redirect(format!("{}{}", place.plain, request.path)),
        Answer::ToPath(path) if request.path == format!("/{path}") => (200, None),
        Answer::ToPath(path) => redirect(format!("{}/{path}", place.here)),
        Answer::Fields(server, location) => {
            fields.retain(|(field, _)| *field != "Server");
            fields.push(("Server", server.clone()));
            (302, Some(location.clone()))
        }
    };
    if let Some(to) = location {
        fields.push(("Location", to));
    }
    if status == 401 {
        fields.push(("WWW-Authenticate", format!("Basic realm=\"{}\"", place.word).into_bytes()));
    }
    Some(page(plan.minor, status, &fields, &place.word, request.method == "HEAD"))
}

/// What servers say to plain HTTP on a TLS port.
pub(crate) fn plain_on_tls(banner: Option<&str>) -> Vec<u8> {
    let fields = banner.map(|banner| ("Server", banner.as_bytes().to_vec()));
    let fields: Vec<_> = fields.into_iter().collect();
    page(1, 400, &fields, "The plain HTTP request was sent to HTTPS port", false)
}

/// A whole response after which the connection ends.
pub(crate) fn page(minor: u8, status: u16, fields: &[(&str, Vec<u8>)], word: &str, head_only: bool) -> Vec<u8> {
    let reason = reason(status);
    let body = format!(
        "<!doctype html>\n<html><head><title>{word}</title></head>\n<body><h1>{}</h1></body></html>\n",
        if status == 200 { word.to_owned() } else { format!("{status} {reason}: {word}") }
    );
    let mut out = format!("HTTP/1.{minor} {status} {reason}\r\n").into_bytes();
    for (field, value) in fields {
        out.extend_from_slice(field.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(
        format!("Content-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len()).as_bytes(),
    );
    if !head_only {
        out.extend_from_slice(body.as_bytes());
    }
    out
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Other",
    }
}
