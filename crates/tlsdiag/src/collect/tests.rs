//! The scripts gather what readers know, in ASCII, and change nothing; a bundle holds no key and comes back whole.
use super::list::{How, Need, items};
use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use tlsdiag_model::facts::{Binding, Event};
use tlsdiag_model::{Addr, How as Known, Origin, Reading, Row, Vantage};
use zip::ZipArchive;

fn scripts() -> [(&'static str, String); 2] {
    [("cmd", cmd::script("tlsdiag 0")), ("ps1", ps1::script("tlsdiag 0"))]
}

/// What a tool prints, short, by the word for its kind.
const SAMPLES: &[(&str, &str)] = &[
    (
        "netsh-sslcert",
        "C:\\>netsh http show sslcert\r\n\r\nSSL Certificate bindings:\r\n-------------------------\r\n\r\n    IP:port                      : 0.0.0.0:443\r\n    Certificate Hash             : 1a1f948b00112233445566778899aabbccddeeff\r\n    Application ID               : {4dc3e181-e14b-4a21-b022-59fc669b0914}\r\n    Certificate Store Name       : MY\r\n",
    ),
    (
        "netsh-iplisten",
        "C:\\>netsh http show iplisten\r\n\r\nIP addresses present in the IP listen list:\r\n-------------------------------------------\r\n\r\n    10.0.0.5\r\n",
    ),
    (
        "netsh-servicestate",
        "C:\\>netsh http show servicestate\r\n\r\nSnapshot of HTTP service state:\r\n\r\nRequest queues:\r\n    Request queue name: Shop\r\n        Version: 2.0\r\n        State: Active\r\n        Number of active processes attached: 1\r\n        Process IDs:\r\n            4312\r\n        URL groups:\r\n            Number of registered URLs: 1\r\n            Registered URLs:\r\n                HTTPS://*:443/\r\n",
    ),
    (
        "netsh-urlacl",
        "C:\\>netsh http show urlacl\r\n\r\nURL Reservations:\r\n-----------------\r\n\r\n    Reserved URL            : https://+:5986/wsman/\r\n        User: NT SERVICE\\WinRM\r\n            Listen: Yes\r\n            Delegate: No\r\n            SDDL: D:(A;;GX;;;S-1-5-80-569256582-2953403351-2909559716-1301513147-412116970)\r\n",
    ),
    (
        "httpcfg-ssl",
        "C:\\>httpcfg query ssl\r\n    IP                      : 0.0.0.0:443\r\n    Hash                    : 1a1f948b 0112233445566778899aabbccddeeff\r\n    Guid                    : {4dc3e181-e14b-4a21-b022-59fc669b0914}\r\n    CertStoreName           : MY\r\n    CertCheckMode           : 0\r\n    RevocationFreshnessTime : 0\r\n    UrlRetrievalTimeout     : 0\r\n    SslCtlIdentifier        : (null)\r\n    SslCtlStoreName         : (null)\r\n    Flags                   : 0\r\n------------------------------------------------------------------------------\r\n",
    ),
    (
        "httpcfg-iplisten",
        "C:\\>httpcfg query iplisten\r\n    IP                      : 10.0.0.5\r\n------------------------------------------------------------------------------\r\n",
    ),
    (
        "httpcfg-urlacl",
        "C:\\>httpcfg query urlacl\r\n    URL : https://+:443/shop/\r\n    ACL : D:(A;;GX;;;NS)\r\n------------------------------------------------------------------------------\r\n",
    ),
    (
        "event-text",
        "C:\\>cscript //nologo C:\\WINDOWS\\system32\\eventquery.vbs /L System /FI \"Source eq Schannel\" /V /FO LIST\r\n\r\nType:          Error\r\nEvent:         36870\r\nDate Time:     1/3/2026 11:15:19 AM\r\nSource:        Schannel\r\nComputerName:  WEB01\r\nCategory:      None\r\nUser:          N/A\r\nDescription:   A fatal error occurred when attempting to access the SSL server credential private key. The error code returned from the cryptographic module is 0x80090016.\r\n\r\n",
    ),
    (
        "netstat",
        "C:\\>netstat -ano\r\n\r\nActive Connections\r\n\r\n  Proto  Local Address          Foreign Address        State           PID\r\n  TCP    0.0.0.0:443            0.0.0.0:0              LISTENING       4\r\n",
    ),
    (
        "tasklist",
        "C:\\>tasklist /svc\r\n\r\nImage Name                     PID Services\r\n========================= ======== ============================================\r\nSystem Idle Process              0 N/A\r\nSystem                           4 N/A\r\nlsass.exe                      684 KeyIso, SamSs\r\n",
    ),
    (
        "certutil-store",
        "C:\\>certutil -silent -v -store MY\r\nMY \"Personal\"\r\n================ Certificate 0 ================\r\nSerial Number: 0a1b2c3d\r\nIssuer: CN=Example Issuing CA\r\n NotBefore: 1/3/2026 11:15 AM\r\n NotAfter: 1/3/2027 11:15 AM\r\nSubject: CN=shop.example.kr\r\nCert Hash(sha1): 1a1f948b00112233445566778899aabbccddeeff\r\n  Key Container = le-7c2f\r\n  Unique container name: 6de9cb26d2b98c01ec4e9e8b34824aa2_5ac0fdc6-0000-4000-8000-000000000001\r\n  Provider = Microsoft RSA SChannel Cryptographic Provider\r\nEncryption test passed\r\nCertUtil: -store command completed successfully.\r\n",
    ),
    (
        "reg-export",
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n\"EventLogging\"=dword:00000001\r\n\r\n",
    ),
    (
        "reg-query",
        "C:\\>reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy /s\r\n\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy\r\n    Enabled    REG_DWORD    0x0\r\n\r\n",
    ),
    (
        "dir",
        "C:\\>dir /a /-c \"C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\"\r\n Volume in drive C has no label.\r\n Volume Serial Number is 4300-0000\r\n\r\n Directory of C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\r\n\r\n01/03/2026  11:15 AM    <DIR>          .\r\n01/03/2026  11:15 AM    <DIR>          ..\r\n01/03/2026  11:15 AM              2319 6de9cb26d2b98c01ec4e9e8b34824aa2_5ac0fdc6-0000-4000-8000-000000000001\r\n               1 File(s)           2319 bytes\r\n               2 Dir(s)     1000000000 bytes free\r\n",
    ),
    (
        "icacls",
        "C:\\>icacls \"C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\" /t /c\r\nC:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\6de9cb26d2b98c01ec4e9e8b34824aa2_5ac0fdc6-0000-4000-8000-000000000001 NT AUTHORITY\\SYSTEM:(F)\r\n                                                                                                                       BUILTIN\\Administrators:(F)\r\n\r\nSuccessfully processed 1 files; Failed processing 0 files\r\n",
    ),
    (
        "iis-config",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<configuration><system.applicationHost><sites><site name=\"Shop\" id=\"2\"><bindings><binding protocol=\"https\" bindingInformation=\"*:443:shop.example.kr\" sslFlags=\"1\" /></bindings></site></sites></system.applicationHost></configuration>\r\n",
    ),
    (
        "appcmd",
        "C:\\>C:\\Windows\\system32\\inetsrv\\appcmd.exe list site\r\nSITE \"Shop\" (id:2,bindings:https/*:443:shop.example.kr,state:Started)\r\n",
    ),
    (
        "get-tlsciphersuite",
        "C:\\>powershell -NoProfile -NonInteractive -Command \"(Get-TlsCipherSuite).Name\"\r\nTLS_AES_256_GCM_SHA384\r\nTLS_AES_128_GCM_SHA256\r\nTLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\r\n",
    ),
    (
        "sc-query",
        "C:\\>sc query state= all\r\n\r\nSERVICE_NAME: W3SVC\r\nDISPLAY_NAME: World Wide Web Publishing Service\r\n        TYPE               : 20  WIN32_SHARE_PROCESS  \r\n        STATE              : 4  RUNNING \r\n                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n        WIN32_EXIT_CODE    : 0  (0x0)\r\n        SERVICE_EXIT_CODE  : 0  (0x0)\r\n        CHECKPOINT         : 0x0\r\n        WAIT_HINT          : 0x0\r\n",
    ),
    ("systeminfo", "C:\\>ver\r\n\r\nMicrosoft Windows [Version 6.3.9600]\r\nC:\\>hostname\r\nWEB01\r\n"),
];

#[test]
fn every_file_is_of_a_kind_that_the_readers_know() {
    for i in items() {
        // a verified store prints as a store does
        let kind = if i.kind == "certutil-verify" { "certutil-store" } else { i.kind };
        if kind == "evtx" {
            assert!(i.file.ends_with(".evtx"), "{}", i.file);
            continue;
        }
        let (_, sample) = SAMPLES.iter().find(|(k, _)| *k == kind).unwrap_or_else(|| panic!("no sample of {kind}"));
        let read = tlsdiag_evidence::read_octets(i.file, sample.as_bytes(), 1_795_509_300_000);
        let kinds: Vec<&str> = read.fragments.iter().flat_map(|f| f.kinds.iter().copied()).collect();
        assert!(kinds.contains(&kind), "{}: {kinds:?} instead of {kind}", i.file);
    }
}

#[test]
fn names_are_plain_and_a_file_is_made_once_on_each_windows() {
    let mut seen: BTreeMap<&str, Vec<On>> = BTreeMap::new();
    for i in items() {
        let plain = i.file.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        assert!(plain && i.file != "manifest.txt", "{}", i.file);
        seen.entry(i.file).or_default().push(i.on);
        assert!(!i.tells.en.is_empty() && i.tells.ko.chars().any(|c| ('가'..='힣').contains(&c)), "{}", i.file);
    }
    for (file, on) in seen {
        assert!(matches!(on.as_slice(), [_] | [On::New, On::Old]), "{file}: {on:?}");
    }
}

#[test]
fn scripts_are_ascii_with_crlf() {
    for (name, s) in scripts() {
        assert!(s.is_ascii(), "{name}");
        assert!(s.ends_with("\r\n") && !s.replace("\r\n", "").contains(['\r', '\n', '\t']), "{name}");
        // the command prompt takes lines of at most 8191 characters
        let longest = s.lines().map(str::len).max();
        assert!(longest < Some(2_000), "{name}: {longest:?}");
    }
}

#[test]
fn both_scripts_make_every_file() {
    for (name, s) in scripts() {
        for i in items() {
            assert!(
                s.contains(&format!("%TD_OUT%\\{}", i.file)) || s.contains(&format!("Join-Path $out '{}'", i.file)),
                "{name}: {}",
                i.file
            );
            assert!(s.contains(i.tells.en), "{name} does not say what {} tells", i.file);
        }
    }
}

/// Every command that the list holds.
fn commands() -> Vec<(&'static str, &'static str)> {
    let mut out = vec![];
    for i in items() {
        match i.how {
            How::Shows(all) => out.extend(all.iter().map(|c| (i.file, *c))),
            How::Writes(c) => out.push((i.file, c)),
            How::Config(_) | How::Filled(..) => {}
        }
    }
    out
}

#[test]
fn commands_only_read() {
    // program and what it may be told to do
    let allowed: &[(&str, &[&str])] = &[
        ("netsh", &["http show sslcert", "http show iplisten", "http show servicestate", "http show urlacl"]),
        ("httpcfg", &["query ssl", "query iplisten", "query urlacl"]),
        ("reg", &["query ", "export "]),
        ("wevtutil", &["epl "]),
        ("cscript", &["//nologo %windir%\\system32\\eventquery.vbs "]),
        ("netstat", &["-ano"]),
        ("tasklist", &["/svc"]),
        ("dir", &["/a /-c "]),
        ("icacls", &["\""]),
        ("cacls", &["\""]),
        ("%windir%\\system32\\inetsrv\\appcmd.exe", &["list site", "list apppool"]),
        ("powershell", &["-NoProfile -NonInteractive -Command \"(Get-TlsCipherSuite).Name\""]),
        ("sc", &["query ", "enumdepend "]),
        ("ipconfig", &["/all"]),
        ("systeminfo", &[""]),
        ("ver", &[""]),
        ("hostname", &[""]),
    ];
    for (file, c) in commands() {
        let (program, rest) = c.split_once(' ').unwrap_or((c, ""));
        if program == "certutil" {
            let words: Vec<&str> = rest.split(' ').collect();
            let known =
                ["-silent", "-v", "-user", "-store", "-verifystore", "MY", "WebHosting", "REQUEST", "CA", "Root"];
            assert!(words.iter().all(|w| known.contains(w)), "{file}: {c}");
            continue;
        }
        let fits = allowed.iter().any(|(p, how)| *p == program && how.iter().any(|h| rest.starts_with(h)));
        assert!(fits, "{file}: {c}");
        // cacls and icacls show where they are given no rights, and only then
        if program.ends_with("cacls") {
            let after = rest.rsplit('"').next().unwrap_or_default().trim();
            assert!(matches!(after, "" | "/t /c"), "{c}");
        }
    }
}

#[test]
fn commands_survive_both_shells() {
    for (file, c) in commands() {
        assert_eq!(c.matches('"').count() % 2, 0, "{c}");
        let shown = items().any(|i| i.file == file && matches!(i.how, How::Shows(_)));
        // outside of quotation marks these would be the shell's own
        for (n, part) in c.split('"').enumerate() {
            let special = if n % 2 == 0 {
                part.contains(['&', '|', '<', '>', '^', '!', '\''])
            } else {
                part.contains(['&', '|', '<', '>', '^', '!'])
            };
            assert!(!special, "{c}");
        }
        let names: Vec<&str> = c.split('%').skip(1).step_by(2).collect();
        assert!(names.iter().all(|n| ["TD_DATA", "TD_SHARE", "windir"].contains(n)), "{c}");
        assert!(shown != c.contains("{}"), "{c}");
    }
}

#[test]
fn the_command_script_is_whole() {
    let s = cmd::script("tlsdiag 0");
    let lines: Vec<&str> = s.lines().collect();
    let labels: Vec<&str> = lines.iter().filter_map(|l| l.strip_prefix(':')).collect();
    assert_eq!(labels.len(), labels.iter().collect::<BTreeSet<_>>().len(), "a label twice");
    for l in &lines {
        let words: Vec<&str> = l.split([' ', '&', ')']).collect();
        for pair in words.windows(2) {
            if let [jump, to] = pair
                && matches!(*jump, "goto" | "call")
                && let Some(label) = if *jump == "goto" { Some(*to) } else { to.strip_prefix(':') }
            {
                assert!(labels.contains(&label), "{l}");
            }
        }
        if !l.starts_with("rem ") {
            assert_eq!(l.matches('"').count() % 2, 0, "{l}");
        }
        // a digit right before a redirection would be a handle
        let bytes = l.as_bytes();
        for (at, _) in l.match_indices('>').filter(|(at, _)| *at > 0) {
            let before = bytes[at - 1];
            assert!(!before.is_ascii_digit() || l[..at].ends_with(" 2") || l[..at].ends_with("2^"), "{l}");
        }
    }
    for word in [
        "del ",
        "erase ",
        "rd ",
        "rmdir ",
        "format ",
        "move ",
        "ren ",
        "copy ",
        "reg add",
        "reg delete",
        "net stop",
        "net start",
        "iisreset",
        "shutdown",
    ] {
        let found = lines
            .iter()
            .filter(|l| !l.starts_with("rem ") && !l.starts_with("echo "))
            .find(|l| l.split(['&', '|', '(']).any(|p| p.trim_start().starts_with(word)));
        assert_eq!(found, None, "{word}");
    }
}

#[test]
fn the_powershell_script_is_whole_and_old_enough() {
    let s = ps1::script("tlsdiag 0");
    for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
        let (mut depth, mut quoted) = (0i32, false);
        for l in s.lines().filter(|l| !l.trim_start().starts_with('#')) {
            for c in l.chars() {
                match c {
                    '\'' => quoted = !quoted,
                    c if c == open && !quoted => depth += 1,
                    c if c == close && !quoted => depth -= 1,
                    _ => {}
                }
                assert!(depth >= 0, "{l}");
            }
            assert!(!quoted, "a quotation mark is open: {l}");
        }
        assert_eq!(depth, 0, "{open}{close}");
    }
    // what PowerShell 2.0 does not have
    for word in [
        "[ordered]",
        "-NoNewline",
        "Get-FileHash",
        "Get-CimInstance",
        "::new(",
        "-in ",
        "-notin ",
        "$PSItem",
        "?.",
        "??",
        "-Raw",
        ".ForEach(",
        ".Where(",
        "Out-File",
        "Remove-Item",
        "Stop-",
        "Restart-",
        "Set-ItemProperty",
        "Invoke-Expression",
    ] {
        assert!(!s.contains(word), "{word}");
    }
}

