//! A lab: chosen things of the catalogue, served from threads of this process.
use crate::{
    catalogue::Item,
    credential::Foundry,
    error::Error,
    maker::Maker,
    names, pem,
    plan::{Answer, Asked, Listen, Nameless, PlainPort, Plan},
    seed::Chance,
    serving::{Listening, Place, Site, StatusHost},
};
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use tlsdiag_model::{Impact, Tpl};

/// How often a port is drawn before the system chooses one.
const DRAWS: u32 = 40;
/// Ports are drawn below the range from which systems take those of clients.
const PORTS: (u64, u64) = (18_000, 32_000);

/// Where and when a lab is.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// What everything follows from, but for keys and for ports that are taken.
    pub seed: u64,
    /// The address at which it is served.
    pub address: IpAddr,
    /// Now, in seconds since 1970, UTC.
    pub now: i64,
}

impl Conditions {
    /// On loopback, today.
    pub fn here(seed: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { seed, address: IpAddr::V4(Ipv4Addr::LOCALHOST), now: i64::try_from(now).unwrap_or(0) }
    }
}

/// One served endpoint, with all that the examiner may know. A probe gets `url`, `resolve` and the root and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// `fault`, `healthy`, `pair` or `menace`.
    pub kind: String,
    /// The name in the catalogue.
    pub slug: String,
    /// Whether it is the near miss of the fault.
    pub twin: bool,
    /// Whether there is nothing to mend: a near miss or a healthy server.
    pub works: bool,
    /// The DNS name of the site.
    pub name: String,
    /// The host as it stands in the URL.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The address.
    pub address: IpAddr,
    /// What a visitor opens.
    pub url: String,
    /// `NAME:PORT:ADDRESS`, for `--resolve`; empty when the URL holds the address.
    pub resolve: Vec<String>,
    /// What is wrong or unusual.
    pub title: Text,
    /// What a visitor sees.
    pub visitor: Text,
    /// What a diagnosis should say; none where it should say *works*.
    pub expect: Option<Expected>,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Korean.
    pub ko: String,
}

/// What a diagnosis should say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Labels that are right, the leading one first.
    pub labels: Vec<String>,
    /// Codes that are right, the leading one first.
    pub codes: Vec<u16>,
    /// What the fault does to visitors.
    pub impact: Impact,
}

impl From<crate::catalogue::Expect> for Expected {
    fn from(expect: crate::catalogue::Expect) -> Self {
        Self {
            labels: expect.labels().map(str::to_owned).collect(),
            codes: std::iter::once(expect.code).chain(expect.also_codes.iter().copied()).collect(),
            impact: expect.impact,
        }
    }
}

impl From<Tpl> for Text {
    fn from(tpl: Tpl) -> Self {
        Self { en: tpl.en.to_owned(), ko: tpl.ko.to_owned() }
    }
}

/// Chosen things of the catalogue, served until this is dropped.
#[derive(Debug)]
pub struct Lab {
    seed: u64,
    served: Vec<Served>,
    root_pem: String,
    _foundry: Foundry,
    _open: Vec<Open>,
}

