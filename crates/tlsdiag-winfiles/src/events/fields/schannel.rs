//! Schannel's events: EventData by name, classic strings by place, message texts by their numbers.

use super::super::text::shape::{codes, numbers, process, protocol, tails, trim};
use super::super::tree::hex;
use super::super::{Event, Node};
use super::{Fields, Key, Process, Side, code, filled, is_alert};

/// Words for the two sides as Windows writes them as values, in its own languages.
const SERVER: &[&str] =
    &["server", "서버", "サーバー", "サーバ", "服务器", "伺服器", "serveur", "servidor", "сервер", "сервера"];
const CLIENT: &[&str] = &["client", "클라이언트", "クライアント", "客户端", "用戶端", "cliente", "клиент", "клиента"];

pub(super) fn read(event: &Event, fields: &mut Fields) {
    if let Some(tree) = &event.tree {
        from_tree(tree, fields);
    }
    if event.data.iter().any(|d| d.name.is_some()) {
        named(event, fields);
    } else if !event.data.is_empty() {
        unnamed(event, fields);
    }
    if let Some(message) = event.message.as_deref() {
        from_message(message, fields);
    }
    if fields.certificate.is_none() {
        fields.certificate = event.binary.clone().filter(|b| b.starts_with(&[0x30]) && b.len() > 64);
    }
    if fields.side == Side::Unknown {
        fields.side = match event.id {
            36869 | 36872 | 36874 | 36877..=36879 | 36885 | 36886 | 36889 | 36912 | 36928 => Side::Server,
            36873 | 36875 | 36876 | 36881..=36884 => Side::Client,
            _ => Side::Unknown,
        };
    }
}

fn side(word: &str) -> Side {
    let word = trim(word).to_lowercase();
    if SERVER.contains(&word.as_str()) {
        Side::Server
    } else if CLIENT.contains(&word.as_str()) {
        Side::Client
    } else {
        Side::Unknown
    }
}

fn named(event: &Event, fields: &mut Fields) {
    let get = |names: &[&str]| names.iter().find_map(|n| filled(event.datum(n)));
    if let Some(word) = get(&["Type"]) {
        fields.side = side(&word);
    }
    fields.code = get(&["ErrorCode", "Error"]).and_then(|v| code(&v));
    fields.state = get(&["ErrorState", "ErrorStatus"]).and_then(|v| code(&v));
    fields.alert = get(&["AlertDesc"]).and_then(|v| v.parse().ok());
    fields.protocol = get(&["Protocol"]);
    fields.suite = get(&["CipherSuite"]).and_then(|v| code(&v)).and_then(|v| u16::try_from(v).ok());
    fields.remote = get(&["TargetName", "Name"]);
    fields.subjects = (get(&["LocalCertSubjectName"]), get(&["RemoteCertSubjectName"]));
    let name = get(&["CallerProcessImageName"]);
    let id = get(&["CallerProcessId"]).and_then(|v| code(&v));
    if name.is_some() || id.is_some() {
        fields.process = Some(Process { name, id });
    }
    fields.certificate =
        get(&["EncodedCert", "certificateContext", "pCertificateContext", "CredContext", "Certificate"])
            .and_then(|v| hex(&v))
            .filter(|o| o.starts_with(&[0x30]));
    if event.id == 36868 {
        let spec_words = get(&["KeyType"]);
        fields.key = Some(Key {
            provider: get(&["CSPName"]),
            provider_type: get(&["CSPType"]).and_then(|v| code(&v)),
            container: get(&["KeyName"]),
            spec: spec_words.as_deref().and_then(spec),
            spec_words,
            flags: get(&["KeyFlags"]).and_then(|v| code(&v)),
        });
    }
    if event.id == 36928 {
        fields.endpoint = get(&["OCSPResponderURL"]);
        fields.code = get(&["FailureReason"]).and_then(|v| code(&v));
    }
}

