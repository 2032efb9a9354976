//! OCSP (RFC 6960): asking about a certificate, and what an answer is worth.

use crate::algorithm::{Hash, SignatureAlgorithm};
use crate::certificate::{CertId, Certificate};
use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::oid::{self, Oid};
use crate::revocation::{CLOCK_SKEW, RevocationReason};
use crate::sct::{self, Sct};
use crate::time::read_time;
use crate::verify::{Verifier, VerifyError};
use crate::writer;

/// An OCSP request for one certificate (RFC 6960 4.1), with SHA-1 in the CertID as every responder knows it.
///
/// To be sent as `application/ocsp-request` by POST, or in base64 in the path of a GET.
pub fn request(certificate: &Certificate, issuer: &Certificate, nonce: Option<&[u8]>) -> Vec<u8> {
    let id = cert_id(certificate, issuer);
    let mut tbs = vec![writer::sequence(&[writer::sequence(&[id])])];
    if let Some(n) = nonce {
        let extension = writer::sequence(&[writer::oid(oid::OCSP_NONCE), writer::octets(&writer::octets(n))]);
        tbs.push(writer::explicit(2, &writer::sequence(&[extension])));
    }
    writer::sequence(&[writer::sequence(&tbs)])
}

/// What a good response says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspStatus {
    /// The answer.
    pub answer: OcspAnswer,
    /// When that was known to be so, unix seconds.
    pub this_update: i64,
    /// When newer knowledge will be there, unix seconds.
    pub next_update: Option<i64>,
    /// When it was signed, unix seconds.
    pub produced_at: i64,
    /// The responder's certificate, where the issuer delegated; `None` where the issuer signed itself.
    pub delegate: Option<CertId>,
    /// How it is signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// The nonce that came back.
    pub nonce: Option<Vec<u8>>,
    /// Signed certificate timestamps that came with the answer (RFC 6962 3.3).
    pub scts: Vec<Sct>,
}

/// Status of a certificate (RFC 6960 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspAnswer {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// When, unix seconds.
        at: i64,
        /// Why, if told.
        reason: Option<RevocationReason>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

/// Why a response is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OcspProblem {
    /// The octets are no OCSP response (a web page, an empty body, a cut one).
    NotAnOcspResponse(DerError),
    /// The responder refused.
    ResponderError(ResponderError),
    /// A response of another type than id-pkix-ocsp-basic.
    OtherType(Oid),
    /// Neither the issuer nor a responder that it certified made the signature.
    BadSignature,
    /// The signature cannot be checked.
    SignatureUnchecked(String),
    /// The signer is certified by the issuer, but not as a responder.
    NotAuthorized {
        /// The certificate.
        signer: CertId,
        /// Why not.
        why: NotAuthorized,
    },
    /// The response is about other certificates; their serial numbers in hex.
    WrongCert {
        /// Serial numbers in hex.
        serials: Vec<String>,
    },
    /// Newer knowledge should be there by now: it is stale.
    Expired {
        /// nextUpdate, unix seconds.
        next_update: i64,
    },
    /// It is from the future.
    NotYetValid {
        /// thisUpdate, unix seconds.
        this_update: i64,
    },
}

/// Why a certificate may not sign responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAuthorized {
    /// Its extKeyUsage lacks OCSPSigning (RFC 6960 4.2.2.2).
    NoOcspSigning,
    /// It has expired or is not valid yet.
    OutOfTime,
}

/// OCSPResponseStatus other than successful (RFC 6960 4.2.1); unknown numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResponderError(pub u64);

impl ResponderError {
    /// malformedRequest
    pub const MALFORMED_REQUEST: ResponderError = ResponderError(1);
    /// internalError
    pub const INTERNAL_ERROR: ResponderError = ResponderError(2);
    /// tryLater
    pub const TRY_LATER: ResponderError = ResponderError(3);
    /// sigRequired
    pub const SIG_REQUIRED: ResponderError = ResponderError(5);
    /// unauthorized
    pub const UNAUTHORIZED: ResponderError = ResponderError(6);

    /// The name of RFC 6960.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "malformedRequest",
            2 => "internalError",
            3 => "tryLater",
            5 => "sigRequired",
            6 => "unauthorized",
            _ => return None,
        })
    }
}

/// Reads and checks a response about `certificate`, issued by `issuer`, at a time in unix seconds.
pub fn check(
    response: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    time: i64,
    verifier: &dyn Verifier,
) -> Result<OcspStatus, OcspProblem> {
    let basic = basic_response(response)?;
    let parsed = Basic::parse(basic).map_err(OcspProblem::NotAnOcspResponse)?;
    let delegate = parsed.signer(issuer, time, verifier)?;
    let mut serials = Vec::new();
    let mut chosen = None;
    for single in &parsed.singles {
        if single.is_about(certificate, issuer) {
            // Of several the newest counts.
            if chosen.is_none_or(|c: &Single<'_>| single.this_update > c.this_update) {
                chosen = Some(single);
            }
        } else if serials.len() < 16 {
            serials.push(crate::certificate::hex(single.serial));
        }
    }
    let single = chosen.ok_or(OcspProblem::WrongCert { serials })?;
    if single.this_update > time.saturating_add(CLOCK_SKEW) {
        return Err(OcspProblem::NotYetValid { this_update: single.this_update });
    }
    if let Some(next_update) = single.next_update.filter(|n| *n < time) {
        return Err(OcspProblem::Expired { next_update });
    }
    Ok(OcspStatus {
        answer: single.answer,
        this_update: single.this_update,
        next_update: single.next_update,
        produced_at: parsed.produced_at,
        delegate,
        signature_algorithm: parsed.algorithm,
        nonce: parsed.nonce,
        scts: single.scts.clone(),
    })
}

