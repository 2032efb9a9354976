//! Containers of certificates and keys: PKCS#12, Java key stores, PKCS#7, Windows' serialized store. What is common to
//! them: where a thing stands, what is wrong there, and the octet strings of BER.

pub mod jks;
pub mod pkcs12;
pub mod pkcs7;
pub mod sst;

use crate::der::{DerError, Reader, Result, Tag, Tlv};
use crate::pem::PemError;
use crate::secret::SecretError;
use std::borrow::Cow;
use std::fmt;

/// Where a part of a file stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Line of the `-----BEGIN` line, counted from 1, where the octets come out of PEM.
    pub line: Option<usize>,
    /// Octets from the start of the file, or of what the PEM block holds.
    pub offset: Option<usize>,
    /// The way into a container.
    pub path: Vec<Step>,
}

/// One step into a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The n-th ContentInfo of a PKCS#12 file, counted from 1.
    Contents(usize),
    /// The n-th bag of these contents, counted from 1.
    Bag(usize),
    /// An entry of a Java key store, by its alias.
    Entry(String),
    /// The n-th certificate of a chain or a set, counted from 1.
    Certificate(usize),
    /// The n-th revocation list of a set, counted from 1.
    Crl(usize),
}

impl Place {
    /// At an offset.
    pub fn offset(offset: usize) -> Place {
        Place { offset: Some(offset), ..Place::default() }
    }

    /// In a PEM block.
    pub fn line(line: usize) -> Place {
        Place { line: Some(line), ..Place::default() }
    }

    /// One step further in.
    #[must_use]
    pub fn within(&self, step: Step) -> Place {
        let mut path = self.path.clone();
        path.push(step);
        Place { line: self.line, offset: None, path }
    }

    /// The same place with an offset.
    #[must_use]
    pub fn at(&self, offset: usize) -> Place {
        Place { offset: Some(offset), ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut comma =
            |f: &mut fmt::Formatter<'_>| if std::mem::take(&mut first) { Ok(()) } else { f.write_str(", ") };
        if let Some(line) = self.line {
            comma(f)?;
            write!(f, "line {line}")?;
        }
        for step in &self.path {
            comma(f)?;
            match step {
                Step::Contents(n) => write!(f, "contents {n}"),
                Step::Bag(n) => write!(f, "bag {n}"),
                Step::Entry(alias) => write!(f, "entry {alias:?}"),
                Step::Certificate(n) => write!(f, "certificate {n}"),
                Step::Crl(n) => write!(f, "CRL {n}"),
            }?;
        }
        match self.offset {
            Some(offset) if self.line.is_none() && self.path.is_empty() => {
                comma(f)?;
                write!(f, "offset {offset}")
            }
            _ => Ok(()),
        }
    }
}

/// What is wrong at one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub why: FaultKind,
}

/// Kind of fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is encrypted and stays closed.
    Locked(SecretError),
    /// The integrity check fails with every password, though a password opens the contents: the file was changed or
    /// damaged after it was written, or its check is made with another password.
    Integrity,
    /// The integrity check could not be made; what is not encrypted was read all the same.
    Unchecked(SecretError),
    /// The integrity check holds, but its password does not open this part: another password, or damage before the
    /// check was made.
    OtherPassword,
    /// The encoding is damaged or cut off.
    Damaged(DerError),
    /// The PEM block is damaged.
    Pem(PemError),
    /// It is readable but cannot be what it says it is.
    Unsound(String),
    /// A PEM label says one thing, the octets another; they were read as what they are.
    Mislabelled {
        /// the label
        label: String,
        /// what it is
        is: &'static str,
    },
    /// A format that is known by name and not read.
    NotRead {
        /// its name
        name: String,
    },
    /// Nothing that tlsdiag knows.
    Unrecognised {
        /// what it looks like
        looks: &'static str,
    },
    /// It is a container, and sound, and holds nothing.
    Empty,
    /// Octets after the end.
    Trailing(usize),
    /// A limit was reached; what lies beyond was not read.
    TooMuch {
        /// such as `parts` or `nested contents`
        what: &'static str,
        /// how many are read
        limit: usize,
    },
}

