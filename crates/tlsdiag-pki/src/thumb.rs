//! A thumbprint as people paste it: with invisible characters, blanks, colons and prefixes, a digit dropped or doubled;
//! and which certificate it means, or nearly means.

use crate::certificate::{Certificate, hex};
use crate::der::strip_zeros;
use std::borrow::Borrow;
use std::fmt;

/// What a pasted text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// Which hash it is by its number of digits; `None`: no hash has that many.
    pub kind: Option<Kind>,
    /// Which hash a prefix such as `sha256 Fingerprint=` says that it is.
    pub named: Option<Kind>,
    /// The hex digits, lower case.
    pub digits: String,
    /// What is odd about the text, with where it stands.
    pub oddities: Vec<Oddity>,
}

/// A hash of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 32 digits
    Md5,
    /// 40 digits: what Windows calls the thumbprint
    Sha1,
    /// 64 digits
    Sha256,
    /// 96 digits
    Sha384,
    /// 128 digits
    Sha512,
}

/// Something odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// What.
    pub what: What,
    /// Octets from the start of the text.
    pub at: usize,
}

/// What is odd about a pasted thumbprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A character that cannot be seen. U+200E before the first digit comes from copying out of the certificate
    /// dialogue of Windows, and makes `netsh` and `Get-ChildItem Cert:` fail.
    Invisible(char),
    /// A letter that looks like a digit and was read as it.
    LookAlike(char),
    /// A character that belongs to no thumbprint; it was left out.
    Foreign(char),
    /// Octets below 16 are written as a blank and a digit, as `httpcfg` of Windows Server 2003 prints them.
    PaddedWithBlanks,
    /// A hash was named, but the number of digits is another's.
    OtherLengthThanNamed,
}

impl Kind {
    /// Hex digits.
    pub fn digits(self) -> usize {
        match self {
            Kind::Md5 => 32,
            Kind::Sha1 => 40,
            Kind::Sha256 => 64,
            Kind::Sha384 => 96,
            Kind::Sha512 => 128,
        }
    }

    /// The usual name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Md5 => "MD5",
            Kind::Sha1 => "SHA-1",
            Kind::Sha256 => "SHA-256",
            Kind::Sha384 => "SHA-384",
            Kind::Sha512 => "SHA-512",
        }
    }

    const ALL: [Kind; 5] = [Kind::Sha1, Kind::Sha256, Kind::Md5, Kind::Sha384, Kind::Sha512];

    fn of(self, certificate: &Certificate) -> String {
        use crate::algorithm::Hash;
        match self {
            Kind::Sha1 => hex(&certificate.thumbprint.0),
            Kind::Sha256 => hex(&certificate.id.0),
            Kind::Md5 => hex(&Hash::Md5.digest(&certificate.der)),
            Kind::Sha384 => hex(&Hash::Sha384.digest(&certificate.der)),
            Kind::Sha512 => hex(&Hash::Sha512.digest(&certificate.der)),
        }
    }
}

/// Which of several certificates a pasted thumbprint means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the SHA-1 thumbprint of this one.
    Same(usize),
    /// It is the SHA-256 of this one, which Windows takes nowhere for a thumbprint.
    SameBySha256(usize),
    /// It is another hash of this one.
    SameBy(Kind, usize),
    /// It is nearly a thumbprint of this one, or another number of it.
    NearMiss {
        /// Which certificate.
        index: usize,
        /// In what way.
        how: Near,
    },
    /// It is none of them.
    None,
}

/// In what way a pasted thumbprint misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Near {
    /// Digits are missing.
    Missing {
        /// the hash it was to be
        kind: Kind,
        /// how many digits stand before the gap
        at: usize,
        /// how many are missing
        count: usize,
    },
    /// Digits are too many; one that is doubled, for instance.
    Extra {
        /// the hash it was to be
        kind: Kind,
        /// how many digits stand before them
        at: usize,
        /// how many are too many
        count: usize,
    },
    /// Digits are other ones.
    Other {
        /// the hash it was to be
        kind: Kind,
        /// the first of them
        at: usize,
        /// how many
        count: usize,
    },
    /// Two neighbouring digits changed places.
    Swapped {
        /// the hash it was to be
        kind: Kind,
        /// the first of the two
        at: usize,
    },
    /// It is the beginning.
    Beginning {
        /// the hash it begins
        kind: Kind,
    },
    /// It is the serial number.
    SerialNumber,
    /// It is the subject key identifier.
    SubjectKeyId,
    /// It is the SHA-256 of the public key (a pin).
    PublicKeyPin,
}

