//! What is taken from a server, one entry a file: from here both scripts and the documentation are made.
//!
//! Sources: the help texts of the tools; `docs/collect.md` says what each file tells. Nothing here changes a machine.
use super::settings::SETTINGS;
use tlsdiag_model::Tpl;

/// On which Windows something is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum On {
    /// All.
    Every,
    /// Server 2003 and older.
    Old,
    /// Server 2008 and later.
    New,
}

impl On {
    /// Said behind what a file tells.
    pub(crate) fn note(self) -> &'static str {
        match self {
            On::Every => "",
            On::Old => " (Server 2003)",
            On::New => " (Server 2008 and later)",
        }
    }
}

/// What must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing but cmd itself.
    Nothing,
    /// A program on the path.
    Program(&'static str),
    /// A file.
    File(&'static str),
    /// The share of the central certificate store, which the script looks up.
    Share,
}

/// How a file comes about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// What these commands print, each below a line that shows it as at a prompt.
    Shows(&'static [&'static str]),
    /// A command that writes the file itself; `{}` is the file.
    Writes(&'static str),
    /// A configuration file of IIS, its passwords replaced.
    Config(&'static str),
    /// Which of these values of a key are filled, their content replaced by `set`.
    Filled(&'static str, &'static [&'static str]),
}

/// A file of the collection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// Its name.
    pub(crate) file: &'static str,
    /// What readers recognise in it, by their stable words.
    pub(crate) kind: &'static str,
    /// What it tells.
    pub(crate) tells: Tpl,
    /// On which Windows.
    pub(crate) on: On,
    /// What it needs.
    pub(crate) need: Need,
    /// How it comes about.
    pub(crate) how: How,
}

pub(super) const fn item(
    file: &'static str,
    kind: &'static str,
    (en, ko): (&'static str, &'static str),
    on: On,
    need: Need,
    how: How,
) -> Item {
    Item { file, kind, tells: Tpl { en, ko }, on, need, how }
}

use How::{Config, Shows, Writes};
use Need::{File, Nothing, Program};
use On::{Every, New, Old};

const NETSH: Need = Program("netsh.exe");
const HTTPCFG: Need = Program("httpcfg.exe");
const CERTUTIL: Need = Program("certutil.exe");
pub(super) const REG: Need = Program("reg.exe");
const ICACLS: Need = Program("icacls.exe");
const CACLS: Need = Program("cacls.exe");
const WEVTUTIL: Need = Program("wevtutil.exe");
pub(super) const SC: Need = Program("sc.exe");
const EVENTQUERY: Need = File("%windir%\\system32\\eventquery.vbs");
const APPCMD: Need = File("%windir%\\system32\\inetsrv\\appcmd.exe");

const MY: (&str, &str) = (
    "certificates of the machine's Personal store and the links to their keys",
    "컴퓨터 개인 저장소의 인증서와 개인 키 연결",
);
const REQUEST: (&str, &str) = ("certificate requests that wait for their certificate", "완료되지 않은 인증서 요청");
const CA: (&str, &str) = ("intermediate certificates", "중간 인증서");
const ROOT: (&str, &str) = ("trusted roots", "신뢰할 수 있는 루트 인증서");
const VERIFY: (&str, &str) =
    ("whether Windows accepts each certificate and can use its key", "각 인증서의 유효성과 개인 키 사용 가능 여부");
const FOLDER: (&str, &str) = ("names of key files, never their content", "키 파일의 이름(내용은 가져오지 않음)");
const RIGHTS: (&str, &str) = ("who may read the key files", "키 파일의 사용 권한");

/// Everything, in the order in which it is taken: first what decides most.
pub(crate) fn items() -> impl Iterator<Item = &'static Item> {
    ITEMS.iter().chain(SETTINGS)
}

/// Records, events, processes, certificates, keys, sites.
const ITEMS: &[Item] = &[
    item(
        "netsh-sslcert.txt",
        "netsh-sslcert",
        ("certificates that HTTP.sys is told to serve", "HTTP.sys에 지정된 인증서"),
        New,
        NETSH,
        Shows(&["netsh http show sslcert"]),
    ),
    item(
        "netsh-iplisten.txt",
        "netsh-iplisten",
        ("addresses on which HTTP.sys listens", "HTTP.sys가 수신 대기하는 주소"),
        New,
        NETSH,
        Shows(&["netsh http show iplisten"]),
    ),
    item(
        "netsh-servicestate.txt",
        "netsh-servicestate",
        ("which program takes requests for which URL", "URL별 요청 처리 프로그램"),
        New,
        NETSH,
        Shows(&["netsh http show servicestate"]),
    ),
    item(
        "netsh-urlacl.txt",
        "netsh-urlacl",
        ("reserved URLs", "예약된 URL"),
        New,
        NETSH,
        Shows(&["netsh http show urlacl"]),
    ),
    item(
        "httpcfg-ssl.txt",
        "httpcfg-ssl",
        ("certificates that HTTP.sys is told to serve", "HTTP.sys에 지정된 인증서"),
        Old,
        HTTPCFG,
        Shows(&["httpcfg query ssl"]),
    ),
    item(
        "httpcfg-iplisten.txt",
        "httpcfg-iplisten",
        ("addresses on which HTTP.sys listens", "HTTP.sys가 수신 대기하는 주소"),
        Old,
        HTTPCFG,
        Shows(&["httpcfg query iplisten"]),
    ),
    item(
        "httpcfg-urlacl.txt",
        "httpcfg-urlacl",
        ("reserved URLs", "예약된 URL"),
        Old,
        HTTPCFG,
        Shows(&["httpcfg query urlacl"]),
    ),
    item(
        "reg-http.reg",
        "reg-export",
        ("settings of HTTP.sys, its certificate records among them", "HTTP.sys 설정과 인증서 레코드"),
        Every,
        REG,
        Writes("reg export HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters {}"),
    ),
    item(
        "System-tls.evtx",
        "evtx",
        (
            "events of Schannel and HTTP.sys in the System log, no others",
            "시스템 로그의 Schannel과 HTTP.sys 이벤트(그 밖의 이벤트는 제외)",
        ),
        New,
        WEVTUTIL,
        Writes(
            "wevtutil epl System {} \"/q:*[System[Provider[@Name='Schannel' or @Name='Microsoft-Windows-Schannel-Events' or @Name='Microsoft-Windows-HttpEvent' or @Name='HTTP']]]\"",
        ),
    ),
    item(
        "events-schannel.txt",
        "event-text",
        ("events of Schannel in the System log", "시스템 로그의 Schannel 이벤트"),
        Old,
        EVENTQUERY,
        Shows(&[
            "cscript //nologo %windir%\\system32\\eventquery.vbs /L System /FI \"Source eq Schannel\" /V /FO LIST",
        ]),
    ),
    item(
        "events-http.txt",
        "event-text",
        ("events of HTTP.sys in the System log", "시스템 로그의 HTTP.sys 이벤트"),
        Old,
        EVENTQUERY,
        Shows(&["cscript //nologo %windir%\\system32\\eventquery.vbs /L System /FI \"Source eq HTTP\" /V /FO LIST"]),
    ),
    item(
        "CAPI2-Operational.evtx",
        "evtx",
        ("why Windows refuses certificates, where that log is switched on", "인증서 거부 이유(해당 로그를 켠 경우)"),
        New,
        WEVTUTIL,
        Writes("wevtutil epl Microsoft-Windows-CAPI2/Operational {}"),
    ),
    item(
        "Application-capi2.evtx",
        "evtx",
        (
            "events of CAPI2 in the Application log, no others",
            "응용 프로그램 로그의 CAPI2 이벤트(그 밖의 이벤트는 제외)",
        ),
        New,
        WEVTUTIL,
        Writes(
            "wevtutil epl Application {} \"/q:*[System[Provider[@Name='Microsoft-Windows-CAPI2' or @Name='crypt32']]]\"",
        ),
    ),
    item(
        "netstat.txt",
        "netstat",
        ("which process listens on which port", "포트별 수신 대기 프로세스"),
        Every,
        Program("netstat.exe"),
        Shows(&["netstat -ano"]),
    ),
    item(
        "tasklist.txt",
        "tasklist",
        ("programs and services by process id", "프로세스 ID별 프로그램과 서비스"),
        Every,
        Program("tasklist.exe"),
        Shows(&["tasklist /svc"]),
    ),
    item("certutil-my.txt", "certutil-store", MY, New, CERTUTIL, Shows(&["certutil -silent -v -store MY"])),
    item("certutil-my.txt", "certutil-store", MY, Old, CERTUTIL, Shows(&["certutil -v -store MY"])),
    item(
        "certutil-webhosting.txt",
        "certutil-store",
        ("certificates of the Web Hosting store", "웹 호스팅 저장소의 인증서"),
        New,
        CERTUTIL,
        Shows(&["certutil -silent -v -store WebHosting"]),
    ),
    item(
        "certutil-request.txt",
        "certutil-store",
        REQUEST,
        New,
        CERTUTIL,
        Shows(&["certutil -silent -v -store REQUEST"]),
    ),
    item("certutil-request.txt", "certutil-store", REQUEST, Old, CERTUTIL, Shows(&["certutil -v -store REQUEST"])),
    item("certutil-ca.txt", "certutil-store", CA, New, CERTUTIL, Shows(&["certutil -silent -v -store CA"])),
    item("certutil-ca.txt", "certutil-store", CA, Old, CERTUTIL, Shows(&["certutil -v -store CA"])),
    item("certutil-root.txt", "certutil-store", ROOT, New, CERTUTIL, Shows(&["certutil -silent -v -store Root"])),
    item("certutil-root.txt", "certutil-store", ROOT, Old, CERTUTIL, Shows(&["certutil -v -store Root"])),
    item(
        "certutil-user-my.txt",
        "certutil-store",
        ("certificates that were put into the store of whoever runs this", "실행한 사용자의 개인 저장소에 든 인증서"),
        New,
        CERTUTIL,
        Shows(&["certutil -silent -user -v -store MY"]),
    ),
    item(
        "certutil-verify-my.txt",
        "certutil-verify",
        VERIFY,
        New,
        CERTUTIL,
        Shows(&["certutil -silent -verifystore MY"]),
    ),
    item("certutil-verify-my.txt", "certutil-verify", VERIFY, Old, CERTUTIL, Shows(&["certutil -verifystore MY"])),
    item(
        "reg-stores.reg",
        "reg-export",
        ("the certificates themselves, by store", "저장소별 인증서 원본"),
        Every,
        REG,
        Writes("reg export HKLM\\SOFTWARE\\Microsoft\\SystemCertificates {}"),
    ),
    item(
        "reg-stores-policy.txt",
        "reg-query",
        ("certificates that group policy and the directory distribute", "그룹 정책과 디렉터리가 배포한 인증서"),
        Every,
        REG,
        Shows(&[
            "reg query HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates /s",
            "reg query HKLM\\SOFTWARE\\Microsoft\\EnterpriseCertificates /s",
        ]),
    ),
    item(
        "dir-machine-keys.txt",
        "dir",
        FOLDER,
        Every,
        Nothing,
        Shows(&["dir /a /-c \"%TD_DATA%\\Microsoft\\Crypto\\RSA\\MachineKeys\""]),
    ),
    item(
        "dir-dss-machine-keys.txt",
        "dir",
        FOLDER,
        Every,
        Nothing,
        Shows(&["dir /a /-c \"%TD_DATA%\\Microsoft\\Crypto\\DSS\\MachineKeys\""]),
    ),
    item(
        "dir-system-rsa.txt",
        "dir",
        FOLDER,
        Every,
        Nothing,
        Shows(&["dir /a /-c \"%TD_DATA%\\Microsoft\\Crypto\\RSA\\S-1-5-18\""]),
    ),
    item("dir-keys.txt", "dir", FOLDER, New, Nothing, Shows(&["dir /a /-c \"%TD_DATA%\\Microsoft\\Crypto\\Keys\""])),
    item(
        "dir-system-keys.txt",
        "dir",
        FOLDER,
        New,
        Nothing,
        Shows(&["dir /a /-c \"%TD_DATA%\\Microsoft\\Crypto\\SystemKeys\""]),
    ),
    item(
        "icacls-machine-keys.txt",
        "icacls",
        RIGHTS,
        New,
        ICACLS,
        Shows(&["icacls \"%TD_DATA%\\Microsoft\\Crypto\\RSA\\MachineKeys\" /t /c"]),
    ),
    item(
        "icacls-keys.txt",
        "icacls",
        RIGHTS,
        New,
        ICACLS,
        Shows(&["icacls \"%TD_DATA%\\Microsoft\\Crypto\\Keys\" /t /c"]),
    ),
    item(
        "icacls-system-keys.txt",
        "icacls",
        RIGHTS,
        New,
        ICACLS,
        Shows(&["icacls \"%TD_DATA%\\Microsoft\\Crypto\\SystemKeys\" /t /c"]),
    ),
    item(
        "cacls-machine-keys.txt",
        "icacls",
        RIGHTS,
        Old,
        CACLS,
        Shows(&[
            "cacls \"%TD_DATA%\\Microsoft\\Crypto\\RSA\\MachineKeys\"",
            "cacls \"%TD_DATA%\\Microsoft\\Crypto\\RSA\\MachineKeys\\*\"",
        ]),
    ),
    item(
        "applicationHost.config",
        "iis-config",
        (
            "sites of IIS, their bindings and application pools, without passwords",
            "IIS 사이트, 바인딩, 응용 프로그램 풀(암호 제외)",
        ),
        New,
        File("%windir%\\system32\\inetsrv\\config\\applicationHost.config"),
        Config("%windir%\\system32\\inetsrv\\config\\applicationHost.config"),
    ),
    item(
        "redirection.config",
        "iis-config",
        ("whether IIS takes its configuration from elsewhere, without passwords", "IIS 공유 구성 사용 여부(암호 제외)"),
        New,
        File("%windir%\\system32\\inetsrv\\config\\redirection.config"),
        Config("%windir%\\system32\\inetsrv\\config\\redirection.config"),
    ),
    item(
        "appcmd.txt",
        "appcmd",
        ("which sites and pools run", "실행 중인 사이트와 응용 프로그램 풀"),
        New,
        APPCMD,
        Shows(&[
            "%windir%\\system32\\inetsrv\\appcmd.exe list site",
            "%windir%\\system32\\inetsrv\\appcmd.exe list apppool",
        ]),
    ),
];
