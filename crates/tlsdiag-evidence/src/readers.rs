//! The readers, in the order in which they are tried: what is told by its first octets, then text.
use crate::fragment::Fragment;
use crate::input::{Input, Refused};
use crate::{cert_drive, certutil, collected, events, iis, registry, ssldiag, tools};
use std::ops::Range;
use tlsdiag_winfiles::text::decode::Decoded;

/// A reader of files that are no text.
pub(crate) struct Binary {
    /// What such a file is called.
    pub(crate) kind: &'static str,
    /// Tells by the first octets.
    pub(crate) sniff: fn(&[u8]) -> bool,
    /// Reads it.
    pub(crate) read: fn(&mut Input<'_>, &mut Fragment) -> Result<(), Refused>,
}

/// A reader of text: gives the lines that it understood.
pub(crate) type Text = fn(&Decoded, &mut Fragment) -> Vec<Range<u32>>;

/// Told by their first octets.
pub(crate) const BINARY: &[Binary] = &[
    Binary { kind: "evtx", sniff: events::sniff_evtx, read: events::read_evtx },
    Binary { kind: "evt", sniff: events::sniff_evt, read: events::read_evt },
    Binary { kind: "hive", sniff: registry::sniff_hive, read: registry::read_hive },
    Binary { kind: "registry-pol", sniff: registry::sniff_policy, read: registry::read_policy },
    Binary { kind: "iis-config", sniff: iis::sniff, read: iis::read },
    Binary { kind: "web-config", sniff: iis::sniff_web, read: iis::read },
];

/// Text, formats of a whole file first. Several may stand in one text, one after the other.
pub(crate) const TEXT: &[Text] = &[
    collected::read,
    registry::read_export,
    events::read_text,
    registry::read_query,
    registry::read_powershell,
    registry::read_template,
    tools::read,
    certutil::read,
    cert_drive::read,
    ssldiag::read,
    events::read_message,
];
