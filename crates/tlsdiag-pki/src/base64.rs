//! Base64 that says where it is damaged (RFC 4648 4).

/// Decodes, ignoring white space. `Err` holds the offset of the first octet that cannot be.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut acc, mut count) = (0u32, 0u8);
    let mut padding = 0u8;
    for (i, b) in text.iter().enumerate() {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding = padding.saturating_add(1);
                if padding > 2 {
                    return Err(i);
                }
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return Err(i),
        };
        if padding > 0 {
            return Err(i);
        }
        acc = (acc << 6) | u32::from(value);
        count += 1;
        if count == 4 {
            out.extend_from_slice(acc.to_be_bytes().get(1..).unwrap_or_default());
            (acc, count) = (0, 0);
        }
    }
    let tail = match count {
        0 if padding == 0 => 0,
        2 if matches!(padding, 0 | 2) => 1,
        3 if matches!(padding, 0 | 1) => 2,
        _ => return Err(text.len()),
    };
    let bits = acc << (6 * (4 - u32::from(count)) % 24);
    out.extend_from_slice(bits.to_be_bytes().get(1..1 + tail).unwrap_or_default());
    Ok(out)
}

/// Encodes with padding, in lines of 64.
pub(crate) fn encode_lines(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for line in bytes.chunks(48) {
        for group in line.chunks(3) {
            let n = group.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - group.len()));
            for i in 0..4usize {
                if i > group.len() {
                    out.push('=');
                    continue;
                }
                let index = (n >> (18 - 6 * i)) & 63;
                out.push(ALPHABET.get(index as usize).map_or('A', |b| char::from(*b)));
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode_lines(plain.as_bytes()).trim_end(), coded);
            assert_eq!(decode(coded.as_bytes()), Ok(plain.as_bytes().to_vec()));
        }
        assert_eq!(decode(b"Zm9v!mFy"), Err(4));
        assert_eq!(decode(b"Zg==Zg=="), Err(4));
        assert_eq!(decode(b"Zm9vY"), Err(5));
        assert_eq!(decode(b"Zg"), Ok(b"f".to_vec()));
    }
}
