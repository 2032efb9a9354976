//! Asks as they are put to a person: what to collect, with the exact command.
use crate::diagnosis::AskFor;
use tlsdiag_model::facts::Opening;
use tlsdiag_model::{Arg, Ask, Case, Cause, Command, Endpoint, Kind, Platform, Say, Why, say};

/// The ask in words with its commands; `None` for what only a program can do (waiting, repeating).
pub(crate) fn asked_of_person(case: &Case, ask: &Ask, decides: Vec<Cause>) -> Option<AskFor> {
    let (say, commands, why): (Say, Vec<Command>, Option<Why>) = match ask {
        Ask::Table { kind, why, .. } => {
            let (say, windows, linux) = table(*kind)?;
            let mut commands = vec![];
            commands.extend(windows.map(|line| command(Platform::Windows, line)));
            commands.extend(linux.map(|line| command(Platform::Linux, line)));
            (say, commands, why.clone())
        }
        Ask::Trial { to, .. } | Ask::Full(to) | Ask::Handshake(to) => (
            say!(
                "an experiment with another ClientHello against {to}",
                "{to}에 다른 ClientHello를 보내 보는 실험",
                to = Arg::quote(to)
            ),
            vec![command(Platform::Any, &format!("tlsdiag {}", target(to)))],
            None,
        ),
        Ask::Talk { to, opening } => {
            let say = match opening {
                Opening::HttpGet => say!(
                    "what answers plain http on {to}",
                    "{to}에서 http로 물으면 무엇이 답하는지",
                    to = Arg::quote(to)
                ),
                Opening::Listened => {
                    say!("what speaks first on {to}", "{to}에서 먼저 말을 거는 것이 무엇인지", to = Arg::quote(to))
                }
            };
            (say, vec![command(Platform::Any, &format!("tlsdiag {}", target(to)))], None)
        }
        Ask::Fetch { url, .. } => {
            (say!("the issuer's certificate from {url}", "{url}의 발급자 인증서", url = Arg::quote(url)), vec![], None)
        }
        Ask::Revocation { .. } => (say!("whether the certificate is revoked", "인증서가 해지되었는지"), vec![], None),
        Ask::Under { of, .. } => {
            let (say, line) = under(of);
            (say, vec![command(Platform::Windows, &line)], None)
        }
        Ask::Connect { .. } | Ask::Again { .. } | Ask::FullAgain { .. } | Ask::Wait(_) => return None,
    };
    let _ = case;
    Some(AskFor { ask: ask.clone(), host: ask.host(), say, why, commands, decides })
}

/// A part of the registry, a store, a folder of keys.
fn under(of: &str) -> (Say, String) {
    let folder = |name: &str| match name {
        "machine_keys" => Some("%ALLUSERSPROFILE%\\Microsoft\\Crypto\\RSA\\MachineKeys"),
        "keys" => Some("%ALLUSERSPROFILE%\\Microsoft\\Crypto\\Keys"),
        "system_keys" => Some("%ALLUSERSPROFILE%\\Microsoft\\Crypto\\SystemKeys"),
        _ => None,
    };
    if let Some(path) = of.strip_prefix("folder:").and_then(folder) {
        return (
            say!("which key files lie in {path}", "{path}에 있는 키 파일", path = Arg::term(path)),
            format!("dir /a \"{path}\""),
        );
    }
    if let Some(path) = of.strip_prefix("acl:").and_then(folder) {
        return (
            say!(
                "who may read the key files in {path}",
                "{path}의 키 파일을 읽을 수 있는 계정",
                path = Arg::term(path)
            ),
            format!("icacls \"{path}\" /t"),
        );
    }
    if let Some(store) = of.strip_prefix("store:Machine\\") {
        return (
            say!(
                "the certificates of the machine's store {store} and their keys",
                "컴퓨터 저장소 {store}의 인증서와 개인 키",
                store = Arg::quote(store)
            ),
            format!("certutil -v -store {store}"),
        );
    }
    (say!("the registry under {key}", "레지스트리 {key}", key = Arg::quote(of)), format!("reg query \"{of}\" /s"))
}

fn table(kind: Kind) -> Option<(Say, Option<&'static str>, Option<&'static str>)> {
    Some(match kind {
        Kind::Bindings => (
            say!("which certificate HTTP.sys is told to serve", "HTTP.sys에 지정된 인증서"),
            Some("netsh http show sslcert"),
            None,
        ),
        Kind::Events => (
            say!("the System log's entries of Schannel and HttpEvent", "시스템 로그의 Schannel과 HttpEvent 항목"),
            Some(
                "wevtutil qe System /rd:true /c:200 /f:text /q:\"*[System[Provider[@Name='Schannel' or @Name='Microsoft-Windows-HttpEvent']]]\"",
            ),
            None,
        ),
        Kind::Protocols => (
            say!("which protocol versions Schannel is told to use", "Schannel에 설정된 프로토콜 버전"),
            Some("reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL /s"),
            None,
        ),
        Kind::Holdings => (
            say!(
                "the certificates of the machine's Personal store and their keys",
                "컴퓨터 개인 저장소의 인증서와 개인 키"
            ),
            Some("certutil -store -v my"),
            None,
        ),
        Kind::Listeners => (
            say!("which program listens on which port", "어떤 프로그램이 어떤 포트에서 수신 대기 중인지"),
            Some("netstat -ano"),
            Some("ss -ltnp"),
        ),
        Kind::Processes => (
            say!("which process is which program", "각 프로세스가 어떤 프로그램인지"),
            Some("tasklist /svc"),
            Some("ps -ef"),
        ),
        Kind::ListenLists => (
            say!("on which addresses HTTP.sys is told to listen", "HTTP.sys가 수신 대기하도록 지정된 주소"),
            Some("netsh http show iplisten"),
            None,
        ),
        Kind::Urls => (
            say!("which URLs are registered in HTTP.sys, and by whom", "HTTP.sys에 등록된 URL과 등록한 프로그램"),
            Some("netsh http show servicestate view=requestq"),
            None,
        ),
        Kind::SiteBindings => (
            say!("the sites of IIS and their bindings", "IIS 사이트와 바인딩"),
            Some("type %windir%\\System32\\inetsrv\\config\\applicationHost.config"),
            None,
        ),
        Kind::Stored => (
            say!(
                "the certificates of the machine's Personal store and their keys",
                "컴퓨터 개인 저장소의 인증서와 개인 키"
            ),
            Some("certutil -v -store my"),
            None,
        ),
        Kind::Systems => (say!("the version of Windows", "Windows 버전"), Some("systeminfo"), Some("uname -a")),
        Kind::Suites => (
            say!("which cipher suites Schannel offers", "Schannel이 제공하는 암호 제품군"),
            Some("powershell Get-TlsCipherSuite"),
            None,
        ),
        Kind::Connects => (
            say!("what listens, and how full its queue is", "무엇이 수신 대기 중이고 대기열이 얼마나 찼는지"),
            Some("netstat -ano"),
            Some("ss -ltn"),
        ),
        _ => return None,
    })
}

fn command(on: Platform, line: &str) -> Command {
    Command { on, line: line.to_owned() }
}

fn target(to: &Endpoint) -> String {
    match (&to.name, to.port) {
        (Some(n), 443) => n.to_string(),
        (Some(n), p) => format!("{n}:{p}"),
        (None, p) => format!("{}:{p}", to.addr),
    }
}
