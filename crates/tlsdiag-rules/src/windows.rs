//! What rules read of a Windows machine: settings by path, whole branches, its version, its stores, and which record of
//! HTTP.sys would answer.
use crate::{Cited, Look, Stop};
use tlsdiag_model::facts::{Binding, Datum, RecordKind, Setting, Stored, System, Whole};
use tlsdiag_model::{Addr, Ask, FactRef, Host, Name, Reading, Subject, Thumb, Vantage};

/// What is known of the machine's version, from all that tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Build, see [`System::build`].
    pub build: Option<u32>,
    /// A server edition.
    pub server: Option<bool>,
}

impl<'a> Look<'a> {
    /// A registry value by key and name, whatever the letters' case; the first row that tells it.
    pub fn setting(&self, key: &str, name: &str) -> Option<Cited<'a, Setting>> {
        let fits = |s: &Cited<'_, Setting>| s.key.eq_ignore_ascii_case(key) && s.name.eq_ignore_ascii_case(name);
        self.seen::<Setting>().find(|s| fits(s) && (!name.is_empty() || s.data != Datum::Key))
    }
    /// A registry value that is a number.
    pub fn number(&self, key: &str, name: &str) -> Option<(u32, Cited<'a, Setting>)> {
        let s = self.setting(key, name)?;
        match s.row.what.data {
            Datum::Dword(n) => Some((n, s)),
            _ => None,
        }
    }
    /// Everything that is told of a key and of all keys under it.
    pub fn settings_under(&self, key: &str) -> impl Iterator<Item = Cited<'a, Setting>> + use<'a> {
        let key = key.to_owned();
        self.seen::<Setting>().filter(move |s| under(&s.row.what.key, &key))
    }
    /// Proof that a branch of the registry, a store or a folder of keys was read whole; cite it for what is absent in it.
    pub fn whole_of(&self, of: &str) -> Result<FactRef, Stop> {
        let found = self.seen::<Whole>().find(|w| under(of, &w.row.what.of));
        found.map(|w| w.at).ok_or(Stop::Missing(Ask::Under { host: self.subject().host(), of: of.to_owned() }))
    }
    /// The same, as the row that says so: for a finding about what is absent.
    pub fn whole_row(&self, of: &str) -> Result<Cited<'a, Whole>, Stop> {
        self.whole_of(of).and_then(|at| self.cited::<Whole>(at).ok_or(Stop::NotApplicable))
    }
    /// The machine's version of Windows, as far as it is told.
    pub fn version(&self) -> Version {
        let mut v = Version::default();
        for s in self.seen::<System>() {
            v.build = v.build.or(s.build);
            v.server = v.server.or(s.server);
        }
        v
    }
    /// Every entry of the machine's stores with this thumbprint.
    pub fn stored_as(&self, thumb: &Thumb) -> impl Iterator<Item = Cited<'a, Stored>> + use<'a> {
        let want = Reading::Good(thumb.clone());
        self.seen::<Stored>().filter(move |s| s.row.what.thumb == want)
    }
    /// The thumbprint that the subject is.
    pub fn thumb(&self) -> Result<&'a Thumb, Stop> {
        match self.subject() {
            Subject::Stored { thumb, .. } => Ok(thumb),
            _ => Err(Stop::NotApplicable),
        }
    }
    /// Is this machine known from evidence that was handed over?
    pub fn handed_over(&self) -> bool {
        self.vantage(self.subject().host()) == Some(Vantage::Evidence)
    }
    /// The records of HTTP.sys that could answer a connection to an address, port and name, first the one that does:
    /// the very address before a name, a name before the central store, that before the wildcards.
    ///
    /// Microsoft documents that the record of an address and port wins; the ranks behind it are as administrators report
    /// them, so a finding that rests on those is at most likely.
    pub fn answering(&self, addr: Addr, port: u16, name: Option<&Name>) -> Vec<Cited<'a, Binding>> {
        let mut found: Vec<(u8, Cited<'a, Binding>)> = self
            .seen::<Binding>()
            .filter(|b| b.port == port && b.addr.meets(addr))
            .filter_map(|b| rank(&b, addr, name).map(|r| (r, b)))
            .collect();
        found.sort_by_key(|(r, b)| (*r, b.at));
        found.into_iter().map(|(_, b)| b).collect()
    }
    /// From where a machine is known.
    pub fn vantage(&self, host: Host) -> Option<Vantage> {
        self.case_hosts().get(host.0 as usize).map(|h| h.vantage)
    }
}

/// Where a record stands among those that could answer; `None`: it cannot.
fn rank(b: &Binding, addr: Addr, name: Option<&Name>) -> Option<u8> {
    match b.kind {
        RecordKind::IpPort if !b.addr.is_wildcard() => (b.addr == addr).then_some(0),
        RecordKind::HostnamePort => (name.is_some() && b.name.as_ref() == name).then_some(1),
        RecordKind::ScopedCcs => (name.is_some() && b.name.as_ref() == name).then_some(2),
        RecordKind::Ccs => Some(3),
        RecordKind::IpPort if b.addr == Addr::AnyV6 => Some(5),
        RecordKind::IpPort => Some(4),
    }
}

/// Is `path` the branch `root` or beneath it? Letters' case does not count.
pub(crate) fn under(path: &str, root: &str) -> bool {
    let (Some(head), rest) = (path.get(..root.len()), path.get(root.len()..).unwrap_or_default()) else { return false };
    head.eq_ignore_ascii_case(root) && (rest.is_empty() || rest.starts_with('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_end_at_backslashes() {
        assert!(under("HKLM\\SYSTEM\\a", "hklm\\system"));
        assert!(under("HKLM\\SYSTEM", "HKLM\\SYSTEM"));
        assert!(!under("HKLM\\SYSTEMS", "HKLM\\SYSTEM"));
        assert!(!under("HKLM", "HKLM\\SYSTEM"));
        assert!(under("store:Machine\\MY", "store:Machine\\MY"));
    }
}
