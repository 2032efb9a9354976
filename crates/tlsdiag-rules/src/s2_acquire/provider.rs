//! The provider of a key, and the use for which the key was made, are not those that TLS needs.
use super::codes::hex;
use super::joined::of_this_key;
use super::key_file::works;
use crate::s1_key::in_store::{Entry, entries, issue_anew};
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::Event;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Who, say};

/// The provider.
pub static UNFIT: Rule = Rule {
    code: Code(2013),
    slug: "provider-unfit",
    title: Tpl { en: "the key's provider does not suit a TLS server", ko: "TLS 서버에 맞지 않는 키 공급자" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyProvider],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        Edge { symptom: Code(5201), fits: of_such_a_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: unfit,
    sources: &[
        "Microsoft: Cryptographic Provider Types",
        "RFC 8446 appendix C.3 (no DSA)",
        "winerror.h (NTE_SILENT_CONTEXT, NTE_PROVIDER_DLL_FAIL, NTE_BAD_PROV_TYPE)",
    ],
    page: page!("provider"),
};

/// The use.
pub static SIGNATURE: Rule = Rule {
    code: Code(2014),
    slug: "signature-only-key",
    title: Tpl { en: "the key is one for signatures only", ko: "서명 전용 키" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyKeyspec],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        Edge { symptom: Code(5201), fits: of_such_a_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: signature,
    sources: &[
        "Microsoft: CRYPT_KEY_PROV_INFO (dwKeySpec)",
        "Microsoft: AD FS and the certificate KeySpec property",
        "reports: event 36870 with state 10001 for AT_SIGNATURE keys",
    ],
    page: page!("provider"),
};

/// Schannel's state beside event 36888 that was seen with keys of old providers.
const LEGACY_KEY: u32 = 1204;

/// The refusals for want of a suite whose state points to the key.
fn of_such_a_key(fit: &crate::Fit<'_>) -> bool {
    fit.cause.impact <= Impact::Partial && fit.symptom.labels.first() == Some(&Cause::KeyKeyspec)
}

fn unfit(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut asked = false;
    let mut unknown = None;
    for e in &entries(look)? {
        let name = e.key(|k| k.provider.clone());
        let kind = e.key(|k| k.provider_type);
        let Some(state) = name.as_ref().map(|(_, s)| s).or(kind.as_ref().map(|(_, s)| s)) else { continue };
        asked = true;
        let lower = name.as_ref().map(|(n, _)| n.to_ascii_lowercase()).unwrap_or_default();
        let kind = kind.as_ref().map(|(k, _)| *k);
        let called = name.as_ref().map_or_else(|| Arg::word("not named", "이름 없음"), |(n, _)| Arg::quote(n));
        let dss = matches!(kind, Some(3 | 13)) || lower.contains(" dss ");
        let card = lower.contains("smart card");
        let (why, broken): (Say, bool) = match (dss, card) {
            (true, _) => (
                say!(
                    "it holds DSA keys, for which no browser and no TLS 1.3 has a use",
                    "DSA 키를 보관하는 공급자입니다. 어떤 브라우저와 TLS 1.3도 DSA를 쓰지 않습니다"
                ),
                true,
            ),
            (_, true) if !works(e) => (
                say!(
                    "the key lies on a smart card and asks for a PIN, which no service can type",
                    "키가 스마트 카드에 있어 PIN을 요구하지만 서비스는 PIN을 입력할 수 없습니다"
                ),
                true,
            ),
            // type 1 alone is common and works: Schannel opens the key through a newer provider
            _ if kind == Some(1) && e.key(|k| k.spec).is_none_or(|(s, _)| s != 2) => match legacy_event(look) {
                Some(at) => {
                    let f = of_type_one(e, state, called).and(at.at);
                    findings.push(f);
                    continue;
                }
                None => {
                    unknown = look.whole::<Event>().err();
                    continue;
                }
            },
            _ => continue,
        };
        if broken {
            let say = say!(
                "the provider that keeps the key of {name} is no good for a TLS server",
                "{name}의 키를 보관하는 공급자가 TLS 서버에 맞지 않습니다",
                name = e.called()
            );
            let f = e.says(state, say).at_most(if dss { Standing::Proven } else { Standing::Likely });
            findings.push(renew(provided(f, called, kind).because(why), e));
        }
    }
    match unknown {
        Some(stop) if findings.is_empty() => Err(stop),
        _ => Ok(if asked { findings.into() } else { Outcome::NotApplicable }),
    }
}

fn provided(f: Finding, name: Arg, kind: Option<u32>) -> Finding {
    match kind {
        Some(k) => f.because(say!(
            "provider {name}, type {kind}",
            "공급자 {name}, 유형 {kind}",
            name = name,
            kind = Arg::num(k)
        )),
        None => f.because(say!("provider {name}", "공급자 {name}", name = name)),
    }
}

/// An entry of the log that Schannel writes where a key of an old provider cannot serve what the client offers.
fn legacy_event<'a>(look: &Look<'a>) -> Option<Cited<'a, Event>> {
    let fits = |e: &Cited<'_, Event>| e.source.eq_ignore_ascii_case("Schannel") && e.state == Some(LEGACY_KEY);
    look.seen::<Event>().filter(fits).min_by_key(|e| (e.row.span, e.at))
}

