//! What a server may not do: each breach of the rules that its first flight can show.

use crate::client_hello::ClientHello;
use crate::profile::needs_tls1_2;
use crate::registry::{CipherSuite, CompressionMethod, ExtensionType, Group, HandshakeType, SignatureScheme, Version};
use crate::server_hello::{Downgrade, ServerHello};
use std::fmt;

/// A breach of the protocol by the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// It chose a version that was not offered.
    VersionNotOffered(Version),
    /// It chose a suite that was not offered.
    SuiteNotOffered(CipherSuite),
    /// It chose a suite that the version it chose cannot carry.
    SuiteNotForVersion {
        /// The suite.
        suite: CipherSuite,
        /// The version.
        version: Version,
    },
    /// It used a group that was not offered.
    GroupNotOffered(Group),
    /// Its ServerHello answers a group for which no share was sent.
    ShareNotSent(Group),
    /// Its HelloRetryRequest asks for a group whose share it already has.
    RetryForShareAlreadySent(Group),
    /// A second HelloRetryRequest.
    SecondRetry,
    /// ServerHello of TLS 1.3 without the key share it needs.
    KeyShareMissing,
    /// It signed with a scheme that was not offered.
    SignatureSchemeNotOffered(SignatureScheme),
    /// TLS 1.3, and the session id is not the one the client sent.
    SessionIdNotEchoed,
    /// A session id longer than 32 bytes.
    SessionIdTooLong(usize),
    /// A compression method that was not offered.
    CompressionNotOffered(CompressionMethod),
    /// TLS 1.3 with another compression method than null.
    CompressionInTls13(CompressionMethod),
    /// An extension in the answer that the client did not send.
    ExtensionNotOffered(ExtensionType),
    /// The same extension twice.
    ExtensionTwice(ExtensionType),
    /// An extension whose body is malformed.
    ExtensionMalformed(ExtensionType),
    /// An ALPN protocol that was not offered.
    AlpnNotOffered(Vec<u8>),
    /// An ALPN answer with more or less than one protocol.
    AlpnCount(usize),
    /// renegotiation_info of a first handshake that is not empty.
    RenegotiationInfoNotEmpty,
    /// The random says that the server knows a newer version that the client has offered: somebody between the two
    /// changed the hello, or the server contradicts itself (RFC 8446 section 4.1.3).
    Downgraded(Downgrade),
    /// A handshake message that may not come here.
    UnexpectedMessage {
        /// The message.
        kind: HandshakeType,
        /// The message before it, if there was one.
        after: Option<HandshakeType>,
    },
    /// A suite that needs ServerKeyExchange, and the flight ended without one.
    KeyExchangeMissing(CipherSuite),
    /// A suite that needs a certificate, and the flight ended without one.
    CertificateMissing(CipherSuite),
    /// A Certificate message without any certificate.
    CertificateEmpty,
    /// A handshake or change_cipher_spec record with an empty payload (RFC 8446 section 5.1).
    EmptyRecord,
    /// A handshake message is cut by a record of another type (RFC 8446 section 5.1).
    InterleavedRecord(crate::ContentType),
    /// Records of one flight carry different versions, this one the later.
    RecordVersionChanged {
        /// The version at first.
        from: Version,
        /// The version that followed.
        to: Version,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VersionNotOffered(version) => write!(f, "server chose {version}, which was not offered"),
            Self::SuiteNotOffered(suite) => write!(f, "server chose {suite}, which was not offered"),
            Self::SuiteNotForVersion { suite, version } => write!(f, "server chose {suite}, unfit for {version}"),
            Self::GroupNotOffered(group) => write!(f, "server used group {group}, which was not offered"),
            Self::ShareNotSent(group) => write!(f, "server answered a key share of {group} that was not sent"),
            Self::RetryForShareAlreadySent(group) => write!(f, "server asked for a share of {group} it already had"),
            Self::SecondRetry => f.write_str("server sent a second HelloRetryRequest"),
            Self::KeyShareMissing => f.write_str("ServerHello of TLS 1.3 has no key share"),
            Self::SignatureSchemeNotOffered(scheme) => write!(f, "server signed with {scheme}, which was not offered"),
            Self::SessionIdNotEchoed => f.write_str("server did not echo the session id"),
            Self::SessionIdTooLong(len) => write!(f, "session id of {len} bytes, at most 32 are allowed"),
            Self::CompressionNotOffered(method) => write!(f, "server chose compression {method}, not offered"),
            Self::CompressionInTls13(method) => write!(f, "server chose compression {method} in TLS 1.3"),
            Self::ExtensionNotOffered(kind) => write!(f, "server sent extension {kind}, which was not offered"),
            Self::ExtensionTwice(kind) => write!(f, "server sent extension {kind} twice"),
            Self::ExtensionMalformed(kind) => write!(f, "server sent a malformed extension {kind}"),
            Self::AlpnNotOffered(name) => write!(f, "server chose protocol \"{}\", not offered", name.escape_ascii()),
            Self::AlpnCount(count) => write!(f, "server answered ALPN with {count} protocols instead of one"),
            Self::RenegotiationInfoNotEmpty => f.write_str("renegotiation_info of a first handshake is not empty"),
            Self::Downgraded(Downgrade::ToTls12) => f.write_str("server knows TLS 1.3, yet TLS 1.2 was negotiated"),
            Self::Downgraded(Downgrade::ToTls11OrBelow) => {
                f.write_str("server knows TLS 1.2 or newer, yet an older version was negotiated")
            }
            Self::UnexpectedMessage { kind, after: Some(after) } => write!(f, "{kind} came after {after}"),
            Self::UnexpectedMessage { kind, after: None } => write!(f, "{kind} came first"),
            Self::KeyExchangeMissing(suite) => write!(f, "{suite} needs server_key_exchange, none was sent"),
            Self::CertificateMissing(suite) => write!(f, "{suite} needs a certificate, none was sent"),
            Self::CertificateEmpty => f.write_str("server sent a certificate message without a certificate"),
            Self::EmptyRecord => f.write_str("server sent an empty record"),
            Self::InterleavedRecord(kind) => write!(f, "a handshake message is cut by a record of type {kind}"),
            Self::RecordVersionChanged { from, to } => write!(f, "record version changed from {from} to {to}"),
        }
    }
}

