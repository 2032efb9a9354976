//! The `value` of a fact by its kind, and typed arguments. Protocol numbers are `0x` and hex digits, as in registries.
use super::time::rfc3339;
use super::{build, file, v1, windows};
use crate::Report;
use crate::evidence::{Piece, trial_slug};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tlsdiag_model::facts::*;
use tlsdiag_model::{Arg, Cover, Kind, Say, Sight, Why};

/// The kind's word.
pub(super) fn kind(p: Piece<'_>) -> &'static str {
    let k = match p {
        Piece::Asked(_) => Kind::Asked,
        Piece::Lookup(_) => Kind::Lookups,
        Piece::HostsLine(_) => Kind::HostsLines,
        Piece::Proxy(_) => Kind::Proxies,
        Piece::Skew(_) => Kind::Skews,
        Piece::Connect(_) => Kind::Connects,
        Piece::Talk(_) => Kind::Talks,
        Piece::Handshake(_) => Kind::Handshakes,
        Piece::Http(_) => Kind::HttpAnswers,
        Piece::Holding(_) => Kind::Holdings,
        Piece::Anchors(_) => Kind::Anchors,
        Piece::Fetch(_) => Kind::Fetches,
        Piece::Revocation(_) => Kind::Revocations,
        Piece::Binding(_) => Kind::Bindings,
        Piece::ListenList(_) => Kind::ListenLists,
        Piece::Url(_) => Kind::Urls,
        Piece::Listener(_) => Kind::Listeners,
        Piece::Process(_) => Kind::Processes,
        Piece::Service(_) => Kind::Services,
        Piece::SiteBinding(_) => Kind::SiteBindings,
        Piece::SiteAccess(_) => Kind::SiteAccesses,
        Piece::Pool(_) => Kind::Pools,
        Piece::OldBinding(_) => Kind::OldBindings,
        Piece::Stored(_) => Kind::Stored,
        Piece::KeyFile(_) => Kind::KeyFiles,
        Piece::System(_) => Kind::Systems,
        Piece::Setting(_) => Kind::Settings,
        Piece::Whole(_) => Kind::Wholes,
        Piece::Suites(_) => Kind::Suites,
        Piece::Protocol(_) => Kind::Protocols,
        Piece::Event(_) => Kind::Events,
        Piece::File(_) => Kind::Files,
        Piece::Filed(_) => Kind::Filed,
        Piece::Identity(_) => Kind::Identities,
        Piece::Pasted(_) => Kind::Pasted,
        Piece::Said(_) => Kind::Said,
        Piece::Survey(_) => return "surveys",
    };
    k.slug()
}

/// The statement.
pub(super) fn value(r: &Report<'_>, p: Piece<'_>) -> Value {
    match p {
        Piece::Asked(x) => {
            let x = &x.what;
            json!({ "typed": x.typed, "name": x.name.as_str(), "port": x.port, "path": x.path,
                "literal": x.literal.map(|a| a.to_string()), "pinned": strings(&x.pinned), "client": x.client })
        }
        Piece::Lookup(x) => lookup(&x.what),
        Piece::HostsLine(x) => json!({ "name": x.what.name.as_str(), "address": x.what.addr.to_string() }),
        Piece::Proxy(x) => json!({ "setting": x.what.setting, "at": x.what.at, "exempt": x.what.exempt }),
        Piece::Skew(x) => {
            json!({ "address": x.what.addr.to_string(), "port": x.what.port, "ahead_s": x.what.ahead_s })
        }
        Piece::Connect(x) => connect(r, &x.what),
        Piece::Talk(x) => talk(r, &x.what),
        Piece::Handshake(x) => handshake(r, &x.what),
        Piece::Http(x) => http(r, &x.what),
        Piece::Holding(x) => json!({ "certificate": x.what.cert.to_string(),
            "role": match x.what.role { Role::Store => "store", Role::File => "file", Role::Sent => "sent" },
            "has_key": sight(&x.what.has_key, |b| json!(b)) }),
        Piece::Anchors(x) => json!({ "set": set(&x.what.set), "count": x.what.certs.len() }),
        Piece::Fetch(x) => fetch(&x.what),
        Piece::Revocation(x) => revocation(&x.what),
        Piece::Binding(x) => windows::binding(r, &x.what),
        Piece::ListenList(x) => windows::listen_list(&x.what),
        Piece::Url(x) => windows::url(&x.what),
        Piece::Listener(x) => windows::listener(&x.what),
        Piece::Process(x) => windows::process(&x.what),
        Piece::Service(x) => windows::service(&x.what),
        Piece::SiteBinding(x) => windows::site_binding(r, &x.what),
        Piece::SiteAccess(x) => windows::site_access(&x.what),
        Piece::Pool(x) => windows::pool(&x.what),
        Piece::OldBinding(x) => windows::old_binding(r, &x.what),
        Piece::Stored(x) => windows::stored(r, &x.what),
        Piece::KeyFile(x) => windows::key_file(&x.what),
        Piece::System(x) => windows::system(&x.what),
        Piece::Setting(x) => windows::setting(&x.what),
        Piece::Whole(x) => windows::whole(&x.what),
        Piece::Suites(x) => windows::suites(&x.what),
        Piece::Protocol(x) => json!({ "version": hex16(x.what.version),
            "role": if x.what.server { "server" } else { "client" }, "enabled": x.what.enabled }),
        Piece::Event(x) => windows::event(r, &x.what),
        Piece::File(x) => file::file(&x.what),
        Piece::Filed(x) => file::filed(&x.what),
        Piece::Identity(x) => file::identity(&x.what),
        Piece::Pasted(x) => file::pasted(&x.what),
        Piece::Said(x) => json!({ "entry": x.what.entry,
            "points_to": x.what.points_to.iter().map(|c| c.label()).collect::<Vec<_>>() }),
        Piece::Survey(s) => json!({ "of": s.kind.slug(),
            "cover": match s.cover {
                Cover::Complete => "complete",
                Cover::Partial(_) => "partial",
                Cover::Denied(_) => "denied",
                Cover::Failed(_) => "failed",
            },
            "why": s.cover.why().map(why) }),
    }
}

/// The arguments of a sentence by hole.
pub(super) fn args(s: &Say) -> BTreeMap<&'static str, Value> {
    s.args.iter().map(|(k, a)| (*k, arg(a))).collect()
}

