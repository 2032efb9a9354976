//! The network probe: it does what an ask says and writes down what happened. What that means is for the rules.
//!
//! One thread, one runtime; conversations that belong together run at once, and one that gets no answer in good time goes
//! on by itself while others are held.
mod acked;
pub mod anchors;
mod clock;
mod converse;
mod demand;
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

pub use demand::Demand;
pub use settings::{Environment, Settings, SystemLookup, WallClock};

use converse::{Peer, Pending, converse, settle};
use run::{Run, Shared};
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tlsdiag_model::{
    Addr, Ask, Case, Endpoint, Grant, Host, Kind, Name, Sink, Source, Why,
    facts::{Asked, Opening, Trial},
};
use tokio::{
    runtime::{Builder, Runtime},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// What a conversation may last beyond the time that counts as silence, when bytes trickle.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked whether a conversation has ended.
const GLANCE: Duration = Duration::from_millis(5);
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

/// What goes on by itself.
enum Open {
    /// A hello without an answer so far; its end replaces the pending row.
    Hello(Box<Pending>),
    /// A conversation without TLS; its row comes at its end.
    Talk {
        /// With whom.
        peer: Peer,
        /// The rest of it.
        rest: JoinHandle<()>,
    },
}

impl Open {
    fn hello(pending: Pending) -> Open {
        Open::Hello(Box::new(pending))
    }
    fn peer(&self) -> &Peer {
        match self {
            Open::Hello(p) => &p.peer,
            Open::Talk { peer, .. } => peer,
        }
    }
    fn ended(&self) -> bool {
        match self {
            Open::Hello(p) => p.rest.is_finished(),
            Open::Talk { rest, .. } => rest.is_finished(),
        }
    }
}

/// A source of facts that looks over the network.
pub struct Probe {
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
    pending: Vec<Open>,
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
        self.pending.extend(found.into_iter().flatten().map(Open::hello));
        self.harvest(sink);
    }

    /// Fetches what a certificate names as its issuer's place (RFC 5280 section 4.2.2.1), within the bounds of all such
    /// requests: plain http, a few seconds, 64 KiB, four in all. `inside`: private addresses may be asked on its word.
    ///
    /// # Errors
    /// Why there is nothing: refused, too many, timed out, another status than 200.
    pub fn issuer(&self, url: &str, inside: bool) -> Result<Vec<u8>, Why> {
        let Some(runtime) = &self.runtime else { return Err(Why::Interrupted) };
        let run = Run { shared: Arc::clone(&self.shared), sink: Sink::new(Case::here("this machine")) };
        let got = runtime.block_on(fetch::get(&run, inside, url, None, fetch::SMALL))?;
        match got.status {
            200 => Ok(got.body),
            status => Err(Why::Said(format!("HTTP status {status}"))),
        }
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
        let (ended, open): (Vec<_>, Vec<_>) = self.pending.drain(..).partition(Open::ended);
        self.pending = open;
        let ended = ended.into_iter().map(|o| (self.path_for(o.peer()), o)).map(|(p, o)| (o, p)).collect();
        let run = Run { shared: Arc::clone(&self.shared), sink: sink.clone() };
        self.drive(sink, finish(run, ended));
    }

    fn path(&self, e: &Endpoint) -> String {
        Peer::of(e).map_or_else(|| "/".to_owned(), |p| self.path_for(&p))
    }

    fn path_for(&self, peer: &Peer) -> String {
        let known = self.paths.iter().rev().find(|(n, p, _)| peer.name.as_ref() == Some(n) && *p == peer.at.port());
        known.map_or_else(|| "/".to_owned(), |(_, _, path)| path.clone())
    }

    fn waiting(&self, e: &Endpoint) -> bool {
        Peer::of(e).is_some_and(|peer| self.pending.iter().any(|p| same(p.peer(), &peer)))
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
        if self.shared.settings.offline && offers::of_others(ask) {
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
        let mut work = vec![];
        let mut waits = false;
        for ask in asks {
            match ask {
                other if self.shared.settings.offline && offers::of_others(other) => {
                    run.missed(offers::kind(other), other.host(), Why::Offline);
                }
                Ask::Wait(e) => waits |= self.waiting(e),
                other => {
                    let silent = matches!(other, Ask::Talk { to, .. } if self.waiting(to));
                    work.push((other.clone(), self.path_of(other), silent));
                }
            }
        }
        let open = std::mem::take(&mut self.pending);
        let asked = async {
            let mut set = JoinSet::new();
            for (ask, path, silent) in work {
                set.spawn(answer(run.clone(), ask, path, silent));
            }
            if waits {
                first_end(&open).await;
            }
            gather(set).await
        };
        let found = self.drive(sink, asked);
        self.pending = open;
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

/// One ask; what stays open comes back. `silent`: the endpoint has not answered something else so far.
async fn answer(run: Run, ask: Ask, path: String, silent: bool) -> Option<Open> {
    match ask {
        Ask::Handshake(e) => converse(&run, &Peer::of(&e)?, Trial::Base, None).await.map(Open::hello),
        Ask::Trial { to, vary } => converse(&run, &Peer::of(&to)?, Trial::Vary(vary), None).await.map(Open::hello),
        Ask::Again { to, after } => {
            sleep(run.clock.until(after)).await;
            converse(&run, &Peer::of(&to)?, Trial::Again, None).await.map(Open::hello)
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
            // who answers hellos at once does not keep a greeting back for long; who is silent gets the whole time
            let limit = match opening {
                Opening::Listened if !silent => (run.settings.patience * 2).min(run.settings.timeout),
                _ => run.settings.timeout,
            };
            let patience = converse::patience(&run, Duration::from_millis(u64::from(run.slowest())));
            let mut rest = {
                let (run, peer) = (run.clone(), peer.clone());
                tokio::spawn(async move { talk_to(&run, &peer, peer.at.port(), opening, limit).await })
            };
            let waited = if silent { patience } else { limit + GRACE };
            match tokio::time::timeout(waited, &mut rest).await {
                Ok(_) => None,
                Err(_) => Some(Open::Talk { peer, rest }),
            }
        }
        Ask::Connect { host, addr, port } => {
            let peer = Peer { host, at: SocketAddr::new(addr, port), name: None };
            // another port only hints at what the machine is like
            let asked = run.sink.with(|c| c.asked.iter().any(|a| a.what.port == port));
            let limit = if asked { run.settings.timeout } else { run.settings.timeout.min(GRACE) };
            reach::reach(&run, &peer, limit).await;
            None
        }
        Ask::Fetch { url, cert, to } => {
            fetch::issuer(&run, inside(to.as_ref()), &url, cert).await;
            None
        }
        Ask::Revocation { cert, issuer, to } => {
            revocation::ask(&run, inside(to.as_ref()), cert, issuer).await;
            None
        }
        Ask::Wait(_) | Ask::Table { .. } | Ask::Under { .. } => None,
    }
}

/// Does whoever sent a certificate have a private address? A certificate in a file was sent by nobody.
fn inside(sender: Option<&Endpoint>) -> bool {
    matches!(sender.map(|e| e.addr), Some(Addr::Is(a)) if fetch::private(a))
}

/// Connects to a port of a peer and talks without TLS; rows for both are in the sink when this returns.
async fn talk_to(run: &Run, peer: &Peer, port: u16, opening: Opening, limit: Duration) {
    let there = Peer { at: SocketAddr::new(peer.at.ip(), port), ..peer.clone() };
    let Some(conn) = reach::reach(run, &there, limit).await else { return };
    let default = if port == peer.at.port() { 443 } else { 80 };
    talk::talk(run, conn, there.host, there.at, &peer.authority(port, default), opening, limit).await;
}

/// Puts ends in place. A first handshake that was slow and came well after all is completed, as the first look would have.
async fn finish(run: Run, waiting: Vec<(Open, String)>) {
    for (open, path) in waiting {
        match open {
            Open::Hello(p) => match p.rest.await {
                Ok(row) => {
                    let first = row.what.trial == Trial::Base && row.what.done();
                    settle(&run, &p.peer, &p.row, row);
                    if first {
                        look::complete(&run, &p.peer, &path).await;
                    }
                }
                Err(e) => run.missed(Kind::Handshakes, p.peer.host, Why::Said(e.to_string())),
            },
            Open::Talk { peer, rest } => {
                if let Err(e) = rest.await {
                    run.missed(Kind::Talks, peer.host, Why::Said(e.to_string()));
                }
            }
        }
    }
}

/// Until the first of them has ended.
async fn first_end(waiting: &[Open]) {
    while !waiting.iter().any(Open::ended) {
        sleep(GLANCE).await;
    }
    // those that end together are told together
    sleep(GLANCE * 4).await;
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
