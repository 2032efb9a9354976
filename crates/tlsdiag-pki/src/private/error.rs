//! What keeps a private key from being read, what is wrong with one that was read, and why it is not a certificate's.

use crate::der::DerError;
use crate::key::KeyKind;
use crate::pem::PemError;
use crate::secret::SecretError;
use std::fmt;

/// Why no private key could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrivateKeyError {
    /// It is encrypted: no password, a wrong one, or a scheme that is not read are three different findings.
    Secret(SecretError),
    /// The octets are damaged: where, what was expected, what was found.
    Malformed(DerError),
    /// The PEM block is damaged.
    Pem(PemError),
    /// The headers of an encrypted block are damaged; what about them.
    Headers(&'static str),
    /// It is a key in a format of other programs.
    Other(OtherFormat),
    /// It is no private key but something else.
    NotPrivate(NotPrivate),
}

/// Formats of keys that TLS servers do not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherFormat {
    /// OpenSSH's own form of private keys
    OpenSsh,
    /// SSH public keys: a line `ssh-rsa …`, or RFC 4716
    SshPublic,
    /// Tectia's (`SSH2 ENCRYPTED PRIVATE KEY`)
    Ssh2Private,
    /// PuTTY's .ppk
    Putty,
    /// OpenPGP
    Pgp,
    /// Microsoft's .pvk
    Pvk,
    /// A PRIVATEKEYBLOB of CryptoAPI
    CryptoApiBlob,
    /// The key material of an `age`, minisign or WireGuard key
    Minisign,
}

/// What stands in place of a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotPrivate {
    /// a certificate
    Certificate,
    /// a certificate request
    Request,
    /// a revocation list
    Crl,
    /// a public key
    PublicKey,
    /// a PKCS#12 file
    Pkcs12,
    /// a PKCS#7 file
    Pkcs7,
    /// a Java key store
    JavaKeyStore,
    /// parameters of a curve or of Diffie-Hellman
    Parameters,
    /// something else
    Unknown,
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OtherFormat::OpenSsh => "an OpenSSH private key",
            OtherFormat::SshPublic => "an SSH public key",
            OtherFormat::Ssh2Private => "an SSH2 private key",
            OtherFormat::Putty => "a PuTTY private key",
            OtherFormat::Pgp => "an OpenPGP block",
            OtherFormat::Pvk => "a Microsoft .pvk private key",
            OtherFormat::CryptoApiBlob => "a CryptoAPI PRIVATEKEYBLOB",
            OtherFormat::Minisign => "a minisign key",
        })
    }
}

impl fmt::Display for NotPrivate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotPrivate::Certificate => "a certificate",
            NotPrivate::Request => "a certificate request",
            NotPrivate::Crl => "a revocation list",
            NotPrivate::PublicKey => "a public key",
            NotPrivate::Pkcs12 => "a PKCS#12 file",
            NotPrivate::Pkcs7 => "a PKCS#7 file",
            NotPrivate::JavaKeyStore => "a Java key store",
            NotPrivate::Parameters => "parameters, no key",
            NotPrivate::Unknown => "no private key",
        })
    }
}

impl fmt::Display for PrivateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrivateKeyError::Secret(e) => write!(f, "{e}"),
            PrivateKeyError::Malformed(e) => write!(f, "{e}"),
            PrivateKeyError::Pem(e) => write!(f, "{e}"),
            PrivateKeyError::Headers(what) => write!(f, "the headers of the encrypted key are damaged: {what}"),
            PrivateKeyError::Other(format) => write!(f, "it is {format}, which TLS servers do not read"),
            PrivateKeyError::NotPrivate(what) => write!(f, "it is {what}"),
        }
    }
}

impl std::error::Error for PrivateKeyError {}

impl From<SecretError> for PrivateKeyError {
    fn from(e: SecretError) -> Self {
        PrivateKeyError::Secret(e)
    }
}

impl From<DerError> for PrivateKeyError {
    fn from(e: DerError) -> Self {
        PrivateKeyError::Malformed(e)
    }
}

impl From<PemError> for PrivateKeyError {
    fn from(e: PemError) -> Self {
        PrivateKeyError::Pem(e)
    }
}

