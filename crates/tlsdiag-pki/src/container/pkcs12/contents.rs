//! The walk through an AuthenticatedSafe: contents, bags, nested bags. One damaged bag does not hide the next.

use super::super::{Fault, FaultKind, MAX_DEPTH, Place, Step, octet_string, read_octet_string};
use super::mac::{self, Found};
use super::{Attributes, Bag, BagContent, Facts, MacState, Pkcs12, Protection};
use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::oid::{self, Oid};
use crate::secret::{self, Coding, Password, Scheme, SecretError, Unlocker};
use zeroize::Zeroizing;

const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
const ENVELOPED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
/// pkcs-12BagIds
const BAG: [u8; 10] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
const X509_CRL: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 23, 1];

/// The state of a walk.
pub(super) struct Walk<'u, 'p> {
    pub(super) unlocker: &'u mut Unlocker<'p>,
    contents: Vec<Protection>,
    keys: Vec<Protection>,
    bags: Vec<Bag>,
    faults: Vec<Fault>,
    der: bool,
    /// The password that makes the integrity check hold, and its coding where that is odd.
    known: Option<(Password, Option<Coding>)>,
    odd_coding: Option<Coding>,
    silent: bool,
    /// Whether any password opened anything.
    opened: bool,
    /// Encrypted parts that stayed closed, as they would be reported.
    closed: usize,
}

impl<'u, 'p> Walk<'u, 'p> {
    pub(super) fn new(unlocker: &'u mut Unlocker<'p>) -> Self {
        Walk {
            unlocker,
            contents: Vec::new(),
            keys: Vec::new(),
            bags: Vec::new(),
            faults: Vec::new(),
            der: true,
            known: None,
            odd_coding: None,
            silent: false,
            opened: false,
            closed: 0,
        }
    }

    /// Notes an element that DER would not have.
    pub(super) fn see(&mut self, tlv: &Tlv<'_>) {
        self.der &= tlv.minimal_length && tlv.tag != super::super::CONSTRUCTED_OCTET_STRING;
    }

    pub(super) fn fault(&mut self, place: Place, why: FaultKind) {
        self.faults.push(Fault { place, why });
    }

    /// Takes the password that makes the integrity check hold.
    pub(super) fn knows(&mut self, found: &Found) {
        let odd = (found.coding != found.standard).then_some(found.coding);
        self.known = Some((found.password.clone(), odd));
        self.silent = found.silent;
        if found.coding != found.standard {
            self.odd_coding = Some(found.coding);
        }
    }

    /// What follows from an integrity check that does not hold. If nothing was opened and something is locked, one
    /// fault speaks for the whole file.
    pub(super) fn unverified(&mut self, place: &Place, why: SecretError) {
        let wrong = matches!(why, SecretError::WrongPassword | SecretError::NoPassword);
        if wrong && self.opened {
            self.fault(place.clone(), FaultKind::Integrity);
        } else if wrong && self.closed > 0 {
            self.faults
                .retain(|f| !matches!(f.why, FaultKind::Locked(SecretError::WrongPassword | SecretError::NoPassword)));
            self.fault(place.clone(), FaultKind::Locked(why));
        } else {
            let kind = match why {
                SecretError::Malformed(e) => FaultKind::Damaged(e),
                e => FaultKind::Unchecked(e),
            };
            self.fault(place.clone(), kind);
        }
    }

    pub(super) fn finish(self, mac: MacState) -> Pkcs12 {
        let facts = Facts {
            mac,
            contents: self.contents,
            keys: self.keys,
            der: self.der,
            odd_coding: self.odd_coding,
            silent_password: self.silent,
        };
        Pkcs12 { facts, bags: self.bags, faults: self.faults }
    }

