//! Certificate revocation lists (RFC 5280 5): walked entry by entry, so that a list of 20 MB costs no more memory than
//! itself.

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::Certificate;
use crate::der::{DerError, Reader, Result, Tag, Tlv, strip_zeros};
use crate::dn::DistinguishedName;
use crate::extensions::{GeneralName, KeyUsage, PointName, general_names, point_name, reason_flags};
use crate::key::PublicKey;
use crate::oid::{self, Oid};
use crate::pem;
use crate::revocation::{CLOCK_SKEW, RevocationReason};
use crate::time::read_time;
use crate::verify::{Verifier, VerifyError};

mod status;

pub use status::{ListProblem, RevocationState, Sources, Unusable, status};

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
    let list = Crl::read(crl).map_err(CrlProblem::NotACrl)?;
    if !list.issuer.matches(&issuer.subject) {
        return Err(CrlProblem::WrongIssuer { issuer: list.issuer.to_string() });
    }
    if issuer.extensions.key_usage.is_some_and(|u| !u.any(KeyUsage::CRL_SIGN)) {
        return Err(CrlProblem::IssuerMayNotSign);
    }
    list.signed_by(&issuer.public_key, verifier)?;
    list.in_time(time)?;
    if list.delta_base.is_some() {
        return Err(CrlProblem::Delta);
    }
    if let Some(unknown) = list.unknown_critical.first() {
        return Err(CrlProblem::UnknownCriticalExtension(unknown.clone()));
    }
    if !list.scope.covers(certificate) || named_elsewhere(&list.scope.point, certificate) {
        return Err(CrlProblem::OutOfScope);
    }
    let (answer, entries) = list.find(certificate)?;
    // A list for some reasons only can accuse, but cannot acquit.
    if answer == CrlAnswer::NotListed && list.scope.some_reasons.is_some() {
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

/// The list is of a distribution point that the certificate does not name.
fn named_elsewhere(point: &PointName, certificate: &Certificate) -> bool {
    let PointName::Full(names) = point else { return false };
    let wanted = &certificate.extensions.crl_distribution_points;
    let mut urls = names.iter().filter_map(|n| if let GeneralName::Uri(u) = n { Some(u) } else { None }).peekable();
    !wanted.is_empty() && urls.peek().is_some() && !urls.any(|u| wanted.contains(u))
}

/// A list as read, its entries unread: they are walked for each question.
#[derive(Clone, Debug)]
pub struct Crl<'a> {
    /// Who issued it.
    pub issuer: DistinguishedName,
    /// When it was made, unix seconds.
    pub this_update: i64,
    /// When the next is due, unix seconds.
    pub next_update: Option<i64>,
    /// How it is signed.
    pub algorithm: SignatureAlgorithm,
    /// What it covers.
    pub scope: Scope,
    /// cRLNumber, content octets, and whether it is critical, which it must not be (RFC 5280 5.2.3).
    pub number: Option<(&'a [u8], bool)>,
    /// The number of the complete list that this delta list is to be put on.
    pub delta_base: Option<&'a [u8]>,
    /// Key identifier of who signed, if told.
    pub key_id: Option<&'a [u8]>,
    /// Critical extensions that are not known here: the list must not be used (RFC 5280 5.2).
    pub unknown_critical: Vec<Oid>,
    tbs: &'a [u8],
    signature: &'a [u8],
    entries: Option<Tlv<'a>>,
}

/// What a list covers (RFC 5280 5.2.5 issuingDistributionPoint).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The distribution point it is of.
    pub point: PointName,
    /// Certificates of end entities only.
    pub only_users: bool,
    /// Certificates of CAs only.
    pub only_cas: bool,
    /// Attribute certificates only.
    pub only_attributes: bool,
    /// It also lists certificates of other issuers.
    pub indirect: bool,
    /// The reasons it covers, as bits of ReasonFlags; `None` is all.
    pub some_reasons: Option<u16>,
}

impl Scope {
    /// Whether the list is about certificates of this kind.
    pub fn covers(&self, certificate: &Certificate) -> bool {
        let ca = certificate.is_ca();
        !(self.only_attributes || (self.only_users && ca) || (self.only_cas && !ca))
    }
}

/// The DER of a list that comes as DER or PEM; `None` where a PEM block cannot be read.
pub fn der_of(crl: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    if pem::looks_like_pem(crl.get(..crl.len().min(4096)).unwrap_or_default()) {
        let block = pem::blocks(crl).into_iter().find(|b| b.kind == pem::Kind::Crl)?;
        return block.content.ok().map(|octets| std::borrow::Cow::Owned(octets.to_vec()));
    }
    Some(std::borrow::Cow::Borrowed(crl))
}

