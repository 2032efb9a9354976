//! Authorities in the wrong store of the machine, and old copies of an issuer beside the current one: what lies there
//! decides which chain Windows builds and sends.
use super::words::{called, date};
use crate::s1_key::in_store::{of_machine, uses};
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, page};
use std::{collections::BTreeMap, sync::Arc};
use tlsdiag_model::facts::{Binding, Handshake, RecordFlag, SiteAccess, Stored};
use tlsdiag_model::{
    Arg, Cause, CertId, Code, Cure, Finding, Impact, Layer, Platform, Reading, Safety, Standing, Thumb, Tpl, Who, say,
};
use tlsdiag_pki::Certificate;

/// In the wrong store.
pub static MISPLACED: Rule = Rule {
    code: Code(2563),
    slug: "misplaced-root",
    title: Tpl { en: "an authority lies in the wrong store", ko: "잘못된 저장소에 있는 인증 기관" },
    layer: Layer::Trust,
    over: Over::Stored,
    causes: &[Cause::ChainMisplacedRootStore],
    explains: &[],
    routine: false,
    check: misplaced,
    sources: &[
        "Microsoft KB 2795828, 2802568: certificates that are not self-signed in Trusted Root Certification Authorities",
        "Microsoft: system store locations",
    ],
    page: page!("stores"),
};

/// Two of one name.
pub static SIBLING: Rule = Rule {
    code: Code(2564),
    slug: "stale-sibling-intermediate",
    title: Tpl {
        en: "an old copy of the issuer lies in the store", ko: "저장소에 남은 오래된 중간 인증서"
    },
    layer: Layer::Trust,
    over: Over::Stored,
    causes: &[Cause::ChainWindowsSelection],
    explains: &[Edge { symptom: Code(2522), fits: was_sent }],
    routine: false,
    check: sibling,
    sources: &[
        "Microsoft: CertGetCertificateChain (several chains, the best one is taken)",
        "RFC 5280 section 4.2.1.1 (authority key identifier)",
    ],
    page: page!("stores"),
};

/// The old copy was sent.
fn was_sent(fit: &crate::Fit<'_>) -> bool {
    fit.cause.impact <= Impact::Partial
}

fn named(s: &Stored, store: &str) -> bool {
    s.store.eq_ignore_ascii_case(store) && of_machine(&s.location)
}

fn read(look: &Look<'_>, s: &Stored) -> Option<Arc<Certificate>> {
    let by_thumb = || match &s.thumb {
        Reading::Good(t) => look.certificate_of(t),
        _ => None,
    };
    look.derived().certificate(s.cert.or_else(by_thumb)?)
}

/// Is it its own issuer? `None`: not told.
fn self_issued(look: &Look<'_>, s: &Stored) -> Option<bool> {
    match (read(look, s), &s.subject, &s.issuer) {
        (Some(c), _, _) => Some(c.self_issued()),
        (None, Some(a), Some(b)) => Some(a.trim().eq_ignore_ascii_case(b.trim())),
        _ => None,
    }
}

fn name_of(look: &Look<'_>, s: &Cited<'_, Stored>, thumb: &Thumb) -> Arg {
    let c = read(look, &s.row.what);
    crate::s1_key::in_store::called(&[*s], c.as_deref(), thumb)
}

/// The certificates of bound records, with their names.
fn bound(look: &Look<'_>) -> BTreeMap<CertId, Arc<Certificate>> {
    let mut out = BTreeMap::new();
    for b in look.seen::<Binding>() {
        let Reading::Good(t) = &b.row.what.hash else { continue };
        let Some(id) = look.certificate_of(t) else { continue };
        out.extend(look.derived().certificate(id).map(|c| (id, c)));
    }
    out
}

/// Does this authority stand above a bound certificate, as far as the machine's stores tell?
fn above_a_bound(look: &Look<'_>, authority: &Certificate) -> bool {
    let all: Vec<Arc<Certificate>> = look
        .seen::<Stored>()
        .filter(|s| ["CA", "Root", "AuthRoot"].iter().any(|n| named(&s.row.what, n)))
        .filter_map(|s| read(look, &s.row.what))
        .collect();
    bound(look).into_values().any(|leaf| {
        let mut issuer = leaf.issuer.clone();
        // chains of more than eight are not built by anybody
        for _ in 0..8 {
            if authority.subject.matches(&issuer) {
                return true;
            }
            match all.iter().find(|c| c.subject.matches(&issuer) && !c.self_issued()) {
                Some(c) => issuer = c.issuer.clone(),
                None => return false,
            }
        }
        false
    })
}

