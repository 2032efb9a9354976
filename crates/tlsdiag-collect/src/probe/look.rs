//! The first look at a target: from its name to a page, each address by itself and all at once.
use super::{
    anchors,
    clock::ms,
    converse::{Peer, Pending, converse},
    full, gather, host_file, names,
    net::Conn,
    reach::{note, reach},
    run::Run,
    talk_to,
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Cover, Host, How, Kind, Origin, Row, Vantage, Why,
    facts::{Asked, ConnectEnd, Opening, Trial},
};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// Once one address answers, how long the others get: two repetitions of a lost SYN.
const OTHERS: Duration = Duration::from_secs(4);

/// Looks; conversations that are still open come back.
pub(crate) async fn look(run: Run, asked: Asked) -> Vec<Pending> {
    let now = run.clock.now();
    run.sink.with(|case| {
        if !case.asked.iter().any(|r| r.what == asked) {
            case.add(Row::once(asked.clone(), Host::HERE, How::Read, now, Origin::Api("arguments".into())));
        }
    });
    host_file::proxies(&run.settings, &asked.name, asked.port, now, &run.sink);
    if asked.literal.is_none() {
        host_file::hosts_file(&run.settings, &asked.name, now, &run.sink);
    }
    let trust = {
        let run = run.clone();
        tokio::spawn(async move { anchors::read_beside(&run).await })
    };
    let (peers, names) = peers(&run, &asked).await;
    let open = at_once(&run, &asked, peers).await;
    if let Some(names) = names {
        let _ = names.await;
    }
    let _ = trust.await;
    open
}

/// The addresses of a target, as machines; and the look-up, where a part of it is still under way.
async fn peers(run: &Run, asked: &Asked) -> (Vec<Peer>, Option<JoinHandle<()>>) {
    let pinned = run.settings.resolve.iter().find(|(n, p, _)| *n == asked.name && *p == asked.port);
    let mut under_way = None;
    let mut found: Vec<IpAddr> = match (asked.literal, pinned) {
        (Some(a), _) => vec![a],
        (None, _) if !asked.pinned.is_empty() => asked.pinned.clone(),
        (None, Some((_, _, list))) => list.clone(),
        (None, None) => {
            let (found, rest) = names::look_up(run, &asked.name).await;
            under_way = rest;
            found
        }
    };
    let most = run.settings.max_addresses;
    if found.len() > most {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let why = Why::OverCap { kept: count(most), dropped: count(found.len() - most) };
        run.missed(Kind::Connects, Host::HERE, why);
        found.truncate(most);
    }
    let machine = |a: IpAddr| run.sink.with(|case| case.host(&a.to_string(), Vantage::Outside));
    let peer = |a| Peer { host: machine(a), at: SocketAddr::new(a, asked.port), name: Some(asked.name.clone()) };
    (found.into_iter().map(peer).collect(), under_way)
}

/// All addresses at once; the plain site beside the first that opens.
async fn at_once(run: &Run, asked: &Asked, peers: Vec<Peer>) -> Vec<Pending> {
    let one_is_open = Arc::new(AtomicBool::new(false));
    // The plain site is what stands beside the default port (a test gives its own pair).
    let beside = asked.port == 443 || run.settings.plain_port != 80;
    let mut set = JoinSet::new();
    for peer in peers {
        let (run, open, path) = (run.clone(), Arc::clone(&one_is_open), asked.path.clone());
        set.spawn(async move { address(run, peer, path, open, beside).await });
    }
    gather(set).await
}

async fn address(run: Run, peer: Peer, path: String, one_is_open: Arc<AtomicBool>, beside: bool) -> Option<Pending> {
    let started = Instant::now();
    let conn = tokio::select! {
        biased;
        conn = twice(&run, &peer) => conn,
        () = enough(&one_is_open, run.settings.timeout) => {
            let end = ConnectEnd::Silent { after_ms: ms(started.elapsed()) };
            note(&run, peer.host, peer.at, end, started, Origin::Api("connect".into()));
            None
        }
    };
    run.survey(Kind::Connects, peer.host, Cover::Complete);
    let conn = conn?;
    let first = !one_is_open.swap(true, Ordering::SeqCst);
    let plain = async {
        if first && beside {
            let limit = (run.settings.patience * 2).min(run.settings.timeout);
            talk_to(&run, &peer, run.settings.plain_port, Opening::HttpGet, limit).await;
        }
    };
    let tls = async {
        let open = converse(&run, &peer, Trial::Base, Some(conn)).await;
        if open.is_none() {
            complete(&run, &peer, &path).await;
        }
        open
    };
    tokio::join!(tls, plain).0
}

/// Connects; where nothing answers in good time a second attempt runs beside the first, so that silence is seen twice and
/// waited for once.
async fn twice(run: &Run, peer: &Peer) -> Option<Conn> {
    let timeout = run.settings.timeout;
    let head_start = run.settings.patience.min(timeout);
    let first = reach(run, peer, timeout);
    tokio::pin!(first);
    if let Ok(conn) = tokio::time::timeout(head_start, &mut first).await {
        return conn;
    }
    let second = reach(run, peer, timeout.saturating_sub(head_start));
    tokio::pin!(second);
    tokio::select! {
        biased;
        conn = &mut first => match conn {
            Some(c) => Some(c),
            None => second.await,
        },
        conn = &mut second => match conn {
            Some(c) => Some(c),
            None => first.await,
        },
    }
}

async fn enough(one_is_open: &AtomicBool, timeout: Duration) {
    sleep(OTHERS.min(timeout)).await;
    while !one_is_open.load(Ordering::SeqCst) {
        sleep(Duration::from_millis(100)).await;
    }
}

/// The library's handshake, where the base hello got a flight that the library can go on from.
pub(crate) async fn complete(run: &Run, peer: &Peer, path: &str) {
    let chosen = run.sink.with(|case| {
        let mine = |h: &&Row<tlsdiag_model::facts::Handshake>| {
            let h = &h.what;
            (h.addr, h.port) == (peer.at.ip(), peer.at.port()) && h.name == peer.name && h.trial == Trial::Base
        };
        let row = case.handshakes.iter().rev().find(mine)?;
        row.what.done().then(|| row.what.answered.saw().map(|a| (a.version, a.suite)))?
    });
    let Some((version, suite)) = chosen else { return };
    if run.library.can(version, suite) {
        full::full(run, peer, path, Trial::Full).await;
    } else {
        run.missed(Kind::HttpAnswers, peer.host, Why::ClientCannot);
    }
}
