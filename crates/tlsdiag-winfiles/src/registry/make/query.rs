//! What `reg query` prints, with any words where Windows translates.
use super::{MadeKey, MadeValue};
use crate::registry::model::{Kind, utf16_text};

/// The output of `reg query PATH /s` for a key at `path`; `default` is the translated name of the default value, `(Default)`.
pub fn recursive(path: &str, key: &MadeKey, default: &str) -> String {
    let mut out = String::new();
    key.visit(&mut |below, key| {
        let at = if below.is_empty() { path.to_owned() } else { format!("{path}\\{below}") };
        out.push_str(&format!("\r\n{at}\r\n"));
        values(key, default, &mut out);
    });
    out.push_str("\r\n");
    out
}

/// The output of `reg query PATH`: the values of the key, then the names of those below.
pub fn plain(path: &str, key: &MadeKey, default: &str) -> String {
    let mut out = format!("\r\n{path}\r\n");
    values(key, default, &mut out);
    out.push_str("\r\n");
    for child in key.sorted() {
        out.push_str(&format!("{path}\\{}\r\n", child.name));
    }
    out.push_str("\r\n");
    out
}

fn values(key: &MadeKey, default: &str, out: &mut String) {
    let (unnamed, named): (Vec<_>, Vec<_>) = key.values.iter().partition(|value| value.name.is_empty());
    for value in unnamed.into_iter().chain(named) {
        let name = if value.name.is_empty() { default } else { &value.name };
        let kind = value.kind.name().map_or_else(|| "REG_NONE".to_owned(), str::to_owned);
        out.push_str(&format!("    {name}    {kind}    {}\r\n", data(value)));
    }
}

fn data(value: &MadeValue) -> String {
    let units: Vec<u16> = value.data.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    match value.kind {
        Kind::DWORD => {
            value.data.first_chunk::<4>().map_or_else(String::new, |four| format!("0x{:x}", u32::from_le_bytes(*four)))
        }
        Kind::QWORD => {
            value.data.first_chunk::<8>().map_or_else(String::new, |b| format!("0x{:x}", u64::from_le_bytes(*b)))
        }
        Kind::MULTI_SZ => units
            .split(|unit| *unit == 0)
            .filter(|part| !part.is_empty())
            .map(String::from_utf16_lossy)
            .collect::<Vec<_>>()
            .join("\\0"),
        kind if kind.is_text() => utf16_text(&value.data),
        _ => value.data.iter().map(|byte| format!("{byte:02X}")).collect(),
    }
}