#[test]
fn no_secret_is_asked_for() {
    let filled: Vec<&str> = items().filter(|i| matches!(i.how, How::Filled(..))).map(|i| i.file).collect();
    assert_eq!(filled, ["reg-ccs-filled.txt"]);
    for (name, s) in scripts() {
        for l in s.lines().filter(|l| l.contains("CentralCertProvider")) {
            // the value itself goes to findstr alone
            let shows_password = l.contains("/v Password") || l.contains("/v PrivateKeyPassword");
            assert!(!shows_password || l.contains("| findstr /r /c:\"REG_SZ.*[A-Za-z0-9]\" >nul"), "{name}: {l}");
        }
        for word in
            ["-exportPFX", "-privatekey", "Export-Pfx", "config /section", "/text:", "DigitalProductId", "reg save"]
        {
            assert!(!s.contains(word), "{name}: {word}");
        }
    }
    for i in items() {
        if let (How::Config(from), Need::File(f)) = (i.how, i.need) {
            assert_eq!(from, f);
        }
    }
    for (file, c) in commands().into_iter().filter(|(_, c)| c.contains("NT\\CurrentVersion\"")) {
        assert!(c.contains(" /v "), "{file} would take the product key: {c}");
    }
}

#[test]
fn the_page_names_every_file() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/collect.md"));
    for (file, on, tells) in taken() {
        let row = page.lines().find(|l| l.starts_with(&format!("| `{file}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/collect.md does not name {file}"));
        assert!(
            row.contains(tells.en) && (on == On::Every || row.contains(on.note().trim_matches([' ', '(', ')']))),
            "{row}"
        );
    }
}

