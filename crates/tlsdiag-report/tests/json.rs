//! What other programs read: valid by the schema, whole, in both languages, safe to print.
#![allow(clippy::unwrap_used, clippy::panic)]
mod cases;

use cases::Made;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tlsdiag_model::{Cause, Code, Lang, Tpl, say};
use tlsdiag_report::json;

fn schema_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema")
}

fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(schema_folder().join("v1.json")).unwrap()).unwrap()
}

/// The same schema, in which nothing may be written that it does not describe.
fn closed(mut v: Value) -> Value {
    match &mut v {
        Value::Object(o) => {
            for x in o.values_mut() {
                *x = closed(x.take());
            }
            let object = o
                .get("type")
                .is_some_and(|t| t == "object" || t.as_array().is_some_and(|a| a.contains(&"object".into())));
            if object && o.contains_key("properties") && !o.contains_key("additionalProperties") {
                o.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(a) => a.iter_mut().for_each(|x| *x = closed(x.take())),
        _ => {}
    }
    v
}

fn check(schema: &Value, name: &str, doc: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(doc).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{name}:\n{}", errors.join("\n"));
}

fn document(m: &Made) -> Value {
    serde_json::from_str(&json::document(&m.report())).unwrap()
}

fn explained() -> String {
    let page = Tpl { en: "# null certificate hash\n", ko: "# 인증서 해시 없음\n" };
    let one = json::Explained {
        code: Some(Code(4001)),
        slug: "null-certificate-hash",
        title: say!("the binding names no certificate", "바인딩에 인증서가 없음"),
        labels: &[Cause::CertNoneConfigured],
        page: Some(page),
    };
    let two = json::Explained {
        code: None,
        slug: "schannel.36870",
        title: say!("the private key cannot be opened", "개인 키를 열 수 없음"),
        labels: &[Cause::KeyAcl, Cause::KeyDamaged],
        page: None,
    };
    json::explain(&[one, two], "tlsdiag 0.1.0", cases::NOW, 0)
}

/// Every document that the cases make, with a name for its sample.
fn documents() -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> =
        cases::all().iter().map(|m| (m.name.to_owned(), json::document(&m.report()))).collect();
    out.push(("explain".into(), explained()));
    out
}

/// Those that are kept as samples: the busy one is large and shows no other member.
fn sampled() -> impl Iterator<Item = (String, String)> {
    documents().into_iter().filter(|(name, _)| name != "busy")
}

/// `TLSDIAG_BLESS=1 cargo test` writes samples that are missing. A sample that was released is never rewritten: what a
/// program read once, it must be able to read for ever.
#[test]
fn every_released_sample_validates() {
    let folder = schema_folder().join("samples");
    if std::env::var_os("TLSDIAG_BLESS").is_some() {
        for (name, text) in sampled() {
            let path = folder.join(format!("{name}.json"));
            if !path.exists() {
                std::fs::write(path, text).unwrap();
            }
        }
    }
    let schema = schema();
    let mut seen = vec![];
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let doc: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        check(&schema, &path.display().to_string(), &doc);
        seen.push(path.file_stem().unwrap().to_string_lossy().into_owned());
    }
    for (name, _) in sampled() {
        assert!(seen.contains(&name), "no sample {name}: run with TLSDIAG_BLESS=1");
    }
}

#[test]
fn what_is_written_is_described() {
    let closed = closed(schema());
    for (name, text) in documents() {
        check(&closed, &name, &serde_json::from_str(&text).unwrap());
    }
    for m in cases::all() {
        for line in json::lines(&m.report()).lines() {
            check(&closed, m.name, &serde_json::from_str(line).unwrap());
        }
    }
}

