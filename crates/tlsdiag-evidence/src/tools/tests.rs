//! Tests of what listings of tools become.
use super::*;
use tlsdiag_model::facts::{
    Binding, Event, Fact, KeyFile, KeyFolder, ListenList, Listener, Process, RecordFlag, RecordKind, SiteBinding,
    Suites, System, Url, Whole,
};
use tlsdiag_model::{Addr, Kind, Reading, Sight};
use tlsdiag_winfiles::text::binding::{Key, Printer, Setting, State};
use tlsdiag_winfiles::text::decode::decode;
use tlsdiag_winfiles::text::make::{self, DateForm, Words};
use tlsdiag_winfiles::text::shape::{Endpoint, Guid, Hash};

const IIS: &str = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";

fn fragment(name: &str, text: &str) -> Fragment {
    let mut out = Fragment::new(name, 7);
    read(&decode(text.as_bytes()), &mut out);
    out
}

fn covers(out: &Fragment) -> Vec<(Kind, bool)> {
    out.case.surveys.iter().map(|survey| (survey.kind, survey.cover == Cover::Complete)).collect()
}

fn records() -> String {
    let id = Guid::parse(IIS).unwrap();
    let key = |text: &str| Key::Ip(Endpoint::parse(text).unwrap());
    let mut first =
        make::binding(Printer::Netsh, key("0.0.0.0:443"), Some(Hash::Whole(vec![0xc0; 20])), id, Some("my"));
    let states = [State::On, State::Off, State::On, State::Off, State::On];
    first.settings =
        states.into_iter().map(|s| Setting { switch: None, word: String::new(), state: Some(s), line: 0 }).collect();
    let second = make::binding(Printer::Netsh, Key::Central(443), Some(Hash::Null), id, None);
    let third = make::binding(
        Printer::Netsh,
        Key::Host(Endpoint::parse("WWW.example.com:443").unwrap()),
        Some(Hash::Null),
        id,
        Some("WEBHOSTING"),
    );
    make::sslcert(&[first, second, third], &Words::korean())
}

#[test]
fn records_of_a_korean_machine() {
    let out = fragment("a.txt", &records());
    assert_eq!(out.kinds, ["netsh-sslcert"]);
    let rows: Vec<&Binding> = Binding::rows(&out.case).iter().map(|row| &row.what).collect();
    let shown: Vec<_> = rows
        .iter()
        .map(|b| (b.kind, b.addr, b.port, b.name.as_ref().map(ToString::to_string), b.store.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            (RecordKind::IpPort, Addr::AnyV4, 443, None, Some("MY")),
            (RecordKind::Ccs, Addr::Any, 443, None, None),
            (RecordKind::HostnamePort, Addr::Any, 443, Some("www.example.com".to_owned()), Some("WebHosting")),
        ]
    );
    assert_eq!((rows[0].app.as_deref(), &rows[1].hash), (Some(IIS), &Reading::Empty));
    assert_eq!(rows[0].flags, Some([RecordFlag::NegotiateClientCertificate].into()));
    assert_eq!(covers(&out), [(Kind::Bindings, true)]);
    assert!(out.faults.is_empty(), "{:?}", out.faults);
}

#[test]
fn output_cut_in_the_middle_is_partial_and_says_where() {
    let text = records();
    let cut = text.get(..text.len() - 400).unwrap();
    let out = fragment("a.txt", cut);
    assert_eq!(covers(&out), [(Kind::Bindings, false)]);
    assert!(out.faults.iter().any(|fault| matches!(fault.why, Why::CutOff { .. })), "{:?}", out.faults);
}

#[test]
fn the_damaged_hash_of_the_article_keeps_nineteen_octets() {
    let text = "IP\t0.0.0.0:443\nHash\tc09b416d6b 8d615db22 64079d15638e96823d\nGuid\t{4dc3e181-e14b-4a21-b022-59fc669b0914}\nCertStoreName\tMY\nCertCheckMode\t0\nRevocationFreshnessTime\t0\nUrlRetrievalTimeout\t0\nSslCtlIdentifier\t0\nSslCtlStoreName\t0\nFlags\t0\n";
    let out = fragment("a.txt", text);
    assert_eq!(out.kinds, ["httpcfg-ssl"]);
    let row = &Binding::rows(&out.case)[0].what;
    assert_eq!(
        row.hash,
        Reading::Damaged { raw: "c09b416d6b08d615db22064079d15638e96823".into(), expected: 40, found: 38 }
    );
    assert_eq!((row.flags.clone(), row.ctl_store.clone()), (Some([].into()), None));
    assert!(matches!(out.faults[0].why, Why::DamagedAt { at: 2 }));
}

