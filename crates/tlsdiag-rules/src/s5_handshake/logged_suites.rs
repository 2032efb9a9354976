//! Schannel logs that a client and this machine have no cipher suite in common; and bursts of refused handshakes.
use super::logged::{at_endpoint, bursts, by_place, entries, finding, proto, single};
use super::schannel::is_windows;
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, page};
use std::collections::BTreeSet;
use tlsdiag_model::facts::{Event, Side};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, say};

/// No suite in common.
pub static NO_SUITE: Rule = Rule {
    code: Code(5201),
    slug: "no-common-suite-logged",
    title: Tpl { en: "Schannel logs: no common cipher suite", ko: "Schannel 로그: 공통된 암호 그룹 없음" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::CipherNoOverlap, Cause::CipherCertType],
    explains: &[
        Edge { symptom: Code(5001), fits: at_endpoint },
        Edge { symptom: Code(5002), fits: at_endpoint },
        Edge { symptom: Code(5005), fits: at_endpoint },
    ],
    routine: false,
    check: no_suite,
    sources: &[
        "Microsoft: Schannel events (provider manifest: ids and fields)",
        "Microsoft: Troubleshooting SSL related issues, scenario 5",
    ],
    page: page!("logged_suites"),
};

/// Faster than people.
pub static BURST: Rule = Rule {
    code: Code(5209),
    slug: "burst-of-handshakes",
    title: Tpl { en: "a burst of refused handshakes", ko: "거부된 핸드셰이크의 폭주" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::NoteScanNoise],
    explains: &[],
    routine: false,
    check: burst,
    sources: &[
        "Microsoft: Schannel events (provider manifest: ids and fields)",
        "Microsoft: Troubleshooting SSL related issues, scenario 5",
    ],
    page: page!("logged_suites"),
};

/// Nothing to offer.
pub static NONE_TO_OFFER: Rule = Rule {
    code: Code(5216),
    slug: "no-suite-to-offer",
    title: Tpl { en: "Schannel has no cipher suite to offer", ko: "Schannel이 제안할 암호 그룹이 없음" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::CipherNoOverlap, Cause::ProtoRegistryDisabled],
    explains: &[],
    routine: false,
    check: none_to_offer,
    sources: &[
        "Microsoft: Schannel events (provider manifest: ids and fields)",
        "Microsoft: Troubleshooting SSL related issues, scenario 5",
    ],
    page: page!("logged_suites"),
};

const NO_COMMON: u32 = 36874;
const ALERT_SENT: u32 = 36888;
const NO_SUITES: u32 = 36873;
/// The state of a refusal for want of a suite: as many reports have it, Microsoft publishes none.
const STATE_NO_SUITE: u32 = 1205;
/// The same, as reported where the certificate's key is of the legacy kind.
const STATE_LEGACY_KEY: u32 = 1204;

/// Is it the alert that goes with event 36874? Newer Windows does not tell the state; then it is that of the same time.
pub(crate) fn of_no_suite(e: &Cited<'_, Event>, no_common: &[Cited<'_, Event>]) -> bool {
    e.id == ALERT_SENT
        && e.alert == Some(40)
        && match e.state {
            Some(state) => matches!(state, STATE_NO_SUITE | STATE_LEGACY_KEY),
            None => no_common.iter().any(|n| n.row.span.meets(e.row.span)),
        }
}

fn no_suite(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let no_common = entries(look, &[NO_COMMON]);
    let rows: Vec<_> = single(look, &[NO_COMMON, ALERT_SENT])
        .into_iter()
        .filter(|e| e.id == NO_COMMON || of_no_suite(e, &no_common))
        .filter(|e| e.side != Some(Side::Client))
        .collect();
    if rows.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let found: Vec<Finding> = by_place(look, rows)
        .iter()
        .filter_map(|(place, rows)| {
            let say = say!(
                "Schannel refused a client: no cipher suite in common",
                "Schannel이 클라이언트를 거부했습니다. 공통된 암호 그룹이 없습니다"
            );
            let f = finding(look, rows, place.as_ref(), Impact::Broken, say)?;
            Some(tell_no_suite(f, rows))
        })
        .collect();
    Ok(found.into())
}

