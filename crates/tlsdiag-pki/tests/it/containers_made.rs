//! Containers that other programs make: OpenSSL's under every scheme it has, Java's key stores; and whether those
//! programs open what we write. A program that is not there is skipped, and the test says so.
use crate::containers::{material, pfx, read};

use std::path::{Path, PathBuf};
use std::process::Command;
use tlsdiag_pki::container::jks::Format;
use tlsdiag_pki::container::pkcs12::Profile;
use tlsdiag_pki::file::{Contents, FaultKind, Form, Item};
use tlsdiag_pki::pem;
use tlsdiag_pki::secret::{Password, SecretError};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        let m = material();
        std::fs::write(folder.path("key.pem"), pem::encode("PRIVATE KEY", &m.key)).unwrap();
        std::fs::write(folder.path("leaf.pem"), m.chain.leaf.to_pem()).unwrap();
        std::fs::write(folder.path("chain.pem"), m.chain.int.to_pem()).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a program in the folder; `None` if it fails.
    fn run(&self, program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
        let output = Command::new(program).args(arguments).current_dir(self.0.path()).output().ok()?;
        output.status.success().then_some(output.stdout)
    }
}

fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|p: PathBuf| Path::new(&p).join(program).is_file());
    if !found {
        println!("skipped: no {program} here");
    }
    found
}

fn protection(contents: &Contents) -> String {
    let key = contents.parts.iter().find(|p| matches!(p.what, Item::PrivateKey(_))).unwrap();
    key.protection.clone().unwrap_or_default()
}

#[test]
fn every_scheme_of_openssl_pkcs12() {
    let folder = Folder::new();
    let schemes = [
        ("PBE-SHA1-RC4-128", "PKCS#12 PBE: SHA-1, 2048 iterations, RC4-128"),
        ("PBE-SHA1-RC4-40", "PKCS#12 PBE: SHA-1, 2048 iterations, RC4-40"),
        ("PBE-SHA1-3DES", "PKCS#12 PBE: SHA-1, 2048 iterations, 3-key 3DES-CBC"),
        ("PBE-SHA1-2DES", "PKCS#12 PBE: SHA-1, 2048 iterations, 2-key 3DES-CBC"),
        ("PBE-SHA1-RC2-128", "PKCS#12 PBE: SHA-1, 2048 iterations, RC2-128-CBC"),
        ("PBE-SHA1-RC2-40", "PKCS#12 PBE: SHA-1, 2048 iterations, RC2-40-CBC"),
        ("PBE-MD5-DES", "PBES1: MD5, 2048 iterations, DES-CBC"),
        ("PBE-SHA1-DES", "PBES1: SHA-1, 2048 iterations, DES-CBC"),
        ("PBE-MD5-RC2-64", "PBES1: MD5, 2048 iterations, RC2-64-CBC"),
        ("des-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, DES-CBC"),
        ("des-ede3-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, 3-key 3DES-CBC"),
        ("rc2-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, RC2-128-CBC"),
        ("aes-128-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, AES-128-CBC"),
        ("aes-192-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, AES-192-CBC"),
        ("aes-256-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, AES-256-CBC"),
        ("camellia-256-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, Camellia-256-CBC"),
        ("aria-192-cbc", "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, ARIA-192-CBC"),
        ("NONE", ""),
    ];
    let mut made = 0;
    for (scheme, says) in schemes {
        let head = ["pkcs12", "-export", "-legacy", "-inkey", "key.pem", "-in", "leaf.pem", "-certfile", "chain.pem"];
        let tail = [
            "-name",
            "웹",
            "-keypbe",
            scheme,
            "-certpbe",
            scheme,
            "-passout",
            "pass:ab12",
            "-out",
            "made.pfx",
            "-utf8",
        ];
        let arguments: Vec<&str> = head.into_iter().chain(tail.into_iter().filter(|a| *a != "-utf8")).collect();
        if folder.run("openssl", &arguments).is_none() {
            println!("skipped: this openssl does not write {scheme}");
            continue;
        }
        made += 1;
        let octets = std::fs::read(folder.path("made.pfx")).unwrap();
        let contents = read(&octets, &["wrong", "ab12"]);
        assert!(contents.faults.is_empty(), "{scheme}: {:?}", contents.faults);
        assert_eq!(contents.certificates().count(), 2, "{scheme}");
        assert!(contents.private_keys().all(|k| k.matches(&material().chain.leaf)), "{scheme}");
        assert_eq!(protection(&contents), says);
        let wrong = read(&octets, &["wrong"]);
        if scheme == "NONE" {
            assert!(wrong.complete() && wrong.parts.len() == 3, "{:?}", wrong.faults);
            assert_eq!(wrong.faults[0].why, FaultKind::Unchecked(SecretError::WrongPassword));
        } else {
            assert_eq!(wrong.faults[0].why, FaultKind::Locked(SecretError::WrongPassword), "{scheme}");
        }
    }
    assert!(made >= 10, "{made}");
}

