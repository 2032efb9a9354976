//! What the CAPI2 log says of chains and of revocation: Windows' own verdicts, joined to a site only by the certificate.
use super::verdicts::{Meaning, of_chain};
use super::words::few;
use crate::s1_key::in_store::{called, uses};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use std::collections::{BTreeMap, BTreeSet};
use tlsdiag_model::facts::{Event, Stored};
use tlsdiag_model::{
    Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Subject, Thumb, Tpl, Who, say,
};

/// Events 11 and 30.
pub static REFUSED: Rule = Rule {
    code: Code(2560),
    slug: "capi2-refuses-chain",
    title: Tpl { en: "Windows refuses the certificate's chain", ko: "Windows가 인증서 체인을 거부함" },
    layer: Layer::Trust,
    over: Over::Hosts,
    causes: &[
        Cause::ChainUntrustedRoot,
        Cause::CertEku,
        Cause::CertExpired,
        Cause::CertNameMismatch,
        Cause::CertRevoked,
        Cause::RevOffline,
        Cause::ChainMissingIntermediate,
    ],
    explains: &[],
    routine: false,
    check: refused,
    sources: &[
        "Microsoft: CAPI2 diagnostics, events 11 (Build Chain) and 30 (Verify Chain Policy)",
        "Microsoft: CERT_TRUST_STATUS",
        "winerror.h (CERT_E_UNTRUSTEDROOT, CERT_E_WRONG_USAGE, CERT_E_EXPIRED)",
    ],
    page: page!("capi2"),
};

/// Events 53 and 41.
pub static OFFLINE: Rule = Rule {
    code: Code(2561),
    slug: "revocation-unreachable",
    title: Tpl {
        en: "the machine cannot reach revocation servers", ko: "컴퓨터가 해지 서버에 연결할 수 없음"
    },
    layer: Layer::Trust,
    over: Over::Hosts,
    causes: &[Cause::RevOffline],
    explains: &[],
    routine: false,
    check: offline,
    sources: &[
        "Microsoft: CAPI2 diagnostics, events 41 (Verify Revocation) and 53 (Retrieve Object from Network)",
        "RFC 5280 section 6.3 (CRL validation)",
    ],
    page: page!("capi2"),
};

fn capi2(e: &Event) -> bool {
    e.source.to_ascii_lowercase().ends_with("capi2")
}

fn refused(look: &Look<'_>) -> Judged {
    let events: Vec<Cited<'_, Event>> =
        look.seen::<Event>().filter(|e| capi2(&e.row.what) && matches!(e.id, 11 | 30)).collect();
    if events.is_empty() {
        return Err(Stop::NotApplicable);
    }
    // one finding for each certificate and verdict; those of certificates of others together
    let mut groups: BTreeMap<(Option<Thumb>, u32), Vec<Cited<'_, Event>>> = BTreeMap::new();
    for e in events {
        let Some(code) = e.code.filter(|c| of_chain(*c).is_some()) else { continue };
        let own = e.row.what.thumb.clone().filter(|t| look.stored_as(t).next().is_some() || look.in_use(t));
        // code signing of programs and mails fills this log; a TLS server's peers are seen by lsass.exe
        let tls = e.process.as_deref().is_some_and(|p| p.eq_ignore_ascii_case("lsass.exe"));
        if own.is_some() || tls {
            groups.entry((own, code)).or_default().push(e);
        }
    }
    let mut findings: Vec<Finding> = vec![];
    for ((thumb, code), mut events) in groups {
        let Some(m) = of_chain(code) else { continue };
        events.sort_by_key(|e| (e.row.span, e.at));
        let f = match thumb {
            Some(t) => own(look, &t, m, &events),
            None => others(look, m, &events),
        };
        findings.extend(f.map(|f| f.because(logged(&events, code))));
    }
    Ok(findings.into())
}

