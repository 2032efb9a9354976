//! An authority made with the openssl program, and what people have of it: folders, pairs, containers.
use crate::run::{Ran, command, wait};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The host of the certificates.
pub(crate) const HOST: &str = "www.example.kr";
/// What every encrypted thing is encrypted with.
pub(crate) const PASSWORD: &str = "Tr0ub4dor&3-비밀";

/// Root, intermediate and leaves in a folder of their own.
pub(crate) struct Made {
    dir: tempfile::TempDir,
}

impl Made {
    /// `root.crt`, `int.crt`; leaves come on demand.
    pub(crate) fn new() -> Made {
        let made = Made { dir: tempfile::tempdir().unwrap() };
        made.write("ca.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
        made.key("root", "ec");
        made.openssl(&["req", "-new", "-key", "root.key", "-subj", "/CN=Files Root", "-out", "root.csr"]);
        made.openssl(&[
            "x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-days", "3650", "-extfile", "ca.ext", "-out",
            "root.crt",
        ]);
        made.key("int", "ec");
        made.issue("int", "/CN=Files Intermediate", "root", "ca.ext", "1800");
        made
    }

    /// A leaf for [`HOST`]: `NAME.key`, `NAME.csr`, `NAME.crt`.
    pub(crate) fn leaf(&self, name: &str, kind: &str) {
        self.write(
            "leaf.ext",
            &format!(
                "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:{HOST}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
            ),
        );
        self.key(name, kind);
        self.issue(name, &format!("/CN={HOST}"), "int", "leaf.ext", "90");
    }

    fn issue(&self, name: &str, subject: &str, by: &str, ext: &str, days: &str) {
        let f = |e: &str| format!("{name}.{e}");
        self.openssl(&["req", "-new", "-key", &f("key"), "-subj", subject, "-out", &f("csr")]);
        let (ca, key) = (format!("{by}.crt"), format!("{by}.key"));
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &f("csr"),
            "-CA",
            &ca,
            "-CAkey",
            &key,
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            ext,
            "-out",
            &f("crt"),
        ]);
    }

    fn key(&self, name: &str, kind: &str) {
        let out = format!("{name}.key");
        let _ = match kind {
            "rsa" => self.openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &out]),
            _ => self.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &out]),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(self.path(&out), fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    /// A folder as certbot leaves it: links into an archive, and a README.
    pub(crate) fn live(&self, leaf: &str) -> PathBuf {
        let (archive, live) = (self.path("archive"), self.path("live"));
        fs::create_dir_all(&archive).unwrap();
        fs::create_dir_all(&live).unwrap();
        let (cert, chain) = (self.read(&format!("{leaf}.crt")), self.read("int.crt"));
        for (name, text) in [
            ("cert", cert.clone()),
            ("chain", chain.clone()),
            ("fullchain", cert + &chain),
            ("privkey", self.read(&format!("{leaf}.key"))),
        ] {
            let file = archive.join(format!("{name}1.pem"));
            fs::write(&file, text).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = if name == "privkey" { 0o600 } else { 0o644 };
                fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
                std::os::unix::fs::symlink(format!("../archive/{name}1.pem"), live.join(format!("{name}.pem")))
                    .unwrap();
            }
        }
        fs::write(live.join("README"), "This directory contains your keys and certificates.\n").unwrap();
        live
    }

    /// A folder of its own with some of the files, under other names.
    pub(crate) fn folder(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let dir = self.path(name);
        fs::create_dir_all(&dir).unwrap();
        for (from, to) in files {
            let text: String = from.split('+').map(|f| self.read(f)).collect();
            let file = dir.join(to);
            fs::write(&file, text).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
        dir
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs openssl in the folder; it must succeed.
    pub(crate) fn openssl(&self, args: &[&str]) -> Vec<u8> {
        let mut c = Command::new("openssl");
        c.args(args).current_dir(self.dir()).env("PW", PASSWORD).stdin(Stdio::null());
        let out = c.output().expect("openssl runs");
        assert!(out.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    }

    /// Runs the program in a folder, with the root trusted and no network, and looks for secrets in what it says.
    pub(crate) fn tlsdiag(&self, at: &Path, args: &[&str]) -> Ran {
        self.tlsdiag_with(at, args, None)
    }

    /// The same with a password in the environment.
    pub(crate) fn tlsdiag_with(&self, at: &Path, args: &[&str], password: Option<&str>) -> Ran {
        let mut c = command();
        c.current_dir(at).args(args).args(["--offline", "--lang", "en", "--ca-file"]).arg(self.path("root.crt"));
        c.env_remove("TLSDIAG_PASSWORD");
        if let Some(p) = password {
            c.env("TLSDIAG_PASSWORD", p);
        }
        let r = wait(c);
        self.silent(&r);
        r
    }

    /// Nothing of a private key and no password stands in what was printed.
    fn silent(&self, r: &Ran) {
        let said = format!("{}\n{}", r.out, r.err);
        let plain: String = said.to_ascii_lowercase().chars().filter(char::is_ascii_hexdigit).collect();
        assert!(!said.contains(PASSWORD) && !said.contains("Tr0ub4dor"), "{said}");
        for entry in fs::read_dir(self.dir()).unwrap().flatten() {
            if entry.path().extension().is_none_or(|e| e != "key") {
                continue;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            let text = self.read(&name);
            if !text.contains("BEGIN PRIVATE KEY") {
                continue;
            }
            for line in text.lines().filter(|l| l.len() >= 40 && !l.starts_with('-')) {
                // the end of an EC key is its public half
                let secret = line.get(..40).unwrap();
                assert!(!said.contains(secret), "{name}: {said}");
            }
            for number in self.private_numbers(&name) {
                assert!(!plain.contains(&number), "{name}: {said}");
            }
        }
    }

    /// The private numbers of a key in hex.
    fn private_numbers(&self, name: &str) -> Vec<String> {
        let text = String::from_utf8(self.openssl(&["pkey", "-in", name, "-noout", "-text"])).unwrap();
        let mut numbers: Vec<String> = vec![];
        let mut private = false;
        for line in text.lines() {
            if !line.starts_with(' ') {
                private = ["priv:", "privateExponent:", "prime1:", "prime2:", "coefficient:"]
                    .iter()
                    .any(|p| line.starts_with(p));
                if private {
                    numbers.push(String::new());
                }
            } else if let (true, Some(n)) = (private, numbers.last_mut()) {
                n.extend(line.chars().filter(char::is_ascii_hexdigit));
            }
        }
        let long: Vec<String> = numbers.into_iter().filter(|n| n.len() >= 32).collect();
        assert!(!long.is_empty(), "{text}");
        long
    }
}
