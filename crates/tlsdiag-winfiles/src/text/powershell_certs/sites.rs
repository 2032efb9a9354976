//! Sites and bindings as `Get-Website`, `Get-WebBinding`, `Get-IISSite`, `Get-IISSiteBinding` and `IIS:\SslBindings` show them.

use super::super::certutil::Hash;
use super::super::powershell_table::Record;
use super::PowershellCerts;

/// Bindings kept of one site.
const MAX_BINDINGS: usize = 1000;

/// A site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IisSite {
    /// The name.
    pub name: String,
    /// The id.
    pub id: Option<u32>,
    /// `Started`, `Stopped`.
    pub state: Option<String>,
    /// Bindings in its column; empty if the window cut them.
    pub bindings: Vec<PowershellBinding>,
    /// The column was cut, so that bindings are missing.
    pub cut: bool,
    /// Line of its record.
    pub line: u32,
}

/// A binding of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowershellBinding {
    /// The site, where it is shown.
    pub site: Option<String>,
    /// `http`, `https`, …
    pub protocol: String,
    /// `*:443:`.
    pub information: String,
    /// `sslFlags`, as a number or as names.
    pub ssl_flags: Option<u32>,
    /// `certificateHash`.
    pub hash: Option<Hash<20>>,
    /// `certificateStoreName`.
    pub store: Option<String>,
    /// Line of its record.
    pub line: u32,
}

/// A record of HTTP.sys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SslBinding {
    /// `0.0.0.0`, `::`; empty for a host name.
    pub address: String,
    /// The port.
    pub port: Option<u16>,
    /// The host name of an SNI record; `*` of the central store's.
    pub host: Option<String>,
    /// The store.
    pub store: Option<String>,
    /// The hash, where a list shows it.
    pub thumbprint: Option<Hash<20>>,
    /// Names of sites.
    pub sites: Option<String>,
    /// Line of its record.
    pub line: u32,
}

/// Takes a record; says whether it was one of these.
pub(super) fn take(record: &Record, out: &mut PowershellCerts) -> bool {
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| record.get(name))?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    if record.has(&["protocol", "bindingInformation"]) {
        let Some(protocol) = text(&["protocol"]) else { return false };
        let site =
            text(&["ItemXPath"]).and_then(|path| path.split("@name='").nth(1)?.split('\'').next().map(str::to_owned));
        let hash = text(&["certificateHash", "CertificateHash"]).filter(|hash| hash != "{}");
        out.bindings.push(PowershellBinding {
            site,
            protocol,
            information: text(&["bindingInformation"]).unwrap_or_default(),
            ssl_flags: text(&["sslFlags"]).as_deref().and_then(flags),
            hash: hash.map(|hash| Hash::read(&hash, record.line)),
            store: text(&["certificateStoreName"]),
            line: record.line,
        });
        return true;
    }
    let physical = record.raw("Physical Path").or_else(|| record.raw("physicalPath"));
    if let (Some(name), Some(_), Some(_)) = (text(&["Name"]), physical, record.raw("State")) {
        let column = record.raw("Bindings").unwrap_or_default();
        out.sites.push(IisSite {
            bindings: column_bindings(&name, column, record.line),
            name,
            id: text(&["ID"]).and_then(|id| id.parse().ok()),
            state: text(&["State"]),
            cut: record.is_cut("Bindings"),
            line: record.line,
        });
        return true;
    }
    let port = text(&["Port"]).and_then(|port| port.parse().ok());
    let address = record.raw("IP Address").or_else(|| record.raw("IPAddress"));
    if let (Some(address), Some(port), true) =
        (address, port, record.raw("Store").is_some() || record.raw("Sites").is_some())
    {
        out.ssl_bindings.push(SslBinding {
            address: address.trim().to_owned(),
            port: Some(port),
            host: text(&["Host Name", "Host"]),
            store: text(&["Store"]),
            thumbprint: text(&["Thumbprint"]).map(|hash| Hash::read(&hash, record.line)),
            sites: text(&["Sites", "Sites.Value"]),
            line: record.line,
        });
        return true;
    }
    false
}

/// `http *:80: https *:443: sslFlags=1`.
fn column_bindings(site: &str, column: &str, line: u32) -> Vec<PowershellBinding> {
    let mut out: Vec<PowershellBinding> = Vec::new();
    let mut protocol: Option<&str> = None;
    for word in column.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        if let Some(value) = word.strip_prefix("sslFlags=") {
            if let Some(last) = out.last_mut() {
                last.ssl_flags = flags(value);
            }
        } else if let Some(name) = protocol.take() {
            if word.contains("...") || word.contains('…') || out.len() >= MAX_BINDINGS {
                break;
            }
            out.push(PowershellBinding {
                site: Some(site.to_owned()),
                protocol: name.to_owned(),
                information: word.to_owned(),
                ssl_flags: None,
                hash: None,
                store: None,
                line,
            });
        } else {
            protocol = Some(word);
        }
    }
    out
}

/// A number, or names of the enumeration `SslFlags` of Microsoft.Web.Administration.
fn flags(raw: &str) -> Option<u32> {
    if let Ok(number) = raw.trim().parse() {
        return Some(number);
    }
    let mut sum = 0;
    for word in raw.split([',', '|']).map(str::trim) {
        sum |= match word.to_ascii_lowercase().as_str() {
            "none" => 0,
            "sni" => 1,
            "centralcertstore" => 2,
            "disablehttp2" => 4,
            "disableocspstp" => 8,
            "disablequic" => 16,
            "disabletls13" => 32,
            "disablelegacytls" => 64,
            _ => return None,
        };
    }
    Some(sum)
}
