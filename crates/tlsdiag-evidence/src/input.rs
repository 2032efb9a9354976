//! One file as its reader gets it: seekable octets, its name, what lies beside it, and when it was taken.
use std::io::{Read, Seek};
use tlsdiag_model::{Say, Time};

/// Octets that can be read from any place: a file, a member of an archive that was unpacked.
pub trait Octets: Read + Seek {}
impl<T: Read + Seek> Octets for T {}

/// A file.
pub struct Input<'a> {
    /// Path as given.
    pub path: &'a str,
    /// Octets in it.
    pub size: u64,
    /// When it was taken, milliseconds since 1970.
    pub taken: Time,
    /// Its octets.
    pub octets: &'a mut dyn Octets,
    /// A file of this name in the same folder, at most 64 MiB of it: the logs of a hive.
    pub beside: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl Input<'_> {
    /// Its own name, without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit(['/', '\\']).next().unwrap_or(self.path)
    }
}

/// Why a file of a known kind was not read at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused(pub Say);
