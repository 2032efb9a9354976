//! Schannel reports that it could not open the private key of a server's certificate, or that the certificate has none.
use super::codes::{hex, of_key};
use super::joined::{GRAIN, joined};
use crate::{Cited, Edge, Fit, Judged, Look, Over, Rule, page};
use tlsdiag_model::facts::{Event, Side};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, How, Impact, Layer, Platform, Safety, Say, Span, Tpl, say};

/// Event 36870.
pub static RULE: Rule = Rule {
    code: Code(2001),
    slug: "private-key-not-opened",
    title: Tpl { en: "Schannel cannot open the private key", ko: "Schannel이 개인 키를 열지 못함" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyAcl, Cause::KeyMissing, Cause::KeyDamaged],
    explains: &[
        Edge { symptom: Code(5001), fits: of_a_site },
        Edge { symptom: Code(5002), fits: of_a_site },
        Edge { symptom: Code(5003), fits: of_a_site },
        Edge { symptom: Code(5004), fits: of_a_site },
    ],
    routine: false,
    check: not_opened,
    sources: &[
        "Microsoft: Troubleshooting SSL related issues, scenario 2 (event 36870)",
        "Microsoft: Schannel events",
        "winerror.h (NTE_BAD_KEYSET, NTE_KEYSET_ENTRY_BAD, SEC_E_UNKNOWN_CREDENTIALS)",
    ],
    page: page!("key_not_opened"),
};

/// Event 36869.
pub static NO_PROPERTY: Rule = Rule {
    code: Code(2023),
    slug: "certificate-without-key-logged",
    title: Tpl {
        en: "Schannel reports a certificate without a key", ko: "Schannel이 키 없는 인증서를 기록함"
    },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyMissing],
    explains: &[Edge { symptom: Code(5001), fits: of_a_site }, Edge { symptom: Code(5002), fits: of_a_site }],
    routine: false,
    check: no_property,
    sources: &["Microsoft: Schannel events (event 36869)", "Microsoft: certutil -repairstore"],
    page: page!("key_not_opened"),
};

const KEY_ACCESS: u32 = 36870;
const NO_KEY_PROPERTY: u32 = 36869;

/// What is the machine's own explains no failure of a site.
fn of_a_site(fit: &Fit<'_>) -> bool {
    fit.cause.impact == Impact::Broken
}

fn not_opened(look: &Look<'_>) -> Judged {
    told(look, KEY_ACCESS, opened_headline, |f, e| {
        let (labels, why) = of_key(e.code);
        let mut f = f.labels(labels);
        f.because.extend(why);
        if let Some(state) = e.state {
            f = f.because(say!(
                "internal state {state}, an undocumented number: 10001 is the usual one here",
                "내부 상태 {state}(문서화되지 않은 숫자이며 여기서는 10001이 흔합니다)",
                state = Arg::num(state)
            ));
        }
        labels.iter().fold(f, |f, l| cure(f, *l))
    })
}

fn no_property(look: &Look<'_>) -> Judged {
    told(look, NO_KEY_PROPERTY, property_headline, |f, _| {
        f.because(say!(
            "the certificate is in the store, and nothing ties it to a key: it was imported alone, or its request was made elsewhere",
            "인증서는 저장소에 있으나 키와 연결되어 있지 않습니다. 인증서만 가져왔거나 요청을 다른 곳에서 만들었습니다"
        ))
        .cure(reimport())
    })
}

/// One finding for every kind of entry, those that belong to a site apart from the machine's.
fn told(
    look: &Look<'_>,
    id: u32,
    headline: fn(&Event, bool) -> Say,
    mend: impl Fn(Finding, &Event) -> Finding,
) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let ours = |e: &Event| e.source.eq_ignore_ascii_case("Schannel") && e.id == id;
    let mut events: Vec<_> = look.seen::<Event>().filter(|e| ours(&e.row.what)).collect();
    events.sort_by_key(|e| (e.row.what.code, e.row.span, e.row.what.clone()));
    for e in events {
        let (f, site) = one(look, &e, id, headline);
        match findings.iter_mut().find(|k| (k.impact, &k.say) == (f.impact, &f.say)) {
            // the same entry from a second copy of the log, or at another time
            Some(k) => {
                let copy = k.held.meets(f.held);
                k.count = if copy { k.count.max(f.count) } else { k.count.saturating_add(f.count) };
                k.held = k.held.join(f.held);
                k.standing = k.standing.min(f.standing);
                *k = k.clone().and(e.at);
            }
            None => {
                let mut f = mend(f, &e.row.what);
                f.because.push(site);
                findings.push(f);
            }
        }
    }
    if findings.is_empty() {
        look.whole::<Event>()?;
    }
    Ok(findings.into())
}

