//! More than one record or binding for one port: which answers, and whose visitors get another's certificate.
use super::commands::{Commands, called};
use super::records::{
    CENTRAL, SNI, addresses, covers, held, hellos, hung_up, names, not_after, own, serves, site_name, sites, weigh,
};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, State, Stop, explains, page};
use std::collections::BTreeSet;
use std::net::IpAddr;
use tlsdiag_model::facts::{Binding, Handshake, RecordKind, SiteBinding, Trial};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Endpoint, Finding, Impact, Layer, Name, Platform, Reading, Safety, Standing, Thumb,
    Tpl, Who, say,
};

/// The record of an address before that of a name.
pub static SHADOWED: Rule = Rule {
    code: Code(4005),
    slug: "shadowed",
    title: Tpl {
        en: "a record for one address answers in place of the site's",
        ko: "특정 주소의 레코드가 사이트 레코드보다 먼저 응답함",
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindIpOverridesSni],
    explains: &[explains(2530)],
    routine: false,
    check: shadowed,
    sources: &[
        "Microsoft: Troubleshoot AD FS and Web Application Proxy certificates (IP:port takes the highest precedence)",
        "Microsoft: IIS Server Name Indication",
    ],
    page: page!("shadowed"),
};

/// IPv4 and IPv6 answer otherwise.
pub static FAMILY: Rule = Rule {
    code: Code(4006),
    slug: "one-family-only",
    title: Tpl { en: "IPv4 and IPv6 get different certificates", ko: "IPv4와 IPv6의 인증서가 서로 다름" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindHttpsysMissing, Cause::BindHttpsysStale],
    explains: &[explains(5001)],
    routine: false,
    check: family,
    sources: &["Microsoft: HTTP_SERVICE_CONFIG_SSL_KEY (0.0.0.0 holds for IPv4 and IPv6, [::] for IPv6)"],
    page: page!("shadowed"),
};

/// One record for several sites.
pub static SHARED: Rule = Rule {
    code: Code(4030),
    slug: "one-record-for-several-sites",
    title: Tpl {
        en: "the record's certificate does not hold for a site bound to it",
        ko: "레코드의 인증서가 바인딩된 사이트의 이름과 맞지 않음",
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindNoCertForName, Cause::BindIpOverridesSni, Cause::BindWrongCertSelected],
    explains: &[explains(2530)],
    routine: false,
    check: shared,
    sources: &["Microsoft: IIS <binding> sslFlags (without SNI the certificate belongs to address and port)"],
    page: page!("shadowed"),
};

// ---- an address over a name ----

fn shadowed(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let mut out: Vec<Finding> = vec![];
    let mut any = false;
    for s in own(look, e) {
        let b = &s.cited.row.what;
        let Reading::Good(t) = &b.hash else { continue };
        let wide = b.kind == RecordKind::IpPort && b.addr.is_wildcard();
        if !wide && b.kind != RecordKind::HostnamePort {
            continue;
        }
        any = true;
        out.extend(over(look, e, &s, t));
    }
    if any { Ok(out.into()) } else { Err(Stop::NotApplicable) }
}

