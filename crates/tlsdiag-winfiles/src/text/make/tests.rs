//! Labels replaced by any words, in any encoding, leave every record as it is.
use super::super::access::{Access, Entry, Rights};
use super::super::appcmd::{Listed, Object, SiteBinding};
use super::super::binding::{Key, Printer, Setting, Span, SslBinding, State};
use super::super::dir::{Folder, FolderEntry};
use super::super::netsh_other::UrlReservation;
use super::super::netstat::{Socket, Transport};
use super::super::read::{Contents, Item, read};
use super::super::services::{Service, ServiceState};
use super::super::servicestate::{QueueProcess, RequestQueue};
use super::super::shape::{Endpoint, Guid, Hash};
use super::super::system::SystemFacts;
use super::super::tasklist::Process;
use super::super::url::UrlPrefix;
use super::super::{accounts, decode};
use super::*;
use proptest::prelude::*;

const IIS: &str = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";
const KEY_FILE: &str = "c2319c42033a5ca7f44e731bfd3fa2b5_4dc3e181-e14b-4a21-b022-59fc669b0914";

fn ip(text: &str) -> Key {
    Key::Ip(Endpoint::parse(text).unwrap())
}

fn records(printer: Printer, extra: usize) -> Vec<SslBinding> {
    let id = Guid::parse(IIS).unwrap();
    let mut out = vec![binding(printer, ip("0.0.0.0:443"), Some(Hash::Whole((0..20).collect())), id, Some("My"))];
    if printer == Printer::Netsh {
        out.push(binding(printer, ip("[2001:db8::1]:8443"), Some(Hash::Null), Guid([0; 16]), None));
        out.push(binding(
            printer,
            Key::Host(Endpoint::parse("www.example.com:443").unwrap()),
            Some(Hash::Whole(vec![0xab; 32])),
            id,
            Some("WebHosting"),
        ));
        out.push(binding(printer, Key::Central(443), Some(Hash::Null), id, None));
        out[2].ctl_store = Some("AdfsTrustedDevices".to_owned());
    } else {
        out.push(binding(printer, ip("192.0.2.1:443"), Some(Hash::Whole((7..27).rev().collect())), id, Some("MY")));
        out[1].check_mode = Some(1);
        out[1].flags = Some(2);
    }
    out[0].retrieval_timeout = Some(5000);
    for record in &mut out {
        let states = [State::On, State::Off, State::On, State::Off, State::On];
        let more = std::iter::repeat_n(State::NotSet, extra);
        if printer == Printer::Netsh {
            record.settings = states
                .into_iter()
                .chain(more)
                .map(|state| Setting { switch: None, word: String::new(), state: Some(state), line: 0 })
                .collect();
        }
    }
    out
}

/// What of a record must not depend on words.
fn plain(record: &SslBinding) -> SslBinding {
    let settings = record.settings.iter().map(|s| Setting {
        switch: None,
        word: String::new(),
        state: s.state.filter(|s| *s != State::NotSet),
        line: 0,
    });
    SslBinding {
        key_label: String::new(),
        lines: Span::default(),
        cut: false,
        settings: settings.collect(),
        ..record.clone()
    }
}

fn socket(local: &str, foreign: &str, pid: u32) -> Socket {
    let foreign = Endpoint::parse(foreign).unwrap();
    Socket {
        transport: Transport::Tcp,
        local: Ok(Endpoint::parse(local).unwrap()),
        listens: foreign.port == 0,
        foreign: Ok(foreign),
        state: None,
        pid: Some(pid),
        program: (pid == 1244).then(|| "svchost.exe".to_owned()),
        component: (pid == 1244).then(|| "RpcSs".to_owned()),
        lines: Span::default(),
    }
}

fn sockets() -> Vec<Socket> {
    vec![
        socket("0.0.0.0:443", "0.0.0.0:0", 4),
        socket("[::]:443", "[::]:0", 4),
        socket("127.0.0.1:49152", "127.0.0.1:443", 1244),
        socket("[fe80::1%12]:135", "[::]:0", 1244),
    ]
}

