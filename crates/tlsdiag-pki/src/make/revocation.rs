//! CRLs and OCSP responses, field by field.

use super::{Extension, SignatureFault, Signer, algorithm_identifier, sign};
use crate::certificate::Certificate;
use crate::der::Tag;
use crate::ocsp::{OcspAnswer, cert_id};
use crate::revocation::RevocationReason;
use crate::{oid, writer};

/// A certificate revocation list to be made.
#[derive(Clone, Debug)]
pub struct CrlMaker {
    /// DER of the issuer's name.
    pub issuer: Vec<u8>,
    /// thisUpdate, unix seconds.
    pub this_update: i64,
    /// nextUpdate, unix seconds.
    pub next_update: Option<i64>,
    /// The entries.
    pub revoked: Vec<RevokedEntry>,
    /// DER of entries that come after those, such as [`RevokedEntry::with`] makes.
    pub more: Vec<Vec<u8>>,
    /// Extensions of the list.
    pub extensions: Vec<Extension>,
    /// What to do to the signature.
    pub fault: SignatureFault,
}

/// An entry of a list.
#[derive(Clone, Debug)]
pub struct RevokedEntry {
    /// Content octets of the serial number.
    pub serial: Vec<u8>,
    /// When, unix seconds.
    pub at: i64,
    /// Why.
    pub reason: Option<RevocationReason>,
}

impl CrlMaker {
    /// A list of an issuer, a day old at `time` and good for another week, numbered 1, without entries.
    pub fn new(issuer: &Certificate, time: i64) -> CrlMaker {
        let aki = issuer.extensions.subject_key_id.clone().unwrap_or_else(|| issuer.public_key.sha1().to_vec());
        CrlMaker {
            issuer: issuer.subject.der().to_vec(),
            this_update: time - 86_400,
            next_update: Some(time + 7 * 86_400),
            revoked: Vec::new(),
            more: Vec::new(),
            extensions: vec![
                Extension::authority_key_id(&aki),
                Extension::raw(oid::CRL_NUMBER, false, writer::small(1)),
            ],
            fault: SignatureFault::None,
        }
    }

    /// The DER.
    pub fn sign(&self, signer: &dyn Signer) -> Vec<u8> {
        let algorithm = signer.algorithm();
        let mut items = vec![
            writer::small(1),
            algorithm_identifier(&algorithm),
            self.issuer.clone(),
            writer::time(self.this_update),
        ];
        items.extend(self.next_update.map(writer::time));
        if !self.revoked.is_empty() || !self.more.is_empty() {
            let own = self.revoked.iter().map(|e| e.with(&[]));
            let entries: Vec<_> = own.chain(self.more.iter().cloned()).collect();
            items.push(writer::sequence(&entries));
        }
        if !self.extensions.is_empty() {
            let list: Vec<_> = self.extensions.iter().map(Extension::der).collect();
            items.push(writer::explicit(0, &writer::sequence(&list)));
        }
        writer::sequence(&sign(&writer::sequence(&items), signer, &algorithm, &self.fault))
    }
}

impl RevokedEntry {
    /// The DER of the entry, with extensions after its reason.
    pub fn with(&self, extensions: &[Extension]) -> Vec<u8> {
        let mut items = vec![writer::integer(&self.serial), writer::time(self.at)];
        let reason = self.reason.map(|r| {
            let code = writer::tlv(Tag::ENUMERATED, &[r.0 as u8]);
            Extension::raw(oid::REASON_CODE, false, code)
        });
        let list: Vec<Vec<u8>> = reason.iter().chain(extensions).map(Extension::der).collect();
        if !list.is_empty() {
            items.push(writer::sequence(&list));
        }
        writer::sequence(&items)
    }
}

/// An OCSP response to be made.
#[derive(Clone, Debug)]
pub struct OcspMaker {
    /// DER of the responder's name.
    pub responder: Vec<u8>,
    /// producedAt, unix seconds.
    pub produced_at: i64,
    /// What it says.
    pub singles: Vec<OcspSingle>,
    /// DER of certificates that come with it.
    pub certificates: Vec<Vec<u8>>,
    /// Extensions of the response.
    pub extensions: Vec<Extension>,
    /// What to do to the signature.
    pub fault: SignatureFault,
}

/// What a response says about one certificate.
#[derive(Clone, Debug)]
pub struct OcspSingle {
    /// DER of the CertID.
    pub cert_id: Vec<u8>,
    /// The answer.
    pub answer: OcspAnswer,
    /// thisUpdate, unix seconds.
    pub this_update: i64,
    /// nextUpdate, unix seconds.
    pub next_update: Option<i64>,
}

impl OcspSingle {
    /// About a certificate, an hour old at `time` and good for three days.
    pub fn new(certificate: &Certificate, issuer: &Certificate, answer: OcspAnswer, time: i64) -> OcspSingle {
        OcspSingle {
            cert_id: cert_id(certificate, issuer),
            answer,
            this_update: time - 3_600,
            next_update: Some(time + 3 * 86_400),
        }
    }

    fn der(&self) -> Vec<u8> {
        let status = match self.answer {
            OcspAnswer::Good => writer::tlv(Tag::context(0), &[]),
            OcspAnswer::Revoked { at, reason } => {
                let mut content = writer::generalized_time(at);
                if let Some(r) = reason {
                    content.extend(writer::explicit(0, &writer::tlv(Tag::ENUMERATED, &[r.0 as u8])));
                }
                writer::explicit(1, &content)
            }
            OcspAnswer::Unknown => writer::tlv(Tag::context(2), &[]),
        };
        let mut items = vec![self.cert_id.clone(), status, writer::generalized_time(self.this_update)];
        items.extend(self.next_update.map(|n| writer::explicit(0, &writer::generalized_time(n))));
        writer::sequence(&items)
    }
}

impl OcspMaker {
    /// A response of the issuer itself about one certificate.
    pub fn new(certificate: &Certificate, issuer: &Certificate, answer: OcspAnswer, time: i64) -> OcspMaker {
        OcspMaker {
            responder: issuer.subject.der().to_vec(),
            produced_at: time - 3_600,
            singles: vec![OcspSingle::new(certificate, issuer, answer, time)],
            certificates: Vec::new(),
            extensions: Vec::new(),
            fault: SignatureFault::None,
        }
    }

    /// The DER of the whole OCSPResponse.
    pub fn sign(&self, signer: &dyn Signer) -> Vec<u8> {
        let singles: Vec<_> = self.singles.iter().map(OcspSingle::der).collect();
        let mut items = vec![
            writer::explicit(1, &self.responder),
            writer::generalized_time(self.produced_at),
            writer::sequence(&singles),
        ];
        if !self.extensions.is_empty() {
            let list: Vec<_> = self.extensions.iter().map(Extension::der).collect();
            items.push(writer::explicit(1, &writer::sequence(&list)));
        }
        let mut basic = sign(&writer::sequence(&items), signer, &signer.algorithm(), &self.fault).to_vec();
        if !self.certificates.is_empty() {
            basic.push(writer::explicit(0, &writer::sequence(&self.certificates)));
        }
        let bytes = writer::sequence(&[writer::oid(oid::OCSP_BASIC), writer::octets(&writer::sequence(&basic))]);
        writer::sequence(&[writer::tlv(Tag::ENUMERATED, &[0]), writer::explicit(0, &bytes)])
    }
}

/// A response that is but an error, such as tryLater (3).
pub fn ocsp_error(status: u8) -> Vec<u8> {
    writer::sequence(&[writer::tlv(Tag::ENUMERATED, &[status])])
}
