//! Folders: several machines in one, links in circles, files that cannot be read, that are empty, that lie there twice.
use crate::{complete, folder, joined, named, names, notes, read, rows, server};
use std::collections::BTreeSet;
use tlsdiag_casebook::server::{page, utf8};
use tlsdiag_model::facts::{Binding, Event, Stored};
use tlsdiag_model::{Host, Kind};
use tlsdiag_winfiles::text::make::Words;

#[test]
fn two_machines_mixed_in_one_folder() {
    let (mut a, mut b) = (named("SRV-WEB1", "shop.example"), named("SRV-WEB2", "pay.example"));
    b.guid = "11111111-2222-3333-4444-555555555555";
    a.records.truncate(1);
    a.schannel(500, 36870, &["server", "0x8009030d", "10001"]);
    b.schannel(400, 36871, &["server", "10013"]);
    let dir = folder([
        ("SYSTEM-1", a.system_hive()),
        ("SYSTEM-2", b.system_hive()),
        ("a.evtx", a.evtx()),
        ("b.evtx", b.evtx()),
        ("netsh.txt", page(&a.netsh(&Words::korean()), 949)),
    ]);
    let (case, hosts) = joined(read(dir.path()));
    let of = |label: &str| {
        let at =
            case.hosts.iter().position(|h| h.label == label).unwrap_or_else(|| panic!("{label}: {:?}", case.hosts));
        Host(u32::try_from(at).unwrap())
    };
    let (one, two) = (of("SRV-WEB1"), of("SRV-WEB2"));
    // the listing names no machine: it is neither's
    assert_eq!(hosts, 3);
    let hashes = |h: Host| {
        rows::<Binding>(&case)
            .iter()
            .filter(|r| r.host == h)
            .map(|r| format!("{:?}", r.what.hash))
            .collect::<BTreeSet<_>>()
    };
    assert_eq!((hashes(one).len(), hashes(two).len()), (1, 1));
    assert_ne!(hashes(one), hashes(two));
    let ids = |h: Host| rows::<Event>(&case).iter().filter(|r| r.host == h).map(|r| r.what.id).collect::<Vec<_>>();
    assert_eq!((ids(one), ids(two)), (vec![36870], vec![36871]));
    assert_eq!(rows::<Binding>(&case).iter().filter(|r| r.host != one && r.host != two).count(), 1);
}

#[test]
fn one_log_with_events_of_two_machines() {
    let mut a = named("SRV-WEB1", "shop.example");
    a.schannel(500, 36870, &["server", "0x8009030d", "10001"]);
    let mut b = named("SRV-WEB2", "pay.example");
    b.schannel(400, 36871, &["server", "10013"]);
    a.events.extend(b.events.clone());
    let dir = folder([("forwarded.evtx", a.evtx())]);
    let (case, _) = joined(read(dir.path()));
    let hosts: BTreeSet<&str> = rows::<Event>(&case).iter().map(|r| case.label(r.host)).collect();
    assert_eq!(hosts.into_iter().collect::<Vec<_>>(), ["SRV-WEB1", "SRV-WEB2"]);
}

