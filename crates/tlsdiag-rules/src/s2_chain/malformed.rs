//! A certificate that cannot be read, that clients refuse for its form, or whose signature was damaged.
use super::chain::{Chain, fits_by_key_id};
use super::in_file;
use super::words::called;
use crate::look::Cited;
use crate::{Judged, Look, Over, Rule, explains, page};
use tlsdiag_model::facts::Handshake;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Who, say};
use tlsdiag_pki::path::{Role, Step};
use tlsdiag_pki::{Lint, Reason};

/// Refused for its form.
pub static RULE: Rule = Rule {
    code: Code(2546),
    slug: "malformed-certificate",
    title: Tpl { en: "a certificate is malformed", ko: "잘못 만들어진 인증서" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertEncoding],
    explains: &[explains(2500), explains(2900)],
    routine: false,
    check,
    sources: &[
        "RFC 5280 section 4.1 (certificate fields) and 4.2 (extensions)",
        "X.690 (DER)",
        "RFC 6962 section 3.1 (precertificates)",
        "measured with OpenSSL, GnuTLS, Go, Java, rustls, Firefox, Chromium, Mbed TLS and wolfSSL: who refuses which form",
    ],
    page: page!("malformed"),
};

fn check(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = match look.identity() {
        Ok(i) => in_file::unreadable(look, &i).into_iter().collect(),
        Err(_) => {
            let broken_up = look.handshakes()?.into_iter().find(|h| !h.unreadable.is_empty());
            broken_up.map(|h| unreadable(look, &h)).into_iter().collect()
        }
    };
    let chain = match Chain::of(look) {
        Ok(chain) => chain,
        Err(stop) if out.is_empty() => return Err(stop),
        Err(_) => return Ok(out.into_iter().map(|f| f.cure(anew())).collect::<Vec<_>>().into()),
    };
    out.extend(chain.faults().into_iter().filter_map(|(s, r)| refused(&chain, s, r)));
    out.extend(chain.notes().into_iter().filter_map(|(s, r)| refused_by_some(&chain, s, r)));
    Ok(chain.outcome(out.into_iter().map(|f| f.cure(anew())).collect()))
}

fn anew() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "have the certificate issued anew by a current CA program; if the file was edited, install the original",
            "최신 CA 프로그램으로 다시 발급받습니다. 파일을 편집했다면 원본을 다시 설치합니다"
        ),
    )
    .run(Platform::Linux, "openssl x509 -in site.pem -noout -text")
    .run(Platform::Linux, "openssl asn1parse -in site.pem -i")
}

fn unreadable(look: &Look<'_>, h: &Cited<'_, Handshake>) -> Finding {
    let own = h.unreadable.iter().any(|(at, _)| *at == 0);
    let headline = if own {
        say!("the server's certificate cannot be read", "서버 인증서를 읽을 수 없습니다")
    } else {
        say!("one of the certificates sent cannot be read", "전송된 인증서 가운데 읽을 수 없는 것이 있습니다")
    };
    let mut f = look.reads_as(if own { Impact::Broken } else { Impact::Partial }, h, headline);
    for (at, why) in h.unreadable.iter().take(3) {
        f = f.because(say!(
            "certificate number {n}: {why}",
            "{n}번째 인증서: {why}",
            n = Arg::num(u64::from(*at).saturating_add(1)),
            why = Arg::quote(why)
        ));
    }
    if own {
        return f;
    }
    f.who(Who::Clients(say!(
        "OpenSSL, curl, GnuTLS, Go, Java; browsers and rustls skip what they do not need",
        "OpenSSL, curl, GnuTLS, Go, Java. 브라우저와 rustls는 필요 없는 것을 건너뜁니다"
    )))
}

/// What nearly every client refuses.
fn refused(chain: &Chain<'_>, step: &Step, reason: &Reason) -> Option<Finding> {
    let c = step.certificate.as_deref()?;
    let why = match reason {
        Reason::UnknownCriticalExtension(id) => say!(
            "the extension {id} is marked critical, and clients that do not know it must refuse the certificate",
            "확장 {id:이} critical로 표시되어 있어 이를 모르는 클라이언트는 인증서를 거부해야 합니다",
            id = Arg::term(id)
        ),
        Reason::Precertificate => say!(
            "it is a precertificate, which was made for a Certificate Transparency log and never for use",
            "인증서 투명성(CT) 로그에 내기 위한 사전 인증서이며 사용할 수 없습니다"
        ),
        Reason::Lint(lint) => lint_in_words(lint),
        Reason::BadSignature { issuer } => {
            let signer = chain.trust.sent.iter().chain(&chain.trust.extra).find(|s| Some(s.id) == *issuer);
            let by = chain.best()?.steps.iter().filter_map(|s| s.certificate.as_ref()).find(|s| Some(s.id) == *issuer);
            let issuer = signer.or(by)?;
            // another key than the identifier says is another fault
            if !fits_by_key_id(c, Some(issuer)) {
                return None;
            }
            say!(
                "its signature does not verify with the key of {issuer}, which it names by key identifier",
                "키 식별자로 지정한 {issuer}의 키로 서명을 검증할 수 없습니다",
                issuer = called(issuer)
            )
        }
        Reason::SignatureUnchecked { algorithm } => {
            let say = say!(
                "the certificate {name} is signed in a way that clients do not know",
                "인증서 {name:은} 클라이언트가 모르는 방식으로 서명되었습니다",
                name = called(c)
            );
            let why = say!("the algorithm: {algorithm}", "알고리즘: {algorithm}", algorithm = Arg::quote(algorithm));
            return Some(chain.says(Impact::Broken, say).because(why).at_most(Standing::Likely));
        }
        _ => return None,
    };
    let say = say!("the certificate {name} is malformed", "인증서 {name:이} 잘못 만들어졌습니다", name = called(c));
    Some(chain.says(Impact::Broken, say).because(why))
}

