//! Files that others made: every hive, export and policy in the corpus is read, or refused with its reason.
use crate::registry::hive::{Hive, HiveKind, Recovery, is_hive};
use crate::registry::model::{FaultKind, Root};
use crate::registry::store::entries;
use crate::registry::tree::Tree;
use crate::registry::{export, policy};
use encoding_rs::WINDOWS_1252;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let found =
        std::env::var_os("TLSDIAG_CORPUS").map(|dir| PathBuf::from(dir).join("registry")).filter(|dir| dir.is_dir());
    if found.is_none() {
        eprintln!("skipped: TLSDIAG_CORPUS does not name a directory with registry/ in it");
    }
    found
}

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

fn logs(path: &Path) -> Vec<Vec<u8>> {
    let stem = path.file_name().unwrap().to_str().unwrap();
    let beside = |end: &str| std::fs::read(path.with_file_name(format!("{stem}{end}"))).ok();
    [".LOG1", ".LOG2", ".LOG"].into_iter().filter_map(beside).collect()
}

fn walk(path: &Path, logs: &[Vec<u8>]) -> (HiveKind, Recovery, Tree) {
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let mut hive = Hive::open(Cursor::new(std::fs::read(path).unwrap()), &logs).unwrap();
    let kind = hive.kind();
    let mut tree = Tree::everything();
    hive.walk(&kind, &mut tree);
    (kind, hive.recovery().clone(), tree)
}

#[test]
fn every_file_is_read_or_refused() {
    let Some(dir) = corpus() else { return };
    let mut paths = Vec::new();
    files(&dir, &mut paths);
    paths.sort();
    let (mut hives, mut refused) = (0, 0);
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(&dir).unwrap().display().to_string();
        if is_hive(&bytes) || name.ends_with("Hive") {
            let logs = logs(&path);
            let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
            match Hive::open(Cursor::new(&bytes), &logs) {
                Ok(mut hive) => {
                    hives += 1;
                    let kind = hive.kind();
                    let mut tree = Tree::everything();
                    hive.walk(&kind, &mut tree);
                    let first = tree.faults.first().map(ToString::to_string).unwrap_or_default();
                    eprintln!(
                        "{name}: {} {:?}, {} keys, {} values, {} faults {first}",
                        kind.name(),
                        hive.recovery(),
                        tree.keys_met,
                        tree.values_met,
                        tree.fault_count
                    );
                    assert!(tree.keys_met > 0 || tree.fault_count > 0, "{name}");
                }
                Err(error) => {
                    refused += 1;
                    eprintln!("{name}: refused, {error}");
                }
            }
        } else if policy::is_policy(&bytes) {
            let mut tree = Tree::everything();
            let root = if name.contains("/User/") { Root::CurrentUser } else { Root::LocalMachine };
            let report = policy::read(&bytes, root, &mut tree).unwrap();
            let certificates: Vec<_> = entries(&tree).collect();
            eprintln!("{name}: policy of {} entries, {} store entries", report.entries, certificates.len());
            assert_eq!((report.stopped, tree.fault_count), (None, 0), "{name}");
            assert!(certificates.iter().all(|e| e.element.faults.is_empty() && e.element.der.is_some()), "{name}");
            if name.contains("/Certificates/") {
                assert!(certificates.len() > 20, "{name}");
            }
        } else if name.ends_with(".reg") {
            let mut tree = Tree::everything();
            let report = export::read(bytes.as_slice(), WINDOWS_1252, &mut tree).unwrap();
            eprintln!("{name}: {report:?}");
            assert_eq!((report.keys, report.not_understood, tree.fault_count), (9, 0, 1), "{:?}", tree.faults);
        } else {
            eprintln!("{name}: no registry file ({} bytes)", bytes.len());
        }
    }
    assert!(hives > 30 && refused > 0, "{hives} read, {refused} refused");
}

#[test]
fn dirty_hives_become_what_windows_made_of_them() {
    let Some(dir) = corpus() else { return };
    let base = dir.join("msuhanov+yarp/hives_for_tests");
    for (dirty, recovered) in [
        ("NewDirtyHive1/NewDirtyHive", "NewDirtyHive1/RecoveredHive_Windows10"),
        ("OldDirtyHive/OldDirtyHive", "OldDirtyHive/RecoveredHive_Windows7"),
    ] {
        let path = base.join(dirty);
        let (_, before, old) = walk(&path, &[]);
        let (_, after, new) = walk(&path, &logs(&path));
        let (_, _, wanted) = walk(&base.join(recovered), &[]);
        assert_eq!(before, Recovery::Missing);
        assert!(matches!(after, Recovery::Applied { .. }), "{dirty}: {after:?}");
        let list =
            |tree: &Tree| tree.keys().map(|k| (k.path.as_str().to_owned(), k.values.clone())).collect::<Vec<_>>();
        assert_eq!(list(&new), list(&wanted), "{dirty}");
        assert_ne!(list(&old), list(&wanted), "{dirty}");
    }
}

#[test]
fn http_and_schannel_of_real_system_hives_are_there() {
    let Some(dir) = corpus() else { return };
    for name in ["SYSTEM", "SYSTEM_2"] {
        let path = dir.join("mkorman90+regipy/regipy_tests/data").join(name);
        let wants = crate::registry::paths::Wants::tls();
        let mut hive = Hive::open(std::fs::File::open(path).unwrap(), &[]).unwrap();
        let kind = hive.kind();
        assert_eq!(kind, HiveKind::System);
        let mut tree = Tree::wanting(wants.clone());
        hive.gather(&kind, &wants, &mut tree);
        tree.settle();
        assert_eq!(tree.current, Some(1));
        let schannel = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL";
        assert_eq!(tree.value(schannel, "EventLogging").unwrap().number(), Some(1));
        let client = format!("{schannel}\\Protocols\\SSL 2.0\\Client");
        assert_eq!(tree.value(&client, "DisabledByDefault").unwrap().number(), Some(1));
        assert!(tree.shows(schannel), "{name}: {:?}", tree.faults);
        let urls = crate::registry::httpsys::reservations(&tree, "CurrentControlSet");
        let wsman = urls.iter().find(|url| url.url == "https://+:5986/wsman/").unwrap();
        assert!(wsman.access.iter().any(|access| access.sid.starts_with("S-1-5-80-")));
        assert!(crate::registry::httpsys::records(&tree, "CurrentControlSet").is_empty());
        assert!(tree.faults.iter().all(|fault| fault.what != FaultKind::Loop));
    }
}
