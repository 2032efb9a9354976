//! A certificate: everything that is read from it once, owned, with what is odd about it.

use crate::algorithm::SignatureAlgorithm;
use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::dn::DistinguishedName;
use crate::extensions::{Extensions, GeneralName};
use crate::key::PublicKey;
use crate::lint::Lint;
use crate::oid;
use crate::time::read_time;
use crate::verify::{Verifier, VerifyError};
use sha2::Digest as _;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

/// Why a certificate cannot be read at all: offset, what was expected, what was found.
pub type CertError = DerError;

/// SHA-256 of a certificate's DER: its identity everywhere in tlsdiag.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertId(pub [u8; 32]);

/// SHA-1 of a certificate's DER: what Windows calls the thumbprint or certificate hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint(pub [u8; 20]);

impl Thumbprint {
    /// Of a certificate's DER.
    pub fn of(der: &[u8]) -> Thumbprint {
        Thumbprint(sha1::Sha1::digest(der).into())
    }
}

/// A certificate as read (RFC 5280 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The octets, from the outer SEQUENCE to its end.
    pub der: Arc<[u8]>,
    /// SHA-256 of `der`.
    pub id: CertId,
    /// SHA-1 of `der`.
    pub thumbprint: Thumbprint,
    /// 1, 2 or 3; other numbers as found plus one.
    pub version: u64,
    /// Content octets of the serial number, as found.
    pub serial: Box<[u8]>,
    /// Who is certified.
    pub subject: DistinguishedName,
    /// Who certifies.
    pub issuer: DistinguishedName,
    /// notBefore in unix seconds.
    pub not_before: i64,
    /// notAfter in unix seconds; the certificate is still valid in this second.
    pub not_after: i64,
    /// The key that is certified.
    pub public_key: PublicKey,
    /// How it is signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// Its extensions.
    pub extensions: Extensions,
    /// What is odd about it.
    pub lints: Vec<Lint>,
    tbs: Range<usize>,
    signature: Range<usize>,
}

