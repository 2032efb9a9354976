//! Bounded memory: conversations fold as they are read, and ten thousand endpoints are ten thousand small cases.
use tlsdiag_model::facts::{Binding, Connect, ConnectEnd};
use tlsdiag_model::{Addr, Case, Cover, Folder, Host, How, Origin, Reading, Row, Span, Why};
use tlsdiag_rules::{ALL, Derived, examine};

fn conversation(i: u64) -> Connect {
    let host = u8::try_from(i % 50).unwrap_or(0);
    let end = if i.is_multiple_of(97) { ConnectEnd::Refused } else { ConnectEnd::Open };
    Connect { from: Host::HERE, addr: [10, 0, 0, host].into(), port: 443, end }
}

#[test]
fn a_million_conversations_are_a_hundred_rows() {
    let mut f = Folder::new(4096);
    for i in 0..1_000_000u64 {
        let host = Host(u32::try_from(i % 50).unwrap_or(0));
        let origin = || Origin::Frame { capture: "big.pcap".into(), number: i };
        f.add(conversation(i), host, How::Watched, i64::try_from(i).unwrap_or(0), origin);
    }
    let (rows, cover) = f.finish();
    assert_eq!(rows.len(), 100);
    assert_eq!(rows.iter().map(|r| r.count).sum::<u64>(), 1_000_000);
    assert!(rows.iter().all(|r| r.examples.len() <= 3));
    assert_eq!(rows.iter().map(|r| r.span).reduce(Span::join), Some(Span { first: 0, last: 999_999 }));
    assert_eq!(cover, Cover::Complete);
}

#[test]
fn past_the_cap_nothing_grows_and_the_survey_says_so() {
    let mut f = Folder::new(10);
    for i in 0..1000u32 {
        f.add(i, Host::HERE, How::Told, 0, || Origin::Api("x".into()));
    }
    let (rows, cover) = f.finish();
    assert_eq!(rows.len(), 10);
    assert_eq!(cover, Cover::Partial(Why::OverCap { kept: 10, dropped: 990 }));
}

#[test]
fn ten_thousand_endpoints_are_ten_thousand_small_cases() {
    let mut broken = 0;
    for n in 0..10_000u32 {
        let mut c = Case::here("here");
        let host = c.host("server", tlsdiag_model::Vantage::Evidence);
        let cert = if n % 10 == 0 {
            Reading::Empty
        } else {
            Reading::Good(tlsdiag_model::Thumb::of_octets(&[7; 32]).unwrap())
        };
        let b = Binding::new(Addr::Any, 443, None, cert);
        c.add(Row::once(b, host, How::Read, 0, Origin::Api("x".into())));
        let d = examine(&c, &Derived::default(), ALL);
        broken += usize::from(d.causes.first().is_some_and(|c| c.code == Some(tlsdiag_model::Code(4001))));
    }
    assert_eq!(broken, 1000);
}
