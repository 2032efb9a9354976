//! Certificates from names: the same name gives the same key and the same octets in every run.
use crate::folder::NOW;
use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use sha2::Digest;
use std::collections::BTreeMap;
use tlsdiag_pki::extensions::KeyUsage;
use tlsdiag_pki::make::{self, CertificateMaker, Extension, San, Signer};
use tlsdiag_pki::{Certificate, Hash, SignatureAlgorithm, oid};

const DAY: i64 = 86_400;

/// Certificates of a case, by name.
#[derive(Default)]
pub struct Certs {
    made: BTreeMap<String, Made>,
}

/// A certificate that was made.
#[derive(Clone)]
pub struct Made {
    /// DER.
    pub der: Vec<u8>,
    /// SHA-1 thumbprint, lower-case hex.
    pub thumb: String,
    /// Subject as Windows writes it.
    pub subject: String,
    /// Issuer as Windows writes it.
    pub issuer: String,
    /// Serial number, lower-case hex.
    pub serial: String,
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds.
    pub not_after: i64,
}

struct Key(SigningKey);

impl Key {
    fn of(name: &str) -> Key {
        let mut seed = sha2::Sha256::digest(name.as_bytes());
        // far below the order of the curve, and never zero
        seed[0] = 1;
        #[allow(clippy::expect_used)]
        Key(SigningKey::from_slice(&seed).expect("a scalar in range"))
    }
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        make::ec_spki(oid::P256, self.0.verifying_key().to_sec1_point(false).as_bytes())
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let hash = match algorithm {
            SignatureAlgorithm::Ecdsa(h) => h.digest(message),
            _ => Hash::Sha256.digest(message),
        };
        #[allow(clippy::expect_used)]
        let s: Signature = self.0.sign_prehash(&hash).expect("a signature");
        s.to_der().as_bytes().to_vec()
    }
}

/// The public key of a server: RSA of 2048 bits as far as anybody can see. Nobody holds its private key, and nothing here
/// needs it.
fn rsa(name: &str) -> Vec<u8> {
    let mut modulus = vec![];
    for i in 0..8u8 {
        modulus.extend(sha2::Sha256::digest([name.as_bytes(), &[i]].concat()));
    }
    if let [first, .., last] = modulus.as_mut_slice() {
        (*first, *last) = (*first | 0xc0, *last | 1);
    }
    make::rsa_spki(&modulus, &[1, 0, 1])
}

/// What a certificate is to be like.
#[derive(Clone)]
pub struct Wish<'a> {
    /// Name by which the case calls it; also the seed of its key.
    pub name: &'a str,
    /// Common name; the name itself where empty.
    pub cn: &'a str,
    /// Who issues it; itself where empty.
    pub issuer: &'a str,
    /// A CA.
    pub ca: bool,
    /// DNS names.
    pub names: &'a [&'a str],
    /// Valid from and to, days from the time of the cases.
    pub days: (i64, i64),
    /// Name of another certificate whose key it has.
    pub key_of: &'a str,
    /// Server authentication among its usages; where there are none at all, `None`.
    pub server: Option<bool>,
    /// An elliptic key; a CA always has one.
    pub ec: bool,
}

impl Default for Wish<'_> {
    fn default() -> Self {
        Wish {
            name: "",
            cn: "",
            issuer: "",
            ca: false,
            names: &[],
            days: (-30, 335),
            key_of: "",
            server: Some(true),
            ec: false,
        }
    }
}

impl Certs {
    /// A root, an issuing CA below it named `ca`, and a leaf named `leaf` for these names: the usual.
    pub fn usual(&mut self, names: &[&str]) -> Made {
        self.make(&Wish { name: "root", cn: "Contoso Root CA", ca: true, days: (-2000, 4000), ..Wish::default() });
        self.make(&Wish {
            name: "ca",
            cn: "Contoso Issuing CA 1",
            issuer: "root",
            ca: true,
            days: (-900, 2000),
            ..Wish::default()
        });
        self.leaf("leaf", names, (-30, 335))
    }
    /// A server's certificate issued by `ca`.
    pub fn leaf(&mut self, name: &str, names: &[&str], days: (i64, i64)) -> Made {
        let cn = names.first().copied().unwrap_or(name);
        self.make(&Wish { name, cn, issuer: "ca", names, days, ..Wish::default() })
    }
    /// A certificate that was made.
    ///
    /// # Panics
    /// There is none of this name: a mistake of the case.
    #[allow(clippy::panic)]
    pub fn get(&self, name: &str) -> Made {
        self.made.get(name).cloned().unwrap_or_else(|| panic!("no certificate {name}"))
    }
    /// Makes one.
    ///
    /// # Panics
    /// The wish names a certificate that is not there: a mistake of the case.
    #[allow(clippy::expect_used)]
    pub fn make(&mut self, w: &Wish<'_>) -> Made {
        let key_name = if w.key_of.is_empty() { w.name } else { w.key_of };
        let spki = if w.ca || w.ec { Key::of(key_name).spki() } else { rsa(key_name) };
        let issuer = (!w.issuer.is_empty()).then(|| Certificate::from_der(&self.get(w.issuer).der).expect("an issuer"));
        let subject = make::name(&[(oid::CN, if w.cn.is_empty() { w.name } else { w.cn })]);
        let issuer_name = issuer.as_ref().map_or_else(|| subject.clone(), |i| i.subject.der().to_vec());
        let mut m = CertificateMaker::bare(issuer_name, subject, spki, NOW);
        (m.not_before, m.not_after) = (NOW + w.days.0 * DAY, NOW + w.days.1 * DAY);
        let digest = sha2::Sha256::digest(w.name.as_bytes());
        m.serial = [&[0x1c], digest.get(..9).unwrap_or_default()].concat();
        m = m.with_ski();
        if let Some(i) = &issuer {
            m = m.with_aki(i);
        }
        if w.ca {
            m = m.set(Extension::basic_constraints(true, None));
            m = m.set(Extension::key_usage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN));
        } else {
            m = m.set(Extension::key_usage(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT));
            match w.server {
                Some(true) => m = m.set(Extension::extended_key_usage(&[oid::SERVER_AUTH])),
                Some(false) => m = m.set(Extension::extended_key_usage(&[oid::CLIENT_AUTH])),
                None => {}
            }
        }
        if !w.names.is_empty() {
            m = m.set(Extension::san(&w.names.iter().map(|n| San::Dns((*n).to_owned())).collect::<Vec<_>>()));
        }
        let der = m.sign(&Key::of(if w.issuer.is_empty() { w.name } else { w.issuer }));
        let c = Certificate::from_der(&der).expect("a certificate that was just made");
        let made = Made {
            thumb: c.thumbprint.0.iter().map(|b| format!("{b:02x}")).collect(),
            subject: c.subject.to_string(),
            issuer: c.issuer.to_string(),
            serial: c.serial_hex().replace(':', "").to_ascii_lowercase(),
            not_before: c.not_before,
            not_after: c.not_after,
            der,
        };
        self.made.insert(w.name.to_owned(), made.clone());
        made
    }
}
