//! Why a lab could not be made.
use std::{fmt, io};

/// Why a lab, or one of its endpoints, could not be made.
#[derive(Debug)]
pub enum Error {
    /// A key or signature that the cryptographic library refused.
    Key(&'static str),
    /// A TLS configuration that rustls refused.
    Tls(rustls::Error),
    /// A port, thread or pipe that the system refused.
    Io(&'static str, io::Error),
    /// A message that cannot be encoded.
    Encode(String),
    /// A fault that is not in the catalogue.
    Unknown(String),
    /// An argument of `lab serve` that cannot be understood.
    Argument(String),
}

impl Error {
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io(doing, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(why) => write!(f, "key: {why}"),
            Self::Tls(error) => write!(f, "TLS configuration: {error}"),
            Self::Io(doing, error) => write!(f, "could not {doing}: {error}"),
            Self::Encode(what) => write!(f, "could not encode {what}"),
            Self::Unknown(slug) => write!(f, "no fault is called {slug}"),
            Self::Argument(what) => write!(f, "cannot understand {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tls(error) => Some(error),
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

impl From<rustls::Error> for Error {
    fn from(error: rustls::Error) -> Self {
        Self::Tls(error)
    }
}
