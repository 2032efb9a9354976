//! Extensions with any content and any critical flag.

use crate::der::Tag;
use crate::extensions::{NameConstraints, Subtree};
use crate::{oid, writer};
use std::net::IpAddr;

/// An extension as it will stand in the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Identifier content octets.
    pub oid: Vec<u8>,
    /// Critical flag.
    pub critical: bool,
    /// Content of the OCTET STRING.
    pub value: Vec<u8>,
}

/// A subject alternative name to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum San {
    /// dNSName, written as it is
    Dns(String),
    /// iPAddress
    Ip(IpAddr),
    /// rfc822Name
    Email(String),
    /// uniformResourceIdentifier
    Uri(String),
    /// Any GeneralName: the whole element.
    Raw(Vec<u8>),
}

impl Extension {
    /// Any extension.
    pub fn raw(oid: &[u8], critical: bool, value: Vec<u8>) -> Extension {
        Extension { oid: oid.to_vec(), critical, value }
    }

    /// The same with the other critical flag.
    #[must_use]
    pub fn critical(mut self, critical: bool) -> Extension {
        self.critical = critical;
        self
    }

    /// basicConstraints, critical.
    pub fn basic_constraints(ca: bool, path_len: Option<u64>) -> Extension {
        let mut items = Vec::new();
        if ca {
            items.push(writer::tlv(Tag::BOOLEAN, &[0xff]));
        }
        items.extend(path_len.map(writer::small));
        Extension::raw(oid::BASIC_CONSTRAINTS, true, writer::sequence(&items))
    }

    /// keyUsage, critical; bits as in [`KeyUsage`](crate::extensions::KeyUsage).
    pub fn key_usage(bits: u16) -> Extension {
        let [low, high] = bits.to_le_bytes();
        let mut octets = vec![low.reverse_bits()];
        if high != 0 {
            octets.push(high.reverse_bits());
        }
        let unused = octets.last().map_or(0, |o| o.trailing_zeros().min(7) as u8);
        let unused = if bits == 0 { 0 } else { unused };
        let content = if bits == 0 { vec![0] } else { [&[unused], octets.as_slice()].concat() };
        Extension::raw(oid::KEY_USAGE, true, writer::tlv(Tag::BIT_STRING, &content))
    }

    /// extKeyUsage, not critical.
    pub fn extended_key_usage(purposes: &[&[u8]]) -> Extension {
        let items: Vec<_> = purposes.iter().map(|p| writer::oid(p)).collect();
        Extension::raw(oid::EXTENDED_KEY_USAGE, false, writer::sequence(&items))
    }

    /// subjectAltName, not critical.
    pub fn san(names: &[San]) -> Extension {
        let items: Vec<_> = names.iter().map(San::der).collect();
        Extension::raw(oid::SUBJECT_ALT_NAME, false, writer::sequence(&items))
    }

    /// subjectAltName of DNS names, not critical.
    pub fn dns(names: &[&str]) -> Extension {
        Extension::san(&names.iter().map(|n| San::Dns((*n).to_owned())).collect::<Vec<_>>())
    }

    /// nameConstraints; critical as the structure says.
    pub fn name_constraints(n: &NameConstraints) -> Extension {
        let mut items = Vec::new();
        for (tag, list) in [(0, &n.permitted), (1, &n.excluded)] {
            if !list.is_empty() {
                let trees: Vec<u8> = list.iter().flat_map(|t| writer::sequence(&[subtree(t)])).collect();
                items.push(writer::explicit(tag, &trees));
            }
        }
        Extension::raw(oid::NAME_CONSTRAINTS, n.critical, writer::sequence(&items))
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_id(id: &[u8]) -> Extension {
        Extension::raw(oid::SUBJECT_KEY_IDENTIFIER, false, writer::octets(id))
    }

    /// authorityKeyIdentifier with a key identifier.
    pub fn authority_key_id(id: &[u8]) -> Extension {
        let value = writer::sequence(&[writer::tlv(Tag::context(0), id)]);
        Extension::raw(oid::AUTHORITY_KEY_IDENTIFIER, false, value)
    }

    /// authorityInfoAccess.
    pub fn authority_info_access(ca_issuers: &[&str], ocsp: &[&str]) -> Extension {
        let one = |method: &[u8], url: &&str| writer::sequence(&[writer::oid(method), uri(url)]);
        let mut items: Vec<_> = ocsp.iter().map(|u| one(oid::AD_OCSP, u)).collect();
        items.extend(ca_issuers.iter().map(|u| one(oid::AD_CA_ISSUERS, u)));
        Extension::raw(oid::AUTHORITY_INFO_ACCESS, false, writer::sequence(&items))
    }

    /// cRLDistributionPoints.
    pub fn crl_distribution_points(urls: &[&str]) -> Extension {
        let point = |u: &&str| writer::sequence(&[writer::explicit(0, &writer::explicit(0, &uri(u)))]);
        let items: Vec<_> = urls.iter().map(point).collect();
        Extension::raw(oid::CRL_DISTRIBUTION_POINTS, false, writer::sequence(&items))
    }

    /// certificatePolicies.
    pub fn policies(policies: &[&[u8]]) -> Extension {
        let items: Vec<_> = policies.iter().map(|p| writer::sequence(&[writer::oid(p)])).collect();
        Extension::raw(oid::CERTIFICATE_POLICIES, false, writer::sequence(&items))
    }

    /// TLS feature status_request: must staple (RFC 7633).
    pub fn must_staple() -> Extension {
        Extension::raw(oid::TLS_FEATURE, false, writer::sequence(&[writer::small(5)]))
    }

    /// ocspNoCheck.
    pub fn ocsp_no_check() -> Extension {
        Extension::raw(oid::OCSP_NO_CHECK, false, writer::tlv(Tag::NULL, &[]))
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let mut items = vec![writer::oid(&self.oid)];
        if self.critical {
            items.push(writer::tlv(Tag::BOOLEAN, &[0xff]));
        }
        items.push(writer::octets(&self.value));
        writer::sequence(&items)
    }
}

impl San {
    fn der(&self) -> Vec<u8> {
        match self {
            San::Dns(d) => writer::tlv(Tag::context(2), d.as_bytes()),
            San::Ip(IpAddr::V4(a)) => writer::tlv(Tag::context(7), &a.octets()),
            San::Ip(IpAddr::V6(a)) => writer::tlv(Tag::context(7), &a.octets()),
            San::Email(e) => writer::tlv(Tag::context(1), e.as_bytes()),
            San::Uri(u) => uri(u),
            San::Raw(element) => element.clone(),
        }
    }
}

fn uri(url: &str) -> Vec<u8> {
    writer::tlv(Tag::context(6), url.as_bytes())
}

fn subtree(tree: &Subtree) -> Vec<u8> {
    match tree {
        Subtree::Dns(s) => writer::tlv(Tag::context(2), s.as_bytes()),
        Subtree::Email(s) => writer::tlv(Tag::context(1), s.as_bytes()),
        Subtree::Uri(s) => uri(s),
        Subtree::Ip { network, mask } => writer::tlv(Tag::context(7), &[network.as_slice(), mask].concat()),
        Subtree::Directory(d) => writer::explicit(4, d.der()),
        Subtree::Other(tag, content) => writer::tlv(*tag, content),
    }
}
