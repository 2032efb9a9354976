//! The ladder of a machine whose files were sent: what its listings, records, stores and logs say by themselves. Nobody
//! connected, so the rungs of a connection stay unseen unless a log tells of one.
use crate::Subjects;
use tlsdiag_model::facts::{Binding, Datum, KeyLink, KeyTest, RecordKind, Stored};
use tlsdiag_model::{Addr, Arg, Case, Endpoint, Host, Layer, Name, Reading, Row, Say, Sight, Vantage, say};

/// The process id of the Windows kernel, in which HTTP.sys listens.
const KERNEL: u32 = 4;

/// Machines whose files were sent and of which something is known.
pub(crate) fn machines(case: &Case, subjects: &Subjects) -> Vec<Host> {
    let known = |h: Host| {
        case.bindings.iter().any(|r| r.host == h)
            || case.site_bindings.iter().any(|r| r.host == h)
            || case.listeners.iter().any(|r| r.host == h)
            || case.events.iter().any(|r| r.host == h)
            || case.stored.iter().any(|r| r.host == h)
            || case.settings.iter().any(|r| r.host == h)
            || case.listen_lists.iter().any(|r| r.host == h)
            || case.key_files.iter().any(|r| r.host == h)
            || case.urls.iter().any(|r| r.host == h)
            || case.suites.iter().any(|r| r.host == h)
            || case.systems.iter().any(|r| r.host == h)
    };
    let all = (0..case.hosts.len()).filter_map(|i| u32::try_from(i).ok()).map(Host);
    let sent = all.filter(|h| case.hosts.get(h.0 as usize).is_some_and(|i| i.vantage == Vantage::Evidence));
    let mut out: Vec<Host> = vec![];
    for h in sent.filter(|h| known(*h)) {
        if out.iter().all(|o| !subjects.same(*o, h)) {
            out.push(h);
        }
    }
    out
}

/// Endpoints of a machine on which it is to speak TLS.
pub(crate) fn endpoints(subjects: &Subjects, host: Host) -> Vec<Endpoint> {
    subjects.endpoints().filter(|e| subjects.same(e.host, host)).cloned().collect()
}

/// What holds a rung up.
pub(crate) fn witness(
    case: &Case,
    subjects: &Subjects,
    host: Host,
    layer: Layer,
    trusted: bool,
) -> Option<Option<Say>> {
    match layer {
        Layer::Listen => listener(case, subjects, host).map(Some),
        Layer::Bind => binding(case, subjects, host).map(Some),
        Layer::Key => key(case, subjects, host).map(Some),
        Layer::Trust => trusted.then_some(None),
        _ => None,
    }
}

/// HTTP.sys on a port for which there is a record.
fn listener(case: &Case, subjects: &Subjects, host: Host) -> Option<Say> {
    let ports: Vec<u16> = endpoints(subjects, host).iter().map(|e| e.port).collect();
    let mine = |l: &&Row<tlsdiag_model::facts::Listener>| {
        subjects.same(l.host, host) && l.what.pid == Some(KERNEL) && ports.contains(&l.what.port)
    };
    let l = case.listeners.iter().filter(mine).min_by_key(|l| (l.what.port, l.what.addr))?;
    Some(say!(
        "{place} is held by HTTP.sys (System, pid {pid})",
        "{place:은} HTTP.sys(System, PID {pid})가 사용 중",
        place = Arg::quote(place(l.what.addr, l.what.port, None)),
        pid = Arg::num(KERNEL)
    ))
}

/// A record whose certificate is in a store.
fn binding(case: &Case, subjects: &Subjects, host: Host) -> Option<Say> {
    let (b, s) = records(case, subjects, host).find_map(|b| {
        let Reading::Good(t) = &b.what.hash else { return None };
        let s = case.stored.iter().find(|s| subjects.same(s.host, host) && s.what.thumb == Reading::Good(t.clone()))?;
        Some((b, s))
    })?;
    let Reading::Good(t) = &b.what.hash else { return None };
    let (at, hash) = (Arg::quote(place(b.what.addr, b.what.port, b.what.name.as_ref())), Arg::term(t.short()));
    Some(match who(&s.what) {
        Some(name) => say!(
            "{record} -> {hash}… {name}",
            "{record} -> {hash}… {name}",
            record = at,
            hash = hash,
            name = Arg::quote(name)
        ),
        None => say!("{record} -> {hash}…", "{record} -> {hash}…", record = at, hash = hash),
    })
}

/// The key of a certificate that a record names: a container whose file is there, or a trial that went well.
fn key(case: &Case, subjects: &Subjects, host: Host) -> Option<Say> {
    records(case, subjects, host).find_map(|b| {
        let Reading::Good(t) = &b.what.hash else { return None };
        let rows =
            case.stored.iter().filter(|s| subjects.same(s.host, host) && s.what.thumb == Reading::Good(t.clone()));
        rows.filter_map(|s| match &s.what.key {
            Sight::Saw(KeyLink::Named(k)) => Some(k),
            _ => None,
        })
        .find_map(|k| {
            if k.test == Some(KeyTest::Passed) {
                return Some(say!("the key passed certutil's test", "키가 certutil의 테스트를 통과함"));
            }
            let file = k.file.as_deref()?;
            let there =
                case.key_files.iter().any(|f| subjects.same(f.host, host) && f.what.name.eq_ignore_ascii_case(file));
            there.then(|| say!("key file {file}", "키 파일 {file}", file = Arg::quote(file)))
        })
    })
}

fn records<'a>(case: &'a Case, subjects: &'a Subjects, host: Host) -> impl Iterator<Item = &'a Row<Binding>> {
    case.bindings.iter().filter(move |b| subjects.same(b.host, host) && b.what.kind != RecordKind::Ccs)
}

fn who(s: &Stored) -> Option<String> {
    s.names.first().map(ToString::to_string).or_else(|| s.subject.clone())
}

/// How Windows writes a place: `0.0.0.0:443`, `[::]:443`, `shop.example:443`.
pub(crate) fn place(addr: Addr, port: u16, name: Option<&Name>) -> String {
    match (name, addr) {
        (Some(n), _) => format!("{n}:{port}"),
        (None, Addr::Is(a)) => std::net::SocketAddr::new(a, port).to_string(),
        (None, Addr::Any | Addr::AnyV4) => format!("0.0.0.0:{port}"),
        (None, Addr::AnyV6) => format!("[::]:{port}"),
    }
}

/// Which Windows it is, in a line.
pub(crate) fn summary(case: &Case, subjects: &Subjects, host: Host) -> Option<Say> {
    let of = || case.systems.iter().filter(|s| subjects.same(s.host, host));
    let product = of().find_map(|s| s.what.product.clone()).or_else(|| {
        let key = |r: &&Row<tlsdiag_model::facts::Setting>| {
            subjects.same(r.host, host) && r.what.name.eq_ignore_ascii_case("ProductName")
        };
        case.settings.iter().find(key).and_then(|r| match &r.what.data {
            Datum::Text(t) => Some(t.clone()),
            _ => None,
        })
    });
    let build = of().find_map(|s| s.what.build);
    match (product, build) {
        (Some(p), Some(b)) => Some(say!(
            "{product}, build {build}",
            "{product}, 빌드 {build}",
            product = Arg::quote(p),
            build = Arg::num(b)
        )),
        (Some(p), None) => Some(say!("{product}", "{product}", product = Arg::quote(p))),
        (None, Some(b)) => Some(say!("Windows build {build}", "Windows 빌드 {build}", build = Arg::num(b))),
        (None, None) => None,
    }
}
