//! What one file gives: facts that do not know their machine yet, marks by which the machine is found, and how far the
//! reading came.
use std::{ops::Range, sync::Arc};
use tlsdiag_model::facts::{Fact, Whole};
use tlsdiag_model::{Case, CertId, Cover, Host, How, Kind, Origin, Row, Say, Span, Survey, Time, Vantage, Why};

/// By what a machine is told from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Its computer name, upper case, without a domain.
    Computer(String),
    /// Its machine GUID, lower case.
    Guid(String),
    /// The SID of its accounts' authority: `S-1-5-21-A-B-C`.
    Sid(String),
}

impl Mark {
    /// A computer's name, whatever its case and domain.
    pub fn computer(name: &str) -> Option<Mark> {
        let short = name.trim().split('.').next().unwrap_or_default().to_uppercase();
        // NetBIOS names end after 15 characters, and some sources know no other
        let short: String = short.chars().take(15).collect();
        (!short.is_empty()).then_some(Mark::Computer(short))
    }
}

/// Something that could not be read, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Where.
    pub origin: Origin,
    /// What is wrong there.
    pub why: Why,
    /// In words: what stood there and what was expected.
    pub say: Say,
}

/// What one file gives.
#[derive(Clone, Debug, Default)]
pub struct Fragment {
    /// Path as given; inside an archive `case.zip/logs/system.evtx`.
    pub path: Arc<str>,
    /// What it was recognised as; several where a text holds the output of several tools.
    pub kinds: Vec<&'static str>,
    /// Facts. Host 0 is the machine of the file; further ones are computers that the file itself names.
    pub case: Case,
    /// What tells the machine of the file.
    pub marks: Vec<Mark>,
    /// What could not be read, in order; at most [`MOST_FAULTS`].
    pub faults: Vec<Fault>,
    /// Faults beyond those kept.
    pub more_faults: u64,
    /// Lines of a text that no reader took.
    pub not_understood: Vec<Range<u32>>,
    /// When the state that it shows was taken, milliseconds since 1970.
    pub taken: Time,
    /// Time of the newest entry of any kind, where it is a log.
    pub newest: Option<Time>,
}

/// Faults of one file that are kept.
pub const MOST_FAULTS: usize = 50;

impl Fragment {
    /// An empty one.
    pub fn new(path: &str, taken: Time) -> Fragment {
        let mut case = Case::default();
        case.host(path, Vantage::Evidence);
        Fragment { path: path.into(), case, taken, ..Fragment::default() }
    }
    /// It is of this kind (too).
    pub fn is(&mut self, kind: &'static str) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }
    /// A state that a line of the file tells, as of when the file was taken.
    pub fn state<T: Fact>(&mut self, what: T, line: u32) {
        let origin = self.line(line);
        self.case.add(Row::once(what, Host(0), How::Read, self.taken, origin));
    }
    /// A state at a place that is no line, such as a registry key. `since`: from when on it held, where that is known (last
    /// write of the key).
    pub fn state_at<T: Fact>(&mut self, what: T, place: &str, since: Option<Time>) {
        let origin = self.inside(place);
        let span = Span { first: since.unwrap_or(self.taken).min(self.taken), last: self.taken };
        self.case.add(Row::during(what, Host(0), How::Read, span, origin));
    }
    /// The machine of a computer name that the file itself gives with an entry; for `add`.
    pub fn computer(&mut self, name: &str) -> Host {
        match Mark::computer(name) {
            Some(Mark::Computer(c)) => self.case.host(&c, Vantage::Evidence),
            _ => Host(0),
        }
    }
    /// Any row; its host is 0 or one of [`Fragment::computer`].
    pub fn add<T: Fact>(&mut self, row: Row<T>) {
        self.case.add(row);
    }
    /// Everything under a registry key, in a store or folder was read: see [`Whole::of`].
    pub fn whole(&mut self, of: &str, origin: Origin) {
        self.case.add(Row::once(Whole { of: of.into() }, Host(0), How::Read, self.taken, origin));
    }
    /// How far a kind of fact was read on the machine of the file.
    pub fn looked(&mut self, kind: Kind, cover: Cover) {
        let origin = Origin::File { path: self.path.clone(), line: 1 };
        self.case.surveys.push(Survey { kind, host: Host(0), cover, span: Span::at(self.taken), origin });
    }
    /// A certificate whose octets the file holds.
    pub fn certificate(&mut self, der: &[u8]) -> CertId {
        self.case.certificate(der)
    }
    /// Something that could not be read.
    pub fn fault(&mut self, origin: Origin, why: Why, say: Say) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { origin, why, say });
        } else {
            self.more_faults = self.more_faults.saturating_add(1);
        }
    }
    /// The octets that it was read from are not those of the file: nothing in it was seen whole.
    pub(crate) fn damaged(&mut self, why: &Why, say: &Say) {
        let origin = self.inside("file");
        // it weighs more than what follows from it
        self.faults.insert(0, Fault { origin, why: why.clone(), say: say.clone() });
        if self.faults.len() > MOST_FAULTS {
            self.faults.pop();
            self.more_faults = self.more_faults.saturating_add(1);
        }
        self.case.wholes.clear();
        for s in self.case.surveys.iter_mut().filter(|s| s.cover == Cover::Complete) {
            s.cover = Cover::Partial(why.clone());
        }
    }
    /// What tells the machine.
    pub fn mark(&mut self, mark: Option<Mark>) {
        if let Some(m) = mark.filter(|m| !self.marks.contains(m)) {
            self.marks.push(m);
        }
    }
    /// A line of the file.
    pub fn line(&self, line: u32) -> Origin {
        Origin::File { path: self.path.clone(), line }
    }
    /// A place in the file that is no line.
    pub fn inside(&self, place: &str) -> Origin {
        Origin::Inside { path: self.path.clone(), place: place.into() }
    }
}
