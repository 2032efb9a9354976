//! Does a certificate with its key work at all? It is served for a bounded time, by default to this machine only, and
//! several clients visit it: a current TLS library in three ways, and the tools that are found here.
//!
//! [`Material`] is what is served, [`Server`] serves it, [`clients::visit`] and [`tools::visit`] are the visitors. The
//! private key stays in memory.
#![forbid(unsafe_code)]

pub mod clients;
mod connection;
mod material;
mod page;
mod process;
mod server;
pub mod tools;

pub use material::{Material, Unserved};
pub use server::{Event, Server, Terms};

/// A visit to make.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Where the server is.
    pub address: std::net::SocketAddr,
    /// The host that clients mean: it is sent as SNI and must be in the certificate.
    pub name: String,
    /// Roots of this machine and of the public list, DER; clients that bring their own do not look at them.
    pub roots: std::sync::Arc<Vec<Vec<u8>>>,
    /// Further certificates that every client is told to trust, DER.
    pub trusted: Vec<Vec<u8>>,
}

/// How a client fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The client, in its own words.
    pub client: String,
    /// How it ended.
    pub end: End,
    /// What the client said of it.
    pub words: String,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The handshake completed, the certificate was accepted and the page came.
    Good,
    /// Certificate and key did their work, but the client does not accept the certificate (issuer, name, dates).
    Refused,
    /// There was no handshake, or no page.
    Failed,
    /// The client could not be used: it did not start, or did not end in time.
    NotRun,
}
