//! What a [`Standard`](super::Standard) demands of a certificate beyond the reasons why clients refuse it.

use super::{Reason, Role};
use crate::algorithm::SignatureAlgorithm;
use crate::certificate::Certificate;
use crate::crl::RevocationState;
use crate::extensions::{GeneralName, Subtree};
use crate::key::{Curve, KeyKind};
use crate::oid::{self, Oid};
use crate::policy::PolicyFailure;
use std::net::IpAddr;

/// A rule of a standard that a certificate breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// A reason or note that counts in this standard.
    Reason(Reason),
    /// It is not of version 3; its version (Baseline Requirements 7.1.1).
    Version(u64),
    /// authorityKeyIdentifier without a key identifier, or with issuer and serial number beside or instead of it
    /// (Baseline Requirements 7.1.2.11.1).
    AuthorityKeyIdForm,
    /// A root whose authorityKeyIdentifier is not its own subjectKeyIdentifier (Baseline Requirements 7.1.2.1.3).
    AuthorityKeyIdOfAnother,
    /// A server certificate without extKeyUsage (Baseline Requirements 7.1.2.7.10).
    EkuMissing,
    /// A server certificate with anyExtendedKeyUsage (Baseline Requirements 7.1.2.7.10).
    EkuAny,
    /// extKeyUsage is critical (Baseline Requirements 7.1.2.7.6).
    EkuCritical,
    /// A root with extKeyUsage (Baseline Requirements 7.1.2.1.2).
    EkuInRoot,
    /// A server certificate without subjectAltName.
    SanMissing,
    /// subjectAltName is critical beside a subject that is not empty (Baseline Requirements 7.1.2.7.12).
    SanCritical,
    /// A dNSName that is no name in the preferred syntax (RFC 5280 4.2.1.6, RFC 1034 3.5), or a mailbox without form.
    SanForm(String),
    /// A wildcard directly below a public suffix (Baseline Requirements 3.2.2.6); the name. Below the suffix of a
    /// registry always, below one of a private holder, who may own all of it, where it is what covers the host.
    PublicSuffixWildcard(String),
    /// A common name that is no copy of a subject alternative name (Baseline Requirements 7.1.4.3).
    CommonNameNotInSan(String),
    /// A key of a kind or size that public CAs must not certify (Baseline Requirements 6.1.5).
    KeyNotAllowed,
    /// A base of nameConstraints that cannot be one: an asterisk, a leading period of a DNS name, a mask with holes
    /// (RFC 5280 4.2.1.10).
    ConstraintsForm(String),
    /// An extension about policies that must be critical and is not (RFC 5280 4.2.1.11, 4.2.1.14).
    PolicyExtensionNotCritical(Oid),
    /// More intermediates than allowed.
    TooManyIntermediates {
        /// So many are allowed.
        limit: usize,
        /// So many are there, self-issued ones not counted.
        found: usize,
    },
    /// The leaf does not allow a purpose that was asked for.
    UsageMissing(Oid),
    /// The leaf's keyUsage lacks bits that were asked for.
    KeyUsageBitsMissing(u16),
    /// The leaf does not name a mailbox that was asked for.
    MailboxMissing(String),
    /// A signature algorithm that was not asked for.
    SignatureNotAllowed(SignatureAlgorithm),
    /// The policies of the path fail.
    Policy(PolicyFailure),
    /// Revoked, or not known whether.
    Revocation(RevocationState),
}

/// Rules about a certificate by itself. Which of them count, the standard says.
pub(super) fn breaches(c: &Certificate, role: Role) -> Vec<Breach> {
    let mut out = Vec::new();
    if c.version != 3 {
        out.push(Breach::Version(c.version));
    }
    key_ids(c, role, &mut out);
    let root = matches!(role, Role::Anchor | Role::UntrustedRoot) && c.self_issued();
    let x = &c.extensions;
    if root && x.extended_key_usage.is_some() {
        out.push(Breach::EkuInRoot);
    }
    if role == Role::Leaf {
        leaf(c, &mut out);
    }
    if x.critical(oid::SUBJECT_ALT_NAME) == Some(true) && !c.subject.is_empty() {
        out.push(Breach::SanCritical);
    }
    out.extend(c.sans().filter_map(san_form).map(Breach::SanForm));
    for id in [oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY] {
        if x.critical(id) == Some(false) {
            out.push(Breach::PolicyExtensionNotCritical(Oid::from_der(id)));
        }
    }
    if let Some(n) = &x.name_constraints {
        let trees = n.permitted.iter().chain(&n.excluded);
        out.extend(trees.filter_map(constraint_form).map(Breach::ConstraintsForm));
    }
    if !key_allowed(&c.public_key.kind) {
        out.push(Breach::KeyNotAllowed);
    }
    out
}

