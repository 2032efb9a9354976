//! Redirects, the plain site beside, and the words of error pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod common;
use common::*;
use rustls::version::TLS13;
use std::sync::{Arc, OnceLock};
use tlsdiag_collect::Settings;
use tlsdiag_model::facts::{ConnectEnd, HttpAnswer, HttpEnd, Opening, Over, Spoke};

fn answer(l: &Looked) -> HttpAnswer {
    let case = l.case();
    assert_eq!(case.http_answers.len(), 1);
    assert_eq!(case.http_answers[0].what.over, Over::Tls);
    case.http_answers[0].what.clone()
}

fn moved(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

fn status(end: &HttpEnd) -> u16 {
    match end {
        HttpEnd::Status { status, .. } => *status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn redirects_are_followed_on_the_site_only() {
    let at = https(config(&[&TLS13], &["http/1.1"]), |path, _| match path {
        "/" => moved("a/b?x=1"),
        "/a/b?x=1" => moved("../end"),
        "/end" => "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n".into(),
        _ => "HTTP/1.1 404 Not Found\r\n\r\n".into(),
    });
    let l = look(at, settings());
    let a = answer(&l);
    let p = at.port();
    assert_eq!(a.followed, [format!("https://{SITE}:{p}/a/b?x=1"), format!("https://{SITE}:{p}/end")]);
    assert!(matches!(a.end, HttpEnd::Status { status: 200, hsts: true, .. }) && !a.loops);
    assert_eq!((a.path.as_str(), l.probe.connections()), ("/", 4));

    let at = https(config(&[&TLS13], &["http/1.1"]), |_, _| moved("https://elsewhere.test/login"));
    let a = answer(&look(at, settings()));
    assert!(a.followed.is_empty() && !a.loops);
    assert!(matches!(a.end, HttpEnd::Status { status: 302, location: Some(l), .. } if l.contains("elsewhere")));
}

#[test]
fn loops_are_told_from_log_ins() {
    let at = https(config(&[&TLS13], &["http/1.1"]), |path, _| moved(if path == "/" { "/b" } else { "/" }));
    let a = answer(&look(at, settings()));
    assert!(a.loops && a.followed.len() == 2 && a.followed[1].ends_with('/'), "{a:?}");

    // The same page again, with the cookie that it set.
    let at = https(config(&[&TLS13], &["http/1.1"]), |_, request| {
        if request.contains("Cookie: seen=1") {
            OK.to_owned()
        } else {
            "HTTP/1.1 302 Found\r\nLocation: /\r\nSet-Cookie: seen=1; Path=/\r\nContent-Length: 0\r\n\r\n".into()
        }
    });
    let a = answer(&look(at, settings()));
    assert_eq!((status(&a.end), a.loops, a.followed.len()), (200, false, 1));

    // Ever new pages: ten hops and no more.
    let at = https(config(&[&TLS13], &["http/1.1"]), |path, _| moved(&format!("{path}x")));
    let l = look(at, settings());
    let a = answer(&l);
    assert_eq!((a.followed.len(), a.loops, l.probe.connections()), (10, false, 12));
}

#[test]
fn ping_pong_between_http_and_https() {
    let port: Arc<OnceLock<u16>> = Arc::default();
    let to = Arc::clone(&port);
    let plain = http(move |_| moved(&format!("https://{SITE}:{}/", to.get().unwrap())).into_bytes());
    let at = https(config(&[&TLS13], &["http/1.1"]), move |_, _| moved(&format!("http://{SITE}:{}/", plain.port())));
    port.set(at.port()).unwrap();
    let l = look(at, Settings { plain_port: plain.port(), ..settings() });
    let a = answer(&l);
    assert!(a.loops, "{a:?}");
    assert_eq!(a.followed, [format!("http://{SITE}:{}/", plain.port()), format!("https://{SITE}:{}/", at.port())]);
}

#[test]
fn the_plain_site_beside_is_talked_to() {
    let plain = http(|path| {
        assert_eq!(path, "/");
        b"HTTP/1.1 301 Moved\r\nServer: p\r\nLocation: https://site.test/\r\n\r\n".to_vec()
    });
    let at = https(config(&[&TLS13], &[]), |_, _| OK.to_owned());
    let case = look(at, Settings { plain_port: plain.port(), ..settings() }).case();
    assert_eq!(case.talks.len(), 1);
    let t = &case.talks[0].what;
    assert_eq!((t.port, t.opening), (plain.port(), Opening::HttpGet));
    let Spoke::Http { status: 301, server: Some(s), location: Some(l), wants_tls: false } = &t.spoke else {
        panic!("{t:?}")
    };
    assert_eq!((s.as_str(), l.as_str()), ("p", "https://site.test/"));
    assert!(case.connects.iter().any(|c| c.what.port == plain.port() && c.what.end == ConnectEnd::Open));
    // No plain site: the connect says so, and there is no talk.
    let closed = std::net::TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
    let at = https(config(&[&TLS13], &[]), |_, _| OK.to_owned());
    let case = look(at, Settings { plain_port: closed, ..settings() }).case();
    assert!(case.talks.is_empty());
    assert!(case.connects.iter().any(|c| c.what.port == closed && c.what.end == ConnectEnd::Refused));
}

#[test]
fn the_path_that_was_asked_for_and_the_words_of_the_page() {
    let at = https(config(&[&TLS13], &["http/1.1"]), |path, request| {
        assert!(request.contains(&format!("Host: {SITE}:")) && request.contains("User-Agent: tlsdiag/"));
        assert_eq!(path, "/deep?q=1");
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<center>No required SSL certificate was sent</center>".into()
    });
    let a = answer(&look_path(at, settings(), "/deep?q=1"));
    let HttpEnd::Status { status: 400, detail: Some(d), .. } = &a.end else { panic!("{a:?}") };
    assert_eq!((d.as_str(), a.path.as_str()), ("No required SSL certificate was sent", "/deep?q=1"));
}

#[test]
fn what_is_no_http_inside_tls() {
    let at = https(config(&[&TLS13], &[]), |_, _| "SSH-2.0-x\r\n".into());
    assert!(matches!(answer(&look(at, settings())).end, HttpEnd::Garbled(_)));
    let at = https(config(&[&TLS13], &[]), |_, _| String::new());
    assert_eq!(answer(&look(at, settings())).end, HttpEnd::Closed);
    let at = https(config(&[&TLS13], &[]), |_, _| format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(200_000)));
    assert!(matches!(answer(&look(at, settings())).end, HttpEnd::Garbled(_)));
}
