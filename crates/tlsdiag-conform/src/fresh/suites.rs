//! Suites walked and written again in the layout in which they lie.
use super::{Case, Renewer};
use anyhow::Context as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tlsdiag_pki::pem::{self, Kind};

/// Writes the suite below `path` anew to `out`; says what was left as it is.
pub(crate) fn write(suite: &str, path: &Path, out: &Path, seed: u64) -> anyhow::Result<Vec<String>> {
    let mut renewer = Renewer::new(seed)?;
    let mut files = Vec::new();
    walk(path, &mut files)?;
    let root = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let target = |file: &Path| out.join(file.strip_prefix(root).unwrap_or(file));
    match suite {
        "limbo" => files.iter().try_for_each(|f| limbo(&mut renewer, f, &target(f)))?,
        "verifiers" => verifiers(&mut renewer, &files, &target)?,
        "pkits" => pkits(&mut renewer, &files, &target)?,
        _ => anyhow::bail!("{suite}: a suite of keys cannot be made anew"),
    }
    Ok(renewer.left)
}

fn walk(path: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
        .with_context(|| path.display().to_string())?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    inside.sort();
    inside.iter().try_for_each(|p| walk(p, out))
}

fn put(file: &Path, octets: &[u8]) -> anyhow::Result<()> {
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(file, octets).with_context(|| file.display().to_string())
}

/// Certificates and revocation lists in a PEM text, by their labels.
fn ders(text: &str, kind: &Kind) -> Vec<Vec<u8>> {
    pem::blocks(text.as_bytes())
        .into_iter()
        .filter(|b| b.kind == *kind)
        .filter_map(|b| Some(b.content.ok()?.to_vec()))
        .collect()
}

fn limbo(renewer: &mut Renewer, file: &Path, target: &Path) -> anyhow::Result<()> {
    let octets = std::fs::read(file)?;
    let read: Option<Value> = serde_json::from_slice(&octets).ok();
    let Some(mut json) = read.filter(|j| j.get("testcases").is_some() || j.get("expected_result").is_some()) else {
        return put(target, &octets);
    };
    match json.get_mut("testcases").and_then(Value::as_array_mut) {
        Some(cases) => cases.iter_mut().try_for_each(|c| limbo_case(renewer, c))?,
        None => limbo_case(renewer, &mut json)?,
    }
    put(target, &serde_json::to_vec_pretty(&json)?)
}

const LISTS: [&str; 3] = ["trusted_certs", "untrusted_intermediates", "peer_certificate"];

fn limbo_case(renewer: &mut Renewer, json: &mut Value) -> anyhow::Result<()> {
    let id = json.get("id").and_then(Value::as_str).unwrap_or("case").to_owned();
    let mut case = Case::default();
    for key in LISTS {
        for text in texts(json.get(key)) {
            case.certificates.extend(ders(text, &Kind::Certificate));
        }
    }
    for text in texts(json.get("crls")) {
        case.crls.extend(ders(text, &Kind::Crl));
    }
    visit_hosts(json, &mut |h| case.hosts.push(h.clone()));
    let renewed = renewer.renew(&id, &case)?;
    let (mut certificates, mut crls) = (renewed.certificates.into_iter(), renewed.crls.into_iter());
    for key in LISTS {
        replace(json.get_mut(key), &Kind::Certificate, "CERTIFICATE", &mut certificates);
    }
    replace(json.get_mut("crls"), &Kind::Crl, "X509 CRL", &mut crls);
    let mut hosts = renewed.hosts.into_iter();
    visit_hosts(json, &mut |h| *h = hosts.next().unwrap_or_default());
    if let Some(key) = json.get_mut("peer_certificate_key") {
        *key = Value::Null;
    }
    Ok(())
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(s)) => vec![s],
        Some(Value::Array(a)) => a.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn replace(value: Option<&mut Value>, kind: &Kind, label: &str, new: &mut dyn Iterator<Item = Vec<u8>>) {
    let mut one = |text: &mut String| {
        let made: String = ders(text, kind).iter().filter_map(|_| Some(pem::encode(label, &new.next()?))).collect();
        if !made.is_empty() {
            *text = made;
        }
    };
    match value {
        Some(Value::String(s)) => one(s),
        Some(Value::Array(a)) => a.iter_mut().for_each(|v| {
            if let Value::String(s) = v {
                one(s);
            }
        }),
        _ => {}
    }
}

fn visit_hosts(json: &mut Value, with: &mut dyn FnMut(&mut String)) {
    let mut one = |name: &mut Value| {
        if let Some(Value::String(s)) = name.get_mut("value") {
            with(s);
        }
    };
    if let Some(name) = json.get_mut("expected_peer_name") {
        one(name);
    }
    if let Some(names) = json.get_mut("expected_peer_names").and_then(Value::as_array_mut) {
        names.iter_mut().for_each(one);
    }
}

