//! SSLv2: its CLIENT-HELLO, SERVER-HELLO and ERROR, to learn whether a server still answers to it.
//!
//! Source: Hickman, "The SSL Protocol" (1995) and RFC 5246 appendix E.2 for the hello that carries newer versions.

use crate::cursor::Cursor;
use crate::error::{EncodeError, ParseError};
use crate::registry::Version;
use std::fmt;

/// A cipher kind of SSLv2: three bytes. `0x00NNNN` stands for the suite 0xNNNN of SSL 3.0 and later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CipherKind(pub u32);

impl CipherKind {
    /// The kinds of SSLv2 proper.
    pub const ALL: [Self; 7] = [
        Self(0x01_0080),
        Self(0x02_0080),
        Self(0x03_0080),
        Self(0x04_0080),
        Self(0x05_0080),
        Self(0x06_0040),
        Self(0x07_00c0),
    ];

    /// The name of the specification.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0x01_0080 => "SSL_CK_RC4_128_WITH_MD5",
            0x02_0080 => "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
            0x03_0080 => "SSL_CK_RC2_128_CBC_WITH_MD5",
            0x04_0080 => "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
            0x05_0080 => "SSL_CK_IDEA_128_CBC_WITH_MD5",
            0x06_0040 => "SSL_CK_DES_64_CBC_WITH_MD5",
            0x07_00c0 => "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
            _ => return None,
        })
    }
}

impl fmt::Display for CipherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "CipherKind(0x{:06x})", self.0),
        }
    }
}

impl fmt::Debug for CipherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// CLIENT-HELLO.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sslv2ClientHello {
    /// SSLv2, or a newer version that the client would rather speak.
    pub version: Version,
    /// Kinds offered.
    pub cipher_kinds: Vec<CipherKind>,
    /// Empty or 16 bytes.
    pub session_id: Vec<u8>,
    /// 16 to 32 bytes.
    pub challenge: Vec<u8>,
}

/// SERVER-HELLO.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sslv2ServerHello {
    /// True if the session is resumed; then there is no certificate.
    pub session_id_hit: bool,
    /// 1 is X.509.
    pub certificate_type: u8,
    /// Version.
    pub version: Version,
    /// The certificate in DER.
    pub certificate: Vec<u8>,
    /// Kinds that both sides know; a server without any may send none.
    pub cipher_kinds: Vec<CipherKind>,
    /// Connection id.
    pub connection_id: Vec<u8>,
}

/// What an SSLv2 server answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sslv2Answer {
    /// SERVER-HELLO.
    Hello(Sslv2ServerHello),
    /// ERROR with its code: 1 no cipher, 2 no certificate, 4 bad certificate, 6 unsupported certificate type.
    Error(u16),
}

impl Sslv2ClientHello {
    /// The hello with its two-byte record header.
    ///
    /// # Errors
    /// If a field is longer than its length can say.
    pub fn to_record(&self) -> Result<Vec<u8>, EncodeError> {
        let mut body = vec![1];
        body.extend_from_slice(&self.version.0.to_be_bytes());
        body.extend_from_slice(&len16("cipher_specs", 3 * self.cipher_kinds.len())?);
        body.extend_from_slice(&len16("session_id", self.session_id.len())?);
        body.extend_from_slice(&len16("challenge", self.challenge.len())?);
        put_kinds(&mut body, &self.cipher_kinds);
        body.extend_from_slice(&self.session_id);
        body.extend_from_slice(&self.challenge);
        with_header(body)
    }

    /// Reads the hello from its record.
    ///
    /// # Errors
    /// If the bytes end early, break the structure, or are another message.
    pub fn parse_record(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut cursor = record(bytes)?;
        expect_type(&mut cursor, 1, "CLIENT-HELLO (1)")?;
        let version = Version(cursor.u16("version")?);
        let kinds = cursor.u16("cipher_spec_length")?;
        let session_id = cursor.u16("session_id_length")?;
        let challenge = cursor.u16("challenge_length")?;
        let hello = Self {
            version,
            cipher_kinds: take_kinds(&mut cursor, kinds)?,
            session_id: cursor.take(session_id.into(), "session_id")?.to_vec(),
            challenge: cursor.take(challenge.into(), "challenge")?.to_vec(),
        };
        cursor.finish("CLIENT-HELLO")?;
        Ok(hello)
    }
}

