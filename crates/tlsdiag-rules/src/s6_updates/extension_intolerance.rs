//! The server breaks on an extension that it does not know, instead of ignoring it: which one?
use crate::s5_handshake::experiment::{alike, conclude, failed_at_hello, peek, works};
use crate::s5_handshake::words;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Handshake, Vary};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Safety, Say, Tpl, say};
use tlsdiag_wire::registry::ExtensionType as X;

/// An extension in the hello.
pub static RULE: Rule = Rule {
    code: Code(6011),
    slug: "extension-intolerance",
    title: Tpl { en: "the server breaks on an extension", ko: "ClientHello의 확장 때문에 서버가 중단함" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsExtensionIntolerance],
    explains: &[explains(5001), explains(5002), explains(5004), explains(5005), explains(5006), explains(5007)],
    routine: false,
    check,
    sources: &[
        "RFC 8446 section 4.1.2 and 9.3 (unknown extensions, suites and groups are ignored)",
        "RFC 8701 (GREASE)",
        "RFC 7301 section 3.2 (ALPN)",
    ],
    page: page!("extension_intolerance"),
};

/// What hellos of TLS 1.2 and 1.3 carry and a server may stumble over: the newest first.
pub(crate) const SUSPECTS: [u16; 7] = [
    X::APPLICATION_SETTINGS.0,
    X::ALPN.0,
    X::SIGNED_CERTIFICATE_TIMESTAMP.0,
    X::STATUS_REQUEST.0,
    X::EXTENDED_MASTER_SECRET.0,
    X::SESSION_TICKET.0,
    X::RENEGOTIATION_INFO.0,
];

/// What only hellos of TLS 1.3 carry, apart from TLS 1.3 itself.
pub(crate) const TLS13_SUSPECTS: [u16; 2] = [X::ENCRYPTED_CLIENT_HELLO.0, X::COMPRESS_CERTIFICATE.0];

fn check(look: &Look<'_>) -> Judged {
    let base = failed_at_hello(look)?;
    if works(&*peek(look, Vary::Classic)?) {
        return Ok(Outcome::Pass);
    }
    let tls12 = look.trial(Vary::Tls12)?;
    let carried = |x: &u16| base.offer.extensions.contains(x);
    if works(&tls12) {
        for x in TLS13_SUSPECTS.into_iter().filter(carried) {
            if works(&*peek(look, Vary::Without(x))?) {
                return one(look, &base, x, &[]);
            }
        }
        return if works(&*peek(look, Vary::NoGrease)?) { grease(look, &base) } else { Ok(Outcome::Pass) };
    }
    if works(&*peek(look, Vary::NoGrease)?) {
        return grease(look, &base);
    }
    let few = look.trial(Vary::FewExtensions)?;
    if !works(&few) {
        return Ok(Outcome::Pass);
    }
    let suspects: Vec<u16> = SUSPECTS.into_iter().filter(carried).collect();
    for x in &suspects {
        if works(&*peek(look, Vary::Without(*x))?) {
            return one(look, &base, *x, &[few]);
        }
    }
    several(look, &base, &few, &suspects)
}

fn grease(look: &Look<'_>, base: &Cited<'_, Handshake>) -> Judged {
    let headline = say!(
        "the server breaks on values that it does not know (GREASE)",
        "서버가 모르는 값(GREASE)이 있으면 핸드셰이크를 중단합니다"
    );
    let without = look.trial(Vary::NoGrease)?;
    let because = say!(
        "browsers mix reserved values into their hellos (RFC 8701), which every server has to ignore",
        "브라우저는 예약된 값을 ClientHello에 섞어 보내며(RFC 8701), 서버는 이를 무시해야 합니다"
    );
    Ok(cures(named(look, base, &[without], headline)?.because(because)).into())
}

fn one<'a>(look: &Look<'a>, base: &Cited<'a, Handshake>, x: u16, more: &[Cited<'a, Handshake>]) -> Judged {
    let headline = say!(
        "the server breaks on the extension {extension}",
        "{extension} 확장이 있으면 서버가 핸드셰이크를 중단합니다",
        extension = words::extension(x)
    );
    let mut trials = vec![look.trial(Vary::Without(x))?];
    trials.extend(more);
    Ok(cures(named(look, base, &trials, headline)?).into())
}

fn several<'a>(look: &Look<'a>, base: &Cited<'a, Handshake>, few: &Cited<'a, Handshake>, suspects: &[u16]) -> Judged {
    let headline =
        say!("the server breaks on more than one extension", "둘 이상의 확장 때문에 서버가 핸드셰이크를 중단합니다");
    let f = named(look, base, &[*few], headline)?;
    let mut refs = vec![];
    for x in suspects {
        let h = look.trial(Vary::Without(*x))?;
        if !alike(&h, base) {
            return Err(Stop::NotApplicable);
        }
        refs.push(h.at);
    }
    let because = say!(
        "without any single one of {list} it ends as before; without all of them it works",
        "{list} 가운데 하나만 빼면 결과가 같고, 모두 빼면 됩니다",
        list = Arg::List(suspects.iter().map(|x| words::extension(*x)).collect())
    );
    Ok(cures(refs.into_iter().fold(f, Finding::and).because(because)).into())
}

fn named<'a>(
    look: &Look<'a>,
    base: &Cited<'a, Handshake>,
    trials: &[Cited<'a, Handshake>],
    headline: Say,
) -> Result<Finding, Stop> {
    let mut f = conclude(look, Impact::Broken, base, trials, headline)?.because(words::line(base));
    for t in trials {
        f = f.because(words::line(t));
    }
    // the shorter hello must have failed like the base, or the length is the matter
    let classic = look.trial(Vary::Classic)?;
    if alike(&classic, base) { Ok(f.and(classic.at).because(words::line(&classic))) } else { Err(Stop::NotApplicable) }
}

fn cures(f: Finding) -> Finding {
    f.cure(Cure::new(
        Safety::Manual,
        say!(
            "update the TLS library or firmware that answers here: a server ignores what it does not know",
            "여기서 응답하는 TLS 라이브러리나 펌웨어를 업데이트합니다. 서버는 모르는 값을 무시해야 합니다"
        ),
    ))
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "try from the server's own network: if it works there, a box that inspects TLS on the way is to blame, and its inspection of this site can be switched off",
            "서버와 같은 네트워크에서 시도해 봅니다. 거기서 되면 TLS를 검사하는 중간 장비가 원인이며, 이 사이트의 검사를 끌 수 있습니다"
        ),
    ))
}
