//! Hello extensions: raw bytes in order, with a typed constructor and a typed view for each that matters.

use crate::cursor::{Cursor, Prefix, prefixed, put, put_u16s};
use crate::error::{EncodeError, ParseError};
use crate::registry::{CertificateCompression, ExtensionType, Group, PskKeyExchangeMode, SignatureScheme, Version};

/// One extension as it stands on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extension {
    /// `extension_type`.
    pub kind: ExtensionType,
    /// `extension_data`, without its length.
    pub body: Vec<u8>,
}

/// A key share: a group and the public value in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyShare {
    /// The group.
    pub group: Group,
    /// `key_exchange`; empty in a HelloRetryRequest, which names only the group.
    pub public: Vec<u8>,
}

/// Extensions in the order of the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Extensions(pub Vec<Extension>);

type Built = Result<Extension, EncodeError>;

impl Extension {
    /// Any type with any bytes.
    pub fn raw(kind: ExtensionType, body: impl Into<Vec<u8>>) -> Self {
        Self { kind, body: body.into() }
    }

    fn build(kind: ExtensionType, fill: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>) -> Built {
        let mut body = Vec::new();
        fill(&mut body)?;
        Ok(Self { kind, body })
    }

    /// server_name with one DNS name (RFC 6066 section 3); the name is not checked.
    pub fn server_name(name: &str) -> Built {
        Self::build(ExtensionType::SERVER_NAME, |out| {
            prefixed(out, Prefix::Two, "server_name_list", |out| {
                out.push(0);
                put(out, Prefix::Two, "HostName", name.as_bytes())
            })
        })
    }

    /// The empty server_name with which a server says that it used the name.
    pub fn server_name_acknowledged() -> Self {
        Self::raw(ExtensionType::SERVER_NAME, [])
    }

    /// supported_groups (RFC 8446 section 4.2.7).
    pub fn supported_groups(groups: &[Group]) -> Built {
        Self::build(ExtensionType::SUPPORTED_GROUPS, |out| {
            put_u16s(out, Prefix::Two, "named_group_list", groups.iter().map(|g| g.0))
        })
    }

    /// ec_point_formats; 0 is uncompressed (RFC 8422 section 5.1.2).
    pub fn ec_point_formats(formats: &[u8]) -> Built {
        Self::build(ExtensionType::EC_POINT_FORMATS, |out| put(out, Prefix::One, "ec_point_format_list", formats))
    }

    /// signature_algorithms (RFC 8446 section 4.2.3).
    pub fn signature_algorithms(schemes: &[SignatureScheme]) -> Built {
        Self::schemes(ExtensionType::SIGNATURE_ALGORITHMS, schemes)
    }

    /// signature_algorithms_cert (RFC 8446 section 4.2.3).
    pub fn signature_algorithms_cert(schemes: &[SignatureScheme]) -> Built {
        Self::schemes(ExtensionType::SIGNATURE_ALGORITHMS_CERT, schemes)
    }

    fn schemes(kind: ExtensionType, schemes: &[SignatureScheme]) -> Built {
        Self::build(kind, |out| {
            put_u16s(out, Prefix::Two, "supported_signature_algorithms", schemes.iter().map(|s| s.0))
        })
    }

    /// ALPN with the protocols in order of preference (RFC 7301); a server answers with one.
    pub fn alpn<P: AsRef<[u8]>>(protocols: &[P]) -> Built {
        Self::protocols(ExtensionType::ALPN, protocols)
    }

    /// ALPS with the protocols that settings are offered for (draft-vvv-tls-alps).
    pub fn application_settings<P: AsRef<[u8]>>(protocols: &[P]) -> Built {
        Self::protocols(ExtensionType::APPLICATION_SETTINGS, protocols)
    }

    fn protocols<P: AsRef<[u8]>>(kind: ExtensionType, protocols: &[P]) -> Built {
        Self::build(kind, |out| {
            prefixed(out, Prefix::Two, "protocol_name_list", |out| {
                protocols.iter().try_for_each(|name| put(out, Prefix::One, "ProtocolName", name.as_ref()))
            })
        })
    }

