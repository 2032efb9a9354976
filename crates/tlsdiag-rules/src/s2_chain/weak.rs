//! Keys that are too small and signatures over broken hashes, anywhere on the path.
use super::chain::Chain;
use super::words::called;
use crate::{Judged, Look, Over, Rule, explains, page};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_pki::Reason;
use tlsdiag_pki::path::{Role, Step};

/// Too small a key.
pub static KEY: Rule = Rule {
    code: Code(2542),
    slug: "weak-key",
    title: Tpl { en: "the key is too small", ko: "키가 너무 작음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertWeakKey],
    explains: &[explains(2500)],
    routine: false,
    check: key,
    sources: &[
        "CA/Browser Forum Baseline Requirements section 6.1.5 (key sizes)",
        "NIST SP 800-131A revision 2",
        "OpenSSL SSL_CTX_set_security_level: level 2 wants 112 bits, RSA 2048",
    ],
    page: page!("weak"),
};

/// A broken hash.
pub static SIGNATURE: Rule = Rule {
    code: Code(2543),
    slug: "weak-signature",
    title: Tpl {
        en: "the certificate is signed with a broken hash", ko: "안전하지 않은 해시로 서명된 인증서"
    },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertWeakSig],
    explains: &[explains(2500)],
    routine: false,
    check: signature,
    sources: &[
        "RFC 9155 (MD5 and SHA-1 deprecated in TLS 1.2)",
        "measured: Chromium, Firefox, Go, OpenSSL 3, GnuTLS and rustls refuse SHA-1; Java accepts it under a private root",
    ],
    page: page!("weak"),
};

fn key(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let mut out: Vec<Finding> = vec![];
    for (step, reason) in chain.faults() {
        let Reason::WeakKey { bits } = reason else { continue };
        let kind = Arg::term(&step.public_key.kind);
        let headline = match step.role {
            Role::Leaf => {
                say!("the certificate's key is too small: {kind}", "인증서의 키가 너무 작습니다: {kind}", kind = kind)
            }
            _ => say!(
                "the key of the CA {name} is too small: {kind}",
                "CA {name}의 키가 너무 작습니다: {kind}",
                name = name(step),
                kind = kind
            ),
        };
        let f = chain
            .says(Impact::Broken, headline)
            .because(say!(
                "{bits} bits; clients want 2048 for RSA and 256 for elliptic curves",
                "{bits}비트입니다. 클라이언트는 RSA 2048비트, 타원 곡선 256비트 이상을 요구합니다",
                bits = Arg::num(*bits)
            ))
            .who(Who::Clients(say!(
                "OpenSSL at its default level, curl, Python, Node.js 24, rustls, Mbed TLS; browsers for public CAs",
                "기본 보안 수준의 OpenSSL, curl, Python, Node.js 24, rustls, Mbed TLS. 공인 CA라면 브라우저도 포함됩니다"
            )));
        out.push(
            f.cure(
                Cure::new(
                    Safety::Manual,
                    say!(
                        "make a new key and have a certificate issued for it",
                        "새 키를 만들어 인증서를 다시 발급받습니다"
                    ),
                )
                .run(Platform::Linux, "openssl ecparam -genkey -name prime256v1 -noout -out site.key")
                .run(Platform::Linux, "openssl req -new -key site.key -out site.csr"),
            ),
        );
    }
    Ok(chain.outcome(out))
}

fn signature(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let mut out: Vec<Finding> = vec![];
    for (step, reason) in chain.faults() {
        let Reason::WeakSignature { algorithm } = reason else { continue };
        let how = Arg::term(algorithm);
        let headline = match step.role {
            Role::Leaf => say!(
                "the certificate is signed with a broken hash: {how}",
                "인증서가 안전하지 않은 해시로 서명되었습니다: {how}",
                how = how
            ),
            _ => say!(
                "the CA certificate {name} is signed with a broken hash: {how}",
                "CA 인증서 {name:이} 안전하지 않은 해시로 서명되었습니다: {how}",
                name = name(step),
                how = how
            ),
        };
        let f = chain
            .says(Impact::Broken, headline)
            .because(say!(
                "collisions of this hash can be made, so clients trust no signature over it",
                "이 해시는 충돌을 만들 수 있어 클라이언트가 서명을 신뢰하지 않습니다"
            ))
            .who(Who::Clients(say!(
                "browsers, Go, OpenSSL 3, GnuTLS, rustls; Java accepts SHA-1 under a private root",
                "브라우저, Go, OpenSSL 3, GnuTLS, rustls. Java는 사설 루트 아래의 SHA-1을 받아들입니다"
            )));
        out.push(
            f.cure(
                Cure::new(
                    Safety::Manual,
                    say!(
                        "set the CA to SHA-256, then have the certificate issued anew",
                        "CA를 SHA-256으로 바꾼 뒤 인증서를 다시 발급받습니다"
                    ),
                )
                .run(Platform::Windows, "certutil -setreg ca\\csp\\CNGHashAlgorithm SHA256")
                .run(Platform::Linux, "openssl x509 -req -sha256 -in site.csr -CA ca.pem -CAkey ca.key -out site.pem"),
            ),
        );
    }
    Ok(chain.outcome(out))
}

fn name(step: &Step) -> Arg {
    step.certificate.as_deref().map_or_else(|| Arg::quote(&step.subject), called)
}
