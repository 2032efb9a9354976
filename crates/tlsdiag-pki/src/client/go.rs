//! Go's crypto/x509 and crypto/tls: strict parsing, a depth-first search over octet-equal names, the last fault told.

use super::algorithms::{CurveName, Key, SigFamily};
use super::cert::Cert;
use super::constraints::{self, Breach};
use super::naming;
use super::prediction::ErrorKind;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared};
use crate::algorithm::Hash;
use crate::der::Tag;
use crate::extensions::{GeneralName, KeyUsage, Subtree};
use crate::oid;
use std::rc::Rc;

/// What differs between versions (the module's `go` line counts as the version).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Go {
    /// Messages of 1.20 and later; negative serials, critical key identifiers and RSA below 1024 are refused (1.23,
    /// 1.24), policies are processed, an asterisk is held against excluded names.
    pub(crate) newer: bool,
    /// Number of paths that policies spoil is told (1.27), ML-DSA is known.
    pub(crate) newest: bool,
}

/// Extensions that every version processes.
const KNOWN: &[&[u8]] = &[
    oid::KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::SUBJECT_ALT_NAME,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::CERTIFICATE_POLICIES,
    oid::AUTHORITY_INFO_ACCESS,
];
/// And those that came with policy processing.
const KNOWN_POLICY: &[&[u8]] = &[oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY];

/// Signature checks in one search.
const MAX_CHECKS: usize = 100;
/// Depth of the search; Go has none, the signature bound ends it.
const MAX_DEPTH: usize = 60;

/// A fault with its text and kind.
#[derive(Clone, Debug)]
struct Fault(ErrorKind, String, Option<usize>);

/// A search for paths.
struct Search<'s, 'q> {
    rules: Go,
    shared: &'s Shared<'q>,
    intermediates: Vec<Rc<Cert>>,
    checks: usize,
    paths: Vec<Vec<Rc<Cert>>>,
    refused_anchor: Option<String>,
}

impl Go {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        self.run(shared, settings).map_err(|Fault(kind, text, at)| Refusal::new(kind, at, text.clone(), &text)).into()
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Fault> {
        if !settings.without_tls
            && let Ok(leaf) = shared.leaf()
        {
            let offered = match leaf.key {
                Key::Rsa { .. } | Key::Ed25519 => true,
                // An explicit curve or a compressed point is refused when it is read.
                Key::Ec { curve, .. } => curve.is_nist() || curve == CurveName::Explicit,
                Key::MlDsa => self.newest,
                _ => false,
            };
            if !offered {
                return Err(Fault(ErrorKind::Handshake, "remote error: tls: handshake failure".into(), Some(0)));
            }
        }
        for (i, entry) in shared.entries.iter().enumerate() {
            let why = match entry {
                Err(_) => Err("malformed tbs certificate".to_owned()),
                Ok(c) => self.reads(c),
            };
            if let Err(why) = why {
                let text = format!("tls: failed to parse certificate from server: x509: {why}");
                return Err(Fault(ErrorKind::Malformed, text, Some(i)));
            }
        }
        let Ok(leaf) = shared.leaf().cloned() else {
            return Err(Fault(ErrorKind::Malformed, "tls: received empty certificates message".into(), None));
        };
        let large = |c: &&Rc<Cert>| matches!(c.key, Key::Rsa { bits, .. } if bits > 8_192);
        if !settings.without_tls
            && let Some(c) = shared.sent.iter().find(large)
        {
            let text = "tls: server sent certificate containing RSA key larger than 8192 bits".to_owned();
            return Err(Fault(ErrorKind::WeakKey, text, c.position));
        }
        let intermediates = shared.sent.iter().skip(1).cloned().collect();
        let mut search =
            Search { rules: *self, shared, intermediates, checks: 0, paths: Vec::new(), refused_anchor: None };
        search.verify(&leaf).map_err(|Fault(kind, text, at)| {
            let prefix =
                if self.newer && !text.starts_with("ANCHOR") { "tls: failed to verify certificate: " } else { "" };
            Fault(kind, format!("{prefix}{text}"), at)
        })?;
        if settings.without_tls {
            return Ok(());
        }
        match leaf.key {
            Key::Rsa { pss: true, .. } => Err(Fault(
                ErrorKind::Algorithm,
                "tls: server's certificate contains an unsupported type of public key: <nil>".into(),
                Some(0),
            )),
            Key::Rsa { bits, .. } if self.newer && bits < 1_024 => Err(Fault(
                ErrorKind::WeakKey,
                format!("tls: invalid signature by the server certificate: {}", small(bits)),
                Some(0),
            )),
            _ => Ok(()),
        }
    }

