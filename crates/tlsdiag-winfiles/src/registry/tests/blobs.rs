//! Store entries: properties written and read back, cut off and damaged.
use crate::registry::hive::{Hive, HiveKind};
use crate::registry::make::MadeKey;
use crate::registry::make::blob::MadeBlob;
use crate::registry::make::hive::MadeHive;
use crate::registry::paths::Wants;
use crate::registry::store::{Content, Element, KeyProvider, Location, entries, property};
use crate::registry::tree::Tree;
use proptest::prelude::*;
use std::io::Cursor;

fn key() -> KeyProvider {
    KeyProvider {
        container: "le-6f1d2c3b-컨테이너".to_owned(),
        provider: "Microsoft RSA SChannel Cryptographic Provider".to_owned(),
        provider_type: 12,
        flags: 0x20,
        key_spec: 1,
    }
}

fn blob() -> Vec<u8> {
    MadeBlob::new()
        .property(property::SHA1_HASH, &[7; 20])
        .key(&key())
        .text(property::FRIENDLY_NAME, "웹 서버")
        .text(property::REQUEST_ORIGINATOR, "WEB01.example.com")
        .property(property::ARCHIVED, &[])
        .property(property::RENEWAL, &[9; 20])
        .usages(&["1.3.6.1.5.5.7.3.1", "2.16.840.1.113730.4.1"])
        .property(4242, b"kept")
        .certificate(&[0x30, 0x03, 0x02, 0x01, 0x05])
        .bytes()
}

#[test]
fn properties_read_back() {
    let element = Element::decode(&blob());
    assert_eq!(element.faults, []);
    assert_eq!(element.key, Some(key()));
    assert!(element.key.as_ref().unwrap().is_machine() && element.archived);
    assert_eq!((element.sha1, element.renewed_by), (Some([7; 20]), Some([9; 20])));
    assert_eq!(element.friendly_name.as_deref(), Some("웹 서버"));
    assert_eq!(element.request_originator.as_deref(), Some("WEB01.example.com"));
    assert_eq!(element.usages.unwrap(), ["1.3.6.1.5.5.7.3.1", "2.16.840.1.113730.4.1"]);
    assert_eq!(element.der.as_deref(), Some(&[0x30, 0x03, 0x02, 0x01, 0x05][..]));
    let other = element.properties.iter().find(|p| p.id == 4242).unwrap();
    assert_eq!(&blob()[other.offset..other.offset + other.length], b"kept");
}

#[test]
fn a_blob_cut_off_keeps_what_came_before() {
    let blob = blob();
    let whole = Element::decode(&blob);
    for end in 0..blob.len() {
        let element = Element::decode(&blob[..end]);
        let boundary = end == 0 || whole.properties.iter().any(|p| p.offset + p.length == end);
        assert_eq!(element.faults.is_empty(), boundary, "at {end}");
        assert!(element.faults.iter().all(|fault| fault.cut_off && fault.offset <= end));
        assert_eq!(element.properties, whole.properties[..element.properties.len()]);
    }
}

#[test]
fn damage_in_a_property_leaves_the_others() {
    let bytes = MadeBlob::new()
        .property(property::KEY_PROV_INFO, &[0xff; 40])
        .property(property::ENHKEY_USAGE, &[0x30, 5, 6, 9, 1])
        .property(property::SHA1_HASH, &[1; 19])
        .usages(&[])
        .certificate(b"der")
        .bytes();
    let element = Element::decode(&bytes);
    let faults: Vec<_> = element.faults.iter().map(|fault| (fault.property, fault.cut_off)).collect();
    assert_eq!(faults, [(Some(2), false), (Some(9), false), (Some(3), false)]);
    assert_eq!(element.usages, Some(Vec::new()), "an empty list: no purpose at all");
    assert_eq!(element.der.as_deref(), Some(&b"der"[..]));
}

#[test]
fn stores_of_a_software_hive_are_found() {
    let mut root = MadeKey::new("ROOT");
    root.at("Microsoft\\Windows NT\\CurrentVersion").text("ProductName", "Windows Server 2012 R2 Standard");
    let thumbprint = "07".repeat(20);
    for store in [
        "Microsoft\\SystemCertificates\\MY",
        "Microsoft\\SystemCertificates\\WebHosting",
        "Policies\\Microsoft\\SystemCertificates\\Root",
        "Microsoft\\EnterpriseCertificates\\CA",
        "Microsoft\\Cryptography\\Services\\NTDS\\SystemCertificates\\MY",
    ] {
        root.at(&format!("{store}\\Certificates\\{thumbprint}")).binary("Blob", &blob());
        root.at(&format!("{store}\\CRLs"));
    }
    let mut hive = Hive::open(Cursor::new(MadeHive::new(root).write().bytes), &[]).unwrap();
    let kind = hive.kind();
    assert_eq!(kind, HiveKind::Software);
    let mut tree = Tree::wanting(Wants::tls());
    hive.gather(&kind, &Wants::tls(), &mut tree);
    let mut found: Vec<_> =
        entries(&tree).map(|e| (e.position.location, e.position.store, e.position.content)).collect();
    found.sort();
    let certificate = |location, store: &str| (location, store.to_owned(), Content::Certificate);
    assert_eq!(
        found,
        [
            certificate(Location::LocalMachine, "MY"),
            certificate(Location::LocalMachine, "WebHosting"),
            certificate(Location::MachinePolicy, "Root"),
            certificate(Location::Enterprise, "CA"),
            certificate(Location::Service("NTDS".to_owned()), "MY"),
        ]
    );
}

#[test]
fn a_fault_of_short_key_provider_info_stands_where_its_data_end() {
    let element = Element::decode(&MadeBlob::new().property(property::KEY_PROV_INFO, b"ab").bytes());
    assert_eq!(element.key, None);
    let told: Vec<_> = element.faults.iter().map(|fault| (fault.offset, fault.found.as_str())).collect();
    assert_eq!(told, [(14, "2 bytes")]);
}

proptest! {
    #[test]
    fn any_bytes_are_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..400), id in 0_u32..130) {
        let _ = Element::decode(&bytes);
        let element = Element::decode(&MadeBlob::new().property(id, &bytes).bytes());
        prop_assert!(element.properties.len() <= 1);
    }
}
