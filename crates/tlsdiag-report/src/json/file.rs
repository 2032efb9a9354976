//! The values of facts about files.
use super::value::sight;
use serde_json::{Value, json};
use tlsdiag_model::facts::{File, Filed, Identity, KeyAt, Pasted, PastedIs, Thing};

pub(super) fn file(f: &File) -> Value {
    let protections: Vec<Value> = f
        .protections
        .iter()
        .map(|p| json!({ "of": p.of, "scheme": p.scheme, "windows_2016": p.windows_2016 }))
        .collect();
    json!({ "path": &*f.path, "form": f.form, "size": f.size, "sha256": f.sha256.to_string(),
        "mode": sight(&f.mode, |m| json!(format!("{:04o}", m & 0o7777))), "given": f.given,
        "protections": protections, "oddities": f.oddities })
}

pub(super) fn filed(f: &Filed) -> Value {
    json!({ "path": &*f.path, "place": f.place, "label": f.label, "is": thing(&f.what) })
}

fn thing(t: &Thing) -> Value {
    match t {
        Thing::Cert(id) => json!({ "kind": "certificate", "certificate": id.to_string() }),
        Thing::BadCert(why) => json!({ "kind": "damaged_certificate", "why": why }),
        Thing::Key(k) => json!({ "kind": "private_key", "key": k.kind, "form": k.form,
            "spki_sha256": k.spki.map(|s| s.to_string()), "encrypted": k.encrypted, "provider": k.provider,
            "faults": k.faults }),
        Thing::Request { spki, subject } => {
            json!({ "kind": "request", "spki_sha256": spki.to_string(), "subject": subject })
        }
        Thing::PublicKey { spki } => json!({ "kind": "public_key", "spki_sha256": spki.to_string() }),
        Thing::Crl => json!({ "kind": "crl" }),
        Thing::Other(what) => json!({ "kind": "other", "what": what }),
        Thing::Refused { of, why, detail } => json!({ "kind": "refused", "of": of,
            "why": serde_json::to_value(why).unwrap_or_default(), "detail": detail }),
    }
}

pub(super) fn identity(i: &Identity) -> Value {
    let chain: Vec<String> = i.chain.iter().map(ToString::to_string).collect();
    let key = sight(&i.key, |k| match k {
        KeyAt::Is(path) => json!({ "state": "belongs", "path": &**path }),
        KeyAt::Other(path) => json!({ "state": "another", "path": &**path }),
        KeyAt::Locked(path) => json!({ "state": "locked", "path": &**path }),
        KeyAt::Missing => json!({ "state": "missing" }),
    });
    json!({ "label": &*i.label, "path": &*i.path, "chain": chain, "leaf": i.leaf.to_string(), "key": key,
        "name": i.name.as_ref().map(ToString::to_string) })
}

pub(super) fn pasted(p: &Pasted) -> Value {
    let (is, certificate, how) = match &p.is {
        PastedIs::Same(id) => ("same", Some(id), None),
        PastedIs::OtherHash(id) => ("other_hash", Some(id), None),
        PastedIs::Near(id, how) => ("near", Some(id), Some(how)),
        PastedIs::Nothing => ("nothing", None, None),
    };
    json!({ "text": p.text, "hash": p.kind, "oddities": p.oddities, "is": is,
        "certificate": certificate.map(ToString::to_string), "how": how })
}
