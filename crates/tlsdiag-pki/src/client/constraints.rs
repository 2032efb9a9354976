//! Name constraints as the clients differ on them: which forms they know, dots, asterisks, common names, bad syntax.

use super::cert::Cert;
use crate::der::Tag;
use crate::extensions::{GeneralName, NameConstraints, Subtree};
use crate::oid;
use std::net::IpAddr;

/// What OpenSSL's versions differ on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forms {
    /// iPAddress is known (1.1.0).
    pub(crate) ip: bool,
    /// A common name that looks like a host counts where there is no dNSName (1.1.0).
    pub(crate) common_name: bool,
}

/// A name outside of what is allowed, or a constraint that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// Outside of all permitted subtrees.
    NotPermitted(GeneralName),
    /// Inside an excluded subtree.
    Excluded(GeneralName),
    /// The constraint has a form the client does not process.
    Unsupported,
    /// The constraint or the name is written wrongly.
    Malformed(String),
    /// Too many comparisons.
    TooMany,
}

/// Does a name lie in a base? `None`: another form.
type Inside<'f> = dyn Fn(&GeneralName, &Subtree, bool) -> Option<Result<bool, Breach>> + 'f;

fn constraints(ca: &Cert) -> Option<&NameConstraints> {
    ca.x().name_constraints.as_ref()
}

/// The common frame: every name against the permitted bases of its form, then against the excluded ones.
fn frame(nc: &NameConstraints, names: &[GeneralName], inside: &Inside<'_>) -> Result<(), Breach> {
    for name in names {
        let (mut constrained, mut permitted) = (false, false);
        for base in &nc.permitted {
            if let Some(fits) = inside(name, base, false) {
                constrained = true;
                permitted = permitted || fits?;
            }
        }
        if constrained && !permitted {
            return Err(Breach::NotPermitted(name.clone()));
        }
        for base in &nc.excluded {
            if let Some(fits) = inside(name, base, true)
                && fits?
            {
                return Err(Breach::Excluded(name.clone()));
            }
        }
    }
    Ok(())
}

/// OpenSSL's answer as its error number.
pub(crate) fn openssl(ca: &Cert, child: &Cert, leaf: bool, forms: Forms) -> Result<(), u16> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    let mut names = Vec::new();
    if !child.subject().is_empty() {
        names.push(GeneralName::Directory(child.subject().clone()));
        names.extend(child.subject().of(oid::EMAIL_ADDRESS).map(|e| GeneralName::Email(e.to_owned())));
    }
    names.extend(child.sans().iter().cloned());
    let count = names.len().saturating_mul(nc.permitted.len() + nc.excluded.len());
    if count > 1 << 20 {
        return Err(1);
    }
    let has_dns = names.iter().any(|n| matches!(n, GeneralName::Dns(_)));
    if leaf && forms.common_name && !has_dns {
        let hosts = child.subject().common_names().filter(|cn| looks_like_host(cn));
        names.extend(hosts.map(|cn| GeneralName::Dns(cn.to_owned())));
    }
    frame(nc, &names, &|name, base, _| {
        Some(match (name, base) {
            (GeneralName::Dns(n), Subtree::Dns(b)) => Ok(suffix(n, b)),
            (GeneralName::Directory(n), Subtree::Directory(b)) => Ok(n.within(b)),
            (GeneralName::Email(n), Subtree::Email(b)) => openssl_email(n, b),
            (GeneralName::Uri(n), Subtree::Uri(b)) => openssl_uri(n, b),
            (GeneralName::Ip(_), Subtree::Ip { .. }) if !forms.ip => Err(Breach::Unsupported),
            (GeneralName::Ip(a), Subtree::Ip { network, mask }) => Ok(masked(*a, network, mask)),
            (GeneralName::Ip(_), Subtree::Other(Tag(0x87), _))
            | (GeneralName::Other(Tag(0x87), _), Subtree::Ip { .. }) => Err(Breach::Malformed("address".to_owned())),
            (GeneralName::Other(a, _), Subtree::Other(b, _)) if a == b => Err(Breach::Unsupported),
            _ => return None,
        })
    })
    .map_err(|b| match b {
        Breach::NotPermitted(_) => 47,
        Breach::Excluded(_) => 48,
        Breach::Unsupported => 51,
        Breach::Malformed(_) => 53,
        Breach::TooMany => 1,
    })
}

