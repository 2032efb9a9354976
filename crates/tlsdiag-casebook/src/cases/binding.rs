//! HTTP.sys names the right certificate.
use super::{korean, listings, server};
use crate::server::{IIS, Record, Server, page, site, utf8, utf16};
use crate::{Case, Folder};
use tlsdiag_winfiles::events::make::text::Shape;
use tlsdiag_winfiles::registry::make::export::Form;
use tlsdiag_winfiles::text::make::Words;

pub(super) const CASES: &[Case] = &[
    Case {
        slug: "null-hash",
        shows: "a record with a null hash and the zero GUID",
        make: null_hash,
        causes: &["TD4001 bind.httpsys_missing proven", "TD4001 bind.httpsys_missing proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "record-missing",
        shows: "IIS has an https binding, HTTP.sys has no record; 15300 says when it was deleted",
        make: record_missing,
        causes: &["TD4018 bind.httpsys_missing proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "stale-hash",
        shows: "the record names a certificate that is in no store; 15021 with 0xC000005F",
        make: stale_hash,
        causes: &["TD4002 bind.httpsys_stale proven", "TD4002 bind.httpsys_stale proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "wrong-store",
        shows: "the record says WebHosting, the certificate lies in MY",
        make: wrong_store,
        causes: &["TD4003 bind.flags_wrong proven", "TD4003 bind.flags_wrong proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "ip-shadows-sni",
        shows: "a record of the very address wins over the site's SNI record",
        make: shadowed,
        causes: &["TD4005 bind.ip_overrides_sni likely"],
        verdict: "partial",
        args: &[],
    },
    Case {
        slug: "healthy-v4-wildcard-record",
        shows: "a record of 0.0.0.0 alone: Microsoft documents that it holds for IPv6 too",
        make: one_family,
        causes: &[],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "sni-without-name",
        shows: "sslFlags=1 on a binding without a host name",
        make: sni_without_name,
        causes: &["TD4012 bind.flags_wrong likely"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "property-5506",
        shows: "the metabase property 5506 names an old certificate; the record is gone",
        make: property_5506,
        causes: &["TD4013 bind.httpsys_stale proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "central-store-without-password",
        shows: "the central certificate store is on, and no password for its files is set",
        make: central_store,
        causes: &["TD4007 bind.ccs_unusable likely"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "server-2003-null-hash",
        shows: "httpcfg of Server 2003 in Korean: the record has no hash, and the cure speaks httpcfg",
        make: server_2003,
        causes: &["TD4001 bind.httpsys_missing proven", "TD5110 proto.version_server_old proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "netsh-against-registry",
        shows: "netsh and the registry, taken at the same time, name different certificates: a dispute",
        make: dispute,
        causes: &["TD4002 bind.httpsys_stale likely", "TD4002 bind.httpsys_stale likely"],
        verdict: "partial",
        args: &[],
    },
    Case {
        slug: "two-servers-in-one-zip",
        shows: "two machines in two folders: one is broken, the other is not, and nothing mixes",
        make: two_servers,
        causes: &["TD4002 bind.httpsys_stale proven", "TD4002 bind.httpsys_stale proven"],
        verdict: "broken",
        args: &[],
    },
];

/// A thumbprint of nothing.
const GONE: &str = "1a1f948b5c6d7e8f90a1b2c3d4e5f60718293a4b";

fn null_hash(f: &mut Folder) {
    let mut s = server(f);
    for r in &mut s.records {
        r.hash.clear();
        r.app = "00000000-0000-0000-0000-000000000000";
    }
    listings(f, &s);
}

fn record_missing(f: &mut Folder) {
    let mut s = server(f);
    s.http(7200, 15300, "0.0.0.0:443", None);
    s.records.clear();
    f.file("applicationHost.config", utf16(&s.config().replace("UTF-8", "UTF-16")));
    f.file("SYSTEM", s.system_hive());
    f.file("System.evtx", s.evtx());
    f.file("netstat.txt", page(&s.netstat(&Words::german()), 850));
}

fn stale_hash(f: &mut Folder) {
    let mut s = server(f);
    for r in &mut s.records {
        r.hash = GONE.to_owned();
    }
    s.http(900, 15021, "0.0.0.0:443", Some(0xc000_005f));
    s.http(840, 15021, "0.0.0.0:443", Some(0xc000_005f));
    korean(f, &s);
    f.file("이벤트.json", utf8(&s.log(Shape::Json, "ko")));
}

fn wrong_store(f: &mut Folder) {
    let mut s = server(f);
    s.records.iter_mut().for_each(|r| r.store = "WebHosting");
    f.file("SYSTEM", s.system_hive());
    f.file("SOFTWARE", s.software_hive());
    f.file("sslcert.txt", page(&s.netsh(&Words::german()), 850));
}

fn shadowed(f: &mut Folder) {
    let mut s = server(f);
    let other = f.certs.leaf("other", &["old.example"], (-100, 265));
    s.hold("MY", &other);
    s.records = vec![
        Record { at: "192.0.2.10:443".to_owned(), hash: other.thumb, store: "MY", app: IIS },
        Record { at: "shop.example:443".to_owned(), hash: s.held[0].cert.thumb.clone(), store: "MY", app: IIS },
    ];
    s.sites = vec![site("shop", 1, &[("https", "*:443:shop.example", Some(1))])];
    f.file("SYSTEM", s.system_hive());
    f.file("SOFTWARE", s.software_hive());
    f.file("applicationHost.config", utf8(&s.config()));
    f.file("systeminfo.txt", utf8(&s.systeminfo(&Words::english())));
}

fn one_family(f: &mut Folder) {
    let mut s = server(f);
    s.records.truncate(1);
    listings(f, &s);
}

fn sni_without_name(f: &mut Folder) {
    let mut s = server(f);
    s.sites = vec![site("shop", 1, &[("https", "*:443:", Some(1))])];
    s.records.clear();
    f.file("applicationHost.config", utf8(&s.config()));
    f.file("SYSTEM", s.system_hive());
}

fn property_5506(f: &mut Folder) {
    let mut s = server(f);
    if let Some(site) = s.sites.first_mut() {
        site.old_hash = Some("Gh+Ui1xtfo+QobLD1OX2BxgpOks=".to_owned());
    }
    s.http(7200, 15300, "0.0.0.0:443", None);
    s.records.clear();
    f.file("applicationHost.config", utf8(&s.config()));
    f.file("SYSTEM", s.system_hive());
    f.file("SOFTWARE", s.software_hive());
    f.file("system-log.csv", utf16(&s.log(Shape::Csv(','), "en")));
}

fn central_store(f: &mut Folder) {
    let mut s = server(f);
    s.sites = vec![site("shop", 1, &[("https", "*:443:shop.example", Some(3))])];
    s.records.clear();
    let key = s.system.at(r"ControlSet001\Services\HTTP\Parameters\SslCcsBindingInfo").at("443");
    key.binary("AppId", &[0; 16]).dword("DefaultSslCertCheckMode", 0);
    let ccs = s.software.at(r"Microsoft\IIS\CentralCertProvider");
    ccs.dword("Enabled", 1)
        .text("CertStoreLocation", r"\\files01\certs")
        .text("UserName", r"CONTOSO\ccs")
        .text("PrivateKeyPassword", "");
    f.file("applicationHost.config", utf8(&s.config()));
    f.file("SYSTEM", s.system_hive());
    f.file("ccs.reg", s.reg(r"SOFTWARE\Microsoft\IIS\CentralCertProvider", Form::Five));
}

fn server_2003(f: &mut Folder) {
    let mut s = server(f);
    (s.build, s.product) = (3790, "Windows Server 2003");
    for r in &mut s.records {
        r.hash.clear();
        r.app = "00000000-0000-0000-0000-000000000000";
    }
    s.records.truncate(1);
    f.file("httpcfg.txt", page(&s.httpcfg(&Words::korean()), 949));
    f.file("systeminfo.txt", page(&s.systeminfo(&Words::korean()), 949));
    f.file("netstat.txt", page(&s.netstat(&Words::korean()), 949));
}

fn dispute(f: &mut Folder) {
    let mut s = server(f);
    f.file("netsh.txt", utf8(&s.netsh(&Words::english())));
    for r in &mut s.records {
        r.hash = GONE.to_owned();
    }
    f.file("SYSTEM", s.system_hive());
    f.file("SOFTWARE", s.software_hive());
}

fn two_servers(f: &mut Folder) {
    let good = server(f);
    let leaf = f.certs.leaf("second", &["intranet.example"], (-40, 300));
    let mut bad = Server::iis("SRV-WEB2", &leaf, &[("CA", f.certs.get("ca")), ("Root", f.certs.get("root"))]);
    bad.guid = "11112222-3333-4444-5555-666677778888";
    bad.records.iter_mut().for_each(|r| r.hash = GONE.to_owned());
    for (s, folder) in [(&good, "web1"), (&bad, "web2")] {
        f.file(&format!("{folder}/SYSTEM"), s.system_hive());
        f.file(&format!("{folder}/SOFTWARE"), s.software_hive());
        f.file(&format!("{folder}/sslcert.txt"), utf8(&s.netsh(&Words::english())));
        f.file(&format!("{folder}/netstat.txt"), utf8(&s.netstat(&Words::english())));
    }
}
