//! The keys of a lab: what makes the signatures of certificates and of handshakes, weak ones included.

mod dh;
mod rsa;
mod tls;

use crate::{error::Error, seed::Chance};
use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{KeyPair as AwsRsa, KeySize},
    signature::{self, EcdsaKeyPair, KeyPair as _},
};
use rsa::RsaNumbers;
use std::sync::Arc;

pub(crate) use dh::DhSecret;
pub(crate) use tls::tls_key;

/// Kind and size of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyType {
    /// RSA of 1024 bits, which nobody accepts any more.
    Rsa1024,
    /// RSA of 2048 bits.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
}

impl KeyType {
    /// Whether it is an RSA key.
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa1024 | Self::Rsa2048 | Self::Rsa3072)
    }
}

/// A hash function under a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// MD5 and SHA-1 one after the other, as TLS 1.0 and 1.1 sign with RSA (RFC 2246 section 7.4.3).
    Md5Sha1,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl Digest {
    fn of(self, message: &[u8]) -> Vec<u8> {
        let aws = |algorithm| digest::digest(algorithm, message).as_ref().to_vec();
        match self {
            Self::Md5Sha1 => {
                use md5::Digest as _;
                [md5::Md5::digest(message).to_vec(), Self::Sha1.of(message)].concat()
            }
            Self::Sha1 => aws(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha256 => aws(&digest::SHA256),
            Self::Sha384 => aws(&digest::SHA384),
        }
    }
}

/// A private key with its public half.
pub struct Key {
    kind: KeyType,
    inner: Inner,
    spki: Vec<u8>,
}

enum Inner {
    Rsa { numbers: RsaNumbers, pkcs8: Option<Vec<u8>> },
    Ec { pair: EcdsaKeyPair, pkcs8: Vec<u8> },
}

impl Key {
    /// Makes a key. Keys of 2048 bits and more and those on curves come from the library's own randomness; the weak
    /// one from `chance`, since the library refuses to make it.
    ///
    /// # Errors
    /// When the library cannot make one.
    pub fn generate(kind: KeyType, chance: &mut Chance) -> Result<Self, Error> {
        let refused = |_| Error::Key("the library made no key");
        let size = match kind {
            KeyType::Rsa1024 => {
                let numbers = RsaNumbers::generate(512, chance);
                let spki = numbers.spki();
                return Ok(Self { kind, inner: Inner::Rsa { numbers, pkcs8: None }, spki });
            }
            KeyType::P256 => return Self::curve(kind, &signature::ECDSA_P256_SHA256_ASN1_SIGNING),
            KeyType::P384 => return Self::curve(kind, &signature::ECDSA_P384_SHA384_ASN1_SIGNING),
            KeyType::Rsa2048 => KeySize::Rsa2048,
            KeyType::Rsa3072 => KeySize::Rsa3072,
        };
        let pair = AwsRsa::generate(size).map_err(refused)?;
        let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(refused)?.as_ref().to_vec();
        let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).map_err(refused)?.as_ref().to_vec();
        let numbers = RsaNumbers::from_pkcs8(&pkcs8).ok_or(Error::Key("the library's RSA key cannot be read"))?;
        Ok(Self { kind, inner: Inner::Rsa { numbers, pkcs8: Some(pkcs8) }, spki })
    }

    fn curve(kind: KeyType, algorithm: &'static signature::EcdsaSigningAlgorithm) -> Result<Self, Error> {
        let refused = |_| Error::Key("the library made no key");
        let pair = EcdsaKeyPair::generate(algorithm).map_err(refused)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(refused)?.as_ref().to_vec();
        let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).map_err(refused)?.as_ref().to_vec();
        Ok(Self { kind, inner: Inner::Ec { pair, pkcs8 }, spki })
    }

    /// Kind and size.
    pub fn kind(&self) -> KeyType {
        self.kind
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The hash that this key signs certificates with, where nothing else is asked for.
    pub fn usual_digest(&self) -> Digest {
        if self.kind == KeyType::P384 { Digest::Sha384 } else { Digest::Sha256 }
    }

    /// PKCS#1 v1.5 for RSA (RFC 8017 section 8.2), ECDSA with an ASN.1 signature for curves.
    ///
    /// # Errors
    /// When the library refuses; a curve signs with its usual hash only.
    pub fn sign(&self, digest: Digest, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.inner {
            Inner::Rsa { numbers, .. } => numbers.sign_pkcs1(digest, message),
            Inner::Ec { pair, .. } if digest == self.usual_digest() => pair
                .sign(&SystemRandom::new(), message)
                .map(|s| s.as_ref().to_vec())
                .map_err(|_| Error::Key("the library made no signature")),
            Inner::Ec { .. } => Err(Error::Key("a curve with a hash that is not its own")),
        }
    }

    /// RSASSA-PSS with SHA-256 and a salt of 32 octets (RFC 8446 section 4.2.3).
    ///
    /// # Errors
    /// For keys on curves.
    pub fn sign_pss(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.inner {
            Inner::Rsa { numbers, .. } => numbers.sign_pss(message),
            Inner::Ec { .. } => Err(Error::Key("RSASSA-PSS with a key on a curve")),
        }
    }

    /// What a client encrypted with this RSA key (RFC 5246 section 7.4.7.1).
    pub(crate) fn decrypt(&self, secret: &[u8]) -> Option<Vec<u8>> {
        match &self.inner {
            Inner::Rsa { numbers, .. } => numbers.decrypt(secret),
            Inner::Ec { .. } => None,
        }
    }

    /// The key in PKCS#8, for programs of others; the weak key has none.
    pub(crate) fn pkcs8(&self) -> Option<&[u8]> {
        match &self.inner {
            Inner::Rsa { pkcs8, .. } => pkcs8.as_deref(),
            Inner::Ec { pkcs8, .. } => Some(pkcs8),
        }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Keys that take long to make, a few of each kind, which certificates of a lab share. Sharing tells a visitor nothing.
#[derive(Debug, Default)]
pub struct KeyPool {
    made: Vec<Arc<Key>>,
}

impl KeyPool {
    /// How many RSA keys of a kind are made before they are used again.
    const RSA: usize = 2;

    /// A key of a kind that is not one of `but`.
    ///
    /// # Errors
    /// When the library cannot make one.
    pub fn key(&mut self, kind: KeyType, but: &[&Arc<Key>], chance: &mut Chance) -> Result<Arc<Key>, Error> {
        let fits = |key: &&Arc<Key>| key.kind == kind && !but.iter().any(|other| Arc::ptr_eq(other, key));
        // Both draws happen in any case, so that what follows from the seed does not hang on what was made before.
        let (own, drawn) = (chance.draw(), usize::try_from(chance.below(64)).unwrap_or(0));
        if kind.is_rsa() {
            let of_kind = self.made.iter().filter(|key| key.kind == kind).count();
            let fitting: Vec<_> = self.made.iter().filter(fits).cloned().collect();
            if (of_kind >= Self::RSA || kind == KeyType::Rsa1024)
                && let Some(key) = drawn.checked_rem(fitting.len()).and_then(|at| fitting.get(at))
            {
                return Ok(Arc::clone(key));
            }
        }
        let key = Arc::new(Key::generate(kind, &mut Chance::new(own, "key"))?);
        if kind.is_rsa() {
            self.made.push(Arc::clone(&key));
        }
        Ok(key)
    }
}
