//! Requests to addresses that a certificate names (issuers, OCSP, revocation lists). The certificate may be anybody's, so
//! only plain http, bounded in time, length, number and hops, and never to a private address on a public site's word.
use super::{
    clock::ms,
    names,
    net::{Conn, open},
    run::Run,
};
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};
use tlsdiag_model::{
    CertId, Host, How, Kind, Origin, Row, Why,
    facts::{Answer, ConnectEnd, Fetch, FetchEnd},
};
use tlsdiag_pki::read_certificates;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

/// Longest answer that is taken for a certificate or an OCSP response.
pub(crate) const SMALL: usize = 64 << 10;
/// Longest revocation list.
pub(crate) const LIST: usize = 20 << 20;
/// Longest time of one request, with its redirects.
const TIME: Duration = Duration::from_secs(3);
/// Most redirects.
const HOPS: usize = 2;
/// Longest header.
const HEAD: usize = 16 << 10;

/// An answer: status and body.
pub(crate) struct Got {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Fetches an issuer and adds the row.
pub(crate) async fn issuer(run: &Run, inside: bool, url: &str, cert: CertId) {
    let started = Instant::now();
    // What no certificate of ours names is not asked.
    let end = match run.sink.with(|case| case.certs.contains_key(&cert)) {
        false => FetchEnd::Failed(Why::AddressRefused),
        true => match get(run, inside, url, None, SMALL).await {
            Err(why) => FetchEnd::Failed(why),
            Ok(got) if got.status != 200 => FetchEnd::Status(got.status),
            Ok(got) => {
                let found: Vec<CertId> = read_certificates(&got.body)
                    .into_iter()
                    .flatten()
                    .map(|c| run.sink.with(|case| case.certificate(&c.der)))
                    .collect();
                if found.is_empty() { FetchEnd::NotCertificates } else { FetchEnd::Certs(found) }
            }
        },
    };
    if let FetchEnd::Failed(why) = &end {
        run.missed(Kind::Fetches, Host::HERE, why.clone());
    }
    let what = Fetch { url: url.to_owned(), end };
    let origin = Origin::Api(format!("GET {url}").into());
    run.sink
        .add(Row::during(what, Host::HERE, How::Read, run.clock.since(started), origin).took(ms(started.elapsed())));
}

/// Asks a URL of a certificate: GET, or POST of a body with its content type. `inside`: whoever sent the certificate has a
/// private address, so that private addresses may be asked on its word.
pub(crate) async fn get(
    run: &Run,
    inside: bool,
    url: &str,
    post: Option<(&str, &[u8])>,
    most: usize,
) -> Result<Got, Why> {
    if run.settings.offline {
        return Err(Why::Offline);
    }
    let first = Url::parse(url).ok_or(Why::AddressRefused)?;
    if !run.fetch() {
        return Err(Why::OverBudget);
    }
    let limit = TIME.min(run.settings.timeout);
    match timeout(limit, hops(run, inside, first, post, most)).await {
        Ok(r) => r,
        Err(_) => Err(Why::TimedOut { after_ms: ms(limit) }),
    }
}

async fn hops(run: &Run, inside: bool, first: Url, post: Option<(&str, &[u8])>, most: usize) -> Result<Got, Why> {
    let mut url = first;
    for _ in 0..=HOPS {
        match once(run, inside, &url, post, most).await? {
            Step::Got(got) => return Ok(got),
            // Another scheme or port than may be asked ends it.
            Step::Redirect(to) => url = url.join(&to).ok_or(Why::AddressRefused)?,
        }
    }
    Err(Why::Said("too many redirects".to_owned()))
}

enum Step {
    Got(Got),
    Redirect(String),
}

async fn once(run: &Run, inside: bool, url: &Url, post: Option<(&str, &[u8])>, most: usize) -> Result<Step, Why> {
    let to = checked(run, inside, url).await?;
    let mut conn = open(to, None, TIME, 0).await.map_err(|end| match end {
        ConnectEnd::Silent { after_ms } => Why::TimedOut { after_ms },
        ConnectEnd::Refused => Why::Said("connection refused".to_owned()),
        ConnectEnd::Failed(words) => Why::Said(words),
        ConnectEnd::Open | ConnectEnd::Unreachable(_) => Why::Said("unreachable".to_owned()),
    })?;
    let (method, more) = match post {
        None => ("GET", String::new()),
        Some((kind, body)) => ("POST", format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len())),
    };
    let head = format!(
        "{method} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: */*\r\n{more}Connection: close\r\n\r\n",
        url.path,
        url.authority(),
        run.settings.user_agent
    );
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(post.map_or(&[], |(_, b)| b));
    // An answer may come before all is written.
    let _ = conn.write_all(&bytes).await;
    answer(&mut conn, most).await
}