fn tell_no_suite(f: Finding, rows: &[Cited<'_, Event>]) -> Finding {
    let versions: BTreeSet<_> = rows.iter().filter_map(|e| proto(&e.row.what)).collect();
    let f = if versions.is_empty() {
        f
    } else {
        f.because(say!(
            "the requests were made in {versions}",
            "요청에 쓰인 버전: {versions}",
            versions = Arg::List(versions.into_iter().map(Arg::term).collect())
        ))
    };
    let legacy = rows.iter().any(|e| e.state == Some(STATE_LEGACY_KEY));
    let f = if legacy {
        f.labels(&[Cause::KeyKeyspec, Cause::CipherCertType, Cause::CipherNoOverlap]).because(say!(
            "the state {state} is reported for keys made with the option \"legacy key\" or with KeySpec 2 (signature only); Microsoft does not document it",
            "상태 {state:은} '레거시 키' 옵션이나 KeySpec 2(서명 전용)로 만든 키에서 보고된 값입니다. Microsoft가 문서로 밝힌 것은 아닙니다",
            state = Arg::num(STATE_LEGACY_KEY)
        ))
    } else {
        f
    };
    f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "compare what the client offers with what is allowed here and with the certificate's key (RSA or ECDSA): a capture of one failing handshake shows the first",
                "클라이언트가 제안하는 것을 여기서 허용된 것, 인증서의 키 종류(RSA 또는 ECDSA)와 비교합니다. 클라이언트의 제안은 실패하는 핸드셰이크 하나를 캡처하면 보입니다"
            ),
        )
        .run(Platform::Windows, "powershell -Command \"Get-TlsCipherSuite | Format-Table Name\"")
        .run(Platform::Windows, r"reg query HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002 /v Functions"),
    )
}

fn burst(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let found: Vec<Finding> = bursts(look)
        .iter()
        .filter_map(|b| {
            let first = b.rows.first()?;
            let seconds = b.span.last.saturating_sub(b.span.first).saturating_add(999) / 1000;
            let headline = say!(
                "a burst of {n} refused handshakes within {s} seconds, about {rate} a second: a scanner or a looping client",
                "{s}초 동안 거부된 핸드셰이크 {n}개(초당 약 {rate}개): 스캐너이거나 되풀이하는 클라이언트",
                n = Arg::num(b.handshakes()),
                s = Arg::num(seconds.max(1)),
                rate = Arg::num(b.rate())
            );
            let mut f = look.behaves(Impact::Note, first, headline);
            let mut kinds: BTreeSet<u32> = BTreeSet::new();
            for e in &b.rows {
                f = f.and(e.at);
                kinds.insert(e.id);
            }
            f.held = b.span;
            f = f.count(b.handshakes()).because(say!(
                "System log, source Schannel, events {ids}, from {first} to {last}",
                "시스템 로그, 원본 Schannel, 이벤트 {ids}, {first}부터 {last}까지",
                ids = Arg::List(kinds.into_iter().map(Arg::num).collect()),
                first = Arg::Moment(b.span.first),
                last = Arg::Moment(b.span.last)
            ));
            f = f.because(say!(
                "people do not come so fast, so the entries are no sign that a site is down",
                "사람은 이렇게 빨리 접속하지 않으므로 사이트가 중단되었다는 뜻이 아닙니다"
            ));
            Some(f.cure(Cure::new(
                Safety::Manual,
                say!(
                    "find who it was by the firewall's or the load balancer's log of that minute; if visitors fail at other times as well, capture one of those handshakes",
                    "그 시각의 방화벽이나 부하 분산 장치 로그에서 누구인지 찾습니다. 다른 때에도 방문자가 실패하면 그 핸드셰이크 하나를 캡처합니다"
                ),
            )))
        })
        .collect();
    if found.is_empty() {
        look.whole::<Event>()?;
    }
    Ok(found.into())
}

fn none_to_offer(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let rows = entries(look, &[NO_SUITES]);
    if rows.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let say = say!(
        "a program of this machine could not call out: Schannel had no cipher suite to offer",
        "이 컴퓨터의 프로그램이 접속하지 못했습니다. Schannel에 제안할 암호 그룹이 없었습니다"
    );
    let Some(f) = finding(look, &rows, None, Impact::Note, say) else { return Ok(Outcome::Pass) };
    let f = f.because(say!(
        "that happens where the order of suites is empty or misspelt, or where all ciphers of a version are switched off",
        "암호 그룹 순서가 비었거나 이름이 잘못되었거나 한 버전의 모든 암호가 꺼져 있으면 생깁니다"
    ));
    Ok(f.cure(
        Cure::new(
            Safety::Manual,
            say!("see which suites are left, and repair the policy", "남은 암호 그룹을 확인하고 정책을 고칩니다"),
        )
        .run(Platform::Windows, "powershell -Command \"Get-TlsCipherSuite | Format-Table Name\""),
    )
    .into())
}