/// A port that is kept.
#[derive(Debug)]
enum Open {
    Listening(#[expect(dead_code, reason = "kept for its Drop")] Listening),
    /// Bound and not listened on: connections are refused, and nobody else takes the port.
    Refusing(#[expect(dead_code, reason = "kept for its Drop")] socket2::Socket),
    #[cfg(target_os = "linux")]
    Full(#[expect(dead_code, reason = "kept for its Drop")] crate::path::FullQueue),
}

impl Lab {
    /// Serves `items` on loopback.
    ///
    /// # Errors
    /// When a key, a port or a thread cannot be had.
    pub fn start(seed: u64, items: &[Item]) -> Result<Self, Error> {
        Self::start_in(&Conditions::here(seed), items)
    }

    /// Serves `items` under given conditions. Things that need a path are served as what stands at its end.
    ///
    /// # Errors
    /// When a key, a port or a thread cannot be had.
    pub fn start_in(conditions: &Conditions, items: &[Item]) -> Result<Self, Error> {
        let Conditions { seed, address, now } = *conditions;
        let status = StatusHost::start(bind(address, &mut Chance::new(seed, "status port"))?)?;
        let mut foundry = Foundry::new(seed, now, status)?;
        let (mut served, mut open) = (Vec::new(), Vec::new());
        for item in items {
            let purpose = format!("{}{}", item.slug(), if item.twin() { "~" } else { "" });
            let mut ports = Chance::new(seed, &format!("port of {purpose}"));
            let mut maker = Maker::new(seed, &purpose, address);
            let mut plan = maker.healthy();
            item.apply(&mut maker, &mut plan)?;
            let one = raise(&mut foundry, plan, &mut maker, &mut ports, &mut open)?;
            served.push(describe(item, &one, address));
        }
        let root_pem = pem::certificate(foundry.root());
        Ok(Self { seed, served, root_pem, _foundry: foundry, _open: open })
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What is served, in the order asked for.
    pub fn list(&self) -> &[Served] {
        &self.served
    }

    /// The root that clients should trust, as PEM.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

/// What [`describe`] needs to know of an endpoint.
struct Raised {
    plan: Plan,
    host: String,
    port: u16,
    plain_port: Option<u16>,
}

/// Gives a plan its ports, certificate and threads.
fn raise(
    foundry: &mut Foundry,
    plan: Plan,
    maker: &mut Maker,
    ports: &mut Chance,
    open: &mut Vec<Open>,
) -> Result<Raised, Error> {
    let address = maker.address;
    let host = host_in_url(&plan, address);
    match plan.listen {
        Listen::Nothing => {
            let (socket, port) = refuse(address, ports)?;
            open.push(Open::Refusing(socket));
            return Ok(Raised { plan, host, port, plain_port: None });
        }
        #[cfg(target_os = "linux")]
        Listen::Full => {
            let full = draw(ports, |port| crate::path::FullQueue::bind(SocketAddr::new(address, port)))?;
            let port = full.local_addr().port();
            open.push(Open::Full(full));
            return Ok(Raised { plan, host, port, plain_port: None });
        }
        _ => {}
    }
    let listener = bind(address, ports)?;
    let port = port_of(&listener)?;
    let plain = plan.plain_port.map(|PlainPort::RedirectsToTls| bind(address, ports)).transpose()?;
    let plain_port = plain.as_ref().map(port_of).transpose()?;
    let place = Place {
        here: format!("https://{host}:{port}"),
        plain: plain_port.map(|port| format!("http://{host}:{port}")).unwrap_or_default(),
        word: format!("{} {}", names::proper(&mut maker.chance), names::word(&mut maker.chance)),
    };
    let mut issuing = Chance::new(maker.chance.draw(), "issuing");
    let ready = foundry.credential(&plan.credential, &mut issuing)?;
    let other = match plan.nameless {
        Nameless::Same => None,
        Nameless::Another => {
            let neighbour = maker.healthy();
            Some(foundry.credential(&neighbour.credential, &mut issuing)?)
        }
    };
    if let Some(plain) = plain {
        let redirect = Plan { listen: Listen::PlainHttp, ..plan.clone() };
        let redirect = Plan { http: crate::plan::HttpPlan { answer: Answer::ToItself, ..redirect.http }, ..redirect };
        let site = Site::new(redirect, ready.clone(), None, foundry.root(), place.clone(), maker.chance.draw())?;
        open.push(Open::Listening(Listening::start(plain, Arc::new(move |wire| site.serve(wire)))?));
    }
    let site = Site::new(plan.clone(), ready, other.as_ref(), foundry.root(), place, maker.chance.draw())?;
    open.push(Open::Listening(Listening::start(listener, Arc::new(move |wire| site.serve(wire)))?));
    Ok(Raised { plan, host, port, plain_port })
}

fn describe(item: &Item, raised: &Raised, address: IpAddr) -> Served {
    let Raised { plan, host, port, plain_port } = raised;
    let mut resolve = Vec::new();
    if plan.asked != Asked::Address {
        let mut hosts = vec![host.clone(), plan.name.clone()];
        hosts.dedup();
        for port in [Some(*port), *plain_port].into_iter().flatten() {
            resolve.extend(hosts.iter().map(|host| format!("{host}:{port}:{address}")));
        }
    }
    Served {
        kind: item.kind().to_owned(),
        slug: item.slug(),
        twin: item.twin(),
        works: item.works(),
        name: plan.name.clone(),
        host: host.clone(),
        port: *port,
        address,
        url: format!("https://{host}:{port}/"),
        resolve,
        title: item.title().into(),
        visitor: item.visitor().into(),
        expect: item.expect().map(Into::into),
    }
}

fn host_in_url(plan: &Plan, address: IpAddr) -> String {
    match plan.asked {
        Asked::Name => plan.name.clone(),
        Asked::Capitals => plan.name.to_ascii_uppercase(),
        Asked::TrailingDot => format!("{}.", plan.name),
        Asked::Unicode => names::to_unicode(&plan.name),
        Asked::Address if address.is_ipv6() => format!("[{address}]"),
        Asked::Address => address.to_string(),
    }
}

/// Draws ports until one is free.
fn draw<T>(ports: &mut Chance, mut take: impl FnMut(u16) -> std::io::Result<T>) -> Result<T, Error> {
    for _ in 0..DRAWS {
        let port = u16::try_from(ports.between(PORTS.0, PORTS.1)).unwrap_or(0);
        if let Ok(taken) = take(port) {
            return Ok(taken);
        }
    }
    take(0).map_err(Error::io("bind a port"))
}

fn bind(address: IpAddr, ports: &mut Chance) -> Result<TcpListener, Error> {
    draw(ports, |port| TcpListener::bind(SocketAddr::new(address, port)))
}

fn refuse(address: IpAddr, ports: &mut Chance) -> Result<(socket2::Socket, u16), Error> {
    draw(ports, |port| {
        let at = SocketAddr::new(address, port);
        let socket = socket2::Socket::new(socket2::Domain::for_address(at), socket2::Type::STREAM, None)?;
        socket.bind(&at.into())?;
        let port = socket.local_addr()?.as_socket().map_or(port, |address| address.port());
        Ok((socket, port))
    })
}

fn port_of(listener: &TcpListener) -> Result<u16, Error> {
    listener.local_addr().map(|address| address.port()).map_err(Error::io("ask for the port"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{everything, menaces};

    fn plans(seed: u64) -> Vec<String> {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let menaces = menaces().map(Item::Menace);
        let plan = |item: Item| {
            let mut maker = Maker::new(seed, &item.slug(), address);
            let mut plan = maker.healthy();
            item.apply(&mut maker, &mut plan).unwrap();
            format!("{plan:?}")
        };
        everything().into_iter().chain(menaces).map(plan).collect()
    }

    #[test]
    fn plans_follow_from_the_seed() {
        let (one, again, other) = (plans(5), plans(5), plans(6));
        assert_eq!(one, again);
        assert!(one.len() > 150 && one.iter().zip(&other).all(|(a, b)| a != b));
    }

    #[test]
    fn every_fault_differs_from_its_twin_and_from_health() {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let plan = |fault: &'static crate::catalogue::Fault, twin| {
            let mut maker = Maker::new(9, "x", address);
            let mut plan = maker.healthy();
            (fault.apply)(&mut maker, &mut plan, twin);
            format!("{plan:?}")
        };
        for fault in crate::catalogue::faults() {
            use crate::catalogue::{Needs, Twin};
            match fault.needs {
                // These differ in the path, not in the server.
                Needs::Path(path) => {
                    let (broken, works) = (path(443, Twin::Broken), path(443, Twin::Works));
                    assert!(broken.check().is_ok() && works.check().is_ok(), "{}", fault.slug);
                    assert_ne!(broken, works, "{}", fault.slug);
                }
                _ => assert_ne!(plan(fault, Twin::Broken), plan(fault, Twin::Works), "{}", fault.slug),
            }
        }
    }
}