impl Certificate {
    /// Reads a certificate from DER. Octets after it become a lint.
    ///
    /// Fails only where the frame itself (names, key, signature) cannot be read; a damaged extension, time form or
    /// serial is kept as a [`Lint`].
    pub fn from_der(input: &[u8]) -> Result<Certificate, CertError> {
        let outer = Reader::new(input).expect(Tag::SEQUENCE, "Certificate")?;
        let mut lints = Vec::new();
        if outer.raw.len() < input.len() {
            lints.push(Lint::TrailingOctets(input.len() - outer.raw.len()));
        }
        lint_lengths(outer.raw, &mut lints);
        let mut r = outer.reader();
        let tbs = r.expect(Tag::SEQUENCE, "TBSCertificate")?;
        let outer_algorithm = r.expect(Tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = r.expect(Tag::BIT_STRING, "signatureValue")?;
        let (unused, signature_bits) = signature.bits()?;
        if unused != 0 {
            lints.push(Lint::SignatureBits);
        }
        if !r.is_empty() {
            lints.push(Lint::TrailingInside(r.offset()));
        }

        let mut t = tbs.reader();
        let version = match t.optional(Tag::context_constructed(0), "version")? {
            Some(v) => {
                let version = v.inner(Tag::INTEGER, "version")?.small_uint()?;
                if version == 0 {
                    lints.push(Lint::VersionEncoded);
                }
                version
            }
            None => 0,
        };
        if version > 2 {
            lints.push(Lint::UnknownVersion(version));
        }
        let serial = t.expect(Tag::INTEGER, "serialNumber")?.content;
        lint_serial(serial, &mut lints);
        let inner_algorithm = t.expect(Tag::SEQUENCE, "signature algorithm")?;
        if inner_algorithm.content != outer_algorithm.content {
            lints.push(Lint::AlgorithmMismatch);
        }
        let issuer = DistinguishedName::parse(&t.expect(Tag::SEQUENCE, "issuer")?)?;
        let validity = t.expect(Tag::SEQUENCE, "validity")?;
        let (not_before, not_after) = read_validity(&validity, &mut lints)?;
        let subject = DistinguishedName::parse(&t.expect(Tag::SEQUENCE, "subject")?)?;
        let public_key = PublicKey::parse(&t.expect(Tag::SEQUENCE, "SubjectPublicKeyInfo")?)?;
        t.optional(Tag::context(1), "issuerUniqueID")?;
        t.optional(Tag::context(2), "subjectUniqueID")?;
        let mut extensions = Extensions::default();
        if let Some(wrapper) = t.optional(Tag::context_constructed(3), "extensions")? {
            extensions = Extensions::parse(&wrapper.inner(Tag::SEQUENCE, "Extensions")?, &mut lints)?;
            if version != 2 {
                lints.push(Lint::ExtensionsWithoutV3);
            }
        }
        if !t.is_empty() {
            lints.push(Lint::TrailingInside(t.offset()));
        }
        let signature_algorithm = SignatureAlgorithm::parse(&outer_algorithm)?;
        lint_parameters(&outer_algorithm, &signature_algorithm, &mut lints);

        let signature_start = signature.content_offset.saturating_add(1);
        let certificate = Certificate {
            der: outer.raw.into(),
            id: CertId(sha2::Sha256::digest(outer.raw).into()),
            thumbprint: Thumbprint(sha1::Sha1::digest(outer.raw).into()),
            version: version.saturating_add(1),
            serial: serial.into(),
            subject,
            issuer,
            not_before,
            not_after,
            public_key,
            signature_algorithm,
            extensions,
            lints,
            tbs: tbs.offset..tbs.offset.saturating_add(tbs.raw.len()),
            signature: signature_start..signature_start.saturating_add(signature_bits.len()),
        };
        Ok(crate::profile::lint(certificate))
    }

    /// The signed part.
    pub fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// The signature octets.
    pub fn signature(&self) -> &[u8] {
        self.der.get(self.signature.clone()).unwrap_or_default()
    }

    /// Checks this certificate's signature with an issuer's public key.
    pub fn signed_by(&self, issuer: &PublicKey, verifier: &dyn Verifier) -> Result<(), VerifyError> {
        verifier.verify(&self.signature_algorithm, &issuer.spki, self.tbs(), self.signature())
    }

    /// Issuer and subject are the same name.
    pub fn self_issued(&self) -> bool {
        self.subject.matches(&self.issuer)
    }

    /// Self-issued, and its own key verifies its signature.
    pub fn self_signed(&self, verifier: &dyn Verifier) -> bool {
        self.self_issued() && self.signed_by(&self.public_key, verifier).is_ok()
    }

    /// basicConstraints says that it is a CA.
    pub fn is_ca(&self) -> bool {
        self.extensions.basic_constraints.is_some_and(|b| b.ca)
    }

    /// dNSName entries as written.
    pub fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.sans().filter_map(|n| if let GeneralName::Dns(d) = n { Some(d.as_str()) } else { None })
    }

    /// iPAddress entries.
    pub fn ip_addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.sans().filter_map(|n| if let GeneralName::Ip(a) = n { Some(*a) } else { None })
    }

    /// All subject alternative names.
    pub fn sans(&self) -> impl Iterator<Item = &GeneralName> {
        self.extensions.subject_alt_names.iter().flatten()
    }

    /// The serial number in hex, lower case, two digits per octet.
    pub fn serial_hex(&self) -> String {
        hex(&self.serial)
    }

    /// A PEM block with line ends `\n` (RFC 7468).
    pub fn to_pem(&self) -> String {
        crate::pem::encode("CERTIFICATE", &self.der)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, issuer {}, {:?})", self.subject, self.issuer, self.id)
    }
}

impl fmt::Display for CertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for CertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertId({})", hex(&self.0))
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({})", hex(&self.0))
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

