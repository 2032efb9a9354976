//! The rest of `netsh http`: listen list, URL reservations, errors, help.
use super::command::Command;
use super::damaged::clip;
use super::httpcfg::ListenAddress;
use super::lines::{Line, Text, is_blank};
use super::shape;
use super::url::UrlPrefix;
use std::net::IpAddr;

/// A right to register a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlReservation {
    /// The URL.
    pub url: UrlPrefix,
    /// Accounts, in the language of that machine.
    pub users: Vec<String>,
    /// The rights in the language of security descriptors.
    pub sddl: Option<String>,
    /// From the URL to its last line.
    pub lines: super::binding::Span,
}

/// An error that netsh printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolError {
    /// The Win32 error.
    pub code: u32,
    /// The whole line, in the language of that machine.
    pub text: String,
    /// The command that failed, if it stands above.
    pub command: Option<Command>,
    /// Line of the file.
    pub line: u32,
}

/// How sure it is that the text has a listen list or URL reservations, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    if !reservations(text).is_empty() {
        90
    } else if !listen_list(text, None).is_empty() {
        80
    } else {
        0
    }
}

/// Addresses of the listen list. Without a command that says so they must stand below a heading and a rule.
#[must_use]
pub fn listen_list(text: &Text<'_>, command: Option<&Command>) -> Vec<ListenAddress> {
    let mut out = super::httpcfg::listen_list(text);
    let mut inside = command.is_some_and(|c| c.runs("netsh", &["http", "show", "iplisten"]));
    let mut before: Option<Line<'_>> = None;
    for line in text.filled() {
        if line.command().is_some() || Command::of(line).is_some() {
            inside = false;
        }
        let address: Option<IpAddr> = line.trimmed().parse().ok();
        match address {
            Some(address) if inside && line.indent() > 0 => out.push(ListenAddress { address, line: line.number }),
            None => {
                // a rule below a heading without a value, flush left
                let heading = before.is_some_and(|b| b.indent() == 0 && b.text.ends_with([':', '：']));
                inside = (line.is_rule() && heading) || (inside && line.is_rule());
            }
            Some(_) => {}
        }
        before = Some(line);
    }
    out
}

/// Reservations of URLs: a URL behind a label, then accounts, then the rights as SDDL. `httpcfg query urlacl` prints the
/// first and the last.
#[must_use]
pub fn reservations(text: &Text<'_>) -> Vec<UrlReservation> {
    let mut out: Vec<UrlReservation> = Vec::new();
    let mut open = false;
    for line in text.filled() {
        let Some(value) = line.last_value() else {
            open &= !line.is_rule();
            continue;
        };
        if let Some(url) = UrlPrefix::parse(value) {
            out.push(UrlReservation {
                url,
                users: Vec::new(),
                sddl: None,
                lines: super::binding::Span::line(line.number),
            });
            open = true;
        } else if let (true, Some(last)) = (open, out.last_mut()) {
            let label = line.splits().last().map_or("", |(label, _)| label);
            if is_sddl(value) {
                last.sddl = Some(clip(value));
            } else if value.contains('\\') || value.starts_with("S-1-") {
                last.users.push(clip(value));
            } else if label.is_empty() || line.indent() == 0 {
                open = false;
                continue;
            }
            last.lines.last = line.number;
        }
    }
    out
}

fn is_sddl(text: &str) -> bool {
    ["D:", "O:", "G:", "S:"].iter().any(|part| text.starts_with(part)) && text.contains('(') && text.ends_with(')')
}

/// Win32 errors with which `netsh http` and httpcfg end.
const CODES: &[u32] = &[1, 2, 5, 13, 31, 32, 50, 87, 183, 234, 259, 1168, 1312, 1314, 1332, 10013, 10048, 10049];

