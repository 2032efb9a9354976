//! What the CA says about the certificate now: revoked, or nothing that can be had.
use super::chain::Chain;
use super::words::{called, issuer_called};
use crate::look::Cited;
use crate::{Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::{Revocation, RevocationAnswer, Via};
use tlsdiag_model::{Arg, Cause, Code, Cure, Fingerprint, Impact, Layer, Platform, Safety, Say, Tpl, Who, Why, say};
use tlsdiag_pki::Reason;
use tlsdiag_pki::revocation::RevocationReason;

/// Taken back.
pub static REVOKED: Rule = Rule {
    code: Code(2550),
    slug: "revoked",
    title: Tpl { en: "the certificate has been revoked", ko: "인증서가 해지됨" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertRevoked],
    explains: &[],
    routine: true,
    check: revoked,
    sources: &[
        "RFC 6960 (OCSP)",
        "RFC 5280 section 5 (certificate revocation lists)",
        "Firefox: CRLite since version 137; Chrome: CRLSets alone for public roots (vendors' pages)",
    ],
    page: page!("revocation"),
};

/// Nobody could say.
pub static UNKNOWN: Rule = Rule {
    code: Code(2551),
    slug: "revocation-unknown",
    title: Tpl { en: "revocation could not be checked", ko: "해지 여부를 확인하지 못함" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::RevOffline],
    explains: &[],
    routine: false,
    check: unknown,
    sources: &["RFC 6960 section 2.2 (good, revoked, unknown)", "RFC 5280 section 6.3 (CRL validation)"],
    page: page!("revocation"),
};

/// What was said about the server's certificate.
///
/// # Errors
/// The services that the certificate names were not asked, or there is nobody to ask and nothing was volunteered.
fn said<'a>(look: &'a Look<'a>, chain: &Chain<'a>) -> Result<Vec<Cited<'a, Revocation>>, Stop> {
    let leaf = &chain.trust.leaf;
    let id = Fingerprint(leaf.id.0);
    let http = |urls: &[String]| urls.iter().any(|u| u.starts_with("http://") || u.starts_with("https://"));
    let named = http(&leaf.extensions.ocsp) || http(&leaf.extensions.crl_distribution_points);
    let issuer = chain.best().and_then(|p| {
        let linked = !p.steps.first()?.reasons.iter().any(|r| matches!(r, Reason::BadSignature { .. }));
        p.steps.get(1).filter(|_| linked)?.certificate.clone()
    });
    // what lies in files is judged by itself; its services are asked about what a server sends
    match issuer.filter(|_| named && !chain.in_files()) {
        Some(issuer) => look.revocation(id, Fingerprint(issuer.id.0)),
        None => {
            let rows: Vec<_> = look.all::<Revocation>().filter(|r| r.cert == id).collect();
            if rows.is_empty() { Err(Stop::NotApplicable) } else { Ok(rows) }
        }
    }
}

fn revoked(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let rows = said(look, &chain)?;
    let found = rows.iter().find_map(|r| match r.row.what.answer {
        RevocationAnswer::Revoked { at, reason } => Some((r, at, reason)),
        _ => None,
    });
    let Some((row, at, reason)) = found else {
        let good = rows.iter().any(|r| r.answer == RevocationAnswer::Good);
        return Ok(if good { Outcome::Pass } else { Outcome::NotApplicable });
    };
    let mut f = look
        .reads_as(
            Impact::Broken,
            row,
            say!("the CA revoked the certificate on {day}", "CA가 {day}에 인증서를 해지했습니다", day = Arg::Date(at)),
        )
        .and(chain.shown.at())
        .who(Who::Clients(say!(
            "Firefox, Safari, Windows programs that check, curl on Windows; Chrome where its own list has it",
            "Firefox, Safari, 해지를 확인하는 Windows 프로그램, Windows의 curl. Chrome은 자체 목록에 있을 때"
        )))
        .because(say!(
            "{who} says so about the certificate of {name}",
            "{name} 인증서에 대해 {who:이} 그렇게 답했습니다",
            who = voice(row),
            name = called(&chain.trust.leaf)
        ));
    if let Some(r) = reason {
        let word = RevocationReason(u64::from(r)).name().map_or_else(|| Arg::num(r), Arg::term);
        f = f.because(say!("the reason given: {word}", "해지 사유: {word}", word = word));
    }
    Ok(f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "make a new key and have a new certificate issued; a revocation is never taken back",
                "새 키를 만들어 인증서를 새로 발급받습니다. 해지는 되돌릴 수 없습니다"
            ),
        )
        .run(Platform::Linux, "certbot renew --force-renewal --new-key"),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "ask {issuer} why, before the new one meets the same end",
            "새 인증서도 해지되지 않도록 {issuer}에 사유를 확인합니다",
            issuer = issuer_called(&chain.trust.leaf)
        ),
    ))
    .into())
}

