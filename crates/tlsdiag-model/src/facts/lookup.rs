//! One question to a resolver and its answer. Host of the row: where it was asked.
use crate::Name;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolver {
    /// The operating system, as programs here do (`getaddrinfo`): hosts file, DNS and whatever else is configured.
    System,
    /// The configured DNS servers, asked directly.
    Dns,
}

/// Which kind of address was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A records.
    V4,
    /// AAAA records.
    V6,
    /// Both at once (the operating system's own call).
    Both,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// These, in the order given.
    Addresses(Vec<IpAddr>),
    /// The name does not exist (NXDOMAIN, RFC 1035 section 4.1.1; `EAI_NONAME` where the system does not tell more).
    NoSuchName,
    /// The name exists and has no address of this family (NODATA, RFC 2308 section 2.2).
    NoAddress,
    /// The server failed (SERVFAIL).
    ServerFailure,
    /// The server refused.
    Refused,
    /// No server answered in this many milliseconds.
    Silent {
        /// Milliseconds waited.
        after_ms: u32,
    },
    /// The system's words.
    Failed(String),
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lookup {
    /// The name asked for.
    pub name: Name,
    /// Who was asked.
    pub resolver: Resolver,
    /// For which addresses.
    pub family: Family,
    /// What came back.
    pub answer: Answer,
    /// CNAMEs followed, in order.
    #[serde(default)]
    pub cnames: Vec<Name>,
}
