//! A server's configured state in the words of its tools: bindings as `netsh` prints them, protocols, keys.
use super::{at, joined, windows};
use crate::Report;
use tlsdiag_model::facts::{Binding, Holding, Protocol, RecordFlag, RecordKind, Role};
use tlsdiag_model::{Arg, Reading, Say, Sight, say};
use tlsdiag_wire::Version;

/// The place of a record, as `netsh http` is told it.
pub(crate) fn binding_place(b: &Binding) -> String {
    match (b.kind, &b.name) {
        (RecordKind::Ccs, _) => format!("ccs={}", b.port),
        (RecordKind::ScopedCcs, Some(n)) => format!("scopedccs={n}:{}", b.port),
        (_, Some(n)) => format!("{n}:{}", b.port),
        (_, None) => at(b.addr, b.port),
    }
}

pub(crate) fn binding(r: &Report<'_>, b: &Binding) -> Say {
    let central = matches!(b.kind, RecordKind::Ccs | RecordKind::ScopedCcs);
    let mut all = vec![match (&b.hash, central) {
        // such a record has no hash by design
        (Reading::Empty, true) => say!("central certificate store", "중앙 인증서 저장소"),
        (hash, _) => windows::hash(r, hash),
    }];
    if let Some(s) = &b.store {
        all.push(say!("store {store}", "저장소 {store}", store = Arg::quote(s)));
    }
    // who made the record matters where the record itself is doubtful
    if let Some(app) = b.app.as_ref().filter(|a| !central && (b.hash == Reading::Empty || a.as_str() == NOBODY)) {
        all.push(say!("application id: {app}", "응용 프로그램 ID: {app}", app = Arg::quote(app)));
    }
    let set = |f: &RecordFlag| say!("{option}", "{option}", option = Arg::term(option(*f)));
    all.extend(b.flags.iter().flatten().map(set));
    if let Some(s) = &b.ctl_store {
        all.push(say!("CTL store {store}", "CTL 저장소 {store}", store = Arg::quote(s)));
    }
    joined(all)
}

const NOBODY: &str = "{00000000-0000-0000-0000-000000000000}";

/// The switch as `netsh http add sslcert` takes it.
fn option(f: RecordFlag) -> &'static str {
    match f {
        RecordFlag::NegotiateClientCertificate => "clientcertnegotiation=enable",
        RecordFlag::DsMapper => "dsmapperusage=enable",
        RecordFlag::NoRevocationCheck => "verifyclientcertrevocation=disable",
        RecordFlag::CachedRevocationOnly => "verifyrevocationwithcachedclientcertonly=enable",
        RecordFlag::NoUsageCheck => "usagecheck=disable",
        RecordFlag::RejectConnections => "reject=enable",
        RecordFlag::DisableHttp2 => "disablehttp2=enable",
        RecordFlag::DisableQuic => "disablequic=enable",
        RecordFlag::DisableTls12 => "disabletls12=enable",
        RecordFlag::DisableTls13 => "disabletls13=enable",
        RecordFlag::DisableLegacyTls => "disablelegacytls=enable",
        RecordFlag::DisableOcspStapling => "disableocspstapling=enable",
        RecordFlag::EnableSessionTicket => "enablesessionticket=enable",
    }
}

pub(crate) fn protocol_place(p: &Protocol) -> Say {
    let version = Arg::term(Version(p.version));
    if p.server {
        say!("{version} server", "{version} 서버", version = version)
    } else {
        say!("{version} client", "{version} 클라이언트", version = version)
    }
}

pub(crate) fn protocol(p: &Protocol) -> Say {
    if p.enabled { say!("switched on", "사용") } else { say!("switched off", "사용 안 함") }
}

pub(crate) fn holding(h: &Holding) -> Say {
    let role = match h.role {
        Role::Store => Arg::word("in a certificate store", "인증서 저장소에 있음"),
        Role::File => Arg::word("in a file", "파일에 있음"),
        Role::Sent => Arg::word("sent in the handshake", "핸드셰이크에서 받음"),
    };
    match h.has_key {
        Sight::Saw(true) => say!("{role}, with its private key", "{role}, 개인 키 있음", role = role),
        Sight::Saw(false) => say!("{role}, without a private key", "{role}, 개인 키 없음", role = role),
        Sight::Hidden | Sight::NotReached => say!("{role}", "{role}", role = role),
    }
}
