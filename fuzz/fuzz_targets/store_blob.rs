//! Blobs in the registry: an entry of a certificate store, and what HTTP.sys keeps as octets.
//! Seeds: `cargo run -p tlsdiag-winfiles --example file_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_winfiles::registry::store::Element;
use tlsdiag_winfiles::registry::{KeyPath, Kind, Place, Sink, Soundness, Tree, Value, httpsys, store};

const PARAMETERS: &str = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";
const NAMES: [&str; 8] = [
    "SslCertHash",
    "AppId",
    "SslCertStoreName",
    "DefaultSslCertCheckMode",
    "DefaultFlags",
    "HostnamePort",
    "Port",
    "Other",
];

fn put(tree: &mut Tree, path: &str, name: &str, kind: Option<Kind>, data: &[u8]) {
    let path = KeyPath::parse(path).expect("a path");
    let (place, sound) = (Place::Line(1), Soundness::Sound);
    tree.take_value(&path, Value { name: name.to_owned(), kind, data: data.to_vec(), place, sound });
}

fuzz_target!(|data: &[u8]| {
    let element = Element::decode(data);
    // Properties stand one after the other, inside the blob; only the last fault may be of what follows them.
    assert!(element.properties.is_sorted_by(|one, next| one.offset + one.length + 12 <= next.offset));
    assert!(element.properties.iter().all(|found| found.offset + found.length <= data.len()));
    assert!(element.faults.iter().all(|fault| fault.offset <= data.len() && !fault.found.is_empty()));
    assert!(element.der.as_ref().is_none_or(|der| der.len() + 12 <= data.len()));

    let mut tree = Tree::everything();
    let certificate = "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\MY\\Certificates\\00";
    put(&mut tree, certificate, "Blob", Some(Kind::BINARY), data);
    assert_eq!(store::entries(&tree).map(|entry| entry.element).collect::<Vec<_>>(), [element]);

    // Every type for every name.
    for kind in [None, Some(Kind::BINARY), Some(Kind::SZ), Some(Kind::MULTI_SZ), Some(Kind::DWORD)] {
        let mut tree = Tree::everything();
        for table in ["SslBindingInfo", "SslSniBindingInfo", "SslCcsBindingInfo"] {
            for name in NAMES {
                put(&mut tree, &format!("{PARAMETERS}\\{table}\\0.0.0.0:443"), name, kind, data);
            }
        }
        put(&mut tree, PARAMETERS, "ListenOnlyList", kind, data);
        put(&mut tree, &format!("{PARAMETERS}\\UrlAclInfo"), "https://+:443/", kind, data);
        assert_eq!(httpsys::records(&tree, "CurrentControlSet").len(), 3);
        let list = httpsys::listen_list(&tree, "CurrentControlSet").expect("it was put there");
        assert!(list.addresses.len() + list.not_understood.len() <= data.len());
        let reserved = httpsys::reservations(&tree, "CurrentControlSet");
        assert_eq!(reserved.len(), 1);
        assert!(reserved.iter().all(|one| one.access.len() * 8 <= data.len()));
    }
});
