//! PEM blocks as people paste them: any line end, a byte order mark, text around, several blocks (RFC 7468).

use crate::base64;
use std::fmt;

/// One block of a PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// What stands between `-----BEGIN ` and the dashes.
    pub label: &'a str,
    /// What the label says that it is.
    pub kind: Kind,
    /// Offset of `-----BEGIN` in the input.
    pub offset: usize,
    /// Its line, counted from 1.
    pub line: usize,
    /// `Name: value` lines before the base64, such as `Proc-Type` and `DEK-Info` of encrypted keys (RFC 1421).
    pub headers: Vec<(&'a str, &'a str)>,
    /// The octets, or where it is damaged.
    pub content: Result<Vec<u8>, PemError>,
}

/// The contents of a block may be a private key, so they are never printed.
impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("label", &self.label)
            .field("line", &self.line)
            .field("octets", &self.content.as_ref().map(Vec::len))
            .finish()
    }
}

/// What a block holds, by its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `CERTIFICATE`, `X509 CERTIFICATE`, `TRUSTED CERTIFICATE`
    Certificate,
    /// `PKCS7`, `CMS`
    Pkcs7,
    /// `PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `DSA PRIVATE KEY`, …
    PrivateKey,
    /// `ENCRYPTED PRIVATE KEY` (PKCS#8); traditional keys say so in their headers.
    EncryptedPrivateKey,
    /// `PUBLIC KEY`, `RSA PUBLIC KEY`
    PublicKey,
    /// `CERTIFICATE REQUEST`, `NEW CERTIFICATE REQUEST`
    CertificateRequest,
    /// `X509 CRL`
    Crl,
    /// `DH PARAMETERS`, `X9.42 DH PARAMETERS`
    DhParameters,
    /// `EC PARAMETERS`
    EcParameters,
    /// Another label.
    Other,
}

/// How a block is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemError {
    /// Octets from the start of the input.
    pub offset: usize,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: PemFault,
}

/// Kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PemFault {
    /// The input or the next block comes before the END line: cut off.
    NoEnd,
    /// The END line carries another label.
    OtherEnd,
    /// An octet that is no base64, or padding in the wrong place.
    Base64,
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, offset {}: ", self.line, self.offset)?;
        f.write_str(match self.fault {
            PemFault::NoEnd => "the block has no END line",
            PemFault::OtherEnd => "the END line has another label",
            PemFault::Base64 => "this is not base64",
        })
    }
}

impl std::error::Error for PemError {}

/// Most blocks that are read of one text.
const MAX_BLOCKS: usize = 10_000;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// All blocks of a text in order.
pub fn blocks(input: &[u8]) -> Vec<Block<'_>> {
    let mut out = Vec::new();
    let mut lines = Lines { input, at: 0, line: 0 };
    let mut pending = lines.next();
    while let Some(line) = pending {
        if out.len() >= MAX_BLOCKS {
            break;
        }
        let Some(label) = label(line.text, BEGIN) else {
            pending = lines.next();
            continue;
        };
        let (block, next) = read_block(label, &line, &mut lines);
        out.push(block);
        pending = next.or_else(|| lines.next());
    }
    out
}

/// Whether the octets look like PEM text.
pub fn looks_like_pem(input: &[u8]) -> bool {
    find(input, BEGIN).is_some()
}

/// A block with line ends `\n`.
pub fn encode(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", base64::encode_lines(der))
}

fn read_block<'a>(name: &'a str, begin: &Line<'a>, lines: &mut Lines<'a>) -> (Block<'a>, Option<Line<'a>>) {
    let mut headers = Vec::new();
    let mut body: Vec<Line<'a>> = Vec::new();
    let mut next = None;
    let mut end = Err(PemError { offset: begin.offset, line: begin.number, fault: PemFault::NoEnd });
    for line in lines.by_ref() {
        if let Some(found) = label(line.text, END) {
            end = if found == name {
                Ok(())
            } else {
                Err(PemError { offset: line.offset, line: line.number, fault: PemFault::OtherEnd })
            };
            break;
        }
        if label(line.text, BEGIN).is_some() {
            next = Some(line);
            break;
        }
        match std::str::from_utf8(line.text).ok().and_then(|t| t.split_once(':')) {
            Some((key, value)) if body.iter().all(|l| l.text.trim_ascii().is_empty()) => {
                headers.push((key.trim(), value.trim()));
            }
            _ => body.push(line),
        }
    }
    let content = end.and_then(|()| decode(&body));
    let block = Block {
        label: name,
        kind: Kind::of(name, &headers),
        offset: begin.offset,
        line: begin.number,
        headers,
        content,
    };
    (block, next)
}

