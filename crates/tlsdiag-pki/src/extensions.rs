//! The extensions of a certificate that matter for HTTPS, each read by itself so that a damaged one spoils no other.

use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::dn::DistinguishedName;
use crate::lint::Lint;
use crate::oid::{self, Oid};
use crate::sct::Sct;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// All extensions of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Every extension in order: identifier and critical flag.
    pub all: Vec<(Oid, bool)>,
    /// basicConstraints
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage
    pub extended_key_usage: Option<Vec<Oid>>,
    /// subjectAltName; `None` where there is no such extension.
    pub subject_alt_names: Option<Vec<GeneralName>>,
    /// nameConstraints
    pub name_constraints: Option<NameConstraints>,
    /// subjectKeyIdentifier
    pub subject_key_id: Option<Vec<u8>>,
    /// authorityKeyIdentifier
    pub authority_key_id: Option<AuthorityKeyId>,
    /// URLs where the issuer's certificate can be fetched (authorityInfoAccess, caIssuers).
    pub ca_issuers: Vec<String>,
    /// URLs of OCSP responders (authorityInfoAccess, ocsp).
    pub ocsp: Vec<String>,
    /// URLs of certificate revocation lists.
    pub crl_distribution_points: Vec<String>,
    /// certificatePolicies
    pub policies: Vec<Oid>,
    /// TLS feature status_request: a stapled OCSP response is demanded (RFC 7633).
    pub must_staple: bool,
    /// Signed certificate timestamps are embedded (RFC 6962).
    pub has_scts: bool,
    /// The certificate is a precertificate (RFC 6962 3.1): never to be accepted.
    pub precertificate: bool,
    /// ocspNoCheck (RFC 6960 4.2.2.2.1): the responder's certificate need not be checked for revocation.
    pub ocsp_no_check: bool,
    /// policyConstraints requireExplicitPolicy: so many certificates further a valid policy is demanded.
    pub require_explicit_policy: Option<u64>,
    /// policyConstraints inhibitPolicyMapping: so many certificates further mappings do not count.
    pub inhibit_policy_mapping: Option<u64>,
    /// inhibitAnyPolicy: so many certificates further anyPolicy does not count.
    pub inhibit_any_policy: Option<u64>,
    /// policyMappings: a policy of the issuer's domain and one of the subject's that counts as the same.
    pub policy_mappings: Vec<(Oid, Oid)>,
    /// cRLDistributionPoints in full; [`crl_distribution_points`](Self::crl_distribution_points) has the URLs.
    pub distribution_points: Vec<DistributionPoint>,
    /// freshestCRL: where delta lists are.
    pub freshest_crl: Vec<DistributionPoint>,
    /// Signed certificate timestamps that are embedded (RFC 6962 3.3).
    pub scts: Vec<Sct>,
    /// Critical extensions that tlsdiag does not process (RFC 5280 4.2: refuse).
    pub unknown_critical: Vec<Oid>,
}

/// basicConstraints (RFC 5280 4.2.1.9)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// The subject is a CA.
    pub ca: bool,
    /// How many CA certificates may follow between this one and the leaf.
    pub path_len: Option<u64>,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// keyUsage bits (RFC 5280 4.2.1.3), bit 0 is digitalSignature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// digitalSignature
    pub const DIGITAL_SIGNATURE: u16 = 1;
    /// nonRepudiation
    pub const NON_REPUDIATION: u16 = 1 << 1;
    /// keyEncipherment
    pub const KEY_ENCIPHERMENT: u16 = 1 << 2;
    /// dataEncipherment
    pub const DATA_ENCIPHERMENT: u16 = 1 << 3;
    /// keyAgreement
    pub const KEY_AGREEMENT: u16 = 1 << 4;
    /// keyCertSign
    pub const KEY_CERT_SIGN: u16 = 1 << 5;
    /// cRLSign
    pub const CRL_SIGN: u16 = 1 << 6;

    /// Whether any of the bits is set.
    pub fn any(self, bits: u16) -> bool {
        self.0 & bits != 0
    }

    /// Names of the bits that are set, as RFC 5280 spells them.
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        NAMES.iter().enumerate().filter(|(i, _)| self.0 >> i & 1 == 1).map(|(_, n)| *n).collect()
    }
}