impl<'a> Crl<'a> {
    /// Reads a list from DER.
    pub fn read(crl: &'a [u8]) -> Result<Crl<'a>> {
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
        let mut list = Crl {
            issuer,
            this_update,
            next_update,
            algorithm,
            scope: Scope::default(),
            number: None,
            delta_base: None,
            key_id: None,
            unknown_critical: Vec::new(),
            tbs: tbs.raw,
            signature,
            entries,
        };
        if let Some(w) = t.optional(Tag::context_constructed(0), "crlExtensions")? {
            list.read_extensions(&w.inner(Tag::SEQUENCE, "Extensions")?)?;
        }
        Ok(list)
    }

    fn read_extensions(&mut self, list: &Tlv<'a>) -> Result<()> {
        for x in extensions(list) {
            let (id, critical, value) = x?;
            match id {
                oid::DELTA_CRL => {
                    self.delta_base = Some(strip_zeros(value.inner(Tag::INTEGER, "BaseCRLNumber")?.content));
                }
                oid::ISSUING_DISTRIBUTION_POINT => self.scope = scope(&value)?,
                oid::CRL_NUMBER => {
                    self.number = Some((strip_zeros(value.inner(Tag::INTEGER, "CRLNumber")?.content), critical));
                }
                oid::AUTHORITY_KEY_IDENTIFIER => {
                    let mut a = value.inner(Tag::SEQUENCE, "AuthorityKeyIdentifier")?.reader();
                    self.key_id = a.optional(Tag::context(0), "keyIdentifier")?.map(|k| k.content);
                }
                id if critical => self.unknown_critical.push(Oid::from_der(id)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks the signature with a key.
    pub fn signed_by(&self, key: &PublicKey, verifier: &dyn Verifier) -> Result<(), CrlProblem> {
        match verifier.verify(&self.algorithm, &key.spki, self.tbs, self.signature) {
            Ok(()) => Ok(()),
            Err(VerifyError::UnsupportedAlgorithm(a)) => Err(CrlProblem::SignatureUnchecked(a)),
            Err(_) => Err(CrlProblem::BadSignature),
        }
    }

    /// Whether it is in force at a time in unix seconds.
    pub fn in_time(&self, time: i64) -> Result<(), CrlProblem> {
        if self.this_update > time.saturating_add(CLOCK_SKEW) {
            return Err(CrlProblem::NotYetValid { this_update: self.this_update });
        }
        match self.next_update.filter(|n| *n < time) {
            Some(next_update) => Err(CrlProblem::Expired { next_update }),
            None => Ok(()),
        }
    }

    /// Walks the entries to the certificate's, and gives how many were passed.
    ///
    /// An entry with a critical extension that is not known spoils the list, as nobody knows what it says, unless the
    /// certificate itself is listed (RFC 5280 5.3).
    pub fn find(&self, certificate: &Certificate) -> Result<(CrlAnswer, usize), CrlProblem> {
        let Some(entries) = &self.entries else { return Ok((CrlAnswer::NotListed, 0)) };
        let mut count = 0usize;
        let mut spoiled = None;
        // In an indirect list the issuer holds until the next entry names another (RFC 5280 5.3.3).
        let mut ours = self.issuer.matches(&certificate.issuer);
        for entry in entries.reader().elements("revoked certificate") {
            let bad = CrlProblem::NotACrl;
            let mut r = entry.map_err(bad)?.expect(Tag::SEQUENCE, "revoked certificate").map_err(bad)?.reader();
            count += 1;
            let serial = r.expect(Tag::INTEGER, "userCertificate").map_err(bad)?;
            let hit = *serial.content == *certificate.serial;
            let date = r.read("revocationDate").map_err(bad)?;
            if !hit && r.is_empty() {
                continue;
            }
            let mut reason = None;
            if let Some(list) = r.optional(Tag::SEQUENCE, "crlEntryExtensions").map_err(bad)? {
                for x in extensions(&list) {
                    let (id, critical, value) = x.map_err(bad)?;
                    match id {
                        oid::REASON_CODE => {
                            let code = value.inner(Tag::ENUMERATED, "CRLReason").and_then(|e| e.small_uint());
                            reason = Some(RevocationReason(code.map_err(bad)?));
                        }
                        oid::CERTIFICATE_ISSUER if self.scope.indirect => {
                            let names = value.inner(Tag::SEQUENCE, "GeneralNames").and_then(|n| general_names(&n));
                            ours = names
                                .map_err(bad)?
                                .iter()
                                .any(|n| matches!(n, GeneralName::Directory(d) if d.matches(&certificate.issuer)));
                        }
                        oid::INVALIDITY_DATE => {}
                        id if critical && spoiled.is_none() => spoiled = Some(Oid::from_der(id)),
                        _ => {}
                    }
                }
            }
            if hit && ours {
                let at = read_time(&date).map_err(bad)?.unix;
                return Ok((CrlAnswer::Revoked { at, reason }, count));
            }
        }
        match spoiled {
            Some(id) => Err(CrlProblem::UnknownCriticalExtension(id)),
            None => Ok((CrlAnswer::NotListed, count)),
        }
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

fn scope(value: &Tlv<'_>) -> Result<Scope> {
    let mut r = value.inner(Tag::SEQUENCE, "IssuingDistributionPoint")?.reader();
    let point = point_name(r.optional(Tag::context_constructed(0), "distributionPoint")?)?;
    let (only_users, only_cas) = (flag(&mut r, 1)?, flag(&mut r, 2)?);
    let some_reasons = match r.optional(Tag::context(3), "onlySomeReasons")? {
        Some(bits) => Some(reason_flags(&bits)?),
        None => None,
    };
    let (indirect, only_attributes) = (flag(&mut r, 4)?, flag(&mut r, 5)?);
    Ok(Scope { point, only_users, only_cas, only_attributes, indirect, some_reasons })
}

fn flag(r: &mut Reader<'_>, n: u8) -> Result<bool> {
    r.optional(Tag::context(n), "flag of IssuingDistributionPoint")?.map_or(Ok(false), |b| b.boolean())
}
