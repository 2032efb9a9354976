//! Which files make an identity together: for every server certificate the file that would serve best for it, and the key
//! that belongs to it.
use super::contents::{Held, What};
use std::collections::BTreeSet;
use std::sync::Arc;
use tlsdiag_model::{
    CertId, Name, Sight,
    facts::{Identity, KeyAt, Thing},
};
use tlsdiag_pki::{Certificate, key::PublicKey};

/// Most identities of one run.
pub(crate) const MOST: usize = 64;

/// What was handed over together.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    /// A folder, as opposed to what was named.
    pub(crate) folder: bool,
}

/// All identities that the files make, and how many more there would be.
pub(crate) fn identities(files: &[Held], pools: &[Pool], name: Option<&Name>) -> (Vec<Identity>, usize) {
    let mut out: Vec<Draft> = vec![];
    for (at, pool) in pools.iter().enumerate() {
        let given: Vec<&Held> = files.iter().filter(|f| f.given && f.pool == at && f.recognised()).collect();
        let beside: Vec<&Held> = files.iter().filter(|f| !f.given && f.pool == at && f.recognised()).collect();
        let others: Vec<&Held> = files.iter().filter(|f| f.given && f.pool != at && !f.container()).collect();
        for file in given.iter().filter(|f| f.container()) {
            out.extend(of_container(file));
        }
        out.extend(loose(&given, &beside, &others, pool));
    }
    let left = out.len().saturating_sub(MOST);
    out.truncate(MOST);
    (named(out, name), left)
}

/// An identity before it has its name.
struct Draft {
    /// Paths and names of its files, the certificates' first.
    parts: Vec<(Arc<str>, String)>,
    /// The entry of a container with several.
    alias: Option<String>,
    chain: Vec<CertId>,
    unreadable: Vec<(u32, String)>,
    leaf: CertId,
    key: Sight<KeyAt>,
}

/// A certificate at hand.
type Cert<'a> = (CertId, &'a Arc<Certificate>);

// ---- containers ----

/// One identity for each key, else one for each server certificate that lacks its key.
fn of_container(file: &Held) -> Vec<Draft> {
    let mut out: Vec<Draft> = vec![];
    let mut used: BTreeSet<CertId> = BTreeSet::new();
    for (i, item) in file.items.iter().enumerate() {
        let public = match &item.what {
            What::Key(_, public) => public.as_ref(),
            What::Locked(..) => None,
            _ => continue,
        };
        let open = matches!(item.what, What::Key(..));
        let own = own_certificate(file, i, public, open, &used);
        let Some((leaf, fits)) = own else { continue };
        used.insert(leaf.0);
        let key = match (open, fits) {
            (false, _) => KeyAt::Locked(Arc::clone(&file.path)),
            (true, true) => KeyAt::Is(Arc::clone(&file.path)),
            (true, false) => KeyAt::Other(Arc::clone(&file.path)),
        };
        out.push(draft(file, leaf, Sight::Saw(key), item.label.clone()));
    }
    if out.is_empty() {
        // contents that stayed closed may hold the key
        let closed = file.has_key() || file.lost.is_some();
        for leaf in file.certs().filter(|(_, c)| own(c)) {
            if used.insert(leaf.0) {
                let key = if closed { KeyAt::Locked(Arc::clone(&file.path)) } else { KeyAt::Missing };
                out.push(draft(file, leaf, Sight::Saw(key), None));
            }
        }
    }
    if out.len() < 2 {
        out.iter_mut().for_each(|d| d.alias = None);
    }
    out
}

