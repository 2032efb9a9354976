//! GnuTLS: the list as sent is sorted once, cut at the first certificate that is trusted, and verified from its end; the
//! faults of one step are reported together as bits.

use super::algorithms::{CurveName, Key, SigFamily};
use super::cert::Cert;
use super::constraints;
use super::naming;
use super::prediction::ErrorKind;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared, Signed};
use crate::algorithm::Hash;
use crate::dn::DistinguishedName;
use crate::extensions::{GeneralName, KeyUsage};
use crate::oid;
use std::rc::Rc;

/// What differs between versions and programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GnuTls {
    /// A URI among the alternative names keeps the common name from counting (3.7, no longer 3.8).
    pub(crate) uri_is_a_name: bool,
    /// curl words it.
    pub(crate) curl: bool,
}

const INVALID: u32 = 0x2;
const NOT_FOUND: u32 = 0x40;
const NOT_CA: u32 = 0x80;
const INSECURE: u32 = 0x100;
const NOT_ACTIVATED: u32 = 0x200;
const EXPIRED: u32 = 0x400;
const SIGNATURE: u32 = 0x800;
const OWNER: u32 = 0x4000;
const CONSTRAINTS: u32 = 0x1_0000;
const PURPOSE: u32 = 0x4_0000;
const STAPLE: u32 = 0x8_0000;
const CRITICAL: u32 = 0x20_0000;

/// Bits in the order in which they are put into words.
const WORDS: &[(u32, &str, ErrorKind)] = &[
    (NOT_FOUND, "The certificate issuer is unknown.", ErrorKind::UnknownIssuer),
    (NOT_CA, "The certificate issuer is not a CA.", ErrorKind::NotACa),
    (INSECURE, "The certificate chain uses insecure algorithm.", ErrorKind::Algorithm),
    (CONSTRAINTS, "The certificate chain violates the signer's constraints.", ErrorKind::NameConstraints),
    (NOT_ACTIVATED, "The certificate chain uses not yet valid certificate.", ErrorKind::NotYetValid),
    (EXPIRED, "The certificate chain uses expired certificate.", ErrorKind::Expired),
    (SIGNATURE, "The signature in the certificate is invalid.", ErrorKind::Signature),
    (OWNER, "The name in the certificate does not match the expected.", ErrorKind::Name),
    (
        STAPLE,
        "The certificate requires the server to include an OCSP status in its response, but the OCSP status is missing.",
        ErrorKind::Staple,
    ),
    (PURPOSE, "The certificate chain does not match the intended purpose.", ErrorKind::ExtendedKeyUsage),
    (CRITICAL, "The certificate contains an unknown critical extension.", ErrorKind::CriticalExtension),
];

/// Extensions that GnuTLS processes.
const KNOWN: &[&[u8]] = &[
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::ISSUER_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::CERTIFICATE_POLICIES,
    oid::INHIBIT_ANY_POLICY,
    oid::EXTENDED_KEY_USAGE,
    oid::AUTHORITY_INFO_ACCESS,
    oid::TLS_FEATURE,
    // privateKeyUsagePeriod, proxyCertInfo
    &[0x55, 29, 16],
    &[0x2b, 6, 1, 5, 5, 7, 1, 14],
];

/// Certificates in a list that the session check takes.
const MAX_LIST: usize = 16;

/// What a key exchange with a signature needs of the leaf.
fn signs(leaf: &Cert) -> bool {
    leaf.usage().is_none_or(|u| u.0 == 0 || u.any(KeyUsage::DIGITAL_SIGNATURE))
}