    /// AuthenticatedSafe ::= SEQUENCE OF ContentInfo
    pub(super) fn authenticated_safe(&mut self, octets: &[u8], place: &Place) {
        let outer = match Reader::new(octets).expect(Tag::SEQUENCE, "AuthenticatedSafe") {
            Ok(t) => t,
            Err(e) => return self.fault(place.clone(), e.into()),
        };
        self.see(&outer);
        for (i, info) in outer.reader().elements("ContentInfo").enumerate() {
            let place = place.within(Step::Contents(i.saturating_add(1)));
            if i >= self.unlocker.limits.parts {
                let limit = self.unlocker.limits.parts;
                return self.fault(place, FaultKind::TooMuch { what: "contents", limit });
            }
            if let Err(e) = info.and_then(|info| self.content_info(&info, &place)) {
                self.fault(place, e.into());
            }
        }
    }

    fn content_info(&mut self, info: &Tlv<'_>, place: &Place) -> Result<()> {
        self.see(info);
        let mut r = info.expect(Tag::SEQUENCE, "ContentInfo")?.reader();
        let kind = r.expect(Tag::OID, "contentType")?.content;
        let content = r.expect(Tag::context_constructed(0), "content")?;
        match kind {
            oid::PKCS7_DATA => {
                let (tlv, octets) = read_octet_string(&mut content.reader(), "data")?;
                self.see(&tlv);
                self.contents.push(Protection::Open);
                self.safe_contents(&octets, place, &Protection::Open, MAX_DEPTH);
            }
            ENCRYPTED_DATA => self.encrypted(&content, place)?,
            ENVELOPED_DATA => {
                self.contents.push(Protection::PublicKey);
                let algorithm = "a public key (enveloped data)".to_owned();
                self.fault(place.clone(), FaultKind::Locked(SecretError::Unsupported { algorithm }));
            }
            other => {
                let kind = Oid::from_der(other);
                self.fault(place.clone(), FaultKind::NotRead { name: format!("content type {kind}") });
                self.contents.push(Protection::Other(kind));
            }
        }
        Ok(())
    }

    /// EncryptedData (RFC 5652 8)
    fn encrypted(&mut self, content: &Tlv<'_>, place: &Place) -> Result<()> {
        let mut data = content.inner(Tag::SEQUENCE, "EncryptedData")?.reader();
        data.expect(Tag::INTEGER, "version")?;
        let mut info = data.expect(Tag::SEQUENCE, "encryptedContentInfo")?.reader();
        info.expect(Tag::OID, "contentType")?;
        let algorithm = info.expect(Tag::SEQUENCE, "contentEncryptionAlgorithm")?;
        let Some(sealed) = info.peek() else {
            self.contents.push(Protection::Open);
            return Ok(());
        };
        let tlv = info.read("encryptedContent")?;
        if sealed.0 & 0xdf != 0x80 {
            return Err(DerError {
                offset: tlv.offset,
                expected: "encryptedContent",
                found: crate::der::Found::Tag(sealed),
            });
        }
        let ciphertext = octet_string(&tlv)?;
        let (protection, plain) = self.open(&algorithm, &ciphertext, place, "contents");
        self.contents.push(protection.clone());
        if let Some(plain) = plain {
            self.safe_contents(&plain, place, &protection, MAX_DEPTH);
        }
        Ok(())
    }

    /// SafeContents ::= SEQUENCE OF SafeBag
    fn safe_contents(&mut self, octets: &[u8], place: &Place, protection: &Protection, depth: u8) {
        if !self.unlocker.take(octets.len()) {
            let limit = self.unlocker.limits.octets;
            return self.fault(place.clone(), FaultKind::TooMuch { what: "octets of contents", limit });
        }
        let outer = match Reader::new(octets).expect(Tag::SEQUENCE, "SafeContents") {
            Ok(t) => t,
            Err(e) => return self.fault(place.clone(), e.into()),
        };
        self.see(&outer);
        for (i, bag) in outer.reader().elements("SafeBag").enumerate() {
            let place = place.within(Step::Bag(i.saturating_add(1)));
            if self.bags.len().saturating_add(self.faults.len()) >= self.unlocker.limits.parts {
                let limit = self.unlocker.limits.parts;
                return self.fault(place, FaultKind::TooMuch { what: "bags", limit });
            }
            if let Err(e) = bag.and_then(|bag| self.bag(&bag, &place, protection, depth)) {
                self.fault(place, e.into());
            }
        }
    }

