//! Schannel's entries in the System log: which belong together, which are a burst of a scanner or a looping client, and
//! which belong to an endpoint. An entry belongs to an endpoint only by evidence: it names it, its certificate or its host
//! name, or it was written in the second of a handshake that is known to have failed.
use super::defaults::Proto;
use super::schannel::{offers, own_hello};
use crate::{Cited, Fit, Look};
use tlsdiag_model::facts::{Binding, End, Event, Handshake, Side, SiteBinding};
use tlsdiag_model::{Arg, Endpoint, FactRef, Finding, Host, Impact, Name, Reading, Say, Span, Subject, Who, say};

/// Event times are whole seconds, so an entry and the attempt that caused it may lie this far apart, milliseconds.
const GRAIN: i64 = 2_000;
/// Entries that come at least so often, milliseconds from one to the next, are taken to have come all the time between.
const THICK: i64 = 120_000;
/// A burst has at least so many entries of one kind …
const BURST_COUNT: u64 = 100;
/// … at no less than so many a second …
const BURST_RATE: u64 = 10;
/// … and is over after this, milliseconds.
const BURST_LENGTH: i64 = 600_000;
/// Entries that every refused handshake leaves: no suite, alert received, alert sent.
const REFUSALS: [u32; 3] = [36874, 36887, 36888];

/// Entries of Schannel with one of these ids, each told once although it may lie in two copies of the log.
pub(crate) fn entries<'a>(look: &Look<'a>, ids: &[u32]) -> Vec<Cited<'a, Event>> {
    let mut all: Vec<_> =
        look.seen::<Event>().filter(|e| e.source.eq_ignore_ascii_case("Schannel") && ids.contains(&e.id)).collect();
    all.sort_by(|a, b| (a.row.span, &a.row.what, a.row.count, a.at).cmp(&(b.row.span, &b.row.what, b.row.count, b.at)));
    all.dedup_by(|a, b| (a.row.span, &a.row.what, a.row.count) == (b.row.span, &b.row.what, b.row.count));
    all
}

/// Refused handshakes so fast that no people make them.
pub(crate) struct Burst<'a> {
    pub(crate) rows: Vec<Cited<'a, Event>>,
    pub(crate) span: Span,
}

impl Burst<'_> {
    /// How many handshakes: each leaves an entry of one kind, or of two.
    pub(crate) fn handshakes(&self) -> u64 {
        let of = |id| self.rows.iter().filter(|e| e.id == id).fold(0u64, |n, e| n.saturating_add(e.row.count));
        REFUSALS.into_iter().map(of).max().unwrap_or_default()
    }
    /// Handshakes a second.
    pub(crate) fn rate(&self) -> u64 {
        per_second(self.handshakes(), self.span)
    }
}

fn per_second(count: u64, span: Span) -> u64 {
    let ms = u64::try_from(span.last.saturating_sub(span.first)).unwrap_or_default().max(1000);
    count.saturating_mul(1000) / ms
}

/// The bursts of a machine. Where a handshake is known that failed in it, it may be more than noise, and is none.
pub(crate) fn bursts<'a>(look: &Look<'a>) -> Vec<Burst<'a>> {
    let all = entries(look, &REFUSALS);
    let fast = |e: &Cited<'_, Event>| {
        let length = e.row.span.last.saturating_sub(e.row.span.first);
        e.row.count >= BURST_COUNT && length <= BURST_LENGTH && per_second(e.row.count, e.row.span) >= BURST_RATE
    };
    let mut spans: Vec<Span> = vec![];
    for e in all.iter().filter(|e| fast(e)) {
        match spans.last_mut().filter(|s| wide(**s).meets(e.row.span)) {
            Some(s) => *s = s.join(e.row.span),
            None => spans.push(e.row.span),
        }
    }
    let inside = |e: &Event, span: Span, row: Span| {
        REFUSALS.contains(&e.id) && wide(span).first <= row.first && row.last <= wide(span).last
    };
    spans
        .into_iter()
        .map(|span| Burst {
            span,
            rows: all.iter().copied().filter(|e| inside(&e.row.what, span, e.row.span)).collect(),
        })
        .filter(|b: &Burst<'_>| b.rows.iter().all(|e| failed_with(look, e).is_none()))
        .collect()
}

/// Entries that are no part of a burst.
pub(crate) fn single<'a>(look: &Look<'a>, ids: &[u32]) -> Vec<Cited<'a, Event>> {
    let taken: Vec<FactRef> = bursts(look).iter().flat_map(|b| b.rows.iter().map(|e| e.at)).collect();
    let mut all = entries(look, ids);
    all.retain(|e| !taken.contains(&e.at));
    all
}

fn wide(span: Span) -> Span {
    Span { first: span.first.saturating_sub(GRAIN), last: span.last.saturating_add(GRAIN) }
}

