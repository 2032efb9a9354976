//! Reads the *Cases* of the rule pages: evidence as TOML with only the fields that matter, and the diagnosis expected.
#![allow(dead_code)]
mod certs;
mod windows;

use certs::Certs;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tlsdiag_model::facts::*;
use tlsdiag_model::*;
use tlsdiag_rules::*;

/// When all cases happen: 2026-11-24T12:00:00Z, in milliseconds. Times in a case are seconds from here.
pub(crate) const T0: Time = 1_795_521_600_000;

/// One case of a page.
pub(crate) struct PageCase {
    pub(crate) page: PathBuf,
    /// Line of the heading, from 1.
    pub(crate) line: usize,
    pub(crate) title: String,
    pub(crate) code: Code,
    pub(crate) near_miss: bool,
    pub(crate) toml: String,
}

/// All pages of the crate with their cases.
pub(crate) fn all_cases() -> Vec<PageCase> {
    let mut out = vec![];
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut dirs: Vec<_> = std::fs::read_dir(src).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    dirs.sort();
    for dir in dirs {
        let mut pages: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
        pages.sort();
        for page in pages {
            let name = page.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".md") && !name.ends_with(".ko.md") {
                out.extend(cases_of(&page));
            }
        }
    }
    out
}

fn cases_of(page: &Path) -> Vec<PageCase> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut out: Vec<PageCase> = vec![];
    let (mut in_cases, mut in_block) = (false, false);
    for (i, line) in text.lines().enumerate() {
        if line.starts_with("## ") {
            in_cases = line == "## Cases";
        }
        if !in_cases {
            continue;
        }
        if let Some(title) = line.strip_prefix("### ") {
            let code = title.get(2..6).and_then(|d| d.parse().ok());
            let code =
                Code(code.unwrap_or_else(|| panic!("{}:{}: a case begins with its code", page.display(), i + 1)));
            let near_miss = title.contains("near miss");
            assert!(near_miss || title.contains("fires"), "{}:{}: 'fires' or 'near miss'?", page.display(), i + 1);
            out.push(PageCase {
                page: page.to_owned(),
                line: i + 1,
                title: title.to_owned(),
                code,
                near_miss,
                toml: String::new(),
            });
        } else if line.starts_with("```") {
            in_block = line == "```toml";
        } else if in_block && let Some(c) = out.last_mut() {
            c.toml.push_str(line);
            c.toml.push('\n');
        }
    }
    for c in &out {
        assert!(!c.toml.is_empty(), "{}:{}: a case without evidence", page.display(), c.line);
    }
    out
}

/// What a case expects; `possible` causes are left out, as every new rule may add one.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(crate) struct Expected {
    /// `CODE label standing`, in order.
    pub(crate) causes: Vec<String>,
    /// Codes of symptoms; checked where given.
    pub(crate) symptoms: Option<Vec<String>>,
    /// Must be asked for; checked where given.
    pub(crate) asks: Vec<String>,
}

impl PageCase {
    pub(crate) fn where_(&self) -> String {
        format!("{}:{}: {}", self.page.display(), self.line, self.title)
    }
    pub(crate) fn table(&self) -> toml::Table {
        self.toml.parse().unwrap_or_else(|e| panic!("{}: {e}", self.where_()))
    }
    pub(crate) fn expected(&self) -> Expected {
        let t = self.table();
        let e = t.get("expect").unwrap_or_else(|| panic!("{}: no [expect]", self.where_())).as_table().unwrap().clone();
        for k in e.keys() {
            assert!(["causes", "symptoms", "asks"].contains(&k.as_str()), "{}: expect.{k}?", self.where_());
        }
        let list = |k: &str| e.get(k).map(|v| strings(v).collect::<Vec<_>>());
        Expected {
            causes: list("causes").unwrap_or_default(),
            symptoms: list("symptoms"),
            asks: list("asks").unwrap_or_default(),
        }
    }
    pub(crate) fn case(&self) -> Case {
        Builder::new().build(&self.table()).unwrap_or_else(|e| panic!("{}: {e}", self.where_()))
    }
}

fn strings(v: &toml::Value) -> impl Iterator<Item = String> + '_ {
    v.as_array().into_iter().flatten().map(|s| s.as_str().expect("a string").to_owned())
}

