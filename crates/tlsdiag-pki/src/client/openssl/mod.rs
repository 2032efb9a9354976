//! OpenSSL's verifier, from 1.0.2 to 3.5: one candidate per step, faults reported in a fixed order, and programs that
//! stop at the first fault or (Node) go on and show the last.

mod build;
mod check;
mod crl;
mod words;

use super::algorithms::{CurveName, Key};
use super::cert::Cert;
use super::naming;
use super::prediction::ErrorKind;
use super::question::Settings;
use super::shared::{Outcome, Refusal, Shared, Signed};
use crate::extensions::KeyUsage;
use crate::lint::Lint;
use crate::oid;
use std::rc::Rc;

/// What differs between versions and programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenSsl {
    /// Certificates sent are followed to their end before the trust list is asked (1.0.2; X509_V_FLAG_TRUSTED_FIRST
    /// is the default since 1.1.0). That version also ignores dates when it chooses, takes an issuer only if its key
    /// usage allows it, and judges nothing of what comes from the trust list but dates.
    pub(crate) untrusted_first: bool,
    /// Security level, from which the least strength follows (1.1.0 and later).
    pub(crate) level: u8,
    /// Strength of RSA keys and of hashes as 3.0 reckons them (SHA-1 63 bits, MD5 39), not as 1.1.1 (80 and 64).
    pub(crate) graded: bool,
    /// Explicit curve parameters are refused (3.0).
    pub(crate) refuses_explicit: bool,
    /// keyUsage without bits makes a certificate invalid, so that no issuer is found for it (3.0).
    pub(crate) empty_usage_invalid: bool,
    /// Extensions that occur twice make a certificate invalid (1.1.0), and integers must be minimal.
    pub(crate) careful: bool,
    /// UTCTime without seconds is refused when the certificate is read (3.5), not when it is verified.
    pub(crate) short_time_unread: bool,
    /// X509_V_FLAG_X509_STRICT
    pub(crate) strict: bool,
    /// X509_V_FLAG_PARTIAL_CHAIN
    pub(crate) partial: bool,
    /// The program's callback lets verification go on after a fault.
    pub(crate) goes_on: bool,
    /// Curves of leaf keys that the program's handshake offers.
    pub(crate) curves: &'static [CurveName],
    /// Ed25519 and Ed448 (1.1.1), RSASSA-PSS keys.
    pub(crate) edwards: bool,
    /// ML-DSA (3.5).
    pub(crate) ml_dsa: bool,
    /// The build crashes on a secp256k1 or brainpool issuer (Node 24.9.0, seen in every run).
    pub(crate) crashes_on_odd_curves: bool,
    /// Who matches names, and how faults are worded.
    pub(crate) program: Program,
}

/// The program around the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Python's ssl, the library's own name check without partial wildcards.
    Python,
    /// Node 8.
    Node8,
    /// Node 16.9.
    Node16,
    /// Node 20.
    Node20,
    /// Node 24.
    Node24,
    /// curl.
    Curl,
    /// urllib3 2.
    Urllib3,
    /// The library alone: the bare error text.
    Plain,
}

/// A run of the verifier.
pub(super) struct Run<'r, 'q> {
    rules: OpenSsl,
    settings: &'r Settings,
    shared: &'r Shared<'q>,
    chain: Vec<Rc<Cert>>,
    /// How many of the chain come from what was sent.
    untrusted: usize,
    /// Faults in the order in which they were reported: number, position in the chain.
    faults: Vec<(u16, usize)>,
}

/// Verification ends here.
pub(super) struct Stop;