#[test]
fn every_integrity_check_of_openssl_pkcs12() {
    let folder = Folder::new();
    let checks: [&[&str]; 9] = [
        &["-macalg", "sha1"],
        &["-macalg", "sha224"],
        &["-macalg", "sha256"],
        &["-macalg", "sha384"],
        &["-macalg", "sha512"],
        &["-macalg", "sha512-256"],
        &["-macalg", "sha3-256"],
        &["-macalg", "md5", "-nomaciter"],
        &["-nomac"],
    ];
    let mut made = 0;
    for check in checks {
        let head = ["pkcs12", "-export", "-inkey", "key.pem", "-in", "leaf.pem", "-passout", "pass:x", "-out", "made"];
        let arguments: Vec<&str> = head.iter().chain(check).copied().collect();
        if folder.run("openssl", &arguments).is_none() {
            println!("skipped: this openssl does not write {check:?}");
            continue;
        }
        made += 1;
        let contents = read(&std::fs::read(folder.path("made")).unwrap(), &["x"]);
        assert!(contents.faults.is_empty(), "{check:?}: {:?}", contents.faults);
        assert_eq!(contents.parts.len(), 2, "{check:?}");
        let Form::Pkcs12(facts) = &contents.form else { panic!("{:?}", contents.form) };
        assert_eq!(facts.mac.mac().is_none(), check == ["-nomac"]);
    }
    assert!(made >= 6, "{made}");
}

#[test]
fn key_only_certificate_only_and_encrypted_keys_of_openssl() {
    let folder = Folder::new();
    let key_only = ["pkcs12", "-export", "-nocerts", "-inkey", "key.pem", "-passout", "pass:x", "-out", "made"];
    folder.run("openssl", &key_only).unwrap();
    let contents = read(&std::fs::read(folder.path("made")).unwrap(), &["x"]);
    assert_eq!((contents.private_keys().count(), contents.certificates().count()), (1, 0));
    let certificate_only = ["pkcs12", "-export", "-nokeys", "-in", "leaf.pem", "-passout", "pass:x", "-out", "made"];
    folder.run("openssl", &certificate_only).unwrap();
    let contents = read(&std::fs::read(folder.path("made")).unwrap(), &["x"]);
    assert_eq!((contents.private_keys().count(), contents.certificates().count()), (0, 1));

    let mut made = 0;
    for scheme in [
        &["-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"][..],
        &["-v1", "PBE-SHA1-RC2-64", "-provider", "legacy", "-provider", "default"],
        &["-v1", "PBE-SHA1-3DES"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
        &["-v2", "des3", "-iter", "1"],
        &["-scrypt", "-scrypt_N", "1024"],
    ] {
        let head = ["pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:ab", "-out", "key.p8"];
        let arguments: Vec<&str> = head.iter().chain(scheme).copied().collect();
        if folder.run("openssl", &arguments).is_none() {
            println!("skipped: this openssl does not write {scheme:?}");
            continue;
        }
        made += 1;
        let octets = std::fs::read(folder.path("key.p8")).unwrap();
        let contents = read(&octets, &["ab"]);
        assert!(contents.private_keys().all(|k| k.matches(&material().chain.leaf)), "{scheme:?}");
        assert!(contents.complete() && contents.parts.len() == 1, "{scheme:?}: {:?}", contents.faults);
        assert_eq!(read(&octets, &[]).faults[0].why, FaultKind::Locked(SecretError::NoPassword));
    }
    assert!(made >= 5, "{made}");
}

#[test]
fn openssl_opens_what_we_write() {
    let folder = Folder::new();
    for (profile, legacy) in [(Profile::Windows2012, true), (Profile::Modern, false)] {
        std::fs::write(folder.path("ours.pfx"), pfx(&Password::new("비밀 ab"), profile)).unwrap();
        let mut arguments = vec!["pkcs12", "-in", "ours.pfx", "-passin", "pass:비밀 ab", "-nodes"];
        if legacy {
            arguments.push("-legacy");
        }
        let output = folder.run("openssl", &arguments).unwrap();
        let text = String::from_utf8_lossy(&output);
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 2);
        assert!(text.contains("Microsoft CSP Name: Microsoft Software Key Storage Provider"), "{text}");
        let contents = read(&output, &[]);
        assert!(contents.private_keys().all(|k| k.matches(&material().chain.leaf)));
        assert_eq!((contents.private_keys().count(), contents.certificates().count()), (1, 2));
    }
}

