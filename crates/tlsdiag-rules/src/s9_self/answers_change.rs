//! The same question gets different answers: no experiment can name anything finer, as its control does not hold.
use crate::{Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Client, Connect, ConnectEnd, End, Handshake, HttpAnswer, HttpEnd, Over as Carried, Trial};
use tlsdiag_model::{
    Arg, Ask, Cause, Code, Cure, FactRef, Finding, Host, Impact, Layer, Platform, Safety, Say, Span, Tpl, Who, say,
};

/// The answers change.
pub static RULE: Rule = Rule {
    code: Code(9001),
    slug: "answers-change",
    title: Tpl { en: "the same question gets different answers", ko: "같은 요청에 결과가 그때그때 다름" },
    layer: Layer::Reach,
    over: Over::Endpoints,
    causes: &[Cause::NetFlapping],
    explains: &[
        explains(101),
        explains(102),
        explains(5001),
        explains(5002),
        explains(5003),
        explains(5004),
        explains(5005),
        explains(5006),
        explains(5007),
        explains(7001),
    ],
    routine: false,
    check,
    sources: &["RFC 9293 (a server behind a balancer is many servers)", "nginx: upstream (passive checks)"],
    page: page!("answers_change"),
};

/// So many answers to one question are enough to tell a share.
const ENOUGH: usize = 6;

/// One answer to a question that was asked more than once.
struct Sample {
    at: FactRef,
    span: Span,
    /// What must be the same every time.
    outcome: String,
    failed: bool,
    count: u64,
    word: Say,
}

fn check(look: &Look<'_>) -> Judged {
    for mut samples in [connects(look)?, hellos(look, false)?, hellos(look, true)?, requests(look)?] {
        // a second copy of the same evidence is no second answer
        samples.dedup_by(|a, b| (a.span, &a.outcome) == (b.span, &b.outcome));
        let Some(first) = samples.first() else { continue };
        if samples.iter().all(|s| s.outcome == first.outcome) {
            continue;
        }
        return finding(look, &samples);
    }
    // a few answers that were alike acquit nobody
    Ok(Outcome::NotApplicable)
}

fn finding(look: &Look<'_>, samples: &[Sample]) -> Judged {
    let total = |it: &mut dyn Iterator<Item = &Sample>| it.fold(0u64, |n, s| n.saturating_add(s.count));
    let of = total(&mut samples.iter());
    let n = total(&mut samples.iter().filter(|s| s.failed));
    let span = samples.iter().skip(1).fold(samples.first().ok_or(Stop::NotApplicable)?.span, |s, x| s.join(x.span));
    let impact = match n {
        0 => Impact::Note,
        n if n == of => Impact::Broken,
        _ => Impact::Partial,
    };
    let headline = match impact {
        Impact::Note => {
            say!(
                "the server answers the same hello in different ways",
                "서버가 같은 ClientHello에 그때그때 다르게 응답합니다"
            )
        }
        Impact::Broken => {
            say!("every attempt fails, but not always alike", "모든 시도가 실패하지만 그때그때 다르게 끝납니다")
        }
        _ => {
            say!("{n} of {of} attempts fail", "{of}번의 시도 중 {n}번이 실패합니다", n = Arg::num(n), of = Arg::num(of))
        }
    };
    // two answers to one question were seen: that they differ needs no further proof
    let mut f = read(look, impact, samples.first().ok_or(Stop::NotApplicable)?.at, headline)?.count(of);
    f.held = span;
    for s in samples {
        f = f.and(s.at);
    }
    let words: Vec<Arg> = samples.iter().take(ENOUGH).map(|s| Arg::Say(Box::new(s.word.clone()))).collect();
    f = f.because(say!("in order of time: {words}", "시간순: {words}", words = Arg::List(words)));
    if n > 0 && n < of {
        f = f.who(Who::Some { n: small(n), of: small(of) });
    }
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "look for servers behind this address that differ: ask each one by its own address with the site's name, and take the bad one out",
            "이 주소 뒤에 서로 다른 서버가 있는지 찾습니다. 각 서버에 자체 주소와 사이트 이름으로 요청해 보고 잘못된 서버를 제외합니다"
        ),
    ))
    .cure(
        Cure::new(
            Safety::Safe,
            say!(
                "if there is only one, see whether it restarts, runs out of workers or limits connections at these times",
                "서버가 하나뿐이면 그 시각에 다시 시작되었는지, 작업자가 모자라는지, 연결 수를 제한하는지 확인합니다"
            ),
        )
        .run(Platform::Linux, "journalctl -p warning --since -10min"),
    )
    .into())
}

