//! The values of facts about a Windows machine. `cert` is one shape wherever a tool names a certificate by its hash.
use super::time::rfc3339;
use super::value::{sight, strings};
use crate::Report;
use crate::evidence::{by_thumb, secret};
use serde_json::{Value, json};
use tlsdiag_model::facts::*;
use tlsdiag_model::{Name, Reading, Thumb};

fn hresult(n: u32) -> String {
    format!("0x{n:08x}")
}

fn name(n: Option<&Name>) -> Option<&str> {
    n.map(Name::as_str)
}

/// The word that serde writes for an enumeration without members.
fn word(v: impl serde::Serialize) -> Value {
    serde_json::to_value(v).unwrap_or_default()
}

/// A hash as a tool told it; `certificate` where the certificate itself is known.
fn cert(r: &Report<'_>, reading: &Reading<Thumb>) -> Value {
    match reading {
        Reading::Good(t) => {
            let mut out = json!({ "reading": "good", "thumbprint": t.as_str() });
            if let (Value::Object(o), Some(id)) = (&mut out, by_thumb(r, t)) {
                o.insert("certificate".to_owned(), id.to_string().into());
            }
            out
        }
        Reading::Damaged { raw, expected, found } => {
            json!({ "reading": "damaged", "raw": &**raw, "expected": expected, "found": found })
        }
        Reading::Empty => json!({ "reading": "empty" }),
    }
}

pub(super) fn binding(r: &Report<'_>, b: &Binding) -> Value {
    json!({ "record": word(b.kind), "address": b.addr.to_string(), "port": b.port, "name": name(b.name.as_ref()),
        "cert": cert(r, &b.hash), "store": b.store, "application": b.app,
        "flags": b.flags.as_ref().map(|f| f.iter().map(word).collect::<Vec<_>>()), "ctl_store": b.ctl_store })
}

pub(super) fn listen_list(l: &ListenList) -> Value {
    json!({ "addresses": strings(&l.addrs) })
}

pub(super) fn url(u: &Url) -> Value {
    json!({ "url": u.url, "active": u.active, "pids": u.pids, "owner": u.owner })
}

pub(super) fn listener(l: &Listener) -> Value {
    json!({ "address": l.addr.to_string(), "port": l.port, "pid": l.pid, "program": l.program, "services": l.services })
}

pub(super) fn process(p: &Process) -> Value {
    json!({ "pid": p.pid, "name": p.name, "services": p.services })
}

pub(super) fn service(s: &Service) -> Value {
    json!({ "name": s.name, "running": s.running })
}

pub(super) fn site_binding(r: &Report<'_>, b: &SiteBinding) -> Value {
    json!({ "site": b.site, "id": b.id, "protocol": b.protocol, "address": b.addr.to_string(), "port": b.port,
        "name": name(b.name.as_ref()), "ssl_flags": b.flags, "cert": b.hash.as_ref().map(|h| cert(r, h)),
        "store": b.store, "running": b.running, "pool": b.pool })
}

pub(super) fn site_access(a: &SiteAccess) -> Value {
    json!({ "location": a.location, "ssl": a.ssl, "negotiate": a.negotiate, "require": a.require })
}

pub(super) fn pool(p: &Pool) -> Value {
    json!({ "name": p.name, "identity": p.identity, "load_profile": p.load_profile })
}

pub(super) fn old_binding(r: &Report<'_>, b: &OldBinding) -> Value {
    json!({ "path": b.path, "cert": cert(r, &b.hash) })
}

pub(super) fn stored(r: &Report<'_>, s: &Stored) -> Value {
    let (location, service) = match &s.location {
        Location::Machine => ("machine", None),
        Location::Policy => ("policy", None),
        Location::User => ("user", None),
        Location::Service(name) => ("service", Some(name)),
        Location::Unknown => ("unknown", None),
    };
    json!({ "location": location, "service": service, "store": s.store, "cert": cert(r, &s.thumb),
        "certificate": s.cert.map(|c| c.to_string()), "subject": s.subject, "issuer": s.issuer, "serial": s.serial,
        "not_before": s.not_before.and_then(rfc3339), "not_after": s.not_after.and_then(rfc3339),
        "names": strings(&s.names), "usages": s.usages, "purposes": sight(&s.purposes, |p| json!(p)),
        "key": sight(&s.key, key), "archived": s.archived, "friendly": s.friendly, "verified": s.verified.map(hresult) })
}

fn key(k: &KeyLink) -> Value {
    match k {
        KeyLink::None => json!({ "state": "none" }),
        KeyLink::Held => json!({ "state": "held" }),
        KeyLink::Failed(code) => json!({ "state": "failed", "code": hresult(*code) }),
        KeyLink::Named(n) => {
            let (test, code) = match n.test {
                None => (None, None),
                Some(KeyTest::Passed) => (Some("passed"), None),
                Some(KeyTest::Failed(code)) => (Some("failed"), code),
            };
            json!({ "state": "named", "container": n.container, "file": n.file, "provider": n.provider,
                "provider_type": n.provider_type, "flags": n.flags.map(hresult), "key_spec": n.spec, "test": test,
                "code": code.map(hresult), "spki_sha256": n.spki.map(|s| s.to_string()) })
        }
    }
}

pub(super) fn key_file(f: &KeyFile) -> Value {
    json!({ "folder": word(f.folder), "name": f.name, "size": f.size, "acl": sight(&f.acl, |acl| {
        let ace = |a: &Ace| json!({ "account": a.account, "sid": a.sid, "allow": a.allow, "read": a.read,
            "full": a.full, "inherited": a.inherited });
        acl.iter().map(ace).collect()
    }) })
}

pub(super) fn system(s: &System) -> Value {
    json!({ "computer": s.computer, "product": s.product, "build": s.build, "server": s.server,
        "machine_guid": s.machine_guid, "addresses": strings(&s.addrs), "bias_min": s.bias_min })
}

/// The value has the type that the registry gives it; `hidden` where it is a secret.
pub(super) fn setting(s: &Setting) -> Value {
    let (kind, data) = match &s.data {
        _ if secret(s) => ("hidden", Value::Null),
        Datum::Dword(n) => ("dword", json!(n)),
        Datum::Qword(n) => ("qword", json!(n)),
        Datum::Text(t) => ("text", json!(t)),
        Datum::List(l) => ("list", json!(l)),
        Datum::Octets(hex) => ("octets", json!(hex)),
        Datum::Key => ("key", Value::Null),
        Datum::Damaged(raw) => ("damaged", json!(raw)),
    };
    json!({ "key": &*s.key, "name": s.name, "type": kind, "data": data })
}

pub(super) fn whole(w: &Whole) -> Value {
    json!({ "of": &*w.of })
}

pub(super) fn suites(s: &Suites) -> Value {
    json!({ "list": s.list })
}

pub(super) fn event(r: &Report<'_>, e: &Event) -> Value {
    let endpoint = |s: &Spot| json!({ "address": s.addr.to_string(), "port": s.port, "name": name(s.name.as_ref()) });
    json!({ "source": e.source, "id": e.id, "code": e.code.map(hresult), "state": e.state, "alert": e.alert,
        "side": e.side.map(word), "protocol": e.protocol, "endpoint": e.endpoint.as_ref().map(endpoint),
        "process": e.process, "cert": e.thumb.clone().map(|t| cert(r, &Reading::Good(t))), "container": e.container,
        "peer": e.peer })
}
