//! Hives and texts that the makers wrote, and the facts of them: each form tells the same.
use super::*;
use std::io::Cursor;
use tlsdiag_model::facts::{Datum, KeyLink, Location, RecordFlag, RecordKind, Set};
use tlsdiag_model::{Addr, Cover, Kind, Lang, Reading, Sight, Thumb};
use tlsdiag_pki::Thumbprint;
use tlsdiag_winfiles::registry::make::MadeKey;
use tlsdiag_winfiles::registry::make::blob::MadeBlob;
use tlsdiag_winfiles::registry::make::export::{Form, encode, export, text};
use tlsdiag_winfiles::registry::make::hive::{MadeHive, Written};
use tlsdiag_winfiles::registry::make::log::dirty;
use tlsdiag_winfiles::registry::make::query::recursive;
use tlsdiag_winfiles::registry::store::{KeyProvider, property};
use tlsdiag_winfiles::text::decode::decode;

const SCHANNEL: &str = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL";
const TAKEN: Time = 1_700_000_000_000;
/// Any octets that begin as a certificate does: stores are read, certificates are not.
const DER: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x07];

fn thumb(octets: &[u8]) -> Thumb {
    Thumb::of_octets(octets).unwrap()
}

fn set(root: &mut MadeKey, set: &str, enabled: u32) {
    let control = format!("{set}\\Control");
    root.at(&format!("{control}\\SecurityProviders\\SCHANNEL")).dword("EventLogging", 1);
    let server = root.at(&format!("{control}\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server"));
    server.dword("Enabled", enabled).text("DisabledByDefault", "0");
    root.at(&format!("{control}\\SecurityProviders\\SCHANNEL\\Protocols\\TLS1.1"));
    root.at(&format!("{control}\\ComputerName\\ComputerName")).text("ComputerName", "WEB01");
    root.at(&format!("{control}\\ProductOptions")).text("ProductType", "ServerNT");
    root.at(&format!("{control}\\TimeZoneInformation")).dword("ActiveTimeBias", (-540_i32).cast_unsigned());
    let services = format!("{set}\\Services");
    let eth = root.at(&format!("{services}\\Tcpip\\Parameters\\Interfaces\\{{11111111-2222-3333-4444-555555555555}}"));
    eth.dword("EnableDHCP", 0).texts("IPAddress", &["10.0.0.5", "0.0.0.0"]).text("DhcpIPAddress", "10.0.0.99");
    root.at(&format!("{services}\\W3SVC")).dword("Start", 2).texts("DependOnService", &["WAS", "HTTP"]);
    root.at(&format!("{services}\\Unrelated")).dword("Start", 2).text("ImagePath", "x.exe");
    let parameters = format!("{services}\\HTTP\\Parameters");
    let record = root.at(&format!("{parameters}\\SslBindingInfo\\10.0.0.5:443"));
    record.binary("SslCertHash", &[0xab; 20]).text("SslCertStoreName", "MY").dword("DefaultFlags", 0x42);
    record.binary(
        "AppId",
        &[0x81, 0xe1, 0xc3, 0x4d, 0x4b, 0xa1, 0x21, 0x4b, 0xb0, 0x22, 0x59, 0xfc, 0x66, 0x9b, 0x09, 0x14],
    );
    root.at(&format!("{parameters}\\SslBindingInfo\\[::]:443")).binary("SslCertHash", &[0; 20]);
    root.at(&format!("{parameters}\\SslBindingInfo\\0.0.0.0:8443")).binary("SslCertHash", &[0xcd; 19]);
    let host = root.at(&format!("{parameters}\\SslSniBindingInfo\\{{0d7a2d5c-0000-0000-0000-000000000001}}"));
    host.text("HostnamePort", "WWW.example.com:443")
        .binary("SslCertHash", &[0xef; 20])
        .text("SslCertStoreName", "WebHosting");
    root.at(&format!("{parameters}\\SslCcsBindingInfo\\{{0d7a2d5c-0000-0000-0000-000000000002}}")).dword("Port", 443);
    root.at(&parameters).texts("ListenOnlyList", &["10.0.0.5"]);
}

