//! Archives: bombs, names that lead elsewhere, other formats, damage, bundles.
use crate::{alone, folder, in_own_process, joined, notes, partial, read, rows, server, tell_peak};
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};
use tlsdiag_casebook::server::{page, utf8};
use tlsdiag_model::Kind;
use tlsdiag_model::facts::{Binding, Stored};
use tlsdiag_winfiles::text::make::Words;
use zip::write::SimpleFileOptions;

fn zipped<'a, T: AsRef<[u8]>>(files: impl IntoIterator<Item = (&'a str, T)>) -> Vec<u8> {
    let mut w = zip::ZipWriter::new(Cursor::new(vec![]));
    let how = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, octets) in files {
        w.start_file(name, how).unwrap();
        w.write_all(octets.as_ref()).unwrap();
    }
    w.finish().unwrap().into_inner()
}

fn gzipped(octets: &[u8]) -> Vec<u8> {
    let mut w = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
    w.write_all(octets).unwrap();
    w.finish().unwrap()
}

fn tarred<'a, T: AsRef<[u8]>>(files: impl IntoIterator<Item = (&'a str, T)>) -> Vec<u8> {
    let mut w = tar::Builder::new(vec![]);
    for (name, octets) in files {
        let mut h = tar::Header::new_gnu();
        h.set_size(octets.as_ref().len() as u64);
        h.set_mtime(1_793_000_000);
        h.set_mode(0o644);
        h.set_cksum();
        w.append_data(&mut h, name, octets.as_ref()).unwrap();
    }
    w.into_inner().unwrap()
}

