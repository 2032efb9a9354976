//! A Windows server as it truly is, and every tool's view of it. A case changes the truth in one place; what the tools
//! print follows.
use crate::{Made, NOW};
use tlsdiag_serverconf::iis::make as config;
use tlsdiag_winfiles::events::{Event, When, make as log};
use tlsdiag_winfiles::registry::make::{MadeKey, blob::MadeBlob, export, hive::MadeHive};
use tlsdiag_winfiles::registry::store::{KeyProvider, property};
use tlsdiag_winfiles::text::access::{Access, Entry, Rights};
use tlsdiag_winfiles::text::binding::{Key, Printer, Span, SslBinding};
use tlsdiag_winfiles::text::certutil::make as certutil;
use tlsdiag_winfiles::text::code_page::CodePage;
use tlsdiag_winfiles::text::dir::{Folder as Listed, FolderEntry};
use tlsdiag_winfiles::text::make::{self, DateForm, Output, Words};
use tlsdiag_winfiles::text::netstat::{Socket, Transport};
use tlsdiag_winfiles::text::shape::{Endpoint, Guid, Hash};
use tlsdiag_winfiles::text::system::SystemFacts;
use tlsdiag_winfiles::text::tasklist::Process;

/// Application id of IIS.
pub const IIS: &str = "4dc3e181-e14b-4a21-b022-59fc669b0914";
/// Key exchange provider of RSA keys of the machine.
const SCHANNEL_CSP: &str = "Microsoft RSA SChannel Cryptographic Provider";
/// Where keys of old providers lie.
pub const MACHINE_KEYS: &str = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys";
/// Where Schannel's settings lie.
pub const SCHANNEL: &str = r"ControlSet001\Control\SecurityProviders\SCHANNEL";

/// A certificate in a store.
#[derive(Clone)]
pub struct Held {
    /// `MY`, `WebHosting`, `CA`, `Root`, `REQUEST`.
    pub store: &'static str,
    /// The certificate.
    pub cert: Made,
    /// Its key.
    pub key: Option<KeyProvider>,
    /// Name of the key's file.
    pub file: String,
    /// Code of certutil's test, where it fails.
    pub test: Option<&'static str>,
    /// Usages to which the store narrows it.
    pub purposes: Option<Vec<&'static str>>,
    /// Archived.
    pub archived: bool,
}

/// A record of HTTP.sys.
#[derive(Clone)]
pub struct Record {
    /// `0.0.0.0:443`, `[::]:443`, `shop.example:443`.
    pub at: String,
    /// Thumbprint; empty: null.
    pub hash: String,
    /// Store; empty: not told.
    pub store: &'static str,
    /// Application id.
    pub app: &'static str,
}

/// A right on a file: account, its SID, whether full control or reading alone.
pub type Right = (&'static str, &'static str, bool);

