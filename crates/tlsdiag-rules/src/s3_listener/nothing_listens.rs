//! A site is configured, and nothing listens for it: the service does not run, or the site does not.
use crate::s4_binding::commands::Commands;
use crate::s4_binding::records::{listeners, site_name, sites, sites_at};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Listener, Service, SiteBinding};
use tlsdiag_model::{Addr, Arg, Cause, Code, Cure, FactRef, Finding, Impact, Layer, Platform, Safety, Tpl, say};

/// Nothing listens.
pub static NONE: Rule = Rule {
    code: Code(3003),
    slug: "no-listener",
    title: Tpl {
        en: "nothing listens on the site's port", ko: "사이트의 포트에서 수신 대기하는 것이 없음"
    },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::BindNoListener],
    explains: &[explains(101)],
    routine: false,
    check: none,
    sources: &["Microsoft: netstat -ano; HTTP.sys listens for a site that is started"],
    page: page!("nothing_listens"),
};

/// A service that the site needs does not run.
pub static STOPPED: Rule = Rule {
    code: Code(3004),
    slug: "service-not-running",
    title: Tpl {
        en: "a service that IIS needs does not run", ko: "IIS에 필요한 서비스가 실행되고 있지 않음"
    },
    layer: Layer::Listen,
    over: Over::Hosts,
    causes: &[Cause::BindNoListener],
    explains: &[explains(101), explains(3003)],
    routine: false,
    check: stopped,
    sources: &[
        "Microsoft: IIS services HTTP, WAS, W3SVC; HTTPFilter (HTTP SSL) on Server 2003",
        "Microsoft: HKLM\\SYSTEM\\CurrentControlSet\\Services, Start = 4: disabled",
    ],
    page: page!("nothing_listens"),
};

fn none(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    // a stopped site is why nothing listens
    let exact = |s: &SiteBinding| s.protocol == "https" && (s.addr, s.port, &s.name) == (e.addr, e.port, &e.name);
    let mut all: Vec<_> = look.seen::<SiteBinding>().filter(|s| exact(s)).collect();
    all.sort_by(|a, b| (a.running, &a.site, a.at).cmp(&(b.running, &b.site, b.at)));
    let Some(site) = sites_at(look, e).into_iter().next().or_else(|| all.into_iter().next()) else {
        return Err(Stop::NotApplicable);
    };
    let meets = |l: &Cited<'_, Listener>| l.addr.meets(e.addr) || l.addr.is_wildcard() && e.addr == Addr::Any;
    if listeners(look, e.port).iter().any(meets) {
        return Ok(Outcome::Pass);
    }
    let looked = look.whole::<Listener>()?;
    let is_stopped = site.running == Some(false);
    if is_stopped && sites(look).iter().any(|s| s.port == e.port && s.addr.meets(e.addr)) {
        return Ok(Outcome::NotApplicable);
    }
    let headline = if is_stopped {
        say!(
            "site {site} is stopped, and nothing listens on port {port}",
            "사이트 {site:이} 중지되어 있고 {port}번 포트에서 수신 대기하는 것이 없습니다",
            site = site_name(&site),
            port = Arg::num(e.port)
        )
    } else {
        say!(
            "nothing listens on port {port}, to which site {site} is bound",
            "사이트 {site:이} 바인딩된 {port}번 포트에서 수신 대기하는 것이 없습니다",
            site = site_name(&site),
            port = Arg::num(e.port)
        )
    };
    // a stopped site may be meant to be
    let impact = if is_stopped && look.asked().is_none() { Impact::Note } else { Impact::Broken };
    let f = look
        .absent(impact, looked, headline)
        .and(site.at)
        .because(say!("the listing of open ports was read whole", "열린 포트 목록 전체를 읽었습니다"));
    let commands = Commands::of(look);
    let mut c = Cure::new(
        Safety::Confirm,
        say!("start the site, and the services under it", "사이트와 그 아래의 서비스를 시작합니다"),
    );
    for name in if commands.is_2003() { ["HTTPFilter", "W3SVC"] } else { ["WAS", "W3SVC"] } {
        c = c.run(Platform::Windows, format!("net start {name}"));
    }
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'.' | b'-' | b'_'));
    if !commands.is_2003() && plain(&site.site) {
        c = c.run(
            Platform::Windows,
            format!("%windir%\\System32\\inetsrv\\appcmd start site /site.name:\"{}\"", site.site),
        );
    }
    Ok(f.cure(c).into())
}

