//! One file of certificates or keys, recognised by its content and never by its name: PEM, DER, PKCS#7, PKCS#12, Java
//! key stores, serialized stores, base64 without armour. Everything in it becomes a part or a fault; nothing is dropped.

mod container;
mod shape;
mod text;

pub use crate::container::{Fault, FaultKind, Place, Step};

use crate::certificate::Certificate;
use crate::container::{jks, pkcs12, sst};
use crate::crl::Crl;
use crate::der::{DerError, Reader, Tag};
use crate::key::PublicKey;
use crate::pem::{self, Block, Kind, Oddity};
use crate::private::{PrivateKey, PrivateKeyError};
use crate::request::Request;
use crate::secret::{Limits, Passwords, Unlocker};
use shape::Shape;
use std::sync::Arc;

/// What a file holds.
#[derive(Debug)]
pub struct Contents {
    /// What kind of file it is.
    pub form: Form,
    /// Everything that came out, in order.
    pub parts: Vec<Part>,
    /// Everything that did not, and what is odd.
    pub faults: Vec<Fault>,
    /// Line and label of every PEM block, which say what a fault there is about.
    pub labels: Vec<(usize, String)>,
}

/// What kind of file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// PEM, one block or many; how it is written is with each part
    Pem,
    /// DER: a certificate, key, request or list, or several certificates in a row
    Der,
    /// PKCS#7
    Pkcs7,
    /// PKCS#12
    Pkcs12(Box<pkcs12::Facts>),
    /// A Java key store, and whether its digest holds with a password that was tried
    Java(jks::Format, Option<bool>),
    /// A serialized store of Windows
    SerializedStore,
    /// Base64 without BEGIN and END around another form
    Base64(Box<Form>),
    /// Nothing that tlsdiag reads; a fault says what it looks like
    Unknown,
}

/// One thing that a file holds.
#[derive(Debug)]
pub struct Part {
    /// Where it stands.
    pub place: Place,
    /// Friendly name or alias.
    pub name: Option<String>,
    /// Joins a key with its certificate in PKCS#12.
    pub local_key_id: Option<Vec<u8>>,
    /// The Windows provider that the key came from and goes into.
    pub provider: Option<String>,
    /// The key is marked as the machine's.
    pub machine_key: bool,
    /// How it was protected, in words; `None`: it stood open.
    pub protection: Option<String>,
    /// It stands where trusted certificates stand: a trusted entry of Java, `TRUSTED CERTIFICATE` of OpenSSL.
    pub trusted: bool,
    /// What is odd about how its PEM block is written, and so may stop a server from reading it.
    pub oddities: Vec<Oddity>,
    /// What it is.
    pub what: Item,
}

/// What a part is.
#[derive(Debug)]
pub enum Item {
    /// A certificate
    Certificate(Arc<Certificate>),
    /// A private key
    PrivateKey(Box<PrivateKey>),
    /// A public key
    PublicKey(Box<PublicKey>),
    /// A certificate request
    Request(Box<Request>),
    /// A revocation list, in DER, that can be read
    Crl(Arc<[u8]>),
    /// Something that is named and not used
    Other {
        /// its name
        what: String,
    },
}

impl Contents {
    /// The certificates in order.
    pub fn certificates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.parts.iter().filter_map(|p| if let Item::Certificate(c) = &p.what { Some(c) } else { None })
    }

    /// The private keys in order.
    pub fn private_keys(&self) -> impl Iterator<Item = &PrivateKey> {
        self.parts.iter().filter_map(|p| if let Item::PrivateKey(k) = &p.what { Some(k.as_ref()) } else { None })
    }

    /// Whether everything that the file holds came out.
    pub fn complete(&self) -> bool {
        !self.faults.iter().any(|f| f.why.loses())
    }
}

/// Reads a file. Passwords are asked for only where something is locked.
pub fn read(octets: &[u8], passwords: &mut dyn Passwords, limits: &Limits) -> Contents {
    let mut walk =
        Walk { unlocker: Unlocker::new(passwords, limits), parts: Vec::new(), faults: Vec::new(), labels: Vec::new() };
    let form = walk.file(octets, MAX_WRAPPINGS);
    if walk.parts.is_empty() && walk.faults.is_empty() {
        walk.fault(Place::default(), FaultKind::Empty);
    }
    Contents { form, parts: walk.parts, faults: walk.faults, labels: walk.labels }
}

/// How often base64 around base64 is followed.
const MAX_WRAPPINGS: u8 = 3;

struct Walk<'a> {
    unlocker: Unlocker<'a>,
    parts: Vec<Part>,
    faults: Vec<Fault>,
    labels: Vec<(usize, String)>,
}