    /// status_request for OCSP without responder ids or extensions (RFC 6066 section 8).
    pub fn status_request() -> Self {
        Self::raw(ExtensionType::STATUS_REQUEST, [1, 0, 0, 0, 0])
    }

    /// The empty signed_certificate_timestamp of a client (RFC 6962 section 3.3.1).
    pub fn signed_certificate_timestamp() -> Self {
        Self::raw(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP, [])
    }

    /// extended_master_secret (RFC 7627).
    pub fn extended_master_secret() -> Self {
        Self::raw(ExtensionType::EXTENDED_MASTER_SECRET, [])
    }

    /// encrypt_then_mac (RFC 7366).
    pub fn encrypt_then_mac() -> Self {
        Self::raw(ExtensionType::ENCRYPT_THEN_MAC, [])
    }

    /// session_ticket, empty to ask for one (RFC 5077).
    pub fn session_ticket(ticket: &[u8]) -> Self {
        Self::raw(ExtensionType::SESSION_TICKET, ticket)
    }

    /// supported_versions of a client (RFC 8446 section 4.2.1).
    pub fn supported_versions(versions: &[Version]) -> Built {
        Self::build(ExtensionType::SUPPORTED_VERSIONS, |out| {
            put_u16s(out, Prefix::One, "versions", versions.iter().map(|v| v.0))
        })
    }

    /// supported_versions of a server: the one version it chose.
    pub fn selected_version(version: Version) -> Self {
        Self::raw(ExtensionType::SUPPORTED_VERSIONS, version.0.to_be_bytes())
    }

    /// psk_key_exchange_modes (RFC 8446 section 4.2.9).
    pub fn psk_key_exchange_modes(modes: &[PskKeyExchangeMode]) -> Built {
        Self::build(ExtensionType::PSK_KEY_EXCHANGE_MODES, |out| {
            prefixed(out, Prefix::One, "ke_modes", |out| {
                out.extend(modes.iter().map(|mode| mode.0));
                Ok(())
            })
        })
    }

    /// key_share of a client (RFC 8446 section 4.2.8).
    pub fn key_share(shares: &[KeyShare]) -> Built {
        Self::build(ExtensionType::KEY_SHARE, |out| {
            prefixed(out, Prefix::Two, "client_shares", |out| shares.iter().try_for_each(|share| put_share(out, share)))
        })
    }

    /// key_share of a ServerHello.
    pub fn server_key_share(share: &KeyShare) -> Built {
        Self::build(ExtensionType::KEY_SHARE, |out| put_share(out, share))
    }

    /// key_share of a HelloRetryRequest: the group the server wants.
    pub fn retry_group(group: Group) -> Self {
        Self::raw(ExtensionType::KEY_SHARE, group.0.to_be_bytes())
    }

    /// compress_certificate (RFC 8879).
    pub fn compress_certificate(algorithms: &[CertificateCompression]) -> Built {
        Self::build(ExtensionType::COMPRESS_CERTIFICATE, |out| {
            put_u16s(out, Prefix::One, "algorithms", algorithms.iter().map(|a| a.0))
        })
    }

    /// renegotiation_info; empty `renegotiated_connection` on a first handshake (RFC 5746).
    pub fn renegotiation_info(renegotiated_connection: &[u8]) -> Built {
        Self::build(ExtensionType::RENEGOTIATION_INFO, |out| {
            put(out, Prefix::One, "renegotiated_connection", renegotiated_connection)
        })
    }

    /// record_size_limit in bytes (RFC 8449).
    pub fn record_size_limit(limit: u16) -> Self {
        Self::raw(ExtensionType::RECORD_SIZE_LIMIT, limit.to_be_bytes())
    }

    /// cookie (RFC 8446 section 4.2.2).
    pub fn cookie(cookie: &[u8]) -> Built {
        Self::build(ExtensionType::COOKIE, |out| put(out, Prefix::Two, "cookie", cookie))
    }

