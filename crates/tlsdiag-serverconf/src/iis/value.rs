//! A value as it stands: read, or kept as text when its shape is wrong.

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<T> {
    /// It has the shape that it must have.
    Is(T),
    /// It has not; this is what stands there.
    Damaged(String),
}

impl<T> Value<T> {
    /// The value, if it is sound.
    #[must_use]
    pub const fn sound(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Damaged(_) => None,
        }
    }
}

/// Characters kept of one value.
pub(super) const MAX_VALUE: usize = 2048;

/// At most [`MAX_VALUE`] characters.
pub(super) fn kept(raw: &str) -> String {
    raw.chars().take(MAX_VALUE).collect()
}

/// `true`, `false`, and the digits that the configuration system takes for them.
pub(super) fn boolean(raw: &str) -> Value<bool> {
    match raw.trim() {
        text if text.eq_ignore_ascii_case("true") || text == "1" => Value::Is(true),
        text if text.eq_ignore_ascii_case("false") || text == "0" => Value::Is(false),
        _ => Value::Damaged(kept(raw)),
    }
}

/// A number, decimal or `0x`.
pub(super) fn number(raw: &str) -> Value<u32> {
    let text = raw.trim();
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    parsed.map_or_else(|_| Value::Damaged(kept(raw)), Value::Is)
}

/// A certificate hash as 40 or 64 hex digits.
pub(super) fn hash(raw: &str) -> Value<Vec<u8>> {
    let text = raw.trim();
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().filter(|_| pair.len() == 2).and_then(hex_pair))
        .collect();
    match bytes {
        Some(bytes) if matches!(bytes.len(), 20 | 32) => Value::Is(bytes),
        _ => Value::Damaged(kept(raw)),
    }
}

fn hex_pair(pair: &str) -> Option<u8> {
    pair.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(pair, 16).ok()).flatten()
}

/// Base64 with or without line breaks; nothing for anything else.
pub(super) fn base64(raw: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held, mut padding) = (0_u32, 0_u32, 0_u32);
    for byte in raw.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = (bits << 6) | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    (held < 6 && padding <= 2 && bits == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_a_hash() {
        assert_eq!(base64("AAECAwQFBgcICQoLDA0ODxAREhM="), Some((0..20).collect()));
        assert_eq!(base64("AAEC\r\n AwQ="), Some(vec![0, 1, 2, 3, 4]));
        for wrong in ["A", "AA=A", "AA?=", "AB=="] {
            assert_eq!(base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hashes_are_whole_or_damaged() {
        assert_eq!(hash(&"Ab".repeat(20)), Value::Is(vec![0xab; 20]));
        assert_eq!(hash(&"ab".repeat(19)), Value::Damaged("ab".repeat(19)));
        assert_eq!(hash("+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1"), Value::Damaged("+1".repeat(20)));
    }
}
