//! One request and its answer over any stream, HTTP/1.1 or HTTP/2: status, the headers that say something, and the words
//! by which well-known servers say what is wrong.
use super::net::is_reset;
use bytes::Bytes;
use std::{future::poll_fn, io, time::Duration};
use tlsdiag_model::facts::{HttpEnd, HttpVersion};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `Host` / `:authority`, with the port where it is not the scheme's.
    pub authority: String,
    /// Path and query.
    pub path: String,
    /// `User-Agent`.
    pub agent: String,
    /// Cookies that the site set in this chain of redirects.
    pub cookies: String,
    /// How long silence counts.
    pub timeout: Duration,
    /// When it ends, whatever comes.
    pub deadline: Instant,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub end: HttpEnd,
    /// `Date` as seconds since 1970.
    pub date: Option<i64>,
    /// `name=value` of each `Set-Cookie`.
    pub cookies: Vec<String>,
}

/// Most bytes of head and of body that are read.
const MOST: usize = 64 << 10;
/// Most header lines.
const LINES: usize = 128;

impl Answer {
    pub(crate) fn bare(end: HttpEnd) -> Answer {
        Answer { end, date: None, cookies: vec![] }
    }
}

/// Asks.
pub(crate) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(s: &mut S, version: HttpVersion, r: &Request) -> Answer {
    match version {
        HttpVersion::One => one(s, r).await,
        HttpVersion::Two => two(s, r).await,
    }
}

async fn one<S: AsyncRead + AsyncWrite + Unpin>(s: &mut S, r: &Request) -> Answer {
    let mut text =
        format!("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: */*\r\n", r.path, r.authority, r.agent);
    if !r.cookies.is_empty() {
        text.push_str(&format!("Cookie: {}\r\n", r.cookies));
    }
    text.push_str("Connection: close\r\n\r\n");
    let start = Instant::now();
    // A failed write is told by the read that follows: the answer may lie there already.
    let _ = timeout(r.timeout, async { s.write_all(text.as_bytes()).await.and(s.flush().await) }).await;
    let mut all = Vec::with_capacity(4096);
    loop {
        match parse(&all) {
            Err(e) => return Answer::bare(HttpEnd::Garbled(e.to_string())),
            Ok(Some((head, used))) => {
                if (100..200).contains(&head.status) && head.status != 101 {
                    all.drain(..used);
                    continue;
                }
                if head.status >= 400 {
                    more(s, &mut all, used + MOST, r).await;
                }
                return head.answer(all.get(used..).unwrap_or_default());
            }
            Ok(None) if all.len() >= MOST => {
                return Answer::bare(HttpEnd::Garbled(format!("no end of the header within {MOST} bytes")));
            }
            Ok(None) => {}
        }
        if let Some(end) = read_some(s, &mut all, r, start).await {
            let end = match end {
                HttpEnd::Closed if !all.is_empty() => HttpEnd::Garbled("closed within the header".to_owned()),
                e => e,
            };
            return Answer::bare(end);
        }
    }
}

/// Reads once; an end instead of bytes comes back.
async fn read_some<S: AsyncRead + Unpin>(s: &mut S, all: &mut Vec<u8>, r: &Request, start: Instant) -> Option<HttpEnd> {
    let until = r.deadline.min(Instant::now() + r.timeout);
    match timeout_at(until, s.read_buf(all)).await {
        Err(_) => Some(HttpEnd::Silent { after_ms: super::clock::ms(start.elapsed()) }),
        Ok(Ok(0)) => Some(HttpEnd::Closed),
        Ok(Ok(_)) => None,
        Ok(Err(e)) => Some(end_of(&e)),
    }
}

/// Reads on for the words of a body, up to a length; what comes is enough.
async fn more<S: AsyncRead + Unpin>(s: &mut S, all: &mut Vec<u8>, most: usize, r: &Request) {
    let until = r.deadline.min(Instant::now() + BODY);
    while all.len() < most {
        match timeout_at(until, s.read_buf(all)).await {
            Ok(Ok(n)) if n > 0 => {}
            _ => return,
        }
    }
}

/// How long the words of a body are waited for.
const BODY: Duration = Duration::from_secs(2);

/// How an error of the stream below ends the request.
pub(crate) fn end_of(e: &io::Error) -> HttpEnd {
    match alert(e) {
        Some(a) => HttpEnd::Alert(a),
        None if e.kind() == io::ErrorKind::UnexpectedEof => HttpEnd::Closed,
        None if e.kind() == io::ErrorKind::TimedOut => HttpEnd::Silent { after_ms: 0 },
        None if is_reset(e) => HttpEnd::Reset,
        None => HttpEnd::Garbled(e.to_string()),
    }
}