/// Who said it.
fn voice(r: &Revocation) -> Arg {
    match (r.via, &r.url) {
        (Via::Staple, _) => Arg::word("the stapled OCSP response", "스테이플된 OCSP 응답"),
        (Via::Ocsp, Some(url)) => {
            Arg::Say(Box::new(say!("the OCSP responder {url}", "OCSP 응답기 {url}", url = Arg::quote(url))))
        }
        (Via::Crl, Some(url)) => {
            Arg::Say(Box::new(say!("the revocation list {url}", "해지 목록 {url}", url = Arg::quote(url))))
        }
        (Via::Ocsp, None) => Arg::word("the OCSP responder", "OCSP 응답기"),
        (Via::Crl, None) => Arg::word("the revocation list", "해지 목록"),
    }
}

fn unknown(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let rows = said(look, &chain)?;
    let decided =
        |r: &Cited<'_, Revocation>| matches!(r.answer, RevocationAnswer::Good | RevocationAnswer::Revoked { .. });
    if rows.iter().any(decided) {
        return Ok(Outcome::Pass);
    }
    let mut silent =
        rows.iter().filter(|r| r.via != Via::Staple).filter_map(|r| Some((r, in_words(&r.row.what.answer)?)));
    let Some((first, why)) = silent.next() else { return Ok(Outcome::NotApplicable) };
    let because =
        |r: &Revocation, why: Say| say!("{who}: {why}", "{who}: {why}", who = voice(r), why = Arg::Say(Box::new(why)));
    let mut f = look
        .reads_as(
            Impact::Note,
            first,
            say!("revocation of the certificate could not be checked", "인증서의 해지 여부를 확인하지 못했습니다"),
        )
        .because(because(first, why));
    for (row, why) in silent {
        f = f.and(row.at).because(because(row, why));
    }
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "most clients go on without an answer; those that insist (Java with checkRevocation, curl on Windows) need the way to these addresses opened",
            "대부분의 클라이언트는 답이 없어도 계속하지만, 꼭 확인하는 클라이언트(checkRevocation을 켠 Java, Windows의 curl)를 위해 이 주소로 가는 길을 열어야 합니다"
        ),
    )
    .run(Platform::Windows, "certutil -urlfetch -verify site.cer"))
    .into())
}

/// Why there is no verdict; `None` where it was we who did not ask.
fn in_words(answer: &RevocationAnswer) -> Option<Say> {
    match answer {
        RevocationAnswer::Unavailable(Why::Offline | Why::OverBudget | Why::Interrupted | Why::AddressRefused) => None,
        RevocationAnswer::Unavailable(why) => Some(why.say()),
        RevocationAnswer::Unknown => Some(say!("it does not know the certificate", "이 인증서를 모른다고 답했습니다")),
        RevocationAnswer::Unusable(why) => {
            Some(say!("its answer does not hold: {why}", "답이 유효하지 않습니다: {why}", why = Arg::quote(why)))
        }
        RevocationAnswer::Good | RevocationAnswer::Revoked { .. } | RevocationAnswer::NotOffered => None,
    }
}
