//! One connection, bounded in time and octets whatever the other side does.
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// A TCP connection with an end.
#[derive(Debug)]
pub(crate) struct Bounded {
    stream: TcpStream,
    end: Instant,
    left: usize,
}

impl Bounded {
    /// `end`: when it ends at the latest; `most`: octets that are read at most.
    pub(crate) fn new(stream: TcpStream, end: Instant, most: usize) -> Bounded {
        Bounded { stream, end, left: most }
    }

    /// The first octet, without taking it.
    pub(crate) fn peek(&self) -> io::Result<Option<u8>> {
        self.stream.set_read_timeout(Some(self.rest()?))?;
        let mut first = [0];
        let n = self.stream.peek(&mut first)?;
        Ok(first.first().copied().filter(|_| n > 0))
    }

    /// No more octets to the other side; what it still sends is taken for a moment, so that what was sent last is not
    /// lost to a reset.
    pub(crate) fn finish(mut self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
        self.end = self.end.min(Instant::now() + Duration::from_millis(500));
        let mut sink = [0; 1024];
        while matches!(self.read(&mut sink), Ok(n) if n > 0) {}
    }

    fn rest(&self) -> io::Result<Duration> {
        let rest = self.end.saturating_duration_since(Instant::now());
        if rest.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(rest) }
    }
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("too many octets"));
        }
        self.stream.set_read_timeout(Some(self.rest()?))?;
        let most = into.len().min(self.left);
        let n = self.stream.read(into.get_mut(..most).unwrap_or_default())?;
        self.left = self.left.saturating_sub(n);
        Ok(n)
    }
}

impl Write for Bounded {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.rest()?))?;
        self.stream.write(from)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
