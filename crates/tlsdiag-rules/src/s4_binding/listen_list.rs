//! HTTP.sys listens on listed addresses only: the list leaves out what a site needs, or names what the machine has not.
use super::commands::Commands;
use super::records::{Need, addresses, need, own, sites, sites_at, works};
use crate::{Judged, Look, Outcome, Over, Rule, State, Stop, explains, page};
use std::collections::BTreeSet;
use std::net::IpAddr;
use tlsdiag_model::facts::{Connect, Event, Handshake, ListenList};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Endpoint, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, say,
};

/// The address is not in the list.
pub static EXCLUDES: Rule = Rule {
    code: Code(4008),
    slug: "listen-list-excludes",
    title: Tpl {
        en: "the listen list of HTTP.sys leaves the address out",
        ko: "HTTP.sys의 IP 수신 대기 목록에 주소가 없음",
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindIplisten],
    explains: &[explains(101), explains(3003), explains(4019)],
    routine: false,
    check: excludes,
    sources: &[
        "Microsoft: netsh http add iplisten",
        "Microsoft: httpcfg (1168, ERROR_NOT_FOUND: the list is empty, HTTP.sys listens on every address)",
    ],
    page: page!("listen_list"),
};

/// An address that could not be bound.
pub static NOT_BOUND: Rule = Rule {
    code: Code(4019),
    slug: "address-not-bound",
    title: Tpl { en: "HTTP.sys could not bind an address", ko: "HTTP.sys가 주소를 바인딩하지 못함" },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::BindIplisten, Cause::BindPortOwner],
    explains: &[explains(101), explains(3003)],
    routine: false,
    check: not_bound,
    sources: &["Microsoft-Windows-HttpEvent manifest: events 15005 and 15014", "Microsoft: NTSTATUS values"],
    page: page!("listen_list"),
};

fn excludes(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let states = look.states::<ListenList>(&());
    let Some(s) = states.last() else {
        // only where somebody was turned away does it matter
        let refused = matches!(e.addr, Addr::Is(a) if look.seen::<Connect>().any(|c| c.addr == a && c.port == e.port && c.end == tlsdiag_model::facts::ConnectEnd::Refused));
        return Err(if refused && look.handed_over() {
            Stop::Missing(tlsdiag_model::Ask::Table { kind: tlsdiag_model::Kind::ListenLists, host: e.host, why: None })
        } else {
            Stop::NotApplicable
        });
    };
    let list = &s.cited.row.what.addrs;
    if list.is_empty() || list.iter().any(IpAddr::is_unspecified) || works(look, e) {
        return Ok(Outcome::Pass);
    }
    let needed = !sites_at(look, e).is_empty()
        || own(look, e).iter().any(|s| matches!(need(look, &s.cited), Need::Site(_) | Need::Program));
    let own_addrs = addresses(look);
    match e.addr {
        Addr::Is(a) if list.contains(&a) => Ok(Outcome::Pass),
        Addr::Is(a) if needed => Ok(left_out(look, s, a).into()),
        Addr::Is(a) if from_outside(look, e, a, list, &own_addrs) => {
            Ok(left_out(look, s, a).at_most(Standing::Likely).into())
        }
        Addr::Is(_) => Ok(Outcome::NotApplicable),
        _ if needed => Ok(nowhere(look, s, list, &own_addrs).map_or(Outcome::NotApplicable, Outcome::from)),
        _ => Ok(Outcome::NotApplicable),
    }
}

/// An address at which somebody tried: behind address translation it need not be the machine's own.
fn from_outside(look: &Look<'_>, e: &Endpoint, a: IpAddr, list: &[IpAddr], own: &BTreeSet<IpAddr>) -> bool {
    let tried = look.seen::<Connect>().any(|c| c.addr == a && c.port == e.port)
        || look.seen::<Handshake>().any(|h| h.addr == a && h.port == e.port);
    let local = |a: &IpAddr| match a {
        IpAddr::V4(v) => v.is_private() || v.is_loopback() || v.is_link_local(),
        IpAddr::V6(v) => {
            v.is_loopback() || v.segments().first().is_some_and(|s| s & 0xfe00 == 0xfc00 || s & 0xffc0 == 0xfe80)
        }
    };
    tried && (own.contains(&a) || list.iter().all(|l| local(l) == local(&a) || l.is_loopback()))
}

