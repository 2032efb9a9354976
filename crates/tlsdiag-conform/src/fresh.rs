//! A suite made anew: every case with other names, serial numbers and keys, and otherwise octet for octet the same. A
//! verdict that changes was given for a reason that is not in the case.
//!
//! What verified with a key of the case is signed anew by that key's successor with the same algorithm; what verified
//! with none gets other octets of the same shape. Names are changed letter by letter, so that lengths, string types,
//! case, equality, suffixes and wildcards stay what they were; public suffixes and A-labels are left alone.

mod keys;
mod rewrite;
mod suites;
mod words;

use keys::{KeyPool, KeySpec, Pair};
use rewrite::{Frame, Renaming};
use std::collections::HashMap;
use tlsdiag_pki::key::{KeyKind, PublicKey};
use tlsdiag_pki::{SignatureAlgorithm, oid};

pub(crate) use suites::write;

/// The octets of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Case {
    /// Certificates of every role; the same one may occur twice.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Revocation lists.
    pub(crate) crls: Vec<Vec<u8>>,
    /// DNS names, addresses or mail addresses that are asked for.
    pub(crate) hosts: Vec<String>,
    /// Of a case made anew: names that stood in it, and what stands there now; longest first.
    pub(crate) renamed: Vec<(String, String)>,
}

/// Makes cases anew: names and numbers by the seed, keys by chance.
pub(crate) struct Renewer {
    seed: u64,
    pool: KeyPool,
    /// Cases that could not be made anew, and why.
    pub(crate) left: Vec<String>,
}

impl Renewer {
    pub(crate) fn new(seed: u64) -> anyhow::Result<Renewer> {
        Ok(Renewer { seed, pool: KeyPool::new()?, left: Vec::new() })
    }

    /// The case made anew, everything in the same order. What cannot be made anew is left as it is and noted.
    pub(crate) fn renew(&mut self, id: &str, case: &Case) -> anyhow::Result<Case> {
        match self.attempt(id, case)? {
            Ok(renewed) => Ok(renewed),
            Err(why) => {
                self.left.push(format!("{id}: {why}"));
                Ok(case.clone())
            }
        }
    }

    fn attempt(&mut self, id: &str, case: &Case) -> anyhow::Result<Result<Case, String>> {
        let certificates: Vec<Option<Frame<'_>>> = case.certificates.iter().map(|c| Frame::of_certificate(c)).collect();
        let crls: Vec<Option<Frame<'_>>> = case.crls.iter().map(|c| Frame::of_crl(c)).collect();
        let all = || certificates.iter().chain(&crls).flatten();

        // distinct keys, in the order in which they stand
        let mut keys: Vec<&[u8]> = Vec::new();
        for spki in certificates.iter().flatten().filter_map(|f| f.spki) {
            if !keys.contains(&spki) {
                keys.push(spki);
            }
        }
        let inherited = keys.iter().find_map(|k| keys::dsa_parameters(k)).map(<[u8]>::to_vec);
        let mut signers: HashMap<&[u8], usize> = HashMap::new();
        for frame in all() {
            match self.signer(frame, &certificates, &keys, inherited.as_deref())? {
                Signer::Key(signer) => drop(signers.insert(frame.whole, signer)),
                Signer::None => {}
                Signer::Unclear(spki) => {
                    return Ok(Err(format!("no tool here checks a signature of its {}", kind(spki))));
                }
            }
        }
        // the n-th key of a kind in a case is the n-th of the pool
        let mut used: HashMap<KeySpec, usize> = HashMap::new();
        let mut pairs: Vec<Option<Pair>> = Vec::new();
        for (i, spki) in keys.iter().enumerate() {
            let spec = KeySpec::of(spki, inherited.as_deref());
            let n = spec.as_ref().map_or(0, |s| {
                let n = used.entry(s.clone()).or_default();
                *n += 1;
                *n - 1
            });
            let pair = spec.map(|s| self.pool.pair(&s, n)).transpose();
            match pair {
                Ok(Some(p)) => pairs.push(Some(p)),
                Ok(None) | Err(_) if !signers.values().any(|s| *s == i) => pairs.push(None),
                Ok(None) => return Ok(Err(format!("no tool here makes a key like its {}", kind(spki)))),
                Err(why) => return Ok(Err(format!("{}: {why:#}", kind(spki)))),
            }
        }
        let mut renaming = Renaming::new(self.seed, id);
        for (spki, pair) in keys.iter().zip(&pairs) {
            if let Some(pair) = pair {
                renaming.replace_key(spki, &pair.bits_like(spki));
            }
        }
        certificates.iter().flatten().for_each(|f| renaming.look_at(f.tbs));
        case.hosts.iter().for_each(|h| renaming.look_at_host(h));

        // a certificate that stands twice stays one
        let mut done: HashMap<&[u8], Vec<u8>> = HashMap::new();
        for frame in all().filter(|f| !f.whole.is_empty()) {
            if done.contains_key(frame.whole) {
                continue;
            }
            let tbs = frame.renamed(&renaming);
            let pair = signers.get(frame.whole).and_then(|s| pairs.get(*s)?.as_ref());
            let signature = match (pair, &frame.algorithm) {
                (Some(pair), Some(algorithm)) => self.pool.sign(pair, algorithm, &tbs)?,
                _ => renaming.scrambled(frame.signature),
            };
            done.insert(frame.whole, frame.assembled(&tbs, &signature));
        }
        let made = |old: &[Vec<u8>]| old.iter().map(|o| done.get(o.as_slice()).unwrap_or(o).clone()).collect();
        let renewed = Case {
            certificates: made(&case.certificates),
            crls: made(&case.crls),
            hosts: case.hosts.iter().map(|h| renaming.host(h)).collect(),
            renamed: renaming.met(),
        };
        Ok(Ok(renewed))
    }

