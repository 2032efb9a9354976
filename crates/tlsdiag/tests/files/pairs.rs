//! Certificates and keys as files: which belong together, and what is missing.
use crate::made::{HOST, Made, PASSWORD};
use crate::{codes, is, only, target};
use std::fs;

#[cfg(unix)]
#[test]
fn a_folder_of_certbot_is_one_identity() {
    let m = Made::new();
    m.leaf("site", "ec");
    let live = m.live("site");
    let live = live.to_str().unwrap();
    let r = m.tlsdiag(m.dir(), &[live, "--name", HOST]);
    assert_eq!((r.exit, r.err.as_str()), (0, ""), "{}", r.out);
    assert_eq!(r.first(), format!("fullchain.pem + privkey.pem: good for {HOST}"), "{}", r.out);
    assert!(r.out.contains(&format!("P-256 certificate for {HOST}, good until")), "{}", r.out);
    let doc = only(&m.tlsdiag(m.dir(), &[live, "--json", "--name", HOST]));
    is(target(&doc, 0), "fullchain.pem + privkey.pem", "works", "ok", "ok");
    assert_eq!(doc["targets"][0]["endpoint"], "fullchain.pem + privkey.pem");
    let r = m.tlsdiag(m.dir(), &[live]);
    assert_eq!((r.exit, r.first()), (0, "fullchain.pem + privkey.pem: good"));
    let mut c = crate::run::command();
    c.args([live, "--offline", "--lang", "ko", "--name", HOST, "--ca-file"]).arg(m.path("root.crt"));
    let r = crate::run::wait(c);
    assert_eq!(r.first(), format!("fullchain.pem + privkey.pem: {HOST}에 쓸 수 있습니다"));
}

#[test]
fn a_chain_that_lacks_its_intermediate_is_told_and_named_with_it_works() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("pair", &[("site.crt", "cert.pem"), ("site.key", "privkey.pem")]);
    let r = m.tlsdiag(&dir, &["cert.pem", "privkey.pem", "--name", HOST]);
    assert_eq!(r.exit, 1, "{}", r.out);
    assert!(r.first().starts_with("cert.pem + privkey.pem: will not work: "), "{}", r.out);
    let doc = only(&m.tlsdiag(&dir, &["cert.pem", "privkey.pem", "--json"]));
    is(target(&doc, 0), "cert.pem + privkey.pem", "broken", "ok", "fail");
    assert!(codes(&doc).contains(&"TD2520".to_owned()), "{:?}", codes(&doc));
    // the intermediate lies beside it: what is needed is known by name
    fs::write(dir.join("chain.pem"), m.read("int.crt")).unwrap();
    let r = m.tlsdiag(&dir, &["cert.pem", "privkey.pem"]);
    assert!(r.exit == 1 && r.out.contains("Files Intermediate"), "{}", r.out);
    // and named with the others it is what a server would send
    let doc = only(&m.tlsdiag(&dir, &["cert.pem", "chain.pem", "privkey.pem", "--json"]));
    is(target(&doc, 0), "cert.pem + chain.pem + privkey.pem", "works", "ok", "ok");
}

#[test]
fn another_certificates_key_is_told_and_the_right_one_beside_is_found() {
    let m = Made::new();
    m.leaf("site", "ec");
    m.leaf("old", "rsa");
    let dir =
        m.folder("mixed", &[("site.crt+int.crt", "fullchain.pem"), ("old.key", "old.key"), ("site.key", "right.key")]);
    let r = m.tlsdiag(&dir, &["fullchain.pem", "old.key", "--name", HOST]);
    assert!(r.exit == 1 && r.out.contains("right.key"), "{}", r.out);
    let doc = only(&m.tlsdiag(&dir, &["fullchain.pem", "old.key", "--json"]));
    is(target(&doc, 0), "fullchain.pem + old.key", "broken", "fail", "ok");
    assert_eq!(doc["causes"][0]["labels"][0], "key.mismatch", "{:?}", codes(&doc));
    let doc = only(&m.tlsdiag(&dir, &["fullchain.pem", "right.key", "--json"]));
    is(target(&doc, 0), "fullchain.pem + right.key", "works", "ok", "ok");
}