impl Walk<'_> {
    fn file(&mut self, input: &[u8], wrappings: u8) -> Form {
        if let Some(format) = jks::format(input) {
            return self.java(input, format);
        }
        if sst::looks_like(input) {
            return self.serialized_store(input);
        }
        if pem::looks_like_pem(input) || text_only(input) {
            let before = (self.parts.len(), self.faults.len());
            self.pem(input);
            if (self.parts.len(), self.faults.len()) != before {
                return Form::Pem;
            }
        }
        if let Some(name) = text::named(input) {
            self.fault(Place::default(), FaultKind::NotRead { name: name.to_owned() });
            return Form::Unknown;
        }
        if matches!(input.first(), Some(0x30)) && !text_only(input) {
            return self.der(input, &Place::default());
        }
        match text::bare_base64(&text::readable(input)) {
            Some(Ok(decoded)) if wrappings > 0 => return Form::Base64(Box::new(self.file(&decoded, wrappings - 1))),
            Some(Err(e)) => {
                self.fault(Place::line(e.line), FaultKind::Pem(e));
                return Form::Base64(Box::new(Form::Unknown));
            }
            _ => {}
        }
        if let Some(name) = bouncy_castle(input) {
            self.fault(Place::default(), FaultKind::NotRead { name: name.to_owned() });
            return Form::Unknown;
        }
        if Reader::new(input).expect(Tag::OID, "parameters").is_ok_and(|t| t.raw.len() == input.len()) {
            self.part(Place::default(), Item::Other { what: "parameters of an elliptic curve".to_owned() });
            return Form::Der;
        }
        self.fault(Place::default(), FaultKind::Unrecognised { looks: text::looks(input) });
        Form::Unknown
    }

    fn fault(&mut self, place: Place, why: FaultKind) {
        self.faults.push(Fault { place, why });
    }

    fn part(&mut self, place: Place, what: Item) -> Option<&mut Part> {
        self.parts.push(Part {
            place,
            name: None,
            local_key_id: None,
            provider: None,
            machine_key: false,
            protection: None,
            trusted: false,
            oddities: Vec::new(),
            what,
        });
        self.parts.last_mut()
    }

    fn pem(&mut self, text: &[u8]) {
        for (n, block) in pem::blocks(text).iter().enumerate() {
            let place = Place::line(block.line);
            self.labels.push((block.line, block.label.to_string()));
            if n >= self.unlocker.limits.parts {
                let limit = self.unlocker.limits.parts;
                return self.fault(place, FaultKind::TooMuch { what: "PEM blocks", limit });
            }
            let before = self.parts.len();
            self.block(block, &place);
            let attribute = |name: &str| block.attributes.iter().find(|(k, _)| k == name).map(|(_, v)| v.to_string());
            for part in self.parts.iter_mut().skip(before) {
                part.oddities.clone_from(&block.oddities);
                part.name = part.name.take().or_else(|| attribute("friendlyName"));
                part.provider = part.provider.take().or_else(|| attribute("Microsoft CSP Name"));
            }
        }
    }

    fn block(&mut self, block: &Block<'_>, place: &Place) {
        if block.kind == Kind::Ssh {
            let name = format!("an SSH key ({})", block.label);
            return self.fault(place.clone(), FaultKind::NotRead { name });
        }
        let content: &[u8] = match &block.content {
            Ok(c) => c,
            Err(e) => return self.fault(place.clone(), FaultKind::Pem(e.clone())),
        };
        if matches!(block.kind, Kind::PrivateKey | Kind::EncryptedPrivateKey) {
            match PrivateKey::from_pem_with(block, &mut self.unlocker) {
                Ok(key) => return self.private_key(place, key),
                Err(PrivateKeyError::NotPrivate(_)) => {}
                Err(e) => return self.fault(place.clone(), key_fault(e)),
            }
        }
        let label: &str = &block.label;
        let trusted = label == "TRUSTED CERTIFICATE";
        let content: &[u8] = if trusted { shape::first_element(content) } else { content };
        let shape = Reader::new(content).read("element").map_or(Shape::Unknown, |t| Shape::of(&t));
        if wanted(block, shape) {
            let before = self.parts.len();
            self.shaped(content, shape, place);
            if let (true, Some(part)) = (trusted, self.parts.get_mut(before)) {
                part.trusted = true;
            }
        } else if shape == Shape::Unknown {
            match block.kind {
                // What the label says and the octets do not bear out: their own reader says where.
                Kind::Certificate => self.certificate(content, place.clone()),
                Kind::CertificateRequest => self.shaped(content, Shape::Request, place),
                Kind::Crl => self.shaped(content, Shape::Crl, place),
                Kind::PublicKey => self.shaped(content, Shape::PublicKey, place),
                Kind::Pkcs7 => self.shaped(content, Shape::Pkcs7, place),
                Kind::PrivateKey | Kind::EncryptedPrivateKey => {
                    match PrivateKey::from_pem_with(block, &mut self.unlocker) {
                        Ok(key) => self.private_key(place, key),
                        Err(e) => self.fault(place.clone(), key_fault(e)),
                    }
                }
                _ => match PrivateKey::from_pem_with(block, &mut self.unlocker) {
                    Err(PrivateKeyError::Other(format)) => {
                        self.fault(place.clone(), FaultKind::NotRead { name: format.to_string() });
                    }
                    _ => drop(self.part(place.clone(), Item::Other { what: label.to_owned() })),
                },
            }
        } else {
            if block.kind != Kind::Other {
                self.fault(place.clone(), FaultKind::Mislabelled { label: label.to_owned(), is: shape.name() });
            }
            self.shaped(content, shape, place);
        }
    }

    fn der(&mut self, input: &[u8], place: &Place) -> Form {
        let mut at = 0usize;
        let mut form = Form::Der;
        while let Some(rest) = input.get(at..).filter(|r| !r.is_empty()) {
            let here = if at == 0 { Place::offset(0) } else { place.at(at) };
            if at > 0 && rest.first() != Some(&0x30) {
                self.fault(here, FaultKind::Trailing(rest.len()));
                break;
            }
            if self.parts.len().saturating_add(self.faults.len()) >= self.unlocker.limits.parts {
                let limit = self.unlocker.limits.parts;
                self.fault(here, FaultKind::TooMuch { what: "DER elements", limit });
                break;
            }
            match Reader::at(rest, at).read("DER") {
                Ok(element) => {
                    let shape = Shape::of(&element);
                    if at > 0 && shape == Shape::Unknown {
                        self.fault(here, FaultKind::Trailing(rest.len()));
                        break;
                    }
                    let is = self.shaped_in_file(element.raw, shape, &here);
                    if at == 0 {
                        form = is;
                    }
                    at = at.saturating_add(element.raw.len());
                }
                Err(error) => {
                    self.cut(rest, at, error, here);
                    break;
                }
            }
        }
        form
    }

    /// An element whose own frame cannot be read: says what it was meant to be.
    fn cut(&mut self, rest: &[u8], at: usize, mut error: DerError, place: Place) {
        error.offset = error.offset.max(at);
        if at > 0 {
            return self.fault(place, FaultKind::Trailing(rest.len()));
        }
        if let Some(partial) = shape::as_far_as_it_goes(rest) {
            let shape = Shape::of(&partial);
            error.expected = shape.name();
        }
        self.fault(place, FaultKind::Damaged(error));
    }

    fn shaped_in_file(&mut self, der: &[u8], shape: Shape, place: &Place) -> Form {
        match shape {
            Shape::Pkcs12 => self.pkcs12(der, place),
            Shape::Pkcs7 | Shape::SignedData => {
                self.shaped(der, shape, place);
                Form::Pkcs7
            }
            _ => {
                self.shaped(der, shape, place);
                Form::Der
            }
        }
    }

    /// Reads one element that looks like `shape`.
    fn shaped(&mut self, der: &[u8], shape: Shape, place: &Place) {
        match shape {
            Shape::Certificate => self.certificate(der, place.clone()),
            Shape::Request => match Request::from_der(der) {
                Ok(request) => drop(self.part(place.clone(), Item::Request(Box::new(request)))),
                Err(e) => self.fault(place.clone(), e.into()),
            },
            Shape::Crl => self.crl(der, place.clone()),
            Shape::PublicKey => match PublicKey::from_der(der) {
                Ok(key) => drop(self.part(place.clone(), Item::PublicKey(Box::new(key)))),
                Err(e) => self.fault(place.clone(), e.into()),
            },
            Shape::RsaPublicKey => match PublicKey::from_pkcs1(der) {
                Ok(key) => drop(self.part(place.clone(), Item::PublicKey(Box::new(key)))),
                Err(e) => self.fault(place.clone(), e.into()),
            },
            Shape::DsaPublicKey => match shape::dsa_spki(der).and_then(|spki| PublicKey::from_der(&spki)) {
                Ok(key) => drop(self.part(place.clone(), Item::PublicKey(Box::new(key)))),
                Err(e) => self.fault(place.clone(), e.into()),
            },
            Shape::PrivateKey | Shape::EncryptedPrivateKey => {
                match PrivateKey::from_der_with(der, &place.to_string(), &mut self.unlocker) {
                    Ok(key) => self.private_key(place, key),
                    Err(e) => self.fault(place.clone(), key_fault(e)),
                }
            }
            Shape::Pkcs7 => self.pkcs7(der, place),
            Shape::SignedData => {
                use crate::writer::{explicit, oid, sequence};
                let wrapped = sequence(&[oid(crate::oid::PKCS7_SIGNED_DATA), explicit(0, der)]);
                self.pkcs7(&wrapped, place);
            }
            Shape::Pkcs12 => drop(self.pkcs12(der, place)),
            Shape::Path => {
                let outer = Reader::new(der).read("PkiPath");
                let items = outer.into_iter().flat_map(|t| t.reader().elements("Certificate"));
                for (i, item) in items.enumerate() {
                    let place = place.within(Step::Certificate(i.saturating_add(1)));
                    match item {
                        _ if i >= self.unlocker.limits.parts => {
                            let limit = self.unlocker.limits.parts;
                            return self.fault(place, FaultKind::TooMuch { what: "certificates", limit });
                        }
                        Ok(item) => self.certificate(item.raw, place),
                        Err(e) => self.fault(place, e.into()),
                    }
                }
            }
            Shape::Parameters | Shape::Algorithm | Shape::OcspResponse => {
                self.part(place.clone(), Item::Other { what: shape.name().to_owned() });
            }
            Shape::Bcfks => self.fault(place.clone(), FaultKind::NotRead { name: Shape::Bcfks.name().to_owned() }),
            Shape::Unknown => {
                // The frame of DER is there, its content says nothing: if it were a certificate, this is what is wrong.
                match Certificate::from_der(der) {
                    Ok(c) => drop(self.part(place.clone(), Item::Certificate(Arc::new(c)))),
                    Err(_) => self.fault(place.clone(), FaultKind::Unrecognised { looks: "DER of no known structure" }),
                }
            }
        }
    }

    fn certificate(&mut self, der: &[u8], place: Place) {
        match Certificate::from_der(der) {
            Ok(c) => drop(self.part(place, Item::Certificate(Arc::new(c)))),
            Err(e) => self.fault(place, e.into()),
        }
    }

    fn crl(&mut self, der: &[u8], place: Place) {
        match Crl::read(der) {
            Ok(_) => drop(self.part(place, Item::Crl(der.into()))),
            Err(e) => self.fault(place, e.into()),
        }
    }

    fn private_key(&mut self, place: &Place, key: PrivateKey) {
        use crate::private::Form as KeyForm;
        let protection = match &key.form {
            KeyForm::Pkcs8Encrypted(scheme) => Some(scheme.to_string()),
            KeyForm::Traditional { cipher, .. } => Some(format!("DEK-Info {cipher}")),
            _ => None,
        };
        if let Some(part) = self.part(place.clone(), Item::PrivateKey(Box::new(key))) {
            part.protection = protection;
        }
    }
}

