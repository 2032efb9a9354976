//! The ways in which the same certificate is written, and what is no certificate.
use crate::made::{HOST, Made};
use crate::{codes, is, only, target};
use std::fs;
use std::time::Duration;

#[test]
fn der_windows_line_ends_and_notepads_encodings_are_read() {
    let m = Made::new();
    m.leaf("site", "ec");
    let full = m.read("site.crt") + &m.read("int.crt");
    let key = m.read("site.key");
    let crlf = |s: &str| s.replace('\n', "\r\n");
    let utf16 =
        |s: &str| [0xff, 0xfe].into_iter().chain(s.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>();
    for (name, cert, good) in [
        ("crlf", crlf(&full).into_bytes(), true),
        ("text", format!("Bag Attributes\n  friendlyName: x\n{full}\n\nend\n").into_bytes(), true),
        ("bom", format!("\u{feff}{full}").into_bytes(), false),
        ("utf16", utf16(&crlf(&full)), false),
    ] {
        let dir = m.path(name);
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("site.pem"), cert).unwrap();
        fs::write(dir.join("site.key"), &key).unwrap();
        let doc = only(&m.tlsdiag(&dir, &["site.pem", "site.key", "--json", "--name", HOST]));
        let t = target(&doc, 0);
        assert_eq!((t.0.as_str(), t.3.as_str()), ("site.pem + site.key", "ok"), "{name}: {:?}", codes(&doc));
        assert_eq!(t.1 == "works", good, "{name}: {:?}", codes(&doc));
    }
    m.openssl(&["x509", "-in", "site.crt", "-outform", "DER", "-out", "site.der"]);
    let dir = m.path("binary");
    fs::create_dir(&dir).unwrap();
    fs::copy(m.path("site.der"), dir.join("site.cer")).unwrap();
    let doc = only(&m.tlsdiag(&dir, &["site.cer", "--json"]));
    assert_eq!(target(&doc, 0).0, "site.cer");
    m.openssl(&["crl2pkcs7", "-nocrl", "-certfile", "site.crt", "-certfile", "int.crt", "-out", "site.p7b"]);
    fs::copy(m.path("site.p7b"), dir.join("site.p7b")).unwrap();
    let doc = only(&m.tlsdiag(&dir, &["site.p7b", "--json"]));
    assert_eq!((target(&doc, 0).0.as_str(), target(&doc, 0).3.as_str()), ("site.p7b", "ok"));
}

#[test]
fn standard_input_is_read() {
    let m = Made::new();
    m.leaf("site", "ec");
    fs::write(m.path("both.pem"), m.read("site.crt") + &m.read("int.crt") + &m.read("site.key")).unwrap();
    let mut c = crate::run::command();
    c.args(["-", "--offline", "--json", "--ca-file"]).arg(m.path("root.crt"));
    c.stdin(fs::File::open(m.path("both.pem")).unwrap());
    let doc = only(&crate::run::wait(c));
    is(target(&doc, 0), "standard input", "works", "ok", "ok");
}

#[test]
fn what_is_no_file_to_read_is_refused_at_once() {
    let m = Made::new();
    m.write("empty.pem", "");
    m.write("text.pem", "root:x:0:0");
    fs::create_dir(m.path("nothing")).unwrap();
    let small = Duration::from_secs(5);
    for (typed, exit, part) in [
        ("missing.pem", 2, "missing.pem: there is no such file or folder"),
        ("./missing", 2, "there is no such file or folder"),
        ("empty.pem", 3, ""),
        ("text.pem", 3, ""),
        ("nothing", 3, ""),
    ] {
        let r = m.tlsdiag(m.dir(), &[typed]);
        assert!(r.took < small && r.err.contains(part), "{typed}: {r:?}");
        assert!(r.exit == exit || exit == 3 && r.exit == 1, "{typed}: {r:?}");
        assert_eq!(exit == 2, r.out.is_empty(), "{typed}: {r:?}");
    }
    #[cfg(unix)]
    {
        for typed in ["/dev/zero", "/dev/null"] {
            let r = m.tlsdiag(m.dir(), &[typed]);
            assert!(r.exit == 2 && r.err.contains("it is a device, not a file") && r.took < small, "{r:?}");
        }
        let pipe = m.path("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if made.is_ok_and(|s| s.success()) {
            let r = m.tlsdiag(m.dir(), &["pipe"]);
            assert!(r.exit == 2 && r.err.contains("it is a pipe") && r.took < small, "{r:?}");
        }
        let big = fs::File::create(m.path("big.pem")).unwrap();
        big.set_len(65 << 20).unwrap();
        let r = m.tlsdiag(m.dir(), &["big.pem"]);
        assert!(r.exit == 2 && r.err.contains("files up to 67108864 bytes are read"), "{r:?}");
    }
}

#[test]
fn a_file_named_like_a_host_is_read_and_the_way_to_the_host_is_told() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("named", &[("site.crt+int.crt", "www.example.kr")]);
    let r = m.tlsdiag(&dir, &["www.example.kr"]);
    assert_eq!((r.exit, r.first()), (0, "www.example.kr: good"), "{}", r.err);
    assert!(r.err.contains("the host is https://www.example.kr"), "{}", r.err);
}

#[test]
fn a_site_and_files_are_judged_together_and_the_site_names_the_host() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("both", &[("site.crt+int.crt", "fullchain.pem"), ("site.key", "site.key")]);
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (site, pin) = (format!("https://other.example.kr:{closed}"), format!("other.example.kr:{closed}:127.0.0.1"));
    let r = m.tlsdiag(&dir, &["fullchain.pem", "site.key", &site, "--resolve", &pin, "--json"]);
    let doc = r.json();
    let targets: Vec<_> = (0..2).map(|i| target(&doc, i)).collect();
    let files = targets.iter().find(|t| t.0 == "fullchain.pem + site.key").unwrap();
    assert_eq!(files.1, "broken", "{:?}", codes(&doc));
    assert!(codes(&doc).contains(&"TD2530".to_owned()), "{:?}", codes(&doc));
    assert!(targets.iter().any(|t| t.0 == site && t.1 == "broken"));
}
