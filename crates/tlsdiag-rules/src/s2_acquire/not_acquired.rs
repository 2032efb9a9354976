//! A program tried the private key of a certificate in the store and could not get at it.
use super::codes::{hex, of_key};
use super::joined::of_this_key;
use crate::s1_key::in_store::{Entry, Use, called, entries_of, issue_anew, uses};
use crate::s1_key::no_key::ask_store;
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use std::collections::BTreeSet;
use tlsdiag_model::facts::{Event, KeyLink, KeyTest, Stored};
use tlsdiag_model::{
    Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Reading, Safety, Subject, Thumb, Tpl, say,
};

/// Tried, and failed.
pub static RULE: Rule = Rule {
    code: Code(2015),
    slug: "key-not-acquired",
    title: Tpl { en: "a trial of the private key failed", ko: "개인 키를 시험했으나 실패함" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyDamaged, Cause::KeyAcl, Cause::KeyMissing],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check,
    sources: &[
        "Microsoft: CryptAcquireCertificatePrivateKey",
        "Microsoft: CAPI2 diagnostics, event 70 (Acquire Certificate Private Key)",
        "Microsoft: certutil -v -store (encryption test, signature test)",
    ],
    page: page!("not_acquired"),
};

/// How a trial went: the code, where one was told.
type Trial = Result<(), Option<u32>>;

fn trial(s: &Stored) -> Option<Trial> {
    match s.key.saw()? {
        KeyLink::Failed(code) => Some(Err(Some(*code))),
        KeyLink::Named(n) => match n.test? {
            KeyTest::Passed => Some(Ok(())),
            KeyTest::Failed(code) => Some(Err(code)),
        },
        KeyLink::None | KeyLink::Held => None,
    }
}

fn check(look: &Look<'_>) -> Judged {
    let mut thumbs: BTreeSet<&Thumb> = BTreeSet::new();
    let stored: Vec<Cited<'_, Stored>> = look.seen::<Stored>().filter(|s| trial(&s.row.what).is_some()).collect();
    thumbs.extend(stored.iter().filter_map(|s| match &s.row.what.thumb {
        Reading::Good(t) => Some(t),
        _ => None,
    }));
    let events: Vec<Cited<'_, Event>> = look.seen::<Event>().filter(|e| acquired(&e.row.what)).collect();
    thumbs.extend(events.iter().filter_map(|e| e.row.what.thumb.as_ref()));
    let tried = !thumbs.is_empty();
    let mut findings: Vec<Finding> = vec![];
    for t in thumbs {
        let entries = match entries_of(look, t) {
            Ok(e) => e,
            Err(Stop::NotApplicable) => vec![],
            Err(other) => return Err(other),
        };
        let mut of_one: Vec<Finding> = entries.iter().filter_map(|e| from_store(e, t)).collect();
        for e in events.iter().filter(|e| e.row.what.thumb.as_ref() == Some(t) && e.code != Some(0)) {
            let f = from_event(look, e, t, &entries);
            match of_one.iter_mut().find(|k| k.say == f.say && k.impact == f.impact) {
                Some(k) => *k = k.clone().and(e.at),
                None => of_one.push(f),
            }
        }
        findings.extend(of_one);
    }
    match (findings.is_empty(), tried) {
        (false, _) => Ok(findings.into()),
        (true, true) => Ok(Outcome::Pass),
        (true, false) if look.handed_over() => Err(ask_store(look, "MY")),
        (true, false) => Err(Stop::NotApplicable),
    }
}

/// CAPI2's event on the acquisition of a private key.
fn acquired(e: &Event) -> bool {
    e.source.to_ascii_lowercase().ends_with("capi2") && e.id == 70 && e.code.is_some()
}

fn from_store(e: &Entry<'_, '_>, thumb: &Thumb) -> Option<Finding> {
    let (Err(code), state) = e.now(trial)? else { return None };
    let mut f = e.says(&state, headline(e.called(), code)).because(say!(
        "the program that listed the store tried the key and failed",
        "저장소를 나열한 프로그램이 키를 시험했으나 실패했습니다"
    ));
    // an endpoint where a site merely needs the certificate
    if matches!(f.subject, Subject::Host(_)) {
        f.subject = Subject::Stored { host: f.subject.host(), thumb: thumb.clone() };
    }
    Some(mend(f, code, Some(e)))
}

fn from_event(look: &Look<'_>, e: &Cited<'_, Event>, thumb: &Thumb, entries: &[Entry<'_, '_>]) -> Finding {
    let uses: Vec<Use> = uses(look, thumb, "");
    // HTTP.sys opens keys in lsass.exe; another program's failure is its own
    let other = e.process.as_deref().filter(|p| !p.eq_ignore_ascii_case("lsass.exe"));
    let impact = match (uses.is_empty(), other) {
        (false, None) => Impact::Broken,
        _ => Impact::Note,
    };
    let rows: Vec<Cited<'_, Stored>> = look.stored_as(thumb).collect();
    let cert = look.certificate_of(thumb).and_then(|id| look.derived().certificate(id));
    let mut f = look.behaves(impact, e, headline(called(&rows, cert.as_deref(), thumb), e.code));
    f.subject = Subject::Stored { host: f.subject.host(), thumb: thumb.clone() };
    f = f.because(say!(
        "CAPI2 log, event {id}: thumbprint {thumb}",
        "CAPI2 로그, 이벤트 {id}: 지문 {thumb}",
        id = Arg::num(e.id),
        thumb = Arg::term(thumb)
    ));
    if let Some(p) = e.process.as_deref() {
        f = f.because(say!("the program was {name}", "프로그램: {name}", name = Arg::quote(p)));
    }
    for u in &uses {
        f = f.and(u.at).because(say!(
            "bound to {place}",
            "{place}에 바인딩되어 있습니다",
            place = Arg::quote(&u.place)
        ));
    }
    mend(f, e.code, entries.first())
}

fn headline(name: Arg, code: Option<u32>) -> tlsdiag_model::Say {
    match code {
        Some(c) => say!(
            "the private key of {name} could not be opened ({code})",
            "{name}의 개인 키를 열 수 없었습니다({code})",
            name = name,
            code = Arg::term(hex(c))
        ),
        None => say!("the private key of {name} failed its test", "{name}의 개인 키 시험이 실패했습니다", name = name),
    }
}

fn mend(f: Finding, code: Option<u32>, entry: Option<&Entry<'_, '_>>) -> Finding {
    let (labels, why) = match code {
        Some(_) => of_key(code),
        // the container opened, and what lies in it does not work
        None => (&[Cause::KeyDamaged, Cause::KeyMismatch, Cause::KeyAcl][..], None),
    };
    let mut f = f.labels(labels);
    f.because.extend(why);
    if labels.contains(&Cause::KeyAcl) {
        f = f.cure(
            Cure::new(
                Safety::Safe,
                say!(
                    "see whether the key's file is there and who may read it",
                    "키 파일이 있는지, 누가 읽을 수 있는지 봅니다"
                ),
            )
            .run(Platform::Windows, "icacls \"%ALLUSERSPROFILE%\\Microsoft\\Crypto\\RSA\\MachineKeys\" /t")
            .run(Platform::Windows, "icacls \"%ALLUSERSPROFILE%\\Microsoft\\Crypto\\Keys\" /t"),
        );
    }
    match entry {
        Some(e) => f.cure(e.repair()).cure(e.import()),
        None => f,
    }
    .cure(issue_anew())
}