fn case() -> Case {
    let mut c = Case::default();
    let host = c.host("WEB01", Vantage::Evidence);
    let origin = Origin::File { path: "a/netsh.txt".into(), line: 3 };
    c.add(Row::once(Binding::new(Addr::AnyV4, 443, None, Reading::Empty), host, Known::Read, 7, origin.clone()));
    let event = Event { source: "Schannel".into(), id: 36870, code: Some(0x8009_0016), ..Event::default() };
    c.add(Row::once(event, host, Known::Watched, 8, origin));
    c.certificate(b"der");
    c
}

fn file(folder: &Path, name: &str, octets: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, octets).unwrap();
    path
}

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut z = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, octets) in members {
        z.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        z.write_all(octets).unwrap();
    }
    z.finish().unwrap().into_inner()
}

fn written(handed: &[PathBuf]) -> (Vec<u8>, bundle::Written) {
    let mut out = Cursor::new(vec![]);
    let done = bundle::write(&mut out, &case(), handed, "tlsdiag 0", 9).unwrap();
    (out.into_inner(), done)
}

#[test]
fn a_bundle_comes_back_whole() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("WEB01");
    file(&folder, "netsh-sslcert.txt", b"IP:port : 0.0.0.0:443\r\n");
    file(&folder, "logs/System.evtx", &[0x45; 3_000_000]);
    let alone = file(dir.path(), "netsh-sslcert.txt", b"another\r\n");
    let (octets, done) = written(&[folder, alone]);
    assert_eq!(done.raw, ["raw/WEB01/logs/System.evtx", "raw/WEB01/netsh-sslcert.txt", "raw/netsh-sslcert.txt"]);
    assert!(done.left_out.is_empty());
    let mut archive = ZipArchive::new(Cursor::new(octets)).unwrap();
    assert!(bundle::is_one(&mut archive));
    let opened = bundle::read(&mut archive).unwrap();
    assert_eq!(opened.raw, done.raw);
    let (was, is) = (case(), opened.case);
    assert_eq!((was.bindings, was.events, was.certs, was.hosts), (is.bindings, is.events, is.certs, is.hosts));
    assert_eq!(opened.manifest.tool, "tlsdiag 0");
    let mut text = String::new();
    archive.by_name("raw/netsh-sslcert.txt").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "another\r\n");
}

