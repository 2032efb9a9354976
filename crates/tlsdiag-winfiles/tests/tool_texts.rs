//! Real output of Windows tools, and the same in the code pages in which it was written.
use std::collections::BTreeMap;
use std::path::PathBuf;
use tlsdiag_winfiles::text::binding::Key;
use tlsdiag_winfiles::text::read::{Contents, Item, read};
use tlsdiag_winfiles::text::shape::Hash;
use tlsdiag_winfiles::text::{Decoded, decode};

/// What each file holds: the tool and how many things it tells.
const FILES: &[(&str, &str, usize)] = &[
    ("appcmd-list-site.en.1", "appcmd", 2),
    ("httpcfg-query-iplisten.en.1", "httpcfg-iplisten", 1),
    ("httpcfg-query-ssl.en.1", "httpcfg-ssl", 1),
    ("httpcfg-query-ssl.en.2", "httpcfg-ssl", 1),
    ("httpcfg-query-ssl.ko.1", "httpcfg-ssl", 1),
    ("httpcfg-query-ssl.ko.2", "httpcfg-ssl", 1),
    ("netsh-http-add-sslcert-error.en.1", "netsh-error", 1),
    ("netsh-http-add-sslcert-error.en.2", "netsh-error", 1),
    ("netsh-http-add-sslcert-help.en.1", "help", 1),
    ("netsh-http-iplisten.en.1", "netsh-iplisten", 3),
    ("netsh-http-servicestate.en.1", "netsh-servicestate", 1),
    ("netsh-http-show-sslcert.de.2", "netsh-sslcert", 1),
    ("netsh-http-show-sslcert.en.1", "netsh-sslcert", 1),
    ("netsh-http-show-sslcert.en.2", "netsh-sslcert", 1),
    ("netsh-http-show-sslcert.fr.1", "netsh-sslcert", 1),
    ("netsh-http-show-sslcert.pt-BR.1", "netsh-sslcert", 2),
    ("netstat-a.ru.1", "netstat", 3),
    ("netstat-abo.fr.1", "netstat", 2),
    ("netstat-ano.de.1", "netstat", 2),
    ("netstat-ano.de.2", "netstat", 2),
    ("netstat-ano.es.1", "netstat", 3),
    ("netstat-ano.es.2", "netstat", 2),
    ("netstat-ano.fr.1", "netstat", 3),
    ("netstat-ano.it.1", "netstat", 2),
    ("netstat-ano.ja.1", "netstat", 0),
    ("netstat-ano.ko.1", "netstat", 3),
    ("netstat-ano.ko.2", "netstat", 3),
    ("netstat-ano.pt.1", "netstat", 3),
    ("netstat-ano.zh-CN.1", "netstat", 2),
    ("netstat-anob.zh-CN.2", "netstat", 2),
];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("TLSDIAG_CORPUS").map(|c| PathBuf::from(c).join("windows-text"))?;
    folder.is_dir().then_some(folder)
}

fn files(folder: &std::path::Path) -> BTreeMap<String, (Decoded, Contents)> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let (Some(name), Ok(octets)) = (name.strip_suffix(".txt"), std::fs::read(entry.path())) {
            let decoded = decode(&octets);
            let contents = read(&decoded);
            out.insert(name.to_owned(), (decoded, contents));
        }
    }
    out
}

