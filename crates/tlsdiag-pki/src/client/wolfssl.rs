//! wolfSSL: the list is taken from its end, every CA in it that verifies joins the trusted ones, the leaf comes last; a
//! fault of a certificate that has a trusted issuer counts even when the leaf does not need that certificate.

use super::algorithms::{CurveName, Key, SigFamily};
use super::cert::Cert;
use super::constraints;
use super::naming;
use super::prediction::ErrorKind as K;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared, Signed};
use crate::extensions::{GeneralName, KeyUsage};
use crate::lint::Lint;
use crate::oid;
use std::rc::Rc;

/// wolfSSL 5.5 with verification switched on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WolfSsl;

const KNOWN: &[&[u8]] = &[
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::NAME_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::AUTHORITY_INFO_ACCESS,
];

/// Certificates of a list that are looked at.
const MAX_CHAIN: usize = 9;

/// A wolfSSL error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Code(i32, &'static str, K);

const NO_SIGNER: Code = Code(-188, "certificate verify failed", K::UnknownIssuer);
const SELF_SIGNED: Code = Code(-275, "ASN self-signed certificate error", K::SelfSigned);
const SIGNATURE: Code = Code(-155, "ASN sig error, confirm failure", K::Signature);
const AFTER: Code = Code(-151, "ASN date error, current date after", K::Expired);
const BEFORE: Code = Code(-150, "ASN date error, current date before", K::NotYetValid);
const PARSE: Code = Code(-140, "ASN parsing error, invalid input", K::Malformed);
const DOUBLE: Code = Code(-144, "ASN object id error, invalid id", K::Malformed);
const OTHER_OID: Code = Code(-152, "ASN signature error, mismatched oid", K::Algorithm);
const CRITICAL: Code = Code(-160, "X.509 Critical extension ignored or invalid", K::CriticalExtension);
const CONSTRAINT: Code = Code(-198, "Name Constraint error", K::NameConstraints);
const PURPOSE: Code = Code(-386, "Ext Key Use server/client auth not set Error", K::ExtendedKeyUsage);
const NAME: Code = Code(-322, "peer subject name mismatch", K::Name);
const SMALL: Code = Code(-409, "RSA key too small", K::WeakKey);
const LARGE: Code = Code(-112, "mp_exptmod error state", K::WeakKey);
const ARGUMENT: Code = Code(-173, "Bad function argument", K::Algorithm);
const PATH_LENGTH: Code = Code(-237, "ASN CA path length value too large error", K::PathLength);
const ALERT: Code = Code(-313, "received alert fatal error", K::Handshake);

/// A certificate that may sign: how many CAs may still follow below it.
struct Signer {
    cert: Rc<Cert>,
    below: Option<u64>,
    /// Path up to the anchor, for name constraints.
    above: Vec<Rc<Cert>>,
}

