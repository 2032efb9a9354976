//! Event logs: evtx, evt, and events as text in every form in which people send them.
//!
//! Whatever the form, an event becomes one [`Event`]; [`fields`] then tells what it says about TLS. Readers push
//! [`Item`]s to a sink as they go, so that memory does not grow with the log.

pub mod evt;
pub mod evtx;
pub mod fields;
pub(crate) mod known;
#[cfg(feature = "make")]
pub mod make;
pub mod text;
mod time;
mod tree;

pub use known::{CAPI2_GUID, Class, HTTPEVENT_GUID, HTTPSERVICE_GUID, SCHANNEL_GUID, class_of, wanted};
pub use time::When;
pub use tree::{Node, event_from_tree};

/// Where in its file something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Octets from the start of a binary file.
    Offset(u64),
    /// Line of a text, the first being 1.
    Line(u32),
}

impl Default for Place {
    fn default() -> Self {
        Place::Offset(0)
    }
}

/// One value of an event, in the order in which the event has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Datum {
    /// The name that the provider's manifest gives it; classic events have none.
    pub name: Option<String>,
    /// The value as Windows writes it in XML; octets as hex digits.
    pub value: String,
}

/// One event, from whatever form. What the form does not tell is empty or `None`, never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// The provider's name (`Schannel`, `Microsoft-Windows-CAPI2`), empty where the form does not tell it.
    pub provider: String,
    /// The provider's GUID in braces and small letters.
    pub provider_guid: Option<String>,
    /// The classic source name beside the provider's name.
    pub source_name: Option<String>,
    /// The event id, 0 where the form does not tell it.
    pub id: u32,
    /// The upper half of a classic message id.
    pub qualifiers: Option<u16>,
    /// 1 critical, 2 error, 3 warning, 4 information, 5 verbose; 0 is "always".
    pub level: Option<u8>,
    /// The log (`System`).
    pub channel: Option<String>,
    /// The computer that wrote the event.
    pub computer: Option<String>,
    /// The number of the record in its log.
    pub record: Option<u64>,
    /// When the event was written.
    pub time: Option<When>,
    /// The time as it stood in a text, where it could not be read for sure.
    pub time_raw: Option<String>,
    /// The process that wrote the event (for Schannel: LSASS).
    pub process: Option<u32>,
    /// The SID of the account.
    pub user: Option<String>,
    /// The values of EventData, or the insertion strings of a classic event.
    pub data: Vec<Datum>,
    /// The octets of the event's Binary element, or of a classic event's data.
    pub binary: Option<Vec<u8>>,
    /// What UserData holds.
    pub tree: Option<Node>,
    /// The message text, from forms that have it.
    pub message: Option<String>,
    /// The provider was concluded from the id and the shape of the message, as the form does not name it.
    pub inferred: bool,
    /// Where the event stands in its file.
    pub place: Place,
}

impl Event {
    /// The value of the datum of that name, letters of either case.
    pub fn datum(&self, name: &str) -> Option<&str> {
        self.data
            .iter()
            .find(|d| d.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)))
            .map(|d| d.value.as_str())
    }

    /// The value at that position where the data have no names.
    pub fn unnamed(&self, index: usize) -> Option<&str> {
        if self.data.iter().any(|d| d.name.is_some()) {
            return None;
        }
        self.data.get(index).map(|d| d.value.as_str())
    }
}

/// How reading went wrong at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The file ends before what it announced.
    CutOff,
    /// The octets or words are not what the format has here.
    Malformed,
    /// A checksum does not fit; what it covers was read all the same.
    Checksum,
    /// A stretch that could not be read was passed over.
    Skipped,
    /// More than this reader takes.
    Limit,
}

/// Something that could not be read; reading went on after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands.
    pub place: Place,
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// What the format has there.
    pub expected: &'static str,
    /// What stood there.
    pub found: String,
}

/// What a reader gives, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An event that was wanted.
    Event(Box<Event>),
    /// A place that could not be read.
    Fault(Fault),
}

/// What is known of an event before anything of it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// The event id.
    pub id: u32,
}

/// At most so many faults of one file are given to the sink; the rest are counted.
pub const FAULTS_TOLD: u64 = 200;

/// What a whole log holds, wanted or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Records met, wanted or not.
    pub records: u64,
    /// Records given to the sink.
    pub wanted: u64,
    /// Faults met, among them those beyond [`FAULTS_TOLD`].
    pub faults: u64,
    /// Chunks of an evtx file that hold records.
    pub chunks: u64,
    /// The log was not closed properly.
    pub dirty: bool,
    /// The earliest record's time.
    pub first: Option<When>,
    /// The latest record's time.
    pub last: Option<When>,
    /// The computers that wrote the log, in the order of their first record; at most [`COMPUTERS`].
    pub computers: Vec<String>,
    /// The channels that the records name, in the order of their first record; at most [`COMPUTERS`].
    pub channels: Vec<String>,
    /// Records whose id or provider could not be read.
    pub unread: u64,
}

/// At most so many computers are kept of one log.
pub const COMPUTERS: usize = 64;

impl Summary {
    pub(crate) fn note_time(&mut self, when: When) {
        if self.first.is_none_or(|f| when < f) {
            self.first = Some(when);
        }
        if self.last.is_none_or(|l| when > l) {
            self.last = Some(when);
        }
    }

    pub(crate) fn note_computer(&mut self, name: &str) {
        if !name.is_empty() && self.computers.len() < COMPUTERS && !self.computers.iter().any(|c| c == name) {
            self.computers.push(name.to_owned());
        }
    }

    pub(crate) fn note_channel(&mut self, name: &str) {
        if !name.is_empty() && self.channels.len() < COMPUTERS && !self.channels.iter().any(|c| c == name) {
            self.channels.push(name.to_owned());
        }
    }

    pub(crate) fn fault(&mut self, sink: &mut dyn FnMut(Item), fault: Fault) {
        self.faults = self.faults.saturating_add(1);
        if self.faults <= FAULTS_TOLD {
            sink(Item::Fault(fault));
        }
    }
}

pub(crate) fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*octets.get(at..)?.first_chunk()?))
}

pub(crate) fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*octets.get(at..)?.first_chunk()?))
}

pub(crate) fn u64_at(octets: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*octets.get(at..)?.first_chunk()?))
}