/// An entry as a finding, and what ties it to a site or not.
fn one(look: &Look<'_>, e: &Cited<'_, Event>, id: u32, headline: fn(&Event, bool) -> Say) -> (Finding, Say) {
    let tie = joined(look, e);
    let client = e.side == Some(Side::Client);
    // what somebody pasted is what they suspect
    let site = tie.is_some() || e.row.how == How::Told && !client;
    let impact = if site { Impact::Broken } else { Impact::Note };
    let mut f = look.behaves(impact, e, headline(&e.row.what, site));
    f.held = Span { first: f.held.first.saturating_sub(GRAIN), last: f.held.last.saturating_add(GRAIN) };
    let f = f.because(say!(
        "System log, source Schannel, event {id}",
        "시스템 로그, 원본 Schannel, 이벤트 {id}",
        id = Arg::num(id)
    ));
    let why = match tie {
        Some(j) => return (f.and(j.at), j.because),
        None if client => say!(
            "it speaks of a client's certificate: this machine called somebody else",
            "클라이언트 인증서에 관한 항목입니다. 이 컴퓨터가 다른 서버를 호출했습니다"
        ),
        None => say!(
            "nothing ties these entries to an https site: Remote Desktop, databases and directory services write the same number",
            "이 항목을 https 사이트와 잇는 근거가 없습니다. 원격 데스크톱, 데이터베이스, 디렉터리 서비스도 같은 번호를 남깁니다"
        ),
    };
    (f, why)
}

fn opened_headline(e: &Event, site: bool) -> Say {
    let code = e.code.map_or_else(|| Arg::word("no code", "코드 없음"), |c| Arg::term(hex(c)));
    match (site, e.side) {
        (true, _) => say!(
            "Schannel could not open the private key of the server's certificate ({code})",
            "Schannel이 서버 인증서의 개인 키를 열지 못했습니다({code})",
            code = code
        ),
        (false, Some(Side::Client)) => say!(
            "Schannel could not open the private key of a client's certificate ({code})",
            "Schannel이 클라이언트 인증서의 개인 키를 열지 못했습니다({code})",
            code = code
        ),
        (false, _) => say!(
            "Schannel could not open some service's private key ({code})",
            "Schannel이 어떤 서비스의 개인 키를 열지 못했습니다({code})",
            code = code
        ),
    }
}

fn property_headline(_: &Event, site: bool) -> Say {
    if site {
        say!(
            "Schannel found no private key with the server's certificate",
            "Schannel이 서버 인증서의 개인 키를 찾지 못했습니다"
        )
    } else {
        say!(
            "Schannel found no private key with some service's certificate",
            "Schannel이 어떤 서비스의 인증서에서 개인 키를 찾지 못했습니다"
        )
    }
}

fn cure(f: Finding, label: Cause) -> Finding {
    let c = match label {
        Cause::KeyAcl => Cure::new(
            Safety::Confirm,
            say!(
                "let SYSTEM (and the service's account, where the program itself uses the key) read the key: certificates MMC, All Tasks, Manage Private Keys",
                "SYSTEM(프로그램이 직접 키를 쓰면 서비스 계정도)에 개인 키 읽기 사용 권한을 줍니다: 인증서 MMC, 모든 작업, 개인 키 관리"
            ),
        ),
        Cause::KeyMissing | Cause::KeyDamaged | Cause::KeyKeyspec | Cause::KeyProvider => reimport(),
        _ => return f,
    };
    if f.cures.contains(&c) { f } else { f.cure(c) }
}

fn reimport() -> Cure {
    Cure::new(
        Safety::Confirm,
        say!(
            "see which certificate has no working key, repair its link, or import it with its key (PFX) again",
            "키가 동작하지 않는 인증서를 찾아 연결을 복구하거나, 개인 키가 든 인증서(PFX)를 다시 가져옵니다"
        ),
    )
    .run(Platform::Windows, "certutil -v -store my")
    .run(Platform::Windows, "certutil -repairstore my THUMBPRINT")
}
