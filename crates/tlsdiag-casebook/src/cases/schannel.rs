//! Schannel: versions, suites, settings, events, updates.
use super::{korean, listings, server};
use crate::server::{SCHANNEL, page, utf8, utf16};
use crate::{Case, Folder};
use tlsdiag_winfiles::events::make::text::Shape;
use tlsdiag_winfiles::registry::make::export::Form;
use tlsdiag_winfiles::text::make::Words;

/// The branch that people export.
const BRANCH: &str = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";

pub(super) const CASES: &[Case] = &[
    Case {
        slug: "all-protocols-off",
        shows: "a hardening script switched every version off for servers",
        make: all_off,
        causes: &["TD5101 proto.registry_disabled proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "tls12-not-by-default",
        shows: "2008 R2: TLS 1.2 has its key and is still off by default, the older ones are switched off",
        make: not_by_default,
        causes: &["TD5102 proto.registry_disabled proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "key-name-misspelt",
        shows: "the administrator wrote `TLS1.2` without its blank: nothing follows from it",
        make: misspelt,
        causes: &["TD5103 proto.registry_disabled proven"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "value-is-text",
        shows: "Enabled is REG_SZ",
        make: value_is_text,
        causes: &["TD5104 proto.registry_disabled proven"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "suite-order-of-others",
        shows: "the policy's order holds only suites of elliptic certificates, and the certificate is RSA",
        make: suite_order,
        causes: &["TD5105 cipher.cert_type proven"],
        verdict: "broken",
        args: &[],
    },
    Case {
        slug: "scanner-burst",
        shows: "hundreds of refused handshakes a second, for six seconds: a scanner, one note, no outage",
        make: burst,
        causes: &["TD5209 note.scan_noise likely"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "outbound-old-client",
        shows: "36871 with 10013: a program on the machine asks for versions that are off; the site is not concerned",
        make: outbound,
        causes: &["TD5202 proto.version_client_old likely"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "split-for-everybody",
        shows: "SendExtraRecord=1: every program splits its records",
        make: split,
        causes: &["TD6030 hs.record_splitting proven"],
        verdict: "unknown",
        args: &[],
    },
    Case {
        slug: "windows-2003-too-old",
        shows: "Server 2003 speaks TLS 1.0 at most",
        make: too_old,
        causes: &["TD5110 proto.version_server_old proven"],
        verdict: "unknown",
        args: &[],
    },
];

fn all_off(f: &mut Folder) {
    let mut s = server(f);
    for v in ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"] {
        s.set(&format!(r"Protocols\{v}\Server"), "Enabled", 0);
        s.set(&format!(r"Protocols\{v}\Server"), "DisabledByDefault", 1);
    }
    korean(f, &s);
}

fn not_by_default(f: &mut Folder) {
    let mut s = server(f);
    (s.build, s.product) = (7601, "Windows Server 2008 R2 Standard");
    for v in ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1"] {
        s.set(&format!(r"Protocols\{v}\Server"), "Enabled", 0);
    }
    s.set(r"Protocols\TLS 1.2\Server", "Enabled", 1);
    s.set(r"Protocols\TLS 1.2\Server", "DisabledByDefault", 1);
    listings(f, &s);
    f.file("schannel.reg", s.reg(BRANCH, Form::Five));
}

fn misspelt(f: &mut Folder) {
    let mut s = server(f);
    s.set(r"Protocols\TLS1.2\Server", "Enabled", 1);
    listings(f, &s);
    f.file("schannel.reg", s.reg(BRANCH, Form::Five));
}

fn value_is_text(f: &mut Folder) {
    let mut s = server(f);
    s.system.at(&format!(r"{SCHANNEL}\Protocols\TLS 1.2\Server")).text("Enabled", "1");
    listings(f, &s);
    f.file("schannel.reg", s.reg(BRANCH, Form::FiveUtf8(true)));
}

fn suite_order(f: &mut Folder) {
    let mut s = server(f);
    let order = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    s.software.at(r"Policies\Microsoft\Cryptography\Configuration\SSL\00010002").text("Functions", order);
    korean(f, &s);
}

fn burst(f: &mut Folder) {
    let mut s = server(f);
    for n in 0..1200 {
        s.schannel(86_400 - n / 200, 36874, &["TLS 1.2"]);
        s.schannel(86_400 - n / 200, 36888, &["40", "1205"]);
    }
    f.file("System.evtx", s.evtx());
}

fn outbound(f: &mut Folder) {
    let mut s = server(f);
    for n in 0..12 {
        s.schannel(4000 - n * 300, 36871, &["client", "10013", "5120", r"C:\Agent\agent.exe"]);
    }
    listings(f, &s);
    f.file("events.txt", page(&s.log(Shape::Wevtutil, "en"), 1252));
}

fn split(f: &mut Folder) {
    let mut s = server(f);
    s.set("", "SendExtraRecord", 1);
    f.file("schannel.reg", s.reg(BRANCH, Form::FiveUnmarked));
    f.file("systeminfo.txt", utf16(&s.systeminfo(&Words::korean())));
}

fn too_old(f: &mut Folder) {
    let mut s = server(f);
    (s.build, s.product) = (3790, "Windows Server 2003");
    f.file("httpcfg.txt", utf8(&s.httpcfg(&Words::english())));
    f.file("systeminfo.txt", utf8(&s.systeminfo(&Words::english())));
    f.file("schannel.reg", s.reg(BRANCH, Form::Five));
}
