//! Certificate stores in the registry: where an entry is, and the properties in its `Blob`.
//!
//! Layout: MS-GPEF 2.2.1.1.1 (properties, `KEY_PROV_INFO`); numbers: wincrypt.h. Entries name the container of a private
//! key; they never hold a key.
use super::model::{KeyPath, fold, utf16_text};
use super::tree::{Key, Tree};

/// Most properties of one entry.
const MAX_PROPERTIES: usize = 4096;
/// Most usages in one property.
const MAX_USAGES: usize = 1024;

/// Numbers of properties, wincrypt.h `CERT_…_PROP_ID`.
pub mod property {
    /// Container, provider and key specification of the private key.
    pub const KEY_PROV_INFO: u32 = 2;
    /// SHA-1 of the certificate.
    pub const SHA1_HASH: u32 = 3;
    /// MD5 of the certificate.
    pub const MD5_HASH: u32 = 4;
    /// Key specification.
    pub const KEY_SPEC: u32 = 6;
    /// The purposes that the store allows, as the extension writes them.
    pub const ENHKEY_USAGE: u32 = 9;
    /// The name that people gave it.
    pub const FRIENDLY_NAME: u32 = 11;
    /// A description.
    pub const DESCRIPTION: u32 = 13;
    /// Hash of the signature.
    pub const SIGNATURE_HASH: u32 = 15;
    /// Present: archived, so hidden from most programs.
    pub const ARCHIVED: u32 = 19;
    /// Key identifier.
    pub const KEY_IDENTIFIER: u32 = 20;
    /// The template that it was enrolled by.
    pub const AUTO_ENROLL: u32 = 21;
    /// MD5 of the public key of the issuer.
    pub const ISSUER_PUBLIC_KEY_MD5_HASH: u32 = 24;
    /// MD5 of the public key.
    pub const SUBJECT_PUBLIC_KEY_MD5_HASH: u32 = 25;
    /// Where a request went: authority and request id.
    pub const ENROLLMENT: u32 = 26;
    /// The certificate itself, DER.
    pub const CERT: u32 = 32;
    /// A revocation list, DER.
    pub const CRL: u32 = 33;
    /// A trust list, DER.
    pub const CTL: u32 = 34;
    /// The certificate that took its place, by SHA-1.
    pub const RENEWAL: u32 = 64;
    /// Whether the key was exported as a backup.
    pub const BACKED_UP: u32 = 69;
    /// The machine or user who made the request.
    pub const REQUEST_ORIGINATOR: u32 = 71;
    /// A repair of the key was tried.
    pub const KEY_REPAIR_ATTEMPTED: u32 = 104;
    /// When it was disallowed.
    pub const DISALLOWED_FILETIME: u32 = 105;
    /// SHA-256 of the certificate.
    pub const SHA256_HASH: u32 = 107;
    /// Usages that are disallowed.
    pub const DISALLOWED_ENHKEY_USAGE: u32 = 122;
    /// Not trusted for certificates issued after this time.
    pub const NOT_BEFORE_FILETIME: u32 = 126;
}

/// Whose store it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// The computer's.
    LocalMachine,
    /// The computer's, set by group policy.
    MachinePolicy,
    /// The computer's, from the directory.
    Enterprise,
    /// A service's own (`NTDS` for LDAPS); the service.
    Service(String),
    /// The user's of this hive; a SID or `.DEFAULT` if the path tells it.
    User(Option<String>),
    /// A user's, set by group policy.
    UserPolicy(Option<String>),
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// `Certificates`.
    Certificate,
    /// `CRLs`.
    Crl,
    /// `CTLs`.
    Ctl,
}

/// Where an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Whose store.
    pub location: Location,
    /// The name of the store as written: `MY`, `WebHosting`, `REQUEST`, `CA`, `ROOT`…
    pub store: String,
    /// What it is.
    pub content: Content,
    /// The name of its key: the SHA-1 in 40 hexadecimal digits, of a trust list also other names.
    pub name: String,
}

