//! pyca/cryptography's x509.verification: a strict profile of the web PKI, a depth-first search over octet-equal names,
//! and the last fault told.

use super::algorithms::{CurveName, Key, Parameters, SigFamily};
use super::cert::Cert;
use super::constraints::{self, Breach};
use super::naming;
use super::prediction::ErrorKind as K;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared};
use crate::algorithm::Hash;
use crate::extensions::KeyUsage;
use crate::lint::Lint;
use crate::oid::{self, Oid};
use std::rc::Rc;

/// cryptography's server verifier with default policies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pyca;

/// Intermediates and issuers above the leaf.
const MAX_DEPTH: usize = 8;
/// Name comparisons for one verification.
const BUDGET: usize = 1 << 20;
/// Steps of the search here; the library has none, its depth bounds it.
const MAX_STEPS: usize = 200_000;

#[derive(Clone, Debug)]
struct Fault {
    kind: K,
    text: String,
    at: Option<usize>,
    fatal: bool,
}

fn fault<T>(kind: K, text: impl Into<String>, c: &Cert) -> Result<T, Fault> {
    Err(Fault { kind, text: text.into(), at: c.position, fatal: false })
}

fn extension<T>(id: &Oid, why: &str, c: &Cert) -> Result<T, Fault> {
    let kind = if why.contains("unaccounted") { K::CriticalExtension } else { K::Malformed };
    fault(kind, format!("invalid extension: {id}: {why}"), c)
}

const CRITICALITY: &str = "Certificate extension has incorrect criticality";
const MISSING: &str = "Certificate is missing required extension";

/// Extensions that the policies of leaf and CA speak of.
const ACCOUNTED: &[&[u8]] = &[
    oid::AUTHORITY_INFO_ACCESS,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::EXTENDED_KEY_USAGE,
];

struct Search<'s, 'q> {
    shared: &'s Shared<'q>,
    max_depth: usize,
    budget: usize,
    steps: usize,
}

impl Pyca {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        self.run(shared, settings).map_err(|f| Refusal::new(f.kind, f.at, f.text.clone(), &f.text)).into()
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Fault> {
        for (i, entry) in shared.entries.iter().enumerate() {
            let unread = |why: &str| Fault { kind: K::Malformed, text: why.to_owned(), at: Some(i), fatal: true };
            match entry {
                Ok(c) => loads(c).map_err(|why| unread(&why))?,
                Err(_) => {
                    let why = "ValueError error parsing asn1 value: ParseError { kind: UnexpectedTag { actual: Tag { \
                               value: 4, constructed: false, class: Universal } }, location: [\"";
                    return Err(unread(why));
                }
            }
        }
        let nothing = Fault { kind: K::Malformed, text: "no certificate".into(), at: None, fatal: true };
        let Ok(leaf) = shared.leaf().cloned() else { return Err(nothing) };
        if let Some(host) = shared.q.host
            && shared.address().is_none()
            && !naming::pyca_valid(host)
        {
            return fault(K::Name, "ValueError invalid domain name", &leaf);
        }
        let max_depth = settings.max_depth.unwrap_or(MAX_DEPTH);
        let mut search = Search { shared, max_depth, budget: BUDGET, steps: 0 };
        search.permits_leaf(&leaf)?;
        search.build(&[leaf], 0).map_err(|f| {
            let prefix = if f.fatal { "" } else { "candidates exhausted: " };
            Fault { text: format!("{prefix}{}", f.text), ..f }
        })
    }
}

