//! Text that is no PEM: base64 without armour, in UTF-8 or in the UTF-16 of Windows editors; and the names of things that
//! are none of ours.

use crate::pem::{PemError, PemFault};
use std::borrow::Cow;

/// The octets as UTF-8 without a byte order mark, if they are UTF-16 or have one.
pub(super) fn readable(input: &[u8]) -> Cow<'_, [u8]> {
    match utf16(input) {
        Some(text) => Cow::Owned(text.into_bytes()),
        None => Cow::Borrowed(input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input)),
    }
}

fn utf16(input: &[u8]) -> Option<String> {
    let (big, rest) = match input {
        [0xff, 0xfe, rest @ ..] => (false, rest),
        [0xfe, 0xff, rest @ ..] => (true, rest),
        // no byte order mark: `MI` with a zero on one side
        [0, b'M', 0, b'I', ..] => (true, input),
        [b'M', 0, b'I', 0, ..] => (false, input),
        _ => return None,
    };
    let units: Vec<u16> = rest
        .chunks_exact(2)
        .map(|c| match c {
            [a, b] if big => u16::from_be_bytes([*a, *b]),
            [a, b] => u16::from_le_bytes([*a, *b]),
            _ => 0,
        })
        .collect();
    Some(String::from_utf16_lossy(&units))
}

/// Base64 without BEGIN and END, if the text is nothing else. An error says where it stops being base64, and is given
/// only for text that surely was meant to be.
pub(super) fn bare_base64(input: &[u8]) -> Option<Result<Vec<u8>, PemError>> {
    let start = input.iter().position(|b| !b.is_ascii_whitespace())?;
    let text = input.get(start..)?.trim_ascii();
    // The first octets of DER, of JKS and of PEM in base64 once more.
    let promising = [&b"MI"[..], b"ME", b"MF", b"MH", b"MG", b"/u3+7Q", b"zs7Ozg", b"LS0tLS1CRUdJTi"];
    if !promising.iter().any(|p| text.starts_with(p)) || text.len() < 16 {
        return None;
    }
    match crate::base64::decode(text) {
        Ok(octets) => Some(Ok(octets)),
        Err(at) => {
            let word = text.iter().take(48).all(|b| b.is_ascii_alphanumeric() || b"+/=\r\n".contains(b));
            let offset = start.saturating_add(at);
            let before = input.get(..offset).unwrap_or(input);
            let line = before.iter().filter(|b| **b == b'\n').count().saturating_add(1);
            word.then_some(Err(PemError { offset, line, fault: PemFault::Base64 }))
        }
    }
}

/// Files that end up in the place of certificates and keys, by their first octets.
const NAMED: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "a Microsoft compound document"),
    (b"SQLite format 3", "an SQLite database, such as cert9.db and key4.db of NSS"),
    (b"\x00\x06\x15\x61", "a Berkeley database, such as cert8.db and key3.db of NSS"),
    (b"\x61\x15\x06\x00", "a Berkeley database, such as cert8.db and key3.db of NSS"),
    (b"kych", "a keychain of macOS"),
    (b"regf", "a registry hive"),
    (b"PuTTY-User-Key-File", "a PuTTY private key"),
    (b"ssh-", "an SSH public key"),
    (b"ecdsa-sha2-", "an SSH public key"),
    (b"sk-ssh-", "an SSH public key"),
    (b"sk-ecdsa-", "an SSH public key"),
    (b"openssh-key-v1", "an OpenSSH private key without its armour"),
    (b"SSH PRIVATE KEY FILE FORMAT 1.1", "an SSH 1 private key"),
    (b"\x1e\xf1\xb5\xb0", "a Microsoft .pvk private key"),
    (b"\x07\x02\x00\x00", "a CryptoAPI PRIVATEKEYBLOB"),
    (b"\x06\x02\x00\x00", "a CryptoAPI PUBLICKEYBLOB"),
    (b"RSA2", "a CNG RSA private key blob"),
    (b"RSA3", "a CNG RSA private key blob"),
    (b"ECS2", "a CNG ECDSA private key blob"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
];

/// The name of a known format that is not read, by its first octets.
pub(super) fn named(input: &[u8]) -> Option<&'static str> {
    NAMED.iter().find(|(magic, _)| input.starts_with(magic)).map(|(_, name)| *name)
}

/// What octets look like that nothing else claims.
pub(super) fn looks(input: &[u8]) -> &'static str {
    let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input).trim_ascii();
    let lower: Vec<u8> = text.iter().take(4096).map(u8::to_ascii_lowercase).collect();
    let has = |needle: &[u8]| lower.windows(needle.len()).any(|w| w == needle);
    match text {
        _ if input.is_empty() => "the file is empty",
        [] => "nothing but white space",
        _ if input.iter().all(|b| *b == 0) => "nothing but zeros",
        _ if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") => "a web page",
        [b'<', ..] => "XML",
        [b'{' | b'[', ..] => "JSON",
        _ if has(b"begin ") && has(b"--") => "text with a BEGIN line that is damaged",
        _ if has(b"certificate:\n") || has(b"certificate:\r\n") => {
            "a certificate printed as text, without the certificate"
        }
        _ if std::str::from_utf8(input).is_ok() => "text",
        [0x30, ..] => "DER that is damaged at its start",
        _ => "binary data",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_with_and_without_mark() {
        let text = "MIIBAAAAAAAAAAAA\r\n";
        for big in [true, false] {
            let octets: Vec<u8> =
                text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect();
            let mark: [u8; 2] = if big { [0xfe, 0xff] } else { [0xff, 0xfe] };
            for input in [octets.clone(), [&mark[..], &octets].concat()] {
                assert_eq!(readable(&input).as_ref(), text.as_bytes());
            }
        }
    }

    #[test]
    fn base64_says_where_it_ends() {
        let whole = bare_base64(b"  MIIBAAAAAAAAAAAA\n").unwrap().unwrap();
        assert_eq!(whole, [0x30, 0x82, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let damaged = bare_base64(b"MIIBAAAAAAAAAAAA\nMIIBAAAAAAAAAAAAMIIBAAAAAAAAAAAA\nAA*A").unwrap().unwrap_err();
        assert_eq!((damaged.line, damaged.fault), (3, PemFault::Base64));
        assert_eq!(bare_base64(b"More than this is a sentence."), None);
    }
}
