//! Near misses: what looks like a fault and is none.
use super::{korean, listings, server};
use crate::server::{IIS, Record, page, site, utf8};
use crate::{Case, Folder};
use tlsdiag_winfiles::events::make::text::Shape;
use tlsdiag_winfiles::registry::make::export::Form;
use tlsdiag_winfiles::text::make::{self, Words};

pub(super) const CASES: &[Case] = &[
    Case {
        slug: "healthy-korean",
        shows: "a sound server: hives and Korean listings",
        make: plain,
        causes: &[],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "healthy-listings",
        shows: "a sound server: English listings",
        make: english,
        causes: &[],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "healthy-enabled-both-ways",
        shows: "Enabled=1 and Enabled=0xffffffff are both on",
        make: enabled_both_ways,
        causes: &[],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "healthy-1168",
        shows: "1168 from `httpcfg query iplisten` is the healthy answer, and a zero GUID alone is no fault",
        make: zero_guid,
        causes: &["TD5110 proto.version_server_old proven"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "healthy-central-store",
        shows: "a record of the central store has no hash by design",
        make: central_store,
        causes: &[],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "healthy-remote-desktop-event",
        shows: "one 36888 with alert 70 from a scanner on a sound server",
        make: old_scanner,
        causes: &["TD5204 proto.version_client_old likely"],
        verdict: "unknown",
        args: &[],
    },
];

fn plain(f: &mut Folder) {
    let s = server(f);
    korean(f, &s);
    f.file("applicationHost.config", utf8(&s.config()));
}

fn english(f: &mut Folder) {
    let s = server(f);
    listings(f, &s);
}

fn enabled_both_ways(f: &mut Folder) {
    let mut s = server(f);
    s.set(r"Protocols\TLS 1.2\Server", "Enabled", 1);
    s.set(r"Protocols\TLS 1.2\Server", "DisabledByDefault", 0);
    s.set(r"Protocols\TLS 1.1\Server", "Enabled", 0xffff_ffff);
    s.set(r"Protocols\TLS 1.1\Server", "DisabledByDefault", 0);
    listings(f, &s);
    f.file("schannel.reg", s.reg(r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL", Form::Five));
}

fn zero_guid(f: &mut Folder) {
    let mut s = server(f);
    (s.build, s.product) = (3790, "Windows Server 2003");
    s.records.truncate(1);
    s.records.iter_mut().for_each(|r| r.app = "00000000-0000-0000-0000-000000000000");
    f.file("httpcfg.txt", page(&s.httpcfg(&Words::korean()), 949));
    f.file("iplisten.txt", utf8(&make::httpcfg_listen_list(&[], &Words::english())));
    f.file("systeminfo.txt", utf8(&s.systeminfo(&Words::english())));
    f.file("certutil.txt", utf8(&s.certutil("MY", "en")));
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
        .text("PrivateKeyPassword", "AQAAANCMnd8=")
        .text("Password", "AQAAANCMnd8=");
    f.file("applicationHost.config", utf8(&s.config()));
    f.file("SYSTEM", s.system_hive());
    f.file("SOFTWARE", s.software_hive());
}

fn old_scanner(f: &mut Folder) {
    let mut s = server(f);
    let record = Record { at: "0.0.0.0:8443".to_owned(), hash: s.held[0].cert.thumb.clone(), store: "MY", app: IIS };
    s.records.push(record);
    s.schannel(500, 36888, &["70", "105"]);
    korean(f, &s);
    f.file("이벤트.xml", utf8(&s.log(Shape::Xml, "ko")));
}
