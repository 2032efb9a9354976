//! Protocol switches that Schannel does not read: a key whose name is not quite right, a value of the wrong type, under
//! another name or one level too high. What was meant does not happen.
use super::defaults::{Proto, Role};
use super::schannel::{Now, PROTOCOLS, Switches, in_order, is_windows, key_of, role_word, shown, switch_on, works_now};
use crate::windows::under;
use crate::{Cited, Edge, Fit, Judged, Look, Outcome, Over, Rule, page};
use std::collections::BTreeMap;
use tlsdiag_model::facts::{Datum, Setting};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Safety, Say, Tpl, say};

/// A key that is not quite one.
pub static MISSPELT: Rule = Rule {
    code: Code(5103),
    slug: "protocol-key-misspelt",
    title: Tpl { en: "a protocol key is misspelt", ko: "프로토콜 키 이름이 잘못됨" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoRegistryDisabled],
    explains: &[Edge { symptom: Code(5102), fits: left_off }],
    routine: false,
    check: |look| judge(look, |m| matches!(m.wrong, Wrong::Key)),
    sources: &[
        "Microsoft: Transport Layer Security (TLS) registry settings (names, types and places of the values)",
        "Microsoft KB 245030: restrict cryptographic algorithms and protocols in Schannel",
    ],
    page: page!("protocol_keys"),
};

/// A value that is not read.
pub static UNFIT: Rule = Rule {
    code: Code(5104),
    slug: "protocol-value-unfit",
    title: Tpl { en: "a protocol value is not read", ko: "읽히지 않는 프로토콜 값" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoRegistryDisabled],
    explains: &[Edge { symptom: Code(5102), fits: left_off }],
    routine: false,
    check: |look| judge(look, |m| !matches!(m.wrong, Wrong::Key)),
    sources: &[
        "Microsoft: Transport Layer Security (TLS) registry settings (names, types and places of the values)",
        "Microsoft KB 245030: restrict cryptographic algorithms and protocols in Schannel",
    ],
    page: page!("protocol_keys"),
};

/// The version stays off because the attempt to switch it on is not read.
fn left_off(f: &Fit<'_>) -> bool {
    f.cause.impact == Impact::Broken
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// The key above it has a name that Schannel does not know.
    Key,
    /// It stands on the version's key, not under Server or Client.
    Level,
    /// It is no REG_DWORD.
    Type,
    /// Its own name is not quite right.
    Name,
}

/// A value that was meant for Schannel and is not read.
struct Meant<'a> {
    wrong: Wrong,
    proto: Proto,
    /// `None`: for both.
    role: Option<Role>,
    /// Meant to be on; `None`: cannot be told.
    on: Option<bool>,
    setting: Cited<'a, Setting>,
}

fn judge(look: &Look<'_>, mine: fn(&Meant<'_>) -> bool) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let sw = Switches::of(look);
    let mut by_place: BTreeMap<String, Vec<Meant<'_>>> = BTreeMap::new();
    let mut settings: Vec<_> = look.settings_under(PROTOCOLS).collect();
    settings.sort_by_key(|s| (s.row.span, s.at));
    for m in settings.into_iter().filter_map(meant).filter(mine) {
        by_place.entry(m.setting.key.to_ascii_lowercase()).or_default().push(m);
    }
    // a key is told by what lies in it, where there is something
    let places: Vec<String> = by_place.keys().cloned().collect();
    by_place.retain(|place, _| !places.iter().any(|p| p.len() > place.len() && under(p, place)));
    let found: Vec<Finding> = by_place.values().filter_map(|list| tell(look, &sw, list)).collect();
    if found.is_empty() && sw.whole.is_none() {
        return Err(sw.ask());
    }
    Ok(if found.is_empty() { in_order(look) } else { found.into() })
}

