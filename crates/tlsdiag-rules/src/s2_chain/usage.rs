//! The certificate is not meant for a TLS server: its purposes (extKeyUsage) or what its key may do (keyUsage).
use super::chain::Chain;
use super::words::called;
use crate::{Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_pki::Reason;
use tlsdiag_pki::path::Role;
use tlsdiag_wire::registry::CipherSuite;

/// Not for servers.
pub static PURPOSE: Rule = Rule {
    code: Code(2540),
    slug: "no-server-authentication",
    title: Tpl {
        en: "the certificate is not for server authentication", ko: "서버 인증 용도가 아닌 인증서"
    },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertEku],
    explains: &[explains(2500), explains(2900)],
    routine: false,
    check: purpose,
    sources: &[
        "RFC 5280 section 4.2.1.12 (extended key usage)",
        "measured: every client but GnuTLS refuses a leaf without serverAuth; OpenSSL, Firefox and rustls do not take anyExtendedKeyUsage for it",
    ],
    page: page!("usage"),
};

/// The key may not do what the handshake wants.
pub static KEY_USAGE: Rule = Rule {
    code: Code(2541),
    slug: "key-usage-unfit",
    title: Tpl { en: "the key usage does not fit the handshake", ko: "핸드셰이크에 맞지 않는 키 사용" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertKeyUsage],
    explains: &[explains(2500)],
    routine: false,
    check: key_usage,
    sources: &[
        "RFC 5280 section 4.2.1.3 (key usage)",
        "RFC 8446 section 4.4.2.2 (digitalSignature must be allowed)",
        "RFC 5246 section 7.4.2 (key usage per key exchange)",
        "measured: Chromium, Java, GnuTLS and Mbed TLS refuse keyEncipherment alone in a signed handshake",
    ],
    page: page!("usage"),
};

fn purpose(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let mut out: Vec<Finding> = vec![];
    for (step, reason) in chain.faults() {
        let Reason::EkuExcludes { allowed } = reason else { continue };
        let purposes = Arg::List(allowed.iter().map(Arg::term).collect());
        let name = step.certificate.as_deref().map_or(Arg::quote(&step.subject), called);
        let f = if step.role == Role::Leaf {
            let say = say!("the certificate is not for server authentication", "서버 인증용 인증서가 아닙니다");
            chain.says(Impact::Broken, say)
        } else {
            let say = say!(
                "the CA {name} may not issue for servers",
                "CA {name:은} 서버용 인증서를 발급할 수 없습니다",
                name = name
            );
            chain.says(Impact::Broken, say)
        };
        out.push(f.because(say!(
            "its extended key usage: {purposes}",
            "확장된 키 사용: {purposes}",
            purposes = purposes
        )));
    }
    if out.is_empty() {
        out.extend(any_only(&chain));
    }
    Ok(chain.outcome(out.into_iter().map(|f| f.cure(issue_for_servers())).collect()))
}

/// The leaf allows any purpose without naming this one.
fn any_only(chain: &Chain<'_>) -> Option<Finding> {
    let leaf = chain.notes().into_iter().find(|(s, r)| s.role == Role::Leaf && **r == Reason::AnyEkuOnly);
    leaf.map(|_| {
        chain
            .says(
                Impact::Partial,
                say!(
                    "the certificate allows any purpose without naming server authentication",
                    "인증서가 서버 인증을 명시하지 않고 모든 용도를 허용합니다"
                ),
            )
            .who(Who::Clients(say!(
                "OpenSSL, Node.js, Python, curl, Firefox and rustls; Chrome, Java and Go accept it",
                "OpenSSL, Node.js, Python, curl, Firefox, rustls. Chrome, Java, Go는 받아들입니다"
            )))
            .because(say!(
                "its extended key usage: {purposes}",
                "확장된 키 사용: {purposes}",
                purposes = Arg::term("anyExtendedKeyUsage")
            ))
    })
}