#[cfg(unix)]
#[test]
fn links_in_circles() {
    let s = server();
    let dir = folder([("a/netsh.txt", utf8(&s.netsh(&Words::english())))]);
    let link = |to: &std::path::Path, at: &str| std::os::unix::fs::symlink(to, dir.path().join(at)).unwrap();
    link(dir.path(), "a/up");
    link(&dir.path().join("a/self"), "a/self");
    link(&dir.path().join("nowhere"), "a/dangling");
    let e = read(dir.path());
    assert_eq!(e.fragments.len(), 1);
    // what was not entered is told, and so is what leads nowhere
    assert!(notes(&e).contains("a/up"), "{}", notes(&e));
    for name in ["self", "dangling"] {
        let told = notes(&e).contains(name) || names(&e.rest).iter().any(|n| n == name);
        assert!(told, "{name}: {} {:?}", notes(&e), e.rest);
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_elsewhere_is_told() {
    let s = server();
    let other = folder([("netsh.txt", utf8(&s.netsh(&Words::english())))]);
    let dir = folder([("readme.txt", "see evidence")]);
    std::os::unix::fs::symlink(other.path(), dir.path().join("evidence")).unwrap();
    let e = read(dir.path());
    assert!(e.fragments.len() == 1 || notes(&e).contains("evidence"), "{}", notes(&e));
    // named by itself it is read
    assert_eq!(read(&dir.path().join("evidence")).fragments.len(), 1);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_handed_on() {
    use std::os::unix::fs::PermissionsExt;
    let s = server();
    let dir = folder([("netsh.txt", utf8(&s.netsh(&Words::english()))), ("locked.evtx", vec![])]);
    let locked = dir.path().join("locked.evtx");
    std::fs::write(&locked, s.evtx()).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    let e = read(dir.path());
    assert!(e.fragments.iter().any(|f| f.path.ends_with("netsh.txt")));
    assert!(names(&e.rest).contains(&"socket".to_owned()), "{:?}", e.rest);
    // root reads everything
    if std::fs::File::open(&locked).is_err() {
        assert!(names(&e.rest).contains(&"locked.evtx".to_owned()), "{:?}", e.rest);
    }
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o600)).unwrap();
    // a file that opens but cannot be read to its end
    let e = read(std::path::Path::new("/proc/self/mem"));
    assert_eq!((e.fragments.len(), e.rest.len()), (0, 1));
    let e = read(&dir.path().join("is not there"));
    assert_eq!((e.fragments.len(), e.rest.len()), (0, 1));
}

#[test]
fn empty_files() {
    for name in ["System.evtx", "SYSTEM", "x.reg", "netsh.txt", "case.zip", "applicationHost.config", "x.cab", "x.gz"] {
        let e = crate::alone(name, &[]);
        assert_eq!((e.fragments.len(), names(&e.rest)), (0, vec![name.to_owned()]), "{name}");
    }
    for blank in ["\u{feff}", " ", "\r\n\r\n", "\0", "\0\0\0\0"] {
        let e = crate::alone("x.txt", blank.as_bytes());
        assert_eq!((e.fragments.len(), e.rest.len()), (0, 1), "{blank:?}");
    }
    let e = read(folder([("a/b/keep", "")]).path());
    assert_eq!((e.fragments.len(), names(&e.rest)), (0, vec!["keep".to_owned()]));
}

#[test]
fn the_same_file_twice() {
    let mut s = server();
    s.schannel(500, 36870, &["server", "0x8009030d", "10001"]);
    let once = folder([("SYSTEM", s.system_hive()), ("SOFTWARE", s.software_hive()), ("System.evtx", s.evtx())]);
    let twice = folder([
        ("SYSTEM", s.system_hive()),
        ("SOFTWARE", s.software_hive()),
        ("System.evtx", s.evtx()),
        ("copy/SYSTEM", s.system_hive()),
        ("copy/SOFTWARE", s.software_hive()),
        ("copy/System (1).evtx", s.evtx()),
    ]);
    let ((one, hosts), (two, again)) = (joined(read(once.path())), joined(read(twice.path())));
    assert_eq!((hosts, again), (1, 1));
    // one entry of a log is one entry, in however many copies it came
    let times = |c: &tlsdiag_model::Case| {
        rows::<Event>(c).iter().map(|r| (r.what.id, r.span.first, r.span.last, r.count)).collect::<Vec<_>>()
    };
    assert_eq!(times(&one), times(&two));
    let what = |c: &tlsdiag_model::Case| {
        let bindings = rows::<Binding>(c).iter().map(|r| format!("{:?}", r.what)).collect::<BTreeSet<_>>();
        let stored = rows::<Stored>(c).iter().map(|r| format!("{:?}", r.what)).collect::<BTreeSet<_>>();
        (bindings, stored, c.certs.len(), c.identities.len())
    };
    assert_eq!(what(&one), what(&two));
    assert!(complete(&two, Kind::Bindings) >= 1);
    // the same path named twice
    let path = once.path().join("System.evtx");
    let e = tlsdiag_evidence::read(&[path.clone(), path], crate::NOW * 1000, &|| false);
    assert_eq!(times(&joined(e).0).len(), 1);
}