fn cabinet(how: cab::CompressionType, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut b = cab::CabinetBuilder::new();
    let f = b.add_folder(how);
    for (name, _) in files {
        f.add_file(*name);
    }
    let mut w = b.build(Cursor::new(vec![])).unwrap();
    let mut left = files.iter();
    while let Some(mut file) = w.next_file().unwrap() {
        file.write_all(left.next().unwrap().1).unwrap();
    }
    w.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_and_bombs_within_bombs() {
    if !in_own_process("archives::a_bomb_and_bombs_within_bombs", 200) {
        return;
    }
    let netsh = utf8(&server().netsh(&Words::english()));
    let zeros = vec![0u8; 90 << 20];
    let flat = zipped([("zeros.txt", &zeros[..]), ("netsh.txt", &netsh)]);
    let inner =
        zipped((0..16).map(|k| {
            (["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"][k], &zeros[..])
        }));
    drop(zeros);
    let outer: Vec<(String, &[u8])> = (0..200).map(|k| (format!("{k:03}.zip"), &inner[..])).collect();
    let nested = zipped(outer.iter().map(|(n, o)| (n.as_str(), *o)).chain([("zz-netsh.txt", &netsh[..])]));
    let deep = (0..12).fold(netsh.clone(), |z, _| zipped([("x.zip", z), ("netsh.txt", netsh.clone())]));
    let start = Instant::now();
    let e = alone("flat.zip", &flat);
    assert!(notes(&e).contains("zeros.txt"), "{}", notes(&e));
    assert_eq!(rows::<Binding>(&e.fragments[0].case).len(), 2);
    let e = alone("nested.zip", &nested);
    // what lies beside the bombs is read all the same, and what was left out is told
    assert!(e.fragments.iter().any(|f| f.path.ends_with("zz-netsh.txt")), "{}", notes(&e));
    assert!(notes(&e).contains("only a part was unpacked") || notes(&e).contains("unpacks to more"), "{}", notes(&e));
    let e = alone("deep.zip", &deep);
    assert!(!e.fragments.is_empty() && e.fragments.len() <= 4);
    assert!(notes(&e).contains("too deep"), "{}", notes(&e));
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    tell_peak();
}

#[test]
fn bombs_of_other_formats() {
    if !in_own_process("archives::bombs_of_other_formats", 200) {
        return;
    }
    let start = Instant::now();
    let zeros = vec![0u8; 300 << 20];
    let gz = gzipped(&zeros);
    let e = alone("x.gz", &gz);
    assert!(notes(&e).contains("unpacks to more"), "{}", notes(&e));
    let e = alone("x.tar.gz", &gzipped(&tarred([("a", &zeros[..]), ("b", b"b")])));
    assert!(!notes(&e).is_empty());
    let twice = gzipped(&gz);
    let e = alone("x.gz.gz", &twice);
    assert!(notes(&e).contains("unpacks to more"), "{}", notes(&e));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop(zeros);
    // the peak of making them is not that of reading
    println!("\npeak KiB 0");
}

#[test]
fn names_of_a_korean_zip_that_lead_elsewhere() {
    let s = server();
    let netsh = page(&s.netsh(&Words::korean()), 949);
    // written as octets of cp949: the writer takes UTF-8 alone, so names of the same length are put in their place
    let (one, two) = ("AAAAAAAA.txt", "BBBBBBBBBBBB.reg");
    let mut z = zipped([
        (one, netsh.clone()),
        (two, utf8("x")),
        ("..\\..\\Windows\\System32\\netsh.txt", netsh.clone()),
        ("C:\\netstat.txt", utf8(&s.netstat(&Words::english()))),
        ("/etc/passwd", utf8("root:x:0:0")),
    ]);
    for (name, new) in [(one, "인증서정"), (two, "레지스트리내")] {
        let new = page(new, 949);
        let place = name.split('.').next().unwrap().as_bytes();
        assert_eq!(new.len(), place.len());
        let mut at = 0;
        while let Some(p) = z[at..].windows(place.len()).position(|w| w == place) {
            z[at + p..at + p + place.len()].copy_from_slice(&new);
            at += p;
        }
    }
    let e = alone("case.zip", &z);
    let paths: Vec<&str> = e.fragments.iter().map(|f| &*f.path).collect();
    assert!(paths.iter().any(|p| p.ends_with("case.zip/인증서정.txt")), "{paths:?}");
    assert!(paths.iter().any(|p| p.ends_with("case.zip/Windows/System32/netsh.txt")), "{paths:?}");
    assert!(paths.iter().any(|p| p.ends_with("netstat.txt") && !p.contains("..")), "{paths:?}");
    let left: Vec<&str> = e.unpacked.iter().map(|(p, _)| p.as_str()).collect();
    assert!(left.iter().any(|p| p.ends_with("case.zip/레지스트리내.reg")), "{left:?}");
    assert!(left.iter().any(|p| p.ends_with("case.zip/etc/passwd")), "{left:?}");
    assert_eq!(e.fragments.len() + e.unpacked.len(), 5);
}

#[test]
fn other_archives_give_what_a_zip_gives() {
    let s = server();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("SRV/SYSTEM", s.system_hive()),
        ("SRV/SOFTWARE", s.software_hive()),
        ("SRV/netsh.txt", page(&s.netsh(&Words::korean()), 949)),
    ];
    let all = || files.iter().map(|(n, o)| (*n, &o[..]));
    let of_cab: Vec<(String, &[u8])> = files.iter().map(|(n, o)| (n.replace('/', "\\"), &o[..])).collect();
    let of_cab: Vec<(&str, &[u8])> = of_cab.iter().map(|(n, o)| (n.as_str(), *o)).collect();
    let tar = tarred(all());
    let cab = cabinet(cab::CompressionType::MsZip, &of_cab);
    let archives = [
        ("case.zip", zipped(all())),
        ("case.tar", tar.clone()),
        ("case.tar.gz", gzipped(&tar)),
        ("case.tgz", gzipped(&tar)),
        ("case.cab", cab.clone()),
        ("plain.cab", cabinet(cab::CompressionType::None, &of_cab)),
        ("case.dat", zipped([("inner.zip", zipped(all()))])),
        ("cab.zip", zipped([("inner.cab", cab)])),
    ];
    for (name, octets) in archives {
        let e = alone(name, &octets);
        assert_eq!((notes(&e), e.fragments.len()), (String::new(), 3), "{name}");
        assert!(e.fragments.iter().any(|f| f.path.ends_with("SRV/netsh.txt")), "{name}");
        let (case, hosts) = joined(e);
        assert_eq!((hosts, rows::<Stored>(&case).len(), rows::<Binding>(&case).len()), (1, 3, 4), "{name}");
    }
}

