//! Where a chain is shown: a handshake in which a server sent it, or files from which one would send it.
use crate::Cited;
use crate::touch::seen_chain;
use tlsdiag_model::facts::{Handshake, Identity};
use tlsdiag_model::{CertId, FactRef, Host, Name, Time};

/// The row that shows a chain.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// Sent in a handshake.
    Sent(Cited<'a, Handshake>),
    /// In a file.
    Filed(Cited<'a, Identity>),
}

impl<'a> Shown<'a> {
    /// How it is cited.
    pub fn at(&self) -> FactRef {
        match self {
            Shown::Sent(h) => h.at,
            Shown::Filed(i) => i.at,
        }
    }
    /// The handshake, where there was one.
    pub fn handshake(&self) -> Option<&Cited<'a, Handshake>> {
        match self {
            Shown::Sent(h) => Some(h),
            Shown::Filed(_) => None,
        }
    }
    /// The files, where it lies in files.
    pub fn identity(&self) -> Option<&Cited<'a, Identity>> {
        match self {
            Shown::Filed(i) => Some(i),
            Shown::Sent(_) => None,
        }
    }
    /// The certificates in order; `None` where none was seen.
    pub fn chain(&self) -> Option<&'a [CertId]> {
        match self {
            Shown::Sent(h) => seen_chain(&h.row.what.chain),
            Shown::Filed(i) => Some(i.row.what.chain.as_slice()).filter(|c| !c.is_empty()),
        }
    }
    /// Positions of certificates that cannot be read, with the reason.
    pub fn unreadable(&self) -> &'a [(u32, String)] {
        match self {
            Shown::Sent(h) => &h.row.what.unreadable,
            Shown::Filed(i) => &i.row.what.unreadable,
        }
    }
    /// The machine that looks: whose anchors and clock count.
    pub fn from(&self) -> Host {
        match self {
            Shown::Sent(h) => h.row.what.from,
            Shown::Filed(i) => i.row.host,
        }
    }
    /// The name that was meant; files alone name none.
    pub fn name(&self) -> Option<Name> {
        match self {
            Shown::Sent(h) => {
                Some(h.name.clone().or_else(|| h.offer.sni.clone()).unwrap_or_else(|| Name::new(&h.addr.to_string())))
            }
            Shown::Filed(i) => i.name.clone(),
        }
    }
    /// When it was seen: dates are judged then.
    pub fn time(&self) -> Time {
        match self {
            Shown::Sent(h) => h.row.span.last,
            Shown::Filed(i) => i.row.span.last,
        }
    }
}