/// Digits that may be missing, too many or others before two numbers count as different.
const MAX_SLIPS: usize = 4;
/// Fewest digits of a beginning that mean anything.
const MIN_BEGINNING: usize = 8;
/// Characters of a pasted text that are looked at.
const MAX_TEXT: usize = 4_096;

/// Reads a pasted text. Never fails: a text without any digits has none.
pub fn parse(text: &str) -> Pasted {
    let text = text.char_indices().nth(MAX_TEXT).map_or(text, |(at, _)| text.get(..at).unwrap_or(text));
    let (prefix, start) = split_prefix(text);
    let named = named(prefix);
    let value = text.get(start..).unwrap_or_default();
    let mut oddities = invisible(prefix, 0);
    let digits = match padded(value) {
        Some(digits) => {
            oddities.push(Oddity { what: What::PaddedWithBlanks, at: start });
            digits
        }
        None => read_digits(value, start, &mut oddities),
    };
    let kind = Kind::ALL.into_iter().find(|k| k.digits() == digits.len());
    if named.is_some() && kind != named {
        oddities.push(Oddity { what: What::OtherLengthThanNamed, at: start });
    }
    Pasted { kind, named, digits, oddities }
}

/// Compares with certificates: equal by any hash first, then what comes nearest.
pub fn compare<C: Borrow<Certificate>>(pasted: &Pasted, certificates: &[C]) -> Verdict {
    let digits = pasted.digits.as_str();
    if let Some(kind) = pasted.kind
        && let Some(i) = certificates.iter().position(|c| kind.of(c.borrow()) == digits)
    {
        return match kind {
            Kind::Sha1 => Verdict::Same(i),
            Kind::Sha256 => Verdict::SameBySha256(i),
            other => Verdict::SameBy(other, i),
        };
    }
    let nearest = certificates.iter().enumerate().filter_map(|(index, c)| {
        let (rank, how) = near(digits, c.borrow())?;
        Some((rank, index, how))
    });
    match nearest.min_by_key(|(rank, index, _)| (*rank, *index)) {
        Some((_, index, how)) => Verdict::NearMiss { index, how },
        None => Verdict::None,
    }
}

/// How near a certificate is: the smaller the rank, the nearer.
fn near(digits: &str, certificate: &Certificate) -> Option<(usize, Near)> {
    if digits.is_empty() {
        return None;
    }
    let same_number =
        |number: &[u8]| digits.trim_start_matches('0') == hex(strip_zeros(number)).trim_start_matches('0');
    if digits.len() >= MIN_BEGINNING && same_number(&certificate.serial) {
        return Some((0, Near::SerialNumber));
    }
    if certificate.extensions.subject_key_id.as_ref().is_some_and(|id| hex(id) == digits) {
        return Some((0, Near::SubjectKeyId));
    }
    if hex(&certificate.public_key.spki_sha256()) == digits {
        return Some((0, Near::PublicKeyPin));
    }
    [Kind::Sha1, Kind::Sha256, Kind::Md5]
        .into_iter()
        .filter_map(|kind| slips(digits.as_bytes(), kind.of(certificate).as_bytes(), kind))
        .min_by_key(|(rank, _)| *rank)
}

/// How a text of digits differs from the right one, if by little.
fn slips(found: &[u8], right: &[u8], kind: Kind) -> Option<(usize, Near)> {
    let same = found.iter().zip(right).take_while(|(a, b)| a == b).count();
    let same_back = found.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count();
    let (short, long) = (found.len().min(right.len()), found.len().max(right.len()));
    let count = long - short;
    if count == 0 {
        let others: Vec<usize> = (0..short).filter(|i| found.get(*i) != right.get(*i)).collect();
        return match others.as_slice() {
            [a, b] if a + 1 == *b && found.get(*a) == right.get(*b) && found.get(*b) == right.get(*a) => {
                Some((1, Near::Swapped { kind, at: *a }))
            }
            [first, ..] if others.len() <= MAX_SLIPS => {
                Some((others.len(), Near::Other { kind, at: *first, count: others.len() }))
            }
            _ => None,
        };
    }
    if count <= MAX_SLIPS && same + same_back >= short && short >= 2 * MIN_BEGINNING {
        let at = same.min(short);
        return Some(if found.len() < right.len() {
            (count, Near::Missing { kind, at, count })
        } else {
            (count, Near::Extra { kind, at, count })
        });
    }
    (found.len() >= MIN_BEGINNING && same == found.len()).then_some((MAX_SLIPS + 1, Near::Beginning { kind }))
}

