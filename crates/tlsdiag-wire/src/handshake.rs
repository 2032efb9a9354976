//! Handshake messages over records: reassembled, several to a record or one over many, with a cap on what is held.

use crate::cursor::{Prefix, put};
use crate::error::{EncodeError, ParseError};
use crate::registry::HandshakeType;

/// Greatest message body that is held by default, in bytes. Real certificate messages stay below a tenth of it.
pub const DEFAULT_MAX_MESSAGE: usize = 512 * 1024;

const HEADER: usize = 4;

/// One handshake message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HandshakeMessage {
    /// Offset in the stream of the record payload byte with which the message begins.
    pub offset: u64,
    /// `msg_type`.
    pub kind: HandshakeType,
    /// The message without its header.
    pub body: Vec<u8>,
}

impl HandshakeMessage {
    /// The message with its header, as the transcript hashes it.
    pub fn raw(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.body.len());
        out.push(self.kind.0);
        out.extend(self.body.len().to_be_bytes().iter().skip(size_of::<usize>() - 3));
        out.extend_from_slice(&self.body);
        out
    }
}

/// A message of which the beginning has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pending {
    /// `msg_type`.
    pub kind: HandshakeType,
    /// Length of the body that the header claims.
    pub claimed: usize,
    /// Bytes of the body that are there.
    pub had: usize,
}

/// Puts handshake messages together from the payloads of handshake records.
#[derive(Debug, Clone)]
pub struct HandshakeReader {
    buffer: Vec<u8>,
    start: usize,
    /// Stream offset of the byte at `start`.
    offset: u64,
    max_message: usize,
    failed: Option<ParseError>,
}

impl HandshakeReader {
    /// A reader that refuses messages whose header claims more than `max_message` bytes of body.
    pub fn new(max_message: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, offset: 0, max_message, failed: None }
    }

    /// Takes the payload of a handshake record; `offset` is where it stands in the stream.
    pub fn feed(&mut self, payload: &[u8], offset: u64) {
        if self.failed.is_some() {
            return;
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        if self.buffer.is_empty() {
            self.offset = offset;
        }
        self.buffer.extend_from_slice(payload);
    }

    /// The next whole message, `None` if more payload is needed.
    ///
    /// # Errors
    /// As soon as a header claims more than the cap; the error tells the claim and stays.
    pub fn next_message(&mut self) -> Result<Option<HandshakeMessage>, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let Some(Pending { kind, claimed, had }) = self.pending() else { return Ok(None) };
        if claimed > self.max_message {
            let what = kind.registered_name_or("handshake message");
            let error = ParseError::over_limit(self.offset + 1, what, claimed as u64, self.max_message as u64);
            self.failed = Some(error.clone());
            self.buffer = Vec::new();
            self.start = 0;
            return Err(error);
        }
        if had < claimed {
            return Ok(None);
        }
        let from = self.start + HEADER;
        let until = from + claimed;
        let body = self.buffer.get(from..until).unwrap_or_default().to_vec();
        let message = HandshakeMessage { offset: self.offset, kind, body };
        self.start = until;
        self.offset = self.offset.saturating_add((HEADER + claimed) as u64);
        Ok(Some(message))
    }

    /// The message that has begun, once its header is there.
    pub fn pending(&self) -> Option<Pending> {
        let (header, body) = self.buffer.get(self.start..)?.split_first_chunk::<HEADER>()?;
        let [kind, a, b, c] = *header;
        let claimed = u32::from_be_bytes([0, a, b, c]) as usize;
        Some(Pending { kind: HandshakeType(kind), claimed, had: body.len().min(claimed) })
    }

    /// Bytes that wait for the rest of their message.
    pub fn waiting(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }

    /// The bytes that wait, from the header of their message on.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// The first byte that waits, which is the type of the message that has begun.
    pub fn begun(&self) -> Option<HandshakeType> {
        self.buffer.get(self.start).map(|byte| HandshakeType(*byte))
    }

    /// Bytes that are missing to the end of the header, or of the message once the header is there.
    pub(crate) fn missing(&self) -> u64 {
        match self.pending() {
            Some(pending) => (pending.claimed - pending.had) as u64,
            None => HEADER.saturating_sub(self.waiting()) as u64,
        }
    }
}

/// A handshake message from its type and body.
///
/// # Errors
/// If the body is longer than 2^24-1 bytes.
pub fn encode(kind: HandshakeType, body: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(HEADER + body.len());
    out.push(kind.0);
    put(&mut out, Prefix::Three, "handshake message", body)?;
    Ok(out)
}