impl GnuTls {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        self.run(shared, settings).into()
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Refusal> {
        let leaf = match shared.leaf() {
            Ok(leaf) => leaf.clone(),
            Err(_) => return Err(self.unread(0, -43, "Error in the certificate.")),
        };
        if !settings.without_tls {
            let offered = match leaf.key {
                Key::Rsa { .. } | Key::Ed25519 | Key::Ed448 => true,
                Key::Ec { curve, compressed } => (curve.is_nist() || curve == CurveName::Explicit) && !compressed,
                _ => false,
            };
            if !offered {
                let text = if self.curl {
                    "(35) gnutls_handshake() failed: Handshake failed"
                } else {
                    "E-12 A TLS fatal alert has been received."
                };
                let because = "the client offers no signature scheme or curve for the leaf's key";
                return Err(Refusal::new(ErrorKind::Handshake, Some(0), text, because));
            }
        }
        for (i, entry) in shared.entries.iter().enumerate() {
            match entry {
                Err(_) => return Err(self.unread(i, -43, "Error in the certificate.")),
                Ok(c) => self.reads(c, i)?,
            }
        }
        if !settings.without_tls && !signs(&leaf) {
            let text = self.said(-48, "Key usage violation in certificate has been detected.");
            let because = "the key exchange signs, and the leaf's key usage lacks digitalSignature";
            return Err(Refusal::new(ErrorKind::KeyUsage, Some(0), text, because));
        }
        if !settings.certtool && shared.entries.len() > MAX_LIST {
            let text =
                if self.curl { "(35) server cert verify failed: -101" } else { "E-43 Error in the certificate." };
            return Err(Refusal::new(ErrorKind::PathLength, None, text, "no more than 16 certificates are taken"));
        }
        let mut status = Walk { shared, settings }.verify(&leaf);
        if !settings.certtool && leaf.x().must_staple && !shared.q.tls.stapled {
            status |= STAPLE | INVALID;
        }
        // curl asks the library for the chain and compares the name itself.
        let named = self.names(shared, &leaf);
        if self.curl && status == 0 && !named {
            let cn = leaf.common_name().unwrap_or_default();
            let host = shared.q.host.unwrap_or_default();
            let text = format!("(60) SSL: certificate subject name ({cn}) does not match target host name '{host}'");
            return Err(Refusal::new(ErrorKind::Name, Some(0), text, "the certificate does not name the host"));
        }
        if !named {
            status |= OWNER | INVALID;
        }
        if status == 0 { Ok(()) } else { Err(self.told(status)) }
    }

    fn told(&self, status: u32) -> Refusal {
        let set: Vec<_> = WORDS.iter().filter(|(bit, _, _)| status & bit != 0).collect();
        let words: Vec<&str> = set.iter().map(|(_, w, _)| *w).collect();
        let kind = set.first().map_or(ErrorKind::General, |(_, _, k)| *k);
        let text = if self.curl {
            "(60) server certificate verification failed".to_owned()
        } else {
            format!("V0x{status:x} {}", words.join(" ")).trim_end().to_owned()
        };
        Refusal::new(kind, None, text, &format!("verification status 0x{status:x}: {}", words.join(" ")))
    }

    fn said(&self, code: i32, text: &str) -> String {
        if self.curl { format!("(35) gnutls_handshake() failed: {text}") } else { format!("E{code} {text}") }
    }

    /// The leaf is read during the handshake, the others when the list is verified.
    fn unread(&self, at: usize, code: i32, text: &str) -> Refusal {
        let said = match (at, self.curl) {
            (0, _) => self.said(code, text),
            (_, true) => format!("(35) server cert verify failed: {}", if code == -43 { -73 } else { code }),
            (_, false) => "E-43 Error in the certificate.".to_owned(),
        };
        Refusal::new(ErrorKind::Malformed, Some(at), said, "every certificate sent must be read")
    }

    fn reads(&self, c: &Cert, at: usize) -> Result<(), Refusal> {
        if c.duplicate().is_some() {
            return Err(self.unread(at, -430, "Duplicate extension in X.509 certificate."));
        }
        if c.times.iter().any(|t| t.offset || t.damaged || t.fraction) {
            return Err(self.unread(at, -418, "The DER time encoding is invalid."));
        }
        if c.trailing() {
            return Err(self.unread(at, -69, "ASN1 parser: Error in DER parsing."));
        }
        if !c.algorithms_agree {
            return Err(self.unread(at, -43, "Error in the certificate."));
        }
        if c.c.version < 3 && !c.extensions.is_empty() {
            return Err(self.unread(at, -43, "Error in the certificate."));
        }
        Ok(())
    }

