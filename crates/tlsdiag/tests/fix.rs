//! `tlsdiag fix`: what is written, what other programs say of it, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by a panic what is wrong")]
mod made;

use made::{HOST, Made, Ran, ran, s, tlsdiag, tool};
use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
};

fn fix(made: &Made, args: &[&str]) -> Ran {
    ran(tlsdiag().current_dir(made.dir.path()).arg("fix").args(args))
}

/// A folder with everything of a site, each in its own file, and the root under another folder.
fn site() -> Made {
    let m = Made::new();
    m.file("site.crt", &m.leaf);
    m.file("site.key", &m.key);
    m.file("in/ca.crt", &m.issuer);
    m.file("in/root.crt", &m.root);
    m.file("secret", "correct horse\nsecond line\n");
    m
}

fn names(dir: &Path) -> Vec<String> {
    let all = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_jumbled_bundle_becomes_a_chain_in_order_without_its_root() {
    let m = site();
    m.file("jumble.pem", &format!("{}{}{}{}{}", m.root, m.issuer, m.leaf, m.issuer, m.key));
    let r = fix(&m, &["jumble.pem", "-o", "out.pem"]);
    assert_eq!((r.exit, r.err.as_str()), (0, ""), "{r:?}");
    assert_eq!(m.text("out.pem"), format!("{}{}", m.leaf, m.issuer));
    for said in ["Made Root", "the root, which clients must have", "there twice", "in order (certificates: 2)"] {
        assert!(r.out.contains(said), "{said}: {}", r.out);
    }
    m.file("root.pem", &m.root);
    if let Some(v) = tool(
        "openssl",
        &["verify", "-CAfile", s(&m.at("root.pem")), "-untrusted", s(&m.at("out.pem")), s(&m.at("out.pem"))],
    ) {
        assert_eq!(v.exit, 0, "{v:?}");
    }
}

#[test]
fn a_folder_gets_chain_and_key_and_only_its_owner_reads_the_key() {
    let m = site();
    let r = fix(&m, &["site.crt", "site.key", "in/ca.crt", "in/root.crt", "-o", "new/"]);
    assert_eq!(r.exit, 0, "{r:?}");
    assert_eq!(names(&m.at("new")), ["fullchain.pem", "privkey.pem"]);
    assert_eq!(
        (m.text("new/fullchain.pem"), m.text("new/privkey.pem")),
        (format!("{}{}", m.leaf, m.issuer), m.key.clone())
    );
    #[cfg(unix)]
    assert_eq!((mode(&m.at("new/privkey.pem")), mode(&m.at("new"))), (0o600, 0o700));
    // again: nothing is overwritten, nothing is left behind
    let r = fix(&m, &["site.crt", "site.key", "in/ca.crt", "in/root.crt", "-o", "new"]);
    assert!(r.exit == 2 && r.err.contains("fullchain.pem exists and is not overwritten"), "{r:?}");
    assert_eq!(names(&m.at("new")), ["fullchain.pem", "privkey.pem"]);
    let r = fix(&m, &["site.crt", "site.key", "in/ca.crt", "in/root.crt", "-o", "new", "--lang", "ko"]);
    assert!(r.exit == 2 && r.err.contains("이미 있어 덮어쓰지 않습니다"), "{r:?}");
}

#[test]
fn haproxy_gets_one_file() {
    let m = site();
    let r = fix(&m, &["site.key", "site.crt", "in", "-o", "site.pem", "--for", "haproxy"]);
    assert_eq!(r.exit, 0, "{r:?}");
    assert_eq!(m.text("site.pem"), format!("{}{}{}", m.leaf, m.issuer, m.key));
    #[cfg(unix)]
    assert_eq!(mode(&m.at("site.pem")), 0o600);
}

#[test]
fn pfx_files_open_in_other_programs_and_come_back_as_pem() {
    let m = site();
    for (out, more, old) in [("new.pfx", &[][..], false), ("old.pfx", &["--for", "windows-2012"], true)] {
        let mut args = vec!["site.crt", "site.key", "in", "-o", out, "--out-password-file", "secret"];
        args.extend(more);
        let r = fix(&m, &args);
        assert!(r.exit == 0 && !r.out.contains("correct horse"), "{r:?}");
        #[cfg(unix)]
        assert_eq!(mode(&m.at(out)), 0o600);
        let path = m.at(out);
        if let Some(v) =
            tool("openssl", &["pkcs12", "-in", s(&path), "-info", "-nodes", "-passin", "pass:correct horse", "-legacy"])
        {
            assert!(v.exit == 0 && v.out.matches("BEGIN CERTIFICATE").count() == 2, "{v:?}");
            let (des, sha1) = (v.err.contains("pbeWithSHA1And3-KeyTripleDES-CBC"), v.err.contains("MAC: sha1"));
            assert_eq!((des, sha1), (old, old), "{}", v.err);
            let key = v.out.find("BEGIN PRIVATE KEY").unwrap();
            assert!(v.out[key..].contains("END PRIVATE KEY"));
        }
        if let Some(v) = tool("keytool", &["-list", "-v", "-keystore", s(&path), "-storepass", "correct horse"]) {
            assert!(v.exit == 0 && v.out.contains("PrivateKeyEntry") && v.out.contains("chain length: 2"), "{v:?}");
        }
        // and back
        let back = format!("{out}.d/");
        let r = fix(&m, &[out, "in/root.crt", "--password-file", "secret", "-o", &back]);
        assert_eq!(r.exit, 0, "{r:?}");
        assert_eq!(m.text(&format!("{back}privkey.pem")), m.key);
        assert_eq!(m.text(&format!("{back}fullchain.pem")), format!("{}{}", m.leaf, m.issuer));
    }
}

#[test]
fn java_key_stores_become_pem() {
    let m = site();
    m.file("all.pem", &format!("{}{}", m.leaf, m.issuer));
    let r =
        fix(&m, &["site.crt", "site.key", "in", "-o", "keys.p12", "--for", "java", "--out-password-file", "secret"]);
    assert_eq!(r.exit, 0, "{r:?}");
    let (from, to) = (m.at("keys.p12"), m.at("keys.jks"));
    let convert =
        ["-importkeystore", "-srckeystore", s(&from), "-srcstorepass", "correct horse", "-destkeystore", s(&to)];
    let more = ["-deststoretype", "JKS", "-deststorepass", "correct horse", "-noprompt"];
    let Some(v) = tool("keytool", &[&convert[..], &more].concat()) else { return };
    assert_eq!(v.exit, 0, "{v:?}");
    let r = fix(&m, &["keys.jks", "in/root.crt", "--password-file", "secret", "-o", "java/"]);
    assert_eq!(r.exit, 0, "{r:?}");
    assert_eq!(
        (m.text("java/privkey.pem"), m.text("java/fullchain.pem")),
        (m.key.clone(), format!("{}{}", m.leaf, m.issuer))
    );
    // no JKS is written
    let r = fix(&m, &["site.crt", "site.key", "-o", "x.jks", "--for", "java"]);
    assert!(r.exit == 2 && r.err.contains(".p12"), "{r:?}");
}

#[test]
fn keys_are_encrypted_if_a_password_is_given_and_opened_if_theirs_is() {
    let m = site();
    let r = fix(&m, &["site.crt", "site.key", "-o", "locked.key", "--out-password-file", "secret"]);
    assert!(r.exit == 0 && r.out.contains("ssl_password_file"), "{r:?}");
    assert!(m.text("locked.key").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    if let Some(v) = tool("openssl", &["pkey", "-in", s(&m.at("locked.key")), "-passin", "pass:correct horse"]) {
        assert_eq!(v.out, m.key);
    }
    let r = fix(&m, &["site.crt", "locked.key", "-o", "open.key"]);
    assert!(r.exit == 2 && r.err.contains("locked and no password was given"), "{r:?}");
    m.file("wrong", "horse\n");
    let r = fix(&m, &["site.crt", "locked.key", "-o", "open.key", "--password-file", "wrong"]);
    assert!(r.exit == 2 && r.err.contains("the password does not open it"), "{r:?}");
    let r = fix(&m, &["site.crt", "locked.key", "-o", "open.key", "--password-file", "wrong", "--lang", "ko"]);
    assert!(r.exit == 2 && r.err.contains("주어진 암호로 열리지 않습니다"), "{r:?}");
    assert!(!m.at("open.key").exists());
    let r =
        fix(&m, &["site.crt", "locked.key", "-o", "open.key", "--password-file", "wrong", "--password-file", "secret"]);
    assert_eq!((r.exit, m.text("open.key")), (0, m.key.clone()), "{r:?}");
    let r = ran(tlsdiag().current_dir(m.dir.path()).env("TLSDIAG_PASSWORD", "correct horse").args([
        "fix",
        "site.crt",
        "locked.key",
        "-o",
        "again.key",
    ]));
    assert_eq!(r.exit, 0, "{r:?}");
}

#[test]
fn the_right_key_is_picked_and_a_wrong_one_refused() {
    let m = site();
    let (_, other) = m.another("other.made.test");
    m.file("other.key", &other);
    let r = fix(&m, &["other.key", "site.crt", "site.key", "in", "-o", "both.pem", "--for", "haproxy"]);
    assert!(r.exit == 0 && r.out.contains("other.key") && r.out.contains("left out"), "{r:?}");
    assert!(m.text("both.pem").ends_with(&m.key));
    for (lang, words) in [("en", "is not that of the certificate"), ("ko", "의 것이 아닙니다")] {
        let r =
            fix(&m, &["other.key", "site.crt", "in", "-o", "no.pfx", "--out-password-file", "secret", "--lang", lang]);
        assert!(r.exit == 2 && r.err.contains(words) && r.err.contains("other.key"), "{r:?}");
    }
    // the key lies beside: it is pointed at, not taken
    let r = fix(&m, &["site.crt", "in", "-o", "no.pfx", "--out-password-file", "secret"]);
    assert!(r.exit == 2 && r.err.contains("beside the files holds it: name that file too"), "{r:?}");
    assert!(!m.at("no.pfx").exists());
}

#[test]
fn of_two_sites_one_must_be_named() {
    let m = site();
    let (leaf, key) = m.another("other.made.test");
    m.file("two.pem", &format!("{}{}{leaf}{key}{}", m.leaf, m.key, m.issuer));
    let r = fix(&m, &["two.pem", "-o", "x.pem"]);
    assert!(r.exit == 2 && r.err.contains("--name HOST") && r.err.contains("other.made.test"), "{r:?}");
    let r = fix(&m, &["two.pem", "in/root.crt", "-o", "x.pem", "--name", "other.made.test"]);
    assert_eq!((r.exit, m.text("x.pem")), (0, format!("{leaf}{}", m.issuer)), "{r:?}");
    let r = fix(&m, &["two.pem", "-o", "y.pem", "--name", "nobody.made.test"]);
    assert!(r.exit == 2 && r.err.contains("no certificate in these files is for nobody.made.test"), "{r:?}");
}

#[test]
fn what_is_missing_is_found_beside_or_fetched_or_said() {
    // beside
    let m = site();
    m.file("beside.crt", &m.issuer);
    m.file("rootside.pem", &m.root);
    let r = fix(&m, &["site.crt", "-o", "a.pem", "--offline"]);
    assert!(r.exit == 0 && r.out.contains("found beside them in beside.crt"), "{r:?}");
    assert_eq!(m.text("a.pem"), format!("{}{}", m.leaf, m.issuer));

    // nowhere
    let m = Made::new();
    m.file("site.crt", &m.leaf);
    let r = fix(&m, &["site.crt", "-o", "a.pem"]);
    assert!(r.exit == 1 && r.out.contains("missing") && r.out.contains("CN=Made Issuing CA"), "{r:?}");
    assert_eq!(m.text("a.pem"), m.leaf);
    let r = fix(&m, &["site.crt", "-o", "b.pem", "--lang", "ko"]);
    assert!(r.exit == 1 && r.out.contains("빠짐"), "{r:?}");

    // fetched, from an address inside, because the key is here; the issuer's own issuer is nowhere
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ca.der", listener.local_addr().unwrap());
    let m = Made::with(Some(&url));
    let body = m.issuer_der();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 2048]);
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    m.file("site.crt", &m.leaf);
    m.file("sub/site.key", &m.key);
    m.file("out/readme", "");
    m.file("sub/root.pem", &m.root);
    let r = fix(&m, &["site.crt", "sub/site.key", "sub/root.pem", "-o", "out/a.pem"]);
    assert!(r.exit == 0 && r.out.contains(&format!("fetched from {url}")), "{r:?}");
    assert_eq!(m.text("out/a.pem"), format!("{}{}", m.leaf, m.issuer));
    // a certificate without its key may be anybody's: addresses inside are not asked
    let r = fix(&m, &["site.crt", "sub/root.pem", "-o", "out/b.pem"]);
    assert!(r.exit == 1 && r.out.contains(&url), "{r:?}");
    let r = fix(&m, &["site.crt", "sub/site.key", "sub/root.pem", "-o", "out/c.pem", "--offline"]);
    assert!(r.exit == 1 && r.out.contains("without --offline"), "{r:?}");
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let m = site();
    let before = names(m.dir.path());
    for (lang, words) in [("en", "nothing was written"), ("ko", "아무것도 쓰지 않았습니다")] {
        let r = fix(
            &m,
            &["site.crt", "site.key", "in", "-o", "x.pfx", "--for", "windows-2012", "--dry-run", "--lang", lang],
        );
        assert!(r.exit == 0 && r.out.contains(words) && r.out.contains(HOST) && r.out.contains("x.pfx"), "{r:?}");
    }
    assert_eq!(names(m.dir.path()), before);
}