/// The version that an entry names.
pub(crate) fn proto(e: &Event) -> Option<Proto> {
    let text = e.protocol.as_deref()?.trim();
    Proto::ALL.into_iter().find(|p| p.key().eq_ignore_ascii_case(text))
}

/// The endpoint that an entry belongs to, and the evidence for it.
pub(crate) fn joined<'a>(look: &Look<'a>, e: &Cited<'a, Event>) -> Option<(Endpoint, Option<FactRef>)> {
    let host = look.subject().host();
    if let Some(at) = &e.endpoint {
        return Some((Endpoint { host, addr: at.addr, port: at.port, name: at.name.clone() }, None));
    }
    own(look, e).or_else(|| failed_with(look, e).map(|h| (endpoint_of(&h), Some(h.at))))
}

/// Does an entry stand in the second of something else? Many that were folded into one row do where they begin or end
/// there, or come so thick that one of them must have been there.
fn beside(e: &Cited<'_, Event>, other: Span) -> bool {
    let (span, other) = (e.row.span, wide(other));
    let gaps = i64::try_from(e.row.count.saturating_sub(1)).unwrap_or(i64::MAX).max(1);
    let thick = e.row.count > 1 && span.last.saturating_sub(span.first) / gaps <= THICK;
    thick && span.meets(other) || other.meets(Span::at(span.first)) || other.meets(Span::at(span.last))
}

/// The endpoint of this machine whose certificate or host name an entry names.
pub(crate) fn own<'a>(look: &Look<'a>, e: &Cited<'a, Event>) -> Option<(Endpoint, Option<FactRef>)> {
    if let Some(thumb) = &e.thumb {
        let good = Reading::Good(thumb.clone());
        if let Some(b) = look.seen::<Binding>().filter(|b| b.hash == good).min_by_key(|b| b.at) {
            return Some((at(b.row.host, b.addr, b.port, b.name.clone()), Some(b.at)));
        }
    }
    let peer = Name::new(e.peer.as_deref()?.trim());
    let https = |s: &SiteBinding| s.protocol == "https" && s.name.as_ref() == Some(&peer);
    if let Some(s) = look.seen::<SiteBinding>().filter(|s| https(&s.row.what)).min_by_key(|s| s.at) {
        return Some((at(s.row.host, s.addr, s.port, s.name.clone()), Some(s.at)));
    }
    let b = look.seen::<Binding>().filter(|b| b.name.as_ref() == Some(&peer)).min_by_key(|b| b.at)?;
    Some((at(b.row.host, b.addr, b.port, b.name.clone()), Some(b.at)))
}

fn at(host: Host, addr: tlsdiag_model::Addr, port: u16, name: Option<Name>) -> Endpoint {
    Endpoint { host, addr, port, name }
}

fn endpoint_of(h: &Cited<'_, Handshake>) -> Endpoint {
    at(h.row.host, tlsdiag_model::Addr::Is(h.addr), h.port, h.name.clone())
}

/// A failed handshake with this machine in the second of the entry, whose end and offer agree with it. Schannel's alert may
/// be seen on the wire, or a reset in its place.
fn failed_with<'a>(look: &Look<'a>, e: &Cited<'a, Event>) -> Option<Cited<'a, Handshake>> {
    if e.side == Some(Side::Client) {
        return None;
    }
    let ended = |h: &Handshake| match h.end {
        End::Alert(a) => e.id != 36887 && e.alert.is_none_or(|b| a == b),
        End::Reset | End::Closed => e.id != 36887,
        End::Refused(a) => e.id == 36887 && e.alert == Some(a),
        _ => false,
    };
    let offered = |h: &Handshake| proto(&e.row.what).is_none_or(|p| h.offer.versions.is_empty() || offers(h, p));
    let mut near: Vec<_> = look
        .seen::<Handshake>()
        .filter(|h| own_hello(&h.row.what) && beside(e, h.row.span))
        .filter(|h| ended(h) && offered(h))
        .collect();
    near.sort_by_key(|h| (h.row.span, h.at));
    near.into_iter().next()
}

