//! The network probe: it does what an ask says and writes down what happened. What that means is for the rules.
//!
//! One thread, one runtime; conversations that belong together run at once, and one that gets no answer in good time goes
//! on by itself while others are held.
mod acked;
mod anchors;
mod clock;
mod converse;
mod fetch;
mod flight;
mod full;
mod hello;
mod host_file;
mod http;
mod look;
mod names;
mod net;
mod offers;
mod reach;
mod redirect;
mod revocation;
mod run;
mod settings;
mod talk;
mod tls;

pub use settings::{Environment, Settings, SystemLookup, WallClock};

use converse::{Peer, Pending, converse, settle};
use run::{Run, Shared};
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tlsdiag_model::{
    Ask, Endpoint, Grant, Host, Kind, Name, Sink, Source, Why,
    facts::{Asked, Opening, Trial},
};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::sleep,
};

/// What a conversation may last beyond the time that counts as silence, when bytes trickle.
const GRACE: Duration = Duration::from_secs(2);
/// How often somebody who asks to stop is listened to.
const ATTENTION: Duration = Duration::from_millis(50);
/// A server that connects faster than this is asked one thing at a time: the first answers decide what is asked next.
const PROMPT_MS: u32 = 20;
/// Conversations at once with a server that is slow or silent.
const WIDE: usize = 6;

/// Why there is no probe.
#[derive(Debug)]
pub enum Error {
    /// The TLS library cannot be set up.
    Library(String),
    /// The system gives no runtime (no more descriptors, no poll).
    Runtime(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Library(e) => write!(f, "the TLS library cannot be set up: {e}"),
            Error::Runtime(e) => write!(f, "the network cannot be used: {e}"),
        }
    }
}
impl std::error::Error for Error {}

/// A source of facts that looks over the network.
pub struct Probe {
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
    pending: Vec<Pending>,
    /// Which path was asked for, by name and port.
    paths: Vec<(Name, u16, String)>,
}

impl Probe {
    /// A probe that has not connected to anything yet.
    pub fn new(settings: Settings) -> Result<Probe, Error> {
        let library = tls::Library::new().map_err(|e| Error::Library(e.to_string()))?;
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().map_err(Error::Runtime)?;
        let shared = Arc::new(Shared::new(settings, library));
        Ok(Probe { shared, runtime: Some(runtime), pending: vec![], paths: vec![] })
    }

    /// The first look at a target: names, reach, the base hello, a library's handshake with a request, trust anchors.
    pub fn look(&mut self, asked: &Asked, sink: &Sink) {
        self.paths.push((asked.name.clone(), asked.port, asked.path.clone()));
        let run = Run { shared: Arc::clone(&self.shared), sink: sink.clone() };
        let asked = asked.clone();
        let found = self.drive(sink, look::look(run, asked));
        self.pending.extend(found.into_iter().flatten());
        self.harvest(sink);
    }

    /// Connections to targets so far.
    pub fn connections(&self) -> u32 {
        self.shared.used()
    }

    /// Runs until it is done or somebody asks to stop.
    fn drive<T>(&self, sink: &Sink, work: impl Future<Output = T>) -> Option<T> {
        let runtime = self.runtime.as_ref()?;
        let run = Run { shared: Arc::clone(&self.shared), sink: sink.clone() };
        runtime.block_on(async {
            tokio::select! {
                biased;
                out = work => Some(out),
                () = stopped(&run.sink) => {
                    run.missed(Kind::Handshakes, Host::HERE, Why::Interrupted);
                    None
                }
            }
        })
    }

    /// Puts the ends of conversations that have ended meanwhile in place.
    fn harvest(&mut self, sink: &Sink) {
        let (ended, open): (Vec<_>, Vec<_>) = self.pending.drain(..).partition(|p| p.rest.is_finished());
        self.pending = open;
        let run = Run { shared: Arc::clone(&self.shared), sink: sink.clone() };
        self.drive(sink, finish(run, ended));
    }

    fn path(&self, e: &Endpoint) -> String {
        let known = self.paths.iter().rev().find(|(n, p, _)| e.name.as_ref() == Some(n) && *p == e.port);
        known.map_or_else(|| "/".to_owned(), |(_, _, path)| path.clone())
    }

    fn waiting(&self, e: &Endpoint) -> bool {
        Peer::of(e).is_some_and(|peer| self.pending.iter().any(|p| same(&p.peer, &peer)))
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // A name service that hangs is not waited for.
        if let Some(r) = self.runtime.take() {
            r.shutdown_background();
        }
    }
}

impl Source for Probe {
    fn offers(&self, ask: &Ask) -> Option<Grant> {
        if self.shared.settings.offline {
            return None;
        }
        let waits = matches!(ask, Ask::Wait(e) if self.waiting(e));
        offers::grant(ask, self.shared.left(), self.shared.fetches_left(), waits)
    }