/// The alert that an error of the TLS library carries.
pub(crate) fn alert(e: &io::Error) -> Option<u8> {
    match e.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(a) => Some(u8::from(*a)),
        _ => None,
    }
}

async fn two<S: AsyncRead + AsyncWrite + Unpin>(s: &mut S, r: &Request) -> Answer {
    let start = Instant::now();
    let until = r.deadline.min(start + r.timeout);
    match timeout_at(until, two_within(s, r)).await {
        Ok(a) => a,
        Err(_) => Answer::bare(HttpEnd::Silent { after_ms: super::clock::ms(start.elapsed()) }),
    }
}

async fn two_within<S: AsyncRead + AsyncWrite + Unpin>(s: &mut S, r: &Request) -> Answer {
    let built = h2::client::Builder::new().max_header_list_size(1 << 16).enable_push(false).handshake::<_, Bytes>(s);
    let (send, connection) = match built.await {
        Ok(x) => x,
        Err(e) => return Answer::bare(h2_end(e)),
    };
    tokio::pin!(connection);
    let exchange = async {
        let mut send = send.ready().await?;
        let mut request = http::Request::get(format!("https://{}{}", r.authority, r.path))
            .version(http::Version::HTTP_2)
            .header("user-agent", &r.agent)
            .header("accept", "*/*");
        if !r.cookies.is_empty() {
            request = request.header("cookie", &r.cookies);
        }
        let Ok(request) = request.body(()) else { return Ok(None) };
        let (response, _) = send.send_request(request, true)?;
        let (parts, mut body) = response.await?.into_parts();
        let mut text = vec![];
        if parts.status.as_u16() >= 400 {
            let read = async {
                while let Some(Ok(piece)) = body.data().await {
                    let _ = body.flow_control().release_capacity(piece.len());
                    text.extend(piece.iter().take(MOST.saturating_sub(text.len())));
                    if text.len() >= MOST {
                        break;
                    }
                }
            };
            let _ = timeout(BODY, read).await;
        }
        Ok(Some((parts, text)))
    };
    tokio::pin!(exchange);
    // The connection moves both ways while the exchange waits; its end ends the exchange.
    let mut ended = None;
    let result = poll_fn(|cx| {
        if ended.is_none()
            && let std::task::Poll::Ready(r) = connection.as_mut().poll(cx)
        {
            ended = Some(r);
        }
        exchange.as_mut().poll(cx)
    });
    let result: Result<Option<(http::response::Parts, Vec<u8>)>, h2::Error> = result.await;
    match result {
        Ok(Some((parts, body))) => {
            let field =
                |name: &str| parts.headers.get(name).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
            let cookies = parts.headers.get_all("set-cookie").iter().map(|v| String::from_utf8_lossy(v.as_bytes()));
            let head = Head {
                status: parts.status.as_u16(),
                location: field("location"),
                server: field("server"),
                date: field("date"),
                hsts: parts.headers.contains_key("strict-transport-security"),
                cookies: cookies.map(|c| pair(&c)).collect(),
            };
            head.answer(&body)
        }
        Ok(None) => Answer::bare(HttpEnd::Garbled("the request cannot be written".to_owned())),
        Err(e) => match ended {
            Some(Err(c)) => Answer::bare(h2_end(c)),
            _ => Answer::bare(h2_end(e)),
        },
    }
}

fn h2_end(e: h2::Error) -> HttpEnd {
    let words = e.to_string();
    if e.is_io() {
        return e.into_io().map_or(HttpEnd::Garbled(words), |io| end_of(&io));
    }
    HttpEnd::Garbled(words)
}

/// What a header says.
struct Head {
    status: u16,
    location: Option<String>,
    server: Option<String>,
    date: Option<String>,
    hsts: bool,
    cookies: Vec<String>,
}

impl Head {
    fn answer(self, body: &[u8]) -> Answer {
        let end = HttpEnd::Status {
            status: self.status,
            location: self.location,
            server: self.server,
            detail: detail(self.status, body),
            hsts: self.hsts,
        };
        Answer { end, date: self.date.as_deref().and_then(date), cookies: self.cookies }
    }
}

fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, httparse::Error> {
    let mut lines = [httparse::EMPTY_HEADER; LINES];
    let mut r = httparse::Response::new(&mut lines);
    let config = {
        let mut c = httparse::ParserConfig::default();
        c.allow_spaces_after_header_name_in_responses(true);
        c.ignore_invalid_headers_in_responses(true);
        c
    };
    let used = match config.parse_response(&mut r, bytes)? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(n) => n,
    };
    let all = |name: &'static str| {
        r.headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name)).map(|h| String::from_utf8_lossy(h.value))
    };
    let field = |name| all(name).next().map(|v| v.trim().to_owned());
    let head = Head {
        status: r.code.unwrap_or(0),
        location: field("location"),
        server: field("server"),
        date: field("date"),
        hsts: all("strict-transport-security").next().is_some(),
        cookies: all("set-cookie").map(|c| pair(&c)).collect(),
    };
    Ok(Some((head, used)))
}

/// Status, `Server` and `Location` of an answer, if its header is whole.
pub(crate) fn plain_answer(bytes: &[u8]) -> Option<(u16, Option<String>, Option<String>)> {
    let (head, _) = parse(bytes).ok()??;
    Some((head.status, head.server, head.location))
}

/// How far the header of an answer goes; `None`: not whole, or none.
pub(crate) fn head_len(bytes: &[u8]) -> Option<usize> {
    parse(bytes).ok().flatten().map(|(_, used)| used)
}

/// Words about certificates that well-known servers put into the body, in lower case, and what is kept of them.
const WORDS: [(&str, &str); 9] = [
    ("no required ssl certificate was sent", "No required SSL certificate was sent"),
    ("the ssl certificate error", "The SSL certificate error"),
    ("cannot perform post-handshake authentication", "Cannot perform Post-Handshake Authentication"),
    ("the plain http request was sent to https port", "The plain HTTP request was sent to HTTPS port"),
    ("client sent an http request to an https server", "Client sent an HTTP request to an HTTPS server"),
    ("speaking plain http to an ssl-enabled server port", "speaking plain HTTP to an SSL-enabled server port"),
    ("this combination of host and port requires tls", "This combination of host and port requires TLS"),
    ("invalid hostname", "Invalid Hostname"),
    ("service unavailable", "Service Unavailable"),
];

/// What the body of an error says beyond its status.
fn detail(status: u16, body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    if let Some(sub) = sub_status(status, &text) {
        return Some(sub);
    }
    let low = text.to_ascii_lowercase();
    WORDS.iter().find(|(w, _)| low.contains(w)).map(|(_, kept)| (*kept).to_owned())
}

/// IIS names the sub-status in its page: `HTTP Error 403.7 - Forbidden`.
fn sub_status(status: u16, text: &str) -> Option<String> {
    let stem = format!("{status}.");
    text.match_indices(&stem).find_map(|(at, _)| {
        let digits: String = text.get(at + stem.len()..)?.chars().take_while(char::is_ascii_digit).collect();
        let before = text.get(..at)?.chars().next_back();
        let alone = !before.is_some_and(|c| c.is_ascii_digit() || c == '.');
        (alone && (1..=3).contains(&digits.len())).then(|| format!("{stem}{digits}"))
    })
}

/// `name=value` of a `Set-Cookie`.
fn pair(cookie: &str) -> String {
    cookie.split(';').next().unwrap_or_default().trim().to_owned()
}

/// An IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, as seconds since 1970.
pub(crate) fn date(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once(", ")?;
    let mut w = rest.split_ascii_whitespace();
    let (day, month, year, time, zone) = (w.next()?, w.next()?, w.next()?, w.next()?, w.next()?);
    if zone != "GMT" {
        return None;
    }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = i64::try_from(months.iter().position(|m| *m == month)?).ok()? + 1;
    let number = |s: &str, low: i64, high: i64| s.parse::<i64>().ok().filter(|n| (low..=high).contains(n));
    let (day, year) = (number(day, 1, 31)?, number(year, 1970, 9999)?);
    let mut t = time.split(':');
    let (h, m, s) = (number(t.next()?, 0, 23)?, number(t.next()?, 0, 59)?, number(t.next()?, 0, 60)?);
    // Days of a year that begins in March, so that the leap day is its last.
    let (y, m3) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m3 + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + h * 3600 + m * 60 + s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(date("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        for bad in
            ["", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"]
        {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn sub_status_of_iis_is_found_in_its_page() {
        let page = b"<h3>HTTP Error 403.7 - Forbidden</h3>";
        assert_eq!(detail(403, page), Some("403.7".to_owned()));
        assert_eq!(detail(404, b"version 1404.5 of 192.404.1.1"), None);
        let nginx = b"<center>No required SSL certificate was sent</center>";
        assert_eq!(detail(400, nginx).as_deref(), Some("No required SSL certificate was sent"));
    }
}
