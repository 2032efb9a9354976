//! Clients that were only read about: the rules their vendors tell, and an open answer wherever those do not decide.

use super::algorithms::{Key, SigFamily};
use super::cert::Cert;
use super::constraints;
use super::naming;
use super::prediction::ErrorKind as K;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared};
use crate::algorithm::Hash;
use crate::extensions::KeyUsage;
use crate::lint::Lint;
use crate::oid;
use std::rc::Rc;

/// Rules as documents give them; each field's source stands with the profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Documented {
    /// Only self-signed certificates of the list are anchors; `false`: every listed one.
    pub(crate) self_signed_only: bool,
    /// A missing issuer is fetched (caIssuers).
    pub(crate) fetches: bool,
    /// Issuers may also come from a cache or from other stores of the system.
    pub(crate) remembers: bool,
    /// RSA below this many bits is refused.
    pub(crate) least_rsa: usize,
    /// SHA-1 is refused under private anchors too.
    pub(crate) no_sha1: bool,
    /// For leaves issued from that moment on: most days of validity.
    pub(crate) longest: Option<(i64, i64)>,
    /// serverAuth must be named in leaves issued from that moment on.
    pub(crate) wants_server_auth: Option<i64>,
    /// How names are matched.
    pub(crate) names: Names,
    /// How faults are worded.
    pub(crate) words: Words,
}

/// Name rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// KB258858: `*` and `w*` in the first label, two labels after it; the common name where there is no dNSName.
    Windows,
    /// RFC 9525 without common name.
    NoCommonName,
}

/// Error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// HRESULT and its name.
    Windows,
    /// curl's exit code and the trust status.
    Curl,
    /// The vendor's wording was not read.
    None,
}

const KNOWN: &[&[u8]] = &[
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::NAME_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::CRL_DISTRIBUTION_POINTS,
];

const MAX_STEPS: usize = 500;
const MAX_PATH: usize = 10;

impl Documented {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        let leaf = match shared.leaf() {
            Ok(leaf) => leaf.clone(),
            Err(_) => return self.refuse(K::Malformed, Some(0), "the leaf cannot be read"),
        };
        let (paths, partial) = self.paths(shared, &leaf);
        let mut told: Option<(K, Option<usize>, &'static str)> = None;
        let mut open: Option<&'static str> = None;
        for path in &paths {
            match self.faults(shared, settings, path) {
                Ok(None) => return self.names(shared, &leaf),
                Ok(Some(why)) => open = open.or(Some(why)),
                Err(fault) => told = told.or(Some(fault)),
            }
        }
        if let Some(why) = open {
            return Outcome::Unknown(format!("the vendor's documents do not say: {why}"));
        }
        if let Some((kind, at, why)) = told {
            return self.refuse(kind, at, why);
        }
        let url = |c: &Rc<Cert>| c.x().ca_issuers.iter().any(|u| u.starts_with("http"));
        if self.fetches && shared.q.tls.fetched.is_none() && partial.iter().any(url) {
            return Outcome::Unknown("it fetches the missing issuer; what comes from there decides".into());
        }
        if self.remembers && !partial.iter().any(|c| c.self_issued()) {
            return Outcome::Unknown("a missing issuer may come from a cache or another store of the system".into());
        }
        if partial.iter().any(|c| c.self_issued()) {
            return self.refuse(K::SelfSigned, None, "the chain ends in a root that is not trusted");
        }
        self.refuse(K::UnknownIssuer, None, "no path to a trusted root")
    }

    /// Every path of right signatures to an anchor; else the certificates at which none went on.
    fn paths(&self, shared: &Shared<'_>, leaf: &Rc<Cert>) -> (Vec<Vec<Rc<Cert>>>, Vec<Rc<Cert>>) {
        let (mut found, mut ends) = (Vec::new(), Vec::new());
        let mut open = vec![vec![leaf.clone()]];
        let mut steps = 0;
        while let Some(path) = open.pop() {
            steps += 1;
            let Some(top) = path.last().cloned().filter(|_| steps <= MAX_STEPS) else { break };
            let anchor = shared.listed(&top) && (!self.self_signed_only || top.self_issued());
            if anchor {
                found.push(path);
                continue;
            }
            let sent = shared.sent.iter().skip(1).chain(&shared.fetched).cloned();
            let mut next: Vec<Rc<Cert>> = sent.chain(shared.anchors_named(top.issuer())).collect();
            next.retain(|c| {
                c.subject().matches(top.issuer()) && path.iter().all(|p| p.id() != c.id()) && shared.signed_by(&top, c)
            });
            next.dedup_by_key(|c| c.id());
            if next.is_empty() || path.len() >= MAX_PATH {
                ends.push(top);
                continue;
            }
            for c in next {
                let mut longer = path.clone();
                longer.push(c);
                open.push(longer);
            }
        }
        (found, ends)
    }

