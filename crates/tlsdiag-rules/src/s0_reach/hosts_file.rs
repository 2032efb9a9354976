//! A line of this machine's hosts file sends it to another address than DNS gives everybody else.
use crate::{Edge, Fit, Judged, Look, Outcome, Over, Rule, Stop, page};
use std::net::IpAddr;
use tlsdiag_model::facts::{Answer, Connect, ConnectEnd, Handshake, HostsLine, Lookup, Resolver};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Endpoint, Host, Impact, Layer, Name, Platform, Safety, Standing, Subject, Tpl, Who,
    say,
};
use tlsdiag_pki::names;

/// The hosts file wins over DNS.
pub static RULE: Rule = Rule {
    code: Code(4),
    slug: "hosts-file-overrides-dns",
    title: Tpl { en: "the hosts file names another address than DNS", ko: "hosts 파일의 주소가 DNS와 다름" },
    layer: Layer::Name,
    over: Over::Sites,
    causes: &[Cause::NetHostsFile],
    explains: &[
        Edge { symptom: Code(101), fits: at_its_address },
        Edge { symptom: Code(102), fits: at_its_address },
        Edge { symptom: Code(103), fits: at_its_address },
        Edge { symptom: Code(2530), fits: at_its_address },
    ],
    routine: false,
    check,
    sources: &["hosts(5)", "nsswitch.conf(5) (files before dns)"],
    page: page!("hosts_file"),
};

fn at_its_address(fit: &Fit<'_>) -> bool {
    let Some(Endpoint { addr: Addr::Is(at), .. }) = fit.symptom.subject.endpoint() else { return false };
    fit.cause.evidence().filter_map(|r| fit.look.cited::<HostsLine>(r)).any(|l| l.addr == *at)
}

fn check(look: &Look<'_>) -> Judged {
    let Subject::Site { from, name, port } = look.subject() else { return Err(Stop::NotApplicable) };
    // an address, or addresses that were handed over: nothing is looked up; these names belong to the machine (RFC 6761)
    let own = name.as_str() == "localhost" || name.as_str().ends_with(".localhost") || !name.as_str().contains('.');
    if own || look.asked().is_some_and(|a| a.literal.is_some() || !a.pinned.is_empty()) {
        return Ok(Outcome::NotApplicable);
    }
    let mut lines: Vec<IpAddr> = look.seen::<HostsLine>().filter(|l| l.name == *name).map(|l| l.addr).collect();
    if lines.is_empty() {
        look.whole::<HostsLine>()?;
        return Ok(Outcome::Pass);
    }
    lines.sort_unstable();
    lines.dedup();
    let dns: Vec<_> = look.seen::<Lookup>().filter(|l| l.name == *name && l.resolver == Resolver::Dns).collect();
    let mut known: Vec<IpAddr> = dns
        .iter()
        .filter_map(|l| match &l.row.what.answer {
            Answer::Addresses(a) => Some(a),
            _ => None,
        })
        .flatten()
        .copied()
        .collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        look.whole::<Lookup>()?;
        return Ok(Outcome::NotApplicable);
    }
    lines.retain(|a| !known.contains(a));
    let Some(shown) = lines.iter().find(|a| fails(look, *from, **a, *port, name)).or(lines.first()) else {
        return Ok(Outcome::Pass);
    };
    let failing = fails(look, *from, *shown, *port, name);
    let Some(state) = look.states::<HostsLine>(&(name.clone(), *shown)).into_iter().next() else {
        return Ok(Outcome::NotApplicable);
    };
    let impact = if failing { Impact::Partial } else { Impact::Risk };
    let headline = say!(
        "the hosts file of this machine sends {name} to {addr}, DNS to another address",
        "이 컴퓨터의 hosts 파일은 {name:을} {addr:로} 보내지만 DNS의 주소는 다릅니다",
        name = Arg::quote(name),
        addr = Arg::quote(shown)
    );
    let mut f = look
        .state(impact, &state, headline)
        .who(Who::Clients(say!("programs on this machine", "이 컴퓨터의 프로그램")))
        .because(say!(
            "DNS gives {addrs}",
            "DNS의 주소: {addrs}",
            addrs = Arg::List(known.iter().map(Arg::quote).collect())
        ));
    for l in &dns {
        f = f.and(l.at);
    }
    if failing && !opens(look, *from, &known, *port) {
        // whether the addresses of DNS fare better was not tried
        f = f.at_most(Standing::Likely);
    }
    Ok(f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "take the line out of the hosts file, or correct its address, unless it is there on purpose",
                "일부러 넣은 줄이 아니라면 hosts 파일에서 그 줄을 지우거나 주소를 고칩니다"
            ),
        )
        .run(Platform::Linux, "sudoedit /etc/hosts")
        .run(Platform::Windows, "notepad %SystemRoot%\\System32\\drivers\\etc\\hosts"),
    )
    .into())
}

/// Does the address of the line fail: by TCP, or by a certificate for another name?
fn fails(look: &Look<'_>, from: Host, addr: IpAddr, port: u16, name: &Name) -> bool {
    let last = look
        .all::<Connect>()
        .filter(|c| (c.from, c.addr, c.port) == (from, addr, port))
        .max_by_key(|c| (c.row.span, c.end != ConnectEnd::Open));
    if last.is_some_and(|c| c.end != ConnectEnd::Open) {
        return true;
    }
    let Ok(host) = names::Host::parse(name.as_str()) else { return false };
    look.all::<Handshake>()
        .filter(|h| (h.from, h.addr, h.port) == (from, addr, port) && h.offer.sni.as_ref() == Some(name))
        .filter_map(|h| look.derived().certificate(h.leaf()?))
        .any(|leaf| names::covers(&leaf, &host).is_err())
}

fn opens(look: &Look<'_>, from: Host, addrs: &[IpAddr], port: u16) -> bool {
    look.all::<Connect>()
        .any(|c| c.from == from && c.port == port && c.end == ConnectEnd::Open && addrs.contains(&c.addr))
}