impl WolfSsl {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        let told = |Code(n, text, kind): Code, at| Refusal::new(kind, at, format!("E{n} {text}"), text);
        match self.run(shared, settings) {
            Ok(()) => Outcome::Accept,
            Err((_, _, true)) => {
                Outcome::Refuse(Refusal::new(K::Malformed, None, "ANCHOR-REFUSED 0 ok", "the anchor cannot be loaded"))
            }
            Err((code, at, false)) => Outcome::Refuse(told(code, at)),
        }
    }

    /// The fault, where, and whether the anchor itself could not be loaded.
    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), (Code, Option<usize>, bool)> {
        let Ok(leaf) = shared.leaf().cloned() else { return Err((PARSE, Some(0), false)) };
        if !settings.without_tls {
            let refused = match leaf.key {
                Key::Ec { curve: CurveName::P224 | CurveName::Other, .. } | Key::MlDsa | Key::Other => true,
                Key::Rsa { pss, .. } => pss,
                _ => false,
            };
            if refused {
                return Err((ALERT, Some(0), false));
            }
        }
        let mut signers: Vec<Signer> = Vec::new();
        let mut kept: Option<(Code, Option<usize>)> = None;
        for (i, entry) in shared.entries.iter().enumerate().take(MAX_CHAIN).skip(1).rev() {
            let result = match entry {
                Err(_) => Err(PARSE),
                Ok(c) => self.one(shared, &signers, c, true),
            };
            match (result, entry) {
                (Ok(found), Ok(c)) => {
                    let usable = c.is_ca() && c.usage().is_some_and(|u| u.any(KeyUsage::KEY_CERT_SIGN));
                    if usable {
                        let (above, below) = found;
                        let own = c.path_len();
                        let left = match (below, own) {
                            (Some(b), Some(o)) => Some(b.saturating_sub(1).min(o)),
                            (Some(b), None) => Some(b.saturating_sub(1)),
                            (None, o) => o,
                        };
                        signers.push(Signer { cert: c.clone(), below: left, above });
                    }
                }
                (Err(NO_SIGNER | SELF_SIGNED), _) => {}
                (Err(code), _) => {
                    kept.get_or_insert((code, Some(i)));
                }
                (Ok(_), Err(_)) => {}
            }
        }
        if !(shared.listed(&leaf) && reads(&leaf, false).is_ok()) {
            self.one(shared, &signers, &leaf, false).map_err(|code| {
                let refused = code == NO_SIGNER && self.anchor_unread(shared, &leaf);
                (code, Some(0), refused)
            })?;
        }
        if let Some((code, at)) = kept {
            return Err((code, at, false));
        }
        let leaf_fault = |code| Err((code, Some(0), false));
        if leaf.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]) {
            return leaf_fault(PURPOSE);
        }
        if !names(shared, &leaf) {
            return leaf_fault(NAME);
        }
        match leaf.key {
            Key::Rsa { bits, .. } if bits < 1_024 => leaf_fault(SMALL),
            Key::Rsa { bits, .. } if bits > 4_096 => leaf_fault(LARGE),
            _ => Ok(()),
        }
    }

    /// Whether what is missing is an anchor that was not loaded.
    fn anchor_unread(&self, shared: &Shared<'_>, leaf: &Cert) -> bool {
        let mut tops = shared.sent.iter().map(AsRef::as_ref).chain([leaf]);
        tops.any(|c| shared.anchors_named(c.issuer()).iter().any(|a| reads(a, true).is_err()))
    }

    /// Reads and verifies one; gives the path above it and how many CAs may follow.
    #[allow(clippy::type_complexity)]
    fn one(
        &self,
        shared: &Shared<'_>,
        signers: &[Signer],
        c: &Rc<Cert>,
        ca: bool,
    ) -> Result<(Vec<Rc<Cert>>, Option<u64>), Code> {
        let critical = match reads(c, ca) {
            Err(CRITICAL) => true,
            other => {
                other?;
                false
            }
        };
        let (issuer, above, below) = self.signer(shared, signers, c).ok_or(match c.self_issued_octets() {
            true => SELF_SIGNED,
            false => NO_SIGNER,
        })?;
        let own_anchor = issuer.id() == c.id();
        if ca && c.is_ca() && !own_anchor && below == Some(0) && !c.self_issued_octets() {
            return Err(PATH_LENGTH);
        }
        self.signature(shared, c, &issuer)?;
        let mut path = vec![issuer.clone()];
        path.extend(above);
        if !own_anchor && path.iter().any(|by| constraints::wolfssl(by, c).is_err()) {
            return Err(CONSTRAINT);
        }
        if c.expired(shared.time()) {
            return Err(AFTER);
        }
        if c.early(shared.time()) {
            return Err(BEFORE);
        }
        if critical {
            return Err(CRITICAL);
        }
        Ok((path, if own_anchor { None } else { below }))
    }

    /// By key identifier where the certificate names one, else by name; the name must fit octet by octet.
    #[allow(clippy::type_complexity)]
    fn signer(
        &self,
        shared: &Shared<'_>,
        signers: &[Signer],
        c: &Cert,
    ) -> Option<(Rc<Cert>, Vec<Rc<Cert>>, Option<u64>)> {
        let wanted = c.x().authority_key_id.as_ref().and_then(|a| a.key_id.clone());
        let fits = |s: &Cert| {
            s.subject().der() == c.issuer().der()
                && wanted.as_ref().is_none_or(|w| s.x().subject_key_id.as_ref().is_none_or(|id| id == w))
        };
        if let Some(s) = signers.iter().rev().find(|s| fits(&s.cert)) {
            return Some((s.cert.clone(), s.above.clone(), s.below));
        }
        // The path length of an anchor is not applied.
        let anchors = shared.anchors_named(c.issuer());
        anchors.into_iter().find(|a| reads(a, true).is_ok() && fits(a)).map(|a| (a, Vec::new(), None))
    }

    fn signature(&self, shared: &Shared<'_>, c: &Cert, issuer: &Cert) -> Result<(), Code> {
        match issuer.key {
            Key::Dsa { .. } => return Err(ARGUMENT),
            Key::Rsa { bits, .. } if bits > 4_096 => return Err(LARGE),
            _ => {}
        }
        if !c.algorithms_agree {
            return Err(OTHER_OID);
        }
        match shared.signed(c, &issuer.c.public_key) {
            Signed::Right => Ok(()),
            _ => Err(SIGNATURE),
        }
    }
}

