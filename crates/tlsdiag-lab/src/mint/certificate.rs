//! Certificates (RFC 5280 section 4), sound or not.
use super::{
    der::{bits, context, element, inside, named_bits, number, octets, oid, sequence, set, time, utf8, yes},
    oids,
};
use crate::{
    error::Error,
    key::{Digest, Key},
    plan::{AuthorityPlan, LeafPlan, Purpose, Usage, Validity},
};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use std::{net::IpAddr, sync::Arc};

/// A certificate with the key it speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) der: Vec<u8>,
    pub(crate) key: Arc<Key>,
    /// The subject's Name.
    pub(crate) name: Vec<u8>,
    /// Serial number, big endian.
    pub(crate) serial: Vec<u8>,
}

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Issuer<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) key: &'a Key,
}

impl Issued {
    /// Itself as an issuer.
    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.name, key: &self.key }
    }
}

/// What stands in a certificate beside the plan.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) key: Arc<Key>,
    pub(crate) name: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    /// Now, in seconds since 1970.
    pub(crate) now: i64,
    pub(crate) ocsp: Option<String>,
    pub(crate) crl: Option<String>,
    pub(crate) issuer_link: Option<String>,
}

impl Subject {
    pub(crate) fn new(key: Arc<Key>, name: Vec<u8>, serial: Vec<u8>, now: i64) -> Self {
        Self { key, name, serial, now, ocsp: None, crl: None, issuer_link: None }
    }
}

/// A Name with country, organization and common name, each if there is one.
pub(crate) fn name(country: Option<&str>, organization: Option<&[u8]>, common: Option<&[u8]>) -> Vec<u8> {
    let attribute = |id: &[u8], value: Vec<u8>| set(&sequence(&[oid(id), value]));
    let parts = [
        country.map(|text| attribute(oids::COUNTRY, element(0x13, text.as_bytes()))),
        organization.map(|text| attribute(oids::ORGANIZATION, utf8(text))),
        common.map(|text| attribute(oids::COMMON_NAME, utf8(text))),
    ];
    sequence(&parts.into_iter().flatten().collect::<Vec<_>>())
}

/// A self-signed certificate of an authority.
pub(crate) fn issue_root(subject: Subject, valid: Validity) -> Result<Issued, Error> {
    let extensions = vec![
        extension(oids::BASIC_CONSTRAINTS, true, &sequence(&[yes()])),
        extension(oids::KEY_USAGE, true, &named_bits(&[5, 6])),
        extension(oids::SUBJECT_KEY_ID, false, &octets(&key_id(&subject.key))),
    ];
    let issuer = Issuer { name: &subject.name.clone(), key: &Arc::clone(&subject.key) };
    finish(subject, issuer, valid, None, extensions)
}

/// A certificate of an intermediate authority.
pub(crate) fn issue_authority(subject: Subject, plan: &AuthorityPlan, issuer: Issuer<'_>) -> Result<Issued, Error> {
    let (constraints, usage): (_, &[u8]) =
        if plan.ca { (sequence(&[yes()]), &[0, 5, 6]) } else { (sequence(&[]), &[0]) };
    let mut extensions = vec![
        extension(oids::BASIC_CONSTRAINTS, true, &constraints),
        extension(oids::KEY_USAGE, true, &named_bits(usage)),
        extension(oids::EXTENDED_KEY_USAGE, false, &sequence(&[oid(oids::SERVER_AUTH), oid(oids::CLIENT_AUTH)])),
    ];
    extensions.extend(identifiers(&subject, issuer));
    if !plan.permitted.is_empty() || !plan.excluded.is_empty() {
        let subtree = |name: &String| sequence(&[context(2, name.as_bytes())]);
        let side = |n, names: &Vec<String>| match names.as_slice() {
            [] => Vec::new(),
            some => inside(n, &some.iter().map(subtree).collect::<Vec<_>>().concat()),
        };
        let both = sequence(&[side(0, &plan.permitted), side(1, &plan.excluded)]);
        extensions.push(extension(oids::NAME_CONSTRAINTS, true, &both));
    }
    extensions.extend(places(&subject));
    extensions.extend(ballast(plan.ballast));
    finish(subject, issuer, plan.valid, None, extensions)
}