fn arg(a: &Arg) -> Value {
    let (kind, value) = match a {
        Arg::Word(t) => ("word", json!({ "en": t.en, "ko": t.ko })),
        Arg::Quote(q) => ("quote", json!(q)),
        Arg::Num(n) => ("num", json!(n)),
        Arg::Term(t) => ("term", json!(t)),
        Arg::Date(t) => ("date", json!(rfc3339(*t))),
        Arg::Moment(t) => ("moment", json!(rfc3339(*t))),
        Arg::List(l) => ("list", Value::Array(l.iter().map(arg).collect())),
        Arg::Say(s) => {
            let v1::Text { en, ko } = build::text(s);
            ("say", json!({ "text": { "en": en, "ko": ko }, "args": args(s) }))
        }
    };
    json!({ "type": kind, "value": value })
}

fn why(w: &Why) -> Value {
    let v1::Why { kind, text } = build::why(w);
    json!({ "kind": kind, "text": { "en": text.en, "ko": text.ko } })
}

pub(super) fn strings<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}
fn hex16(n: u16) -> String {
    format!("0x{n:04x}")
}
fn hexes(all: &[u16]) -> Vec<String> {
    all.iter().map(|n| hex16(*n)).collect()
}

/// A field that may be hidden or not reached says so instead of its value.
pub(super) fn sight<T>(s: &Sight<T>, f: impl FnOnce(&T) -> Value) -> Value {
    match s {
        Sight::Saw(t) => json!({ "sight": "saw", "value": f(t) }),
        Sight::Hidden => json!({ "sight": "hidden" }),
        Sight::NotReached => json!({ "sight": "not_reached" }),
    }
}

/// An end with its details.
fn ended(kind: &str, more: Value) -> Value {
    let mut out = json!({ "kind": kind });
    if let (Value::Object(o), Value::Object(m)) = (&mut out, more) {
        o.extend(m);
    }
    out
}

fn lookup(l: &Lookup) -> Value {
    let none = || json!({});
    let answer = match &l.answer {
        Answer::Addresses(a) => ended("addresses", json!({ "addresses": strings(a) })),
        Answer::NoSuchName => ended("no_such_name", none()),
        Answer::NoAddress => ended("no_address", none()),
        Answer::ServerFailure => ended("server_failure", none()),
        Answer::Refused => ended("refused", none()),
        Answer::Silent { after_ms } => ended("silent", json!({ "after_ms": after_ms })),
        Answer::Failed(w) => ended("failed", json!({ "said": w })),
    };
    json!({ "name": l.name.as_str(),
        "resolver": match l.resolver { Resolver::System => "system", Resolver::Dns => "dns" },
        "family": match l.family { Family::V4 => "v4", Family::V6 => "v6", Family::Both => "both" },
        "answer": answer, "cnames": strings(&l.cnames) })
}

