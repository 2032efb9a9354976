//! Schannel logs that it could not set up its own side: a credential that it could not make (36871), no certificate for
//! services that leave the choice to Windows (36886), a chain of its own certificate that is not whole (36872, 36889).
use super::defaults::{Proto, Role};
use super::logged::{at_endpoint, by_place, entries, finding};
use super::schannel::{Now, Switches, is_windows};
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, page};
use std::collections::BTreeMap;
use tlsdiag_model::facts::{Event, Side};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Tpl, say};

/// A credential that could not be made.
pub static CREDENTIAL: Rule = Rule {
    code: Code(5202),
    slug: "client-credential-refused",
    title: Tpl { en: "Schannel cannot make a credential", ko: "Schannel이 자격 증명을 만들지 못함" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoVersionClientOld, Cause::ProtoRegistryDisabled],
    explains: &[Edge { symptom: Code(5001), fits: at_endpoint }, Edge { symptom: Code(5002), fits: at_endpoint }],
    routine: false,
    check: credential,
    sources: &[
        "Microsoft: Schannel events (provider manifest: ids and fields)",
        "Microsoft: Transport Layer Security (TLS) best practices with .NET Framework",
    ],
    page: page!("logged_credentials"),
};

/// No certificate by default.
pub static NO_DEFAULT: Rule = Rule {
    code: Code(5207),
    slug: "no-default-credential",
    title: Tpl {
        en: "no default server certificate on the machine", ko: "컴퓨터에 기본 서버 인증서가 없음"
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::CertNoneConfigured],
    explains: &[],
    routine: false,
    check: no_default,
    sources: &["Microsoft: Schannel events (provider manifest: ids and fields)"],
    page: page!("logged_credentials"),
};

/// The own chain is not whole.
pub static OWN_CHAIN: Rule = Rule {
    code: Code(5215),
    slug: "own-chain-incomplete",
    title: Tpl {
        en: "Schannel cannot build the chain of its own certificate",
        ko: "Schannel이 자기 인증서의 체인을 만들지 못함",
    },
    layer: Layer::Trust,
    over: Over::Hosts,
    causes: &[Cause::ChainMissingIntermediate],
    explains: &[],
    routine: false,
    check: own_chain,
    sources: &["Microsoft: Schannel events (provider manifest: ids and fields)", "Microsoft KB 954755 (event 36889)"],
    page: page!("logged_credentials"),
};

/// No version is both on and asked for, as many reports of this state have it; Microsoft publishes no list.
const STATE_NO_VERSION: u32 = 10013;

/// Entries by side and state.
type Kinds<'a> = BTreeMap<(Option<Side>, Option<u32>), Vec<Cited<'a, Event>>>;

fn credential(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let mut kinds: Kinds<'_> = BTreeMap::new();
    for e in entries(look, &[36871]) {
        kinds.entry((e.side, e.state)).or_default().push(e);
    }
    if kinds.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let mut found = vec![];
    for ((side, state), rows) in kinds {
        for (place, rows) in by_place(look, rows) {
            let say = match side {
                Some(Side::Server) => say!(
                    "Schannel could not make a server's credential",
                    "Schannel이 서버 자격 증명을 만들지 못했습니다"
                ),
                _ => say!(
                    "Schannel could not make a credential for a program that calls out",
                    "Schannel이 접속해 나가는 프로그램의 자격 증명을 만들지 못했습니다"
                ),
            };
            let Some(f) = finding(look, &rows, place.as_ref(), Impact::Broken, say) else { continue };
            found.push(tell(look, f, side, state, &rows));
        }
    }
    Ok(found.into())
}

