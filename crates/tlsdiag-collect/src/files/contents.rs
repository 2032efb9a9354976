//! What one file holds, as facts: a row for the file, a row for each thing in it, and what the joining of files needs.
use std::sync::Arc;
use tlsdiag_model::{
    CertId, Fingerprint,
    facts::{Filed, Key, Protection, Refusal, Thing},
};
use tlsdiag_pki::{
    Certificate,
    container::pkcs12::{Facts, Mac, Protection as Shroud},
    file::{Contents, Fault, FaultKind, Form, Item as PartItem, Part, Place, Step},
    key::PublicKey,
    private::{Form as KeyForm, PrivateKey},
    request::Request,
    secret::{SecretError, WindowsImport},
};

/// A file as it was read.
pub(crate) struct Held {
    /// Its path as given.
    pub(crate) path: Arc<str>,
    /// Its name without folders.
    pub(crate) name: String,
    /// The group of files that it was handed over with: a folder, or all that were named.
    pub(crate) pool: usize,
    /// Handed over, as opposed to found beside what was.
    pub(crate) given: bool,
    /// What it is.
    pub(crate) form: &'static str,
    /// Protections of a container.
    pub(crate) protections: Vec<Protection>,
    /// What strict readers stumble over.
    pub(crate) oddities: Vec<String>,
    /// What is in it, in order.
    pub(crate) items: Vec<Item>,
    /// Something that it holds did not come out; why.
    pub(crate) lost: Option<String>,
}

/// One thing in a file.
pub(crate) struct Item {
    /// Where.
    pub(crate) place: Place,
    /// Friendly name or alias.
    pub(crate) label: Option<String>,
    /// Joins a key with its certificate in PKCS#12.
    pub(crate) local_key_id: Option<Vec<u8>>,
    /// It stands where trusted certificates stand.
    pub(crate) trusted: bool,
    /// What it is.
    pub(crate) what: What,
}

/// What a thing is.
pub(crate) enum What {
    /// A certificate.
    Cert(CertId, Arc<Certificate>),
    /// A certificate that cannot be read.
    BadCert(String),
    /// A private key, with the public key that belongs to it.
    Key(Key, Option<PublicKey>),
    /// A private key that stayed closed.
    Locked(Refusal, String),
    /// Anything else.
    Other(Thing),
}

impl Held {
    /// Is it a container that keeps keys with their certificates?
    pub(crate) fn container(&self) -> bool {
        matches!(self.form, "pkcs12" | "jks" | "jceks")
    }
    /// Its certificates in order.
    pub(crate) fn certs(&self) -> impl Iterator<Item = (CertId, &Arc<Certificate>)> {
        self.items.iter().filter_map(|i| match &i.what {
            What::Cert(id, c) => Some((*id, c)),
            _ => None,
        })
    }
    /// The public keys of its private keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.items.iter().filter_map(|i| match &i.what {
            What::Key(_, public) => public.as_ref(),
            _ => None,
        })
    }
    /// Does it hold a private key, open or closed?
    pub(crate) fn has_key(&self) -> bool {
        self.items.iter().any(|i| matches!(i.what, What::Key(..) | What::Locked(..)))
    }
    /// Does it hold a key that stayed closed?
    pub(crate) fn locked(&self) -> bool {
        self.items.iter().any(|i| matches!(i.what, What::Locked(..)))
    }
    /// Is anything in it that belongs to TLS?
    pub(crate) fn recognised(&self) -> bool {
        self.form != "unknown" && !self.items.is_empty()
    }

    /// A key whose public half is written in another way in its certificate is known by the certificate's way.
    pub(crate) fn meet(&mut self, certificates: &[Arc<Certificate>]) {
        for item in &mut self.items {
            if let What::Key(key, Some(public)) = &mut item.what
                && let Some(c) = certificates.iter().find(|c| public.same_key(&c.public_key))
            {
                key.spki = Some(Fingerprint::of(&c.public_key.spki));
            }
        }
    }

    /// The rows of what is in it.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Filed, Option<u32>)> + '_ {
        (0u32..).zip(&self.items).map(|(order, i)| {
            let what = match &i.what {
                What::Cert(id, _) => Thing::Cert(*id),
                What::BadCert(why) => Thing::BadCert(why.clone()),
                What::Key(key, _) => Thing::Key(key.clone()),
                What::Locked(why, detail) => {
                    Thing::Refused { of: "private key".to_owned(), why: *why, detail: detail.clone() }
                }
                What::Other(thing) => thing.clone(),
            };
            let (place, label) = (i.place.to_string(), i.label.clone());
            let line = i.place.line.and_then(|l| u32::try_from(l).ok());
            (Filed { path: Arc::clone(&self.path), place, order, label, what }, line)
        })
    }
}