/// What load_der_x509_certificate refuses.
fn loads(c: &Cert) -> Result<(), String> {
    let error = |kind: &str, place: &str| {
        Err(format!("ValueError error parsing asn1 value: ParseError {{ kind: {kind}{place} }}"))
    };
    if c.loose_lengths() {
        return error("InvalidLength", "");
    }
    if c.trailing() {
        return error("ExtraData", "");
    }
    if c.c.version == 2 || c.c.version > 3 {
        return Err(format!("InvalidVersion {} is not a valid X509 version", c.c.version - 1));
    }
    if c.serial().is_empty() || c.serial_not_minimal() {
        return error("InvalidValue", ", location: [\"Certificate::tbs_cert\", \"TbsCertificate::serial\"]");
    }
    for (t, side) in c.times.iter().zip(["Validity::not_before", "Validity::not_after"]) {
        if !t.standard {
            let place = format!(", location: [\"Certificate::tbs_cert\", \"TbsCertificate::validity\", \"{side}\"]");
            return error("InvalidValue", &place);
        }
    }
    if c.printable_bad() {
        return error(
            "InvalidValue",
            ", location: [0, 0, \"AttributeTypeValue::value\", \"AttributeValue::PrintableString\"]",
        );
    }
    if let SigFamily::RsaPss { salt: 20, .. } = c.sig.family
        && c.sig.hash != Some(Hash::Sha1)
    {
        let place = ", location: [\"Certificate::tbs_cert\", \"TbsCertificate::signature_alg\", \"AlgorithmIdentifier::params\"]";
        return error("EncodedDefault", place);
    }
    Ok(())
}

impl Search<'_, '_> {
    /// build_chain_inner for the last of the path.
    fn build(&mut self, path: &[Rc<Cert>], depth: usize) -> Result<(), Fault> {
        let Some(c) = path.last().cloned() else { return Ok(()) };
        self.steps += 1;
        self.constraints(path, &c)?;
        if self.shared.listed(&c) {
            return Ok(());
        }
        if depth > self.max_depth || self.steps > MAX_STEPS {
            return fault(K::PathLength, "chain construction exceeds max depth", &c);
        }
        let mut last = None;
        let roots = self.shared.anchors_named(c.issuer());
        let sent: Vec<Rc<Cert>> = self.shared.sent.iter().skip(1).cloned().collect();
        for issuer in roots.iter().chain(&sent) {
            if issuer.subject().der() != c.issuer().der() {
                continue;
            }
            let result = self.permits_issuer(issuer, &c, depth).and_then(|()| {
                let mut longer = path.to_vec();
                longer.push(issuer.clone());
                self.build(&longer, depth + 1)
            });
            match result {
                Ok(()) => return Ok(()),
                Err(f) if f.fatal => return Err(f),
                Err(f) => last = Some(f),
            }
        }
        match last {
            Some(f) => Err(f),
            None => fault(K::UnknownIssuer, "all candidates exhausted with no interior errors", &c),
        }
    }

    fn constraints(&mut self, path: &[Rc<Cert>], ca: &Cert) -> Result<(), Fault> {
        let Some(nc) = ca.x().name_constraints.clone() else { return Ok(()) };
        for (i, below) in path.iter().enumerate().take(path.len().saturating_sub(1)) {
            if i > 0 && below.self_issued_octets() {
                continue;
            }
            constraints::pyca(&nc, below, &mut self.budget).map_err(|b| {
                let (text, fatal) = match b {
                    Breach::NotPermitted(_) => ("no permitted name constraints matched SAN".to_owned(), false),
                    Breach::Excluded(_) => ("excluded name constraint matched SAN".to_owned(), false),
                    Breach::Unsupported => ("unsupported name constraint".to_owned(), false),
                    Breach::Malformed(why) => (why, false),
                    Breach::TooMany => ("fatal error: Exceeded maximum name constraint check limit".to_owned(), true),
                };
                Fault { kind: K::NameConstraints, text, at: below.position, fatal }
            })?;
        }
        Ok(())
    }

    fn permits_basic(&self, c: &Cert) -> Result<(), Fault> {
        if let Some(id) = c.duplicate() {
            return extension(id, "duplicate extension", c);
        }
        if c.c.version != 3 {
            return fault(K::Malformed, "certificate must be an X509v3 certificate", c);
        }
        if !c.algorithms_agree {
            return fault(K::Signature, "mismatch between signatureAlgorithm and SPKI algorithm", c);
        }
        if c.serial().len() > 21 {
            return fault(K::Malformed, "certificate must have a serial between 1 and 20 octets", c);
        }
        if c.serial_negative() {
            return fault(K::Malformed, "certificate serial number cannot be negative", c);
        }
        if c.issuer().is_empty() {
            return fault(K::Malformed, "certificate must have a non-empty Issuer", c);
        }
        if c.times.iter().any(|t| t.early) {
            return fault(K::Malformed, "validity dates between 1950 and 2049 must be UtcTime", c);
        }
        let (early, late) = (c.early(self.shared.time()), c.expired(self.shared.time()));
        if early || late {
            let kind = if early { K::NotYetValid } else { K::Expired };
            return fault(kind, "cert is not valid at validation time", c);
        }
        Ok(())
    }