    /// What is told to be refused, or what is not told.
    #[allow(clippy::type_complexity)]
    fn faults(
        &self,
        shared: &Shared<'_>,
        settings: &Settings,
        path: &[Rc<Cert>],
    ) -> Result<Option<&'static str>, (K, Option<usize>, &'static str)> {
        let mut open = None;
        let mut between = 0u64;
        let now = shared.time();
        for (i, c) in path.iter().enumerate() {
            let anchor = i + 1 == path.len();
            let fault = |kind, why| Err((kind, c.position, why));
            if c.expired(now) {
                return fault(K::Expired, "out of date");
            }
            if c.early(now) {
                return fault(K::NotYetValid, "not yet valid");
            }
            if c.critical_beyond(KNOWN).is_some() {
                return fault(K::CriticalExtension, "unknown critical extension");
            }
            if c.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE, oid::NETSCAPE_SGC, oid::MICROSOFT_SGC]) {
                return fault(K::ExtendedKeyUsage, "extended key usage lacks serverAuth");
            }
            if let Key::Rsa { bits, .. } = c.key
                && bits < self.least_rsa
            {
                return fault(K::WeakKey, "RSA key too short");
            }
            if !anchor && c.sig.hash == Some(Hash::Md5) {
                return fault(K::Algorithm, "signed with MD5");
            }
            if !anchor && self.no_sha1 && c.sig.hash == Some(Hash::Sha1) {
                return fault(K::Algorithm, "signed with SHA-1");
            }
            if i > 0 {
                match c.x().basic_constraints {
                    Some(b) if !b.ca => return fault(K::NotACa, "an issuer is no CA"),
                    None if !anchor => return fault(K::NotACa, "an issuer has no basicConstraints"),
                    None => open = open.or(Some("an anchor without basicConstraints")),
                    _ => {}
                }
                if !c.may(KeyUsage::KEY_CERT_SIGN) {
                    return fault(K::KeyUsage, "an issuer's key usage lacks keyCertSign");
                }
                if c.path_len().is_some_and(|limit| between > limit) {
                    return fault(K::PathLength, "path length exceeded");
                }
                between += u64::from(!c.self_issued());
            }
            if path.iter().skip(i + 1).any(|ca| constraints::chromium(ca, c).is_err()) {
                return fault(K::NameConstraints, "name constraints");
            }
            open = open.or(unusual(c, anchor));
        }
        let Some(leaf) = path.first() else { return Ok(open) };
        let fault = |kind, why| Err((kind, Some(0), why));
        let days = leaf.c.not_after.saturating_sub(leaf.c.not_before) / 86_400;
        if self.longest.is_some_and(|(since, most)| leaf.c.not_before >= since && days > most) {
            return fault(K::Malformed, "valid for too long");
        }
        if self.wants_server_auth.is_some_and(|since| leaf.c.not_before >= since) && leaf.eku().is_none() {
            return fault(K::ExtendedKeyUsage, "extended key usage must name serverAuth");
        }
        if !settings.without_tls && !leaf.may(KeyUsage::DIGITAL_SIGNATURE) {
            open = open.or(Some("a leaf whose key usage lacks digitalSignature"));
        }
        if path.len() == 1 {
            open = open.or(Some("a leaf that is itself the anchor"));
        }
        Ok(open)
    }

    fn names(&self, shared: &Shared<'_>, leaf: &Cert) -> Outcome {
        let Some(host) = shared.q.host else { return Outcome::Accept };
        let fits = match (shared.address(), self.names) {
            (Some(ip), _) => naming::addresses(leaf).contains(&ip),
            (None, Names::Windows) => {
                let names = naming::dns_names(leaf);
                if names.is_empty() {
                    leaf.subject().common_names().any(|n| windows_pattern(n, host))
                } else {
                    names.iter().any(|n| windows_pattern(n, host))
                }
            }
            (None, Names::NoCommonName) => naming::dns_names(leaf).iter().any(|n| naming::webpki_pattern(n, host)),
        };
        if fits { Outcome::Accept } else { self.refuse(K::Name, Some(0), "the certificate does not name the host") }
    }

    fn refuse(&self, kind: K, at: Option<usize>, why: &str) -> Outcome {
        let code = match kind {
            K::Expired | K::NotYetValid => "CERT_E_EXPIRED (0x800B0101)",
            K::Name => "CERT_E_CN_NO_MATCH (0x800B010F)",
            K::SelfSigned => "CERT_E_UNTRUSTEDROOT (0x800B0109)",
            K::UnknownIssuer => "CERT_E_CHAINING (0x800B010A)",
            K::ExtendedKeyUsage | K::KeyUsage => "CERT_E_WRONG_USAGE (0x800B0110)",
            K::NameConstraints => "CERT_E_INVALID_NAME (0x800B0114)",
            K::NotACa | K::PathLength => "TRUST_E_BASIC_CONSTRAINTS (0x80096019)",
            _ => "",
        };
        let text = match self.words {
            Words::Windows => code.to_owned(),
            Words::Curl if code.is_empty() => String::new(),
            Words::Curl => format!("(60) {code}"),
            Words::None => String::new(),
        };
        Outcome::Refuse(Refusal::new(kind, at, text, why))
    }
}

