//! Private keys in every form that servers are given them: what kind, whether whole, and which certificate they belong
//! to, by a public key that is computed from the private parts and not taken from the file's word.

mod ec;
mod edwards;
mod error;
mod finite;
mod ml_dsa;
mod numbers;
mod read;
mod rsa;
mod traditional;

pub use error::{KeyFault, Mismatch, NotPrivate, OtherFormat, PrivateKeyError};
pub use ml_dsa::MlDsaForm;

use crate::certificate::Certificate;
use crate::curve::Explicit;
use crate::key::{KeyKind, PublicKey};
use crate::pem::{self, Block};
use crate::secret::{self, Limits, Password, Passwords, Scheme, SecretError, Unlocker};
use crate::writer;
use std::fmt;
use zeroize::Zeroizing;

/// A private key. The secret is wiped when it is dropped and shows in no output; `Clone` copies it.
#[derive(Clone)]
pub struct PrivateKey {
    /// Kind and size.
    pub kind: KeyKind,
    /// How it was written.
    pub form: Form,
    /// What is wrong with it, or odd.
    pub faults: Vec<KeyFault>,
    /// What written-out curve parameters amount to, where it has them.
    pub explicit_curve: Option<Explicit>,
    /// Which parts of an ML-DSA key are there.
    pub ml_dsa_form: Option<MlDsaForm>,
    public: Option<PublicKey>,
    pkcs8: Zeroizing<Vec<u8>>,
}

/// How a key was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// PKCS#8 in the clear (RFC 5958)
    Pkcs8,
    /// PKCS#8, encrypted with this scheme
    Pkcs8Encrypted(Box<Scheme>),
    /// PKCS#1, `RSA PRIVATE KEY` (RFC 8017 A.1.2)
    Pkcs1,
    /// SEC 1, `EC PRIVATE KEY` (RFC 5915)
    Sec1,
    /// OpenSSL's own form of DSA keys, `DSA PRIVATE KEY`
    Dsa,
    /// One of the three above, encrypted as RFC 1421 headers say (`DEK-Info`)
    Traditional {
        /// what was encrypted
        inner: Box<Form>,
        /// the cipher, as `DEK-Info` names it
        cipher: String,
    },
}

impl PrivateKey {
    /// Reads DER: PKCS#8 in the clear or encrypted, PKCS#1, SEC 1, OpenSSL's DSA form.
    ///
    /// # Errors
    /// See [`PrivateKeyError`]. A key that can be read but is wrong in itself comes out with [`faults`](Self::faults).
    pub fn from_der(der: &[u8], passwords: &mut dyn Passwords, limits: &Limits) -> Result<PrivateKey, PrivateKeyError> {
        PrivateKey::from_der_with(der, "", &mut Unlocker::new(passwords, limits))
    }

    /// Reads a PEM block, encrypted as PKCS#8 or by its headers or not at all.
    ///
    /// # Errors
    /// See [`PrivateKeyError`].
    pub fn from_pem(
        block: &Block<'_>,
        passwords: &mut dyn Passwords,
        limits: &Limits,
    ) -> Result<PrivateKey, PrivateKeyError> {
        PrivateKey::from_pem_with(block, &mut Unlocker::new(passwords, limits))
    }

    /// [`from_der`](Self::from_der) with the passwords and the budget of a larger file; `place` says where in it.
    pub fn from_der_with(der: &[u8], place: &str, unlocker: &mut Unlocker<'_>) -> Result<PrivateKey, PrivateKeyError> {
        read::der(der, place, unlocker)
    }

    /// [`from_pem`](Self::from_pem) with the passwords and the budget of a larger file.
    pub fn from_pem_with(block: &Block<'_>, unlocker: &mut Unlocker<'_>) -> Result<PrivateKey, PrivateKeyError> {
        read::pem(block, unlocker)
    }

    /// The public key, computed from the private parts. `None` where the kind or curve is unknown, or where the
    /// parts are too damaged for it.
    pub fn public(&self) -> Option<&PublicKey> {
        self.public.as_ref()
    }

    /// Whether this is the key of the certificate.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        self.mismatch(certificate).is_none()
    }

    /// Why this is not the key of the certificate; `None`: it is.
    pub fn mismatch(&self, certificate: &Certificate) -> Option<Mismatch> {
        let certified = &certificate.public_key;
        let Some(public) = &self.public else {
            return Some(if same_kind(&self.kind, &certified.kind) {
                Mismatch::NotComputed
            } else {
                Mismatch::OtherKind { key: self.kind.clone(), certificate: certified.kind.clone() }
            });
        };
        if public.same_key(certified) {
            None
        } else if same_kind(&self.kind, &certified.kind) {
            Some(Mismatch::OtherKey)
        } else {
            Some(Mismatch::OtherKind { key: self.kind.clone(), certificate: certified.kind.clone() })
        }
    }

    /// Whether a program that checks its keys would refuse this one.
    pub fn is_broken(&self) -> bool {
        self.faults.iter().any(KeyFault::breaks)
    }

    /// The key as a PrivateKeyInfo (RFC 5958), in the clear.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// The key as a `PRIVATE KEY` block, in the clear.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem::encode("PRIVATE KEY", &self.pkcs8))
    }

    /// The key as an EncryptedPrivateKeyInfo; `scheme` holds salt and initialisation vector, which the caller draws.
    pub fn to_encrypted_der(&self, scheme: &Scheme, password: &Password) -> Result<Vec<u8>, SecretError> {
        let ciphertext = secret::encrypt(scheme, &self.pkcs8, password)?;
        Ok(writer::sequence(&[scheme.to_der()?, writer::octets(&ciphertext)]))
    }

    /// The key as an `ENCRYPTED PRIVATE KEY` block.
    pub fn to_encrypted_pem(&self, scheme: &Scheme, password: &Password) -> Result<String, SecretError> {
        Ok(pem::encode("ENCRYPTED PRIVATE KEY", &self.to_encrypted_der(scheme, password)?))
    }
}

/// Neither prints a private part.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({self}, faults {:?})", self.faults)
    }
}

impl fmt::Display for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} private key, {}", self.kind, self.form)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Form::Pkcs8 => f.write_str("PKCS#8"),
            Form::Pkcs8Encrypted(scheme) => write!(f, "PKCS#8 encrypted with {scheme}"),
            Form::Pkcs1 => f.write_str("PKCS#1"),
            Form::Sec1 => f.write_str("SEC 1"),
            Form::Dsa => f.write_str("OpenSSL's DSA form"),
            Form::Traditional { inner, cipher } => write!(f, "{inner} encrypted with {cipher}"),
        }
    }
}

/// Kind and size are equal; RSASSA-PSS is RSA, and written-out parameters can be any curve.
fn same_kind(a: &KeyKind, b: &KeyKind) -> bool {
    use crate::key::Curve;
    match (a, b) {
        (KeyKind::Rsa { bits: a, .. }, KeyKind::Rsa { bits: b, .. }) => a == b,
        (KeyKind::Ec(a), KeyKind::Ec(b)) => a == b || *a == Curve::Explicit || *b == Curve::Explicit,
        (KeyKind::Dsa { bits: a }, KeyKind::Dsa { bits: b }) => a == b || *a == 0 || *b == 0,
        (a, b) => a == b,
    }
}
