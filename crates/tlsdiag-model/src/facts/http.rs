//! An HTTP request and its answer. Host of the row: the machine that answered.
use crate::{Host, Name};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Over what it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Plain TCP.
    Plain,
    /// TLS.
    Tls,
}

/// Which HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpVersion {
    /// HTTP/1.0 or 1.1.
    One,
    /// HTTP/2.
    Two,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpEnd {
    /// An answer.
    Status {
        /// Status code.
        status: u16,
        /// `Location`.
        location: Option<String>,
        /// `Server`.
        server: Option<String>,
        /// IIS sub-status or similar words in the body that say more (`403.7`, "400 The plain HTTP request …").
        detail: Option<String>,
        /// `Strict-Transport-Security` was sent.
        hsts: bool,
    },
    /// Closed before a status line.
    Closed,
    /// Reset before a status line.
    Reset,
    /// A TLS alert instead of an answer.
    Alert(u8),
    /// Nothing in time.
    Silent {
        /// Milliseconds waited.
        after_ms: u32,
    },
    /// Not HTTP; why.
    Garbled(String),
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// From which machine.
    pub from: Host,
    /// With this address.
    pub addr: IpAddr,
    /// And port.
    pub port: u16,
    /// `Host` / `:authority`.
    pub name: Option<Name>,
    /// Plain or TLS.
    pub over: Over,
    /// Which HTTP.
    pub version: HttpVersion,
    /// Path asked for.
    pub path: String,
    /// How it ended.
    pub end: HttpEnd,
    /// Where redirects led, in order: each is the URL that was asked next.
    #[serde(default)]
    pub followed: Vec<String>,
    /// A redirect led to a URL that had been asked before.
    #[serde(default)]
    pub loops: bool,
}