/// The address to connect to: looked up, checked, and then used itself, so that no second look-up can change it.
async fn checked(run: &Run, inside: bool, url: &Url) -> Result<SocketAddr, Why> {
    let pinned = run.settings.resolve.iter().find(|(n, p, _)| n.as_str() == url.host && *p == url.port);
    let found: Vec<IpAddr> = match (url.host.parse::<IpAddr>(), pinned) {
        (Ok(a), _) => vec![a],
        (_, Some((_, _, list))) => list.clone(),
        _ => match names::system(run, &url.host).await {
            Answer::Addresses(list) => list,
            Answer::Failed(words) => return Err(Why::Said(words)),
            Answer::Silent { after_ms } => return Err(Why::TimedOut { after_ms }),
            _ => return Err(Why::Said(format!("{} has no address", url.host))),
        },
    };
    let allowed = found.iter().copied().find(|a| inside || !private(*a));
    allowed.map(|a| SocketAddr::new(a, url.port)).ok_or(Why::AddressRefused)
}

async fn answer(conn: &mut Conn, most: usize) -> Result<Step, Why> {
    let mut all = Vec::with_capacity(8192);
    let (status, location, body_at, length, chunked) = loop {
        if let Some(head) = head(&all)? {
            break head;
        }
        if all.len() > HEAD {
            return Err(Why::OverCap { kept: 0, dropped: count(all.len()) });
        }
        if conn.read_buf(&mut all).await.map_err(said)? == 0 {
            return Err(Why::CutOff { at: count(all.len()) });
        }
    };
    if let (301 | 302 | 303 | 307 | 308, Some(to)) = (status, location) {
        return Ok(Step::Redirect(to));
    }
    if status != 200 {
        return Ok(Step::Got(Got { status, body: vec![] }));
    }
    if length.is_some_and(|n| n > count(most)) {
        return Err(Why::OverCap { kept: 0, dropped: length.unwrap_or(0) });
    }
    let mut body = all.split_off(body_at.min(all.len()));
    loop {
        // A chunked body is a little longer on the wire than in itself.
        if body.len() > most.saturating_add(if chunked { most / 8 + 4096 } else { 0 }) {
            return Err(Why::OverCap { kept: 0, dropped: count(body.len()) });
        }
        if length.is_some_and(|n| count(body.len()) >= n) || chunked && body.ends_with(b"0\r\n\r\n") {
            break;
        }
        if conn.read_buf(&mut body).await.map_err(said)? == 0 {
            break;
        }
    }
    if let Some(n) = length {
        if count(body.len()) < n {
            return Err(Why::CutOff { at: count(body.len()) });
        }
        body.truncate(usize::try_from(n).unwrap_or(most));
    }
    if chunked {
        let at = count(body.len());
        body = unchunked(&body).ok_or(Why::CutOff { at })?;
    }
    if body.len() > most {
        return Err(Why::OverCap { kept: 0, dropped: count(body.len()) });
    }
    Ok(Step::Got(Got { status, body }))
}

type Head = (u16, Option<String>, usize, Option<u64>, bool);

fn head(bytes: &[u8]) -> Result<Option<Head>, Why> {
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut r = httparse::Response::new(&mut lines);
    let used = match r.parse(bytes) {
        Ok(httparse::Status::Complete(n)) => n,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(e) => return Err(Why::Said(format!("not HTTP: {e}"))),
    };
    let field = |name: &str| {
        let h = r.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name));
        h.map(|h| String::from_utf8_lossy(h.value).trim().to_owned())
    };
    let chunked = field("transfer-encoding").is_some_and(|t| t.eq_ignore_ascii_case("chunked"));
    let length = field("content-length").and_then(|l| l.parse().ok()).filter(|_| !chunked);
    Ok(Some((r.code.unwrap_or(0), field("location"), used, length, chunked)))
}

