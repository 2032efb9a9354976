//! Judging a path: every certificate on it against RFC 5280 6.1 and what clients demand beyond.

use super::standard::policies_matter;
use super::{Path, Purpose, Question, Reason, Role, Step};
use crate::certificate::{Certificate, eku_allows, key_ids_fit};
use crate::constraints;
use crate::extensions::KeyUsage;
use crate::key::KeyKind;
use crate::names;
use crate::oid;
use crate::policy::{self, PolicyFailure, PolicySettings};
use crate::verify::VerifyError;

/// Adds to every step what is wrong with it.
pub(super) fn judge(path: &mut Path, q: &Question<'_>) {
    let found: Vec<Vec<Reason>> = (0..path.steps.len())
        .map(|i| {
            let mut reasons = Vec::new();
            if let Some(step) = path.steps.get(i) {
                one(path, i, step, q, &mut reasons);
            }
            reasons
        })
        .collect();
    for (step, mut reasons) in path.steps.iter_mut().zip(found) {
        step.reasons.append(&mut reasons);
    }
    policies(path);
}

/// Policies fail the path at one certificate; most paths have none that could.
fn policies(path: &mut Path) {
    if !policies_matter(path) {
        return;
    }
    let below = path.steps.iter().filter(|s| s.role != Role::Anchor);
    let list: Vec<&Certificate> = below.filter_map(|s| s.certificate.as_deref()).collect();
    let failure = policy::process(&list, &PolicySettings::default()).failure;
    if let Some((at, why)) = failure
        && let Some(step) = path.steps.get_mut(at)
    {
        step.reasons.push(match why {
            PolicyFailure::NoneValid => Reason::PolicyNotValid,
            PolicyFailure::MapsAny => Reason::PolicyMapsAny,
        });
    }
}

fn one(path: &Path, at: usize, step: &Step, q: &Question<'_>, out: &mut Vec<Reason>) {
    if let Some(bits) = step.public_key.weak_bits() {
        out.push(Reason::WeakKey { bits });
    }
    let Some(c) = step.certificate.as_deref() else { return };
    if q.time > c.not_after {
        out.push(Reason::Expired { not_after: c.not_after });
    }
    if q.time < c.not_before {
        out.push(Reason::NotYetValid { not_before: c.not_before });
    }
    // A self-signed end is taken or refused by itself; its own signature proves nothing to anybody.
    let ends_here = matches!(step.role, Role::Anchor | Role::UntrustedRoot);
    if !ends_here && c.signature_algorithm.is_weak() && !(at == 0 && c.self_issued()) {
        out.push(Reason::WeakSignature { algorithm: c.signature_algorithm.clone() });
    }
    for id in &c.extensions.unknown_critical {
        if *id == *oid::CT_POISON {
            out.push(Reason::Precertificate);
        } else {
            out.push(Reason::UnknownCriticalExtension(id.clone()));
        }
    }
    eku(c, q.purpose, out);
    if at == 0 {
        leaf(c, path, q, out);
    } else {
        issuer(path, at, step, c, out);
    }
    name_constraints(path, at, c, out);
    if let Some(next) = path.steps.get(at + 1) {
        link(c, next, out);
        if next.public_key.kind == (KeyKind::Dsa { bits: 0 }) {
            inherited_parameters(path, at, c, q, out);
        }
    }
    out.extend(c.lints.iter().cloned().map(Reason::Lint));
}

fn eku(c: &Certificate, purpose: Purpose, out: &mut Vec<Reason>) {
    let wanted = match purpose {
        Purpose::ServerAuth => oid::SERVER_AUTH,
        Purpose::ClientAuth => oid::CLIENT_AUTH,
        Purpose::Any => return,
    };
    let Some(list) = &c.extensions.extended_key_usage else { return };
    // Server Gated Cryptography of old intermediates stands for serverAuth with several clients.
    let gated = purpose == Purpose::ServerAuth
        && c.is_ca()
        && list.iter().any(|o| *o == *oid::NETSCAPE_SGC || *o == *oid::MICROSOFT_SGC);
    if !eku_allows(c, wanted) && !gated {
        out.push(Reason::EkuExcludes { allowed: list.clone() });
    } else if !list.iter().any(|o| *o == *wanted) {
        out.push(Reason::AnyEkuOnly);
    }
}

