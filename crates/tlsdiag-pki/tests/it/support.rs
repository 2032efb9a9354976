//! Keys that sign (derived from a label, so runs are equal) and the usual chain.
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use tlsdiag_pki::make::{CertificateMaker, Signer, ec_spki};
use tlsdiag_pki::{
    AnchorSet, Certificate, Hash, Host, Limits, Purpose, Question, RustVerifier, Search, SignatureAlgorithm, oid,
    writer,
};

/// 2026-11-24T00:00:00Z
pub(crate) const NOW: i64 = 1_795_478_400;
pub(crate) const DAY: i64 = 86_400;

macro_rules! ec_key {
    ($name:ident, $krate:ident, $curve:expr, $hash:expr, $len:literal) => {
        pub(crate) struct $name($krate::ecdsa::SigningKey);
        impl $name {
            pub(crate) fn new(label: &str) -> $name {
                let mut scalar = Hash::Sha512.digest(label.as_bytes());
                scalar.resize($len, 7);
                // P-521 has nine bits in its first two octets.
                if $len == 66 {
                    scalar[0] = 0;
                }
                $name($krate::ecdsa::SigningKey::from_slice(&scalar).unwrap())
            }
        }
        impl Signer for $name {
            fn spki(&self) -> Vec<u8> {
                ec_spki($curve, self.0.verifying_key().to_sec1_point(false).as_bytes())
            }
            fn algorithm(&self) -> SignatureAlgorithm {
                SignatureAlgorithm::Ecdsa($hash)
            }
            fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
                use $krate::ecdsa::{Signature, signature::hazmat::PrehashSigner as _};
                let digest = algorithm.hash().unwrap().digest(message);
                let mut padded = vec![0; $len - digest.len().min($len)];
                padded.extend(digest);
                let s: Signature = self.0.sign_prehash(&padded).unwrap();
                s.to_der().as_bytes().to_vec()
            }
        }
    };
}
ec_key!(P256, p256, oid::P256, Hash::Sha256, 32);
ec_key!(P384, p384, oid::P384, Hash::Sha384, 48);
ec_key!(P521, p521, oid::P521, Hash::Sha512, 66);

pub(crate) struct Ed(ed25519_dalek::SigningKey);
impl Ed {
    pub(crate) fn new(label: &str) -> Ed {
        Ed(ed25519_dalek::SigningKey::from_bytes(&Hash::Sha256.digest(label.as_bytes()).try_into().unwrap()))
    }
}
impl Signer for Ed {
    fn spki(&self) -> Vec<u8> {
        let algorithm = writer::sequence(&[writer::oid(oid::ED25519)]);
        writer::sequence(&[algorithm, writer::bit_string(self.0.verifying_key().as_bytes())])
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ed25519
    }
    fn sign(&self, _: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        use ed25519_dalek::Signer as _;
        self.0.sign(message).to_bytes().to_vec()
    }
}

/// An RSA key that the openssl program keeps in a file and signs with.
pub(crate) struct Rsa {
    dir: tempfile::TempDir,
    pub(crate) default: SignatureAlgorithm,
}
impl Rsa {
    pub(crate) fn new(bits: u32) -> Rsa {
        let dir = tempfile::tempdir().unwrap();
        run(Command::new("openssl").args(["genrsa", "-out"]).arg(dir.path().join("key")).arg(bits.to_string()));
        Rsa { dir, default: SignatureAlgorithm::RsaPkcs1(Hash::Sha256) }
    }
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("key")
    }
}
impl Signer for Rsa {
    fn spki(&self) -> Vec<u8> {
        run(Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(self.path()))
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        self.default.clone()
    }
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let file = self.dir.path().join("message");
        std::fs::write(&file, message).unwrap();
        let hash = algorithm.hash().unwrap().name().replace('-', "").to_lowercase();
        let mut c = Command::new("openssl");
        c.arg("dgst").arg(format!("-{hash}")).arg("-sign").arg(self.path());
        if let SignatureAlgorithm::RsaPss(p) = algorithm {
            c.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", &format!("rsa_pss_saltlen:{}", p.salt_len)]);
        }
        run(c.arg(file))
    }
}

pub(crate) fn run(c: &mut Command) -> Vec<u8> {
    let out = c.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

pub(crate) fn cert(m: &CertificateMaker, signer: &dyn Signer) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(&m.sign(signer)).unwrap())
}

/// Root, intermediate, leaf of shop.example.kr, all P-256.
pub(crate) struct Chain {
    pub(crate) root_key: P256,
    pub(crate) int_key: P256,
    pub(crate) leaf_key: P256,
    pub(crate) root: Arc<Certificate>,
    pub(crate) int: Arc<Certificate>,
    pub(crate) leaf: Arc<Certificate>,
}
impl Chain {
    pub(crate) fn new() -> Chain {
        let (root_key, int_key, leaf_key) = (P256::new("root"), P256::new("int"), P256::new("leaf"));
        let root = cert(&CertificateMaker::root("Test Root", &root_key, NOW), &root_key);
        let int = cert(&CertificateMaker::intermediate("Test CA", &int_key, &root, NOW), &root_key);
        let leaf = cert(&CertificateMaker::leaf(&["shop.example.kr"], &leaf_key, &int, NOW), &int_key);
        Chain { root_key, int_key, leaf_key, root, int, leaf }
    }
    pub(crate) fn leaf_maker(&self) -> CertificateMaker {
        CertificateMaker::leaf(&["shop.example.kr"], &self.leaf_key, &self.int, NOW)
    }
    pub(crate) fn int_maker(&self) -> CertificateMaker {
        CertificateMaker::intermediate("Test CA", &self.int_key, &self.root, NOW)
    }
    /// Leaf of another make below the same intermediate.
    pub(crate) fn with_leaf(&self, m: &CertificateMaker) -> Arc<Certificate> {
        cert(m, &self.int_key)
    }
}

pub(crate) fn anchors(certs: &[&Arc<Certificate>]) -> AnchorSet {
    let mut set = AnchorSet::new("test");
    certs.iter().for_each(|c| set.add(c));
    set
}

pub(crate) fn ask(sent: &[&Arc<Certificate>], extra: &[&Arc<Certificate>], anchors: &AnchorSet) -> Search {
    ask_host(sent, extra, anchors, "shop.example.kr")
}

pub(crate) fn ask_host(
    sent: &[&Arc<Certificate>],
    extra: &[&Arc<Certificate>],
    anchors: &AnchorSet,
    host: &str,
) -> Search {
    let own = |list: &[&Arc<Certificate>]| list.iter().map(|c| (*c).clone()).collect::<Vec<_>>();
    let (sent, extra) = (own(sent), own(extra));
    let host = Host::parse(host).unwrap();
    tlsdiag_pki::paths(&Question {
        leaf: &sent[0],
        sent: &sent,
        extra: &extra,
        anchors: &[anchors],
        time: NOW,
        purpose: Purpose::ServerAuth,
        host: Some(&host),
        verifier: &RustVerifier,
        limits: Limits::default(),
    })
}
