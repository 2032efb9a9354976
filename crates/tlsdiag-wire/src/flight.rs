//! The server's first flight, read byte by byte without any I/O: what it said, how far it came, why it stopped.

use crate::certificate::CertificateMessage;
use crate::client_hello::ClientHello;
use crate::error::ParseError;
use crate::flight_messages::Reading;
use crate::handshake::{DEFAULT_MAX_MESSAGE, Pending};
use crate::record::{Opening, RecordReader};
use crate::registry::{ContentType, HandshakeType};
use crate::sniff::{Sniffed, sniff};
use crate::sslv2::{self, Sslv2Answer};

pub use crate::flight_messages::{Said, SeenAlert};

/// How much a flight may cost before it is given up. Every cap ends in [`ParseError`] of kind `OverLimit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlightLimits {
    /// Bytes over all.
    pub max_total: u64,
    /// Bytes of one handshake message, without its header.
    pub max_message: usize,
    /// Records.
    pub max_records: u32,
    /// Records without payload.
    pub max_empty_records: u32,
    /// Alerts of level warning.
    pub max_warnings: u32,
    /// Handshake messages.
    pub max_messages: u32,
}

impl Default for FlightLimits {
    /// 1 MiB over all, 512 KiB a message, 4096 records, 32 empty ones, 16 warnings, 64 messages.
    fn default() -> Self {
        Self {
            max_total: 1024 * 1024,
            max_message: DEFAULT_MAX_MESSAGE,
            max_records: 4096,
            max_empty_records: 32,
            max_warnings: 16,
            max_messages: 64,
        }
    }
}

/// How far the server came. Ordered: what is greater came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Not a byte.
    Nothing,
    /// Bytes, but not one whole record.
    PartialRecord,
    /// Whole records, but no handshake message has begun (an alert, for example).
    Records,
    /// The beginning of the ServerHello.
    PartialServerHello,
    /// A HelloRetryRequest; the client has to send another hello.
    HelloRetryRequest,
    /// The ServerHello.
    ServerHello,
    /// The beginning of the Certificate message.
    PartialCertificate,
    /// The Certificate message.
    Certificate,
    /// The stapled OCSP response.
    CertificateStatus,
    /// The beginning of ServerKeyExchange.
    PartialServerKeyExchange,
    /// ServerKeyExchange.
    ServerKeyExchange,
    /// CertificateRequest.
    CertificateRequest,
    /// Everything: ServerHelloDone, the ChangeCipherSpec of a resumption, or in TLS 1.3 the first encrypted record.
    Done,
}

impl Stage {
    /// The stage that the beginning of a message reaches, if it has one of its own.
    pub(crate) fn of_beginning(kind: HandshakeType) -> Option<Self> {
        match kind {
            HandshakeType::SERVER_HELLO => Some(Self::PartialServerHello),
            HandshakeType::CERTIFICATE => Some(Self::PartialCertificate),
            HandshakeType::SERVER_KEY_EXCHANGE => Some(Self::PartialServerKeyExchange),
            _ => None,
        }
    }
}

/// Reads what a server answers to one ClientHello (two after a HelloRetryRequest).
#[derive(Debug, Clone)]
pub struct ServerFlight {
    records: RecordReader,
    reading: Reading,
    head: Vec<u8>,
    sslv2: Option<Sslv2Answer>,
    error: Option<ParseError>,
}

/// How many of the first bytes are kept for [`ServerFlight::head`].
pub const HEAD: usize = 512;

impl ServerFlight {
    /// A flight in answer to `hello`, with the default limits.
    pub fn new(hello: ClientHello) -> Self {
        Self::with_limits(hello, FlightLimits::default())
    }

    /// A flight in answer to `hello`.
    pub fn with_limits(hello: ClientHello, limits: FlightLimits) -> Self {
        Self {
            records: RecordReader::new(limits.max_total),
            reading: Reading::new(hello, limits),
            head: Vec::new(),
            sslv2: None,
            error: None,
        }
    }

