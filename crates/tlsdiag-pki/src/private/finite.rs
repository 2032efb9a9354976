//! DSA and Diffie-Hellman keys: y = g^x mod p.

use super::KeyFault;
use super::numbers::{Number, unsigned};
use super::rsa::positive;
use crate::curve::bit_len;
use crate::der::{Reader, Result, Tag};
use crate::writer;

/// Bits of the largest p that is computed with, since a power takes the third power of it; groups in use end at 8192.
const MAX_BITS: usize = 8_192;

/// OpenSSL's `DSA PRIVATE KEY`: version, p, q, g, y, x.
pub(super) struct DsaNumbers<'a> {
    pub(super) p: &'a [u8],
    pub(super) q: &'a [u8],
    pub(super) g: &'a [u8],
    pub(super) y: &'a [u8],
    pub(super) x: &'a [u8],
}

/// Reads that form.
pub(super) fn read_dsa<'a>(der: &'a [u8], faults: &mut Vec<KeyFault>) -> Result<DsaNumbers<'a>> {
    let mut r = Reader::new(der).expect(Tag::SEQUENCE, "DSAPrivateKey")?.reader();
    r.expect(Tag::INTEGER, "version of DSAPrivateKey")?;
    let mut numbers = [&[][..]; 5];
    for (slot, name) in numbers.iter_mut().zip(["p", "q", "g", "public key y", "private key x"]) {
        *slot = unsigned(&mut r, name, faults)?;
    }
    let [p, q, g, y, x] = numbers;
    Ok(DsaNumbers { p, q, g, y, x })
}

/// The DER of the public INTEGER y for DSA or Diffie-Hellman parameters (p and g; DSA and X9.42 have q between or
/// after), and what is wrong. `None` without parameters.
pub(super) fn public(
    parameters: Reader<'_>,
    dsa: bool,
    x: &[u8],
    stored: Option<&[u8]>,
    faults: &mut Vec<KeyFault>,
) -> Option<Vec<u8>> {
    let mut r = parameters;
    let p = unsigned(&mut r, "p", faults).ok()?;
    let second = unsigned(&mut r, if dsa { "q" } else { "g" }, faults).ok()?;
    let g = if dsa { unsigned(&mut r, "g", faults).ok()? } else { second };
    let bits = bit_len(p);
    if bits > MAX_BITS || bit_len(x) > MAX_BITS {
        faults.push(KeyFault::TooLarge(bits.max(bit_len(x))));
        return None;
    }
    let below = |a: &[u8], b: &[u8]| (a.len(), a) < (b.len(), b);
    if bit_len(x) == 0 || !below(x, if dsa { second } else { p }) {
        faults.push(KeyFault::ScalarOutOfRange);
    }
    let y = Number::new(x).power_of(g, p)?;
    if stored.is_some_and(|stored| stored != y) {
        faults.push(KeyFault::PublicDiffers);
    }
    Some(positive(&y))
}

/// Dss-Parms (RFC 3279 2.3.2).
pub(super) fn dss_parameters(n: &DsaNumbers<'_>) -> Vec<u8> {
    writer::sequence(&[positive(n.p), positive(n.q), positive(n.g)])
}