/// An end-entity certificate.
pub(crate) fn issue_leaf(subject: Subject, plan: &LeafPlan, issuer: Issuer<'_>) -> Result<Issued, Error> {
    let mut extensions = Vec::new();
    let constraints = if plan.ca { sequence(&[yes()]) } else { sequence(&[]) };
    extensions.push(extension(oids::BASIC_CONSTRAINTS, true, &constraints));
    let usage: Option<&[u8]> = match plan.usage {
        Usage::Fitting if plan.key.is_rsa() => Some(&[0, 2]),
        Usage::Fitting => Some(&[0]),
        Usage::AuthorityOnly => Some(&[5, 6]),
        Usage::DocumentsOnly => Some(&[1, 3]),
        Usage::Absent => None,
    };
    extensions.extend(usage.map(|set| extension(oids::KEY_USAGE, true, &named_bits(set))));
    if !plan.purposes.is_empty() {
        let purposes: Vec<_> = plan.purposes.iter().map(|purpose| oid(purpose_oid(*purpose))).collect();
        extensions.push(extension(oids::EXTENDED_KEY_USAGE, false, &sequence(&purposes)));
    }
    extensions.extend(identifiers(&subject, issuer));
    if plan.has_san {
        let mut names: Vec<_> = plan.dns.iter().map(|dns| context(2, dns.as_bytes())).collect();
        names.extend(plan.addresses.iter().map(|address| match address {
            IpAddr::V4(v4) => context(7, &v4.octets()),
            IpAddr::V6(v6) => context(7, &v6.octets()),
        }));
        extensions.push(extension(oids::SUBJECT_ALT_NAME, false, &sequence(&names)));
    }
    let policy = sequence(&[sequence(&[oid(oids::DOMAIN_VALIDATED)])]);
    extensions.push(extension(oids::CERTIFICATE_POLICIES, false, &policy));
    extensions.extend(places(&subject));
    if plan.status.must_staple {
        extensions.push(extension(oids::TLS_FEATURE, false, &sequence(&[number(&[5])])));
    }
    extensions.extend(ballast(plan.ballast));
    finish(subject, issuer, plan.valid, plan.digest, extensions)
}

/// AlgorithmIdentifier of a signature; `None` where the key cannot make it.
pub(super) fn signature_algorithm(key: &Key, digest: Digest) -> Result<Vec<u8>, Error> {
    let null = || element(5, &[]);
    Ok(match (key.kind().is_rsa(), digest) {
        (true, Digest::Sha1) => sequence(&[oid(oids::SHA1_RSA), null()]),
        (true, Digest::Sha256) => sequence(&[oid(oids::SHA256_RSA), null()]),
        (true, Digest::Sha384) => sequence(&[oid(oids::SHA384_RSA), null()]),
        (false, Digest::Sha256) => sequence(&[oid(oids::SHA256_ECDSA)]),
        (false, Digest::Sha384) => sequence(&[oid(oids::SHA384_ECDSA)]),
        _ => return Err(Error::Key("no certificate is signed like that")),
    })
}

/// SEQUENCE of what is signed, the algorithm and the signature.
pub(super) fn signed(body: Vec<u8>, key: &Key, digest: Digest, more: Option<Vec<u8>>) -> Result<Vec<u8>, Error> {
    let signature = key.sign(digest, &body)?;
    let mut parts = vec![body, signature_algorithm(key, digest)?, bits(&signature)];
    parts.extend(more);
    Ok(sequence(&parts))
}

/// An Extension.
pub(super) fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { yes() } else { Vec::new() };
    sequence(&[oid(id), critical, octets(value)])
}

/// SHA-1 of the key bits, the usual key identifier (RFC 5280 section 4.2.1.2).
pub(super) fn key_id(key: &Key) -> Vec<u8> {
    let key_bits = subject_public_key(key.spki());
    digest(&SHA1_FOR_LEGACY_USE_ONLY, key_bits).as_ref().to_vec()
}