    fn permits_leaf(&self, c: &Cert) -> Result<(), Fault> {
        self.permits_basic(c)?;
        if !c.has_san() {
            return fault(K::Name, "missing required extension: leaf server certificate has no subjectAltName", c);
        }
        for e in &c.extensions {
            self.encoding(c, &e.oid)?;
            match e.oid.as_bytes() {
                oid::AUTHORITY_INFO_ACCESS | oid::AUTHORITY_KEY_IDENTIFIER | oid::EXTENDED_KEY_USAGE if e.critical => {
                    return extension(&e.oid, CRITICALITY, c);
                }
                oid::SUBJECT_KEY_IDENTIFIER if e.critical => return extension(&e.oid, CRITICALITY, c),
                oid::NAME_CONSTRAINTS => return extension(&e.oid, "Certificate contains prohibited extension", c),
                oid::KEY_USAGE if c.usage().is_some_and(|u| u.any(KeyUsage::KEY_CERT_SIGN)) => {
                    return fault(K::KeyUsage, "EE keyUsage must not assert keyCertSign", c);
                }
                oid::BASIC_CONSTRAINTS if c.is_ca() => {
                    return fault(K::NotACa, "basicConstraints.cA must not be asserted in an EE certificate", c);
                }
                oid::EXTENDED_KEY_USAGE if c.eku_lacks(&[oid::SERVER_AUTH]) => {
                    return fault(K::ExtendedKeyUsage, "required EKU not found", c);
                }
                oid::SUBJECT_ALT_NAME => self.names(c, e.critical)?,
                id if e.critical && !ACCOUNTED.contains(&id) => {
                    return extension(&e.oid, "certificate contains unaccounted-for critical extensions", c);
                }
                _ => {}
            }
        }
        if !c.has(oid::AUTHORITY_KEY_IDENTIFIER) {
            return extension(&Oid::from_der(oid::AUTHORITY_KEY_IDENTIFIER), MISSING, c);
        }
        Ok(())
    }

    fn names(&self, c: &Cert, critical: bool) -> Result<(), Fault> {
        match (c.subject().is_empty(), critical) {
            (true, false) => return fault(K::Malformed, "EE subjectAltName MUST be critical when subject is empty", c),
            (false, true) => {
                return fault(K::Malformed, "EE subjectAltName MUST NOT be critical when subject is nonempty", c);
            }
            _ => {}
        }
        let Some(host) = self.shared.q.host else { return Ok(()) };
        let fits = match self.shared.address() {
            Some(ip) => naming::addresses(c).contains(&ip),
            None => naming::dns_names(c).iter().any(|n| naming::pyca_pattern(n, host)),
        };
        if fits { Ok(()) } else { fault(K::Name, "leaf certificate has no matching subjectAltName", c) }
    }

    /// The content of an extension in DER.
    fn encoding(&self, c: &Cert, id: &Oid) -> Result<(), Fault> {
        let asn1 = |why: &str| fault(K::Malformed, format!("ASN.1 parsing error: {why}"), c);
        if *id == *oid::BASIC_CONSTRAINTS {
            if c.lint(|l| matches!(l, Lint::BooleanForm(_))) {
                return asn1("invalid value");
            }
            if c.lint(|l| matches!(l, Lint::DefaultEncoded(o) if o == id)) {
                return asn1("DEFAULT value was explicitly encoded");
            }
        }
        if *id == *oid::EXTENDED_KEY_USAGE && c.eku().is_some_and(<[_]>::is_empty) {
            return asn1("invalid container size (expected between 1 and 18446744073709551615, got 0)");
        }
        if c.damaged() == Some(id) && ACCOUNTED.contains(&id.as_bytes()) {
            return asn1("short data");
        }
        Ok(())
    }