#[test]
fn java_opens_what_we_write_and_we_its_stores() {
    if !there("keytool") {
        return;
    }
    let folder = Folder::new();
    for profile in [Profile::Windows2012, Profile::Modern] {
        std::fs::write(folder.path("ours.p12"), pfx(&Password::new("secret"), profile)).unwrap();
        let text = folder.run("keytool", &["-list", "-v", "-keystore", "ours.p12", "-storepass", "secret"]).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(text.contains("PrivateKeyEntry") && text.contains("length: 2"), "{text}");
    }
    for (kind, format) in [("jks", Some(Format::Jks)), ("jceks", Some(Format::Jceks)), ("pkcs12", None)] {
        let to = ["-destkeystore", "made", "-deststoretype", kind, "-deststorepass", "changeit"];
        let from = ["-importkeystore", "-noprompt", "-srckeystore", "ours.p12", "-srcstorepass", "secret"];
        let arguments: Vec<&str> = from.into_iter().chain(to).collect();
        std::fs::remove_file(folder.path("made")).ok();
        folder.run("keytool", &arguments).unwrap();
        let store = ["-keystore", "made", "-storepass", "changeit", "-storetype", kind];
        let add = |arguments: &[&str]| {
            let all: Vec<&str> = arguments.iter().chain(&store).copied().collect();
            folder.run("keytool", &all).unwrap()
        };
        if kind == "jceks" {
            // sealed objects stand between the other entries
            add(&["-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "128", "-keypass", "changeit"]);
        }
        add(&["-importcert", "-noprompt", "-alias", "trusted", "-file", "chain.pem"]);
        // importkeystore leaves the key of a JKS or JCEKS store under the password that it had
        let octets = std::fs::read(folder.path("made")).unwrap();
        let contents = read(&octets, &["changeit", "secret"]);
        assert!(contents.faults.is_empty(), "{kind}: {:?}", contents.faults);
        match (&contents.form, format) {
            (Form::Java(found, intact), Some(format)) => assert_eq!((*found, *intact), (format, Some(true))),
            (Form::Pkcs12(_), None) => {}
            (other, _) => panic!("{other:?}"),
        }
        assert!(contents.private_keys().all(|k| k.matches(&material().chain.leaf)));
        assert_eq!((contents.private_keys().count(), contents.certificates().count()), (1, 3), "{kind}");
        let trusted: Vec<&str> =
            contents.parts.iter().filter(|p| p.trusted).filter_map(|p| p.name.as_deref()).collect();
        assert_eq!(trusted, ["trusted"], "{kind}");
        // Without a password a Java store still shows its certificates.
        if format.is_some() {
            let closed = read(&octets, &[]);
            assert_eq!(closed.certificates().count(), 3);
            assert!(closed.faults.iter().any(|f| f.why == FaultKind::Locked(SecretError::NoPassword)));
        }
    }
}

#[test]
fn pkcs7_of_openssl_in_der_and_pem() {
    let folder = Folder::new();
    for form in ["DER", "PEM"] {
        let arguments = [
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            "leaf.pem",
            "-certfile",
            "chain.pem",
            "-outform",
            form,
            "-out",
            "made",
        ];
        folder.run("openssl", &arguments).unwrap();
        let contents = read(&std::fs::read(folder.path("made")).unwrap(), &[]);
        assert!(contents.faults.is_empty(), "{:?}", contents.faults);
        assert_eq!(contents.certificates().count(), 2);
    }
}

#[test]
fn corpus_containers_open_or_say_why() {
    let Some(corpus) = std::env::var_os("TLSDIAG_CORPUS") else {
        println!("skipped: TLSDIAG_CORPUS names no corpus");
        return;
    };
    let mut open = vec![PathBuf::from(corpus).join("keystores")];
    let mut files = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let Ok(octets) = std::fs::read(&path) else { continue };
        let contents = read(&octets, &[]);
        files += 1;
        assert!(!contents.parts.is_empty() || !contents.faults.is_empty(), "{}", path.display());
    }
    assert!(files > 0);
}