/// The truth.
pub struct Server {
    /// Computer name.
    pub computer: &'static str,
    /// Build of Windows.
    pub build: u32,
    /// Its product's name.
    pub product: &'static str,
    /// MachineGuid.
    pub guid: &'static str,
    /// Certificates in its stores.
    pub held: Vec<Held>,
    /// Records of HTTP.sys.
    pub records: Vec<Record>,
    /// Sites of IIS.
    pub sites: Vec<config::MadeSite>,
    /// Sockets that listen: place, process.
    pub sockets: Vec<(&'static str, u32)>,
    /// Processes: id, program, services.
    pub processes: Vec<(u32, &'static str, &'static [&'static str])>,
    /// Files in MachineKeys with their access: account, its SID, full or read, deny.
    pub key_files: Vec<(String, Vec<Right>)>,
    /// Addresses of the listen list.
    pub listen: Vec<&'static str>,
    /// More of the SYSTEM hive.
    pub system: MadeKey,
    /// More of the SOFTWARE hive.
    pub software: MadeKey,
    /// Entries of its logs.
    pub events: Vec<Event>,
}

/// The usual rights on a key file: SYSTEM and Administrators.
pub const USUAL: &[Right] =
    &[("NT AUTHORITY\\SYSTEM", "S-1-5-18", true), ("BUILTIN\\Administrators", "S-1-5-32-544", true)];

/// The name of a key's file as old providers make it: MD5 of the container's lower-case name and its zero, as four
/// little-endian words, and the machine's GUID.
pub fn key_file(container: &str, guid: &str) -> String {
    let mut octets = container.to_ascii_lowercase().into_bytes();
    octets.push(0);
    let words = tlsdiag_pki::Hash::Md5.digest(&octets);
    let hex: String = words.chunks(4).flat_map(|w| w.iter().rev()).map(|b| format!("{b:02x}")).collect();
    format!("{hex}_{guid}")
}

impl Server {
    /// A healthy server of IIS on Server 2019 with one site that serves `leaf` on port 443.
    pub fn iis(computer: &'static str, leaf: &Made, issuers: &[(&'static str, Made)]) -> Server {
        let guid = "6f1f6f1b-5a86-4b5c-9d8e-0c4f5b1d2a37";
        let container = format!("le-{}", leaf.thumb.get(..8).unwrap_or_default());
        let file = key_file(&container, guid);
        let key =
            KeyProvider { container, provider: SCHANNEL_CSP.to_owned(), provider_type: 12, flags: 0x20, key_spec: 1 };
        let mut held = vec![Held {
            store: "MY",
            cert: leaf.clone(),
            key: Some(key),
            file: file.clone(),
            test: None,
            purposes: None,
            archived: false,
        }];
        held.extend(issuers.iter().map(|(store, c)| issuer(store, c)));
        let record = |at: &str| Record { at: at.to_owned(), hash: leaf.thumb.clone(), store: "MY", app: IIS };
        Server {
            computer,
            build: 17763,
            product: "Windows Server 2019 Standard",
            guid,
            held,
            records: vec![record("0.0.0.0:443"), record("[::]:443")],
            sites: vec![site("Default Web Site", 1, &[("http", "*:80:", None), ("https", "*:443:", Some(0))])],
            sockets: vec![
                ("0.0.0.0:80", 4),
                ("0.0.0.0:135", 912),
                ("0.0.0.0:443", 4),
                ("0.0.0.0:3389", 1120),
                ("[::]:80", 4),
                ("[::]:443", 4),
            ],
            processes: vec![
                (4, "System", &[]),
                (700, "lsass.exe", &["KeyIso", "SamSs"]),
                (912, "svchost.exe", &["RpcSs"]),
                (1120, "svchost.exe", &["TermService"]),
                (2468, "w3wp.exe", &[]),
            ],
            key_files: vec![(file, USUAL.to_vec())],
            listen: vec![],
            system: MadeKey::new("SYSTEM"),
            software: MadeKey::new("SOFTWARE"),
            events: vec![],
        }
    }

    /// The entry of the certificate that is bound.
    #[allow(clippy::expect_used)]
    pub fn leaf(&mut self) -> &mut Held {
        self.held.first_mut().expect("a server has its certificate")
    }

    /// Adds a certificate with a key to a store.
    pub fn hold(&mut self, store: &'static str, cert: &Made) -> &mut Held {
        let container = format!("le-{}", cert.thumb.get(..8).unwrap_or_default());
        let file = key_file(&container, self.guid);
        self.key_files.push((file.clone(), USUAL.to_vec()));
        let key =
            KeyProvider { container, provider: SCHANNEL_CSP.to_owned(), provider_type: 12, flags: 0x20, key_spec: 1 };
        let mut h = issuer(store, cert);
        (h.key, h.file) = (Some(key), file);
        self.held.push(h);
        self.leaf_of(&cert.thumb)
    }

    #[allow(clippy::expect_used)]
    fn leaf_of(&mut self, thumb: &str) -> &mut Held {
        self.held.iter_mut().find(|h| h.cert.thumb == thumb).expect("it was just put in")
    }

    /// An entry of Schannel; `ago` seconds before the cases are looked at.
    pub fn schannel(&mut self, ago: i64, id: u32, values: &[&str]) {
        let e = log::schannel(&self.scene(ago), id, values);
        self.events.push(e);
    }
    /// An entry of HTTP.sys.
    pub fn http(&mut self, ago: i64, id: u32, endpoint: &str, status: Option<u32>) {
        let e = log::http_event(&self.scene(ago), id, endpoint, status);
        self.events.push(e);
    }
    fn scene(&self, ago: i64) -> log::Scene<'static> {
        let time = When { unix_ms: (NOW - ago) * 1000, ticks: 0, local: false };
        log::Scene { computer: self.computer, time, record: 1000 + self.events.len() as u64 }
    }

