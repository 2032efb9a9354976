//! A certificate, field by field.

use super::{Extension, SignatureFault, Signer, algorithm_identifier, sign};
use crate::algorithm::{Hash, SignatureAlgorithm};
use crate::certificate::Certificate;
use crate::der::Tag;
use crate::extensions::KeyUsage;
use crate::key::PublicKey;
use crate::{oid, writer};

/// Everything that goes into a certificate. Change any field, then [`sign`](Self::sign).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateMaker {
    /// Version field: 0 is v1 and not written, 2 is v3.
    pub version: u64,
    /// Content octets of the serial number, as they are: negative, empty, long.
    pub serial: Vec<u8>,
    /// DER of the issuer name.
    pub issuer: Vec<u8>,
    /// DER of the subject name.
    pub subject: Vec<u8>,
    /// Start of validity, unix seconds.
    pub not_before: i64,
    /// End of validity, unix seconds.
    pub not_after: i64,
    /// DER of the Validity sequence instead of the two times.
    pub validity: Option<Vec<u8>>,
    /// DER of the SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// Extensions in order; doubles are written twice.
    pub extensions: Vec<Extension>,
    /// How to sign; the signer's own way where `None`.
    pub algorithm: Option<SignatureAlgorithm>,
    /// DER of the AlgorithmIdentifier inside the signed part, where it is to differ from the outer one.
    pub inner_algorithm: Option<Vec<u8>>,
    /// What to do to the signature.
    pub fault: SignatureFault,
    /// Octets after the end.
    pub trailing: Vec<u8>,
}

const YEAR: i64 = 365 * 86_400;

impl CertificateMaker {
    /// A self-issued root: CA, keyCertSign and cRLSign, from a year before `time` to nine years after.
    pub fn root(common_name: &str, key: &dyn Signer, time: i64) -> CertificateMaker {
        let subject = name(&[(oid::CN, common_name)]);
        let mut m = CertificateMaker::bare(subject.clone(), subject, key.spki(), time);
        (m.not_before, m.not_after) = (time - YEAR, time + 9 * YEAR);
        m.extensions = vec![
            Extension::basic_constraints(true, None),
            Extension::key_usage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN),
        ];
        m.with_ski()
    }

    /// An intermediate CA below `issuer`, from half a year before `time` to three years after.
    pub fn intermediate(common_name: &str, key: &dyn Signer, issuer: &Certificate, time: i64) -> CertificateMaker {
        let subject = name(&[(oid::CN, common_name)]);
        let mut m = CertificateMaker::bare(issuer.subject.der().to_vec(), subject, key.spki(), time);
        (m.not_before, m.not_after) = (time - YEAR / 2, time + 3 * YEAR);
        m.extensions = vec![
            Extension::basic_constraints(true, None),
            Extension::key_usage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN),
        ];
        m.with_ski().with_aki(issuer)
    }

    /// A server certificate for DNS names below `issuer`, from thirty days before `time` to sixty after.
    pub fn leaf(dns: &[&str], key: &dyn Signer, issuer: &Certificate, time: i64) -> CertificateMaker {
        let subject = name(&[(oid::CN, dns.first().copied().unwrap_or("leaf"))]);
        let mut m = CertificateMaker::bare(issuer.subject.der().to_vec(), subject, key.spki(), time);
        m.extensions = vec![
            Extension::basic_constraints(false, None),
            Extension::key_usage(KeyUsage::DIGITAL_SIGNATURE),
            Extension::extended_key_usage(&[oid::SERVER_AUTH]),
            Extension::dns(dns),
        ];
        m.with_ski().with_aki(issuer)
    }

    /// No extensions, sixty days of validity left, a serial number made of names and key.
    pub fn bare(issuer: Vec<u8>, subject: Vec<u8>, spki: Vec<u8>, time: i64) -> CertificateMaker {
        let mut serial = Hash::Sha256.digest(&[issuer.as_slice(), &subject, &spki, &time.to_be_bytes()].concat());
        serial.truncate(16);
        if let Some(first) = serial.first_mut() {
            *first = (*first & 0x3f) | 0x40;
        }
        CertificateMaker {
            version: 2,
            serial,
            issuer,
            subject,
            not_before: time - 30 * 86_400,
            not_after: time + 60 * 86_400,
            validity: None,
            spki,
            extensions: Vec::new(),
            algorithm: None,
            inner_algorithm: None,
            fault: SignatureFault::None,
            trailing: Vec::new(),
        }
    }

    /// Replaces the extension of the same identifier, or adds it.
    #[must_use]
    pub fn set(mut self, extension: Extension) -> CertificateMaker {
        match self.extensions.iter_mut().find(|x| x.oid == extension.oid) {
            Some(old) => *old = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    /// Leaves an extension out.
    #[must_use]
    pub fn without(mut self, oid: &[u8]) -> CertificateMaker {
        self.extensions.retain(|x| x.oid != oid);
        self
    }

    /// subjectKeyIdentifier of the key (SHA-1 of its bits).
    #[must_use]
    pub fn with_ski(self) -> CertificateMaker {
        let id = PublicKey::from_der(&self.spki).map(|k| k.sha1().to_vec()).unwrap_or_default();
        self.set(Extension::subject_key_id(&id))
    }

    /// authorityKeyIdentifier that fits the issuer.
    #[must_use]
    pub fn with_aki(self, issuer: &Certificate) -> CertificateMaker {
        let id = issuer.extensions.subject_key_id.clone().unwrap_or_else(|| issuer.public_key.sha1().to_vec());
        self.set(Extension::authority_key_id(&id))
    }

    /// The DER, signed by `signer`.
    pub fn sign(&self, signer: &dyn Signer) -> Vec<u8> {
        let algorithm = self.algorithm.clone().unwrap_or_else(|| signer.algorithm());
        let mut items = Vec::new();
        if self.version != 0 {
            items.push(writer::explicit(0, &writer::small(self.version)));
        }
        items.push(writer::integer(&self.serial));
        items.push(self.inner_algorithm.clone().unwrap_or_else(|| algorithm_identifier(&algorithm)));
        items.push(self.issuer.clone());
        let times = || writer::sequence(&[writer::time(self.not_before), writer::time(self.not_after)]);
        items.push(self.validity.clone().unwrap_or_else(times));
        items.push(self.subject.clone());
        items.push(self.spki.clone());
        if !self.extensions.is_empty() {
            let list: Vec<_> = self.extensions.iter().map(Extension::der).collect();
            items.push(writer::explicit(3, &writer::sequence(&list)));
        }
        let mut der = writer::sequence(&sign(&writer::sequence(&items), signer, &algorithm, &self.fault));
        der.extend_from_slice(&self.trailing);
        der
    }
}

/// DER of a name: attribute types (identifier content) and values, as UTF8String (C as PrintableString).
pub fn name(attributes: &[(&[u8], &str)]) -> Vec<u8> {
    let sets: Vec<_> = attributes
        .iter()
        .map(|(id, value)| {
            let tag = if *id == oid::COUNTRY { Tag::PRINTABLE } else { Tag::UTF8 };
            writer::set(&[writer::sequence(&[writer::oid(id), writer::tlv(tag, value.as_bytes())])])
        })
        .collect();
    writer::sequence(&sets)
}