    fn bag(&mut self, bag: &Tlv<'_>, place: &Place, protection: &Protection, depth: u8) -> Result<()> {
        self.see(bag);
        let mut r = bag.expect(Tag::SEQUENCE, "SafeBag")?.reader();
        let kind = r.expect(Tag::OID, "bagId")?.content;
        let wrapper = r.expect(Tag::context_constructed(0), "bagValue")?;
        self.see(&wrapper);
        let attributes = match r.optional(Tag::SET, "bagAttributes")? {
            Some(set) => Attributes::parse(&set),
            None => Attributes::default(),
        };
        for id in &attributes.damaged {
            self.fault(place.clone(), FaultKind::Unsound(format!("attribute {id} cannot be read")));
        }
        let value = wrapper.reader().read("bagValue")?;
        let mut protection = protection.clone();
        let content = match kind.strip_prefix(&BAG) {
            Some([1]) => BagContent::Key { pkcs8: Zeroizing::new(value.raw.to_vec()), shrouded: false },
            Some([2]) => {
                let (by, plain) = self.shrouded(&value, place)?;
                protection = by;
                match plain {
                    Some(pkcs8) => BagContent::Key { pkcs8, shrouded: true },
                    None => return Ok(()),
                }
            }
            Some([3]) => typed(&value, "CertBag", X509_CERTIFICATE, BagContent::Certificate)?,
            Some([4]) => typed(&value, "CRLBag", X509_CRL, BagContent::Crl)?,
            Some([5]) => match self.secret(&value, place)? {
                Some((content, by)) => {
                    protection = by.unwrap_or(protection);
                    content
                }
                None => return Ok(()),
            },
            Some([6]) => {
                if depth == 0 {
                    self.fault(
                        place.clone(),
                        FaultKind::TooMuch { what: "levels of contents", limit: MAX_DEPTH.into() },
                    );
                } else {
                    self.safe_contents(value.raw, place, &protection, depth - 1);
                }
                return Ok(());
            }
            _ => BagContent::Other { kind: Oid::from_der(kind), value: Zeroizing::new(value.raw.to_vec()) },
        };
        self.bags.push(Bag { place: place.clone(), attributes, protection, content });
        Ok(())
    }

    fn shrouded(&mut self, value: &Tlv<'_>, place: &Place) -> Result<(Protection, Option<Zeroizing<Vec<u8>>>)> {
        let mut r = value.expect(Tag::SEQUENCE, "EncryptedPrivateKeyInfo")?.reader();
        let algorithm = r.expect(Tag::SEQUENCE, "encryptionAlgorithm")?;
        let (_, sealed) = read_octet_string(&mut r, "encryptedData")?;
        let (by, plain) = self.open(&algorithm, &sealed, place, "private key");
        if !self.keys.contains(&by) {
            self.keys.push(by.clone());
        }
        Ok((by, plain))
    }

    /// SecretBag (RFC 7292 4.2.5). Java puts a shrouded key into it.
    fn secret(&mut self, value: &Tlv<'_>, place: &Place) -> Result<Option<(BagContent, Option<Protection>)>> {
        let mut r = value.expect(Tag::SEQUENCE, "SecretBag")?.reader();
        let kind = Oid::from_der(r.expect(Tag::OID, "secretTypeId")?.content);
        let secret = r.expect(Tag::context_constructed(0), "secretValue")?;
        if kind.as_bytes().strip_prefix(&BAG) == Some(&[2]) {
            let (_, octets) = read_octet_string(&mut secret.reader(), "secretValue")?;
            let inner = Reader::new(&octets).read("EncryptedPrivateKeyInfo")?;
            let (by, plain) = self.shrouded(&inner, place)?;
            return Ok(plain.map(|value| (BagContent::Secret { kind, value }, Some(by))));
        }
        Ok(Some((BagContent::Secret { kind, value: Zeroizing::new(secret.content.to_vec()) }, None)))
    }

