//! The serialized certificate store of Windows (`.sst`, CertSaveStore with CERT_STORE_SAVE_AS_STORE): certificates,
//! revocation lists and the properties in front of them. Layout as [MS-GPEF] and crypt32 write it: a header of a zero
//! and `CERT`, then elements of property identifier, encoding, length and octets, all little endian.

use super::{Fault, FaultKind, Place, Step};
use crate::der::{DerError, Found};

/// What a serialized store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// In order.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

/// One certificate or list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub place: Place,
    /// What.
    pub kind: Kind,
    /// Its octets.
    pub der: Vec<u8>,
    /// CERT_FRIENDLY_NAME_PROP_ID.
    pub friendly_name: Option<String>,
    /// The provider named by CERT_KEY_PROV_INFO_PROP_ID: the certificate has a private key on the machine that wrote
    /// the store.
    pub provider: Option<String>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// CERT_CERT_PROP_ID
    Certificate,
    /// CERT_CRL_PROP_ID
    Crl,
    /// CERT_CTL_PROP_ID: a certificate trust list
    TrustList,
}

const HEADER: [u8; 8] = *b"\0\0\0\0CERT";
const KEY_PROVIDER: u32 = 2;
const FRIENDLY_NAME: u32 = 11;

/// Whether the octets start as a serialized store does.
pub(crate) fn looks_like(input: &[u8]) -> bool {
    input.starts_with(&HEADER)
}

/// Reads a store.
pub fn read(input: &[u8], place: &Place, most: usize) -> Store {
    let mut out = Store::default();
    let mut at = HEADER.len();
    let (mut friendly_name, mut provider) = (None, None);
    loop {
        let Some(header) = input.get(at..at.saturating_add(12)) else {
            return cut(out, place, at, 12, input.len());
        };
        let word = |i: usize| {
            let octets = header.get(i * 4..i * 4 + 4).unwrap_or_default();
            octets.iter().rev().fold(0u32, |n, b| (n << 8) | u32::from(*b))
        };
        let (property, length) = (word(0), word(2));
        if property == 0 {
            let left = input.len().saturating_sub(at.saturating_add(12));
            if left > 0 {
                out.faults.push(Fault { place: place.at(at), why: FaultKind::Trailing(left) });
            }
            return out;
        }
        let start = at.saturating_add(12);
        let end = start.saturating_add(length as usize);
        let Some(octets) = input.get(start..end) else {
            return cut(out, place, at, length as usize + 12, input.len());
        };
        let kind = match property {
            32 => Some(Kind::Certificate),
            33 => Some(Kind::Crl),
            34 => Some(Kind::TrustList),
            _ => None,
        };
        match (kind, property) {
            (Some(kind), _) => {
                let n = out.entries.len().saturating_add(1);
                if n > most {
                    out.faults
                        .push(Fault { place: place.at(at), why: FaultKind::TooMuch { what: "entries", limit: most } });
                    return out;
                }
                let step = if kind == Kind::Certificate { Step::Certificate(n) } else { Step::Crl(n) };
                out.entries.push(Entry {
                    place: Place { offset: Some(start), ..place.within(step) },
                    kind,
                    der: octets.to_vec(),
                    friendly_name: friendly_name.take(),
                    provider: provider.take(),
                });
            }
            (None, FRIENDLY_NAME) => friendly_name = text_at(octets, 0),
            (None, KEY_PROVIDER) => provider = key_provider(octets),
            _ => {}
        }
        at = end;
    }
}

fn cut(mut out: Store, place: &Place, at: usize, needed: usize, size: usize) -> Store {
    let found = Found::End { needed: needed as u64, had: size.saturating_sub(at) };
    let error = DerError { offset: at, expected: "an element of a serialized store", found };
    out.faults.push(Fault { place: place.at(at), why: FaultKind::Damaged(error) });
    out
}

/// CRYPT_KEY_PROV_INFO as it is serialized: offsets of container and provider name, in octets from its start.
fn key_provider(octets: &[u8]) -> Option<String> {
    let offset = octets.get(4..8)?.iter().rev().fold(0usize, |n, b| (n << 8) | usize::from(*b));
    text_at(octets, offset)
}

fn text_at(octets: &[u8], offset: usize) -> Option<String> {
    let units: Vec<u16> = octets
        .get(offset..)?
        .chunks_exact(2)
        .map(|c| c.iter().rev().fold(0, |n, b| (n << 8) | u16::from(*b)))
        .take_while(|u| *u != 0)
        .take(1024)
        .collect();
    (!units.is_empty()).then(|| String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(property: u32, octets: &[u8]) -> Vec<u8> {
        let words = [property, 1, octets.len() as u32];
        words.iter().flat_map(|w| w.to_le_bytes()).chain(octets.iter().copied()).collect()
    }

    #[test]
    fn certificates_with_their_properties_and_a_cut() {
        let name: Vec<u8> = "웹 서버\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut store = HEADER.to_vec();
        store.extend(element(FRIENDLY_NAME, &name));
        store.extend(element(32, b"first"));
        store.extend(element(33, b"list"));
        store.extend([0; 12]);
        let read_whole = read(&store, &Place::default(), 10);
        assert!(read_whole.faults.is_empty());
        assert_eq!(read_whole.entries.len(), 2);
        assert_eq!(read_whole.entries[0].friendly_name.as_deref(), Some("웹 서버"));
        assert_eq!((read_whole.entries[1].kind, &read_whole.entries[1].der[..]), (Kind::Crl, &b"list"[..]));

        let cut = read(&store[..store.len() - 14], &Place::default(), 10);
        assert_eq!(cut.entries.len(), 1);
        assert!(matches!(&cut.faults[0].why, FaultKind::Damaged(e) if e.truncated()));
    }
}
