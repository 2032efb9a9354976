//! Certificates in the stores of a Windows machine, the link to their keys, and the files in which keys lie.
use crate::{CertId, Name, Reading, Sight, Thumb, Time};
use serde::{Deserialize, Serialize};

/// Whose store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// The machine's (`HKLM\SOFTWARE\Microsoft\SystemCertificates`).
    Machine,
    /// Of the machine by group policy or from the directory.
    Policy,
    /// A user's.
    User,
    /// A service's.
    Service(String),
    /// Not told.
    Unknown,
}

/// A certificate in a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stored {
    /// Whose store.
    pub location: Location,
    /// `MY`, `WebHosting`, `CA`, `Root`, `AuthRoot`, `REQUEST`, `Disallowed`, …: by its true name; empty: not told.
    pub store: String,
    /// SHA-1 thumbprint.
    pub thumb: Reading<Thumb>,
    /// The certificate itself, where its octets were seen.
    #[serde(default)]
    pub cert: Option<CertId>,
    /// Subject as text.
    #[serde(default)]
    pub subject: Option<String>,
    /// Issuer as text.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Serial number, lower-case hex.
    #[serde(default)]
    pub serial: Option<String>,
    /// Valid from, where it could be read without doubt.
    #[serde(default)]
    pub not_before: Option<Time>,
    /// Valid to, where it could be read without doubt.
    #[serde(default)]
    pub not_after: Option<Time>,
    /// Host names that the listing shows.
    #[serde(default)]
    pub names: Vec<Name>,
    /// Extended key usages of the certificate, dotted, where the listing shows them.
    #[serde(default)]
    pub usages: Option<Vec<String>>,
    /// The usages to which the store's own property narrows it (CERT_ENHKEY_USAGE_PROP_ID); `Saw(None)`: no such property.
    #[serde(default)]
    pub purposes: Sight<Option<Vec<String>>>,
    /// Its private key.
    #[serde(default)]
    pub key: Sight<KeyLink>,
    /// Archived: hidden from programs that do not ask for such.
    #[serde(default)]
    pub archived: Option<bool>,
    /// Friendly name.
    #[serde(default)]
    pub friendly: Option<String>,
    /// What a verification of this certificate said (HRESULT; 0 is well), where the listing tells one.
    #[serde(default)]
    pub verified: Option<u32>,
}

impl Stored {
    /// An entry of which nothing but its place is told.
    pub fn new(location: Location, store: &str, thumb: Reading<Thumb>) -> Stored {
        Stored {
            location,
            store: store.to_owned(),
            thumb,
            cert: None,
            subject: None,
            issuer: None,
            serial: None,
            not_before: None,
            not_after: None,
            names: vec![],
            usages: None,
            purposes: Sight::Hidden,
            key: Sight::Hidden,
            archived: None,
            friendly: None,
            verified: None,
        }
    }
}

/// What ties a certificate in a store to its private key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyLink {
    /// Nothing: the entry names no key.
    None,
    /// It names a key.
    Named(KeyName),
    /// There is one, and no more is told (`HasPrivateKey`).
    Held,
    /// A program could not get at it, with this HRESULT.
    Failed(u32),
}

/// How an entry names its key (CRYPT_KEY_PROV_INFO in wincrypt.h).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyName {
    /// The container's name.
    #[serde(default)]
    pub container: Option<String>,
    /// The unique name of the container: the file's name, 32 hex digits, `_`, machine GUID.
    #[serde(default)]
    pub file: Option<String>,
    /// The provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// Type of the provider: 0 CNG, 1 RSA_FULL, 12 SChannel, 24 AES.
    #[serde(default)]
    pub provider_type: Option<u32>,
    /// Flags; 0x20 is the machine's key set.
    #[serde(default)]
    pub flags: Option<u32>,
    /// KeySpec: 0 CNG, 1 key exchange, 2 signature only.
    #[serde(default)]
    pub spec: Option<u32>,
    /// Whether a program tried the key, and how that went.
    #[serde(default)]
    pub test: Option<KeyTest>,
    /// SHA-256 of the SubjectPublicKeyInfo of the key in the container, where a listing shows it.
    #[serde(default)]
    pub spki: Option<crate::Fingerprint>,
}

/// How a trial of a key went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyTest {
    /// It signed or decrypted.
    Passed,
    /// It did not; the HRESULT where it is told.
    Failed(Option<u32>),
}

/// A folder in which Windows keeps keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFolder {
    /// `Crypto\RSA\MachineKeys`: RSA keys of old providers, the machine's.
    MachineKeys,
    /// `Crypto\DSS\MachineKeys`.
    DssMachineKeys,
    /// `Crypto\Keys`: CNG keys of the machine.
    Keys,
    /// `Crypto\SystemKeys`: CNG keys of Local System.
    SystemKeys,
    /// Of one account: `Crypto\RSA\<SID>`, a profile's `Crypto\Keys`.
    Account,
    /// Another folder, or not told.
    Other,
}

/// A file in a folder of keys, or the folder itself (empty name).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyFile {
    /// In which folder.
    pub folder: KeyFolder,
    /// The file's name; empty: the folder itself.
    pub name: String,
    /// Octets, where the listing tells them.
    #[serde(default)]
    pub size: Option<u64>,
    /// Who may do what.
    #[serde(default)]
    pub acl: Sight<Vec<Ace>>,
}

/// One entry of an access control list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ace {
    /// The account as the listing writes it.
    pub account: String,
    /// Its SID, where it is written or the account is a well-known one (`S-1-5-18` SYSTEM, `S-1-5-32-544` Administrators).
    pub sid: Option<String>,
    /// Allows; else denies.
    pub allow: bool,
    /// It gives (or denies) reading.
    pub read: bool,
    /// Full control.
    pub full: bool,
    /// Inherited from the folder.
    pub inherited: bool,
}
