//! Settings for programs of the machine that call out: FIPS mode, and the versions that .NET, WinHTTP and WinINet ask for.
use super::defaults::{Preset, Proto, Role};
use super::schannel::{Now, Switches, in_order, is_windows, told_by, value};
use crate::{Edge, Fit, Judged, Look, Outcome, Over, Rule, State, page};
use tlsdiag_model::facts::{Datum, Event, Setting, Side};
use tlsdiag_model::{Arg, Ask, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};

/// FIPS mode.
pub static FIPS: Rule = Rule {
    code: Code(5107),
    slug: "fips",
    title: Tpl { en: "FIPS mode is on", ko: "FIPS 모드가 켜져 있음" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::OsFips],
    explains: &[Edge { symptom: Code(5202), fits: nothing_else_off }],
    routine: false,
    check: fips,
    sources: &["Microsoft: System cryptography: Use FIPS compliant algorithms for encryption, hashing, and signing"],
    page: page!("client_settings"),
};

/// What programs ask for.
pub static CLIENTS: Rule = Rule {
    code: Code(5108),
    slug: "client-defaults",
    title: Tpl {
        en: "programs ask for old protocol versions", ko: "프로그램이 이전 프로토콜 버전을 요청함"
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoVersionClientOld],
    explains: &[Edge { symptom: Code(5202), fits: client_side }],
    routine: false,
    check: clients,
    sources: &[
        "Microsoft: Transport Layer Security (TLS) best practices with .NET Framework",
        "Microsoft KB 3140245: TLS 1.1 and TLS 1.2 as default secure protocols in WinHTTP",
        "Microsoft: WinHTTP option flags (WINHTTP_OPTION_SECURE_PROTOCOLS)",
    ],
    page: page!("client_settings"),
};

const FIPS_KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy";
const LSA: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa";
const STRONG: &str = "SchUseStrongCrypto";
const SYSTEM_DEFAULT: &str = "SystemDefaultTlsVersions";

/// No version that a program may ask for is off, so that it is not the versions.
fn nothing_else_off(f: &Fit<'_>) -> bool {
    let sw = Switches::of(f.look);
    !Proto::ALL.into_iter().skip(2).any(|p| matches!(sw.now(p, Role::Client), Now::Off(_) | Now::NotByDefault(_)))
}

fn client_side(f: &Fit<'_>) -> bool {
    let event = f.symptom.evidence().find_map(|at| f.look.cited::<Event>(at));
    event.is_some_and(|e| e.side != Some(Side::Server))
}

fn fips(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let on = |key, name| value(look, key, name).pop().filter(|s| matches!(s.cited.data, Datum::Dword(1..)));
    // Server 2003 has it as a value of Lsa itself
    let Some(s) = on(FIPS_KEY, "Enabled").or_else(|| on(LSA, "FIPSAlgorithmPolicy")) else {
        return look.whole_of(FIPS_KEY).map(|_| in_order(look));
    };
    let headline = say!("FIPS mode is on", "FIPS 모드가 켜져 있습니다");
    let f = look
        .state(Impact::Note, &s, headline)
        .because(told_by(&s.cited))
        .because(say!(
            "Schannel then takes only algorithms that are approved; programs that ask for others (RC4, MD5, old .NET classes) fail, current ones do not notice",
            "승인된 알고리즘만 쓸 수 있습니다. RC4, MD5나 이전 .NET 클래스를 쓰는 프로그램은 실패하지만 최신 프로그램에는 영향이 없습니다"
        ));
    let c = Cure::new(
        Safety::Manual,
        say!(
            "keep it where a regulation asks for it, and have the program updated; else switch it off in the security policy and restart",
            "규정상 필요하면 그대로 두고 프로그램을 업데이트합니다. 필요 없으면 로컬 보안 정책에서 끄고 다시 시작합니다"
        ),
    )
    .run(Platform::Windows, "secpol.msc");
    Ok(f.cure(c).into())
}

fn clients(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let sw = Switches::of(look);
    let mut found = masks(look);
    found.extend(dot_net(look, &sw));
    if found.is_empty() {
        let host = look.subject().host();
        for of in [NET_64, NET_32] {
            let whole = look.whole_of(of).is_ok();
            if !whole && value(look, of, STRONG).is_empty() && value(look, of, SYSTEM_DEFAULT).is_empty() {
                return Err(crate::Stop::Missing(Ask::Under { host, of: of.to_owned() }));
            }
        }
    }
    Ok(if found.is_empty() { in_order(look) } else { found.into() })
}

const NET_64: &str = r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319";
const NET_32: &str = r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319";
const SETTINGS: &str = r"Microsoft\Windows\CurrentVersion\Internet Settings";

