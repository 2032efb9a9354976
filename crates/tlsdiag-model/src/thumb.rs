//! A certificate's thumbprint as Windows tools name it.
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// Hash of a certificate's DER in lower-case hex: SHA-1 (40 digits), or SHA-256 (64 digits) where newer tools print that.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thumb(Arc<str>);

impl Thumb {
    /// Reads 40 or 64 hex digits, nothing else among them.
    pub fn from_hex(s: &str) -> Option<Thumb> {
        let fits = matches!(s.len(), 40 | 64) && s.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Thumb(s.to_ascii_lowercase().into()))
    }
    /// From the hash's octets: 20 or 32 of them.
    pub fn of_octets(octets: &[u8]) -> Option<Thumb> {
        let hex: String = octets.iter().map(|b| format!("{b:02x}")).collect();
        Thumb::from_hex(&hex)
    }
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The first eight digits, enough to tell two apart on a screen.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for Thumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Thumb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_or_sixty_four_digits() {
        let t = Thumb::from_hex("C09B416D6B08D615DB22064079D15638E96823AB").unwrap();
        assert_eq!(t.to_string(), "c09b416d6b08d615db22064079d15638e96823ab");
        assert_eq!(Thumb::of_octets(&[0xc0; 20]).unwrap().short(), "c0c0c0c0");
        assert_eq!(Thumb::from_hex("c09b416d6b08d615db22064079d15638e96823"), None);
        assert_eq!(Thumb::of_octets(&[]), None);
        assert!(Thumb::from_hex(&"a".repeat(64)).is_some());
    }
}
