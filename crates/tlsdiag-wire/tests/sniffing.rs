//! First bytes of other protocols, as their servers send them, told apart at every length.

#![allow(clippy::unwrap_used, clippy::panic)]

use tlsdiag_wire::sniff::HttpPage;
use tlsdiag_wire::{Protocol, sniff};

fn http(text: &str) -> (Option<u16>, Option<String>, HttpPage) {
    match sniff(text.as_bytes()).protocol {
        Protocol::Http(answer) => (answer.status, answer.server, answer.page),
        other => panic!("{other:?}"),
    }
}

#[test]
fn error_pages_name_their_product() {
    let iis = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=us-ascii\r\nServer: Microsoft-HTTPAPI/2.0\r\n\
               Connection: close\r\nContent-Length: 326\r\n\r\n<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD><BODY>\
               <h2>Bad Request - Invalid Verb</h2><p>HTTP Error 400. The request verb is invalid.</p>";
    assert_eq!(http(iis), (Some(400), Some("Microsoft-HTTPAPI/2.0".into()), HttpPage::HttpSysBadRequest));
    let nginx = "HTTP/1.1 400 Bad Request\r\nServer: nginx/1.26.0\r\n\r\n<html><center>The plain HTTP request was sent to \
                 HTTPS port</center></html>";
    assert_eq!(http(nginx).2, HttpPage::NginxPlainToTls);
    assert!(http(nginx).2.says_tls_expected());
    assert_eq!(http("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>").2, HttpPage::NginxBadRequest);
    let apache = "HTTP/1.1 400 Bad Request\r\nServer: Apache/2.4\r\n\r\nReason: You're speaking plain HTTP to an \
                  SSL-enabled server port.<br />";
    assert_eq!(http(apache).2, HttpPage::ApachePlainToTls);
    assert_eq!(
        http("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n").2,
        HttpPage::GoPlainToTls
    );
    let haproxy = "HTTP/1.1 400 Bad request\r\nContent-length: 90\r\n\r\n<html><body><h1>400 Bad request</h1>\nYour browser \
                   sent an invalid request.\n</body></html>";
    assert_eq!(http(haproxy).2, HttpPage::HaproxyBadRequest);
    assert_eq!(
        http("<!DOCTYPE HTML><title>Error response</title>Message: Bad request version ('\\xc0\\x14').").2,
        HttpPage::PythonBadRequest
    );
    assert_eq!(
        http("HTTP/1.1 301 Moved Permanently\r\nserver: x\r\n\r\n"),
        (Some(301), Some("x".into()), HttpPage::Other)
    );
}

#[test]
fn an_unfinished_http_answer_asks_for_more_until_it_is_clear() {
    let text = b"HTTP/1.1 400 Bad Request\r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n";
    for n in 0..30 {
        assert!(sniff(&text[..n]).needs_more, "{n}");
    }
    assert!(!sniff(text).needs_more);
}

#[test]
fn greetings_and_binary_answers() {
    let cases: &[(&[u8], Protocol)] = &[
        (b"220 mx.example ESMTP Postfix\r\n", Protocol::Smtp),
        (b"220-mx.example ESMTP Exim 4.97\r\n220 no spam\r\n", Protocol::Smtp),
        (b"554 5.7.1 no\r\n", Protocol::Smtp),
        (b"220 ProFTPD Server ready\r\n", Protocol::Ftp),
        (b"220-Welcome\r\n220-to our files\r\n220 FTP ready\r\n", Protocol::Ftp),
        (b"220 ready\r\n", Protocol::SmtpOrFtp),
        (b"+OK Dovecot ready.\r\n", Protocol::Pop3),
        (b"-ERR unknown command '\x16\x03\x01'\r\n", Protocol::Redis),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", Protocol::Imap),
        (b"200 news.example InterNetNews NNRP server ready\r\n", Protocol::Nntp),
        (b"\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n", Protocol::ManageSieve),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Protocol::Ssh),
        (b"Welcome to the jump host\r\nSSH-2.0-dropbear\r\n", Protocol::Ssh),
        (b"\x4a\x00\x00\x00\x0a8.0.36\0", Protocol::MySql),
        (b"\x45\x00\x00\x00\xff\x6a\x04Host '10.0.0.1' is not allowed", Protocol::MySql),
        (b"E\0\0\0\x8cSFATAL\0VFATAL\0C0A000\0", Protocol::PostgreSql),
        (b"EFATAL:  unsupported frontend protocol 5635.256: server supports 2.0 to 3.0\n\0", Protocol::PostgreSql),
        (b"\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", Protocol::Rdp),
        (b"\x30\x24\x02\x01\x00\x78\x1f\x0a\x01\x02", Protocol::Ldap),
        (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'", Protocol::Xmpp),
        (b"ERROR\r\n", Protocol::Memcached),
        (b"\x20\x02\x00\x01", Protocol::Mqtt),
        (b"AMQP\x00\x00\x09\x01", Protocol::Amqp),
        (b"\x05\xff", Protocol::Socks),
        (b"\x00\x5b\x00\x00\x00\x00\x00\x00", Protocol::Socks),
        (b"RFB 003.008\n", Protocol::Vnc),
        (b"\xff\xfd\x18\xff\xfd\x20", Protocol::Telnet),
        (b":irc.example NOTICE * :*** Looking up your hostname...\r\n", Protocol::Irc),
        (b"\x00\x00\x0c\x04\x00\x00\x00\x00\x00\x00\x03", Protocol::Http2),
        (b"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00", Protocol::Http2),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Protocol::Http2),
        (b"GET / HTTP/1.1\r\n", Protocol::HttpRequest),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n", Protocol::ProxyHeader),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c", Protocol::ProxyHeader),
        (b"\x15\x03\x01\x00\x02\x02\x28", Protocol::Tls),
        (b"\x80\x03\x00\x00\x01", Protocol::Sslv2),
        (b"\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad", Protocol::Unknown),
    ];
    for (bytes, protocol) in cases {
        let whole = sniff(bytes);
        assert_eq!(&whole.protocol, protocol, "{}", bytes.escape_ascii());
        assert!(!whole.needs_more, "{} is settled", bytes.escape_ascii());
        assert!(!whole.matched.is_empty());
        // A prefix may be open, or settled for good; it is never settled for something else.
        for cut in 1..bytes.len() {
            let part = sniff(&bytes[..cut]);
            let shown = bytes[..cut].escape_ascii();
            assert!(part.needs_more || &part.protocol == protocol, "{shown} was settled as {:?}", part.protocol);
        }
    }
    assert!(sniff(b"").needs_more);
    assert_eq!((sniff(b"hello there\r\n").protocol, sniff(b"hello there\r\n").needs_more), (Protocol::Text, true));
    assert!(!sniff(&b"hello there\r\n".repeat(20)).needs_more);
}
