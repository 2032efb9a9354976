//! IIS's own tool, `appcmd`: lists of sites, pools, applications and worker processes as lines, as `/text:*` and as XML.
//! Its words are not translated.
use super::binding::Span;
use super::damaged::clip;
use super::lines::{Line, Text, is_blank};
use super::shape;
use quick_xml::Reader;
use quick_xml::events::Event;

/// A binding of a site as IIS writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteBinding {
    /// `https`, `http`, `net.tcp`.
    pub protocol: String,
    /// `address:port:host`, where `*` is every address and an empty host every name.
    pub information: String,
    /// `sslFlags`, if it is printed.
    pub ssl_flags: Option<u32>,
}

/// Something of IIS that appcmd lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A site.
    Site {
        /// Its name.
        name: String,
        /// Its number.
        id: Option<u32>,
        /// Its bindings.
        bindings: Vec<SiteBinding>,
        /// `Started`, `Stopped`, `Unknown`.
        state: Option<String>,
    },
    /// An application pool.
    Pool {
        /// Its name.
        name: String,
        /// `Started`, `Stopped`.
        state: Option<String>,
    },
    /// A worker process.
    Worker {
        /// Its process id.
        pid: u32,
        /// Its application pool.
        pool: Option<String>,
    },
    /// Another object, such as an application or a virtual directory.
    Other {
        /// `APP`, `VDIR`.
        kind: String,
        /// Its name.
        name: String,
        /// What is printed of it, as keys and values.
        properties: Vec<(String, String)>,
    },
}

/// An object and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The object.
    pub object: Object,
    /// Lines of the file.
    pub lines: Span,
}

/// How sure it is that the text has a list of appcmd, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    if read(text).is_empty() { 0 } else { 95 }
}

/// Every object of a text.
#[must_use]
pub fn read(text: &Text<'_>) -> Vec<Listed> {
    let lines: Vec<Line<'_>> = text.filled().collect();
    let mut out = xml(&lines);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if let Some(object) = in_one_line(*line) {
            out.push(Listed { object, lines: Span::line(line.number) });
        } else if let Some((object, taken)) = in_full(lines.get(at..).unwrap_or_default()) {
            let last = lines.get(at + taken - 1).map_or(line.number, |line| line.number);
            out.push(Listed { object, lines: Span { first: line.number, last } });
            at += taken;
            continue;
        }
        at += 1;
    }
    out
}

const KINDS: &[&str] = &["SITE", "APPPOOL", "APP", "VDIR", "WP", "REQUEST", "BACKUP", "MODULE"];

/// `SITE "Default Web Site" (id:1,bindings:http/*:80:,https/*:443:,state:Started)`.
fn in_one_line(line: Line<'_>) -> Option<Object> {
    let (kind, rest) = line.trimmed().split_once(is_blank)?;
    let rest = rest.trim_start_matches(is_blank).strip_prefix('"')?;
    let (name, properties) = match rest.find("\" (") {
        Some(at) => (
            rest.get(..at)?,
            rest.get(at + 3..)?.trim_end_matches(is_blank).strip_suffix(')').unwrap_or(rest.get(at + 3..)?),
        ),
        None => (rest.trim_end_matches(is_blank).strip_suffix('"')?, ""),
    };
    KINDS.contains(&kind).then(|| object(kind, name, properties_of(properties)))
}

/// Keys and values between commas. Bindings hold commas and colons: a key is letters up to a colon, and `https/…` is none.
fn properties_of(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for part in text.split(',').take(4096) {
        let key =
            part.split_once(':').filter(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic()));
        match (key, out.last_mut()) {
            (Some((key, value)), _) => out.push((key.to_owned(), value.to_owned())),
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(part);
            }
            (None, None) => {}
        }
    }
    out
}

fn object(kind: &str, name: &str, properties: Vec<(String, String)>) -> Object {
    let get = |key: &str| properties.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str());
    match kind {
        "SITE" => Object::Site {
            name: clip(name),
            id: get("id").or_else(|| get("SITE.ID")).and_then(|id| id.parse().ok()),
            bindings: get("bindings").map(bindings).unwrap_or_default(),
            state: get("state").map(clip),
        },
        "APPPOOL" => Object::Pool { name: clip(name), state: get("state").map(clip) },
        "WP" => match shape::number(name).and_then(|pid| u32::try_from(pid).ok()) {
            Some(pid) => {
                let pool = get("applicationPool").or_else(|| get("APPPOOL.NAME"));
                Object::Worker { pid, pool: pool.map(clip) }
            }
            None => Object::Other { kind: kind.to_owned(), name: clip(name), properties },
        },
        _ => Object::Other { kind: kind.to_owned(), name: clip(name), properties },
    }
}

/// `http/*:80:,https/10.0.0.5:443:www.example.com`.
fn bindings(text: &str) -> Vec<SiteBinding> {
    let one = |text: &str| {
        let (protocol, information) = text.split_once('/')?;
        Some(SiteBinding { protocol: clip(protocol), information: clip(information), ssl_flags: None })
    };
    text.split(',').filter_map(one).collect()
}

