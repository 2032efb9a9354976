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
        Ask::Connect { .. } | Ask::Again { .. } | Ask::FullAgain { .. } | Ask::Wait(_) => return None,
    };
    let _ = case;
    Some(AskFor { ask: ask.clone(), host: ask.host(), say, why, commands, decides })
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