fn tell(look: &Look<'_>, mut f: Finding, side: Option<Side>, state: Option<u32>, rows: &[Cited<'_, Event>]) -> Finding {
    let mut programs: Vec<String> = rows.iter().filter_map(|e| e.process.clone()).collect();
    programs.sort();
    programs.dedup();
    if !programs.is_empty() {
        f = f.because(say!(
            "asked for by {programs}",
            "요청한 프로그램: {programs}",
            programs = Arg::List(programs.iter().take(4).map(Arg::quote).collect())
        ));
    }
    if let Some(s) = state {
        f = f.because(meaning(s));
    }
    let role = if side == Some(Side::Server) { Role::Server } else { Role::Client };
    let sw = Switches::of(look);
    let off: Vec<Proto> = Proto::ALL
        .into_iter()
        .skip(2)
        .filter(|p| matches!(sw.now(*p, role), Now::Off(_) | Now::NotByDefault(_)))
        .collect();
    for p in &off {
        if let Now::Off(s) | Now::NotByDefault(s) = sw.now(*p, role) {
            f = f.and(s.cited.at);
        }
    }
    if !off.is_empty() {
        f = f.because(say!(
            "switched off here for this role: {versions}",
            "이 역할에서 꺼져 있는 버전: {versions}",
            versions = Arg::List(off.iter().map(Arg::term).collect())
        ));
    }
    if role == Role::Server {
        let labels: &[Cause] = match state {
            Some(STATE_NO_VERSION) => &[Cause::ProtoRegistryDisabled, Cause::CertNoneConfigured],
            _ => &[Cause::CertNoneConfigured, Cause::KeyAcl, Cause::ProtoRegistryDisabled],
        };
        return f.labels(labels).cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "find the service by its port and program: it has no certificate that it can use, or no protocol version is on for servers",
                    "포트와 프로그램으로 어떤 서비스인지 찾습니다. 쓸 수 있는 인증서가 없거나 서버 역할의 프로토콜 버전이 모두 꺼져 있습니다"
                ),
            )
            .run(Platform::Windows, "netstat -ano")
            .run(Platform::Windows, format!("reg query \"{}\" /s", super::schannel::PROTOCOLS)),
        );
    }
    let old_only = off.contains(&Proto::Tls12);
    let labels: &[Cause] = if old_only {
        &[Cause::ProtoRegistryDisabled, Cause::ProtoVersionClientOld]
    } else {
        &[Cause::ProtoVersionClientOld, Cause::ProtoRegistryDisabled, Cause::OsFips]
    };
    let mut c = Cure::new(
        Safety::Confirm,
        say!(
            "update the program; if it is .NET, let it leave the version to Windows (both views), and start it again",
            "프로그램을 업데이트합니다. .NET 프로그램이면 버전 선택을 Windows에 맡기게 하고(64비트와 32비트 모두) 다시 시작합니다"
        ),
    );
    for view in ["", r"Wow6432Node\"] {
        for name in ["SystemDefaultTlsVersions", "SchUseStrongCrypto"] {
            let key = format!(r"HKLM\SOFTWARE\{view}Microsoft\.NETFramework\v4.0.30319");
            c = c.run(Platform::Windows, format!("reg add \"{key}\" /v {name} /t REG_DWORD /d 1 /f"));
        }
    }
    f.labels(labels).cure(c)
}

fn meaning(state: u32) -> Say {
    let n = Arg::num(state);
    match state {
        STATE_NO_VERSION => say!(
            "internal state {state}: seen where a program asks only for protocol versions that are off here, or where FIPS mode forbids what it asks for",
            "내부 상태 {state}: 프로그램이 여기서 꺼져 있는 버전만 요청하거나 FIPS 모드가 요청을 막을 때 보고된 값입니다",
            state = n
        ),
        _ => say!(
            "internal state {state}: a hint only, Microsoft does not document it",
            "내부 상태 {state}: Microsoft가 문서로 밝히지 않은 참고용 값입니다",
            state = n
        ),
    }
}

fn no_default(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let rows = entries(look, &[36886]);
    if rows.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let say = say!(
        "Windows has no default certificate for services such as LDAP over TLS",
        "LDAPS 같은 서비스가 쓸 기본 서버 인증서가 Windows에 없습니다"
    );
    let Some(f) = finding(look, &rows, None, Impact::Note, say) else { return Ok(Outcome::Pass) };
    let f = f.because(say!(
        "it concerns services that leave the choice to Windows, such as LDAPS on a domain controller; IIS is told its certificate and is not affected",
        "도메인 컨트롤러의 LDAPS처럼 인증서 선택을 Windows에 맡기는 서비스의 문제입니다. IIS는 인증서가 지정되므로 상관없습니다"
    ));
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "where LDAPS is wanted, enrol a certificate for Server Authentication into the computer's Personal store; else nothing is to be done",
            "LDAPS가 필요하면 컴퓨터의 개인 저장소에 서버 인증용 인증서를 등록합니다. 필요 없으면 할 일이 없습니다"
        ),
    ))
    .into())
}

fn own_chain(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let rows: Vec<_> = entries(look, &[36872, 36889]).into_iter().filter(|e| e.side != Some(Side::Client)).collect();
    if rows.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let found: Vec<Finding> = by_place(look, rows)
        .iter()
        .filter_map(|(place, rows)| {
            let say = say!(
                "Schannel could not build the whole chain of a server certificate",
                "Schannel이 서버 인증서의 전체 체인을 만들지 못했습니다"
            );
            let f = finding(look, rows, place.as_ref(), Impact::Partial, say)?;
            let f = f.because(say!(
                "the server then sends its certificate without the intermediates, and clients that do not fetch them refuse it",
                "그러면 서버가 중간 인증서 없이 인증서만 보내며, 중간 인증서를 직접 받지 않는 클라이언트는 거부합니다"
            ));
            Some(f.cure(
                Cure::new(
                    Safety::Safe,
                    say!(
                        "install the issuing CA's intermediate certificates into the computer's Intermediate Certification Authorities store",
                        "발급 인증 기관의 중간 인증서를 컴퓨터의 '중간 인증 기관' 저장소에 설치합니다"
                    ),
                )
                .run(Platform::Windows, "certutil -addstore CA intermediate.cer"),
            ))
        })
        .collect();
    Ok(found.into())
}
