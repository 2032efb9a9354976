//! The little page that says that it works, and the little HTTP around it.
use tlsdiag_model::{Arg, Lang, escape, say};
use tlsdiag_pki::Certificate;

/// The longest head of a request that is read.
pub(crate) const HEAD: usize = 16 << 10;

/// Whether the head of a request is whole.
pub(crate) fn whole(head: &[u8]) -> bool {
    head.windows(4).any(|w| w == b"\r\n\r\n") || head.windows(2).any(|w| w == b"\n\n")
}

/// The answer to a request: the page to GET and HEAD of anything but a browser's wish for an icon.
pub(crate) fn answer(head: &[u8], page: &str) -> Vec<u8> {
    let line = head.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let mut words = line.split(|b| *b == b' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (method, path) {
        (b"GET" | b"HEAD", b"/favicon.ico") => response("404 Not Found", "", false),
        (b"GET", _) => response("200 OK", page, true),
        (b"HEAD", _) => response("200 OK", page, false),
        _ => response("405 Method Not Allowed", "", false),
    }
}

/// What is said to plain http on this port.
pub(crate) fn plain() -> Vec<u8> {
    response("400 Bad Request", "this port speaks https\n", true)
}

fn response(status: &str, body: &str, with_body: bool) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut out = head.into_bytes();
    if with_body {
        out.extend_from_slice(body.as_bytes());
    }
    out
}

/// The page about a certificate, with the version and suite of the connection.
pub(crate) fn page(leaf: &Certificate, made: bool, connection: &str, lang: Lang) -> String {
    let code = if lang == Lang::Ko { "ko" } else { "en" };
    let title = say!("The certificate and its private key work", "인증서와 개인 키가 작동합니다");
    let what = if made {
        say!(
            "This is a self-signed certificate made for the trial. If this page opens and your site does not, the certificate, its key or the binding of your site is at fault, not the way to it.",
            "시험용으로 만든 자체 서명 인증서입니다. 이 페이지는 열리는데 사이트가 열리지 않는다면 경로가 아니라 사이트의 인증서, 키 또는 바인딩이 문제입니다."
        )
    } else {
        say!(
            "If your site does not work with these files, look at the server's configuration: the files are not the reason.",
            "이 파일들로 사이트가 작동하지 않는다면 서버 설정을 확인하세요. 파일이 원인이 아닙니다."
        )
    };
    let row = say!(
        "{name}; issued by {issuer}; until {until}; thumbprint {thumbprint}; {connection}",
        "{name}; 발급자 {issuer}; {until}까지; 지문 {thumbprint}; {connection}",
        name = Arg::quote(&leaf.subject),
        issuer = Arg::quote(&leaf.issuer),
        until = Arg::Date(leaf.not_after.saturating_mul(1000)),
        thumbprint = Arg::term(leaf.thumbprint),
        connection = Arg::term(connection)
    );
    let (title, what, row) = (html(&title.render(lang)), html(&what.render(lang)), html(&row.render(lang)));
    format!(
        "<!doctype html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:1.1em sans-serif;max-width:40em;margin:3em auto;padding:0 1em}}</style></head>\n\
         <body><h1>{title}</h1>\n<p>{what}</p>\n<p>{row}</p>\n<p>tlsdiag trial</p></body></html>\n"
    )
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let status = |head: &[u8]| String::from_utf8(answer(head, "page")).unwrap();
        assert!(status(b"GET / HTTP/1.1\r\n\r\n").ends_with("\r\n\r\npage"));
        assert!(status(b"HEAD / HTTP/1.1\r\n\r\n").contains("Content-Length: 4"));
        assert!(!status(b"HEAD / HTTP/1.1\r\n\r\n").ends_with("page"));
        assert!(status(b"GET /favicon.ico HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
        assert!(status(b"POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
        assert!(status(b"\x16\x03\x01").starts_with("HTTP/1.1 405 "));
    }

    #[test]
    fn names_cannot_write_html() {
        assert_eq!(html("<b>&'\"\u{202e}"), "&lt;b&gt;&amp;&#39;&quot;\\u{202e}");
    }
}