/// OpenSSL takes a common name for a host when it has dots and only host characters.
fn looks_like_host(cn: &str) -> bool {
    let bytes = cn.as_bytes();
    let inner = |i: usize, b: u8| match b {
        b'-' => i > 0,
        b'.' => i > 0 && i + 1 < bytes.len() && bytes.get(i + 1).is_some_and(|n| *n != b'.' && *n != b'-'),
        b'_' => true,
        b'*' => i == 0,
        b => b.is_ascii_alphanumeric(),
    };
    cn.contains('.') && bytes.iter().enumerate().all(|(i, b)| inner(i, *b))
}

/// The base is a suffix at a label's edge; a base with a leading dot wants something before it.
fn suffix(name: &str, base: &str) -> bool {
    if base.is_empty() {
        return true;
    }
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    match name.strip_suffix(base.as_str()) {
        Some("") => true,
        Some(head) => base.starts_with('.') || head.ends_with('.'),
        None => false,
    }
}

fn openssl_email(name: &str, base: &str) -> Result<bool, Breach> {
    let Some((local, host)) = name.rsplit_once('@') else { return Err(Breach::Malformed(name.to_owned())) };
    if let Some((l, h)) = base.rsplit_once('@') {
        return Ok((l.is_empty() || l == local) && h.eq_ignore_ascii_case(host));
    }
    if base.starts_with('.') {
        return Ok(suffix(host, base) && host.len() > base.len());
    }
    Ok(host.eq_ignore_ascii_case(base))
}

fn openssl_uri(name: &str, base: &str) -> Result<bool, Breach> {
    let Some((_, rest)) = name.split_once("://") else { return Err(Breach::Malformed(name.to_owned())) };
    let host = rest.split([':', '/']).next().unwrap_or_default();
    if host.is_empty() {
        return Err(Breach::Malformed(name.to_owned()));
    }
    if base.starts_with('.') {
        return Ok(host.len() > base.len() && suffix(host, base));
    }
    Ok(host.eq_ignore_ascii_case(base))
}

/// Network and mask; the other family is outside.
fn masked(address: IpAddr, network: &[u8], mask: &[u8]) -> bool {
    let octets = octets(address);
    octets.len() == network.len() && octets.iter().zip(network).zip(mask).all(|((a, n), m)| a & m == n & m)
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(a) => a.octets().to_vec(),
        IpAddr::V6(a) => a.octets().to_vec(),
    }
}

/// A mask that is ones, then zeros.
pub(crate) fn contiguous(mask: &[u8]) -> bool {
    let bits: Vec<bool> = mask.iter().flat_map(|b| (0..8).map(move |i| b & (0x80 >> i) != 0)).collect();
    let ones = bits.iter().take_while(|b| **b).count();
    bits.iter().skip(ones).all(|b| !b)
}

/// Go: dNSName, iPAddress, e-mail and URI of alternative names. `wildcards`: an asterisk is looked at (late 2025).
pub(crate) fn go(ca: &Cert, child: &Cert, wildcards: bool) -> Result<(), Breach> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    if child.sans().len().saturating_mul(nc.permitted.len() + nc.excluded.len()) > 250_000 {
        return Err(Breach::TooMany);
    }
    frame(nc, child.sans(), &|name, base, excluding| {
        Some(match (name, base) {
            (GeneralName::Dns(n), Subtree::Dns(b)) => Ok(labels_inside(n, b, excluding && wildcards)),
            (GeneralName::Ip(a), Subtree::Ip { network, mask }) => Ok(masked(*a, network, mask)),
            (GeneralName::Email(n), Subtree::Email(b)) => match (n.rsplit_once('@'), b.rsplit_once('@')) {
                (Some((local, host)), Some((l, h))) => Ok(local == l && host.eq_ignore_ascii_case(h)),
                (Some((_, host)), None) => Ok(labels_inside(host, b, false)),
                (None, _) => Err(Breach::Malformed(n.clone())),
            },
            (GeneralName::Uri(n), Subtree::Uri(b)) => match uri_host(n) {
                Some(host) if host.parse::<IpAddr>().is_err() => Ok(labels_inside(host, b, false)),
                _ => Err(Breach::Malformed(n.clone())),
            },
            _ => return None,
        })
    })
}

/// Label by label; a leading dot in the base demands at least one label more.
fn labels_inside(name: &str, base: &str, reach: bool) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.is_empty() {
        return true;
    }
    if reach && reaches(&name, &base) {
        return true;
    }
    match base.strip_prefix('.') {
        Some(rest) => name.strip_suffix(rest).is_some_and(|head| head.len() > 1 && head.ends_with('.')),
        None => suffix(&name, &base),
    }
}