    /// What ParseCertificate refuses, after "x509: ".
    fn reads(&self, c: &Cert) -> Result<(), String> {
        let no = |s: &str| Err(s.to_owned());
        if c.trailing() {
            return no("trailing data");
        }
        if c.loose_lengths() {
            return no("malformed certificate");
        }
        if c.c.version > 3 {
            return no("invalid version");
        }
        if c.serial().is_empty() || c.serial_not_minimal() {
            return no("malformed serial number");
        }
        if self.newer && c.serial_negative() {
            return no("negative serial number");
        }
        if !c.algorithms_agree {
            return no("inner and outer signature algorithm identifiers don't match");
        }
        let names = c.issuer().attributes().iter().chain(c.subject().attributes());
        let printable = |a: &&crate::dn::Attribute| {
            a.tag == Tag::PRINTABLE
                && !a.value.bytes().all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(&b))
        };
        let mut odd =
            names.filter(|a| printable(a) || (a.tag == Tag::UTF8 && !a.sound) || (a.tag == Tag::IA5 && !a.sound));
        if let Some(a) = odd.next() {
            let kind = match a.tag {
                Tag::PRINTABLE => "invalid PrintableString",
                Tag::IA5 => "invalid IA5String",
                _ => "invalid UTF-8 string",
            };
            return Err(format!("invalid RDNSequence: invalid attribute value: {kind}"));
        }
        if let Some(t) = c.times.iter().find(|t| t.offset || t.damaged || t.fraction || (t.generalized && t.no_seconds))
        {
            return no(if t.generalized { "malformed GeneralizedTime" } else { "malformed UTCTime" });
        }
        match c.key {
            Key::Ec { curve: CurveName::Explicit, .. } => return no("invalid ECDSA parameters"),
            Key::Ec { curve, .. } if !(curve.is_nist() || curve == CurveName::P224) => {
                return no("unsupported elliptic curve");
            }
            Key::Ec { compressed: true, .. } => return no("failed to unmarshal elliptic curve point"),
            _ => {}
        }
        if c.c.version == 3 { self.reads_extensions(c) } else { Ok(()) }
    }

    fn reads_extensions(&self, c: &Cert) -> Result<(), String> {
        let no = |s: &str| Err(s.to_owned());
        if let Some(id) = c.duplicate() {
            return Err(match self.newer {
                true => format!("certificate contains duplicate extension with OID \"{id}\""),
                false => "certificate contains duplicate extensions".to_owned(),
            });
        }
        if c.lint(|l| matches!(l, crate::lint::Lint::BooleanForm(_))) {
            return no(if self.newer { "invalid basic constraints" } else { "invalid basic constraints b" });
        }
        if let Some(id) = c.damaged() {
            return Err(format!("malformed extension value field ({id})"));
        }
        for n in c.sans() {
            match n {
                GeneralName::Dns(d) if !d.is_ascii() => return no("SAN dNSName is malformed"),
                GeneralName::Email(e) if !e.is_ascii() => return no("SAN rfc822Name is malformed"),
                GeneralName::Uri(u) if !u.is_ascii() => return no("SAN uniformResourceIdentifier is malformed"),
                GeneralName::Other(Tag(0x87), b) => {
                    return Err(format!("cannot parse IP address of length {}", b.len()));
                }
                _ => {}
            }
        }
        if let Some(nc) = &c.x().name_constraints {
            if nc.permitted.is_empty() && nc.excluded.is_empty() {
                return no("empty name constraints extension");
            }
            for base in nc.permitted.iter().chain(&nc.excluded) {
                match base {
                    Subtree::Dns(d) => {
                        let body = d.strip_prefix('.').unwrap_or(d);
                        if !d.is_empty()
                            && (body.split('.').any(str::is_empty) || !d.bytes().all(|b| (33..=126).contains(&b)))
                        {
                            return Err(format!("failed to parse dnsName constraint {d:?}"));
                        }
                    }
                    Subtree::Ip { mask, .. } if !constraints::contiguous(mask) => {
                        return no("IP constraint contained invalid mask");
                    }
                    Subtree::Other(Tag(0x87), b) => {
                        return Err(format!("IP constraint contained value of length {}", b.len()));
                    }
                    _ => {}
                }
            }
        }
        if self.newer {
            for (id, what) in [
                (oid::AUTHORITY_KEY_IDENTIFIER, "authority key identifier"),
                (oid::SUBJECT_KEY_IDENTIFIER, "subject key identifier"),
                (oid::AUTHORITY_INFO_ACCESS, "authority info access"),
            ] {
                if c.critical(id) {
                    return Err(format!("{what} incorrectly marked critical"));
                }
            }
        }
        Ok(())
    }

    /// Critical extensions left over when it was read.
    fn unhandled(&self, c: &Cert) -> bool {
        if c.c.version < 3 {
            return false;
        }
        let policy = if self.newer { KNOWN_POLICY } else { &[] };
        let unknown = c
            .extensions
            .iter()
            .any(|e| e.critical && !KNOWN.contains(&e.oid.as_bytes()) && !policy.contains(&e.oid.as_bytes()));
        let used = |n: &GeneralName| {
            matches!(n, GeneralName::Dns(_) | GeneralName::Ip(_) | GeneralName::Email(_) | GeneralName::Uri(_))
        };
        let odd_san = c.critical(oid::SUBJECT_ALT_NAME) && !c.sans().iter().any(used);
        let odd_base =
            |b: &Subtree| !matches!(b, Subtree::Dns(_) | Subtree::Ip { .. } | Subtree::Email(_) | Subtree::Uri(_));
        let odd_nc = c.critical(oid::NAME_CONSTRAINTS)
            && c.x().name_constraints.as_ref().is_some_and(|n| n.permitted.iter().chain(&n.excluded).any(odd_base));
        unknown || odd_san || odd_nc
    }

    /// A key of a kind that Go knows.
    fn key_known(&self, key: Key) -> bool {
        match key {
            Key::Rsa { pss, .. } => !pss,
            Key::Ec { .. } | Key::Ed25519 | Key::Dsa { .. } => true,
            Key::MlDsa => self.newest,
            Key::Ed448 | Key::Other => false,
        }
    }

    /// CheckSignatureFrom; the text of the failure.
    fn signature(&self, shared: &Shared<'_>, child: &Cert, parent: &Cert) -> Result<(), String> {
        let bc = if parent.c.version == 3 { parent.x().basic_constraints } else { None };
        let not_ca = parent.c.version == 3 && bc.is_none() || bc.is_some_and(|b| !b.ca);
        let usage = if parent.c.version == 3 { parent.usage() } else { None };
        if not_ca || usage.is_some_and(|u| u.0 != 0 && !u.any(KeyUsage::KEY_CERT_SIGN)) {
            return Err("x509: invalid signature: parent certificate cannot sign this kind of certificate".into());
        }
        let unimplemented = || Err("x509: cannot verify signature: algorithm unimplemented".into());
        if !self.key_known(parent.key) {
            return unimplemented();
        }
        let name = match child.sig.family {
            SigFamily::RsaPkcs1 => "RSA",
            SigFamily::Ecdsa => "ECDSA",
            SigFamily::RsaPss { .. } if child.sig.tls_pss() => "RSAPSS",
            SigFamily::Ed25519 => "Ed25519",
            SigFamily::MlDsa if self.newest => "ML-DSA",
            _ => return unimplemented(),
        };
        match child.sig.hash {
            Some(Hash::Sha224) => return unimplemented(),
            Some(Hash::Md5) => return Err(format!("x509: cannot verify signature: insecure algorithm MD5-{name}")),
            Some(Hash::Sha1) => {
                let alg = if name == "ECDSA" { "ECDSA-SHA1" } else { "SHA1-RSA" };
                let hint = if self.newer { "" } else { " (temporarily override with GODEBUG=x509sha1=1)" };
                return Err(format!("x509: cannot verify signature: insecure algorithm {alg}{hint}"));
            }
            _ => {}
        }
        if let Key::Rsa { bits, .. } = parent.key
            && self.newer
            && bits < 1_024
        {
            return Err(small(bits));
        }
        if !child.sig.fits(parent.key) || !shared.signed_by(child, parent) {
            return Err(match parent.key {
                Key::Rsa { .. } => "crypto/rsa: verification error".into(),
                Key::Ed25519 => "x509: Ed25519 verification failure".into(),
                _ => "x509: ECDSA verification failure".into(),
            });
        }
        Ok(())
    }
}

