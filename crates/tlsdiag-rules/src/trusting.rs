//! Which lists of roots trust the root of a chain: by the facts of published editions, not by what this machine holds.
use crate::Look;
use std::rc::Rc;
use tlsdiag_pki::path::{End, Path};
use tlsdiag_pki::stores::{self, Root, Store};
use tlsdiag_pki::{Certificate, Reason};

/// What one list says of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreTrust {
    /// Its name: `Mozilla`, `Microsoft`.
    pub store: &'static str,
    /// The edition that was looked in: its version and its day.
    pub edition: String,
    /// The root, as the list calls it.
    pub root: &'static str,
    /// Whether it trusts the root for this certificate.
    pub trusts: bool,
}

/// The lists over which it is counted: the makers' programs, and two that servers and programs take as they are.
const LISTS: [Store; 6] =
    [Store::Mozilla, Store::Microsoft, Store::Apple, Store::Android, Store::OpenJdk, Store::Debian];

impl Look<'_> {
    /// What each list says; nothing where no list ever had the root, as with a CA of one's own.
    pub fn trusting(&self) -> Vec<StoreTrust> {
        let Ok((_, trust)) = self.trust() else { return vec![] };
        let roots: Vec<Root> = trust.search.paths.iter().take(8).flat_map(ends).collect();
        let (leaf, time) = (Rc::clone(&trust).leaf.clone(), trust.time);
        let Some(named) = roots.first() else { return vec![] };
        let say = |s: &Store| {
            let by = roots.iter().find(|r| r.trusts(*s, leaf.not_before, time));
            let latest = s.latest()?;
            let edition = [latest.version, latest.date].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>();
            Some(StoreTrust {
                store: s.name(),
                edition: edition.join(", "),
                root: by.unwrap_or(named).name(),
                trusts: by.is_some(),
            })
        };
        LISTS.iter().filter_map(say).collect()
    }
}

/// The roots in which a path ends, where its links are good: the one it holds, else those that its last certificate names.
fn ends(path: &Path) -> Vec<Root> {
    let broken = path.reasons().any(|(_, r)| matches!(r, Reason::BadSignature { .. } | Reason::SearchEnded));
    let last: Option<&Certificate> = path.steps.last().and_then(|s| s.certificate.as_deref());
    let Some(last) = last.filter(|_| !broken) else { return vec![] };
    match path.end {
        End::Trusted(_) | End::UntrustedRoot => stores::look_up(last).into_iter().collect(),
        End::IssuerMissing => {
            let key_id = last.extensions.authority_key_id.as_ref().and_then(|a| a.key_id.as_deref());
            stores::named(&last.issuer, key_id)
        }
        End::Bound => vec![],
    }
}
