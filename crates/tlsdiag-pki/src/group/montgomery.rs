//! X25519 and X448: the public value of a private key (RFC 7748 5).

use super::field::{Element, Field, assign, bits};
use zeroize::Zeroizing;

/// One of the two functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ladder {
    /// X25519
    X25519,
    /// X448
    X448,
}

impl Ladder {
    /// The public value of a private key, both little endian; `None` where the length is wrong.
    pub(crate) fn public(self, private: &[u8]) -> Option<Vec<u8>> {
        let (modulus, len, a24, base) = match self {
            Ladder::X25519 => (modulus_25519(), 32, [0x01, 0xdb, 0x41], 9),
            Ladder::X448 => (super::ed448::modulus(), 56, [0x00, 0x98, 0xa9], 5),
        };
        let mut scalar = Zeroizing::new(private.to_vec());
        if scalar.len() != len {
            return None;
        }
        scalar.reverse();
        let (clear, set) = if self == Ladder::X25519 { (0xf8, 0x40) } else { (0xfc, 0x80) };
        if let Some(last) = scalar.last_mut() {
            *last &= clear;
        }
        if let Some(first) = scalar.first_mut() {
            *first = (*first & 0x7f & (set | (set - 1) | 0x80)) | set;
        }
        let field = Field::new(&modulus)?;
        let x1 = field.small(base);
        let a24 = field.element(&a24)?;
        let (mut x2, mut z2, mut x3, mut z3) = (field.one(), field.zero(), x1.clone(), field.one());
        for bit in bits(&scalar) {
            swap(&mut x2, &mut x3, bit);
            swap(&mut z2, &mut z3, bit);
            let (a, b) = (&x2 + &z2, &x2 - &z2);
            let (aa, bb) = (a.square(), b.square());
            let e = &aa - &bb;
            let (da, cb) = (&(&x3 - &z3) * &a, &(&x3 + &z3) * &b);
            x3 = (&da + &cb).square();
            z3 = &x1 * &(&da - &cb).square();
            x2 = &aa * &bb;
            z2 = &e * &(&aa + &(&a24 * &e));
            swap(&mut x2, &mut x3, bit);
            swap(&mut z2, &mut z3, bit);
        }
        let mut out = field.octets(&(&x2 * &field.invert(&z2)?));
        out.reverse();
        Some(out)
    }
}

/// 2^255 - 19
fn modulus_25519() -> Vec<u8> {
    let mut p = vec![0xff; 32];
    p[0] = 0x7f;
    p[31] = 0xed;
    p
}

fn swap(a: &mut Element, b: &mut Element, choice: crypto_bigint::Choice) {
    let was = a.clone();
    assign(a, b, choice);
    assign(b, &was, choice);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_rfc_7748() {
        let hex = |s: &str| -> Vec<u8> {
            (0..s.len()).step_by(2).map(|i| u8::from_str_radix(&s[i..i + 2], 16).unwrap()).collect()
        };
        // RFC 7748 6.1 and 6.2: Bob's keys
        let bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        assert_eq!(
            Ladder::X25519.public(&bob).unwrap(),
            hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        );
        let bob = hex(
            "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b6\
             5173992d",
        );
        assert_eq!(
            Ladder::X448.public(&bob).unwrap(),
            hex(
                "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c6\
                 7bf33609"
            )
        );
        assert_eq!(Ladder::X448.public(&[1; 32]), None);
    }
}
