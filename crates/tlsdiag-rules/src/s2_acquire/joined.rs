//! Does an entry of an event log speak of a site? Only evidence joins them: what the entry names, or the second of a
//! known failure. Remote Desktop, databases, directory services and outbound calls write the same numbers.
use crate::s1_key::in_store::{place, uses};
use crate::{Cited, Fit, Look};
use tlsdiag_model::facts::{Binding, End, Event, Handshake, KeyLink, Listener, Process, Side, Stored};
use tlsdiag_model::{Arg, Endpoint, FactRef, How, Impact, Reading, Say, Span, Subject, say};

/// Event times are whole seconds, so an entry and the attempt that caused it may lie this far apart, milliseconds.
pub(crate) const GRAIN: i64 = 2_000;

/// What ties an entry to a site.
pub(crate) struct Joined {
    /// In words.
    pub(crate) because: Say,
    /// The row that it meets.
    pub(crate) at: FactRef,
}

/// What ties an entry to a site; `None`: nothing does, it is the machine's.
pub(crate) fn joined(look: &Look<'_>, e: &Cited<'_, Event>) -> Option<Joined> {
    let row = &e.row.what;
    if row.side == Some(Side::Client) {
        return None;
    }
    if let Some(s) = &row.endpoint {
        let at = Endpoint { host: e.row.host, addr: s.addr, port: s.port, name: s.name.clone() };
        let because = say!("the entry names {place}", "항목이 {place:을} 가리킵니다", place = Arg::quote(place(&at)));
        return Some(Joined { because, at: e.at });
    }
    by_certificate(look, row).or_else(|| by_program(look, row)).or_else(|| by_time(look, e))
}

/// The certificate or the key container is that of a record.
fn by_certificate(look: &Look<'_>, e: &Event) -> Option<Joined> {
    let own = |c: &str| {
        look.seen::<Stored>().find_map(|s| match (s.row.what.key.saw(), &s.row.what.thumb) {
            (Some(KeyLink::Named(n)), Reading::Good(t)) => {
                let fits = |v: &Option<String>| v.as_deref().is_some_and(|v| v.eq_ignore_ascii_case(c));
                (fits(&n.container) || fits(&n.file)).then(|| t.clone())
            }
            _ => None,
        })
    };
    let thumb = e.thumb.clone().or_else(|| own(e.container.as_deref()?))?;
    let at = uses(look, &thumb, "").into_iter().next()?;
    let because = say!(
        "it names the certificate that {place} is bound to, or its key",
        "{place}에 바인딩된 인증서나 그 키를 가리킵니다",
        place = Arg::quote(&at.place)
    );
    Some(Joined { because, at: at.at })
}

/// The program owns a port that a record names.
fn by_program(look: &Look<'_>, e: &Event) -> Option<Joined> {
    let program = e.process.as_deref().filter(|p| !p.eq_ignore_ascii_case("lsass.exe"))?;
    let ports: Vec<u16> = look.seen::<Binding>().map(|b| b.port).collect();
    let runs = |l: &Listener| {
        let by_pid = || look.seen::<Process>().find(|p| Some(p.pid) == l.pid).map(|p| p.row.what.name.clone());
        l.program.clone().or_else(by_pid).is_some_and(|p| p.eq_ignore_ascii_case(program))
    };
    let l = look.seen::<Listener>().find(|l| (l.port == 443 || ports.contains(&l.port)) && runs(&l.row.what))?;
    let because = say!(
        "the program that it names listens on port {port}",
        "항목이 가리키는 프로그램이 {port}번 포트에서 수신 대기합니다",
        port = Arg::num(l.port)
    );
    Some(Joined { because, at: l.at })
}

/// A handshake failed at that time, or an entry that names an endpoint stands beside it.
fn by_time(look: &Look<'_>, e: &Cited<'_, Event>) -> Option<Joined> {
    // what was only pasted has no time of its own
    let failed = |h: &Cited<'_, Handshake>| {
        !matches!(h.end, End::Done | End::Pending { .. }) && (e.row.how == How::Told || beside(e, h.row.span))
    };
    if let Some(h) = look.seen::<Handshake>().filter(failed).min_by_key(|h| (h.row.span, h.at)) {
        let because = say!(
            "a handshake with {place} failed in the same second",
            "같은 시각에 {place}의 핸드셰이크가 실패했습니다",
            place = Arg::quote(std::net::SocketAddr::new(h.addr, h.port))
        );
        return Some(Joined { because, at: h.at });
    }
    // event 36868 tells the key that is being opened
    let shows = |o: &Cited<'_, Event>| o.at != e.at && o.id == 36868 && beside(e, o.row.span);
    if let Some(j) = look.seen::<Event>().filter(shows).find_map(|o| by_certificate(look, &o.row.what)) {
        return Some(j);
    }
    let names = |o: &Cited<'_, Event>| o.endpoint.is_some() && beside(e, o.row.span);
    let o = look.seen::<Event>().filter(names).min_by_key(|o| (o.row.span, o.at))?;
    let s = o.endpoint.as_ref()?;
    let at = Endpoint { host: o.row.host, addr: s.addr, port: s.port, name: s.name.clone() };
    let because = say!(
        "event {id} of {source} names {place} in the same second",
        "같은 시각의 {source} 이벤트 {id:이} {place:을} 가리킵니다",
        id = Arg::num(o.id),
        source = Arg::quote(&o.source),
        place = Arg::quote(place(&at))
    );
    Some(Joined { because, at: o.at })
}

/// Does an entry stand within [`GRAIN`] of something? Many entries folded into one row do where they begin or end there, or
/// come so thick that one of them must have been there.
fn beside(e: &Cited<'_, Event>, other: Span) -> bool {
    let wide = |s: Span| Span { first: s.first.saturating_sub(GRAIN), last: s.last.saturating_add(GRAIN) };
    let row = e.row;
    let apart = row.span.last.saturating_sub(row.span.first) / i64::try_from(row.count.max(2) - 1).unwrap_or(i64::MAX);
    let thick = row.count > 1 && apart <= THICK && row.span.meets(wide(other));
    thick || other.meets(wide(Span::at(row.span.first))) || other.meets(wide(Span::at(row.span.last)))
}

/// Entries that come at least so often, milliseconds from one to the next, are taken to have come all the time between.
const THICK: i64 = 120_000;

/// Could the fault of a certificate's key have made this entry? Only where the certificate is in use, and the entry names
/// no other one and no client's credential.
pub(crate) fn of_this_key(fit: &Fit<'_>) -> bool {
    let mut named = fit.symptom.evidence().filter_map(|at| fit.look.cited::<Event>(at));
    fit.cause.impact <= Impact::Partial
        && named.all(|e| {
            let other = match (&fit.cause.subject, &e.thumb) {
                (Subject::Stored { thumb, .. }, Some(t)) => t != thumb,
                _ => false,
            };
            e.side != Some(Side::Client) && !other
        })
}
