//! What a person wants to work: the question itself.
use crate::Name;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Which protocol the URL names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// `https://`
    #[default]
    Https,
}

/// One target, as the person typed it. Host of the row: where it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Asked {
    /// As typed.
    pub typed: String,
    /// Protocol.
    #[serde(default)]
    pub scheme: Scheme,
    /// Host name in A-label form, or the address as text.
    pub name: Name,
    /// The address, where an address was typed.
    #[serde(default)]
    pub literal: Option<IpAddr>,
    /// TCP port.
    pub port: u16,
    /// Path and query to ask for.
    pub path: String,
    /// Addresses given by `--resolve`; empty: look the name up.
    #[serde(default)]
    pub pinned: Vec<IpAddr>,
    /// The client profile that matters (`--client`).
    #[serde(default)]
    pub client: Option<String>,
}