/// Records of single addresses that answer there in place of this one.
fn over<'a>(look: &Look<'a>, e: &Endpoint, s: &State<'a, Binding>, t: &Thumb) -> Option<Finding> {
    let b = &s.cited.row.what;
    let mine: Vec<_> = sites(look).into_iter().filter(|s| serves(b, s)).collect();
    if mine.is_empty() && b.kind == RecordKind::IpPort {
        // nobody says that the rest is meant for those addresses too
        return None;
    }
    let at_hand = addresses(look);
    let mut hit: BTreeSet<IpAddr> = BTreeSet::new();
    let mut f_evidence = vec![];
    let (mut sure, mut quiet) = (true, true);
    let mut others: Vec<_> =
        look.seen::<Binding>().filter(|o| o.kind == RecordKind::IpPort && o.port == b.port).collect();
    others.sort_by_key(|o| (called(o), o.at));
    for o in others {
        let Addr::Is(a) = o.addr else { continue };
        let same = o.hash == b.hash || matches!(o.hash, Reading::Damaged { .. });
        let reached = b.addr.meets(o.addr) || b.kind == RecordKind::HostnamePort || b.addr == Addr::AnyV4;
        // a site of its own on that address: a deliberate record, unless visitors were seen to come there
        let meant =
            sites(look).iter().any(|s| s.addr == o.addr && s.port == o.port && !mine.iter().any(|m| m.at == s.at));
        let only = !at_hand.is_empty() && at_hand.iter().all(|x| *x == a);
        let elsewhere = !mine.is_empty() && mine.iter().all(|m| !m.addr.is_wildcard() && m.addr != o.addr);
        let seen = visited(look, a, b.port, b.name.as_ref());
        if same || !reached || a.is_loopback() || elsewhere || !at_hand.is_empty() && !at_hand.contains(&a) {
            continue;
        }
        if meant && !only && seen != Some(true) || serves_own(look, a, b, t) {
            continue;
        }
        let answer = match &o.hash {
            Reading::Good(x) => held(look, x).into_iter().find_map(|c| holds_for(look, &c, b, &mine)),
            _ => Some(false),
        };
        if answer == Some(true) {
            continue;
        }
        sure &= answer == Some(false) && (only || seen == Some(true) || mine.iter().any(|m| m.addr == o.addr));
        quiet &= answer.is_none();
        hit.insert(a);
        f_evidence.push(o.at);
    }
    if hit.is_empty() {
        return None;
    }
    let list: Vec<Arg> = hit.iter().map(Arg::term).collect();
    let everywhere = !at_hand.is_empty() && at_hand.iter().all(|a| hit.contains(a));
    let impact = match (quiet, everywhere) {
        (true, _) => Impact::Risk,
        (_, true) => Impact::Broken,
        _ => Impact::Partial,
    };
    let headline = say!(
        "on {addrs} another record of HTTP.sys answers in place of {record}",
        "{addrs}에서는 HTTP.sys의 다른 레코드가 {record} 대신 응답합니다",
        addrs = Arg::List(list),
        record = Arg::quote(called(b))
    );
    let mut f = look.state(impact, s, headline);
    f = if everywhere { f } else { f.who(Who::Addresses(hit.iter().copied().collect())) };
    f = if sure { f } else { f.at_most(Standing::Likely) };
    f = f_evidence.into_iter().fold(f, Finding::and).because(say!(
        "the record of an address and port goes before names and before 0.0.0.0, whatever name the client sends",
        "주소와 포트의 레코드는 클라이언트가 어떤 이름을 보내든 이름 레코드와 0.0.0.0보다 먼저 적용됩니다"
    ));
    let commands = Commands::of(look);
    let mut c = Cure::new(
        Safety::Confirm,
        say!(
            "delete the record of the address where no program needs it (some write it again at every start: look at its application id), or bind it to a certificate that holds for all names",
            "그 주소의 레코드가 필요 없으면 삭제하고(시작할 때마다 다시 만드는 프로그램도 있으니 애플리케이션 ID를 확인합니다), 필요하면 모든 이름에 맞는 인증서를 바인딩합니다"
        ),
    )
    .run(Platform::Windows, commands.show_records());
    for a in &hit {
        let gone = Binding::new(Addr::Is(*a), e.port, None, Reading::Empty);
        c = commands.delete_record(&gone).into_iter().fold(c, |c, line| c.run(Platform::Windows, line));
    }
    Some(f.cure(c))
}

/// Did clients ask at this address for the name?
fn visited(look: &Look<'_>, a: IpAddr, port: u16, name: Option<&Name>) -> Option<bool> {
    let e = Endpoint { host: look.subject().host(), addr: Addr::Is(a), port, name: name.cloned() };
    (!hellos(look, &e).is_empty()).then_some(true)
}

