//! Exports, `reg query`, PowerShell and policies: every encoding, every damage, nothing read by its label.
use super::system;
use crate::registry::export::{self, Version};
use crate::registry::make::MadeKey;
use crate::registry::make::export::{Form, encode, export as write, text};
use crate::registry::make::query::{plain, recursive};
use crate::registry::model::{FaultKind, Kind, Place, Root, Soundness};
use crate::registry::paths::Wants;
use crate::registry::tree::Tree;
use crate::registry::{policy, powershell, query, template};
use encoding_rs::{EUC_KR, WINDOWS_1252};
use proptest::prelude::*;

const HTTP: &str = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\HTTP";

fn http() -> MadeKey {
    let mut root = system();
    let mut key = root.at("ControlSet002\\Services\\HTTP").clone();
    key.text("값 \"이름\" \\", "한글 = \"말\"\\").set(
        "",
        Kind::EXPAND_SZ,
        &crate::registry::model::utf16_bytes("%SystemRoot%\0"),
    );
    key.set("Quad", Kind::QWORD, &5_u64.to_le_bytes()).set("Nothing", Kind::NONE, &[]);
    key.binary("Long", &(0..=255).collect::<Vec<u8>>());
    key
}

fn read_export(bytes: &[u8]) -> (export::Export, Tree) {
    let mut tree = Tree::everything();
    let report = export::read(bytes, EUC_KR, &mut tree).unwrap();
    (report, tree)
}

fn values(tree: &Tree) -> Vec<(String, String, Option<Kind>, Vec<u8>)> {
    let all = tree.keys().flat_map(|key| key.values.iter().map(move |v| (key, v)));
    let mut out: Vec<_> =
        all.map(|(k, v)| (k.path.folded().to_owned(), v.name.clone(), v.kind, v.data.clone())).collect();
    out.sort();
    out
}

fn made(path: &str, key: &MadeKey) -> Vec<(String, String, Option<Kind>, Vec<u8>)> {
    let mut out = Vec::new();
    key.visit(&mut |below, key| {
        let at = if below.is_empty() { path.to_owned() } else { format!("{path}\\{below}") };
        let at = crate::registry::model::KeyPath::parse(&at).unwrap().folded().to_owned();
        out.extend(key.values.iter().map(|v| (at.clone(), v.name.clone(), Some(v.kind), v.data.clone())));
    });
    out.sort();
    out
}

#[test]
fn exports_in_every_encoding_read_back() {
    let key = http();
    let forms = [
        Form::Five,
        Form::FiveUnmarked,
        Form::FiveBig(true),
        Form::FiveBig(false),
        Form::FiveUtf8(true),
        Form::FiveUtf8(false),
        Form::Four(EUC_KR),
    ];
    for form in forms {
        let bytes = write(HTTP, &key, form);
        let (report, tree) = read_export(&bytes);
        assert_eq!(tree.faults, [], "{form:?}");
        assert_eq!(values(&tree), made(HTTP, &key), "{form:?}");
        let four = matches!(form, Form::Four(_));
        assert_eq!(report.version, Some(if four { Version::Four } else { Version::Five }));
        assert!(tree.shows("HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\Nothing"), "{form:?}");
        assert!(!tree.shows("HKLM\\SYSTEM\\CurrentControlSet\\Services"));
        for end in ["\n", "\r", "\r\r\n"] {
            let (_, again) = read_export(&encode(&text(HTTP, &key, form).replace("\r\n", end), form));
            assert_eq!(values(&again), made(HTTP, &key), "{form:?} {end:?}");
        }
    }
}

