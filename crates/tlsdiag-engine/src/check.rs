//! Checking what a person typed: a look by the probe at every site, the files that the sink holds already, then the loop.
use crate::{Limits, Round, settle};
use std::time::{Duration, Instant};
use tlsdiag_collect::probe::{Demand, anchors};
use tlsdiag_collect::{Error, Probe, Settings, files};
use tlsdiag_model::facts::Asked;
use tlsdiag_model::{Case, Sink};
use tlsdiag_rules::{ALL, Diagnosis, Subjects, Verdict, diagnose, judge};

/// What came out.
pub struct Checked {
    /// All that is known.
    pub case: Case,
    /// What every rule said.
    pub verdicts: Vec<Verdict>,
    /// What is said.
    pub diagnosis: Diagnosis,
    /// Connections opened.
    pub connections: u32,
    /// How long it took.
    pub took: Duration,
}

/// Checks targets one after the other into one case, and the identities in files that the sink holds. Interrupted through
/// the sink, it says what is known so far.
///
/// Files alone open no connection, unless a chain lacks an issuer that its certificate says where to fetch.
pub fn check(
    targets: &[Asked],
    settings: &Settings,
    sink: &Sink,
    progress: &mut dyn FnMut(Round<'_>),
) -> Result<Checked, Error> {
    let start = Instant::now();
    let mut connections = 0u32;
    let has_files = sink.with(|case| !case.identities.is_empty());
    if has_files && !sink.stopped() {
        anchors::read(settings, sink);
    }
    for asked in targets {
        let asked = &pinned(asked, settings);
        let begun = Instant::now();
        let mut probe = Probe::new(settings.clone())?;
        if !sink.stopped() {
            progress(Round { asks: &[], elapsed: start.elapsed() });
            probe.look(asked, sink);
            sink.with(tlsdiag_evidence::alias);
            let limits = limits(settings);
            settle(sink, ALL, &mut [&mut probe], &limits, &|| begun.elapsed(), progress);
        }
        connections = connections.saturating_add(probe.connections());
    }
    files::compare(sink);
    sink.with(tlsdiag_evidence::alias);
    if has_files && !sink.stopped() {
        let begun = Instant::now();
        let mut demand = Demand::new(settings.clone());
        settle(sink, ALL, &mut [&mut demand], &limits(settings), &|| begun.elapsed(), progress);
        files::compare(sink);
    }
    Ok(Checked { connections, took: start.elapsed(), ..conclude(sink.snapshot()) })
}

/// The addresses that were given for the name are part of the question.
fn pinned(asked: &Asked, settings: &Settings) -> Asked {
    let mut asked = asked.clone();
    for (name, port, addrs) in &settings.resolve {
        if (name, *port) == (&asked.name, asked.port) && asked.literal.is_none() {
            asked.pinned.extend(addrs.iter().filter(|a| !asked.pinned.contains(a)).copied().collect::<Vec<_>>());
        }
    }
    asked
}

/// What can be said of a case as it stands: for the end of a run, and for a run that was broken off.
pub fn conclude(case: Case) -> Checked {
    let (subjects, derived) = (Subjects::of(&case), crate::derived());
    let verdicts = judge(&case, &subjects, &derived, ALL);
    let diagnosis = diagnose(&case, &subjects, &derived, &verdicts);
    Checked { case, verdicts, diagnosis, connections: 0, took: Duration::ZERO }
}

/// Silent servers are asked everything within the first fifth of the time after which silence counts.
fn limits(settings: &Settings) -> Limits {
    Limits { asking_in_silence: settings.timeout / 5, ..Limits::default() }
}
