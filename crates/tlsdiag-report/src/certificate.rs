//! What a reader wants to know of a certificate, in words; the caller reads it from the DER.
use tlsdiag_model::Time;

/// A certificate for people. Text stands as it was read: renderers escape it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertNote {
    /// Subject as a distinguished name (RFC 4514), or empty.
    pub subject: String,
    /// Issuer as a distinguished name (RFC 4514).
    pub issuer: String,
    /// Serial number, hex digits.
    pub serial: String,
    /// Start of the validity, milliseconds since 1970.
    pub not_before: Time,
    /// End of the validity, milliseconds since 1970.
    pub not_after: Time,
    /// Host names and addresses of subjectAltName, as presented.
    pub names: Vec<String>,
    /// Kind and size of the public key, as in `RSA 2048` or `P-256`.
    pub key: String,
    /// Signature algorithm, as in `ecdsa-with-SHA256`.
    pub signature: String,
    /// SHA-1 thumbprint, lower-case hex, as Windows shows it.
    pub thumbprint: String,
}