    /// Takes bytes as they came from the server. Bytes after the end of the flight are counted, not read.
    pub fn feed(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(room));
        self.records.feed(if self.is_closed() { &[] } else { bytes });
        self.advance();
    }

    /// Goes on after a HelloRetryRequest: `hello` is the second hello that was sent.
    pub fn answer_retry(&mut self, hello: ClientHello) {
        self.reading.answer_retry(hello);
        self.advance();
    }

    fn advance(&mut self) {
        if self.records.opening() == Opening::Sslv2 {
            self.read_sslv2();
        }
        while self.error.is_none() && !self.reading.is_complete() {
            let outcome = match self.records.next_record() {
                Ok(Some(record)) => self.reading.on_record(record),
                Ok(None) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                // At the cap, what had begun by then counts; after damage the bytes that wait mean nothing.
                if error.what == "stream"
                    && let Some(kind) = self.begun()
                {
                    self.reading.begin(kind);
                }
                self.error = Some(error);
            }
        }
    }

    fn read_sslv2(&mut self) {
        if self.sslv2.is_some() || self.error.is_some() {
            return;
        }
        let pending = self.records.pending();
        if sslv2::record_len(pending).is_some_and(|len| pending.len() >= len) {
            match Sslv2Answer::parse_record(pending) {
                Ok(answer) => self.sslv2 = Some(answer),
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// True once the server's part is over in a way TLS knows: the last message, a HelloRetryRequest, a fatal alert or
    /// close_notify, an answer of SSLv2.
    pub fn is_complete(&self) -> bool {
        self.sslv2.is_some() || self.reading.is_complete()
    }

    /// True while further bytes could tell more: the flight is neither complete nor in error, and what is there is TLS,
    /// SSLv2, undecided, or the beginning of another protocol that is not clear yet.
    pub fn need_more(&self) -> bool {
        if self.is_complete() || self.error.is_some() {
            return false;
        }
        self.records.opening() != Opening::NotTls || (self.head.len() < HEAD && sniff(&self.head).needs_more)
    }

    /// Why reading stopped before the end: damage or a limit. That the stream ended too early is not an error here,
    /// see [`ServerFlight::cut_off`].
    pub fn error(&self) -> Option<&ParseError> {
        self.error.as_ref()
    }

    /// How far the server came.
    pub fn stage(&self) -> Stage {
        let reached = self.reading.reached();
        let partial = self.begun().and_then(Stage::of_beginning);
        let fallback = if self.reading.said().records > 0 {
            Stage::Records
        } else if self.records.fed() > 0 {
            Stage::PartialRecord
        } else {
            Stage::Nothing
        };
        [reached, partial].into_iter().flatten().max().unwrap_or(fallback)
    }

    /// True if no further byte is taken. Behind a HelloRetryRequest bytes are kept: they are read after the second hello.
    fn is_closed(&self) -> bool {
        self.error.is_some() || (self.reading.is_complete() && !self.reading.is_retry())
    }

    /// True if bytes which wait belong to no message that has begun. After a HelloRetryRequest that is so
    /// until it is answered: a server has nothing to say before.
    fn is_over(&self) -> bool {
        self.error.is_some() || self.reading.is_complete()
    }

    /// The type of the message that has begun and is not whole.
    fn begun(&self) -> Option<HandshakeType> {
        if self.is_over() {
            return None;
        }
        self.reading.messages().begun().or_else(|| match self.records.pending() {
            [kind, _, _, _, _, first, ..] if *kind == ContentType::HANDSHAKE.0 => Some(HandshakeType(*first)),
            _ => None,
        })
    }

    /// The message that has begun and is not whole: its type, the length it claims, and the bytes of it that came,
    /// those in an unfinished record included.
    pub fn pending_message(&self) -> Option<Pending> {
        let bytes = self.unfinished_message();
        let (&[kind, a, b, c], body) = bytes.split_first_chunk::<4>()?;
        let claimed = u32::from_be_bytes([0, a, b, c]) as usize;
        Some(Pending { kind: HandshakeType(kind), claimed, had: body.len().min(claimed) })
    }

    fn unfinished_message(&self) -> Vec<u8> {
        if self.is_over() || self.records.opening() != Opening::Tls {
            return Vec::new();
        }
        let mut bytes = self.reading.messages().unread().to_vec();
        if let [kind, _, _, _, _, rest @ ..] = self.records.pending()
            && *kind == ContentType::HANDSHAKE.0
        {
            bytes.extend_from_slice(rest);
        }
        bytes
    }

    /// The whole certificates inside a Certificate message (TLS 1.2 and below) of which only the beginning came.
    pub fn salvaged_certificates(&self) -> Vec<Vec<u8>> {
        match self.unfinished_message().split_first_chunk::<4>() {
            Some((&[kind, ..], body)) if kind == HandshakeType::CERTIFICATE.0 => CertificateMessage::salvage(body),
            _ => Vec::new(),
        }
    }

    /// What is missing if the server says nothing more: the message or record that was cut. `None` if nothing was
    /// begun, the flight is complete, or it ended in [`ServerFlight::error`].
    pub fn cut_off(&self) -> Option<ParseError> {
        if self.is_complete() || self.error.is_some() || self.records.opening() == Opening::NotTls {
            return None;
        }
        let end = self.records.fed();
        if self.records.opening() == Opening::Sslv2 {
            let needed = sslv2::record_len(self.records.pending()).unwrap_or(2);
            return Some(ParseError::truncated(0, "SSLv2 record", needed as u64, end));
        }
        if let Some(Pending { kind, claimed, had }) = self.pending_message() {
            let what = kind.registered_name_or("handshake message");
            return Some(ParseError::truncated(end.saturating_sub(had as u64), what, claimed as u64, had as u64));
        }
        let pending = self.records.pending();
        if pending.is_empty() && self.reading.messages().waiting() == 0 {
            return None;
        }
        let needed = match pending {
            [_, _, _, high, low, ..] => 5 + u64::from(u16::from_be_bytes([*high, *low])),
            _ => 5,
        };
        Some(ParseError::truncated(self.records.consumed(), "record", needed, pending.len() as u64))
    }

    /// Everything the server said that could be read.
    pub fn said(&self) -> &Said {
        self.reading.said()
    }

    /// The hello this flight answers.
    pub fn offered(&self) -> &ClientHello {
        self.reading.offered()
    }

    /// What an SSLv2 server answered.
    pub fn sslv2(&self) -> Option<&Sslv2Answer> {
        self.sslv2.as_ref()
    }

    /// What the first bytes are.
    pub fn opening(&self) -> Opening {
        self.records.opening()
    }

    /// The first bytes of the stream, up to [`HEAD`] of them, whatever they are.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Which protocol the first bytes belong to, if they are not TLS.
    pub fn other_protocol(&self) -> Option<Sniffed> {
        (self.records.opening() == Opening::NotTls).then(|| sniff(&self.head))
    }

    /// Bytes of whole records that were read.
    pub fn consumed(&self) -> u64 {
        self.records.consumed()
    }
}