fn leaf(c: &Certificate, path: &Path, q: &Question<'_>, out: &mut Vec<Reason>) {
    if let Some(usage) = c.extensions.key_usage.filter(|_| q.purpose != Purpose::Any) {
        use KeyUsage as K;
        let signs = usage.any(K::DIGITAL_SIGNATURE);
        match c.public_key.kind {
            KeyKind::Rsa { pss_only: false, .. } if !signs && usage.any(K::KEY_ENCIPHERMENT) => {
                if q.purpose == Purpose::ServerAuth {
                    out.push(Reason::KeyEnciphermentOnly);
                } else {
                    out.push(Reason::LeafKeyUsageUnfit { usage: usage.names() });
                }
            }
            _ if !signs => out.push(Reason::LeafKeyUsageUnfit { usage: usage.names() }),
            _ => {}
        }
    }
    if c.is_ca() {
        out.push(Reason::LeafIsCa);
    }
    if path.steps.len() == 1 && matches!(path.end, super::End::Trusted(_)) {
        out.push(Reason::LeafIsAnchor);
        if !c.self_issued() {
            out.push(Reason::AnchorNotSelfSigned);
        }
    }
    if let Some(host) = q.host
        && let Err(mismatch) = names::covers(c, host)
    {
        out.push(Reason::NameMismatch(mismatch));
    }
}

fn issuer(path: &Path, at: usize, step: &Step, c: &Certificate, out: &mut Vec<Reason>) {
    match c.extensions.basic_constraints {
        Some(b) => {
            if !b.ca {
                out.push(Reason::NotACa);
            }
            // Self-issued certificates between do not count (RFC 5280 6.1.4 l).
            let between = path.steps.iter().take(at).skip(1);
            let found = between.filter(|s| s.certificate.as_ref().is_some_and(|c| !c.self_issued())).count() as u64;
            if let Some(limit) = b.path_len
                && found > limit
            {
                out.push(Reason::PathLen { limit, found });
            }
        }
        None if c.version < 3 && step.role == Role::Anchor => out.push(Reason::OldVersionAnchor),
        None => out.push(Reason::NotACa),
    }
    if c.extensions.key_usage.is_some_and(|u| !u.any(KeyUsage::KEY_CERT_SIGN)) {
        out.push(Reason::KeyUsageNoCertSign);
    }
    if step.role == Role::Anchor && !c.self_issued() {
        out.push(Reason::AnchorNotSelfSigned);
    }
}

/// Constraints of every CA above apply, to self-issued intermediates not (RFC 5280 6.1.3 b).
fn name_constraints(path: &Path, at: usize, c: &Certificate, out: &mut Vec<Reason>) {
    if at != 0 && c.self_issued() {
        return;
    }
    for (by, above) in path.steps.iter().enumerate().skip(at + 1) {
        let own = above.certificate.as_ref().and_then(|c| c.extensions.name_constraints.as_ref());
        for constraints in own.into_iter().chain(&above.anchor_constraints) {
            match constraints::violations(constraints, c) {
                Some(list) => out.extend(list.into_iter().map(|v| Reason::NameConstraints {
                    by,
                    name: v.name,
                    excluded: v.excluded,
                })),
                None => out.push(Reason::NameConstraintsTooMany),
            }
        }
    }
}

/// The signature of a DSA key without parameters is checked with those of the nearest key above (RFC 5280 6.1.4 e).
fn inherited_parameters(path: &Path, at: usize, c: &Certificate, q: &Question<'_>, out: &mut Vec<Reason>) {
    let Some(issuer) = path.steps.get(at + 1) else { return };
    let result = match path.working_key(at + 1) {
        Some(key) => c.signed_by(&key, q.verifier),
        None => Err(VerifyError::UnsupportedAlgorithm("DSA without parameters".to_owned())),
    };
    match result {
        Ok(()) => {}
        Err(VerifyError::UnsupportedAlgorithm(algorithm)) => out.push(Reason::SignatureUnchecked { algorithm }),
        Err(_) => out.push(Reason::BadSignature { issuer: issuer.certificate.as_ref().map(|c| c.id) }),
    }
}

fn link(c: &Certificate, issuer: &Step, out: &mut Vec<Reason>) {
    if c.issuer.der() != issuer.subject.der() {
        out.push(Reason::NameEncodingDiffers);
    }
    let Some(i) = issuer.certificate.as_deref() else { return };
    if key_ids_fit(c, i.extensions.subject_key_id.as_deref()) == Some(false) {
        out.push(Reason::AkiMismatch);
    }
    if let Some(aki) = &c.extensions.authority_key_id {
        let serial = aki.serial.as_ref().is_some_and(|s| **s != *i.serial);
        let name = aki.issuer.as_ref().is_some_and(|n| !n.matches(&i.issuer));
        if serial || name {
            out.push(Reason::AkiSerialMismatch);
        }
    }
}
