//! mozilla::pkix as Firefox uses it: the leaf's own faults wait until a path is found, a fault that all candidates share
//! is told, different ones become "unknown issuer".

use super::algorithms::{CurveName, Key, SigFamily};
use super::cert::Cert;
use super::constraints;
use super::naming;
use super::prediction::ErrorKind as K;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared, Signed};
use crate::algorithm::Hash;
use crate::extensions::KeyUsage;
use crate::lint::Lint;
use crate::oid;
use std::rc::Rc;

/// Firefox, for anchors that the user imported or for roots of Mozilla's program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mozilla {
    /// Roots of the program: Certificate Transparency counts, intermediates are preloaded.
    pub(crate) public: bool,
}

/// Extensions that are understood when critical.
const KNOWN: &[&[u8]] = &[
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_CONSTRAINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::INHIBIT_ANY_POLICY,
    oid::AUTHORITY_INFO_ACCESS,
    oid::OCSP_NO_CHECK,
    oid::TLS_FEATURE,
    oid::SCT_LIST,
];

const MAX_SUB_CAS: usize = 6;
const MAX_CALLS: usize = 20_000;

/// An NSS error: its name, the category under which Firefox lets a user override it, its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Code(&'static str, u8, K);

const UNKNOWN_ISSUER: Code = Code("SEC_ERROR_UNKNOWN_ISSUER", 1, K::UnknownIssuer);
const SELF_SIGNED: Code = Code("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", 1, K::SelfSigned);
const EXPIRED: Code = Code("SEC_ERROR_EXPIRED_CERTIFICATE", 3, K::Expired);
const EXPIRED_ISSUER: Code = Code("SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE", 1, K::Expired);
const EARLY: Code = Code("MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE", 3, K::NotYetValid);
const EARLY_ISSUER: Code = Code("MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE", 1, K::NotYetValid);
const INVALID_TIME: Code = Code("SEC_ERROR_INVALID_TIME", 3, K::Malformed);
const DISABLED: Code = Code("SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED", 1, K::Algorithm);
const ALGORITHMS_DIFFER: Code = Code("MOZILLA_PKIX_ERROR_SIGNATURE_ALGORITHM_MISMATCH", 0, K::Malformed);
const BAD_SIGNATURE: Code = Code("SEC_ERROR_BAD_SIGNATURE", 0, K::Signature);
const BAD_DER: Code = Code("SEC_ERROR_BAD_DER", 0, K::Malformed);
const BAD_VALUE: Code = Code("SEC_ERROR_EXTENSION_VALUE_INVALID", 0, K::Malformed);
const UNKNOWN_CRITICAL: Code = Code("SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION", 0, K::CriticalExtension);
const CURVE: Code = Code("SEC_ERROR_UNSUPPORTED_ELLIPTIC_CURVE", 0, K::WeakKey);
const POINT: Code = Code("SEC_ERROR_UNSUPPORTED_EC_POINT_FORM", 0, K::WeakKey);
const KEY_KIND: Code = Code("SEC_ERROR_UNSUPPORTED_KEYALG", 0, K::Algorithm);
const KEY_SIZE: Code = Code("MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE", 1, K::WeakKey);
const EMPTY_ISSUER: Code = Code("MOZILLA_PKIX_ERROR_EMPTY_ISSUER_NAME", 1, K::Malformed);
const USAGE: Code = Code("SEC_ERROR_INADEQUATE_KEY_USAGE", 0, K::KeyUsage);
const PURPOSE: Code = Code("SEC_ERROR_INADEQUATE_CERT_TYPE", 0, K::ExtendedKeyUsage);
const CA_INVALID: Code = Code("SEC_ERROR_CA_CERT_INVALID", 1, K::NotACa);
const CA_AS_LEAF: Code = Code("MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY", 1, K::NotACa);
const V1_CA: Code = Code("MOZILLA_PKIX_ERROR_V1_CERT_USED_AS_CA", 1, K::NotACa);
const PATH_LENGTH: Code = Code("SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID", 0, K::PathLength);
const NAME_SPACE: Code = Code("SEC_ERROR_CERT_NOT_IN_NAME_SPACE", 0, K::NameConstraints);
const STAPLE: Code = Code("MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING", 0, K::Staple);
const DOMAIN: Code = Code("SSL_ERROR_BAD_CERT_DOMAIN", 2, K::Name);
const NO_OVERLAP: Code = Code("SSL_ERROR_NO_CYPHER_OVERLAP", 0, K::Handshake);

struct Search<'s, 'q> {
    shared: &'s Shared<'q>,
    calls: usize,
    /// The certificate at which the fault that is told was found.
    at: Option<usize>,
}