/// The certificate of a key: by the key itself, else the one that the container says belongs to it.
fn own_certificate<'a>(
    file: &'a Held,
    key: usize,
    public: Option<&PublicKey>,
    open: bool,
    used: &BTreeSet<CertId>,
) -> Option<(Cert<'a>, bool)> {
    if let Some(public) = public
        && let Some(c) = file.certs().find(|(_, c)| c.public_key.same_key(public))
    {
        return Some((c, true));
    }
    let item = file.items.get(key)?;
    let joined = file.items.iter().enumerate().filter_map(|(at, i)| match &i.what {
        What::Cert(id, c) if !i.trusted => Some((at, i, (*id, c))),
        _ => None,
    });
    let joined: Vec<_> = joined.filter(|(.., (id, _))| !used.contains(id)).collect();
    let by_id = joined.iter().find(|(_, i, _)| item.local_key_id.is_some() && i.local_key_id == item.local_key_id);
    let by_alias = || joined.iter().find(|(_, i, _)| item.label.is_some() && i.label == item.label);
    let first = || joined.iter().find(|(.., (_, c))| own(c)).filter(|_| file.form == "pkcs12");
    let found = by_id.or_else(by_alias).or_else(first)?;
    // a key whose public half cannot be computed is taken at the container's word
    Some((found.2, open && public.is_none()))
}

fn draft(file: &Held, leaf: Cert<'_>, key: Sight<KeyAt>, alias: Option<String>) -> Draft {
    Draft {
        parts: vec![(Arc::clone(&file.path), file.name.clone())],
        chain: exported(file, leaf, alias.as_deref()),
        alias,
        unreadable: vec![],
        leaf: leaf.0,
        key,
    }
}

/// The chain as a server would send it from a container: a Java entry as it stands, else issuer by issuer.
fn exported(file: &Held, leaf: Cert<'_>, alias: Option<&str>) -> Vec<CertId> {
    let entry: Vec<CertId> = file
        .items
        .iter()
        .filter(|i| !i.trusted && alias.is_some() && i.label.as_deref() == alias)
        .filter_map(|i| match &i.what {
            What::Cert(id, _) => Some(*id),
            _ => None,
        })
        .collect();
    if file.form != "pkcs12" && entry.contains(&leaf.0) {
        return entry;
    }
    let all: Vec<Cert<'_>> = file.certs().collect();
    climb(leaf, &all).into_iter().map(|(id, _)| id).collect()
}

/// From a certificate to its issuer and on, without the root.
fn climb<'a>(leaf: Cert<'a>, all: &[Cert<'a>]) -> Vec<Cert<'a>> {
    let mut out = vec![leaf];
    let mut at = leaf.1;
    while let Some(next) = issuer(at, all) {
        if next.1.self_issued() || out.iter().any(|(id, _)| *id == next.0) {
            break;
        }
        out.push(next);
        at = next.1;
    }
    out
}

/// The issuer among some: by name, and by key identifier where there are several of the name.
fn issuer<'a>(child: &Certificate, all: &[Cert<'a>]) -> Option<Cert<'a>> {
    if child.self_issued() {
        return None;
    }
    let named = || all.iter().filter(|(_, c)| c.subject.matches(&child.issuer));
    let wanted = child.extensions.authority_key_id.as_ref().and_then(|a| a.key_id.as_ref());
    let by_id = named().find(|(_, c)| wanted.is_some() && c.extensions.subject_key_id.as_ref() == wanted);
    by_id.or_else(|| named().next()).copied()
}

/// Is it a server's own, as opposed to an authority's?
fn own(c: &Certificate) -> bool {
    // roots of long ago do not say that they are; a server's own signature comes with names
    let named = c.dns_names().next().is_some() || c.ip_addresses().next().is_some();
    !c.is_ca() && !(c.self_issued() && (c.version < 3 || !named))
}

// ---- files ----