/// What is wrong with a key that could be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyFault {
    /// The RSA modulus is not the product of the primes.
    ModulusNotProduct,
    /// The RSA exponents do not undo each other: d·e ≢ 1.
    ExponentsDoNotFit,
    /// A part for the Chinese remainder theorem (`exponent1`, `exponent2`, `coefficient`, …) does not fit the others.
    CrtPart(&'static str),
    /// A part is 0 or absent.
    PartMissing(&'static str),
    /// A number is negative, where a tool forgot the leading zero.
    Negative(&'static str),
    /// An RSA key of three or more primes: right, but many programs refuse it (RFC 8017 A.1.2).
    ManyPrimes(usize),
    /// The numbers are beyond the size that is computed with; nothing was checked.
    TooLarge(usize),
    /// The private scalar is 0, or not below the order of the curve.
    ScalarOutOfRange,
    /// The private scalar is not as long as the curve's order (RFC 5915 3); some programs refuse it.
    ScalarLength {
        /// octets that were to be
        expected: usize,
        /// octets that are
        found: usize,
    },
    /// The private key has the wrong length for its kind.
    Length {
        /// octets that were to be
        expected: usize,
        /// octets that are
        found: usize,
    },
    /// No curve is named.
    CurveMissing,
    /// The curve has no name known here, so that nothing can be computed on it.
    CurveUnknown,
    /// The curve is named twice, differently.
    CurvesDiffer,
    /// The public key in the file is no point of the curve.
    PublicNotOnCurve,
    /// The public key in the file is not that of the private one: parts of two keys.
    PublicDiffers,
    /// The seed and the expanded key of an ML-DSA key are of two keys.
    SeedAndExpandedDiffer,
    /// The expanded ML-DSA key contradicts itself.
    ExpandedInconsistent,
    /// The ML-DSA key is written in a form of before RFC 9881.
    OldMlDsaForm,
    /// Octets follow the key.
    TrailingOctets(usize),
    /// A PEM label that promises another form than the one inside; many programs refuse that.
    Label {
        /// the label
        label: String,
        /// the label that belongs to the content
        fits: &'static str,
    },
}

impl KeyFault {
    /// Whether the key is wrong, as opposed to odd.
    pub fn breaks(&self) -> bool {
        !matches!(
            self,
            KeyFault::ManyPrimes(_)
                | KeyFault::TooLarge(_)
                | KeyFault::ScalarLength { .. }
                | KeyFault::CurveUnknown
                | KeyFault::OldMlDsaForm
                | KeyFault::TrailingOctets(_)
                | KeyFault::Label { .. }
        )
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyFault::ModulusNotProduct => f.write_str("the modulus is not the product of the primes"),
            KeyFault::ExponentsDoNotFit => f.write_str("the private exponent does not undo the public one"),
            KeyFault::CrtPart(part) => write!(f, "{part} does not fit the other numbers"),
            KeyFault::PartMissing(part) => write!(f, "{part} is missing"),
            KeyFault::Negative(part) => write!(f, "{part} is negative"),
            KeyFault::ManyPrimes(n) => write!(f, "it has {n} primes instead of two"),
            KeyFault::TooLarge(bits) => write!(f, "its numbers of {bits} bits are too large to be checked"),
            KeyFault::ScalarOutOfRange => f.write_str("the private number is not below the order of the curve"),
            KeyFault::ScalarLength { expected, found } => {
                write!(f, "the private number has {found} octets instead of {expected}")
            }
            KeyFault::Length { expected, found } => write!(f, "the key has {found} octets instead of {expected}"),
            KeyFault::CurveMissing => f.write_str("no curve is named"),
            KeyFault::CurveUnknown => f.write_str("the curve is unknown"),
            KeyFault::CurvesDiffer => f.write_str("two different curves are named"),
            KeyFault::PublicNotOnCurve => f.write_str("the public key in it is no point of the curve"),
            KeyFault::PublicDiffers => f.write_str("the public key in it belongs to another private key"),
            KeyFault::SeedAndExpandedDiffer => f.write_str("seed and expanded key belong to two keys"),
            KeyFault::ExpandedInconsistent => f.write_str("the expanded key contradicts itself"),
            KeyFault::OldMlDsaForm => f.write_str("it is written in a form of before RFC 9881"),
            KeyFault::TrailingOctets(n) => write!(f, "{n} octets follow the key"),
            KeyFault::Label { label, fits } => write!(f, "it is labelled {label} but is what {fits} stands for"),
        }
    }
}

/// Why a private key is not that of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Another kind or size of key.
    OtherKind {
        /// of the key
        key: KeyKind,
        /// of the certificate
        certificate: KeyKind,
    },
    /// The same kind and size, but another key.
    OtherKey,
    /// The public key could not be computed, so it cannot be said.
    NotComputed,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::OtherKind { key, certificate } => {
                write!(f, "the key is {key}, the certificate is for {certificate}")
            }
            Mismatch::OtherKey => f.write_str("the certificate is for another key of the same kind"),
            Mismatch::NotComputed => f.write_str("the public key could not be computed"),
        }
    }
}
