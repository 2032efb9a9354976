//! A thumbprint as somebody pasted it: what hides in it, and which certificate it is, or is not.
use crate::look::{Cited, Look};
use crate::s1_key::at_hand::name_of;
use crate::{Judged, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{Filed, Identity, Pasted, PastedIs};
use tlsdiag_model::{
    Arg, Cause, CertId, Code, Cure, FactRef, Finding, Impact, Layer, Platform, Safety, Say, Subject, Tpl, say,
};

/// Something that cannot be seen.
pub static HIDDEN: Rule = Rule {
    code: Code(4010),
    slug: "thumbprint-hidden-character",
    title: Tpl { en: "the thumbprint holds a hidden character", ko: "지문에 보이지 않는 문자가 있음" },
    layer: Layer::Bind,
    over: Over::Hosts,
    causes: &[Cause::BindThumbprintHiddenChar],
    explains: &[],
    routine: false,
    check: hidden,
    sources: &[
        "Unicode: general category Cf (U+200E LEFT-TO-RIGHT MARK)",
        "Microsoft: Certificate thumbprint displayed in MMC certificate snap-in has extra invisible character (KB 2023835)",
        "netsh http add sslcert: The parameter is incorrect (87)",
    ],
    page: page!("thumbprint"),
};

/// Not the thumbprint of the certificate that was meant.
pub static UNLIKE: Rule = Rule {
    code: Code(4011),
    slug: "thumbprint-of-no-certificate",
    title: Tpl { en: "the thumbprint is not the certificate's", ko: "인증서의 지문이 아님" },
    layer: Layer::Bind,
    over: Over::Hosts,
    causes: &[Cause::BindWrongCertSelected],
    explains: &[],
    routine: false,
    check: unlike,
    sources: &[
        "Microsoft: HTTP_SERVICE_CONFIG_SSL_PARAM, pSslHash (SHA-1 of the certificate)",
        "Microsoft: netsh http add sslcert, certhash (20 octets in hexadecimal)",
    ],
    page: page!("thumbprint"),
};

/// Numbers of a certificate that are no thumbprint of it: words of the reader, and how they are told.
const OTHER_NUMBERS: &[(&str, Tpl)] = &[
    ("serial number", Tpl { en: "its serial number", ko: "일련 번호" }),
    ("subject key identifier", Tpl { en: "its subject key identifier", ko: "주체 키 식별자" }),
    ("of its public key", Tpl { en: "the SHA-256 of its public key", ko: "공개 키의 SHA-256" }),
    ("beginning of", Tpl { en: "the beginning of a longer hash", ko: "더 긴 해시의 앞부분" }),
];

/// Slips of copying.
const SLIPS: &[(&str, Tpl)] = &[
    ("missing", Tpl { en: "digits are missing", ko: "빠진 자리가 있습니다" }),
    ("too many", Tpl { en: "digits are too many", ko: "남는 자리가 있습니다" }),
    ("changed places", Tpl { en: "two digits changed places", ko: "두 자리가 서로 바뀌었습니다" }),
    ("differ", Tpl { en: "digits are other ones", ko: "다른 자리가 있습니다" }),
];

/// Each pasted text once, in an order of its own.
fn pasted<'a>(look: &Look<'a>) -> Vec<Cited<'a, Pasted>> {
    let mut all: Vec<_> = look.seen::<Pasted>().collect();
    all.sort_by(|a, b| (&a.text, a.at).cmp(&(&b.text, b.at)));
    all.dedup_by(|a, b| a.text == b.text);
    all
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect()
}

/// A finding on the text, which is read here whoever pasted it.
fn says(look: &Look<'_>, p: &Cited<'_, Pasted>, say: Say) -> Finding {
    let mut f = look.absent(Impact::Broken, p.at, say);
    f.held = p.row.span;
    f.subject = Subject::Identity { host: look.subject().host(), label: digits(&p.text).into() };
    f
}