#[test]
fn refusals_say_why_and_write_nothing() {
    let m = site();
    m.file("empty.pem", "nothing here\n");
    let before = names(m.dir.path());
    for (args, words) in [
        (&["site.crt", "site.key", "-o", "x.txt"][..], "is not clear from its name"),
        (&["site.crt", "site.key", "-o", "x.pfx", "--for", "nginx"], "nginx does not read"),
        (&["site.crt", "site.key", "-o", "x.pfx"], "needs a password of its own"),
        (&["empty.pem", "-o", "x.pem"], "no certificate could be had"),
        (&["absent.pem", "-o", "x.pem"], "absent.pem cannot be read"),
        (&["site.crt", "-o", "no/such/x.pem"], "cannot be written"),
        (&["site.key", "-o", "x.pem"], "there is no certificate"),
    ] {
        let r = fix(&m, args);
        assert!(r.exit == 2 && r.err.contains(words) && r.out.is_empty(), "{args:?}: {r:?}");
    }
    assert_eq!(names(m.dir.path()), before);
    // no password by argument
    let r = fix(&m, &["site.crt", "site.key", "-o", "x.pfx", "--password", "horse"]);
    assert_eq!(r.exit, 2);
}

#[test]
fn windows_chains_are_pkcs7_and_single_certificates_der() {
    let m = site();
    let r = fix(&m, &["site.crt", "in", "-o", "chain.p7b"]);
    assert_eq!(r.exit, 0, "{r:?}");
    if let Some(v) = tool("openssl", &["pkcs7", "-inform", "DER", "-in", s(&m.at("chain.p7b")), "-print_certs"]) {
        assert!(v.exit == 0 && v.out.matches("BEGIN CERTIFICATE").count() == 2, "{v:?}");
    }
    let r = fix(&m, &["site.crt", "in", "-o", "one.cer"]);
    assert_eq!(r.exit, 0, "{r:?}");
    if let Some(v) = tool("openssl", &["x509", "-inform", "DER", "-in", s(&m.at("one.cer"))]) {
        assert_eq!(v.out, m.leaf);
    }
}