/// WinHTTP and WinINet: a mask of versions that lacks those of today.
fn masks(look: &Look<'_>) -> Vec<Finding> {
    let places = [
        ("WinHTTP", format!("HKLM\\SOFTWARE\\{SETTINGS}\\WinHttp"), "DefaultSecureProtocols"),
        ("WinHTTP (32-bit)", format!("HKLM\\SOFTWARE\\Wow6432Node\\{SETTINGS}\\WinHttp"), "DefaultSecureProtocols"),
        ("WinINet", format!("HKLM\\SOFTWARE\\{SETTINGS}"), "SecureProtocols"),
        ("WinINet", format!("HKLM\\SOFTWARE\\Policies\\{SETTINGS}"), "SecureProtocols"),
        ("WinINet", format!("HKCU\\SOFTWARE\\{SETTINGS}"), "SecureProtocols"),
    ];
    let current = Proto::Tls12.bit() | Proto::Tls13.bit();
    let mut found = vec![];
    for (who, key, name) in places {
        let Some(s) = value(look, &key, name).pop() else { continue };
        let Datum::Dword(mask) = s.cited.data else { continue };
        if mask & current != 0 {
            continue;
        }
        let asks: Vec<Arg> = Proto::ALL.into_iter().filter(|p| mask & p.bit() != 0).map(Arg::term).collect();
        let headline = say!(
            "programs on {api} ask for nothing newer than TLS 1.1",
            "{api:을} 쓰는 프로그램이 TLS 1.1보다 새로운 버전을 요청하지 않습니다",
            api = Arg::term(who)
        );
        let c = Cure::new(
            Safety::Confirm,
            say!(
                "add TLS 1.2 to the mask (0xA00: TLS 1.1 and 1.2) or remove the value, and start the programs again",
                "값에 TLS 1.2를 더하거나(0xA00은 TLS 1.1과 1.2) 값을 지우고 프로그램을 다시 시작합니다"
            ),
        )
        .run(Platform::Windows, format!("reg add \"{key}\" /v {name} /t REG_DWORD /d 0xA00 /f"));
        let asks = say!("the mask stands for {versions}", "이 값의 뜻: {versions}", versions = Arg::List(asks));
        found.push(calls_out(look.state(Impact::Risk, &s, headline).because(told_by(&s.cited)).because(asks)).cure(c));
    }
    found
}

/// .NET Framework: programs built for 4.6.2 and older ask for TLS 1.0 unless told otherwise. That is a fault where TLS 1.0
/// is off for clients, or where somebody said so.
fn dot_net(look: &Look<'_>, sw: &Switches<'_, '_>) -> Option<Finding> {
    let refused = matches!(sw.now(Proto::Tls10, Role::Client), Now::Off(_) | Now::NotByDefault(_));
    let state = |key: &str, name: &str| value(look, key, name).pop();
    let says = |s: &Option<State<'_, Setting>>| s.as_ref().and_then(super::schannel::dword);
    let views = [("64-bit", NET_64), ("32-bit", NET_32)];
    let told: Vec<_> =
        views.iter().map(|(bits, key)| (*bits, *key, state(key, STRONG), state(key, SYSTEM_DEFAULT))).collect();
    let good = |strong: &Option<State<'_, Setting>>, system: &Option<State<'_, Setting>>| {
        says(strong).is_some_and(|n| n != 0) || says(system).is_some_and(|n| n != 0)
    };
    let some_good = told.iter().any(|(_, _, a, b)| good(a, b));
    for (bits, key, strong, system) in &told {
        if good(strong, system) {
            continue;
        }
        let off = strong.as_ref().filter(|s| super::schannel::dword(s) == Some(0));
        let headline = say!(
            "older .NET programs ({bits}) ask for nothing newer than TLS 1.0",
            "이전 .NET 프로그램({bits})이 TLS 1.0보다 새로운 버전을 요청하지 않습니다",
            bits = Arg::word(bits_en(bits), bits_ko(bits))
        );
        let f = match off {
            Some(s) => look.state(Impact::Risk, s, headline).because(told_by(&s.cited)),
            // not set: only where that does harm
            None if refused || some_good => {
                look.absent(Impact::Risk, look.whole_of(key).ok()?, headline).because(say!(
                    "neither {strong} nor {system} is set under {key}",
                    "{key}에 {strong}도 {system}도 설정되어 있지 않습니다",
                    strong = Arg::term(STRONG),
                    system = Arg::term(SYSTEM_DEFAULT),
                    key = Arg::term(*key)
                ))
            }
            None => continue,
        };
        let f = f.because(say!(
            "programs built for .NET Framework 4.6.2 and older ask for SSL 3.0 and TLS 1.0 by name, unless one of these values is 1",
            ".NET Framework 4.6.2 이하용으로 만든 프로그램은 이 값 중 하나가 1이 아니면 SSL 3.0과 TLS 1.0을 지정하여 요청합니다"
        ));
        let f = if let Now::Off(s) | Now::NotByDefault(s) = sw.now(Proto::Tls10, Role::Client) {
            f.and(s.cited.at).because(told_by(&s.cited))
        } else if sw.preset(Proto::Tls10, Role::Client) == Some(Preset::On) {
            f.because(sw.default_said(Proto::Tls10, Role::Client))
        } else {
            f
        };
        let c = views.iter().fold(
            Cure::new(
                Safety::Confirm,
                say!(
                    "let .NET leave the version to Windows, for 64-bit and 32-bit programs, and start them again",
                    "64비트와 32비트 프로그램 모두 .NET이 버전 선택을 Windows에 맡기게 하고 프로그램을 다시 시작합니다"
                ),
            ),
            |c, (_, key)| {
                c.run(Platform::Windows, format!("reg add \"{key}\" /v {SYSTEM_DEFAULT} /t REG_DWORD /d 1 /f"))
                    .run(Platform::Windows, format!("reg add \"{key}\" /v {STRONG} /t REG_DWORD /d 1 /f"))
            },
        );
        return Some(calls_out(f).cure(c));
    }
    None
}

fn bits_en(bits: &str) -> &'static str {
    if bits == "32-bit" { "32-bit" } else { "64-bit" }
}

fn bits_ko(bits: &str) -> &'static str {
    if bits == "32-bit" { "32비트" } else { "64비트" }
}

fn calls_out(f: Finding) -> Finding {
    f.who(Who::Clients(say!("programs of this machine that call out", "이 컴퓨터에서 접속해 나가는 프로그램")))
}
