//! Name constraints (RFC 5280 4.2.1.10): which names of a certificate lie outside of what a CA above it may certify.

use crate::certificate::Certificate;
use crate::der::Tag;
use crate::extensions::{GeneralName, NameConstraints, Subtree};
use std::net::IpAddr;

/// A name that a CA's constraints forbid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameViolation {
    /// The name as written.
    pub name: String,
    /// True: it lies in an excluded subtree. False: it lies in no permitted one.
    pub excluded: bool,
}

/// Most comparisons of a name with a subtree for one certificate and one set of constraints.
const MAX_COMPARISONS: usize = 250_000;

/// Checks every name of a certificate. `None` where there are too many names and subtrees to compare.
pub fn violations(constraints: &NameConstraints, certificate: &Certificate) -> Option<Vec<NameViolation>> {
    let subtrees = constraints.permitted.len() + constraints.excluded.len();
    let names = names(certificate);
    if names.len().saturating_mul(subtrees) > MAX_COMPARISONS {
        return None;
    }
    let mut found = Vec::new();
    for name in &names {
        let mut constrained = false;
        let mut permitted = false;
        for tree in &constraints.permitted {
            match inside(name, tree, false) {
                Some(fits) => {
                    constrained = true;
                    permitted |= fits;
                }
                None => continue,
            }
        }
        if constrained && !permitted {
            found.push(NameViolation { name: name.to_string(), excluded: false });
        }
        if constraints.excluded.iter().any(|tree| inside(name, tree, true) == Some(true)) {
            found.push(NameViolation { name: name.to_string(), excluded: true });
        }
    }
    Some(found)
}

/// Subject (unless empty), alternative names, and e-mail addresses of the subject where no alternative name has one. A
/// common name that is a host name counts where there is no alternative name at all, as clients may still use it.
fn names(c: &Certificate) -> Vec<GeneralName> {
    let mut names: Vec<GeneralName> = c.sans().cloned().collect();
    if !names.iter().any(|n| matches!(n, GeneralName::Email(_))) {
        names.extend(c.subject.of(crate::oid::EMAIL_ADDRESS).map(|e| GeneralName::Email(e.to_owned())));
    }
    if c.extensions.subject_alt_names.is_none() && !c.is_ca() {
        let host = |cn: &&str| cn.contains('.') && !cn.contains(' ');
        names.extend(c.subject.common_names().filter(host).map(|cn| GeneralName::Dns(cn.to_owned())));
    }
    if !c.subject.is_empty() {
        names.push(GeneralName::Directory(c.subject.clone()));
    }
    names
}

/// Whether a name lies in a subtree; `None` where the subtree is of another form and says nothing about it.
fn inside(name: &GeneralName, tree: &Subtree, excluding: bool) -> Option<bool> {
    Some(match (name, tree) {
        (GeneralName::Dns(n), Subtree::Dns(base)) => dns_inside(n, base, excluding),
        (GeneralName::Ip(a), Subtree::Ip { network, mask }) => return ip_inside(*a, network, mask),
        (GeneralName::Email(n), Subtree::Email(base)) => match (n.rsplit_once('@'), base.rsplit_once('@')) {
            (Some((local, host)), Some((l, h))) => local == l && host.eq_ignore_ascii_case(h),
            (Some((_, host)), None) => host_inside(host, base),
            // No mailbox at all: nothing can be said for it.
            (None, _) => excluding,
        },
        (GeneralName::Uri(n), Subtree::Uri(base)) => match uri_host(n) {
            Some(host) => host_inside(host, base),
            None => excluding,
        },
        (GeneralName::Directory(n), Subtree::Directory(base)) => n.within(base),
        // A form that cannot be read or processed: RFC 5280 6.1.4 lets no name of that form pass.
        (n, Subtree::Other(tag, _)) if tag_of(n) == *tag => excluding,
        _ => return None,
    })
}

fn dns_inside(name: &str, base: &str, excluding: bool) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    let name = name.trim_end_matches('.');
    let base = base.strip_prefix('.').unwrap_or(&base);
    if base.is_empty() {
        return true;
    }
    let below = |n: &str, b: &str| n == b || n.strip_suffix(b).is_some_and(|head| head.ends_with('.'));
    match name.strip_prefix("*.") {
        // A wildcard reaches into an excluded subtree one label down.
        Some(parent) if excluding => {
            below(parent, base) || base.split_once('.').is_some_and(|(_, above)| above == parent)
        }
        Some(parent) => below(parent, base),
        None => below(name, base),
    }
}

fn ip_inside(address: IpAddr, network: &[u8], mask: &[u8]) -> Option<bool> {
    let octets = match address {
        IpAddr::V4(a) => a.octets().to_vec(),
        IpAddr::V6(a) => a.octets().to_vec(),
    };
    if octets.len() != network.len() {
        // The other family: constrained forms count together, so an IPv6 address is outside of an IPv4 network.
        return Some(false);
    }
    Some(octets.iter().zip(network).zip(mask).all(|((a, n), m)| a & m == n & m))
}

fn host_inside(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.starts_with('.') { host.ends_with(&base) } else { host == base }
}

fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    let host = host.split_once(':').map_or(host, |(h, _)| h);
    (!host.is_empty() && host.parse::<IpAddr>().is_err() && !host.starts_with('[')).then_some(host)
}

fn tag_of(name: &GeneralName) -> Tag {
    match name {
        GeneralName::Email(_) => Tag(0x81),
        GeneralName::Dns(_) => Tag(0x82),
        GeneralName::Directory(_) => Tag(0xa4),
        GeneralName::Uri(_) => Tag(0x86),
        GeneralName::Ip(_) => Tag(0x87),
        GeneralName::Other(tag, _) => *tag,
    }
}
