//! Configured state of a server: HTTP.sys bindings and protocol switches.
use crate::{Addr, CertId, Name, Reading};
use serde::{Deserialize, Serialize};

/// Which certificate a listener is configured to serve.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Binding {
    /// Address or wildcard.
    pub addr: Addr,
    /// Port.
    pub port: u16,
    /// Server name of an SNI record.
    #[serde(default)]
    pub name: Option<Name>,
    /// The certificate that the record names.
    pub cert: Reading<CertId>,
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