fn connect(r: &Report<'_>, c: &Connect) -> Value {
    let end = match &c.end {
        ConnectEnd::Open => ended("open", json!({})),
        ConnectEnd::Refused => ended("refused", json!({})),
        ConnectEnd::Silent { after_ms } => ended("silent", json!({ "after_ms": after_ms })),
        ConnectEnd::Unreachable(u) => ended(
            "unreachable",
            json!({ "said": match u {
                Unreachable::Network => "network",
                Unreachable::Host => "host",
                Unreachable::Forbidden => "forbidden",
            } }),
        ),
        ConnectEnd::Failed(w) => ended("failed", json!({ "said": w })),
    };
    json!({ "from": r.case.label(c.from), "address": c.addr.to_string(), "port": c.port, "end": end })
}

fn talk(r: &Report<'_>, t: &Talk) -> Value {
    let spoke = match &t.spoke {
        Spoke::Http { status, server, location, wants_tls } => {
            ended("http", json!({ "status": status, "server": server, "location": location, "wants_tls": wants_tls }))
        }
        Spoke::Other { protocol, greeting } => ended("other", json!({ "protocol": protocol, "greeting": greeting })),
        Spoke::Tls => ended("tls", json!({})),
        Spoke::Unknown => ended("unknown", json!({})),
        Spoke::Closed => ended("closed", json!({})),
        Spoke::Reset => ended("reset", json!({})),
        Spoke::Silent { after_ms } => ended("silent", json!({ "after_ms": after_ms })),
    };
    json!({ "from": r.case.label(t.from), "address": t.addr.to_string(), "port": t.port,
        "opening": match t.opening { Opening::Listened => "listened", Opening::HttpGet => "http_get" }, "spoke": spoke })
}

fn http(r: &Report<'_>, h: &HttpAnswer) -> Value {
    let end = match &h.end {
        HttpEnd::Status { status, location, server, detail, hsts } => ended(
            "status",
            json!({ "status": status, "location": location, "server": server, "detail": detail, "hsts": hsts }),
        ),
        HttpEnd::Closed => ended("closed", json!({})),
        HttpEnd::Reset => ended("reset", json!({})),
        HttpEnd::Alert(a) => ended("alert", json!({ "alert": a })),
        HttpEnd::Silent { after_ms } => ended("silent", json!({ "after_ms": after_ms })),
        HttpEnd::Garbled(w) => ended("garbled", json!({ "said": w })),
    };
    json!({ "from": r.case.label(h.from), "address": h.addr.to_string(), "port": h.port,
        "name": h.name.as_ref().map(|n| n.as_str()),
        "over": match h.over { Over::Plain => "plain", Over::Tls => "tls" },
        "version": match h.version { HttpVersion::One => "1", HttpVersion::Two => "2" },
        "path": h.path, "end": end, "followed": h.followed, "loops": h.loops })
}

