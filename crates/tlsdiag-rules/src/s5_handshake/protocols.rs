//! Protocol versions that Schannel has switched off, leaves off by itself, or lacks, so that clients find nothing to speak.
use super::defaults::{Preset, Proto, Role};
use super::schannel::{
    Now, Switches, dword, in_order, is_windows, key_of, offered, offers, role_cited, role_word, shut_out, switch_on,
    told_by, value, works_in,
};
use crate::{Cited, Edge, Fit, Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::{Event, Handshake, Side};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Standing, Tpl, Who, say};

/// Switched off.
pub static DISABLED: Rule = Rule {
    code: Code(5101),
    slug: "protocol-disabled",
    title: Tpl { en: "a protocol version is switched off", ko: "프로토콜 버전이 꺼져 있음" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoRegistryDisabled],
    explains: &[
        Edge { symptom: Code(5001), fits: shuts_out },
        Edge { symptom: Code(5002), fits: shuts_out },
        Edge { symptom: Code(5005), fits: shuts_out },
        Edge { symptom: Code(5006), fits: shuts_out },
        Edge { symptom: Code(5010), fits: shuts_out },
        Edge { symptom: Code(5011), fits: shuts_out },
        Edge { symptom: Code(5202), fits: same_side },
        Edge { symptom: Code(5204), fits: about_versions },
    ],
    routine: false,
    check: |look| judge(look, |now| matches!(now, Now::Off(_))),
    sources: &[
        "Microsoft: Transport Layer Security (TLS) registry settings (Enabled, DisabledByDefault)",
        "Microsoft: Protocols in TLS/SSL (Schannel SSP), defaults of every version",
        "Microsoft: Troubleshooting SSL related issues, scenario 5",
    ],
    page: page!("protocols"),
};

/// Off unless asked for by name.
pub static NOT_BY_DEFAULT: Rule = Rule {
    code: Code(5102),
    slug: "protocol-not-by-default",
    title: Tpl { en: "a protocol version is off by default", ko: "프로토콜 버전이 기본으로 꺼져 있음" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoRegistryDisabled],
    explains: &[
        Edge { symptom: Code(5001), fits: shuts_out },
        Edge { symptom: Code(5002), fits: shuts_out },
        Edge { symptom: Code(5005), fits: shuts_out },
        Edge { symptom: Code(5006), fits: shuts_out },
        Edge { symptom: Code(5010), fits: shuts_out },
        Edge { symptom: Code(5204), fits: about_versions },
    ],
    routine: false,
    check: |look| judge(look, |now| matches!(now, Now::NotByDefault(_) | Now::Preset(_))),
    sources: &[
        "Microsoft: Transport Layer Security (TLS) registry settings (Enabled, DisabledByDefault)",
        "Microsoft: Protocols in TLS/SSL (Schannel SSP), defaults of every version",
        "Microsoft: Troubleshooting SSL related issues, scenario 5",
    ],
    page: page!("protocols_by_default"),
};

/// Not there.
pub static TOO_OLD: Rule = Rule {
    code: Code(5110),
    slug: "windows-too-old",
    title: Tpl { en: "this version of Windows has no TLS 1.2", ko: "TLS 1.2가 없는 Windows 버전" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoVersionServerOld],
    explains: &[
        Edge { symptom: Code(5001), fits: shuts_out },
        Edge { symptom: Code(5002), fits: shuts_out },
        Edge { symptom: Code(5005), fits: shuts_out },
        Edge { symptom: Code(5006), fits: shuts_out },
        Edge { symptom: Code(5010), fits: shuts_out },
        Edge { symptom: Code(5204), fits: about_versions },
    ],
    routine: false,
    check: too_old,
    sources: &[
        "Microsoft: Transport Layer Security (TLS) registry settings (Enabled, DisabledByDefault)",
        "Microsoft: Protocols in TLS/SSL (Schannel SSP), defaults of every version",
        "Microsoft: Troubleshooting SSL related issues, scenario 5",
    ],
    page: page!("protocols_by_default"),
};

/// TLS 1.3 switched on where there is none.
pub static EARLY_TLS13: Rule = Rule {
    code: Code(5109),
    slug: "tls13-key-on-old-build",
    title: Tpl {
        en: "TLS 1.3 is switched on where Windows lacks it", ko: "TLS 1.3이 없는 Windows에서 TLS 1.3을 켬"
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoRegistryDisabled],
    explains: &[],
    routine: false,
    check: early_tls13,
    sources: &[
        "Microsoft: Transport Layer Security (TLS) registry settings (Enabled, DisabledByDefault)",
        "Microsoft: Protocols in TLS/SSL (Schannel SSP), defaults of every version",
        "Microsoft: Troubleshooting SSL related issues, scenario 5",
    ],
    page: page!("protocols"),
};