/// Does any record or site ask clients for certificates?
fn clients_are_asked(look: &Look<'_>) -> bool {
    let asks = |b: &Binding| b.flags.as_ref().is_some_and(|f| f.contains(&RecordFlag::NegotiateClientCertificate));
    look.seen::<Binding>().any(|b| asks(&b.row.what)) || look.seen::<SiteAccess>().any(|a| a.negotiate || a.require)
}

fn misplaced(look: &Look<'_>) -> Judged {
    let thumb = look.thumb()?;
    let mut rows: Vec<Cited<'_, Stored>> = look.stored_as(thumb).collect();
    rows.sort_by_key(|s| (s.row.span, s.at));
    let in_root = rows.iter().find(|s| named(&s.row.what, "Root"));
    let in_ca = rows.iter().find(|s| named(&s.row.what, "CA"));
    if let Some(s) = in_root {
        return Ok(match self_issued(look, &s.row.what) {
            Some(false) => in_trusted_root(look, s, thumb, in_ca.is_some()).into(),
            Some(true) => Outcome::Pass,
            None => Outcome::NotApplicable,
        });
    }
    let Some(s) = in_ca else { return Ok(Outcome::NotApplicable) };
    if self_issued(look, &s.row.what) != Some(true) || rows.iter().any(|r| named(&r.row.what, "AuthRoot")) {
        return Ok(Outcome::Pass);
    }
    // Windows itself keeps an old root there; only the root of a bound certificate matters
    match read(look, &s.row.what) {
        Some(c) if above_a_bound(look, &c) => {
            let looked = look.whole_of("store:Machine\\Root")?;
            Ok(root_in_intermediates(look, s, thumb).and(looked).into())
        }
        _ => Ok(Outcome::NotApplicable),
    }
}

fn in_trusted_root(look: &Look<'_>, s: &Cited<'_, Stored>, thumb: &Thumb, also_in_ca: bool) -> Finding {
    let above = read(look, &s.row.what).is_some_and(|c| above_a_bound(look, &c));
    let asked = clients_are_asked(look);
    let impact = if asked || above && !also_in_ca { Impact::Partial } else { Impact::Risk };
    let mut f = look
        .reads_as(
            impact,
            s,
            say!(
                "{name} lies among the trusted roots and is no root",
                "{name:이} 루트가 아닌데 신뢰할 수 있는 루트 인증 기관에 있습니다",
                name = name_of(look, s, thumb)
            ),
        )
        .because(say!(
            "thumbprint {thumb}; its issuer is another than itself",
            "지문 {thumb}. 발급자가 자기 자신이 아닙니다",
            thumb = Arg::term(thumb)
        ));
    if asked {
        f = f.at_most(Standing::Likely).who(Who::Clients(say!(
            "clients with certificates (error 403.16)",
            "클라이언트 인증서를 쓰는 사용자(오류 403.16)"
        )));
        f = f.because(say!(
            "HTTP.sys refuses client certificates on a machine with such an entry",
            "이런 항목이 있으면 HTTP.sys가 클라이언트 인증서를 거부합니다"
        ));
    } else if impact == Impact::Partial {
        f = f.at_most(Standing::Likely).who(Who::Clients(say!(
            "clients that do not have the intermediate certificate",
            "중간 인증서가 없는 클라이언트"
        )));
        f = f.because(say!(
            "it belongs to the chain of a bound certificate, and Windows does not send what it takes for a root",
            "바인딩된 인증서의 체인에 속하며 Windows는 루트로 여기는 인증서를 보내지 않습니다"
        ));
    }
    f.cure(
        Cure::new(
            Safety::Confirm,
            say!("move it to the Intermediate store of the computer", "컴퓨터의 중간 인증 기관 저장소로 옮깁니다"),
        )
        .run(Platform::Windows, format!("certutil -store Root \"{thumb}\" intermediate.cer"))
        .run(Platform::Windows, "certutil -addstore CA intermediate.cer")
        .run(Platform::Windows, format!("certutil -delstore Root \"{thumb}\"")),
    )
}