/// The CertID of a certificate with SHA-1 (RFC 6960 4.1.1).
pub(crate) fn cert_id(certificate: &Certificate, issuer: &Certificate) -> Vec<u8> {
    writer::sequence(&[
        writer::sequence(&[writer::oid(oid::SHA1), writer::tlv(Tag::NULL, &[])]),
        writer::octets(&Hash::Sha1.digest(certificate.issuer.der())),
        writer::octets(&issuer.public_key.sha1()),
        writer::integer(&certificate.serial),
    ])
}

fn basic_response(response: &[u8]) -> Result<Tlv<'_>, OcspProblem> {
    let read = || -> Result<(u64, Option<(Tlv<'_>, Tlv<'_>)>)> {
        let mut r = Reader::new(response).expect(Tag::SEQUENCE, "OCSPResponse")?.reader();
        let status = r.expect(Tag::ENUMERATED, "responseStatus")?.small_uint()?;
        let Some(bytes) = r.optional(Tag::context_constructed(0), "responseBytes")? else { return Ok((status, None)) };
        let mut b = bytes.inner(Tag::SEQUENCE, "ResponseBytes")?.reader();
        let kind = b.expect(Tag::OID, "responseType")?;
        let value = b.expect(Tag::OCTET_STRING, "response")?;
        Ok((status, Some((kind, value))))
    };
    match read().map_err(OcspProblem::NotAnOcspResponse)? {
        (0, Some((kind, value))) if kind.content == oid::OCSP_BASIC => {
            value.inner(Tag::SEQUENCE, "BasicOCSPResponse").map_err(OcspProblem::NotAnOcspResponse)
        }
        (0, Some((kind, _))) => Err(OcspProblem::OtherType(Oid::from_der(kind.content))),
        (0, None) => {
            let e = DerError::value(0, "responseBytes", "a successful response without them");
            Err(OcspProblem::NotAnOcspResponse(e))
        }
        (status, _) => Err(OcspProblem::ResponderError(ResponderError(status))),
    }
}

struct Basic<'a> {
    tbs: &'a [u8],
    algorithm: SignatureAlgorithm,
    signature: &'a [u8],
    certificates: Vec<&'a [u8]>,
    produced_at: i64,
    singles: Vec<Single<'a>>,
    nonce: Option<Vec<u8>>,
}

struct Single<'a> {
    hash: Option<Hash>,
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    serial: &'a [u8],
    answer: OcspAnswer,
    this_update: i64,
    next_update: Option<i64>,
    scts: Vec<Sct>,
}

/// Most single responses and certificates that are read of one response.
const MAX_ITEMS: usize = 64;