impl Sslv2Answer {
    /// Reads the answer from its record.
    ///
    /// # Errors
    /// If the bytes end early, break the structure, or are another message. Bytes after the record are let be.
    pub fn parse_record(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut cursor = record(bytes)?;
        if cursor.rest().first() == Some(&0) {
            cursor.u8("message type")?;
            let code = cursor.u16("error code")?;
            cursor.finish("ERROR")?;
            return Ok(Self::Error(code));
        }
        expect_type(&mut cursor, 4, "SERVER-HELLO (4)")?;
        let session_id_hit = cursor.u8("session_id_hit")? != 0;
        let certificate_type = cursor.u8("certificate_type")?;
        let version = Version(cursor.u16("version")?);
        let certificate = cursor.u16("certificate_length")?;
        let kinds = cursor.u16("cipher_specs_length")?;
        let connection_id = cursor.u16("connection_id_length")?;
        let hello = Sslv2ServerHello {
            session_id_hit,
            certificate_type,
            version,
            certificate: cursor.take(certificate.into(), "certificate")?.to_vec(),
            cipher_kinds: take_kinds(&mut cursor, kinds)?,
            connection_id: cursor.take(connection_id.into(), "connection_id")?.to_vec(),
        };
        cursor.finish("SERVER-HELLO")?;
        Ok(Self::Hello(hello))
    }

    /// The answer with its two-byte record header.
    ///
    /// # Errors
    /// If a field is longer than its length can say.
    pub fn to_record(&self) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Error(code) => {
                let [high, low] = code.to_be_bytes();
                with_header(vec![0, high, low])
            }
            Self::Hello(hello) => {
                let mut body = vec![4, hello.session_id_hit.into(), hello.certificate_type];
                body.extend_from_slice(&hello.version.0.to_be_bytes());
                body.extend_from_slice(&len16("certificate", hello.certificate.len())?);
                body.extend_from_slice(&len16("cipher_specs", 3 * hello.cipher_kinds.len())?);
                body.extend_from_slice(&len16("connection_id", hello.connection_id.len())?);
                body.extend_from_slice(&hello.certificate);
                put_kinds(&mut body, &hello.cipher_kinds);
                body.extend_from_slice(&hello.connection_id);
                with_header(body)
            }
        }
    }
}

fn len16(what: &'static str, len: usize) -> Result<[u8; 2], EncodeError> {
    u16::try_from(len).map(u16::to_be_bytes).map_err(|_| EncodeError { what, len, max: 0xffff })
}

fn put_kinds(out: &mut Vec<u8>, kinds: &[CipherKind]) {
    for kind in kinds {
        out.extend(kind.0.to_be_bytes().iter().skip(1));
    }
}

fn take_kinds(cursor: &mut Cursor<'_>, len: u16) -> Result<Vec<CipherKind>, ParseError> {
    let at = cursor.offset();
    let (kinds, odd) = cursor.take(len.into(), "cipher_specs")?.as_chunks::<3>();
    if !odd.is_empty() {
        return Err(ParseError::malformed(at, "cipher_specs", "a length divisible by 3", len.into()));
    }
    Ok(kinds.iter().map(|&[a, b, c]| CipherKind(u32::from_be_bytes([0, a, b, c]))).collect())
}

fn with_header(body: Vec<u8>) -> Result<Vec<u8>, EncodeError> {
    let max = 0x7fff;
    if body.len() > max {
        return Err(EncodeError { what: "SSLv2 record", len: body.len(), max });
    }
    let mut out = (body.len() as u16 | 0x8000).to_be_bytes().to_vec();
    out.extend_from_slice(&body);
    Ok(out)
}

/// The body of the first record, its offsets counted from the record's header.
fn record(bytes: &[u8]) -> Result<Cursor<'_>, ParseError> {
    let mut cursor = Cursor::new(bytes);
    let header = cursor.u16("SSLv2 record length")?;
    if header & 0x8000 == 0 {
        return Err(ParseError::malformed(0, "SSLv2 record length", "a two-byte header", header.into()));
    }
    let len = usize::from(header & 0x7fff);
    cursor.sub(len, "SSLv2 record")
}

fn expect_type(cursor: &mut Cursor<'_>, kind: u8, expected: &'static str) -> Result<(), ParseError> {
    let at = cursor.offset();
    let found = cursor.u8("message type")?;
    if found != kind {
        return Err(ParseError::malformed(at, "message type", expected, found.into()));
    }
    Ok(())
}

/// Bytes of the first record, header included, that its header claims; `None` while the header is not whole.
pub fn record_len(bytes: &[u8]) -> Option<usize> {
    let (header, _) = bytes.split_first_chunk::<2>()?;
    Some(2 + usize::from(u16::from_be_bytes(*header) & 0x7fff))
}