impl Mozilla {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        let mut search = Search { shared, calls: 0, at: None };
        match self.run(&mut search, settings) {
            Ok(()) if self.public && !shared.sent.first().is_some_and(|l| l.x().has_scts) => Outcome::Unknown(
                "no signed certificate timestamps in the certificate: they must come in the handshake or a staple"
                    .into(),
            ),
            Ok(()) => Outcome::Accept,
            Err(UNKNOWN_ISSUER) if self.public => Outcome::Unknown(
                "Firefox has the intermediates of public roots on disk, so a missing one may go unnoticed".into(),
            ),
            Err(Code(name, category, kind)) => {
                let text = format!("{name} overridable_category={category}");
                Outcome::Refuse(Refusal::new(kind, search.at, text, name))
            }
        }
    }

    fn run(&self, search: &mut Search<'_, '_>, settings: &Settings) -> Result<(), Code> {
        let shared = search.shared;
        search.at = Some(0);
        let leaf = shared.leaf().map_err(|_| BAD_DER)?.clone();
        if !settings.without_tls {
            let offered = match leaf.key {
                Key::Rsa { .. } => true,
                Key::Ec { curve, .. } => curve.is_nist() || curve == CurveName::Explicit,
                _ => false,
            };
            if !offered {
                return Err(NO_OVERLAP);
            }
            if let Key::Rsa { pss: true, .. } = leaf.key {
                return Err(Code("SSL_ERROR_INCORRECT_SIGNATURE_ALGORITHM", 0, K::Handshake));
            }
        }
        reads(&leaf)?;
        let usages = [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_ENCIPHERMENT, KeyUsage::KEY_AGREEMENT];
        let usage = usages.into_iter().find(|u| leaf.may(*u)).unwrap_or(KeyUsage::DIGITAL_SIGNATURE);
        match search.forward(std::slice::from_ref(&leaf), usage) {
            Err(UNKNOWN_ISSUER) if self_signed(shared, &leaf) => {
                search.at = Some(0);
                return Err(SELF_SIGNED);
            }
            other => other?,
        }
        search.at = Some(0);
        if leaf.x().must_staple && !shared.q.tls.stapled {
            return Err(STAPLE);
        }
        let Some(host) = shared.q.host else { return Ok(()) };
        let fits = match shared.address() {
            Some(ip) => naming::addresses(&leaf).contains(&ip),
            None => naming::dns_names(&leaf).iter().any(|n| naming::webpki_pattern(n, host)),
        };
        if fits { Ok(()) } else { Err(DOMAIN) }
    }
}

/// What reading a certificate refuses.
fn reads(c: &Cert) -> Result<(), Code> {
    if c.loose_lengths() {
        return Err(Code("SEC_ERROR_INVALID_ARGS", 0, K::Malformed));
    }
    if c.trailing() {
        return Err(BAD_DER);
    }
    if c.serial().is_empty() {
        return Err(Code("SEC_ERROR_LIBRARY_FAILURE", 0, K::Malformed));
    }
    if c.serial_not_minimal() {
        return Err(Code("MOZILLA_PKIX_ERROR_INVALID_INTEGER_ENCODING", 0, K::Malformed));
    }
    let known = |o: &crate::oid::Oid| KNOWN.contains(&o.as_bytes());
    if c.duplicate().is_some_and(known) {
        return Err(BAD_VALUE);
    }
    if c.critical_beyond(KNOWN).is_some() {
        return Err(UNKNOWN_CRITICAL);
    }
    Ok(())
}

fn self_signed(shared: &Shared<'_>, c: &Cert) -> bool {
    c.self_issued_octets() && shared.signed(c, &c.c.public_key) == Signed::Right
}

/// A set of candidates' results: equal faults stay, different ones become an unknown issuer.
#[derive(Default)]
struct Results(Option<Code>);

impl Results {
    fn record(&mut self, code: Code) {
        let code = match code {
            EXPIRED => EXPIRED_ISSUER,
            EARLY => EARLY_ISSUER,
            c => c,
        };
        self.0 = Some(match self.0 {
            Some(had) if had != code => UNKNOWN_ISSUER,
            _ => code,
        });
    }
}

