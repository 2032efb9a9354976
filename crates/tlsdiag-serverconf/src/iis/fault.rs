//! What is wrong with a configuration file: with line and column, cut off told apart from malformed.

use std::fmt;

/// The reason why a file gives nothing at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The file has no element at all.
    NoElement,
    /// The file is longer than [`super::MAX_BYTES`]; its length is not read further.
    TooLong,
    /// The root element is not one that a configuration of IIS has.
    OtherRoot {
        /// The element's name.
        root: String,
        /// Its line, from 1.
        line: u32,
    },
    /// The source could not be read.
    Unreadable(std::io::ErrorKind),
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoElement => out.write_str("expected <configuration>, found no element"),
            Self::TooLong => write!(out, "longer than {} bytes", super::MAX_BYTES),
            Self::OtherRoot { root, line } => write!(out, "line {line}: expected <configuration>, found <{root}>"),
            Self::Unreadable(kind) => write!(out, "could not be read: {kind}"),
        }
    }
}

impl std::error::Error for Refused {}

/// One fault in a file that was read all the same. Never quotes an attribute's value: it could be a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong there.
    pub fault: Fault,
}

/// The kinds of fault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file ends inside a tag, comment or while elements are open.
    CutOff {
        /// Elements that are open at the end, outermost first; a tag that is itself unfinished is the last.
        open: Vec<String>,
    },
    /// An element was never closed; the close tag of an element around it ended it.
    Unclosed {
        /// The element that lacks its close tag.
        element: String,
        /// The line where it was opened.
        opened: u32,
        /// The element whose close tag was found instead.
        found: String,
    },
    /// A close tag to which no open element belongs.
    StrayClose {
        /// The name in the close tag.
        element: String,
    },
    /// A tag that a `<` interrupts, by a lost quote or a lost `>`; its attributes are not used.
    BrokenTag {
        /// The element's name.
        element: String,
    },
    /// An attribute that cannot be read: without value or quotes, or written twice.
    BadAttribute {
        /// The element.
        element: String,
        /// The attribute, where its name is known.
        attribute: Option<String>,
        /// What should stand there.
        expected: &'static str,
    },
    /// Markup that is none.
    Syntax {
        /// What should stand there.
        expected: &'static str,
    },
    /// Bytes that the file's encoding does not have; they became U+FFFD.
    BadBytes {
        /// The encoding's name.
        encoding: &'static str,
    },
    /// More of something than is kept; the rest of it was passed over.
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many are kept.
        limit: usize,
    },
}

impl Fault {
    /// The file is incomplete, as opposed to wrong.
    #[must_use]
    pub const fn is_cut_off(&self) -> bool {
        matches!(self, Self::CutOff { .. })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}: ", self.line, self.column)?;
        match &self.fault {
            Fault::CutOff { open } => {
                out.write_str("cut off")?;
                if let Some(inner) = open.last() {
                    write!(out, ": expected </{inner}>, found the end of the file")?;
                }
                Ok(())
            }
            Fault::Unclosed { element, opened, found } => {
                write!(out, "expected </{element}> (opened in line {opened}), found </{found}>")
            }
            Fault::StrayClose { element } => write!(out, "found </{element}>, which nothing opened"),
            Fault::BrokenTag { element } => write!(out, "<{element}: expected >, found <"),
            Fault::BadAttribute { element, attribute, expected } => {
                write!(out, "<{element}")?;
                if let Some(attribute) = attribute {
                    write!(out, " {attribute}")?;
                }
                write!(out, ">: expected {expected}")
            }
            Fault::Syntax { expected } => write!(out, "expected {expected}"),
            Fault::BadBytes { encoding } => write!(out, "bytes that {encoding} does not have"),
            Fault::TooMany { what, limit } => write!(out, "more than {limit} {what}"),
        }
    }
}
