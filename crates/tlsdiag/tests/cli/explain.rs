//! `tlsdiag explain`: by code, name or cause label; what is unknown gets the nearest three.
use crate::run::{inert, tlsdiag};
use unicode_width::UnicodeWidthStr;

#[test]
fn a_rule_is_found_by_code_name_and_label() {
    let by_code = tlsdiag(["explain", "TD5001"]);
    assert_eq!((by_code.exit, by_code.err.as_str()), (0, ""));
    assert!(by_code.first().starts_with("TD5001 reset-after-hello: "), "{}", by_code.out);
    for words in ["5001", "td5001", "reset-after-hello", " TD5001 "] {
        assert_eq!(tlsdiag(["explain", words]).out, by_code.out, "{words}");
    }
    let by_label = tlsdiag(["explain", "hs.large_client_hello"]);
    for code in ["TD6001 ", "TD6002 "] {
        assert!(by_label.out.lines().any(|l| l.starts_with(code)), "{}", by_label.out);
    }
}

#[test]
fn a_page_has_its_four_parts_in_both_languages_and_fits_the_screen() {
    for (lang, parts) in [
        ("en", ["What is wrong", "How tlsdiag knows", "How to mend it", "When it is not this"]),
        ("ko", ["무엇이 잘못되었나", "tlsdiag가 아는 방법", "고치는 방법", "이것이 아닌 경우"]),
    ] {
        for code in ["TD2501", "TD3103", "TD6001"] {
            let r = tlsdiag(["explain", code, "--lang", lang]);
            let at: Vec<usize> = parts.iter().map(|p| r.out.find(&format!("\n{p}\n")).expect(p)).collect();
            assert!(at.is_sorted(), "{}", r.out);
            let wide = r.out.lines().find(|l| l.width() > 80);
            assert!(wide.is_none() && !r.out.contains('#') && !r.out.contains("toml"), "{wide:?} {}", r.out);
            inert(&r.out);
        }
    }
}

#[test]
fn what_is_unknown_gets_the_nearest_three() {
    for (words, near) in [
        ("expired", "TD2501 certificate-expired"),
        ("reset after hello", "TD5001 reset-after-hello"),
        ("ERR_CERT_DATE_INVALID", "TD2501 certificate-expired"),
        ("2503x", "TD2503 "),
        ("hs.reset", "TD5001 reset-after-hello"),
        ("a\u{1b}[2J", "a\\u{1b}[2J"),
    ] {
        for lang in ["en", "ko"] {
            let r = tlsdiag(["explain", words, "--lang", lang]);
            assert_eq!((r.exit, r.out.as_str(), r.err.lines().count()), (1, "", 1), "{words}");
            assert!(r.err.contains(near) && r.err.matches(" TD").count() == 3, "{words}: {}", r.err);
            inert(&r.err);
        }
    }
    assert_eq!(tlsdiag(["explain", ""]).exit, 2);
    assert_eq!(tlsdiag(["explain"]).exit, 2);
}

#[test]
fn json_has_both_languages_and_the_same_exit_code() {
    let r = tlsdiag(["explain", "TD3103", "--json"]);
    let doc = r.json();
    let cause = &doc["causes"][0];
    assert_eq!((r.exit, &doc["exit"], &cause["code"]), (0, &0.into(), &"TD3103".into()));
    assert!(cause["page"]["en"].as_str().unwrap().contains("What is wrong"));
    assert!(cause["page"]["ko"].as_str().unwrap().contains("무엇이 잘못되었나"));
    let none = tlsdiag(["explain", "nonsense", "--json"]);
    assert_eq!((none.exit, none.json()["exit"].as_i64()), (1, Some(1)));
    assert_eq!(none.json()["causes"].as_array().map(Vec::len), Some(0));
}
