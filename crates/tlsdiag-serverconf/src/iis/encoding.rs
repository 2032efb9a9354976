//! The bytes of a configuration file as text: by byte order mark, then by the encoding that the file declares.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Text, and the encoding whose bytes were partly bad.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) damaged: Option<&'static str>,
}

/// Decodes; what the encoding does not have becomes U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => without_mark(bytes),
    };
    let (text, used, damaged) = encoding.decode(bytes);
    Decoded { text: text.into_owned(), damaged: damaged.then(|| used.name()) }
}

fn without_mark(bytes: &[u8]) -> &'static Encoding {
    match bytes {
        [b'<', 0, ..] => UTF_16LE,
        [0, b'<', ..] => UTF_16BE,
        _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
        _ => declared(bytes).unwrap_or(UTF_8),
    }
}

/// `encoding="…"` of the XML declaration, if it stands in the first line as it must.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    const KEY: &[u8] = b"encoding=";
    let end = bytes.iter().take(256).position(|byte| *byte == b'>')?;
    let head = bytes.get(..end)?;
    let at = head.windows(KEY.len()).position(|window| window == KEY)?;
    let rest = head.get(at.checked_add(KEY.len())?..)?;
    let quote = *rest.first()?;
    let label = rest.get(1..)?.split(|byte| *byte == quote).next()?;
    let found = Encoding::for_label(label)?;
    // A declaration of UTF-16 in a file without a mark and with one byte per character is not true.
    (found != UTF_16LE && found != UTF_16BE).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_win_over_declarations() {
        let utf16: Vec<u8> = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><가/>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(decode(&utf16).text.ends_with("<가/>"));
        assert!(!decode(&utf16).text.starts_with('\u{feff}'), "the mark itself is no text");
        let big: Vec<u8> = "<나/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&big).text, "<나/>");
    }

    #[test]
    fn declared_code_page_is_used_when_the_bytes_are_not_utf8() {
        let mut bytes = b"<?xml version='1.0' encoding='euc-kr'?><a b='".to_vec();
        bytes.extend_from_slice(&[0xb0, 0xa1]);
        bytes.extend_from_slice(b"'/>");
        assert!(decode(&bytes).text.contains("b='가'"));
        let broken = decode(b"<a b='\xb0\xa1'/>");
        assert_eq!(broken.damaged, Some("UTF-8"));
    }
}
