//! Configured state of a server: the certificate records of HTTP.sys, its listen list and URLs, and protocol switches.
use crate::{Addr, Name, Reading, Thumb};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, net::IpAddr};

/// By what HTTP.sys finds a record (`netsh http add sslcert`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Address and port.
    #[default]
    IpPort,
    /// Host name and port (SNI), from Server 2012.
    HostnamePort,
    /// The central certificate store for a port: has no hash by design.
    Ccs,
    /// The central certificate store for a host name.
    ScopedCcs,
}

/// A switch of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordFlag {
    /// Asks the client for a certificate in the handshake.
    NegotiateClientCertificate,
    /// Maps client certificates through the directory.
    DsMapper,
    /// Does not check whether client certificates are revoked.
    NoRevocationCheck,
    /// Checks client certificates for revocation from the cache only.
    CachedRevocationOnly,
    /// Does not check the usages of client certificates.
    NoUsageCheck,
    /// Ends every connection.
    RejectConnections,
    /// HTTP/2 off.
    DisableHttp2,
    /// QUIC off.
    DisableQuic,
    /// TLS 1.2 off.
    DisableTls12,
    /// TLS 1.3 off.
    DisableTls13,
    /// Versions before TLS 1.2 off.
    DisableLegacyTls,
    /// Stapling off.
    DisableOcspStapling,
    /// Session tickets on.
    EnableSessionTicket,
}

/// Which certificate a listener is configured to serve.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Binding {
    /// By what it is found.
    #[serde(default)]
    pub kind: RecordKind,
    /// Address or wildcard.
    pub addr: Addr,
    /// Port.
    pub port: u16,
    /// Server name of an SNI record.
    #[serde(default)]
    pub name: Option<Name>,
    /// The certificate that the record names.
    pub hash: Reading<Thumb>,
    /// The store in which it is looked up; `None`: not told. HTTP.sys takes `MY` where none is set.
    #[serde(default)]
    pub store: Option<String>,
    /// The application id, lower case in braces; `None`: not told.
    #[serde(default)]
    pub app: Option<String>,
    /// Switches that are on; `None`: not told.
    #[serde(default)]
    pub flags: Option<BTreeSet<RecordFlag>>,
    /// The store of the list of trusted issuers, where one is set.
    #[serde(default)]
    pub ctl_store: Option<String>,
}

impl Binding {
    /// A record with no more than its place and its hash.
    pub fn new(addr: Addr, port: u16, name: Option<Name>, hash: Reading<Thumb>) -> Binding {
        let kind = if name.is_some() { RecordKind::HostnamePort } else { RecordKind::IpPort };
        Binding { kind, addr, port, name, hash, store: None, app: None, flags: None, ctl_store: None }
    }
    /// Do two readings of one record agree? What one of them does not tell is no contradiction.
    pub fn agrees(&self, other: &Binding) -> bool {
        fn told<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        let store = match (&self.store, &other.store) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => true,
        };
        self.hash == other.hash && store && told(&self.app, &other.app)
    }
}

/// The addresses on which HTTP.sys listens; empty: on all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListenList {
    /// Addresses, sorted.
    pub addrs: Vec<IpAddr>,
}

/// A URL that somebody reserved in HTTP.sys or listens on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Url {
    /// `https://+:443/path/`.
    pub url: String,
    /// A request queue is attached now (`servicestate`); else a reservation (`urlacl`).
    pub active: bool,
    /// Processes of the request queue.
    pub pids: Vec<u32>,
    /// Name of the request queue (the application pool), or the account of a reservation.
    pub owner: Option<String>,
}

/// A protocol version switched on or off.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Protocol {
    /// Wire number of the version.
    pub version: u16,
    /// The server's role; else the client's.
    pub server: bool,
    /// Switched on.
    pub enabled: bool,
}
