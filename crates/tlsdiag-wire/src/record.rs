//! The record layer: an incremental, bounded reader and a writer with fragments of any size.

use crate::error::ParseError;
use crate::registry::{ContentType, Version};

/// Greatest payload of a record before encryption, in bytes.
pub const MAX_PLAINTEXT: usize = 1 << 14;

/// Greatest payload the reader accepts: RFC 5246 section 6.2.3 allows 2048 bytes for encryption and compression.
pub const MAX_PAYLOAD: usize = MAX_PLAINTEXT + 2048;

const HEADER: usize = 5;

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Offset of the record's header in the stream.
    pub offset: u64,
    /// `type`.
    pub content_type: ContentType,
    /// `legacy_record_version`.
    pub version: Version,
    /// `fragment`, possibly encrypted.
    pub payload: &'a [u8],
}

/// What the first bytes of the stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opening {
    /// Too few bytes to tell.
    Undecided,
    /// A TLS (or SSL 3.0) record.
    Tls,
    /// A SERVER-HELLO or ERROR of SSLv2.
    Sslv2,
    /// Neither.
    NotTls,
}

/// What the first bytes from a server are. Total: never more than 7 bytes are needed.
pub fn opening(bytes: &[u8]) -> Opening {
    let tls_type = |byte: u8| (20..=24).contains(&byte);
    match *bytes {
        [] => Opening::Undecided,
        [first, ..] if !tls_type(first) && first & 0x80 == 0 => Opening::NotTls,
        [first, ref rest @ ..] if tls_type(first) => match *rest {
            [] => Opening::Undecided,
            [3, ..] => Opening::Tls,
            // Some boxes send their alert in records of version 0.0, 0.2 or 2.0.
            [0..=2, ..] if first == ContentType::ALERT.0 => match *rest {
                [_, _, 0, 2, 1 | 2, ..] => Opening::Tls,
                [_, _, 0, 2] | [_, _, 0] | [_, _] | [_] => Opening::Undecided,
                _ => Opening::NotTls,
            },
            _ => Opening::NotTls,
        },
        [_] | [_, _] => Opening::Undecided,
        // ERROR: two bytes of code; SERVER-HELLO: session_id_hit, certificate_type, version 0x0002.
        [0x80, 3, 0, ..] => Opening::Sslv2,
        [_, _, 4, ref rest @ ..] => match *rest {
            [0 | 1, _, 0, 2, ..] => Opening::Sslv2,
            [0 | 1, _, 0] | [0 | 1, _] | [0 | 1] | [] => Opening::Undecided,
            _ => Opening::NotTls,
        },
        _ => Opening::NotTls,
    }
}

/// Splits a stream into records, whatever the chunking. It holds at most what it was fed and not yet asked for.
#[derive(Debug, Clone)]
pub struct RecordReader {
    buffer: Vec<u8>,
    start: usize,
    consumed: u64,
    fed: u64,
    limit: u64,
    opening: Opening,
    failed: Option<ParseError>,
}

impl RecordReader {
    /// A reader that refuses to take more than `max_total` bytes over its whole life.
    pub fn new(max_total: u64) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            consumed: 0,
            fed: 0,
            limit: max_total,
            opening: Opening::Undecided,
            failed: None,
        }
    }

    /// Takes bytes as they came. Bytes beyond the cap are counted and dropped; [`RecordReader::next_record`] reports
    /// the cap once everything before it has been read.
    pub fn feed(&mut self, bytes: &[u8]) {
        let room = usize::try_from(self.limit.saturating_sub(self.fed)).unwrap_or(usize::MAX);
        self.fed = self.fed.saturating_add(bytes.len() as u64);
        if self.failed.is_some() {
            return;
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend(bytes.iter().take(room));
        if self.opening == Opening::Undecided {
            self.opening = opening(&self.buffer);
        }
    }

    /// The next whole record, `None` if more bytes are needed (or the stream is not TLS, see
    /// [`RecordReader::opening`]).
    ///
    /// # Errors
    /// If what follows is no record, or the cap is reached. The error stays.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.opening != Opening::Tls {
            return if self.fed > self.limit && self.opening == Opening::Undecided {
                Err(self.fail(ParseError::over_limit(self.limit, "stream", self.fed, self.limit)))
            } else {
                Ok(None)
            };
        }
        let offset = self.consumed;
        let pending = self.buffer.get(self.start..).unwrap_or_default();
        if let Some(error) = header_fault(pending, offset) {
            return Err(self.fail(error));
        }
        let Some((header, rest)) = pending.split_at_checked(HEADER) else { return self.short() };
        let &[kind, major, minor, high, low] = header else { return self.short() };
        let len = usize::from(u16::from_be_bytes([high, low]));
        if rest.len() < len {
            return self.short();
        }
        let from = self.start + HEADER;
        self.start = from + len;
        self.consumed = self.consumed.saturating_add((HEADER + len) as u64);
        Ok(Some(Record {
            offset,
            content_type: ContentType(kind),
            version: Version(u16::from_be_bytes([major, minor])),
            payload: self.buffer.get(from..self.start).unwrap_or_default(),
        }))
    }

    fn short(&mut self) -> Result<Option<Record<'_>>, ParseError> {
        if self.fed > self.limit {
            return Err(self.fail(ParseError::over_limit(self.limit, "stream", self.fed, self.limit)));
        }
        Ok(None)
    }

    fn fail(&mut self, error: ParseError) -> ParseError {
        self.failed = Some(error.clone());
        error
    }

    /// What the first bytes are.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// Bytes that belong to records already returned.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Bytes fed so far, dropped ones included.
    pub fn fed(&self) -> u64 {
        self.fed
    }

    /// Bytes that wait for the rest of their record.
    pub fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}

/// What is already wrong with a record's first bytes.
pub(crate) fn header_fault(pending: &[u8], offset: u64) -> Option<ParseError> {
    let mut bytes = pending.iter().copied();
    let kind = bytes.next()?;
    if !(20..=24).contains(&kind) {
        return Some(ParseError::malformed(offset, "ContentType", "20 to 24", kind.into()));
    }
    let major = bytes.next()?;
    let odd_alert = kind == ContentType::ALERT.0 && major < 3;
    if major != 3 && !odd_alert {
        return Some(ParseError::malformed(offset + 1, "record version", "major version 3", major.into()));
    }
    let _minor = bytes.next()?;
    let len = usize::from(u16::from_be_bytes([bytes.next()?, bytes.next()?]));
    (len > MAX_PAYLOAD).then(|| ParseError::over_limit(offset + 3, "record length", len as u64, MAX_PAYLOAD as u64))
}

/// Puts `payload` into records of at most `max_fragment` bytes (held between 1 and 2^14). An empty payload becomes one
/// empty record.
pub fn encode(content_type: ContentType, version: Version, payload: &[u8], max_fragment: usize) -> Vec<u8> {
    let size = max_fragment.clamp(1, MAX_PLAINTEXT);
    let count = payload.len().div_ceil(size).max(1);
    let mut out = Vec::with_capacity(payload.len() + HEADER * count);
    let mut write = |fragment: &[u8]| {
        out.push(content_type.0);
        out.extend_from_slice(&version.0.to_be_bytes());
        out.extend_from_slice(&(fragment.len() as u16).to_be_bytes());
        out.extend_from_slice(fragment);
    };
    if payload.is_empty() {
        write(payload);
    }
    payload.chunks(size).for_each(&mut write);
    out
}