#[test]
fn an_export_of_someone_shows_what_it_sets_and_what_it_takes_away() {
    let text = "; switch TLS 1.0 off\n;and on again\n\nWindows Registry Editor Version 5.00\n\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server]\n\
        \"Enabled\"=dword:00000000 ; off\n\"DisabledByDefault\"=-\n@=\"x\"\n\"Number\"=1\n\"Text\"=\"two\nlines\"\n\
        [-HKEY_LOCAL_MACHINE\\SOFTWARE\\Old]\nwhat is this\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\New]\n\"a\"=hex:01,\\\n  0g,02\n\"b\"=hex(7):61,00,\\\n";
    let (report, tree) = read_export(text.as_bytes());
    let server = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server";
    let enabled = tree.value(server, "Enabled").unwrap();
    assert_eq!((enabled.number(), enabled.place), (Some(0), Place::Line(7)));
    assert_eq!(tree.value(server, "Text").unwrap().text().unwrap(), "two\r\nlines");
    assert!(matches!(tree.value(server, "Number").unwrap().sound, Soundness::Damaged { .. }));
    let removed: Vec<_> = tree.removed.iter().map(|r| (r.path.as_str(), r.name.as_deref(), r.place)).collect();
    assert_eq!(
        removed,
        [(server, Some("DisabledByDefault"), Place::Line(8)), ("HKLM\\SOFTWARE\\Old", None, Place::Line(13))]
    );
    let bad = tree.value("HKLM\\SOFTWARE\\New", "a").unwrap();
    assert_eq!((bad.data.as_slice(), bad.number()), (&[1][..], None));
    assert!(matches!(tree.value("HKLM\\SOFTWARE\\New", "b").unwrap().sound, Soundness::CutOff(_)));
    assert_eq!((report.comments, report.not_understood, report.cut_off), (2, 1, Some(18)));
    let places: Vec<_> = tree.faults.iter().map(|fault| (fault.place, fault.what)).collect();
    assert_eq!(
        places,
        [
            (Place::Line(10), FaultKind::Malformed),
            (Place::Line(14), FaultKind::NotUnderstood),
            (Place::Line(16), FaultKind::Malformed),
            (Place::Line(18), FaultKind::CutOff),
        ]
    );
    assert!(tree.seen.is_empty());
    assert_eq!(report.understood, [1..14, 15..19]);
    let single =
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n\"v\"=dword:00000001\r\n\r\n";
    assert!(read_export(single.as_bytes()).1.seen.is_empty(), "one key in UTF-8 may be someone's own");
}

#[test]
fn an_unterminated_text_does_not_swallow_what_follows() {
    let text = "REGEDIT4\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n\"a\"=\"no end\r\n\"b\"=dword:00000002\r\n\"c\"=\"again\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\B]\r\n\"d\"=\"e\"\r\n";
    let (_, tree) = read_export(text.as_bytes());
    assert_eq!(tree.value("HKLM\\SOFTWARE\\A", "b").unwrap().number(), Some(2));
    assert_eq!(tree.value("HKLM\\SOFTWARE\\B", "d").unwrap().text().as_deref(), Some("e"));
    assert_eq!(tree.fault_count, 2);
}

#[test]
fn a_part_is_recognised_and_zeros_are_not() {
    assert!(export::is_export("\u{feff}; mine\r\n\r\nREGEDIT4\r\n"));
    assert!(export::is_export("[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n"));
    assert!(!export::is_export("[Section]\r\nkey=value"));
    let zeros = std::io::Read::take(std::io::repeat(0), 24 << 20);
    let mut tree = Tree::everything();
    let report = export::read(zeros, WINDOWS_1252, &mut tree).unwrap();
    assert_eq!((report.lines, report.not_understood), (1, 1));
    assert!(tree.faults.iter().any(|fault| fault.what == FaultKind::TooMuch));
}

fn read_query(text: &str) -> (query::Query, Tree) {
    let mut tree = Tree::wanting(Wants::tls());
    let report = query::read(text.as_bytes(), EUC_KR, &mut tree).unwrap();
    (report, tree)
}

#[test]
fn query_output_is_read_in_any_language() {
    let mut key = http();
    key.values.retain(|value| value.name != "값 \"이름\" \\");
    for default in ["(Default)", "(기본값)", "(par défaut)", "（既定）", "<NO NAME>", "(zq: x)"] {
        let text = recursive(HTTP, &key, default);
        assert!(query::is_query(&text));
        let mut tree = Tree::everything();
        let report = query::read(text.as_bytes(), EUC_KR, &mut tree).unwrap();
        assert_eq!((report.not_understood, tree.fault_count), (0, 0));
        let mut expected = made(HTTP, &key);
        // A type without a name is shown as another, so it is left out here.
        expected.retain(|(_, name, ..)| name != "Odd");
        let mut found = values(&tree);
        found.retain(|(_, name, ..)| name != "Odd");
        assert_eq!(found, expected, "{default}");
        assert!(tree.shows(HTTP), "{default}");
    }
}

#[test]
fn query_tells_what_it_showed_whole() {
    let key = http();
    let shallow = plain(HTTP, &key, "(Default)");
    let (_, tree) = read_query(&shallow);
    assert!(!tree.shows(HTTP), "the keys below were only named");
    let command = format!("C:\\Users\\a>reg query \"{HTTP}\" /s\r\n{}", recursive(HTTP, &key, "(Default)"));
    assert!(read_query(&command).1.shows(HTTP));
    let one = "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\Select\r\n    Current    REG_DWORD    0x1\r\n\r\n";
    assert!(read_query(one).1.seen.is_empty(), "it may come from /v");
    let searched = format!("{}End of search: 12 match(es) found.\r\n", recursive(HTTP, &key, "(Default)"));
    let (report, tree) = read_query(&searched);
    assert!(tree.seen.is_empty() && report.not_understood == 1);
    let view = "C:\\>reg query HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319 /reg:32\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319\r\n    SchUseStrongCrypto    REG_DWORD    0x1\r\n";
    let (_, tree) = read_query(view);
    let path = "HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319";
    assert_eq!(tree.value(path, "SchUseStrongCrypto").unwrap().number(), Some(1));
    assert!(tree.shows_values(path));
}

