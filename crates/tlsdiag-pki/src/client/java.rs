//! Java's PKIX trust manager: the chain as sent is validated when it is in order and ends at a trusted name, else a path
//! is built; anchors are a name and a key that must belong to a CA.

use super::algorithms::{CurveName, Key, SigFamily};
use super::cert::Cert;
use super::constraints;
use super::naming;
use super::prediction::ErrorKind;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared, Signed};
use crate::algorithm::Hash;
use crate::extensions::KeyUsage;
use crate::lint::Lint;
use crate::oid;
use crate::time::civil;
use std::net::IpAddr;
use std::rc::Rc;

/// What differs between releases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Java {
    /// Feature release: 11, 17, 21, 25.
    pub(crate) release: u8,
}

const KNOWN: &[&[u8]] = &[
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
];

/// jdk.tls.maxHandshakeCertificates and its like: certificates taken from a server.
const MAX_CHAIN: usize = 10;
/// Intermediates on a path that is built (PKIXBuilderParameters' default).
const MAX_BUILT: usize = 5;
/// Paths the builder tries here.
const MAX_TRIES: usize = 2_000;

struct Fault(ErrorKind, String, Option<usize>);

impl Java {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        self.run(shared, settings).map_err(|Fault(kind, text, at)| Refusal::new(kind, at, text.clone(), &text)).into()
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Fault> {
        if let Some(host) = shared.q.host
            && shared.address().is_none()
            && host.contains('_')
        {
            let text = "IllegalArgumentException: Contains non-LDH ASCII characters";
            return Err(Fault(ErrorKind::Name, text.into(), None));
        }
        if !settings.without_tls
            && let Ok(leaf) = shared.leaf()
            && !self.offers(leaf.key)
        {
            return Err(Fault(ErrorKind::Handshake, "Received fatal alert: handshake_failure".into(), Some(0)));
        }
        if shared.q.chain.len() > MAX_CHAIN {
            let text =
                "SSLProtocolException: The certificate chain length (11) exceeds the maximum allowed length (10)";
            return Err(Fault(ErrorKind::PathLength, text.into(), None));
        }
        for (i, entry) in shared.entries.iter().enumerate() {
            let why = match entry {
                Err(_) if self.release < 17 => Err("IOException: Short read of DER length".to_owned()),
                Err(_) => Err("IOException: Too short".to_owned()),
                Ok(c) => self.reads(c),
            };
            why.map_err(|text| Fault(ErrorKind::Malformed, text, Some(i)))?;
        }
        let Ok(leaf) = shared.leaf().cloned() else {
            return Err(Fault(ErrorKind::Malformed, "SSLProtocolException: empty certificate chain".into(), None));
        };
        self.validate(shared, settings, &leaf)?;
        self.names(shared, &leaf)
    }

    fn offers(&self, key: Key) -> bool {
        match key {
            Key::Rsa { .. } => true,
            Key::Ec { curve, .. } => curve.is_nist() || curve == CurveName::Explicit,
            Key::Ed25519 | Key::Ed448 => self.release >= 17,
            _ => false,
        }
    }

