//! An authority of the test's own, files made of it, and the programs that look at them.
#![allow(dead_code, reason = "each test takes what it needs")]
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tlsdiag_pki::pem;

/// The program that is tested.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tlsdiag");
/// The host of the certificates.
pub(crate) const HOST: &str = "shop.made.test";

/// Root, issuing authority, and a server's certificate with its key.
pub(crate) struct Made {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) root: String,
    pub(crate) issuer: String,
    pub(crate) leaf: String,
    pub(crate) key: String,
    root_ca: CertifiedIssuer<'static, KeyPair>,
    issuing_ca: CertifiedIssuer<'static, KeyPair>,
}

impl Made {
    /// New, with nothing written yet.
    pub(crate) fn new() -> Made {
        Made::with(None)
    }

    /// The same; the server's certificate says where its issuer can be fetched.
    pub(crate) fn with(issuer_url: Option<&str>) -> Made {
        let root_ca = CertifiedIssuer::self_signed(authority("Made Root"), KeyPair::generate().unwrap()).unwrap();
        let issuing_ca =
            CertifiedIssuer::signed_by(authority("Made Issuing CA"), KeyPair::generate().unwrap(), &root_ca).unwrap();
        let (leaf, key) = server(HOST, issuer_url, &issuing_ca);
        Made {
            dir: tempfile::tempdir().unwrap(),
            root: certificate(root_ca.der()),
            issuer: certificate(issuing_ca.der()),
            leaf,
            key,
            root_ca,
            issuing_ca,
        }
    }

    /// Another server's certificate of the same authority, with its key.
    pub(crate) fn another(&self, host: &str) -> (String, String) {
        server(host, None, &self.issuing_ca)
    }

    pub(crate) fn issuer_der(&self) -> Vec<u8> {
        self.issuing_ca.der().to_vec()
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A place in the folder.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut p = params(name, vec![]);
    p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    p.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    p
}

fn server(host: &str, issuer_url: Option<&str>, issuer: &CertifiedIssuer<'_, KeyPair>) -> (String, String) {
    let mut p = params(host, vec![host.to_owned()]);
    p.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    p.use_authority_key_identifier_extension = true;
    if let Some(url) = issuer_url {
        p.custom_extensions.push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], ca_issuers(url)));
    }
    let key = KeyPair::generate().unwrap();
    let c = p.signed_by(&key, issuer).unwrap();
    (certificate(c.der()), pem::encode("PRIVATE KEY", &key.serialize_der()))
}

fn params(name: &str, names: Vec<String>) -> CertificateParams {
    let mut p = CertificateParams::new(names).unwrap();
    p.distinguished_name = rcgen::DistinguishedName::new();
    p.distinguished_name.push(DnType::CommonName, name);
    p.not_before = rcgen::date_time_ymd(2020, 1, 1);
    p.not_after = rcgen::date_time_ymd(2120, 1, 1);
    p
}

/// AuthorityInfoAccessSyntax with one caIssuers (RFC 5280 4.2.2.1).
fn ca_issuers(url: &str) -> Vec<u8> {
    use tlsdiag_pki::{der::Tag, writer};
    let method = writer::oid(&[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    writer::sequence(&[writer::sequence(&[method, writer::tlv(Tag(0x86), url.as_bytes())])])
}

fn certificate(der: &[u8]) -> String {
    pem::encode("CERTIFICATE", der)
}

/// The program, with an environment that is the same everywhere.
pub(crate) fn tlsdiag() -> Command {
    let mut c = Command::new(PROGRAM);
    for name in ["LANG", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "TLSDIAG_PASSWORD", "TLSDIAG_OUT_PASSWORD"] {
        c.env_remove(name);
    }
    c.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    c
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    /// What it said, with one blank in place of blanks and line ends: where lines are broken is the screen's affair.
    pub(crate) out: String,
    pub(crate) err: String,
    /// What it said, as it is.
    pub(crate) raw: String,
}

pub(crate) fn ran(c: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = c.output().unwrap();
    let text = |b| String::from_utf8(b).unwrap();
    let flat = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ");
    let (raw, err) = (text(stdout), text(stderr));
    Ran { exit: status.code().unwrap(), out: flat(&raw), err: flat(&err), raw }
}

/// A tool of another maker; `None`, and a word about it, where it is not here.
pub(crate) fn tool(name: &str, args: &[&str]) -> Option<Ran> {
    match Command::new(name).args(args).env("LC_ALL", "C").stdin(Stdio::null()).output() {
        Ok(o) => Some(Ran {
            exit: o.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&o.stdout).into_owned(),
            err: String::from_utf8_lossy(&o.stderr).into_owned(),
            raw: String::new(),
        }),
        Err(e) => {
            eprintln!("{name} is not here ({e}): its part of the test is left out");
            None
        }
    }
}

pub(crate) fn s(p: &Path) -> &str {
    p.to_str().unwrap()
}