/// The position that a path means; `None` if it is no entry of a store.
pub fn position(path: &KeyPath) -> Option<Position> {
    let names: Vec<&str> = path.segments().collect();
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let at = folded.iter().position(|name| name == "SYSTEMCERTIFICATES" || name == "ENTERPRISECERTIFICATES")?;
    let [store, content, name] = names.get(at.checked_add(1)?..)? else { return None };
    let content = match fold(content).as_str() {
        "CERTIFICATES" => Content::Certificate,
        "CRLS" => Content::Crl,
        "CTLS" => Content::Ctl,
        _ => return None,
    };
    let before: Vec<&str> = folded.get(..at)?.iter().map(String::as_str).collect();
    let enterprise = folded.get(at).is_some_and(|name| name == "ENTERPRISECERTIFICATES");
    let sid = || names.get(1).map(|name| (*name).to_owned());
    let location = match before.as_slice() {
        ["HKLM", "SOFTWARE", "MICROSOFT"] if enterprise => Location::Enterprise,
        ["HKLM", "SOFTWARE", "MICROSOFT"] => Location::LocalMachine,
        ["HKLM", "SOFTWARE", "POLICIES", "MICROSOFT"] => Location::MachinePolicy,
        ["HKLM", "SOFTWARE", "MICROSOFT", "CRYPTOGRAPHY", "SERVICES", _] => {
            Location::Service((*names.get(5)?).to_owned())
        }
        ["HKCU", "SOFTWARE", "MICROSOFT"] => Location::User(None),
        ["HKCU", "SOFTWARE", "POLICIES", "MICROSOFT"] => Location::UserPolicy(None),
        ["HKU", _, "SOFTWARE", "MICROSOFT"] => Location::User(sid()),
        ["HKU", _, "SOFTWARE", "POLICIES", "MICROSOFT"] => Location::UserPolicy(sid()),
        _ => return None,
    };
    Some(Position { location, store: (*store).to_owned(), content, name: (*name).to_owned() })
}

/// An entry with where it stands.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Where in the stores.
    pub position: Position,
    /// The key it lies in.
    pub key: &'a Key,
    /// Its properties.
    pub element: Element,
}

/// All entries of the stores in a tree, keys of stores without a blob left out.
pub fn entries(tree: &Tree) -> impl Iterator<Item = Entry<'_>> {
    tree.keys().filter_map(|key| {
        let position = position(&key.path)?;
        let blob = key.value("Blob")?;
        Some(Entry { position, key, element: Element::decode(&blob.data) })
    })
}

/// The private key that a certificate is tied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProvider {
    /// The name of the container.
    pub container: String,
    /// The name of the provider.
    pub provider: String,
    /// The type of a CSP (1 RSA full, 12 RSA SChannel, 24 RSA AES…); 0 for a CNG provider.
    pub provider_type: u32,
    /// `CRYPT_…` flags; 0x20 is a key of the machine.
    pub flags: u32,
    /// 1 key exchange, 2 signature only, 0 for CNG.
    pub key_spec: u32,
}

impl KeyProvider {
    /// Whether the key is one of the machine (`CRYPT_MACHINE_KEYSET`), not of a user.
    pub fn is_machine(&self) -> bool {
        self.flags & 0x20 != 0
    }

    /// Reads the serialised form: offsets of container and provider, type, flags, parameters, specification, then the names.
    fn parse(data: &[u8]) -> Result<Self, (usize, &'static str, String)> {
        let word = |at: usize| {
            data.get(at..)
                .and_then(|rest| rest.first_chunk::<4>())
                .map(|four| u32::from_le_bytes(*four))
                .ok_or_else(|| (at.min(data.len()), "key provider info of 28 bytes", format!("{} bytes", data.len())))
        };
        let text = |at: u32| match at {
            0 => Ok(String::new()),
            at => match data.get(at as usize..) {
                Some(rest) if at >= 28 => Ok(utf16_text(rest)),
                _ => Err((0, "an offset of a name within the property", format!("0x{at:x} in {} bytes", data.len()))),
            },
        };
        let key_spec = word(24)?;
        Ok(Self {
            container: text(word(0)?)?,
            provider: text(word(4)?)?,
            provider_type: word(8)?,
            flags: word(12)?,
            key_spec,
        })
    }
}

