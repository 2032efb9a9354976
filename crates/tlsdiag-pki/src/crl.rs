//! Certificate revocation lists (RFC 5280 5): walked entry by entry, so that a list of 20 MB costs no more memory than
//! itself.

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::Certificate;
use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::dn::DistinguishedName;
use crate::extensions::{GeneralName, KeyUsage, general_names};
use crate::oid::{self, Oid};
use crate::pem;
use crate::revocation::{CLOCK_SKEW, RevocationReason};
use crate::time::read_time;
use crate::verify::{Verifier, VerifyError};

/// What a good list says about a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlStatus {
    /// The answer.
    pub answer: CrlAnswer,
    /// When that was known, unix seconds.
    pub this_update: i64,
    /// When the next list is due, unix seconds.
    pub next_update: Option<i64>,
    /// How many entries were passed.
    pub entries: usize,
    /// How it is signed.
    pub signature_algorithm: SignatureAlgorithm,
}

/// Whether the certificate is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrlAnswer {
    /// It is not.
    NotListed,
    /// It is.
    Revoked {
        /// When it was revoked, unix seconds.
        at: i64,
        /// Why, if told.
        reason: Option<RevocationReason>,
    },
}

/// Why a list is of no use for a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrlProblem {
    /// The octets are no CRL (a web page, a cut download).
    NotACrl(DerError),
    /// It is another issuer's.
    WrongIssuer {
        /// Whose it is (RFC 4514).
        issuer: String,
    },
    /// The issuer's keyUsage lacks cRLSign.
    IssuerMayNotSign,
    /// The signature is not the issuer's.
    BadSignature,
    /// The signature cannot be checked.
    SignatureUnchecked(String),
    /// The next list is overdue.
    Expired {
        /// nextUpdate, unix seconds.
        next_update: i64,
    },
    /// It is from the future.
    NotYetValid {
        /// thisUpdate, unix seconds.
        this_update: i64,
    },
    /// It is a delta list, which says nothing by itself.
    Delta,
    /// The certificate is not of the kind, or not of the distribution point, that the list covers.
    OutOfScope,
    /// A critical extension of the list or of an entry before the certificate's is unknown.
    UnknownCriticalExtension(Oid),
}

/// Reads and checks a list (DER or PEM) for `certificate`, issued by `issuer`, at a time in unix seconds.
pub fn check(
    crl: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    time: i64,
    verifier: &dyn Verifier,
) -> Result<CrlStatus, CrlProblem> {
    if pem::looks_like_pem(crl.get(..crl.len().min(4096)).unwrap_or_default()) {
        let block = pem::blocks(crl).into_iter().find(|b| b.kind == pem::Kind::Crl);
        let missing = || CrlProblem::NotACrl(DerError::value(0, "a PEM block X509 CRL", "none, or a damaged one"));
        let der = block.and_then(|b| b.content.ok()).ok_or_else(missing)?;
        return check_der(&der, certificate, issuer, time, verifier);
    }
    check_der(crl, certificate, issuer, time, verifier)
}

fn check_der(
    crl: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    time: i64,
    verifier: &dyn Verifier,
) -> Result<CrlStatus, CrlProblem> {
    let list = List::parse(crl).map_err(CrlProblem::NotACrl)?;
    if !list.issuer.matches(&issuer.subject) {
        return Err(CrlProblem::WrongIssuer { issuer: list.issuer.to_string() });
    }
    if issuer.extensions.key_usage.is_some_and(|u| !u.any(KeyUsage::CRL_SIGN)) {
        return Err(CrlProblem::IssuerMayNotSign);
    }
    match verifier.verify(&list.algorithm, &issuer.public_key.spki, list.tbs, list.signature) {
        Ok(()) => {}
        Err(VerifyError::UnsupportedAlgorithm(a)) => return Err(CrlProblem::SignatureUnchecked(a)),
        Err(_) => return Err(CrlProblem::BadSignature),
    }
    if list.this_update > time.saturating_add(CLOCK_SKEW) {
        return Err(CrlProblem::NotYetValid { this_update: list.this_update });
    }
    if let Some(next_update) = list.next_update.filter(|n| *n < time) {
        return Err(CrlProblem::Expired { next_update });
    }
    let scope = list.scope(certificate)?;
    let (answer, entries) = list.find(certificate, scope.indirect)?;
    // A list for some reasons only can accuse, but cannot acquit.
    if answer == CrlAnswer::NotListed && scope.some_reasons {
        return Err(CrlProblem::OutOfScope);
    }
    Ok(CrlStatus {
        answer,
        this_update: list.this_update,
        next_update: list.next_update,
        entries,
        signature_algorithm: list.algorithm,
    })
}

