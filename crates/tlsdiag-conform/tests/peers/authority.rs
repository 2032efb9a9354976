//! Keys that OpenSSL's program makes and signs with, and authorities that have one.
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tlsdiag_pki::key::{KeyKind, PublicKey};
use tlsdiag_pki::make::{CertificateMaker, Signer};
use tlsdiag_pki::{Certificate, Hash, SignatureAlgorithm};

/// A private key in a file.
#[derive(Clone)]
pub struct Key {
    pub pem: PathBuf,
    spki: Vec<u8>,
}

impl Key {
    /// `kind` is what `openssl genpkey` takes: an algorithm and its options.
    pub fn new(dir: &Path, name: &str, kind: &[&str]) -> Key {
        let pem = dir.join(format!("{name}.key"));
        let mut c = Command::new("openssl");
        run(c.arg("genpkey").args(kind).arg("-out").arg(&pem), &[]);
        let spki = run(Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&pem), &[]);
        Key { pem, spki }
    }
    pub fn p256(dir: &Path, name: &str) -> Key {
        Key::new(dir, name, &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
    }
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        self.spki.clone()
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        match PublicKey::from_der(&self.spki).unwrap().kind {
            KeyKind::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(Hash::Sha256),
            KeyKind::Ed25519 => SignatureAlgorithm::Ed25519,
            _ => SignatureAlgorithm::Ecdsa(Hash::Sha256),
        }
    }
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let mut c = Command::new("openssl");
        match algorithm.hash() {
            Some(h) => {
                let hash = format!("-{}", h.name().to_lowercase().replace('-', ""));
                run(c.args(["dgst", &hash, "-sign"]).arg(&self.pem), message)
            }
            None => {
                let file = self.pem.with_extension("message");
                std::fs::write(&file, message).unwrap();
                run(c.args(["pkeyutl", "-sign", "-rawin", "-inkey"]).arg(&self.pem).arg("-in").arg(file), &[])
            }
        }
    }
}

/// A certificate that issues others, with its key.
#[derive(Clone)]
pub struct Ca {
    pub der: Vec<u8>,
    pub cert: Certificate,
    pub key: Key,
}

impl Ca {
    pub fn new(maker: &CertificateMaker, key: &Key, signer: &Key) -> Ca {
        let der = maker.sign(signer);
        let cert = Certificate::from_der(&der).unwrap();
        Ca { der, cert, key: key.clone() }
    }
}

pub fn run(c: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = c.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{c:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}
