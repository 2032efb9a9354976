//! Which host is covered by which names, and what the nearest miss is.
use crate::support::*;
use tlsdiag_pki::make::{Extension, San, name};
use tlsdiag_pki::{Host, MismatchReason as R, names::covers, oid};

fn check(cn: &str, dns: Option<&[&str]>, ips: &[&str], host: &str) -> Result<String, R> {
    let c = Chain::new();
    let mut m = c.leaf_maker();
    m.subject = name(&[(oid::CN, cn)]);
    let mut sans: Vec<San> = dns.unwrap_or_default().iter().map(|d| San::Dns((*d).into())).collect();
    sans.extend(ips.iter().map(|i| San::Ip(i.parse().unwrap())));
    m = if dns.is_none() && ips.is_empty() { m.without(oid::SUBJECT_ALT_NAME) } else { m.set(Extension::san(&sans)) };
    match covers(&c.with_leaf(&m), &Host::parse(host).unwrap()) {
        Ok(found) => Ok(format!("{found:?}")),
        Err(miss) => Err(miss.reason),
    }
}

#[test]
fn covered() {
    let san = |s: &str| Ok(format!("San({s:?})"));
    let wild = |s: &str| Ok(format!("Wildcard({s:?})"));
    for (names, host, want) in [
        ("a.kr", "a.kr", san("a.kr")),
        ("A.Kr", "a.KR.", san("A.Kr")),
        ("*.a.kr", "www.a.kr", wild("*.a.kr")),
        ("*.A.kr", "WWW.a.kr", wild("*.A.kr")),
        ("xn--3e0b707e.kr", "한국.kr", san("xn--3e0b707e.kr")),
        ("*.xn--3e0b707e.kr", "www.한국.kr", wild("*.xn--3e0b707e.kr")),
        ("_x.a.kr", "_x.a.kr", san("_x.a.kr")),
    ] {
        assert_eq!(check("x", Some(&[names]), &[], host), want, "{names} for {host}");
    }
    assert_eq!(check("x", Some(&[]), &["192.0.2.7"], "192.0.2.7"), san("192.0.2.7"));
    assert_eq!(check("x", Some(&[]), &["2001:db8::1"], "[2001:DB8:0::1]"), san("2001:db8::1"));
    assert_eq!(check("x", Some(&["b.kr", "*.a.kr", "www.a.kr"]), &[], "www.a.kr"), wild("*.a.kr"));
}

#[test]
fn not_covered() {
    let depth = |p: &str| Err(R::WildcardDepth { pattern: p.into() });
    let form = |p: &str| Err(R::WildcardForm { pattern: p.into() });
    for (names, host, want) in [
        ("a.kr", "b.kr", Err(R::NotNamed)),
        ("a.kr", "www.a.kr", Err(R::NotNamed)),
        ("www.a.kr", "a.kr", Err(R::NotNamed)),
        ("*.a.kr", "a.kr", depth("*.a.kr")),
        ("*.a.kr", "x.y.a.kr", depth("*.a.kr")),
        ("*.a.kr", "xa.kr", Err(R::NotNamed)),
        ("*.kr", "a.kr", form("*.kr")),
        ("w*.a.kr", "www.a.kr", form("w*.a.kr")),
        ("www.*.kr", "www.a.kr", form("www.*.kr")),
        ("*", "localhost", form("*")),
        ("a.kr.", "a.kr", Err(R::TrailingDot { name: "a.kr.".into() })),
        ("한국.kr", "한국.kr", Err(R::NotInALabels { name: "한국.kr".into() })),
        ("", "a.kr", Err(R::NotNamed)),
    ] {
        assert_eq!(check("x", Some(&[names]), &[], host), want, "{names} for {host}");
    }
    assert_eq!(check("a.kr", None, &[], "a.kr"), Err(R::CnOnly { cn: "a.kr".into() }));
    assert_eq!(check("*.a.kr", None, &[], "w.a.kr"), Err(R::CnOnly { cn: "*.a.kr".into() }));
    assert_eq!(check("a.kr", Some(&["b.kr"]), &[], "a.kr"), Err(R::CnIgnored { cn: "a.kr".into() }));
    assert_eq!(check("x", Some(&["192.0.2.7"]), &[], "192.0.2.7"), Err(R::IpOnlyAsDns));
    assert_eq!(check("x", Some(&["a.kr"]), &[], "192.0.2.7"), Err(R::NoIpSan));
    assert_eq!(check("x", Some(&["a.kr"]), &["192.0.2.8"], "192.0.2.7"), Err(R::NotNamed));
    assert_eq!(check("192.0.2.7", None, &[], "192.0.2.7"), Err(R::CnOnly { cn: "192.0.2.7".into() }));
}

#[test]
fn hosts() {
    for bad in ["", ".", "a..b", "a b", "a/b", "-\u{200d}.", "[::1", &"a".repeat(64)] {
        assert!(Host::parse(bad).is_err(), "{bad:?}");
    }
    assert_eq!(Host::parse("fe80::1%eth0").unwrap().to_string(), "fe80::1");
    assert_eq!(Host::parse("BÜCHER.example.").unwrap().to_string(), "xn--bcher-kva.example");
}
