//! Chromium: BoringSSL's handshake first, then its path builder; every fault of a path counts, and a short list of kinds
//! decides which of few network errors is shown.

use super::algorithms::{CurveName, Key, Parameters, SigFamily};
use super::cert::Cert;
use super::constraints;
use super::naming;
use super::prediction::ErrorKind as K;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared};
use crate::algorithm::Hash;
use crate::der::Tag;
use crate::extensions::{GeneralName, KeyUsage};
use crate::lint::Lint;
use crate::oid;
use crate::time::unix_from_civil;
use std::rc::Rc;

/// Chrome for imported anchors, or for public roots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chromium {
    /// Roots of the program: validity limits and Certificate Transparency.
    pub(crate) public: bool,
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
];

/// Certificates on a path, leaf and anchor included.
const MAX_PATH: usize = 15;
const MAX_STEPS: usize = 3_000;

/// Faults of a path that the error shown depends on.
#[derive(Clone, Debug, Default)]
struct Faults {
    weak_key: bool,
    date: Option<bool>,
    authority: bool,
    /// What else is wrong; shown as plain ERR_CERT_INVALID.
    other: Option<(K, &'static str)>,
    at: Option<usize>,
}

impl Faults {
    fn none(&self) -> bool {
        !self.weak_key && self.date.is_none() && !self.authority && self.other.is_none()
    }