fn of_type_one(e: &Entry<'_, '_>, state: &crate::State<'_, tlsdiag_model::facts::Stored>, name: Arg) -> Finding {
    let say = say!(
        "the key of {name} lies with a provider that cannot sign with SHA-256",
        "{name}의 키가 SHA-256으로 서명하지 못하는 공급자에 있습니다",
        name = e.called()
    );
    let one = look_once(e, state, say);
    let f = provided(one, name, Some(1)).because(say!(
        "Schannel's state {state} in the log was seen with such keys; TLS 1.2 wants SHA-256",
        "로그의 Schannel 상태 {state:은} 이런 키에서 보입니다. TLS 1.2에는 SHA-256이 필요합니다",
        state = Arg::num(LEGACY_KEY)
    ));
    renew(f, e)
}

/// Some clients only.
fn look_once(e: &Entry<'_, '_>, state: &crate::State<'_, tlsdiag_model::facts::Stored>, say: Say) -> Finding {
    let mut f = e.says(state, say).at_most(Standing::Likely);
    if f.impact == Impact::Broken {
        f.impact = Impact::Partial;
        f = f.who(Who::Clients(say!("clients that insist on TLS 1.2", "TLS 1.2를 요구하는 클라이언트")));
    }
    f
}

fn renew(f: Finding, e: &Entry<'_, '_>) -> Finding {
    let store = e.store_word();
    f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "import the PFX again with a provider that suits a server, and choose the certificate anew in the binding",
                "서버에 맞는 공급자를 지정해 PFX를 다시 가져오고 바인딩에서 인증서를 다시 선택합니다"
            ),
        )
        .run(
            Platform::Windows,
            format!(
                "certutil -f -csp \"Microsoft RSA SChannel Cryptographic Provider\" -importpfx {store} site.pfx AT_KEYEXCHANGE"
            ),
        ),
    )
    .cure(issue_anew())
}

fn signature(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut asked = false;
    for e in &entries(look)? {
        let Some((spec, state)) = e.key(|k| k.spec) else { continue };
        asked = true;
        let name = e.key(|k| k.provider.clone()).map(|(n, _)| n).unwrap_or_default();
        let kind = e.key(|k| k.provider_type).map(|(k, _)| k);
        let cng = name.to_ascii_lowercase().contains("key storage provider");
        let (fault, broken) = match (spec, cng, kind) {
            (2, false, _) => (Fault::Signature, true),
            (0, false, Some(1..)) => (Fault::NoSpec, true),
            (_, true, Some(1..)) => (Fault::Mixed, true),
            (2, true, _) => (Fault::Mixed, false),
            _ => continue,
        };
        let say = match fault {
            Fault::Signature => say!(
                "the private key of {name} is for signatures only",
                "{name}의 개인 키는 서명 전용입니다",
                name = e.called()
            ),
            Fault::NoSpec | Fault::Mixed => say!(
                "the key information of {name} contradicts itself",
                "{name}의 키 정보가 서로 맞지 않습니다",
                name = e.called()
            ),
        };
        let mut f = e.says(&state, say).at_most(Standing::Likely);
        if !broken && f.impact < Impact::Risk {
            f.impact = Impact::Risk;
        }
        f = f.because(say!(
            "KeySpec {spec}, provider {name}, type {kind}",
            "KeySpec {spec}, 공급자 {name}, 유형 {kind}",
            spec = Arg::num(spec),
            name = if name.is_empty() { Arg::word("not told", "알 수 없음") } else { Arg::quote(&name) },
            kind = kind.map_or_else(|| Arg::word("not told", "알 수 없음"), Arg::num)
        ));
        f = f.because(match fault {
            Fault::Signature => say!(
                "AT_SIGNATURE (2) rules out the key exchange by RSA, and Schannel then reports event 36870 with {code}; a server needs AT_KEYEXCHANGE (1)",
                "AT_SIGNATURE(2)로는 RSA 키 교환을 할 수 없으며 Schannel은 이벤트 36870({code})을 남깁니다. 서버에는 AT_KEYEXCHANGE(1)가 필요합니다",
                code = Arg::term(hex(0x8009_030d))
            ),
            Fault::NoSpec => say!(
                "KeySpec 0 stands for a CNG key, and the provider is one of CryptoAPI",
                "KeySpec 0은 CNG 키를 뜻하지만 공급자는 CryptoAPI의 것입니다"
            ),
            Fault::Mixed => say!(
                "the provider is one of CNG, whose keys have KeySpec 0 and type 0",
                "공급자는 CNG의 것이며 CNG 키의 KeySpec과 유형은 0입니다"
            ),
        });
        findings.push(f.cure(e.import()).cure(e.repair()).cure(issue_anew()));
    }
    Ok(if asked { findings.into() } else { Outcome::NotApplicable })
}

/// How the information on a key is wrong.
#[derive(Clone, Copy)]
enum Fault {
    /// AT_SIGNATURE.
    Signature,
    /// No KeySpec with a provider of CryptoAPI.
    NoSpec,
    /// A KeySpec or a type with a provider of CNG.
    Mixed,
}