/// The identities of a pool's files that are no containers.
fn loose(given: &[&Held], beside: &[&Held], others: &[&Held], pool: &Pool) -> Vec<Draft> {
    let files: Vec<&Held> = given.iter().copied().filter(|f| !f.container()).collect();
    let contained: BTreeSet<CertId> =
        given.iter().filter(|f| f.container()).flat_map(|f| f.certs().map(|(id, _)| id)).collect();
    let leaves = leaves(&files, &contained, pool);
    if leaves.is_empty() {
        // a request in the place of the certificate is another story
        let request = |f: &&Held| f.items.iter().any(|i| matches!(i.what, What::Other(Thing::Request { .. })));
        return if files.iter().any(request) { vec![] } else { by_key_alone(&files, beside) };
    }
    let keys: Vec<(&Held, &PublicKey)> = files.iter().flat_map(|f| f.keys().map(|k| (*f, k))).collect();
    let belongs = |k: &PublicKey| leaves.iter().any(|(_, c)| c.public_key.same_key(k));
    let stray = keys.iter().find(|(_, k)| !belongs(k)).map(|(f, _)| *f);
    let locked = files.iter().find(|f| f.locked()).copied();
    // a folder of many authorities is a trust store
    let few = files.iter().flat_map(|f| f.certs()).count() <= 16;
    let mut out = vec![];
    for leaf in &leaves {
        let Some(file) = best(*leaf, &files) else { continue };
        let here = keys.iter().find(|(_, k)| leaf.1.public_key.same_key(k)).map(|(f, _)| *f);
        let elsewhere = || others.iter().copied().find(|f| f.keys().any(|k| leaf.1.public_key.same_key(k)));
        let owned = here.or_else(elsewhere);
        let (key, key_file) = match (owned, locked, stray) {
            (Some(f), ..) => (Sight::Saw(KeyAt::Is(Arc::clone(&f.path))), Some(f)),
            (None, Some(f), _) => (Sight::Saw(KeyAt::Locked(Arc::clone(&f.path))), Some(f)),
            (None, None, Some(f)) => (Sight::Saw(KeyAt::Other(Arc::clone(&f.path))), Some(f)),
            // a folder of certificates alone is no server's
            _ if pool.folder && (files.iter().any(|f| f.has_key()) || leaves.len() == 1 && few) => {
                (Sight::Saw(KeyAt::Missing), None)
            }
            _ => (Sight::Hidden, None),
        };
        let chain = joined(*leaf, file, &files, leaves.len(), pool);
        let mut parts: Vec<(Arc<str>, String)> = vec![];
        for f in chain.iter().copied().chain(key_file) {
            if parts.iter().all(|(path, _)| *path != f.path) {
                parts.push((Arc::clone(&f.path), f.name.clone()));
            }
        }
        let (chain, unreadable) = sent(&chain);
        out.push(Draft { parts, alias: None, chain, unreadable, leaf: leaf.0, key });
    }
    out
}

/// The certificates that servers would prove themselves with: those whose key is there, then those that are no CA's.
fn leaves<'a>(files: &[&'a Held], contained: &BTreeSet<CertId>, pool: &Pool) -> Vec<Cert<'a>> {
    let mut out: Vec<Cert<'a>> = vec![];
    let all = || files.iter().flat_map(|f| f.certs());
    let keys: Vec<&PublicKey> = files.iter().flat_map(|f| f.keys()).collect();
    let keyed = |c: &Certificate| keys.iter().any(|k| c.public_key.same_key(k));
    for c in all().filter(|(_, c)| keyed(c)).chain(all().filter(|(id, c)| own(c) && !contained.contains(id))) {
        if out.iter().all(|(id, _)| *id != c.0) {
            out.push(c);
        }
    }
    if out.is_empty() && !pool.folder && contained.is_empty() {
        out.extend(all().next());
    }
    out
}

/// The file whose certificates serve best: the leaf first, then the longest chain, then the fewest others.
fn best<'a>(leaf: Cert<'_>, files: &[&'a Held]) -> Option<&'a Held> {
    let holds = files.iter().copied().filter(|f| f.certs().any(|(id, _)| id == leaf.0));
    holds.min_by_key(|f| {
        let certs: Vec<Cert<'_>> = f.certs().collect();
        let first = certs.first().is_some_and(|(id, _)| *id == leaf.0);
        let reached = climb(leaf, &certs).len();
        (!first, std::cmp::Reverse(reached), certs.len(), !f.keys().any(|k| k.same_key(&leaf.1.public_key)))
    })
}

/// The files whose certificates would be sent, one after the other: where the best one lacks issuers, those of CA
/// certificates that were handed over beside it. What was named is taken as named; of a folder only what fits.
fn joined<'a>(leaf: Cert<'a>, file: &'a Held, files: &[&'a Held], leaves: usize, pool: &Pool) -> Vec<&'a Held> {
    let mut out = vec![file];
    let mut certs: Vec<Cert<'a>> = file.certs().collect();
    let mut left: Vec<&'a Held> = files
        .iter()
        .copied()
        .filter(|f| f.path != file.path && f.certs().next().is_some() && f.certs().all(|(_, c)| c.is_ca()))
        .filter(|f| !f.certs().all(|(_, c)| c.self_issued()))
        .collect();
    loop {
        let path = climb(leaf, &certs);
        let Some((_, top)) = path.last() else { return out };
        let fits = |f: &&Held| {
            let all: Vec<Cert<'_>> = f.certs().collect();
            issuer(top, &all).is_some()
        };
        let Some(at) = left.iter().position(fits) else { break };
        let next = left.remove(at);
        certs.extend(next.certs());
        out.push(next);
    }
    if out.len() == 1 && file.certs().count() == 1 && leaves == 1 && !pool.folder {
        out.extend(left);
    }
    out
}

