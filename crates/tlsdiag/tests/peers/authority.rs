//! A small authority made with the openssl program, so that neither certificates nor servers are ours.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A folder with a root, an intermediate, and whatever leaves are asked for.
pub(crate) struct Authority {
    dir: PathBuf,
}

/// What a leaf is to be.
#[derive(Clone, Copy)]
pub(crate) struct Leaf<'a> {
    pub(crate) name: &'a str,
    /// Days from now: from and to.
    pub(crate) days: (i64, i64),
    /// `rsa` or `ec`.
    pub(crate) key: &'a str,
    pub(crate) eku: &'a str,
}

impl<'a> Leaf<'a> {
    pub(crate) fn good(name: &'a str) -> Leaf<'a> {
        Leaf { name, days: (-10, 60), key: "ec", eku: "serverAuth" }
    }
}

/// Files of a leaf.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) key: PathBuf,
    /// The leaf alone.
    pub(crate) cert: PathBuf,
    /// The intermediate alone.
    pub(crate) chain: PathBuf,
    /// Leaf, then intermediate.
    pub(crate) fullchain: PathBuf,
    /// Leaf, intermediate, key in one, as HAProxy takes them.
    pub(crate) bundle: PathBuf,
    /// Leaf and key in one, without the intermediate.
    pub(crate) short_bundle: PathBuf,
}

impl Authority {
    pub(crate) fn new(dir: &Path) -> Authority {
        let a = Authority { dir: dir.to_owned() };
        a.genkey("root", "ec");
        a.genkey("int", "ec");
        a.issue("root", "root", "Peer Test Root", "ca_ext", (-100, 1000));
        a.issue("int", "root", "Peer Test Intermediate", "ca_ext", (-90, 900));
        a
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.join("root.crt")
    }

    /// Issues a leaf under the intermediate.
    pub(crate) fn leaf(&self, id: &str, l: Leaf<'_>) -> Files {
        self.genkey(id, l.key);
        let san = if l.name.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
        let ext = format!(
            "[leaf_{id}]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage={}\nsubjectAltName={san}:{}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
            l.eku, l.name
        );
        fs::write(self.dir.join(format!("{id}.ext")), ext).unwrap();
        self.issue(id, "int", l.name, &format!("leaf_{id}"), l.days);
        self.files(id)
    }

    /// An intermediate of the same name and another key, as is left in chain files when an authority renews its own.
    pub(crate) fn sibling(&self) -> PathBuf {
        self.genkey("old", "ec");
        self.issue("old", "root", "Peer Test Intermediate", "ca_ext", (-95, 800));
        self.dir.join("old.crt")
    }

    /// An OCSP response by which a leaf is revoked.
    pub(crate) fn revoked(&self, id: &str) -> PathBuf {
        let (crt, key, signer) = (self.path(id, "crt"), self.path("int", "key"), self.path("int", "crt"));
        let (config, out) = (self.path("ca", "cnf"), self.path(id, "ocsp"));
        self.openssl(&["ca", "-config", &config, "-revoke", &crt, "-keyfile", &key, "-cert", &signer]);
        let index = self.dir.join("index");
        self.openssl(&[
            "ocsp",
            "-index",
            &index.to_string_lossy(),
            "-rsigner",
            &signer,
            "-rkey",
            &key,
            "-CA",
            &signer,
            "-issuer",
            &signer,
            "-cert",
            &crt,
            "-ndays",
            "3",
            "-respout",
            &out,
        ]);
        out.into()
    }

    /// Diffie-Hellman parameters over the prime of 1024 bits of RFC 2409 section 6.2: to search for one takes long.
    pub(crate) fn dh(&self) -> PathBuf {
        let (conf, der, out) = (self.path("dh", "cnf"), self.path("dh", "der"), self.path("dh", "pem"));
        fs::write(&conf, format!("asn1=SEQUENCE:dh\n[dh]\np=INTEGER:0x{OAKLEY_2}\ng=INTEGER:2\n")).unwrap();
        self.openssl(&["asn1parse", "-genconf", &conf, "-noout", "-out", &der]);
        self.openssl(&["dhparam", "-inform", "DER", "-in", &der, "-out", &out]);
        out.into()
    }

