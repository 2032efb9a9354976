//! Trust with a limit: Microsoft's properties in `authroot.stl`, Mozilla's distrust-after in `certdata.txt`.
use super::sources::{Found, sha256};
use anyhow::Context as _;
use tlsdiag_pki::der::{Reader, Tag};
use tlsdiag_pki::oid;

/// What a store does not trust of a root that it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Certificates whose notBefore lies after this (unix seconds).
    IssuedUntil(i64),
    /// Anything, from this moment on.
    DisabledSince(i64),
    /// TLS servers.
    NotForTls,
    /// Anything; the list says no more.
    Blocked,
}

/// 1.3.6.1.4.1.311.10.11, below which certificate properties are numbered (wincrypt.h, CERT_*_PROP_ID).
const PROPERTY: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x0b];
const EKU: u64 = 9;
const SHA256: u64 = 98;
const DISALLOWED_FILETIME: u64 = 104;
const DISALLOWED_EKU: u64 = 122;
const NOT_BEFORE_FILETIME: u64 = 126;
const NOT_BEFORE_EKU: u64 = 127;

/// Reads the certificate trust list of Microsoft's root program (MS-CAESO, wincrypt.h `CTL_INFO`).
pub(super) fn authroot(bytes: &[u8], found: &mut Found) -> anyhow::Result<()> {
    let mut info = Reader::new(bytes).expect(Tag::SEQUENCE, "ContentInfo")?.reader();
    info.expect(Tag::OID, "signedData")?;
    let wrapper = info.expect(Tag::context_constructed(0), "content")?;
    let mut data = wrapper.inner(Tag::SEQUENCE, "SignedData")?.reader();
    data.expect(Tag::INTEGER, "version")?;
    data.expect(Tag::SET, "digestAlgorithms")?;
    let mut content = data.expect(Tag::SEQUENCE, "contentInfo")?.reader();
    content.expect(Tag::OID, "certTrustList")?;
    let list = content.expect(Tag::context_constructed(0), "content")?.inner(Tag::SEQUENCE, "CertificateTrustList")?;
    let mut list = list.reader();
    let mut subjects = None;
    while !list.is_empty() {
        // usage, sequence number, time and algorithm stand before the list, which is the only long SEQUENCE
        let item = list.read("field of the trust list")?;
        if item.tag == Tag::SEQUENCE && item.content.len() > 1000 {
            subjects = Some(item);
        }
    }
    for subject in subjects.context("no list of subjects")?.reader().elements("TrustedSubject") {
        let mut s = subject?.reader();
        s.expect(Tag::OCTET_STRING, "subjectIdentifier")?;
        let mut p = Properties::default();
        for attribute in s.expect(Tag::SET, "attributes")?.reader().elements("attribute") {
            let mut a = attribute?.reader();
            let id = a.expect(Tag::OID, "property")?.content;
            let value = a.expect(Tag::SET, "values")?.inner(Tag::OCTET_STRING, "value")?.content;
            p.take(id, value);
        }
        if let (Some(id), Some(limit)) = (p.sha256, p.limit()) {
            found.limits.insert(("Microsoft", id), limit);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Properties {
    sha256: Option<[u8; 32]>,
    eku: Option<bool>,
    disallowed: Option<i64>,
    disallowed_eku: Option<bool>,
    not_before: Option<i64>,
    not_before_eku: Option<bool>,
}

impl Properties {
    fn take(&mut self, id: &[u8], value: &[u8]) {
        let number = id.strip_prefix(PROPERTY).map(|d| d.iter().fold(0u64, |n, b| (n << 7) | u64::from(b & 0x7f)));
        match number {
            Some(EKU) => self.eku = Some(names_server_auth(value)),
            Some(SHA256) => self.sha256 = value.try_into().ok(),
            Some(DISALLOWED_FILETIME) => self.disallowed = filetime(value),
            Some(DISALLOWED_EKU) => self.disallowed_eku = Some(names_server_auth(value)),
            Some(NOT_BEFORE_FILETIME) => self.not_before = filetime(value),
            Some(NOT_BEFORE_EKU) => self.not_before_eku = Some(names_server_auth(value)),
            _ => {}
        }
    }

    /// The limit on TLS servers: a date without a list of usages is for all of them.
    fn limit(&self) -> Option<Limit> {
        if self.eku == Some(false) || (self.disallowed_eku == Some(true) && self.disallowed.is_none()) {
            return Some(Limit::NotForTls);
        }
        if let Some(at) = self.disallowed.filter(|_| self.disallowed_eku != Some(false)) {
            return Some(Limit::DisabledSince(at));
        }
        self.not_before.filter(|_| self.not_before_eku != Some(false)).map(Limit::IssuedUntil)
    }
}

fn names_server_auth(list: &[u8]) -> bool {
    let Ok(list) = Reader::new(list).expect(Tag::SEQUENCE, "usages") else { return false };
    list.reader().elements("usage").flatten().any(|t| t.content == oid::SERVER_AUTH)
}

/// FILETIME (100 ns since 1601, little endian) in unix seconds.
fn filetime(value: &[u8]) -> Option<i64> {
    let ticks = u64::from_le_bytes(value.try_into().ok()?);
    i64::try_from(ticks / 10_000_000).ok()?.checked_sub(11_644_473_600)
}

/// Reads the roots of Mozilla's `certdata.txt` that have a `CKA_NSS_SERVER_DISTRUST_AFTER` date.
pub(super) fn certdata(text: &str, found: &mut Found) -> anyhow::Result<()> {
    let mut value = None;
    let mut after = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let attribute = line.strip_suffix(" MULTILINE_OCTAL");
        let octets = attribute.map(|_| octal(lines.by_ref().take_while(|l| *l != "END")));
        match (attribute, octets) {
            (Some("CKA_VALUE"), Some(v)) => value = Some(v),
            (Some("CKA_NSS_SERVER_DISTRUST_AFTER"), Some(v)) => after = Some(v),
            _ => {}
        }
        if line.is_empty()
            && let (Some(certificate), Some(after)) = (&value, after.take())
        {
            let at = utc(&after).context("a date of CKA_NSS_SERVER_DISTRUST_AFTER")?;
            found.limits.insert(("Mozilla", sha256(certificate)), Limit::IssuedUntil(at));
        }
        if line.starts_with("CKA_CLASS ") {
            (value, after) = (None, None);
        }
    }
    Ok(())
}

fn octal<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<u8> {
    lines.flat_map(|l| l.split('\\').filter_map(|o| u8::from_str_radix(o, 8).ok()).collect::<Vec<_>>()).collect()
}

/// `YYMMDDHHMMSSZ` in unix seconds.
fn utc(digits: &[u8]) -> Option<i64> {
    let element = tlsdiag_pki::writer::tlv(Tag::UTC_TIME, digits);
    let read = Reader::new(&element).read("time").ok()?;
    tlsdiag_pki::time::read_time(&read).ok().map(|t| t.unix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_makers() {
        assert_eq!(filetime(&0x01d2_c144_b5d9_0000u64.to_le_bytes()), Some(1_493_510_400));
        assert_eq!(octal(["\\062\\064", "\\061"].into_iter()), b"241");
        assert_eq!(utc(b"241130235959Z"), Some(1_733_011_199));
        assert_eq!(utc(b"no date"), None);
    }

    #[test]
    fn a_usage_list_decides_whom_a_date_strikes() {
        let date = Properties { not_before: Some(5), ..Properties::default() };
        assert_eq!(date.limit(), Some(Limit::IssuedUntil(5)));
        assert_eq!(Properties { not_before_eku: Some(false), ..date }.limit(), None);
        let off = Properties { disallowed: Some(7), not_before: Some(5), ..Properties::default() };
        assert_eq!(off.limit(), Some(Limit::DisabledSince(7)));
        assert_eq!(Properties { eku: Some(false), ..off }.limit(), Some(Limit::NotForTls));
    }
}