/// The certificates of files in their order; those that cannot be read by their positions.
fn sent(files: &[&Held]) -> (Vec<CertId>, Vec<(u32, String)>) {
    let (mut chain, mut unreadable) = (vec![], vec![]);
    let mut at = 0u32;
    for item in files.iter().flat_map(|f| &f.items) {
        match &item.what {
            What::Cert(id, _) => chain.push(*id),
            What::BadCert(why) => unreadable.push((at, why.clone())),
            _ => continue,
        }
        at = at.saturating_add(1);
    }
    (chain, unreadable)
}

/// A key without certificates: what lies beside it and belongs to it.
fn by_key_alone(files: &[&Held], beside: &[&Held]) -> Vec<Draft> {
    let mut out: Vec<Draft> = vec![];
    for (file, key) in files.iter().flat_map(|f| f.keys().map(move |k| (*f, k))) {
        let theirs = |f: &Held| f.certs().find(|(_, c)| c.public_key.same_key(key)).map(|(id, c)| (id, Arc::clone(c)));
        let Some((id, leaf)) = beside.iter().find_map(|f| theirs(f)) else { continue };
        let Some(best) = best((id, &leaf), beside) else { continue };
        if out.iter().any(|d| d.leaf == id) {
            continue;
        }
        let (chain, unreadable) = sent(&[best]);
        out.push(Draft {
            parts: vec![(Arc::clone(&best.path), best.name.clone()), (Arc::clone(&file.path), file.name.clone())],
            alias: None,
            chain,
            unreadable,
            leaf: id,
            key: Sight::Saw(KeyAt::Is(Arc::clone(&file.path))),
        });
    }
    out
}

// ---- names ----

/// How people call an identity: the names of its files, and where that is not enough their paths, aliases, fingerprints.
fn named(drafts: Vec<Draft>, name: Option<&Name>) -> Vec<Identity> {
    let short = |d: &Draft| label(d, |(_, name)| name.clone());
    let long = |d: &Draft| label(d, |(path, _)| path.to_string());
    let shorts: Vec<String> = drafts.iter().map(short).collect();
    let longs: Vec<String> = drafts.iter().map(long).collect();
    let once = |all: &[String], l: &str| all.iter().filter(|x| *x == l).count() == 1;
    drafts
        .into_iter()
        .zip(shorts.iter().zip(&longs))
        .map(|(d, (short, long))| {
            let label = match () {
                () if once(&shorts, short) => short.clone(),
                () if once(&longs, long) => long.clone(),
                () => format!("{long} [{}]", d.leaf.short()),
            };
            Identity {
                label: label.into(),
                path: d.parts.first().map(|(path, _)| Arc::clone(path)).unwrap_or_default(),
                chain: d.chain,
                unreadable: d.unreadable,
                leaf: d.leaf,
                key: d.key,
                name: name.cloned(),
            }
        })
        .collect()
}

fn label(d: &Draft, part: impl Fn(&(Arc<str>, String)) -> String) -> String {
    let files = d.parts.iter().map(part).collect::<Vec<_>>().join(" + ");
    match &d.alias {
        Some(a) => format!("{files} ({a})"),
        None => files,
    }
}
