//! One attempt to open a TCP connection. Host of the row: the machine connected to.
use crate::Host;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Which answer said that the way is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    /// No route from here (`ENETUNREACH`).
    Network,
    /// No such machine on its network (`EHOSTUNREACH`), or an ICMP answer that the system folds into it.
    Host,
    /// Forbidden, by this machine's own rules (`EACCES`, `EPERM`).
    Forbidden,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectEnd {
    /// Open.
    Open,
    /// RST in answer to SYN: nothing listens, or a firewall that rejects.
    Refused,
    /// No answer to any SYN.
    Silent {
        /// Milliseconds waited.
        after_ms: u32,
    },
    /// Unreachable.
    Unreachable(Unreachable),
    /// Anything else, in the system's words.
    Failed(String),
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Connect {
    /// From which machine.
    pub from: Host,
    /// To this address.
    pub addr: IpAddr,
    /// And port.
    pub port: u16,
    /// How it ended.
    pub end: ConnectEnd,
}
