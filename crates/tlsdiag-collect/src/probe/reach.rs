//! Whether TCP opens, and how it ends where it does not.
use super::{
    clock::ms,
    converse::Peer,
    net::{Conn, NoConn, connect},
    run::Run,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Host, How, Kind, Origin, Row, Why,
    facts::{Connect, ConnectEnd},
};

/// Tries an address once; the row is in the sink when this returns.
pub(crate) async fn reach(run: &Run, peer: &Peer, limit: Duration) -> Option<Conn> {
    let started = Instant::now();
    match connect(run, peer.at, None, limit).await {
        Ok(conn) => {
            note(run, peer.host, peer.at, ConnectEnd::Open, started, conn.meter.origin());
            Some(conn)
        }
        Err(NoConn::OverBudget) => {
            run.missed(Kind::Connects, peer.host, Why::OverBudget);
            None
        }
        Err(NoConn::End(end)) => {
            note(run, peer.host, peer.at, end, started, Origin::Api("connect".into()));
            None
        }
    }
}

/// Adds the row of an attempt that ended now.
pub(crate) fn note(run: &Run, host: Host, at: SocketAddr, end: ConnectEnd, started: Instant, origin: Origin) {
    let took = ms(started.elapsed());
    let answered = !matches!(end, ConnectEnd::Silent { .. });
    let what = Connect { from: Host::HERE, addr: at.ip(), port: at.port(), end };
    let row = Row::during(what, host, How::Watched, run.clock.since(started), origin);
    run.sink.add(if answered { row.took(took) } else { row });
}
