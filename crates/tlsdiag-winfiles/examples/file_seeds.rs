//! Writes the seeds of the fuzz targets `hive`, `reg_export`, `store_blob` and `evtx`: `cargo run -p tlsdiag-winfiles --example
//! file_seeds -- fuzz/corpus`. A second run writes the same octets.
use encoding_rs::EUC_KR;
use std::path::PathBuf;
use tlsdiag_winfiles::events::make as events;
use tlsdiag_winfiles::events::{Event, When};
use tlsdiag_winfiles::registry::Kind;
use tlsdiag_winfiles::registry::make::blob::MadeBlob;
use tlsdiag_winfiles::registry::make::export::{Form, export};
use tlsdiag_winfiles::registry::make::hive::{Lists, MadeHive};
use tlsdiag_winfiles::registry::make::log::dirty;
use tlsdiag_winfiles::registry::make::{MadeKey, query};
use tlsdiag_winfiles::registry::model::utf16_bytes;
use tlsdiag_winfiles::registry::store::{KeyProvider, property};

const SYSTEM: &str = "HKEY_LOCAL_MACHINE\\SYSTEM";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: file_seeds FOLDER")?);
    let write = |target: &str, name: &str, octets: &[u8]| -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join(target))?;
        std::fs::write(folder.join(target).join(name), octets)
    };
    for (name, octets) in hives() {
        write("hive", name, &octets)?;
    }
    for (name, octets) in exports() {
        write("reg_export", name, &[&[1], &octets[..]].concat())?;
    }
    for (name, octets) in blobs() {
        write("store_blob", name, &octets)?;
    }
    let when = When::from_civil(2026, 11, 24, 9, 12, 33).ok_or("a date")?;
    for (name, octets) in logs(when) {
        write("evtx", name, &[&[7], &octets[..]].concat())?;
    }
    Ok(())
}

/// A small SYSTEM hive, its lists of keys in each form, its values large and small.
fn system() -> MadeKey {
    let mut root = MadeKey::new("ROOT");
    root.at("Select").dword("Current", 1);
    let schannel = "ControlSet001\\Control\\SecurityProviders\\SCHANNEL";
    root.at(schannel).dword("EventLogging", 7);
    root.at(&format!("{schannel}\\Protocols\\TLS 1.2\\Server")).dword("Enabled", 0).dword("DisabledByDefault", 1);
    let parameters = "ControlSet001\\Services\\HTTP\\Parameters";
    root.at(parameters).texts("ListenOnlyList", &["10.0.0.5", "::1"]);
    let record = root.at(&format!("{parameters}\\SslBindingInfo\\0.0.0.0:443"));
    record.binary("SslCertHash", &[0xab; 20]).text("SslCertStoreName", "웹").binary("AppId", &[3; 16]);
    record.dword("DefaultFlags", 2).set("Odd", Kind(0x1_0000), b"x");
    root
}

/// The number of the hive's sectors stands before it.
fn seed(hive: &[u8], log: &[u8]) -> Vec<u8> {
    let sectors = u16::try_from(hive.len().div_ceil(512)).unwrap_or(u16::MAX);
    [&sectors.to_le_bytes()[..], hive, log].concat()
}

fn hives() -> Vec<(&'static str, Vec<u8>)> {
    let mut out = vec![];
    for (name, lists) in [("hashes", Lists::Hash), ("letters", Lists::First), ("plain", Lists::Plain)] {
        out.push((name, seed(&MadeHive { lists, ..MadeHive::new(system()) }.write().bytes, &[])));
    }
    let before = MadeHive::new(system()).write().bytes;
    let mut grown = system();
    grown.at("Select").binary("Large", &[5; 17_000]);
    let after = MadeHive::new(grown).write().bytes;
    for (name, new_format) in [("log-new", true), ("log-old", false)] {
        let made = dirty(&before, &after, new_format);
        out.push((name, seed(&made.hive, &made.log)));
    }
    let half = before.get(..before.len().div_ceil(2)).unwrap_or_default();
    out.push(("cut-off", seed(half, &[])));
    let mut part = MadeKey::new("SystemCertificates");
    part.at("MY\\Certificates\\00AB").binary("Blob", &MadeBlob::new().certificate(b"\x30\0").bytes());
    out.push(("part", seed(&MadeHive::new(part).write().bytes, &[])));
    out
}