/// authorityKeyIdentifier (RFC 5280 4.2.1.1)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// Key identifier of the issuer.
    pub key_id: Option<Vec<u8>>,
    /// Issuer of the issuer's certificate.
    pub issuer: Option<DistinguishedName>,
    /// Serial number of the issuer's certificate (content octets).
    pub serial: Option<Vec<u8>>,
}

/// A DistributionPoint (RFC 5280 4.2.1.13)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Its name.
    pub name: PointName,
    /// The reasons that its list covers, as bits of ReasonFlags, bit 0 unused; `None` is all.
    pub reasons: Option<u16>,
    /// Who issues the list where the certificate's issuer does not.
    pub crl_issuer: Vec<GeneralName>,
}

/// DistributionPointName (RFC 5280 4.2.1.13)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PointName {
    /// There is none.
    #[default]
    Absent,
    /// fullName: any of these.
    Full(Vec<GeneralName>),
    /// nameRelativeToCRLIssuer: content octets of the RelativeDistinguishedName to be put after the issuer's name.
    Relative(Vec<u8>),
}

/// A GeneralName (RFC 5280 4.2.1.6)
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// dNSName as written
    Dns(String),
    /// iPAddress
    Ip(IpAddr),
    /// rfc822Name
    Email(String),
    /// uniformResourceIdentifier
    Uri(String),
    /// directoryName
    Directory(DistinguishedName),
    /// Another form, or a damaged one: identifier octet and content.
    Other(Tag, Vec<u8>),
}

/// nameConstraints (RFC 5280 4.2.1.10)
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Names must lie in one of these of their own form.
    pub permitted: Vec<Subtree>,
    /// Names must lie in none of these.
    pub excluded: Vec<Subtree>,
    /// Whether the extension is critical.
    pub critical: bool,
}

/// The base of a GeneralSubtree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// DNS names that are or end in this.
    Dns(String),
    /// A mailbox, a host or (with a leading dot) a domain.
    Email(String),
    /// A host or (with a leading dot) a domain of a URI.
    Uri(String),
    /// Addresses: network and mask, of 4 or 16 octets.
    Ip {
        /// Network address.
        network: Vec<u8>,
        /// Mask of the same length.
        mask: Vec<u8>,
    },
    /// Distinguished names below this one.
    Directory(DistinguishedName),
    /// Another form, or one that cannot be read.
    Other(Tag, Vec<u8>),
}

impl std::fmt::Display for GeneralName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GeneralName::Dns(s) | GeneralName::Email(s) | GeneralName::Uri(s) => f.write_str(s),
            GeneralName::Ip(a) => write!(f, "{a}"),
            GeneralName::Directory(d) => write!(f, "{d}"),
            GeneralName::Other(t, b) => {
                write!(f, "name of form 0x{:02x}, {} octets", t.0, b.len())
            }
        }
    }
}

/// Most extensions that are read; the rest of a list this long is noise.
const MAX_EXTENSIONS: usize = 256;
/// Lints from which on single names are no longer told.
const MAX_LINTS: usize = 64;

