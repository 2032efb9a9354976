//! A hello as long and as new as a browser's fails and an older one works: is it its length, its segments, or the new group?
use crate::s5_handshake::experiment::{alike, conclude, failed_at_hello, peek, works};
use crate::s5_handshake::words;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Handshake, Trial, Vary};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_wire::registry::Group;

/// The length itself.
pub static LONG: Rule = Rule {
    code: Code(6001),
    slug: "long-hello",
    title: Tpl { en: "a long ClientHello is not borne", ko: "긴 ClientHello를 견디지 못함" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsLargeClientHello],
    explains: &[explains(5001), explains(5002), explains(5006), explains(5007)],
    routine: false,
    check: long,
    sources: &[
        "RFC 8446 section 4.1.2 and 5.1 (a hello may be as long as its lengths say, over several records)",
        "RFC 7685 (padding)",
    ],
    page: page!("long_hello"),
};

/// More than one segment.
pub static SPLIT: Rule = Rule {
    code: Code(6002),
    slug: "split-hello",
    title: Tpl {
        en: "a ClientHello in two segments is not borne", ko: "두 세그먼트로 나뉜 ClientHello를 견디지 못함"
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsLargeClientHello],
    explains: &[explains(5001), explains(5002), explains(5006), explains(5007)],
    routine: false,
    check: split,
    sources: &["RFC 9293 section 3.8 (TCP is a stream; segments mean nothing to what is above)"],
    page: page!("split_hello"),
};

/// The new group.
pub static GROUP: Rule = Rule {
    code: Code(6003),
    slug: "new-group",
    title: Tpl {
        en: "the post-quantum group in ClientHello is not borne",
        ko: "ClientHello의 양자 내성 그룹을 견디지 못함",
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsExtensionIntolerance, Cause::HsLargeClientHello],
    explains: &[explains(5001), explains(5002), explains(5005), explains(5006), explains(5007)],
    routine: false,
    check: group,
    sources: &[
        "RFC 8446 section 4.2.7 and 4.2.8 (unknown groups and shares are ignored)",
        "draft-ietf-tls-ecdhe-mlkem (X25519MLKEM768)",
    ],
    page: page!("new_group"),
};

fn long(look: &Look<'_>) -> Judged {
    let base = failed_at_hello(look)?;
    let classic = look.trial(Vary::Classic)?;
    if !works(&classic) || works(&*peek(look, Vary::ClassicPadded)?) {
        return Ok(Outcome::Pass);
    }
    let split = look.trial(Vary::ClassicSplit)?;
    if !works(&split) || works(&*peek(look, Vary::SmallSegments)?) {
        return Ok(Outcome::Pass);
    }
    let headline = say!(
        "a long ClientHello is not borne: {least} bytes get an answer, {most} bytes do not",
        "긴 ClientHello를 견디지 못합니다. {least}바이트에는 응답하고 {most}바이트에는 응답하지 않습니다",
        least = Arg::num(longest_that_worked(look, &base)?),
        most = Arg::num(base.offer.bytes)
    );
    let f = conclude(look, Impact::Broken, &base, &[classic, split], headline)?;
    let (padded, small) = (look.trial(Vary::ClassicPadded)?, look.trial(Vary::SmallSegments)?);
    if !alike(&padded, &base) || !alike(&small, &base) {
        return Err(Stop::NotApplicable);
    }
    let f = tell(f, &base, &[classic, padded, split, small]).and(padded.at).and(small.at);
    Ok(box_or_server(f).into())
}

fn split(look: &Look<'_>) -> Judged {
    let base = failed_at_hello(look)?;
    let classic = look.trial(Vary::Classic)?;
    if !works(&classic) || works(&*peek(look, Vary::ClassicSplit)?) {
        return Ok(Outcome::Pass);
    }
    let headline = say!(
        "a ClientHello that arrives in two segments is not borne",
        "두 세그먼트로 나뉘어 도착한 ClientHello를 견디지 못합니다"
    );
    let f = conclude(look, Impact::Broken, &base, &[classic], headline)?;
    let split = look.trial(Vary::ClassicSplit)?;
    if !alike(&split, &base) {
        return Err(Stop::NotApplicable);
    }
    Ok(box_or_server(tell(f, &base, &[classic, split]).and(split.at)).into())
}

fn group(look: &Look<'_>) -> Judged {
    let base = failed_at_hello(look)?;
    let classic = look.trial(Vary::Classic)?;
    if !works(&classic) {
        return Ok(Outcome::Pass);
    }
    let padded = look.trial(Vary::ClassicPadded)?;
    if !works(&padded) {
        return Ok(Outcome::Pass);
    }
    let new: Vec<u16> = base.offer.groups.iter().copied().filter(|g| !classic.offer.groups.contains(g)).collect();
    if new.is_empty() {
        return Err(Stop::NotApplicable);
    }
    let names = Arg::List(new.into_iter().map(|g| Arg::term(Group(g))).collect());
    let headline = say!(
        "the server breaks when {group} is offered",
        "{group:을} 제안하면 서버가 핸드셰이크를 중단합니다",
        group = names
    );
    let f = conclude(look, Impact::Broken, &base, &[classic, padded], headline)?;
    Ok(box_or_server(tell(f, &base, &[classic, padded])).into())
}

/// The longest hello in one piece that got an answer and is shorter than the base: the limit lies above it.
fn longest_that_worked(look: &Look<'_>, base: &Handshake) -> Result<u32, Stop> {
    let whole = |h: &&Cited<'_, Handshake>| {
        matches!(h.trial, Trial::Vary(_)) && works(h) && h.offer.writes <= 1 && h.offer.mss.is_none()
    };
    let all = look.handshakes()?;
    Ok(all.iter().filter(whole).map(|h| h.offer.bytes).filter(|b| *b < base.offer.bytes).max().unwrap_or(0))
}

fn tell(f: Finding, base: &Handshake, trials: &[Cited<'_, Handshake>]) -> Finding {
    let who = say!(
        "current browsers, whose hello carries a post-quantum key share (Chrome and Edge since 2024, Firefox, Safari)",
        "양자 내성 키를 함께 보내는 최신 브라우저(2024년 이후의 Chrome과 Edge, Firefox, Safari)"
    );
    let f = f.who(Who::Clients(who)).because(words::line(base));
    trials.iter().fold(f, |f, t| f.because(words::line(t)))
}

fn box_or_server(f: Finding) -> Finding {
    f.cure(Cure::new(
        Safety::Manual,
        say!(
            "update the load balancer, firewall or TLS library that receives the hello; try from the server's own network to tell which: if it works there, it is a box on the way",
            "ClientHello를 받는 부하 분산 장치, 방화벽 또는 TLS 라이브러리를 업데이트합니다. 서버와 같은 네트워크에서 되면 중간 장비가 원인입니다"
        ),
    ))
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "until then, on clients that you manage, policy can keep the post-quantum group out of the hello (Chrome and Edge; Firefox: security.tls.enable_kyber)",
                "그때까지 직접 관리하는 클라이언트에서는 정책으로 양자 내성 그룹을 뺄 수 있습니다(Chrome과 Edge, Firefox는 security.tls.enable_kyber)"
            ),
        )
        .run(
            Platform::Windows,
            r"reg add HKLM\SOFTWARE\Policies\Google\Chrome /v PostQuantumKeyAgreementEnabled /t REG_DWORD /d 0 /f",
        ),
    )
}