fn small(bits: usize) -> String {
    format!("crypto/rsa: {bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)")
}

/// What a certificate stands for in [`Search::valid`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Leaf,
    Intermediate,
    Root,
}

impl Search<'_, '_> {
    fn verify(&mut self, leaf: &Rc<Cert>) -> Result<(), Fault> {
        self.valid(leaf, Place::Leaf, &[])?;
        self.names(leaf)?;
        if self.shared.listed(leaf) && self.rules.reads(leaf).is_ok() {
            self.paths.push(vec![leaf.clone()]);
        } else {
            let result = self.build(vec![leaf.clone()]);
            if self.paths.is_empty() {
                if let Some(why) = &self.refused_anchor {
                    return Err(Fault(ErrorKind::Malformed, format!("ANCHOR-REFUSED x509: {why}"), None));
                }
                return Err(result.err().unwrap_or_else(|| unknown(leaf, None)));
            }
        }
        let usable = |p: &&Vec<Rc<Cert>>| {
            p.iter().all(|c| {
                c.c.version < 3
                    || c.eku().is_none_or(|l| l.is_empty())
                    || !c.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE])
            })
        };
        let by_usage: Vec<_> = self.paths.iter().filter(usable).collect();
        if by_usage.is_empty() {
            let text = "x509: certificate specifies an incompatible key usage";
            return Err(Fault(ErrorKind::ExtendedKeyUsage, text.into(), Some(0)));
        }
        if !self.rules.newer {
            return Ok(());
        }
        let bad = by_usage.iter().filter(|p| !policies_hold(p)).count();
        if bad < by_usage.len() {
            return Ok(());
        }
        Err(Fault(
            ErrorKind::Policy,
            match self.rules.newest {
                true => format!("x509: no valid chains built: {bad} candidate chains with invalid policies"),
                false => "x509: no valid chains built: all candidate chains have invalid policies".into(),
            },
            None,
        ))
    }

    /// isValid: extensions, dates, constraints, CA, path length.
    fn valid(&self, c: &Cert, place: Place, below: &[Rc<Cert>]) -> Result<(), Fault> {
        if self.rules.unhandled(c) {
            return Err(Fault(ErrorKind::CriticalExtension, "x509: unhandled critical extension".into(), c.position));
        }
        let time = "x509: certificate has expired or is not yet valid: current time is";
        if c.early(self.shared.time()) {
            return Err(Fault(ErrorKind::NotYetValid, format!("{time} before the limit"), c.position));
        }
        if c.expired(self.shared.time()) {
            return Err(Fault(ErrorKind::Expired, format!("{time} after the limit"), c.position));
        }
        if place != Place::Leaf && c.c.version == 3 {
            for named in below.iter().filter(|b| b.has_san()) {
                constraints::go(c, named, self.rules.newer).map_err(|b| breach(&b, named))?;
            }
        }
        let bc = if c.c.version == 3 { c.x().basic_constraints } else { None };
        if place == Place::Intermediate && !bc.is_some_and(|b| b.ca) {
            let text = "x509: certificate is not authorized to sign other certificates";
            return Err(Fault(ErrorKind::NotACa, text.into(), c.position));
        }
        if let Some(limit) = bc.and_then(|b| b.path_len)
            && place != Place::Leaf
            && below.len().saturating_sub(1) as u64 > limit
        {
            let text = "x509: too many intermediates for path length constraint";
            return Err(Fault(ErrorKind::PathLength, text.into(), c.position));
        }
        Ok(())
    }

    fn build(&mut self, path: Vec<Rc<Cert>>) -> Result<(), Fault> {
        let Some(child) = path.last().cloned() else { return Ok(()) };
        if path.len() > MAX_DEPTH {
            return Err(unknown(&child, None));
        }
        let before = self.paths.len();
        let mut last: Option<Fault> = None;
        let mut hint: Option<(String, Rc<Cert>)> = None;
        let roots = self.ordered(&child, self.shared.anchors_named(child.issuer()), true);
        let others = self.ordered(&child, self.intermediates.clone(), false);
        let all =
            roots.into_iter().map(|c| (c, Place::Root)).chain(others.into_iter().map(|c| (c, Place::Intermediate)));
        for (candidate, place) in all {
            if (self.rules.newer && !self.rules.key_known(candidate.key)) || path.iter().any(|p| twin(p, &candidate)) {
                continue;
            }
            self.checks += 1;
            if self.checks > MAX_CHECKS {
                let text = "x509: signature check attempts limit reached while verifying certificate chain";
                last = Some(Fault(ErrorKind::UnknownIssuer, text.into(), None));
                break;
            }
            if let Err(why) = self.rules.signature(self.shared, &child, &candidate) {
                hint.get_or_insert((why, candidate));
                continue;
            }
            if let Err(fault) = self.valid(&candidate, place, &path) {
                hint.get_or_insert((fault.1.clone(), candidate));
                last = Some(fault);
                continue;
            }
            let mut longer = path.clone();
            longer.push(candidate);
            if place == Place::Root {
                self.paths.push(longer);
                last = None;
            } else {
                last = self.build(longer).err();
            }
        }
        if self.paths.len() > before {
            return Ok(());
        }
        Err(last.unwrap_or_else(|| unknown(&child, hint)))
    }

    /// Candidates of octet-equal name: key identifiers that fit, then unknown, then misfits.
    fn ordered(&mut self, child: &Cert, candidates: Vec<Rc<Cert>>, roots: bool) -> Vec<Rc<Cert>> {
        let aki = child.x().authority_key_id.as_ref().and_then(|a| a.key_id.clone());
        let mut found: Vec<(u8, Rc<Cert>)> = Vec::new();
        for c in candidates {
            if c.subject().der() != child.issuer().der() {
                continue;
            }
            if roots && let Err(why) = self.rules.reads(&c) {
                self.refused_anchor = Some(why);
                continue;
            }
            let rank = match (&aki, &c.x().subject_key_id) {
                (Some(a), Some(s)) if a == s => 0,
                (Some(_), Some(_)) => 2,
                _ => 1,
            };
            found.push((rank, c));
        }
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, c)| c).collect()
    }

    fn names(&self, leaf: &Cert) -> Result<(), Fault> {
        let Some(host) = self.shared.q.host else { return Ok(()) };
        let old = leaf.c.version < 3;
        let names = if old { Vec::new() } else { naming::dns_names(leaf) };
        let ips = if old { Vec::new() } else { naming::addresses(leaf) };
        let fits = match self.shared.address() {
            Some(ip) => ips.contains(&ip),
            None => names.iter().any(|n| naming::go_pattern(n, host)),
        };
        if fits {
            return Ok(());
        }
        let cn = leaf.common_name().unwrap_or_default();
        let has_san = !old && leaf.has_san();
        let text = if !has_san && naming::go_labels(cn, host) {
            "x509: certificate relies on legacy Common Name field, use SANs instead".to_owned()
        } else if self.shared.address().is_some() && ips.is_empty() {
            format!("x509: cannot validate certificate for {host} because it doesn't contain any IP SANs")
        } else {
            let valid = match self.shared.address() {
                Some(_) => ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                None => names.join(", "),
            };
            match valid.as_str() {
                "" => format!("x509: certificate is not valid for any names, but wanted to match {host}"),
                v => format!("x509: certificate is valid for {}, not {host}", v.trim_start()),
            }
        };
        Err(Fault(ErrorKind::Name, text, Some(0)))
    }
}