/// A finding on entries of one kind: at the endpoint that they belong to, or a note on the machine.
pub(crate) fn finding<'a>(
    look: &Look<'a>,
    rows: &[Cited<'a, Event>],
    place: Option<&(Endpoint, Option<FactRef>)>,
    at_endpoint: Impact,
    say: Say,
) -> Option<Finding> {
    let first = rows.first()?;
    let impact = if place.is_some() { at_endpoint } else { Impact::Note };
    let mut f = look.behaves(impact, first, say);
    let mut count = std::collections::BTreeMap::<u32, u64>::new();
    for e in rows {
        f = f.and(e.at);
        f.held = f.held.join(wide(e.row.span));
        let n = count.entry(e.id).or_default();
        *n = n.saturating_add(e.row.count);
    }
    // two entries of different kinds tell of one handshake
    let n = count.values().copied().max().unwrap_or(1);
    f = f.count(n).because(entry_line(count.keys().copied(), n, rows));
    let Some((endpoint, by)) = place else {
        return Some(f.because(say!(
            "nothing ties the entries to a site: other services of this machine and its own calls write the same ones",
            "이 항목을 특정 사이트와 연결할 근거는 없습니다. 이 컴퓨터의 다른 서비스나 나가는 접속도 같은 항목을 남깁니다"
        )));
    };
    f.subject = Subject::Endpoint(endpoint.clone());
    if let Some(at) = by {
        f = f.and(*at);
    }
    Some(match by.and_then(|at| look.cited::<Handshake>(at)) {
        Some(h) => {
            let same = |o: &Handshake| (o.addr, o.port, &o.name) == (h.addr, h.port, &h.name);
            let works = look.seen::<Handshake>().any(|o| o.done() && own_hello(&o.row.what) && same(&o.row.what));
            let f = f.because(say!(
                "in the same second a handshake with {endpoint} failed: {end}",
                "같은 시각에 {endpoint}의 핸드셰이크가 실패했습니다: {end}",
                endpoint = Arg::quote(endpoint),
                end = super::words::end(&h)
            ));
            if works && f.impact == Impact::Broken { partly(f) } else { f }
        }
        None => f.because(say!(
            "it names what {endpoint} is configured with",
            "{endpoint}에 설정된 것을 가리킵니다",
            endpoint = Arg::quote(endpoint)
        )),
    })
}

/// For edges: the entries belong to an endpoint, so they speak of what happened there.
pub(crate) fn at_endpoint(f: &Fit<'_>) -> bool {
    matches!(f.cause.subject, Subject::Endpoint(_))
}

/// Others get in.
fn partly(mut f: Finding) -> Finding {
    f.impact = Impact::Partial;
    f.who(Who::Clients(say!(
        "clients with a hello like the refused one",
        "거부된 것과 같은 ClientHello를 보내는 클라이언트"
    )))
}

/// Which entries, how many, and when.
fn entry_line(ids: impl Iterator<Item = u32>, n: u64, rows: &[Cited<'_, Event>]) -> Say {
    let span = rows.iter().map(|e| e.row.span).reduce(Span::join).unwrap_or(Span::at(0));
    let ids = Arg::List(ids.map(Arg::num).collect());
    if n == 1 {
        return say!(
            "System log, source Schannel, event {ids}, at {time}",
            "시스템 로그, 원본 Schannel, 이벤트 {ids}, {time}",
            ids = ids,
            time = Arg::Moment(span.first)
        );
    }
    say!(
        "System log, source Schannel, event {ids}: {n} times from {first} to {last} ({rate})",
        "시스템 로그, 원본 Schannel, 이벤트 {ids}: {first}부터 {last}까지 {n}번({rate})",
        ids = ids,
        n = Arg::num(n),
        first = Arg::Moment(span.first),
        last = Arg::Moment(span.last),
        rate = rate(n, span)
    )
}

/// How often, in the unit that gives at least one.
fn rate(n: u64, span: Span) -> Arg {
    let seconds = u64::try_from(span.last.saturating_sub(span.first) / 1000).unwrap_or_default().max(1);
    let per = |unit: u64| n.saturating_mul(unit) / seconds;
    Arg::Say(Box::new(match () {
        () if per(1) > 0 => say!("about {n} a second", "초당 약 {n}번", n = Arg::num(per(1))),
        () if per(60) > 0 => say!("about {n} a minute", "분당 약 {n}번", n = Arg::num(per(60))),
        () if per(3_600) > 0 => say!("about {n} an hour", "시간당 약 {n}번", n = Arg::num(per(3_600))),
        () => say!("about {n} a day", "하루 약 {n}번", n = Arg::num(per(86_400))),
    }))
}

/// Entries by the endpoint that they belong to; those of the machine alone last.
pub(crate) type Places<'a> = Vec<(Option<(Endpoint, Option<FactRef>)>, Vec<Cited<'a, Event>>)>;

/// Sorts entries by where they belong.
pub(crate) fn by_place<'a>(look: &Look<'a>, rows: Vec<Cited<'a, Event>>) -> Places<'a> {
    let mut out: Places<'a> = vec![];
    for e in rows {
        let place = joined(look, &e);
        let same = |p: &Option<(Endpoint, Option<FactRef>)>| p.as_ref().map(|p| &p.0) == place.as_ref().map(|p| &p.0);
        match out.iter_mut().find(|(p, _)| same(p)) {
            Some((_, list)) => list.push(e),
            None => out.push((place, vec![e])),
        }
    }
    out
}
