//! What HTTP.sys keeps in the registry: records, the listen list, reserved URLs.
use super::Teller;
use std::collections::BTreeSet;
use tlsdiag_model::facts::{Binding, ListenList, RecordFlag, RecordKind, Url};
use tlsdiag_model::{Addr, Arg, Cover, Kind, Name, Reading, Thumb, Why, say};
use tlsdiag_winfiles::registry::httpsys::{self as table, Record, RecordKind as Table};
use tlsdiag_winfiles::registry::{FaultKind, Place};

/// The key that all of it lies below.
const PARAMETERS: &str = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters";
/// The tables of records.
const TABLES: [&str; 3] = ["SslBindingInfo", "SslSniBindingInfo", "SslCcsBindingInfo"];

/// Bits of `DefaultFlags` (http.h, `HTTP_SERVICE_CONFIG_SSL_FLAG_…`).
const FLAGS: [(u64, RecordFlag); 10] = [
    (0x1, RecordFlag::DsMapper),
    (0x2, RecordFlag::NegotiateClientCertificate),
    (0x8, RecordFlag::RejectConnections),
    (0x10, RecordFlag::DisableHttp2),
    (0x20, RecordFlag::DisableQuic),
    (0x40, RecordFlag::DisableTls13),
    (0x80, RecordFlag::DisableOcspStapling),
    (0x400, RecordFlag::DisableLegacyTls),
    (0x800, RecordFlag::EnableSessionTicket),
    (0x1000, RecordFlag::DisableTls12),
];

/// Bits of `DefaultSslCertCheckMode`.
const CHECKS: [(u64, RecordFlag); 3] = [
    (0x1, RecordFlag::NoRevocationCheck),
    (0x2, RecordFlag::CachedRevocationOnly),
    (0x1_0000, RecordFlag::NoUsageCheck),
];

/// Tells records, list and URLs of the control set in use.
pub(super) fn tell(teller: &mut Teller<'_>) {
    let tree = teller.tree;
    for record in table::records(tree, "CurrentControlSet") {
        one(teller, &record);
    }
    looked(teller);
    list(teller);
    if let Some(key) = tree.key(&format!("{PARAMETERS}\\UrlAclInfo")) {
        for reservation in table::reservations(tree, "CurrentControlSet") {
            let who: Vec<&str> = reservation.access.iter().filter(|a| a.kind == 0).map(|a| a.sid.as_str()).collect();
            let owner = (!who.is_empty()).then(|| who.join(", "));
            let url = Url { url: reservation.url, active: false, pids: Vec::new(), owner };
            teller.fact(url, key, reservation.place);
        }
    }
}

/// How far the tables of records were seen.
fn looked(teller: &mut Teller<'_>) {
    let tree = teller.tree;
    let all = TABLES.iter().all(|table| teller.shows(&format!("{PARAMETERS}\\{table}")));
    let any = TABLES.iter().any(|table| tree.key(&format!("{PARAMETERS}\\{table}")).is_some());
    let damage = tree.faults.iter().find(|fault| fault.what != FaultKind::NotUnderstood);
    let cover = match damage.map(|fault| (fault.what, fault.place)) {
        _ if all => Cover::Complete,
        _ if !any => return,
        Some((what, Place::Line(line))) => Cover::Partial(why(what, u64::from(line))),
        Some((what, Place::Offset(offset))) => Cover::Partial(why(what, offset)),
        None if !teller.current => Cover::Partial(Why::DamagedAt { at: 4 }),
        // A part of the registry that holds some of the records: what else there is is not told.
        None => return,
    };
    teller.out.looked(Kind::Bindings, cover);
}

fn why(what: FaultKind, at: u64) -> Why {
    if what == FaultKind::CutOff { Why::CutOff { at } } else { Why::DamagedAt { at } }
}

