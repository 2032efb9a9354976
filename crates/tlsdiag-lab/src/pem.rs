//! PEM (RFC 7468) of the lab's root.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A certificate as PEM text.
pub(crate) fn certificate(der: &[u8]) -> String {
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for place in 0..4 {
                let sextet = bits >> (18 - 6 * place) & 0x3f;
                let letter = usize::try_from(sextet).ok().and_then(|at| ALPHABET.get(at)).copied().unwrap_or(b'=');
                out.push(if place > group.len() { '=' } else { char::from(letter) });
            }
        }
        out.push('\n');
    }
    out.push_str("-----END CERTIFICATE-----\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_all_remainders() {
        for (bytes, text) in [(&b"M"[..], "TQ=="), (b"Ma", "TWE="), (b"Man", "TWFu"), (b"light w", "bGlnaHQgdw==")] {
            assert_eq!(certificate(bytes).lines().nth(1), Some(text));
        }
        assert_eq!(certificate(&[0; 100]).lines().nth(1).map(str::len), Some(64));
    }
}
