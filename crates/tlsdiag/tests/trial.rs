//! `tlsdiag trial`: good and bad files, its end, and its visitors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by a panic what is wrong")]
mod made;

use made::{HOST, Made, Ran, ran, tlsdiag, tool};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command},
    time::{Duration, Instant},
};

fn trial(made: &Made, args: &[&str]) -> Ran {
    ran(tlsdiag().current_dir(made.dir.path()).args(["trial", "--for", "1"]).args(args))
}

fn site() -> Made {
    let m = Made::new();
    m.file("full.pem", &format!("{}{}", m.leaf, m.issuer));
    m.file("site.key", &m.key);
    m.file("root.pem", &m.root);
    m
}

/// A trial that goes on, and the port of its server.
fn going_on(made: &Made, args: &[&str]) -> (Child, u16, BufReader<std::process::ChildStdout>) {
    let mut child = tlsdiag().current_dir(made.dir.path()).arg("trial").args(args).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("https://127.0.0.1:") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "no address was told");
    }
    let port = line.split("https://127.0.0.1:").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    (child, port, out)
}

#[test]
fn good_files_are_accepted_by_every_client() {
    let m = site();
    for (lang, words, good) in
        [("en", "and its private key work\n", "  good "), ("ko", "개인 키가 작동합니다\n", "  정상 ")]
    {
        let r = trial(&m, &["full.pem", "site.key", "--ca-file", "root.pem", "--lang", lang]);
        let first = r.raw.lines().next().unwrap_or_default().to_owned() + "\n";
        assert!(r.exit == 0 && first.contains(words) && first.contains(HOST), "{r:?}");
        for client in ["rustls", "rustls, TLS 1.2 only", "rustls, without SNI"] {
            let row = r.raw.lines().find(|l| l.trim_start_matches(['✓', ' ']).starts_with(client)).unwrap();
            assert!(row.starts_with("  ✓ ") && row.contains(good), "{row}");
        }
        for (name, row) in [("openssl", "s_client"), ("curl", "curl "), ("gnutls-cli", "gnutls-cli ")] {
            if tool(name, &[if name == "openssl" { "version" } else { "--version" }]).is_some() {
                let row = r.raw.lines().find(|l| l.contains(row)).unwrap_or_else(|| panic!("{name}: {}", r.out));
                assert!(row.contains(good), "{row}");
            }
        }
    }
}

#[test]
fn a_certificate_that_nobody_trusts_is_told_from_a_key_that_does_not_work() {
    let m = site();
    let r = trial(&m, &["full.pem", "site.key"]);
    assert!(r.exit == 1 && r.out.contains("private key") && r.out.contains("do not accept the certificate"), "{r:?}");
    assert!(r.out.contains("UnknownIssuer"), "{r:?}");
    let r = trial(&m, &["full.pem", "site.key", "--ca-file", "root.pem", "--name", "other.made.test"]);
    assert!(r.exit == 1 && r.out.contains("do not accept the certificate"), "{r:?}");
    // another key: nothing is served
    let (_, other) = m.another("other.made.test");
    m.file("other.key", &other);
    for (lang, words) in [("en", "is not that of the certificate"), ("ko", "의 것이 아닙니다")] {
        let r = trial(&m, &["full.pem", "other.key", "--lang", lang]);
        assert!(r.exit == 1 && r.err.contains(words) && r.out.is_empty(), "{r:?}");
    }
    let r = trial(&m, &["full.pem"]);
    assert!(r.exit == 2 && r.err.contains("the private key is needed"), "{r:?}");
}

#[test]
fn a_file_in_the_wrong_order_serves_but_is_not_good() {
    let m = site();
    m.file("turned.pem", &format!("{}{}", m.issuer, m.leaf));
    let r = trial(&m, &["turned.pem", "site.key", "--ca-file", "root.pem"]);
    assert!(r.exit == 1 && r.out.contains("turned.pem begins with Made Issuing CA"), "{r:?}");
}

#[test]
fn a_fresh_self_signed_certificate_works_and_leaves_nothing() {
    let m = Made::new();
    let r = trial(&m, &["--self-signed", "shop.example"]);
    assert!(r.exit == 0 && r.out.contains("a new self-signed certificate for shop.example works"), "{r:?}");
    assert_eq!(std::fs::read_dir(m.dir.path()).unwrap().count(), 0);
}

#[test]
fn it_ends_in_time_while_clients_hold_on() {
    let m = site();
    let begun = Instant::now();
    let (mut child, port, mut out) =
        going_on(&m, &["full.pem", "site.key", "--ca-file", "root.pem", "--for", "6", "--name", HOST]);
    // one says nothing, one only half of a hello
    let silent = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut half = TcpStream::connect(("127.0.0.1", port)).unwrap();
    half.write_all(&[0x16, 3, 1, 2, 0, 1]).unwrap();
    // a browser meanwhile
    let page = tool("curl", &["-q", "-sk", &format!("https://127.0.0.1:{port}/")]);
    let status = child.wait().unwrap();
    let took = begun.elapsed();
    assert_eq!(status.code(), Some(0));
    assert!(took > Duration::from_secs(5) && took < Duration::from_secs(12), "{took:?}");
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    if let Some(page) = page {
        assert!(page.out.contains("<h1>The certificate and its private key work</h1>"), "{page:?}");
        assert!(rest.contains("the page was opened by others, TLS 1.3: 1"), "{rest}");
    }
    assert!(rest.contains("nothing is served any more"), "{rest}");
    drop((silent, half));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_at_once() {
    let m = site();
    let (mut child, port, _out) = going_on(&m, &["full.pem", "site.key", "--ca-file", "root.pem", "--for", "120"]);
    let begun = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn only_this_machine_reaches_it_unless_asked() {
    let m = site();
    let r = trial(&m, &["--self-signed", "shop.example"]);
    assert!(r.out.contains("served on 127.0.0.1:"), "{r:?}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let r = trial(&m, &["--self-signed", "shop.example", "--listen", &at]);
    assert!(r.exit == 2 && r.err.contains(&at), "{r:?}");
}

#[test]
fn old_keys_are_refused_with_the_reason() {
    let m = Made::new();
    let (key, crt) = (m.at("old.key"), m.at("old.crt"));
    let args =
        ["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=old.made.test", "-days", "30", "-keyout"];
    let Some(v) = tool("openssl", &[&args[..], &[made::s(&key), "-out", made::s(&crt)]].concat()) else { return };
    assert_eq!(v.exit, 0, "{v:?}");
    for (lang, words) in
        [("en", "RSA 1024 keys cannot be tried here"), ("ko", "RSA 1024 키는 여기서 시험할 수 없습니다")]
    {
        let r = trial(&m, &["old.crt", "old.key", "--lang", lang]);
        assert!(r.exit == 2 && r.err.contains(words), "{r:?}");
    }
}
