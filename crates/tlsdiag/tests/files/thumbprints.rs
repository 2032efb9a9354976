//! Thumbprints as they come out of Windows' dialogue.
use crate::made::Made;
use crate::{codes, only, target};

#[test]
fn a_thumbprint_with_an_invisible_character_is_held_against_the_certificate() {
    let m = Made::new();
    m.leaf("site", "ec");
    let dir = m.folder("hash", &[("site.crt+int.crt", "fullchain.pem")]);
    let print = String::from_utf8(m.openssl(&["x509", "-in", "site.crt", "-noout", "-fingerprint", "-sha1"])).unwrap();
    let print = print.trim().rsplit('=').next().unwrap().to_ascii_lowercase();
    let copied = format!("\u{200e}{}", print.replace(':', " "));
    let r = m.tlsdiag(&dir, &["fullchain.pem", &copied, "--json"]);
    let doc = r.json();
    assert_eq!(doc["targets"].as_array().unwrap().len(), 2, "the files, and the thumbprint: {}", r.out);
    assert_eq!(target(&doc, 1).1, "broken");
    assert_eq!((target(&doc, 0).0.as_str(), target(&doc, 0).1.as_str()), ("fullchain.pem", "works"));
    assert!(r.exit == 1 && codes(&doc).contains(&"TD4010".to_owned()), "{:?}", codes(&doc));
    assert_eq!(doc["facts"]["pasted/0"]["value"]["is"], "same");
    let r = m.tlsdiag(&dir, &["fullchain.pem", &copied]);
    assert!(r.out.contains("the thumbprint holds a character that cannot be seen"), "{}", r.out);
    crate::run::inert(&r.out);
    // plain and right: nothing to tell
    let plain = only(&m.tlsdiag(&dir, &["fullchain.pem", &print, "--json"]));
    assert_eq!(target(&plain, 0).1, "works", "{:?}", codes(&plain));
    let r = m.tlsdiag(&dir, &[&print]);
    assert_eq!(r.exit, 3, "{}", r.out);
    assert!(r.out.contains("thumbprint"), "{}", r.out);
}