/// `*.a.test` can stand for `b.a.test`.
fn reaches(name: &str, base: &str) -> bool {
    let base = base.strip_prefix('.').unwrap_or(base);
    match (name.strip_prefix("*."), base.split_once('.')) {
        (Some(parent), Some((_, above))) => parent == above,
        _ => false,
    }
}

fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let host = host.rsplit_once(':').map_or(host, |(h, _)| h);
    (!host.is_empty()).then_some(host)
}

/// rustls-webpki: dNSName and iPAddress; a directoryName or URI constraint refuses every such name.
pub(crate) fn webpki(ca: &Cert, child: &Cert) -> Result<(), Breach> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    let mut names = child.sans().to_vec();
    names.push(GeneralName::Directory(child.subject().clone()));
    frame(nc, &names, &|name, base, excluding| webpki_inside(name, base, excluding, true))
}

fn webpki_inside(name: &GeneralName, base: &Subtree, excluding: bool, reject: bool) -> Option<Result<bool, Breach>> {
    Some(match (name, base) {
        (GeneralName::Dns(n), Subtree::Dns(b)) => pkix_dns(n, b, excluding),
        (GeneralName::Ip(a), Subtree::Ip { network, mask }) => {
            if contiguous(mask) || !reject {
                Ok(masked(*a, network, mask))
            } else {
                Err(Breach::Malformed("InvalidNetworkMaskConstraint".to_owned()))
            }
        }
        (GeneralName::Ip(_), Subtree::Other(Tag(0x87), _)) => {
            Err(Breach::Malformed("InvalidNetworkMaskConstraint".to_owned()))
        }
        (GeneralName::Other(Tag(0x87), _), Subtree::Ip { .. }) => Err(Breach::Malformed("BadDer".to_owned())),
        (GeneralName::Directory(_), Subtree::Directory(_)) | (GeneralName::Uri(_), Subtree::Uri(_)) if reject => {
            Ok(excluding)
        }
        (GeneralName::Email(_), Subtree::Email(_)) if reject => Err(Breach::Unsupported),
        (GeneralName::Other(a, _), Subtree::Other(b, _)) if a == b => Err(Breach::Unsupported),
        _ => return None,
    })
}

/// The comparison of webpki and mozilla::pkix.
fn pkix_dns(name: &str, base: &str, excluding: bool) -> Result<bool, Breach> {
    if !super::naming::webpki_valid(name, true) {
        return Err(Breach::Malformed("MalformedDnsIdentifier".to_owned()));
    }
    let body = base.strip_prefix('.').unwrap_or(base);
    if !base.is_empty() && !super::naming::webpki_valid(body, false) {
        return Err(Breach::Malformed("MalformedNameConstraint".to_owned()));
    }
    Ok(labels_inside(name, base, excluding))
}

/// mozilla::pkix: dNSName, iPAddress, e-mail, directoryName; the common name where there is no alternative name.
pub(crate) fn mozilla(ca: &Cert, child: &Cert, leaf: bool) -> Result<(), Breach> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    let mut names = child.sans().to_vec();
    if !child.has_san() && leaf {
        names.extend(host_from_common_name(child));
    }
    names.push(GeneralName::Directory(child.subject().clone()));
    frame(nc, &names, &|name, base, excluding| match (name, base) {
        (GeneralName::Directory(n), Subtree::Directory(b)) => Some(Ok(n.within(b))),
        (GeneralName::Email(n), Subtree::Email(b)) => Some(openssl_email(n, b)),
        (GeneralName::Uri(_), Subtree::Uri(_)) => Some(Err(Breach::Unsupported)),
        _ => webpki_inside(name, base, excluding, false),
    })
}

fn host_from_common_name(c: &Cert) -> Option<GeneralName> {
    let cn = c.common_name()?;
    if let Ok(ip) = cn.parse() {
        return Some(GeneralName::Ip(ip));
    }
    super::naming::webpki_valid(cn, true).then(|| GeneralName::Dns(cn.to_owned()))
}

