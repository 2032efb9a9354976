//! Everything was sent, but in the wrong order, or more than is needed.
use super::chain::Chain;
use super::in_file;
use super::words::called;
use crate::s1_key::at_hand::certificates;
use crate::{Edge, Judged, Look, Outcome, Over, Rule, page};
use std::sync::Arc;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_pki::path::{Origin, Role};
use tlsdiag_pki::{Certificate, Path};

/// Not in order.
pub static WRONG_ORDER: Rule = Rule {
    code: Code(2523),
    slug: "wrong-order",
    title: Tpl { en: "the certificates are in the wrong order", ko: "인증서 순서가 잘못됨" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainWrongOrder],
    explains: &[
        Edge { symptom: Code(2500), fits: |f| f.cause.impact == Impact::Broken },
        Edge { symptom: Code(1101), fits: |f| f.cause.impact == Impact::Broken },
    ],
    routine: false,
    check: wrong_order,
    sources: &[
        "RFC 8446 section 4.4.2 (the sender's certificate comes first)",
        "RFC 5246 section 7.4.2 (each following certificate certifies the one before)",
        "measured: Mbed TLS 2.28 and wolfSSL 5.5 refuse two intermediates in the wrong order, all others sort them",
    ],
    page: page!("order"),
};

/// The root came along.
pub static ROOT_SENT: Rule = Rule {
    code: Code(2524),
    slug: "root-sent",
    title: Tpl { en: "the root certificate is in the chain", ko: "체인에 루트 인증서가 들어 있음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[],
    explains: &[],
    routine: false,
    check: root_sent,
    sources: &["RFC 8446 section 4.4.2 (the trust anchor may be omitted)"],
    page: page!("order"),
};

/// One came twice.
pub static DUPLICATE: Rule = Rule {
    code: Code(2525),
    slug: "duplicate-certificate",
    title: Tpl { en: "a certificate is there twice", ko: "같은 인증서가 두 번 들어 있음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[],
    explains: &[],
    routine: false,
    check: duplicate,
    sources: &["RFC 8446 section 4.4.2 (Certificate)"],
    page: page!("order"),
};

/// Right, but in pieces.
pub static TWO_FILES: Rule = Rule {
    code: Code(2528),
    slug: "chain-in-two-files",
    title: Tpl {
        en: "certificate and chain lie in two files", ko: "인증서와 체인이 두 파일에 나뉘어 있음"
    },
    layer: Layer::Trust,
    over: Over::Identities,
    causes: &[],
    explains: &[],
    routine: false,
    check: two_files,
    sources: &[
        "nginx: ssl_certificate (the primary certificate first, then the intermediates, in one file)",
        "Apache: SSLCertificateFile (since 2.4.8 with the chain), SSLCertificateChainFile",
    ],
    page: page!("order"),
};

/// None of them is a server's.
pub static NO_SERVER: Rule = Rule {
    code: Code(2529),
    slug: "no-server-certificate",
    title: Tpl { en: "the file holds no server's certificate", ko: "서버 인증서가 없는 파일" },
    layer: Layer::Trust,
    over: Over::Identities,
    causes: &[Cause::CertNoneConfigured],
    explains: &[],
    routine: false,
    check: no_server,
    sources: &["RFC 5280 section 4.2.1.9 (basicConstraints)", "certbot: cert.pem, chain.pem, fullchain.pem"],
    page: page!("order"),
};

fn no_server(look: &Look<'_>) -> Judged {
    let chain = Chain::as_sent(look)?;
    let Some(i) = chain.shown.identity().filter(|_| chain.only_authorities()) else { return Ok(Outcome::Pass) };
    Ok(in_file::only_authorities(&chain, i).into())
}

fn two_files(look: &Look<'_>) -> Judged {
    let i = look.identity()?;
    let own = certificates(look, &i.path);
    let chain = Chain::of(look)?;
    // the same chain must hold; what is wrong with it has rules of its own
    if !chain.in_pieces(&i) || !chain.trust.holds() {
        return Ok(Outcome::NotApplicable);
    }
    Ok(in_file::in_two(&chain, &i, &own).into())
}

fn wrong_order(look: &Look<'_>) -> Judged {
    let chain = Chain::as_sent(look)?;
    if let Some(leaf) = chain.leaf_elsewhere() {
        return Ok(leaf_not_first(&chain, &leaf).into());
    }
    let Some(path) = in_best_order(&chain) else { return Ok(Outcome::NotApplicable) };
    let positions = sent_positions(path);
    if positions.is_sorted() {
        return Ok(Outcome::Pass);
    }
    let right: Vec<Arg> = path
        .steps
        .iter()
        .filter(|s| s.role != Role::Anchor)
        .filter_map(|s| s.certificate.as_deref())
        .map(called)
        .collect();
    let say = match chain.file() {
        Some(file) => say!(
            "the intermediate certificates in {file} are in the wrong order",
            "{file}에 있는 중간 인증서의 순서가 잘못되었습니다",
            file = file
        ),
        None => {
            say!("the intermediate certificates are sent in the wrong order", "중간 인증서의 순서가 잘못되었습니다")
        }
    };
    Ok(chain
        .says(Impact::Partial, say)
        .who(Who::Clients(say!(
            "Mbed TLS and wolfSSL, as in devices, which follow the order as it is sent",
            "받은 순서대로 따라가는 Mbed TLS와 wolfSSL(기기에 많이 쓰임)"
        )))
        .because(say!("in order it would be: {right}", "올바른 순서: {right}", right = Arg::List(right)))
        .cure(sort())
        .into())
}

fn leaf_not_first(chain: &Chain<'_>, leaf: &Arc<Certificate>) -> Finding {
    let first = &chain.trust.leaf;
    if let Some(i) = chain.shown.identity() {
        return in_file::leaf_not_first(chain, i, first, leaf);
    }
    chain
        .says(
            Impact::Broken,
            say!("the server's own certificate does not come first", "서버 자신의 인증서가 맨 앞에 있지 않습니다"),
        )
        .because(say!(
            "first comes the CA certificate {first}; the one for {leaf} comes later",
            "맨 앞에 CA 인증서 {first:이} 있고 {leaf}의 인증서는 그 뒤에 있습니다",
            first = called(first),
            leaf = called(leaf)
        ))
        .because(say!(
            "clients take the first as the server's, whatever follows",
            "클라이언트는 뒤에 무엇이 오든 맨 앞의 것을 서버 인증서로 봅니다"
        ))
        .cure(sort())
}

fn sort() -> Cure {
    Cure::new(
        Safety::Confirm,
        say!(
            "sort the chain file: the server's certificate first, then the one that issued it, and so on",
            "체인 파일의 순서를 서버 인증서, 그 발급자, 그 위의 발급자 순으로 맞춥니다"
        ),
    )
    .run(Platform::Linux, "cat server.pem intermediate.pem > fullchain.pem")
    .run(Platform::Linux, "openssl storeutl -noout -text -certs fullchain.pem | grep -E 'Subject:|Issuer:'")
}

/// The path of what was sent that is nearest to the order of sending, roots aside.
fn in_best_order<'c>(chain: &'c Chain<'_>) -> Option<&'c Path> {
    let best = chain.trust.search.best()?;
    let own = chain.trust.search.paths.iter().filter(|p| !p.needs_extra() && p.end == best.path.end);
    own.min_by_key(|p| sent_positions(p).windows(2).filter(|w| matches!(w, [a, b] if b < a)).count())
}

fn sent_positions(path: &Path) -> Vec<usize> {
    let between = path.steps.iter().filter(|s| matches!(s.role, Role::Leaf | Role::Intermediate));
    between
        .filter_map(|s| match s.origin {
            Origin::Sent(at) => Some(at),
            _ => None,
        })
        .collect()
}

fn root_sent(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    if !chain.trust.holds() {
        return Ok(Outcome::NotApplicable);
    }
    let Some(root) = chain.trust.search.sent.roots.first().and_then(|i| chain.trust.sent.get(*i)) else {
        return Ok(Outcome::Pass);
    };
    let say = match chain.file_of(root) {
        Some(file) => say!(
            "{file} holds the root {root}, which helps nobody",
            "{file}에 루트 {root:이} 들어 있지만 쓰이지 않습니다",
            file = file,
            root = called(root)
        ),
        None => say!(
            "the root {root} is sent along, which helps nobody",
            "루트 {root:을} 함께 보내지만 쓰이지 않습니다",
            root = called(root)
        ),
    };
    Ok(chain
        .says(Impact::Note, say)
        .because(size(root))
        .cure(Cure::new(Safety::Confirm, say!("leave the root out of the chain file", "체인 파일에서 루트를 뺍니다")))
        .into())
}

fn duplicate(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let Some(twice) = chain.trust.search.sent.duplicates.first().and_then(|(i, _)| chain.trust.sent.get(*i)) else {
        return Ok(Outcome::Pass);
    };
    let say = match chain.file() {
        Some(_) if chain.shown.identity().is_some_and(|i| chain.in_pieces(i)) => {
            say!("the certificate {name} is there twice", "인증서 {name:이} 두 번 들어 있습니다", name = called(twice))
        }
        Some(file) => say!(
            "the certificate {name} is twice in {file}",
            "인증서 {name:이} {file}에 두 번 들어 있습니다",
            name = called(twice),
            file = file
        ),
        None => {
            say!("the certificate {name} is sent twice", "인증서 {name:을} 두 번 보냅니다", name = called(twice))
        }
    };
    Ok(chain
        .says(Impact::Note, say)
        .because(size(twice))
        .cure(Cure::new(
            Safety::Confirm,
            say!(
                "take the second copy out; in Apache use either SSLCertificateChainFile or a full chain in SSLCertificateFile, not both",
                "두 번째 것을 뺍니다. Apache라면 SSLCertificateChainFile과 전체 체인 파일 중 하나만 씁니다"
            ),
        ))
        .into())
}

fn size(c: &Certificate) -> tlsdiag_model::Say {
    say!(
        "{bytes} bytes more in every full handshake",
        "전체 핸드셰이크마다 {bytes}바이트가 더 전송됩니다",
        bytes = Arg::num(c.der.len())
    )
}
