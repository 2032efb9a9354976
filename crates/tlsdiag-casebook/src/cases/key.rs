//! The certificate has its private key, and it can be opened.
use super::{german, korean, listings, server};
use crate::server::{USUAL, key_file, page, utf8, utf16};
use crate::{Case, Folder, Wish};
use tlsdiag_winfiles::events::make::text::Shape;
use tlsdiag_winfiles::registry::make::export::Form;
use tlsdiag_winfiles::text::make::{DateForm, Words};

pub(super) const CASES: &[Case] = &[
    Case {
        slug: "key-missing",
        shows: "a .cer was imported alone: the store's entry has no key, and 36869 says so",
        make: key_missing,
        causes: &["TD1110 key.missing proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "request-unfinished",
        shows: "the issued certificate was imported without accepting it into the request: its key lies under REQUEST",
        make: request_unfinished,
        causes: &["TD1111 cert.request_unfinished proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "container-gone",
        shows: "the key file was deleted; 36870 with 0x80090016 in Korean text",
        make: container_gone,
        causes: &["TD2010 key.missing proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "acl-without-system",
        shows: "the key file is there, and SYSTEM may not read it; the same event, 0x80090016",
        make: acl_without_system,
        causes: &["TD2020 key.acl likely"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "key-of-another-machine",
        shows: "key files were copied from another machine: the suffix is not this machine's GUID",
        make: foreign_key,
        causes: &["TD2011 key.foreign likely"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "key-in-user-key-set",
        shows: "a PFX was imported without the machine flag into the machine's store",
        make: user_key_set,
        causes: &["TD2012 key.nonpersisted likely"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "signature-only-key",
        shows: "KeySpec 2: the key may sign only; 36874 and 36888 in the log",
        make: signature_only,
        causes: &["TD2014 key.keyspec likely", "TD5201 cipher.no_overlap likely"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "key-damaged",
        shows: "certutil's test of the key fails with NTE_KEYSET_ENTRY_BAD",
        make: key_damaged,
        causes: &["TD2015 key.damaged proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "event-alone",
        shows: "nothing but one Korean 36870 was sent: a note, and what to send next",
        make: event_alone,
        causes: &["TD2001 key.acl likely"],
        verdict: "unknown",
        args: &[],
    },
];

fn key_missing(f: &mut Folder) {
    let mut s = server(f);
    s.leaf().key = None;
    s.key_files.clear();
    s.schannel(600, 36869, &["server"]);
    listings(f, &s);
    f.file("system.evtx", s.evtx());
}

fn request_unfinished(f: &mut Folder) {
    let mut s = server(f);
    let key = s.leaf().key.take();
    let file = s.leaf().file.clone();
    let pending =
        f.certs.make(&Wish { name: "pending", cn: "shop.example", key_of: "leaf", days: (-1, 364), ..Wish::default() });
    let request = s.hold("REQUEST", &pending);
    (request.key, request.file) = (key, file);
    korean(f, &s);
}

fn container_gone(f: &mut Folder) {
    let mut s = server(f);
    s.key_files = vec![(key_file("another", s.guid), USUAL.to_vec())];
    s.schannel(300, 36870, &["server", "0x80090016", "10001"]);
    s.schannel(240, 36870, &["server", "0x80090016", "10001"]);
    korean(f, &s);
    f.file("이벤트.txt", page(&s.log(Shape::Viewer2008, "ko"), 949));
}

fn acl_without_system(f: &mut Folder) {
    let mut s = server(f);
    if let Some((_, rights)) = s.key_files.first_mut() {
        *rights = vec![("BUILTIN\\Administrators", "S-1-5-32-544", true)];
    }
    s.schannel(300, 36870, &["server", "0x80090016", "10001"]);
    listings(f, &s);
    f.file("events.xml", utf8(&s.log(Shape::XmlRooted, "en")));
}

fn foreign_key(f: &mut Folder) {
    let mut s = server(f);
    let other = key_file("le-old", "0a0b0c0d-1111-2222-3333-444455556666");
    s.leaf().file.clone_from(&other);
    s.key_files = vec![(other, USUAL.to_vec())];
    listings(f, &s);
    f.file("guid.reg", s.reg(r"SOFTWARE\Microsoft\Cryptography", Form::Five));
}

fn user_key_set(f: &mut Folder) {
    let mut s = server(f);
    if let Some(k) = &mut s.leaf().key {
        k.flags = 0;
    }
    s.schannel(120, 36870, &["server", "0x8009030d", "10001"]);
    f.file("SOFTWARE", s.software_hive());
    f.file("SYSTEM", s.system_hive());
    f.file("ereignisse.csv", page(&s.log(Shape::Csv(';'), "de"), 1252));
}

fn signature_only(f: &mut Folder) {
    let mut s = server(f);
    if let Some(k) = &mut s.leaf().key {
        k.key_spec = 2;
    }
    for n in 0..20 {
        s.schannel(3600 - n * 20, 36874, &["TLS 1.2"]);
        s.schannel(3600 - n * 20, 36888, &["40", "1205"]);
    }
    german(f, &s);
    f.file("SYSTEM", s.system_hive());
    f.file("System.evtx", s.evtx());
}

fn key_damaged(f: &mut Folder) {
    let mut s = server(f);
    s.leaf().test = Some("0x8009001a (-2146893798 NTE_KEYSET_ENTRY_BAD)");
    f.file("netsh.txt", utf16(&s.netsh(&Words::english())));
    f.file("certutil.txt", utf8(&s.certutil("MY", "fr")));
    f.file("dir.txt", utf8(&s.dir(&Words::german(), DateForm::German)));
}

fn event_alone(f: &mut Folder) {
    let mut s = server(f);
    s.schannel(60, 36870, &["server", "0x80090016", "10001"]);
    f.file("event.txt", page(&s.log(Shape::Viewer2008, "ko"), 949));
}
