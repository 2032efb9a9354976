//! Every form in which people write a target, and what is wrong with what is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use proptest::prelude::*;
use std::net::IpAddr;
use tlsdiag_collect::target::{Fault, Target, parse};
use tlsdiag_model::Lang;

#[test]
fn targets() {
    for (text, name, port, path) in [
        ("example.com", "example.com", 443, "/"),
        ("Example.COM.", "example.com", 443, "/"),
        ("example.com:8443", "example.com", 8443, "/"),
        ("https://example.com", "example.com", 443, "/"),
        ("HTTPS://example.com:443/a/b?c=d#frag", "example.com", 443, "/a/b?c=d"),
        ("https://example.com?x", "example.com", 443, "/?x"),
        ("https://user:p%40ss@example.com/", "example.com", 443, "/"),
        ("https://user:p@ss@example.com/", "example.com", 443, "/"),
        ("http://example.com/x", "example.com", 443, "/x"),
        ("http://example.com:80/", "example.com", 443, "/"),
        ("http://example.com:8080/", "example.com", 8080, "/"),
        ("example.com/redirect?to=http://other.example/", "example.com", 443, "/redirect?to=http://other.example/"),
        ("192.0.2.7", "192.0.2.7", 443, "/"),
        ("192.0.2.7:1", "192.0.2.7", 1, "/"),
        ("2001:db8::1", "2001:db8::1", 443, "/"),
        ("[2001:DB8::1]", "2001:db8::1", 443, "/"),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443, "/"),
        ("https://[::1]:65535/path", "::1", 65535, "/path"),
        ("::ffff:192.0.2.7", "192.0.2.7", 443, "/"),
        ("한국.kr", "xn--3e0b707e.kr", 443, "/"),
        ("https://bücher.example/ü", "xn--bcher-kva.example", 443, "/%C3%BC"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", 443, "/"),
        ("under_score.example", "under_score.example", 443, "/"),
        ("localhost:5001", "localhost", 5001, "/"),
        ("  example.com  ", "example.com", 443, "/"),
        ("example.com:", "example.com", 443, "/"),
        ("https:/example.com/x", "example.com", 443, "/x"),
        ("HTTP:\\\\example.com:81", "example.com", 81, "/"),
        ("http:8080", "http", 8080, "/"),
    ] {
        let t = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let a = &t.asked;
        assert_eq!((a.name.as_str(), a.port, a.path.as_str()), (name, port, path), "{text}");
        assert_eq!(a.literal, name.parse::<IpAddr>().ok(), "{text}");
        assert_eq!(a.typed, text.replace("user:p%40ss@", "").replace("user:p@ss@", ""));
    }
}

#[test]
fn a_password_is_in_no_answer() {
    for text in [
        "https://user:geheim@example.com/",
        "user:geheim@example.com",
        "https://user:ge@heim@example.com:x",
        "https://user:geheim/@example.com:443/",
        "https://user:geheim@exa mple.com/",
        "ftp://user:geheim@example.com/",
        "https://user:geheim@[::1",
        "https://user:geheim@1.2.3",
        "https://user:geheim@-a.example",
    ] {
        let told = match parse(text) {
            Ok(t) => format!("{t:?}{}", t.notes.iter().map(|n| n.render(Lang::En)).collect::<String>()),
            Err(e) => format!("{e:?}{e}{}{}", e.say().render(Lang::En), e.say().render(Lang::Ko)),
        };
        assert!(!told.contains("geheim") && !told.contains("heim@"), "{text}: {told}");
    }
}

#[test]
fn no_targets() {
    for (text, fault, part) in [
        ("", Fault::Empty, ""),
        ("   ", Fault::Empty, "   "),
        ("ftp://example.com", Fault::Scheme, "ftp"),
        ("https://", Fault::NoHost, ""),
        ("https:///path", Fault::NoHost, ""),
        (":443", Fault::NoHost, ":"),
        ("exam ple.com", Fault::Space, " "),
        ("example.com:0", Fault::Port, "0"),
        ("example.com:70000", Fault::Port, "70000"),
        ("example.com:+1", Fault::Port, "+1"),
        ("example.com:https", Fault::Port, "https"),
        ("[::1", Fault::Brackets, "[::1"),
        ("[::1]x", Fault::Brackets, "x"),
        ("[::g]", Fault::Ipv6, "[::g]"),
        ("fe80::1%eth0", Fault::Zone, "fe80::1%eth0"),
        ("1.2.3", Fault::Ipv4, "1.2.3"),
        ("999.1.1.1", Fault::Ipv4, "999.1.1.1"),
        ("0x7f000001", Fault::Ipv4, "0x7f000001"),
        ("a..example", Fault::Label, ""),
        ("-a.example", Fault::Label, "-a"),
        ("exa$mple.com", Fault::Character, "$"),
        ("xn--a.example", Fault::Idn, "xn--a.example"),
        ("한 국.kr", Fault::Space, " "),
    ] {
        let e = parse(text).expect_err(text);
        assert_eq!((e.fault, &text[e.at.clone()]), (fault, part), "{text}");
        assert!(!e.to_string().is_empty() && !e.say().render(Lang::Ko).is_empty());
    }
    let long = format!("{}.example", "a".repeat(64));
    assert_eq!(parse(&long).expect_err("label").fault, Fault::Label);
    let long = vec!["abcdefgh"; 30].join(".");
    assert_eq!(parse(&long).expect_err("name").fault, Fault::NameTooLong);
}

#[test]
fn what_was_done_to_the_text_is_said() {
    assert_eq!(parse("example.com").unwrap().notes.len(), 0);
    assert_eq!(parse("http://u:secret@bücher.example").unwrap().notes.len(), 3);
    let all: String =
        parse("http://u:secret@example.com:8080").unwrap().notes.iter().map(|n| n.render(Lang::En)).collect();
    assert!(all.contains("https://example.com:8080") && !all.contains("secret"), "{all}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_place(text in "\\PC{0,60}") {
        match Target::parse(&text) {
            Ok(t) => {
                let a = t.asked;
                prop_assert!(a.port != 0 && a.path.starts_with('/'));
                prop_assert!(a.path.bytes().all(|b| b.is_ascii_graphic()));
                prop_assert!(a.name.as_str().is_ascii() && !a.name.as_str().is_empty());
                // What came out goes in again and stays the same.
                let host = match a.literal { Some(IpAddr::V6(x)) => format!("[{x}]"), _ => a.name.to_string() };
                let again = Target::parse(&format!("https://{host}:{}{}", a.port, a.path)).unwrap().asked;
                prop_assert_eq!((again.name, again.port, again.path), (a.name, a.port, a.path));
            }
            Err(e) => {
                prop_assert!(text.get(e.at.clone()).is_some(), "{:?}", e);
                prop_assert!(!e.to_string().is_empty());
            }
        }
    }

    #[test]
    fn urls_of_parts(user in "[a-z:@]{0,4}", host in "[a-z0-9.\\-\\[\\]:%]{0,20}", port in "[0-9]{0,6}", path in "[ -~]{0,20}") {
        let _ = Target::parse(&format!("https://{user}@{host}:{port}/{path}"));
    }
}
