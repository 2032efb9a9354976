//! What this machine itself brings along: hosts file, proxies, clock.
use crate::Name;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A line of the hosts file that names a host that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HostsLine {
    /// The name on it.
    pub name: Name,
    /// The address on it.
    pub addr: IpAddr,
}

/// A configured proxy that a browser or a command-line client here would use.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Proxy {
    /// The variable or setting that names it.
    pub setting: String,
    /// Host and port of the proxy, without user name and password.
    pub at: String,
    /// Whether the target is exempted (`NO_PROXY`).
    pub exempt: bool,
}

/// The `Date` of an answer against this machine's clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skew {
    /// Address of the server.
    pub addr: IpAddr,
    /// Port of the server.
    pub port: u16,
    /// Seconds by which this machine is ahead of the server; negative: behind. Precise to about two seconds.
    pub ahead_s: i64,
}
