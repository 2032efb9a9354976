//! A Windows machine: what it is called and which version it runs, its registry settings, and what was read whole.
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};

/// What one piece of evidence tells of the machine; several rows add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct System {
    /// Computer name.
    #[serde(default)]
    pub computer: Option<String>,
    /// Product name as the system writes it.
    #[serde(default)]
    pub product: Option<String>,
    /// Build: 3790 Server 2003, 6001-6003 Server 2008, 7600-7601 2008 R2, 9200 2012, 9600 2012 R2, 14393 2016, 17763 2019,
    /// 20348 2022, 26100 2025.
    #[serde(default)]
    pub build: Option<u32>,
    /// A server edition.
    #[serde(default)]
    pub server: Option<bool>,
    /// `HKLM\SOFTWARE\Microsoft\Cryptography\MachineGuid`: the suffix of its key files.
    #[serde(default)]
    pub machine_guid: Option<String>,
    /// Its addresses.
    #[serde(default)]
    pub addrs: Vec<IpAddr>,
    /// Minutes that its local time lies behind UTC (`ActiveTimeBias`).
    #[serde(default)]
    pub bias_min: Option<i32>,
}

/// What a value of the registry holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// REG_DWORD.
    Dword(u32),
    /// REG_QWORD.
    Qword(u64),
    /// REG_SZ, REG_EXPAND_SZ.
    Text(String),
    /// REG_MULTI_SZ.
    List(Vec<String>),
    /// REG_BINARY and other types, in hex; at most 64 octets of it.
    Octets(String),
    /// The key exists: said of every key of which a setting is told, with an empty name.
    Key,
    /// Not what its type says; as it stood.
    Damaged(String),
}

/// A registry value, or the existence of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// Key, `HKLM\SYSTEM\CurrentControlSet\Control\…`, letters as found; the current control set under that name.
    pub key: Arc<str>,
    /// Name of the value; empty: the default value, or the key itself.
    pub name: String,
    /// What it holds.
    pub data: Datum,
}

/// All that lies under a registry key or in a folder was read: what is not among the rows is not there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Whole {
    /// A registry key as in [`Setting::key`]; `store:Machine\MY`: a certificate store; `folder:machine_keys`: a folder of
    /// keys ([`crate::facts::KeyFolder`] in its serialised form); `acl:machine_keys`: the access rights of every file in it.
    pub of: Arc<str>,
}

/// The cipher suites that Schannel offers, in its order (`Get-TlsCipherSuite`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suites {
    /// Their names.
    pub list: Vec<String>,
}
