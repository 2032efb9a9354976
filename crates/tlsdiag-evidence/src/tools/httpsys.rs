//! Records of HTTP.sys, its listen list, its URLs, and the errors of the tools that change them.
use super::{cover, damaged};
use crate::cert_reading::{damaged_thumb, store_name};
use crate::fragment::Fragment;
use std::collections::BTreeSet;
use tlsdiag_model::facts::{Binding, Event, ListenList, RecordFlag, RecordKind, Spot, Url};
use tlsdiag_model::{Addr, Arg, Host, How, Kind, Name, Reading, Row, Thumb, Why, say};
use tlsdiag_winfiles::text::binding::{Key, Printer, SslBinding, State, Switch};
use tlsdiag_winfiles::text::netsh_sslcert;
use tlsdiag_winfiles::text::read::{Item, Listing};
use tlsdiag_winfiles::text::shape::{Endpoint, Hash, hex};
use tlsdiag_winfiles::text::url::UrlPrefix;

pub(super) fn bindings(listing: &Listing, out: &mut Fragment) {
    let mut sound = true;
    for item in &listing.items {
        match item {
            Item::Binding(record) => {
                for value in netsh_sslcert::damage(record) {
                    damaged(&value, out);
                }
                sound &= one(record, out);
            }
            // `query ssl` that found nothing
            Item::Completion(done) if !matches!(done.code, 0 | 2 | 259 | 1168) => completion(done.code, done.line, out),
            _ => {}
        }
    }
    // one record that was asked for by its key tells nothing of the others
    let asked = listing.command.as_ref().is_some_and(|command| {
        ["ipport", "hostnameport", "ccs", "scopedccs"].iter().any(|key| command.argument(key).is_some())
            || command.words.iter().any(|word| word.eq_ignore_ascii_case("-i") || word.eq_ignore_ascii_case("/i"))
    });
    let records = listing.items.iter().any(|item| matches!(item, Item::Binding(_)));
    let empty = listing.items.is_empty()
        || listing.items.iter().any(|i| matches!(i, Item::Completion(done) if matches!(done.code, 2 | 259 | 1168)));
    // httpcfg writes no heading: only the command or the number at its end tells where its list begins
    let cover = cover(listing, out);
    if !asked && sound && (records || empty) {
        out.looked(Kind::Bindings, cover);
    }
}

/// Tells a record. `false` if its key cannot be read.
fn one(record: &SslBinding, out: &mut Fragment) -> bool {
    let label = record.key_label.to_ascii_lowercase();
    let scoped = label.contains("scoped") || (label.contains("central") && label.contains("name"));
    let (kind, addr, port, name) = match &record.key {
        Key::Ip(endpoint) => match endpoint.address() {
            Some(address) => (RecordKind::IpPort, Addr::of(address), endpoint.port, None),
            None => return false,
        },
        Key::Host(endpoint) if scoped => {
            (RecordKind::ScopedCcs, Addr::Any, endpoint.port, Some(Name::new(&endpoint.host)))
        }
        Key::Host(endpoint) => (RecordKind::HostnamePort, Addr::Any, endpoint.port, Some(Name::new(&endpoint.host))),
        Key::Central(port) => (RecordKind::Ccs, Addr::Any, *port, None),
        Key::Damaged(_) => return false,
    };
    // a record that ends before its thumbprint tells only that it is there
    if record.hash.is_none() && record.app_id.is_none() {
        return false;
    }
    let hash = match &record.hash {
        None | Some(Hash::Null) => Reading::Empty,
        Some(Hash::Whole(octets)) if octets.iter().all(|octet| *octet == 0) => Reading::Empty,
        Some(Hash::Whole(octets)) => Thumb::of_octets(octets).map_or(Reading::Empty, Reading::Good),
        Some(Hash::Damaged { value, prefix }) => match prefix {
            // what is beyond doubt, without the padding of the tool
            Some(octets) => {
                let raw: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
                Reading::Damaged { found: raw.len(), raw: raw.into(), expected: 40 }
            }
            None => damaged_thumb(&value.raw, 40),
        },
    };
    let mut binding = Binding::new(addr, port, name, hash);
    binding.kind = kind;
    binding.store = record.store.clone().flatten().map(|store| store_name(&store));
    binding.app = record.app_id.as_ref().and_then(|id| id.as_ref().ok()).map(|id| format!("{{{id}}}"));
    binding.ctl_store = record.ctl_store.clone();
    binding.flags = flags(record);
    out.state(binding, record.lines.first);
    true
}