    // ---- what tools show ----

    /// `netsh http show sslcert`.
    pub fn netsh(&self, words: &Words) -> String {
        make::sslcert(&self.bindings(Printer::Netsh), words)
    }
    /// `httpcfg query ssl`.
    pub fn httpcfg(&self, words: &Words) -> String {
        make::httpcfg_ssl(&self.bindings(Printer::Httpcfg), words)
    }
    fn bindings(&self, printer: Printer) -> Vec<SslBinding> {
        self.records
            .iter()
            .filter_map(|r| {
                let place = Endpoint::parse(&r.at)?;
                let ip = place.host.parse::<std::net::IpAddr>().is_ok();
                let key = if ip { Key::Ip(place) } else { Key::Host(place) };
                let hash = if r.hash.is_empty() { Hash::Null } else { Hash::Whole(octets(&r.hash)) };
                let store = (!r.store.is_empty()).then_some(r.store);
                Some(make::binding(printer, key, Some(hash), Guid::parse(r.app)?, store))
            })
            .collect()
    }
    /// `netsh http show iplisten`.
    pub fn iplisten(&self, words: &Words) -> String {
        let all: Vec<_> = self.listen.iter().filter_map(|a| a.parse().ok()).collect();
        make::listen_list(&all, words)
    }
    /// `netstat -ano`.
    pub fn netstat(&self, words: &Words) -> String {
        let sockets: Vec<Socket> = self
            .sockets
            .iter()
            .filter_map(|(at, pid)| {
                let local = Endpoint::parse(at)?;
                let foreign = Endpoint {
                    host: if local.host.contains(':') { "::" } else { "0.0.0.0" }.to_owned(),
                    scope: None,
                    port: 0,
                };
                Some(Socket {
                    transport: Transport::Tcp,
                    local: Ok(local),
                    foreign: Ok(foreign),
                    state: None,
                    pid: Some(*pid),
                    program: None,
                    component: None,
                    listens: true,
                    lines: Span::default(),
                })
            })
            .collect();
        make::netstat(&sockets, words)
    }
    /// `tasklist /svc`.
    pub fn tasklist(&self, words: &Words) -> String {
        let all: Vec<Process> = self
            .processes
            .iter()
            .map(|(pid, image, services)| Process {
                image: (*image).to_owned(),
                pid: *pid,
                services: services.iter().map(|s| (*s).to_owned()).collect(),
                lines: Span::default(),
            })
            .collect();
        make::tasklist(&all, words)
    }
    /// `certutil -store NAME` in a language.
    pub fn certutil(&self, store: &str, language: &str) -> String {
        let certs: Vec<certutil::MadeCertificate> = self
            .held
            .iter()
            .filter(|h| h.store == store)
            .map(|h| certutil::MadeCertificate {
                serial: h.cert.serial.clone(),
                issuer: h.cert.issuer.clone(),
                not_before: day(h.cert.not_before),
                not_after: day(h.cert.not_after),
                subject: h.cert.subject.clone(),
                sha1: h.cert.thumb.clone(),
                archived: h.archived,
                key: h.key.as_ref().map(|k| certutil::MadeKey {
                    container: k.container.clone(),
                    unique: h.test.is_none().then(|| h.file.clone()),
                    provider: k.provider.clone(),
                    key_spec: None,
                    code: h.test.map(str::to_owned),
                }),
            })
            .collect();
        certutil::store(&certutil::Labels::of(language), store, "Personal", &certs)
    }
    /// `dir` of MachineKeys.
    pub fn dir(&self, words: &Words, form: DateForm) -> String {
        let entry = |(name, _): &(String, Vec<_>)| FolderEntry {
            name: name.clone(),
            size: Some(2309),
            is_folder: false,
            line: 0,
        };
        let folder = Listed {
            path: Some(MACHINE_KEYS.to_owned()),
            entries: self.key_files.iter().map(entry).collect(),
            whole: true,
            lines: Span::default(),
        };
        make::dir(&folder, words, form)
    }
    /// `icacls` of every file in MachineKeys.
    pub fn icacls(&self, words: &Words) -> String {
        let list = |(name, entries): &(String, Vec<Right>)| Access {
            path: format!("{MACHINE_KEYS}\\{name}"),
            entries: entries
                .iter()
                .map(|(account, sid, full)| Entry {
                    account: (*account).to_owned(),
                    sid: Some((*sid).to_owned()),
                    deny: false,
                    inherited: false,
                    inherit_only: false,
                    rights: Rights { read: true, write: *full, full: *full },
                    line: 0,
                })
                .collect(),
            unsure: false,
            lines: Span::default(),
        };
        make::icacls(&self.key_files.iter().map(list).collect::<Vec<_>>(), words)
    }
    /// `systeminfo`.
    pub fn systeminfo(&self, words: &Words) -> String {
        let version = match self.build {
            3790 => (5, 2),
            6001..=6003 => (6, 0),
            7600..=7601 => (6, 1),
            9200 => (6, 2),
            9600 => (6, 3),
            _ => (10, 0),
        };
        let facts = SystemFacts {
            host: Some(self.computer.to_owned()),
            product: Some(format!("Microsoft {}", self.product)),
            version: Some(version),
            build: Some(self.build),
            addresses: vec!["192.0.2.10".parse().unwrap_or(std::net::Ipv4Addr::LOCALHOST.into())],
            lines: Span::default(),
        };
        make::systeminfo(&facts, words)
    }
    /// applicationHost.config.
    pub fn config(&self) -> String {
        config::application_host(
            &self.sites,
            &[("DefaultAppPool".to_owned(), Some("ApplicationPoolIdentity".to_owned()), None)],
        )
    }
    /// The System log.
    pub fn evtx(&self) -> Vec<u8> {
        log::evtx::write(&self.events, log::evtx::Options { per_chunk: 50, inline: false, dirty: false })
    }
    /// The events as text.
    pub fn log(&self, shape: log::text::Shape, language: &str) -> String {
        log::text::write(&self.events, shape, log::text::Tongue::of(language), &log::text::Labels::of(language))
    }

