//! A certificate as clients look at it: the reading of [`Certificate`] and beside it the octets on which parsers differ.

use super::algorithms::{Key, Sig};
use crate::certificate::{CertError, CertId, Certificate};
use crate::der::{Reader, Tag};
use crate::dn::DistinguishedName;
use crate::extensions::{Extensions, GeneralName, KeyUsage};
use crate::lint::Lint;
use crate::oid::{self, Oid};
use std::sync::Arc;

/// A certificate that was read.
#[derive(Debug)]
pub(crate) struct Cert {
    /// The reading.
    pub(crate) c: Arc<Certificate>,
    /// Position in the chain as sent; `None` for anchors.
    pub(crate) position: Option<usize>,
    /// Its key.
    pub(crate) key: Key,
    /// How it is signed (the identifier beside the signature).
    pub(crate) sig: Sig,
    /// The algorithm inside the signed part.
    pub(crate) inner_sig: Sig,
    /// Inner and outer AlgorithmIdentifier are the same octets.
    pub(crate) algorithms_agree: bool,
    /// Extensions with their content, in order, doubles as well.
    pub(crate) extensions: Vec<RawExtension>,
    /// notBefore and notAfter as written.
    pub(crate) times: [TimeSeen; 2],
    /// DER of the AlgorithmIdentifier beside the signature.
    pub(crate) outer_algorithm: Vec<u8>,
}

/// An extension by its octets.
#[derive(Debug)]
pub(crate) struct RawExtension {
    pub(crate) oid: Oid,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeSeen {
    pub(crate) generalized: bool,
    /// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
    pub(crate) standard: bool,
    /// Seconds are left out, everything else is standard.
    pub(crate) no_seconds: bool,
    /// A fraction of a second.
    pub(crate) fraction: bool,
    /// A zone other than Z.
    pub(crate) offset: bool,
    /// GeneralizedTime before 2050.
    pub(crate) early: bool,
    /// It cannot be read at all.
    pub(crate) damaged: bool,
}

impl Cert {
    pub(crate) fn new(c: Arc<Certificate>, position: Option<usize>) -> Cert {
        let mut seen = Cert {
            key: Key::of(&c.public_key),
            sig: Sig::of(&[]),
            inner_sig: Sig::of(&[]),
            algorithms_agree: true,
            extensions: Vec::new(),
            times: [TimeSeen::default(); 2],
            outer_algorithm: Vec::new(),
            position,
            c,
        };
        let der = seen.c.der.clone();
        // The reading has been through the same frame, so what is absent here was absent there.
        let _ = seen.look(&der);
        seen
    }

    pub(crate) fn read(der: &[u8], position: Option<usize>) -> Result<Cert, CertError> {
        Certificate::from_der(der).map(|c| Cert::new(Arc::new(c), position))
    }

    fn look(&mut self, der: &[u8]) -> Result<(), CertError> {
        let mut outer = Reader::new(der).expect(Tag::SEQUENCE, "Certificate")?.reader();
        let tbs = outer.expect(Tag::SEQUENCE, "TBSCertificate")?;
        let outer_algorithm = outer.expect(Tag::SEQUENCE, "signatureAlgorithm")?;
        let mut t = tbs.reader();
        t.optional(Tag::context_constructed(0), "version")?;
        t.expect(Tag::INTEGER, "serialNumber")?;
        let inner_algorithm = t.expect(Tag::SEQUENCE, "signature algorithm")?;
        self.sig = Sig::of(outer_algorithm.raw);
        self.inner_sig = Sig::of(inner_algorithm.raw);
        self.algorithms_agree = inner_algorithm.content == outer_algorithm.content;
        self.outer_algorithm = outer_algorithm.raw.to_vec();
        t.expect(Tag::SEQUENCE, "issuer")?;
        let mut validity = t.expect(Tag::SEQUENCE, "validity")?.reader();
        for slot in &mut self.times {
            let time = validity.read("time")?;
            *slot = TimeSeen::of(time.tag, time.content);
        }
        t.expect(Tag::SEQUENCE, "subject")?;
        t.expect(Tag::SEQUENCE, "SubjectPublicKeyInfo")?;
        t.optional(Tag::context(1), "issuerUniqueID")?;
        t.optional(Tag::context(2), "subjectUniqueID")?;
        if let Some(wrapper) = t.optional(Tag::context_constructed(3), "extensions")? {
            for item in wrapper.inner(Tag::SEQUENCE, "Extensions")?.reader().elements("Extension").take(256) {
                let mut r = item?.reader();
                let oid = Oid::from_der(r.expect(Tag::OID, "identifier")?.content);
                let flag = r.optional(Tag::BOOLEAN, "critical")?;
                let critical = flag.is_some_and(|b| b.content != [0]);
                let value = r.expect(Tag::OCTET_STRING, "value")?.content.to_vec();
                self.extensions.push(RawExtension { oid, critical, value });
            }
        }
        Ok(())
    }

    pub(crate) fn id(&self) -> CertId {
        self.c.id
    }

    pub(crate) fn subject(&self) -> &DistinguishedName {
        &self.c.subject
    }

    pub(crate) fn issuer(&self) -> &DistinguishedName {
        &self.c.issuer
    }

    pub(crate) fn x(&self) -> &Extensions {
        &self.c.extensions
    }