fn issue_for_servers() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "have a certificate issued for servers: in AD CS by a template with Server Authentication, in openssl with this extension",
            "서버용으로 발급받습니다. AD CS에서는 '서버 인증'이 있는 템플릿을, openssl에서는 다음 확장을 씁니다"
        ),
    )
    .run(Platform::Any, "extendedKeyUsage = serverAuth")
    .run(Platform::Windows, "certutil -store -v my")
}

fn key_usage(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let unfit = chain.faults().into_iter().find_map(|(s, r)| match r {
        Reason::LeafKeyUsageUnfit { usage } if s.role == Role::Leaf => Some(usage.clone()),
        _ => None,
    });
    let kind = Arg::term(&chain.trust.leaf.public_key.kind);
    if let Some(usage) = unfit {
        let say =
            say!("the certificate's key may not sign a handshake", "인증서의 키로 핸드셰이크에 서명할 수 없습니다");
        let has = Arg::List(usage.iter().map(Arg::term).collect());
        return Ok(chain
            .says(Impact::Broken, say)
            .because(say!(
                "its key usage is {has}; with a {kind} key the handshake needs digitalSignature",
                "키 사용은 {has}입니다. {kind} 키로 핸드셰이크하려면 digitalSignature가 있어야 합니다",
                has = has,
                kind = kind
            ))
            .cure(issue_to_sign())
            .into());
    }
    let encipher_only = chain.notes().iter().any(|(s, r)| s.role == Role::Leaf && **r == Reason::KeyEnciphermentOnly);
    if !encipher_only {
        return Ok(Outcome::Pass);
    }
    if chain.in_files() {
        return Ok(encipher_only_in_file(&chain).into());
    }
    let chosen = chain.shown.handshake().and_then(|h| h.answered.saw());
    let Some(chosen) = chosen else { return Ok(Outcome::NotApplicable) };
    if !CipherSuite(chosen.suite).is_ephemeral() {
        return Ok(Outcome::Pass);
    }
    Ok(chain
        .says(
            Impact::Partial,
            say!("the certificate's key is only for encipherment", "인증서의 키가 키 암호화 전용입니다"),
        )
        .who(strict_about_usage())
        .because(say!(
            "its key usage is keyEncipherment without digitalSignature, and {suite} was chosen, in which the key signs",
            "키 사용에 keyEncipherment만 있고 digitalSignature가 없는데, 선택된 {suite}에서는 키로 서명해야 합니다",
            suite = Arg::term(CipherSuite(chosen.suite))
        ))
        .cure(issue_to_sign())
        .into())
}

fn strict_about_usage() -> Who {
    Who::Clients(say!(
        "Chrome and Edge (ERR_SSL_KEY_USAGE_INCOMPATIBLE), Java, GnuTLS, Mbed TLS; Firefox, curl and Go accept it",
        "Chrome과 Edge(ERR_SSL_KEY_USAGE_INCOMPATIBLE), Java, GnuTLS, Mbed TLS. Firefox, curl, Go는 받아들입니다"
    ))
}

/// Nothing was negotiated yet; every current client chooses a suite in which the key signs.
fn encipher_only_in_file(chain: &Chain<'_>) -> Finding {
    chain
        .says(
            Impact::Partial,
            say!("the certificate's key is only for encipherment", "인증서의 키가 키 암호화 전용입니다"),
        )
        .who(strict_about_usage())
        .because(say!(
            "its key usage is keyEncipherment without digitalSignature: it serves RSA key exchange, which TLS 1.3 and ECDHE do not use",
            "키 사용에 keyEncipherment만 있고 digitalSignature가 없습니다. RSA 키 교환용이며 TLS 1.3과 ECDHE에서는 서명해야 합니다"
        ))
        .cure(issue_to_sign())
}

fn issue_to_sign() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "have the certificate issued anew with digitalSignature in its key usage",
            "키 사용에 digitalSignature를 넣어 인증서를 다시 발급받습니다"
        ),
    )
    .run(Platform::Any, "keyUsage = critical, digitalSignature")
}