/// The content of the BIT STRING at the end of a SubjectPublicKeyInfo that the lab made.
fn subject_public_key(spki: &[u8]) -> &[u8] {
    let mut rest = spki;
    // Into the SEQUENCE, over the AlgorithmIdentifier, into the BIT STRING, over its count of unused bits.
    for (enter, tag) in [(true, 0x30), (false, 0x30), (true, 3)] {
        let Some((header, length)) = header(rest, tag) else { return &[] };
        rest = rest.get(if enter { header } else { header.saturating_add(length) }..).unwrap_or(&[]);
    }
    rest.get(1..).unwrap_or(&[])
}

fn header(der: &[u8], tag: u8) -> Option<(usize, usize)> {
    match *der {
        [found, short @ ..=0x7f, ..] if found == tag => Some((2, usize::from(short))),
        [found, 0x81, a, ..] if found == tag => Some((3, usize::from(a))),
        [found, 0x82, a, b, ..] if found == tag => Some((4, usize::from(u16::from_be_bytes([a, b])))),
        _ => None,
    }
}

fn identifiers(subject: &Subject, issuer: Issuer<'_>) -> [Vec<u8>; 2] {
    [
        extension(oids::SUBJECT_KEY_ID, false, &octets(&key_id(&subject.key))),
        extension(oids::AUTHORITY_KEY_ID, false, &sequence(&[context(0, &key_id(issuer.key))])),
    ]
}

fn places(subject: &Subject) -> Vec<Vec<u8>> {
    let mut extensions = Vec::new();
    let access = |id: &[u8], url: &String| sequence(&[oid(id), context(6, url.as_bytes())]);
    let links: Vec<_> = [
        subject.ocsp.as_ref().map(|url| access(oids::OCSP, url)),
        subject.issuer_link.as_ref().map(|url| access(oids::CA_ISSUERS, url)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !links.is_empty() {
        extensions.push(extension(oids::AUTHORITY_INFO_ACCESS, false, &sequence(&links)));
    }
    if let Some(url) = &subject.crl {
        let point = sequence(&[inside(0, &inside(0, &context(6, url.as_bytes())))]);
        extensions.push(extension(oids::CRL_DISTRIBUTION_POINTS, false, &sequence(&[point])));
    }
    extensions
}

fn ballast(bytes: usize) -> Option<Vec<u8>> {
    let filler: Vec<u8> = (0..bytes).map(|n| b"abcdefghijklmnopqrstuvwxyz"[n % 26]).collect();
    (bytes > 0).then(|| extension(oids::BALLAST, false, &utf8(&filler)))
}

fn purpose_oid(purpose: Purpose) -> &'static [u8] {
    match purpose {
        Purpose::ServerAuth => oids::SERVER_AUTH,
        Purpose::ClientAuth => oids::CLIENT_AUTH,
        Purpose::CodeSigning => oids::CODE_SIGNING,
        Purpose::EmailProtection => oids::EMAIL_PROTECTION,
        Purpose::OcspSigning => oids::OCSP_SIGNING,
    }
}

fn finish(
    subject: Subject,
    issuer: Issuer<'_>,
    valid: Validity,
    digest: Option<Digest>,
    extensions: Vec<Vec<u8>>,
) -> Result<Issued, Error> {
    let digest = digest.unwrap_or(issuer.key.usual_digest());
    let at = |hours: i64| time(subject.now.saturating_add(hours.saturating_mul(3600)));
    let body = sequence(&[
        inside(0, &number(&[2])),
        number(&subject.serial),
        signature_algorithm(issuer.key, digest)?,
        issuer.name.to_vec(),
        sequence(&[at(valid.0), at(valid.1)]),
        subject.name.clone(),
        subject.key.spki().to_vec(),
        inside(3, &sequence(&extensions)),
    ]);
    let der = signed(body, issuer.key, digest, None)?;
    Ok(Issued { der, key: subject.key, name: subject.name, serial: subject.serial })
}
