//! Sites as a web server's configuration has them: bindings, what they ask of clients, application pools.
use crate::{Addr, Name, Reading, Thumb};
use serde::{Deserialize, Serialize};

/// A binding of a site (IIS: `<binding>` in applicationHost.config).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SiteBinding {
    /// Name of the site.
    pub site: String,
    /// Its number, where it has one.
    #[serde(default)]
    pub id: Option<u32>,
    /// `https`, `http`, `net.tcp`, lower case.
    pub protocol: String,
    /// Address or wildcard.
    pub addr: Addr,
    /// Port.
    pub port: u16,
    /// Host name.
    #[serde(default)]
    pub name: Option<Name>,
    /// `sslFlags`: 1 SNI, 2 central store, 4 no HTTP/2, 8 no stapling, 16 no QUIC, 32 no TLS 1.3, 64 no older TLS;
    /// `None`: not told.
    #[serde(default)]
    pub flags: Option<u32>,
    /// The certificate that the configuration itself names; `None`: not told (IIS leaves it to HTTP.sys).
    #[serde(default)]
    pub hash: Option<Reading<Thumb>>,
    /// The store of that certificate.
    #[serde(default)]
    pub store: Option<String>,
    /// Whether the site runs, or starts by itself where only that is told.
    #[serde(default)]
    pub running: Option<bool>,
    /// Its application pool.
    #[serde(default)]
    pub pool: Option<String>,
}

/// What a site asks of clients on a path (IIS: `<access sslFlags>`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SiteAccess {
    /// Site, or site and path; empty: the whole server.
    pub location: String,
    /// Only https.
    pub ssl: bool,
    /// Asks for a client certificate.
    pub negotiate: bool,
    /// Refuses whoever has none.
    pub require: bool,
}

/// An application pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pool {
    /// Name.
    pub name: String,
    /// The account that it runs as (`ApplicationPoolIdentity`, `NetworkService`, a user's name).
    pub identity: Option<String>,
    /// Whether the account's profile is loaded.
    pub load_profile: Option<bool>,
}

/// A binding in the old metabase form: property 5506 of customMetadata, from which tools of IIS 6 restore a stale binding
/// (Microsoft KB 2025598).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OldBinding {
    /// Metabase path (`LM/W3SVC/1`).
    pub path: String,
    /// The certificate that it names.
    pub hash: Reading<Thumb>,
}
