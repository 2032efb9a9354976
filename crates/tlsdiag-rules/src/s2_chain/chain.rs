//! The served chain as the rules of this folder see it: the most useful path, its faults, and the one place where it
//! stops being a chain. Which gap it is, is decided once here, so that no two rules name the same gap.
use crate::look::Cited;
use crate::{Look, Outcome, Shown, Stop, Trust};
use std::rc::Rc;
use std::sync::Arc;
use tlsdiag_model::facts::{Fetch, FetchEnd, Filed, Identity, KeyAt, Thing};
use tlsdiag_model::{Arg, CertId, Finding, Fingerprint, Impact, Say, Sight};
use tlsdiag_pki::path::{End, Origin, Role, Step};
use tlsdiag_pki::{Certificate, Host, Path, Reason, names};

/// The chain that an endpoint serves.
pub(crate) struct Chain<'a> {
    /// Through which the rule looks.
    pub(crate) look: &'a Look<'a>,
    /// Where it is shown.
    pub(crate) shown: Shown<'a>,
    /// Its paths.
    pub(crate) trust: Rc<Trust>,
}

/// An address for an issuer, the certificate that names it, and what came of asking there.
pub(crate) type Place<'a> = (String, CertId, Option<Cited<'a, Fetch>>);

/// Where a chain stops being one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Gap {
    /// The server's certificate is signed with its own key.
    SelfSigned,
    /// It ends in a root that nobody here trusts.
    Root {
        /// The root, where it was sent or fetched.
        root: Option<Arc<Certificate>>,
        /// The certificate that names it as its issuer.
        child: Arc<Certificate>,
        /// A trusted root has the same name and another key.
        other_key: bool,
    },
    /// The issuer of `child` was not sent.
    Issuer {
        /// Whose issuer.
        child: Arc<Certificate>,
        /// What would have to be sent, in order, where it was fetched.
        needed: Vec<Arc<Certificate>>,
        /// What was sent and belongs to another chain.
        stale: Vec<Arc<Certificate>>,
        /// Whether the certificate without an issuer is the server's own.
        of_leaf: bool,
        /// With what was fetched the chain reaches an anchor.
        mended: bool,
    },
}