/// The lines that a diagnosis is compared by.
pub(crate) fn told(d: &Diagnosis) -> (Vec<String>, Vec<String>) {
    let line = |c: &Candidate| {
        let standing = match c.standing {
            Standing::Proven => "proven",
            Standing::Likely => "likely",
            Standing::Possible => "possible",
        };
        let code = c.code.map(|c| c.to_string()).unwrap_or_default();
        format!("{code} {} {standing}", c.labels.first().map_or("-", |l| l.label()))
    };
    let causes = d.causes.iter().filter(|c| c.standing < Standing::Possible).map(line).collect();
    let symptoms: BTreeSet<String> = d.symptoms.iter().filter_map(|c| c.code).map(|c| c.to_string()).collect();
    (causes, symptoms.into_iter().collect())
}

/// The words by which a page expects an ask.
pub(crate) fn ask_word(a: &Ask) -> String {
    match a {
        Ask::Handshake(_) => "handshake".into(),
        Ask::Trial { vary, .. } => {
            format!("trial {}", serde_json::to_value(vary).unwrap().to_string().replace('"', ""))
        }
        Ask::Again { .. } => "again".into(),
        Ask::Full(_) => "full".into(),
        Ask::FullAgain { .. } => "full again".into(),
        Ask::Wait(_) => "wait".into(),
        Ask::Talk { opening: Opening::HttpGet, .. } => "talk http".into(),
        Ask::Talk { .. } => "talk listen".into(),
        Ask::Connect { port, .. } => format!("connect {port}"),
        Ask::Fetch { .. } => "fetch".into(),
        Ask::Revocation { .. } => "revocation".into(),
        Ask::Table { kind, .. } => format!("table {}", kind.slug()),
        Ask::Under { of, .. } => format!("under {of}"),
    }
}

/// Builds a case from a table. The site is `https://shop.example/` at 192.0.2.10 unless `[site]` says otherwise.
struct Builder {
    case: Case,
    certs: Certs,
    name: Name,
    addr: std::net::IpAddr,
    port: u16,
    /// All is evidence of one machine that was handed over.
    sent: bool,
}

type Res<T> = Result<T, String>;

impl Builder {
    fn new() -> Builder {
        Builder {
            case: Case::here("here"),
            certs: Certs::default(),
            name: Name::new("shop.example"),
            addr: [192, 0, 2, 10].into(),
            port: 443,
            sent: false,
        }
    }

