//! ConvertTo-Json: one object or a list of them; a file that was cut keeps the objects before the cut.
use super::super::lines::Text;
use super::{Joined, MAX_RECORDS, Record};
use serde_json::Value;

/// Levels of nested objects that are flattened.
const DEPTH: usize = 8;

pub(super) fn read(text: &Text<'_>) -> Vec<Record> {
    let joined = Joined::of(text);
    let mut out = Vec::new();
    for (start, end) in objects(&joined.text) {
        if out.len() >= MAX_RECORDS {
            break;
        }
        let Some(Ok(value)) = joined.text.get(start..end).map(serde_json::from_str::<Value>) else { continue };
        let mut record = Record { line: joined.line(start), ..Record::default() };
        let line = record.line;
        flatten("", &value, DEPTH, &mut record, line);
        out.push(record);
    }
    out
}

/// Where the outermost objects of the text stand, those that are closed.
fn objects(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let (mut depth, mut start, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if depth > 0 => quoted = !quoted,
            _ if quoted => {}
            b'{' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    out.push((start, at + 1));
                }
            }
            _ => {}
        }
    }
    out
}

fn flatten(name: &str, value: &Value, depth: usize, into: &mut Record, line: u32) {
    match value {
        Value::Object(members) if depth > 0 => {
            for (key, member) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, member, depth - 1, into, line);
            }
        }
        Value::Array(items) if depth > 0 => items.iter().for_each(|item| flatten(name, item, depth - 1, into, line)),
        Value::String(text) => into.push(name, text, line),
        Value::Null => into.push(name, "", line),
        other => into.push(name, &other.to_string(), line),
    }
}
