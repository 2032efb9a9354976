//! The symptom behind all faults of a chain: no path leads from the served certificate to an anchor without a fault.
use super::chain::Chain;
use crate::{Outcome, Over, Rule, page};
use tlsdiag_model::{Code, Impact, Layer, Tpl, say};

/// No path holds.
pub static RULE: Rule = Rule {
    code: Code(2500),
    slug: "no-trusted-path",
    title: Tpl { en: "no certificate path holds", ko: "유효한 인증서 경로가 없음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[],
    explains: &[],
    routine: true,
    check: |look| {
        let chain = Chain::as_sent(look)?;
        if chain.only_authorities() {
            return Ok(Outcome::NotApplicable);
        }
        let Chain { shown, trust, .. } = chain;
        if trust.holds() {
            return Ok(Outcome::Pass);
        }
        Ok(look
            .reads_shown(
                Impact::Broken,
                &shown,
                say!("the certificate does not convince clients", "클라이언트가 인증서를 신뢰하지 못합니다"),
            )
            .into())
    },
    sources: &["RFC 5280 section 6.1 (path validation)", "RFC 9525 (names)"],
    page: page!("no_trusted_path"),
};
