//! Where the private key of a store's entry lies: key set, provider, folders, name of the file.
use crate::s1_key::in_store::Entry;
use crate::{Cited, Look};
use tlsdiag_model::facts::{KeyFile, KeyFolder, KeyLink, Stored};
use tlsdiag_pki::Hash;

/// Flag of a key in the machine's key set (CRYPT_MACHINE_KEYSET, NCRYPT_MACHINE_KEY_FLAG).
pub(crate) const MACHINE_KEY_SET: u32 = 0x20;

/// What a provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    /// One of CryptoAPI that keeps keys in files.
    Old,
    /// One of CNG that keeps keys in files.
    Cng,
    /// Keys on a card, in a chip, in a module, or nobody knows where.
    Elsewhere,
}

/// What an entry tells of the place of its key.
pub(crate) struct Place {
    /// The provider's kind.
    pub(crate) provider: Provider,
    /// The container's name.
    pub(crate) container: Option<String>,
    /// The file's name, where it was told whole.
    pub(crate) file: Option<String>,
    /// The file's name up to the underscore, told or computed.
    pub(crate) hash: Option<String>,
}

/// The place of an entry's key; `None`: it names none, or none of the machine's key set.
pub(crate) fn place(e: &Entry<'_, '_>) -> Option<Place> {
    e.now(|s| matches!(s.key.saw(), Some(KeyLink::Named(_))).then_some(()))?;
    if e.key(|k| k.flags).is_some_and(|(f, _)| f & MACHINE_KEY_SET == 0) {
        return None;
    }
    let name = e.key(|k| k.provider.clone()).map(|(p, _)| p);
    let kind = e.key(|k| k.provider_type).map(|(t, _)| t);
    let container = e.key(|k| k.container.clone()).map(|(c, _)| c).filter(|c| !c.is_empty());
    let file = e.key(|k| k.file.clone()).map(|(f, _)| f.to_ascii_lowercase()).filter(|f| hash_of(f).is_some());
    let provider = provider(name.as_deref(), kind, file.is_some());
    let computed = || container.as_deref().filter(|_| provider == Provider::Old).map(old_name);
    let hash = file.as_deref().and_then(hash_of).map(str::to_owned).or_else(computed);
    Some(Place { provider, container, file, hash })
}

fn provider(name: Option<&str>, kind: Option<u32>, has_file: bool) -> Provider {
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let own = name.starts_with("microsoft ");
    match kind {
        _ if ["smart card", "platform crypto", "passport"].iter().any(|w| name.contains(w)) => Provider::Elsewhere,
        _ if own && name.contains("software key storage provider") => Provider::Cng,
        _ if own && name.contains("cryptographic provider") => Provider::Old,
        // the provider of a third party keeps its keys where it likes
        _ if !name.is_empty() => Provider::Elsewhere,
        Some(0) if has_file => Provider::Cng,
        Some(1 | 12 | 24) => Provider::Old,
        _ if has_file => Provider::Cng,
        _ => Provider::Elsewhere,
    }
}

/// The name under which providers of CryptoAPI keep a container, without the machine's part: MD5 of the lower-case name
/// and its zero, as four little-endian words. Measured with the containers of IIS, .NET and Terminal Services, and with
/// a listing of `certutil -v -store`.
pub(crate) fn old_name(container: &str) -> String {
    let mut octets = container.to_ascii_lowercase().into_bytes();
    octets.push(0);
    Hash::Md5.digest(&octets).chunks(4).flat_map(|w| w.iter().rev()).map(|b| format!("{b:02x}")).collect()
}

/// The part of a key file's name before the underscore: 32 hex digits.
pub(crate) fn hash_of(file: &str) -> Option<&str> {
    let (hash, rest) = file.split_once('_')?;
    (hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit()) && !rest.is_empty()).then_some(hash)
}

/// The machine's part of a key file's name.
pub(crate) fn suffix_of(file: &str) -> Option<&str> {
    hash_of(file)?;
    file.split_once('_').map(|(_, rest)| rest)
}