/// `ID.chain.pem` and `ID.roots.pem` in any folder; the host stands in a TOML file under `[[case]]`.
fn verifiers(renewer: &mut Renewer, files: &[PathBuf], target: &dyn Fn(&Path) -> PathBuf) -> anyhow::Result<()> {
    let mut tables: Vec<(&PathBuf, String)> = Vec::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "toml")) {
        tables.push((file, std::fs::read_to_string(file)?));
    }
    let mut hosts: BTreeMap<String, String> = BTreeMap::new();
    for (_, text) in &tables {
        host_lines(text, &mut |id, host| {
            hosts.insert(id.to_owned(), host.to_owned());
            None
        });
    }
    let mut cases: BTreeMap<String, Vec<&PathBuf>> = BTreeMap::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match name.strip_suffix(".chain.pem").or_else(|| name.strip_suffix(".roots.pem")) {
            Some(id) => cases.entry(id.to_owned()).or_default().push(file),
            None if name.ends_with(".toml") => {}
            None => put(&target(file), &std::fs::read(file)?)?,
        }
    }
    let mut renamed = Renamed::new();
    for (id, files) in &cases {
        let mut case = Case { hosts: hosts.get(id).into_iter().cloned().collect(), ..Case::default() };
        let mut counts = Vec::new();
        for file in files {
            let read = ders(&std::fs::read_to_string(file)?, &Kind::Certificate);
            counts.push(read.len());
            case.certificates.extend(read);
        }
        let renewed = renewer.renew(id, &case)?;
        let mut made = renewed.certificates.iter();
        for (file, count) in files.iter().zip(counts) {
            let text: String = made.by_ref().take(count).map(|c| pem::encode("CERTIFICATE", c)).collect();
            put(&target(file), text.as_bytes())?;
        }
        if let Some(host) = renewed.hosts.into_iter().next() {
            renamed.insert(id.clone(), (host, renewed.renamed));
        }
    }
    for (file, text) in &tables {
        put(&target(file), renamed_facts(text, &renamed).as_bytes())?;
    }
    Ok(())
}

/// By case: the new host, and names with what stands in their place.
type Renamed = BTreeMap<String, (String, Vec<(String, String)>)>;

/// The facts with the new hosts, and with the new names in what clients said.
fn renamed_facts(text: &str, renamed: &Renamed) -> String {
    let hosts = host_lines(text, &mut |id, _| renamed.get(id).map(|(host, _)| host.clone()));
    let mut out = String::with_capacity(hosts.len());
    let mut id = String::new();
    for line in hosts.split_inclusive('\n') {
        if let Some(v) = line.trim_end().strip_prefix("id = \"").and_then(|v| v.strip_suffix('"')) {
            v.clone_into(&mut id);
        } else if line.starts_with('[') {
            id.clear();
        }
        match (line.find("error = "), renamed.get(&id)) {
            (Some(at), Some((_, names))) => {
                let (head, said) = line.split_at(at);
                let (said, tail) = said.rfind("\" }").map_or((said, ""), |end| said.split_at(end));
                out.push_str(head);
                out.push_str(&cut_anew(&said_anew(said, names), names));
                out.push_str(tail);
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// Goes through the `host` lines of the cases; gives the text with those hosts replaced for which there is another.
fn host_lines(text: &str, with: &mut dyn FnMut(&str, &str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut id = String::new();
    for line in text.split_inclusive('\n') {
        let quoted = |key: &str| line.trim_end().strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"');
        if line.starts_with('[') {
            id.clear();
        } else if let Some(v) = quoted("id") {
            v.clone_into(&mut id);
        }
        match quoted("host").filter(|_| !id.is_empty()).and_then(|h| with(&id, h)) {
            Some(new) => out.push_str(&format!("host = \"{new}\"\n")),
            None => out.push_str(line),
        }
    }
    out
}

/// A message with other names in it; what was replaced once is not looked at again. A word that is no DNS name counts
/// only in brackets or quotes.
fn said_anew(said: &str, names: &[(String, String)]) -> String {
    let forms = |(old, new): &(String, String)| {
        let plain = (old.len() > 3 && old.contains('.')).then(|| (old.clone(), new.clone()));
        let enclosed = [("(", ")"), ("\\\"", "\\\""), ("'", "'"), ("=", ",")]
            .map(|(a, b)| (format!("{a}{old}{b}"), format!("{a}{new}{b}")));
        plain.into_iter().chain(enclosed)
    };
    let Some((old, new)) = names.iter().flat_map(forms).find(|(old, _)| said.contains(old.as_str())) else {
        return said.to_owned();
    };
    let parts: Vec<String> = said.split(old.as_str()).map(|part| said_anew(part, names)).collect();
    parts.join(&new)
}

/// A long message that was cut off within a name, with as much of the other name.
fn cut_anew(said: &str, names: &[(String, String)]) -> String {
    if said.len() < 120 {
        return said.to_owned();
    }
    let cut = names.iter().filter(|(old, new)| old.contains('.') && old.len() == new.len()).find_map(|(old, new)| {
        let whole = |n: &usize| old.is_char_boundary(*n) && new.is_char_boundary(*n);
        let n = (4..old.len()).rev().filter(whole).find(|n| said.ends_with(&old[..*n]))?;
        Some(format!("{}{}", &said[..said.len() - n], &new[..n]))
    });
    cut.unwrap_or_else(|| said.to_owned())
}

/// All certificates and revocation lists of the suite are one case, since they issue one another.
fn pkits(renewer: &mut Renewer, files: &[PathBuf], target: &dyn Fn(&Path) -> PathBuf) -> anyhow::Result<()> {
    let mut case = Case::default();
    let (mut certificates, mut crls) = (Vec::new(), Vec::new());
    for file in files {
        let octets = std::fs::read(file).with_context(|| file.display().to_string())?;
        match file.extension().and_then(|e| e.to_str()) {
            Some("crt" | "cer") => {
                certificates.push(file);
                case.certificates.push(octets);
            }
            Some("crl") => {
                crls.push(file);
                case.crls.push(octets);
            }
            // pairs of cross certificates repeat what stands in the files of their own
            Some("cp") => {}
            _ => put(&target(file), &octets)?,
        }
    }
    let renewed = renewer.renew("pkits", &case)?;
    let made = certificates.iter().zip(&renewed.certificates).chain(crls.iter().zip(&renewed.crls));
    made.into_iter().try_for_each(|(file, octets)| put(&target(file), octets))
}
