//! Base64 that says where it is damaged (RFC 4648 4).

use zeroize::Zeroizing;

/// Decodes, ignoring white space. `Err` holds the offset of the first octet that cannot be.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut decoder = Decoder::default();
    for (i, b) in text.iter().enumerate() {
        if !matches!(b, b' ' | b'\t' | b'\r' | b'\n') && !decoder.push(*b) {
            return Err(i);
        }
    }
    match decoder.finish() {
        Some(mut out) => Ok(std::mem::take(&mut *out.octets)),
        None => Err(text.len()),
    }
}

/// Decodes character by character; what was decoded is wiped when it is dropped, since it may be a key.
#[derive(Default)]
pub(crate) struct Decoder {
    out: Zeroizing<Vec<u8>>,
    acc: u32,
    count: u8,
    padding: u8,
}

/// What was decoded.
pub(crate) struct Decoded {
    pub(crate) octets: Zeroizing<Vec<u8>>,
    /// Whether padding that RFC 4648 demands was left out.
    pub(crate) padding_missing: bool,
}

impl Decoder {
    /// Takes a character that is no white space; false where it cannot stand here.
    pub(crate) fn push(&mut self, character: u8) -> bool {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                self.padding = self.padding.saturating_add(1);
                return self.padding <= 2;
            }
            _ => return false,
        };
        if self.padding > 0 {
            return false;
        }
        self.acc = (self.acc << 6) | u32::from(value);
        self.count += 1;
        if self.count == 4 {
            self.grow();
            self.out.extend_from_slice(self.acc.to_be_bytes().get(1..).unwrap_or_default());
            (self.acc, self.count) = (0, 0);
        }
        true
    }

    /// The end; `None` where it comes in the middle of a group.
    pub(crate) fn finish(mut self) -> Option<Decoded> {
        let tail = match self.count {
            0 if self.padding == 0 => 0,
            2 if matches!(self.padding, 0 | 2) => 1,
            3 if matches!(self.padding, 0 | 1) => 2,
            _ => return None,
        };
        let bits = self.acc << (6 * (4 - u32::from(self.count)) % 24);
        self.grow();
        self.out.extend_from_slice(bits.to_be_bytes().get(1..1 + tail).unwrap_or_default());
        Some(Decoded { octets: self.out, padding_missing: tail != 0 && self.padding == 0 })
    }

    /// Grows by copying into a larger buffer and wiping the smaller: a plain `push` would leave copies behind.
    fn grow(&mut self) {
        if self.out.capacity() - self.out.len() < 3 {
            let mut larger = Zeroizing::new(Vec::with_capacity((self.out.capacity() * 2).max(3_072)));
            larger.extend_from_slice(&self.out);
            self.out = larger;
        }
    }
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