    fn reads(&self, c: &Cert) -> Result<(), String> {
        let no = |s: &str| Err(s.to_owned());
        if self.release < 17 && c.loose_lengths() {
            return no("IOException: DerInputStream.getLength(): Redundant length bytes found");
        }
        if c.serial().is_empty() {
            return no("IOException: Invalid encoding: zero length Int value");
        }
        if c.duplicate().is_some() {
            return no("IOException: Duplicate extensions not allowed");
        }
        match c.key {
            Key::Ec { curve: CurveName::Explicit, .. } => return no("IOException: Only named ECParameters supported"),
            Key::Ec { compressed: true, .. } => return no("IOException: Only uncompressed point format supported"),
            _ => {}
        }
        if !c.algorithms_agree {
            return no("CertificateException: Signature algorithm mismatch");
        }
        if c.issuer().is_empty() {
            return no("CertificateParsingException: Empty issuer DN not allowed in X509Certificates");
        }
        if c.c.version < 3 && !c.extensions.is_empty() {
            return no("CertificateParsingException: Extensions not allowed in v2 certificate");
        }
        if c.subject().is_empty() {
            let head = "CertificateParsingException: X.509 Certificate is incomplete: ";
            if !c.has_san() {
                return Err(format!("{head}subject field is empty, and SubjectAlternativeName extension is absent"));
            }
            if !c.critical(oid::SUBJECT_ALT_NAME) {
                return Err(format!(
                    "{head}SubjectAlternativeName extension MUST be marked critical when subject field is empty"
                ));
            }
        }
        if self.release >= 21 && c.has_san() && c.sans().is_empty() {
            return no("CertificateParsingException: No data available in passed DER encoded value.");
        }
        if c.lint(|l| matches!(l, Lint::DamagedTime(_))) {
            return no("CertificateParsingException: java.io.IOException: Parse time, invalid format");
        }
        match c.damaged() {
            Some(id) if c.critical(id.as_bytes()) => Err(format!("CertificateParsingException: {id}")),
            _ => Ok(()),
        }
    }

    /// PKIXValidator: validate what is in order, else build.
    fn validate(&self, shared: &Shared<'_>, settings: &Settings, leaf: &Rc<Cert>) -> Result<(), Fault> {
        if self.trusted(shared, leaf) {
            return Ok(());
        }
        let mut previous: Option<&Rc<Cert>> = None;
        let mut ordered = true;
        let mut anchored: Option<usize> = None;
        for (i, c) in shared.sent.iter().enumerate() {
            if previous.is_some_and(|p| !p.issuer().matches(c.subject())) {
                ordered = false;
                break;
            }
            if i > 0 && self.trusted(shared, c) {
                anchored = Some(i);
                break;
            }
            previous = Some(c);
        }
        let chain: Vec<Rc<Cert>> = match anchored {
            Some(i) => shared.sent.iter().take(i).cloned().collect(),
            None => shared.sent.clone(),
        };
        let last = chain.last().unwrap_or(leaf);
        let mut anchors = Vec::new();
        let mut refused = None;
        for a in shared.anchors_named(last.issuer()) {
            match self.reads(&a) {
                Ok(()) => anchors.push(a),
                Err(why) => refused = Some(why),
            }
        }
        if ordered && !anchors.is_empty() {
            let mut told = None;
            for anchor in &anchors {
                match self.path(shared, &chain, anchor) {
                    Ok(()) => {
                        self.anchor(anchor)?;
                        return self.end_entity(settings, leaf);
                    }
                    Err(f) => told = Some(f),
                }
            }
            return told.map_or(Ok(()), Err);
        }
        if self.build(shared, leaf) {
            return self.end_entity(settings, leaf);
        }
        if let Some(why) = refused {
            let why = why.trim_start_matches("CertificateParsingException: ");
            let text = format!("ANCHOR-REFUSED java.security.cert.CertificateParsingException: java.io.{why}");
            return Err(Fault(ErrorKind::Malformed, text, None));
        }
        let text = "PKIX path building failed / unable to find valid certification path to requested target";
        Err(Fault(ErrorKind::UnknownIssuer, text.into(), last.position))
    }

    /// In the trust list, or with name and key of one that is.
    fn trusted(&self, shared: &Shared<'_>, c: &Cert) -> bool {
        shared.listed(c) || shared.anchors_named(c.subject()).iter().any(|a| a.c.public_key.spki == c.c.public_key.spki)
    }