fn access() -> Access {
    let entry = |account: &str, deny, full| Entry {
        account: account.to_owned(),
        sid: accounts::sid(account),
        deny,
        inherited: !deny,
        inherit_only: false,
        rights: if full {
            Rights { read: true, write: true, full }
        } else {
            Rights { read: true, ..Rights::default() }
        },
        line: 0,
    };
    let entries = vec![
        entry("NT AUTHORITY\\SYSTEM", false, true),
        entry("S-1-5-32-544", false, true),
        entry("BUILTIN\\IIS_IUSRS", true, false),
    ];
    Access {
        path: format!("C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\{KEY_FILE}"),
        entries,
        unsure: false,
        lines: Span::default(),
    }
}

fn output(choice: u8) -> Output {
    let page = |number| Output::CodePage(super::super::code_page::CodePage::numbered(number).unwrap());
    match choice % 14 {
        0 => Output::Utf8(false),
        1 => Output::Utf8(true),
        2 => Output::Utf16Le(false),
        3 => Output::Utf16Le(true),
        4 => Output::Utf16Be(true),
        5 => page(949),
        6 => page(932),
        7 => page(936),
        8 => page(950),
        9 => page(850),
        10 => page(1252),
        11 => page(866),
        12 => page(1251),
        _ => page(437),
    }
}

fn contents(text: &str, choice: u8) -> Contents {
    read(&decode(&encode(text, output(choice))))
}

/// A code page is for one script: words of others are ruined there, or stand where nobody who writes it puts any.
fn spoken(words: Words, choice: u8) -> Words {
    let Output::CodePage(page) = output(choice) else { return words };
    let fits = |text: &str| {
        text.chars().all(|c| {
            c.is_ascii()
                || matches!(
                    (page.number(), c),
                    (949, '가'..='힣')
                        | (932, 'ぁ'..='ヶ')
                        | (936 | 950, '\u{4e00}'..='\u{9fff}')
                        | (866 | 1251, 'а'..='я')
                        | (850 | 1252 | 437, 'ß'..='ü')
                )
        }) && !page.encode(text).contains(&b'?')
    };
    let mut words = words.narrow();
    words.labels.retain(|label| fits(label));
    let labels = if words.labels.len() < 9 { Words::english().labels } else { words.labels };
    let state = |word: String, other: &str| if fits(&word) { word } else { other.to_owned() };
    Words {
        on: state(words.on, "ON ON"),
        off: state(words.off, "OFF OFF"),
        unset: state(words.unset, "NOT SET"),
        labels,
        ..words
    }
}