#[test]
fn an_encrypted_key_opens_with_its_password_alone() {
    let m = Made::new();
    m.leaf("site", "ec");
    m.openssl(&["pkcs8", "-topk8", "-in", "site.key", "-passout", "env:PW", "-out", "locked.pem"]);
    m.openssl(&["ec", "-in", "site.key", "-aes128", "-passout", "env:PW", "-out", "traditional.pem"]);
    let dir = m.folder(
        "locked",
        &[("site.crt+int.crt", "fullchain.pem"), ("locked.pem", "locked.key"), ("traditional.pem", "traditional.key")],
    );
    fs::write(dir.join("right"), format!("{PASSWORD}\n")).unwrap();
    fs::write(dir.join("wrong"), "guess\n").unwrap();
    for key in ["locked.key", "traditional.key"] {
        let typed = format!("fullchain.pem + {key}");
        for (args, environment) in [
            (&["--password-file", "right"][..], None),
            (&["--password-file", "wrong"], Some(PASSWORD)),
            (&[], Some(PASSWORD)),
        ] {
            let mut all = vec!["fullchain.pem", key, "--json"];
            all.extend(args);
            let doc = only(&m.tlsdiag_with(&dir, &all, environment));
            is(target(&doc, 0), &typed, "works", "ok", "ok");
        }
        let doc = only(&m.tlsdiag(&dir, &["fullchain.pem", key, "--json"]));
        assert_ne!(target(&doc, 0).1, "works", "{:?}", codes(&doc));
        let without = codes(&doc);
        let doc = only(&m.tlsdiag(&dir, &["fullchain.pem", key, "--json", "--password-file", "wrong"]));
        assert_ne!(target(&doc, 0).1, "works");
        assert_ne!(codes(&doc), without, "no password and a wrong one are two things");
    }
    let r = m.tlsdiag(&dir, &["fullchain.pem", "locked.key", "--password-file", "missing"]);
    assert!(r.exit == 2 && r.err.contains("--password-file missing: "), "{}", r.err);
}

#[test]
fn iterations_beyond_the_allowed_are_not_computed() {
    let m = Made::new();
    m.leaf("site", "ec");
    m.openssl(&["pkcs8", "-topk8", "-in", "site.key", "-passout", "env:PW", "-iter", "5000", "-out", "locked.pem"]);
    let dir = m.folder("costly", &[("site.crt+int.crt", "fullchain.pem"), ("locked.pem", "locked.key")]);
    let args = ["fullchain.pem", "locked.key", "--json"];
    let works = only(&m.tlsdiag_with(&dir, &args, Some(PASSWORD)));
    assert_eq!(target(&works, 0).1, "works");
    let mut few = args.to_vec();
    few.extend(["--max-iterations", "4999"]);
    let doc = only(&m.tlsdiag_with(&dir, &few, Some(PASSWORD)));
    assert_ne!(target(&doc, 0).1, "works");
    assert!(codes(&doc).contains(&"TD2005".to_owned()), "{:?}", codes(&doc));
}