    fn other(&mut self, kind: K, why: &'static str, c: &Cert) {
        if self.other.is_none() {
            self.other = Some((kind, why));
            self.at = c.position;
        }
    }
}

fn error(kind: K, at: Option<usize>, name: &str, because: &str) -> Refusal {
    Refusal::new(kind, at, format!("net::{name}"), because)
}

impl Chromium {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        match self.run(shared, settings) {
            Err(Verdict::Refused(r)) => Outcome::Refuse(r),
            Err(Verdict::Unknown(why)) => Outcome::Unknown(why.to_owned()),
            Ok(()) => Outcome::Accept,
        }
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Verdict> {
        let leaf = shared
            .leaf()
            .map_err(|_| error(K::Malformed, Some(0), "ERR_SSL_SERVER_CERT_BAD_FORMAT", "the leaf cannot be read"))?
            .clone();
        if !settings.without_tls {
            handshake(&leaf)?;
        }
        leaf_reads(&leaf)?;
        let named = shared.q.host.is_none_or(|host| match shared.address() {
            Some(ip) => naming::addresses(&leaf).contains(&ip),
            None => naming::dns_names(&leaf).iter().any(|n| naming::chromium_pattern(n, host)),
        });
        let faults = Builder { shared, steps: 0, fetches: false }.best(&leaf)?;
        if !faults.none() && !faults.weak_key && faults.date.is_none() && !faults.authority {
            let (kind, why) = faults.other.unwrap_or((K::General, "invalid"));
            return Err(error(kind, faults.at, "ERR_CERT_INVALID", why).into());
        }
        if faults.authority {
            return Err(error(
                K::UnknownIssuer,
                faults.at,
                "ERR_CERT_AUTHORITY_INVALID",
                "no path to an anchor, or a wrong signature",
            )
            .into());
        }
        if !named {
            return Err(error(K::Name, Some(0), "ERR_CERT_COMMON_NAME_INVALID", "no alternative name fits").into());
        }
        if faults.weak_key {
            return Err(error(K::WeakKey, faults.at, "ERR_CERT_WEAK_KEY", "RSA below 1024 bits").into());
        }
        if let Some(expired) = faults.date {
            let kind = if expired { K::Expired } else { K::NotYetValid };
            return Err(
                error(kind, faults.at, "ERR_CERT_DATE_INVALID", "a certificate on the path is out of date").into()
            );
        }
        if self.public { public(&leaf) } else { Ok(()) }
    }
}

enum Verdict {
    Refused(Refusal),
    Unknown(&'static str),
}

impl From<Refusal> for Verdict {
    fn from(r: Refusal) -> Verdict {
        Verdict::Refused(r)
    }
}

/// Under public roots: how long a certificate may be valid, by when it was issued, and timestamps.
fn public(leaf: &Cert) -> Result<(), Verdict> {
    let since = |y, m, d| leaf.c.not_before >= unix_from_civil(y, m, d, 0, 0, 0);
    let days = leaf.c.not_after.saturating_sub(leaf.c.not_before) / 86_400;
    let limit = match () {
        () if since(2020, 9, 1) => 398,
        () if since(2018, 3, 1) => 825,
        () if since(2015, 4, 1) => 1_187,
        () => 1_827,
    };
    if days > limit {
        return Err(error(
            K::Malformed,
            Some(0),
            "ERR_CERT_VALIDITY_TOO_LONG",
            "valid for longer than public CAs may issue",
        )
        .into());
    }
    if !leaf.x().has_scts {
        return Err(Verdict::Unknown(
            "no signed certificate timestamps in the certificate: they must come in the handshake or a staple",
        ));
    }
    Ok(())
}

fn handshake(leaf: &Cert) -> Result<(), Refusal> {
    let offered = match leaf.key {
        Key::Rsa { .. } | Key::MlDsa => true,
        Key::Ec { curve, .. } => matches!(curve, CurveName::P256 | CurveName::P384 | CurveName::Explicit),
        _ => false,
    };
    if !offered {
        let because = "the client offers no signature scheme or curve for the leaf's key";
        return Err(error(K::Handshake, Some(0), "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", because));
    }
    if leaf.loose_lengths() || leaf.trailing() {
        return Err(error(K::Malformed, Some(0), "ERR_SSL_PROTOCOL_ERROR", "the leaf is not DER"));
    }
    if let Key::Rsa { pss: true, .. } | Key::Ec { curve: CurveName::Explicit, .. } = leaf.key {
        return Err(error(K::Handshake, Some(0), "ERR_SSL_PROTOCOL_ERROR", "a key of this form cannot be used"));
    }
    if !leaf.may(KeyUsage::DIGITAL_SIGNATURE) {
        let because = "the key exchange signs, and the leaf's key usage lacks digitalSignature";
        return Err(error(K::KeyUsage, Some(0), "ERR_SSL_KEY_USAGE_INCOMPATIBLE", because));
    }
    Ok(())
}

fn leaf_reads(leaf: &Cert) -> Result<(), Refusal> {
    if !frame_reads(leaf) {
        return Err(error(K::Malformed, Some(0), "ERR_SSL_SERVER_CERT_BAD_FORMAT", "the leaf is not DER"));
    }
    if !extensions_read(leaf) {
        return Err(error(K::Malformed, Some(0), "ERR_CERT_INVALID", "an extension of the leaf cannot be read"));
    }
    Ok(())
}

/// TBSCertificate and names; serial numbers may have any form.
fn frame_reads(c: &Cert) -> bool {
    let printable = |a: &crate::dn::Attribute| {
        a.tag == Tag::PRINTABLE && !a.value.bytes().all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(&b))
    };
    let mut names = c.issuer().attributes().iter().chain(c.subject().attributes());
    let odd_name = names.any(|a| printable(a) || (matches!(a.tag, Tag::UTF8 | Tag::IA5 | Tag::BMP) && !a.sound));
    let odd_version = c.c.version < 3 && !c.extensions.is_empty() || c.c.version > 3;
    c.times.iter().all(|t| t.standard) && !odd_name && !odd_version && !c.loose_lengths() && !c.trailing()
}

fn extensions_read(c: &Cert) -> bool {
    let bad_san = c.has_san()
        && (c.sans().is_empty()
            || c.sans().iter().any(|n| match n {
                GeneralName::Dns(t) | GeneralName::Email(t) | GeneralName::Uri(t) => !t.is_ascii(),
                GeneralName::Other(tag, _) => *tag == Tag(0x87),
                _ => false,
            }));
    let bad_subject = c.subject().is_empty() && !c.is_ca() && !c.critical(oid::SUBJECT_ALT_NAME);
    let empty_eku = c.eku().is_some_and(<[_]>::is_empty);
    c.duplicate().is_none()
        && c.damaged().is_none()
        && !bad_san
        && !bad_subject
        && !empty_eku
        && !c.lint(|l| matches!(l, Lint::BooleanForm(_)))
}

struct Builder<'s, 'q> {
    shared: &'s Shared<'q>,
    steps: usize,
    /// A certificate without issuer names a place to fetch it.
    fetches: bool,
}

impl Builder<'_, '_> {
    /// The faults of a path without any, else of the first path to an anchor, else of none.
    fn best(&mut self, leaf: &Rc<Cert>) -> Result<Faults, Verdict> {
        let mut first: Option<Faults> = None;
        if self.shared.listed(leaf) {
            let faults = self.path(std::slice::from_ref(leaf));
            if faults.none() {
                return Ok(faults);
            }
            first = Some(faults);
        }
        let mut open = vec![vec![leaf.clone()]];
        while let Some(path) = open.pop() {
            self.steps += 1;
            let Some(top) = path.last().cloned().filter(|_| self.steps <= MAX_STEPS) else { break };
            if path.len() >= MAX_PATH {
                continue;
            }
            let anchors = self.shared.anchors_named(top.issuer());
            let mut next: Vec<Rc<Cert>> = Vec::new();
            for a in anchors.iter().filter(|a| frame_reads(a) && extensions_read(a)) {
                let mut whole = path.clone();
                whole.push(a.clone());
                let faults = self.path(&whole);
                if faults.none() {
                    return Ok(faults);
                }
                first.get_or_insert(faults);
            }
            let sent = self.shared.sent.iter().skip(1).chain(&self.shared.fetched);
            next.extend(
                sent.filter(|c| c.subject().matches(top.issuer()) && frame_reads(c) && extensions_read(c)).cloned(),
            );
            let known = |c: &Rc<Cert>| path.iter().any(|p| p.id() == c.id()) || self.shared.listed(c);
            next.retain(|c| !known(c));
            if next.is_empty() && anchors.is_empty() {
                self.fetches |= top.x().ca_issuers.iter().any(|u| u.starts_with("http://"));
            }
            // Key identifiers that fit come first; the stack is taken from its end.
            let wanted = top.x().authority_key_id.as_ref().and_then(|a| a.key_id.as_ref());
            next.sort_by_key(|c| wanted.is_some() && c.x().subject_key_id.as_ref() == wanted);
            for c in next {
                let mut longer = path.clone();
                longer.push(c);
                open.push(longer);
            }
        }
        match first {
            Some(faults) => Ok(faults),
            None if self.fetches && self.shared.q.tls.fetched.is_none() => Err(Verdict::Unknown(
                "Chrome fetches the missing issuer from the URL in the certificate; what comes from there decides",
            )),
            None => Ok(Faults { authority: true, ..Faults::default() }),
        }
    }

