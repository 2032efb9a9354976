//! The attributes of a bag (RFC 7292 4.2, and Microsoft's and Java's own).

use crate::der::{Tag, Tlv};
use crate::dn;
use crate::oid::Oid;

/// What a bag says about its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// friendlyName (RFC 2985 5.5.1): alias of Java, nickname of NSS, display name of Windows.
    pub friendly_name: Option<String>,
    /// localKeyId (RFC 2985 5.5.2): joins a key with its certificate.
    pub local_key_id: Option<Vec<u8>>,
    /// The provider that held the key on Windows (1.3.6.1.4.1.311.17.1), into which an import puts it again.
    pub provider: Option<String>,
    /// The key belonged to the machine, not to a user (1.3.6.1.4.1.311.17.2).
    pub machine_key: bool,
    /// Java trusts the certificate for these usages (2.16.840.1.113894.746875.1.1); without it, Java does not see a
    /// certificate that has no key.
    pub trusted_for: Option<Vec<Oid>>,
    /// Anything else: type and the DER of its values.
    pub others: Vec<(Oid, Vec<u8>)>,
    /// Attributes whose value cannot be read, by type.
    pub damaged: Vec<Oid>,
}

const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 21];
const PROVIDER: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 17, 1];
const MACHINE_KEY: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 17, 2];
const TRUSTED_KEY_USAGE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1, 1];

/// Most attributes that are read of one bag.
const MAX_ATTRIBUTES: usize = 64;

impl Attributes {
    /// Reads the SET OF attributes; a damaged one is noted, the others stay.
    pub(super) fn parse(set: &Tlv<'_>) -> Attributes {
        let mut out = Attributes::default();
        for attribute in set.reader().elements("PKCS12Attribute").take(MAX_ATTRIBUTES) {
            let Ok(attribute) = attribute else { break };
            let mut r = attribute.reader();
            let Ok(id) = r.expect(Tag::OID, "attribute type") else { continue };
            let Ok(values) = r.expect(Tag::SET, "attribute values") else {
                out.damaged.push(Oid::from_der(id.content));
                continue;
            };
            if !out.take(id.content, &values) {
                out.damaged.push(Oid::from_der(id.content));
            }
        }
        out
    }

    fn take(&mut self, id: &[u8], values: &Tlv<'_>) -> bool {
        let first = values.reader().read("attribute value").ok();
        match id {
            FRIENDLY_NAME => first.map(|v| self.friendly_name = Some(dn::string(&v).0)).is_some(),
            PROVIDER => first.map(|v| self.provider = Some(dn::string(&v).0)).is_some(),
            LOCAL_KEY_ID => {
                let id = first.and_then(|v| super::super::octet_string(&v).ok());
                id.map(|id| self.local_key_id = Some(id.into_owned())).is_some()
            }
            MACHINE_KEY => {
                self.machine_key = true;
                true
            }
            TRUSTED_KEY_USAGE => {
                let usages = values.reader().elements("key usage").take(MAX_ATTRIBUTES);
                self.trusted_for = Some(usages.filter_map(Result::ok).map(|u| Oid::from_der(u.content)).collect());
                true
            }
            other => {
                self.others.push((Oid::from_der(other), values.raw.to_vec()));
                true
            }
        }
    }
}