/// What a setting below `Protocols` was meant for, if Schannel does not read it.
fn meant(s: Cited<'_, Setting>) -> Option<Meant<'_>> {
    let path = s.row.what.key.get(PROTOCOLS.len()..)?.trim_start_matches('\\');
    let parts: Vec<&str> = path.split('\\').filter(|p| !p.is_empty()).collect();
    let (proto_name, role_name) = match parts.as_slice() {
        [p] => (*p, None),
        [p, r] => (*p, Some(*r)),
        _ => return None,
    };
    let exact = Proto::ALL.into_iter().find(|p| p.key().eq_ignore_ascii_case(proto_name));
    let proto = exact.or_else(|| nearly_proto(proto_name))?;
    let exact_role = role_name.and_then(|r| Role::BOTH.into_iter().find(|x| x.key().eq_ignore_ascii_case(r)));
    let role = exact_role.or_else(|| role_name.and_then(nearly_role));
    if role_name.is_some() && role.is_none() {
        return None;
    }
    let wrong_key = exact.is_none() || role_name.is_some() && exact_role.is_none();
    if s.data == Datum::Key {
        // an empty key of that name says nothing of what was meant
        let m = Meant { wrong: Wrong::Key, proto, role, on: None, setting: s };
        return wrong_key.then_some(m);
    }
    let (name, exact_name) = value_name(&s.name)?;
    let wrong = match s.data {
        _ if wrong_key => Wrong::Key,
        _ if role_name.is_none() => Wrong::Level,
        _ if !exact_name => Wrong::Name,
        Datum::Text(_) | Datum::List(_) | Datum::Qword(_) | Datum::Octets(_) => Wrong::Type,
        _ => return None,
    };
    let on = number(&s.data).map(|n| (n != 0) == (name == "Enabled"));
    Some(Meant { wrong, proto, role, on, setting: s })
}

/// A version's key without its blank, with a `v`, an underscore …: what it was meant to be.
fn nearly_proto(name: &str) -> Option<Proto> {
    let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let bare = bare.replacen("tlsv", "tls", 1).replacen("sslv", "ssl", 1);
    Proto::ALL.into_iter().find(|p| {
        let full: String = p.key().chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        bare == full || full.ends_with('0') && Some(bare.as_str()) == full.strip_suffix('0')
    })
}

fn nearly_role(name: &str) -> Option<Role> {
    let bare = name.trim().trim_end_matches(['s', 'S']).to_ascii_lowercase();
    Role::BOTH.into_iter().find(|r| r.key().eq_ignore_ascii_case(&bare))
}

/// Which of the two values a name stands for, and whether it is written right.
fn value_name(name: &str) -> Option<(&'static str, bool)> {
    let bare = name.trim().replace([' ', '_', '-'], "").to_ascii_lowercase();
    let known = match bare.as_str() {
        "enabled" | "enable" => "Enabled",
        "disabledbydefault" | "disablebydefault" | "disabledbydefaults" => "DisabledByDefault",
        _ => return None,
    };
    Some((known, known.eq_ignore_ascii_case(name)))
}

/// The number that was meant, whatever its type.
fn number(d: &Datum) -> Option<u64> {
    let of = |t: &str| {
        let t = t.trim();
        match t.strip_prefix("0x").or_else(|| t.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => t.parse().ok(),
        }
    };
    match d {
        Datum::Dword(n) => Some(u64::from(*n)),
        Datum::Qword(n) => Some(*n),
        Datum::Text(t) => of(t),
        Datum::List(l) => l.first().and_then(|t| of(t)),
        Datum::Octets(o) => Some(u64::from(o.bytes().any(|b| b != b'0'))),
        Datum::Key | Datum::Damaged(_) => None,
    }
}

/// One finding for a place: its values are told together, what was meant is compared with how it is.
fn tell(look: &Look<'_>, sw: &Switches<'_, '_>, list: &[Meant<'_>]) -> Option<Finding> {
    let first = list.iter().find(|m| m.setting.data != Datum::Key).or(list.first())?;
    let values: Vec<&Meant<'_>> = list.iter().filter(|m| m.setting.data != Datum::Key).collect();
    let on = if values.iter().any(|m| m.on == Some(false)) { Some(false) } else { first.on };
    let roles: Vec<Role> = first.role.map_or(Role::BOTH.to_vec(), |r| vec![r]);
    let is_on = |p: Proto, r: Role| matches!(sw.now(p, r), Now::On);
    let nothing_current = !Proto::CURRENT.into_iter().any(|p| is_on(p, Role::Server));
    let wanted_on = on == Some(true) && roles.iter().any(|r| !is_on(first.proto, *r));
    let wanted_off = on == Some(false) && roles.iter().any(|r| is_on(first.proto, *r));
    let served = roles.contains(&Role::Server) && Proto::CURRENT.contains(&first.proto);
    let impact = match () {
        () if wanted_on && served && nothing_current && sw.windows.is_some() && works_now(look).is_none() => {
            Impact::Broken
        }
        () if wanted_on || wanted_off => Impact::Risk,
        () => Impact::Note,
    };
    let key = (first.setting.key.to_lowercase(), first.setting.name.to_lowercase());
    let states = look.states::<Setting>(&key);
    let state = states.iter().rfind(|s| s.cited.at == first.setting.at).or(states.last())?;
    let mut f = look.state(impact, state, headline(first));
    let mut told: Vec<&Setting> = vec![];
    for m in &values {
        f = f.and(m.setting.at);
        if !told.contains(&&m.setting.row.what) {
            told.push(&m.setting.row.what);
            f = f.because(say!("the registry has {setting}", "레지스트리 값: {setting}", setting = shown(&m.setting)));
        }
    }
    f = f.because(reason(first.wrong));
    let proto = Arg::term(first.proto);
    if wanted_on {
        f = f.because(say!("so {proto} stays off", "그래서 {proto:은} 꺼진 그대로입니다", proto = proto));
    } else if wanted_off {
        f = f.because(say!("so {proto} stays on", "그래서 {proto:은} 켜진 그대로입니다", proto = proto));
    }
    let role = first.role.unwrap_or(Role::Server);
    for r in &roles {
        f = f.because(sw.default_said(first.proto, *r));
    }
    Some(sw.known_version(f).cure(mend(first, role, on)))
}