#[test]
fn an_empty_listen_list_is_a_list() {
    for (name, text) in [
        ("a.txt", "C:\\>httpcfg query iplisten\nHttpQueryServiceConfiguration completed with 1168.\n"),
        ("httpcfg-query-iplisten.txt", "HttpQueryServiceConfiguration completed with 1168.\n"),
        (
            "a.txt",
            "C:\\>netsh http show iplisten\n\nIP addresses present in the IP listen list:\n-------------------------------------------\n",
        ),
    ] {
        let out = fragment(name, text);
        assert_eq!(
            ListenList::rows(&out.case).iter().map(|r| r.what.addrs.len()).collect::<Vec<_>>(),
            [0],
            "{name} {text}"
        );
    }
    // the number alone does not say what was asked for
    let out = fragment("a.txt", "HttpQueryServiceConfiguration completed with 1168.\n");
    assert!(ListenList::rows(&out.case).is_empty() && !out.kinds.is_empty());
    let out = fragment(
        "a.txt",
        &make::listen_list(&["192.0.2.7".parse().unwrap(), "192.0.2.1".parse().unwrap()], &Words::german()),
    );
    assert_eq!(
        ListenList::rows(&out.case)[0].what.addrs,
        ["192.0.2.1", "192.0.2.7"].map(|a| a.parse::<std::net::IpAddr>().unwrap())
    );
}

#[test]
fn listeners_with_their_owner() {
    let text = "활성 연결\n\n  프로토콜  로컬 주소  외부 주소  상태  PID\n  TCP    0.0.0.0:443   0.0.0.0:0   LISTENING   1244\n  Apache2.4\n [httpd.exe]\n  TCP    [::]:443   [::]:0   LISTENING   4\n  TCP    192.0.2.1:50000   198.51.100.1:443   ESTABLISHED   77\n";
    let out = fragment("a.txt", text);
    let rows: Vec<_> = Listener::rows(&out.case)
        .iter()
        .map(|r| (r.what.addr, r.what.port, r.what.pid, r.what.program.as_deref(), r.what.services.len()))
        .collect();
    assert_eq!(rows, [(Addr::AnyV4, 443, Some(1244), Some("httpd.exe"), 1), (Addr::AnyV6, 443, Some(4), None, 0)]);
    assert_eq!(covers(&out), [(Kind::Listeners, true)]);
    let filtered =
        fragment("a.txt", "C:\\>netstat -ano | findstr :443\n  TCP    0.0.0.0:443   0.0.0.0:0   LISTENING   4\n");
    assert_eq!(covers(&filtered), [(Kind::Listeners, false)]);
}

#[test]
fn an_error_of_netsh_names_its_record() {
    let hash = "ab".repeat(20);
    let text = format!(
        "C:\\>netsh http add sslcert ipport=0.0.0.0:443 certhash={hash} appid={IIS}\n\nSSL 인증서를 추가하지 못했습니다. 오류: 1312\n지정된 로그온 세션이 없습니다.\n"
    );
    let out = fragment("a.txt", &text);
    let row = &Event::rows(&out.case)[0].what;
    assert_eq!((row.source.as_str(), row.id, row.code), ("netsh", 1312, Some(0x8007_0520)));
    assert_eq!(
        (row.endpoint.as_ref().map(|e| (e.addr, e.port)), row.thumb.as_ref().map(ToString::to_string)),
        (Some((Addr::AnyV4, 443)), Some(hash))
    );
    // the mark that came along with the paste is told
    let out = fragment(
        "a.txt",
        "C:\\>netsh http add sslcert ipport=0.0.0.0:443 certhash=\u{200e}abab appid={4dc3e181-e14b-4a21-b022-59fc669b0914}\n\nSSL Certificate add failed, Error: 87\nThe parameter is incorrect.\n",
    );
    assert!(
        out.faults.iter().any(|fault| fault.say.render(tlsdiag_model::Lang::En).contains("U+200E")),
        "{:?}",
        out.faults
    );
}

