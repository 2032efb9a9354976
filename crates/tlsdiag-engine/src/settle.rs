//! Granting asks, cheapest and most telling first, until one cause stands or the budget is spent.
use std::{cmp::Reverse, time::Duration};
use tlsdiag_model::{Addr, Ask, Endpoint, Kind, Sink, Source};
use tlsdiag_rules::{Diagnosis, Rule, Wanted, examine};

/// How long to go on asking. Connections are counted by the source itself.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// No new experiment after this, where servers answer.
    pub asking: Duration,
    /// No new experiment after this, while a conversation is silent: each would have to be waited for.
    pub asking_in_silence: Duration,
    /// Rounds of judging, a bound that nothing should meet.
    pub rounds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { asking: Duration::from_secs(30), asking_in_silence: Duration::from_secs(3), rounds: 200 }
    }
}

/// One round, as it is told to whoever shows progress.
pub struct Round<'a> {
    /// What is being asked now.
    pub asks: &'a [Ask],
    /// Time since the start.
    pub elapsed: Duration,
}

/// The end of the loop.
pub struct Settled {
    /// What is said.
    pub diagnosis: Diagnosis,
    /// How often it was judged.
    pub rounds: u32,
}

/// Runs the loop on what the sink holds. `elapsed` is the time since the start of the look (injected, as tests have their
/// own); `progress` hears of every round.
pub fn settle(
    sink: &Sink,
    rules: &[&'static Rule],
    sources: &mut [&mut dyn Source],
    limits: &Limits,
    elapsed: &dyn Fn() -> Duration,
    progress: &mut dyn FnMut(Round<'_>),
) -> Settled {
    let derived = crate::derived();
    let mut tried: Vec<Ask> = vec![];
    let mut rounds = 0u32;
    loop {
        rounds = rounds.saturating_add(1);
        let diagnosis = examine(&sink.snapshot(), &derived, rules);
        if sink.stopped() || rounds >= limits.rounds {
            return Settled { diagnosis, rounds };
        }
        let silent = diagnosis.wanted.iter().any(|w| matches!(w.ask, Ask::Wait(_)));
        let until = if silent { limits.asking_in_silence } else { limits.asking };
        let late = elapsed() >= until;
        let next = choose(&diagnosis.wanted, &tried, sources, silent, late).or_else(|| wait(sink, &tried, sources));
        let Some((source, asks)) = next else {
            return Settled { diagnosis, rounds };
        };
        progress(Round { asks: &asks, elapsed: elapsed() });
        tried.extend(asks.iter().filter(|a| !matches!(a, Ask::Wait(_))).cloned());
        let before = progress_of(sink);
        if let Some(s) = sources.get_mut(source) {
            s.answer(&asks, sink);
        }
        // waiting that changed nothing would go on for ever
        if asks.iter().all(|a| matches!(a, Ask::Wait(_))) && progress_of(sink) == before {
            tried.extend(asks);
        }
    }
}

/// Nothing is left to be asked, but a conversation is still open: its end is part of the answer.
fn wait(sink: &Sink, tried: &[Ask], sources: &[&mut dyn Source]) -> Option<(usize, Vec<Ask>)> {
    let open: Vec<Ask> = sink.with(|c| {
        let pending = c.handshakes.iter().filter(|h| h.what.pending());
        pending
            .map(|h| {
                let (addr, port, name) = (Addr::Is(h.what.addr), h.what.port, h.what.name.clone());
                Ask::Wait(Endpoint { host: h.host, addr, port, name })
            })
            .collect()
    });
    let open = open.into_iter().find(|a| !tried.contains(a))?;
    let source = sources.iter().position(|s| s.offers(&open).is_some())?;
    Some((source, vec![open]))
}

/// What changes when something that was waited for comes: conversations still open, rows and surveys.
fn progress_of(sink: &Sink) -> (usize, usize, usize) {
    sink.with(|c| {
        let open = c.handshakes.iter().filter(|h| h.what.pending()).count();
        (open, Kind::ALL.iter().map(|k| c.count(*k)).sum(), c.surveys.len())
    })
}

/// The next asks and the source that grants them. Waiting comes last, when nothing else can be done meanwhile.
fn choose(
    wanted: &[Wanted],
    tried: &[Ask],
    sources: &[&mut dyn Source],
    silent: bool,
    late: bool,
) -> Option<(usize, Vec<Ask>)> {
    let mut offers: Vec<_> = wanted
        .iter()
        .filter(|w| !tried.contains(&w.ask))
        .flat_map(|w| sources.iter().enumerate().filter_map(move |(i, s)| Some((w, i, s.offers(&w.ask)?))))
        .filter(|(_, _, g)| !late || g.connections == 0)
        .collect();
    offers.sort_by_key(|(w, i, g)| (matches!(w.ask, Ask::Wait(_)), !w.needed, g.weight, Reverse(w.use_for), *i));
    let (first, source, _) = offers.first()?;
    let source = *source;
    if matches!(first.ask, Ask::Wait(_)) {
        return Some((source, vec![first.ask.clone()]));
    }
    // silence is waited for only once: everything that may end in it is asked at the same time
    let width = sources.get(source).map_or(1, |s| s.width()).max(if silent { 16 } else { 1 });
    let asks = offers
        .iter()
        .filter(|(w, i, _)| *i == source && !matches!(w.ask, Ask::Wait(_)))
        .take(width)
        .map(|(w, ..)| w.ask.clone())
        .collect();
    Some((source, asks))
}
