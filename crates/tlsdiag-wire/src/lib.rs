//! TLS on the wire, from SSLv2 to TLS 1.3: records, hellos, alerts and server flights without any I/O.
//!
//! Nothing here opens a socket, reads a clock or draws a random number. Readers take bytes in any chunking, hold a
//! bounded amount of them, never panic, keep values they do not know, and tell what was *cut off* from what is
//! *malformed* ([`ParseError`]). Writers give full control, so that a hello can be put together byte by byte.
//!
//! A probe builds a [`ClientHello`], sends [`ClientHello::to_records`], feeds the answer to a [`ServerFlight`] until it
//! is complete and then reads what the server said, how far it came and where it broke the rules.

#![forbid(unsafe_code)]

pub mod certificate;
pub mod certificate_request;
pub mod client_hello;
mod cursor;
mod error;
pub mod extension;
pub mod flight;
mod flight_messages;
pub mod handshake;
pub mod key_exchange;
pub mod message;
pub mod profile;
pub mod record;
pub mod registry;
pub mod server_hello;
pub mod sniff;
mod sniff_http;
pub mod sslv2;
pub mod violation;

pub use certificate::{CertificateEntry, CertificateMessage, CertificateStatus};
pub use certificate_request::CertificateRequest;
pub use client_hello::ClientHello;
pub use error::{EncodeError, ErrorKind, ParseError};
pub use extension::{Extension, Extensions};
pub use flight::{FlightLimits, ServerFlight, Stage};
pub use handshake::{HandshakeMessage, HandshakeReader};
pub use key_exchange::{KeyParams, ServerKeyExchange};
pub use message::{Alert, NewSessionTicket};
pub use profile::{HelloRandomness, HelloTarget};
pub use record::{Opening, Record, RecordReader};
pub use registry::{
    AlertDescription, AlertLevel, CipherSuite, ContentType, ExtensionType, Group, HandshakeType, SignatureScheme,
    Version,
};
pub use server_hello::ServerHello;
pub use sniff::{Protocol, Sniffed, sniff};
pub use violation::Violation;