struct List<'a> {
    tbs: &'a [u8],
    algorithm: SignatureAlgorithm,
    signature: &'a [u8],
    issuer: DistinguishedName,
    this_update: i64,
    next_update: Option<i64>,
    entries: Option<Tlv<'a>>,
    extensions: Option<Tlv<'a>>,
}

#[derive(Default)]
struct Scope {
    indirect: bool,
    some_reasons: bool,
}

impl<'a> List<'a> {
    fn parse(crl: &'a [u8]) -> Result<List<'a>> {
        let mut r = Reader::new(crl).expect(Tag::SEQUENCE, "CertificateList")?.reader();
        let tbs = r.expect(Tag::SEQUENCE, "TBSCertList")?;
        let algorithm = SignatureAlgorithm::parse(&r.expect(Tag::SEQUENCE, "signatureAlgorithm")?)?;
        let signature = r.expect(Tag::BIT_STRING, "signatureValue")?.bits()?.1;
        let mut t = tbs.reader();
        t.optional(Tag::INTEGER, "version")?;
        t.expect(Tag::SEQUENCE, "signature algorithm")?;
        let issuer = DistinguishedName::parse(&t.expect(Tag::SEQUENCE, "issuer")?)?;
        let this_update = read_time(&t.read("thisUpdate")?)?.unix;
        let next_update = match t.peek() {
            Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME) => Some(read_time(&t.read("nextUpdate")?)?.unix),
            _ => None,
        };
        let entries = t.optional(Tag::SEQUENCE, "revokedCertificates")?;
        let extensions = match t.optional(Tag::context_constructed(0), "crlExtensions")? {
            Some(w) => Some(w.inner(Tag::SEQUENCE, "Extensions")?),
            None => None,
        };
        Ok(List { tbs: tbs.raw, algorithm, signature, issuer, this_update, next_update, entries, extensions })
    }

    /// Whether the list covers the certificate (RFC 5280 5.2.5).
    fn scope(&self, certificate: &Certificate) -> Result<Scope, CrlProblem> {
        let mut scope = Scope::default();
        let Some(list) = &self.extensions else { return Ok(scope) };
        for x in extensions(list) {
            let (id, critical, value) = x.map_err(CrlProblem::NotACrl)?;
            match id {
                oid::DELTA_CRL => return Err(CrlProblem::Delta),
                oid::ISSUING_DISTRIBUTION_POINT => {
                    scope = distribution_point(&value, certificate)
                        .map_err(CrlProblem::NotACrl)?
                        .ok_or(CrlProblem::OutOfScope)?;
                }
                oid::CRL_NUMBER | oid::AUTHORITY_KEY_IDENTIFIER => {}
                id if critical => return Err(CrlProblem::UnknownCriticalExtension(Oid::from_der(id))),
                _ => {}
            }
        }
        Ok(scope)
    }

