//! Another program has the port, or an address of it, on which HTTP.sys should serve.
use crate::s4_binding::commands::{Commands, IIS, called};
use crate::s4_binding::records::{addresses, listeners, own, site_name, sites, sites_at};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Listener, Process};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Endpoint, FactRef, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Who,
    say,
};

/// The kernel, thus HTTP.sys.
const KERNEL: u32 = 4;

/// The whole port.
pub static OWNED: Rule = Rule {
    code: Code(3001),
    slug: "port-owned-by-another",
    title: Tpl { en: "another program has the port", ko: "다른 프로그램이 포트를 쓰고 있음" },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::BindPortOwner],
    explains: &[
        explains(3101),
        explains(3102),
        explains(5001),
        explains(5002),
        explains(5007),
        explains(4001),
        explains(4019),
    ],
    routine: false,
    check: owned,
    sources: &[
        "Microsoft: Troubleshooting SSL related issues, scenario 3 (netstat -ano, -anob)",
        "Process 4 is the kernel, in which HTTP.sys listens",
    ],
    page: page!("port_owner"),
};

/// One address of it.
pub static OVERLAP: Rule = Rule {
    code: Code(3002),
    slug: "addresses-overlap",
    title: Tpl {
        en: "another program has the port on some addresses",
        ko: "일부 주소의 포트를 다른 프로그램이 쓰고 있음",
    },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::BindPortOwner],
    explains: &[explains(3101), explains(2530)],
    routine: false,
    check: overlap,
    sources: &["Microsoft: Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE (a specific address goes before a wildcard)"],
    page: page!("port_owner"),
};

/// Who needs HTTP.sys at this endpoint: a site of IIS, or a record that IIS made.
fn needed(look: &Look<'_>, e: &Endpoint) -> Option<(FactRef, Say)> {
    let fits = |addr: Addr, port: u16| port == e.port && addr.meets(e.addr);
    if let Some(s) = sites(look)
        .into_iter()
        .find(|s| fits(s.addr, s.port) && (e.name.is_none() || s.name.is_none() || s.name == e.name))
    {
        return Some((
            s.at,
            say!(
                "site {site} is bound to the port",
                "사이트 {site:이} 이 포트에 바인딩되어 있습니다",
                site = site_name(&s)
            ),
        ));
    }
    let record = own(look, e).into_iter().find(|s| s.cited.app.as_deref() == Some(IIS))?;
    Some((
        record.cited.at,
        say!(
            "the HTTP.sys record {record} is that of IIS",
            "HTTP.sys 레코드 {record:은} IIS의 것입니다",
            record = Arg::quote(called(&record.cited))
        ),
    ))
}

/// Somebody else than HTTP.sys.
fn is_other(l: &Listener) -> bool {
    l.pid.is_some_and(|p| p != KERNEL && p != 0)
        && !l.program.as_deref().is_some_and(|p| p.eq_ignore_ascii_case("system"))
}
fn is_kernel(l: &Listener) -> bool {
    l.pid == Some(KERNEL)
}
/// A socket of [::] takes IPv4 too, unless it says otherwise; netstat then shows both. Here it counts for its own family.
fn takes(l: &Listener, addr: Addr) -> bool {
    l.addr.covers(addr) || addr == Addr::Any && l.addr.is_wildcard()
}

fn owned(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let Some((need, why)) = needed(look, e) else { return Err(Stop::NotApplicable) };
    let all = listeners(look, e.port);
    if all.is_empty() {
        return Err(Stop::NotApplicable);
    }
    let here: Vec<_> = all.iter().filter(|l| takes(l, e.addr)).collect();
    let Some(other) = here.iter().find(|l| is_other(l)) else { return Ok(Outcome::Pass) };
    if all.iter().any(|l| is_kernel(l) && l.addr.meets(e.addr)) {
        return Ok(Outcome::Pass);
    }
    let (who, process) = program(look, other);
    let headline = say!(
        "port {port} belongs to {who}, not to HTTP.sys",
        "{port}번 포트를 HTTP.sys가 아니라 {who:이} 쓰고 있습니다",
        port = Arg::num(e.port),
        who = who
    );
    let f = look.reads_as(Impact::Broken, other, headline).and(need).because(why);
    Ok(with_cure(look, process.into_iter().fold(f, Finding::and), other).into())
}

