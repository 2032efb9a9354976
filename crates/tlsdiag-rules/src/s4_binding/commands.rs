//! Commands in the language of that machine: httpcfg on Server 2003, netsh from 2008, PowerShell where its cmdlets are.
use crate::Look;
use crate::s0_reach::plain;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use tlsdiag_model::facts::{Binding, Process, RecordFlag, RecordKind, Service};
use tlsdiag_model::{Addr, Cure, Platform, Safety, Thumb, say};

/// The application id of IIS.
pub(crate) const IIS: &str = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";
/// The id of nobody: what httpcfg writes where none is given.
pub(crate) const ZERO: &str = "{00000000-0000-0000-0000-000000000000}";
/// First build with netsh's `http` context: Vista and Server 2008.
const NETSH: u32 = 6000;
/// First build with PowerShell's cmdlets for certificates, connections and services of today: Windows 8 and Server 2012.
const CMDLETS: u32 = 9200;

/// Services that need HTTP.sys and go down with it, as `net start` calls them, in the order in which they start again.
const NEED_HTTP: &[&str] = &[
    "HTTPFilter",
    "WAS",
    "W3SVC",
    "W3LOGSVC",
    "WMSVC",
    "WinRM",
    "Spooler",
    "SSDPSRV",
    "upnphost",
    "FDResPub",
    "PeerDistSvc",
    "adfssrv",
    "appproxysvc",
    "KPSSVC",
    "TSGateway",
    "SyncShareSvc",
    "ReportServer",
];

/// What a machine understands; where its version is unknown, what every version since 2008 does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Commands {
    build: Option<u32>,
    /// Services that were seen running and need HTTP.sys.
    running: Vec<&'static str>,
}

impl Commands {
    /// Of the machine that a look is at.
    pub(crate) fn of(look: &Look<'_>) -> Commands {
        let mut names: BTreeSet<String> = BTreeSet::new();
        names.extend(look.seen::<Service>().filter(|s| s.running).map(|s| s.name.to_ascii_lowercase()));
        for p in look.seen::<Process>() {
            names.extend(p.services.iter().map(|s| s.to_ascii_lowercase()));
        }
        let running = NEED_HTTP.iter().copied().filter(|n| names.contains(&n.to_ascii_lowercase())).collect();
        Commands { build: look.version().build, running }
    }
    /// Of a build, without more being known.
    #[cfg(test)]
    pub(crate) fn for_build(build: Option<u32>) -> Commands {
        Commands { build, running: vec![] }
    }

    /// Before Vista: httpcfg of the Support Tools instead of netsh.
    pub(crate) fn is_2003(&self) -> bool {
        self.build.is_some_and(|b| b < NETSH)
    }
    /// PowerShell has `Get-NetTCPConnection`, `Import-PfxCertificate` and their like.
    pub(crate) fn has_cmdlets(&self) -> bool {
        self.build.is_some_and(|b| b >= CMDLETS)
    }

    // ---- records ----