/// What a ServerHello (or HelloRetryRequest) breaks, given the hello it answers.
pub(crate) fn of_server_hello(offered: &ClientHello, hello: &ServerHello, found: &mut Vec<Violation>) {
    let version = hello.version();
    let offered_versions = offered.offered_versions();
    if !offered_versions.contains(&version) {
        found.push(Violation::VersionNotOffered(version));
    }
    let suite = hello.cipher_suite;
    if !offered.cipher_suites.contains(&suite) || suite.is_signalling() || suite.is_grease() {
        found.push(Violation::SuiteNotOffered(suite));
    }
    let unfit = suite.is_tls1_3() != version.is_tls1_3() || (version < Version::TLS1_2 && needs_tls1_2(suite));
    if unfit && suite.info().is_some() {
        found.push(Violation::SuiteNotForVersion { suite, version });
    }
    if hello.session_id.len() > 32 {
        found.push(Violation::SessionIdTooLong(hello.session_id.len()));
    }
    let method = hello.compression_method;
    if !offered.compression_methods.contains(&method) {
        found.push(Violation::CompressionNotOffered(method));
    }
    if version.is_tls1_3() {
        if hello.session_id != offered.session_id {
            found.push(Violation::SessionIdNotEchoed);
        }
        if method != CompressionMethod::NULL {
            found.push(Violation::CompressionInTls13(method));
        }
        of_key_share(offered, hello, found);
    } else if let Some(downgrade) = hello.downgrade() {
        let newest = offered_versions.iter().filter(|version| version.draft().is_none()).max();
        let known = match downgrade {
            Downgrade::ToTls12 => Version::TLS1_3,
            Downgrade::ToTls11OrBelow => Version::TLS1_2,
        };
        if newest.is_some_and(|newest| *newest >= known) {
            found.push(Violation::Downgraded(downgrade));
        }
    }
    of_extensions(offered, hello, found);
}

fn of_key_share(offered: &ClientHello, hello: &ServerHello, found: &mut Vec<Violation>) {
    let retry = hello.is_hello_retry_request();
    let Some(share) = hello.key_share() else {
        let psk_alone = hello.has(ExtensionType::PRE_SHARED_KEY);
        if !retry && !psk_alone && !hello.has(ExtensionType::KEY_SHARE) {
            found.push(Violation::KeyShareMissing);
        }
        return;
    };
    let sent = offered.key_shares().iter().any(|own| own.group == share.group);
    if !offered.groups().contains(&share.group) {
        found.push(Violation::GroupNotOffered(share.group));
    } else if retry && sent {
        found.push(Violation::RetryForShareAlreadySent(share.group));
    } else if !retry && !sent {
        found.push(Violation::ShareNotSent(share.group));
    }
}

fn of_extensions(offered: &ClientHello, hello: &ServerHello, found: &mut Vec<Violation>) {
    let Some(extensions) = &hello.extensions else { return };
    if let Some(kind) = extensions.duplicate() {
        found.push(Violation::ExtensionTwice(kind));
    }
    let scsv = offered.cipher_suites.contains(&CipherSuite::EMPTY_RENEGOTIATION_INFO_SCSV);
    for kind in extensions.kinds() {
        let allowed = offered.has(kind)
            || (kind == ExtensionType::RENEGOTIATION_INFO && scsv)
            || (kind == ExtensionType::COOKIE && hello.is_hello_retry_request());
        if !allowed {
            found.push(Violation::ExtensionNotOffered(kind));
        }
    }
    match extensions.alpn() {
        Some(Ok(chosen)) => match chosen.as_slice() {
            [one] if offered.has(ExtensionType::ALPN) && !offered.alpn().contains(one) => {
                found.push(Violation::AlpnNotOffered(one.clone()));
            }
            [_] => {}
            other => found.push(Violation::AlpnCount(other.len())),
        },
        Some(Err(_)) => found.push(Violation::ExtensionMalformed(ExtensionType::ALPN)),
        None => {}
    }
    match extensions.renegotiation_info() {
        Some(Ok(info)) if info.is_empty() => {}
        Some(Ok(_)) => found.push(Violation::RenegotiationInfoNotEmpty),
        Some(Err(_)) => found.push(Violation::ExtensionMalformed(ExtensionType::RENEGOTIATION_INFO)),
        None => {}
    }
    for (kind, fault) in [
        (ExtensionType::SUPPORTED_VERSIONS, matches!(extensions.selected_version(), Some(Err(_)))),
        (ExtensionType::KEY_SHARE, matches!(extensions.server_key_share(), Some(Err(_)))),
    ] {
        if fault {
            found.push(Violation::ExtensionMalformed(kind));
        }
    }
}