    fn width(&self) -> usize {
        let prompt = self.pending.is_empty() && self.shared.slowest() < PROMPT_MS;
        if prompt { 1 } else { WIDE }
    }

    fn answer(&mut self, asks: &[Ask], sink: &Sink) {
        let run = Run { shared: Arc::clone(&self.shared), sink: sink.clone() };
        if self.shared.settings.offline {
            for ask in asks {
                run.missed(offers::kind(ask), ask.host(), Why::Offline);
            }
            return;
        }
        let mut awaited = vec![];
        let mut work = vec![];
        for ask in asks {
            match ask {
                Ask::Wait(e) => {
                    let Some(peer) = Peer::of(e) else { continue };
                    let (mine, others) = self.pending.drain(..).partition(|p| same(&p.peer, &peer));
                    self.pending = others;
                    awaited.extend::<Vec<_>>(mine);
                }
                other => work.push((other.clone(), self.path_of(other))),
            }
        }
        let asked = async {
            let mut set = JoinSet::new();
            for (ask, path) in work {
                set.spawn(answer(run.clone(), ask, path));
            }
            if !awaited.is_empty() {
                let run = run.clone();
                set.spawn(async move {
                    finish(run, awaited).await;
                    None
                });
            }
            gather(set).await
        };
        let found = self.drive(sink, asked);
        self.pending.extend(found.into_iter().flatten());
        self.harvest(sink);
    }
}

impl Probe {
    fn path_of(&self, ask: &Ask) -> String {
        match ask {
            Ask::Full(e) | Ask::FullAgain { to: e, .. } => self.path(e),
            _ => "/".to_owned(),
        }
    }
}

/// One ask; what stays open comes back.
async fn answer(run: Run, ask: Ask, path: String) -> Option<Pending> {
    match ask {
        Ask::Handshake(e) => converse(&run, &Peer::of(&e)?, Trial::Base, None).await,
        Ask::Trial { to, vary } => converse(&run, &Peer::of(&to)?, Trial::Vary(vary), None).await,
        Ask::Again { to, after } => {
            sleep(run.clock.until(after)).await;
            converse(&run, &Peer::of(&to)?, Trial::Again, None).await
        }
        Ask::Full(e) => {
            full::full(&run, &Peer::of(&e)?, &path, Trial::Full).await;
            None
        }
        Ask::FullAgain { to, after } => {
            sleep(run.clock.until(after)).await;
            full::full(&run, &Peer::of(&to)?, &path, Trial::FullAgain).await;
            None
        }
        Ask::Talk { to, opening } => {
            let peer = Peer::of(&to)?;
            talk_to(&run, &peer, peer.at.port(), opening, run.settings.timeout).await;
            None
        }
        Ask::Connect { host, addr, port } => {
            let peer = Peer { host, at: SocketAddr::new(addr, port), name: None };
            reach::reach(&run, &peer, run.settings.timeout).await;
            None
        }
        Ask::Fetch { url, cert, to } => {
            fetch::issuer(&run, &Peer::of(&to)?, &url, cert).await;
            None
        }
        Ask::Revocation { cert, issuer, to } => {
            revocation::ask(&run, &Peer::of(&to)?, cert, issuer).await;
            None
        }
        Ask::Wait(_) | Ask::Table { .. } => None,
    }
}

/// Connects to a port of a peer and talks without TLS; rows for both are in the sink when this returns.
async fn talk_to(run: &Run, peer: &Peer, port: u16, opening: Opening, limit: Duration) {
    let there = Peer { at: SocketAddr::new(peer.at.ip(), port), ..peer.clone() };
    let Some(conn) = reach::reach(run, &there, limit).await else { return };
    let default = if port == peer.at.port() { 443 } else { 80 };
    talk::talk(run, conn, there.host, there.at, &peer.authority(port, default), opening, limit).await;
}

async fn finish(run: Run, waiting: Vec<Pending>) {
    for p in waiting {
        match p.rest.await {
            Ok(row) => settle(&run, &p.peer, &p.row, row),
            Err(e) => run.missed(Kind::Handshakes, p.peer.host, Why::Said(e.to_string())),
        }
    }
}

/// Waits for all; a panic of one goes on as a panic.
async fn gather<T: 'static>(mut set: JoinSet<Option<T>>) -> Vec<T> {
    let mut out = vec![];
    while let Some(done) = set.join_next().await {
        match done {
            Ok(x) => out.extend(x),
            Err(e) => {
                if let Ok(panic) = e.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    out
}

async fn stopped(sink: &Sink) {
    while !sink.stopped() {
        sleep(ATTENTION).await;
    }
}

fn same(a: &Peer, b: &Peer) -> bool {
    a.at == b.at && a.name == b.name
}
