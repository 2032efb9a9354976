//! Schannel reports that it could not open the private key of the server's certificate.
use crate::{Judged, Look, Over, Rule, explains, page};
use tlsdiag_model::facts::Event;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Tpl, say};

/// Event 36870.
pub static RULE: Rule = Rule {
    code: Code(2001),
    slug: "private-key-not-opened",
    title: Tpl { en: "Schannel cannot open the private key", ko: "Schannel이 개인 키를 열지 못함" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyAcl, Cause::KeyDamaged],
    explains: &[explains(5001), explains(5002), explains(5003), explains(5004)],
    routine: false,
    check,
    sources: &[
        "Microsoft: Troubleshooting SSL related issues, scenario 2 (event 36870)",
        "Microsoft: Schannel events",
        "winerror.h (NTE_BAD_KEYSET, NTE_KEYSET_ENTRY_BAD, SEC_E_UNKNOWN_CREDENTIALS)",
    ],
    page: page!("key_not_opened"),
};

const KEY_ACCESS: u32 = 36870;
const NTE_BAD_KEYSET: u32 = 0x8009_0016;
const NTE_KEYSET_ENTRY_BAD: u32 = 0x8009_001a;
/// Event times are whole seconds, so an entry and the attempt that caused it may lie this far apart, milliseconds.
const GRAIN: i64 = 2_000;

fn check(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let schannel = |e: &Event| e.source.eq_ignore_ascii_case("Schannel") && e.id == KEY_ACCESS;
    let mut events: Vec<_> = look.seen::<Event>().filter(|e| schannel(&e.row.what)).collect();
    events.sort_by_key(|e| (e.row.what.code, e.row.span));
    for e in events {
        let known = findings.iter_mut().find(|f| f.say == headline(e.code));
        let mut f = look.behaves(Impact::Broken, &e, headline(e.code));
        f.held.first = f.held.first.saturating_sub(GRAIN);
        f.held.last = f.held.last.saturating_add(GRAIN);
        match known {
            // the same entry from a second copy of the log
            Some(k) => {
                k.held = k.held.join(f.held);
                *k = k.clone().and(e.at);
            }
            None => findings.push(mend(f, e.code)),
        }
    }
    if findings.is_empty() {
        look.whole::<Event>()?;
    }
    Ok(findings.into())
}

fn headline(code: Option<u32>) -> Say {
    match code {
        Some(c) => say!(
            "Schannel could not open the private key of the server's certificate ({code})",
            "Schannel이 서버 인증서의 개인 키를 열지 못했습니다({code})",
            code = Arg::term(format!("0x{c:08x}"))
        ),
        None => say!(
            "Schannel could not open the private key of the server's certificate",
            "Schannel이 서버 인증서의 개인 키를 열지 못했습니다"
        ),
    }
}

fn mend(f: Finding, code: Option<u32>) -> Finding {
    let rights = || {
        Cure::new(
            Safety::Confirm,
            say!(
                "let SYSTEM (and the service's account, where the program itself uses the key) read the key: certificates MMC, All Tasks, Manage Private Keys",
                "SYSTEM(프로그램이 직접 키를 쓰면 서비스 계정도)에 개인 키 읽기 사용 권한을 줍니다: 인증서 MMC, 모든 작업, 개인 키 관리"
            ),
        )
    };
    let reimport = || {
        Cure::new(
            Safety::Confirm,
            say!(
                "repair the link between certificate and key, or import the certificate with its key (PFX) again",
                "인증서와 개인 키의 연결을 복구하거나, 개인 키가 든 인증서(PFX)를 다시 가져옵니다"
            ),
        )
        .run(Platform::Windows, "certutil -store -v my")
        .run(Platform::Windows, "certutil -repairstore my THUMBPRINT")
    };
    let f = f.because(say!(
        "System log, source Schannel, event {id}",
        "시스템 로그, 원본 Schannel, 이벤트 {id}",
        id = Arg::num(KEY_ACCESS)
    ));
    match code {
        Some(NTE_BAD_KEYSET) => f
            .because(say!(
                "NTE_BAD_KEYSET: the account may not read the key file, or the key container is not there",
                "NTE_BAD_KEYSET: 계정에 키 파일 읽기 사용 권한이 없거나 키 컨테이너가 없습니다"
            ))
            .labels(&[Cause::KeyAcl, Cause::KeyMissing])
            .cure(rights())
            .cure(reimport()),
        Some(NTE_KEYSET_ENTRY_BAD) => f
            .because(say!(
                "NTE_KEYSET_ENTRY_BAD: the entry in the key store is damaged",
                "NTE_KEYSET_ENTRY_BAD: 키 저장소의 항목이 손상되었습니다"
            ))
            .labels(&[Cause::KeyDamaged])
            .cure(reimport()),
        _ => f.cure(rights()).cure(reimport()),
    }
}