    /// Which key the signature verifies with: keys of the issuer's name first.
    fn signer<'a>(
        &self,
        frame: &Frame<'_>,
        certificates: &[Option<Frame<'_>>],
        keys: &[&'a [u8]],
        inherited: Option<&[u8]>,
    ) -> anyhow::Result<Signer<'a>> {
        let Some(algorithm) = &frame.algorithm else { return Ok(Signer::None) };
        let named = certificates.iter().flatten().filter(|c| c.subject == Some(frame.issuer)).filter_map(|c| c.spki);
        let mut order: Vec<usize> = named.filter_map(|k| keys.iter().position(|x| *x == k)).collect();
        let named = order.len();
        order.extend(0..keys.len());
        let mut tried = Vec::new();
        let mut unclear = None;
        for (n, i) in order.into_iter().enumerate() {
            let Some(spki) = keys.get(i).filter(|_| !tried.contains(&i)) else { continue };
            tried.push(i);
            let whole = keys::with_parameters(spki, inherited);
            match self.pool.verifies(algorithm, &whole, frame.tbs, frame.signature)? {
                Some(true) => return Ok(Signer::Key(i)),
                None if n < named && matters(algorithm, spki) => unclear = Some(*spki),
                _ => {}
            }
        }
        Ok(unclear.map_or(Signer::None, Signer::Unclear))
    }
}

/// Whether it matters that nobody here can check: an algorithm that is none, or a damaged RSA key, helps no client.
fn matters(algorithm: &SignatureAlgorithm, spki: &[u8]) -> bool {
    let Ok(key) = PublicKey::from_der(spki) else { return false };
    match &key.kind {
        KeyKind::Unknown(id) => *id != *oid::RSA && *id != *oid::RSA_PSS,
        KeyKind::Rsa { .. } | KeyKind::Ec(_) | KeyKind::Ed25519 | KeyKind::Ed448 => {
            !matches!(algorithm, SignatureAlgorithm::Unknown(_))
        }
        _ => true,
    }
}

/// Whose key a signature verifies with.
enum Signer<'a> {
    Key(usize),
    None,
    /// The issuer's name has this key, of which nobody here can tell.
    Unclear(&'a [u8]),
}

fn kind(spki: &[u8]) -> String {
    PublicKey::from_der(spki).map_or_else(|_| "damaged key".to_owned(), |k| format!("{} key", k.kind))
}

#[cfg(test)]
mod tests;
