//! Entries of certificate stores: a `Blob` from its properties.
use crate::registry::model::utf16_bytes;
use crate::registry::store::{KeyProvider, property};

/// A blob to be written.
#[derive(Debug, Clone, Default)]
pub struct MadeBlob(Vec<u8>);

impl MadeBlob {
    /// One without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a property by its number.
    #[must_use]
    pub fn property(mut self, id: u32, data: &[u8]) -> Self {
        for word in [id, 1, u32::try_from(data.len()).unwrap_or(u32::MAX)] {
            self.0.extend(word.to_le_bytes());
        }
        self.0.extend(data);
        self
    }

    /// Adds the certificate, DER; Windows writes it last.
    #[must_use]
    pub fn certificate(self, der: &[u8]) -> Self {
        self.property(property::CERT, der)
    }

    /// Adds the key that the certificate is tied to.
    #[must_use]
    pub fn key(self, key: &KeyProvider) -> Self {
        let mut names = utf16_bytes(&key.container);
        names.extend([0, 0]);
        let provider = 28_usize.saturating_add(names.len());
        names.extend(utf16_bytes(&key.provider));
        names.extend([0, 0]);
        let provider = u32::try_from(provider).unwrap_or(u32::MAX);
        let mut data = Vec::new();
        for word in [28, provider, key.provider_type, key.flags, 0, 0, key.key_spec] {
            data.extend(word.to_le_bytes());
        }
        data.extend(names);
        self.property(property::KEY_PROV_INFO, &data)
    }

    /// Adds a property that is text (friendly name, originator of a request).
    #[must_use]
    pub fn text(self, id: u32, text: &str) -> Self {
        let mut data = utf16_bytes(text);
        data.extend([0, 0]);
        self.property(id, &data)
    }

    /// Adds the purposes that the store allows; none at all is an empty list.
    #[must_use]
    pub fn usages(self, oids: &[&str]) -> Self {
        let body: Vec<u8> = oids.iter().flat_map(|oid| tagged(0x06, &identifier(oid))).collect();
        self.property(property::ENHKEY_USAGE, &tagged(0x30, &body))
    }

    /// The bytes.
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }
}

fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let mut out = vec![tag];
    match u8::try_from(body.len()) {
        Ok(short @ 0..=0x7f) => out.push(short),
        Ok(byte) => out.extend([0x81, byte]),
        Err(_) => {
            out.push(0x82);
            out.extend(length.last_chunk::<2>().copied().unwrap_or_default());
        }
    }
    out.extend(body);
    out
}

fn identifier(oid: &str) -> Vec<u8> {
    let mut arcs = oid.split('.').filter_map(|arc| arc.parse::<u64>().ok());
    let (first, second) = (arcs.next().unwrap_or(0), arcs.next().unwrap_or(0));
    let mut out = Vec::new();
    for arc in std::iter::once(first.saturating_mul(40).saturating_add(second)).chain(arcs) {
        let mut digits = vec![u8::try_from(arc & 0x7f).unwrap_or(0)];
        let mut rest = arc >> 7;
        while rest > 0 {
            digits.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
            rest >>= 7;
        }
        out.extend(digits.iter().rev());
    }
    out
}
