//! Certificate requests, PKCS#10 (RFC 2986): who asks, for which key and names, and whether the key's owner asked.

use crate::algorithm::SignatureAlgorithm;
use crate::der::{Reader, Result, Tag};
use crate::dn::DistinguishedName;
use crate::extensions::{Extensions, GeneralName};
use crate::key::PublicKey;
use crate::lint::Lint;
use crate::oid::{self, Oid};
use crate::verify::{Verifier, VerifyError};
use std::ops::Range;
use std::sync::Arc;

/// A request as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The octets, from the outer SEQUENCE to its end.
    pub der: Arc<[u8]>,
    /// Whom the certificate is to name.
    pub subject: DistinguishedName,
    /// The key that is to be certified.
    pub public_key: PublicKey,
    /// How the request is signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// The extensions that are asked for (`extensionRequest`, or Microsoft's `szOID_RSA_certExtensions`).
    pub extensions: Extensions,
    /// What is odd about the extensions.
    pub lints: Vec<Lint>,
    /// Identifiers of the other attributes, in order.
    pub attributes: Vec<Oid>,
    info: Range<usize>,
    signature: Range<usize>,
}

/// extensionRequest (RFC 2985 5.4.2) and the one that Microsoft's tools wrote before it.
const EXTENSION_REQUESTS: [&[u8]; 2] =
    [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14], &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 14]];

impl Request {
    /// Reads a request from DER.
    ///
    /// # Errors
    /// Where the frame (subject, key, signature) cannot be read; damaged extensions become lints.
    pub fn from_der(input: &[u8]) -> Result<Request> {
        let outer = Reader::new(input).expect(Tag::SEQUENCE, "CertificationRequest")?;
        let mut r = outer.reader();
        let info = r.expect(Tag::SEQUENCE, "CertificationRequestInfo")?;
        let algorithm = r.expect(Tag::SEQUENCE, "signatureAlgorithm")?;
        let signature = r.expect(Tag::BIT_STRING, "signature")?;
        let bits = signature.bits()?.1;
        let mut lints = Vec::new();
        let mut i = info.reader();
        i.expect(Tag::INTEGER, "version")?;
        let subject = DistinguishedName::parse(&i.expect(Tag::SEQUENCE, "subject")?)?;
        let public_key = PublicKey::parse(&i.expect(Tag::SEQUENCE, "subjectPKInfo")?)?;
        let (mut extensions, mut attributes) = (Extensions::default(), Vec::new());
        // RFC 2986 wants the attributes even where there are none; some tools leave them out.
        if let Some(list) = i.optional(Tag::context_constructed(0), "attributes")? {
            for attribute in list.reader().elements("Attribute").take(64) {
                let mut a = attribute?.expect(Tag::SEQUENCE, "Attribute")?.reader();
                let id = a.expect(Tag::OID, "type of an attribute")?.content;
                let values = a.expect(Tag::SET, "values of an attribute")?;
                if values.content.is_empty() {
                    attributes.push(Oid::from_der(id));
                } else if EXTENSION_REQUESTS.contains(&id) {
                    extensions = Extensions::parse(&values.inner(Tag::SEQUENCE, "Extensions")?, &mut lints)?;
                } else {
                    attributes.push(Oid::from_der(id));
                }
            }
        }
        let start = signature.content_offset.saturating_add(1);
        Ok(Request {
            der: outer.raw.into(),
            subject,
            public_key,
            signature_algorithm: SignatureAlgorithm::parse(&algorithm)?,
            extensions,
            lints,
            attributes,
            info: info.offset..info.offset.saturating_add(info.raw.len()),
            signature: start..start.saturating_add(bits.len()),
        })
    }

    /// Checks that the request is signed with the key it is for: that its sender has the private key.
    pub fn verify(&self, verifier: &dyn Verifier) -> Result<(), VerifyError> {
        let part = |range: &Range<usize>| self.der.get(range.clone()).unwrap_or_default();
        verifier.verify(&self.signature_algorithm, &self.public_key.spki, part(&self.info), part(&self.signature))
    }

    /// All names that are asked for.
    pub fn sans(&self) -> impl Iterator<Item = &GeneralName> {
        self.extensions.subject_alt_names.iter().flatten()
    }

    /// dNSName entries as written.
    pub fn dns_names(&self) -> impl Iterator<Item = &str> {
        self.sans().filter_map(|n| if let GeneralName::Dns(d) = n { Some(d.as_str()) } else { None })
    }

    /// Whether the request carries a challenge password, which anybody who sees the request can read.
    pub fn has_challenge_password(&self) -> bool {
        self.attributes.iter().any(|id| *id == *oid::CHALLENGE_PASSWORD)
    }
}
