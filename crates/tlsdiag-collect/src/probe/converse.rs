//! A conversation with one of our own hellos: sent, its flight read, closed. One that gets no answer in good time is
//! reported as pending and goes on by itself; its end replaces the row later.
use super::{
    GRACE,
    clock::ms,
    flight::{self, Stop},
    hello::{self, Hello},
    net::{Conn, Got, Meter, NoConn, connect},
    reach,
    run::Run,
};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Endpoint, Host, How, Kind, Name, Origin, Row, Why,
    facts::{ConnectEnd, End, Handshake, Stage, Trial, Vary},
};
use tlsdiag_wire::{FlightLimits, ServerFlight};
use tokio::task::JoinHandle;

/// Most bytes of a flight.
const MOST: u64 = 512 << 10;
/// Between the two halves of a split hello: longer than any sender would wait, shorter than a person notices.
const PAUSE: Duration = Duration::from_millis(100);

/// With whom.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub host: Host,
    pub at: SocketAddr,
    /// The site's name, an address as text among them.
    pub name: Option<Name>,
}

impl Peer {
    /// From an endpoint with an address.
    pub(crate) fn of(e: &Endpoint) -> Option<Peer> {
        match e.addr {
            tlsdiag_model::Addr::Is(a) => {
                Some(Peer { host: e.host, at: SocketAddr::new(a, e.port), name: e.name.clone() })
            }
            _ => None,
        }
    }
    /// What may be sent as server_name: a name, never an address (RFC 6066 section 3).
    pub(crate) fn sni(&self) -> Option<&Name> {
        self.name.as_ref().filter(|n| n.as_str().parse::<std::net::IpAddr>().is_err())
    }
    /// `Host` of a request.
    pub(crate) fn authority(&self, port: u16, default: u16) -> String {
        let host = match self.sni() {
            Some(n) => n.to_string(),
            None if self.at.is_ipv6() => format!("[{}]", self.at.ip()),
            None => self.at.ip().to_string(),
        };
        if port == default { host } else { format!("{host}:{port}") }
    }
}

/// A conversation that goes on by itself.
pub(crate) struct Pending {
    pub peer: Peer,
    /// The row that its end replaces.
    pub row: Row<Handshake>,
    pub rest: JoinHandle<Row<Handshake>>,
}

/// Holds a conversation; the row is in the sink when this returns. What is still open comes back.
pub(crate) async fn converse(run: &Run, peer: &Peer, trial: Trial, conn: Option<Conn>) -> Option<Pending> {
    let first = trial == Trial::Base;
    let mut talk = begin(run, peer, trial, conn).await?;
    let patience = if first {
        run.settings.patience.max(talk.meter.connected_in * 4).min(run.settings.timeout)
    } else {
        patience(run, talk.meter.connected_in)
    };
    let started = talk.started;
    match talk.listen(started + patience).await {
        Some(stop) => {
            let row = talk.row(stop);
            flight::hold(run, peer.host, &row.what, row.span, &talk.meter.origin());
            run.sink.add(row);
            None
        }
        None => {
            let row = talk.pending();
            run.sink.add(row.clone());
            let rest = tokio::spawn(async move {
                let stop = talk.hear_out().await;
                talk.row(stop)
            });
            Some(Pending { peer: peer.clone(), row, rest })
        }
    }
}

/// How long an experiment is waited for before it goes on by itself: less than the first hello, as by then it is known how
/// fast the server is, and silence must be waited for only once.
pub(crate) fn patience(run: &Run, connected_in: Duration) -> Duration {
    (run.settings.patience * 2 / 5).max(connected_in * 4).min(run.settings.timeout)
}

/// Puts the end of a conversation in the place of its pending row.
pub(crate) fn settle(run: &Run, peer: &Peer, pending: &Row<Handshake>, row: Row<Handshake>) {
    if let Some(origin) = row.examples.first() {
        flight::hold(run, peer.host, &row.what, row.span, origin);
    }
    run.sink.with(|case| match case.handshakes.iter_mut().find(|r| *r == pending) {
        Some(place) => *place = row,
        None => case.add(row),
    });
}

/// A conversation under way.
struct Talk {
    run: Run,
    conn: Conn,
    meter: Arc<Meter>,
    peer: Peer,
    trial: Trial,
    hello: Hello,
    flight: ServerFlight,
    started: Instant,
    heard: Instant,
    buffer: Vec<u8>,
}

