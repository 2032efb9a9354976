//! Hives: written and read back in every form, dirty, cut off, damaged.
use super::system;
use crate::registry::hive::{Hive, HiveError, HiveKind, Recovery, is_hive};
use crate::registry::httpsys::{self, RecordKind};
use crate::registry::make::MadeKey;
use crate::registry::make::hive::{Lists, MadeHive, seal};
use crate::registry::make::log::dirty;
use crate::registry::model::{FaultKind, KeyPath, Kind, Soundness};
use crate::registry::paths::Wants;
use crate::registry::tree::Tree;
use proptest::prelude::*;
use std::io::Cursor;

/// Everything in a hive.
fn all(bytes: &[u8], logs: &[&[u8]]) -> (HiveKind, Recovery, Tree) {
    let mut hive = Hive::open(Cursor::new(bytes), logs).unwrap();
    let kind = hive.kind();
    let mut tree = Tree::everything();
    hive.walk(&kind, &mut tree);
    (kind, hive.recovery().clone(), tree)
}

/// Values of a made key and of those below, as a list to compare.
fn made(root: &MadeKey, mount: &str) -> Vec<(String, String, u32, Vec<u8>)> {
    let mut out = Vec::new();
    root.visit(&mut |path, key| {
        let at = if path.is_empty() { mount.to_owned() } else { format!("{mount}\\{path}") };
        out.extend(key.values.iter().map(|v| (at.clone(), v.name.clone(), v.kind.0, v.data.clone())));
    });
    out.sort();
    out
}

fn read(tree: &Tree) -> Vec<(String, String, u32, Vec<u8>)> {
    let values = tree.keys().flat_map(|key| key.values.iter().map(move |v| (key, v)));
    let mut out: Vec<_> = values
        .map(|(key, v)| (key.path.as_str().to_owned(), v.name.clone(), v.kind.unwrap().0, v.data.clone()))
        .collect();
    out.sort();
    out
}