#[test]
fn two_members_of_one_name() {
    let s = server();
    let (netsh, netstat) = (utf8(&s.netsh(&Words::english())), utf8(&s.netstat(&Words::english())));
    let cab = cabinet(cab::CompressionType::MsZip, &[("x.txt", &netsh), ("x.txt", &netstat)]);
    let tar = tarred([("x.txt", netsh.clone()), ("x.txt", netstat.clone())]);
    for (name, octets) in [("x.cab", cab), ("x.tar", tar)] {
        let e = alone(name, &octets);
        let kinds: Vec<_> = e.fragments.iter().flat_map(|f| f.kinds.clone()).collect();
        assert_eq!(e.fragments.len(), 2, "{name}");
        assert_ne!(kinds[0], kinds[1], "{name}: {kinds:?}");
    }
}

#[test]
fn damaged_archives() {
    let s = server();
    let (netsh, hive) = (utf8(&s.netsh(&Words::english())), s.software_hive());
    let files: [(&str, &[u8]); 3] = [("a-netsh.txt", &netsh), ("b/SOFTWARE", &hive), ("c-netsh.txt", &netsh)];
    let tar = tarred(files);
    let archives = [
        ("x.zip", zipped(files)),
        ("x.tar", tar.clone()),
        ("x.tar.gz", gzipped(&tar)),
        ("x.cab", cabinet(cab::CompressionType::MsZip, &files)),
        ("y.cab", cabinet(cab::CompressionType::None, &files)),
    ];
    for (name, whole) in &archives {
        let kept = |e: &tlsdiag_evidence::Evidence| e.fragments.len();
        assert_eq!(kept(&alone(name, whole)), 3, "{name}");
        for k in 1..40 {
            // cut: the end of a tar is zeros that nobody misses
            let cut = whole.len() * k / 40;
            let e = alone(name, &whole[..cut]);
            assert!(
                kept(&e) == 3 && *name == "x.tar" || !e.notes.is_empty() || e.rest.len() == 1,
                "{name} cut at {cut}"
            );
            // one octet changed: what its archive's sum tells, and never a panic
            let mut octets = whole.clone();
            octets[cut] ^= 0x55;
            let e = alone(name, &octets);
            let silent = e.notes.is_empty() && e.fragments.iter().all(|f| f.faults.is_empty());
            assert!(!(silent && kept(&e) + e.unpacked.len() + e.rest.len() == 0), "{name} changed at {cut}");
        }
    }
    // every octet of the head of a cabinet, as its places and lengths stand there
    for whole in [&archives[3].1, &archives[4].1] {
        for at in 8..140.min(whole.len()) {
            for value in [0, 1, 0x7f, 0xff] {
                let mut octets = whole.clone();
                octets[at] = value;
                let e = alone("x.cab", &octets);
                assert!(e.fragments.len() + e.unpacked.len() + e.notes.len() > 0, "{at} {value}");
            }
        }
    }
}