    /// Walks the entries to the certificate's serial number.
    fn find(&self, certificate: &Certificate, indirect: bool) -> Result<(CrlAnswer, usize), CrlProblem> {
        let Some(entries) = &self.entries else { return Ok((CrlAnswer::NotListed, 0)) };
        let mut count = 0usize;
        // In an indirect list the issuer holds until the next entry names another (RFC 5280 5.3.3).
        let mut ours = self.issuer.matches(&certificate.issuer);
        for entry in entries.reader().elements("revoked certificate") {
            let bad = CrlProblem::NotACrl;
            let mut r = entry.map_err(bad)?.expect(Tag::SEQUENCE, "revoked certificate").map_err(bad)?.reader();
            count += 1;
            let serial = r.expect(Tag::INTEGER, "userCertificate").map_err(bad)?;
            let hit = *serial.content == *certificate.serial;
            if !hit && !indirect {
                continue;
            }
            let at = read_time(&r.read("revocationDate").map_err(bad)?).map_err(bad)?.unix;
            let mut reason = None;
            if let Some(list) = r.optional(Tag::SEQUENCE, "crlEntryExtensions").map_err(bad)? {
                for x in extensions(&list) {
                    let (id, critical, value) = x.map_err(bad)?;
                    match id {
                        oid::REASON_CODE => {
                            let code = value.inner(Tag::ENUMERATED, "CRLReason").and_then(|e| e.small_uint());
                            reason = Some(RevocationReason(code.map_err(bad)?));
                        }
                        oid::CERTIFICATE_ISSUER => {
                            let names = value.inner(Tag::SEQUENCE, "GeneralNames").and_then(|n| general_names(&n));
                            ours = names
                                .map_err(bad)?
                                .iter()
                                .any(|n| matches!(n, GeneralName::Directory(d) if d.matches(&certificate.issuer)));
                        }
                        oid::INVALIDITY_DATE => {}
                        id if critical && hit => {
                            return Err(CrlProblem::UnknownCriticalExtension(Oid::from_der(id)));
                        }
                        _ => {}
                    }
                }
            }
            if hit && ours {
                return Ok((CrlAnswer::Revoked { at, reason }, count));
            }
        }
        Ok((CrlAnswer::NotListed, count))
    }
}

/// Identifier content, critical flag and value of each extension.
fn extensions<'a>(list: &Tlv<'a>) -> impl Iterator<Item = Result<(&'a [u8], bool, Tlv<'a>)>> + use<'a> {
    list.reader().elements("Extension").take(64).map(|x| {
        let mut r = x?.expect(Tag::SEQUENCE, "Extension")?.reader();
        let id = r.expect(Tag::OID, "extnID")?.content;
        let critical = match r.optional(Tag::BOOLEAN, "critical")? {
            Some(b) => b.boolean()?,
            None => false,
        };
        Ok((id, critical, r.expect(Tag::OCTET_STRING, "extnValue")?))
    })
}

/// `None` where the certificate is out of scope.
fn distribution_point(value: &Tlv<'_>, certificate: &Certificate) -> Result<Option<Scope>> {
    let mut r = value.inner(Tag::SEQUENCE, "IssuingDistributionPoint")?.reader();
    let mut named_elsewhere = false;
    if let Some(point) = r.optional(Tag::context_constructed(0), "distributionPoint")?
        && let Ok(full) = point.inner(Tag::context_constructed(0), "fullName")
    {
        let wanted = &certificate.extensions.crl_distribution_points;
        let urls: Vec<String> = general_names(&full)?
            .into_iter()
            .filter_map(|n| if let GeneralName::Uri(u) = n { Some(u) } else { None })
            .collect();
        named_elsewhere = !wanted.is_empty() && !urls.is_empty() && !urls.iter().any(|u| wanted.contains(u));
    }
    let (users, cas) = (flag(&mut r, 1)?, flag(&mut r, 2)?);
    let some_reasons = r.optional(Tag::context(3), "onlySomeReasons")?.is_some();
    let (indirect, attributes) = (flag(&mut r, 4)?, flag(&mut r, 5)?);
    let out = named_elsewhere || attributes || (users && certificate.is_ca()) || (cas && !certificate.is_ca());
    Ok((!out).then_some(Scope { indirect, some_reasons }))
}

fn flag(r: &mut Reader<'_>, n: u8) -> Result<bool> {
    r.optional(Tag::context(n), "flag of IssuingDistributionPoint")?.map_or(Ok(false), |b| b.boolean())
}