fn one(teller: &mut Teller<'_>, record: &Record) {
    let Some(key) = teller.tree.key(record.path.as_str()) else { return };
    let origin = teller.origin(key, record.place);
    for (name, expected, found) in &record.faults {
        let say = say!(
            "record {endpoint}, value {name}: expected {expected}, found {found}",
            "레코드 {endpoint}, 값 {name}: {expected:이} 있어야 하는데 {found:이} 있습니다",
            endpoint = Arg::quote(&record.endpoint),
            name = Arg::quote(name),
            expected = Arg::term(expected),
            found = Arg::quote(found)
        );
        teller.out.fault(origin.clone(), Why::DamagedAt { at: at(record.place) }, say);
    }
    let Some((kind, addr, port, name)) = endpoint(record) else {
        let say = say!(
            "a record of HTTP.sys under {endpoint}, which is no address or name with a port",
            "HTTP.sys 레코드 {endpoint}: 포트가 붙은 주소나 이름이 아닙니다",
            endpoint = Arg::quote(&record.endpoint)
        );
        teller.out.fault(origin, Why::DamagedAt { at: at(record.place) }, say);
        return;
    };
    let hash = match record.hash.as_deref() {
        None | Some([]) => Reading::Empty,
        Some(octets) if octets.iter().all(|octet| *octet == 0) => Reading::Empty,
        Some(octets) => match Thumb::of_octets(octets) {
            Some(thumb) => Reading::Good(thumb),
            None => {
                let raw: String = octets.iter().take(64).map(|octet| format!("{octet:02x}")).collect();
                Reading::Damaged { raw: raw.into(), expected: 20, found: octets.len() }
            }
        },
    };
    let mut binding = Binding::new(addr, port, name, hash);
    binding.kind = kind;
    binding.store = told(record.store.as_deref());
    binding.app = told(record.app_id.as_deref()).map(|app| app.to_lowercase());
    binding.ctl_store = told(record.ctl_store.as_deref());
    // Absent numbers are zero, if all values of the record were seen.
    let complete = record.faults.is_empty() && (record.flags.is_some() || teller.shows_values(record.path.as_str()));
    if complete {
        let mut flags = BTreeSet::new();
        let (set, checks) = (record.flags.unwrap_or(0), record.check_mode.unwrap_or(0));
        flags.extend(FLAGS.iter().filter(|(bit, _)| set & bit != 0).map(|(_, flag)| *flag));
        flags.extend(CHECKS.iter().filter(|(bit, _)| checks & bit != 0).map(|(_, flag)| *flag));
        binding.flags = Some(flags);
    }
    teller.fact(binding, key, record.place);
}

fn at(place: Place) -> u64 {
    match place {
        Place::Line(line) => u64::from(line),
        Place::Offset(offset) => offset,
    }
}

fn told(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty() && *text != "(null)").map(str::to_owned)
}

/// By what the record is found.
fn endpoint(record: &Record) -> Option<(RecordKind, Addr, u16, Option<Name>)> {
    let text = record.endpoint.trim();
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let port: u16 = port.parse().ok()?;
    let host = host.trim();
    match record.kind {
        Table::Address => Some((RecordKind::IpPort, Addr::parse(host).filter(|_| !host.is_empty())?, port, None)),
        // Server 2012 kept a central record as the host name `*`.
        Table::Host if host == "*" => Some((RecordKind::Ccs, Addr::Any, port, None)),
        Table::Host => Some((
            RecordKind::HostnamePort,
            Addr::Any,
            port,
            Some(Name::new(host)).filter(|_| !host.is_empty())?.into(),
        )),
        Table::Central => Some((RecordKind::Ccs, Addr::Any, port, None)),
        Table::ScopedCentral => {
            Some((RecordKind::ScopedCcs, Addr::Any, port, Some(Name::new(host)).filter(|_| !host.is_empty())?.into()))
        }
    }
}

/// The listen list; a source that shows the key without the value shows an empty list.
fn list(teller: &mut Teller<'_>) {
    let Some(key) = teller.tree.key(PARAMETERS) else { return };
    let Some(list) = table::listen_list(teller.tree, "CurrentControlSet") else {
        if teller.shows_values(PARAMETERS) {
            teller.fact(ListenList { addrs: Vec::new() }, key, key.place);
        }
        return;
    };
    for text in &list.not_understood {
        let origin = teller.origin(key, list.place);
        let say = say!(
            "ListenOnlyList holds {text}, which is no address",
            "ListenOnlyList에 주소가 아닌 {text:이} 있습니다",
            text = Arg::quote(text)
        );
        teller.out.fault(origin, Why::DamagedAt { at: at(list.place) }, say);
    }
    if list.not_understood.is_empty() {
        let mut addrs = list.addresses;
        addrs.sort_unstable();
        addrs.dedup();
        teller.fact(ListenList { addrs }, key, list.place);
    }
}