/// Builds the hello, connects where no connection was given, and sends. `None`: a row or survey says why not.
async fn begin(run: &Run, peer: &Peer, trial: Trial, conn: Option<Conn>) -> Option<Talk> {
    let number = conn.as_ref().map_or_else(|| run.used().saturating_add(1), |c| c.meter.number);
    let built = match &trial {
        Trial::Vary(v) => hello::varied(run, peer.sni(), number, v),
        _ => hello::base(run, peer.sni(), number),
    };
    let hello = match built {
        Ok(h) => h,
        Err(e) => {
            run.missed(Kind::Handshakes, peer.host, Why::Said(e.to_string()));
            return None;
        }
    };
    if hello.mss.is_some() && !super::net::SMALL_SEGMENTS {
        run.missed(Kind::Handshakes, peer.host, Why::Said("TCP_MAXSEG cannot be set on this system".to_owned()));
        return None;
    }
    let started = Instant::now();
    let mut conn = match conn {
        Some(c) => c,
        None => match connect(run, peer.at, hello.mss, run.settings.timeout).await {
            Ok(c) => c,
            Err(NoConn::OverBudget) => {
                run.missed(Kind::Handshakes, peer.host, Why::OverBudget);
                return None;
            }
            Err(NoConn::End(end)) => {
                unconnected(run, peer, trial, hello, started, end);
                return None;
            }
        },
    };
    let meter = Arc::clone(&conn.meter);
    // Where the connection was there already, the conversation begins with the hello.
    let started = if meter.started < started { started } else { meter.started + meter.connected_in };
    for (i, piece) in hello.pieces.iter().enumerate() {
        if i > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        conn.say(piece, run.settings.timeout).await;
    }
    let limits = FlightLimits { max_total: MOST, ..FlightLimits::default() };
    let flight = ServerFlight::with_limits(hello.hello.clone(), limits);
    Some(Talk {
        run: run.clone(),
        conn,
        meter,
        peer: peer.clone(),
        trial,
        hello,
        flight,
        started,
        heard: Instant::now(),
        buffer: vec![0; 16 << 10],
    })
}

fn unconnected(run: &Run, peer: &Peer, trial: Trial, hello: Hello, started: Instant, end: ConnectEnd) {
    let mut h = flight::blank(peer.at, peer.name.clone(), trial, hello.offer);
    (h.stage, h.end) = (Stage::Unconnected, End::NotConnected);
    let span = run.clock.since(started);
    run.sink.add(Row::during(h, peer.host, How::Watched, span, Origin::Api("connect".into())));
    reach::note(run, peer.host, peer.at, end, started, Origin::Api("connect".into()));
}

impl Talk {
    /// Reads until there is nothing more to wait for, or until a time: `None` then, and it may be called again.
    async fn listen(&mut self, until: Instant) -> Option<Stop> {
        let whole = self.started + self.run.settings.timeout + GRACE;
        loop {
            if self.flight.is_complete() && !self.answer_retry().await || self.flight.error().is_some() {
                return Some(Stop::Enough);
            }
            if !self.flight.need_more() {
                return Some(Stop::Enough);
            }
            let silence = (self.heard + self.run.settings.timeout).min(whole);
            let limit = silence.min(until).saturating_duration_since(Instant::now());
            match self.conn.hear(&mut self.buffer, limit).await {
                Got::Bytes(n) => {
                    self.heard = Instant::now();
                    self.flight.feed(self.buffer.get(..n).unwrap_or_default());
                }
                Got::Closed => return Some(Stop::Closed),
                Got::Reset => return Some(Stop::Reset),
                Got::Nothing if Instant::now() >= silence => return Some(Stop::Silent(ms(self.started.elapsed()))),
                Got::Nothing => {
                    if Instant::now() >= until {
                        return None;
                    }
                }
            }
            // Bytes that trickle do not keep it open.
            if Instant::now() >= whole && !self.flight.is_complete() {
                return Some(Stop::Silent(ms(self.started.elapsed())));
            }
        }
    }

    async fn hear_out(&mut self) -> Stop {
        let end = self.started + self.run.settings.timeout + GRACE;
        self.listen(end).await.unwrap_or_else(|| Stop::Silent(ms(self.started.elapsed())))
    }

    /// Answers a HelloRetryRequest; false: there is none, or it cannot be answered.
    async fn answer_retry(&mut self) -> bool {
        if self.flight.stage() != tlsdiag_wire::Stage::HelloRetryRequest || self.flight.error().is_some() {
            return false;
        }
        if self.flight.said().fatal_alert().is_some() {
            return false;
        }
        let Some(retry) = self.flight.said().hello_retry.clone() else { return false };
        let Some(Ok(second)) = hello::second(&self.run, &self.hello.hello, &retry) else { return false };
        let Ok(bytes) = second.to_records() else { return false };
        self.conn.say(&bytes, self.run.settings.timeout).await;
        self.flight.answer_retry(second);
        // A second retry is not answered again: the flight is complete then.
        !self.flight.is_complete()
    }

    fn pending(&self) -> Row<Handshake> {
        let mut h = self.blank();
        h.end = End::Pending { after_ms: ms(self.started.elapsed()) };
        h.stage = flight::stage(&self.flight);
        h.delivered = self.meter.delivered();
        self.finish(h)
    }

    fn row(&self, stop: Stop) -> Row<Handshake> {
        let mut h = self.blank();
        h.stage = flight::stage(&self.flight);
        h.end = flight::end(&self.flight, stop);
        // A connection that was reset is forgotten by the system.
        h.delivered = self.meter.delivered();
        flight::fill(&self.run, &self.flight, &mut h);
        self.finish(h)
    }

    fn blank(&self) -> Handshake {
        flight::blank(self.peer.at, self.peer.name.clone(), self.trial.clone(), self.hello.offer.clone())
    }

    fn finish(&self, h: Handshake) -> Row<Handshake> {
        let span = self.run.clock.since(self.started);
        let row = Row::during(h, self.peer.host, How::Watched, span, self.meter.origin());
        match self.meter.first_after(self.started) {
            Some(t) => row.took(t),
            None => row,
        }
    }
}

/// Whether a hello cannot be made on this system.
pub(crate) fn impossible(vary: &Vary) -> bool {
    matches!(vary, Vary::SmallSegments | Vary::ClassicSmallSegments) && !super::net::SMALL_SEGMENTS
}
