//! Alerts that Schannel logged: those it received (36887) and those it sent (36888), by number and internal state.
use super::defaults::Role;
use super::logged::{at_endpoint, by_place, entries, finding, single};
use super::logged_suites::of_no_suite;
use super::schannel::{Switches, is_windows};
use super::words;
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, page};
use std::collections::BTreeMap;
use tlsdiag_model::facts::{Event, Side};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Safety, Say, Tpl, say};

/// The other side complained.
pub static RECEIVED: Rule = Rule {
    code: Code(5203),
    slug: "alert-received",
    title: Tpl {
        en: "Schannel logs: the other side sent an alert", ko: "Schannel 로그: 상대편이 경고(alert)를 보냄"
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::NoteScanNoise],
    explains: &[],
    routine: false,
    check: |look| judge(look, 36887),
    sources: &[
        "RFC 8446 section 6.2, RFC 5246 section 7.2.2 (alerts)",
        "Microsoft: Schannel error codes for TLS and SSL alerts",
        "Microsoft: Schannel events (provider manifest: ids and fields)",
    ],
    page: page!("logged_alerts"),
};

/// This machine complained.
pub static SENT: Rule = Rule {
    code: Code(5204),
    slug: "alert-sent",
    title: Tpl {
        en: "Schannel logs: this machine sent an alert", ko: "Schannel 로그: 이 컴퓨터가 경고(alert)를 보냄"
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::HsHandshakeFailure],
    explains: &[
        Edge { symptom: Code(5001), fits: at_endpoint },
        Edge { symptom: Code(5002), fits: at_endpoint },
        Edge { symptom: Code(5004), fits: at_endpoint },
        Edge { symptom: Code(5005), fits: at_endpoint },
        Edge { symptom: Code(5006), fits: at_endpoint },
    ],
    routine: false,
    check: |look| judge(look, 36888),
    sources: &[
        "RFC 8446 section 6.2, RFC 5246 section 7.2.2 (alerts)",
        "Microsoft: Schannel error codes for TLS and SSL alerts",
        "Microsoft: Schannel events (provider manifest: ids and fields)",
    ],
    page: page!("logged_alerts"),
};

/// Entries by alert and state.
type Kinds<'a> = BTreeMap<(Option<u8>, Option<u32>), Vec<Cited<'a, Event>>>;

fn judge(look: &Look<'_>, id: u32) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let no_common = entries(look, &[36874]);
    let mut kinds: Kinds<'_> = BTreeMap::new();
    for e in single(look, &[id]) {
        // no common suite is a finding of its own; a closed connection is none
        if of_no_suite(&e, &no_common) && e.side != Some(Side::Client) || e.alert == Some(0) {
            continue;
        }
        kinds.entry((e.alert, e.state)).or_default().push(e);
    }
    if kinds.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let mut found: Vec<Finding> = vec![];
    for ((alert, state), rows) in kinds {
        for (place, rows) in by_place(look, rows) {
            let impact = if id == 36887 { Impact::Partial } else { Impact::Broken };
            let Some(f) = finding(look, &rows, place.as_ref(), impact, headline(id, alert)) else { continue };
            found.push(if id == 36887 {
                received(f, alert)
            } else {
                with_versions(look, sent(f, alert, state, &rows), alert)
            });
        }
    }
    Ok(found.into())
}

fn headline(id: u32, alert: Option<u8>) -> Say {
    let alert = alert.map_or(Arg::word("that is not told", "번호를 알 수 없는"), words::alert);
    if id == 36887 {
        return say!(
            "the other side broke off with alert {alert}",
            "상대편이 {alert} 경고(alert)로 중단했습니다",
            alert = alert
        );
    }
    say!("Schannel broke off with alert {alert}", "Schannel이 {alert} 경고(alert)로 중단했습니다", alert = alert)
}