/// Sorts what came out of a file into things, lost things and oddities. `intern` keeps a certificate in the case.
pub(crate) fn held(c: Contents, path: Arc<str>, name: String, intern: &mut dyn FnMut(&[u8]) -> CertId) -> Held {
    let mut h = Held {
        path,
        name,
        pool: 0,
        given: true,
        form: word(&c.form),
        protections: vec![],
        oddities: vec![],
        items: vec![],
        lost: None,
    };
    form(&c.form, &mut h);
    let sides = Sides { form: &c.form, labels: &c.labels };
    for part in c.parts {
        h.items.push(item(part, &mut h.oddities, intern));
    }
    for fault in &c.faults {
        sides.fault(fault, &mut h);
    }
    // parts and faults come apart; in a text they stand in lines
    h.items
        .sort_by_key(|i| (i.place.line, i.place.offset.filter(|_| i.place.line.is_none() && i.place.path.is_empty())));
    h
}

fn item(part: Part, oddities: &mut Vec<String>, intern: &mut dyn FnMut(&[u8]) -> CertId) -> Item {
    for odd in part.oddities.iter().map(ToString::to_string) {
        if !oddities.contains(&odd) {
            oddities.push(odd);
        }
    }
    let what = match part.what {
        PartItem::Certificate(c) => What::Cert(intern(&c.der), c),
        PartItem::PrivateKey(k) => {
            let (provider, machine) = (part.provider, part.machine_key);
            if machine && provider.is_none() {
                oddities.push("a key marked as the machine's".to_owned());
            }
            What::Key(key(&k, part.protection, provider), k.public().cloned())
        }
        PartItem::PublicKey(k) => What::Other(Thing::PublicKey { spki: Fingerprint::of(&k.spki) }),
        PartItem::Request(r) => What::Other(request(&r)),
        PartItem::Crl(_) => What::Other(Thing::Crl),
        PartItem::Other { what } => What::Other(Thing::Other(what)),
    };
    Item { place: part.place, label: part.name, local_key_id: part.local_key_id, trusted: part.trusted, what }
}

fn key(k: &PrivateKey, protection: Option<String>, provider: Option<String>) -> Key {
    let encrypted = match &k.form {
        KeyForm::Pkcs8Encrypted(scheme) => Some(scheme.to_string()),
        KeyForm::Traditional { cipher, .. } => Some(cipher.clone()),
        _ => protection,
    };
    Key {
        kind: k.kind.to_string(),
        form: match &k.form {
            KeyForm::Pkcs8Encrypted(_) => "PKCS#8, encrypted".to_owned(),
            KeyForm::Traditional { inner, .. } => format!("{inner}, encrypted"),
            other => other.to_string(),
        },
        spki: k.public().map(|p| Fingerprint::of(&p.spki)),
        encrypted,
        provider,
        faults: k.faults.iter().map(ToString::to_string).collect(),
    }
}

fn request(r: &Request) -> Thing {
    Thing::Request { spki: Fingerprint::of(&r.public_key.spki), subject: r.subject.to_string() }
}

/// The stable word for a form.
fn word(form: &Form) -> &'static str {
    use tlsdiag_pki::container::jks::Format;
    match form {
        Form::Pem => "pem",
        Form::Der => "der",
        Form::Pkcs7 => "pkcs7",
        Form::Pkcs12(_) => "pkcs12",
        Form::Java(Format::Jks, _) => "jks",
        Form::Java(Format::Jceks, _) => "jceks",
        Form::SerializedStore => "sst",
        Form::Base64(inner) => match word(inner) {
            "unknown" => "unknown",
            "pkcs12" => "pkcs12",
            _ => "base64",
        },
        Form::Unknown => "unknown",
    }
}

fn form(form: &Form, h: &mut Held) {
    match form {
        Form::Pem | Form::Der | Form::Pkcs7 | Form::SerializedStore | Form::Unknown => {}
        Form::Pkcs12(facts) => pkcs12(facts, h),
        Form::Java(_, intact) => {
            if *intact == Some(false) {
                h.oddities.push("the digest of the key store does not hold with the password".to_owned());
            }
        }
        Form::Base64(inner) => {
            h.oddities.push("base64 without BEGIN and END lines".to_owned());
            self::form(inner, h);
        }
    }
}

fn pkcs12(facts: &Facts, h: &mut Held) {
    let mut push = |of: &str, by: &Shroud| {
        let windows_2016 = match by {
            Shroud::Open => true,
            Shroud::Password(s) => s.windows_import() == WindowsImport::Any,
            Shroud::UnknownPassword(_) | Shroud::PublicKey | Shroud::Other(_) => false,
        };
        let p = Protection { of: of.to_owned(), scheme: by.to_string(), windows_2016 };
        if *by != Shroud::Open && !h.protections.contains(&p) {
            h.protections.push(p);
        }
    };
    facts.keys.iter().for_each(|by| push("keys", by));
    facts.contents.iter().for_each(|by| push("certificates", by));
    if let Some(mac) = facts.mac.mac() {
        let scheme = match mac {
            Mac::Pkcs12 { digest, iterations, .. } => format!("HMAC {digest}, {iterations} iterations"),
            Mac::Pbmac1 { prf, digest, iterations, .. } => {
                format!("PBMAC1: PBKDF2 {prf}, {iterations} iterations, HMAC {digest}")
            }
            Mac::Unknown(name) => name.clone(),
        };
        h.protections.push(Protection { of: "integrity".to_owned(), scheme, windows_2016: mac.is_sha1() });
    }
    if let Some(coding) = facts.odd_coding {
        h.oddities.push(format!("the password is coded as {coding}"));
    }
    if !facts.der {
        h.oddities.push("BER instead of DER".to_owned());
    }
}

