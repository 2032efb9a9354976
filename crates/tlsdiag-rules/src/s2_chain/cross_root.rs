//! A certificate that is sent for the sake of older clients is about to expire, while the path of the others lives on.
use super::chain::Chain;
use super::words::{called, date, issuer_called, span};
use crate::{Judged, Look, Outcome, Over, Rule, page};
use std::sync::Arc;
use tlsdiag_model::{Cause, Code, Cure, Impact, Layer, Safety, Tpl, Who, say};
use tlsdiag_pki::Certificate;

/// The way of older clients ends soon.
pub static RULE: Rule = Rule {
    code: Code(2527),
    slug: "cross-certificate-ends-soon",
    title: Tpl { en: "a cross certificate expires soon", ko: "교차 인증서가 곧 만료됨" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainExpiredCrossRoot],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "RFC 5280 section 3.2 (cross-certificates)",
        "measured: OpenSSL 1.0.2 and wolfSSL fail at an expired cross certificate that is sent, all others find the other path",
    ],
    page: page!("cross_root"),
};

/// So much time is needed to change a chain without haste.
const SOON: i64 = 60 * 86_400;

fn check(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    if !chain.trust.holds() {
        return Ok(Outcome::NotApplicable);
    }
    let Some(ending) = ending(&chain) else { return Ok(Outcome::Pass) };
    let left = ending.not_after.saturating_sub(chain.trust.time);
    Ok(chain
        .says(
            Impact::Risk,
            say!(
                "the cross certificate {name} of {issuer} expires in {left}, on {day}",
                "{issuer:이} 발급한 교차 인증서 {name:이} {left} 뒤인 {day}에 만료됩니다",
                name = called(&ending),
                issuer = issuer_called(&ending),
                left = span(left),
                day = date(ending.not_after)
            ),
        )
        .who(Who::Clients(say!(
            "from then on: OpenSSL 1.0.2 and wolfSSL, and clients that know the older root alone",
            "그때부터: OpenSSL 1.0.2, wolfSSL, 그리고 예전 루트만 아는 클라이언트"
        )))
        .because(say!(
            "the chain holds without it too, by a root of the same name and key",
            "같은 이름과 키의 루트가 있어 이 인증서 없이도 체인이 성립합니다"
        ))
        .cure(Cure::new(
            Safety::Confirm,
            say!(
                "take it out of the chain before that day, or have the CA's new one put in; see first whether older clients still come",
                "그날 전에 체인에서 빼거나 CA의 새 교차 인증서로 바꿉니다. 그 전에 예전 클라이언트가 아직 접속하는지 확인합니다"
            ),
        ))
        .into())
}

/// A CA certificate of the chain that ends soon and that a valid path does without: another certificate of its name and
/// key is a root there.
fn ending(chain: &Chain<'_>) -> Option<Arc<Certificate>> {
    let t = &chain.trust;
    let near =
        |c: &Certificate| c.not_before <= t.time && t.time <= c.not_after && c.not_after.saturating_sub(t.time) < SOON;
    let crosses = t.sent.iter().skip(1).filter(|c| c.is_ca() && !c.self_issued() && near(c));
    let spared = |c: &&Arc<Certificate>| {
        t.search.valid().filter(|p| !p.needs_extra()).any(|p| {
            let without = p.ids().iter().all(|id| *id != c.id);
            without && p.steps.iter().any(|s| s.subject.matches(&c.subject) && s.public_key == c.public_key)
        })
    };
    crosses.filter(spared).min_by_key(|c| (c.not_after, c.id)).cloned()
}