fn decode(body: &[Line<'_>]) -> Result<Vec<u8>, PemError> {
    let mut text = Vec::new();
    for line in body {
        text.extend_from_slice(line.text);
        text.push(b'\n');
    }
    base64::decode(&text).map_err(|at| {
        let mut left = at;
        for line in body {
            if left <= line.text.len() {
                return PemError { offset: line.offset + left, line: line.number, fault: PemFault::Base64 };
            }
            left -= line.text.len() + 1;
        }
        let last = body.last();
        PemError {
            offset: last.map_or(0, |l| l.offset + l.text.len()),
            line: last.map_or(0, |l| l.number),
            fault: PemFault::Base64,
        }
    })
}

impl Kind {
    fn of(label: &str, headers: &[(&str, &str)]) -> Kind {
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Kind::Certificate,
            "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Kind::Pkcs7,
            "ENCRYPTED PRIVATE KEY" => Kind::EncryptedPrivateKey,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Kind::CertificateRequest,
            "X509 CRL" => Kind::Crl,
            "DH PARAMETERS" | "X9.42 DH PARAMETERS" => Kind::DhParameters,
            "EC PARAMETERS" => Kind::EcParameters,
            l if l.ends_with("PRIVATE KEY") => {
                if headers.iter().any(|(k, v)| *k == "Proc-Type" && v.contains("ENCRYPTED")) {
                    Kind::EncryptedPrivateKey
                } else {
                    Kind::PrivateKey
                }
            }
            l if l.ends_with("PUBLIC KEY") => Kind::PublicKey,
            _ => Kind::Other,
        }
    }
}

/// The label of a BEGIN or END line; text before the dashes on the same line is forgiven.
fn label<'a>(line: &'a [u8], marker: &[u8]) -> Option<&'a str> {
    let start = find(line, marker)? + marker.len();
    let rest = line.get(start..)?;
    let end = find(rest, b"-----")?;
    std::str::from_utf8(rest.get(..end)?).ok().map(str::trim)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

struct Line<'a> {
    text: &'a [u8],
    offset: usize,
    number: usize,
}

struct Lines<'a> {
    input: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    /// Lines end at LF, CR LF or a lone CR.
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.input.get(self.at..).filter(|r| !r.is_empty())?;
        let len = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        let offset = self.at;
        self.line += 1;
        let ending = match rest.get(len..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        self.at = offset + len + ending;
        Some(Line { text: rest.get(..len).unwrap_or_default(), offset, number: self.line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerant_of_surroundings() {
        let text = "\u{feff}Bag Attributes\r\n  subject=x\r\n-----BEGIN CERTIFICATE-----\r\nAQID\r\n\
                    -----END CERTIFICATE-----\r\nrubbish\r-----BEGIN RSA PRIVATE KEY-----\rProc-Type: 4,ENCRYPTED\r\
                    DEK-Info: AES-128-CBC,00\r\rBAUG\r-----END RSA PRIVATE KEY-----";
        let found = blocks(text.as_bytes());
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].kind, found[0].line, &found[0].content), (Kind::Certificate, 3, &Ok(vec![1, 2, 3])));
        assert_eq!((found[1].kind, &found[1].content), (Kind::EncryptedPrivateKey, &Ok(vec![4, 5, 6])));
        assert_eq!(found[1].headers[1], ("DEK-Info", "AES-128-CBC,00"));
        assert!(!format!("{:?}", found[1]).contains("[4, 5, 6]"));
    }

    #[test]
    fn damage_is_located() {
        let text = b"-----BEGIN CERTIFICATE-----\nAQID\nAQ*D\n-----END CERTIFICATE-----\n\
                     -----BEGIN CERTIFICATE-----\nAQID\n-----BEGIN CERTIFICATE-----\nAQID\n-----END CERT-----\n";
        let found = blocks(text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].content, Err(PemError { offset: 35, line: 3, fault: PemFault::Base64 }));
        assert_eq!(found[1].content.as_ref().map_err(|e| (e.line, e.fault)), Err((5, PemFault::NoEnd)));
        assert_eq!(found[2].content.as_ref().map_err(|e| (e.line, e.fault)), Err((9, PemFault::OtherEnd)));
    }
}