impl OpenSsl {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        let mut rules = *self;
        rules.strict = settings.strict.unwrap_or(rules.strict);
        rules.partial = settings.partial_chain.unwrap_or(rules.partial);
        if settings.without_tls && rules.program == Program::Python {
            rules.program = Program::Plain;
        }
        rules.run(shared, settings).into()
    }

    fn run(&self, shared: &Shared<'_>, settings: &Settings) -> Result<(), Refusal> {
        if !settings.without_tls
            && let Ok(leaf) = shared.leaf()
        {
            self.offer(leaf)?;
        }
        for (i, entry) in shared.entries.iter().enumerate() {
            match entry {
                Err(_) => return Err(words::unread(self.program, i, words::Unread::Tag)),
                Ok(c) => self.reads(c, i)?,
            }
        }
        let leaf = shared.leaf().map_err(|_| words::unread(self.program, 0, words::Unread::Tag))?;
        let mut run =
            Run { rules: *self, settings, shared, chain: vec![leaf.clone()], untrusted: 1, faults: Vec::new() };
        // An early end is told by the fault that made it.
        let _ = run.verify();
        if self.crashes_on_odd_curves && run.chain.iter().skip(1).any(|c| odd_curve(c)) {
            let because = "the build crashes on an issuer with a secp256k1 or brainpool key";
            return Err(Refusal::new(ErrorKind::General, None, "CRASH segfault", because));
        }
        let told = if self.goes_on { run.faults.last() } else { run.faults.first() };
        if self.goes_on && !settings.without_tls {
            // The handshake itself goes on too, and its own faults come before the verdict is looked at.
            self.key_exchange(leaf)?;
        }
        if let Some((code, depth)) = told.copied() {
            let at = run.chain.get(depth).and_then(|c| c.position);
            return Err(words::fault(self, &run, code, at));
        }
        self.key_exchange_if(settings, leaf)?;
        self.names(shared, leaf)
    }

    fn key_exchange_if(&self, settings: &Settings, leaf: &Cert) -> Result<(), Refusal> {
        if settings.without_tls { Ok(()) } else { self.key_exchange(leaf) }
    }

    /// Whether the handshake gets as far as a certificate of this key type.
    fn offer(&self, leaf: &Cert) -> Result<(), Refusal> {
        let fine = match leaf.key {
            Key::Rsa { pss, .. } => !pss || self.edwards,
            Key::Ec { curve: CurveName::Explicit, .. } => true,
            Key::Ec { curve, compressed } => self.curves.contains(&curve) && (!compressed || self.edwards),
            Key::Ed25519 | Key::Ed448 => self.edwards,
            Key::MlDsa => self.ml_dsa,
            Key::Dsa { .. } => self.level == 0 || self.untrusted_first,
            Key::Other => false,
        };
        if fine { Ok(()) } else { Err(words::handshake(self.program, leaf)) }
    }

    /// What reading the certificate refuses.
    fn reads(&self, c: &Cert, i: usize) -> Result<(), Refusal> {
        let unread = |why| Err(words::unread(self.program, i, why));
        if c.trailing() {
            return unread(words::Unread::Length);
        }
        if self.careful && c.serial().is_empty() {
            return unread(words::Unread::EmptyInteger);
        }
        if self.careful && c.serial_not_minimal() {
            return unread(words::Unread::Padding);
        }
        if self.short_time_unread && c.times.iter().any(|t| t.no_seconds && !t.generalized) {
            return unread(words::Unread::ShortTime);
        }
        Ok(())
    }

    /// After verification: what the key exchange makes of the leaf, and a key that did not sign.
    fn key_exchange(&self, leaf: &Cert) -> Result<(), Refusal> {
        if self.untrusted_first && matches!(leaf.key, Key::Ec { .. }) && !leaf.may(KeyUsage::DIGITAL_SIGNATURE) {
            let because = "the key exchange signs, and the leaf's key usage lacks digitalSignature";
            return Err(Refusal::new(ErrorKind::KeyUsage, Some(0), "ecc cert not for signing", because));
        }
        Ok(())
    }

    /// Names, where the program checks them after the library.
    fn names(&self, shared: &Shared<'_>, leaf: &Cert) -> Result<(), Refusal> {
        let Some(host) = shared.q.host else { return Ok(()) };
        match self.program {
            Program::Python | Program::Plain => Ok(()),
            Program::Node8 | Program::Node16 | Program::Node20 | Program::Node24 => {
                words::node_names(self.program, shared, leaf, host)
            }
            Program::Curl => words::curl_names(shared, leaf, host),
            Program::Urllib3 => words::urllib3_names(shared, leaf, host),
        }
    }

    /// Flaws that make OpenSSL mark a certificate as invalid: it then finds no issuer for it and takes it for none.
    pub(super) fn invalid(&self, c: &Cert) -> bool {
        const KNOWN: &[&[u8]] = &[
            oid::BASIC_CONSTRAINTS,
            oid::KEY_USAGE,
            oid::EXTENDED_KEY_USAGE,
            oid::SUBJECT_KEY_IDENTIFIER,
            oid::AUTHORITY_KEY_IDENTIFIER,
            oid::SUBJECT_ALT_NAME,
            oid::NAME_CONSTRAINTS,
            oid::CRL_DISTRIBUTION_POINTS,
        ];
        let known = |o: &crate::oid::Oid| KNOWN.contains(&o.as_bytes());
        if c.damaged().is_some_and(known) && self.careful {
            return true;
        }
        if self.careful && c.duplicate().is_some_and(known) {
            return true;
        }
        self.empty_usage_invalid && c.usage().is_some_and(|u| u.0 == 0)
    }

    /// Issuer and subject are the same name and the key identifiers do not speak against it: OpenSSL's self-signed.
    pub(super) fn self_signed(&self, c: &Cert) -> bool {
        c.self_issued()
            && build::key_ids_fit(c, c)
            && if self.untrusted_first { c.may(KeyUsage::KEY_CERT_SIGN) } else { c.sig.fits(self.known(c.key)) }
    }

    /// A key of a kind this version does not know counts as none.
    pub(super) fn known(&self, key: Key) -> Key {
        match key {
            Key::Ed25519 | Key::Ed448 if !self.edwards => Key::Other,
            Key::Rsa { pss: true, .. } if !self.edwards => Key::Other,
            Key::MlDsa if !self.ml_dsa => Key::Other,
            k => k,
        }
    }
}