    /// padding with `n` zero bytes (RFC 7685).
    pub fn padding(n: usize) -> Self {
        Self::raw(ExtensionType::PADDING, vec![0; n])
    }

    /// A GREASE extension (RFC 8701); `seed` selects the type.
    pub fn grease(seed: u8, body: &[u8]) -> Self {
        Self::raw(ExtensionType::grease(seed), body)
    }

    /// An encrypted_client_hello that only looks like one (RFC 9849, GREASE ECH): HKDF-SHA256 with AES-128-GCM.
    pub fn ech_grease(config_id: u8, enc: &[u8], payload: &[u8]) -> Built {
        Self::build(ExtensionType::ENCRYPTED_CLIENT_HELLO, |out| {
            out.extend_from_slice(&[0, 0, 1, 0, 1, config_id]);
            put(out, Prefix::Two, "enc", enc)?;
            put(out, Prefix::Two, "payload", payload)
        })
    }
}

fn put_share(out: &mut Vec<u8>, share: &KeyShare) -> Result<(), EncodeError> {
    out.extend_from_slice(&share.group.0.to_be_bytes());
    put(out, Prefix::Two, "key_exchange", &share.public)
}

impl Extensions {
    /// The first extension of a type.
    pub fn get(&self, kind: ExtensionType) -> Option<&Extension> {
        self.0.iter().find(|extension| extension.kind == kind)
    }

    /// True if an extension of this type is there.
    pub fn has(&self, kind: ExtensionType) -> bool {
        self.get(kind).is_some()
    }