    fn build(mut self, t: &toml::Table) -> Res<Case> {
        let known = [
            "site",
            "cert",
            "handshake",
            "connect",
            "talk",
            "lookup",
            "http",
            "event",
            "binding",
            "protocol",
            "survey",
            "proxy",
            "skew",
            "hosts_line",
            "fetch",
            "revocation",
            "holding",
            "said",
            "file",
            "filed",
            "identity",
            "pasted",
            "trust",
            "listen_list",
            "url",
            "listener",
            "process",
            "service",
            "site_binding",
            "site_access",
            "pool",
            "old_binding",
            "stored",
            "key_file",
            "system",
            "setting",
            "whole",
            "suites",
            "alias",
            "expect",
        ];
        if let Some(k) = t.keys().find(|k| !known.contains(&k.as_str())) {
            return Err(format!("unknown key {k}"));
        }
        // files alone ask for no site, nor does a machine of which files were sent
        let files = ["identity", "pasted", "filed"].iter().any(|k| t.contains_key(*k));
        let sent = windows::KEYS.iter().any(|k| t.contains_key(*k)) && !t.contains_key("handshake");
        self.sent = sent && !t.contains_key("site");
        if !files && !self.sent || t.contains_key("site") {
            self.site(t)?;
        }
        for c in list(t, "cert") {
            let der = self.certs.make(c)?;
            self.case.certificate(&der);
        }
        self.trust(t)?;
        // a handshake was possible, so the port was open, unless a case says otherwise
        if !t.contains_key("connect") && t.contains_key("handshake") {
            let open = Connect { from: Host::HERE, addr: self.addr, port: self.port, end: ConnectEnd::Open };
            let host = self.case.host(&self.addr.to_string(), Vantage::Outside);
            self.case.add(Row::once(open, host, How::Watched, T0, Origin::Api("case".into())));
        }
        let (addr, port, name) = (json!(self.addr), json!(self.port), json!(self.name));
        let at = |v: Value| with(v, json!({"addr": addr, "port": port}));
        self.rows::<Handshake>(t, "handshake", How::Watched, at(json!({
            "from": 0, "name": name, "trial": "base", "stage": "flight", "end": "done",
            "offer": self.offer(), "delivered": {"saw": true}, "answered": "not_reached", "chain": "not_reached", "unreadable": [],
            "staple": "not_reached", "proof": "not_reached", "request": "not_reached", "after": "not_reached",
        })))?;
        self.rows::<Connect>(t, "connect", How::Watched, at(json!({"from": 0, "end": "open"})))?;
        self.rows::<Talk>(t, "talk", How::Watched, at(json!({"from": 0, "opening": "http_get", "spoke": null})))?;
        self.rows::<HttpAnswer>(t, "http", How::Watched, at(json!({
            "from": 0, "name": name, "over": "tls", "version": "one", "path": "/", "end": null, "followed": [], "loops": false,
        })))?;
        self.rows::<Lookup>(
            t,
            "lookup",
            How::Read,
            json!({"name": name, "resolver": "system", "family": "both", "answer": null, "cnames": []}),
        )?;
        self.rows::<HostsLine>(t, "hosts_line", How::Read, json!({"name": name, "addr": addr}))?;
        self.rows::<Proxy>(
            t,
            "proxy",
            How::Read,
            json!({"setting": "https_proxy", "at": "proxy.example:3128", "exempt": false}),
        )?;
        self.rows::<Skew>(t, "skew", How::Read, at(json!({"ahead_s": 0})))?;
        self.rows::<Fetch>(t, "fetch", How::Read, json!({"url": null, "end": null}))?;
        self.rows::<Revocation>(
            t,
            "revocation",
            How::Read,
            json!({"cert": null, "via": "ocsp", "url": null, "stapled_by": null, "answer": null}),
        )?;
        self.rows::<Holding>(t, "holding", How::Read, json!({"cert": null, "role": "store", "has_key": null}))?;
        self.windows(t)?;
        self.rows::<Protocol>(t, "protocol", How::Read, json!({"version": null, "server": true, "enabled": null}))?;
        self.rows::<Said>(t, "said", How::Told, json!({"entry": null, "points_to": null}))?;
        self.rows::<File>(
            t,
            "file",
            How::Read,
            json!({"path": null, "form": "pem", "size": 4000, "sha256": "00".repeat(32), "mode": "hidden", "given": true,
                "protections": [], "oddities": []}),
        )?;
        let filed = json!({"path": null, "place": "line 1", "order": 0, "label": null, "what": null});
        self.rows::<Filed>(t, "filed", How::Read, filed)?;
        self.rows::<Identity>(
            t,
            "identity",
            How::Read,
            json!({"label": "site.pem", "path": "site.pem", "chain": null, "unreadable": [], "leaf": null, "key": "hidden",
                "name": null}),
        )?;
        self.rows::<Pasted>(
            t,
            "pasted",
            How::Told,
            json!({"text": null, "kind": "SHA-1", "oddities": [], "is": "nothing"}),
        )?;
        for s in list(t, "survey") {
            let mut v = json!({"kind": null, "host": null, "cover": "complete", "span": {"first": T0, "last": T0}, "origin": {"api": "case"}});
            let label = s.get("host").and_then(|h| h.as_str()).map_or_else(|| self.own(), str::to_owned);
            overlay(&mut v, &json_of(&toml::Value::Table(s.clone())), "survey")?;
            v["host"] = json!(self.host(&label));
            self.case.surveys.push(serde_json::from_value(v).map_err(|e| format!("survey: {e}"))?);
        }
        for a in list(t, "alias") {
            let side = |k: &str| a.get(k).and_then(|v| v.as_str()).ok_or("alias: a and b").map(str::to_owned);
            let pair = (self.host(&side("a")?), self.host(&side("b")?));
            self.case.aliases.push(pair);
        }
        Ok(self.case)
    }

    fn host(&mut self, label: &str) -> Host {
        match label {
            "here" => Host::HERE,
            // a machine of which files were sent, by its name
            _ if self.sent && label.parse::<std::net::IpAddr>().is_err() => self.case.host(label, Vantage::Evidence),
            _ => self.case.host(label, Vantage::Outside),
        }
    }

