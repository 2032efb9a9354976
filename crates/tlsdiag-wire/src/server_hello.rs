//! ServerHello of SSL 3.0 to TLS 1.3, HelloRetryRequest among them.

use crate::cursor::{Cursor, Prefix, put};
use crate::error::{EncodeError, ParseError};
use crate::extension::{Extensions, KeyShare};
use crate::registry::{CipherSuite, CompressionMethod, ExtensionType, Version};

/// The `random` that makes a ServerHello a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
pub const HELLO_RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The last eight bytes of `random` with which a server says that it knows more than it negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Downgrade {
    /// The server speaks TLS 1.3 and negotiated TLS 1.2.
    ToTls12,
    /// The server speaks TLS 1.2 or 1.3 and negotiated TLS 1.1 or below.
    ToTls11OrBelow,
}

impl Downgrade {
    /// The eight bytes.
    pub const fn sentinel(self) -> [u8; 8] {
        match self {
            Self::ToTls12 => *b"DOWNGRD\x01",
            Self::ToTls11OrBelow => *b"DOWNGRD\x00",
        }
    }
}

/// What the server chose (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerHello {
    /// `legacy_version`: the version itself below TLS 1.3.
    pub legacy_version: Version,
    /// `random`.
    pub random: [u8; 32],
    /// `session_id`: the client's in an answer of TLS 1.3, a new or resumed one below.
    pub session_id: Vec<u8>,
    /// The suite.
    pub cipher_suite: CipherSuite,
    /// The compression method.
    pub compression_method: CompressionMethod,
    /// Extensions; `None` if the block is not there.
    pub extensions: Option<Extensions>,
}

impl ServerHello {
    /// Reads the message without its header. Drafts of TLS 1.3 up to 21, whose ServerHello has no session id, are not
    /// understood.
    ///
    /// # Errors
    /// If the bytes end early, break the structure or go on after it.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(body);
        let legacy_version = Version(cursor.u16("server_version")?);
        let random = cursor.array("random")?;
        let session_id = cursor.vec8("session_id")?.rest().to_vec();
        let cipher_suite = CipherSuite(cursor.u16("cipher_suite")?);
        let compression_method = CompressionMethod(cursor.u8("compression_method")?);
        let extensions = if cursor.is_empty() { None } else { Some(Extensions::read(&mut cursor)?) };
        cursor.finish("server_hello")?;
        Ok(Self { legacy_version, random, session_id, cipher_suite, compression_method, extensions })
    }

    /// The message without its header.
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_body(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::with_capacity(128);
        out.extend_from_slice(&self.legacy_version.0.to_be_bytes());
        out.extend_from_slice(&self.random);
        put(&mut out, Prefix::One, "session_id", &self.session_id)?;
        out.extend_from_slice(&self.cipher_suite.0.to_be_bytes());
        out.push(self.compression_method.0);
        if let Some(extensions) = &self.extensions {
            extensions.write(&mut out)?;
        }
        Ok(out)
    }

    /// True if the server asks for another hello instead of going on.
    pub fn is_hello_retry_request(&self) -> bool {
        self.random == HELLO_RETRY_RANDOM
    }

    /// The version that is spoken from here on: supported_versions if it is there and readable, else
    /// `legacy_version`.
    pub fn version(&self) -> Version {
        match self.extensions.as_ref().and_then(Extensions::selected_version) {
            Some(Ok(version)) => version,
            _ => self.legacy_version,
        }
    }

    /// The downgrade sentinel, if `random` ends in one.
    pub fn downgrade(&self) -> Option<Downgrade> {
        [Downgrade::ToTls12, Downgrade::ToTls11OrBelow]
            .into_iter()
            .find(|downgrade| self.random.ends_with(&downgrade.sentinel()))
    }

    /// The server's key share, or the group a HelloRetryRequest asks for, if there and readable.
    pub fn key_share(&self) -> Option<KeyShare> {
        self.extensions.as_ref()?.server_key_share()?.ok()
    }

    /// The protocol chosen by ALPN below TLS 1.3, if there and readable.
    pub fn alpn(&self) -> Option<Vec<u8>> {
        self.extensions.as_ref()?.alpn()?.ok()?.into_iter().next()
    }

    /// True if an extension of this type is there.
    pub fn has(&self, kind: ExtensionType) -> bool {
        self.extensions.as_ref().is_some_and(|extensions| extensions.has(kind))
    }

    /// True if the server supports secure renegotiation (RFC 5746) or speaks TLS 1.3, which has none.
    pub fn secure_renegotiation(&self) -> bool {
        self.version().is_tls1_3() || self.has(ExtensionType::RENEGOTIATION_INFO)
    }

    /// True if the master secret covers the whole handshake (RFC 7627) or TLS 1.3 is spoken.
    pub fn extended_master_secret(&self) -> bool {
        self.version().is_tls1_3() || self.has(ExtensionType::EXTENDED_MASTER_SECRET)
    }

    /// True if CBC suites are used with encrypt-then-MAC (RFC 7366).
    pub fn encrypt_then_mac(&self) -> bool {
        self.has(ExtensionType::ENCRYPT_THEN_MAC)
    }

    /// True if the server will send a ticket below TLS 1.3 (RFC 5077).
    pub fn will_send_ticket(&self) -> bool {
        self.has(ExtensionType::SESSION_TICKET)
    }

    /// True if the server may staple an OCSP response below TLS 1.3 (RFC 6066 section 8).
    pub fn will_staple(&self) -> bool {
        self.has(ExtensionType::STATUS_REQUEST)
    }

    /// True if the server says that it used the name of server_name below TLS 1.3.
    pub fn acknowledged_server_name(&self) -> bool {
        self.has(ExtensionType::SERVER_NAME)
    }
}