#[test]
fn the_schema_is_one_and_can_refuse() {
    jsonschema::meta::validate(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let good = document(&cases::broken());
    for (pointer, bad) in [
        ("/schema", Value::from("tlsdiag/2")),
        ("/exit", Value::from("1")),
        ("/causes/0/text", serde_json::json!({ "en": "only English" })),
        ("/causes/0/evidence/0", Value::from(0)),
        ("/targets/0/ladder", serde_json::json!([])),
        ("/facts/bindings~10/value/port", Value::from("443")),
        ("/taken", Value::from("yesterday")),
    ] {
        let mut doc = good.clone();
        *doc.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = bad;
        assert!(!validator.is_valid(&doc), "{pointer} is not checked");
    }
    // within v1 members are added, and unknown words are legal in every enumeration
    let mut later = good.clone();
    later["new_member"] = Value::from(1);
    later["causes"][0]["confidence"] = Value::from("certain");
    later["facts"]["novelties/0"] = later["facts"]["bindings/0"].clone();
    later["facts"]["novelties/0"]["kind"] = Value::from("novelties");
    later["facts"]["novelties/0"]["value"] = serde_json::json!({ "anything": true });
    assert!(validator.is_valid(&later));
}

#[test]
fn nothing_in_json_controls_a_terminal_and_text_comes_back_whole() {
    for (name, text) in documents() {
        let bad = text.chars().find(|c| *c != '\n' && tlsdiag_model::escape(&c.to_string()) != c.to_string());
        assert_eq!(bad, None, "{name}");
    }
    let v = document(&cases::hostile());
    assert_eq!(v["causes"][0]["args"]["what"]["value"], cases::EVIL);
    assert_eq!(v["facts"]["talks/0"]["value"]["spoke"]["greeting"], cases::EVIL);
    for c in v["certificates"].as_object().unwrap().values() {
        assert_eq!(c["names"][0], cases::EVIL);
    }
}

#[test]
fn a_document_holds_codes_labels_evidence_and_both_languages() {
    let m = cases::broken();
    let v = document(&m);
    assert_eq!((&v["schema"], &v["verdict"], &v["exit"]), (&"tlsdiag/1".into(), &"broken".into(), &1.into()));
    assert_eq!(v["taken"], "2026-11-24T08:35:00.000Z");
    let c = &v["causes"][0];
    assert_eq!((&c["code"], &c["slug"]), (&"TD4001".into(), &"null-certificate-hash".into()));
    assert_eq!(c["labels"], serde_json::json!(["cert.none_configured", "bind.httpsys_missing"]));
    assert_eq!((&c["confidence"], &c["impact"]), (&"proven".into(), &"broken".into()));
    assert_eq!(c["args"]["port"], serde_json::json!({ "type": "num", "value": 443 }));
    assert_eq!(c["evidence"], serde_json::json!(["bindings/0", "events/0"]));
    assert_eq!(c["fixes"][0]["commands"][0]["on"], "windows");
    assert_eq!(c["explains"][0], v["symptoms"][0]["id"]);
    for (key, lang) in [("en", Lang::En), ("ko", Lang::Ko)] {
        assert_eq!(c["text"][key], m.diagnosis.causes[0].say.render(lang));
    }
    let t = &v["targets"][0];
    assert_eq!((&t["endpoint"], &t["verdict"]), (&"shop.example.kr:443".into(), &"broken".into()));
    assert_eq!(t["ladder"].as_array().unwrap().len(), 8);
    assert_eq!((&t["ladder"][3]["layer"], &t["ladder"][3]["state"]), (&"binding".into(), &"fail".into()));
    assert_eq!(t["causes"][0], c["id"]);
    assert_eq!(v["facts"]["bindings/0"]["value"]["cert"]["reading"], "empty");
    assert_eq!(v["facts"]["events/0"]["count"], 14);
    assert_eq!(v["facts"]["events/0"]["span"]["first"], "2026-11-23T08:35:00.000Z");
}

#[test]
fn facts_are_those_that_are_cited_and_every_citation_resolves() {
    for m in cases::all() {
        let v = document(&m);
        let mut cited: Vec<String> = vec![];
        for c in v["causes"].as_array().unwrap().iter().chain(v["symptoms"].as_array().unwrap()) {
            cited.extend(c["evidence"].as_array().unwrap().iter().map(|e| e.as_str().unwrap().to_owned()));
        }
        for d in v["disputes"].as_array().unwrap() {
            cited.extend(d.as_array().unwrap().iter().map(|e| e.as_str().unwrap().to_owned()));
        }
        cited.sort();
        cited.dedup();
        let mut facts: Vec<String> = v["facts"].as_object().unwrap().keys().cloned().collect();
        facts.sort();
        assert_eq!(facts, cited, "{}", m.name);
    }
}

#[test]
fn a_line_per_target_with_its_own_causes() {
    let m = cases::two();
    let lines: Vec<Value> = json::lines(&m.report()).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["verdict"], &lines[1]["verdict"]), (&"broken".into(), &"works".into()));
    assert_eq!(lines[0]["causes"].as_array().unwrap().len(), 2);
    assert!(lines[1]["causes"].as_array().unwrap().is_empty() && lines[1]["facts"].as_object().unwrap().is_empty());
    assert_eq!(json::lines(&cases::evidence_only().report()).lines().count(), 1);
}