/// Forms of which the documents read do not speak.
fn unusual(c: &Cert, anchor: bool) -> Option<&'static str> {
    let encoding = |l: &Lint| {
        matches!(
            l,
            Lint::LengthNotMinimal(_)
                | Lint::TrailingOctets(_)
                | Lint::BooleanForm(_)
                | Lint::DuplicateExtension(_)
                | Lint::DamagedExtension(..)
                | Lint::TimeForm(_)
                | Lint::DamagedTime(_)
                | Lint::SerialEmpty
                | Lint::AlgorithmMismatch
        )
    };
    if c.lint(encoding) {
        return Some("an encoding that is not DER");
    }
    if c.c.version != 3 {
        return Some("a certificate that is not version 3");
    }
    let key = match c.key {
        Key::Rsa { pss, bits } => !pss && bits <= 4_096,
        Key::Ec { curve, compressed } => curve.is_nist() && !compressed,
        _ => false,
    };
    if !key {
        return Some("a key of this kind");
    }
    let signature = match c.sig.family {
        SigFamily::RsaPkcs1 | SigFamily::Ecdsa => c.sig.hash != Some(Hash::Sha224),
        SigFamily::RsaPss { .. } => c.sig.tls_pss(),
        _ => false,
    };
    if !signature && !anchor {
        return Some("a signature algorithm of this kind");
    }
    if c.x().require_explicit_policy.is_some() {
        return Some("a policy that is demanded");
    }
    if c.subject().is_empty() || c.issuer().is_empty() {
        return Some("an empty name");
    }
    (c.usage().is_some_and(|u| u.0 == 0)).then_some("a key usage without bits")
}

/// KB258858: `*` or `w*` as the first label, at least two labels after it, no second asterisk.
fn windows_pattern(pattern: &str, host: &str) -> bool {
    if !pattern.contains('*') {
        return pattern.eq_ignore_ascii_case(host);
    }
    let (Some((first, rest)), Some((label, below))) = (pattern.split_once('.'), host.split_once('.')) else {
        return false;
    };
    let Some(head) = first.strip_suffix('*') else { return false };
    let (head, label) = (head.to_ascii_lowercase(), label.to_ascii_lowercase());
    !head.contains('*') && rest.contains('.') && rest.eq_ignore_ascii_case(below) && label.starts_with(&head)
}

#[cfg(test)]
mod tests {
    use super::windows_pattern;

    #[test]
    fn asterisks_of_kb258858() {
        for pattern in ["*.a.test", "w*.a.test", "www.a.test", "WWW.A.test"] {
            assert!(windows_pattern(pattern, "www.a.test"), "{pattern}");
        }
        for pattern in ["*w.a.test", "w*w.a.test", "*.test", "www.*.test", "*.*.test"] {
            assert!(!windows_pattern(pattern, "www.a.test"), "{pattern}");
        }
        assert!(!windows_pattern("*.com", "example.com"));
    }
}