/// Chromium (BoringSSL pki): dNSName, iPAddress, directoryName, e-mail; unknown forms only where the name has one.
pub(crate) fn chromium(ca: &Cert, child: &Cert) -> Result<(), Breach> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    if child.sans().len().saturating_mul(nc.permitted.len() + nc.excluded.len()) > 1 << 20 {
        return Err(Breach::TooMany);
    }
    let mut names = child.sans().to_vec();
    if !child.subject().is_empty() {
        names.push(GeneralName::Directory(child.subject().clone()));
        if child.sans().is_empty() || !names.iter().any(|n| matches!(n, GeneralName::Email(_))) {
            names.extend(child.subject().of(oid::EMAIL_ADDRESS).map(|e| GeneralName::Email(e.to_owned())));
        }
    }
    frame(nc, &names, &|name, base, excluding| {
        Some(match (name, base) {
            (GeneralName::Dns(n), Subtree::Dns(b)) => Ok(labels_inside(n, b, excluding)),
            (GeneralName::Ip(a), Subtree::Ip { network, mask }) => Ok(masked(*a, network, mask)),
            (GeneralName::Directory(n), Subtree::Directory(b)) => Ok(n.within(b)),
            (GeneralName::Email(n), Subtree::Email(b)) => openssl_email(n, b),
            (GeneralName::Uri(_), Subtree::Uri(_)) => Err(Breach::Unsupported),
            (GeneralName::Other(a, _), Subtree::Other(b, _)) if a == b => Err(Breach::Unsupported),
            _ => return None,
        })
    })
}

/// GnuTLS: dNSName, e-mail, iPAddress; directoryName and URI bases are not looked at. The common name counts where there
/// is no dNSName.
pub(crate) fn gnutls(ca: &Cert, child: &Cert) -> Result<(), Breach> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    // A base that cannot be read spoils the extension.
    let unusable = |b: &Subtree| match b {
        Subtree::Ip { mask, .. } => !contiguous(mask),
        Subtree::Other(Tag(0x87), _) => true,
        _ => false,
    };
    if nc.permitted.iter().chain(&nc.excluded).any(unusable) {
        return Err(Breach::Unsupported);
    }
    if child.sans().len().saturating_mul(nc.permitted.len() + nc.excluded.len()) > 1 << 20 {
        return Err(Breach::TooMany);
    }
    let mut names = child.sans().to_vec();
    let has = |f: fn(&GeneralName) -> bool| child.sans().iter().any(f);
    if !has(|n| matches!(n, GeneralName::Dns(_))) && !child.is_ca() {
        names.extend(child.common_name().map(|cn| GeneralName::Dns(cn.to_owned())));
    }
    if !has(|n| matches!(n, GeneralName::Email(_))) {
        names.extend(child.subject().of(oid::EMAIL_ADDRESS).map(|e| GeneralName::Email(e.to_owned())));
    }
    frame(nc, &names, &|name, base, _| {
        Some(match (name, base) {
            (GeneralName::Dns(n), Subtree::Dns(b)) => Ok(suffix(n, b)),
            (GeneralName::Email(n), Subtree::Email(b)) => openssl_email(n, b),
            (GeneralName::Ip(a), Subtree::Ip { network, mask }) => {
                // The other family counts by itself.
                if octets(*a).len() != network.len() {
                    return None;
                }
                Ok(masked(*a, network, mask))
            }
            (GeneralName::Uri(_), Subtree::Uri(_)) => Err(Breach::Unsupported),
            (GeneralName::Other(a, _), Subtree::Other(b, _)) if a == b => Err(Breach::Unsupported),
            _ => return None,
        })
    })
}

/// Java: all five forms; the common name where there is no dNSName. `leading_dot`: a base may begin with a dot (17).
pub(crate) fn java(ca: &Cert, child: &Cert, leading_dot: bool) -> Result<(), Breach> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    let mut names = Vec::new();
    if !child.subject().is_empty() {
        names.push(GeneralName::Directory(child.subject().clone()));
    }
    names.extend(child.sans().iter().cloned());
    if !child.has_san() {
        names.extend(child.subject().of(oid::EMAIL_ADDRESS).map(|e| GeneralName::Email(e.to_owned())));
    }
    if !child.sans().iter().any(|n| matches!(n, GeneralName::Dns(_))) && !child.is_ca() {
        let cn = child.common_name().filter(|cn| super::naming::java_name(cn));
        names.extend(cn.map(|cn| GeneralName::Dns(cn.to_owned())));
    }
    frame(nc, &names, &|name, base, _| {
        Some(match (name, base) {
            (GeneralName::Dns(n), Subtree::Dns(b)) => match b.strip_prefix('.') {
                Some(rest) if leading_dot => Ok(labels_inside(n, &format!(".{rest}"), false)),
                Some(_) => Ok(false),
                None => Ok(suffix(n, b)),
            },
            (GeneralName::Ip(a), Subtree::Ip { network, mask }) => Ok(masked(*a, network, mask)),
            (GeneralName::Directory(n), Subtree::Directory(b)) => Ok(n.within(b)),
            (GeneralName::Email(n), Subtree::Email(b)) => openssl_email(n, b),
            (GeneralName::Uri(n), Subtree::Uri(b)) => openssl_uri(n, b),
            _ => return None,
        })
    })
}