#[test]
fn asks_name_commands_by_platform_and_what_they_decide() {
    let v = document(&cases::outside());
    let ask = &v["ask_for"][1];
    assert_eq!(ask["ask"], "table/events");
    assert_eq!(ask["command"]["linux"], "journalctl -u nginx");
    assert_eq!(ask["decides"], serde_json::json!(["key.acl"]));
    let first = &v["ask_for"][0];
    assert_eq!((&first["why"]["kind"], &first["command"]["linux"]), (&"needs_elevation".into(), &Value::Null));
}

#[test]
fn explain_has_the_same_shape() {
    let v: Value = serde_json::from_str(&explained()).unwrap();
    assert_eq!(v["causes"][0]["code"], "TD4001");
    assert_eq!(v["causes"][0]["page"]["ko"], "# 인증서 해시 없음\n");
    assert_eq!((&v["causes"][1]["code"], &v["causes"][1]["labels"][0]), (&Value::Null, &"key.acl".into()));
    let other = document(&cases::healthy());
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&v), keys(&other));
}

#[test]
fn a_hash_leads_to_its_certificate_and_old_members_stay() {
    let v = document(&cases::disputed());
    let cert = &v["facts"]["bindings/1"]["value"]["cert"];
    assert_eq!(cert["thumbprint"], "77a88eb2ccddeeff00112233445566778899aabb");
    assert!(v["certificates"].get(cert["certificate"].as_str().unwrap()).is_some());
    let v = document(&cases::windows::server());
    let leaf = &v["facts"]["stored/0"]["value"]["certificate"];
    assert_eq!(v["causes"][0]["subject"]["kind"], "stored");
    assert_eq!((&v["causes"][0]["subject"]["certificate"], leaf.is_string()), (leaf, true));
    assert_eq!(&v["facts"]["events/0"]["value"]["cert"]["certificate"], leaf);
    assert_eq!(v["ask_for"][0]["ask"], "under/acl:machine_keys");
    assert_eq!(v["facts"]["settings/1"]["origin"][0]["kind"], "inside");
}

#[test]
fn every_kind_of_evidence_of_a_windows_machine_is_told() {
    let m = cases::windows::server();
    let v = document(&m);
    let kinds: std::collections::BTreeSet<&str> =
        v["facts"].as_object().unwrap().values().map(|f| f["kind"].as_str().unwrap()).collect();
    for k in [
        "bindings",
        "listen_lists",
        "urls",
        "listeners",
        "processes",
        "services",
        "site_bindings",
        "site_accesses",
        "pools",
        "old_bindings",
        "stored",
        "key_files",
        "systems",
        "settings",
        "wholes",
        "suites",
        "events",
    ] {
        assert!(kinds.contains(k), "{k}");
    }
}

#[test]
fn a_password_in_a_setting_is_never_told() {
    let m = cases::windows::server();
    assert!(!json::document(&m.report()).contains(cases::windows::PASSWORD));
    let v = document(&m);
    assert_eq!(v["facts"]["settings/4"]["value"]["type"], "hidden");
    assert_eq!(v["facts"]["settings/5"]["value"]["data"], "set");
}