    /// A self-signed leaf.
    pub(crate) fn self_signed(&self, id: &str, name: &str) -> Files {
        self.genkey(id, "ec");
        self.openssl(&[
            "req",
            "-x509",
            "-key",
            &self.path(id, "key"),
            "-subj",
            &format!("/CN={name}"),
            "-days",
            "30",
            "-addext",
            &format!("subjectAltName=DNS:{name}"),
            "-addext",
            "extendedKeyUsage=serverAuth",
            "-out",
            &self.path(id, "crt"),
        ]);
        self.files(id)
    }

    fn files(&self, id: &str) -> Files {
        let f = |s: &str| self.dir.join(s);
        let read = |p: &Path| fs::read_to_string(p).unwrap();
        let (key, cert, chain) = (f(&format!("{id}.key")), f(&format!("{id}.crt")), f("int.crt"));
        let (fullchain, bundle) = (f(&format!("{id}.fullchain")), f(&format!("{id}.bundle")));
        let short_bundle = f(&format!("{id}.short"));
        let both = if id.starts_with("self") { read(&cert) } else { read(&cert) + &read(&chain) };
        fs::write(&bundle, both.clone() + &read(&key)).unwrap();
        fs::write(&short_bundle, read(&cert) + &read(&key)).unwrap();
        fs::write(&fullchain, both).unwrap();
        Files { key, cert, chain, fullchain, bundle, short_bundle }
    }

    fn path(&self, id: &str, ext: &str) -> String {
        self.dir.join(format!("{id}.{ext}")).to_string_lossy().into_owned()
    }

    fn genkey(&self, id: &str, kind: &str) {
        let out = self.path(id, "key");
        match kind {
            "rsa" => self.openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &out]),
            _ => self.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &out]),
        }
    }

    /// `openssl ca`, as it alone sets both dates.
    fn issue(&self, id: &str, issuer: &str, cn: &str, section: &str, days: (i64, i64)) {
        let d = self.dir.display();
        let ext = fs::read_to_string(self.path(id, "ext")).unwrap_or_default();
        let conf = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase={d}/index\nserial={d}/serial\nnew_certs_dir={d}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n\
             [ca_ext]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n{ext}"
        );
        fs::write(self.dir.join("ca.cnf"), conf).unwrap();
        if !self.dir.join("index").exists() {
            fs::write(self.dir.join("index"), "").unwrap();
            fs::write(self.dir.join("serial"), "1000\n").unwrap();
        }
        let csr = self.path(id, "csr");
        self.openssl(&["req", "-new", "-key", &self.path(id, "key"), "-subj", &format!("/CN={cn}"), "-out", &csr]);
        let (from, to) = (when(days.0), when(days.1));
        let config = self.dir.join("ca.cnf");
        let config = config.to_string_lossy();
        let (crt, key, signer) = (self.path(id, "crt"), self.path(issuer, "key"), self.path(issuer, "crt"));
        let mut args = vec![
            "ca",
            "-batch",
            "-notext",
            "-config",
            &config,
            "-in",
            &csr,
            "-out",
            &crt,
            "-keyfile",
            &key,
            "-startdate",
            &from,
            "-enddate",
            &to,
            "-extensions",
            section,
        ];
        if id == issuer {
            args.push("-selfsign");
        } else {
            args.extend(["-cert", &signer]);
        }
        self.openssl(&args);
    }

    fn openssl(&self, args: &[&str]) {
        let out = Command::new("openssl").args(args).stdin(Stdio::null()).output().expect("openssl runs");
        assert!(out.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
}

/// 2^1024 - 2^960 - 1 + 2^64 * (floor(2^894 pi) + 129093)
const OAKLEY_2: &str = concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
);

/// A day from now as `openssl ca` takes it.
fn when(days: i64) -> String {
    let out =
        Command::new("date").args(["-u", "-d", &format!("{days} days"), "+%Y%m%d%H%M%SZ"]).output().expect("date runs");
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}
