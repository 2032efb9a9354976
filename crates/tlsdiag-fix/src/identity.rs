//! Which certificate is meant, and which private key is its own.
use crate::{Held, HeldCertificate, HeldKey, Refusal, called};
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_pki::{Certificate, Host, names};

/// The certificate that a server would prove itself with, and its key.
#[derive(Clone, Debug)]
pub struct Identity<'a> {
    /// The certificate.
    pub leaf: &'a HeldCertificate,
    /// Its private key; `None` where none was given.
    pub key: Option<&'a HeldKey>,
    /// What was decided on the way.
    pub notes: Vec<Say>,
}

/// Picks the certificate that is meant and its key: those that belong together first; then by the host that is meant;
/// then what issued nothing else here. Of renewals with the same key the one that is valid longest.
///
/// # Errors
/// [`Refusal::NoCertificate`], [`Refusal::OtherKey`], [`Refusal::BrokenKey`], [`Refusal::Several`],
/// [`Refusal::NoSuchName`].
pub fn identify<'a>(held: &'a Held, host: Option<(&str, &Host)>, time: i64) -> Result<Identity<'a>, Refusal> {
    let given: Vec<&HeldCertificate> = held.given().collect();
    if given.is_empty() {
        return Err(Refusal::NoCertificate(held.closed.clone()));
    }
    let fits = |c: &HeldCertificate| host.is_none_or(|(_, h)| names::covers(&c.certificate, h).is_ok());
    let key_of = |c: &HeldCertificate| held.keys.iter().find(|k| k.key.matches(&c.certificate));
    let mut notes = vec![];

    let with_key: Vec<_> = given.iter().copied().filter(|c| key_of(c).is_some()).collect();
    let lowest = |all: &[&'a HeldCertificate]| -> Vec<&'a HeldCertificate> {
        let issued_another = |c: &HeldCertificate| {
            given
                .iter()
                .any(|o| o.certificate.id != c.certificate.id && o.certificate.issuer.matches(&c.certificate.subject))
        };
        let low: Vec<_> = all.iter().copied().filter(|c| !issued_another(c)).collect();
        let hosts: Vec<_> = low.iter().copied().filter(|c| !c.certificate.is_ca()).collect();
        match (hosts.is_empty(), low.is_empty()) {
            (false, _) => hosts,
            (true, false) => low,
            _ => all.to_vec(),
        }
    };
    let pool = if with_key.is_empty() { lowest(&given) } else { lowest(&with_key) };
    let named: Vec<_> = pool.iter().copied().filter(|c| fits(c)).collect();
    if let (true, Some((name, _))) = (named.is_empty(), host) {
        let certificates = pool.iter().flat_map(|c| names_of(&c.certificate)).collect();
        return Err(Refusal::NoSuchName { name: name.to_owned(), certificates });
    }
    let leaf = latest(&named, time).ok_or_else(|| Refusal::NoCertificate(held.closed.clone()))?;
    // Renewals of one name may stand beside each other; two sites may not.
    let rival = named.iter().find(|c| !same_names(&c.certificate, &leaf.certificate));
    if host.is_none() && rival.is_some() {
        let mut all: Vec<String> = named.iter().map(|c| called(&c.certificate)).collect();
        all.dedup();
        return Err(Refusal::Several(all));
    }
    for other in named.iter().filter(|c| c.certificate.id != leaf.certificate.id) {
        notes.push(say!(
            "of two certificates for the same names the one that is valid until {until} is taken; the other, in {path}, ends {earlier}",
            "이름이 같은 인증서가 둘이어서 {until}까지 유효한 것을 씁니다. {path}의 다른 것은 {earlier}에 끝납니다",
            until = Arg::Date(leaf.certificate.not_after.saturating_mul(1000)),
            path = Arg::quote(&other.path),
            earlier = Arg::Date(other.certificate.not_after.saturating_mul(1000))
        ));
    }
    let Some(key) = key_of(leaf) else {
        return match held.keys.first() {
            None => Ok(Identity { leaf, key: None, notes }),
            Some(k) => match k.key.mismatch(&leaf.certificate) {
                Some(mismatch) => Err(Refusal::OtherKey {
                    key: k.at(),
                    certificate: (called(&leaf.certificate), leaf.path.to_string()),
                    mismatch: Box::new(mismatch),
                }),
                None => Ok(Identity { leaf, key: Some(k), notes }),
            },
        };
    };
    if let Some(fault) = key.key.faults.iter().find(|f| f.breaks()) {
        return Err(Refusal::BrokenKey { key: key.at(), fault: fault.clone() });
    }
    for other in held.keys.iter().filter(|k| !k.key.matches(&leaf.certificate)) {
        notes.push(say!(
            "the private key in {path} belongs to none of it and is left out",
            "{path}의 개인 키는 이 인증서의 것이 아니어서 뺐습니다",
            path = Arg::quote(other.at())
        ));
    }
    Ok(Identity { leaf, key: Some(key), notes })
}

/// Valid now before anything else, then the one that ends last.
fn latest<'a>(all: &[&'a HeldCertificate], time: i64) -> Option<&'a HeldCertificate> {
    let valid = |c: &Certificate| c.not_before <= time && time <= c.not_after;
    // of equals the first that was named
    all.iter().rev().copied().max_by_key(|c| (valid(&c.certificate), c.certificate.not_after))
}

fn same_names(a: &Certificate, b: &Certificate) -> bool {
    let sorted = |c: &Certificate| {
        let mut all = names_of(c);
        all.sort();
        all.dedup();
        all
    };
    sorted(a) == sorted(b)
}

/// The names that it is for; its subject where it has none.
fn names_of(c: &Certificate) -> Vec<String> {
    let all: Vec<String> =
        c.dns_names().map(str::to_ascii_lowercase).chain(c.ip_addresses().map(|a| a.to_string())).collect();
    if all.is_empty() { vec![called(c)] } else { all }
}
