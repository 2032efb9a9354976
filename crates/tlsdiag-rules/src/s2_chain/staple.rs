//! The OCSP response that the server staples to its handshake: demanded and not there, or there and worthless.
use super::chain::Chain;
use crate::{Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{Revocation, RevocationAnswer, Staple, Via};
use tlsdiag_model::{Arg, Cause, Code, Cure, Fingerprint, Impact, Layer, Platform, Safety, Tpl, Who, say};

/// Extension type of status_request (RFC 6066 section 8).
const STATUS_REQUEST: u16 = 5;

/// Demanded and absent.
pub static MUST_STAPLE: Rule = Rule {
    code: Code(2552),
    slug: "must-staple-unmet",
    title: Tpl {
        en: "the certificate demands a stapled OCSP response and none is sent",
        ko: "필수 OCSP 스테이플이 없음",
    },
    layer: Layer::Trust,
    over: Over::Endpoints,
    causes: &[Cause::OcspMustStapleUnmet],
    explains: &[],
    routine: false,
    check: must_staple,
    sources: &["RFC 7633 (TLS feature)", "measured: Firefox and GnuTLS refuse, all others ignore it"],
    page: page!("staple"),
};

/// There, and not to be used.
pub static BAD: Rule = Rule {
    code: Code(2553),
    slug: "bad-staple",
    title: Tpl {
        en: "the stapled OCSP response does not hold", ko: "스테이플된 OCSP 응답이 유효하지 않음"
    },
    layer: Layer::Trust,
    over: Over::Endpoints,
    causes: &[Cause::OcspBadStaple],
    explains: &[],
    routine: false,
    check: bad,
    sources: &["RFC 6066 section 8 (certificate status request)", "RFC 6960 section 3.2 (acceptance of a response)"],
    page: page!("staple"),
};

fn must_staple(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    if !chain.trust.leaf.extensions.must_staple {
        return Ok(Outcome::Pass);
    }
    let leaf = chain.shown.handshake().and_then(|h| h.leaf());
    let mut without = None;
    for h in look.handshakes()?.into_iter().filter(|h| h.offer.extensions.contains(&STATUS_REQUEST)) {
        // servers fetch the first response only when it is asked for: one handshake with a staple is enough
        match h.row.what.staple.saw() {
            Some(Staple::Sent) => return Ok(Outcome::Pass),
            Some(Staple::Absent) if h.leaf() == leaf => without = Some(h),
            _ => {}
        }
    }
    let Some(h) = without else { return Ok(Outcome::NotApplicable) };
    Ok(look
        .reads_as(
            Impact::Partial,
            &h,
            say!(
                "the certificate demands a stapled OCSP response, and the server sends none",
                "인증서가 OCSP 스테이플을 요구하지만 서버가 보내지 않습니다"
            ),
        )
        .because(say!(
            "the certificate has the TLS feature status_request, the client asked for it, no response came",
            "인증서에 TLS feature status_request가 있고 클라이언트가 요청했지만 응답이 오지 않았습니다"
        ))
        .who(Who::Clients(say!(
            "Firefox (MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING) and programs with GnuTLS",
            "Firefox(MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING)와 GnuTLS를 쓰는 프로그램"
        )))
        .cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "switch stapling on, with the issuer's certificate in the chain and a resolver that the server can use",
                    "스테이플링을 켭니다. 체인에 발급자 인증서가 있고 서버가 쓸 수 있는 DNS 확인자가 있어야 합니다"
                ),
            )
            .run(Platform::Any, "nginx:  ssl_stapling on; ssl_stapling_verify on; resolver 127.0.0.53;")
            .run(Platform::Any, "Apache: SSLUseStapling on  and  SSLStaplingCache shmcb:/var/run/ocsp(128000)"),
        )
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "have the certificate issued without must-staple; CAs that gave up OCSP can serve no response",
                "must-staple 없이 다시 발급받습니다. OCSP를 중단한 CA에서는 응답을 받을 수 없습니다"
            ),
        ))
        .into())
}

fn bad(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let leaf = Fingerprint(chain.trust.leaf.id.0);
    let here = look.address()?;
    let mine = |r: &Revocation| r.via == Via::Staple && r.cert == leaf && r.stapled_by.is_none_or(|by| by == here);
    let mut stapled = look.all::<Revocation>().filter(|r| mine(r)).peekable();
    if stapled.peek().is_none() {
        return Ok(Outcome::NotApplicable);
    }
    let found = stapled.find_map(|r| match &r.row.what.answer {
        RevocationAnswer::Unusable(why) => {
            Some((r, say!("what is wrong with it: {why}", "잘못된 점: {why}", why = Arg::quote(why))))
        }
        RevocationAnswer::Unknown => Some((
            r,
            say!(
                "it says that the responder does not know the certificate",
                "응답기가 이 인증서를 모른다고 답한 내용입니다"
            ),
        )),
        _ => None,
    });
    let Some((row, why)) = found else { return Ok(Outcome::Pass) };
    Ok(look
        .reads_as(
            Impact::Partial,
            &row,
            say!("the stapled OCSP response does not hold", "스테이플된 OCSP 응답이 유효하지 않습니다"),
        )
        .and(chain.shown.at())
        .because(why)
        .who(Who::Clients(say!(
            "Firefox and others that judge staples; everyone where the certificate demands one",
            "스테이플을 검사하는 Firefox 등. 인증서가 스테이플을 요구하면 모든 검사 클라이언트"
        )))
        .cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "look whether the server still reaches the OCSP responder, and drop what it has stored",
                    "서버가 OCSP 응답기에 접속할 수 있는지 확인하고 저장된 응답을 비웁니다"
                ),
            )
            .run(Platform::Linux, "systemctl restart nginx")
            .run(Platform::Linux, "openssl x509 -in site.pem -noout -ocsp_uri"),
        )
        .cure(Cure::new(
            Safety::Confirm,
            say!(
                "a response from a file (ssl_stapling_file) must be renewed before its nextUpdate",
                "파일(ssl_stapling_file)로 제공하는 응답은 nextUpdate 전에 갱신해야 합니다"
            ),
        ))
        .into())
}
