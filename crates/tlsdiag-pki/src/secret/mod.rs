//! Secrets: passwords, the schemes that turn them into keys, and what they open. Bounded before any work is done.

mod cipher;
pub(crate) mod derive;
mod digest;
mod password;
pub(crate) mod scheme;
mod unlock;

pub use cipher::Cipher;
pub use digest::Digest;
pub use password::{Coding, GivenThenAsk, Locked, NoPasswords, Password, Passwords};
pub use scheme::{Derivation, Scheme, WindowsImport};
pub use unlock::{Opened, Unlocker};

use crate::der::{DerError, Reader, Tag, Tlv};
use std::fmt;
use zeroize::Zeroizing;

/// How much work and memory a file may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Iterations of one key derivation.
    pub iterations: u64,
    /// Iterations of all derivations of one file together, all passwords counted.
    pub work: u64,
    /// Octets of memory for scrypt.
    pub memory: u64,
    /// Octets that everything decrypted or joined of one file may have together.
    pub octets: usize,
    /// Parts that are read of one file.
    pub parts: usize,
}

impl Default for Limits {
    /// Some seconds of one core, half a gigabyte, ten thousand parts.
    fn default() -> Limits {
        Limits { iterations: 10_000_000, work: 60_000_000, memory: 1 << 29, octets: 1 << 28, parts: 10_000 }
    }
}

/// Why a secret stays closed. Each is another finding: no password, another password, another program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// It is encrypted, and no password was given.
    NoPassword,
    /// None of the passwords opens it.
    WrongPassword,
    /// An algorithm that is not decrypted here, by name and object identifier.
    Unsupported {
        /// such as `GOST 28147-89 (1.2.643.2.2.21)`
        algorithm: String,
    },
    /// The key derivation asks for more iterations than are allowed; nothing has been computed.
    TooManyIterations {
        /// iterations asked for; `u64::MAX` for any number beyond
        found: u64,
        /// iterations allowed
        limit: u64,
    },
    /// scrypt asks for more memory than is allowed; nothing has been computed.
    TooMuchMemory {
        /// octets asked for
        found: u64,
        /// octets allowed
        limit: u64,
    },
    /// All derivations of the file together would take more than is allowed.
    TooMuchWork {
        /// iterations allowed for a whole file
        limit: u64,
    },
    /// The parameters cannot be read.
    Malformed(DerError),
    /// The ciphertext cannot be one.
    Damaged(&'static str),
}

impl From<DerError> for SecretError {
    fn from(e: DerError) -> SecretError {
        SecretError::Malformed(e)
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretError::NoPassword => f.write_str("it is encrypted and no password was given"),
            SecretError::WrongPassword => f.write_str("the password does not open it"),
            SecretError::Unsupported { algorithm } => write!(f, "it is encrypted with {algorithm}, which is not read"),
            SecretError::TooManyIterations { found: u64::MAX, limit } => {
                write!(f, "its key derivation asks for more than 2^63 iterations; the limit is {limit}")
            }
            SecretError::TooManyIterations { found, limit } => {
                write!(f, "its key derivation asks for {found} iterations; the limit is {limit}")
            }
            SecretError::TooMuchMemory { found, limit } => {
                write!(f, "its key derivation asks for {found} octets of memory; the limit is {limit}")
            }
            SecretError::TooMuchWork { limit } => {
                write!(f, "the key derivations of this file together exceed {limit} iterations")
            }
            SecretError::Malformed(e) => write!(f, "{e}"),
            SecretError::Damaged(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SecretError {}

/// Decrypts what an EncryptedPrivateKeyInfo or an EncryptedData holds: `algorithm` is the AlgorithmIdentifier of its
/// scheme. What comes out must be a whole SEQUENCE, which a wrong password gives once in some millions of times.
///
/// # Errors
/// See [`SecretError`]; never `NoPassword`.
pub fn decrypt(
    algorithm: &Tlv<'_>,
    ciphertext: &[u8],
    password: &Password,
    limits: &Limits,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let plain = Scheme::parse(algorithm)?.decrypt(ciphertext, password, limits)?;
    if is_sequence(&plain) { Ok(plain) } else { Err(SecretError::WrongPassword) }
}

/// Encrypts; the other half of [`decrypt`]. `scheme` holds salt and initialisation vector, which the caller draws.
pub fn encrypt(scheme: &Scheme, plaintext: &[u8], password: &Password) -> Result<Vec<u8>, SecretError> {
    scheme.encrypt(plaintext, password)
}

/// Whether the octets start with a whole SEQUENCE.
pub(crate) fn is_sequence(octets: &[u8]) -> bool {
    Reader::new(octets).expect(Tag::SEQUENCE, "SEQUENCE").is_ok()
}