/// Errors: a sentence that ends with a separator and one of the numbers that these tools give.
#[must_use]
pub fn errors(text: &Text<'_>, command: Option<&Command>) -> Vec<ToolError> {
    let netsh = command.is_some_and(|c| matches!(c.program.as_str(), "netsh" | "httpcfg"));
    let mut out = Vec::new();
    for line in text.filled().filter(|line| line.indent() == 0 && line.command().is_none()) {
        let text = line.text.trim_end_matches(['.', '。']);
        let Some((sentence, number)) = text.rsplit_once([':', '：', ' ']) else { continue };
        let code = shape::number(number.trim_matches(is_blank)).and_then(|code| u32::try_from(code).ok());
        let Some(code) = code.filter(|code| CODES.contains(code)) else { continue };
        // "SSL …, error: 1312": two clauses, the second ends with the separator
        let clauses =
            sentence.contains([',', '.', '，', '、', '。', ';']) && sentence.trim_end_matches(is_blank).len() >= 8;
        let separated = sentence.ends_with([':', '：'])
            || text.contains(&format!(":{number}"))
            || text.contains(&format!("：{number}"));
        let named = ["SSL", "IP", "URL"].iter().any(|name| sentence.to_uppercase().contains(name));
        if separated && !sentence.contains(char::is_numeric) && (netsh || (clauses && named)) {
            out.push(ToolError { code, text: clip(line.text), command: command.cloned(), line: line.number });
        }
    }
    out
}

/// The lines of a help text: `name=<value>`, `[name=a|b]`. At least three of them make it one.
#[must_use]
pub fn help(text: &Text<'_>) -> Vec<u32> {
    let lines: Vec<u32> = text.filled().filter(|line| is_syntax(line.trimmed())).map(|line| line.number).collect();
    if lines.len() >= 3 { lines } else { Vec::new() }
}

fn is_syntax(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else { return false };
    let name = name.rsplit(is_blank).next().unwrap_or("").trim_start_matches('[');
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    named && (value.starts_with('<') || (text.starts_with('[') && text.ends_with(']')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listen_list_ends_where_its_block_ends() {
        let text = Text::new(
            "수신 목록에 있는 IP 주소:\n-------------------------\n\n    192.0.2.1\n    ::1\n\nDNS:\n    198.51.100.1\n",
        );
        let found: Vec<String> = listen_list(&text, None).iter().map(|l| l.address.to_string()).collect();
        assert_eq!(found, ["192.0.2.1", "::1"]);
    }

    #[test]
    fn reservations_with_accounts_and_rights() {
        let text = Text::new(
            "    예약된 URL            : https://+:443/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ \n        사용자: NT SERVICE\\SstpSvc\n            수신: 예\n            위임: 예\n        사용자: BUILTIN\\Administrators\n            SDDL: D:(A;;GA;;;S-1-5-80-1)(A;;GA;;;BA)\n\n    예약된 URL            : http://*:5358/ \n        사용자: BUILTIN\\Users\n",
        );
        let all = reservations(&text);
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].url.port, all[0].users.len(), all[0].sddl.as_deref(), all[0].lines.last),
            (443, 2, Some("D:(A;;GA;;;S-1-5-80-1)(A;;GA;;;BA)"), 6)
        );
        assert_eq!(all[1].users, ["BUILTIN\\Users"]);
    }

    #[test]
    fn errors_by_their_number() {
        for text in [
            "SSL Certificate add failed, Error: 1312",
            "SSL 인증서를 추가하지 못했습니다. 오류: 1312",
            "Échec de l'ajout du certificat SSL, erreur : 1312",
            "SSL証明書を追加できませんでした。エラー：1312",
        ] {
            let all = errors(&Text::new(text), None);
            assert_eq!(all.iter().map(|e| e.code).collect::<Vec<_>>(), [1312], "{text}");
        }
        for text in ["    Revocation Freshness Time    : 0", "Total: 5", "Flags : 2", "Error 12: SSL, x: 13000"] {
            assert!(errors(&Text::new(text), None).is_empty(), "{text}");
        }
    }

    #[test]
    fn help_is_help() {
        let text = "Usage: add sslcert hostnameport=<name:port> | ipport=<ipaddr:port>\n        appid=<GUID>\n        [certhash=<string>]\n        [reject=enable|disable]\n";
        assert_eq!(help(&Text::new(text)), [1, 2, 3, 4]);
        assert!(help(&Text::new("a=b\nc=d\ne=f\n")).is_empty());
    }
}
