//! The keys that decide TLS on a Windows machine, and a filter made of them.
//!
//! Sources: `windowsserverdocs` TLS registry settings, the tables of this project on Schannel, HTTP.sys and key locations;
//! what is not public (IIS Central Certificate Provider) is marked there.
use super::model::{KeyPath, fold, same_name};

/// How far a pattern reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The values of the key.
    Key,
    /// The key and all below.
    Tree,
}

/// Values of a service that tell who runs, as whom, and what stops with it.
const SERVICE: &[&str] =
    &["Start", "Type", "ImagePath", "ObjectName", "DependOnService", "DisplayName", "DelayedAutoStart"];
/// Values that tell which Windows it is.
const VERSION: &[&str] = &[
    "ProductName",
    "CurrentBuild",
    "CurrentBuildNumber",
    "CurrentMajorVersionNumber",
    "CurrentMinorVersionNumber",
    "CurrentVersion",
    "CSDVersion",
    "DisplayVersion",
    "EditionID",
    "InstallationType",
    "InstallDate",
    "ReleaseId",
    "UBR",
    "BuildLabEx",
];

/// Patterns, a `*` standing for one key of any name: path, reach, and the values wanted (none named: all of them).
/// `CurrentControlSet` stands for every control set.
const PATTERNS: &[(&str, Reach, &[&str])] = &[
    ("HKLM\\SYSTEM\\Select", Reach::Key, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL", Reach::Tree, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders", Reach::Key, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local", Reach::Tree, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Default\\SSL", Reach::Tree, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FipsAlgorithmPolicy", Reach::Tree, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa", Reach::Key, &["FIPSAlgorithmPolicy", "FipsAlgorithmPolicy"]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0", Reach::Key, &["RestrictSendingNTLMTraffic"]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions", Reach::Key, &["ProductType", "ProductSuite"]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName", Reach::Tree, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation", Reach::Key, &[]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage", Reach::Key, &["ACP", "OEMCP"]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Nls\\Language", Reach::Key, &["Default", "InstallLanguage"]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Services\\*", Reach::Key, SERVICE),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters", Reach::Tree, &[]),
    (
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters",
        Reach::Key,
        &["Hostname", "NV Hostname", "Domain", "NV Domain", "SearchList"],
    ),
    (
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\*",
        Reach::Key,
        &["IPAddress", "DhcpIPAddress", "SubnetMask", "DhcpSubnetMask", "EnableDHCP", "NameServer", "Domain"],
    ),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters", Reach::Key, &["DisabledComponents"]),
    ("HKLM\\SYSTEM\\CurrentControlSet\\Services\\W3SVC\\Parameters", Reach::Key, &[]),
    (
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp",
        Reach::Key,
        &["SSLCertificateSHA1Hash", "SecurityLayer", "PortNumber", "MinEncryptionLevel"],
    ),
    ("HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", Reach::Key, VERSION),
    ("HKLM\\SOFTWARE\\Microsoft\\Cryptography", Reach::Key, &["MachineGuid"]),
    ("HKLM\\SOFTWARE\\Microsoft\\Cryptography\\Services", Reach::Tree, &[]),
    ("HKLM\\SOFTWARE\\Microsoft\\SystemCertificates", Reach::Tree, &[]),
    ("HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates", Reach::Tree, &[]),
    ("HKLM\\SOFTWARE\\Microsoft\\EnterpriseCertificates", Reach::Tree, &[]),
    ("HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL", Reach::Tree, &[]),
    (
        "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727",
        Reach::Key,
        &["SchUseStrongCrypto", "SystemDefaultTlsVersions"],
    ),
    (
        "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319",
        Reach::Key,
        &["SchUseStrongCrypto", "SystemDefaultTlsVersions"],
    ),
    (
        "HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v2.0.50727",
        Reach::Key,
        &["SchUseStrongCrypto", "SystemDefaultTlsVersions"],
    ),
    (
        "HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319",
        Reach::Key,
        &["SchUseStrongCrypto", "SystemDefaultTlsVersions"],
    ),
    ("HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full", Reach::Key, &["Release", "Version"]),
    (
        "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp",
        Reach::Key,
        &["DefaultSecureProtocols"],
    ),
    (
        "HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp",
        Reach::Key,
        &["DefaultSecureProtocols"],
    ),
    ("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", Reach::Key, &["SecureProtocols"]),
    (
        "HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Internet Settings",
        Reach::Key,
        &["SecureProtocols"],
    ),
    (
        "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings",
        Reach::Key,
        &["SecureProtocols"],
    ),
    (
        "HKLM\\SOFTWARE\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_SCH_SEND_AUX_RECORD_KB_2618444",
        Reach::Key,
        &[],
    ),
    (
        "HKLM\\SOFTWARE\\Wow6432Node\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_SCH_SEND_AUX_RECORD_KB_2618444",
        Reach::Key,
        &[],
    ),
    (
        "HKLM\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider",
        Reach::Key,
        &["Enabled", "CertStoreLocation", "UserName", "PollingInterval", "Password", "PrivateKeyPassword"],
    ),
    ("HKLM\\SOFTWARE\\Microsoft\\InetStp", Reach::Key, &[]),
    ("HKLM\\SOFTWARE\\Microsoft\\IIS Extensions\\*", Reach::Key, &["Version", "Install"]),
    ("HKLM\\SAM\\SAM\\Domains\\Account", Reach::Key, &["V"]),
    ("HKCU\\SOFTWARE\\Microsoft\\SystemCertificates", Reach::Tree, &[]),
    ("HKCU\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates", Reach::Tree, &[]),
    ("HKCU\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", Reach::Key, &["SecureProtocols"]),
    (
        "HKCU\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings",
        Reach::Key,
        &["SecureProtocols"],
    ),
    (
        "HKCU\\SOFTWARE\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_SCH_SEND_AUX_RECORD_KB_2618444",
        Reach::Key,
        &[],
    ),
    ("HKU\\*\\SOFTWARE\\Microsoft\\SystemCertificates", Reach::Tree, &[]),
    ("HKU\\*\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates", Reach::Tree, &[]),
    ("HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", Reach::Key, &["SecureProtocols"]),
    (
        "HKU\\*\\SOFTWARE\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_SCH_SEND_AUX_RECORD_KB_2618444",
        Reach::Key,
        &[],
    ),
];

