//! Trust anchors: sets with quick lookup by subject, certificates inside read in full only when a path reaches them.

use crate::certificate::{CertId, Certificate};
use crate::der::{DerError, Reader, Result, Tag};
use crate::dn::DistinguishedName;
use crate::extensions::NameConstraints;
use crate::key::PublicKey;
use crate::pem;
use sha2::Digest as _;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// A named set of trust anchors, such as Mozilla's list or a machine's root store.
#[derive(Debug, Default)]
pub struct AnchorSet {
    name: String,
    anchors: Vec<Arc<Anchor>>,
    by_subject: HashMap<Box<[u8]>, Vec<usize>>,
    ids: HashSet<CertId>,
}

/// One trust anchor: a name and a key (RFC 5280 6.1.1 d), mostly by way of a certificate.
#[derive(Debug)]
pub struct Anchor {
    /// Its name.
    pub subject: DistinguishedName,
    /// Its key.
    pub public_key: PublicKey,
    /// Constraints that come with an anchor without certificate.
    pub name_constraints: Option<NameConstraints>,
    /// SHA-256 of the certificate, where there is one.
    pub id: Option<CertId>,
    der: Arc<[u8]>,
    certificate: OnceLock<Option<Arc<Certificate>>>,
}

impl Anchor {
    /// From a certificate's DER; only subject and key are read now.
    pub fn from_der(der: &[u8]) -> Result<Anchor> {
        let outer = Reader::new(der).expect(Tag::SEQUENCE, "Certificate")?;
        let mut t = outer.reader().expect(Tag::SEQUENCE, "TBSCertificate")?.reader();
        t.optional(Tag::context_constructed(0), "version")?;
        t.expect(Tag::INTEGER, "serialNumber")?;
        t.expect(Tag::SEQUENCE, "signature algorithm")?;
        t.expect(Tag::SEQUENCE, "issuer")?;
        t.expect(Tag::SEQUENCE, "validity")?;
        let subject = DistinguishedName::parse(&t.expect(Tag::SEQUENCE, "subject")?)?;
        let public_key = PublicKey::parse(&t.expect(Tag::SEQUENCE, "SubjectPublicKeyInfo")?)?;
        Ok(Anchor {
            subject,
            public_key,
            name_constraints: None,
            id: Some(CertId(sha2::Sha256::digest(outer.raw).into())),
            der: outer.raw.into(),
            certificate: OnceLock::new(),
        })
    }

    /// From a name (DER) and a key (DER of SubjectPublicKeyInfo), as root lists without certificates hold them.
    pub fn from_parts(subject: &[u8], spki: &[u8], name_constraints: Option<NameConstraints>) -> Result<Anchor> {
        Ok(Anchor {
            subject: DistinguishedName::from_der(subject)?,
            public_key: PublicKey::from_der(spki)?,
            name_constraints,
            id: None,
            der: Arc::new([]),
            certificate: OnceLock::from(None),
        })
    }

    /// The certificate, read on first use; `None` where there is none or it cannot be read in full.
    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        self.certificate.get_or_init(|| Certificate::from_der(&self.der).ok().map(Arc::new)).as_ref()
    }
}

impl AnchorSet {
    /// An empty set.
    pub fn new(name: impl Into<String>) -> AnchorSet {
        AnchorSet { name: name.into(), ..AnchorSet::default() }
    }

    /// From a PEM bundle, a PKCS#7 or DER; also gives what could not be read.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> (AnchorSet, Vec<DerError>) {
        let mut set = AnchorSet::new(name);
        let mut errors = Vec::new();
        if pem::looks_like_pem(bytes) {
            for block in pem::blocks(bytes) {
                if block.kind == pem::Kind::Certificate {
                    let read = block.content.map_err(|e| DerError::value(e.offset, "base64", "a damaged PEM block"));
                    match read.and_then(|der| Anchor::from_der(&der)) {
                        Ok(a) => set.push(a),
                        Err(e) => errors.push(e),
                    }
                }
            }
            return (set, errors);
        }
        for c in crate::read::read_certificates(bytes) {
            match c {
                Ok(c) => set.add(&c),
                Err(crate::read::ReadError::Der { error, .. }) => errors.push(error),
                Err(_) => errors.push(DerError::value(0, "certificates", "something else")),
            }
        }
        (set, errors)
    }

    /// Adds a certificate.
    pub fn add(&mut self, certificate: &Arc<Certificate>) {
        self.push(Anchor {
            subject: certificate.subject.clone(),
            public_key: certificate.public_key.clone(),
            name_constraints: None,
            id: Some(certificate.id),
            der: certificate.der.clone(),
            certificate: OnceLock::from(Some(certificate.clone())),
        });
    }

    /// Adds an anchor; one that is already there is not added again.
    pub fn push(&mut self, anchor: Anchor) {
        self.share(Arc::new(anchor));
    }

    /// Adds an anchor of another set; one that is already there is not added again.
    pub fn share(&mut self, anchor: Arc<Anchor>) {
        if let Some(id) = anchor.id
            && !self.ids.insert(id)
        {
            return;
        }
        self.by_subject.entry(anchor.subject.folded().into()).or_default().push(self.anchors.len());
        self.anchors.push(anchor);
    }

    /// What the set is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many anchors.
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// All anchors.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Anchor>> {
        self.anchors.iter()
    }

    /// Anchors of that name (RFC 5280 7.1 comparison).
    pub fn by_subject(&self, name: &DistinguishedName) -> impl Iterator<Item = &Arc<Anchor>> {
        self.by_subject.get(name.folded()).into_iter().flatten().filter_map(|i| self.anchors.get(*i))
    }

    /// Anchors whose certificate has that subjectKeyIdentifier; reads every certificate of the set once.
    pub fn by_key_id<'s>(&'s self, key_id: &'s [u8]) -> impl Iterator<Item = &'s Arc<Anchor>> {
        let fits = move |c: &Arc<Certificate>| c.extensions.subject_key_id.as_deref() == Some(key_id);
        self.anchors.iter().filter(move |a| a.certificate().is_some_and(fits))
    }

    /// Whether the certificate itself is in the set.
    pub fn contains(&self, id: CertId) -> bool {
        self.ids.contains(&id)
    }
}

/// Mozilla's list of roots trusted for TLS servers, compiled in.
pub fn mozilla() -> &'static AnchorSet {
    static SET: OnceLock<AnchorSet> = OnceLock::new();
    SET.get_or_init(|| {
        let mut set = AnchorSet::new("Mozilla");
        for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            if let Ok(a) = Anchor::from_der(der) {
                set.push(a);
            }
        }
        set
    })
}

/// Whether this is the certificate of a public CA: a root of Mozilla's list.
pub fn is_public_root(id: CertId) -> bool {
    mozilla().contains(id)
}
