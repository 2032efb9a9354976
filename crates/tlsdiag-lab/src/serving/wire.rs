//! One accepted connection: reads and writes that end with the lab or at the latest when its time is up.
use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// The longest that a connection lasts.
pub(crate) const LIFE: Duration = Duration::from_secs(20);
/// How often a waiting connection looks whether the lab ends.
const GLANCE: Duration = Duration::from_millis(200);
/// How long the end of the other side is waited for after our own.
const FAREWELL: Duration = Duration::from_secs(2);

/// One accepted connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    until: Instant,
    stop: Arc<AtomicBool>,
    /// Bytes that were read ahead and are given first.
    ahead: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, stop: Arc<AtomicBool>) -> Self {
        // What is written goes out as it is written: how it is cut into segments can be part of a fault.
        let _ = stream.set_nodelay(true);
        Self { stream, until: Instant::now() + LIFE, stop, ahead: Vec::new() }
    }

    /// Whether its time is up or the lab ends.
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || Instant::now() >= self.until
    }

    /// Shortens the time that the connection may last.
    pub(crate) fn at_most(&mut self, life: Duration) {
        self.until = self.until.min(Instant::now() + life);
    }

    /// Gives `bytes` again to the next reads.
    pub(crate) fn put_back(&mut self, bytes: Vec<u8>) {
        self.ahead.splice(0..0, bytes);
    }

    /// Waits, but not beyond the end.
    pub(crate) fn pause(&self, time: Duration) {
        let until = (Instant::now() + time).min(self.until);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.is_over() {
                return;
            }
            std::thread::sleep(left.min(GLANCE));
        }
    }

    /// Ends with a TCP reset.
    pub(crate) fn reset(self) {
        let _ = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Ends with a FIN, and waits for the other side so that unread bytes turn it into no reset.
    pub(crate) fn close(mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        self.at_most(FAREWELL);
        self.swallow();
    }

    /// Takes what comes and says nothing until the other side or the time ends.
    pub(crate) fn swallow(mut self) {
        let mut sink = [0; 4096];
        while matches!(self.read(&mut sink), Ok(n) if n > 0) {}
    }

    /// Takes and forgets what has come, without waiting long.
    pub(crate) fn discard(&mut self, time: Duration) {
        let until = self.until;
        self.at_most(time);
        let mut sink = [0; 4096];
        while matches!(self.read(&mut sink), Ok(n) if n > 0) {}
        self.until = until;
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let n = self.ahead.len().min(into.len());
            for (to, from) in into.iter_mut().zip(self.ahead.drain(..n)) {
                *to = from;
            }
            return Ok(n);
        }
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.is_over() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left.min(GLANCE)))?;
            match self.stream.read(into) {
                Err(error) if is_wait(&error) => {}
                other => return other,
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.is_over() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_write_timeout(Some(left.min(GLANCE)))?;
            match self.stream.write(bytes) {
                Err(error) if is_wait(&error) => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}