/// The services, by short name and as consoles show them.
const SERVICES: &[(&str, &[&str])] = &[
    ("HTTP", &["http", "http service"]),
    ("WAS", &["was", "windows process activation service"]),
    ("W3SVC", &["w3svc", "world wide web publishing service"]),
    ("HTTPFilter", &["httpfilter", "http ssl"]),
];

fn stopped(look: &Look<'_>) -> Judged {
    let all = sites(look);
    let Some(site) = all.first() else { return Err(Stop::NotApplicable) };
    let old = Commands::of(look).is_2003();
    // what serves https now runs, whatever an older listing says
    let serving =
        all.iter().any(|s| listeners(look, s.port).iter().any(|l| l.pid == Some(4) && (l.addr.meets(s.addr))));
    if serving {
        return Ok(Outcome::Pass);
    }
    let mut out: Vec<Finding> = vec![];
    let mut any = false;
    for (name, shown) in SERVICES {
        if *name == "HTTPFilter" && !old || *name == "WAS" && old {
            continue;
        }
        let told: Option<(Cited<'_, Service>, bool)> = {
            let mut rows: Vec<_> =
                look.seen::<Service>().filter(|s| shown.contains(&s.name.to_lowercase().as_str())).collect();
            rows.sort_by_key(|s| (s.row.span.last, s.running, s.at));
            rows.last().map(|s| (*s, s.running))
        };
        let key = format!("HKLM\\SYSTEM\\CurrentControlSet\\Services\\{name}");
        let start = look.number(&key, "Start");
        any |= told.is_some() || start.is_some();
        let disabled = start.as_ref().is_some_and(|(n, _)| *n == 4);
        let halted = told.as_ref().filter(|(_, running)| !running).map(|(s, _)| s.at);
        if told.as_ref().is_some_and(|(_, running)| *running) || !disabled && halted.is_none() {
            continue;
        }
        out.push(down(
            look,
            name,
            site,
            disabled.then(|| start.as_ref().map(|(_, s)| s.at)).flatten(),
            told.map(|(s, _)| s),
        ));
    }
    if any { Ok(out.into()) } else { Err(Stop::NotApplicable) }
}

fn down<'a>(
    look: &Look<'a>,
    name: &str,
    site: &Cited<'a, SiteBinding>,
    disabled: Option<FactRef>,
    told: Option<Cited<'a, Service>>,
) -> Finding {
    let service = || Arg::term(name);
    let headline = if disabled.is_some() {
        say!(
            "service {service} is disabled",
            "서비스 {service:이} 사용 안 함으로 설정되어 있습니다",
            service = service()
        )
    } else {
        say!("service {service} does not run", "서비스 {service:이} 실행되고 있지 않습니다", service = service())
    };
    let f = match (told, disabled) {
        (Some(s), at) => at.into_iter().fold(look.reads_as(Impact::Broken, &s, headline), Finding::and),
        (None, Some(at)) => look.absent(Impact::Broken, at, headline),
        (None, None) => look.reads_as(Impact::Broken, site, headline),
    };
    let f = f.and(site.at).because(say!(
        "site {site} serves https through it",
        "사이트 {site}의 https에 필요한 서비스입니다",
        site = site_name(site)
    ));
    f.cure(Commands::of(look).start_service(name, disabled.is_some()))
}