#[test]
fn a_cabinet_of_other_compressions_and_of_files_that_overlap() {
    let netsh = utf8(&server().netsh(&Words::english()));
    let sound = cabinet(cab::CompressionType::MsZip, &[("netsh.txt", &netsh), ("hive", &server().software_hive())]);
    // LZX of several windows, Quantum, and what there is not: the data are of none of them
    for kind in [0x0f03u16, 0x1503, 0x1903, 0x1472, 0x0002, 0x000f, 0xffff, 0] {
        let mut octets = sound.clone();
        octets[42..44].copy_from_slice(&kind.to_le_bytes());
        for salt in 0..20 {
            let at = octets.len() / 2;
            octets[at] ^= salt;
            let e = alone("x.cab", &octets);
            assert!(!e.notes.is_empty(), "{kind:#x}");
            let (case, _) = joined(e);
            assert_eq!(crate::complete(&case, Kind::Bindings), 0, "{kind:#x}");
        }
    }
    // three thousand files that all claim the same thirty megabytes
    let names: Vec<String> = (0..3000).map(|k| format!("{k:04}x")).collect();
    let text = netsh.repeat((30 << 20) / netsh.len());
    let all: Vec<(&str, &[u8])> =
        names.iter().enumerate().map(|(k, n)| (n.as_str(), if k == 0 { &text[..] } else { &[] })).collect();
    let mut octets = cabinet(cab::CompressionType::MsZip, &all);
    for k in 0..names.len() {
        let at = 44 + k * 22;
        octets[at..at + 4].copy_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
        octets[at + 4..at + 8].fill(0);
    }
    let start = Instant::now();
    // asked to stop after the first, as reading one of them is the business of other tests
    let dir = folder([("x.cab", octets)]);
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 4
    };
    let e = tlsdiag_evidence::read(&[dir.path().join("x.cab")], crate::NOW * 1000, &stop);
    assert!(notes(&e).contains("only a part was unpacked"), "{}", notes(&e));
    assert!(e.fragments.len() <= 4 && start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn a_member_that_was_damaged_is_partial() {
    let netsh = utf8(&server().netsh(&Words::english()));
    let mut w = zip::ZipWriter::new(Cursor::new(vec![]));
    let how = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    w.start_file("netsh.txt", how).unwrap();
    w.write_all(&netsh).unwrap();
    let mut z = w.finish().unwrap().into_inner();
    let at = z.windows(7).rposition(|w| w == b"0.0.0.0").unwrap();
    z[at] = b'9';
    let e = alone("case.zip", &z);
    assert!(notes(&e).contains("netsh.txt"), "{}", notes(&e));
    let (case, _) = joined(e);
    // its sum does not fit: what it says may be wrong, so that nothing is known to be missing
    assert_eq!(crate::complete(&case, Kind::Bindings), 0, "{:?}", case.surveys);
}

#[test]
fn a_bundle_is_read_from_its_raw_files() {
    let s = server();
    let manifest = utf8("{\"format\":\"tlsdiag-bundle/1\"}");
    let netsh = page(&s.netsh(&Words::korean()), 949);
    let facts = utf8("{\"what\":{\"addr\":\"9.9.9.9\"}}\n");
    let z = zipped([
        ("manifest.json", manifest.clone()),
        ("facts/bindings.1.jsonl", facts.clone()),
        ("raw/netsh.txt", netsh.clone()),
        ("raw/레지스트리/SYSTEM", s.system_hive()),
    ]);
    let e = alone("srv.tlsdiag", &z);
    assert_eq!((e.fragments.len(), e.unpacked.len(), notes(&e)), (2, 0, String::new()));
    assert!(e.fragments.iter().all(|f| f.path.contains("/raw/")));
    // a folder of that name makes no bundle of what is none
    let e = alone("x.zip", &zipped([("raw/netsh.txt", netsh.clone()), ("netsh.txt", netsh.clone())]));
    assert_eq!(e.fragments.len(), 2);
    // nor does a manifest alone
    let e = alone("x.zip", &zipped([("manifest.json", manifest), ("netsh.txt", netsh)]));
    assert_eq!((e.fragments.len(), e.unpacked.len()), (1, 1));
}

#[test]
fn a_zip_that_needs_a_password_says_so() {
    let mut w = zip::ZipWriter::new(Cursor::new(vec![]));
    w.start_file("netsh.txt", SimpleFileOptions::default()).unwrap();
    w.write_all(b"x").unwrap();
    let mut z = w.finish().unwrap().into_inner();
    // bit 0 of the flags of the local and of the central header: encrypted
    let central = z.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    z[6] |= 1;
    z[central + 8] |= 1;
    let e = alone("case.zip", &z);
    assert!(notes(&e).contains("netsh.txt"), "{}", notes(&e));
    assert!(notes(&e).to_lowercase().contains("password"), "{}", notes(&e));
    // its only member is lost, but not the archive
    assert!(e.fragments.is_empty() && e.rest.is_empty() && partial(&joined(e).0, Kind::Bindings) == 0);
    let dir = folder([("case.zip", z)]);
    assert!(!read(dir.path()).notes.is_empty());
}