/// RFC 9112 section 7.1.
fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![];
    loop {
        match httparse::parse_chunk_size(bytes).ok()? {
            httparse::Status::Complete((_, 0)) => return Some(out),
            httparse::Status::Complete((at, n)) => {
                let n = usize::try_from(n).ok()?;
                let rest = bytes.get(at..)?;
                out.extend_from_slice(rest.get(..n)?);
                bytes = rest.get(n.checked_add(2)?..)?;
            }
            httparse::Status::Partial => return None,
        }
    }
}

fn said(e: std::io::Error) -> Why {
    Why::Said(e.to_string())
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// An http URL that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Url {
    host: String,
    port: u16,
    path: String,
}

impl Url {
    /// Plain http, port 80 or a high one.
    fn parse(text: &str) -> Option<Url> {
        let rest = text.get(..7).filter(|s| s.eq_ignore_ascii_case("http://")).and_then(|_| text.get(7..))?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end)?;
        if authority.contains('@') || text.len() > 2048 {
            return None;
        }
        // The target reader knows hosts, brackets and paths; without a port it says 443.
        let asked = crate::target::parse(&format!("https://{authority}{tail}")).ok()?.asked;
        let bare = authority.rsplit(']').next().unwrap_or_default();
        let port = if bare.contains(':') { asked.port } else { 80 };
        let host = asked.literal.map_or_else(|| asked.name.to_string(), |a| a.to_string());
        (port == 80 || port >= 1024).then_some(Url { host, port, path: asked.path })
    }
    /// Where a `Location` leads.
    fn join(&self, location: &str) -> Option<Url> {
        if location.contains("://") {
            return Url::parse(location);
        }
        let path = location.strip_prefix('/').filter(|p| !p.starts_with('/'))?;
        Url::parse(&format!("http://{}/{path}", self.authority()))
    }
    fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == 80 { host } else { format!("{host}:{}", self.port) }
    }
}

/// Is it an address that only means something inside (RFC 6890 and its successors in the IANA registries)?
pub(crate) fn private(a: IpAddr) -> bool {
    match a {
        IpAddr::V4(a) => {
            let [x, y, z, _] = a.octets();
            a.is_private()
                || a.is_loopback()
                || a.is_link_local()
                || a.is_multicast()
                || matches!((x, y, z), (0 | 240..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _))
        }
        IpAddr::V6(a) => {
            let embedded = match a.segments() {
                // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to the address that they hold.
                [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(a.to_bits() & 0xffff_ffff),
                [0x2002, ..] => Some((a.to_bits() >> 80) & 0xffff_ffff),
                _ => None,
            };
            let held = a.to_ipv4().or_else(|| embedded.and_then(|e| u32::try_from(e).ok()).map(Into::into));
            a == Ipv6Addr::LOCALHOST
                || a.is_unspecified()
                || a.is_multicast()
                || a.is_unique_local()
                || a.is_unicast_link_local()
                || held.is_some_and(|h| private(IpAddr::V4(h)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_may_be_asked() {
        let u = Url::parse("HTTP://Crl.Example/a?b#c").unwrap();
        assert_eq!((u.host.as_str(), u.port, u.path.as_str()), ("crl.example", 80, "/a?b"));
        assert_eq!(Url::parse("http://[::1]:8080/x").unwrap().authority(), "[::1]:8080");
        for bad in [
            "https://crl.example/",
            "ldap://crl.example/",
            "http://crl.example:22/",
            "http://u:p@crl.example/",
            "http://",
            "file:///etc/passwd",
            "http:///x",
        ] {
            assert_eq!(Url::parse(bad), None, "{bad}");
        }
        assert_eq!(u.join("/other").unwrap().path, "/other");
        assert_eq!(u.join("https://crl.example/"), None);
        assert_eq!(u.join("//other.example/"), None);
    }

    #[test]
    fn private_addresses() {
        for a in [
            "127.0.0.1",
            "10.1.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "::",
            "255.255.255.255",
            "224.0.0.1",
        ] {
            assert!(private(a.parse().unwrap()), "{a}");
        }
        for a in ["203.0.113.5", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "100.128.0.1"] {
            assert!(!private(a.parse().unwrap()), "{a}");
        }
    }

    #[test]
    fn chunked_bodies() {
        assert_eq!(unchunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), Some(b"abcde".to_vec()));
        assert_eq!(unchunked(b"3\r\nab"), None);
        assert_eq!(unchunked(b"ffffffffffffffff\r\nab"), None);
        assert_eq!(unchunked(b"zz\r\n"), None);
    }
}
