//! Rules of the scenarios' own: small, so that a scenario shows the engine and not a rule.
use tlsdiag_model::facts::*;
use tlsdiag_model::*;
use tlsdiag_rules::Over;
use tlsdiag_rules::*;

const NO_PAGE: Page = Page { en: "", ko: "" };

const fn bare(code: u16, slug: &'static str, layer: Layer, over: Over, check: fn(&Look<'_>) -> Judged) -> Rule {
    Rule {
        code: Code(code),
        slug,
        title: Tpl { en: slug, ko: slug },
        layer,
        over,
        causes: &[],
        explains: &[],
        routine: false,
        check,
        sources: &["a scenario"],
        page: NO_PAGE,
    }
}

/// A symptom: the server hung up on a plain hello.
pub(crate) static HUNG_UP: Rule =
    bare(5001, "hung-up", Layer::Negotiate, Over::Endpoints, |l| ends(l, |e| *e == End::Reset));
/// A symptom: protocol_version.
pub(crate) static VERSION: Rule =
    bare(5901, "version-alert", Layer::Negotiate, Over::Endpoints, |l| ends(l, |e| *e == End::Alert(70)));

fn ends(l: &Look<'_>, bad: fn(&End) -> bool) -> Judged {
    let all = l.handshakes()?;
    let found: Vec<Finding> = all
        .iter()
        .filter(|h| h.trial == Trial::Base && bad(&h.end))
        .map(|h| l.behaves(Impact::Broken, h, say!("the handshake ends", "핸드셰이크가 끊김")))
        .collect();
    Ok(if all.is_empty() { Outcome::NotApplicable } else { found.into() })
}

/// The binding names no certificate: a state over time, or proven absence.
pub(crate) static NULL_HASH: Rule = Rule {
    causes: &[Cause::BindHttpsysMissing],
    explains: &[explains(5001), explains(9915)],
    ..bare(4901, "null-hash", Layer::Bind, Over::Endpoints, |l| {
        let e = l.endpoint()?;
        let ip = RecordKind::IpPort;
        let states = [(ip, e.addr, e.port, None), (ip, Addr::Any, e.port, None)]
            .iter()
            .map(|k| l.states::<Binding>(k))
            .find(|s| !s.is_empty());
        let Some(states) = states else {
            let looked = l.whole::<Binding>()?;
            return Ok(l.absent(Impact::Broken, looked, say!("no binding", "바인딩 없음")).into());
        };
        let found: Vec<Finding> = states
            .iter()
            .filter(|s| s.cited.hash == Reading::Empty)
            .map(|s| l.state(Impact::Broken, s, say!("no certificate", "인증서 없음")))
            .collect();
        Ok(found.into())
    })
};

/// A version switched off for the whole machine: explains an alert only if all that the client offered is off.
pub(crate) static OFF: Rule = Rule {
    causes: &[Cause::ProtoRegistryDisabled],
    explains: &[Edge {
        symptom: Code(5901),
        fits: |fit| {
            let off: Vec<u16> = fit.look.seen::<Protocol>().filter(|p| !p.enabled).map(|p| p.version).collect();
            fit.symptom
                .evidence()
                .filter_map(|at| fit.look.cited::<Handshake>(at))
                .any(|h| !h.offer.versions.is_empty() && h.offer.versions.iter().all(|v| off.contains(v)))
        },
    }],
    ..bare(5902, "version-off", Layer::Negotiate, Over::Hosts, |l| {
        let found: Vec<Finding> = l
            .seen::<Protocol>()
            .filter(|p| !p.enabled)
            .map(|p| l.reads_as(Impact::Partial, &p, say!("a version is off", "버전 꺼짐")))
            .collect();
        if found.is_empty() {
            l.whole::<Protocol>()?;
        }
        Ok(found.into())
    })
};

/// A stored certificate without its key: broken where it is used, a note where it lies unused.
pub(crate) static NO_KEY: Rule = Rule {
    causes: &[Cause::KeyMissing],
    explains: &[explains(5001)],
    ..bare(1901, "no-key", Layer::Key, Over::Certs, |l| {
        let Subject::Cert { id, .. } = l.subject() else { return Ok(Outcome::NotApplicable) };
        let used = l.all::<Binding>().any(|b| b.hash == Reading::Good(Thumb::of_octets(&id.0).unwrap()));
        let impact = if used { Impact::Broken } else { Impact::Note };
        let found: Vec<Finding> = l
            .states::<Holding>(&(*id, Role::Store))
            .iter()
            .filter(|s| s.cited.has_key == Sight::Saw(false))
            .map(|s| l.state(impact, s, say!("no key", "개인 키 없음")))
            .collect();
        Ok(found.into())
    })
};

/// Events fold: one finding with count and span.
pub(crate) static HTTP_EVENT: Rule = bare(9915, "http-event-15021", Layer::Bind, Over::Hosts, |l| {
    let found: Vec<Finding> = l
        .seen::<Event>()
        .filter(|e| e.id == 15021)
        .map(|e| {
            l.behaves(
                Impact::Broken,
                &e,
                say!("event 15021, {n} times", "이벤트 15021 {n}회", n = Arg::Num(e.row.count)),
            )
        })
        .collect();
    if found.is_empty() {
        l.whole::<Event>()?;
    }
    Ok(found.into())
});

/// Judged at the time of each observation.
pub(crate) static EXPIRED: Rule = Rule {
    causes: &[Cause::CertExpired],
    ..bare(2901, "expired", Layer::Trust, Over::Endpoints, |l| {
        let found: Vec<Finding> = l
            .handshakes()?
            .iter()
            .filter(|h| {
                h.leaf()
                    .and_then(|id| l.derived().certificate(id))
                    .is_some_and(|c| c.not_after < h.row.span.last / 1000)
            })
            .map(|h| l.reads_as(Impact::Broken, h, say!("expired", "만료됨")))
            .collect();
        Ok(found.into())
    })
};

/// Adaptive without I/O: each `?` asks for the next experiment only when the one before made it worth while.
pub(crate) static LONG_HELLO: Rule = Rule {
    causes: &[Cause::HsLargeClientHello],
    explains: &[explains(5001)],
    ..bare(6901, "long-hello", Layer::Negotiate, Over::Endpoints, |l| {
        let base = l.base()?;
        if base.done() {
            return Ok(Outcome::Pass);
        }
        let short = l.trial(Vary::Classic)?;
        if !short.done() {
            return Ok(Outcome::NotApplicable);
        }
        let padded = l.trial(Vary::ClassicPadded)?;
        if padded.done() {
            return Ok(Outcome::NotApplicable);
        }
        let found =
            l.concludes(Impact::Broken, &base, &[short, padded], say!("long hellos fail", "긴 ClientHello 실패"))?;
        Ok(found.map_or(Outcome::NotApplicable, Outcome::from))
    })
};

/// Two ways of being sure of little.
pub(crate) static RUMOUR: Rule = Rule {
    causes: &[Cause::KeyAcl],
    explains: &[explains(5001)],
    ..bare(6902, "rumour", Layer::Key, Over::Hosts, |l| {
        let found: Vec<Finding> = l
            .seen::<Event>()
            .filter(|e| e.id == 36870)
            .map(|e| l.behaves(Impact::Broken, &e, say!("a log says so", "로그에 따르면")))
            .collect();
        Ok(found.into())
    })
};

pub(crate) static ALL: &[&Rule] = &[&NO_KEY, &EXPIRED, &NULL_HASH, &HUNG_UP, &VERSION, &OFF, &LONG_HELLO, &HTTP_EVENT];