    /// The machine that a case is about: the one whose files were sent, or the site's address.
    fn own(&self) -> String {
        if self.sent { windows::MACHINE.to_owned() } else { self.addr.to_string() }
    }

    fn site(&mut self, t: &toml::Table) -> Res<()> {
        let empty = toml::Table::new();
        let s = t.get("site").and_then(|s| s.as_table()).unwrap_or(&empty);
        let text = |k: &str| s.get(k).and_then(|v| v.as_str());
        if let Some(n) = text("name") {
            self.name = Name::new(n);
        }
        if let Some(a) = text("addr") {
            self.addr = a.parse().map_err(|e| format!("site.addr: {e}"))?;
        }
        if let Some(p) = s.get("port").and_then(toml::Value::as_integer) {
            self.port = u16::try_from(p).map_err(|e| format!("site.port: {e}"))?;
        }
        let literal = self.name.as_str().parse().ok();
        // looked up by the case itself, unless a case has its own lookups
        let pinned = if literal.is_some() || t.contains_key("lookup") { vec![] } else { vec![self.addr] };
        let asked = Asked {
            typed: format!("https://{}", self.name),
            scheme: Scheme::Https,
            name: self.name.clone(),
            literal,
            port: self.port,
            path: text("path").unwrap_or("/").to_owned(),
            pinned,
            client: text("client").map(str::to_owned),
        };
        self.case.add(Row::once(asked, Host::HERE, How::Told, T0, Origin::Api("case".into())));
        Ok(())
    }

    fn trust(&mut self, t: &toml::Table) -> Res<()> {
        let Some(trust) = t.get("trust").and_then(|v| v.as_table()) else { return Ok(()) };
        for (set, names) in trust {
            let set = match set.as_str() {
                "file" => Set::File,
                "machine" => Set::Machine,
                // a newer edition of the list, which stands beside the one that is compiled in
                "mozilla" => Set::Mozilla,
                other => return Err(format!("trust.{other}?")),
            };
            let certs = strings(names).map(|n| self.certs.id(&n)).collect::<Res<Vec<_>>>()?;
            self.case.add(Row::once(Anchors { set, certs }, Host::HERE, How::Read, T0, Origin::Api("case".into())));
        }
        Ok(())
    }

    /// The offer of a browser-like hello.
    fn offer(&self) -> Value {
        json!({
            "client": "browser_like", "versions": [0x304, 0x303], "suites": [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35],
            "groups": [0x11ec, 0x1d, 0x17, 0x18], "shares": [0x11ec, 0x1d], "signatures": [0x403, 0x804, 0x401, 0x503, 0x805, 0x501, 0x806, 0x601],
            "extensions": [0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 17613], "alpn": ["h2", "http/1.1"], "sni": self.name, "bytes": 1790, "writes": 1, "mss": null,
        })
    }

    fn rows<T: Fact>(&mut self, t: &toml::Table, key: &str, how: How, default: Value) -> Res<()> {
        for item in list(t, key) {
            let mut given = json_of(&toml::Value::Table(item.clone()));
            let map = given.as_object_mut().ok_or("a table")?;
            let secs = |v: Option<Value>| v.and_then(|v| v.as_f64()).map(|s| T0 + (s * 1000.0) as i64);
            let first = secs(map.remove("at")).unwrap_or(T0);
            let last = secs(map.remove("until")).unwrap_or(first);
            let count = map.remove("count").and_then(|v| v.as_u64()).unwrap_or(1);
            let how = match map.remove("how") {
                Some(v) => serde_json::from_value(v).map_err(|e| format!("{key}.how: {e}"))?,
                None => how,
            };
            // a wildcard is an address of the machine that the case is about
            let single = map.get("addr").and_then(|a| a.as_str()).filter(|a| a.parse::<std::net::IpAddr>().is_ok());
            let addr = single.map_or_else(|| self.addr.to_string(), str::to_owned);
            let on_here = matches!(
                T::KIND,
                Kind::Lookups
                    | Kind::HostsLines
                    | Kind::Proxies
                    | Kind::Skews
                    | Kind::Fetches
                    | Kind::Revocations
                    | Kind::Files
                    | Kind::Filed
                    | Kind::Identities
                    | Kind::Pasted
            );
            let label = match map.remove("host") {
                Some(Value::String(s)) => s,
                _ if self.sent && !on_here => self.own(),
                _ if on_here => "here".to_owned(),
                _ => addr,
            };
            let host = self.host(&label);
            let mut value = default.clone();
            self.sugar(map, &default)?;
            overlay(&mut value, &given, key)?;
            let what: T = serde_json::from_value(value).map_err(|e| format!("{key}: {e}"))?;
            let origin = Origin::Probe { number: 1, wire: WireCount::default(), first: [].into() };
            self.case.add(Row { count, ..Row::during(what, host, how, Span { first, last }, origin) });
        }
        Ok(())
    }