fn system() -> MadeKey {
    let mut root = MadeKey::new("ROOT");
    root.at("Select").dword("Current", 1);
    set(&mut root, "ControlSet001", 1);
    set(&mut root, "ControlSet002", 0);
    root
}

fn software() -> MadeKey {
    let mut root = MadeKey::new("ROOT");
    let windows = root.at("Microsoft\\Windows NT\\CurrentVersion");
    windows
        .text("ProductName", "Windows Server 2019 Standard")
        .text("CurrentBuildNumber", "17763")
        .text("InstallationType", "Server");
    root.at("Microsoft\\Cryptography").text("MachineGuid", "0A1B2C3D-0000-1111-2222-333344445555");
    let central = root.at("Microsoft\\IIS\\CentralCertProvider");
    central.dword("Enabled", 1).text("PrivateKeyPassword", "hunter2").text("Password", "");
    let key = KeyProvider {
        container: "le-container".to_owned(),
        provider: "Microsoft RSA SChannel Cryptographic Provider".to_owned(),
        provider_type: 12,
        flags: 0x20,
        key_spec: 2,
    };
    let named = Thumbprint::of(&DER).0.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
    let stores = "Microsoft\\SystemCertificates";
    let my =
        MadeBlob::new().key(&key).text(property::FRIENDLY_NAME, "웹").usages(&["1.3.6.1.5.5.7.3.2"]).certificate(&DER);
    root.at(&format!("{stores}\\MY\\Certificates\\{named}")).binary("Blob", &my.bytes());
    let root_entry = MadeBlob::new().certificate(&DER).bytes();
    root.at(&format!("{stores}\\ROOT\\Certificates\\{named}")).binary("Blob", &root_entry);
    root.at(&format!("{stores}\\REQUEST\\Certificates\\{}", "12".repeat(20))).binary("Blob", &root_entry[..10]);
    root
}

fn of_hive(bytes: &[u8], logs: &[(&str, &[u8])]) -> Fragment {
    let mut out = Fragment::new("case/SYSTEM", TAKEN);
    let beside = |name: &str| logs.iter().find(|(known, _)| *known == name).map(|(_, log)| log.to_vec());
    let mut octets = Cursor::new(bytes);
    assert!(sniff_hive(bytes));
    let mut input =
        Input { path: "case/SYSTEM", size: bytes.len() as u64, taken: TAKEN, octets: &mut octets, beside: &beside };
    read_hive(&mut input, &mut out).unwrap();
    out
}

fn hive(root: MadeKey) -> Written {
    MadeHive::new(root).write()
}

fn of_text(octets: &[u8], read: fn(&Decoded, &mut Fragment) -> Vec<Range<u32>>) -> (Fragment, Vec<Range<u32>>) {
    let mut out = Fragment::new("case/a.txt", TAKEN);
    let lines = read(&decode(octets), &mut out);
    (out, lines)
}

fn setting(of: &Fragment, key: &str, name: &str) -> Option<Datum> {
    let mut found =
        of.case.settings.iter().filter(|row| row.what.key.eq_ignore_ascii_case(key) && row.what.name == name);
    let first = found.next().map(|row| row.what.data.clone());
    assert!(found.next().is_none(), "{key} {name} is told twice");
    first
}

fn is_whole(of: &Fragment, what: &str) -> bool {
    of.case.wholes.iter().any(|row| &*row.what.of == what)
}

fn bindings(of: &Fragment) -> Vec<String> {
    let mut out: Vec<String> = of.case.bindings.iter().map(|row| format!("{:?}", row.what)).collect();
    out.sort();
    out
}

