//! One TCP connection and what is counted on it: bytes both ways, the first ones, what the peer acknowledged, how it ended.
use super::{acked, clock::ms, run::Run};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Origin, Sight, WireCount,
    facts::{ConnectEnd, Unreachable},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// First bytes of an answer that are kept as evidence.
const FIRST: usize = 64;

/// A connection.
pub(crate) struct Conn {
    stream: TcpStream,
    /// A write was told of a reset, which the system tells only once.
    reset: bool,
    pub meter: Arc<Meter>,
}

/// What is known of a connection, readable beside whoever uses it.
pub(crate) struct Meter {
    /// Number within the run, from 1.
    pub number: u32,
    /// When the SYN was sent.
    pub started: Instant,
    /// How long the handshake of TCP took.
    pub connected_in: Duration,
    local: SocketAddr,
    peer: SocketAddr,
    tally: Mutex<Tally>,
}

#[derive(Default)]
struct Tally {
    sent: u32,
    got: u32,
    first: Vec<u8>,
    first_at: Option<Instant>,
    /// The bytes themselves, up to a limit, while somebody wants them.
    keep: usize,
    kept: Vec<u8>,
    spoken: Vec<u8>,
    last_write: Vec<u8>,
}

/// Why there is no connection.
pub(crate) enum NoConn {
    /// The budget is spent: nothing was sent.
    OverBudget,
    /// It was tried.
    End(ConnectEnd),
}

/// What a read brought.
pub(crate) enum Got {
    /// Bytes.
    Bytes(usize),
    /// FIN.
    Closed,
    /// RST.
    Reset,
    /// Nothing in time.
    Nothing,
}

/// Opens a connection that counts against the budget.
pub(crate) async fn connect(run: &Run, to: SocketAddr, mss: Option<u16>, limit: Duration) -> Result<Conn, NoConn> {
    let Some(number) = run.number() else { return Err(NoConn::OverBudget) };
    let conn = open(to, mss, limit, number).await.map_err(NoConn::End)?;
    run.connected_in(ms(conn.meter.connected_in));
    Ok(conn)
}

/// Opens a connection.
pub(crate) async fn open(to: SocketAddr, mss: Option<u16>, limit: Duration, number: u32) -> Result<Conn, ConnectEnd> {
    let started = Instant::now();
    let socket = socket(to, mss).map_err(|e| end_of(&e, started))?;
    let stream = match timeout(limit, socket.connect(to)).await {
        Err(_) => return Err(ConnectEnd::Silent { after_ms: ms(started.elapsed()) }),
        Ok(Err(e)) => return Err(end_of(&e, started)),
        Ok(Ok(s)) => s,
    };
    let local = stream.local_addr().map_err(|e| end_of(&e, started))?;
    // A client port that happens to be the port asked for connects to itself.
    if local == to {
        return Err(ConnectEnd::Refused);
    }
    let meter = Meter {
        number,
        started,
        connected_in: started.elapsed(),
        local,
        peer: to,
        tally: Mutex::new(Tally::default()),
    };
    Ok(Conn { stream, reset: false, meter: Arc::new(meter) })
}

/// After this much silence TCP itself asks whether the other end still knows of the connection. A reset is sent once and
/// never again (RFC 9293 section 3.5.2), so where the path loses it, a connection that is gone looks silent; asked, its
/// end sends another reset (section 3.8.4 on keep-alives).
const ALIVE_AFTER: Duration = Duration::from_secs(1);
/// And so often again. Nine questions without an answer end the connection, after 19 s: later than silence counts unless
/// it was asked to count later still, and then it is told as silence too.
const ALIVE_EVERY: Duration = Duration::from_secs(2);

/// Whether a maximum segment size can be asked for here.
pub(crate) const SMALL_SEGMENTS: bool = cfg!(unix);

fn socket(to: SocketAddr, mss: Option<u16>) -> io::Result<TcpSocket> {
    let s =
        socket2::Socket::new(socket2::Domain::for_address(to), socket2::Type::STREAM, Some(socket2::Protocol::TCP))?;
    s.set_nonblocking(true)?;
    s.set_tcp_nodelay(true)?;
    s.set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(ALIVE_AFTER).with_interval(ALIVE_EVERY))?;
    #[cfg(unix)]
    if let Some(mss) = mss {
        s.set_tcp_mss(u32::from(mss))?;
    }
    #[cfg(not(unix))]
    let _ = mss;
    Ok(TcpSocket::from_std_stream(s.into()))
}

