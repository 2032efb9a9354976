//! The certificate is valid for longer than some clients accept.
use super::chain::Chain;
use super::words::date;
use crate::{Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::Set;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Tpl, Who, say};
use tlsdiag_pki::Certificate;
use tlsdiag_pki::validity::{private_limit, validity_limit};

/// Too long.
pub static RULE: Rule = Rule {
    code: Code(2548),
    slug: "validity-too-long",
    title: Tpl { en: "the certificate is valid for too long", ko: "너무 긴 유효 기간" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertValidityTooLong],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "Apple: Requirements for trusted certificates in iOS 13 and macOS 10.15 (825 days, private roots too)",
        "Apple: About upcoming limits on trusted certificates (398 days, roots of the system)",
        "Chromium net/cert/cert_verify_proc.cc (public roots: 825 days from 2018-03-01, 398 from 2020-09-01)",
        "CA/Browser Forum ballot SC-081v3 (200 days from 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15)",
    ],
    page: page!("validity"),
};

const DAY: i64 = 86_400;
/// The last moment of issue for which Chrome and Apple enforce the limit of their day under public roots. Shorter limits
/// came after it; they bind CAs, and no client is known to check them (2026-03-14, the day before 200 days).
const LAST_ENFORCED: i64 = 1_773_532_799;

/// What clients enforce of the limits of public CAs.
fn enforced(issued: i64) -> Option<i64> {
    validity_limit(issued.min(LAST_ENFORCED)).map(|l| l.days)
}

/// Days from beginning to end, begun ones as whole. That the last second counts too is left out, as clients do.
fn days(c: &Certificate) -> i64 {
    c.not_after.saturating_sub(c.not_before).saturating_add(DAY - 1).div_euclid(DAY)
}

fn check(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let holds = chain.trust.holds_for();
    if holds.is_empty() {
        return Ok(Outcome::NotApplicable);
    }
    let leaf = &chain.trust.leaf;
    let (issued, found) = (leaf.not_before, days(leaf));
    let public = holds.contains(&Set::Mozilla);
    let beyond = |most: Option<i64>| most.filter(|m| found > *m);
    if let Some(most) = beyond(enforced(issued)).filter(|_| public) {
        let who = say!(
            "Chrome, Edge (ERR_CERT_VALIDITY_TOO_LONG), Safari and every program on iOS and macOS",
            "Chrome, Edge(ERR_CERT_VALIDITY_TOO_LONG), Safari, iOS와 macOS의 모든 프로그램"
        );
        return Ok(told(&chain, Impact::Partial, found, most).who(Who::Clients(who)).cure(public_again()).into());
    }
    if let Some(most) = beyond(private_limit(issued).map(|l| l.days)) {
        let who = say!(
            "iPhone, iPad and Mac: Safari and every other program there",
            "iPhone, iPad, Mac: Safari와 다른 모든 프로그램"
        );
        return Ok(told(&chain, Impact::Partial, found, most).who(Who::Clients(who)).cure(private_again()).into());
    }
    if let Some(most) = beyond(validity_limit(issued).map(|l| l.days)).filter(|_| public) {
        let f = told(&chain, Impact::Risk, found, most).because(say!(
            "CAs may not issue such a certificate any more; no client is known to refuse it",
            "CA가 더는 발급할 수 없는 기간입니다. 거부하는 것으로 알려진 클라이언트는 없습니다"
        ));
        return Ok(f.cure(public_again()).into());
    }
    Ok(Outcome::Pass)
}

fn told(chain: &Chain<'_>, impact: Impact, found: i64, most: i64) -> Finding {
    let leaf = &chain.trust.leaf;
    let headline: Say = say!(
        "the certificate is valid for {found} days, more than the {most} allowed",
        "인증서의 유효 기간이 {found}일로, 허용된 {most}일보다 깁니다",
        found = Arg::num(found),
        most = Arg::num(most)
    );
    chain.says(impact, headline).because(say!(
        "from {from} to {to}; what counts is the limit on the day of its issue",
        "{from}부터 {to}까지. 발급일의 제한이 적용됩니다",
        from = date(leaf.not_before),
        to = date(leaf.not_after)
    ))
}

fn public_again() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "have it issued again for a shorter time, and let a program renew it",
            "더 짧은 기간으로 다시 발급받고 자동으로 갱신되게 합니다"
        ),
    )
    .run(Platform::Linux, "certbot renew --dry-run")
}

fn private_again() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "issue it again for at most 825 days, better 397; in AD CS set the validity of the template",
            "최대 825일, 되도록 397일로 다시 발급합니다. AD CS에서는 템플릿의 유효 기간을 줄입니다"
        ),
    )
    .run(
        Platform::Linux,
        "openssl x509 -req -days 397 -in site.csr -CA ca.pem -CAkey ca.key -copy_extensions copy -out site.pem",
    )
    .run(Platform::Windows, "certutil -setreg ca\\ValidityPeriodUnits 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_that_of_the_day_of_issue() {
        // 2020-08-31, 2020-09-01, 2026-03-14, 2026-03-15, 2029-03-15
        assert_eq!(enforced(1_598_832_000), Some(825));
        assert_eq!(enforced(1_598_918_400), Some(398));
        assert_eq!((enforced(1_773_446_400), validity_limit(1_773_446_400).map(|l| l.days)), (Some(398), Some(398)));
        assert_eq!((enforced(1_773_532_800), validity_limit(1_773_532_800).map(|l| l.days)), (Some(398), Some(200)));
        assert_eq!((enforced(1_868_227_200), validity_limit(1_868_227_200).map(|l| l.days)), (Some(398), Some(47)));
        assert_eq!(enforced(1_519_862_399), None);
    }
}
