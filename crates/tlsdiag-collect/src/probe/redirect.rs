//! Redirects that stay on the target: followed until they leave it, end, or come back to where they have been.
use super::{
    GRACE,
    clock::ms,
    converse::Peer,
    full,
    http::{self, Answer, Request},
    net::{NoConn, connect},
    run::Run,
};
use crate::target;
use std::net::SocketAddr;
use tlsdiag_model::facts::{HttpEnd, HttpVersion};

/// Most hops that are followed.
const HOPS: usize = 10;

/// Where redirects led.
pub(crate) struct Trail {
    /// How the last request ended.
    pub end: HttpEnd,
    /// The URLs, in order.
    pub followed: Vec<String>,
    /// The last of them had been asked before.
    pub loops: bool,
}

/// A page of the target: over TLS on its own port, or plain on any port of the same machine.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    tls: bool,
    port: u16,
    path: String,
}

/// Follows the redirect in an answer to a path over TLS.
pub(crate) async fn follow(run: &Run, peer: &Peer, path: &str, first: Answer) -> Trail {
    let mut at = Spot { tls: true, port: peer.at.port(), path: path.to_owned() };
    let mut cookies: Vec<String> = vec![];
    let mut been = vec![(at.clone(), cookies.clone())];
    let mut trail = Trail { end: first.end.clone(), followed: vec![], loops: false };
    let mut answer = first;
    for _ in 0..HOPS {
        let Some(location) = location(&answer.end) else { break };
        remember(&mut cookies, &answer.cookies);
        let Some(next) = resolve(run, peer, &at, &location) else { break };
        trail.followed.push(url(peer, &next));
        // A page that is asked again with another cookie may answer otherwise.
        let here = (next.clone(), cookies.clone());
        if been.contains(&here) {
            trail.loops = true;
            break;
        }
        been.push(here);
        let got = if next.tls {
            full::page(run, peer, &next.path, &cookies.join("; ")).await
        } else {
            plain(run, peer, &next, &cookies.join("; ")).await
        };
        at = next;
        let Some(got) = got else { break };
        trail.end = got.end.clone();
        answer = got;
    }
    trail
}

fn location(end: &HttpEnd) -> Option<String> {
    match end {
        HttpEnd::Status { status: 301 | 302 | 303 | 307 | 308, location: Some(l), .. } => Some(l.clone()),
        _ => None,
    }
}

/// Keeps the latest value of each cookie; a handful is enough to tell a loop from a log-in.
fn remember(jar: &mut Vec<String>, new: &[String]) {
    for cookie in new.iter().filter(|c| c.len() <= 4096 && c.is_ascii() && !c.bytes().any(|b| b.is_ascii_control())) {
        let name = |c: &str| c.split('=').next().unwrap_or_default().to_owned();
        jar.retain(|old| name(old) != name(cookie));
        if jar.len() < 16 {
            jar.push(cookie.clone());
        }
    }
}

/// Where a `Location` leads, if that is on the target (RFC 3986 section 5.2).
fn resolve(run: &Run, peer: &Peer, at: &Spot, location: &str) -> Option<Spot> {
    let location = location.split('#').next().unwrap_or_default().trim();
    let low = location.to_ascii_lowercase();
    let absolute = if low.starts_with("http://") || low.starts_with("https://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{}:{location}", if at.tls { "https" } else { "http" })
    } else {
        // Another scheme, such as `mailto:`.
        let scheme = low.split(':').next().filter(|s| s.len() < low.len());
        if scheme.is_some_and(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)))
        {
            return None;
        }
        return Some(Spot { path: relative(&at.path, location), ..at.clone() });
    };
    let tls = absolute.to_ascii_lowercase().starts_with("https://");
    let rest = absolute.split_once("://").map(|(_, r)| r)?;
    let port_given = authority_has_port(rest);
    let asked = target::parse(&format!("https://{rest}")).ok()?.asked;
    let same = match (&peer.name, asked.literal) {
        (_, Some(a)) => a == peer.at.ip(),
        (Some(n), None) => asked.name == *n,
        (None, None) => false,
    };
    let port = if port_given {
        asked.port
    } else if tls {
        443
    } else {
        run.settings.plain_port
    };
    (same && (!tls || port == peer.at.port())).then_some(Spot { tls, port, path: asked.path })
}

