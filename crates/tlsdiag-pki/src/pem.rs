//! PEM blocks as people paste and keep them (RFC 7468, RFC 1421): any line end, UTF-16, text around, indented, quoted,
//! in one line; with what is odd about each and whether OpenSSL, and so nginx and Apache, stumble over it.

mod body;
mod marker;
mod oddity;
mod text;

pub use oddity::Oddity;

use crate::base64;
use marker::{Marker, Side};
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

/// One block of a PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// What stands between `-----BEGIN ` and the dashes.
    pub label: Cow<'a, str>,
    /// What the label says that it is.
    pub kind: Kind,
    /// Offset of `-----BEGIN` in the input.
    pub offset: usize,
    /// Its line, counted from 1.
    pub line: usize,
    /// The line of its END, or the last one that was taken for it.
    pub end_line: usize,
    /// `Name: value` lines before the base64, such as `Proc-Type` and `DEK-Info` of encrypted keys (RFC 1421).
    pub headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// What OpenSSL writes before a block: `friendlyName`, `localKeyID`, `Microsoft CSP Name`, `subject`, `issuer`.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// What is odd about how it is written, each once.
    pub oddities: Vec<Oddity>,
    /// The octets, wiped when dropped since they may be a key; or where it is damaged.
    pub content: Result<Zeroizing<Vec<u8>>, PemError>,
}

/// The contents of a block may be a private key, so they are never printed.
impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("label", &self.label)
            .field("line", &self.line)
            .field("oddities", &self.oddities)
            .field("octets", &self.content.as_ref().map(|c| c.len()))
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
    /// `OPENSSH PRIVATE KEY`: SSH's own format, which no TLS server reads
    OpenSshPrivateKey,
    /// Other keys of SSH: `SSH2 PUBLIC KEY` (RFC 4716), and lines such as `ssh-rsa AAAA…`, whose label is the type
    Ssh,
    /// OpenPGP (RFC 9580): `PGP PUBLIC KEY BLOCK` and others
    Pgp,
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
    /// The base64 stops in the middle of a group of four: characters are missing.
    Base64Cut,
    /// There is nothing between BEGIN and END.
    Empty,
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, offset {}: ", self.line, self.offset)?;
        f.write_str(match self.fault {
            PemFault::NoEnd => "the block has no END line",
            PemFault::OtherEnd => "the END line has another label",
            PemFault::Base64 => "this is not base64",
            PemFault::Base64Cut => "the base64 ends in the middle of a group: characters are missing",
            PemFault::Empty => "the block is empty",
        })
    }
}

impl std::error::Error for PemError {}

/// Most blocks that are read of one text.
const MAX_BLOCKS: usize = 10_000;

/// All blocks of a text in order, lines with SSH public keys among them.
pub fn blocks(input: &[u8]) -> Vec<Block<'_>> {
    match text::wide(input) {
        None => scan(input),
        Some(wide) => scan(&wide.octets).into_iter().map(|block| wide.give_back(block)).collect(),
    }
}

/// Whether the octets look like PEM text.
pub fn looks_like_pem(input: &[u8]) -> bool {
    match text::wide(input) {
        None => marker::next(input, 0, 0).is_some_and(|m| m.side == Side::Begin),
        Some(wide) => marker::next(&wide.octets, 0, 0).is_some(),
    }
}

/// A block with line ends `\n`.
pub fn encode(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", base64::encode_lines(der))
}

fn scan(text: &[u8]) -> Vec<Block<'_>> {
    let mut out = Vec::new();
    let (mut at, mut floor, mut lines) = (0, 0, text::LineCount::default());
    while out.len() < MAX_BLOCKS {
        let next = marker::next(text, at, floor);
        let gap_end = next.as_ref().map_or(text.len(), |m| m.start);
        body::ssh_lines(text, floor, gap_end, &mut lines, &mut out);
        let Some(begin) = next else { break };
        if begin.side == Side::End {
            (at, floor) = (begin.end, begin.end);
            continue;
        }
        let (block, resume) = read_block(text, floor, &begin, &mut lines);
        out.push(block);
        (at, floor) = resume;
    }
    out.truncate(MAX_BLOCKS);
    out
}

/// The block that `begin` starts, with where to look on and from where the text before the next block counts.
fn read_block<'t>(
    text: &'t [u8],
    floor: usize,
    begin: &Marker<'t>,
    lines: &mut text::LineCount,
) -> (Block<'t>, (usize, usize)) {
    let end = marker::next(text, begin.end, begin.end);
    let line = lines.at(text, begin.start);
    let mut oddities = Vec::new();
    oddity::of_begin(text, floor, begin, &mut oddities);
    let (stop, resume, end_fault) = match &end {
        Some(m) if m.side == Side::End => {
            oddity::of_end(text, m, &mut oddities);
            let fault = (m.label != begin.label).then_some((m.start, PemFault::OtherEnd));
            (m.start, (m.end, m.end), fault)
        }
        Some(m) => (m.start, (m.start, m.start), Some((begin.start, PemFault::NoEnd))),
        None => (text.len(), (text.len(), text.len()), Some((begin.start, PemFault::NoEnd))),
    };
    let body = body::read(text, begin, stop, &mut oddities);
    let content = match end_fault {
        Some(fault) => Err(fault),
        None => body.content,
    };
    // Lines are only counted forward: going back for each of many blocks would take the square of the time.
    let content = content.map_err(|(offset, fault)| PemError {
        offset,
        line: if offset <= begin.start { line } else { lines.at(text, offset) },
        fault,
    });
    let block = Block {
        label: Cow::Borrowed(begin.label),
        kind: Kind::of(begin.label, &body.headers),
        offset: begin.start,
        line,
        end_line: lines.at(text, stop),
        headers: body.headers,
        attributes: body::attributes(text.get(floor..begin.start).unwrap_or_default()),
        oddities,
        content,
    };
    (block, resume)
}

impl Kind {
    fn of(label: &str, headers: &[(Cow<'_, str>, Cow<'_, str>)]) -> Kind {
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Kind::Certificate,
            "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => Kind::Pkcs7,
            "ENCRYPTED PRIVATE KEY" => Kind::EncryptedPrivateKey,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Kind::CertificateRequest,
            "X509 CRL" => Kind::Crl,
            "DH PARAMETERS" | "X9.42 DH PARAMETERS" => Kind::DhParameters,
            "EC PARAMETERS" => Kind::EcParameters,
            "OPENSSH PRIVATE KEY" => Kind::OpenSshPrivateKey,
            l if l.starts_with("SSH2 ") => Kind::Ssh,
            l if l.starts_with("PGP ") => Kind::Pgp,
            l if l.ends_with("PRIVATE KEY") => {
                let encrypted = |(k, v): &(Cow<'_, str>, Cow<'_, str>)| k == "Proc-Type" && v.contains("ENCRYPTED");
                if headers.iter().any(encrypted) { Kind::EncryptedPrivateKey } else { Kind::PrivateKey }
            }
            l if l.ends_with("PUBLIC KEY") => Kind::PublicKey,
            _ => Kind::Other,
        }
    }
}