#[test]
fn the_same_files_give_the_same_octets() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "a.txt", b"a");
    assert_eq!(written(std::slice::from_ref(&path)).0, written(&[path]).0);
}

#[test]
fn private_keys_stay_out_wherever_they_lie() {
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path();
    let utf16: Vec<u8> = KEY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long = [vec![b'x'; (1 << 20) - 20], KEY.as_bytes().to_vec(), vec![b'y'; 20 << 20]].concat();
    let mut sam = b"regf".to_vec();
    sam.resize(48, 0);
    sam.extend("\\SystemRoot\\System32\\Config\\SAM".encode_utf16().flat_map(u16::to_le_bytes));
    sam.resize(4096, 0);
    // PFX with nothing in it (RFC 7292 section 4), and an empty Java key store
    let pfx =
        [&b"\x30\x16\x02\x01\x03\x30\x11\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x04\x04\x02\x30\x00"[..]]
            .concat();
    let jks = [&b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\0"[..], &[0; 20]].concat();
    let inner = zipped(&[("deep.txt", KEY.as_bytes()), ("fine.txt", b"fine")]);
    let handed = [
        file(d, "site.txt", format!("listing\r\n{KEY}").as_bytes()),
        file(d, "wide.txt", &utf16),
        file(d, "long.log", &long),
        file(d, "6de9cb26d2b98c01ec4e9e8b34824aa2_5ac0fdc6-0000-4000-8000-000000000001", b"\x02\0\0\0"),
        file(d, "SAM", &sam),
        file(d, "named-wrongly.cer", &pfx),
        file(d, "keystore", &jks),
        file(d, "logs.tar.gz", b"\x1f\x8b\x08\0"),
        file(d, "case.zip", &zipped(&[("web.pem", KEY.as_bytes()), ("netstat.txt", b"TCP"), ("inner.zip", &inner)])),
    ];
    let (octets, done) = written(&handed);
    assert_eq!(done.raw, ["raw/case.zip/netstat.txt", "raw/case.zip/inner.zip/fine.txt"]);
    let left: Vec<String> = done.left_out.iter().map(|s| s.render(Lang::En)).collect();
    for name in [
        "site.txt",
        "wide.txt",
        "long.log",
        "6de9cb26",
        "SAM",
        "named-wrongly.cer",
        "keystore",
        "logs.tar.gz",
        "case.zip/web.pem",
        "case.zip/inner.zip/deep.txt",
    ] {
        assert!(left.iter().any(|l| l.starts_with(name)), "{name}: {left:?}");
    }
    let mut archive = ZipArchive::new(Cursor::new(octets)).unwrap();
    bundle::read(&mut archive).unwrap();
    for i in 0..archive.len() {
        let mut all = vec![];
        archive.by_index(i).unwrap().read_to_end(&mut all).unwrap();
        assert!(!String::from_utf8_lossy(&all).contains("MC4CAQAwBQYDK2Vw"), "{i}");
    }
    let mut told = String::new();
    archive.by_name("left-out.txt").unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told.lines().count(), left.len());
}