#[test]
fn a_system_hive_tells_switches_records_and_the_machine() {
    let out = of_hive(&hive(system()).bytes, &[]);
    assert_eq!(out.faults.len(), 0, "{:?}", out.faults);
    let server = format!("{SCHANNEL}\\Protocols\\TLS 1.2\\Server");
    assert_eq!(setting(&out, &server, "Enabled"), Some(Datum::Dword(1)));
    assert_eq!(
        setting(&out, &server, "DisabledByDefault"),
        Some(Datum::Text("0".to_owned())),
        "the wrong type is told as it is"
    );
    assert_eq!(setting(&out, &server, ""), Some(Datum::Key));
    assert_eq!(
        setting(&out, &format!("{SCHANNEL}\\Protocols\\TLS1.1"), ""),
        Some(Datum::Key),
        "the misspelt key is told"
    );
    let other = server.replace("CurrentControlSet", "ControlSet002");
    assert_eq!(setting(&out, &other, "Enabled"), Some(Datum::Dword(0)));
    assert!(is_whole(&out, SCHANNEL) && is_whole(&out, "HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters"));
    assert!(
        is_whole(&out, "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy"),
        "absent, and known to be"
    );
    assert!(!is_whole(&out, "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL"));
    assert!(out.case.settings.iter().all(|row| !row.what.key.contains("Unrelated")));
    let w3svc = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\W3SVC";
    assert_eq!(setting(&out, w3svc, "DependOnService"), Some(Datum::List(vec!["WAS".to_owned(), "HTTP".to_owned()])));

    let find =
        |addr, port| out.case.bindings.iter().find(|row| row.what.addr == addr && row.what.port == port).unwrap();
    let first = find(Addr::Is("10.0.0.5".parse().unwrap()), 443);
    assert_eq!(first.what.hash, Reading::Good(thumb(&[0xab; 20])));
    assert_eq!(first.what.app.as_deref(), Some("{4dc3e181-a14b-4b21-b022-59fc669b0914}"));
    let flags = first.what.flags.as_ref().unwrap();
    assert!(
        flags.contains(&RecordFlag::NegotiateClientCertificate)
            && flags.contains(&RecordFlag::DisableTls13)
            && flags.len() == 2
    );
    assert_eq!((first.span.first, first.span.last), (1_577_836_800_000, TAKEN), "it holds since the key was written");
    assert_eq!(find(Addr::AnyV6, 443).what.hash, Reading::Empty);
    assert!(matches!(&find(Addr::AnyV4, 8443).what.hash, Reading::Damaged { expected: 20, found: 19, .. }));
    let host = out.case.bindings.iter().find(|row| row.what.kind == RecordKind::HostnamePort).unwrap();
    assert_eq!(
        (host.what.name.as_ref().unwrap().as_str(), host.what.store.as_deref()),
        ("www.example.com", Some("WebHosting"))
    );
    assert!(out.case.bindings.iter().any(|row| row.what.kind == RecordKind::Ccs && row.what.port == 443));
    assert_eq!(out.case.bindings.len(), 5);
    let survey = out.case.surveys.iter().find(|survey| survey.kind == Kind::Bindings).unwrap();
    assert_eq!(survey.cover, Cover::Complete);
    assert_eq!(out.case.listen_lists[0].what.addrs, ["10.0.0.5".parse::<std::net::IpAddr>().unwrap()]);

    assert_eq!(out.marks, [crate::fragment::Mark::Computer("WEB01".to_owned())]);
    let systems = || out.case.systems.iter().map(|row| &row.what);
    assert!(systems().any(|s| s.computer.as_deref() == Some("WEB01")));
    assert!(systems().any(|s| s.server == Some(true)));
    assert!(systems().any(|s| s.bias_min == Some(-540)));
    assert!(systems().any(|s| s.addrs == ["10.0.0.5".parse::<std::net::IpAddr>().unwrap()]), "the address in use");
}

