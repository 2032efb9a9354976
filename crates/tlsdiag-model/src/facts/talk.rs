//! A conversation without TLS: what speaks on a port. Host of the row: the machine connected to.
use crate::Host;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How we began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// We said nothing and listened.
    Listened,
    /// We asked `GET / HTTP/1.1`.
    HttpGet,
}

/// What answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoke {
    /// HTTP.
    Http {
        /// Status code.
        status: u16,
        /// `Server` header.
        server: Option<String>,
        /// `Location` header.
        location: Option<String>,
        /// The text says that this port wants TLS (nginx, Apache, HTTP.sys and others have sentences for it).
        wants_tls: bool,
    },
    /// Another protocol, by its usual name (`SMTP`, `SSH`, …).
    Other {
        /// Its name.
        protocol: String,
        /// The greeting, its first line.
        greeting: String,
    },
    /// TLS records (an alert, as a rule).
    Tls,
    /// Bytes that are nothing we know.
    Unknown,
    /// Closed without a byte.
    Closed,
    /// Reset without a byte.
    Reset,
    /// Nothing in time.
    Silent {
        /// Milliseconds waited.
        after_ms: u32,
    },
}

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Talk {
    /// From which machine.
    pub from: Host,
    /// With this address.
    pub addr: IpAddr,
    /// And port.
    pub port: u16,
    /// How we began.
    pub opening: Opening,
    /// What answered.
    pub spoke: Spoke,
}