    /// Shows all records.
    pub(crate) fn show_records(&self) -> &'static str {
        if self.is_2003() { "httpcfg query ssl" } else { "netsh http show sslcert" }
    }
    /// Deletes a record; `None`: its name may not stand in a command, or that version has no such records.
    pub(crate) fn delete_record(&self, b: &Binding) -> Option<String> {
        match (self.is_2003(), b.kind) {
            (true, RecordKind::IpPort) => Some(format!("httpcfg delete ssl -i {}", place(b.addr, b.port))),
            (true, _) => None,
            (false, _) => Some(format!("netsh http delete sslcert {}", argument(b)?)),
        }
    }
    /// Makes a record with a certificate of a store; `None` for the thumbprint leaves it to the reader. What the old record
    /// had besides is kept, as far as it is told: AD FS loses its client certificates without its list of issuers.
    pub(crate) fn add_record(&self, b: &Binding, thumb: Option<&Thumb>, store: Option<&str>) -> Option<String> {
        let hash = thumb.map_or("THUMBPRINT", Thumb::as_str);
        let store = store.filter(|s| sound(s)).unwrap_or("MY");
        let app = b.app.as_deref().filter(|a| guid(a) && *a != ZERO).unwrap_or(IIS);
        let issuers = b.ctl_store.as_deref().filter(|s| sound(s));
        let asks = b.flags.as_ref().is_some_and(|f| f.contains(&RecordFlag::NegotiateClientCertificate));
        if self.is_2003() {
            if b.kind != RecordKind::IpPort {
                return None;
            }
            let more = issuers.map(|s| format!(" -n {s}")).unwrap_or_default() + if asks { " -f 2" } else { "" };
            let place = place(b.addr, b.port);
            return Some(format!("httpcfg set ssl -i {place} -h {hash} -g \"{app}\" -c {store}{more}"));
        }
        let at = argument(b)?;
        if matches!(b.kind, RecordKind::Ccs | RecordKind::ScopedCcs) {
            return Some(format!("netsh http add sslcert {at} appid=\"{app}\""));
        }
        let more = issuers.map(|s| format!(" sslctlstorename={s}")).unwrap_or_default()
            + if asks { " clientcertnegotiation=enable" } else { "" };
        Some(format!("netsh http add sslcert {at} certhash={hash} appid=\"{app}\" certstorename={store}{more}"))
    }
    /// Replaces a record: what it was is shown first, so that there is a way back.
    pub(crate) fn replace(&self, mut cure: Cure, b: &Binding, thumb: Option<&Thumb>, store: Option<&str>) -> Cure {
        cure = cure.run(Platform::Windows, self.show_records());
        let lines = self.delete_record(b).into_iter().chain(self.add_record(b, thumb, store));
        lines.fold(cure, |c, line| c.run(Platform::Windows, line))
    }

    // ---- the listen list ----

    /// Shows the listen list. On Server 2003 an empty one answers 1168, which is well.
    pub(crate) fn show_listen_list(&self) -> &'static str {
        if self.is_2003() { "httpcfg query iplisten" } else { "netsh http show iplisten" }
    }
    /// Adds an address.
    pub(crate) fn add_listen(&self, ip: IpAddr) -> String {
        if self.is_2003() {
            format!("httpcfg set iplisten -i {ip}")
        } else {
            format!("netsh http add iplisten ipaddress={ip}")
        }
    }
    /// Takes an address out.
    pub(crate) fn delete_listen(&self, ip: IpAddr) -> String {
        if self.is_2003() {
            format!("httpcfg delete iplisten -i {ip}")
        } else {
            format!("netsh http delete iplisten ipaddress={ip}")
        }
    }

    // ---- programs and stores ----

    /// Which process listens on a port.
    pub(crate) fn port_owner(&self, port: u16) -> String {
        if self.has_cmdlets() {
            format!(
                "powershell \"Get-NetTCPConnection -State Listen -LocalPort {port} | Select-Object LocalAddress,OwningProcess\""
            )
        } else {
            format!("netstat -ano -p tcp | findstr :{port}")
        }
    }
    /// Shows a certificate of a machine store with what is known of its key.
    pub(crate) fn show_stored(&self, store: &str, thumb: &Thumb) -> String {
        let store = if sound(store) { store } else { "my" };
        format!("certutil -v -store {store} {thumb}")
    }
    /// Imports a PFX into a machine store, so that the key lies in the machine's key set.
    pub(crate) fn import_pfx(&self, store: &str) -> String {
        let store = if sound(store) { store } else { "MY" };
        if self.has_cmdlets() {
            format!(
                "powershell \"Import-PfxCertificate -FilePath site.pfx -CertStoreLocation Cert:\\LocalMachine\\{store} -Password (Read-Host -AsSecureString)\""
            )
        } else if self.is_2003() {
            "certutil -importpfx site.pfx".to_owned()
        } else {
            format!("certutil -importpfx {store} site.pfx")
        }
    }
    /// Restarts HTTP.sys: what goes down with it is listed first and started again.
    pub(crate) fn restart_http(&self) -> Cure {
        let mut c = Cure::new(
            Safety::Confirm,
            say!(
                "restart HTTP.sys; everything that needs it stops with it and must be started again, so note the list that the first command prints",
                "HTTP.sys를 다시 시작합니다. HTTP.sys에 의존하는 서비스도 모두 중지되어 다시 시작해야 하므로 첫 명령이 표시하는 목록을 적어 둡니다"
            ),
        )
        .run(Platform::Windows, "sc enumdepend http")
        .run(Platform::Windows, "net stop http /y")
        .run(Platform::Windows, "net start http");
        let fallback: &[&'static str] = if self.is_2003() { &["HTTPFilter", "W3SVC"] } else { &["W3SVC"] };
        let start = if self.running.is_empty() { fallback } else { &self.running };
        for name in start.iter().filter(|n| **n != "WAS") {
            c = c.run(Platform::Windows, format!("net start {}", name.to_ascii_lowercase()));
        }
        c
    }
    /// Starts a service that may have been disabled; `http` is a driver.
    pub(crate) fn start_service(&self, name: &str, disabled: bool) -> Cure {
        let c = Cure::new(Safety::Confirm, say!("start the service", "서비스를 시작합니다"));
        let kind = if name.eq_ignore_ascii_case("http") { "demand" } else { "auto" };
        let c = if disabled { c.run(Platform::Windows, format!("sc config {name} start= {kind}")) } else { c };
        c.run(Platform::Windows, format!("net start {name}"))
    }
}