    /// The SYSTEM hive.
    pub fn system_hive(&self) -> Vec<u8> {
        MadeHive::new(self.system_tree()).write().bytes
    }
    /// Its keys.
    pub fn system_tree(&self) -> MadeKey {
        let mut root = self.system.clone();
        root.at("Select").dword("Current", 1).dword("Default", 1).dword("LastKnownGood", 1).dword("Failed", 0);
        root.at(r"ControlSet001\Control\ComputerName\ComputerName").text("ComputerName", self.computer);
        root.at(r"ControlSet001\Control\ProductOptions").text("ProductType", "ServerNT");
        root.at(SCHANNEL).dword("EventLogging", 1);
        root.at(&format!(r"{SCHANNEL}\Protocols"));
        let http = r"ControlSet001\Services\HTTP\Parameters";
        for kind in ["SslBindingInfo", "SslSniBindingInfo", "SslCcsBindingInfo"] {
            root.at(&format!(r"{http}\{kind}"));
        }
        for r in &self.records {
            let Some(place) = Endpoint::parse(&r.at) else { continue };
            let kind =
                if place.host.parse::<std::net::IpAddr>().is_ok() { "SslBindingInfo" } else { "SslSniBindingInfo" };
            let key = root.at(&format!(r"{http}\{kind}")).at(&r.at);
            key.binary("SslCertHash", &octets(&r.hash)).binary("AppId", &guid_octets(r.app));
            key.text("SslCertStoreName", r.store).dword("DefaultSslCertCheckMode", 0).dword("DefaultFlags", 0);
        }
        if !self.listen.is_empty() {
            root.at(http).texts("ListenOnlyList", &self.listen);
        }
        root
    }
    /// The SOFTWARE hive.
    pub fn software_hive(&self) -> Vec<u8> {
        MadeHive::new(self.software_tree()).write().bytes
    }
    /// Its keys.
    pub fn software_tree(&self) -> MadeKey {
        let mut root = self.software.clone();
        let v = root.at(r"Microsoft\Windows NT\CurrentVersion");
        v.text("ProductName", self.product)
            .text("CurrentBuild", &self.build.to_string())
            .text("InstallationType", "Server");
        root.at(r"Microsoft\Cryptography").text("MachineGuid", self.guid);
        for store in ["MY", "CA", "Root", "WebHosting", "REQUEST", "Disallowed"] {
            root.at(&format!(r"Microsoft\SystemCertificates\{store}\Certificates"));
        }
        for h in &self.held {
            let mut blob = MadeBlob::new();
            if let Some(k) = &h.key {
                blob = blob.key(k);
            }
            if let Some(p) = &h.purposes {
                blob = blob.usages(p);
            }
            if h.archived {
                blob = blob.property(property::ARCHIVED, &[]);
            }
            blob = blob.property(property::SHA1_HASH, &octets(&h.cert.thumb)).certificate(&h.cert.der);
            let path =
                format!(r"Microsoft\SystemCertificates\{}\Certificates\{}", h.store, h.cert.thumb.to_ascii_uppercase());
            root.at(&path).binary("Blob", &blob.bytes());
        }
        root
    }
    /// `reg export` of a branch of HKLM, such as `SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`.
    pub fn reg(&self, branch: &str, form: export::Form) -> Vec<u8> {
        let (hive, below) = branch.split_once('\\').unwrap_or((branch, ""));
        let mut root = if hive.eq_ignore_ascii_case("SYSTEM") { self.system_tree() } else { self.software_tree() };
        let key = root.at(&below.replace("CurrentControlSet", "ControlSet001")).clone();
        export::export(&format!(r"HKEY_LOCAL_MACHINE\{branch}"), &key, form)
    }
    /// A value of Schannel, below its key.
    pub fn set(&mut self, below: &str, name: &str, number: u32) {
        let path = if below.is_empty() { SCHANNEL.to_owned() } else { format!(r"{SCHANNEL}\{below}") };
        self.system.at(&path).dword(name, number);
    }
}