    fn names(&self, shared: &Shared<'_>, leaf: &Cert) -> bool {
        let Some(host) = shared.q.host else { return true };
        if let Some(ip) = shared.address() {
            return naming::addresses(leaf).contains(&ip);
        }
        if leaf.damaged().is_some_and(|o| *o == *oid::SUBJECT_ALT_NAME) {
            return false;
        }
        let names = naming::dns_names(leaf);
        if names.iter().any(|n| n.is_ascii() && naming::gnutls_pattern(n, host)) {
            return true;
        }
        let other = leaf.sans().iter().any(|n| match n {
            GeneralName::Dns(_) | GeneralName::Ip(_) => true,
            GeneralName::Uri(_) => self.uri_is_a_name,
            _ => false,
        });
        let server = !leaf.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]);
        let cns: Vec<_> = leaf.subject().common_names().collect();
        !other && server && matches!(cns.as_slice(), [one] if naming::gnutls_pattern(one, host))
    }
}

/// The walk through the list.
struct Walk<'w, 'q> {
    shared: &'w Shared<'q>,
    settings: &'w Settings,
}

impl Walk<'_, '_> {
    fn verify(&self, leaf: &Rc<Cert>) -> u32 {
        let mut list = self.sorted(leaf);
        if list.len() > 1 && list.last().is_some_and(|c| issues(c, c)) {
            list.pop();
        }
        // The first certificate above the leaf with name and key of a trusted one ends the list.
        let mut cut = None;
        for (i, c) in list.iter().enumerate() {
            let found = self
                .shared
                .anchors_named(c.subject())
                .into_iter()
                .find(|a| if i == 0 { a.id() == c.id() && list.len() == 1 } else { same_key(a, c) });
            if let Some(anchor) = found {
                cut = Some((i, anchor));
                break;
            }
        }
        if let Some((i, anchor)) = cut {
            let when = self.dates(&anchor);
            if when != 0 {
                return when;
            }
            list.truncate(i);
            if list.is_empty() {
                return 0;
            }
            return self.chain(&list, Some(anchor));
        }
        self.chain(&list, None)
    }

    /// Each next one is the first in the list that has issued the one before.
    fn sorted(&self, leaf: &Rc<Cert>) -> Vec<Rc<Cert>> {
        let mut rest: Vec<Rc<Cert>> = self.shared.sent.iter().skip(1).cloned().collect();
        let mut list = vec![leaf.clone()];
        while let Some(last) = list.last().cloned() {
            if issues(&last, &last) {
                break;
            }
            let Some(at) = rest.iter().position(|c| issues(c, &last)) else { break };
            list.push(rest.remove(at));
        }
        list
    }

