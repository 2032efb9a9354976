//! The keys of a lab as rustls asks for them.
use super::{Digest, Key, KeyType};
use crate::error::Error;
use rustls::{
    SignatureAlgorithm, SignatureScheme,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{Signer, SigningKey},
};
use std::sync::Arc;

/// The key for a rustls server.
pub(crate) fn tls_key(key: &Arc<Key>) -> Result<Arc<dyn SigningKey>, Error> {
    match key.pkcs8() {
        Some(pkcs8) => {
            let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.to_vec()));
            rustls::crypto::aws_lc_rs::sign::any_supported_type(&der).map_err(Error::Tls)
        }
        None => Ok(Arc::new(WeakKey(Arc::clone(key)))),
    }
}

/// An RSA key that the library refuses.
#[derive(Debug)]
struct WeakKey(Arc<Key>);

impl SigningKey for WeakKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256]
            .into_iter()
            .find(|scheme| offered.contains(scheme))
            .map(|scheme| Box::new(WeakSigner { key: Arc::clone(&self.0), scheme }) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        debug_assert_eq!(self.0.kind(), KeyType::Rsa1024);
        SignatureAlgorithm::RSA
    }
}

#[derive(Debug)]
struct WeakSigner {
    key: Arc<Key>,
    scheme: SignatureScheme,
}

impl Signer for WeakSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signed = match self.scheme {
            SignatureScheme::RSA_PSS_SHA256 => self.key.sign_pss(message),
            _ => self.key.sign(Digest::Sha256, message),
        };
        signed.map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
