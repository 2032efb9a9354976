//! Certificates that are known from listings and stores only: what the listing says of dates, usages, verification, and
//! the usages to which the store narrows them.
use super::capi2::mend;
use super::verdicts::of_chain;
use super::words::few;
use crate::s1_key::in_store::{Entry, entries};
use crate::{Edge, Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Standing, Tpl, say};
use tlsdiag_pki::oid::{self, Oid};

/// The store's own property.
pub static PURPOSE: Rule = Rule {
    code: Code(2562),
    slug: "store-purpose",
    title: Tpl {
        en: "the store hides the certificate's server use", ko: "저장소 속성이 서버 인증 용도를 숨김"
    },
    layer: Layer::Trust,
    over: Over::Stored,
    causes: &[Cause::CertStorePurpose],
    explains: &[Edge { symptom: Code(2567), fits: usage_refused }, Edge { symptom: Code(2560), fits: usage_refused }],
    routine: false,
    check: purpose,
    sources: &[
        "Microsoft: CERT_ENHKEY_USAGE_PROP_ID",
        "Microsoft: Troubleshooting SSL related issues, scenario 2 (0x800b0110)",
    ],
    page: page!("listed"),
};

/// Dates.
pub static EXPIRED: Rule = Rule {
    code: Code(2565),
    slug: "bound-certificate-expired",
    title: Tpl {
        en: "the bound certificate is out of its dates", ko: "바인딩된 인증서가 유효 기간을 벗어남"
    },
    layer: Layer::Trust,
    over: Over::Stored,
    causes: &[Cause::CertExpired, Cause::CertNotYetValid],
    explains: &[Edge { symptom: Code(2567), fits: dates_refused }],
    routine: false,
    check: dates,
    sources: &["RFC 5280 section 4.1.2.5 (validity)", "Microsoft: certutil -store"],
    page: page!("listed"),
};

/// Usages.
pub static NO_SERVER: Rule = Rule {
    code: Code(2566),
    slug: "bound-certificate-not-for-servers",
    title: Tpl { en: "the bound certificate is not for servers", ko: "바인딩된 인증서가 서버용이 아님" },
    layer: Layer::Trust,
    over: Over::Stored,
    causes: &[Cause::CertEku],
    explains: &[Edge { symptom: Code(2567), fits: usage_refused }],
    routine: false,
    check: usage,
    sources: &["RFC 5280 section 4.2.1.12 (extended key usage)"],
    page: page!("listed"),
};

/// A verification that was made on the machine.
pub static VERIFIED: Rule = Rule {
    code: Code(2567),
    slug: "verification-failed",
    title: Tpl { en: "a verification on the machine failed", ko: "컴퓨터에서 한 확인이 실패함" },
    layer: Layer::Trust,
    over: Over::Stored,
    causes: &[Cause::ChainUntrustedRoot, Cause::CertEku, Cause::CertExpired, Cause::ChainMissingIntermediate],
    explains: &[],
    routine: false,
    check: verified,
    sources: &[
        "Microsoft: certutil -verifystore",
        "winerror.h (CERT_E_UNTRUSTEDROOT = -2146762487, CERT_E_WRONG_USAGE = -2146762480)",
    ],
    page: page!("listed"),
};

/// id-kp-serverAuth.
const SERVER: &str = "1.3.6.1.5.5.7.3.1";
/// anyExtendedKeyUsage.
const ANY: &str = "2.5.29.37.0";

fn allows(list: &[String]) -> bool {
    list.iter().any(|u| u == SERVER || u == ANY)
}

fn labelled(fit: &crate::Fit<'_>, label: Cause) -> bool {
    fit.symptom.labels.first() == Some(&label)
}
fn usage_refused(fit: &crate::Fit<'_>) -> bool {
    labelled(fit, Cause::CertEku)
}
fn dates_refused(fit: &crate::Fit<'_>) -> bool {
    labelled(fit, Cause::CertExpired)
}

fn purpose(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut told = false;
    for e in &entries(look)? {
        let Some((list, state)) = e.now(|s| s.purposes.saw().cloned()) else { continue };
        told = true;
        // no property narrows nothing; and what the certificate itself forbids is another finding
        let Some(list) = list.filter(|l| !allows(l)) else { continue };
        if !itself_allows(e) {
            continue;
        }
        let say = say!(
            "the store narrows the uses of {name} and leaves server authentication out",
            "저장소가 {name}의 용도를 제한하여 서버 인증이 빠져 있습니다",
            name = e.called()
        );
        let left = if list.is_empty() { Arg::word("none", "없음") } else { few(&list, 4) };
        let f = e.says(&state, say).at_most(Standing::Likely).because(say!(
            "its copy in the store has a property of its own with the uses {list}; the certificate itself allows {server}",
            "저장소의 사본에 용도를 {list:으로} 제한하는 속성이 있습니다. 인증서 자체는 {server:을} 허용합니다",
            list = left,
            server = Arg::term(SERVER)
        ));
        findings.push(f.cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "certificates console of the computer, the certificate's Properties: Enable all purposes for this certificate",
                    "컴퓨터의 인증서 콘솔에서 인증서 속성의 '이 인증서의 모든 용도 사용'을 선택합니다"
                ),
            )
            .run(Platform::Windows, format!("certutil -v -store {} \"{}\"", e.store_word(), e.thumb)),
        ));
    }
    Ok(if told { findings.into() } else { Outcome::NotApplicable })
}

