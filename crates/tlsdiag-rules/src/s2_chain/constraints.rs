//! A CA on the path was not allowed to issue what it issued: constraints on names and depth, or no CA at all.
use super::chain::Chain;
use super::words::called;
use crate::{Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, say};
use tlsdiag_pki::path::Step;
use tlsdiag_pki::{Path, Reason};

/// Outside of what the CA may certify.
pub static CONSTRAINTS: Rule = Rule {
    code: Code(2544),
    slug: "name-constraints",
    title: Tpl { en: "a CA's constraints forbid this certificate", ko: "CA 제약을 벗어난 인증서" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainNameConstraints],
    explains: &[explains(2500)],
    routine: false,
    check: constraints,
    sources: &["RFC 5280 section 4.2.1.10 (name constraints)", "RFC 5280 section 4.2.1.9 (pathLenConstraint)"],
    page: page!("constraints"),
};

/// The issuer is no CA.
pub static NO_CA: Rule = Rule {
    code: Code(2545),
    slug: "issuer-is-no-ca",
    title: Tpl { en: "the issuing certificate is no CA's", ko: "발급한 인증서가 CA가 아님" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainWrongIntermediate],
    explains: &[explains(2500)],
    routine: false,
    check: no_ca,
    sources: &[
        "RFC 5280 section 4.2.1.9 (basicConstraints cA)",
        "RFC 5280 section 4.2.1.3 (keyCertSign)",
        "RFC 5280 section 6.1.4 (k) and (n)",
    ],
    page: page!("constraints"),
};

fn constraints(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let Some(path) = chain.best() else { return Ok(Outcome::NotApplicable) };
    let mut out: Vec<Finding> = vec![];
    for (step, reason) in chain.faults() {
        let f = match reason {
            Reason::NameConstraints { by, name, excluded } => names(&chain, path, *by, name, *excluded),
            Reason::PathLen { limit, found } => chain
                .says(
                    Impact::Broken,
                    say!(
                        "the CA {ca} allows fewer CAs below it",
                        "CA {ca} 아래에 허용된 것보다 많은 CA가 있습니다",
                        ca = called_step(step)
                    ),
                )
                .because(say!(
                    "its path length is {limit}, and {found} CA certificates follow it",
                    "경로 길이 제한은 {limit}인데 CA 인증서 {found}개가 이어집니다",
                    limit = Arg::num(*limit),
                    found = Arg::num(*found)
                )),
            Reason::NameConstraintsTooMany => chain.says(
                Impact::Broken,
                say!(
                    "the name constraints are more than clients compare",
                    "이름 제약이 클라이언트가 비교할 수 있는 것보다 많습니다"
                ),
            ),
            _ => continue,
        };
        // several names outside of one constraint are one fault
        if !out.iter().any(|o: &Finding| o.say == f.say) {
            out.push(f.cure(Cure::new(
                Safety::Manual,
                say!(
                    "have it issued by a CA that may certify this name, or the CA's certificate issued anew with other constraints",
                    "이 이름을 인증할 수 있는 CA에서 발급받거나, 제약을 바꾸어 CA 인증서를 다시 발급합니다"
                ),
            )
            .run(Platform::Linux, "openssl x509 -in ca.pem -noout -ext nameConstraints,basicConstraints")));
        }
    }
    Ok(chain.outcome(out))
}

fn names(chain: &Chain<'_>, path: &Path, by: usize, name: &str, excluded: bool) -> Finding {
    let ca = path.steps.get(by).map_or_else(|| Arg::term(by), called_step);
    let f = chain.says(
        Impact::Broken,
        say!(
            "the CA {ca} may not certify {name}",
            "CA {ca:은} {name:을} 인증할 수 없습니다",
            ca = ca,
            name = Arg::quote(name)
        ),
    );
    if excluded {
        f.because(say!("its name constraints exclude that name", "CA의 이름 제약이 그 이름을 제외합니다"))
    } else {
        f.because(say!("its name constraints permit others only", "CA의 이름 제약이 다른 이름만 허용합니다"))
    }
}

fn no_ca(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let mut out: Vec<Finding> = vec![];
    for (step, reason) in chain.faults() {
        let why = match reason {
            Reason::NotACa => say!("its basicConstraints do not say cA", "기본 제한(basicConstraints)에 cA가 없습니다"),
            Reason::KeyUsageNoCertSign => {
                say!("its key usage lacks keyCertSign", "키 사용에 keyCertSign이 없습니다")
            }
            _ => continue,
        };
        let say = say!(
            "the issuing certificate {ca} is no CA's",
            "발급한 인증서 {ca:은} CA가 아닙니다",
            ca = called_step(step)
        );
        match out.iter_mut().find(|f| f.say == say) {
            Some(f) => f.because.push(why),
            None => out.push(
                chain.says(Impact::Broken, say).because(why).cure(
                    Cure::new(
                        Safety::Manual,
                        say!(
                            "make the CA's certificate anew with these extensions, and issue below it again",
                            "다음 확장으로 CA 인증서를 다시 만들고 그 아래 인증서를 다시 발급합니다"
                        ),
                    )
                    .run(Platform::Any, "basicConstraints = critical, CA:TRUE")
                    .run(Platform::Any, "keyUsage = critical, keyCertSign, cRLSign"),
                ),
            ),
        }
    }
    Ok(chain.outcome(out))
}

fn called_step(step: &Step) -> Arg {
    step.certificate.as_deref().map_or_else(|| Arg::quote(&step.subject), called)
}
