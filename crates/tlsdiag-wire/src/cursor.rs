//! Reading and writing the presentation language of RFC 8446 section 3: big-endian numbers and length-prefixed vectors.

use crate::error::{EncodeError, ErrorKind, ParseError};

/// A bounded view of the input that knows its absolute offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn take(&mut self, n: usize, what: &'static str) -> Result<&'a [u8], ParseError> {
        match self.rest.split_at_checked(n) {
            Some((head, tail)) => {
                self.rest = tail;
                self.offset = self.offset.saturating_add(n as u64);
                Ok(head)
            }
            None => Err(ParseError::truncated(self.offset, what, n as u64, self.rest.len() as u64)),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ParseError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N, what)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, ParseError> {
        Ok(u8::from_be_bytes(self.array(what)?))
    }

    pub(crate) fn u16(&mut self, what: &'static str) -> Result<u16, ParseError> {
        Ok(u16::from_be_bytes(self.array(what)?))
    }

    pub(crate) fn u24(&mut self, what: &'static str) -> Result<u32, ParseError> {
        let [a, b, c] = self.array(what)?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, ParseError> {
        Ok(u32::from_be_bytes(self.array(what)?))
    }

    /// The next `n` bytes as a view of their own.
    pub(crate) fn sub(&mut self, n: usize, what: &'static str) -> Result<Cursor<'a>, ParseError> {
        let offset = self.offset;
        Ok(Cursor { rest: self.take(n, what)?, offset })
    }

    /// A vector with a one-byte length.
    pub(crate) fn vec8(&mut self, what: &'static str) -> Result<Cursor<'a>, ParseError> {
        let n = self.u8(what)?;
        self.sub(n.into(), what)
    }

    /// A vector with a two-byte length.
    pub(crate) fn vec16(&mut self, what: &'static str) -> Result<Cursor<'a>, ParseError> {
        let n = self.u16(what)?;
        self.sub(n.into(), what)
    }

    /// A vector with a three-byte length.
    pub(crate) fn vec24(&mut self, what: &'static str) -> Result<Cursor<'a>, ParseError> {
        let n = self.u24(what)?;
        self.sub(n as usize, what)
    }

    /// The rest as two-byte numbers; an odd length is malformed.
    pub(crate) fn u16s<T: From<u16>>(self, what: &'static str) -> Result<Vec<T>, ParseError> {
        let (pairs, odd) = self.rest.as_chunks::<2>();
        if !odd.is_empty() {
            return Err(ParseError::malformed(self.offset, what, "an even length", self.rest.len() as u64));
        }
        Ok(pairs.iter().map(|pair| T::from(u16::from_be_bytes(*pair))).collect())
    }

    pub(crate) fn finish(self, what: &'static str) -> Result<(), ParseError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(ParseError { offset: self.offset, what, kind: ErrorKind::Trailing { left: self.rest.len() as u64 } })
    }
}

/// How many bytes a length prefix has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    One,
    Two,
    Three,
}

impl Prefix {
    fn width(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    fn max(self) -> usize {
        (1 << (8 * self.width())) - 1
    }
}

/// Appends what `fill` writes, preceded by its length.
pub(crate) fn prefixed(
    out: &mut Vec<u8>,
    prefix: Prefix,
    what: &'static str,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let width = prefix.width();
    out.resize(start + width, 0);
    fill(out)?;
    let len = out.len() - start - width;
    if len > prefix.max() {
        return Err(EncodeError { what, len, max: prefix.max() });
    }
    let bytes = (len as u32).to_be_bytes();
    for (slot, byte) in out.iter_mut().skip(start).zip(bytes.iter().skip(4 - width)) {
        *slot = *byte;
    }
    Ok(())
}

/// Appends `bytes`, preceded by their length.
pub(crate) fn put(out: &mut Vec<u8>, prefix: Prefix, what: &'static str, bytes: &[u8]) -> Result<(), EncodeError> {
    prefixed(out, prefix, what, |out| {
        out.extend_from_slice(bytes);
        Ok(())
    })
}

/// Appends two-byte numbers, preceded by their length in bytes.
pub(crate) fn put_u16s(
    out: &mut Vec<u8>,
    prefix: Prefix,
    what: &'static str,
    numbers: impl IntoIterator<Item = u16>,
) -> Result<(), EncodeError> {
    prefixed(out, prefix, what, |out| {
        for number in numbers {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(())
    })
}