#[test]
fn exports_and_query_output_tell_what_the_hive_tells() {
    let from_hive = of_hive(&hive(system()).bytes, &[]);
    let mut root = system();
    let now = root.at("ControlSet001").clone();
    let path = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet";
    let texts = [
        (export(path, &now, Form::Five), read_export as fn(&Decoded, &mut Fragment) -> Vec<Range<u32>>),
        (export(path, &now, Form::FiveUtf8(false)), read_export),
        (export("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001", &now, Form::Five), read_export),
        (recursive(path, &now, "(기본값)").into_bytes(), read_query),
    ];
    for (index, (octets, read)) in texts.iter().enumerate() {
        let (out, lines) = of_text(octets, *read);
        assert_eq!(out.faults.len(), 0, "{index}: {:?}", out.faults);
        assert_eq!(bindings(&out), bindings(&from_hive), "{index}");
        let count = u32::try_from(decode(octets).text.lines().count()).unwrap();
        assert!(lines.last().unwrap().end >= count && lines.len() <= 2, "{index}: {lines:?} of {count}");
        let server = format!("{SCHANNEL}\\Protocols\\TLS 1.2\\Server");
        assert_eq!(setting(&out, &server, "Enabled"), Some(Datum::Dword(1)), "{index}");
        assert!(is_whole(&out, SCHANNEL), "{index}");
        assert_eq!(
            out.case.surveys.iter().find(|s| s.kind == Kind::Bindings).unwrap().cover,
            Cover::Complete,
            "{index}"
        );
        assert_eq!(out.marks.len(), 1, "{index}");
        let row = out.case.settings.iter().find(|row| row.what.name == "Enabled").unwrap();
        let Origin::File { line, .. } = &row.examples[0] else { panic!("{row:?}") };
        let named = decode(octets).text.lines().nth(*line as usize - 1).unwrap().to_owned();
        assert!(named.contains("Enabled"), "{index}: {named}");
    }
}

#[test]
fn an_export_within_other_output_is_found_and_the_rest_left() {
    let mut root = system();
    let schannel = root.at("ControlSet001\\Control\\SecurityProviders\\SCHANNEL").clone();
    let body = text(
        "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL",
        &schannel,
        Form::FiveUtf8(false),
    );
    let all = format!("collected by somebody\r\nC:\\> type a.reg\r\n{body}netstat\r\n");
    let (out, lines) = of_text(all.as_bytes(), read_export);
    assert_eq!(out.kinds, ["reg-export"]);
    assert_eq!(lines.first().unwrap().start, 3);
    assert!(lines.last().unwrap().end as usize <= all.lines().count());
    assert!(!is_whole(&out, SCHANNEL), "with foreign lines in it nothing says that it is whole");
    let row = out.case.settings.iter().find(|row| row.what.name == "EventLogging").unwrap();
    assert!(
        matches!(&row.examples[0], Origin::File { line, .. } if all.lines().nth(*line as usize - 1).unwrap().contains("EventLogging"))
    );
    let (out, lines) = of_text(b"no registry\r\n[section]\r\nkey=value\r\n", read_export);
    assert!(out.kinds.is_empty() && lines.is_empty());
}

