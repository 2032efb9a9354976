//! Key pairs of any kind and size, made and used by OpenSSL's program. They are kept between runs in a folder of the
//! system's temporary directory, since large RSA keys take long; they protect nothing.
use anyhow::{Context as _, bail};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tlsdiag_pki::der::{Reader, Tag};
use tlsdiag_pki::key::{Curve, KeyKind, PublicKey};
use tlsdiag_pki::{Hash, RustVerifier, SignatureAlgorithm, Verifier as _, VerifyError, make, oid, writer};

/// Kind and size of a key pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum KeySpec {
    /// Bits of the modulus, public exponent in decimal.
    Rsa(usize, String),
    /// OpenSSL's name of the curve.
    Ec(&'static str),
    Ed25519,
    Ed448,
    /// DER of Dss-Parms.
    Dsa(Vec<u8>),
}

/// A key pair.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pem: PathBuf,
    bits: Vec<u8>,
}

pub(super) struct KeyPool {
    store: PathBuf,
    scratch: tempfile::TempDir,
    pairs: HashMap<(KeySpec, usize), Pair>,
}

const CURVES: [(&[u8], &str, usize); 9] = [
    (oid::P192, "prime192v1", 24),
    (oid::P224, "secp224r1", 28),
    (oid::P256, "prime256v1", 32),
    (oid::P384, "secp384r1", 48),
    (oid::P521, "secp521r1", 66),
    (oid::SECP256K1, "secp256k1", 0),
    (oid::BRAINPOOL_P256, "brainpoolP256r1", 0),
    (oid::BRAINPOOL_P384, "brainpoolP384r1", 0),
    (oid::BRAINPOOL_P512, "brainpoolP512r1", 0),
];

impl KeySpec {
    /// What pair can stand in for a key; `None` for kinds that cannot be made and for damaged ones.
    pub(super) fn of(spki: &[u8], inherited: Option<&[u8]>) -> Option<KeySpec> {
        let key = PublicKey::from_der(spki).ok()?;
        match &key.kind {
            KeyKind::Rsa { bits, exponent, .. } => {
                let number = exponent.iter().try_fold(0u128, |n, b| n.checked_mul(256)?.checked_add(u128::from(*b)))?;
                let mut r = Reader::new(&key.bits).read("RSAPublicKey").ok()?.reader();
                let (n, e) = (r.read("n").ok()?, r.read("e").ok()?);
                let plain = PublicKey::from_der(&make::rsa_spki(n.content, e.content)).ok()?;
                (plain.bits == key.bits).then(|| KeySpec::Rsa(*bits, number.to_string()))
            }
            KeyKind::Ec(curve) => {
                let id = named_curve(spki);
                let octets = match key.bits.first()? {
                    4 => (key.bits.len() - 1) / 2,
                    2 | 3 => key.bits.len() - 1,
                    _ => return None,
                };
                let found = CURVES.iter().find(|(o, _, width)| match curve {
                    Curve::Explicit => *width == octets,
                    _ => Some(*o) == id,
                });
                found.map(|(_, name, _)| KeySpec::Ec(name))
            }
            KeyKind::Ed25519 => Some(KeySpec::Ed25519),
            KeyKind::Ed448 => Some(KeySpec::Ed448),
            KeyKind::Dsa { .. } => dsa_parameters(spki).or(inherited).map(|p| KeySpec::Dsa(p.to_vec())),
            _ => None,
        }
    }

    fn folder(&self) -> String {
        match self {
            KeySpec::Rsa(bits, e) => format!("rsa-{bits}-{e}"),
            KeySpec::Ec(name) => format!("ec-{name}"),
            KeySpec::Ed25519 => "ed25519".to_owned(),
            KeySpec::Ed448 => "ed448".to_owned(),
            KeySpec::Dsa(p) => {
                let digest = Hash::Sha256.digest(p);
                let hex: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
                format!("dsa-{hex}")
            }
        }
    }
}

impl Pair {
    /// The public key bits, a point compressed where that of the other key is.
    pub(super) fn bits_like(&self, spki: &[u8]) -> Vec<u8> {
        let compressed = PublicKey::from_der(spki)
            .is_ok_and(|k| matches!(k.kind, KeyKind::Ec(_)) && matches!(k.bits.first(), Some(2 | 3)));
        match self.bits.split_first() {
            Some((4, xy)) if compressed => {
                let x = xy.get(..xy.len() / 2).unwrap_or_default();
                [&[2 + (xy.last().copied().unwrap_or(0) & 1)], x].concat()
            }
            _ => self.bits.clone(),
        }
    }
}

