//! A site has several addresses, and they do not fare alike: who gets in depends on which address a client picks.
use crate::touch::names_at;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use std::collections::BTreeMap;
use std::net::IpAddr;
use tlsdiag_model::facts::{Connect, ConnectEnd, Handshake, Trial, Unreachable};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, FactRef, Finding, Impact, Layer, Platform, Safety, Say, Subject, Tpl, Who, say,
};

/// Some addresses work, others do not.
pub static RULE: Rule = Rule {
    code: Code(5),
    slug: "addresses-differ",
    title: Tpl { en: "the addresses of the site do not fare alike", ko: "사이트의 주소마다 결과가 다름" },
    layer: Layer::Reach,
    over: Over::Sites,
    causes: &[Cause::NetDnsWrongAddress],
    explains: &[],
    routine: false,
    check,
    sources: &["RFC 8305 (Happy Eyeballs)", "RFC 6724 (which address is tried first)"],
    page: page!("addresses_differ"),
};

/// How one address fares.
struct Fare<'a> {
    connect: Cited<'a, Connect>,
    /// The base handshake, once it has an end.
    base: Option<Cited<'a, Handshake>>,
}

impl Fare<'_> {
    fn open(&self) -> bool {
        self.connect.end == ConnectEnd::Open
    }
    fn no_route(&self) -> bool {
        self.connect.end == ConnectEnd::Unreachable(Unreachable::Network)
    }
    /// Opens, and nothing bad is known of its handshake.
    fn works(&self) -> bool {
        self.open() && self.base.as_ref().is_none_or(|h| h.done())
    }
    fn done(&self) -> bool {
        self.base.as_ref().is_some_and(|h| h.done())
    }
    fn at(&self) -> FactRef {
        self.base.as_ref().filter(|_| self.open()).map_or(self.connect.at, |h| h.at)
    }
}

fn check(look: &Look<'_>) -> Judged {
    let fares = fares(look)?;
    let any_done = fares.values().any(Fare::done);
    let good: Vec<IpAddr> = fares.iter().filter(|(_, f)| f.works()).map(|(a, _)| *a).collect();
    if fares.len() < 2 || good.is_empty() {
        return Ok(Outcome::NotApplicable);
    }
    let absent = |v6: bool| {
        let mut of = fares.iter().filter(|(a, _)| a.is_ipv6() == v6).peekable();
        of.peek().is_some() && of.all(|(_, f)| f.no_route())
    };
    let lacks = |a: &IpAddr| absent(a.is_ipv6());
    let bad: Vec<IpAddr> =
        fares.iter().filter(|(a, f)| !f.works() && !lacks(a) && (!f.open() || any_done)).map(|(a, _)| *a).collect();
    let Some(first) = bad.first().and_then(|a| fares.get(a)) else {
        return Ok(match fares.iter().find(|(a, _)| lacks(a)) {
            Some((a, f)) => no_family(look, *a, f).into(),
            None if fares.values().all(Fare::done) => Outcome::Pass,
            None => Outcome::NotApplicable,
        });
    };
    let headline = say!(
        "{n} of the {of} addresses of the site do not work",
        "사이트의 주소 {of}개 중 {n}개가 작동하지 않습니다",
        n = Arg::num(bad.len()),
        of = Arg::num(fares.len())
    );
    let mut f = match &first.base {
        Some(h) if first.open() => look.behaves(Impact::Partial, h, headline),
        _ => look.behaves(Impact::Partial, &first.connect, headline),
    };
    for fare in fares.values() {
        f = f.and(fare.at());
    }
    let list = |l: &[IpAddr]| Arg::List(l.iter().map(Arg::quote).collect());
    f = f.because(say!(
        "works: {good}; does not: {bad}",
        "작동: {good}; 작동하지 않음: {bad}",
        good = list(&good),
        bad = list(&bad)
    ));
    if bad.iter().all(IpAddr::is_ipv6) && good.iter().all(IpAddr::is_ipv4) {
        f = f.because(only_v6()).cure(listen_on_v6(first.connect.port));
    }
    Ok(f.who(Who::Addresses(bad))
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "mend the server behind each failing address, or take the address out of DNS until it is mended",
                "작동하지 않는 주소의 서버를 고치거나, 고칠 때까지 DNS에서 그 주소를 뺍니다"
            ),
        ))
        .into())
}

fn fares<'a>(look: &Look<'a>) -> Result<BTreeMap<IpAddr, Fare<'a>>, Stop> {
    let Subject::Site { from, name, port } = look.subject() else { return Err(Stop::NotApplicable) };
    let case = look.derived().case;
    let mut out: BTreeMap<IpAddr, Fare<'a>> = BTreeMap::new();
    for c in look.all::<Connect>().filter(|c| c.from == *from && c.port == *port) {
        if !names_at(case, *from, Addr::Is(c.addr), *port).contains(name) {
            continue;
        }
        match out.get_mut(&c.addr) {
            // of several attempts the newest; TD9001 is about those that differ
            Some(f) if (f.connect.row.span, f.open()) < (c.row.span, c.end == ConnectEnd::Open) => f.connect = c,
            Some(_) => {}
            None => {
                out.insert(c.addr, Fare { connect: c, base: None });
            }
        }
    }
    for h in
        look.all::<Handshake>().filter(|h| h.from == *from && h.port == *port && h.trial == Trial::Base && !h.pending())
    {
        if h.name.as_ref().is_some_and(|n| n != name) {
            continue;
        }
        if let Some(f) = out.get_mut(&h.addr) {
            f.base = f.base.filter(|old| (old.row.span, old.done()) > (h.row.span, h.done())).or(Some(h));
        }
    }
    Ok(out)
}

fn no_family(look: &Look<'_>, addr: IpAddr, f: &Fare<'_>) -> Finding {
    let family = Arg::term(if addr.is_ipv6() { "IPv6" } else { "IPv4" });
    look.behaves(
        Impact::Note,
        &f.connect,
        say!(
            "this machine has no {family}, so the site's {family} addresses were not tried",
            "이 컴퓨터에는 {family} 연결이 없어서 사이트의 {family} 주소는 시험하지 못했습니다",
            family = family
        ),
    )
    .labels(&[Cause::NetUnreachable])
    .because(say!(
        "{addr}: no route from here; that says nothing of the site",
        "{addr}: 여기서 가는 경로가 없습니다. 사이트에 대해서는 아무것도 알 수 없습니다",
        addr = Arg::quote(addr)
    ))
}

fn only_v6() -> Say {
    say!(
        "only IPv6 fails: browsers that try it first fall back to IPv4 after a delay, other programs may not fall back at all",
        "IPv6만 실패합니다. 브라우저는 IPv6를 먼저 시도하다가 잠시 뒤 IPv4로 넘어가지만, 다른 프로그램은 넘어가지 않을 수 있습니다"
    )
}

fn listen_on_v6(port: u16) -> Cure {
    Cure::new(
        Safety::Confirm,
        say!(
            "make the server listen on IPv6 too and open the IPv6 firewall, or remove the AAAA record",
            "서버가 IPv6에서도 수신 대기하게 하고 IPv6 방화벽을 열거나, AAAA 레코드를 삭제합니다"
        ),
    )
    .run(Platform::Any, format!("listen [::]:{port} ssl;  # nginx"))
    .run(Platform::Any, format!("Listen [::]:{port}  # Apache"))
    .run(Platform::Any, format!("bind :::{port} v4v6 ssl crt /etc/haproxy/site.pem  # HAProxy"))
}