impl Search<'_, '_> {
    /// BuildForward for the last of the path.
    fn forward(&mut self, path: &[Rc<Cert>], usage: u16) -> Result<(), Code> {
        let Some(c) = path.last().cloned() else { return Ok(()) };
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return Err(UNKNOWN_ISSUER);
        }
        let leaf = path.len() == 1;
        // A listed leaf is an anchor only where it is a CA; others are trusted as a peer, which takes an exception.
        let anchor = self.shared.listed(&c) && (!leaf || c.is_ca());
        let sub_cas = path.len().saturating_sub(2);
        let mut deferred = None;
        if let Err(code) = self.independent(&c, leaf, anchor, usage, sub_cas) {
            if !leaf || anchor {
                self.at = c.position;
                return Err(code);
            }
            deferred = Some(code);
        }
        if anchor {
            return Ok(());
        }
        if !leaf && sub_cas >= MAX_SUB_CAS {
            return Err(UNKNOWN_ISSUER);
        }
        self.issuers(path, &c)?;
        match deferred {
            Some(code) => {
                self.at = c.position;
                Err(code)
            }
            None => Ok(()),
        }
    }

    fn issuers(&mut self, path: &[Rc<Cert>], c: &Rc<Cert>) -> Result<(), Code> {
        let mut results = Results::default();
        let listed = self.shared.anchors_named(c.issuer());
        let sent: Vec<Rc<Cert>> = self.shared.sent.iter().skip(1).cloned().collect();
        for (candidate, from_store) in listed.iter().map(|a| (a, true)).chain(sent.iter().map(|s| (s, false))) {
            if candidate.subject().der() != c.issuer().der() {
                continue;
            }
            if let Err(code) = reads(candidate) {
                // What was sent and cannot be read is not looked at; a listed one's fault counts.
                if from_store {
                    results.record(code);
                }
                continue;
            }
            let is_anchor = self.shared.listed(candidate);
            if !from_store && !is_anchor && self_signed(self.shared, candidate) {
                continue;
            }
            match self.candidate(path, c, candidate) {
                Ok(()) => return Ok(()),
                Err(code) => results.record(code),
            }
        }
        Err(results.0.unwrap_or(UNKNOWN_ISSUER))
    }

    fn candidate(&mut self, path: &[Rc<Cert>], c: &Rc<Cert>, issuer: &Rc<Cert>) -> Result<(), Code> {
        let looped = path
            .iter()
            .any(|p| p.c.public_key.spki == issuer.c.public_key.spki && p.subject().der() == issuer.subject().der());
        if looped {
            return Err(UNKNOWN_ISSUER);
        }
        for (i, below) in path.iter().enumerate() {
            if constraints::mozilla(issuer, below, i == 0).is_err() {
                self.at = below.position;
                return Err(NAME_SPACE);
            }
        }
        let mut longer = path.to_vec();
        longer.push(issuer.clone());
        self.forward(&longer, KeyUsage::KEY_CERT_SIGN)?;
        self.at = c.position;
        if !algorithm_known(c) {
            return Err(DISABLED);
        }
        match c.sig.fits(issuer.key) && self.shared.signed_by(c, issuer) {
            true => Ok(()),
            false => Err(BAD_SIGNATURE),
        }
    }

    /// CheckIssuerIndependentProperties.
    fn independent(&self, c: &Cert, leaf: bool, anchor: bool, usage: u16, sub_cas: usize) -> Result<(), Code> {
        if c.times.iter().any(|t| !t.standard) || c.c.not_before > c.c.not_after {
            return Err(INVALID_TIME);
        }
        if !anchor {
            if !c.algorithms_agree {
                return Err(ALGORITHMS_DIFFER);
            }
            if !algorithm_known(c) {
                return Err(DISABLED);
            }
        }
        match c.key {
            Key::Rsa { pss: false, bits } if bits < 1_024 => return Err(KEY_SIZE),
            Key::Rsa { pss: false, .. } => {}
            Key::Ec { curve: CurveName::Explicit, .. } => return Err(BAD_DER),
            Key::Ec { curve, .. } if !curve.is_nist() => return Err(CURVE),
            Key::Ec { compressed: true, .. } => return Err(POINT),
            Key::Ec { .. } => {}
            _ => return Err(KEY_KIND),
        }
        if c.issuer().is_empty() {
            return Err(EMPTY_ISSUER);
        }
        if c.usage().is_some_and(|u| !u.any(usage)) {
            return Err(USAGE);
        }
        basic_constraints(c, leaf, anchor, sub_cas)?;
        if c.eku_lacks(&[oid::SERVER_AUTH]) {
            return Err(PURPOSE);
        }
        if leaf && c.eku().is_some_and(|list| list.iter().any(|o| *o == *oid::OCSP_SIGNING)) {
            return Err(PURPOSE);
        }
        if c.early(self.shared.time()) {
            return Err(EARLY);
        }
        if c.expired(self.shared.time()) { Err(EXPIRED) } else { Ok(()) }
    }
}

fn basic_constraints(c: &Cert, leaf: bool, anchor: bool, sub_cas: usize) -> Result<(), Code> {
    if c.lint(|l| matches!(l, Lint::BooleanForm(_))) || c.damaged().is_some_and(|o| *o == *oid::BASIC_CONSTRAINTS) {
        return Err(BAD_VALUE);
    }
    if leaf {
        return if c.is_ca() { Err(CA_AS_LEAF) } else { Ok(()) };
    }
    if c.x().basic_constraints.is_none() && c.c.version == 1 {
        return if anchor { Ok(()) } else { Err(V1_CA) };
    }
    if !c.is_ca() {
        return Err(CA_INVALID);
    }
    if c.path_len().is_some_and(|limit| sub_cas as u64 > limit) {
        return Err(PATH_LENGTH);
    }
    Ok(())
}

/// Signature algorithms that mozilla::pkix reads and Firefox still takes.
fn algorithm_known(c: &Cert) -> bool {
    match (c.sig.family, c.sig.hash) {
        (SigFamily::RsaPkcs1 | SigFamily::Ecdsa, Some(h)) => matches!(h, Hash::Sha256 | Hash::Sha384 | Hash::Sha512),
        (SigFamily::RsaPss { .. }, _) => c.sig.tls_pss(),
        _ => false,
    }
}