/// A property by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its number.
    pub id: u32,
    /// Encoding type, 1 in all that were met.
    pub encoding: u32,
    /// Where its data begin in the blob.
    pub offset: usize,
    /// How many bytes.
    pub length: usize,
}

/// What is wrong with a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFault {
    /// Where in the blob.
    pub offset: usize,
    /// The property that it is in, if one had begun.
    pub property: Option<u32>,
    /// Whether the blob ends too early, rather than being damaged.
    pub cut_off: bool,
    /// What should stand there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

/// What an entry holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// The certificate, revocation list or trust list, DER.
    pub der: Option<Vec<u8>>,
    /// SHA-1 as the store has it.
    pub sha1: Option<[u8; 20]>,
    /// The private key.
    pub key: Option<KeyProvider>,
    /// The name people gave it.
    pub friendly_name: Option<String>,
    /// A description.
    pub description: Option<String>,
    /// Whether it is archived.
    pub archived: bool,
    /// The purposes that the store allows it, object identifiers; an empty list: none at all.
    pub usages: Option<Vec<String>>,
    /// The purposes that are disallowed.
    pub disallowed_usages: Option<Vec<String>>,
    /// Key identifier.
    pub key_identifier: Option<Vec<u8>>,
    /// MD5 of the public key.
    pub public_key_md5: Option<[u8; 16]>,
    /// SHA-1 of the certificate that took its place.
    pub renewed_by: Option<[u8; 20]>,
    /// Who made the request.
    pub request_originator: Option<String>,
    /// The template it was enrolled by.
    pub template: Option<String>,
    /// Whether its key was exported as a backup.
    pub backed_up: bool,
    /// Whether a repair of the key was tried.
    pub repair_attempted: bool,
    /// All properties, in order, also those above.
    pub properties: Vec<Property>,
    /// What is wrong; properties before it are good.
    pub faults: Vec<BlobFault>,
}

impl Element {
    /// Decodes a blob. Never fails as a whole: what is wrong stands in `faults`.
    pub fn decode(blob: &[u8]) -> Self {
        let mut out = Self::default();
        let mut at = 0_usize;
        while at < blob.len() {
            if out.properties.len() >= MAX_PROPERTIES {
                out.fault(at, None, false, "at most 4096 properties", "more".to_owned());
                break;
            }
            let rest = blob.get(at..).unwrap_or_default();
            let Some((head, body)) = rest.split_at_checked(12) else {
                out.fault(at, None, true, "a property's head of 12 bytes", format!("{} bytes", rest.len()));
                break;
            };
            let word =
                |from: usize| head.get(from..).and_then(|r| r.first_chunk::<4>()).map_or(0, |b| u32::from_le_bytes(*b));
            let (id, encoding, length) = (word(0), word(4), word(8) as usize);
            if id == 0 && length == 0 {
                // The end mark of a serialised store.
                break;
            }
            let offset = at.saturating_add(12);
            let Some(data) = body.get(..length) else {
                out.fault(
                    offset,
                    Some(id),
                    true,
                    "the data of a property",
                    format!("{} of {length} bytes", body.len()),
                );
                break;
            };
            out.properties.push(Property { id, encoding, offset, length });
            out.take(id, offset, data);
            at = offset.saturating_add(length);
        }
        out
    }

