//! Mbed TLS: the list as sent is walked forwards only, an issuer must look like a CA to be one, faults add up as flags.

use super::algorithms::{CurveName, Key, SigFamily};
use super::cert::Cert;
use super::naming;
use super::prediction::ErrorKind as K;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared, Signed};
use crate::algorithm::Hash;
use crate::der::Tag;
use crate::dn::DistinguishedName;
use crate::extensions::KeyUsage;
use crate::lint::Lint;
use crate::oid;
use std::rc::Rc;

/// What differs between versions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MbedTls {
    /// iPAddress names are compared (3.5.0).
    pub(crate) addresses: bool,
    /// Only read about: what is not told of 3 is taken from 2.28, and where 2.28 refuses for want of support the answer
    /// stays open.
    pub(crate) later: bool,
}

const EXPIRED: u32 = 1;
const NAME: u32 = 1 << 1;
const NOT_TRUSTED: u32 = 1 << 2;
const FUTURE: u32 = 1 << 3;
const USAGE: u32 = 1 << 4;
const PURPOSE: u32 = 1 << 5;
const BAD_HASH: u32 = 1 << 6;
const BAD_KEY: u32 = 1 << 7;

/// Flags in the order in which they are printed.
const WORDS: &[(u32, &str, K)] = &[
    (EXPIRED, "The certificate validity has expired", K::Expired),
    (NAME, "The certificate Common Name (CN) does not match with the expected CN", K::Name),
    (NOT_TRUSTED, "The certificate is not correctly signed by the trusted CA", K::UnknownIssuer),
    (FUTURE, "The certificate validity starts in the future", K::NotYetValid),
    (USAGE, "Usage does not match the keyUsage extension", K::KeyUsage),
    (PURPOSE, "Usage does not match the extendedKeyUsage extension", K::ExtendedKeyUsage),
    (BAD_HASH, "The certificate is signed with an unacceptable hash.", K::Algorithm),
    (BAD_KEY, "The certificate is signed with an unacceptable key (eg bad curve, RSA too short).", K::WeakKey),
];

const KNOWN: &[&[u8]] = &[
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::CERTIFICATE_POLICIES,
    // nsCertType
    &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1],
];

/// MBEDTLS_X509_MAX_INTERMEDIATE_CA
const MAX_INTERMEDIATES: usize = 8;