#[test]
fn key_files_their_folder_and_their_rights() {
    const NAME: &str = "c2319c42033a5ca7f44e731bfd3fa2b5_4dc3e181-e14b-4a21-b022-59fc669b0914";
    const PATH: &str = "C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys";
    let folder = tlsdiag_winfiles::text::dir::Folder {
        path: Some(PATH.to_owned()),
        entries: vec![tlsdiag_winfiles::text::dir::FolderEntry {
            name: NAME.to_owned(),
            size: Some(2048),
            is_folder: false,
            line: 0,
        }],
        whole: true,
        ..Default::default()
    };
    let text = format!(
        "C:\\>dir /a {PATH}\n{}C:\\>icacls {PATH} /t\n{PATH}\\{NAME} NT-AUTORITÄT\\SYSTEM:(F)\n{}VORDEFINIERT\\Administratoren:(F)\n{}IIS AppPool\\Pool:(R)\n\n1 Dateien verarbeitet, 0 Fehler\n",
        make::dir(&folder, &Words::german(), DateForm::German),
        " ".repeat(PATH.len() + NAME.len() + 2),
        " ".repeat(PATH.len() + NAME.len() + 2),
    );
    let out = fragment("a.txt", &text);
    let rows: Vec<&KeyFile> = KeyFile::rows(&out.case).iter().map(|row| &row.what).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].folder, rows[0].name.as_str(), rows[0].size), (KeyFolder::MachineKeys, NAME, Some(2048)));
    let Sight::Saw(acl) = &rows[1].acl else { panic!("{rows:?}") };
    let shown: Vec<_> = acl.iter().map(|a| (a.sid.as_deref(), a.allow, a.read, a.full)).collect();
    assert_eq!(
        shown,
        [(Some("S-1-5-18"), true, true, true), (Some("S-1-5-32-544"), true, true, true), (None, true, true, false)]
    );
    let wholes: Vec<String> = Whole::rows(&out.case).iter().map(|row| row.what.of.to_string()).collect();
    assert_eq!(wholes, ["folder:machine_keys", "acl:machine_keys"]);
}

#[test]
fn the_rest_of_a_machine() {
    let text = "C:\\>systeminfo\n\n호스트 이름:   WEB01\nOS 이름:   Microsoft Windows Server 2019 Standard\nOS 버전:   10.0.17763 해당 없음 빌드 17763\nC:\\>tasklist /svc\n\n이미지 이름                    PID 서비스\n========================= ======== ============================================\nSystem                           4 해당 없음\nw3wp.exe                      4242 W3SVC\nC:\\>appcmd list site\nSITE \"A\" (id:1,bindings:https/*:443:www.example.com,state:Started)\nC:\\>netsh http show servicestate\n\n큐 이름: A\n    프로세스 ID:\n        4242\n    등록된 URL:\n        HTTPS://WWW.EXAMPLE.COM:443/\n";
    let out = fragment("a.txt", text);
    assert_eq!(out.marks, [crate::Mark::Computer("WEB01".to_owned())]);
    let system = &System::rows(&out.case)[0].what;
    assert_eq!((system.build, system.server), (Some(17763), Some(true)));
    assert_eq!(Process::rows(&out.case).len(), 2);
    let site = &SiteBinding::rows(&out.case)[0].what;
    assert_eq!((site.protocol.as_str(), site.port, site.running), ("https", 443, Some(true)));
    let url = &Url::rows(&out.case)[0].what;
    assert_eq!(
        (url.url.as_str(), url.pids.as_slice(), url.owner.as_deref()),
        ("https://WWW.EXAMPLE.COM:443/", [4242].as_slice(), Some("A"))
    );
    let mut kinds: Vec<Kind> = covers(&out).into_iter().filter(|(_, all)| *all).map(|(kind, _)| kind).collect();
    kinds.sort_by_key(|kind| kind.slug());
    assert_eq!(kinds, [Kind::Processes, Kind::SiteBindings, Kind::Urls]);
    let out = fragment(
        "a.txt",
        &make::cipher_suites(&["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"]),
    );
    assert_eq!(Suites::rows(&out.case)[0].what.list.len(), 3);
}