/// A time that cannot be read leaves the side open: the other checks still say what they can.
fn read_validity(validity: &Tlv<'_>, lints: &mut Vec<Lint>) -> Result<(i64, i64)> {
    let mut r = validity.reader();
    let mut side = |open: i64, what: &'static str| -> Result<i64> {
        let tlv = r.read(what)?;
        Ok(match read_time(&tlv) {
            Ok(t) => {
                if !t.standard_form {
                    lints.push(Lint::TimeForm(tlv.offset));
                } else if !t.standard_type {
                    lints.push(Lint::TimeType(tlv.offset));
                }
                t.unix
            }
            Err(_) => {
                lints.push(Lint::DamagedTime(tlv.offset));
                open
            }
        })
    };
    let not_before = side(i64::MIN, "notBefore")?;
    let not_after = side(i64::MAX, "notAfter")?;
    if not_after < not_before {
        lints.push(Lint::ValidityReversed);
    }
    Ok((not_before, not_after))
}

fn lint_serial(serial: &[u8], lints: &mut Vec<Lint>) {
    match serial {
        [] => lints.push(Lint::SerialEmpty),
        [first, ..] => {
            if first & 0x80 != 0 {
                lints.push(Lint::SerialNegative);
            } else if serial.iter().all(|b| *b == 0) {
                lints.push(Lint::SerialZero);
            }
            let needless = matches!(serial, [0, next, ..] if next & 0x80 == 0)
                || matches!(serial, [0xff, next, ..] if next & 0x80 != 0);
            if needless {
                lints.push(Lint::SerialNotMinimal);
            }
            if serial.len() > 20 {
                lints.push(Lint::SerialLong(serial.len()));
            }
        }
    }
}

/// PKCS#1 signatures carry NULL, ECDSA and EdDSA nothing (RFC 4055 5, RFC 5758 3.2, RFC 8410 3).
fn lint_parameters(identifier: &Tlv<'_>, algorithm: &SignatureAlgorithm, lints: &mut Vec<Lint>) {
    let mut r = identifier.reader();
    let _ = r.read("algorithm");
    let fits = match algorithm {
        SignatureAlgorithm::RsaPkcs1(_) => r.rest() == [5, 0],
        SignatureAlgorithm::Ecdsa(_) | SignatureAlgorithm::Ed25519 | SignatureAlgorithm::Ed448 => r.is_empty(),
        _ => true,
    };
    if !fits {
        lints.push(Lint::AlgorithmParameters);
    }
}

/// How deep lengths are looked at.
const MAX_DEPTH: u8 = 12;
/// Most needless lengths that are told.
const MAX_LENGTHS: usize = 8;

/// Looks through the tree for lengths that are not in their shortest form; depth and findings are bounded.
fn lint_lengths(der: &[u8], lints: &mut Vec<Lint>) {
    let mut left = MAX_LENGTHS;
    lint_level(Reader::new(der), MAX_DEPTH, &mut left, lints);
}

fn lint_level(mut reader: Reader<'_>, depth: u8, left: &mut usize, lints: &mut Vec<Lint>) {
    while !reader.is_empty() && *left > 0 {
        let Ok(tlv) = reader.read("element") else { return };
        if !tlv.minimal_length {
            lints.push(Lint::LengthNotMinimal(tlv.offset));
            *left -= 1;
        }
        if tlv.tag.constructed() && depth > 0 {
            lint_level(tlv.reader(), depth - 1, left, lints);
        }
    }
}

/// The identifiers of subject key and authority key fit each other; `None` where one of them is missing.
pub(crate) fn key_ids_fit(child: &Certificate, issuer_key_id: Option<&[u8]>) -> Option<bool> {
    let wanted = child.extensions.authority_key_id.as_ref()?.key_id.as_deref()?;
    Some(wanted == issuer_key_id?)
}

/// Whether an extended key usage list allows a purpose; no list allows all.
pub(crate) fn eku_allows(certificate: &Certificate, purpose: &[u8]) -> bool {
    match &certificate.extensions.extended_key_usage {
        None => true,
        Some(list) => list.iter().any(|o| *o == *purpose || *o == *oid::ANY_EXTENDED_KEY_USAGE),
    }
}
