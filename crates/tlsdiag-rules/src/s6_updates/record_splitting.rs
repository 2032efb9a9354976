//! The settings of MS12-006: whether Schannel cuts every record of SSL 3.0 and TLS 1.0 in two.
use crate::s5_handshake::schannel::{SCHANNEL, dword, in_order, is_windows, told_by, value};
use crate::{Judged, Look, Outcome, Over, Rule, Stop, page};
use std::collections::BTreeSet;
use tlsdiag_model::facts::{Datum, Setting};
use tlsdiag_model::{Arg, Ask, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};

/// The settings.
pub static RULE: Rule = Rule {
    code: Code(6030),
    slug: "record-splitting-setting",
    title: Tpl {
        en: "record splitting (MS12-006) is set by hand", ko: "레코드 분할(MS12-006)이 직접 설정됨"
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::HsRecordSplitting],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "Microsoft: MS12-006, KB 2643584 (SendExtraRecord)",
        "Microsoft: MS11-099, KB 2618444 (FEATURE_SCH_SEND_AUX_RECORD_KB_2618444)",
        "CVE-2011-3389",
    ],
    page: page!("record_splitting"),
};

const FEATURE: &str = r"Microsoft\Internet Explorer\Main\FeatureControl\FEATURE_SCH_SEND_AUX_RECORD_KB_2618444";

fn check(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let mut found: Vec<Finding> = send_extra_record(look).into_iter().collect();
    found.extend(features(look));
    if found.is_empty() && look.whole_of(SCHANNEL).is_err() && value(look, SCHANNEL, "SendExtraRecord").is_empty() {
        return Err(Stop::Missing(Ask::Under { host: look.subject().host(), of: SCHANNEL.to_owned() }));
    }
    Ok(if found.is_empty() { in_order(look) } else { found.into() })
}

/// 0 or absent: for programs that opt in; 1: for all; 2: for none.
fn send_extra_record(look: &Look<'_>) -> Option<Finding> {
    let s = value(look, SCHANNEL, "SendExtraRecord").pop()?;
    let f = match dword(&s)? {
        1 => {
            let headline = say!(
                "Schannel cuts the records of every program in two (SendExtraRecord 1)",
                "Schannel이 모든 프로그램의 레코드를 둘로 나눕니다(SendExtraRecord 1)"
            );
            look.state(Impact::Risk, &s, headline)
                .who(Who::Clients(say!(
                    "TLS 1.0 and SSL 3.0 with CBC suites, towards servers and clients that take one record for one request",
                    "TLS 1.0과 SSL 3.0의 CBC 암호 그룹을 쓰면서 레코드 하나를 요청 하나로 처리하는 서버와 클라이언트"
                )))
                .because(told_by(&s.cited))
                .because(say!(
                    "the other side may then answer nothing, 400, or a method without its first letter; through a proxy that makes its own connection it works",
                    "그러면 상대편이 응답하지 않거나 400을 보내거나 메서드의 첫 글자를 잃을 수 있습니다. 새로 연결하는 프록시를 거치면 됩니다"
                ))
        }
        2 => {
            let headline = say!(
                "Schannel splits no records (SendExtraRecord 2)",
                "Schannel이 레코드를 나누지 않습니다(SendExtraRecord 2)"
            );
            look.state(Impact::Note, &s, headline).because(told_by(&s.cited)).because(say!(
                "the protection of MS12-006 (CVE-2011-3389) is off; it matters only where TLS 1.0 or SSL 3.0 with CBC is still spoken",
                "MS12-006(CVE-2011-3389)의 보호가 꺼져 있습니다. TLS 1.0이나 SSL 3.0의 CBC를 아직 쓰는 경우에만 상관이 있습니다"
            ))
        }
        _ => return None,
    };
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "go back to the default, splitting for programs that ask for it (0), and restart; better still, use TLS 1.2, which needs no splitting",
            "요청하는 프로그램에만 나누는 기본값(0)으로 되돌리고 다시 시작합니다. TLS 1.2를 쓰면 분할이 필요 없습니다"
        ),
    )
    .run(Platform::Windows, format!("reg add \"{SCHANNEL}\" /v SendExtraRecord /t REG_DWORD /d 0 /f"));
    Some(f.cure(c))
}

/// Programs that were opted in, or Internet Explorer opted out, whose default it is to split.
fn features(look: &Look<'_>) -> Option<Finding> {
    let keys = ["HKLM", "HKCU"]
        .into_iter()
        .flat_map(|h| ["", r"Wow6432Node\"].into_iter().map(move |v| format!(r"{h}\SOFTWARE\{v}{FEATURE}")));
    let mut on: BTreeSet<String> = BTreeSet::new();
    let mut off: BTreeSet<String> = BTreeSet::new();
    let mut first = None;
    for key in keys {
        let names: BTreeSet<String> = look
            .settings_under(&key)
            .filter(|s| s.key.eq_ignore_ascii_case(&key) && s.data != Datum::Key)
            .map(|s| s.name.clone())
            .collect();
        for name in names {
            let Some(state) = value(look, &key, &name).pop() else { continue };
            let explorer = name.eq_ignore_ascii_case("iexplore.exe");
            match state.cited.data {
                Datum::Dword(0) if explorer => off.insert(name),
                Datum::Dword(1..) if !explorer => on.insert(name),
                _ => continue,
            };
            first = first.or(Some(state));
        }
    }
    let state = first?;
    let list = |names: &BTreeSet<String>| Arg::List(names.iter().take(6).map(Arg::quote).collect());
    let headline = if on.is_empty() {
        say!(
            "{programs} is opted out of record splitting",
            "{programs:이} 레코드 분할에서 제외되어 있습니다",
            programs = list(&off)
        )
    } else {
        say!(
            "{programs}: opted in to record splitting",
            "{programs}: 레코드 분할을 쓰도록 설정되어 있습니다",
            programs = list(&on)
        )
    };
    let mut f = look.state::<Setting>(Impact::Note, &state, headline).because(told_by(&state.cited));
    f = f.because(say!(
        "by default only Internet Explorer asks for it; a server that takes one record for one request fails with programs that split, and only in TLS 1.0 or SSL 3.0",
        "기본값으로는 Internet Explorer만 분할을 요청합니다. 레코드 하나를 요청 하나로 처리하는 서버는 분할하는 프로그램에만, TLS 1.0이나 SSL 3.0에서만 실패합니다"
    ));
    Some(f)
}
