//! rustls with rustls-webpki: anchors are a name and a key, octet-equal names, a bounded depth-first search with
//! backtracking, and the most specific fault told.

use super::algorithms::{CurveName, Key, SigFamily};
use super::cert::Cert;
use super::constraints::{self, Breach};
use super::naming;
use super::prediction::ErrorKind;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared, Signed};
use crate::algorithm::Hash;
use crate::crl::{Crl, CrlAnswer};
use crate::lint::Lint;
use crate::oid;
use std::rc::Rc;

/// What differs between cryptography providers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Webpki {
    /// aws-lc-rs instead of ring: P-521, SHA-512 with any curve, ML-DSA, compressed points; 2047 bits are too few.
    pub(crate) aws: bool,
}

const KNOWN: &[&[u8]] = &[
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::CERTIFICATE_POLICIES,
];

/// Intermediates on a path.
const MAX_INTERMEDIATES: usize = 6;
const MAX_SIGNATURES: usize = 100;
const MAX_CALLS: usize = 200_000;

/// A fault by its name in webpki and how specific it is: of two the more specific is told.
#[derive(Clone, Debug)]
struct Fault {
    rank: u16,
    text: String,
    kind: ErrorKind,
    at: Option<usize>,
    /// Ends the search.
    fatal: bool,
}

fn fault(rank: u16, kind: ErrorKind, text: &str, c: &Cert) -> Fault {
    Fault { rank, text: text.to_owned(), kind, at: c.position, fatal: false }
}

struct Search<'s, 'q> {
    rules: Webpki,
    settings: &'s Settings,
    shared: &'s Shared<'q>,
    signatures: usize,
    calls: usize,
    comparisons: usize,
}

impl Webpki {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        self.run(shared, settings).map_err(|f| Refusal::new(f.kind, f.at, f.text.clone(), &f.text)).into()
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Fault> {
        let Ok(leaf) = shared.leaf().cloned() else {
            let kind = ErrorKind::Malformed;
            return Err(Fault { rank: 0, text: "BadEncoding".into(), kind, at: Some(0), fatal: true });
        };
        if !settings.without_tls {
            let offered = match leaf.key {
                Key::Rsa { .. } | Key::Ed25519 => true,
                Key::Ec { curve: CurveName::P521, .. } => self.aws,
                Key::Ec { curve, .. } => curve.is_nist() || curve == CurveName::Explicit,
                Key::MlDsa => self.aws,
                _ => false,
            };
            if !offered {
                return Err(fault(0, ErrorKind::Handshake, "AlertReceived(HandshakeFailure)", &leaf));
            }
        }
        reads(&leaf)?;
        let mut search = Search { rules: *self, settings, shared, signatures: 0, calls: 0, comparisons: 0 };
        search.build(std::slice::from_ref(&leaf))?;
        if let Some(host) = shared.q.host {
            let fits = match shared.address() {
                Some(ip) => naming::addresses(&leaf).contains(&ip),
                None => naming::dns_names(&leaf).iter().any(|n| naming::webpki_pattern(n, host)),
            };
            if !fits {
                return Err(fault(0, ErrorKind::Name, "NotValidForNameContext", &leaf));
            }
        }
        if settings.without_tls {
            return Ok(());
        }
        // The server's own signature is checked with the same algorithms.
        match leaf.key {
            Key::Rsa { pss: true, .. } => {
                let text = "UnsupportedSignatureAlgorithmForPublicKeyContext";
                Err(fault(0, ErrorKind::Algorithm, text, &leaf))
            }
            Key::Ec { compressed: true, .. } if !self.aws => Err(fault(0, ErrorKind::Signature, "BadSignature", &leaf)),
            Key::Ec { curve: CurveName::Explicit, .. } => {
                let text = "UnsupportedSignatureAlgorithmForPublicKeyContext";
                Err(fault(0, ErrorKind::Algorithm, text, &leaf))
            }
            k if !self.size_fits(k) => Err(fault(0, ErrorKind::WeakKey, "BadSignature", &leaf)),
            _ => Ok(()),
        }
    }

    fn size_fits(&self, key: Key) -> bool {
        match key {
            // ring rounds up to whole octets, aws-lc does not.
            Key::Rsa { bits, .. } => (if self.aws { bits } else { bits.div_ceil(8) * 8 }) >= 2_048 && bits <= 8_192,
            _ => true,
        }
    }
}

