//! From a name to addresses, twice: by the operating system, as programs here do, and from the DNS servers directly.
use super::{clock::ms, run::Run};
use hickory_resolver::{
    Resolver as Stub,
    config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{self, RData, RecordType},
    },
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Cover, Host, How, Kind, Name, Origin, Row, Survey, Why,
    facts::{Answer, Family, Lookup, Resolver},
};
use tokio::{task::JoinHandle, time::timeout};

/// Looks a name up both ways at once. The addresses that programs here would use come back as soon as they are known,
/// with what is still under way; those of the DNS servers only where the operating system has none.
pub(crate) async fn look_up(run: &Run, name: &Name) -> (Vec<IpAddr>, Option<JoinHandle<()>>) {
    let dns = tokio::spawn(directly(run.clone(), name.clone()));
    let system = by_system(run, name).await;
    if !system.is_empty() {
        return (system, Some(dns));
    }
    let _ = dns.await;
    let found = run.sink.with(|case| {
        let mut found: Vec<IpAddr> = vec![];
        for row in case.lookups.iter().filter(|r| r.what.name == *name && r.what.resolver == Resolver::Dns) {
            if let Answer::Addresses(list) = &row.what.answer {
                for a in list {
                    if !found.contains(a) {
                        found.push(*a);
                    }
                }
            }
        }
        found
    });
    (found, None)
}

/// The part of the DNS servers, and the survey of both.
async fn directly(run: Run, name: Name) {
    let start = Instant::now();
    let (cover, origin) = match by_dns(&run, &name).await {
        Ok(()) => (Cover::Complete, "getaddrinfo, DNS"),
        Err(why) => (Cover::Partial(why), "getaddrinfo"),
    };
    let span = run.clock.since(start);
    run.sink.survey(Survey { kind: Kind::Lookups, host: Host::HERE, cover, span, origin: Origin::Api(origin.into()) });
}

async fn by_system(run: &Run, name: &Name) -> Vec<IpAddr> {
    let start = Instant::now();
    let answer = system(run, name.as_str()).await;
    let found = match &answer {
        Answer::Addresses(list) => list.clone(),
        _ => vec![],
    };
    let what = Lookup { name: name.clone(), resolver: Resolver::System, family: Family::Both, answer, cnames: vec![] };
    add(run, what, start, Origin::Api("getaddrinfo".into()));
    found
}

/// The operating system's answer for a name.
pub(crate) async fn system(run: &Run, name: &str) -> Answer {
    let start = Instant::now();
    let (name, look_up) = (name.to_owned(), Arc::clone(&run.settings.system_lookup));
    let call = tokio::task::spawn_blocking(move || look_up(&name));
    match timeout(run.settings.timeout, call).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(e)) => Answer::Failed(e.to_string()),
        Err(_) => Answer::Silent { after_ms: ms(start.elapsed()) },
    }
}

/// getaddrinfo(3), its error number kept.
pub(crate) fn getaddrinfo(name: &str) -> Answer {
    let hints = dns_lookup::AddrInfoHints {
        socktype: dns_lookup::SockType::Stream.into(),
        ..dns_lookup::AddrInfoHints::default()
    };
    match dns_lookup::getaddrinfo(Some(name), None, Some(hints)) {
        Ok(found) => {
            let mut list: Vec<IpAddr> = vec![];
            for a in found.flatten() {
                let ip = a.sockaddr.ip();
                if !list.contains(&ip) {
                    list.push(ip);
                }
            }
            if list.is_empty() { Answer::NoAddress } else { Answer::Addresses(list) }
        }
        Err(e) => {
            use dns_lookup::LookupErrorKind as K;
            match e.kind() {
                K::NoName => Answer::NoSuchName,
                K::NoData => Answer::NoAddress,
                _ => Answer::Failed(io::Error::from(e).to_string()),
            }
        }
    }
}