    fn take(&mut self, id: u32, offset: usize, data: &[u8]) {
        match id {
            property::CERT | property::CRL | property::CTL => self.der = Some(data.to_vec()),
            property::SHA1_HASH => self.sha1 = self.exact(id, offset, data),
            property::RENEWAL => self.renewed_by = self.exact(id, offset, data),
            property::SUBJECT_PUBLIC_KEY_MD5_HASH => self.public_key_md5 = self.exact(id, offset, data),
            property::KEY_PROV_INFO => match KeyProvider::parse(data) {
                Ok(key) => self.key = Some(key),
                Err((at, expected, found)) => self.fault(offset.saturating_add(at), Some(id), false, expected, found),
            },
            property::ENHKEY_USAGE => self.usages = self.usage_list(id, offset, data),
            property::DISALLOWED_ENHKEY_USAGE => self.disallowed_usages = self.usage_list(id, offset, data),
            property::FRIENDLY_NAME => self.friendly_name = Some(utf16_text(data)),
            property::DESCRIPTION => self.description = Some(utf16_text(data)),
            property::REQUEST_ORIGINATOR => self.request_originator = Some(utf16_text(data)),
            property::AUTO_ENROLL => self.template = Some(utf16_text(data)),
            property::ARCHIVED => self.archived = true,
            property::KEY_IDENTIFIER => self.key_identifier = Some(data.to_vec()),
            property::BACKED_UP => self.backed_up = data.first().is_some_and(|byte| *byte != 0),
            property::KEY_REPAIR_ATTEMPTED => self.repair_attempted = true,
            _ => {}
        }
    }

    fn exact<const N: usize>(&mut self, id: u32, offset: usize, data: &[u8]) -> Option<[u8; N]> {
        let found = <[u8; N]>::try_from(data).ok();
        if found.is_none() {
            self.fault(offset, Some(id), false, "a hash of its usual length", format!("{} bytes", data.len()));
        }
        found
    }

    fn usage_list(&mut self, id: u32, offset: usize, data: &[u8]) -> Option<Vec<String>> {
        match usages(data) {
            Ok(found) => Some(found),
            Err((at, found)) => {
                self.fault(offset.saturating_add(at), Some(id), false, "a SEQUENCE of object identifiers", found);
                None
            }
        }
    }

    fn fault(&mut self, offset: usize, property: Option<u32>, cut_off: bool, expected: &'static str, found: String) {
        self.faults.push(BlobFault { offset, property, cut_off, expected, found });
    }
}

/// The identifiers of an extended key usage, RFC 5280 section 4.2.1.12.
fn usages(data: &[u8]) -> Result<Vec<String>, (usize, String)> {
    let (body, head) = der(data, 0x30, 0)?;
    let mut out = Vec::new();
    let mut at = 0_usize;
    while at < body.len() && out.len() < MAX_USAGES {
        let rest = body.get(at..).unwrap_or_default();
        let (value, used) = der(rest, 0x06, head.saturating_add(at))?;
        out.push(identifier(value));
        at = at.saturating_add(used).saturating_add(value.len());
    }
    Ok(out)
}

/// The contents of one DER item with this tag, and the bytes before them.
fn der(data: &[u8], tag: u8, at: usize) -> Result<(&[u8], usize), (usize, String)> {
    let ends = || (at, "the end of the data".to_owned());
    let first = *data.first().ok_or_else(ends)?;
    if first != tag {
        return Err((at, format!("tag 0x{first:02x}")));
    }
    let short = *data.get(1).ok_or_else(ends)?;
    let (length, head): (usize, usize) = match short {
        0..=0x7f => (usize::from(short), 2),
        0x81 => (usize::from(*data.get(2).ok_or_else(ends)?), 3),
        0x82 => {
            let two = data.get(2..4).and_then(|two| two.first_chunk::<2>()).ok_or_else(ends)?;
            (usize::from(u16::from_be_bytes(*two)), 4)
        }
        other => return Err((at, format!("length byte 0x{other:02x}"))),
    };
    let body = data.get(head..head.saturating_add(length)).ok_or_else(ends)?;
    Ok((body, head))
}

/// An object identifier in dots.
fn identifier(value: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in value {
        arc = arc.checked_mul(128).map_or(u64::MAX, |arc| arc | u64::from(byte & 0x7f));
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arcs.push(arc.saturating_sub(first.saturating_mul(40)));
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
