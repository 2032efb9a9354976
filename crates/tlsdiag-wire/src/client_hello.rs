//! ClientHello with every byte under control: build, change, measure, encode to records, read back.

use crate::cursor::{Cursor, Prefix, prefixed, put, put_u16s};
use crate::error::{EncodeError, ParseError};
use crate::extension::{Extension, Extensions};
use crate::record::{self, MAX_PLAINTEXT};
use crate::registry::{CipherSuite, CompressionMethod, ContentType, ExtensionType, HandshakeType, Version};
use crate::{handshake, message};

/// A ClientHello of SSL 3.0 to TLS 1.3 (RFC 8446 section 4.1.2, RFC 6101 section 5.6.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientHello {
    /// Version in the header of the records that carry the hello. Not part of the message itself.
    pub record_version: Version,
    /// `legacy_version`: the highest version offered, below TLS 1.3.
    pub legacy_version: Version,
    /// `random`.
    pub random: [u8; 32],
    /// `legacy_session_id`, 0 to 32 bytes for a hello that keeps the rules.
    pub session_id: Vec<u8>,
    /// Suites in order of preference.
    pub cipher_suites: Vec<CipherSuite>,
    /// `legacy_compression_methods`.
    pub compression_methods: Vec<CompressionMethod>,
    /// Extensions in the order of the wire; `None` leaves the whole block out, as SSL 3.0 does.
    pub extensions: Option<Extensions>,
}

impl ClientHello {
    /// A hello without suites and extensions, null compression only, in records marked TLS 1.0 (SSL 3.0 for an SSL 3.0
    /// hello) as RFC 8446 section 5.1 advises.
    pub fn new(legacy_version: Version, random: [u8; 32]) -> Self {
        Self {
            record_version: legacy_version.clamp(Version::SSL3, Version::TLS1_0),
            legacy_version,
            random,
            session_id: Vec::new(),
            cipher_suites: Vec::new(),
            compression_methods: vec![CompressionMethod::NULL],
            extensions: None,
        }
    }

    /// The same hello in records of another version.
    #[must_use]
    pub fn with_record_version(mut self, version: Version) -> Self {
        self.record_version = version;
        self
    }

    /// The same hello with another session id.
    #[must_use]
    pub fn with_session_id(mut self, session_id: impl Into<Vec<u8>>) -> Self {
        self.session_id = session_id.into();
        self
    }

    /// The same hello with these suites instead of its own.
    #[must_use]
    pub fn with_suites(mut self, suites: impl IntoIterator<Item = CipherSuite>) -> Self {
        self.cipher_suites = suites.into_iter().collect();
        self
    }

    /// The same hello with one more extension at the end.
    #[must_use]
    pub fn with_extension(mut self, extension: Extension) -> Self {
        self.extensions.get_or_insert_default().0.push(extension);
        self
    }

    /// The same hello in which `extension` takes the place of the first of its type, or stands at the end.
    #[must_use]
    pub fn with_replaced(mut self, extension: Extension) -> Self {
        let list = &mut self.extensions.get_or_insert_default().0;
        match list.iter_mut().find(|present| present.kind == extension.kind) {
            Some(present) => *present = extension,
            None => list.push(extension),
        }
        self
    }

    /// The same hello without any extension of a type.
    #[must_use]
    pub fn without(mut self, kind: ExtensionType) -> Self {
        if let Some(extensions) = &mut self.extensions {
            extensions.0.retain(|extension| extension.kind != kind);
        }
        self
    }

    /// The same hello without an extension block.
    #[must_use]
    pub fn without_extensions(mut self) -> Self {
        self.extensions = None;
        self
    }

    /// The same hello with a padding extension (RFC 7685) that brings the handshake message, header included, to
    /// `total` bytes; earlier padding goes away. Where less than the four bytes of an extension header are missing, the
    /// message becomes as long as an empty padding makes it; where nothing is missing, none is added.
    #[must_use]
    pub fn padded_to(self, total: usize) -> Self {
        let mut hello = self.without(ExtensionType::PADDING);
        let bare = {
            hello.extensions.get_or_insert_default();
            hello.encoded_len()
        };
        if bare < total {
            hello = hello.with_extension(Extension::padding(total.saturating_sub(bare + 4)));
        }
        hello
    }

    /// Length of the handshake message in bytes, its four-byte header included, record headers excluded.
    pub fn encoded_len(&self) -> usize {
        let fixed = 4 + 2 + 32 + 1 + 2 + 1;
        fixed
            + self.session_id.len()
            + 2 * self.cipher_suites.len()
            + self.compression_methods.len()
            + self.extensions.as_ref().map_or(0, Extensions::wire_len)
    }

    /// The message without its header.
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_body(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::with_capacity(self.encoded_len());
        self.write_body(&mut out)?;
        Ok(out)
    }

    fn write_body(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(&self.legacy_version.0.to_be_bytes());
        out.extend_from_slice(&self.random);
        put(out, Prefix::One, "session_id", &self.session_id)?;
        put_u16s(out, Prefix::Two, "cipher_suites", self.cipher_suites.iter().map(|suite| suite.0))?;
        prefixed(out, Prefix::One, "compression_methods", |out| {
            out.extend(self.compression_methods.iter().map(|method| method.0));
            Ok(())
        })?;
        self.extensions.as_ref().map_or(Ok(()), |extensions| extensions.write(out))
    }

