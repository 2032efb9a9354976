//! One file that is cut, damaged, of something else, or of several encodings.
use crate::{alone, complete, joined, partial, rows, server};
use tlsdiag_casebook::server::{SCHANNEL, page, site, utf8, utf16};
use tlsdiag_model::facts::{Binding, Datum, Event, Pool, Setting, SiteBinding, Stored, Whole};
use tlsdiag_model::{Case, Kind, Lang, Why};
use tlsdiag_winfiles::events::make::evtx::{self, Damage};
use tlsdiag_winfiles::registry::make::export::Form;
use tlsdiag_winfiles::text::make::Words;

/// Offsets spread over a file, both ends and the places around powers of two among them.
fn cuts(length: usize) -> Vec<usize> {
    let mut out: Vec<usize> = (0..60).map(|k| length * k / 60).collect();
    out.extend([1, 3, 4, 5, 511, 512, 513, 4095, 4096, 4097, 4128, 4160, length - 1, length - 2, length - 4096]);
    out.retain(|n| *n < length);
    out
}

#[test]
fn what_a_truncated_hive_calls_complete_is_complete() {
    let s = server();
    let kinds: [(&str, Vec<u8>, &[Kind]); 2] = [
        ("SYSTEM", s.system_hive(), &[Kind::Bindings, Kind::Settings, Kind::ListenLists]),
        ("SOFTWARE", s.software_hive(), &[Kind::Stored, Kind::Anchors]),
    ];
    for (name, whole, kinds) in kinds {
        let sound = alone(name, &whole);
        assert_eq!(sound.fragments[0].faults, [], "{name}");
        let all: Vec<usize> = kinds.iter().map(|k| sound.fragments[0].case.count(*k)).collect();
        // hives are padded at their end: what is cut off there is missed by nobody
        let used = whole.iter().rposition(|o| *o != 0).unwrap();
        for cut in cuts(used) {
            let e = alone(name, &whole[..cut]);
            assert_eq!(e.fragments.len() + e.rest.len(), 1, "{name} {cut}");
            let Some(f) = e.fragments.first() else {
                assert!(cut < 4, "{name} {cut}: not recognised");
                continue;
            };
            assert_eq!(f.kinds, ["hive"], "{name} {cut}");
            assert!(!f.faults.is_empty(), "{name} {cut}: no fault");
            assert!(f.faults.iter().all(|x| !x.say.render(Lang::En).is_empty() && !x.say.render(Lang::Ko).is_empty()));
            for (kind, n) in kinds.iter().zip(&all) {
                assert!(f.case.count(*kind) <= *n, "{name} {cut} {kind:?}");
            }
            // what is called whole is whole
            for whole in rows::<Whole>(&f.case) {
                let below = |case: &Case| {
                    let store = whole.what.of.strip_prefix("store:Machine\\");
                    let stored = rows::<Stored>(case).iter().filter(|r| Some(r.what.store.as_str()) == store).count();
                    let key = |k: &str| k.starts_with(&*whole.what.of);
                    (stored, rows::<Setting>(case).iter().filter(|r| key(&r.what.key)).count())
                };
                assert_eq!(below(&f.case), below(&sound.fragments[0].case), "{name} {cut} {}", whole.what.of);
            }
            let (case, _) = joined(e);
            for (kind, n) in kinds.iter().zip(&all) {
                assert!(complete(&case, *kind) == 0 || case.count(*kind) == *n, "{name} {cut} {kind:?}");
            }
        }
    }
}

#[test]
fn a_hive_with_octets_that_were_overwritten() {
    let s = server();
    let whole = s.software_hive();
    let stored = rows::<Stored>(&alone("SOFTWARE", &whole).fragments[0].case).len();
    assert_eq!(stored, 3);
    let mut some = 0;
    for at in (4096..whole.len()).step_by(whole.len() / 40) {
        let mut octets = whole.clone();
        let end = (at + 64).min(octets.len());
        octets[at..end].fill(0xff);
        let e = alone("SOFTWARE", &octets);
        let f = &e.fragments[0];
        let kept = rows::<Stored>(&f.case).len();
        assert!(kept <= stored);
        // a certificate that is missing is never missing without a word
        let words = || String::from_utf8_lossy(&whole[at - 16..end + 16]).into_owned();
        assert!(kept == stored || !f.faults.is_empty(), "{at}: {kept} {:?}", words());
        some += usize::from(kept > 0 && !f.faults.is_empty());
    }
    assert!(some > 0, "nothing was kept beside damage");
}

