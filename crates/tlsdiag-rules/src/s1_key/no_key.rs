//! A certificate in a machine's store without its key: none at all, the key still under its request, the key of another.
use super::in_store::{Entry, called, entries, issue_anew, of_machine};
use crate::s2_acquire::joined::of_this_key;
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{KeyLink, Stored};
use tlsdiag_model::{Arg, Ask, Cause, Code, Cure, Finding, Fingerprint, Layer, Platform, Safety, Standing, Tpl, say};

/// No key.
pub static NO_KEY: Rule = Rule {
    code: Code(1110),
    slug: "certificate-without-key",
    title: Tpl {
        en: "the certificate in the store has no private key", ko: "저장소의 인증서에 개인 키가 없음"
    },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyMissing],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(2015), fits: of_this_key },
        Edge { symptom: Code(2023), fits: of_this_key },
        explains(4001),
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: no_key,
    sources: &[
        "Microsoft: Troubleshooting SSL related issues, scenario 1",
        "Microsoft: CERT_KEY_PROV_INFO_PROP_ID (CertGetCertificateContextProperty)",
        "Microsoft: certutil -repairstore",
    ],
    page: page!("no_key"),
};

/// The key lies under a pending request.
pub static UNFINISHED: Rule = Rule {
    code: Code(1111),
    slug: "request-unfinished",
    title: Tpl {
        en: "the key lies under a request that was never finished", ko: "완료하지 않은 요청에 남은 개인 키"
    },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::CertRequestUnfinished],
    explains: &[explains(1110)],
    routine: false,
    check: unfinished,
    sources: &[
        "Microsoft: certreq -accept",
        "Microsoft: Complete Certificate Request (IIS)",
        "Microsoft: certutil -repairstore",
    ],
    page: page!("no_key"),
};

/// The key of another certificate.
pub static OF_ANOTHER: Rule = Rule {
    code: Code(1112),
    slug: "key-of-another-container",
    title: Tpl {
        en: "the entry names the key of another certificate", ko: "다른 인증서의 키를 가리키는 항목"
    },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyMismatch],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: of_another,
    sources: &["RFC 5280 section 4.1.2.7 (the key that is certified)", "Microsoft: certutil -repairstore"],
    page: page!("no_key"),
};

/// The store in which the answer would stand.
pub(crate) fn ask_store(look: &Look<'_>, store: &str) -> Stop {
    Stop::Missing(Ask::Under { host: look.subject().host(), of: format!("store:Machine\\{store}") })
}

fn no_key(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut unknown = None;
    for e in &entries(look)? {
        match e.has_key() {
            Some((false, state)) if !e.uses.is_empty() || e.certificate().is_none_or(|c| !c.is_ca()) => {
                let f = e.says(
                    &state,
                    say!(
                        "the certificate {name} has no private key in the machine's store",
                        "컴퓨터 저장소의 인증서 {name}에 개인 키가 없습니다",
                        name = e.called()
                    ),
                );
                findings.push(mend(f, e));
            }
            Some(_) => {}
            None if !e.uses.is_empty() => unknown = Some(ask_store(look, e.store_word())),
            None => {}
        }
    }
    match unknown {
        Some(stop) if findings.is_empty() => Err(stop),
        _ => Ok(findings.into()),
    }
}

fn mend(f: Finding, e: &Entry<'_, '_>) -> Finding {
    f.because(say!(
        "its entry carries no key provider information: the certificate came alone (a .cer or .crt file), or its key was made elsewhere",
        "항목에 키 공급자 정보가 없습니다. 인증서만 가져왔거나(.cer, .crt) 키를 다른 곳에서 만들었습니다"
    ))
    .cure(e.repair())
    .cure(e.import())
    .cure(issue_anew())
}

/// Requests of the machine whose key is there, or of which no more is told.
fn requests<'a>(look: &Look<'a>) -> Vec<Cited<'a, Stored>> {
    look.seen::<Stored>()
        .filter(|s| s.store.eq_ignore_ascii_case("REQUEST") && of_machine(&s.location))
        .filter(|s| s.key.saw() != Some(&KeyLink::None))
        .collect()
}

