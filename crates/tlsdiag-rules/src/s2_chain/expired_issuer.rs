//! An intermediate or root of the chain is out of date while the server's own certificate may be well.
use super::chain::Chain;
use super::words::{called, date, span};
use crate::{Judged, Look, Over, Rule, explains, page};
use std::sync::Arc;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_pki::path::{Origin, Role};
use tlsdiag_pki::{Certificate, Reason};

/// Out of date above the leaf.
pub static RULE: Rule = Rule {
    code: Code(2522),
    slug: "expired-intermediate",
    title: Tpl { en: "an intermediate certificate has expired", ko: "중간 인증서가 만료됨" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainExpiredIntermediate],
    explains: &[explains(2500), explains(2900)],
    routine: false,
    check,
    sources: &[
        "RFC 5280 section 6.1.3 (a) (2) (validity of every certificate on the path)",
        "measured: OpenSSL 1.0.2, GnuTLS 3.8 and wolfSSL 5.5 stop at an expired certificate although another path holds",
    ],
    page: page!("expired_issuer"),
};

fn check(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let mut out: Vec<Finding> = vec![];
    for (step, reason) in chain.faults().into_iter().filter(|(s, _)| s.role != Role::Leaf) {
        let Some(c) = &step.certificate else { continue };
        match reason {
            Reason::Expired { .. } => out.push(expired(&chain, step.role, c)),
            Reason::NotYetValid { .. } => out.push(not_yet(&chain, c)),
            _ => {}
        }
    }
    if out.is_empty() {
        out.extend(beside_a_valid_path(&chain));
    }
    Ok(chain.outcome(out))
}

fn expired(chain: &Chain<'_>, role: Role, c: &Arc<Certificate>) -> Finding {
    let ago = span(chain.trust.time.saturating_sub(c.not_after));
    if role == Role::Intermediate {
        let say = say!(
            "the intermediate certificate {name} expired {ago} ago, on {day}",
            "중간 인증서 {name:이} {ago} 전인 {day}에 만료되었습니다",
            name = called(c),
            ago = ago,
            day = date(c.not_after)
        );
        return replace(chain.says(Impact::Broken, say));
    }
    let say = say!(
        "the root {name} expired {ago} ago, on {day}",
        "루트 {name:이} {ago} 전인 {day}에 만료되었습니다",
        name = called(c),
        ago = ago,
        day = date(c.not_after)
    );
    let f = chain.says(Impact::Broken, say).labels(&[Cause::ChainExpiredCrossRoot, Cause::ChainExpiredIntermediate]);
    f.cure(Cure::new(
        Safety::Confirm,
        say!(
            "serve a chain to a root that is still valid: the CA offers another intermediate, or issue anew",
            "아직 유효한 루트로 이어지는 체인을 보냅니다. CA가 제공하는 다른 중간 인증서를 쓰거나 다시 발급받습니다"
        ),
    ))
}

fn replace(f: Finding) -> Finding {
    f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "replace it in the chain file by the current one of the same CA; the server's own certificate may stay",
                "체인 파일에서 같은 CA의 현재 중간 인증서로 바꿉니다. 서버 인증서는 그대로 두어도 됩니다"
            ),
        )
        .run(Platform::Linux, "openssl storeutl -noout -text -certs fullchain.pem | grep -E 'Subject:|Not After'"),
    )
    .cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "Windows: delete the expired one from the Intermediate Certification Authorities store, import the current one",
                "Windows: '중간 인증 기관' 저장소에서 만료된 것을 지우고 현재 것을 가져옵니다"
            ),
        )
        .run(Platform::Windows, "certutil -store CA"),
    )
}

fn not_yet(chain: &Chain<'_>, c: &Arc<Certificate>) -> Finding {
    let say = say!(
        "the issuing certificate {name} is valid only from {day}",
        "발급 인증서 {name:은} {day}부터 유효합니다",
        name = called(c),
        day = date(c.not_before)
    );
    chain.says(Impact::Broken, say).cure(Cure::new(
        Safety::Confirm,
        say!("serve the CA's previous intermediate until then", "그때까지 CA의 이전 중간 인증서를 보냅니다"),
    ))
}

/// An expired certificate that was sent although the chain holds another way.
fn beside_a_valid_path(chain: &Chain<'_>) -> Option<Finding> {
    let t = &chain.trust;
    let search = &t.search;
    let was_sent = |id| {
        t.sent
            .iter()
            .position(|c| c.id == id && !search.sent.roots.iter().any(|r| t.sent.get(*r).is_some_and(|x| x.id == id)))
    };
    let found = search.sent.expired_alternatives.iter().find_map(|e| was_sent(e.expired).map(|at| (e, at)))?;
    let (alternative, at) = found;
    let expired = t.sent.get(at)?;
    let valid = search.paths.get(alternative.valid_path)?;
    // a later copy of the same CA: those who take the first they find fail
    let copy = valid.steps.iter().any(|s| {
        matches!(s.origin, Origin::Sent(later) if later > at)
            && s.subject.matches(&expired.subject)
            && s.public_key == expired.public_key
    });
    let mend_needs_more = valid.needs_extra();
    let (name, day) = (called(expired), date(expired.not_after));
    let say = match chain.file() {
        Some(file) => say!(
            "{file} holds the intermediate certificate {name}, which expired on {day}",
            "{file}에 {day}에 만료된 중간 인증서 {name:이} 들어 있습니다",
            file = file,
            name = name,
            day = day
        ),
        None => say!(
            "the intermediate certificate {name}, which expired on {day}, is sent",
            "{day}에 만료된 중간 인증서 {name:을} 보냅니다",
            name = name,
            day = day
        ),
    };
    if mend_needs_more && !t.holds() {
        return Some(replace(chain.says(Impact::Broken, say)));
    }
    let who = if copy {
        say!(
            "GnuTLS, wolfSSL and OpenSSL 1.0.2, which take the first issuer that they find",
            "처음 찾은 발급자를 쓰는 GnuTLS, wolfSSL, OpenSSL 1.0.2"
        )
    } else {
        say!("wolfSSL and OpenSSL 1.0.2, which look for no other path", "다른 경로를 찾지 않는 wolfSSL과 OpenSSL 1.0.2")
    };
    // a renewed copy of the same CA, or a cross certificate under a root whose time is over
    let labels = if copy {
        [Cause::ChainExpiredIntermediate, Cause::ChainExpiredCrossRoot]
    } else {
        [Cause::ChainExpiredCrossRoot, Cause::ChainExpiredIntermediate]
    };
    let f = chain.says(Impact::Partial, say).labels(&labels).who(Who::Clients(who)).because(say!(
        "most clients find another path that holds, without {name}",
        "대부분의 클라이언트는 {name:을} 거치지 않는 유효한 경로를 찾습니다",
        name = Arg::quote(&expired.subject)
    ));
    Some(f.cure(Cure::new(
        Safety::Confirm,
        say!("take the expired certificate out of the chain file", "체인 파일에서 만료된 인증서를 뺍니다"),
    )))
}
