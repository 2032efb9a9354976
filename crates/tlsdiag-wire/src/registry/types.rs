//! The small registries: content types, handshake types, compression, certificate types.

use super::{plain_name, wire_number};

wire_number! {
    /// `ContentType` of a record (RFC 8446 section 5.1).
    ContentType(u8, 2) {
        CHANGE_CIPHER_SPEC = 20 => "change_cipher_spec",
        ALERT = 21 => "alert",
        HANDSHAKE = 22 => "handshake",
        APPLICATION_DATA = 23 => "application_data",
        HEARTBEAT = 24 => "heartbeat",
    }
}
plain_name!(ContentType);

wire_number! {
    /// `HandshakeType` (IANA "TLS HandshakeType").
    HandshakeType(u8, 2) {
        HELLO_REQUEST = 0 => "hello_request",
        CLIENT_HELLO = 1 => "client_hello",
        SERVER_HELLO = 2 => "server_hello",
        HELLO_VERIFY_REQUEST = 3 => "hello_verify_request",
        NEW_SESSION_TICKET = 4 => "new_session_ticket",
        END_OF_EARLY_DATA = 5 => "end_of_early_data",
        HELLO_RETRY_REQUEST_DRAFT = 6 => "hello_retry_request (draft)",
        ENCRYPTED_EXTENSIONS = 8 => "encrypted_extensions",
        CERTIFICATE = 11 => "certificate",
        SERVER_KEY_EXCHANGE = 12 => "server_key_exchange",
        CERTIFICATE_REQUEST = 13 => "certificate_request",
        SERVER_HELLO_DONE = 14 => "server_hello_done",
        CERTIFICATE_VERIFY = 15 => "certificate_verify",
        CLIENT_KEY_EXCHANGE = 16 => "client_key_exchange",
        FINISHED = 20 => "finished",
        CERTIFICATE_URL = 21 => "certificate_url",
        CERTIFICATE_STATUS = 22 => "certificate_status",
        SUPPLEMENTAL_DATA = 23 => "supplemental_data",
        KEY_UPDATE = 24 => "key_update",
        COMPRESSED_CERTIFICATE = 25 => "compressed_certificate",
        NEXT_PROTOCOL = 67 => "next_protocol",
        MESSAGE_HASH = 254 => "message_hash",
    }
}
plain_name!(HandshakeType);

wire_number! {
    /// `CompressionMethod` of a hello (IANA "TLS Compression Method Identifiers").
    CompressionMethod(u8, 2) {
        NULL = 0 => "NULL",
        DEFLATE = 1 => "DEFLATE",
        LZS = 64 => "LZS",
    }
}
plain_name!(CompressionMethod);

wire_number! {
    /// `CertificateCompressionAlgorithm` (RFC 8879).
    CertificateCompression(u16, 4) {
        ZLIB = 1 => "zlib",
        BROTLI = 2 => "brotli",
        ZSTD = 3 => "zstd",
    }
}
plain_name!(CertificateCompression);

wire_number! {
    /// `PskKeyExchangeMode` (RFC 8446 section 4.2.9).
    PskKeyExchangeMode(u8, 2) {
        PSK_KE = 0 => "psk_ke",
        PSK_DHE_KE = 1 => "psk_dhe_ke",
    }
}
plain_name!(PskKeyExchangeMode);

wire_number! {
    /// `ClientCertificateType` that a CertificateRequest below TLS 1.3 lists.
    ClientCertificateType(u8, 2) {
        RSA_SIGN = 1 => "rsa_sign",
        DSS_SIGN = 2 => "dss_sign",
        RSA_FIXED_DH = 3 => "rsa_fixed_dh",
        DSS_FIXED_DH = 4 => "dss_fixed_dh",
        RSA_EPHEMERAL_DH = 5 => "rsa_ephemeral_dh",
        DSS_EPHEMERAL_DH = 6 => "dss_ephemeral_dh",
        FORTEZZA_DMS = 20 => "fortezza_dms",
        GOST_SIGN256 = 22 => "gost_sign256",
        GOST_SIGN512 = 23 => "gost_sign512",
        ECDSA_SIGN = 64 => "ecdsa_sign",
        RSA_FIXED_ECDH = 65 => "rsa_fixed_ecdh",
        ECDSA_FIXED_ECDH = 66 => "ecdsa_fixed_ecdh",
    }
}
plain_name!(ClientCertificateType);

impl HandshakeType {
    pub(crate) fn registered_name_or(self, other: &'static str) -> &'static str {
        self.registered().unwrap_or(other)
    }
}