fn handshake(r: &Report<'_>, h: &Handshake) -> Value {
    let o = &h.offer;
    let offer = json!({
        "client": match o.client { Client::BrowserLike => "browser_like", Client::Library => "library", Client::Foreign => "foreign" },
        "versions": hexes(&o.versions), "suites": hexes(&o.suites), "groups": hexes(&o.groups), "shares": hexes(&o.shares),
        "signatures": hexes(&o.signatures), "extensions": o.extensions, "alpn": o.alpn,
        "sni": o.sni.as_ref().map(|n| n.as_str()), "bytes": o.bytes, "writes": o.writes, "mss": o.mss });
    let end = match &h.end {
        End::Pending { after_ms } => ended("pending", json!({ "after_ms": after_ms })),
        End::Done => ended("done", json!({})),
        End::Alert(a) => ended("alert", json!({ "alert": a })),
        End::Refused(a) => ended("refused", json!({ "alert": a })),
        End::Reset => ended("reset", json!({})),
        End::Closed => ended("closed", json!({})),
        End::Silent { after_ms } => ended("silent", json!({ "after_ms": after_ms })),
        End::NotTls(p) => ended("not_tls", json!({ "said": p })),
        End::Garbled(w) => ended("garbled", json!({ "said": w })),
        End::TooMuch(w) => ended("too_much", json!({ "said": w })),
        End::NotConnected => ended("not_connected", json!({})),
    };
    let stage = match h.stage {
        Stage::Unconnected => "unconnected",
        Stage::Nothing => "nothing",
        Stage::Partial => "partial",
        Stage::ServerHello => "server_hello",
        Stage::InCertificate => "in_certificate",
        Stage::Certificate => "certificate",
        Stage::Flight => "flight",
        Stage::Finished => "finished",
    };
    json!({ "from": r.case.label(h.from), "address": h.addr.to_string(), "port": h.port,
        "name": h.name.as_ref().map(|n| n.as_str()), "trial": trial_slug(&h.trial), "offer": offer, "stage": stage,
        "end": end, "delivered": sight(&h.delivered, |b| json!(b)), "answered": sight(&h.answered, answered),
        "chain": sight(&h.chain, |c| json!(strings(c))),
        "unreadable": h.unreadable.iter().map(|(at, w)| json!({ "position": at, "said": w })).collect::<Vec<_>>(),
        "staple": sight(&h.staple, |s| json!(match s { Staple::Absent => "absent", Staple::Sent => "sent" })),
        "proof": sight(&h.proof, |p| match p {
            KeyProof::Good => ended("good", json!({})),
            KeyProof::Bad => ended("bad", json!({})),
            KeyProof::Unsupported(w) => ended("unsupported", json!({ "said": w })),
            KeyProof::Unsigned => ended("unsigned", json!({})),
        }),
        "request": sight(&h.request, |q| q.as_ref().map_or(Value::Null, |q| json!({ "authorities": q.authorities, "names": q.names }))),
        "after": sight(&h.after, |a| match a {
            After::Well => ended("well", json!({})),
            After::Alert(n) => ended("alert", json!({ "alert": n })),
            After::Closed => ended("closed", json!({})),
            After::Reset => ended("reset", json!({})),
            After::Renegotiation => ended("renegotiation", json!({})),
        }) })
}

fn answered(a: &Answered) -> Value {
    let violation = |v: &Violation| match v {
        Violation::Version(n) => ended("version", json!({ "said": hex16(*n) })),
        Violation::Suite(n) => ended("suite", json!({ "said": hex16(*n) })),
        Violation::Group(n) => ended("group", json!({ "said": hex16(*n) })),
        Violation::Alpn(w) => ended("alpn", json!({ "said": w })),
        Violation::Other(w) => ended("other", json!({ "said": w })),
    };
    json!({ "version": hex16(a.version), "suite": hex16(a.suite), "group": a.group.map(hex16), "dh_bits": a.dh_bits,
        "alpn": a.alpn, "retried": a.retried, "secure_renegotiation": a.secure_renegotiation,
        "extended_master_secret": a.extended_master_secret, "name_acknowledged": a.name_acknowledged,
        "warnings": a.warnings, "violations": a.violations.iter().map(violation).collect::<Vec<_>>() })
}

fn set(s: &Set) -> &'static str {
    match s {
        Set::Mozilla => "mozilla",
        Set::Machine => "machine",
        Set::File => "file",
    }
}

fn fetch(f: &Fetch) -> Value {
    let end = match &f.end {
        FetchEnd::Certs(ids) => ended("certificates", json!({ "certificates": strings(ids) })),
        FetchEnd::NotCertificates => ended("not_certificates", json!({})),
        FetchEnd::Status(s) => ended("status", json!({ "status": s })),
        FetchEnd::Failed(w) => ended("failed", json!({ "why": why(w) })),
    };
    json!({ "url": f.url, "end": end })
}

fn revocation(v: &Revocation) -> Value {
    let answer = match &v.answer {
        RevocationAnswer::Good => ended("good", json!({})),
        RevocationAnswer::Revoked { at, reason } => ended("revoked", json!({ "at": rfc3339(*at), "reason": reason })),
        RevocationAnswer::Unknown => ended("unknown", json!({})),
        RevocationAnswer::Unusable(w) => ended("unusable", json!({ "said": w })),
        RevocationAnswer::Unavailable(w) => ended("unavailable", json!({ "why": why(w) })),
        RevocationAnswer::NotOffered => ended("not_offered", json!({})),
    };
    json!({ "certificate": v.cert.to_string(),
        "via": match v.via { Via::Staple => "staple", Via::Ocsp => "ocsp", Via::Crl => "crl" },
        "url": v.url, "answer": answer })
}
