//! Passwords: kept as text, wiped when dropped, never printed; and who is asked for the next one.

use std::fmt;
use zeroize::Zeroizing;

/// A password as a person types it. Its octets depend on the scheme that uses it: UTF-8 for PKCS#5 (RFC 8018), UTF-16
/// big endian with a closing zero for PKCS#12 (RFC 7292 B.1), UTF-16 big endian for Java key stores.
#[derive(Clone)]
pub struct Password {
    text: Zeroizing<String>,
    absent: bool,
}

impl Password {
    /// From text.
    pub fn new(text: impl Into<String>) -> Password {
        Password { text: Zeroizing::new(text.into()), absent: false }
    }

    /// PKCS#12's "no password": no octets at all, where the empty password still has its closing zero.
    pub fn absent() -> Password {
        Password { text: Zeroizing::new(String::new()), absent: true }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether this is "no password" rather than a text.
    pub fn is_absent(&self) -> bool {
        self.absent
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The octets under one coding.
    pub fn octets(&self, coding: Coding) -> Zeroizing<Vec<u8>> {
        let utf16 = |close: bool| {
            let mut out = Vec::with_capacity(self.text.len().saturating_mul(2).saturating_add(2));
            out.extend(self.text.encode_utf16().flat_map(u16::to_be_bytes));
            if close {
                out.extend([0, 0]);
            }
            out
        };
        Zeroizing::new(match coding {
            _ if self.absent => Vec::new(),
            Coding::Utf8 => self.text.as_bytes().to_vec(),
            Coding::Bmp => utf16(true),
            Coding::Utf16 => utf16(false),
            Coding::WidenedUtf8 => self.text.bytes().flat_map(|b| [0, b]).chain([0, 0]).collect(),
            Coding::Latin1 => self.text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
        })
    }
}

/// Never shows the text.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.absent { "Password(absent)" } else { "Password(..)" })
    }
}

/// How the octets of a password are made of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// UTF-8: PKCS#5 and PBES2 (RFC 8018 3).
    Utf8,
    /// UTF-16 big endian and two zero octets: PKCS#12 (RFC 7292 B.1). Characters outside of the BMP become surrogates,
    /// as Windows and OpenSSL write them.
    Bmp,
    /// UTF-16 big endian without a closing zero: Java key stores.
    Utf16,
    /// Each octet of the UTF-8 text widened to two: OpenSSL before 1.1.0 wrote PKCS#12 so.
    WidenedUtf8,
    /// One octet per character: what a program of a Western code page handed to PKCS#5.
    Latin1,
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Coding::Utf8 => "UTF-8",
            Coding::Bmp => "BMPString",
            Coding::Utf16 => "UTF-16",
            Coding::WidenedUtf8 => "octets of UTF-8 widened to 16 bits",
            Coding::Latin1 => "ISO 8859-1",
        })
    }
}

/// What a password is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Where it stands: `line 12`, `bag 2`, `entry "tomcat"`; empty for the whole file.
    pub place: String,
    /// What it is: `private key`, `PKCS#12 file`, `Java key store`.
    pub what: &'static str,
    /// How many passwords have been handed out for it, from 0.
    pub attempt: usize,
}

/// Hands out passwords, one after the other, until it has no more.
pub trait Passwords {
    /// The next password for `what`; `what.attempt` says how many have been tried. `None` ends the trying.
    fn next(&mut self, what: &Locked) -> Option<Password>;
}

/// No password is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPasswords;

impl Passwords for NoPasswords {
    fn next(&mut self, _: &Locked) -> Option<Password> {
        None
    }
}

/// A list, tried from the first for each locked thing.
impl Passwords for Vec<Password> {
    fn next(&mut self, what: &Locked) -> Option<Password> {
        self.get(what.attempt).cloned()
    }
}

/// A given list first, then a question to a person, at most `times` for each locked thing.
pub struct GivenThenAsk<F> {
    /// Passwords known beforehand.
    pub given: Vec<Password>,
    /// Asks a person.
    pub ask: F,
    /// How often.
    pub times: usize,
}

impl<F: FnMut(&Locked) -> Option<Password>> Passwords for GivenThenAsk<F> {
    fn next(&mut self, what: &Locked) -> Option<Password> {
        match self.given.get(what.attempt) {
            Some(p) => Some(p.clone()),
            None if what.attempt < self.given.len().saturating_add(self.times) => (self.ask)(what),
            None => None,
        }
    }
}

impl<F> fmt::Debug for GivenThenAsk<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenThenAsk").field("given", &self.given.len()).field("times", &self.times).finish()
    }
}
