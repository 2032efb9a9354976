//! Events as text say the same in every form, language and with any labels.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use tlsdiag_winfiles::events::fields::{Fields, Side, fields};
use tlsdiag_winfiles::events::make::text::{Labels, Shape, Tongue, write};
use tlsdiag_winfiles::events::make::{self, Scene};
use tlsdiag_winfiles::events::text::{self, Form};
use tlsdiag_winfiles::events::{Class, Event, Fault, Item, When, class_of};

fn scene(k: u64) -> Scene<'static> {
    let time = When::from_civil(2026, 11, 24, 9, 12, 33).unwrap();
    let time = When { unix_ms: time.unix_ms + i64::try_from(k).unwrap() * 7000, ticks: 0, local: false };
    Scene { computer: "WEB01", time, record: k + 501 }
}

fn gallery() -> Vec<Event> {
    let mut out: Vec<Event> = Vec::new();
    let add = |out: &mut Vec<Event>, make: &dyn Fn(&Scene<'_>) -> Event| out.push(make(&scene(out.len() as u64)));
    add(&mut out, &|s| make::schannel(s, 36870, &["server", "0x8009030d", "10001"]));
    add(&mut out, &|s| make::schannel(s, 36870, &["client", "0x80090016", "10001"]));
    add(&mut out, &|s| make::schannel(s, 36871, &["client", "10013", "1234", "C:\\Windows\\System32\\svchost.exe"]));
    add(&mut out, &|s| make::schannel(s, 36874, &["TLS 1.2"]));
    add(&mut out, &|s| make::schannel(s, 36888, &["40", "1205"]));
    add(&mut out, &|s| make::schannel(s, 36888, &["70", "105"]));
    add(&mut out, &|s| make::schannel(s, 36887, &["46"]));
    add(&mut out, &|s| make::http_event(s, 15021, "0.0.0.0:443", None));
    add(&mut out, &|s| make::http_event(s, 15300, "[::]:443", None));
    add(&mut out, &|s| make::http_event(s, 15301, "www.contoso.example:8443", None));
    out
}

fn read(text: &str) -> (Option<Form>, Vec<Event>, Vec<Fault>) {
    let (mut events, mut faults) = (Vec::new(), Vec::new());
    let mut sink = |item| match item {
        Item::Event(event) => events.push(*event),
        Item::Fault(fault) => faults.push(fault),
    };
    let reading = text::read(text, &mut sink).or_else(|| text::read_message(text, &mut sink));
    (reading.map(|r| r.form), events, faults)
}

type Essence = (Class, u32, Option<u32>, Option<u32>, Option<u8>, Option<String>, Option<String>);

/// What must be the same in every form.
fn essence(event: &Event) -> Essence {
    let f: Fields = fields(event);
    (f.class, f.id, f.code, f.state, f.alert, f.protocol, f.endpoint)
}

fn has_computer(shape: Shape) -> bool {
    !matches!(shape, Shape::LogTable | Shape::LogList | Shape::WinTable | Shape::WinList | Shape::ViewerColumns(_))
}

fn check(events: &[Event], shape: Shape, tongue: &Tongue, labels: &Labels) {
    let text = write(events, shape, tongue, labels);
    let (_, read, faults) = read(&text);
    let context = format!("{shape:?} {}\n{text}", tongue.name);
    assert_eq!(faults, [], "{context}");
    assert_eq!(read.len(), events.len(), "{context}");
    for (ours, theirs) in events.iter().zip(&read) {
        assert_eq!(essence(theirs), essence(ours), "{theirs:?}\n{context}");
        if shape != Shape::LogTable {
            let (a, b) = (theirs.time.map(|t| t.unix_ms / 1000), ours.time.map(|t| t.unix_ms / 1000));
            assert_eq!(a, b, "{theirs:?}\n{context}");
        }
        if has_computer(shape) {
            assert_eq!(theirs.computer, ours.computer, "{theirs:?}\n{context}");
        }
        if ours.id == 36871 {
            assert_eq!(fields(theirs).process.and_then(|p| p.id), Some(1234), "{theirs:?}\n{context}");
        }
        if matches!(ours.id, 36870 | 36871) {
            assert_eq!(fields(theirs).side, fields(ours).side, "{theirs:?}\n{context}");
        }
    }
}

#[test]
fn every_form_in_every_language() {
    for name in ["en", "ko", "de", "ja", "zh"] {
        for shape in Shape::ALL {
            check(&gallery(), shape, Tongue::of(name), &Labels::of(name));
        }
    }
}

#[test]
fn one_event_alone_in_every_form() {
    for event in gallery() {
        for name in ["en", "ko", "ja"] {
            for shape in Shape::ALL {
                check(std::slice::from_ref(&event), shape, Tongue::of(name), &Labels::of(name));
            }
        }
    }
}

/// Words of any script, of any width, with colons inside.
fn word() -> impl Strategy<Value = String> {
    let letters = "[a-zA-Zа-яА-Яあ-んア-ン가-힣一-龥àéîöüßñçÀÉÎÖÜ\\-]{1,9}";
    prop::collection::vec((letters, prop::sample::select(vec![" ", ":", " : ", "\u{a0}", "\u{ff1a}", "-", ""])), 1..4)
        .prop_map(|parts| {
            let mut out = String::new();
            for (k, (word, joint)) in parts.iter().enumerate() {
                if k > 0 {
                    out.push_str(joint);
                }
                out.push_str(word);
            }
            out
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn labels_of_random_words_change_nothing(words in prop::collection::vec(word(), 76), tongue in 0usize..5, shape in 0usize..18) {
        let shape = Shape::ALL[shape];
        let name = ["en", "ko", "de", "ja", "zh"][tongue];
        let mut next = words.into_iter();
        let labels = Labels::made(|| next.next().unwrap_or_else(|| "x".to_owned()));
        check(&gallery(), shape, Tongue::of(name), &labels);
    }

    #[test]
    fn any_text_is_no_panic(text in "\\PC{0,400}") {
        read(&text);
    }

    #[test]
    fn a_form_cut_anywhere_is_no_panic(shape in 0usize..18, tongue in 0usize..5, cut in 0usize..6000) {
        let name = ["en", "ko", "de", "ja", "zh"][tongue];
        let mut text = write(&gallery(), Shape::ALL[shape], Tongue::of(name), &Labels::of(name));
        let mut end = cut.min(text.len());
        while !text.is_char_boundary(end) { end -= 1; }
        text.truncate(end);
        let (_, events, _) = read(&text);
        prop_assert!(events.len() <= gallery().len());
    }
}

#[test]
fn the_articles_own_samples() {
    let old = "이벤트 유형: 오류\n이벤트 원본: Schannel\n이벤트 범주: 없음\n이벤트 ID: 36870\n날짜: 2012/2/11\n시간: 오전 12:44:55\n사용자: N/A\n컴퓨터:\n설명: SSL 서버 자격 증명의 개인 키를 열려고 하는데 심각한 오류가 났습니다. 모듈이 준 코드는 0x80090016.\n";
    let (form, events, _) = read(old);
    assert_eq!(form, Some(Form::Lines));
    assert_eq!(events.len(), 1);
    let f = fields(&events[0]);
    assert_eq!(
        (f.class, f.id, f.code, f.state, f.side),
        (Class::Schannel, 36870, Some(0x8009_0016), None, Side::Server)
    );
    assert_eq!(events[0].time.unwrap().to_string(), "2012-02-11T00:44:55.0000000");
    assert_eq!(events[0].computer, None);

    let new = "**이벤트 ID:**      36870 <br />\n**작업 범주:** 없음 <br />\n**수준:**         오류 <br />\n**사용자:**          SYSTEM <br />\n**설명:** SSL 서버 자격 증명의 개인 키를 열 때 심각한 오류가 났습니다. 모듈이 준 코드는 0x8009030D입니다.  <br />\n내부 오류 상태는 10001입니다.\n";
    let (_, events, _) = read(new);
    assert_eq!(events.len(), 1);
    let f = fields(&events[0]);
    assert_eq!(
        (f.class, f.id, f.code, f.state, f.side),
        (Class::Schannel, 36870, Some(0x8009_030d), Some(10001), Side::Server)
    );
    assert!(events[0].inferred);
}

#[test]
fn messages_alone() {
    let told = |text: &str| read(text).1.first().map(|e| (e.id, fields(e).code, fields(e).state, fields(e).alert));
    assert_eq!(
        told("TLS 서버 키를 열 수 없습니다. 코드는 0x8009030D입니다. 상태는 10001입니다."),
        Some((36870, Some(0x8009_030d), Some(10001), None))
    );
    assert_eq!(told("SSL-Schlüssel nicht lesbar: Code -2146893802."), Some((36870, Some(0x8009_0016), None, None)));
    assert_eq!(told("Creating the TLS credential failed, state 10013."), Some((36871, None, Some(10013), None)));
    assert_eq!(told("심각한 TLS 경고 40, 상태 1205"), Some((36888, None, Some(1205), Some(40))));
    // One number may be anything.
    let (form, events, faults) = read("상대편이 TLS 경고 46을 보냈습니다.");
    assert_eq!((form, events.len(), faults.len()), (Some(Form::Message), 0, 1));
    assert_eq!(faults[0].found, "46");
    // No TLS at all.
    assert_eq!(read("The weather of 2026 is fine."), (None, vec![], vec![]));
}

#[test]
fn masked_codes_are_told_and_not_guessed() {
    let text = "Log Name: System\nSource: Schannel\nDate: 11/24/2026 9:12:33 AM\nEvent ID: 36870\nTask: None\nLevel: Error\nKeywords:\nUser: SYSTEM\nComputer: A\nDescription:\nThe private key of the server could not be opened: code 0x8009XXXX, state 10001.\n";
    let (_, events, faults) = read(text);
    assert_eq!((fields(&events[0]).code, fields(&events[0]).state), (None, Some(10001)));
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].found, "0x8009XXXX");
}

#[test]
fn a_code_broken_by_the_console_is_put_together() {
    let text = "Log Name: System\nSource: Schannel\nDate: 11/24/2026 9:12:33 AM\nEvent ID: 36870\nTask: None\nLevel: Error\nKeywords:\nUser: SYSTEM\nComputer: A\nDescription:\nThe private key of the TLS server credential could not be opened. Code: 0x80090\n30D. The state is 10001.\n";
    let (_, events, _) = read(text);
    assert_eq!((fields(&events[0]).code, fields(&events[0]).state), (Some(0x8009_030d), Some(10001)));
}

#[test]
fn the_dump_below_a_copy_of_2003_is_the_events_data() {
    let head = "이벤트 유형:\t오류\n이벤트 원본:\tHTTP\n이벤트 범주:\t없음\n이벤트 ID:\t15021\n날짜:\t\t2012-02-11\n시간:\t\t오전 12:44:55\n사용자:\t\tN/A\n컴퓨터:\tWEB01\n설명:\n끝점 0.0.0.0:443 에 대한 SSL 설정을 쓰는 데 오류가 났습니다. 데이터에 상태가 있습니다.\n\n";
    for dump in [
        "데이터:\n0000: 00 00 04 00 02 00 52 00   ......R.\n0008: 00 00 00 00 ad 3a 00 c0   .....:.\n0010: 0d 03 09 80               ....\n",
        "데이터:\n0000: 00040000 00520002 00000000 c0003aad\n0010: 8009030d\n",
    ] {
        let (_, events, _) = read(&format!("{head}{dump}\n"));
        assert_eq!(events.len(), 1);
        let f = fields(&events[0]);
        assert_eq!((f.class, f.id, f.code), (Class::HttpEvent, 15021, Some(0x8009_030d)), "{dump}");
        assert_eq!((f.endpoint.as_deref(), events[0].computer.as_deref()), (Some("0.0.0.0:443"), Some("WEB01")));
    }
}

#[test]
fn a_text_that_never_ends_its_elements_is_read_in_no_time() {
    for piece in ["<Event x>", "<Objs><Obj a>", "{\"a\":", "a: b: c: d: ", "Id : 36870\n", "\"", "0x8009 36870 :443 "] {
        let text = piece.repeat(400_000 / piece.len());
        let started = std::time::Instant::now();
        read(&text);
        println!("{piece:?} {:?}", started.elapsed());
        assert!(started.elapsed().as_secs() < 20, "{piece:?}");
    }
}

#[test]
fn other_tools_are_no_events() {
    for text in [
        "SSL Certificate bindings:\n-------------------------\n\n    IP:port                 : 0.0.0.0:443\n    Certificate Hash        : a909502dd82ae41433e6f83886b00d4277a32a7b\n    Application ID          : {4dc3e181-e14b-4a21-b022-59fc669b0914}\n    Certificate Store Name  : MY\n",
        "Active Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n  TCP    0.0.0.0:443            0.0.0.0:0              LISTENING       4\n",
        "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Schannel]\n\"EventLogging\"=dword:00000001\n",
        "Image Name                     PID Services\n========================= ======== ===================\nlsass.exe                      700 KeyIso, SamSs\n",
    ] {
        assert_eq!(read(text), (None, vec![], vec![]), "{text}");
    }
}

#[test]
fn names_of_providers_are_of_one_class() {
    assert_eq!(class_of("schannel"), Class::Schannel);
    assert_eq!(class_of("Microsoft-Windows-CAPI2"), Class::Capi2);
    assert_eq!(class_of("Service Control Manager"), Class::Other);
}