    /// A path by search with backtracking; every path is judged like one that was sent.
    fn build(&self, shared: &Shared<'_>, leaf: &Rc<Cert>) -> bool {
        let mut open = vec![vec![leaf.clone()]];
        let mut tries = 0;
        while let Some(path) = open.pop() {
            tries += 1;
            let Some(top) = path.last().filter(|_| tries <= MAX_TRIES) else { return false };
            for anchor in shared.anchors_named(top.issuer()) {
                if self.reads(&anchor).is_ok()
                    && self.path(shared, &path, &anchor).is_ok()
                    && self.anchor(&anchor).is_ok()
                {
                    return true;
                }
            }
            if path.len() > MAX_BUILT {
                continue;
            }
            for next in shared.sent.iter().skip(1).rev() {
                let new = path.iter().all(|p| p.id() != next.id());
                if new && next.subject().matches(top.issuer()) && shared.signed_by(top, next) {
                    let mut longer = path.clone();
                    longer.push(next.clone());
                    open.push(longer);
                }
            }
        }
        false
    }

    /// PKIXCertPathValidator: from the certificate below the anchor down to the leaf.
    fn path(&self, shared: &Shared<'_>, chain: &[Rc<Cert>], anchor: &Rc<Cert>) -> Result<(), Fault> {
        let fail =
            |kind, why: String, c: &Cert| Err(Fault(kind, format!("PKIX path validation failed / {why}"), c.position));
        let mut limit = u64::MAX;
        for i in (0..chain.len()).rev() {
            let Some(c) = chain.get(i) else { break };
            let issuer = chain.get(i + 1).unwrap_or(anchor);
            if let Some((kind, why)) = self.algorithms(c, issuer) {
                return fail(kind, why, c);
            }
            if c.usage().is_some_and(|u| u.0 == 0) {
                return fail(ErrorKind::KeyUsage, "incorrect KeyUsage extension bits".into(), c);
            }
            if i > 0 {
                if !c.may(KeyUsage::KEY_CERT_SIGN) {
                    let why = "CA key usage check failed: keyCertSign bit is not set";
                    return fail(ErrorKind::KeyUsage, why.into(), c);
                }
                if !c.is_ca() {
                    let why = "basic constraints check failed: this is not a CA certificate";
                    return fail(ErrorKind::NotACa, why.into(), c);
                }
                if !c.self_issued() {
                    if limit == 0 {
                        let why = "basic constraints check failed: pathLenConstraint violated - this cert must be the \
                                   last cert in the certification path";
                        return fail(ErrorKind::PathLength, why.into(), c);
                    }
                    limit -= 1;
                }
                limit = limit.min(c.path_len().unwrap_or(u64::MAX));
            }
            if i == 0 || !c.self_issued() {
                let above = chain.iter().skip(i + 1);
                if above.into_iter().any(|ca| constraints::java(ca, c, self.release >= 17).is_err()) {
                    return fail(ErrorKind::NameConstraints, "name constraints check failed".into(), c);
                }
            }
            let so_far: Vec<_> = chain.iter().skip(i).map(|c| c.c.as_ref()).collect();
            let policies = crate::policy::process(&so_far, &crate::policy::PolicySettings::default());
            if policies.failure.is_some() && i == 0 {
                let why = "non-null policy tree required and policy tree is null";
                return fail(ErrorKind::Policy, why.into(), c);
            }
            if c.expired(shared.time()) && !c.early(shared.time()) {
                return fail(ErrorKind::Expired, "CertificateExpiredException:".into(), c);
            }
            if c.early(shared.time()) {
                let why = format!("CertificateNotYetValidException: NotBefore: {}", java_date(c.c.not_before));
                return fail(ErrorKind::NotYetValid, why, c);
            }
            if let Some((kind, why)) = self.signature(shared, c, issuer) {
                return fail(kind, why, c);
            }
            if c.critical_beyond(KNOWN).is_some() {
                return fail(ErrorKind::CriticalExtension, "unrecognized critical extension(s)".into(), c);
            }
        }
        Ok(())
    }

