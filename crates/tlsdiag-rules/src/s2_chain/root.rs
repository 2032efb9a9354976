//! The chain ends in a certificate that nobody here trusts: the server's own, or a root.
use super::chain::{Chain, Gap};
use super::words::{called, date, issuer_called};
use crate::{Judged, Look, Outcome, Over, Rule, explains, page};
use std::sync::Arc;
use tlsdiag_model::facts::Set;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, say};
use tlsdiag_pki::Certificate;

/// The server signed for itself.
pub static SELF_SIGNED: Rule = Rule {
    code: Code(2510),
    slug: "self-signed",
    title: Tpl { en: "the certificate is self-signed", ko: "자체 서명 인증서" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainSelfSigned],
    explains: &[explains(2500)],
    routine: false,
    check: self_signed,
    sources: &["RFC 5280 section 3.2 (self-signed)", "RFC 5280 section 6.1 (trust anchor)"],
    page: page!("root"),
};

/// The chain is whole and its root is unknown.
pub static UNTRUSTED: Rule = Rule {
    code: Code(2511),
    slug: "untrusted-root",
    title: Tpl { en: "the root is not trusted", ko: "신뢰할 수 없는 루트" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainUntrustedRoot, Cause::ChainPrivateCa],
    explains: &[explains(2500)],
    routine: false,
    check: untrusted,
    sources: &[
        "RFC 5280 section 6.1.1 (d) (trust anchor information)",
        "RFC 8446 section 4.4.2 (the root may be left out)",
        "CA/Browser Forum Baseline Requirements section 7.1.2 (authorityInformationAccess of subordinate CAs)",
    ],
    page: page!("root"),
};

/// Certificates that products make for themselves until they are given a real one: part of the subject, lower case.
const PLACEHOLDERS: &[&str] = &[
    "traefik default cert",
    "kubernetes ingress controller fake certificate",
    "cn=localhost",
    "cn=wmsvc-",
    "cn=plesk",
    "o=synology inc",
    "cn=qnap",
    "sophosappliancecertificate",
];

fn self_signed(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    if chain.gap() != Some(Gap::SelfSigned) {
        return Ok(Outcome::Pass);
    }
    let leaf = &chain.trust.leaf;
    let headline = match chain.file() {
        Some(file) => {
            say!("the certificate in {file} is self-signed", "{file}의 인증서가 자체 서명되었습니다", file = file)
        }
        None => say!("the certificate is self-signed", "인증서가 자체 서명되었습니다"),
    };
    let mut f = chain.says(Impact::Broken, headline).because(say!(
        "subject and issuer are both {name}, and its own key signed it",
        "주체와 발급자가 모두 {name}이고 인증서 자신의 키로 서명되었습니다",
        name = Arg::quote(&leaf.subject)
    ));
    let text = leaf.subject.to_string().to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|p| text.contains(p)) {
        f = f.labels(&[Cause::ChainSelfSigned, Cause::CertPlaceholder]).because(say!(
            "a product makes such a certificate for itself until it finds the one that was meant",
            "지정한 인증서를 찾지 못한 제품이 스스로 만들어 쓰는 인증서입니다"
        ));
    }
    Ok(f.cure(Cure::new(
        Safety::Confirm,
        say!("install a certificate of a CA that the visitors trust", "방문자가 신뢰하는 CA의 인증서를 설치합니다"),
    ))
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "for visitors of your own: run a small private CA and distribute its root, not every server's certificate",
            "내부 사용자만 쓴다면 서버마다 인증서를 배포하지 말고 사설 CA를 두어 그 루트를 배포합니다"
        ),
    ))
    .into())
}

fn untrusted(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    // a server with a CA of its own has that root in its store: without a look into it nothing is said
    if look.handed_over() && !chain.trust.sets.contains(&Set::Machine) {
        look.whole_of("store:Machine\\Root")?;
    }
    let found = match chain.gap() {
        Some(Gap::Root { root: Some(root), .. }) => told(&chain, &root),
        Some(Gap::Root { root: None, child, other_key }) => not_shown(&chain, &child, other_key),
        // what was fetched leads to a root that nobody trusts either
        Some(Gap::Issuer { needed, .. }) if !needed.is_empty() => match chain.best().and_then(|p| chain.root_gap(p)) {
            Some(Gap::Root { root: Some(root), .. }) => told(&chain, &root),
            _ => return Ok(chain.outcome(vec![])),
        },
        _ => return Ok(chain.outcome(vec![])),
    };
    Ok(found
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "for the public: use a certificate of a public CA",
                "일반 방문자에게는 공인 CA의 인증서를 씁니다"
            ),
        ))
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "for visitors of your own: put the private root into their trust stores, after comparing its fingerprint",
                    "내부 사용자라면 지문을 확인한 뒤 사설 루트를 사용자의 신뢰 저장소에 넣습니다"
                ),
            )
            .run(Platform::Windows, "certutil -addstore Root root.cer")
            .run(Platform::Linux, "cp root.crt /usr/local/share/ca-certificates/ && update-ca-certificates"),
        )
        .cure(
            Cure::new(Safety::Safe, say!("to check the rest with that root trusted", "그 루트를 신뢰한다고 두고 나머지를 확인하려면"))
                .run(Platform::Any, "tlsdiag --ca-file root.pem"),
        )
        .into())
}

fn told(chain: &Chain<'_>, root: &Arc<Certificate>) -> Finding {
    chain
        .says(Impact::Broken, headline(called(root)))
        .because(say!(
            "the chain is complete and ends in {root}, self-signed, valid until {day}, SHA-256 {print}",
            "체인은 완전하며 자체 서명된 {root}에서 끝납니다(만료일 {day}, SHA-256 {print})",
            root = Arg::quote(&root.subject),
            day = date(root.not_after),
            print = Arg::term(root.id)
        ))
        .because(lists(chain))
}

/// The root itself was not sent, and need not be.
fn not_shown(chain: &Chain<'_>, child: &Arc<Certificate>, other_key: bool) -> Finding {
    let f = chain.says(Impact::Broken, headline(issuer_called(child))).at_most(Standing::Likely);
    if other_key {
        return f.labels(&[Cause::ChainPrivateCa, Cause::ChainUntrustedRoot]).because(say!(
            "a trusted root is called {issuer} too, but another key signed {child}: that CA was made anew",
            "신뢰하는 루트 중에 {issuer:이} 있으나 {child:은} 다른 키로 서명되었습니다. CA를 새로 만든 것입니다",
            issuer = Arg::quote(&child.issuer),
            child = called(child)
        ));
    }
    f.labels(&[Cause::ChainUntrustedRoot, Cause::ChainPrivateCa, Cause::ChainMissingIntermediate])
        .because(say!(
            "{child} was issued by {issuer}, which is not there, is in no list, and has no address to be fetched from",
            "{child:을} 발급한 {issuer:은} 체인에 없고 어느 목록에도 없으며 내려받을 주소도 없습니다",
            child = called(child),
            issuer = Arg::quote(&child.issuer)
        ))
        .because(lists(chain))
}

fn headline(root: Arg) -> Say {
    say!("the root {root} is not trusted", "루트 {root:을} 신뢰할 수 없습니다", root = root)
}

/// In which lists it was looked for.
fn lists(chain: &Chain<'_>) -> Say {
    let mut all: Vec<Arg> = chain.trust.sets.iter().map(super::store::set_called).collect();
    all.dedup();
    say!("looked for in: {lists}", "찾아본 목록: {lists}", lists = Arg::List(all))
}