    fn chain(&self, list: &[Rc<Cert>], by: Option<Rc<Cert>>) -> u32 {
        let mut budget = u64::MAX;
        let Some(last) = list.last() else { return 0 };
        let mut found = self.shared.anchors_named(last.issuer());
        found.retain(|a| issues(a, last));
        let now = self.shared.time();
        let valid = found.iter().find(|a| !a.expired(now) && !a.early(now));
        let Some(anchor) = by.or_else(|| valid.or(found.first()).cloned()) else { return NOT_FOUND | INVALID };
        let mut above: Vec<Rc<Cert>> = vec![anchor.clone()];
        let status = self.step(last, &anchor, true, &mut budget, &above, list.len() == 1);
        if status != 0 {
            return status;
        }
        for i in (1..list.len()).rev() {
            let (Some(child), Some(issuer)) = (list.get(i - 1), list.get(i)) else { break };
            above.push(issuer.clone());
            let status = self.step(child, issuer, false, &mut budget, &above, i == 1);
            if status != 0 {
                return status;
            }
        }
        if self.settings.certtool {
            // It prints the names of all, and ends where one is empty.
            if list.iter().any(|c| c.issuer().is_empty()) {
                return INVALID;
            }
            let named = |c: &Rc<Cert>| c.eku().is_some_and(|l| !l.is_empty());
            let any = |c: &Rc<Cert>| named(c) && c.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]);
            if list.iter().any(any) {
                return PURPOSE | INVALID;
            }
        }
        0
    }

    fn step(
        &self,
        child: &Cert,
        issuer: &Cert,
        trusted: bool,
        budget: &mut u64,
        above: &[Rc<Cert>],
        leaf: bool,
    ) -> u32 {
        let mut status = 0;
        if *budget == 0 {
            return CONSTRAINTS | INVALID;
        }
        *budget -= 1;
        if issuer.c.version >= 3 || !trusted {
            match issuer.x().basic_constraints {
                Some(b) if b.ca => *budget = b.path_len.unwrap_or(u64::MAX).min(*budget),
                None if trusted => {}
                _ => status |= NOT_CA,
            }
            if !issuer.may(KeyUsage::KEY_CERT_SIGN) {
                status |= CONSTRAINTS;
            }
        }
        if leaf && above.iter().any(|ca| constraints::gnutls(ca, child).is_err()) {
            status |= CONSTRAINTS;
        }
        if child.critical_beyond(KNOWN).is_some() || (trusted && issuer.critical_beyond(KNOWN).is_some()) {
            status |= CRITICAL;
        }
        status |= self.signature(child, issuer);
        let when = self.dates(issuer);
        status |= if when == 0 { self.dates(child) } else { when };
        if status == 0 { 0 } else { status | INVALID }
    }

    fn signature(&self, child: &Cert, issuer: &Cert) -> u32 {
        let known = match child.sig.family {
            SigFamily::Unknown | SigFamily::MlDsa => false,
            SigFamily::RsaPss { mgf, .. } => {
                child.sig.hash.is_some_and(|h| h == mgf && h != Hash::Sha1 && h != Hash::Md5)
            }
            _ => true,
        };
        if !known {
            return INVALID;
        }
        let high = self.settings.certtool;
        let weak_hash = match child.sig.hash {
            Some(Hash::Md5 | Hash::Sha1 | Hash::Md5Sha1) => true,
            Some(Hash::Sha224) => high,
            _ => false,
        };
        if weak_hash || !strong(issuer.key, high) || !strong(child.key, high) {
            return INSECURE;
        }
        // A salt of another length than the hash is not what its parameters promise to GnuTLS.
        let salt = matches!((child.sig.family, child.sig.hash),
            (SigFamily::RsaPss { salt, .. }, Some(h)) if salt != h.digest_len());
        match self.shared.signed(child, &issuer.c.public_key) {
            Signed::Right if !salt => 0,
            _ => SIGNATURE,
        }
    }

    fn dates(&self, c: &Cert) -> u32 {
        let now = self.shared.time();
        if c.early(now) {
            NOT_ACTIVATED | INVALID
        } else if c.expired(now) {
            EXPIRED | INVALID
        } else {
            0
        }
    }
}

/// Sizes of the profile behind NORMAL (80 bits), or of certtool's high.
fn strong(key: Key, high: bool) -> bool {
    match key {
        // certtool's "high" takes RSA keys of little more than 2048 bits (x509-limbo).
        Key::Rsa { bits, .. } | Key::Dsa { bits } => bits >= if high { 2_048 } else { 1_024 },
        Key::Ec { curve: CurveName::P192 | CurveName::P224, .. } => !high,
        Key::Ec { curve, .. } => curve.is_nist(),
        Key::Ed25519 | Key::Ed448 => true,
        Key::MlDsa | Key::Other => false,
    }
}

/// Names as text with case, whatever the string type; the key identifiers must fit where both are there.
fn issues(issuer: &Cert, child: &Cert) -> bool {
    same_name(issuer.subject(), child.issuer()) && {
        let wanted = child.x().authority_key_id.as_ref().and_then(|a| a.key_id.as_ref());
        match (wanted, &issuer.x().subject_key_id) {
            (Some(w), Some(h)) => w == h,
            _ => true,
        }
    }
}

fn same_name(a: &DistinguishedName, b: &DistinguishedName) -> bool {
    a.der() == b.der()
        || (a.attributes().len() == b.attributes().len()
            && a.attributes().iter().zip(b.attributes()).all(|(x, y)| x.oid == y.oid && x.value == y.value))
}

fn same_key(a: &Cert, b: &Cert) -> bool {
    same_name(a.subject(), b.subject()) && a.c.public_key.spki == b.c.public_key.spki
}