fn logged(events: &[Cited<'_, Event>], code: u32) -> Say {
    let ids: BTreeSet<u32> = events.iter().map(|e| e.id).collect();
    let programs: BTreeSet<&str> = events.iter().filter_map(|e| e.row.what.process.as_deref()).collect();
    let programs: Vec<String> = programs.into_iter().map(str::to_owned).collect();
    let ids = Arg::List(ids.into_iter().map(Arg::num).collect());
    let code = Arg::term(format!("0x{code:08x}"));
    if programs.is_empty() {
        say!("CAPI2 log, event {ids}, result {code}", "CAPI2 로그, 이벤트 {ids}, 결과 {code}", ids = ids, code = code)
    } else {
        say!(
            "CAPI2 log, event {ids}, result {code}, asked by {programs}",
            "CAPI2 로그, 이벤트 {ids}, 결과 {code}, 요청한 프로그램 {programs}",
            ids = ids,
            code = code,
            programs = few(&programs, 3)
        )
    }
}

/// A certificate of this machine.
fn own(look: &Look<'_>, thumb: &Thumb, m: Meaning, events: &[Cited<'_, Event>]) -> Option<Finding> {
    let rows: Vec<Cited<'_, Stored>> = look.stored_as(thumb).collect();
    let cert = look.certificate_of(thumb).and_then(|id| look.derived().certificate(id));
    // the octets themselves are judged by other rules
    if m.of_octets && cert.is_some() {
        return None;
    }
    let uses = uses(look, thumb, "");
    let first = events.first()?;
    let impact = if uses.is_empty() { Impact::Note } else { m.impact };
    let say = say!(
        "Windows refuses the chain of {name}: {why}",
        "Windows가 {name}의 체인을 거부합니다: {why}",
        name = called(&rows, cert.as_deref(), thumb),
        why = Arg::Say(Box::new(m.say))
    );
    let mut f = look.behaves(impact, first, say).labels(m.labels);
    f.subject = Subject::Stored { host: f.subject.host(), thumb: thumb.clone() };
    f = gather(f, events);
    f = f.because(say!("thumbprint {thumb}", "지문 {thumb}", thumb = Arg::term(thumb)));
    for u in &uses {
        f = f.and(u.at).because(say!(
            "bound to {place}",
            "{place}에 바인딩되어 있습니다",
            place = Arg::quote(&u.place)
        ));
    }
    if impact == Impact::Partial {
        f = f.who(Who::Clients(say!(
            "clients with the same stores as this machine",
            "이 컴퓨터와 같은 저장소를 가진 클라이언트"
        )));
    }
    Some(mend(f, m.labels))
}

/// Somebody else's: a client's, or a server's that this machine called.
fn others(look: &Look<'_>, m: Meaning, events: &[Cited<'_, Event>]) -> Option<Finding> {
    let first = events.first()?;
    let say = say!(
        "Windows refused a certificate of somebody else: {why}",
        "Windows가 다른 쪽의 인증서를 거부했습니다: {why}",
        why = Arg::Say(Box::new(m.say))
    );
    let f = gather(look.behaves(Impact::Note, first, say).labels(m.labels), events);
    Some(f.because(say!(
        "no certificate of this machine: a client's, or that of a server that this machine called",
        "이 컴퓨터의 인증서가 아닙니다. 클라이언트의 인증서이거나 이 컴퓨터가 호출한 서버의 인증서입니다"
    )))
}