fn read(look: &Look<'_>, impact: Impact, at: FactRef, headline: Say) -> Result<Finding, Stop> {
    if let Some(c) = look.cited::<Connect>(at) {
        return Ok(look.reads_as(impact, &c, headline));
    }
    if let Some(h) = look.cited::<Handshake>(at) {
        return Ok(look.reads_as(impact, &h, headline));
    }
    look.cited::<HttpAnswer>(at).map(|h| look.reads_as(impact, &h, headline)).ok_or(Stop::NotApplicable)
}

fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Attempts to connect: whether TCP opens.
fn connects(look: &Look<'_>) -> Result<Vec<Sample>, Stop> {
    let all = look.connects()?;
    let Some(from) = all.first().map(|c| c.from) else { return Ok(vec![]) };
    let sample = |row: &Connect, at, span, count| Sample {
        at,
        span,
        outcome: format!("{:?}", std::mem::discriminant(&row.end)),
        failed: row.end != ConnectEnd::Open,
        count,
        word: match row.end {
            ConnectEnd::Open => say!("open", "열림"),
            ConnectEnd::Refused => say!("refused", "거부됨"),
            ConnectEnd::Silent { .. } => say!("no answer", "응답 없음"),
            ConnectEnd::Unreachable(_) => say!("unreachable", "도달 불가"),
            ConnectEnd::Failed(_) => say!("failed", "실패"),
        },
    };
    Ok(all.iter().filter(|c| c.from == from).map(|c| sample(c, c.at, c.row.span, c.row.count)).collect())
}

/// The same hello, sent more than once: our own, or a library's.
fn hellos(look: &Look<'_>, full: bool) -> Result<Vec<Sample>, Stop> {
    let kinds = if full { [Trial::Full, Trial::FullAgain] } else { [Trial::Base, Trial::Again] };
    let mut from: Option<Host> = None;
    let all: Vec<_> = look
        .handshakes()?
        .into_iter()
        .filter(|h| kinds.contains(&h.trial) && !h.pending() && h.offer.client != Client::Foreign)
        .filter(|h| *from.get_or_insert(h.from) == h.from)
        .collect();
    let differ = all.iter().any(|h| all.first().is_some_and(|f| f.outcome() != h.outcome()));
    if let Some(last) = all.last().filter(|_| differ && all.len() < ENOUGH) {
        let (to, after) = (look.endpoint()?.clone(), last.row.span.last);
        look.wish(if full { Ask::FullAgain { to, after } } else { Ask::Again { to, after } });
    }
    Ok(all
        .iter()
        .map(|h| Sample {
            at: h.at,
            span: h.row.span,
            outcome: format!("{:?}", h.outcome()),
            failed: !h.done(),
            count: h.row.count,
            word: word(h),
        })
        .collect())
}

fn word(h: &Handshake) -> Say {
    match &h.end {
        End::Done => say!("answered", "응답"),
        End::Alert(n) | End::Refused(n) => say!("alert {n}", "경고(alert) {n}", n = Arg::num(*n)),
        End::Reset => say!("reset", "재설정"),
        End::Closed => say!("closed", "닫힘"),
        End::Silent { .. } | End::Pending { .. } => say!("silence", "응답 없음"),
        End::NotTls(what) => say!("no TLS ({what})", "TLS 아님({what})", what = Arg::quote(what)),
        End::Garbled(_) | End::TooMuch(_) => say!("garbled", "손상된 응답"),
        End::NotConnected => say!("no connection", "연결 안 됨"),
    }
}

/// Requests for the same page over TLS: whether an answer comes at all.
fn requests(look: &Look<'_>) -> Result<Vec<Sample>, Stop> {
    let (addr, port) = look.address()?;
    let mut all: Vec<_> = look
        .seen::<HttpAnswer>()
        .filter(|h| (h.addr, h.port, h.over) == (addr, port, Carried::Tls) && !matches!(h.end, HttpEnd::Alert(_)))
        .collect();
    all.sort_by_key(|h| (h.row.span, format!("{:?}", h.end)));
    let Some(path) = all.first().map(|h| h.row.what.path.clone()) else { return Ok(vec![]) };
    all.retain(|h| h.path == path);
    Ok(all
        .iter()
        .map(|h| {
            let failed = !matches!(h.end, HttpEnd::Status { .. });
            Sample {
                at: h.at,
                span: h.row.span,
                outcome: failed.to_string(),
                failed,
                count: h.row.count,
                word: match h.end {
                    HttpEnd::Status { status, .. } => {
                        say!("status {status}", "상태 {status}", status = Arg::num(status))
                    }
                    _ => say!("no answer", "응답 없음"),
                },
            }
        })
        .collect())
}