/// How tools name a record's place: `0.0.0.0:443`, `[::]:443`.
pub(crate) fn place(addr: Addr, port: u16) -> String {
    match addr {
        Addr::Is(a) => SocketAddr::new(a, port).to_string(),
        Addr::Any | Addr::AnyV4 => format!("0.0.0.0:{port}"),
        Addr::AnyV6 => format!("[::]:{port}"),
    }
}

/// How a record is called in a sentence.
pub(crate) fn called(b: &Binding) -> String {
    match (b.kind, &b.name) {
        (_, Some(n)) => format!("{n}:{}", b.port),
        (RecordKind::Ccs, None) => format!("*:{}", b.port),
        (_, None) => place(b.addr, b.port),
    }
}

/// How `netsh` names a record; `None`: its name may not stand in a command.
pub(crate) fn argument(b: &Binding) -> Option<String> {
    match (b.kind, &b.name) {
        (RecordKind::Ccs, _) => Some(format!("ccs={}", b.port)),
        (RecordKind::ScopedCcs, Some(n)) => plain(n).map(|n| format!("scopedccs={n}:{}", b.port)),
        (_, Some(n)) => plain(n).map(|n| format!("hostnameport={n}:{}", b.port)),
        (_, None) => Some(format!("ipport={}", place(b.addr, b.port))),
    }
}

/// Whose record it is, by its application id, and the tool by which that program takes another certificate.
pub(crate) fn owner(app: &str) -> Option<(&'static str, Option<&'static str>)> {
    const ADFS: &str = "powershell Set-AdfsSslCertificate -Thumbprint THUMBPRINT";
    const PROXY: &str = "powershell Set-WebApplicationProxySslCertificate -Thumbprint THUMBPRINT";
    Some(match app {
        "{5d89a20c-beab-4389-9447-324788eb944a}" => ("AD FS", Some(ADFS)),
        "{f955c070-e044-456c-ac00-e9e4275b3f04}" => ("Web Application Proxy", Some(PROXY)),
        "{afebb9ad-9b97-4a91-9ab5-daf4d59122f6}" => ("WinRM", Some("winrm enumerate winrm/config/listener")),
        "{5d8e2743-ef20-4d38-8751-7e400f200e65}" => ("KDC Proxy, IP-HTTPS", None),
        "{214124cd-d05b-4309-9af9-9caa44b2b74a}" => ("IIS Express", None),
        "{ba195980-cd49-458b-9e23-c84ee0adcb75}" => ("SSTP (Remote Access)", None),
        "{d7d72267-fcf9-4424-9eec-7e1d8dcec9a9}" => ("IIS Web Management Service", None),
        "{ce66697b-3aa0-49d1-bdbd-a25c8359fd5d}" => ("Work Folders", None),
        _ => return None,
    })
}

/// May a store's name stand in a command?
fn sound(store: &str) -> bool {
    !store.is_empty() && store.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn guid(s: &str) -> bool {
    s.len() == 38 && s.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'{' | b'}' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::Reading;

    fn record(name: Option<&str>) -> Binding {
        Binding::new(Addr::AnyV4, 443, name.map(Into::into), Reading::Empty)
    }

    #[test]
    fn every_machine_in_its_own_language() {
        let t = Thumb::of_octets(&[0xab; 20]).unwrap();
        let old = Commands::for_build(Some(3790));
        assert_eq!(old.delete_record(&record(None)).unwrap(), "httpcfg delete ssl -i 0.0.0.0:443");
        assert!(
            old.add_record(&record(None), Some(&t), None)
                .unwrap()
                .starts_with("httpcfg set ssl -i 0.0.0.0:443 -h abab")
        );
        assert_eq!(old.add_record(&record(Some("a.example")), Some(&t), None), None);
        assert!(old.restart_http().commands.iter().any(|c| c.line == "net start httpfilter"));
        for build in [None, Some(7601), Some(26100)] {
            let c = Commands::for_build(build);
            assert_eq!(
                c.delete_record(&record(Some("a.example"))).unwrap(),
                "netsh http delete sslcert hostnameport=a.example:443"
            );
            assert!(
                c.add_record(&record(None), Some(&t), Some("WebHosting"))
                    .unwrap()
                    .ends_with("certstorename=WebHosting")
            );
        }
        assert!(!Commands::for_build(Some(7601)).has_cmdlets() && Commands::for_build(Some(9200)).has_cmdlets());
    }

    #[test]
    fn what_came_from_outside_stands_in_no_command() {
        let c = Commands::default();
        assert_eq!(c.delete_record(&record(Some("a&calc"))), None);
        assert!(c.add_record(&record(None), None, Some("MY & calc")).unwrap().ends_with("certstorename=MY"));
        let mut b = record(None);
        b.app = Some("{x\" & calc}".to_owned());
        assert!(c.add_record(&b, None, None).unwrap().contains(IIS));
    }
}