/// Clients that the machine serves come to harm by it.
fn shuts_out(f: &Fit<'_>) -> bool {
    f.cause.impact <= Impact::Partial && role_cited(f.look, f.cause) != Some(Role::Client)
}

/// The entry speaks of the side that the switch is for.
fn same_side(f: &Fit<'_>) -> bool {
    let side = f.symptom.evidence().find_map(|at| f.look.cited::<Event>(at)).and_then(|e| e.side);
    match role_cited(f.look, f.cause) {
        Some(Role::Client) => side != Some(Side::Server),
        _ => side == Some(Side::Server),
    }
}

/// The entry reports that versions did not meet, on the server's side.
fn about_versions(f: &Fit<'_>) -> bool {
    let alert = f.symptom.evidence().find_map(|at| f.look.cited::<Event>(at)).and_then(|e| e.alert);
    alert == Some(70) && role_cited(f.look, f.cause) != Some(Role::Client)
}

/// A version that is to blame, and whom that hurts.
struct Blame<'a> {
    role: Role,
    proto: Proto,
    now: Now<'a>,
    /// Nothing that clients of today speak is on.
    nothing_current: bool,
    /// A client that found nothing to speak.
    refused: Option<Cited<'a, Handshake>>,
}

/// What of a role's versions keeps clients out, if anything.
fn blame<'a>(look: &Look<'a>, sw: &Switches<'_, 'a>, role: Role) -> Option<Blame<'a>> {
    let refused = (role == Role::Server).then(|| shut_out(look, &sw.on(role))).flatten();
    let mut reasons: Vec<(Proto, Now<'a>)> = Proto::CURRENT.into_iter().map(|p| (p, sw.now(p, role))).collect();
    if reasons.iter().all(|(_, now)| !matches!(now, Now::On)) {
        reasons.retain(|(_, now)| !matches!(now, Now::Unknown));
        reasons.sort_by_key(|(_, now)| severity(now));
        let (proto, now) = reasons.into_iter().next()?;
        // TLS 1.3 alone is told of, and whether TLS 1.2 is on is not known
        if proto == Proto::Tls13 && matches!(sw.now(Proto::Tls12, role), Now::Unknown) {
            return None;
        }
        return Some(Blame { role, proto, now, nothing_current: true, refused });
    }
    let deliberate = |now: &Now<'_>| matches!(now, Now::Off(_) | Now::NotByDefault(_));
    if let Some(h) = refused {
        let kept_from = Proto::ALL.into_iter().rev().filter(|p| *p != Proto::Ssl2 && offers(&h, *p));
        let mut kept_from = kept_from.map(|p| (p, sw.now(p, role))).filter(|(_, now)| deliberate(now));
        let (proto, now) = kept_from.next()?;
        return Some(Blame { role, proto, now, nothing_current: false, refused });
    }
    let (proto, now) = reasons.into_iter().find(|(p, now)| *p == Proto::Tls12 && deliberate(now))?;
    Some(Blame { role, proto, now, nothing_current: false, refused: None })
}

fn severity(now: &Now<'_>) -> u8 {
    match now {
        Now::Off(_) => 0,
        Now::NotByDefault(_) => 1,
        Now::Preset(_) => 2,
        Now::Lacks => 3,
        Now::On | Now::Unknown => 4,
    }
}

fn judge(look: &Look<'_>, mine: fn(&Now<'_>) -> bool) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let sw = Switches::of(look);
    let mut found = vec![];
    for role in Role::BOTH {
        let Some(b) = blame(look, &sw, role).filter(|b| mine(&b.now)) else { continue };
        if let Now::Preset(_) = b.now {
            // what programs of the machine ask for decides more than the default for clients
            if role == Role::Client {
                continue;
            }
            if !sw.told(b.proto, role) {
                return Err(sw.ask());
            }
        }
        found.extend(tell(look, &sw, b));
    }
    if !found.is_empty() {
        return Ok(found.into());
    }
    if !sw.told(Proto::Tls12, Role::Server) {
        return Err(sw.ask());
    }
    if sw.windows.is_none() && matches!(sw.now(Proto::Tls12, Role::Server), Now::Unknown) {
        return Err(Stop::Missing(sw.ask_version()));
    }
    Ok(in_order(look))
}

