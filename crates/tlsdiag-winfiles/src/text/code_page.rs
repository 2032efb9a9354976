//! Code pages of Windows, and which of them a text was written in, told by how plausible each makes it.
use super::letters::{self, Script};
use super::oem_tables::{CP437, CP737, CP850, CP852, CP857};
use encoding_rs as e;

/// A code page that consoles and editors of Windows write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodePage(u16);

/// The pages that are told apart, the likelier first among equals.
const KNOWN: &[u16] =
    &[1252, 850, 949, 932, 936, 950, 1250, 852, 1251, 866, 1254, 857, 1253, 737, 437, 858, 1257, 874, 1255, 1256, 1258];

impl CodePage {
    /// The page with this number, if it is known here.
    #[must_use]
    pub fn numbered(number: u16) -> Option<Self> {
        KNOWN.contains(&number).then_some(Self(number))
    }

    /// Every page that is known here.
    pub fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|n| Self(*n))
    }

    /// Its number, such as 949.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// The page that makes `octets` the most plausible text. Only lines beyond ASCII are of use.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        let mut best = (i64::MIN, Self(1252));
        let mut text = String::new();
        let hints = letters::hinted(octets);
        for page in Self::all() {
            text.clear();
            page.decode(octets, &mut text);
            let points = letters::plausibility(&text, page.script(), |c| page.is_common(c), hints);
            if points > best.0 {
                best = (points, page);
            }
        }
        best.1
    }

    /// Appends what `octets` say in this page; U+FFFD for what it does not have.
    pub fn decode(self, octets: &[u8], into: &mut String) {
        match self.table() {
            Some(upper) => into.extend(octets.iter().map(|octet| match octet.checked_sub(0x80) {
                None => char::from(*octet),
                Some(0x55) if self.0 == 858 => '€',
                Some(at) => upper.get(usize::from(at)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
            })),
            None => into.push_str(&self.web().decode_without_bom_handling(octets).0),
        }
    }

    /// The octets of `text` in this page; `?` for what it does not have, as Windows writes it.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for c in text.chars() {
            if c.is_ascii() {
                out.push(u8::try_from(c).unwrap_or(b'?'));
                continue;
            }
            match self.table() {
                Some(_) if self.0 == 858 && c == '€' => out.push(0xd5),
                Some(upper) => {
                    let at = upper.iter().position(|u| *u == c).and_then(|p| u8::try_from(p).ok());
                    out.push(at.map_or(b'?', |at| at | 0x80));
                }
                None => match self.web().encode(c.encode_utf8(&mut [0; 4])) {
                    (octets, _, false) => out.extend_from_slice(&octets),
                    _ => out.push(b'?'),
                },
            }
        }
        out
    }

    fn script(self) -> Script {
        match self.0 {
            949 => Script::Korean,
            932 => Script::Japanese,
            936 => Script::SimplifiedChinese,
            950 => Script::TraditionalChinese,
            866 | 1251 => Script::Cyrillic,
            737 | 1253 => Script::Greek,
            874 => Script::Thai,
            1255 => Script::Hebrew,
            1256 => Script::Arabic,
            _ => Script::Latin,
        }
    }

    /// Whether the page keeps `c` in the part that holds what people write.
    fn is_common(self, c: char) -> bool {
        let mut buffer = [0; 4];
        let (octets, _, unmapped) = self.web().encode(c.encode_utf8(&mut buffer));
        match (self.0, octets.as_ref()) {
            _ if unmapped => false,
            (949, [0xb0..=0xc8, 0xa1..=0xff]) => true,
            (936, [0xb0..=0xd7, 0xa1..=0xff]) => true,
            (932, [0x88..=0x97, _]) => true,
            (950, [0xa4..=0xc6, _]) => true,
            _ => false,
        }
    }

    fn table(self) -> Option<&'static [char; 128]> {
        match self.0 {
            437 => Some(&CP437),
            737 => Some(&CP737),
            850 | 858 => Some(&CP850),
            852 => Some(&CP852),
            857 => Some(&CP857),
            _ => None,
        }
    }

    fn web(self) -> &'static e::Encoding {
        match self.0 {
            866 => e::IBM866,
            874 => e::WINDOWS_874,
            932 => e::SHIFT_JIS,
            936 => e::GBK,
            949 => e::EUC_KR,
            950 => e::BIG5,
            1250 => e::WINDOWS_1250,
            1251 => e::WINDOWS_1251,
            1253 => e::WINDOWS_1253,
            1254 => e::WINDOWS_1254,
            1255 => e::WINDOWS_1255,
            1256 => e::WINDOWS_1256,
            1257 => e::WINDOWS_1257,
            1258 => e::WINDOWS_1258,
            _ => e::WINDOWS_1252,
        }
    }
}
