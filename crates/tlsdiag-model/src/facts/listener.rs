//! Who listens where on a machine: sockets, programs, services.
use crate::Addr;
use serde::{Deserialize, Serialize};

/// A socket that waits for connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listener {
    /// Address or wildcard.
    pub addr: Addr,
    /// TCP port.
    pub port: u16,
    /// Process id, where it was told; 4 is the Windows kernel, thus HTTP.sys.
    pub pid: Option<u32>,
    /// The program's file name, where the same listing tells it.
    #[serde(default)]
    pub program: Option<String>,
    /// Services or components that the same listing names.
    #[serde(default)]
    pub services: Vec<String>,
}

/// A running program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// File name of the program.
    pub name: String,
    /// Services in it.
    #[serde(default)]
    pub services: Vec<String>,
}

/// A service, as a list of services tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Service {
    /// Its short name (`W3SVC`), or the name that is shown where only that is told.
    pub name: String,
    /// Whether it runs.
    pub running: bool,
}