#[test]
fn every_form_of_hive_reads_back() {
    let mut root = system();
    root.at("Big").binary("blob", &(0..200_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
    root.at("Big").binary("16344", &[7; 16_344]).binary("16345", &[8; 16_345]);
    for number in 0..1700 {
        root.at(&format!("Many\\key{number:05}")).dword("n", number);
    }
    root.at("이름\\Ключ").text("값", "텍스트").set("", Kind::SZ, b"d\0\0\0");
    for (lists, minor) in [(Lists::Hash, 5), (Lists::First, 4), (Lists::Plain, 3), (Lists::Hash, 6)] {
        let hive = MadeHive { lists, minor, ..MadeHive::new(root.clone()) };
        let bytes = hive.write().bytes;
        assert!(is_hive(&bytes));
        let (kind, recovery, tree) = all(&bytes, &[]);
        assert_eq!((kind, recovery), (HiveKind::System, Recovery::Clean), "{lists:?}");
        assert_eq!(tree.faults, [], "{lists:?}");
        assert_eq!(read(&tree), made(&root, "HKLM\\SYSTEM"), "{lists:?}");
        assert!(tree.shows("HKLM\\SYSTEM\\anything"));
    }
}

#[test]
fn wanted_keys_come_by_path_and_the_control_set_in_use_is_the_current_one() {
    let mut root = system();
    for number in 0..3000 {
        root.at(&format!("ControlSet001\\Enum\\device{number}")).text("Name", "not wanted");
    }
    let bytes = MadeHive::new(root).write().bytes;
    let mut hive = Hive::open(Cursor::new(&bytes), &[]).unwrap();
    let kind = hive.kind();
    let mut tree = Tree::wanting(Wants::tls());
    hive.gather(&kind, &Wants::tls(), &mut tree);
    tree.settle();
    assert_eq!(tree.current, Some(2));
    let server = "Control\\SecurityProviders\\schannel\\protocols\\tls 1.2\\SERVER";
    let enabled = |set: &str| tree.value(&format!("HKLM\\SYSTEM\\{set}\\{server}"), "enabled").unwrap().number();
    assert_eq!(enabled("CurrentControlSet"), Some(1));
    assert_eq!(enabled("ControlSet001"), Some(0));
    assert!(tree.key("HKLM\\SYSTEM\\ControlSet002").is_none());
    assert!(tree.keys().all(|key| !key.path.as_str().contains("Enum")));
    assert!(tree.shows("HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\SSL 3.0"));
    assert!(tree.keys_met < 60, "{} keys were visited", tree.keys_met);
    let records = httpsys::records(&tree, "CurrentControlSet");
    let [address, host] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((address.kind, address.endpoint.as_str()), (RecordKind::Address, "0.0.0.0:443"));
    assert_eq!(address.hash, Some(vec![0xab; 20]));
    assert_eq!(address.app_id.as_deref(), Some("{4dc3e181-a14b-4b21-b022-59fc669b0914}"));
    assert_eq!((address.check_mode, address.flags), (Some(1), Some(2)));
    assert_eq!(address.others, [("Odd".to_owned(), "REG_0x10000".to_owned())]);
    assert_eq!(
        (host.kind, host.endpoint.as_str(), host.hash.as_deref()),
        (RecordKind::Host, "www.example.com:443", Some(&[][..]))
    );
    let list = httpsys::listen_list(&tree, "CurrentControlSet").unwrap();
    assert_eq!(list.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.5", "::1"]);
}

#[test]
fn a_dirty_hive_takes_the_pages_of_its_log() {
    for (new_format, minor) in [(true, 5), (false, 3)] {
        let older = MadeHive { minor, ..MadeHive::new(system()) };
        let mut root = system();
        root.at("ControlSet002\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server").dword("Enabled", 0);
        root.at("ZZZ").text("added", "later");
        let newer = MadeHive { root, ..older.clone() };
        let made = dirty(&older.write().bytes, &newer.write().bytes, new_format);
        let path = "HKLM\\SYSTEM\\ControlSet002\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server";
        let enabled = |tree: &Tree| tree.value(path, "Enabled").unwrap().number();

        let (_, recovery, tree) = all(&made.hive, &[]);
        assert_eq!((recovery, enabled(&tree)), (Recovery::Missing, Some(1)));
        let (_, recovery, tree) = all(&made.hive, &[&made.log, &[]]);
        assert!(
            matches!(recovery, Recovery::Applied { new_format: n, entries: 1, .. } if n == new_format),
            "{recovery:?}"
        );
        assert_eq!(enabled(&tree), Some(0));
        assert!(tree.value("HKLM\\SYSTEM\\ZZZ", "added").is_some());

        let mut broken = made.log.clone();
        *broken.last_mut().unwrap() ^= 1;
        broken[600] ^= 1;
        let (_, recovery, tree) = all(&made.hive, &[&broken]);
        if new_format {
            assert!(matches!(&recovery, Recovery::Unusable(why) if why[0].contains("checksum")), "{recovery:?}");
            assert_eq!(enabled(&tree), Some(1));
        }
        let (_, recovery, _) = all(&made.hive, &[&made.log[..made.log.len() - 100]]);
        assert!(matches!(&recovery, Recovery::Unusable(why) if why[0].contains("cut off")), "{recovery:?}");
        assert!(matches!(Hive::open(Cursor::new(&made.log), &[]), Err(HiveError::IsALog(_))));
    }
}

#[test]
fn a_hive_without_its_beginning_is_read_with_its_log() {
    let older = MadeHive::new(system());
    let made = dirty(&older.write().bytes, &older.write().bytes, true);
    let mut lost = made.hive.clone();
    lost[..4].copy_from_slice(&[0; 4]);
    assert!(matches!(Hive::open(Cursor::new(&lost), &[]), Err(HiveError::NotAHive([0, 0, 0, 0]))));
    let (kind, _, tree) = all(&lost, &[&made.log]);
    assert_eq!(kind, HiveKind::System);
    assert!(tree.faults.iter().any(|fault| fault.expected == "the checksum of the base block"));
}

#[test]
fn damage_is_told_with_its_place_and_the_rest_is_read() {
    let written = MadeHive::new(system()).write();
    let schannel = "CONTROLSET002\\CONTROL\\SECURITYPROVIDERS\\SCHANNEL";
    let cell = written.keys[&format!("{schannel}\\CIPHERS")];
    let mut bytes = written.bytes.clone();
    bytes[cell + 4] = b'x';
    let (_, _, tree) = all(&bytes, &[]);
    let [fault] = tree.faults.as_slice() else { panic!("{:?}", tree.faults) };
    assert_eq!((fault.what, fault.place.to_string()), (FaultKind::Malformed, format!("offset 0x{cell:x}")));
    assert_eq!(
        fault.key.as_ref().unwrap().as_str(),
        "HKLM\\SYSTEM\\ControlSet002\\Control\\SecurityProviders\\SCHANNEL"
    );
    assert!(
        tree.key("HKLM\\SYSTEM\\ControlSet002\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server")
            .is_some()
    );
    assert!(!tree.shows("HKLM\\SYSTEM\\ControlSet002"), "a damaged hive does not show all");

    // A value whose data lie outside.
    let value = written.values["SELECT\\=CURRENT"];
    let mut bytes = written.bytes.clone();
    bytes[value + 8..value + 16].copy_from_slice(&[0x10, 0, 0, 0, 0, 0, 0, 0x10]);
    let (_, _, tree) = all(&bytes, &[]);
    let current = tree.value("HKLM\\SYSTEM\\Select", "Current").unwrap();
    assert!(matches!(current.sound, Soundness::Damaged { .. }), "{current:?}");
    assert_eq!(current.number(), None);

    // A key that is its own child.
    let mut bytes = written.bytes.clone();
    let root = written.keys[""];
    let list = u32::from_le_bytes(bytes[root + 4 + 28..root + 4 + 32].try_into().unwrap()) as usize + 4096;
    let own = (u32::try_from(root).unwrap() - 4096).to_le_bytes();
    bytes[list + 8..list + 12].copy_from_slice(&own);
    let (_, _, tree) = all(&bytes, &[]);
    assert!(tree.faults.iter().any(|fault| fault.what == FaultKind::Loop));
}

#[test]
fn a_hive_cut_off_at_any_point_gives_what_is_there() {
    let bytes = MadeHive::new(system()).write().bytes;
    let whole = read(&all(&bytes, &[]).2);
    let mut most = 0;
    for end in (0..bytes.len()).step_by(97) {
        match Hive::open(Cursor::new(&bytes[..end]), &[]) {
            Err(HiveError::CutOff { have }) => assert!(have == end as u64 && end < 512),
            Err(other) => panic!("{other}"),
            Ok(mut hive) => {
                let cut = hive.cut_off().unwrap();
                assert_eq!((cut.have, cut.claimed), (end as u64, bytes.len() as u64));
                let mut tree = Tree::everything();
                hive.walk(&HiveKind::System, &mut tree);
                assert!(tree.faults.iter().any(|fault| fault.what == FaultKind::CutOff), "at {end}");
                assert!(tree.seen.is_empty(), "a part is never told to be whole");
                let sound =
                    tree.keys().flat_map(|key| &key.values).filter(|value| value.sound == Soundness::Sound).count();
                most = most.max(sound);
                let known = |path: &KeyPath| whole.iter().any(|(at, ..)| at.starts_with(path.as_str()));
                assert!(tree.keys().filter(|key| !key.values.is_empty()).all(|key| known(&key.path)));
            }
        }
    }
    assert!(most > whole.len() / 2);
}

#[test]
fn hives_are_told_apart_by_their_keys() {
    let kind = |paths: &[&str], name: &str, root: &str| {
        let mut key = MadeKey::new(root);
        paths.iter().for_each(|path| {
            key.at(path);
        });
        let hive = MadeHive { file_name: name.to_owned(), ..MadeHive::new(key) };
        Hive::open(Cursor::new(hive.write().bytes), &[]).unwrap().kind()
    };
    assert_eq!(kind(&["Microsoft\\Windows NT\\CurrentVersion", "Classes"], "", "ROOT"), HiveKind::Software);
    assert_eq!(
        kind(&["Software\\Microsoft", "Control Panel"], "\\??\\C:\\Users\\a\\NTUSER.DAT", "ROOT"),
        HiveKind::User
    );
    assert_eq!(kind(&["Software\\Microsoft"], "temRoot\\System32\\Config\\DEFAULT", "ROOT"), HiveKind::Default);
    assert_eq!(kind(&["SAM\\Domains"], "", "ROOT"), HiveKind::Sam);
    assert_eq!(kind(&["Objects", "Description"], "", "ROOT"), HiveKind::Bcd);
    let part = kind(&["Protocols\\TLS 1.2", "Ciphers"], "", "SCHANNEL");
    assert_eq!(part.mount().as_str(), "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL");
    assert_eq!(kind(&["Something"], "", "X"), HiveKind::Other("X".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..6000), log in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let mut bytes = bytes;
        for start in [0, 4] {
            if start == 4 && bytes.len() > 512 {
                bytes[..4].copy_from_slice(b"regf");
                bytes[28] = 0;
                seal(&mut bytes);
            }
            if let Ok(mut hive) = Hive::open(Cursor::new(&bytes), &[&log]) {
                let kind = hive.kind();
                hive.walk(&kind, &mut Tree::everything());
            }
        }
    }

    #[test]
    fn any_flipped_bytes_leave_the_reader_standing(flips in proptest::collection::vec((4096_usize..16000, any::<u8>()), 1..12)) {
        let mut bytes = MadeHive::new(system()).write().bytes;
        let length = bytes.len();
        for (at, byte) in flips {
            bytes[4096 + at % (length - 4096)] = byte;
        }
        let (_, _, tree) = all(&bytes, &[]);
        prop_assert!(tree.keys_met < 10_000);
    }

    #[test]
    fn what_is_written_is_read(values in proptest::collection::btree_map("[a-zA-Z가-힣 .-]{1,20}", (0_u32..20, proptest::collection::vec(any::<u8>(), 0..40)), 0..30)) {
        let mut root = system();
        for (name, (kind, data)) in &values {
            root.at("Values").set(name, Kind(*kind), data);
            root.at(&format!("Keys\\{name}")).set("v", Kind(*kind), data);
        }
        let (_, _, tree) = all(&MadeHive::new(root.clone()).write().bytes, &[]);
        prop_assert_eq!(read(&tree), made(&root, "HKLM\\SYSTEM"));
    }
}

#[test]
fn control_sets_of_which_none_is_told_to_be_in_use_are_not_shown_as_the_current_one() {
    let mut root = system();
    root.keys.retain(|key| key.name != "Select");
    let mut hive = Hive::open(Cursor::new(MadeHive::new(root).write().bytes), &[]).unwrap();
    let mut tree = Tree::wanting(Wants::tls());
    hive.gather(&HiveKind::System, &Wants::tls(), &mut tree);
    tree.settle();
    assert!(tree.ambiguous && !tree.shows("HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters"));
    assert!(tree.shows("HKLM\\SYSTEM\\ControlSet001\\Services\\HTTP\\Parameters"));
}