#[test]
fn a_software_hive_tells_stores_roots_and_no_password() {
    let out = of_hive(&hive(software()).bytes, &[]);
    let my = out.case.stored.iter().find(|row| row.what.store == "MY").unwrap();
    assert_eq!(my.what.location, Location::Machine);
    assert_eq!(my.what.thumb, Reading::Good(thumb(&Thumbprint::of(&DER).0)));
    let Sight::Saw(KeyLink::Named(key)) = &my.what.key else { panic!("{:?}", my.what.key) };
    assert_eq!(
        (key.container.as_deref(), key.provider_type, key.spec, key.flags),
        (Some("le-container"), Some(12), Some(2), Some(0x20))
    );
    assert_eq!(my.what.purposes, Sight::Saw(Some(vec!["1.3.6.1.5.5.7.3.2".to_owned()])));
    assert_eq!((my.what.archived, my.what.friendly.as_deref()), (Some(false), Some("웹")));
    let root = out.case.stored.iter().find(|row| row.what.store == "Root").unwrap();
    assert_eq!((&root.what.key, &root.what.purposes), (&Sight::Saw(KeyLink::None), &Sight::Saw(None)));
    let request = out.case.stored.iter().find(|row| row.what.store == "REQUEST").unwrap();
    assert_eq!(
        (&request.what.key, &request.what.archived, request.what.cert),
        (&Sight::Hidden, &None, None),
        "a cut entry says little"
    );
    assert_eq!(request.what.thumb, Reading::Good(thumb(&[0x12; 20])));
    assert_eq!(out.faults.len(), 1);
    let said = out.faults[0].say.render(Lang::En);
    assert!(said.contains("REQUEST") && said.contains("property's head of 12 bytes"), "{said}");
    assert!(is_whole(&out, "store:Machine\\MY") && is_whole(&out, "store:Machine\\WebHosting"));
    let anchors = &out.case.anchors[0].what;
    assert_eq!((&anchors.set, &anchors.certs), (&Set::Machine, &vec![root.what.cert.unwrap()]));
    let central = "HKLM\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider";
    assert_eq!(setting(&out, central, "PrivateKeyPassword"), Some(Datum::Text("set".to_owned())));
    assert_eq!(setting(&out, central, "Password"), Some(Datum::Text(String::new())));
    assert!(!format!("{out:?}").contains("hunter2"));
    assert!(out.marks.contains(&crate::fragment::Mark::Guid("0a1b2c3d-0000-1111-2222-333344445555".to_owned())));
    assert!(out.case.systems.iter().any(|row| row.what.build == Some(17763) && row.what.server == Some(true)));
}

#[test]
fn a_dirty_hive_is_whole_only_with_its_log() {
    let older = MadeHive::new(system());
    let mut root = system();
    root.at("ControlSet001\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server").dword("Enabled", 0);
    let newer = MadeHive { root, ..older.clone() };
    let made = dirty(&older.write().bytes, &newer.write().bytes, true);
    let server = format!("{SCHANNEL}\\Protocols\\TLS 1.2\\Server");
    let alone = of_hive(&made.hive, &[]);
    assert_eq!(setting(&alone, &server, "Enabled"), Some(Datum::Dword(1)));
    assert!(alone.case.wholes.is_empty() && alone.faults[0].say.render(Lang::En).contains("older state"));
    assert!(alone.case.surveys.iter().all(|survey| survey.cover != Cover::Complete));
    let with = of_hive(&made.hive, &[("SYSTEM.LOG1", &made.log)]);
    assert_eq!(setting(&with, &server, "Enabled"), Some(Datum::Dword(0)));
    assert!(with.faults.is_empty() && is_whole(&with, SCHANNEL));
    let log = of_hive(&made.log, &[]);
    assert_eq!((log.kinds.as_slice(), log.faults.len()), (&["hive-log"][..], 0));
}

#[test]
fn a_cut_or_damaged_hive_says_so_and_is_not_whole() {
    let written = hive(system());
    let bytes = &written.bytes;
    let cut = of_hive(&bytes[..bytes.len() * 2 / 3], &[]);
    assert!(cut.faults.iter().any(|fault| matches!(fault.why, Why::CutOff { .. })));
    assert!(cut.case.surveys.iter().all(|survey| survey.cover != Cover::Complete));
    let mut damaged = bytes.clone();
    let cell = written.keys["CONTROLSET001\\SERVICES\\HTTP\\PARAMETERS\\SSLBINDINGINFO\\[::]:443"];
    damaged[cell + 4] = b'?';
    let out = of_hive(&damaged, &[]);
    assert_eq!(out.case.bindings.len(), 4);
    let survey = out.case.surveys.iter().find(|survey| survey.kind == Kind::Bindings).unwrap();
    assert_eq!(survey.cover, Cover::Partial(Why::DamagedAt { at: cell as u64 }));
    assert!(is_whole(&out, SCHANNEL), "the damage is elsewhere");
    assert!(out.faults[0].say.render(Lang::Ko).contains("SslBindingInfo"));
}