/// Whether the shape is one that the label allows.
fn wanted(block: &Block<'_>, shape: Shape) -> bool {
    match block.kind {
        Kind::Certificate => shape == Shape::Certificate,
        Kind::Pkcs7 => shape == Shape::Pkcs7,
        Kind::PublicKey => matches!(shape, Shape::PublicKey | Shape::RsaPublicKey | Shape::DsaPublicKey),
        Kind::CertificateRequest => shape == Shape::Request,
        Kind::Crl => shape == Shape::Crl,
        Kind::DhParameters | Kind::EcParameters => shape == Shape::Parameters,
        _ => false,
    }
}

fn key_fault(e: PrivateKeyError) -> FaultKind {
    match e {
        PrivateKeyError::Secret(e) => e.into(),
        PrivateKeyError::Malformed(e) => FaultKind::Damaged(e),
        PrivateKeyError::Pem(e) => FaultKind::Pem(e),
        PrivateKeyError::Headers(_) => FaultKind::Unsound(e.to_string()),
        PrivateKeyError::Other(format) => FaultKind::NotRead { name: format.to_string() },
        PrivateKeyError::NotPrivate(what) => FaultKind::Unsound(format!("in place of a private key stands {what}")),
    }
}

/// `0` is both the first octet of DER and a digit.
fn text_only(input: &[u8]) -> bool {
    input.iter().take(64).all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e))
}

/// BouncyCastle's stores start with a version and the length of a salt.
fn bouncy_castle(input: &[u8]) -> Option<&'static str> {
    let word = |i: usize| Some(u32::from_be_bytes(input.get(i..)?.first_chunk::<4>().copied()?));
    let (version, salt) = (word(0)?, word(4)?);
    if !(1..=2).contains(&version) || salt != 20 {
        return None;
    }
    // an entry of type 1 to 4 with a short alias, or the end
    let entry = input.get(32..35)?;
    Some(match entry {
        [1..=4, 0, n] if *n > 0 => "a BouncyCastle key store (BKS)",
        [0, ..] => "a BouncyCastle key store (BKS)",
        _ => "a BouncyCastle key store (UBER)",
    })
}