/// The thumbprint that Windows wants: SHA-1 in hexadecimal.
fn thumbprint(look: &Look<'_>, id: CertId) -> Option<String> {
    let c = look.derived().certificate(id)?;
    Some(c.thumbprint.0.iter().map(|b| format!("{b:02x}")).collect())
}

fn called(look: &Look<'_>, id: CertId) -> Arg {
    look.derived().certificate(id).map_or_else(|| Arg::term(id), |c| name_of(&c))
}

fn hidden(look: &Look<'_>) -> Judged {
    const SIGNS: &[&str] = &["invisible", "U+", "in place of a digit"];
    let mut out: Vec<Finding> = vec![];
    for p in pasted(look) {
        let odd: Vec<Arg> = p.oddities.iter().filter(|o| SIGNS.iter().any(|s| o.contains(s))).map(Arg::quote).collect();
        if odd.is_empty() {
            continue;
        }
        let seen = p.oddities.iter().any(|o| o.contains("in place of a digit"));
        let headline = if seen {
            say!(
                "the thumbprint holds a character that only looks like a digit",
                "지문에 숫자처럼 보이는 다른 문자가 있습니다"
            )
        } else {
            say!("the thumbprint holds a character that cannot be seen", "지문에 보이지 않는 문자가 있습니다")
        };
        let f = says(look, &p, headline)
            .because(say!(
                "found: {what} (octets from its start)",
                "찾은 문자: {what}(앞에서부터 바이트 위치)",
                what = Arg::List(odd)
            ))
            .because(say!(
                "netsh answers 'The parameter is incorrect' (87) to it, and the certificate store finds nothing",
                "netsh는 '매개 변수가 틀립니다'(87)라고 하고 인증서 저장소에서는 아무것도 찾지 못합니다"
            ));
        let clean = match &p.is {
            PastedIs::Same(id) => thumbprint(look, *id),
            _ => None,
        };
        out.push(f.cure(command(
            say!(
                "use it without the character: typed by hand, or as it stands here",
                "그 문자를 뺀 지문을 씁니다. 직접 입력하거나 아래 것을 복사합니다"
            ),
            clean.as_deref().unwrap_or(&digits(&p.text)),
        )));
    }
    Ok(found(out))
}

/// What was told of one text acquits no other.
fn found(out: Vec<Finding>) -> Outcome {
    if out.is_empty() { Outcome::NotApplicable } else { out.into() }
}

fn command(say: Say, hash: &str) -> Cure {
    Cure::new(Safety::Confirm, say)
        .run(Platform::Windows, format!("netsh http add sslcert ipport=0.0.0.0:443 certhash={hash} appid={{4dc3e181-e14b-4a21-b022-59fc669b0914}}"))
        .run(Platform::Windows, "certutil -store my")
}

fn unlike(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = vec![];
    for p in pasted(look) {
        out.extend(match &p.is {
            PastedIs::Same(_) => None,
            PastedIs::OtherHash(id) => Some(other_hash(look, &p, *id)),
            PastedIs::Near(id, how) => Some(near(look, &p, *id, how)),
            PastedIs::Nothing => nothing(look, &p),
        });
    }
    Ok(found(out))
}

fn other_hash(look: &Look<'_>, p: &Cited<'_, Pasted>, id: CertId) -> Finding {
    let f = says(
        look,
        p,
        say!(
            "this is the {kind} of the certificate, and Windows wants its SHA-1",
            "이것은 인증서의 {kind} 값이며 Windows는 SHA-1을 씁니다",
            kind = Arg::term(&p.kind)
        ),
    )
    .because(say!(
        "it is a hash of the certificate of {name}; a thumbprint in Windows has 40 digits",
        "{name} 인증서의 해시입니다. Windows의 지문은 40자리입니다",
        name = called(look, id)
    ));
    let f = cite(look, f, id);
    match thumbprint(look, id) {
        Some(t) => f.cure(command(
            say!("use the SHA-1 thumbprint of the same certificate", "같은 인증서의 SHA-1 지문을 씁니다"),
            &t,
        )),
        None => f,
    }
}