#[test]
fn certificates_and_requests_may_go_in() {
    let dir = tempfile::tempdir().unwrap();
    let text = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\nThe private key of this is on the server.\n";
    let path = file(dir.path(), "new.csr", text.as_bytes());
    assert_eq!(written(&[path]).1.raw, ["raw/new.csr"]);
}

#[test]
fn names_from_elsewhere_stay_inside() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "c.zip", &zipped(&[("../../etc/x", b"1"), ("C:\\y\\z", b"2"), ("a\u{1b}b", b"3")]));
    assert_eq!(written(&[path]).1.raw, ["raw/c.zip/etc/x", "raw/c.zip/C_/y/z", "raw/c.zip/a_b"]);
}

#[test]
fn a_changed_bundle_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (octets, _) = written(&[file(dir.path(), "a.txt", b"as it was")]);
    let mut archive = ZipArchive::new(Cursor::new(octets.clone())).unwrap();
    let mut members: Vec<(String, Vec<u8>)> = vec![];
    for i in 0..archive.len() {
        let mut m = archive.by_index(i).unwrap();
        let mut all = vec![];
        m.read_to_end(&mut all).unwrap();
        members.push((String::from_utf8_lossy(m.name_raw()).into_owned(), all));
    }
    let again = |members: &[(String, Vec<u8>)]| {
        let list: Vec<(&str, &[u8])> = members.iter().map(|(n, o)| (n.as_str(), o.as_slice())).collect();
        bundle::read(&mut ZipArchive::new(Cursor::new(zipped(&list))).unwrap()).map(|o| o.raw)
    };
    assert_eq!(again(&members).unwrap(), ["raw/a.txt"]);
    for (name, why) in
        [("raw/a.txt", "raw/a.txt: changed"), ("facts/bindings.1.jsonl", "facts/bindings.1.jsonl: changed")]
    {
        let mut changed = members.clone();
        changed.iter_mut().filter(|(n, _)| n == name).for_each(|(_, o)| o.push(b' '));
        assert!(again(&changed).unwrap_err().to_string().starts_with(why), "{name}");
        changed.retain(|(n, _)| n != name);
        assert!(again(&changed).unwrap_err().to_string().contains("missing"), "{name}");
    }
    let cut = ZipArchive::new(Cursor::new(&octets[..octets.len() / 2]));
    assert!(cut.is_err());
    let mut other = ZipArchive::new(Cursor::new(zipped(&[("manifest.json", b"{}"), ("a", b"b")]))).unwrap();
    assert!(!bundle::is_one(&mut other) && bundle::read(&mut other).is_err());
}

#[test]
fn a_bundle_in_a_bundle_gives_its_files_only() {
    let dir = tempfile::tempdir().unwrap();
    let (octets, _) = written(&[file(dir.path(), "a.txt", b"a")]);
    let old = file(dir.path(), "old.tlsdiag", &octets);
    assert_eq!(written(&[old]).1.raw, ["raw/old.tlsdiag/raw/a.txt"]);
}