    /// The extension's octets.
    pub(crate) fn raw(&self, id: &[u8]) -> Option<&RawExtension> {
        self.extensions.iter().find(|e| e.oid == *id)
    }

    pub(crate) fn has(&self, id: &[u8]) -> bool {
        self.raw(id).is_some()
    }

    pub(crate) fn critical(&self, id: &[u8]) -> bool {
        self.raw(id).is_some_and(|e| e.critical)
    }

    /// An extension that occurs twice, if any does.
    pub(crate) fn duplicate(&self) -> Option<&Oid> {
        let list = &self.extensions;
        list.iter().enumerate().find(|(i, e)| list.iter().take(*i).any(|f| f.oid == e.oid)).map(|(_, e)| &e.oid)
    }

    /// A known extension whose content cannot be read.
    pub(crate) fn damaged(&self) -> Option<&Oid> {
        self.c.lints.iter().find_map(|l| if let Lint::DamagedExtension(o, _) = l { Some(o) } else { None })
    }

    pub(crate) fn lint(&self, wanted: impl Fn(&Lint) -> bool) -> bool {
        self.c.lints.iter().any(wanted)
    }

    /// basicConstraints is there and says CA.
    pub(crate) fn is_ca(&self) -> bool {
        self.c.is_ca()
    }

    pub(crate) fn path_len(&self) -> Option<u64> {
        self.x().basic_constraints.and_then(|b| b.path_len)
    }

    pub(crate) fn usage(&self) -> Option<KeyUsage> {
        self.x().key_usage
    }

    /// Key usage is absent or has one of the bits.
    pub(crate) fn may(&self, bits: u16) -> bool {
        self.usage().is_none_or(|u| u.any(bits))
    }

    pub(crate) fn eku(&self) -> Option<&[Oid]> {
        self.x().extended_key_usage.as_deref()
    }

    /// Extended key usage is there and has none of these.
    pub(crate) fn eku_lacks(&self, any_of: &[&[u8]]) -> bool {
        self.eku().is_some_and(|list| !list.iter().any(|o| any_of.contains(&o.as_bytes())))
    }

    pub(crate) fn self_issued(&self) -> bool {
        self.c.self_issued()
    }

    /// Subject and issuer are the same octets.
    pub(crate) fn self_issued_octets(&self) -> bool {
        self.subject().der() == self.issuer().der()
    }

    pub(crate) fn expired(&self, time: i64) -> bool {
        time > self.c.not_after
    }

    pub(crate) fn early(&self, time: i64) -> bool {
        time < self.c.not_before
    }

    pub(crate) fn sans(&self) -> &[GeneralName] {
        self.x().subject_alt_names.as_deref().unwrap_or_default()
    }

    pub(crate) fn has_san(&self) -> bool {
        self.has(oid::SUBJECT_ALT_NAME)
    }

    /// The last common name, which most clients take where there are several.
    pub(crate) fn common_name(&self) -> Option<&str> {
        self.subject().common_names().last()
    }

    /// Critical extensions that are not in the list.
    pub(crate) fn critical_beyond<'s>(&'s self, known: &'s [&'s [u8]]) -> Option<&'s Oid> {
        self.extensions.iter().find(|e| e.critical && !known.contains(&e.oid.as_bytes())).map(|e| &e.oid)
    }

    pub(crate) fn serial(&self) -> &[u8] {
        &self.c.serial
    }

    pub(crate) fn serial_not_minimal(&self) -> bool {
        self.lint(|l| matches!(l, Lint::SerialNotMinimal))
    }

    pub(crate) fn serial_negative(&self) -> bool {
        self.serial().first().is_some_and(|b| b & 0x80 != 0)
    }

    /// Lengths somewhere in it are longer than they need be.
    pub(crate) fn loose_lengths(&self) -> bool {
        self.lint(|l| matches!(l, Lint::LengthNotMinimal(_)))
    }

    pub(crate) fn trailing(&self) -> bool {
        self.lint(|l| matches!(l, Lint::TrailingOctets(_)))
    }

    /// A PrintableString of the names has characters that are not its own.
    pub(crate) fn printable_bad(&self) -> bool {
        let names = self.issuer().attributes().iter().chain(self.subject().attributes());
        names.filter(|a| a.tag == Tag::PRINTABLE).any(|a| !a.sound)
    }
}

impl TimeSeen {
    fn of(tag: Tag, content: &[u8]) -> TimeSeen {
        let generalized = tag == Tag::GENERALIZED_TIME;
        let year = if generalized { 4 } else { 2 };
        let digits = content.iter().take_while(|b| b.is_ascii_digit()).count();
        let rest = content.get(digits..).unwrap_or_default();
        let full = digits == year + 10;
        let mut seen = TimeSeen {
            generalized,
            standard: full && rest == b"Z",
            no_seconds: digits == year + 8 && rest == b"Z",
            fraction: full && matches!(rest.first(), Some(b'.' | b',')),
            offset: (full || digits == year + 8) && matches!(rest.first(), Some(b'+' | b'-')),
            early: generalized && content.get(..4).is_some_and(|y| y < b"2050".as_slice()),
            damaged: !matches!(tag, Tag::UTC_TIME | Tag::GENERALIZED_TIME),
        };
        if !seen.standard && !seen.no_seconds && !seen.fraction && !seen.offset {
            seen.damaged = true;
        }
        seen
    }
}
