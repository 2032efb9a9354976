//! What is at hand beside an identity: which file holds what, whose a key is, and how paths stand in commands.
use crate::look::{Cited, Look};
use std::sync::Arc;
use tlsdiag_model::facts::{File, Filed, Identity, Key, KeyAt, Thing};
use tlsdiag_model::{Arg, CertId, Finding, Fingerprint, Say, Sight, Subject, say};
use tlsdiag_pki::Certificate;

/// The file of a path, as it was read.
pub(crate) fn file<'a>(look: &Look<'a>, path: &str) -> Option<Cited<'a, File>> {
    look.seen::<File>().find(|f| *f.path == *path)
}

/// Was the file handed over by name?
pub(crate) fn given(look: &Look<'_>, path: &str) -> bool {
    file(look, path).is_some_and(|f| f.given)
}

/// Everything in files, in an order that does not depend on who told it first, and each thing once.
pub(crate) fn things<'a>(look: &Look<'a>) -> Vec<Cited<'a, Filed>> {
    let mut all: Vec<_> = look.seen::<Filed>().collect();
    all.sort_by(|a, b| (&a.path, a.order, &a.place, a.at).cmp(&(&b.path, b.order, &b.place, b.at)));
    all.dedup_by(|a, b| a.row.what == b.row.what);
    all
}

/// The files that matter: handed over by name, or part of an identity; by path, each once.
pub(crate) fn files<'a>(look: &Look<'a>) -> Vec<Cited<'a, File>> {
    let mut all: Vec<_> = look.seen::<File>().filter(|f| f.given || !users(look, &f.path).is_empty()).collect();
    all.sort_by(|a, b| (&a.path, a.at).cmp(&(&b.path, b.at)));
    all.dedup_by(|a, b| a.path == b.path);
    all
}

/// The same finding about every subject of a file.
pub(crate) fn about(look: &Look<'_>, path: &str, f: &Finding) -> Vec<Finding> {
    let of = |subject| {
        let mut f = f.clone();
        f.subject = subject;
        f
    };
    subjects(look, path).into_iter().map(of).collect()
}

/// What lies in one file, in order.
pub(crate) fn things_in<'a>(look: &Look<'a>, path: &str) -> Vec<Cited<'a, Filed>> {
    things(look).into_iter().filter(|f| *f.path == *path).collect()
}

/// The certificates of a file in their order.
pub(crate) fn certificates(look: &Look<'_>, path: &str) -> Vec<CertId> {
    let certs = |f: Cited<'_, Filed>| match f.row.what.what {
        Thing::Cert(id) if *f.row.what.path == *path => Some(id),
        _ => None,
    };
    things(look).into_iter().filter_map(certs).collect()
}

/// Identities that use a file, for their certificates or their key, in order of their labels.
pub(crate) fn users<'a>(look: &Look<'a>, path: &str) -> Vec<Cited<'a, Identity>> {
    let mut all: Vec<_> = look.seen::<Identity>().filter(|i| *i.path == *path || key_path(i) == Some(path)).collect();
    all.sort_by(|a, b| (&a.label, a.at).cmp(&(&b.label, b.at)));
    all.dedup_by(|a, b| a.label == b.label);
    all
}

/// Where the key of an identity lies, whatever is the matter with it.
pub(crate) fn key_path(i: &Identity) -> Option<&str> {
    match &i.key {
        Sight::Saw(KeyAt::Is(path) | KeyAt::Other(path) | KeyAt::Locked(path)) => Some(path),
        _ => None,
    }
}

/// The subjects of a finding about a file: the identities that it is part of, else the file by itself.
pub(crate) fn subjects(look: &Look<'_>, path: &str) -> Vec<Subject> {
    let named = |label: &Arc<str>| Subject::Identity { host: look.subject().host(), label: label.clone() };
    let of = users(look, path);
    if of.is_empty() { vec![named(&path.into())] } else { of.iter().map(|i| named(&i.label)).collect() }
}

/// SHA-256 of the public key of a certificate.
pub(crate) fn spki(look: &Look<'_>, id: CertId) -> Option<Fingerprint> {
    Some(Fingerprint::of(&look.derived().certificate(id)?.public_key.spki))
}