    /// Every fault of a path, the last of which is the anchor.
    fn path(&self, path: &[Rc<Cert>]) -> Faults {
        let mut f = Faults::default();
        let now = self.shared.time();
        let mut between = 0u64;
        for (i, c) in path.iter().enumerate() {
            let anchor = i + 1 == path.len();
            if c.expired(now) || c.early(now) {
                f.date.get_or_insert(c.expired(now));
                f.at = f.at.or(c.position);
            }
            if let Key::Rsa { bits, .. } = c.key
                && bits < 1_024
            {
                f.weak_key = true;
                f.at = f.at.or(c.position);
            }
            if !c.algorithms_agree && !anchor {
                f.other(K::Malformed, "inner and outer signature algorithm differ", c);
            }
            if c.critical_beyond(KNOWN).is_some() {
                f.other(K::CriticalExtension, "unknown critical extension", c);
            }
            if c.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]) {
                f.other(K::ExtendedKeyUsage, "extended key usage lacks serverAuth", c);
            }
            if i > 0 {
                match c.x().basic_constraints {
                    Some(b) if !b.ca => f.other(K::NotACa, "an issuer is no CA", c),
                    None if !anchor => f.other(K::NotACa, "an issuer has no basicConstraints", c),
                    _ => {}
                }
                if !c.may(KeyUsage::KEY_CERT_SIGN) {
                    f.other(K::KeyUsage, "an issuer's key usage lacks keyCertSign", c);
                }
                if c.path_len().is_some_and(|limit| between > limit) {
                    f.other(K::PathLength, "path length exceeded", c);
                }
                if !c.self_issued() {
                    between += 1;
                }
            }
            if i == 0 || !c.self_issued() {
                let mut above = path.iter().skip(i + 1);
                if above.any(|ca| constraints::chromium(ca, c).is_err()) {
                    f.other(K::NameConstraints, "name constraints", c);
                }
            }
            if let Some(issuer) = path.get(i + 1) {
                if !acceptable(c, issuer) {
                    f.other(K::Algorithm, "signature algorithm or issuer's key not acceptable", c);
                } else if !self.shared.signed_by(c, issuer) {
                    f.authority = true;
                    f.at = f.at.or(c.position);
                }
            }
        }
        if let Some(leaf) = path.first().filter(|_| !super::go::policies_hold(path)) {
            f.other(K::Policy, "no acceptable policy", leaf);
        }
        f
    }
}

fn acceptable(c: &Cert, issuer: &Cert) -> bool {
    let algorithm = match (c.sig.family, c.sig.hash) {
        (SigFamily::RsaPkcs1, Some(Hash::Sha256 | Hash::Sha384 | Hash::Sha512)) => true,
        (SigFamily::Ecdsa, Some(Hash::Sha256 | Hash::Sha384 | Hash::Sha512)) => c.sig.parameters == Parameters::Absent,
        (SigFamily::RsaPss { .. }, _) => c.sig.tls_pss(),
        (SigFamily::MlDsa, _) => true,
        _ => false,
    };
    let key = match issuer.key {
        Key::Rsa { pss, .. } => !pss,
        Key::Ec { curve, .. } => curve.is_nist(),
        Key::MlDsa => true,
        _ => false,
    };
    algorithm && key
}
