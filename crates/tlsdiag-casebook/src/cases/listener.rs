//! The right process listens on the right address.
use super::{listings, server};
use crate::server::{page, utf8, utf16};
use crate::{Case, Folder};
use tlsdiag_winfiles::text::make::Words;

pub(super) const CASES: &[Case] = &[
    Case {
        slug: "port-owned-by-apache",
        shows: "httpd.exe holds 443 while IIS has its record for it",
        make: port_owned,
        causes: &["TD3001 bind.port_owner proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "port-owned-on-one-address",
        shows: "another program holds one address of port 443, HTTP.sys the rest",
        make: overlap,
        causes: &["TD3002 bind.port_owner proven"],
        verdict: "partial",
        args: &[],
    },
    Case {
        slug: "nothing-listens",
        shows: "the site is stopped: nobody listens on 443",
        make: nothing_listens,
        causes: &["TD3003 bind.no_listener proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "listen-list-excludes",
        shows: "the IP listen list names an address that is not the site's",
        make: listen_list,
        causes: &["TD4008 bind.iplisten proven"],
        verdict: "broken",
        args: &[],
    },
];

fn port_owned(f: &mut Folder) {
    let mut s = server(f);
    s.sockets = vec![("0.0.0.0:80", 4), ("0.0.0.0:443", 3312), ("[::]:443", 3312)];
    s.processes.push((3312, "httpd.exe", &["Apache2.4"]));
    listings(f, &s);
    f.file("tasklist.txt", page(&s.tasklist(&Words::japanese()), 932));
}

fn overlap(f: &mut Folder) {
    let mut s = server(f);
    s.sockets.push(("192.0.2.10:443", 3312));
    s.processes.push((3312, "vpnserver.exe", &["SEVPNSERVER"]));
    listings(f, &s);
    f.file("tasklist.txt", utf8(&s.tasklist(&Words::english())));
}

fn nothing_listens(f: &mut Folder) {
    let mut s = server(f);
    s.sockets = vec![("0.0.0.0:135", 912), ("0.0.0.0:80", 4), ("0.0.0.0:3389", 1120)];
    listings(f, &s);
}

fn listen_list(f: &mut Folder) {
    let mut s = server(f);
    s.listen = vec!["192.0.2.77"];
    if let Some(site) = s.sites.first_mut() {
        site.bindings = vec![("https".to_owned(), "192.0.2.10:443:".to_owned(), Some(0))];
    }
    if let Some(r) = s.records.first_mut() {
        r.at = "192.0.2.10:443".to_owned();
    }
    s.records.truncate(1);
    s.sockets = vec![("192.0.2.77:443", 4), ("192.0.2.77:80", 4)];
    listings(f, &s);
    f.file("iplisten.txt", utf16(&s.iplisten(&Words::korean())));
}