fn end_of(e: &io::Error, started: Instant) -> ConnectEnd {
    use io::ErrorKind as K;
    match e.kind() {
        K::ConnectionRefused => ConnectEnd::Refused,
        K::TimedOut => ConnectEnd::Silent { after_ms: ms(started.elapsed()) },
        // the second: no address of this machine to come from, as where IPv6 is switched off
        K::NetworkUnreachable | K::AddrNotAvailable => ConnectEnd::Unreachable(Unreachable::Network),
        K::HostUnreachable => ConnectEnd::Unreachable(Unreachable::Host),
        K::PermissionDenied => ConnectEnd::Unreachable(Unreachable::Forbidden),
        _ => ConnectEnd::Failed(e.to_string()),
    }
}

/// Does an error mean that the peer sent RST?
pub(crate) fn is_reset(e: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(e.kind(), K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::NotConnected)
}

impl Conn {
    /// Writes everything.
    pub(crate) async fn say(&mut self, bytes: &[u8], limit: Duration) {
        // Errors come with the read that follows; a write that does not end in time shows as bytes not acknowledged.
        let _ = timeout(limit, self.write_all(bytes)).await;
    }
    /// Reads once.
    pub(crate) async fn hear(&mut self, buffer: &mut [u8], limit: Duration) -> Got {
        match timeout(limit, self.read(buffer)).await {
            Err(_) => Got::Nothing,
            Ok(Ok(0)) => Got::Closed,
            Ok(Ok(n)) => Got::Bytes(n),
            Ok(Err(e)) if e.kind() == io::ErrorKind::TimedOut => Got::Nothing,
            Ok(Err(_)) => Got::Reset,
        }
    }
    /// Waits until something can be read, without reading it.
    pub(crate) async fn readable(&self, limit: Duration) -> bool {
        timeout(limit, self.stream.readable()).await.is_ok_and(|r| r.is_ok())
    }
    /// Reads what is there.
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.stream.try_read(buffer)?;
        if n == 0 && self.reset {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        self.meter.heard(buffer.get(..n).unwrap_or_default());
        Ok(n)
    }
}

impl Meter {
    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn heard(&self, bytes: &[u8]) {
        let mut t = self.lock();
        if !bytes.is_empty() {
            t.first_at.get_or_insert_with(Instant::now);
        }
        t.got = t.got.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let room = FIRST.saturating_sub(t.first.len());
        t.first.extend(bytes.iter().take(room));
        let room = t.keep.saturating_sub(t.kept.len());
        t.kept.extend(bytes.iter().take(room));
    }
    fn said(&self, bytes: &[u8]) {
        let mut t = self.lock();
        t.sent = t.sent.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        if t.keep > 0 {
            let room = t.keep.saturating_sub(t.spoken.len());
            t.spoken.extend(bytes.iter().take(room));
            t.last_write = bytes.iter().copied().take(8).collect();
        }
    }
    /// Keeps the bytes of both directions from now on, up to so many each.
    pub(crate) fn keep(&self, most: usize) {
        self.lock().keep = most;
    }
    /// Stops keeping; what was heard, what was said, and how the last write began.
    pub(crate) fn kept(&self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let mut t = self.lock();
        t.keep = 0;
        (std::mem::take(&mut t.kept), std::mem::take(&mut t.spoken), std::mem::take(&mut t.last_write))
    }
    /// Milliseconds from one instant to the first byte of the answer.
    pub(crate) fn first_after(&self, from: Instant) -> Option<u32> {
        self.lock().first_at.map(|t| ms(t.saturating_duration_since(from)))
    }
    /// Did the peer's TCP acknowledge everything?
    pub(crate) fn delivered(&self) -> Sight<bool> {
        match acked::unacked(self.local, self.peer) {
            Some(n) => Sight::Saw(n == 0),
            None => Sight::Hidden,
        }
    }
    /// Evidence.
    pub(crate) fn origin(&self) -> Origin {
        let unacked = acked::unacked(self.local, self.peer);
        let t = self.lock();
        let wire = WireCount { sent: t.sent, acked: unacked.map(|n| t.sent.saturating_sub(n)), got: t.got };
        Origin::Probe { number: self.number, wire, first: t.first.as_slice().into() }
    }
}

impl AsyncRead for Conn {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let r = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = r {
            let new = buf.filled().get(before..).unwrap_or_default();
            if new.is_empty() && self.reset {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            self.meter.heard(new);
        }
        r
    }
}

impl AsyncWrite for Conn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, buf) {
            Poll::Ready(Ok(n)) => {
                self.meter.said(buf.get(..n).unwrap_or_default());
                Poll::Ready(Ok(n))
            }
            // The peer has hung up; what it said before (an alert, a page) may still lie there to be read, and how it
            // hung up is told after that.
            Poll::Ready(Err(e)) if is_reset(&e) => {
                self.reset |= e.kind() != io::ErrorKind::BrokenPipe;
                Poll::Ready(Ok(buf.len()))
            }
            other => other,
        }
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