impl FaultKind {
    /// Whether something that the file holds did not come out because of it.
    pub fn loses(&self) -> bool {
        !matches!(
            self,
            FaultKind::Integrity
                | FaultKind::Unchecked(_)
                | FaultKind::Mislabelled { .. }
                | FaultKind::Empty
                | FaultKind::Trailing(_)
        )
    }
}

impl From<DerError> for FaultKind {
    fn from(e: DerError) -> FaultKind {
        FaultKind::Damaged(e)
    }
}

impl From<SecretError> for FaultKind {
    fn from(e: SecretError) -> FaultKind {
        match e {
            SecretError::Malformed(e) => FaultKind::Damaged(e),
            e => FaultKind::Locked(e),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::Locked(e) => write!(f, "{e}"),
            FaultKind::Integrity => f.write_str("the integrity check fails though the password opens the contents"),
            FaultKind::Unchecked(e) => write!(f, "the integrity check could not be made: {e}"),
            FaultKind::OtherPassword => f.write_str("the password of the integrity check does not open this part"),
            FaultKind::Damaged(e) if e.truncated() => write!(f, "cut off {e}"),
            FaultKind::Damaged(e) => write!(f, "damaged {e}"),
            FaultKind::Pem(e) => write!(f, "{e}"),
            FaultKind::Unsound(what) => f.write_str(what),
            FaultKind::Mislabelled { label, is } => write!(f, "labelled {label:?} but holds {is}"),
            FaultKind::NotRead { name } => write!(f, "{name}: known and not read"),
            FaultKind::Unrecognised { looks } => write!(f, "not recognised: {looks}"),
            FaultKind::Empty => f.write_str("it holds nothing"),
            FaultKind::Trailing(n) => write!(f, "{n} octets after the end"),
            FaultKind::TooMuch { what, limit } => write!(f, "more than {limit} {what}"),
        }
    }
}

/// How deep constructed octet strings and nested contents are followed.
pub(crate) const MAX_DEPTH: u8 = 8;

/// The octets of an OCTET STRING, or of an `[n] IMPLICIT` one, joined where BER splits it (X.690 8.7).
pub(crate) fn octet_string<'a>(tlv: &Tlv<'a>) -> Result<Cow<'a, [u8]>> {
    if !tlv.tag.constructed() {
        return Ok(Cow::Borrowed(tlv.content));
    }
    let mut out = Vec::new();
    join(tlv, MAX_DEPTH, &mut out)?;
    Ok(Cow::Owned(out))
}

fn join(tlv: &Tlv<'_>, depth: u8, out: &mut Vec<u8>) -> Result<()> {
    for piece in tlv.reader().elements("OCTET STRING") {
        let piece = piece?;
        match piece.tag {
            Tag::OCTET_STRING => out.extend_from_slice(piece.content),
            CONSTRUCTED_OCTET_STRING if depth > 0 => join(&piece, depth - 1, out)?,
            _ => {
                return Err(DerError::value(piece.offset, "a piece of an OCTET STRING", "something else or too deep"));
            }
        }
    }
    Ok(())
}

/// OCTET STRING in pieces.
pub(crate) const CONSTRUCTED_OCTET_STRING: Tag = Tag(0x24);

/// The next OCTET STRING, in one piece or several.
pub(crate) fn read_octet_string<'a>(r: &mut Reader<'a>, expected: &'static str) -> Result<(Tlv<'a>, Cow<'a, [u8]>)> {
    let tlv = match r.peek() {
        Some(CONSTRUCTED_OCTET_STRING) => r.read(expected)?,
        _ => r.expect(Tag::OCTET_STRING, expected)?,
    };
    Ok((tlv, octet_string(&tlv)?))
}
