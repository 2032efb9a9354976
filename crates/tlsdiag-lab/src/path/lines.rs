//! Lines from a pipe with a deadline, read without a buffer that `poll` cannot see.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io,
    os::fd::AsFd,
    time::{Duration, Instant},
};

/// The longest line that is taken; a plan with many rules is far below it.
const LONGEST: usize = 16 * 1024 * 1024;

/// What came.
pub(super) enum Line {
    /// A line without its end.
    Text(String),
    /// The deadline came first.
    Late,
    /// The other end is closed.
    End,
}

/// A pipe read line by line.
#[derive(Debug)]
pub(super) struct Lines<F> {
    pipe: F,
    buffer: Vec<u8>,
}

impl<F: AsFd> Lines<F> {
    pub(super) fn new(pipe: F) -> Self {
        Self { pipe, buffer: Vec::new() }
    }

    pub(super) fn pipe(&self) -> &F {
        &self.pipe
    }

    /// The next line, waiting for it no longer than `patience` (`None`: for ever).
    pub(super) fn next(&mut self, patience: Option<Duration>) -> io::Result<Line> {
        let started = Instant::now();
        loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(Line::Text(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
            if self.buffer.len() > LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end"));
            }
            let left = patience.map(|patience| patience.saturating_sub(started.elapsed()));
            if !wait_for(&mut [PollFd::new(&self.pipe, PollFlags::IN)], left)? {
                if left.is_some_and(|left| left.is_zero()) {
                    return Ok(Line::Late);
                }
                continue;
            }
            let mut chunk = [0; 4096];
            match rustix::io::read(&self.pipe, &mut chunk) {
                Ok(0) => return Ok(Line::End),
                Ok(count) => self.buffer.extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether a whole line is already here.
    pub(super) fn has_line(&self) -> bool {
        self.buffer.contains(&b'\n')
    }
}

/// Waits until one of `fds` is ready (`true`) or the time is over.
pub(super) fn wait_for(fds: &mut [PollFd<'_>], patience: Option<Duration>) -> io::Result<bool> {
    let timeout = patience.and_then(|patience| Timespec::try_from(patience).ok());
    match poll(fds, timeout.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