/// The part before the digits, up to and with its `=` or `:`, and where it ends. A colon between octets is none: what
/// stands before it must hold a letter that is no hex digit.
fn split_prefix(text: &str) -> (&str, usize) {
    let mut start = 0;
    let mut since = 0;
    for (at, c) in text.char_indices() {
        if c == '=' || c == ':' || c == '：' {
            let before = text.get(since..at).unwrap_or_default();
            let word = before.chars().any(|c| c.is_alphabetic() && digit(c).is_none() && c != 'x' && c != 'X');
            if word || c == '=' {
                start = at + c.len_utf8();
            }
            since = at + c.len_utf8();
        }
    }
    (text.get(..start).unwrap_or_default(), start)
}

fn named(prefix: &str) -> Option<Kind> {
    let plain: String = prefix.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let names = [
        ("sha256", Kind::Sha256),
        ("sha384", Kind::Sha384),
        ("sha512", Kind::Sha512),
        ("sha1", Kind::Sha1),
        ("md5", Kind::Md5),
    ];
    names.into_iter().find(|(name, _)| plain.contains(name)).map(|(_, kind)| kind)
}

/// The form of `httpcfg`: each octet takes two places, and one below 16 a blank and a digit. A leading blank may have
/// been lost.
fn padded(value: &str) -> Option<String> {
    let value = value.trim_matches(|c: char| c.is_ascii_whitespace());
    if !value.contains(' ') {
        return None;
    }
    let fits = |text: &str| -> Option<String> {
        let known = [40, 64, 32].contains(&text.len());
        let octets = text.as_bytes().chunks(2);
        let each = |octet: &[u8]| -> Option<[char; 2]> {
            match octet {
                [b' ', low] if low.is_ascii_hexdigit() => Some(['0', char::from(*low)]),
                [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    Some([char::from(*high), char::from(*low)])
                }
                _ => None,
            }
        };
        let pairs: Option<Vec<[char; 2]>> = known.then(|| octets.map(each).collect())?;
        Some(pairs?.into_iter().flatten().collect::<String>().to_ascii_lowercase())
    };
    fits(value).or_else(|| fits(&format!(" {value}")))
}

fn read_digits(value: &str, start: usize, oddities: &mut Vec<Oddity>) -> String {
    let mut digits = String::new();
    let mut chars = value.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let mut odd = |what| oddities.push(Oddity { what, at: start + at });
        if c == '0' && matches!(next, Some('x' | 'X')) {
            chars.next();
        } else if c.is_ascii_hexdigit() {
            digits.push(c.to_ascii_lowercase());
        } else if let Some(digit) = digit(c) {
            odd(What::LookAlike(c));
            digits.push(digit);
        } else if is_invisible(c) {
            odd(What::Invisible(c));
        } else if !matches!(c, ' ' | '\t' | '\r' | '\n' | ':' | '-' | ',' | '"' | '\'' | '{' | '}' | ';') {
            odd(What::Foreign(c));
        }
    }
    digits
}

fn invisible(text: &str, start: usize) -> Vec<Oddity> {
    let odd = |(at, c): (usize, char)| Oddity { what: What::Invisible(c), at: start + at };
    text.char_indices().filter(|(_, c)| is_invisible(*c)).map(odd).collect()
}

