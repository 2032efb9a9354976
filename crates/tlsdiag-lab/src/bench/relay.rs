//! A TCP relay that counts connections: what a tool opens, without having to be asked.
use crate::error::Error;
use socket2::SockRef;
use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// How often a direction looks whether the other one was reset.
const LOOK: Duration = Duration::from_millis(10);

/// Relays from a port of its own to a server, reset for reset and end for end, until it is dropped.
#[derive(Debug)]
pub(super) struct Relay {
    port: u16,
    counted: Arc<AtomicU32>,
    over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Relay {
    /// A relay on loopback to `server`.
    pub(super) fn start(server: SocketAddr) -> Result<Relay, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("bind a relay"))?;
        let port = listener.local_addr().map_err(Error::io("ask for the port"))?.port();
        let (counted, over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, end) = (counted.clone(), over.clone());
        let accepting = std::thread::spawn(move || {
            for client in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(client) = client else { continue };
                count.fetch_add(1, Ordering::SeqCst);
                let end = end.clone();
                std::thread::spawn(move || join(client, server, end));
            }
        });
        Ok(Relay { port, counted, over, accepting: Some(accepting) })
    }

    /// The port of the relay.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Connections so far.
    pub(super) fn connections(&self) -> u32 {
        self.counted.load(Ordering::SeqCst)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // wakes the thread that accepts
        let woken = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            let _ = accepting.join();
        }
    }
}

/// Carries both directions of a connection.
fn join(client: TcpStream, server: SocketAddr, over: Arc<AtomicBool>) {
    let Ok(upstream) = TcpStream::connect(server) else {
        reset(&client);
        return;
    };
    let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
    let (client, upstream, torn) = (Arc::new(client), Arc::new(upstream), Arc::new(AtomicBool::new(false)));
    let (from, to, flag, end) = (client.clone(), upstream.clone(), torn.clone(), over.clone());
    let forward = std::thread::spawn(move || carry(&from, &to, &flag, &end));
    carry(&upstream, &client, &torn, &over);
    let _ = forward.join();
    if torn.load(Ordering::SeqCst) {
        // both are closed here, by their last owner, and so with a reset
        reset(&client);
        reset(&upstream);
    }
}

/// Carries one direction to its end; an error of either side tears both.
fn carry(mut from: &TcpStream, mut to: &TcpStream, torn: &AtomicBool, over: &AtomicBool) {
    let _ = from.set_read_timeout(Some(LOOK));
    let mut bytes = [0; 16 * 1024];
    while !torn.load(Ordering::SeqCst) && !over.load(Ordering::SeqCst) {
        match from.read(&mut bytes) {
            Ok(0) => {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            Ok(n) => {
                if bytes.get(..n).is_none_or(|part| to.write_all(part).is_err()) {
                    torn.store(true, Ordering::SeqCst);
                }
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(_) => torn.store(true, Ordering::SeqCst),
        }
    }
}

/// Makes the close of a socket a reset.
fn reset(socket: &TcpStream) {
    let _ = SockRef::from(socket).set_linger(Some(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that does something with one connection, and a relay to it.
    fn relayed(serve: impl FnOnce(TcpStream) + Send + 'static) -> (Relay, TcpStream, JoinHandle<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = listener.local_addr().unwrap();
        let serving = std::thread::spawn(move || serve(listener.accept().unwrap().0));
        let relay = Relay::start(server).unwrap();
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port())).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        (relay, client, serving)
    }

    #[test]
    fn bytes_and_ends_pass_both_ways_and_connections_are_counted() {
        let (relay, mut client, serving) = relayed(|mut wire| {
            let mut all = Vec::new();
            wire.read_to_end(&mut all).unwrap();
            wire.write_all(&all.repeat(2)).unwrap();
        });
        client.write_all(b"twice ").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut said = String::new();
        client.read_to_string(&mut said).unwrap();
        serving.join().unwrap();
        assert_eq!((said.as_str(), relay.connections()), ("twice twice ", 1));
    }

    #[test]
    fn a_reset_arrives_as_a_reset() {
        let (_relay, mut client, serving) = relayed(|mut wire| {
            wire.read_exact(&mut [0; 5]).unwrap();
            reset(&wire);
        });
        client.write_all(b"hello").unwrap();
        serving.join().unwrap();
        let seen = client.read(&mut [0; 8]);
        assert_eq!(seen.map_err(|e| e.kind()), Err(ErrorKind::ConnectionReset));
    }

    #[test]
    fn where_nobody_listens_the_client_sees_the_end_at_once() {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let relay = Relay::start(free).unwrap();
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port())).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert!(!matches!(client.read(&mut [0; 8]), Ok(1..)));
    }
}