    /// The types in the order of the wire.
    pub fn kinds(&self) -> impl Iterator<Item = ExtensionType> + '_ {
        self.0.iter().map(|extension| extension.kind)
    }

    /// The first type that stands here twice, which every version of TLS forbids.
    pub fn duplicate(&self) -> Option<ExtensionType> {
        self.0.iter().enumerate().find_map(|(i, extension)| {
            self.0.iter().take(i).any(|earlier| earlier.kind == extension.kind).then_some(extension.kind)
        })
    }

    /// Reads one extension with `parse`; offsets of errors count from the start of its body.
    fn view<T>(
        &self,
        kind: ExtensionType,
        parse: impl FnOnce(&mut Cursor<'_>) -> Result<T, ParseError>,
    ) -> Option<Result<T, ParseError>> {
        let extension = self.get(kind)?;
        let mut cursor = Cursor::new(&extension.body);
        Some(parse(&mut cursor).and_then(|value| cursor.finish("extension").map(|()| value)))
    }

    /// The first DNS name of server_name. A client's list only; bytes outside UTF-8 are replaced.
    pub fn server_name(&self) -> Option<Result<String, ParseError>> {
        self.view(ExtensionType::SERVER_NAME, |cursor| {
            let mut list = cursor.vec16("server_name_list")?;
            let mut first = None;
            while !list.is_empty() {
                let kind = list.u8("NameType")?;
                let name = list.vec16("HostName")?;
                if kind == 0 && first.is_none() {
                    first = Some(String::from_utf8_lossy(name.rest()).into_owned());
                }
            }
            first.ok_or_else(|| ParseError::malformed(list.offset(), "server_name_list", "a host name", 0))
        })
    }

    /// The protocols of ALPN, in order; one in a server's answer.
    pub fn alpn(&self) -> Option<Result<Vec<Vec<u8>>, ParseError>> {
        self.view(ExtensionType::ALPN, |cursor| {
            let mut list = cursor.vec16("protocol_name_list")?;
            let mut protocols = Vec::new();
            while !list.is_empty() {
                protocols.push(list.vec8("ProtocolName")?.rest().to_vec());
            }
            Ok(protocols)
        })
    }

    /// supported_versions of a client.
    pub fn supported_versions(&self) -> Option<Result<Vec<Version>, ParseError>> {
        self.view(ExtensionType::SUPPORTED_VERSIONS, |cursor| cursor.vec8("versions")?.u16s("versions"))
    }

    /// supported_versions of a server.
    pub fn selected_version(&self) -> Option<Result<Version, ParseError>> {
        self.view(ExtensionType::SUPPORTED_VERSIONS, |cursor| Ok(Version(cursor.u16("selected_version")?)))
    }

    /// supported_groups.
    pub fn supported_groups(&self) -> Option<Result<Vec<Group>, ParseError>> {
        self.view(ExtensionType::SUPPORTED_GROUPS, |cursor| cursor.vec16("named_group_list")?.u16s("named_group_list"))
    }

    /// signature_algorithms.
    pub fn signature_algorithms(&self) -> Option<Result<Vec<SignatureScheme>, ParseError>> {
        self.view(ExtensionType::SIGNATURE_ALGORITHMS, |cursor| {
            cursor.vec16("supported_signature_algorithms")?.u16s("supported_signature_algorithms")
        })
    }

    /// ec_point_formats.
    pub fn ec_point_formats(&self) -> Option<Result<Vec<u8>, ParseError>> {
        self.view(ExtensionType::EC_POINT_FORMATS, |cursor| Ok(cursor.vec8("ec_point_format_list")?.rest().to_vec()))
    }

    /// key_share of a client.
    pub fn key_shares(&self) -> Option<Result<Vec<KeyShare>, ParseError>> {
        self.view(ExtensionType::KEY_SHARE, |cursor| {
            let mut list = cursor.vec16("client_shares")?;
            let mut shares = Vec::new();
            while !list.is_empty() {
                shares.push(take_share(&mut list)?);
            }
            Ok(shares)
        })
    }

    /// key_share of a server; a HelloRetryRequest's has the group alone.
    pub fn server_key_share(&self) -> Option<Result<KeyShare, ParseError>> {
        self.view(ExtensionType::KEY_SHARE, |cursor| {
            if cursor.rest().len() == 2 {
                return Ok(KeyShare { group: Group(cursor.u16("selected_group")?), public: Vec::new() });
            }
            take_share(cursor)
        })
    }

    /// cookie.
    pub fn cookie(&self) -> Option<Result<Vec<u8>, ParseError>> {
        self.view(ExtensionType::COOKIE, |cursor| Ok(cursor.vec16("cookie")?.rest().to_vec()))
    }

    /// `renegotiated_connection` of renegotiation_info; empty on a first handshake.
    pub fn renegotiation_info(&self) -> Option<Result<Vec<u8>, ParseError>> {
        self.view(ExtensionType::RENEGOTIATION_INFO, |cursor| {
            Ok(cursor.vec8("renegotiated_connection")?.rest().to_vec())
        })
    }

    /// The OCSP response that a TLS 1.3 server staples to a certificate (RFC 8446 section 4.4.2.1), DER.
    pub fn stapled_ocsp(&self) -> Option<Result<Vec<u8>, ParseError>> {
        self.view(ExtensionType::STATUS_REQUEST, crate::certificate::read_status)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseError> {
        let mut list = cursor.vec16("extensions")?;
        let mut extensions = Vec::new();
        while !list.is_empty() {
            let kind = ExtensionType(list.u16("extension_type")?);
            let body = list.vec16("extension_data")?.rest().to_vec();
            extensions.push(Extension { kind, body });
        }
        Ok(Self(extensions))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        prefixed(out, Prefix::Two, "extensions", |out| {
            self.0.iter().try_for_each(|extension| {
                out.extend_from_slice(&extension.kind.0.to_be_bytes());
                put(out, Prefix::Two, "extension_data", &extension.body)
            })
        })
    }

    /// Bytes on the wire, with the length in front.
    pub(crate) fn wire_len(&self) -> usize {
        self.0.iter().fold(2, |sum, extension| sum + 4 + extension.body.len())
    }
}

fn take_share(cursor: &mut Cursor<'_>) -> Result<KeyShare, ParseError> {
    Ok(KeyShare { group: Group(cursor.u16("group")?), public: cursor.vec16("key_exchange")?.rest().to_vec() })
}