impl Extensions {
    /// Reads the Extensions sequence. What is wrong with single extensions goes to `lints`.
    pub(crate) fn parse(list: &Tlv<'_>, lints: &mut Vec<Lint>) -> Result<Extensions> {
        let mut x = Extensions { all: Vec::with_capacity(12), ..Extensions::default() };
        if list.content.is_empty() {
            lints.push(Lint::ExtensionsEmpty);
        }
        for item in list.reader().elements("Extension").take(MAX_EXTENSIONS) {
            let item = item?.expect(Tag::SEQUENCE, "Extension")?;
            let mut r = item.reader();
            let id = Oid::from_der(r.expect(Tag::OID, "extension identifier")?.content);
            let critical = match r.optional(Tag::BOOLEAN, "critical")? {
                None => false,
                Some(b) => {
                    lint_boolean(&b, lints);
                    let critical = b.boolean()?;
                    if !critical {
                        lints.push(Lint::DefaultEncoded(id.clone()));
                    }
                    critical
                }
            };
            let value = r.expect(Tag::OCTET_STRING, "extension value")?;
            if x.all.iter().any(|(o, _)| *o == id) {
                lints.push(Lint::DuplicateExtension(id.clone()));
                x.all.push((id, critical));
                continue;
            }
            match x.read_one(&id, critical, &value, lints) {
                Ok(true) => {
                    let inner = value.reader().read("extension content").map_or(0, |t| t.raw.len());
                    if inner != value.content.len() {
                        lints.push(Lint::TrailingInside(value.content_offset.saturating_add(inner)));
                    }
                }
                Ok(false) if critical => x.unknown_critical.push(id.clone()),
                Ok(false) => {}
                Err(e) => {
                    lints.push(Lint::DamagedExtension(id.clone(), e));
                    if critical {
                        x.unknown_critical.push(id.clone());
                    }
                }
            }
            x.all.push((id, critical));
        }
        Ok(x)
    }

    /// Whether an extension is critical; `None` where it is absent.
    pub fn critical(&self, id: &[u8]) -> Option<bool> {
        self.all.iter().find(|(o, _)| *o == *id).map(|(_, c)| *c)
    }