fn unfinished(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut keyless = false;
    for e in &entries(look)? {
        let Some((false, state)) = e.has_key() else { continue };
        keyless = true;
        let own = e.certificate();
        let mut best: Option<(Standing, Cited<'_, Stored>)> = None;
        for r in requests(look) {
            let theirs = r.row.what.cert.and_then(|id| look.derived().certificate(id));
            let fits = match (&own, &theirs) {
                (Some(a), Some(b)) => (a.public_key.spki == b.public_key.spki).then_some(Standing::Proven),
                _ => same_subject(e, &r.row.what).then_some(Standing::Likely),
            };
            if let Some(s) = fits.filter(|s| best.as_ref().is_none_or(|(b, _)| s < b)) {
                best = Some((s, r));
            }
        }
        let Some((standing, request)) = best else { continue };
        let say = say!(
            "the key of {name} lies under its request, which was never finished",
            "{name}의 개인 키가 완료하지 않은 요청에 남아 있습니다",
            name = e.called()
        );
        let why = if standing == Standing::Proven {
            say!(
                "an entry of the store REQUEST has the very public key of this certificate",
                "REQUEST 저장소의 항목이 이 인증서와 같은 공개 키를 가지고 있습니다"
            )
        } else {
            say!(
                "an entry of the store REQUEST has the subject of this certificate; its public key was not told",
                "REQUEST 저장소의 항목이 이 인증서와 같은 주체를 가지고 있습니다. 공개 키는 알 수 없습니다"
            )
        };
        findings.push(finish(e.says(&state, say).at_most(standing).and(request.at).because(why), e));
    }
    if findings.is_empty() && keyless {
        look.whole_of("store:Machine\\REQUEST")?;
    }
    Ok(if keyless { findings.into() } else { Outcome::NotApplicable })
}

fn finish(f: Finding, e: &Entry<'_, '_>) -> Finding {
    let accept = Cure::new(
        Safety::Confirm,
        say!("or finish the request with the file that the CA sent", "또는 인증 기관이 보낸 파일로 요청을 완료합니다"),
    )
    .run(Platform::Windows, "certreq -accept site.cer");
    let keep = Cure::new(
        Safety::Safe,
        say!(
            "do not delete the entry of REQUEST before: its key is the only one that fits",
            "그 전에는 REQUEST의 항목을 삭제하지 마십시오. 맞는 개인 키는 그것뿐입니다"
        ),
    )
    .run(Platform::Windows, "certutil -v -store REQUEST");
    f.cure(e.repair()).cure(accept).cure(keep)
}

/// Subjects as text are compared without blanks and the letters' case.
fn same_subject(e: &Entry<'_, '_>, request: &Stored) -> bool {
    fn plain(s: &str) -> String {
        let mut parts: Vec<String> =
            s.split(',').map(|p| p.split_whitespace().collect::<String>().to_ascii_lowercase()).collect();
        // listings differ in the order of the parts
        parts.sort();
        parts.join(",")
    }
    let theirs = request.subject.as_deref().map(plain).filter(|s| !s.is_empty());
    theirs.is_some() && e.now(|s| s.subject.as_deref().map(plain)).map(|(s, _)| s) == theirs
}

fn of_another(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut compared = false;
    for e in &entries(look)? {
        let Some(own) = e.certificate().map(|c| Fingerprint::of(&c.public_key.spki)) else { continue };
        let Some((key, state)) = e.key(|k| k.spki) else { continue };
        compared = true;
        if key == own {
            continue;
        }
        let whose = owner(look, key);
        let say = say!(
            "the entry of {name} names the key of another certificate",
            "{name}의 항목이 다른 인증서의 개인 키를 가리킵니다",
            name = e.called()
        );
        let mut f = e.says(&state, say).because(say!(
            "the public key of the container that it names is not the one in the certificate",
            "항목이 가리키는 컨테이너의 공개 키가 인증서의 공개 키와 다릅니다"
        ));
        if let Some((container, _)) = e.key(|k| k.container.clone()) {
            f = f.because(say!("container {name}", "컨테이너 {name}", name = Arg::quote(container)));
        }
        if let Some((at, name)) = whose {
            f = f.and(at).because(say!("the key is that of {name}", "그 키는 {name}의 것입니다", name = name));
        }
        findings.push(f.cure(e.repair()).cure(e.import()).cure(issue_anew()));
    }
    Ok(if compared { findings.into() } else { Outcome::NotApplicable })
}

/// The certificate of the machine to which a key belongs.
fn owner(look: &Look<'_>, key: Fingerprint) -> Option<(tlsdiag_model::FactRef, Arg)> {
    let fits = |s: &Cited<'_, Stored>| {
        let c = s.row.what.cert.and_then(|id| look.derived().certificate(id))?;
        let tlsdiag_model::Reading::Good(thumb) = &s.row.what.thumb else { return None };
        (Fingerprint::of(&c.public_key.spki) == key).then(|| (thumb.clone(), s.at, called(&[*s], Some(&c), thumb)))
    };
    look.seen::<Stored>().filter_map(|s| fits(&s)).min_by(|a, b| a.0.cmp(&b.0)).map(|(_, at, name)| (at, name))
}