/// The output of `/text:*`: a line with the kind only, indented `KEY:"value"` lines and `[section]` lines.
fn in_full(lines: &[Line<'_>]) -> Option<(Object, usize)> {
    let first = lines.first()?;
    let kind = first.text.trim_matches(is_blank);
    if first.indent() != 0 || !KINDS.contains(&kind) {
        return None;
    }
    let body = lines.get(1..)?;
    let end = body.iter().position(|line| line.indent() == 0).unwrap_or(body.len());
    let body = body.get(..end)?;
    let mut properties: Vec<(String, String)> = Vec::new();
    let mut found: Vec<SiteBinding> = Vec::new();
    let mut section = "";
    for line in body {
        let text = line.trimmed();
        if let Some(name) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            section = name;
            if name == "binding" {
                found.push(SiteBinding { protocol: String::new(), information: String::new(), ssl_flags: None });
            }
            continue;
        }
        let Some((key, value)) = text.split_once(':') else { continue };
        let value = shape::unquoted(value);
        match (section, found.last_mut(), key) {
            ("binding", Some(binding), "protocol") => binding.protocol = clip(value),
            ("binding", Some(binding), "bindingInformation") => binding.information = clip(value),
            ("binding", Some(binding), "sslFlags") => binding.ssl_flags = value.parse().ok(),
            _ => properties.push((key.to_owned(), value.to_owned())),
        }
    }
    let name_key = format!("{kind}.NAME");
    let name = properties
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(&name_key) || (*kind == *"APPPOOL" && key == "APPPOOL.NAME"));
    let name = name.map(|(_, value)| value.clone())?;
    let mut out = object(kind, &name, properties);
    if let Object::Site { bindings, .. } = &mut out
        && !found.is_empty()
    {
        *bindings = found;
    }
    Some((out, end + 1))
}

/// The output of `/xml`: `<appcmd><SITE SITE.NAME="…" SITE.ID="1" bindings="…" state="Started" /></appcmd>`.
fn xml(lines: &[Line<'_>]) -> Vec<Listed> {
    let Some(start) = lines.iter().position(|line| line.text.contains("<appcmd")) else { return Vec::new() };
    let lines = lines.get(start..).unwrap_or_default();
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Vec::new() };
    let text: String = lines.iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
    let mut reader = Reader::from_str(&text);
    let mut out = Vec::new();
    let at = |offset: u64| {
        let before = text.as_bytes().get(..usize::try_from(offset).unwrap_or(0)).unwrap_or_default();
        let line = before.iter().filter(|o| **o == b'\n').count();
        lines.get(line).map_or(last.number, |line| line.number)
    };
    let mut total = first.number;
    while let Ok(event) = reader.read_event() {
        let element = match event {
            Event::Start(element) | Event::Empty(element) => element,
            Event::Eof => break,
            _ => continue,
        };
        let kind = String::from_utf8_lossy(element.name().as_ref()).into_owned();
        if !KINDS.contains(&kind.as_str()) {
            continue;
        }
        let properties: Vec<(String, String)> = element
            .attributes()
            .flatten()
            .map(|a| {
                (
                    String::from_utf8_lossy(a.key.as_ref()).into_owned(),
                    a.unescape_value().unwrap_or_default().into_owned(),
                )
            })
            .collect();
        let name_key = format!("{kind}.NAME");
        let name =
            properties.iter().find(|(key, _)| *key == name_key).map(|(_, value)| value.clone()).unwrap_or_default();
        if out.len() < 4096 {
            total = at(reader.buffer_position());
        }
        out.push(Listed { object: object(&kind, &name, properties), lines: Span::line(total) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_pools_and_workers_in_lines() {
        let text = "SITE \"A (b), c\" (id:2,bindings:https/10.0.0.5:8443:,https/*:9443:sni.example.com,http/[::1]:80:,state:Started)\nAPPPOOL \"P\" (MgdVersion:v4.0,MgdMode:Integrated,state:Stopped)\nWP \"4242\" (applicationPool:P)\nAPP \"A/\" (applicationPool:P)\n";
        let all = read(&Text::new(text));
        assert_eq!(all.len(), 4);
        let Object::Site { name, id, bindings, state } = &all[0].object else { panic!() };
        assert_eq!((name.as_str(), *id, bindings.len(), state.as_deref()), ("A (b), c", Some(2), 3, Some("Started")));
        assert_eq!(
            (bindings[1].protocol.as_str(), bindings[1].information.as_str()),
            ("https", "*:9443:sni.example.com")
        );
        assert_eq!(all[1].object, Object::Pool { name: "P".to_owned(), state: Some("Stopped".to_owned()) });
        assert_eq!(all[2].object, Object::Worker { pid: 4242, pool: Some("P".to_owned()) });
    }

    #[test]
    fn a_site_in_full_and_as_xml() {
        let text = "SITE\n  SITE.NAME:\"Default Web Site\"\n  SITE.ID:\"1\"\n  bindings:\"https/*:443:\"\n  state:\"Started\"\n  [site]\n    name:\"Default Web Site\"\n    [bindings]\n      [binding]\n        protocol:\"https\"\n        bindingInformation:\"*:443:www.example.com\"\n        sslFlags:\"33\"\n";
        let all = read(&Text::new(text));
        let [Listed { object: Object::Site { id: Some(1), bindings, .. }, lines }] = all.as_slice() else {
            panic!("{all:?}")
        };
        assert_eq!((bindings.len(), bindings[0].ssl_flags, *lines), (1, Some(33), Span { first: 1, last: 12 }));
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<appcmd>\n    <SITE SITE.NAME=\"a&amp;b\" SITE.ID=\"7\" bindings=\"https/*:443:\" state=\"Stopped\" />\n";
        let all = read(&Text::new(xml));
        let [Listed { object: Object::Site { name, id: Some(7), .. }, lines }] = all.as_slice() else {
            panic!("{all:?}")
        };
        assert_eq!((name.as_str(), lines.first), ("a&b", 3));
    }
}