#[test]
fn old_and_wrapped_query_output_is_put_together() {
    let key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\SslSniBindingInfo\\www.example.com:443";
    let long = format!("HKEY_LOCAL_MACHINE{}\r\n    SslCertHash    REG_BINARY    {}\r\n", &key[4..], "AB".repeat(32));
    // As a console of 80 columns breaks it.
    let broken: Vec<String> = long
        .lines()
        .flat_map(|line| line.as_bytes().chunks(80).map(|c| String::from_utf8(c.to_vec()).unwrap()))
        .collect();
    let text = format!(
        "! REG.EXE VERSION 3.0\r\n\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\Select\r\n    Current\tREG_DWORD\t0x1\r\n\r\n{}\r\n    Bad    REG_BINARY    0xyz\r\n",
        broken.join("\r\n")
    );
    assert!(broken.len() == 4);
    let (_, tree) = read_query(&text);
    assert_eq!(tree.value("HKLM\\SYSTEM\\Select", "Current").unwrap().number(), Some(1));
    assert_eq!(tree.value(key, "SslCertHash").map(|value| value.data.clone()), Some(vec![0xab; 32]));
    assert!(matches!(tree.value(key, "Bad").unwrap().sound, Soundness::Damaged { .. }));
}

#[test]
fn powershell_lists_and_tables_are_read() {
    let text = "\r\n\r\nEnabled           : 4294967295\r\nDisabledByDefault : 0\r\nSigned            : -1\r\n\
        PSPath            : Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityPr\r\n\
        \x20                   oviders\\SCHANNEL\\Protocols\\TLS 1.0\\Server\r\nPSChildName       : Server\r\nPSProvider        : Microsoft.PowerShell.Core\\Registry\r\n\r\n\
        \x20   하이브: HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\r\n\r\n\r\n\
        이름                           Property\r\n----                           --------\r\n\
        Client                         DisabledByDefault : 1\r\n                               Enabled           : 0\r\nServer                         {}\r\n";
    assert!(powershell::is_powershell(text));
    let mut tree = Tree::wanting(Wants::tls());
    let report = powershell::read(text.as_bytes(), EUC_KR, &mut tree).unwrap();
    let protocols = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols";
    let number = |key: &str, name: &str| tree.value(&format!("{protocols}\\{key}"), name).and_then(|v| v.number());
    assert_eq!(number("TLS 1.0\\Server", "Enabled"), Some(0xffff_ffff));
    assert_eq!(number("TLS 1.0\\Server", "Signed"), Some(0xffff_ffff));
    assert_eq!(number("TLS 1.1\\Client", "DisabledByDefault"), Some(1));
    assert_eq!(number("TLS 1.1\\Client", "Enabled"), Some(0));
    assert!(tree.key(&format!("{protocols}\\TLS 1.1\\Server")).is_some());
    assert_eq!(report.understood, [3..10, 11..12, 14..19]);
    assert_eq!((report.keys, report.values, report.not_understood), (3, 5, 0), "{:?}", tree.faults);
}

#[test]
fn templates_hold_the_switch_for_fips() {
    let text = "\u{feff}[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature=\"$CHICAGO$\"\r\nRevision=1\r\n[Registry Values]\r\n\
        MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\FIPSAlgorithmPolicy\\Enabled=4,1\r\nMACHINE\\A\\B=1,\"x y\"\r\n\
        MACHINE\\A\\C=7,one,two\r\nMACHINE\\A\\D=4,no\r\nwhat=ever\r\n[Privilege Rights]\r\nSeX = *S-1-1-0\r\n";
    assert!(
        template::is_template(text) && !template::is_template("[Version]\r\nsignature=\"$CHICAGO$\"\r\n[Drivers]\r\n")
    );
    let mut tree = Tree::everything();
    let report = template::read_text(text, &mut tree);
    assert_eq!((report.lines, report.values, tree.fault_count), (13, 4, 1));
    let fips = tree.value("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy", "Enabled").unwrap();
    assert_eq!((fips.number(), fips.place), (Some(1), Place::Line(7)));
    assert_eq!(tree.value("HKLM\\A", "B").unwrap().text().as_deref(), Some("x y"));
    assert_eq!(tree.value("HKLM\\A", "C").unwrap().strings(), ["one", "two"]);
    assert_eq!(tree.value("HKLM\\A", "D").unwrap().number(), None);
}