#[test]
fn every_listing_is_read_whole_in_every_encoding() {
    let Some(folder) = folder() else {
        eprintln!("skipped: TLSDIAG_CORPUS is not set");
        return;
    };
    let (plain, encoded) = (files(&folder), files(&folder.join("encoded")));
    for (name, tool, count) in FILES {
        let Some((_, contents)) = plain.get(*name) else { panic!("{name} is missing") };
        let tools: Vec<&str> = contents.tools().into_iter().map(|tool| tool.slug()).collect();
        assert_eq!((tools.as_slice(), contents.items().count()), ([*tool].as_slice(), *count), "{name}");
        assert!(contents.not_understood.is_empty(), "{name}: {:?}", contents.not_understood);
    }
    // every file of these tools is in the table
    let ours = ["appcmd", "httpcfg", "netsh", "netstat"];
    for name in plain.keys().filter(|name| ours.iter().any(|tool| name.starts_with(tool))) {
        assert!(FILES.iter().any(|(known, ..)| known == name), "{name} is not in the table");
    }
    for (name, (decoded, contents)) in encoded.iter().filter(|(name, _)| ours.iter().any(|tool| name.starts_with(tool)))
    {
        let (original, encoding) = name.rsplit_once('.').unwrap();
        let (text, told) = &plain[original];
        assert_eq!(
            decoded.text.replace("\r\n", "\n"),
            text.text.replace("\r\n", "\n"),
            "{name} as {}",
            decoded.encoding
        );
        assert_eq!(contents, told, "{name}");
        let shown = decoded.encoding.to_string();
        assert!(shown == encoding || shown == "ASCII" || shown == "UTF-16LE", "{name} was taken for {shown}");
    }
}

#[test]
fn values_of_the_records_of_http_sys() {
    let Some(folder) = folder() else {
        eprintln!("skipped: TLSDIAG_CORPUS is not set");
        return;
    };
    let all = files(&folder);
    let record = |name: &str, at: usize| {
        let records: Vec<_> =
            all[name].1.items().filter_map(|i| if let Item::Binding(b) = i { Some(b.clone()) } else { None }).collect();
        records[at].clone()
    };
    // a blank is the first digit of octet 18
    let Some(Hash::Whole(octets)) = record("httpcfg-query-ssl.en.1", 0).hash else { panic!() };
    assert_eq!((octets.len(), octets[0], octets[17]), (20, 0x2b, 0x03));
    // 39 columns: nineteen octets are beyond doubt
    for name in ["httpcfg-query-ssl.en.2", "httpcfg-query-ssl.ko.2"] {
        let Some(Hash::Damaged { prefix: Some(prefix), value }) = record(name, 0).hash else { panic!("{name}") };
        assert_eq!(
            (prefix.len(), prefix[5], prefix[18], value.found.as_str()),
            (19, 0x08, 0x23, "39 columns"),
            "{name}"
        );
    }
    assert_eq!(record("httpcfg-query-ssl.ko.1", 0).hash, Some(Hash::Null));
    let sts = record("netsh-http-show-sslcert.en.1", 0);
    assert!(matches!(&sts.key, Key::Host(end) if end.to_string() == "sts.margiestravel.com:443"));
    assert_eq!(
        (sts.ctl_store.as_deref(), sts.store, sts.cut),
        (Some("adfstrusteddevices"), Some(Some("my".to_owned())), false)
    );
    assert_eq!(record("netsh-http-show-sslcert.en.2", 0).store, Some(None));
    assert_eq!(record("netsh-http-show-sslcert.fr.1", 0).store, Some(Some("MY".to_owned())));
    let second = record("netsh-http-show-sslcert.pt-BR.1", 1);
    assert!(second.cut && second.app_id.is_none() && second.hash.is_some_and(|hash| hash.octets().is_some()));
}

#[test]
fn listeners_of_every_language_with_their_process() {
    let Some(folder) = folder() else {
        eprintln!("skipped: TLSDIAG_CORPUS is not set");
        return;
    };
    let mut listeners = 0;
    for (name, (_, contents)) in files(&folder).iter().filter(|(name, _)| name.starts_with("netstat-")) {
        for item in contents.items() {
            let Item::Socket(socket) = item else { panic!("{name}: {item:?}") };
            assert!(socket.local.is_ok() && socket.foreign.is_ok(), "{name}: {socket:?}");
            assert_eq!(socket.pid.is_some(), !name.starts_with("netstat-a."), "{name}: {socket:?}");
            listeners += usize::from(socket.listens);
        }
    }
    // two of the rows are connections
    assert_eq!(listeners, 30);
}
