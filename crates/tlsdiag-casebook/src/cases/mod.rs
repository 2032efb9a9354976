//! The cases, a file for each scenario of the troubleshooter.
mod binding;
mod healthy;
mod key;
mod listener;
mod schannel;
mod trust;

use crate::server::{Server, page, utf8, utf16};
use crate::{Case, Folder};
use tlsdiag_winfiles::text::make::{DateForm, Words};

/// All of them.
pub fn all() -> Vec<&'static Case> {
    let groups = [key::CASES, trust::CASES, listener::CASES, binding::CASES, schannel::CASES, healthy::CASES];
    groups.into_iter().flatten().collect()
}

/// A healthy server with the usual certificates.
fn server(f: &mut Folder) -> Server {
    let leaf = f.certs.usual(&["shop.example"]);
    Server::iis("SRV-WEB1", &leaf, &[("CA", f.certs.get("ca")), ("Root", f.certs.get("root"))])
}

/// What an administrator in Seoul sends: hives, and listings in Korean.
fn korean(f: &mut Folder, s: &Server) {
    f.file("레지스트리/SYSTEM", s.system_hive());
    f.file("레지스트리/SOFTWARE", s.software_hive());
    f.file("netsh.txt", page(&s.netsh(&Words::korean()), 949));
    f.file("netstat.txt", page(&s.netstat(&Words::korean()), 949));
    f.file("키파일.txt", utf16(&s.dir(&Words::korean(), DateForm::Korean)));
    f.file("icacls.txt", page(&s.icacls(&Words::korean()), 949));
}

/// Listings alone, in English.
fn listings(f: &mut Folder, s: &Server) {
    f.file("systeminfo.txt", utf8(&s.systeminfo(&Words::english())));
    f.file("sslcert.txt", utf8(&s.netsh(&Words::english())));
    f.file("netstat.txt", utf16(&s.netstat(&Words::english())));
    f.file("certutil-my.txt", utf8(&s.certutil("MY", "en")));
    f.file("config/applicationHost.config", utf8(&s.config()));
    f.file("keys.txt", utf8(&s.dir(&Words::english(), DateForm::English)));
    if !s.key_files.is_empty() {
        f.file("acl.txt", utf8(&s.icacls(&Words::english())));
    }
}

/// The same in German, in the console's code page.
fn german(f: &mut Folder, s: &Server) {
    f.file("systeminfo.txt", page(&s.systeminfo(&Words::german()), 850));
    f.file("bindungen.txt", page(&s.netsh(&Words::german()), 850));
    f.file("netstat.txt", page(&s.netstat(&Words::german()), 850));
    f.file("zertifikate.txt", page(&s.certutil("MY", "de"), 1252));
    f.file("SOFTWARE", s.software_hive());
}
