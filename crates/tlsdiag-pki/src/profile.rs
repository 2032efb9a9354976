//! Lints that need the whole certificate: the profile of RFC 5280 beyond the encoding.

use crate::certificate::Certificate;
use crate::dn::Attribute;
use crate::extensions::KeyUsage;
use crate::key::{Curve, KeyKind, rsa_numbers};
use crate::lint::Lint;
use crate::oid::{self, Oid};

/// Adds the profile lints.
pub(crate) fn lint(mut c: Certificate) -> Certificate {
    let mut found = Vec::new();
    let x = &c.extensions;
    let ca = c.is_ca();
    for a in c.issuer.attributes().iter().chain(c.subject.attributes()) {
        if !a.sound && !found.contains(&Lint::NameCharacters(a.oid.clone())) {
            found.push(Lint::NameCharacters(a.oid.clone()));
        }
        if !length_fits(a) && !found.contains(&Lint::NameLength(a.oid.clone())) {
            found.push(Lint::NameLength(a.oid.clone()));
        }
    }
    if c.issuer.is_empty() {
        found.push(Lint::IssuerEmpty);
    }
    if c.subject.is_empty() {
        if ca {
            found.push(Lint::CaSubjectEmpty);
        } else if x.critical(oid::SUBJECT_ALT_NAME) != Some(true) {
            found.push(Lint::SubjectEmpty);
        }
    }
    let certsign = x.key_usage.is_some_and(|u| u.any(KeyUsage::KEY_CERT_SIGN));
    if let Some(b) = x.basic_constraints {
        if b.ca && !b.critical {
            found.push(Lint::BasicConstraintsNotCritical);
        }
        if b.path_len.is_some() && (!b.ca || (x.key_usage.is_some() && !certsign)) {
            found.push(Lint::CaBitsContradict);
        }
    }
    if certsign && !ca && c.version == 3 {
        found.push(Lint::CaBitsContradict);
    }
    if ca && x.key_usage.is_none() {
        found.push(Lint::KeyUsageMissing);
    }
    if ca && x.subject_key_id.is_none() {
        found.push(Lint::SkiMissing);
    }
    let has_aki = x.authority_key_id.as_ref().is_some_and(|a| a.key_id.is_some());
    if c.version == 3 && !has_aki && !c.self_issued() {
        found.push(Lint::AkiMissing);
    }
    for id in [oid::SUBJECT_KEY_IDENTIFIER, oid::AUTHORITY_KEY_IDENTIFIER, oid::AUTHORITY_INFO_ACCESS] {
        if x.critical(id) == Some(true) {
            found.push(Lint::MustNotBeCritical(Oid::from_der(id)));
        }
    }
    if let Some(n) = &x.name_constraints {
        if !n.critical {
            found.push(Lint::NameConstraintsNotCritical);
        }
        if !ca || (n.permitted.is_empty() && n.excluded.is_empty()) {
            found.push(Lint::NameConstraintsMisplaced);
        }
    }
    let bad_key = match &c.public_key.kind {
        KeyKind::Rsa { exponent, .. } => exponent.last().is_none_or(|e| e % 2 == 0) || **exponent == [1],
        KeyKind::Ec(Curve::Explicit) => true,
        _ => false,
    };
    if bad_key {
        found.push(Lint::KeyForm);
    }
    if matches!(c.public_key.kind, KeyKind::Rsa { .. })
        && let Ok((n, e)) = rsa_numbers(&c.public_key.bits)
        && !(positive(n) && positive(e))
    {
        found.push(Lint::KeyNumbers);
    }
    c.lints.append(&mut found);
    c
}

/// A positive INTEGER in its shortest form.
fn positive(content: &[u8]) -> bool {
    match content {
        [] | [0] => false,
        [0, next, ..] => next & 0x80 != 0,
        [first, ..] => first & 0x80 == 0,
    }
}

/// The upper bounds of RFC 5280 appendix A.1, in characters.
fn length_fits(a: &Attribute) -> bool {
    let bound = match a.oid.as_bytes() {
        oid::COUNTRY => {
            return a.value.len() == 2 && a.value.bytes().all(|b| b.is_ascii_alphabetic());
        }
        oid::CN | oid::ORGANIZATION | oid::UNIT | oid::SERIAL_NUMBER | oid::TITLE => 64,
        oid::LOCALITY | oid::STATE => 128,
        oid::EMAIL_ADDRESS => 255,
        oid::SURNAME | oid::GIVEN_NAME => 32_768,
        _ => return true,
    };
    a.value.len() <= bound || a.value.chars().count() <= bound
}