/// A site of IIS: name, number, bindings as protocol, information, `sslFlags`.
pub fn site(name: &str, id: u32, bindings: &[(&str, &str, Option<u32>)]) -> config::MadeSite {
    config::MadeSite {
        name: name.to_owned(),
        id,
        pool: "DefaultAppPool".to_owned(),
        auto_start: true,
        bindings: bindings.iter().map(|(p, i, f)| ((*p).to_owned(), (*i).to_owned(), *f)).collect(),
        ..config::MadeSite::default()
    }
}

fn issuer(store: &'static str, cert: &Made) -> Held {
    Held { store, cert: cert.clone(), key: None, file: String::new(), test: None, purposes: None, archived: false }
}

/// Octets of hex digits.
pub fn octets(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.filter_map(|p| u8::from_str_radix(std::str::from_utf8(p).ok()?, 16).ok()).collect()
}

/// A GUID as the registry holds it: the first three groups little endian.
fn guid_octets(guid: &str) -> Vec<u8> {
    let mut o = octets(&guid.replace('-', ""));
    if let Some(head) = o.get_mut(..8) {
        head[..4].reverse();
        head[4..6].reverse();
        head[6..].reverse();
    }
    o
}

/// A date that no locale can misread.
fn day(unix: i64) -> String {
    let t = tlsdiag_pki::time::rfc3339(unix);
    format!("{} 09:00", t.get(..10).unwrap_or_default())
}

/// UTF-16 with a mark, as PowerShell 5 redirects.
pub fn utf16(text: &str) -> Vec<u8> {
    make::encode(text, Output::Utf16Le(true))
}
/// UTF-8 without a mark.
pub fn utf8(text: &str) -> Vec<u8> {
    make::encode(text, Output::Utf8(false))
}
/// A code page by its number.
pub fn page(text: &str, number: u16) -> Vec<u8> {
    match CodePage::numbered(number) {
        Some(p) => make::encode(text, Output::CodePage(p)),
        None => utf8(text),
    }
}