#[test]
fn policies_are_read_and_damage_is_told() {
    let unit = |text: &str| crate::registry::model::utf16_bytes(text);
    let entry = |key: &str, name: &str, kind: u32, data: &[u8]| {
        let mut out = unit(&format!("[{key}\0;{name}\0;"));
        out.extend(kind.to_le_bytes());
        out.extend(unit(";"));
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend(unit(";"));
        out.extend(data);
        out.extend(unit("]"));
        out
    };
    let suites = "Software\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002";
    let mut bytes = b"PReg\x01\0\0\0".to_vec();
    bytes.extend(entry(suites, "Functions", 1, &unit("TLS_AES_256_GCM_SHA384\0")));
    bytes.extend(entry(suites, "**del.EccCurves", 1, &unit(" \0")));
    assert!(policy::is_policy(&bytes));
    let mut tree = Tree::everything();
    let report = policy::read(&bytes, Root::LocalMachine, &mut tree).unwrap();
    assert_eq!((report.entries, report.stopped), (2, None));
    let path = format!("HKLM\\{suites}");
    assert_eq!(tree.value(&path, "functions").unwrap().text().as_deref(), Some("TLS_AES_256_GCM_SHA384"));
    assert_eq!(tree.removed[0].name.as_deref(), Some("EccCurves"));
    for end in 8..bytes.len() {
        let mut tree = Tree::everything();
        let report = policy::read(&bytes[..end], Root::LocalMachine, &mut tree).unwrap();
        let boundary = end == 8 || report.stopped.is_none();
        assert!(boundary || tree.faults[0].what == FaultKind::CutOff, "at {end}: {:?}", tree.faults);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read_to_its_end(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let _ = export::read(bytes.as_slice(), EUC_KR, &mut Tree::everything()).unwrap();
        let _ = query::read(bytes.as_slice(), EUC_KR, &mut Tree::everything()).unwrap();
        let _ = powershell::read(bytes.as_slice(), EUC_KR, &mut Tree::everything()).unwrap();
        let mut policy_bytes = b"PReg\x01\0\0\0".to_vec();
        policy_bytes.extend(&bytes);
        let _ = policy::read(&policy_bytes, Root::LocalMachine, &mut Tree::everything());
    }

    #[test]
    fn any_lines_of_an_export_are_read(lines in proptest::collection::vec("(\\[|\"|@|-|=|hex:|dword:|\\\\|HKEY_LOCAL_MACHINE|\\]|,|0|a| |;|\r?\n){0,12}", 0..40)) {
        let text = format!("REGEDIT4\n[HKEY_LOCAL_MACHINE\\A]\n{}", lines.join("\n"));
        let (report, _) = read_export(text.as_bytes());
        prop_assert!(report.lines >= 2);
    }

    #[test]
    fn no_label_decides_anything(word in "[\\p{L}:. ]{1,16}", heading in "[\\p{L}]{3,12}: [\\p{L} ]{1,20}", title in "[\\p{L} ]{1,10}") {
        let plain = |default: &str| {
            let output = format!("{heading}\r\n{}", recursive(HTTP, &http(), default));
            let mut tree = Tree::everything();
            let report = query::read(output.as_bytes(), EUC_KR, &mut tree).unwrap();
            (values(&tree), report.values, tree.seen.len())
        };
        prop_assert_eq!(plain(&format!("({word})")), plain("(Default)"));
        let table = |label: &str, name: &str| {
            let text = format!("    {label}: HKEY_LOCAL_MACHINE\\SOFTWARE\\A\r\n\r\n{name}\r\n----   --------\r\nKey    v : 1\r\n");
            let mut tree = Tree::everything();
            let _ = powershell::read(text.as_bytes(), EUC_KR, &mut tree).unwrap();
            values(&tree)
        };
        prop_assert_eq!(table(&title, &heading), table("Hive", "Name   Property"));
    }

    #[test]
    fn an_export_cut_off_anywhere_is_never_whole(at in 0.0_f64..1.0) {
        let bytes = write(HTTP, &http(), Form::Five);
        let end = (bytes.len() as f64 * at) as usize;
        let (_, tree) = read_export(&bytes[..end]);
        // Only an end right after an empty line looks like the end of an export.
        let text = String::from_utf16_lossy(&bytes[..end & !1].as_chunks::<2>().0.iter().map(|p| u16::from_le_bytes(*p)).collect::<Vec<_>>());
        prop_assert!(tree.seen.is_empty() || text.ends_with('\n') || text.ends_with('\r'));
        let known = made(HTTP, &http());
        for (path, name, kind, data) in values(&tree) {
            let sound = tree.value(&path, &name).is_some_and(|v| v.sound == Soundness::Sound);
            prop_assert!(!sound || end % 2 == 1 || !text.ends_with('\n') || known.contains(&(path, name, kind, data)));
        }
    }
}