fn some_words() -> impl Strategy<Value = Words> {
    prop_oneof![
        1 => Just(Words::english()),
        1 => Just(Words::korean()),
        1 => Just(Words::german()),
        1 => Just(Words::japanese()),
        20 => any::<u64>().prop_map(Words::random),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_of_http_sys(words in some_words(), choice in any::<u8>(), extra in prop_oneof![Just(0_usize), Just(10_usize)]) {
        let words = spoken(words, choice);
        let want = records(Printer::Netsh, extra);
        let got = contents(&sslcert(&want, &words), choice);
        let got: Vec<SslBinding> = got.items().filter_map(|item| match item { Item::Binding(b) => Some(plain(b)), _ => None }).collect();
        prop_assert_eq!(got, want.iter().map(plain).collect::<Vec<_>>());
    }

    #[test]
    fn records_of_httpcfg(words in some_words(), choice in any::<u8>()) {
        let words = spoken(words, choice);
        let want = records(Printer::Httpcfg, 0);
        let got = contents(&httpcfg_ssl(&want, &words), choice);
        let got: Vec<SslBinding> = got.items().filter_map(|item| match item { Item::Binding(b) => Some(plain(b)), _ => None }).collect();
        prop_assert_eq!(got, want.iter().map(plain).collect::<Vec<_>>());
    }

    #[test]
    fn listen_lists(words in some_words(), choice in any::<u8>(), old in any::<bool>()) {
        let words = spoken(words, choice);
        let want: Vec<std::net::IpAddr> = vec!["192.0.2.1".parse().unwrap(), "::1".parse().unwrap()];
        let text = if old { httpcfg_listen_list(&want, &words) } else { listen_list(&want, &words) };
        let got = contents(&text, choice);
        let got: Vec<std::net::IpAddr> = got.items().filter_map(|item| match item { Item::Listen(l) => Some(l.address), _ => None }).collect();
        prop_assert_eq!(got, want);
    }

    #[test]
    fn queues_and_reservations(words in some_words(), choice in any::<u8>()) {
        let words = spoken(words, choice);
        let url = |text: &str| (UrlPrefix::parse(text).unwrap(), 0);
        let want = vec![
            RequestQueue { name: Some("DefaultAppPool".to_owned()), processes: vec![QueueProcess { pid: 3248, image: None, line: 0 }], urls: vec![url("HTTPS://*:443/"), url("HTTPS://WWW.EXAMPLE.COM:443:192.0.2.1/A/")], lines: Span::default() },
            RequestQueue { name: Some("other".to_owned()), processes: vec![QueueProcess { pid: 1412, image: Some("C:\\Windows\\System32\\svchost.exe".to_owned()), line: 0 }], urls: vec![url("HTTP://+:5985/WSMAN/")], lines: Span::default() },
        ];
        let got = contents(&servicestate(&want, &words), choice);
        let got: Vec<RequestQueue> = got.items().filter_map(|item| match item {
            Item::Queue(q) => Some(RequestQueue {
                lines: Span::default(),
                processes: q.processes.iter().map(|p| QueueProcess { line: 0, ..p.clone() }).collect(),
                urls: q.urls.iter().map(|(url, _)| (url.clone(), 0)).collect(),
                ..q.clone()
            }),
            _ => None,
        }).collect();
        prop_assert_eq!(got, want);
        let want = vec![UrlReservation { url: UrlPrefix::parse("https://+:443/x/").unwrap(), users: vec!["NT SERVICE\\SstpSvc".to_owned(), "BUILTIN\\Administrators".to_owned()], sddl: Some("D:(A;;GA;;;BA)".to_owned()), lines: Span::default() }];
        let got = contents(&urlacl(&want, &words), choice);
        let got: Vec<UrlReservation> = got.items().filter_map(|item| match item { Item::Reservation(r) => Some(UrlReservation { lines: Span::default(), ..r.clone() }), _ => None }).collect();
        prop_assert_eq!(got, want);
    }

    #[test]
    fn sockets_in_any_language(words in some_words(), choice in any::<u8>()) {
        let words = spoken(words, choice);
        let got = contents(&netstat(&sockets(), &words), choice);
        let got: Vec<Socket> = got.items().filter_map(|item| match item { Item::Socket(s) => Some(Socket { state: None, lines: Span::default(), ..s.clone() }), _ => None }).collect();
        prop_assert_eq!(got, sockets());
    }

    #[test]
    fn processes_services_and_the_system(words in some_words(), choice in any::<u8>(), svc in any::<bool>()) {
        let words = spoken(words, choice);
        let services = |list: &[&str]| if svc { list.iter().map(|s| (*s).to_owned()).collect() } else { vec![] };
        let process = |image: &str, pid, list: &[&str]| Process { image: image.to_owned(), pid, services: services(list), lines: Span::default() };
        let want = vec![process("System Idle Process", 0, &[]), process("System", 4, &[]), process("svchost.exe", 820, &["DcomLaunch", "LSM"]), process("w3wp.exe", 12345, &[])];
        let got = contents(&tasklist(&want, &words), choice);
        let got: Vec<Process> = got.items().filter_map(|item| match item { Item::Process(p) => Some(Process { lines: Span::default(), ..p.clone() }), _ => None }).collect();
        prop_assert_eq!(got, want);

        let service = |name: &str, state, pid| Service { name: name.to_owned(), state: Some(state), pid, start_type: None, account: None, binary: None, lines: Span::default() };
        let want = vec![service("W3SVC", ServiceState::Running, Some(4242)), service("HTTP", ServiceState::Stopped, None)];
        let got = contents(&sc_query(&want, &words), choice);
        let got: Vec<Service> = got.items().filter_map(|item| match item { Item::Service(s) => Some(Service { lines: Span::default(), ..s.clone() }), _ => None }).collect();
        prop_assert_eq!(got, want);

        let want = SystemFacts { host: Some("WEB01".to_owned()), product: Some("Microsoft Windows Server 2019 Standard".to_owned()), version: Some((10, 0)), build: Some(17763), ..SystemFacts::default() };
        let got = contents(&systeminfo(&want, &words), choice);
        let got: Vec<SystemFacts> = got.items().filter_map(|item| match item { Item::System(s) => Some(SystemFacts { lines: Span::default(), ..s.clone() }), _ => None }).collect();
        prop_assert_eq!(got, vec![want]);
    }

    #[test]
    fn access_and_folders(words in some_words(), choice in any::<u8>(), form in prop_oneof![Just(DateForm::English), Just(DateForm::Korean), Just(DateForm::German)]) {
        let words = spoken(words, choice);
        let got = contents(&icacls(&[access()], &words), choice);
        let got: Vec<Access> = got.items().filter_map(|item| match item {
            Item::Access(a) => Some(Access { lines: Span::default(), entries: a.entries.iter().map(|e| Entry { line: 0, ..e.clone() }).collect(), ..a.clone() }),
            _ => None,
        }).collect();
        prop_assert_eq!(got, vec![access()]);

        let form = if matches!(output(choice), Output::CodePage(_)) && choice % 14 != 5 && form == DateForm::Korean { DateForm::German } else { form };
        let entries = vec![
            FolderEntry { name: KEY_FILE.to_owned(), size: Some(2048), is_folder: false, line: 0 },
            FolderEntry { name: "sub folder".to_owned(), size: None, is_folder: true, line: 0 },
        ];
        let want = Folder { path: Some("C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys".to_owned()), entries, whole: true, lines: Span::default() };
        let got = contents(&dir(&want, &words, form), choice);
        let got: Vec<Folder> = got.items().filter_map(|item| match item {
            Item::Folder(f) => Some(Folder { lines: Span::default(), entries: f.entries.iter().map(|e| FolderEntry { line: 0, ..e.clone() }).collect(), ..f.clone() }),
            _ => None,
        }).collect();
        prop_assert_eq!(got, vec![want]);
    }

    #[test]
    fn any_octets_are_read_without_a_panic(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        let decoded = decode(&octets);
        let _ = super::super::tool::recognise(&super::super::Text::new(&decoded.text));
        prop_assert!(read(&decoded).items().count() < 100);
    }

    #[test]
    fn a_log_cut_anywhere_keeps_what_is_whole(seed in any::<u64>(), at in any::<prop::sample::Index>(), choice in any::<u8>()) {
        let words = spoken(Words::random(seed), choice);
        let text = format!("C:\\>netsh http show sslcert\r\n{}C:\\>netstat -anob\r\n{}C:\\>icacls x\r\n{}", sslcert(&records(Printer::Netsh, 10), &words), netstat(&sockets(), &words), icacls(&[access()], &words));
        let octets = encode(&text, output(choice));
        let cut = at.index(octets.len());
        let got = read(&decode(&octets[..cut]));
        let whole = read(&decode(&octets));
        // whatever is told of the cut file is also told of the whole one, but for the last item of a tool
        let hashes = |c: &Contents| c.items().filter_map(|item| match item { Item::Binding(b) => b.hash.as_ref().and_then(|h| h.octets().map(<[u8]>::to_vec)), _ => None }).collect::<Vec<_>>();
        prop_assert!(hashes(&whole).starts_with(&hashes(&got)));
    }
}

#[test]
fn full_width_separators_in_their_own_code_pages() {
    for (words, page) in [(Words::korean(), 949), (Words::japanese(), 932)] {
        let words = Words { separator: "：".to_owned(), ..words };
        let page = Output::CodePage(super::super::code_page::CodePage::numbered(page).unwrap());
        let got = read(&decode(&encode(&sslcert(&records(Printer::Netsh, 10), &words), page)));
        let got: Vec<SslBinding> = got
            .items()
            .filter_map(|item| match item {
                Item::Binding(b) => Some(plain(b)),
                _ => None,
            })
            .collect();
        assert_eq!(got, records(Printer::Netsh, 10).iter().map(plain).collect::<Vec<_>>());
    }
}

#[test]
fn sites_and_suites() {
    let site = Listed {
        object: Object::Site {
            name: "Default Web Site".to_owned(),
            id: Some(1),
            bindings: vec![SiteBinding {
                protocol: "https".to_owned(),
                information: "*:443:www.example.com".to_owned(),
                ssl_flags: None,
            }],
            state: Some("Started".to_owned()),
        },
        lines: Span::line(1),
    };
    let got = contents(&sites(std::slice::from_ref(&site)), 0);
    assert_eq!(got.items().cloned().collect::<Vec<_>>(), [Item::Iis(site)]);
    let names = ["TLS_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"];
    let got = contents(&cipher_suites(&names), 3);
    let items: Vec<&Item> = got.items().collect();
    let [Item::Suites(suites)] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!(suites.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), names);
    let rows = contents(&get_net_tcp_connection(&sockets()[..3]), 0);
    assert_eq!(rows.items().filter(|item| matches!(item, Item::Socket(s) if s.listens)).count(), 2);
}