#[cfg(unix)]
#[test]
fn a_key_that_everybody_may_read_is_a_risk_and_works() {
    use std::os::unix::fs::PermissionsExt;
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("open", &[("site.crt+int.crt", "fullchain.pem"), ("site.key", "site.key")]);
    fs::set_permissions(dir.join("site.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let r = m.tlsdiag(&dir, &["fullchain.pem", "site.key", "--json"]);
    let doc = only(&r);
    assert_eq!((r.exit, target(&doc, 0).1.as_str()), (0, "works"), "{}", r.out);
    assert!(codes(&doc).contains(&"TD2007".to_owned()), "{:?}", codes(&doc));
    fs::set_permissions(dir.join("site.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let doc = only(&m.tlsdiag(&dir, &["fullchain.pem", "site.key", "--json"]));
    assert!(!codes(&doc).contains(&"TD2007".to_owned()), "{:?}", codes(&doc));
}

#[test]
fn dates_are_judged_at_the_given_time_and_names_by_the_given_name() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("late", &[("site.crt+int.crt", "fullchain.pem"), ("site.key", "site.key")]);
    let with = |more: &[&str]| {
        let mut args = vec!["fullchain.pem", "site.key", "--json"];
        args.extend(more);
        let r = m.tlsdiag(&dir, &args);
        let doc = only(&r);
        (r.exit, target(&doc, 0).1, doc["causes"][0]["code"].as_str().unwrap_or_default().to_owned())
    };
    let day = |n: u64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        (now + n * 86_400).to_string()
    };
    assert_eq!((with(&[]).0, with(&[]).1), (0, "works".to_owned()));
    assert_eq!(with(&["--at", &day(91)]), (1, "broken".to_owned(), "TD2501".to_owned()));
    assert_eq!(with(&["--at", "2001-01-01"]), (1, "broken".to_owned(), "TD2502".to_owned()));
    assert_eq!(with(&["--name", "other.example.kr"]), (1, "broken".to_owned(), "TD2530".to_owned()));
    assert_eq!(with(&["--name", HOST]).1, "works");
    let r = m.tlsdiag(&dir, &["fullchain.pem", "--at", "yesterday"]);
    assert!(r.exit == 2 && r.err.contains("2026-11-24T08:00:00Z"), "{}", r.err);
}

#[test]
fn a_certificate_alone_is_judged_without_a_key_and_a_key_finds_its_certificate() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("alone", &[("site.crt+int.crt", "fullchain.pem")]);
    let r = m.tlsdiag(&dir, &["fullchain.pem", "--json"]);
    let doc = only(&r);
    is(target(&doc, 0), "fullchain.pem", "works", "unseen", "ok");
    let keys = m.folder("keys", &[("site.key", "site.key")]);
    let r = m.tlsdiag(&keys, &["site.key"]);
    assert!(r.exit == 3 && r.first().contains("site.key holds a private key"), "{}", r.out);
    fs::copy(dir.join("fullchain.pem"), keys.join("chain.pem")).unwrap();
    let doc = only(&m.tlsdiag(&keys, &["site.key", "--json"]));
    is(target(&doc, 0), "chain.pem + site.key", "works", "ok", "ok");
}

#[test]
fn a_folder_without_the_key_lacks_it() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("keyless", &[("site.crt+int.crt", "fullchain.pem"), ("site.crt", "cert.pem")]);
    let doc = only(&m.tlsdiag(m.dir(), &[dir.to_str().unwrap(), "--json"]));
    is(target(&doc, 0), "fullchain.pem", "broken", "fail", "ok");
    assert!(codes(&doc).contains(&"TD1102".to_owned()), "{:?}", codes(&doc));
}

#[test]
fn two_folders_are_two_identities() {
    let m = Made::new();
    m.leaf("a", "ec");
    m.leaf("b", "rsa");
    let one = m.folder("one", &[("a.crt+int.crt", "fullchain.pem"), ("a.key", "privkey.pem")]);
    let two = m.folder("two", &[("b.crt+int.crt", "fullchain.pem"), ("b.key", "privkey.pem")]);
    let r = m.tlsdiag(m.dir(), &[one.to_str().unwrap(), two.to_str().unwrap(), "--json"]);
    let doc = r.json();
    assert_eq!(doc["targets"].as_array().unwrap().len(), 2);
    for (i, dir) in [&one, &two].into_iter().enumerate() {
        let d = dir.display();
        is(target(&doc, i), &format!("{d}/fullchain.pem + {d}/privkey.pem"), "works", "ok", "ok");
    }
    let lines = m.tlsdiag(m.dir(), &[one.to_str().unwrap(), two.to_str().unwrap(), "--format", "jsonl"]);
    assert_eq!(lines.out.lines().count(), 2);
}

#[test]
fn a_request_is_no_certificate() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("request", &[("site.csr", "site.crt"), ("site.key", "site.key")]);
    let r = m.tlsdiag(&dir, &["site.crt", "site.key", "--json"]);
    let doc = r.json();
    assert_eq!(r.exit, 1, "{}", r.out);
    assert!(codes(&doc).contains(&"TD1105".to_owned()), "{:?}", codes(&doc));
}