fn tell<'a>(look: &Look<'a>, sw: &Switches<'_, 'a>, b: Blame<'a>) -> Option<Finding> {
    let versions = if b.nothing_current { Proto::CURRENT.to_vec() } else { vec![b.proto] };
    let works = if b.role == Role::Server { works_in(look, &versions) } else { None };
    let impact = impact(look, &b, works.is_some());
    let (proto, role) = (Arg::term(b.proto), role_word(b.role));
    let say = match (&b.now, b.nothing_current) {
        (Now::Off(_), true) => say!(
            "{proto} is switched off for {role}, and nothing newer is on",
            "{role}의 {proto:이} 꺼져 있고 더 새로운 버전도 켜져 있지 않습니다",
            proto = proto,
            role = role
        ),
        (Now::Off(_), false) => {
            say!("{proto} is switched off for {role}", "{role}의 {proto:이} 꺼져 있습니다", proto = proto, role = role)
        }
        (Now::NotByDefault(_), _) => say!(
            "{proto} is set to be off by default for {role}",
            "{role}의 {proto:이} 기본으로 꺼지도록 설정되어 있습니다",
            proto = proto,
            role = role
        ),
        _ => say!(
            "{proto} is there but off by default for {role}, and nothing newer is on",
            "{role}의 {proto:이} 기본으로 꺼져 있고 더 새로운 버전도 켜져 있지 않습니다",
            proto = proto,
            role = role
        ),
    };
    let mut f = match &b.now {
        Now::Off(s) | Now::NotByDefault(s) => look.state(impact, s, say).because(told_by(&s.cited)),
        Now::Preset(Some(s)) => {
            look.state(impact, s, say).at_most(Standing::Likely).because(told_by(&s.cited)).because(say!(
                "where a version is off by default, Enabled alone is not enough: DisabledByDefault must be 0 as well",
                "기본으로 꺼져 있는 버전은 Enabled만으로 켜지지 않습니다. DisabledByDefault도 0이어야 합니다"
            ))
        }
        Now::Preset(None) => look.absent(impact, sw.whole?, say).because(say!(
            "no value that Schannel reads is set under {key}",
            "{key}에 Schannel이 읽는 값이 없습니다",
            key = Arg::term(key_of(b.proto, b.role))
        )),
        _ => return None,
    };
    f = f.because(sw.default_said(b.proto, b.role));
    if let Now::NotByDefault(_) = b.now {
        f = f.because(say!(
            "HTTP.sys asks for what is on by default, so for https sites this is as good as switched off",
            "HTTP.sys는 기본으로 켜진 버전만 쓰므로 https 사이트에는 꺼진 것과 같습니다"
        ));
    }
    for p in Proto::CURRENT.into_iter().filter(|p| *p != b.proto && b.nothing_current) {
        if let Now::Off(s) | Now::NotByDefault(s) = sw.now(p, b.role) {
            f = f.and(s.cited.at).because(told_by(&s.cited));
        }
    }
    if let Some(h) = &b.refused {
        f = f.and(h.at).because(offered(h));
    }
    if let Some(at) = works {
        f = f.and(at).because(say!(
            "a handshake with a current version succeeded all the same: the setting does not take effect before the next start",
            "그래도 최신 버전의 핸드셰이크가 성공했습니다. 이 설정은 다음 시작부터 적용됩니다"
        ));
    }
    let old_client = !Proto::CURRENT.contains(&b.proto);
    if old_client {
        f = f.labels(&[Cause::ProtoVersionClientOld, Cause::ProtoRegistryDisabled]);
    }
    if b.role == Role::Client {
        f = f.who(Who::Clients(say!(
            "programs of this machine that call out through Schannel",
            "이 컴퓨터에서 Schannel로 접속해 나가는 프로그램"
        )));
    } else if old_client {
        f = f.who(Who::Clients(say!(
            "clients that know nothing newer than {proto}",
            "{proto}보다 새로운 버전을 모르는 클라이언트",
            proto = Arg::term(b.proto)
        )));
    } else if !b.nothing_current {
        f = f.who(Who::Clients(say!("clients without TLS 1.3", "TLS 1.3이 없는 클라이언트")));
    }
    let f = sw.known_version(f);
    Some(f.cure(if old_client { update_client() } else { switch_on(b.proto, b.role) }))
}

/// How bad it is: what was done on purpose breaks what it is for; what Windows does by itself breaks somebody only where a
/// client is known that found nothing to speak.
fn impact(look: &Look<'_>, b: &Blame<'_>, works: bool) -> Impact {
    let deliberate = matches!(b.now, Now::Off(_) | Now::NotByDefault(_));
    match b.role {
        _ if works => Impact::Risk,
        Role::Client if look.version().server == Some(false) => Impact::Partial,
        Role::Client => Impact::Risk,
        Role::Server if !b.nothing_current => Impact::Partial,
        Role::Server if deliberate || b.refused.is_some() => Impact::Broken,
        Role::Server => Impact::Risk,
    }
}

