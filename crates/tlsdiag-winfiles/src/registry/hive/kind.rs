//! Which hive it is, from the keys in it; the name in the base block decides only between twins.
use super::Hive;
use crate::registry::model::{KeyPath, Root, fold};
use std::io::{Read, Seek};

/// Which hive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiveKind {
    /// `HKLM\SYSTEM`.
    System,
    /// `HKLM\SOFTWARE`.
    Software,
    /// `HKLM\SAM`.
    Sam,
    /// `HKLM\SECURITY`.
    Security,
    /// `HKLM\COMPONENTS`.
    Components,
    /// `HKLM\DRIVERS`.
    Drivers,
    /// `HKLM\BCD00000000`.
    Bcd,
    /// `NTUSER.DAT` of a user who is not told by the file.
    User,
    /// `config\DEFAULT`, the profile of LOCAL SYSTEM: `HKU\.DEFAULT`.
    Default,
    /// `UsrClass.dat`.
    UserClasses,
    /// `Amcache.hve`.
    Amcache,
    /// A part of the registry saved by `reg save`: where it belongs.
    Part(KeyPath),
    /// Any other; the name of its root key.
    Other(String),
}

/// Parts that people save alone: the name of the key, a key that must be in it, and where it belongs.
const PARTS: [(&str, &str, &str); 11] = [
    ("SCHANNEL", "Protocols", "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"),
    ("SecurityProviders", "SCHANNEL", "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders"),
    ("HTTP", "Parameters\\SslBindingInfo", "HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP"),
    ("Parameters", "SslBindingInfo", "HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters"),
    ("Services", "HTTP\\Parameters", "HKLM\\SYSTEM\\CurrentControlSet\\Services"),
    ("Control", "SecurityProviders\\SCHANNEL", "HKLM\\SYSTEM\\CurrentControlSet\\Control"),
    ("CurrentControlSet", "Control", "HKLM\\SYSTEM\\CurrentControlSet"),
    ("SystemCertificates", "MY", "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates"),
    ("SystemCertificates", "ROOT", "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates"),
    ("MY", "Certificates", "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\MY"),
    ("Microsoft", "SystemCertificates", "HKLM\\SOFTWARE\\Microsoft"),
];

impl HiveKind {
    /// Where its keys are told to be: `HKLM\SYSTEM`, for a user `HKCU`, for others `HIVE`.
    pub fn mount(&self) -> KeyPath {
        let local = KeyPath::root(Root::LocalMachine);
        match self {
            Self::System => local.join("SYSTEM"),
            Self::Software => local.join("SOFTWARE"),
            Self::Sam => local.join("SAM"),
            Self::Security => local.join("SECURITY"),
            Self::Components => local.join("COMPONENTS"),
            Self::Drivers => local.join("DRIVERS"),
            Self::Bcd => local.join("BCD00000000"),
            Self::User => KeyPath::root(Root::CurrentUser),
            Self::UserClasses => KeyPath::root(Root::CurrentUser).join("Software").join("Classes"),
            Self::Default => KeyPath::root(Root::Users).join(".DEFAULT"),
            Self::Part(path) => path.clone(),
            Self::Amcache | Self::Other(_) => KeyPath::root(Root::Unmounted),
        }
    }

    /// The path that patterns of wanted keys know it by: `HKCU` for every user.
    pub fn as_wanted(&self) -> KeyPath {
        match self {
            Self::Default => KeyPath::root(Root::CurrentUser),
            other => other.mount(),
        }
    }

    /// The word for it.
    pub fn name(&self) -> &str {
        match self {
            Self::System => "SYSTEM",
            Self::Software => "SOFTWARE",
            Self::Sam => "SAM",
            Self::Security => "SECURITY",
            Self::Components => "COMPONENTS",
            Self::Drivers => "DRIVERS",
            Self::Bcd => "BCD",
            Self::User => "NTUSER.DAT",
            Self::Default => "DEFAULT",
            Self::UserClasses => "UsrClass.dat",
            Self::Amcache => "Amcache.hve",
            Self::Part(path) => path.name(),
            Self::Other(name) => name,
        }
    }
}

impl<R: Read + Seek> Hive<R> {
    /// Which hive it is.
    pub fn kind(&mut self) -> HiveKind {
        let mut faults = Vec::new();
        let Ok(root) = self.root() else { return HiveKind::Other(String::new()) };
        let names: Vec<String> =
            self.children(&root, &mut faults).iter().take(4096).map(|child| fold(&child.name)).collect();
        let has = |name: &str| names.iter().any(|known| known == name);
        let mut holds = |path: &str| self.find(path, &mut faults).is_some();
        let control_set = names.iter().any(|name| {
            name.strip_prefix("CONTROLSET")
                .is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()))
        });
        if control_set || (has("SELECT") && has("MOUNTEDDEVICES")) {
            return HiveKind::System;
        }
        if has("MICROSOFT")
            && (holds("Microsoft\\Windows NT\\CurrentVersion") || holds("Microsoft\\Windows\\CurrentVersion"))
        {
            return HiveKind::Software;
        }
        if has("SOFTWARE")
            && (has("CONTROL PANEL") || has("ENVIRONMENT") || has("KEYBOARD LAYOUT") || holds("Software\\Microsoft"))
        {
            let system = fold(&self.base.file_name).ends_with("CONFIG\\DEFAULT");
            return if system { HiveKind::Default } else { HiveKind::User };
        }
        if holds("SAM\\Domains") {
            return HiveKind::Sam;
        }
        if has("POLICY") && (holds("Policy\\Secrets") || holds("Policy\\PolAdtEv") || holds("Policy\\PolAcDmN")) {
            return HiveKind::Security;
        }
        if has("OBJECTS") && has("DESCRIPTION") {
            return HiveKind::Bcd;
        }
        if has("DERIVEDDATA") || has("CANONICALDATA") {
            return HiveKind::Components;
        }
        if holds("Root\\File") || holds("Root\\InventoryApplication") || holds("Root\\InventoryApplicationFile") {
            return HiveKind::Amcache;
        }
        if has("DRIVERDATABASE") {
            return HiveKind::Drivers;
        }
        if has("LOCAL SETTINGS") && (has("CLSID") || fold(&self.base.file_name).contains("USRCLASS")) {
            return HiveKind::UserClasses;
        }
        for (name, inner, path) in PARTS {
            if fold(name) == fold(&root.name) && self.find(inner, &mut faults).is_some() {
                return KeyPath::parse(path).map_or(HiveKind::Other(root.name), HiveKind::Part);
            }
        }
        HiveKind::Other(root.name)
    }
}