/// What reading a certificate refuses; `ca`: one of the list above the leaf, or an anchor.
fn reads(c: &Cert, ca: bool) -> Result<(), Code> {
    if c.loose_lengths() || c.serial().is_empty() || c.serial_not_minimal() {
        return Err(PARSE);
    }
    if c.times.iter().any(|t| t.no_seconds || t.damaged) {
        return Err(PARSE);
    }
    if c.has_san() && c.sans().is_empty() {
        return Err(PARSE);
    }
    if c.c.version < 3 && !c.extensions.is_empty() {
        return Err(PARSE);
    }
    if matches!(c.inner_sig.family, SigFamily::Unknown | SigFamily::MlDsa) && !c.self_issued() {
        return Err(OTHER_OID);
    }
    if !c.algorithms_agree {
        return Err(OTHER_OID);
    }
    if matches!(c.key, Key::Ec { curve: CurveName::Explicit, .. } | Key::MlDsa) && ca {
        return Err(PARSE);
    }
    if let Key::Rsa { bits, .. } = c.key
        && bits < 1_024
        && ca
    {
        return Err(SMALL);
    }
    let known = |o: &crate::oid::Oid| KNOWN.contains(&o.as_bytes());
    if c.duplicate().is_some_and(known) {
        return Err(DOUBLE);
    }
    if c.damaged().is_some_and(known) {
        return Err(PARSE);
    }
    if c.has(oid::NAME_CONSTRAINTS) && !c.is_ca() {
        return Err(CONSTRAINT);
    }
    if c.critical_beyond(KNOWN).is_some() {
        return Err(CRITICAL);
    }
    if c.lint(|l| matches!(l, Lint::UnknownVersion(_))) {
        return Err(PARSE);
    }
    Ok(())
}

/// Every name in the list counts as text, addresses too; the common name where the list is empty (e-mail is elsewhere).
fn names(shared: &Shared<'_>, leaf: &Cert) -> bool {
    let Some(host) = shared.q.host else { return true };
    let texts: Vec<String> = leaf
        .sans()
        .iter()
        .filter(|n| !matches!(n, GeneralName::Email(_) | GeneralName::Directory(_)))
        .map(ToString::to_string)
        .collect();
    if texts.is_empty() {
        return leaf.common_name().is_some_and(|cn| naming::wolfssl_pattern(cn, host));
    }
    texts.iter().any(|t| naming::wolfssl_pattern(t, host))
}
