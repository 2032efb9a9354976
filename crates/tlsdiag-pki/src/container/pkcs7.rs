//! PKCS#7 and CMS (RFC 5652) as a container: the certificates and revocation lists of SignedData, whatever is signed.
//! Also Netscape's certificate sequence. Signatures are not looked at.

use super::{Fault, FaultKind, Place, Step};
use crate::der::{Reader, Result, Tag, Tlv};
use crate::oid::{self, Oid};

/// What a PKCS#7 file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pkcs7 {
    /// Certificates in DER, in order, with their place.
    pub certificates: Vec<(Place, Vec<u8>)>,
    /// Revocation lists in DER, in order.
    pub crls: Vec<(Place, Vec<u8>)>,
    /// How many signatures there are; none in a file that only carries certificates (`.p7b`).
    pub signers: usize,
    /// Whether something is signed and enclosed.
    pub content: bool,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

const NETSCAPE_SEQUENCE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 2, 5];
const PKCS7: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];
const CMS: [u8; 10] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1];

/// Whether the octets look like a ContentInfo: an object identifier and perhaps `[0]`.
pub(crate) fn looks_like(outer: &Tlv<'_>) -> bool {
    let mut r = outer.reader();
    let id = r.expect(Tag::OID, "contentType");
    id.is_ok_and(|i| i.content.starts_with(&PKCS7) || i.content.starts_with(&CMS) || i.content == NETSCAPE_SEQUENCE)
        && matches!(r.peek(), None | Some(Tag(0xa0)))
}

/// Reads a ContentInfo.
///
/// # Errors
/// Where the frame cannot be read. Another content type than SignedData is a fault with its name.
pub fn read(input: &[u8], place: &Place, most: usize) -> Result<Pkcs7> {
    let mut info = Reader::new(input).expect(Tag::SEQUENCE, "ContentInfo")?.reader();
    let kind = info.expect(Tag::OID, "contentType")?;
    let mut out = Pkcs7::default();
    match kind.content {
        oid::PKCS7_SIGNED_DATA => {
            let content = info.expect(Tag::context_constructed(0), "content")?;
            signed_data(&content.inner(Tag::SEQUENCE, "SignedData")?, place, most, &mut out)?;
        }
        NETSCAPE_SEQUENCE => {
            let content = info.expect(Tag::context_constructed(0), "content")?;
            let list = content.inner(Tag::SEQUENCE, "SEQUENCE OF Certificate")?;
            certificates(&list, place, most, &mut out);
        }
        other => {
            let name = name(other);
            out.faults.push(Fault { place: place.clone(), why: FaultKind::NotRead { name } });
        }
    }
    Ok(out)
}

/// SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo, [0] certificates, [1] crls, signerInfos }
fn signed_data(data: &Tlv<'_>, place: &Place, most: usize, out: &mut Pkcs7) -> Result<()> {
    let mut r = data.reader();
    r.expect(Tag::INTEGER, "version")?;
    r.expect(Tag::SET, "digestAlgorithms")?;
    let mut enclosed = r.expect(Tag::SEQUENCE, "encapContentInfo")?.reader();
    enclosed.expect(Tag::OID, "contentType")?;
    out.content = !enclosed.is_empty();
    if let Some(set) = r.optional(Tag::context_constructed(0), "certificates")? {
        certificates(&set, place, most, out);
    }
    if let Some(set) = r.optional(Tag::context_constructed(1), "crls")? {
        for (i, item) in set.reader().elements("RevocationInfoChoice").enumerate() {
            let place = place.within(Step::Crl(i.saturating_add(1)));
            match item {
                _ if i >= most => {
                    out.faults.push(Fault { place, why: FaultKind::TooMuch { what: "CRLs", limit: most } });
                    break;
                }
                Ok(item) if item.tag == Tag::SEQUENCE => out.crls.push((place, item.raw.to_vec())),
                Ok(item) => out.faults.push(other_choice(place, item.tag)),
                Err(e) => out.faults.push(Fault { place, why: e.into() }),
            }
        }
    }
    match r.optional(Tag::SET, "signerInfos")? {
        Some(set) => out.signers = set.reader().elements("SignerInfo").filter_map(Result::ok).take(most).count(),
        None => {
            let why = FaultKind::Unsound("signerInfos are missing".to_owned());
            out.faults.push(Fault { place: place.clone(), why });
        }
    }
    Ok(())
}

fn certificates(set: &Tlv<'_>, place: &Place, most: usize, out: &mut Pkcs7) {
    for (i, item) in set.reader().elements("CertificateChoices").enumerate() {
        let place = place.within(Step::Certificate(i.saturating_add(1)));
        match item {
            _ if i >= most => {
                out.faults.push(Fault { place, why: FaultKind::TooMuch { what: "certificates", limit: most } });
                break;
            }
            Ok(item) if item.tag == Tag::SEQUENCE => out.certificates.push((place, item.raw.to_vec())),
            Ok(item) => out.faults.push(other_choice(place, item.tag)),
            Err(e) => out.faults.push(Fault { place, why: e.into() }),
        }
    }
}

fn other_choice(place: Place, tag: Tag) -> Fault {
    let name = match tag.0 & 0x1f {
        0 => "an extended certificate of PKCS#6".to_owned(),
        1 | 2 => "an attribute certificate".to_owned(),
        _ => format!("a choice with tag 0x{:02x}", tag.0),
    };
    Fault { place, why: FaultKind::NotRead { name } }
}

fn name(id: &[u8]) -> String {
    let known = match id {
        x if x.strip_prefix(&PKCS7) == Some(&[1]) => Some("data"),
        x if x.strip_prefix(&PKCS7) == Some(&[3]) => Some("enveloped data"),
        x if x.strip_prefix(&PKCS7) == Some(&[4]) => Some("signed and enveloped data"),
        x if x.strip_prefix(&PKCS7) == Some(&[5]) => Some("digested data"),
        x if x.strip_prefix(&PKCS7) == Some(&[6]) => Some("encrypted data"),
        x if x.strip_prefix(&CMS) == Some(&[9]) => Some("compressed data"),
        x if x.strip_prefix(&CMS) == Some(&[23]) => Some("authenticated enveloped data"),
        _ => None,
    };
    known.map_or_else(|| format!("PKCS#7 of type {}", Oid::from_der(id)), |n| format!("PKCS#7 {n}"))
}