fn near(look: &Look<'_>, p: &Cited<'_, Pasted>, id: CertId, how: &str) -> Finding {
    let word = |t: &[(&str, Tpl)]| t.iter().find(|(w, _)| how.contains(w)).map(|(_, t)| Arg::Word(*t));
    let headline = match word(OTHER_NUMBERS) {
        Some(what) => {
            say!(
                "this is not the thumbprint of the certificate, but {what}",
                "인증서의 지문이 아니라 {what}입니다",
                what = what
            )
        }
        None => say!(
            "the thumbprint was copied with a slip: {slip}",
            "지문이 잘못 복사되었습니다: {slip}",
            slip = word(SLIPS).unwrap_or_else(|| Arg::quote(how))
        ),
    };
    let f = says(look, p, headline).because(say!(
        "held against the certificate of {name}: {how}",
        "{name} 인증서와 비교: {how}",
        name = called(look, id),
        how = Arg::quote(how)
    ));
    let f = cite(look, f, id);
    match thumbprint(look, id) {
        Some(t) => f.cure(command(say!("the whole thumbprint", "올바른 지문"), &t)),
        None => f,
    }
}

fn nothing(look: &Look<'_>, p: &Cited<'_, Pasted>) -> Option<Finding> {
    let at_hand = leaves(look);
    // a number of digits that no hash has is wrong by itself
    let odd_length = p.kind.ends_with("digits");
    if at_hand.is_empty() && !odd_length {
        return None;
    }
    let headline = if odd_length {
        say!("this is no thumbprint: it has {n}", "지문이 아닙니다: {n}", n = length(&p.text))
    } else {
        say!("the thumbprint is that of no certificate at hand", "살펴본 인증서 가운데 이 지문을 가진 것이 없습니다")
    };
    let mut f = says(look, p, headline);
    if odd_length {
        f = f.because(say!("a thumbprint in Windows has 40 digits", "Windows의 지문은 40자리입니다"));
    }
    for (id, at) in at_hand.iter().take(4) {
        let Some(t) = thumbprint(look, *id) else { continue };
        f = f.and(*at).because(say!(
            "the certificate of {name} has {thumbprint}",
            "{name} 인증서의 지문: {thumbprint}",
            name = called(look, *id),
            thumbprint = Arg::term(t)
        ));
    }
    Some(match at_hand.first().and_then(|(id, _)| thumbprint(look, *id)).filter(|_| at_hand.len() == 1) {
        Some(t) => f.cure(command(say!("if that certificate is meant", "그 인증서를 쓰려던 것이라면"), &t)),
        None => f.cure(
            Cure::new(Safety::Safe, say!("look for the certificate that has it", "이 지문을 가진 인증서를 찾습니다"))
                .run(Platform::Windows, format!("certutil -store my {}", digits(&p.text))),
        ),
    })
}

fn length(text: &str) -> Arg {
    let n = Arg::num(digits(text).len());
    Arg::Say(Box::new(say!("{n} digits", "{n}자리", n = n)))
}

/// The certificates that somebody could have meant: the servers' own of the files at hand.
fn leaves(look: &Look<'_>) -> Vec<(CertId, FactRef)> {
    let mut all: Vec<(CertId, FactRef)> = look.seen::<Identity>().map(|i| (i.leaf, i.at)).collect();
    all.sort();
    all.dedup_by_key(|(id, _)| *id);
    all
}

fn cite(look: &Look<'_>, f: Finding, id: CertId) -> Finding {
    let is = |c: &Cited<'_, Filed>| c.row.what.what == tlsdiag_model::facts::Thing::Cert(id);
    match look.seen::<Filed>().find(is) {
        Some(c) => f.and(c.at),
        None => f,
    }
}