    /// Opens an encrypted part, or leaves the fault.
    fn open(
        &mut self,
        algorithm: &Tlv<'_>,
        ciphertext: &[u8],
        place: &Place,
        what: &'static str,
    ) -> (Protection, Option<Zeroizing<Vec<u8>>>) {
        let scheme = match Scheme::parse(algorithm) {
            Ok(s) => s,
            Err(e) => {
                let by = match &e {
                    SecretError::Unsupported { algorithm } => algorithm.clone(),
                    other => other.to_string(),
                };
                self.fault(place.clone(), e.into());
                return (Protection::UnknownPassword(by), None);
            }
        };
        let opened = self.try_passwords(&scheme, ciphertext, place, what);
        let protection = Protection::Password(scheme);
        match opened {
            Ok(plain) => {
                self.opened = true;
                (protection, Some(plain))
            }
            Err(e) => {
                self.closed = self.closed.saturating_add(1);
                let why = match e {
                    SecretError::WrongPassword | SecretError::NoPassword if self.known.is_some() => {
                        FaultKind::OtherPassword
                    }
                    e => e.into(),
                };
                self.fault(place.clone(), why);
                (protection, None)
            }
        }
    }

    fn try_passwords(
        &mut self,
        scheme: &Scheme,
        ciphertext: &[u8],
        place: &Place,
        what: &'static str,
    ) -> std::result::Result<Zeroizing<Vec<u8>>, SecretError> {
        let limits = *self.unlocker.limits;
        scheme.check(&limits)?;
        // An odd coding that made the integrity check hold comes first here too.
        let standard = scheme.coding();
        let known = self.known.clone();
        let opened = self.unlocker.unlock(&place.to_string(), what, scheme.cost(), |password| {
            let mut codings = mac::codings(standard, password);
            if let Some((first, odd)) = &known
                && first.text() == password.text()
            {
                if let Some(at) = codings.iter().position(|c| Some(*c) == *odd) {
                    codings.swap(0, at);
                }
                // NSS once used PKCS#12's own coding for PBES2 as well. With nothing typed it makes no difference.
                if standard == Coding::Utf8 && !password.is_empty() {
                    codings.push(Coding::Bmp);
                }
            }
            for coding in codings {
                match scheme.decrypt_coded(ciphertext, &password.octets(coding), &limits) {
                    Ok(plain) if secret::is_sequence(&plain) => return Ok((plain, coding)),
                    Ok(_) | Err(SecretError::WrongPassword) => {}
                    Err(e) => return Err(e),
                }
            }
            Err(SecretError::WrongPassword)
        })?;
        let (plain, coding) = opened.value;
        if coding != standard {
            self.odd_coding = Some(coding);
        }
        self.silent |= opened.silent && self.known.is_none();
        Ok(plain)
    }
}

/// CertBag and CRLBag: a type and an OCTET STRING in `[0]`.
fn typed(
    value: &Tlv<'_>,
    name: &'static str,
    x509: &[u8],
    content: impl FnOnce(Vec<u8>) -> BagContent,
) -> Result<BagContent> {
    let mut r = value.expect(Tag::SEQUENCE, name)?.reader();
    let kind = r.expect(Tag::OID, "type of certificate or CRL")?.content;
    let wrapper = r.expect(Tag::context_constructed(0), "certificate or CRL")?;
    if kind != x509 {
        return Ok(BagContent::Other { kind: Oid::from_der(kind), value: Zeroizing::new(wrapper.content.to_vec()) });
    }
    Ok(content(read_octet_string(&mut wrapper.reader(), "certificate or CRL")?.1.into_owned()))
}