/// The private keys in a file.
pub(crate) fn keys<'a>(look: &Look<'a>, path: &str) -> Vec<(Cited<'a, Filed>, &'a Key)> {
    let key = |f: Cited<'a, Filed>| match &f.row.what.what {
        Thing::Key(k) if *f.row.what.path == *path => Some((f, k)),
        _ => None,
    };
    things(look).into_iter().filter_map(key).collect()
}

/// Files that hold the private key of a public one, those that were handed over first.
pub(crate) fn holders<'a>(look: &Look<'a>, spki: Fingerprint) -> Vec<Cited<'a, Filed>> {
    let mut all: Vec<_> = things(look)
        .into_iter()
        .filter(|f| matches!(&f.row.what.what, Thing::Key(k) if k.spki == Some(spki)))
        .collect();
    all.sort_by_key(|f| !given(look, &f.path));
    all
}

/// To what at hand a public key belongs: certificates, requests and public keys, in words.
pub(crate) fn owners<'a>(look: &Look<'a>, key: Fingerprint) -> Vec<(Cited<'a, Filed>, Say)> {
    let owner = |f: Cited<'a, Filed>| {
        let path = Arg::quote(&f.row.what.path);
        let said = match &f.row.what.what {
            Thing::Cert(id) if spki(look, *id) == Some(key) => say!(
                "the certificate of {name} in {path}",
                "{path}에 있는 {name}의 인증서",
                name = name_of(&*look.derived().certificate(*id)?),
                path = path
            ),
            Thing::Request { spki, subject } if *spki == key => say!(
                "the request for {subject} in {path}",
                "{path}에 있는 {subject}의 인증서 요청(CSR)",
                subject = Arg::quote(subject),
                path = path
            ),
            Thing::PublicKey { spki } if *spki == key => {
                say!("the public key in {path}", "{path}에 있는 공개 키", path = path)
            }
            _ => return None,
        };
        Some((f, said))
    };
    things(look).into_iter().filter_map(owner).collect()
}

/// A certificate by its common name, else its first name, else its subject.
pub(crate) fn name_of(c: &Certificate) -> Arg {
    let cn = c.subject.common_names().next().map(str::to_owned);
    let named = cn.or_else(|| c.sans().next().map(ToString::to_string));
    Arg::quote(named.unwrap_or_else(|| c.subject.to_string()))
}

/// A path that may stand in a command as it is, else the word that stands for it.
pub(crate) fn in_command(path: &str, word: &str) -> String {
    let windows =
        matches!(path.as_bytes(), [d, b':', b'\\' | b'/', ..] if d.is_ascii_alphabetic()) || path.starts_with("\\\\");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/' | b'+' | b'@' | b',');
    let fits = |b: u8| plain(b) || windows && matches!(b, b'\\' | b':');
    let fine = !path.is_empty() && !path.starts_with('-') && path.bytes().all(fits);
    if fine { path.to_owned() } else { word.to_owned() }
}

/// The name of a file beside another, with another ending: `dir/site.pfx` and `-2012.pfx` make `dir/site-2012.pfx`.
pub(crate) fn beside(path: &str, ending: &str, word: &str) -> String {
    let fine = in_command(path, "");
    if fine.is_empty() {
        return word.to_owned();
    }
    let at = fine.rfind(['/', '\\']).map_or(0, |i| i.saturating_add(1));
    let name = fine.get(at..).unwrap_or_default();
    let stem = name.rfind('.').filter(|i| *i > 0).and_then(|i| name.get(..i)).unwrap_or(name);
    format!("{}{stem}{ending}", fine.get(..at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_stand_in_commands() {
        assert_eq!(in_command("/etc/ssl/site.pem", "FILE"), "/etc/ssl/site.pem");
        assert_eq!(in_command("C:\\keys\\site.pfx", "FILE"), "C:\\keys\\site.pfx");
        for bad in ["", "-rf", "a b.pem", "a;b", "a\\b", "$(x)", "사이트.pem", "a:b"] {
            assert_eq!(in_command(bad, "FILE"), "FILE", "{bad}");
        }
    }

    #[test]
    fn names_beside_a_file_keep_its_folder() {
        assert_eq!(beside("dir/site.pfx", "-2012.pfx", "OUT"), "dir/site-2012.pfx");
        assert_eq!(beside("site", ".pem", "OUT"), "site.pem");
        assert_eq!(beside(".p12", ".pem", "OUT"), ".p12.pem");
        assert_eq!(beside("a b.pfx", ".pem", "OUT"), "OUT");
    }
}