#[test]
fn registry_files_of_others_are_read() {
    let Some(dir) = std::env::var_os("TLSDIAG_CORPUS").map(|dir| std::path::PathBuf::from(dir).join("registry")) else {
        eprintln!("skipped: TLSDIAG_CORPUS is not set");
        return;
    };
    let nothing = |_: &str| None;
    let read = |name: &str| {
        let octets = std::fs::read(dir.join(name)).unwrap();
        let mut out = Fragment::new(name, TAKEN);
        let mut reader = Cursor::new(&octets);
        let mut input =
            Input { path: name, size: octets.len() as u64, taken: TAKEN, octets: &mut reader, beside: &nothing };
        let done =
            if sniff_hive(&octets) { read_hive(&mut input, &mut out) } else { read_policy(&mut input, &mut out) };
        done.unwrap();
        out
    };
    let hive = read("mkorman90+regipy/regipy_tests/data/SYSTEM");
    assert!(is_whole(&hive, SCHANNEL) && hive.case.urls.iter().any(|row| row.what.url == "https://+:5986/wsman/"));
    assert_eq!((hive.marks.len(), hive.faults.len(), hive.case.bindings.len()), (1, 0, 0));
    let client = format!("{SCHANNEL}\\Protocols\\SSL 2.0\\Client");
    assert_eq!(setting(&hive, &client, "DisabledByDefault"), Some(Datum::Dword(1)));
    assert!(hive.case.settings.len() < 1500, "{} settings", hive.case.settings.len());
    let policy = read(
        "nsacyber+Windows-Secure-Host-Baseline/Certificates/Group_Policy_Objects/Computer/{D1DE50B0-DF95-405B-B2DA-6C16CBB6BF54}/DomainSysvol/GPO/Machine/registry.pol",
    );
    assert!(policy.case.stored.len() > 20 && policy.faults.is_empty());
    assert!(policy.case.stored.iter().all(|row| row.what.location == Location::Policy && row.what.cert.is_some()));
}

#[test]
fn orders_are_told_and_not_read_as_the_state_of_a_machine() {
    let order = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server]\r\n\"Enabled\"=dword:0\r\n\"DisabledByDefault\"=-\r\n\r\n";
    let (out, _) = of_text(&encode(order, Form::Five), read_export);
    assert!(out.case.settings.iter().all(|row| row.how == How::Told) && out.case.wholes.is_empty());
    assert_eq!(setting(&out, &format!("{SCHANNEL}\\Protocols\\TLS 1.0\\Server"), "Enabled"), Some(Datum::Dword(0)));
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut octets = b"PReg\x01\0\0\0".to_vec();
    octets.extend(units("[Software\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002\0;Functions\0;"));
    octets.extend(1_u32.to_le_bytes());
    octets.extend(units(";"));
    octets.extend(4_u32.to_le_bytes());
    octets.extend(units(";A\0]"));
    let mut reader = Cursor::new(octets.clone());
    let mut out = Fragment::new("GPO/Machine/registry.pol", TAKEN);
    let mut input =
        Input { path: "GPO/Machine/registry.pol", size: 1, taken: TAKEN, octets: &mut reader, beside: &|_| None };
    read_policy(&mut input, &mut out).unwrap();
    let key = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002";
    assert_eq!(setting(&out, key, "Functions"), Some(Datum::Text("A".to_owned())));
    assert!(sniff_policy(&octets) && out.faults.is_empty());
}