/// What an alert that came from the other side points to.
fn received(f: Finding, alert: Option<u8>) -> Finding {
    use Cause as C;
    let (labels, meaning): (&[Cause], Say) = match alert.unwrap_or(u8::MAX) {
        42 => (
            &[C::CertEncoding, C::ChainMissingIntermediate],
            say!(
                "it found the certificate corrupt, or its signature wrong",
                "상대편이 인증서가 손상되었거나 서명이 틀렸다고 판단했습니다"
            ),
        ),
        43 => (
            &[C::CertEku, C::CertKeyUsage, C::CertCurveUnsupported],
            say!(
                "it does not take a certificate of this kind or usage",
                "상대편이 이런 종류나 용도의 인증서를 받지 않습니다"
            ),
        ),
        44 => (
            &[C::CertRevoked],
            say!("it holds the certificate for revoked", "상대편이 인증서를 해지된 것으로 판단했습니다"),
        ),
        45 => (
            &[C::CertExpired, C::OsClockSkew],
            say!(
                "it holds the certificate for expired, or its clock is wrong",
                "상대편이 인증서를 만료된 것으로 판단했거나 상대편 시계가 틀립니다"
            ),
        ),
        46 => (
            &[C::ChainPrivateCa, C::CertNameMismatch, C::ChainMissingIntermediate],
            say!(
                "it refused the certificate for another reason: most often the name, or a root that it does not know",
                "상대편이 다른 이유로 인증서를 거부했습니다. 대개 이름이 다르거나 모르는 루트입니다"
            ),
        ),
        48 => (
            &[C::ChainMissingIntermediate, C::ChainPrivateCa, C::ChainUntrustedRoot],
            say!(
                "it found no way from the certificate to a root that it trusts",
                "상대편이 인증서에서 신뢰하는 루트까지 가는 경로를 찾지 못했습니다"
            ),
        ),
        49 | 116 => (
            &[C::HsClientCertRequired],
            say!(
                "it wants a client certificate, or another one",
                "상대편이 클라이언트 인증서 또는 다른 인증서를 요구합니다"
            ),
        ),
        40 | 71 => (
            &[C::CipherNoOverlap, C::CipherNoSigalg],
            say!(
                "it found nothing acceptable among suites, groups and signatures",
                "상대편이 암호 그룹, 그룹, 서명 중 받아들일 것을 찾지 못했습니다"
            ),
        ),
        70 => (
            &[C::ProtoVersionServerOld, C::ProtoVersionClientOld],
            say!("it does not speak any version that was offered", "상대편이 제안된 버전을 지원하지 않습니다"),
        ),
        20 | 51 => (
            &[C::KeyMismatch, C::AppLibBug],
            say!(
                "a signature or a record could not be verified: key and certificate may not belong together, or something alters the data on the way",
                "서명이나 레코드를 확인하지 못했습니다. 키와 인증서가 맞지 않거나 중간에서 데이터가 바뀌었을 수 있습니다"
            ),
        ),
        80 => (&[C::HsInternalError], say!("something failed inside of it", "상대편 내부에서 오류가 났습니다")),
        100 => (
            &[C::HsRenegoClientcert],
            say!(
                "it does not renegotiate: a client certificate asked for after the handshake is not given",
                "상대편이 재협상을 하지 않아 핸드셰이크 뒤에 요구한 클라이언트 인증서를 받지 못합니다"
            ),
        ),
        112 => (
            &[C::BindNoCertForName],
            say!("it knows no host of the name that was asked for", "상대편이 요청한 이름의 호스트를 모릅니다"),
        ),
        _ => (&[C::NoteScanNoise], say!("seen now and then it means nothing", "가끔 보이는 것은 문제가 아닙니다")),
    };
    f.labels(labels).because(meaning).cure(find_peer())
}