/// Was this record's own certificate served at that address?
fn serves_own(look: &Look<'_>, a: IpAddr, b: &Binding, t: &Thumb) -> bool {
    let e = Endpoint { host: look.subject().host(), addr: Addr::Is(a), port: b.port, name: b.name.clone() };
    let id = look.certificate_of(t);
    id.is_some() && hellos(look, &e).iter().any(|h| h.leaf() == id)
}

/// Does another certificate hold for all that this record is for?
fn holds_for(
    look: &Look<'_>,
    c: &Cited<'_, tlsdiag_model::facts::Stored>,
    b: &Binding,
    mine: &[Cited<'_, SiteBinding>],
) -> Option<bool> {
    if not_after(look, c).is_some_and(|to| to < c.row.span.last) {
        return Some(false);
    }
    let named: BTreeSet<&Name> = b.name.iter().chain(mine.iter().filter_map(|m| m.row.what.name.as_ref())).collect();
    if named.is_empty() {
        return None;
    }
    named.iter().map(|n| covers(look, c, n.as_str())).try_fold(true, |all, one| one.map(|one| all && one))
}

// ---- IPv4 and IPv6 ----

fn family(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    if matches!(e.addr, Addr::Is(IpAddr::V6(_))) {
        return four_only(look, e);
    }
    if e.name.is_some() || e.addr != Addr::AnyV6 {
        return Err(Stop::NotApplicable);
    }
    let states = own(look, e);
    let Some(s) = states.iter().find(|s| s.cited.kind == RecordKind::IpPort) else { return Err(Stop::NotApplicable) };
    match look.states::<Binding>(&(RecordKind::IpPort, Addr::AnyV4, e.port, None)).into_iter().last() {
        Some(v4) if v4.cited.hash != s.cited.hash => Ok(differ(look, s, &v4).into_iter().collect::<Vec<_>>().into()),
        Some(_) => Ok(Outcome::Pass),
        None => six_only(look, e, s),
    }
}

fn differ<'a>(look: &Look<'a>, v6: &State<'a, Binding>, v4: &State<'a, Binding>) -> Option<Finding> {
    let (Reading::Good(six), Reading::Good(four)) = (&v6.cited.row.what.hash, &v4.cited.row.what.hash) else {
        return None;
    };
    let (a, b) = (held(look, six).into_iter().next(), held(look, four).into_iter().next());
    let over = a.as_ref().and_then(|c| not_after(look, c).filter(|to| *to < c.row.span.last));
    let fewer = match (&a, &b) {
        (Some(a), Some(b)) => names(look, b).iter().any(|n| covers(look, a, n) == Some(false)),
        _ => false,
    };
    let impact = if over.is_some() || fewer { Impact::Partial } else { Impact::Risk };
    let headline = say!(
        "port {port} has one certificate for IPv4 ({four}) and another for IPv6 ({six})",
        "{port}번 포트의 인증서가 IPv4({four})와 IPv6({six})에서 서로 다릅니다",
        port = Arg::num(v6.cited.port),
        four = Arg::term(four.short()),
        six = Arg::term(six.short())
    );
    let mut f = look
        .state(impact, v6, headline)
        .and(v4.cited.at)
        .labels(&[Cause::BindHttpsysStale])
        .who(Who::Clients(say!("those who come by IPv6", "IPv6로 접속하는 방문자")));
    if let Some(to) = over {
        f = f.because(say!(
            "the one for IPv6 expired on {to}",
            "IPv6의 인증서는 {to}에 만료되었습니다",
            to = Arg::Date(to)
        ));
    } else if fewer {
        f = f.because(say!(
            "the one for IPv6 does not hold for the same names",
            "IPv6의 인증서는 같은 이름을 모두 포함하지 않습니다"
        ));
    }
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "bind the same certificate for IPv6, or delete the record of [::]: that of 0.0.0.0 holds for IPv6 too",
            "IPv6에도 같은 인증서를 바인딩하거나 [::] 레코드를 삭제합니다. 0.0.0.0 레코드는 IPv6에도 적용됩니다"
        ),
    );
    let store = v4.cited.store.as_deref();
    Some(f.cure(Commands::of(look).replace(c, &v6.cited.row.what, Some(four), store)))
}