/// Does the certificate itself allow servers? Without the extension everything is allowed; where nothing is told, so too.
fn itself_allows(e: &Entry<'_, '_>) -> bool {
    if let Some(c) = e.certificate() {
        return c.extensions.extended_key_usage.as_ref().is_none_or(|u| {
            u.iter().any(|p| [oid::SERVER_AUTH, oid::ANY_EXTENDED_KEY_USAGE].iter().any(|o| *p == Oid::from_der(o)))
        });
    }
    e.now(|s| s.usages.clone()).is_none_or(|(l, _)| l.is_empty() || allows(&l))
}

/// In use, and nothing but text is known of it.
fn text_only(e: &Entry<'_, '_>) -> bool {
    !e.uses.is_empty() && e.certificate().is_none()
}

fn dates(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut told = false;
    for e in entries(look)?.iter().filter(|e| text_only(e)) {
        let Some((after, state)) = e.now(|s| s.not_after) else { continue };
        told = true;
        let now = state.cited.row.span.last;
        let before = e.now(|s| s.not_before).map(|(b, _)| b);
        let (say, label) = match before {
            _ if after < now => (
                say!(
                    "the bound certificate {name} expired on {date}",
                    "바인딩된 인증서 {name:이} {date}에 만료되었습니다",
                    name = e.called(),
                    date = Arg::Date(after)
                ),
                Cause::CertExpired,
            ),
            Some(b) if b > now => (
                say!(
                    "the bound certificate {name} is valid from {date} only",
                    "바인딩된 인증서 {name:은} {date}부터 유효합니다",
                    name = e.called(),
                    date = Arg::Date(b)
                ),
                Cause::CertNotYetValid,
            ),
            _ => continue,
        };
        let mut f = e.says(&state, say).labels(&[label]);
        // an expired certificate is served all the same, and refused by clients
        f.impact = Impact::Broken;
        findings.push(f.cure(Cure::new(
            Safety::Manual,
            say!(
                "bind the renewed certificate if the store has one, else have it renewed",
                "갱신된 인증서가 저장소에 있으면 바인딩하고 없으면 갱신합니다"
            ),
        )));
    }
    Ok(if told { findings.into() } else { Outcome::NotApplicable })
}

fn usage(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut told = false;
    for e in entries(look)?.iter().filter(|e| text_only(e)) {
        let Some((list, state)) = e.now(|s| s.usages.clone()) else { continue };
        told = true;
        if list.is_empty() || allows(&list) {
            continue;
        }
        let say = say!(
            "the bound certificate {name} is not for server authentication",
            "바인딩된 인증서 {name:은} 서버 인증용이 아닙니다",
            name = e.called()
        );
        let mut f = e.says(&state, say).because(say!(
            "its extended key usage: {list}; server authentication would be {server}",
            "확장된 키 사용: {list}. 서버 인증은 {server}입니다",
            list = few(&list, 4),
            server = Arg::term(SERVER)
        ));
        f.impact = Impact::Broken;
        findings.push(f.cure(Cure::new(
            Safety::Manual,
            say!(
                "have it issued anew for server authentication; no setting of the store can add a use",
                "서버 인증 용도로 다시 발급받습니다. 저장소의 설정으로는 용도를 추가할 수 없습니다"
            ),
        )));
    }
    Ok(if told { findings.into() } else { Outcome::NotApplicable })
}

fn verified(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut told = false;
    for e in &entries(look)? {
        let Some((code, state)) = e.now(|s| s.verified) else { continue };
        told = true;
        let Some(m) = of_chain(code) else { continue };
        if m.of_octets && e.certificate().is_some() {
            continue;
        }
        let say = say!(
            "a verification of {name} on the machine failed: {why}",
            "컴퓨터에서 {name}의 확인이 실패했습니다: {why}",
            name = e.called(),
            why = Arg::Say(Box::new(m.say))
        );
        let mut f = e.says(&state, say).labels(m.labels).at_most(Standing::Likely).because(say!(
            "result {code}",
            "결과 {code}",
            code = Arg::term(format!("0x{code:08x}"))
        ));
        f.impact = if e.uses.is_empty() { Impact::Note } else { m.impact };
        findings.push(mend(f, m.labels));
    }
    Ok(if told { findings.into() } else { Outcome::NotApplicable })
}