impl Run<'_, '_> {
    fn verify(&mut self) -> Result<(), Stop> {
        if !self.rules.untrusted_first && !self.strong_enough(0) {
            self.fault(66, 0)?;
        }
        if self.rules.untrusted_first {
            self.build_untrusted_first()?
        } else {
            self.build_trusted_first()?
        }
        self.extensions()?;
        if self.rules.untrusted_first {
            self.name_constraints()?;
            self.identity()?;
            return self.signatures_and_dates();
        }
        self.levels()?;
        self.identity()?;
        self.revocation()?;
        self.signatures_and_dates()?;
        self.name_constraints()
    }

    /// Reports a fault; the program decides whether verification goes on.
    fn fault(&mut self, code: u16, depth: usize) -> Result<(), Stop> {
        self.faults.push((code, depth));
        if self.rules.goes_on { Ok(()) } else { Err(Stop) }
    }

    fn fault_if(&mut self, wrong: bool, code: u16, depth: usize) -> Result<(), Stop> {
        if wrong { self.fault(code, depth) } else { Ok(()) }
    }

    /// The library's own name check, where the program asks for it.
    fn identity(&mut self) -> Result<(), Stop> {
        let Some(host) = self.shared.q.host else { return Ok(()) };
        if !matches!(self.rules.program, Program::Python | Program::Plain) {
            return Ok(());
        }
        let Some(leaf) = self.chain.first().cloned() else { return Ok(()) };
        match self.shared.address() {
            Some(ip) => self.fault_if(!naming::addresses(&leaf).contains(&ip), 64, 0),
            None => self.fault_if(!naming::openssl_host(&leaf, host, false), 62, 0),
        }
    }

    fn signed(&self, child: &Cert, issuer: &Cert) -> bool {
        if !child.algorithms_agree {
            return false;
        }
        let explicit = matches!(issuer.key, Key::Ec { curve: CurveName::Explicit, .. });
        match self.shared.signed(child, &issuer.c.public_key) {
            Signed::Right => true,
            Signed::Wrong => false,
            Signed::Uncheckable => explicit && child.sig.fits(issuer.key),
        }
    }
}

fn odd_curve(c: &Cert) -> bool {
    matches!(c.key, Key::Ec { curve: CurveName::K256 | CurveName::Brainpool, .. })
}

/// Times that X509_cmp_time cannot compare.
pub(super) fn time_unreadable(c: &Cert, which: usize) -> bool {
    c.times.get(which).is_some_and(|t| !t.standard)
        || c.lint(|l| matches!(l, Lint::DamagedTime(_))) && c.times.get(which).is_some_and(|t| t.damaged)
}
