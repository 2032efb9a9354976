//! The ladder of files: what key and certificate say by themselves. The other rungs are a server's.
use crate::ladder::good;
use tlsdiag_model::facts::{Identity, Key, KeyAt, Thing};
use tlsdiag_model::{Arg, Case, Layer, Row, Say, Sight, say};
use tlsdiag_pki::Certificate;

/// What holds a rung up; `trust` says whether a path does.
pub(crate) fn witness(
    case: &Case,
    i: &Row<Identity>,
    layer: Layer,
    trust: impl FnOnce() -> Option<Option<Say>>,
) -> Option<Option<Say>> {
    match layer {
        Layer::Key => key(case, &i.what).map(Some),
        Layer::Trust => trust(),
        _ => None,
    }
}

/// The private key that belongs to the certificate.
fn key(case: &Case, i: &Identity) -> Option<Say> {
    let Sight::Saw(KeyAt::Is(path)) = &i.key else { return None };
    let key = own_key(case, i)?;
    Some(say!("{kind} in {path}", "{path}의 {kind}", kind = Arg::term(&key.kind), path = Arg::quote(path)))
}

/// The key of an identity, where its file holds it.
pub(crate) fn own_key<'a>(case: &'a Case, i: &Identity) -> Option<&'a Key> {
    let Sight::Saw(KeyAt::Is(path)) = &i.key else { return None };
    let spki = spki_of(case, i)?;
    case.filed.iter().filter(|f| f.what.path == *path).find_map(|f| match &f.what.what {
        Thing::Key(k) if k.spki == Some(spki) => Some(k),
        _ => None,
    })
}

/// SHA-256 of the leaf's SubjectPublicKeyInfo.
pub(crate) fn spki_of(case: &Case, i: &Identity) -> Option<tlsdiag_model::Fingerprint> {
    let leaf = Certificate::from_der(case.certs.get(&i.leaf)?).ok()?;
    Some(tlsdiag_model::Fingerprint::of(&leaf.public_key.spki))
}

/// The certificate in a line: key, names, how long it is good.
pub(crate) fn summary(case: &Case, i: &Row<Identity>) -> Option<Say> {
    let leaf = Certificate::from_der(case.certs.get(&i.what.leaf)?).ok()?;
    let names: Vec<Arg> = leaf
        .dns_names()
        .map(str::to_owned)
        .chain(leaf.ip_addresses().map(|a| a.to_string()))
        .take(4)
        .map(Arg::quote)
        .collect();
    let (key, good) = (Arg::term(&leaf.public_key.kind), good(&leaf, i.span.last));
    Some(if names.is_empty() {
        say!(
            "{key} certificate {good}; it names no host",
            "{key} 인증서 {good}. 호스트 이름이 없음",
            key = key,
            good = good
        )
    } else {
        say!(
            "{key} certificate for {names}, {good}",
            "{names}의 {key} 인증서, {good}",
            key = key,
            names = Arg::List(names),
            good = good
        )
    })
}