fn left_out<'a>(look: &Look<'a>, s: &State<'a, ListenList>, a: IpAddr) -> Finding {
    let headline = say!(
        "HTTP.sys does not listen on {addr}: its listen list leaves it out",
        "HTTP.sys가 {addr}에서 수신 대기하지 않습니다. IP 수신 대기 목록에 이 주소가 없습니다",
        addr = Arg::term(a)
    );
    let commands = Commands::of(look);
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "add the address; the others in the list may be there on purpose (another server on the same machine), so do not empty it without asking",
            "이 주소를 추가합니다. 목록의 다른 주소는 의도한 것일 수 있으므로(같은 컴퓨터의 다른 서버) 확인 없이 목록을 비우지 않습니다"
        ),
    )
    .run(Platform::Windows, commands.show_listen_list())
    .run(Platform::Windows, commands.add_listen(a));
    look.state(Impact::Broken, s, headline)
        .because(holds(&s.cited.row.what.addrs))
        .cure(c)
        .cure(commands.restart_http())
}

/// All addresses are wanted: is there one in the list at which visitors arrive?
fn nowhere<'a>(look: &Look<'a>, s: &State<'a, ListenList>, list: &[IpAddr], own: &BTreeSet<IpAddr>) -> Option<Finding> {
    let commands = Commands::of(look);
    let (headline, sure, dead): (Say, bool, Vec<IpAddr>) = if list.iter().all(IpAddr::is_loopback) {
        let headline = say!(
            "HTTP.sys listens on {addrs} alone, where only the machine itself can reach it",
            "HTTP.sys가 {addrs}에서만 수신 대기하므로 이 컴퓨터 자신만 연결할 수 있습니다",
            addrs = Arg::List(list.iter().map(Arg::term).collect())
        );
        (headline, true, list.to_vec())
    } else if !own.is_empty() && list.iter().all(|a| a.is_loopback() || !own.contains(a)) {
        let headline = say!(
            "the listen list of HTTP.sys names {addrs}, which this machine has not",
            "HTTP.sys의 IP 수신 대기 목록에 있는 {addrs:은} 이 컴퓨터의 주소가 아닙니다",
            addrs = Arg::List(list.iter().filter(|a| !a.is_loopback()).map(Arg::term).collect())
        );
        (headline, false, list.iter().copied().filter(|a| !a.is_loopback()).collect())
    } else {
        return None;
    };
    let mut f = look.state(Impact::Broken, s, headline).because(holds(list));
    f = if sure { f } else { f.at_most(Standing::Likely) };
    if !own.is_empty() {
        let mine = Arg::List(own.iter().take(8).map(Arg::term).collect());
        f = f.because(say!("its addresses are {mine}", "이 컴퓨터의 주소: {mine}", mine = mine));
    }
    let mut c = Cure::new(
        Safety::Confirm,
        say!(
            "add the addresses at which visitors arrive, then take out those that are gone; an empty list means every address",
            "방문자가 접속하는 주소를 추가한 뒤 없는 주소를 목록에서 뺍니다. 빈 목록은 모든 주소를 뜻합니다"
        ),
    )
    .run(Platform::Windows, commands.show_listen_list());
    for a in own.iter().take(4) {
        c = c.run(Platform::Windows, commands.add_listen(*a));
    }
    for a in dead.iter().filter(|a| !a.is_loopback()) {
        c = c.run(Platform::Windows, commands.delete_listen(*a));
    }
    Some(f.cure(c).cure(commands.restart_http()))
}

