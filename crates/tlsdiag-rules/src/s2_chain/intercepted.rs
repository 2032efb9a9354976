//! Something between here and the site opens TLS and signs it anew: the issuer is an inspecting product's CA.
use super::chain::Chain;
use super::inspectors::{by_name, inspector};
use super::words::{called, date};
use crate::rule::Fit;
use crate::{Edge, Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::Set;
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Platform, Safety, Standing, Tpl, Who, say};
use tlsdiag_pki::{Reason, is_public_root};

/// Inspected on its way.
pub static RULE: Rule = Rule {
    code: Code(2512),
    slug: "intercepted",
    title: Tpl { en: "TLS is opened and signed anew on its way", ko: "중간에서 TLS를 열어 다시 서명함" },
    layer: Layer::Trust,
    over: Over::Endpoints,
    causes: &[Cause::ChainIntercept],
    explains: &[
        Edge { symptom: Code(2500), fits: broken },
        Edge { symptom: Code(2511), fits: broken },
        Edge { symptom: Code(2520), fits: broken },
        Edge { symptom: Code(2513), fits: |f| f.cause.impact == Impact::Partial },
    ],
    routine: false,
    check,
    sources: &[
        "RFC 8404 section 2.4 (interception within enterprises)",
        "administrators' guides of the products named, for the names of their CAs",
    ],
    page: page!("intercepted"),
};

fn broken(f: &Fit<'_>) -> bool {
    f.cause.impact == Impact::Broken
}

fn check(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let holds = chain.trust.holds_for();
    if holds.contains(&Set::Mozilla) || holds.contains(&Set::File) {
        return Ok(Outcome::Pass);
    }
    // another name than the one asked for is somebody's own page
    if chain.faults().iter().any(|(_, r)| matches!(r, Reason::NameMismatch(_))) {
        return Ok(Outcome::NotApplicable);
    }
    let Some((product, by)) = signer(&chain) else { return Ok(Outcome::Pass) };
    let trusted_here = holds.contains(&Set::Machine);
    let impact = if trusted_here { Impact::Partial } else { Impact::Broken };
    let leaf = &chain.trust.leaf;
    let mut f = chain
        .says(impact, say!("{product} signs this connection in place of the site", "{product:이} 사이트 대신 이 연결에 서명합니다", product = Arg::term(product)))
        .at_most(Standing::Likely)
        .because(say!(
            "the certificate for {name}, made on {day}, comes from {issuer}, a CA of an inspecting product and of no public list",
            "{day}에 만들어진 {name} 인증서의 발급자는 {issuer}이며, 이는 어느 공인 목록에도 없는 검사 제품의 CA입니다",
            name = called(leaf),
            day = date(leaf.not_before),
            issuer = by
        ));
    if trusted_here {
        f = f.because(say!("this machine trusts that CA", "이 컴퓨터는 그 CA를 신뢰합니다")).who(Who::Clients(say!(
            "programs behind it with a list of roots of their own (Java, Python, Node.js, Git, containers)",
            "검사 장비 뒤에서 자체 루트 목록을 쓰는 프로그램(Java, Python, Node.js, Git, 컨테이너)"
        )));
    }
    Ok(f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "look at the site from a network without the product: what is told here is about the product's certificate",
                "제품이 없는 네트워크에서 사이트를 확인합니다. 여기에 나온 내용은 검사 제품의 인증서에 관한 것입니다"
            ),
        ),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "ask who runs the product to exempt the site, or to distribute the product's CA to every program that needs it",
            "제품 관리자에게 이 사이트를 예외로 두거나 제품의 CA를 필요한 프로그램에 배포하도록 요청합니다"
        ),
    ))
    .cure(
        Cure::new(
            Safety::Confirm,
            say!("programs are given the CA so, each by its own setting", "프로그램마다 다음 설정으로 CA를 추가합니다"),
        )
        .run(Platform::Linux, "export NODE_EXTRA_CA_CERTS=inspection-ca.pem REQUESTS_CA_BUNDLE=bundle-with-ca.pem")
        .run(Platform::Any, "keytool -importcert -cacerts -alias inspection -file inspection-ca.pem"),
    )
    .into())
}

/// The product, and the name by which it signs, from the certificates on the path.
fn signer(chain: &Chain<'_>) -> Option<(&'static str, Arg)> {
    let path = chain.best()?;
    if path.ids().iter().any(|id| is_public_root(*id)) {
        return None;
    }
    let leaf = &chain.trust.leaf;
    if leaf.self_issued() {
        return None;
    }
    if let Some(product) = inspector(leaf) {
        return Some((product, Arg::quote(&leaf.issuer)));
    }
    let own = by_name(&leaf.subject.to_string());
    path.steps.iter().skip(1).find_map(|s| {
        let product = by_name(&s.subject.to_string())?;
        (own != Some(product)).then(|| (product, Arg::quote(&s.subject)))
    })
}