impl<'a> Basic<'a> {
    fn parse(basic: Tlv<'a>) -> Result<Basic<'a>> {
        let mut r = basic.reader();
        let tbs = r.expect(Tag::SEQUENCE, "ResponseData")?;
        let algorithm = SignatureAlgorithm::parse(&r.expect(Tag::SEQUENCE, "signatureAlgorithm")?)?;
        let signature = r.expect(Tag::BIT_STRING, "signature")?.bits()?.1;
        let mut certificates = Vec::new();
        if let Some(certs) = r.optional(Tag::context_constructed(0), "certs")? {
            for c in certs.inner(Tag::SEQUENCE, "certs")?.reader().elements("Certificate").take(MAX_ITEMS) {
                certificates.push(c?.raw);
            }
        }
        let mut t = tbs.reader();
        t.optional(Tag::context_constructed(0), "version")?;
        t.read("responderID")?;
        let produced_at = read_time(&t.expect(Tag::GENERALIZED_TIME, "producedAt")?)?.unix;
        let list = t.expect(Tag::SEQUENCE, "responses")?.reader().elements("SingleResponse").take(MAX_ITEMS);
        let singles = list.map(|s| Single::parse(&s?)).collect::<Result<_>>()?;
        let nonce = match t.optional(Tag::context_constructed(1), "responseExtensions")? {
            Some(x) => nonce(&x)?,
            None => None,
        };
        Ok(Basic { tbs: tbs.raw, algorithm, signature, certificates, produced_at, singles, nonce })
    }

    /// Who signed: the issuer, or a responder that the issuer certified (RFC 6960 4.2.2.2).
    fn signer(&self, issuer: &Certificate, time: i64, verifier: &dyn Verifier) -> Result<Option<CertId>, OcspProblem> {
        let verify = |spki: &[u8]| verifier.verify(&self.algorithm, spki, self.tbs, self.signature);
        let mut unchecked = match verify(&issuer.public_key.spki) {
            Ok(()) => return Ok(None),
            Err(VerifyError::UnsupportedAlgorithm(a)) => Some(a),
            Err(_) => None,
        };
        for der in self.certificates.iter().take(8) {
            let Ok(c) = Certificate::from_der(der) else { continue };
            match verify(&c.public_key.spki) {
                Ok(()) => {}
                Err(VerifyError::UnsupportedAlgorithm(a)) => {
                    unchecked = Some(a);
                    continue;
                }
                Err(_) => continue,
            }
            if !c.issuer.matches(&issuer.subject) || c.signed_by(&issuer.public_key, verifier).is_err() {
                continue;
            }
            let allowed = c.extensions.extended_key_usage.iter().flatten().any(|o| *o == *oid::OCSP_SIGNING);
            let why = if !allowed {
                NotAuthorized::NoOcspSigning
            } else if time < c.not_before || time > c.not_after {
                NotAuthorized::OutOfTime
            } else {
                return Ok(Some(c.id));
            };
            return Err(OcspProblem::NotAuthorized { signer: c.id, why });
        }
        Err(unchecked.map_or(OcspProblem::BadSignature, OcspProblem::SignatureUnchecked))
    }
}

impl<'a> Single<'a> {
    fn parse(tlv: &Tlv<'a>) -> Result<Single<'a>> {
        let mut r = tlv.expect(Tag::SEQUENCE, "SingleResponse")?.reader();
        let mut id = r.expect(Tag::SEQUENCE, "CertID")?.reader();
        let hash = id.expect(Tag::SEQUENCE, "hashAlgorithm")?.reader().expect(Tag::OID, "hashAlgorithm")?;
        let name_hash = id.expect(Tag::OCTET_STRING, "issuerNameHash")?.content;
        let key_hash = id.expect(Tag::OCTET_STRING, "issuerKeyHash")?.content;
        let serial = id.expect(Tag::INTEGER, "serialNumber")?.content;
        let status = r.read("certStatus")?;
        let answer = match status.tag.0 & !0x20 {
            0x80 => OcspAnswer::Good,
            0x81 => {
                let mut s = status.reader();
                let at = read_time(&s.expect(Tag::GENERALIZED_TIME, "revocationTime")?)?.unix;
                let reason = match s.optional(Tag::context_constructed(0), "revocationReason")? {
                    Some(w) => Some(RevocationReason(w.inner(Tag::ENUMERATED, "CRLReason")?.small_uint()?)),
                    None => None,
                };
                OcspAnswer::Revoked { at, reason }
            }
            0x82 => OcspAnswer::Unknown,
            _ => return Err(DerError::value(status.offset, "certStatus", "another choice")),
        };
        let this_update = read_time(&r.expect(Tag::GENERALIZED_TIME, "thisUpdate")?)?.unix;
        let next_update = match r.optional(Tag::context_constructed(0), "nextUpdate")? {
            Some(w) => Some(read_time(&w.inner(Tag::GENERALIZED_TIME, "nextUpdate")?)?.unix),
            None => None,
        };
        let scts = match r.optional(Tag::context_constructed(1), "singleExtensions")? {
            Some(w) => timestamps(&w).unwrap_or_default(),
            None => Vec::new(),
        };
        let hash = Hash::from_oid(hash.content);
        Ok(Single { hash, name_hash, key_hash, serial, answer, this_update, next_update, scts })
    }

    fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let Some(hash) = self.hash else { return false };
        *self.serial == *certificate.serial
            && self.name_hash == hash.digest(certificate.issuer.der())
            && self.key_hash == hash.digest(&issuer.public_key.bits)
    }
}

/// A damaged list of timestamps spoils no answer.
fn timestamps(wrapper: &Tlv<'_>) -> Result<Vec<Sct>> {
    for x in wrapper.inner(Tag::SEQUENCE, "Extensions")?.reader().elements("Extension").take(MAX_ITEMS) {
        let mut x = x?.reader();
        if x.expect(Tag::OID, "extnID")?.content == oid::SCT_LIST_OCSP {
            x.optional(Tag::BOOLEAN, "critical")?;
            let value = x.expect(Tag::OCTET_STRING, "extnValue")?;
            return sct::read_list(value.inner(Tag::OCTET_STRING, "SignedCertificateTimestampList")?.content);
        }
    }
    Ok(Vec::new())
}

fn nonce(wrapper: &Tlv<'_>) -> Result<Option<Vec<u8>>> {
    for x in wrapper.inner(Tag::SEQUENCE, "Extensions")?.reader().elements("Extension").take(MAX_ITEMS) {
        let mut x = x?.reader();
        if x.expect(Tag::OID, "extnID")?.content == oid::OCSP_NONCE {
            x.optional(Tag::BOOLEAN, "critical")?;
            let value = x.expect(Tag::OCTET_STRING, "extnValue")?;
            // Early responders gave the octets without the inner OCTET STRING.
            let inner = value.inner(Tag::OCTET_STRING, "Nonce").map_or(value.content, |n| n.content);
            return Ok(Some(inner.to_vec()));
        }
    }
    Ok(None)
}