struct Unread(K, &'static str);

const TOO_LONG: &str = "-0x3000 X509 - A fatal error occurred, eg the chain is too long or the vrfy callback failed";
const UNSUPPORTED: &str = "-0x262e X509 - Signature algorithm (oid) is unsupported : OID - OID is not found";

impl MbedTls {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        match self.run(shared, settings) {
            Ok(()) => Outcome::Accept,
            Err(r) if self.later && matches!(r.kind, K::CriticalExtension | K::Algorithm | K::Handshake) => {
                Outcome::Unknown(format!(
                    "2.28 refuses it for want of support; whether 3 does was not read: {}",
                    r.because
                ))
            }
            Err(r) => Outcome::Refuse(r),
        }
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Refusal> {
        if !settings.without_tls
            && let Ok(leaf) = shared.leaf()
            && leaf.key == Key::MlDsa
        {
            let text = "-0x7780 SSL - A fatal alert message was received from our peer";
            return Err(Refusal::new(K::Handshake, Some(0), text, "the client offers no scheme for the leaf's key"));
        }
        let mut list: Vec<Rc<Cert>> = Vec::new();
        for (i, entry) in shared.entries.iter().enumerate() {
            let Ok(c) = entry else {
                let text = "-0x7a00 SSL - Processing of the Certificate handshake message failed";
                return Err(Refusal::new(K::Malformed, Some(i), text, "every certificate sent must be read"));
            };
            match reads(c) {
                Ok(()) => list.push(c.clone()),
                // One signed with an unknown algorithm is left out of the list.
                Err(Unread(_, UNSUPPORTED)) => {}
                Err(Unread(kind, text)) => {
                    return Err(Refusal::new(kind, Some(i), text, "every certificate sent must be read"));
                }
            }
        }
        let Some(leaf) = list.first().cloned() else {
            return Err(Refusal::new(K::Algorithm, Some(0), UNSUPPORTED, "no certificate left that can be used"));
        };
        let mut flags = if key_fits(leaf.key) { 0 } else { BAD_KEY };
        if !self.names(shared, &leaf) {
            flags |= NAME;
        }
        flags |= self.chain(shared, &list)?;
        if flags & NOT_TRUSTED != 0
            && let Some(text) = unloaded_anchor(shared)
        {
            let because = "the anchor cannot be loaded";
            return Err(Refusal::new(K::Malformed, None, format!("ANCHOR-REFUSED {text}"), because));
        }
        let chain_flags = flags;
        if !settings.without_tls && !leaf.may(KeyUsage::DIGITAL_SIGNATURE) {
            flags |= USAGE;
        }
        if leaf.eku_lacks(&[oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE]) {
            flags |= PURPOSE;
        }
        if flags == 0 {
            return Ok(());
        }
        let set: Vec<_> = WORDS.iter().filter(|(bit, _, _)| flags & bit != 0).collect();
        let words: Vec<&str> = set.iter().map(|(_, w, _)| *w).collect();
        let head = match chain_flags {
            0 => "-0x7a00 SSL - Processing of the Certificate handshake message failed ; ",
            _ => "-0x2700 ",
        };
        let kind = set.first().map_or(K::General, |(_, _, k)| *k);
        Err(Refusal::new(kind, None, format!("{head}{}", words.join(" ; ")), &words.join(" ; ")))
    }

    fn chain(&self, shared: &Shared<'_>, list: &[Rc<Cert>]) -> Result<u32, Refusal> {
        let mut flags = 0;
        let (mut length, mut self_issued, mut trusted) = (1usize, 0usize, false);
        let Some(mut child) = list.first().cloned() else { return Ok(NOT_TRUSTED) };
        let mut at = 0;
        loop {
            if child.expired(shared.time()) {
                flags |= EXPIRED;
            }
            if child.early(shared.time()) {
                flags |= FUTURE;
            }
            if trusted {
                return Ok(flags);
            }
            if matches!(child.sig.hash, Some(Hash::Md5 | Hash::Sha1 | Hash::Md5Sha1)) {
                flags |= BAD_HASH;
            }
            if length == 1 && child.self_issued_octets() && shared.listed(&child) {
                return Ok(flags);
            }
            let mut anchors = shared.anchors_named(child.issuer());
            anchors.retain(|a| reads(a).is_ok());
            let between = length - 1;
            let parent = parent(shared, &child, &anchors, true, between, self_issued)
                .map(|(i, good)| (anchors.get(i).cloned(), good, true, at));
            let rest = list.get(at + 1..).unwrap_or_default();
            let parent = parent.or_else(|| {
                parent_of(shared, &child, rest, between, self_issued)
                    .map(|(i, good)| (rest.get(i).cloned(), good, false, at + 1 + i))
            });
            let Some((Some(next), good, from_list, place)) = parent else {
                return Ok(flags | NOT_TRUSTED);
            };
            if length != 1 && child.self_issued() {
                self_issued += 1;
            }
            if !from_list && length > MAX_INTERMEDIATES {
                return Err(Refusal::new(K::PathLength, child.position, TOO_LONG, "more than 8 intermediates"));
            }
            if !good {
                flags |= NOT_TRUSTED;
            }
            if !key_fits(next.key) {
                flags |= BAD_KEY;
            }
            (child, trusted, at) = (next, from_list, place);
            length += 1;
        }
    }

    fn names(&self, shared: &Shared<'_>, leaf: &Cert) -> bool {
        let Some(host) = shared.q.host else { return true };
        if self.addresses
            && let Some(ip) = shared.address()
        {
            return naming::addresses(leaf).contains(&ip);
        }
        if leaf.has_san() {
            return naming::dns_names(leaf).iter().any(|n| naming::mbedtls_pattern(n, host));
        }
        leaf.subject().common_names().any(|n| naming::mbedtls_pattern(n, host))
    }
}

/// An anchor that would have been needed and cannot be read.
fn unloaded_anchor(shared: &Shared<'_>) -> Option<&'static str> {
    let named = shared.sent.iter().flat_map(|c| shared.anchors_named(c.issuer()));
    named.filter_map(|a| reads(&a).err().map(|Unread(_, text)| text)).next()
}

fn parent_of(
    shared: &Shared<'_>,
    child: &Cert,
    rest: &[Rc<Cert>],
    between: usize,
    own: usize,
) -> Option<(usize, bool)> {
    parent(shared, child, rest, false, between, own)
}

/// The first that has the name, the CA flag and the usage; one out of date only when there is no other. From the trust
/// list the signature must fit as well.
fn parent(
    shared: &Shared<'_>,
    child: &Cert,
    candidates: &[Rc<Cert>],
    top: bool,
    between: usize,
    self_issued: usize,
) -> Option<(usize, bool)> {
    let mut fallback = None;
    for (i, p) in candidates.iter().enumerate() {
        if !same_name(child.issuer(), p.subject()) {
            continue;
        }
        let needs_flag = !(top && p.c.version < 3);
        if needs_flag && !(p.is_ca() && p.may(KeyUsage::KEY_CERT_SIGN)) {
            continue;
        }
        if p.path_len().is_some_and(|limit| (between.saturating_sub(self_issued)) as u64 > limit) {
            continue;
        }
        let good = child.sig.fits(p.key) && shared.signed(child, &p.c.public_key) == Signed::Right;
        if top && !good {
            continue;
        }
        if p.expired(shared.time()) || p.early(shared.time()) {
            fallback.get_or_insert((i, good));
            continue;
        }
        return Some((i, good));
    }
    fallback
}

/// Same attributes; UTF8String and PrintableString compare without case, other types octet by octet.
fn same_name(a: &DistinguishedName, b: &DistinguishedName) -> bool {
    let text = |t: Tag| matches!(t, Tag::UTF8 | Tag::PRINTABLE);
    a.attributes().len() == b.attributes().len()
        && a.attributes().iter().zip(b.attributes()).all(|(x, y)| {
            x.oid == y.oid
                && x.joined == y.joined
                && ((x.tag == y.tag && x.value == y.value)
                    || (text(x.tag) && text(y.tag) && x.value.eq_ignore_ascii_case(&y.value)))
        })
}

/// RSA of 2048 bits (counted in octets), any curve.
fn key_fits(key: Key) -> bool {
    match key {
        Key::Rsa { bits, .. } => bits.div_ceil(8) * 8 >= 2_048,
        _ => true,
    }
}

/// What reading a certificate refuses.
fn reads(c: &Cert) -> Result<(), Unread> {
    const EXTENSION: &str =
        "-0x2562 X509 - The extension tag or value is invalid : ASN1 - ASN1 tag was of an unexpected value";
    if matches!(
        c.inner_sig.family,
        SigFamily::Unknown | SigFamily::Ed25519 | SigFamily::Ed448 | SigFamily::MlDsa | SigFamily::Dsa
    ) {
        return Err(Unread(K::Algorithm, UNSUPPORTED));
    }
    if c.issuer().is_empty() {
        let text =
            "-0x23e0 X509 - The name tag or value is invalid : ASN1 - Out of data when parsing an ASN1 data structure";
        return Err(Unread(K::Malformed, text));
    }
    if c.times.iter().any(|t| !t.standard) {
        return Err(Unread(K::Malformed, "-0x2400 X509 - The date tag or value is invalid"));
    }
    match c.key {
        Key::Rsa { pss: false, .. } => {}
        Key::Ec { curve: CurveName::Explicit, .. } => {
            return Err(Unread(K::WeakKey, "-0x3d00 PK - Invalid key tag or value"));
        }
        Key::Ec { compressed: true, .. } => {
            let text = "-0x4e80 ECP - The requested feature is not available, for example, the requested curve is not \
                        supported";
            return Err(Unread(K::WeakKey, text));
        }
        Key::Ec { curve: CurveName::Other, .. } => {
            return Err(Unread(
                K::WeakKey,
                "-0x3a00 PK - Elliptic curve is unsupported (only NIST curves are supported)",
            ));
        }
        Key::Ec { .. } => {}
        _ => {
            return Err(Unread(
                K::Algorithm,
                "-0x3c80 PK - Key algorithm is unsupported (only RSA and EC are supported)",
            ));
        }
    }
    if c.c.version < 3 && !c.extensions.is_empty() {
        return Err(Unread(
            K::Malformed,
            "-0x21e6 X509 - The CRT/CRL/CSR format is invalid, e.g. different type expected",
        ));
    }
    let known = |o: &crate::oid::Oid| KNOWN.contains(&o.as_bytes());
    if c.duplicate().is_some_and(known) {
        return Err(Unread(K::Malformed, "-0x2500 X509 - The extension tag or value is invalid"));
    }
    if c.eku().is_some_and(<[_]>::is_empty) {
        let text = "-0x2564 X509 - The extension tag or value is invalid : ASN1 - Error when trying to determine the \
                    length or invalid length";
        return Err(Unread(K::Malformed, text));
    }
    if c.critical_beyond(KNOWN).is_some() {
        return Err(Unread(K::CriticalExtension, EXTENSION));
    }
    if c.damaged().is_some_and(known) {
        return Err(Unread(K::Malformed, EXTENSION));
    }
    let odd_policy = c.x().policies.iter().any(|p| *p != *oid::ANY_POLICY);
    if c.critical(oid::CERTIFICATE_POLICIES) && odd_policy {
        return Err(Unread(
            K::CriticalExtension,
            "-0x2080 X509 - Unavailable feature, e.g. RSA hashing/encryption combination",
        ));
    }
    if !c.algorithms_agree {
        return Err(Unread(
            K::Malformed,
            "-0x2680 X509 - Signature algorithms do not match. (see \\c ::mbedtls_x509_crt sig_oid)",
        ));
    }
    if c.lint(|l| matches!(l, Lint::UnknownVersion(_))) {
        return Err(Unread(K::Malformed, "-0x2580 X509 - CRT/CRL/CSR has an unsupported version number"));
    }
    Ok(())
}