impl KeyPool {
    pub(super) fn new() -> anyhow::Result<KeyPool> {
        let store = std::env::temp_dir().join("tlsdiag-conform-keys");
        std::fs::create_dir_all(&store)?;
        Ok(KeyPool { store, scratch: tempfile::tempdir()?, pairs: HashMap::new() })
    }

    /// The n-th pair of its kind, made if there is none yet.
    pub(super) fn pair(&mut self, spec: &KeySpec, n: usize) -> anyhow::Result<Pair> {
        if let Some(p) = self.pairs.get(&(spec.clone(), n)) {
            return Ok(p.clone());
        }
        let folder = self.store.join(spec.folder());
        std::fs::create_dir_all(&folder)?;
        let pem = folder.join(format!("{n}.pem"));
        if !pem.exists() {
            let made = self.scratch.path().join("new.pem");
            self.generate(spec, &made)?;
            // whoever is first puts it there; a copy could be read half written
            match std::fs::hard_link(&made, &pem) {
                Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => return Err(why.into()),
                _ => std::fs::remove_file(&made)?,
            }
        }
        let spki = run(openssl(&["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&pem), &[])?;
        let bits = PublicKey::from_der(&spki)?.bits.to_vec();
        let pair = Pair { pem, bits };
        self.pairs.insert((spec.clone(), n), pair.clone());
        Ok(pair)
    }

    fn generate(&self, spec: &KeySpec, out: &Path) -> anyhow::Result<()> {
        let mut command = openssl(&["genpkey"]);
        match spec {
            KeySpec::Rsa(bits, e) => {
                let (bits, e) = (format!("rsa_keygen_bits:{bits}"), format!("rsa_keygen_pubexp:{e}"));
                command.args(["-algorithm", "RSA", "-pkeyopt", &bits, "-pkeyopt", &e]);
            }
            KeySpec::Ec(name) => {
                let curve = format!("ec_paramgen_curve:{name}");
                command.args(["-algorithm", "EC", "-pkeyopt", &curve, "-pkeyopt", "ec_param_enc:named_curve"]);
            }
            KeySpec::Ed25519 => drop(command.args(["-algorithm", "ED25519"])),
            KeySpec::Ed448 => drop(command.args(["-algorithm", "ED448"])),
            KeySpec::Dsa(parameters) => {
                let file = self.scratch.path().join("dsa.pem");
                std::fs::write(&file, tlsdiag_pki::pem::encode("DSA PARAMETERS", parameters))?;
                command.arg("-paramfile").arg(file);
            }
        }
        run(command.arg("-out").arg(out), &[]).map(drop)
    }

    /// A signature over the message.
    pub(super) fn sign(&self, pair: &Pair, algorithm: &SignatureAlgorithm, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let Some(options) = digest_options(algorithm)? else {
            let file = self.scratch.path().join("message");
            std::fs::write(&file, message)?;
            return run(openssl(&["pkeyutl", "-sign", "-rawin", "-inkey"]).arg(&pair.pem).arg("-in").arg(file), &[]);
        };
        run(openssl(&["dgst"]).args(options).arg("-sign").arg(&pair.pem), message)
    }

    /// Whether a signature verifies: by our own verifier, or by OpenSSL's program where ours does not know the kind;
    /// `None` where neither can tell.
    pub(super) fn verifies(
        &self,
        algorithm: &SignatureAlgorithm,
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> anyhow::Result<Option<bool>> {
        match RustVerifier.verify(algorithm, spki, message, signature) {
            Ok(()) => return Ok(Some(true)),
            Err(VerifyError::UnsupportedAlgorithm(_)) => {}
            Err(_) => return Ok(Some(false)),
        }
        let (key, sig) = (self.scratch.path().join("key.pem"), self.scratch.path().join("signature"));
        std::fs::write(&key, tlsdiag_pki::pem::encode("PUBLIC KEY", spki))?;
        std::fs::write(&sig, signature)?;
        let Ok(options) = digest_options(algorithm) else { return Ok(None) };
        let mut command = match options {
            Some(options) => {
                let mut c = openssl(&["dgst"]);
                c.args(options).arg("-verify").arg(&key).arg("-signature").arg(&sig);
                c
            }
            None => {
                let file = self.scratch.path().join("message");
                std::fs::write(&file, message)?;
                let mut c = openssl(&["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey"]);
                c.arg(&key).arg("-in").arg(file).arg("-sigfile").arg(&sig);
                c
            }
        };
        Ok(match run(&mut command, message) {
            Ok(_) => Some(true),
            // "Verification failure", "Signature Verification Failure"; "Error verifying data" for damaged ones
            Err(why) if ["erification", "rror verifying"].iter().any(|w| why.to_string().contains(w)) => Some(false),
            Err(_) => None,
        })
    }
}

/// Dss-Parms of a DSA key that has them.
pub(super) fn dsa_parameters(spki: &[u8]) -> Option<&[u8]> {
    let mut a = Reader::new(spki).read("key").ok()?.inner(Tag::SEQUENCE, "algorithm").ok()?.reader();
    let id = a.expect(Tag::OID, "algorithm").ok()?.content;
    (id == oid::DSA).then(|| a.expect(Tag::SEQUENCE, "Dss-Parms").ok().map(|p| p.raw)).flatten()
}

/// A DSA key without parameters, with those that it inherits (RFC 3279 2.3.2).
pub(super) fn with_parameters(spki: &[u8], inherited: Option<&[u8]>) -> Vec<u8> {
    let bare = PublicKey::from_der(spki).is_ok_and(|k| matches!(k.kind, KeyKind::Dsa { bits: 0 }));
    let (true, Some(parameters)) = (bare, inherited) else { return spki.to_vec() };
    let Ok(tlv) = Reader::new(spki).read("key") else { return spki.to_vec() };
    let key = tlv.reader().elements("part").nth(1).and_then(Result::ok).map(|t| t.raw.to_vec()).unwrap_or_default();
    writer::sequence(&[writer::sequence(&[writer::oid(oid::DSA), parameters.to_vec()]), key])
}

fn named_curve(spki: &[u8]) -> Option<&[u8]> {
    let mut a = Reader::new(spki).read("key").ok()?.inner(Tag::SEQUENCE, "algorithm").ok()?.reader();
    a.read("id-ecPublicKey").ok()?;
    Some(a.expect(Tag::OID, "namedCurve").ok()?.content)
}

/// Options of `openssl dgst`; `None` for algorithms without a hash of their own.
fn digest_options(algorithm: &SignatureAlgorithm) -> anyhow::Result<Option<Vec<String>>> {
    let name = |h: &Hash| h.name().to_ascii_lowercase().replace("sha-", "sha").replace('/', "-");
    Ok(Some(match algorithm {
        SignatureAlgorithm::RsaPkcs1(h) | SignatureAlgorithm::Ecdsa(h) | SignatureAlgorithm::Dsa(h) => {
            vec![format!("-{}", name(h))]
        }
        SignatureAlgorithm::RsaPss(p) => {
            let mut options = vec![format!("-{}", name(&p.hash))];
            let salt = format!("rsa_pss_saltlen:{}", p.salt_len);
            let mgf = format!("rsa_mgf1_md:{}", name(&p.mgf_hash));
            for option in ["rsa_padding_mode:pss".to_owned(), salt, mgf] {
                options.extend(["-sigopt".to_owned(), option]);
            }
            options
        }
        SignatureAlgorithm::Ed25519 | SignatureAlgorithm::Ed448 => return Ok(None),
        other => bail!("no tool here signs with {other}"),
    }))
}

fn openssl(args: &[&str]) -> Command {
    let mut c = Command::new("openssl");
    c.args(args);
    c
}

fn run(command: &mut Command, input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("openssl cannot be started")?;
    if let Some(mut stdin) = child.stdin.take() {
        // a program that has seen enough closes the pipe
        let _ = stdin.write_all(input);
    }
    let out = child.wait_with_output()?;
    if !out.status.success() {
        let said = [out.stdout, out.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        bail!("openssl: {}", said.lines().next().unwrap_or("failed"));
    }
    Ok(out.stdout)
}
