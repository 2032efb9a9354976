//! Values and keys as settings, and which branches of the registry were seen whole.
use super::Teller;
use std::sync::Arc;
use tlsdiag_model::facts::{Datum, Setting};
use tlsdiag_winfiles::registry::paths::{Reach, Wants};
use tlsdiag_winfiles::registry::{Key, KeyPath, Kind, Soundness, Value};

/// Octets of a binary value that are told.
const OCTETS: usize = 64;

/// Services of which settings are told: those that serve TLS, guard keys, or hold ports for both.
const SERVICES: &[&str] = &[
    "HTTP",
    "HTTPFilter",
    "W3SVC",
    "WAS",
    "WMSVC",
    "IISADMIN",
    "AppHostSvc",
    "FTPSVC",
    "MSFTPSVC",
    "KeyIso",
    "CryptSvc",
    "ProtectedStorage",
    "SamSs",
    "Netlogon",
    "NTDS",
    "WinRM",
    "TermService",
    "TSGateway",
    "adfssrv",
    "drs",
    "appproxysvc",
    "KPSSVC",
    "SstpSvc",
    "RemoteAccess",
    "iphlpsvc",
    "PeerDistSvc",
    "SyncShareSvc",
    "ReportServer",
    "MSSQLSERVER",
    "WsusService",
    "MSExchangeTransport",
    "DIAHostService",
    "EventLog",
    "Tcpip",
    "Tcpip6",
];

/// Services that many others are made to depend on; whoever depends on one stops with it.
const BELOW: &[&str] = &["HTTP", "HTTPFILTER", "W3SVC", "WAS", "KEYISO", "CRYPTSVC"];

/// Tells the settings and what was seen whole.
pub(super) fn tell(teller: &mut Teller<'_>) {
    let tree = teller.tree;
    for key in tree.keys().filter(|key| is_setting(key)) {
        let path: Arc<str> = shown_path(key.path.as_str()).into();
        let tables = within(&path, "\\Services\\HTTP\\Parameters\\UrlAclInfo");
        teller.fact(Setting { key: path.clone(), name: String::new(), data: Datum::Key }, key, key.place);
        for value in key.values.iter().filter(|_| !tables) {
            let data = datum(value);
            // A default value has no name either, so it is told by the name that tools show.
            let name = if value.name.is_empty() { "(Default)".to_owned() } else { value.name.clone() };
            teller.fact(Setting { key: path.clone(), name, data }, key, value.place);
        }
    }
    whole(teller);
}

/// Tells the branches that were seen whole: the wanted ones that lie in them, and theirs that lie in a wanted one.
fn whole(teller: &mut Teller<'_>) {
    let wants = Wants::tls();
    let mut all: Vec<String> = Vec::new();
    for (path, reach) in wants.single() {
        let shown = match reach {
            Reach::Tree => teller.shows(path),
            Reach::Key => teller.shows_values(path),
        };
        if shown
            && !path.contains("SystemCertificates")
            && !path.contains("EnterpriseCertificates")
            && !path.starts_with("HKLM\\SAM")
        {
            all.push(path.to_owned());
        }
    }
    for (path, _) in &teller.tree.seen {
        if teller.shows(path.as_str()) && wants.within_tree(path) && !all.iter().any(|known| within_path(path, known)) {
            all.push(shown_path(path.as_str()));
        }
    }
    for path in all {
        let origin = teller.out.inside(&path);
        teller.out.whole(&path, origin);
    }
}

fn within_path(path: &KeyPath, above: &str) -> bool {
    KeyPath::parse(above).is_some_and(|above| path.is_within(&above))
}

/// Keys of stores are told as stores, accounts not at all, services if they matter.
fn is_setting(key: &Key) -> bool {
    let folded = key.path.folded();
    if folded.contains("\\SYSTEMCERTIFICATES")
        || folded.contains("\\ENTERPRISECERTIFICATES")
        || folded.starts_with("HKLM\\SAM")
    {
        return false;
    }
    if folded.contains("\\CRYPTOGRAPHY\\SERVICES") {
        return false;
    }
    let mut names = key.path.segments().skip_while(|name| !name.eq_ignore_ascii_case("Services"));
    match (names.next(), names.next(), names.next()) {
        (Some(_), Some(service), None) => {
            let known = SERVICES.iter().any(|known| known.eq_ignore_ascii_case(service));
            let below = key.value("DependOnService").map(Value::strings).unwrap_or_default();
            known || below.iter().any(|name| BELOW.iter().any(|known| known.eq_ignore_ascii_case(name)))
        }
        _ => true,
    }
}

/// A path as facts have it: the names of the machine's hives in upper case.
pub(super) fn shown_path(path: &str) -> String {
    let mut parts = path.splitn(3, '\\');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("HKLM"), Some(hive), rest) => {
            let rest = rest.map(|rest| format!("\\{rest}")).unwrap_or_default();
            format!("HKLM\\{}{rest}", hive.to_uppercase())
        }
        _ => path.to_owned(),
    }
}

fn within(path: &str, branch: &str) -> bool {
    path.to_ascii_uppercase().contains(&branch.to_ascii_uppercase())
}

/// What a value holds. Passwords are told to be set or not.
fn datum(value: &Value) -> Datum {
    let secret = value.name.to_ascii_lowercase().contains("password");
    if secret {
        let set = value.data.iter().any(|octet| *octet != 0);
        return Datum::Text(if set { "set" } else { "" }.to_owned());
    }
    match (&value.sound, value.kind) {
        (Soundness::Damaged { found, .. }, _) => {
            Datum::Damaged(if found.is_empty() { hex(&value.data) } else { found.clone() })
        }
        (Soundness::CutOff(_), Some(kind)) if !kind.is_text() => Datum::Damaged(hex(&value.data)),
        (Soundness::CutOff(_), _) => Datum::Damaged(value.text().unwrap_or_default()),
        (_, Some(Kind::DWORD | Kind::DWORD_BIG_ENDIAN)) => {
            match (value.data.len(), value.number().and_then(|n| u32::try_from(n).ok())) {
                (4, Some(number)) => Datum::Dword(number),
                _ => Datum::Damaged(hex(&value.data)),
            }
        }
        (_, Some(Kind::QWORD)) => match (value.data.len(), value.number()) {
            (8, Some(number)) => Datum::Qword(number),
            _ => Datum::Damaged(hex(&value.data)),
        },
        (_, Some(Kind::MULTI_SZ)) => Datum::List(value.strings()),
        (_, Some(kind)) if kind.is_text() => Datum::Text(value.text().unwrap_or_default()),
        (_, Some(_)) => Datum::Octets(hex(&value.data)),
        // PowerShell shows no types; digits alone are taken for a number.
        (_, None) => match value.number().and_then(|number| u32::try_from(number).ok()) {
            Some(number) => Datum::Dword(number),
            None => Datum::Text(value.text().unwrap_or_default()),
        },
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().take(OCTETS).map(|octet| format!("{octet:02x}")).collect()
}