/// 1 for key exchange, 2 for signature, from a number or from the English words.
fn spec(words: &str) -> Option<u32> {
    match trim(words).to_ascii_lowercase().as_str() {
        "1" | "key exchange" | "exchange" | "at_keyexchange" => Some(1),
        "2" | "signature" | "at_signature" => Some(2),
        "0" => Some(0),
        _ => None,
    }
}

/// Old manifests give the same values without names, in the same order.
fn unnamed(event: &Event, fields: &mut Fields) {
    let at = |k: usize| event.unnamed(k).map(trim).filter(|v| !v.is_empty());
    let typed = matches!(event.id, 36867..=36872 | 36880 | 36889);
    if typed {
        fields.side = at(0).map_or(Side::Unknown, side);
    }
    match event.id {
        36865 => fields.code = at(1).and_then(code),
        36868 => {
            let spec_words = at(4).map(str::to_owned);
            fields.key = Some(Key {
                provider: at(1).map(str::to_owned),
                provider_type: at(2).and_then(code),
                container: at(3).map(str::to_owned),
                spec: spec_words.as_deref().and_then(spec),
                spec_words,
                flags: at(5).and_then(code),
            });
        }
        36870 => {
            fields.code = at(1).and_then(code);
            fields.state = at(2).and_then(code);
        }
        36871 => {
            fields.state = at(1).and_then(code);
            if let Some(id) = at(2).and_then(code) {
                fields.process = Some(Process { id: Some(id), name: at(3).map(str::to_owned) });
            }
        }
        36872 | 36889 => fields.code = at(1).and_then(code),
        36874 => fields.protocol = at(0).map(str::to_owned),
        36876..=36879 => fields.code = at(0).and_then(code),
        36880 => {
            fields.protocol = at(1).map(str::to_owned);
            fields.suite = at(2).and_then(code).and_then(|v| u16::try_from(v).ok());
            fields.remote = at(5).map(str::to_owned);
            fields.subjects = (at(6).map(str::to_owned), at(7).map(str::to_owned));
        }
        36884 => fields.remote = at(0).map(str::to_owned),
        36887 => fields.alert = at(0).and_then(|v| v.parse().ok()),
        36888 => {
            fields.alert = at(0).and_then(|v| v.parse().ok());
            fields.state = at(1).and_then(code);
            fields.remote = at(2).map(str::to_owned);
        }
        _ => {}
    }
}

/// 36880 has its values as elements of UserData/EventXML.
fn from_tree(tree: &Node, fields: &mut Fields) {
    let get = |name: &str| tree.find(name).and_then(|n| filled(Some(&n.text)));
    if let Some(word) = get("Type") {
        fields.side = side(&word);
    }
    fields.protocol = get("Protocol");
    fields.suite = get("CipherSuite").and_then(|v| code(&v)).and_then(|v| u16::try_from(v).ok());
    fields.remote = get("TargetName");
    fields.subjects = (get("LocalCertSubjectName"), get("RemoteCertSubjectName"));
    fields.code = get("ErrorCode").and_then(|v| code(&v));
    fields.state = get("ErrorState").and_then(|v| code(&v));
    fields.alert = get("AlertDesc").and_then(|v| v.parse().ok());
}

