//! Writes the seeds of the fuzz targets `event_text` and `tool_text`: `cargo run -p tlsdiag-winfiles --example text_seeds --
//! fuzz/corpus`. A second run writes the same octets.
use std::path::PathBuf;
use tlsdiag_winfiles::events::When;
use tlsdiag_winfiles::events::make::text::{Labels, Shape, Tongue, encode, write};
use tlsdiag_winfiles::events::make::{Scene, http_event, schannel};
use tlsdiag_winfiles::text::binding::{Key, Printer, Span};
use tlsdiag_winfiles::text::make::{self, Words};
use tlsdiag_winfiles::text::netstat::{Socket, Transport};
use tlsdiag_winfiles::text::shape::{Endpoint, Guid, Hash};
use tlsdiag_winfiles::text::{certutil, powershell_certs, ssldiag};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: text_seeds FOLDER")?);
    let save = |target: &str, name: &str, octets: &[u8]| -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join(target))?;
        std::fs::write(folder.join(target).join(name), octets)
    };
    let when = When::from_civil(2026, 11, 24, 9, 12, 33).ok_or("a date")?;
    let scene = |record| Scene { computer: "WEB01", time: when, record };
    let events = [
        schannel(&scene(1), 36870, &["server", "0x8009030d", "10001"]),
        schannel(&scene(2), 36888, &["40", "1205"]),
        http_event(&scene(3), 15021, "0.0.0.0:443", None),
    ];
    for (number, shape) in Shape::ALL.into_iter().enumerate() {
        let name = ["ko", "en", "de"].get(number % 3).copied().unwrap_or("en");
        let encoding = ["euc-kr", "utf-8-bom", "windows-1252"].get(number % 3).copied().unwrap_or("utf-8");
        let text = write(&events, shape, Tongue::of(name), &Labels::of(name));
        save("event_text", &format!("{number:02}-{name}"), &encode(&text, encoding))?;
    }
    save("event_text", "message", b"The following fatal alert was received: 40.\r\n")?;
    for (name, text, encoding) in tools().ok_or("an address or a GUID")? {
        save("tool_text", name, &encode(&text, encoding))?;
    }
    Ok(())
}

fn tools() -> Option<Vec<(&'static str, String, &'static str)>> {
    let (korean, english) = (Words::korean(), Words::english());
    let id = Guid::parse("{4dc3e181-e14b-4a21-b022-59fc669b0914}")?;
    let end = |text: &str| Endpoint::parse(text);
    let hash = || Some(Hash::Whole((0..20).collect()));
    let records = [
        make::binding(Printer::Netsh, Key::Ip(end("0.0.0.0:443")?), hash(), id, Some("My")),
        make::binding(Printer::Netsh, Key::Host(end("www.example.kr:443")?), Some(Hash::Null), id, None),
    ];
    let old = [make::binding(Printer::Httpcfg, Key::Ip(end("0.0.0.0:443")?), hash(), id, Some("MY"))];
    let socket = Socket {
        transport: Transport::Tcp,
        local: Ok(end("0.0.0.0:443")?),
        listens: true,
        foreign: Ok(end("0.0.0.0:0")?),
        state: None,
        pid: Some(4),
        program: None,
        component: None,
        lines: Span::default(),
    };
    let key = certutil::make::MadeKey {
        container: "tp-web".to_owned(),
        unique: Some("c2319c42033a5ca7f44e731bfd3fa2b5_4dc3e181-e14b-4a21-b022-59fc669b0914".to_owned()),
        provider: "Microsoft RSA SChannel Cryptographic Provider".to_owned(),
        key_spec: Some(1),
        code: Some("0x80090016 (-2146893802)".to_owned()),
    };
    let listed = certutil::make::MadeCertificate {
        serial: "1a2b3c4d5e6f".to_owned(),
        issuer: "CN=Root, O=Example".to_owned(),
        not_before: "2025-11-24 오전 9:00".to_owned(),
        not_after: "2026-11-24 오전 9:00".to_owned(),
        subject: "CN=www.example.kr".to_owned(),
        sha1: "ab".repeat(20),
        archived: true,
        key: Some(key),
    };
    let labels = certutil::make::Labels::of("ko");
    let store = certutil::make::store(
        &labels,
        "my",
        "개인",
        &[listed.clone(), certutil::make::MadeCertificate { key: None, ..listed }],
    );
    let failed = certutil::make::failure(&labels, "store", "0x80090011 (-2146893807)", "개체를 찾지 못했습니다.");
    let shown = powershell_certs::make::MadeCertificate {
        thumbprint: "AB".repeat(20),
        subject: "CN=www.example.kr".to_owned(),
        not_after: "2026-11-24 오전 9:00:00".to_owned(),
        has_private_key: true,
        friendly_name: "웹".to_owned(),
        usages: vec![("Server".to_owned(), "1.3.6.1.5.5.7.3.1".to_owned())],
    };
    let site = ssldiag::make::MadeSite {
        id: 1,
        name: "Web".to_owned(),
        hash: "ab ".repeat(20),
        subject: "CN=a".to_owned(),
        issuer: "CN=b".to_owned(),
        serial: "1a2b".to_owned(),
        key_code: Some("0x80090016".to_owned()),
        chain_code: Some("0x800b0109".to_owned()),
    };
    let one = std::slice::from_ref(&shown);
    let addresses = ["10.0.0.5".parse().ok()?, "::1".parse().ok()?];
    let console = format!(
        "C:\\>netsh http show sslcert\r\n{}C:\\>netstat -ano\r\n{}C:\\>netsh http show iplisten\r\n{}",
        make::sslcert(&records, &english),
        make::netstat(std::slice::from_ref(&socket), &english),
        make::listen_list(&addresses, &english)
    );
    let rights = "\r\nPath   : C:\\k\r\nOwner  : BUILTIN\\Administrators\r\nSddl   : O:BAG:SYD:PAI(A;OICI;0x1200a9;;;IS)(D;ID;GR;;;S-1-5-21-1-2-3-500)\r\n";
    Some(vec![
        ("sslcert", make::sslcert(&records, &korean), "euc-kr"),
        ("httpcfg", make::httpcfg_ssl(&old, &korean), "euc-kr"),
        ("netstat", make::netstat(&[socket], &Words::german()), "windows-1252"),
        ("console", console, "utf-8"),
        ("suites", make::cipher_suites(&["TLS_AES_256_GCM_SHA384", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"]), "utf-16"),
        ("certutil", format!("C:\\>certutil -store my\r\n{store}\r\n{failed}"), "euc-kr"),
        ("certificates-table", powershell_certs::make::table("디렉터리", "My", one), "utf-16"),
        ("certificates-list", powershell_certs::make::list("My", one), "utf-8-bom"),
        ("certificates-json", powershell_certs::make::json("My", &[(shown, vec![0x30, 0])]), "utf-8"),
        ("ssldiag", ssldiag::make::report(&|place| format!("Word {place}"), "Server 2003", &[site]), "utf-8"),
        ("rights", rights.to_owned(), "utf-8"),
        ("table", "\"Name\",\"Id\",\"Path\"\r\n\"w3wp\",\"1234\",\"C:\\w3wp.exe\"\r\n".to_owned(), "utf-8"),
    ])
}