fn holds(list: &[IpAddr]) -> Say {
    let addrs = Arg::List(list.iter().take(8).map(Arg::term).collect());
    say!(
        "the list holds {addrs}; HTTP.sys listens nowhere else",
        "목록의 주소는 {addrs}이며 HTTP.sys는 다른 주소에서 수신 대기하지 않습니다",
        addrs = addrs
    )
}

/// STATUS_INVALID_ADDRESS, STATUS_INVALID_ADDRESS_COMPONENT, WSAEADDRNOTAVAIL: the machine has no such address.
const NOT_OURS: &[u32] = &[0xc000_0141, 0xc000_0207, 0x8007_2741];
/// STATUS_ADDRESS_ALREADY_EXISTS, STATUS_SHARING_VIOLATION, STATUS_ADDRESS_ALREADY_ASSOCIATED, WSAEADDRINUSE and
/// ERROR_SHARING_VIOLATION: another program has it.
const TAKEN: &[u32] = &[0xc000_020a, 0xc000_0043, 0xc000_0238, 0x8007_2740, 0x8007_0020];

fn not_bound(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let at_us = |ev: &Event| {
        ev.source == "HttpEvent"
            && matches!(ev.id, 15005 | 15014)
            && ev.endpoint.as_ref().is_some_and(|s| (s.addr, s.port) == (e.addr, e.port))
    };
    if e.name.is_some() {
        return Err(Stop::NotApplicable);
    }
    let mut all: Vec<_> = look.seen::<Event>().filter(|ev| at_us(ev)).collect();
    all.sort_by_key(|ev| (ev.row.span.last, ev.at));
    let Some(ev) = all.last() else { return Err(Stop::NotApplicable) };
    let wanted = sites(look).iter().any(|s| s.addr.meets(e.addr) && (s.port == e.port || e.port == 0));
    let foreign = matches!(e.addr, Addr::Is(a) if !addresses(look).is_empty() && !addresses(look).contains(&a));
    let code = ev.row.what.code;
    let taken = code.is_some_and(|c| TAKEN.contains(&c));
    let labels = match (taken, foreign || code.is_some_and(|c| NOT_OURS.contains(&c))) {
        (true, _) => [Cause::BindPortOwner, Cause::BindIplisten],
        _ => [Cause::BindIplisten, Cause::BindPortOwner],
    };
    let impact = if wanted { Impact::Broken } else { Impact::Note };
    let headline = say!(
        "HTTP.sys could not bind {place} (event {id})",
        "HTTP.sys가 {place:을} 바인딩하지 못했습니다(이벤트 {id})",
        place = Arg::term(super::commands::place(e.addr, e.port)),
        id = Arg::num(ev.id)
    );
    let mut f = look.behaves(impact, ev, headline).labels(&labels);
    if let Some(c) = code {
        let why = match (taken, NOT_OURS.contains(&c)) {
            (true, _) => {
                Arg::word("another program has the address and port", "다른 프로그램이 이 주소와 포트를 쓰고 있습니다")
            }
            (_, true) => Arg::word("the machine has no such address", "이 컴퓨터에 그 주소가 없습니다"),
            _ => Arg::word("see the code", "코드 참조"),
        };
        f = f.because(say!(
            "status {code}: {why}",
            "상태 {code}: {why}",
            code = Arg::term(format!("0x{c:08x}")),
            why = why
        ));
    }
    if foreign {
        f = f.because(say!("the address is not among those of the machine", "이 컴퓨터의 주소 목록에 없는 주소입니다"));
    }
    let commands = Commands::of(look);
    let c = Cure::new(
        Safety::Safe,
        say!(
            "look at the listen list and at who has the port",
            "IP 수신 대기 목록과 포트를 쓰는 프로그램을 확인합니다"
        ),
    )
    .run(Platform::Windows, commands.show_listen_list())
    .run(Platform::Windows, commands.port_owner(e.port));
    Ok(f.cure(c).into())
}