fn unknown(child: &Cert, hint: Option<(String, Rc<Cert>)>) -> Fault {
    let mut text = "x509: certificate signed by unknown authority".to_owned();
    let mut kind = ErrorKind::UnknownIssuer;
    if let Some((why, who)) = hint {
        let name = who.common_name().map(str::to_owned).unwrap_or_else(|| format!("serial:{}", who.c.serial_hex()));
        text +=
            &format!(" (possibly because of {why:?} while trying to verify candidate authority certificate {name:?})");
        kind = match why.as_str() {
            w if w.contains("cannot sign") => ErrorKind::NotACa,
            w if w.contains("insecure") || w.contains("unimplemented") => ErrorKind::Algorithm,
            _ => ErrorKind::Signature,
        };
    }
    Fault(kind, text, child.position)
}

fn breach(b: &Breach, named: &Cert) -> Fault {
    let head = "x509: a root or intermediate certificate is not authorized to sign for this name: ";
    let name = |n: &GeneralName| match n {
        GeneralName::Dns(d) => format!("DNS name {d:?}"),
        GeneralName::Ip(a) => format!("IP address \"{a}\""),
        GeneralName::Email(e) => format!("email address {e:?}"),
        other => format!("URI \"{other}\""),
    };
    let text = match b {
        Breach::NotPermitted(n) => format!("{head}{} is not permitted by any constraint", name(n)),
        Breach::Excluded(n) => format!("{head}{} is excluded by constraint", name(n)),
        Breach::TooMany => "x509: too many name constraints".to_owned(),
        Breach::Malformed(n) => format!("{head}cannot parse {n:?}"),
        Breach::Unsupported => format!("{head}unsupported"),
    };
    Fault(ErrorKind::NameConstraints, text, named.position)
}

/// Same subject, key and alternative names: already on the path.
fn twin(a: &Cert, b: &Cert) -> bool {
    a.id() == b.id()
        || (a.subject().der() == b.subject().der()
            && a.c.public_key.spki == b.c.public_key.spki
            && a.raw(oid::SUBJECT_ALT_NAME).map(|e| &e.value) == b.raw(oid::SUBJECT_ALT_NAME).map(|e| &e.value))
}

/// RFC 5280 6.1 for policies, the anchor left out.
pub(crate) fn policies_hold(path: &[Rc<Cert>]) -> bool {
    if path.len() < 2 {
        return true;
    }
    let below: Vec<_> = path.iter().take(path.len().saturating_sub(1)).map(|c| c.c.as_ref()).collect();
    crate::policy::process(&below, &crate::policy::PolicySettings::default()).failure.is_none()
}
