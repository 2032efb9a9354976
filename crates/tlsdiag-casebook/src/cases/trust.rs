//! Chain, usage and trust of the certificate that is bound.
use super::{korean, listings, server};
use crate::server::{Server, utf8, utf16};
use crate::{Case, Folder, Wish};
use tlsdiag_winfiles::text::make::Words;

pub(super) const CASES: &[Case] = &[
    Case {
        slug: "expired-still-bound",
        shows: "renewed, but the records still name the certificate that has expired",
        make: expired_still_bound,
        causes: &["TD4004 bind.httpsys_stale proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "store-purpose",
        shows: "the certificate allows server authentication, the store's own property does not",
        make: store_purpose,
        causes: &["TD2562 cert.store_purpose likely"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "client-certificate-bound",
        shows: "the bound certificate has Client Authentication only",
        make: wrong_usage,
        causes: &["TD2540 cert.eku proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "wrong-name",
        shows: "the SNI record of www.other.example names the shop's certificate",
        make: wrong_name,
        causes: &["TD2530 cert.name_mismatch proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "misplaced-root",
        shows: "an intermediate lies among the trusted roots",
        make: misplaced_root,
        causes: &["TD2563 chain.misplaced_root_store likely"],
        verdict: "partial",
        args: &[],
    },
    Case {
        slug: "stale-sibling-intermediate",
        shows: "two issuing certificates of one name: the one that has expired lies beside the new one",
        make: stale_sibling,
        causes: &["TD2564 chain.windows_selection likely"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "expired-by-listing",
        shows: "certutil's listing alone shows that the bound certificate has expired",
        make: expired_by_listing,
        causes: &["TD2565 cert.expired proven"],
        verdict: "broken",
        args: &[],
    },
];

fn expired_still_bound(f: &mut Folder) {
    let _ = f.certs.usual(&["shop.example"]);
    let old = f.certs.leaf("old", &["shop.example"], (-368, -3));
    let mut s = Server::iis("SRV-WEB1", &old, &[("CA", f.certs.get("ca")), ("Root", f.certs.get("root"))]);
    let new = f.certs.leaf("new", &["shop.example"], (-20, 345));
    s.hold("MY", &new);
    korean(f, &s);
}

fn store_purpose(f: &mut Folder) {
    let mut s = server(f);
    s.leaf().purposes = Some(vec!["1.3.6.1.5.5.7.3.2"]);
    korean(f, &s);
}

fn wrong_usage(f: &mut Folder) {
    let _ = f.certs.usual(&["shop.example"]);
    let leaf = f.certs.make(&Wish {
        name: "client",
        cn: "shop.example",
        issuer: "ca",
        names: &["shop.example"],
        server: Some(false),
        ..Wish::default()
    });
    let s = Server::iis("SRV-WEB1", &leaf, &[("CA", f.certs.get("ca")), ("Root", f.certs.get("root"))]);
    f.file("SYSTEM", s.system_hive());
    f.file("SOFTWARE", s.software_hive());
}

fn wrong_name(f: &mut Folder) {
    let mut s = server(f);
    let mut sni = s.records.first().cloned();
    if let Some(r) = &mut sni {
        r.at = "www.other.example:443".to_owned();
    }
    s.records = sni.into_iter().collect();
    s.sites = vec![crate::server::site("other", 1, &[("https", "*:443:www.other.example", Some(1))])];
    f.file("SYSTEM", s.system_hive());
    f.file("SOFTWARE", s.software_hive());
    f.file("applicationHost.config", utf8(&s.config()));
}

fn misplaced_root(f: &mut Folder) {
    let leaf = f.certs.usual(&["shop.example"]);
    let s = Server::iis("SRV-WEB1", &leaf, &[("Root", f.certs.get("ca")), ("Root", f.certs.get("root"))]);
    f.file("SOFTWARE", s.software_hive());
    f.file("SYSTEM", s.system_hive());
}

fn stale_sibling(f: &mut Folder) {
    let leaf = f.certs.usual(&["shop.example"]);
    let old = f.certs.make(&Wish {
        name: "ca-old",
        cn: "Contoso Issuing CA 1",
        issuer: "root",
        ca: true,
        key_of: "ca",
        days: (-1500, -10),
        ..Wish::default()
    });
    let s = Server::iis("SRV-WEB1", &leaf, &[("CA", f.certs.get("ca")), ("CA", old), ("Root", f.certs.get("root"))]);
    f.file("SOFTWARE", s.software_hive());
    f.file("SYSTEM", s.system_hive());
}

fn expired_by_listing(f: &mut Folder) {
    let _ = f.certs.usual(&["shop.example"]);
    let old = f.certs.leaf("old", &["shop.example"], (-368, -3));
    let s = Server::iis("SRV-WEB1", &old, &[]);
    listings(f, &s);
    f.file("more/netsh-ko.txt", utf16(&s.netsh(&Words::korean())));
}