/// wolfSSL 5.5: dNSName, e-mail, directoryName; the common name where there is no alternative name.
pub(crate) fn wolfssl(ca: &Cert, child: &Cert) -> Result<(), Breach> {
    let Some(nc) = constraints(ca) else { return Ok(()) };
    let mut names = child.sans().to_vec();
    if !names.iter().any(|n| matches!(n, GeneralName::Dns(_))) {
        names.extend(child.common_name().map(|cn| GeneralName::Dns(cn.to_owned())));
    }
    names.push(GeneralName::Directory(child.subject().clone()));
    frame(nc, &names, &|name, base, _| {
        Some(match (name, base) {
            (GeneralName::Dns(n), Subtree::Dns(b)) => Ok(suffix(n, b)),
            (GeneralName::Email(n), Subtree::Email(b)) => openssl_email(n, b),
            (GeneralName::Directory(n), Subtree::Directory(b)) => Ok(n.within(b)),
            _ => return None,
        })
    })
}

/// pyca: dNSName and iPAddress of alternative names, each with strict syntax; directoryName is not looked at.
pub(crate) fn pyca(nc: &NameConstraints, child: &Cert, budget: &mut usize) -> Result<(), Breach> {
    let mut permitted = None;
    for name in child.sans() {
        let all = nc.permitted.iter().map(|b| (b, false)).chain(nc.excluded.iter().map(|b| (b, true)));
        let (mut constrained, mut fits) = (false, false);
        for (base, excluding) in all {
            match budget.checked_sub(1) {
                Some(left) => *budget = left,
                None => return Err(Breach::TooMany),
            }
            match pyca_inside(name, base) {
                None => {}
                Some(inside) => {
                    let inside = inside?;
                    if excluding && inside {
                        return Err(Breach::Excluded(name.clone()));
                    }
                    if !excluding {
                        constrained = true;
                        fits |= inside;
                    }
                }
            }
        }
        if constrained && !fits {
            permitted = permitted.or(Some(name.clone()));
        }
    }
    permitted.map_or(Ok(()), |n| Err(Breach::NotPermitted(n)))
}

fn pyca_inside(name: &GeneralName, base: &Subtree) -> Option<Result<bool, Breach>> {
    Some(match (name, base) {
        (GeneralName::Dns(n), Subtree::Dns(b)) => {
            if !super::naming::pyca_valid(b) {
                return Some(Err(Breach::Malformed(format!("malformed DNS name constraint: {b}"))));
            }
            let body = n.strip_prefix("*.").unwrap_or(n);
            if !super::naming::pyca_valid(body) {
                return Some(Err(Breach::Malformed(format!("unsatisfiable DNS name constraint: malformed SAN {n}"))));
            }
            // What a wildcard could stand for counts as inside, of permitted bases too.
            Ok(suffix(n, b) || reaches(&n.to_ascii_lowercase(), &b.to_ascii_lowercase()))
        }
        (GeneralName::Ip(a), Subtree::Ip { network, mask }) => {
            if !contiguous(mask) {
                let all: Vec<u8> = network.iter().chain(mask).copied().collect();
                return Some(Err(Breach::Malformed(format!("malformed IP name constraints: {all:?}"))));
            }
            Ok(masked(*a, network, mask))
        }
        (GeneralName::Ip(_), Subtree::Other(Tag(0x87), b)) => {
            Err(Breach::Malformed(format!("malformed IP name constraints: {b:?}")))
        }
        (GeneralName::Other(Tag(0x87), b), Subtree::Ip { .. }) => {
            Err(Breach::Malformed(format!("unsatisfiable IP name constraint: malformed SAN {b:?}")))
        }
        (GeneralName::Directory(_) | GeneralName::Email(_) | GeneralName::Uri(_) | GeneralName::Other(..), b)
            if pyca_same_form(name, b) =>
        {
            Err(Breach::Unsupported)
        }
        _ => return None,
    })
}

fn pyca_same_form(name: &GeneralName, base: &Subtree) -> bool {
    match (name, base) {
        (GeneralName::Directory(_), Subtree::Directory(_))
        | (GeneralName::Email(_), Subtree::Email(_))
        | (GeneralName::Uri(_), Subtree::Uri(_)) => true,
        (GeneralName::Other(a, _), Subtree::Other(b, _)) => a == b,
        _ => false,
    }
}