fn update_client() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "have the client updated to TLS 1.2; the old version was switched off here on purpose and is better left so",
            "클라이언트가 TLS 1.2를 쓰도록 업데이트합니다. 이전 버전은 보안을 위해 꺼 둔 것이므로 그대로 두는 것이 좋습니다"
        ),
    )
}

fn too_old(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let sw = Switches::of(look);
    let (Some(name), Some(system)) =
        (sw.called(), look.seen::<tlsdiag_model::facts::System>().find(|s| s.build.is_some()))
    else {
        return Err(Stop::Missing(sw.ask_version()));
    };
    if sw.preset(Proto::Tls12, Role::Server) != Some(Preset::Lacks) {
        return Ok(Outcome::Pass);
    }
    let refused = shut_out(look, &sw.on(Role::Server));
    let works = works_in(look, &Proto::CURRENT);
    let impact = if refused.is_some() && works.is_none() { Impact::Broken } else { Impact::Risk };
    let headline = say!(
        "{windows} knows nothing newer than TLS 1.0",
        "{windows:은} TLS 1.0보다 새로운 버전을 지원하지 않습니다",
        windows = name
    );
    let mut f = look.reads_as(impact, &system, headline);
    // a version of Windows does not come and go
    f.held = tlsdiag_model::Span::always();
    f = f.because(say!(
        "build {build}; browsers and current libraries want TLS 1.2 or newer (RFC 8996)",
        "빌드 {build}. 브라우저와 최신 라이브러리는 TLS 1.2 이상을 요구합니다(RFC 8996)",
        build = Arg::num(system.build.unwrap_or_default())
    ));
    if let Some(h) = &refused {
        f = f.and(h.at).because(offered(h));
    }
    let move_on = Cure::new(
        Safety::Manual,
        say!(
            "move the site to a newer Windows, or put a reverse proxy that speaks TLS 1.2 in front of it",
            "사이트를 더 새로운 Windows로 옮기거나 TLS 1.2를 지원하는 역방향 프록시를 앞에 둡니다"
        ),
    );
    if system.build.is_some_and(|b| (6000..6002).contains(&b)) {
        f = f.cure(Cure::new(
            Safety::Manual,
            say!(
                "or install Service Pack 2 and update KB4019276, which bring TLS 1.1 and 1.2, and switch them on",
                "또는 서비스 팩 2와 TLS 1.1, 1.2를 추가하는 업데이트 KB4019276을 설치한 뒤 켭니다"
            ),
        ));
    }
    Ok(f.cure(move_on).into())
}

fn early_tls13(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let sw = Switches::of(look);
    let set: Vec<_> = Role::BOTH
        .into_iter()
        .filter_map(|role| {
            let key = key_of(Proto::Tls13, role);
            let enabled = value(look, &key, "Enabled").pop().filter(|s| dword(s).is_some_and(|n| n != 0));
            let by_default = value(look, &key, "DisabledByDefault").pop().filter(|s| dword(s) == Some(0));
            enabled.or(by_default).map(|s| (role, s))
        })
        .collect();
    if set.is_empty() {
        return if sw.told(Proto::Tls13, Role::Server) { Ok(in_order(look)) } else { Err(sw.ask()) };
    }
    let Some(name) = sw.called() else { return Err(Stop::Missing(sw.ask_version())) };
    if sw.preset(Proto::Tls13, Role::Server) != Some(Preset::Lacks) {
        return Ok(Outcome::Pass);
    }
    let found: Vec<Finding> = set
        .iter()
        .map(|(role, s)| {
            let headline = say!(
                "TLS 1.3 is switched on for {role}, and {windows} does not have it",
                "{windows}에 없는 TLS 1.3이 {role}에 켜져 있습니다",
                role = role_word(*role),
                windows = name.clone()
            );
            let remove = Cure::new(
                Safety::Confirm,
                say!(
                    "remove the key and restart; TLS 1.3 begins with Windows Server 2022 and Windows 11",
                    "이 키를 지우고 다시 시작합니다. TLS 1.3은 Windows Server 2022와 Windows 11부터 지원됩니다"
                ),
            )
            .run(Platform::Windows, format!("reg delete \"{}\" /f", key_of(Proto::Tls13, *role)));
            look.state(Impact::Risk, s, headline)
                .because(told_by(&s.cited))
                .because(say!(
                    "Microsoft calls it unsafe to switch TLS 1.3 on in builds that do not support it",
                    "Microsoft는 지원하지 않는 빌드에서 TLS 1.3을 켜는 것이 안전하지 않다고 밝히고 있습니다"
                ))
                .cure(remove)
        })
        .collect();
    Ok(found.into())
}