    /// jdk.certpath.disabledAlgorithms, and from 25 the signature schemes that TLS names.
    fn algorithms(&self, c: &Cert, issuer: &Cert) -> Option<(ErrorKind, String)> {
        let head = "Algorithm constraints check failed on";
        let who = display(c);
        if c.sig.hash == Some(Hash::Md5) {
            let why = match self.release {
                ..=17 => format!("{head} signature algorithm: MD5with{}", self.family(c)),
                _ => format!("{head} disabled algorithm: MD5 used with certificate: {who}.  Usage was TLS server"),
            };
            return Some((ErrorKind::Algorithm, why));
        }
        for (key, subject) in [(issuer.key, display(issuer)), (c.key, who)] {
            let small = match key {
                Key::Rsa { bits, .. } if bits < 1_024 => Some(("RSA", bits)),
                Key::Dsa { bits } if bits < 1_024 => Some(("DSA", bits)),
                _ => None,
            };
            if let Some((name, bits)) = small {
                let why = format!(
                    "{head} keysize limits: {name} {bits} bit key used with certificate: {subject}.  Usage was TLS server"
                );
                return Some((ErrorKind::WeakKey, why));
            }
            if let Key::Ec { curve, .. } = key
                && self.release < 17
                && !(curve.is_nist() || curve == CurveName::P224)
            {
                return Some((ErrorKind::WeakKey, format!("{head} disabled algorithm: {}", curve_name(curve))));
            }
        }
        if self.release >= 25 {
            let odd = match (c.sig.family, c.sig.hash) {
                (SigFamily::MlDsa, _) => {
                    return Some((ErrorKind::Algorithm, format!("{head} signature algorithm: ML-DSA-65")));
                }
                (SigFamily::Dsa, Some(h)) => Some(format!("{}withDSA", compact(h))),
                (SigFamily::Ecdsa, Some(Hash::Sha224)) => Some("SHA224withECDSA".to_owned()),
                (SigFamily::RsaPkcs1, Some(Hash::Sha224)) => Some("SHA224withRSA".to_owned()),
                _ => None,
            };
            if let Some(name) = odd {
                let size = match c.key {
                    Key::Rsa { bits, .. } => format!("RSA key with size of {bits}bits"),
                    Key::Ec { curve, .. } => format!("EC key with size of {}bits", curve.bits()),
                    _ => "key".to_owned(),
                };
                return Some((ErrorKind::Algorithm, format!("{head} {name}signature and {size}")));
            }
        }
        None
    }