fn gather(mut f: Finding, events: &[Cited<'_, Event>]) -> Finding {
    for e in events.iter().skip(1) {
        f.held = f.held.join(e.row.span);
        f.count = f.count.saturating_add(e.row.count);
        f = f.and(e.at);
    }
    f
}

/// What mends a chain, by the label that leads.
pub(crate) fn mend(f: Finding, labels: &[Cause]) -> Finding {
    match labels.first() {
        Some(Cause::ChainUntrustedRoot) => f
            .cure(Cure::new(
                Safety::Manual,
                say!(
                    "where the CA is your own and the root is known by its thumbprint from a source you trust: put it into the computer's Trusted Root store, here and on the clients; else have the certificate issued by a public CA",
                    "자체 CA이고 신뢰할 수 있는 경로로 루트의 지문을 확인했으면 이 컴퓨터와 클라이언트의 신뢰할 수 있는 루트 인증 기관에 넣습니다. 아니면 공인 CA에서 발급받습니다"
                ),
            ))
            .cure(
                Cure::new(Safety::Safe, say!("see the chain as Windows builds it", "Windows가 만드는 체인을 봅니다"))
                    .run(Platform::Windows, "certutil -verify -urlfetch site.cer"),
            ),
        Some(Cause::ChainMissingIntermediate) => f.cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "put the CA's intermediate certificate into the computer's Intermediate store",
                    "CA의 중간 인증서를 컴퓨터의 중간 인증 기관 저장소에 넣습니다"
                ),
            )
            .run(Platform::Windows, "certutil -addstore CA intermediate.cer"),
        ),
        Some(Cause::CertExpired | Cause::CertEku | Cause::CertNameMismatch | Cause::CertRevoked) => f.cure(Cure::new(
            Safety::Manual,
            say!(
                "have the certificate issued anew, with Server Authentication and the right names, and bind that",
                "서버 인증 용도와 올바른 이름으로 인증서를 다시 발급받아 바인딩합니다"
            ),
        )),
        Some(Cause::RevOffline | Cause::RevNocheck) => f.cure(reach()),
        _ => f,
    }
}

fn reach() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "let the machine's own account reach these addresses over http: firewall, and the proxy of WinHTTP, which is not a user's",
            "컴퓨터 계정이 http로 이 주소에 연결할 수 있게 합니다. 방화벽과 WinHTTP 프록시(사용자의 프록시와 다름)를 확인합니다"
        ),
    )
    .run(Platform::Windows, "netsh winhttp show proxy")
    .run(Platform::Windows, "certutil -url site.cer")
}

fn offline(look: &Look<'_>) -> Judged {
    let mut events: Vec<Cited<'_, Event>> =
        look.seen::<Event>().filter(|e| capi2(&e.row.what) && matches!(e.id, 41 | 53)).collect();
    if events.is_empty() {
        return Err(Stop::NotApplicable);
    }
    events.retain(|e| match (e.id, e.code) {
        // an answer that the certificate is revoked is no failure to ask
        (41, Some(c)) => matches!(c, 0x8009_2013 | 0x800b_010e),
        (_, Some(c)) => c != 0,
        _ => false,
    });
    events.sort_by_key(|e| (e.row.span, e.at));
    let Some(first) = events.first() else { return Ok(Outcome::Pass) };
    let urls: BTreeSet<String> = events.iter().filter_map(|e| e.row.what.peer.clone()).collect();
    let urls: Vec<String> = urls.into_iter().collect();
    let bound = events.iter().filter_map(|e| e.row.what.thumb.as_ref()).any(|t| look.in_use(t));
    let say = say!(
        "this machine could not reach the servers that tell of revoked certificates",
        "이 컴퓨터가 인증서 해지를 알려 주는 서버에 연결하지 못했습니다"
    );
    // a server serves without; stapling, client certificates and outbound calls suffer
    let impact = if bound { Impact::Risk } else { Impact::Note };
    let mut f = gather(look.behaves(impact, first, say), &events).at_most(Standing::Likely);
    if !urls.is_empty() {
        f = f.because(say!("asked in vain: {urls}", "연결하지 못한 주소: {urls}", urls = few(&urls, 4)));
    }
    let codes: BTreeSet<u32> = events.iter().filter_map(|e| e.code).collect();
    let codes = Arg::List(codes.into_iter().take(4).map(|c| Arg::term(format!("0x{c:08x}"))).collect());
    Ok(f.because(say!("CAPI2 log, results {codes}", "CAPI2 로그, 결과 {codes}", codes = codes)).cure(reach()).into())
}
