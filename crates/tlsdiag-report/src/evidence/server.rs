//! A server's configured state in the words of its tools: bindings as `netsh` prints them, protocols, events, keys.
use super::{short, short_name};
use crate::Report;
use tlsdiag_model::facts::{Binding, Event, Holding, Protocol, Role};
use tlsdiag_model::{Addr, Arg, Reading, Say, Sight, say};
use tlsdiag_wire::Version;

pub(crate) fn binding_place(b: &Binding) -> String {
    match (&b.name, b.addr) {
        (Some(n), _) => format!("{n}:{}", b.port),
        (None, Addr::Any) => format!("0.0.0.0:{}", b.port),
        (None, Addr::Is(a)) => super::socket(a, b.port),
    }
}

pub(crate) fn binding(r: &Report<'_>, b: &Binding) -> Say {
    match &b.cert {
        Reading::Good(id) => match r.certs.get(id) {
            // Windows names certificates by their SHA-1 thumbprint
            Some(n) if !n.thumbprint.is_empty() => say!(
                "certificate hash: {hash} ({name})",
                "인증서 해시: {hash} ({name})",
                hash = Arg::quote(&n.thumbprint),
                name = Arg::quote(short_name(r, *id))
            ),
            _ => say!("certificate: {id}", "인증서: {id}", id = Arg::term(short(*id))),
        },
        Reading::Damaged { raw, expected, found } => say!(
            "certificate hash: {raw} ({found} characters instead of {expected})",
            "인증서 해시: {raw} ({expected}자가 아니라 {found}자)",
            raw = Arg::quote(raw),
            found = Arg::num(*found),
            expected = Arg::num(*expected)
        ),
        Reading::Empty => say!("certificate hash: none", "인증서 해시: 없음"),
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

pub(crate) fn event(e: &Event) -> Say {
    match e.code {
        Some(c) => say!("with status {code}", "상태 {code}", code = Arg::term(format!("0x{c:08x}"))),
        None => say!("logged", "기록됨"),
    }
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
