//! Keys made by the openssl program in a folder of their own.
use std::path::{Path, PathBuf};
use std::process::Command;
use tlsdiag_pki::PrivateKey;
use tlsdiag_pki::pem::Block;
use tlsdiag_pki::private::PrivateKeyError;
use tlsdiag_pki::secret::{Limits, Password};

/// A folder for one test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, octets: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, octets).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs openssl in the folder; what it wrote to standard output, or what it complained of.
    pub(crate) fn try_openssl(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let out = Command::new("openssl").args(arguments).current_dir(self.0.path()).output().unwrap();
        if out.status.success() { Ok(out.stdout) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
    }

    pub(crate) fn openssl(&self, line: &str) -> Vec<u8> {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.try_openssl(&words).unwrap_or_else(|e| panic!("openssl {line}: {e}"))
    }
}

/// Every kind that openssl can make, as arguments of `genpkey` or `ecparam`.
pub(crate) fn kinds() -> Vec<(&'static str, String)> {
    let mut out: Vec<(&'static str, String)> = vec![
        ("RSA 2048", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048".into()),
        ("RSA 1024", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -pkeyopt rsa_keygen_pubexp:3".into()),
        ("RSA 2048", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3".into()),
        ("RSA-PSS 2048", "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048".into()),
        (
            "RSA-PSS 2048",
            "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt \
             rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32"
                .into(),
        ),
        ("Ed25519", "genpkey -algorithm ED25519".into()),
        ("Ed448", "genpkey -algorithm ED448".into()),
        ("X25519", "genpkey -algorithm X25519".into()),
        ("X448", "genpkey -algorithm X448".into()),
        ("DH 2048", "genpkey -algorithm DH -pkeyopt group:ffdhe2048".into()),
        ("DH 2048", "genpkey -algorithm DHX -pkeyopt dh_rfc5114:2".into()),
        (
            "EC with explicit parameters",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit".into(),
        ),
        (
            "EC with explicit parameters",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP320t1 -pkeyopt ec_param_enc:explicit".into(),
        ),
        (
            "EC with explicit parameters",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:sect283k1 -pkeyopt ec_param_enc:explicit".into(),
        ),
    ];
    for curve in tlsdiag_pki::curve::NamedCurve::all() {
        let openssl = match curve.name {
            "P-256" | "P-192" => curve.aliases.last().unwrap(),
            "P-224" | "P-384" | "P-521" => curve.aliases.first().unwrap(),
            name => name,
        };
        // WTLS names are other names of curves; OpenSSL makes keys of the two that are their own.
        out.push((curve.name, format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{openssl}")));
    }
    out
}

pub(crate) fn limits() -> Limits {
    Limits::default()
}

pub(crate) fn words(list: &[&str]) -> Vec<Password> {
    list.iter().map(|w| Password::new(*w)).collect()
}

/// The first block of a text as a private key.
pub(crate) fn key_of(pem: &[u8], passwords: &[&str]) -> Result<PrivateKey, PrivateKeyError> {
    PrivateKey::from_pem(&first(pem), &mut words(passwords), &limits())
}

pub(crate) fn first(pem: &[u8]) -> Block<'_> {
    tlsdiag_pki::pem::blocks(pem).into_iter().find(|b| !b.label.contains("PARAMETERS")).unwrap()
}

pub(crate) fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("TLSDIAG_CORPUS").map(PathBuf::from).filter(|p| p.is_dir());
    if root.is_none() {
        eprintln!("skipped: TLSDIAG_CORPUS is not set");
    }
    root
}

/// Every file below a folder.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let mut open = vec![root.to_owned()];
    let mut out = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() { open.push(entry) } else { out.push(entry) }
        }
    }
    out.sort();
    out
}