/// What the numbers of a message mean depends on the event alone, never on its words.
fn from_message(message: &str, fields: &mut Fields) {
    let message = start_of(message);
    let text = unwrapped(message);
    // Values listed below the first sentence, one a line.
    let lines: Vec<&str> = message.lines().map(trim).filter(|l| !l.is_empty()).collect();
    let values: Vec<&str> = lines.iter().filter_map(|l| tails(l).next()).collect();
    let numbers = numbers(&text);
    let codes: Vec<u32> = codes(&text).iter().map(|c| c.value).collect();
    let number = |k: usize| numbers.get(k).and_then(|n| u32::try_from(*n).ok());
    let alert = |k: usize| numbers.get(k).filter(|n| is_alert(**n)).and_then(|n| u8::try_from(*n).ok());
    match fields.id {
        36865 | 36872 | 36876..=36879 | 36889 => fields.code = fields.code.or(codes.first().copied()),
        36870 => {
            fields.code = fields.code.or(codes.first().copied());
            fields.state = fields.state.or_else(|| number(0));
        }
        36871 => {
            let caller = process(&text);
            let first = numbers.iter().find(|n| caller.as_ref().is_none_or(|(_, id)| u64::from(*id) != **n));
            fields.state = fields.state.or_else(|| first.and_then(|n| u32::try_from(*n).ok()));
            if fields.process.is_none() {
                fields.process = caller.map(|(name, id)| Process { name, id: Some(id) });
            }
        }
        36874 => fields.protocol = fields.protocol.take().or_else(|| protocol(&text)),
        36887 => fields.alert = fields.alert.or_else(|| alert(0)),
        36888 if fields.alert.is_none() => match (alert(0), alert(1), number(0), number(1)) {
            (None, Some(second), first, _) => {
                fields.alert = Some(second);
                fields.state = fields.state.or(first);
            }
            (first, _, _, state) => {
                fields.alert = first;
                fields.state = fields.state.or(if first.is_some() { state } else { None });
            }
        },
        36880 => {
            fields.protocol =
                fields.protocol.take().or_else(|| values.iter().find_map(|v| protocol(v)).or_else(|| protocol(&text)));
            let suite = codes.iter().find_map(|c| u16::try_from(*c).ok());
            fields.suite = fields.suite.or(suite);
        }
        36868 if fields.key.is_none() && values.len() >= 5 => {
            let values = values.get(values.len() - 5..).unwrap_or_default();
            let at = |k: usize| values.get(k).filter(|v| !v.is_empty()).map(|v| (*v).to_owned());
            fields.key = Some(Key {
                provider: at(0),
                provider_type: at(1).and_then(|v| code(&v)),
                container: at(2),
                spec: at(3).as_deref().and_then(spec),
                spec_words: at(3),
                flags: at(4).and_then(|v| code(&v)),
            });
        }
        _ => {}
    }
    if fields.side == Side::Unknown {
        fields.side = side_in(&text);
    }
}

/// The part of a message that is looked at; those of Schannel are far shorter.
fn start_of(message: &str) -> &str {
    let end = (0..=message.len().min(8192)).rev().find(|k| message.is_char_boundary(*k)).unwrap_or(0);
    message.get(..end).unwrap_or_default()
}

/// The side that a text names, when it names only one.
fn side_in(text: &str) -> Side {
    let lower = text.to_lowercase();
    let names = |words: &[&str]| {
        words.iter().any(|w| {
            lower.match_indices(w).any(|(k, m)| {
                let before = lower.get(..k).and_then(|t| t.chars().next_back());
                let after = lower.get(k + m.len()..).and_then(|t| t.chars().next());
                let glued = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && !super::shape::is_wide(c));
                !glued(before) && !glued(after)
            })
        })
    };
    match (names(SERVER), names(CLIENT)) {
        (true, false) => Side::Server,
        (false, true) => Side::Client,
        _ => Side::Unknown,
    }
}

/// A message with its lines joined; a code that a console broke in two is put together again.
fn unwrapped(message: &str) -> String {
    let mut out = String::new();
    let widest = message.lines().map(|l| l.chars().count()).max().unwrap_or(0);
    for line in message.lines() {
        let line = trim(line);
        let broken = broken_code(&out, line) || {
            let last = out.rsplit('\n').next().unwrap_or_default().chars().count();
            last >= 60
                && last == widest
                && out.ends_with(|c: char| c.is_ascii_digit())
                && line.starts_with(|c: char| c.is_ascii_digit())
        };
        if !out.is_empty() && !broken {
            out.push('\n');
        }
        out.push_str(line);
    }
    out
}

/// Whether the text ends in a part of a code of eight digits and the line begins with the rest of it.
fn broken_code(before: &str, line: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let Some(digits) = word.strip_prefix("0x") else { return false };
    let rest = line.bytes().take_while(u8::is_ascii_hexdigit).count();
    let ends = line.get(rest..).is_none_or(|t| !t.starts_with(|c: char| c.is_ascii_alphanumeric()));
    digits.len() < 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && digits.len() + rest == 8 && rest > 0 && ends
}