/// One key of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// This name.
    Name(String),
    /// `CurrentControlSet` or any `ControlSetNNN`.
    ControlSet,
    /// Any name.
    Any,
}

impl Segment {
    /// Whether a key of this name fits.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Name(wanted) => same_name(wanted, name),
            Self::ControlSet => {
                let name = fold(name);
                name == "CURRENTCONTROLSET"
                    || name
                        .strip_prefix("CONTROLSET")
                        .is_some_and(|n| n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit()))
            }
        }
    }

    /// The one name that fits, if there is one.
    pub fn exact(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
struct Pattern {
    path: String,
    segments: Vec<Segment>,
    reach: Reach,
    values: Vec<String>,
}

/// A pattern as seen from the root of one hive.
#[derive(Debug)]
pub struct Want<'a> {
    /// The keys from the root of the hive on.
    pub segments: &'a [Segment],
    /// How far.
    pub reach: Reach,
    /// The path from the root of the registry, when the pattern stands for a single one; in every control set, when it
    /// stands for those.
    pub path: Option<KeyPath>,
}

/// A set of patterns.
#[derive(Debug, Clone, Default)]
pub struct Wants(Vec<Pattern>);

impl Wants {
    /// What a diagnosis of TLS needs.
    pub fn tls() -> Self {
        let mut wants = Self::default();
        for (path, reach, values) in PATTERNS {
            wants.add(path, *reach, values);
        }
        wants
    }

    /// One more pattern: a canonical path with `*` for any key; the values wanted, none named meaning all.
    pub fn add(&mut self, path: &str, reach: Reach, values: &[&str]) {
        let segments = path
            .split('\\')
            .map(|name| match name {
                "*" => Segment::Any,
                "CurrentControlSet" => Segment::ControlSet,
                name => Segment::Name(fold(name)),
            })
            .collect();
        self.0.push(Pattern {
            path: path.to_owned(),
            segments,
            reach,
            values: values.iter().map(|name| fold(name)).collect(),
        });
    }

    /// The patterns that stand for a single key, with how far they reach; `CurrentControlSet` stands as such.
    pub fn single(&self) -> impl Iterator<Item = (&str, Reach)> {
        self.0
            .iter()
            .filter(|pattern| !pattern.segments.contains(&Segment::Any))
            .map(|pattern| (pattern.path.as_str(), pattern.reach))
    }

    /// Whether a path lies within a tree that is wanted whole.
    pub fn within_tree(&self, path: &KeyPath) -> bool {
        self.0.iter().any(|pattern| pattern.reach == Reach::Tree && pattern.takes(path))
    }

    /// Whether anything of this key is wanted.
    pub fn key(&self, path: &KeyPath) -> bool {
        self.0.iter().any(|pattern| pattern.takes(path))
    }

    /// Whether this value of the key is wanted.
    pub fn value(&self, path: &KeyPath, name: &str) -> bool {
        self.0.iter().any(|pattern| {
            pattern.takes(path)
                && (pattern.values.is_empty() || pattern.values.iter().any(|wanted| same_name(wanted, name)))
        })
    }

    /// The patterns at or below the mount of a hive; a pattern above it that reaches over it gives the whole hive.
    pub fn of_mount<'a>(&'a self, mount: &KeyPath) -> Vec<Want<'a>> {
        let mounted: Vec<&str> = mount.segments().collect();
        let mut out: Vec<Want<'a>> = Vec::new();
        for pattern in &self.0 {
            let common = pattern.segments.iter().zip(&mounted).all(|(segment, name)| segment.matches(name));
            if !common {
                continue;
            }
            if pattern.segments.len() < mounted.len() {
                if pattern.reach == Reach::Tree {
                    out.push(Want { segments: &[], reach: Reach::Tree, path: Some(mount.clone()) });
                }
                continue;
            }
            let segments = pattern.segments.get(mounted.len()..).unwrap_or_default();
            let mut path = Some(mount.clone());
            for segment in segments {
                path = match segment {
                    Segment::Name(name) => path.map(|path| path.join(name)),
                    Segment::ControlSet => path.map(|path| path.join("CurrentControlSet")),
                    Segment::Any => None,
                };
            }
            out.push(Want { segments, reach: pattern.reach, path });
        }
        out
    }
}

impl Pattern {
    fn takes(&self, path: &KeyPath) -> bool {
        let mut names = path.folded().split('\\');
        for segment in &self.segments {
            let fits = match (segment, names.next()) {
                (_, None) => false,
                (Segment::Name(wanted), Some(name)) => wanted == name,
                (Segment::Any, Some(_)) => true,
                (segment, Some(name)) => segment.matches(name),
            };
            if !fits {
                return false;
            }
        }
        self.reach == Reach::Tree || names.next().is_none()
    }
}
