//! A port and the threads behind it, bounded in number and in time.
use super::wire::Wire;
use crate::error::Error;
use std::{
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// The most connections that one port serves at once; further ones are closed at once.
const MOST: usize = 64;
const STACK: usize = 512 * 1024;

/// What serves one connection.
pub(crate) type Handler = dyn Fn(Wire) + Send + Sync;

/// A port that is served until this is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Listening {
    /// Serves every connection to `listener` in a thread of its own.
    pub(crate) fn start(listener: TcpListener, handler: Arc<Handler>) -> Result<Self, Error> {
        let address = listener.local_addr().map_err(Error::io("ask for the port"))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let accepting = thread::Builder::new()
            .name(format!("lab-{}", address.port()))
            .stack_size(STACK)
            .spawn(move || accept(&listener, &handler, &stopped))
            .map_err(Error::io("start a thread"))?;
        Ok(Self { address, stop, accepting: Some(accepting) })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let mut own = self.address;
        if own.ip().is_unspecified() {
            own.set_ip(if own.is_ipv4() {
                IpAddr::from([127, 0, 0, 1])
            } else {
                IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])
            });
        }
        // Wakes the thread that waits in accept.
        let woken = TcpStream::connect_timeout(&own, Duration::from_secs(1)).is_ok();
        if let Some(accepting) = self.accepting.take()
            && woken
        {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, handler: &Arc<Handler>, stop: &Arc<AtomicBool>) {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else {
            // Out of descriptors, or the client has gone already.
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        let seat = Seat::take(&busy);
        if seat.number > MOST {
            continue;
        }
        let (handler, stop) = (Arc::clone(handler), Arc::clone(stop));
        let serve = move || {
            handler(Wire::new(stream, stop));
            drop(seat);
        };
        if thread::Builder::new().name("lab-connection".to_owned()).stack_size(STACK).spawn(serve).is_err() {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A place among the connections of a port, given back also when its thread panics.
struct Seat {
    busy: Arc<AtomicUsize>,
    number: usize,
}

impl Seat {
    fn take(busy: &Arc<AtomicUsize>) -> Self {
        let number = busy.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        Self { busy: Arc::clone(busy), number }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
