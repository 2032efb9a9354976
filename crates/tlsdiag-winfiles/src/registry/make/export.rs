//! Exports (.reg) in each version and encoding, as `reg export` writes them.
use super::{MadeKey, MadeValue};
use crate::registry::model::{Kind, utf16_bytes, utf16_text};
use encoding_rs::Encoding;

/// How an export is encoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// Version 5, UTF-16LE with a mark, as `reg export` writes.
    Five,
    /// Version 5, UTF-16BE, with a mark or without.
    FiveBig(bool),
    /// Version 5, UTF-16LE without a mark.
    FiveUnmarked,
    /// Version 5 as UTF-8, with a mark or without.
    FiveUtf8(bool),
    /// REGEDIT4 in a code page.
    Four(&'static Encoding),
}

/// The export of a key that stands at `path` (`HKEY_LOCAL_MACHINE\…`, its own name included).
pub fn export(path: &str, key: &MadeKey, form: Form) -> Vec<u8> {
    encode(&text(path, key, form), form)
}

/// The same as text, lines ended by CR LF.
pub fn text(path: &str, key: &MadeKey, form: Form) -> String {
    let four = match form {
        Form::Four(encoding) => Some(encoding),
        _ => None,
    };
    let mut out = if four.is_some() {
        "REGEDIT4\r\n\r\n".to_owned()
    } else {
        "Windows Registry Editor Version 5.00\r\n\r\n".to_owned()
    };
    key.visit(&mut |below, key| {
        let at = if below.is_empty() { path.to_owned() } else { format!("{path}\\{below}") };
        out.push_str(&format!("[{at}]\r\n"));
        for value in &key.values {
            out.push_str(&line(value, four));
            out.push_str("\r\n");
        }
        out.push_str("\r\n");
    });
    out
}

/// Encodes a text.
pub fn encode(text: &str, form: Form) -> Vec<u8> {
    let little = || utf16_bytes(text);
    let big = || text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
    match form {
        Form::Five => marked(&[0xff, 0xfe], little()),
        Form::FiveUnmarked => little(),
        Form::FiveBig(true) => marked(&[0xfe, 0xff], big()),
        Form::FiveBig(false) => big(),
        Form::FiveUtf8(true) => marked(&[0xef, 0xbb, 0xbf], text.as_bytes().to_vec()),
        Form::FiveUtf8(false) => text.as_bytes().to_vec(),
        Form::Four(encoding) => encoding.encode(text).0.into_owned(),
    }
}

fn line(value: &MadeValue, four: Option<&'static Encoding>) -> String {
    let name = if value.name.is_empty() { "@".to_owned() } else { format!("\"{}\"", escape(&value.name)) };
    let plain = plain_text(&value.data);
    let data = match (value.kind, plain) {
        (Kind::SZ, Some(text)) => format!("\"{}\"", escape(&text)),
        (Kind::DWORD, _) if value.data.len() == 4 => {
            let number = value.data.first_chunk::<4>().map_or(0, |four| u32::from_le_bytes(*four));
            format!("dword:{number:08x}")
        }
        (Kind::BINARY, _) => hex("hex:", &value.data, name.len()),
        (kind, _) => {
            let bytes = match four {
                Some(encoding) if kind.is_text() => narrowed(&value.data, encoding),
                _ => value.data.clone(),
            };
            hex(&format!("hex({:x}):", kind.0), &bytes, name.len())
        }
    };
    format!("{name}={data}")
}

/// A text that can stand in quotes: ended by one NUL, and UTF-16 all through.
fn plain_text(data: &[u8]) -> Option<String> {
    let text = utf16_text(data);
    let mut whole = utf16_bytes(&text);
    whole.extend([0, 0]);
    (whole == data && !text.contains(['\r', '\n'])).then_some(text)
}

fn narrowed(data: &[u8], encoding: &'static Encoding) -> Vec<u8> {
    let units: Vec<u16> = data.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    encoding.encode(&String::from_utf16_lossy(&units)).0.into_owned()
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Bytes with lines broken as the registry editor does.
fn hex(head: &str, data: &[u8], before: usize) -> String {
    let mut out = head.to_owned();
    let mut column = before.saturating_add(head.len()).saturating_add(1);
    let last = data.len().saturating_sub(1);
    for (index, byte) in data.iter().enumerate() {
        out.push_str(&format!("{byte:02x}"));
        column = column.saturating_add(3);
        if index < last {
            out.push(',');
            if column > 76 {
                out.push_str("\\\r\n  ");
                column = 2;
            }
        }
    }
    out
}