/// What reading refuses: of the leaf at once, of an intermediate when a path reaches it.
fn reads(c: &Cert) -> Result<(), Fault> {
    let bad = |text: &str| Err(fault(280, ErrorKind::Malformed, text, c));
    if c.c.version != 3 {
        return bad("UnsupportedCertVersion");
    }
    if c.trailing() || c.loose_lengths() || c.lint(|l| matches!(l, Lint::BooleanForm(_))) {
        return bad("BadEncoding");
    }
    if c.times.iter().any(|t| !t.standard) {
        return bad("BadEncoding");
    }
    if !c.algorithms_agree {
        return bad("SignatureAlgorithmMismatch");
    }
    let known = |o: &crate::oid::Oid| KNOWN.contains(&o.as_bytes()) || *o == *oid::SUBJECT_KEY_IDENTIFIER;
    if c.duplicate().is_some_and(known) {
        return bad("ExtensionValueInvalid");
    }
    if c.damaged().is_some_and(known) {
        return bad("BadEncoding");
    }
    if c.critical_beyond(KNOWN).is_some() {
        return Err(fault(230, ErrorKind::CriticalExtension, "UnsupportedCriticalExtension", c));
    }
    Ok(())
}

impl Search<'_, '_> {
    /// Depth first: anchors, then what was sent. `path` runs from the leaf upwards.
    fn build(&mut self, path: &[Rc<Cert>]) -> Result<(), Fault> {
        let Some(c) = path.last().cloned() else {
            return Ok(());
        };
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return Err(Fault {
                fatal: true,
                ..fault(10, ErrorKind::UnknownIssuer, "MaximumPathBuildCallsExceeded", &c)
            });
        }
        self.valid(&c, path)?;
        if path.len() - 1 > MAX_INTERMEDIATES {
            return Err(fault(61, ErrorKind::PathLength, "MaximumPathDepthExceeded", &c));
        }
        let mut told: Option<Fault> = None;
        let anchors = self.shared.anchors_named(c.issuer());
        for anchor in anchors.iter().filter(|a| a.subject().der() == c.issuer().der()) {
            match self.end(path, anchor) {
                Ok(()) => return Ok(()),
                Err(f) if f.fatal => return Err(f),
                Err(f) => told = Some(worse(told, f)),
            }
        }
        let sent: Vec<Rc<Cert>> = self.shared.sent.iter().skip(1).cloned().collect();
        for next in &sent {
            if next.subject().der() != c.issuer().der() {
                continue;
            }
            let seen = path
                .iter()
                .any(|p| p.c.public_key.spki == next.c.public_key.spki && p.subject().der() == next.subject().der());
            if seen {
                continue;
            }
            let result = reads(next).and_then(|()| {
                let mut longer = path.to_vec();
                longer.push(next.clone());
                self.build(&longer)
            });
            match result {
                Ok(()) => return Ok(()),
                Err(f) if f.fatal => return Err(f),
                Err(f) => told = Some(worse(told, f)),
            }
        }
        Err(told.unwrap_or_else(|| fault(5, ErrorKind::UnknownIssuer, "UnknownIssuer", &c)))
    }

    /// What holds whoever the issuer is: dates, CA or not, path length, purpose.
    fn valid(&self, c: &Cert, path: &[Rc<Cert>]) -> Result<(), Fault> {
        let leaf = path.len() == 1;
        if c.c.not_before > c.c.not_after {
            return Err(fault(290, ErrorKind::Malformed, "Expired", c));
        }
        if c.early(self.shared.time()) {
            return Err(fault(280, ErrorKind::NotYetValid, "NotValidYetContext", c));
        }
        if c.expired(self.shared.time()) {
            return Err(fault(290, ErrorKind::Expired, "ExpiredContext", c));
        }
        let ca = c.is_ca();
        if leaf && ca {
            return Err(fault(220, ErrorKind::NotACa, "CaUsedAsEndEntity", c));
        }
        if !leaf && !ca {
            return Err(fault(210, ErrorKind::NotACa, "EndEntityUsedAsCa", c));
        }
        let between = path.len().saturating_sub(2) as u64;
        if !leaf && c.path_len().is_some_and(|limit| between > limit) {
            return Err(fault(200, ErrorKind::PathLength, "PathLenConstraintViolated", c));
        }
        if c.eku().is_some_and(<[_]>::is_empty) {
            return Err(fault(190, ErrorKind::ExtendedKeyUsage, "EmptyEkuExtension", c));
        }
        if c.eku_lacks(&[oid::SERVER_AUTH]) {
            return Err(fault(180, ErrorKind::ExtendedKeyUsage, "InvalidPurposeContext", c));
        }
        Ok(())
    }

    /// A path that has come to an anchor: signatures from the top down, then name constraints.
    fn end(&mut self, path: &[Rc<Cert>], anchor: &Cert) -> Result<(), Fault> {
        let mut issuer = anchor;
        for c in path.iter().rev() {
            self.signatures += 1;
            if self.signatures > MAX_SIGNATURES {
                let text = "MaximumSignatureChecksExceeded";
                return Err(Fault { fatal: true, ..fault(10, ErrorKind::UnknownIssuer, text, c) });
            }
            self.signature(c, issuer)?;
            issuer = c;
        }
        self.revocation(path, anchor)?;
        for (i, c) in path.iter().enumerate() {
            for ca in path.iter().skip(i + 1).map(AsRef::as_ref).chain([anchor]) {
                if let Some(nc) = &ca.x().name_constraints {
                    self.comparisons += (c.sans().len() + 1).saturating_mul(nc.permitted.len() + nc.excluded.len());
                    if self.comparisons > 250_000 {
                        let text = "MaximumNameConstraintComparisonsExceeded";
                        return Err(Fault { fatal: true, ..fault(10, ErrorKind::NameConstraints, text, c) });
                    }
                }
                constraints::webpki(ca, c).map_err(|b| {
                    let text = match b {
                        Breach::Malformed(what) => what,
                        _ => "NameConstraintViolation".to_owned(),
                    };
                    fault(100, ErrorKind::NameConstraints, &text, c)
                })?;
            }
        }
        Ok(())
    }

    /// Where lists were handed in, every certificate's status must be known.
    fn revocation(&self, path: &[Rc<Cert>], anchor: &Cert) -> Result<(), Fault> {
        let octets = self.shared.q.tls.crls;
        if octets.is_empty() {
            return Ok(());
        }
        let lists: Vec<Crl<'_>> = octets.iter().take(64).filter_map(|c| Crl::read(c).ok()).collect();
        for (i, c) in path.iter().enumerate() {
            let issuer = path.get(i + 1).map_or(anchor, AsRef::as_ref);
            let own = lists.iter().find(|l| {
                l.issuer.der() == c.issuer().der() && l.signed_by(&issuer.c.public_key, self.shared.q.verifier).is_ok()
            });
            match own.map(|l| l.find(&c.c)) {
                Some(Ok((CrlAnswer::Revoked { .. }, _))) => {
                    return Err(fault(260, ErrorKind::General, "CertRevoked", c));
                }
                Some(_) => {}
                None => return Err(fault(50, ErrorKind::General, "UnknownRevocationStatus", c)),
            }
        }
        Ok(())
    }

    fn signature(&self, c: &Cert, issuer: &Cert) -> Result<(), Fault> {
        let unsupported = || Err(fault(30, ErrorKind::Algorithm, "UnsupportedSignatureAlgorithmContext", c));
        let few = self.settings.few_algorithms;
        let aws = self.rules.aws;
        // The identifier with its parameters is compared octet by octet with those of the algorithms offered.
        let parameters_absent = c.sig.parameters == super::algorithms::Parameters::Absent;
        let offered = match (c.sig.family, c.sig.hash) {
            (SigFamily::RsaPkcs1, Some(Hash::Sha256 | Hash::Sha384 | Hash::Sha512)) => true,
            (SigFamily::RsaPss { .. }, _) => c.sig.tls_pss(),
            (SigFamily::Ecdsa, Some(Hash::Sha256 | Hash::Sha384)) => parameters_absent,
            (SigFamily::Ecdsa, Some(Hash::Sha512)) => parameters_absent && aws && !few,
            (SigFamily::Ed25519, _) => parameters_absent && !few,
            (SigFamily::MlDsa, _) => aws && !few,
            _ => false,
        };
        if !offered {
            return unsupported();
        }
        let for_key = match (c.sig.family, issuer.key, c.sig.hash) {
            (SigFamily::Ecdsa, Key::Ec { curve, .. }, hash) => match curve {
                CurveName::P256 => !few || hash == Some(Hash::Sha256),
                CurveName::P384 => !few || hash == Some(Hash::Sha384),
                CurveName::P521 => aws && !few,
                _ => false,
            },
            (SigFamily::RsaPss { .. }, Key::Rsa { pss, .. }, _) => !pss,
            _ => c.sig.fits(issuer.key),
        };
        if !for_key {
            let text = "UnsupportedSignatureAlgorithmForPublicKeyContext";
            return Err(fault(40, ErrorKind::Algorithm, text, c));
        }
        let compressed = matches!(issuer.key, Key::Ec { compressed: true, .. });
        let right = self.rules.size_fits(issuer.key)
            && (aws || !compressed)
            && self.shared.signed(c, &issuer.c.public_key) == Signed::Right;
        if right { Ok(()) } else { Err(fault(270, ErrorKind::Signature, "BadSignature", c)) }
    }
}

/// Of two faults the more specific; the earlier of equal ones stays.
fn worse(had: Option<Fault>, new: Fault) -> Fault {
    match had {
        Some(old) if old.rank >= new.rank => old,
        _ => new,
    }
}
