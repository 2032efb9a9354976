//! Whom the chain convinces and whom not: this machine's store against Mozilla's list.
use super::chain::Chain;
use super::words::called;
use crate::{Judged, Look, Outcome, Over, Rule, page};
use std::sync::Arc;
use tlsdiag_model::facts::{Anchors, Set};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_pki::Certificate;

/// This machine trusts it, the public lists do not.
pub static HERE_ONLY: Rule = Rule {
    code: Code(2513),
    slug: "trusted-here-only",
    title: Tpl { en: "only this machine trusts the root", ko: "이 컴퓨터만 신뢰하는 루트" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainPrivateCa],
    explains: &[],
    routine: false,
    check: here_only,
    sources: &[
        "RFC 5280 section 6.1.1 (d) (trust anchor information)",
        "Mozilla CA Certificate Program, included roots",
    ],
    page: page!("store"),
};

/// Mozilla's list trusts it, this machine does not.
pub static NOT_HERE: Rule = Rule {
    code: Code(2514),
    slug: "not-trusted-here",
    title: Tpl {
        en: "this machine does not trust a public root", ko: "이 컴퓨터가 공인 루트를 신뢰하지 않음"
    },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainStoreStale],
    explains: &[],
    routine: false,
    check: not_here,
    sources: &[
        "RFC 5280 section 6.1.1 (d) (trust anchor information)",
        "Mozilla CA Certificate Program, included roots",
    ],
    page: page!("store"),
};

/// A set of anchors in words.
pub(crate) fn set_called(set: &Set) -> Arg {
    match set {
        Set::Mozilla => Arg::word("Mozilla's list", "Mozilla 목록"),
        Set::Machine => Arg::word("this machine's store", "이 컴퓨터의 저장소"),
        Set::File => Arg::word("--ca-file", "--ca-file"),
    }
}

fn here_only(look: &Look<'_>) -> Judged {
    // whose files were sent is the server: what it trusts says nothing of its visitors
    if look.handed_over() {
        return Ok(Outcome::NotApplicable);
    }
    let chain = Chain::of(look)?;
    let holds = chain.trust.holds_for();
    if holds.is_empty() {
        return Ok(Outcome::NotApplicable);
    }
    if !holds.contains(&Set::Machine) || holds.contains(&Set::Mozilla) || holds.contains(&Set::File) {
        return Ok(Outcome::Pass);
    }
    let root = anchor(&chain, &Set::Machine);
    let headline = match &root {
        Some(r) => {
            say!("only this machine trusts the root {root}", "루트 {root:은} 이 컴퓨터만 신뢰합니다", root = called(r))
        }
        None => say!("only this machine trusts the root", "이 컴퓨터만 루트를 신뢰합니다"),
    };
    let mut f = chain.says(Impact::Partial, headline).who(Who::Clients(say!(
        "clients without this root: phones, other machines, programs with a list of their own (Firefox, Java, Node.js, containers)",
        "이 루트가 없는 클라이언트: 휴대전화, 다른 컴퓨터, 자체 목록을 쓰는 프로그램(Firefox, Java, Node.js, 컨테이너)"
    )));
    f = cite_store(&chain, f);
    Ok(f.because(say!(
        "the chain holds by this machine's store and by no root of Mozilla's list",
        "체인이 이 컴퓨터의 저장소로는 성립하지만 Mozilla 목록의 루트로는 성립하지 않습니다"
    ))
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "if everyone who is meant has the root, nothing: check against that root alone",
                "대상 사용자 모두에게 루트가 있다면 조치할 것이 없습니다. 그 루트만으로 확인합니다"
            ),
        )
        .run(Platform::Any, "tlsdiag --ca-file root.pem"),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "else give the root to the other clients, or use a certificate of a public CA",
            "그렇지 않다면 다른 클라이언트에도 루트를 배포하거나 공인 CA의 인증서를 씁니다"
        ),
    ))
    .into())
}

fn not_here(look: &Look<'_>) -> Judged {
    if look.handed_over() {
        return Ok(Outcome::NotApplicable);
    }
    let chain = Chain::of(look)?;
    let holds = chain.trust.holds_for();
    if holds.is_empty() || !chain.trust.sets.contains(&Set::Machine) {
        return Ok(Outcome::NotApplicable);
    }
    if !holds.contains(&Set::Mozilla) || holds.contains(&Set::Machine) {
        return Ok(Outcome::Pass);
    }
    let root = anchor(&chain, &Set::Mozilla);
    let empty = look.seen_on::<Anchors>(chain.shown.from()).any(|a| a.set == Set::Machine && a.certs.is_empty());
    let headline = match (&root, empty) {
        (_, true) => say!("this machine has no trusted roots at all", "이 컴퓨터에는 신뢰하는 루트가 하나도 없습니다"),
        (Some(r), _) => say!(
            "this machine does not trust the public root {root}",
            "이 컴퓨터가 공인 루트 {root:을} 신뢰하지 않습니다",
            root = called(r)
        ),
        (None, _) => say!("this machine does not trust a public root", "이 컴퓨터가 공인 루트를 신뢰하지 않습니다"),
    };
    let mut f = chain
        .says(Impact::Partial, headline)
        .who(Who::Clients(say!("programs on this machine that use its store", "이 컴퓨터의 저장소를 쓰는 프로그램")));
    if empty {
        f = f.labels(&[Cause::ChainStoreMissing, Cause::ChainStoreStale]);
    }
    f = cite_store(&chain, f);
    Ok(f.because(say!(
        "the chain holds by Mozilla's list, and its root is not in this machine's store",
        "체인이 Mozilla 목록으로는 성립하지만 그 루트가 이 컴퓨터의 저장소에 없습니다"
    ))
    .cure(
        Cure::new(
            Safety::Confirm,
            say!("bring this machine's store up to date", "이 컴퓨터의 루트 저장소를 갱신합니다"),
        )
        .run(Platform::Linux, "apt-get install --reinstall ca-certificates && update-ca-certificates")
        .run(Platform::Windows, "certutil -generateSSTFromWU roots.sst"),
    )
    .into())
}

/// The store's row is evidence too.
fn cite_store(chain: &Chain<'_>, f: tlsdiag_model::Finding) -> tlsdiag_model::Finding {
    let rows = chain.look.seen_on::<Anchors>(chain.shown.from()).filter(|a| a.set == Set::Machine);
    rows.fold(f, |f, a| f.and(a.at))
}

/// The anchor of a valid path for a set.
pub(crate) fn anchor(chain: &Chain<'_>, set: &Set) -> Option<Arc<Certificate>> {
    let mut valid = chain.trust.search.valid().filter(|p| !p.needs_extra());
    let path = valid.find(|p| chain.trust.sets_of(p).contains(set))?;
    path.steps.last()?.certificate.clone()
}