/// Asks for A and AAAA at once. `Err`: nobody could be asked.
async fn by_dns(run: &Run, name: &Name) -> Result<(), Why> {
    let servers = match &run.settings.dns {
        Some(s) => s.clone(),
        None => configured(Path::new("/etc/resolv.conf"))?,
    };
    if servers.is_empty() {
        return Err(Why::Said("no DNS server is configured".to_owned()));
    }
    let limit = run.settings.dns_time;
    let stub = stub(&servers, limit).map_err(|e| Why::Said(e.to_string()))?;
    let mut wire = rr::Name::from_ascii(name.as_str()).map_err(|e| Why::Said(e.to_string()))?;
    wire.set_fqdn(true);
    let ask = |family, kind| {
        let (stub, wire) = (&stub, wire.clone());
        async move {
            let start = Instant::now();
            let (answer, cnames) = match timeout(limit, stub.lookup(wire, kind)).await {
                Err(_) | Ok(Err(NetError::Timeout)) => (Answer::Silent { after_ms: ms(start.elapsed()) }, vec![]),
                Ok(Err(e)) => (refusal(&e), vec![]),
                Ok(Ok(found)) => records(found.answers()),
            };
            let what = Lookup { name: name.clone(), resolver: Resolver::Dns, family, answer, cnames };
            add(run, what, start, Origin::Api(format!("DNS {kind}").into()));
        }
    };
    tokio::join!(ask(Family::V4, RecordType::A), ask(Family::V6, RecordType::AAAA));
    Ok(())
}

fn stub(servers: &[SocketAddr], limit: Duration) -> Result<Stub<TokioRuntimeProvider>, NetError> {
    let servers = servers.iter().map(|s| {
        let mut config = NameServerConfig::udp_and_tcp(s.ip());
        config.connections.iter_mut().for_each(|c| c.port = s.port());
        config
    });
    let config = ResolverConfig::from_name_servers(servers.collect());
    let mut options = ResolverOpts::default();
    // Two tries within the time that there is.
    options.timeout = limit / 2;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true;
    options.os_port_selection = cfg!(windows);
    Stub::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options).build()
}

fn records(list: &[rr::Record]) -> (Answer, Vec<Name>) {
    let (mut found, mut cnames) = (vec![], vec![]);
    for r in list {
        match &r.data {
            RData::A(a) => found.push(IpAddr::V4(a.0)),
            RData::AAAA(a) => found.push(IpAddr::V6(a.0)),
            RData::CNAME(c) => cnames.push(Name::new(&c.0.to_ascii())),
            _ => {}
        }
    }
    (if found.is_empty() { Answer::NoAddress } else { Answer::Addresses(found) }, cnames)
}

fn refusal(e: &NetError) -> Answer {
    let code = match e {
        NetError::Dns(DnsError::NoRecordsFound(n)) => n.response_code,
        NetError::Dns(DnsError::ResponseCode(c)) => *c,
        other => return Answer::Failed(other.to_string()),
    };
    match code {
        ResponseCode::NXDomain => Answer::NoSuchName,
        ResponseCode::NoError => Answer::NoAddress,
        ResponseCode::ServFail => Answer::ServerFailure,
        ResponseCode::Refused => Answer::Refused,
        other => Answer::Failed(other.to_string()),
    }
}

/// The `nameserver` lines of resolv.conf(5): at most three, as in the C library.
#[cfg(unix)]
fn configured(path: &Path) -> Result<Vec<SocketAddr>, Why> {
    let text = std::fs::read_to_string(path).map_err(|e| Why::Said(format!("{}: {e}", path.display())))?;
    let servers = text.lines().filter_map(|l| {
        let mut words = l.split_ascii_whitespace();
        let word = words.next().filter(|w| *w == "nameserver").and_then(|_| words.next())?;
        let bare: IpAddr = word.split('%').next()?.parse().ok()?;
        Some(SocketAddr::new(bare, 53))
    });
    Ok(servers.take(3).collect())
}

/// Windows keeps its servers per adapter, behind calls that Windows 7 lacks in the crates that make them.
#[cfg(not(unix))]
fn configured(_: &Path) -> Result<Vec<SocketAddr>, Why> {
    Err(Why::Said("the DNS servers of this system are not read".to_owned()))
}

fn add(run: &Run, what: Lookup, start: Instant, origin: Origin) {
    let took = ms(start.elapsed());
    run.sink.add(Row::during(what, Host::HERE, How::Read, run.clock.since(start), origin).took(took));
}