/// The hex digit that a character is or looks like.
fn digit(c: char) -> Option<char> {
    if c.is_ascii_hexdigit() {
        return Some(c.to_ascii_lowercase());
    }
    Some(match c {
        'O' | 'o' => '0',
        'l' | 'I' => '1',
        // Cyrillic and Greek letters of the same shape
        'а' | 'А' | 'Α' => 'a',
        'В' | 'Β' => 'b',
        'с' | 'С' => 'c',
        'е' | 'Е' | 'Ε' => 'e',
        '０'..='９' | 'Ａ'..='Ｆ' | 'ａ'..='ｆ' => {
            let ascii = char::from_u32(u32::from(c).checked_sub(0xfee0)?)?;
            return Some(ascii.to_ascii_lowercase());
        }
        _ => return None,
    })
}

/// Blanks of other scripts, marks of direction, joiners, byte order marks, variation selectors, control characters.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || (c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Invisible(c) => write!(f, "the invisible character U+{:04X}", u32::from(*c)),
            What::LookAlike(c) => write!(f, "{c:?} (U+{:04X}) in place of a digit", u32::from(*c)),
            What::Foreign(c) => write!(f, "{c:?}, which belongs to no thumbprint"),
            What::PaddedWithBlanks => f.write_str("blanks in place of zeros, as httpcfg prints them"),
            What::OtherLengthThanNamed => f.write_str("another number of digits than the named hash has"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(text: &str) -> Vec<What> {
        parse(text).oddities.into_iter().map(|o| o.what).collect()
    }

    const PLAIN: &str = "c09b416d6b08d615db220640790d156388e96823";

    #[test]
    fn what_is_around_the_digits() {
        let spaced: String = PLAIN.as_bytes().chunks(2).map(|c| String::from_utf8_lossy(c).to_string() + " ").collect();
        for text in [
            PLAIN.to_owned(),
            PLAIN.to_uppercase(),
            spaced.clone(),
            spaced.replace(' ', ":").trim_end_matches(':').to_uppercase(),
            spaced.trim().replace(' ', "-"),
            format!("0x{PLAIN}"),
            format!("SHA1 Fingerprint={}", spaced.trim().replace(' ', ":")),
            format!("    Certificate Hash             : {PLAIN}"),
            format!("certhash={PLAIN}"),
            format!("Cert Hash(sha1): {spaced}"),
            format!("지문: {spaced}"),
            format!("\"{PLAIN}\""),
        ] {
            let p = parse(&text);
            assert_eq!((p.digits.as_str(), p.kind, p.oddities), (PLAIN, Some(Kind::Sha1), vec![]), "{text}");
        }
        let p = parse(&format!("sha256 Fingerprint={PLAIN}"));
        assert_eq!(p.named, Some(Kind::Sha256));
        assert_eq!(p.oddities, [Oddity { what: What::OtherLengthThanNamed, at: 19 }]);
    }

    #[test]
    fn what_cannot_be_seen() {
        let p = parse(&format!("\u{200e}{PLAIN}\u{feff}"));
        assert_eq!(p.digits, PLAIN);
        assert_eq!(p.oddities[0], Oddity { what: What::Invisible('\u{200e}'), at: 0 });
        assert_eq!(p.oddities[1], Oddity { what: What::Invisible('\u{feff}'), at: 43 });
        assert_eq!(odd(&format!("\u{a0}{PLAIN}")), [What::Invisible('\u{a0}')]);
        assert_eq!(odd(&PLAIN.replace('0', "O"))[0], What::LookAlike('O'));
        assert_eq!(parse(&PLAIN.replace('c', "с").replace('0', "０")).digits, PLAIN);
        assert_eq!(odd(&format!("{PLAIN}z")), [What::Foreign('z')]);
        assert_eq!(parse("").digits, "");
    }

    #[test]
    fn as_httpcfg_prints_it() {
        let p = parse(" Hash                    : 2b7f1ebe2ae632c5d7328a8f849ffde0b4 3c07c");
        assert_eq!(p.digits, "2b7f1ebe2ae632c5d7328a8f849ffde0b403c07c");
        assert_eq!((p.kind, p.oddities[0].what), (Some(Kind::Sha1), What::PaddedWithBlanks));
        // Every octet below 16, the first of them too, whose blank went with those around.
        let octets: Vec<u8> = (0..20).map(|i| i * 13 % 40).collect();
        let printed: String = octets.iter().map(|o| format!("{o:2x}")).collect();
        let p = parse(printed.trim());
        assert_eq!((p.digits, p.kind), (hex(&octets), Some(Kind::Sha1)));
    }
}
