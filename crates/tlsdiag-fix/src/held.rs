//! What was handed over: certificates, private keys, and what stayed closed, each with where it lies.
use std::sync::Arc;
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_pki::{
    Certificate,
    file::{self, FaultKind, Form, Item},
    private::PrivateKey,
    secret::{Limits, NoPasswords, Passwords, SecretError},
};

/// How something came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// Its file was named.
    Given,
    /// Its file lies beside one that was named.
    Beside,
    /// From this machine's certificate stores.
    Store,
    /// From an address that a certificate names for its issuer (RFC 5280 4.2.2.1).
    Fetched,
}

/// A certificate at hand.
#[derive(Clone, Debug)]
pub struct HeldCertificate {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Its file as named.
    pub path: Arc<str>,
    /// Where in it.
    pub place: String,
    /// How it came here.
    pub whence: Whence,
}

/// A private key at hand, open.
#[derive(Clone, Debug)]
pub struct HeldKey {
    /// The key; it prints as its kind only.
    pub key: PrivateKey,
    /// Its file as named.
    pub path: Arc<str>,
    /// Where in it.
    pub place: String,
    /// Friendly name or alias.
    pub label: Option<String>,
}

impl HeldKey {
    /// File and place.
    pub fn at(&self) -> String {
        at(&self.path, &self.place)
    }
}

/// Something that could not be had.
#[derive(Clone, Debug)]
pub struct Closed {
    /// Its file as named.
    pub path: Arc<str>,
    /// Where in it.
    pub place: String,
    /// Why.
    pub why: FaultKind,
}

impl Closed {
    /// Whether a password would open it.
    pub fn wants_password(&self) -> bool {
        matches!(self.why, FaultKind::Locked(SecretError::NoPassword | SecretError::WrongPassword))
    }

    /// The sentence.
    pub fn say(&self) -> Say {
        let at = Arg::quote(at(&self.path, &self.place));
        match &self.why {
            FaultKind::Locked(SecretError::NoPassword) => say!(
                "{at} is locked and no password was given (--password-file)",
                "{at:은} 암호로 잠겨 있는데 암호가 주어지지 않았습니다(--password-file)",
                at = at
            ),
            FaultKind::Locked(SecretError::WrongPassword) => say!(
                "{at} is locked and the password does not open it",
                "{at:은} 암호로 잠겨 있고 주어진 암호로 열리지 않습니다",
                at = at
            ),
            why => say!("{at}: {why}", "{at}: {why}", at = at, why = Arg::quote(why)),
        }
    }
}

/// Everything at hand.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Certificates, those of named files first, in their order; each once.
    pub certificates: Vec<HeldCertificate>,
    /// Keys of named files.
    pub keys: Vec<HeldKey>,
    /// What stayed closed, in named files.
    pub closed: Vec<Closed>,
    /// Keys of files beside those that were named: they are not used, only pointed at.
    pub keys_beside: Vec<HeldKey>,
    /// Certificates that occur twice in one file: file and name.
    pub doubles: Vec<(Arc<str>, String)>,
    /// Named files that are containers with a password of their own (PKCS#12, Java).
    pub containers: Vec<Arc<str>>,
}

impl Held {
    /// Reads a file that was named.
    pub fn add(&mut self, path: &str, octets: &[u8], passwords: &mut dyn Passwords, limits: &Limits) {
        let path: Arc<str> = path.into();
        let contents = file::read(octets, passwords, limits);
        if matches!(contents.form, Form::Pkcs12(_) | Form::Java(..)) {
            self.containers.push(Arc::clone(&path));
        }
        for part in contents.parts {
            let place = part.place.to_string();
            match part.what {
                Item::Certificate(certificate) => {
                    self.certificate(HeldCertificate {
                        certificate,
                        path: Arc::clone(&path),
                        place,
                        whence: Whence::Given,
                    });
                }
                Item::PrivateKey(key) => {
                    self.keys.push(HeldKey { key: *key, path: Arc::clone(&path), place, label: part.name });
                }
                _ => {}
            }
        }
        for fault in contents.faults.into_iter().filter(|f| f.why.loses()) {
            self.closed.push(Closed { path: Arc::clone(&path), place: fault.place.to_string(), why: fault.why });
        }
    }

    /// Reads a file that lies beside; what is wrong with it is nobody's concern.
    pub fn add_beside(&mut self, path: &str, octets: &[u8], limits: &Limits) {
        let path: Arc<str> = path.into();
        for part in file::read(octets, &mut NoPasswords, limits).parts {
            let place = part.place.to_string();
            match part.what {
                Item::Certificate(certificate) => {
                    let whence = Whence::Beside;
                    if !self.certificates.iter().any(|c| c.certificate.id == certificate.id) {
                        self.certificates.push(HeldCertificate { certificate, path: Arc::clone(&path), place, whence });
                    }
                }
                Item::PrivateKey(key) => {
                    self.keys_beside.push(HeldKey { key: *key, path: Arc::clone(&path), place, label: part.name });
                }
                _ => {}
            }
        }
    }

    /// Certificates of named files.
    pub fn given(&self) -> impl Iterator<Item = &HeldCertificate> {
        self.certificates.iter().filter(|c| c.whence == Whence::Given)
    }

    fn certificate(&mut self, new: HeldCertificate) {
        match self.certificates.iter().find(|c| c.certificate.id == new.certificate.id) {
            // the same certificate in two files is how certbot and others lay them out
            Some(known) if known.path == new.path => self.doubles.push((new.path, called(&new.certificate))),
            Some(_) => {}
            None => self.certificates.push(new),
        }
    }
}

fn at(path: &str, place: &str) -> String {
    match place {
        "" | "offset 0" | "line 1" => path.to_owned(),
        place => format!("{path} ({place})"),
    }
}

/// How people call a certificate: its common name, else its first name, else its subject.
pub fn called(c: &Certificate) -> String {
    let own = c.subject.common_names().last().or_else(|| c.dns_names().next()).map(str::to_owned);
    own.filter(|n| !n.is_empty()).unwrap_or_else(|| match c.subject.is_empty() {
        false => c.subject.to_string(),
        true => format!("serial number {}", c.serial_hex()),
    })
}
