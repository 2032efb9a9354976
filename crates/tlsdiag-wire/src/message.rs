//! The small messages: alert, ChangeCipherSpec, EncryptedExtensions, NewSessionTicket, empty handshake messages.

use crate::cursor::{Cursor, Prefix, put};
use crate::error::{EncodeError, ParseError};
use crate::extension::Extensions;
use crate::registry::{AlertDescription, AlertLevel};
use std::fmt;

/// An alert that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alert {
    /// `level`.
    pub level: AlertLevel,
    /// `description`.
    pub description: AlertDescription,
}

impl Alert {
    /// A fatal alert.
    pub const fn fatal(description: AlertDescription) -> Self {
        Self { level: AlertLevel::FATAL, description }
    }

    /// A warning.
    pub const fn warning(description: AlertDescription) -> Self {
        Self { level: AlertLevel::WARNING, description }
    }

    /// Reads the payload of an alert record that is not encrypted.
    ///
    /// # Errors
    /// If the payload is not two bytes long, which an encrypted alert never is.
    pub fn parse(payload: &[u8]) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(payload);
        let level = AlertLevel(cursor.u8("alert level")?);
        let description = AlertDescription(cursor.u8("alert description")?);
        cursor.finish("alert")?;
        Ok(Self { level, description })
    }

    /// The payload of its record.
    pub const fn to_payload(self) -> [u8; 2] {
        [self.level.0, self.description.0]
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.level, self.description, self.description.0)
    }
}

/// The payload of a ChangeCipherSpec record.
pub const CHANGE_CIPHER_SPEC: [u8; 1] = [1];

/// Reads the body of HelloRequest or ServerHelloDone, which must be empty.
///
/// # Errors
/// If it is not.
pub fn parse_empty(body: &[u8], what: &'static str) -> Result<(), ParseError> {
    Cursor::new(body).finish(what)
}

/// Reads the body of EncryptedExtensions (RFC 8446 section 4.3.1), after decryption.
///
/// # Errors
/// If the bytes end early, break the structure or go on after it.
pub fn parse_encrypted_extensions(body: &[u8]) -> Result<Extensions, ParseError> {
    let mut cursor = Cursor::new(body);
    let extensions = Extensions::read(&mut cursor)?;
    cursor.finish("encrypted_extensions")?;
    Ok(extensions)
}

/// The body of EncryptedExtensions.
///
/// # Errors
/// If an extension is too long.
pub fn encrypted_extensions_body(extensions: &Extensions) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(extensions.wire_len());
    extensions.write(&mut out)?;
    Ok(out)
}

/// A ticket for resumption.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewSessionTicket {
    /// How long the ticket may be kept, in seconds.
    pub lifetime: u32,
    /// The ticket.
    pub ticket: Vec<u8>,
    /// What TLS 1.3 adds; `None` below it.
    pub tls13: Option<TicketDetails>,
}

/// The fields that TLS 1.3 adds to a ticket (RFC 8446 section 4.6.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TicketDetails {
    /// `ticket_age_add`, in milliseconds modulo 2^32.
    pub age_add: u32,
    /// `ticket_nonce`.
    pub nonce: Vec<u8>,
    /// Extensions, such as early_data.
    pub extensions: Extensions,
}

impl NewSessionTicket {
    /// Reads the body in the format of TLS 1.2 and below (RFC 5077) or of TLS 1.3.
    ///
    /// # Errors
    /// If the bytes end early, break the structure or go on after it.
    pub fn parse(body: &[u8], tls13: bool) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(body);
        let lifetime = cursor.u32("ticket_lifetime")?;
        let head = if tls13 {
            let age_add = cursor.u32("ticket_age_add")?;
            Some((age_add, cursor.vec8("ticket_nonce")?.rest().to_vec()))
        } else {
            None
        };
        let ticket = cursor.vec16("ticket")?.rest().to_vec();
        let tls13 = match head {
            Some((age_add, nonce)) => {
                Some(TicketDetails { age_add, nonce, extensions: Extensions::read(&mut cursor)? })
            }
            None => None,
        };
        cursor.finish("new_session_ticket")?;
        Ok(Self { lifetime, ticket, tls13 })
    }

    /// The body.
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_body(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = self.lifetime.to_be_bytes().to_vec();
        if let Some(details) = &self.tls13 {
            out.extend_from_slice(&details.age_add.to_be_bytes());
            put(&mut out, Prefix::One, "ticket_nonce", &details.nonce)?;
        }
        put(&mut out, Prefix::Two, "ticket", &self.ticket)?;
        if let Some(details) = &self.tls13 {
            details.extensions.write(&mut out)?;
        }
        Ok(out)
    }
}

pub(crate) fn unexpected(offset: u64, what: &'static str, expected: &'static str, found: u8) -> ParseError {
    ParseError::malformed(offset, what, expected, found.into())
}