impl<'a> Chain<'a> {
    /// The chain, where the first certificate can be read and is the server's own.
    pub(crate) fn of(look: &'a Look<'a>) -> Result<Chain<'a>, Stop> {
        let chain = Chain::as_sent(look)?;
        if chain.only_authorities()
            || chain.leaf_elsewhere().is_some()
            || chain.shown.unreadable().iter().any(|(at, _)| *at == 0)
        {
            return Err(Stop::NotApplicable);
        }
        Ok(chain)
    }

    /// The chain, whatever came first.
    pub(crate) fn as_sent(look: &'a Look<'a>) -> Result<Chain<'a>, Stop> {
        let (shown, trust) = look.trust()?;
        Ok(Chain { look, shown, trust })
    }

    /// The server's own certificate, where a CA's stands in its place at the front.
    pub(crate) fn leaf_elsewhere(&self) -> Option<Arc<Certificate>> {
        if let Some(i) = self.shown.identity() {
            return self.leaf_further_down(i);
        }
        let host = self.trust.host.as_ref()?;
        let covers = |c: &Certificate| names::covers(c, host).is_ok();
        let first = &self.trust.leaf;
        if !first.is_ca() || covers(first) {
            return None;
        }
        let own = |c: &&Arc<Certificate>| !c.is_ca() && (covers(c) || c.issuer.matches(&first.subject));
        self.trust.sent.iter().skip(1).find(own).cloned()
    }

    /// Files that hold certificates of authorities alone, and none with a key of its own.
    pub(crate) fn only_authorities(&self) -> bool {
        let Some(i) = self.shown.identity() else { return false };
        let authority = |c: &Arc<Certificate>| c.is_ca() && c.sans().next().is_none();
        !matches!(i.key, Sight::Saw(KeyAt::Is(_))) && self.trust.sent.iter().all(authority)
    }

    /// The same in files: the certificate whose key is there, or the one that the first CA's leads to.
    fn leaf_further_down(&self, i: &Identity) -> Option<Arc<Certificate>> {
        let leaf = self.trust.sent.iter().find(|c| Fingerprint(c.id.0) == i.leaf)?;
        let first = &self.trust.leaf;
        if first.id == leaf.id {
            return None;
        }
        let keyed = matches!(i.key, Sight::Saw(KeyAt::Is(_)));
        let below = first.is_ca() && !leaf.is_ca() && self.trust.sent.iter().any(|c| leaf.issuer.matches(&c.subject));
        (keyed || below).then(|| leaf.clone())
    }

    /// A finding on the content of the chain.
    pub(crate) fn says(&self, impact: Impact, say: Say) -> Finding {
        self.look.reads_shown(impact, &self.shown, say)
    }

    /// It lies in files: nobody has sent it yet.
    pub(crate) fn in_files(&self) -> bool {
        self.shown.identity().is_some()
    }

    /// The file that holds it, as people call it; `None` where a server sent it.
    pub(crate) fn file(&self) -> Option<Arg> {
        self.shown.identity().map(|i| Arg::quote(&i.path))
    }

    /// The file of the identity that holds this certificate.
    pub(crate) fn file_of(&self, c: &Arc<Certificate>) -> Option<Arg> {
        let own = &self.shown.identity()?.row.what.path;
        let held = self.at_hand(std::slice::from_ref(c));
        let path = held.iter().map(|(f, _)| &f.row.what.path).find(|p| *p == own);
        Some(Arg::quote(path.or(held.first().map(|(f, _)| &f.row.what.path)).unwrap_or(own)))
    }

    /// Do the certificates of the identity come from several files?
    pub(crate) fn in_pieces(&self, i: &Identity) -> bool {
        let own = crate::s1_key::at_hand::certificates(self.look, &i.path);
        !own.is_empty() && i.chain.iter().any(|id| !own.contains(id))
    }

    /// Files at hand that hold some of these certificates: each with what it holds of them.
    pub(crate) fn at_hand(&self, wanted: &[Arc<Certificate>]) -> Vec<(Cited<'a, Filed>, Arc<Certificate>)> {
        let mut all: Vec<_> = self
            .look
            .seen_on::<Filed>(self.shown.from())
            .filter_map(|f| match f.row.what.what {
                Thing::Cert(id) => Some((f, wanted.iter().find(|c| Fingerprint(c.id.0) == id)?.clone())),
                _ => None,
            })
            .collect();
        all.sort_by(|(a, _), (b, _)| (&a.path, a.order, a.at).cmp(&(&b.path, b.order, b.at)));
        all.dedup_by(|(a, _), (b, _)| a.path == b.path && a.row.what.what == b.row.what.what);
        all
    }

    /// The path worth talking about.
    pub(crate) fn best(&self) -> Option<&Path> {
        self.trust.search.best().map(|b| b.path)
    }

    /// What counts against it, with the certificate at fault.
    pub(crate) fn faults(&self) -> Vec<(&Step, &Reason)> {
        let Some(path) = self.best() else { return vec![] };
        path.faults().filter_map(|(i, r)| path.steps.get(i).map(|s| (s, r))).collect()
    }

    /// Notes on it: what only some clients stumble over.
    pub(crate) fn notes(&self) -> Vec<(&Step, &Reason)> {
        let Some(path) = self.best() else { return vec![] };
        path.reasons().filter(|(_, r)| r.is_note()).filter_map(|(i, r)| path.steps.get(i).map(|s| (s, r))).collect()
    }

    /// What was found, or that nothing was: where the path breaks off, what lies above cannot be acquitted.
    pub(crate) fn outcome(&self, found: Vec<Finding>) -> Outcome {
        let whole = self.best().is_some_and(|p| matches!(p.end, End::Trusted(_)));
        if found.is_empty() && !whole { Outcome::NotApplicable } else { found.into() }
    }

    /// The name that was meant, as text.
    pub(crate) fn host(&self) -> String {
        self.trust.host.as_ref().map(Host::to_string).unwrap_or_default()
    }

    /// Where the chain stops being one; `None` where it does not, or where a link's signature is at fault.
    pub(crate) fn gap(&self) -> Option<Gap> {
        if self.trust.holds() {
            return None;
        }
        let path = self.best()?;
        let last = path.steps.last()?;
        let (at, child) = (path.steps.len() - 1, last.certificate.clone()?);
        if at == 0 && child.self_issued() && !matches!(path.end, End::Trusted(_)) {
            return Some(Gap::SelfSigned);
        }
        if let Some(altered) = self.foreign_key(path) {
            return Some(altered);
        }
        let needed: Vec<Arc<Certificate>> = not_sent(path).collect();
        if !needed.is_empty() && !self.trust.search.sent.complete {
            // the certificate before the first that was not sent
            let cut = path.steps.iter().position(|s| matches!(s.origin, Origin::Extra(_)))?;
            let child = cut.checked_sub(1).and_then(|i| path.steps.get(i)?.certificate.clone())?;
            let mended = matches!(path.end, End::Trusted(_));
            return Some(Gap::Issuer { child, needed, stale: self.stale(), of_leaf: cut == 1, mended });
        }
        match path.end {
            End::UntrustedRoot => self.root_gap(path),
            End::IssuerMissing => self.missing_gap(path, at, child),
            _ => None,
        }
    }

    /// The untrusted root of the path, where it was sent or fetched.
    pub(crate) fn root_gap(&self, path: &Path) -> Option<Gap> {
        let (root, before) = path.steps.split_last()?;
        let child = before.last()?.certificate.clone()?;
        let ends_so = root.role == Role::UntrustedRoot;
        ends_so.then(|| Gap::Root { root: root.certificate.clone(), child, other_key: false })
    }

    fn missing_gap(&self, path: &Path, at: usize, child: Arc<Certificate>) -> Option<Gap> {
        let same_name = path.steps.get(at)?.reasons.iter().any(
            |r| matches!(r, Reason::IssuerNotFound { same_name, .. } if same_name.iter().any(|id| self.sent(*id).is_none())),
        );
        let stale = self.stale();
        let of_leaf = at == 0;
        // an issuing CA that names no place to fetch its issuer hangs from a private root, which need not be sent
        let private = !of_leaf && child.extensions.ca_issuers.is_empty();
        if stale.is_empty() && (same_name || private || child.self_issued()) {
            return Some(Gap::Root { root: None, child, other_key: same_name });
        }
        Some(Gap::Issuer { child, needed: vec![], stale, of_leaf, mended: false })
    }

    /// A link that bears the right name and was signed with another key.
    fn foreign_key(&self, path: &Path) -> Option<Gap> {
        for (i, step) in path.steps.iter().enumerate() {
            for reason in &step.reasons {
                let Reason::BadSignature { issuer } = reason else { continue };
                let child = step.certificate.clone()?;
                let candidate = path.steps.get(i + 1)?;
                if fits_by_key_id(&child, candidate.certificate.as_deref()) {
                    return None;
                }
                return Some(match issuer.and_then(|id| self.sent(id)) {
                    Some(other) => {
                        Gap::Issuer { child, needed: vec![], stale: vec![other], of_leaf: i == 0, mended: false }
                    }
                    None => Gap::Root { root: None, child, other_key: true },
                });
            }
        }
        None
    }

    /// What was sent beside the server's certificate and belongs to no path of it; roots aside.
    fn stale(&self) -> Vec<Arc<Certificate>> {
        let f = &self.trust.search.sent;
        let misfits = f.wrong_issuers.iter().filter(|w| !w.harmless).filter_map(|w| w.position);
        let on_a_path = |i: &usize| {
            let id = self.trust.sent.get(*i).map(|c| c.id);
            self.trust.search.paths.iter().any(|p| p.needs_extra() && id.is_some_and(|id| p.ids().contains(&id)))
        };
        let unused = f.unused.iter().copied().filter(|i| !on_a_path(i));
        let mut at: Vec<usize> = unused.chain(misfits).filter(|i| !f.roots.contains(i)).collect();
        at.sort_unstable();
        at.dedup();
        let leaf = self.trust.leaf.id;
        at.iter().filter_map(|i| self.trust.sent.get(*i)).filter(|c| c.id != leaf).cloned().collect()
    }

    fn sent(&self, id: tlsdiag_pki::CertId) -> Option<Arc<Certificate>> {
        self.trust.sent.iter().find(|c| c.id == id).cloned()
    }

    /// Every place that the chain names for what it lacks, with what came of asking there: first that of `child`,
    /// where nothing was had for it yet.
    pub(crate) fn places(&self, child: Option<&Certificate>) -> Vec<Place<'a>> {
        let paths = &self.trust.search.paths;
        let ends =
            paths.iter().filter(|p| p.end == End::IssuerMissing).filter_map(|p| p.steps.last()?.certificate.as_deref());
        let mut out: Vec<Place<'a>> = vec![];
        for c in child.into_iter().chain(ends) {
            for url in c.extensions.ca_issuers.iter().filter(|u| u.starts_with("http://") || u.starts_with("https://"))
            {
                if !out.iter().any(|(u, ..)| u == url) {
                    let asked = self.look.all::<Fetch>().find(|f| f.url == *url);
                    out.push((url.clone(), Fingerprint(c.id.0), asked));
                }
            }
        }
        out
    }

    /// Fetches that ended with certificates on the path.
    pub(crate) fn fetches_used(&self, needed: &[Arc<Certificate>]) -> Vec<Cited<'a, Fetch>> {
        let ids: Vec<CertId> = needed.iter().map(|c| Fingerprint(c.id.0)).collect();
        self.look
            .all::<Fetch>()
            .filter(|f| matches!(&f.row.what.end, FetchEnd::Certs(got) if got.iter().any(|g| ids.contains(g))))
            .collect()
    }
}

/// Certificates between leaf and anchor that the server did not send.
fn not_sent(path: &Path) -> impl Iterator<Item = Arc<Certificate>> + '_ {
    path.steps
        .iter()
        .filter(|s| matches!(s.origin, Origin::Extra(_)) && s.role == Role::Intermediate)
        .filter_map(|s| s.certificate.clone())
}

/// Do both key identifiers exist and agree?
pub(crate) fn fits_by_key_id(child: &Certificate, issuer: Option<&Certificate>) -> bool {
    let wanted = child.extensions.authority_key_id.as_ref().and_then(|a| a.key_id.as_ref());
    let has = issuer.and_then(|i| i.extensions.subject_key_id.as_ref());
    wanted.is_some() && wanted == has
}