/// A record of [::] alone leaves IPv4 without one.
fn six_only<'a>(look: &Look<'a>, e: &Endpoint, s: &State<'a, Binding>) -> Judged {
    let b = &s.cited.row.what;
    let site = sites(look).into_iter().find(|s| {
        s.port == e.port && matches!(s.addr, Addr::Any | Addr::AnyV4) && s.flags.unwrap_or(0) & (SNI | CENTRAL) == 0
    });
    let Some(site) = site else { return Err(Stop::NotApplicable) };
    let v4 = |o: &Cited<'_, Binding>| {
        o.port == e.port && o.kind == RecordKind::IpPort && matches!(o.addr, Addr::Is(IpAddr::V4(_)) | Addr::Any)
    };
    if look.seen::<Binding>().any(|o| v4(&o)) {
        return Ok(Outcome::Pass);
    }
    let whole = look.whole::<Binding>()?;
    let headline = say!(
        "port {port} has a certificate record for IPv6 alone",
        "{port}번 포트의 인증서 레코드가 IPv6용만 있습니다",
        port = Arg::num(e.port)
    );
    let f = look
        .state(Impact::Partial, s, headline)
        .and(whole)
        .and(site.at)
        .who(Who::Clients(say!("those who come by IPv4", "IPv4로 접속하는 방문자")))
        .because(say!(
            "site {site} is bound for all addresses; the record [::] holds for IPv6 only",
            "사이트 {site:은} 모든 주소에 바인딩되어 있지만 [::] 레코드는 IPv6에만 적용됩니다",
            site = site_name(&site)
        ));
    Ok(f.cure(add_wide(look, b, Addr::AnyV4)).into())
}

/// 0.0.0.0 holds for both, so its record alone is well; unless IPv6 is seen to be hung up on where IPv4 is not.
fn four_only(look: &Look<'_>, e: &Endpoint) -> Judged {
    let seen = hellos(look, e);
    let Some(six) = seen.iter().find(|h| hung_up(h)) else { return Err(Stop::NotApplicable) };
    let same =
        |h: &Cited<'_, Handshake>| h.port == e.port && h.name == e.name && h.addr.is_ipv4() && h.trial == Trial::Base;
    let four = look.seen::<Handshake>().find(|h| same(h) && !hung_up(h) && !h.pending());
    let Some(four) = four else { return Err(Stop::NotApplicable) };
    let states = look.states::<Binding>(&(RecordKind::IpPort, Addr::AnyV4, e.port, None));
    let Some(s) = states.last() else { return Err(Stop::NotApplicable) };
    if !look.answering(e.addr, e.port, e.name.as_ref()).is_empty() {
        return Ok(Outcome::Pass);
    }
    let b = &s.cited.row.what;
    let whole = look.whole::<Binding>()?;
    let headline = say!(
        "port {port} hangs up on IPv6; its certificate record is that of 0.0.0.0 alone",
        "{port}번 포트가 IPv6 연결을 끊습니다. 인증서 레코드는 0.0.0.0용만 있습니다",
        port = Arg::num(e.port)
    );
    let f = look
        .behaves(Impact::Partial, six, headline)
        .and(four.at)
        .and(s.cited.at)
        .and(whole)
        .who(Who::Clients(say!("those who come by IPv6", "IPv6로 접속하는 방문자")));
    Ok(f.cure(add_wide(look, b, Addr::AnyV6)).into())
}

