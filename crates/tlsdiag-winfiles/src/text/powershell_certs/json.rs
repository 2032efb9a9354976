//! Certificates as `ConvertTo-Json` writes them, with the octets that its lists of numbers hold.

use serde_json::Value;

use super::super::certutil::Hash;
use super::super::lines::Text;
use super::{DriveCertificate, MAX_LIST, base64, der, place_of, when};

/// Texts longer than this are not read as one JSON value.
const MAX_JSON: usize = 64 << 20;

/// Every object with a thumbprint; nothing if the text is no whole JSON.
pub(super) fn certificates(text: &Text<'_>) -> Option<Vec<DriveCertificate>> {
    let lines = || text.lines.iter().filter(|line| line.command().is_none());
    let first = lines().find(|line| !line.text.is_empty())?;
    if !first.trimmed().starts_with(['[', '{']) {
        return None;
    }
    let (mut joined, mut starts) = (String::new(), Vec::new());
    for line in lines() {
        starts.push((joined.len(), line.number));
        joined.push_str(line.text);
        joined.push('\n');
        if joined.len() > MAX_JSON {
            return None;
        }
    }
    let values: Value = serde_json::from_str(&joined).ok()?;
    let objects = match &values {
        Value::Array(objects) => objects.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut from = 0;
    let mut out = Vec::new();
    for object in objects {
        let Some(thumbprint) = object.get("Thumbprint").and_then(Value::as_str) else { continue };
        let at = joined
            .get(from..)
            .and_then(|rest| rest.find(&format!("\"{thumbprint}\"")))
            .map_or(from, |at| from.saturating_add(at));
        from = at;
        let line = starts
            .get(starts.partition_point(|(start, _)| *start <= at).saturating_sub(1))
            .map_or(1, |(_, line)| *line);
        out.push(one(object, thumbprint, line));
    }
    (!out.is_empty()).then_some(out)
}

fn one(object: &Value, thumbprint: &str, line: u32) -> DriveCertificate {
    let text = |name: &str| {
        let value = object.get(name)?;
        let value = value.as_str().or_else(|| value.get("Name")?.as_str())?;
        (!value.is_empty()).then(|| value.chars().take(2048).collect::<String>())
    };
    let time = |name: &str| {
        let value = object.get(name)?;
        // PowerShell 5 puts a property of its own round a date that was changed.
        when(value.as_str().or_else(|| value.get("value").or_else(|| value.get("DateTime"))?.as_str())?)
    };
    let list = |name: &str, member: &str| -> Option<Vec<String>> {
        let items = object.get(name)?.as_array()?;
        let found = items.iter().filter_map(|item| item.as_str().or_else(|| item.get(member)?.as_str()));
        Some(found.take(MAX_LIST).map(str::to_owned).collect())
    };
    let (location, store) =
        text("PSParentPath").or_else(|| text("PSPath")).map_or((None, None), |path| place_of(&path));
    let octets = match object.get("RawData") {
        Some(Value::Array(numbers)) => numbers
            .iter()
            .map(|number| number.as_u64().and_then(|number| u8::try_from(number).ok()))
            .collect::<Option<Vec<u8>>>(),
        Some(Value::String(text)) => base64(text),
        _ => None,
    };
    DriveCertificate {
        location,
        store,
        thumbprint: Hash::read(thumbprint, line),
        subject: text("Subject"),
        issuer: text("Issuer"),
        serial: text("SerialNumber"),
        not_before: time("NotBefore"),
        not_after: time("NotAfter"),
        has_private_key: object.get("HasPrivateKey").and_then(Value::as_bool),
        friendly_name: text("FriendlyName"),
        archived: object.get("Archived").and_then(Value::as_bool),
        usages: list("EnhancedKeyUsageList", "ObjectId"),
        dns_names: list("DnsNameList", "Punycode").unwrap_or_default(),
        der: octets.and_then(der),
        line,
    }
}