/// The folders of the machine in which a provider keeps keys, the first where it makes them.
pub(crate) fn folders(p: Provider) -> &'static [KeyFolder] {
    match p {
        Provider::Old => &[KeyFolder::MachineKeys],
        // CNG opens a container of CryptoAPI where it has none of its own
        Provider::Cng => &[KeyFolder::Keys, KeyFolder::MachineKeys],
        Provider::Elsewhere => &[],
    }
}

/// Files that may hold the key.
pub(crate) fn files<'a>(look: &Look<'a>, p: &Place) -> Vec<Cited<'a, KeyFile>> {
    let Some(hash) = &p.hash else { return vec![] };
    let mut out: Vec<_> = look
        .seen::<KeyFile>()
        .filter(|f| folders(p.provider).contains(&f.folder) || f.folder == KeyFolder::SystemKeys)
        .filter(|f| hash_of(&f.row.what.name).is_some_and(|h| h.eq_ignore_ascii_case(hash)))
        .collect();
    out.sort_by(|a, b| (&a.row.what, a.at).cmp(&(&b.row.what, b.at)));
    out
}

/// A folder as [`tlsdiag_model::facts::Whole::of`] names it.
pub(crate) fn slug(folder: KeyFolder) -> &'static str {
    match folder {
        KeyFolder::MachineKeys => "machine_keys",
        KeyFolder::DssMachineKeys => "dss_machine_keys",
        KeyFolder::Keys => "keys",
        KeyFolder::SystemKeys => "system_keys",
        KeyFolder::Account => "account",
        KeyFolder::Other => "other",
    }
}

/// A folder as a command takes it; Server 2003 keeps it below `Application Data`.
pub(crate) fn path(folder: KeyFolder, build: Option<u32>) -> String {
    let below = match folder {
        KeyFolder::DssMachineKeys => "Crypto\\DSS\\MachineKeys",
        KeyFolder::Keys => "Crypto\\Keys",
        KeyFolder::SystemKeys => "Crypto\\SystemKeys",
        _ => "Crypto\\RSA\\MachineKeys",
    };
    let old = build.is_some_and(|b| b < 6000);
    format!("%ALLUSERSPROFILE%\\{}Microsoft\\{below}", if old { "Application Data\\" } else { "" })
}

/// Did a program use the key of this entry with success?
pub(crate) fn works(e: &Entry<'_, '_>) -> bool {
    e.now(|s: &Stored| match s.key.saw()? {
        KeyLink::Named(n) => n.test.map(|t| t == tlsdiag_model::facts::KeyTest::Passed),
        KeyLink::Failed(_) => Some(false),
        KeyLink::None | KeyLink::Held => None,
    })
    .is_some_and(|(passed, _)| passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_become_files_as_windows_names_them() {
        assert_eq!(old_name("iisWasKey"), "76944fb33636aeddb9590521c2e8815a");
        assert_eq!(old_name("{00F81886-5F70-430A-939C-BB7DD58ECE2A}"), "99247943bd018ca78ef945b82652598d");
    }

    #[test]
    fn names_of_files_in_parts() {
        let f = "76944fb33636aeddb9590521c2e8815a_e64079bf-f1d8-450e-ba59-2f4d921306df";
        assert_eq!(hash_of(f), Some("76944fb33636aeddb9590521c2e8815a"));
        assert_eq!(suffix_of(f), Some("e64079bf-f1d8-450e-ba59-2f4d921306df"));
        assert_eq!(hash_of("desktop.ini"), None);
        assert_eq!(suffix_of("76944fb3_x"), None);
    }

    #[test]
    fn providers_by_name_and_type() {
        assert_eq!(provider(Some("Microsoft Software Key Storage Provider"), Some(0), false), Provider::Cng);
        assert_eq!(provider(Some("Microsoft RSA SChannel Cryptographic Provider"), Some(12), false), Provider::Old);
        assert_eq!(provider(Some("Microsoft Base Smart Card Crypto Provider"), Some(1), true), Provider::Elsewhere);
        assert_eq!(provider(Some("Securosys Primus HSM Key Storage Provider"), Some(0), false), Provider::Elsewhere);
        assert_eq!(provider(None, Some(12), false), Provider::Old);
        assert_eq!(provider(None, None, false), Provider::Elsewhere);
    }
}