    /// Certificates by their names in the case; values of fields that may be out of sight, without saying `saw`.
    fn sugar(&self, map: &mut Map<String, Value>, default: &Value) -> Res<()> {
        const SIGHTS: &[&str] = &[
            "chain",
            "answered",
            "staple",
            "proof",
            "request",
            "after",
            "delivered",
            "has_key",
            "mode",
            "acl",
            "purposes",
        ];
        // the key of an identity; the `key` of a thing is another
        let of_identity = default.get("leaf").is_some();
        if of_identity && !map.contains_key("leaf") {
            let first = map.get("chain").and_then(|c| c.get(0)).cloned().unwrap_or_default();
            map.insert("leaf".to_owned(), first);
        }
        for (k, v) in map.iter_mut() {
            self.names_to_ids(k, v)?;
            if SIGHTS.contains(&k.as_str()) && !(of_identity && k == "chain")
                || k == "key" && (of_identity || default.get("purposes").is_some())
            {
                let is_sight =
                    v.as_str().is_some_and(|s| s == "hidden" || s == "not_reached") || v.get("saw").is_some();
                if !is_sight {
                    *v = json!({"saw": if v.as_str() == Some("none") { Value::Null } else { v.clone() }});
                }
            }
            if k == "offer" {
                let mut whole = default.get("offer").cloned().unwrap_or_default();
                overlay(&mut whole, v, "offer")?;
                *v = whole;
            }
        }
        Ok(())
    }

    fn names_to_ids(&self, key: &str, v: &mut Value) -> Res<()> {
        match v {
            Value::String(s) if matches!(key, "hash" | "thumb") && s != "empty" => *v = json!(self.certs.thumb(s)?),
            Value::String(s) if key == "cert" => *v = json!(self.certs.id(s)?),
            Value::String(s) if matches!(key, "leaf" | "same" | "other_hash") => *v = json!(self.certs.id(s)?),
            Value::String(s) if key == "spki" => *v = json!(self.certs.spki(s)?),
            Value::Array(a) if key == "near" => {
                let name = a.first().and_then(Value::as_str).ok_or("near = [certificate, how]")?;
                a[0] = json!(self.certs.id(name)?);
            }
            Value::Array(a) if key == "chain" || key == "certs" => {
                for v in a.iter_mut() {
                    let name = v.as_str().ok_or("a certificate's name")?;
                    *v = json!(self.certs.id(name)?);
                }
            }
            Value::Object(o) => {
                for (k, v) in o.iter_mut() {
                    let key = if k == "good" { key } else { k };
                    self.names_to_ids(key, v)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn list<'a>(t: &'a toml::Table, key: &str) -> impl Iterator<Item = &'a toml::Table> {
    t.get(key).and_then(|v| v.as_array()).into_iter().flatten().filter_map(|v| v.as_table())
}

fn with(mut v: Value, more: Value) -> Value {
    if let (Some(v), Some(more)) = (v.as_object_mut(), more.as_object()) {
        v.extend(more.clone());
    }
    v
}

/// Puts the given fields over the defaults; a field that does not exist is a mistake of the page.
fn overlay(base: &mut Value, given: &Value, what: &str) -> Res<()> {
    let (Some(base), Some(given)) = (base.as_object_mut(), given.as_object()) else {
        return Err(format!("{what}: a table"));
    };
    for (k, v) in given {
        if !base.contains_key(k) {
            return Err(format!("{what}.{k}: no such field"));
        }
        base.insert(k.clone(), v.clone());
    }
    Ok(())
}

fn json_of(v: &toml::Value) -> Value {
    serde_json::to_value(v).expect("TOML is JSON")
}

/// Rules by code.
pub(crate) fn by_code() -> BTreeMap<Code, &'static Rule> {
    ALL.iter().map(|r| (r.code, *r)).collect()
}