    /// The handshake message, header included: what the transcript hashes.
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_handshake(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::with_capacity(self.encoded_len());
        out.push(HandshakeType::CLIENT_HELLO.0);
        prefixed(&mut out, Prefix::Three, "client_hello", |out| self.write_body(out))?;
        Ok(out)
    }

    /// The hello in as few records as possible.
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_records(&self) -> Result<Vec<u8>, EncodeError> {
        self.to_records_of(MAX_PLAINTEXT)
    }

    /// The hello in records of at most `max_fragment` bytes of payload (at least 1, at most 2^14).
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_records_of(&self, max_fragment: usize) -> Result<Vec<u8>, EncodeError> {
        Ok(record::encode(ContentType::HANDSHAKE, self.record_version, &self.to_handshake()?, max_fragment))
    }

    /// Reads the message without its header. `record_version` is set to what [`ClientHello::new`] would choose.
    ///
    /// # Errors
    /// If the bytes end early, break the structure or go on after it.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(body);
        let legacy_version = Version(cursor.u16("client_version")?);
        let random = cursor.array("random")?;
        let session_id = cursor.vec8("session_id")?.rest().to_vec();
        let cipher_suites = cursor.vec16("cipher_suites")?.u16s("cipher_suites")?;
        let compression_methods =
            cursor.vec8("compression_methods")?.rest().iter().map(|method| CompressionMethod(*method)).collect();
        let extensions = if cursor.is_empty() { None } else { Some(Extensions::read(&mut cursor)?) };
        cursor.finish("client_hello")?;
        Ok(Self {
            record_version: legacy_version.clamp(Version::SSL3, Version::TLS1_0),
            legacy_version,
            random,
            session_id,
            cipher_suites,
            compression_methods,
            extensions,
        })
    }

    /// Reads the hello from the records that carry it and tells how many bytes they took.
    ///
    /// # Errors
    /// If the bytes are no TLS records, end early, or do not begin with a well-formed ClientHello.
    pub fn parse_records(bytes: &[u8]) -> Result<(Self, usize), ParseError> {
        let mut reader = record::RecordReader::new(bytes.len() as u64);
        let mut messages = handshake::HandshakeReader::new(handshake::DEFAULT_MAX_MESSAGE);
        let mut version = None;
        reader.feed(bytes);
        while let Some(record) = reader.next_record()? {
            version.get_or_insert(record.version);
            if record.content_type != ContentType::HANDSHAKE {
                return Err(message::unexpected(record.offset, "ContentType", "handshake (22)", record.content_type.0));
            }
            messages.feed(record.payload, record.offset + 5);
            if let Some(found) = messages.next_message()? {
                if found.kind != HandshakeType::CLIENT_HELLO {
                    return Err(message::unexpected(found.offset, "HandshakeType", "client_hello (1)", found.kind.0));
                }
                let mut hello = Self::parse(&found.body).map_err(|error| error.at_base(found.offset + 4))?;
                hello.record_version = version.unwrap_or(hello.record_version);
                return Ok((hello, usize::try_from(reader.consumed()).unwrap_or(bytes.len())));
            }
        }
        if matches!(reader.opening(), record::Opening::NotTls | record::Opening::Sslv2) {
            return Err(
                record::header_fault(bytes, 0).unwrap_or_else(|| ParseError::malformed(0, "stream", "a TLS record", 0))
            );
        }
        let had = bytes.len() as u64;
        Err(ParseError::truncated(had, "client_hello", messages.missing().max(1), 0))
    }

    /// Every version the hello offers: supported_versions where it is there, else everything from SSL 3.0 up to
    /// `legacy_version`. GREASE is left out.
    pub fn offered_versions(&self) -> Vec<Version> {
        if let Some(Ok(versions)) = self.extensions.as_ref().and_then(Extensions::supported_versions) {
            return versions.into_iter().filter(|version| !version.is_grease()).collect();
        }
        let oldest = Version::SSL3.0.min(self.legacy_version.0);
        let newest = self.legacy_version.0.min(Version::TLS1_2.0);
        (oldest..=newest).filter(|number| *number >= Version::SSL3.0).map(Version).collect()
    }

    /// True if an extension of this type is in the hello.
    pub fn has(&self, kind: ExtensionType) -> bool {
        self.extensions.as_ref().is_some_and(|extensions| extensions.has(kind))
    }

    /// The DNS name asked for, if it is there and readable.
    pub fn server_name(&self) -> Option<String> {
        self.extensions.as_ref()?.server_name()?.ok()
    }

    /// The protocols of ALPN, empty if there are none.
    pub fn alpn(&self) -> Vec<Vec<u8>> {
        self.extensions.as_ref().and_then(Extensions::alpn).and_then(Result::ok).unwrap_or_default()
    }

    /// The groups offered, empty if there are none.
    pub fn groups(&self) -> Vec<crate::Group> {
        self.extensions.as_ref().and_then(Extensions::supported_groups).and_then(Result::ok).unwrap_or_default()
    }

    /// The signature schemes offered, empty if there are none.
    pub fn signature_schemes(&self) -> Vec<crate::SignatureScheme> {
        self.extensions.as_ref().and_then(Extensions::signature_algorithms).and_then(Result::ok).unwrap_or_default()
    }

    /// The key shares, empty if there are none.
    pub fn key_shares(&self) -> Vec<crate::extension::KeyShare> {
        self.extensions.as_ref().and_then(Extensions::key_shares).and_then(Result::ok).unwrap_or_default()
    }
}