    /// Reads one extension; false where it is not one that is processed here.
    fn read_one(&mut self, id: &Oid, critical: bool, value: &Tlv<'_>, lints: &mut Vec<Lint>) -> Result<bool> {
        let mut r = value.reader();
        match id.as_bytes() {
            oid::BASIC_CONSTRAINTS => {
                let mut b = r.expect(Tag::SEQUENCE, "BasicConstraints")?.reader();
                let ca = match b.optional(Tag::BOOLEAN, "cA")? {
                    None => false,
                    Some(t) => {
                        lint_boolean(&t, lints);
                        let ca = t.boolean()?;
                        if !ca {
                            lints.push(Lint::DefaultEncoded(id.clone()));
                        }
                        ca
                    }
                };
                let path_len = match b.optional(Tag::INTEGER, "pathLenConstraint")? {
                    Some(n) => Some(n.small_uint()?),
                    None => None,
                };
                self.basic_constraints = Some(BasicConstraints { ca, path_len, critical });
            }
            oid::KEY_USAGE => {
                let (unused, bits) = r.expect(Tag::BIT_STRING, "KeyUsage")?.bits()?;
                let last = bits.last().copied().unwrap_or(0);
                let beyond = last.trailing_zeros() < u32::from(unused);
                let needless = bits.is_empty() && unused != 0 || !bits.is_empty() && last >> unused & 1 == 0;
                if beyond || needless {
                    lints.push(Lint::BitPadding(id.clone()));
                }
                let mut usage = 0u16;
                for (i, octet) in bits.iter().take(2).enumerate() {
                    usage |= u16::from(octet.reverse_bits()) << (8 * i);
                }
                if usage == 0 {
                    lints.push(Lint::KeyUsageEmpty);
                }
                self.key_usage = Some(KeyUsage(usage));
            }
            oid::EXTENDED_KEY_USAGE => {
                self.extended_key_usage = Some(oids(&r.expect(Tag::SEQUENCE, "ExtKeyUsageSyntax")?)?);
            }
            oid::SUBJECT_ALT_NAME => {
                let names = general_names(&r.expect(Tag::SEQUENCE, "GeneralNames")?)?;
                if names.is_empty() {
                    lints.push(Lint::SanEmpty);
                }
                for n in &names {
                    if let Some(text) = malformed(n).filter(|_| lints.len() < MAX_LINTS) {
                        lints.push(Lint::SanMalformed(text.chars().take(256).collect()));
                    }
                }
                self.subject_alt_names = Some(names);
            }
            oid::NAME_CONSTRAINTS => {
                self.name_constraints = Some(name_constraints(&r.expect(Tag::SEQUENCE, "NameConstraints")?, critical)?);
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_id = Some(r.expect(Tag::OCTET_STRING, "KeyIdentifier")?.content.to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let mut a = r.expect(Tag::SEQUENCE, "AuthorityKeyIdentifier")?.reader();
                let mut aki = AuthorityKeyId::default();
                if let Some(k) = a.optional(Tag::context(0), "keyIdentifier")? {
                    aki.key_id = Some(k.content.to_vec());
                }
                let names = a.optional(Tag::context_constructed(1), "authorityCertIssuer")?;
                let has_issuer = names.is_some();
                if let Some(names) = names {
                    aki.issuer = general_names(&names)?.into_iter().find_map(|n| match n {
                        GeneralName::Directory(d) => Some(d),
                        _ => None,
                    });
                }
                if let Some(s) = a.optional(Tag::context(2), "authorityCertSerialNumber")? {
                    aki.serial = Some(s.content.to_vec());
                }
                if has_issuer != aki.serial.is_some() {
                    lints.push(Lint::AkiPair);
                }
                self.authority_key_id = Some(aki);
            }
            oid::AUTHORITY_INFO_ACCESS => {
                let list = r.expect(Tag::SEQUENCE, "AuthorityInfoAccessSyntax")?;
                if list.content.is_empty() {
                    lints.push(Lint::AiaMalformed);
                }
                for d in list.reader().elements("AccessDescription") {
                    let mut d = d?.expect(Tag::SEQUENCE, "AccessDescription")?.reader();
                    let method = d.expect(Tag::OID, "accessMethod")?.content;
                    let location = general_name(&d.read("accessLocation")?)?;
                    match (method, location) {
                        (oid::AD_CA_ISSUERS, GeneralName::Uri(u)) => self.ca_issuers.push(u),
                        (oid::AD_OCSP, GeneralName::Uri(u)) => self.ocsp.push(u),
                        (oid::AD_CA_ISSUERS | oid::AD_OCSP, _) => lints.push(Lint::AiaLocation),
                        _ => {}
                    }
                }
            }
            oid::CRL_DISTRIBUTION_POINTS => {
                self.distribution_points = distribution_points(&r.expect(Tag::SEQUENCE, "CRLDistributionPoints")?)?;
                for point in &self.distribution_points {
                    if let PointName::Full(names) = &point.name {
                        self.crl_distribution_points.extend(names.iter().filter_map(|n| match n {
                            GeneralName::Uri(u) => Some(u.clone()),
                            _ => None,
                        }));
                    }
                }
            }
            oid::FRESHEST_CRL => {
                self.freshest_crl = distribution_points(&r.expect(Tag::SEQUENCE, "FreshestCRL")?)?;
            }
            oid::CERTIFICATE_POLICIES => {
                for p in r.expect(Tag::SEQUENCE, "certificatePolicies")?.reader().elements("PolicyInformation") {
                    let p = p?.expect(Tag::SEQUENCE, "PolicyInformation")?;
                    let policy = Oid::from_der(p.reader().expect(Tag::OID, "policyIdentifier")?.content);
                    if self.policies.len() < MAX_LINTS && self.policies.contains(&policy) {
                        lints.push(Lint::PolicyTwice(policy.clone()));
                    }
                    self.policies.push(policy);
                }
            }
            oid::POLICY_CONSTRAINTS => {
                let mut p = r.expect(Tag::SEQUENCE, "PolicyConstraints")?.reader();
                if let Some(n) = p.optional(Tag::context(0), "requireExplicitPolicy")? {
                    self.require_explicit_policy = Some(n.small_uint()?);
                }
                if let Some(n) = p.optional(Tag::context(1), "inhibitPolicyMapping")? {
                    self.inhibit_policy_mapping = Some(n.small_uint()?);
                }
            }
            oid::INHIBIT_ANY_POLICY => {
                self.inhibit_any_policy = Some(r.expect(Tag::INTEGER, "InhibitAnyPolicy")?.small_uint()?);
            }
            oid::POLICY_MAPPINGS => {
                for m in r.expect(Tag::SEQUENCE, "PolicyMappings")?.reader().elements("PolicyMapping") {
                    let mut m = m?.expect(Tag::SEQUENCE, "PolicyMapping")?.reader();
                    let from = Oid::from_der(m.expect(Tag::OID, "issuerDomainPolicy")?.content);
                    self.policy_mappings
                        .push((from, Oid::from_der(m.expect(Tag::OID, "subjectDomainPolicy")?.content)));
                }
            }
            oid::TLS_FEATURE => {
                for f in r.expect(Tag::SEQUENCE, "Features")?.reader().elements("feature") {
                    let n = f?.expect(Tag::INTEGER, "feature")?.small_uint()?;
                    self.must_staple |= n == 5 || n == 17;
                }
                // Clients that do not enforce it refuse it when it is critical (measured: all).
                return Ok(false);
            }
            oid::SCT_LIST => {
                self.has_scts = true;
                let list = r.expect(Tag::OCTET_STRING, "SignedCertificateTimestampList")?;
                self.scts = crate::sct::read_list(list.content)
                    .map_err(|e| DerError { offset: e.offset.saturating_add(list.content_offset), ..e })?;
            }
            oid::CT_POISON => {
                self.precertificate = true;
                return Ok(false);
            }
            oid::OCSP_NO_CHECK => self.ocsp_no_check = true,
            oid::ISSUER_ALT_NAME | oid::SUBJECT_INFO_ACCESS => {
                r.read("extension content")?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads a list of distribution points.
fn distribution_points(list: &Tlv<'_>) -> Result<Vec<DistributionPoint>> {
    list.reader()
        .elements("DistributionPoint")
        .map(|p| {
            let mut p = p?.expect(Tag::SEQUENCE, "DistributionPoint")?.reader();
            let name = point_name(p.optional(Tag::context_constructed(0), "distributionPoint")?)?;
            let reasons = match p.optional(Tag::context(1), "reasons")? {
                Some(bits) => Some(reason_flags(&bits)?),
                None => None,
            };
            let crl_issuer = match p.optional(Tag::context_constructed(2), "cRLIssuer")? {
                Some(names) => general_names(&names)?,
                None => Vec::new(),
            };
            Ok(DistributionPoint { name, reasons, crl_issuer })
        })
        .collect()
}

/// What stands in the wrapper `distributionPoint`.
pub(crate) fn point_name(wrapper: Option<Tlv<'_>>) -> Result<PointName> {
    let Some(wrapper) = wrapper else { return Ok(PointName::Absent) };
    let inner = wrapper.reader().read("DistributionPointName")?;
    Ok(match inner.tag {
        t if t == Tag::context_constructed(0) => PointName::Full(general_names(&inner)?),
        t if t == Tag::context_constructed(1) => PointName::Relative(inner.content.to_vec()),
        _ => return Err(DerError::value(inner.offset, "fullName or nameRelativeToCRLIssuer", "another choice")),
    })
}

/// ReasonFlags as bits, bit 0 the first.
pub(crate) fn reason_flags(tlv: &Tlv<'_>) -> Result<u16> {
    let octets = tlv.bits()?.1.iter().take(2).enumerate();
    Ok(octets.fold(0, |flags, (i, o)| flags | u16::from(o.reverse_bits()) << (8 * i)))
}

/// Reads GeneralNames.
pub(crate) fn general_names(list: &Tlv<'_>) -> Result<Vec<GeneralName>> {
    list.reader().elements("GeneralName").map(|n| general_name(&n?)).collect()
}

fn general_name(tlv: &Tlv<'_>) -> Result<GeneralName> {
    let text = || std::str::from_utf8(tlv.content).ok().map(str::to_owned);
    let other = || GeneralName::Other(tlv.tag, tlv.content.to_vec());
    Ok(match tlv.tag.0 {
        0x81 => text().map_or_else(other, GeneralName::Email),
        0x82 => text().map_or_else(other, GeneralName::Dns),
        0x86 => text().map_or_else(other, GeneralName::Uri),
        0x87 => match (<[u8; 4]>::try_from(tlv.content), <[u8; 16]>::try_from(tlv.content)) {
            (Ok(v4), _) => GeneralName::Ip(Ipv4Addr::from(v4).into()),
            (_, Ok(v6)) => GeneralName::Ip(Ipv6Addr::from(v6).into()),
            _ => other(),
        },
        0xa4 => GeneralName::Directory(DistinguishedName::parse(&tlv.inner(Tag::SEQUENCE, "directoryName")?)?),
        _ => other(),
    })
}

fn malformed(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Dns(d) => {
            let body = d.strip_prefix("*.").unwrap_or(d);
            let fine = !body.is_empty()
                && body.len() <= 253
                && body.split('.').all(|label| {
                    !label.is_empty()
                        && label.len() <= 63
                        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                });
            (!fine).then(|| d.clone())
        }
        GeneralName::Other(Tag(0x81 | 0x82 | 0x86 | 0x87), bytes) => {
            Some(bytes.iter().map(|b| format!("{b:02x}")).collect())
        }
        _ => None,
    }
}

fn name_constraints(seq: &Tlv<'_>, critical: bool) -> Result<NameConstraints> {
    let mut r = seq.reader();
    let mut list = |n: u8| -> Result<Vec<Subtree>> {
        let Some(trees) = r.optional(Tag::context_constructed(n), "GeneralSubtrees")? else { return Ok(Vec::new()) };
        trees
            .reader()
            .elements("GeneralSubtree")
            .map(|t| subtree(&t?.expect(Tag::SEQUENCE, "GeneralSubtree")?))
            .collect()
    };
    let (permitted, excluded) = (list(0)?, list(1)?);
    if !r.is_empty() {
        return Err(DerError::value(r.offset(), "end of NameConstraints", "another element"));
    }
    Ok(NameConstraints { permitted, excluded, critical })
}

fn subtree(tlv: &Tlv<'_>) -> Result<Subtree> {
    let base = tlv.reader().read("base of GeneralSubtree")?;
    if base.tag == Tag::context(7) {
        let half = base.content.len() / 2;
        let (network, mask) = base.content.split_at(half);
        if !matches!(base.content.len(), 8 | 32) {
            return Ok(Subtree::Other(base.tag, base.content.to_vec()));
        }
        return Ok(Subtree::Ip { network: network.to_vec(), mask: mask.to_vec() });
    }
    Ok(match general_name(&base)? {
        GeneralName::Dns(s) => Subtree::Dns(s),
        GeneralName::Email(s) => Subtree::Email(s),
        GeneralName::Uri(s) => Subtree::Uri(s),
        GeneralName::Directory(d) => Subtree::Directory(d),
        GeneralName::Ip(_) | GeneralName::Other(..) => Subtree::Other(base.tag, base.content.to_vec()),
    })
}

fn oids(list: &Tlv<'_>) -> Result<Vec<Oid>> {
    let reader: Reader<'_> = list.reader();
    reader
        .elements("OBJECT IDENTIFIER")
        .map(|o| Ok(Oid::from_der(o?.expect(Tag::OID, "OBJECT IDENTIFIER")?.content)))
        .collect()
}

fn lint_boolean(b: &Tlv<'_>, lints: &mut Vec<Lint>) {
    if !matches!(b.content, [0x00 | 0xff]) {
        lints.push(Lint::BooleanForm(b.offset));
    }
}