fn root_in_intermediates(look: &Look<'_>, s: &Cited<'_, Stored>, thumb: &Thumb) -> Finding {
    let say = say!(
        "the root {name} lies in the Intermediate store only, where nobody trusts it",
        "루트 {name:이} 중간 인증 기관 저장소에만 있어 신뢰되지 않습니다",
        name = name_of(look, s, thumb)
    );
    look.reads_as(Impact::Risk, s, say)
        .because(say!(
            "thumbprint {thumb}; it is the root of a bound certificate",
            "지문 {thumb}. 바인딩된 인증서의 루트입니다",
            thumb = Arg::term(thumb)
        ))
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "after comparing its thumbprint with the CA's: put it into the computer's Trusted Root store",
                    "CA가 알려 준 지문과 비교한 뒤 컴퓨터의 신뢰할 수 있는 루트 인증 기관에 넣습니다"
                ),
            )
            .run(Platform::Windows, format!("certutil -store CA \"{thumb}\" root.cer")),
        )
}

fn sibling(look: &Look<'_>) -> Judged {
    let thumb = look.thumb()?;
    let uses = uses(look, thumb, "");
    let leaf = look.certificate_of(thumb).and_then(|id| look.derived().certificate(id));
    let (Some(leaf), false) = (leaf, uses.is_empty()) else { return Ok(Outcome::NotApplicable) };
    let mut issuers: BTreeMap<CertId, (Arc<Certificate>, Cited<'_, Stored>)> = BTreeMap::new();
    let lie = look.seen::<Stored>().filter(|s| named(&s.row.what, "CA") || named(&s.row.what, "Root"));
    for s in lie {
        let Some(c) = read(look, &s.row.what).filter(|c| issues(c, &leaf)) else { continue };
        issuers.entry(tlsdiag_model::Fingerprint(c.id.0)).or_insert((c, s));
    }
    let Some((_, (_, any))) = issuers.iter().next() else { return Ok(Outcome::NotApplicable) };
    let now = any.row.span.last.div_euclid(1000);
    let (good, stale): (Vec<_>, Vec<_>) =
        issuers.iter().partition(|(_, (c, _))| c.not_after >= now && c.not_before <= now);
    let (Some((_, (fresh, _))), Some((old_id, (old, at)))) = (good.first(), stale.first()) else {
        return Ok(Outcome::Pass);
    };
    let sent = look
        .seen::<Handshake>()
        .find(|h| h.chain.saw().is_some_and(|c| c.contains(*old_id)) && h.leaf() == look.certificate_of(thumb));
    let impact = if sent.is_some() { Impact::Partial } else { Impact::Risk };
    let say = say!(
        "an expired copy of the issuer {name} lies beside the current one",
        "발급자 {name}의 만료된 사본이 현재 인증서와 함께 저장소에 있습니다",
        name = called(old)
    );
    let mut f = look.reads_as(impact, at, say).at_most(Standing::Likely).because(say!(
        "one ends on {old}, the other on {fresh}; both fit as the issuer of the bound certificate, and Windows picks the chain that it sends from the stores",
        "하나는 {old}, 다른 하나는 {fresh}까지입니다. 둘 다 바인딩된 인증서의 발급자로 맞으며 Windows는 저장소에서 골라 체인을 보냅니다",
        old = date(old.not_after),
        fresh = date(fresh.not_after)
    ));
    for u in &uses {
        f = f.and(u.at).because(say!(
            "bound to {place}",
            "{place}에 바인딩되어 있습니다",
            place = Arg::quote(&u.place)
        ));
    }
    if let Some(h) = sent {
        f = f
            .and(h.at)
            .because(say!("the expired one was sent in a handshake", "핸드셰이크에서 만료된 인증서를 보냈습니다"));
    }
    Ok(f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "keep a copy, delete the expired one from the store, and let Windows build its chains anew (restart the machine's https services)",
                "사본을 보관하고 만료된 인증서를 저장소에서 삭제한 뒤 Windows가 체인을 다시 만들게 합니다(https 서비스 다시 시작)"
            ),
        )
        .run(Platform::Windows, format!("certutil -store CA {} old.cer", old.serial_hex()))
        .run(Platform::Windows, format!("certutil -delstore CA {}", old.serial_hex()))
        .run(Platform::Windows, "certutil -setreg chain\\ChainCacheResyncFiletime @now"),
    )
    .into())
}

/// Could it have issued the other: the name, and the key identifiers where both give one.
fn issues(c: &Certificate, child: &Certificate) -> bool {
    let named = child.extensions.authority_key_id.as_ref().and_then(|a| a.key_id.as_ref());
    let keys = match (named, &c.extensions.subject_key_id) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    c.subject.matches(&child.issuer) && keys
}