fn headline(m: &Meant<'_>) -> Say {
    let (proto, key) = (Arg::term(m.proto), Arg::quote(&m.setting.key));
    match m.wrong {
        Wrong::Key => say!(
            "the key {key} is not the one that Schannel reads for {proto}",
            "{key} 키는 Schannel이 {proto}에 대해 읽는 키가 아닙니다",
            key = key,
            proto = proto
        ),
        Wrong::Level => say!(
            "a value for {proto} stands one level too high, on {key}",
            "{proto}의 값이 한 단계 위인 {key}에 있습니다",
            proto = proto,
            key = key
        ),
        Wrong::Type => say!(
            "a value for {proto} is not a REG_DWORD, so it is not read",
            "{proto}의 값이 REG_DWORD가 아니어서 읽히지 않습니다",
            proto = proto
        ),
        Wrong::Name => say!(
            "a value for {proto} has a name that Schannel does not know",
            "{proto}의 값 이름이 Schannel이 아는 이름이 아닙니다",
            proto = proto
        ),
    }
}

fn reason(wrong: Wrong) -> Say {
    match wrong {
        Wrong::Key => say!(
            "Schannel looks only for keys such as \"TLS 1.2\" (with the blank) and, under them, \"Server\" and \"Client\"",
            "Schannel은 \"TLS 1.2\"처럼 공백이 있는 키와 그 아래의 \"Server\", \"Client\" 키만 찾습니다"
        ),
        Wrong::Level => say!(
            "the values belong under the keys Server and Client; on the key of the version they are ignored",
            "값은 Server와 Client 키 아래에 있어야 하며, 버전 키에 있으면 무시됩니다"
        ),
        Wrong::Type => say!(
            "Enabled and DisabledByDefault are read as REG_DWORD only",
            "Enabled와 DisabledByDefault는 REG_DWORD일 때만 읽힙니다"
        ),
        Wrong::Name => {
            say!("the values are called Enabled and DisabledByDefault", "값의 이름은 Enabled와 DisabledByDefault입니다")
        }
    }
}

fn mend(m: &Meant<'_>, role: Role, on: Option<bool>) -> Cure {
    if on == Some(true) {
        return switch_on(m.proto, role);
    }
    Cure::new(
        Safety::Manual,
        say!(
            "set what was meant as REG_DWORD under {key} (for {role}), remove the wrong entry, and restart",
            "의도한 값을 {key}({role}) 아래에 REG_DWORD로 설정하고 잘못된 항목을 지운 뒤 다시 시작합니다",
            key = Arg::term(key_of(m.proto, role)),
            role = role_word(role)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_recognised_and_others_left_alone() {
        for near in ["TLS1.2", "TLSv1.2", "TLS_1.2", "tls 12", "TLS 1.2 "] {
            assert_eq!(nearly_proto(near), Some(Proto::Tls12), "{near:?}");
        }
        assert_eq!(nearly_proto("TLS1"), Some(Proto::Tls10));
        for other in ["Multi-Protocol Unified Hello", "PCT 1.0", "DTLS 1.2", "TLS 1.4", ""] {
            assert_eq!(nearly_proto(other), None, "{other:?}");
        }
        assert_eq!(nearly_role("Servers"), Some(Role::Server));
        assert_eq!(nearly_role("Service"), None);
        assert_eq!(value_name("Enable"), Some(("Enabled", false)));
        assert_eq!(value_name("enabled"), Some(("Enabled", true)));
    }
}