    fn family(&self, c: &Cert) -> &'static str {
        match c.sig.family {
            SigFamily::Ecdsa => "ECDSA",
            SigFamily::Dsa => "DSA",
            _ => "RSA",
        }
    }

    fn signature(&self, shared: &Shared<'_>, c: &Cert, issuer: &Cert) -> Option<(ErrorKind, String)> {
        let unknown = match c.sig.family {
            SigFamily::Ed25519 | SigFamily::Ed448 => self.release < 17,
            SigFamily::MlDsa => self.release < 25,
            SigFamily::Unknown => true,
            _ => false,
        };
        if unknown {
            return Some((
                ErrorKind::Algorithm,
                format!("NoSuchAlgorithmException: {} Signature not available", identifier(c)),
            ));
        }
        if let Key::Ec { curve, .. } = issuer.key
            && self.release >= 17
            && !curve.is_nist()
        {
            let id = match &issuer.c.public_key.kind {
                crate::key::KeyKind::Ec(crate::key::Curve::Other(o)) => o.to_string(),
                _ => String::new(),
            };
            let why = format!("SignatureException: Curve not supported: {} ({id})", curve_name(curve));
            return Some((ErrorKind::WeakKey, why));
        }
        match shared.signed(c, &issuer.c.public_key) {
            Signed::Right => None,
            _ => Some((ErrorKind::Signature, "SignatureException: Signature does not match.".into())),
        }
    }

    /// An anchor of version 3 must be a CA that may sign (jdk.security.allowNonCaAnchor lifts it).
    fn anchor(&self, anchor: &Cert) -> Result<(), Fault> {
        if anchor.c.version < 3 {
            return Ok(());
        }
        let head = "PKIX path validation failed / ValidatorException: TrustAnchor";
        if !anchor.is_ca() {
            return Err(Fault(ErrorKind::NotACa, format!("{head} is not a CA certificate"), None));
        }
        if !anchor.may(KeyUsage::KEY_CERT_SIGN) {
            let text = format!("{head} does not have keyCertSign bit set in KeyUsage extension");
            return Err(Fault(ErrorKind::KeyUsage, text, None));
        }
        Ok(())
    }

    fn end_entity(&self, settings: &Settings, leaf: &Cert) -> Result<(), Fault> {
        if !settings.without_tls && !leaf.may(KeyUsage::DIGITAL_SIGNATURE) {
            let text = "ValidatorException: KeyUsage does not allow digital signatures";
            return Err(Fault(ErrorKind::KeyUsage, text.into(), Some(0)));
        }
        let purposes: &[&[u8]] =
            &[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE, oid::NETSCAPE_SGC, oid::MICROSOFT_SGC];
        if leaf.eku_lacks(purposes) {
            let text = "ValidatorException: Extended key usage does not permit use for TLS server authentication";
            return Err(Fault(ErrorKind::ExtendedKeyUsage, text.into(), Some(0)));
        }
        Ok(())
    }

    fn names(&self, shared: &Shared<'_>, leaf: &Cert) -> Result<(), Fault> {
        let Some(host) = shared.q.host else { return Ok(()) };
        let no = |text: String| Err(Fault(ErrorKind::Name, format!("CertificateException: {text}"), Some(0)));
        if let Some(ip) = shared.address() {
            if !leaf.has_san() {
                return no("No subject alternative names present".into());
            }
            let ips: Vec<IpAddr> = naming::addresses(leaf);
            if ips.contains(&ip) {
                return Ok(());
            }
            return no(format!("No subject alternative names matching IP address {host} found"));
        }
        let everywhere = self.release < 21;
        let names = naming::dns_names(leaf);
        if names.iter().any(|n| naming::java_pattern(n, host, everywhere)) {
            return Ok(());
        }
        if !names.is_empty() {
            return no(format!("No subject alternative DNS name matching {host} found."));
        }
        match leaf.common_name() {
            Some(cn) if naming::java_pattern(cn, host, everywhere) => Ok(()),
            _ => no(format!("No name matching {host} found")),
        }
    }
}

fn curve_name(curve: CurveName) -> &'static str {
    match curve {
        CurveName::P192 => "secp192r1",
        CurveName::P224 => "secp224r1",
        CurveName::K256 => "secp256k1",
        CurveName::Brainpool => "brainpoolP256r1",
        _ => "EC",
    }
}

fn compact(h: Hash) -> String {
    h.name().replace('-', "")
}

/// The identifier of the signature algorithm in dots.
fn identifier(c: &Cert) -> String {
    use crate::der::{Reader, Tag};
    let seq = Reader::new(&c.outer_algorithm).expect(Tag::SEQUENCE, "AlgorithmIdentifier");
    let id = seq.and_then(|s| s.reader().expect(Tag::OID, "algorithm"));
    id.map(|t| crate::oid::Oid::from_der(t.content).to_string()).unwrap_or_default()
}

/// `CN=a, O=b`: Java's X500Name, last attribute first.
fn display(c: &Cert) -> String {
    let one = |a: &crate::dn::Attribute| {
        let name = a.oid.short_name().map_or_else(|| a.oid.to_string(), str::to_owned);
        format!("{name}={}", a.value)
    };
    c.subject().attributes().iter().rev().map(one).collect::<Vec<_>>().join(", ")
}

/// `Tue Nov 24 00:00:00 UTC 2026`: java.util.Date.
fn java_date(unix: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (y, m, d, s) = civil(unix);
    let day = usize::try_from(unix.div_euclid(86_400).rem_euclid(7)).ok().and_then(|i| DAYS.get(i));
    let month = usize::try_from(m - 1).ok().and_then(|i| MONTHS.get(i));
    let (day, month) = (day.copied().unwrap_or_default(), month.copied().unwrap_or_default());
    format!("{day} {month} {d:02} {:02}:{:02}:{:02} UTC {y}", s / 3_600, s / 60 % 60, s % 60)
}