/// What an alert of this machine's own points to.
fn sent(f: Finding, alert: Option<u8>, state: Option<u32>, rows: &[Cited<'_, Event>]) -> Finding {
    use Cause as C;
    let (labels, meaning): (&[Cause], Say) = match (alert.unwrap_or(u8::MAX), state) {
        (10, Some(1203)) => (
            &[C::ProtoTlsOnPlainClient, C::NoteScanNoise],
            say!(
                "the first bytes were no ClientHello: plain http or another protocol came to the port for TLS (a health probe, a scanner, http:// with the port of https)",
                "첫 바이트가 ClientHello가 아니었습니다. TLS 포트로 일반 http나 다른 프로토콜이 들어왔습니다(상태 확인, 스캐너, https 포트에 http://로 접속)"
            ),
        ),
        (10 | 50 | 47, _) => (
            &[C::ProtoTlsOnPlainClient, C::AppLibBug, C::NoteScanNoise],
            say!("what came was no proper TLS message", "올바른 TLS 메시지가 아니었습니다"),
        ),
        (20..=22 | 51, _) => (
            &[C::AppLibBug, C::NetMiddleboxReset],
            say!(
                "a record or signature did not verify: something altered the data, or the other side has a defect",
                "레코드나 서명을 확인하지 못했습니다. 중간에서 데이터가 바뀌었거나 상대편에 결함이 있습니다"
            ),
        ),
        (40 | 71, _) => (
            &[C::CipherNoOverlap, C::CipherCertType, C::CipherNoSigalg],
            say!(
                "suites, groups or signature algorithms do not meet",
                "암호 그룹, 그룹 또는 서명 알고리즘이 서로 맞지 않습니다"
            ),
        ),
        (70, _) => (
            &[C::ProtoVersionClientOld, C::ProtoRegistryDisabled],
            say!(
                "the client offered only versions that are off here, or that Windows does not have",
                "클라이언트가 여기서 꺼져 있거나 Windows에 없는 버전만 제안했습니다"
            ),
        ),
        (42..=46 | 48, _) => (
            &[C::ChainUntrustedRoot, C::HsClientCertRequired],
            say!(
                "this machine did not accept the certificate of the other side: that of a server it called, or of a client",
                "이 컴퓨터가 상대편의 인증서(접속한 서버 또는 클라이언트의 것)를 받아들이지 않았습니다"
            ),
        ),
        (80, _) => (
            &[C::HsInternalError],
            say!(
                "something failed on this machine: look for 36870 and 36871 of the same second",
                "이 컴퓨터에서 오류가 났습니다. 같은 시각의 36870, 36871을 찾습니다"
            ),
        ),
        (112, _) => (
            &[C::BindNoCertForName],
            say!(
                "the client asked for a name that is not configured",
                "클라이언트가 설정되지 않은 이름을 요청했습니다"
            ),
        ),
        _ => (&[C::NoteScanNoise], say!("seen now and then it means nothing", "가끔 보이는 것은 문제가 아닙니다")),
    };
    let mut f = f.labels(labels).because(meaning);
    if let Some(s) = state {
        f = f.because(say!(
            "internal state {state}: a hint only, Microsoft does not document it",
            "내부 상태 {state}: Microsoft가 문서로 밝히지 않은 참고용 값입니다",
            state = Arg::num(s)
        ));
    }
    let mut targets: Vec<String> = rows.iter().filter_map(|e| e.peer.clone()).collect();
    targets.sort();
    targets.dedup();
    if let Some(peer) = targets.first() {
        f = f.because(say!("it names {peer}", "가리키는 상대: {peer}", peer = Arg::quote(peer)));
    }
    f.cure(find_peer())
}

/// Beside versions that did not meet: those that servers here speak, where the version of Windows is known.
fn with_versions(look: &Look<'_>, f: Finding, alert: Option<u8>) -> Finding {
    let sw = Switches::of(look);
    let on = sw.on(Role::Server);
    if alert != Some(70) || sw.windows.is_none() || on.is_empty() {
        return f;
    }
    f.because(say!(
        "on here for servers, as far as is known: {versions}",
        "알려진 바로는 여기 서버 역할에 켜져 있는 버전: {versions}",
        versions = Arg::List(on.into_iter().map(Arg::term).collect())
    ))
}

fn find_peer() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "find the other side by the time of an entry (firewall, load balancer, or a capture while it happens), and look at the handshake from there",
            "항목의 시각으로 상대편을 찾아(방화벽, 부하 분산 장치, 발생 중 캡처) 그쪽에서 핸드셰이크를 확인합니다"
        ),
    )
}