#[test]
fn an_export_of_another_program() {
    let texts = [
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\srv]\r\n\"HostName\"=\"srv\"\r\n\"PortNumber\"=dword:000001bb\r\n",
        "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\SCHANNEL\\Protocols\\TLS 1.2\\Server]\r\n\"Enabled\"=dword:00000000\r\n",
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Foo\\SslBindingInfo\\0.0.0.0:443]\r\n\"SslCertHash\"=hex:01,02\r\n",
    ];
    for text in texts {
        for octets in [utf16(text), utf8(text)] {
            let e = alone("other.reg", &octets);
            let f = &e.fragments[0];
            assert_eq!(f.kinds, ["reg-export"], "{text}");
            assert_eq!((rows::<Setting>(&f.case).len(), rows::<Binding>(&f.case).len()), (0, 0), "{text}");
            let (case, _) = joined(e);
            for kind in [Kind::Settings, Kind::Bindings, Kind::Stored] {
                assert_eq!(complete(&case, kind), 0, "{text} {kind:?}");
            }
        }
    }
}

#[test]
fn an_export_that_ends_in_a_value() {
    let mut s = server();
    s.set(r"Protocols\TLS 1.2\Server", "Enabled", 0);
    let branch = SCHANNEL.replace("ControlSet001", r"SYSTEM\CurrentControlSet");
    let whole = s.reg(&branch, Form::FiveUtf8(false));
    let text = String::from_utf8(whole).unwrap();
    let at = text.find("\"Enabled\"").unwrap();
    for cut in at + 1..=at + "\"Enabled\"=dword:0000000".len() {
        let e = alone("schannel.reg", &text.as_bytes()[..cut]);
        let f = &e.fragments[0];
        assert!(!f.faults.is_empty(), "{:?}", &text[..cut]);
        // a number that lacks digits is no number
        for r in rows::<Setting>(&f.case).iter().filter(|r| r.what.name == "Enabled") {
            assert!(matches!(r.what.data, Datum::Damaged(_)), "{:?}: {:?}", &text[at..cut], r.what);
        }
        let wholes: Vec<_> = rows::<Whole>(&f.case).iter().map(|r| &*r.what.of).collect();
        assert!(wholes.iter().all(|w| !w.contains("Protocols") && !w.ends_with("SCHANNEL")), "{wholes:?}");
        let (case, _) = joined(e);
        assert_eq!(complete(&case, Kind::Settings), 0, "{:?}", &text[at..cut]);
    }
}

#[test]
fn netsh_output_cut_in_the_middle() {
    let mut s = server();
    let hash = s.records[0].hash.clone();
    for (k, port) in [8443, 9443].iter().enumerate() {
        let mut r = s.records[0].clone();
        (r.at, r.hash) = (format!("192.0.2.{}:{port}", k + 1), hash.clone());
        s.records.push(r);
    }
    for words in [Words::korean(), Words::english(), Words::german()] {
        let text = s.netsh(&words);
        // from within the second record to the last line of the last: whole records stand before the cut
        let keys: Vec<usize> = s.records.iter().map(|r| text.find(&r.at).unwrap()).collect();
        let last = text.trim_end().rfind('\n').unwrap();
        for (k, key) in keys.iter().enumerate() {
            let end = keys.get(k + 1).map_or(last, |n| text[..*n].rfind("\r\n\r\n").unwrap());
            let end = text[..end].trim_end().rfind('\n').unwrap_or(end);
            let from = key + s.records[k].at.len();
            for cut in (from..end).step_by(7).filter(|c| text.is_char_boundary(*c)) {
                let e = alone("netsh.txt", &utf8(&text[..cut]));
                let Some(f) = e.fragments.first() else {
                    // a heading and no more is handed on
                    assert!(k == 0 && e.rest.len() == 1, "{k} {cut}: {:?}", &text[*key..cut]);
                    continue;
                };
                let found = rows::<Binding>(&f.case);
                assert!(found.len() >= k, "{k} {cut}: {}", found.len());
                // whole ones are whole
                for r in &found[..k] {
                    assert_eq!(format!("{:?}", r.what.hash).matches("Good").count(), 1);
                }
                let (case, _) = joined(e);
                assert_eq!(complete(&case, Kind::Bindings), 0, "{k}: {:?}", &text[*key..cut]);
            }
        }
        let (case, _) = joined(alone("netsh.txt", &utf8(&text)));
        assert_eq!((complete(&case, Kind::Bindings), rows::<Binding>(&case).len()), (1, 4));
    }
}

fn flooded() -> crate::Server {
    let mut s = server();
    for k in 0..150 {
        // each of its own kind, so that none is folded into another
        s.schannel(10_000 - k, 36888, &[&(10 + k).to_string(), &(1000 + k).to_string()]);
    }
    s
}

