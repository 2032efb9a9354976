//! What every part of one look shares: settings, clock, sink, the numbers of connections and the budget.
use super::{clock::Clock, hello::SplitMix, settings::Settings, tls::Library};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tlsdiag_model::{Cover, Host, Kind, Origin, Sink, Survey, Why};

/// What lasts as long as the probe.
pub(crate) struct Shared {
    pub settings: Settings,
    pub clock: Clock,
    pub library: Library,
    /// Seeds of the GREASE values, the same for every hello of the run.
    pub grease: [u8; 6],
    /// Connections to targets so far.
    used: AtomicU32,
    /// Requests to addresses that a certificate names so far.
    fetches: AtomicU32,
    /// Slowest connect seen, milliseconds.
    slowest: AtomicU32,
}

/// Most requests to addresses that a certificate names, in one run.
const MOST_FETCHES: u32 = 4;

impl Shared {
    pub(crate) fn new(settings: Settings, library: Library) -> Shared {
        let clock = Clock::new((settings.now)());
        let mut grease = [0; 6];
        match settings.seed {
            Some(seed) => SplitMix(seed).fill(&mut grease),
            None => library.random(&mut grease),
        }
        Shared {
            settings,
            clock,
            library,
            grease,
            used: AtomicU32::new(0),
            fetches: AtomicU32::new(0),
            slowest: AtomicU32::new(0),
        }
    }
    pub(crate) fn used(&self) -> u32 {
        self.used.load(Ordering::SeqCst)
    }
    pub(crate) fn left(&self) -> u32 {
        self.settings.budget.saturating_sub(self.used())
    }
    /// The number of the next connection, unless the budget is spent.
    pub(crate) fn number(&self) -> Option<u32> {
        next(&self.used, self.settings.budget)
    }
    /// Leave for one more request on a certificate's word.
    pub(crate) fn fetch(&self) -> bool {
        next(&self.fetches, MOST_FETCHES).is_some()
    }
    pub(crate) fn fetches_left(&self) -> u32 {
        MOST_FETCHES.saturating_sub(self.fetches.load(Ordering::SeqCst))
    }
    pub(crate) fn connected_in(&self, ms: u32) {
        self.slowest.fetch_max(ms, Ordering::SeqCst);
    }
    pub(crate) fn slowest(&self) -> u32 {
        self.slowest.load(Ordering::SeqCst)
    }
}

fn next(counter: &AtomicU32, most: u32) -> Option<u32> {
    let step = |n: u32| n.checked_add(1).filter(|n| *n <= most);
    counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).ok().map(|n| n + 1)
}

/// One look or one answer: what is shared, and where the facts go.
#[derive(Clone)]
pub(crate) struct Run {
    pub shared: Arc<Shared>,
    pub sink: Sink,
}

impl std::ops::Deref for Run {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Run {
    /// Leaves the reason why a kind was not seen whole.
    pub(crate) fn missed(&self, kind: Kind, host: Host, why: Why) {
        let cover = match why {
            Why::Offline | Why::AddressRefused => Cover::Denied(why),
            Why::OverBudget | Why::Interrupted | Why::OverCap { .. } => Cover::Partial(why),
            why => Cover::Failed(why),
        };
        self.survey(kind, host, cover);
    }
    /// Leaves a survey of this moment.
    pub(crate) fn survey(&self, kind: Kind, host: Host, cover: Cover) {
        let span = tlsdiag_model::Span::at(self.clock.now());
        self.sink.survey(Survey { kind, host, cover, span, origin: Origin::Api("probe".into()) });
    }
}
