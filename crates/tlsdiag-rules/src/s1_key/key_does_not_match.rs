//! The server signs its handshake with another key than the one in the certificate that it sends.
use crate::look::Cited;
use crate::{Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::{Handshake, KeyProof, Trial};
use tlsdiag_model::{Cause, Code, Cure, Impact, Layer, Platform, Safety, Tpl, Who, say};

/// Certificate and key are not a pair.
pub static RULE: Rule = Rule {
    code: Code(1101),
    slug: "key-does-not-match",
    title: Tpl {
        en: "certificate and private key do not belong together", ko: "인증서와 개인 키가 서로 맞지 않음"
    },
    layer: Layer::Key,
    over: Over::Endpoints,
    causes: &[Cause::KeyMismatch],
    explains: &[],
    routine: false,
    check,
    sources: &["RFC 8446 section 4.4.3 (CertificateVerify)", "RFC 5246 section 7.4.3 (ServerKeyExchange signature)"],
    page: page!("key_does_not_match"),
};

fn check(look: &Look<'_>) -> Judged {
    let mut all = look.handshakes()?;
    all.sort_by_key(|h| (h.trial != Trial::Full, h.row.span, h.at));
    let meant =
        |h: &&Cited<'_, Handshake>| matches!(h.trial, Trial::Base | Trial::Again | Trial::Full | Trial::FullAgain);
    let proof = |p: KeyProof| all.iter().filter(meant).find(move |h| h.proof.saw() == Some(&p));
    let Some(bad) = proof(KeyProof::Bad) else {
        return if proof(KeyProof::Good).is_some() { Ok(Outcome::Pass) } else { Err(Stop::NotApplicable) };
    };
    // the same certificate with the right key elsewhere: one of several servers has the wrong one
    let good = all.iter().filter(meant).find(|h| h.proof.saw() == Some(&KeyProof::Good) && h.leaf() == bad.leaf());
    let impact = if good.is_some() { Impact::Partial } else { Impact::Broken };
    let mut f = look
        .reads_as(
            impact,
            bad,
            say!(
                "the server's private key does not belong to its certificate",
                "서버의 개인 키가 인증서와 맞지 않습니다"
            ),
        )
        .because(say!(
            "its signature in the handshake does not verify with the public key of the first certificate that it sent",
            "핸드셰이크의 서명을 서버가 보낸 첫 번째 인증서의 공개 키로 검증할 수 없습니다"
        ));
    if let Some(good) = good {
        f = f
            .and(good.at)
            .because(say!(
                "another handshake with the same certificate was signed by the right key: several servers answer here",
                "같은 인증서로 한 다른 핸드셰이크는 올바른 키로 서명되었습니다. 여러 서버가 응답하고 있습니다"
            ))
            .who(Who::Clients(say!(
                "those who meet the server with the other key",
                "다른 키를 가진 서버로 연결된 클라이언트"
            )));
    }
    Ok(f.cure(
        Cure::new(
            Safety::Safe,
            say!(
                "compare the public keys of certificate and private key: both lines must be equal",
                "인증서와 개인 키의 공개 키를 비교합니다. 두 줄이 같아야 합니다"
            ),
        )
        .run(Platform::Linux, "openssl x509 -in site.pem -noout -pubkey | openssl sha256")
        .run(Platform::Linux, "openssl pkey -in site.key -pubout | openssl sha256")
        .run(Platform::Windows, "certutil -store -v my"),
    )
    .cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "pair the certificate with the key of its own request, put the server's certificate first in its file, and restart",
                "인증서를 그 요청(CSR)에 쓴 개인 키와 짝지우고, 파일에서 서버 인증서를 맨 앞에 둔 뒤 다시 시작합니다"
            ),
        )
        .run(Platform::Windows, "certutil -repairstore my THUMBPRINT"),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "where the key is gone: make a new one and have the certificate issued anew for it",
            "개인 키를 찾을 수 없으면 새 키를 만들어 인증서를 다시 발급받습니다"
        ),
    ))
    .into())
}