    fn permits_issuer(&self, issuer: &Cert, child: &Cert, depth: usize) -> Result<(), Fault> {
        loads(issuer).or_else(|why| fault(K::Malformed, why, issuer))?;
        self.permits_ca(issuer, depth)?;
        let key = match issuer.key {
            Key::Rsa { pss, .. } => !pss,
            Key::Ec { curve, .. } => curve.is_nist() && curve != CurveName::Explicit,
            _ => false,
        };
        if !key {
            return fault(K::Algorithm, "Forbidden public key algorithm:", issuer);
        }
        let algorithm = match (child.sig.family, child.sig.hash) {
            (SigFamily::RsaPkcs1, Some(Hash::Sha256 | Hash::Sha384 | Hash::Sha512)) => {
                child.sig.parameters == Parameters::Null
            }
            (SigFamily::Ecdsa, Some(Hash::Sha256 | Hash::Sha384 | Hash::Sha512)) => {
                child.sig.parameters == Parameters::Absent
            }
            (SigFamily::RsaPss { .. }, _) => child.sig.tls_pss(),
            _ => false,
        };
        if !algorithm {
            return fault(K::Algorithm, "Forbidden signature algorithm:", child);
        }
        if let Key::Rsa { bits, .. } = issuer.key
            && bits.div_ceil(8) * 8 < 2_048
        {
            return fault(K::WeakKey, "RSA key is too weak", issuer);
        }
        if matches!(issuer.key, Key::Ec { .. }) && !matches!(issuer.c.public_key.bits.first(), Some(2..=4)) {
            return fault(K::WeakKey, "issuer has malformed public key", issuer);
        }
        match child.sig.fits(issuer.key) && self.shared.signed_by(child, issuer) {
            true => Ok(()),
            false => fault(K::Signature, "signature does not match", child),
        }
    }

    fn permits_ca(&self, c: &Cert, depth: usize) -> Result<(), Fault> {
        self.permits_basic(c)?;
        if !c.has(oid::BASIC_CONSTRAINTS) {
            let why = "missing required extension: CA certificate has no basicConstraints";
            return Err(Fault {
                kind: K::NotACa,
                text: format!("invalid extension: 2.5.29.19: {why}"),
                at: c.position,
                fatal: false,
            });
        }
        for e in &c.extensions {
            self.encoding(c, &e.oid)?;
            match e.oid.as_bytes() {
                oid::AUTHORITY_INFO_ACCESS | oid::AUTHORITY_KEY_IDENTIFIER | oid::SUBJECT_KEY_IDENTIFIER
                    if e.critical =>
                {
                    return extension(&e.oid, CRITICALITY, c);
                }
                oid::AUTHORITY_KEY_IDENTIFIER
                    if c.x().authority_key_id.as_ref().is_some_and(|a| a.key_id.is_none()) =>
                {
                    return fault(K::Malformed, "authorityKeyIdentifier must contain keyIdentifier", c);
                }
                oid::BASIC_CONSTRAINTS if !e.critical => return extension(&e.oid, CRITICALITY, c),
                oid::BASIC_CONSTRAINTS if !c.is_ca() => {
                    return fault(K::NotACa, "basicConstraints.cA must be asserted in a CA certificate", c);
                }
                oid::BASIC_CONSTRAINTS if c.path_len().is_some_and(|limit| depth as u64 > limit) => {
                    return fault(K::PathLength, "path length constraint violated", c);
                }
                oid::KEY_USAGE if !c.may(KeyUsage::KEY_CERT_SIGN) => {
                    return fault(K::KeyUsage, "keyUsage.keyCertSign must be asserted in a CA certificate", c);
                }
                oid::NAME_CONSTRAINTS
                    if c.x()
                        .name_constraints
                        .as_ref()
                        .is_some_and(|n| n.permitted.is_empty() && n.excluded.is_empty()) =>
                {
                    let text = "nameConstraints must have non-empty permittedSubtrees or excludedSubtrees";
                    return fault(K::NameConstraints, text, c);
                }
                oid::EXTENDED_KEY_USAGE if c.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]) => {
                    return fault(K::ExtendedKeyUsage, "Neither EKU nor anyEKU could be found", c);
                }
                id if e.critical && !ACCOUNTED.contains(&id) => {
                    return extension(&e.oid, "certificate contains unaccounted-for critical extensions", c);
                }
                _ => {}
            }
        }
        if !c.has(oid::KEY_USAGE) {
            return extension(&Oid::from_der(oid::KEY_USAGE), MISSING, c);
        }
        Ok(())
    }
}
