//! What people type: what is no target is refused with the reason, what is one is told as it was meant.
use crate::run::{Ran, inert, tlsdiag};
use std::{net::TcpListener, time::Duration};

/// A port of loopback on which nothing listens.
pub(crate) fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn what_is_no_target_is_refused_with_the_reason() {
    let (label, name) = (format!("{}.example", "a".repeat(64)), vec!["abcdefgh"; 40].join("."));
    let long = "x".repeat(9000);
    for (typed, en, ko) in [
        ("", "no target", "대상이 없습니다"),
        ("   ", "no target", "대상이 없습니다"),
        ("a b", "space or control character at character 2", "2번째 글자"),
        ("a\u{1b}[31mb", "space or control character at character 2", "2번째 글자"),
        ("ftp://a.example", "only https:// and http://", "https://와 http://만"),
        ("127.0.0.1:0", "0 is not a port from 1 to 65535", "0은 1부터 65535까지의 포트가 아닙니다"),
        ("a.example:99999", "99999 is not a port", "99999는 1부터 65535까지의 포트가 아닙니다"),
        ("https://", "no host name", "호스트 이름이 없습니다"),
        ("[::1", "written as [address]:port", "[주소]:포트"),
        ("fe80::1%eth0", "with a zone", "영역(zone)"),
        ("1.2.3", "1.2.3 is not an IPv4 address", "1.2.3은 IPv4 주소가 아닙니다"),
        ("one:two:three", "is not an IPv6 address", "IPv6 주소가 아닙니다"),
        ("a_\u{202e}b.example", "a_\\u{202e}b.example", "a_\\u{202e}b.example"),
        ("xn--a", "is not an internationalised name", "xn--a"),
        (&label, "1 to 63 characters", "1~63자"),
        (&name, "at most 253 characters", "253자"),
        (&long, "8192", "8192"),
    ] {
        for (lang, part) in [("en", en), ("ko", ko)] {
            let r = tlsdiag(["--lang", lang, "--", typed]);
            assert_eq!((r.exit, r.out.as_str()), (2, ""), "{typed}: {}", r.err);
            assert!(r.err.starts_with("tlsdiag: ") && r.err.contains(part), "{typed}: {}", r.err);
            assert!(r.err.lines().count() == 1 && r.took < Duration::from_secs(2), "{typed}: {r:?}");
            inert(&r.err);
        }
    }
}

#[test]
fn one_wrong_target_of_several_stops_all_and_each_is_told() {
    let r = tlsdiag(["a.example:0", "ftp://b.example", "c.example"]);
    assert_eq!((r.exit, r.out.as_str(), r.err.lines().count()), (2, "", 2), "{}", r.err);
}

/// `--ca-file` is looked at before anything is asked.
#[test]
fn a_file_without_a_certificate_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let missing = dir.path().join("missing.pem").display().to_string();
    let damaged = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
    for (path, en, ko) in [
        (missing, "No such file", "--ca-file"),
        (file("empty", ""), "there is no certificate in it", "인증서가 들어 있지 않습니다"),
        (file("text", "root:x:0:0"), "there is no certificate in it", "인증서가 들어 있지 않습니다"),
        (file("damaged", damaged), "no certificate could be read from it", "인증서를 읽을 수 없습니다"),
    ] {
        for (lang, part) in [("en", en), ("ko", ko)] {
            let r = tlsdiag(["127.0.0.1", "--lang", lang, "--ca-file", &path]);
            assert_eq!((r.exit, r.out.as_str()), (2, ""));
            assert!(r.err.contains(part) && r.err.contains(&path), "{}", r.err);
        }
    }
}

#[test]
fn a_user_and_a_password_are_never_printed() {
    let port = closed_port();
    for typed in [
        format!("https://admin:geheim@127.0.0.1:{port}/x"),
        format!("admin:geheim@127.0.0.1:{port}"),
        format!("https://admin:ge@heim@127.0.0.1:{port}"),
        "https://admin:geheim@127.0.0.1:0".to_owned(),
        "https://admin:gehe/im@a.example".to_owned(),
    ] {
        for how in [&["-v"][..], &["-vv"], &["-q"], &["--json"], &["--format", "jsonl", "--lang", "ko"]] {
            let r = tlsdiag([typed.as_str()].iter().chain(how));
            let all = format!("{}{}", r.out, r.err);
            assert!(!["geheim", "gehe", "heim", "admin"].iter().any(|w| all.contains(w)), "{typed}: {all}");
            assert_ne!(r.exit, 0);
        }
        let r = tlsdiag([typed.as_str(), "-q"]);
        assert!(r.exit == 2 || r.err.contains("user name and password"), "{}", r.err);
    }
}

fn first_and_note(typed: &str, lang: &str) -> (Ran, String) {
    let r = tlsdiag([typed, "-q", "--lang", lang]);
    assert_eq!((r.exit, r.out.lines().count()), (1, 1), "{typed}: {r:?}");
    let note = r.err.clone();
    (r, note)
}

#[test]
fn the_first_line_shows_the_url_that_was_looked_at() {
    let port = closed_port();
    for (typed, url) in [
        (format!("127.0.0.1:{port}"), format!("https://127.0.0.1:{port}")),
        (format!("https://127.0.0.1:{port}/a?b#c"), format!("https://127.0.0.1:{port}/a?b#c")),
        (format!("http://127.0.0.1:{port}/"), format!("https://127.0.0.1:{port}/")),
        (format!("https:/127.0.0.1:{port}"), format!("https://127.0.0.1:{port}")),
        (format!("https://[::1]:{port}/path"), format!("https://[::1]:{port}/path")),
        (format!("[::1]:{port}"), format!("https://[::1]:{port}")),
    ] {
        let (r, note) = first_and_note(&typed, "en");
        assert!(r.first().starts_with(&format!("{url} does not work: port {port} of ")), "{typed}: {}", r.out);
        assert_eq!(note.contains("an http:// address was given"), typed.starts_with("http://"), "{note}");
        let (r, _) = first_and_note(&typed, "ko");
        assert!(r.first().starts_with(&format!("{url} 사이트가 작동하지 않습니다: ")), "{typed}: {}", r.out);
    }
}

#[test]
fn a_name_in_hangul_is_asked_by_its_a_label() {
    let port = closed_port();
    let pin = format!("xn--3e0b707e.xn--9t4b11yi5a:{port}:127.0.0.1");
    for (lang, note) in [("en", "is xn--3e0b707e.xn--9t4b11yi5a on the network"), ("ko", "xn--3e0b707e")] {
        let r = tlsdiag([&format!("한국.테스트:{port}"), "--resolve", &pin, "--lang", lang]);
        assert_eq!(r.exit, 1);
        assert!(r.first().starts_with(&format!("https://한국.테스트:{port} ")), "{}", r.out);
        assert!(r.err.contains(note) && r.out.contains("xn--3e0b707e.xn--9t4b11yi5a"), "{}", r.err);
    }
}