fn authority_has_port(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.rsplit(']').next().is_some_and(|tail| tail.contains(':'))
}

fn relative(base: &str, location: &str) -> String {
    let (base_path, _) = base.split_once('?').unwrap_or((base, ""));
    let (path, query) = match location.split_once('?') {
        Some((p, q)) => (p, Some(q)),
        None => (location, None),
    };
    let merged = if path.is_empty() {
        if query.is_none() {
            return base.to_owned();
        }
        base_path.to_owned()
    } else if path.starts_with('/') {
        path.to_owned()
    } else {
        let folder = base_path.rsplit_once('/').map_or("", |(f, _)| f);
        format!("{folder}/{path}")
    };
    let mut out = without_dots(&merged);
    if let Some(q) = query {
        out.push('?');
        out.push_str(q);
    }
    // What a request line may not hold is written as browsers write it.
    target::parse(&format!("https://x{out}")).map_or(out, |t| t.asked.path)
}

/// RFC 3986 section 5.2.4.
fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = vec![];
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." if last => out.push(""),
            "." => {}
            ".." => {
                out.pop();
                if last {
                    out.push("");
                }
            }
            p => out.push(p),
        }
    }
    format!("/{}", out.join("/"))
}

fn url(peer: &Peer, s: &Spot) -> String {
    let site = full::site(peer.name.as_ref(), peer);
    let (scheme, default) = if s.tls { ("https", 443) } else { ("http", 80) };
    let port = if s.port == default { String::new() } else { format!(":{}", s.port) };
    format!("{scheme}://{site}{port}{}", s.path)
}

/// One page of the plain site beside the target.
async fn plain(run: &Run, peer: &Peer, spot: &Spot, cookies: &str) -> Option<Answer> {
    let to = SocketAddr::new(peer.at.ip(), spot.port);
    match connect(run, to, None, run.settings.timeout).await {
        Ok(mut conn) => {
            let request = Request {
                authority: peer.authority(to.port(), 80),
                path: spot.path.clone(),
                agent: run.settings.user_agent.clone(),
                cookies: cookies.to_owned(),
                timeout: run.settings.timeout,
                deadline: tokio::time::Instant::now() + run.settings.timeout + GRACE,
            };
            Some(http::ask(&mut conn, HttpVersion::One, &request).await)
        }
        Err(NoConn::OverBudget) => None,
        Err(NoConn::End(_)) => Some(Answer::bare(HttpEnd::Silent { after_ms: ms(run.settings.timeout) })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_references_of_rfc_3986() {
        for (base, location, path) in [
            ("/b/c/d?q", "g", "/b/c/g"),
            ("/b/c/d?q", "./g", "/b/c/g"),
            ("/b/c/d?q", "../g", "/b/g"),
            ("/b/c/d?q", "../../../g", "/g"),
            ("/b/c/d?q", "/g", "/g"),
            ("/b/c/d?q", "?y", "/b/c/d?y"),
            ("/b/c/d?q", "", "/b/c/d?q"),
            ("/b/c/d?q", ".", "/b/c/"),
            ("/", "a b", "/a b"),
        ] {
            assert_eq!(relative(base, location), path, "{location}");
        }
    }

    #[test]
    fn cookies_are_replaced_by_name() {
        let mut jar = vec![];
        remember(&mut jar, &["a=1".into(), "b=2".into()]);
        remember(&mut jar, &["a=3".into(), "evil=\r\nX: y".into()]);
        assert_eq!(jar, ["b=2", "a=3"]);
    }

    #[test]
    fn a_port_is_told_from_an_address() {
        assert!(authority_has_port("a.example:8443/x") && authority_has_port("[::1]:1/"));
        assert!(!authority_has_port("a.example/x:1") && !authority_has_port("[::1]/"));
        assert!(!authority_has_port("user:pass@a.example/"));
    }
}