fn add_wide(look: &Look<'_>, b: &Binding, addr: Addr) -> Cure {
    let commands = Commands::of(look);
    let wide = Binding { addr, ..b.clone() };
    let thumb = match &b.hash {
        Reading::Good(t) => Some(t),
        _ => None,
    };
    let c = Cure::new(
        Safety::Safe,
        say!(
            "add the record for the other family, with the same certificate",
            "다른 주소 체계의 레코드를 같은 인증서로 추가합니다"
        ),
    );
    commands.add_record(&wide, thumb, b.store.as_deref()).into_iter().fold(c, |c, line| c.run(Platform::Windows, line))
}

// ---- several sites, one record ----

fn shared(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let states = own(look, e);
    let Some(s) = states.iter().find(|s| s.cited.kind == RecordKind::IpPort) else { return Err(Stop::NotApplicable) };
    let b = &s.cited.row.what;
    let Reading::Good(t) = &b.hash else { return Err(Stop::NotApplicable) };
    let mine: Vec<_> = sites(look).into_iter().filter(|s| serves(b, s) && !at_its_own(look, b, s)).collect();
    let named: Vec<_> = mine.iter().filter(|m| m.name.is_some()).collect();
    if named.is_empty() {
        return Err(Stop::NotApplicable);
    }
    let Some(cert) = held(look, t).into_iter().find(|c| !names(look, c).is_empty()) else {
        return Err(Stop::NotApplicable);
    };
    let out: Vec<_> = named
        .iter()
        .filter(|m| m.row.what.name.as_ref().is_some_and(|n| covers(look, &cert, n.as_str()) == Some(false)))
        .collect();
    let Some(first) = out.first() else { return Ok(Outcome::Pass) };
    let list: Vec<Arg> = out.iter().filter_map(|m| m.row.what.name.as_ref()).take(8).map(Arg::quote).collect();
    let impact = if out.len() == mine.len() { Impact::Broken } else { Impact::Partial };
    let headline = say!(
        "{record} serves one certificate for every site without SNI, and it does not hold for {names}",
        "{record} 레코드는 SNI 없는 모든 사이트에 인증서 하나를 제공하며, 이 인증서는 {names}에 맞지 않습니다",
        record = Arg::quote(called(b)),
        names = Arg::List(list)
    );
    let mut f = weigh(look, s, look.state(impact, s, headline)).and(cert.at);
    f = out.iter().fold(f, |f, m| f.and(m.at));
    if impact == Impact::Partial {
        f = f.who(Who::Clients(say!("those who ask for these names", "이 이름으로 접속하는 방문자")));
    }
    let held_for: Vec<Arg> = names(look, &cert).into_iter().take(6).map(Arg::quote).collect();
    f = f.because(say!(
        "certificate {thumb} holds for {names}",
        "인증서 {thumb}의 이름: {names}",
        thumb = Arg::term(t.short()),
        names = Arg::List(held_for)
    ));
    let commands = Commands::of(look);
    let cure = if commands.is_2003() {
        Cure::new(
            Safety::Manual,
            say!(
                "this Windows knows no SNI: use one certificate for all the names, or one address for each site",
                "이 Windows는 SNI를 지원하지 않습니다. 모든 이름을 포함하는 인증서를 쓰거나 사이트마다 다른 주소를 씁니다"
            ),
        )
    } else {
        Cure::new(
            Safety::Confirm,
            say!(
                "tick Require Server Name Indication in the https binding of site {site} and choose its certificate there (Server 2012 and newer), or bind one certificate that holds for all the names",
                "사이트 {site}의 https 바인딩에서 서버 이름 표시 필요를 선택하고 인증서를 지정하거나(Server 2012 이상), 모든 이름을 포함하는 인증서를 바인딩합니다",
                site = site_name(first)
            ),
        )
    };
    Ok(f.cure(cure).into())
}

/// A record for the binding's very address stands before a wildcard.
fn at_its_own(look: &Look<'_>, b: &Binding, s: &SiteBinding) -> bool {
    b.addr.is_wildcard()
        && !s.addr.is_wildcard()
        && look.seen::<Binding>().any(|o| o.kind == RecordKind::IpPort && o.addr == s.addr && o.port == s.port)
}