fn key_ids(c: &Certificate, role: Role, out: &mut Vec<Breach>) {
    let Some(aki) = &c.extensions.authority_key_id else { return };
    if aki.key_id.is_none() || aki.issuer.is_some() || aki.serial.is_some() {
        out.push(Breach::AuthorityKeyIdForm);
    }
    let own = c.extensions.subject_key_id.as_deref();
    if role != Role::Leaf && c.self_issued() && aki.key_id.is_some() && aki.key_id.as_deref() != own {
        // A self-issued certificate between was signed by another key of the same CA.
        if matches!(role, Role::Anchor | Role::UntrustedRoot) {
            out.push(Breach::AuthorityKeyIdOfAnother);
        }
    }
}

fn leaf(c: &Certificate, out: &mut Vec<Breach>) {
    let x = &c.extensions;
    if x.extended_key_usage.is_none() {
        out.push(Breach::EkuMissing);
    }
    if x.extended_key_usage.iter().flatten().any(|o| *o == *oid::ANY_EXTENDED_KEY_USAGE) {
        out.push(Breach::EkuAny);
    }
    if x.critical(oid::EXTENDED_KEY_USAGE) == Some(true) {
        out.push(Breach::EkuCritical);
    }
    if x.subject_alt_names.is_none() {
        out.push(Breach::SanMissing);
    }
    for name in c.dns_names() {
        if let Some(rest) = name.strip_prefix("*.")
            && public_suffix(rest) == Some(Suffix::Registry)
        {
            out.push(Breach::PublicSuffixWildcard(name.to_owned()));
        }
    }
    for cn in c.subject.common_names() {
        let copied = c.sans().any(|n| match n {
            GeneralName::Dns(d) => d == cn,
            GeneralName::Ip(ip) => in_words(*ip) == cn,
            GeneralName::Email(e) => e == cn,
            _ => false,
        });
        if !copied {
            out.push(Breach::CommonNameNotInSan(cn.to_owned()));
        }
    }
}

/// RFC 5952 for IPv6, as the standard library prints it, but for embedded IPv4 addresses.
fn in_words(ip: IpAddr) -> String {
    ip.to_string()
}

/// A name below which many hold names that know nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// Of a registry, such as `co.kr`.
    Registry,
    /// Of one who gives names to customers, such as a content network.
    Private,
}

/// Whether a name is a public suffix by the list at publicsuffix.org.
pub(super) fn public_suffix(name: &str) -> Option<Suffix> {
    let name = name.to_ascii_lowercase();
    let suffix = psl::suffix(name.as_bytes()).filter(|s| s.is_known() && s.as_bytes() == name.as_bytes())?;
    Some(if suffix.typ() == Some(psl::Type::Icann) { Suffix::Registry } else { Suffix::Private })
}

/// A name that is none.
fn san_form(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Dns(d) => {
            let body = d.strip_prefix("*.").unwrap_or(d);
            (!preferred_syntax(body)).then(|| d.clone())
        }
        GeneralName::Email(e) => {
            let fine = e.split_once('@').is_some_and(|(local, host)| !local.is_empty() && preferred_syntax(host));
            (!fine).then(|| e.clone())
        }
        _ => None,
    }
}

/// Letters, digits and hyphens within labels (RFC 1034 3.5, RFC 1123 2.1).
fn preferred_syntax(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|l| {
            !l.is_empty()
                && l.len() <= 63
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !l.starts_with('-')
                && !l.ends_with('-')
        })
}

/// A base that can be none.
fn constraint_form(tree: &Subtree) -> Option<String> {
    match tree {
        // An empty base is every name.
        Subtree::Dns(d) => (!d.is_empty() && !preferred_syntax(d)).then(|| d.clone()),
        Subtree::Email(e) => {
            let host = e.rsplit_once('@').map_or(e.as_str(), |(_, h)| h);
            let host = if e.contains('@') { host } else { host.strip_prefix('.').unwrap_or(host) };
            let local = e.rsplit_once('@').is_none_or(|(l, _)| !l.is_empty() && !l.contains('@'));
            (!(e.is_empty() || local && preferred_syntax(host))).then(|| e.clone())
        }
        Subtree::Ip { mask, .. } => {
            let ones = mask.iter().map(|b| b.leading_ones()).take_while(|n| *n == 8).count();
            let rest = mask.get(ones..).unwrap_or_default();
            let (first, tail) = rest.split_first().map_or((0, [].as_slice()), |(f, t)| (*f, t));
            let whole = first.leading_ones() + first.trailing_zeros() >= 8 && tail.iter().all(|b| *b == 0);
            (!whole).then(|| mask.iter().map(|b| b.to_string()).collect::<Vec<_>>().join("."))
        }
        Subtree::Uri(u) => {
            let host = u.strip_prefix('.').unwrap_or(u);
            (!u.is_empty() && !preferred_syntax(host)).then(|| u.clone())
        }
        Subtree::Other(tag, _) if matches!(tag.0, 0x81 | 0x82 | 0x86 | 0x87) => Some(format!("form 0x{:02x}", tag.0)),
        Subtree::Directory(_) | Subtree::Other(..) => None,
    }
}

fn key_allowed(kind: &KeyKind) -> bool {
    match kind {
        KeyKind::Rsa { bits, .. } => *bits >= 2048 && bits.is_multiple_of(8),
        KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521) => true,
        _ => false,
    }
}
