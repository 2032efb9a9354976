//! A public CA's certificate without proof that a log of Certificate Transparency has seen it.
use super::chain::Chain;
use super::words::{called, date};
use crate::{Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::Set;
use tlsdiag_model::{Cause, Code, Cure, Impact, Layer, Platform, Safety, Standing, Tpl, Who, say};

/// No timestamp.
pub static RULE: Rule = Rule {
    code: Code(2549),
    slug: "no-certificate-transparency",
    title: Tpl {
        en: "the certificate carries no proof of transparency", ko: "인증서 투명성(CT) 증명이 없음"
    },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertNoCt],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "RFC 6962 section 3.3 (timestamps in the certificate, the OCSP response or a TLS extension)",
        "Apple: Certificate Transparency policy (since 2018-10-15)",
        "Chrome: Certificate Transparency policy (since 2018-04-30)",
        "Mozilla: SecurityEngineering/Certificate_Transparency (enforced since Firefox 135)",
    ],
    page: page!("transparency"),
};

/// 2018-10-15: by then Chrome and Apple both asked for it.
const ASKED_FOR: i64 = 1_539_561_600;

fn check(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let leaf = &chain.trust.leaf;
    if !chain.trust.holds_for().contains(&Set::Mozilla) || leaf.not_before < ASKED_FOR {
        return Ok(Outcome::NotApplicable);
    }
    if leaf.extensions.has_scts {
        return Ok(Outcome::Pass);
    }
    let f = chain
        .says(
            Impact::Partial,
            say!(
                "the certificate carries no proof of Certificate Transparency",
                "인증서에 인증서 투명성(CT) 증명이 없습니다"
            ),
        )
        // a server may send the proof beside the certificate, where it is not seen here
        .at_most(Standing::Likely)
        .who(Who::Clients(say!(
            "Chrome, Edge (ERR_CERTIFICATE_TRANSPARENCY_REQUIRED), Safari and Apple's systems, Firefox since 135",
            "Chrome, Edge(ERR_CERTIFICATE_TRANSPARENCY_REQUIRED), Safari와 Apple 시스템, Firefox 135 이상"
        )))
        .because(say!(
            "the certificate of {name}, issued on {day} under a public root, has no signed certificate timestamps",
            "공인 루트 아래에서 {day}에 발급된 {name}의 인증서에 서명된 타임스탬프(SCT)가 없습니다",
            name = called(leaf),
            day = date(leaf.not_before)
        ));
    Ok(f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "have it issued again without switching transparency off at the CA; public CAs put timestamps in by themselves",
                "CA에서 CT를 끄지 않고 다시 발급받습니다. 공인 CA는 타임스탬프를 스스로 넣습니다"
            ),
        )
        .run(Platform::Linux, "openssl x509 -in site.pem -noout -ext ct_precert_scts"),
    )
    .into())
}