/// What tells what a fault is about.
struct Sides<'a> {
    form: &'a Form,
    labels: &'a [(usize, String)],
}

impl Sides<'_> {
    fn fault(&self, f: &Fault, h: &mut Held) {
        let detail = f.why.to_string();
        let refused = |why: Refusal| {
            let of = self.of(f).to_owned();
            match of.as_str() {
                "private key" => What::Locked(why, detail.clone()),
                "certificate" if why == Refusal::Damaged => What::BadCert(detail.clone()),
                _ => What::Other(Thing::Refused { of, why, detail: detail.clone() }),
            }
        };
        let what = match &f.why {
            FaultKind::Locked(e) => refused(secret(e)),
            FaultKind::OtherPassword => refused(Refusal::WrongPassword),
            FaultKind::Damaged(_) | FaultKind::Pem(_) | FaultKind::Unsound(_) => refused(Refusal::Damaged),
            FaultKind::Unrecognised { .. } => refused(Refusal::Unknown),
            FaultKind::TooMuch { .. } => refused(Refusal::TooCostly),
            FaultKind::Integrity => What::Other(Thing::Refused {
                of: "integrity check".to_owned(),
                why: Refusal::Damaged,
                detail: detail.clone(),
            }),
            FaultKind::NotRead { name } => What::Other(Thing::Other(name.clone())),
            FaultKind::Empty => What::Other(Thing::Other("an empty container".to_owned())),
            FaultKind::Unchecked(_) | FaultKind::Mislabelled { .. } | FaultKind::Trailing(_) => {
                h.oddities.push(at(&f.place, detail));
                return;
            }
        };
        if f.why.loses() {
            h.lost.get_or_insert_with(|| at(&f.place, detail.clone()));
        }
        let label = f.place.path.iter().find_map(|s| match s {
            Step::Entry(alias) => Some(alias.clone()),
            _ => None,
        });
        h.items.push(Item { place: f.place.clone(), label, local_key_id: None, trusted: false, what });
    }

    /// What the fault is about, in the words of [`Thing::Refused`].
    fn of(&self, f: &Fault) -> &'static str {
        let line = f.place.line.or(match &f.why {
            FaultKind::Pem(e) => Some(e.line),
            _ => None,
        });
        if let (Form::Pem, Some(line)) = (self.form, line) {
            // the block in which the line stands
            let label = self.labels.iter().rev().find(|(l, _)| *l <= line).map_or("", |(_, l)| l.as_str());
            return labelled(label);
        }
        let in_bag = f.place.path.iter().any(|s| matches!(s, Step::Bag(_)));
        let in_entry = matches!(f.place.path.last(), Some(Step::Entry(_)));
        match (self.form, f.place.path.last()) {
            (_, Some(Step::Certificate(_))) => "certificate",
            (_, Some(Step::Crl(_))) => "revocation list",
            (Form::Pkcs12(_), _) if in_bag && matches!(f.why, FaultKind::Locked(_) | FaultKind::OtherPassword) => {
                "private key"
            }
            (Form::Pkcs12(_), _) if in_bag => "bag",
            (Form::Pkcs12(_), _) => "PKCS#12",
            (Form::Java(..), _) if in_entry => "private key",
            (Form::Java(..), _) => "Java key store",
            (Form::Pkcs7, _) => "PKCS#7",
            (Form::SerializedStore, _) => "serialized store",
            (Form::Der, _) => match &f.why {
                FaultKind::Locked(_) => "private key",
                FaultKind::Damaged(e) if e.expected.contains("ertificate") || e.expected.contains("X.509") => {
                    "certificate"
                }
                _ => "file",
            },
            _ => "file",
        }
    }
}

fn labelled(label: &str) -> &'static str {
    match label {
        l if l.contains("PRIVATE KEY") => "private key",
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => "certificate",
        l if l.contains("REQUEST") => "certificate request",
        l if l.contains("PUBLIC KEY") => "public key",
        l if l.contains("CRL") => "revocation list",
        l if l.starts_with("PKCS7") || l.starts_with("CMS") || l.starts_with("PKCS #7") => "PKCS#7",
        l if l.starts_with("PKCS12") => "PKCS#12",
        _ => "PEM block",
    }
}

fn secret(e: &SecretError) -> Refusal {
    match e {
        SecretError::NoPassword => Refusal::NoPassword,
        SecretError::WrongPassword => Refusal::WrongPassword,
        SecretError::Unsupported { .. } => Refusal::Unsupported,
        SecretError::TooManyIterations { .. } | SecretError::TooMuchMemory { .. } | SecretError::TooMuchWork { .. } => {
            Refusal::TooCostly
        }
        SecretError::Malformed(_) | SecretError::Damaged(_) => Refusal::Damaged,
    }
}

fn at(place: &Place, detail: String) -> String {
    let place = place.to_string();
    if place.is_empty() { detail } else { format!("{place}: {detail}") }
}
