//! PFX files and Java key stores.
use crate::made::{HOST, Made, PASSWORD};
use crate::{codes, is, only, target};
use std::process::{Command, Stdio};

#[test]
fn a_pfx_opens_with_its_password_alone() {
    let m = Made::new();
    m.leaf("site", "rsa");
    for (name, how) in
        [("modern", &[][..]), ("legacy", &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"])]
    {
        let file = format!("{name}.pfx");
        let mut args = vec![
            "pkcs12",
            "-export",
            "-inkey",
            "site.key",
            "-in",
            "site.crt",
            "-certfile",
            "int.crt",
            "-name",
            "site",
            "-passout",
            "env:PW",
            "-out",
            &file,
        ];
        args.extend(how);
        m.openssl(&args);
        let dir = m.path(&format!("{name}-only"));
        std::fs::create_dir(&dir).unwrap();
        std::fs::copy(m.path(&file), dir.join(&file)).unwrap();
        let r = m.tlsdiag_with(&dir, &[&file, "--json", "--name", HOST], Some(PASSWORD));
        let doc = only(&r);
        // Windows before 2019 reads the old one alone
        let (verdict, key) = if name == "modern" { ("partial", "warn") } else { ("works", "ok") };
        is(target(&doc, 0), &file, verdict, key, "ok");
        assert_eq!(codes(&doc).contains(&"TD2008".to_owned()), name == "modern", "{:?}", codes(&doc));
        let r = m.tlsdiag(&dir, &[&file]);
        assert!(r.exit != 0 && r.out.contains(&file), "{}", r.out);
        let (none, wrong) =
            (m.tlsdiag(&dir, &[&file, "--json"]), m.tlsdiag_with(&dir, &[&file, "--json"], Some("guess")));
        assert!(codes(&none.json()).contains(&"TD2002".to_owned()), "{}", none.out);
        assert!(codes(&wrong.json()).contains(&"TD2003".to_owned()), "{}", wrong.out);
    }
}

#[test]
fn a_pfx_without_a_key_lacks_it_and_one_of_two_gives_two() {
    let m = Made::new();
    m.leaf("site", "rsa");
    m.openssl(&[
        "pkcs12",
        "-export",
        "-nokeys",
        "-in",
        "site.crt",
        "-certfile",
        "int.crt",
        "-passout",
        "env:PW",
        "-out",
        "keyless.pfx",
    ]);
    let dir = m.path("keyless-only");
    std::fs::create_dir(&dir).unwrap();
    std::fs::copy(m.path("keyless.pfx"), dir.join("keyless.pfx")).unwrap();
    let doc = only(&m.tlsdiag_with(&dir, &["keyless.pfx", "--json"], Some(PASSWORD)));
    is(target(&doc, 0), "keyless.pfx", "broken", "fail", "ok");
    assert!(codes(&doc).contains(&"TD1102".to_owned()), "{:?}", codes(&doc));
}

#[test]
fn a_java_key_store_gives_an_identity_for_each_key() {
    let m = Made::new();
    m.leaf("site", "rsa");
    m.leaf("other", "ec");
    for (name, alias) in [("site", "tomcat"), ("other", "second")] {
        let file = format!("{name}.p12");
        let (key, crt) = (format!("{name}.key"), format!("{name}.crt"));
        m.openssl(&[
            "pkcs12",
            "-export",
            "-inkey",
            &key,
            "-in",
            &crt,
            "-certfile",
            "int.crt",
            "-name",
            alias,
            "-passout",
            "pass:changeit",
            "-out",
            &file,
        ]);
        let keytool = Command::new("keytool")
            .args([
                "-importkeystore",
                "-noprompt",
                "-srckeystore",
                &file,
                "-srcstoretype",
                "PKCS12",
                "-srcstorepass",
                "changeit",
            ])
            .args([
                "-destkeystore",
                "site.jks",
                "-deststoretype",
                "JKS",
                "-deststorepass",
                "changeit",
                "-destkeypass",
                "changeit",
            ])
            .current_dir(m.dir())
            .stdin(Stdio::null())
            .output();
        match keytool {
            Ok(out) => assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout)),
            Err(_) => {
                println!("skipped: no keytool on this machine");
                return;
            }
        }
    }
    let dir = m.path("java");
    std::fs::create_dir(&dir).unwrap();
    std::fs::copy(m.path("site.jks"), dir.join("site.jks")).unwrap();
    let doc = m.tlsdiag_with(&dir, &["site.jks", "--json"], Some("changeit")).json();
    let mut typed: Vec<String> = (0..2).map(|i| target(&doc, i).0).collect();
    typed.sort();
    assert_eq!(typed, ["site.jks (second)", "site.jks (tomcat)"]);
    for i in 0..2 {
        let t = target(&doc, i);
        assert_eq!((t.1.as_str(), t.2.as_str(), t.3.as_str()), ("works", "ok", "ok"), "{:?}", codes(&doc));
    }
    // certificates lie open, keys do not
    let doc = m.tlsdiag(&dir, &["site.jks", "--json"]).json();
    assert_eq!(doc["targets"].as_array().unwrap().len(), 2);
    assert_ne!(target(&doc, 0).1, "works");
    assert!(codes(&doc).contains(&"TD2002".to_owned()), "{:?}", codes(&doc));
}