#[test]
fn a_bad_chunk_in_the_middle_of_a_log() {
    let log = flooded().evtx();
    let sound = alone("System.evtx", &log);
    assert_eq!(rows::<Event>(&sound.fragments[0].case).len(), 150);
    assert_eq!(complete(&sound.fragments[0].case, Kind::Events), 1);
    let chunk = |k: usize| 4096 + k * 65536;
    let mut zeroed = log.clone();
    zeroed[chunk(1)..chunk(2)].fill(0);
    let mut noise = log.clone();
    noise[chunk(1)..chunk(2)].iter_mut().enumerate().for_each(|(k, o)| *o = (k * 7 + k / 256) as u8);
    let damaged = [
        (evtx::damaged(log.clone(), Damage::Magic(1)), 100, 150),
        (evtx::damaged(log.clone(), Damage::Records(1)), 149, 149),
        (evtx::damaged(log.clone(), Damage::Shifted(1, 777)), 150, 150),
        (evtx::damaged(log.clone(), Damage::Truncated(chunk(2) + 3000)), 101, 149),
        (zeroed, 100, 100),
        (noise, 100, 100),
    ];
    for (k, (octets, least, most)) in damaged.into_iter().enumerate() {
        let e = alone("System.evtx", &octets);
        let f = &e.fragments[0];
        let n = rows::<Event>(&f.case).len();
        assert!((least..=most).contains(&n), "{k}: {n}");
        assert!(!f.faults.is_empty(), "{k}: no fault");
        let (case, _) = joined(e);
        assert_eq!((complete(&case, Kind::Events), partial(&case, Kind::Events)), (0, 1), "{k}: {:?}", case.surveys);
    }
}

#[test]
fn a_log_cut_anywhere() {
    let log = flooded().evtx();
    let mut before = 0;
    for cut in (4096 + 600..log.len() - 65536).step_by(9973) {
        let e = alone("System.evtx", &log[..cut]);
        let f = &e.fragments[0];
        let n = rows::<Event>(&f.case).len();
        assert!(n >= before, "{cut}: {n} after {before}");
        before = n;
        assert_eq!(complete(&f.case, Kind::Events), 0, "{cut}");
        assert!(n == 0 || partial(&f.case, Kind::Events) == 1, "{cut}");
    }
    assert!(before >= 50);
}

#[test]
fn a_configuration_with_a_missing_close_tag() {
    let mut s = server();
    s.sites.push(site("pay", 2, &[("https", "*:8443:pay.example", Some(1)), ("https", "*:9443:", Some(0))]));
    let whole = s.config();
    for tag in
        ["</bindings>", "</site>", "</application>", "</sites>", "</applicationPools>", "</configuration>", "</add>"]
    {
        let text = whole.replacen(tag, "", 1);
        assert_ne!(text, whole, "{tag}");
        let e = alone("applicationHost.config", &utf8(&text));
        let f = &e.fragments[0];
        assert_eq!(f.kinds, ["iis-config"], "{tag}");
        assert!(!f.faults.is_empty(), "{tag}");
        let found = rows::<SiteBinding>(&f.case).iter();
        let found: Vec<_> = found.map(|r| (r.what.site.as_str(), r.what.id, r.what.port)).collect();
        let (first, second) = ("Default Web Site", "pay");
        let all = [(first, Some(1), 80), (first, Some(1), 443), (second, Some(2), 8443), (second, Some(2), 9443)];
        assert_eq!(found, all, "{tag}");
        assert_eq!(rows::<Pool>(&f.case).len(), 1, "{tag}");
        let (case, _) = joined(e);
        assert_eq!((complete(&case, Kind::SiteBindings), partial(&case, Kind::SiteBindings)), (0, 1), "{tag}");
    }
    for cut in (60..whole.trim_end().len()).step_by(23) {
        let e = alone("applicationHost.config", &whole.as_bytes()[..cut]);
        let Some(f) = e.fragments.first() else {
            assert!(cut < 200, "{cut}");
            continue;
        };
        assert_eq!(complete(&f.case, Kind::SiteBindings), 0, "{cut}");
        assert!(f.faults.iter().any(|x| matches!(x.why, Why::CutOff { .. })), "{cut}: {:?}", f.faults);
    }
}

#[test]
fn a_text_in_mixed_encodings() {
    let s = server();
    // `>` of cmd in a Korean console, then `>>` of PowerShell
    let octets = [
        page(&s.netsh(&Words::korean()), 949),
        utf16(&s.netstat(&Words::korean())),
        page(&s.tasklist(&Words::korean()), 949),
        utf8(&s.systeminfo(&Words::english())),
    ]
    .concat();
    let e = alone("all.txt", &octets);
    let f = &e.fragments[0];
    for kind in [Kind::Bindings, Kind::Listeners, Kind::Processes, Kind::Systems] {
        assert!(f.case.count(kind) > 0, "{kind:?}: {:?}", f.kinds);
    }
    assert_eq!(rows::<Binding>(&f.case).len(), 2);
    assert_eq!(f.case.count(Kind::Listeners), s.sockets.len());
    // without a mark in the middle, as `Out-File -Append` leaves it
    let bare = utf16(&s.netstat(&Words::english())).split_off(2);
    let e = alone("all.txt", &[page(&s.netsh(&Words::korean()), 949), bare].concat());
    assert_eq!(e.fragments[0].case.count(Kind::Listeners), s.sockets.len());
    assert_eq!(e.fragments[0].case.count(Kind::Bindings), 2);
}
