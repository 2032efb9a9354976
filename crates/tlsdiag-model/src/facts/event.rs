//! An entry of an event log.
use crate::{Addr, Name, Thumb};
use serde::{Deserialize, Serialize};

/// Whose credential or handshake an entry speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The server's.
    Server,
    /// The client's.
    Client,
}

/// An endpoint that an entry names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spot {
    /// Address or wildcard.
    pub addr: Addr,
    /// Port.
    pub port: u16,
    /// Host name, where it names one.
    #[serde(default)]
    pub name: Option<Name>,
}

/// One kind of entry: alike entries fold into one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// Source, by its short name (`Schannel`, `HttpEvent`, `CAPI2`).
    pub source: String,
    /// Event id.
    pub id: u32,
    /// The status code that it carries, where there is one.
    #[serde(default)]
    pub code: Option<u32>,
    /// Schannel's internal state: an undocumented hint.
    #[serde(default)]
    pub state: Option<u32>,
    /// TLS alert number (RFC 8446 section 6).
    #[serde(default)]
    pub alert: Option<u8>,
    /// Whose side it speaks of.
    #[serde(default)]
    pub side: Option<Side>,
    /// Protocol version as the entry writes it (`TLS 1.2`).
    #[serde(default)]
    pub protocol: Option<String>,
    /// The endpoint that it names.
    #[serde(default)]
    pub endpoint: Option<Spot>,
    /// The program that it names, without its folder (`lsass.exe`).
    #[serde(default)]
    pub process: Option<String>,
    /// The certificate that it names.
    #[serde(default)]
    pub thumb: Option<Thumb>,
    /// The key container that it names.
    #[serde(default)]
    pub container: Option<String>,
    /// The other end or the target that it names: a host name, a URL.
    #[serde(default)]
    pub peer: Option<String>,
}