fn overlap(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let Some((need, why)) = needed(look, e) else { return Err(Stop::NotApplicable) };
    let all = listeners(look, e.port);
    let kernel: Vec<_> = all.iter().filter(|l| is_kernel(l) && l.addr.meets(e.addr)).collect();
    if kernel.is_empty() {
        return Err(Stop::NotApplicable);
    }
    // HTTP.sys has this very address: whoever else is there stands behind it
    if kernel.iter().any(|l| !l.addr.is_wildcard() && l.addr == e.addr) {
        return Ok(Outcome::Pass);
    }
    let loopback = |l: &Listener| matches!(l.addr, Addr::Is(a) if a.is_loopback());
    let others: Vec<_> = all.iter().filter(|l| is_other(l) && !loopback(l) && l.addr.meets(e.addr)).collect();
    let Some(other) = others.iter().find(|l| !l.addr.is_wildcard()).or_else(|| others.first()) else {
        return Ok(Outcome::Pass);
    };
    let (who, process) = program(look, other);
    let place = Arg::term(crate::s4_binding::commands::place(other.addr, other.port));
    let headline = say!(
        "{who} has {place}, HTTP.sys the rest of the port",
        "{place:은} {who:이} 쓰고, 이 포트의 나머지 주소는 HTTP.sys가 씁니다",
        who = who,
        place = place
    );
    let mine = addresses(look);
    let everything = matches!(other.addr, Addr::Is(a) if !mine.is_empty() && mine.iter().all(|m| *m == a))
        || other.addr == e.addr && !sites_at(look, e).is_empty();
    let mut f = look
        .reads_as(if everything { Impact::Broken } else { Impact::Partial }, other, headline)
        .and(need)
        .because(why);
    f = process.into_iter().fold(f, Finding::and);
    f = kernel.iter().fold(f, |f, k| f.and(k.at));
    f = match other.addr {
        _ if everything => f,
        Addr::Is(a) => f.who(Who::Addresses(vec![a])),
        Addr::AnyV6 => {
            f.at_most(Standing::Likely).who(Who::Clients(say!("those who come by IPv6", "IPv6로 접속하는 방문자")))
        }
        _ => f
            .at_most(Standing::Likely)
            .who(Who::Clients(say!("those whom the other program gets", "다른 프로그램이 받는 연결의 방문자"))),
    };
    f = f.because(say!(
        "a socket of one address gets its connections before one of all addresses",
        "특정 주소의 소켓은 모든 주소의 소켓보다 먼저 연결을 받습니다"
    ));
    Ok(with_cure(look, f, other).into())
}

/// What listens: program, services, process id; and the row that says so.
fn program<'a>(look: &Look<'a>, l: &Cited<'a, Listener>) -> (Arg, Option<FactRef>) {
    let pid = l.pid.unwrap_or(0);
    let mut rows: Vec<_> = look.seen::<Process>().filter(|p| p.pid == pid).collect();
    rows.sort_by(|a, b| (&a.row.what, a.at).cmp(&(&b.row.what, b.at)));
    let process = rows.into_iter().next();
    let name = l.row.what.program.clone().or_else(|| process.map(|p| p.row.what.name.clone()));
    let mut services = l.row.what.services.clone();
    services.extend(process.iter().flat_map(|p| p.row.what.services.clone()));
    services.sort();
    services.dedup();
    let said = match (name, services.is_empty()) {
        (Some(n), true) => {
            say!("{program} (process {pid})", "{program}(프로세스 {pid})", program = Arg::quote(n), pid = Arg::num(pid))
        }
        (Some(n), false) => say!(
            "{program} (process {pid}: {services})",
            "{program}(프로세스 {pid}: {services})",
            program = Arg::quote(n),
            pid = Arg::num(pid),
            services = Arg::List(services.into_iter().take(4).map(Arg::quote).collect())
        ),
        (None, _) => say!("process {pid}", "프로세스 {pid}", pid = Arg::num(pid)),
    };
    (Arg::Say(Box::new(said)), process.map(|p| p.at))
}

fn with_cure(look: &Look<'_>, f: Finding, other: &Listener) -> Finding {
    let pid = other.pid.unwrap_or(0);
    let commands = Commands::of(look);
    f.cure(
        Cure::new(
            Safety::Safe,
            say!("see what the program is and why it runs", "어떤 프로그램이 왜 실행 중인지 확인합니다"),
        )
        .run(Platform::Windows, format!("tasklist /svc /fi \"PID eq {pid}\""))
        .run(Platform::Windows, commands.port_owner(other.port)),
    )
    .cure(stop(other, look.seen::<Process>().filter(|p| p.pid == pid).flat_map(|p| p.row.what.services.iter())))
}

/// Another port for the one or the other; where the program is a service, how it is stopped for good.
fn stop<'a>(other: &'a Listener, more: impl Iterator<Item = &'a String>) -> Cure {
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "give that program another port or stop it for good, or give the site another address or port; then start the site again",
            "그 프로그램의 포트를 바꾸거나 완전히 중지하거나, 사이트에 다른 주소나 포트를 지정한 뒤 사이트를 다시 시작합니다"
        ),
    );
    let plain =
        |s: &&String| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let names: std::collections::BTreeSet<&String> = other.services.iter().chain(more).filter(plain).collect();
    // a host of many services is stopped one by one, by somebody who knows which
    let Some(name) = names.first().filter(|_| names.len() == 1) else { return c };
    c.run(Platform::Windows, format!("net stop {name}"))
        .run(Platform::Windows, format!("sc config {name} start= disabled"))
}