fn exports() -> Vec<(&'static str, Vec<u8>)> {
    let path = format!("{SYSTEM}\\CurrentControlSet\\Services\\HTTP");
    let mut key = MadeKey::new("HTTP");
    key.dword("Start", 3).text("", "기본").set("Path", Kind::EXPAND_SZ, &utf16_bytes("%x%\0"));
    key.at("Parameters").texts("ListenOnlyList", &["10.0.0.5"]).binary("Long", &[9; 40]);
    key.at("Parameters\\SslBindingInfo\\[::]:443").binary("SslCertHash", &[1; 20]).set("Q", Kind::QWORD, &[1; 8]);
    let removed = format!("REGEDIT4\r\n; a note\r\n[-{path}\\Old]\r\n[{path}]\r\n\"Gone\"=-\r\n@=\"cut");
    let shown = format!(
        "Enabled      : 0\r\nPSPath       : Microsoft.PowerShell.Core\\Registry::{path}\r\nPSChildName  : HTTP\r\n\
         PSProvider   : Microsoft.PowerShell.Core\\Registry\r\n\r\n    Hive: {path}\r\n\r\nName      Property\r\n\
         ----      --------\r\nServer    Enabled           : 0\r\n          DisabledByDefault : 1\r\n"
    );
    let template = "[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature=\"$CHICAGO$\"\r\n[Registry Values]\r\n\
        MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\FIPSAlgorithmPolicy\\Enabled=4,1\r\nMACHINE\\a\\b=7,x,y\r\n";
    let entry = |name: &str, kind: u8, data: &str| {
        let (head, data) = (utf16_bytes(&format!("[Software\\Policies\\SSL\0;{name}\0;")), utf16_bytes(data));
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&head[..], &[kind, 0, 0, 0, b';', 0], &length, b";\0", &data, b"]\0"].concat()
    };
    vec![
        ("five", export(&path, &key, Form::Five)),
        ("big", export(&path, &key, Form::FiveBig(true))),
        ("utf8", export(&path, &key, Form::FiveUtf8(false))),
        ("four", export(&path, &key, Form::Four(EUC_KR))),
        ("removed", removed.into_bytes()),
        ("query", query::recursive(&path, &key, "(기본값)").into_bytes()),
        ("query-one", query::plain(&path, &key, "(Default)").into_bytes()),
        ("powershell", shown.into_bytes()),
        ("template", template.as_bytes().to_vec()),
        ("policy", [b"PReg\x01\0\0\0", &entry("Functions", 1, "A,B\0")[..], &entry("**del.X", 1, " \0")].concat()),
    ]
}

fn blobs() -> Vec<(&'static str, Vec<u8>)> {
    let key = KeyProvider {
        container: "tp-웹".to_owned(),
        provider: "Microsoft Software Key Storage Provider".to_owned(),
        provider_type: 0,
        flags: 0x20,
        key_spec: 0,
    };
    let entry = MadeBlob::new()
        .property(property::SHA1_HASH, &[0xab; 20])
        .key(&key)
        .text(property::FRIENDLY_NAME, "웹 서버")
        .usages(&["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"])
        .property(property::RENEWAL, &[1; 20])
        .property(property::ARCHIVED, &[])
        .certificate(b"\x30\x03\x02\x01\x07");
    // family, port, address, filling
    let addresses =
        [&[2, 0, 1, 0xbb, 10, 0, 0, 5][..], &[0; 8], &[23, 0, 0, 0, 0, 0, 0, 0], &[1; 16], &[0; 4]].concat();
    // a descriptor whose list lets SYSTEM do all
    let sid = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
    let list = [&[2, 0, 28, 0, 1, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0x20][..], &sid].concat();
    let descriptor = [&[1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0][..], &list].concat();
    vec![
        ("entry", entry.bytes()),
        ("hash", vec![0xab; 20]),
        ("addresses", addresses),
        ("descriptor", descriptor),
        ("text", utf16_bytes("www.example.kr:443\0")),
        ("texts", utf16_bytes("10.0.0.5\0[::1]\0\0")),
    ]
}

fn logs(time: When) -> Vec<(&'static str, Vec<u8>)> {
    let scene = |record| events::Scene { computer: "WEB01", time, record };
    let one = vec![
        events::schannel(&scene(1), 36870, &["server", "0x8009030d", "10001"]),
        events::http_event(&scene(2), 15021, "0.0.0.0:443", Some(0xc000_0225)),
    ];
    let tree = events::acquire_key_tree(&"ab".repeat(20), "www.example.kr", "lsass.exe", 0x8009_0016);
    let other: Vec<Event> = vec![
        events::schannel(&scene(1), 36888, &["70", "105", "서버.example"]),
        events::schannel(&scene(2), 36880, &["server", "TLS 1.2", "0xc030", "384", "0x1f2e", "", "CN=a", ""]),
        events::capi2(&scene(3), 70, tree),
    ];
    let evtx = |list: &[Event], inline, dirty| {
        let mut log = events::evtx::write(list, events::evtx::Options { inline, dirty, per_chunk: 0 });
        // the target fills it up again
        let used = log.iter().rposition(|octet| *octet != 0).map_or(0, |last| last.saturating_add(1));
        log.truncate(used);
        log
    };
    let evt = |list: &[Event], wrapped, dirty| events::evt::write(list, events::evt::Options { wrapped, dirty });
    vec![
        ("templates", evtx(&one, false, false)),
        ("inline", evtx(&one, true, false)),
        ("trees", evtx(&other, false, true)),
        ("old", evt(&one, 0, false)),
        ("old-wrapped", evt(&[&one[..], &other].concat(), 2, false)),
        ("old-dirty", evt(&one, 0, true)),
    ]
}
