//! Sockets, processes, services, the sites of IIS, cipher suites, and what machine it is.
use super::{cover, damaged};
use crate::fragment::{Fragment, Mark};
use tlsdiag_model::facts::{Listener, Process, Service, SiteBinding, Suites, System};
use tlsdiag_model::{Addr, Arg, Cover, Kind, Name, Why, say};
use tlsdiag_winfiles::text::appcmd::{self, Object};
use tlsdiag_winfiles::text::netstat::{Socket, Transport};
use tlsdiag_winfiles::text::read::{Item, Listing};
use tlsdiag_winfiles::text::services::ServiceState;
use tlsdiag_winfiles::text::system::SystemFacts;

/// Listeners. Other sockets are no facts of their own.
pub(super) fn sockets(listing: &Listing, out: &mut Fragment) {
    let (mut listens, mut sound) = (false, true);
    for item in &listing.items {
        let Item::Socket(socket) = item else { continue };
        for value in [&socket.local, &socket.foreign].into_iter().filter_map(|end| end.as_ref().err()) {
            damaged(value, out);
            sound = false;
        }
        if socket.listens && socket.transport == Transport::Tcp {
            listens |= listener(socket, out);
        }
    }
    let cover = cover(listing, out);
    // without `-a` netstat shows no listener, and a heading alone tells nothing
    let asked = listing.command.as_ref().is_none_or(|command| {
        !command.words.iter().any(|word| word.eq_ignore_ascii_case("-p") || word.to_ascii_lowercase().contains("port"))
    });
    match cover {
        Cover::Complete if listens && sound && asked => out.looked(Kind::Listeners, Cover::Complete),
        Cover::Complete => {}
        partial if listens => out.looked(Kind::Listeners, partial),
        _ => {}
    }
}

fn listener(socket: &Socket, out: &mut Fragment) -> bool {
    let Ok(local) = &socket.local else { return false };
    // without `-n` the own name of the machine may stand for all of its addresses
    let addr = local.address().map_or(Addr::Any, Addr::of);
    let services =
        socket.component.iter().filter(|word| !word.contains(' ') && !word.contains('\\')).cloned().collect();
    out.state(
        Listener { addr, port: local.port, pid: socket.pid, program: socket.program.clone(), services },
        socket.lines.first,
    );
    true
}

pub(super) fn processes(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        let Item::Process(process) = item else { continue };
        let what = Process { pid: process.pid, name: process.image.clone(), services: process.services.clone() };
        out.state(what, process.lines.first);
    }
    let filtered = listing
        .command
        .as_ref()
        .is_some_and(|c| c.words.iter().any(|w| w.eq_ignore_ascii_case("/fi") || w.eq_ignore_ascii_case("-name")));
    let cover = cover(listing, out);
    // every list of processes begins with the kernel
    let kernel = listing.items.iter().any(|item| matches!(item, Item::Process(process) if process.pid == 4));
    if !filtered && kernel {
        out.looked(Kind::Processes, cover);
    }
}

pub(super) fn services(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        let Item::Service(service) = item else { continue };
        if let Some(state) = service.state {
            let what = Service { name: service.name.clone(), running: state == ServiceState::Running };
            out.state(what, service.lines.first);
        }
    }
}

pub(super) fn suites(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        if let Item::Suites(suites) = item {
            let list = suites.iter().map(|suite| suite.name.clone()).collect();
            out.state(Suites { list }, listing.lines.first);
        }
    }
}

pub(super) fn system(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        let Item::System(system) = item else { continue };
        if let Some(host) = &system.host {
            out.mark(Mark::computer(host));
        }
        out.state(told(system), system.lines.first);
    }
}

fn told(system: &SystemFacts) -> System {
    let addrs = system.addresses.clone();
    // the product's name tells whether it is a server
    let server = system.product.as_ref().map(|product| product.contains("Server"));
    System {
        computer: system.host.clone(),
        product: system.product.clone(),
        build: system.build,
        server,
        addrs,
        ..System::default()
    }
}

pub(super) fn iis(listing: &Listing, out: &mut Fragment) {
    let mut sites = false;
    for item in &listing.items {
        let Item::Iis(listed) = item else { continue };
        if let Object::Site { name, id, bindings, state } = &listed.object {
            sites = true;
            for binding in bindings {
                site(name, *id, state.as_deref(), binding, listed.lines.first, out);
            }
        }
    }
    let asked = listing
        .command
        .as_ref()
        .is_some_and(|c| c.words.len() > 2 && !c.words.iter().skip(2).all(|w| w.starts_with('/')));
    // sites are listed without a heading
    if sites && !asked && !listing.cut {
        out.looked(Kind::SiteBindings, Cover::Complete);
    }
}

fn site(
    name: &str,
    id: Option<u32>,
    state: Option<&str>,
    binding: &appcmd::SiteBinding,
    line: u32,
    out: &mut Fragment,
) {
    let Some((addr, port, host)) = information(&binding.information) else {
        // protocols without a port have information of another form
        if binding.protocol.eq_ignore_ascii_case("https") || binding.protocol.eq_ignore_ascii_case("http") {
            let origin = out.line(line);
            out.fault(
                origin,
                Why::DamagedAt { at: u64::from(line) },
                say!(
                    "line {line}: {raw} is no address, port and host name",
                    "{line}번째 줄: {raw:은} 주소, 포트, 호스트 이름의 형식이 아닙니다",
                    line = Arg::Num(u64::from(line)),
                    raw = Arg::quote(&binding.information)
                ),
            );
        }
        return;
    };
    let what = SiteBinding {
        site: name.to_owned(),
        id,
        protocol: binding.protocol.to_ascii_lowercase(),
        addr,
        port,
        name: host.map(Name::new),
        flags: binding.ssl_flags,
        hash: None,
        store: None,
        running: match state {
            Some("Started") => Some(true),
            Some("Stopped") => Some(false),
            _ => None,
        },
        pool: None,
    };
    out.state(what, line);
}

/// `*:443:www.example.com`, `10.0.0.5:443:`, `[2001:db8::1]:443:`.
fn information(text: &str) -> Option<(Addr, u16, Option<&str>)> {
    let (rest, host) = text.rsplit_once(':')?;
    let (addr, port) = rest.rsplit_once(':')?;
    Some((Addr::parse(addr)?, port.parse().ok()?, Some(host).filter(|host| !host.is_empty())))
}