/// What some clients stumble over.
fn refused_by_some(chain: &Chain<'_>, step: &Step, reason: &Reason) -> Option<Finding> {
    let c = step.certificate.as_deref()?;
    if matches!(step.role, Role::Anchor | Role::UntrustedRoot) {
        return None;
    }
    let (why, who) = match reason {
        Reason::AkiMismatch => (
            say!(
                "its authority key identifier is not its issuer's key identifier",
                "인증 기관 키 식별자(AKI)가 발급자의 키 식별자와 다릅니다"
            ),
            say!(
                "OpenSSL, curl, GnuTLS and wolfSSL (unable to get local issuer certificate)",
                "OpenSSL, curl, GnuTLS, wolfSSL(unable to get local issuer certificate)"
            ),
        ),
        Reason::AkiSerialMismatch => (
            say!(
                "its authority key identifier names another serial number than its issuer has",
                "인증 기관 키 식별자(AKI)의 일련 번호가 발급자의 것과 다릅니다"
            ),
            say!("OpenSSL, curl, Python, Node.js", "OpenSSL, curl, Python, Node.js"),
        ),
        Reason::NameEncodingDiffers => (
            say!(
                "its issuer name is encoded otherwise than the issuer's own name",
                "발급자 이름의 인코딩이 발급자 인증서의 주체 이름과 다릅니다"
            ),
            say!(
                "Go, rustls, Firefox and wolfSSL, which compare the octets",
                "바이트 단위로 비교하는 Go, rustls, Firefox, wolfSSL"
            ),
        ),
        Reason::Lint(lint @ Lint::SerialNegative) => {
            (lint_in_words(lint), say!("programs built with Go 1.23 or later", "Go 1.23 이상으로 만든 프로그램"))
        }
        Reason::Lint(lint @ Lint::SerialNotMinimal) => {
            (lint_in_words(lint), say!("OpenSSL, curl, Go, Firefox and wolfSSL", "OpenSSL, curl, Go, Firefox, wolfSSL"))
        }
        Reason::Lint(lint @ Lint::MustNotBeCritical(_)) => (
            lint_in_words(lint),
            say!(
                "most clients: OpenSSL, Go, Java, rustls, Firefox, Chrome",
                "대부분의 클라이언트: OpenSSL, Go, Java, rustls, Firefox, Chrome"
            ),
        ),
        _ => return None,
    };
    let say = say!(
        "some clients refuse the form of the certificate {name}",
        "일부 클라이언트가 인증서 {name}의 형식을 거부합니다",
        name = called(c)
    );
    Some(chain.says(Impact::Partial, say).because(why).who(Who::Clients(who)))
}

/// A deviation in words.
fn lint_in_words(lint: &Lint) -> Say {
    match lint {
        Lint::SerialEmpty => say!("its serial number is empty", "일련 번호가 비어 있습니다"),
        Lint::SerialNegative => say!("its serial number is negative", "일련 번호가 음수입니다"),
        Lint::SerialNotMinimal => {
            say!("its serial number has needless leading octets", "일련 번호 앞에 불필요한 바이트가 있습니다")
        }
        Lint::TrailingOctets(n) => {
            say!("{n} octets follow the certificate", "인증서 뒤에 {n}바이트가 더 있습니다", n = Arg::num(*n))
        }
        Lint::DuplicateExtension(id) => {
            say!("the extension {id} occurs twice", "확장 {id:이} 두 번 나옵니다", id = Arg::term(id))
        }
        Lint::DamagedExtension(id, why) => say!(
            "the extension {id} cannot be read: {why}",
            "확장 {id:을} 읽을 수 없습니다: {why}",
            id = Arg::term(id),
            why = Arg::quote(why)
        ),
        Lint::DamagedTime(at) => {
            say!(
                "a date cannot be read, at octet {at}",
                "{at}바이트 위치의 날짜를 읽을 수 없습니다",
                at = Arg::num(*at)
            )
        }
        Lint::AlgorithmMismatch => say!(
            "the algorithm inside differs from the one beside the signature",
            "안에 적힌 서명 알고리즘과 서명 옆의 알고리즘이 다릅니다"
        ),
        Lint::MustNotBeCritical(id) => say!(
            "the extension {id} is marked critical, which it must not be",
            "확장 {id:은} critical로 표시하면 안 됩니다",
            id = Arg::term(id)
        ),
        other => say!(
            "a deviation from DER or from the certificate profile: {what}",
            "DER 또는 인증서 프로필에서 벗어남: {what}",
            what = Arg::quote(format!("{other:?}"))
        ),
    }
}