/// The switches that are on, if every one of them is certain.
fn flags(record: &SslBinding) -> Option<BTreeSet<RecordFlag>> {
    let mut flags = BTreeSet::new();
    if record.printer == Printer::Httpcfg {
        let (set, checks) = (record.flags?, record.check_mode?);
        let bits = [
            (set & 1, RecordFlag::DsMapper),
            (set & 2, RecordFlag::NegotiateClientCertificate),
            (checks & 1, RecordFlag::NoRevocationCheck),
            (checks & 2, RecordFlag::CachedRevocationOnly),
            (checks & 0x1_0000, RecordFlag::NoUsageCheck),
        ];
        flags.extend(bits.into_iter().filter(|(bit, _)| *bit != 0).map(|(_, flag)| flag));
        return Some(flags);
    }
    if record.settings.len() < 5 {
        return None;
    }
    for setting in &record.settings {
        // a switch whose word is not known is either not set or unknown: nothing is said of any
        let (switch, state) = (setting.switch?, setting.state?);
        let flag = match (switch, state) {
            (Switch::VerifyRevocation, State::Off) => RecordFlag::NoRevocationCheck,
            (Switch::UsageCheck, State::Off) => RecordFlag::NoUsageCheck,
            (_, State::Off | State::NotSet) | (Switch::VerifyRevocation | Switch::UsageCheck, State::On) => continue,
            (Switch::CachedRevocationOnly, State::On) => RecordFlag::CachedRevocationOnly,
            (Switch::DsMapper, State::On) => RecordFlag::DsMapper,
            (Switch::NegotiateClientCertificate, State::On) => RecordFlag::NegotiateClientCertificate,
            (Switch::RejectConnections, State::On) => RecordFlag::RejectConnections,
            (Switch::DisableHttp2, State::On) => RecordFlag::DisableHttp2,
            (Switch::DisableQuic, State::On) => RecordFlag::DisableQuic,
            (Switch::DisableTls12, State::On) => RecordFlag::DisableTls12,
            (Switch::DisableTls13, State::On) => RecordFlag::DisableTls13,
            (Switch::DisableLegacyTls, State::On) => RecordFlag::DisableLegacyTls,
            (Switch::DisableOcspStapling, State::On) => RecordFlag::DisableOcspStapling,
            (Switch::EnableSessionTicket, State::On) => RecordFlag::EnableSessionTicket,
            (Switch::EnableTokenBinding | Switch::LogExtendedEvents, State::On) => continue,
        };
        flags.insert(flag);
    }
    Some(flags)
}

/// The listen list; the number 1168 says that it is empty, which is how it should be.
pub(super) fn listen_list(listing: &Listing, out: &mut Fragment) {
    let mut addrs: Vec<std::net::IpAddr> = Vec::new();
    // the number tells of the listen list only where that was asked for
    let named = out.path.to_ascii_lowercase().contains("iplisten");
    let asked = listing.command.as_ref().is_some_and(|c| c.runs("httpcfg", &["query", "iplisten"])) || named;
    let mut empty = listing.items.is_empty();
    for item in &listing.items {
        match item {
            Item::Listen(listen) => addrs.push(listen.address),
            Item::Completion(done) if matches!(done.code, 2 | 1168) => empty |= asked,
            Item::Completion(done) if !matches!(done.code, 0 | 259) => completion(done.code, done.line, out),
            _ => {}
        }
    }
    if addrs.is_empty() && !empty {
        return;
    }
    addrs.sort_unstable();
    addrs.dedup();
    out.state(ListenList { addrs }, listing.lines.first);
}

fn completion(code: u32, line: u32, out: &mut Fragment) {
    let origin = out.line(line);
    out.fault(
        origin,
        Why::Said(format!("{code}")),
        say!(
            "line {line}: httpcfg ended with error {code}",
            "{line}번째 줄: httpcfg가 오류 {code:으로} 끝났습니다",
            line = Arg::Num(u64::from(line)),
            code = Arg::Num(u64::from(code))
        ),
    );
}

pub(super) fn queues(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        let Item::Queue(queue) = item else { continue };
        let mut pids: Vec<u32> = queue.processes.iter().map(|process| process.pid).collect();
        pids.sort_unstable();
        pids.dedup();
        for (url, line) in &queue.urls {
            out.state(Url { url: shown(url), active: true, pids: pids.clone(), owner: queue.name.clone() }, *line);
        }
    }
    let cover = cover(listing, out);
    out.looked(Kind::Urls, cover);
}

pub(super) fn reservations(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        let Item::Reservation(reservation) = item else { continue };
        let owner = (!reservation.users.is_empty()).then(|| reservation.users.join(", "));
        out.state(
            Url { url: shown(&reservation.url), active: false, pids: Vec::new(), owner },
            reservation.lines.first,
        );
    }
}

/// An error of `netsh http`: an entry of source `netsh` with the Win32 error as its id and as HRESULT, at the endpoint and
/// with the thumbprint of the command that failed.
pub(super) fn errors(listing: &Listing, out: &mut Fragment) {
    for item in &listing.items {
        let Item::Error(error) = item else { continue };
        let argument = |name: &str| error.command.as_ref().and_then(|command| command.argument(name));
        let endpoint = argument("ipport").or_else(|| argument("hostnameport")).and_then(Endpoint::parse);
        let endpoint = endpoint.map(|end| match end.address() {
            Some(address) => Spot { addr: Addr::of(address), port: end.port, name: None },
            None => Spot { addr: Addr::Any, port: end.port, name: Some(Name::new(&end.host)) },
        });
        let event = Event {
            source: "netsh".to_owned(),
            id: error.code,
            // HRESULT_FROM_WIN32
            code: Some(0x8007_0000 | (error.code & 0xffff)),
            endpoint,
            thumb: argument("certhash").and_then(hex).and_then(|octets| Thumb::of_octets(&octets)),
            ..Event::default()
        };
        let origin = out.line(error.line);
        out.add(Row::once(event, Host(0), How::Told, out.taken, origin));
    }
}

/// As the model has it: scheme in small letters, the rest as it stands.
fn shown(url: &UrlPrefix) -> String {
    let scheme = if url.secure { "https" } else { "http" };
    let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.clone() };
    let bound = match url.address {
        Some(std::net::IpAddr::V6(address)) => format!(":[{address}]"),
        Some(std::net::IpAddr::V4(address)) => format!(":{address}"),
        None => String::new(),
    };
    format!("{scheme}://{host}:{}{bound}{}", url.port, url.path)
}
